//! Our own addresses.

use crate::location::Domains;
use core::net::SocketAddr;
use ringback_sip::flow::{Flow, Target, Transport};
use ringback_sip::syntax::{Host, Uri, Via, push_address};
use std::borrow::Cow;

/// The addresses on which we listen, and the domains that are ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    addresses: Vec<(Transport, SocketAddr)>,
    /// The same as text: each request that we forward shows one.
    texts: Vec<Box<[u8]>>,
    domains: Domains,
    /// What our certificate proves.
    name: Option<Box<str>>,
}

impl Place {
    /// A place with these listeners, the preferred one first.
    pub fn new(addresses: Vec<(Transport, SocketAddr)>, domains: Domains) -> Self {
        let texts = addresses.iter().map(|(_, address)| text_of(*address).into()).collect();
        Place { addresses, texts, domains, name: None }
    }

    /// Host and port of an address of ours.
    pub fn text_of(&self, local: SocketAddr) -> Cow<'_, [u8]> {
        let known = self.addresses.iter().zip(&self.texts).find(|((_, address), _)| *address == local);
        known.map_or_else(|| text_of(local).into(), |(_, text)| Cow::Borrowed(&**text))
    }

    /// The same with the name by which we are reached under TLS: one that our certificate proves.
    #[must_use]
    pub fn named(self, name: Option<Box<str>>) -> Self {
        Place { name, ..self }
    }

    /// Whether we have a name that we can prove.
    pub fn is_named(&self) -> bool {
        self.name.is_some()
    }

    /// Adds host and port by which `local` is reached: under TLS our name, for who calls an address finds no address
    /// in our certificate (RFC 5922 §7.2).
    pub fn push_host(&self, to: &mut Vec<u8>, transport: Transport, local: SocketAddr) {
        match &self.name {
            Some(name) if transport.is_secure() => {
                to.extend_from_slice(name.as_bytes());
                to.extend_from_slice(format!(":{}", local.port()).as_bytes());
            }
            _ => to.extend_from_slice(&self.text_of(local)),
        }
    }

    fn is_name(&self, host: &Host<'_>) -> bool {
        self.name.as_ref().is_some_and(|name| host.name().eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The domains that are ours.
    pub fn domains(&self) -> &Domains {
        &self.domains
    }

    /// Whether `uri` names this element. A numeric host must come with a port on which we listen: a phone may
    /// share our address. A name of one of our domains counts with the default port, or one of ours. A URI with maddr
    /// names the element of that.
    pub fn is_us(&self, uri: &Uri<'_>) -> bool {
        if !uri.is_sip() {
            return false;
        }
        // Most URIs are told apart by their port.
        let port = uri.port.unwrap_or(5060);
        if port != 5060 && !self.addresses.iter().any(|(_, a)| a.port() == port) {
            return false;
        }
        let host = uri.params.get(MADDR).map_or(uri.host, Host);
        match host.ip() {
            Some(ip) => self.addresses.iter().any(|(_, a)| a.port() == port && holds(a, ip)),
            None => self.is_name(&host) || self.domains.main_of(&host).is_some(),
        }
    }

    /// Whether a request to `uri` is meant for this element or a user of it: one with maddr is meant for whom that
    /// names, and goes there as it is (RFC 3261 §16.5).
    pub fn is_target(&self, uri: &Uri<'_>) -> bool {
        self.is_us(uri) && !uri.params.has(MADDR)
    }

    /// Whether a host is one of our addresses or domains, at whichever port.
    pub fn holds_host(&self, host: &Host<'_>) -> bool {
        match host.ip() {
            Some(ip) => self.addresses.iter().any(|(_, a)| holds(a, ip)),
            None => self.is_name(host) || self.domains.main_of(host).is_some(),
        }
    }

    /// Host, port and transport of our first listener, as a URI of ours has them.
    pub fn uri_host(&self) -> String {
        let Some((transport, address)) = self.addresses.first() else { return String::new() };
        let mut host = Vec::new();
        self.push_host(&mut host, *transport, *address);
        if *transport != Transport::Udp {
            host.extend_from_slice(format!(";transport={}", transport.uri_name()).as_bytes());
        }
        String::from_utf8_lossy(&host).into_owned()
    }

    /// Whether a Via was written by us.
    pub fn wrote(&self, via: &Via<'_>) -> bool {
        let port = via.port.unwrap_or(5060);
        via.host_ip().is_some_and(|ip| self.addresses.iter().any(|(_, a)| a.port() == port && holds(a, ip)))
    }

    /// The first address of ours that can send to `target`.
    pub fn first_for(&self, target: &Target) -> Option<SocketAddr> {
        let fits = |(transport, local): &&(Transport, SocketAddr)| {
            *transport == target.transport && local.is_ipv4() == target.address.is_ipv4()
        };
        self.addresses.iter().find(fits).map(|(_, address)| *address)
    }

    /// The address of ours from which to send to `target`: that at which the request came in when it fits, else
    /// the first listener of the transport and address family.
    pub fn local_for(&self, target: &Target, came_in: &Flow) -> Option<SocketAddr> {
        let fits = |transport: Transport, local: &SocketAddr| {
            transport == target.transport && local.is_ipv4() == target.address.is_ipv4()
        };
        if fits(came_in.transport, &came_in.local) {
            return Some(came_in.local);
        }
        self.addresses.iter().find(|(t, a)| fits(*t, a)).map(|(_, a)| *a)
    }
}

fn text_of(address: SocketAddr) -> Vec<u8> {
    let mut text = Vec::new();
    push_address(&mut text, address);
    text
}

/// Whether a listener on `address` is reached by `ip`.
fn holds(address: &SocketAddr, ip: core::net::IpAddr) -> bool {
    address.ip() == ip || address.ip().is_unspecified()
}

/// The parameter that names another host than the URI does.
pub(super) const MADDR: &[u8] = b"maddr";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_on_our_address_is_not_us() {
        let listen = vec![(Transport::Udp, "192.0.2.1:5060".parse().unwrap())];
        let place = Place::new(listen, Domains::new().with("example.org"));
        let is_us = |text: &str| place.is_us(&Uri::parse(text.as_bytes()).unwrap());
        assert!(is_us("sip:192.0.2.1") && is_us("sip:x@192.0.2.1:5060") && is_us("sip:bob@example.org"));
        assert!(!is_us("sip:192.0.2.1:5070") && !is_us("sip:192.0.2.2") && !is_us("tel:+123"));
        assert!(!is_us("sip:bob@example.org:5070") && !is_us("sip:bob@example.com"));
        let named = place.clone().named(Some("sip.example.org".into()));
        let uri = |text: &'static str| Uri::parse(text.as_bytes()).unwrap();
        assert!(named.is_us(&uri("sips:SIP.example.org")) && !place.is_us(&uri("sip:sip.example.org")));
        assert!(is_us("sip:x@else.test;maddr=192.0.2.1") && !is_us("sip:bob@example.org;maddr=192.0.2.77"));
    }
}
