//! Transfers through the real server, in all weathers: alice talks with bob and sends him to carol, blind or into the
//! place of her own call (RFC 3515, RFC 3891, RFC 3892, RFC 5589), while packets are lost, doubled and reordered.
#![allow(clippy::unwrap_used)]

use ringback_roles::agent::{
    AgentSettings, CallId, Command, Ending, Event, Local, Outcome, Outgoing, Registering, Secret,
    Transferring, Transfers,
};
use ringback_sim::{AgentUser, Dice, HostId, House, Network, Orders, Weather, explore};
use ringback_sip::flow::Transport;
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::{Capabilities, Codec};
use ringback_sip::time::{Duration, Instant};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn transfers_through_the_server_come_to_one_end_in_any_weather() {
    let done = AtomicU64::new(0);
    explore(SEEDS, |seed, traced| {
        let mut town = Town::new(seed, traced);
        let mut dice = town.net.split_dice();
        let carol = *dice.pick(&[Mood::Answers, Mood::Answers, Mood::Rings, Mood::Refuses]);
        let is_attended = dice.below(2) == 0;
        town.settle_in(|_| dice.below(3) == 0, carol, is_attended);
        town.net.set_weather(Weather::rolled(&mut dice));
        town.net.run_for(SECOND * 900);
        town.verdict()?;
        let ends = town.ends(ALICE);
        done.fetch_add(u64::from(ends.contains(&Transferring::Done)), Ordering::Relaxed);
        Ok(())
    });
    let is_whole = std::env::var("RINGBACK_SEED").is_err() && std::env::var("RINGBACK_SEEDS").is_err();
    let done = done.load(Ordering::Relaxed);
    assert!(!is_whole || done > SEEDS / 5, "only {done} transfers came about");
}

#[test]
fn in_calm_weather_bob_talks_with_carol_and_alice_is_gone() {
    for is_attended in [false, true] {
        let mut town = Town::new(1, true);
        town.settle_in(|_| false, Mood::Answers, is_attended);
        town.net.run_for(SECOND * 40);
        assert_eq!(town.ends(ALICE), [Transferring::Done], "attended: {is_attended}");
        let calls = |id| town.net.machine::<Party>(id).node().unwrap().calls();
        assert_eq!([ALICE, BOB, CAROL].map(calls), [0, 1, 1], "attended: {is_attended}");
        let carol = &town.net.machine::<Party>(CAROL).around;
        assert_eq!(carol.endings.contains(&Ending::Replaced), is_attended);
        // Who sent him is said at carol's, and was in both REFER and INVITE when they passed the server.
        assert_eq!(carol.senders, ["<sip:alice@example.test>"]);
        town.net.run_for(SECOND * 600);
        town.verdict().unwrap();
    }
}

#[test]
fn a_refusal_of_carol_reaches_alice_through_bob_and_her_call_stays() {
    let mut town = Town::new(2, true);
    town.settle_in(|_| true, Mood::Refuses, false);
    town.net.run_for(SECOND * 20);
    let busy = Transferring::Failed(Outcome::Status(StatusCode::BUSY_HERE));
    assert_eq!(town.ends(ALICE), [busy]);
    assert_eq!(town.net.machine::<Party>(ALICE).node().unwrap().calls(), 1);
    town.net.run_for(SECOND * 600);
    town.verdict().unwrap();
}

const SEEDS: u64 = 300;
const SECOND: Duration = Duration::from_secs(1);
/// Behind the server, in the order in which they move in.
const ALICE: HostId = HostId(1);
const BOB: HostId = HostId(2);
const CAROL: HostId = HostId(3);
/// Alice's calls to bob and, before an attended transfer, to carol.
const FIRST: CallId = CallId(1);
const ASIDE: CallId = CallId(2);
/// Bob's call to whom he is sent.
const ONWARD: CallId = CallId(3);

struct Town {
    net: Network,
}

impl Town {
    fn new(seed: u64, traced: bool) -> Self {
        let mut net = Network::new(seed, traced);
        House::found(&mut net, seed, true);
        Town { net }
    }

    /// All three register, and alice calls bob.
    fn settle_in(&mut self, mut is_tcp: impl FnMut(HostId) -> bool, mood: Mood, is_attended: bool) {
        for (id, user) in [(ALICE, "alice"), (BOB, "bob"), (CAROL, "carol")] {
            let transport = if is_tcp(id) { Transport::Tcp } else { Transport::Udp };
            let address = SocketAddr::from(([198, 51, 100, 10 + id.0 as u8], 5060));
            let mut settings =
                AgentSettings::new(&format!("sip:{user}@example.test"), Local { transport, address });
            settings.proxy = Some(format!("sip:{};transport={}", House::address(), transport.uri_name()));
            settings.password = Some(Secret::new(House::PASSWORD.as_bytes()));
            settings.calls_max = 2;
            settings.ring_max = SECOND * 60;
            // Carol wants to know who sends callers into her calls.
            settings.transfers = if id == CAROL { Transfers::Named } else { Transfers::InCalls };
            let mood = if id == CAROL { mood } else { Mood::Answers };
            let dice = self.net.split_dice();
            let party = Party { settings, dice, mood, is_attended, ..Party::default() };
            assert_eq!(self.net.add(user, party, &[(transport, address)], None), id);
            self.net.order::<Party>(id, SECOND / 10, Command::Register(Registering::Once));
        }
        let order = self.net.machine::<Party>(ALICE).around.call(FIRST, "sip:bob@example.test", None);
        self.net.order::<Party>(ALICE, SECOND * 5, order);
    }

