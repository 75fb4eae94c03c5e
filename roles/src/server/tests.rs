use super::*;
use crate::location::{Domains, Effect, Location, Policy};
use crate::store::Registered;
use core::net::SocketAddr;
use ringback_sip::flow::Transport;

mod admission;
mod agreement;
mod answers;
mod bad_events;
mod dial;
mod dialog;
mod draining;
mod edge;
mod events;
mod flows;
mod forking;
mod forwarding;
mod gone;
mod gruu;
mod hops;
mod lists;
mod preferred;
mod probing;
mod reach;
mod recursion;
mod reg;
mod relay;
mod room;
mod session_timer;
mod sips;
mod strain;
mod summary;
mod torture;
mod watcher_way;
mod why;
mod winfo;
mod world;

const T0: Instant = Instant::from_unix_secs(1_289_690_940);

#[test]
fn a_register_waits_for_the_store_and_is_answered_where_it_came_from() {
    let mut server = server(false);
    receive(&mut server, &request("REGISTER", "sip:example.test", ""));
    let Some(Output::Ask { ticket, ask }) = server.poll() else { panic!("no question") };
    assert_eq!(server.len(), 1);
    server.handle(T0, Input::Answered { ticket, answer: stored(ask) });
    let (status, text, flow) = answer(&mut server);
    assert_eq!((status, flow), (200, "192.0.2.1:5060".parse().unwrap()), "no rport: to the port of sent-by");
    assert!(text.contains("Contact: <sip:alice@192.0.2.1>"), "{text}");
    assert!(server.is_empty());
}

#[test]
fn a_store_at_hand_answers_at_once_or_later_and_the_answer_is_the_same() {
    let text = request("REGISTER", "sip:example.test", "");
    let received = || Input::Received { flow: flow(Transport::Udp), bytes: text.as_bytes() };
    let (mut at_once, mut later) = (server(false), server(false));
    at_once.handle_with(T0, received(), &mut |_, ask| Some(stored(ask)));
    assert!(at_once.waiting.is_empty(), "nothing waits");
    let mut taken = None;
    later.handle_with(T0, received(), &mut |ticket, ask| {
        taken = Some((ticket, ask));
        None
    });
    assert_eq!(later.len(), 1);
    assert!(later.poll().is_none(), "the store has the question already");
    let (ticket, ask) = taken.expect("a question");
    later.handle(T0, Input::Answered { ticket, answer: stored(ask) });
    assert_eq!(answer(&mut at_once), answer(&mut later));
}

#[test]
fn what_is_not_served_is_refused_with_its_reason() {
    for (method, target, row, status, cause) in [
        ("OPTIONS", "sip:example.test", "", 200, "done"),
        ("OPTIONS", "sip:example.test", "Require: foo\r\n", 420, "extension"),
        ("OPTIONS", "tel:+31201234567", "", 416, "scheme"),
        ("INVITE", "sip:example.test", "", 405, "method-not-allowed"),
        ("FROBNICATE", "sip:example.test", "", 501, "unknown-method"),
        ("INVITE", "sip:bob@example.test", "Proxy-Require: foo\r\n", 420, "extension"),
        ("INVITE", "sip:bob@example.test", "Max-Forwards: 0\r\n", 400, "malformed"),
        ("OPTIONS", "sip:example.test", "CSeq: 2 OPTIONS\r\n", 400, "malformed"),
    ] {
        let mut server = server(false);
        receive(&mut server, &request(method, target, row));
        assert_eq!(journalled(&mut server), (Some(status), cause), "{method} {target}");
        let Some(Output::Transmit(transmit)) = server.poll() else { panic!("{method}: no answer") };
        let text = String::from_utf8_lossy(&transmit.bytes).into_owned();
        assert!(text.starts_with(&format!("SIP/2.0 {status} ")), "{text}");
        if matches!(status, 405 | 501) {
            assert!(text.contains("Allow: REGISTER, OPTIONS"), "{text}");
        }
    }
}

