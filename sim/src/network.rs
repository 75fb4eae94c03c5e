//! The simulated world: machines, what travels between them, and the order in which things happen.
//!
//! Everything follows from the seed. Things that happen at the same moment happen in the order in which they
//! were planned.

use crate::dice::Dice;
use crate::host::{CommandOf, Host, Machine, Moment, Stimulus, Surroundings};
use crate::nat::Nat;
use crate::place::{HostId, NatId};
use crate::search::Search;
use crate::sight::{Checker, NamePacket, Sight, Trace};
use crate::stream::Stream;
use crate::weather::Weather;
use crate::zone::Zone;
use bytes::Bytes;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{ConnectionId, Flow, FlowError, HandshakeFault, Target, Transport};
use ringback_sip::node::{Deadline, ResolveError, Ticket};
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transport::locate::{Answer, Located};
use std::any::Any;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::net::SocketAddr;

/// Trouble that a schedule brings.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The process ends at once (`kill -9`); its machine answers for it with resets and ICMP errors.
    Crash(HostId),
    /// The machine loses its power; nobody answers for it.
    PowerOff(HostId),
    /// The machine starts, with its clock moved by so many microseconds.
    Boot(HostId, i64),
    /// No packet passes between the two any more.
    Partition(HostId, HostId),
    /// Packets pass between the two again.
    Heal(HostId, HostId),
    /// The network behaves otherwise from now on.
    Weather(Weather),
    /// The translator forgets its mappings.
    NatRestart(NatId),
    /// Every stream of the machine breaks.
    BreakStreams(HostId),
    /// Whoever connects securely to the machine from now on does not accept its certificate, or is not accepted.
    Handshake(HostId, HandshakeFault),
    /// The machine has more to do than it can, or no longer has.
    Strain(HostId, bool),
}

/// What is planned to happen.
pub(crate) enum Happening {
    Datagram { origin: HostId, sent: Flow, source: SocketAddr, realm: Option<NatId>, bytes: Bytes },
    Connect { stream: ConnectionId },
    Segment { stream: ConnectionId, side: usize, is_retry: bool },
    Failed { host: HostId, life: u32, flow: Flow, error: FlowError },
    Asked { host: HostId, life: u32, packets: Vec<NamePacket> },
    Answered { search: Box<Search>, answer: Result<Answer, ResolveError> },
    Resolved { host: HostId, life: u32, ticket: Ticket, located: Located },
    Wake(HostId),
    Trouble(Trouble),
}

/// A machine and its place in the network.
pub(crate) struct Slot {
    pub name: String,
    pub host: Box<dyn Host>,
    pub sockets: Vec<(Transport, SocketAddr)>,
    pub realm: Option<NatId>,
    /// The machine's clock minus the world's, in microseconds.
    pub clock_offset: i64,
    pub secrets: Dice,
    /// Counts the starts.
    pub life: u32,
    /// Whether the machine has power, so that its kernel answers.
    pub powered: bool,
    /// What is wrong with secure connections to it.
    pub handshake: Option<HandshakeFault>,
    wake_at: Instant,
    next_ephemeral: u16,
    busy: (Instant, u32),
}

/// The world.
pub struct Network {
    pub(crate) now: Instant,
    pub(crate) dice: Dice,
    pub(crate) weather: Weather,
    pub(crate) slots: Vec<Slot>,
    pub(crate) nats: Vec<Nat>,
    pub(crate) streams: BTreeMap<ConnectionId, Stream>,
    pub(crate) streams_made: u64,
    partitions: BTreeSet<(HostId, HostId)>,
    pub(crate) names: BTreeMap<String, Vec<Target>>,
    pub(crate) zone: Zone,
    plan: BinaryHeap<Reverse<(Instant, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    planned: u64,
    checkers: Vec<Box<dyn Checker>>,
    trace: Option<Trace>,
    complaint: Option<String>,
}

impl Network {
    /// An empty world in calm weather; `traced` keeps all that happens as text.
    pub fn new(seed: u64, traced: bool) -> Self {
        Network {
            now: BEGINNING,
            dice: Dice::new(seed),
            weather: Weather::calm(),
            slots: Vec::new(),
            nats: Vec::new(),
            streams: BTreeMap::new(),
            streams_made: 0,
            partitions: BTreeSet::new(),
            names: BTreeMap::new(),
            zone: Zone::default(),
            plan: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            planned: 0,
            checkers: Vec::new(),
            trace: traced.then(Trace::default),
            complaint: None,
        }
    }

