//! Timers by their RFC letters, and the base values they are made of (RFC 3261 Table 4, RFC 6026, RFC 6665).

use super::Reference;
use crate::time::Duration;

macro_rules! timers {
    ($($(#[$doc:meta])* ($variant:ident, $name:literal, $id:literal, $document:literal $section:literal, $owner:ident,
        $length:ident, $reliable:ident);)*) => {
        /// A timer of a transaction or of a core.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Timer { $($(#[$doc])* $variant),* }

        impl Timer {
            /// Every timer.
            pub const ALL: &'static [Timer] = &[$(Timer::$variant),*];

            /// The name by which people know it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Timer::$variant => $name),* }
            }

            /// The word that finds it.
            pub const fn id(self) -> &'static str {
                match self { $(Timer::$variant => $id),* }
            }

            /// The defining section.
            pub const fn reference(self) -> Reference {
                match self { $(Timer::$variant => Reference::new($document, $section)),* }
            }

            /// Which side runs it.
            pub const fn owner(self) -> TimerOwner {
                match self { $(Timer::$variant => TimerOwner::$owner),* }
            }

            /// How long it is over an unreliable transport.
            pub const fn length(self) -> TimerLength {
                match self { $(Timer::$variant => TimerLength::$length),* }
            }

            /// What becomes of it over a reliable transport.
            pub const fn over_reliable(self) -> OverReliable {
                match self { $(Timer::$variant => OverReliable::$reliable),* }
            }
        }
    };
}

/// The side that runs a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerOwner {
    /// The client transaction of an INVITE.
    InviteClient,
    /// The server transaction of an INVITE.
    InviteServer,
    /// The client transaction of another request.
    NonInviteClient,
    /// The server transaction of another request.
    NonInviteServer,
    /// The core of a proxy, for each branch.
    Proxy,
    /// The user agent that sent the INVITE.
    CallingAgent,
    /// The user agent that was called.
    CalledAgent,
    /// The subscriber to an event.
    Subscriber,
}

/// The length of a timer, in the base values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerLength {
    /// T1, doubled after each expiry, without a cap.
    Doubling,
    /// T1, doubled after each expiry, at most T2.
    DoublingToT2,
    /// 64·T1.
    T1Times64,
    /// T4.
    T4,
    /// Longer than 3 minutes, configured.
    TimerC,
    /// 32 seconds or more.
    AtLeast32Seconds,
    /// 200 milliseconds.
    Milliseconds200,
    /// What the Expires header field says.
    FromHeader,
    /// Half of what Session-Expires says.
    HalfInterval,
    /// What Session-Expires says; for the side that does not refresh, up to 32 s less.
    Interval,
    /// Random: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other side.
    Random,
}

/// What becomes of a timer over TCP, TLS and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OverReliable {
    /// It runs as over UDP.
    Same,
    /// It is not started: the transport does not lose messages.
    NotStarted,
    /// It is zero: there are no repetitions to wait for.
    Zero,
}

