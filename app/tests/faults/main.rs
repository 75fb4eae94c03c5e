//! Faults injected over sockets into a server that runs: what `ringback why` says of each from the server's journal, and
//! `ringback trace` from a capture of what the phones sent and heard. More faults: docs/faults.md.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

mod hops;
#[path = "../office/mod.rs"]
mod office;

use hops::Hops;
use office::{Office, ringback, rows, text};
use ringback_io::capture::PacketWriter;
use ringback_sip::auth::{Answer, Challenge};
use ringback_sip::flow::Transport;
use ringback_sip::time::Instant;
use serde_json::Value;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Call-ID, the word of `why`, the rule of `trace` with its case; nothing where no capture shows what happened.
pub(crate) type Expected = (&'static str, &'static str, &'static str);

#[test]
fn faults_over_sockets_are_named_from_the_journal_and_from_packets() {
    let tap = Tap::default();
    let hops = Hops::open(&tap);
    let office = Office::open_with("faults", &hops.config());
    let caller = Phone::new("127.0.0.2:0", &office, &tap);
    let bob = Phone::new("127.0.0.3:0", &office, &tap);
    let mut expected: Vec<Expected> = Vec::new();
    before_anybody_registers(&caller, &mut expected);
    refused_by_the_server(&caller, &mut expected);
    refused_for_a_password(&caller, &mut expected);
    with_a_phone(&caller, &bob, &mut expected);
    hops.fail(&caller, &mut expected);
    assert!(expected.len() >= 30, "{}", expected.len());
    let (why, trace) = (why(&office, &expected), trace(&office, &tap));
    let mut wrong = Vec::new();
    for (call, word, rule) in expected {
        let (told, found) = (cause_in(&why, call), rule_in(&trace, call));
        if told != word || !rule.is_empty() && found != rule {
            wrong.push(format!("{call}: {told} and {found}, not {word} and {rule}"));
        }
    }
    for (call, said) in HANDSHAKES {
        let why = ringback(&["why", call, "--lang", "en", "--config"], "");
        let told = { why }.arg(office.folder.join("ringback.toml")).output().unwrap();
        if !text(&told).contains(said) {
            wrong.push(format!("{call}: {}", text(&told)));
        }
    }
    assert!(wrong.is_empty(), "{}\n{trace}", wrong.join("\n"));
}

fn before_anybody_registers(caller: &Phone<'_>, expected: &mut Vec<Expected>) {
    caller.ask("INVITE", BOB, "nobody", "");
    expected.push(("nobody", "never-registered", "D16-unseen"));
}

fn refused_by_the_server(caller: &Phone<'_>, expected: &mut Vec<Expected>) {
    caller.ask("INVITE", "sip:x@other.test", "relay", "");
    expected.push(("relay", "relay", "D23-other"));
    let text = caller.text("INVITE", BOB, "hops", 1, "").replace("Max-Forwards: 70", "Max-Forwards: 0");
    caller.exchange(&text);
    expected.push(("hops", "hop-limit", "D10-low"));
    let text = caller.text("INVITE", BOB, "grammar", 1, "Content-Length: x\r\n");
    caller.exchange(&text);
    expected.push(("grammar", "malformed", "D09-refused"));
    let text = caller.text("INVITE", BOB, "version", 1, "").replacen("SIP/2.0\r\n", "SIP/3.0\r\n", 1);
    caller.exchange(&text);
    expected.push(("version", "version", "D09-refused"));
    caller.ask("INVITE", BOB, "extension", "Proxy-Require: foo\r\n");
    expected.push(("extension", "extension", "D33-unsupported"));
    caller.ask("INVITE", "sip:example.test", "server", "");
    expected.push(("server", "method-not-allowed", "D33-method"));
    caller.ask("INVITE", "foo:bob", "scheme", "");
    expected.push(("scheme", "scheme", "D22-scheme"));
}

fn refused_for_a_password(caller: &Phone<'_>, expected: &mut Vec<Expected>) {
    let as_alice = |call, cseq, rows: &str| {
        caller.text("INVITE", BOB, call, cseq, rows).replace("sip:eve@else.test", "sip:alice@example.test")
    };
    // Strangers are not told who is unknown.
    let zoe = |text: String| text.replace(BOB, ZOE);
    let challenge = caller.exchange(&zoe(as_alice("unknown", 1, "")));
    let own = proof(&challenge, "INVITE", ZOE, "alice", "alice");
    caller.exchange(&zoe(as_alice("unknown", 2, &own)));
    expected.push(("unknown", "unknown-user", "D22-unknown"));
    caller.exchange(&as_alice("silent", 1, ""));
    expected.push(("silent", "challenge-unanswered", "D13-none"));
    let challenge = caller.exchange(&as_alice("password", 1, ""));
    let proof = proof(&challenge, "INVITE", BOB, "alice", "not-hers");
    caller.exchange(&as_alice("password", 2, &proof));
    expected.push(("password", "wrong-credentials", "D11-anew"));
}

fn with_a_phone(caller: &Phone<'_>, bob: &Phone<'_>, expected: &mut Vec<Expected>) {
    bob.register("away-first", 3600);
    let mut answered = |call: &'static str, status: &'static str, rows: &str, told: Expected| {
        caller.send(&offered(&caller.text("INVITE", BOB, call, 1, "")));
        let invite = bob.hear("INVITE ", call);
        bob.send(&response(&invite, status, rows));
        let passed = caller.hear("SIP/2.0 ", call);
        caller.send(&ack(&caller.text("INVITE", BOB, call, 1, ""), &passed));
        bob.hear("ACK ", call);
        expected.push(told);
    };
    answered("busy", "486 Busy Here", "", ("busy", "passed", "D31-busy"));
    answered("codec", "488 Not Acceptable Here", "", ("codec", "passed", "D29-codecs"));
    answered("declined", "603 Decline", "", ("declined", "passed", "D31-everywhere"));
    answered("gone", "410 Gone", "", ("gone", "passed", "D22-gone"));
    answered("down", "503 Service Unavailable", "", ("down", "only-unavailable", "D32-down"));
    answered("absent", "404 Not Found", "", ("absent", "passed", "D22-unknown"));
    answered("short", "484 Address Incomplete", "", ("short", "passed", "D22-incomplete"));
    answered("several", "485 Ambiguous", "", ("several", "passed", "D22-ambiguous"));
    answered("forbidden", "403 Forbidden", "", ("forbidden", "passed", "D15-far"));
    answered("away", "480 Temporarily Unavailable", "", ("away", "passed", "D24-away"));
    answered("nowhere", "600 Busy Everywhere", "", ("nowhere", "passed", "D31-everywhere"));
    answered("unwanted", "607 Unwanted", "", ("unwanted", "passed", "D31-everywhere"));
    answered("broken", "500 Server Internal Error", "", ("broken", "passed", "D32-error"));
    answered("nonsense", "502 Bad Gateway", "", ("nonsense", "passed", "D32-gateway"));
    let reason = "Reason: Q.850;cause=34\r\n";
    answered("trunk", "503 Service Unavailable", reason, ("trunk", "only-unavailable", "D32-trunk"));
    bob.register("away-last", 0);
    caller.ask("INVITE", BOB, "unregistered", "");
    expected.push(("unregistered", "unregistered", "D16-removed"));
}

// -----------------------------------------------------------------------------------------------------------------

pub(crate) const BOB: &str = "sip:bob@example.test";
const ZOE: &str = "sip:zoe@example.test";
/// What `why` must say of calls whose next hop could not be reached safely.
const HANDSHAKES: [(&str, &str); 5] = [
    ("tls-name", "the certificate names somebody else"),
    ("tls-stranger", "no trusted authority signed the certificate"),
    ("tls-over", "the certificate is out of date"),
    ("tls-strict", "the peer refused our certificate, or wants one"),
    ("tls-none", "the peer speaks no TLS that we know"),
];
/// More than any machine needs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The packets of all phones.
#[derive(Clone, Default)]
pub(crate) struct Tap(Arc<Mutex<Vec<Packet>>>);

/// When, how, from where, to where, what.
type Packet = (Instant, Transport, SocketAddr, SocketAddr, Vec<u8>);

impl Tap {
    pub(crate) fn note(&self, transport: Transport, src: SocketAddr, dst: SocketAddr, bytes: &[u8]) {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let at = Instant::from_unix_micros(since.as_micros() as u64);
        self.packets().push((at, transport, src, dst, bytes.to_vec()));
    }

    fn packets(&self) -> std::sync::MutexGuard<'_, Vec<Packet>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A phone that is played by hand.
pub(crate) struct Phone<'t> {
    socket: UdpSocket,
    own: SocketAddr,
    server: SocketAddr,
    tap: &'t Tap,
}

impl<'t> Phone<'t> {
    pub(crate) fn new(at: &str, office: &Office, tap: &'t Tap) -> Self {
        let socket = UdpSocket::bind(at).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Phone { own: socket.local_addr().unwrap(), server: office.proxy.parse().unwrap(), socket, tap }
    }

    fn note(&self, src: SocketAddr, dst: SocketAddr, bytes: &[u8]) {
        self.tap.note(Transport::Udp, src, dst, bytes);
    }

    /// What was on the wire last.
    fn last(&self) -> Option<String> {
        self.tap.packets().last().map(|(.., bytes)| String::from_utf8_lossy(bytes).into_owned())
    }

    pub(crate) fn send(&self, text: &str) {
        self.note(self.own, self.server, text.as_bytes());
        self.socket.send_to(text.as_bytes(), self.server).unwrap();
    }

    /// The next message of the call with this beginning that is no provisional answer.
    pub(crate) fn hear(&self, start: &str, call: &str) -> String {
        let mut bytes = [0; 8192];
        loop {
            let heard = self.socket.recv_from(&mut bytes);
            let (count, from) = heard.unwrap_or_else(|e| panic!("{start} of {call}: {e} {:?}", self.last()));
            self.note(from, self.own, &bytes[..count]);
            let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
            let is_meant = text.starts_with(start) && !text.starts_with("SIP/2.0 1");
            if is_meant && text.contains(&format!("Call-ID: {call}\r\n")) {
                return text;
            }
        }
    }

    pub(crate) fn text(&self, method: &str, uri: &str, call: &str, cseq: u32, rows: &str) -> String {
        let Phone { own, .. } = self;
        let length = if rows.contains("Content-Length") { "" } else { "Content-Length: 0\r\n" };
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{call}{cseq};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:eve@else.test>;tag={call}\r\nTo: <{uri}>\r\nCall-ID: {call}\r\nCSeq: {cseq} {method}\r\n\
             Contact: <sip:eve@{own}>\r\n{rows}{length}\r\n"
        )
    }

    pub(crate) fn ask(&self, method: &str, uri: &str, call: &str, rows: &str) -> String {
        self.exchange(&self.text(method, uri, call, 1, rows))
    }

    /// Sends a request, hears its answer, and acknowledges a failure.
    pub(crate) fn exchange(&self, request: &str) -> String {
        self.send(request);
        let call = request.split("Call-ID: ").nth(1).unwrap().split("\r\n").next().unwrap();
        let answer = self.hear("SIP/2.0 ", call);
        if request.starts_with("INVITE") {
            self.send(&ack(request, &answer));
        }
        answer
    }

    /// Registers as bob for so long.
    pub(crate) fn register(&self, call: &str, secs: u32) {
        let uri = "sip:example.test";
        let text = |cseq, rows: &str| {
            let rows = format!("Expires: {secs}\r\n{rows}");
            let text = self.text("REGISTER", uri, call, cseq, &rows).replace("sip:eve@else.test", BOB);
            text.replace(&format!("To: <{uri}>"), &format!("To: <{BOB}>")).replace("sip:eve@", "sip:bob@")
        };
        let challenge = self.exchange(&text(1, ""));
        self.exchange(&text(2, &proof(&challenge, "REGISTER", uri, "bob", "bob")));
    }
}

