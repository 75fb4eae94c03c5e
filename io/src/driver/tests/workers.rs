use super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

#[test]
fn one_four_tuple_uses_all_workers_and_a_call_stays_with_one() {
    let bench = Bench::start(2, &["127.0.0.1:0"], Limits::default());
    let client = bench.udp_client(0);
    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for _ in 0..3 {
        for n in 0..20 {
            client.send(options(&format!("call-{n}")).as_bytes()).unwrap();
        }
        for _ in 0..20 {
            let (worker, call) = worker_and_call(&receive(&client));
            owners.entry(call).or_default().insert(worker);
        }
    }
    assert_eq!(owners.len(), 20);
    assert!(owners.values().all(|workers| workers.len() == 1), "{owners:?}");
    let used: BTreeSet<_> = owners.values().flatten().collect();
    assert_eq!(used.len(), 2, "both workers had calls");
    // The kernel brings each to its owner; one that cannot leaves it to the worker.
    assert_eq!(bench.counted("handed_over") > 0, !system_steers());

    // Over TCP the same calls belong to the same workers, and all answers use the one connection.
    let mut stream = bench.tcp_client(0);
    let all: String = (0..20).map(|n| options(&format!("call-{n}"))).collect();
    stream.write_all(all.as_bytes()).unwrap();
    for _ in 0..20 {
        let (worker, call) = worker_and_call(&receive_echo(&mut stream));
        assert_eq!(owners[&call], BTreeSet::from([worker]));
    }
    assert_eq!(bench.running.connections(), 1);
    assert!(bench.counted("handed_over") > 0);
    bench.running.stop().unwrap();
}

#[test]
fn a_call_id_that_the_kernel_does_not_see_is_handed_to_the_same_worker() {
    let bench = Bench::start(2, &["127.0.0.1:0", "[::1]:0"], Limits::default());
    for address in 0..2 {
        let client = bench.udp_client(address);
        for n in 0..20 {
            let plain = options(&format!("call-{n}"));
            let mut workers = BTreeSet::new();
            for message in
                [plain.clone(), plain.replace("Call-ID", "i"), plain.replace("Call-ID:", "Call-ID :")]
            {
                client.send(message.as_bytes()).unwrap();
                workers.insert(receive(&client).split(' ').nth(1).unwrap().to_owned());
            }
            assert_eq!(workers.len(), 1, "{plain}");
        }
    }
    assert!(bench.counted("handed_over") > 0);
    bench.running.stop().unwrap();
}

/// Whether this system lets a program choose among sockets.
fn system_steers() -> bool {
    let first = UdpPort::bind("127.0.0.1:0".parse().unwrap(), 1 << 16).unwrap();
    let second = UdpPort::bind(first.local(), 1 << 16).unwrap();
    steer::by_call([&first, &second].into_iter(), &Seed::from_number(1)) > 0
}

#[test]
fn what_every_worker_may_take_stays_where_it_came_in() {
    let bench = Bench::start(2, &["127.0.0.1:0"], Limits::default());
    let client = bench.udp_client(0);
    let mut stream = bench.tcp_client(0);
    let register = |n: usize| options(&format!("phone-{n}")).replace("OPTIONS", "REGISTER");
    let (mut here, mut there) = (BTreeSet::new(), BTreeSet::new());
    for n in 0..20 {
        client.send(register(n).as_bytes()).unwrap();
        here.insert(worker_and_call(&receive(&client)).0);
        stream.write_all(register(n).as_bytes()).unwrap();
        there.insert(worker_and_call(&receive_echo(&mut stream)).0);
    }
    assert_eq!((here.len(), there.len(), bench.counted("handed_over")), (1, 1, 0));
    bench.running.stop().unwrap();
}

#[test]
fn every_worker_hears_of_a_failed_path() {
    let bench = Bench::start(2, &["127.0.0.1:0"], Limits::default());
    let flow = Flow {
        transport: Transport::Tcp,
        local: bench.addresses[0],
        remote: deaf_address(),
        connection: None,
        peer: None,
    };
    bench.order(Order::Send(Transmit { flow, bytes: Bytes::from_static(b"x") }));
    let heard: Vec<(usize, News)> = (0..2).map(|_| bench.news.recv_timeout(PATIENCE).unwrap()).collect();
    for worker in 0..2 {
        assert!(heard.contains(&(worker, News::Failed(flow, FlowError::Refused))), "{heard:?}");
    }
}

#[test]
fn a_connection_is_found_from_every_worker() {
    let bench = Bench::start(2, &["127.0.0.1:0"], Limits::default());
    let peer = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let remote = peer.local_addr().unwrap();
    let flow =
        Flow { transport: Transport::Tcp, local: bench.addresses[0], remote, connection: None, peer: None };
    bench.running.remote().send(0, Order::Send(Transmit { flow, bytes: Bytes::from_static(b"zero\n\n") }));
    let (mut accepted, _) = peer.accept().unwrap();
    accepted.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(receive_echo(&mut accepted), "zero\n\n");
    bench.running.remote().send(1, Order::Send(Transmit { flow, bytes: Bytes::from_static(b"one\n\n") }));
    assert_eq!(receive_echo(&mut accepted), "one\n\n");
    assert_eq!(bench.counted("connections_opened"), 1);
}

fn worker_and_call(echo: &str) -> (String, String) {
    let line = |start: &str| echo.lines().find(|line| line.starts_with(start)).unwrap().to_owned();
    let worker = line("worker ").split(' ').nth(1).unwrap().to_owned();
    (worker, line("Call-ID: "))
}

#[test]
fn a_connection_of_a_worker_that_is_not_there_is_gone() {
    let bench = Bench::one("127.0.0.1:0");
    let mut flow = Flow::to(
        bench.addresses[0],
        Target { transport: Transport::Tcp, address: bench.addresses[0], peer: None },
    );
    flow.connection = Some(ringback_sip::flow::ConnectionId(1 << 8 | 9));
    let bytes = Bytes::from_static(b"OPTIONS sip:a@b SIP/2.0\r\nl: 0\r\n\r\n");
    bench.order(Order::Send(Transmit { flow, bytes }));
    assert_eq!(bench.next_news(), News::Failed(flow, FlowError::Closed));
    bench.order(Order::Close(flow));
    bench.order(Order::Ask(4));
    assert_eq!(bench.next_news(), News::Answered(Ticket(7), 2), "the worker lives");
}
