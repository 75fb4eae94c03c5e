//! The transaction layer between two elements, and against scripted peers, in any weather: every transaction
//! ends, and its user hears of one outcome.
#![allow(clippy::unwrap_used)]

use ringback_sim::check::{Answers, EveryInviteAnswered, WellFormed};
use ringback_sim::{
    Answer, Dice, HostId, Network, Orders, Puppet, Request, Start, Surroundings, Trouble, Weather, explore,
};
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::node::{Deadline, Input, Node, Output, Transmit};
use ringback_sip::registry::{HeaderName, Method, StatusCode, Timer, TimerValues};
use ringback_sip::syntax::{Message, RequestBuilder, Response};
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transaction::{ClientId, Event, Limits, Received, ServerId, Transactions};
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;

#[test]
fn every_transaction_between_two_elements_ends_once() {
    explore(10_000, |seed, traced| {
        let mut net = network(seed, traced);
        let mut dice = net.split_dice();
        let transport = if dice.below(3) == 0 { Transport::Tcp } else { Transport::Udp };
        let sent = 1 + dice.below(4);
        for _ in 0..sent {
            net.order::<Element>(
                ALICE,
                dice.between(Duration::ZERO, Duration::from_secs(8)),
                Send::rolled(&mut dice, transport),
            );
        }
        let has_crash = storm(&mut net, &mut dice);
        net.settle(Duration::from_secs(900)).map_err(|e| net.with_trace(&e))?;
        net.verdict()?;
        let told = outcomes_are_sound(&net, ALICE);
        let all = if told.is_ok()
            && !has_crash
            && net.machine::<Element>(ALICE).around.outcomes.len() as u64 != sent
        {
            Err("a request without outcome".to_owned())
        } else {
            told
        };
        let left = net.machine::<Element>(ALICE).node().map_or(0, |n| n.transactions.len());
        all.and_then(|()| if left == 0 { Ok(()) } else { Err(format!("{left} transactions are left")) })
            .map_err(|e| net.with_trace(&e))
    });
}

#[test]
fn every_transaction_with_a_scripted_peer_ends_once() {
    explore(5_000, |seed, traced| {
        let mut net = network(seed, traced);
        let mut dice = net.split_dice();
        let transport = if dice.below(3) == 0 { Transport::Tcp } else { Transport::Udp };
        let ending = *dice.pick(&[200, 302, 404, 486, 503, 603]);
        let delay = dice.between(Duration::ZERO, Duration::from_secs(6));
        let answer =
            dice.pick(&[Answer::after(delay, ending), Answer::at_once(ending), Answer::silent()]).clone();
        let address: SocketAddr = "10.0.0.3:5060".parse().unwrap();
        let peer = net.add("peer", Puppet::new(transport, address, answer), &[(transport, address)], None);
        if dice.below(2) == 0 {
            net.order::<Element>(
                ALICE,
                Duration::ZERO,
                Send { hop: address, ..Send::rolled(&mut dice, transport) },
            );
        } else {
            let script = format!("{} {}", dice.below(5000), *dice.pick(&[200, 486]));
            let call = Request::new("INVITE", "sip:bob@10.0.0.2:5060", "10.0.0.2:5060".parse().unwrap())
                .with("X-Script", &script);
            let bye_after = (dice.below(2) == 0).then_some(Duration::from_secs(1));
            let cancel_after = (dice.below(2) == 0).then_some(Duration::from_secs(1));
            net.order::<Puppet>(peer, Duration::ZERO, Request { bye_after, cancel_after, ..call });
        }
        net.set_weather(Weather { breaks: 0, ..Weather::rolled(&mut dice) });
        net.settle(Duration::from_secs(900)).map_err(|e| net.with_trace(&e))?;
        net.verdict()?;
        outcomes_are_sound(&net, ALICE).map_err(|e| net.with_trace(&e))
    });
}

// ---------------------------------------------------------------------------------------------------------------

const ALICE: HostId = HostId(0);
const BOB: HostId = HostId(1);

