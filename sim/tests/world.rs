//! The simulated world does what it says, shown with nodes that are as simple as can be.
#![allow(clippy::unwrap_used)]

use ringback_sim::{
    Checker, Dice, HostId, Mapping, Nat, Network, Orders, Sight, Start, Surroundings, Trouble, Weather,
    explore,
};
use ringback_sip::flow::{Flow, FlowError, Target, Transport};
use ringback_sip::node::{Deadline, Input, Node, Output, Ticket, Transmit};
use ringback_sip::registry::Timer;
use ringback_sip::time::{Duration, Instant};
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;

#[test]
fn a_lost_question_is_asked_again_until_it_is_answered() {
    let mut net = pair(1, Transport::Udp);
    net.set_weather(Weather { loss: 600_000, ..Weather::calm() });
    for n in 0..20 {
        net.order::<Asker>(ASKER, Duration::from_millis(n * 10), Ask { number: n });
    }
    net.settle(Duration::from_secs(600)).unwrap();
    assert_eq!(net.machine::<Asker>(ASKER).around.heard.len(), 20);
}

#[test]
fn weather_reorders_and_doubles_datagrams() {
    let mut net = pair(2, Transport::Udp);
    net.set_weather(Weather { duplication: 300_000, reordering: 300_000, ..Weather::calm() });
    for n in 0..200 {
        net.order::<Asker>(ASKER, Duration::from_millis(n * 10), Ask { number: n });
    }
    net.settle(Duration::from_secs(600)).unwrap();
    let counted = &net.machine::<Counter>(COUNTER).around.asked;
    assert!(counted.len() > 230, "some arrived twice: {}", counted.len());
    assert!(!counted.is_sorted(), "some overtook others");
}

#[test]
fn a_stream_keeps_order_and_loses_nothing() {
    let mut net = pair(3, Transport::Tcp);
    net.set_weather(Weather { loss: 300_000, duplication: 300_000, reordering: 300_000, ..Weather::calm() });
    for n in 0..200 {
        net.order::<Asker>(ASKER, Duration::from_millis(n * 100), Ask { number: n });
    }
    net.settle(Duration::from_secs(600)).unwrap_or_else(|e| panic!("{}", net.with_trace(&e)));
    let counted = &net.machine::<Counter>(COUNTER).around.asked;
    let mut first = Vec::new();
    for number in counted {
        if !first.contains(number) {
            first.push(*number);
        }
    }
    assert!(first.is_sorted() && first.len() == 200, "{counted:?}");
}

#[test]
fn a_broken_stream_tells_both_ends_and_a_new_one_is_opened() {
    let mut net = pair(4, Transport::Tcp);
    net.order::<Asker>(ASKER, Duration::ZERO, Ask { number: 1 });
    net.trouble(Duration::from_secs(1), Trouble::BreakStreams(COUNTER));
    net.order::<Asker>(ASKER, Duration::from_secs(2), Ask { number: 2 });
    net.settle(Duration::from_secs(60)).unwrap();
    let asker = &net.machine::<Asker>(ASKER).around;
    assert_eq!(asker.heard.keys().copied().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(asker.failures, [FlowError::Reset]);
}

#[test]
fn a_closed_port_refuses_and_a_dark_machine_is_silent() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let silent = if transport == Transport::Udp { None } else { Some(FlowError::ConnectTimeout) };
        for (trouble, expected) in
            [(Trouble::Crash(COUNTER), Some(FlowError::Refused)), (Trouble::PowerOff(COUNTER), silent)]
        {
            let mut net = pair(5, transport);
            net.trouble(Duration::ZERO, trouble);
            net.order::<Asker>(ASKER, Duration::from_secs(1), Ask { number: 1 });
            net.run_for(Duration::from_secs(12));
            assert_eq!(
                net.machine::<Asker>(ASKER).around.failures.first().copied(),
                expected,
                "{transport:?}"
            );
        }
    }
}

#[test]
fn nothing_passes_a_partition_until_it_heals() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut net = pair(6, transport);
        net.order::<Asker>(ASKER, Duration::ZERO, Ask { number: 1 });
        net.trouble(Duration::from_secs(1), Trouble::Partition(ASKER, COUNTER));
        net.order::<Asker>(ASKER, Duration::from_secs(2), Ask { number: 2 });
        net.run_for(Duration::from_secs(5));
        assert_eq!(net.machine::<Asker>(ASKER).around.heard.len(), 1);
        net.trouble(Duration::ZERO, Trouble::Heal(ASKER, COUNTER));
        net.settle(Duration::from_secs(60)).unwrap();
        assert_eq!(net.machine::<Asker>(ASKER).around.heard.len(), 2);
    }
}

