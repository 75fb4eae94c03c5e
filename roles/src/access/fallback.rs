//! Phones that give up when a challenge names an algorithm that they do not know, though another one names MD5
//! (RFC 8760 §2.4 has the best first, and a client takes the first that it knows; some old ones do not look on).
//!
//! Who is challenged with all algorithms and comes again without credentials, not at once and not as a copy, has
//! given up: from then on MD5 alone is offered to that user from that source. Who answered a challenge of all
//! algorithms before is given one more chance. When MD5 alone is not answered either, it was not the algorithm, and
//! all are offered again.
//!
//! Someone who sends requests in another's name from a forged address can make that user's phone be asked for MD5
//! alone. That helps only who can read the answer; such a one stands on the way, and could strip the other challenges
//! as well.

use core::net::IpAddr;
use ringback_sip::auth::Hash;
use ringback_sip::entropy::Seed;
use ringback_sip::time::{Duration, Instant};
use std::collections::HashMap;

/// Most users that one generation remembers; two generations are kept. When one is full, the older one is dropped
/// early.
pub const FALLBACKS_MAX: usize = 1 << 14;

/// How long a challenge must have been there before a request without credentials means that it was given up:
/// phones send several requests at once when they start.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(1);

/// What is not touched for one to two of these is forgotten.
const GENERATION: Duration = Duration::from_secs(24 * 3600);

/// What is known of a user at a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Challenged with all algorithms, then, and by this request; so many more challenges may stay unanswered.
    Asked(Instant, u64, u8),
    /// Challenged with MD5 alone, then, and by this request.
    AskedAgain(Instant, u64),
    /// Answered MD5 alone.
    Md5,
    /// Answered a challenge of all algorithms.
    Capable,
}

/// Who is offered MD5 alone.
#[derive(Debug)]
pub struct Fallback {
    entries_max: usize,
    turned: Instant,
    current: HashMap<u64, Known, Seed>,
    previous: HashMap<u64, Known, Seed>,
}

impl Fallback {
    /// Nobody is known. The tables are keyed by `key`.
    pub fn new(key: Seed) -> Self {
        Self::with_size(key, FALLBACKS_MAX)
    }

