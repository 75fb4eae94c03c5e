use super::*;
use std::io::Write;

#[test]
fn messages_on_a_stream_are_framed_wherever_it_is_cut() {
    let bench = Bench::one("127.0.0.1:0");
    let mut client = bench.tcp_client(0);
    client.set_nodelay(true).unwrap();
    let text = format!("{}{}{}", options("first"), options("second"), options("third"));
    for piece in text.as_bytes().chunks(7) {
        client.write_all(piece).unwrap();
    }
    for expected in ["first", "second", "third"] {
        assert!(receive_echo(&mut client).contains(expected));
    }
    client.write_all(b"\r\n\r").unwrap();
    client.write_all(b"\n").unwrap();
    let mut pong = [0; 2];
    client.read_exact(&mut pong).unwrap();
    assert_eq!(&pong, b"\r\n", "the double line break is answered");
    assert_eq!(bench.running.connections(), 1);
}

#[test]
fn ipv6_streams_work_the_same() {
    let bench = Bench::one("[::1]:0");
    let mut client = bench.tcp_client(0);
    client.write_all(options("six").as_bytes()).unwrap();
    assert!(receive_echo(&mut client).contains("from [::1]:"));
}

#[test]
fn an_open_connection_is_reused_and_a_missing_one_made() {
    let bench = Bench::one("127.0.0.1:0");
    let peer = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let remote = peer.local_addr().unwrap();
    let flow =
        Flow { transport: Transport::Tcp, local: bench.addresses[0], remote, connection: None, peer: None };
    for n in ["one\n\n", "two\n\n"] {
        bench.order(Order::Send(Transmit { flow, bytes: Bytes::from_static(n.as_bytes()) }));
    }
    let (mut accepted, from) = peer.accept().unwrap();
    accepted.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(from.ip(), flow.local.ip());
    assert_eq!(receive_echo(&mut accepted), "one\n\n");
    assert_eq!(receive_echo(&mut accepted), "two\n\n");
    accepted.write_all(b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n").unwrap();
    let News::Got(came, _) = bench.next_news() else { panic!("no message") };
    assert_eq!((came.local, came.remote), (flow.local, remote), "shows the address the node speaks from");
    assert!(came.connection.is_some());

    drop(accepted);
    assert_eq!(bench.next_news(), News::Failed(came, FlowError::Closed));
    assert_eq!(
        bench.next_news(),
        News::Failed(flow, FlowError::Closed),
        "who sent by address hears of it too"
    );
}

#[test]
fn a_request_bound_to_a_connection_that_has_ended_fails_and_nobody_is_connected_to() {
    let bench = Bench::one("127.0.0.1:0");
    let mut client = bench.tcp_client(0);
    let source = client.local_addr().unwrap();
    client.write_all(b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n").unwrap();
    let News::Got(flow, _) = bench.next_news() else { panic!("no message") };
    assert_eq!(flow.remote, source);
    drop(client);
    assert_eq!(bench.next_news(), News::Failed(flow, FlowError::Closed));
    let opened = bench.counted("connections_opened");
    bench.order(Order::Send(Transmit { flow, bytes: Bytes::from_static(b"INVITE sip:a SIP/2.0\n\n") }));
    assert_eq!(bench.next_news(), News::Failed(flow, FlowError::Closed));
    assert_eq!(bench.counted("connections_opened"), opened);
    // Another client's connection is not taken for it.
    let mut other = bench.tcp_client(0);
    other.write_all(b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n").unwrap();
    let News::Got(alive, _) = bench.next_news() else { panic!("no message") };
    let mixed = Flow { connection: alive.connection, ..flow };
    bench
        .order(Order::Send(Transmit { flow: mixed, bytes: Bytes::from_static(b"INVITE sip:a SIP/2.0\n\n") }));
    assert_eq!(bench.next_news(), News::Failed(mixed, FlowError::Closed));
    bench.order(Order::Send(Transmit {
        flow: alive,
        bytes: Bytes::from_static(b"OPTIONS sip:a SIP/2.0\n\n"),
    }));
    other.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(receive_echo(&mut other), "OPTIONS sip:a SIP/2.0\n\n");
}

#[test]
fn a_refused_connection_is_a_failed_flow() {
    let bench = Bench::one("127.0.0.1:0");
    let flow = Flow {
        transport: Transport::Tcp,
        local: bench.addresses[0],
        remote: deaf_address(),
        connection: None,
        peer: None,
    };
    bench.order(Order::Send(Transmit { flow, bytes: Bytes::from_static(b"x") }));
    assert_eq!(bench.next_news(), News::Failed(flow, FlowError::Refused));
    assert_eq!(bench.running.connections(), 0);
}

#[test]
fn a_message_without_length_is_answered_and_ends_the_stream() {
    let bench = Bench::one("127.0.0.1:0");
    let mut client = bench.tcp_client(0);
    client.write_all(b"OPTIONS sip:a SIP/2.0\r\nCall-ID: none\r\n\r\nrest of it").unwrap();
    let mut all = String::new();
    client.read_to_string(&mut all).unwrap();
    assert!(all.contains("Call-ID: none") && !all.contains("rest"), "{all}");
    assert!(matches!(bench.next_news(), News::Failed(_, FlowError::Framing)));
    assert_eq!(bench.counted("framing_faults"), 1);
}

#[test]
fn a_stream_that_ends_since_no_message_ends_on_it_stands_in_the_journal() {
    let bench = Bench::one("127.0.0.1:0");
    let mut client = bench.tcp_client(0);
    let local = client.local_addr().unwrap();
    let _ = client.write_all(format!("OPTIONS sip:a SIP/2.0\r\nX: {}\r\n", "y".repeat(1 << 16)).as_bytes());
    let told = bench.entries.recv_timeout(PATIENCE).expect("an entry").fact;
    assert!(
        matches!(&told, Fact::FlowFailed { flow, error: FlowError::Framing } if flow.remote == local),
        "{told:?}"
    );
}

#[test]
fn the_answer_to_a_sign_of_life_reaches_the_node_and_other_blank_lines_do_not() {
    let bench = Bench::one("127.0.0.1:0");
    let mut client = bench.tcp_client(0);
    client.write_all(b"\r\nSIP/2.0 200 OK\r\nl: 0\r\n\r\n").unwrap();
    let News::Got(flow, _) = bench.next_news() else { panic!("no message") };
    for _ in 0..2 {
        bench.order(Order::Send(Transmit { flow, bytes: Bytes::from_static(b"\r\n\r\n") }));
        let mut ping = [0; 4];
        client.read_exact(&mut ping).unwrap();
        client.write_all(b"\r\n").unwrap();
        assert!(receive_echo(&mut client).starts_with("worker"), "the node echoes what is no response");
    }
    client.write_all(b"\r\nSIP/2.0 299 OK\r\nl: 0\r\n\r\n").unwrap();
    assert!(matches!(bench.next_news(), News::Got(_, text) if text.starts_with(b"SIP/2.0 299")));
    client.set_nonblocking(true).unwrap();
    assert!(client.read(&mut [0; 4]).is_err(), "nothing was echoed");
}

#[test]
fn garbage_ends_the_stream_without_an_answer() {
    let bench = Bench::one("127.0.0.1:0");
    let mut client = bench.tcp_client(0);
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut all = String::new();
    client.read_to_string(&mut all).unwrap();
    assert_eq!(all, "");
}

#[test]
fn who_is_too_slow_loses_the_connection() {
    let limits = Limits {
        partial_message_timeout: Duration::from_millis(200),
        first_message_timeout: Duration::from_millis(200),
        ..Limits::default()
    };
    let bench = Bench::start(1, &["127.0.0.1:0"], limits);
    let mut silent = bench.tcp_client(0);
    let mut slow = bench.tcp_client(0);
    slow.write_all(options("whole").as_bytes()).unwrap();
    receive_echo(&mut slow);
    slow.write_all(b"OPTIONS sip:a").unwrap();
    let mut rest = Vec::new();
    assert_eq!(silent.read_to_end(&mut rest).unwrap(), 0, "half-open");
    assert_eq!(slow.read_to_end(&mut rest).unwrap(), 0, "half a message");
    assert_eq!(bench.counted("connections_timed_out"), 2);
}

#[test]
fn too_many_connections_of_one_address_are_refused_and_the_others_live() {
    let limits = Limits { connections_per_address_max: 2, ..Limits::default() };
    let bench = Bench::start(1, &["127.0.0.1:0"], limits);
    let mut clients: Vec<TcpStream> = (0..2).map(|_| bench.tcp_client(0)).collect();
    for client in &mut clients {
        client.write_all(options("in").as_bytes()).unwrap();
        receive_echo(client);
    }
    let mut third = bench.tcp_client(0);
    assert!(matches!(third.read(&mut [0; 1]), Ok(0) | Err(_)), "closed at once");
    clients[0].write_all(options("still").as_bytes()).unwrap();
    assert!(receive_echo(&mut clients[0]).contains("still"));
    assert_eq!(bench.counted("connections_refused"), 1);
}

#[test]
fn a_peer_that_does_not_read_is_cut_off_at_the_backlog() {
    let limits = Limits { backlog_bytes_max: 100_000, ..Limits::default() };
    let bench = Bench::start(1, &["127.0.0.1:0"], limits);
    let mut client = bench.tcp_client(0);
    client.write_all(b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n").unwrap();
    let News::Got(flow, _) = bench.next_news() else { panic!("no message") };
    let bytes = Bytes::from(vec![b'x'; 60_000]);
    for _ in 0..400 {
        bench.order(Order::Send(Transmit { flow, bytes: bytes.clone() }));
    }
    assert_eq!(bench.next_news(), News::Failed(flow, FlowError::Backlog));
}

#[test]
fn the_node_may_close_a_connection() {
    let bench = Bench::one("127.0.0.1:0");
    let mut client = bench.tcp_client(0);
    client.write_all(b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n").unwrap();
    let News::Got(flow, _) = bench.next_news() else { panic!("no message") };
    bench.order(Order::Send(Transmit { flow, bytes: Bytes::from_static(b"bye") }));
    bench.order(Order::Close(flow));
    let mut all = String::new();
    client.read_to_string(&mut all).unwrap();
    assert_eq!(all, "bye", "what was sent before leaves before the end");
}