#[test]
fn answers_pass_a_translator_and_questions_from_outside_do_not() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut net = Network::new(7, true);
        let nat =
            net.add_nat(Nat::new(addr("198.51.100.1:1").ip(), Mapping::Restricted, Duration::from_secs(60)));
        let (home, public) = (addr("192.168.0.2:5060"), addr("203.0.113.1:5060"));
        let inside = net.add("inside", Asker::new(transport, home, public), &both(home), Some(nat));
        net.add("counter", Counter::default(), &both(public), None);
        let outside = addr("203.0.113.2:5060");
        let stranger = net.add("stranger", Asker::new(transport, outside, home), &both(outside), None);
        net.order::<Asker>(inside, Duration::ZERO, Ask { number: 1 });
        net.order::<Asker>(stranger, Duration::ZERO, Ask { number: 2 });
        net.run_for(Duration::from_secs(20));
        assert_eq!(net.machine::<Asker>(inside).around.heard.len(), 1, "{}", net.with_trace(""));
        assert_eq!(net.machine::<Asker>(stranger).around.heard.len(), 0);
        assert_eq!(net.machine::<Asker>(inside).around.heard[&1], "1 seen from 198.51.100.1");
    }
}

#[test]
fn a_crash_takes_the_memory_and_leaves_the_store() {
    let mut net = pair(8, Transport::Udp);
    net.order::<Asker>(ASKER, Duration::ZERO, Ask { number: 1 });
    net.run_for(Duration::from_secs(1));
    assert_eq!(net.machine::<Counter>(COUNTER).node().unwrap().in_memory, 1);
    net.trouble(Duration::ZERO, Trouble::Crash(COUNTER));
    net.trouble(Duration::from_secs(1), Trouble::Boot(COUNTER, 0));
    net.run_for(Duration::from_secs(2));
    let counter = net.machine::<Counter>(COUNTER);
    assert_eq!((counter.node().unwrap().in_memory, counter.around.asked.len()), (0, 1));
}

#[test]
fn a_clock_jumps_at_a_restart_only_and_deadlines_follow_it() {
    let mut net = pair(9, Transport::Udp);
    let hour = 3_600_000_000;
    net.trouble(Duration::from_secs(1), Trouble::Crash(ASKER));
    net.trouble(Duration::from_secs(2), Trouble::Boot(ASKER, -hour));
    net.trouble(Duration::from_secs(2), Trouble::PowerOff(COUNTER));
    net.order::<Asker>(ASKER, Duration::from_secs(3), Ask { number: 1 });
    net.run_for(Duration::from_millis(5900));
    let asker = net.machine::<Asker>(ASKER);
    let starts = &asker.around.starts;
    assert_eq!(starts[0].since(starts[1]), Duration::from_secs(3600 - 2));
    assert_eq!(asker.node().unwrap().asked, 6, "asked at once and every half second");
}

#[test]
fn names_resolve_or_do_not() {
    let mut net = pair(10, Transport::Udp);
    net.name(
        "counter.test",
        &[Target { transport: Transport::Udp, address: addr("10.0.0.2:5060"), peer: None }],
    );
    net.machine_mut::<Asker>(ASKER).around.host = Some("Counter.test");
    net.trouble(Duration::ZERO, Trouble::Crash(ASKER));
    net.trouble(Duration::ZERO, Trouble::Boot(ASKER, 0));
    net.order::<Asker>(ASKER, Duration::from_secs(1), Ask { number: 1 });
    net.settle(Duration::from_secs(60)).unwrap();
    assert_eq!(net.machine::<Asker>(ASKER).around.heard.len(), 1);
}

#[test]
fn equal_seeds_give_equal_traces_and_others_do_not() {
    assert_eq!(stormy(11), stormy(11));
    assert_ne!(stormy(11), stormy(12));
}

#[test]
fn a_node_that_spins_is_found() {
    let mut net = Network::new(13, false);
    net.add("spinner", Spinner, &[], None);
    net.run_for(Duration::from_secs(1));
    assert!(net.verdict().unwrap_err().contains("again and again"));
}