timers! {
    /// Sends an unanswered INVITE again (RFC 3261 §17.1.1.2).
    (A, "Timer A", "timer-a", "RFC 3261" "17.1.1.2", InviteClient, Doubling, NotStarted);
    /// Longest silence before an INVITE client gives up: 64·T1 (RFC 3261 §17.1.1.2).
    (B, "Timer B", "timer-b", "RFC 3261" "17.1.1.2", InviteClient, T1Times64, Same);
    /// Longest ringing of a proxy's INVITE branch, more than 3 minutes (RFC 3261 §16.6 step 11).
    (C, "Timer C", "timer-c", "RFC 3261" "16.6", Proxy, TimerC, Same);
    /// How long an INVITE client answers repeated failures with ACK (RFC 3261 §17.1.1.2).
    (D, "Timer D", "timer-d", "RFC 3261" "17.1.1.2", InviteClient, AtLeast32Seconds, Zero);
    /// Sends an unanswered non-INVITE request again (RFC 3261 §17.1.2.2).
    (E, "Timer E", "timer-e", "RFC 3261" "17.1.2.2", NonInviteClient, DoublingToT2, NotStarted);
    /// Longest wait for the final response to a non-INVITE request: 64·T1 (RFC 3261 §17.1.2.2).
    (F, "Timer F", "timer-f", "RFC 3261" "17.1.2.2", NonInviteClient, T1Times64, Same);
    /// Sends a failure response to INVITE again until its ACK (RFC 3261 §17.2.1).
    (G, "Timer G", "timer-g", "RFC 3261" "17.2.1", InviteServer, DoublingToT2, NotStarted);
    /// Longest wait for the ACK to a failure response: 64·T1 (RFC 3261 §17.2.1).
    (H, "Timer H", "timer-h", "RFC 3261" "17.2.1", InviteServer, T1Times64, Same);
    /// How long an INVITE server absorbs repeated ACKs: T4 (RFC 3261 §17.2.1).
    (I, "Timer I", "timer-i", "RFC 3261" "17.2.1", InviteServer, T4, Zero);
    /// How long a non-INVITE server repeats its answer: 64·T1 (RFC 3261 §17.2.2).
    (J, "Timer J", "timer-j", "RFC 3261" "17.2.2", NonInviteServer, T1Times64, Zero);
    /// How long a non-INVITE client absorbs repeated answers: T4 (RFC 3261 §17.1.2.2).
    (K, "Timer K", "timer-k", "RFC 3261" "17.1.2.2", NonInviteClient, T4, Zero);
    /// How long an accepted INVITE server absorbs repeated INVITEs: 64·T1 (RFC 6026 §7.1).
    (L, "Timer L", "timer-l", "RFC 6026" "7.1", InviteServer, T1Times64, Same);
    /// How long an accepted INVITE client takes further 2xx: 64·T1 (RFC 6026 §7.2).
    (M, "Timer M", "timer-m", "RFC 6026" "7.2", InviteClient, T1Times64, Same);
    /// Longest wait for the NOTIFY after a SUBSCRIBE: 64·T1 (RFC 6665 §4.1.2.4).
    (N, "Timer N", "timer-n", "RFC 6665" "4.1.2.4", Subscriber, T1Times64, Same);
    /// When a server that has nothing yet must send 100 (RFC 3261 §17.2.1: 200 ms; RFC 4320 §4.1).
    (Trying, "100 Trying delay", "trying-delay", "RFC 3261" "17.2.1", InviteServer, Milliseconds200, Same);
    /// Sends a 2xx to INVITE again until its ACK (RFC 3261 §13.3.1.4).
    (Accept, "2xx retransmission", "2xx-retransmission", "RFC 3261" "13.3.1.4", CalledAgent, DoublingToT2, Same);
    /// Longest wait for the ACK to a 2xx: 64·T1 (RFC 3261 §13.3.1.4).
    (AcceptLimit, "2xx without ACK", "2xx-without-ack", "RFC 3261" "13.3.1.4", CalledAgent, T1Times64, Same);
    /// Sends a reliable provisional response again until its PRACK (RFC 3262 §3).
    (Provisional, "1xx retransmission", "1xx-retransmission", "RFC 3262" "3", CalledAgent, Doubling, Same);
    /// Longest wait for the PRACK to a reliable provisional response: 64·T1 (RFC 3262 §3).
    (ProvisionalLimit, "1xx without PRACK", "1xx-without-prack", "RFC 3262" "3", CalledAgent, T1Times64, Same);
    /// Longest wait for the end of an INVITE after CANCEL: 64·T1 (RFC 3261 §9.1).
    (Cancel, "CANCEL without final response", "cancel-wait", "RFC 3261" "9.1", InviteClient, T1Times64, Same);
    /// The Expires value of an INVITE (RFC 3261 §13.2.1).
    (InviteExpires, "INVITE Expires", "invite-expires", "RFC 3261" "13.3.1", CalledAgent, FromHeader, Same);
    /// Refreshes the session (RFC 4028 §7.2).
    (SessionRefresh, "session refresh", "session-refresh", "RFC 4028" "7.2", CallingAgent, HalfInterval, Same);
    /// Ends a session that nobody refreshed (RFC 4028 §10).
    (SessionExpires, "session expiration", "session-expiration", "RFC 4028" "10", CallingAgent, Interval, Same);
    /// The random wait after 491 (RFC 3261 §14.1).
    (Glare, "glare", "glare", "RFC 3261" "14.1", CallingAgent, Random, Same);
}

