//! Resource lists through the server (RFC 4662).

use super::world::{ALICE, Sent, World, whats};
use crate::event::{Permission, Rules};
use crate::location::Aor;
use crate::presence::{LIST_MEMBERS_MAX, List, ListNews};
use crate::server::ServerSettings;
use std::collections::BTreeMap;
use std::sync::Arc;

const LIST: &str = "sip:friends@example.test";
const PHONE: &str = "192.0.2.21:5060";
const KNOWS: &str =
    "Supported: eventlist\r\nAccept: application/pidf+xml, multipart/related, application/rlmi+xml\r\n";

fn ask(method: &str, who: &str, to: &str, call: &str, rows: &str, body: &str) -> String {
    format!(
        "{method} {to} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{method}{call}\r\nMax-Forwards: 70\r\n\
         From: <sip:{who}@example.test>;tag={call}\r\nTo: <{to}>\r\nCall-ID: {call}\r\nCSeq: 1 {method}\r\n\
         Contact: <sip:{who}@192.0.2.1>\r\nEvent: presence\r\n{rows}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn again(granted: &Sent, call: &str, rows: &str) -> String {
    let uri = granted.row("Contact").trim_matches(['<', '>']).to_owned();
    ask("SUBSCRIBE", "alice", LIST, call, rows, "")
        .replace(&format!("SUBSCRIBE {LIST}"), &format!("SUBSCRIBE {uri}"))
        .replace(&format!("To: <{LIST}>"), &format!("To: {}", granted.row("To")))
        .replace("CSeq: 1", "CSeq: 2")
        .replace("bKSUB", "bK2SUB")
}

fn subscribe(call: &str, rows: &str) -> String {
    ask("SUBSCRIBE", "alice", LIST, call, rows, "")
}

fn publish(world: &mut World, who: &str, text: &str) -> Vec<Sent> {
    let body =
        format!("<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='e'><note>{text}</note></presence>");
    let kind = "Content-Type: application/pidf+xml\r\n";
    let call = format!("p{}", &text[..text.len().min(9)]);
    let sent =
        world.receive(PHONE, &ask("PUBLISH", who, &format!("sip:{who}@example.test"), &call, kind, &body));
    assert_eq!(sent[0].what(), "200", "{sent:?}");
    sent[1..].to_vec()
}

fn aor(name: &str) -> Aor {
    Aor::of_user(name.as_bytes(), b"example.test")
}

fn lists(members: &[&str]) -> Arc<BTreeMap<Aor, Arc<List>>> {
    let members = members.iter().map(|name| aor(name)).collect();
    Arc::new(BTreeMap::from([(aor("friends"), Arc::new(List { title: Some("<Friends>".into()), members }))]))
}

fn world(members: &[&str]) -> World {
    let lists = lists(members);
    World::with(|settings| settings.presence.lists = lists)
}

fn news(sent: &Sent) -> ListNews {
    let (_, body) = sent.text().split_once("\r\n\r\n").map(|(h, b)| (h.to_owned(), b.to_owned())).unwrap();
    ListNews::read(sent.row("Content-Type").as_bytes(), body.as_bytes()).unwrap()
}

fn rules(of: &[(&str, Rules)]) -> BTreeMap<Aor, Rules> {
    of.iter().map(|(name, rules)| (aor(name), rules.clone())).collect()
}

/// Who, how, and the note.
fn shown(sent: &Sent) -> Vec<String> {
    let members = news(sent).members.into_iter().map(|member| {
        let body = String::from_utf8(member.body).unwrap();
        let note = body.split("<note>").nth(1).and_then(|rest| rest.split("</note>").next()).unwrap_or("-");
        let name = member.uri.trim_start_matches("sip:").split('@').next().unwrap().to_owned();
        format!("{name} {}{} {note}", member.state, member.reason.unwrap_or_default())
    });
    members.collect()
}

fn watch(world: &mut World) -> (Sent, Sent) {
    let sent = world.receive(ALICE, &subscribe("w", KNOWS));
    assert_eq!(whats(&sent), ["200", "NOTIFY"], "{sent:?}");
    assert!(world.answer(&sent[1], 200, "", "").is_empty());
    world.run_secs(5);
    (sent[0].clone(), sent[1].clone())
}

#[test]
fn who_does_not_know_lists_is_421_and_a_single_user_needs_nothing() {
    let mut world = world(&["bob"]);
    let sent = world.receive(ALICE, &subscribe("a", ""));
    assert_eq!((whats(&sent), sent[0].row("Require")), (vec!["421".to_owned()], "eventlist".into()));
    assert_eq!(world.server.subscriptions(), 0);
    let sent = world.receive(ALICE, &subscribe("b", KNOWS));
    assert_eq!(whats(&sent), ["200", "NOTIFY"], "the receiver's duty: it asks again and says that it knows");
    assert_eq!((sent[0].row("Require"), sent[1].row("Require")), ("eventlist".into(), "eventlist".into()));
    let single = world.receive(ALICE, &ask("SUBSCRIBE", "alice", "sip:bob@example.test", "c", "", ""));
    assert_eq!(whats(&single), ["200", "NOTIFY"]);
    assert_eq!((single[0].row("Require"), single[1].row("Require")), (String::new(), String::new()));
}

#[test]
fn who_insists_on_lists_gets_one_and_a_single_user_as_usual_and_what_else_it_insists_on_is_420() {
    let mut world = world(&["bob"]);
    let insists = KNOWS.replace("Supported", "Require");
    let sent = world.receive(ALICE, &subscribe("a", &insists));
    assert_eq!(
        (whats(&sent), sent[0].row("Require")),
        (vec!["200".into(), "NOTIFY".into()], "eventlist".into())
    );
    world.answer(&sent[1], 200, "", "");
    let again = world.receive(ALICE, &again(&sent[0], "a", &insists));
    assert_eq!(whats(&again), ["200", "NOTIFY"]);
    let single = world.receive(ALICE, &ask("SUBSCRIBE", "alice", "sip:bob@example.test", "b", &insists, ""));
    assert_eq!(
        (whats(&single), single[1].row("Require")),
        (vec!["200".into(), "NOTIFY".into()], String::new())
    );
    let more = insists.replace("eventlist", "eventlist, foo");
    let sent = world.receive(ALICE, &subscribe("c", &more));
    assert_eq!((whats(&sent), sent[0].row("Unsupported")), (vec!["420".to_owned()], "foo".into()));
}

#[test]
fn a_list_is_told_whole_at_first_and_then_what_changed() {
    let mut world = world(&["bob", "carol"]);
    publish(&mut world, "bob", "in");
    let (granted, first) = watch(&mut world);
    assert!(
        first
            .row("Content-Type")
            .starts_with("multipart/related;type=\"application/rlmi+xml\";start=\"<list.")
    );
    let told = news(&first);
    assert_eq!((&*told.uri, told.version, told.is_full), (LIST, 0, true));
    assert!(first.text().contains("<name>&lt;Friends&gt;</name>"));
    assert_eq!(shown(&first), ["bob active in", "carol active -"]);
    let sent = publish(&mut world, "carol", "out");
    assert_eq!(whats(&sent), ["NOTIFY"]);
    let told = news(&sent[0]);
    assert_eq!(
        (told.version, told.is_full, shown(&sent[0])),
        (1, false, vec!["carol active out".to_owned()])
    );
    world.answer(&sent[0], 200, "", "");
    world.run_secs(5);
    let sent = world.receive(ALICE, &again(&granted, "w", KNOWS));
    assert_eq!(whats(&sent), ["200", "NOTIFY"]);
    let told = news(&sent[1]);
    assert_eq!((told.version, told.is_full, told.members.len()), (2, true, 2), "a refresh tells all of it");
    world.answer(&sent[1], 200, "", "");
    let sent = world.receive(
        ALICE,
        &again(&granted, "w", &format!("{KNOWS}Expires: 0\r\n"))
            .replace("2 SUB", "3 SUB")
            .replace("bK2", "bK3"),
    );
    assert_eq!(whats(&sent), ["200", "NOTIFY"], "{sent:?}");
    assert_eq!(sent[1].row("Subscription-State"), "terminated;reason=timeout");
    world.answer(&sent[1], 200, "", "");
    assert_eq!((world.server.subscriptions(), world.board.subscriptions().count()), (0, 0));
    assert!(publish(&mut world, "bob", "gone").is_empty());
}

#[test]
fn a_change_that_was_not_taken_is_told_again() {
    let mut world = world(&["bob", "carol"]);
    watch(&mut world);
    let sent = publish(&mut world, "bob", "one");
    world.answer(&sent[0], 500, "", "");
    let sent = world.run_secs(30);
    assert_eq!(whats(&sent), ["NOTIFY"]);
    assert!(news(&sent[0]).is_full, "what was missed is not known");
}

#[test]
fn each_member_decides_about_its_watchers_alone() {
    let mut world = world(&["bob", "carol", "dora", "alice"]);
    let rule = |permission| Rules::from([(aor("alice"), permission)]);
    world.decide(rules(&[("bob", rule(Permission::Deny)), ("carol", rule(Permission::Ask))]));
    for who in ["bob", "carol", "dora"] {
        publish(&mut world, who, &format!("{who}-secret"));
    }
    let (_, first) = watch(&mut world);
    assert_eq!(
        shown(&first),
        ["bob terminatedrejected -", "carol pending -", "dora active dora-secret", "alice active -"]
    );
    assert!(!first.text().contains("bob-secret") && !first.text().contains("carol-secret"));
    let sent = world.decide(rules(&[("bob", rule(Permission::Deny)), ("carol", rule(Permission::Allow))]));
    assert_eq!(sent.iter().flat_map(shown).collect::<Vec<_>>(), ["carol active carol-secret"]);
    world.answer(&sent[0], 200, "", "");
    world.run_secs(5);
    let sent = world.decide(rules(&[("carol", rule(Permission::Deny))]));
    assert_eq!(shown(&sent[0]), ["bob active bob-secret"]);
    world.answer(&sent[0], 200, "", "");
    assert_eq!(shown(&world.run_secs(1)[0]), ["carol terminatedrejected -"]);
}

#[test]
fn a_member_sees_who_watches_it_by_a_list_and_its_decisions_hold_at_once() {
    let mut world = world(&["bob", "carol"]);
    let winfo = |event: &str| {
        ask("SUBSCRIBE", "bob", "sip:bob@example.test", "i", "", "").replace("Event: presence", event)
    };
    let sent = world.receive(PHONE, &winfo("Event: presence.winfo"));
    assert_eq!(whats(&sent), ["200", "NOTIFY"]);
    world.answer(&sent[1], 200, "", "");
    world.run_secs(5);
    let told = |sent: &[Sent]| {
        let sent = sent.iter().find(|sent| sent.row("Event") == "presence.winfo").unwrap();
        sent.text().split("status=").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    let rule = |permission| Rules::from([(aor("alice"), permission)]);
    let decide = |world: &mut World, rules: BTreeMap<Aor, Rules>| {
        let sent = world.decide(rules);
        let all: Vec<Sent> = sent.into_iter().chain(world.run_secs(1)).collect();
        all.iter().for_each(|sent| drop(world.answer(sent, 200, "", "")));
        world.run_secs(5);
        told(&all)
    };
    let sent = world.receive(ALICE, &subscribe("w", KNOWS));
    assert_eq!(whats(&sent), ["200", "NOTIFY", "NOTIFY"], "{sent:?}");
    assert_eq!(told(&sent), "\"active\" event=\"subscribe\">sip:alice@example.test");
    sent[1..].iter().for_each(|sent| drop(world.answer(sent, 200, "", "")));
    world.run_secs(5);
    let deny = rules(&[("bob", rule(Permission::Deny))]);
    assert!(decide(&mut world, deny).starts_with("\"terminated\" event=\"rejected\""));
    let ask_first = rules(&[("bob", rule(Permission::Ask))]);
    assert!(decide(&mut world, ask_first).starts_with("\"pending\" event=\"subscribe\""));
    let allow = rules(&[("bob", rule(Permission::Allow))]);
    assert!(decide(&mut world, allow).starts_with("\"active\" event=\"approved\""));
    assert_eq!(world.server.subscriptions(), 2, "the list is watched all the time");
    world.restart();
    for sent in world.run_secs(0) {
        let whole = sent.row("Event") == "presence.winfo";
        assert!(!whole || sent.text().contains("\"active\" event=\"approved\">sip:alice@"), "{sent:?}");
    }
}

#[test]
fn a_fetch_of_a_list_makes_no_watcher() {
    let mut world = world(&["bob"]);
    let sent = world.receive(ALICE, &subscribe("f", &format!("{KNOWS}Expires: 0\r\n")));
    world.answer(&sent[1], 200, "", "");
    let winfo =
        ask("SUBSCRIBE", "bob", "sip:bob@example.test", "i", "", "").replace("presence", "presence.winfo");
    assert!(!world.receive(PHONE, &winfo)[1].text().contains("<watcher "));
}

#[test]
fn documents_without_room_in_one_notify_come_with_the_next() {
    let names: Vec<String> = (0..5).map(|n| format!("u{n}")).collect();
    let mut world = world(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for name in &names {
        publish(&mut world, name, &format!("{name}{}", "x".repeat(12_000)));
    }
    let mut sent = world.receive(ALICE, &subscribe("w", KNOWS)).split_off(1);
    let mut told = Vec::new();
    for (version, is_full, members) in [(0, true, 5), (1, false, 2), (2, false, 1)] {
        assert_eq!(whats(&sent), ["NOTIFY"]);
        let news = news(&sent[0]);
        assert_eq!((news.version, news.is_full, news.members.len()), (version, is_full, members));
        assert!(sent[0].bytes.len() < 40_000);
        told.extend(news.members.into_iter().filter(|m| m.state == "active").map(|m| m.uri));
        world.answer(&sent[0], 200, "", "");
        sent = world.run_secs(1);
    }
    told.sort();
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(sent.is_empty());
}

#[test]
fn a_longest_list_fits_into_one_notify() {
    let names: Vec<String> = (0..LIST_MEMBERS_MAX).map(|n| format!("u{n}")).collect();
    let mut world = world(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let (_, first) = watch(&mut world);
    assert_eq!(news(&first).members.iter().filter(|m| m.state == "active").count(), LIST_MEMBERS_MAX);
}

#[test]
fn a_list_outlives_a_restart_and_is_told_anew() {
    let mut world = world(&["bob"]);
    watch(&mut world);
    world.restart();
    let sent = world.run_secs(0);
    assert_eq!(whats(&sent), ["NOTIFY"]);
    assert!(news(&sent[0]).is_full && news(&sent[0]).version > 0);
    world.answer(&sent[0], 200, "", "");
    world.run_secs(2);
    assert_eq!(shown(&publish(&mut world, "bob", "in")[0]), ["bob active in"]);
}

#[test]
fn a_changed_list_is_told_anew_and_one_that_is_gone_ends() {
    let mut world = world(&["bob", "carol"]);
    watch(&mut world);
    let change = |world: &mut World, lists| {
        world.reconfigure(|settings: &mut ServerSettings| settings.presence.lists = lists);
        world.run_secs(0)
    };
    let sent = change(&mut world, lists(&["carol", "dora"]));
    assert_eq!((whats(&sent), news(&sent[0]).is_full), (vec!["NOTIFY".to_owned()], true));
    assert_eq!(shown(&sent[0]), ["carol active -", "dora active -"]);
    world.answer(&sent[0], 200, "", "");
    assert!(publish(&mut world, "bob", "in").is_empty(), "no member any more");
    let sent = change(&mut world, Arc::default());
    assert_eq!(sent[0].row("Subscription-State"), "terminated;reason=deactivated");
    world.answer(&sent[0], 200, "", "");
    assert_eq!(world.server.subscriptions(), 0);
    let single = world.receive(ALICE, &subscribe("s", ""));
    assert_eq!(whats(&single), ["200", "NOTIFY"], "an address like any other");
    world.answer(&single[1], 200, "", "");
    let sent = change(&mut world, lists(&["bob"]));
    assert_eq!(
        sent[0].row("Subscription-State"),
        "terminated;reason=deactivated",
        "its nature cannot change"
    );
}

#[test]
fn a_list_that_is_fetched_is_told_once_whole() {
    let mut world = world(&["bob", "carol"]);
    let sent = world.receive(ALICE, &subscribe("f", &format!("{KNOWS}Expires: 0\r\n")));
    assert_eq!(whats(&sent), ["200", "NOTIFY"]);
    assert_eq!(shown(&sent[1]), ["bob active -", "carol active -"]);
    assert_eq!(sent[1].row("Subscription-State"), "terminated;reason=timeout");
    world.answer(&sent[1], 200, "", "");
    assert_eq!(world.server.subscriptions(), 0);
}

#[test]
fn strangers_may_not_watch_a_list() {
    let mut world = world(&["bob"]);
    let text = subscribe("s", KNOWS).replace("sip:alice@example.test", "sip:eve@elsewhere.test");
    let sent = world.receive(ALICE, &text);
    assert_eq!(whats(&sent), ["403"]);
}