fn network(seed: u64, traced: bool) -> Network {
    let mut net = Network::new(seed, traced);
    net.watch(WellFormed);
    net.watch(Answers::default());
    net.watch(EveryInviteAnswered::by(&[ALICE, BOB]));
    for (name, address) in [("alice", "10.0.0.1:5060"), ("bob", "10.0.0.2:5060")] {
        let address: SocketAddr = address.parse().unwrap();
        let sockets = [(Transport::Udp, address), (Transport::Tcp, address)];
        net.add(name, Element { address, outcomes: BTreeMap::new() }, &sockets, None);
    }
    net
}

/// Rolls weather and trouble; whether an element loses its memory.
fn storm(net: &mut Network, dice: &mut Dice) -> bool {
    net.set_weather(Weather::rolled(dice));
    let at = dice.between(Duration::ZERO, Duration::from_secs(12));
    let length = dice.between(Duration::ZERO, Duration::from_secs(40));
    match dice.below(6) {
        0 => {
            let host = *dice.pick(&[ALICE, BOB]);
            net.trouble(at, if dice.below(2) == 0 { Trouble::Crash(host) } else { Trouble::PowerOff(host) });
            net.trouble(at + length, Trouble::Boot(host, dice.below(7_200_000_000) as i64 - 3_600_000_000));
            true
        }
        1 => {
            net.trouble(at, Trouble::Partition(ALICE, BOB));
            // Shorter than Timer H: an INVITE that is sent again after it is a new one for the server.
            net.trouble(at + length / 2, Trouble::Heal(ALICE, BOB));
            false
        }
        2 => {
            net.trouble(at, Trouble::BreakStreams(BOB));
            false
        }
        _ => false,
    }
}

/// Each request has one kind of outcome, and at most one final response but for the 2xx.
fn outcomes_are_sound(net: &Network, host: HostId) -> Result<(), String> {
    for (number, outcomes) in &net.machine::<Element>(host).around.outcomes {
        let mut kinds = outcomes.clone();
        kinds.dedup();
        let is_sound = match kinds.as_slice() {
            [Outcome::Final(code)] => *code < 300 || outcomes.len() == 1,
            // The ACK to a failure may fail, when its answer is long known.
            [Outcome::Final(300..), Outcome::Failed] => true,
            [_] => outcomes.len() == 1,
            _ => false,
        };
        if !is_sound {
            return Err(format!("request {number} has the outcomes {outcomes:?}"));
        }
    }
    Ok(())
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Final(u16),
    TimedOut,
    Failed,
}

/// A request to send.
#[derive(Clone, Debug)]
struct Send {
    method: Method,
    hop: SocketAddr,
    transport: Transport,
    /// After how many milliseconds the peer answers, and what.
    script: (u64, u16),
    cancel_after: Option<Duration>,
}

impl Send {
    fn rolled(dice: &mut Dice, transport: Transport) -> Send {
        Send {
            method: *dice.pick(&[Method::Invite, Method::Invite, Method::Options, Method::Message]),
            hop: "10.0.0.2:5060".parse().unwrap(),
            transport,
            script: (
                *dice.pick(&[0, 10, 300, 1000, 5000, 25_000]),
                *dice.pick(&[200, 200, 302, 404, 486, 503, 603]),
            ),
            cancel_after: (dice.below(4) == 0).then(|| dice.between(Duration::ZERO, Duration::from_secs(6))),
        }
    }
}

/// An element's memory of outcomes, by the number of the request.
struct Element {
    address: SocketAddr,
    outcomes: BTreeMap<u64, Vec<Outcome>>,
}

/// What an element has to do later.
enum Task {
    Ring(ServerId),
    Answer(ServerId, StatusCode),
    /// Send the 2xx again: the next interval, and when to stop (RFC 3261 §13.3.1.4).
    Repeat(ServerId, Transmit, Duration, Instant),
    Cancel(ClientId),
}

/// A user agent core as small as can be.
struct Running {
    address: SocketAddr,
    transactions: Transactions<u64>,
    tasks: BTreeMap<(Instant, u64), Task>,
    made: u64,
    sent: u64,
    outputs: VecDeque<Output<Infallible, (u64, Outcome)>>,
}

impl Surroundings for Element {
    type Node = Running;

    fn boot(&mut self, start: Start) -> Running {
        Running {
            address: self.address,
            transactions: Transactions::new(TimerValues::default(), Limits::default(), start.seed),
            tasks: BTreeMap::new(),
            made: 0,
            sent: u64::from(start.restarts) * 1000,
            outputs: VecDeque::new(),
        }
    }

