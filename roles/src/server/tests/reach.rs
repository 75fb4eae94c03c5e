//! Phones that are reached by way of others: Path (RFC 3327 §5.4) and Service-Route (RFC 3608 §6.2).

use super::world::*;
use ringback_sip::flow::Transport;

/// Bob behind two proxies.
fn behind(path: &str) -> World {
    let mut world = World::new();
    world.register_with(
        "bob",
        PHONE[0],
        "192.0.2.80:5060",
        Transport::Udp,
        &format!("Supported: path\r\n{path}"),
    );
    world
}

#[test]
fn a_request_goes_the_path_of_its_binding() {
    let mut world = behind("Path: <sip:192.0.2.81:5070;lr>, <sip:p1.example.net;lr;ob>\r\n");
    let out = world.receive(ALICE, &invite("Record-Route: <sip:192.0.2.77;lr>\r\n")).remove(1);
    assert_eq!((out.uri(), out.to()), ("sip:bob@192.0.2.21".to_owned(), "192.0.2.81:5070".to_owned()));
    assert_eq!(out.rows("Route"), ["<sip:192.0.2.81:5070;lr>, <sip:p1.example.net;lr;ob>"]);
    assert_eq!(out.rows("Record-Route").len(), 2, "later requests find the way by themselves");
    let cancelled = world.receive(ALICE, &cancel(&invite("")));
    assert_eq!(to_alice(&cancelled), ["200"]);
    let cancelled = world.answer(&out, 180, "1", "");
    let cancel = cancelled.iter().find(|s| s.what() == "CANCEL").unwrap();
    assert_eq!((cancel.to(), cancel.rows("Route")), (out.to(), out.rows("Route")));
}

#[test]
fn the_first_hop_of_a_path_is_looked_up_and_its_transport_counts() {
    let mut world = behind("Path: <sip:edge.example.net;transport=tcp;lr>\r\n");
    world.receive(ALICE, &invite(""));
    assert_eq!(world.lookups.len(), 1);
    let query = &world.lookups[0].1;
    assert_eq!((&*query.host, query.transport), ("edge.example.net", Some(Transport::Tcp)));
    let out = world.resolve(Ok(&[(Transport::Tcp, "192.0.2.82:5060")])).remove(0);
    assert_eq!((out.flow.transport, out.to()), (Transport::Tcp, "192.0.2.82:5060".to_owned()));
}

#[test]
fn without_a_path_the_contact_itself_is_called() {
    let mut world = behind("");
    let out = world.receive(ALICE, &invite("")).remove(1);
    assert_eq!((out.to(), out.rows("Route").len()), ("192.0.2.21:5060".to_owned(), 0));
}

#[test]
fn a_request_that_comes_by_the_service_route_goes_on_as_if_it_had_not() {
    let mut world = World::with_bob(&PHONE[..1]);
    for route in ["<sip:192.0.2.9;lr>", "<sip:example.test;lr>", "<sip:example.test:5060;lr;service=1>"] {
        let text = invite(&format!("Route: {route}\r\n")).replace("c@alice", route.trim_matches(['<', '>']));
        let out = world
            .receive(ALICE, &text.replace("z9hG4bKINVITE", &format!("z9hG4bK{}", route.len())))
            .remove(1);
        assert_eq!((out.uri(), out.rows("Route").len()), ("sip:bob@192.0.2.21".to_owned(), 0), "{route}");
    }
}
