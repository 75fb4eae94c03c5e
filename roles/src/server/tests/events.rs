//! Presence through the server: publishers and watchers (RFC 6665, 3903, 5839, 3856).

use super::world::{ALICE, BOB, PROXY, Sent, World, flow, whats};
use crate::presence::PACKAGES;
use ringback_sip::flow::{FlowError, Transport};
use ringback_sip::time::Duration;

const PHONE: &str = "192.0.2.21:5060";

/// A request for bob's presence. `who` sends it with the Call-ID `call`.
fn ask(method: &str, who: &str, call: &str, cseq: u32, rows: &str, body: &str) -> String {
    let event = if rows.contains("Event:") { "" } else { "Event: presence\r\n" };
    format!(
        "{method} {BOB} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{method}{call}{cseq}\r\nMax-Forwards: 70\r\n\
         From: <sip:{who}@example.test>;tag={call}\r\nTo: <{BOB}>\r\nCall-ID: {call}\r\nCSeq: {cseq} {method}\r\n\
         Contact: <sip:{who}@192.0.2.1>\r\n{event}{rows}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn subscribe(call: &str, rows: &str) -> String {
    ask("SUBSCRIBE", "alice", call, 1, rows, "")
}

fn publish(call: &str, rows: &str, body: &str) -> String {
    let kind = if body.is_empty() { "" } else { "Content-Type: application/pidf+xml\r\n" };
    ask("PUBLISH", "bob", call, 1, &format!("{kind}{rows}"), body)
}

fn pidf(note: &str) -> String {
    format!("<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='{BOB}'><note>{note}</note></presence>")
}

/// A SUBSCRIBE inside the dialog that `granted` made.
fn again(granted: &Sent, call: &str, cseq: u32, rows: &str) -> String {
    let contact = granted.row("Contact");
    let uri = contact.trim_matches(['<', '>']);
    ask("SUBSCRIBE", "alice", call, cseq, rows, "")
        .replace(&format!("SUBSCRIBE {BOB}"), &format!("SUBSCRIBE {uri}"))
        .replace(&format!("To: <{BOB}>"), &format!("To: {}", granted.row("To")))
}

fn body(sent: &Sent) -> String {
    sent.text().split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// Alice watches bob: the 200 and the first NOTIFY, which she took.
fn watch(world: &mut World, call: &str) -> (Sent, Sent) {
    let sent = world.receive(ALICE, &subscribe(call, ""));
    assert_eq!(whats(&sent), ["200", "NOTIFY"], "{sent:?}");
    assert!(world.answer(&sent[1], 200, "", "").is_empty());
    (sent[0].clone(), sent[1].clone())
}

#[test]
fn a_watcher_is_told_the_state_at_once_and_at_each_change() {
    let mut world = World::new();
    let (granted, first) = watch(&mut world, "w1");
    assert_eq!((granted.row("Expires"), granted.row("Contact")), ("3600".into(), format!("<sip:{PROXY}>")));
    assert_eq!((first.to(), first.uri()), (ALICE.into(), "sip:alice@192.0.2.1".into()));
    assert_eq!(first.row("Event"), "presence");
    assert_eq!(first.row("Subscription-State"), "active;expires=3600");
    assert_eq!(
        (first.row("To"), first.row("From")),
        ("<sip:alice@example.test>;tag=w1".to_owned(), granted.row("To"))
    );
    assert_eq!(first.row("Content-Type"), "application/pidf+xml");
    assert!(body(&first).contains("<basic>closed</basic>"));
    world.run_secs(5);
    let sent = world.receive(PHONE, &publish("p1", "", &pidf("in")));
    assert_eq!(whats(&sent), ["200", "NOTIFY"]);
    assert_eq!(sent[0].row("Expires"), "3600");
    assert!(!sent[0].row("SIP-ETag").is_empty());
    assert_eq!(body(&sent[1]), pidf("in"));
    assert!(sent[1].row("CSeq").starts_with("2 "));
    world.answer(&sent[1], 200, "", "");
    // The publication runs out.
    let sent = world.run_secs(3590);
    assert!(sent.is_empty(), "{sent:?}");
    let sent = world.run_secs(5);
    assert_eq!(whats(&sent), ["NOTIFY"], "the subscription ends: {sent:?}");
    assert_eq!(sent[0].row("Subscription-State"), "terminated;reason=timeout");
    world.answer(&sent[0], 200, "", "");
    assert_eq!(world.server.subscriptions(), 0);
    assert_eq!(world.board.subscriptions().count(), 0);
    assert_eq!(world.run_secs(60).len(), 0, "nobody watches");
}

#[test]
fn only_one_notify_is_under_way_and_the_latest_state_comes_next() {
    let mut world = World::new();
    watch(&mut world, "w1");
    world.run_secs(5);
    let first = world.receive(PHONE, &publish("p1", "", &pidf("1")));
    let tag = format!("SIP-If-Match: {}\r\n", first[0].row("SIP-ETag"));
    let second = world.receive(PHONE, &publish("p2", &tag, &pidf("2")));
    assert_eq!(whats(&second), ["200"], "the watcher has not answered yet");
    let tag = format!("SIP-If-Match: {}\r\n", second[0].row("SIP-ETag"));
    world.receive(PHONE, &publish("p3", &tag, &pidf("3")));
    assert!(world.answer(&first[1], 200, "", "").is_empty(), "not faster than the pace");
    let sent = world.run_secs(1);
    assert_eq!(sent.iter().map(body).collect::<Vec<_>>(), [pidf("3")]);
}

#[test]
fn a_watcher_that_does_not_answer_is_forgotten_and_delays_nobody() {
    let mut world = World::new();
    watch(&mut world, "w1");
    let dead = world.receive(ALICE, &subscribe("w2", ""));
    assert_eq!(world.server.subscriptions(), 2);
    world.run_secs(2);
    let sent = world.receive(PHONE, &publish("p1", "", &pidf("1")));
    let told: Vec<_> = sent.iter().filter(|s| s.what() == "NOTIFY").map(|s| s.row("Call-ID")).collect();
    assert_eq!(told, ["w1"], "{dead:?}");
    world.answer(sent.iter().find(|s| s.what() == "NOTIFY").unwrap(), 200, "", "");
    world.run_secs(32);
    assert_eq!((world.server.subscriptions(), world.board.subscriptions().count()), (1, 1));
}

#[test]
fn a_change_that_many_watch_is_told_to_some_at_a_time() {
    let mut world = World::new();
    let watchers: Vec<_> = (0..150).map(|n| format!("w{n}")).collect();
    for call in &watchers {
        watch(&mut world, call);
    }
    world.run_secs(5);
    let calls = |sent: &[Sent]| -> Vec<String> {
        sent.iter().filter(|s| s.what() == "NOTIFY").map(|s| s.row("Call-ID")).collect()
    };
    let first = calls(&world.receive(PHONE, &publish("p1", "", &pidf("1"))));
    assert_eq!(first, watchers[..64]);
    let other = world.receive(ALICE, &subscribe("late", ""));
    assert_eq!(whats(&other), ["200"], "it waits for its turn like all others");
    assert_eq!(calls(&world.run_for(Duration::from_millis(3))), [""; 0]);
    let second = calls(&world.run_for(Duration::from_millis(1)));
    assert_eq!((second.len(), &*second[0]), (64, "late"), "and comes before those who are told a change");
    assert_eq!(second[1..], watchers[64..127]);
    assert_eq!(calls(&world.run_for(Duration::from_millis(4))), watchers[127..]);
}

#[test]
fn an_answer_of_the_watcher_decides_about_its_subscription() {
    for (code, rows, left) in
        [(481, "", 0), (404, "", 0), (489, "", 0), (500, "", 1), (503, "Retry-After: 7\r\n", 1)]
    {
        let mut world = World::new();
        let sent = world.receive(ALICE, &subscribe("w1", ""));
        world.answer(&sent[1], code, "", rows);
        assert_eq!(world.server.subscriptions(), left, "{code}");
        assert_eq!(world.board.subscriptions().count(), left, "{code}");
        let later = world.run_secs(7);
        assert_eq!(later.len(), usize::from(code == 503), "{code}");
    }
    let mut world = World::new();
    let sent = world.receive(ALICE, &subscribe("w1", ""));
    world.fail(sent[1].flow, FlowError::Refused);
    assert_eq!(world.server.subscriptions(), 1, "it may be there again");
    assert_eq!(whats(&world.run_secs(30)), ["NOTIFY"]);
}

#[test]
fn inside_its_dialog_a_subscription_is_refreshed_and_ended() {
    let mut world = World::new();
    let (granted, _) = watch(&mut world, "w1");
    let sent = world.receive(ALICE, &again(&granted, "w1", 2, "Expires: 600\r\n"));
    assert_eq!(whats(&sent), ["200", "NOTIFY"]);
    assert_eq!(
        (sent[0].row("Expires"), sent[1].row("Subscription-State")),
        ("600".into(), "active;expires=600".into())
    );
    world.answer(&sent[1], 200, "", "");
    let old =
        world.receive(ALICE, &again(&granted, "w1", 2, "Expires: 600\r\n").replace("SUBSCRIBEw12", "x"));
    assert_eq!(whats(&old), ["500"], "the number is used");
    let other = world.receive(ALICE, &again(&granted, "w1", 3, "Event: presence;id=9\r\n"));
    assert_eq!(whats(&other), ["481"], "another subscription of the dialog");
    let sent = world.receive(ALICE, &again(&granted, "w1", 4, "Expires: 0\r\n"));
    assert_eq!(whats(&sent), ["200", "NOTIFY"]);
    assert_eq!(sent[1].row("Subscription-State"), "terminated;reason=timeout");
    world.answer(&sent[1], 200, "", "");
    assert_eq!((world.server.subscriptions(), world.board.subscriptions().count()), (0, 0));
    let gone = world.receive(ALICE, &again(&granted, "w1", 5, ""));
    assert_eq!(whats(&gone), ["481"]);
}

#[test]
fn a_fetch_is_told_the_state_once() {
    let mut world = World::new();
    let sent = world.receive(ALICE, &subscribe("w1", "Expires: 0\r\n"));
    assert_eq!(whats(&sent), ["200", "NOTIFY"]);
    assert_eq!(sent[1].row("Subscription-State"), "terminated;reason=timeout");
    assert!(body(&sent[1]).contains("closed"));
    world.answer(&sent[1], 200, "", "");
    assert_eq!((world.server.subscriptions(), world.board.subscriptions().count()), (0, 0));
}

#[test]
fn who_has_the_document_is_not_sent_it_again() {
    let mut world = World::new();
    let (granted, first) = watch(&mut world, "w1");
    let has = format!("Suppress-If-Match: {}\r\n", first.row("SIP-ETag"));
    let sent = world.receive(ALICE, &again(&granted, "w1", 2, &has));
    assert_eq!(whats(&sent), ["204"]);
    assert_eq!(sent[0].row("Expires"), "3600");
    assert!(world.run_secs(32).is_empty(), "no NOTIFY follows");
    let sent = world.receive(PHONE, &publish("p1", "", &pidf("1")));
    world.answer(&sent[1], 200, "", "");
    let sent = world.receive(ALICE, &again(&granted, "w1", 3, &has));
    assert_eq!(whats(&sent), ["200", "NOTIFY"], "it has an older one");
    world.answer(&sent[1], 200, "", "");
    // A first SUBSCRIBE gets its NOTIFY, without the document.
    let now = format!("Suppress-If-Match: {}\r\n", sent[1].row("SIP-ETag"));
    let sent = world.receive(ALICE, &subscribe("w2", &now));
    assert_eq!(whats(&sent), ["200", "NOTIFY"]);
    assert_eq!((body(&sent[1]).as_str(), sent[1].rows("Content-Type").len()), ("", 0));
    assert!(now.contains(&sent[1].row("SIP-ETag")));
    world.answer(&sent[1], 200, "", "");
    let sent = world.receive(ALICE, &again(&granted, "w1", 4, "Suppress-If-Match: *\r\nExpires: 0\r\n"));
    assert_eq!(whats(&sent), ["204"], "that ends it");
    assert_eq!(world.server.subscriptions(), 1);
}

#[test]
fn what_cannot_be_served_is_refused_with_what_can() {
    let mut world = World::new();
    let refused = |world: &mut World, text: &str| {
        let sent = world.receive(ALICE, text);
        assert_eq!(sent.len(), 1, "{text}\n{sent:?}");
        (sent[0].what(), sent[0].row("Allow-Events"), sent[0].row("Accept"), sent[0].row("Min-Expires"))
    };
    let bad = |code: &str, events: &str, accept: &str, least: &str| {
        (code.to_owned(), events.to_owned(), accept.to_owned(), least.to_owned())
    };
    let events = PACKAGES.iter().map(|package| package.event.as_str()).collect::<Vec<_>>().join(", ");
    for (n, rows) in ["Event: foo\r\n", "Event:\r\n"].iter().enumerate() {
        assert_eq!(refused(&mut world, &subscribe(&format!("e{n}"), rows)), bad("489", &events, "", ""));
        let publish = publish(&format!("e{n}"), rows, &pidf("1"));
        assert_eq!(refused(&mut world, &publish), bad("489", &events, "", ""));
    }
    let nameless = subscribe("e9", "").replace("Event: presence\r\n", "");
    assert_eq!(refused(&mut world, &nameless).0, "489");
    let accept = subscribe("a", "Accept: text/plain, application/xml\r\n");
    assert_eq!(refused(&mut world, &accept), bad("406", "", "application/pidf+xml", ""));
    assert_eq!(refused(&mut world, &subscribe("b", "Expires: 59\r\n")), bad("423", "", "", "60"));
    assert_eq!(refused(&mut world, &publish("b", "Expires: 59\r\n", &pidf("1"))), bad("423", "", "", "60"));
    assert_eq!(refused(&mut world, &subscribe("c", "Expires: x\r\n")).0, "400");
    assert_eq!(refused(&mut world, &subscribe("d", "Require: gruu, EventList\r\n")).0, "420");
    assert_eq!(refused(&mut world, &publish("d", "Require: eventlist\r\n", &pidf("1"))).0, "420");
    let nowhere = subscribe("f", "").replace("Contact: <sip:alice@192.0.2.1>\r\n", "");
    assert_eq!(refused(&mut world, &nowhere).0, "400");
    let stranger = subscribe("g", "").replace("From: <sip:alice@example.test>", "From: <sip:a@else.test>");
    assert_eq!(refused(&mut world, &stranger).0, "403");
    assert_eq!((world.server.subscriptions(), world.board.subscriptions().count()), (0, 0));
    assert!(
        whats(&world.receive(ALICE, &subscribe("h", "Accept: application/*\r\n"))).contains(&"200".into())
    );
}

#[test]
fn an_hour_is_never_too_short_whatever_the_settings_say() {
    let mut world = World::with(|settings| {
        settings.presence.expires_min = ringback_sip::time::Duration::from_secs(7200);
    });
    for (n, (secs, code)) in [(3599, "423"), (3600, "200"), (4000, "200"), (0, "200")].into_iter().enumerate()
    {
        let expires = format!("Expires: {secs}\r\n");
        let sent = world.receive(ALICE, &subscribe(&format!("s{n}"), &expires));
        assert_eq!(sent[0].what(), code, "{secs}");
        let least = if code == "423" { "7200" } else { "" };
        assert_eq!(sent[0].row("Min-Expires"), least);
        if secs > 0 {
            let sent = world.receive(PHONE, &publish(&format!("p{n}"), &expires, &pidf("in")));
            assert_eq!(
                (sent[0].what().as_str(), sent[0].row("Min-Expires").as_str()),
                (code, least),
                "{secs}"
            );
        }
    }
}

#[test]
fn packages_that_phones_speak_go_on_to_them() {
    let mut world = World::with_bob(&["<sip:bob@192.0.2.21>"]);
    let sent = world.receive(ALICE, &subscribe("w1", "Event: conference\r\n"));
    assert_eq!((sent.last().unwrap().what(), sent.last().unwrap().to()), ("SUBSCRIBE".into(), PHONE.into()));
    let mut world = World::with(|settings| settings.presence.packages.clear());
    world.register("bob", "<sip:bob@192.0.2.21>", ALICE, Transport::Udp);
    let sent = world.receive(ALICE, &subscribe("w1", ""));
    assert_eq!(sent.last().unwrap().what(), "SUBSCRIBE", "nothing is served here");
}

#[test]
fn a_publication_is_refreshed_changed_and_removed_by_its_tag() {
    let mut world = World::new();
    let first = world.receive(PHONE, &publish("p1", "", &pidf("1")));
    assert_eq!(whats(&first), ["200"]);
    let by = |sent: &Sent, rows: &str| format!("SIP-If-Match: {}\r\n{rows}", sent.row("SIP-ETag"));
    let second = world.receive(PHONE, &publish("p2", &by(&first[0], "Expires: 100\r\n"), ""));
    assert_eq!((second[0].what(), second[0].row("Expires")), ("200".into(), "100".into()));
    assert_ne!(first[0].row("SIP-ETag"), second[0].row("SIP-ETag"));
    let old = world.receive(PHONE, &publish("p3", &by(&first[0], ""), ""));
    assert_eq!((old[0].what(), world.answers().last().unwrap().1), ("412".into(), "no-match"));
    let gone = world.receive(PHONE, &publish("p4", &by(&second[0], "Expires: 0\r\n"), ""));
    assert_eq!((gone[0].what(), world.board.publications()), ("200".into(), 0));
    let late = world.receive(PHONE, &publish("p5", "", &pidf("1")));
    world.run_secs(3600);
    let sent = world.receive(PHONE, &publish("p6", &by(&late[0], ""), ""));
    assert_eq!(whats(&sent), ["412"], "it has run out");
}

#[test]
fn a_publication_that_is_none_is_refused() {
    let mut world = World::with(|settings| settings.presence.document_bytes_max = 200);
    let bomb = "<!DOCTYPE a [<!ENTITY b 'b'>]><presence xmlns='urn:ietf:params:xml:ns:pidf'>&b;</presence>";
    for (text, code) in [
        (publish("a", "", &pidf(&"x".repeat(200))), "413"),
        (publish("b", "", "<presence>"), "400"),
        (publish("c", "", bomb), "400"),
        (publish("d", "", ""), "400"),
        (publish("e", "Content-Encoding: gzip\r\n", &pidf("1")), "415"),
        (publish("f", "", &pidf("1")).replace("pidf+xml", "xpidf+xml"), "415"),
        (publish("g", "SIP-If-Match: a\r\nSIP-If-Match: b\r\n", ""), "400"),
        (ask("PUBLISH", "alice", "h", 1, "Content-Type: application/pidf+xml\r\n", &pidf("1")), "403"),
    ] {
        let sent = world.receive(PHONE, &text);
        assert_eq!(whats(&sent), [code], "{text}");
        assert_eq!(
            world.answers().last().map(|(status, _)| status.to_string()).as_deref(),
            Some(code),
            "journalled"
        );
        assert_eq!(code == "415", !(sent[0].row("Accept") + &sent[0].row("Accept-Encoding")).is_empty());
    }
    assert_eq!(world.board.publications(), 0);
    assert_eq!(whats(&world.receive(PHONE, &publish("i", "", &pidf("1")))), ["200"]);
}

#[test]
fn copies_change_nothing_twice() {
    let mut world = World::new();
    let text = publish("p1", "", &pidf("1"));
    let (first, copy) = (world.receive(PHONE, &text), world.receive(PHONE, &text));
    assert_eq!((first[0].text(), copy.len(), world.board.publications()), (copy[0].text(), 1, 1));
    let text = subscribe("w1", "");
    let (first, copy) = (world.receive(ALICE, &text), world.receive(ALICE, &text));
    assert_eq!((first[0].text(), copy.len()), (copy[0].text(), 1));
    assert_eq!(world.server.subscriptions(), 1);
}

#[test]
fn subscriptions_are_bounded_for_each_watcher_and_in_all() {
    let mut world = World::with(|settings| {
        (settings.presence.subscriptions_max, settings.presence.subscriptions_per_user_max) = (3, 2);
    });
    let mut code = |who: &str, call: &str| {
        let sent = world.receive(ALICE, &ask("SUBSCRIBE", who, call, 1, "", ""));
        (sent[0].what(), world.answers().last().unwrap().1)
    };
    for call in ["a", "b"] {
        assert_eq!(code("alice", call).0, "200");
    }
    assert_eq!(code("alice", "c"), ("403".into(), "limit"));
    assert_eq!(code("bob", "d").0, "200");
    assert_eq!(code("bob", "e"), ("503".into(), "limit"));
}

#[test]
fn a_watcher_on_a_stream_behind_a_translator_is_told_over_its_stream() {
    let mut world = World::new();
    let stream = flow(Transport::Tcp, "203.0.113.7:4711");
    let sent = world.receive_over(
        stream,
        &subscribe("w1", "").replace("sip:alice@192.0.2.1", "sip:alice@10.0.0.5;transport=tcp"),
    );
    assert_eq!(whats(&sent), ["200", "NOTIFY"]);
    assert_eq!(sent[1].flow, stream);
    assert_eq!(sent[0].row("Contact"), format!("<sip:{PROXY};transport=tcp>"));
}

#[test]
fn a_notify_follows_the_route_set_of_its_dialog() {
    let mut world = World::new();
    let rows = "Record-Route: <sip:192.0.2.77;lr>\r\n";
    let sent = world.receive("192.0.2.77:5060", &subscribe("w1", rows));
    assert_eq!(sent[0].row("Record-Route"), "<sip:192.0.2.77;lr>");
    assert_eq!(
        (sent[1].to(), sent[1].row("Route")),
        ("192.0.2.77:5060".into(), "<sip:192.0.2.77;lr>".into())
    );
    assert_eq!(sent[1].uri(), "sip:alice@192.0.2.1");
}

#[test]
fn a_subscriber_may_ask_for_fewer_notifications() {
    let mut world = World::new();
    let sent = world.receive(ALICE, &subscribe("w1", "Event: presence;max-rate=0.1\r\n"));
    world.answer(&sent[1], 200, "", "");
    assert!(whats(&world.receive(PHONE, &publish("p1", "", &pidf("1")))).contains(&"200".into()));
    assert!(world.run_secs(9).is_empty(), "once in ten seconds at most");
    assert_eq!(whats(&world.run_secs(1)), ["NOTIFY"]);
}

#[test]
fn presence_of_nobody_is_404_for_users_and_a_stranger_learns_nothing() {
    let mut world = World::with(|settings| settings.access.required = true);
    let stranger = |call: &str, user: &str| {
        subscribe(call, "")
            .replace("<sip:alice@example.test>;tag", "<sip:a@else.test>;tag")
            .replace("sip:bob@", &format!("sip:{user}@"))
    };
    for (call, user) in [("a", "bob"), ("b", "nobody")] {
        let sent = world.receive(ALICE, &stranger(call, user));
        assert_eq!((whats(&sent), world.answers().pop().unwrap().1), (vec!["403".into()], "may-not-watch"));
    }
    let sent = world.receive(ALICE, &subscribe("c", ""));
    assert_eq!((whats(&sent), sent[0].rows("WWW-Authenticate").is_empty()), (vec!["401".into()], false));
}

#[test]
fn a_subscription_outlives_a_restart_and_its_numbers_go_on() {
    let mut world = World::new();
    let (granted, first) = watch(&mut world, "w1");
    world.receive(ALICE, &ask("SUBSCRIBE", "alice", "w2", 1, "Expires: 0\r\n", ""));
    world.run_secs(5);
    let published = world.receive(PHONE, &publish("p1", "", &pidf("1")));
    let told = published.iter().find(|sent| sent.row("Call-ID") == "w1").unwrap();
    world.answer(told, 200, "", "");
    let number = |sent: &Sent| sent.row("CSeq").split(' ').next().unwrap().parse::<u32>().unwrap();
    world.run_secs(100);
    world.restart();
    let sent = world.run_secs(0);
    assert_eq!((whats(&sent), sent[0].row("Call-ID")), (vec!["NOTIFY".into()], "w1".into()));
    assert_eq!((body(&sent[0]), sent[0].row("To")), (pidf("1"), first.row("To")));
    assert!(number(&sent[0]) > number(told));
    world.answer(&sent[0], 200, "", "");
    let sent = world.receive(ALICE, &again(&granted, "w1", 2, "Expires: 0\r\n"));
    assert_eq!(whats(&sent), ["200", "NOTIFY"], "its dialog is known");
    world.answer(&sent[1], 200, "", "");
    assert_eq!((world.server.subscriptions(), world.board.subscriptions().count()), (0, 0));
    let refresh = format!("SIP-If-Match: {}\r\nExpires: 0\r\n", published[0].row("SIP-ETag"));
    assert_eq!(
        whats(&world.receive(PHONE, &publish("p2", &refresh, ""))),
        ["200"],
        "and so is the publication"
    );
}
