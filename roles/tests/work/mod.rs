//! A server at work, without a world around it: the operations of `bench/`, as messages in memory.

use ringback_roles::access::Rate;
use ringback_roles::event::Calls;
use ringback_roles::location::{Aor, Domains, Effect, Location, Policy};
use ringback_roles::server::{Server, ServerSettings};
use ringback_roles::store::{Answer, Ask, EventMemory, Known, Registered, Secrets};
use ringback_sip::auth::{Answer as Proof, Challenge, Hash};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::node::{Input, Node, Output, Transmit};
use ringback_sip::registry::{EventPackage, HeaderName};
use ringback_sip::syntax::Message;
use ringback_sip::time::{Duration, Instant};
use std::fmt::Write;

/// What one operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// OPTIONS answered by the server itself.
    Options,
    /// A REGISTER that refreshes a binding.
    Register,
    /// The same with a digest, whose nonce is kept.
    Digest,
    /// A REGISTER without credentials, which is asked for them with every algorithm.
    Challenge,
    /// MESSAGE relayed to a registered user.
    Message,
    /// INVITE 100 180 200 ACK BYE 200, with Record-Route.
    Call,
    /// The same, of users whose lamps may be watched (RFC 4235).
    Lamp,
    /// INVITE 503 ACK at a server that has more to do than it can.
    Refusal,
    /// PUBLISH, told to [`WATCHERS`] by NOTIFY, which they answer.
    Fan,
}

impl Operation {
    pub(crate) const ALL: [Operation; 9] = [
        Operation::Options,
        Operation::Register,
        Operation::Digest,
        Operation::Challenge,
        Operation::Message,
        Operation::Call,
        Operation::Lamp,
        Operation::Refusal,
        Operation::Fan,
    ];
}

const USERS: u64 = 1000;
/// Those who watch one user: as many as are told something in one turn.
pub(crate) const WATCHERS: u64 = 64;
const CALLER: &str = "127.0.0.1:26100";
const CALLEE: &str = "127.0.0.1:27100";
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                   m=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n";

/// Runs some work and tells a figure of it.
type Meter = fn(&mut dyn FnMut()) -> u64;

/// A server whose users are registered.
pub(crate) struct Work {
    server: Server,
    location: Location,
    calls: Calls,
    events: EventMemory,
    /// The entity tag of what is published.
    tag: String,
    secrets: Secrets,
    /// The flows of the two ends.
    caller: Flow,
    callee: Flow,
    now: Instant,
    serial: u64,
    challenge: String,
    sent: Vec<Transmit>,
    text: String,
    /// Measures the server's own work, when somebody wants to know it.
    meter: Option<Meter>,
    counted: u64,
}

impl Work {
    pub(crate) fn new(operation: Operation) -> Self {
        let mut settings = ServerSettings::new(Domains::new().with("bench.test"));
        if operation != Operation::Lamp {
            settings.presence.packages.retain(|package| *package != EventPackage::DIALOG);
        }
        settings.presence.pace = Duration::ZERO;
        settings.access.required = matches!(operation, Operation::Digest | Operation::Challenge);
        if operation != Operation::Challenge {
            settings.access.hashes = vec![Hash::Md5];
        }
        // All comes from one source: limits are counted, and not reached.
        let endless = Rate::new(1_000_000, Duration::from_secs(1));
        let admission = &mut settings.access.admission;
        (admission.source, admission.user, admission.refusals) = (endless, endless, endless);
        let at = |text: &str| text.parse().expect("an address");
        settings.addresses = vec![(Transport::Udp, at("127.0.0.1:27960"))];
        let flow = |remote| Flow {
            transport: Transport::Udp,
            local: at("127.0.0.1:27960"),
            remote: at(remote),
            connection: None,
            peer: None,
        };
        let user = Aor::from_canonical(b"u1@bench.test");
        let mut work = Work {
            server: Server::new(settings, Seed::from_number(1), Seed::from_number(2)),
            location: Location::new(Seed::from_number(3), 1 << 20),
            calls: Calls::default(),
            events: EventMemory::new(Seed::from_number(4)),
            tag: String::new(),
            secrets: Secrets::from_password(&user, b"secret"),
            caller: flow(CALLER),
            callee: flow(CALLEE),
            now: Instant::from_unix_secs(1_790_000_000),
            serial: 0,
            challenge: String::new(),
            sent: Vec::with_capacity(16),
            text: String::with_capacity(2048),
            meter: None,
            counted: 0,
        };
        match operation {
            Operation::Digest => work.run(Operation::Register),
            Operation::Challenge => {}
            _ => (0..USERS).for_each(|_| work.run(Operation::Register)),
        }
        if operation == Operation::Fan {
            (0..WATCHERS).for_each(|_| work.watch());
        }
        work.server.set_strained(work.now, operation == Operation::Refusal);
        work
    }

