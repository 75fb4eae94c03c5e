//! Who may watch whom, decided by users while subscriptions stand (RFC 3857, RFC 3858).

use super::world::{ALICE, BOB, Sent, World, whats};
use crate::event::{Permission, Rules};
use crate::location::Aor;
use ringback_sip::journal::{Fact, Subscription};

const PHONE: &str = "192.0.2.21:5060";

fn subscribe(who: &str, call: &str, event: &str, rows: &str) -> String {
    format!(
        "SUBSCRIBE {BOB} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{call}\r\nMax-Forwards: 70\r\n\
         From: <sip:{who}@example.test>;tag={call}\r\nTo: <{BOB}>\r\nCall-ID: {call}\r\nCSeq: 1 SUBSCRIBE\r\n\
         Contact: <sip:{who}@192.0.2.1>\r\nEvent: {event}\r\n{rows}Content-Length: 0\r\n\r\n"
    )
}

fn asking() -> World {
    World::with(|settings| settings.presence.watchers = Permission::Ask)
}

/// What bob decides about alice, and what is sent then.
fn decide(world: &mut World, permission: Option<Permission>) -> Vec<Sent> {
    let alice = Aor::from_canonical(b"alice@example.test");
    let rules: Rules = permission.map(|permission| (alice, permission)).into_iter().collect();
    world.decide([(Aor::from_canonical(b"bob@example.test"), rules)].into())
}

/// Subscribes, takes the NOTIFY, and gives it.
fn watch(world: &mut World, peer: &str, who: &str, call: &str, event: &str) -> Sent {
    let sent = world.receive(peer, &subscribe(who, call, event, ""));
    assert_eq!(whats(&sent)[..2], ["200", "NOTIFY"], "{sent:?}");
    for notify in &sent[1..] {
        world.answer(notify, 200, "", "");
    }
    sent[1].clone()
}

fn standing(sent: &Sent) -> String {
    sent.row("Subscription-State").split(";expires").next().unwrap().to_owned()
}

fn body(sent: &Sent) -> String {
    sent.text().split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn of<'a>(sent: &'a [Sent], call: &str) -> &'a Sent {
    sent.iter().find(|sent| sent.row("Call-ID") == call).unwrap_or_else(|| panic!("{call} in {sent:?}"))
}

fn changes(world: &World) -> Vec<Subscription> {
    let of = |fact: &Fact| match fact {
        Fact::Subscription { change, .. } => Some(*change),
        _ => None,
    };
    world.journal.iter().filter_map(|entry| of(&entry.fact)).collect()
}

#[test]
fn a_pending_watcher_is_told_nothing_until_the_user_allows_it() {
    let mut world = asking();
    let first = watch(&mut world, ALICE, "alice", "w1", "presence");
    assert_eq!((standing(&first), body(&first)), ("pending".into(), String::new()));
    let sent = decide(&mut world, Some(Permission::Allow));
    assert_eq!((whats(&sent), standing(&sent[0])), (vec!["NOTIFY".into()], "active".into()));
    assert!(body(&sent[0]).contains("<presence"));
    assert!(changes(&world).contains(&Subscription::Approved));
    assert_eq!(world.board.subscriptions().map(|kept| kept.is_pending).collect::<Vec<_>>(), [false]);
}

#[test]
fn a_watcher_that_the_user_denies_is_told_so_at_once_and_refused_from_then_on() {
    for default in [Permission::Ask, Permission::Allow] {
        let mut world = World::with(|settings| settings.presence.watchers = default);
        watch(&mut world, ALICE, "alice", "w1", "presence");
        let sent = decide(&mut world, Some(Permission::Deny));
        assert_eq!(standing(&sent[0]), "terminated;reason=rejected");
        assert_eq!(body(&sent[0]), "");
        world.answer(&sent[0], 200, "", "");
        assert_eq!((world.server.subscriptions(), world.board.subscriptions().count()), (0, 0));
        let sent = world.receive(ALICE, &subscribe("alice", "w2", "presence", ""));
        assert_eq!((whats(&sent), world.answers().pop().unwrap().1), (vec!["403".into()], "may-not-watch"));
        decide(&mut world, None);
        watch(&mut world, ALICE, "alice", "w3", "presence");
    }
}

#[test]
fn who_must_ask_again_is_deactivated_and_its_next_subscription_is_pending() {
    let mut world = World::new();
    assert_eq!(standing(&watch(&mut world, ALICE, "alice", "w1", "presence")), "active");
    let sent = decide(&mut world, Some(Permission::Ask));
    assert_eq!(standing(&sent[0]), "terminated;reason=deactivated");
    world.answer(&sent[0], 200, "", "");
    assert_eq!(standing(&watch(&mut world, ALICE, "alice", "w2", "presence")), "pending");
}

#[test]
fn a_decision_outlives_a_restart_and_so_does_a_pending_subscription() {
    let mut world = asking();
    watch(&mut world, ALICE, "alice", "w1", "presence");
    world.restart();
    assert!(world.run_secs(0).is_empty(), "there is nothing to tell");
    let sent = decide(&mut world, Some(Permission::Allow));
    assert_eq!(standing(&sent[0]), "active");
    world.answer(&sent[0], 200, "", "");
    world.restart();
    assert_eq!(standing(&world.run_secs(0)[0]), "active");
}

