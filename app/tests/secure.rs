//! TLS and WebSocket as a person uses them: `ringback cert`, a server with it, and phones that check whom they talk to.
#![allow(clippy::unwrap_used)] // helpers of tests are not inside a test function

use std::io::{BufRead as _, BufReader, Read};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

#[test]
fn phones_register_and_write_over_tls_and_web_sockets_and_check_the_server() {
    let office = Office::open("reg", &["localhost", "127.0.0.1"]);
    for (transport, port) in [("tls", 0), ("ws", 1), ("wss", 2)] {
        let proxy = format!("127.0.0.1:{}", office.ports[port]);
        let ca = office.file("authority.pem");
        let output = office.phone(&[
            "register",
            "sip:bob@example.test",
            "--proxy",
            &proxy,
            "--transport",
            transport,
            "--ca",
            &ca,
        ]);
        assert_eq!(output.status.code(), Some(0), "{transport}: {}", text(&output));
    }
}

#[test]
fn calls_over_tls_and_web_sockets_are_acknowledged_and_hung_up() {
    let office = Office::open("call", &["localhost", "127.0.0.1"]);
    for (transport, port) in [("tls", 0), ("ws", 1), ("wss", 2)] {
        let proxy = format!("127.0.0.1:{}", office.ports[port]);
        let (ca, bob, password) =
            (office.file("authority.pem"), "sip:bob@example.test", office.file("password"));
        let way = ["--proxy", &proxy, "--transport", transport, "--ca", &ca, "--json"];
        let listen = ["listen", "--register", bob, "--count", "1", "--password-file", &password];
        let mut listener = ringback(&[&listen[..], &way].concat()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(listener.stdout.take().unwrap());
        let mut wait_for = |word: &str| {
            let mut line = String::new();
            while !line.contains(word) {
                line.clear();
                assert!(said.read_line(&mut line).unwrap() > 0, "{transport}: no {word}");
            }
            line
        };
        wait_for("\"listening\"");
        let output = office.phone(&[&["call", bob, "--from", bob, "--duration", "300ms"][..], &way].concat());
        assert_eq!(output.status.code(), Some(0), "{transport}: {}", text(&output));
        let ended = wait_for("\"ended\"");
        assert!(ended.contains("the peer hung up"), "{transport}: {ended}");
        assert!(listener.wait().unwrap().success(), "{transport}");
    }
}

#[test]
fn a_request_to_a_caller_or_callee_whose_web_socket_is_gone_is_430_and_the_call_says_so() {
    let office = Office::open("gone", &["localhost", "127.0.0.1"]);
    for (transport, port) in [("ws", 1), ("wss", 2)] {
        let proxy = format!("127.0.0.1:{}", office.ports[port]);
        let (ca, bob, password) =
            (office.file("authority.pem"), "sip:bob@example.test", office.file("password"));
        let way = ["--proxy", &proxy, "--transport", transport, "--ca", &ca, "--json", "-v"];
        let start = |args: &[&str]| {
            let args = [args, &["--password-file", &password], &way].concat();
            let mut child = ringback(&args).stdout(Stdio::piped()).spawn().unwrap();
            let said = BufReader::new(child.stdout.take().unwrap());
            (child, said)
        };
        let wait_for = |said: &mut BufReader<ChildStdout>, word: &str| {
            let mut line = String::new();
            while !line.contains(word) {
                line.clear();
                assert!(said.read_line(&mut line).unwrap() > 0, "{transport}: no {word}");
            }
            line
        };
        let interrupt = |child: &Child| {
            let id = child.id().to_string();
            assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        };
        for caller_goes in [true, false] {
            let (mut listener, mut heard) = start(&["listen", "--register", bob, "--count", "1"]);
            wait_for(&mut heard, "\"listening\"");
            let (mut call, mut told) = start(&["call", bob, "--from", bob]);
            wait_for(&mut told, "\"established\"");
            wait_for(&mut heard, "ACK sip:");
            let gone = if caller_goes { &mut call } else { &mut listener };
            gone.kill().unwrap();
            gone.wait().unwrap();
            if caller_goes {
                interrupt(&listener);
                wait_for(&mut heard, "SIP/2.0 430");
                listener.wait().unwrap();
            } else {
                interrupt(&call);
                let end = wait_for(&mut told, "\"ended\"");
                assert!(end.contains("430 Flow Failed"), "{transport}: {end}");
                assert_eq!(call.wait().unwrap().code(), Some(40), "{transport}");
            }
        }
    }
}

#[test]
fn who_cannot_prove_its_name_is_not_spoken_to() {
    let office = Office::open("name", &["other.test"]);
    let proxy = format!("127.0.0.1:{}", office.ports[0]);
    let ping = ["ping", "sip:example.test", "--proxy", &proxy, "--transport", "tls"];
    let with = |more: &[&str]| office.phone(&[&ping[..], more].concat());
    let ca = office.file("authority.pem");
    let wrong = with(&["--ca", &ca]);
    assert_eq!(wrong.status.code(), Some(73), "{}", text(&wrong));
    assert!(text(&wrong).contains("names others"), "{}", text(&wrong));
    let stranger = with(&[]);
    assert_eq!(stranger.status.code(), Some(73), "{}", text(&stranger));
    assert!(text(&stranger).contains("--ca"), "{}", text(&stranger));
    assert_eq!(with(&["--insecure"]).status.code(), Some(0));
    let sips = office.phone(&["ping", &format!("sips:127.0.0.1:{}", office.ports[0]), "--ca", &ca]);
    assert_eq!(sips.status.code(), Some(73), "a sips URI goes over TLS by itself: {}", text(&sips));
}

#[test]
fn a_server_that_wants_to_know_its_clients_serves_those_with_a_certificate() {
    let clients = "[tls]\nauthorities = \"authority.pem\"\nclients = \"require\"\n";
    let office = Office::open_with("mutual", &["127.0.0.1"], clients);
    let (ca, chain, key) =
        (office.file("authority.pem"), office.file("server.pem"), office.file("server.key"));
    let proxy = format!("127.0.0.1:{}", office.ports[0]);
    let ping = ["ping", "sip:example.test", "--proxy", &proxy, "--transport", "tls", "--ca", &ca];
    let with = |more: &[&str]| office.phone(&[&ping[..], more].concat());
    let known = with(&["--certificate", &chain, "--key", &key]);
    assert_eq!(known.status.code(), Some(0), "{}", text(&known));
    let stranger = with(&[]);
    assert_eq!(stranger.status.code(), Some(73), "{}", text(&stranger));
    assert!(text(&stranger).contains("wants a certificate of us"), "{}", text(&stranger));
    assert_eq!(
        with(&["--certificate", &chain]).status.code(),
        Some(2),
        "a certificate is nothing without its key"
    );
    let broken = with(&["--certificate", &chain, "--key", &ca]);
    assert_eq!(broken.status.code(), Some(2), "{}", text(&broken));
}

#[test]
fn sighup_takes_new_certificates_and_the_metrics_tell_their_days() {
    let mut office = Office::open("hup", &["other.test"]);
    let ca = office.file("authority.pem");
    let proxy = format!("127.0.0.1:{}", office.ports[0]);
    let ping = ["ping", "sip:example.test", "--proxy", &proxy, "--transport", "tls", "--ca", &ca];
    assert_eq!(office.phone(&ping).status.code(), Some(73));
    office.certify(&["127.0.0.1"]);
    let pid = office.server.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    office.wait_for("configuration read again");
    assert_eq!(office.phone(&ping).status.code(), Some(0), "the new certificate has the name");
    let mut metrics = String::new();
    let mut http = std::net::TcpStream::connect(("127.0.0.1", office.ports[3])).unwrap();
    std::io::Write::write_all(&mut http, b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    http.read_to_string(&mut metrics).unwrap();
    assert!(metrics.contains("ringback_certificate_days_left 396"), "{metrics}");
}

/// A server with TLS, WebSocket and both, at ports that were free, and an account of bob.
struct Office {
    folder: PathBuf,
    server: Child,
    said: BufReader<std::process::ChildStderr>,
    /// Of TLS, WS, WSS and HTTP.
    ports: Vec<u16>,
}

impl Office {
    fn open(name: &str, names: &[&str]) -> Office {
        Self::open_with(name, names, "")
    }

    /// A server with more in its configuration.
    fn open_with(name: &str, names: &[&str], more: &str) -> Office {
        let folder = std::env::temp_dir().join(format!("ringback-secure-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        certify(&folder, names);
        let free: Vec<TcpListener> = (0..4).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<u16> = free.iter().map(|l| l.local_addr().unwrap().port()).collect();
        drop(free);
        let listen = |i: usize, transport: &str| {
            format!("[[listen]]\naddress = \"127.0.0.1:{}\"\ntransports = [\"{transport}\"]\n", ports[i])
        };
        let config = format!(
            "domains = [\"example.test\"]\ndata = \"data\"\nworkers = 2\n{}{}{}[http]\naddress = \"127.0.0.1:{}\"\n\
             [[certificate]]\nchain = \"server.pem\"\nkey = \"server.key\"\n{more}",
            listen(0, "tls"),
            listen(1, "ws"),
            listen(2, "wss"),
            ports[3]
        );
        let file = folder.join("ringback.toml");
        std::fs::write(&file, config).unwrap();
        let file = file.to_str().unwrap();
        let added =
            ringback(&["user", "add", "bob@example.test", "--config", file, "--json"]).output().unwrap();
        let row: serde_json::Value = serde_json::from_slice(&added.stdout).unwrap();
        std::fs::write(folder.join("password"), row["password"].as_str().unwrap()).unwrap();
        let mut server = ringback(&["serve", "--config", file]);
        let mut server = server.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(server.stderr.take().unwrap());
        let mut office = Office { folder, server, said, ports };
        office.wait_for("ready");
        office
    }

    fn certify(&self, names: &[&str]) {
        certify(&self.folder, names);
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    fn phone(&self, args: &[&str]) -> Output {
        ringback(&[args, &["--password-file", &self.file("password")]].concat()).output().unwrap()
    }

    fn wait_for(&mut self, word: &str) {
        let mut line = String::new();
        while !line.contains(word) {
            line.clear();
            assert!(self.said.read_line(&mut line).unwrap() > 0, "the server ended before {word:?}");
        }
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn a_server_may_only_have_a_name_that_its_certificate_proves() {
    let folder = std::env::temp_dir().join(format!("ringback-name-{}", std::process::id()));
    certify(&folder, &["sip.example.test"]);
    let check = |certificate: &str, name: &str| {
        let file = folder.join("ringback.toml");
        std::fs::write(&file, format!("{certificate}[tls]\nname = \"{name}\"\n")).unwrap();
        let output = ringback(&["check", "--config", file.to_str().unwrap()]).output().unwrap();
        (output.status.code(), text(&output))
    };
    let certificate = "[[certificate]]\nchain = \"server.pem\"\nkey = \"server.key\"\n";
    assert_eq!(check(certificate, "SIP.example.test").0, Some(0));
    for (certificate, name, said) in [
        (certificate, "example.test", "the first certificate is for sip.example.test"),
        ("", "sip.example.test", "no certificate contains this name"),
    ] {
        let (code, told) = check(certificate, name);
        assert!(code != Some(0) && told.contains(said), "{told}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

fn certify(folder: &std::path::Path, names: &[&str]) {
    let out = folder.to_str().unwrap();
    let mut args = vec!["cert", "--dev", "--out", out];
    names.iter().for_each(|name| args.extend(["--name", name]));
    let output = ringback(&args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("[[certificate]]"));
}

fn ringback(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
    command.args(args).env("LC_ALL", "C").env_remove("RINGBACK_PASSWORD");
    command
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
