//! The node that keeps operations in flight: in a closed loop (a window) or an open one (a rate).

use crate::meter::{self, Usage};
use crate::outbox::Outbox;
use crate::report::Report;
use crate::restraint::Restraint;
use crate::scenario::{Progress, Scenario};
use crate::wire::{Id, Wire};
use ringback_sip::flow::Flow;
use ringback_sip::node::{Deadline, Input, Node, Output};
use ringback_sip::time::{Duration, Instant};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;

/// How many operations, and how fast.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Operations that are measured.
    pub(crate) operations: u64,
    /// Operations before them that are not.
    pub(crate) warm: u64,
    /// Most in flight.
    pub(crate) window: usize,
    /// Of those that are measured, only one at a time.
    pub(crate) in_turn: bool,
    /// Operations a second, whether or not earlier ones have ended; none: the next begins when one ends.
    pub(crate) rate: Option<u64>,
    /// Between the operations that are not measured and those that are, nothing happens for so long.
    pub(crate) pause: Duration,
    /// Whether new operations are kept back when the server asks for it.
    pub(crate) heeds: bool,
    /// The root of the server's process tree.
    pub(crate) server_pid: Option<u32>,
}

/// An operation in flight.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    serial: u64,
    began: u64,
    active: bool,
}

/// Runs a scenario as planned; delivers its report at the end.
pub(crate) struct Load {
    plan: Plan,
    scenario: Box<dyn Scenario>,
    out: Outbox,
    slots: Vec<Slot>,
    free: VecDeque<usize>,
    begun: u64,
    ended: u64,
    report: Report,
    restraint: Restraint,
    clock: std::time::Instant,
    /// The server's usage, and the moment, when measuring began.
    start: Option<(Usage, Usage, u64)>,
    next_tick: Instant,
    /// In nanoseconds: until then nothing begins.
    rest_until: u64,
    delivered: bool,
    outgoing: Option<Report>,
}

impl Load {
    pub(crate) fn new(plan: Plan, scenario: Box<dyn Scenario>, out: Outbox) -> Self {
        let slots = plan.window;
        Load {
            plan,
            scenario,
            out,
            slots: vec![Slot::default(); slots],
            free: (0..slots).collect(),
            begun: 0,
            ended: 0,
            report: Report::default(),
            restraint: Restraint::default(),
            clock: std::time::Instant::now(),
            start: None,
            next_tick: Instant::EPOCH,
            rest_until: 0,
            delivered: false,
            outgoing: None,
        }
    }

    fn receive(&mut self, local: SocketAddr, bytes: &[u8]) {
        let wire = Wire::read(bytes);
        let (id, progress) = match wire.status() {
            Some(status) => {
                if self.plan.heeds {
                    self.restraint.learn(self.out.now, &wire);
                }
                let id = wire.id_of_branch(&self.out.run).filter(|id| self.is_current(*id));
                let Some(id) = id else {
                    self.report.strays += 1;
                    return;
                };
                (Some(id), self.scenario.response(id, status, &wire, &mut self.out))
            }
            None => {
                let id = wire.id_of_call(&self.out.run).filter(|id| self.is_current(*id));
                let id = id.or_else(|| self.scenario.owner());
                (id, self.scenario.request(id, local, &wire, &mut self.out))
            }
        };
        if let Some(id) = id {
            self.note(id, progress);
        }
    }

    /// What was sent on a stream that is gone has failed; a datagram is sent again.
    fn lose(&mut self, flow: Flow) {
        self.report.flow_failures += 1;
        if !flow.transport.is_reliable() {
            return;
        }
        let is_lost = |slot: &Slot, out: &Outbox| slot.active && out.caller(slot.serial) == flow.local;
        for slot in 0..self.slots.len() {
            if is_lost(&self.slots[slot], &self.out) {
                self.report.failed(None);
                self.end(slot);
            }
        }
    }

    fn is_current(&self, id: Id) -> bool {
        self.slots.get(id.slot).is_some_and(|slot| slot.active && slot.serial == id.serial)
    }

    fn note(&mut self, id: Id, progress: Progress) {
        let slot = self.slots[id.slot];
        let measured = slot.serial >= self.plan.warm;
        let waited = self.out.now.saturating_sub(slot.began);
        match progress {
            Progress::Ongoing => {}
            Progress::Answered => self.report.answered(measured, waited),
            Progress::Done => {
                self.report.done(measured, waited);
                self.end(id.slot);
            }
            Progress::Failed(status) => {
                self.report.failed(Some(status));
                self.end(id.slot);
            }
        }
    }

