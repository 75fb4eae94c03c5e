//! What several groups ask of a call.

use super::super::facts::{Call, Message};
use super::super::finding::Actor;
use core::net::SocketAddr;
use ringback_sip::registry::{HeaderName, Method};

/// The side of a call that this address belongs to.
pub(super) fn side(call: &Call, address: SocketAddr) -> Actor {
    let is_caller = call.opening().is_some_and(|opening| opening.src == address);
    if is_caller { Actor::Caller } else { Actor::Callee }
}

/// The code of a Reason row of this protocol (RFC 3326 §2).
pub(super) fn reason(message: &Message, protocol: &str) -> Option<u16> {
    let rows = message.header(HeaderName::REASON)?;
    let row = rows.split(',').find(|row| {
        let name = row.trim_start().split(';').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case(protocol)
    })?;
    row.split(';').find_map(|part| part.trim().strip_prefix("cause=")?.trim().parse().ok())
}

/// The first BYE that comes after this message.
pub(super) fn bye_after<'a>(call: &'a Call, message: &Message) -> Option<&'a Message> {
    call.messages.iter().find(|bye| bye.is(Method::Bye) && bye.at >= message.at)
}
