//! The forwarded request itself: what changes, and that nothing else does (RFC 3261 §16.4, §16.6, §16.11, §16.12).

use super::world::*;
use ringback_sip::flow::Transport;

#[test]
fn nothing_changes_but_via_hops_routes_and_target() {
    let odd: &[u8] = b"X-Odd: \xff\xfe ;;;=\",\r\nx-lower :  two   spaces \r\nSubject: \xe4\xbd\xa0\xe5\xa5\xbd\r\n folded\r\n\
        Accept: a/b\r\nAccept: c/d\r\nExpires: not-a-number-but-none-of-ours\r\n";
    for method in ["MESSAGE", "FROBNICATE"] {
        let mut bytes = request(method, BOB, "").into_bytes();
        let at = bytes.windows(16).position(|w| w == b"Content-Length: ").unwrap();
        bytes.splice(at.., [odd, b"Content-Length: 6\r\n\r\n\x00\r\n\xff\r\n"].concat());
        let mut world = World::with_bob(&PHONE[..1]);
        world.receive_on(Transport::Udp, ALICE, &bytes);
        let out = world.take().remove(0);
        assert_eq!((out.what(), out.uri()), (method.to_owned(), "sip:bob@192.0.2.21".to_owned()));
        assert_eq!(out.row("Max-Forwards"), "69");
        assert_eq!(out.rows("Via").len(), 2);
        assert_eq!(strip(&out.bytes), strip(&bytes));
        assert!(out.rows("Record-Route").is_empty(), "no dialog comes of it");
    }
}

#[test]
fn a_domain_with_the_dot_of_the_root_is_ours_and_stays_as_it_was_written() {
    let uri = "sip:bob@EXAMPLE.test.";
    let rooted = |text: String| text.replace("To: <sip:bob@example.test>", &format!("To: <{uri}>"));
    let mut world = World::with_bob(&PHONE[..1]);
    let out = world.receive(ALICE, &rooted(request("MESSAGE", uri, ""))).remove(0);
    assert_eq!((out.uri().as_str(), out.row("To")), ("sip:bob@192.0.2.21", format!("<{uri}>")));
    let register = |domain: &str| {
        let sent = World::with_bob(&[]).receive(ALICE, &rooted(request("REGISTER", domain, "")));
        (whats(&sent), sent.first().map(|answer| answer.row("Contact")))
    };
    assert_eq!(register("sip:example.test.").0, ["200"]);
    assert_eq!(register("sip:example.test."), register("sip:example.test"));
    assert_ne!(register("sip:example.test..").0, ["200"], "the root has one dot");
}

/// A message without its first line and the rows that a proxy may change.
fn strip(bytes: &[u8]) -> Vec<u8> {
    let lines = bytes.split_inclusive(|b| *b == b'\n').skip(1);
    let ours = [&b"Via:"[..], b"Max-Forwards:", b"Max-Breadth:", b"Route:"];
    lines.filter(|l| !ours.iter().any(|o| l.starts_with(o))).collect::<Vec<_>>().concat()
}

#[test]
fn credentials_for_our_realm_stay_here_and_those_of_other_realms_pass() {
    let row = |realm: &str| {
        let rest = r#"nonce="n", uri="sip:bob@example.test", response="00000000000000000000000000000000""#;
        format!("Digest username=\"alice\", realm=\"{realm}\", {rest}")
    };
    let (ours, others) = (row("example.test"), row("far.test"));
    let rows = format!(
        "Proxy-Authorization: {others}\r\nProxy-Authorization: {ours}\r\nAuthorization: {ours}\r\n\
         Proxy-Authorization: Odd stuff\r\n"
    );
    let mut world = World::with_bob(&PHONE[..1]);
    let out = world.receive(ALICE, &request("MESSAGE", BOB, &rows)).remove(0);
    assert_eq!(out.rows("Proxy-Authorization"), [others, "Odd stuff".to_owned()]);
    assert_eq!(out.rows("Authorization"), [ours], "that is for the user agent at the end (RFC 3261 §22.2)");
}

#[test]
fn the_body_and_the_rows_of_a_response_pass_unchanged() {
    let mut world = World::with_bob(&PHONE[..1]);
    let out = world.receive(ALICE, &invite("")).remove(1);
    let text = out.response(200, "1", "X-Odd:  a ;; b\r\nContact: <sip:bob@192.0.2.21;odd=1>\r\n");
    let sent = world.receive("192.0.2.21:5060", &text);
    let ours = out.rows("Via").remove(0);
    assert_eq!(sent[0].text(), text.replacen(&format!("Via: {ours}\r\n"), "", 1));
}

