//! 3xx answers to our calls (RFC 3261 §8.1.3.4, §21.3), and challenges (§22).

use super::net::*;
use super::raw::*;
use crate::agent::{AgentSettings, CallId, Ending, Event, Outcome, REDIRECTS_MAX, Secret};
use ringback_sip::registry::StatusCode;

/// Calls a raw peer and plays one answer after the other to each new INVITE; gives the INVITEs.
fn play(net: &mut Net, answers: &[(&str, &str)]) -> Vec<Packet> {
    net.call(RAW);
    for (number, (status, rows)) in answers.iter().enumerate() {
        let invites = net.sent(ALICE, "INVITE");
        let Some(invite) = invites.get(number) else { break };
        let body = if status.starts_with('2') { SDP } else { "" };
        net.inject(RAW, ALICE, &reply(invite, status, &format!("r{number}"), rows, body));
    }
    net.sent(ALICE, "INVITE")
}

fn uris(invites: &[Packet]) -> Vec<&str> {
    invites.iter().map(|p| p.first_line().split(' ').nth(1).unwrap()).collect()
}

fn failed(net: &Net) -> Option<Outcome> {
    match net.events[ALICE].last() {
        Some(Event::Ended { ending: Ending::Failed(outcome), .. }) => Some(*outcome),
        _ => None,
    }
}

#[test]
fn the_contacts_of_a_302_are_tried_by_their_q_each_once_with_the_same_call() {
    let rows = "Contact: <sip:low@192.0.2.17>;q=0.2, <sip:high@192.0.2.18>;q=0.9\r\n\
        Contact: <sip:bob@192.0.2.17:5060>, <sip:HIGH@192.0.2.18>;q=0, <sip:high@192.0.2.18>;q=0.1\r\n";
    let mut net = Net::new();
    let back = "Contact: <sip:high@192.0.2.18>, <sip:low@192.0.2.17>\r\n";
    let answers =
        [("302 Moved Temporarily", rows), ("404 Not Found", ""), ("301 Moved", back), ("486 Busy", "")];
    let invites = play(&mut net, &answers);
    let wanted =
        ["sip:bob@192.0.2.17:5060", "sip:high@192.0.2.18", "sip:low@192.0.2.17", "sip:HIGH@192.0.2.18"];
    assert_eq!(uris(&invites), wanted, "the user part knows case, and what was tried is not tried again");
    for (number, invite) in invites.iter().enumerate() {
        assert_eq!(invite.header("CSeq"), format!("{} INVITE", number + 1));
        for name in ["Call-ID", "From", "To"] {
            assert_eq!(invite.header(name), invites[0].header(name), "{name}");
        }
        let vias = invites.iter().filter(|o| o.header("Via") == invite.header("Via")).count();
        assert_eq!(vias, 1, "each is a request of its own");
    }
    assert_eq!(failed(&net), Some(Outcome::Status(StatusCode::BUSY_HERE)));
    assert_eq!(net.events[ALICE].iter().filter(|e| matches!(e, Event::Redirected { .. })).count(), 3);
    net.rest();
}

#[test]
fn among_equal_contacts_the_first_named_is_tried_first() {
    let rows = "Contact: <sip:a@192.0.2.17>, <sip:b@192.0.2.17>, <sip:c@192.0.2.17>;q=1.0\r\n";
    let invites =
        play(&mut Net::new(), &[("300 Choose", rows), ("404 No", ""), ("404 No", ""), ("404 No", "")]);
    assert_eq!(uris(&invites)[1..], ["sip:a@192.0.2.17", "sip:b@192.0.2.17", "sip:c@192.0.2.17"]);
}

#[test]
fn redirects_can_be_left_alone_and_a_380_names_no_target() {
    let rows = "Contact: <sip:other@192.0.2.18>\r\n";
    for (follow, status, invites) in [(true, 302, 2), (false, 302, 1), (false, 305, 1), (true, 380, 1)] {
        let mut net = Net::with(|s| s.follow_redirects = follow);
        let sent = play(&mut net, &[(&format!("{status} X"), rows)]);
        assert_eq!(sent.len(), invites, "{status}");
        if invites == 1 {
            assert_eq!(failed(&net), Some(Outcome::Status(StatusCode::new(status).unwrap())));
        }
    }
}

#[test]
fn a_305_is_obeyed_once_over_its_proxy_to_the_same_target() {
    let rows = "Contact: <sip:192.0.2.18>\r\n";
    let mut net = Net::new();
    let invites = play(&mut net, &[("305 Use Proxy", rows), ("305 Use Proxy", rows)]);
    assert_eq!(uris(&invites), ["sip:bob@192.0.2.17:5060"; 2], "the target stays");
    assert_eq!((invites[1].to, invites[1].header("Route")), (address(8), "<sip:192.0.2.18;lr>"));
    assert_eq!((invites[0].header("Route"), invites[1].header("CSeq")), ("", "2 INVITE"));
    for name in ["Call-ID", "From", "To"] {
        assert_eq!(invites[1].header(name), invites[0].header(name), "{name}");
    }
    assert_eq!(failed(&net), Some(Outcome::Status(StatusCode::USE_PROXY)), "a second one is the end");
    net.rest();
    // It held for that request only.
    net.log.clear();
    assert_eq!(play(&mut net, &[("486 Busy", "")])[0].to, address(RAW));
}