/// The row of credentials that answers the first challenge of a response.
fn proof(challenge: &str, method: &str, uri: &str, user: &str, password: &str) -> String {
    let (asked, given) = match method {
        "REGISTER" => ("WWW-Authenticate: ", "Authorization"),
        _ => ("Proxy-Authenticate: ", "Proxy-Authorization"),
    };
    let row = challenge.lines().find_map(|line| line.strip_prefix(asked)).unwrap();
    let challenge = Challenge::parse(row.as_bytes()).unwrap();
    let proof = challenge.answer(&Answer {
        user: user.as_bytes(),
        secret: &challenge.secret_of(user.as_bytes(), password.as_bytes()),
        method: method.as_bytes(),
        uri: uri.as_bytes(),
        body: b"",
        nonce_count: 1,
        cnonce: b"c",
    });
    format!("{given}: {}\r\n", String::from_utf8(proof).unwrap())
}

pub(crate) fn offered(invite: &str) -> String {
    let body =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    let length = format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n", body.len());
    invite.replace("Content-Length: 0\r\n", &length) + body
}

/// What whoever got `request` answers.
pub(crate) fn response(request: &str, status: &str, rows: &str) -> String {
    let head = request.split("\r\n\r\n").next().unwrap();
    let is_echoed =
        |line: &&str| ["Via:", "From:", "Call-ID:", "CSeq:"].iter().any(|name| line.starts_with(name));
    let echoed: String = head.lines().filter(is_echoed).map(|line| format!("{line}\r\n")).collect();
    let to = head.lines().find(|line| line.starts_with("To:")).unwrap();
    format!("SIP/2.0 {status}\r\n{echoed}{to};tag=bob\r\n{rows}Content-Length: 0\r\n\r\n")
}

