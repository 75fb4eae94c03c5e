//! A street of phones around one server, with a tap on a wire.

use crate::town::{Town, order, request};
use core::net::{IpAddr, SocketAddr};
use ringback_roles::access::AccessSettings;
use ringback_roles::diagnosis::{
    Diagnosis, Dns, Facts, FactsLimits, Icmp, IcmpKind, Passage, Record, Seen, TcpEvent, TcpKind, TlsAlert,
    What, diagnose, masked,
};
use ringback_roles::location::{Domains, Policy};
use ringback_roles::server::ServerSettings;
use ringback_sim::{
    Answer, Checker, HostId, House, MemoryStore, NamePacket, Network, Orders, Request, Sight, Start,
    Surroundings, Trouble, Weather, Zone,
};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, FlowError, HandshakeFault, Transport};
use ringback_sip::journal::Fact;
use ringback_sip::node::{Deadline, Input, Node, Output, Transmit};
use ringback_sip::syntax::Message;
use ringback_sip::time::{Duration, Instant};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;

pub(crate) const SERVER: HostId = House::HOST;
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// The world of one fault.
pub(crate) struct Street {
    pub(crate) town: Town,
    alice: Option<HostId>,
    tapped: HostId,
    wire: Rc<RefCell<Wire>>,
}

impl Street {
    /// A server where nobody has a password.
    pub(crate) fn new() -> Self {
        Street::with(|_| {})
    }

    /// A server that wants passwords.
    pub(crate) fn locked() -> Self {
        Street::with(|settings| settings.access.required = true)
    }

    /// A server with other settings.
    pub(crate) fn with(change: impl FnOnce(&mut ServerSettings)) -> Self {
        let mut net = Network::new(1, true);
        let wire = Rc::new(RefCell::new(Wire::default()));
        net.watch(Tap(Rc::clone(&wire)));
        let store = MemoryStore::new(Policy::default(), Seed::from_number(1))
            .with_user("alice@example.test", House::PASSWORD)
            .with_user("bob@example.test", House::PASSWORD);
        let mut settings = ServerSettings::new(Domains::new().with("example.test"));
        settings.access = AccessSettings { required: false, ..AccessSettings::default() };
        settings.addresses = [Transport::Udp, Transport::Tcp].map(|way| (way, House::address())).to_vec();
        change(&mut settings);
        let sockets = settings.addresses.clone();
        net.add("server", House { store, settings }, &sockets, None);
        net.set_zone(Zone::new("example.test A 192.0.2.1"));
        Street { town: Town { net, phones: 0 }, alice: None, tapped: SERVER, wire }
    }

    /// A server with one phone of bob, that does this when it is called.
    pub(crate) fn bob(answer: Answer) -> Self {
        Street::new().and("bob", Transport::Udp, answer)
    }

    /// One more phone, which registers.
    pub(crate) fn and(mut self, user: &str, transport: Transport, answer: Answer) -> Self {
        self.phone(user, transport, answer);
        self
    }

    /// One more phone, which registers.
    pub(crate) fn phone(&mut self, user: &str, transport: Transport, answer: Answer) -> HostId {
        let phone = self.town.phone(user, transport, answer, None);
        let register = self.town.register(phone, user);
        order(&mut self.town.net, phone, Duration::ZERO, register);
        self.run(1);
        phone
    }

    /// A phone of `user` that registers these contacts.
    pub(crate) fn bind(mut self, user: &str, contact: &str) -> Self {
        let phone = self.town.phone(user, Transport::Udp, Answer::silent(), None);
        let mut register = self.town.register(phone, user);
        register.headers = vec![("Contact".to_owned(), contact.to_owned())];
        order(&mut self.town.net, phone, Duration::ZERO, register);
        self.run(1);
        self
    }

    /// Alice's phone, which registers nothing.
    pub(crate) fn alice(&mut self) -> HostId {
        if let Some(alice) = self.alice {
            return alice;
        }
        let alice = self.town.phone("alice", Transport::Udp, Answer::silent(), None);
        self.alice = Some(alice);
        alice
    }