    fn end(&mut self, slot: usize) {
        self.out.settle(crate::outbox::End::Caller, slot);
        self.out.settle(crate::outbox::End::Callee, slot);
        self.slots[slot].active = false;
        self.free.push_back(slot);
        self.count_end();
    }

    fn count_end(&mut self) {
        self.ended += 1;
        if self.ended == self.plan.warm {
            self.begin_measuring();
            self.rest_until = self.elapsed() + self.plan.pause.as_nanos() as u64;
        }
        if self.ended == self.plan.warm + self.plan.operations {
            self.finish();
        }
    }

    fn begin_measuring(&mut self) {
        let server = self.plan.server_pid.map(meter::cpu_of_tree).unwrap_or_default();
        let own = meter::cpu_of_tree(std::process::id());
        self.start = Some((server, own, self.elapsed()));
        self.report.retransmissions_before = self.out.retransmissions;
    }

    fn finish(&mut self) {
        let Some((server, own, began)) = self.start.take() else { return };
        let mut report = std::mem::take(&mut self.report);
        report.elapsed = Duration::from_nanos(self.elapsed() - began);
        report.server = self.plan.server_pid.map(|pid| meter::cpu_of_tree(pid).minus(&server));
        report.own = meter::cpu_of_tree(std::process::id()).minus(&own);
        report.operations = self.plan.operations;
        report.missed = self.scenario.missed();
        report.retransmissions = self.out.retransmissions - report.retransmissions_before;
        self.outgoing = Some(report);
    }

    fn begin_due(&mut self) {
        let total = self.plan.warm + self.plan.operations;
        let is_warm = self.ended >= self.plan.warm;
        if !self.plan.pause.is_zero()
            && (self.begun >= self.plan.warm && !is_warm || self.elapsed() < self.rest_until)
        {
            return;
        }
        let due = match self.plan.rate {
            Some(rate) => (u128::from(self.elapsed()) * u128::from(rate) / 1_000_000_000) as u64,
            None => total,
        };
        while self.begun < total.min(due) {
            if self.plan.in_turn && self.begun >= self.plan.warm && self.begun > self.ended {
                return;
            }
            if !self.restraint.admits(self.out.now) {
                self.begun += 1;
                self.report.kept_back += 1;
                self.count_end();
                continue;
            }
            let Some(slot) = self.free.pop_front() else {
                self.report.starved += u64::from(self.plan.rate.is_some());
                return;
            };
            let serial = self.begun;
            self.begun += 1;
            self.slots[slot] = Slot { serial, began: self.out.now, active: true };
            self.scenario.begin(Id { slot, serial }, &mut self.out);
        }
        if self.begun == total && self.report.beginning == Duration::ZERO {
            let began = self.start.as_ref().map_or(0, |(_, _, began)| *began);
            self.report.begun_all(Duration::from_nanos(self.elapsed().saturating_sub(began)));
        }
    }

    fn tick(&mut self, now: Instant) {
        if self.start.is_none() && self.plan.warm == 0 && self.begun == 0 {
            self.begin_measuring();
        }
        for slot in self.out.tick() {
            if self.slots[slot].active {
                self.report.failed(None);
                self.end(slot);
            }
        }
        if let Some(id) = self.scenario.overdue(&self.out).filter(|id| self.is_current(*id)) {
            self.report.failed(None);
            self.end(id.slot);
        }
        self.next_tick = now + if self.plan.rate.is_some() { OPEN_TICK } else { CLOSED_TICK };
    }

    fn elapsed(&self) -> u64 {
        self.clock.elapsed().as_nanos() as u64
    }
}

impl Node for Load {
    type Ask = Infallible;
    type Answer = Infallible;
    type Command = Infallible;
    type Event = Report;

    fn handle(&mut self, now: Instant, input: Input<'_, Infallible, Infallible>) {
        self.out.now = self.elapsed();
        match input {
            Input::Received { flow, bytes } => self.receive(flow.local, bytes),
            Input::FlowFailed { flow, .. } => self.lose(flow),
            Input::Deadline => self.tick(now),
            Input::Resolved { .. } => {}
        }
        self.begin_due();
    }

    fn poll(&mut self) -> Option<Output<Infallible, Report>> {
        if let Some(transmit) = self.out.queue.pop_front() {
            return Some(Output::Transmit(transmit));
        }
        let report = self.outgoing.take()?;
        self.delivered = true;
        Some(Output::Deliver(report))
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        (!self.delivered).then_some((self.next_tick, Deadline::User))
    }
}

/// How exactly an open loop keeps its rate.
const OPEN_TICK: Duration = Duration::from_millis(1);
/// How exactly a closed loop meets its retransmissions.
const CLOSED_TICK: Duration = Duration::from_millis(20);
