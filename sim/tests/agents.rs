//! Real agents on both sides of the real server, in all weathers: they register, call, ring, answer, refuse, give
//! up, hold and hang up, while packets are lost, doubled and reordered, and server and agents crash.
#![allow(clippy::unwrap_used)]

use ringback_roles::agent::{
    Agent, AgentSettings, CallId, Command, Ending, Event, Local, Outcome, Outgoing, Registering, Secret, Side,
};
use ringback_sim::{
    Dice, HostId, House, Mapping, Nat, NatId, Network, Orders, Start, Surroundings, Trouble, Weather, explore,
};
use ringback_sip::flow::Transport;
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::{Capabilities, Codec};
use ringback_sip::time::{Duration, Instant};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn agents_agree_on_every_call_through_the_server_in_any_weather() {
    let talked = AtomicU64::new(0);
    explore(SEEDS, |seed, traced| {
        let mut world = World::new(seed, traced);
        let mut dice = world.net.split_dice();
        let alice = world.agent("alice", transport(&mut dice));
        let bobs: Vec<HostId> =
            (0..1 + dice.below(2)).map(|_| world.agent("bob", transport(&mut dice))).collect();
        world.net.set_weather(Weather::rolled(&mut dice));
        for number in 0..1 + dice.below(3) {
            world.call(alice, "bob", number, dice.between(SECOND * 5, SECOND * 60), &mut dice);
        }
        if dice.below(3) == 0 {
            world.call(bobs[0], "alice", 0, dice.between(SECOND * 5, SECOND * 60), &mut dice);
        }
        storm(&mut world.net, &mut dice, &bobs);
        world.net.run_for(SECOND * 900);
        world.verdict()?;
        let spoken = world.net.machine::<Caller>(alice).around.established;
        talked.fetch_add(spoken.min(1), Ordering::Relaxed);
        Ok(())
    });
    let is_whole = std::env::var("RINGBACK_SEED").is_err() && std::env::var("RINGBACK_SEEDS").is_err();
    let talked = talked.load(Ordering::Relaxed);
    assert!(!is_whole || talked > SEEDS / 5, "only {talked} calls came about");
}

#[test]
fn agents_with_passwords_call_in_calm_weather_and_both_know_who_hung_up() {
    let mut world = World::new(1, true);
    let mut dice = world.net.split_dice();
    let alice = world.agent("alice", Transport::Udp);
    let bob = world.agent("bob", Transport::Tcp);
    world.net.machine_mut::<Caller>(bob).around.obliging = true;
    world.net.machine_mut::<Caller>(alice).around.obliging = true;
    world.call(alice, "bob", 0, SECOND * 5, &mut dice);
    world.net.run_for(SECOND * 900);
    world.verdict().unwrap();
    let endings = |id: HostId| world.net.machine::<Caller>(id).around.endings.clone();
    assert_eq!(endings(alice), [Ending::HungUp(Side::Us)]);
    assert_eq!(endings(bob), [Ending::HungUp(Side::Peer)]);
}

#[test]
fn agents_behind_address_translation_call_and_either_side_hangs_up() {
    let mappings = [Mapping::FullCone, Mapping::Restricted, Mapping::Symmetric];
    let transports = [
        (Transport::Udp, Transport::Udp),
        (Transport::Tcp, Transport::Udp),
        (Transport::Udp, Transport::Tcp),
    ];
    for (mapping, (alices, bobs)) in mappings.into_iter().flat_map(|m| transports.map(|t| (m, t))) {
        for callee_hangs_up in [false, true] {
            let mut world = World::new(3, true);
            let mut dice = world.net.split_dice();
            let homes = ["203.0.113.7", "203.0.113.8"]
                .map(|public| world.net.add_nat(Nat::new(public.parse().unwrap(), mapping, SECOND * 600)));
            let alice = world.agent_in("alice", alices, Some(homes[0]));
            let bob = world.agent_in("bob", bobs, Some(homes[1]));
            world.net.machine_mut::<Caller>(bob).around.obliging = true;
            world.net.machine_mut::<Caller>(alice).around.obliging = true;
            if callee_hangs_up {
                world.net.machine_mut::<Caller>(bob).around.talk_max = SECOND * 10;
            }
            world.call(alice, "bob", 0, SECOND * 5, &mut dice);
            world.net.run_for(SECOND * 900);
            world.verdict().unwrap();
            let endings = |id: HostId| world.net.machine::<Caller>(id).around.endings.clone();
            let (first, second) = if callee_hangs_up { (bob, alice) } else { (alice, bob) };
            assert_eq!(endings(first), [Ending::HungUp(Side::Us)], "{mapping:?} {alices:?} {bobs:?}");
            let wire = world.net.with_trace("");
            assert_eq!(
                endings(second),
                [Ending::HungUp(Side::Peer)],
                "{mapping:?} {alices:?} {bobs:?} {wire}"
            );
        }
    }
}

