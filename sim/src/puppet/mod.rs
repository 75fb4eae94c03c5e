//! A SIP peer that does what a script says, right or wrong. It shares no code with the stack under test: its
//! messages are put together by hand and read with [`crate::Glance`], so that a fault of the stack cannot
//! hide behind the same fault in its peer.

mod callee;
mod caller;
mod pace;
mod text;

pub use callee::Answer;
pub use caller::Request;

use crate::glance::Glance;
use crate::host::{Orders, Start, Surroundings};
use callee::Callee;
use caller::Caller;
use ringback_sip::flow::{Flow, FlowError, Transport};
use ringback_sip::node::{Deadline, Input, Node, Output};
use ringback_sip::time::Instant;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;

/// The script and the memory of a scripted peer.
#[derive(Debug)]
pub struct Puppet {
    /// Where it stands.
    pub address: SocketAddr,
    /// What it speaks.
    pub transport: Transport,
    /// How it answers an INVITE.
    pub answer: Answer,
    /// All that it received, in order.
    pub heard: Vec<(Instant, Glance)>,
    /// Paths that failed.
    pub failures: Vec<FlowError>,
}

impl Puppet {
    /// A peer that answers each INVITE as `answer` says.
    pub fn new(transport: Transport, address: SocketAddr, answer: Answer) -> Self {
        Puppet { address, transport, answer, heard: Vec::new(), failures: Vec::new() }
    }

    /// The status codes of the responses to `method` that it received, repetitions left out.
    pub fn statuses(&self, method: &str) -> Vec<u16> {
        let all = self.heard.iter().filter(|(_, g)| g.status > 0 && g.method() == method);
        let mut codes: Vec<u16> = all.map(|(_, g)| g.status).collect();
        codes.dedup();
        codes
    }

    /// The last response with this code.
    pub fn response(&self, status: u16) -> Option<&Glance> {
        self.heard.iter().rev().map(|(_, g)| g).find(|g| g.status == status)
    }

    /// How many requests with this method it received, repetitions counted.
    pub fn requests(&self, method: &str) -> usize {
        self.heard.iter().filter(|(_, g)| g.request == method).count()
    }
}

/// The peer while it runs.
#[derive(Debug)]
pub struct Running {
    caller: Caller,
    callee: Callee,
    outputs: VecDeque<Output<Infallible, Heard>>,
}

/// What the peer tells its script.
#[derive(Debug)]
pub enum Heard {
    /// A message arrived.
    Message(Instant, Glance),
    /// A path failed.
    Failure(FlowError),
}

impl Surroundings for Puppet {
    type Node = Running;

    fn boot(&mut self, start: Start) -> Running {
        Running {
            caller: Caller::new(self.address, self.transport, start.seed),
            callee: Callee::new(self.address, self.transport, self.answer.clone(), start.seed),
            outputs: VecDeque::new(),
        }
    }

    fn ask(&mut self, _: Instant, ask: Infallible) -> Infallible {
        ask
    }

    fn hear(&mut self, _: Instant, heard: Heard, _: &mut Orders<Request>) {
        match heard {
            Heard::Message(at, glance) => self.heard.push((at, glance)),
            Heard::Failure(error) => self.failures.push(error),
        }
    }
}

impl Running {
    fn receive(&mut self, now: Instant, flow: Flow, bytes: &[u8]) {
        let Some(glance) = Glance::at(bytes) else { return };
        let sends = if glance.status > 0 {
            self.caller.receive(now, &glance)
        } else {
            self.callee.receive(now, flow, &glance)
        };
        self.outputs.push_back(Output::Deliver(Heard::Message(now, glance)));
        self.send(sends);
    }

    fn send(&mut self, sends: Vec<ringback_sip::node::Transmit>) {
        self.outputs.extend(sends.into_iter().map(Output::Transmit));
    }
}

impl Node for Running {
    type Ask = Infallible;
    type Answer = Infallible;
    type Command = Request;
    type Event = Heard;

    fn handle(&mut self, now: Instant, input: Input<'_, Infallible, Request>) {
        match input {
            Input::Received { flow, bytes } => self.receive(now, flow, bytes),
            Input::Command(request) => {
                let sends = self.caller.start(now, request);
                self.send(sends);
            }
            Input::Deadline => {
                let sends = self.caller.wake(now);
                self.send(sends);
                let sends = self.callee.wake(now);
                self.send(sends);
            }
            Input::FlowFailed { error, .. } => self.outputs.push_back(Output::Deliver(Heard::Failure(error))),
            Input::Resolved { .. } | Input::Answered { .. } => {}
        }
    }

    fn poll(&mut self) -> Option<Output<Infallible, Heard>> {
        self.outputs.pop_front()
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        let at = [self.caller.deadline(), self.callee.deadline()].into_iter().flatten().min()?;
        Some((at, Deadline::Timer(ringback_sip::registry::Timer::E)))
    }
}
