//! The races of RFC 5407, each with the outcome that it names.

use super::net::*;
use super::raw::*;
use crate::agent::{CallId, Command, Ending, Event, Side};
use ringback_sip::flow::Transport;
use ringback_sip::sdp::Direction;
use ringback_sip::time::Duration;

#[test]
fn section_3_1_1_a_copy_of_the_invite_that_crosses_the_200_is_no_new_call() {
    let mut net = Net::new();
    net.weather = losing("SIP/2.0 180", 1);
    net.call(BOB);
    net.run_millis(50);
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    // The copy of the INVITE leaves after T1 and is on its way when bob answers.
    net.run_millis(500 - 50 + 5);
    assert_eq!(net.sent(ALICE, "INVITE").len(), 2);
    net.answer(TAKEN);
    net.run_millis(100);
    assert_eq!((net.incoming(), net.agents[BOB].calls()), (1, 1));
    net.only(ALICE, "ACK");
    assert!(net.events[BOB].contains(&Event::Confirmed(TAKEN)));
    net.hang_up(ALICE, CALL);
}

#[test]
fn section_3_1_2_a_cancel_that_crosses_the_200_is_answered_and_the_caller_hangs_up() {
    let mut net = ringing();
    net.order(ALICE, Command::Hangup(CALL));
    net.answer(TAKEN);
    net.run_millis(100);
    let cancelled = net.only(ALICE, "CANCEL");
    assert!(net.sent(BOB, "SIP/2.0 200").iter().any(|p| p.header("CSeq") == cancelled.header("CSeq")));
    let order: Vec<_> = net.lines().into_iter().filter(|l| *l == "0 ACK si" || *l == "0 BYE si").collect();
    assert_eq!(order, ["0 ACK si", "0 BYE si"]);
    assert_eq!(
        (net.ending(ALICE), net.ending(BOB)),
        (Ending::Cancelled(Side::Us), Ending::HungUp(Side::Peer))
    );
    net.rest();
}

#[test]
fn section_3_1_3_a_bye_in_the_early_dialog_that_crosses_the_200_ends_the_call() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    raw.send(&mut net, "INVITE", 1, "", SDP);
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    raw.learn(&net);
    net.answer(TAKEN);
    let bye = raw.send(&mut net, "BYE", 2, "", "");
    assert!(bye[0].is("SIP/2.0 200") && bye[0].header("CSeq") == "2 BYE", "{bye:?}");
    // The 200 to the INVITE wants its ACK all the same.
    net.run_millis(600);
    let copies =
        |net: &Net| net.sent(BOB, "SIP/2.0 200").iter().filter(|p| p.header("CSeq") == "1 INVITE").count();
    let before = copies(&net);
    assert!(before > 1);
    raw.send(&mut net, "ACK", 1, "", "");
    net.run_millis(5_000);
    assert_eq!(copies(&net), before);
    assert_eq!(net.ending(BOB), Ending::HungUp(Side::Peer));
    net.rest();
}

#[test]
fn section_3_1_4_a_reinvite_before_the_lost_ack_is_served() {
    let mut net = answered_without_ack(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    net.run_millis(100);
    // Of the two answers that the RFC allows, ours is 200.
    assert!(net.sent(BOB, "SIP/2.0 491").is_empty());
    assert_eq!(net.last_direction(BOB), Some(Direction::RecvOnly));
    net.run_millis(600);
    assert!(
        net.events[BOB].contains(&Event::Confirmed(TAKEN)),
        "the repeated ACK counts after the re-INVITE"
    );
    assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls()), (1, 1));
    net.hang_up(ALICE, CALL);
}

#[test]
fn section_3_1_5_a_reinvite_before_the_ack_that_owes_an_answer_is_491() {
    let mut net = answered_without_ack(|outgoing| outgoing.late_offer = true);
    net.order(ALICE, Command::Hold(CALL));
    net.run_millis(100);
    net.only(BOB, "SIP/2.0 491");
    net.run_for(Duration::from_secs(6));
    assert!(net.events[BOB].contains(&Event::Confirmed(TAKEN)));
    assert_eq!(net.last_direction(BOB), Some(Direction::RecvOnly), "the second try succeeds");
    net.hang_up(ALICE, CALL);
}

