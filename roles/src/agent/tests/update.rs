//! UPDATE in early and confirmed dialogs (RFC 3311).

use super::net::*;
use super::raw::*;
use crate::agent::{Command, Ending, Event, Outcome, Reliable};
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Direction;

const RELIABLE: &str = "Supported: 100rel\r\nAllow: INVITE, UPDATE\r\n";

fn ring(net: &mut Net) {
    net.order(BOB, Command::Ring { call: TAKEN, audio: Some(audio(BOB)) });
}

/// Alice calls bob, whose early media she hears for certain.
fn early() -> Net {
    let mut net = Net::new();
    net.call(BOB);
    net.run_millis(50);
    ring(&mut net);
    net.run_millis(100);
    assert_eq!(net.sent(ALICE, "PRACK").len(), 1);
    net.log.clear();
    net.events.iter_mut().for_each(Vec::clear);
    net
}

fn directions(net: &Net, agent: usize) -> Vec<Direction> {
    let told = net.events[agent].iter().filter_map(|e| match e {
        Event::Media { agreed: Some(agreed), .. } | Event::Established { agreed: Some(agreed), .. } => {
            Some(agreed.direction)
        }
        _ => None,
    });
    told.collect()
}

/// A raw caller in an early dialog with bob, who has answered its offer for certain.
fn settled(net: &mut Net) -> Caller {
    let mut raw = Caller::new("c1");
    raw.send(net, "INVITE", 1, RELIABLE, SDP);
    ring(net);
    raw.learn(net);
    let rack = format!("RAck: {} 1 INVITE\r\n", net.log.last().unwrap().header("RSeq"));
    assert!(raw.send(net, "PRACK", 2, &rack, "")[0].is("SIP/2.0 200"));
    raw
}

fn held(version: u32) -> String {
    SDP.replace("=- 7 1", &format!("=- 7 {version}")) + "a=sendonly\r\n"
}

#[test]
fn either_side_holds_before_the_answer_and_the_hold_outlives_it() {
    for (holder, call, other) in [(ALICE, CALL, BOB), (BOB, TAKEN, ALICE)] {
        let mut net = early();
        net.order(holder, Command::Hold(call));
        net.run_millis(50);
        let update = net.only(holder, "UPDATE");
        assert!(update.text.contains("a=sendonly") && update.header("Contact").starts_with("<sip:"));
        assert!(net.only(other, "SIP/2.0 200").text.contains("a=recvonly"));
        assert_eq!(directions(&net, holder), [Direction::SendOnly]);
        assert_eq!(directions(&net, other), [Direction::RecvOnly]);
        net.answer(TAKEN);
        net.run_millis(100);
        assert_eq!(directions(&net, holder), [Direction::SendOnly; 2]);
        assert_eq!(directions(&net, other), [Direction::RecvOnly; 2]);
        net.order(holder, Command::Resume(call));
        net.run_millis(100);
        assert_eq!(net.sent(holder, "INVITE").len(), 1, "a call that stands is changed by INVITE");
        assert_eq!(directions(&net, other).last(), Some(&Direction::SendRecv));
        net.order(ALICE, Command::Hangup(CALL));
        net.rest();
    }
}

#[test]
fn no_update_leaves_before_the_session_is_settled_nor_to_who_does_not_take_it() {
    let mut net = Net::with(|s| s.reliable = Reliable::Never);
    net.call(BOB);
    net.run_millis(50);
    ring(&mut net);
    net.run_millis(50);
    net.order(ALICE, Command::Hold(CALL));
    net.order(BOB, Command::Hold(TAKEN));
    net.run_millis(50);
    assert!(net.sent(ALICE, "UPDATE").is_empty() && net.sent(BOB, "UPDATE").is_empty());
    for (allow, updates) in [("", 0), ("Allow: INVITE, UPDATE\r\n", 1)] {
        let mut net = Net::new();
        net.call(RAW);
        let rows = format!("Require: 100rel\r\nRSeq: 1\r\n{allow}");
        let invite = net.only(ALICE, "INVITE");
        net.inject(RAW, ALICE, &reply(&invite, "183 Session Progress", "r1", &rows, SDP));
        net.order(ALICE, Command::Hold(CALL));
        assert!(net.sent(ALICE, "UPDATE").is_empty(), "its PRACK is not answered");
        let prack = net.only(ALICE, "PRACK");
        net.inject(RAW, ALICE, &reply(&prack, "200 OK", "", "", ""));
        assert_eq!(net.sent(ALICE, "UPDATE").len(), updates);
    }
}

