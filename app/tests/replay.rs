//! `ringback replay` and `ringback diff` on what a running server recorded.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

mod office;

use office::{Folder, ringback, rows, text};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

#[test]
fn recorded_calls_run_again_the_same_and_other_settings_show_what_they_would_do() {
    let town = Town::open("replay");
    town.live();
    for id in CALLS {
        let told = town.replay(&[id, "--json"]);
        assert_eq!(
            (told.status.code(), &rows(&told)[0]["calls"][0]["match"]),
            (Some(0), &"same".into()),
            "{id} {}",
            text(&told)
        );
    }
    let dutch = text(&town.replay(&["national", "--lang", "nl"]));
    assert!(dutch.contains("Opnieuw hetzelfde, byte voor byte") && dutch.contains("INVITE"), "{dutch}");

    let other = town.variant("other.toml", &[("+31{1}", "+32{1}")]);
    let told = town.replay(&["national", "--config", &other, "--json"]);
    let call = &rows(&told)[0]["calls"][0];
    assert_eq!(
        (told.status.code(), &call["match"], &call["changed"]),
        (Some(80), &"differs".into(), &true.into()),
        "{call}"
    );
    assert_eq!(call["was"]["status"], 200);
    assert!(call["was"]["targets"][0]["target"].as_str().unwrap().contains("+31201234567"), "{call}");
    assert!(call["now"]["targets"][0]["target"].as_str().unwrap().contains("+32201234567"), "{call}");
    assert!(call["now"]["status"].is_null(), "what another number would answer is not known: {call}");
    let told = text(&town.replay(&["national", "--config", &other]));
    assert!(told.contains("run again") && told.contains("+32201234567"), "{told}");

    let mut all = std::fs::read_dir(town.folder.0.join("data/journal")).unwrap().map(|f| f.unwrap().path());
    let file = all.find(|path| path.extension().is_some_and(|e| e == "records")).unwrap();
    let told = town.replay(&[file.to_str().unwrap(), "--json"]);
    assert!(rows(&told)[0]["calls"].as_array().unwrap().len() >= CALLS.len(), "{}", text(&told));
    assert_eq!(town.replay(&["no-such-call"]).status.code(), Some(2));
    let nowhere = town.folder.0.join("nowhere");
    let told = ringback(&["replay", "national", "--data", nowhere.to_str().unwrap()], "").output().unwrap();
    assert_eq!(told.status.code(), Some(1));
}