#[test]
fn a_phone_whose_flow_died_comes_back_with_its_next_registration_and_can_be_called() {
    for transport in [Transport::Udp, Transport::Tcp] {
        for number in 0..4 {
            let mut world = World::new(4, true);
            let mut dice = world.net.split_dice();
            let home = world.net.add_nat(Nat::new(
                "203.0.113.7".parse().unwrap(),
                Mapping::Restricted,
                SECOND * 7200,
            ));
            let alice = world.agent("alice", Transport::Udp);
            let bob = world.agent_in("bob", transport, Some(home));
            world.net.machine_mut::<Caller>(bob).around.obliging = true;
            world.net.machine_mut::<Caller>(alice).around.obliging = true;
            world.net.order::<Caller>(bob, SECOND, Command::Register(Registering::Keep));
            let troubles = match number {
                0 => vec![],
                1 => vec![Trouble::NatRestart(home)],
                2 => vec![Trouble::BreakStreams(SERVER)],
                _ => vec![Trouble::Crash(SERVER), Trouble::Boot(SERVER, 0)],
            };
            for (n, trouble) in troubles.into_iter().enumerate() {
                world.net.trouble(SECOND * (60 + n as u32), trouble);
            }
            // Later than a registration lives.
            world.call(alice, "bob", 0, SECOND * 4000, &mut dice);
            world.net.run_for(SECOND * 5000);
            world.verdict().unwrap();
            let spoken = world.net.machine::<Caller>(alice).around.established;
            assert_eq!(spoken, 1, "{transport:?}, trouble {number}{}", world.net.with_trace(""));
        }
    }
}

#[test]
fn an_agent_that_crashed_is_found_out_by_its_peer() {
    let mut world = World::new(2, true);
    let mut dice = world.net.split_dice();
    let alice = world.agent("alice", Transport::Udp);
    let bob = world.agent("bob", Transport::Udp);
    world.net.machine_mut::<Caller>(bob).around.obliging = true;
    world.net.machine_mut::<Caller>(alice).around.obliging = true;
    world.call(alice, "bob", 0, SECOND * 5, &mut dice);
    world.net.trouble(SECOND * 8, Trouble::Crash(bob));
    world.net.trouble(SECOND * 9, Trouble::Boot(bob, 0));
    world.net.run_for(SECOND * 900);
    world.verdict().unwrap();
    let wire = world.net.with_trace("");
    assert!(wire.contains("481"), "the agent that started again knows no such call: {wire}");
    assert_eq!(world.net.machine::<Caller>(alice).around.endings, [Ending::HungUp(Side::Us)]);
}

// ---------------------------------------------------------------------------------------------------------------

/// Schedules of the great storm.
const SEEDS: u64 = 2500;
const SECOND: Duration = Duration::from_secs(1);
const SERVER: HostId = House::HOST;
/// How long a call that nobody ends lasts: so long that only the other side's end, or this, ends it.
const TALK_MAX: Duration = Duration::from_secs(200);

struct World {
    net: Network,
    agents: Vec<HostId>,
}

impl World {
    fn new(seed: u64, traced: bool) -> Self {
        let mut net = Network::new(seed, traced);
        House::found(&mut net, seed, true);
        World { net, agents: Vec::new() }
    }

    /// An agent of `user` that registers in its first seconds.
    fn agent(&mut self, user: &str, transport: Transport) -> HostId {
        self.agent_in(user, transport, None)
    }