#[test]
fn a_hold_that_waits_when_the_call_is_answered_goes_by_invite() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    let rows = "Require: 100rel\r\nRSeq: 1\r\nAllow: INVITE, UPDATE\r\n";
    net.inject(RAW, ALICE, &reply(&invite, "183 Session Progress", "r1", rows, SDP));
    net.order(ALICE, Command::Hold(CALL));
    // The 2xx overtakes the answer to the PRACK.
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "", ""));
    let changes = net.sent(ALICE, "INVITE");
    assert!(changes.len() == 2 && changes[1].text.contains("a=sendonly"));
    assert!(net.sent(ALICE, "UPDATE").is_empty());
}

#[test]
fn a_hold_ordered_before_any_dialog_or_session_comes_about_as_soon_as_it_may() {
    for settles in [true, false] {
        for side in [ALICE, BOB] {
            let mut net =
                Net::with(|s| s.reliable = if settles { Reliable::Supported } else { Reliable::Never });
            net.call(BOB);
            if side == ALICE {
                net.order(ALICE, Command::Hold(CALL));
            }
            net.run_millis(50);
            if side == BOB {
                net.order(BOB, Command::Hold(TAKEN));
            }
            ring(&mut net);
            net.run_millis(200);
            assert_eq!(net.sent(side, "UPDATE").len(), usize::from(settles), "{side}");
            net.answer(TAKEN);
            net.run_millis(200);
            let changes = net.sent(side, "INVITE").iter().filter(|m| m.text.contains("a=sendonly")).count();
            assert_eq!(
                changes,
                usize::from(!settles),
                "{side}: what could not be said before goes by INVITE"
            );
            assert_eq!(directions(&net, side).last(), Some(&Direction::SendOnly), "{side}");
            assert_eq!(directions(&net, 1 - side).last(), Some(&Direction::RecvOnly), "{side}");
        }
    }
}

#[test]
fn a_hold_ordered_before_the_answer_holds_whoever_of_the_fork_answers() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "180 Ringing", "r1", "", ""));
    net.order(ALICE, Command::Hold(CALL));
    net.inject(RAW, ALICE, &reply(&invite, "183 Session Progress", "r2", "", SDP));
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r3", "", SDP));
    let changes = net.sent(ALICE, "INVITE");
    assert!(changes.len() == 2 && changes[1].text.contains("a=sendonly"), "{changes:?}");
}

#[test]
fn an_offer_is_answered_at_once_in_early_and_confirmed_dialogs() {
    let mut net = Net::new();
    let mut raw = settled(&mut net);
    let answer = raw.send(&mut net, "UPDATE", 3, "", &held(2)).remove(0);
    assert!(answer.is("SIP/2.0 200") && answer.text.contains("a=recvonly"), "{}", answer.text);
    assert!(answer.header("Contact").contains("bob@"));
    net.answer(TAKEN);
    raw.send(&mut net, "ACK", 1, "", "");
    let resumed = SDP.replace("=- 7 1", "=- 7 3");
    assert!(raw.send(&mut net, "UPDATE", 4, "", &resumed)[0].text.contains("a=sendrecv"));
    assert_eq!(directions(&net, BOB).last(), Some(&Direction::SendRecv));
    net.run_millis(40_000);
    assert_eq!(net.agents[BOB].calls(), 1, "no ACK is due");
}

