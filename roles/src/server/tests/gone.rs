//! Requests within a dialog whose other end hung on a connection that is gone (RFC 5626 §5.3.1, RFC 7118 §5).

use super::world::*;
use ringback_sip::flow::{FlowError, Transport};

const HOME: &str = "198.51.100.7:40001";
const OFFICE: &str = "192.0.2.21:5060";
const STREAMS: [Transport; 4] = [Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];

fn world(transport: Transport) -> World {
    let mut world = World::with(|settings| settings.addresses.push((transport, address(PROXY))));
    world.register("bob", PHONE[0], OFFICE, Transport::Udp);
    world
}

/// Alice calls bob over `transport`, and he accepts: what he says to her afterwards.
fn bye_to(world: &mut World, transport: Transport, contact: &str) -> String {
    let call = invite("").replace("<sip:alice@192.0.2.1>", &format!("<{contact}>"));
    let call = call.replace("UDP 192.0.2.1:5060", &format!("{} h7.invalid", transport.via_name()));
    let out = world.receive_over(flow(transport, HOME), &call).remove(1);
    let routes = out.rows("Record-Route").join(", ");
    assert_eq!(whats(&world.answer(&out, 200, "1", "Contact: <sip:bob@192.0.2.21>\r\n")), ["200"]);
    world.journal.clear();
    request("BYE", contact, &format!("Route: {routes}\r\n"))
        .replace("To: <sip:bob@example.test>", "To: <sip:alice@example.test>;tag=a")
        .replace("From: <sip:alice@example.test>;tag=a", "From: <sip:bob@example.test>;tag=1")
}

#[test]
fn whatever_contact_a_caller_over_a_websocket_gives_it_is_reached_over_that_or_not_at_all() {
    for transport in STREAMS.into_iter().filter(|transport| *transport != Transport::Tcp) {
        for contact in [
            "sip:a@df7jal23ls0d.invalid;transport=ws",
            "sip:alice@198.51.100.7:40001;transport=X",
            "sip:alice@198.51.100.7:40001",
            "sip:alice@198.51.100.7;transport=X",
            "sips:alice@198.51.100.7:40001",
            "sip:alice@10.0.0.1;transport=X",
            "sip:alice@pc.example.net;transport=X",
        ] {
            let contact = contact.replace("=X", &format!("={}", transport.uri_name()));
            for is_known in [false, true] {
                let mut world = world(transport);
                let bye = bye_to(&mut world, transport, &contact);
                if is_known {
                    world.fail(flow(transport, HOME), FlowError::Closed);
                }
                let sent = world.receive(OFFICE, &bye);
                let at = (&sent[0].what()[..], sent[0].flow.connection, sent[0].to());
                assert_eq!(at, ("BYE", flow(transport, HOME).connection, HOME.to_owned()), "{contact}");
                assert!(world.lookups.is_empty(), "{transport:?} {contact}: nobody looks for it elsewhere");
                assert_eq!(
                    whats(&world.fail(sent[0].flow, FlowError::Closed)),
                    ["430"],
                    "{transport:?} {contact}"
                );
                assert_eq!(world.answers(), [(430, "flow-gone")]);
            }
        }
    }
}

#[test]
fn a_caller_over_tcp_who_gave_a_contact_is_called_there_when_its_connection_is_gone() {
    let mut world = world(Transport::Tcp);
    let bye = bye_to(&mut world, Transport::Tcp, "sip:alice@198.51.100.7:5070;transport=tcp");
    let sent = world.receive(OFFICE, &bye).remove(0);
    assert_eq!((sent.to(), sent.flow.connection), ("198.51.100.7:5070".to_owned(), None));
    assert_eq!(whats(&world.fail(sent.flow, FlowError::Refused)), ["500"], "it is an address, and no flow");
    assert_eq!(world.answers(), [(500, "transport")]);
}

#[test]
fn a_phone_whose_connection_breaks_under_a_request_to_it_cannot_be_reached_now() {
    for transport in STREAMS {
        for is_known in [false, true] {
            let mut world = world(transport);
            let contact = format!("<sip:alice@198.51.100.7:40001;transport={}>", transport.uri_name());
            world.register_on("alice", &contact, flow(transport, HOME), "");
            if is_known {
                world.fail(flow(transport, HOME), FlowError::Closed);
            }
            world.journal.clear();
            let mut sent = world.receive(OFFICE, &request("MESSAGE", "sip:alice@example.test", ""));
            if sent[0].what() == "MESSAGE" {
                let error = if is_known { FlowError::Refused } else { FlowError::Closed };
                sent = world.fail(sent[0].flow, error);
            }
            assert_eq!(whats(&sent), ["480"], "{transport:?} known: {is_known}");
            assert_eq!(world.answers(), [(480, "flow-gone")]);
        }
    }
}