    /// From now on `meter` measures what the server itself does.
    pub(crate) fn count_with(&mut self, meter: Meter) {
        self.meter = Some(meter);
    }

    /// What was measured in all.
    pub(crate) fn counted(&self) -> u64 {
        self.counted
    }

    fn drive(&mut self, flow: Option<Flow>) {
        match self.meter {
            Some(meter) => {
                let counted = meter(&mut || drive(self, flow));
                self.counted += counted;
            }
            None => drive(self, flow),
        }
    }

    /// Does one operation; the clock moves as if 20,000 were done in a second.
    pub(crate) fn run(&mut self, operation: Operation) {
        self.serial += 1;
        self.now += Duration::from_micros(50);
        while self.server.deadline().is_some_and(|(at, _)| at <= self.now) {
            self.drive(None);
        }
        match operation {
            Operation::Options => {
                self.write("OPTIONS sip:bench.test", "sip:bench.test", "");
                self.expect(1, "SIP/2.0 200");
            }
            Operation::Register | Operation::Digest => self.register(operation == Operation::Digest),
            Operation::Challenge => {
                self.write_register(self.serial % USERS, "");
                self.expect(1, "SIP/2.0 401");
            }
            Operation::Message => self.message(),
            Operation::Call | Operation::Lamp => self.call(),
            Operation::Refusal => self.refusal(),
            Operation::Fan => self.fan(),
        }
    }

    /// Gives the server what stands in `text`; it must answer with so many messages, the last one of this kind.
    fn expect(&mut self, count: usize, start: &str) {
        self.sent.clear();
        self.drive(Some(self.caller));
        self.check(count, start);
    }

    fn check(&self, count: usize, start: &str) {
        let last = self.sent.last().expect("an answer");
        let text = std::str::from_utf8(&last.bytes).expect("text");
        assert!(self.sent.len() == count && text.starts_with(start), "{count} {start}: {:?}", self.sent);
    }

