//! What a URI asks for (RFC 3263 §4, §4.1).

use crate::flow::{Target, Transport};
use crate::node::ResolveQuery;
use crate::syntax::{Host, Scheme, Uri};
use core::net::SocketAddr;

/// What is to be found for a URI (RFC 3263 §4): its `maddr`, else its host, with its port and transport. `None` when
/// the URI is not one of SIP, or its transport is unknown, or not secure where the URI is `sips`.
pub fn query_of(uri: &Uri<'_>) -> Option<ResolveQuery> {
    let (host, transport) = place_of(uri)?;
    Some(ResolveQuery {
        host: String::from_utf8_lossy(host).trim_end_matches('.').into(),
        port: uri.port,
        transport,
        secure: uri.scheme == Scheme::Sips,
        spread: 0,
    })
}

/// The address of a URI whose host is numeric, with the usual transport and port where it names none (RFC 3263
/// §4.1, §4.2).
///
/// # Errors
/// What is to be found, for a name; `None` as [`query_of`] says.
pub fn target_of(uri: &Uri<'_>) -> Result<Target, Option<ResolveQuery>> {
    let (mut host, transport) = place_of(uri).ok_or(None)?;
    while let Some(rest) = host.strip_suffix(b".") {
        host = rest;
    }
    let Some(ip) = Host(host).ip() else { return Err(query_of(uri)) };
    let usual = if uri.scheme == Scheme::Sips { Transport::Tls } else { Transport::Udp };
    let transport = transport.unwrap_or(usual);
    let port = uri.port.unwrap_or(transport.default_port());
    Ok(Target { transport, address: SocketAddr::new(ip, port), peer: None })
}

/// The host that a URI names as the next, and the transport.
fn place_of<'a>(uri: &Uri<'a>) -> Option<(&'a [u8], Option<Transport>)> {
    let secure = uri.scheme == Scheme::Sips;
    let (mut transport, mut host) = (None, uri.host.0);
    if !uri.params.raw().is_empty() {
        if let Some(name) = uri.params.get(b"transport") {
            transport = Some(over(Transport::from_name(name)?, secure));
        }
        host = uri.params.get(b"maddr").filter(|maddr| !maddr.is_empty()).unwrap_or(host);
    }
    (uri.is_sip() && !(secure && transport == Some(Transport::Udp))).then_some((host, transport))
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