#[test]
fn a_user_may_watch_himself_whatever_is_decided() {
    let mut world = World::with(|settings| settings.presence.watchers = Permission::Deny);
    assert_eq!(standing(&watch(&mut world, PHONE, "bob", "w1", "presence")), "active");
    let sent = world.receive(ALICE, &subscribe("alice", "w2", "presence", ""));
    assert_eq!(whats(&sent), ["403"]);
}

#[test]
fn only_the_user_himself_learns_who_watches() {
    let mut world = World::new();
    let sent = world.receive(ALICE, &subscribe("alice", "i1", "presence.winfo", ""));
    assert_eq!((whats(&sent), world.answers().pop().unwrap().1), (vec!["403".into()], "may-not-watch"));
    let first = watch(&mut world, PHONE, "bob", "i2", "presence.winfo");
    assert_eq!(first.row("Content-Type"), "application/watcherinfo+xml");
    assert_eq!(first.row("Event"), "presence.winfo");
    let sent = world.receive(PHONE, &subscribe("bob", "i3", "presence.winfo.winfo", ""));
    assert_eq!(
        (whats(&sent), sent[0].row("Allow-Events")),
        (vec!["489".into()], "presence, presence.winfo, message-summary, dialog, reg".into())
    );
}

#[test]
fn watcher_information_is_whole_first_and_then_tells_what_changed() {
    let mut world = asking();
    let first = watch(&mut world, PHONE, "bob", "i1", "presence.winfo");
    assert!(body(&first).contains("version=\"0\" state=\"full\""), "{}", body(&first));
    assert!(body(&first).contains("resource=\"sip:bob@example.test\" package=\"presence\""));
    assert!(!body(&first).contains("<watcher "));
    world.run_secs(5);
    let mut told = Vec::new();
    let mut next = |sent: &[Sent], world: &mut World| {
        let text = body(of(sent, "i1"));
        for notify in sent.iter().filter(|sent| sent.what() == "NOTIFY") {
            world.answer(notify, 200, "", "");
        }
        let kind = text.split(" version=").nth(2).unwrap().split('>').next().unwrap().to_owned();
        let watcher = text.split("status=").nth(1).unwrap().split('<').next().unwrap().to_owned();
        told.push(format!("{kind} {watcher}"));
        world.run_secs(5);
    };
    let sent = world.receive(ALICE, &subscribe("alice", "w1", "presence", ""));
    next(&sent, &mut world);
    let sent = decide(&mut world, Some(Permission::Allow));
    next(&sent, &mut world);
    let sent = decide(&mut world, Some(Permission::Ask));
    next(&sent, &mut world);
    let sent = world.receive(ALICE, &subscribe("alice", "w2", "presence", ""));
    next(&sent, &mut world);
    let sent = decide(&mut world, Some(Permission::Deny));
    next(&sent, &mut world);
    decide(&mut world, Some(Permission::Allow));
    let sent = world.receive(ALICE, &subscribe("alice", "w3", "presence", "Expires: 60\r\n"));
    next(&sent, &mut world);
    world.run_secs(40);
    let sent = world.run_secs(60);
    next(&sent, &mut world);
    assert_eq!(
        told,
        [
            "\"1\" state=\"partial\" \"pending\" event=\"subscribe\">sip:alice@example.test",
            "\"2\" state=\"partial\" \"active\" event=\"approved\">sip:alice@example.test",
            "\"3\" state=\"partial\" \"terminated\" event=\"deactivated\">sip:alice@example.test",
            "\"4\" state=\"partial\" \"pending\" event=\"subscribe\">sip:alice@example.test",
            "\"5\" state=\"partial\" \"terminated\" event=\"rejected\">sip:alice@example.test",
            "\"6\" state=\"partial\" \"active\" event=\"approved\">sip:alice@example.test",
            "\"7\" state=\"partial\" \"terminated\" event=\"timeout\">sip:alice@example.test",
        ]
    );
}

#[test]
fn who_missed_a_document_is_told_the_whole_state_again() {
    let mut world = World::new();
    watch(&mut world, PHONE, "bob", "i1", "presence.winfo");
    world.run_secs(5);
    let sent = world.receive(ALICE, &subscribe("alice", "w1", "presence", ""));
    world.answer(of(&sent, "i1"), 500, "", "");
    world.answer(of(&sent[1..], "w1"), 200, "", "");
    let sent = world.run_secs(40);
    let text = body(of(&sent, "i1"));
    assert!(text.contains("version=\"2\" state=\"full\"") && text.contains("sip:alice@"), "{text}");
}

#[test]
fn watcher_information_keeps_a_slower_pace_than_presence() {
    let mut world = World::new();
    watch(&mut world, PHONE, "bob", "i1", "presence.winfo");
    let sent = world.receive(ALICE, &subscribe("alice", "w1", "presence", ""));
    assert_eq!(whats(&sent), ["200", "NOTIFY"], "to alice alone");
    world.answer(&sent[1], 200, "", "");
    assert!(world.run_secs(4).is_empty());
    assert_eq!(whats(&world.run_secs(1)), ["NOTIFY"]);
}
