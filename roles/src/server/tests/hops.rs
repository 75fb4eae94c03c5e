//! Next hops: names, addresses that do not answer, transports, ways back (RFC 3261 §18, RFC 3263, RFC 3581).

use super::world::*;
use ringback_sip::flow::{FlowError, Transport};
use ringback_sip::node::ResolveError;

const NAMED: &str = "<sip:bob@phones.test>";

#[test]
fn the_second_address_is_tried_when_the_first_says_nothing_at_all() {
    let mut world = World::with_bob(&[NAMED]);
    world.receive(ALICE, &invite(""));
    assert_eq!(&*world.lookups[0].1.host, "phones.test");
    let addresses = [(Transport::Udp, "192.0.2.31:5060"), (Transport::Udp, "192.0.2.32:5060")];
    let first = world.resolve(Ok(&addresses)).remove(0);
    assert_eq!(first.to(), "192.0.2.31:5060");
    let sent = world.run_secs(33);
    let second = sent.iter().find(|s| s.to() == "192.0.2.32:5060").unwrap();
    assert_ne!(second.branch(), first.branch(), "a new transaction");
    assert!(to_alice(&sent).is_empty());
    assert_eq!(to_alice(&world.answer(second, 200, "1", "")), ["200"]);
}

#[test]
fn after_any_answer_no_other_address_is_tried() {
    let mut world = World::with_bob(&[NAMED]);
    world.receive(ALICE, &invite(""));
    let addresses = [(Transport::Udp, "192.0.2.31:5060"), (Transport::Udp, "192.0.2.32:5060")];
    let first = world.resolve(Ok(&addresses)).remove(0);
    world.answer(&first, 180, "1", "");
    let sent = world.run_secs(400);
    assert!(sent.iter().all(|s| s.to() != "192.0.2.32:5060"), "{:?}", whats(&sent));
    assert_eq!(to_alice(&sent).first().map(String::as_str), Some("408"));
}

#[test]
fn a_503_or_a_failed_path_leads_to_the_next_address() {
    for by_response in [true, false] {
        let mut world = World::with_bob(&[NAMED]);
        world.receive(ALICE, &invite(""));
        let addresses = [(Transport::Udp, "192.0.2.31:5060"), (Transport::Udp, "192.0.2.32:5060")];
        let first = world.resolve(Ok(&addresses)).remove(0);
        let sent = if by_response {
            world.answer(&first, 503, "1", "")
        } else {
            world.fail(first.flow, FlowError::Refused)
        };
        let second = sent.iter().find(|s| s.what() == "INVITE").unwrap();
        assert_eq!(second.to(), "192.0.2.32:5060");
        assert_eq!(to_alice(&world.answer(second, 486, "1", "")), ["486"]);
    }
}

#[test]
fn a_name_without_address_is_500_and_silent_name_servers_are_504() {
    for (error, expected) in [(ResolveError::NoSuchName, "500"), (ResolveError::Timeout, "504")] {
        let mut world = World::with_bob(&[NAMED]);
        world.receive(ALICE, &invite(""));
        assert_eq!(to_alice(&world.resolve(Err(error))), [expected]);
        assert_eq!(world.answers().last().map(|a| a.1), Some("dns"));
    }
}

#[test]
fn a_server_that_says_nothing_to_a_message_is_tried_last_from_then_on() {
    let both = [(Transport::Udp, "192.0.2.31:5060"), (Transport::Udp, "192.0.2.32:5060")];
    let to = |sent: Vec<Sent>| sent.iter().map(Sent::to).collect::<Vec<_>>();
    let mut world = World::with_bob(&[NAMED]);
    world.receive(ALICE, &request("MESSAGE", BOB, ""));
    assert_eq!(to(world.resolve(Ok(&both))), [both[0].1]);
    let late = world.run_secs(33);
    assert!(late.iter().all(|sent| sent.to() != both[1].1), "the sender has given up: nobody else gets it");
    world.receive(ALICE, &request("MESSAGE", BOB, "").replace("z9hG4bK", "z9hG4bKb"));
    assert_eq!(to(world.resolve(Ok(&both))), [both[1].1]);
}

