//! The user agent as a person runs it: commands against a server, all over loopback on free ports.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

#[test]
fn a_call_through_the_server_carries_audio_and_digits_both_are_told_at_the_end() {
    let office = Office::open("call");
    let mut bob = office.listen(&["--count", "1", "--tone", "660"]);
    let wav = office.folder.join("heard.wav");
    let heard = wav.to_str().unwrap();
    let call = ["call", "sip:bob@example.test", "--from", "sip:alice@example.test", "--json"];
    let sound = ["--tone", "440", "--record", heard, "--duration", "1500ms", "--dtmf", "12"];
    let output = office.run(&[&call[..], &sound].concat(), "alice");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let end = event(&output, "ended");
    assert!(end["audio"]["received"].as_u64().unwrap() > 40, "{end}");
    assert!(std::fs::metadata(&wav).unwrap().len() > 10_000, "the recording has sound");
    let told = bob.rest();
    let digits = told.iter().filter(|row| row["event"] == "digit").map(|row| row["digit"].clone());
    assert_eq!(digits.collect::<Vec<_>>(), ["1", "2"]);
    let end = told.iter().find(|row| row["event"] == "ended").unwrap();
    assert!(end["audio"]["received"].as_u64().unwrap() > 40, "{end}");
    assert_eq!(bob.child.wait().unwrap().code(), Some(0), "--count ends it");
}

#[test]
fn each_refusal_has_its_exit_code() {
    let office = Office::open("refusals");
    let mut bob = office.listen(&["--count", "1", "--code", "486"]);
    let call =
        |to: &str| office.run(&["call", to, "--from", "sip:alice@example.test"], "alice").status.code();
    assert_eq!(call("sip:bob@example.test"), Some(46));
    assert_eq!(bob.child.wait().unwrap().code(), Some(0));
    assert_eq!(call("sip:nobody@example.test"), Some(44));
    let register = |password| office.run(&["register", "sip:alice@example.test"], password).status.code();
    assert_eq!(register("wrong"), Some(41));
    assert_eq!(register("alice"), Some(0));
}

#[test]
fn a_message_and_a_ping_are_answered_over_tcp_and_the_log_of_messages_has_no_secret() {
    let office = Office::open("tcp");
    let mut bob = office.listen(&[]);
    let message = ["message", "sip:bob@example.test", "good morning", "--from", "sip:alice@example.test"];
    let output = office.run(&[&message[..], &["--transport", "tcp", "-v"]].concat(), "alice");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let shown = text(&output);
    assert!(
        shown.contains("MESSAGE sip:bob@example.test SIP/2.0") && shown.contains("response=***"),
        "{shown}"
    );
    assert_eq!(bob.wait_for("text")["text"], "good morning");
    let output = ringback(&["ping", &office.proxy, "--json", "--transport", "tcp"], "").output().unwrap();
    assert_eq!(event(&output, "answered")["status"], 200);
}

#[test]
fn silence_is_a_timeout_and_a_closed_port_is_not() {
    let deaf = UdpSocket::bind("127.0.0.1:0").unwrap();
    let ping = |port| {
        let target = format!("127.0.0.1:{port}");
        ringback(&["ping", &target, "--timeout", "1s"], "").output().unwrap().status.code()
    };
    assert_eq!(ping(deaf.local_addr().unwrap().port()), Some(70));
    let gone = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(ping(gone), Some(72));
}

#[test]
fn the_demo_shows_a_call_with_audio_both_ways_and_explains_its_responses() {
    let output = ringback(&["demo", "--lang", "nl"], "").output().unwrap();
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    for word in ["INVITE", "180 Ringing (INVITE)", "200 OK (BYE)", "401 Unauthorized", "beide richtingen"] {
        assert!(shown.contains(word), "{word} in\n{shown}");
    }
}

fn ringback(args: &[&str], password: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
    command.args(args).env("RINGBACK_PASSWORD", password);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The event `name` among the objects on stdout.
fn event(output: &Output, name: &str) -> Value {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut rows = rows.filter(|row| row["event"] == name && row["schema"] == "ringback.phone/1");
    rows.next().unwrap_or_else(|| panic!("no {name} in\n{}", text(output)))
}

/// A server with the users alice and bob, whose passwords are their names.
struct Office {
    folder: PathBuf,
    proxy: String,
    server: Child,
}

impl Office {
    fn open(name: &str) -> Office {
        let folder = std::env::temp_dir().join(format!("ringback-phone-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (sip, http) = (free(), free());
        let config = folder.join("ringback.toml");
        let settings = format!(
            "domains = [\"example.test\"]\ndata = \"data\"\nworkers = 2\n[http]\naddress = \"{http}\"\n\
             [[listen]]\naddress = \"{sip}\"\n"
        );
        std::fs::write(&config, settings).unwrap();
        let config = config.to_str().unwrap();
        for user in ["alice", "bob"] {
            let args = ["user", "add", user, "--password-stdin", "--config", config];
            let mut child = ringback(&args, "").stdin(Stdio::piped()).spawn().unwrap();
            writeln!(child.stdin.take().unwrap(), "{user}").unwrap();
            assert!(child.wait().unwrap().success());
        }
        let mut server =
            ringback(&["serve", "--json", "--config", config], "").stderr(Stdio::null()).spawn().unwrap();
        let mut greeting = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
        assert!(greeting.contains("ringback.serve/1"), "{greeting}");
        Office { folder, proxy: sip.to_string(), server }
    }

    fn run(&self, args: &[&str], password: &str) -> Output {
        ringback(args, password).args(["--proxy", &self.proxy]).output().unwrap()
    }

    /// Bob, who has registered.
    fn listen(&self, args: &[&str]) -> Listener {
        let mut command =
            ringback(&["listen", "sip:bob@example.test", "--json", "--proxy", &self.proxy], "bob");
        let mut child = command.args(args).stderr(Stdio::null()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut listener = Listener { child, stdout };
        listener.wait_for("registered");
        listener
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

struct Listener {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Listener {
    fn wait_for(&mut self, name: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.stdout.read_line(&mut line).unwrap() > 0, "ended without {name}");
            let row: Value = serde_json::from_str(&line).unwrap();
            if row["event"] == name {
                return row;
            }
        }
    }

    fn rest(&mut self) -> Vec<Value> {
        let lines = self.stdout.by_ref().lines();
        lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
