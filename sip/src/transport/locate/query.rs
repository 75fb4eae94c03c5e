//! What a URI asks for (RFC 3263 §4, §4.1).

use crate::flow::Transport;
use crate::node::ResolveQuery;
use crate::syntax::{Scheme, Uri};

/// What is to be found for a URI (RFC 3263 §4): its `maddr`, else its host, with its port and transport. `None` when
/// the URI is not one of SIP, or its transport is unknown, or not secure where the URI is `sips`.
pub fn query_of(uri: &Uri<'_>) -> Option<ResolveQuery> {
    let secure = uri.scheme == Scheme::Sips;
    let named = match uri.params.get(b"transport") {
        Some(name) => Some(Transport::from_name(name)?),
        None => None,
    };
    let transport = named.map(|transport| over(transport, secure));
    let host = uri.params.get(b"maddr").filter(|maddr| !maddr.is_empty()).unwrap_or(uri.host.0);
    (uri.is_sip() && !(secure && transport == Some(Transport::Udp))).then(|| ResolveQuery {
        host: String::from_utf8_lossy(host).trim_end_matches('.').into(),
        port: uri.port,
        transport,
        secure,
        spread: 0,
    })
}

/// The transport that a named one is under `sips`: TLS for TCP (RFC 3261 §26.2.2), and for WebSocket likewise.
pub(super) fn over(transport: Transport, secure: bool) -> Transport {
    match (transport, secure) {
        (Transport::Tcp, true) => Transport::Tls,
        (Transport::Ws, true) => Transport::Wss,
        (transport, _) => transport,
    }
}

/// The name of a domain's SRV records for a transport (RFC 3263 §4.1). WebSocket has none of its own: only a
/// NAPTR record leads to some (RFC 7118 §5.5).
pub(super) fn service_prefix(transport: Transport) -> Option<&'static str> {
    match transport {
        Transport::Udp => Some("_sip._udp"),
        Transport::Tcp => Some("_sip._tcp"),
        Transport::Tls => Some("_sips._tcp"),
        Transport::Ws | Transport::Wss => None,
    }
}
