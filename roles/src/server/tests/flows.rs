//! Phones that are reached over the flows that they registered (RFC 5626 §7).

use super::world::*;
use ringback_sip::flow::{ConnectionId, Flow, FlowError, Transport};
use ringback_sip::journal::{Binding, Fact};

const URN: &str = "+sip.instance=\"<urn:uuid:1>\"";
const AGENT: &str = "Supported: path, outbound\r\n";

fn stream(peer: &str, connection: u64) -> Flow {
    Flow { connection: Some(ConnectionId(connection)), ..flow(Transport::Tcp, peer) }
}

/// Bob registers a contact over a flow.
fn register(world: &mut World, reg_id: u32, contact: &str, flow: Flow) {
    let contact = format!("<{contact}>;reg-id={reg_id};{URN}");
    world.register_on("bob", &contact, flow, AGENT);
    world.run_secs(1);
}

fn gone(world: &World) -> Vec<Option<u64>> {
    let told = |fact: &Fact| match fact {
        Fact::Binding { change: Binding::FlowGone(since), .. } => {
            Some(since.map(|s| world.now.since(s).as_secs()))
        }
        _ => None,
    };
    world.journal.iter().filter_map(|entry| told(&entry.fact)).collect()
}

#[test]
fn a_flow_is_used_as_it_came_whatever_the_contact_says() {
    let mut world = World::new();
    let datagrams = flow(Transport::Udp, "198.51.100.7:40001");
    register(&mut world, 1, "sip:bob@203.0.113.5:5070;ob", datagrams);
    let out = world.receive(ALICE, &invite("")).remove(1);
    assert_eq!((out.flow, out.uri()), (datagrams, "sip:bob@203.0.113.5:5070;ob".to_owned()));
    let tcp = stream("198.51.100.7:40002", 7);
    register(&mut world, 2, "sip:bob@10.0.0.1;transport=tcp;ob", tcp);
    let next =
        world.receive(ALICE, &invite("").replace("INVITE;", "x;").replace("z9hG4bKINVITE", "z9hG4bK2"));
    assert_eq!(whats(&next), ["100", "INVITE"], "one flow of an instance at a time");
    assert_eq!(next[1].flow, tcp, "the one that registered last");
}

#[test]
fn a_long_request_over_a_datagram_flow_opens_no_connection() {
    let mut world = World::new();
    let datagrams = flow(Transport::Udp, "198.51.100.7:40001");
    register(&mut world, 1, "sip:bob@10.0.0.1;ob", datagrams);
    world.register("bob", "<sip:bob@10.0.0.2>", "198.51.100.8:40001", Transport::Udp);
    let long = format!("Subject: {}\r\n", "x".repeat(1500));
    let sent = world.receive(ALICE, &invite(&long));
    assert!(sent.iter().all(|s| s.flow.transport == Transport::Udp), "{:?}", whats(&sent));
    assert_eq!(sent.len(), 3);
}

#[test]
fn a_flow_that_has_ended_is_not_tried_and_the_journal_says_since_when() {
    let mut world = World::new();
    let (first, second) = (stream("198.51.100.7:40001", 7), stream("198.51.100.7:40002", 8));
    register(&mut world, 1, "sip:bob@10.0.0.1;transport=tcp;ob", first);
    register(&mut world, 2, "sip:bob@10.0.0.1;transport=tcp;ob", second);
    world.fail(second, FlowError::Reset);
    world.run_secs(10);
    let sent = world.receive(ALICE, &invite(""));
    assert_eq!((whats(&sent), sent[1].flow), (vec!["100".to_owned(), "INVITE".to_owned()], first));
    assert_eq!(gone(&world), [Some(10)]);
    world.answer(&sent[1], 486, "1", "");
    world.journal.clear();
    world.fail(first, FlowError::Closed);
    let text = invite("").replace("z9hG4bKINVITE", "z9hG4bK2").replace("c@alice", "d@alice");
    assert_eq!(whats(&world.receive(ALICE, &text)), ["480"]);
    assert_eq!((gone(&world), world.answers()), (vec![Some(0), Some(10)], vec![(480, "flow-gone")]));
    // The phone comes back over a new connection, and is there again.
    register(&mut world, 1, "sip:bob@10.0.0.1;transport=tcp;ob", stream("198.51.100.7:40003", 9));
    let text = invite("").replace("z9hG4bKINVITE", "z9hG4bK3").replace("c@alice", "e@alice");
    assert_eq!(world.receive(ALICE, &text)[1].flow.connection, Some(ConnectionId(9)));
}

#[test]
fn a_flow_that_fails_under_a_request_is_followed_by_the_next_one() {
    let mut world = World::new();
    let (first, second) = (stream("198.51.100.7:40001", 7), stream("198.51.100.7:40002", 8));
    register(&mut world, 1, "sip:bob@10.0.0.1;transport=tcp;ob", first);
    register(&mut world, 2, "sip:bob@10.0.0.1;transport=tcp;ob", second);
    world.receive(ALICE, &invite(""));
    let next = world.fail(second, FlowError::Closed);
    assert_eq!((whats(&next), next[0].flow), (vec!["INVITE".to_owned()], first));
    assert_eq!(to_alice(&world.fail(first, FlowError::Closed)), ["480"], "both are gone");
}

#[test]
fn an_edge_that_says_430_is_followed_by_the_next_edge_and_the_caller_never_sees_it() {
    let mut world = World::new();
    for (n, edge) in ["192.0.2.81", "192.0.2.82"].iter().enumerate() {
        let rows = format!("{AGENT}Path: <sip:token@{edge};lr;ob>\r\n");
        let contact = format!("<sip:bob@10.0.0.1;ob>;reg-id={};{URN}", n + 1);
        world.register_by("bob", &contact, &format!("{edge}:5060"), &rows);
        world.run_secs(1);
    }
    let sent = world.receive(ALICE, &invite(""));
    assert_eq!((sent.len(), sent[1].to()), (2, "192.0.2.82:5060".to_owned()));
    assert!(sent[1].row("Route").contains("token@192.0.2.82"));
    world.answer(&sent[1], 100, "", "");
    let next = world.answer(&sent[1], 430, "e", "");
    assert!(to_alice(&next).is_empty(), "{:?}", whats(&next));
    let other = next.iter().find(|s| s.what() == "INVITE").unwrap();
    assert_eq!((other.to(), other.rows("Route").len()), ("192.0.2.81:5060".to_owned(), 1));
    world.journal.clear();
    assert_eq!(to_alice(&world.answer(other, 430, "e", "")), ["480"]);
    assert_eq!(world.answers(), [(480, "flow-gone")]);
}

#[test]
fn any_other_answer_of_an_instance_is_its_last_word() {
    let mut world = World::new();
    for (n, edge) in ["192.0.2.81", "192.0.2.82"].iter().enumerate() {
        let rows = format!("{AGENT}Path: <sip:token@{edge};lr;ob>\r\n");
        let contact = format!("<sip:bob@10.0.0.1;ob>;reg-id={};{URN}", n + 1);
        world.register_by("bob", &contact, &format!("{edge}:5060"), &rows);
    }
    let sent = world.receive(ALICE, &invite(""));
    let end = world.answer(&sent[1], 404, "e", "");
    assert_eq!(to_alice(&end), ["404"]);
}