    fn ask(&mut self, _: Instant, ask: Infallible) -> Infallible {
        ask
    }

    fn hear(&mut self, _: Instant, (number, outcome): (u64, Outcome), _: &mut Orders<Send>) {
        self.outcomes.entry(number).or_default().push(outcome);
    }
}

impl Running {
    fn later(&mut self, at: Instant, task: Task) {
        self.made += 1;
        self.tasks.insert((at, self.made), task);
    }

    fn send(&mut self, now: Instant, order: Send) {
        self.sent += 1;
        let branch = self.transactions.new_branch();
        let method = order.method.as_str();
        let via = format!("SIP/2.0/{} {};branch={branch};rport", order.transport.via_name(), self.address);
        let request = RequestBuilder::new(method, b"sip:bob@example.test")
            .header(HeaderName::VIA, via)
            .header(HeaderName::MAX_FORWARDS, "70")
            .header(HeaderName::FROM, format!("<sip:alice@example.test>;tag={}", self.sent))
            .header(HeaderName::TO, "<sip:bob@example.test>")
            .header(HeaderName::CALL_ID, format!("{}@{}", self.sent, self.address))
            .header(HeaderName::CSEQ, format!("1 {method}"))
            .header(HeaderName::CONTACT, format!("<sip:alice@{}>", self.address))
            .header_named("X-Script", format!("{} {}", order.script.0, order.script.1))
            .finish();
        let flow = Flow {
            transport: order.transport,
            local: self.address,
            remote: order.hop,
            connection: None,
            peer: None,
        };
        let id = self.transactions.start(now, request, flow, self.sent).unwrap();
        if order.method == Method::Invite {
            // No timer ends an INVITE that got a provisional response; its user gives up some time.
            self.later(now + order.cancel_after.unwrap_or(PATIENCE), Task::Cancel(id));
        }
    }

    fn receive(&mut self, now: Instant, flow: Flow, bytes: &[u8]) {
        let Ok(message) = Message::parse(bytes) else { return };
        match self.transactions.receive(now, flow, &message) {
            Received::Request => {
                let Ok(id) = self.transactions.accept(now, flow, &message, 0) else { return };
                let script = message.headers_named(b"X-Script").next().unwrap_or(b"0 200");
                let script = std::str::from_utf8(script).unwrap();
                let (delay, code) = script.split_once(' ').unwrap();
                let (delay, code) =
                    (Duration::from_millis(delay.parse().unwrap()), StatusCode::new(code.parse().unwrap()));
                if message.method() == Some(Method::Invite) {
                    self.later(now + delay / 2, Task::Ring(id));
                }
                self.later(now + delay, Task::Answer(id, code.unwrap()));
            }
            Received::Cancel(named) => {
                let status = if named.is_some() {
                    StatusCode::OK
                } else {
                    StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST
                };
                if let Ok(id) = self.transactions.accept(now, flow, &message, 0) {
                    self.respond(now, id, status);
                }
                if let Some((invite, _)) = named.filter(|(id, _)| self.transactions.is_server_pending(*id)) {
                    self.respond(now, invite, StatusCode::REQUEST_TERMINATED);
                }
            }
            Received::Ack(_) => {
                let of_call = |t: &Transmit| {
                    Message::parse(&t.bytes).unwrap().call_id().unwrap() == message.call_id().unwrap()
                };
                self.tasks.retain(|_, task| !matches!(task, Task::Repeat(_, t, _, _) if of_call(t)));
            }
            Received::Response(_, number) => {
                let status = message.status().unwrap();
                if status.is_success() && message.cseq().unwrap().method == Some(Method::Invite) {
                    self.acknowledge(&message, flow);
                }
                if status.is_final() {
                    self.outputs.push_back(Output::Deliver((number, Outcome::Final(status.number()))));
                }
            }
            Received::Absorbed | Received::Stray => {}
        }
    }

