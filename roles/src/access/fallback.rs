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
//!
//! Programs that name themselves and are known to give up are offered MD5 alone at once: `KNOWN`.
//!
//! All workers share one table, since the requests of one phone come to all of them: one word a user, without locks.
//! Two users who share a word push each other out, which costs one more failure.

use core::net::IpAddr;
use core::sync::atomic::{AtomicU64, Ordering};
use ringback_sip::auth::Hash;
use ringback_sip::entropy::Seed;
use ringback_sip::registry::HeaderName;
use ringback_sip::syntax::Message;
use ringback_sip::time::{Duration, Instant};
use std::sync::Arc;

/// Most users that are remembered.
pub const FALLBACKS_MAX: usize = 1 << 15;

/// How the User-Agent of programs begins that give up when a challenge names more than MD5.
const KNOWN: [&[u8]; 3] = [b"baresip v0.", b"baresip v1.", b"sipsak "];

/// How long a challenge must have been there before a request without credentials means that it was given up:
/// phones send several requests at once when they start.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(1);

/// What was not touched for this long is forgotten.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// What is known of a user at a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Challenged with all algorithms; so many more challenges may stay unanswered.
    Asked(u8),
    /// Challenged with MD5 alone.
    AskedAgain,
    /// Answered MD5 alone.
    Md5,
    /// Answered a challenge of all algorithms.
    Capable,
}

/// What is known, since when, and a part of the name of the request that was challenged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Note {
    known: Known,
    since: u32,
    request: u16,
}

/// Who is offered MD5 alone. Copies share what they know.
#[derive(Clone, Debug)]
pub struct Fallback(Arc<[AtomicU64]>);

