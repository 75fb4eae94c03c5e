//! Session timers (RFC 4028).

use super::net::*;
use super::raw::*;
use crate::agent::{AgentSettings, Command, Ending, Event, Outcome, Side};
use ringback_sip::dialog::SessionPolicy;
use ringback_sip::entropy::{Entropy, Seed};
use ringback_sip::registry::StatusCode;
use ringback_sip::time::{Duration, Instant};

const TIMER: &str = "Supported: timer\r\n";

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn wants(expires: u64, min: u64) -> SessionPolicy {
    SessionPolicy { expires: Some(secs(expires)), min: secs(min) }
}

/// Both agents have the policy that `of` gives for their name.
fn with_policies(alice: SessionPolicy, bob: SessionPolicy) -> impl Fn(&mut AgentSettings) {
    move |s| s.session = if s.aor.contains("alice") { alice } else { bob }
}

/// Alice, who wants a session timer of 1800 s, talks to bob; the moment at which the session began.
fn talking() -> (Net, Instant) {
    let mut net = Net::with(with_policies(wants(1800, 90), SessionPolicy::default()));
    net.call(BOB);
    net.run_millis(50);
    net.answer(TAKEN);
    net.run_millis(50);
    let began = net.only(BOB, "SIP/2.0 200").at;
    (net, began)
}

/// Alice with a policy calls a raw peer, which answers with these rows.
fn with_raw_peer(policy: SessionPolicy, rows: &str) -> Net {
    let mut net = Net::with(|s| s.session = policy);
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", rows, SDP));
    net.only(ALICE, "ACK");
    net.log.clear();
    net.events[ALICE].clear();
    net
}

/// Nothing of an agent arrives any more.
fn silence(net: &mut Net, agent: usize) {
    net.weather = Box::new(move |p| if p.from == address(agent) { vec![] } else { vec![LATENCY] });
}

fn ending(net: &Net, agent: usize) -> Option<&Ending> {
    net.events[agent].iter().find_map(|e| match e {
        Event::Ended { ending, .. } => Some(ending),
        _ => None,
    })
}

#[test]
fn the_caller_that_asks_for_a_timer_refreshes_at_half_time_with_update_and_the_call_lasts() {
    let (mut net, began) = talking();
    let (invite, ok) = (net.only(ALICE, "INVITE"), net.only(BOB, "SIP/2.0 200"));
    assert_eq!(
        (invite.header("Supported"), invite.header("Session-Expires")),
        ("100rel, timer, 199, replaces, norefersub, nosub, tdialog", "1800")
    );
    assert_eq!((ok.header("Require"), ok.header("Session-Expires")), ("timer", "1800;refresher=uac"));
    net.run_for(secs(3 * 3600));
    let updates = net.sent(ALICE, "UPDATE");
    assert_eq!((updates.len(), net.sent(BOB, "UPDATE").len(), net.sent(ALICE, "INVITE").len()), (11, 0, 1));
    assert!(updates[0].at.since(began) >= secs(900) && updates[0].at.since(began) < secs(901));
    assert_eq!(updates[0].header("Session-Expires"), "1800;refresher=uac");
    assert_eq!(
        (updates[0].header("Content-Length"), updates[0].header("Supported")),
        ("0", "100rel, timer, 199, replaces, norefersub, nosub, tdialog")
    );
    let granted = net.sent(BOB, "SIP/2.0 200").pop().unwrap();
    assert_eq!(granted.header("Session-Expires"), "1800;refresher=uac");
    assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls()), (1, 1));
    assert!(!net.events.iter().flatten().any(|e| matches!(e, Event::Media { .. } | Event::Unchanged { .. })));
    net.order(BOB, Command::Hangup(TAKEN));
    net.rest();
}

#[test]
fn without_a_wish_for_a_timer_nobody_refreshes_and_a_dead_peer_is_never_noticed() {
    let mut net = Net::established(|_| {});
    silence(&mut net, ALICE);
    net.run_for(secs(7200));
    assert!(net.log.is_empty() && net.agents[BOB].calls() == 1);
}

