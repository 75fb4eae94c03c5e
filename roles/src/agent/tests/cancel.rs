//! Calls that end before they stand: CANCEL, Expires, ringing too long, BYE in an early dialog
//! (RFC 3261 §9, §13.3.1, §15).

use super::net::*;
use super::raw::*;
use crate::agent::{Command, Ending, Event, Outcome, Side};
use ringback_sip::registry::{StatusCode, Timer};
use ringback_sip::time::Duration;

fn ending(net: &Net, agent: usize) -> &Ending {
    let mut ended = net.events[agent].iter().filter_map(|e| match e {
        Event::Ended { ending, .. } => Some(ending),
        _ => None,
    });
    let only = ended.next().expect("the call has ended");
    assert!(ended.next().is_none(), "an ending is told once");
    only
}

#[test]
fn a_cancel_waits_for_a_provisional_response_and_goes_the_way_of_its_invite() {
    let mut net = Net::new();
    net.call(RAW);
    net.order(ALICE, Command::Hangup(CALL));
    net.run_millis(100);
    assert!(net.sent(ALICE, "CANCEL").is_empty());
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "100 Trying", "", "", ""));
    let cancel = net.only(ALICE, "CANCEL");
    for name in ["Via", "From", "To", "Call-ID", "Max-Forwards"] {
        assert_eq!(cancel.header(name), invite.header(name), "{name}");
    }
    assert_eq!((cancel.header("CSeq"), cancel.header("Content-Length")), ("1 CANCEL", "0"));
    assert_eq!(
        (cancel.text.matches("Via:").count(), cancel.header("Contact"), cancel.header("Require")),
        (1, "", "")
    );
    assert_eq!(cancel.first_line().replace("CANCEL", "INVITE"), invite.first_line());
    assert_eq!(cancel.to, invite.to);
    net.inject(RAW, ALICE, &reply(&cancel, "200 OK", "r1", "", ""));
    assert!(net.events[ALICE].is_empty(), "the final response to the INVITE is still to come");
    net.inject(RAW, ALICE, &reply(&invite, "487 Request Terminated", "r1", "", ""));
    assert_eq!(ending(&net, ALICE), &Ending::Cancelled(Side::Us));
    net.rest();
}

#[test]
fn a_cancel_says_whether_its_user_hung_up_or_ran_out_of_patience() {
    for (patience, reason) in [
        (None, "SIP;cause=487;text=\"Hung up before the answer\""),
        (Some(Duration::from_secs(20)), "SIP;cause=408;text=\"No answer in time\""),
    ] {
        let mut net = Net::new();
        net.call_with(RAW, |outgoing| outgoing.patience = patience);
        let invite = net.only(ALICE, "INVITE");
        net.inject(RAW, ALICE, &reply(&invite, "180 Ringing", "r1", "", ""));
        match patience {
            None => net.order(ALICE, Command::Hangup(CALL)),
            Some(patience) => net.run_for(patience),
        }
        assert_eq!(net.only(ALICE, "CANCEL").header("Reason"), reason);
    }
}

#[test]
fn a_2xx_that_crosses_the_cancel_is_acknowledged_and_hung_up() {
    let mut net = Net::new();
    net.call(BOB);
    net.run_millis(20);
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    net.run_millis(20);
    net.order(ALICE, Command::Hangup(CALL));
    net.answer(TAKEN);
    net.run_millis(100);
    assert_eq!(ending(&net, ALICE), &Ending::Cancelled(Side::Us));
    assert_eq!(ending(&net, BOB), &Ending::HungUp(Side::Peer));
    net.only(ALICE, "ACK");
    net.only(ALICE, "BYE");
    assert!(net.sent(BOB, "SIP/2.0 487").is_empty());
    assert!(net.sent(BOB, "SIP/2.0 200").iter().any(|p| p.header("CSeq") == "1 CANCEL"));
    net.rest();
}

#[test]
fn a_cancelled_invite_without_final_response_ends_after_64_t1() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "180 Ringing", "r1", "", ""));
    net.order(ALICE, Command::Hangup(CALL));
    net.run_millis(31_900);
    assert_eq!(net.agents[ALICE].calls(), 1);
    net.run_millis(200);
    assert_eq!(ending(&net, ALICE), &Ending::Cancelled(Side::Us));
    net.rest();
}

