//! A hierarchical timer wheel: start and stop in O(1), fire in exact order.
//!
//! Nine levels of 64 slots; a slot of the lowest level spans 1.024 ms, one of each higher level 64 times as
//! much. A timer lies at the level of the highest digit (base 64) in which its moment differs from the cursor,
//! so the first occupied slot of the lowest occupied level always holds the next timer.
//!
//! A slot holds its timers in a few runs, each in order: timers of one duration are started in the order in which
//! they fire, so a run for each duration is enough, and the next timer is the first of one of the runs.

use crate::time::Instant;

/// Timers of one owner, each with a small payload.
///
/// Timers fire in the order of their moments; at one moment those that were started as [`Rank::First`] come
/// before the others, and within a rank the one that was started first.
#[derive(Debug)]
pub struct Wheel<T> {
    nodes: Vec<Node<T>>,
    free: u32,
    len: usize,
    cursor: u64,
    sequence: u64,
    levels: Box<[Level; LEVELS]>,
    /// The next timer to fire.
    next: u32,
}

/// Which of two timers of one moment fires first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// It ends something.
    First,
    /// It repeats something.
    Second,
}

/// Names a running timer; it is dead once the timer fired or was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerId {
    node: u32,
    generation: u32,
}

#[derive(Clone, Copy, Debug)]
struct Node<T> {
    at: u64,
    /// The rank in the top bit, then the number of the start.
    order: u64,
    previous: u32,
    next: u32,
    generation: u32,
    level: u8,
    slot: u8,
    run: u8,
    payload: Option<T>,
}

#[derive(Clone, Copy, Debug)]
struct Level {
    occupied: u64,
    /// In which slots the last run is out of order.
    unsorted: u64,
    slots: [Slot; SLOTS],
}

/// The runs of a slot; those in use come first or have become empty since.
type Slot = [Run; RUNS];

#[derive(Clone, Copy, Debug)]
struct Run {
    head: u32,
    tail: u32,
}

const EMPTY: Run = Run { head: NONE, tail: NONE };

const SLOTS: usize = 64;
const BITS: u32 = 6;
const LEVELS: usize = 9;
const TICK_BITS: u32 = 10;
const NONE: u32 = u32::MAX;
/// How many runs a slot has: about one for each duration that is in use at a time.
const RUNS: usize = 8;
/// How many timers a start looks back over to keep the last run in order; beyond it that is sorted when needed.
const LOOK_BACK_MAX: usize = 16;

impl<T: Copy> Default for Wheel<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy> Wheel<T> {
    /// A wheel without timers.
    pub fn new() -> Self {
        let level = Level { occupied: 0, unsorted: 0, slots: [[EMPTY; RUNS]; SLOTS] };
        Wheel {
            nodes: Vec::new(),
            free: NONE,
            len: 0,
            cursor: 0,
            sequence: 0,
            levels: Box::new([level; LEVELS]),
            next: NONE,
        }
    }

    /// How many timers run.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no timer runs.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The next timer to fire, and when.
    pub fn deadline(&self) -> Option<(Instant, T)> {
        let node = self.nodes.get(self.next as usize)?;
        Some((Instant::from_unix_micros(node.at), node.payload?))
    }

    /// Starts a timer that fires at `at`.
    pub fn start(&mut self, now: Instant, at: Instant, rank: Rank, payload: T) -> TimerId {
        self.advance(now);
        self.sequence += 1;
        let (at, order) = (at.unix_micros(), (rank as u64) << 63 | self.sequence);
        let id = self.allocate(at, order, payload);
        self.len += 1;
        self.link(id.node);
        if self.next == NONE || (at, order) < self.key(self.next) {
            self.next = id.node;
        }
        id
    }

    /// Stops a timer; gives its payload when it still ran.
    pub fn stop(&mut self, id: TimerId) -> Option<T> {
        let node = self.nodes.get(id.node as usize).filter(|n| n.generation == id.generation)?;
        let payload = node.payload?;
        self.remove(id.node);
        Some(payload)
    }

    /// Takes the next timer whose moment is not after `now`.
    pub fn fire(&mut self, now: Instant) -> Option<(Instant, T)> {
        self.advance(now);
        let (at, payload) = self.deadline().filter(|(at, _)| *at <= now)?;
        self.remove(self.next);
        Some((at, payload))
    }

