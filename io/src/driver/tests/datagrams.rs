use super::*;

#[test]
fn datagrams_are_answered_from_the_address_they_came_to() {
    let bench = Bench::start(1, &["127.0.0.1:0", "[::1]:0"], Limits::default());
    for index in 0..2 {
        let client = bench.udp_client(index);
        client.send(options("x").as_bytes()).unwrap();
        let expected = format!(
            "worker 0 from {} to {}\nOPTIONS",
            client.local_addr().unwrap(),
            client.peer_addr().unwrap()
        );
        assert!(receive(&client).starts_with(&expected), "{expected}");
    }
    bench.running.stop().unwrap();
}

#[test]
fn a_socket_of_all_addresses_knows_each_of_them() {
    let bench = Bench::one("0.0.0.0:0");
    let port = bench.addresses[0].port();
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client.connect(("127.0.0.2", port)).unwrap();
    client.send(options("x").as_bytes()).unwrap();
    assert!(receive(&client).contains(&format!("to 127.0.0.2:{port}\n")));
}

#[test]
fn the_largest_datagram_passes_whole_and_keepalives_stay_silent() {
    let bench = Bench::one("127.0.0.1:0");
    let client = bench.udp_client(0);
    for noise in ["\r\n\r\n", "\0\0", ""] {
        client.send(noise.as_bytes()).unwrap();
    }
    let long = format!("{}{}", options("long"), "b".repeat(60_000));
    client.send(long.as_bytes()).unwrap();
    assert!(receive(&client).contains(&"b".repeat(60_000)));
    assert_eq!(bench.counted("keepalives"), 3);
}

#[test]
fn a_stun_request_on_the_sip_port_is_told_its_address_and_the_node_hears_nothing() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let bench = Bench::one(address);
        let client = bench.udp_client(0);
        let request = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], b"0123456789ab"].concat();
        client.send(&request).unwrap();
        let mut answer = [0; 100];
        let length = client.recv(&mut answer).unwrap();
        assert_eq!((length, &answer[..2]), (if address.starts_with('[') { 44 } else { 32 }, &[1, 1][..]));
        let port = u16::from_be_bytes([answer[26] ^ 0x21, answer[27] ^ 0x12]);
        assert_eq!(port, client.local_addr().unwrap().port());
        client.send(options("after").as_bytes()).unwrap();
        assert!(receive(&client).contains("after"));
        assert_eq!(bench.counted("keepalives"), 1);
    }
}

#[test]
fn a_storm_of_datagrams_shares_system_calls() {
    let bench = Bench::one("127.0.0.1:0");
    let client = bench.udp_client(0);
    for round in 0..20 {
        for n in 0..100 {
            client.send(options(&format!("{round}-{n}")).as_bytes()).unwrap();
        }
        for _ in 0..100 {
            receive(&client);
        }
    }
    // The last answers are here before the worker has counted them.
    let end = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while bench.counted("datagrams_sent") < 2000 && std::time::Instant::now() < end {
        std::thread::yield_now();
    }
    assert_eq!(bench.counted("datagrams_received"), 2000);
    assert_eq!(bench.counted("datagrams_sent"), 2000);
    assert!(bench.counted("udp_sends") < 2000, "{}", bench.counted("udp_sends"));
}

#[test]
fn what_comes_while_many_are_handled_is_answered_together_with_them() {
    let bench = Bench::one("127.0.0.1:0");
    let client = bench.udp_client(0);
    let gate = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let wait = format!("WAIT {}", gate.local_addr().unwrap());
    let send_three = || {
        for n in 0..3 {
            client.send(options(&format!("{n}")).as_bytes()).unwrap();
        }
    };
    client.send(wait.as_bytes()).unwrap();
    let first = gate.accept().unwrap();
    // The worker takes these four together, since they come while it waits; and during the last one three more.
    send_three();
    client.send(wait.as_bytes()).unwrap();
    drop(first);
    let second = gate.accept().unwrap();
    send_three();
    drop(second);
    for _ in 0..8 {
        receive(&client);
    }
    bench.wait_until_counted("datagrams_sent", 8);
    assert_eq!(bench.counted("udp_sends"), 2, "one for the first, and one for the seven");
}

#[test]
fn icmp_refusal_comes_back_as_a_failed_flow() {
    let bench = Bench::one("127.0.0.1:0");
    let remote = deaf_address();
    let flow =
        Flow { transport: Transport::Udp, local: bench.addresses[0], remote, connection: None, peer: None };
    bench.order(Order::Send(Transmit { flow, bytes: Bytes::from_static(b"hello") }));
    assert_eq!(bench.next_news(), News::Failed(flow, FlowError::Refused));
    // The socket is not hurt by it.
    let client = bench.udp_client(0);
    client.send(options("after").as_bytes()).unwrap();
    assert!(receive(&client).contains("after"));
}

