//! The route set of a dialog, and how a request follows it (RFC 3261 §12.1, §12.2.1.1).

use super::id::DialogFault;
use crate::registry::HeaderName;
use crate::syntax::{Message, NameAddr, Uri};

/// Most proxies in a route set.
pub const ROUTES_MAX: usize = 64;

/// The proxies between us and the peer, ours first; each value stands as it came, parameters included.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RouteSet(Vec<Box<[u8]>>);

impl RouteSet {
    /// The route set of the called side: the Record-Route of the request in its order (RFC 3261 §12.1.1).
    ///
    /// # Errors
    /// A value that cannot be read or is no SIP URI, or more than [`ROUTES_MAX`].
    pub fn of_request(request: &Message<'_>) -> Result<Self, DialogFault> {
        let mut routes = Vec::new();
        for value in request.values(HeaderName::RECORD_ROUTE) {
            let uri = NameAddr::parse(HeaderName::RECORD_ROUTE, value)?.uri;
            if !Uri::parse(uri).is_ok_and(|uri| uri.is_sip()) {
                return Err(DialogFault::Route);
            }
            if routes.len() == ROUTES_MAX {
                return Err(DialogFault::TooManyRoutes);
            }
            routes.push(one_line(value));
        }
        Ok(RouteSet(routes))
    }

    /// The route set of the calling side: the Record-Route of the response, reversed (RFC 3261 §12.1.2).
    ///
    /// # Errors
    /// As [`RouteSet::of_request`].
    pub fn of_response(response: &Message<'_>) -> Result<Self, DialogFault> {
        let mut set = Self::of_request(response)?;
        set.0.reverse();
        Ok(set)
    }

    /// A route set given beforehand, such as an outbound proxy (RFC 3261 §8.1.2).
    pub fn preloaded(values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        RouteSet(values.into_iter().take(ROUTES_MAX).map(|v| one_line(v.as_ref())).collect())
    }

    /// The values in their order.
    pub fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|v| &**v)
    }

    /// Whether there is no proxy.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How a request to `target` follows this set.
    pub fn follow(&self, target: &[u8]) -> Way {
        let first = self.0.first().and_then(|v| route_uri(v));
        match first {
            None => Way { request_uri: target.into(), routes: Vec::new(), next_hop: target.into() },
            Some(uri) if Uri::parse(uri).is_ok_and(|u| u.is_loose_router()) => {
                Way { request_uri: target.into(), routes: self.0.clone(), next_hop: uri.into() }
            }
            Some(uri) => {
                // A strict router rewrites the Request-URI, so it must find itself there and the target last.
                let mut last = Vec::with_capacity(target.len() + 2);
                last.push(b'<');
                last.extend_from_slice(target);
                last.push(b'>');
                let rest = self.0[1..].iter().cloned();
                let uri = as_request_uri(uri);
                Way { routes: rest.chain([last.into()]).collect(), next_hop: uri.clone(), request_uri: uri }
            }
        }
    }
}

/// How one request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The Request-URI.
    pub request_uri: Box<[u8]>,
    /// The values of Route, in order.
    pub routes: Vec<Box<[u8]>>,
    /// The URI whose host gets the request.
    pub next_hop: Box<[u8]>,
}

fn route_uri(value: &[u8]) -> Option<&[u8]> {
    NameAddr::parse(HeaderName::ROUTE, value).ok().map(|a| a.uri)
}

/// The URI without what may not stand in a Request-URI: headers and the method parameter (RFC 3261 §19.1.1).
fn as_request_uri(uri: &[u8]) -> Box<[u8]> {
    let Ok(parsed) = Uri::parse(uri) else { return uri.into() };
    let tail =
        parsed.params.raw().len() + if parsed.headers.is_empty() { 0 } else { parsed.headers.len() + 1 };
    let mut out = uri[..uri.len().saturating_sub(tail)].to_vec();
    parsed.params.write_if(|part| out.extend_from_slice(part), |name| !name.eq_ignore_ascii_case(b"method"));
    out.into()
}

fn one_line(value: &[u8]) -> Box<[u8]> {
    value.iter().map(|&b| if b == b'\r' || b == b'\n' { b' ' } else { b }).collect()
}