#[test]
fn a_call_is_cancelled_while_its_name_is_looked_up() {
    let mut world = World::with_bob(&[NAMED]);
    world.receive(ALICE, &invite(""));
    assert_eq!(whats(&world.receive(ALICE, &cancel(&invite("")))), ["200", "487"]);
    assert!(world.resolve(Ok(&[(Transport::Udp, "192.0.2.31:5060")])).is_empty());
}

#[test]
fn a_long_request_goes_over_tcp_and_falls_back_to_udp_once() {
    let mut world = World::with_bob(&PHONE[..1]);
    let long = format!("Subject: {}\r\n", "x".repeat(1200));
    let stream = world.receive(ALICE, &invite(&long)).remove(1);
    assert_eq!((stream.flow.transport, stream.to()), (Transport::Tcp, "192.0.2.21:5060".to_owned()));
    assert!(stream.row("Via").starts_with("SIP/2.0/TCP "));
    assert_eq!(stream.rows("Record-Route").len(), 2, "the dialog's two sides differ");
    let sent = world.fail(stream.flow, FlowError::Refused);
    assert_eq!(whats(&sent), ["INVITE"]);
    assert_eq!((sent[0].flow.transport, sent[0].to()), (Transport::Udp, stream.to()));
    assert!(sent[0].row("Via").starts_with("SIP/2.0/UDP "));
    assert_eq!(sent[0].rows("Record-Route").len(), 1);
    let sent = world.fail(sent[0].flow, FlowError::Refused);
    assert_eq!(to_alice(&sent), ["500"], "and no further");
}

#[test]
fn a_long_request_stays_on_udp_when_there_is_no_stream_or_the_contact_insists() {
    let long = format!("Subject: {}\r\n", "x".repeat(1200));
    let mut world = World::with(|s| s.addresses.truncate(1));
    world.register("bob", PHONE[0], ALICE, Transport::Udp);
    let sent = world.receive(ALICE, &invite(&long));
    assert_eq!(sent[1].flow.transport, Transport::Udp);
    let mut world = World::with_bob(&["<sip:bob@192.0.2.21;transport=udp>"]);
    let sent = world.receive(ALICE, &invite(&long));
    assert_eq!(sent[1].flow.transport, Transport::Udp);
}

#[test]
fn both_sides_of_a_dialog_find_their_transport_again() {
    let mut world = World::with_bob(&["<sip:bob@192.0.2.21;transport=tcp>"]);
    let out = world.receive(ALICE, &invite("")).remove(1);
    let rows = out.rows("Record-Route");
    assert_eq!(rows.len(), 2);
    assert!(rows[0].starts_with("<sip:192.0.2.9:5060;transport=tcp;lr;rb="), "the callee's side: {rows:?}");
    assert!(rows[1].starts_with("<sip:192.0.2.9:5060;lr;rb="), "the caller's side: {rows:?}");
    // Alice's BYE: her route set is the rows from the bottom up.
    let route = format!("Route: {}, {}\r\n", rows[1], rows[0]);
    let bye = request("BYE", "sip:bob@192.0.2.21;transport=tcp", &route)
        .replace("<sip:bob@example.test>", "<sip:bob@example.test>;tag=1");
    let sent = world.receive(ALICE, &bye);
    assert_eq!((whats(&sent), sent[0].flow.transport), (vec!["BYE".to_owned()], Transport::Tcp));
    assert!(sent[0].row("Route").is_empty(), "both of ours are gone: no spiral");
    // Bob's BYE comes over TCP with the rows from the top down, and leaves over UDP.
    let route = format!("Route: {}, {}\r\n", rows[0], rows[1]);
    let bye = request("BYE", "sip:alice@192.0.2.1", &route)
        .replace("UDP 192.0.2.1:5060;branch=z9hG4bKBYE", "TCP 192.0.2.21:5060;branch=z9hG4bKbob")
        .replace("To: <sip:bob@example.test>", "To: <sip:alice@example.test>;tag=a")
        .replace("From: <sip:alice@example.test>;tag=a", "From: <sip:bob@example.test>;tag=1");
    world.receive_on(Transport::Tcp, "192.0.2.21:40000", bye.as_bytes());
    let sent = world.take();
    assert_eq!((whats(&sent), sent[0].flow.transport), (vec!["BYE".to_owned()], Transport::Udp));
    assert_eq!((sent[0].to(), sent[0].row("Route")), (ALICE.to_owned(), String::new()));
}