#[test]
fn a_305_without_a_proxy_that_we_could_use_is_a_failure() {
    for contact in ["Contact: <tel:+1555>\r\n", "Contact: <mailto:x@y.test>\r\n"] {
        let mut net = Net::new();
        assert_eq!(play(&mut net, &[("305 Use Proxy", contact)]).len(), 1, "{contact}");
        assert_eq!(failed(&net), Some(Outcome::Status(StatusCode::USE_PROXY)));
    }
}

#[test]
fn who_takes_calls_through_a_proxy_only_says_305_and_is_reached_through_it() {
    let mut net = Net::new();
    net.call(BOB);
    net.run_millis(20);
    net.reject(TAKEN, StatusCode::USE_PROXY, Some(format!("sip:{};lr", address(RAW))));
    net.run_millis(20);
    assert_eq!(net.only(BOB, "SIP/2.0 305").header("Contact"), "<sip:192.0.2.17:5060;lr>");
    let over = net.sent(ALICE, "INVITE").pop().unwrap();
    assert_eq!((over.to, over.header("Route")), (address(RAW), "<sip:192.0.2.17:5060;lr>"));
    // The proxy takes its Route out, and bob answers.
    let via = "Via: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bKproxy\r\nVia:";
    let text = over.text.replacen("Via:", via, 1).replacen("Route: <sip:192.0.2.17:5060;lr>\r\n", "", 1);
    net.inject(RAW, BOB, &text);
    net.answer(CallId(TAKEN.0 + 1));
    assert_eq!(net.sent(BOB, "SIP/2.0 200").len(), 1);
    assert_eq!(net.agents[BOB].calls(), 1);
}

#[test]
fn redirections_without_end_do_end() {
    let mut net = Net::new();
    let rows: Vec<String> =
        (0..40).map(|n| format!("Contact: <sip:next{n}@192.0.2.17>, <sip:more{n}@192.0.2.17>\r\n")).collect();
    let answers: Vec<(&str, &str)> = rows.iter().map(|r| ("302 On", &**r)).collect();
    assert_eq!(play(&mut net, &answers).len(), REDIRECTS_MAX);
    assert_eq!(failed(&net), Some(Outcome::Status(StatusCode::MOVED_TEMPORARILY)));
    net.rest();
}

#[test]
fn a_contact_may_not_put_header_fields_or_another_scheme_into_our_request() {
    let rows = "Contact: <sip:bad@192.0.2.18?Route=%3Csip:evil.test%3E>, <tel:+1555>, <mailto:x@y.test>\r\n";
    let mut net = Net::new();
    let invites = play(&mut net, &[("302 On", rows), ("404 No", "")]);
    assert_eq!(uris(&invites)[1..], ["sip:bad@192.0.2.18"]);
    assert!(!invites[1].text.contains("evil") && invites[1].header("Route").is_empty());
    assert_eq!(net.events[ALICE].iter().filter(|e| matches!(e, Event::Redirected { .. })).count(), 1);
}

#[test]
fn a_redirected_call_still_goes_over_the_proxy_and_takes_no_credentials_along() {
    let mut net = Net::with(|s| {
        with_password(s);
        s.proxy = Some("sip:192.0.2.18".to_owned());
    });
    let asks = challenge("WWW-Authenticate", "r", "n1", "");
    let moved = "Contact: <sip:mallory@192.0.2.19>\r\n";
    let invites = play(&mut net, &[("401 Who", &asks), ("302 On", moved), ("486 Busy", "")]);
    assert_eq!(uris(&invites)[2], "sip:mallory@192.0.2.19");
    assert_eq!((invites[2].to, invites[2].header("Route")), (address(8), "<sip:192.0.2.18;lr>"));
    assert!(!invites[1].header("Authorization").is_empty() && invites[2].header("Authorization").is_empty());
}

#[test]
fn early_media_of_a_target_that_redirects_are_forgotten() {
    let mut net = Net::new();
    net.call(RAW);
    let invite = net.only(ALICE, "INVITE");
    net.inject(RAW, ALICE, &reply(&invite, "183 Hear", "r1", "", SDP));
    net.inject(RAW, ALICE, &reply(&invite, "302 On", "r1", "Contact: <sip:x@192.0.2.17>\r\n", ""));
    let again = net.sent(ALICE, "INVITE").pop().unwrap();
    net.inject(RAW, ALICE, &reply(&again, "200 OK", "r1", "", ""));
    assert!(matches!(net.events[ALICE].last(), Some(Event::Ended { ending: Ending::BadAnswer(_), .. })));
}

#[test]
fn a_6xx_ends_the_search_among_contacts() {
    let rows = "Contact: <sip:a@192.0.2.17>, <sip:b@192.0.2.17>\r\n";
    for code in [600, 603, 604, 606] {
        let mut net = Net::new();
        assert_eq!(play(&mut net, &[("302 On", rows), (&format!("{code} X"), "")]).len(), 2);
        assert_eq!(failed(&net), StatusCode::new(code).map(Outcome::Status));
    }
    let invites = play(&mut Net::new(), &[("302 On", rows), ("404 Not Found", ""), ("404 Not Found", "")]);
    assert_eq!(invites.len(), 3, "what only this phone says does not end it");
}

