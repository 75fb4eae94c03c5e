//! Who is served how often, who is banned, and what scanners learn.

use super::super::{Command, Event};
use super::world::*;
use crate::access::{Network, Rate};
use core::net::IpAddr;
use ringback_sip::flow::{ConnectionId, Flow, Transport};
use ringback_sip::journal::Fact;
use ringback_sip::node::{Input, Node, Output};
use ringback_sip::time::Duration;

const SCANNER: &str = "198.51.100.7:5060";

fn connection(n: u64) -> Flow {
    Flow { connection: Some(ConnectionId(n)), ..flow(Transport::Tcp, SCANNER) }
}

/// A stranger's request for a user, one of many.
fn scan(method: &str, user: &str, n: usize) -> String {
    request(method, &format!("sip:{user}@example.test"), "")
        .replace("<sip:alice@example.test>", "<sip:eve@else.test>")
        .replace("<sip:bob@example.test>", &format!("<sip:{user}@example.test>"))
        .replace(&format!("z9hG4bK{method}"), &format!("z9hG4bK{method}{n}"))
        .replace("c@alice", &format!("{n}@scan"))
}

fn bans(world: &World) -> usize {
    world.events.iter().filter(|event| matches!(event, Event::Banned(_))).count()
}

#[test]
fn a_search_over_a_connection_ends_in_a_ban_and_the_same_by_datagrams_does_not() {
    let mut world = World::new();
    for n in 0..500 {
        world.receive(SCANNER, &scan("INVITE", &format!("10{n}"), n));
    }
    assert_eq!(bans(&world), 0, "its address may be forged");
    for n in 500..1000 {
        world.receive_over(connection(1), &scan("INVITE", &format!("10{n}"), n));
    }
    assert_eq!(bans(&world), 1);
    let noted = world.journal.iter().filter(|entry| matches!(entry.fact, Fact::Banned { .. })).count();
    assert_eq!(noted, 1, "a line for the ban, none for each message after it");
    assert!(world.receive(SCANNER, &request("OPTIONS", "sip:example.test", "")).is_empty());
    world.now += Duration::from_secs(3600);
    assert_eq!(whats(&world.receive(SCANNER, &request("OPTIONS", "sip:example.test", ""))), ["200"]);
}

#[test]
fn a_ban_of_another_worker_holds_here_and_is_lifted_here() {
    let mut world = World::new();
    let probe = request("OPTIONS", "sip:example.test", "");
    let source = Network::of_source(IpAddr::from([198, 51, 100, 7]));
    let until = world.now + Duration::from_secs(60);
    world.server.handle(world.now, Input::Command(Command::Ban { source, until }));
    world.journal.clear();
    world.server.handle(world.now, Input::Received { flow: connection(3), bytes: probe.as_bytes() });
    assert!(matches!(world.server.poll(), Some(Output::Close(flow)) if flow == connection(3)));
    assert!(world.server.poll().is_none(), "no answer and no line in the journal");
    let lets_in = |world: &mut World, source: &str| world.server.lets_in(world.now, address(source).ip());
    assert!(!lets_in(&mut world, SCANNER) && lets_in(&mut world, ALICE));
    assert_eq!(whats(&world.receive(ALICE, &probe)), ["200"], "others are served");
    world.server.handle(world.now, Input::Command(Command::Lift(source)));
    assert_eq!(whats(&world.receive(SCANNER, &probe)), ["200"]);
    assert!(lets_in(&mut world, SCANNER));
    assert_eq!(bans(&world), 0, "who was told does not tell");
}

#[test]
fn a_stranger_is_told_the_same_of_users_who_do_not_exist_and_of_those_who_are_nowhere() {
    for method in ["INVITE", "OPTIONS", "MESSAGE"] {
        let mut world = World::new();
        let ask = |world: &mut World, user: &str| {
            let sent = world.receive(SCANNER, &scan(method, user, 200 + usize::from(user.as_bytes()[0])));
            let text = sent.last().map(Sent::text).unwrap_or_default();
            (whats(&sent), text.replace(user, "USER").split("Call-ID").next().unwrap().len())
        };
        let nowhere = ask(&mut world, "bob");
        assert_eq!(nowhere.0.last().map(String::as_str), Some("480"), "{method}");
        assert_eq!(ask(&mut world, "zoe"), nowhere, "{method}");
        // Our own users are told the truth, and so is everybody where the operator wants it.
        let own = request(method, "sip:zoe@example.test", "").replace("c@alice", "own@alice");
        assert_eq!(whats(&world.receive(ALICE, &own)).last().map(String::as_str), Some("404"));
        let mut open = World::with(|s| s.access.conceal_users = false);
        assert_eq!(ask(&mut open, "zoe").0.last().map(String::as_str), Some("404"));
    }
}

