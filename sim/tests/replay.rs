//! The flight recorder: calls through a server in all weathers are recorded as its journal would have them, and each is
//! run again alone: the same messages leave, byte for byte.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
mod town;

use ringback_roles::access::AccessSettings;
use ringback_roles::diagnosis::{Passage, Record, StoreTold, What, masked};
use ringback_roles::location::{Domains, Policy};
use ringback_roles::replay::{Beside, Match, Outcome, Setup, compare, each_call, replay};
use ringback_roles::server::{Command, Event, Server, ServerSettings};
use ringback_roles::store::{Answer as Told, Ask};
use ringback_sim::{
    Answer, Dice, HostId, House, MemoryStore, Network, Orders, Request, Start, Surroundings, Weather, explore,
};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::Transport;
use ringback_sip::journal::{Fact, Shown};
use ringback_sip::node::{Deadline, Input, Node, Output, Ticket};
use ringback_sip::registry::{Method, StatusCode};
use ringback_sip::syntax::Message;
use ringback_sip::time::{Duration, Instant};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use town::{Town, order, rolled_request};

#[test]
fn recorded_calls_run_again_alone_byte_for_byte() {
    let [calls, others, registrations, publications, besides] = [const { AtomicU64::new(0) }; 5];
    explore(SEEDS, |seed, traced| {
        let mut world = Recorded::new(seed, traced);
        world.live();
        let mut complaints = Vec::new();
        let records = world.tape.records.borrow().clone();
        let mut count = 0;
        each_call(&records, |call| {
            let replayed = replay(&world.setup(), &call.records, call.standing);
            match compare(&call.records, &replayed) {
                Match::Same if replayed.unknown.is_empty() => {
                    // What is a stray a moment after a timer was none a moment before, and nothing is said of it.
                    let tells = |fact: &&Fact| !matches!(fact, Fact::Dropped { .. });
                    let own = call.records.iter().filter(|record| !record.call_id.is_empty());
                    let facts = own.filter_map(Record::fact).filter(tells).count();
                    let again = shown(&replayed.records);
                    let told = shown(&call.records);
                    assert_eq!(facts, replayed.facts().filter(tells).count(), "facts\n{told}\n{again}");
                    count += 1;
                    let counter = match call.method {
                        Some(Method::Invite) => &calls,
                        Some(Method::Register) => &registrations,
                        Some(Method::Publish) => &publications,
                        _ => &others,
                    };
                    counter.fetch_add(1, Ordering::Relaxed);
                }
                // Who gave up which challenges before belongs to no call, and the replay says so.
                Match::Beside(Beside::Load("md5-alone")) => drop(besides.fetch_add(1, Ordering::Relaxed)),
                other => complaints.push(format!(
                    "{} {:?}: {other:?} {:?}\n{}",
                    call.call_id.escape_ascii(),
                    call.method,
                    replayed.unknown,
                    shown(&call.records)
                )),
            }
        });
        match complaints.first() {
            None => Ok(()),
            Some(complaint) => Err(world.town.net.with_trace(complaint)),
        }
    });
    let [calls, others, registrations, publications, besides] =
        [calls, others, registrations, publications, besides].map(AtomicU64::into_inner);
    assert!(registrations >= 100 && publications >= 20, "{registrations} and {publications}");
    assert!(besides * 20 < calls, "{besides} of {calls} calls could not be judged");
    assert!(calls >= 100 && others > 20, "{calls} calls and {others} other requests were run again");
}

#[test]
fn a_replay_with_another_seed_or_setting_is_told_from_the_record() {
    let mut told = 0;
    for seed in 0..8 {
        let mut world = Recorded::new(seed, false);
        world.live();
        let records = world.tape.records.borrow().clone();
        let setup = world.setup();
        let other_seed = Setup { seed: Seed::from_number(99), ..setup.clone() };
        let mut redirecting = setup.clone();
        redirecting.settings.redirect = true;
        each_call(&records, |call| {
            let is_sent = |r: &Record| matches!(&r.what, What::Fact(Fact::Branch { .. }));
            if call.method != Some(Method::Invite) || !call.records.iter().any(is_sent) {
                return;
            }
            for setup in [&other_seed, &redirecting] {
                let replayed = replay(setup, &call.records, call.standing);
                assert!(matches!(compare(&call.records, &replayed), Match::Differs(_)), "seed {seed}");
                told += 1;
            }
        });
    }
    assert!(told > 0, "a call was forwarded");
}

