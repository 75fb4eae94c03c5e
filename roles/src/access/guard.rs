//! The count of wrong proofs, by source and by user, bounded in memory and forgetting by itself.

use super::network::Network;
use core::net::IpAddr;
use ringback_sip::entropy::{Keyed, Seed};
use ringback_sip::time::{Duration, Instant};
use std::collections::HashMap;

/// Most sources and users that one generation of counts remembers; two generations are kept. When one is full,
/// the older one is dropped early.
pub const GUARD_ENTRIES_MAX: usize = 1 << 15;

/// How many wrong proofs are borne within a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardLimits {
    /// The window. Counts live for one to two of it.
    pub window: Duration,
    /// From one source for one user.
    pub per_source_and_user: u32,
    /// From one source for any user: many phones may share an address.
    pub per_source: u32,
    /// For one user from anywhere, except from a source that proved to be the user within the window: an
    /// attacker must not be able to lock the user out.
    pub per_user: u32,
}

impl Default for GuardLimits {
    fn default() -> Self {
        GuardLimits { window: Duration::from_secs(60), per_source_and_user: 5, per_source: 50, per_user: 100 }
    }
}

/// Counts wrong proofs.
#[derive(Debug)]
pub struct Guard {
    key: Seed,
    limits: GuardLimits,
    entries_max: usize,
    turned: Instant,
    current: Generation,
    previous: Generation,
}

/// What was counted within one window.
#[derive(Debug, Default)]
struct Generation {
    counts: HashMap<u64, Count, Keyed>,
    /// Whether any proof was wrong: while none was, nobody need be looked for.
    has_wrong: bool,
}

impl Generation {
    fn of(&self, key: u64) -> Count {
        self.counts.get(&key).copied().unwrap_or_default()
    }

    fn clear(&mut self) {
        self.counts.clear();
        self.has_wrong = false;
    }
}

/// Whose proof is judged: the names of the counts that it goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspect {
    pair: u64,
    source: u64,
    user: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    wrong: u32,
    /// The last proof was right.
    trusted: bool,
    /// The name of the last wrong proof of a pair.
    last: u64,
}

impl Guard {
    /// A guard whose table is keyed by `key`.
    pub fn new(key: Seed, limits: GuardLimits) -> Self {
        Self::with_size(key, limits, GUARD_ENTRIES_MAX)
    }

    fn with_size(key: Seed, limits: GuardLimits, entries_max: usize) -> Self {
        let key = key.derive(b"guard");
        let (current, previous) = (Generation::default(), Generation::default());
        Guard { key, limits, entries_max, turned: Instant::EPOCH, current, previous }
    }

