//! A server among phones that these tests play by hand, with a clock that stands still until it is moved.

use super::super::{Command, Event, Server, ServerSettings};
use crate::event::{OPERATOR, Publication, Resource, Rules};
use crate::location::{Aor, Domains, Effect, Location, Policy};
use crate::store::{Answer, Ask, EventMemory, Known, Registered};
use core::net::SocketAddr;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{ConnectionId, Flow, FlowError, Target, Transport};
use ringback_sip::journal::{Entry, Fact};
use ringback_sip::node::{Input, Node, Output, ResolveError, ResolveQuery, Ticket};
use ringback_sip::registry::{EventPackage, HeaderName};
use ringback_sip::syntax::Message;
use ringback_sip::time::{Duration, Instant};
use smallvec::SmallVec;
use std::collections::BTreeMap;

pub(super) const ALICE: &str = "192.0.2.1:5060";
pub(super) const PROXY: &str = "192.0.2.9:5060";
pub(super) const BOB: &str = "sip:bob@example.test";

/// A message that left the server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sent {
    pub(super) flow: Flow,
    pub(super) bytes: Vec<u8>,
}

impl Sent {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The code of a response, or the method of a request.
    pub(super) fn what(&self) -> String {
        let text = self.text();
        let first = text.strip_prefix("SIP/2.0 ").map_or_else(|| text.split(' ').next(), |t| t.get(..3));
        first.unwrap().to_owned()
    }

    pub(super) fn uri(&self) -> String {
        self.text().split(' ').nth(1).unwrap().to_owned()
    }

    pub(super) fn to(&self) -> String {
        self.flow.remote.to_string()
    }

    /// The rows of a header field, whole.
    pub(super) fn rows(&self, name: &str) -> Vec<String> {
        let (text, prefix) = (self.text(), format!("{name}: "));
        let head = text.split("\r\n\r\n").next().unwrap();
        head.lines().filter_map(|l| l.strip_prefix(&prefix).map(str::to_owned)).collect()
    }

    pub(super) fn row(&self, name: &str) -> String {
        self.rows(name).first().cloned().unwrap_or_default()
    }

    pub(super) fn branch(&self) -> String {
        self.row("Via").split("branch=").nth(1).unwrap().split(';').next().unwrap().to_owned()
    }

    /// The response of whoever got this request.
    pub(super) fn response(&self, code: u16, tag: &str, rows: &str) -> String {
        let message = Message::parse(&self.bytes).unwrap();
        let mut text = format!("SIP/2.0 {code} X\r\n");
        for via in self.rows("Via") {
            text += &format!("Via: {via}\r\n");
        }
        let to = self.row("To");
        let tag = if to.contains(";tag=") || tag.is_empty() { String::new() } else { format!(";tag={tag}") };
        text +=
            &format!("From: {}\r\nTo: {to}{tag}\r\nCall-ID: {}\r\n", self.row("From"), self.row("Call-ID"));
        for route in self.rows("Record-Route") {
            text += &format!("Record-Route: {route}\r\n");
        }
        let cseq = String::from_utf8_lossy(message.header(HeaderName::CSEQ).unwrap()).into_owned();
        text + &format!("CSeq: {cseq}\r\n{rows}Content-Length: 0\r\n\r\n")
    }

    /// The ACK of whoever got this failure response to `invite`.
    pub(super) fn ack(&self, invite: &str) -> String {
        let via = invite.lines().find(|l| l.starts_with("Via: ")).unwrap();
        let uri = invite.split(' ').nth(1).unwrap();
        format!(
            "ACK {uri} SIP/2.0\r\n{via}\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\n\
             CSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n",
            self.row("From"),
            self.row("To"),
            self.row("Call-ID")
        )
    }
}

pub(super) struct World {
    pub(super) server: Server,
    settings: ServerSettings,
    pub(super) now: Instant,
    pub(super) journal: Vec<Entry>,
    /// What the journal said of registrations.
    pub(super) past: Vec<Entry>,
    pub(super) events: Vec<Event>,
    pub(super) lookups: Vec<(Ticket, ResolveQuery)>,
    sent: Vec<Sent>,
    location: Location,
    pub(super) board: EventMemory,
    /// Whose bindings have changed, and whose watchers do not know it yet.
    changed: Vec<Aor>,
    registers: u32,
}