#[test]
fn who_has_no_account_any_more_neither_registers_nor_is_found_and_nobody_else_notices() {
    let removed = |user: &[u8]| Arc::new(BTreeSet::from([Shown::from(user)]));
    let mut told = [0; 2];
    for seed in 0..12 {
        let mut world = Recorded::new(seed, false);
        world.live();
        let records = world.tape.records.borrow().clone();
        let setup = world.setup();
        let without_bob = Setup { removed: removed(b"bob@example.test"), ..setup.clone() };
        let without_dora = Setup { removed: removed(b"dora@example.test"), ..setup.clone() };
        each_call(&records, |call| {
            let run = |setup: &Setup| replay(setup, &call.records, call.standing);
            let was = run(&setup);
            assert_eq!(run(&without_dora).records, was.records, "seed {seed}");
            let (was, now) = (Outcome::of(was.facts()), Outcome::of(run(&without_bob).facts()));
            let is_done = was.status == Some(StatusCode::OK);
            match call.method {
                _ if !setup.settings.access.required || !is_done => {}
                Some(Method::Register) => {
                    assert_eq!(now.status, Some(StatusCode::UNAUTHORIZED), "seed {seed}");
                    told[0] += 1;
                }
                Some(Method::Invite) => {
                    let status = now.status.map(StatusCode::number);
                    assert!(now.targets.is_empty() && matches!(status, Some(404 | 480)), "{now:?}");
                    told[1] += 1;
                }
                _ => {}
            }
        });
    }
    assert!(told.iter().all(|count| *count > 0), "{told:?}");
}

#[test]
fn a_timer_c_that_was_made_shorter_is_found_by_a_call_that_rang_longer() {
    let mut world = Recorded::new(0, false);
    let net = &mut world.town;
    let bob = net.phone("bob", Transport::Udp, Answer::ringing(), None);
    let register = net.register(bob, "bob");
    order(&mut net.net, bob, Duration::ZERO, register);
    let alice = net.phone("alice", Transport::Udp, Answer::silent(), None);
    order(&mut net.net, alice, SECOND * 3, town::request("INVITE"));
    net.net.run_for(SECOND * 300);
    let setup = world.setup();
    let mut shorter = setup.clone();
    shorter.settings.timers.timer_c = SECOND * 20;
    let (records, mut told) = (world.tape.records.borrow().clone(), Vec::new());
    each_call(&records, |call| {
        if call.method == Some(Method::Invite) {
            let matched = |setup| compare(&call.records, &replay(setup, &call.records, call.standing));
            told.push((
                matches!(matched(&setup), Match::Same),
                matches!(matched(&shorter), Match::Differs(_)),
            ));
        }
    });
    assert_eq!(told, [(true, true)]);
}

fn shown(records: &[Record]) -> String {
    let mut out = String::new();
    for record in records {
        out.push_str(&match &record.what {
            What::Message(p) => {
                let text = String::from_utf8_lossy(&p.bytes).into_owned();
                let mark = if p.sent { "<<" } else { ">>" };
                format!(
                    "{} {mark} {} {}\n",
                    record.at,
                    p.flow.remote,
                    text.lines().next().unwrap_or_default()
                )
            }
            other => format!("{} {other:?}\n", record.at),
        });
    }
    out
}

/// A town whose server is recorded.
struct Recorded {
    town: Town,
    dice: Dice,
    tape: Tape,
    settings: ServerSettings,
}

impl Recorded {
    fn new(seed: u64, traced: bool) -> Self {
        let mut net = Network::new(seed, traced);
        let mut dice = net.split_dice();
        let sockets = [Transport::Udp, Transport::Tcp].map(|transport| (transport, House::address()));
        let mut settings = ServerSettings::new(Domains::new().with("example.test"));
        settings.access = AccessSettings { required: dice.below(3) == 0, ..AccessSettings::default() };
        settings.addresses = sockets.to_vec();
        let mut store = MemoryStore::new(Policy::default(), Seed::from_number(seed));
        for user in ["alice", "bob", "carol"] {
            store = store.with_user(&format!("{user}@example.test"), House::PASSWORD);
        }
        let tape = Tape::default();
        let station =
            Station { store: Rc::new(RefCell::new(store)), settings: settings.clone(), tape: tape.clone() };
        net.add("server", station, &sockets, None);
        Recorded { town: Town { net, phones: 0 }, dice, tape, settings }
    }

