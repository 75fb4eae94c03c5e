//! The resolver against a name server of the test's own, on loopback.

use super::*;
use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, NAPTR, SOA, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use ringback_sip::flow::{Target, Transport};
use ringback_sip::journal::{RecordKind, Shown, Step};
use ringback_sip::time::Duration;
use std::net::{SocketAddr, UdpSocket};
use std::str::FromStr;
use std::sync::Mutex;

#[test]
fn naptr_decides_the_transport() {
    let bench = Bench::start();
    let text = bench.list("three.test", None, None);
    assert_eq!(text, ["Tcp 192.0.2.1:5090"]);
    let steps = bench.locate("three.test", None, None).steps;
    let naptr = steps.iter().filter(|step| matches!(step, Step::Naptr { .. })).count();
    assert_eq!(naptr, 2, "{steps:?}");
}

#[test]
fn srv_records_decide_transport_port_and_order() {
    let bench = Bench::start();
    let text = bench.list("two.test", None, None);
    assert_eq!(
        text,
        ["Udp 192.0.2.1:5070", "Udp 192.0.2.2:5080", "Udp [2001:db8::2]:5080", "Tcp 192.0.2.1:5090"]
    );
    let answer = bench.list("two.test", None, Some(Transport::Tcp));
    assert_eq!(answer.len(), 1, "only the transport that is decided");
}

#[test]
fn a_port_or_the_lack_of_srv_means_the_host_itself() {
    let bench = Bench::start();
    assert_eq!(bench.list("two.test", Some(7000), None), ["Udp 192.0.2.9:7000"]);
    assert_eq!(bench.list("a.test", None, Some(Transport::Tcp)), ["Tcp 192.0.2.1:5060"]);
    assert_eq!(bench.list("192.0.2.77", None, None), ["Udp 192.0.2.77:5060"]);
}

#[test]
fn an_alias_is_followed_and_told() {
    let bench = Bench::start();
    let located = bench.locate("alias.test", Some(5060), None);
    assert_eq!(list(&located), ["Udp 192.0.2.1:5060"]);
    assert!(located.steps.contains(&Step::Alias { to: Shown::from("a.test") }), "{:?}", located.steps);
}

#[test]
fn each_failure_has_its_own_reason_and_its_own_step() {
    let bench = Bench::start();
    let error = |host, port| bench.locate(host, port, None).found.unwrap_err();
    assert_eq!(error("nowhere.test", None), ResolveError::NoSuchName);
    assert_eq!(error("empty.test", Some(5060)), ResolveError::NoAddress);
    assert_eq!(error("broken.test", Some(5060)), ResolveError::Failed);
    assert_eq!(error("not a name", Some(5060)), ResolveError::NoSuchName);
    assert_eq!(error("closed.test", Some(5060)), ResolveError::Refused);
    for half in ["closed-a.test", "closed-aaaa.test"] {
        assert_eq!(
            error(half, Some(5060)),
            ResolveError::Refused,
            "{half}: that the other kind is not there says less"
        );
    }
    assert_eq!(bench.list("half.test", Some(5060), None), ["Udp 192.0.2.3:5060"], "one kind is enough");
    let mute = bench.locate("mute.test", Some(5060), None);
    assert_eq!(mute.found, Err(ResolveError::Timeout));
    let (name, kind) = (Shown::from("mute.test"), RecordKind::Address);
    assert!(mute.steps.contains(&Step::Asked { name, kind, answer: Err(ResolveError::Timeout) }));
}

#[test]
fn a_whole_search_ends_in_time_and_says_where_it_stood() {
    let bench = Bench::with(|settings| settings.search_time_max = Duration::from_millis(250));
    let mute = bench.locate("mute.test", None, None);
    assert_eq!(mute.found, Err(ResolveError::Timeout));
    assert_eq!(mute.steps.last(), Some(&Step::GaveUp));
}

#[test]
fn answers_are_remembered_as_long_as_they_say_and_that_there_is_nothing_too() {
    let bench = Bench::start();
    bench.list("two.test", Some(5060), None);
    let first = bench.asked();
    bench.list("two.test", Some(5060), None);
    assert_eq!((first > 0, bench.asked()), (true, first), "from memory");
    for expected in [1, 1] {
        assert_eq!(bench.locate("nowhere.test", Some(5060), None).found, Err(ResolveError::NoSuchName));
        assert_eq!(bench.asked_for("nowhere.test.", RecordType::A), expected);
    }
    // Bounds: a record of no life lives for the least, and one of a long life no longer than the most.
    let bench = Bench::with(|settings| {
        settings.remember_min = Duration::ZERO;
        settings.remember_max = Duration::ZERO;
    });
    bench.list("two.test", Some(5060), None);
    bench.list("two.test", Some(5060), None);
    assert!(bench.asked_for("two.test.", RecordType::A) > 1, "nothing is remembered");
}

#[test]
fn the_second_name_server_answers_when_the_first_is_mute() {
    let bench = Bench::start();
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    let servers = vec![nobody.local_addr().unwrap(), bench.server];
    let settings = ResolverSettings { servers, ..quick() };
    let resolver = Resolver::start(settings, Seed::from_number(1)).unwrap();
    assert_eq!(list(&resolver.locate(query("a.test", Some(5060), None), REACH)), ["Udp 192.0.2.1:5060"]);
}

#[test]
fn the_hosts_file_needs_no_name_server() {
    let bench = Bench::start();
    let answer = bench.locate("localhost", Some(5060), None);
    assert!(answer.found.unwrap()[0].address.ip().is_loopback());
}

const REACH: Reach = Reach::ALL;