/// The ACK to a failure.
pub(crate) fn ack(request: &str, answer: &str) -> String {
    let row = |text: &str, name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let cseq = row(request, "CSeq:").replace("INVITE", "ACK");
    let rows =
        [row(request, "Via:"), row(request, "From:"), row(answer, "To:"), row(request, "Call-ID:"), cseq];
    let uri = request.split(' ').nth(1).unwrap();
    format!("ACK {uri} SIP/2.0\r\n{}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", rows.join("\r\n"))
}

/// What `ringback why` says of all calls, as soon as the last of them is on the disk.
fn why(office: &Office, expected: &[Expected]) -> Value {
    let config = office.folder.join("ringback.toml");
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let mut command = ringback(&["why", "--since", "1h", "--json"], "");
        let output = command.arg("--config").arg(&config).output().unwrap();
        let told = if output.status.success() { rows(&output).remove(0) } else { Value::Null };
        let is_whole = expected.iter().all(|(call, ..)| !matches!(cause_in(&told, call), "" | "pending"));
        if is_whole || std::time::Instant::now() > deadline {
            return told;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What `ringback trace` finds in the packets.
fn trace(office: &Office, tap: &Tap) -> String {
    let path = office.folder.join("faults.pcap");
    let mut writer = PacketWriter::new(std::fs::File::create(&path).unwrap()).unwrap();
    for (at, transport, src, dst, bytes) in tap.packets().iter() {
        writer.write_message(*at, *transport, [*src, *dst], bytes).unwrap();
    }
    // Long after: what did not come in this time does not come.
    let (at, _, src, dst, _) = tap.packets().last().unwrap().clone();
    writer.write(at + 2 * PATIENCE, src, dst, b"\r\n\r\n").unwrap();
    writer.finish().unwrap();
    let (file, keys) = (path.to_str().unwrap(), office.folder.join("keys.log"));
    let told =
        ringback(&["trace", file, "--local", "127.0.0.1", "--json", "--keylog", keys.to_str().unwrap()], "")
            .output();
    text(&told.unwrap())
}

fn cause_in<'v>(why: &'v Value, call: &str) -> &'v str {
    let calls = why["calls"].as_array().map(Vec::as_slice).unwrap_or_default();
    let own = calls.iter().find(|row| row["call_id"] == call);
    own.and_then(|row| row["cause"].as_str()).unwrap_or_default()
}

/// Rule and case of the verdict; without a fault, of the first thing worth knowing.
fn rule_in(trace: &str, call: &str) -> String {
    let all: Vec<Value> = trace.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let calls =
        all.iter().flat_map(|row| row["calls"].as_array().cloned().unwrap_or_else(|| vec![row.clone()]));
    let Some(own) = calls.into_iter().find(|row| row["call_id"] == call) else { return String::new() };
    let said = ["roots", "notes"].map(|kind| own[kind][0]["finding"].clone());
    let found = said.iter().find(|finding| !finding.is_null()).cloned().unwrap_or_default();
    let part = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    if part("case").is_empty() { part("rule") } else { format!("{}-{}", part("rule"), part("case")) }
}
