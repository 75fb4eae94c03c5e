//! How fast the clock of a sender runs, by the timestamps of its packets and the moments when they come.

use ringback_sip::time::Instant;

/// A clock under observation. What the network delays comes and goes; what the clock gains stays and grows.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    last: Option<(Instant, u32)>,
    seen: u64,
    now: Mark,
    /// How it stood at the two last powers of two of packets, the older one first.
    before: [Mark; 2],
    /// Whether it was set anew, so that nothing can be said.
    is_broken: bool,
}

/// Since the first packet, in microseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    elapsed: f64,
    gained: f64,
}

impl Clock {
    pub(super) fn take(&mut self, at: Instant, timestamp: u32, rate: u32) {
        let Some((before, stamp)) = self.last.replace((at, timestamp)) else { return };
        let elapsed = at.since(before).as_micros() as f64;
        let told = f64::from(timestamp.wrapping_sub(stamp).cast_signed()) * 1e6 / f64::from(rate.max(1));
        self.is_broken |= (told - elapsed).abs() > JUMP_MICROS;
        self.now = Mark { elapsed: self.now.elapsed + elapsed, gained: self.now.gained + told - elapsed };
        self.seen += 1;
        if self.seen.is_power_of_two() {
            self.before = [self.before[1], self.now];
        }
    }

    /// Parts in a million by which it runs too fast; 0 when that is not steady, or was not seen for long enough.
    pub(super) fn skew(&self) -> f64 {
        let rate = |mark: Mark| mark.gained / mark.elapsed * 1e6;
        let (early, now) = (rate(self.before[0]), rate(self.now));
        let is_steady = now.is_finite() && early.is_finite() && (early - now).abs() <= now.abs() * UNSTEADY;
        if self.is_broken || self.now.elapsed < LONG_MICROS || !is_steady { 0.0 } else { now }
    }
}

const JUMP_MICROS: f64 = 500_000.0;
const LONG_MICROS: f64 = 20_000_000.0;
/// By how much the first part of a stream may differ from the whole.
const UNSTEADY: f64 = 0.4;

#[cfg(test)]
mod tests {
    use super::*;

    /// The clock after a minute of packets of which the n-th comes at this moment, in microseconds.
    fn after(at: impl Fn(u64) -> u64) -> Clock {
        let mut clock = Clock::default();
        (0..3000).for_each(|n| clock.take(Instant::from_unix_micros(at(n)), n as u32 * 160, 8000));
        clock
    }

    #[test]
    fn a_clock_that_runs_fast_is_told_from_a_network_that_delays() {
        let noise = |n: u64| n * 7919 % 5000;
        assert!((after(|n| n * 19_900 + noise(n)).skew() - 5025.0).abs() < 300.0);
        assert!(after(|n| n * 20_000 + noise(n)).skew().abs() < 100.0);
        // A way that got longer by 100 ms in the middle, and one that pauses.
        assert_eq!(after(|n| n * 20_000 + if n > 1500 { 100_000 } else { 0 }).skew(), 0.0);
        assert_eq!(after(|n| n * 20_000 + if n > 1500 { 900_000 } else { 0 }).skew(), 0.0);
    }
}