#[test]
fn a_request_without_hop_limit_gets_seventy() {
    let mut world = World::with_bob(&PHONE[..1]);
    let out = world.receive(ALICE, &request("MESSAGE", BOB, "").replace("Max-Forwards: 70\r\n", ""));
    assert_eq!(out[0].rows("Max-Forwards"), ["70"]);
}

#[test]
fn only_what_makes_a_dialog_is_record_routed() {
    let mut world = World::with_bob(&PHONE[..1]);
    let out = world.receive(ALICE, &invite("Record-Route: <sip:192.0.2.77;lr>\r\n")).remove(1);
    let rows = out.rows("Record-Route");
    assert!(rows.len() == 2 && rows[0].starts_with("<sip:192.0.2.9:5060;lr;rb="), "{rows:?}");
    assert_eq!(rows[1], "<sip:192.0.2.77;lr>");
    let out = world.receive(ALICE, &request("OPTIONS", BOB, "")).remove(0);
    assert!(out.rows("Record-Route").is_empty());
}

#[test]
fn a_strict_next_hop_gets_its_uri_and_the_target_goes_behind_the_routes() {
    let mut world = World::new();
    let rows = "Route: <sip:192.0.2.9;lr>, <sip:192.0.2.77>\r\nRoute: <sip:192.0.2.78;lr>\r\n";
    let out = world.receive(ALICE, &request("MESSAGE", "sip:carol@192.0.2.90", rows)).remove(0);
    assert_eq!((out.uri(), out.to()), ("sip:192.0.2.77".to_owned(), "192.0.2.77:5060".to_owned()));
    assert_eq!(out.rows("Route"), ["<sip:192.0.2.78;lr>", "<sip:carol@192.0.2.90>"]);
}

#[test]
fn a_loose_next_hop_keeps_its_route_and_the_target() {
    let mut world = World::new();
    let rows = "Route: <sip:192.0.2.9;lr>, <sip:192.0.2.77;lr;odd>\r\n";
    let out = world.receive(ALICE, &request("MESSAGE", "sip:carol@192.0.2.90", rows)).remove(0);
    assert_eq!((out.uri(), out.to()), ("sip:carol@192.0.2.90".to_owned(), "192.0.2.77:5060".to_owned()));
    assert_eq!(out.rows("Route"), ["<sip:192.0.2.77;lr;odd>"]);
}

#[test]
fn a_strict_router_before_us_is_repaired() {
    // The second example of RFC 3261 §16.12.1.2: a strict router put our Record-Route into the Request-URI.
    let mut world = World::with_bob(&PHONE[..1]);
    let out = world.receive(ALICE, &invite("")).remove(1);
    let ours = out.row("Record-Route");
    let ours = ours.trim_matches(['<', '>']);
    for (rows, uri, left, to) in [
        ("Route: <sip:bob@192.0.2.21>\r\n", "sip:bob@192.0.2.21", vec![], "192.0.2.21:5060"),
        (
            "Route: <sip:192.0.2.79;lr>\r\nRoute: <sip:bob@192.0.2.21>\r\n",
            "sip:bob@192.0.2.21",
            vec!["<sip:192.0.2.79;lr>"],
            "192.0.2.79:5060",
        ),
    ] {
        let bye = request("BYE", ours, rows)
            .replace("z9hG4bKBYE", &format!("z9hG4bK{}", rows.len()))
            .replace("<sip:bob@example.test>", "<sip:bob@example.test>;tag=1");
        let sent = world.receive(ALICE, &bye);
        assert_eq!(whats(&sent), ["BYE"]);
        assert_eq!((sent[0].uri(), sent[0].to()), (uri.to_owned(), to.to_owned()));
        assert_eq!(sent[0].rows("Route"), left);
    }
}

