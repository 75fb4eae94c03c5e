//! Flow tokens and the edge proxy (RFC 5626 §5).

use super::super::EdgeDomain;
use super::world::*;
use crate::access::FlowTokens;
use crate::registrar::PathPolicy;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{ConnectionId, Flow, FlowError, Transport};

pub(super) const HOME: &str = "192.0.2.50:5060";
const NAT: &str = "198.51.100.7:40001";

/// An edge of home.test, whose proxy stands at HOME.
pub(super) fn edge(path: PathPolicy) -> World {
    World::with(|settings| {
        let next = Some("sip:192.0.2.50;lr".into());
        settings.edge.domains = vec![EdgeDomain { name: "home.test".into(), next }];
        settings.edge.path = path;
    })
}

pub(super) fn phone(connection: u64) -> Flow {
    Flow { connection: Some(ConnectionId(connection)), ..flow(Transport::Tcp, NAT) }
}

/// A request of the phone behind the edge.
fn of_phone(method: &str, uri: &str, rows: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKp{method}\r\nMax-Forwards: 70\r\n\
         From: <sip:carol@home.test>;tag=c\r\nTo: <sip:carol@home.test>\r\nCall-ID: e@carol\r\n\
         CSeq: 1 {method}\r\n{rows}Content-Length: 0\r\n\r\n"
    )
}

pub(super) fn registered(world: &mut World) -> String {
    let rows = "Supported: path, outbound\r\nContact: <sip:carol@10.0.0.1;ob>;reg-id=1;+sip.instance=\"<urn:x:1>\"\r\n";
    let sent = world.receive_over(phone(7), &of_phone("REGISTER", "sip:home.test", rows));
    assert_eq!((sent[0].what(), sent[0].to()), ("REGISTER".to_owned(), HOME.to_owned()));
    assert_eq!(sent[0].row("Require"), "path");
    sent[0].row("Path")
}

/// A request from home to the phone, over its Path.
pub(super) fn to_phone(method: &str, path: &str) -> String {
    request(method, "sip:carol@10.0.0.1;ob", &format!("Route: {path}\r\n"))
}

#[test]
fn the_first_hop_puts_the_flow_into_the_path_and_marks_it() {
    let mut world = edge(PathPolicy::Refuse);
    let path = registered(&mut world);
    assert!(path.starts_with("<sip:flow.") && path.ends_with("@192.0.2.9:5060;lr;ob>"), "{path}");
    let user = path["<sip:".len()..].split('@').next().unwrap();
    let opened = FlowTokens::new(Seed::from_number(2)).open(user.as_bytes());
    assert_eq!(opened, Some(phone(7)));
    // Behind another proxy the flow is that one's to know.
    let rows =
        "Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKx\r\nSupported: path\r\nContact: <sip:carol@10.0.0.1>\r\n";
    let text = of_phone("REGISTER", "sip:home.test", rows).replace("e@carol", "f@carol");
    let sent = world.receive_over(phone(7), &text.replace("pREGISTER", "q"));
    assert_eq!(sent[0].row("Path"), "<sip:192.0.2.9:5060;lr>");
}

#[test]
fn a_phone_that_does_not_know_path_is_421_unless_the_operator_bears_it() {
    let contact = "Contact: <sip:carol@10.0.0.1>\r\n";
    let mut world = edge(PathPolicy::Refuse);
    let sent = world.receive_over(phone(7), &of_phone("REGISTER", "sip:home.test", contact));
    assert_eq!((sent[0].what(), sent[0].row("Require")), ("421".to_owned(), "path".to_owned()));
    assert_eq!(world.answers(), [(421, "extension-needed")]);
    let knows = format!("Supported: path\r\n{contact}");
    let again = of_phone("REGISTER", "sip:home.test", &knows).replace("pREGISTER", "again");
    assert_eq!(world.receive_over(phone(7), &again)[0].what(), "REGISTER");
    let mut world = edge(PathPolicy::Accept);
    let sent = world.receive_over(phone(7), &of_phone("REGISTER", "sip:home.test", contact));
    assert_eq!((sent[0].what(), sent[0].rows("Require").len()), ("REGISTER".to_owned(), 0));
}

