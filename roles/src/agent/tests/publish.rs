//! Publishing our own state (RFC 3903 §4): a raw peer is the server.

use super::net::*;
use super::raw::reply;
use crate::agent::{Command, Event, Outcome, PublicationId, Publishing};
use ringback_sip::registry::StatusCode;
use ringback_sip::time::Duration;

const OURS: PublicationId = PublicationId(2);

/// Alice, whose server is the raw peer.
fn alice() -> Net {
    Net::with(|s| s.proxy = Some(format!("sip:{}", address(RAW))))
}

fn publish(net: &mut Net, body: &str) {
    let what = Publishing {
        event: "presence".to_owned(),
        kind: "application/pidf+xml",
        body: body.to_owned(),
        expires: Duration::from_secs(600),
    };
    net.order(ALICE, Command::Publish { publication: OURS, what: Box::new(what) });
}

fn last(net: &Net) -> Packet {
    net.sent(ALICE, "PUBLISH").pop().unwrap()
}

fn answer(net: &mut Net, status: &str, rows: &str) {
    let request = last(net);
    net.inject(RAW, ALICE, &reply(&request, status, "s1", rows, ""));
}

fn body(packet: &Packet) -> &str {
    packet.text.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

/// The document is published under the tag `t1`.
fn published() -> Net {
    let mut net = alice();
    publish(&mut net, "<open/>");
    answer(&mut net, "200 OK", "SIP-ETag: t1\r\nExpires: 600\r\n");
    net
}

fn failures(net: &Net) -> Vec<(Outcome, Option<u64>)> {
    let events = net.events[ALICE].iter();
    let failures = events.filter_map(|e| match e {
        Event::PublicationFailed { publication: OURS, outcome, retry, .. } => {
            Some((*outcome, retry.map(|r| r.as_secs())))
        }
        _ => None,
    });
    failures.collect()
}

#[test]
fn a_document_is_published_refreshed_without_it_changed_and_removed_by_its_tag() {
    let mut net = published();
    let first = last(&net);
    assert!(first.is("PUBLISH sip:alice@example.test"), "{}", first.text);
    assert_eq!((first.header("Event"), first.header("Expires")), ("presence", "600"));
    assert_eq!((first.header("SIP-If-Match"), body(&first)), ("", "<open/>"));
    assert_eq!(first.header("Content-Type"), "application/pidf+xml");
    let taken = Event::Published { publication: OURS, expires: Duration::from_secs(600) };
    assert_eq!(net.events[ALICE], [taken]);
    net.run_for(Duration::from_secs(299));
    assert_eq!(net.sent(ALICE, "PUBLISH").len(), 1);
    while net.sent(ALICE, "PUBLISH").len() == 1 {
        net.run_for(Duration::from_secs(1));
    }
    let refresh = last(&net);
    assert_eq!(
        (refresh.header("SIP-If-Match"), body(&refresh), refresh.header("Expires")),
        ("t1", "", "600")
    );
    answer(&mut net, "200 OK", "SIP-ETag: t2\r\nExpires: 600\r\n");
    publish(&mut net, "<closed/>");
    let change = last(&net);
    assert_eq!((change.header("SIP-If-Match"), body(&change)), ("t2", "<closed/>"));
    answer(&mut net, "200 OK", "SIP-ETag: t3\r\nExpires: 600\r\n");
    net.order(ALICE, Command::Unpublish(OURS));
    let end = last(&net);
    assert_eq!((end.header("SIP-If-Match"), body(&end), end.header("Expires")), ("t3", "", "0"));
    answer(&mut net, "200 OK", "SIP-ETag: t4\r\nExpires: 0\r\n");
    let gone = Event::Published { publication: OURS, expires: Duration::ZERO };
    assert_eq!(net.events[ALICE].last(), Some(&gone));
    let before = net.sent(ALICE, "PUBLISH").len();
    net.run_for(Duration::from_secs(3000));
    assert_eq!(net.sent(ALICE, "PUBLISH").len(), before);
}

#[test]
fn a_412_publishes_the_document_anew_and_without_a_tag_it_is_a_failure() {
    let mut net = published();
    publish(&mut net, "<closed/>");
    answer(&mut net, "412 Conditional Request Failed", "");
    let anew = last(&net);
    assert_eq!((anew.header("SIP-If-Match"), body(&anew)), ("", "<closed/>"));
    assert!(failures(&net).is_empty());
    answer(&mut net, "412 Conditional Request Failed", "");
    assert_eq!(failures(&net), [(Outcome::Status(StatusCode::CONDITIONAL_REQUEST_FAILED), None)]);
    let mut net = published();
    net.order(ALICE, Command::Unpublish(OURS));
    answer(&mut net, "412 Conditional Request Failed", "");
    let gone = Event::Published { publication: OURS, expires: Duration::ZERO };
    assert_eq!(net.events[ALICE].last(), Some(&gone), "what the server has lost is removed");
}

#[test]
fn a_refresh_that_meets_412_brings_the_document_again() {
    let mut net = published();
    while net.sent(ALICE, "PUBLISH").len() == 1 {
        net.run_for(Duration::from_secs(1));
    }
    answer(&mut net, "412 Conditional Request Failed", "");
    assert_eq!((last(&net).header("SIP-If-Match"), body(&last(&net))), ("", "<open/>"));
}

#[test]
fn a_423_is_asked_again_for_longer() {
    let mut net = alice();
    publish(&mut net, "<open/>");
    answer(&mut net, "423 Interval Too Brief", "Min-Expires: 900\r\n");
    assert_eq!((last(&net).header("Expires"), body(&last(&net))), ("900", "<open/>"));
    answer(&mut net, "423 Interval Too Brief", "Min-Expires: 800\r\n");
    assert_eq!(failures(&net), [(Outcome::Status(StatusCode::INTERVAL_TOO_BRIEF), None)]);
}

#[test]
fn a_server_that_wants_ever_more_time_is_not_asked_forever() {
    let mut net = alice();
    publish(&mut net, "<open/>");
    for min in 900..903 {
        answer(&mut net, "423 Interval Too Brief", &format!("Min-Expires: {min}\r\n"));
        assert!(failures(&net).is_empty());
    }
    answer(&mut net, "423 Interval Too Brief", "Min-Expires: 903\r\n");
    assert_eq!(failures(&net), [(Outcome::Status(StatusCode::INTERVAL_TOO_BRIEF), None)]);
    assert_eq!(net.sent(ALICE, "PUBLISH").len(), 4);
}

#[test]
fn a_change_waits_for_the_publish_under_way_and_takes_its_tag() {
    let mut net = alice();
    publish(&mut net, "<open/>");
    publish(&mut net, "<closed/>");
    assert_eq!(net.sent(ALICE, "PUBLISH").len(), 1, "one at a time");
    answer(&mut net, "200 OK", "SIP-ETag: t1\r\nExpires: 600\r\n");
    assert_eq!((last(&net).header("SIP-If-Match"), body(&last(&net))), ("t1", "<closed/>"));
    net.order(ALICE, Command::Unpublish(OURS));
    answer(&mut net, "200 OK", "SIP-ETag: t2\r\nExpires: 600\r\n");
    assert_eq!((last(&net).header("SIP-If-Match"), last(&net).header("Expires")), ("t2", "0"));
}

#[test]
fn a_failure_that_may_pass_is_tried_again_with_the_document_and_one_for_good_is_not() {
    let mut net = published();
    publish(&mut net, "<closed/>");
    answer(&mut net, "503 Service Unavailable", "Retry-After: 40\r\n");
    assert_eq!(failures(&net), [(Outcome::Status(StatusCode::SERVICE_UNAVAILABLE), Some(40))]);
    net.run_for(Duration::from_secs(40));
    assert_eq!((last(&net).header("SIP-If-Match"), body(&last(&net))), ("t1", "<closed/>"));
    for code in [403, 489] {
        let mut net = alice();
        publish(&mut net, "<open/>");
        answer(&mut net, &format!("{code} No"), "");
        assert_eq!(failures(&net), [(Outcome::Status(StatusCode::new(code).unwrap()), None)]);
        net.run_for(Duration::from_secs(3000));
        assert_eq!(net.sent(ALICE, "PUBLISH").len(), 1);
    }
}
