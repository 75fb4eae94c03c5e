//! The loop of one worker: wait, take what came, let the node decide, send.

use super::counters::Counters;
use super::handling::{Core, DATAGRAMS_PER_TURN};
use super::mailbox::{Inbox, Letter, Mailbox};
use super::strain::Strain;
use super::streams::{FIRST_CONNECTION_TOKEN, Streams};
use super::turn::Turn;
use super::udp::{BATCH, ReceiveSlots, SLOTS};
use crate::clock::Clock;
use mio::{Events, Poll, Token};
use ringback_sip::flow::FlowError;
use ringback_sip::journal::{Entry, Fact};
use ringback_sip::node::{Input, Node};
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transport::locate::Located;
use std::io;
use std::sync::Arc;

/// The bell of the mailbox.
pub(crate) const BELL: Token = Token(0);
/// Tokens from here on are those of UDP sockets, then of listeners.
pub(crate) const FIRST_SOCKET_TOKEN: usize = 1;

pub(crate) struct Worker<N: Node> {
    pub(crate) clock: Clock,
    pub(crate) poll: Poll,
    pub(crate) core: Core<N>,
    pub(crate) streams: Streams,
    pub(crate) mailbox: Arc<Mailbox<N::Answer, N::Command>>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) turn: Option<Turn>,
}

