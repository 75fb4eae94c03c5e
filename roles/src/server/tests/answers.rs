//! Requests that are not forwarded, each for its own reason (RFC 3261 §16.3, §16.5, RFC 5393).

use super::world::*;

/// What alice hears, and the reason in the journal.
fn refused(world: &mut World, text: &str) -> (String, &'static str) {
    let sent = world.receive(ALICE, text);
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].row("To").contains(";tag=") && sent[0].row("Call-ID") == "c@alice");
    let answers = world.answers();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].0.to_string(), sent[0].what());
    (sent[0].what(), answers[0].1)
}

#[test]
fn a_request_whose_hops_are_used_up_is_483_and_one_hop_more_takes_it_through() {
    let mut world = World::with_bob(&PHONE[..1]);
    assert_eq!(refused(&mut world, &invite("Max-Forwards: 0\r\n")), ("483".into(), "hop-limit"));
    let sent = world.receive(ALICE, &invite("Max-Forwards: 1\r\n"));
    assert_eq!(whats(&sent), ["100", "INVITE"]);
    assert_eq!(sent[1].row("Max-Forwards"), "0");
}

#[test]
fn options_to_the_server_are_told_what_it_really_does() {
    let mut world = World::new();
    let sent = world.receive(ALICE, &request("OPTIONS", "sip:example.test", "")).remove(0);
    assert_eq!(sent.what(), "200");
    for (name, value) in [
        ("Allow", "REGISTER, OPTIONS"),
        ("Accept", ""),
        ("Accept-Encoding", "identity"),
        ("Accept-Language", "*"),
        ("Supported", "path, gruu, outbound"),
    ] {
        assert_eq!(sent.rows(name), [value], "{name}");
    }
    // What stands in Allow is served, and nothing else is.
    for method in ringback_sip::registry::Method::ALL.iter().map(|m| m.as_str()) {
        if ["ACK", "CANCEL", "REGISTER"].contains(&method) {
            continue;
        }
        let sent = world.receive(ALICE, &request(method, "sip:example.test", "")).remove(0);
        assert_eq!(sent.what(), if method == "OPTIONS" { "200" } else { "405" }, "{method}");
    }
    world.register("alice", "<sip:alice@192.0.2.1>", ALICE, ringback_sip::flow::Transport::Udp);
}

#[test]
fn options_without_hops_left_is_answered_here() {
    let mut world = World::with_bob(&PHONE[..1]);
    let sent = world.receive(ALICE, &request("OPTIONS", BOB, "Max-Forwards: 0\r\n"));
    assert_eq!(whats(&sent), ["200"]);
    assert!(!sent[0].row("Allow").is_empty());
}

#[test]
fn unknown_users_are_404_and_users_without_a_phone_480() {
    let mut world = World::new();
    assert_eq!(
        refused(&mut world, &request("INVITE", "sip:zoe@example.test", "")),
        ("404".into(), "unknown-user")
    );
    let call = |branch: &str| {
        let first = invite("");
        let at = first.find("branch=").unwrap() + "branch=".len();
        let end = at + first[at..].find([';', '\r']).unwrap();
        [&first[..at], branch, &first[end..]].concat()
    };
    assert_eq!(refused(&mut world, &call("z9hG4bKfirst")), ("480".into(), "no-binding"));
    world.register("bob", PHONE[0], ALICE, ringback_sip::flow::Transport::Udp);
    assert_eq!(whats(&world.receive(ALICE, &call("z9hG4bKsecond"))), ["100", "INVITE"]);
}

#[test]
fn a_contact_that_a_request_cannot_be_sent_to_is_nobody_and_hides_no_other() {
    for contact in ["<mailto:bob@example.test>", "<tel:+31201234567>"] {
        let mut world = World::with_bob(&[contact]);
        assert_eq!(refused(&mut world, &invite("")), ("480".into(), "no-binding"), "{contact}");
        let preferred = invite("Accept-Contact: *;audio\r\n");
        assert_eq!(refused(&mut World::with_bob(&[contact]), &preferred), ("480".into(), "no-binding"));
        for rows in ["", "Request-Disposition: no-fork\r\n"] {
            let mut mixed = World::with_bob(&[contact, "<sip:bob@192.0.2.21>;q=0.1"]);
            let sent = mixed.receive(ALICE, &invite(rows));
            assert_eq!(whats(&sent), ["100", "INVITE"], "{contact} {rows}");
            assert_eq!(sent[1].uri(), "sip:bob@192.0.2.21");
        }
        let mut redirect = World::with(|settings| settings.redirect = true);
        redirect.register("bob", contact, ALICE, ringback_sip::flow::Transport::Udp);
        let told = redirect.receive(ALICE, &invite("")).remove(0);
        assert_eq!(told.what(), "302", "the caller may have a use for it");
        assert!(told.row("Contact").starts_with(contact));
    }
    let mut world = World::with_bob(&["<sip:bob@192.0.2.21;transport=sctp>"]);
    assert_eq!(to_alice(&world.receive(ALICE, &invite(""))), ["100", "480"], "nor over that transport");
    assert_eq!(world.answers(), [(480, "transport")]);
}

