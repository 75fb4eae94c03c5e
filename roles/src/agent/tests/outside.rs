//! REFER outside of calls (RFC 3515, RFC 4488, RFC 7614, RFC 4538), and calls that want to join others (RFC 3911).

use super::net::*;
use super::raw::{Caller, SDP, reply};
use super::refer::{ONWARD, accept, carol, follow, frags, heard, raw_refer};
use super::replace::with_carol_called;
use crate::agent::{CallId, Command, Event, Outcome, Transferring, Transfers};
use ringback_sip::flow::Transport;
use ringback_sip::registry::StatusCode;
use ringback_sip::time::Duration;

/// Alice's wish.
const WISH: CallId = CallId(9);

/// Alice asks `who` to call carol.
fn asks(transfers: Transfers, who: usize, is_silent: bool) -> Net {
    let mut net = Net::of(&["alice", "bob", "carol"], 1, Transport::Udp, |s| s.transfers = transfers);
    let who = format!("sip:bob@{}", address(who));
    net.order(ALICE, Command::Refer { call: WISH, who, target: carol(), is_silent });
    net.run_millis(50);
    net
}

/// A NOTIFY of a raw peer about alice's wish.
fn notify(net: &Net, tag: &str, state: &str, line: &str) -> String {
    let refer = net.only(ALICE, "REFER");
    let (from, to, id) = (refer.header("From"), refer.header("To"), refer.header("Call-ID"));
    format!(
        "NOTIFY sip:alice@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bK{tag}\r\n\
         Max-Forwards: 70\r\nFrom: {to};tag={tag}\r\nTo: {from}\r\nCall-ID: {id}\r\nCSeq: 1 NOTIFY\r\n\
         Contact: <sip:raw@192.0.2.17:5060>\r\nEvent: refer\r\nSubscription-State: {state}\r\n\
         Content-Type: message/sipfrag\r\nContent-Length: {}\r\n\r\n{line}",
        line.len()
    )
}

#[test]
fn a_wish_outside_of_calls_is_told_to_its_end() {
    let mut net = asks(Transfers::Anybody, BOB, false);
    let refer = net.only(ALICE, "REFER");
    assert_eq!(refer.header("Refer-To"), format!("<{}>", carol()));
    assert_eq!(refer.header("Referred-By"), "<sip:alice@example.test>");
    follow(&mut net);
    net.run_millis(50);
    net.order(CAROL, Command::Ring { call: TAKEN, audio: None });
    net.run_millis(50);
    accept(&mut net, CAROL, TAKEN);
    net.run_millis(100);
    let news = [Transferring::Accepted, Transferring::Progress(StatusCode::RINGING), Transferring::Done];
    assert_eq!(heard(&net), news);
    assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls()), (0, 1));
    assert!(net.sent(ALICE, "BYE").is_empty() && net.sent(ALICE, "SIP/2.0 481").is_empty());
    net.order(BOB, Command::Hangup(ONWARD));
    net.rest();
}

