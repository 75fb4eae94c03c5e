//! Token buckets in a table of fixed size: who does what how often.
//!
//! A bucket is one word: the moment at which it will be full again, and a part of its owner's name (the generic cell
//! rate algorithm, which counts the same as a token bucket does). All workers share the table, since one source
//! reaches all of them, and nobody locks it: two that count at one moment may count once. An owner has one of four
//! places; when all are taken, the one that is full again first goes, so that a flood of forged names does not push out
//! those who are over their limit.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use ringback_sip::time::{Duration, Instant};
use std::sync::Arc;

/// Most buckets at once: half a megabyte.
pub const BUCKETS_MAX: usize = 1 << 16;

/// How often something may be done: so many times at once, and as many again in each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    interval_micros: u64,
    room_micros: u64,
}

impl Rate {
    /// `count` times within `window`; 0 is without end.
    pub fn new(count: u32, window: Duration) -> Self {
        let interval_micros = (window.as_micros() as u64).checked_div(u64::from(count)).unwrap_or(0);
        Rate { interval_micros, room_micros: interval_micros * u64::from(count) }
    }

    /// Whether there is no limit.
    pub fn is_endless(self) -> bool {
        self.interval_micros == 0
    }
}

/// The buckets. Copies share them.
#[derive(Clone)]
pub struct Rates(Arc<[AtomicU64]>);

impl fmt::Debug for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rates")
    }
}

impl Default for Rates {
    fn default() -> Self {
        Rates::with_size(BUCKETS_MAX)
    }
}

impl Rates {
    fn with_size(buckets: usize) -> Self {
        Rates((0..buckets.max(WAYS)).map(|_| AtomicU64::new(0)).collect())
    }

    /// Takes `cost` from the bucket named `key`; `false`, and takes nothing, when there is not enough in it.
    pub fn take(&self, now: Instant, key: u64, rate: Rate, cost: u32) -> bool {
        if rate.is_endless() {
            return true;
        }
        let now = now.unix_micros() & MOMENT;
        let place = self.place(now, key);
        let word = place.load(Ordering::Relaxed);
        // What another rate left behind counts as far as this one reaches.
        let missing = if is_of(word, key) { ahead(word, now).min(rate.room_micros) } else { 0 };
        let after = missing.saturating_add(rate.interval_micros.saturating_mul(u64::from(cost)));
        let enough = after <= rate.room_micros;
        if enough {
            place.store((key & !MOMENT) | (now.wrapping_add(after) & MOMENT), Ordering::Relaxed);
        }
        enough
    }

    /// Fills the bucket named `key`.
    pub fn forget(&self, key: u64) {
        let place = self.place(0, key);
        if is_of(place.load(Ordering::Relaxed), key) {
            place.store(0, Ordering::Relaxed);
        }
    }

    /// How many buckets are in use.
    pub fn len(&self, now: Instant) -> usize {
        let now = now.unix_micros() & MOMENT;
        self.0.iter().filter(|word| ahead(word.load(Ordering::Relaxed), now) > 0).count()
    }

    /// The place of `key`: where it is, else the one among its four that misses the least.
    fn place(&self, now: u64, key: u64) -> &AtomicU64 {
        let first = (key % (self.0.len() / WAYS) as u64) as usize * WAYS;
        let four = &self.0[first..first + WAYS];
        let rank = |place: &&AtomicU64| {
            let word = place.load(Ordering::Relaxed);
            if is_of(word, key) { None } else { Some(ahead(word, now)) }
        };
        four.iter().min_by_key(rank).unwrap_or(&four[0])
    }
}

/// Whether a word is of this owner.
fn is_of(word: u64, key: u64) -> bool {
    word != 0 && (word ^ key) & !MOMENT == 0
}

/// How long after `now` the moment of a word lies; 0 when it is past.
fn ahead(word: u64, now: u64) -> u64 {
    let distance = (word & MOMENT).wrapping_sub(now) & MOMENT;
    if word == 0 || distance > MOMENT / 2 { 0 } else { distance }
}

/// The bits of a word that hold a moment in microseconds: it comes round after half a year. The others are the owner's.
const MOMENT: u64 = (1 << 44) - 1;
/// In how many places a bucket may be.
const WAYS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::entropy::Seed;

    const T0: Instant = Instant::from_unix_secs(1_700_000_000);

    fn key(n: u64) -> u64 {
        Seed::from_number(7).hash(&n.to_le_bytes())
    }

    #[test]
    fn a_bucket_gives_what_it_holds_and_fills_again() {
        let (rates, rate) = (Rates::default(), Rate::new(10, Duration::from_secs(5)));
        assert_eq!((0..20).filter(|_| rates.take(T0, key(1), rate, 1)).count(), 10);
        assert!(rates.take(T0, key(2), rate, 1), "another one's is full");
        let later = T0 + Duration::from_secs(1);
        assert_eq!((0..20).filter(|_| rates.take(later, key(1), rate, 1)).count(), 2);
        let much_later = T0 + Duration::from_secs(3600);
        assert_eq!(
            (0..20).filter(|_| rates.take(much_later, key(1), rate, 1)).count(),
            10,
            "never more than full"
        );
        assert_eq!(rates.len(much_later + Duration::from_secs(5)), 0);
    }

    #[test]
    fn a_dear_thing_takes_more() {
        let (rates, rate) = (Rates::default(), Rate::new(10, Duration::from_secs(5)));
        assert!(
            rates.take(T0, key(1), rate, 9)
                && !rates.take(T0, key(1), rate, 2)
                && rates.take(T0, key(1), rate, 1)
        );
    }

    #[test]
    fn nothing_is_counted_without_a_limit() {
        let (rates, rate) = (Rates::default(), Rate::new(0, Duration::from_secs(5)));
        assert!((0..1000).all(|_| rates.take(T0, key(1), rate, 1)));
        assert_eq!(rates.len(T0), 0);
    }

    #[test]
    fn a_flood_of_names_neither_grows_the_table_nor_pushes_out_who_is_over_the_limit() {
        let (rates, rate) = (Rates::with_size(1024), Rate::new(10, Duration::from_secs(5)));
        while rates.take(T0, key(0), rate, 1) {}
        for n in 1..100_000 {
            assert!(rates.take(T0, key(n), rate, 1));
        }
        assert!(!rates.take(T0, key(0), rate, 1));
        assert!(rates.len(T0) <= 1024);
    }
}
