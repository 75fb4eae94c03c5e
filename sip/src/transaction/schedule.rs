//! A test driver of one machine: runs its timers in milliseconds from the start and notes what it did.

use super::machine::{Ended, Output, Outputs, Sent, rank};
use super::tables::Machine;
use super::wheel::Rank;
use crate::registry::{Timer, TimerValues};
use std::collections::BTreeMap;

/// One machine and all that it did, each with its moment.
pub(super) struct Run<M: Machine> {
    pub(super) machine: M,
    values: TimerValues,
    now: u64,
    timers: BTreeMap<Rank, (u64, Timer)>,
    log: Vec<(u64, Output)>,
}

impl<M: Machine> Run<M> {
    pub(super) fn start(reliable: bool) -> Self {
        Self::start_with(reliable, TimerValues::default())
    }

    pub(super) fn start_with(reliable: bool, values: TimerValues) -> Self {
        let (machine, outputs) = M::begin(reliable, &values);
        let mut run = Run { machine, values, now: 0, timers: BTreeMap::new(), log: Vec::new() };
        run.apply(outputs);
        run
    }

    pub(super) fn input(&mut self, input: M::Input) {
        let outputs = self.machine.step(input, &self.values);
        self.apply(outputs);
    }

    /// Fires all timers up to the moment `end`, which is included.
    pub(super) fn until(&mut self, end: u64) {
        while let Some((&rank, &(at, timer))) = self.timers.iter().min_by_key(|&(&rank, &(at, _))| (at, rank))
        {
            if at > end {
                break;
            }
            self.now = at;
            self.timers.remove(&rank);
            self.input(M::timer(timer));
        }
        self.now = end;
    }

    fn apply(&mut self, outputs: Outputs) {
        for output in outputs {
            self.log.push((self.now, output));
            match output {
                Output::SetTimer(timer, time) => {
                    self.timers.insert(rank(timer), (self.now + time.as_millis() as u64, timer));
                }
                Output::StopTimer(timer) => self.timers.retain(|_, (_, t)| *t != timer),
                Output::End(_) => self.timers.clear(),
                _ => {}
            }
        }
        self.until(self.now);
    }

    fn times(&self, wanted: Output) -> Vec<u64> {
        self.log.iter().filter(|(_, o)| *o == wanted).map(|(at, _)| *at).collect()
    }

    pub(super) fn sent(&self, what: Sent) -> Vec<u64> {
        self.times(Output::Transmit(what))
    }

    pub(super) fn delivered(&self) -> Vec<u64> {
        self.times(Output::Deliver)
    }

    pub(super) fn ended(&self) -> Option<(u64, Ended)> {
        self.log.iter().find_map(|(at, o)| match o {
            Output::End(why) => Some((*at, *why)),
            _ => None,
        })
    }
}
