//! The 2xx to an INVITE is the business of the cores (RFC 3261 §13.2.2.4, §13.3.1.4).

use super::net::*;
use super::raw::*;
use crate::agent::{Command, Ending, Event, Side};
use ringback_sip::flow::Transport;
use ringback_sip::journal::{Cause, Fact};
use ringback_sip::registry::HeaderName;
use ringback_sip::time::Duration;

fn millis_since(net: &[Packet], from: &Packet) -> Vec<u64> {
    net.iter().map(|p| p.at.since(from.at).as_millis() as u64).collect()
}

#[test]
fn a_2xx_without_ack_is_repeated_from_t1_to_t2_on_every_transport_and_then_the_call_is_hung_up() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut net = Net::seeded(1, transport, |_| {});
        Caller::answered(&mut net, SDP);
        net.run_for(Duration::from_secs(40));
        let copies = net.sent(BOB, "SIP/2.0 200");
        let millis = millis_since(&copies, &copies[0]);
        assert_eq!(
            millis,
            [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500],
            "{transport:?}"
        );
        assert!(copies.iter().all(|c| c.text == copies[0].text));
        let byes = net.sent(BOB, "BYE");
        assert_eq!(byes[0].at.since(copies[0].at), Duration::from_secs(32));
        assert!(matches!(net.events[BOB].last(), Some(Event::Ended { ending: Ending::NoAck, .. })));
        net.rest();
    }
}

#[test]
fn an_ack_ends_the_repetition_and_confirms_the_call() {
    let mut net = Net::new();
    let mut raw = Caller::answered(&mut net, SDP);
    net.run_millis(600);
    assert_eq!(net.sent(BOB, "SIP/2.0 200").len(), 2);
    assert!(!net.events[BOB].contains(&Event::Confirmed(TAKEN)));
    // The tag of another dialog, and another number: not this 2xx.
    raw.tag = "other";
    raw.send(&mut net, "ACK", 1, "", "");
    raw.tag = "raw";
    raw.send(&mut net, "ACK", 2, "", "");
    net.run_for(Duration::from_secs(1));
    assert_eq!(net.sent(BOB, "SIP/2.0 200").len(), 3);
    raw.send(&mut net, "ACK", 1, "", "");
    raw.send(&mut net, "ACK", 1, "", "");
    net.run_for(Duration::from_secs(60));
    assert_eq!(net.sent(BOB, "SIP/2.0 200").len(), 3);
    assert_eq!(net.events[BOB].iter().filter(|e| **e == Event::Confirmed(TAKEN)).count(), 1);
    assert_eq!(net.agents[BOB].calls(), 1, "the call goes on");
}

#[test]
fn copies_of_an_accepted_invite_ring_nobody_again() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    let invite = raw.request("INVITE", 1, "", SDP);
    net.inject(RAW, BOB, &invite);
    net.answer(TAKEN);
    let before = net.log.len();
    net.run_millis(400);
    net.inject(RAW, BOB, &invite);
    assert_eq!(net.log.len(), before, "neither the transaction nor the core answers a copy");
    assert_eq!(net.events[BOB].iter().filter(|e| matches!(e, Event::Incoming { .. })).count(), 1);
}

#[test]
fn every_copy_of_a_2xx_is_acknowledged_with_the_same_ack_on_a_branch_of_its_own() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    let ok = reply(&invite, "200 OK", "r1", "Record-Route: <sip:192.0.2.18;lr>\r\n", SDP);
    net.inject(RAW, ALICE, &ok);
    net.run_millis(500);
    net.inject(RAW, ALICE, &ok);
    let acks = net.sent(ALICE, "ACK");
    assert_eq!(acks.len(), 2);
    assert_eq!(acks[0].text, acks[1].text);
    assert_ne!(acks[0].header("Via"), invite.header("Via"), "a 2xx is acknowledged end to end");
    assert_eq!(acks[0].first_line(), "ACK sip:raw@192.0.2.17:5060 SIP/2.0");
    assert_eq!((acks[0].header("CSeq"), acks[0].header("Route")), ("1 ACK", "<sip:192.0.2.18;lr>"));
    assert_eq!(acks[0].to, address(8), "it goes over the route set of the 2xx");
    assert_eq!(net.events[ALICE].iter().filter(|e| matches!(e, Event::Established { .. })).count(), 1);
}