#[test]
fn white_space_in_a_start_line_is_not_passed_on() {
    // As in the messages lwsstart and trws of RFC 4475 (§3.1.2.9, §3.1.2.10).
    let mut world = World::with_bob(&PHONE[..1]);
    for (n, (method, line)) in [
        ("MESSAGE", "\r\nMESSAGE  sip:bob@example.test  SIP/2.0"),
        ("INFO", "INFO sip:bob@example.test SIP/2.0  "),
    ]
    .into_iter()
    .enumerate()
    {
        let text = request(method, BOB, "").replacen(&format!("{method} {BOB} SIP/2.0"), line, 1);
        let sent = world.receive(ALICE, &text.replace("z9hG4bK", &format!("z9hG4bK{n}"))).remove(0);
        assert!(
            sent.text().starts_with(&format!("{method} sip:bob@192.0.2.21 SIP/2.0\r\nVia: ")),
            "{}",
            sent.text()
        );
        let text = format!("\r\n {}", sent.response(200, "1", ""));
        let sent = world.receive("192.0.2.21:5060", &text);
        assert!(sent[0].text().starts_with("SIP/2.0 200 X\r\nVia: "), "{}", sent[0].text());
    }
}

/// Our Record-Route of alice's call to bob, without brackets.
fn record_route(world: &mut World) -> String {
    let out = world.receive(ALICE, &invite("")).remove(1);
    out.row("Record-Route").trim_matches(['<', '>']).to_owned()
}

/// A BYE of the call.
fn bye(uri: &str, rows: &[&str]) -> String {
    let rows: String = rows.iter().map(|row| format!("Route: <{row}>\r\n")).collect();
    request("BYE", uri, &rows).replace("<sip:bob@example.test>", "<sip:bob@example.test>;tag=1")
}

#[test]
fn a_strict_router_in_the_middle_is_traversed_from_before_it_behind_it_and_at_the_end() {
    // RFC 3261 §16.12.1.2, with this server as P4, as P2 and as P1; addresses stand for the names.
    let (u1, p3, p1) = ("sip:caller@192.0.2.101", "sip:192.0.2.103", "sip:192.0.2.111;lr");
    let cases: [(&str, &[&str], &str); 3] = [
        (p3, &["<sip:192.0.2.112;lr>", "<sip:192.0.2.111;lr>", "<sip:caller@192.0.2.101>"], "103"),
        (u1, &["<sip:192.0.2.111;lr>"], "111"),
        (u1, &[], "101"),
    ];
    for (n, (uri, left, to)) in cases.into_iter().enumerate() {
        let mut world = World::with_bob(&PHONE[..1]);
        let us = record_route(&mut world);
        let text = match n {
            0 => bye(u1, &[&us, p3, "sip:192.0.2.112;lr", p1]),
            1 => bye(&us, &[p1, u1]),
            _ => bye(u1, &[&us]),
        };
        let sent = world.receive("192.0.2.103:5060", &text);
        assert_eq!((whats(&sent), sent[0].uri()), (vec!["BYE".to_owned()], uri.to_owned()), "{n}");
        assert_eq!(sent[0].rows("Route").join(", "), left.join(", "), "{n}");
        assert_eq!(sent[0].to(), format!("192.0.2.{to}:5060"), "{n}");
    }
}

#[test]
fn a_trapezoid_of_loose_routers_takes_each_its_own_route_off() {
    // RFC 3261 §16.12.1.1, with this server as P1 and as P2.
    for (behind, left, to) in
        [(vec!["sip:192.0.2.112;lr"], vec!["<sip:192.0.2.112;lr>"], "112"), (vec![], vec![], "102")]
    {
        let mut world = World::with_bob(&PHONE[..1]);
        let us = record_route(&mut world);
        let routes: Vec<&str> = core::iter::once(us.as_str()).chain(behind).collect();
        let sent = world.receive(ALICE, &bye("sip:callee@192.0.2.102", &routes));
        assert_eq!(
            (sent[0].uri(), sent[0].rows("Route")),
            ("sip:callee@192.0.2.102".into(), left.iter().map(ToString::to_string).collect())
        );
        assert_eq!(sent[0].to(), format!("192.0.2.{to}:5060"));
    }
}

#[test]
fn an_maddr_that_names_us_is_taken_off_and_another_one_is_the_target() {
    let mut world = World::with_bob(&PHONE[..1]);
    let sent = world.receive(ALICE, &request("MESSAGE", "sip:bob@example.test;maddr=192.0.2.9", ""));
    assert_eq!((whats(&sent), sent[0].uri()), (vec!["MESSAGE".to_owned()], "sip:bob@192.0.2.21".to_owned()));
    let sent = world.receive(ALICE, &request("OPTIONS", "sip:example.test;maddr=192.0.2.9", ""));
    assert_eq!(whats(&sent), ["200"], "for us");
    let sent = world.receive(ALICE, &request("INFO", "sip:carol@192.0.2.90:5060;maddr=192.0.2.9;x", ""));
    assert_eq!(
        (sent[0].uri(), sent[0].to()),
        ("sip:carol@192.0.2.90:5060;x".to_owned(), "192.0.2.90:5060".to_owned())
    );
    let sent = world.receive(ALICE, &request("PUBLISH", "sip:bob@example.test;maddr=192.0.2.77", ""));
    assert_eq!(
        (sent[0].uri(), sent[0].to()),
        ("sip:bob@example.test;maddr=192.0.2.77".to_owned(), "192.0.2.77:5060".to_owned())
    );
}