    fn respond(&mut self, now: Instant, id: ServerId, status: StatusCode) {
        let (Some(bytes), Some(flow)) = (self.transactions.request(id).cloned(), self.transactions.flow(id))
        else {
            return;
        };
        let request = Message::parse(&bytes).unwrap();
        let tag = format!("{}x{}", self.address.ip(), self.transactions.len()).replace('.', "");
        let is_success = status.is_success() && request.method() == Some(Method::Invite);
        let response = Response::to(&request, &flow, status, Some(tag.as_bytes()))
            .header(
                HeaderName::CONTACT,
                format!("<sip:bob@{};transport={}>", self.address, flow.transport.uri_name()),
            )
            .finish();
        if is_success {
            let transmit = Transmit { flow, bytes: response.clone() };
            self.later(now + T1, Task::Repeat(id, transmit, T1 * 2, now + T1 * 64));
        }
        self.transactions.respond(now, id, status, response);
    }

    /// The ACK to a 2xx is the user's (RFC 3261 §13.2.2.4).
    fn acknowledge(&mut self, success: &Message<'_>, flow: Flow) {
        let via = format!(
            "SIP/2.0/{} {};branch={}",
            flow.transport.via_name(),
            self.address,
            self.transactions.new_branch()
        );
        let ack = RequestBuilder::new("ACK", b"sip:bob@10.0.0.2:5060")
            .header(HeaderName::VIA, via)
            .header(HeaderName::MAX_FORWARDS, "70")
            .header(HeaderName::FROM, success.header(HeaderName::FROM).unwrap())
            .header(HeaderName::TO, success.header(HeaderName::TO).unwrap())
            .header(HeaderName::CALL_ID, success.header(HeaderName::CALL_ID).unwrap())
            .header(HeaderName::CSEQ, "1 ACK")
            .finish();
        self.outputs.push_back(Output::Transmit(Transmit { flow, bytes: ack }));
    }

    fn wake(&mut self, now: Instant) {
        self.transactions.handle_deadline(now);
        while let Some(entry) = self.tasks.first_entry().filter(|e| e.key().0 <= now) {
            match entry.remove() {
                Task::Ring(id) if self.transactions.is_server_pending(id) => {
                    self.respond(now, id, StatusCode::RINGING)
                }
                Task::Answer(id, status) if self.transactions.is_server_pending(id) => {
                    self.respond(now, id, status)
                }
                Task::Repeat(id, transmit, interval, end) if now < end => {
                    self.transactions.respond(now, id, StatusCode::OK, transmit.bytes.clone());
                    self.later(now + interval, Task::Repeat(id, transmit, (interval * 2).min(T1 * 8), end));
                }
                Task::Cancel(id) => drop(self.transactions.cancel(now, id, None)),
                _ => {}
            }
        }
    }

    fn drain(&mut self) {
        while let Some(transmit) = self.transactions.poll_transmit() {
            self.outputs.push_back(Output::Transmit(transmit));
        }
        while let Some(event) = self.transactions.poll_event() {
            let outcome = match event {
                Event::TimedOut(_, number, _) => (number, Outcome::TimedOut),
                Event::TransportError(_, number, _) => (number, Outcome::Failed),
                _ => continue,
            };
            self.outputs.push_back(Output::Deliver(outcome));
        }
        while let Some(entry) = self.transactions.poll_entry() {
            self.outputs.push_back(Output::Journal(entry));
        }
    }
}

impl Node for Running {
    type Ask = Infallible;
    type Answer = Infallible;
    type Command = Send;
    type Event = (u64, Outcome);

    fn handle(&mut self, now: Instant, input: Input<'_, Infallible, Send>) {
        match input {
            Input::Command(order) => self.send(now, order),
            Input::Received { flow, bytes } => self.receive(now, flow, bytes),
            Input::FlowFailed { flow, error } => self.transactions.handle_flow_failure(now, &flow, error),
            Input::Deadline => self.wake(now),
            Input::Resolved { .. } | Input::Answered { .. } => {}
        }
        self.drain();
    }

    fn poll(&mut self) -> Option<Output<Infallible, (u64, Outcome)>> {
        self.outputs.pop_front()
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        let task = self.tasks.keys().next().map(|(at, _)| (*at, Deadline::Timer(Timer::Accept)));
        [task, self.transactions.deadline()].into_iter().flatten().min()
    }
}

/// How long a caller waits for the end of an INVITE.
const PATIENCE: Duration = Duration::from_secs(60);
const T1: Duration = Duration::from_millis(500);
