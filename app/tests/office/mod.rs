//! What the tests of the user agent share: a server with two users, and commands that run beside the test.
#![allow(dead_code, clippy::unwrap_used)] // each file uses a part; helpers of tests are not inside a test function

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

pub(crate) fn ringback(args: &[&str], password: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
    command.args(args).env("RINGBACK_PASSWORD", password);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The objects on stdout.
pub(crate) fn rows(output: &Output) -> Vec<Value> {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The event `name` among the objects on stdout.
pub(crate) fn event(output: &Output, name: &str) -> Value {
    let mut rows = rows(output).into_iter().filter(|row| row["event"] == name);
    let row = rows.next().unwrap_or_else(|| panic!("no {name} in\n{}", text(output)));
    assert_eq!(row["schema"], "ringback.phone/1");
    row
}

/// The share of a tone in a recording, from its first to its last sound.
pub(crate) fn share(name: &str, office: &Office, hertz: f64) -> f64 {
    share_in(&office.folder.join(name), hertz)
}

/// The same of a file.
pub(crate) fn share_in(path: &Path, hertz: f64) -> f64 {
    let samples = ringback_io::media::wav::read(path).unwrap();
    let is_loud = |sample: &i16| sample.unsigned_abs() > 200;
    let (start, end) = (samples.iter().position(is_loud), samples.iter().rposition(is_loud));
    ringback_io::media::tone::share_at(&samples[start.unwrap()..end.unwrap()], hertz)
}

/// A folder that is removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn make(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("ringback-phone-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server with the users alice and bob, whose passwords are their names.
pub(crate) struct Office {
    pub(crate) folder: PathBuf,
    pub(crate) proxy: String,
    /// Where its console is.
    pub(crate) console: String,
    pub(crate) server: Child,
}

impl Office {
    pub(crate) fn open(name: &str) -> Office {
        Office::open_with(name, "")
    }

    /// With this at the end of its configuration too. Secrets of its connections over TLS go into `keys.log`.
    pub(crate) fn open_with(name: &str, more: &str) -> Office {
        let folder = std::env::temp_dir().join(format!("ringback-phone-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (sip, http, console) = (free(), free(), free());
        let config = folder.join("ringback.toml");
        let settings = format!(
            "domains = [\"example.test\"]\ndata = \"data\"\nworkers = 2\n[http]\naddress = \"{http}\"\n\
             [console]\naddress = \"{console}\"\n\
             [[listen]]\naddress = \"{sip}\"\n\
             [[list]]\nname = \"both\"\nmembers = [\"bob\", \"nobody\"]\n{more}"
        );
        std::fs::write(&config, settings).unwrap();
        let config = config.to_str().unwrap();
        for user in ["alice", "bob"] {
            let args = ["user", "add", user, "--password-stdin", "--config", config];
            let mut child = ringback(&args, "").stdin(Stdio::piped()).spawn().unwrap();
            writeln!(child.stdin.take().unwrap(), "{user}").unwrap();
            assert!(child.wait().unwrap().success());
        }
        let mut server = ringback(&["serve", "--json", "--config", config], "");
        server.env("SSLKEYLOGFILE", folder.join("keys.log"));
        let mut server = server.stderr(Stdio::null()).spawn().unwrap();
        let mut greeting = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
        assert!(greeting.contains("ringback.serve/1"), "{greeting}");
        Office { folder, proxy: sip.to_string(), console: console.to_string(), server }
    }

    pub(crate) fn run(&self, args: &[&str], password: &str) -> Output {
        ringback(args, password).args(["--proxy", &self.proxy]).output().unwrap()
    }

    /// Bob, who has registered.
    pub(crate) fn listen(&self, args: &[&str]) -> Listener {
        let register = ["--register", "sip:bob@example.test", "--proxy", &self.proxy];
        Listener::start(&[&register[..], args].concat(), "bob")
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A command that runs, and tells what happens in JSON.
pub(crate) struct Listener {
    pub(crate) child: Child,
    pub(crate) stdout: BufReader<Box<dyn Read>>,
    /// Where it takes calls.
    pub(crate) local: String,
}

impl Listener {
    /// `listen` that takes calls.
    pub(crate) fn start(args: &[&str], password: &str) -> Listener {
        let mut listener = Listener::spawn(&[&["listen", "--json"], args].concat(), password);
        listener.local = listener.wait_for("listening")["local"].as_str().unwrap().to_owned();
        listener
    }

    pub(crate) fn spawn(args: &[&str], password: &str) -> Listener {
        let mut child = ringback(args, password).spawn().unwrap();
        let stdout = Box::new(child.stdout.take().unwrap());
        Listener { child, stdout: BufReader::new(stdout), local: String::new() }
    }

    /// How others call it.
    pub(crate) fn target(&self) -> String {
        format!("sip:bob@{}", self.local)
    }

    /// As Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    pub(crate) fn wait_for(&mut self, name: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.stdout.read_line(&mut line).unwrap() > 0, "ended without {name}");
            let row: Value = serde_json::from_str(&line).unwrap();
            if row["event"] == name {
                return row;
            }
        }
    }

    pub(crate) fn rest(&mut self) -> Vec<Value> {
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