    fn setup(&self) -> Setup {
        Setup {
            settings: self.settings.clone(),
            seed: self.tape.seed.get().unwrap(),
            shared: Seed::from_number(1),
            policies: None,
            removed: Arc::default(),
        }
    }

    /// Phones register and call in bad weather, several at a time.
    fn live(&mut self) {
        let Recorded { town, dice, .. } = self;
        let inner = town.nat(dice);
        let transport = |dice: &mut Dice| *dice.pick(&[Transport::Udp, Transport::Udp, Transport::Tcp]);
        for _ in 0..1 + dice.below(3) {
            let home = inner.filter(|_| dice.below(3) == 0);
            let bob = town.phone("bob", transport(dice), rolled_answer(dice), home);
            let register = town.register(bob, "bob");
            order(&mut town.net, bob, dice.between(Duration::ZERO, SECOND * 2), register);
            keep_registered(town, dice, bob);
        }
        for caller in ["alice", "alice", "mallory"] {
            let phone = town.phone(caller, transport(dice), Answer::silent(), None);
            for _ in 0..1 + dice.below(2) {
                let request = rolled_request(dice);
                order(&mut town.net, phone, dice.between(SECOND * 3, SECOND * 12), request);
            }
        }
        town.net.set_weather(Weather::rolled(dice));
        town.net.run_for(SECOND * 300);
    }
}

/// A phone registers again: for longer, too briefly, with one contact more, not at all any more; and publishes.
fn keep_registered(town: &mut Town, dice: &mut Dice, phone: HostId) {
    for _ in 0..dice.below(3) {
        let request = match dice.below(6) {
            0 => town.register(phone, "bob").with("Expires", "30"),
            1 => town.register(phone, "bob").with("Expires", "0"),
            2 => town.register(phone, "nobody"),
            3 => town.register(phone, "bob").with("Contact", "<sip:bob@198.51.100.9>;expires=90;q=0.4"),
            _ => town.register(phone, "bob").with("Expires", "600"),
        };
        order(&mut town.net, phone, dice.between(SECOND * 2, SECOND * 60), request);
    }
    if dice.below(2) == 0 {
        let expires = *dice.pick(&["600", "10", "0"]);
        let event = *dice.pick(&["presence", "presence", "weather"]);
        let publish = Request::new("PUBLISH", "sip:bob@example.test", House::address())
            .with("Event", event)
            .with("Expires", expires)
            .with("Content-Type", "application/pidf+xml");
        let body = "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:bob@example.test\"><tuple id=\"a\">\
                    <status><basic>open</basic></status></tuple></presence>";
        let from = String::from("sip:bob@example.test");
        let publish = Request { from, body: body.to_owned(), ..publish };
        order(&mut town.net, phone, dice.between(SECOND * 2, SECOND * 30), publish);
    }
}

fn rolled_answer(dice: &mut Dice) -> Answer {
    let delay = *dice.pick(&[Duration::ZERO, SECOND / 10, SECOND * 2, SECOND * 8]);
    let code = *dice.pick(&[200, 200, 200, 404, 480, 486, 503, 603]);
    match dice.below(8) {
        0 => Answer::silent(),
        1 => Answer::ringing(),
        2 => Answer { ignores_cancel: true, ..Answer::ringing() },
        _ => Answer::after(delay, code),
    }
}

/// What was recorded of a server.
#[derive(Clone, Default)]
struct Tape {
    records: Rc<RefCell<Vec<Record>>>,
    seed: Rc<Cell<Option<Seed>>>,
}

impl Tape {
    fn push(&self, at: Instant, call_id: &[u8], what: What) {
        self.records.borrow_mut().push(Record { at, call_id: call_id.into(), what });
    }

    fn message(&self, at: Instant, passage: Passage) {
        let bytes = masked(&passage.bytes);
        let call_id = Message::parse(&bytes).ok().and_then(|m| m.call_id().ok().map(<[u8]>::to_vec));
        let what = What::Message(Passage { bytes: bytes.into(), ..passage });
        self.push(at, &call_id.unwrap_or_default(), what);
    }
}