#[test]
fn malformed_requests_are_told_what_to_repair() {
    let long = format!("sip:{}@example.test", "a".repeat(3000));
    for (target, row, line, cause) in [
        ("sip:example.test", "CSeq: 2 OPTIONS\r\n", "400 Repeated CSeq", "malformed"),
        ("sip:example.test", "Content-Length: 9\r\n", "400 Repeated Content-Length", "malformed"),
        ("<sip:example.test>", "", "400 Malformed Request-URI", "malformed"),
        ("sip:example.test?Route=a", "", "400 Malformed Request-URI", "malformed"),
        (&long, "", "414 Request-URI Too Long", "too-large"),
    ] {
        let mut server = server(false);
        receive(&mut server, &request("OPTIONS", target, row));
        assert_eq!(journalled(&mut server).1, cause);
        let Some(Output::Transmit(transmit)) = server.poll() else { panic!("no answer") };
        assert!(transmit.bytes.starts_with(format!("SIP/2.0 {line}\r\n").as_bytes()), "{line}");
    }
    let mut server = server(false);
    let request = request("OPTIONS", "sip:example.test", "").replacen("SIP/2.0\r\n", "SIP/7.0\r\n", 1);
    receive(&mut server, &request);
    assert_eq!(journalled(&mut server), (Some(505), "version"));
}

#[test]
fn a_stream_needs_content_length_and_a_message_beyond_its_limit_is_513() {
    let asked = request("OPTIONS", "sip:example.test", "");
    let bare = asked.replace("Content-Length: 0\r\n", "");
    // The stream's framer gives the head of what it cannot follow, and ends the stream.
    let huge = asked.replace("Content-Length: 0", "Content-Length: 2000000");
    let (tcp, udp, ws) = (Transport::Tcp, Transport::Udp, Transport::Ws);
    for (transport, text, line, cause) in [
        (tcp, &asked, "200 OK", "done"),
        (tcp, &bare, "411 Missing Content-Length", "malformed"),
        (Transport::Tls, &bare, "411 Missing Content-Length", "malformed"),
        (udp, &bare, "200 OK", "done"),
        (ws, &bare, "200 OK", "done"),
        (tcp, &huge, "513 Message Too Large", "too-large"),
        (udp, &huge, "400 Body Shorter than Content-Length", "malformed"),
    ] {
        let mut server = server(false);
        receive_over(&mut server, transport, text);
        assert_eq!(journalled(&mut server).1, cause, "{transport:?} {line}");
        let Some(Output::Transmit(transmit)) = server.poll() else { panic!("{line}: no answer") };
        let answer = String::from_utf8_lossy(&transmit.bytes).into_owned();
        assert!(answer.starts_with(&format!("SIP/2.0 {line}\r\n")), "{answer}");
        assert!(answer.contains("\r\nContent-Length: 0\r\n"), "{answer}");
    }
}

#[test]
fn acks_responses_and_noise_are_dropped_with_a_reason() {
    for (bytes, cause) in [
        (request("ACK", "sip:example.test", ""), "no-such-dialog"),
        ("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a\r\nCall-ID: 1\r\n\r\n".to_owned(), "malformed"),
        (
            request("ACK", "sip:example.test", "Via: SIP/2.0/UDP a\r\n")
                .replace("ACK sip:example.test SIP/2.0", "SIP/2.0 200 OK"),
            "no-transaction",
        ),
        ("hello".to_owned(), "malformed"),
    ] {
        let mut server = server(false);
        receive(&mut server, &bytes);
        assert_eq!(journalled(&mut server), (None, cause));
        assert!(server.poll().is_none());
    }
}

#[test]
fn an_ack_to_a_refusal_of_our_own_goes_no_further() {
    let mut server = server(true);
    let via = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1";
    let invite = request("INVITE", "sip:bob@example.test", "").replacen(via, &format!("{via}, {via}2"), 1);
    receive(&mut server, &invite);
    assert_eq!(journalled(&mut server), (Some(407), "no-credentials"));
    let text = answer(&mut server).1;
    let tag = text.split("\r\nTo: ").nth(1).and_then(|to| to.split(";tag=").nth(1)).unwrap();
    let tag = tag.split("\r\n").next().unwrap();
    let ack = |tag: &str| {
        request("ACK", "sip:bob@example.test", "").replacen(
            "alice@example.test>\r\nCall-ID",
            &format!("bob@example.test>;tag={tag}\r\nCall-ID"),
            1,
        )
    };
    receive(&mut server, &ack(tag));
    assert!(server.poll().is_none(), "absorbed");
    receive(&mut server, &ack("other"));
    assert!(matches!(server.poll(), Some(Output::Ask { ask: Ask::Bindings(_), .. })), "the ACK to a 2xx");
}

