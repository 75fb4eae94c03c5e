//! The ways that the requests of a call take: names, several addresses, streams (RFC 3261 §8.1.2, §18.1.1, RFC 3263).

use super::net::*;
use super::raw::*;
use crate::agent::{Command, Ending, Event, Local, Outcome, Side};
use ringback_sip::flow::{FlowError, Transport};
use ringback_sip::registry::StatusCode;
use ringback_sip::time::Duration;

fn call_by_name(net: &mut Net) {
    net.call_with(RAW, |o| o.target = "sip:bob@bob.test".to_owned());
}

fn ended(net: &Net) -> Option<&Ending> {
    match net.events[ALICE].last() {
        Some(Event::Ended { ending, .. }) => Some(ending),
        _ => None,
    }
}

#[test]
fn a_call_whose_name_is_still_looked_up_ends_at_once_and_nothing_leaves() {
    let mut net = Net::new();
    call_by_name(&mut net);
    assert_eq!(net.lookups[0].2, "bob.test");
    net.order(ALICE, Command::Hangup(CALL));
    assert_eq!(ended(&net), Some(&Ending::Cancelled(Side::Us)));
    net.resolve(&[RAW]);
    assert!(net.log.is_empty());
    assert!(net.agents[ALICE].is_at_rest());
}

#[test]
fn a_name_without_address_is_told() {
    let mut net = Net::new();
    call_by_name(&mut net);
    net.resolve(&[]);
    assert!(matches!(ended(&net), Some(Ending::Failed(Outcome::Dns(_)))), "{:?}", net.events[ALICE]);
}

#[test]
fn the_next_address_is_tried_after_503_a_failure_or_silence_as_the_same_request_on_a_new_branch() {
    let mut net = Net::new();
    call_by_name(&mut net);
    net.resolve(&[6, 7, 8, 9]);
    let first = net.only(ALICE, "INVITE");
    net.inject(6, ALICE, &reply(&first, "503 Full", "r6", "", ""));
    net.fail(ALICE, Transport::Udp, 7);
    net.run_for(Duration::from_secs(33));
    let invites = net.sent(ALICE, "INVITE");
    let mut to: Vec<_> = invites.iter().map(|p| p.to).collect();
    to.dedup();
    assert_eq!(to, [address(6), address(7), address(8), address(9)]);
    let mut branches: Vec<_> = invites.iter().map(|p| p.header("Via")).collect();
    branches.dedup();
    assert_eq!(branches.len(), 4);
    assert!(
        invites.iter().all(|p| p.header("CSeq") == "1 INVITE" && p.header("From") == first.header("From"))
    );
    let last = invites.last().unwrap();
    net.inject(9, ALICE, &reply(last, "503 Full", "r9", "", ""));
    assert_eq!(ended(&net), Some(&Ending::Failed(Outcome::Status(StatusCode::SERVICE_UNAVAILABLE))));
}

#[test]
fn an_address_that_failed_is_tried_last_for_a_while() {
    let first_to = |net: &mut Net| {
        net.log.clear();
        let request = crate::agent::RequestId(1);
        net.order(ALICE, Command::Options { request, target: "sip:bob.test".to_owned() });
        net.resolve(&[6, 7]);
        net.sent(ALICE, "OPTIONS").remove(0)
    };
    for how in ["503", "refused", "silence"] {
        let mut net = Net::new();
        let first = first_to(&mut net);
        assert_eq!(first.to, address(6), "{how}");
        match how {
            "503" => net.inject(6, ALICE, &reply(&first, "503 Full", "r", "Retry-After: 30\r\n", "")),
            "refused" => net.fail(ALICE, Transport::Udp, 6),
            _ => net.run_for(Duration::from_secs(33)),
        }
        let second = net.sent(ALICE, "OPTIONS").pop().unwrap();
        assert_eq!(second.to, address(7), "{how}");
        net.inject(7, ALICE, &reply(&second, "200 OK", "r", "", ""));
        assert_eq!(first_to(&mut net).to, address(7), "{how}");
        net.run_for(Duration::from_secs(31));
        assert_eq!(first_to(&mut net).to, address(6), "{how}");
    }
    // Without Retry-After a 503 says no more than 500 does (RFC 3261 §21.5.4).
    let mut net = Net::new();
    let first = first_to(&mut net);
    net.inject(6, ALICE, &reply(&first, "503 Full", "r", "", ""));
    assert_eq!(first_to(&mut net).to, address(6));
}

#[test]
fn after_a_sign_of_life_silence_is_not_a_reason_to_try_elsewhere() {
    let mut net = Net::new();
    call_by_name(&mut net);
    net.resolve(&[7, 8]);
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "180 Ringing", "r1", "", ""));
    net.order(ALICE, Command::Hangup(CALL));
    net.run_for(Duration::from_secs(33));
    net.only(ALICE, "INVITE");
    assert_eq!(ended(&net), Some(&Ending::Cancelled(Side::Us)));
}

