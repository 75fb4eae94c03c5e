//! What the scenarios send, and what is sent again while no answer comes (RFC 3261 §17.1.2.2).

use bytes::Bytes;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::node::Transmit;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// Where the two ends of the benchmark and the server are.
#[derive(Clone, Debug)]
pub(crate) struct Ports {
    pub(crate) server: SocketAddr,
    pub(crate) transport: Transport,
    /// The callers' sockets.
    pub(crate) callers: Vec<SocketAddr>,
    /// The callees' sockets, which REGISTER names as contacts.
    pub(crate) callees: Vec<SocketAddr>,
}

/// Which end of an operation waits for an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Caller = 0,
    Callee = 1,
}

/// Collects messages for the driver, and keeps those that must be sent until they are answered.
#[derive(Debug)]
pub(crate) struct Outbox {
    pub(crate) ports: Ports,
    /// Marks everything that this run makes.
    pub(crate) run: String,
    /// What the Via of a new operation says of its sender.
    pub(crate) announced: &'static str,
    pub(crate) queue: VecDeque<Transmit>,
    pub(crate) retransmissions: u64,
    /// Nanoseconds; set before each input.
    pub(crate) now: u64,
    pending: Vec<Pending>,
    ticks: VecDeque<Tick>,
}

#[derive(Clone, Debug, Default)]
struct Pending {
    /// What to send again, while unanswered.
    transmit: Option<Transmit>,
    /// Tells a tick for this message from one for an earlier message.
    stamp: u32,
}

#[derive(Debug)]
struct Tick {
    due: u64,
    index: usize,
    stamp: u32,
    /// How many times T1 have passed since the first sending.
    age: u32,
}

impl Outbox {
    pub(crate) fn new(ports: Ports, run: String, slots: usize) -> Self {
        Outbox {
            ports,
            run,
            announced: "",
            queue: VecDeque::new(),
            retransmissions: 0,
            now: 0,
            pending: vec![Pending::default(); slots * 2],
            ticks: VecDeque::new(),
        }
    }

    /// The caller's socket for a user: always the same one, as a phone has.
    pub(crate) fn caller(&self, user: u64) -> SocketAddr {
        self.ports.callers[user as usize % self.ports.callers.len()]
    }

    /// The socket at which a user is called.
    pub(crate) fn callee(&self, user: u64) -> SocketAddr {
        self.ports.callees[user as usize % self.ports.callees.len()]
    }

    /// How Via spells the transport.
    pub(crate) fn via(&self) -> &'static str {
        self.ports.transport.via_name()
    }

    /// Sends once.
    pub(crate) fn send(&mut self, from: SocketAddr, bytes: Bytes) {
        self.queue.push_back(self.transmit(from, bytes));
    }

    /// Sends now, and again at 1, 3, 7, 15 … times T1 until [`Outbox::settle`].
    pub(crate) fn send_until_settled(&mut self, end: End, slot: usize, from: SocketAddr, bytes: Bytes) {
        let transmit = self.transmit(from, bytes);
        let index = slot * 2 + end as usize;
        let pending = &mut self.pending[index];
        pending.stamp = pending.stamp.wrapping_add(1);
        pending.transmit = Some(transmit.clone());
        self.ticks.push_back(Tick { due: self.now + T1, index, stamp: pending.stamp, age: 1 });
        self.queue.push_back(transmit);
    }

    /// The answer came.
    pub(crate) fn settle(&mut self, end: End, slot: usize) {
        self.pending[slot * 2 + end as usize].transmit = None;
    }

    /// Sends again what is due; gives the slots of callers that waited 64 times T1 in vain.
    pub(crate) fn tick(&mut self) -> Vec<usize> {
        let mut expired = Vec::new();
        while self.ticks.front().is_some_and(|tick| tick.due <= self.now) {
            let Some(mut tick) = self.ticks.pop_front() else { break };
            let pending = &mut self.pending[tick.index];
            let Some(transmit) = pending.transmit.as_ref().filter(|_| pending.stamp == tick.stamp) else {
                continue;
            };
            if tick.age >= AGE_MAX {
                pending.transmit = None;
                if tick.index % 2 == End::Caller as usize {
                    expired.push(tick.index / 2);
                }
                continue;
            }
            if (tick.age + 1).is_power_of_two() && !self.ports.transport.is_reliable() {
                self.queue.push_back(transmit.clone());
                self.retransmissions += 1;
            }
            tick.age += 1;
            tick.due += T1;
            // All ticks are T1 ahead of the moment that made them, so that the queue stays almost in order.
            self.ticks.push_back(tick);
        }
        expired
    }

    fn transmit(&self, from: SocketAddr, bytes: Bytes) -> Transmit {
        let flow = Flow {
            transport: self.ports.transport,
            local: from,
            remote: self.ports.server,
            connection: None,
            peer: None,
        };
        Transmit { flow, bytes }
    }
}

/// T1 of RFC 3261 §17.1.1.1, in nanoseconds.
const T1: u64 = 500_000_000;
/// How many times T1 a caller waits (RFC 3261 §17.1.1.2).
const AGE_MAX: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unanswered_message_is_sent_again_and_then_given_up() {
        let at = SocketAddr::from(([127, 0, 0, 1], 9));
        let ports = Ports { server: at, transport: Transport::Udp, callers: vec![at], callees: vec![at] };
        let mut out = Outbox::new(ports, "r1".to_owned(), 1);
        out.send_until_settled(End::Caller, 0, at, Bytes::from_static(b"x"));
        let mut expired = Vec::new();
        for step in 1..=70 {
            out.now = step * T1;
            expired.extend(out.tick());
        }
        assert_eq!(out.retransmissions, 6);
        assert_eq!(expired, [0]);
    }

    #[test]
    fn a_settled_message_is_not_sent_again() {
        let at = SocketAddr::from(([127, 0, 0, 1], 9));
        let ports = Ports { server: at, transport: Transport::Udp, callers: vec![at], callees: vec![at] };
        let mut out = Outbox::new(ports, "r1".to_owned(), 1);
        out.send_until_settled(End::Caller, 0, at, Bytes::from_static(b"x"));
        out.settle(End::Caller, 0);
        out.now = 2 * T1;
        assert!(out.tick().is_empty());
        assert_eq!(out.queue.len(), 1);
    }
}
