//! Preconditions: nobody rings before what is mandatory has been reserved (RFC 3312).

use super::net::*;
use super::raw::*;
use crate::agent::{Command, Ending, Event, Outcome};
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Strength;
use ringback_sip::time::Duration;

const ABLE: &str = "Supported: 100rel, precondition\r\nAllow: INVITE, UPDATE\r\n";
const REQUIRED: &str = "Supported: 100rel\r\nRequire: precondition\r\nAllow: INVITE, UPDATE\r\n";

/// The offer of a raw peer with these attributes.
fn offer(version: u32, lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("a={line}\r\n")).collect();
    SDP.replace("=- 7 1", &format!("=- 7 {version}")) + &lines
}

const NONE: [&str; 4] = [
    "curr:qos local none",
    "curr:qos remote none",
    "des:qos mandatory local sendrecv",
    "des:qos mandatory remote sendrecv",
];
const DONE: [&str; 4] = [
    "curr:qos local sendrecv",
    "curr:qos remote sendrecv",
    "des:qos mandatory local sendrecv",
    "des:qos mandatory remote sendrecv",
];

/// A raw caller that has heard bob's 183 and acknowledged it; bob has decided to answer.
fn preparing(net: &mut Net) -> Caller {
    let mut raw = Caller::new("c1");
    assert!(raw.send(net, "INVITE", 1, REQUIRED, &offer(1, &NONE)).is_empty());
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    assert!(net.sent(BOB, "SIP/2.0 180").is_empty(), "nobody may ring yet");
    net.answer(TAKEN);
    let progress = net.only(BOB, "SIP/2.0 183");
    assert!(
        progress.text.contains("a=curr:qos local sendrecv\r\na=curr:qos remote none\r\n"),
        "{}",
        progress.text
    );
    assert!(progress.text.contains("a=conf:qos remote sendrecv\r\n"));
    raw.learn(net);
    let rack = format!("RAck: {} 1 INVITE\r\n", progress.header("RSeq"));
    assert!(raw.send(net, "PRACK", 2, &rack, "")[0].is("SIP/2.0 200"));
    assert!(net.sent(BOB, "SIP/2.0 200").len() == 1, "the call is not answered yet");
    raw
}

#[test]
fn a_call_with_mandatory_preconditions_is_prepared_confirmed_by_update_and_rings_only_then() {
    let mut net = Net::with(|s| s.preconditions = Some(Strength::Mandatory));
    net.call(BOB);
    net.run_millis(50);
    net.order(BOB, Command::Ring { call: TAKEN, audio: Some(audio(BOB)) });
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    net.run_millis(200);
    net.answer(TAKEN);
    net.run_millis(100);
    assert_eq!(
        net.lines(),
        [
            "0 INVITE", "1 183 Se", "0 PRACK", "1 200 OK", "0 UPDATE", "1 200 OK", "1 180 Ri", "1 200 OK",
            "0 ACK si"
        ]
    );
    let (invite, update) = (net.only(ALICE, "INVITE"), net.only(ALICE, "UPDATE"));
    assert_eq!(
        (invite.header("Require"), invite.header("Supported")),
        ("precondition", "100rel, timer, 199, precondition, replaces, norefersub, nosub, tdialog")
    );
    assert!(
        invite.text.contains("a=curr:qos local none\r\n")
            && invite.text.contains("a=des:qos mandatory local")
    );
    assert!(
        update.text.contains("a=curr:qos local sendrecv\r\na=curr:qos remote sendrecv\r\n"),
        "{}",
        update.text
    );
    let confirmed =
        net.sent(BOB, "SIP/2.0 200").into_iter().find(|p| p.header("CSeq").ends_with("UPDATE")).unwrap();
    assert!(confirmed.text.contains("a=curr:qos local sendrecv\r\na=curr:qos remote sendrecv\r\n"));
    assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls()), (1, 1));
    net.order(ALICE, Command::Hangup(CALL));
    net.rest();
}

#[test]
fn an_answer_waits_for_the_confirmation() {
    let mut net = Net::with(|s| s.preconditions = Some(Strength::Optional));
    let mut raw = preparing(&mut net);
    raw.send(&mut net, "UPDATE", 3, "", &offer(2, &NONE));
    assert!(
        net.sent(BOB, "SIP/2.0 200").iter().all(|p| !p.header("CSeq").ends_with("INVITE")),
        "nothing is met yet"
    );
    let sent = raw.send(&mut net, "UPDATE", 4, "", &offer(3, &DONE));
    let cseqs: Vec<&str> = sent.iter().map(|p| p.header("CSeq")).collect();
    assert_eq!(cseqs, ["4 UPDATE", "1 INVITE"]);
    assert!(sent[1].is("SIP/2.0 200"));
    raw.send(&mut net, "ACK", 1, "", "");
    assert!(net.events[BOB].iter().any(|e| matches!(e, Event::Confirmed(TAKEN))));
}