#[test]
fn the_peer_of_a_call_with_a_name_of_its_own_is_asked_beside_the_call_which_is_named() {
    for (contact, is_beside) in [("sip:raw@192.0.2.17:5060;gr=1", true), ("sip:raw@192.0.2.17:5060", false)] {
        let mut net = Net::new();
        net.call(RAW);
        let invite = net.only(ALICE, "INVITE");
        net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r", &format!("Contact: <{contact}>\r\n"), SDP));
        net.run_millis(50);
        net.clear();
        net.order(ALICE, Command::Transfer { call: CALL, target: carol() });
        let refer = net.only(ALICE, "REFER");
        assert_eq!(refer.first_line(), format!("REFER {contact} SIP/2.0"));
        assert_eq!(refer.header("Call-ID") != invite.header("Call-ID"), is_beside);
        assert_eq!(refer.header("To").contains(";tag="), !is_beside);
        if !is_beside {
            assert_eq!(refer.header("Target-Dialog"), "");
            continue;
        }
        let from = invite.header("From").split("tag=").nth(1).unwrap();
        let named = format!("{};local-tag=r;remote-tag={from}", invite.header("Call-ID"));
        assert_eq!((refer.header("Target-Dialog"), refer.header("Require")), (&*named, "tdialog"));
        net.order(ALICE, Command::Transfer { call: CALL, target: carol() });
        assert_eq!(heard(&net), [Transferring::Failed(Outcome::Target)], "one at a time");
        net.events[ALICE].clear();
        net.inject(RAW, ALICE, &reply(&refer, "200 OK", "n", "", ""));
        let states = [
            ("active;expires=60", "SIP/2.0 180 Ringing\r\n"),
            ("terminated;reason=noresource", "SIP/2.0 200 OK\r\n"),
        ];
        for (n, (state, line)) in states.into_iter().enumerate() {
            let told = notify(&net, "n", state, line).replace("CSeq: 1", &format!("CSeq: {}", n + 1));
            net.inject(RAW, ALICE, &told.replace("z9hG4bKn", &format!("z9hG4bKn{n}")));
        }
        assert_eq!(
            heard(&net),
            [Transferring::Accepted, Transferring::Progress(StatusCode::RINGING), Transferring::Done]
        );
        let all = net.events[ALICE].iter();
        assert!(
            all.clone().all(|e| !matches!(e, Event::Transfer { call, .. } if *call != CALL)),
            "all about the call"
        );
        let bye = net.only(ALICE, "BYE");
        assert_eq!(
            bye.header("Call-ID"),
            invite.header("Call-ID"),
            "the call is over once the peer has its new one"
        );
        net.inject(RAW, ALICE, &reply(&bye, "200 OK", "", "", ""));
        net.rest();
    }
}

#[test]
fn a_wish_beside_a_call_that_ends_meanwhile_is_told_to_its_end() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    let contact = "Contact: <sip:raw@192.0.2.17:5060;gr=1>\r\n";
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r", contact, SDP));
    net.run_millis(50);
    net.clear();
    net.order(ALICE, Command::Transfer { call: CALL, target: carol() });
    let refer = net.only(ALICE, "REFER");
    net.inject(RAW, ALICE, &reply(&refer, "200 OK", "n", "", ""));
    net.order(ALICE, Command::Hangup(CALL));
    let bye = net.only(ALICE, "BYE");
    net.inject(RAW, ALICE, &reply(&bye, "200 OK", "", "", ""));
    let told = notify(&net, "n", "terminated;reason=noresource", "SIP/2.0 486 Busy Here\r\n");
    net.inject(RAW, ALICE, &told);
    let busy = Transferring::Failed(Outcome::Status(StatusCode::BUSY_HERE));
    assert_eq!(heard(&net), [Transferring::Accepted, busy]);
    net.rest();
}

#[test]
fn who_takes_no_wishes_of_strangers_refuses_and_nothing_is_left() {
    for (transfers, status) in
        [(Transfers::InCalls, StatusCode::FORBIDDEN), (Transfers::Refuse, StatusCode::DECLINE)]
    {
        let mut net = asks(transfers, BOB, false);
        assert_eq!(heard(&net), [Transferring::Failed(Outcome::Status(status))]);
        assert!(net.events[BOB].is_empty());
        net.rest();
    }
}

#[test]
fn a_wish_that_nothing_is_told_about_is_over_with_its_acceptance() {
    let mut net = asks(Transfers::Anybody, BOB, true);
    let refer = net.only(ALICE, "REFER");
    assert_eq!((refer.header("Refer-Sub"), refer.header("Request-Disposition")), ("false", "no-fork"));
    assert_eq!(heard(&net), [Transferring::Accepted, Transferring::Unknown]);
    follow(&mut net);
    net.run_millis(50);
    accept(&mut net, CAROL, TAKEN);
    net.run_millis(50);
    assert!(frags(&net).is_empty());
    net.order(BOB, Command::Hangup(ONWARD));
    net.rest();
}

