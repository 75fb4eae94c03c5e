//! More requests than can be served.

use super::world::*;
use ringback_sip::flow::Transport;
use ringback_sip::node::Node;
use std::collections::BTreeSet;

#[test]
fn a_strained_server_refuses_new_work_and_serves_what_it_has_begun() {
    let mut world = World::with_bob(&PHONE[..1]);
    let begun = invite("");
    let forwarded = world.receive(ALICE, &begun);
    let phone = forwarded.iter().find(|s| s.what() == "INVITE").unwrap().clone();
    world.server.set_strained(world.now, true);
    world.answers();

    let transactions = world.server.transactions();
    for method in ["INVITE", "MESSAGE", "SUBSCRIBE", "PUBLISH"] {
        let text = request(method, BOB, "").replace("c@alice", &format!("{method}@alice"));
        let sent = world.receive(ALICE, &text.replace("branch=z9hG4bK", "branch=z9hG4bKnew"));
        assert_eq!(whats(&sent), ["503"], "{method}");
        assert_eq!(world.answers(), [(503, "overload")]);
    }
    assert_eq!(world.server.transactions(), transactions, "nothing is kept of what is refused");

    // A copy is absorbed, the answer passes, a refresh is served, and so is a request within a dialog.
    assert_eq!(whats(&world.receive(ALICE, &begun)), ["100"]);
    assert_eq!(to_alice(&world.answer(&phone, 200, "b", "Contact: <sip:bob@192.0.2.21>\r\n")), ["200"]);
    world.register("bob", PHONE[0], ALICE, Transport::Udp);
    let inside =
        request("INFO", BOB, "").replace("To: <sip:bob@example.test>", "To: <sip:bob@example.test>;tag=b");
    assert!(whats(&world.receive(ALICE, &inside)).iter().all(|what| what != "503"));
    assert_eq!(whats(&world.receive(ALICE, &request("OPTIONS", "sip:example.test", ""))), ["200"]);

    world.server.set_strained(world.now, false);
    let later = invite("").replace("c@alice", "later@alice").replace("branch=z9hG4bK", "branch=z9hG4bKlater");
    assert!(whats(&world.receive(ALICE, &later)).contains(&"INVITE".to_owned()));
}

#[test]
fn callers_are_told_to_come_back_at_different_times() {
    let mut world = World::new();
    world.server.set_strained(world.now, true);
    let mut times = BTreeSet::new();
    for n in 0..100 {
        let text = invite("").replace("c@alice", &format!("{n}@alice"));
        let sent = world.receive(ALICE, &text.replace("branch=z9hG4bK", &format!("branch=z9hG4bK{n}")));
        times.insert(sent[0].row("Retry-After").parse::<u64>().unwrap());
        // The copy of a request that was refused is told the same.
        let again = world.receive(ALICE, &text.replace("branch=z9hG4bK", &format!("branch=z9hG4bK{n}")));
        assert_eq!(again[0].bytes, sent[0].bytes);
    }
    assert_eq!(times, (2..=10).collect());
}
