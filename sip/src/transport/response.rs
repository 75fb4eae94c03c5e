//! Where responses go (RFC 3261 §18.2.2, RFC 3581 §4).

use crate::flow::{Flow, Transport};
use crate::syntax::Via;
use core::net::{IpAddr, SocketAddr};

/// The way of the responses to a request that came over `flow` with `via` on top, as its sender wrote it.
///
/// - On a stream: the connection of the request; when that is gone, a connection to the source address and the
///   port of sent-by. A WebSocket client cannot be connected to, so its address stays as it is.
/// - Else to maddr, when it is an address, and the port of sent-by.
/// - Else, when the client asked with rport, to the source address and port.
/// - Else to the source address, which is what `received` shows when sent-by differs, and the port of sent-by.
///
/// Responses leave from the address at which the request arrived. A maddr that is a name is not looked up: the
/// response goes to the source, as if it were not there.
pub fn response_flow(via: &Via<'_>, flow: &Flow) -> Flow {
    let port = via.port.unwrap_or(flow.transport.default_port());
    let remote = match flow.transport {
        Transport::Ws | Transport::Wss => flow.remote,
        Transport::Tcp | Transport::Tls => SocketAddr::new(flow.remote_ip(), port),
        Transport::Udp => match (via.maddr().and_then(ip_from_bytes), via.rport()) {
            (Some(maddr), _) => SocketAddr::new(maddr, port),
            (None, Some(_)) => flow.remote,
            (None, None) => SocketAddr::new(flow.remote_ip(), port),
        },
    };
    Flow { remote, ..*flow }
}

fn ip_from_bytes(text: &[u8]) -> Option<IpAddr> {
    let text = text.strip_prefix(b"[").and_then(|t| t.strip_suffix(b"]")).unwrap_or(text);
    core::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ConnectionId;

    fn route(via: &str, transport: Transport) -> (String, Option<ConnectionId>) {
        let flow = Flow {
            transport,
            local: "192.0.2.9:5060".parse().unwrap(),
            remote: "198.51.100.7:40001".parse().unwrap(),
            connection: transport.is_reliable().then_some(ConnectionId(3)),
            peer: None,
        };
        let to = response_flow(&Via::parse(via.as_bytes()).unwrap(), &flow);
        assert_eq!((to.local, to.transport), (flow.local, flow.transport));
        (to.remote.to_string(), to.connection)
    }

    fn udp(via: &str) -> String {
        route(via, Transport::Udp).0
    }

    #[test]
    fn without_rport_it_goes_to_the_source_address_and_the_port_of_sent_by() {
        assert_eq!(udp("SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1"), "198.51.100.7:5060");
        assert_eq!(udp("SIP/2.0/UDP pc.example.com:5070;branch=z9hG4bK1"), "198.51.100.7:5070");
    }

    #[test]
    fn with_rport_it_goes_to_the_source_port() {
        assert_eq!(udp("SIP/2.0/UDP 10.0.0.1:5070;rport;branch=z9hG4bK1"), "198.51.100.7:40001");
    }

    #[test]
    fn a_forged_received_is_not_followed() {
        assert_eq!(udp("SIP/2.0/UDP 198.51.100.7;received=203.0.113.1;branch=z9hG4bK1"), "198.51.100.7:5060");
    }

    #[test]
    fn maddr_comes_before_rport_when_it_is_an_address() {
        assert_eq!(udp("SIP/2.0/UDP h:5070;maddr=203.0.113.5;rport;branch=z9hG4bK1"), "203.0.113.5:5070");
        assert_eq!(udp("SIP/2.0/UDP h;maddr=224.0.1.75;branch=z9hG4bK1"), "224.0.1.75:5060");
        assert_eq!(udp("SIP/2.0/UDP h;maddr=m.example.com;rport;branch=z9hG4bK1"), "198.51.100.7:40001");
    }

    #[test]
    fn a_stream_uses_its_connection_and_else_the_port_of_sent_by() {
        let connection = Some(ConnectionId(3));
        let tcp = route("SIP/2.0/TCP h:5070;rport;branch=z9hG4bK1", Transport::Tcp);
        assert_eq!(tcp, ("198.51.100.7:5070".to_owned(), connection));
        let tls = route("SIP/2.0/TLS h;branch=z9hG4bK1", Transport::Tls);
        assert_eq!(tls, ("198.51.100.7:5061".to_owned(), connection));
        let ws = route("SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK1", Transport::Ws);
        assert_eq!(ws, ("198.51.100.7:40001".to_owned(), connection));
    }
}
