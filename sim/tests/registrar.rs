//! A registrar in all weathers: what it acknowledged outlives crashes, and it answers like RFC 3261 §10 says.
#![allow(clippy::unwrap_used)]

use ringback_roles::access::{Access, AccessSettings};
use ringback_roles::location::{Aor, Domains, Policy};
use ringback_roles::registrar::{Registrar, Stage, Step};
use ringback_roles::store::{self, Ask, Waiting};
use ringback_sim::check::WellFormed;
use ringback_sim::{
    Answer, HostId, MemoryStore, Network, Orders, Puppet, Request, Start, Surroundings, Trouble, Weather,
    explore,
};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::node::{Deadline, Input, Node, Output, Transmit};
use ringback_sip::syntax::Message;
use ringback_sip::time::{Duration, Instant};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;

#[test]
fn what_was_acknowledged_is_bound_after_any_crash() {
    explore(1500, |seed, traced| {
        let mut net = town(seed, traced);
        let mut dice = net.split_dice();
        net.set_weather(Weather { breaks: 0, ..Weather::rolled(&mut dice) });
        for phone in 0..PHONES {
            for n in 0..4_u64 {
                let after = Duration::from_millis(dice.below(20_000));
                net.order::<Puppet>(HostId(phone + 1), after, register(phone, n));
            }
        }
        for _ in 0..dice.below(4) {
            let after = Duration::from_millis(dice.below(20_000));
            net.trouble(after, Trouble::Crash(SERVER));
            let back = after + Duration::from_millis(1 + dice.below(3000));
            net.trouble(back, Trouble::Boot(SERVER, dice.below(2_000_000) as i64 - 1_000_000));
        }
        net.settle(Duration::from_secs(300)).map_err(|e| net.with_trace(&e))?;
        net.verdict()?;
        let house = &net.machine::<House>(SERVER).around;
        for phone in 0..PHONES {
            let puppet = &net.machine::<Puppet>(HostId(phone + 1)).around;
            let bindings = house.store.bindings(&Aor::from_canonical(user(phone).as_bytes()));
            let bound: Vec<_> = bindings.live(net.now()).map(|b| b.contact().to_vec()).collect();
            for (_, response) in puppet.heard.iter().filter(|(_, glance)| glance.status == 200) {
                for row in response.headers.get("contact").into_iter().flatten() {
                    let contact = row.split(['<', '>']).nth(1).unwrap();
                    if !bound.iter().any(|b| b == contact.as_bytes()) {
                        return Err(net.with_trace(&format!("{contact} was acknowledged and is lost")));
                    }
                }
            }
        }
        Ok(())
    });
}

#[test]
fn in_calm_weather_every_registration_succeeds_and_is_told_in_full() {
    let mut net = town(1, false);
    for n in 0..3 {
        net.order::<Puppet>(HostId(1), Duration::from_secs(n), register(0, n));
    }
    net.settle(Duration::from_secs(60)).unwrap();
    net.verdict().unwrap();
    let phone = &net.machine::<Puppet>(HostId(1)).around;
    let told: Vec<_> = phone.heard.iter().map(|(_, g)| g.headers["contact"].len()).collect();
    assert_eq!(told, [1, 2, 3]);
    assert!(phone.response(200).unwrap().header("date").is_some());
}

#[test]
fn a_disk_that_fails_is_answered_with_500_and_heals() {
    let mut net = town(1, false);
    net.machine_mut::<House>(SERVER).around.store.fail_next(1);
    net.order::<Puppet>(HostId(1), Duration::ZERO, register(0, 0));
    net.order::<Puppet>(HostId(1), Duration::from_secs(1), register(0, 0));
    net.settle(Duration::from_secs(60)).unwrap();
    let phone = &net.machine::<Puppet>(HostId(1)).around;
    assert_eq!(phone.statuses("REGISTER"), [500, 200]);
}