#[test]
fn section_3_1_6_a_bye_before_the_lost_ack_ends_the_call_for_good() {
    for late_offer in [false, true] {
        let mut net = answered_without_ack(|outgoing| outgoing.late_offer = late_offer);
        net.run_millis(400 - 5);
        net.order(ALICE, Command::Hangup(CALL));
        net.run_millis(600);
        assert!(net.sent(ALICE, "ACK").len() > 1, "a repeated 200 is acknowledged also after the BYE");
        assert_eq!(
            (net.ending(ALICE), net.ending(BOB)),
            (Ending::HungUp(Side::Us), Ending::HungUp(Side::Peer))
        );
        let after = net.events[BOB].iter().skip_while(|e| !matches!(e, Event::Ended { .. })).count();
        assert_eq!(after, 1, "nothing is told after the end: {:?}", net.events[BOB]);
        net.rest();
    }
}

#[test]
fn section_3_2_1_byes_that_cross_are_both_200() {
    let mut net = Net::established(|_| {});
    net.order(ALICE, Command::Hangup(CALL));
    net.order(BOB, Command::Hangup(TAKEN));
    net.run_millis(100);
    for agent in [ALICE, BOB] {
        net.only(agent, "BYE");
        net.only(agent, "SIP/2.0 200");
        assert_eq!(net.ending(agent), Ending::HungUp(Side::Us));
    }
    net.rest();
}

#[test]
fn section_3_2_2_a_reinvite_that_crosses_the_bye_is_481() {
    let mut net = Net::established(|_| {});
    net.order(ALICE, Command::Hangup(CALL));
    net.order(BOB, Command::Hold(TAKEN));
    net.run_millis(100);
    assert_eq!(net.only(ALICE, "SIP/2.0 481").header("CSeq"), net.only(BOB, "INVITE").header("CSeq"));
    net.only(BOB, "ACK");
    net.only(BOB, "SIP/2.0 200");
    assert_eq!((net.ending(ALICE), net.ending(BOB)), (Ending::HungUp(Side::Us), Ending::HungUp(Side::Peer)));
    net.rest();
}

#[test]
fn section_3_2_3_the_200_to_a_reinvite_is_acknowledged_after_the_bye() {
    let mut net = Net::established(|_| {});
    net.order(BOB, Command::Hold(TAKEN));
    net.run_millis(5);
    net.order(BOB, Command::Hangup(TAKEN));
    net.run_millis(100);
    net.only(BOB, "ACK");
    assert_eq!(net.sent(ALICE, "SIP/2.0 200").len(), 2);
    assert_eq!((net.ending(ALICE), net.ending(BOB)), (Ending::HungUp(Side::Peer), Ending::HungUp(Side::Us)));
    net.run_for(Duration::from_secs(10));
    assert_eq!(net.sent(ALICE, "SIP/2.0 200").len(), 2, "the ACK ended the repetition");
    net.rest();
}

#[test]
fn section_3_2_4_an_ack_that_crosses_the_bye_starts_nothing() {
    for late_offer in [false, true] {
        let mut net = Net::new();
        net.call_with(BOB, |outgoing| outgoing.late_offer = late_offer);
        net.run_millis(50);
        net.answer(TAKEN);
        net.run_millis(15);
        net.order(BOB, Command::Hangup(TAKEN));
        net.run_millis(200);
        // Our called side waits for the ACK, as RFC 3261 §15 has it, so that the two cannot cross.
        let (ack, bye) = (net.only(ALICE, "ACK"), net.only(BOB, "BYE"));
        assert_eq!(bye.at, ack.at + LATENCY);
        assert_eq!(
            (net.ending(ALICE), net.ending(BOB)),
            (Ending::HungUp(Side::Peer), Ending::HungUp(Side::Us))
        );
        assert!(net.events[BOB].iter().all(|e| !matches!(e, Event::Media { agreed: Some(_), .. })));
        net.rest();
    }
}

#[test]
fn section_3_3_1_reinvites_that_cross_are_491_and_the_called_side_tries_again_first() {
    let mut net = Net::established(|_| {});
    net.order(ALICE, Command::Hold(CALL));
    net.order(BOB, Command::Hold(TAKEN));
    net.run_for(Duration::from_secs(8));
    let (ours, theirs) = (net.sent(ALICE, "INVITE"), net.sent(BOB, "INVITE"));
    assert_eq!((net.sent(ALICE, "SIP/2.0 491").len(), net.sent(BOB, "SIP/2.0 491").len()), (1, 1));
    assert_eq!((ours.len(), theirs.len()), (2, 2));
    let waited = |p: &[Packet]| p[1].at.since(p[0].at + LATENCY * 2).as_millis();
    assert!((2100..=4000).contains(&waited(&ours)) && waited(&theirs) <= 2000);
    assert_eq!(net.last_direction(ALICE), Some(Direction::Inactive));
    net.hang_up(ALICE, CALL);
}

