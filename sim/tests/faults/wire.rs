//! Faults of messages and their ways.

use crate::Fault;
use crate::ends::{offering, secs};
use crate::street::{Street, phone};
use crate::town::request;
use crate::who::{BOB, HAND, to, written};
use ringback_sim::{Answer, Request, Trouble, Weather};
use ringback_sip::flow::Transport;
use ringback_sip::time::Duration;

pub(crate) const FAULTS: &[Fault] = &[
    ("the request comes back unchanged", "loop", "D10", || {
        Street::new()
            .bind("bob", "<sip:alice@example.test>")
            .bind("alice", "<sip:bob@example.test>")
            .calls(40)
    }),
    ("the hops are used up", "hop-limit", "D10-low", || {
        Street::bob(Answer::ringing()).asks(40, Request { max_forwards: 0, ..request("INVITE") })
    }),
    ("more branches than Max-Breadth", "max-breadth", "D10", || {
        Street::bob(Answer::ringing())
            .and("bob", Transport::Udp, Answer::ringing())
            .asks(40, request("INVITE").with("Max-Breadth", "1"))
    }),
    ("the request breaks the grammar", "malformed", "D09", || {
        Street::bob(Answer::ringing()).asks(40, request("INVITE").with("CSeq", "x INVITE"))
    }),
    ("the phone's answer breaks the grammar", "malformed", "D09", || {
        Street::bob(Answer::at_once(486).with("CSeq", "99 BYE")).calls(60)
    }),
    ("the request is not SIP/2.0", "version", "D09", || {
        by_hand(&written("INVITE", BOB, 1, "").replacen("SIP/2.0\r\n", "SIP/3.0\r\n", 1))
    }),
    ("an extension is demanded that is not there", "extension", "D33", || {
        Street::bob(Answer::ringing()).asks(40, request("INVITE").with("Proxy-Require", "foo"))
    }),
    ("the address has an unknown scheme", "scheme", "D22-scheme", || {
        by_hand(&written("INVITE", "foo:bob", 1, ""))
    }),
    ("a telephone number meets no rule", "scheme", "D22", || {
        by_hand(&written("INVITE", "tel:+31205550000", 1, ""))
    }),
    ("the server itself cannot be called", "method-not-allowed", "D33-method", || {
        Street::new().asks(40, to("INVITE", "sip:example.test"))
    }),
    ("a sips address, and a phone without TLS", "unprotected", "", || {
        Street::bob(Answer::ringing()).asks(40, to("INVITE", "sips:bob@example.test"))
    }),
    ("an unknown event package", "bad-event", "D33-event", || {
        Street::bob(Answer::ringing()).asks(40, to("SUBSCRIBE", BOB).with("Event", "foo"))
    }),
    ("the caller's ACK is lost on its way to the phone", "ack-missing", "D36", || {
        let phone = Answer { ignores_ack: true, ..Answer::after(secs(2), 200) };
        Street::bob(phone).calls(60)
    }),
    ("the caller sends no ACK", "ack-missing", "D36", || {
        Street::bob(Answer::after(secs(2), 200))
            .asks(60, Request { acknowledges: false, ..request("INVITE") })
    }),
    ("the INVITE is too big for the path to the phone", "", "D05", || {
        let big = "x".repeat(1600);
        let weather = Weather { datagram_max: 1480, ..Weather::calm() };
        let caller = request("INVITE").with("Subject", &big);
        let mut street = Street::new();
        let alice = street.town.phone("alice", Transport::Tcp, Answer::silent(), None);
        let mut street =
            street.and("bob", Transport::Udp, Answer::ringing()).asks(5, request("OPTIONS")).weather(weather);
        crate::town::order(&mut street.town.net, alice, Duration::ZERO, caller);
        street.then(60)
    }),
    ("the INVITE is too big for the caller's own path", "", "D05", || {
        let weather = Weather { datagram_max: 1480, ..Weather::calm() };
        let mut street = Street::bob(Answer::ringing());
        let alice = street.alice();
        let street = street.asks(5, request("OPTIONS")).weather(weather);
        street.asks(60, request("INVITE").with("Subject", &"x".repeat(1600))).tapped_at(alice)
    }),
    ("the phone loses its power during the call", "success, BYE 408 timer", "D38", || {
        let call = Request { bye_after: Some(secs(10)), ..request("INVITE") };
        Street::bob(Answer::after(secs(1), 200)).trouble(secs(5), Trouble::PowerOff(phone(1))).asks(90, call)
    }),
    ("the caller hangs up when the phone has just answered", "success", "D27", || {
        let call = Request { cancel_after: Some(secs(2)), ..offering(request("INVITE")) };
        Street::bob(Answer { ignores_cancel: true, ..Answer::after(Duration::from_millis(2060), 200) })
            .asks(60, call)
    }),
    ("the phone's Contact is a private address, to which the ACK goes", "ack-missing", "D20", || {
        let phone = Answer::after(secs(2), 200).with("Contact", "<sip:bob@10.11.12.13:5060>");
        Street::bob(phone).calls(60)
    }),
    ("the caller names a wrong port in Via and asks for no other way", "answer-unheard", "D06", || {
        let mut street = Street::bob(Answer::ringing());
        let hand = street.hand(HAND);
        let text = written("OPTIONS", "sip:example.test", 1, "")
            .replace("77:5060;branch=z9hG4bKhand1;rport", "77:5099;branch=z9hG4bKhand1");
        for pause in [0, 1, 2, 4, 4] {
            street.run(pause);
            street.write(hand, HAND, &text);
        }
        street.then(10)
    }),
];

// -----------------------------------------------------------------------------------------------------------------

/// Somebody writes this, and nothing else.
fn by_hand(text: &str) -> Street {
    let mut street = Street::bob(Answer::ringing());
    let hand = street.hand(HAND);
    street.write(hand, HAND, text);
    street.then(40)
}
