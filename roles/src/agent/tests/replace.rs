//! Calls that take the place of others (RFC 3891), and who must have asked for them (RFC 3892).

use super::net::*;
use super::raw::{Caller, SDP};
use super::refer::{ONWARD, accept, carol, follow, heard, talking};
use crate::agent::{
    AgentSettings, CallId, Command, Ending, Event, Outcome, Outgoing, Transferring, Transfers,
};
use ringback_sip::flow::Transport;
use ringback_sip::registry::StatusCode;
use ringback_sip::time::Duration;

/// Alice's call to carol.
const ASIDE: CallId = CallId(3);

/// Alice talks with bob and with carol, and connects them.
fn joined(change: impl Fn(&mut AgentSettings)) -> Net {
    let mut net = talking(|s| {
        s.calls_max = 2;
        change(s);
    });
    let outgoing = Outgoing {
        target: carol(),
        audio: audio(ALICE),
        late_offer: false,
        patience: None,
        duration: None,
        referral: None,
    };
    net.order(ALICE, Command::Call { call: ASIDE, outgoing: Box::new(outgoing) });
    net.run_millis(50);
    accept(&mut net, CAROL, TAKEN);
    net.run_millis(50);
    net.clear();
    net.order(ALICE, Command::Join { call: CALL, with: ASIDE });
    net.run_millis(50);
    net
}

#[test]
fn an_attended_transfer_connects_the_two_peers_and_ends_both_calls_of_the_middle() {
    let mut net = joined(|_| {});
    follow(&mut net);
    net.run_millis(50);
    let invite = net.only(BOB, "INVITE");
    assert!(invite.header("Replaces").contains(";to-tag=") && invite.header("Require").contains("replaces"));
    let [Event::Incoming { call, replaces: Some(TAKEN), .. }] = net.events[CAROL][..] else {
        panic!("{:?}", net.events[CAROL])
    };
    accept(&mut net, CAROL, call);
    net.run_millis(100);
    assert_eq!(heard(&net), [Transferring::Accepted, Transferring::Done]);
    let over = |agent: usize, which: CallId, how: Ending| {
        net.events[agent]
            .iter()
            .any(|e| matches!(e, Event::Ended { call, ending, .. } if *call == which && *ending == how))
    };
    assert!(over(CAROL, TAKEN, Ending::Replaced) && over(ALICE, CALL, Ending::Transferred));
    assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls(), net.agents[CAROL].calls()), (0, 1, 1));
    net.order(BOB, Command::Hangup(ONWARD));
    net.rest();
}

#[test]
fn a_replacement_that_is_refused_leaves_both_calls() {
    let mut net = joined(|_| {});
    follow(&mut net);
    net.run_millis(50);
    let call = CallId(TAKEN.0 + 1);
    let (after, status) = (Duration::ZERO, StatusCode::NOT_ACCEPTABLE_HERE);
    net.order(CAROL, Command::Reject { call, after, status, contact: None });
    net.run_millis(100);
    assert_eq!(heard(&net), [Transferring::Accepted, Transferring::Failed(Outcome::Status(status))]);
    assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls(), net.agents[CAROL].calls()), (2, 1, 1));
}

#[test]
fn a_call_that_ended_meanwhile_is_not_replaced() {
    let mut net = joined(|_| {});
    follow(&mut net);
    net.run_millis(50);
    net.order(ALICE, Command::Hangup(ASIDE));
    net.run_millis(50);
    accept(&mut net, CAROL, CallId(TAKEN.0 + 1));
    net.run_millis(100);
    let declined = Transferring::Failed(Outcome::Status(StatusCode::DECLINE));
    assert_eq!(heard(&net).last(), Some(&declined));
    assert_eq!(net.agents[CAROL].calls(), 0);
}

#[test]
fn the_referrer_is_asked_for_with_429_where_it_must_be_named() {
    // The target wants to know who sends the caller: as alice says so, the transfer comes about.
    let mut net = joined(|s| s.transfers = Transfers::Named);
    follow(&mut net);
    net.run_millis(50);
    accept(&mut net, CAROL, CallId(TAKEN.0 + 1));
    net.run_millis(100);
    assert_eq!(heard(&net).last(), Some(&Transferring::Done));
    // Without the name, or with another one, it does not.
    for (rows, code) in [("", "429"), ("Referred-By: <sip:mallory@example.test>\r\n", "403")] {
        let (mut net, replaces) = with_carol_called(Transfers::Named);
        let mut raw = Caller::new("second");
        let rows = format!("Replaces: {replaces}\r\n{rows}");
        net.inject(RAW, BOB, &raw.request("INVITE", 1, &rows, SDP));
        assert!(net.only(BOB, "SIP/2.0").is(&format!("SIP/2.0 {code}")), "{:?}", net.lines());
        assert_eq!(net.agents[BOB].calls(), 1, "the call stays");
    }
}

