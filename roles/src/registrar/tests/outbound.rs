//! Flows with registration identifiers (RFC 5626 §6).

use super::path::rows;
use super::*;

const URN: &str = "+sip.instance=\"<urn:uuid:1>\"";
const AGENT: &str = "Supported: path, outbound\r\n";

fn send(house: &mut House, call_id: &str, cseq: u32, rows: &str) -> Reply {
    house.send(&register(ALICE, call_id, cseq, rows))
}

fn flow_row(reg_id: &str, uri: &str) -> String {
    format!("{AGENT}Contact: <{uri};ob>;reg-id={reg_id};{URN}\r\n")
}

/// The same REGISTER as a proxy passes it on.
fn by_proxy(call_id: &str, rows: &str) -> Vec<u8> {
    let text = String::from_utf8(register(ALICE, call_id, 1, rows)).unwrap();
    text.replace("Max-Forwards", "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKua\r\nMax-Forwards").into_bytes()
}

fn reg_ids(house: &House) -> Vec<u32> {
    let bindings = house.location.bindings(&Aor::from_canonical(b"alice@example.test"));
    bindings.live(house.now).map(|b| b.reg_id).collect()
}

#[test]
fn each_flow_of_an_instance_is_a_binding_and_its_next_registration_replaces_it() {
    let mut house = House::new(false);
    let reply = send(&mut house, "one", 1, &flow_row("1", "sip:alice@10.0.0.1"));
    assert_eq!(rows(&reply, HeaderName::REQUIRE), ["outbound"]);
    assert_eq!(rows(&reply, HeaderName::FLOW_TIMER), ["29"]);
    send(&mut house, "two", 1, &flow_row("2", "sip:alice@10.0.0.1"));
    assert_eq!(reg_ids(&house), [1, 2]);
    let reply = send(&mut house, "three", 1, &flow_row("1", "sip:alice@10.0.0.99"));
    assert_eq!(reg_ids(&house), [1, 2]);
    let contacts = contacts(&reply);
    assert!(contacts[0].starts_with("<sip:alice@10.0.0.99;ob>"), "{contacts:?}");
    assert!(contacts[1].ends_with(";reg-id=2"), "{contacts:?}");
}

#[test]
fn without_the_identifier_the_instance_or_the_wish_nothing_is_said_of_outbound() {
    let mut house = House::new(false);
    for (n, rows_sent) in [
        format!("{AGENT}Contact: <sip:alice@10.0.0.1>;{URN}\r\n"),
        format!("{AGENT}Contact: <sip:alice@10.0.0.1>;reg-id=1\r\n"),
        format!("Contact: <sip:alice@10.0.0.1>;reg-id=1;{URN}\r\n"),
    ]
    .iter()
    .enumerate()
    {
        let reply = send(&mut house, &n.to_string(), 1, rows_sent);
        assert_eq!(reply.status, StatusCode::OK);
        assert!(rows(&reply, HeaderName::REQUIRE).is_empty(), "{rows_sent}");
        assert!(rows(&reply, HeaderName::FLOW_TIMER).is_empty(), "{rows_sent}");
    }
}

#[test]
fn a_first_hop_without_the_extension_is_439_for_who_wants_it_and_no_matter_to_others() {
    let mut house = House::new(false);
    let edge = "Path: <sip:p2.example.test;lr>, <sip:edge.example.test;lr;ob>\r\n";
    let plain = "Path: <sip:p2.example.test;lr;ob>, <sip:edge.example.test;lr>\r\n";
    let contact = flow_row("1", "sip:alice@10.0.0.1");
    for path in ["", plain] {
        let reply = house.send(&by_proxy("a", &format!("{contact}{path}")));
        assert_eq!(reply.status, StatusCode::FIRST_HOP_LACKS_OUTBOUND_SUPPORT, "{path}");
        assert!(reg_ids(&house).is_empty());
    }
    let reply = house.send(&by_proxy("b", &format!("{contact}{edge}")));
    assert_eq!(
        (reply.status, rows(&reply, HeaderName::REQUIRE)),
        (StatusCode::OK, vec!["outbound".to_owned()])
    );
    assert!(rows(&reply, HeaderName::FLOW_TIMER).is_empty(), "that is the edge's to say");
    assert_eq!(reg_ids(&house), [1]);
    // What it may do next: the same without the identifier. And an agent that does not ask is not refused.
    let again = contact.replace("reg-id=1;", "");
    assert_eq!(house.send(&by_proxy("c", &again)).status, StatusCode::OK);
    let unasked = contact.replace("path, outbound", "path").replace("10.0.0.1", "10.0.0.2");
    assert_eq!(house.send(&by_proxy("d", &unasked)).status, StatusCode::OK);
    assert_eq!(reg_ids(&house), [1, 0, 0], "the identifier is ignored");
}

#[test]
fn a_flow_is_registered_alone_and_its_identifier_is_a_number() {
    let mut house = House::new(false);
    let two = format!("{}Contact: <sip:alice@10.0.0.2>\r\n", flow_row("1", "sip:alice@10.0.0.1"));
    assert_eq!(send(&mut house, "a", 1, &two).status, StatusCode::BAD_REQUEST);
    for bad in ["0", "x", "2147483648", ""] {
        let reply = send(&mut house, "b", 1, &flow_row(bad, "sip:alice@10.0.0.1"));
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert!(reg_ids(&house).is_empty());
    let leaving = two.replace("10.0.0.2>", "10.0.0.2>;expires=0");
    assert_eq!(send(&mut house, "c", 1, &leaving).status, StatusCode::OK, "others may leave with it");
}

#[test]
fn a_flow_is_kept_as_it_came_and_a_plain_contact_at_its_own_port() {
    let mut house = House::new(false);
    send(&mut house, "a", 1, &flow_row("1", "sip:alice@198.51.100.7:6000"));
    send(&mut house, "b", 1, "Contact: <sip:alice@198.51.100.7:6000>\r\n");
    let bindings = house.location.bindings(&Aor::from_canonical(b"alice@example.test"));
    let ports: Vec<u16> = bindings.all().iter().map(|b| b.flow.remote.port()).collect();
    assert_eq!(ports, [5060, 6000]);
}

#[test]
fn an_offer_to_send_signs_of_life_is_taken_in_the_topmost_via_alone() {
    let mut house = House::new(false);
    let keep = |text: Vec<u8>| {
        let text = String::from_utf8(text).unwrap();
        text.replacen(";branch=z9", ";Keep;branch=z9", 1).into_bytes()
    };
    let contact = flow_row("1", "sip:alice@10.0.0.1");
    let reply = house.send(&keep(register(ALICE, "a", 1, &contact)));
    assert!(
        rows(&reply, HeaderName::VIA)[0].contains(";Keep=29;branch=z9"),
        "{:?}",
        rows(&reply, HeaderName::VIA)
    );
    assert_eq!(rows(&reply, HeaderName::FLOW_TIMER), ["29"], "the same as Flow-Timer");
    let edge = format!("{contact}Path: <sip:edge.example.test;lr;ob>\r\n");
    let vias = rows(&house.send(&keep(by_proxy("b", &edge))), HeaderName::VIA);
    assert!(vias[0].contains(";Keep=29;") && !vias[1].contains("eep"), "{vias:?}");
    let plain = house.send(&register(ALICE, "c", 1, &contact));
    assert!(!rows(&plain, HeaderName::VIA)[0].contains("keep"));
    let refused = house.send(&keep(register(ALICE, "d", 1, "Require: nothing\r\n")));
    assert!(rows(&refused, HeaderName::VIA)[0].contains(";Keep;"), "a refusal promises nothing");
}