#[test]
fn a_redirect_of_ours_names_where_to_go_and_the_caller_goes_there() {
    let mut net = Net::new();
    net.call(BOB);
    net.run_millis(20);
    net.reject(TAKEN, StatusCode::MOVED_TEMPORARILY, Some("sip:carol@192.0.2.17".to_owned()));
    net.run_millis(20);
    assert_eq!(net.only(BOB, "SIP/2.0 302").header("Contact"), "<sip:carol@192.0.2.17>");
    assert_eq!(uris(&net.sent(ALICE, "INVITE"))[1..], ["sip:carol@192.0.2.17"]);
}

fn with_password(settings: &mut AgentSettings) {
    settings.password = Some(Secret::new(*b"secret"));
}

fn challenge(header: &str, realm: &str, nonce: &str, more: &str) -> String {
    format!(
        "{header}: Digest realm=\"{realm}\", nonce=\"{nonce}\", qop=\"auth\", algorithm=SHA-256{more}\r\n"
    )
}

#[test]
fn a_challenged_call_is_made_again_with_credentials_and_the_ack_carries_them() {
    for (status, header, credentials) in [
        ("401 Who", "WWW-Authenticate", "Authorization"),
        ("407 Who", "Proxy-Authenticate", "Proxy-Authorization"),
    ] {
        let mut net = Net::with(with_password);
        let invites = play(&mut net, &[(status, &challenge(header, "r", "n1", "")), ("200 OK", "")]);
        assert_eq!(invites.len(), 2);
        assert_eq!((invites[0].header(credentials), invites[1].header("CSeq")), ("", "2 INVITE"));
        assert!(invites[1].header(credentials).contains("uri=\"sip:bob@192.0.2.17:5060\""));
        for name in ["Call-ID", "From", "To"] {
            assert_eq!(invites[1].header(name), invites[0].header(name));
        }
        let acks = net.sent(ALICE, "ACK");
        assert_eq!((acks[0].header("CSeq"), acks[0].header("Via")), ("1 ACK", invites[0].header("Via")));
        assert_eq!(
            (acks[1].header("CSeq"), acks[1].header(credentials)),
            ("2 ACK", invites[1].header(credentials))
        );
        assert_eq!(net.agents[ALICE].calls(), 1);
    }
}

#[test]
fn realms_on_the_way_add_up_and_a_second_no_of_one_realm_is_final() {
    let mut net = Net::with(with_password);
    let [first, second] =
        [challenge("Proxy-Authenticate", "p", "n1", ""), challenge("WWW-Authenticate", "r", "n2", "")];
    let invites = play(&mut net, &[("407 P", &first), ("401 R", &second), ("200 OK", "")]);
    assert!(invites[2].header("Proxy-Authorization").contains("realm=\"p\""));
    assert!(invites[2].header("Authorization").contains("realm=\"r\""));
    assert_eq!(net.agents[ALICE].calls(), 1);

    let mut net = Net::with(with_password);
    let again = challenge("Proxy-Authenticate", "p", "n2", "");
    assert_eq!(play(&mut net, &[("407 P", &first), ("407 P", &again)]).len(), 2);
    assert_eq!(failed(&net), Some(Outcome::Status(StatusCode::PROXY_AUTHENTICATION_REQUIRED)));

    let mut net = Net::with(with_password);
    let stale = challenge("Proxy-Authenticate", "p", "n2", ", stale=true");
    let invites = play(&mut net, &[("407 P", &first), ("407 P", &stale), ("200 OK", "")]);
    assert!(invites[2].header("Proxy-Authorization").contains("nonce=\"n2\""));
}

#[test]
fn without_a_password_a_challenge_is_the_end() {
    let mut net = Net::new();
    assert_eq!(play(&mut net, &[("401 Who", &challenge("WWW-Authenticate", "r", "n", ""))]).len(), 1);
    assert_eq!(failed(&net), Some(Outcome::Status(StatusCode::UNAUTHORIZED)));
}

#[test]
fn refusals_that_only_another_request_could_mend_are_told_as_they_are() {
    for code in
        [400, 403, 404, 413, 415, 420, 421, 480, 484, 485, 488, 493, 500, 501, 502, 503, 505, 513, 606]
    {
        let mut net = Net::new();
        // Whom an ambiguous name means is for the caller to say.
        let contacts = "Contact: <sip:a@192.0.2.17>, <sip:b@192.0.2.17>\r\n";
        assert_eq!(play(&mut net, &[(&format!("{code} X"), contacts)]).len(), 1, "{code}");
        assert_eq!(failed(&net), StatusCode::new(code).map(Outcome::Status));
        let ack = net.only(ALICE, "ACK");
        assert_eq!(ack.header("Via"), net.only(ALICE, "INVITE").header("Via"));
        net.rest();
    }
}
