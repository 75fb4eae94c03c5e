//! Changing a session that stands: re-INVITE, hold, glare, what failures do (RFC 3261 §14, RFC 3264 §8, RFC 5057).

use super::net::*;
use super::raw::*;
use crate::agent::{Command, Ending, Event, Outcome, Secret, Side};
use ringback_sip::flow::{FlowError, Transport};
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Direction;
use ringback_sip::time::Duration;

/// The directions that an agent was told, in order.
fn directions(net: &Net, agent: usize) -> Vec<Direction> {
    let told = net.events[agent].iter().filter_map(|e| match e {
        Event::Media { agreed, .. } => agreed.as_ref().map(|a| a.direction),
        _ => None,
    });
    told.collect()
}

/// Alice talks to a raw peer; the peer's tag is r1.
fn with_raw_peer(change: impl Fn(&mut crate::agent::AgentSettings)) -> Net {
    let mut net = Net::with(change);
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "", SDP));
    net.only(ALICE, "ACK");
    net.log.clear();
    net.events[ALICE].clear();
    net
}

/// A request of the raw peer inside its call with alice.
fn inside(net: &Net, of_alice: &Packet, method: &str, cseq: u32, body: &str) -> String {
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} sip:alice@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bKin{cseq}{}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:bob@192.0.2.17>;tag=r1\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\n\
         Contact: <sip:raw@192.0.2.17:5060>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
        net.log.len(),
        of_alice.header("From"),
        of_alice.header("Call-ID"),
        body.len()
    )
}

#[test]
fn hold_and_resume_go_by_direction_and_the_version_counts_up() {
    let mut net = Net::established(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    net.run_millis(100);
    net.order(ALICE, Command::Resume(CALL));
    net.run_millis(100);
    assert_eq!(directions(&net, ALICE), [Direction::SendOnly, Direction::SendRecv]);
    assert_eq!(directions(&net, BOB), [Direction::RecvOnly, Direction::SendRecv]);
    let invites = net.sent(ALICE, "INVITE");
    let version = |p: &Packet| {
        p.text.lines().find(|l| l.starts_with("o=")).unwrap().split(' ').nth(2).unwrap().to_owned()
    };
    assert_eq!(invites.iter().map(version).collect::<Vec<_>>(), ["2", "3"]);
    assert!(
        invites[0].text.contains("a=sendonly") && net.sent(BOB, "SIP/2.0 200")[0].text.contains("a=recvonly")
    );
    assert_eq!(net.sent(ALICE, "ACK").len(), 2);
    let bob = net.events[BOB].iter().any(|e| matches!(e, Event::Confirmed(_) | Event::Incoming { .. }));
    assert!(!bob, "a change is no new call");
}

#[test]
fn the_called_side_can_hold_too_and_both_holds_add_up() {
    let mut net = Net::established(|_| {});
    net.order(BOB, Command::Hold(TAKEN));
    net.run_millis(100);
    net.order(ALICE, Command::Hold(CALL));
    net.run_millis(100);
    assert_eq!(directions(&net, ALICE), [Direction::RecvOnly, Direction::Inactive]);
    net.order(BOB, Command::Resume(TAKEN));
    net.run_millis(100);
    net.order(ALICE, Command::Resume(CALL));
    net.run_millis(100);
    assert_eq!(directions(&net, ALICE)[2..], [Direction::SendOnly, Direction::SendRecv]);
    net.order(ALICE, Command::Hangup(CALL));
    net.rest();
}

#[test]
fn changes_of_both_sides_that_meet_get_491_and_are_tried_again_at_different_times() {
    for seed in 0..50 {
        let mut net = Net::seeded(seed, ringback_sip::flow::Transport::Udp, |_| {});
        net.call(BOB);
        net.run_millis(50);
        net.answer(TAKEN);
        net.run_millis(50);
        net.log.clear();
        let met = net.now;
        net.order(ALICE, Command::Hold(CALL));
        net.order(BOB, Command::Hold(TAKEN));
        net.run_millis(50);
        let refused = |agent| net.sent(agent, "SIP/2.0 491").len();
        assert_eq!((refused(ALICE), refused(BOB)), (1, 1));
        net.run_for(Duration::from_secs(8));
        let again = |agent: usize| net.sent(agent, "INVITE")[1].at.since(met).as_millis() - 20;
        assert!((2100..=4000).contains(&again(ALICE)), "the owner of the Call-ID: {}", again(ALICE));
        assert!((0..=2000).contains(&again(BOB)), "the other side: {}", again(BOB));
        assert_eq!(directions(&net, ALICE).last(), Some(&Direction::Inactive));
        assert_eq!(directions(&net, BOB).last(), Some(&Direction::Inactive));
    }
}

#[test]
fn a_change_that_comes_while_ours_is_open_is_491_and_works_once_ours_is_done() {
    let mut net = with_raw_peer(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    let ours = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &inside(&net, &ours, "INVITE", 5, SDP));
    net.only(ALICE, "SIP/2.0 491");
    net.inject(
        RAW,
        ALICE,
        &reply(&ours, "200 OK", "r1", "", &SDP.replace("a=rtpmap", "a=recvonly\r\na=rtpmap")),
    );
    net.only(ALICE, "ACK");
    net.inject(RAW, ALICE, &inside(&net, &ours, "INVITE", 6, SDP));
    net.only(ALICE, "SIP/2.0 200");
}

#[test]
fn an_invite_before_the_first_is_answered_is_told_to_come_later() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    raw.send(&mut net, "INVITE", 1, "", SDP);
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    raw.learn(&net);
    let answers = raw.send(&mut net, "INVITE", 2, "", SDP);
    assert!(answers[0].is("SIP/2.0 500"), "{}", answers[0].text);
    assert!((0..=10).contains(&answers[0].header("Retry-After").parse::<u32>().unwrap()));
    net.answer(TAKEN);
    raw.send(&mut net, "ACK", 1, "", "");
    assert!(raw.send(&mut net, "INVITE", 3, "", SDP)[0].is("SIP/2.0 200"));
}

