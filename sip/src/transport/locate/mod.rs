//! Locating a SIP server by its name (RFC 3263 §4): from a URI's host, port and transport to the addresses to try,
//! with an account of every step.
//!
//! The search is a machine without a socket: [`Locate::poll`] says what to ask the name servers, and
//! [`Locate::handle`] takes what they say. The same search with the same answers and the same seed gives the same
//! order.

mod limits;
mod naptr;
mod query;
mod search;
mod srv;

pub use limits::*;
pub use naptr::Naptr;
pub use query::{query_of, target_of};
pub use search::{Answer, Locate, Located, Question, Records};
pub use srv::{Srv, order};

#[cfg(test)]
mod tests;