#[test]
fn when_the_refresher_dies_the_other_side_hangs_up_32_s_before_the_end() {
    let (mut net, began) = talking();
    silence(&mut net, ALICE);
    net.run_for(secs(1760));
    assert_eq!(net.sent(BOB, "BYE").len(), 0);
    net.run_for(secs(20));
    let bye = net.sent(BOB, "BYE").remove(0);
    assert_eq!(bye.at.since(began), secs(1768));
    assert_eq!(ending(&net, BOB), Some(&Ending::Expired));
    net.rest();
}

#[test]
fn when_the_other_side_dies_the_refresh_goes_unanswered_and_the_refresher_hangs_up() {
    let (mut net, began) = talking();
    silence(&mut net, BOB);
    net.run_for(secs(1000));
    let bye = net.sent(ALICE, "BYE").remove(0);
    assert!(bye.at.since(began) >= secs(932) && bye.at.since(began) < secs(933));
    assert!(matches!(ending(&net, ALICE), Some(Ending::Lost(Outcome::Timeout(_)))));
    net.rest();
}

#[test]
fn an_interval_below_the_minimum_is_422_and_the_call_goes_again_with_what_is_wanted() {
    let mut net = Net::with(with_policies(wants(300, 90), SessionPolicy { expires: None, min: secs(1200) }));
    net.call(BOB);
    net.run_millis(100);
    let refused = net.only(BOB, "SIP/2.0 422");
    assert_eq!((refused.header("Min-SE"), refused.header("Session-Expires")), ("1200", ""));
    let invites = net.sent(ALICE, "INVITE");
    let [first, again] = &invites[..] else { panic!("{:?}", net.lines()) };
    assert_eq!((first.header("Session-Expires"), first.header("Min-SE")), ("300", ""));
    assert_eq!((again.header("Session-Expires"), again.header("Min-SE")), ("1200", "1200"));
    for name in ["Call-ID", "From", "To"] {
        assert_eq!(first.header(name), again.header(name));
    }
    assert_eq!(again.header("CSeq"), "2 INVITE");
    assert_ne!(first.header("Via"), again.header("Via"));
    net.answer(TAKEN);
    net.run_millis(100);
    assert_eq!(net.only(BOB, "SIP/2.0 200").header("Session-Expires"), "1200;refresher=uac");
    assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls()), (1, 1));
    net.run_for(secs(601));
    let update = net.only(ALICE, "UPDATE");
    assert_eq!(update.header("Session-Expires"), "1200;refresher=uac");
}

#[test]
fn an_interval_that_is_long_enough_or_not_asked_for_is_no_422() {
    for (alice, min) in [(wants(1200, 90), 1200), (SessionPolicy::default(), 1200)] {
        let mut net = Net::with(with_policies(alice, SessionPolicy { expires: None, min: secs(min) }));
        net.call(BOB);
        net.run_millis(100);
        assert!(net.sent(BOB, "SIP/2.0 422").is_empty());
        assert!(matches!(net.events[BOB][0], Event::Incoming { .. }));
    }
}

#[test]
fn the_minimum_of_each_422_adds_up_and_one_that_asks_for_nothing_more_ends_the_call() {
    let mut net = Net::with(|s| s.session = wants(300, 90));
    net.call(RAW);
    for (min, wanted) in [(600, "600"), (1200, "1200")] {
        let invite = net.sent(ALICE, "INVITE").pop().unwrap();
        let refusal = reply(&invite, "422 Too Small", "r1", &format!("Min-SE: {min}\r\n"), "");
        net.inject(RAW, ALICE, &refusal);
        assert_eq!(net.sent(ALICE, "INVITE").pop().unwrap().header("Session-Expires"), wanted);
    }
    let invite = net.sent(ALICE, "INVITE").pop().unwrap();
    net.inject(RAW, ALICE, &reply(&invite, "422 Too Small", "r1", "Min-SE: 1200\r\n", ""));
    let status = Outcome::Status(StatusCode::SESSION_INTERVAL_TOO_SMALL);
    assert_eq!(ending(&net, ALICE), Some(&Ending::Failed(status)));
    let mut tries = 0;
    let mut net = Net::with(|s| s.session = wants(300, 90));
    net.call(RAW);
    while ending(&net, ALICE).is_none() {
        tries += 1;
        let invite = net.sent(ALICE, "INVITE").pop().unwrap();
        let rows = format!("Min-SE: {}\r\n", 1000 * tries);
        net.inject(RAW, ALICE, &reply(&invite, "422 Too Small", "r1", &rows, ""));
    }
    assert_eq!(tries, 5, "a peer that always wants more is not followed for ever");
}