    /// Somebody whose words the test writes.
    pub(crate) fn hand(&mut self, at: &str) -> HostId {
        let address = at.parse().unwrap();
        self.town.net.add("hand", Hand::default(), &[(Transport::Udp, address)], None)
    }

    /// The hand at `from` sends these bytes to the server; what it hears then comes back.
    pub(crate) fn write(&mut self, hand: HostId, from: &str, text: &str) -> Vec<String> {
        let flow = Flow {
            transport: Transport::Udp,
            local: from.parse().unwrap(),
            remote: House::address(),
            connection: None,
            peer: None,
        };
        self.town.net.order::<Hand>(hand, Duration::ZERO, (flow, text.to_owned()));
        let from = self.town.net.machine::<Hand>(hand).around.heard.len();
        self.run(1);
        self.town.net.machine::<Hand>(hand).around.heard[from..].to_vec()
    }

    /// What the hand has heard that begins so.
    pub(crate) fn heard(&mut self, hand: HostId, start: &str) -> String {
        let heard = &self.town.net.machine::<Hand>(hand).around.heard;
        let found = heard.iter().rfind(|text| text.starts_with(start)).cloned();
        found.unwrap_or_else(|| panic!("no {start}{}", self.story()))
    }

    /// Alice asks for something, and the world goes on for so many seconds.
    pub(crate) fn asks(mut self, secs: u64, request: Request) -> Self {
        let alice = self.alice();
        order(&mut self.town.net, alice, Duration::ZERO, request);
        self.run(secs);
        self
    }

    /// Alice calls bob.
    pub(crate) fn calls(self, secs: u64) -> Self {
        self.asks(secs, request("INVITE"))
    }

    pub(crate) fn run(&mut self, secs: u64) {
        self.town.net.run_for(SECOND * secs as u32);
    }

    /// The time passes.
    pub(crate) fn then(mut self, secs: u64) -> Self {
        self.run(secs);
        self
    }

    /// Trouble comes after a while from now.
    pub(crate) fn trouble(mut self, after: Duration, trouble: Trouble) -> Self {
        self.town.net.trouble(after, trouble);
        self
    }

    /// What the name servers know.
    pub(crate) fn zone(mut self, text: &str) -> Self {
        self.town.net.set_zone(Zone::new(text));
        self
    }

    pub(crate) fn weather(mut self, weather: Weather) -> Self {
        self.town.net.set_weather(weather);
        self
    }

    /// The capture is made at this machine, and not at the server.
    pub(crate) fn tapped_at(mut self, host: HostId) -> Self {
        self.tapped = host;
        self
    }

    /// The Call-ID of the exchange that is asked about: the one that began last.
    pub(crate) fn subject(&self) -> Vec<u8> {
        self.wire.borrow().calls.last().cloned().expect("something was said")
    }

    /// The journal: the records of the call, and all that is known of bindings.
    pub(crate) fn journal(&self) -> (Vec<Record>, Vec<Record>) {
        let (wire, subject) = (self.wire.borrow(), self.subject());
        let own = wire.records.iter().filter(|record| record.call_id[..] == subject[..]).cloned();
        let is_binding = |record: &&Record| matches!(record.fact(), Some(Fact::Binding { .. }));
        (own.collect(), wire.records.iter().filter(is_binding).cloned().collect())
    }

    /// What a capture at the tap shows of the call.
    pub(crate) fn captured(&self) -> Diagnosis {
        let mut facts = Facts::new(FactsLimits::default());
        let wire = self.wire.borrow();
        let mut frame = 0;
        for (host, at, packet) in &wire.packets {
            if *host != self.tapped {
                continue;
            }
            frame += 1;
            packet.show(&mut facts, *at, frame);
        }
        facts.touch(self.town.net.now());
        let call = facts.call(&self.subject()).expect("the call was captured");
        diagnose(&facts, call)
    }

    /// All that happened, for the reader of a test that failed.
    pub(crate) fn story(&self) -> String {
        self.town.net.with_trace("")
    }
}

