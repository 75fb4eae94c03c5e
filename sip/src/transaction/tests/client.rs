use super::super::*;
use super::support::*;
use crate::flow::{ConnectionId, FlowError};
use crate::journal::{Cause, Fact};
use crate::registry::Method;

#[test]
fn invite_without_answer_follows_the_schedule_and_times_out_as_timer_b() {
    let mut layer = Layer::new();
    let id = layer.start(&request("INVITE", "1"), udp());
    layer.until(40_000);
    assert_eq!(layer.times("INVITE"), [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    assert_eq!(layer.events, [(32_000, Event::TimedOut(id, 9, Timer::B))]);
    let fired = Fact::TimerFired { timer: Timer::B, method: Some(Method::Invite) };
    assert_eq!((layer.entries[0].fact.clone(), &*layer.entries[0].call_id), (fired, &b"call-1"[..]));
    assert!(layer.transactions.is_empty());
}

#[test]
fn other_request_without_answer_follows_the_schedule_and_times_out_as_timer_f() {
    let mut layer = Layer::new();
    let id = layer.start(&request("OPTIONS", "1"), udp());
    layer.until(40_000);
    let schedule = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    assert_eq!(layer.times("OPTIONS"), schedule);
    assert_eq!(layer.events, [(32_000, Event::TimedOut(id, 9, Timer::F))]);
}

#[test]
fn unregistered_methods_have_transactions_too() {
    let mut layer = Layer::new();
    let bytes = request("FROB", "1");
    let id = layer.start(&bytes, tcp());
    assert_eq!(layer.receive(tcp(), &response(&bytes, 501)), Received::Response(id, 9));
    assert_eq!(layer.receive(tcp(), &response(&request("BORF", "1"), 501)), Received::Stray);
}

#[test]
fn response_is_matched_by_branch_and_sent_by_and_cseq_method() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    let id = layer.start(&bytes, udp());
    assert_eq!(layer.receive(udp(), &response(&request("INVITE", "2"), 180)), Received::Stray);
    assert_eq!(layer.receive(udp(), &response(&request("CANCEL", "1"), 200)), Received::Stray);
    let other = request_via("INVITE", "SIP/2.0/UDP other.example:5070;branch=z9hG4bK1", "");
    assert_eq!(layer.receive(udp(), &response(&other, 180)), Received::Stray);
    let upper = request_via("INVITE", "SIP/2.0/UDP CLIENT.EXAMPLE:5070;branch=Z9HG4BK1", "");
    assert_eq!(layer.receive(udp(), &response(&upper, 180)), Received::Response(id, 9));
    assert_eq!(layer.transactions.counts().stray, 3);
    let stray = Fact::Dropped { peer: udp().remote, cause: Cause::NoTransaction };
    assert_eq!(layer.entries.iter().filter(|e| e.fact == stray).count(), 3);
}

#[test]
fn failure_is_acknowledged_on_the_same_branch_and_flow_and_delivered_once() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    let id = layer.start(&bytes, udp());
    assert_eq!(layer.receive(udp(), &response(&bytes, 180)), Received::Response(id, 9));
    layer.until(100);
    assert_eq!(layer.receive(udp(), &response(&bytes, 486)), Received::Response(id, 9));
    layer.until(600);
    assert_eq!(layer.receive(udp(), &response(&bytes, 486)), Received::Absorbed);
    assert_eq!(layer.times("ACK"), [100, 600]);
    assert_eq!(
        layer.last("ACK"),
        "ACK sip:bob@example.com SIP/2.0\r\n\
         Via: SIP/2.0/UDP client.example:5070;rport;branch=z9hG4bK1\r\nRoute: <sip:next.example;lr>\r\n\
         From: Alice <sip:alice@example.com>;tag=a1\r\nTo: Bob <sip:bob@example.com>;tag=b2\r\n\
         Call-ID: call-1\r\nCSeq: 1 ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    );
    assert!(layer.sent.iter().all(|(_, flow, _)| *flow == udp()));
    layer.until(40_000);
    assert_eq!(layer.events, [(32_100, Event::ClientEnded(id, 9))]);
}

#[test]
fn failure_ends_the_transaction_at_once_on_a_stream_and_a_late_copy_is_stray() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    let id = layer.start(&bytes, tcp());
    layer.until(20_000);
    assert_eq!(layer.times("INVITE"), [0]);
    assert_eq!(layer.receive(tcp(), &response(&bytes, 486)), Received::Response(id, 9));
    assert_eq!(layer.times("ACK"), [20_000]);
    assert_eq!(layer.events, [(20_000, Event::ClientEnded(id, 9))]);
    assert!(layer.transactions.is_empty());
    assert_eq!(layer.receive(tcp(), &response(&bytes, 486)), Received::Stray);
    assert_eq!(layer.transactions.deadline(), None);
}

