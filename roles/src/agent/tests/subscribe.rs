//! Watching somebody (RFC 6665 §4.1): a raw peer is the notifier.

use super::net::*;
use super::raw::reply;
use crate::agent::{Command, Event, Notification, Outcome, Subscribing, SubscriptionId, Unsubscribed};
use crate::event::{Reason, Standing};
use ringback_sip::journal::Fact;
use ringback_sip::registry::{StatusCode, Timer};
use ringback_sip::time::Duration;

const WATCH: SubscriptionId = SubscriptionId(3);
const N: Duration = Duration::from_secs(32);

fn subscribe(net: &mut Net, event: &str, secs: u64) {
    let what = Subscribing {
        target: format!("sip:bob@{}", address(RAW)),
        event: event.to_owned(),
        accept: "text/plain".to_owned(),
        takes_lists: false,
        expires: Duration::from_secs(secs),
    };
    net.order(ALICE, Command::Subscribe { subscription: WATCH, what: Box::new(what) });
}

/// The last SUBSCRIBE of alice.
fn last(net: &Net) -> Packet {
    net.sent(ALICE, "SUBSCRIBE").pop().unwrap()
}

fn answer(net: &mut Net, status: &str, rows: &str) {
    let request = last(net);
    net.inject(RAW, ALICE, &reply(&request, status, "n1", rows, ""));
}

/// A NOTIFY to whoever sent `subscribe`; what alice answers.
fn notify_as(net: &mut Net, subscribe: &Packet, tag: &str, cseq: u32, event: &str, state: &str) -> String {
    let (from, call_id) = (subscribe.header("From").to_owned(), subscribe.header("Call-ID"));
    let state = if state.is_empty() { String::new() } else { format!("Subscription-State: {state}\r\n") };
    let text = format!(
        "NOTIFY sip:alice@192.0.2.10:5060 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bKn{tag}{cseq}{}\r\nMax-Forwards: 70\r\n\
         From: <sip:bob@192.0.2.17>;tag={tag}\r\nTo: {from}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} NOTIFY\r\n\
         Contact: <sip:raw@192.0.2.17:5060>\r\nEvent: {event}\r\n{state}Content-Type: text/plain\r\n\
         Content-Length: 4\r\n\r\nopen",
        net.log.len()
    );
    net.inject(RAW, ALICE, &text);
    net.log.iter().rev().find(|p| p.is("SIP/2.0")).unwrap().text.clone()
}

fn notify(net: &mut Net, cseq: u32, state: &str) -> String {
    let subscribe = last(net);
    notify_as(net, &subscribe, "n1", cseq, "presence", state)
}

/// Alice watches and was told so.
fn watching(secs: u64) -> Net {
    let mut net = Net::new();
    subscribe(&mut net, "presence", secs);
    answer(&mut net, "200 OK", &format!("Expires: {secs}\r\n"));
    assert!(notify(&mut net, 1, &format!("active;expires={secs}")).starts_with("SIP/2.0 200"));
    net.log.clear();
    net.events[ALICE].clear();
    net
}

fn told(net: &Net) -> Vec<Notification> {
    let events = net.events[ALICE].iter();
    let told = events.filter_map(|e| match e {
        Event::Notified { subscription: WATCH, notification } => Some((**notification).clone()),
        _ => None,
    });
    told.collect()
}

/// Why it was over, and when it begins anew.
fn ends(net: &Net) -> Vec<(Unsubscribed, Option<u64>)> {
    let events = net.events[ALICE].iter();
    let ends = events.filter_map(|e| match e {
        Event::Unsubscribed { subscription: WATCH, end, retry, .. } => {
            Some((*end, retry.map(|wait| wait.as_secs())))
        }
        _ => None,
    });
    ends.collect()
}

fn failed(status: u16) -> Unsubscribed {
    Unsubscribed::Failed(Outcome::Status(StatusCode::new(status).unwrap()))
}

