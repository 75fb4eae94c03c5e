//! `ringback route`, and a server that does what it says.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const PLAN: &str = r#"
timezone = "Europe/Amsterdam"

[auth]
required = false

[[hop]]
name = "carrier"
targets = [{ uri = "sip:192.0.2.40;transport=tcp;lr" }, { uri = "sip:192.0.2.41", priority = 20 }]

[[user]]
name = "dora"
gone = true

[[user]]
name = "erik"
instead = ["sip:desk@example.test", "https://example.test/help"]

[[route]]
name = "night"
users = ["desk"]
hours = ["18:00-08:00"]
action = "redirect"
contacts = ["<sip:voicemail@example.test>;q=0.5", "sip:guard@example.test"]

[[route]]
name = "international"
patterns = ['00([1-9][0-9]{6,13})']
replace = "+{1}"
action = "hop"
hop = "carrier"

[[route]]
name = "premium"
prefixes = ["0900"]
action = "reject"
code = 480
reason = "Not From Here"
retry_after = "1h"

[[route]]
name = "moved"
users = ["frits"]
action = "redirect"
code = 301
contacts = ["sip:{user}@new.test"]
"#;

#[test]
fn route_tells_the_rule_those_before_it_and_where_the_request_goes() {
    let place = Place::new("tell", PLAN);
    let told = text(&place.run(&["route", "sip:0031201234567@example.test", "--lang", "en"]).stdout);
    for words in [
        "night          line 25    the user part is another one",
        "international  line 32    holds",
        "target      sip:+31201234567@example.test",
        "first: sip:+31201234567@example.test by <sip:192.0.2.40;transport=tcp;lr>",
        "else: sip:+31201234567@192.0.2.41",
    ] {
        assert!(told.contains(words), "{words}\n{told}");
    }
    let dutch = text(&place.run(&["route", "sip:09001234@example.test", "--lang", "nl"]).stdout);
    assert!(
        dutch.contains("het gebruikersdeel is een ander") && dutch.contains("antwoordt   480 Not From Here")
    );
    let number = place.json(&["route", "tel:0031-20-1234567;phone-context=+1"]);
    assert_eq!(
        (&number["rule"], &number["outcome"]["kind"]),
        (&place.json(&["route", "sip:0031201234567@example.test"])["rule"], &"send".into())
    );
    assert_eq!(place.json(&["route", "tel:+31"])["outcome"]["status"], 416, "no rule takes it");
    let gone = text(&place.run(&["route", "sip:dora@example.test", "--lang", "en"]).stdout);
    assert!(gone.contains("410 Gone (user dora@example.test, line 17)"), "{gone}");
}

#[test]
fn the_time_decides_as_given_and_not_as_it_is() {
    let place = Place::new("time", PLAN);
    let at = |time: &str| {
        let told = place.json(&["route", "sip:desk@example.test", "--at", time]);
        (told["tried"][0]["missed"].clone(), told["outcome"]["status"].clone())
    };
    assert_eq!(at("2026-11-21T17:59"), ("time".into(), Value::Null));
    assert_eq!(at("2026-11-21T18:00"), (Value::Null, 302.into()));
    assert_eq!(at("2026-11-21T07:30Z"), ("time".into(), Value::Null), "half past eight in Amsterdam");
    assert_eq!(at("2026-07-21T06:30Z"), ("time".into(), Value::Null), "half past eight, in summer too");
}

#[test]
fn strangers_get_nowhere_and_are_told_apart_by_their_from() {
    let place = Place::new("stranger", PLAN);
    let args = ["route", "sip:0031201234567@example.test", "--from", "sip:m@elsewhere.test"];
    let told = place.json(&args);
    assert_eq!(
        (&told["request"]["stranger"], &told["tried"][1]["missed"]),
        (&true.into(), &"stranger".into())
    );
    let relay = place.json(&["route", "sip:a@other.test", "--from", "sip:m@elsewhere.test"]);
    assert_eq!((&relay["outcome"]["status"], &relay["outcome"]["cause"]), (&403.into(), &"relay".into()));
    let free = place.json(&["route", "sip:a@other.test", "--from", "sip:alice@example.test"]);
    assert_eq!(free["outcome"]["kind"], "send");
}