#[test]
fn a_429_reaches_the_referrer_who_names_itself_and_succeeds() {
    let mut net = Net::of(&["alice", "bob", "carol"], 1, Transport::Udp, |s| {
        s.calls_max = 2;
        s.transfers = Transfers::Named;
    });
    // Alice talks with carol, and a phone of hers that speaks for itself here with bob.
    net.call_with(CAROL, |outgoing| outgoing.target = carol());
    net.run_millis(50);
    accept(&mut net, CAROL, TAKEN);
    net.run_millis(50);
    let ok = net.only(CAROL, "SIP/2.0 200");
    let tag = |name: &str| ok.header(name).split("tag=").nth(1).unwrap().to_owned();
    let (to, from) = (tag("To"), tag("From"));
    let replaces = format!("{}%3Bto-tag%3D{to}%3Bfrom-tag%3D{from}", ok.header("Call-ID"));
    let mut raw = Caller::new("referrer");
    net.inject(RAW, BOB, &raw.request("INVITE", 1, "", SDP));
    net.answer(TAKEN);
    net.run_millis(20);
    raw.to_tag = net.only(BOB, "SIP/2.0 200").header("To").split("tag=").nth(1).unwrap().to_owned();
    net.inject(RAW, BOB, &raw.request("ACK", 1, "", ""));
    let rounds = [
        ("", "SIP/2.0 429 Provide Referrer Identity"),
        ("Referred-By: <sip:alice@example.test>\r\n", "SIP/2.0 200 OK"),
    ];
    for (cseq, (named, told)) in (2..).zip(rounds) {
        net.clear();
        let rows = format!("Refer-To: <{}?Replaces={replaces}>\r\n{named}", carol());
        net.inject(RAW, BOB, &raw.request("REFER", cseq, &rows, ""));
        let trying = net.only(BOB, "NOTIFY");
        net.inject(RAW, BOB, &super::raw::reply(&trying, "200 OK", "", "", ""));
        follow(&mut net);
        net.run_millis(50);
        if !named.is_empty() {
            accept(&mut net, CAROL, CallId(TAKEN.0 + 1));
            net.run_millis(50);
        }
        let last = net.sent(BOB, "NOTIFY").pop().unwrap();
        assert!(last.text.trim_end().ends_with(told), "{}", last.text);
        assert_eq!(last.header("Subscription-State"), "terminated;reason=noresource");
        net.inject(RAW, BOB, &super::raw::reply(&last, "200 OK", "", "", ""));
    }
    assert_eq!((net.agents[ALICE].calls(), net.agents[CAROL].calls()), (0, 1));
}

/// Alice talks with bob; what Replaces says of it.
pub(super) fn with_carol_called(transfers: Transfers) -> (Net, String) {
    let mut net = Net::with(|s| (s.transfers, s.calls_max) = (transfers, 2));
    net.call(BOB);
    net.run_millis(50);
    net.answer(TAKEN);
    net.run_millis(50);
    let ok = net.only(BOB, "SIP/2.0 200");
    let tag = |name: &str| ok.header(name).split("tag=").nth(1).unwrap().to_owned();
    let replaces = format!("{};to-tag={};from-tag={}", ok.header("Call-ID"), tag("To"), tag("From"));
    net.clear();
    (net, replaces)
}