    /// The time of the world.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// An independent stream of chance for the scenario.
    pub fn split_dice(&mut self) -> Dice {
        self.dice.split()
    }

    /// Changes the weather from now on.
    pub fn set_weather(&mut self, weather: Weather) {
        self.weather = weather;
    }

    /// Lets an observer judge all that happens.
    pub fn watch(&mut self, checker: impl Checker + 'static) {
        self.checkers.push(Box::new(checker));
    }

    /// Makes `host` resolve to `targets` whatever the zone says.
    pub fn name(&mut self, host: &str, targets: &[Target]) {
        self.names.insert(host.to_ascii_lowercase(), targets.to_vec());
    }

    /// Makes the name servers know `zone`, and nothing else, from now on.
    pub fn set_zone(&mut self, zone: Zone) {
        self.zone = zone;
    }

    /// Adds a translator; machines behind it share its realm.
    pub fn add_nat(&mut self, nat: Nat) -> NatId {
        self.nats.push(nat);
        NatId(self.nats.len() - 1)
    }

    /// Adds a machine that listens on `sockets`, and starts its node.
    pub fn add<S: Surroundings>(
        &mut self,
        name: &str,
        around: S,
        sockets: &[(Transport, SocketAddr)],
        realm: Option<NatId>,
    ) -> HostId {
        let machine = Machine::new(around, self.dice.split(), Duration::from_millis(20));
        self.slots.push(Slot {
            name: name.to_owned(),
            host: Box::new(machine),
            sockets: sockets.to_vec(),
            realm,
            clock_offset: 0,
            secrets: self.dice.split(),
            life: 0,
            powered: true,
            handshake: None,
            wake_at: Instant::NEVER,
            next_ephemeral: FIRST_EPHEMERAL_PORT,
            busy: (Instant::EPOCH, 0),
        });
        let id = HostId(self.slots.len() - 1);
        self.boot(id);
        id
    }

    /// The machine `id`, which was added with surroundings of the type `S`.
    ///
    /// # Panics
    /// When it was added with others.
    pub fn machine<S: Surroundings>(&self, id: HostId) -> &Machine<S> {
        let host: &dyn Any = self.slots[id.0].host.as_ref();
        host.downcast_ref().expect("the machine is of the asked type")
    }

    /// The machine `id`, to be changed.
    ///
    /// # Panics
    /// When it was added with other surroundings.
    pub fn machine_mut<S: Surroundings>(&mut self, id: HostId) -> &mut Machine<S> {
        let host: &mut dyn Any = self.slots[id.0].host.as_mut();
        host.downcast_mut().expect("the machine is of the asked type")
    }

    /// Gives the node of `id` a command `after` a while.
    pub fn order<S: Surroundings>(&mut self, id: HostId, after: Duration, command: CommandOf<S>) {
        let at = self.now + after;
        self.machine_mut::<S>(id).order(at, command);
        self.plan_wake(id);
    }

    /// Plans trouble.
    pub fn trouble(&mut self, after: Duration, trouble: Trouble) {
        self.plan(after, Happening::Trouble(trouble));
    }

    /// Lets the world run for a time.
    pub fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while self.complaint.is_none() && self.plan.peek().is_some_and(|Reverse((at, _))| *at <= end) {
            self.step();
        }
        self.now = self.now.max(end);
    }

    /// Lets the world run until nothing is under way and no node waits for a timer, or until `limit` has passed.
    /// Deadlines of bindings and of users do not count.
    ///
    /// # Errors
    /// Which node still waits for what.
    pub fn settle(&mut self, limit: Duration) -> Result<(), String> {
        let end = self.now + limit;
        loop {
            if self.complaint.is_some() || self.is_settled() {
                return Ok(());
            }
            match self.plan.peek() {
                Some(Reverse((at, _))) if *at <= end => self.step(),
                _ => break,
            }
        }
        let waiting = |s: &Slot| {
            s.host
                .deadline()
                .filter(|(_, d)| is_timer(*d))
                .map(|(_, d)| format!("{} waits for {d:?}", s.name))
        };
        let waits: Vec<String> = self.slots.iter().filter_map(waiting).collect();
        Err(format!("not settled after {limit:?}: {}", waits.join(", ")))
    }

