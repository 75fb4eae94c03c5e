//! Transfers: alice sends bob to carol (RFC 3515, RFC 3892, RFC 4488, RFC 5589).

use super::net::*;
use super::raw::{Caller, SDP};
use crate::agent::{
    AgentSettings, CallId, Command, Ending, Event, Outcome, Outgoing, Transferring, Transfers,
};
use ringback_sip::flow::Transport;
use ringback_sip::registry::StatusCode;
use ringback_sip::time::Duration;

/// Bob's call to carol.
pub(super) const ONWARD: CallId = CallId(2);

/// Alice and bob talk, carol is there.
pub(super) fn talking(change: impl Fn(&mut AgentSettings)) -> Net {
    let mut net = Net::of(&["alice", "bob", "carol"], 1, Transport::Udp, change);
    net.call(BOB);
    net.run_millis(50);
    net.answer(TAKEN);
    net.run_millis(50);
    net.clear();
    net
}

pub(super) fn carol() -> String {
    format!("sip:carol@{}", address(CAROL))
}

/// Bob makes the call that he is asked for.
pub(super) fn follow(net: &mut Net) {
    let (target, of) = net.events[BOB]
        .iter()
        .find_map(|e| match e {
            Event::Referred { call, target, .. } => Some((target.clone(), *call)),
            _ => None,
        })
        .expect("no referral");
    let outgoing = Outgoing {
        target,
        audio: audio(BOB),
        late_offer: false,
        patience: None,
        duration: None,
        referral: Some(of),
    };
    net.order(BOB, Command::Call { call: ONWARD, outgoing: Box::new(outgoing) });
}

pub(super) fn accept(net: &mut Net, agent: usize, call: CallId) {
    let answer = Command::Answer { call, after: Duration::ZERO, audio: audio(agent), duration: None };
    net.order(agent, answer);
}

fn transfer(net: &mut Net) {
    net.order(ALICE, Command::Transfer { call: CALL, target: carol() });
    net.run_millis(50);
}

/// What alice heard of her transfer.
pub(super) fn heard(net: &Net) -> Vec<Transferring> {
    let news = |e: &Event| match e {
        Event::Transfer { news, .. } => Some(*news),
        _ => None,
    };
    net.events[ALICE].iter().filter_map(news).collect()
}

pub(super) fn frags(net: &Net) -> Vec<(String, String)> {
    let body = |p: &Packet| p.text.split("\r\n\r\n").nth(1).unwrap_or_default().trim_end().to_owned();
    let state = |p: &Packet| p.header("Subscription-State").split(';').next().unwrap_or_default().to_owned();
    net.sent(BOB, "NOTIFY").iter().map(|p| (state(p), body(p))).collect()
}

#[test]
fn a_blind_transfer_is_told_step_by_step_and_ends_the_first_call() {
    let mut net = talking(|_| {});
    transfer(&mut net);
    let refer = net.only(ALICE, "REFER");
    assert_eq!(refer.header("Refer-To"), format!("<{}>", carol()));
    assert_eq!(refer.header("Referred-By"), "<sip:alice@example.test>");
    let accepted = net.only(BOB, "SIP/2.0 200");
    assert!(accepted.header("Contact").starts_with("<sip:bob@"));
    follow(&mut net);
    net.run_millis(50);
    let invite = net.only(BOB, "INVITE");
    assert_eq!(invite.header("Referred-By"), "<sip:alice@example.test>");
    assert!(matches!(&net.events[CAROL][..], [Event::Incoming { referred_by: Some(_), replaces: None, .. }]));
    net.order(CAROL, Command::Ring { call: TAKEN, audio: None });
    net.run_millis(50);
    accept(&mut net, CAROL, TAKEN);
    net.run_millis(100);
    let pair = |state: &str, line: &str| (state.to_owned(), line.to_owned());
    let told = [
        pair("active", "SIP/2.0 100 Trying"),
        pair("active", "SIP/2.0 180 Ringing"),
        pair("terminated", "SIP/2.0 200 OK"),
    ];
    assert_eq!(frags(&net), told);
    let notify = &net.sent(BOB, "NOTIFY")[2];
    assert_eq!((notify.header("Event"), notify.header("Content-Type")), ("refer", "message/sipfrag"));
    assert_eq!(notify.header("Subscription-State"), "terminated;reason=noresource");
    let news = [Transferring::Accepted, Transferring::Progress(StatusCode::RINGING), Transferring::Done];
    assert_eq!(heard(&net), news);
    assert!(matches!(net.events[ALICE].last(), Some(Event::Ended { ending: Ending::Transferred, .. })));
    assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls(), net.agents[CAROL].calls()), (0, 1, 1));
    net.order(BOB, Command::Hangup(ONWARD));
    net.rest();
}