#[test]
fn responses_go_back_the_way_that_the_via_says_and_it_is_stamped() {
    for (via, peer, stamp, back) in [
        ("192.0.2.1:5060", "192.0.2.1:5060", "", "192.0.2.1:5060"),
        ("192.0.2.1:5070", "192.0.2.1:5060", "", "192.0.2.1:5070"),
        ("phone.test:5070", "192.0.2.1:4000", ";received=192.0.2.1", "192.0.2.1:5070"),
        ("10.0.0.1:5060;rport", "192.0.2.1:4000", ";received=192.0.2.1", "192.0.2.1:4000"),
    ] {
        let mut world = World::with_bob(&PHONE[..1]);
        let text = request("MESSAGE", BOB, "").replace("192.0.2.1:5060;branch", &format!("{via};branch"));
        let out = world.receive(peer, &text).remove(0);
        let below = &out.rows("Via")[1];
        assert!(below.contains(stamp), "{below}");
        assert_eq!(below.contains("received="), !stamp.is_empty(), "{below}");
        assert_eq!(below.contains(";rport=4000"), via.contains("rport"), "{below}");
        let sent = world.answer(&out, 200, "1", "");
        assert_eq!((sent[0].what(), sent[0].to()), ("200".to_owned(), back.to_owned()), "{via}");
    }
}

/// A request within alice's call to bob; `routes` as the sender's route set has them.
fn within(method: &str, uri: &str, routes: &str, of_alice: bool, branch: &str) -> String {
    let text =
        request(method, uri, &format!("Route: {routes}\r\n")).replace("z9hG4bK", &format!("z9hG4bK{branch}"));
    if of_alice {
        return text.replace("To: <sip:bob@example.test>", "To: <sip:bob@example.test>;tag=1");
    }
    text.replace("To: <sip:bob@example.test>", "To: <sip:alice@example.test>;tag=a")
        .replace("From: <sip:alice@example.test>;tag=a", "From: <sip:bob@example.test>;tag=1")
}

#[test]
fn requests_within_a_dialog_reach_both_phones_behind_translated_addresses() {
    const HOME: &str = "203.0.113.7:41001";
    const OFFICE: &str = "203.0.113.50:42002";
    let mut world = World::new();
    world.register("bob", "<sip:bob@10.0.0.5:5060>", OFFICE, Transport::Udp);
    let call = invite("").replace("<sip:alice@192.0.2.1>", "<sip:alice@192.168.1.2:5060>");
    let call = call.replace("UDP 192.0.2.1:5060", "UDP 192.168.1.2:5060;rport");
    let out = world.receive(HOME, &call).remove(1);
    assert_eq!(
        (out.to(), out.row("Contact")),
        (OFFICE.to_owned(), "<sip:alice@192.168.1.2:5060>".to_owned())
    );
    let routes = out.rows("Record-Route");
    assert_eq!(routes.len(), 1);
    let ok = world.answer(&out, 200, "1", "Contact: <sip:bob@10.0.0.5:5060>\r\n").remove(0);
    assert_eq!(ok.to(), HOME);
    let (to_bob, to_alice) = ("sip:bob@10.0.0.5:5060", "sip:alice@192.168.1.2:5060");
    for (method, of_alice, branch) in [
        ("ACK", true, "1"),
        ("BYE", true, "2"),
        ("INFO", true, "3"),
        ("BYE", false, "4"),
        ("INVITE", false, "5"),
    ] {
        let (from, uri, to) = if of_alice { (HOME, to_bob, OFFICE) } else { (OFFICE, to_alice, HOME) };
        // A translator may give another port meanwhile: who sends is known by its tag.
        let from = if method == "INFO" { "203.0.113.7:49999" } else { from };
        let sent = world.receive(from, &within(method, uri, &routes[0], of_alice, branch));
        let sent = sent.iter().find(|s| s.what() == method).unwrap();
        assert_eq!((sent.to(), sent.uri()), (to.to_owned(), uri.to_owned()), "{method} {of_alice}");
        assert!(sent.rows("Route").is_empty());
    }
}

