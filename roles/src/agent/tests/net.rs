//! A wire in memory with a clock of its own: agents on it, and addresses where a test speaks itself.

use crate::agent::{Agent, AgentSettings, CallId, Command, Event, Local, Outgoing};
use core::net::SocketAddr;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, FlowError, Target, Transport};
use ringback_sip::journal::Fact;
use ringback_sip::node::{Input, Node, Output, Ticket};
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::{Capabilities, Codec};
use ringback_sip::time::{Duration, Instant};
use std::collections::BTreeMap;

/// How long a packet is on its way.
pub(super) const LATENCY: Duration = Duration::from_millis(10);

/// A packet that was sent.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    pub(super) at: Instant,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) text: String,
    pub(super) bytes: Vec<u8>,
}

impl Packet {
    pub(super) fn first_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    pub(super) fn is(&self, start: &str) -> bool {
        self.text.starts_with(start)
    }

    /// The value of the first row with this name.
    pub(super) fn header(&self, name: &str) -> &str {
        header(&self.text, name)
    }
}

/// The value of the first row with this name.
pub(super) fn header<'a>(text: &'a str, name: &str) -> &'a str {
    let rows = text.split("\r\n\r\n").next().unwrap_or_default().lines();
    let mut values = rows.filter_map(|l| l.split_once(": ")).filter(|(n, _)| n.eq_ignore_ascii_case(name));
    values.next().map_or("", |(_, value)| value)
}

/// What happens to packets, by the number of those sent before.
pub(super) type Weather = Box<dyn FnMut(&Packet) -> Vec<Duration>>;

pub(super) struct Net {
    pub(super) now: Instant,
    pub(super) agents: Vec<Agent>,
    pub(super) events: Vec<Vec<Event>>,
    /// Everything that was sent, also what was lost.
    pub(super) log: Vec<Packet>,
    /// The delay of each copy of a packet that arrives.
    pub(super) weather: Weather,
    transport: Transport,
    wire: BTreeMap<(Instant, u64), Packet>,
    sent: u64,
    /// What the agents' journals say.
    pub(super) told: Vec<Fact>,
    /// The names that agents want looked up.
    pub(super) lookups: Vec<(usize, Ticket, String)>,
}

/// Where the agent with this number is; numbers without an agent are for raw peers.
pub(super) fn address(number: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 10 + number as u8], 5060))
}

pub(super) const ALICE: usize = 0;
pub(super) const BOB: usize = 1;
pub(super) const CAROL: usize = 2;
/// A raw peer.
pub(super) const RAW: usize = 7;
/// The call that alice makes.
pub(super) const CALL: CallId = CallId(1);
/// The first call that bob takes.
pub(super) const TAKEN: CallId = CallId(CallId::INCOMING_MIN + 1);

impl Net {
    /// Alice and bob with default settings.
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    /// Alice and bob with other settings.
    pub(super) fn with(change: impl Fn(&mut AgentSettings)) -> Self {
        Self::seeded(1, Transport::Udp, change)
    }

    pub(super) fn seeded(seed: u64, transport: Transport, change: impl Fn(&mut AgentSettings)) -> Self {
        Self::of(&["alice", "bob"], seed, transport, change)
    }

    /// Agents with these names.
    pub(super) fn of(
        names: &[&str],
        seed: u64,
        transport: Transport,
        change: impl Fn(&mut AgentSettings),
    ) -> Self {
        let agents = names.iter().enumerate().map(|(i, name)| {
            let local = Local { transport, address: address(i) };
            let mut settings = AgentSettings::new(&format!("sip:{name}@example.test"), local);
            change(&mut settings);
            Agent::new(settings, Seed::from_number(seed * 2 + i as u64))
        });
        Net {
            now: Instant::from_unix_secs(1_000_000),
            agents: agents.collect(),
            events: vec![Vec::new(); names.len()],
            log: Vec::new(),
            weather: Box::new(|_| vec![LATENCY]),
            transport,
            wire: BTreeMap::new(),
            sent: 0,
            told: Vec::new(),
            lookups: Vec::new(),
        }
    }

    pub(super) fn order(&mut self, agent: usize, command: Command) {
        self.agents[agent].handle(self.now, Input::Command(command));
        self.collect();
    }

    /// Alice calls somebody.
    pub(super) fn call(&mut self, target: usize) {
        self.call_with(target, |_| {});
    }

    pub(super) fn call_with(&mut self, target: usize, change: impl FnOnce(&mut Outgoing)) {
        let mut outgoing = Outgoing {
            target: format!("sip:bob@{}", address(target)),
            audio: audio(ALICE),
            late_offer: false,
            patience: None,
            duration: None,
            referral: None,
        };
        change(&mut outgoing);
        self.order(ALICE, Command::Call { call: CALL, outgoing: Box::new(outgoing) });
    }

    pub(super) fn answer(&mut self, call: CallId) {
        let answer = Command::Answer { call, after: Duration::ZERO, audio: audio(BOB), duration: None };
        self.order(BOB, answer);
    }

    pub(super) fn reject(&mut self, call: CallId, status: StatusCode, contact: Option<String>) {
        self.order(BOB, Command::Reject { call, after: Duration::ZERO, status, contact });
    }