#[test]
fn replaces_is_matched_with_the_dialog_and_refused_as_the_rfc_says() {
    type Rows<'a> = &'a dyn Fn(&str) -> String;
    let cases: [(Rows<'_>, &str); 6] = [
        (&|r| format!("Replaces: {r}\r\nReplaces: {r}\r\n"), "400"),
        (&|r| format!("Replaces: {}\r\n", r.replace("to-tag=", "x=")), "400"),
        (&|r| format!("Replaces: x{r}\r\n"), "481"),
        (&|r| format!("Replaces: {}\r\n", r.replace("from-tag=", "from-tag=x")), "481"),
        (&|r| format!("Replaces: {r};early-only\r\n"), "486"),
        (&|r| format!("Require: replaces\r\nReplaces: {r}\r\n"), "200"),
    ];
    for (rows, code) in cases {
        let (mut net, replaces) = with_carol_called(Transfers::InCalls);
        let mut raw = Caller::new("second");
        net.inject(RAW, BOB, &raw.request("INVITE", 1, &rows(&replaces), SDP));
        if code == "200" {
            net.answer(CallId(TAKEN.0 + 1));
        }
        assert!(net.sent(BOB, "SIP/2.0")[0].is(&format!("SIP/2.0 {code}")), "{code}: {:?}", net.lines());
        assert_eq!(net.sent(BOB, "BYE").len(), usize::from(code == "200"), "{code}");
    }
}

#[test]
fn who_takes_no_transfers_refuses_what_requires_replaces_and_passes_over_it_otherwise() {
    let ask = |rows: &str, has_ended: bool| {
        let (mut net, replaces) = with_carol_called(Transfers::Refuse);
        if has_ended {
            net.order(ALICE, Command::Hangup(CALL));
            net.run_millis(50);
        }
        net.clear();
        let rows = rows.replace("{}", &replaces);
        net.inject(RAW, BOB, &Caller::new("second").request("INVITE", 1, &rows, SDP));
        net
    };
    for rows in ["Require: replaces\r\nReplaces: {}\r\n", "Require: replaces\r\nReplaces: x{}\r\n"] {
        let answer = ask(rows, false).only(BOB, "SIP/2.0");
        assert!(answer.is("SIP/2.0 420"), "{}", answer.text);
        assert_eq!(answer.header("Unsupported"), "replaces");
    }
    let cases =
        [("Replaces: {}\r\n", false), ("Replaces: {}\r\n", true), ("Replaces: x{}\r\n", false), ("", false)];
    for (rows, has_ended) in cases {
        let mut net = ask(rows, has_ended);
        let Some(Event::Incoming { call, replaces: None, .. }) = net.events[BOB].last() else {
            panic!("{rows}: {:?}", net.lines())
        };
        let call = *call;
        net.answer(call);
        assert!(net.sent(BOB, "SIP/2.0")[0].is("SIP/2.0 200"), "{rows}: {:?}", net.lines());
        assert!(net.sent(BOB, "BYE").is_empty(), "the other call stays");
        assert_eq!(net.agents[BOB].calls(), if has_ended { 1 } else { 2 });
    }
}

#[test]
fn what_has_ended_or_is_not_ours_is_not_replaced() {
    let (mut net, replaces) = with_carol_called(Transfers::InCalls);
    net.order(ALICE, Command::Hangup(CALL));
    net.run_millis(50);
    net.clear();
    let mut raw = Caller::new("second");
    let rows = format!("Replaces: {replaces}\r\n");
    net.inject(RAW, BOB, &raw.request("INVITE", 1, &rows, SDP));
    assert!(net.only(BOB, "SIP/2.0").is("SIP/2.0 603"), "{:?}", net.lines());
    // A call that rings at bob was not begun by him.
    let mut net = Net::new();
    net.call(BOB);
    net.run_millis(50);
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    let ringing = net.only(BOB, "SIP/2.0 180");
    let tag = |name: &str| ringing.header(name).split("tag=").nth(1).unwrap().to_owned();
    let replaces = format!("{};to-tag={};from-tag={}", ringing.header("Call-ID"), tag("To"), tag("From"));
    net.inject(RAW, BOB, &raw.request("INVITE", 2, &format!("Replaces: {replaces}\r\n"), SDP));
    assert_eq!(net.sent(BOB, "SIP/2.0 481").len(), 1);
    assert_eq!(net.agents[BOB].calls(), 1);
}

#[test]
fn a_call_of_ours_that_rings_is_cancelled_for_the_one_that_replaces_it() {
    let mut net = Net::new();
    net.call(BOB);
    net.run_millis(50);
    net.order(BOB, Command::Ring { call: TAKEN, audio: None });
    net.run_millis(50);
    let ringing = net.only(BOB, "SIP/2.0 180");
    let tag = |name: &str| ringing.header(name).split("tag=").nth(1).unwrap().to_owned();
    // As alice knows the dialog: her tag is the one of From.
    let replaces =
        format!("{};to-tag={};from-tag={};early-only", ringing.header("Call-ID"), tag("From"), tag("To"));
    let mut raw = Caller::new("second");
    let invite = raw
        .request("INVITE", 1, &format!("Replaces: {replaces}\r\n"), SDP)
        .replace("sip:bob@192.0.2.11 SIP", "sip:alice@192.0.2.10 SIP");
    net.inject(RAW, ALICE, &invite);
    let Some(Event::Incoming { call, replaces: Some(CALL), .. }) = net.events[ALICE].last() else {
        panic!("{:?}", net.events[ALICE])
    };
    let call = *call;
    accept(&mut net, ALICE, call);
    net.run_millis(50);
    assert_eq!(net.sent(ALICE, "CANCEL").len(), 1);
    assert_eq!(net.agents[ALICE].calls(), 1);
}