impl<N> Worker<N>
where
    N: Node,
    N::Ask: Clone,
    N::Answer: Clone + Send + 'static,
    N::Command: Send + 'static,
{
    /// Runs until somebody says stop.
    pub(crate) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS_PER_TURN);
        let mut slots = ReceiveSlots::new();
        let mut inbox = Inbox::default();
        let mut strain = Strain::default();
        loop {
            let mut timeout = self.timeout(self.clock.now());
            if timeout != Some(Duration::ZERO) && !self.mailbox.rest() {
                timeout = Some(Duration::ZERO);
            }
            let woken = self.poll.poll(&mut events, timeout);
            self.mailbox.awake();
            match woken {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            }
            let now = self.clock.now();
            self.note_events(now, &events);
            let stop = self.read_mail(now, &mut inbox);
            self.read_datagrams(now, &mut slots);
            if let Some(strained) = strain.look(&self.core.ports, inbox.messages, self.mailbox.handover_max) {
                self.core.set_strained(now, strained);
            }
            if let Some(turn) = &mut self.turn {
                turn.look(now, self.counters.datagrams_received.value());
            }
            self.serve_streams(now);
            self.core.meet_deadlines(now);
            self.flush(now);
            if stop {
                self.flush(now);
                return Ok(());
            }
        }
    }

    fn timeout(&self, now: Instant) -> Option<Duration> {
        if self.core.ports.iter().any(|port| port.readable || port.failed) || self.streams.has_work() {
            return Some(Duration::ZERO);
        }
        let next = self.core.deadline().unwrap_or(Instant::NEVER).min(self.streams.deadline());
        (next < Instant::NEVER).then(|| next - now)
    }

    fn note_events(&mut self, now: Instant, events: &Events) {
        let ports = self.core.ports.len();
        for event in events {
            match event.token() {
                BELL => {}
                token if token.0 >= FIRST_CONNECTION_TOKEN => {
                    let broken = event.is_error() || event.is_read_closed() || event.is_write_closed();
                    self.streams.note_ready(now, token, event.is_readable() || broken, event.is_writable());
                }
                token if token.0 - FIRST_SOCKET_TOKEN < ports => {
                    let port = &mut self.core.ports[token.0 - FIRST_SOCKET_TOKEN];
                    port.readable |= event.is_readable();
                    port.failed |= event.is_error();
                }
                token => self.streams.note_waiting(token.0 - FIRST_SOCKET_TOKEN - ports),
            }
        }
    }

    /// Reads the mail; says whether it told us to stop.
    fn read_mail(&mut self, now: Instant, inbox: &mut Inbox<N::Answer, N::Command>) -> bool {
        let mut stop = false;
        self.mailbox.take(inbox);
        for letter in inbox.letters.drain(..) {
            match letter {
                Letter::Answered(ticket, answer) => self.core.give(now, Input::Answered { ticket, answer }),
                Letter::Resolved(ticket, Located { found, steps }) => {
                    self.core.give(now, Input::Resolved { ticket, answer: found, steps });
                }
                Letter::Command(command) => self.core.give(now, Input::Command(command)),
                Letter::Transmit(transmit) => self.core.stream_out.push(transmit),
                Letter::Close(flow) => self.core.closings.push(flow),
                Letter::FlowFailed(flow, error) => self.core.give(now, Input::FlowFailed { flow, error }),
                Letter::Stop => stop = true,
            }
        }
        for parcel in &inbox.parcels {
            for (flow, message) in parcel.messages() {
                self.core.give(now, Input::Received { flow, bytes: message });
            }
        }
        self.mailbox.give_back(&mut inbox.parcels);
        inbox.parcels.clear();
        stop
    }

    fn read_datagrams(&mut self, now: Instant, slots: &mut ReceiveSlots) {
        for port in 0..self.core.ports.len() {
            let (mut came, mut flushed, mut count) = (0, 0, 0);
            for _ in 0..DATAGRAMS_PER_TURN / SLOTS {
                // While many are handled, more come: what they all lead to leaves together. Nothing is lost by a look
                // at a socket that is not known to be readable: what comes after the last wait ends the next one.
                let is_worth_a_look = self.core.ports[port].readable || count >= LOOKS_AGAIN_AFTER;
                if !is_worth_a_look || came >= DATAGRAMS_PER_TURN {
                    break;
                }
                count = slots.receive(&mut self.core.ports[port]);
                self.counters.udp_receives.add(1);
                self.counters.datagrams_received.add(count as u64);
                came += count;
                self.core.crowded = came >= BATCH;
                self.take_batch(now, slots);
                if came - flushed >= BATCH {
                    self.core.flush_datagrams();
                    flushed = came;
                }
            }
            self.core.flush_datagrams();
        }
        self.core.crowded = false;
    }

    /// Takes a batch of datagrams: first hands over what other workers own, so that they need not wait for this one.
    fn take_batch(&mut self, now: Instant, slots: &ReceiveSlots) {
        let mut passed_on = std::mem::take(&mut self.core.passed_on);
        passed_on.extend(slots.datagrams().map(|(flow, datagram)| self.core.pass_on(flow, datagram)));
        self.core.hand_over();
        for ((flow, datagram), passed_on) in slots.datagrams().zip(passed_on.drain(..)) {
            if !passed_on {
                self.core.arrive_datagram(now, flow, datagram);
            }
        }
        self.core.passed_on = passed_on;
    }

    fn serve_streams(&mut self, now: Instant) {
        let core = &mut self.core;
        self.streams.accept(now, &mut |source| core.lets_in(now, source));
        let ends = self.streams.read(now, &mut |flow, message| core.arrive(now, flow, message));
        self.send_on_streams(now);
        for (id, error) in ends {
            self.streams.end(now, id, error);
        }
        self.streams.sweep(now);
    }

    /// Hands the node's stream messages and closings to the connections, here or at other workers.
    fn send_on_streams(&mut self, now: Instant) {
        for transmit in std::mem::take(&mut self.core.stream_out) {
            match self.streams.send(now, transmit) {
                None => {}
                Some((worker, transmit)) if worker < self.core.workers() => {
                    self.core.post(worker, Letter::Transmit(transmit));
                }
                // A connection of an earlier start, which had more workers.
                Some((_, transmit)) => self.streams.failures.push((transmit.flow, FlowError::Closed)),
            }
        }
        for flow in std::mem::take(&mut self.core.closings) {
            if let Some(worker) = self.streams.close(now, &flow)
                && worker < self.core.workers()
            {
                self.core.post(worker, Letter::Close(flow));
            }
        }
    }

    fn flush(&mut self, now: Instant) {
        self.core.flush_datagrams();
        self.core.report_failures(now);
        self.send_on_streams(now);
        self.streams.write(now);
        for (flow, error) in std::mem::take(&mut self.streams.failures) {
            self.core.report(now, flow, error);
        }
        for (flow, error) in std::mem::take(&mut self.streams.strangers) {
            self.core.note(now, Entry::new(now, b"", Fact::FlowFailed { flow, error }));
        }
        // What the node says to those failures.
        self.send_on_streams(now);
        self.streams.write(now);
        self.core.flush_datagrams();
        self.core.flush_others(now);
    }
}

/// So many datagrams of one look take so long to handle that others have come meanwhile, as a rule.
const LOOKS_AGAIN_AFTER: usize = 4;
/// Most events that one wait gives.
const EVENTS_PER_TURN: usize = 1024;