#[test]
fn wrong_arguments_and_faulty_files_are_told() {
    let place = Place::new("wrong", PLAN);
    for args in [
        &["route", "bob"][..],
        &["route", "mailto:a@example.test"],
        &["route", "sip:bob@example.test", "--source", "carrier"],
        &["route", "sip:bob@example.test", "--transport", "pigeon"],
        &["route", "sip:bob@example.test", "--at", "noon"],
    ] {
        let output = place.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).contains(args.last().unwrap()), "{args:?}");
    }
    let shadow = "[[route]]\nname = \"all\"\naction = \"reject\"\ncode = 403\n\
                  [[route]]\nname = \"never\"\nusers = [\"bob\"]\naction = \"forward\"\n";
    let faulty = Place::new("faulty", shadow);
    let checked = faulty.run(&["check"]);
    assert_eq!(checked.status.code(), Some(2));
    let report = text(&checked.stderr);
    assert!(report.contains("never reached") && report.contains("`all`"), "{report}");
    let routed = faulty.run(&["route", "sip:bob@example.test"]);
    assert_eq!((routed.status.code(), text(&routed.stderr).contains("never reached")), (Some(2), true));
}

#[test]
fn the_server_answers_what_route_says_and_the_journal_names_the_rule() {
    let place = Place::new("same", PLAN);
    let mut server = place.serve();
    for (user, status) in [("09001234", 480), ("frits", 301), ("dora", 410), ("erik", 380), ("nobody", 404)] {
        let uri = format!("sip:{user}@example.test");
        let told = place.json(&["route", &uri, "--from", "sip:alice@example.test"]);
        let answer = server.invite(&uri);
        let outcome = &told["outcome"];
        assert_eq!((answer.status, outcome["status"].clone()), (status, status.into()), "{}", answer.text);
        let line = format!("SIP/2.0 {status} {}\r\n", outcome["phrase"].as_str().unwrap());
        assert!(answer.text.starts_with(&line), "{}", answer.text);
        for row in outcome["headers"].as_array().unwrap() {
            let row = format!("\r\n{}: {}\r\n", row[0].as_str().unwrap(), row[1].as_str().unwrap());
            assert!(answer.text.contains(&row), "{row}\n{}", answer.text);
        }
        let body = outcome["body"].as_str().unwrap_or_default();
        assert!(answer.text.ends_with(&format!("\r\n\r\n{body}")), "{}", answer.text);
    }
    let log = server.end();
    let causes: Vec<String> = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|row| row["fact"] == "answered" && row["method"] == "INVITE")
        .map(|row| format!("{} {} {}", row["status"], row["cause"], row["detail"]))
        .collect();
    let expected = [
        r#"480 "rule" "premium, line 39""#,
        r#"301 "rule" "moved, line 47""#,
        r#"410 "user-state" "dora@example.test, line 17""#,
        r#"380 "user-state" "erik@example.test, line 21""#,
        r#"404 "unknown-user" "nobody@example.test""#,
    ];
    assert_eq!(causes, expected, "{log}");
}

#[test]
fn a_redirect_server_tells_where_a_phone_is_as_route_foresees() {
    let place = Place::new("redirect", "[auth]\nrequired = false\n[proxy]\nredirect = true\n");
    let server = place.serve();
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    let contact = format!("sip:bob@{}", phone.local_addr().unwrap());
    let registered = server.ask(
        "REGISTER",
        "sip:example.test",
        "sip:bob@example.test",
        &format!("Contact: <{contact}>\r\nExpires: 600\r\n"),
    );
    assert_eq!(registered.status, 200, "{}", registered.text);
    let answer = server.invite("sip:bob@example.test");
    assert_eq!(answer.status, 302);
    assert!(answer.text.contains(&format!("\r\nContact: <{contact}>;expires=")), "{}", answer.text);
    let told = place.json(&["route", "sip:bob@example.test"]);
    assert_eq!((&told["user"], &told["outcome"]["status"]), (&"bob@example.test".into(), &302.into()));
}