#[test]
fn strangers_reach_our_users_and_nobody_else() {
    let mut world = World::with_bob(&PHONE[..1]);
    let stranger = |text: String| text.replace("<sip:alice@example.test>", "<sip:eve@else.test>");
    let elsewhere = request("INVITE", "sip:x@192.0.2.88", "");
    assert_eq!(refused(&mut world, &stranger(elsewhere.clone())), ("403".into(), "relay"));
    let routed = invite("Route: <sip:192.0.2.88;lr>\r\n");
    assert_eq!(refused(&mut world, &stranger(routed)), ("403".into(), "relay"));
    let maddr = request("INVITE", "sip:bob@example.test;maddr=192.0.2.88", "");
    assert_eq!(refused(&mut world, &stranger(maddr)), ("403".into(), "relay"));
    for (uri, row) in
        [("sip:example.test", "Route: <sip:192.0.2.88;lr>\r\n"), ("sip:example.test;maddr=192.0.2.88", "")]
    {
        let probe = request("OPTIONS", uri, row).replace("z9hG4bKOPTIONS", &format!("z9hG4bK{}", row.len()));
        assert_eq!(refused(&mut world, &stranger(probe)), ("403".into(), "relay"), "a probe is for us");
    }
    assert_eq!(whats(&world.receive(ALICE, &stranger(invite("")))), ["100", "INVITE"]);
    let mut world = World::new();
    assert_eq!(whats(&world.receive(ALICE, &elsewhere)), ["100", "INVITE"], "our own user may call out");
}

#[test]
fn a_caller_with_a_password_is_asked_for_it_and_ack_and_cancel_never_are() {
    let mut world = World::with(|s| s.access.required = true);
    let sent = world.receive(ALICE, &invite(""));
    assert_eq!(whats(&sent), ["407"]);
    assert!(!sent[0].row("Proxy-Authenticate").is_empty());
    assert_eq!(world.answers(), [(407, "no-credentials")]);
    assert_eq!(whats(&world.receive(ALICE, &cancel(&invite("")))), ["481"]);
    assert!(world.receive(ALICE, &request("ACK", BOB, "")).is_empty());
}

#[test]
fn proxy_require_of_what_we_do_not_have_is_420_by_name_and_require_is_the_callees_business() {
    let mut world = World::with_bob(&PHONE[..1]);
    let sent = world.receive(ALICE, &invite("Proxy-Require: foo, bar\r\n"));
    assert_eq!((sent[0].what(), sent[0].row("Unsupported")), ("420".into(), "foo, bar".into()));
    let sent = world.receive(ALICE, &invite("Require: foo\r\n"));
    assert_eq!(whats(&sent), ["100", "INVITE"]);
}

#[test]
fn another_version_is_505_and_another_scheme_416() {
    let mut world = World::with_bob(&PHONE[..1]);
    let text = invite("").replacen("SIP/2.0\r\n", "SIP/3.0\r\n", 1);
    assert_eq!(refused(&mut world, &text), ("505".into(), "version"));
    assert_eq!(refused(&mut world, &request("INVITE", "tel:+31", "")), ("416".into(), "scheme"));
}