struct Bench {
    resolver: Resolver,
    server: SocketAddr,
    asked: Arc<Mutex<Vec<(String, RecordType)>>>,
}

impl Bench {
    fn start() -> Bench {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut ResolverSettings)) -> Bench {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = socket.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<_>>> = Arc::default();
        let notes = Arc::clone(&asked);
        std::thread::spawn(move || serve_names(&socket, &notes));
        let mut settings = ResolverSettings { servers: vec![server], ..quick() };
        change(&mut settings);
        let resolver = Resolver::start(settings, Seed::from_number(1)).unwrap();
        Bench { resolver, server, asked }
    }

    fn locate(&self, host: &str, port: Option<u16>, transport: Option<Transport>) -> Located {
        self.resolver.locate(query(host, port, transport), REACH)
    }

    fn list(&self, host: &str, port: Option<u16>, transport: Option<Transport>) -> Vec<String> {
        list(&self.locate(host, port, transport))
    }

    /// How many questions the name server got.
    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn asked_for(&self, name: &str, kind: RecordType) -> usize {
        self.asked.lock().unwrap().iter().filter(|(n, k)| n == name && *k == kind).count()
    }
}

/// No test waits long for a name server that says nothing.
fn quick() -> ResolverSettings {
    ResolverSettings { answer_time_max: Duration::from_millis(200), ..ResolverSettings::default() }
}

fn query(host: &str, port: Option<u16>, transport: Option<Transport>) -> ResolveQuery {
    ResolveQuery { host: host.into(), port, transport, secure: false, spread: 0 }
}

fn list(located: &Located) -> Vec<String> {
    let targets: &[Target] = located.found.as_ref().unwrap();
    targets.iter().map(|t| format!("{:?} {}", t.transport, t.address)).collect()
}

fn serve_names(socket: &UdpSocket, notes: &Mutex<Vec<(String, RecordType)>>) {
    let mut bytes = [0; 4096];
    while let Ok((count, from)) = socket.recv_from(&mut bytes) {
        let question = Message::from_vec(&bytes[..count]).unwrap();
        let query = question.queries[0].clone();
        let name = query.name().to_ascii();
        notes.lock().unwrap().push((name.clone(), query.query_type()));
        if name.ends_with("mute.test.") {
            continue;
        }
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.metadata.message_type = MessageType::Response;
        answer.add_query(query.clone());
        let rows = rows(&name, query.query_type());
        answer.metadata.response_code = match name.as_str() {
            "broken.test." => ResponseCode::ServFail,
            "closed.test." => ResponseCode::Refused,
            "closed-a.test." if query.query_type() == RecordType::A => ResponseCode::Refused,
            "closed-aaaa.test." | "half.test." if query.query_type() == RecordType::AAAA => {
                ResponseCode::Refused
            }
            "closed-a.test." | "closed-aaaa.test." => ResponseCode::NoError,
            "two.test." | "three.test." | "a.test." | "b.test." | "empty.test." => ResponseCode::NoError,
            _ if rows.is_empty() => ResponseCode::NXDomain,
            _ => ResponseCode::NoError,
        };
        if rows.is_empty() {
            // How long that may be remembered (RFC 2308 §3).
            let zone = Name::from_str("test.").unwrap();
            let soa = SOA::new(zone.clone(), zone.clone(), 1, 60, 60, 60, 60);
            answer.add_authority(Record::from_rdata(zone, 60, RData::SOA(soa)));
        }
        for (owner, row) in rows {
            answer.add_answer(Record::from_rdata(Name::from_str(owner).unwrap(), 60, row));
        }
        let _ = socket.send_to(&answer.to_vec().unwrap(), from);
    }
}

fn rows(name: &str, kind: RecordType) -> Vec<(&str, RData)> {
    let host = |text: &str| Name::from_str(text).unwrap();
    let srv = |priority, port, target| RData::SRV(SRV::new(priority, 0, port, host(target)));
    let naptr = |order, service: &str, replacement| {
        let (flags, services, expression) = (b"s".as_slice(), service.as_bytes(), b"".as_slice());
        RData::NAPTR(NAPTR::new(
            order,
            1,
            flags.into(),
            services.into(),
            expression.into(),
            host(replacement),
        ))
    };
    let rows = match (name, kind) {
        ("_sip._udp.two.test.", RecordType::SRV) => vec![srv(20, 5080, "b.test."), srv(10, 5070, "a.test.")],
        ("_sip._tcp.two.test.", RecordType::SRV) => vec![srv(0, 5090, "a.test.")],
        ("three.test.", RecordType::NAPTR) => {
            vec![naptr(20, "SIP+D2T", "_sip._tcp.two.test."), naptr(30, "SIP+D2U", "_sip._udp.two.test.")]
        }
        ("two.test.", RecordType::A) => vec![RData::A(A::new(192, 0, 2, 9))],
        ("a.test.", RecordType::A) => vec![RData::A(A::new(192, 0, 2, 1))],
        ("half.test.", RecordType::A) => vec![RData::A(A::new(192, 0, 2, 3))],
        ("b.test.", RecordType::A) => vec![RData::A(A::new(192, 0, 2, 2))],
        ("b.test.", RecordType::AAAA) => vec![RData::AAAA(AAAA::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2))],
        ("alias.test.", RecordType::A) => {
            let alias = RData::CNAME(CNAME(host("a.test.")));
            return vec![("alias.test.", alias), ("a.test.", RData::A(A::new(192, 0, 2, 1)))];
        }
        _ => vec![],
    };
    rows.into_iter().map(|row| (name, row)).collect()
}