/// The server with a store at hand, and its recorder.
struct Station {
    store: Rc<RefCell<MemoryStore>>,
    settings: ServerSettings,
    tape: Tape,
}

impl Surroundings for Station {
    type Node = Worker;

    fn boot(&mut self, start: Start) -> Worker {
        self.tape.seed.set(Some(start.seed));
        let server = Server::new(self.settings.clone(), start.seed, Seed::from_number(1));
        Worker {
            server,
            store: Rc::clone(&self.store),
            tape: self.tape.clone(),
            asks: VecDeque::new(),
            open: BTreeMap::new(),
            current: Vec::new(),
            now: start.now,
        }
    }

    fn ask(&mut self, now: Instant, ask: Ask) -> Told {
        self.store.borrow_mut().ask(now, ask)
    }

    fn ask_with(&mut self, now: Instant, ticket: Ticket, ask: Ask) -> Option<Told> {
        self.store.borrow_mut().ask_with(now, ticket, ask)
    }

    fn hear(&mut self, _: Instant, _: Event, _: &mut Orders<Command>) {}
}

/// The node as a worker drives it: the store answers what it knows at once.
struct Worker {
    server: Server,
    store: Rc<RefCell<MemoryStore>>,
    tape: Tape,
    asks: VecDeque<(Ticket, Ask)>,
    /// Questions that wait, each with the call that asked.
    open: BTreeMap<u64, (Vec<u8>, Ask)>,
    /// The call whose message came last.
    current: Vec<u8>,
    now: Instant,
}

impl Node for Worker {
    type Ask = Ask;
    type Answer = Told;
    type Command = Command;
    type Event = Event;

    fn handle(&mut self, now: Instant, input: Input<'_, Told, Command>) {
        self.now = now;
        let mut call_id = Vec::new();
        match &input {
            Input::Received { flow, bytes } => {
                let message = Message::parse(bytes).ok();
                call_id = message.and_then(|m| m.call_id().ok().map(<[u8]>::to_vec)).unwrap_or_default();
                self.tape.message(now, Passage { flow: *flow, sent: false, bytes: (*bytes).into() });
            }
            Input::FlowFailed { flow, error } => {
                let fact = Fact::FlowFailed { flow: *flow, error: *error };
                self.tape.push(now, b"", What::Fact(fact));
            }
            Input::Answered { ticket, answer } => {
                if let Some((asker, ask)) = self.open.remove(&ticket.0) {
                    if let Some(told) = StoreTold::of(&ask, answer) {
                        self.tape.push(now, &asker, What::Told(told));
                    }
                    call_id = asker;
                }
            }
            _ => {}
        }
        self.current.clone_from(&call_id);
        let Worker { server, store, tape, asks, open, .. } = self;
        server.handle_with(now, input, &mut |ticket, ask| {
            if !matches!(ask, Ask::Bindings(_) | Ask::Secret { .. }) {
                if matches!(ask, Ask::Register(_) | Ask::Publish(_)) {
                    open.insert(ticket.0, (call_id.clone(), ask.clone()));
                }
                asks.push_back((ticket, ask));
                return None;
            }
            let answer = store.borrow_mut().ask(now, ask.clone());
            if let Some(told) = StoreTold::of(&ask, &answer) {
                tape.push(now, &call_id, What::Told(told));
            }
            Some(answer)
        });
    }

    fn poll(&mut self) -> Option<Output<Ask, Event>> {
        if let Some((ticket, ask)) = self.asks.pop_front() {
            return Some(Output::Ask { ticket, ask });
        }
        let output = self.server.poll()?;
        match &output {
            Output::Transmit(t) => {
                self.tape.message(self.now, Passage { flow: t.flow, sent: true, bytes: t.bytes[..].into() });
            }
            Output::Ask { ticket, ask: ask @ (Ask::Register(_) | Ask::Publish(_)) } => {
                self.open.insert(ticket.0, (self.current.clone(), ask.clone()));
            }
            Output::Journal(entry) => {
                self.tape.push(entry.at, &entry.call_id, What::Fact(entry.fact.clone()));
            }
            _ => {}
        }
        Some(output)
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        self.server.deadline()
    }
}

const SECOND: Duration = Duration::from_secs(1);
const SEEDS: u64 = 100;