#[test]
fn a_draining_server_refuses_new_requests_and_ends_when_the_last_is_done() {
    let mut server = server(false);
    receive(&mut server, &request("REGISTER", "sip:example.test", ""));
    let Some(Output::Ask { ticket, ask }) = server.poll() else { panic!("no question") };
    server.handle(T0, Input::Command(Command::Drain));
    assert!(server.poll().is_none(), "one is under way");
    receive(&mut server, &request("OPTIONS", "sip:example.test", ""));
    assert_eq!(journalled(&mut server), (Some(503), "draining"));
    let Some(Output::Transmit(transmit)) = server.poll() else { panic!("no answer") };
    assert!(String::from_utf8_lossy(&transmit.bytes).contains("Retry-After: 5\r\n"));
    server.handle(T0, Input::Answered { ticket, answer: stored(ask) });
    assert_eq!(answer(&mut server).0, 200);
    assert!(matches!(server.poll(), Some(Output::Deliver(Event::Drained))));
}

#[test]
fn settings_can_change_while_the_server_runs() {
    let mut server = server(false);
    let fresh = ServerSettings::new(Domains::new().with("new.test"));
    server.handle(T0, Input::Command(Command::Configure(Box::new(fresh))));
    receive(&mut server, &request("INVITE", "sip:bob@example.test", ""));
    assert_eq!(journalled(&mut server), (Some(403), "relay"));
    server.poll();
    receive(&mut server, &request("REGISTER", "sip:new.test", "").replace("@example.test", "@new.test"));
    assert_eq!(journalled(&mut server), (Some(401), "no-credentials"));
}

#[test]
fn a_copy_of_a_refused_call_is_refused_again_and_asks_nobody() {
    let mut server = server(false);
    let invite = request("INVITE", "sip:bob@example.test", "");
    receive(&mut server, &invite);
    let Some(Output::Ask { ticket, ask: Ask::Bindings(_) }) = server.poll() else { panic!("no question") };
    let nowhere = Answer::Bindings { is_user: true, bindings: crate::location::Bindings::default() };
    server.handle(T0, Input::Answered { ticket, answer: nowhere });
    let first = answer(&mut server);
    assert_eq!(first.0, 480);
    receive(&mut server, &invite);
    assert_eq!(answer(&mut server), first);
    assert!(server.poll().is_none());
    receive(&mut server, &request("CANCEL", "sip:bob@example.test", ""));
    assert_eq!(answer(&mut server).0, 200);
    assert!(!std::iter::from_fn(|| server.poll()).any(|o| matches!(o, Output::Transmit(_))));
}

fn server(required: bool) -> Server {
    let mut settings = ServerSettings::new(Domains::new().with("example.test"));
    settings.access.required = required;
    Server::new(settings, Seed::from_number(1), Seed::from_number(2))
}

fn receive(server: &mut Server, message: &str) {
    receive_over(server, Transport::Udp, message);
}

fn receive_over(server: &mut Server, transport: Transport, message: &str) {
    server.handle(T0, Input::Received { flow: flow(transport), bytes: message.as_bytes() });
}

fn flow(transport: Transport) -> Flow {
    Flow {
        transport,
        local: "192.0.2.9:5060".parse().unwrap(),
        remote: "192.0.2.1:40000".parse().unwrap(),
        connection: None,
        peer: None,
    }
}

fn request(method: &str, target: &str, row: &str) -> String {
    format!(
        "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         From: <sip:alice@example.test>;tag=1\r\nTo: <sip:alice@example.test>\r\nCall-ID: 1\r\n\
         CSeq: 1 {method}\r\n{row}Contact: <sip:alice@192.0.2.1>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
}

fn stored(ask: Ask) -> Answer {
    let Ask::Register(register) = ask else { panic!("not a registration") };
    let mut location = Location::new(Seed::from_number(1), 10);
    let (bindings, changes) = match location.register(register, T0, &Policy::default()).unwrap() {
        Effect::Done(bindings) => (bindings, Vec::new()),
        Effect::After(write) => (write.bindings, write.changes),
    };
    Answer::Registered(Ok(Registered { bindings, changes }))
}

/// The next journal entry: the code of an answer, and the cause.
fn journalled(server: &mut Server) -> (Option<u16>, &'static str) {
    match server.poll() {
        Some(Output::Journal(Entry { fact: Fact::Answered { status, cause, .. }, .. })) => {
            (Some(status.number()), cause.id())
        }
        Some(Output::Journal(Entry { fact: Fact::Dropped { cause, .. }, .. })) => (None, cause.id()),
        other => panic!("no entry: {other:?}"),
    }
}

/// The next message: its code, its text, and where it goes.
fn answer(server: &mut Server) -> (u16, String, SocketAddr) {
    loop {
        match server.poll() {
            Some(Output::Transmit(Transmit { flow, bytes })) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                return (text[8..11].parse().unwrap(), text, flow.remote);
            }
            Some(_) => {}
            None => panic!("no answer"),
        }
    }
}