/// A base value of the timers (RFC 3261 Table 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BaseValue {
    /// Estimate of the round-trip time.
    T1,
    /// Longest interval between repetitions.
    T2,
    /// Longest life of a message in the network.
    T4,
}

impl BaseValue {
    /// Every base value.
    pub const ALL: &'static [BaseValue] = &[BaseValue::T1, BaseValue::T2, BaseValue::T4];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            BaseValue::T1 => "T1",
            BaseValue::T2 => "T2",
            BaseValue::T4 => "T4",
        }
    }

    /// The value in use.
    pub const fn of(self, values: &TimerValues) -> Duration {
        match self {
            BaseValue::T1 => values.t1,
            BaseValue::T2 => values.t2,
            BaseValue::T4 => values.t4,
        }
    }

    /// The defining section.
    pub const fn reference(self) -> Reference {
        match self {
            BaseValue::T1 => Reference::new("RFC 3261", "17.1.1.1"),
            BaseValue::T2 | BaseValue::T4 => Reference::new("RFC 3261", "17.1.2.2"),
        }
    }
}

/// The base values from which the timers are computed (RFC 3261 Table 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerValues {
    /// Estimate of the round-trip time; 500 ms.
    pub t1: Duration,
    /// Longest interval between repetitions; 4 s.
    pub t2: Duration,
    /// Longest life of a message in the network; 5 s.
    pub t4: Duration,
    /// Timer C; more than 3 minutes.
    pub timer_c: Duration,
}

impl Default for TimerValues {
    fn default() -> Self {
        TimerValues {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            timer_c: Duration::from_secs(181),
        }
    }
}

impl TimerValues {
    /// 64·T1: the length of Timers B, F, H, J, L, M and N.
    pub fn t1_64(&self) -> Duration {
        self.t1 * 64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_the_owner_length_and_transport_rule_of_their_documents() {
        use {OverReliable as R, TimerLength as L, TimerOwner as O};
        let wanted = [
            (O::InviteClient, L::Doubling, R::NotStarted),
            (O::InviteClient, L::T1Times64, R::Same),
            (O::Proxy, L::TimerC, R::Same),
            (O::InviteClient, L::AtLeast32Seconds, R::Zero),
            (O::NonInviteClient, L::DoublingToT2, R::NotStarted),
            (O::NonInviteClient, L::T1Times64, R::Same),
            (O::InviteServer, L::DoublingToT2, R::NotStarted),
            (O::InviteServer, L::T1Times64, R::Same),
            (O::InviteServer, L::T4, R::Zero),
            (O::NonInviteServer, L::T1Times64, R::Zero),
            (O::NonInviteClient, L::T4, R::Zero),
            (O::InviteServer, L::T1Times64, R::Same),
            (O::InviteClient, L::T1Times64, R::Same),
            (O::Subscriber, L::T1Times64, R::Same),
        ];
        let letters = Timer::ALL.iter().filter(|timer| timer.id().starts_with("timer-"));
        let rows: Vec<_> = letters.map(|t| (t.owner(), t.length(), t.over_reliable())).collect();
        assert_eq!(rows, wanted);
    }
}
