//! What the agent remembers of its registrations.

use super::command::Registering;
use super::exchange::ExchangeId;
use ringback_sip::time::Duration;

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
}
