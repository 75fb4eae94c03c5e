//! A node and everything that its outputs go to, without the sockets' readiness: what one worker does with each
//! input.

use super::counters::Counters;
use super::journal::JournalFeed;
use super::mailbox::{Letter, Mailbox, Parcel, Replies};
use super::named::NamedTargets;
use super::owner::owner;
use super::station::Station;
use super::tap::{Buckets, Tap};
use super::udp::{SendSlots, UdpPort};
use crate::dns::{self, ResolvedBox, Resolver};
use crate::tls::Tls;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, FlowError, Reach, Transport};
use ringback_sip::journal::{Entry, Fact};
use ringback_sip::node::{Input, Node, Output, Transmit};
use ringback_sip::time::Instant;
use ringback_sip::transport::{Stun, stun};
use std::net::IpAddr;
use std::sync::Arc;

/// What all workers of a driver have in common.
pub(crate) struct Shared<N: Node> {
    pub(crate) mailboxes: Vec<Arc<Mailbox<N::Answer, N::Command>>>,
    pub(crate) seed: Seed,
    pub(crate) resolver: Option<Resolver>,
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) journal: Option<JournalFeed>,
    pub(crate) taps: Vec<Tap<N::Ask, N::Answer>>,
}

pub(crate) struct Core<N: Node> {
    worker: usize,
    station: Station<N>,
    shared: Arc<Shared<N>>,
    replies: Replies<N::Answer>,
    resolved: Arc<dyn ResolvedBox>,
    reach: Reach,
    pub(crate) ports: Vec<UdpPort>,
    send_slots: SendSlots,
    counters: Arc<Counters>,
    /// For each worker, the messages that it owns and the letters for it.
    parcels: Vec<Parcel>,
    letters: Vec<Vec<Letter<N::Answer, N::Command>>>,
    /// Many messages came in one turn: all workers shall have their part, whoever sent them.
    pub(crate) crowded: bool,
    /// Which datagrams of a batch were passed on; empty between batches, only its memory is kept.
    pub(crate) passed_on: Vec<bool>,
    /// Stream messages and closings that wait for the connections' turn.
    pub(crate) stream_out: Vec<Transmit>,
    pub(crate) closings: Vec<Flow>,
    /// Paths that failed, which the node does not know yet.
    failures: Vec<(Flow, FlowError)>,
    entries: Vec<(Instant, Entry)>,
    entries_dropped: u64,
    record: Buckets<N::Ask, N::Answer>,
}