#[test]
fn what_the_caller_has_reserved_already_or_only_wishes_for_keeps_nobody_waiting() {
    let wishes = NONE.map(|line| line.replace("mandatory", "optional"));
    let wishes: Vec<&str> = wishes.iter().map(String::as_str).collect();
    for lines in [&DONE[..], &wishes, &[]] {
        let mut net = Net::with(|s| s.preconditions = Some(Strength::Optional));
        let mut raw = Caller::new("c1");
        raw.send(&mut net, "INVITE", 1, ABLE, &offer(1, lines));
        net.order(BOB, Command::Ring { call: TAKEN, audio: None });
        net.only(BOB, "SIP/2.0 180");
        net.answer(TAKEN);
        net.only(BOB, "SIP/2.0 200");
    }
}

#[test]
fn preconditions_that_nobody_here_can_meet_are_580_with_what_failed() {
    let e2e = ["curr:qos e2e none", "des:qos mandatory e2e sendrecv"];
    let other = ["des:sec mandatory e2e sendrecv"];
    for (rows, lines, line) in [
        (REQUIRED, &e2e[..], "a=des:qos failure e2e sendrecv\r\n"),
        (REQUIRED, &other, "a=des:sec unknown e2e sendrecv\r\n"),
        ("Require: precondition\r\n", &NONE, "a=des:qos failure local sendrecv\r\n"),
    ] {
        let mut net = Net::with(|s| s.preconditions = Some(Strength::Optional));
        let mut raw = Caller::new("c1");
        let refusal = raw.send(&mut net, "INVITE", 1, rows, &offer(1, lines)).remove(0);
        assert!(refusal.is("SIP/2.0 580") && refusal.header("Content-Type") == "application/sdp");
        assert!(
            refusal.text.contains("m=audio 0 RTP/AVP 0\r\n") && refusal.text.contains(line),
            "{}",
            refusal.text
        );
        assert!(net.events[BOB].is_empty(), "nobody is disturbed");
    }
}

#[test]
fn a_caller_that_never_confirms_is_refused_with_580_when_the_ringing_time_is_over() {
    let mut net = Net::with(|s| s.preconditions = Some(Strength::Optional));
    preparing(&mut net);
    net.run_for(Duration::from_secs(181));
    let refusal = net.sent(BOB, "SIP/2.0 580").remove(0);
    assert!(refusal.text.contains("a=des:qos failure local sendrecv\r\n"), "{}", refusal.text);
    let ended = Ending::Refused(StatusCode::PRECONDITION_FAILURE);
    assert!(net.events[BOB].iter().any(|e| matches!(e, Event::Ended { ending, .. } if *ending == ended)));
}

#[test]
fn who_does_not_have_the_extension_refuses_who_requires_it_and_ignores_the_lines_of_others() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    let refusal = raw.send(&mut net, "INVITE", 1, REQUIRED, &offer(1, &NONE)).remove(0);
    assert!(refusal.is("SIP/2.0 420") && refusal.header("Unsupported") == "precondition");
    let mut raw = Caller::new("c2");
    raw.send(&mut net, "INVITE", 1, "", &offer(1, &NONE));
    net.answer(TAKEN);
    assert!(!net.only(BOB, "SIP/2.0 200").text.contains(":qos "));
}

#[test]
fn a_caller_hears_580_and_one_whose_peer_knows_no_preconditions_goes_on_without() {
    let with = |strength| Net::with(move |s| s.preconditions = Some(strength));
    let mut net = with(Strength::Mandatory);
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "580 Precondition Failure", "r1", "", ""));
    let failed = Ending::Failed(Outcome::Status(StatusCode::PRECONDITION_FAILURE));
    assert!(net.events[ALICE].iter().any(|e| matches!(e, Event::Ended { ending, .. } if *ending == failed)));
    let mut net = with(Strength::Optional);
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    assert_eq!(invite.header("Require"), "");
    let rows = "Require: 100rel\r\nRSeq: 1\r\nAllow: INVITE, UPDATE\r\n";
    net.inject(RAW, ALICE, &reply(&invite, "183 Session Progress", "r1", rows, SDP));
    let prack = net.only(ALICE, "PRACK");
    net.inject(RAW, ALICE, &reply(&prack, "200 OK", "", "", ""));
    assert!(net.sent(ALICE, "UPDATE").is_empty());
}
