//! What was seen, normalised: the only thing that rules read.
//!
//! Packets come in one at a time and in their order of time. Everything is filed by Call-ID; a call keeps its messages, and
//! transactions and dialogs refer to them by place. What grows has a limit, and what was left out is counted.

mod book;
mod call;
mod dialog;
mod filing;
mod media;
mod message;
mod shelf;
mod stage;
mod stream;
mod transaction;
mod world;

pub use book::{
    CALLS_MAX, EVENTS_MAX, Facts, FactsLimits, FactsLoss, MESSAGES_PER_CALL_MAX, Point, fixed_format,
};
pub use call::{Call, CallId, CallKind};
pub use dialog::Dialog;
pub use media::CHECKS_MAX;
pub use message::{Message, SIGHTINGS_MAX, Seen, Sighting};
pub use stage::Stage;
pub use stream::{Stream, StreamKey};
pub use transaction::Transaction;
pub use world::{Check, Checks, Dns, Icmp, IcmpKind, TcpEvent, TcpKind, TlsAlert};