    /// Alice and bob talk.
    pub(super) fn established(change: impl Fn(&mut AgentSettings)) -> Self {
        let mut net = Self::with(change);
        net.call(BOB);
        net.run_millis(100);
        net.answer(TAKEN);
        net.run_millis(100);
        assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls()), (1, 1));
        net.clear();
        net
    }

    /// Forgets what was sent and told.
    pub(super) fn clear(&mut self) {
        self.log.clear();
        self.events.iter_mut().for_each(Vec::clear);
    }

    /// Answers the oldest look-up: the addresses are those of these peers.
    pub(super) fn resolve(&mut self, peers: &[usize]) {
        let (agent, ticket, _) = self.lookups.remove(0);
        let target = |peer: &usize| Target { transport: self.transport, address: address(*peer), peer: None };
        let found = Ok(peers.iter().map(target).collect());
        self.agents[agent].handle(self.now, Input::Resolved { ticket, answer: found, steps: Box::default() });
        self.collect();
    }

    /// The world tells an agent that a peer cannot be reached.
    pub(super) fn fail(&mut self, agent: usize, transport: Transport, peer: usize) {
        let (local, remote) = (address(agent), address(peer));
        let flow = Flow { transport, local, remote, connection: None, peer: None };
        let error = FlowError::Refused;
        self.agents[agent].handle(self.now, Input::FlowFailed { flow, error });
        self.collect();
    }

    /// A raw peer sends a message to an agent; it is there at once.
    pub(super) fn inject(&mut self, from: usize, to: usize, text: &str) {
        self.inject_bytes(from, to, text.as_bytes());
    }

    pub(super) fn inject_bytes(&mut self, from: usize, to: usize, bytes: &[u8]) {
        let (remote, local) = (address(from), address(to));
        let flow = Flow { transport: self.transport, local, remote, connection: None, peer: None };
        self.agents[to].handle(self.now, Input::Received { flow, bytes });
        self.collect();
    }

    pub(super) fn run_millis(&mut self, millis: u64) {
        self.run_for(Duration::from_millis(millis));
    }

    pub(super) fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let packet = self.wire.first_key_value().map(|((at, _), _)| *at);
            let alarm = self.agents.iter().filter_map(Node::deadline).map(|(at, _)| at).min();
            let Some(at) = packet.into_iter().chain(alarm).min().filter(|at| *at <= end) else { break };
            self.now = at.max(self.now);
            if packet == Some(at) {
                self.arrive();
            } else {
                self.agents.iter_mut().for_each(|a| a.handle(at, Input::Deadline));
                self.collect();
            }
        }
        self.now = end;
    }

    fn arrive(&mut self) {
        let Some((_, packet)) = self.wire.pop_first() else { return };
        let Some(to) = (0..self.agents.len()).find(|i| address(*i) == packet.to) else { return };
        let flow = Flow {
            transport: self.transport,
            local: packet.to,
            remote: packet.from,
            connection: None,
            peer: None,
        };
        self.agents[to].handle(self.now, Input::Received { flow, bytes: &packet.bytes });
        self.collect();
    }

    fn collect(&mut self) {
        for i in 0..self.agents.len() {
            while let Some(output) = self.agents[i].poll() {
                match output {
                    Output::Transmit(transmit) => {
                        let text = String::from_utf8_lossy(&transmit.bytes).into_owned();
                        let (from, to) = (transmit.flow.local, transmit.flow.remote);
                        let packet = Packet { at: self.now, from, to, text, bytes: transmit.bytes.to_vec() };
                        for delay in (self.weather)(&packet) {
                            self.sent += 1;
                            self.wire.insert((self.now + delay, self.sent), packet.clone());
                        }
                        self.log.push(packet);
                    }
                    Output::Deliver(event) => self.events[i].push(event),
                    Output::Journal(entry) => self.told.push(entry.fact),
                    Output::Resolve { ticket, query } => {
                        self.lookups.push((i, ticket, query.host.to_string()));
                    }
                    _ => {}
                }
            }
        }
    }

    /// The first lines of all that was sent, with the sender's number.
    pub(super) fn lines(&self) -> Vec<String> {
        let who = |at: SocketAddr| (0..10).find(|i| address(*i) == at).unwrap_or_default();
        let short = |p: &Packet| p.first_line().replace("SIP/2.0 ", "").chars().take(6).collect::<String>();
        self.log.iter().map(|p| format!("{} {}", who(p.from), short(p).trim())).collect()
    }

    /// All that an agent sent and that starts so.
    pub(super) fn sent(&self, from: usize, start: &str) -> Vec<Packet> {
        self.log.iter().filter(|p| p.from == address(from) && p.is(start)).cloned().collect()
    }

    /// The one message of an agent that starts so.
    pub(super) fn only(&self, from: usize, start: &str) -> Packet {
        let found = self.sent(from, start);
        assert_eq!(found.len(), 1, "{start} from {from}: {:#?}", self.lines());
        found[0].clone()
    }

    /// Runs until every transaction is over.
    pub(super) fn rest(&mut self) {
        self.run_for(Duration::from_secs(200));
        for agent in &self.agents {
            assert!(agent.is_at_rest(), "{} under way, {} calls", agent.busy(), agent.calls());
        }
    }
}

/// Where an agent receives audio.
pub(super) fn audio(agent: usize) -> Capabilities {
    let address = SocketAddr::new(address(agent).ip(), 4000);
    Capabilities::new(address, &Codec::ALL)
}