#[test]
fn a_subscription_says_what_it_wants_and_its_notifications_are_told() {
    let mut net = Net::new();
    subscribe(&mut net, "presence", 600);
    let request = net.only(ALICE, "SUBSCRIBE");
    assert_eq!((request.header("Event"), request.header("Expires")), ("presence", "600"));
    assert_eq!(request.header("Accept"), "text/plain");
    assert!(request.header("Contact").starts_with("<sip:alice@192.0.2.10:5060>"));
    answer(&mut net, "200 OK", "Expires: 300\r\n");
    assert_eq!(
        net.events[ALICE],
        [Event::Subscribed { subscription: WATCH, expires: Duration::from_secs(300) }]
    );
    assert!(notify(&mut net, 1, "pending;expires=300").starts_with("SIP/2.0 200"));
    assert!(notify(&mut net, 2, "active;expires=299").starts_with("SIP/2.0 200"));
    let told = told(&net);
    assert_eq!((told[0].standing, told[1].standing), (Standing::Pending, Standing::Active));
    assert_eq!((told[1].expires, &told[1].body[..]), (Duration::from_secs(299), &b"open"[..]));
    assert_eq!(told[1].kind.to_string(), "text/plain");
}

#[test]
fn without_a_notify_the_subscription_ends_at_timer_n_and_with_one_it_does_not() {
    let mut net = Net::new();
    subscribe(&mut net, "presence", 600);
    answer(&mut net, "200 OK", "Expires: 600\r\n");
    net.run_for(N - Duration::from_millis(1));
    assert!(ends(&net).is_empty());
    net.run_millis(1);
    assert_eq!(ends(&net), [(Unsubscribed::Failed(Outcome::Timeout(Timer::N)), Some(30))]);
    assert!(notify(&mut net, 1, "active;expires=600").starts_with("SIP/2.0 481"), "it came too late");
    let mut net = watching(600);
    net.run_for(N * 2);
    assert!(ends(&net).is_empty());
}

#[test]
fn a_202_of_old_to_a_subscribe_counts_as_200() {
    let mut net = Net::new();
    subscribe(&mut net, "presence", 600);
    answer(&mut net, "202 Accepted", "Expires: 300\r\n");
    let granted = Event::Subscribed { subscription: WATCH, expires: Duration::from_secs(300) };
    assert_eq!(net.events[ALICE], [granted]);
    assert!(notify(&mut net, 1, "active;expires=300").starts_with("SIP/2.0 200"));
    net.run_for(N * 2);
    assert!(ends(&net).is_empty());
}

#[test]
fn a_notify_may_come_before_the_answer() {
    let mut net = Net::new();
    subscribe(&mut net, "presence", 600);
    assert!(notify(&mut net, 1, "active;expires=600").starts_with("SIP/2.0 200"));
    answer(&mut net, "200 OK", "Expires: 600\r\n");
    net.run_for(N);
    assert_eq!((told(&net).len(), ends(&net).len()), (1, 0));
    until_refresh(&mut net);
    let refresh = last(&net);
    assert!(refresh.header("To").contains(";tag=n1"), "inside the dialog: {}", refresh.text);
    assert!(refresh.is("SUBSCRIBE sip:raw@192.0.2.17:5060"));
    assert_eq!(refresh.header("CSeq"), "2 SUBSCRIBE");
}

