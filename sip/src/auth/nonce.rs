//! Nonces without a table of issued ones: time, bound to the asker's peer, under a keyed hash; and the counts
//! that proven credentials have used (RFC 7616 §3.3 `nonce`, §3.4 `nc`, §5.4).

use crate::entropy::{Seed, Token};
use crate::time::{Duration, Instant};
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most nonces whose counts are remembered. When more are in use, the oldest is forgotten and is stale from then
/// on, so that forgetting never lets a replay pass.
pub const NONCE_WINDOWS_MAX: usize = 1 << 17;

/// Makes and judges nonces. Copies share the counts, so that each judges what another one made, and a count that was
/// used at one is used. A restarted server has another key, and says `stale`.
#[derive(Clone, Debug)]
pub struct Nonces {
    table: Arc<Table>,
    /// What this copy makes belongs here.
    lane: usize,
}

/// Two are equal when they share the counts.
impl PartialEq for Nonces {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table)
    }
}

impl Eq for Nonces {}

#[derive(Debug)]
struct Table {
    key: Seed,
    age_max: Duration,
    lanes: Box<[Lane]>,
    /// Of each lane.
    windows_max: usize,
}

/// The nonces of one worker: most come back to where they were made. In memory that it shares with no other lane, since workers
/// that write to neighbours would wait for each other's caches.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Lane {
    last: AtomicU64,
    /// Nonces up to this one are stale, whatever their age.
    forgotten: AtomicU64,
    windows: Mutex<BTreeMap<u64, Window>>,
}

/// The counts that were used with one nonce.
#[derive(Clone, Copy, Debug)]
struct Window {
    highest: u32,
    /// Bit `i`: the count `highest - 1 - i` was used.
    below: u32,
    /// What the request with the highest count was.
    request: u64,
}

/// A nonce of ours that is good at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoodNonce(u64);

/// How a nonce was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceUse {
    /// With a count that was not used before.
    Fresh,
    /// By the same request as last time, come again because its answer was lost.
    Retransmission,
}

/// Why a nonce is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceFault {
    /// It was not made here for this peer.
    Foreign,
    /// It is too old, or was forgotten.
    Stale,
    /// Its count was used before by another request, or is too far below the highest one to know.
    Replayed,
}

impl Nonces {
    /// Nonces under `key` that are good for `age_max`, made by so many workers at most, each with its
    /// [`Nonces::of_worker`]. The key must be new at each start: counts are kept in memory.
    pub fn new(key: Seed, age_max: Duration, workers: usize) -> Self {
        Self::with_limit(key, age_max, workers.max(1), NONCE_WINDOWS_MAX / workers.max(1))
    }

    fn with_limit(key: Seed, age_max: Duration, lanes: usize, windows_max: usize) -> Self {
        let lanes = (0..lanes).map(|_| Lane::default()).collect();
        let key = key.derive(b"nonce");
        Nonces { table: Arc::new(Table { key, age_max, lanes, windows_max }), lane: 0 }
    }

    /// The copy for a worker. A worker without a lane of its own shares one, which costs nothing but time.
    pub fn of_worker(&self, worker: usize) -> Self {
        Nonces { table: Arc::clone(&self.table), lane: worker % self.table.lanes.len() }
    }

    /// Makes a nonce for the peer known as `bound`, for example by its IP address.
    pub fn issue(&self, now: Instant, bound: &[u8]) -> [u8; NONCE_LEN] {
        let next = |last: u64| self.table.first(now, self.lane).max(last + self.table.lanes.len() as u64);
        let last = &self.table.lanes[self.lane].last;
        let last = last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        self.table.text(next(last.unwrap_or_else(|last| last)), bound)
    }

    /// Judges a nonce before the proof is looked at: a nonce that is not good now says nothing about the secret,
    /// so nobody can try out secrets with nonces of his own making.
    ///
    /// # Errors
    /// See [`NonceFault`]; the client may try again at once with a new nonce (`stale=true`).
    pub fn check(&self, now: Instant, nonce: &[u8], bound: &[u8]) -> Result<GoodNonce, NonceFault> {
        let issued = self.table.issued(nonce, bound).ok_or(NonceFault::Foreign)?;
        if issued < self.table.oldest(now) || self.table.lane_of(issued).has_forgotten(issued) {
            return Err(NonceFault::Stale);
        }
        Ok(GoodNonce(issued))
    }

