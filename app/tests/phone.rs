//! The user agent as a person runs it: commands against a server, all over loopback on free ports.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

#[test]
fn each_refusal_has_its_exit_code() {
    let office = Office::open("refusals");
    let register = |password| office.run(&["register", "sip:alice@example.test"], password).status.code();
    assert_eq!(register("wrong"), Some(41));
    assert_eq!(register("alice"), Some(0));
    let message = |to: &str| {
        let args = ["message", to, "good morning", "--from", "sip:alice@example.test"];
        office.run(&args, "alice").status.code()
    };
    assert_eq!(message("sip:nobody@example.test"), Some(44));
    assert_eq!(message("sip:bob@example.test"), Some(40), "480: he is not registered");
}

#[test]
fn a_message_and_a_ping_are_answered_over_tcp_and_the_log_of_messages_has_no_secret() {
    let office = Office::open("tcp");
    let mut bob = office.stay(&[]);
    let message = ["message", "sip:bob@example.test", "good morning", "--from", "sip:alice@example.test"];
    let output = office.run(&[&message[..], &["--transport", "tcp", "-v"]].concat(), "alice");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let shown = text(&output);
    assert!(
        shown.contains("MESSAGE sip:bob@example.test SIP/2.0") && shown.contains("response=***"),
        "{shown}"
    );
    assert_eq!(bob.wait_for("text")["text"], "good morning");
    let ping = ["ping", "sip:example.test", "--json", "--transport", "tcp"];
    assert_eq!(event(&office.run(&ping, ""), "answered")["status"], 200);
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
    fn stay(&self, args: &[&str]) -> Listener {
        let mut command = ringback(
            &["register", "sip:bob@example.test", "--keep", "--json", "--proxy", &self.proxy],
            "bob",
        );
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
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
