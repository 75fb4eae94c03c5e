use super::super::*;
use super::support::*;
use crate::flow::FlowError;
use crate::journal::{Cause, Fact};
use crate::registry::Method;

#[test]
fn copies_of_a_request_are_absorbed_and_bring_the_last_response_again() {
    let mut layer = Layer::new();
    for (method, status) in [("INVITE", 180), ("INVITE", 486), ("OPTIONS", 200)] {
        let bytes = request(method, &format!("{method}{status}"));
        let id = layer.accept(udp(), &bytes);
        assert_eq!(layer.receive(udp(), &bytes), Received::Absorbed);
        let before = layer.sent.len();
        assert!(layer.respond(id, udp(), &bytes, status));
        assert_eq!(layer.receive(udp(), &bytes), Received::Absorbed);
        assert_eq!(layer.sent.len(), before + 2, "{method}");
        assert_eq!(layer.sent[before], layer.sent[before + 1]);
    }
}

#[test]
fn invite_gets_a_100_after_200_ms_when_the_user_says_nothing() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    layer.accept(udp(), &bytes);
    layer.until(10_000);
    assert_eq!(layer.times("SIP/2.0"), [200]);
    let trying = layer.last("SIP/2.0 100");
    assert!(trying.contains("rport=40001") && trying.contains("received=198.51.100.7"));
    assert!(trying.contains("To: Bob <sip:bob@example.com>\r\n"));
    assert_eq!(layer.sent[0].1.remote, udp().remote);
    assert_eq!(layer.receive(udp(), &bytes), Received::Absorbed);
    assert_eq!(layer.times("SIP/2.0 100"), [200, 10_000]);
}

#[test]
fn other_request_gets_a_100_after_3500_ms_and_not_before_over_udp() {
    let mut layer = Layer::new();
    let bytes = request("MESSAGE", "1");
    let id = layer.accept(udp(), &bytes);
    layer.until(1_000);
    assert!(layer.respond(id, udp(), &bytes, 100));
    assert_eq!(layer.receive(udp(), &bytes), Received::Absorbed);
    layer.until(20_000);
    assert_eq!(layer.times("SIP/2.0"), [3_500]);
    assert!(layer.respond(id, udp(), &bytes, 200));
    let mut layer = Layer::new();
    let id = layer.accept(tcp(), &bytes);
    assert!(layer.respond(id, tcp(), &bytes, 100));
    assert_eq!(layer.times("SIP/2.0 100"), [0]);
}

#[test]
fn other_request_gets_no_408_and_no_1xx_but_100() {
    let mut layer = Layer::new();
    let bytes = request("MESSAGE", "1");
    let id = layer.accept(tcp(), &bytes);
    assert!(!layer.respond(id, tcp(), &bytes, 408));
    assert!(!layer.respond(id, tcp(), &bytes, 183));
    assert_eq!(layer.times("SIP/2.0"), []);
    let invite = request("INVITE", "2");
    let id = layer.accept(tcp(), &invite);
    assert!(layer.respond(id, tcp(), &invite, 183) && layer.respond(id, tcp(), &invite, 408));
}

#[test]
fn late_final_response_to_another_request_is_not_sent() {
    let mut layer = Layer::new();
    let bytes = request("MESSAGE", "1");
    let id = layer.accept(udp(), &bytes);
    layer.until(33_000);
    assert_eq!(layer.events, [(32_000, Event::Unanswered(id, 5))]);
    let fired = Fact::TimerFired { timer: Timer::J, method: Some(Method::Message) };
    assert!(layer.entries.iter().any(|e| e.fact == fired));
    assert!(!layer.respond(id, udp(), &bytes, 200));
    assert_eq!(layer.times("SIP/2.0 200"), []);
}

#[test]
fn failure_is_repeated_until_its_ack_which_is_absorbed() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    let id = layer.accept(udp(), &bytes);
    layer.respond(id, udp(), &bytes, 486);
    layer.until(2_000);
    assert_eq!(layer.receive(udp(), &request("ACK", "1")), Received::Absorbed);
    assert_eq!(layer.receive(udp(), &request("ACK", "1")), Received::Absorbed);
    layer.until(60_000);
    assert_eq!(layer.times("SIP/2.0 486"), [0, 500, 1_500]);
    assert_eq!(layer.events, [(7_000, Event::ServerEnded(id, 5))]);
}

#[test]
fn missing_ack_ends_the_transaction_as_timer_h() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    let id = layer.accept(udp(), &bytes);
    layer.respond(id, udp(), &bytes, 486);
    layer.until(60_000);
    assert_eq!(layer.times("SIP/2.0 486").len(), 11);
    assert_eq!(layer.events, [(32_000, Event::NoAck(id, 5))]);
    let fired = Fact::TimerFired { timer: Timer::H, method: Some(Method::Invite) };
    assert!(layer.entries.iter().any(|e| e.fact == fired && &*e.call_id == b"call-1"));
}

#[test]
fn accepted_invite_absorbs_copies_and_its_2xx_is_repeated_by_the_user_only() {
    for flow in [udp(), tcp()] {
        let mut layer = Layer::new();
        let bytes = request("INVITE", "1");
        let id = layer.accept(flow, &bytes);
        layer.respond(id, flow, &bytes, 200);
        layer.until(1_000);
        assert_eq!(layer.receive(flow, &bytes), Received::Absorbed);
        layer.until(5_000);
        assert_eq!(layer.times("SIP/2.0 200"), [0]);
        assert!(layer.respond(id, flow, &bytes, 200));
        assert!(!layer.respond(id, flow, &bytes, 486));
        assert_eq!(layer.times("SIP/2.0"), [0, 5_000]);
        layer.until(60_000);
        assert_eq!(layer.events, [(32_000, Event::ServerEnded(id, 5))]);
    }
}