    fn with_size(key: Seed, entries_max: usize) -> Self {
        let map = || HashMap::with_hasher(key.derive(b"fallback"));
        Fallback { entries_max, turned: Instant::EPOCH, current: map(), previous: map() }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.current.len() + self.previous.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A request without credentials is to be challenged; `request` is what its copies share. Whether with MD5 alone.
    pub fn challenge(&mut self, now: Instant, who: Who, request: u64) -> bool {
        let next = match self.find(who) {
            None => Known::Asked(now, request, 0),
            Some(Known::Capable) => Known::Asked(now, request, 1),
            Some(Known::Asked(at, first, more)) if has_given_up(now, at, first, request) => match more {
                0 => Known::AskedAgain(now, request),
                more => Known::Asked(now, request, more - 1),
            },
            Some(Known::AskedAgain(at, first)) if has_given_up(now, at, first, request) => {
                Known::Asked(now, request, 0)
            }
            Some(known) => known,
        };
        self.put(now, who, next);
        matches!(next, Known::AskedAgain(..) | Known::Md5)
    }

    /// Whether MD5 alone is offered to who sent credentials that do not do, such as an old nonce.
    pub fn is_fallen_back(&self, who: Who) -> bool {
        matches!(self.find(who), Some(Known::AskedAgain(..) | Known::Md5))
    }

    /// A challenge of ours was answered with this algorithm, rightly or not.
    pub fn answered(&mut self, now: Instant, who: Who, hash: Hash) {
        let known = match (self.find(who), hash) {
            (Some(Known::AskedAgain(..) | Known::Md5), Hash::Md5) => Known::Md5,
            // Which challenge it answers is forgotten.
            (None, Hash::Md5) => return,
            _ => Known::Capable,
        };
        self.put(now, who, known);
    }

    fn find(&self, who: Who) -> Option<Known> {
        self.current.get(&who.0).or_else(|| self.previous.get(&who.0)).copied()
    }

    fn put(&mut self, now: Instant, who: Who, known: Known) {
        if self.current.get(&who.0) == Some(&known) {
            return;
        }
        let age = now.since(self.turned);
        let full = self.current.len() >= self.entries_max && !self.current.contains_key(&who.0);
        if full || age >= GENERATION {
            core::mem::swap(&mut self.current, &mut self.previous);
            self.current.clear();
            if age >= GENERATION * 2 {
                self.previous.clear();
            }
            self.turned = now;
        }
        self.current.insert(who.0, known);
    }
}

/// A user at a source, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who(u64);

impl Who {
    /// The user named in From at `source`.
    pub fn new(key: &Seed, source: IpAddr, user: &[u8]) -> Self {
        let mut text = smallvec::SmallVec::<[u8; 64]>::new();
        match source {
            IpAddr::V4(v4) => text.extend_from_slice(&v4.octets()),
            IpAddr::V6(v6) => text.extend_from_slice(&v6.octets()),
        }
        text.extend_from_slice(user);
        Who(key.hash(&text))
    }
}

fn has_given_up(now: Instant, at: Instant, first: u64, request: u64) -> bool {
    request != first && now.since(at) >= GIVEN_UP_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Instant = Instant::from_unix_secs(1_700_000_000);
    const WHO: Who = Who(1);

    fn fallback() -> Fallback {
        Fallback::new(Seed::from_number(1))
    }

    fn at(millis: u64) -> Instant {
        T0 + Duration::from_millis(millis)
    }

    #[test]
    fn who_comes_again_without_credentials_is_offered_md5_alone() {
        let mut f = fallback();
        assert!(!f.challenge(at(0), WHO, 1));
        assert!(!f.challenge(at(900), WHO, 2), "several at once");
        assert!(!f.challenge(at(5000), WHO, 1), "a copy");
        assert!(f.challenge(at(5000), WHO, 3));
        assert!(f.challenge(at(5500), WHO, 3), "and its copy too");
        assert!(f.is_fallen_back(WHO) && !f.is_fallen_back(Who(2)));
        f.answered(at(5600), WHO, Hash::Md5);
        assert!(f.challenge(at(900_000), WHO, 4), "from then on");
    }

    #[test]
    fn who_answers_all_algorithms_goes_on_being_offered_them() {
        for hash in Hash::ALL {
            let mut f = fallback();
            for n in 1..10 {
                assert!(!f.challenge(at(n * 10_000), WHO, n), "{hash:?}");
                f.answered(at(n * 10_000 + 10), WHO, hash);
            }
            assert!(!f.challenge(at(200_000), WHO, 20));
            assert!(!f.challenge(at(210_000), WHO, 21), "one answer may get lost");
            assert!(f.challenge(at(220_000), WHO, 22), "another phone is there now");
        }
        let mut f = fallback();
        f.challenge(at(0), WHO, 1);
        f.challenge(at(2000), WHO, 2);
        f.answered(at(2500), WHO, Hash::Sha256);
        assert!(!f.challenge(at(9000), WHO, 3), "the answer to the first came after all");
    }

    #[test]
    fn an_answer_to_a_challenge_that_is_forgotten_says_nothing() {
        let mut f = fallback();
        f.answered(at(0), WHO, Hash::Md5);
        assert!(!f.challenge(at(1000), WHO, 1));
        assert!(f.challenge(at(9000), WHO, 2));
    }

    #[test]
    fn who_does_not_answer_md5_either_is_offered_all_again() {
        let mut f = fallback();
        let offers: Vec<_> = (0..6).map(|n| f.challenge(at(n * 30_000), WHO, n)).collect();
        assert_eq!(offers, [false, true, false, true, false, true]);
    }

    #[test]
    fn the_table_is_bounded_and_forgets() {
        let mut f = Fallback::with_size(Seed::from_number(1), 100);
        for n in 0..10_000 {
            f.challenge(at(n), Who(n), n);
            assert!(f.len() <= 200);
        }
        let mut f = fallback();
        f.challenge(at(0), WHO, 1);
        f.challenge(at(2000), WHO, 2);
        f.challenge(T0 + GENERATION * 3, Who(2), 1);
        assert!(!f.is_fallen_back(WHO) && f.len() == 1);
    }
}
