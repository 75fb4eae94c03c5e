//! Path (RFC 3327 §5.3) and Service-Route (RFC 3608 §6.3).

use super::*;

const PATH: &str =
    "Path: <sip:p2.example.test;lr>, <sip:p1.example.test;lr;ob>\r\nPath: <sip:192.0.2.80;lr>\r\n";

pub(super) fn rows(reply: &Reply, name: HeaderName) -> Vec<String> {
    let message = Message::parse(&reply.bytes).unwrap();
    message.headers(name).map(|row| String::from_utf8(row.to_vec()).unwrap()).collect()
}

fn stored(house: &House) -> Vec<String> {
    let bindings = house.location.bindings(&Aor::from_canonical(b"alice@example.test"));
    bindings.all().iter().map(|b| String::from_utf8(b.path().to_vec()).unwrap()).collect()
}

fn send(house: &mut House, cseq: u32, more: &str) -> Reply {
    let rows = format!("Contact: <sip:alice@198.51.100.7>\r\n{more}");
    house.send(&register(ALICE, "one", cseq, &rows))
}

#[test]
fn a_path_is_kept_in_order_and_told_back_as_it_came() {
    let mut house = House::new(false);
    let reply = send(&mut house, 1, &format!("Supported: path\r\n{PATH}"));
    assert_eq!(reply.status, StatusCode::OK);
    let told = ["<sip:p2.example.test;lr>, <sip:p1.example.test;lr;ob>", "<sip:192.0.2.80;lr>"];
    assert_eq!(rows(&reply, HeaderName::PATH), told);
    assert_eq!(stored(&house), [told.join(", ")]);
    // The way of the last REGISTER counts, and a change of it alone is made durable.
    let reply = send(&mut house, 2, "Supported: path\r\nPath: <sip:p3.example.test;lr>\r\n");
    assert_eq!(stored(&house), ["<sip:p3.example.test;lr>"]);
    assert_eq!(reply.facts.len(), 1);
    let reply = send(&mut house, 3, "Supported: path\r\n");
    assert_eq!((stored(&house), rows(&reply, HeaderName::PATH).len()), (vec![String::new()], 0));
}

#[test]
fn a_path_that_the_phone_does_not_know_of_is_420_unless_the_proxy_is_trusted() {
    let mut house = House::new(false);
    let reply = send(&mut house, 1, PATH);
    assert_eq!(reply.status, StatusCode::BAD_EXTENSION);
    assert_eq!(rows(&reply, HeaderName::UNSUPPORTED), ["path"]);
    assert!(stored(&house).is_empty());
    house.reconfigure(RegistrarSettings { path: PathPolicy::Accept, ..RegistrarSettings::default() });
    let reply = send(&mut house, 1, PATH);
    assert_eq!((reply.status, rows(&reply, HeaderName::PATH).len()), (StatusCode::OK, 0));
    assert_eq!(stored(&house).len(), 1);
}

#[test]
fn a_path_that_could_not_be_a_route_or_is_too_long_is_400() {
    for bad in ["<sip:p1.example.test>", "<tel:+1;lr>", "sip:p1", "<sip:;lr>"] {
        let mut house = House::new(false);
        let reply = send(&mut house, 1, &format!("Supported: path\r\nPath: {bad}\r\n"));
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(matches!(reply.cause, Cause::Malformed { header: Some(HeaderName::PATH), .. }), "{bad}");
        assert!(stored(&house).is_empty());
    }
    let mut house = House::new(false);
    let long = format!("Path: <sip:{}.test;lr>\r\n", "p".repeat(60)).repeat(30);
    let reply = send(&mut house, 1, &format!("Supported: path\r\n{long}"));
    assert_eq!((reply.status, reply.cause), (StatusCode::BAD_REQUEST, Cause::Limit("PATH_BYTES_MAX".into())));
}

#[test]
fn a_request_that_insists_on_path_is_served() {
    let mut house = House::new(false);
    let reply = send(&mut house, 1, &format!("Supported: path\r\nRequire: path\r\n{PATH}"));
    assert_eq!(reply.status, StatusCode::OK);
    let reply = send(&mut house, 2, "Require: path, nothing\r\n");
    assert_eq!(rows(&reply, HeaderName::UNSUPPORTED), ["nothing"]);
}

#[test]
fn the_service_route_is_told_in_order_to_those_who_register_and_who_ask() {
    let mut house = House::new(false);
    assert!(rows(&send(&mut house, 1, ""), HeaderName::SERVICE_ROUTE).is_empty());
    let service_route = vec!["sip:fw.example.test;lr".into(), "sip:example.test;lr".into()];
    house.reconfigure(RegistrarSettings { service_route, ..RegistrarSettings::default() });
    let told = ["<sip:fw.example.test;lr>", "<sip:example.test;lr>"];
    assert_eq!(rows(&send(&mut house, 2, ""), HeaderName::SERVICE_ROUTE), told);
    let query = house.send(&register(ALICE, "q", 1, ""));
    assert_eq!(rows(&query, HeaderName::SERVICE_ROUTE), told);
    let refused = send(&mut house, 3, "Require: nothing\r\n");
    assert!(rows(&refused, HeaderName::SERVICE_ROUTE).is_empty());
}
