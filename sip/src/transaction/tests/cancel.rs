use super::super::*;
use super::support::*;

#[test]
fn cancel_waits_for_a_provisional_response_and_is_built_from_the_invite() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    let id = layer.start(&bytes, udp());
    assert!(layer.cancel(id) && layer.cancel(id));
    layer.until(400);
    assert_eq!(layer.times("CANCEL"), []);
    assert_eq!(layer.receive(udp(), &response(&bytes, 100)), Received::Response(id, 9));
    assert_eq!(layer.times("CANCEL"), [400]);
    assert_eq!(
        layer.last("CANCEL"),
        "CANCEL sip:bob@example.com SIP/2.0\r\n\
         Via: SIP/2.0/UDP client.example:5070;rport;branch=z9hG4bK1\r\nRoute: <sip:next.example;lr>\r\n\
         From: Alice <sip:alice@example.com>;tag=a1\r\nTo: Bob <sip:bob@example.com>\r\nCall-ID: call-1\r\n\
         CSeq: 1 CANCEL\r\nMax-Forwards: 70\r\nReason: SIP;cause=200\r\nContent-Length: 0\r\n\r\n"
    );
    assert_eq!(layer.sent.last().map(|(_, flow, _)| *flow), Some(udp()));
}

#[test]
fn answer_to_the_cancel_is_absorbed_and_the_487_is_acknowledged_and_delivered() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    let id = layer.start(&bytes, udp());
    layer.receive(udp(), &response(&bytes, 180));
    assert!(layer.cancel(id) && layer.cancel(id));
    let cancel = layer.last("CANCEL").into_bytes();
    assert_eq!(layer.receive(udp(), &response(&cancel, 200)), Received::Absorbed);
    assert_eq!(layer.receive(udp(), &response(&bytes, 487)), Received::Response(id, 9));
    layer.until(60_000);
    assert_eq!((layer.times("CANCEL"), layer.times("ACK")), (vec![0], vec![0]));
    assert_eq!(layer.events, [(32_000, Event::ClientEnded(id, 9))]);
    assert!(layer.transactions.is_empty());
}

#[test]
fn cancel_is_repeated_like_any_request_and_the_invite_ends_64_t1_after_it() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    let id = layer.start(&bytes, udp());
    layer.receive(udp(), &response(&bytes, 180));
    layer.until(1_000);
    layer.cancel(id);
    layer.until(60_000);
    assert_eq!(layer.times("CANCEL")[..4], [1_000, 1_500, 2_500, 4_500]);
    assert_eq!(layer.times("CANCEL").len(), 11);
    assert_eq!(layer.events, [(33_000, Event::TimedOut(id, 9, Timer::Cancel))]);
    assert!(layer.transactions.is_empty());
}

#[test]
fn nothing_is_cancelled_after_a_final_response_or_for_another_request() {
    let mut layer = Layer::new();
    for status in [200, 486] {
        let bytes = request("INVITE", &status.to_string());
        let id = layer.start(&bytes, udp());
        layer.cancel(id);
        layer.receive(udp(), &response(&bytes, status));
        assert!(!layer.cancel(id));
    }
    let options = layer.start(&request("OPTIONS", "1"), udp());
    assert!(!layer.cancel(options));
    layer.until(60_000);
    assert_eq!(layer.times("CANCEL"), []);
}

#[test]
fn cancel_names_the_invite_of_its_branch_and_sent_by() {
    let mut layer = Layer::new();
    let bytes = request("INVITE", "1");
    assert_eq!(layer.receive(udp(), &bytes), Received::Request);
    let id = layer.accept(udp(), &bytes);
    let other = request_via("CANCEL", "SIP/2.0/UDP other.example:5070;branch=z9hG4bK1", "");
    assert_eq!(layer.receive(udp(), &other), Received::Cancel(None));
    let cancel = request("CANCEL", "1");
    assert_eq!(layer.receive(udp(), &cancel), Received::Cancel(Some((id, 5))));
    assert!(layer.transactions.is_server_pending(id));
    let own = layer.accept(udp(), &cancel);
    assert!(layer.respond(own, udp(), &cancel, 200));
    assert_eq!(layer.receive(udp(), &cancel), Received::Absorbed);
    assert_eq!(layer.times("SIP/2.0 200"), [0, 0]);
    assert!(layer.respond(id, udp(), &bytes, 487));
}

#[test]
fn cancel_of_another_request_finds_it_too() {
    let mut layer = Layer::new();
    let bytes = request("MESSAGE", "1");
    let id = layer.accept(udp(), &bytes);
    assert_eq!(layer.receive(udp(), &request("CANCEL", "1")), Received::Cancel(Some((id, 5))));
}
