//! How a worker gets its processor.
//!
//! With little to do, a worker that something wakes runs at once. With much to do it does not push aside who runs on its
//! processor (`SCHED_BATCH`): often that is who sends us datagrams, and when he has finished we find a batch, where there
//! would have been one datagram and a switch for each.
#![allow(unsafe_code)]

use ringback_sip::time::{Duration, Instant};

/// How the worker gets its processor now.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// When datagrams were last counted, and how many there had been.
    looked: Option<(Instant, u64)>,
    waits: bool,
}

impl Turn {
    /// Tells the system what changed since `datagrams` were counted last. A system that refuses leaves everything as it was.
    pub(super) fn look(&mut self, now: Instant, datagrams: u64) {
        if let Some(waits) = self.decide(now, datagrams) {
            let policy = if waits { libc::SCHED_BATCH } else { libc::SCHED_OTHER };
            let priority = libc::sched_param { sched_priority: 0 };
            // SAFETY: zero names the calling thread; `priority` lives through the call, which only reads it.
            let _ = unsafe { libc::sched_setscheduler(0, policy, &raw const priority) };
        }
    }

    /// Whether the worker waits from now on, when that changes.
    fn decide(&mut self, now: Instant, datagrams: u64) -> Option<bool> {
        let (since, before) = *self.looked.get_or_insert((now, datagrams));
        let span = now.since(since);
        if span < SPAN {
            return None;
        }
        self.looked = Some((now, datagrams));
        let much = MUCH_PER_SEC / if self.waits { 2 } else { 1 };
        let waits = datagrams.saturating_sub(before) * 1_000_000 / span.as_micros() as u64 >= much;
        (std::mem::replace(&mut self.waits, waits) != waits).then_some(waits)
    }
}

/// How long datagrams are counted for.
const SPAN: Duration = Duration::from_millis(100);
/// From so many datagrams a second on there is much to do; from half of it on there still is.
const MUCH_PER_SEC: u64 = 5_000;

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Instant = Instant::from_unix_secs(1_700_000_000);

    #[test]
    fn a_worker_waits_for_its_turn_while_it_has_much_to_do() {
        let mut turn = Turn::default();
        let mut datagrams = 0;
        let mut after = |tenths: u64, per_sec: u64| {
            datagrams += per_sec / 10;
            turn.decide(T0 + Duration::from_millis(100 * tenths), datagrams)
        };
        assert_eq!(after(0, 90_000), None, "nothing to compare with");
        assert_eq!(after(1, 4_990), None);
        assert_eq!(after(2, 5_000), Some(true));
        assert_eq!(after(3, 2_500), None, "half of it is enough to go on");
        assert_eq!(after(4, 2_490), Some(false));
        assert_eq!(after(5, 2_500), None);
        assert_eq!(after(6, 90_000), Some(true));
        assert_eq!(turn.decide(T0 + Duration::from_millis(650), u64::MAX), None, "too short to tell");
        assert_eq!(turn.decide(T0 + Duration::from_secs(60), datagrams + 5), Some(false));
    }

    #[test]
    fn the_system_takes_both() {
        let policies = std::thread::spawn(|| {
            // SAFETY: zero names the calling thread.
            let policy = || unsafe { libc::sched_getscheduler(0) };
            let mut turn = Turn::default();
            [(0, 0), (1, 90_000), (2, 90_000)].map(|(secs, datagrams)| {
                turn.look(T0 + Duration::from_secs(secs), datagrams);
                policy()
            })
        });
        assert_eq!(policies.join().unwrap(), [libc::SCHED_OTHER, libc::SCHED_BATCH, libc::SCHED_OTHER]);
    }
}