#[test]
fn every_2xx_reaches_the_user_for_64_t1_and_none_is_acknowledged() {
    for flow in [udp(), tcp()] {
        let mut layer = Layer::new();
        let bytes = request("INVITE", "1");
        let id = layer.start(&bytes, flow);
        for (at, tag) in [(100, "b2"), (600, "b2"), (20_000, "c3")] {
            layer.until(at);
            let seen = layer.receive(flow, &response_tagged(&bytes, 200, tag));
            assert_eq!(seen, Received::Response(id, 9));
        }
        assert_eq!(layer.receive(flow, &response(&bytes, 486)), Received::Absorbed);
        assert_eq!(layer.times("ACK"), []);
        layer.until(40_000);
        assert_eq!(layer.events, [(32_100, Event::ClientEnded(id, 9))]);
        assert_eq!(layer.receive(flow, &response(&bytes, 200)), Received::Stray);
    }
}

#[test]
fn failed_path_ends_what_waits_for_it_and_nothing_else() {
    let mut layer = Layer::new();
    let elsewhere = crate::flow::Flow { remote: "198.51.100.8:5060".parse().unwrap(), ..udp() };
    let calling = layer.start(&request("INVITE", "1"), udp());
    let trying = layer.start(&request("OPTIONS", "2"), udp());
    let ringing_bytes = request("INVITE", "3");
    let ringing = layer.start(&ringing_bytes, udp());
    layer.receive(udp(), &response(&ringing_bytes, 180));
    let other = layer.start(&request("OPTIONS", "4"), elsewhere);
    layer.until(50);
    layer.fail(udp());
    assert_eq!(
        layer.events,
        [
            (50, Event::TransportError(trying, 9, FlowError::Refused)),
            (50, Event::TransportError(calling, 9, FlowError::Refused))
        ]
    );
    let failed = Fact::FlowFailed { flow: udp(), error: FlowError::Refused };
    assert_eq!(layer.entries.iter().filter(|e| e.fact == failed).count(), 2);
    assert!(layer.transactions.is_client_pending(ringing));
    assert!(layer.transactions.is_client_pending(other));
    layer.fail(udp());
    assert_eq!(layer.events.len(), 2);
}

#[test]
fn failed_connection_ends_only_what_was_sent_on_it() {
    let mut layer = Layer::new();
    let second = crate::flow::Flow { connection: Some(ConnectionId(2)), ..tcp() };
    let any = crate::flow::Flow { connection: None, ..tcp() };
    let on_first = layer.start(&request("OPTIONS", "1"), tcp());
    let on_second = layer.start(&request("OPTIONS", "2"), second);
    let on_any = layer.start(&request("OPTIONS", "3"), any);
    layer.fail(second);
    let pending = [on_first, on_second, on_any].map(|id| layer.transactions.is_client_pending(id));
    assert_eq!(pending, [true, false, false]);
}

#[test]
fn ack_that_cannot_be_sent_ends_the_transaction() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    let id = layer.start(&bytes, udp());
    layer.receive(udp(), &response(&bytes, 180));
    layer.receive(udp(), &response(&bytes, 486));
    layer.fail(udp());
    assert_eq!(layer.events, [(0, Event::TransportError(id, 9, FlowError::Refused))]);
}

#[test]
fn timeout_comes_before_the_copy_of_the_same_moment() {
    let values = TimerValues { t2: crate::time::Duration::from_millis(500), ..TimerValues::default() };
    let mut layer = Layer::new();
    layer.transactions = Transactions::new(values, Limits::default(), crate::entropy::Seed::from_number(1));
    let id = layer.start(&request("OPTIONS", "1"), udp());
    layer.until(60_000);
    let copies: Vec<u64> = (0..64).map(|n| n * 500).collect();
    assert_eq!(layer.times("OPTIONS"), copies);
    assert_eq!(layer.events, [(32_000, Event::TimedOut(id, 9, Timer::F))]);
}
