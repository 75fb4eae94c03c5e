//! Route header fields: what is ours is taken off, strict routers are served (RFC 3261 §16.4, §16.6 step 6).

use super::Place;
use ringback_sip::flow::Target;
use ringback_sip::node::ResolveQuery;
use ringback_sip::registry::HeaderName;
use ringback_sip::syntax::{Fault, Malformed, Message, Uri};
use ringback_sip::transport::locate::target_of;

/// A request, and what its own routing information says: read once, for all who ask.
#[derive(Clone, Debug)]
pub struct Routed<'a> {
    /// The request.
    pub message: &'a Message<'a>,
    /// The Request-URI after the repair of RFC 3261 §16.4.
    pub request_uri: &'a [u8],
    /// The same in its parts; `None` for what is no URI.
    pub target: Option<Uri<'a>>,
    /// Whether that is this element, or a user of it ([`Place::is_target`]).
    pub is_ours: bool,
    /// Whether the last Route became the Request-URI and must go.
    pub last_route_used: bool,
    /// How many Route values at the top are ours and must go.
    pub own_routes: usize,
    /// The mark in the first of our own Routes, or in the Request-URI that a strict router left there.
    pub mark: Option<&'a [u8]>,
    /// The user part beside the mark: the ways to both ends ([`super::Ends`]); empty for none.
    pub ends: &'a [u8],
    /// The user parts of our own Routes, the first two.
    pub users: [Option<&'a [u8]>; 2],
    /// The URI of the first Route that is not ours.
    pub next_route: Option<&'a [u8]>,
}

/// The parameter of our Record-Route that holds the mark of a dialog.
pub(crate) const MARK: &[u8] = b"rb";

impl<'a> Routed<'a> {
    /// Reads the routing information of a request that reached `place`.
    ///
    /// # Errors
    /// A Route that cannot be read, or over which nothing can be sent since it is no SIP URI.
    pub fn read(message: &'a Message<'a>, place: &Place) -> Result<Self, Malformed> {
        let mut routes = smallvec::SmallVec::<[&'a [u8]; 8]>::new();
        for route in message.routes() {
            routes.push(route?.uri);
        }
        let target = message.uri().copied();
        let mut routed = Routed {
            message,
            request_uri: message.request_uri(),
            target,
            is_ours: target.is_some_and(|uri| place.is_target(&uri)),
            last_route_used: false,
            own_routes: 0,
            mark: None,
            ends: b"",
            users: [None; 2],
            next_route: None,
        };
        // A strict router puts what we record-routed into the Request-URI, and the target behind the Routes.
        if let Some(uri) = target
            && let Some(mark) = uri.params.get(MARK).filter(|_| place.is_us(&uri))
            && let Some(route) = routes.pop()
        {
            (routed.mark, routed.ends) = (Some(mark), uri.user);
            (routed.request_uri, routed.target) = (route, Uri::parse(route).ok());
            routed.is_ours = routed.target.is_some_and(|uri| place.is_target(&uri));
            routed.last_route_used = true;
        }
        for route in routes {
            let uri = Uri::parse(route).ok().filter(Uri::is_sip);
            let ours = uri.ok_or_else(|| message.malformed(Fault::Value(HeaderName::ROUTE), route))?;
            if !place.is_us(&ours) {
                routed.next_route = Some(route);
                break;
            }
            if let Some(place) = routed.users.iter_mut().find(|user| user.is_none()) {
                *place = Some(ours.user);
            }
            routed.own_routes += 1;
            if routed.mark.is_none() {
                (routed.mark, routed.ends) = (ours.params.get(MARK), ours.user);
            }
        }
        Ok(routed)
    }

    /// Whether its target is ours, and no Route leads beyond.
    pub fn has_arrived(&self) -> bool {
        self.is_ours && self.next_route.is_none()
    }
}

/// The next hop of a request: addresses that are known, or a name to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hop {
    /// Send here.
    Address(Target),
    /// Look this name up first (RFC 3263).
    Name(ResolveQuery),
    /// The URI's scheme or transport cannot be served.
    Unsupported,
}

impl Hop {
    /// The next hop that a URI names: numeric hosts directly, names by DNS (RFC 3263 §4).
    pub fn of(uri: &Uri<'_>) -> Self {
        match target_of(uri) {
            Ok(target) => Hop::Address(target),
            Err(query) => query.map_or(Hop::Unsupported, Hop::Name),
        }
    }

