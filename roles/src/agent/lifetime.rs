//! How long what we register, publish or subscribe to is asked for, and what a 423 makes of that (RFC 3261 §10.2.8).

use ringback_sip::registry::HeaderName;
use ringback_sip::syntax::{Message, parse_u32};
use ringback_sip::time::Duration;

/// Longest time that we ask for, also when a server wants more.
const LIFETIME_MAX: Duration = Duration::from_secs(7 * 86_400);
/// How often in a row we let it be raised: a server that is never content is not asked forever.
const RAISES_MAX: u32 = 3;

/// The time that we ask for: what the user wants, or more.
#[derive(Debug)]
pub(super) struct Lifetime {
    asked: Duration,
    raised: u32,
}

impl Lifetime {
    pub(super) fn new(asked: Duration) -> Self {
        Lifetime { asked, raised: 0 }
    }

    pub(super) fn get(&self) -> Duration {
        self.asked
    }

    /// The server was content, or said something else.
    pub(super) fn settled(&mut self) {
        self.raised = 0;
    }

    /// Whether a 423 asks for a time that we can ask for in turn, which is asked for from now on.
    pub(super) fn raise(&mut self, response: &Message<'_>) -> bool {
        let Some(min) = seconds(response.header(HeaderName::MIN_EXPIRES)) else { return false };
        let can = min > self.asked && min <= LIFETIME_MAX && self.raised < RAISES_MAX;
        if can {
            *self = Lifetime { asked: min, raised: self.raised + 1 };
        }
        can
    }
}

/// A number of seconds; what follows it, such as a comment, is left out.
pub(super) fn seconds(value: Option<&[u8]>) -> Option<Duration> {
    let value = value?;
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    parse_u32(&value[..digits]).map(|n| Duration::from_secs(n.into()))
}