    /// How alice's wishes ended.
    fn ends(&self, id: HostId) -> Vec<Transferring> {
        let told = &self.net.machine::<Party>(id).around.told;
        told.iter().copied().filter(is_end).collect()
    }

    /// Whatever happened: nothing is under way any more, each wish has one end, and what was told is true.
    fn verdict(&mut self) -> Result<(), String> {
        self.net.settle(SECOND * 60).map_err(|e| self.net.with_trace(&e))?;
        self.net.verdict()?;
        self.judge().map_err(|e| self.net.with_trace(&e))
    }

    fn judge(&self) -> Result<(), String> {
        let [alice, bob, carol] = [ALICE, BOB, CAROL].map(|id| self.net.machine::<Party>(id));
        for machine in [alice, bob, carol] {
            let agent = machine.node().ok_or("an agent is gone")?;
            if !agent.is_at_rest() {
                return Err(format!("{} calls, {} under way", agent.calls(), agent.busy()));
            }
        }
        let ends = self.ends(ALICE);
        if ends.len() != usize::from(alice.around.has_asked) {
            return Err(format!("a wish ends once: {:?}", alice.around.told));
        }
        if ends.contains(&Transferring::Done) && !bob.around.stood.contains(&ONWARD) {
            return Err("alice was told of a call that never stood".to_owned());
        }
        if carol.around.senders.iter().any(|sender| sender != "<sip:alice@example.test>") {
            return Err(format!("carol was told of other senders: {:?}", carol.around.senders));
        }
        Ok(())
    }
}

fn is_end(news: &Transferring) -> bool {
    matches!(news, Transferring::Done | Transferring::Failed(_) | Transferring::Unknown)
}

/// What carol does with calls.
#[derive(Clone, Copy, Default)]
enum Mood {
    #[default]
    Answers,
    Rings,
    Refuses,
}

/// The user of an agent.
struct Party {
    settings: AgentSettings,
    dice: Dice,
    mood: Mood,
    is_attended: bool,
    /// Whether the transfer was ordered.
    has_asked: bool,
    told: Vec<Transferring>,
    stood: Vec<CallId>,
    endings: Vec<Ending>,
    /// Who sent those who call, as they say.
    senders: Vec<String>,
}

impl Default for Party {
    fn default() -> Self {
        let local = Local { transport: Transport::Udp, address: House::address() };
        Party {
            settings: AgentSettings::new("sip:nobody@example.test", local),
            dice: Dice::new(0),
            mood: Mood::Answers,
            is_attended: false,
            has_asked: false,
            told: Vec::new(),
            stood: Vec::new(),
            endings: Vec::new(),
            senders: Vec::new(),
        }
    }
}

impl Party {
    fn audio(&self) -> Capabilities {
        let address = SocketAddr::new(self.settings.locals[0].address.ip(), 4000);
        Capabilities::new(address, &Codec::ALL)
    }

    fn call(&self, call: CallId, target: &str, referral: Option<CallId>) -> Command {
        let outgoing = Outgoing {
            target: target.to_owned(),
            audio: self.audio(),
            late_offer: false,
            patience: Some(SECOND * 90),
            duration: Some(SECOND * 300),
            referral,
        };
        Command::Call { call, outgoing: Box::new(outgoing) }
    }

    fn take(&mut self, call: CallId, orders: &mut Orders<Command>) {
        let delay = self.dice.between(Duration::ZERO, SECOND * 5);
        match self.mood {
            Mood::Rings => orders.give(Duration::ZERO, Command::Ring { call, audio: None }),
            Mood::Refuses => {
                let (after, status) = (delay, StatusCode::BUSY_HERE);
                orders.give(Duration::ZERO, Command::Reject { call, after, status, contact: None });
            }
            Mood::Answers => {
                let duration = Some(SECOND * 300);
                let answer = Command::Answer { call, after: delay, audio: self.audio(), duration };
                orders.give(Duration::ZERO, answer);
            }
        }
    }

    /// Alice's plan.
    fn go_on(&mut self, call: CallId, orders: &mut Orders<Command>) {
        match (call, self.is_attended) {
            (FIRST, false) => {
                self.has_asked = true;
                let target = "sip:carol@example.test".to_owned();
                orders.give(SECOND, Command::Transfer { call: FIRST, target });
            }
            (FIRST, true) => {
                orders.give(SECOND, Command::Hold(FIRST));
                orders.give(SECOND * 2, self.call(ASIDE, "sip:carol@example.test", None));
            }
            (ASIDE, _) => {
                self.has_asked = true;
                orders.give(SECOND, Command::Join { call: FIRST, with: ASIDE });
            }
            _ => {}
        }
    }
}

impl AgentUser for Party {
    fn settings(&self) -> &AgentSettings {
        &self.settings
    }

    fn hear(&mut self, _: Instant, event: Event, orders: &mut Orders<Command>) {
        match event {
            Event::Incoming { call, referred_by, .. } => {
                self.senders.extend(referred_by.map(|sender| sender.to_string()));
                self.take(call, orders);
            }
            Event::Established { call, .. } => {
                self.stood.push(call);
                self.go_on(call, orders);
            }
            Event::Referred { call, target, .. } => {
                orders.give(SECOND / 10, self.call(ONWARD, &target, Some(call)));
            }
            Event::Transfer { news, .. } => self.told.push(news),
            Event::Ended { ending, .. } => self.endings.push(ending),
            Event::RegistrationFailed { outcome: Outcome::Timeout(_) | Outcome::Transport(_), .. } => {
                orders.give(SECOND, Command::Register(Registering::Once));
            }
            _ => {}
        }
    }
}
