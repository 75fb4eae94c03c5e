//! What a server is ordered, and what it tells whoever drives it.

use super::ServerSettings;
use crate::access::{Ban, Network};
use ringback_sip::time::Instant;
use std::sync::Arc;

/// An order to a server.
#[derive(Clone, Debug)]
pub enum Command {
    /// Takes no new requests; when all that are under way have ended, [`Event::Drained`] says so.
    Drain,
    /// Takes over other settings; what is under way goes on.
    Configure(Box<ServerSettings>),
    /// Nothing of a source is read until then: another worker found a reason, or the operator says so.
    Ban {
        /// The source.
        source: Network,
        /// Until when.
        until: Instant,
    },
    /// The ban of a source is lifted.
    Lift(Network),
    /// Another worker found that a next hop is up, or down.
    Hop {
        /// Its URI.
        uri: Arc<str>,
        /// What was found.
        is_up: bool,
    },
}

/// News of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was told to drain, and nothing is under way any more.
    Drained,
    /// A source is banned; the other workers do not know it yet.
    Banned(Ban),
    /// A next hop of the dial plan is up, or down; the other workers do not know it yet.
    Hop {
        /// Its URI.
        uri: Arc<str>,
        /// What was found.
        is_up: bool,
    },
}
