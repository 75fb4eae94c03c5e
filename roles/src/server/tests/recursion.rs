//! Phones' redirections that are followed here, or not (RFC 3261 §16.5, §16.7 step 4).

use super::world::*;
use ringback_sip::flow::Transport;

const TO_ALICE: &str = "Contact: <sip:alice@example.test>\r\n";

#[test]
fn a_redirection_to_another_user_of_ours_is_followed_and_the_caller_never_sees_it() {
    for status in [300, 301, 302] {
        let (mut world, phone) = ringing(true);
        let sent = world.answer(&phone, status, "1", TO_ALICE);
        let next = sent.iter().find(|s| s.what() == "INVITE").unwrap();
        assert_eq!((next.uri(), next.to()), ("sip:alice@192.0.2.61".into(), "192.0.2.61:5060".into()));
        assert_ne!(next.branch(), phone.branch());
        assert!(to_alice(&sent).is_empty());
        assert_eq!(to_alice(&world.answer(next, 200, "2", "")), ["200"]);
    }
}

#[test]
fn the_name_of_an_instance_leads_to_that_phone_alone() {
    let urn = |n| format!("+sip.instance=\"<urn:uuid:{n}>\"");
    let mut world = World::with(|settings| settings.recurse = true);
    world.register("bob", PHONE[0], "192.0.2.21:5060", Transport::Udp);
    for n in [61, 62] {
        let contact = format!("<sip:alice@192.0.2.{n}>;{}", urn(n));
        world.register("alice", &contact, &format!("192.0.2.{n}:5060"), Transport::Udp);
    }
    let phone = world.receive(ALICE, &invite("")).remove(1);
    let both =
        "Contact: <sip:alice@example.test;gr=urn:uuid:62>, <sip:bob@example.test;gr=urn:uuid:9>;q=0.1\r\n";
    let sent = world.answer(&phone, 302, "1", both);
    let next: Vec<_> = sent.iter().filter(|s| s.what() == "INVITE").collect();
    assert_eq!(next.len(), 1);
    assert_eq!((next[0].uri(), next[0].to()), ("sip:alice@192.0.2.62".into(), "192.0.2.62:5060".into()));
    assert!(to_alice(&sent).is_empty());
    assert_eq!(to_alice(&world.answer(next[0], 200, "2", "")), ["200"]);
}

#[test]
fn a_phone_behind_another_proxy_may_redirect_and_be_redirected_to() {
    let mut world = World::with(|settings| settings.recurse = true);
    let path = "Supported: path\r\nPath: <sip:192.0.2.80;lr>\r\n";
    world.register_by("bob", PHONE[0], "192.0.2.80:5060", path);
    world.register_by("alice", "<sip:alice@192.0.2.61>", "192.0.2.80:5060", path);
    let phone = world.receive(ALICE, &invite("")).remove(1);
    let sent = world.answer(&phone, 302, "1", TO_ALICE);
    let next = sent.iter().find(|s| s.what() == "INVITE").unwrap();
    assert_eq!((next.uri(), next.to()), ("sip:alice@192.0.2.61".into(), "192.0.2.80:5060".into()));
    assert_eq!(next.row("Route"), "<sip:192.0.2.80;lr>");
    assert!(to_alice(&sent).is_empty());
}

#[test]
fn by_default_the_caller_is_told() {
    let (mut world, phone) = ringing(false);
    let sent = world.answer(&phone, 302, "1", TO_ALICE);
    assert_eq!(to_alice(&sent), ["302"]);
    let told = sent.iter().find(|s| s.what() == "302").unwrap();
    assert_eq!(told.row("Contact"), "<sip:alice@example.test>");
}

#[test]
fn a_caller_who_wants_no_recursion_is_told_where_to_go() {
    for (wish, told) in
        [("no-recurse", vec!["302"]), ("recurse", vec![]), ("no-fork, No-Recurse", vec!["302"])]
    {
        let rows = format!("Request-Disposition: {wish}\r\n");
        let (mut world, phone) = ringing_with(true, &rows);
        let sent = world.answer(&phone, 302, "1", TO_ALICE);
        assert_eq!(to_alice(&sent), told, "{wish}");
        assert_eq!(sent.iter().any(|s| s.what() == "INVITE"), told.is_empty(), "{wish}");
    }
}

#[test]
fn what_leads_elsewhere_or_names_a_proxy_or_a_service_is_left_to_the_caller() {
    for (status, rows) in [
        (302, "Contact: <sip:carol@elsewhere.test>\r\n"),
        (302, "Contact: <sip:alice@example.test>, <sip:0900@elsewhere.test>\r\n"),
        (302, "Contact: <tel:+31900>\r\n"),
        (302, "Contact: <sip:alice@example.test?Subject=x>\r\n"),
        (302, ""),
        (305, TO_ALICE),
        (380, TO_ALICE),
    ] {
        let (mut world, phone) = ringing(true);
        assert_eq!(to_alice(&world.answer(&phone, status, "1", rows)), [status.to_string()], "{rows}");
    }
}

#[test]
fn each_address_is_tried_once_so_that_a_circle_ends() {
    let (mut world, phone) = ringing(true);
    // Bob sends the call to alice, alice sends it back to bob and to herself.
    let sent = world.answer(&phone, 302, "1", TO_ALICE);
    let second = sent.iter().find(|s| s.what() == "INVITE").unwrap().clone();
    let back = "Contact: <sip:bob@example.test>, <sip:alice@EXAMPLE.test>\r\n";
    let sent = world.answer(&second, 302, "2", back);
    assert_eq!(to_alice(&sent), ["302"]);
    assert!(world.run_secs(1).iter().all(|s| s.what() != "INVITE"));
}

#[test]
fn a_user_without_a_phone_leaves_the_redirection_to_the_caller() {
    let (mut world, phone) = ringing(true);
    let nobody = "Contact: <sip:nobody@example.test>\r\n";
    assert_eq!(to_alice(&world.answer(&phone, 302, "1", nobody)), ["302"]);
}

#[test]
fn a_cancelled_call_follows_nothing() {
    let (mut world, phone) = ringing(true);
    world.answer(&phone, 180, "1", "");
    world.receive(ALICE, &cancel(&invite("")));
    let sent = world.answer(&phone, 302, "1", TO_ALICE);
    assert!(sent.iter().all(|s| s.what() != "INVITE"), "{:?}", whats(&sent));
    assert_eq!(to_alice(&sent), ["302"]);
}

/// Bob's phone has alice's call; alice has a phone too.
fn ringing(recurse: bool) -> (World, Sent) {
    ringing_with(recurse, "")
}

/// The same with more rows in the INVITE.
fn ringing_with(recurse: bool, rows: &str) -> (World, Sent) {
    let mut world = World::with(|settings| settings.recurse = recurse);
    world.register("alice", "<sip:alice@192.0.2.61>", "192.0.2.61:5060", Transport::Udp);
    world.register("bob", PHONE[0], "192.0.2.21:5060", Transport::Udp);
    let phone = world.receive(ALICE, &invite(rows)).into_iter().find(|s| s.what() == "INVITE").unwrap();
    (world, phone)
}