#[test]
fn a_notify_of_nothing_that_we_watch_is_481_and_of_another_event_489() {
    let mut net = watching(600);
    let what = Subscribing {
        target: format!("sip:bob@{}", address(RAW)),
        event: "presence".to_owned(),
        accept: String::new(),
        takes_lists: false,
        expires: Duration::from_secs(600),
    };
    net.order(ALICE, Command::Subscribe { subscription: SubscriptionId(4), what: Box::new(what) });
    let request = last(&net);
    let line = |answer: String| answer.lines().next().unwrap_or_default().to_owned();
    let other = notify_as(&mut net, &request, "x", 1, "dialog", "active");
    assert!(other.starts_with("SIP/2.0 489") && header(&other, "Allow-Events") == "presence", "{other}");
    assert!(line(notify_as(&mut net, &request, "x", 1, "presence;id=7", "active")).contains("481"));
    assert!(line(notify_as(&mut net, &request, "x", 2, "presence", "")).contains("400"));
    assert!(line(notify_as(&mut net, &request, "x", 3, "presence", "active")).contains("200"));
    let mut stranger = request.clone();
    stranger.text = stranger.text.replace(request.header("Call-ID"), "nobody");
    assert!(line(notify_as(&mut net, &stranger, "x", 4, "presence", "active")).contains("481"));
    assert!(
        line(notify_as(&mut net, &request, "second", 1, "presence", "active")).contains("481"),
        "one only"
    );
    let of = |fact: &Fact| match fact {
        Fact::Answered { status, cause, .. } if !status.is_success() => Some((status.number(), cause.id())),
        _ => None,
    };
    let causes: Vec<_> = net.told.iter().filter_map(of).collect();
    let forged = (481, "no-such-dialog");
    assert_eq!(causes, [(489, "bad-event"), forged, (400, "malformed"), forged, forged]);
}

#[test]
fn a_notify_about_a_list_is_taken_by_who_said_that_it_may_and_420_by_others() {
    for takes_lists in [true, false] {
        let mut net = Net::new();
        let what = Subscribing {
            target: format!("sip:friends@{}", address(RAW)),
            event: "presence".to_owned(),
            accept: String::new(),
            takes_lists,
            expires: Duration::from_secs(600),
        };
        net.order(ALICE, Command::Subscribe { subscription: WATCH, what: Box::new(what) });
        let request = last(&net);
        assert_eq!(request.text.contains("Supported: eventlist\r\n"), takes_lists, "{}", request.text);
        answer(&mut net, "200 OK", "Expires: 600\r\nRequire: eventlist\r\n");
        let told = notify_as(&mut net, &request, "n1", 1, "presence\r\nRequire: eventlist", "active");
        match takes_lists {
            true => assert!(told.starts_with("SIP/2.0 200"), "{told}"),
            false => assert!(told.starts_with("SIP/2.0 420") && header(&told, "Unsupported") == "eventlist"),
        }
    }
}

#[test]
fn a_notify_out_of_order_is_500_and_not_told() {
    let mut net = watching(600);
    until_refresh(&mut net);
    let request = last(&net);
    assert!(notify_as(&mut net, &request, "n1", 5, "presence", "active").starts_with("SIP/2.0 200"));
    assert!(notify_as(&mut net, &request, "n1", 4, "presence", "active").starts_with("SIP/2.0 500"));
    assert_eq!(told(&net).len(), 1);
}

/// Runs until alice sends one more SUBSCRIBE, or watches no more.
fn until_refresh(net: &mut Net) {
    let (sent, over) = (net.sent(ALICE, "SUBSCRIBE").len(), ends(net).len());
    for _ in 0..600 {
        if net.sent(ALICE, "SUBSCRIBE").len() > sent || ends(net).len() > over {
            return;
        }
        net.run_for(Duration::from_secs(1));
    }
    panic!("nothing was sent");
}

#[test]
fn a_subscription_is_refreshed_before_it_ends_and_ended_with_expires_0() {
    let mut net = watching(600);
    net.run_for(Duration::from_secs(299));
    assert!(net.sent(ALICE, "SUBSCRIBE").is_empty());
    until_refresh(&mut net);
    assert_eq!(net.sent(ALICE, "SUBSCRIBE")[0].header("Expires"), "600");
    answer(&mut net, "200 OK", "Expires: 600\r\n");
    assert!(notify(&mut net, 2, "active;expires=600").starts_with("SIP/2.0 200"));
    net.order(ALICE, Command::Unsubscribe(WATCH));
    let request = last(&net);
    assert_eq!((request.header("Expires"), request.header("Event")), ("0", "presence"));
    answer(&mut net, "200 OK", "Expires: 0\r\n");
    assert!(ends(&net).is_empty(), "the last NOTIFY is still to come");
    assert!(notify(&mut net, 3, "active;expires=1").starts_with("SIP/2.0 200"), "it crossed ours");
    assert!(notify(&mut net, 4, "terminated;reason=timeout").starts_with("SIP/2.0 200"));
    assert_eq!(ends(&net), [(Unsubscribed::Done, None)]);
    assert!(notify(&mut net, 5, "active").starts_with("SIP/2.0 481"));
    net.rest();
}