#[test]
fn with_a_peer_without_the_extension_who_wants_a_timer_refreshes_alone_by_invite() {
    let mut net = with_raw_peer(wants(600, 90), "");
    net.run_millis(300_400);
    let refresh = net.only(ALICE, "INVITE");
    assert_eq!(refresh.header("Session-Expires"), "600;refresher=uac");
    let origin = |p: &Packet| p.text.lines().find(|l| l.starts_with("o=")).unwrap().to_owned();
    assert!(origin(&refresh).contains(" 1 IN "), "nothing has changed: {}", refresh.text);
    net.inject(RAW, ALICE, &reply(&refresh, "200 OK", "r1", "", SDP));
    net.run_millis(300_400);
    let again = net.sent(ALICE, "INVITE").pop().unwrap();
    assert_eq!((origin(&again), again.header("CSeq")), (origin(&refresh), "3 INVITE"));
    net.run_for(secs(40));
    assert!(matches!(ending(&net, ALICE), Some(Ending::Lost(Outcome::Timeout(_)))));
}

#[test]
fn a_refresh_goes_by_update_only_to_who_allows_it() {
    for (allow, method) in [("Allow: INVITE, UPDATE\r\n", "UPDATE"), ("Allow: INVITE\r\n", "INVITE")] {
        let rows = format!("{allow}Require: timer\r\nSession-Expires: 600;refresher=uac\r\n");
        let mut net = with_raw_peer(SessionPolicy::default(), &rows);
        net.run_for(secs(299));
        assert!(net.log.is_empty());
        net.run_for(secs(2));
        assert_eq!(net.log[0].first_line().split(' ').next(), Some(method));
    }
}

#[test]
fn a_2xx_without_session_expires_turns_off_the_timer_that_only_the_peer_wanted() {
    let rows = "Allow: UPDATE\r\nRequire: timer\r\nSession-Expires: 600;refresher=uac\r\n";
    let mut net = with_raw_peer(SessionPolicy::default(), rows);
    net.run_millis(300_400);
    let update = net.only(ALICE, "UPDATE");
    net.inject(RAW, ALICE, &reply(&update, "200 OK", "r1", "", ""));
    net.run_for(secs(7200));
    assert_eq!((net.sent(ALICE, "UPDATE").len(), net.agents[ALICE].calls()), (1, 1));
}

#[test]
fn the_called_side_refreshes_for_a_caller_without_the_extension() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    raw.send(&mut net, "INVITE", 1, "Session-Expires: 600\r\nMin-SE: 500\r\n", SDP);
    net.answer(TAKEN);
    raw.learn(&net);
    let ok = net.only(BOB, "SIP/2.0 200");
    assert_eq!((ok.header("Session-Expires"), ok.header("Require")), ("600;refresher=uas", ""));
    raw.send(&mut net, "ACK", 1, "", "");
    net.run_millis(300_400);
    let refresh = net.only(BOB, "INVITE");
    assert_eq!(
        (refresh.header("Session-Expires"), refresh.header("Min-SE")),
        ("600;refresher=uac", "500"),
        "in this request we are the one that asks"
    );
}

#[test]
fn an_update_or_invite_of_the_peer_refreshes_too_and_sets_the_interval_anew() {
    for method in ["UPDATE", "INVITE"] {
        let mut net = Net::new();
        let mut raw = Caller::new("c1");
        let rows = format!("{TIMER}Session-Expires: 600\r\n");
        raw.send(&mut net, "INVITE", 1, &rows, SDP);
        net.answer(TAKEN);
        raw.learn(&net);
        raw.send(&mut net, "ACK", 1, "", "");
        net.run_for(secs(500));
        let rows = format!("{TIMER}Session-Expires: 1200;refresher=uac\r\n");
        let body = if method == "INVITE" { SDP } else { "" };
        let answer = raw.send(&mut net, method, 2, &rows, body).remove(0);
        assert_eq!(
            (answer.header("Session-Expires"), answer.header("Require")),
            ("1200;refresher=uac", "timer")
        );
        raw.send(&mut net, "ACK", 2, "", "");
        net.run_for(secs(1160));
        assert_eq!(net.agents[BOB].calls(), 1);
        net.run_for(secs(10));
        assert_eq!(ending(&net, BOB), Some(&Ending::Expired));
    }
}