#[test]
fn a_cancelled_call_is_not_sent_again_with_credentials_nor_elsewhere() {
    let refusals = ["401 Unauthorized", "302 Moved Temporarily", "503 Service Unavailable"];
    for status in refusals {
        let mut net = Net::with(|s| s.password = Some(crate::agent::Secret::new(*b"secret")));
        net.call(RAW);
        let invite = net.only(ALICE, "INVITE");
        net.inject(RAW, ALICE, &reply(&invite, "180 Ringing", "r1", "", ""));
        net.order(ALICE, Command::Hangup(CALL));
        let rows = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256\r\n";
        net.inject(RAW, ALICE, &reply(&invite, status, "r1", rows, ""));
        net.only(ALICE, "INVITE");
        assert_eq!(ending(&net, ALICE), &Ending::Cancelled(Side::Us));
        net.rest();
    }
}

#[test]
fn a_cancel_matches_by_branch_and_sender_and_its_200_has_the_tag_of_the_487() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    raw.send(&mut net, "INVITE", 1, "", SDP);
    let elsewhere =
        raw.on_branch(1, "CANCEL", 1, "", "").replace("192.0.2.17:5060;branch", "192.0.2.17:5070;branch");
    net.inject(RAW, BOB, &elsewhere);
    assert!(net.log.last().unwrap().is("SIP/2.0 481"));
    assert_eq!(net.agents[BOB].calls(), 1, "another sender's CANCEL names nothing");
    // What else stands in the Via does not count (RFC 3261 §17.2.3).
    net.inject(RAW, BOB, &raw.on_branch(1, "CANCEL", 1, "", "").replace(";branch", ";x=y;branch"));
    let refused = net.only(BOB, "SIP/2.0 487");
    assert_eq!(refused.header("CSeq"), "1 INVITE");
    let ok = net.only(BOB, "SIP/2.0 200");
    assert_eq!((ok.header("CSeq"), ok.header("To")), ("1 CANCEL", refused.header("To")));
    assert_eq!(ending(&net, BOB), &Ending::Cancelled(Side::Peer));
    // A CANCEL that comes too late is answered and does nothing.
    let before = net.log.len();
    net.inject(RAW, BOB, &raw.on_branch(1, "CANCEL", 1, "", ""));
    assert_eq!(net.log[before..].iter().filter(|p| p.is("SIP/2.0 200")).count(), 1);
    net.rest();
}

#[test]
fn a_cancel_after_the_answer_changes_nothing() {
    let mut net = Net::new();
    let raw = Caller::answered(&mut net, SDP);
    let mut cancel = Caller::new("c1");
    cancel.to_tag.clear();
    net.inject(RAW, BOB, &cancel.on_branch(1, "CANCEL", 1, "", ""));
    let last = net.log.last().unwrap();
    assert_eq!((last.first_line(), last.header("CSeq")), ("SIP/2.0 200 OK", "1 CANCEL"));
    assert!(last.header("To").ends_with(&raw.to_tag));
    assert_eq!(net.agents[BOB].calls(), 1);
}

#[test]
fn a_bye_of_the_caller_in_the_early_dialog_gets_200_and_the_invite_487() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    raw.send(&mut net, "INVITE", 1, "", SDP);
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    raw.learn(&net);
    let answers = raw.send(&mut net, "BYE", 2, "", "");
    let seen: Vec<(&str, &str)> =
        answers.iter().map(|p| (&p.first_line()[8..11], p.header("CSeq"))).collect();
    assert_eq!(seen, [("200", "2 BYE"), ("487", "1 INVITE")]);
    assert_eq!(ending(&net, BOB), &Ending::Cancelled(Side::Peer));
    net.rest();
}

#[test]
fn a_bye_of_the_called_side_in_the_early_dialog_ends_the_call_that_it_gave_up() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "180 Ringing", "r1", "", ""));
    net.inject(RAW, ALICE, &early_bye(&invite, "nobody", "1"));
    assert!(net.log.last().unwrap().is("SIP/2.0 481"));
    net.inject(RAW, ALICE, &early_bye(&invite, "r1", "2"));
    net.only(ALICE, "SIP/2.0 200");
    net.only(ALICE, "CANCEL");
    assert_eq!(ending(&net, ALICE), &Ending::HungUp(Side::Peer));
    // A 2xx that was on its way still finds somebody who acknowledges it.
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "", SDP));
    net.only(ALICE, "ACK");
    net.only(ALICE, "BYE");
    net.rest();
}

