//! What enemies do with events: the proper refusal, and an entry of the journal that names its cause.

use super::world::{ALICE, BOB, PROXY, World, whats};
use crate::presence::PACKAGES;
use crate::xml::{XML_DEPTH_MAX, XML_ELEMENTS_MAX};
use ringback_sip::flow::Transport;
use ringback_sip::journal::{BranchEnd, Cause, Fact, Subscription};
use ringback_sip::registry::{EventPackage, StatusCode};

const PHONE: &str = "192.0.2.21:5060";

fn ask(method: &str, who: &str, call: &str, rows: &str, body: &str) -> String {
    format!(
        "{method} {BOB} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{method}{call}\r\nMax-Forwards: 70\r\n\
         From: <sip:{who}@example.test>;tag={call}\r\nTo: <{BOB}>\r\nCall-ID: {call}\r\nCSeq: 1 {method}\r\n\
         {rows}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn subscribe(call: &str, event: &str, contact: &str) -> String {
    ask("SUBSCRIBE", "alice", call, &format!("Event: {event}\r\nContact: <{contact}>\r\n"), "")
}

fn publish(who: &str, call: &str, body: &str) -> String {
    ask("PUBLISH", who, call, "Event: presence\r\nContent-Type: application/pidf+xml\r\n", body)
}

/// The codes and causes of the answers to `text`.
fn answers(world: &mut World, text: &str) -> Vec<(u16, Cause)> {
    world.journal.clear();
    world.receive(ALICE, text);
    let of = |fact: &Fact| match fact {
        Fact::Answered { status, cause, .. } => Some((status.number(), cause.clone())),
        _ => None,
    };
    world.journal.iter().filter_map(|entry| of(&entry.fact)).collect()
}

#[test]
fn notifications_to_ourselves_end_with_the_subscription_that_asked_for_them() {
    let mut world = World::new();
    let sent = world.receive(ALICE, &subscribe("w", "presence", &format!("sip:{PROXY}")));
    assert_eq!((whats(&sent), sent[1].to()), (vec!["200".into(), "NOTIFY".into()], PROXY.into()));
    world.journal.clear();
    let back = world.receive(PROXY, &sent[1].text());
    assert_eq!(whats(&back), ["405"], "{back:?}");
    assert_eq!(world.answers(), [(405, "method-not-allowed")]);
    world.answer(&sent[1], 405, "x", "");
    assert_eq!((world.server.subscriptions(), world.run_secs(100).len()), (0, 0));
    let lost = BranchEnd::Response(StatusCode::METHOD_NOT_ALLOWED);
    let is_it = |fact: &Fact| matches!(fact, Fact::Subscription { change: Subscription::Lost(end), .. } if *end == lost);
    assert!(world.journal.iter().any(|entry| is_it(&entry.fact)), "{:?}", world.journal);
}

#[test]
fn a_subscribe_that_its_phone_sends_back_ends_with_482() {
    let mut world = World::with(|settings| {
        settings.presence.packages.retain(|package| *package != EventPackage::MESSAGE_SUMMARY);
    });
    world.register("bob", "<sip:bob@192.0.2.21>", PHONE, Transport::Udp);
    let mut request =
        ask("SUBSCRIBE", "bob", "m", "Event: message-summary\r\nContact: <sip:bob@192.0.2.21>\r\n", "");
    let mut rounds = 0;
    let last = loop {
        let sent = world.receive(PHONE, &request);
        let Some(out) = sent.iter().find(|sent| sent.what() == "SUBSCRIBE") else { break sent };
        rounds += 1;
        // The phone forwards it to the user whom it is for: that is, to us.
        let ours = out.text();
        let (line, rest) = ours.split_once("\r\n").unwrap();
        let line = line.replace(&out.uri(), BOB);
        request = format!("{line}\r\nVia: SIP/2.0/UDP 192.0.2.21;branch=z9hG4bKback{rounds}\r\n{rest}");
        assert!(rounds < 5);
    };
    assert_eq!((rounds, whats(&last)), (1, vec!["482".to_owned()]));
    assert_eq!(world.answers().last(), Some(&(482, "loop")));
}

#[test]
fn a_forged_notify_gets_no_further_than_a_request_outside_every_dialog() {
    let mut world = World::with_bob(&["<sip:bob@192.0.2.21>"]);
    world.reconfigure(|settings| settings.access.required = true);
    let rows = "Event: presence\r\nSubscription-State: active\r\nContact: <sip:x@192.0.2.66>\r\n";
    let forged = |uri: &str, call: &str| {
        let text = ask("NOTIFY", "alice", call, rows, "")
            .replace(&format!("NOTIFY {BOB}"), &format!("NOTIFY {uri}"));
        text.replace(&format!("To: <{BOB}>"), &format!("To: <{BOB}>;tag=forged"))
    };
    let told = answers(&mut world, &forged(&format!("sip:{PROXY}"), "n1"));
    assert_eq!(told, [(405, Cause::MethodNotAllowed(b"NOTIFY"[..].into()))]);
    for (uri, call) in [(BOB, "n2"), ("sip:bob@192.0.2.21", "n3")] {
        let told = answers(&mut world, &forged(uri, call));
        assert!(
            told.iter().all(|(code, _)| [401, 403, 407].contains(code)) && !told.is_empty(),
            "{uri}: {told:?}"
        );
    }
}

#[test]
fn documents_that_would_grow_without_end_are_400_and_the_journal_names_the_limit() {
    let mut world = World::new();
    let presence = |inside: &str| {
        format!("<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='{BOB}'>{inside}</presence>")
    };
    let entities = "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]>";
    let deep = "<a>".repeat(XML_DEPTH_MAX) + &"</a>".repeat(XML_DEPTH_MAX);
    for (n, (body, cause)) in [
        (format!("{entities}{}", presence("&c;")), Cause::DocumentType),
        (presence(&deep), Cause::Limit("XML_DEPTH_MAX".into())),
        (presence(&"<a/>".repeat(XML_ELEMENTS_MAX)), Cause::Limit("XML_ELEMENTS_MAX".into())),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(answers(&mut world, &publish("bob", &format!("x{n}"), &body)), [(400, cause)]);
    }
    let broken = answers(&mut world, &publish("bob", "b", &presence("<a>")));
    assert!(matches!(broken[..], [(400, Cause::Malformed { header: None, .. })]), "{broken:?}");
    assert_eq!(answers(&mut world, &publish("bob", "g", &presence("<note>in</note>"))), [(200, Cause::Done)]);
}

#[test]
fn who_publishes_for_another_is_403_and_changes_nothing() {
    let mut world = World::new();
    let body = format!("<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='{BOB}'/>");
    for who in ["alice", "eve"] {
        let told = answers(&mut world, &publish(who, who, &body));
        assert_eq!(told, [(403, Cause::NotOwner(b"bob@example.test"[..].into()))], "{who}");
    }
    assert_eq!(world.board.publications(), 0);
}

#[test]
fn a_flood_of_subscriptions_ends_at_the_limits_and_names_them() {
    let mut world = World::with(|settings| {
        (settings.presence.subscriptions_max, settings.presence.subscriptions_per_user_max) = (12, 8);
    });
    let limit = |name: &str| Cause::Limit(name.into());
    let mut told = Vec::new();
    for n in 0..20 {
        let event = PACKAGES[0].event.as_str();
        let from = if n < 10 { "alice" } else { "bob" };
        let text = subscribe(&format!("f{n}"), event, "sip:alice@192.0.2.1")
            .replace("sip:alice@example", &format!("sip:{from}@example"));
        told.extend(answers(&mut world, &text));
    }
    let count = |code: u16, cause: &Cause| told.iter().filter(|told| **told == (code, cause.clone())).count();
    assert_eq!(count(200, &Cause::Done), 12, "{told:?}");
    assert_eq!(count(403, &limit("SUBSCRIPTIONS_PER_USER_MAX")), 2);
    assert_eq!(count(503, &limit("SUBSCRIPTIONS_MAX")), 6);
    assert_eq!(world.server.subscriptions(), 12);
}
