//! Security agreement (RFC 3329) at an address that demands it.

use super::world::*;
use crate::access::Agreement;
use ringback_sip::auth::Hash;
use ringback_sip::flow::Transport;

const LIST: &str = "tls;q=0.9, digest;d-alg=SHA-256;d-qop=auth;q=0.8";
const ASKS: &str = "Require: sec-agree\r\nProxy-Require: sec-agree\r\n";

fn demanding() -> World {
    let mut world = World::with(|settings| {
        settings.access.hashes = vec![Hash::Sha256];
        settings.access.agreement = Agreement { at: vec![address(PROXY)], has_tls: true };
        settings.addresses.push((Transport::Tls, address("192.0.2.9:5061")));
    });
    world.register("bob", PHONE[0], ALICE, Transport::Tls);
    world
}

fn verify(list: &str) -> String {
    format!("{ASKS}Security-Verify: {list}\r\n")
}

/// The answer to a request, with its code and cause.
fn answer(world: &mut World, transport: Transport, text: &str) -> (Sent, u16, &'static str) {
    let sent = world.receive_over(flow(transport, ALICE), text).pop().unwrap();
    let (code, cause) = world.answers().pop().unwrap();
    assert_eq!(sent.what(), code.to_string());
    (sent, code, cause)
}

#[test]
fn an_unprotected_request_without_the_extension_is_421_with_our_list_and_a_challenge() {
    for (method, uri, challenge) in
        [("INVITE", BOB, "Proxy-Authenticate"), ("REGISTER", "sip:example.test", "WWW-Authenticate")]
    {
        let mut world = demanding();
        let (sent, code, cause) = answer(&mut world, Transport::Udp, &request(method, uri, ""));
        assert_eq!((code, cause), (421, "extension-needed"), "{method}");
        assert_eq!((sent.row("Require"), sent.row("Security-Server")), ("sec-agree".into(), LIST.into()));
        assert!(sent.row(challenge).contains("algorithm=SHA-256"), "{method}");
    }
    // Without the demand it is served; over TLS it is protected without an agreement.
    let mut open = World::with_bob(&PHONE[..1]);
    assert_eq!(whats(&open.receive(ALICE, &invite(""))), ["100", "INVITE"]);
    let mut world = demanding();
    assert_eq!(whats(&world.receive_over(flow(Transport::Tls, ALICE), &invite(""))), ["100", "INVITE"]);
}

#[test]
fn an_unprotected_request_that_knows_the_extension_is_494_whatever_the_client_lists() {
    for rows in [
        "Supported: sec-agree\r\n",
        "Require: sec-agree\r\nSecurity-Client: tls\r\n",
        "Proxy-Require: sec-agree\r\nSecurity-Client: ipsec-ike\r\n",
        &verify(LIST),
    ] {
        let (sent, code, cause) = answer(&mut demanding(), Transport::Tcp, &invite(rows));
        assert_eq!((code, cause), (494, "agreement-needed"), "{rows}");
        assert_eq!((sent.row("Require"), sent.row("Security-Server")), ("sec-agree".into(), LIST.into()));
        assert!(!sent.row("Proxy-Authenticate").is_empty());
    }
    let mut open = World::with_bob(&PHONE[..1]);
    assert_eq!(whats(&open.receive(ALICE, &invite("Proxy-Require: sec-agree\r\n"))), ["420"]);
}

#[test]
fn over_tls_our_own_list_passes_and_the_tag_is_taken_off() {
    for (rows, require) in [
        (verify(LIST), vec![]),
        (verify("tls ; Q=0.9 ,digest;q=0.8;d-qop=auth;d-alg=sha-256"), vec![]),
        (
            verify(LIST).replace("Require: sec-agree\r\nP", "Require: 100rel, sec-agree\r\nP"),
            vec!["100rel".to_owned()],
        ),
    ] {
        let sent = demanding().receive_over(flow(Transport::Tls, ALICE), &invite(&rows));
        assert_eq!(whats(&sent), ["100", "INVITE"], "{rows}");
        assert_eq!((sent[1].rows("Require"), sent[1].rows("Proxy-Require")), (require, vec![]), "{rows}");
    }
}

#[test]
fn a_list_that_was_changed_is_494_with_the_true_one() {
    for list in [
        "digest;d-alg=SHA-256;d-qop=auth;q=0.8",
        "tls;q=0.9",
        "digest;d-alg=SHA-256;d-qop=auth;q=0.8, tls;q=0.9",
        "tls;q=0.9, digest;d-alg=MD5;d-qop=auth;q=0.8",
        "tls;q=0.7, digest;d-alg=SHA-256;d-qop=auth;q=0.8",
    ] {
        for transport in [Transport::Tls, Transport::Udp] {
            let (sent, code, cause) = answer(&mut demanding(), transport, &invite(&verify(list)));
            assert_eq!((code, cause), (494, "agreement-broken"), "{list}");
            assert_eq!(sent.row("Security-Server"), LIST);
        }
    }
}

#[test]
fn a_request_that_came_by_way_of_another_proxy_is_502_where_agreement_is_demanded() {
    let row = "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKua\r\n";
    let (_, code, cause) = answer(&mut demanding(), Transport::Udp, &invite(row));
    assert_eq!((code, cause), (502, "not-first-hop"));
    let mut open = World::with_bob(&PHONE[..1]);
    assert_eq!(whats(&open.receive(ALICE, &invite(row))), ["100", "INVITE"]);
}

#[test]
fn ack_and_cancel_need_no_agreement() {
    let mut world = demanding();
    assert_eq!(whats(&world.receive(ALICE, &cancel(&invite("")))), ["CANCEL"]);
    assert_eq!(whats(&world.receive(ALICE, &request("ACK", BOB, ""))), ["ACK"]);
}