#[test]
fn a_cancelled_call_does_not_go_on_to_the_next_address() {
    let cancelled = |is_alive: bool| {
        let mut net = Net::new();
        call_by_name(&mut net);
        net.resolve(&[7, 8]);
        let invite = net.only(ALICE, "INVITE");
        if is_alive {
            net.inject(RAW, ALICE, &reply(&invite, "100 Trying", "", "", ""));
        }
        net.order(ALICE, Command::Hangup(CALL));
        (net, invite)
    };
    let never_elsewhere = |mut net: Net| {
        net.run_for(Duration::from_secs(40));
        assert!(net.log.iter().all(|p| p.to == address(7)), "{:?}", net.lines());
        assert_eq!(ended(&net), Some(&Ending::Cancelled(Side::Us)));
    };
    let (mut net, invite) = cancelled(true);
    net.inject(RAW, ALICE, &reply(&invite, "503 Full", "r1", "", ""));
    never_elsewhere(net);
    let (mut net, _) = cancelled(false);
    net.fail(ALICE, Transport::Udp, 7);
    never_elsewhere(net);
    never_elsewhere(cancelled(false).0);
}

#[test]
fn credentials_go_to_the_address_that_asked_for_them() {
    let mut net = Net::with(|s| s.password = Some(crate::agent::Secret::new(*b"secret")));
    call_by_name(&mut net);
    net.resolve(&[7, 8]);
    let invite = net.only(ALICE, "INVITE");
    let rows = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256\r\n";
    net.inject(RAW, ALICE, &reply(&invite, "401 Who", "r1", rows, ""));
    let to: Vec<_> = net.sent(ALICE, "INVITE").iter().map(|p| p.to).collect();
    assert_eq!(to, [address(7), address(7)]);
}

#[test]
fn an_address_that_cannot_be_reached_ends_the_call_with_its_cause() {
    let mut net = Net::new();
    net.call(RAW);
    net.fail(ALICE, Transport::Udp, RAW);
    assert_eq!(ended(&net), Some(&Ending::Failed(Outcome::Transport(FlowError::Refused))));
    net.rest();
}

#[test]
fn an_invite_too_long_for_a_datagram_goes_by_tcp_and_by_udp_when_there_is_no_tcp() {
    let mut net = Net::with(|s| {
        s.locals.push(Local { transport: Transport::Tcp, address: s.locals[0].address });
        s.display = "x".repeat(1000);
    });
    net.call(RAW);
    let first = net.only(ALICE, "INVITE");
    assert!(first.text.len() > 1300 && first.header("Via").starts_with("SIP/2.0/TCP "));
    net.fail(ALICE, Transport::Tcp, RAW);
    let second = net.sent(ALICE, "INVITE").pop().unwrap();
    assert!(second.header("Via").starts_with("SIP/2.0/UDP "), "{}", second.text);
    assert_ne!(second.header("Via").split("branch=").nth(1), first.header("Via").split("branch=").nth(1));
}

#[test]
fn an_ack_over_a_named_proxy_leaves_once_the_name_is_known() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    let ok = reply(&invite, "200 OK", "r1", "Record-Route: <sip:proxy.test;lr>\r\n", SDP);
    net.inject(RAW, ALICE, &ok);
    net.inject(RAW, ALICE, &ok);
    assert!(net.sent(ALICE, "ACK").is_empty());
    net.resolve(&[8]);
    assert_eq!(net.only(ALICE, "ACK").to, address(8));
    net.inject(RAW, ALICE, &ok);
    assert_eq!(net.sent(ALICE, "ACK").len(), 2);
    assert!(net.lookups.is_empty());
}

#[test]
fn a_strict_router_in_the_route_set_gets_its_own_uri_as_target() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "Record-Route: <sip:192.0.2.18>\r\n", SDP));
    net.order(ALICE, Command::Hangup(CALL));
    for (packet, method) in [(net.only(ALICE, "ACK"), "ACK"), (net.only(ALICE, "BYE"), "BYE")] {
        assert_eq!(packet.first_line(), format!("{method} sip:192.0.2.18 SIP/2.0"));
        assert_eq!((packet.header("Route"), packet.to), ("<sip:raw@192.0.2.17:5060>", address(8)));
    }
}

#[test]
fn the_called_side_sends_its_requests_over_the_route_set_in_order() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    let routes = "Record-Route: <sip:192.0.2.18;lr;odd=%41>, <sip:192.0.2.19;lr>\r\n";
    raw.send(&mut net, "INVITE", 1, routes, SDP);
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    net.answer(TAKEN);
    for status in ["SIP/2.0 180", "SIP/2.0 200"] {
        assert!(net.only(BOB, status).header("Record-Route").contains("odd=%41"), "both carry the way back");
    }
    raw.learn(&net);
    raw.send(&mut net, "ACK", 1, "", "");
    net.order(BOB, Command::Hangup(TAKEN));
    let bye = net.only(BOB, "BYE");
    let rows: Vec<&str> = bye.text.lines().filter(|l| l.starts_with("Route: ")).collect();
    assert_eq!(rows, ["Route: <sip:192.0.2.18;lr;odd=%41>", "Route: <sip:192.0.2.19;lr>"]);
    assert_eq!((bye.first_line(), bye.to), ("BYE sip:raw@192.0.2.17:5060 SIP/2.0", address(8)));
}

