//! Next hops that are asked whether they live, and those that ask to be left alone.

use super::dial::{call, trunk};
use super::world::*;
use crate::routing::plan::{Plan, Probe};
use crate::server::{Command, Event, ServerSettings};
use ringback_sip::entropy::{Seed, Share};
use ringback_sip::journal::{Fact, HopState};
use ringback_sip::node::{Input, Node};
use ringback_sip::time::Duration;
use std::sync::Arc;

const FIRST: &str = "192.0.2.41:5060";
const SECOND: &str = "192.0.2.42:5060";

#[test]
fn each_hop_is_asked_with_options_once_a_period() {
    let mut world = world();
    let sent = world.run_secs(0);
    assert_eq!(whats(&sent), ["OPTIONS", "OPTIONS"]);
    assert_eq!((sent[0].to().as_str(), sent[1].to().as_str()), (FIRST, SECOND));
    let asked = &sent[0];
    assert_eq!((asked.uri(), asked.row("To")), ("sip:192.0.2.41".into(), "<sip:192.0.2.41>".into()));
    for name in ["Via", "Max-Forwards", "From", "Call-ID", "CSeq", "Contact", "Accept", "Content-Length"] {
        assert_ne!(asked.row(name), "", "{name}");
    }
    for asked in &sent {
        assert!(world.answer(asked, 200, "1", "").is_empty());
    }
    assert!(world.run_secs(29).is_empty());
    assert_eq!(world.run_secs(1).len(), 2);
}

#[test]
fn a_hop_that_answers_nothing_good_goes_down_is_tried_last_and_comes_up_again() {
    let mut world = world();
    let mut asked = world.run_secs(0);
    for round in 0..3 {
        assert_eq!(states(&mut world), [], "round {round}");
        let [first, second] = asked.as_slice() else { panic!("{:?}", whats(&asked)) };
        world.answer(first, [503, 408, 504][round], "1", "");
        world.answer(second, 404, "1", "");
        asked = world.run_secs(30);
    }
    assert_eq!(states(&mut world), [("sip:192.0.2.41".to_owned(), HopState::Down)]);
    assert_eq!(world.events, [Event::Hop { uri: "sip:192.0.2.41".into(), is_up: false }]);
    let first = world.receive(ALICE, &call("0201234567")).remove(1);
    assert_eq!(first.to(), SECOND);
    for _ in 0..2 {
        let [first, second] = asked.as_slice() else { panic!("{:?}", whats(&asked)) };
        let (first, second) = (first.clone(), second.clone());
        world.answer(&first, 200, "1", "");
        world.answer(&second, 200, "1", "");
        asked = world.run_secs(30).into_iter().filter(|s| s.what() == "OPTIONS").collect();
    }
    assert_eq!(states(&mut world), [("sip:192.0.2.41".to_owned(), HopState::Up)]);
}

#[test]
fn silence_is_no_good_answer() {
    let mut world = world();
    world.run_secs(3 * 35);
    let states = states(&mut world);
    assert!(states.contains(&("sip:192.0.2.41".to_owned(), HopState::Down)), "{states:?}");
}

#[test]
fn a_hop_that_says_503_with_retry_after_is_left_alone_for_so_long() {
    let mut world = World::with(|settings| settings.plan = Arc::new(plan(None)));
    let first = world.receive(ALICE, &call("0201234567")).remove(1);
    assert_eq!(first.to(), FIRST);
    world.answer(&first, 503, "1", "Retry-After: 30\r\n");
    let aside = HopState::Aside(world.now + Duration::from_secs(30));
    assert_eq!(states(&mut world), [("sip:192.0.2.41".to_owned(), aside)]);
    let next = |world: &mut World, n: u32| {
        let call = call("0201234567")
            .replace("c@alice", &format!("c{n}"))
            .replace("z9hG4bK", &format!("z9hG4bK{n}"));
        world.receive(ALICE, &call).into_iter().find(|s| s.what() == "INVITE").unwrap().to()
    };
    world.run_secs(29);
    assert_eq!(next(&mut world, 2), SECOND);
    world.run_secs(1);
    assert_eq!(next(&mut world, 3), FIRST);
}

#[test]
fn without_retry_after_503_is_one_failure_only() {
    let mut world = World::with(|settings| settings.plan = Arc::new(plan(None)));
    let first = world.receive(ALICE, &call("0201234567")).remove(1);
    world.answer(&first, 503, "1", "");
    assert_eq!(states(&mut world), []);
}

#[test]
fn only_the_first_worker_asks_and_the_others_are_told() {
    let (mut world, seed) = (world(), Seed::from_number(9));
    let other = core::mem::replace(&mut world.server, World::new().server);
    world.server = other.with_share(Share::new(seed, 1, 2));
    assert!(world.run_secs(300).is_empty());
    let news = Command::Hop { uri: "sip:192.0.2.41".into(), is_up: false };
    world.server.handle(world.now, Input::Command(news));
    assert_eq!(world.receive(ALICE, &call("0201234567")).remove(1).to(), SECOND);
}

#[test]
fn answers_come_to_the_worker_that_asked() {
    let (mut world, seed) = (world(), Seed::from_number(9));
    let share = Share::new(seed, 0, 8);
    let other = core::mem::replace(&mut world.server, World::new().server);
    world.server = other.with_share(share);
    let sent = world.run_secs(0);
    assert!(sent.iter().all(|asked| share.has(asked.row("Call-ID").as_bytes())));
}

#[test]
fn a_server_that_drains_asks_nobody() {
    let mut world = world();
    world.server.handle(world.now, Input::Command(Command::Drain));
    assert!(world.run_secs(300).is_empty());
}

fn plan(probe: Option<Probe>) -> Plan {
    let mut plan = trunk(&[("sip:192.0.2.41", 10), ("sip:192.0.2.42", 20)]);
    plan.hops[0].probe = probe;
    plan
}

fn world() -> World {
    world_with(|_| {})
}

pub(super) fn world_with(change: impl FnOnce(&mut ServerSettings)) -> World {
    let probe = Probe { period: Duration::from_secs(30), failures: 3, successes: 2 };
    World::with(|settings| {
        settings.plan = Arc::new(plan(Some(probe)));
        change(settings);
    })
}

/// What the journal says of hops since the last look.
pub(super) fn states(world: &mut World) -> Vec<(String, HopState)> {
    let all = core::mem::take(&mut world.journal).into_iter();
    all.filter_map(|entry| match entry.fact {
        Fact::Hop { uri, state } => Some((uri.to_string(), state)),
        _ => None,
    })
    .collect()
}