#[test]
fn every_seeded_mistake_is_found_and_an_unchanged_configuration_raises_no_alarm() {
    let mut town = Town::open("diff");
    town.live();
    town.server.kill().unwrap();
    let (carrier, spare) = (town.hop("carrier"), town.hop("spare"));
    let gone = "\n[[user]]\nname = \"bob\"\ngone = true\n";
    let moved = "\n[[user]]\nname = \"bob\"\nmoved = \"sip:bob@else.test\"\n";
    let first = "[[hop]]\nname";
    let barred_first = "[[route]]\nname = \"too-wide\"\nprefixes = [\"02\"]\naction = \"reject\"\ncode = 403\n\n[[hop]]\nname";
    let out = "[[route]]\nname = \"out\"\nprefixes = [\"+\"]\naction = \"hop\"\nhop = \"carrier\"\n";
    let allow = format!("{out}sources = [\"192.0.2.0/24\"]\n");
    let without_lr = format!("{carrier}\"");
    // The mistake, and a call that it concerns.
    let mistakes: [(&str, &str, (&str, &str)); 15] = [
        ("the route out is gone", "abroad", (out, "")),
        ("another trunk", "abroad", (&carrier, &spare)),
        ("the trunks have changed places", "national", ("priority = 10", "priority = 30")),
        ("a wrong prefix", "national", ("+31{1}", "+32{1}")),
        ("the pattern wants more digits", "national", ("[0-9]{3,9}", "[0-9]{9}")),
        ("redirect mode", "bob", ("[proxy]\nredirect = false", "[proxy]\nredirect = true")),
        ("callers must prove who they are", "abroad", ("required = false", "required = true")),
        ("a user is gone", "bob", (gone_place(), gone)),
        ("a user has moved", "bob", (gone_place(), moved)),
        ("another domain", "bob", ("domains = [\"example.test\"]", "domains = [\"example.org\"]")),
        ("a rule that bars too much", "national", (first, barred_first)),
        ("an allow list without us", "abroad", (out, &allow)),
        ("a hop that takes the target for itself", "abroad", (&format!("{carrier};lr\""), &without_lr)),
        ("unknown users are told", "nobody", ("conceal_users = true", "conceal_users = false")),
        ("a barred user is not barred", "fax", ("users = [\"fax\"]", "users = [\"faks\"]")),
    ];
    let mut missed = Vec::new();
    for (name, call, change) in mistakes {
        let config = town.variant("new.toml", &[change]);
        let told = town.diff(&config);
        let row = &rows(&told)[0];
        let is_it = |report: &Value| report["call_id"] == *call;
        let is_found = row["changed"].as_array().is_some_and(|changed| changed.iter().any(is_it));
        if told.status.code() != Some(80) || !is_found {
            missed.push(format!("{name}: {}", text(&told)));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    let shifted = ("domains = ", "# a line more\n# and another\ndomains = ");
    let unrelated = (
        first,
        "[[route]]\nname = \"else\"\nusers = [\"else\"]\naction = \"reject\"\ncode = 404\n\n[[hop]]\nname",
    );
    for changes in [&[][..], &[shifted], &[unrelated], &[shifted, unrelated]] {
        let config = town.variant("new.toml", changes);
        let told = town.diff(&config);
        let row = &rows(&told)[0];
        assert_eq!(
            (told.status.code(), row["changed"].as_array().map(Vec::len)),
            (Some(0), Some(0)),
            "{row}"
        );
        assert!(row["calls"].as_u64().unwrap() >= CALLS.len() as u64, "{row}");
        assert_eq!(row["unjudged"], serde_json::json!({}), "{row}");
    }
    let config = town.variant("new.toml", &[("redirect = false", "redirect = true")]);
    let text = text(&town.command(&["diff", "--config", &config, "--lang", "nl"]));
    assert!(text.contains("zou zijn: 302") && text.contains("daarvan zouden veranderen"), "{text}");
}

#[test]
fn every_seeded_mistake_about_registrations_is_found_and_nothing_else_is_one() {
    let mut town = Town::open("registrar");
    town.register();
    for id in PHONES {
        let told = town.replay(&[id, "--json"]);
        let call = &rows(&told)[0]["calls"][0];
        assert_eq!((told.status.code(), &call["match"]), (Some(0), &"same".into()), "{id} {}", text(&told));
    }
    town.server.kill().unwrap();
    let registrar = |more: &str| format!("[registrar]\npath = \"accept\"\n{more}\n# the end\n");
    let end = "[registrar]\npath = \"accept\"\n\n# the end\n";
    let (min, few) = (registrar("expires_min = \"10m\""), registrar("contacts_max = 2"));
    let strict = "[registrar]\npath = \"refuse\"\n\n# the end\n";
    let events = |key: &str| format!("{end}[events]\n{key}\n");
    let (packages, brief) = (events("packages = [\"dialog\"]"), events("expires_min = \"20m\""));
    let domain = "domains = [\"example.test\"]";
    // The mistake, whom it concerns, what it changes, the code of then and the code that there would be.
    type Mistake<'a> = (&'a str, &'a str, (&'a str, &'a str), u16, u16);
    let mistakes: [Mistake<'_>; 10] = [
        ("phones must ask for longer", "desk", (end, &min), 200, 423),
        ("fewer phones for a user", "far", (end, &few), 200, 403),
        ("a phone behind a proxy", "far", (end, strict), 200, 420),
        ("the domain is another one", "desk", (domain, "domains = [\"example.org\"]"), 200, 403),
        ("the domain is misspelt", "gone", (domain, "domains = [\"exmple.test\"]"), 200, 403),
        ("phones must prove who they are", "desk", ("required = false", "required = true"), 200, 401),
        ("whoever unregisters must too", "gone", ("required = false", "required = true"), 200, 401),
        (
            "a shortest time that lets brief ones in",
            "brief",
            (end, &registrar("expires_min = \"10s\"")),
            423,
            200,
        ),
        ("presence is not served", "state", (end, &packages), 200, 489),
        ("publications must be longer", "state", (end, &brief), 200, 423),
    ];
    let mut missed = Vec::new();
    for (name, call, change, was, would) in mistakes {
        let told = town.diff(&town.variant("new.toml", &[change]));
        let row = &rows(&told)[0];
        let is_it = |report: &Value| {
            report["call_id"] == *call && report["was"]["status"] == was && report["now"]["status"] == would
        };
        let is_found = row["changed"].as_array().is_some_and(|changed| changed.iter().any(is_it));
        if told.status.code() != Some(80) || !is_found {
            missed.push(format!("{name}: {}", text(&told)));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    let (long, many) = (registrar("expires_max = \"4h\""), registrar("contacts_max = 5"));
    let shifted = ("domains = ", "# a line more\ndomains = ");
    for changes in
        [&[][..], &[shifted], &[(end, &*long)], &[(end, &*many)], &[(end, &*events("pace = \"2s\""))]]
    {
        let told = town.diff(&town.variant("new.toml", changes));
        let row = &rows(&told)[0];
        let changed = row["changed"].as_array().map(Vec::len);
        assert_eq!((told.status.code(), changed), (Some(0), Some(0)), "{changes:?} {row}");
        assert_eq!(row["unjudged"], serde_json::json!({}), "{row}");
        assert_eq!(row["calls"], PHONES.len(), "{row}");
    }
}

#[test]
fn who_has_no_account_any_more_is_found() {
    let mut town = Town::open("account");
    let called = town.ask("INVITE", "sip:bob@example.test", "sip:eve@else.test", "away", "");
    assert_eq!(called, 480, "bob has an account, and no phone");
    let deadline = Instant::now() + PATIENCE;
    while town.replay(&["away", "--json"]).status.code() != Some(0) {
        assert!(Instant::now() < deadline, "{}", text(&town.replay(&["away"])));
        std::thread::sleep(Duration::from_millis(50));
    }
    town.server.kill().unwrap();
    let told = |config: &str| {
        let told = town.diff(config);
        (told.status.code(), rows(&told)[0]["changed"].clone())
    };
    let config = town.variant("new.toml", &[("conceal_users = true", "conceal_users = false")]);
    assert_eq!(told(&config), (Some(0), serde_json::json!([])));
    let args = ["user", "remove", "bob", "--config", &config];
    assert!(ringback(&args, "").output().unwrap().status.success());
    let (code, changed) = told(&config);
    let call = &changed[0];
    assert_eq!((code, &call["was"]["status"], &call["now"]["status"]), (Some(80), &480.into(), &404.into()));
    assert_eq!(town.replay(&["away"]).status.code(), Some(0), "as it was recorded it still is the same");
}

#[test]
fn the_account_of_a_call_that_runs_again_knows_what_the_phones_did_before() {
    let town = Town::open("before");
    town.register();
    assert_eq!(town.ask("INVITE", "sip:bob@example.test", "sip:eve@else.test", "late", ""), 480);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let told = text(&town.replay(&["late"]));
        if told.contains("removed its registration at ") {
            break;
        }
        assert!(Instant::now() < deadline, "{told}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The Call-IDs of what phones ask for.
const PHONES: [&str; 6] = ["desk", "mobile", "far", "brief", "state", "gone"];

/// The end of the file.
fn gone_place() -> &'static str {
    "# the end\n"
}

/// The Call-IDs of what is called.
const CALLS: [&str; 6] = ["bob", "national", "abroad", "fax", "dora", "nobody"];

/// A server with a dial plan, two trunks and a phone.
struct Town {
    folder: Folder,
    proxy: SocketAddr,
    config: String,
    trunks: [SocketAddr; 2],
    server: Child,
}

impl Drop for Town {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Town {
    fn open(name: &str) -> Town {
        let folder = Folder::make(name);
        let proxy = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let trunks = [answering(), answering()];
        let config = format!(
            "domains = [\"example.test\"]\ndata = \"data\"\nworkers = 2\n\n[http]\nenabled = false\n\n\
             [auth]\nrequired = false\nconceal_users = true\n\n[proxy]\nredirect = false\n\n\
             [[listen]]\naddress = \"{proxy}\"\n\n\
             [[hop]]\nname = \"carrier\"\ntargets = [\n    {{ uri = \"sip:{};lr\", priority = 10 }},\n    \
             {{ uri = \"sip:{};lr\", priority = 20 }},\n]\n\n\
             [[route]]\nname = \"national\"\npatterns = ['0([1-9][0-9]{{3,9}})']\nreplace = \"+31{{1}}\"\n\
             action = \"continue\"\n\n\
             [[route]]\nname = \"out\"\nprefixes = [\"+\"]\naction = \"hop\"\nhop = \"carrier\"\n\n\
             [[route]]\nname = \"barred\"\nusers = [\"fax\"]\naction = \"reject\"\ncode = 403\n\n\
             [[user]]\nname = \"dora\"\ngone = true\n\n[registrar]\npath = \"accept\"\n\n# the end\n",
            trunks[0], trunks[1]
        );
        let file = folder.0.join("ringback.toml");
        std::fs::write(&file, &config).unwrap();
        let file = file.to_str().unwrap().to_owned();
        let args = ["user", "add", "bob", "--password-stdin", "--config", &file];
        let mut child = ringback(&args, "").stdin(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "bob").unwrap();
        assert!(child.wait().unwrap().success());
        let mut server =
            ringback(&["serve", "--json", "--config", &file], "").stderr(Stdio::null()).spawn().unwrap();
        let mut greeting = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
        assert!(greeting.contains("ringback.serve/1"), "{greeting}");
        Town { folder, proxy, config, trunks, server }
    }

    /// The URI of a trunk.
    fn hop(&self, name: &str) -> String {
        format!("sip:{}", self.trunks[usize::from(name == "spare")])
    }

    /// The configuration with some texts replaced by others.
    fn variant(&self, name: &str, changes: &[(&str, &str)]) -> String {
        let mut text = self.config.clone();
        for (old, new) in changes {
            assert!(text.contains(old), "{old}");
            text = text.replacen(old, new, 1);
        }
        let file = self.folder.0.join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// Bob registers, and everybody calls somebody, until all of it is on the disk.
    fn live(&self) {
        let phone = answering();
        let contact = format!("Contact: <sip:bob@{phone}>\r\n");
        assert_eq!(
            self.ask("REGISTER", "sip:example.test", "sip:bob@example.test", "bobs-phone", &contact),
            200
        );
        for (id, callee, caller, status) in [
            ("bob", "bob", "sip:eve@else.test", 200),
            ("national", "0201234567", "sip:alice@example.test", 200),
            ("abroad", "+442012345", "sip:alice@example.test", 200),
            ("fax", "fax", "sip:alice@example.test", 403),
            ("dora", "dora", "sip:eve@else.test", 410),
            ("nobody", "nobody", "sip:eve@else.test", 480),
        ] {
            assert_eq!(
                self.ask("INVITE", &format!("sip:{callee}@example.test"), caller, id, ""),
                status,
                "{id}"
            );
        }
        let deadline = Instant::now() + PATIENCE;
        while !CALLS.iter().all(|id| {
            let told = self.replay(&[id, "--json"]);
            told.status.code() == Some(0)
        }) {
            assert!(Instant::now() < deadline, "{}", text(&self.replay(&[CALLS[0]])));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Phones of bob register, publish and unregister, until all of it is on the disk.
    fn register(&self) {
        let (bob, domain) = ("sip:bob@example.test", "sip:example.test");
        for (id, contact, more, status) in [
            ("desk", "sip:bob@192.0.2.1", "Expires: 300\r\n", 200),
            ("mobile", "sip:bob@192.0.2.2", "Expires: 3600\r\n", 200),
            ("far", "sip:bob@192.0.2.3", "Expires: 1800\r\nPath: <sip:192.0.2.9;lr>\r\n", 200),
            ("brief", "sip:bob@192.0.2.4", "Expires: 30\r\n", 423),
        ] {
            let more = format!("Contact: <{contact}>\r\n{more}");
            assert_eq!(self.ask("REGISTER", domain, bob, id, &more), status, "{id}");
        }
        let document = "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:bob@example.test\"/>";
        let more = "Event: presence\r\nExpires: 600\r\nContent-Type: application/pidf+xml\r\n";
        assert_eq!(self.ask_with("PUBLISH", bob, bob, "state", more, document), 200);
        assert_eq!(self.ask("REGISTER", domain, bob, "gone", "Contact: *\r\nExpires: 0\r\n"), 200);
        let deadline = Instant::now() + PATIENCE;
        while !PHONES.iter().all(|id| self.replay(&[id, "--json"]).status.code() == Some(0)) {
            let told = || PHONES.map(|id| text(&self.replay(&[id, "--json"]))).join("\n");
            assert!(Instant::now() < deadline, "{}", told());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Sends a request until it has a final answer, and gives its code.
    fn ask(&self, method: &str, uri: &str, from: &str, id: &str, more: &str) -> u16 {
        self.ask_with(method, uri, from, id, more, "")
    }

    fn ask_with(&self, method: &str, uri: &str, from: &str, id: &str, more: &str, body: &str) -> u16 {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let own = socket.local_addr().unwrap();
        let to = if method == "REGISTER" { from } else { uri };
        let head = |method: &str, to: &str| {
            format!(
                "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{id}\r\nMax-Forwards: 70\r\n\
                 From: <{from}>;tag=a\r\nTo: {to}\r\nCall-ID: {id}\r\nCSeq: 1 {method}\r\n"
            )
        };
        let more = if more.is_empty() { format!("Contact: <sip:caller@{own}>\r\n") } else { more.to_owned() };
        let head_and_more = format!("{}{more}", head(method, &format!("<{to}>")));
        let request = format!("{head_and_more}Content-Length: {}\r\n\r\n{body}", body.len());
        let deadline = Instant::now() + PATIENCE;
        let mut bytes = [0; 8192];
        socket.send_to(request.as_bytes(), self.proxy).unwrap();
        loop {
            assert!(Instant::now() < deadline, "no answer to {id}");
            let Ok(count) = socket.recv(&mut bytes) else {
                socket.send_to(request.as_bytes(), self.proxy).unwrap();
                continue;
            };
            let answer = String::from_utf8_lossy(&bytes[..count]).into_owned();
            let status: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
            if status >= 300 {
                let to = answer.lines().find_map(|line| line.strip_prefix("To: ")).unwrap();
                let ack = format!("{}Content-Length: 0\r\n\r\n", head("ACK", to));
                socket.send_to(ack.as_bytes(), self.proxy).unwrap();
            }
            if status >= 200 {
                return status;
            }
        }
    }

    fn command(&self, args: &[&str]) -> Output {
        let data = self.folder.0.join("data");
        ringback(args, "").arg("--data").arg(data).output().unwrap()
    }

    fn replay(&self, args: &[&str]) -> Output {
        self.command(&[&["replay"], args].concat())
    }

    fn diff(&self, config: &str) -> Output {
        self.command(&["diff", "--config", config, "--since", "1h", "--json"])
    }
}

/// Somebody who answers every request but ACK with 200.
fn answering() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let own = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok((count, from)) = socket.recv_from(&mut bytes) {
            let request = String::from_utf8_lossy(&bytes[..count]).into_owned();
            if request.starts_with("ACK") || request.starts_with("SIP/") {
                continue;
            }
            let mut answer = String::from("SIP/2.0 200 OK\r\n");
            for line in request.lines().skip(1).take_while(|line| !line.is_empty()) {
                let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
                match name.as_str() {
                    "via" | "from" | "call-id" | "cseq" | "record-route" => {
                        answer.push_str(&format!("{line}\r\n"))
                    }
                    "to" => answer.push_str(&format!("{line};tag=b\r\n")),
                    _ => {}
                }
            }
            answer.push_str(&format!("Contact: <sip:callee@{own}>\r\nContent-Length: 0\r\n\r\n"));
            let _ = socket.send_to(answer.as_bytes(), from);
        }
    });
    own
}

/// More than any machine needs.
const PATIENCE: Duration = Duration::from_secs(60);
