//! Reliable provisional responses and PRACK (RFC 3262).

use super::net::*;
use super::raw::*;
use crate::agent::{AgentSettings, Command, Ending, Event, Outcome, Reliable};
use ringback_sip::registry::StatusCode;
use ringback_sip::time::Duration;

const SUPPORTED: &str = "Supported: 100rel\r\n";
const REQUIRED: &str = "Require: 100rel\r\n";

fn ring(net: &mut Net, with_audio: bool) {
    net.order(BOB, Command::Ring { call: TAKEN, audio: with_audio.then(|| audio(BOB)) });
}

fn never(settings: &mut AgentSettings) {
    settings.reliable = Reliable::Never;
}

fn required(settings: &mut AgentSettings) {
    settings.reliable = Reliable::Required;
}

/// A raw caller of bob, who rings with early media.
fn rung(net: &mut Net, rows: &str, body: &str) -> (Caller, Packet) {
    let mut raw = Caller::new("c1");
    raw.send(net, "INVITE", 1, rows, body);
    ring(net, true);
    raw.learn(net);
    (raw, net.log.last().unwrap().clone())
}

fn rack(progress: &Packet) -> String {
    format!("RAck: {} 1 INVITE\r\n", progress.header("RSeq"))
}

fn rseq(packet: &Packet) -> u32 {
    packet.header("RSeq").parse().unwrap()
}

#[test]
fn early_media_is_answered_reliably_and_the_2xx_does_not_say_it_again() {
    let mut net = Net::new();
    net.call(BOB);
    net.run_millis(50);
    ring(&mut net, true);
    net.run_millis(50);
    let (invite, progress, prack) =
        (net.only(ALICE, "INVITE"), net.only(BOB, "SIP/2.0 183"), net.only(ALICE, "PRACK"));
    assert_eq!(
        (invite.header("Supported"), progress.header("Require")),
        ("100rel, timer, 199, replaces, norefersub, nosub, tdialog", "100rel")
    );
    assert!((1..=0x7fff_ffff).contains(&rseq(&progress)));
    assert_eq!(prack.header("RAck"), format!("{} 1 INVITE", rseq(&progress)));
    assert_eq!((prack.header("CSeq"), prack.header("Require")), ("2 PRACK", ""));
    assert_eq!(prack.header("To"), progress.header("To"));
    net.answer(TAKEN);
    net.run_millis(50);
    let accepted = net.sent(BOB, "SIP/2.0 200").pop().unwrap();
    assert_eq!((accepted.header("CSeq"), accepted.header("Content-Length")), ("1 INVITE", "0"));
    let [Event::Progress { agreed: early, .. }, Event::Established { agreed, .. }] = &net.events[ALICE][..]
    else {
        panic!("{:?}", net.events[ALICE])
    };
    assert!(early.is_some());
    assert_eq!(early, agreed);
    net.order(ALICE, Command::Hangup(CALL));
    net.run_millis(50);
    assert_eq!(net.only(ALICE, "BYE").header("CSeq"), "3 BYE");
    net.rest();
}

#[test]
fn ringing_without_media_is_reliable_only_for_who_requires_it() {
    for (rows, require) in [("", ""), (SUPPORTED, ""), (REQUIRED, "100rel")] {
        let mut net = Net::new();
        Caller::new("c1").send(&mut net, "INVITE", 1, rows, SDP);
        ring(&mut net, false);
        assert_eq!(net.only(BOB, "SIP/2.0 180").header("Require"), require, "{rows}");
    }
}

#[test]
fn who_does_not_know_the_extension_gets_nothing_reliably() {
    let mut net = Net::new();
    let (_, progress) = rung(&mut net, "", SDP);
    assert_eq!((progress.header("Require"), progress.header("RSeq")), ("", ""));
    net.run_millis(40_000);
    assert_eq!(net.sent(BOB, "SIP/2.0 183").len(), 1);
}