#[test]
fn ack_to_a_2xx_reaches_the_user_with_and_without_the_branch_of_the_invite() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    let id = layer.accept(udp(), &bytes);
    layer.respond(id, udp(), &bytes, 200);
    assert_eq!(layer.receive(udp(), &request("ACK", "2")), Received::Ack(None));
    assert_eq!(layer.receive(udp(), &request("ACK", "1")), Received::Ack(Some((id, 5))));
}

#[test]
fn ack_before_any_final_response_is_dropped_and_journalled() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    layer.accept(udp(), &bytes);
    assert_eq!(layer.receive(udp(), &request("ACK", "1")), Received::Absorbed);
    let dropped = Fact::Dropped { peer: udp().remote, cause: Cause::TransactionState };
    assert_eq!(layer.entries[0].fact, dropped);
    assert_eq!(layer.transactions.counts().ignored, 1);
}

#[test]
fn old_peer_without_the_cookie_is_served_by_the_old_rules() {
    let via = "SIP/2.0/UDP old.example:5070;branch=1";
    let mut layer = Layer::new();
    let invite = request_via("INVITE", via, "");
    let id = layer.accept(udp(), &invite);
    assert_eq!(layer.receive(udp(), &invite), Received::Absorbed);
    let moved = request_via("INVITE", "SIP/2.0/UDP old.example:5071;branch=1", "");
    assert_eq!(layer.receive(udp(), &moved), Received::Request);
    assert_eq!(layer.receive(udp(), &request_via("CANCEL", via, "")), Received::Cancel(Some((id, 5))));
    layer.respond(id, udp(), &invite, 486);
    assert_eq!(layer.receive(udp(), &request_via("ACK", via, ";tag=else")), Received::Ack(None));
    assert_eq!(layer.receive(udp(), &request_via("ACK", via, ";tag=srv")), Received::Absorbed);
    layer.until(60_000);
    assert_eq!(layer.times("SIP/2.0 486"), [0]);
    assert!(layer.transactions.is_empty());
    assert_eq!(layer.receive(udp(), &request_via("ACK", via, ";tag=srv")), Received::Ack(None));
}

#[test]
fn ack_of_an_old_peer_to_a_2xx_is_given_to_the_user_with_its_invite() {
    // As in the messages of RFC 4475 §3.4.1: a Via without any branch.
    let via = "SIP/2.0/UDP old.example";
    let mut layer = Layer::new();
    let invite = request_via("INVITE", via, "");
    let id = layer.accept(udp(), &invite);
    layer.respond(id, udp(), &invite, 200);
    assert_eq!(layer.receive(udp(), &invite), Received::Absorbed);
    let ack = request_via("ACK", via, ";tag=srv");
    assert_eq!(layer.receive(udp(), &ack), Received::Ack(Some((id, 5))));
    assert_eq!(layer.receive(udp(), &ack), Received::Ack(Some((id, 5))));
}

#[test]
fn cookie_without_anything_after_it_identifies_nothing() {
    // As in the message of RFC 4475 §3.2.1.
    let mut layer = Layer::new();
    let via = "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK";
    layer.accept(udp(), &request_via("OPTIONS", via, ""));
    assert_eq!(layer.receive(udp(), &request_via("MESSAGE", via, "")), Received::Request);
    assert_eq!(layer.receive(udp(), &request_via("OPTIONS", via, "")), Received::Absorbed);
    assert_eq!(layer.receive(udp(), &request_via("OPTIONS", via, ";tag=1")), Received::Request);
}

#[test]
fn responses_go_where_the_top_via_says() {
    let mut layer = Layer::new();
    for (via, flow, remote) in [
        ("SIP/2.0/UDP h:5070;rport;branch=z9hG4bK1", udp(), "198.51.100.7:40001"),
        ("SIP/2.0/UDP h:5070;branch=z9hG4bK2", udp(), "198.51.100.7:5070"),
        ("SIP/2.0/UDP h;branch=z9hG4bK3", udp(), "198.51.100.7:5060"),
        ("SIP/2.0/TCP h:5070;rport;branch=z9hG4bK4", tcp(), "198.51.100.7:5070"),
    ] {
        let bytes = request_via("OPTIONS", via, "");
        let id = layer.accept(flow, &bytes);
        layer.respond(id, flow, &bytes, 200);
        let sent = layer.sent.last().unwrap().1;
        assert_eq!((sent.remote.to_string().as_str(), sent.local), (remote, flow.local));
        assert_eq!(sent.connection, flow.connection);
    }
}

#[test]
fn server_transactions_outlive_a_transport_error() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    let id = layer.accept(udp(), &bytes);
    layer.respond(id, udp(), &bytes, 180);
    layer.fail(udp());
    layer.transactions.handle_undelivered(layer.instant(), id, FlowError::Unreachable);
    layer.until(10);
    assert_eq!(layer.receive(udp(), &bytes), Received::Absorbed);
    assert_eq!(layer.times("SIP/2.0 180"), [0, 10]);
    assert_eq!(layer.events, [(10, Event::Undelivered(id, 5, FlowError::Unreachable))]);
}

#[test]
fn request_is_kept_until_the_final_response() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    let id = layer.accept(udp(), &bytes);
    layer.respond(id, udp(), &bytes, 180);
    assert_eq!(layer.transactions.request(id).map(|b| b.to_vec()), Some(bytes.clone()));
    assert_eq!(layer.transactions.flow(id), Some(udp()));
    layer.respond(id, udp(), &bytes, 486);
    assert_eq!(layer.transactions.request(id), None);
}