#[test]
fn a_request_within_a_dialog_goes_over_the_stream_of_its_phone_or_nowhere() {
    const OFFICE: &str = "203.0.113.50:42002";
    for transport in [Transport::Tcp, Transport::Tls, Transport::Ws] {
        let mut world = World::with(|settings| settings.addresses.push((transport, address(PROXY))));
        let contact = format!("<sip:bob@10.0.0.5:5060;transport={}>", transport.uri_name());
        world.register("bob", &contact, OFFICE, transport);
        let out = world.receive(ALICE, &invite("")).remove(1);
        let routes = out.rows("Record-Route").join(", ");
        world.answer(&out, 200, "1", &format!("Contact: {contact}\r\n"));
        let target = contact.trim_matches(['<', '>']);
        let info = world.receive(ALICE, &within("INFO", target, &routes, true, "2")).remove(0);
        assert_eq!(
            (info.flow.connection, info.to()),
            (flow(transport, OFFICE).connection, OFFICE.to_owned())
        );
        assert_eq!(whats(&world.answer(&info, 200, "1", "")), ["200"], "while it lives, it carries");
        world.journal.clear();
        let bye = world.receive(ALICE, &within("BYE", target, &routes, true, "3")).remove(0);
        let told = world.fail(bye.flow, FlowError::Closed);
        assert_eq!(whats(&told), ["430"], "{transport:?}");
        assert_eq!(world.answers().last(), Some(&(430, "flow-gone")));
        let sent =
            world.receive(ALICE, &within("INFO", "sip:bob@192.0.2.99;transport=tcp", &routes, true, "4"));
        let is_tcp = transport == Transport::Tcp;
        assert_eq!(
            sent[0].to() == "192.0.2.99:5060",
            is_tcp,
            "who moved to a public address is called there"
        );
    }
}

#[test]
fn ends_of_a_dialog_cannot_be_forged_and_are_not_used_where_a_contact_will_do() {
    let mut world = World::new();
    world.register("bob", "<sip:bob@10.0.0.5:5060>", "203.0.113.50:42002", Transport::Udp);
    let out = world.receive(ALICE, &invite("")).remove(1);
    let route = out.row("Record-Route");
    let at = route.find('@').expect("one end is kept");
    // Another address in place of the callee's.
    let forged = route.replace(&route[at - 4..at], "1f90");
    let text = within("BYE", "sip:bob@10.0.0.5:5060", &forged, true, "f");
    assert_eq!(whats(&world.receive(ALICE, &text.replace("alice@example.test", "eve@else.test"))), ["403"]);
    // Alice has an address that everybody can reach.
    let sent = world.receive("203.0.113.50:42002", &within("BYE", "sip:alice@192.0.2.1", &route, false, "a"));
    assert_eq!(sent[0].to(), ALICE);
    // A callee that moved to a public address is called there.
    let sent = world.receive(ALICE, &within("INFO", "sip:bob@192.0.2.99", &route, true, "b"));
    assert_eq!(sent[0].to(), "192.0.2.99:5060");
}

#[test]
fn a_caller_behind_another_proxy_is_that_proxys_business() {
    let mut world = World::with_bob(&PHONE[..1]);
    let call = invite("Via: SIP/2.0/UDP 192.168.1.2:5060;branch=z9hG4bKfirst\r\n")
        .replace("<sip:alice@192.0.2.1>", "<sip:alice@192.168.1.2:5060>");
    let out = world.receive(ALICE, &call).remove(1);
    assert!(out.row("Record-Route").starts_with("<sip:192.0.2.9:5060;lr;rb="), "{}", out.row("Record-Route"));
}