    /// Notes that credentials with this nonce and count were proven. `request` names the request: the same for
    /// its retransmissions and different for any other.
    ///
    /// # Errors
    /// See [`NonceFault`]; the client may try again at once with a new nonce (`stale=true`).
    pub fn admit(
        &self,
        now: Instant,
        nonce: GoodNonce,
        count: u32,
        request: u64,
    ) -> Result<NonceUse, NonceFault> {
        let GoodNonce(issued) = nonce;
        let lane = self.table.lane_of(issued);
        let mut windows = lane.windows();
        let room = match windows.entry(issued) {
            Entry::Occupied(mut window) => return window.get_mut().admit(count, request),
            Entry::Vacant(room) => room,
        };
        if lane.has_forgotten(issued) {
            return Err(NonceFault::Stale);
        }
        room.insert(Window { highest: count, below: 0, request });
        lane.forget(&mut windows, self.table.oldest(now), self.table.windows_max);
        Ok(NonceUse::Fresh)
    }

    /// How many nonces are in use.
    pub fn len(&self) -> usize {
        self.table.lanes.iter().map(|lane| lane.windows().len()).sum()
    }

    /// Whether no nonce is in use.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Lane {
    /// A worker that panicked changed nothing halfway.
    fn windows(&self) -> MutexGuard<'_, BTreeMap<u64, Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_forgotten(&self, issued: u64) -> bool {
        issued <= self.forgotten.load(Ordering::Relaxed)
    }

    /// Drops what is out of date, and the oldest when there are too many.
    fn forget(&self, windows: &mut BTreeMap<u64, Window>, oldest: u64, windows_max: usize) {
        while let Some(first) = windows.first_entry() {
            let issued = *first.key();
            if issued >= oldest && windows.len() <= windows_max {
                return;
            }
            self.forgotten.fetch_max(issued, Ordering::Relaxed);
            windows.pop_first();
        }
    }
}

impl Table {
    /// A nonce is a number: its moment in microseconds times the number of lanes, and its lane.
    fn lane_of(&self, issued: u64) -> &Lane {
        &self.lanes[issued as usize % self.lanes.len()]
    }

    /// The first nonce of this moment in a lane.
    fn first(&self, moment: Instant, lane: usize) -> u64 {
        moment.unix_micros().saturating_mul(self.lanes.len() as u64).saturating_add(lane as u64)
    }

    /// The oldest nonce that is still good.
    fn oldest(&self, now: Instant) -> u64 {
        now.unix_micros()
            .saturating_sub(self.age_max.as_micros() as u64)
            .saturating_mul(self.lanes.len() as u64)
    }

    fn text(&self, issued: u64, bound: &[u8]) -> [u8; NONCE_LEN] {
        let mut text = [0; NONCE_LEN];
        text[..13].copy_from_slice(Token::from_u64(issued).as_bytes());
        text[13..].copy_from_slice(Token::from_u64(self.signature(issued, bound)).as_bytes());
        text
    }

    fn signature(&self, issued: u64, bound: &[u8]) -> u64 {
        let mut signed = [0; 8 + BOUND_BYTES_MAX];
        let bound = &bound[..bound.len().min(BOUND_BYTES_MAX)];
        signed[..8].copy_from_slice(&issued.to_le_bytes());
        signed[8..8 + bound.len()].copy_from_slice(bound);
        self.key.hash(&signed[..8 + bound.len()])
    }

    /// The number in a nonce of ours for this peer.
    fn issued(&self, nonce: &[u8], bound: &[u8]) -> Option<u64> {
        let (issued, signature) = nonce.split_at_checked(13)?;
        let (issued, signature) = (Token::value(issued)?, Token::value(signature)?);
        // Whole words are compared in a time that does not depend on where they differ.
        (signature == self.signature(issued, bound)).then_some(issued)
    }
}

impl Window {
    fn admit(&mut self, count: u32, request: u64) -> Result<NonceUse, NonceFault> {
        if count > self.highest {
            let step = count - self.highest;
            // The highest so far becomes the bit `step - 1`.
            let shifted = if step < 32 { self.below << step } else { 0 };
            let highest = if step <= 32 { 1 << (step - 1) } else { 0 };
            *self = Window { highest: count, below: shifted | highest, request };
            return Ok(NonceUse::Fresh);
        }
        if count == self.highest {
            return if request == self.request {
                Ok(NonceUse::Retransmission)
            } else {
                Err(NonceFault::Replayed)
            };
        }
        let bit = match self.highest - count {
            distance @ 1..=32 => 1 << (distance - 1),
            _ => return Err(NonceFault::Replayed),
        };
        if self.below & bit != 0 {
            return Err(NonceFault::Replayed);
        }
        self.below |= bit;
        Ok(NonceUse::Fresh)
    }
}

