//! Requests back over a connection that its client opened (RFC 5923): under TLS, when a certificate proves who the client
//! is, and the client asks for it by `alias` in its Via.

use crate::tls::{Identities, Tls};
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::syntax::Message;
use std::net::SocketAddr;

/// The port at which a client lets itself be reached over the connection of this request (RFC 5923 §8.2).
pub(super) fn port(message: &[u8]) -> Option<u16> {
    if message.starts_with(b"SIP/2.0 ") {
        return None;
    }
    let message = Message::parse(message).ok()?;
    let via = message.top_via().ok()?;
    let is_asked = via.transport == Some(Transport::Tls) && via.params.has(b"alias");
    is_asked.then(|| via.port.unwrap_or(Transport::Tls.default_port()))
}

/// What may be sent over a connection besides its own flow: what goes to its client's address at that port, and to one
/// of the names of its certificate, or to the address if that is one of them.
pub(super) fn ways(flow: &Flow, port: u16, identities: &Identities, tls: &Tls) -> Vec<Flow> {
    let own = identities.has_address(flow.remote_ip()).then_some(None);
    let names = identities.domains().take(NAMES_MAX).filter_map(|name| tls.number(name)).map(Some);
    let remote = SocketAddr::new(flow.remote_ip(), port);
    own.into_iter().chain(names).map(|peer| Flow { remote, connection: None, peer, ..*flow }).collect()
}

/// Most names of one client that are remembered.
const NAMES_MAX: usize = 16;