#[test]
fn a_phone_behind_a_translated_address_is_reached_where_it_registered_from() {
    let mut world = World::new();
    world.register("bob", "<sip:bob@10.0.0.5:5060>", "192.0.2.50:41000", Transport::Udp);
    let out = world.receive(ALICE, &invite("")).remove(1);
    assert_eq!((out.to(), out.uri()), ("192.0.2.50:41000".to_owned(), "sip:bob@10.0.0.5:5060".to_owned()));
}

#[test]
fn a_response_that_nobody_takes_goes_where_sent_by_leads() {
    let mut world = World::with_bob(&PHONE[..1]);
    let text = invite("").replace("192.0.2.1:5060;branch", "pc.far.test:5070;branch");
    let out = world.receive(ALICE, &text).remove(1);
    let sent = world.answer(&out, 486, "1", "");
    let answer = sent.iter().find(|s| s.what() == "486").unwrap().clone();
    assert_eq!(answer.to(), "192.0.2.1:5070", "first where the request came from");
    assert!(world.fail(answer.flow, FlowError::Closed).is_empty(), "a connection may end after the answer");
    assert!(world.fail(answer.flow, FlowError::Refused).is_empty());
    let (_, query) = &world.lookups[0];
    assert_eq!(
        (&*query.host, query.port, query.transport),
        ("pc.far.test", Some(5070), Some(Transport::Udp))
    );
    let addresses = [(Transport::Udp, "203.0.113.7:5070"), (Transport::Udp, "203.0.113.8:5070")];
    let second = world.resolve(Ok(&addresses)).remove(0);
    assert_eq!((second.what(), second.to()), ("486".to_owned(), "203.0.113.7:5070".to_owned()));
    assert_eq!(second.bytes, answer.bytes);
    let third = world.fail(second.flow, FlowError::Unreachable).remove(0);
    assert_eq!(third.to(), "203.0.113.8:5070");
    assert!(world.fail(third.flow, FlowError::Unreachable).is_empty(), "and no further");
    assert!(world.journal.iter().any(|entry| entry.fact.id() == "located" && !entry.call_id.is_empty()));
}

#[test]
fn a_response_goes_to_the_address_of_sent_by_unless_it_is_hidden_behind_a_translator() {
    for (via, expected) in [("203.0.113.9:5070", Some("203.0.113.9:5070")), ("10.0.0.1:5070", None)] {
        let mut world = World::with_bob(&PHONE[..1]);
        let via = format!("{via};rport;branch");
        let out = world.receive(ALICE, &invite("").replace("192.0.2.1:5060;branch", &via)).remove(1);
        let sent = world.answer(&out, 486, "1", "");
        let answer = sent.iter().find(|s| s.what() == "486").unwrap();
        assert_eq!(answer.to(), ALICE);
        let again = world.fail(answer.flow, FlowError::Refused);
        assert_eq!(again.first().map(Sent::to).as_deref(), expected);
        assert!(world.lookups.is_empty());
    }
}

#[test]
fn a_browser_is_reached_on_its_own_connection_whatever_name_its_contact_shows() {
    for transport in [Transport::Ws, Transport::Wss] {
        let mut world = World::with(|settings| {
            settings.addresses.push((transport, "192.0.2.9:443".parse().unwrap()));
        });
        world.register("bob", "<sip:x1@df7jal23ls0d.invalid;transport=ws>", "192.0.2.50:41000", transport);
        let out = world.receive(ALICE, &invite("")).remove(1);
        assert_eq!(out.uri(), "sip:x1@df7jal23ls0d.invalid;transport=ws");
        assert_eq!((out.to(), out.flow.transport), ("192.0.2.50:41000".to_owned(), transport));
        assert!(out.flow.connection.is_some(), "no other connection leads to it");
    }
}
