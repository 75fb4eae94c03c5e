//! Agents that keep flows open (RFC 5626) against the real server, while connections are reset, translators forget and
//! the server starts again: they come back by themselves, and whoever calls them then is heard.
#![allow(clippy::unwrap_used)]

use ringback_roles::agent::{
    AgentSettings, CallId, Command, Event, Local, Outbound, Outgoing, Registering, Secret,
};
use ringback_sim::{
    AgentUser, Dice, HostId, House, Mapping, Nat, NatId, Network, Orders, Trouble, Weather, explore,
};
use ringback_sip::flow::Transport;
use ringback_sip::sdp::{Capabilities, Codec};
use ringback_sip::time::{Duration, Instant};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn a_phone_with_flows_can_be_called_soon_after_its_flow_died_and_one_without_cannot() {
    for transport in [Transport::Udp, Transport::Tcp] {
        for (number, has_flows) in (0..4).flat_map(|number| [(number, true), (number, false)]) {
            let mut world = World::new(7, true, &[transport], has_flows);
            let troubles = match number {
                0 => vec![],
                1 => vec![Trouble::NatRestart(world.home)],
                2 => vec![Trouble::BreakStreams(SERVER)],
                _ => vec![Trouble::Crash(SERVER), Trouble::Boot(SERVER, 0)],
            };
            for (n, trouble) in troubles.into_iter().enumerate() {
                world.net.trouble(SECOND * (400 + n as u32), trouble);
            }
            // Long before the registration would be refreshed: by then a silent stream was pinged, and a STUN request
            // repeated seven times.
            world.call(SECOND * 560);
            world.net.run_for(SECOND * 700);
            world.verdict().unwrap();
            // Datagrams find a server that started again; streams outlive a translator that forgets.
            let loses = if transport == Transport::Udp { number == 1 } else { number > 1 };
            let heard = world.heard();
            let trace = world.net.with_trace("");
            assert_eq!(heard, u64::from(has_flows || !loses), "{transport:?} {number} {has_flows}{trace}");
        }
    }
}

#[test]
fn phones_with_flows_come_back_after_any_trouble_and_are_heard() {
    let lost = AtomicU64::new(0);
    explore(SEEDS, |seed, traced| {
        lost.fetch_add(u64::from(comes_back(seed, traced)?), Ordering::Relaxed);
        Ok(())
    });
    let is_whole = std::env::var("RINGBACK_SEED").is_err() && std::env::var("RINGBACK_SEEDS").is_err();
    let lost = lost.load(Ordering::Relaxed);
    assert!(!is_whole || lost > SEEDS / 5, "only {lost} phones lost a flow");
}

/// The translator forgets just before the copy of the REGISTER that is answered.
#[test]
fn a_phone_whose_register_was_taken_from_an_address_that_is_gone_is_found_at_the_new_one_seed_842() {
    comes_back(842, true).unwrap();
}

/// Bob through a storm; whether he lost a flow in it.
fn comes_back(seed: u64, traced: bool) -> Result<bool, String> {
    let mut dice = Dice::new(seed);
    let transports: &[Transport] = match dice.below(3) {
        0 => &[Transport::Udp],
        1 => &[Transport::Tcp],
        _ => &[Transport::Tcp, Transport::Udp],
    };
    let mut world = World::new(seed, traced, transports, true);
    world.net.set_weather(Weather::rolled(&mut dice));
    world.storm(&mut dice);
    world.net.trouble(TROUBLE_MAX, Trouble::Weather(Weather::calm()));
    world.net.trouble(TROUBLE_MAX, Trouble::Heal(SERVER, world.bob));
    // The longest wait before a flow is tried again, and the longest before its death is noticed.
    world.call(TROUBLE_MAX + SECOND * (1800 + 200));
    world.net.run_for(TROUBLE_MAX + SECOND * 2200);
    world.verdict()?;
    if world.heard() != 1 {
        return Err(world.net.with_trace("bob was not heard"));
    }
    Ok(world.net.machine::<Phone>(world.bob).around.lost > 0)
}

// ---------------------------------------------------------------------------------------------------------------

/// Schedules of trouble.
const SEEDS: u64 = 400;
const SECOND: Duration = Duration::from_secs(1);
/// When all trouble is over.
const TROUBLE_MAX: Duration = Duration::from_secs(600);
const SERVER: HostId = House::HOST;

/// Bob at home behind a translator, and alice in the open, who calls him once.
struct World {
    net: Network,
    home: NatId,
    alice: HostId,
    bob: HostId,
    calls: u64,
}

