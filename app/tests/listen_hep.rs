//! `ringback listen-hep`: what servers tell comes in, verdicts go out.

use ringback_io::hep::{Content, HepPacket};
use ringback_sip::flow::Transport;
use ringback_sip::time::Instant;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A command that listens.
struct Listening {
    child: Child,
    lines: BufReader<ChildStdout>,
    /// Where, over UDP and over TCP.
    places: [SocketAddr; 2],
}

impl Listening {
    fn start(args: &[&str]) -> Listening {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ringback"))
            .args(["listen-hep", "--listen", "udp:127.0.0.1:0,tcp:127.0.0.1:0", "--json"])
            .args(args)
            .env("LC_ALL", "C")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("ringback runs");
        let lines = BufReader::new(child.stdout.take().expect("stdout"));
        let mut listening = Listening { child, lines, places: [([127, 0, 0, 1], 0).into(); 2] };
        let event = listening.event("listening");
        listening.places = [0, 1].map(|n| {
            let place = event["places"][n].as_str().expect("a place");
            place.split_once(':').expect("a transport").1.parse().expect("an address")
        });
        listening
    }

    /// The next event, which has this name.
    fn event(&mut self, name: &str) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        let event: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(event["event"], name, "{event}");
        event
    }

    /// Ctrl-C, and the summary.
    fn end(mut self) -> Value {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-INT", &id]).status().expect("kill runs");
        let summary = self.event("summary");
        assert!(self.child.wait().expect("an end").success());
        summary
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// Packets of a REGISTER with its answer, which is refused unless it is good; the capturer shows a key.
fn registration(call: &str, status: &str, key: &str) -> Vec<Vec<u8>> {
    let ends: [SocketAddr; 2] =
        ["192.0.2.1:5060", "192.0.2.2:5060"].map(|end| end.parse().expect("an address"));
    let message = |start: &str| {
        format!(
            "{start}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <sip:ann@x.test>;tag=1\r\n\
             To: <sip:ann@x.test>\r\nCall-ID: {call}\r\nCSeq: 1 REGISTER\r\nAuthorization: Digest username=\"ann\", \
             realm=\"x.test\", nonce=\"n\", uri=\"sip:x.test\", response=\"0123456789abcdef\"\r\nContent-Length: 0\r\n\r\n"
        )
    };
    let [there, back] = [[ends[0], ends[1]], [ends[1], ends[0]]];
    let rows =
        [(there, message("REGISTER sip:x.test SIP/2.0")), (back, message(&format!("SIP/2.0 {status}")))];
    let packet = |(millis, (ends, text)): (u64, ([SocketAddr; 2], String))| {
        let packet = HepPacket {
            ends,
            transport: Transport::Udp,
            at: Some(Instant::from_unix_micros(1_700_000_000_000_000 + millis * 1000)),
            content: Content::Sip,
            agent: 2001,
            key: key.as_bytes().into(),
            correlation: b"".as_slice().into(),
            payload: text.into_bytes().into(),
        };
        packet.write().expect("it fits")
    };
    (0..).zip(rows).map(packet).collect()
}

#[test]
fn a_call_is_told_when_it_has_ended_over_either_transport() {
    let mut listening = Listening::start(&[]);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    for packet in registration("good@x", "200 OK", "") {
        socket.send_to(&packet, listening.places[0]).expect("sent");
    }
    let good = listening.event("call");
    assert_eq!((&good["call_id"], &good["judgement"]), (&"good@x".into(), &"good".into()), "{good}");
    let mut stream = TcpStream::connect(listening.places[1]).expect("a connection");
    stream.write_all(&registration("bad@x", "403 Forbidden", "").concat()).expect("sent");
    let bad = listening.event("call");
    assert_eq!((&bad["call_id"], &bad["judgement"]), (&"bad@x".into(), &"unknown".into()), "{bad}");
    let summary = listening.end();
    assert_eq!((&summary["packets"], &summary["agents"]["2001"]), (&4.into(), &4.into()), "{summary}");
    assert_eq!(summary["calls"], 2, "{summary}");
}

#[test]
fn without_the_key_nothing_is_taken() {
    let mut listening = Listening::start(&["--authenticate", "right"]);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    for (call, key) in [("none@x", ""), ("wrong@x", "wrong"), ("right@x", "right")] {
        for packet in registration(call, "200 OK", key) {
            socket.send_to(&packet, listening.places[0]).expect("sent");
        }
    }
    socket.send_to(b"INVITE sip:a SIP/2.0\r\n\r\n", listening.places[0]).expect("sent");
    assert_eq!(listening.event("call")["call_id"], "right@x");
    let summary = listening.end();
    let refused = &summary["refused"];
    assert_eq!((&refused["the key is missing or wrong"], &refused["it is no HEP"]), (&4.into(), &1.into()));
    assert_eq!(summary["calls"], 1);
}

#[test]
fn page_and_capture_hold_what_came_without_secrets_and_what_is_open_is_told_at_the_end() {
    let path = |end: &str| -> PathBuf {
        std::env::temp_dir().join(format!("ringback-hep-{}.{end}", std::process::id()))
    };
    let [page, capture] = ["html", "pcap"].map(path);
    let [page_arg, capture_arg] = [&page, &capture].map(|path| path.to_str().expect("a path"));
    let mut listening = Listening::start(&["--html", page_arg, "--pcap-out", capture_arg]);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let half = registration("half@x", "200 OK", "").remove(0);
    socket.send_to(&half, listening.places[0]).expect("sent");
    for packet in registration("whole@x", "403 Forbidden", "") {
        socket.send_to(&packet, listening.places[0]).expect("sent");
    }
    assert_eq!(listening.event("call")["call_id"], "whole@x");
    let id = listening.child.id().to_string();
    Command::new("kill").args(["-INT", &id]).status().expect("kill runs");
    assert_eq!(listening.event("call")["call_id"], "half@x");
    assert_eq!(listening.event("summary")["calls"], 2);
    assert!(listening.child.wait().expect("an end").success());
    let (html, bytes) = (std::fs::read_to_string(&page), std::fs::read(&capture));
    let html = html.expect("the page");
    assert!(html.contains("half@x") && html.contains("whole@x"), "{html}");
    let bytes = bytes.expect("the capture");
    assert!(
        bytes.windows(7).any(|w| w == b"whole@x") && !bytes.windows(16).any(|w| w == b"0123456789abcdef")
    );
    for file in [page, capture] {
        std::fs::remove_file(file).expect("it is there");
    }
}
