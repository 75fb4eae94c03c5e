//! A Request-URI whose maddr names this element (RFC 3261 §16.4).

use super::place::{MADDR, Place};
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::syntax::{Host, Message, Scheme};

/// The Request-URI without maddr, and without a port and a transport that are not the default, when its maddr names
/// us and the request came over `flow` at the port and by the transport that it names. `None` leaves it as it is.
pub fn without_maddr(message: &Message<'_>, place: &Place, flow: &Flow) -> Option<Vec<u8>> {
    if !message.request_uri().contains(&b';') {
        return None;
    }
    let uri = message.uri().filter(|uri| uri.is_sip())?;
    let maddr = uri.params.get(MADDR)?;
    let usual = if uri.scheme == Scheme::Sips { Transport::Tls } else { Transport::Udp };
    let transport = match uri.params.get(TRANSPORT) {
        Some(name) => Transport::from_name(name)?,
        None => usual,
    };
    let port = uri.port.unwrap_or(transport.default_port());
    let came_there = flow.transport == transport && flow.local.port() == port;
    if !came_there || !place.holds_host(&Host(maddr)) {
        return None;
    }
    let raw = uri.raw;
    let start = |part: &[u8]| part.as_ptr() as usize - raw.as_ptr() as usize;
    let mut out = raw[..start(uri.host.0) + uri.host.0.len()].to_vec();
    if let Some(port) = uri.port.filter(|p| *p == usual.default_port()) {
        out.extend_from_slice(format!(":{port}").as_bytes());
    }
    uri.params.write_if(
        |part| out.extend_from_slice(part),
        |name| {
            let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
            !is(MADDR) && (!is(TRANSPORT) || transport == usual)
        },
    );
    if !uri.headers.is_empty() {
        out.push(b'?');
        out.extend_from_slice(uri.headers);
    }
    Some(out)
}

const TRANSPORT: &[u8] = b"transport";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Domains;

    fn stripped(uri: &str, transport: Transport, local: &str) -> Option<String> {
        let listen = "192.0.2.9:5060".parse().unwrap();
        let place = Place::new(vec![(transport, listen)], Domains::new().with("example.test"));
        let text = format!("OPTIONS {uri} SIP/2.0\r\n\r\n");
        let message = Message::parse(text.as_bytes()).unwrap();
        let remote = "192.0.2.1:5060".parse().unwrap();
        let flow = Flow { transport, local: local.parse().unwrap(), remote, connection: None, peer: None };
        without_maddr(&message, &place, &flow).map(|uri| String::from_utf8(uri).unwrap())
    }

    #[test]
    fn an_maddr_of_ours_goes_with_what_is_not_the_default() {
        for (uri, transport, local, left) in [
            ("sip:b@else.test;maddr=192.0.2.9", Transport::Udp, "192.0.2.9:5060", "sip:b@else.test"),
            (
                "sip:b@else.test;maddr=Example.test;lr;x=y",
                Transport::Udp,
                "192.0.2.9:5060",
                "sip:b@else.test;lr;x=y",
            ),
            (
                "sip:b@else.test:5060;maddr=192.0.2.9",
                Transport::Udp,
                "192.0.2.9:5060",
                "sip:b@else.test:5060",
            ),
            (
                "sip:b:p@else.test:5070;maddr=192.0.2.9;a=1",
                Transport::Udp,
                "192.0.2.9:5070",
                "sip:b:p@else.test;a=1",
            ),
            (
                "sip:[2001:db8::1];MADDR=192.0.2.9;transport=tcp",
                Transport::Tcp,
                "192.0.2.9:5060",
                "sip:[2001:db8::1]",
            ),
            (
                "sip:else.test;maddr=192.0.2.9;transport=udp",
                Transport::Udp,
                "192.0.2.9:5060",
                "sip:else.test;transport=udp",
            ),
            (
                "sips:b@else.test;maddr=192.0.2.9?a=b",
                Transport::Tls,
                "192.0.2.9:5061",
                "sips:b@else.test?a=b",
            ),
        ] {
            assert_eq!(stripped(uri, transport, local).as_deref(), Some(left), "{uri}");
        }
    }

    #[test]
    fn another_maddr_port_or_transport_stays() {
        for uri in [
            "sip:b@else.test",
            "sip:b@else.test;maddr=192.0.2.77",
            "sip:b@else.test;maddr=",
            "sip:b@else.test:5070;maddr=192.0.2.9",
            "sip:b@else.test;maddr=192.0.2.9;transport=tcp",
            "sip:b@else.test;maddr=192.0.2.9;transport=odd",
            "sips:b@else.test;maddr=192.0.2.9",
            "tel:+1;maddr=192.0.2.9",
        ] {
            assert_eq!(stripped(uri, Transport::Udp, "192.0.2.9:5060"), None, "{uri}");
        }
    }
}
