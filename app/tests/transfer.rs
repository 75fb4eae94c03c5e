//! Transfers as a person makes and takes them: commands against each other over loopback.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

mod office;

use office::*;
use serde_json::Value;
use std::net::UdpSocket;
use std::time::Duration;

/// Bob, who goes where he is sent.
fn bob(folder: &Folder, args: &[&str]) -> Listener {
    let wav = folder.0.join("bob.wav").to_str().unwrap().to_owned();
    Listener::start(&[&["--transfers", "allow", "--tone", "660", "--wav-out", &wav], args].concat(), "")
}

/// How the transfer fared, stage by stage.
fn stages(rows: &[Value]) -> Vec<Value> {
    rows.iter().filter(|row| row["event"] == "transfer").map(|row| row["stage"].clone()).collect()
}

fn heard(folder: &Folder, name: &str, hertz: f64) -> f64 {
    share_in(&folder.0.join(name), hertz)
}

#[test]
fn a_blind_transfer_connects_the_peer_with_its_target_and_both_hear_each_other() {
    let folder = Folder::make("blind");
    let wav = folder.0.join("carol.wav").to_str().unwrap().to_owned();
    let mut carol =
        Listener::start(&["--tone", "880", "--wav-out", &wav, "--duration", "1500ms", "--count", "1"], "");
    let mut bob = bob(&folder, &["--count", "2"]);
    let call = ["call", &bob.target(), "--tone", "440", "--transfer-to", &carol.target(), "--json"];
    let output = ringback(&[&call[..], &["--transfer-after", "300ms"]].concat(), "").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let stages = stages(&rows(&output));
    assert_eq!((&stages[0], stages.last().unwrap()), (&"asked".into(), &"done".into()), "{stages:?}");
    assert_eq!(event(&output, "ended")["reason"], "the peer is with who it was sent to");
    let told = bob.rest();
    let referred = told.iter().find(|row| row["event"] == "referred").unwrap();
    assert_eq!(
        (&referred["call"], &referred["by"], &referred["replaces"]),
        (&1.into(), &0.into(), &false.into())
    );
    let ends: Vec<_> = told.iter().filter(|row| row["event"] == "ended").map(|row| &row["call"]).collect();
    assert_eq!(ends, [0, 1]);
    carol.rest();
    // Each call has its own recording: alice's tone in the first, carol's in the second.
    assert!(heard(&folder, "bob.wav", 440.0) > 0.8 && heard(&folder, "bob-2.wav", 880.0) > 0.8);
    assert!(heard(&folder, "carol.wav", 660.0) > 0.8);
}

#[test]
fn an_attended_transfer_puts_the_peer_in_our_place() {
    let folder = Folder::make("attended");
    let wav = folder.0.join("carol.wav").to_str().unwrap().to_owned();
    let args =
        ["--transfers", "allow", "--tone", "880", "--wav-out", &wav, "--duration", "1500ms", "--count", "2"];
    let mut carol = Listener::start(&args, "");
    let mut bob = bob(&folder, &["--count", "2"]);
    let call = ["call", &bob.target(), "--transfer-to", &carol.target(), "--attended", "--json"];
    let output = ringback(&call, "").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(stages(&rows(&output)).last().unwrap(), "done", "{}", text(&output));
    let told = carol.rest();
    let taken = told.iter().filter(|row| row["event"] == "incoming").nth(1).unwrap();
    assert_eq!(taken["replaces"], 0, "{told:?}");
    let ends: Vec<_> = told.iter().filter(|row| row["event"] == "ended").collect();
    assert_eq!(
        (&ends[0]["call"], &ends[0]["reason"]),
        (&0.into(), &"another call has taken its place".into())
    );
    bob.rest();
    assert!(heard(&folder, "bob-2.wav", 880.0) > 0.8 && heard(&folder, "carol-2.wav", 660.0) > 0.8);
}

#[test]
fn a_transfer_ends_with_the_code_of_its_refusal() {
    let folder = Folder::make("refused");
    let mut busy = Listener::start(&["--code", "486"], "");
    let mut bob = bob(&folder, &[]);
    let mut deaf = Listener::start(&[], "");
    // The target is busy, as the peer hears it or as we do; the peer takes no transfers.
    let rows = [(&bob, &[][..], 46), (&bob, &["--attended"], 46), (&deaf, &[], 63)];
    for (peer, extra, code) in rows {
        let call = ["call", &peer.target(), "--transfer-to", &busy.target(), "--json"];
        let output = ringback(&[&call[..], extra].concat(), "").output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", text(&output));
        assert_eq!(stages(&self::rows(&output)).last().unwrap(), "failed");
    }
    for phone in [&mut bob, &mut deaf, &mut busy] {
        phone.interrupt();
        phone.rest();
    }
}