    /// Ends the schedule: the first complaint of an observer, with the trace.
    ///
    /// # Errors
    /// The complaint.
    pub fn verdict(&mut self) -> Result<(), String> {
        let mut checkers = core::mem::take(&mut self.checkers);
        for checker in &mut checkers {
            if self.complaint.is_none() {
                self.complaint = checker.finish().err();
            }
        }
        self.complaint.take().map_or(Ok(()), |c| Err(self.with_trace(&c)))
    }

    /// `complaint`, followed by the trace if one is kept.
    pub fn with_trace(&self, complaint: &str) -> String {
        match &self.trace {
            Some(trace) => format!("{complaint}\n{}", trace.text()),
            None => complaint.to_owned(),
        }
    }

    /// Records a complaint; the first one counts.
    pub fn complain(&mut self, complaint: String) {
        self.complaint.get_or_insert(complaint);
    }

    /// The name of a machine.
    pub fn name_of(&self, id: HostId) -> &str {
        &self.slots[id.0].name
    }

    /// Every machine.
    pub fn hosts(&self) -> impl Iterator<Item = HostId> + use<> {
        (0..self.slots.len()).map(HostId)
    }

    /// The sizes that a machine reports of what its peers can make grow.
    pub fn sizes(&self, id: HostId) -> Vec<(&'static str, usize, usize)> {
        self.slots[id.0].host.sizes()
    }

    fn is_settled(&self) -> bool {
        let quiet = self.happenings.values().all(|h| matches!(h, Happening::Wake(_)));
        quiet
            && self
                .slots
                .iter()
                .all(|s| s.host.next_task().is_none() && s.host.deadline().is_none_or(|(_, d)| !is_timer(d)))
    }

    fn step(&mut self) {
        let Some(Reverse((at, number))) = self.plan.pop() else { return };
        self.now = self.now.max(at);
        let Some(happening) = self.happenings.remove(&number) else { return };
        match happening {
            Happening::Datagram { origin, sent, source, realm, bytes } => {
                self.datagram_arrives(origin, sent, source, realm, bytes);
            }
            Happening::Connect { stream } => self.connect_arrives(stream),
            Happening::Segment { stream, side, is_retry } => self.segment_arrives(stream, side, is_retry),
            Happening::Failed { host, life, flow, error } => self.tell_failure(host, life, flow, error),
            Happening::Asked { host, life, packets } => self.show_names(host, life, packets),
            Happening::Answered { search, answer } => self.go_on_searching(search, answer),
            Happening::Resolved { host, life, ticket, located } => {
                if self.slots[host.0].life == life {
                    self.handle(host, Stimulus::Resolved(ticket, located));
                }
            }
            Happening::Wake(host) => self.wake(host),
            Happening::Trouble(trouble) => self.strike(trouble),
        }
    }

    fn wake(&mut self, id: HostId) {
        let now = self.moment(id);
        let slot = &mut self.slots[id.0];
        if slot.wake_at > now.world {
            return;
        }
        slot.wake_at = Instant::NEVER;
        slot.busy = if slot.busy.0 == now.world { (now.world, slot.busy.1 + 1) } else { (now.world, 0) };
        if slot.busy.1 > WAKES_PER_MOMENT_MAX {
            let complaint = format!("{} wants to be woken again and again at the same moment", slot.name);
            return self.complain(complaint);
        }
        slot.host.wake(now);
        self.after(id);
    }

    fn strike(&mut self, trouble: Trouble) {
        self.see(|_| Sight::Note(format!("{trouble:?}")));
        match trouble {
            Trouble::Crash(id) => self.go_down(id, true),
            Trouble::PowerOff(id) => self.go_down(id, false),
            Trouble::Boot(id, clock_step) => {
                self.slots[id.0].clock_offset += clock_step;
                self.boot(id);
            }
            Trouble::Partition(a, b) => drop(self.partitions.insert((a.min(b), a.max(b)))),
            Trouble::Heal(a, b) => drop(self.partitions.remove(&(a.min(b), a.max(b)))),
            Trouble::Weather(weather) => self.weather = weather,
            Trouble::NatRestart(id) => self.nats[id.0].restart(),
            Trouble::Handshake(id, fault) => self.slots[id.0].handshake = Some(fault),
            Trouble::Strain(id, strained) => self.handle(id, Stimulus::Strained(strained)),
            Trouble::BreakStreams(id) => self.break_streams(id, FlowError::Reset),
        }
    }