#[test]
fn what_the_caller_wishes_of_phones_is_explained_as_the_server_follows_it() {
    let place = Place::new("wishes", "[auth]\nrequired = false\n");
    let server = place.serve();
    let phones = [("desk", "audio;video=\"FALSE\";q=0.4"), ("video", "audio;video;q=0.3"), ("old", "q=0.2")];
    for (n, (name, features)) in phones.iter().enumerate() {
        let rows = format!("Contact: <sip:{name}@127.0.0.{}:7777>;{features}\r\nExpires: 600\r\n", n + 1);
        assert_eq!(server.ask("REGISTER", "sip:example.test", "sip:bob@example.test", &rows).status, 200);
    }
    let sends = |wishes: &[&str]| {
        let told = place.json(&[&["route", "sip:bob@example.test"], wishes].concat());
        let names = |rows: &Value| {
            let rows = rows.as_array().cloned().unwrap_or_default();
            let name = |row: &Value| row["uri"].as_str().unwrap()[4..].split('@').next().unwrap().to_owned();
            rows.iter()
                .map(|row| format!("{} {}", name(row), row["why"].as_str().unwrap_or("")))
                .collect::<Vec<_>>()
        };
        (names(&told["outcome"]["to"]), names(&told["unwanted"]), told["outcome"]["cause"].clone())
    };
    let all = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(sends(&[]), (all(&["desk ", "video ", "old "]), vec![], Value::Null));
    let (to, left, _) = sends(&["--prefer", "video;require"]);
    assert_eq!((to, left), (all(&["video ", "old "]), all(&["desk lacking"])));
    let (to, left, _) = sends(&["--avoid", "video=\"FALSE\"", "--disposition", "no-fork"]);
    assert_eq!((to, left), (all(&["video "]), all(&["desk rejected", "old no-fork"])));
    let told = place.run(&["route", "sip:bob@example.test", "--prefer", "video;require", "--lang", "en"]);
    let told = text(&told.stdout);
    assert!(
        told.contains("not to      sip:desk@127.0.0.1:7777 (it lacks what the caller requires)"),
        "{told}"
    );
    let redirect = place.json(&["route", "sip:bob@example.test", "--disposition", "redirect"]);
    assert_eq!(redirect["outcome"]["status"], 300);
}

/// A folder with a configuration.
struct Place {
    folder: PathBuf,
    sip: SocketAddr,
}

impl Place {
    fn new(name: &str, plan: &str) -> Place {
        let folder = std::env::temp_dir().join(format!("ringback-route-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let head = "domains = [\"example.test\"]\ndata = \"data\"\nworkers = 1\nlog = { format = \"json\" }\n\
                    http = { enabled = false }\n";
        let listen = format!("listen = [{{ address = \"{port}\", transports = [\"udp\"] }}]\n");
        std::fs::write(folder.join("ringback.toml"), format!("{head}{listen}{plan}")).unwrap();
        Place { folder, sip: port }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
        command.args(args).arg("--config").arg(self.folder.join("ringback.toml"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["schema"], "ringback.route/1");
        json
    }

    fn serve(&self) -> Server {
        let mut child = self.command(&["serve", "--json"]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("ringback.serve/1"), "{line}");
        Server { child, sip: self.sip }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

struct Server {
    child: Child,
    sip: SocketAddr,
}

struct Answer {
    status: u16,
    text: String,
}

impl Server {
    /// Sends an INVITE of alice over a real socket; acknowledges the final answer.
    fn invite(&self, uri: &str) -> Answer {
        self.ask("INVITE", uri, uri, "Contact: <sip:alice@127.0.0.1>\r\n")
    }

    fn ask(&self, method: &str, uri: &str, to: &str, rows: &str) -> Answer {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let port = socket.local_addr().unwrap().port();
        let message = |method: &str, to: &str| {
            format!(
                "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{port}\r\n\
                 From: <sip:alice@example.test>;tag=1\r\nTo: {to}\r\nCall-ID: c{port}\r\n\
                 CSeq: 1 {method}\r\n{rows}Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
            )
        };
        socket.send_to(message(method, &format!("<{to}>")).as_bytes(), self.sip).unwrap();
        loop {
            let mut bytes = [0; 8192];
            let count = socket.recv(&mut bytes).expect("an answer in time");
            let answer = text(&bytes[..count]);
            let status: u16 = answer[8..11].parse().unwrap();
            if status < 200 {
                continue;
            }
            if method == "INVITE" {
                let to = answer.lines().find_map(|line| line.strip_prefix("To: ")).unwrap();
                socket.send_to(message("ACK", to).as_bytes(), self.sip).unwrap();
            }
            return Answer { status, text: answer };
        }
    }

    /// Ends the server; gives its log.
    fn end(&mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let stderr = self.child.stderr.take().unwrap();
        std::io::read_to_string(stderr).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const PATIENCE: Duration = Duration::from_secs(20);
