//! Locating a SIP server by its name (RFC 3263 §4): from a URI's host, port and transport to the addresses to try,
//! with an account of every step.
//!
//! The search is a machine without a socket: [`Locate::poll`] says what to ask the name servers, and
//! [`Locate::handle`] takes what they say. The same search with the same answers and the same seed gives the same
//! order.

mod naptr;
mod search;
mod srv;

pub use naptr::Naptr;
pub use search::{Answer, Locate, Located, Question, Records};
pub use srv::{Srv, order};

use crate::flow::Transport;

/// Most NAPTR records of one answer that are looked at.
pub const NAPTRS_MAX: usize = 32;
/// Most SRV records of one answer that are looked at.
pub const SERVICES_MAX: usize = 32;
/// Most addresses of one name that are looked at.
pub const ADDRESSES_MAX: usize = 16;
/// Most addresses that one search gives.
pub const TARGETS_MAX: usize = 16;
/// Most questions of one search.
pub const QUESTIONS_MAX: usize = 40;
/// Most steps that one search tells of.
pub const STEPS_MAX: usize = 96;
/// Most aliases that lead to one answer.
pub const ALIASES_MAX: usize = 8;

/// The name of a domain's SRV records for a transport (RFC 3263 §4.1). WebSocket has none of its own: only a
/// NAPTR record leads to some (RFC 7118 §5.5).
fn service_prefix(transport: Transport) -> Option<&'static str> {
    match transport {
        Transport::Udp => Some("_sip._udp"),
        Transport::Tcp => Some("_sip._tcp"),
        Transport::Tls => Some("_sips._tcp"),
        Transport::Ws | Transport::Wss => None,
    }
}

#[cfg(test)]
mod tests;