    fn key(&self, index: u32) -> (u64, u64) {
        let node = &self.nodes[index as usize];
        (node.at, node.order)
    }

    /// A node that lies nowhere yet.
    fn allocate(&mut self, at: u64, order: u64, payload: T) -> TimerId {
        let node = self.free;
        if let Some(place) = self.nodes.get_mut(node as usize) {
            self.free = place.next;
            (place.at, place.order, place.payload) = (at, order, Some(payload));
            return TimerId { node, generation: place.generation };
        }
        let payload = Some(payload);
        let (previous, next, generation) = (NONE, NONE, 0);
        self.nodes.push(Node { at, order, previous, next, generation, level: 0, slot: 0, run: 0, payload });
        TimerId { node: (self.nodes.len() - 1) as u32, generation }
    }

    fn remove(&mut self, index: u32) {
        self.unlink(index);
        let node = &mut self.nodes[index as usize];
        node.generation = node.generation.wrapping_add(1);
        node.payload = None;
        node.next = self.free;
        self.free = index;
        self.len -= 1;
        if self.next == index {
            self.next = self.first();
        }
    }

    /// Brings the cursor to `now`, or to the first timer that is due, and the timers near to it down to the
    /// lowest levels. A timer goes down at most once a level, so this costs O(1) a timer over its whole life.
    fn advance(&mut self, now: Instant) {
        let now = now.unix_micros() >> TICK_BITS;
        while now > self.cursor {
            let Some((level, slot)) = self.first_slot() else {
                self.cursor = now;
                return;
            };
            let span = BITS * level as u32;
            let below = (1u64 << (span + BITS)) - 1;
            let begin = (self.cursor & !below) | (slot as u64) << span;
            // No timer lies before `begin`, so every level stays right for a cursor up to there.
            self.cursor = begin.min(now).max(self.cursor);
            if begin > now || level == 0 {
                return;
            }
            self.spread(level, slot);
        }
    }

    fn first_slot(&self) -> Option<(usize, usize)> {
        let level = self.levels.iter().position(|l| l.occupied != 0)?;
        Some((level, self.levels[level].occupied.trailing_zeros() as usize))
    }

    fn first(&mut self) -> u32 {
        let Some((level, slot)) = self.first_slot() else { return NONE };
        self.sort(level, slot);
        let heads = self.levels[level].slots[slot].map(|run| run.head);
        heads.into_iter().filter(|head| *head != NONE).min_by_key(|head| self.key(*head)).unwrap_or(NONE)
    }

    /// Moves the timers of a slot to the levels below.
    fn spread(&mut self, level: usize, slot: usize) {
        let runs = core::mem::replace(&mut self.levels[level].slots[slot], [EMPTY; RUNS]);
        self.levels[level].occupied &= !(1 << slot);
        self.levels[level].unsorted &= !(1 << slot);
        for run in runs {
            let mut index = run.head;
            while index != NONE {
                let next = self.nodes[index as usize].next;
                self.link(index);
                index = next;
            }
        }
    }

    /// Puts a timer at the end of the first run of its slot that stays in order; if there is none, into the last
    /// one, a little before its end if that keeps the order.
    fn link(&mut self, index: u32) {
        // A moment before the cursor lies in the cursor's own slot, where the order puts it in front.
        let tick = (self.nodes[index as usize].at >> TICK_BITS).max(self.cursor);
        let differs = tick ^ self.cursor;
        let level = if differs == 0 { 0 } else { ((63 - differs.leading_zeros()) / BITS) as usize };
        let slot = (tick >> (BITS * level as u32)) as usize % SLOTS;
        let key = self.key(index);
        let runs = &self.levels[level].slots[slot];
        let fits = |run: &Run| run.tail == NONE || self.key(run.tail) < key;
        let run = runs.iter().position(fits).unwrap_or(RUNS - 1);
        let tail = runs[run].tail;
        let mut after = tail;
        for _ in 0..LOOK_BACK_MAX {
            if after == NONE || self.key(after) < key {
                break;
            }
            after = self.nodes[after as usize].previous;
        }
        if after != NONE && self.key(after) > key {
            after = tail;
            self.levels[level].unsorted |= 1 << slot;
        }
        self.levels[level].occupied |= 1 << slot;
        let node = &mut self.nodes[index as usize];
        (node.level, node.slot, node.run) = (level as u8, slot as u8, run as u8);
        self.insert_after(index, after);
    }