#[test]
fn a_peer_that_never_acknowledges_gets_four_2xx_at_a_time_and_no_more() {
    let mut net = Net::new();
    let mut raw = Caller::answered(&mut net, SDP);
    let first = |p: Vec<Packet>| p[0].first_line()[8..11].to_owned();
    let codes: Vec<String> = (2..7).map(|n| first(raw.send(&mut net, "INVITE", n, "", SDP))).collect();
    assert_eq!(codes, ["200", "200", "200", "500", "500"]);
    raw.send(&mut net, "ACK", 1, "", "");
    assert_eq!(first(raw.send(&mut net, "INVITE", 9, "", SDP)), "200");
}

#[test]
fn after_500_with_retry_after_a_change_is_tried_again_then() {
    let mut net = with_raw_peer(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "500 Later", "r1", "Retry-After: 3\r\n", ""));
    net.run_millis(2_900);
    assert_eq!(net.sent(ALICE, "INVITE").len(), 1);
    net.run_millis(200);
    let again = net.sent(ALICE, "INVITE").pop().unwrap();
    assert_eq!(again.header("CSeq"), "3 INVITE");
    net.inject(RAW, ALICE, &reply(&again, "500 Never", "r1", "", ""));
    assert!(matches!(net.events[ALICE].last(), Some(Event::Unchanged { .. })), "{:?}", net.events[ALICE]);
    assert_eq!(net.agents[ALICE].calls(), 1);
}