#[test]
fn a_change_of_the_session_puts_the_refresh_off() {
    let (mut net, _) = talking();
    net.run_for(secs(800));
    net.order(ALICE, Command::Hold(CALL));
    net.run_for(secs(890));
    assert_eq!(net.sent(ALICE, "INVITE").pop().unwrap().header("Session-Expires"), "1800;refresher=uac");
    assert!(net.sent(ALICE, "UPDATE").is_empty());
    net.order(BOB, Command::Hold(TAKEN));
    net.run_for(secs(890));
    assert_eq!(net.only(BOB, "INVITE").header("Session-Expires"), "1800;refresher=uas");
    assert!(net.sent(ALICE, "UPDATE").is_empty(), "their change refreshes too");
    net.run_for(secs(20));
    assert_eq!(net.sent(ALICE, "UPDATE").len(), 1, "and who refreshes stays the same");
}

#[test]
fn too_short_an_interval_inside_a_call_is_422_and_leaves_the_call_and_its_timer() {
    let mut net = Net::with(|s| s.session.min = secs(600));
    let mut raw = Caller::new("c1");
    raw.send(&mut net, "INVITE", 1, &format!("{TIMER}Session-Expires: 900\r\n"), SDP);
    net.answer(TAKEN);
    raw.learn(&net);
    raw.send(&mut net, "ACK", 1, "", "");
    net.run_for(secs(100));
    let short = format!("{TIMER}Session-Expires: 599\r\n");
    for (cseq, method) in [(2, "UPDATE"), (3, "INVITE")] {
        let refusal = raw.send(&mut net, method, cseq, &short, SDP).remove(0);
        assert!(refusal.is("SIP/2.0 422") && refusal.header("Min-SE") == "600", "{}", refusal.text);
    }
    raw.send(&mut net, "ACK", 3, "", "");
    net.run_for(secs(760));
    assert_eq!(net.agents[BOB].calls(), 1);
    net.run_for(secs(10));
    assert_eq!(ending(&net, BOB), Some(&Ending::Expired), "900 s less 32 s after the INVITE");
}

#[test]
fn a_refresh_of_the_peer_keeps_the_interval_that_it_wanted_longer_than_ours() {
    let mut net = Net::with(with_policies(wants(300, 90), SessionPolicy { expires: None, min: secs(1200) }));
    net.call(BOB);
    net.run_millis(100);
    net.answer(TAKEN);
    net.run_millis(100);
    net.order(BOB, Command::Hold(TAKEN));
    net.run_millis(100);
    assert_eq!(net.only(BOB, "INVITE").header("Session-Expires"), "1200;refresher=uas");
    let granted = net.sent(ALICE, "SIP/2.0 200").pop().unwrap();
    assert_eq!(granted.header("Session-Expires"), "1200;refresher=uas");
}

#[test]
fn a_422_to_a_refresh_is_met_with_more_and_the_larger_minimum_is_said_from_then_on() {
    let rows = "Allow: UPDATE\r\nRequire: timer\r\nSession-Expires: 600;refresher=uac\r\n";
    let mut net = with_raw_peer(SessionPolicy::default(), rows);
    net.run_millis(300_400);
    let update = net.only(ALICE, "UPDATE");
    net.inject(RAW, ALICE, &reply(&update, "422 Too Small", "r1", "Min-SE: 900\r\n", ""));
    let again = net.sent(ALICE, "UPDATE").pop().unwrap();
    assert_eq!((again.header("Session-Expires"), again.header("Min-SE")), ("900;refresher=uac", "900"));
    assert_eq!(again.header("CSeq"), "3 UPDATE");
    let granted = "Require: timer\r\nSession-Expires: 900;refresher=uac\r\n";
    net.inject(RAW, ALICE, &reply(&again, "200 OK", "r1", granted, ""));
    net.run_millis(450_400);
    let next = net.sent(ALICE, "UPDATE").pop().unwrap();
    assert_eq!((next.header("Min-SE"), next.header("CSeq")), ("900", "4 UPDATE"));
}