#[test]
fn an_ack_to_a_2xx_goes_through_without_a_transaction_and_always_the_same() {
    let mut world = World::with_bob(&PHONE[..1]);
    let out = world.receive(ALICE, &invite("")).remove(1);
    let ok = world.answer(&out, 200, "1", "").remove(0);
    let route = format!("Route: {}\r\n", ok.row("Record-Route"));
    let ack = request("ACK", "sip:bob@192.0.2.21", &route)
        .replace("<sip:bob@example.test>", "<sip:bob@example.test>;tag=1");
    let first = world.receive(ALICE, &ack);
    assert_eq!(whats(&first), ["ACK"]);
    assert_eq!(
        (first[0].uri(), first[0].to()),
        ("sip:bob@192.0.2.21".to_owned(), "192.0.2.21:5060".to_owned())
    );
    assert_eq!(first[0].row("Max-Forwards"), "69");
    assert!(first[0].rows("Route").is_empty() && first[0].rows("Record-Route").is_empty());
    let again = world.receive(ALICE, &ack);
    assert_eq!(again[0].bytes, first[0].bytes);
    let other = world.receive(ALICE, &ack.replace("z9hG4bKACK", "z9hG4bKtwo"));
    assert_ne!(other[0].branch(), first[0].branch());
    assert!(world.run_secs(10).is_empty(), "nothing is repeated");
}

#[test]
fn an_ack_whose_next_hop_has_no_address_or_for_which_too_many_names_are_looked_up_is_dropped() {
    let mut world = World::with_bob(&["<sip:bob@phones.test>"]);
    let ack = |n: usize| request("ACK", BOB, "").replace("z9hG4bKACK", &format!("z9hG4bK{n}"));
    assert!(world.receive(ALICE, &ack(0)).is_empty());
    assert!(world.resolve(Err(ringback_sip::node::ResolveError::NoSuchName)).is_empty());
    assert_eq!(world.answers(), [(0, "dns")]);
    for n in 0..crate::proxy::LOOKUPS_MAX {
        world.receive(ALICE, &ack(n));
    }
    assert_eq!((world.lookups.len(), world.answers()), (crate::proxy::LOOKUPS_MAX, vec![]));
    world.receive(ALICE, &ack(1 << 20));
    assert_eq!((world.lookups.len(), world.answers()), (crate::proxy::LOOKUPS_MAX, vec![(0, "limit")]));
    let sent = world.resolve(Ok(&[(Transport::Udp, "192.0.2.31:5060")]));
    assert_eq!((whats(&sent), sent[0].to()), (vec!["ACK".to_owned()], "192.0.2.31:5060".to_owned()));
}

#[test]
fn a_copy_of_the_invite_is_absorbed() {
    let mut world = World::with_bob(&PHONE[..1]);
    let out = world.receive(ALICE, &invite("")).remove(1);
    assert_eq!(whats(&world.receive(ALICE, &invite(""))), ["100"]);
    world.answer(&out, 180, "1", "");
    assert_eq!(whats(&world.receive(ALICE, &invite(""))), ["180"]);
    world.answer(&out, 200, "1", "");
    assert!(world.receive(ALICE, &invite("")).is_empty(), "the callee repeats its 2xx");
}

#[test]
fn two_bindings_of_the_same_contact_are_one_target() {
    let mut world = World::with_bob(&[PHONE[0], PHONE[0]]);
    assert_eq!(whats(&world.receive(ALICE, &invite(""))), ["100", "INVITE"]);
}

#[test]
fn a_redirection_is_the_callers_to_follow() {
    let mut world = World::with_bob(&PHONE[..1]);
    let out = world.receive(ALICE, &invite("")).remove(1);
    let sent = world.answer(&out, 302, "1", "Contact: <sip:bob@192.0.2.60>\r\n");
    assert_eq!(to_alice(&sent), ["302"]);
    assert_eq!(sent[1].row("Contact"), "<sip:bob@192.0.2.60>");
}