#[test]
fn a_request_that_comes_back_unchanged_is_482_and_a_spiral_passes() {
    let mut world = World::new();
    // Bob's phone and alice's forward to one another by way of us.
    world.register("bob", "<sip:alice@example.test>", ALICE, ringback_sip::flow::Transport::Udp);
    let sent = world.receive(ALICE, &invite(""));
    assert_eq!(world.lookups.len(), 1, "{sent:?}");
    let udp = ringback_sip::flow::Transport::Udp;
    let spiral = world.resolve(Ok(&[(udp, PROXY)])).remove(0);
    assert_eq!(spiral.uri(), "sip:alice@example.test");
    world.answers();
    assert_eq!(refused(&mut world, &spiral.text()), ("480".into(), "no-binding"), "another target: no loop");
    world.register("alice", "<sip:bob@example.test>", ALICE, udp);
    let again = spiral.text().replace("z9hG4bK", "z9hG4bKq");
    let sent = world.receive(PROXY, &again);
    assert_eq!(whats(&sent), ["100"]);
    let back = world.resolve(Ok(&[(udp, PROXY)])).remove(0);
    assert_eq!(back.uri(), "sip:bob@example.test");
    world.answers();
    // The first Via of ours was renamed above; the loop is seen by its second part.
    assert_eq!(refused(&mut world, &back.text()), ("482".into(), "loop"));
}

#[test]
fn the_same_request_on_two_ways_is_not_a_loop() {
    let mut world = World::with_bob(&PHONE[..1]);
    world.receive(ALICE, &invite(""));
    let other = invite("").replace("z9hG4bKINVITE", "z9hG4bKmerged");
    assert_eq!(whats(&world.receive(ALICE, &other)), ["100", "INVITE"]);
}

#[test]
fn more_branches_than_max_breadth_allows_are_440_and_the_breadth_is_shared() {
    let mut world = World::with_bob(&PHONE);
    assert_eq!(refused(&mut world, &invite("Max-Breadth: 2\r\n")), ("440".into(), "max-breadth"));
    let phones = world.receive(ALICE, &invite("Max-Breadth: 7\r\n")).split_off(1);
    let shares: u32 = phones.iter().map(|p| p.row("Max-Breadth").parse::<u32>().unwrap()).sum();
    assert!(phones.len() == 3 && shares <= 7, "{shares}");
    let mut world = World::with_bob(&PHONE);
    let phones = world.receive(ALICE, &invite("")).split_off(1);
    let shares: u32 = phones.iter().map(|p| p.row("Max-Breadth").parse::<u32>().unwrap()).sum();
    assert!(shares <= 60, "{shares}");
}

#[test]
fn every_request_leaves_with_one_max_breadth_that_is_no_greater_than_ours() {
    for (rows, breadth) in [("", "60"), ("Max-Breadth: 61\r\n", "60"), ("Max-Breadth: 7\r\n", "7")] {
        let mut world = World::with_bob(&PHONE[..1]);
        let invite = world.receive(ALICE, &invite(rows)).remove(1);
        assert_eq!(invite.rows("Max-Breadth"), [breadth], "{rows}");
        let ok = world.answer(&invite, 200, "b", "Contact: <sip:bob@192.0.2.31>\r\n").remove(0);
        let rows = format!("Route: {}\r\n{rows}", ok.row("Record-Route"));
        let ack = request("ACK", "sip:bob@192.0.2.31", &rows)
            .replace("bob@example.test>", "bob@example.test>;tag=b");
        assert_eq!(world.receive(ALICE, &ack)[0].rows("Max-Breadth"), [breadth]);
    }
}

#[test]
fn a_mark_that_we_did_not_make_opens_nothing() {
    let mut world = World::with_bob(&PHONE[..1]);
    let invite = world.receive(ALICE, &invite("")).remove(1);
    let route = invite.row("Record-Route");
    let bye = |route: &str, call: &str| {
        request("BYE", "sip:eve@192.0.2.66", &format!("Route: {route}\r\n"))
            .replace("<sip:alice@example.test>", "<sip:eve@else.test>")
            .replace("<sip:bob@example.test>", "<sip:bob@example.test>;tag=1")
            .replace("c@alice", call)
    };
    let sent = world.receive(ALICE, &bye(&route, "c@alice"));
    assert_eq!(whats(&sent), ["BYE"], "the dialog's own mark");
    let mark = route.split("rb=").nth(1).unwrap().trim_end_matches('>').to_owned();
    let forged = route.replace(&mark, "0123456789abcdef");
    for (route, call) in
        [(forged.as_str(), "c@alice"), (route.as_str(), "other"), ("<sip:192.0.2.9;lr>", "c@alice")]
    {
        let text = bye(route, call).replace("z9hG4bKBYE", &format!("z9hG4bK{}{}", route.len(), call.len()));
        assert_eq!(whats(&world.receive(ALICE, &text)), ["403"], "{route} {call}");
    }
}