    /// An agent, perhaps behind a translator.
    fn agent_in(&mut self, user: &str, transport: Transport, home: Option<NatId>) -> HostId {
        let last = 10 + self.agents.len() as u8;
        let address =
            SocketAddr::from((if home.is_some() { [192, 168, 1, last] } else { [198, 51, 100, last] }, 5060));
        let mut settings =
            AgentSettings::new(&format!("sip:{user}@example.test"), Local { transport, address });
        settings.proxy = Some(format!("sip:{};transport={}", House::address(), transport.uri_name()));
        settings.password = Some(Secret::new(House::PASSWORD.as_bytes()));
        settings.ring_max = SECOND * 100;
        let caller = Caller::new(settings, self.net.split_dice());
        let id = self.net.add(user, caller, &[(transport, address)], home);
        self.net.order::<Caller>(id, SECOND / 10, Command::Register(Registering::Once));
        self.agents.push(id);
        id
    }

    /// Has an agent call a user, and sometimes give up.
    fn call(&mut self, agent: HostId, user: &str, number: u64, at: Duration, dice: &mut Dice) {
        let caller = &mut self.net.machine_mut::<Caller>(agent).around;
        let obliging = caller.obliging;
        let outgoing = Outgoing {
            target: format!("sip:{user}@example.test"),
            audio: caller.audio(),
            late_offer: !obliging && dice.below(4) == 0,
            patience: Some(SECOND * 90),
            duration: Some(if obliging { SECOND * 20 } else { TALK_MAX }),
            referral: None,
        };
        let call = CallId(number);
        let order = Command::Call { call, outgoing: Box::new(outgoing) };
        self.net.order::<Caller>(agent, at, order);
        if !obliging && dice.below(4) == 0 {
            let after = dice.between(Duration::ZERO, SECOND * 5);
            self.net.order::<Caller>(agent, at + after, Command::Hangup(call));
        }
    }

    /// What must hold when all is over.
    fn verdict(&mut self) -> Result<(), String> {
        self.net.settle(SECOND * 60).map_err(|e| self.net.with_trace(&e))?;
        self.net.verdict()?;
        self.agents.iter().try_for_each(|id| self.judge(*id)).map_err(|e| self.net.with_trace(&e))
    }

    fn judge(&self, id: HostId) -> Result<(), String> {
        let machine = self.net.machine::<Caller>(id);
        let name = self.net.name_of(id);
        if let Some(complaint) = &machine.around.complaint {
            return Err(format!("{name}: {complaint}"));
        }
        match machine.node() {
            Some(agent) if !agent.is_at_rest() => {
                Err(format!("{name} holds {} calls, {} under way", agent.calls(), agent.busy()))
            }
            Some(_) if !machine.around.open.is_empty() => {
                Err(format!("{name} was never told how these calls ended: {:?}", machine.around.open))
            }
            _ => Ok(()),
        }
    }
}

fn transport(dice: &mut Dice) -> Transport {
    if dice.below(3) == 0 { Transport::Tcp } else { Transport::Udp }
}

/// Crashes, partitions and broken connections.
fn storm(net: &mut Network, dice: &mut Dice, bobs: &[HostId]) {
    let at = dice.between(Duration::ZERO, SECOND * 70);
    let length = dice.between(SECOND / 100, SECOND * 10);
    let whom = *dice.pick(bobs);
    match dice.below(6) {
        0 => {
            net.trouble(at, Trouble::Crash(SERVER));
            net.trouble(at + length, Trouble::Boot(SERVER, 0));
        }
        1 => {
            net.trouble(at, Trouble::Crash(whom));
            net.trouble(at + length, Trouble::Boot(whom, 0));
        }
        2 => {
            net.trouble(at, Trouble::Partition(SERVER, whom));
            net.trouble(at + length, Trouble::Heal(SERVER, whom));
        }
        3 => net.trouble(at, Trouble::BreakStreams(SERVER)),
        _ => {}
    }
}