#[test]
fn an_observer_s_first_complaint_fails_the_schedule() {
    struct NoThird;
    impl Checker for NoThird {
        fn see(&mut self, _: Instant, sight: &Sight) -> Result<(), String> {
            match sight {
                Sight::Sent(_, _, seen) if seen.bytes.starts_with(b"3") => Err("a third".to_owned()),
                _ => Ok(()),
            }
        }
    }
    let mut net = pair(14, Transport::Udp);
    net.watch(NoThird);
    for n in 1..5 {
        net.order::<Asker>(ASKER, Duration::from_secs(n), Ask { number: n });
    }
    net.run_for(Duration::from_secs(10));
    assert!(net.verdict().unwrap_err().starts_with("a third"));
}

#[test]
fn every_question_is_answered_once_the_weather_clears() {
    explore(2000, |seed, traced| {
        let mut net = pair(seed, if seed % 2 == 0 { Transport::Udp } else { Transport::Tcp });
        let mut dice = Dice::new(seed);
        net.set_weather(Weather::rolled(&mut dice));
        for n in 0..10 {
            net.order::<Asker>(
                ASKER,
                dice.between(Duration::ZERO, Duration::from_secs(10)),
                Ask { number: n },
            );
        }
        net.trouble(Duration::from_secs(5), Trouble::Crash(COUNTER));
        net.trouble(Duration::from_secs(7), Trouble::Boot(COUNTER, dice.below(10_000_000) as i64));
        net.trouble(Duration::from_secs(20), Trouble::Weather(Weather::calm()));
        net.settle(Duration::from_secs(120)).map_err(|e| net.with_trace(&e))?;
        let heard = net.machine::<Asker>(ASKER).around.heard.len();
        if heard == 10 {
            net.verdict()
        } else {
            Err(net.with_trace(&format!("{heard} answers (traced: {traced})")))
        }
    });
}

// ---------------------------------------------------------------------------------------------------------------

const ASKER: HostId = HostId(0);
const COUNTER: HostId = HostId(1);

fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn both(at: SocketAddr) -> [(Transport, SocketAddr); 2] {
    [(Transport::Udp, at), (Transport::Tcp, at)]
}

fn pair(seed: u64, transport: Transport) -> Network {
    let mut net = Network::new(seed, true);
    let (a, b) = (addr("10.0.0.1:5060"), addr("10.0.0.2:5060"));
    net.add("asker", Asker::new(transport, a, b), &both(a), None);
    net.add("counter", Counter::default(), &both(b), None);
    net
}

fn stormy(seed: u64) -> String {
    let mut net = pair(seed, Transport::Udp);
    net.set_weather(Weather { loss: 300_000, duplication: 300_000, reordering: 300_000, ..Weather::calm() });
    for n in 0..20 {
        net.order::<Asker>(ASKER, Duration::from_millis(n * 100), Ask { number: n });
    }
    net.run_for(Duration::from_secs(30));
    net.with_trace("")
}

/// Asks a counter, every half second until it answers.
struct Asker {
    transport: Transport,
    local: SocketAddr,
    peer: SocketAddr,
    host: Option<&'static str>,
    heard: BTreeMap<u64, String>,
    failures: Vec<FlowError>,
    starts: Vec<Instant>,
}

impl Asker {
    fn new(transport: Transport, local: SocketAddr, peer: SocketAddr) -> Self {
        Asker {
            transport,
            local,
            peer,
            host: None,
            heard: BTreeMap::new(),
            failures: Vec::new(),
            starts: Vec::new(),
        }
    }
}

struct Ask {
    number: u64,
}

enum News {
    Answer(u64, String),
    Failure(FlowError),
}

struct AskerNode {
    flow: Flow,
    host: Option<&'static str>,
    open: BTreeMap<u64, Instant>,
    asked: u32,
    outputs: VecDeque<Output<Infallible, News>>,
}

impl Surroundings for Asker {
    type Node = AskerNode;

    fn boot(&mut self, start: Start) -> AskerNode {
        self.starts.push(start.now);
        let flow = Flow {
            transport: self.transport,
            local: self.local,
            remote: self.peer,
            connection: None,
            peer: None,
        };
        AskerNode { flow, host: self.host, open: BTreeMap::new(), asked: 0, outputs: VecDeque::new() }
    }

    fn ask(&mut self, _: Instant, ask: Infallible) -> Infallible {
        ask
    }

    fn hear(&mut self, _: Instant, news: News, _: &mut Orders<Ask>) {
        match news {
            News::Answer(number, text) => drop(self.heard.insert(number, text)),
            News::Failure(error) => self.failures.push(error),
        }
    }
}