#[test]
fn a_refresh_that_shows_the_session_lost_ends_it_with_bye_and_other_refusals_are_tried_again_in_time() {
    let rows = "Allow: UPDATE\r\nRequire: timer\r\nSession-Expires: 600;refresher=uac\r\n";
    for (status, is_over) in [("481 Gone", true), ("408 Late", true), ("500 Error", false), ("403 No", false)]
    {
        let mut net = with_raw_peer(SessionPolicy::default(), rows);
        let began = net.now;
        net.run_millis(300_400);
        let update = net.only(ALICE, "UPDATE");
        net.inject(RAW, ALICE, &reply(&update, status, "r1", "", ""));
        assert_eq!((net.sent(ALICE, "BYE").len() == 1, net.agents[ALICE].calls() == 0), (is_over, is_over));
        assert!(!net.events[ALICE].iter().any(|e| matches!(e, Event::Unchanged { .. })));
        if is_over {
            continue;
        }
        net.run_millis(150_400);
        let updates = net.sent(ALICE, "UPDATE");
        assert_eq!((updates.len(), updates[1].at.since(began)), (2, Duration::from_millis(450_400)));
        net.inject(RAW, ALICE, &reply(&updates[1], status, "r1", "", ""));
        net.run_for(secs(150));
        let expired = &net.sent(ALICE, "BYE")[0];
        assert_eq!((expired.at.since(began), ending(&net, ALICE)), (secs(600), Some(&Ending::Expired)));
    }
}

#[test]
fn a_refresh_that_meets_a_change_of_the_peer_is_tried_again_after_491() {
    // Without UPDATE on either side, refreshes carry offers.
    let mut net = with_raw_peer(wants(600, 90), "");
    net.run_for(secs(300));
    let refresh = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&refresh, "491 Pending", "r1", "", ""));
    net.run_for(secs(5));
    let again = net.sent(ALICE, "INVITE").pop().unwrap();
    assert_eq!((again.header("CSeq"), again.header("Session-Expires")), ("3 INVITE", "600;refresher=uac"));
    assert!(again.at > refresh.at);
    net.inject(RAW, ALICE, &reply(&again, "200 OK", "r1", "", SDP));
    net.log.clear();
    net.run_for(secs(299));
    assert!(net.log.is_empty());
    net.run_for(secs(1));
    assert_eq!(net.only(ALICE, "INVITE").header("CSeq"), "4 INVITE");
}

#[test]
fn a_session_with_a_timer_lives_on_over_a_bad_line() {
    for seed in 0..20 {
        let policy = with_policies(wants(600, 90), SessionPolicy::default());
        let mut net = Net::seeded(seed, ringback_sip::flow::Transport::Udp, policy);
        net.call(BOB);
        net.run_millis(50);
        net.answer(TAKEN);
        net.run_millis(50);
        let mut dice = Entropy::new(Seed::from_number(seed));
        net.weather = Box::new(move |_| match dice.below(10) {
            0 | 1 => vec![],
            2 => vec![LATENCY, LATENCY * 300],
            _ => vec![LATENCY],
        });
        net.run_for(secs(5 * 3600));
        assert_eq!((net.agents[ALICE].calls(), net.agents[BOB].calls()), (1, 1), "seed {seed}");
        net.weather = Box::new(|_| vec![LATENCY]);
        net.order(ALICE, Command::Hangup(CALL));
        net.rest();
        assert_eq!(ending(&net, BOB), Some(&Ending::HungUp(Side::Peer)));
    }
}

#[test]
fn who_requires_the_extension_finds_it_and_what_else_is_required_is_420() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    let refusal = raw.send(&mut net, "INVITE", 1, "Require: timer, join\r\n", SDP).remove(0);
    assert!(refusal.is("SIP/2.0 420") && refusal.header("Unsupported") == "join", "{}", refusal.text);
    let mut raw = Caller::new("c2");
    assert!(raw.send(&mut net, "INVITE", 1, "Require: timer\r\n", SDP).is_empty());
    assert_eq!(net.agents[BOB].calls(), 1);
}