#[test]
fn a_request_that_brings_the_token_goes_over_the_flow_and_so_does_its_dialog() {
    let mut world = edge(PathPolicy::Refuse);
    let path = registered(&mut world);
    let sent = world.receive(HOME, &to_phone("INVITE", &path));
    assert_eq!((whats(&sent), sent[1].flow), (vec!["100".to_owned(), "INVITE".to_owned()], phone(7)));
    assert!(sent[1].rows("Route").is_empty());
    let routes = sent[1].rows("Record-Route");
    assert!(routes.iter().all(|route| !route.contains(";ob") && !route.contains("flow.")), "{routes:?}");
    let ok = world.answer(&sent[1], 200, "1", "").remove(0);
    assert_eq!((ok.what(), ok.to()), ("200".to_owned(), HOME.to_owned()));
    // From home into the dialog, and from the phone: the same Routes, each way its own order.
    let back: Vec<String> = routes.iter().rev().cloned().collect();
    let bye = request("BYE", "sip:carol@10.0.0.1;ob", &format!("Route: {}\r\n", back.join(", ")));
    let bye = bye.replace("<sip:bob@example.test>", "<sip:bob@example.test>;tag=1");
    let sent = world.receive(HOME, &bye);
    assert_eq!(
        (sent[0].what(), sent[0].to(), sent[0].rows("Route").len()),
        ("BYE".to_owned(), NAT.to_owned(), 0)
    );
    let rows = format!("Route: {}\r\n", routes.join(", "));
    let bye = request("BYE", "sip:alice@192.0.2.1", &rows)
        .replace("z9hG4bKBYE", "z9hG4bKback")
        .replace(";tag=a", ";tag=1");
    let sent = world.receive_over(phone(7), &bye);
    assert_eq!((sent[0].what(), sent[0].to()), ("BYE".to_owned(), ALICE.to_owned()));
}

#[test]
fn a_flow_that_is_gone_is_430_and_no_connection_is_made() {
    let mut world = edge(PathPolicy::Refuse);
    let path = registered(&mut world);
    let sent = world.receive(HOME, &to_phone("INVITE", &path));
    let end = world.fail(sent[1].flow, FlowError::Closed);
    assert_eq!((whats(&end), end[0].to()), (vec!["430".to_owned()], HOME.to_owned()));
    assert_eq!(world.answers().last(), Some(&(430, "flow-gone")));
}

#[test]
fn a_token_that_was_changed_is_403() {
    let mut world = edge(PathPolicy::Refuse);
    let path = registered(&mut world);
    let at = path.find("@192").unwrap();
    let mut forged = path.clone().into_bytes();
    forged[at - 2] = if forged[at - 2] == b'A' { b'B' } else { b'A' };
    let sent = world.receive(HOME, &to_phone("INVITE", &String::from_utf8(forged).unwrap()));
    assert_eq!((whats(&sent), world.answers()), (vec!["403".to_owned()], vec![(403, "flow-token")]));
}

#[test]
fn requests_of_phones_pass_the_edge_to_their_home_only() {
    let mut world = edge(PathPolicy::Refuse);
    let sent = world.receive_over(phone(7), &of_phone("MESSAGE", "sip:dave@home.test", ""));
    assert_eq!((sent[0].what(), sent[0].to()), ("MESSAGE".to_owned(), HOME.to_owned()));
    let sent = world
        .receive_over(phone(7), &of_phone("MESSAGE", "sip:dave@elsewhere.test", "").replace("pMESSAGE", "x"));
    assert_eq!(sent[0].what(), "403", "no relay");
}