#[test]
fn a_caller_goes_where_its_peer_sends_it_and_its_last_call_says_how_it_ends() {
    let mut carol = Listener::start(&["--tone", "880", "--count", "1"], "");
    let peer = Peer::bind();
    let mut alice = Listener::spawn(&["call", &peer.uri(), "--transfers", "allow", "--json"], "");
    let invite = peer.hear("INVITE");
    peer.answer(&invite, SDP);
    peer.hear("ACK");
    peer.ask(&invite, 1, "REFER", &format!("Refer-To: <{}>\r\n", carol.target()));
    peer.hear("SIP/2.0 200");
    for line in ["SIP/2.0 100", "SIP/2.0 200"] {
        let notify = peer.hear("NOTIFY");
        assert!(notify.split("\r\n\r\n").nth(1).unwrap().starts_with(line), "{notify}");
        peer.answer(&notify, "");
    }
    let referred = alice.wait_for("referred");
    assert_eq!(referred["target"].as_str().unwrap(), carol.target());
    assert_eq!(alice.wait_for("established")["call"], 1);
    peer.ask(&invite, 2, "BYE", "");
    let end = alice.wait_for("ended");
    assert_eq!((&end["call"], &end["reason"]), (&0.into(), &"the peer hung up".into()));
    carol.interrupt();
    let end = alice.wait_for("ended");
    assert_eq!((&end["call"], &end["target"]), (&1.into(), &carol.target().into()));
    assert_eq!(alice.child.wait().unwrap().code(), Some(0));
    carol.rest();
}

#[test]
fn a_phone_is_asked_from_outside_to_call_somebody() {
    let mut carol = Listener::start(&["--duration", "200ms", "--count", "2"], "");
    let mut bob = Listener::start(&["--transfers", "anybody", "--count", "2"], "");
    let mut deaf = Listener::start(&["--transfers", "allow"], "");
    let ask = |who: &Listener, more: &[&str]| {
        let (who, to) = (who.target(), carol.target());
        ringback(&[&["transfer", &who, "--to", &to, "--json"], more].concat(), "").output().unwrap()
    };
    let output = ask(&bob, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(stages(&rows(&output)).last().unwrap(), "done");
    bob.wait_for("ended");
    let output = ask(&bob, &["--no-notify"]);
    assert_eq!((output.status.code(), stages(&rows(&output))), (Some(0), vec!["accepted".into()]));
    // Who takes wishes inside of calls alone forbids it.
    assert_eq!(ask(&deaf, &[]).status.code(), Some(43));
    carol.rest();
    bob.rest();
    deaf.interrupt();
    deaf.rest();
}

/// A phone whose messages the test writes.
struct Peer(UdpSocket);

impl Peer {
    fn bind() -> Peer {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Peer(socket)
    }

    fn uri(&self) -> String {
        format!("sip:peer@{}", self.0.local_addr().unwrap())
    }

    /// The next message that begins so; others are repetitions.
    fn hear(&self, start: &str) -> String {
        let mut bytes = [0; 4096];
        loop {
            let (length, from) = self.0.recv_from(&mut bytes).unwrap();
            self.0.connect(from).unwrap();
            let text = String::from_utf8(bytes[..length].to_vec()).unwrap();
            if text.starts_with(start) {
                return text;
            }
        }
    }

    /// 200 to a request.
    fn answer(&self, request: &str, body: &str) {
        let mut text = "SIP/2.0 200 OK\r\n".to_owned();
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            let tag = if name == "To" && !field(request, "To").contains(";tag=") { ";tag=peer" } else { "" };
            text += &format!("{name}: {}{tag}\r\n", field(request, name));
        }
        self.send(text, body);
    }

    /// A request inside the dialog of the caller's INVITE.
    fn ask(&self, invite: &str, cseq: u32, method: &str, rows: &str) {
        let [to, from, id] = ["From", "To", "Call-ID"].map(|name| field(invite, name));
        let contact = field(invite, "Contact");
        let target = contact.split(['<', '>']).nth(1).unwrap();
        let via = format!("SIP/2.0/UDP {};branch=z9hG4bK{method}", self.0.local_addr().unwrap());
        let text = format!(
            "{method} {target} SIP/2.0\r\nVia: {via}\r\nFrom: {from};tag=peer\r\nTo: {to}\r\nCall-ID: {id}\r\n\
             CSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n{rows}"
        );
        self.send(text, "");
    }

    fn send(&self, head: String, body: &str) {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let text =
            format!("{head}Contact: <{}>\r\n{kind}Content-Length: {}\r\n\r\n{body}", self.uri(), body.len());
        self.0.send(text.as_bytes()).unwrap();
    }
}

/// The value of a header field.
fn field<'a>(message: &'a str, name: &str) -> &'a str {
    message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap()
}

const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";