#[test]
fn a_refused_change_leaves_session_and_target_as_they_were() {
    let mut net = with_raw_peer(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    let invite = net.only(ALICE, "INVITE");
    let elsewhere = "Contact: <sip:elsewhere@192.0.2.18:5060>\r\n";
    net.inject(RAW, ALICE, &reply(&invite, "488 Not Acceptable Here", "r1", elsewhere, ""));
    let refused = Outcome::Status(StatusCode::NOT_ACCEPTABLE_HERE);
    assert_eq!(net.events[ALICE], [Event::Unchanged { call: CALL, outcome: refused }]);
    assert!(directions(&net, ALICE).is_empty());
    // Ours to refuse: an offer without a codec that we have.
    let video = SDP.replace("m=audio", "m=video");
    net.inject(
        RAW,
        ALICE,
        &inside(&net, &invite, "INVITE", 5, &video).replace("raw@192.0.2.17", "raw@192.0.2.18"),
    );
    let ours = net.only(ALICE, "SIP/2.0 488");
    assert!(ours.header("Warning").starts_with("304 "), "{}", ours.text);
    assert!(directions(&net, ALICE).is_empty());
    net.order(ALICE, Command::Hangup(CALL));
    let bye = net.only(ALICE, "BYE");
    assert_eq!((bye.first_line(), bye.to), ("BYE sip:raw@192.0.2.17:5060 SIP/2.0", address(RAW)));
}

#[test]
fn a_change_that_succeeds_moves_the_target_on_both_sides_of_it() {
    let mut net = with_raw_peer(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    let invite = net.only(ALICE, "INVITE");
    let moved = "Contact: <sip:moved@192.0.2.18:5060>\r\nRecord-Route: <sip:192.0.2.16;lr>\r\n";
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", moved, SDP));
    let ack = net.only(ALICE, "ACK");
    assert_eq!((ack.first_line(), ack.to), ("ACK sip:moved@192.0.2.18:5060 SIP/2.0", address(8)));
    assert_eq!(ack.header("Route"), "", "the route set never changes");
    let theirs =
        inside(&net, &invite, "INVITE", 5, SDP).replace("raw@192.0.2.17:5060", "again@192.0.2.16:5060");
    net.inject(RAW, ALICE, &theirs);
    net.order(ALICE, Command::Hangup(CALL));
    assert_eq!(net.only(ALICE, "BYE").first_line(), "BYE sip:again@192.0.2.16:5060 SIP/2.0");
}

#[test]
fn failures_inside_a_call_end_what_rfc_5057_says() {
    // What the code to a re-INVITE does to the call, and whether the peer, that may be alive, is told with BYE.
    let table = [
        ("481 Gone", true, true),
        ("408 Late", true, true),
        ("404 Unknown", true, false),
        ("410 Gone", true, false),
        ("482 Loop", true, false),
        ("502 Bad", true, false),
        ("604 Nowhere", true, false),
        ("403 No", false, false),
        ("415 What", false, false),
        ("480 Away", true, true),
        ("405 Never", true, true),
        ("486 Busy", false, false),
        ("500 Error", false, false),
        ("503 Full", false, false),
        ("603 Decline", false, false),
    ];
    for (status, is_over, tells) in table {
        let mut net = with_raw_peer(|_| {});
        net.order(ALICE, Command::Hold(CALL));
        let invite = net.only(ALICE, "INVITE");
        net.inject(RAW, ALICE, &reply(&invite, status, "r1", "", ""));
        assert_eq!(net.agents[ALICE].calls() == 0, is_over, "{status}");
        assert_eq!(net.sent(ALICE, "BYE").len(), usize::from(tells), "{status}");
        let last = net.events[ALICE].last();
        if is_over {
            assert!(matches!(last, Some(Event::Ended { ending: Ending::Lost(_), .. })), "{status}: {last:?}");
        } else {
            assert!(matches!(last, Some(Event::Unchanged { .. })), "{status}: {last:?}");
        }
    }
}

#[test]
fn a_change_without_any_answer_ends_the_call_with_bye() {
    let mut net = with_raw_peer(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    net.run_for(Duration::from_secs(33));
    assert!(matches!(
        net.events[ALICE].last(),
        Some(Event::Ended { ending: Ending::Lost(Outcome::Timeout(_)), .. })
    ));
    assert!(!net.sent(ALICE, "BYE").is_empty());
    net.rest();
}

#[test]
fn who_hangs_up_is_told_at_once_that_the_call_is_over_and_later_whether_the_peer_heard_it() {
    let hung_up = |answer: &dyn Fn(&mut Net)| {
        let mut net = with_raw_peer(|_| {});
        net.order(ALICE, Command::Hangup(CALL));
        let over = matches!(net.events[ALICE][..], [Event::Ended { ending: Ending::HungUp(Side::Us), .. }]);
        assert!(over, "{:?}", net.events[ALICE]);
        answer(&mut net);
        net.rest();
        let Some(Event::HungUp { call: CALL, outcome }) = net.events[ALICE].get(1) else {
            panic!("{:?}", net.events[ALICE]);
        };
        assert_eq!(net.events[ALICE].len(), 2);
        *outcome
    };
    let says = |status: &'static str| {
        move |net: &mut Net| {
            let bye = net.only(ALICE, "BYE");
            net.inject(RAW, ALICE, &reply(&bye, status, "r1", "", ""));
        }
    };
    assert_eq!(hung_up(&says("200 OK")), Outcome::Status(StatusCode::OK));
    assert_eq!(hung_up(&says("430 Flow Failed")), Outcome::Status(StatusCode::FLOW_FAILED));
    let refused = hung_up(&|net| net.fail(ALICE, Transport::Udp, RAW));
    assert_eq!(refused, Outcome::Transport(FlowError::Refused));
    let silent = hung_up(&|net| net.run_for(Duration::from_secs(33)));
    assert!(matches!(silent, Outcome::Timeout(_)), "{silent:?}");
}

#[test]
fn a_text_that_fails_inside_a_call_does_not_end_it() {
    let mut net = with_raw_peer(|_| {});
    let request = crate::agent::RequestId(3);
    let text = "hallo".to_owned();
    net.order(ALICE, Command::Message { request, target: String::new(), call: Some(CALL), text });
    let message = net.only(ALICE, "MESSAGE");
    assert_eq!(message.header("CSeq"), "2 MESSAGE");
    net.inject(RAW, ALICE, &reply(&message, "481 What", "r1", "", ""));
    assert!(matches!(&net.events[ALICE][..], [Event::Answered { .. }]));
    assert_eq!(net.agents[ALICE].calls(), 1);
}

#[test]
fn sequence_numbers_may_jump_up_and_a_lower_one_is_500() {
    let mut net = Net::new();
    let mut raw = Caller::established(&mut net);
    assert!(raw.send(&mut net, "OPTIONS", 101, "", "")[0].is("SIP/2.0 200"));
    assert!(raw.send(&mut net, "OPTIONS", 100, "", "")[0].is("SIP/2.0 500"));
    assert!(raw.send(&mut net, "BYE", 100, "", "")[0].is("SIP/2.0 500"), "an old BYE ends nothing");
    assert_eq!(net.agents[BOB].calls(), 1);
    net.order(BOB, Command::Hold(TAKEN));
    assert_eq!(net.only(BOB, "INVITE").header("CSeq"), "1 INVITE", "each side counts for itself");
    assert!(raw.send(&mut net, "BYE", 102, "", "")[0].is("SIP/2.0 200"));
}

#[test]
fn a_challenged_change_is_sent_again_with_the_next_number_of_its_dialog() {
    let mut net = with_raw_peer(|s| s.password = Some(Secret::new(*b"secret")));
    net.order(ALICE, Command::Hold(CALL));
    let invite = net.only(ALICE, "INVITE");
    let request = crate::agent::RequestId(3);
    let text = "meanwhile".to_owned();
    net.order(ALICE, Command::Message { request, target: String::new(), call: Some(CALL), text });
    assert_eq!(net.only(ALICE, "MESSAGE").header("CSeq"), "3 MESSAGE");
    let rows = "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256\r\n";
    net.inject(RAW, ALICE, &reply(&invite, "407 Who", "r1", rows, ""));
    let again = net.sent(ALICE, "INVITE").pop().unwrap();
    assert_eq!(again.header("CSeq"), "4 INVITE");
    assert!(again.header("Proxy-Authorization").starts_with("Digest "));
    net.inject(RAW, ALICE, &reply(&again, "200 OK", "r1", "", SDP));
    let ack = net.sent(ALICE, "ACK").pop().unwrap();
    assert_eq!(ack.header("CSeq"), "4 ACK");
    assert_eq!(ack.header("Proxy-Authorization"), again.header("Proxy-Authorization"), "RFC 3261 §22.1");
    net.order(ALICE, Command::Hangup(CALL));
    assert_eq!(net.only(ALICE, "BYE").header("CSeq"), "5 BYE");
}

#[test]
fn a_2xx_to_a_change_of_a_call_that_has_ended_is_acknowledged() {
    let mut net = with_raw_peer(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "100 Trying", "", "", ""));
    net.order(ALICE, Command::Hangup(CALL));
    net.only(ALICE, "CANCEL");
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "", SDP));
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "", SDP));
    let acks = net.sent(ALICE, "ACK");
    assert_eq!(acks.len(), 2);
    assert_eq!((acks[0].text == acks[1].text, acks[0].header("CSeq")), (true, "2 ACK"));
    net.only(ALICE, "BYE");
    assert!(matches!(net.events[ALICE].last(), Some(Event::Ended { ending: Ending::HungUp(Side::Us), .. })));
    net.rest();
}