    /// Takes over other limits.
    pub fn set_limits(&mut self, limits: GuardLimits) {
        self.limits = limits;
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.current.counts.len() + self.previous.counts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Who says to be this user, from this source.
    pub fn suspect(&self, source: IpAddr, user: &[u8]) -> Suspect {
        // Two texts and one: what is a source is never hashed as a user.
        let source = self.name_of(&Network::of_source(source));
        let user = self.key.hash_of([user]);
        Suspect { pair: pair_of(source, user), source, user }
    }

    fn name_of(&self, source: &Network) -> u64 {
        self.key.hash_of([&source.octets(), b""])
    }

    /// Whether proofs of this user from this source are not looked at now.
    pub fn is_closed(&mut self, now: Instant, suspect: Suspect) -> bool {
        self.turn(now);
        if !self.has_wrong() {
            return false;
        }
        let pair = self.count(suspect.pair);
        pair.wrong >= self.limits.per_source_and_user
            || self.count(suspect.source).wrong >= self.limits.per_source
            || (!pair.trusted && self.count(suspect.user).wrong >= self.limits.per_user)
    }

    /// A proof was wrong; `proof` is what its copies share. A copy of the last one does not count: it is a
    /// retransmission, and tries nothing new. Says whether it counted.
    pub fn failed(&mut self, now: Instant, suspect: Suspect, proof: u64) -> bool {
        self.turn(now);
        let known = self.count(suspect.pair);
        if known.wrong > 0 && known.last == proof {
            return false;
        }
        for key in [suspect.pair, suspect.source, suspect.user] {
            self.change(now, key, |count| {
                count.wrong = count.wrong.saturating_add(1);
                count.last = proof;
            });
        }
        true
    }

    /// A proof was right: what this source got wrong for this user before is forgiven.
    pub fn succeeded(&mut self, now: Instant, suspect: Suspect) {
        self.turn(now);
        let known = self.current.of(suspect.pair);
        // Who is trusted in this window has nothing left in the one before.
        if known.wrong > 0 || !known.trusted {
            self.previous.counts.remove(&suspect.pair);
            self.change(now, suspect.pair, |count| *count = Count { wrong: 0, trusted: true, last: 0 });
        }
    }

    /// Forgets what a source got wrong, for whichever user. What it proved stays.
    pub fn forget(&mut self, source: &Network) {
        let source = self.name_of(source);
        // Beside the count of a pair stands that of its user, whose name no other thing has.
        let users: Vec<u64> =
            self.current.counts.keys().chain(self.previous.counts.keys()).copied().collect();
        for map in [&mut self.current.counts, &mut self.previous.counts] {
            map.remove(&source);
            for user in &users {
                if let Some(count) = map.get_mut(&pair_of(source, *user)) {
                    count.wrong = 0;
                }
            }
        }
    }

    fn has_wrong(&self) -> bool {
        self.current.has_wrong || self.previous.has_wrong
    }

    fn count(&self, key: u64) -> Count {
        let (current, previous) = (self.current.of(key), self.previous.of(key));
        Count {
            wrong: current.wrong.saturating_add(previous.wrong),
            trusted: current.trusted || previous.trusted,
            last: if current.wrong > 0 { current.last } else { previous.last },
        }
    }

    fn change(&mut self, now: Instant, key: u64, change: impl FnOnce(&mut Count)) {
        let counts = &self.current.counts;
        if counts.len() >= self.entries_max && !counts.contains_key(&key) {
            self.swap(now);
        }
        let count = self.current.counts.entry(key).or_default();
        change(count);
        self.current.has_wrong |= count.wrong > 0;
    }

    fn turn(&mut self, now: Instant) {
        let age = now.since(self.turned);
        if age >= self.limits.window {
            self.swap(now);
            if age >= self.limits.window * 2 {
                self.previous.clear();
            }
        }
    }

    fn swap(&mut self, now: Instant) {
        core::mem::swap(&mut self.current, &mut self.previous);
        self.current.clear();
        self.turned = now;
    }
}

/// The name of a source and a user together. Nobody knows the two, so nobody can choose pairs that collide.
fn pair_of(source: u64, user: u64) -> u64 {
    source.rotate_left(32) ^ user
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Instant = Instant::from_unix_secs(1_700_000_000);

    fn guard() -> Guard {
        Guard::new(Seed::from_number(1), GuardLimits::default())
    }

    fn ip(n: u8) -> IpAddr {
        [192, 0, 2, n].into()
    }

    #[test]
    fn a_source_that_guesses_one_user_is_closed_and_opens_again() {
        let mut g = guard();
        for n in 0..5 {
            assert!(!g.is_closed(T0, g.suspect(ip(1), b"alice")));
            g.failed(T0, g.suspect(ip(1), b"alice"), n);
        }
        assert!(g.is_closed(T0, g.suspect(ip(1), b"alice")));
        assert!(!g.is_closed(T0, g.suspect(ip(1), b"bob")) && !g.is_closed(T0, g.suspect(ip(2), b"alice")));
        assert!(g.is_closed(T0 + Duration::from_secs(59), g.suspect(ip(1), b"alice")));
        assert!(!g.is_closed(T0 + Duration::from_secs(121), g.suspect(ip(1), b"alice")));
    }

    #[test]
    fn a_source_that_tries_many_users_is_closed_for_all() {
        let mut g = guard();
        for n in 0..50 {
            g.failed(T0, g.suspect(ip(1), format!("user{n}").as_bytes()), n);
        }
        assert!(g.is_closed(T0, g.suspect(ip(1), b"somebody else")));
        assert!(!g.is_closed(T0, g.suspect(ip(2), b"somebody else")));
    }

    #[test]
    fn a_user_guessed_from_everywhere_is_closed_except_where_he_is_at_home() {
        let mut g = guard();
        g.succeeded(T0, g.suspect(ip(200), b"alice"));
        for n in 0..100 {
            g.failed(T0, g.suspect(ip(n), b"alice"), n.into());
        }
        assert!(g.is_closed(T0, g.suspect(ip(150), b"alice")));
        assert!(!g.is_closed(T0, g.suspect(ip(200), b"alice")));
    }

    #[test]
    fn a_right_proof_forgives_the_wrong_ones_before() {
        let mut g = guard();
        for n in 0..4 {
            g.failed(T0, g.suspect(ip(1), b"alice"), n);
        }
        g.succeeded(T0, g.suspect(ip(1), b"alice"));
        g.failed(T0, g.suspect(ip(1), b"alice"), 9);
        assert!(!g.is_closed(T0, g.suspect(ip(1), b"alice")));
    }

    #[test]
    fn what_one_source_got_wrong_is_forgotten_and_nothing_else() {
        let mut g = guard();
        g.succeeded(T0, g.suspect(ip(1), b"bob"));
        for n in 0..60 {
            // In both generations.
            let now = T0 + Duration::from_secs(n);
            for user in [&b"alice"[..], b"bob", format!("user{n}").as_bytes()] {
                g.failed(now, g.suspect(ip(1), user), n);
                g.failed(now, g.suspect(ip(2), user), n);
            }
        }
        let now = T0 + Duration::from_secs(61);
        g.forget(&Network::of_source(ip(1)));
        for user in [&b"alice"[..], b"bob", b"user7"] {
            assert!(g.is_closed(now, g.suspect(ip(2), user)));
        }
        // Of all users that were tried, only what came from elsewhere too may close them.
        assert!(!g.is_closed(now, g.suspect(ip(1), b"user7")));
        assert!(!g.is_closed(now, g.suspect(ip(1), b"bob")), "who proved to be bob still is");
        let mut alone = guard();
        for n in 0..5 {
            alone.failed(T0, alone.suspect(ip(1), b"alice"), n);
        }
        alone.forget(&Network::of_source(ip(1)));
        for n in 0..5 {
            assert!(!alone.is_closed(T0, alone.suspect(ip(1), b"alice")), "all tries are there again: {n}");
            alone.failed(T0, alone.suspect(ip(1), b"alice"), n);
        }
        assert!(alone.is_closed(T0, alone.suspect(ip(1), b"alice")));
    }

    #[test]
    fn copies_of_a_wrong_proof_count_once() {
        let mut g = guard();
        for _ in 0..20 {
            g.failed(T0, g.suspect(ip(1), b"alice"), 7);
        }
        for n in 0..4 {
            assert!(!g.is_closed(T0, g.suspect(ip(1), b"alice")), "{n}");
            g.failed(T0 + Duration::from_secs(n), g.suspect(ip(1), b"alice"), n);
        }
        assert!(g.is_closed(T0 + Duration::from_secs(4), g.suspect(ip(1), b"alice")));
    }

    #[test]
    fn one_ipv6_network_is_one_source() {
        let mut g = guard();
        for n in 0..5_u16 {
            let source = core::net::Ipv6Addr::from([0x2001, 0xdb8, 1, 1, n, n, n, n]).into();
            g.failed(T0, g.suspect(source, b"alice"), n.into());
        }
        let same = core::net::Ipv6Addr::from([0x2001, 0xdb8, 1, 1, 9, 9, 9, 9]);
        let other = core::net::Ipv6Addr::from([0x2001, 0xdb8, 1, 2, 9, 9, 9, 9]);
        assert!(g.is_closed(T0, g.suspect(same.into(), b"alice")));
        assert!(!g.is_closed(T0, g.suspect(other.into(), b"alice")));
    }

    #[test]
    fn the_table_is_bounded() {
        let mut g = Guard::with_size(Seed::from_number(1), GuardLimits::default(), 100);
        for n in 0..10_000_u32 {
            g.failed(T0, g.suspect(IpAddr::from(n.to_be_bytes()), b"alice"), n.into());
            assert!(g.len() <= 202);
        }
        let mut idle = guard();
        idle.failed(T0, idle.suspect(ip(1), b"alice"), 1);
        idle.is_closed(T0 + Duration::from_secs(300), idle.suspect(ip(2), b"bob"));
        assert!(idle.is_empty());
    }
}