#[test]
fn section_3_3_2_an_update_and_a_reinvite_that_cross_are_both_491() {
    let mut net = Net::new();
    let mut raw = Caller::established(&mut net);
    net.order(BOB, Command::Hold(TAKEN));
    let reinvite = net.only(BOB, "INVITE");
    let update = raw.send(&mut net, "UPDATE", 2, "", SDP).remove(0);
    assert!(update.is("SIP/2.0 491"), "{}", update.text);
    // An UPDATE without an offer does not touch the session.
    let refresh = raw.send(&mut net, "UPDATE", 3, "", "").remove(0);
    assert!(refresh.is("SIP/2.0 200"), "{}", refresh.text);
    net.inject(RAW, BOB, &reply(&reinvite, "491 Request Pending", "", "", ""));
    net.run_for(Duration::from_secs(2) + LATENCY);
    let again = net.sent(BOB, "INVITE").into_iter().find(|p| p.header("CSeq") != reinvite.header("CSeq"));
    let again = again.expect("who does not own the Call-ID waits at most two seconds");
    net.inject(RAW, BOB, &reply(&again, "200 OK", "", "", &SDP.replace("=- 7 1", "=- 7 2")));
    assert!(raw.send(&mut net, "UPDATE", 4, "", &SDP.replace("=- 7 1", "=- 7 3"))[0].is("SIP/2.0 200"));
}

#[test]
fn section_3_3_2_updates_without_offers_that_cross_both_succeed() {
    let mut net = Net::new();
    let mut raw = Caller::established(&mut net);
    net.order(BOB, Command::Hold(TAKEN));
    assert!(raw.send(&mut net, "UPDATE", 2, "", "")[0].is("SIP/2.0 200"));
    assert_eq!(net.agents[BOB].calls(), 1);
}

#[test]
fn section_3_3_3_a_request_in_the_dialog_that_crosses_the_bye_is_481() {
    let mut net = Net::new();
    let mut raw = Caller::established(&mut net);
    net.order(BOB, Command::Hangup(TAKEN));
    for (number, method) in [(2, "UPDATE"), (3, "INFO"), (4, "INVITE")] {
        let refusal = raw.send(&mut net, method, number, "", "").remove(0);
        assert!(!refusal.is("SIP/2.0 200"), "{method}: {}", refusal.text);
    }
    let refused = raw.send(&mut net, "UPDATE", 5, "", SDP).remove(0);
    assert!(refused.is("SIP/2.0 481"), "{}", refused.text);
    assert!(raw.send(&mut net, "BYE", 6, "", "")[0].is("SIP/2.0 200"));
}

// ---------------------------------------------------------------------------------------------------------------

/// A weather that loses the first `count` packets that start so.
fn losing(start: &'static str, count: usize) -> Weather {
    let mut left = count;
    Box::new(move |packet| match left {
        1.. if packet.is(start) => {
            left -= 1;
            Vec::new()
        }
        _ => vec![LATENCY],
    })
}

/// Alice calls bob, who rings.
fn ringing() -> Net {
    let mut net = Net::new();
    net.call(BOB);
    net.run_millis(50);
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    net.run_millis(50);
    net
}

/// Alice calls bob, who answers; the ACK is lost. 100 ms after the answer.
fn answered_without_ack(change: impl FnOnce(&mut crate::agent::Outgoing)) -> Net {
    let mut net = Net::seeded(1, Transport::Udp, |_| {});
    net.weather = losing("ACK", 1);
    net.call_with(BOB, change);
    net.run_millis(50);
    net.answer(TAKEN);
    net.run_millis(100);
    assert!(net.sent(ALICE, "ACK").len() == 1 && !net.events[BOB].contains(&Event::Confirmed(TAKEN)));
    net
}

impl Net {
    /// How many calls bob was told of.
    fn incoming(&self) -> usize {
        self.events[BOB].iter().filter(|e| matches!(e, Event::Incoming { .. })).count()
    }

    /// How the call of an agent ended.
    fn ending(&self, agent: usize) -> Ending {
        let end = self.events[agent].iter().find_map(|e| match e {
            Event::Ended { ending, .. } => Some(ending.clone()),
            _ => None,
        });
        end.unwrap_or_else(|| panic!("no end: {:?}", self.events[agent]))
    }

    /// The direction that an agent was told last.
    fn last_direction(&self, agent: usize) -> Option<Direction> {
        self.events[agent].iter().rev().find_map(|e| match e {
            Event::Media { agreed, .. } | Event::Established { agreed, .. } => {
                agreed.as_ref().map(|a| a.direction)
            }
            _ => None,
        })
    }

    /// An agent hangs up, and both sides come to rest.
    fn hang_up(&mut self, agent: usize, call: CallId) {
        self.order(agent, Command::Hangup(call));
        self.rest();
    }
}