#[test]
fn an_end_that_the_notifier_does_not_confirm_comes_at_timer_n() {
    let mut net = watching(600);
    net.order(ALICE, Command::Unsubscribe(WATCH));
    answer(&mut net, "200 OK", "Expires: 0\r\n");
    notify(&mut net, 2, "active");
    net.run_for(N);
    assert_eq!(ends(&net), [(Unsubscribed::Failed(Outcome::Timeout(Timer::N)), None)]);
}

#[test]
fn who_wants_the_end_before_anybody_answered_ends_what_comes_about() {
    let mut net = Net::new();
    subscribe(&mut net, "presence", 600);
    net.order(ALICE, Command::Unsubscribe(WATCH));
    answer(&mut net, "200 OK", "Expires: 600\r\n");
    notify(&mut net, 1, "active;expires=600");
    assert_eq!(last(&net).header("Expires"), "0");
    answer(&mut net, "200 OK", "");
    notify(&mut net, 2, "terminated");
    assert_eq!(ends(&net), [(Unsubscribed::Done, None)]);
}

#[test]
fn an_end_waits_for_the_refresh_that_is_under_way() {
    for notify_first in [false, true] {
        let mut net = watching(600);
        until_refresh(&mut net);
        net.order(ALICE, Command::Unsubscribe(WATCH));
        let refresh = last(&net);
        assert_eq!(refresh.header("Expires"), "600");
        if notify_first {
            notify(&mut net, 2, "active;expires=600");
            assert_eq!(last(&net).header("Expires"), "600", "one at a time");
        }
        net.inject(RAW, ALICE, &reply(&refresh, "200 OK", "n1", "Expires: 600\r\n", ""));
        assert_eq!(last(&net).header("Expires"), "0");
    }
}

#[test]
fn asking_once_ends_with_the_answer() {
    let mut net = Net::new();
    subscribe(&mut net, "presence", 0);
    assert_eq!(last(&net).header("Expires"), "0");
    answer(&mut net, "200 OK", "Expires: 0\r\n");
    notify(&mut net, 1, "terminated;reason=timeout");
    assert_eq!((told(&net).len(), ends(&net)), (1, vec![(Unsubscribed::Done, None)]));
}

#[test]
fn a_refusal_ends_it_and_a_423_is_asked_again_for_longer() {
    for (code, phrase) in [(403, "Forbidden"), (404, "Not Found"), (489, "Bad Event"), (503, "No")] {
        let mut net = Net::new();
        subscribe(&mut net, "presence", 600);
        answer(&mut net, &format!("{code} {phrase}"), "");
        assert_eq!(ends(&net), [(failed(code), None)]);
        assert!(notify(&mut net, 1, "active").starts_with("SIP/2.0 481"));
        net.rest();
    }
    let mut net = Net::new();
    subscribe(&mut net, "presence", 60);
    answer(&mut net, "423 Interval Too Brief", "Min-Expires: 300\r\n");
    let [first, second] = &net.sent(ALICE, "SUBSCRIBE")[..] else { panic!("{:?}", net.lines()) };
    assert_eq!(second.header("Expires"), "300");
    assert_ne!(first.header("Call-ID"), second.header("Call-ID"));
    answer(&mut net, "423 Interval Too Brief", "Min-Expires: 200\r\n");
    assert_eq!(ends(&net), [(failed(423), None)], "who is not content with more is not asked again");
}