#[test]
fn of_several_2xx_one_makes_the_call_and_the_others_are_acknowledged_and_hung_up() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    for (tag, status) in [("r1", "180 Ringing"), ("r2", "180 Ringing"), ("r2", "200 OK"), ("r1", "200 OK")] {
        let body = if status.starts_with('2') { SDP } else { "" };
        net.inject(RAW, ALICE, &reply(&invite, status, tag, "", body));
    }
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r3", "", SDP));
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "", SDP));
    let to: Vec<String> = net.sent(ALICE, "ACK").iter().map(|p| p.header("To").to_owned()).collect();
    let tags: Vec<&str> = to.iter().filter_map(|t| t.split(";tag=").nth(1)).collect();
    assert_eq!(tags, ["r2", "r1", "r3", "r1"]);
    let byes = net.sent(ALICE, "BYE");
    let to: Vec<&str> = byes.iter().filter_map(|p| p.header("To").split(";tag=").nth(1)).collect();
    assert_eq!(to, ["r1", "r3"]);
    assert!(byes.iter().all(|b| b.header("CSeq") == "2 BYE"));
    assert_eq!(net.agents[ALICE].calls(), 1);
    assert!(!net.events[ALICE].iter().any(|e| matches!(e, Event::Ended { .. })));
}

#[test]
fn the_called_side_hangs_up_only_after_the_ack() {
    let mut net = Net::new();
    let mut raw = Caller::answered(&mut net, SDP);
    net.run_millis(10);
    net.order(BOB, Command::Hangup(TAKEN));
    net.run_for(Duration::from_secs(2));
    assert!(net.sent(BOB, "BYE").is_empty());
    raw.send(&mut net, "ACK", 1, "", "");
    net.only(BOB, "BYE");
    assert!(matches!(net.events[BOB].last(), Some(Event::Ended { ending: Ending::HungUp(Side::Us), .. })));
}

#[test]
fn a_2xx_is_repeated_even_when_the_call_has_ended_before_its_ack() {
    let mut net = Net::new();
    let mut raw = Caller::answered(&mut net, SDP);
    let answer = raw.send(&mut net, "BYE", 2, "", "");
    assert!(answer[0].is("SIP/2.0 200"));
    assert_eq!(net.agents[BOB].calls(), 0);
    net.run_millis(600);
    let copies = net.sent(BOB, "SIP/2.0 200").iter().filter(|p| p.header("CSeq") == "1 INVITE").count();
    assert_eq!(copies, 2);
    raw.send(&mut net, "ACK", 1, "", "");
    net.run_for(Duration::from_secs(31));
    let copies = net.sent(BOB, "SIP/2.0 200").iter().filter(|p| p.header("CSeq") == "1 INVITE").count();
    assert_eq!(copies, 2);
    assert!(net.sent(BOB, "BYE").is_empty(), "there is nothing to hang up");
    net.rest();
}

#[test]
fn a_2xx_that_makes_no_dialog_is_acknowledged_and_ended_where_the_invite_went() {
    let poor = [
        ("Contact: <sip:a@192.0.2.17>, <sip:b@192.0.2.17>\r\n", HeaderName::CONTACT),
        ("Contact: <tel:+31201234567>\r\n", HeaderName::CONTACT),
        ("Record-Route: <sip:%zz@192.0.2.9;lr>\r\n", HeaderName::RECORD_ROUTE),
    ];
    for (rows, header) in poor {
        let mut net = Net::new();
        net.call(RAW);
        let invite = net.only(ALICE, "INVITE");
        let answer = reply(&invite, "200 OK", "r1", rows, SDP);
        net.inject(RAW, ALICE, &answer);
        assert!(matches!(&net.events[ALICE][..], [Event::Ended { ending: Ending::NoDialog, .. }]));
        let why = Cause::Malformed { header: Some(header), at: 0 };
        assert!(net.told.iter().any(|f| matches!(f, Fact::Call { cause, .. } if *cause == why)), "{rows}");
        let (ack, bye) = (net.only(ALICE, "ACK"), net.only(ALICE, "BYE"));
        assert_eq!((ack.to, bye.to), (address(RAW), address(RAW)), "{rows}");
        assert!(ack.header("To").ends_with(";tag=r1") && bye.header("To").ends_with(";tag=r1"));
        net.inject(RAW, ALICE, &reply(&bye, "200 OK", "", "", ""));
        net.inject(RAW, ALICE, &answer);
        assert_eq!((net.sent(ALICE, "ACK").len(), net.sent(ALICE, "BYE").len()), (2, 1), "{rows}");
        net.rest();
    }
}

#[test]
fn responses_to_nobody_and_those_with_a_second_via_are_dropped() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    let ringing = reply(&invite, "180 Ringing", "r1", "", "");
    let stray = ringing.replace("branch=z9hG4bK", "branch=z9hG4bKx");
    let astray = ringing.replacen("From:", "Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKy\r\nFrom:", 1);
    // The answer to a CANCEL carries the branch of the INVITE, but not its method (RFC 3261 §17.1.3).
    let other = ringing.replace("180 Ringing", "200 OK").replace("1 INVITE", "1 CANCEL");
    let before = net.log.len();
    for text in [stray, astray, other] {
        net.inject(RAW, ALICE, &text);
    }
    assert!(net.events[ALICE].is_empty());
    assert_eq!(net.log.len(), before);
    net.inject(RAW, ALICE, &ringing);
    assert!(matches!(&net.events[ALICE][..], [Event::Progress { .. }]));
}