// ---------------------------------------------------------------------------------------------------------------

const SERVER: HostId = HostId(0);
const PHONES: usize = 3;
const ADDRESS: &str = "192.0.2.1:5060";

fn town(seed: u64, traced: bool) -> Network {
    let mut net = Network::new(seed, traced);
    net.watch(WellFormed);
    let store = MemoryStore::new(Policy::default(), Seed::from_number(seed));
    net.add("server", House { store }, &[(Transport::Udp, ADDRESS.parse().unwrap())], None);
    for phone in 0..PHONES {
        let address: SocketAddr = format!("198.51.100.{}:5060", phone + 1).parse().unwrap();
        let puppet = Puppet::new(Transport::Udp, address, Answer::silent());
        net.add(&user(phone), puppet, &[(Transport::Udp, address)], None);
    }
    net
}

fn user(phone: usize) -> String {
    format!("phone{phone}@example.test")
}

fn register(phone: usize, n: u64) -> Request {
    let aor = format!("sip:{}", user(phone));
    let mut request = Request::new("REGISTER", "sip:example.test", ADDRESS.parse().unwrap());
    request.from = aor.clone();
    request.to = aor;
    request.with("Contact", &format!("<sip:line{n}@198.51.100.{}>", phone + 1))
}

/// A machine with a registrar and its disk.
struct House {
    store: MemoryStore,
}

impl Surroundings for House {
    type Node = Office;

    fn boot(&mut self, start: Start) -> Office {
        if start.restarts > 0 {
            self.store.crash(start.now);
        }
        let settings = AccessSettings { required: false, ..AccessSettings::default() };
        let domains = Domains::new().with("example.test");
        Office {
            access: Access::new(settings, domains, start.seed, Seed::from_number(1)),
            registrar: Registrar::new(start.seed),
            waiting: Waiting::default(),
            outputs: VecDeque::new(),
        }
    }

    fn ask(&mut self, now: Instant, ask: Ask) -> store::Answer {
        self.store.ask(now, ask)
    }

    fn hear(&mut self, _: Instant, event: Infallible, _: &mut Orders<Infallible>) {
        match event {}
    }
}

/// A node that answers REGISTER and nothing else.
struct Office {
    access: Access,
    registrar: Registrar,
    waiting: Waiting<(Vec<u8>, Flow, Stage)>,
    outputs: VecDeque<Output<Ask, Infallible>>,
}

impl Office {
    fn go_on(&mut self, step: Step, bytes: &[u8], flow: Flow) {
        match step {
            Step::Respond(reply) => {
                self.outputs.push_back(Output::Transmit(Transmit { flow, bytes: reply.bytes }));
            }
            Step::Ask(ask, stage) => {
                let ticket = self.waiting.open((bytes.to_vec(), flow, stage)).unwrap();
                self.outputs.push_back(Output::Ask { ticket, ask });
            }
        }
    }
}

impl Node for Office {
    type Ask = Ask;
    type Answer = store::Answer;
    type Command = Infallible;
    type Event = Infallible;

    fn handle(&mut self, now: Instant, input: Input<'_, store::Answer, Infallible>) {
        match input {
            Input::Received { flow, bytes } => {
                let message = Message::parse(bytes).unwrap();
                assert_eq!(message.check(), Ok(()));
                let step = self.registrar.handle(now, &mut self.access, &message, &flow);
                self.go_on(step, bytes, flow);
            }
            Input::Answered { ticket, answer } => {
                let (bytes, flow, stage) = self.waiting.close(ticket).unwrap();
                let message = Message::parse(&bytes).unwrap();
                let step = self.registrar.resume(now, &mut self.access, &message, &flow, stage, answer);
                self.go_on(step, &bytes, flow);
            }
            _ => {}
        }
    }

    fn poll(&mut self) -> Option<Output<Ask, Infallible>> {
        self.outputs.pop_front()
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        None
    }
}
