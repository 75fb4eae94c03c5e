//! The flows of RFC 3665, replayed message by message with each of their actors in turn played by a node of ours.
//!
//! Not replayed: bob in 2.2 (our agent binds no mailbox) and in 3.7 (it does not move), and the gateway of 3.5 (it
//! rewrites session descriptions).
#![allow(clippy::unwrap_used)]

mod flow;

use flow::{Departure, OMITTED, replay};

/// What ours does otherwise: who, where, what, how, and why that is right.
macro_rules! departures {
    ($($actor:literal $($number:literal)+, $field:expr, $shown:literal: $reason:literal;)*) => {
        &[$($(Departure { actor: $actor, number: $number, field: $field, shown: $shown, reason: $reason },)+)*]
    };
}

#[test]
fn section_2_1_new_registration() {
    replay("2.1", "SIP Server", &[]);
    replay("2.1", "Bob", REGISTRAR);
}

#[test]
fn section_2_2_update_of_the_contact_list() {
    replay("2.2", "SIP Server", &[]);
}

#[test]
fn section_2_3_request_for_the_contact_list() {
    replay("2.3", "SIP Server", &[]);
    replay("2.3", "Bob", REGISTRAR_UNASKED);
}

#[test]
fn section_2_4_cancellation_of_a_registration() {
    replay("2.4", "SIP Server", &[]);
    replay("2.4", "Bob", REGISTRAR_UNASKED);
}

#[test]
fn section_2_5_unsuccessful_registration() {
    replay("2.5", "SIP Server", &[]);
    replay("2.5", "Bob", REGISTRAR);
}

#[test]
fn section_3_1_session_between_two_ends() {
    replay("3.1", "Alice", &[]);
    replay("3.1", "Bob", &[]);
}

#[test]
fn section_3_2_session_through_two_proxies() {
    for actor in ["Proxy 1", "Proxy 2", "Alice", "Bob"] {
        replay("3.2", actor, &[]);
    }
}

#[test]
fn section_3_3_session_with_two_proxies_that_ask_for_proof() {
    let departures = departures! {
        "Proxy 1" "F20", "contact", "": "the ACK that came has no Contact, and needs none";
        "Proxy 2" "F6" "F7" "F8", OMITTED, "": "we ask our own users for proof, and let others call them";
    };
    for actor in ["Proxy 1", "Proxy 2", "Alice", "Bob"] {
        replay("3.3", actor, departures);
    }
}

#[test]
fn section_3_4_session_with_a_proxy_that_fails() {
    let departures = departures! {
        "Proxy 2" "F8" "F9" "F10", OMITTED, "": "we ask our own users for proof, and let others call them";
    };
    for actor in ["Proxy 2", "Alice", "Bob"] {
        replay("3.4", actor, departures);
    }
}

#[test]
fn section_3_5_session_through_an_application_gateway() {
    let departures = departures! {
        "Alice" "F1", "proxy-authorization", "": "credentials are sent when they are asked for";
        "Proxy 2" "F4", "record-route", "192.0.2.222": "our proxy stays in the path of every dialog";
    };
    for actor in ["Proxy 2", "Alice", "Bob"] {
        replay("3.5", actor, departures);
    }
}

#[test]
fn section_3_6_session_by_way_of_a_redirect_server() {
    for actor in ["Redirect Server", "Proxy 3", "Alice", "Bob"] {
        replay("3.6", actor, &[]);
    }
}

#[test]
fn section_3_7_session_whose_end_moves() {
    replay("3.7", "Proxy 2", &[]);
    replay("3.7", "Alice", &[]);
}

#[test]
fn section_3_8_no_answer_and_cancelled() {
    let departures = departures! {
        "Alice" "F1" "F20", "proxy-authorization", "": "credentials are sent when they are asked for";
        "Proxy 1" "F11", "start", "sip:bob@biloxi.example.com":
            "a CANCEL has the Request-URI of its INVITE (RFC 3261 section 9.1)";
    };
    for actor in ["Proxy 1", "Proxy 2", "Alice", "Bob"] {
        replay("3.8", actor, departures);
    }
}

#[test]
fn section_3_9_busy() {
    let departures = departures! {
        "Alice" "F1" "F11", "proxy-authorization", "": "credentials are sent when they are asked for";
    };
    for actor in ["Proxy 1", "Proxy 2", "Alice", "Bob"] {
        replay("3.9", actor, departures);
    }
}

#[test]
fn section_3_10_no_response() {
    let departures = departures! {
        "Alice" "F1" "F15", "proxy-authorization", "": "credentials are sent when they are asked for";
        "Proxy 2" "F12", "start", "408": "a branch that says nothing counts as 408 (RFC 3261 section 16.8)";
    };
    for actor in ["Proxy 1", "Proxy 2", "Alice"] {
        replay("3.10", actor, departures);
    }
}

#[test]
fn section_3_11_temporarily_unavailable() {
    let departures = departures! {
        "Alice" "F1" "F14", "proxy-authorization", "": "credentials are sent when they are asked for";
    };
    for actor in ["Proxy 1", "Proxy 2", "Alice", "Bob"] {
        replay("3.11", actor, departures);
    }
}

// ---------------------------------------------------------------------------------------------------------------

const REGISTRAR_UNASKED: &[Departure] = departures! {
    "Bob" "F1", "start", "sips:biloxi.example.com":
        "a REGISTER names the domain, not a machine of it (RFC 3261 section 10.2)";
    "Bob" "F1", "authorization", "": "credentials are sent when they are asked for";
};
const REGISTRAR: &[Departure] = departures! {
    "Bob" "F1" "F3", "start", "sips:biloxi.example.com":
        "a REGISTER names the domain, not a machine of it (RFC 3261 section 10.2)";
};
