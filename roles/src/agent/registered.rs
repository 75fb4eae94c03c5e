//! What the agent remembers of its registrations.

use super::command::Registering;
use super::exchange::ExchangeId;
use core::net::SocketAddr;
use ringback_sip::flow::Flow;
use ringback_sip::time::Duration;

/// A flow over which we are registered.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) flow: Flow,
    /// The longest silence.
    pub(super) silence: Duration,
    /// The sign of life that waits for its answer, and how often it was given.
    pub(super) asked: Option<([u8; 12], u32)>,
    /// Whether one was answered.
    pub(super) proven: bool,
    /// Where we come from, as the server sees it.
    pub(super) seen_at: Option<SocketAddr>,
}

/// What the agent remembers of its registrations.
#[derive(Debug)]
pub(super) struct Registration {
    pub(super) call_id: Box<[u8]>,
    pub(super) tag: Box<[u8]>,
    pub(super) cseq: u32,
    /// The REGISTER under way.
    pub(super) pending: Option<(Registering, ExchangeId)>,
    /// What to ask next.
    pub(super) next: Option<Registering>,
    pub(super) expires: Duration,
    pub(super) failures: u32,
    /// The flow that is kept alive.
    pub(super) kept: Option<Kept>,
}