#[test]
fn a_bye_of_one_branch_leaves_the_others_ringing() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "180 Ringing", "r1", "", ""));
    net.inject(RAW, ALICE, &reply(&invite, "180 Ringing", "r2", "", ""));
    net.inject(RAW, ALICE, &early_bye(&invite, "r1", "1"));
    net.only(ALICE, "SIP/2.0 200");
    assert!(net.sent(ALICE, "CANCEL").is_empty());
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r2", "", SDP));
    assert!(matches!(net.events[ALICE].last(), Some(Event::Established { .. })));
}

/// A BYE of the called side before its answer.
fn early_bye(invite: &Packet, tag: &str, branch: &str) -> String {
    format!(
        "BYE sip:alice@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bK{branch}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:bob@192.0.2.17>;tag={tag}\r\nTo: {}\r\n\
         Call-ID: {}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
        invite.header("From"),
        invite.header("Call-ID")
    )
}

#[test]
fn an_invite_that_says_when_it_expires_is_answered_with_487_then() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    raw.send(&mut net, "INVITE", 1, "Expires: 20\r\n", SDP);
    net.run_millis(19_900);
    assert!(net.sent(BOB, "SIP/2.0 487").is_empty());
    net.run_millis(200);
    net.only(BOB, "SIP/2.0 487");
    assert_eq!(ending(&net, BOB), &Ending::Refused(StatusCode::REQUEST_TERMINATED));
}

#[test]
fn the_expires_of_an_invite_limits_the_ringing_and_not_the_call() {
    let mut net = Net::new();
    net.call_with(BOB, |o| o.patience = Some(Duration::from_secs(20)));
    net.run_millis(20);
    assert_eq!(net.only(ALICE, "INVITE").header("Expires"), "20");
    net.answer(TAKEN);
    net.run_for(Duration::from_secs(60));
    assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls()), (1, 1));
}

#[test]
fn a_caller_without_patience_left_cancels() {
    let mut net = Net::new();
    net.call_with(RAW, |o| o.patience = Some(Duration::from_secs(20)));
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "180 Ringing", "r1", "", ""));
    net.run_millis(19_900);
    assert!(net.sent(ALICE, "CANCEL").is_empty());
    net.run_millis(200);
    net.only(ALICE, "CANCEL");
}

#[test]
fn who_rings_too_long_is_temporarily_unavailable_unless_an_answer_is_planned() {
    for planned in [false, true] {
        let mut net = Net::with(|s| s.ring_max = Duration::from_secs(30));
        net.call(BOB);
        net.run_millis(20);
        net.order(BOB, Command::Ring { call: TAKEN, audio: None });
        if planned {
            let after = Duration::from_secs(40);
            net.order(BOB, Command::Answer { call: TAKEN, after, audio: audio(BOB), duration: None });
        }
        net.run_millis(29_800);
        assert_eq!(net.agents[BOB].calls(), 1);
        net.run_for(Duration::from_secs(20));
        if planned {
            assert_eq!(net.agents[ALICE].calls(), 1);
        } else {
            let status = StatusCode::TEMPORARILY_UNAVAILABLE;
            assert_eq!(ending(&net, ALICE), &Ending::Failed(Outcome::Status(status)));
            assert_eq!(ending(&net, BOB), &Ending::Refused(status));
        }
    }
}

#[test]
fn ringing_is_said_again_each_minute() {
    let mut net = Net::new();
    net.call(BOB);
    net.run_millis(20);
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    let first = net.now;
    net.run_for(Duration::from_secs(130));
    let rung = net.sent(BOB, "SIP/2.0 180");
    let seconds: Vec<u64> = rung.iter().map(|p| p.at.since(first).as_secs()).collect();
    assert_eq!(seconds, [0, 60, 120]);
}

#[test]
fn silence_ends_a_call_at_timer_b() {
    let mut net = Net::new();
    net.call(RAW);
    net.run_millis(31_900);
    assert!(net.events[ALICE].is_empty());
    net.run_millis(200);
    assert_eq!(ending(&net, ALICE), &Ending::Failed(Outcome::Timeout(Timer::B)));
    assert_eq!(net.sent(ALICE, "INVITE").len(), 7);
    net.rest();
}