#[test]
fn a_first_try_is_made_again_when_the_answer_says_when_or_nobody_answered_and_not_for_ever() {
    for (status, rows, retry) in [
        ("503 No", "Retry-After: 7\r\n", Some(7)),
        ("503 No", "Retry-After: 7 (in maintenance);duration=60\r\n", Some(7)),
        ("480 Away", "Retry-After: 40\r\n", Some(40)),
        ("408 Late", "", Some(30)),
        ("503 No", "Retry-After: 3601\r\n", None),
        ("503 No", "", None),
        ("486 Busy", "Retry-After: 7\r\n", None),
        ("603 Declined", "Retry-After: 7\r\n", None),
    ] {
        let mut net = Net::new();
        subscribe(&mut net, "presence", 600);
        answer(&mut net, status, rows);
        assert_eq!(ends(&net).len(), 1);
        assert_eq!(ends(&net)[0].1, retry, "{status} {rows}");
        net.run_for(Duration::from_secs(retry.unwrap_or(4000)));
        assert_eq!(net.sent(ALICE, "SUBSCRIBE").len(), 1 + usize::from(retry.is_some()), "{status} {rows}");
    }
    let mut net = Net::new();
    subscribe(&mut net, "presence", 600);
    net.run_for(Duration::from_secs(600));
    let waits: Vec<_> = ends(&net).into_iter().map(|(_, retry)| retry).collect();
    assert_eq!(waits, [Some(30), Some(60), Some(120), None]);
    assert!(net.agents[ALICE].is_at_rest());
    let mut net = Net::new();
    subscribe(&mut net, "presence", 0);
    answer(&mut net, "503 No", "Retry-After: 7\r\n");
    assert_eq!(ends(&net), [(failed(503), None)], "who asks once asks once");
}

#[test]
fn a_first_try_that_succeeds_later_stands() {
    let mut net = Net::new();
    subscribe(&mut net, "presence", 600);
    answer(&mut net, "503 No", "Retry-After: 7\r\n");
    net.run_for(Duration::from_secs(7));
    answer(&mut net, "200 OK", "Expires: 600\r\n");
    assert!(!net.agents[ALICE].is_at_rest(), "a NOTIFY is to come");
    assert!(notify(&mut net, 1, "active;expires=600").starts_with("SIP/2.0 200"));
    net.run_for(N);
    assert!(net.agents[ALICE].is_at_rest(), "it stands, and nobody is waited for");
    net.order(ALICE, Command::Unsubscribe(WATCH));
    answer(&mut net, "200 OK", "Expires: 0\r\n");
    net.run_for(N / 2);
    assert!(!net.agents[ALICE].is_at_rest(), "the last NOTIFY is to come");
    notify(&mut net, 2, "terminated");
    net.rest();
}

#[test]
fn what_the_notifier_ends_begins_anew_when_its_reason_allows_it() {
    for (state, reason, retry) in [
        ("terminated;reason=deactivated;retry-after=99", Reason::Deactivated, Some(0)),
        ("terminated;reason=timeout", Reason::Timeout, Some(0)),
        ("terminated;reason=probation;retry-after=77", Reason::Probation, Some(77)),
        ("terminated;reason=probation", Reason::Probation, Some(30)),
        ("terminated;reason=giveup;retry-after=5", Reason::GiveUp, Some(5)),
        ("terminated;reason=rejected;retry-after=5", Reason::Rejected, None),
        ("terminated;reason=noresource", Reason::NoResource, None),
        ("terminated;reason=invariant", Reason::Invariant, None),
        ("terminated;reason=tired;retry-after=8", Reason::Unknown, Some(8)),
    ] {
        let mut net = Net::new();
        subscribe(&mut net, "presence", 600);
        let first = last(&net);
        answer(&mut net, "200 OK", "Expires: 600\r\n");
        notify(&mut net, 1, "active;expires=600");
        notify(&mut net, 2, state);
        assert_eq!(ends(&net), [(Unsubscribed::Terminated(reason), retry)], "{state}");
        net.run_for(Duration::from_secs(retry.unwrap_or(3000)));
        let sent = net.sent(ALICE, "SUBSCRIBE");
        assert_eq!(sent.len() > 1, retry.is_some(), "{state}");
        if let Some(second) = sent.get(1) {
            let tag = |p: &Packet| p.header("From").to_owned();
            assert_ne!((first.header("Call-ID"), tag(&first)), (second.header("Call-ID"), tag(second)));
            assert!(!second.header("To").contains("tag="));
        }
    }
}

