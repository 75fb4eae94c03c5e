//! Faults of calls between two real user agents, through the server.

use crate::Fault;
use crate::ends::secs;
use crate::street::{SECOND, Street};
use core::net::SocketAddr;
use ringback_roles::agent::{
    AgentSettings, CallId, Command, Event, Local, Outgoing, Registering, Reliable, Secret,
};
use ringback_sim::{AgentUser, HostId, House, Orders, Trouble};
use ringback_sip::flow::Transport;
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::{Capabilities, Codec};
use ringback_sip::time::{Duration, Instant};

pub(crate) const FAULTS: &[Fault] = &[
    ("two agents have no codec in common", "passed", "D29", || {
        let callee = |settings: &mut AgentSettings| settings.codecs = vec![Codec::Pcma];
        Pair::new(|_| {}, callee, Mood::Answers).call(&[Codec::Pcmu]).then(60)
    }),
    ("an agent takes only encrypted audio, and none is offered", "passed", "D29-profile", || {
        Pair::new(|_| {}, |settings| settings.srtp = true, Mood::Answers).call(&Codec::ALL).then(60)
    }),
    ("an agent insists on reliable provisional answers, and the other has none", "passed", "D33", || {
        let caller = |settings: &mut AgentSettings| settings.reliable = Reliable::Required;
        let callee = |settings: &mut AgentSettings| settings.reliable = Reliable::Never;
        Pair::new(caller, callee, Mood::Answers).call(&Codec::ALL).then(60)
    }),
    ("an agent rings as long as it may, and nobody comes", "passed", "D24-rang", || {
        Pair::new(|_| {}, |settings| settings.ring_max = secs(25), Mood::Rings).call(&Codec::ALL).then(60)
    }),
    ("an agent has a call already", "passed", "D31-busy", || {
        let street = Pair::new(|_| {}, |settings| settings.calls_max = 1, Mood::Answers);
        street.call(&Codec::ALL).then(30).calls(40)
    }),
    ("the caller's agent has the patience for so many seconds", "cancelled", "D25-expires", || {
        Pair::new(|_| {}, |_| {}, Mood::Rings).call(&Codec::ALL).then(90)
    }),
    ("a user declines with a button", "passed", "D31", || {
        Pair::new(|_| {}, |_| {}, Mood::Declines).call(&Codec::ALL).then(60)
    }),
    ("an agent restarts during the call, and forgets it", "success, BYE 481 passed", "D39", || {
        let pair = Pair::new(|_| {}, |_| {}, Mood::Answers);
        let bob = pair.bob;
        let street = pair.call(&Codec::ALL);
        street.trouble(secs(10), Trouble::Crash(bob)).trouble(secs(11), Trouble::Boot(bob, 0)).then(200)
    }),
    ("an agent dies during the call", "success, BYE 408 timer", "D38", || {
        let pair = Pair::new(|_| {}, |_| {}, Mood::Answers);
        let bob = pair.bob;
        pair.call(&Codec::ALL).trouble(secs(10), Trouble::PowerOff(bob)).then(200)
    }),
];

// -----------------------------------------------------------------------------------------------------------------

/// Alice's and bob's agents, who have registered.
pub(crate) struct Pair {
    street: Street,
    alice: HostId,
    bob: HostId,
}

impl Pair {
    pub(crate) fn new(caller: fn(&mut AgentSettings), callee: fn(&mut AgentSettings), mood: Mood) -> Self {
        let mut street = Street::locked();
        let alice = agent(&mut street, "alice", caller, Mood::Rings);
        let bob = agent(&mut street, "bob", callee, mood);
        street.run(2);
        Pair { street, alice, bob }
    }

    /// Alice calls bob with these codecs, for a minute at most.
    pub(crate) fn call(mut self, codecs: &[Codec]) -> Street {
        let own = &self.street.town.net.machine::<Someone>(self.alice).around.settings;
        let audio = Capabilities::new(SocketAddr::new(own.locals[0].address.ip(), 4000), codecs);
        let outgoing = Outgoing {
            target: "sip:bob@example.test".to_owned(),
            audio,
            late_offer: false,
            patience: Some(secs(40)),
            duration: Some(secs(60)),
            referral: None,
        };
        let command = Command::Call { call: CallId(0), outgoing: Box::new(outgoing) };
        self.street.town.net.order::<Someone>(self.alice, Duration::ZERO, command);
        if matches!(self.street.town.net.machine::<Someone>(self.bob).around.mood, Mood::Holds) {
            let wait = until_hold(self.street.town.net.now());
            self.street.town.net.order::<Someone>(self.alice, wait, Command::Hold(CallId(0)));
        }
        self.street
    }
}

fn agent(street: &mut Street, user: &str, change: fn(&mut AgentSettings), mood: Mood) -> HostId {
    street.town.phones += 1;
    let address = SocketAddr::from(([198, 51, 100, street.town.phones], 5060));
    let transport = Transport::Udp;
    let mut settings = AgentSettings::new(&format!("sip:{user}@example.test"), Local { transport, address });
    settings.proxy = Some(format!("sip:{};transport=udp", House::address()));
    settings.password = Some(Secret::new(House::PASSWORD.as_bytes()));
    change(&mut settings);
    let id = street.town.net.add(user, Someone { settings, mood }, &[(transport, address)], None);
    street.town.net.order::<Someone>(id, SECOND / 10, Command::Register(Registering::Once));
    id
}

/// Until the moment at which both put each other on hold: a whole half minute, when the call has been answered.
fn until_hold(now: Instant) -> Duration {
    secs(30) - Duration::from_micros(now.unix_micros() % 30_000_000)
}

/// The user of an agent.
struct Someone {
    settings: AgentSettings,
    mood: Mood,
}

/// What a user does about a call.
#[derive(Clone, Copy)]
pub(crate) enum Mood {
    Answers,
    /// And puts the other on hold at a moment when the other does too.
    Holds,
    Rings,
    Declines,
}

impl AgentUser for Someone {
    fn settings(&self) -> &AgentSettings {
        &self.settings
    }

    fn hear(&mut self, now: Instant, event: Event, orders: &mut Orders<Command>) {
        let Event::Incoming { call, .. } = event else { return };
        let address = SocketAddr::new(self.settings.locals[0].address.ip(), 4000);
        let audio = Capabilities::new(address, &self.settings.codecs);
        orders.give(SECOND / 20, Command::Ring { call, audio: None });
        let after = Duration::ZERO;
        match self.mood {
            Mood::Answers => orders.give(SECOND * 2, Command::Answer { call, after, audio, duration: None }),
            Mood::Holds => {
                orders.give(SECOND * 2, Command::Answer { call, after, audio, duration: None });
                orders.give(until_hold(now), Command::Hold(call));
            }
            Mood::Declines => {
                let status = StatusCode::DECLINE;
                orders.give(SECOND * 4, Command::Reject { call, after, status, contact: None });
            }
            Mood::Rings => {}
        }
    }
}
