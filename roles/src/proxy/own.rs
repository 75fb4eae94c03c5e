//! Requests of our own, as data.

use super::context::Destination;
use bytes::Bytes;
use ringback_sip::flow::Target;
use ringback_sip::journal::BranchEnd;
use ringback_sip::registry::HeaderName;
use ringback_sip::syntax::Message;
use ringback_sip::time::Duration;
use smallvec::SmallVec;

/// Which request of our own: chosen by who sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwnId {
    /// The question whether a next hop lives, by its number.
    Probe(u32),
    /// A notification to the subscription with this number.
    Notify(u64),
    /// A message that was kept for somebody, by the number of its delivery.
    Message(u64),
}

/// How a request of our own ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnEnd {
    /// Which.
    pub id: OwnId,
    /// How.
    pub end: BranchEnd,
    /// When to try again, as the answer has it.
    pub retry_after: Option<Duration>,
}

/// A request of our own that has no final answer yet.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) id: OwnId,
    /// All of it but Via.
    pub(super) request: Bytes,
    pub(super) to: Destination,
    /// The addresses that are left to try, the next one last.
    pub(super) rest: SmallVec<[Target; 2]>,
    /// Where to send it as a datagram, when the stream that it was too long for fails.
    pub(super) datagram: Option<Target>,
}

/// Whether a message answers a request of our own: the branches of forwarded ones have a second part.
pub(super) fn is_of_own(message: &Message<'_>) -> bool {
    let via = message.top_via().ok();
    let branch = via.and_then(ringback_sip::syntax::Via::branch);
    message.header(HeaderName::VIA).is_some() && branch.is_some_and(|branch| !branch.contains(&b'.'))
}