    /// Whether the URI itself says over which transport to go.
    pub fn is_transport_fixed(uri: &Uri<'_>) -> bool {
        uri.params.has(b"transport")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Domains;
    use ringback_sip::flow::Transport;

    fn place() -> Place {
        Place::new(
            vec![(Transport::Udp, "192.0.2.1:5060".parse().unwrap())],
            Domains::new().with("p1.example.com"),
        )
    }

    fn read(uri: &str, routes: &str, check: impl FnOnce(Routed<'_>)) {
        let text = format!("BYE {uri} SIP/2.0\r\n{routes}\r\n");
        let message = Message::parse(text.as_bytes()).unwrap();
        check(Routed::read(&message, &place()).unwrap());
    }

    #[test]
    fn our_own_routes_are_taken_off_and_the_next_is_told() {
        read(
            "sip:b@x",
            "Route: <sip:p1.example.com;lr;rb=m>, <sip:192.0.2.1;lr>\r\nRoute: <sip:p2;lr>\r\n",
            |r| {
                assert_eq!(
                    (r.own_routes, r.mark, r.next_route),
                    (2, Some(&b"m"[..]), Some(&b"sip:p2;lr"[..]))
                );
                assert_eq!(r.request_uri, b"sip:b@x");
            },
        );
    }

    #[test]
    fn a_route_that_is_no_sip_uri_is_malformed_and_where_it_stands_is_told() {
        for route in ["tel:+31;lr", "sip:%zz@p2;lr", "mailto:a@b.test"] {
            let text = format!("BYE sip:b@x SIP/2.0\r\nRoute: <sip:p1.example.com;lr>, <{route}>\r\n\r\n");
            let message = Message::parse(text.as_bytes()).unwrap();
            let at = text.find(route).unwrap();
            let fault = Malformed::new(Fault::Value(HeaderName::ROUTE), at);
            assert_eq!(Routed::read(&message, &place()).unwrap_err(), fault, "{route}");
        }
        // A strict router puts the target last, whatever it is.
        read("sip:p1.example.com;lr;rb=m", "Route: <tel:+31201234567>\r\n", |r| {
            assert_eq!(r.request_uri, b"tel:+31201234567");
        });
    }

    #[test]
    fn what_a_strict_router_left_is_repaired() {
        read("sip:p1.example.com;lr;rb=m", "Route: <sip:callee@u2.domain.com>\r\n", |r| {
            assert!(r.last_route_used);
            assert_eq!((r.request_uri, r.mark), (&b"sip:callee@u2.domain.com"[..], Some(&b"m"[..])));
            assert_eq!(r.next_route, None);
        });
    }

    #[test]
    fn hops_of_uris() {
        let hop = |text: &str| Hop::of(&Uri::parse(text.as_bytes()).unwrap());
        let address =
            |t, a: &str| Hop::Address(Target { transport: t, address: a.parse().unwrap(), peer: None });
        assert_eq!(hop("sip:a@192.0.2.5"), address(Transport::Udp, "192.0.2.5:5060"));
        assert_eq!(hop("sip:a@[::1]:5070;transport=tcp"), address(Transport::Tcp, "[::1]:5070"));
        assert_eq!(hop("sip:a@x.test;maddr=192.0.2.9"), address(Transport::Udp, "192.0.2.9:5060"));
        assert!(matches!(hop("sip:a@x.test:5080"), Hop::Name(q) if q.port == Some(5080)));
        assert_eq!(hop("sips:a@192.0.2.5"), address(Transport::Tls, "192.0.2.5:5061"));
        assert_eq!(hop("sips:a@192.0.2.5;transport=tcp"), address(Transport::Tls, "192.0.2.5:5061"));
        assert_eq!(hop("sips:a@192.0.2.5;transport=udp"), Hop::Unsupported);
        assert!(matches!(hop("sips:a@x.test"), Hop::Name(q) if q.secure && q.transport.is_none()));
        assert_eq!(hop("sip:a@192.0.2.5;transport=sctp"), Hop::Unsupported);
        assert_eq!(hop("tel:+1"), Hop::Unsupported);
    }
}