#[test]
fn a_transfer_that_is_refused_at_its_target_leaves_the_first_call_and_may_be_tried_again() {
    let mut net = talking(|_| {});
    for round in 0..2 {
        net.clear();
        transfer(&mut net);
        let cseq = net.only(ALICE, "REFER").header("CSeq").split(' ').next().unwrap().to_owned();
        follow(&mut net);
        net.run_millis(50);
        let call = CallId(TAKEN.0 + round);
        let status = StatusCode::BUSY_HERE;
        net.order(CAROL, Command::Reject { call, after: Duration::ZERO, status, contact: None });
        net.run_millis(100);
        let refused = Transferring::Failed(Outcome::Status(status));
        assert_eq!(heard(&net), [Transferring::Accepted, refused]);
        assert_eq!(frags(&net).last().unwrap().1, "SIP/2.0 486 Busy Here");
        let event = if round == 0 { "refer".to_owned() } else { format!("refer;id={cseq}") };
        assert!(net.sent(BOB, "NOTIFY").iter().all(|p| p.header("Event") == event));
        assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls()), (1, 1));
    }
    net.order(ALICE, Command::Hangup(CALL));
    net.rest();
}

#[test]
fn who_takes_no_transfers_declines_and_the_call_goes_on() {
    let mut net = talking(|s| s.transfers = Transfers::Refuse);
    transfer(&mut net);
    assert_eq!(heard(&net), [Transferring::Failed(Outcome::Status(StatusCode::DECLINE))]);
    assert!(net.sent(BOB, "NOTIFY").is_empty() && net.events[BOB].is_empty());
    assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls()), (1, 1));
    net.order(ALICE, Command::Hangup(CALL));
    net.rest();
}

#[test]
fn the_first_notification_may_overtake_the_answer_to_refer() {
    let mut net = talking(|_| {});
    net.weather = Box::new(|p| match p.first_line() {
        "SIP/2.0 200 OK" if p.header("CSeq").ends_with("REFER") => vec![Duration::from_millis(300)],
        _ => vec![LATENCY],
    });
    transfer(&mut net);
    follow(&mut net);
    net.run_millis(50);
    accept(&mut net, CAROL, TAKEN);
    net.run_millis(500);
    assert_eq!(heard(&net), [Transferring::Done]);
    net.order(BOB, Command::Hangup(ONWARD));
    net.rest();
}

#[test]
fn the_peer_may_hang_up_before_it_tells_how_its_call_ends() {
    let mut net = talking(|_| {});
    transfer(&mut net);
    follow(&mut net);
    net.run_millis(50);
    net.order(BOB, Command::Hangup(TAKEN));
    net.run_millis(50);
    assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls()), (0, 1));
    accept(&mut net, CAROL, TAKEN);
    net.run_millis(100);
    assert_eq!(heard(&net), [Transferring::Accepted, Transferring::Done]);
    assert!(net.sent(ALICE, "SIP/2.0 481").is_empty());
    net.order(BOB, Command::Hangup(ONWARD));
    net.rest();
}