/// What was seen of a world.
#[derive(Default)]
struct Wire {
    /// What the server's journal would hold.
    records: Vec<Record>,
    /// The packets at each machine.
    packets: Vec<(HostId, Instant, Packet)>,
    /// Call-IDs in the order in which they first came up.
    calls: Vec<Vec<u8>>,
}

/// What a capture shows at one moment.
enum Packet {
    Message { flow: Flow, is_sent: bool, bytes: Vec<u8> },
    Failed(Flow, FlowError),
    Name(IpAddr, NamePacket),
}

impl Packet {
    fn show(&self, facts: &mut Facts, at: Instant, frame: u64) {
        match self {
            Packet::Message { flow, is_sent, bytes } => {
                facts.set_local(flow.local.ip());
                let (src, dst) = if *is_sent { (flow.local, flow.remote) } else { (flow.remote, flow.local) };
                let fragmented = flow.transport == Transport::Udp && bytes.len() > UDP_UNBROKEN_MAX;
                facts.add_message(&Seen {
                    at,
                    frame,
                    src,
                    dst,
                    transport: flow.transport,
                    fragmented,
                    link: frame,
                    capturer: None,
                    bytes,
                });
            }
            Packet::Name(asker, NamePacket { name, record, code, answers }) => {
                let (asker, name, record, code, answers) =
                    (*asker, name.to_string(), *record, *code, *answers);
                facts.add_dns(Dns { at, frame, asker, name, record, code, answers });
            }
            Packet::Failed(flow, error) if flow.transport == Transport::Udp => {
                let kind = match error {
                    FlowError::Refused => IcmpKind::PortUnreachable,
                    FlowError::Unreachable => IcmpKind::HostUnreachable,
                    _ => return,
                };
                let code = if kind == IcmpKind::PortUnreachable { (3, 3) } else { (3, 1) };
                let (src, dst) = (flow.local, flow.remote);
                let transport = Transport::Udp;
                facts.add_icmp(Icmp { at, frame, from: dst.ip(), kind, code, transport, src, dst });
            }
            Packet::Failed(flow, error) => {
                let mut add = |src: SocketAddr, dst: SocketAddr, kind| {
                    facts.add_tcp(TcpEvent { at, frame, src, dst, kind });
                };
                match error {
                    FlowError::Refused => {
                        add(flow.local, flow.remote, TcpKind::Opening);
                        add(flow.remote, flow.local, TcpKind::Reset);
                    }
                    FlowError::Handshake(fault) => {
                        add(flow.local, flow.remote, TcpKind::Opening);
                        add(flow.remote, flow.local, TcpKind::Accepted);
                        if let Some((is_sent, description)) = alert(*fault) {
                            let (src, dst) =
                                if is_sent { (flow.local, flow.remote) } else { (flow.remote, flow.local) };
                            facts.add_tls(TlsAlert { at, frame, src, dst, description });
                        }
                    }
                    FlowError::ConnectTimeout => add(flow.local, flow.remote, TcpKind::Opening),
                    FlowError::Closed => add(flow.remote, flow.local, TcpKind::Closed),
                    FlowError::Reset => add(flow.remote, flow.local, TcpKind::Reset),
                    _ => {}
                }
            }
        }
    }
}

/// The alert that rustls sends or gets when a handshake fails so, as it can be read under TLS 1.2 (RFC 5246 §7.2).
fn alert(fault: HandshakeFault) -> Option<(bool, u8)> {
    Some(match fault {
        HandshakeFault::Expired | HandshakeFault::NotYetValid => (true, 45),
        HandshakeFault::UnknownAuthority => (true, 48),
        HandshakeFault::WrongName | HandshakeFault::BadCertificate => (true, 42),
        HandshakeFault::Refused => (false, 116),
        HandshakeFault::Protocol => (false, 70),
        HandshakeFault::Upgrade | HandshakeFault::Timeout => return None,
    })
}

/// The largest message of UDP that is one packet on an Ethernet.
const UDP_UNBROKEN_MAX: usize = 1472;

struct Tap(Rc<RefCell<Wire>>);