#[test]
fn an_agent_that_never_does_it_refuses_who_requires_it_with_420() {
    let mut net = Net::with(never);
    let sent = Caller::new("c1").send(&mut net, "INVITE", 1, REQUIRED, SDP);
    assert!(sent[0].is("SIP/2.0 420"));
    assert_eq!(sent[0].header("Unsupported"), "100rel");
    net.call(BOB);
    assert_eq!(
        net.only(ALICE, "INVITE").header("Supported"),
        "timer, 199, replaces, norefersub, nosub, tdialog"
    );
}

#[test]
fn an_agent_that_insists_refuses_who_cannot_with_421() {
    for (rows, code) in [("", Some("421")), (SUPPORTED, None), (REQUIRED, None)] {
        let mut net = Net::with(required);
        let sent = Caller::new("c1").send(&mut net, "INVITE", 1, rows, SDP);
        assert_eq!(sent.first().map(|p| &p.first_line()[8..11]), code, "{rows}");
        if code.is_some() {
            assert_eq!(sent[0].header("Require"), "100rel");
            assert!(net.events[BOB].is_empty());
        }
    }
}

#[test]
fn a_caller_that_is_told_421_hears_it() {
    let mut net = Net::with(|s| {
        s.reliable = if s.aor.contains("bob") { Reliable::Required } else { Reliable::Never };
    });
    net.call(BOB);
    net.run_millis(100);
    let failed = Ending::Failed(Outcome::Status(StatusCode::EXTENSION_REQUIRED));
    assert!(matches!(&net.events[ALICE][..], [Event::Ended { ending, .. }] if *ending == failed));
    net.rest();
}

