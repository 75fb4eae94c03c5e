//! The driver with a node that only echoes, over real sockets of the loopback interface, at ports that the system
//! chooses.

mod datagrams;
mod strain;
mod streams;
mod tls;
mod trains;
mod web_sockets;
mod workers;

use super::*;
use crate::clock::seed_from_system;
use bytes::Bytes;
use ringback_sip::flow::{Flow, FlowError, Target, Transport};
use ringback_sip::journal::{Entry, Fact};
use ringback_sip::node::{Deadline, Input, Output, Ticket, Transmit};
use ringback_sip::time::{Duration, Instant};
use std::collections::VecDeque;
use std::io::Read;
use std::net::{IpAddr, TcpStream, UdpSocket};
use std::sync::mpsc::{Receiver, channel};

/// Sends every message back with a line that says which worker had it, except those that say what else to do. To
/// `WAIT address` it connects first, and goes on when the other side closes.
struct Echo {
    worker: usize,
    outputs: VecDeque<Output<u32, News>>,
    deadline: Option<Instant>,
}

#[derive(Debug)]
enum Order {
    Send(Transmit),
    Close(Flow),
    WakeAt(Instant),
    Ask(u32),
}

#[derive(Debug, PartialEq)]
enum News {
    Got(Flow, Vec<u8>),
    Failed(Flow, FlowError),
    Woken(Instant),
    Answered(Ticket, u32),
}

impl Node for Echo {
    type Ask = u32;
    type Answer = u32;
    type Command = Order;
    type Event = News;

    fn handle(&mut self, now: Instant, input: Input<'_, u32, Order>) {
        let output = match input {
            Input::Received { flow, bytes } if bytes.starts_with(b"SIP/2.0") => {
                Output::Deliver(News::Got(flow, bytes.to_vec()))
            }
            Input::Received { flow, bytes } => {
                if let Some(address) = bytes.strip_prefix(b"WAIT ") {
                    let mut gate = TcpStream::connect(std::str::from_utf8(address).unwrap()).unwrap();
                    gate.read_to_end(&mut Vec::new()).unwrap();
                }
                let text = String::from_utf8_lossy(bytes).replace("\r\n\r\n", "\r\n");
                let text = format!("worker {} from {} to {}\n{text}\n", self.worker, flow.remote, flow.local);
                Output::Transmit(Transmit { flow, bytes: Bytes::from(text) })
            }
            Input::FlowFailed { flow, error } => Output::Deliver(News::Failed(flow, error)),
            Input::Deadline => {
                self.deadline = None;
                Output::Deliver(News::Woken(now))
            }
            Input::Answered { ticket, answer } => Output::Deliver(News::Answered(ticket, answer)),
            Input::Resolved { .. } => return,
            Input::Command(Order::Send(transmit)) => Output::Transmit(transmit),
            Input::Command(Order::Close(flow)) => Output::Close(flow),
            Input::Command(Order::Ask(ask)) => Output::Ask { ticket: Ticket(7), ask },
            Input::Command(Order::WakeAt(moment)) => {
                self.deadline = Some(moment);
                return;
            }
        };
        self.outputs.push_back(output);
    }

    fn lets_in(&mut self, _: Instant, source: IpAddr) -> bool {
        source != UNWANTED
    }

    fn may_take(&self, message: &[u8]) -> bool {
        message.starts_with(b"REGISTER")
    }

    fn poll(&mut self) -> Option<Output<u32, News>> {
        self.outputs.pop_front()
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        self.deadline.map(|moment| (moment, Deadline::User))
    }
}

/// Answers even questions at once, odd ones from a thread of its own.
struct Halves;

impl StoreHandle<u32, u32> for Halves {
    fn ask(&mut self, _: Instant, ticket: Ticket, ask: u32, replies: &Replies<u32>) -> Option<u32> {
        if ask.is_multiple_of(2) {
            return Some(ask / 2);
        }
        let replies = replies.clone();
        std::thread::spawn(move || replies.send(ticket, ask * 10));
        None
    }
}

struct Bench {
    running: Running<u32, Order>,
    addresses: Vec<SocketAddr>,
    news: Receiver<(usize, News)>,
    entries: Receiver<Entry>,
}

impl Bench {
    fn start(workers: usize, addresses: &[&str], limits: Limits) -> Bench {
        let listeners = addresses.iter().map(|text| Listener::both(text.parse().unwrap())).collect();
        Self::with(workers, listeners, limits, None)
    }