#[test]
fn a_notifier_that_ends_each_at_once_is_not_asked_without_a_pause() {
    let mut net = Net::new();
    subscribe(&mut net, "presence", 600);
    for _ in 0..4 {
        answer(&mut net, "200 OK", "Expires: 600\r\n");
        notify(&mut net, 1, "active;expires=600");
        notify(&mut net, 2, "terminated;reason=deactivated");
        let wait = ends(&net).last().and_then(|(_, retry)| *retry).unwrap();
        net.run_for(Duration::from_secs(wait));
    }
    let waits: Vec<_> = ends(&net).into_iter().filter_map(|(_, retry)| retry).collect();
    assert_eq!(waits, [0, 60, 120, 240]);
}

#[test]
fn a_refresh_that_fails_for_the_subscription_begins_anew_and_one_that_may_pass_waits_for_its_end() {
    for (code, is_over) in [(481, true), (404, true), (500, false), (403, false)] {
        let mut net = watching(600);
        until_refresh(&mut net);
        answer(&mut net, &format!("{code} No"), "");
        let retry = if code == 481 { Some(0) } else { None };
        let wanted = if is_over { vec![(failed(code), retry)] } else { vec![] };
        assert_eq!(ends(&net), wanted, "{code}");
        if is_over {
            continue;
        }
        let begun = net.now;
        while ends(&net).is_empty() {
            until_refresh(&mut net);
            answer(&mut net, &format!("{code} No"), "");
        }
        assert_eq!(ends(&net)[0], (Unsubscribed::Terminated(Reason::Timeout), Some(0)), "{code}");
        assert!(net.sent(ALICE, "SUBSCRIBE").len() > 2, "{code}");
        assert!(net.now.since(begun) > Duration::from_secs(60), "it held as long as it was granted: {code}");
    }
}

#[test]
fn a_refresh_without_a_notify_ends_at_timer_n_and_after_204_it_does_not() {
    for status in ["200 OK", "204 No Notification"] {
        let mut net = watching(600);
        until_refresh(&mut net);
        answer(&mut net, status, "Expires: 600\r\n");
        net.run_for(N);
        let is_over = !ends(&net).is_empty();
        assert_eq!(is_over, status.starts_with("200"), "{status}");
    }
}

#[test]
fn each_notifier_of_a_forked_subscription_is_taken_where_the_package_allows_it() {
    let mut net = Net::new();
    subscribe(&mut net, "dialog", 600);
    let request = last(&net);
    answer(&mut net, "200 OK", "Expires: 600\r\n");
    for tag in ["n1", "n2"] {
        let taken = notify_as(&mut net, &request, tag, 1, "dialog", "active;expires=600");
        assert!(taken.starts_with("SIP/2.0 200"), "{taken}");
    }
    assert_eq!(told(&net).len(), 2);
    notify_as(&mut net, &request, "n1", 2, "dialog", "terminated;reason=noresource");
    assert!(ends(&net).is_empty(), "the other one stands");
    net.run_for(N);
    let late = notify_as(&mut net, &request, "n3", 1, "dialog", "active");
    assert!(late.starts_with("SIP/2.0 481"), "Timer N has run out");
    net.order(ALICE, Command::Unsubscribe(WATCH));
    assert!(last(&net).header("To").contains(";tag=n2"));
    notify_as(&mut net, &request, "n2", 2, "dialog", "terminated");
    assert_eq!(ends(&net), [(Unsubscribed::Done, None)]);
}

#[test]
fn notifiers_of_one_subscription_are_bounded() {
    let mut net = Net::new();
    subscribe(&mut net, "dialog", 600);
    let request = last(&net);
    for n in 0..crate::agent::NOTIFIERS_MAX {
        assert!(notify_as(&mut net, &request, &format!("n{n}"), 1, "dialog", "active").contains("200 OK"));
    }
    assert!(notify_as(&mut net, &request, "more", 1, "dialog", "active").starts_with("SIP/2.0 481"));
}
