//! Timers by their RFC letters, and the base values they are made of (RFC 3261 Table 4, RFC 6026, RFC 6665).

use crate::time::Duration;

macro_rules! timers {
    ($($(#[$doc:meta])* ($variant:ident, $name:literal);)*) => {
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
        }
    };
}

timers! {
    /// Sends an unanswered INVITE again (RFC 3261 §17.1.1.2).
    (A, "Timer A");
    /// Longest silence before an INVITE client gives up: 64·T1 (RFC 3261 §17.1.1.2).
    (B, "Timer B");
    /// Longest ringing of a proxy's INVITE branch, more than 3 minutes (RFC 3261 §16.6 step 11).
    (C, "Timer C");
    /// How long an INVITE client answers repeated failures with ACK (RFC 3261 §17.1.1.2).
    (D, "Timer D");
    /// Sends an unanswered non-INVITE request again (RFC 3261 §17.1.2.2).
    (E, "Timer E");
    /// Longest wait for the final response to a non-INVITE request: 64·T1 (RFC 3261 §17.1.2.2).
    (F, "Timer F");
    /// Sends a failure response to INVITE again until its ACK (RFC 3261 §17.2.1).
    (G, "Timer G");
    /// Longest wait for the ACK to a failure response: 64·T1 (RFC 3261 §17.2.1).
    (H, "Timer H");
    /// How long an INVITE server absorbs repeated ACKs: T4 (RFC 3261 §17.2.1).
    (I, "Timer I");
    /// How long a non-INVITE server repeats its answer: 64·T1 (RFC 3261 §17.2.2).
    (J, "Timer J");
    /// How long a non-INVITE client absorbs repeated answers: T4 (RFC 3261 §17.1.2.2).
    (K, "Timer K");
    /// How long an accepted INVITE server absorbs repeated INVITEs: 64·T1 (RFC 6026 §7.1).
    (L, "Timer L");
    /// How long an accepted INVITE client takes further 2xx: 64·T1 (RFC 6026 §7.2).
    (M, "Timer M");
    /// Longest wait for the NOTIFY after a SUBSCRIBE: 64·T1 (RFC 6665 §4.1.2.4).
    (N, "Timer N");
    /// When a server that has nothing yet must send 100 (RFC 3261 §17.2.1: 200 ms; RFC 4320 §4.1).
    (Trying, "100 Trying delay");
    /// Sends a 2xx to INVITE again until its ACK (RFC 3261 §13.3.1.4).
    (Accept, "2xx retransmission");
    /// Longest wait for the ACK to a 2xx: 64·T1 (RFC 3261 §13.3.1.4).
    (AcceptLimit, "2xx without ACK");
    /// Longest wait for the end of an INVITE after CANCEL: 64·T1 (RFC 3261 §9.1).
    (Cancel, "CANCEL without final response");
    /// The Expires value of an INVITE (RFC 3261 §13.2.1).
    (InviteExpires, "INVITE Expires");
    /// The random wait after 491 (RFC 3261 §14.1).
    (Glare, "glare");
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