#[test]
fn a_planned_answer_and_a_planned_end_come_when_they_are_due() {
    let mut net = Net::new();
    net.call_with(BOB, |o| o.duration = Some(Duration::from_secs(10)));
    net.run_millis(100);
    let after = Duration::from_secs(3);
    net.order(BOB, Command::Answer { call: TAKEN, after, audio: audio(BOB), duration: None });
    net.run_millis(2_900);
    assert!(net.sent(BOB, "SIP/2.0 200").is_empty());
    net.run_millis(200);
    net.only(BOB, "SIP/2.0 200");
    net.run_millis(9_700);
    assert!(net.sent(ALICE, "BYE").is_empty());
    net.run_millis(300);
    net.only(ALICE, "BYE");
    let [.., Event::Ended { lasted, .. }, Event::HungUp { .. }] = &net.events[ALICE][..] else {
        panic!("{:?}", net.events[ALICE])
    };
    assert_eq!(*lasted, Some(Duration::from_secs(10)));
    net.rest();
}

#[test]
fn calls_beyond_the_limit_and_impossible_targets_fail_at_once() {
    let mut net = Net::new();
    net.call(RAW);
    net.call(RAW);
    assert!(net.events[ALICE].is_empty(), "a name in use is not used again");
    net.only(ALICE, "INVITE");
    let mut net = Net::established(|_| {});
    let outgoing = crate::agent::Outgoing {
        target: "sip:carol@192.0.2.17".to_owned(),
        audio: audio(ALICE),
        late_offer: false,
        patience: None,
        duration: None,
        referral: None,
    };
    let call = crate::agent::CallId(2);
    net.order(ALICE, Command::Call { call, outgoing: Box::new(outgoing) });
    assert_eq!(ended(&net), Some(&Ending::Failed(Outcome::Limit)));
    assert!(net.log.is_empty() && net.agents[ALICE].calls() == 1);
    for target in ["tel:+1555", "sip:bob@192.0.2.17;transport=sctp", "nonsense"] {
        let mut net = Net::new();
        net.call_with(RAW, |o| o.target = target.to_owned());
        assert_eq!(ended(&net), Some(&Ending::Failed(Outcome::Target)), "{target}");
        assert!(net.agents[ALICE].is_at_rest());
    }
}

#[test]
fn who_calls_himself_has_both_ends_of_the_call() {
    let mut net = Net::with(|s| s.calls_max = 2);
    net.call_with(ALICE, |o| o.target = format!("sip:alice@{}", address(ALICE)));
    net.run_millis(50);
    let answer = Command::Answer { call: TAKEN, after: Duration::ZERO, audio: audio(ALICE), duration: None };
    net.order(ALICE, answer);
    net.run_millis(50);
    let ok = net.only(ALICE, "SIP/2.0 200");
    let tag = |name: &str| ok.header(name).split(";tag=").nth(1).map(str::to_owned);
    assert_ne!(tag("From"), tag("To"));
    assert_eq!(net.agents[ALICE].calls(), 2);
    net.order(ALICE, Command::Hold(CALL));
    net.run_millis(100);
    assert_eq!(net.events[ALICE].iter().filter(|e| matches!(e, Event::Media { .. })).count(), 2);
    net.order(ALICE, Command::Hangup(TAKEN));
    net.run_millis(50);
    assert_eq!(net.events[ALICE].iter().filter(|e| matches!(e, Event::Ended { .. })).count(), 2);
    net.rest();
}

#[test]
fn a_response_that_does_not_arrive_leaves_the_call_ringing() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    let invite = raw.request("INVITE", 1, "", SDP);
    net.inject(RAW, BOB, &invite);
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    net.fail(BOB, Transport::Udp, RAW);
    net.inject(RAW, BOB, &invite);
    assert_eq!(net.sent(BOB, "SIP/2.0 180").len(), 2, "the copy finds its transaction");
    assert_eq!(net.agents[BOB].calls(), 1);
    assert_eq!(net.events[BOB].iter().filter(|e| matches!(e, Event::Incoming { .. })).count(), 1);
}

#[test]
fn a_caller_of_rfc_2543_without_magic_cookie_and_with_one_branch_for_all_is_served() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    let old = |text: String| text.replace("branch=z9hG4bKc11", "branch=1").replace(";tag=raw", "");
    net.inject(RAW, BOB, &old(raw.request("INVITE", 1, "", SDP)));
    net.answer(TAKEN);
    raw.learn(&net);
    net.inject(RAW, BOB, &old(raw.on_branch(1, "ACK", 1, "", "")));
    assert!(net.events[BOB].contains(&Event::Confirmed(TAKEN)), "{:?}", net.events[BOB]);
    net.inject(RAW, BOB, &old(raw.on_branch(1, "BYE", 2, "", "")));
    assert!(matches!(net.events[BOB].last(), Some(Event::Ended { ending: Ending::HungUp(Side::Peer), .. })));
    net.rest();
}