impl World {
    /// A server where nobody has a password.
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut ServerSettings)) -> Self {
        let mut settings = ServerSettings::new(Domains::new().with("example.test"));
        settings.access.required = false;
        settings.addresses = vec![(Transport::Udp, address(PROXY)), (Transport::Tcp, address(PROXY))];
        change(&mut settings);
        World {
            server: Server::new(settings.clone(), Seed::from_number(1), Seed::from_number(2)),
            settings,
            now: Instant::from_unix_secs(1_289_690_940),
            journal: Vec::new(),
            past: Vec::new(),
            events: Vec::new(),
            lookups: Vec::new(),
            sent: Vec::new(),
            location: Location::new(Seed::from_number(3), 100),
            board: EventMemory::new(Seed::from_number(4)),
            changed: Vec::new(),
            registers: 0,
        }
    }

    /// A server at which bob has these contacts (`<uri>;q=..`).
    pub(super) fn with_bob(contacts: &[&str]) -> Self {
        let mut world = World::new();
        for contact in contacts {
            world.register("bob", contact, ALICE, Transport::Udp);
        }
        world
    }

    /// Somebody registers a contact from `peer`.
    pub(super) fn register(&mut self, user: &str, contact: &str, peer: &str, transport: Transport) {
        self.register_with(user, contact, peer, transport, "");
    }

    /// Somebody registers a contact from `peer`, with more rows.
    pub(super) fn register_with(
        &mut self,
        user: &str,
        contact: &str,
        peer: &str,
        transport: Transport,
        rows: &str,
    ) {
        self.register_on(user, contact, flow(transport, peer), rows);
    }

    /// Somebody registers a contact through a proxy at `peer`.
    pub(super) fn register_by(&mut self, user: &str, contact: &str, peer: &str, rows: &str) {
        let via = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKua\r\n";
        self.register_on(user, contact, flow(Transport::Udp, peer), &format!("{via}{rows}"));
    }

    /// Somebody registers a contact over a flow.
    pub(super) fn register_on(&mut self, user: &str, contact: &str, flow: Flow, rows: &str) {
        self.registers += 1;
        let text = format!(
            "REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/{} {peer};branch=z9hG4bKr{n}\r\n\
             From: <sip:{user}@example.test>;tag=r\r\nTo: <sip:{user}@example.test>\r\nCall-ID: r{n}\r\n\
             CSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContact: {contact}\r\nExpires: 3600\r\n{rows}Content-Length: 0\r\n\r\n",
            flow.transport.via_name(),
            peer = flow.remote,
            n = self.registers
        );
        self.server.handle(self.now, Input::Received { flow, bytes: text.as_bytes() });
        self.drain();
        assert_eq!(self.take().last().map(Sent::what).as_deref(), Some("200"), "{contact}");
        self.past.append(&mut self.journal);
    }

    pub(super) fn receive(&mut self, peer: &str, text: &str) -> Vec<Sent> {
        self.receive_on(Transport::Udp, peer, text.as_bytes());
        self.take()
    }

    pub(super) fn receive_over(&mut self, flow: Flow, text: &str) -> Vec<Sent> {
        self.server.handle(self.now, Input::Received { flow, bytes: text.as_bytes() });
        self.drain();
        self.take()
    }

    pub(super) fn receive_on(&mut self, transport: Transport, peer: &str, bytes: &[u8]) {
        let flow = flow(transport, peer);
        self.server.handle(self.now, Input::Received { flow, bytes });
        self.drain();
    }

    /// Whoever got `request` answers it.
    pub(super) fn answer(&mut self, request: &Sent, code: u16, tag: &str, rows: &str) -> Vec<Sent> {
        let text = request.response(code, tag, rows);
        self.server.handle(self.now, Input::Received { flow: request.flow, bytes: text.as_bytes() });
        self.drain();
        self.take()
    }

    pub(super) fn resolve(&mut self, answer: Result<&[(Transport, &str)], ResolveError>) -> Vec<Sent> {
        let (ticket, _) = self.lookups.remove(0);
        let answer = answer.map(|all| {
            all.iter()
                .map(|(t, a)| Target { transport: *t, address: address(a), peer: None })
                .collect::<SmallVec<_>>()
        });
        self.server.handle(self.now, Input::Resolved { ticket, answer, steps: Box::default() });
        self.drain();
        self.take()
    }

    pub(super) fn fail(&mut self, flow: Flow, error: FlowError) -> Vec<Sent> {
        self.server.handle(self.now, Input::FlowFailed { flow, error });
        self.drain();
        self.take()
    }

    /// The server ends at once and starts anew.
    pub(super) fn restart(&mut self) {
        self.board.restart();
        self.server = Server::new(self.settings.clone(), Seed::from_number(5), Seed::from_number(2));
    }

    /// The operator says something of a user's state.
    pub(super) fn say(&mut self, user: &str, package: EventPackage, body: &str) -> Vec<Sent> {
        let aor = Aor::from_canonical(format!("{user}@example.test").as_bytes());
        let publication = Publication {
            tag: OPERATOR.into(),
            media_type: "text/plain".into(),
            body: body.as_bytes().into(),
            expires: Instant::NEVER,
        };
        for (ticket, answer) in
            self.board.say(&Resource { aor, package }, publication, |aor| known(&self.location, aor))
        {
            self.server.handle(self.now, Input::Answered { ticket, answer });
        }
        self.drain();
        self.take()
    }

    /// The same server under changed settings.
    pub(super) fn reconfigure(&mut self, change: impl FnOnce(&mut ServerSettings)) {
        change(&mut self.settings);
        let command = Command::Configure(Box::new(self.settings.clone()));
        self.server.handle(self.now, Input::Command(command));
        self.drain();
    }

    pub(super) fn run_secs(&mut self, secs: u64) -> Vec<Sent> {
        self.run_for(Duration::from_secs(secs))
    }

    pub(super) fn run_for(&mut self, time: Duration) -> Vec<Sent> {
        let end = self.now + time;
        loop {
            let server = self.server.deadline().map(|(at, _)| at).unwrap_or(Instant::NEVER);
            let bound = self.board.registrations().map(|aor| self.location.bindings(aor));
            let bound = bound.filter_map(|bindings| bindings.all().iter().map(|b| b.expires).min()).min();
            let stored = [self.board.deadline(), bound].into_iter().flatten().min();
            let at = server.min(stored.unwrap_or(Instant::NEVER));
            if at > end {
                break;
            }
            self.now = self.now.max(at);
            self.changed.extend(self.location.expire(self.now).into_iter().map(|(aor, _)| aor));
            for (ticket, answer) in self.board.expire(self.now, |aor| known(&self.location, aor)) {
                self.server.handle(self.now, Input::Answered { ticket, answer });
                self.drain();
            }
            self.server.handle(self.now, Input::Deadline);
            self.drain();
        }
        self.now = end;
        self.take()
    }

    /// Users decide about watchers, in place of all that was decided before.
    pub(super) fn decide(&mut self, rules: BTreeMap<Aor, Rules>) -> Vec<Sent> {
        for (ticket, answer) in self.board.decide(rules, |aor| known(&self.location, aor)) {
            self.server.handle(self.now, Input::Answered { ticket, answer });
        }
        self.drain();
        self.take()
    }

    /// What was sent since the last look.
    pub(super) fn take(&mut self) -> Vec<Sent> {
        core::mem::take(&mut self.sent)
    }

    /// The answers of which the journal tells since the last look: code, and how the journal names the fact.
    pub(super) fn answers(&mut self) -> Vec<(u16, &'static str)> {
        let told = |entry: Entry| {
            let named = match &entry.fact {
                Fact::Answered { status, cause, .. } => (status.number(), cause.id()),
                Fact::Passed { status, .. } => (status.number(), "passed"),
                Fact::Dropped { cause, .. } => (0, cause.id()),
                _ => return None,
            };
            assert!(!entry.call_id.is_empty(), "{entry:?}");
            Some(named)
        };
        core::mem::take(&mut self.journal).into_iter().filter_map(told).collect()
    }

    fn drain(&mut self) {
        self.obey();
        for aor in core::mem::take(&mut self.changed) {
            for (ticket, answer) in self.board.bound(&aor, |aor| known(&self.location, aor)) {
                self.server.handle(self.now, Input::Answered { ticket, answer });
            }
        }
        self.obey();
    }

    fn obey(&mut self) {
        let mut count = 0;
        while let Some(output) = self.server.poll() {
            count += 1;
            assert!(count < 1000, "the server does not come to rest");
            match output {
                Output::Transmit(t) => self.sent.push(Sent { flow: t.flow, bytes: t.bytes.to_vec() }),
                Output::Journal(entry) => self.journal.push(entry),
                Output::Resolve { ticket, query } => self.lookups.push((ticket, query)),
                Output::Ask { ticket, ask } => {
                    let answers = self.board.ask(self.now, ticket, ask, |aor| known(&self.location, aor));
                    let answers = answers.unwrap_or_else(|ask| vec![(ticket, self.store(*ask))]);
                    for (ticket, answer) in answers {
                        self.server.handle(self.now, Input::Answered { ticket, answer });
                    }
                }
                Output::Deliver(event) => self.events.push(event),
                Output::Close(_) => {}
            }
        }
    }

    fn store(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Register(register) => {
                self.changed.push(register.aor.clone());
                match self.location.register(register, self.now, &Policy::default()) {
                    Err(refusal) => Answer::Registered(Err(refusal)),
                    Ok(Effect::Done(bindings)) => {
                        Answer::Registered(Ok(Registered { bindings, changes: Vec::new() }))
                    }
                    Ok(Effect::After(write)) => {
                        self.location.commit(&write);
                        Answer::Registered(Ok(Registered {
                            bindings: write.bindings,
                            changes: write.changes,
                        }))
                    }
                }
            }
            Ask::Bindings(aor) => {
                Answer::Bindings { is_user: is_user(&aor), bindings: self.location.bindings(&aor) }
            }
            Ask::Secret { .. } => Answer::Secret(None),
            other => panic!("{other:?} is for events"),
        }
    }
}