    fn insert_after(&mut self, index: u32, after: u32) {
        let (level, slot, run) = self.place(index);
        let list = &mut self.levels[level].slots[slot][run];
        let before = match after {
            NONE => core::mem::replace(&mut list.head, index),
            _ => core::mem::replace(&mut self.nodes[after as usize].next, index),
        };
        match before {
            NONE => list.tail = index,
            _ => self.nodes[before as usize].previous = index,
        }
        let node = &mut self.nodes[index as usize];
        (node.previous, node.next) = (after, before);
    }

    fn unlink(&mut self, index: u32) {
        let (level, slot, run) = self.place(index);
        let Node { previous, next, .. } = self.nodes[index as usize];
        let list = &mut self.levels[level].slots[slot][run];
        match previous {
            NONE => list.head = next,
            _ => self.nodes[previous as usize].next = next,
        }
        match next {
            NONE => list.tail = previous,
            _ => self.nodes[next as usize].previous = previous,
        }
        let level = &mut self.levels[level];
        if level.slots[slot].iter().all(|run| run.head == NONE) {
            level.occupied &= !(1 << slot);
            level.unsorted &= !(1 << slot);
        }
    }

    fn place(&self, index: u32) -> (usize, usize, usize) {
        let node = &self.nodes[index as usize];
        (usize::from(node.level), usize::from(node.slot), usize::from(node.run))
    }

