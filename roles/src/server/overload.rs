//! More work than can be done: what new callers are told, and what neighbours are asked for (RFC 7339).

use super::{Output, Server};
use crate::access::Denial;
use crate::server::{Ask, Event};
use ringback_sip::journal::Cause;
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Message, push_decimal};

impl Server {
    /// The refusal of new work while there is too much of it; callers shall not all come back at one time
    /// (RFC 3261 §21.5.4).
    pub(super) fn overload(&self, message: &Message<'_>) -> Denial {
        let spread = self.key.hash(message.call_id().unwrap_or_default()) % RETRY_AFTER_SPREAD_SECS;
        let mut secs = Vec::with_capacity(4);
        push_decimal(&mut secs, RETRY_AFTER_MIN_SECS + spread);
        Denial::new(StatusCode::SERVICE_UNAVAILABLE, Cause::Overload).with(HeaderName::RETRY_AFTER, secs)
    }

    /// An output as it leaves: a response to a neighbour who announced it says how much to keep back.
    pub(super) fn stamped(&mut self, output: Output<Ask, Event>) -> Output<Ask, Event> {
        match output {
            Output::Transmit(mut transmit) => {
                transmit.bytes = self.feedback.stamp(self.now, transmit.bytes);
                Output::Transmit(transmit)
            }
            other => other,
        }
    }
}

/// When to ask again after a refusal for overload: from here on,
const RETRY_AFTER_MIN_SECS: u64 = 2;
/// and this much later at most.
const RETRY_AFTER_SPREAD_SECS: u64 = 9;