#[test]
fn who_claims_to_be_a_user_is_challenged_alike_whether_the_user_exists_or_not() {
    for method in ["REGISTER", "INVITE", "OPTIONS"] {
        let mut world = World::with(|s| s.access.required = true);
        let mut ask = |user: &str| {
            let claim = format!("<sip:{user}@example.test>");
            let uri = if method == "REGISTER" { "sip:example.test" } else { &claim[1..claim.len() - 1] };
            let text = request(method, uri, "").replace("<sip:alice@example.test>", &claim);
            let text = text.replace("<sip:bob@example.test>", &claim).replace("c@alice", user);
            let sent = world.receive(SCANNER, &text);
            (whats(&sent), sent[0].bytes.len())
        };
        let known = ask("bob");
        assert!(["401", "407"].contains(&&*known.0[0]), "{method}: {known:?}");
        assert_eq!(ask("zoe"), known, "{method}");
    }
}

#[test]
fn a_source_over_its_rate_is_told_to_wait_and_then_told_nothing() {
    let mut world = World::with(|s| {
        s.access.admission.source = Rate::new(10, Duration::from_secs(10));
        s.access.admission.refusals = Rate::new(5, Duration::from_secs(10));
    });
    let probe = |n| request("OPTIONS", "sip:example.test", "").replace("c@alice", &format!("{n}@alice"));
    let sent: Vec<String> = (0..100).flat_map(|n| whats(&world.receive(SCANNER, &probe(n)))).collect();
    assert_eq!(sent, [vec!["200"; 10], vec!["503"; 5]].concat());
    let lines = world.journal.iter().filter(|entry| matches!(entry.fact, Fact::Dropped { .. })).count();
    assert_eq!(lines, 1);
    assert!(world.answers().contains(&(503, "too-often")));
    assert_eq!(whats(&world.receive(ALICE, &probe(200))), ["200"], "others are served");
    world.now += Duration::from_secs(1);
    assert_eq!(whats(&world.receive(SCANNER, &probe(201))), ["200"]);
    assert_eq!(bans(&world), 0);
}

#[test]
fn a_flood_from_forged_addresses_grows_nothing() {
    let mut world = World::with(|s| s.access.required = true);
    let shared = crate::access::Shared::default();
    let mut full = World::with(|s| {
        s.access.required = true;
        s.access.shared = shared.clone();
    });
    let flood = |world: &mut World, count: u32| {
        for n in 0..count {
            let from = format!("{}:5060", IpAddr::from((0x0a00_0000 + n).to_be_bytes()));
            for method in ["REGISTER", "INVITE", "OPTIONS"] {
                let uri = if method == "REGISTER" { "sip:example.test" } else { BOB };
                world.receive(&from, &request(method, uri, "").replace("c@alice", &format!("{n}@alice")));
            }
            world.journal.clear();
        }
    };
    flood(&mut world, 100);
    flood(&mut full, 20_000);
    assert_eq!((full.server.len(), full.server.transactions()), (0, 0));
    assert!(shared.buckets(full.now) <= crate::access::BUCKETS_MAX);
    assert_eq!((bans(&full), shared.refusals_withheld()), (0, 0));
}

#[test]
fn any_worker_may_take_a_register_for_a_domain_of_ours_and_nothing_else() {
    let world = World::new();
    let may =
        |start: &str| world.server.may_take(format!("{start} SIP/2.0\r\nCall-ID: c\r\n\r\n").as_bytes());
    assert!(may("REGISTER sip:example.test") && may("REGISTER sip:EXAMPLE.test"));
    let others = ["sip:elsewhere.test", "sip:", "tel:+31201234567", "sip:example.test.evil", ""];
    assert!(others.iter().all(|uri| !may(&format!("REGISTER {uri}"))));
    assert!(["INVITE", "OPTIONS", "CANCEL"].iter().all(|m| !may(&format!("{m} sip:example.test"))));
    assert!(!world.server.may_take(b"REGISTER") && !world.server.may_take(b""));
}