    /// Sorts the last run of a slot, if it must be.
    fn sort(&mut self, level: usize, slot: usize) {
        if self.levels[level].unsorted & 1 << slot == 0 {
            return;
        }
        self.levels[level].unsorted &= !(1 << slot);
        let mut order = Vec::new();
        let mut index = self.levels[level].slots[slot][RUNS - 1].head;
        while index != NONE {
            order.push(index);
            index = self.nodes[index as usize].next;
        }
        order.sort_unstable_by_key(|&i| self.key(i));
        self.levels[level].slots[slot][RUNS - 1] = EMPTY;
        let mut last = NONE;
        for index in order {
            self.insert_after(index, last);
            last = index;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn at(micros: u64) -> Instant {
        Instant::from_unix_micros(micros)
    }

    #[test]
    fn equal_moments_fire_by_rank_then_by_start() {
        let mut wheel = Wheel::new();
        wheel.start(at(0), at(32_000_000), Rank::Second, "repeat");
        wheel.start(at(0), at(32_000_000), Rank::First, "end");
        wheel.start(at(0), at(32_000_000), Rank::First, "end too");
        wheel.start(at(0), at(31_999_999), Rank::Second, "before");
        let fired: Vec<_> = core::iter::from_fn(|| wheel.fire(at(40_000_000))).map(|(_, p)| p).collect();
        assert_eq!(fired, ["before", "end", "end too", "repeat"]);
    }

    #[test]
    fn nothing_fires_early_and_a_stopped_timer_never() {
        let mut wheel = Wheel::new();
        let a = wheel.start(at(0), at(1_000), Rank::First, 'a');
        wheel.start(at(0), at(2_000), Rank::First, 'b');
        assert_eq!(wheel.fire(at(999)), None);
        assert_eq!(wheel.stop(a), Some('a'));
        assert_eq!(wheel.stop(a), None);
        assert_eq!(wheel.deadline(), Some((at(2_000), 'b')));
        assert_eq!(wheel.fire(at(1_999)), None);
        assert_eq!(wheel.fire(at(2_000)), Some((at(2_000), 'b')));
        assert!(wheel.is_empty());
    }

    #[test]
    fn a_name_of_a_dead_timer_does_not_stop_its_successor() {
        let mut wheel = Wheel::new();
        let dead = wheel.start(at(0), at(5), Rank::First, 1);
        wheel.fire(at(5));
        wheel.start(at(5), at(9), Rank::First, 2);
        assert_eq!(wheel.stop(dead), None);
        assert_eq!(wheel.len(), 1);
    }

    #[test]
    fn the_last_moment_of_time_can_be_waited_for() {
        let mut wheel = Wheel::new();
        wheel.start(at(0), Instant::NEVER, Rank::First, 1);
        wheel.start(at(0), at(1_790_000_000_000_000), Rank::First, 2);
        assert_eq!(wheel.fire(at(1_790_000_000_000_000)).map(|(_, p)| p), Some(2));
        assert_eq!(wheel.deadline(), Some((Instant::NEVER, 1)));
    }

    // Else every stop of the next timer would sort the thousands that share its slot.
    #[test]
    fn timers_of_the_usual_durations_never_need_sorting() {
        let mut wheel = Wheel::new();
        let durations = [500_000u64, 1_000_000, 2_000_000, 4_000_000, 5_000_000, 32_000_000, 180_000_000];
        let begin = 1_790_000_000_000_000;
        for step in 0..100_000u64 {
            let now = begin + step * 1_000;
            while wheel.fire(at(now)).is_some() {}
            let ids = durations.map(|d| wheel.start(at(now), at(now + d), Rank::First, d));
            wheel.stop(ids[(step % 6) as usize]);
            assert!(wheel.levels.iter().all(|level| level.unsorted == 0), "after {step} ms");
        }
        assert!(wheel.len() > 100_000);
    }

    #[derive(Clone, Debug)]
    enum Op {
        Start(u64, bool),
        Stop(usize),
        Advance(u64),
        FireOne,
    }

    fn ops() -> impl Strategy<Value = Vec<Op>> {
        let delay = prop_oneof![
            Just(0u64),
            Just(500_000),
            Just(4_000_000),
            Just(32_000_000),
            0..2_000u64,
            0..100_000_000u64,
            0..100_000_000_000_000u64
        ];
        let step =
            prop_oneof![Just(0u64), 0..3_000u64, 0..1_000_000u64, 0..40_000_000u64, 0..200_000_000_000u64];
        let op = prop_oneof![
            5 => (delay, any::<bool>()).prop_map(|(d, first)| Op::Start(d, first)),
            2 => any::<usize>().prop_map(Op::Stop),
            1 => step.prop_map(Op::Advance),
            2 => Just(Op::FireOne),
        ];
        proptest::collection::vec(op, 1..300)
    }

    type Model = BTreeMap<(u64, Rank, u64), (u64, TimerId)>;

    proptest! {
        #[test]
        fn behaves_as_a_sorted_map(ops in ops(), origin in 0..1_800_000_000_000_000u64) {
            let mut wheel = Wheel::new();
            let mut model = Model::new();
            let (mut now, mut count) = (origin, 0u64);
            for op in ops {
                match op {
                    Op::Start(delay, first) => {
                        count += 1;
                        let rank = if first { Rank::First } else { Rank::Second };
                        let id = wheel.start(at(now), at(now + delay), rank, count);
                        model.insert((now + delay, rank, count), (count, id));
                    }
                    Op::Stop(n) if !model.is_empty() => {
                        let key = *model.keys().nth(n % model.len()).unwrap();
                        let (payload, id) = model.remove(&key).unwrap();
                        prop_assert_eq!(wheel.stop(id), Some(payload));
                        prop_assert_eq!(wheel.stop(id), None);
                    }
                    Op::Stop(_) => {}
                    Op::Advance(step) => {
                        now += step;
                        while let Some(entry) = model.first_entry().filter(|e| e.key().0 <= now) {
                            let (moment, (payload, _)) = (entry.key().0, entry.remove());
                            prop_assert_eq!(wheel.fire(at(now)), Some((at(moment), payload)));
                        }
                        prop_assert_eq!(wheel.fire(at(now)), None);
                    }
                    Op::FireOne => {
                        let expected = model.first_entry().filter(|e| e.key().0 <= now).map(|e| {
                            (at(e.key().0), e.remove().0)
                        });
                        prop_assert_eq!(wheel.fire(at(now)), expected);
                    }
                }
                let next = model.first_key_value().map(|(k, v)| (at(k.0), v.0));
                prop_assert_eq!(wheel.deadline(), next);
                prop_assert_eq!(wheel.len(), model.len());
            }
        }
    }
}