impl AskerNode {
    fn ask(&mut self, now: Instant, number: u64) {
        self.asked += 1;
        self.open.insert(number, now + Duration::from_millis(500));
        let bytes = number.to_string().into_bytes().into();
        self.outputs.push_back(Output::Transmit(Transmit { flow: self.flow, bytes }));
    }
}

impl Node for AskerNode {
    type Ask = Infallible;
    type Answer = Infallible;
    type Command = Ask;
    type Event = News;

    fn handle(&mut self, now: Instant, input: Input<'_, Infallible, Ask>) {
        match input {
            Input::Command(Ask { number }) => match self.host {
                Some(host) => {
                    let query = ringback_sip::node::ResolveQuery {
                        host: host.into(),
                        port: None,
                        transport: None,
                        secure: false,
                        spread: 0,
                    };
                    self.outputs.push_back(Output::Resolve { ticket: Ticket(number), query });
                }
                None => self.ask(now, number),
            },
            Input::Resolved { ticket, answer, .. } => {
                self.flow.remote = answer.unwrap()[0].address;
                self.ask(now, ticket.0);
            }
            Input::Received { bytes, .. } => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                let number = text.split(' ').next().unwrap().parse().unwrap();
                if self.open.remove(&number).is_some() {
                    self.outputs.push_back(Output::Deliver(News::Answer(number, text)));
                }
            }
            Input::FlowFailed { error, .. } => self.outputs.push_back(Output::Deliver(News::Failure(error))),
            Input::Deadline => {
                let due: Vec<u64> = self.open.iter().filter(|(_, at)| **at <= now).map(|(n, _)| *n).collect();
                for number in due {
                    self.ask(now, number);
                }
            }
            Input::Answered { .. } => {}
        }
    }

    fn poll(&mut self) -> Option<Output<Infallible, News>> {
        self.outputs.pop_front()
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        self.open.values().min().map(|at| (*at, Deadline::Timer(Timer::E)))
    }
}

/// Keeps what it was asked, and answers when that is kept.
#[derive(Default)]
struct Counter {
    asked: Vec<u64>,
}

struct CounterNode {
    waiting: BTreeMap<u64, (Flow, u64)>,
    in_memory: u32,
    outputs: VecDeque<Output<u64, Infallible>>,
}

impl Surroundings for Counter {
    type Node = CounterNode;

    fn boot(&mut self, _: Start) -> CounterNode {
        CounterNode { waiting: BTreeMap::new(), in_memory: 0, outputs: VecDeque::new() }
    }

    fn ask(&mut self, _: Instant, number: u64) {
        self.asked.push(number);
    }

    fn hear(&mut self, _: Instant, news: Infallible, _: &mut Orders<Infallible>) {
        match news {}
    }
}

impl Node for CounterNode {
    type Ask = u64;
    type Answer = ();
    type Command = Infallible;
    type Event = Infallible;

    fn handle(&mut self, _: Instant, input: Input<'_, (), Infallible>) {
        match input {
            Input::Received { flow, bytes } => {
                self.in_memory += 1;
                let number = std::str::from_utf8(bytes).unwrap().parse().unwrap();
                let ticket = self.in_memory.into();
                self.waiting.insert(ticket, (flow, number));
                self.outputs.push_back(Output::Ask { ticket: Ticket(ticket), ask: number });
            }
            Input::Answered { ticket, .. } => {
                let (flow, number) = self.waiting.remove(&ticket.0).unwrap();
                let bytes = format!("{number} seen from {}", flow.remote.ip()).into_bytes().into();
                self.outputs.push_back(Output::Transmit(Transmit { flow, bytes }));
            }
            _ => {}
        }
    }

    fn poll(&mut self) -> Option<Output<u64, Infallible>> {
        self.outputs.pop_front()
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        None
    }
}

/// Always wants to be woken now.
struct Spinner;

struct SpinnerNode;

impl Surroundings for Spinner {
    type Node = SpinnerNode;

    fn boot(&mut self, _: Start) -> SpinnerNode {
        SpinnerNode
    }

    fn ask(&mut self, _: Instant, ask: Infallible) -> Infallible {
        ask
    }

    fn hear(&mut self, _: Instant, news: Infallible, _: &mut Orders<Infallible>) {
        match news {}
    }
}

impl Node for SpinnerNode {
    type Ask = Infallible;
    type Answer = Infallible;
    type Command = Infallible;
    type Event = Infallible;

    fn handle(&mut self, _: Instant, _: Input<'_, Infallible, Infallible>) {}

    fn poll(&mut self) -> Option<Output<Infallible, Infallible>> {
        None
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        Some((Instant::EPOCH, Deadline::User))
    }
}