impl Checker for Tap {
    fn see(&mut self, at: Instant, sight: &Sight) -> Result<(), String> {
        let mut wire = self.0.borrow_mut();
        match sight {
            Sight::Sent(host, flow, seen) if !seen.is_sign() => {
                wire.message(*host, at, *flow, true, &seen.bytes)
            }
            Sight::Received(host, flow, seen) if !seen.is_sign() => {
                wire.message(*host, at, *flow, false, &seen.bytes);
            }
            Sight::FlowFailed(host, flow, error) => {
                wire.fail(*host, at, *flow, *error);
                if *host == SERVER {
                    let fact = Fact::FlowFailed { flow: *flow, error: *error };
                    wire.records.push(Record { at, call_id: Box::default(), what: What::Fact(fact) });
                }
            }
            Sight::Asked(SERVER, packet) => {
                wire.packets.push((SERVER, at, Packet::Name(House::address().ip(), packet.clone())));
            }
            Sight::Journal(SERVER, entry) => {
                let what = What::Fact(entry.fact.clone());
                wire.records.push(Record { at: entry.at, call_id: entry.call_id[..].into(), what });
            }
            _ => {}
        }
        Ok(())
    }
}

impl Wire {
    fn fail(&mut self, host: HostId, at: Instant, flow: Flow, error: FlowError) {
        if matches!(error, FlowError::ConnectTimeout | FlowError::Handshake(_))
            || error == FlowError::Refused && flow.connection.is_none()
        {
            // What waited for a connection that never came about was not on the wire.
            let waited = |packet: &Packet| {
                matches!(packet, Packet::Message { flow: other, is_sent: true, .. }
                    if other.transport == flow.transport && other.transport != Transport::Udp && other.remote == flow.remote)
            };
            self.packets.retain(|(of, _, packet)| *of != host || !waited(packet));
        }
        self.packets.push((host, at, Packet::Failed(flow, error)));
    }

    fn message(&mut self, host: HostId, at: Instant, flow: Flow, is_sent: bool, bytes: &[u8]) {
        let call_id = Message::parse(bytes).ok().and_then(|m| m.call_id().ok().map(<[u8]>::to_vec));
        let call_id = call_id.unwrap_or_default();
        if !call_id.is_empty() && !self.calls.contains(&call_id) {
            self.calls.push(call_id.clone());
        }
        if host == SERVER {
            let what = What::Message(Passage { flow, sent: is_sent, bytes: masked(bytes).into() });
            self.records.push(Record { at, call_id: call_id.into(), what });
        }
        // What a machine sends to itself is seen once.
        if is_sent || flow.remote.ip() != flow.local.ip() {
            self.packets.push((host, at, Packet::Message { flow, is_sent, bytes: bytes.to_vec() }));
        }
    }
}

/// Somebody who says what the test writes, and repeats nothing.
#[derive(Default)]
pub(crate) struct Hand {
    heard: Vec<String>,
}

#[derive(Default)]
pub(crate) struct Said(VecDeque<Output<Infallible, String>>);

impl Surroundings for Hand {
    type Node = Said;

    fn boot(&mut self, _: Start) -> Said {
        Said::default()
    }

    fn ask(&mut self, _: Instant, ask: Infallible) -> Infallible {
        ask
    }

    fn hear(&mut self, _: Instant, heard: String, _: &mut Orders<(Flow, String)>) {
        self.heard.push(heard);
    }
}

impl Node for Said {
    type Ask = Infallible;
    type Answer = Infallible;
    type Command = (Flow, String);
    type Event = String;

    fn handle(&mut self, _: Instant, input: Input<'_, Infallible, (Flow, String)>) {
        match input {
            Input::Received { bytes, .. } => {
                self.0.push_back(Output::Deliver(String::from_utf8_lossy(bytes).into_owned()));
            }
            Input::Command((flow, text)) => {
                self.0.push_back(Output::Transmit(Transmit { flow, bytes: text.into_bytes().into() }));
            }
            _ => {}
        }
    }

    fn poll(&mut self) -> Option<Output<Infallible, String>> {
        self.0.pop_front()
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        None
    }
}

/// The phone of the town with this number, from 1.
pub(crate) fn phone(number: usize) -> HostId {
    HostId(number)
}
