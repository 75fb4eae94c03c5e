//! Nothing that a peer sends may panic, hang, grow memory without bound or silence the server: storms of malformed
//! datagrams, and connections that are silent, slow, endless, garbage or deaf, with normal service beside them.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

#[allow(unreachable_pub, clippy::print_stderr, reason = "a library of its own in fuzz/")]
#[path = "../../fuzz/src/mutate.rs"]
mod mutate;

#[test]
fn storm_of_100_000_malformed_datagrams_silences_nobody() {
    let mut server = Server::start("storm");
    let storm = mutants(4000);
    let before = server.memory();
    let over = AtomicBool::new(false);
    scope(|threads| {
        threads.spawn(|| {
            let sockets =
                [2, 3, 4, 5].map(|n| UdpSocket::bind(SocketAddr::from(([127, 0, 0, n], 0))).unwrap());
            for n in 0..DATAGRAMS {
                // A full buffer refuses; the storm is what gets through.
                let _ = sockets[n % 4].send_to(&storm[n % storm.len()], server.sip);
                if n % 64 == 63 {
                    sleep(Duration::from_millis(1));
                }
            }
            over.store(true, Ordering::Relaxed);
        });
        let mut cseq = 0;
        while !over.load(Ordering::Relaxed) || cseq < 50 {
            cseq += 1;
            let waited = server.register(cseq);
            assert!(waited < Duration::from_secs(5), "service waits {waited:?} behind the storm");
            sleep(Duration::from_millis(20));
        }
    });
    let received = server.metric("ringback_datagrams_received_total");
    assert!(received > DATAGRAMS as u64 / 2, "the storm reached the server: {received} datagrams");
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 200_000, "memory grew by {grown} kB");
    server.end();
}

#[test]
fn connections_that_are_silent_slow_endless_garbage_or_deaf_silence_nobody() {
    let mut server = Server::start("streams");
    let before = server.memory();
    let over = AtomicBool::new(false);
    // One address for each kind, so that the limit for an address does not hide another's fault.
    let silent = open(&server, 2, 150);
    let mut slow = open(&server, 3, 100);
    scope(|threads| {
        threads.spawn(|| {
            for byte in register(1, 9).bytes().cycle() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                slow.iter_mut().for_each(|stream| _ = stream.write(&[byte]));
                sleep(Duration::from_millis(5));
            }
        });
        threads.spawn(|| {
            for round in 0..20 {
                garbage(&server, round);
            }
            endless(&server);
            deaf(&server);
            over.store(true, Ordering::Relaxed);
        });
        let mut cseq = 0;
        while !over.load(Ordering::Relaxed) || cseq < 50 {
            cseq += 1;
            let (datagram, stream) = (server.register(cseq), server.register_over_tcp(cseq));
            let waited = datagram.max(stream);
            assert!(waited < Duration::from_secs(5), "service waits {waited:?} behind bad connections");
            sleep(Duration::from_millis(20));
        }
    });
    drop((silent, slow));
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 200_000, "memory grew by {grown} kB");
    server.end();
}

#[test]
fn one_address_cannot_take_all_connections() {
    let mut server = Server::start("crowd");
    let crowd = open(&server, 2, 3 * CONNECTIONS_PER_ADDRESS_MAX);
    sleep(Duration::from_millis(300));
    let alive = crowd.iter().filter(|stream| is_open(stream)).count();
    assert!(alive <= CONNECTIONS_PER_ADDRESS_MAX, "{alive} of {} stay open", crowd.len());
    assert!(server.register_over_tcp(1) < Duration::from_secs(5), "another address is served");
    drop(crowd);
    server.end();
}

/// Streams of noise; the server ends each of them.
fn garbage(server: &Server, round: u64) {
    let mut noise = vec![0u8; 30_000];
    let mut state = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for byte in &mut noise {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        *byte = (state >> 33) as u8;
    }
    noise.extend(b"\r\n\r\n");
    let mut streams = open(server, 4, 10);
    streams.iter_mut().for_each(|stream| _ = stream.write_all(&noise));
    streams.iter().for_each(|stream| await_end(stream, "garbage"));
}

/// Heads without an end, and bodies longer than any that is taken; the server ends each of them.
fn endless(server: &Server) {
    let huge = register(1, 9).replace("Content-Length: 0", "Content-Length: 4000000000");
    let rows = format!("{}{}", register(1, 9).trim_end(), "\r\nX: endless".repeat(20_000));
    let line = format!("OPTIONS sip:a@example.test SIP/2.0\r\nX: {}", "x".repeat(200_000));
    for text in [&huge, &rows, &line] {
        let mut streams = open(server, 5, 10);
        streams.iter_mut().for_each(|stream| _ = stream.write_all(text.as_bytes()));
        if text == &huge {
            let mut answer = [0; 11];
            streams.iter_mut().for_each(|stream| stream.read_exact(&mut answer).unwrap());
            assert_eq!(&answer, b"SIP/2.0 513");
        }
        streams.iter().for_each(|stream| await_end(stream, &text[..40]));
    }
}

/// Peers that ask and never listen: what waits for them is bounded.
fn deaf(server: &Server) {
    let mut streams = open(server, 6, 10);
    let until = Instant::now() + Duration::from_secs(2);
    let mut cseq = 0;
    while Instant::now() < until {
        cseq += 1;
        let request = register(cseq, 9);
        for stream in &mut streams {
            stream.set_nonblocking(true).unwrap();
            let _ = stream.write(request.as_bytes());
        }
    }
}

