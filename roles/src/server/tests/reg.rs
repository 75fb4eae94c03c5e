//! Who is registered where, told to who may know (RFC 3680, RFC 5628).

use super::world::{ALICE, BOB, Sent, World, whats};
use crate::event::Permission;
use crate::location::Aor;

const DESK: &str = "192.0.2.21:5060";
const URN: &str = "+sip.instance=\"<urn:uuid:1>\"";

fn subscribe(who: &str, call: &str, rows: &str) -> String {
    format!(
        "SUBSCRIBE {BOB} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{call}\r\nMax-Forwards: 70\r\n\
         From: <sip:{who}@example.test>;tag={call}\r\nTo: <{BOB}>\r\nCall-ID: {call}\r\nCSeq: 1 SUBSCRIBE\r\n\
         Contact: <sip:{who}@192.0.2.1>\r\nEvent: reg\r\n{rows}Content-Length: 0\r\n\r\n"
    )
}

/// A REGISTER of bob, and what follows it within ten seconds to whoever watches.
fn register(world: &mut World, cseq: u32, contact: &str, expires: u32) -> Vec<Sent> {
    let text = format!(
        "REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/UDP {DESK};branch=z9hG4bKr{cseq}\r\nCall-ID: desk\r\n\
         From: <{BOB}>;tag=r\r\nTo: <{BOB}>\r\nCSeq: {cseq} REGISTER\r\nMax-Forwards: 70\r\nContact: {contact}\r\n\
         Expires: {expires}\r\nSupported: gruu\r\nContent-Length: 0\r\n\r\n"
    );
    let mut sent = world.receive(DESK, &text);
    assert_eq!(sent[0].what(), "200");
    sent.remove(0);
    sent.extend(world.run_secs(10));
    sent
}

/// Subscribes, takes the first document, and gives it.
fn watch(world: &mut World, who: &str, call: &str) -> String {
    let sent = world.receive(ALICE, &subscribe(who, call, ""));
    assert_eq!(whats(&sent), ["200", "NOTIFY"], "{sent:?}");
    took(world, &sent[1..])
}