#[test]
fn wishes_wait_until_nothing_is_under_way_and_the_last_one_counts() {
    let mut net = Net::new();
    let mut raw = Caller::answered(&mut net, SDP);
    net.order(BOB, Command::Hold(TAKEN));
    net.order(BOB, Command::Resume(TAKEN));
    net.order(BOB, Command::Hold(TAKEN));
    net.run_for(Duration::from_secs(1));
    assert!(net.sent(BOB, "INVITE").is_empty(), "our 2xx waits for its ACK");
    raw.send(&mut net, "ACK", 1, "", "");
    assert!(net.only(BOB, "INVITE").text.contains("a=sendonly"));
}

/// Answers each INVITE of alice with this for a while; gives their number.
fn refuse_for_long(net: &mut Net, status: &str, rows: &str) -> usize {
    for _ in 0..12 {
        let last = net.sent(ALICE, "INVITE").pop().unwrap();
        net.inject(RAW, ALICE, &reply(&last, status, "r1", rows, ""));
        net.run_for(Duration::from_secs(5));
    }
    let mut invites = net.sent(ALICE, "INVITE");
    invites.dedup_by(|a, b| a.text == b.text);
    invites.len()
}

#[test]
fn a_change_that_always_meets_another_is_given_up_and_a_new_wish_begins_anew() {
    let mut net = with_raw_peer(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    assert_eq!(refuse_for_long(&mut net, "491 Pending", ""), 6);
    let unchanged =
        |net: &Net| net.events[ALICE].iter().filter(|e| matches!(e, Event::Unchanged { .. })).count();
    assert_eq!(unchanged(&net), 1);
    net.order(ALICE, Command::Hold(CALL));
    assert_eq!(refuse_for_long(&mut net, "491 Pending", ""), 12);
    assert_eq!(unchanged(&net), 2);
}

#[test]
fn a_peer_that_wants_to_be_asked_tomorrow_is_not_waited_for() {
    let mut net = with_raw_peer(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "500 Later", "r1", "Retry-After: 86400\r\n", ""));
    assert!(matches!(&net.events[ALICE][..], [Event::Unchanged { .. }]));
}

