//! What the four machines have in common: their outputs are data, and they hold no bytes.

use super::wheel::Rank;
use crate::registry::{Timer, TimerValues};
use crate::time::Duration;
use smallvec::SmallVec;

/// What a machine wants done, in order.
pub type Outputs = SmallVec<[Output; 4]>;

/// One thing that a machine wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this.
    Transmit(Sent),
    /// Start a timer, or start it anew. A transaction has at most one timer of each [`rank`]: a new one takes
    /// the place of the old one. A duration of zero means: fire at once, before anything else.
    SetTimer(Timer, Duration),
    /// Stop a timer.
    StopTimer(Timer),
    /// Hand the input to the transaction user.
    Deliver,
    /// Tell the transaction user that what was sent did not arrive; the transaction lives on.
    Undelivered,
    /// The input is expected here and wholly handled by what else stands beside this (or by nothing).
    Absorb,
    /// The input means nothing in this state.
    Ignore,
    /// The transaction is over.
    End(Ended),
}

/// What a machine sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The request that made the client transaction.
    Request,
    /// The ACK to a failure response (RFC 3261 §17.1.1.3).
    Ack,
    /// The response that the user gave last.
    Response,
    /// A 100 of the transaction's own.
    Trying,
}

/// Why a transaction is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ended {
    /// All that could still arrive for it has had its time.
    Normal,
    /// This timer ran out without the message that it waited for.
    TimedOut(Timer),
    /// The message could not be sent.
    TransportError,
    /// The user gave no final response while the client could still take one (RFC 4320 §4.2).
    Unanswered,
}

/// How long an INVITE server waits for its user before it sends 100 (RFC 3261 §17.2.1).
pub const INVITE_TRYING_DELAY: Duration = Duration::from_millis(200);

/// Least length of Timer D on an unreliable transport: it may not follow our T1, since the server's T1 is
/// unknown (RFC 3261 §17.1.1.2 as amended by RFC 6026).
pub const TIMER_D_MIN: Duration = Duration::from_secs(32);

/// The time at which a client's Timer E is first reset to T2: until then no 100 may answer a non-INVITE
/// request over an unreliable transport, and then it must (RFC 4320 §4.1). 3.5 s with the default values.
pub fn non_invite_trying_delay(values: &TimerValues) -> Duration {
    let mut interval = values.t1;
    let mut at = interval;
    while interval * 2 < values.t2 {
        interval *= 2;
        at += interval;
    }
    at
}

/// Timers that repeat or begin something yield, at the same moment, to those that end something; and a
/// transaction has at most one of each kind at a time.
pub fn rank(timer: Timer) -> Rank {
    match timer {
        Timer::A | Timer::E | Timer::G | Timer::Trying => Rank::Second,
        _ => Rank::First,
    }
}

/// What follows a final answer lasts `time` on an unreliable transport and no time on a reliable one
/// (RFC 3261 §17: Timers D, I, J and K).
pub(super) fn unless_reliable(reliable: bool, time: Duration) -> Duration {
    if reliable { Duration::ZERO } else { time }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trying_is_due_when_timer_e_reaches_t2() {
        let mut values = TimerValues::default();
        assert_eq!(non_invite_trying_delay(&values), Duration::from_millis(3500));
        values.t1 = Duration::from_secs(1);
        assert_eq!(non_invite_trying_delay(&values), Duration::from_secs(3));
        values.t1 = Duration::from_secs(5);
        assert_eq!(non_invite_trying_delay(&values), Duration::from_secs(5));
    }
}
