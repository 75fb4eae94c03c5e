//! One whole message: read, forwarded, answered.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ringback_sip::flow::{Flow, Transport};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Edit, Message, Response};

use super::uri;

/// Indexing, every field, and the three writers: unchanged, forwarded, answered.
pub fn message(data: &[u8]) {
    let Ok(message) = Message::parse(data) else { return };
    read_fields(&message);
    assert_eq!(Edit::new(&message).finish(), data, "what is not edited leaves byte for byte");
    if message.is_request() {
        answer(&message);
        if message.check().is_ok() {
            forward(&message);
        }
    }
}

fn read_fields(message: &Message<'_>) {
    let bytes = message.bytes();
    for line in message.lines() {
        assert!(line.range().end <= bytes.len() && line.range().start <= line.value().start);
        assert!(line.value().end <= line.range().end);
        let _ = message.headers_named(message.name_of(line)).count();
        let values = message.values(line.name).map(<[u8]>::len).sum::<usize>();
        assert!(values <= bytes.len());
    }
    for deviation in message.deviations() {
        assert!(deviation.at <= bytes.len());
    }
    if let Err(malformed) = message.check() {
        assert!(malformed.at <= bytes.len(), "{malformed:?}");
    }
    let _ = (message.from(), message.to(), message.call_id(), message.cseq(), message.max_forwards());
    let _ = (message.content_length(), message.content_type(), message.body_is_whole(), message.status());
    for via in message.vias().flatten() {
        let _ = (via.branch(), via.received(), via.rport(), via.maddr(), via.host_ip());
    }
    for address in message.contacts().chain(message.routes()).chain(message.record_routes()).flatten() {
        let _ = (address.tag(), address.param(b"q"), address.is_star());
        uri(address.uri);
    }
    uri(message.request_uri());
}

/// What a proxy does with a good request; the result is a message with the same body and one Via more.
fn forward(message: &Message<'_>) {
    let mut edit = Edit::new(message);
    edit.insert_top(HeaderName::VIA, "SIP/2.0/UDP proxy.example;branch=z9hG4bKfuzz");
    edit.insert_top(HeaderName::RECORD_ROUTE, "<sip:proxy.example;lr>");
    edit.stamp_top_via(&FLOW);
    edit.set(HeaderName::MAX_FORWARDS, "69");
    edit.remove_first_values(HeaderName::ROUTE, 1);
    let bytes = edit.finish();
    let forwarded = Message::parse(&bytes).expect("what we forward is a message");
    assert_eq!(forwarded.top_via().ok().and_then(|v| v.branch()), Some(&b"z9hG4bKfuzz"[..]));
    assert_eq!(forwarded.check(), Ok(()), "a good request stays good");
    assert_eq!(forwarded.vias().count(), message.vias().count() + 1);
    assert_eq!(forwarded.body(), message.body());
}

/// What a server does; the result is a response to that request, without deviations of our own making.
fn answer(message: &Message<'_>) {
    let bytes = Response::to(message, &FLOW, StatusCode::NOT_FOUND, Some(b"tag")).finish();
    let response = Message::parse(&bytes).expect("what we answer is a message");
    assert_eq!(response.status(), Some(StatusCode::NOT_FOUND));
    if message.check().is_ok() {
        assert_eq!(response.check(), Ok(()), "an answer to a good request is good");
        assert_eq!(response.vias().count(), message.vias().count());
        assert_eq!(response.call_id(), message.call_id());
    }
}

const FLOW: Flow = Flow {
    transport: Transport::Udp,
    local: SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 5060),
    remote: SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)), 5060),
    connection: None,
    peer: None,
};
