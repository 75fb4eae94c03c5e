//! The server as an operator runs it: start, accounts, reload, drain, health. Each test has a folder and ports of
//! its own.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

use ringback_sip::auth::{self, Challenge};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

#[test]
fn a_phone_without_password_is_challenged_and_a_user_can_be_added_meanwhile() {
    let place = Place::new("challenge", "");
    let mut server = place.serve();
    assert_eq!(server.greeting["accounts"], Value::Array(vec![]), "no accounts with a configuration");
    assert_eq!(server.status(&register("alice", 1)), 401);
    let added = place.run(&["user", "add", "alice@example.test", "--json"]);
    assert_eq!(added.status.code(), Some(0), "{}", text(&added.stderr));
    let json: Value = serde_json::from_slice(&added.stdout).unwrap();
    assert_eq!(json["password"].as_str().unwrap().len(), 19);
    assert!(text(&place.run(&["user", "list"]).stdout).contains("alice@example.test"));
    assert_eq!(server.end(), Some(0));
}

#[test]
fn an_account_made_meanwhile_registers_and_its_binding_survives_a_kill() {
    let place = Place::new("digest", "");
    let server = place.serve();
    let added = place.run(&["user", "add", "alice", "--json"]);
    let json: Value = serde_json::from_slice(&added.stdout).unwrap();
    let password = json["password"].as_str().unwrap();
    let deadline = Instant::now() + PATIENCE;
    let mut cseq = 0;
    loop {
        cseq += 2;
        let challenge = server.answer(&register("alice", cseq));
        let proven = register("alice", cseq + 1)
            .replace("Contact:", &format!("{}\r\nContact:", authorization(&challenge, "alice", password)));
        match server.status(&proven) {
            200 => break,
            status => assert_eq!(status, 401, "the server has not noticed yet"),
        }
        assert!(Instant::now() < deadline, "the server never noticed the account");
        std::thread::sleep(Duration::from_millis(200));
    }
    drop(server); // SIGKILL
    assert!(text(&place.run(&["user", "list"]).stdout).contains("alice@example.test  1 phone"));
    assert_eq!(place.serve().end(), Some(0), "the store is not locked by the dead");
}

#[test]
fn user_commands_say_what_is_wrong() {
    let place = Place::new("user", "");
    let add = |name: &str, password: &str| {
        let mut child = place.command(&["user", "add", name, "--password-stdin"]).spawn().unwrap();
        // One that is refused before ends without reading.
        let _ = child.stdin.take().unwrap().write_all(password.as_bytes());
        child.wait_with_output().unwrap()
    };
    assert_eq!(add("alice@example.test", "secret\n").status.code(), Some(0));
    assert!(!text(&add("carol", "secret\n").stdout).contains("secret"), "a given password is not shown");
    assert_eq!(add("alice", "other\n").status.code(), Some(1), "exists");
    assert_eq!(add("bob", "\n").status.code(), Some(1), "empty password");
    let stranger = add("bob@elsewhere.test", "x\n");
    assert_eq!(stranger.status.code(), Some(2));
    assert!(text(&stranger.stderr).contains("example.test"), "names the domains that are served");
    assert_eq!(place.run(&["user", "password", "nobody"]).status.code(), Some(1));
    assert_eq!(place.run(&["user", "remove", "alice"]).status.code(), Some(0));
    assert!(!text(&place.run(&["user", "list"]).stdout).contains("alice"));
}

