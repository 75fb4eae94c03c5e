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

#[test]
fn a_neighbour_that_announces_overload_control_is_told_and_others_see_nothing() {
    let mut world = World::new();
    let call = |n: usize, announced: &str| {
        let via = format!("branch=z9hG4bKn{n}{announced}");
        invite("").replace("branch=z9hG4bKINVITE", &via).replace("c@alice", &format!("{n}@alice"))
    };
    let announced = ";oc;oc-algo=\"loss\"";
    let told = |sent: &[Sent]| sent[0].row("Via").split(";oc=").nth(1).map(|rest| rest[..2].to_owned());
    assert_eq!(told(&world.receive(ALICE, &call(1, announced))).as_deref(), Some("0;"));
    world.server.set_strained(world.now, true);
    world.run_secs(1);
    let refused = world.receive(ALICE, &call(2, announced));
    assert_eq!((whats(&refused), told(&refused).as_deref()), (vec!["503".to_owned()], Some("90")));
    assert!(refused[0].row("Via").contains(";oc-validity=1000;oc-seq="));
    assert_eq!(told(&world.receive(ALICE, &call(3, ""))), None);
    // What the server answers itself, and what others wished of the sender's neighbours.
    let options = |n: usize, rest: &str| {
        let via = format!("branch=z9hG4bKo{n}{rest}");
        request("OPTIONS", "sip:example.test", "").replace("branch=z9hG4bKOPTIONS", &via)
    };
    assert_eq!(told(&world.receive(ALICE, &options(1, announced))).as_deref(), Some("90"));
    let lower = "\r\nVia: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKlower;oc=50;oc-algo=\"loss\"";
    let answer = world.receive(ALICE, &options(2, lower));
    assert_eq!(whats(&answer), ["200"]);
    let text = String::from_utf8_lossy(&answer[0].bytes);
    assert!(text.contains("z9hG4bKlower;oc;") && !text.contains("oc="), "{text}");
}

#[test]
fn a_next_hop_that_asks_for_less_gets_less_and_the_rest_is_503_without_retry_after() {
    let mut world = super::dial::with_trunk(&[("sip:192.0.2.41", 1)]);
    let call = |n: usize| {
        super::dial::call("0201234567")
            .replace("branch=z9hG4bK", &format!("branch=z9hG4bKn{n}"))
            .replace("c@alice", &format!("{n}@alice"))
    };
    let first = world.receive(ALICE, &call(0)).pop().unwrap();
    let via = first.row("Via");
    assert!(via.contains(";oc;oc-algo=\"loss\""), "{via}");
    let busy = first.response(486, "b", "").replace(";oc;", ";oc=50;oc-validity=5000;oc-seq=7.0;");
    world.receive_over(first.flow, &busy);
    let went: Vec<Vec<String>> = (1..5).map(|n| whats(&world.receive(ALICE, &call(n)))).collect();
    let kept = went.iter().filter(|sent| sent.contains(&"503".to_owned())).count();
    assert_eq!(kept, 2, "{went:?}");
    world.run_secs(6);
    assert!(whats(&world.receive(ALICE, &call(9))).contains(&"INVITE".to_owned()), "the wish is over");
}

#[test]
fn a_refusal_at_a_glimpse_is_the_one_after_reading() {
    let mut world = World::new();
    world.server.set_strained(world.now, true);
    let further = "Via: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKfurther\r\nMax-Forwards";
    for method in ["INVITE", "MESSAGE", "SUBSCRIBE"] {
        let usual = request(method, BOB, "").replacen("Max-Forwards", further, 1);
        let usual = usual.replacen(";branch", ";rport;branch", 1);
        // White space before the colon: it must be read.
        let odd = usual.replace("Content-Length", "Topic : x\r\nContent-Length");
        let (glimpsed, read) = (world.receive(ALICE, &usual), world.receive(ALICE, &odd));
        assert_eq!(whats(&glimpsed), ["503"], "{method}");
        assert_eq!(glimpsed, read, "{method}");
        assert_eq!(world.answers(), [(503, "overload"); 2]);
    }
}

#[test]
fn an_ack_to_a_refusal_is_dropped_and_one_that_a_transaction_awaits_comes_to_it() {
    let mut world = World::with_bob(&PHONE[..1]);
    let ack = |response: &Sent, invite: &str| {
        let to = format!("To: {}", response.row("To"));
        invite
            .replace("INVITE", "ACK")
            .replace("branch=z9hG4bKACK", "branch=z9hG4bKINVITE")
            .replace("To: <sip:bob@example.test>", &to)
    };
    // One call fails at the phone, and its failure is sent again until the ACK comes.
    let begun = invite("");
    let phone = world.receive(ALICE, &begun).into_iter().find(|s| s.what() == "INVITE").unwrap();
    world.server.set_strained(world.now, true);
    let sent = world.answer(&phone, 486, "b", "");
    let failed = sent.into_iter().find(|sent| sent.what() == "486").unwrap();
    assert!(world.receive(ALICE, &ack(&failed, &begun)).is_empty());
    world.run_secs(5);
    assert!(world.take().iter().all(|sent| sent.what() != "486"), "the ACK came to its transaction");
    world.answers();

    world.server.set_strained(world.now, true);
    let refused = invite("").replace("c@alice", "d@alice").replace("branch=z9hG4bK", "branch=z9hG4bKd");
    let answer = world.receive(ALICE, &refused).remove(0);
    assert_eq!(answer.what(), "503");
    let late = ack(&answer, &refused).replace("z9hG4bKdACK", "z9hG4bKdINVITE");
    assert!(world.receive(ALICE, &late).is_empty());
    world.server.set_strained(world.now, false);
    world.run_secs(60);
    world.answers();
    assert!(world.receive(ALICE, &late).is_empty(), "nor later");
}
