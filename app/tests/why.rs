//! `ringback why` beside a server that runs, and after its end.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

mod office;

use office::{Office, ringback, rows, text};
use serde_json::Value;
use std::net::UdpSocket;
use std::process::Output;
use std::time::{Duration, Instant};

#[test]
fn a_call_to_a_user_without_a_phone_is_explained_while_the_server_runs_and_after_its_end() {
    let mut office = Office::open("why-call");
    call(&office, "first@caller");
    let told = eventually(&office, &["first@caller", "--json"]);
    let call = &told["call"];
    assert_eq!(told["schema"], "ringback.why/1");
    assert_eq!((&call["cause"], &call["method"]), (&"never-registered".into(), &"INVITE".into()), "{call}");
    assert_eq!((&call["status"], &call["actor"]), (&480.into(), &"callee".into()));
    let messages = call["messages"].as_array().unwrap();
    assert!(messages.len() >= 2 && messages.iter().any(|m| m["tells"] == true), "{call}");
    let dutch = text(&why(&office, &["first@caller", "--lang", "nl"]));
    assert!(dutch.contains("geen toestel zich aangemeld voor bob@example.test"), "{dutch}");
    assert!(dutch.contains("INVITE sip:bob@example.test ─") && dutch.contains("│   ^ "), "{dutch}");
    assert!(dutch.contains("* ") && dutch.contains("INVITE sip:bob@example.test"), "{dutch}");

    office.server.kill().unwrap();
    office.server.wait().unwrap();
    assert_eq!(rows(&why(&office, &["--last", "--json"]))[0]["call"]["call_id"], "first@caller");
    let table = rows(&why(&office, &["--since", "1h", "--code", "480", "--json"]));
    assert_eq!(table[0]["calls"][0]["cause"], "never-registered");
    assert_eq!(
        rows(&why(&office, &["--since", "1h", "--code", "486", "--json"]))[0]["calls"],
        Value::Array(vec![])
    );
    let unknown = why(&office, &["first@callee", "--json"]);
    assert_eq!((unknown.status.code(), &rows(&unknown)[0]["nearest"][0]), (Some(2), &"first@caller".into()));
    for wrong in [&[][..], &["--last", "--user", "bob"], &["--since", "7"], &["--code", "480"]] {
        assert_eq!(why(&office, wrong).status.code(), Some(2), "{wrong:?}");
    }
    let data = office.folder.join("nowhere");
    assert_eq!(why(&office, &["--last", "--data", data.to_str().unwrap()]).status.code(), Some(1));
}

#[test]
fn a_user_with_a_wrong_password_is_told_so_and_no_digest_is_on_the_disk() {
    let office = Office::open("why-user");
    let register = ["register", "sip:bob@example.test"];
    assert_eq!(office.run(&register, "not-his-password").status.code(), Some(41));
    let deadline = Instant::now() + PATIENCE;
    let told = loop {
        let told = eventually(&office, &["--user", "bob", "--json"]);
        if told["user"]["state"] != "never-registered" || Instant::now() > deadline {
            break told;
        }
    };
    assert_eq!(told["user"]["state"], "wrong-credentials", "{told}");
    assert_eq!(rows(&why(&office, &["--last", "--json"]))[0]["call"]["cause"], "wrong-credentials");
    assert_eq!(office.run(&register, "bob").status.code(), Some(0));
    let deadline = Instant::now() + PATIENCE;
    let history = loop {
        let told = eventually(&office, &["--user", "sip:bob@example.test", "--json"]);
        let history = told["user"]["history"].as_array().unwrap().clone();
        let has = |event: &str| history.iter().any(|row| row["event"] == event);
        if has("registered") && has("refused") {
            break history;
        }
        assert!(Instant::now() < deadline, "{told}");
    };
    assert!(history.iter().any(|row| row["event"] == "registered" && row["peer"].is_string()), "{history:?}");
    assert_eq!(why(&office, &["--user", "nobody"]).status.code(), Some(2));

    let mut seen = 0;
    for file in std::fs::read_dir(office.folder.join("data/journal")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        for secret in ["response=\"", "nonce=\""] {
            for value in shown.split(secret).skip(1) {
                assert!(value.starts_with('*'), "{secret}{}", &value[..20]);
                seen += 1;
            }
        }
    }
    assert!(seen > 4, "digests were on the wire");
}

/// A stranger calls bob.
fn call(office: &Office, call_id: &str) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let own = socket.local_addr().unwrap();
    let invite = format!(
        "INVITE sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{call_id}\r\nMax-Forwards: 70\r\n\
         From: <sip:eve@else.test>;tag=a\r\nTo: <sip:bob@example.test>\r\nCall-ID: {call_id}\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:eve@{own}>\r\nContent-Length: 0\r\n\r\n"
    );
    socket.send_to(invite.as_bytes(), &office.proxy).unwrap();
    let mut bytes = [0; 4096];
    loop {
        let count = socket.recv(&mut bytes).expect("an answer in time");
        if bytes[..count].starts_with(b"SIP/2.0 480 ") {
            return;
        }
    }
}

fn why(office: &Office, args: &[&str]) -> Output {
    let config = office.folder.join("ringback.toml");
    ringback(&[&["why"], args].concat(), "").arg("--config").arg(config).output().unwrap()
}

/// The account, as soon as it is on the disk.
fn eventually(office: &Office, args: &[&str]) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let output = why(office, args);
        let is_told = output.status.code() == Some(0);
        if is_told && rows(&output)[0]["call"]["cause"] != "pending" {
            return rows(&output).remove(0);
        }
        assert!(Instant::now() < deadline, "{}", text(&output));
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// More than any machine needs.
const PATIENCE: Duration = Duration::from_secs(60);