#[test]
fn a_refer_that_crosses_the_end_of_the_call_gets_481() {
    let mut net = talking(|_| {});
    net.order(ALICE, Command::Transfer { call: CALL, target: carol() });
    net.order(BOB, Command::Hangup(TAKEN));
    net.run_millis(100);
    let gone = Outcome::Status(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
    assert_eq!(heard(&net), [Transferring::Failed(gone)]);
    net.rest();
}

#[test]
fn without_a_call_for_it_the_referral_is_told_to_have_failed() {
    let mut net = talking(|_| {});
    transfer(&mut net);
    net.run_for(Duration::from_secs(181));
    assert_eq!(frags(&net).last().unwrap().1, "SIP/2.0 503 Service Unavailable");
    let failed = Transferring::Failed(Outcome::Status(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(heard(&net), [Transferring::Accepted, failed]);
    net.order(ALICE, Command::Hangup(CALL));
    net.rest();
}

/// A raw peer calls bob, and asks for this afterwards.
pub(super) fn raw_refer(rows: &str, change: impl Fn(&mut AgentSettings)) -> (Net, Caller) {
    let mut net = Net::of(&["alice", "bob", "carol"], 1, Transport::Udp, change);
    let mut raw = Caller::new("refer");
    net.inject(RAW, BOB, &raw.request("INVITE", 1, "", SDP));
    net.answer(TAKEN);
    net.run_millis(20);
    raw.to_tag = net.only(BOB, "SIP/2.0 200").header("To").split("tag=").nth(1).unwrap().to_owned();
    net.inject(RAW, BOB, &raw.request("ACK", 1, "", ""));
    net.clear();
    net.inject(RAW, BOB, &raw.request("REFER", 2, rows, ""));
    net.run_millis(20);
    (net, raw)
}

#[test]
fn a_refer_needs_one_refer_to_that_asks_for_a_call() {
    let cases = [
        ("", "400"),
        ("Refer-To: <sip:c@192.0.2.12>\r\nRefer-To: <sip:d@192.0.2.12>\r\n", "400"),
        ("Refer-To: <sip:c@192.0.2.12?Replaces=x>\r\n", "400"),
        ("Refer-To: <sip:c@192.0.2.12>\r\nReferred-By: <sip:a@h>\r\nReferred-By: <sip:b@h>\r\n", "400"),
        ("Refer-To: <http://192.0.2.12/>\r\n", "403"),
        ("Refer-To: <sip:c@192.0.2.12;method=BYE>\r\n", "403"),
        ("Require: explicitsub\r\nRefer-To: <sip:c@192.0.2.12>\r\n", "420"),
        ("Refer-To: <sip:c@192.0.2.12;method=INVITE>\r\n", "200"),
    ];
    for (rows, code) in cases {
        let (net, _) = raw_refer(rows, |_| {});
        let answer = &net.sent(BOB, "SIP/2.0")[0];
        assert!(answer.is(&format!("SIP/2.0 {code}")), "{rows}: {}", answer.first_line());
        assert_eq!(net.sent(BOB, "NOTIFY").len(), usize::from(code == "200"), "{rows}");
        assert_eq!(net.agents[BOB].calls(), 1, "{rows}");
    }
}

#[test]
fn refer_sub_false_is_granted_and_nothing_is_told() {
    let rows = "Refer-To: <sip:carol@192.0.2.12>\r\nSupported: norefersub\r\nRefer-Sub: false\r\n";
    let (mut net, _) = raw_refer(rows, |_| {});
    assert_eq!(net.only(BOB, "SIP/2.0 200").header("Refer-Sub"), "false");
    follow(&mut net);
    net.run_millis(50);
    accept(&mut net, CAROL, TAKEN);
    net.run_millis(50);
    assert_eq!(net.agents[BOB].calls(), 2);
    assert!(net.sent(BOB, "NOTIFY").is_empty());
}

#[test]
fn outside_of_calls_a_refer_is_forbidden_unless_anybody_may() {
    for (transfers, code) in [(Transfers::InCalls, "403"), (Transfers::Anybody, "200")] {
        let mut net = Net::of(&["alice", "bob", "carol"], 1, Transport::Udp, |s| s.transfers = transfers);
        let mut raw = Caller::new("alone");
        net.inject(RAW, BOB, &raw.request("REFER", 1, "Refer-To: <sip:carol@192.0.2.12>\r\n", ""));
        let answer = net.only(BOB, "SIP/2.0");
        assert!(answer.is(&format!("SIP/2.0 {code}")), "{}", answer.first_line());
        if code == "200" {
            let notify = net.only(BOB, "NOTIFY sip:raw@192.0.2.17");
            assert_eq!(notify.header("From"), answer.header("To"));
            net.inject(RAW, BOB, &super::raw::reply(&notify, "200 OK", "", "", ""));
            follow(&mut net);
            net.run_millis(50);
            accept(&mut net, CAROL, TAKEN);
            net.run_millis(50);
            assert_eq!(frags(&net).last().unwrap().1, "SIP/2.0 200 OK");
            net.order(BOB, Command::Hangup(ONWARD));
        }
        net.run_for(Duration::from_secs(200));
        assert!(net.agents[BOB].is_at_rest());
    }
}

#[test]
fn a_notification_of_no_transfer_is_refused() {
    for (rows, code) in [
        ("Event: refer\r\nSubscription-State: active\r\n", "481"),
        ("Event: presence\r\nSubscription-State: active\r\n", "489"),
    ] {
        let (mut net, mut raw) = raw_refer("", |_| {});
        net.clear();
        let rows = format!("{rows}Content-Type: message/sipfrag\r\n");
        net.inject(RAW, BOB, &raw.request("NOTIFY", 3, &rows, "SIP/2.0 200 OK\r\n"));
        assert!(net.only(BOB, "SIP/2.0").is(&format!("SIP/2.0 {code}")));
        assert_eq!(net.agents[BOB].calls(), 1);
    }
}

#[test]
fn a_202_of_old_counts_as_accepted() {
    let mut net = Net::new();
    net.call(RAW);
    let sdp = SDP;
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &super::raw::reply(&invite, "200 OK", "r", "", sdp));
    net.order(ALICE, Command::Transfer { call: CALL, target: carol() });
    let refer = net.only(ALICE, "REFER");
    net.inject(RAW, ALICE, &super::raw::reply(&refer, "202 Accepted", "", "", ""));
    assert_eq!(heard(&net), [Transferring::Accepted]);
    // Nothing is told afterwards: the call stays (RFC 6665 §4.1.2.4, Timer N).
    net.run_for(Duration::from_secs(33));
    assert_eq!(heard(&net), [Transferring::Accepted, Transferring::Unknown]);
    assert_eq!(net.agents[ALICE].calls(), 1);
}
