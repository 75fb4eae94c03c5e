//! The count of wrong proofs, by source and by user, bounded in memory and forgetting by itself.

use super::network::Network;
use core::net::IpAddr;
use ringback_sip::entropy::{Keyed, Seed};
use ringback_sip::time::{Duration, Instant};
use smallvec::SmallVec;
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
    current: HashMap<u64, Count, Keyed>,
    previous: HashMap<u64, Count, Keyed>,
}

/// Whose count it is.
#[derive(Clone, Copy, Debug)]
enum Of {
    Pair,
    Source,
    User,
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
        let map = || HashMap::with_hasher(Keyed::default());
        Guard { key, limits, entries_max, turned: Instant::EPOCH, current: map(), previous: map() }
    }

    /// Takes over other limits.
    pub fn set_limits(&mut self, limits: GuardLimits) {
        self.limits = limits;
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.current.len() + self.previous.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether proofs of this user from this source are not looked at now.
    pub fn is_closed(&mut self, now: Instant, source: IpAddr, user: &[u8]) -> bool {
        self.turn(now);
        let wrong = |of| self.count(self.key(of, source, user)).wrong;
        let pair = self.count(self.key(Of::Pair, source, user));
        pair.wrong >= self.limits.per_source_and_user
            || wrong(Of::Source) >= self.limits.per_source
            || (!pair.trusted && wrong(Of::User) >= self.limits.per_user)
    }

    /// A proof was wrong; `proof` is what its copies share. A copy of the last one does not count: it is a
    /// retransmission, and tries nothing new. Says whether it counted.
    pub fn failed(&mut self, now: Instant, source: IpAddr, user: &[u8], proof: u64) -> bool {
        self.turn(now);
        let keys = [Of::Pair, Of::Source, Of::User].map(|of| self.key(of, source, user));
        let known = self.count(keys[0]);
        if known.wrong > 0 && known.last == proof {
            return false;
        }
        for key in keys {
            self.change(now, key, |count| {
                count.wrong = count.wrong.saturating_add(1);
                count.last = proof;
            });
        }
        true
    }

    /// A proof was right: what this source got wrong for this user before is forgiven.
    pub fn succeeded(&mut self, now: Instant, source: IpAddr, user: &[u8]) {
        self.turn(now);
        let pair = self.key(Of::Pair, source, user);
        let known = self.count(pair);
        let fresh = self.current.get(&pair).is_some_and(|c| c.trusted && c.wrong == 0);
        if known.wrong > 0 || !fresh {
            self.previous.remove(&pair);
            self.change(now, pair, |count| *count = Count { wrong: 0, trusted: true, last: 0 });
        }
    }

    fn count(&self, key: u64) -> Count {
        let of = |map: &HashMap<u64, Count, Keyed>| map.get(&key).copied().unwrap_or_default();
        let (current, previous) = (of(&self.current), of(&self.previous));
        Count {
            wrong: current.wrong.saturating_add(previous.wrong),
            trusted: current.trusted || previous.trusted,
            last: if current.wrong > 0 { current.last } else { previous.last },
        }
    }

    fn change(&mut self, now: Instant, key: u64, change: impl FnOnce(&mut Count)) {
        if self.current.len() >= self.entries_max && !self.current.contains_key(&key) {
            self.swap(now);
        }
        change(self.current.entry(key).or_default());
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

    fn key(&self, of: Of, source: IpAddr, user: &[u8]) -> u64 {
        let mut text = SmallVec::<[u8; 64]>::new();
        text.push(of as u8);
        if !matches!(of, Of::User) {
            text.extend_from_slice(&Network::of_source(source).octets());
        }
        if !matches!(of, Of::Source) {
            text.extend_from_slice(user);
        }
        self.key.hash(&text)
    }
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
            assert!(!g.is_closed(T0, ip(1), b"alice"));
            g.failed(T0, ip(1), b"alice", n);
        }
        assert!(g.is_closed(T0, ip(1), b"alice"));
        assert!(!g.is_closed(T0, ip(1), b"bob") && !g.is_closed(T0, ip(2), b"alice"));
        assert!(g.is_closed(T0 + Duration::from_secs(59), ip(1), b"alice"));
        assert!(!g.is_closed(T0 + Duration::from_secs(121), ip(1), b"alice"));
    }

    #[test]
    fn a_source_that_tries_many_users_is_closed_for_all() {
        let mut g = guard();
        for n in 0..50 {
            g.failed(T0, ip(1), format!("user{n}").as_bytes(), n);
        }
        assert!(g.is_closed(T0, ip(1), b"somebody else"));
        assert!(!g.is_closed(T0, ip(2), b"somebody else"));
    }

    #[test]
    fn a_user_guessed_from_everywhere_is_closed_except_where_he_is_at_home() {
        let mut g = guard();
        g.succeeded(T0, ip(200), b"alice");
        for n in 0..100 {
            g.failed(T0, ip(n), b"alice", n.into());
        }
        assert!(g.is_closed(T0, ip(150), b"alice"));
        assert!(!g.is_closed(T0, ip(200), b"alice"));
    }

    #[test]
    fn a_right_proof_forgives_the_wrong_ones_before() {
        let mut g = guard();
        for n in 0..4 {
            g.failed(T0, ip(1), b"alice", n);
        }
        g.succeeded(T0, ip(1), b"alice");
        g.failed(T0, ip(1), b"alice", 9);
        assert!(!g.is_closed(T0, ip(1), b"alice"));
    }

    #[test]
    fn copies_of_a_wrong_proof_count_once() {
        let mut g = guard();
        for _ in 0..20 {
            g.failed(T0, ip(1), b"alice", 7);
        }
        for n in 0..4 {
            assert!(!g.is_closed(T0, ip(1), b"alice"), "{n}");
            g.failed(T0 + Duration::from_secs(n), ip(1), b"alice", n);
        }
        assert!(g.is_closed(T0 + Duration::from_secs(4), ip(1), b"alice"));
    }

    #[test]
    fn one_ipv6_network_is_one_source() {
        let mut g = guard();
        for n in 0..5_u16 {
            g.failed(
                T0,
                core::net::Ipv6Addr::from([0x2001, 0xdb8, 1, 1, n, n, n, n]).into(),
                b"alice",
                n.into(),
            );
        }
        let same = core::net::Ipv6Addr::from([0x2001, 0xdb8, 1, 1, 9, 9, 9, 9]);
        let other = core::net::Ipv6Addr::from([0x2001, 0xdb8, 1, 2, 9, 9, 9, 9]);
        assert!(g.is_closed(T0, same.into(), b"alice"));
        assert!(!g.is_closed(T0, other.into(), b"alice"));
    }

    #[test]
    fn the_table_is_bounded() {
        let mut g = Guard::with_size(Seed::from_number(1), GuardLimits::default(), 100);
        for n in 0..10_000_u32 {
            g.failed(T0, IpAddr::from(n.to_be_bytes()), b"alice", n.into());
            assert!(g.len() <= 202);
        }
        let mut idle = guard();
        idle.failed(T0, ip(1), b"alice", 1);
        idle.is_closed(T0 + Duration::from_secs(300), ip(2), b"bob");
        assert!(idle.is_empty());
    }
}