/// Takes the one NOTIFY, and gives its document.
fn took(world: &mut World, sent: &[Sent]) -> String {
    let notify = sent.iter().find(|sent| sent.what() == "NOTIFY").unwrap_or_else(|| panic!("{sent:?}"));
    world.answer(notify, 200, "", "");
    notify.text().split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// The values of an attribute, in order.
fn all(text: &str, name: &str) -> Vec<String> {
    let key = format!(" {name}=\"");
    let parts = text.split(&key).skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn bindings_are_told_whole_first_and_then_each_change_of_a_contact() {
    let mut world = World::new();
    let first = watch(&mut world, "bob", "w1");
    assert_eq!(
        (all(&first, "version")[1].as_str(), all(&first, "state")),
        ("0", vec!["full".into(), "init".into()])
    );
    assert_eq!(all(&first, "aor"), [BOB]);
    assert!(!first.contains("<contact"), "{first}");
    world.run_secs(10);
    let (desk, cell) = ("<sip:bob@192.0.2.21>;q=0.5", "<sip:bob@192.0.2.22>");
    let mut told = Vec::new();
    for (cseq, contact, expires) in
        [(1, desk, 600), (2, cell, 600), (3, desk, 900), (4, desk, 60), (5, cell, 0)]
    {
        let sent = register(&mut world, cseq, contact, expires);
        told.push(took(&mut world, &sent));
    }
    world.run_secs(20);
    let sent = world.run_secs(60);
    told.push(took(&mut world, &sent));
    let events: Vec<_> = told.iter().map(|text| all(text, "event").join(" ")).collect();
    assert_eq!(events, ["registered", "registered", "refreshed", "shortened", "unregistered", "expired"]);
    let states: Vec<_> = told.iter().map(|text| all(text, "state").join(" ")).collect();
    assert_eq!(states[..4], ["partial active active"; 4]);
    assert_eq!(states[4..], ["partial active terminated", "partial terminated terminated"]);
    let versions: Vec<_> = told.iter().map(|text| all(text, "version")[1].clone()).collect();
    assert_eq!(versions, ["1", "2", "3", "4", "5", "6"]);
    let of = |text: &String| all(text, "id")[1].clone();
    assert!(of(&told[0]) == of(&told[2]) && of(&told[0]) == of(&told[5]), "{told:?}");
    assert!(of(&told[1]) == of(&told[4]) && of(&told[1]) != of(&told[0]));
    assert!(told.iter().all(|text| all(text, "id")[0] == all(&first, "id")[0]));
    assert_eq!((all(&told[3], "expires"), all(&told[0], "q")), (vec!["60".into()], vec!["0.5".into()]));
}

#[test]
fn who_asks_again_is_told_the_whole() {
    let mut world = World::new();
    register(&mut world, 1, "<sip:bob@192.0.2.21>", 600);
    let sent = world.receive(ALICE, &subscribe("bob", "w1", "Expires: 0\r\n"));
    let text = took(&mut world, &sent);
    assert_eq!(all(&text, "state"), ["full", "active", "active"]);
    assert!(text.contains("<uri>sip:bob@192.0.2.21</uri>"), "{text}");
}

#[test]
fn only_whom_the_user_allows_may_watch_and_temporary_names_are_his_own() {
    let mut world = World::new();
    register(
        &mut world,
        7,
        &format!("<sip:bob@192.0.2.21>;{URN};+sip.methods=\"INVITE\";mobility=fixed"),
        600,
    );
    let sent = world.receive(ALICE, &subscribe("alice", "w1", ""));
    assert_eq!((whats(&sent), world.answers().pop().unwrap().1), (vec!["403".into()], "may-not-watch"));
    let rules = [(Aor::from_canonical(b"alice@example.test"), Permission::Allow)].into();
    world.decide([(Aor::from_canonical(b"bob@example.test"), rules)].into());
    let others = watch(&mut world, "alice", "w2");
    assert!(others.contains("<gr:pub-gruu uri=\"sip:bob@example.test;gr=urn:uuid:1\"/>"), "{others}");
    assert!(!others.contains("temp-gruu") && !others.contains("callid"), "{others}");
    assert!(others.contains("<unknown-param name=\"mobility\">fixed</unknown-param>"), "{others}");
    assert!(others.contains("&quot;&lt;urn:uuid:1&gt;&quot;</unknown-param>"), "{others}");
    let own = watch(&mut world, "bob", "w3");
    assert_eq!((all(&own, "callid"), all(&own, "cseq")), (vec!["desk".into()], vec!["7".into()]));
    assert_eq!(all(&own, "first-cseq"), ["7"]);
    assert!(own.contains("<gr:temp-gruu uri=\"sip:tgruu."), "{own}");
    world.run_secs(10);
    let sent = world.decide([].into());
    assert_eq!(sent[0].row("Subscription-State"), "terminated;reason=rejected");
    assert_eq!(sent.len(), 1, "nothing changes for bob");
}

#[test]
fn a_watcher_of_bindings_is_told_the_whole_after_a_restart() {
    let mut world = World::new();
    register(&mut world, 1, "<sip:bob@192.0.2.21>", 600);
    watch(&mut world, "bob", "w1");
    world.restart();
    let sent = world.run_secs(0);
    let text = took(&mut world, &sent);
    assert_eq!(all(&text, "state"), ["full", "active", "active"]);
    world.run_secs(10);
    let sent = register(&mut world, 2, "<sip:bob@192.0.2.21>", 0);
    assert_eq!(all(&took(&mut world, &sent), "event"), ["unregistered"]);
}

#[test]
fn changes_of_bindings_are_told_at_most_once_in_five_seconds() {
    let mut world = World::new();
    watch(&mut world, "bob", "w1");
    world.register("bob", "<sip:bob@192.0.2.22>", ALICE, ringback_sip::flow::Transport::Udp);
    world.register("bob", "<sip:bob@192.0.2.23>", ALICE, ringback_sip::flow::Transport::Udp);
    assert!(world.run_secs(4).is_empty());
    let sent = world.run_secs(1);
    assert_eq!(whats(&sent), ["NOTIFY"]);
    assert_eq!(all(&took(&mut world, &sent), "event"), ["registered", "registered"]);
}
