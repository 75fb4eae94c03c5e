//! TLS over real sockets: a server with certificates of a test authority, clients that check them or do not.

use super::*;
use crate::tls::{CertificateFiles, ClientCertificates, Tls, TlsSettings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use ringback_sip::flow::HandshakeFault;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A folder with an authority; removed at the end.
struct Authority {
    folder: PathBuf,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Authority {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ringback-tls-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, format!("authority {number}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.join("authority.pem"), issuer.pem()).unwrap();
        Authority { folder, issuer }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// A certificate for a name or address that is over when `expired`.
    fn certificate(&self, file: &str, name: &str, expired: bool) -> CertificateFiles {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![match name.parse() {
            Ok(ip) => SanType::IpAddress(ip),
            Err(_) => SanType::DnsName(name.try_into().unwrap()),
        }];
        if expired {
            params.not_before = rcgen::date_time_ymd(2001, 1, 1);
            params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let chain = self.folder.join(format!("{file}.pem"));
        let key_file = self.folder.join(format!("{file}.key"));
        std::fs::write(&chain, certificate.pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        CertificateFiles { chain, key: key_file }
    }

    fn settings(&self, certificates: Vec<CertificateFiles>) -> TlsSettings {
        TlsSettings { certificates, authorities: Some(self.file()), ..TlsSettings::default() }
    }

    /// A server whose certificate has this name.
    fn server(&self, name: &str, expired: bool) -> Bench {
        self.server_with(self.settings(vec![self.certificate(name, name, expired)]), Limits::default()).0
    }

    fn server_with(&self, settings: TlsSettings, limits: Limits) -> (Bench, Arc<Tls>) {
        let tls = Arc::new(Tls::load(&settings).unwrap());
        let listener =
            Listener { address: "127.0.0.1:0".parse().unwrap(), udp: false, stream: Some(Transport::Tls) };
        (Bench::with(1, vec![listener], limits, Some(Arc::clone(&tls))), tls)
    }

    /// A client of rustls itself, without our code.
    fn client(&self, bench: &Bench, name: &str, own: Option<&CertificateFiles>) -> TlsClient {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match own {
            None => builder.with_no_client_auth(),
            Some(files) => {
                let chain = vec![PemObject::from_pem_file(&files.chain).unwrap()];
                builder.with_client_auth_cert(chain, PemObject::from_pem_file(&files.key).unwrap()).unwrap()
            }
        };
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        TlsClient(rustls::StreamOwned::new(session, bench.tcp_client(0)))
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

struct TlsClient(rustls::StreamOwned<rustls::ClientConnection, TcpStream>);

impl TlsClient {
    fn ask(&mut self, call_id: &str) -> std::io::Result<String> {
        self.say(&options(call_id))
    }

    /// Sends a message and reads its echo.
    fn say(&mut self, message: &str) -> std::io::Result<String> {
        self.0.write_all(message.as_bytes())?;
        let (mut text, mut byte) = (Vec::new(), [0]);
        while !text.ends_with(b"\n\n") {
            self.0.read_exact(&mut byte)?;
            text.push(byte[0]);
        }
        Ok(String::from_utf8(text).unwrap())
    }
}

/// A client driver that trusts the authority, and the flow from it to a server.
fn caller(authority: &Authority, server: &Bench, peer: Option<&str>) -> (Bench, Flow) {
    let (client, tls) = authority.server_with(
        authority.settings(vec![authority.certificate("caller", "caller.test", false)]),
        Limits::default(),
    );
    let target = Target {
        transport: Transport::Tls,
        address: server.addresses[0],
        peer: peer.map(|name| tls.number(name).unwrap()),
    };
    let flow = Flow::to(client.addresses[0], target);
    (client, flow)
}

fn send(bench: &Bench, flow: Flow) {
    let bytes = Bytes::from_static(b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n");
    bench.order(Order::Send(Transmit { flow, bytes }));
}

#[test]
fn messages_travel_under_tls_and_the_flow_says_so() {
    let authority = Authority::new();
    let server = authority.server("localhost", false);
    let mut client = authority.client(&server, "localhost", None);
    for call in ["one", "two"] {
        assert!(client.ask(call).unwrap().contains(&format!("Call-ID: {call}")));
    }
    client.0.write_all(b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n").unwrap();
    let News::Got(flow, _) = server.next_news() else { panic!("no message") };
    assert_eq!((flow.transport, flow.peer), (Transport::Tls, None));
    drop(client);
    assert_eq!(server.next_news(), News::Failed(flow, FlowError::Closed));
}

#[test]
fn a_large_message_crosses_both_ways_in_many_records() {
    let authority = Authority::new();
    let server = authority.server("localhost", false);
    let mut client = authority.client(&server, "localhost", None);
    let body = "x".repeat(300_000);
    let message = format!("OPTIONS sip:a@b SIP/2.0\r\nCall-ID: big\r\nl: {}\r\n\r\n{body}", body.len());
    client.0.write_all(message.as_bytes()).unwrap();
    let mut back = vec![0; body.len()];
    let mut total = 0;
    while total < body.len() {
        total += client.0.read(&mut back).unwrap();
    }
}

#[test]
fn a_server_proves_its_name_or_address_and_its_connection_is_reused() {
    let authority = Authority::new();
    for (name, peer) in [("sip.example.test", Some("sip.example.test")), ("127.0.0.1", None)] {
        let server = authority.server(name, false);
        let (client, flow) = caller(&authority, &server, peer);
        send(&client, flow);
        let News::Got(came, _) = server.next_news() else { panic!("no message") };
        send(&client, flow);
        assert!(matches!(server.next_news(), News::Got(again, _) if again == came), "the same connection");
        send(&server, came);
        let News::Got(back, _) = client.next_news() else { panic!("no message") };
        assert_eq!((back.peer, back.remote), (flow.peer, flow.remote));
    }
}

#[test]
fn a_connection_that_proved_one_name_is_not_used_for_another() {
    let authority = Authority::new();
    let server = authority.server("one.test", false);
    let (client, tls) = authority.server_with(authority.settings(vec![]), Limits::default());
    let to = |name: &str| {
        let peer = tls.number(name);
        let target = Target { transport: Transport::Tls, address: server.addresses[0], peer };
        Flow::to(client.addresses[0], target)
    };
    send(&client, to("one.test"));
    assert!(matches!(server.next_news(), News::Got(..)));
    send(&client, to("two.test"));
    let wrong = FlowError::Handshake(HandshakeFault::WrongName);
    assert_eq!(client.next_news(), News::Failed(to("two.test"), wrong));
    send(&client, to("one.test"));
    assert!(matches!(server.next_news(), News::Got(..)), "the good one is still there");
}

#[test]
fn a_wrong_name_an_old_certificate_and_a_strange_authority_are_refused() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let cases = [
        (authority.server("other.test", false), HandshakeFault::WrongName),
        (authority.server("good.test", true), HandshakeFault::Expired),
        (stranger.server("good.test", false), HandshakeFault::UnknownAuthority),
        (authority.server("*.test", false), HandshakeFault::WrongName),
    ];
    for (server, fault) in cases {
        let (client, flow) = caller(&authority, &server, Some("good.test"));
        send(&client, flow);
        assert_eq!(client.next_news(), News::Failed(flow, FlowError::Handshake(fault)));
        assert!(server.news.try_recv().is_err(), "no message may leave before the check");
    }
}

#[test]
fn who_must_show_a_certificate_and_has_none_cannot_speak() {
    let authority = Authority::new();
    let files = authority.certificate("server", "localhost", false);
    let settings = TlsSettings { clients: ClientCertificates::Required, ..authority.settings(vec![files]) };
    let (server, _) = authority.server_with(settings, Limits::default());
    assert!(authority.client(&server, "localhost", None).ask("none").is_err());
    let own = authority.certificate("trunk", "trunk.test", false);
    assert!(authority.client(&server, "localhost", Some(&own)).ask("shown").is_ok());
    let old = authority.certificate("old", "trunk.test", true);
    assert!(authority.client(&server, "localhost", Some(&old)).ask("old").is_err());
    server.wait_until_counted("handshakes_failed", 2);
}

#[test]
fn a_half_handshake_ends_in_time_and_harms_nobody() {
    let authority = Authority::new();
    let files = authority.certificate("server", "localhost", false);
    let limits = Limits { handshake_timeout: Duration::from_millis(300), ..Limits::default() };
    let (server, _) = authority.server_with(authority.settings(vec![files]), limits);
    let mut silent = server.tcp_client(0);
    let mut slow = server.tcp_client(0);
    slow.write_all(&[22, 3, 1, 2, 0, 1]).unwrap();
    let mut plain = server.tcp_client(0);
    plain.write_all(options("plain").as_bytes()).unwrap();
    assert!(authority.client(&server, "localhost", None).ask("meanwhile").is_ok());
    let mut rest = Vec::new();
    let _ = silent.read_to_end(&mut rest);
    let _ = slow.read_to_end(&mut rest);
    let _ = plain.read_to_end(&mut rest);
    assert!(rest.first().is_none_or(|kind| *kind == 21), "an alert at most: {rest:?}");
    server.wait_until_counted("handshakes_failed", 3);
}

#[test]
fn whom_the_node_does_not_want_is_cut_off_before_a_handshake_over_every_stream() {
    let authority = Authority::new();
    let settings = authority.settings(vec![authority.certificate("server", "server.test", false)]);
    let tls = Arc::new(Tls::load(&settings).unwrap());
    let listener =
        |stream| Listener { address: "127.0.0.1:0".parse().unwrap(), udp: false, stream: Some(stream) };
    let streams = [Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];
    let bench = Bench::with(1, streams.map(listener).to_vec(), Limits::default(), Some(tls));
    for address in &bench.addresses {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::new(UNWANTED, 0).into()).unwrap();
        socket.connect(&(*address).into()).unwrap();
        let mut client = TcpStream::from(socket);
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        let end = client.read(&mut [0; 1]).map_err(|error| error.kind());
        assert!(matches!(end, Ok(0) | Err(std::io::ErrorKind::ConnectionReset)), "{end:?}");
    }
    assert_eq!((bench.counted("connections_refused"), bench.counted("connections_accepted")), (4, 0));
    let mut wanted = bench.tcp_client(0);
    wanted.write_all(options("wanted").as_bytes()).unwrap();
    assert!(receive_echo(&mut wanted).contains("wanted"));
}

#[test]
fn a_new_certificate_serves_new_connections_and_old_ones_live_on() {
    let authority = Authority::new();
    let files = authority.certificate("server", "old.test", false);
    let (server, tls) = authority.server_with(authority.settings(vec![files.clone()]), Limits::default());
    let mut before = authority.client(&server, "old.test", None);
    before.ask("before").unwrap();
    let fresh = authority.certificate("server", "new.test", false);
    assert_eq!(fresh, files, "the same files, written anew");
    tls.reload(&authority.settings(vec![fresh])).unwrap();
    assert!(authority.client(&server, "new.test", None).ask("after").is_ok());
    assert!(authority.client(&server, "old.test", None).ask("after").is_err());
    assert!(before.ask("still").is_ok());
    std::fs::write(&files.key, "no key").unwrap();
    assert!(tls.reload(&authority.settings(vec![files])).is_err());
    assert!(authority.client(&server, "new.test", None).ask("kept").is_ok(), "a faulty file changes nothing");
    assert_eq!(tls.validities()[0].domains, ["new.test"]);
}

#[test]
fn the_certificate_is_chosen_by_the_name_that_is_asked_for() {
    let authority = Authority::new();
    let files = ["one.test", "two.test", "*.web.test"]
        .map(|name| authority.certificate(name.trim_matches('*'), name, false));
    let (server, _) = authority.server_with(authority.settings(files.to_vec()), Limits::default());
    for name in ["one.test", "two.test", "phone.web.test"] {
        assert!(authority.client(&server, name, None).ask("x").is_ok(), "{name}");
    }
    assert!(authority.client(&server, "three.test", None).ask("x").is_err());
}

#[test]
fn two_hundred_idle_connections_live_and_answer() {
    let authority = Authority::new();
    let server = authority.server("localhost", false);
    let mut clients: Vec<TlsClient> =
        (0..200).map(|_| authority.client(&server, "localhost", None)).collect();
    for (n, client) in clients.iter_mut().enumerate() {
        client.ask(&format!("first-{n}")).unwrap();
    }
    assert_eq!(server.running.connections(), 200);
    for (n, client) in clients.iter_mut().enumerate() {
        assert!(client.ask(&format!("again-{n}")).unwrap().contains(&format!("again-{n}")));
    }
}

/// A server that asks for certificates, and who sends to the names of its clients.
fn trunk(authority: &Authority, workers: usize) -> (Bench, Arc<Tls>) {
    let files = authority.certificate("server", "localhost", false);
    let settings = TlsSettings { clients: ClientCertificates::Asked, ..authority.settings(vec![files]) };
    let tls = Arc::new(Tls::load(&settings).unwrap());
    let listener =
        Listener { address: "127.0.0.1:0".parse().unwrap(), udp: false, stream: Some(Transport::Tls) };
    (Bench::with(workers, vec![listener], Limits::default(), Some(Arc::clone(&tls))), tls)
}

/// A request whose Via has these parameters; nobody listens at its port.
fn aliased(parameters: &str) -> String {
    format!(
        "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TLS p1.example.test:{DEAF_PORT};branch=z9hG4bK1{parameters}\r\n\
         Call-ID: x\r\nContent-Length: 0\r\n\r\n"
    )
}

/// The way to a name at that port of the clients' machine.
fn towards(server: &Bench, tls: &Tls, name: Option<&str>) -> Flow {
    let address = SocketAddr::new(server.addresses[0].ip(), DEAF_PORT);
    let peer = name.map(|name| tls.number(name).unwrap());
    Flow::to(server.addresses[0], Target { transport: Transport::Tls, address, peer })
}

#[test]
fn a_request_to_a_client_that_proved_its_name_and_asked_for_it_goes_over_the_clients_connection() {
    let authority = Authority::new();
    for workers in [1, 3] {
        let (server, tls) = trunk(&authority, workers);
        let own = authority.certificate("p1", "p1.example.test", false);
        let mut client = authority.client(&server, "localhost", Some(&own));
        client.say(&aliased(";ALIAS")).unwrap();
        send(&server, towards(&server, &tls, Some("p1.example.test")));
        let mut text = [0; 12];
        client.0.read_exact(&mut text).unwrap();
        assert_eq!(&text, b"SIP/2.0 200 ");
        // Another name at the same address needs a connection of its own, and nobody is there.
        let other = towards(&server, &tls, Some("p2.example.test"));
        for other in [other, towards(&server, &tls, None)] {
            send(&server, other);
            for _ in 0..workers {
                assert_eq!(server.next_news(), News::Failed(other, FlowError::Refused));
            }
        }
    }
}

#[test]
fn a_certificate_for_the_address_makes_an_alias_of_the_address() {
    let authority = Authority::new();
    let (server, tls) = trunk(&authority, 1);
    let own = authority.certificate("p1", "127.0.0.1", false);
    let mut client = authority.client(&server, "localhost", Some(&own));
    client.say(&aliased(";alias")).unwrap();
    send(&server, towards(&server, &tls, None));
    let mut text = [0; 12];
    client.0.read_exact(&mut text).unwrap();
    assert_eq!(&text, b"SIP/2.0 200 ");
}

#[test]
fn without_alias_or_certificate_no_request_goes_back_over_a_connection_and_the_request_is_served() {
    let authority = Authority::new();
    let own = authority.certificate("p1", "p1.example.test", false);
    for (parameters, certificate) in [("", Some(&own)), (";alias", None)] {
        let (server, tls) = trunk(&authority, 1);
        let mut client = authority.client(&server, "localhost", certificate);
        assert!(client.say(&aliased(parameters)).unwrap().contains("Call-ID: x"));
        let flow = towards(&server, &tls, Some("p1.example.test"));
        send(&server, flow);
        assert_eq!(server.next_news(), News::Failed(flow, FlowError::Refused));
    }
}

#[test]
fn when_an_aliased_connection_ends_who_sends_hears_of_it_and_a_new_connection_is_tried() {
    let authority = Authority::new();
    let (server, tls) = trunk(&authority, 1);
    let own = authority.certificate("p1", "p1.example.test", false);
    let mut client = authority.client(&server, "localhost", Some(&own));
    client.say(&aliased(";alias")).unwrap();
    let flow = towards(&server, &tls, Some("p1.example.test"));
    send(&server, flow);
    client.0.read_exact(&mut [0; 12]).unwrap();
    drop(client);
    let heard: Vec<News> = (0..3).map(|_| server.next_news()).collect();
    assert!(
        heard.contains(&News::Failed(flow, FlowError::Closed))
            || heard.contains(&News::Failed(flow, FlowError::Reset)),
        "{heard:?}"
    );
    send(&server, flow);
    assert_eq!(server.next_news(), News::Failed(flow, FlowError::Refused));
}

/// Nobody listens there: no user may open a port so low without a privilege that tests do not have.
const DEAF_PORT: u16 = 9;