    fn with(
        workers: usize,
        listeners: Vec<Listener>,
        limits: Limits,
        tls: Option<std::sync::Arc<crate::tls::Tls>>,
    ) -> Bench {
        Self::of(DriverSettings { workers, limits, ..DriverSettings::new("echo", listeners) }, tls)
    }

    fn of(settings: DriverSettings, tls: Option<std::sync::Arc<crate::tls::Tls>>) -> Bench {
        let driver = Driver::bind(settings).unwrap();
        let addresses = driver.addresses().iter().map(|listener| listener.address).collect();
        let (tell, news) = channel();
        let (note, entries) = channel();
        let surroundings = Surroundings {
            clock: Clock::start(),
            seed: seed_from_system().unwrap(),
            resolver: None,
            tls,
            journal: None,
            taps: Vec::new(),
        };
        let running = driver
            .start(surroundings, move |place| {
                let (tell, note) = (tell.clone(), note.clone());
                let node = Echo { worker: place.worker, outputs: VecDeque::new(), deadline: None };
                Station::new(node, Halves)
                    .on_event(move |_, event| drop(tell.send((place.worker, event))))
                    .on_entry(move |entry| drop(note.send(entry.clone())))
            })
            .unwrap();
        Bench { running, addresses, news, entries }
    }

    fn one(address: &str) -> Bench {
        Self::start(1, &[address], Limits::default())
    }

    fn order(&self, order: Order) {
        assert!(self.running.remote().send(0, order));
    }

    fn next_news(&self) -> News {
        self.news.recv_timeout(PATIENCE).expect("news in time").1
    }

    fn udp_client(&self, index: usize) -> UdpSocket {
        let address = self.addresses[index];
        let client = UdpSocket::bind((address.ip(), 0)).unwrap();
        client.connect(address).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client
    }

    fn tcp_client(&self, index: usize) -> TcpStream {
        let client = TcpStream::connect(self.addresses[index]).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client
    }

    /// Waits for a count that a peer's view runs ahead of.
    fn wait_until_counted(&self, name: &str, count: u64) {
        let end = std::time::Instant::now() + PATIENCE;
        while self.counted(name) != count {
            assert!(std::time::Instant::now() < end, "{name} is {}", self.counted(name));
            std::thread::yield_now();
        }
    }

    fn counted(&self, name: &str) -> u64 {
        let counters = self.running.counters();
        let rows = counters.iter().flat_map(|c| c.rows());
        rows.filter(|(row, _, _)| *row == name).map(|(_, _, value)| value).sum()
    }
}

#[test]
fn servers_are_sought_over_the_transports_and_families_in_which_we_listen_and_no_browser_is() {
    let listener = |address: &str, udp, stream| Listener { address: address.parse().unwrap(), udp, stream };
    let listeners = [
        listener("192.0.2.1:5060", true, None),
        listener("[2001:db8::1]:5061", false, Some(Transport::Tls)),
        listener("192.0.2.1:8443", false, Some(Transport::Wss)),
    ];
    let reach = reach(&listeners, &[]);
    let (v4, v6) = ("192.0.2.9".parse().unwrap(), "2001:db8::9".parse().unwrap());
    assert!(reach.covers(Transport::Udp, v4) && !reach.covers(Transport::Udp, v6));
    assert!(reach.covers(Transport::Tls, v6) && !reach.covers(Transport::Tls, v4));
    assert!(!reach.has(Transport::Wss) && !reach.has(Transport::Ws) && !reach.has(Transport::Tcp));
    assert!(super::reach(&listeners, &[Transport::Wss]).covers(Transport::Wss, v4), "who may dial, may");
}

fn options(call_id: &str) -> String {
    format!("OPTIONS sip:a@b SIP/2.0\r\nCall-ID: {call_id}\r\nContent-Length: 0\r\n\r\n")
}

fn receive(client: &UdpSocket) -> String {
    let mut bytes = [0; 65_535];
    let count = client.recv(&mut bytes).expect("an answer in time");
    String::from_utf8_lossy(&bytes[..count]).into_owned()
}

/// Reads one echo, which ends with an empty line.
fn receive_echo(client: &mut TcpStream) -> String {
    let (mut text, mut byte) = (Vec::new(), [0]);
    while !text.ends_with(b"\n\n") {
        client.read_exact(&mut byte).expect("an answer in time");
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap()
}

/// An address at which nobody listens.
fn deaf_address() -> SocketAddr {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Whom the echo does not want; the whole net 127 is ours.
const UNWANTED: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 9, 9, 9));
/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);
