//! The way of notifications to a watcher: the name that we can prove, names of instances, flows (RFC 5922 §7.2,
//! RFC 5627 §6.1, RFC 5626 §4.3).

use super::world::{ALICE, BOB, Sent, World, address, flow, whats};
use ringback_sip::flow::{ConnectionId, Flow, FlowError, Transport};

const GRUU: &str = "sip:alice@example.test;gr=urn:uuid:1";
const INSTANCE: &str = "+sip.instance=\"<urn:uuid:1>\"";

fn subscribe(uri: &str, to: &str, contact: &str, cseq: u32) -> String {
    format!(
        "SUBSCRIBE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{cseq}\r\nMax-Forwards: 70\r\n\
         From: <sip:alice@example.test>;tag=a\r\nTo: {to}\r\nCall-ID: w\r\nCSeq: {cseq} SUBSCRIBE\r\n\
         Contact: <{contact}>\r\nEvent: presence\r\nContent-Length: 0\r\n\r\n"
    )
}

fn watch(world: &mut World, over: Flow, contact: &str) -> (Sent, Sent) {
    let sent = world.receive_over(over, &subscribe(BOB, &format!("<{BOB}>"), contact, 1));
    assert_eq!(whats(&sent), ["200", "NOTIFY"], "{sent:?}");
    (sent[0].clone(), sent[1].clone())
}

/// The NOTIFY after a refresh over `over`.
fn again(world: &mut World, granted: &Sent, over: Flow, contact: &str, cseq: u32) -> Sent {
    let uri = granted.row("Contact").trim_matches(['<', '>']).to_owned();
    let sent = world.receive_over(over, &subscribe(&uri, &granted.row("To"), contact, cseq));
    assert_eq!(whats(&sent), ["200", "NOTIFY"], "{sent:?}");
    sent[1].clone()
}

#[test]
fn a_watcher_over_tls_is_told_the_name_that_we_can_prove_and_finds_its_subscription_by_it() {
    for (name, host) in [(None, "192.0.2.9:5061"), (Some("sip.example.test"), "sip.example.test:5061")] {
        let mut world = World::with(|settings| {
            settings.addresses.push((Transport::Tls, address("192.0.2.9:5061")));
            settings.tls_name = name.map(Into::into);
        });
        let tls = Flow { local: address("192.0.2.9:5061"), ..flow(Transport::Tls, "192.0.2.1:40000") };
        let contact = "sip:alice@192.0.2.1;transport=tls";
        let (granted, notify) = watch(&mut world, tls, contact);
        let ours = format!("<sip:{host};transport=tls>");
        assert_eq!((granted.row("Contact"), notify.row("Contact")), (ours.clone(), ours));
        world.answer(&notify, 200, "", "");
        again(&mut world, &granted, tls, contact, 2);
        let sips = subscribe("sips:bob@example.test", "<sips:bob@example.test>", contact, 1);
        let sent = world.receive_over(tls, &sips.replace("Call-ID: w", "Call-ID: s").replace("bK1", "bKs"));
        assert_eq!(sent[0].row("Contact"), format!("<sips:{host}>"));
        let plain = world.receive(ALICE, &sips.replace("sips:", "sip:").replace("Call-ID: w", "Call-ID: p"));
        assert_eq!(plain[0].row("Contact"), "<sip:192.0.2.9:5060>", "no name elsewhere");
    }
}

#[test]
fn a_watcher_that_asks_for_its_flow_is_told_over_it_and_over_the_one_of_its_last_refresh() {
    let mut world = World::new();
    let (there, later) = (flow(Transport::Udp, "203.0.113.7:4711"), flow(Transport::Udp, "203.0.113.7:4712"));
    let contact = "sip:alice@203.0.113.99:5070";
    let (granted, notify) = watch(&mut world, there, contact);
    assert_eq!(notify.to(), "203.0.113.99:5070", "an address that everybody can reach is believed");
    world.answer(&notify, 200, "", "");
    let asks = format!("{contact};ob");
    let notify = again(&mut world, &granted, later, &asks, 2);
    assert_eq!((notify.to(), notify.uri()), ("203.0.113.7:4712".into(), asks));
}

#[test]
fn a_watcher_that_names_its_instance_is_told_where_that_is_registered_now() {
    let mut world = World::new();
    let stream = |id| Flow { connection: Some(ConnectionId(id)), ..flow(Transport::Tcp, "203.0.113.7:4711") };
    let contact = format!("<sip:alice@10.0.0.5;transport=tcp;ob>;{INSTANCE};reg-id=1");
    world.register_on("alice", &contact, stream(1), "Supported: outbound, path\r\n");
    let (granted, notify) = watch(&mut world, flow(Transport::Udp, ALICE), GRUU);
    assert_eq!(
        (notify.flow.connection, notify.uri()),
        (Some(ConnectionId(1)), "sip:alice@10.0.0.5;transport=tcp;ob".into())
    );
    world.answer(&notify, 200, "", "");
    world.fail(stream(1), FlowError::Closed);
    world.register_on("alice", &contact, stream(2), "Supported: outbound, path\r\n");
    let notify = again(&mut world, &granted, flow(Transport::Udp, ALICE), GRUU, 2);
    assert_eq!(notify.flow.connection, Some(ConnectionId(2)));
    world.answer(&notify, 200, "", "");
    world.run_secs(3500);
    let notify = again(&mut world, &granted, flow(Transport::Udp, ALICE), GRUU, 3);
    world.answer(&notify, 200, "", "");
    world.run_secs(200);
    let notify = again(&mut world, &granted, flow(Transport::Udp, ALICE), GRUU, 4);
    assert_eq!(
        (notify.to(), notify.uri()),
        (ALICE.into(), GRUU.into()),
        "its own flow, when nothing is registered"
    );
}

#[test]
fn nobody_can_have_another_user_notified() {
    let mut world = World::new();
    let contact = "sip:bob@example.test;gr=urn:uuid:1";
    let sent = world.receive(ALICE, &subscribe(BOB, &format!("<{BOB}>"), contact, 1));
    assert_eq!(whats(&sent), ["403"]);
    assert_eq!(world.answers(), [(403, "not-owner")]);
}
