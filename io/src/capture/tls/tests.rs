use super::super::{Capture, Counts, PacketWriter, read};
use super::*;
use ringback_roles::diagnosis::FactsLimits;
use ringback_sip::flow::Transport;
use ringback_sip::time::Instant;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, KeyLog as Log, RootCertStore, ServerConfig, ServerConnection};
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// A key log in memory.
#[derive(Debug, Default)]
struct Lines(Mutex<String>);

impl Log for Lines {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        self.0.lock().expect("a lock").push_str(&line);
    }
}

/// A connection in memory whose records go into a capture.
struct Wire {
    client: ClientConnection,
    server: ServerConnection,
    writer: PacketWriter<Vec<u8>>,
    millis: u64,
}

impl Wire {
    fn new(suite: rustls::SupportedCipherSuite, lines: &Arc<Lines>) -> Self {
        let key = rcgen::generate_simple_self_signed(["x.test".to_owned()]).expect("a certificate");
        let provider = rustls::crypto::CryptoProvider {
            cipher_suites: vec![suite],
            ..rustls::crypto::ring::default_provider()
        };
        let provider = Arc::new(provider);
        let mut roots = RootCertStore::empty();
        roots.add(key.cert.der().clone()).expect("a root");
        let private = PrivateKeyDer::Pkcs8(key.signing_key.serialize_der().into());
        let versions = [suite.version()];
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&versions)
            .expect("a version")
            .with_no_client_auth()
            .with_single_cert(vec![key.cert.der().clone()], private)
            .expect("a certificate");
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .expect("a version")
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.key_log = Arc::clone(lines) as _;
        let name = ServerName::try_from("x.test").expect("a name");
        Wire {
            client: ClientConnection::new(Arc::new(client), name).expect("a client"),
            server: ServerConnection::new(Arc::new(server)).expect("a server"),
            writer: PacketWriter::new(Vec::new()).expect("memory"),
            millis: 0,
        }
    }

    /// Carries records both ways until there are none, in segments of this size.
    fn carry(&mut self, segment: usize) {
        loop {
            let (mut out, mut back) = (Vec::new(), Vec::new());
            self.client.write_tls(&mut out).expect("memory");
            self.put(ENDS, &out, segment);
            self.server.read_tls(&mut &out[..]).expect("memory");
            self.server.process_new_packets().expect("no fault");
            self.server.write_tls(&mut back).expect("memory");
            self.put([ENDS[1], ENDS[0]], &back, segment);
            self.client.read_tls(&mut &back[..]).expect("memory");
            self.client.process_new_packets().expect("no fault");
            if out.is_empty() && back.is_empty() {
                return;
            }
        }
    }

    fn put(&mut self, ends: [SocketAddr; 2], bytes: &[u8], segment: usize) {
        for part in bytes.chunks(segment) {
            self.millis += 1;
            let at = Instant::from_unix_micros(self.millis * 1000);
            self.writer.write_message(at, Transport::Tls, ends, part).expect("memory");
        }
    }

    fn say(&mut self, is_client: bool, text: &[u8]) {
        let mut writer = if is_client { self.client.writer() } else { self.server.writer() };
        writer.write_all(text).expect("memory");
    }
}

const ENDS: [SocketAddr; 2] = [
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)), 40_000),
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)), 5061),
];