#[test]
fn after_a_glare_the_last_wish_counts() {
    let mut net = with_raw_peer(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    let invite = net.only(ALICE, "INVITE");
    net.order(ALICE, Command::Resume(CALL));
    net.inject(RAW, ALICE, &reply(&invite, "491 Pending", "r1", "", ""));
    net.run_for(Duration::from_secs(5));
    assert!(net.sent(ALICE, "INVITE")[1].text.contains("a=sendrecv"));
}

#[test]
fn a_reliable_provisional_response_to_a_change_gets_prack_and_may_carry_the_answer() {
    let mut net = with_raw_peer(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    let invite = net.only(ALICE, "INVITE");
    let rows = |rseq| format!("Require: 100rel\r\nRSeq: {rseq}\r\n");
    let answer = SDP.replace("a=rtpmap", "a=recvonly\r\na=rtpmap");
    net.inject(RAW, ALICE, &reply(&invite, "183 Session Progress", "r1", &rows(7), &answer));
    let prack = net.only(ALICE, "PRACK");
    assert_eq!((prack.header("RAck"), prack.header("CSeq")), ("7 2 INVITE", "3 PRACK"));
    assert_eq!(directions(&net, ALICE), [Direction::SendOnly]);
    for rseq in [7, 9] {
        net.inject(RAW, ALICE, &reply(&invite, "183 Session Progress", "r1", &rows(rseq), ""));
    }
    assert_eq!(net.sent(ALICE, "PRACK").len(), 1, "a copy, and one that came too early");
    net.inject(RAW, ALICE, &reply(&prack, "200 OK", "", "", ""));
    net.inject(RAW, ALICE, &reply(&invite, "180 Ringing", "r1", &rows(8), ""));
    assert_eq!(net.sent(ALICE, "PRACK").pop().unwrap().header("RAck"), "8 2 INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "", ""));
    net.only(ALICE, "ACK");
    assert_eq!(net.agents[ALICE].calls(), 1);
    let mut net = with_raw_peer(|s| s.reliable = crate::agent::Reliable::Never);
    net.order(ALICE, Command::Hold(CALL));
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "183 Session Progress", "r1", &rows(7), ""));
    assert!(net.sent(ALICE, "PRACK").is_empty());
}

#[test]
fn a_change_that_only_rings_is_taken_back_after_the_longest_ringing_time() {
    let mut net = with_raw_peer(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "180 Ringing", "r1", "", ""));
    net.run_for(Duration::from_secs(179));
    assert!(net.sent(ALICE, "CANCEL").is_empty());
    net.run_for(Duration::from_secs(1));
    let cancel = net.only(ALICE, "CANCEL");
    net.inject(RAW, ALICE, &reply(&cancel, "200 OK", "", "", ""));
    net.inject(RAW, ALICE, &reply(&invite, "487 Request Terminated", "r1", "", ""));
    assert!(matches!(net.events[ALICE].last(), Some(Event::Unchanged { .. })));
    assert_eq!(net.agents[ALICE].calls(), 1);
    net.order(ALICE, Command::Resume(CALL));
    let again = net.sent(ALICE, "INVITE").pop().unwrap();
    net.inject(RAW, ALICE, &reply(&again, "200 OK", "r1", "", SDP));
    net.log.clear();
    net.run_for(Duration::from_secs(400));
    assert!(net.log.is_empty(), "a change that was answered has no limit");
}