#[test]
fn the_first_to_tell_has_the_dialog_and_may_overtake_the_answer() {
    let mut net = asks(Transfers::Anybody, RAW, false);
    let told = [("one", "200"), ("two", "481")];
    for (tag, code) in told {
        net.log.retain(|p| p.is("REFER"));
        let text = notify(&net, tag, "active;expires=60", "SIP/2.0 180 Ringing\r\n");
        net.inject(RAW, ALICE, &text);
        assert!(net.only(ALICE, "SIP/2.0").is(&format!("SIP/2.0 {code}")), "{tag}: {:?}", net.lines());
    }
    assert_eq!(heard(&net), [Transferring::Progress(StatusCode::RINGING)]);
    let refer = net.only(ALICE, "REFER");
    net.inject(RAW, ALICE, &reply(&refer, "202 Accepted", "one", "", ""));
    let last = notify(&net, "one", "terminated;reason=noresource", "SIP/2.0 486 Busy Here\r\n");
    net.inject(RAW, ALICE, &last.replace("CSeq: 1", "CSeq: 2").replace("z9hG4bKone", "z9hG4bKlast"));
    let busy = Transferring::Failed(Outcome::Status(StatusCode::BUSY_HERE));
    assert_eq!(heard(&net)[1..], [Transferring::Accepted, busy]);
    net.rest();
}

#[test]
fn a_wish_about_which_nobody_tells_anything_ends_with_timer_n() {
    let mut net = asks(Transfers::Anybody, RAW, false);
    let refer = net.only(ALICE, "REFER");
    net.inject(RAW, ALICE, &reply(&refer, "202 Accepted", "one", "", ""));
    net.run_for(Duration::from_secs(31));
    assert_eq!(heard(&net), [Transferring::Accepted]);
    net.run_for(Duration::from_secs(2));
    assert_eq!(heard(&net), [Transferring::Accepted, Transferring::Unknown]);
    net.rest();
}

#[test]
fn nosub_is_known_and_makes_no_subscription() {
    let mut net = Net::with(|s| s.transfers = Transfers::Anybody);
    let mut raw = Caller::new("nosub");
    let rows = "Require: nosub\r\nRefer-To: <sip:carol@192.0.2.12>\r\n";
    net.inject(RAW, BOB, &raw.request("REFER", 1, rows, ""));
    net.run_millis(100);
    net.only(BOB, "SIP/2.0 200");
    assert!(net.sent(BOB, "NOTIFY").is_empty());
    assert!(matches!(net.events[BOB][..], [Event::Referred { .. }]));
}

#[test]
fn who_names_a_call_of_ours_is_heard_as_if_inside_it() {
    for (change, code) in [("", "200"), ("x", "403")] {
        let (mut net, replaces) = with_carol_called(Transfers::InCalls);
        let named = replaces.replace("to-tag=", "local-tag=").replace("from-tag=", "remote-tag=");
        let rows = format!(
            "Require: tdialog\r\nTarget-Dialog: {named}{change}\r\nRefer-To: <sip:carol@192.0.2.12>\r\n"
        );
        let mut raw = Caller::new("knows");
        net.inject(RAW, BOB, &raw.request("REFER", 1, &rows, ""));
        assert!(net.only(BOB, "SIP/2.0").is(&format!("SIP/2.0 {code}")), "{:?}", net.lines());
    }
}

