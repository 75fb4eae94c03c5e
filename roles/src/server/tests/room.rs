//! A worker that holds as many transactions as it may.

use super::world::*;
use super::{probing, summary};
use ringback_sip::flow::{FlowError, Transport};
use ringback_sip::journal::{BranchEnd, Cause, Fact};
use ringback_sip::registry::EventPackage;
use ringback_sip::transaction::Limits;

/// A worker with room for so many transactions, where bob has a phone.
pub(super) fn with_room(transactions_max: usize) -> World {
    let mut world = World::with(|settings| settings.limits = Limits { transactions_max });
    world.register("bob", PHONE[0], ALICE, Transport::Udp);
    world
}

/// One that has no room for anything new: calls of others ring.
pub(super) fn full() -> World {
    let mut world = with_room(16);
    for n in 0..7 {
        assert_eq!(whats(&world.receive(ALICE, &other(n))), ["100", "INVITE"]);
    }
    world.journal.clear();
    world
}

#[test]
fn a_full_worker_refuses_what_is_new_and_ends_what_has_begun() {
    let mut world = with_room(16);
    let phone = world.receive(ALICE, &invite("")).remove(1);
    let ok = world.answer(&phone, 200, "b", "Contact: <sip:bob@192.0.2.21>\r\n").remove(0);
    for n in 0..6 {
        assert_eq!(whats(&world.receive(ALICE, &other(n))), ["100", "INVITE"]);
    }
    assert_eq!(world.server.transactions(), 14);
    world.answers();
    for text in [other(7), request("MESSAGE", BOB, ""), request("SUBSCRIBE", BOB, "Event: presence\r\n")] {
        let sent = world.receive(ALICE, &text);
        assert_eq!(whats(&sent), ["503"], "{text}");
        assert!((2..=10).contains(&sent[0].row("Retry-After").parse::<u64>().unwrap()));
        assert_eq!(world.answers(), [(503, "limit")]);
    }
    assert_eq!(world.server.transactions(), 14, "nothing is kept of what is refused");
    assert_eq!(whats(&world.receive(ALICE, &other(3))), ["100"], "a copy is no new request");

    let bye = request("BYE", "sip:bob@192.0.2.21", &format!("Route: {}\r\n", ok.row("Record-Route")));
    let bye = bye.replace("To: <sip:bob@example.test>", "To: <sip:bob@example.test>;tag=b");
    let passed = world.receive(ALICE, &bye);
    assert_eq!((whats(&passed), world.server.transactions()), (vec!["BYE".to_owned()], 16));
    assert_eq!(to_alice(&world.answer(&passed[0], 200, "b", "")), ["200"]);
    assert_eq!(world.answers(), [(200, "passed")]);

    // After 32 s what was answered is forgotten, and others may call.
    world.run_secs(33);
    world.answers();
    assert_eq!(whats(&world.receive(ALICE, &other(8))), ["100", "INVITE"]);
}

#[test]
fn the_caller_of_a_call_that_rings_can_give_it_up() {
    let mut world = with_room(16);
    let phone = world.receive(ALICE, &invite("")).remove(1);
    world.answer(&phone, 180, "b", "");
    for n in 0..6 {
        world.receive(ALICE, &other(n));
    }
    assert_eq!(whats(&world.receive(ALICE, &other(6))), ["503"]);
    assert_eq!(whats(&world.receive(ALICE, &cancel(&invite("")))), ["200", "CANCEL"]);
}

#[test]
fn a_call_that_cannot_be_sent_on_is_refused_for_that_reason() {
    let mut world = with_room(1);
    let sent = world.receive(ALICE, &invite(""));
    assert_eq!(whats(&sent), ["100", "503"]);
    assert!((2..=10).contains(&sent[1].row("Retry-After").parse::<u64>().unwrap()));
    assert!(causes(&world).contains(&Cause::Limit("TRANSACTIONS_MAX".into())));
    assert_eq!(ends(&world), [BranchEnd::NoRoom]);
    assert_eq!(world.answers(), [(503, "limit")]);
    // The same call passes where there is room.
    assert_eq!(whats(&with_room(2).receive(ALICE, &invite(""))), ["100", "INVITE"]);
}

#[test]
fn no_other_next_hop_is_tried_without_room() {
    let mut world = World::with(|settings| {
        settings.limits = Limits { transactions_max: 1 };
        settings.plan = super::dial::trunk(&[("sip:192.0.2.41", 10), ("sip:192.0.2.42", 20)]).into();
    });
    assert_eq!(whats(&world.receive(ALICE, &super::dial::call("0201234567"))), ["100", "503"]);
    assert_eq!(ends(&world), [BranchEnd::NoRoom]);
}

#[test]
fn an_answer_of_a_phone_tells_more_than_that_another_one_was_not_asked() {
    let mut world = with_room(2);
    world.register("bob", PHONE[1], ALICE, Transport::Udp);
    let sent = world.receive(ALICE, &invite(""));
    assert_eq!(whats(&sent), ["100", "INVITE"]);
    assert_eq!(ends(&world), [BranchEnd::NoRoom]);
    assert_eq!(to_alice(&world.answer(&sent[1], 486, "b", "")), ["486"]);
}

#[test]
fn a_phone_for_which_there_is_no_socket_has_no_way_and_not_no_name() {
    let mut world = World::new();
    world.register("bob", "<sip:bob@192.0.2.21;transport=tls>", ALICE, Transport::Udp);
    assert_eq!(whats(&world.receive(ALICE, &invite(""))), ["100", "480"]);
    assert_eq!(ends(&world), [BranchEnd::Transport(FlowError::NoSocket)]);
    assert_eq!(world.answers(), [(480, "transport")]);
}

#[test]
fn a_next_hop_that_was_not_asked_for_lack_of_room_does_not_go_down() {
    let mut world = probing::world_with(|settings| settings.limits = Limits { transactions_max: 0 });
    world.run_secs(300);
    assert_eq!(probing::states(&mut world), []);
}

#[test]
fn a_watcher_is_told_once_there_is_room_again_however_long_that_takes() {
    let mut world = with_room(2);
    let notify = world.receive(ALICE, &summary::subscribe("alice", "alice", "w1", "")).remove(1);
    world.answer(&notify, 200, "", "");
    world.run_secs(40);
    let phone = world.receive(ALICE, &invite("")).remove(1);
    world.answer(&phone, 180, "b", "");
    assert_eq!(world.server.transactions(), 2, "the call has all the room");
    world.say("alice", EventPackage::MESSAGE_SUMMARY, &summary::two_new());
    assert!(!whats(&world.run_secs(170)).contains(&"NOTIFY".to_owned()));
    assert_eq!(world.server.subscriptions(), 1);
    let busy = world.answer(&phone, 486, "b", "").pop().unwrap();
    world.receive(ALICE, &busy.ack(&invite("")));
    assert!(whats(&world.run_secs(60)).contains(&"NOTIFY".to_owned()));
}

/// A call of somebody else.
fn other(n: usize) -> String {
    invite("")
        .replace("c@alice", &format!("{n}@alice"))
        .replace("branch=z9hG4bK", &format!("branch=z9hG4bK{n}"))
}

fn causes(world: &World) -> Vec<Cause> {
    world.journal.iter().filter_map(|entry| entry.fact.cause().cloned()).collect()
}

fn ends(world: &World) -> Vec<BranchEnd> {
    let end = |fact: &Fact| if let Fact::BranchEnded { end, .. } = fact { Some(*end) } else { None };
    world.journal.iter().filter_map(|entry| end(&entry.fact)).collect()
}