impl<N> Core<N>
where
    N: Node,
    N::Ask: Clone,
    N::Answer: Clone + Send + 'static,
    N::Command: Send + 'static,
{
    pub(crate) fn new(
        worker: usize,
        station: Station<N>,
        shared: Arc<Shared<N>>,
        ports: Vec<UdpPort>,
        reach: Reach,
        counters: Arc<Counters>,
    ) -> Self {
        let own = Arc::clone(&shared.mailboxes[worker]);
        let workers = shared.mailboxes.len();
        Core {
            worker,
            station,
            replies: Replies::new(Arc::clone(&own)),
            resolved: own,
            reach,
            ports,
            send_slots: SendSlots::new(),
            counters,
            parcels: std::iter::repeat_with(Parcel::default).take(workers).collect(),
            letters: std::iter::repeat_with(Vec::new).take(workers).collect(),
            record: Buckets::new(worker, &shared.taps),
            shared,
            crowded: false,
            passed_on: Vec::new(),
            stream_out: Vec::new(),
            closings: Vec::new(),
            failures: Vec::new(),
            entries: Vec::with_capacity(ENTRIES_PER_TURN_MAX),
            entries_dropped: 0,
        }
    }

    /// Takes a message from a connection: for the own node, or for the worker that owns its call.
    pub(crate) fn arrive(&mut self, now: Instant, flow: Flow, message: &[u8]) {
        if !self.pass_on(flow, message) {
            self.give(now, Input::Received { flow, bytes: message });
        }
    }

    /// Puts a message with those for the worker that owns its call, if that is another one.
    pub(crate) fn pass_on(&mut self, flow: Flow, message: &[u8]) -> bool {
        let workers = self.parcels.len();
        if workers > 1
            // STUN, whatever stands in it.
            && message.first().is_some_and(|first| *first > 3)
            && (self.crowded || !self.station.node.may_take(message))
            && let Some(owner) = owner(&self.shared.seed, message, workers)
            && owner != self.worker
        {
            self.parcels[owner].push(flow, message);
            return true;
        }
        false
    }

    /// Takes a datagram that is not passed on; what has no message in it only keeps a path open (RFC 3261 §7.5, RFC 5626 §3.5).
    pub(crate) fn arrive_datagram(&mut self, now: Instant, flow: Flow, datagram: &[u8]) {
        if datagram.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return self.counters.keepalives.add(1);
        }
        match stun(datagram, flow.remote) {
            Stun::Other | Stun::Answered => self.give(now, Input::Received { flow, bytes: datagram }),
            Stun::Silent => {}
            Stun::Answer(answer) => {
                self.counters.keepalives.add(1);
                self.transmit(Transmit { flow, bytes: answer.into() });
            }
        }
    }

    /// Gives the node one input and does what it says.
    pub(crate) fn give(&mut self, now: Instant, input: Input<'_, N::Answer, N::Command>) {
        if let Input::Received { flow, bytes } = &input {
            self.record.message(now, *flow, false, bytes);
        }
        if let Input::Answered { ticket, answer } = &input {
            self.record.answered(now, *ticket, answer);
        }
        let Core { station: Station { node, store, .. }, record, replies, .. } = self;
        node.handle_with(now, input, &mut |ticket, ask| {
            record.watching(now, ticket, ask, |ask| store.ask(now, ticket, ask, replies))
        });
        self.drain(now);
    }

    /// Tells the node that more waits than can be done in time, or no longer does.
    pub(crate) fn set_strained(&mut self, now: Instant, strained: bool) {
        self.counters.strains.add(u64::from(strained));
        self.station.node.set_strained(now, strained);
        self.drain(now);
    }

    /// Whether the node wants a connection from this address.
    pub(crate) fn lets_in(&mut self, now: Instant, source: IpAddr) -> bool {
        self.station.node.lets_in(now, source)
    }

    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.station.node.poll() {
            match output {
                Output::Transmit(transmit) => {
                    self.record.message(now, transmit.flow, true, &transmit.bytes);
                    self.transmit(transmit);
                }
                Output::Ask { ticket, ask } => {
                    let Core { station: Station { node, store, .. }, record, replies, .. } = self;
                    let answer =
                        record.watching(now, ticket, ask, |ask| store.ask(now, ticket, ask, replies));
                    if let Some(answer) = answer {
                        node.handle(now, Input::Answered { ticket, answer });
                    }
                }
                Output::Resolve { ticket, query } => match &self.shared.resolver {
                    Some(resolver) => match &self.shared.tls {
                        None => resolver.ask(ticket, query, self.reach, &self.resolved),
                        Some(tls) => {
                            let asker = NamedTargets::before(&self.resolved, tls, &query);
                            resolver.ask(ticket, query, self.reach, &asker);
                        }
                    },
                    None => self.resolved.resolved(ticket, dns::unavailable()),
                },
                Output::Close(flow) => self.closings.push(flow),
                Output::Deliver(event) => (self.station.deliver)(now, event),
                Output::Journal(entry) => self.note(now, entry),
            }
        }
    }

    /// Shows an entry to who counts, and to the journal.
    pub(crate) fn note(&mut self, now: Instant, entry: Entry) {
        (self.station.observe)(&entry);
        self.record.entry(now, &entry);
        if self.entries.len() < ENTRIES_PER_TURN_MAX && self.shared.journal.is_some() {
            self.entries.push((now, entry));
        } else {
            self.entries_dropped += 1;
        }
    }

    fn transmit(&mut self, transmit: Transmit) {
        let Transmit { flow, bytes } = transmit;
        if flow.transport != Transport::Udp {
            return self.stream_out.push(Transmit { flow, bytes });
        }
        match port_for(&mut self.ports, &flow) {
            Some(port) => {
                if port.push(flow, bytes) {
                    flush_port(port, &mut self.send_slots, &mut self.failures, &self.counters);
                }
            }
            None => self.failures.push((flow, FlowError::NoSocket)),
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.station.node.deadline().map(|(moment, _)| moment)
    }

    /// Wakes the node when its deadline has come.
    pub(crate) fn meet_deadlines(&mut self, now: Instant) {
        for _ in 0..DEADLINES_PER_TURN {
            if self.deadline().is_none_or(|moment| moment > now) {
                return;
            }
            self.counters.deadlines.add(1);
            self.give(now, Input::Deadline);
        }
    }

    pub(crate) fn workers(&self) -> usize {
        self.letters.len()
    }

    pub(crate) fn post(&mut self, worker: usize, letter: Letter<N::Answer, N::Command>) {
        self.letters[worker].push(letter);
    }

    /// Tells the own node and those of all other workers that a path failed.
    pub(crate) fn report(&mut self, now: Instant, flow: Flow, error: FlowError) {
        for worker in (0..self.letters.len()).filter(|worker| *worker != self.worker) {
            self.letters[worker].push(Letter::FlowFailed(flow, error));
        }
        self.counters.flows_failed.add(1);
        self.record.entry(now, &Entry::new(now, b"", Fact::FlowFailed { flow, error }));
        self.give(now, Input::FlowFailed { flow, error });
    }

    /// Tells the nodes of the failures that sending found; sending what they say then may find more.
    pub(crate) fn report_failures(&mut self, now: Instant) {
        for _ in 0..FAILURE_ROUNDS_MAX {
            if self.failures.is_empty() {
                return;
            }
            for (flow, error) in std::mem::take(&mut self.failures) {
                self.report(now, flow, error);
            }
            self.flush_datagrams();
        }
    }

    pub(crate) fn flush_datagrams(&mut self) {
        for port in &mut self.ports {
            if port.has_queue() {
                flush_port(port, &mut self.send_slots, &mut self.failures, &self.counters);
            }
            if port.failed {
                port.take_errors(&mut self.failures);
            }
        }
    }

    /// Hands over the messages that other workers own.
    pub(crate) fn hand_over(&mut self) {
        for (worker, parcel) in self.parcels.iter_mut().enumerate() {
            if parcel.len() > 0 {
                self.counters.handed_over.add(parcel.len() as u64);
                let dropped = self.shared.mailboxes[worker].hand_over(parcel);
                self.counters.handover_dropped.add(dropped as u64);
            }
        }
    }

    /// Sends what other workers own, and the journal what it takes.
    pub(crate) fn flush_others(&mut self, now: Instant) {
        self.hand_over();
        for worker in (0..self.letters.len()).filter(|worker| *worker != self.worker) {
            self.shared.mailboxes[worker].post_all(&mut self.letters[worker]);
        }
        // A letter to oneself comes about when a connection changed hands meanwhile.
        if let Some(own) = self.letters.get_mut(self.worker) {
            self.shared.mailboxes[self.worker].post_all(own);
        }
        self.record.flush(now);
        let offered = self.entries.len() + self.entries_dropped as usize;
        if offered > 0 {
            let dropped = std::mem::take(&mut self.entries_dropped);
            let taken = match &self.shared.journal {
                Some(journal) => journal.push(now, &mut self.entries, dropped),
                None => 0,
            };
            self.counters.journal_entries.add(taken as u64);
            self.counters.journal_dropped.add((offered - taken) as u64);
        }
    }
}