/// Length of a nonce: a moment and a signature, 13 characters each.
const NONCE_LEN: usize = 26;
/// How much of the peer's name goes into the signature; an IPv6 address fits.
const BOUND_BYTES_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Duration = Duration::from_secs(300);
    const NOW: Instant = Instant::from_unix_secs(1_700_000_000);
    const PEER: &[u8] = &[192, 0, 2, 1];

    fn nonces() -> Nonces {
        Nonces::new(Seed::from_number(7), AGE, 1)
    }

    fn admit(
        n: &Nonces,
        now: Instant,
        nonce: &[u8],
        count: u32,
        request: u64,
    ) -> Result<NonceUse, NonceFault> {
        let good = n.check(now, nonce, PEER)?;
        n.admit(now, good, count, request)
    }

    #[test]
    fn nonces_of_one_moment_differ_and_all_are_good() {
        let n = nonces();
        let (a, b) = (n.issue(NOW, PEER), n.issue(NOW, PEER));
        assert_ne!(a, b);
        assert_eq!(admit(&n, NOW, &a, 1, 1), Ok(NonceUse::Fresh));
        assert_eq!(admit(&n, NOW, &b, 1, 1), Ok(NonceUse::Fresh));
    }

    #[test]
    fn a_nonce_is_good_for_its_age_and_stale_after() {
        let n = nonces();
        let nonce = n.issue(NOW, PEER);
        assert_eq!(admit(&n, NOW + AGE, &nonce, 1, 1), Ok(NonceUse::Fresh));
        assert_eq!(admit(&n, NOW + AGE + Duration::from_micros(1), &nonce, 2, 2), Err(NonceFault::Stale));
    }

    #[test]
    fn a_nonce_of_another_key_peer_or_form_is_foreign() {
        let n = nonces();
        let other = Nonces::new(Seed::from_number(8), AGE, 1);
        let elsewhere = n.issue(NOW, &[192, 0, 2, 2]);
        let mut flipped = n.issue(NOW, PEER);
        flipped[12] ^= 1;
        for nonce in
            [&other.issue(NOW, PEER)[..], &elsewhere, &flipped, b"", b"abc", &[b'0'; 26], &[b'~'; 26]]
        {
            assert_eq!(admit(&n, NOW, nonce, 1, 1), Err(NonceFault::Foreign));
        }
    }

    #[test]
    fn a_count_is_used_once_in_any_order_and_may_skip() {
        let n = nonces();
        let nonce = n.issue(NOW, PEER);
        for count in [5, 3, 9, 4, 40, 8] {
            assert_eq!(admit(&n, NOW, &nonce, count, count.into()), Ok(NonceUse::Fresh), "{count}");
        }
        for count in [3, 4, 5, 8, 9, 40] {
            assert_eq!(admit(&n, NOW, &nonce, count, 99), Err(NonceFault::Replayed), "{count}");
        }
        assert_eq!(admit(&n, NOW, &nonce, 7, 7), Err(NonceFault::Replayed), "beyond the window of 32");
        assert_eq!(admit(&n, NOW, &nonce, u32::MAX, 1), Ok(NonceUse::Fresh));
        assert_eq!(admit(&n, NOW, &nonce, u32::MAX - 32, 2), Ok(NonceUse::Fresh));
        assert_eq!(admit(&n, NOW, &nonce, u32::MAX - 33, 3), Err(NonceFault::Replayed));
    }

    #[test]
    fn a_window_agrees_with_a_plain_set_of_counts() {
        let mut entropy = crate::entropy::Entropy::new(Seed::from_number(3));
        for _ in 0..200 {
            let first = 1 + entropy.below(60) as u32;
            let mut window = Window { highest: first, below: 0, request: 0 };
            let mut used = std::collections::BTreeSet::from([first]);
            for request in 1..60 {
                let count = 1 + entropy.below(90) as u32;
                let known = count + 32 >= *used.last().unwrap();
                let expected = known && used.insert(count);
                assert_eq!(window.admit(count, request).is_ok(), expected, "{count} {used:?}");
            }
        }
    }

    #[test]
    fn the_same_request_again_is_a_retransmission() {
        let n = nonces();
        let nonce = n.issue(NOW, PEER);
        assert_eq!(admit(&n, NOW, &nonce, 1, 17), Ok(NonceUse::Fresh));
        assert_eq!(admit(&n, NOW, &nonce, 1, 17), Ok(NonceUse::Retransmission));
        assert_eq!(admit(&n, NOW, &nonce, 1, 18), Err(NonceFault::Replayed));
    }

    #[test]
    fn the_table_is_bounded_and_forgetting_lets_no_replay_pass() {
        let n = Nonces::with_limit(Seed::from_number(7), AGE, 1, 10);
        let issued: Vec<_> = (0..30).map(|_| n.issue(NOW, PEER)).collect();
        for nonce in &issued {
            assert_eq!(admit(&n, NOW, nonce, 1, 1), Ok(NonceUse::Fresh));
            assert!(n.len() <= 10);
        }
        for nonce in &issued[..20] {
            assert_eq!(admit(&n, NOW, nonce, 1, 2), Err(NonceFault::Stale));
        }
        for nonce in &issued[20..] {
            assert_eq!(admit(&n, NOW, nonce, 1, 2), Err(NonceFault::Replayed));
        }
        let full = Nonces::with_limit(Seed::from_number(7), AGE, 1, 3);
        let issued: Vec<_> = (0..4).map(|_| full.issue(NOW, PEER)).collect();
        for nonce in issued.iter().rev() {
            assert_eq!(admit(&full, NOW, nonce, 1, 1), Ok(NonceUse::Fresh));
        }
        assert_eq!(full.len(), 3);
        assert_eq!(admit(&full, NOW, &issued[0], 1, 1), Err(NonceFault::Stale), "the oldest came last");
        let later = NOW + AGE + Duration::from_secs(1);
        let fresh = n.issue(later, PEER);
        assert_eq!(admit(&n, later, &fresh, 1, 1), Ok(NonceUse::Fresh));
        assert_eq!(n.len(), 1, "what is out of date is dropped");
    }

    #[test]
    fn what_one_copy_admits_no_other_one_admits_again() {
        let (here, there) = (nonces(), nonces());
        let there_too = here.clone();
        for n in 0..100 {
            let nonce = here.issue(NOW, PEER);
            assert_ne!(nonce, there_too.issue(NOW, PEER), "no two make the same");
            assert_eq!(admit(&there_too, NOW, &nonce, 1, n), Ok(NonceUse::Fresh));
            assert_eq!(admit(&here, NOW, &nonce, 1, n), Ok(NonceUse::Retransmission));
            assert_eq!(admit(&here, NOW, &nonce, 1, n + 1), Err(NonceFault::Replayed));
            assert_eq!(admit(&here, NOW, &nonce, 2, n + 2), Ok(NonceUse::Fresh));
            assert_eq!(admit(&there_too, NOW, &nonce, 2, n + 3), Err(NonceFault::Replayed));
        }
        assert_eq!((here.len(), there.len()), (100, 0));
    }

    #[test]
    fn workers_together_are_bounded_and_replays_pass_at_none() {
        let first = Nonces::with_limit(Seed::from_number(7), AGE, 3, 10);
        // Five workers: more than lanes.
        let workers: Vec<_> = (0..5).map(|worker| first.of_worker(worker)).collect();
        let issued: Vec<_> = (0..120).map(|n| workers[n % 5].issue(NOW, PEER)).collect();
        let distinct: std::collections::BTreeSet<_> = issued.iter().collect();
        assert_eq!(distinct.len(), issued.len(), "no two make the same");
        for (n, nonce) in issued.iter().enumerate() {
            assert_eq!(admit(&workers[(n + 1) % 5], NOW, nonce, 1, 1), Ok(NonceUse::Fresh));
            assert!(first.len() <= 30);
        }
        for (n, nonce) in issued.iter().enumerate() {
            assert!(admit(&workers[n % 5], NOW, nonce, 1, 2).is_err());
        }
        let good = first.of_worker(2).issue(NOW + Duration::from_secs(1), PEER);
        let end = NOW + Duration::from_secs(1) + AGE;
        assert_eq!(admit(&workers[0], end, &good, 1, 1), Ok(NonceUse::Fresh));
        assert_eq!(admit(&workers[0], end + Duration::from_micros(1), &good, 2, 2), Err(NonceFault::Stale));
    }
}