#[test]
fn what_cannot_be_sent_is_reported_with_its_reason() {
    let bench = Bench::one("127.0.0.1:0");
    let target = Target { transport: Transport::Udp, address: "127.0.0.1:9".parse().unwrap(), peer: None };
    let good = Flow::to(bench.addresses[0], target);
    let bytes = Bytes::from(vec![b'x'; 70_000]);
    bench.order(Order::Send(Transmit { flow: good, bytes: bytes.clone() }));
    assert_eq!(bench.next_news(), News::Failed(good, FlowError::TooLarge));
    let stranger = Flow { local: "127.0.0.9:9".parse().unwrap(), ..good };
    bench.order(Order::Send(Transmit { flow: stranger, bytes }));
    assert_eq!(bench.next_news(), News::Failed(stranger, FlowError::NoSocket));
}

#[test]
fn deadlines_wake_the_node_in_time() {
    let bench = Bench::one("127.0.0.1:0");
    let moment = Clock::start().now() + Duration::from_millis(30);
    bench.order(Order::WakeAt(moment));
    let News::Woken(woken) = bench.next_news() else { panic!("no wake-up") };
    assert!(woken >= moment);
    assert!(woken - moment < Duration::from_secs(2), "{:?}", woken - moment);
}

#[test]
fn a_store_may_answer_at_once_or_later() {
    let bench = Bench::one("127.0.0.1:0");
    bench.order(Order::Ask(8));
    assert_eq!(bench.next_news(), News::Answered(Ticket(7), 4));
    bench.order(Order::Ask(9));
    assert_eq!(bench.next_news(), News::Answered(Ticket(7), 90));
    bench.running.stop().unwrap();
}

#[test]
fn an_address_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = Driver::bind(DriverSettings::new(
        "x",
        vec![Listener { address, udp: false, stream: Some(Transport::Tcp) }],
    ))
    .unwrap_err();
    assert_eq!((error.address, error.udp), (address, false));
    assert_eq!(error.error.kind(), io::ErrorKind::AddrInUse);
}

#[test]
fn two_servers_do_not_share_an_address_though_workers_do() {
    let first = |udp, stream| {
        let listener = Listener { address: "127.0.0.1:0".parse().unwrap(), udp, stream };
        Driver::bind(DriverSettings { workers: 2, ..DriverSettings::new("first", vec![listener]) }).unwrap()
    };
    for (udp, stream) in [(true, None), (false, Some(Transport::Tcp))] {
        let first = first(udp, stream);
        for ip in ["127.0.0.1", "0.0.0.0"] {
            let address = SocketAddr::new(ip.parse().unwrap(), first.addresses()[0].address.port());
            let second = DriverSettings::new("second", vec![Listener { address, udp, stream }]);
            let error = Driver::bind(second).unwrap_err();
            assert_eq!((error.address, error.udp), (address, udp));
            assert_eq!(error.error.kind(), io::ErrorKind::AddrInUse);
        }
    }
}

#[test]
fn one_server_listens_on_all_addresses_and_on_one_of_them() {
    let port = Driver::bind(DriverSettings::new(
        "port",
        vec![Listener { address: "127.0.0.1:0".parse().unwrap(), udp: true, stream: Some(Transport::Tcp) }],
    ))
    .unwrap()
    .addresses()[0]
        .address
        .port();
    let both = ["127.0.0.1", "0.0.0.0"].map(|ip| Listener {
        address: SocketAddr::new(ip.parse().unwrap(), port),
        udp: true,
        stream: Some(Transport::Tcp),
    });
    Driver::bind(DriverSettings { workers: 2, ..DriverSettings::new("both", both.into()) }).unwrap();
}

#[test]
fn datagrams_that_go_through_the_kernel_together_arrive_apart_and_in_order() {
    let peers: Vec<_> = (0..2).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    let mut port = UdpPort::bind("127.0.0.1:0".parse().unwrap(), 1 << 20).unwrap();
    // Runs of one length, a shorter one at the end of a run, a longer one, and one too long to go with others.
    let lengths = [400, 400, 400, 100, 100, 400, 900, 2000, 2000, 1, 1];
    let texts: Vec<String> =
        lengths.iter().enumerate().map(|(n, length)| format!("{n:x}").repeat(*length)).collect();
    for text in &texts {
        for peer in &peers {
            let flow = Flow {
                transport: Transport::Udp,
                local: port.local(),
                remote: peer.local_addr().unwrap(),
                connection: None,
                peer: None,
            };
            port.push(flow, Bytes::from(text.clone()));
        }
    }
    let mut failures = Vec::new();
    let sent = port.flush(&mut super::super::udp::SendSlots::new(), &mut failures);
    assert_eq!((sent.datagrams, sent.dropped, sent.calls, failures), (22, 0, 1, vec![]));
    for peer in peers {
        peer.set_read_timeout(Some(PATIENCE)).unwrap();
        for text in &texts {
            let mut bytes = [0; 4096];
            let length = peer.recv(&mut bytes).unwrap();
            assert!(&bytes[..length] == text.as_bytes(), "{length} bytes");
        }
    }
}
