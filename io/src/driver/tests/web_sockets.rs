//! SIP over WebSocket, with tungstenite's own blocking client, and between two drivers.

use super::*;
use std::io::Write;
use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use tungstenite::{Message, WebSocket};

fn server(limits: Limits, origins: &[&str]) -> Bench {
    let listener =
        Listener { address: "127.0.0.1:0".parse().unwrap(), udp: false, stream: Some(Transport::Ws) };
    let origins: Vec<String> = origins.iter().map(|origin| (*origin).to_owned()).collect();
    let web_sockets = WebSockets { origins: origins.into() };
    Bench::of(DriverSettings { limits, web_sockets, ..DriverSettings::new("ws", vec![listener]) }, None)
}

fn browser(bench: &Bench, protocol: &str, origin: &str) -> Result<WebSocket<TcpStream>, String> {
    let mut request = format!("ws://{}/", bench.addresses[0]).into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("Sec-WebSocket-Protocol", HeaderValue::from_str(protocol).unwrap());
    headers.insert("Origin", HeaderValue::from_str(origin).unwrap());
    let made = tungstenite::client(request, bench.tcp_client(0));
    made.map(|(socket, _)| socket).map_err(|error| error.to_string())
}

fn ask(socket: &mut WebSocket<TcpStream>, call_id: &str) -> String {
    socket.send(Message::text(options(call_id))).unwrap();
    socket.read().unwrap().into_text().unwrap().to_string()
}

#[test]
fn a_browser_speaks_sip_over_a_web_socket() {
    let bench = server(Limits::default(), &["https://phone.test"]);
    let mut socket = browser(&bench, "sip", "https://phone.test").unwrap();
    assert!(ask(&mut socket, "one").contains("Call-ID: one"));
    socket.send(Message::binary(b"SIP/2.0 200 OK\r\n\r\n".to_vec())).unwrap();
    let News::Got(flow, bytes) = bench.next_news() else { panic!("no message") };
    assert_eq!((flow.transport, &bytes[..]), (Transport::Ws, &b"SIP/2.0 200 OK\r\n\r\n"[..]));
    socket.send(Message::Ping("hi".into())).unwrap();
    assert_eq!(socket.read().unwrap(), Message::Pong("hi".into()));
    bench.order(Order::Send(Transmit { flow, bytes: Bytes::from_static(b"called") }));
    assert_eq!(socket.read().unwrap(), Message::text("called"));
    bench.order(Order::Close(flow));
    assert!(matches!(socket.read(), Ok(Message::Close(_))));
}

#[test]
fn pages_of_other_sites_and_other_protocols_are_refused() {
    let bench = server(Limits::default(), &["https://phone.test"]);
    assert!(browser(&bench, "sip", "https://evil.test").unwrap_err().contains("403"));
    assert!(browser(&bench, "chat", "https://phone.test").unwrap_err().contains("400"));
    let mut plain = bench.tcp_client(0);
    plain.write_all(options("plain").as_bytes()).unwrap();
    let mut all = String::new();
    plain.read_to_string(&mut all).unwrap();
    assert!(all.starts_with("HTTP/1.1 400 "), "{all}");
    bench.wait_until_counted("handshakes_failed", 3);
}

#[test]
fn a_half_upgrade_ends_in_time_and_harms_nobody() {
    let limits = Limits { handshake_timeout: Duration::from_millis(300), ..Limits::default() };
    let bench = server(limits, &[]);
    let mut slow = bench.tcp_client(0);
    slow.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n").unwrap();
    assert!(ask(&mut browser(&bench, "sip", "null").unwrap(), "meanwhile").contains("meanwhile"));
    assert_eq!(slow.read_to_end(&mut Vec::new()).unwrap(), 0);
}

#[test]
fn nobody_is_called_at_the_port_of_a_web_socket_that_has_gone() {
    let bench = server(Limits::default(), &[]);
    let peer = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target { transport: Transport::Ws, address: peer.local_addr().unwrap(), peer: None };
    let flow = Flow::to(bench.addresses[0], target);
    bench.order(Order::Send(Transmit { flow, bytes: Bytes::from_static(b"x") }));
    assert_eq!(bench.next_news(), News::Failed(flow, FlowError::NoSocket));
    peer.set_nonblocking(true).unwrap();
    assert!(peer.accept().is_err());
}

#[test]
fn a_driver_that_may_dial_calls_a_server() {
    let bench = server(Limits::default(), &[]);
    let listener = Listener { address: "127.0.0.1:0".parse().unwrap(), udp: true, stream: None };
    let dials = vec![Transport::Ws];
    let phone = Bench::of(DriverSettings { dials, ..DriverSettings::new("ua", vec![listener]) }, None);
    let target = Target { transport: Transport::Ws, address: bench.addresses[0], peer: None };
    let flow = Flow::to(phone.addresses[0], target);
    for call in ["SIP/2.0 200 First\r\n\r\n", "SIP/2.0 200 Second\r\n\r\n"] {
        phone.order(Order::Send(Transmit { flow, bytes: Bytes::from_static(call.as_bytes()) }));
    }
    let News::Got(came, first) = bench.next_news() else { panic!("no message") };
    assert!(first.ends_with(b"First\r\n\r\n"));
    assert!(matches!(bench.next_news(), News::Got(again, _) if again == came), "on the same connection");
    bench.order(Order::Send(Transmit { flow: came, bytes: Bytes::from_static(b"SIP/2.0 200 Back\r\n\r\n") }));
    assert!(matches!(phone.next_news(), News::Got(_, bytes) if bytes.ends_with(b"Back\r\n\r\n")));
}

#[test]
fn a_silent_web_socket_is_pinged_and_closed_when_it_stays_silent() {
    let limits = Limits { ping_after: Duration::from_millis(1200), ..Limits::default() };
    let bench = server(limits, &[]);
    let mut dead = browser(&bench, "sip", "null").unwrap();
    let mut alive = browser(&bench, "sip", "null").unwrap();
    for socket in [&mut dead, &mut alive] {
        assert!(ask(socket, "x").contains("Call-ID: x"));
    }
    // Who reads answers pings by itself.
    for _ in 0..2 {
        assert_eq!(alive.read().unwrap(), Message::Ping(Bytes::new()));
        alive.flush().unwrap();
    }
    let News::Failed(flow, FlowError::Closed) = bench.next_news() else { panic!("no end") };
    assert_eq!(flow.remote, dead.get_ref().local_addr().unwrap());
    assert_eq!(dead.read().unwrap(), Message::Ping(Bytes::new()), "it was asked before");
    assert!(ask(&mut alive, "still").contains("Call-ID: still"));
}

#[test]
fn a_web_socket_that_has_said_nothing_is_not_kept_alive_by_pings() {
    let limits = Limits {
        ping_after: Duration::from_millis(100),
        first_message_timeout: Duration::from_millis(1200),
        ..Limits::default()
    };
    let bench = server(limits, &[]);
    let mut mute = browser(&bench, "sip", "null").unwrap();
    assert!(matches!(mute.read(), Ok(Message::Close(_))), "no ping came");
}