fn message(start: &str) -> Vec<u8> {
    format!(
        "{start}\r\nVia: SIP/2.0/TLS a.test;branch=z9hG4bK1\r\nFrom: <sip:a@x.test>;tag=1\r\nTo: <sip:b@x.test>\r\n\
         Call-ID: secret\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

/// A request and its answer over this suite, as a capture, and its key log.
fn recorded(suite: rustls::SupportedCipherSuite, segment: usize) -> (Vec<u8>, String) {
    let lines = Arc::new(Lines::default());
    let mut wire = Wire::new(suite, &lines);
    wire.carry(segment);
    wire.say(true, &message("OPTIONS sip:x.test SIP/2.0"));
    wire.carry(segment);
    let mut read = vec![0; 1000];
    let length = wire.server.reader().read(&mut read).expect("the request");
    assert!(length > 100);
    wire.say(false, &message("SIP/2.0 200 OK"));
    // New keys in the middle (TLS 1.3).
    if wire.server.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3) {
        wire.server.refresh_traffic_keys().expect("new keys");
    }
    wire.say(false, &message("SIP/2.0 200 OK"));
    wire.carry(segment);
    let log = lines.0.lock().expect("a lock").clone();
    (wire.writer.finish().expect("memory"), log)
}

fn captured(file: &[u8], log: &str) -> (Capture, Counts) {
    let mut capture = Capture::new(FactsLimits::default());
    capture.key_log_mut().read(log.as_bytes()).expect("memory");
    let counts = read(file, &mut capture, &mut |_| {}).expect("a capture");
    (capture, counts)
}

#[test]
fn every_suite_of_both_versions_is_read_with_the_secrets_of_the_client() {
    for suite in rustls::crypto::ring::ALL_CIPHER_SUITES {
        // The certificate here is signed with ECDSA.
        let name = format!("{:?}", suite.suite());
        if name.contains("WITH") && !name.contains("TLS13") && name.contains("_RSA_") {
            continue;
        }
        for segment in [60_000, 100] {
            let (file, log) = recorded(*suite, segment);
            let (capture, _) = captured(&file, &log);
            let call =
                capture.facts().call(b"secret").unwrap_or_else(|| panic!("{name}: {:?}", capture.locked()));
            let seen: Vec<_> = call.messages.iter().map(|m| (m.title(), m.transport, m.src)).collect();
            assert_eq!(seen[0], ("OPTIONS".to_owned(), Transport::Tls, ENDS[0]), "{name}");
            assert_eq!(seen[1..], vec![("200 OK".to_owned(), Transport::Tls, ENDS[1]); 2], "{name}");
            assert_eq!(capture.locked(), []);
        }
    }
}

#[test]
fn without_the_right_secrets_a_connection_is_said_to_be_locked_and_nothing_is_read() {
    for suite in [
        rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256,
        rustls::crypto::ring::cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ] {
        let (file, log) = recorded(suite, 60_000);
        let (capture, _) = captured(&file, "# nothing\n");
        assert_eq!(capture.locked(), [Locked { ends: ENDS, why: LockedBy::NoSecret }]);
        assert_eq!(capture.facts().messages(), 0);
        // Secrets of somebody else under the same random number.
        let wrong: String = log
            .lines()
            .map(|line| {
                let (start, secret) = line.rsplit_once(' ').expect("three words");
                format!("{start} {}\n", "ab".repeat(secret.len() / 2))
            })
            .collect();
        let (capture, _) = captured(&file, &wrong);
        assert_eq!(capture.facts().messages(), 0);
        assert_eq!(capture.locked(), [Locked { ends: ENDS, why: LockedBy::Broken }]);
    }
}

#[test]
fn a_key_log_leaves_out_what_is_none() {
    let mut log = KeyLog::default();
    let text = format!(
        "# a comment\n\nCLIENT_RANDOM {} {}\nCLIENT_RANDOM 00 11\nEXPORTER_SECRET {} {}\nCLIENT_RANDOM {} zz\n",
        "0a".repeat(32),
        "0b".repeat(48),
        "0a".repeat(32),
        "0b".repeat(32),
        "0c".repeat(32)
    );
    assert_eq!(log.read(text.as_bytes()).expect("memory"), 1);
    assert_eq!(log.of(&[10; 32]).expect("a secret").master[..], [11; 48]);
    assert!(log.of(&[12; 32]).is_none());
}

/// A block of pcapng.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().div_ceil(4) * 4;
    let length = (padded as u32 + 12).to_le_bytes();
    let mut block = [&kind.to_le_bytes()[..], &length, body].concat();
    block.resize(8 + padded, 0);
    block.extend(length);
    block
}

#[test]
fn secrets_inside_of_pcapng_are_used() {
    let (file, log) = recorded(rustls::crypto::ring::cipher_suite::TLS13_AES_256_GCM_SHA384, 60_000);
    let mut section = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
    section.extend([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    let mut ng = block(0x0a0d_0d0a, &section);
    ng.extend(block(1, &[101, 0, 0, 0, 0, 0, 4, 0]));
    let secrets =
        [&0x544c_534b_u32.to_le_bytes()[..], &(log.len() as u32).to_le_bytes(), log.as_bytes()].concat();
    ng.extend(block(10, &secrets));
    let mut rest = &file[24..];
    while let Some((head, packets)) = rest.split_first_chunk::<16>() {
        let length = u32::from_le_bytes([head[8], head[9], head[10], head[11]]) as usize;
        let mut body = vec![0; 12];
        body.extend_from_slice(&head[8..16]);
        body.extend_from_slice(&packets[..length]);
        ng.extend(block(6, &body));
        rest = &packets[length..];
    }
    let (capture, _) = captured(&ng, "");
    assert_eq!(capture.facts().messages(), 3, "{:?}", capture.locked());
}
