//! Requests that are refused before anybody rings (RFC 3261 §8.2), each beside one that differs only in the reason.

use super::net::*;
use crate::agent::{Command, Event};
use ringback_sip::registry::StatusCode;

/// A request from a raw peer to bob. Rows of `more` take the place of those with the same name.
fn request(method: &str, more: &str) -> String {
    let branch = more.len() + method.len() * 1000;
    let has = |name: &str| more.lines().any(|l| l.starts_with(name));
    let mut text = format!(
        "{method} sip:bob@192.0.2.11 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bK{branch}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:raw@192.0.2.17>;tag=raw\r\nCall-ID: c{branch}\r\nCSeq: 1 {method}\r\n"
    );
    for row in ["To: <sip:bob@192.0.2.11>", "Contact: <sip:raw@192.0.2.17:5060>"] {
        if !has(row.split(':').next().unwrap()) {
            text += &format!("{row}\r\n");
        }
    }
    text + more + "\r\n"
}

/// What bob answers.
fn answer_to(net: &mut Net, text: &str) -> Packet {
    let before = net.log.len();
    net.inject(RAW, BOB, text);
    assert_eq!(net.log.len(), before + 1, "one answer to {text}");
    net.log[before].clone()
}

#[test]
fn a_method_that_we_know_and_do_not_serve_is_405_with_allow_and_an_unknown_one_501() {
    let mut net = Net::new();
    let allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE";
    for (method, first) in [("UPDATE", "SIP/2.0 405"), ("REGISTER", "SIP/2.0 405"), ("JUMP", "SIP/2.0 501")] {
        let answer = answer_to(&mut net, &request(method, ""));
        assert!(answer.is(first), "{}", answer.text);
        assert_eq!(answer.header("Allow"), allow);
        assert!(answer.header("To").contains(";tag="));
    }
    let served = answer_to(&mut net, &request("OPTIONS", ""));
    assert_eq!((served.first_line(), served.header("Allow")), ("SIP/2.0 200 OK", allow));
    assert!(net.events[BOB].is_empty());
}

#[test]
fn requests_outside_any_call_are_481_and_a_stray_ack_is_silence() {
    let mut net = Net::new();
    let tagged = "To: <sip:bob@192.0.2.11>;tag=nobody\r\n";
    for method in ["BYE", "INVITE", "OPTIONS", "MESSAGE"] {
        let answer = answer_to(&mut net, &request(method, tagged));
        assert!(answer.is("SIP/2.0 481"), "{}", answer.text);
    }
    assert!(answer_to(&mut net, &request("CANCEL", "")).is("SIP/2.0 481"));
    assert!(answer_to(&mut net, &request("BYE", "")).is("SIP/2.0 481"), "a BYE needs a dialog");
    let before = net.log.len();
    net.inject(RAW, BOB, &request("ACK", tagged));
    assert_eq!(net.log.len(), before);
    assert!(net.events[BOB].is_empty());
}

#[test]
fn while_we_take_no_calls_invite_and_options_get_the_same_answer() {
    let mut net = Net::new();
    net.order(BOB, Command::Unavailable(Some(StatusCode::TEMPORARILY_UNAVAILABLE)));
    assert!(answer_to(&mut net, &request("INVITE", "")).is("SIP/2.0 480"));
    assert!(answer_to(&mut net, &request("OPTIONS", "")).is("SIP/2.0 480"));
    net.order(BOB, Command::Unavailable(None));
    assert!(answer_to(&mut net, &request("OPTIONS", "Subject: x\r\n")).is("SIP/2.0 200"));
    net.inject(RAW, BOB, &request("INVITE", "Subject: x\r\n"));
    assert!(matches!(&net.events[BOB][..], [Event::Incoming { .. }]));
    let at = net.now;
    net.run_millis(250);
    let trying = net.only(BOB, "SIP/2.0 100");
    assert_eq!(trying.at - at, core::time::Duration::from_millis(200), "the user has not said anything yet");
}