/// Two are equal when they are one.
impl PartialEq for Fallback {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Fallback {}

impl Default for Fallback {
    fn default() -> Self {
        Fallback((0..FALLBACKS_MAX).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Fallback {
    /// How many users are remembered.
    pub fn len(&self) -> usize {
        self.0.iter().filter(|word| word.load(Ordering::Relaxed) != 0).count()
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A request without credentials is to be challenged; `request` is what its copies share. Whether with MD5 alone.
    pub fn challenge(&self, now: Instant, who: Who, request: u64) -> bool {
        let request = request as u16;
        let found = self.find(now, who);
        let given_up = |note: &Note| {
            request != note.request && tenths(now).wrapping_sub(note.since) & TENTHS >= GIVEN_UP_TENTHS
        };
        let fresh = |known| Note { known, since: tenths(now), request };
        let next = match found {
            None => fresh(Known::Asked(0)),
            Some(note) => match note.known {
                Known::Capable => fresh(Known::Asked(1)),
                Known::Asked(0) if given_up(&note) => fresh(Known::AskedAgain),
                Known::Asked(_) | Known::AskedAgain if given_up(&note) => fresh(Known::Asked(0)),
                Known::Asked(_) | Known::AskedAgain => note,
                Known::Md5 => fresh(Known::Md5),
            },
        };
        self.put(who, next);
        matches!(next.known, Known::AskedAgain | Known::Md5)
    }

    /// Whether MD5 alone is offered to who sent credentials that do not do, such as an old nonce.
    pub fn is_fallen_back(&self, now: Instant, who: Who) -> bool {
        self.find(now, who).is_some_and(|note| matches!(note.known, Known::AskedAgain | Known::Md5))
    }

    /// A challenge of ours was answered with this algorithm, rightly or not.
    pub fn answered(&self, now: Instant, who: Who, hash: Hash) {
        let known = match (self.find(now, who).map(|note| note.known), hash) {
            (Some(Known::AskedAgain | Known::Md5), Hash::Md5) => Known::Md5,
            // Which challenge it answers is forgotten.
            (None, Hash::Md5) => return,
            _ => Known::Capable,
        };
        self.put(who, Note { known, since: tenths(now), request: 0 });
    }

    fn slot(&self, who: Who) -> &AtomicU64 {
        &self.0[who.0 as usize % self.0.len()]
    }

    fn find(&self, now: Instant, who: Who) -> Option<Note> {
        let word = self.slot(who).load(Ordering::Relaxed);
        let note = Note::from_word(word, who)?;
        (tenths(now).wrapping_sub(note.since) & TENTHS < KEPT_TENTHS).then_some(note)
    }

    fn put(&self, who: Who, note: Note) {
        self.slot(who).store(note.word(who), Ordering::Relaxed);
    }
}

/// A word: 18 bits of who, 3 of what is known, 27 of when in tenths of seconds, 16 of the request.
impl Note {
    fn word(self, who: Who) -> u64 {
        let known = match self.known {
            Known::Asked(0) => 1,
            Known::Asked(_) => 2,
            Known::AskedAgain => 3,
            Known::Md5 => 4,
            Known::Capable => 5,
        };
        who.mark() << 46 | known << 43 | u64::from(self.since) << 16 | u64::from(self.request)
    }

    fn from_word(word: u64, who: Who) -> Option<Self> {
        let known = match word >> 43 & 7 {
            1 => Known::Asked(0),
            2 => Known::Asked(1),
            3 => Known::AskedAgain,
            4 => Known::Md5,
            5 => Known::Capable,
            _ => return None,
        };
        let since = (word >> 16) as u32 & TENTHS;
        (word >> 46 == who.mark()).then_some(Note { known, since, request: word as u16 })
    }
}

/// Whether a request comes from a program that is known to give up.
pub(super) fn is_known_to_give_up(message: &Message<'_>) -> bool {
    message
        .header(HeaderName::USER_AGENT)
        .is_some_and(|agent| KNOWN.iter().any(|known| agent.starts_with(known)))
}

/// A user at a source, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who(u64);

impl Who {
    /// Who From names, by its URI, at `source`; `key` is the same for all who share a table.
    pub fn new(key: &Seed, source: IpAddr, from: &[u8]) -> Self {
        Who(key.hash_of([&super::network::octets_of(source), from]))
    }

    /// What tells it from others of the same place in the table.
    fn mark(self) -> u64 {
        self.0 >> 46
    }
}

/// The time in tenths of seconds, as far as a word holds it: it comes round after five months.
fn tenths(now: Instant) -> u32 {
    let tenths = now.since(Instant::EPOCH).as_micros() / 100_000;
    tenths as u32 & TENTHS
}

const TENTHS: u32 = (1 << 27) - 1;
const GIVEN_UP_TENTHS: u32 = GIVEN_UP_AFTER.as_secs() as u32 * 10;
const KEPT_TENTHS: u32 = KEPT.as_secs() as u32 * 10;

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Instant = Instant::from_unix_secs(1_700_000_000);
    const WHO: Who = Who(1 << 60 | 7);

    fn at(millis: u64) -> Instant {
        T0 + Duration::from_millis(millis)
    }

    #[test]
    fn who_comes_again_without_credentials_is_offered_md5_alone_by_all_workers() {
        let f = Fallback::default();
        let other_worker = f.clone();
        assert!(!f.challenge(at(0), WHO, 1));
        assert!(!f.challenge(at(900), WHO, 2), "several at once");
        assert!(!f.challenge(at(5000), WHO, 1), "a copy");
        assert!(other_worker.challenge(at(5000), WHO, 3));
        assert!(f.challenge(at(5500), WHO, 3), "and its copy too");
        assert!(
            f.is_fallen_back(at(5500), WHO) && !f.is_fallen_back(at(5500), Who(7)),
            "another in its place"
        );
        f.answered(at(5600), WHO, Hash::Md5);
        assert!(f.challenge(at(900_000), WHO, 4), "from then on");
        assert!(!f.challenge(at(900_000) + KEPT, WHO, 5), "for a day");
    }

    #[test]
    fn who_answers_all_algorithms_goes_on_being_offered_them() {
        for hash in Hash::ALL {
            let f = Fallback::default();
            for n in 1..10 {
                assert!(!f.challenge(at(n * 10_000), WHO, n), "{hash:?}");
                f.answered(at(n * 10_000 + 10), WHO, hash);
            }
            assert!(!f.challenge(at(200_000), WHO, 20));
            assert!(!f.challenge(at(210_000), WHO, 21), "one answer may get lost");
            assert!(f.challenge(at(220_000), WHO, 22), "another phone is there now");
        }
        let f = Fallback::default();
        f.challenge(at(0), WHO, 1);
        f.challenge(at(2000), WHO, 2);
        f.answered(at(2500), WHO, Hash::Sha256);
        assert!(!f.challenge(at(9000), WHO, 3), "the answer to the first came after all");
    }

    #[test]
    fn an_answer_to_a_challenge_that_is_forgotten_says_nothing() {
        let f = Fallback::default();
        f.answered(at(0), WHO, Hash::Md5);
        assert!(!f.challenge(at(1000), WHO, 1));
        assert!(f.challenge(at(9000), WHO, 2));
    }

    #[test]
    fn who_does_not_answer_md5_either_is_offered_all_again() {
        let f = Fallback::default();
        let offers: Vec<_> = (0..6).map(|n| f.challenge(at(n * 30_000), WHO, n)).collect();
        assert_eq!(offers, [false, true, false, true, false, true]);
    }

    #[test]
    fn a_note_is_a_word_and_back() {
        for known in [Known::Asked(0), Known::Asked(1), Known::AskedAgain, Known::Md5, Known::Capable] {
            let note = Note { known, since: TENTHS, request: u16::MAX };
            assert_eq!(Note::from_word(note.word(WHO), WHO), Some(note));
            assert_eq!(Note::from_word(note.word(WHO), Who(0)), None);
        }
        assert_eq!(Note::from_word(0, Who(0)), None);
    }
}