    fn write(&mut self, line: &str, to: &str, rest: &str) {
        let (user, serial) = (self.serial % USERS, self.serial);
        let method = line.split(' ').next().expect("a method");
        let body = if rest.contains("Content-Type") { SDP } else { "" };
        self.text.clear();
        write!(
            self.text,
            "{line} SIP/2.0\r\nVia: SIP/2.0/UDP {CALLER};rport;branch=z9hG4bKr1-7-{serial}-{method}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:c{user}@bench.test>;tag=caller{serial}\r\nTo: <{to}>\r\n\
             Call-ID: r1-7-{serial}\r\nCSeq: 1 {method}\r\n{rest}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("text");
    }

    fn register(&mut self, digest: bool) {
        let user = if digest { 1 } else { self.serial % USERS };
        let serial = self.serial;
        for _ in 0..2 {
            let credentials = match Challenge::parse(self.challenge.as_bytes()) {
                Err(_) => String::new(),
                Ok(challenge) => {
                    let row = challenge.answer(&Proof {
                        user: b"u1",
                        secret: &self.secrets.of(Hash::Md5),
                        method: b"REGISTER",
                        uri: b"sip:bench.test",
                        body: b"",
                        nonce_count: serial as u32,
                        cnonce: b"bench",
                    });
                    format!("Authorization: {}\r\n", String::from_utf8_lossy(&row))
                }
            };
            self.write_register(user, &credentials);
            self.sent.clear();
            self.drive(Some(self.caller));
            let answer = String::from_utf8_lossy(&self.sent[0].bytes).into_owned();
            if let Some(rest) = answer.split("WWW-Authenticate: ").nth(1) {
                self.challenge = rest.lines().next().expect("a challenge").to_owned();
                continue;
            }
            return self.check(1, "SIP/2.0 200");
        }
        panic!("no 200 to REGISTER");
    }

    fn write_register(&mut self, user: u64, credentials: &str) {
        let serial = self.serial;
        self.text.clear();
        write!(
            self.text,
            "REGISTER sip:bench.test SIP/2.0\r\nVia: SIP/2.0/UDP {CALLER};rport;branch=z9hG4bKr1-7-{serial}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:u{user}@bench.test>;tag=phone{user}\r\nTo: <sip:u{user}@bench.test>\r\n\
             Call-ID: phone-{user}@bench.test\r\nCSeq: {serial} REGISTER\r\nContact: <sip:u{user}@{CALLEE}>\r\n\
             Expires: 3600\r\n{credentials}Content-Length: 0\r\n\r\n"
        )
        .expect("text");
    }

    fn message(&mut self) {
        let user = self.serial % USERS;
        let to = format!("sip:u{user}@bench.test");
        self.write(&format!("MESSAGE {to}"), &to, "Content-Type: text/plain\r\n");
        self.expect(1, "MESSAGE");
        self.answer("200 OK", "");
        self.check(1, "SIP/2.0 200");
    }

    fn call(&mut self) {
        let user = self.serial % USERS;
        let to = format!("sip:u{user}@bench.test");
        let rows = format!("Contact: <sip:c{user}@{CALLER}>\r\nContent-Type: application/sdp\r\n");
        self.write(&format!("INVITE {to}"), &to, &rows);
        self.sent.clear();
        self.drive(Some(self.caller));
        assert_eq!(self.sent.len(), 2, "{:?}", self.sent);
        let at = self.sent.iter().position(|t| t.bytes.starts_with(b"INVITE")).expect("an INVITE");
        let invite = self.sent.swap_remove(at);
        self.sent = vec![invite.clone()];
        self.answer("180 Ringing", "Contact: <sip:u@127.0.0.1:27100>\r\n");
        self.check(1, "SIP/2.0 180");
        self.sent = vec![invite];
        self.answer("200 OK", "Contact: <sip:u@127.0.0.1:27100>\r\n");
        self.check(1, "SIP/2.0 200");
        let ok = self.sent[0].bytes.clone();
        let ok = Message::parse(&ok).expect("a 200");
        let route =
            String::from_utf8_lossy(ok.header(HeaderName::RECORD_ROUTE).expect("a route")).into_owned();
        let route = format!("Route: {route}\r\n");
        for (method, kind) in [("ACK", "ACK"), ("BYE", "BYE")] {
            let to = format!("{to}>;tag=callee");
            self.write(&format!("{method} sip:u@{CALLEE}"), to.trim_end_matches('>'), &route);
            let dialog = self.text.replace(";tag=callee>", ";tag=callee");
            self.text = dialog;
            self.expect(1, kind);
        }
        self.answer("200 OK", "");
        self.check(1, "SIP/2.0 200");
    }

    fn watch(&mut self) {
        self.serial += 1;
        let rows = format!("Contact: <sip:c@{CALLER}>\r\nEvent: presence\r\n");
        self.write("SUBSCRIBE sip:u1@bench.test", "sip:u1@bench.test", &rows);
        self.expect(2, "NOTIFY");
        self.answer("200 OK", "");
    }

    fn fan(&mut self) {
        // Nobody is looked after within some milliseconds of a full turn.
        self.now += Duration::from_millis(10);
        let tag = if self.tag.is_empty() { String::new() } else { format!("SIP-If-Match: {}\r\n", self.tag) };
        let rows = format!("Event: presence\r\n{tag}Content-Type: application/pidf+xml\r\n");
        self.write("PUBLISH sip:u1@bench.test", "sip:u1@bench.test", &rows);
        let head = self
            .text
            .split("Content-Length")
            .next()
            .expect("a head")
            .replace("sip:c", "sip:u1@bench.test;c=");
        let head = head.replace(
            &format!("From: <sip:u1@bench.test;c={}@bench.test>", self.serial % USERS),
            "From: <sip:u1@bench.test>",
        );
        let body = format!(
            "<?xml version=\"1.0\"?><presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:u1@bench.test\">\
             <tuple id=\"a\"><status><basic>open</basic></status><note>change {}</note></tuple></presence>",
            self.serial
        );
        self.text = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        self.sent.clear();
        self.drive(Some(self.caller));
        let mut sent = std::mem::take(&mut self.sent);
        let at = sent.iter().position(|t| t.bytes.starts_with(b"SIP/2.0 200")).expect("a 200");
        let ok = sent.swap_remove(at).bytes;
        let tag = Message::parse(&ok).expect("a 200").header(HeaderName::SIP_ETAG).expect("a tag").to_vec();
        self.tag = String::from_utf8(tag).expect("text");
        assert_eq!(sent.len() as u64, WATCHERS, "{sent:?}");
        for notify in sent {
            self.sent.push(notify);
            self.answer("200 OK", "");
        }
        assert!(self.sent.is_empty(), "{:?}", self.sent);
    }

    fn refusal(&mut self) {
        let user = self.serial % USERS;
        let to = format!("sip:u{user}@bench.test");
        let rows = format!("Contact: <sip:c{user}@{CALLER}>\r\nContent-Type: application/sdp\r\n");
        self.write(&format!("INVITE {to}"), &to, &rows);
        self.expect(1, "SIP/2.0 503");
        let answer = self.sent[0].bytes.clone();
        let answer = Message::parse(&answer).expect("a 503");
        let tagged = String::from_utf8_lossy(answer.header(HeaderName::TO).expect("a To")).into_owned();
        self.write(&format!("ACK {to}"), &to, "");
        let branch = format!("{}-ACK", self.serial);
        self.text = self.text.replace(&branch, &format!("{}-INVITE", self.serial));
        self.text = self.text.replace(&format!("To: <{to}>"), &format!("To: {tagged}"));
        self.sent.clear();
        self.drive(Some(self.caller));
        assert!(self.sent.is_empty(), "{:?}", self.sent);
    }

    /// The callee answers what was sent last.
    fn answer(&mut self, status: &str, rows: &str) {
        let request = self.sent.pop().expect("a request").bytes;
        let request = Message::parse(&request).expect("a request");
        self.text.clear();
        let value = |name| String::from_utf8_lossy(request.header(name).unwrap_or_default()).into_owned();
        write!(self.text, "SIP/2.0 {status}\r\n").expect("text");
        for (name, label) in [(HeaderName::VIA, "Via"), (HeaderName::RECORD_ROUTE, "Record-Route")] {
            for row in request.headers(name) {
                write!(self.text, "{label}: {}\r\n", String::from_utf8_lossy(row)).expect("text");
            }
        }
        let to = value(HeaderName::TO);
        let tag = if to.contains(";tag=") { "" } else { ";tag=callee" };
        write!(
            self.text,
            "From: {}\r\nTo: {to}{tag}\r\nCall-ID: {}\r\nCSeq: {}\r\n{rows}Content-Length: 0\r\n\r\n",
            value(HeaderName::FROM),
            value(HeaderName::CALL_ID),
            value(HeaderName::CSEQ),
        )
        .expect("text");
        self.drive(Some(self.callee));
    }
}

/// All that the server does with one input, its store's answers included: what profilers and counters look at.
#[inline(never)]
pub(crate) fn drive(work: &mut Work, flow: Option<Flow>) {
    let Work { server, location, calls, events, secrets, now, sent, text, .. } = work;
    let input = match flow {
        Some(flow) => Input::Received { flow, bytes: text.as_bytes() },
        None => Input::Deadline,
    };
    server.handle_with(*now, input, &mut |_, ask| Some(answer(location, secrets, *now, ask)));
    while let Some(output) = server.poll() {
        match output {
            Output::Transmit(transmit) => sent.push(transmit),
            Output::Journal(entry) => drop(std::hint::black_box(entry)),
            Output::Ask { ask: Ask::Leg(aor, id, leg), .. } => {
                calls.set(&aor, id, leg.map(|leg| *leg));
            }
            Output::Ask { ticket, ask } => {
                let known = |aor: &Aor| Known { is_user: true, bindings: location.bindings(aor) };
                for (ticket, answer) in events.ask(*now, ticket, ask, known).unwrap_or_default() {
                    server.handle(*now, Input::Answered { ticket, answer });
                }
            }
            Output::Resolve { .. } | Output::Close(_) | Output::Deliver(_) => {}
        }
    }
}

fn answer(location: &mut Location, secrets: &Secrets, now: Instant, ask: Ask) -> Answer {
    match ask {
        Ask::Register(register) => match location.register(register, now, &Policy::default()) {
            Ok(Effect::Done(bindings)) => {
                Answer::Registered(Ok(Registered { bindings, changes: Vec::new() }))
            }
            Ok(Effect::After(write)) => {
                location.commit(&write);
                Answer::Registered(Ok(Registered { bindings: write.bindings, changes: write.changes }))
            }
            Err(refusal) => Answer::Registered(Err(refusal)),
        },
        Ask::Bindings(aor) => Answer::Bindings { is_user: true, bindings: location.bindings(&aor) },
        Ask::Secret { hash, .. } => Answer::Secret(Some(secrets.of(hash))),
        Ask::Subscriptions(_) => Answer::Subscriptions(Vec::new()),
        other => panic!("{other:?} is not for here"),
    }
}