/// The user of an agent: moods by chance, and a record of every call.
struct Caller {
    settings: AgentSettings,
    dice: Dice,
    /// Answers each call after a second, and does nothing else.
    obliging: bool,
    /// How long it stays in a call that it answered.
    talk_max: Duration,
    /// Calls that had news and no end yet.
    open: BTreeSet<CallId>,
    /// Calls that ended.
    over: BTreeSet<CallId>,
    endings: Vec<Ending>,
    established: u64,
    complaint: Option<String>,
    held: BTreeMap<CallId, bool>,
}

impl Caller {
    fn new(settings: AgentSettings, dice: Dice) -> Self {
        Caller {
            settings,
            dice,
            obliging: false,
            talk_max: TALK_MAX,
            open: BTreeSet::new(),
            over: BTreeSet::new(),
            endings: Vec::new(),
            established: 0,
            complaint: None,
            held: BTreeMap::new(),
        }
    }

    fn audio(&self) -> Capabilities {
        let address = SocketAddr::new(self.settings.locals[0].address.ip(), 4000);
        Capabilities::new(address, &Codec::ALL)
    }

    /// What is done about a call that comes in.
    fn take(&mut self, call: CallId, orders: &mut Orders<Command>) {
        let (after, duration) = (Duration::ZERO, Some(self.talk_max));
        let answer = Command::Answer { call, after, audio: self.audio(), duration };
        if self.obliging {
            return orders.give(SECOND, answer);
        }
        let audio = (self.dice.below(3) == 0).then(|| self.audio());
        if self.dice.below(5) > 0 {
            orders.give(SECOND / 20, Command::Ring { call, audio });
        }
        let delay = self.dice.between(Duration::ZERO, SECOND * 8);
        let status = *self.dice.pick(&[486, 480, 603, 600, 488]);
        match self.dice.below(8) {
            0 => orders.give(delay, Command::Reject { call, after, status: code(status), contact: None }),
            1 => {}
            _ => orders.give(delay, answer),
        }
    }

    /// What is done in a call that stands.
    fn talk(&mut self, call: CallId, orders: &mut Orders<Command>) {
        if self.obliging {
            return;
        }
        for _ in 0..self.dice.below(3) {
            let at = self.dice.between(Duration::ZERO, SECOND * 15);
            let held = self.held.entry(call).or_default();
            *held = !*held;
            orders.give(at, if *held { Command::Hold(call) } else { Command::Resume(call) });
        }
        if self.dice.below(2) == 0 {
            orders.give(self.dice.between(Duration::ZERO, SECOND * 20), Command::Hangup(call));
        }
    }

    /// Every call has news, then one end, then nothing more.
    fn note(&mut self, call: CallId, is_end: bool, event: &Event) {
        if self.over.contains(&call) {
            self.complaint.get_or_insert(format!("news of a call that is over: {event:?}"));
        }
        if is_end {
            self.open.remove(&call);
            self.over.insert(call);
        } else {
            self.open.insert(call);
        }
    }
}

impl Surroundings for Caller {
    type Node = Agent;

    fn boot(&mut self, start: Start) -> Agent {
        self.open.clear();
        self.over.clear();
        Agent::new(self.settings.clone(), start.seed)
    }

    fn ask(&mut self, _: Instant, ask: Infallible) -> Infallible {
        match ask {}
    }

    fn hear(&mut self, _: Instant, event: Event, orders: &mut Orders<Command>) {
        match &event {
            Event::Incoming { call, .. } => {
                self.note(*call, false, &event);
                self.take(*call, orders);
            }
            Event::Established { call, .. } => {
                self.established += 1;
                self.note(*call, false, &event);
                self.talk(*call, orders);
            }
            Event::Progress { call, .. }
            | Event::Redirected { call, .. }
            | Event::Media { call, .. }
            | Event::Unchanged { call, .. }
            | Event::Confirmed(call) => self.note(*call, false, &event),
            Event::Ended { call, ending, .. } => {
                self.note(*call, true, &event);
                self.endings.push(ending.clone());
            }
            Event::RegistrationFailed { outcome: Outcome::Timeout(_) | Outcome::Transport(_), .. } => {
                orders.give(SECOND, Command::Register(Registering::Once));
            }
            _ => {}
        }
    }
}

fn code(number: u16) -> StatusCode {
    StatusCode::new(number).unwrap()
}