impl World {
    /// Bob has a flow over each of the transports.
    fn new(seed: u64, traced: bool, transports: &[Transport], has_flows: bool) -> Self {
        let mut net = Network::new(seed, traced);
        House::found(&mut net, seed, true);
        let home = Nat::new("203.0.113.7".parse().unwrap(), Mapping::Restricted, SECOND * 7200);
        let home = net.add_nat(home);
        let mut alice = settings("alice", "198.51.100.10:5060", &[Transport::Udp]);
        alice.proxy = Some(hop(Transport::Udp));
        let mut bob = settings("bob", "192.168.1.10:5060", transports);
        bob.proxy = Some(hop(transports[0]));
        if has_flows {
            let proxies = transports.iter().map(|transport| hop(*transport)).collect();
            bob.outbound = Some(Outbound { instance: INSTANCE.to_owned(), proxies });
        }
        let alice = add(&mut net, alice, None);
        let bob = add(&mut net, bob, Some(home));
        net.order::<Phone>(bob, SECOND / 10, Command::Register(Registering::Keep));
        World { net, home, alice, bob, calls: 0 }
    }

    fn storm(&mut self, dice: &mut Dice) {
        for _ in 0..1 + dice.below(4) {
            let at = dice.between(Duration::ZERO, TROUBLE_MAX - SECOND * 60);
            let end = at + dice.between(SECOND / 100, SECOND * 50);
            let (first, then) = match dice.below(5) {
                0 => (Trouble::Crash(SERVER), Some(Trouble::Boot(SERVER, 0))),
                1 => (Trouble::PowerOff(SERVER), Some(Trouble::Boot(SERVER, 0))),
                2 => (Trouble::Partition(SERVER, self.bob), Some(Trouble::Heal(SERVER, self.bob))),
                3 => (Trouble::BreakStreams(SERVER), None),
                _ => (Trouble::NatRestart(self.home), None),
            };
            self.net.trouble(at, first);
            if let Some(then) = then {
                self.net.trouble(end, then);
            }
        }
    }

    /// Alice calls bob, who answers after a second, and hangs up ten seconds later.
    fn call(&mut self, at: Duration) {
        let outgoing = Outgoing {
            target: "sip:bob@example.test".to_owned(),
            audio: audio("198.51.100.10:4000"),
            late_offer: false,
            patience: Some(SECOND * 60),
            duration: Some(SECOND * 10),
            referral: None,
        };
        self.calls += 1;
        self.net.order::<Phone>(
            self.alice,
            at,
            Command::Call { call: CallId(self.calls), outgoing: Box::new(outgoing) },
        );
    }

    /// How many calls of alice were answered.
    fn heard(&self) -> u64 {
        self.net.machine::<Phone>(self.alice).around.established
    }

    /// What must hold when all is over.
    fn verdict(&mut self) -> Result<(), String> {
        self.net.settle(SECOND * 60).map_err(|e| self.net.with_trace(&e))?;
        self.net.verdict()?;
        for id in [self.alice, self.bob] {
            let agent = self.net.machine::<Phone>(id).node();
            if agent.is_some_and(|agent| !agent.is_at_rest()) {
                return Err(self.net.with_trace(&format!("{} is not at rest", self.net.name_of(id))));
            }
        }
        Ok(())
    }
}

const INSTANCE: &str = "urn:uuid:00000000-0000-1000-8000-000a95a0e128";

fn hop(transport: Transport) -> String {
    format!("sip:{};transport={}", House::address(), transport.uri_name())
}

fn settings(user: &str, address: &str, transports: &[Transport]) -> AgentSettings {
    let locals: Vec<Local> = transports
        .iter()
        .map(|transport| Local { transport: *transport, address: address.parse().unwrap() })
        .collect();
    let mut settings = AgentSettings::new(&format!("sip:{user}@example.test"), locals[0]);
    settings.locals = locals;
    settings.password = Some(Secret::new(House::PASSWORD.as_bytes()));
    settings
}

fn add(net: &mut Network, settings: AgentSettings, home: Option<NatId>) -> HostId {
    let sockets: Vec<(Transport, SocketAddr)> =
        settings.locals.iter().map(|local| (local.transport, local.address)).collect();
    let name = settings.aor.clone();
    net.add(&name, Phone { settings, established: 0, lost: 0 }, &sockets, home)
}

fn audio(address: &str) -> Capabilities {
    Capabilities::new(address.parse().unwrap(), &Codec::ALL)
}

/// The user of a phone, who answers each call.
struct Phone {
    settings: AgentSettings,
    established: u64,
    /// Flows that died.
    lost: u64,
}

impl AgentUser for Phone {
    fn settings(&self) -> &AgentSettings {
        &self.settings
    }

    fn hear(&mut self, _: Instant, event: Event, orders: &mut Orders<Command>) {
        match event {
            Event::Incoming { call, .. } => {
                let audio = audio("192.168.1.10:4000");
                orders.give(SECOND, Command::Answer { call, after: Duration::ZERO, audio, duration: None });
            }
            Event::Established { .. } => self.established += 1,
            Event::FlowLost { .. } => self.lost += 1,
            _ => {}
        }
    }
}