#[test]
fn a_ban_is_seen_lifted_and_added_and_holds_for_all_workers() {
    let place = Place::new("bans", "[rates]\nnever = []\n");
    let nobody = place.run(&["bans"]);
    assert_eq!(nobody.status.code(), Some(1), "no server runs: {}", text(&nobody.stderr));
    let mut server = place.serve();
    let mode = std::fs::metadata(place.folder.join("data/control")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(text(&place.run(&["bans"]).stdout), "nobody is banned\n");

    let added = place.run(&["bans", "add", "127.0.0.1", "--for", "7d"]);
    assert!(text(&added.stdout).starts_with("127.0.0.1/32 is banned until "), "{}", text(&added.stderr));
    let listed = place.run(&["bans", "list", "--json"]);
    let json: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!((&json["schema"], &json["bans"][0]["why"]), (&"ringback.bans/1".into(), &"operator".into()));
    assert!(server.http("/metrics").contains("ringback_bans 1"));
    for n in 0..8 {
        // Each Call-ID has its worker.
        assert!(server.silent(&register("alice", n)), "{n}");
    }
    assert!(server.http("/metrics").contains("ringback_messages_of_banned 8"));

    assert_eq!(place.run(&["bans", "lift", "127.0.0.1"]).status.code(), Some(0));
    assert_eq!(place.run(&["bans", "lift", "127.0.0.1"]).status.code(), Some(1), "it is not banned any more");
    assert_eq!(server.status(&register("alice", 9)), 401);
    for wrong in [&["bans", "lift", "example.test"][..], &["bans", "add", "127.0.0.1", "--for", "7"]] {
        assert_eq!(place.run(wrong).status.code(), Some(2), "{wrong:?}");
    }
    server.wait_for("was lifted by the operator");
    place.run(&["bans", "add", "127.0.0.1"]);
    server.signal("KILL");
    server.exit_code();
    assert_eq!(
        place.serve().status(&register("alice", 10)),
        401,
        "a restart forgets, and takes the dead one's socket"
    );
}

#[test]
fn who_was_banned_for_wrong_passwords_is_served_at_once_after_the_ban_was_lifted() {
    let place = Place::new("lift", "[rates]\nnever = []\n[bans]\nstrikes = 3\n");
    let added = place.run(&["user", "add", "alice", "--json"]);
    let json: Value = serde_json::from_slice(&added.stdout).unwrap();
    let mut server = place.serve();
    let proven = |server: &Server, cseq: u32, password: &str| {
        let challenge = server.answer(&register("alice", cseq));
        register("alice", cseq + 1)
            .replace("Contact:", &format!("{}\r\nContact:", authorization(&challenge, "alice", password)))
    };
    let late = proven(&server, 1, json["password"].as_str().unwrap());
    // Strikes are forgotten as time goes by, so one more is needed.
    for n in 0..4 {
        let guess = proven(&server, 10 + 2 * n, "guess");
        server.answer(&guess);
    }
    server.wait_for("banned");
    assert!(server.silent(&register("alice", 30)), "nobody reads what a banned source sends");
    assert_eq!(place.run(&["bans", "lift", "127.0.0.1"]).status.code(), Some(0));
    assert_eq!(server.status(&late), 200, "the guesses are forgotten with the ban");
    assert_eq!(server.end(), Some(0));
}

#[test]
fn the_voicemail_lamp_of_a_phone_follows_the_command_line_without_a_restart() {
    let place = Place::new("mwi", "[auth]\nrequired = false\n");
    assert_eq!(place.run(&["mwi", "alice", "--new", "1"]).status.code(), Some(1), "there is no such user");
    assert_eq!(place.run(&["user", "add", "alice"]).status.code(), Some(0));
    for wrong in [&["--old", "1"][..], &["--new", "4294967296"], &["--new", "1", "--urgent-new", "2"]] {
        assert_eq!(place.run(&[&["mwi", "alice"], wrong].concat()).status.code(), Some(2), "{wrong:?}");
    }
    let mut server = place.serve();
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    phone.set_read_timeout(Some(PATIENCE)).unwrap();
    let subscribe = register("alice", 1)
        .replace("REGISTER sip:", "SUBSCRIBE sip:alice@")
        .replace("REGISTER", "SUBSCRIBE");
    let subscribe = subscribe.replace("Max-Forwards", "Event: message-summary\r\nMax-Forwards");
    let port = phone.local_addr().unwrap().port().to_string();
    phone.send_to(subscribe.replace("PORT", &port).as_bytes(), server.sip).unwrap();
    let notified = || loop {
        let mut bytes = [0; 4096];
        let (count, from) = phone.recv_from(&mut bytes).expect("a NOTIFY in time");
        let notify = text(&bytes[..count]);
        if notify.starts_with("NOTIFY ") {
            let rows = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
            let copied = notify.lines().filter(|line| rows.iter().any(|row| line.starts_with(row)));
            let copied: String = copied.map(|line| format!("{line}\r\n")).collect();
            let answer = format!("SIP/2.0 200 OK\r\n{copied}Content-Length: 0\r\n\r\n");
            phone.send_to(answer.as_bytes(), from).unwrap();
            break notify;
        }
    };
    assert!(notified().ends_with("Messages-Waiting: no\r\n"));
    let args = ["mwi", "alice", "--new", "2", "--old", "1", "--account", "sip:voicemail@example.test"];
    assert_eq!(text(&place.run(&args).stdout), "alice@example.test: 2 new, 1 old\n");
    let told =
        "Messages-Waiting: yes\r\nMessage-Account: sip:voicemail@example.test\r\nVoice-Message: 2/1\r\n";
    let notify = notified();
    assert!(notify.ends_with(told), "{notify}");
    let shown: Value = serde_json::from_slice(&place.run(&["mwi", "alice", "--json"]).stdout).unwrap();
    assert_eq!((&shown["new"], &shown["account"]), (&2.into(), &"sip:voicemail@example.test".into()));
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_kept_message_survives_a_kill_and_reaches_the_phone_that_registers() {
    let place = Place::new("messages", "[auth]\nrequired = false\n[messages]\nkeep = \"7d\"\n");
    for user in ["alice", "bob"] {
        assert_eq!(place.run(&["user", "add", user]).status.code(), Some(0));
    }
    let server = place.serve();
    let message =
        register("alice", 1).replace("REGISTER sip:", "MESSAGE sip:bob@").replace("REGISTER", "MESSAGE");
    let message = message
        .replace("To: <sip:alice@", "To: <sip:bob@")
        .replace("Contact: <sip:alice@127.0.0.1:PORT>\r\n", "");
    let message = message
        .replace("Content-Length: 0\r\n\r\n", "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi");
    assert_eq!(server.status(&message), 202);
    drop(server); // SIGKILL
    let mut server = place.serve();
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    phone.set_read_timeout(Some(PATIENCE)).unwrap();
    let port = phone.local_addr().unwrap().port().to_string();
    phone.send_to(register("bob", 2).replace("PORT", &port).as_bytes(), server.sip).unwrap();
    let received = || {
        let mut bytes = [0; 4096];
        let count = phone.recv(&mut bytes).expect("a message in time");
        text(&bytes[..count])
    };
    assert!(received().starts_with("SIP/2.0 200 "));
    let told = received();
    assert!(
        told.starts_with("MESSAGE ") && told.contains("\r\nDate: ") && told.ends_with("\r\n\r\nhi"),
        "{told}"
    );
    server.signal("KILL");
    server.exit_code();
}

#[test]
fn hangup_takes_a_good_file_and_refuses_a_faulty_one() {
    let place = Place::new("reload", "[auth]\nrequired = false\n");
    let mut server = place.serve();
    assert_eq!(server.status(&register("alice", 1)), 200);
    assert_ne!(server.status(&register("alice", 2).replace("example.test", "new.test")), 200);

    place.configure("wrokers = 1\n");
    server.signal("HUP");
    let refusal = server.wait_for("configuration refused");
    assert!(refusal.contains("wrokers") && refusal.contains("did you mean `workers`?"), "{refusal}");
    assert_eq!(server.status(&register("alice", 3)), 200, "the old configuration holds");

    let config = place
        .config("[auth]\nrequired = false\n")
        .replace("\"example.test\"", "\"example.test\", \"new.test\"");
    std::fs::write(place.folder.join("ringback.toml"), config).unwrap();
    server.signal("HUP");
    server.wait_for("configuration read again");
    assert_eq!(server.status(&register("alice", 4).replace("example.test", "new.test")), 200);
    assert_eq!(server.end(), Some(0));
}

#[test]
fn health_and_metrics_are_told_over_http() {
    let place = Place::new("http", "");
    let mut server = place.serve();
    server.status(&register("alice", 1));
    let health = server.http("/health");
    assert!(health.starts_with("HTTP/1.1 200") && health.contains("\"status\":\"ok\""), "{health}");
    let metrics = server.http("/metrics");
    assert!(metrics.contains("ringback_datagrams_received_total 1"), "{metrics}");
    assert!(
        metrics.contains("ringback_responses_total{code=\"401\",cause=\"no-credentials\"} 1"),
        "{metrics}"
    );
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_worker_with_as_many_transactions_as_it_may_have_says_so_and_still_ends_calls() {
    let place = Place::new("room", "[auth]\nrequired = false\n[limits]\ntransactions_max = 1000\n");
    let mut server = place.serve();
    let [phone, caller] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    for socket in [&phone, &caller] {
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
    }
    let heard = |socket: &UdpSocket| {
        let mut bytes = [0; 4096];
        let count = socket.recv(&mut bytes).expect("a message in time");
        text(&bytes[..count])
    };
    let say = |socket: &UdpSocket, request: String| {
        let port = socket.local_addr().unwrap().port().to_string();
        socket.send_to(request.replace("PORT", &port).as_bytes(), server.sip).unwrap();
    };
    say(&phone, register("alice", 1));
    assert!(heard(&phone).starts_with("SIP/2.0 200"));
    // One Call-ID for all: they come to one worker.
    let request = |method: &str, n: u32| {
        register("alice", n)
            .replace("REGISTER sip:", &format!("{method} sip:alice@"))
            .replace(" REGISTER", &format!(" {method}"))
            .replace(&format!("c-{n}"), "room")
    };
    let mut begun = 0;
    let refused = loop {
        say(&caller, request("INVITE", begun + 1));
        let answer = heard(&caller);
        if !answer.starts_with("SIP/2.0 100") {
            break answer;
        }
        assert!(heard(&phone).starts_with("INVITE"));
        begun += 1;
        assert!(begun < 1000, "the limit is not reached");
    };
    assert!(refused.starts_with("SIP/2.0 503") && refused.contains("Retry-After: "), "{refused}");
    assert_eq!(begun, 438, "seven eighths of 1000, two for each");
    say(
        &caller,
        request("BYE", 900).replace("To: <sip:alice@example.test>", "To: <sip:alice@example.test>;tag=1"),
    );
    while !heard(&phone).starts_with("BYE") {}
    let metrics = server.http("/metrics");
    for line in [
        "ringback_transactions 878",
        "ringback_transactions_percent 87",
        "ringback_responses_total{code=\"503\",cause=\"limit\"} 1",
    ] {
        assert!(metrics.lines().any(|told| told == line), "{line} in\n{metrics}");
    }
    place.configure("[auth]\nrequired = false\n[limits]\ntransactions_max = 2000\n");
    server.signal("HUP");
    assert!(server.wait_for("restart").contains("limits"));
}

#[test]
fn the_log_can_be_json() {
    let place = Place::new("json", "[log]\nformat = \"json\"\n");
    let mut server = place.serve();
    server.status(&register("alice", 1));
    let line = server.wait_for("\"answered\"");
    let row: Value = serde_json::from_str(line.lines().last().unwrap()).unwrap();
    assert_eq!((&row["status"], &row["cause"]), (&401.into(), &"no-credentials".into()));
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_port_in_use_is_named_with_what_to_do() {
    let place = Place::new("port", "");
    let _other = TcpListener::bind(place.sip).unwrap();
    let output = place.run(&["serve"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains(&place.sip.to_string()) && said.contains("another server"), "{said}");
}

#[test]
fn a_faulty_configuration_does_not_start() {
    let place = Place::new("faulty", "[timers]\nt1 = \"-1s\"\n");
    let output = place.run(&["serve"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("negative"));
}

#[test]
fn the_first_start_without_a_file_makes_two_accounts_and_shows_their_passwords_once() {
    if ["127.0.0.1:5060", "[::1]:5060"].iter().any(|address| UdpSocket::bind(address).is_err()) {
        eprintln!("skipped: another program uses port 5060");
        return;
    }
    let place = Place::new("first", "");
    let mut first = place.serve_with(&["serve", "--json"]);
    let accounts = first.greeting["accounts"].as_array().unwrap().clone();
    assert_eq!(accounts.len(), 2);
    assert_eq!(accounts[0]["user"], "alice@localhost");
    assert_eq!(first.greeting["data"], place.folder.join("ringback").to_str().unwrap());
    assert_eq!(first.end(), Some(0));
    let mut second = place.serve_with(&["serve"]);
    assert_eq!(second.end(), Some(0));
    let rest = second.rest_of_stdout();
    for account in &accounts {
        assert!(!rest.contains(account["password"].as_str().unwrap()));
    }
}

#[test]
fn a_drain_waits_for_a_ringing_call_and_a_second_signal_ends_it_at_once() {
    let place = Place::new("drain", "[auth]\nrequired = false\n");
    let mut server = place.serve();
    // A phone that rings and is never picked up.
    let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
    phone.set_read_timeout(Some(PATIENCE)).unwrap();
    let contact = format!("alice@{}", phone.local_addr().unwrap());
    assert_eq!(server.status(&register("alice", 1).replace("alice@127.0.0.1:PORT", &contact)), 200);
    let invite = |cseq| {
        let request = register("alice", cseq).replace("sip:example.test", "sip:alice@example.test");
        request.replace("REGISTER", "INVITE")
    };
    assert_eq!(server.status(&invite(2)), 100);
    let mut bytes = [0; 4096];
    let (count, peer) = phone.recv_from(&mut bytes).unwrap();
    let request = text(&bytes[..count]);
    let ringing = format!("SIP/2.0 180 Ringing\r\n{}", request.split_once("\r\n").unwrap().1);
    phone.send_to(ringing.as_bytes(), peer).unwrap();
    server.signal("TERM");
    server.wait_for("draining");
    // Each worker hears of it in its own time.
    let refused = (3..1000).map(|cseq| server.answer(&invite(cseq))).find(|a| a.starts_with("SIP/2.0 503 "));
    assert!(refused.is_some_and(|answer| answer.contains("Retry-After: ")));
    assert!(server.child.try_wait().unwrap().is_none(), "the call still rings");
    server.signal("TERM");
    server.wait_for("ended at once");
    assert_eq!(server.exit_code(), Some(0));
}

/// A folder with a configuration and ports of its own.
struct Place {
    folder: PathBuf,
    sip: SocketAddr,
    http: SocketAddr,
}

impl Place {
    fn new(name: &str, more: &str) -> Place {
        let folder = std::env::temp_dir().join(format!("ringback-serve-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let place = Place { folder, sip: free(), http: free() };
        place.configure(more);
        place
    }

    fn config(&self, more: &str) -> String {
        format!(
            "domains = [\"example.test\"]\ndata = \"data\"\nworkers = 2\n[http]\naddress = \"{}\"\n{more}\
             [[listen]]\naddress = \"{}\"\n",
            self.http, self.sip
        )
    }

    fn configure(&self, more: &str) {
        // Keys outside any table stand at the top.
        let (top, tables) = if more.starts_with('[') { ("", more) } else { (more, "") };
        std::fs::write(self.folder.join("ringback.toml"), format!("{top}{}", self.config(tables))).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
        command.args(args).arg("--config").arg(self.folder.join("ringback.toml"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn serve(&self) -> Server {
        Server::start(self, self.command(&["serve", "--json"]))
    }

    /// Without the configuration file.
    fn serve_with(&self, args: &[&str]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
        command.args(args).env("XDG_DATA_HOME", &self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Server::start(self, command)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

struct Server {
    child: Child,
    greeting: Value,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
    sip: SocketAddr,
    http: SocketAddr,
    first_line: String,
}

impl Server {
    fn start(place: &Place, mut command: Command) -> Server {
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        if line.is_empty() {
            let mut said = String::new();
            stderr.read_to_string(&mut said).unwrap();
            panic!("the server did not start: {said}");
        }
        let greeting = serde_json::from_str(&line).unwrap_or_default();
        Server { child, greeting, stdout, stderr, sip: place.sip, http: place.http, first_line: line }
    }

    /// The code of the answer to `request`.
    fn status(&self, request: &str) -> u16 {
        self.answer(request)[8..11].parse().unwrap()
    }

    /// Whether nothing comes back.
    fn silent(&self, request: &str) -> bool {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let request = request.replace("PORT", &socket.local_addr().unwrap().port().to_string());
        socket.send_to(request.as_bytes(), self.sip).unwrap();
        socket.recv(&mut [0; 4096]).is_err()
    }

    fn answer(&self, request: &str) -> String {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = request.replace("PORT", &socket.local_addr().unwrap().port().to_string());
        socket.send_to(request.as_bytes(), self.sip).unwrap();
        let mut bytes = [0; 4096];
        let count = socket.recv(&mut bytes).expect("an answer in time");
        text(&bytes[..count])
    }

    fn http(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.http).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Reads the log until a line has `words`; gives all lines read, and for a report the lines that belong to it.
    fn wait_for(&mut self, words: &str) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "the log ended without {words:?}:\n{all}");
            all.push_str(&line);
            if line.contains(words) {
                break;
            }
        }
        if words.contains("refused") {
            while !all.ends_with("fault\n") {
                self.stderr.read_line(&mut all).unwrap();
            }
        }
        all
    }

    /// Ends the server with SIGTERM; gives its exit code.
    fn end(&mut self) -> Option<i32> {
        self.signal("TERM");
        self.exit_code()
    }

    /// Waits for the server's end; gives its exit code.
    fn exit_code(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    fn rest_of_stdout(&mut self) -> String {
        let mut rest = self.first_line.clone();
        self.stdout.read_to_string(&mut rest).unwrap();
        rest
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn register(user: &str, cseq: u32) -> String {
    format!(
        "REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:PORT;branch=z9hG4bK{cseq};rport\r\n\
         From: <sip:{user}@example.test>;tag=1\r\nTo: <sip:{user}@example.test>\r\nCall-ID: c-{cseq}\r\n\
         CSeq: {cseq} REGISTER\r\nContact: <sip:{user}@127.0.0.1:PORT>\r\nMax-Forwards: 70\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

/// The credentials that answer a challenge to a REGISTER.
fn authorization(challenge: &str, user: &str, password: &str) -> String {
    let rows =
        challenge.lines().filter_map(|line| line.strip_prefix("WWW-Authenticate: ")).map(str::as_bytes);
    let chosen = Challenge::topmost(rows);
    let secret = chosen[0].secret_of(user.as_bytes(), password.as_bytes());
    let value = chosen[0].answer(&auth::Answer {
        user: user.as_bytes(),
        secret: &secret,
        method: b"REGISTER",
        uri: b"sip:example.test",
        body: b"",
        nonce_count: 1,
        cnonce: b"abc",
    });
    format!("Authorization: {}", text(&value))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const PATIENCE: Duration = Duration::from_secs(20);