/// The socket through which a datagram leaves: the one bound to `flow.local`; any of the family, if that says
/// nothing.
fn port_for<'a>(ports: &'a mut [UdpPort], flow: &Flow) -> Option<&'a mut UdpPort> {
    let exact = ports.iter().position(|port| port.serves(flow.local));
    let open = flow.local.port() == 0 || flow.local.ip().is_unspecified();
    let index = exact.or_else(|| {
        let family = |port: &UdpPort| port.local().is_ipv4() == flow.remote.is_ipv4();
        open.then(|| ports.iter().position(family)).flatten()
    })?;
    ports.get_mut(index)
}

fn flush_port(
    port: &mut UdpPort,
    slots: &mut SendSlots,
    failures: &mut Vec<(Flow, FlowError)>,
    counters: &Counters,
) {
    let sent = port.flush(slots, failures);
    counters.datagrams_sent.add(sent.datagrams);
    counters.datagrams_dropped.add(sent.dropped);
    counters.udp_sends.add(sent.calls);
}

/// Most journal entries that one turn of a worker keeps.
const ENTRIES_PER_TURN_MAX: usize = 512;
/// Most deadlines met before sockets get their turn.
const DEADLINES_PER_TURN: usize = 64;
/// How often failures of what failures caused are followed within one turn.
const FAILURE_ROUNDS_MAX: usize = 4;
/// After how many datagrams of one socket others get their turn; what one system call gives is taken whole.
pub(crate) const DATAGRAMS_PER_TURN: usize = 256;