#[test]
fn a_response_is_repeated_at_doubling_intervals_without_a_cap_until_504() {
    let mut net = Net::new();
    let (_, first) = rung(&mut net, SUPPORTED, SDP);
    net.run_millis(31_900);
    let since: Vec<_> =
        net.sent(BOB, "SIP/2.0 183").iter().map(|p| p.at.since(first.at).as_millis()).collect();
    assert_eq!(since, [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    assert_eq!(net.agents[BOB].calls(), 1);
    net.run_millis(200);
    net.only(BOB, "SIP/2.0 504");
    let Some(Event::Ended { ending, .. }) = net.events[BOB].last() else { panic!("{:?}", net.events[BOB]) };
    assert_eq!(*ending, Ending::Refused(StatusCode::SERVER_TIME_OUT));
}

#[test]
fn a_prack_that_fits_ends_the_repetitions_and_others_are_481() {
    let mut net = Net::new();
    let (mut raw, progress) = rung(&mut net, SUPPORTED, SDP);
    let right = rseq(&progress);
    let wrong = [
        String::new(),
        format!("RAck: {} 1 INVITE\r\n", right + 1),
        format!("RAck: {right} 2 INVITE\r\n"),
        format!("RAck: {right} 1 invite\r\n"),
        format!("RAck: {right} 1\r\n"),
    ];
    for (rows, cseq) in wrong.iter().zip(2..) {
        let sent = raw.send(&mut net, "PRACK", cseq, rows, "");
        assert!(
            sent[0].is("SIP/2.0 481") || rows.is_empty() && sent[0].is("SIP/2.0 4"),
            "{rows}: {}",
            sent[0].text
        );
    }
    net.run_millis(600);
    assert_eq!(net.sent(BOB, "SIP/2.0 183").len(), 2);
    assert!(raw.send(&mut net, "PRACK", 8, &rack(&progress), "")[0].is("SIP/2.0 200"));
    net.run_millis(60_000);
    assert_eq!(net.sent(BOB, "SIP/2.0 183").len(), 2);
    assert!(raw.send(&mut net, "PRACK", 9, &rack(&progress), "")[0].is("SIP/2.0 481"), "it is acknowledged");
}

#[test]
fn the_2xx_waits_for_the_prack() {
    let mut net = Net::new();
    let (mut raw, progress) = rung(&mut net, SUPPORTED, SDP);
    net.answer(TAKEN);
    net.run_millis(400);
    assert!(net.sent(BOB, "SIP/2.0 200").is_empty());
    let sent = raw.send(&mut net, "PRACK", 2, &rack(&progress), "");
    let heads: Vec<_> = sent.iter().map(|p| p.header("CSeq")).collect();
    assert_eq!(heads, ["2 PRACK", "1 INVITE"]);
    assert!(sent.iter().all(|p| p.is("SIP/2.0 200")));
}

#[test]
fn a_refusal_and_a_cancel_do_not_wait_for_the_prack() {
    let mut net = Net::new();
    rung(&mut net, SUPPORTED, SDP);
    net.reject(TAKEN, StatusCode::BUSY_HERE, None);
    net.only(BOB, "SIP/2.0 486");
    let mut net = Net::new();
    let (mut raw, _) = rung(&mut net, SUPPORTED, SDP);
    raw.to_tag.clear();
    net.inject(RAW, BOB, &raw.on_branch(1, "CANCEL", 1, "", ""));
    net.only(BOB, "SIP/2.0 487");
    net.run_millis(10_000);
    assert_eq!(net.sent(BOB, "SIP/2.0 183").len(), 1, "nothing is repeated after the end");
}

#[test]
fn one_is_on_its_way_at_a_time_and_the_next_has_the_next_number() {
    let mut net = Net::new();
    let (mut raw, first) = rung(&mut net, REQUIRED, SDP);
    ring(&mut net, false);
    net.run_millis(100);
    assert!(net.sent(BOB, "SIP/2.0 180").is_empty());
    raw.send(&mut net, "PRACK", 2, &rack(&first), "");
    let second = net.only(BOB, "SIP/2.0 180");
    assert_eq!(rseq(&second), rseq(&first) + 1);
    assert_eq!(second.header("Content-Length"), "0");
    raw.send(&mut net, "PRACK", 3, &rack(&second), "");
    net.run_for(Duration::from_secs(149));
    assert_eq!(net.sent(BOB, "SIP/2.0 180").len(), 1);
    net.run_for(Duration::from_secs(2));
    let third = net.sent(BOB, "SIP/2.0 180").pop().unwrap();
    assert_eq!(rseq(&third), rseq(&first) + 2, "a sign of life after 150 s");
}

#[test]
fn without_an_offer_the_response_makes_one_and_the_prack_answers_it() {
    let mut net = Net::with(required);
    net.call_with(BOB, |o| o.late_offer = true);
    net.run_millis(50);
    ring(&mut net, false);
    net.run_millis(50);
    assert!(net.sent(BOB, "SIP/2.0 180").is_empty(), "the first must have an offer");
    ring(&mut net, true);
    net.run_millis(50);
    assert!(net.only(ALICE, "INVITE").header("Require") == "100rel");
    assert!(net.only(BOB, "SIP/2.0 183").text.contains("m=audio 4000"));
    assert!(net.sent(ALICE, "PRACK")[0].text.contains("m=audio 4000"));
    net.only(BOB, "SIP/2.0 180");
    net.run_millis(50);
    net.answer(TAKEN);
    net.run_millis(50);
    assert_eq!(net.sent(BOB, "SIP/2.0 200").pop().unwrap().header("Content-Length"), "0");
    assert_eq!(net.only(ALICE, "ACK").header("Content-Length"), "0");
    for agent in [ALICE, BOB] {
        let stands = |e: &Event| matches!(e, Event::Established { agreed: Some(_), .. });
        assert!(net.events[agent].iter().any(stands), "{:?}", net.events[agent]);
    }
}

#[test]
fn a_prack_without_the_answer_ends_the_call_with_488() {
    let mut net = Net::new();
    let (mut raw, progress) = rung(&mut net, SUPPORTED, "");
    assert!(progress.text.contains("m=audio"));
    let sent = raw.send(&mut net, "PRACK", 2, &rack(&progress), "");
    assert!(sent[0].is("SIP/2.0 200"));
    assert!(sent[1].is("SIP/2.0 488") && sent[1].header("CSeq") == "1 INVITE");
}

#[test]
fn an_offer_in_a_prack_is_answered_in_its_2xx() {
    let mut net = Net::new();
    let (mut raw, progress) = rung(&mut net, SUPPORTED, SDP);
    let hold = SDP.replace("=- 7 1", "=- 7 2") + "a=sendonly\r\n";
    let sent = raw.send(&mut net, "PRACK", 2, &rack(&progress), &hold);
    assert!(sent[0].text.contains("a=recvonly"), "{}", sent[0].text);
    net.answer(TAKEN);
    raw.send(&mut net, "ACK", 1, "", "");
    let agreed = net.events[BOB].iter().find_map(|e| match e {
        Event::Established { agreed, .. } => agreed.as_ref(),
        _ => None,
    });
    assert!(!agreed.unwrap().direction.sends());
}

/// Alice calls a raw peer; her INVITE.
fn calling(change: impl Fn(&mut AgentSettings)) -> (Net, Packet) {
    let mut net = Net::with(change);
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    (net, invite)
}

fn progress(net: &mut Net, invite: &Packet, tag: &str, rseq: u64) {
    let rows = format!("Require: 100rel\r\nRSeq: {rseq}\r\n");
    net.inject(RAW, ALICE, &reply(invite, "183 Session Progress", tag, &rows, SDP));
}

#[test]
fn copies_and_responses_out_of_turn_are_neither_acknowledged_nor_heard() {
    let (mut net, invite) = calling(|_| {});
    for (number, heard) in [(7, 1), (7, 1), (9, 1), (6, 1), (8, 2), (8, 2), (9, 3)] {
        progress(&mut net, &invite, "r1", number);
        assert_eq!(net.sent(ALICE, "PRACK").len(), heard, "{number}");
        assert_eq!(net.events[ALICE].len(), heard, "{number}");
    }
    let numbers: Vec<_> = net.sent(ALICE, "PRACK").iter().map(|p| p.header("CSeq").to_owned()).collect();
    assert_eq!(numbers, ["2 PRACK", "3 PRACK", "4 PRACK"]);
}

#[test]
fn each_early_dialog_counts_for_itself() {
    let (mut net, invite) = calling(|_| {});
    progress(&mut net, &invite, "r1", 7);
    progress(&mut net, &invite, "r2", 3);
    progress(&mut net, &invite, "r1", 8);
    let racks: Vec<_> = net.sent(ALICE, "PRACK").iter().map(|p| p.header("RAck").to_owned()).collect();
    assert_eq!(racks, ["7 1 INVITE", "3 1 INVITE", "8 1 INVITE"]);
    assert!(net.sent(ALICE, "PRACK")[1].header("To").ends_with(";tag=r2"));
}

#[test]
fn a_100_and_a_response_without_number_want_no_prack() {
    let (mut net, invite) = calling(|_| {});
    net.inject(RAW, ALICE, &reply(&invite, "100 Trying", "r1", "Require: 100rel\r\nRSeq: 7\r\n", ""));
    net.inject(RAW, ALICE, &reply(&invite, "180 Ringing", "r1", "RSeq: 7\r\n", ""));
    net.inject(RAW, ALICE, &reply(&invite, "180 Ringing", "r1", "Require: 100rel\r\nRSeq: 0\r\n", ""));
    assert!(net.sent(ALICE, "PRACK").is_empty());
    let (mut net, invite) = calling(never);
    progress(&mut net, &invite, "r1", 7);
    assert!(net.sent(ALICE, "PRACK").is_empty(), "nobody asked for it");
}

#[test]
fn an_offer_that_cannot_be_taken_is_declined_in_the_prack_and_the_call_ends_with_the_2xx() {
    let mut net = Net::new();
    net.call_with(RAW, |o| o.late_offer = true);
    let invite = net.only(ALICE, "INVITE");
    let video = SDP.replace("m=audio 7000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000", "m=video 7000 RTP/AVP 99");
    let rows = "Require: 100rel\r\nRSeq: 1\r\n";
    net.inject(RAW, ALICE, &reply(&invite, "183 Session Progress", "r1", rows, &video));
    assert!(net.only(ALICE, "PRACK").text.contains("m=video 0"));
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "", ""));
    net.only(ALICE, "ACK");
    net.only(ALICE, "BYE");
    let Some(Event::Ended { ending, .. }) = net.events[ALICE].last() else { panic!() };
    assert!(matches!(ending, Ending::BadAnswer(_)));
}

