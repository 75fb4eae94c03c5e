//! The resolver against a name server of the test's own, on loopback.

use super::*;
use hickory_resolver::proto::op::{Message, MessageType};
use hickory_resolver::proto::rr::rdata::{A, AAAA, SRV};
use hickory_resolver::proto::rr::{Record, RecordType};
use std::net::UdpSocket;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

#[test]
fn srv_records_decide_transport_port_and_order() {
    let resolver = Bench::start();
    let answer = resolver.ask("two.test", None, None).unwrap();
    let text: Vec<_> = answer.iter().map(|t| format!("{:?} {}", t.transport, t.address)).collect();
    assert_eq!(
        text,
        ["Udp 192.0.2.1:5070", "Udp 192.0.2.2:5080", "Udp [2001:db8::2]:5080", "Tcp 192.0.2.1:5090"]
    );
    let answer = resolver.ask("two.test", None, Some(Transport::Tcp)).unwrap();
    assert_eq!(answer.len(), 1, "only the transport that is decided");
}

#[test]
fn a_port_or_the_lack_of_srv_means_the_host_itself() {
    let resolver = Bench::start();
    let answer = resolver.ask("two.test", Some(7000), None).unwrap();
    assert_eq!(
        answer[0],
        Target { transport: Transport::Udp, address: "192.0.2.9:7000".parse().unwrap(), peer: None }
    );
    let answer = resolver.ask("a.test", None, Some(Transport::Tcp)).unwrap();
    assert_eq!(
        answer[0],
        Target { transport: Transport::Tcp, address: "192.0.2.1:5060".parse().unwrap(), peer: None }
    );
    let answer = resolver.ask("192.0.2.77", None, None).unwrap();
    assert_eq!(answer[0].address.to_string(), "192.0.2.77:5060");
}

#[test]
fn each_failure_has_its_own_reason() {
    let resolver = Bench::start();
    assert_eq!(resolver.ask("nowhere.test", None, None), Err(ResolveError::NoSuchName));
    assert_eq!(resolver.ask("empty.test", Some(5060), None), Err(ResolveError::NoAddress));
    assert_eq!(resolver.ask("broken.test", Some(5060), None), Err(ResolveError::Failed));
    assert_eq!(resolver.ask("not a name", Some(5060), None), Err(ResolveError::NoSuchName));
}

#[test]
fn the_hosts_file_needs_no_name_server() {
    let resolver = Bench::start();
    let answer = resolver.ask("localhost", Some(5060), None).unwrap();
    assert!(answer[0].address.ip().is_loopback());
}

struct Bench {
    resolver: Resolver,
    asker: Arc<dyn ResolvedBox>,
    answers: Receiver<Answer>,
}

struct Asker(Mutex<Sender<Answer>>);

impl ResolvedBox for Asker {
    fn resolved(&self, _: Ticket, answer: Answer) {
        self.0.lock().unwrap().send(answer).unwrap();
    }
}

impl Bench {
    fn start() -> Bench {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = socket.local_addr().unwrap();
        std::thread::spawn(move || serve_names(&socket));
        let (sender, answers) = channel();
        let resolver = Resolver::start_with(Some(server), Seed::from_number(1)).unwrap();
        Bench { resolver, asker: Arc::new(Asker(Mutex::new(sender))), answers }
    }

    fn ask(&self, host: &str, port: Option<u16>, transport: Option<Transport>) -> Answer {
        let query = ResolveQuery { host: host.into(), port, transport, secure: false };
        let families = Families { v4: true, v6: true };
        self.resolver.ask(Ticket(1), query, families, &self.asker);
        self.answers.recv_timeout(Duration::from_secs(20)).expect("an answer in time")
    }
}

fn serve_names(socket: &UdpSocket) {
    let mut bytes = [0; 4096];
    while let Ok((count, from)) = socket.recv_from(&mut bytes) {
        let question = Message::from_vec(&bytes[..count]).unwrap();
        let query = question.queries[0].clone();
        let name = query.name().to_ascii();
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.metadata.message_type = MessageType::Response;
        answer.add_query(query.clone());
        let rows = rows(&name, query.query_type());
        answer.metadata.response_code = match name.as_str() {
            "broken.test." => ResponseCode::ServFail,
            "two.test." | "a.test." | "b.test." | "empty.test." => ResponseCode::NoError,
            _ if rows.is_empty() => ResponseCode::NXDomain,
            _ => ResponseCode::NoError,
        };
        for row in rows {
            answer.add_answer(Record::from_rdata(query.name().clone(), 60, row));
        }
        let _ = socket.send_to(&answer.to_vec().unwrap(), from);
    }
}

fn rows(name: &str, kind: RecordType) -> Vec<RData> {
    let host = |text: &str| Name::from_str(text).unwrap();
    match (name, kind) {
        ("_sip._udp.two.test.", RecordType::SRV) => vec![
            RData::SRV(SRV::new(20, 0, 5080, host("b.test."))),
            RData::SRV(SRV::new(10, 0, 5070, host("a.test."))),
        ],
        ("_sip._tcp.two.test.", RecordType::SRV) => vec![RData::SRV(SRV::new(0, 0, 5090, host("a.test.")))],
        ("two.test.", RecordType::A) => vec![RData::A(A::new(192, 0, 2, 9))],
        ("a.test.", RecordType::A) => vec![RData::A(A::new(192, 0, 2, 1))],
        ("b.test.", RecordType::A) => vec![RData::A(A::new(192, 0, 2, 2))],
        ("b.test.", RecordType::AAAA) => vec![RData::AAAA(AAAA::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2))],
        _ => vec![],
    }
}