fn known(location: &Location, aor: &Aor) -> Known {
    Known { is_user: is_user(aor), bindings: location.bindings(aor) }
}

fn is_user(aor: &Aor) -> bool {
    [&b"alice@example.test"[..], b"bob@example.test"].contains(&aor.as_bytes())
}

pub(super) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(super) fn flow(transport: Transport, peer: &str) -> Flow {
    let connection = transport.is_reliable().then_some(ConnectionId(7));
    Flow { transport, local: address(PROXY), remote: address(peer), connection, peer: None }
}

/// A request of alice.
pub(super) fn request(method: &str, uri: &str, rows: &str) -> String {
    let hops = if rows.contains("Max-Forwards:") { "" } else { "Max-Forwards: 70\r\n" };
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{method}\r\n{hops}\
         From: <sip:alice@example.test>;tag=a\r\nTo: <sip:bob@example.test>\r\nCall-ID: c@alice\r\n\
         CSeq: 1 {method}\r\nContact: <sip:alice@192.0.2.1>\r\n{rows}Content-Length: 0\r\n\r\n"
    )
}

pub(super) fn invite(rows: &str) -> String {
    request("INVITE", BOB, rows)
}

/// The CANCEL of a request of alice.
pub(super) fn cancel(request: &str) -> String {
    request.replace("INVITE", "CANCEL").replace("branch=z9hG4bKCANCEL", "branch=z9hG4bKINVITE")
}

/// What messages are, in short.
pub(super) fn whats(sent: &[Sent]) -> Vec<String> {
    sent.iter().map(Sent::what).collect()
}

/// Those that went to alice.
pub(super) fn to_alice(sent: &[Sent]) -> Vec<String> {
    sent.iter().filter(|s| s.to() == ALICE).map(Sent::what).collect()
}

pub(super) const PHONE: [&str; 3] = ["<sip:bob@192.0.2.21>", "<sip:bob@192.0.2.22>", "<sip:bob@192.0.2.23>"];