#[test]
fn a_challenged_prack_goes_again_with_the_next_number() {
    let (mut net, invite) = calling(|s| s.password = Some(crate::agent::Secret::new(*b"secret")));
    progress(&mut net, &invite, "r1", 7);
    let prack = net.only(ALICE, "PRACK");
    let challenge = "Proxy-Authenticate: Digest realm=\"x\", nonce=\"n\", algorithm=SHA-256\r\n";
    net.inject(RAW, ALICE, &reply(&prack, "407 Proxy Authentication Required", "", challenge, ""));
    let again = net.sent(ALICE, "PRACK").pop().unwrap();
    assert_eq!((again.header("CSeq"), again.header("RAck")), ("3 PRACK", "7 1 INVITE"));
    progress(&mut net, &invite, "r1", 8);
    assert_eq!(net.sent(ALICE, "PRACK").pop().unwrap().header("CSeq"), "4 PRACK");
}

#[test]
fn a_late_offer_with_required_responses_rings_once_audio_is_settled() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    raw.send(&mut net, "INVITE", 1, "Require: 100rel\r\n", "");
    let told = net.events[BOB].iter().find_map(|e| match e {
        Event::Incoming { prepares, .. } => Some(*prepares),
        _ => None,
    });
    assert_eq!(told, Some(true), "the user learns that it has to give audio first");
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    assert!(net.log.is_empty());
    net.order(BOB, Command::Ring { call: TAKEN, audio: Some(audio(BOB)) });
    let offer = net.only(BOB, "SIP/2.0 183");
    assert!(offer.text.contains("m=audio "));
    raw.learn(&net);
    let rack = format!("RAck: {} 1 INVITE\r\n", offer.header("RSeq"));
    raw.send(&mut net, "PRACK", 2, &rack, SDP);
    assert_eq!(net.only(BOB, "SIP/2.0 180").header("Require"), "100rel");
    for rows in ["", "Supported: 100rel\r\n"] {
        let mut net = Net::new();
        Caller::new("c2").send(&mut net, "INVITE", 1, rows, "");
        assert!(matches!(net.events[BOB][0], Event::Incoming { prepares: false, .. }));
    }
}

#[test]
fn a_199_ends_its_early_dialog_and_the_call_goes_on() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    assert!(invite.header("Supported").contains(", 199"));
    let rows = "Require: 100rel\r\nRSeq: 1\r\nAllow: INVITE, UPDATE\r\n";
    for tag in ["r1", "r2"] {
        net.inject(RAW, ALICE, &reply(&invite, "183 Session Progress", tag, rows, SDP));
        let prack = net.sent(ALICE, "PRACK").pop().unwrap();
        net.inject(RAW, ALICE, &reply(&prack, "200 OK", "", "", ""));
    }
    let told = net.events[ALICE].len();
    for tag in ["r1", "r9"] {
        net.inject(RAW, ALICE, &reply(&invite, "199 Early Dialog Terminated", tag, "", ""));
    }
    assert_eq!(net.events[ALICE].len(), told, "it is no progress");
    net.order(ALICE, Command::Hold(CALL));
    let update = net.only(ALICE, "UPDATE");
    assert!(update.header("To").ends_with("tag=r2"), "{}", update.text);
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r2", "", ""));
    assert_eq!(net.agents[ALICE].calls(), 1);
}
