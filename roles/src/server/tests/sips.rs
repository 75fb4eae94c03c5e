//! `sips` Request-URIs and contacts (RFC 5630 §5.2, §5.3), and the way back on both sides of a change of transport
//! (RFC 5658).

use super::world::*;
use ringback_sip::flow::Transport;

const SECURE_PROXY: &str = "192.0.2.9:5061";
const SIPS_BOB: &str = "sips:bob@example.test";

fn world() -> World {
    World::with(|settings| settings.addresses.push((Transport::Tls, address(SECURE_PROXY))))
}

/// Bob registers a contact over TLS, at this Request-URI.
fn register(world: &mut World, target: &str, contact: &str) -> u16 {
    let text = format!(
        "REGISTER {target} SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.21:5061;branch=z9hG4bKr\r\nCall-ID: r\r\n\
         From: <sip:bob@example.test>;tag=r\r\nTo: <sip:bob@example.test>\r\nCSeq: 1 REGISTER\r\n\
         Max-Forwards: 70\r\nContact: <{contact}>\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n"
    );
    world.receive_on(Transport::Tls, "192.0.2.21:40000", text.as_bytes());
    world.take().last().unwrap().what().parse().unwrap()
}

#[test]
fn a_sips_contact_is_taken_only_in_a_sips_register() {
    let mut world = world();
    assert_eq!(register(&mut world, "sip:example.test", "sips:bob@192.0.2.21"), 400);
    assert_eq!(register(&mut world, "sips:example.test", "sips:bob@192.0.2.21"), 200);
    assert_eq!(register(&mut world, "sips:example.test", "sip:bob@192.0.2.21;transport=tls"), 200);
}

#[test]
fn a_sips_call_goes_to_sips_contacts_over_tls_and_to_no_other() {
    let mut world = world();
    world.register("bob", "<sip:bob@192.0.2.30>", ALICE, Transport::Udp);
    let refused = world.receive(ALICE, &request("INVITE", SIPS_BOB, "")).pop().unwrap();
    assert_eq!(refused.what(), "480");
    assert!(refused.row("Warning").starts_with("380 "), "{}", refused.text());
    assert_eq!(register(&mut world, "sips:example.test", "sips:bob@192.0.2.21"), 200);
    let again = request("INVITE", SIPS_BOB, "").replace("z9hG4bKINVITE", "z9hG4bKagain");
    world.receive_on(Transport::Tls, ALICE, again.replace("SIP/2.0/UDP", "SIP/2.0/TLS").as_bytes());
    let sent = world.take();
    let calls: Vec<_> = sent.iter().filter(|sent| sent.what() == "INVITE").collect();
    assert_eq!(calls.len(), 1, "the unprotected contact does not ring");
    assert_eq!((calls[0].uri().as_str(), calls[0].flow.transport), ("sips:bob@192.0.2.21", Transport::Tls));
    let rows = calls[0].rows("Record-Route");
    assert!(
        rows.iter()
            .all(|row| row.starts_with("<sips:") && row.contains("192.0.2.9:") && !row.contains("transport")),
        "{rows:?}"
    );
}

#[test]
fn a_sip_call_to_a_sips_contact_becomes_sip_and_stays_on_tls() {
    let mut world = world();
    assert_eq!(register(&mut world, "sips:example.test", "sips:bob@192.0.2.21"), 200);
    let sent = world.receive(ALICE, &invite(""));
    let call = sent.iter().find(|sent| sent.what() == "INVITE").unwrap();
    assert_eq!((call.uri().as_str(), call.flow.transport), ("sip:bob@192.0.2.21", Transport::Tls));
}

#[test]
fn a_call_from_udp_to_tls_is_record_routed_on_both_sides() {
    let mut world = world();
    assert_eq!(register(&mut world, "sip:example.test", "sip:bob@192.0.2.21;transport=tls"), 200);
    let sent = world.receive(ALICE, &invite(""));
    let call = sent.iter().find(|sent| sent.what() == "INVITE").unwrap();
    let rows = call.rows("Record-Route");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows[0].contains("192.0.2.9:5060;transport=tls;lr;rb="), "towards bob: {rows:?}");
    assert!(rows[1].contains("192.0.2.9:5060;lr;rb="), "towards alice: {rows:?}");
}

#[test]
fn a_server_with_a_proven_name_shows_it_under_tls_and_offers_the_connection_for_requests_back() {
    for name in [None, Some("sip.example.test")] {
        let mut world = World::with(|settings| {
            settings.addresses.push((Transport::Tls, address(SECURE_PROXY)));
            settings.tls_name = name.map(Into::into);
        });
        assert_eq!(register(&mut world, "sip:example.test", "sip:bob@192.0.2.21;transport=tls"), 200);
        let sent = world.receive(ALICE, &invite(""));
        let call = sent.iter().find(|sent| sent.what() == "INVITE").unwrap();
        let rows = call.rows("Record-Route");
        let host = name.unwrap_or("192.0.2.9");
        assert!(rows[0].contains(&format!("{host}:5060;transport=tls;lr;rb=")), "under TLS: {rows:?}");
        assert!(rows[1].contains("192.0.2.9:5060;lr;rb="), "not elsewhere: {rows:?}");
        let via = call.row("Via");
        assert!(via.starts_with("SIP/2.0/TLS 192.0.2.9:5060;"), "{via}");
        assert_eq!(via.contains(";alias"), name.is_some(), "{via}");
        let ok = world.answer(call, 200, "1", "Contact: <sip:bob@192.0.2.21;transport=tls>\r\n").remove(0);
        assert_eq!(ok.what(), "200");
        // Bob hangs up by the name: it is us.
        let bye = format!(
            "BYE sip:alice@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.21;branch=z9hG4bKbye\r\nMax-Forwards: 70\r\n\
             Route: {}\r\nFrom: <sip:bob@example.test>;tag=1\r\nTo: <sip:alice@example.test>;tag=a\r\n\
             Call-ID: c@alice\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n",
            rows.join(", ")
        );
        world.receive_on(Transport::Tls, "192.0.2.21:40000", bye.as_bytes());
        let sent = world.take();
        let bye = sent.iter().find(|sent| sent.what() == "BYE").unwrap();
        assert_eq!((bye.to(), bye.rows("Route").len()), (ALICE.to_owned(), 0));
        assert!(!bye.row("Via").contains("alias"), "a datagram has no connection");
    }
}