    fn go_down(&mut self, id: HostId, powered: bool) {
        self.slots[id.0].host.crash();
        self.slots[id.0].powered = powered;
        self.see(|_| Sight::Crashed(id));
        if powered {
            self.break_streams(id, FlowError::Reset);
        }
    }

    fn boot(&mut self, id: HostId) {
        if self.slots[id.0].host.is_up() {
            return;
        }
        let now = self.moment(id);
        let slot = &mut self.slots[id.0];
        slot.life += 1;
        slot.powered = true;
        let seed = Seed([slot.secrets.roll(), slot.secrets.roll()]);
        slot.host.boot(now, seed);
        self.see(|_| Sight::Booted(id));
        self.after(id);
    }

    /// Gives the node of a machine an input and does what it wants then.
    pub(crate) fn handle(&mut self, id: HostId, stimulus: Stimulus<'_>) {
        let now = self.moment(id);
        self.slots[id.0].host.handle(now, stimulus);
        self.after(id);
    }

    /// Does what a node wants after an input.
    fn after(&mut self, id: HostId) {
        while let Some(effect) = self.slots[id.0].host.effect() {
            self.carry_out(id, effect);
        }
        self.plan_wake(id);
    }

    fn plan_wake(&mut self, id: HostId) {
        let slot = &mut self.slots[id.0];
        let offset = slot.clock_offset;
        let deadline = slot.host.deadline().map(|(at, _)| shifted(at, -offset));
        let Some(at) = [slot.host.next_task(), deadline].into_iter().flatten().min() else { return };
        if at < slot.wake_at {
            slot.wake_at = at;
            self.plan(at.since(self.now), Happening::Wake(id));
        }
    }

    pub(crate) fn plan(&mut self, after: Duration, happening: Happening) {
        self.planned += 1;
        self.happenings.insert(self.planned, happening);
        self.plan.push(Reverse((self.now + after, self.planned)));
    }

    pub(crate) fn moment(&self, id: HostId) -> Moment {
        Moment { world: self.now, local: shifted(self.now, self.slots[id.0].clock_offset) }
    }

    pub(crate) fn is_cut(&self, a: HostId, b: HostId) -> bool {
        self.partitions.contains(&(a.min(b), a.max(b)))
    }

    pub(crate) fn ephemeral_port(&mut self, id: HostId) -> u16 {
        let slot = &mut self.slots[id.0];
        slot.next_ephemeral = slot.next_ephemeral.checked_add(1).unwrap_or(FIRST_EPHEMERAL_PORT);
        slot.next_ephemeral
    }

    /// Shows observers what happened.
    pub(crate) fn see(&mut self, sight: impl FnOnce(&Self) -> Sight) {
        if self.checkers.is_empty() && self.trace.is_none() {
            return;
        }
        let sight = sight(self);
        if let Some(trace) = &mut self.trace {
            trace.write(self.now, |id| self.slots[id.0].name.clone(), &sight);
        }
        for checker in &mut self.checkers {
            if let Err(complaint) = checker.see(self.now, &sight) {
                self.complaint.get_or_insert(complaint);
            }
        }
    }
}

fn is_timer(deadline: Deadline) -> bool {
    matches!(deadline, Deadline::Timer(_))
}

fn shifted(at: Instant, micros: i64) -> Instant {
    if at == Instant::NEVER {
        at
    } else {
        Instant::from_unix_micros(at.unix_micros().saturating_add_signed(micros))
    }
}

/// When every schedule begins: 2026-11-21, 04:00 UTC.
const BEGINNING: Instant = Instant::from_unix_secs(1_795_233_600);
const FIRST_EPHEMERAL_PORT: u16 = 49_152;
const WAKES_PER_MOMENT_MAX: u32 = 10_000;