#[test]
fn an_update_moves_the_target_with_and_without_an_offer() {
    let mut net = Net::new();
    let mut raw = Caller::established(&mut net);
    let moved = "Contact: <sip:moved@192.0.2.17:5060>\r\n";
    let answer = raw.send(&mut net, "UPDATE", 2, moved, "").remove(0);
    assert!(answer.is("SIP/2.0 200") && answer.header("Content-Length") == "0");
    assert!(net.events[BOB].is_empty(), "the session is as before");
    net.order(BOB, Command::Hangup(TAKEN));
    assert!(net.only(BOB, "BYE").is("BYE sip:moved@"));
}

#[test]
fn an_offer_before_the_answer_to_the_first_is_500_and_one_against_ours_491() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    raw.send(&mut net, "INVITE", 1, "", SDP);
    ring(&mut net);
    raw.learn(&net);
    let early = raw.send(&mut net, "UPDATE", 2, "", &held(2)).remove(0);
    assert!(early.is("SIP/2.0 500"), "{}", early.text);
    assert!(early.header("Retry-After").parse::<u32>().unwrap() <= 10);
    assert!(raw.send(&mut net, "UPDATE", 3, "", "")[0].is("SIP/2.0 200"), "without an offer it is welcome");
    let mut net = Net::new();
    let mut raw = Caller::established(&mut net);
    net.order(BOB, Command::Hold(TAKEN));
    assert!(raw.send(&mut net, "UPDATE", 2, "", &held(2))[0].is("SIP/2.0 491"));
}

#[test]
fn an_offer_that_cannot_be_taken_is_488_and_the_session_stays() {
    let mut net = Net::new();
    let mut raw = Caller::established(&mut net);
    let video = SDP.replace("m=audio 7000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000", "m=video 7000 RTP/AVP 99");
    let refusal = raw.send(&mut net, "UPDATE", 2, "", &video).remove(0);
    assert!(refusal.is("SIP/2.0 488") && !refusal.header("Warning").is_empty(), "{}", refusal.text);
    assert!(net.events[BOB].is_empty());
    assert!(raw.send(&mut net, "UPDATE", 3, "", SDP)[0].is("SIP/2.0 200"));
}

#[test]
fn an_update_outside_a_dialog_is_481() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    assert!(raw.send(&mut net, "UPDATE", 1, "", SDP)[0].is("SIP/2.0 481"));
}

#[test]
fn updates_of_both_sides_that_meet_are_491_and_tried_once_more_in_turn() {
    let mut net = early();
    net.order(ALICE, Command::Hold(CALL));
    net.order(BOB, Command::Hold(TAKEN));
    net.run_millis(5_000);
    assert_eq!(net.sent(ALICE, "SIP/2.0 491").len(), 1);
    assert_eq!(net.sent(BOB, "SIP/2.0 491").len(), 1);
    let (ours, theirs) = (net.sent(ALICE, "UPDATE"), net.sent(BOB, "UPDATE"));
    assert_eq!((ours.len(), theirs.len()), (2, 2));
    assert!(theirs[1].at < ours[1].at, "the owner of the Call-ID waits longer");
    assert_eq!(directions(&net, ALICE).last(), Some(&Direction::Inactive));
}

#[test]
fn a_refused_update_leaves_all_as_it_was_and_a_481_ends_the_dialog() {
    for (status, outcome) in [("488 Not Acceptable Here", 488), ("481 Call/Transaction Does Not Exist", 481)]
    {
        let mut net = Net::new();
        settled(&mut net);
        net.order(BOB, Command::Hold(TAKEN));
        let update = net.only(BOB, "UPDATE");
        net.inject(RAW, BOB, &reply(&update, status, "", "", ""));
        let outcome = Outcome::Status(StatusCode::new(outcome).unwrap());
        let last = net.events[BOB].last().unwrap().clone();
        match status.starts_with("488") {
            true => {
                assert_eq!(last, Event::Unchanged { call: TAKEN, outcome });
                net.answer(TAKEN);
                assert_eq!(directions(&net, BOB), [Direction::SendRecv; 2], "early media, then the call");
            }
            false => {
                assert!(matches!(last, Event::Ended { ending: Ending::Lost(o), .. } if o == outcome));
                net.only(BOB, "SIP/2.0 500");
            }
        }
    }
}