fn await_end(mut stream: &TcpStream, what: &str) {
    stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    let mut sink = [0; 4096];
    loop {
        match stream.read(&mut sink) {
            Ok(0) => return,
            Ok(_) => {} // its last words
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset, "the server ends {what:?}: {error}");
                return;
            }
        }
    }
}

fn is_open(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    matches!(stream.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
}

/// Connections from 127.0.0.`host`; those that are refused are left out.
fn open(server: &Server, host: u8, count: usize) -> Vec<TcpStream> {
    (0..count).filter_map(|_| connect_from(host, server.sip).ok()).collect()
}

fn connect_from(host: u8, to: SocketAddr) -> std::io::Result<TcpStream> {
    use socket2::{Domain, Socket, Type};
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, host], 0)).into())?;
    socket.connect_timeout(&to.into(), Duration::from_secs(5))?;
    let stream = TcpStream::from(socket);
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    Ok(stream)
}

/// Mutations of the seeds of the fuzz targets, the same on every machine.
fn mutants(count: usize) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/message");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().map(|f| std::fs::read(f).unwrap()).collect();
    let words: &[&[u8]] =
        &[b"\r\n", b"\r\n\r\n", b"\xff\xfe", b"Content-Length: -1\r\n", b"sip:bob@example.test", b";"];
    let mut mutants = Vec::with_capacity(count);
    mutate::run(&seeds, words, 7, count, |data| mutants.push(data.to_vec()));
    mutants
}

fn register(cseq: u64, port: u16) -> String {
    format!(
        "REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{port}-{cseq};rport\r\n\
         From: <sip:alice@example.test>;tag=1\r\nTo: <sip:alice@example.test>\r\nCall-ID: {port}-{cseq}\r\n\
         CSeq: {cseq} REGISTER\r\nContact: <sip:alice@127.0.0.1:9>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
}

/// A server of its own folder and ports; its log goes to a file.
struct Server {
    child: Child,
    folder: PathBuf,
    sip: SocketAddr,
    http: SocketAddr,
}

impl Server {
    fn start(name: &str) -> Server {
        let folder = std::env::temp_dir().join(format!("ringback-bad-input-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (sip, http) = (free(), free());
        let config = format!(
            "domains = [\"example.test\"]\ndata = \"data\"\nworkers = 2\n[auth]\nrequired = false\n[http]\n\
             address = \"{http}\"\n[limits]\nconnections_per_address_max = {CONNECTIONS_PER_ADDRESS_MAX}\n\
             [[listen]]\naddress = \"{sip}\"\n"
        );
        std::fs::write(folder.join("ringback.toml"), config).unwrap();
        let log = File::create(folder.join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_ringback"))
            .args(["serve", "--config"])
            .arg(folder.join("ringback.toml"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let server = Server { child, folder, sip, http };
        server.register(0);
        server
    }

    fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.join("log")).unwrap()).into_owned()
    }

    /// Registers over UDP, repeating the request as RFC 3261 §17.1.2 does; how long the 200 took.
    fn register(&self, cseq: u64) -> Duration {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let request = register(cseq, socket.local_addr().unwrap().port());
        let began = Instant::now();
        let mut answer = [0; 4096];
        for repeat in 0..11 {
            socket.send_to(request.as_bytes(), self.sip).unwrap();
            let wait = Duration::from_millis((500 << repeat.min(3)).min(4000));
            socket.set_read_timeout(Some(wait)).unwrap();
            if let Ok((count, _)) = socket.recv_from(&mut answer) {
                let answer = String::from_utf8_lossy(&answer[..count]);
                assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
                return began.elapsed();
            }
        }
        panic!("no answer to a REGISTER over UDP\n{}", self.log());
    }

    /// Registers over a new TCP connection; how long that took.
    fn register_over_tcp(&self, cseq: u64) -> Duration {
        let began = Instant::now();
        let mut stream = connect_from(1, self.sip).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let port = stream.local_addr().unwrap().port();
        let request = register(cseq, port).replace("SIP/2.0/UDP", "SIP/2.0/TCP");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = [0; 4096];
        let count = stream.read(&mut answer).expect("an answer over TCP");
        assert!(
            answer[..count].starts_with(b"SIP/2.0 200 "),
            "{}",
            String::from_utf8_lossy(&answer[..count])
        );
        began.elapsed()
    }

    fn metric(&self, name: &str) -> u64 {
        let mut stream = TcpStream::connect(self.http).unwrap();
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let values = text.lines().filter(|line| line.starts_with(name));
        values.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>() as u64
    }

    /// Resident memory in kB.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let row = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        row.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Ends it with SIGTERM: it drains, ends with 0, and has not panicked.
    fn end(&mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let until = Instant::now() + Duration::from_secs(60);
        let code = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status.code(),
                None if Instant::now() > until => panic!("does not end\n{}", self.log()),
                None => sleep(Duration::from_millis(20)),
            }
        };
        let log = self.log();
        assert!(!log.contains("panicked"), "{log}");
        assert_eq!(code, Some(0), "{log}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

const DATAGRAMS: usize = 100_000;
const CONNECTIONS_PER_ADDRESS_MAX: usize = 200;