#[test]
fn who_sent_a_refer_may_hear_of_it_for_longer_or_no_more_and_the_call_goes_on() {
    let (mut net, mut raw) = raw_refer("Refer-To: <sip:carol@192.0.2.12>;isfocus\r\n", |_| {});
    let mut told = 0;
    let mut ask = |net: &mut Net, cseq: u32, rows: &str, code: &str| {
        net.inject(RAW, BOB, &raw.request("SUBSCRIBE", cseq, rows, ""));
        let answer = net.sent(BOB, "SIP/2.0").pop().unwrap();
        assert!(answer.is(&format!("SIP/2.0 {code}")), "{rows}: {:?}", net.lines());
        // What was told is answered, so that the next can be.
        for notify in net.sent(BOB, "NOTIFY").split_off(told) {
            net.inject(RAW, BOB, &reply(&notify, "200 OK", "", "", ""));
        }
        told = net.sent(BOB, "NOTIFY").len();
        answer
    };
    assert_eq!(ask(&mut net, 3, "Event: presence\r\n", "489").header("Allow-Events"), "refer");
    assert_eq!(ask(&mut net, 4, "Event: refer\r\nExpires: 60\r\n", "200").header("Expires"), "60");
    follow(&mut net);
    net.run_millis(50);
    assert_eq!(ask(&mut net, 5, "Event: refer\r\nExpires: 0\r\n", "200").header("Expires"), "0");
    let last = net.sent(BOB, "NOTIFY").pop().unwrap();
    assert_eq!(last.header("Subscription-State"), "terminated;reason=timeout");
    let count = net.sent(BOB, "NOTIFY").len();
    accept(&mut net, CAROL, TAKEN);
    net.run_millis(50);
    assert_eq!((net.agents[BOB].calls(), net.sent(BOB, "NOTIFY").len()), (2, count));
    ask(&mut net, 6, "Event: refer\r\nExpires: 60\r\n", "481");
}

#[test]
fn nobody_hears_of_a_refer_that_was_never_sent() {
    let mut net = Net::with(|s| s.transfers = Transfers::Anybody);
    let mut raw = Caller::new("curious");
    net.inject(RAW, BOB, &raw.request("SUBSCRIBE", 1, "Event: refer\r\nExpires: 60\r\n", ""));
    assert!(net.only(BOB, "SIP/2.0").is("SIP/2.0 403"), "{:?}", net.lines());
    assert!(net.sent(BOB, "NOTIFY").is_empty());
}

#[test]
fn nobody_joins_a_call_whose_sound_cannot_be_mixed() {
    type Rows<'a> = &'a dyn Fn(&str) -> String;
    let cases: [(Rows<'_>, &str); 6] = [
        (&|j| format!("Join: {j}\r\n"), "488"),
        (&|j| format!("Join: x{j}\r\n"), "481"),
        (&|j| format!("Join: {}\r\n", j.replace("from-tag=", "from-tag=x")), "481"),
        (&|j| format!("Join: {j}\r\nReplaces: {j}\r\n"), "400"),
        (&|j| format!("Join: {j}\r\nJoin: {j}\r\n"), "400"),
        (&|j| format!("Require: join\r\nJoin: {j}\r\n"), "420"),
    ];
    for (rows, code) in cases {
        let (mut net, join) = with_carol_called(Transfers::InCalls);
        let mut raw = Caller::new("third");
        net.inject(RAW, BOB, &raw.request("INVITE", 1, &rows(&join), SDP));
        let answer = net.only(BOB, "SIP/2.0");
        assert!(answer.is(&format!("SIP/2.0 {code}")), "{code}: {:?}", net.lines());
        match code {
            "420" => assert_eq!(answer.header("Unsupported"), "join"),
            "488" => assert!(answer.header("Warning").starts_with("399 ")),
            _ => {}
        }
        assert_eq!(net.agents[BOB].calls(), 1, "the call goes on");
    }
    let (mut net, join) = with_carol_called(Transfers::InCalls);
    net.order(ALICE, Command::Hangup(CALL));
    net.run_millis(50);
    net.clear();
    let mut raw = Caller::new("late");
    net.inject(RAW, BOB, &raw.request("INVITE", 1, &format!("Join: {join}\r\n"), SDP));
    assert!(net.only(BOB, "SIP/2.0").is("SIP/2.0 603"), "{:?}", net.lines());
}
