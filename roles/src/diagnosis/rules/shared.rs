//! What several groups ask of a call.

use super::super::facts::{Call, Message};
use super::super::finding::Actor;
use core::net::SocketAddr;
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::time::Instant;

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

/// Whether a message of the call up to then names this place, as a Route, a Contact or a Via does.
pub(super) fn names_place(call: &Call, place: SocketAddr, until: Instant) -> bool {
    call.messages.iter().filter(|message| message.at <= until).any(|message| is_named(place, &message.bytes))
}

/// Whether an address with its port stands in these bytes, and no longer one that only has it in itself.
pub(super) fn is_named(place: SocketAddr, bytes: &[u8]) -> bool {
    let name = place.to_string();
    let is_begin = |before: &[u8]| before.last().is_none_or(|last| !last.is_ascii_digit() && *last != b'.');
    let is_end = |rest: &[u8]| rest.first().is_none_or(|next| !next.is_ascii_digit());
    let mut places = bytes.windows(name.len()).enumerate().filter(|(_, part)| *part == name.as_bytes());
    places.any(|(at, _)| is_begin(&bytes[..at]) && is_end(&bytes[at + name.len()..]))
}
