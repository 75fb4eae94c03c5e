//! Requests that are refused before anybody rings (RFC 3261 §8.2), each beside one that differs only in the reason.

use super::net::*;
use super::raw::*;
use crate::agent::{Command, Event};
use ringback_sip::flow::Transport;
use ringback_sip::registry::StatusCode;

/// A request from a raw peer to bob. Rows of `more` take the place of those with the same name.
fn request(method: &str, more: &str) -> String {
    let branch = more.len() + method.len() * 1000;
    let has = |name: &str| more.lines().any(|l| l.starts_with(name));
    let mut text = format!(
        "{method} sip:bob@192.0.2.11 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bK{branch}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:raw@192.0.2.17>;tag=raw\r\nCall-ID: c{branch}\r\nCSeq: 1 {method}\r\n"
    );
    for row in ["To: <sip:bob@192.0.2.11>", "Contact: <sip:raw@192.0.2.17:5060>"] {
        if !has(row.split(':').next().unwrap()) {
            text += &format!("{row}\r\n");
        }
    }
    text + more + "\r\n"
}

/// What bob answers.
fn answer_to(net: &mut Net, text: &str) -> Packet {
    let before = net.log.len();
    net.inject(RAW, BOB, text);
    assert_eq!(net.log.len(), before + 1, "one answer to {text}");
    net.log[before].clone()
}

#[test]
fn a_method_that_we_know_and_do_not_serve_is_405_with_allow_and_an_unknown_one_501() {
    let mut net = Net::new();
    let allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, PRACK, UPDATE, INFO, REFER, SUBSCRIBE, NOTIFY";
    for (method, first) in [("PUBLISH", "SIP/2.0 405"), ("REGISTER", "SIP/2.0 405"), ("JUMP", "SIP/2.0 501")]
    {
        let answer = answer_to(&mut net, &request(method, ""));
        assert!(answer.is(first), "{}", answer.text);
        assert_eq!(answer.header("Allow"), allow);
        assert!(answer.header("To").contains(";tag="));
    }
    let served = answer_to(&mut net, &request("OPTIONS", ""));
    assert_eq!((served.first_line(), served.header("Allow")), ("SIP/2.0 200 OK", allow));
    assert!(net.events[BOB].is_empty());
}

#[test]
fn on_a_stream_a_request_without_length_is_411_and_one_beyond_its_limit_513() {
    for (transport, rows, line) in [
        (Transport::Tcp, "", "SIP/2.0 411 Missing Content-Length"),
        (Transport::Tcp, "Content-Length: 0\r\n", "SIP/2.0 200 OK"),
        (Transport::Tcp, "Content-Length: 2000000\r\n", "SIP/2.0 513 Message Too Large"),
        (Transport::Udp, "", "SIP/2.0 200 OK"),
    ] {
        let mut net = Net::seeded(1, transport, |_| {});
        assert_eq!(answer_to(&mut net, &request("OPTIONS", rows)).first_line(), line);
    }
}

#[test]
fn requests_outside_any_call_are_481_and_a_stray_ack_is_silence() {
    let mut net = Net::new();
    let tagged = "To: <sip:bob@192.0.2.11>;tag=nobody\r\n";
    for method in ["BYE", "INVITE", "OPTIONS", "MESSAGE"] {
        let answer = answer_to(&mut net, &request(method, tagged));
        assert!(answer.is("SIP/2.0 481"), "{}", answer.text);
    }
    assert!(answer_to(&mut net, &request("CANCEL", "")).is("SIP/2.0 481"));
    assert!(answer_to(&mut net, &request("BYE", "")).is("SIP/2.0 481"), "a BYE needs a dialog");
    let before = net.log.len();
    net.inject(RAW, BOB, &request("ACK", tagged));
    assert_eq!(net.log.len(), before);
    assert!(net.events[BOB].is_empty());
}

#[test]
fn while_we_take_no_calls_invite_and_options_get_the_same_answer() {
    let mut net = Net::new();
    net.order(BOB, Command::Unavailable(Some(StatusCode::TEMPORARILY_UNAVAILABLE)));
    assert!(answer_to(&mut net, &request("INVITE", "")).is("SIP/2.0 480"));
    assert!(answer_to(&mut net, &request("OPTIONS", "")).is("SIP/2.0 480"));
    net.order(BOB, Command::Unavailable(None));
    assert!(answer_to(&mut net, &request("OPTIONS", "Subject: x\r\n")).is("SIP/2.0 200"));
    net.inject(RAW, BOB, &request("INVITE", "Subject: x\r\n"));
    assert!(matches!(&net.events[BOB][..], [Event::Incoming { .. }]));
    let at = net.now;
    net.run_millis(250);
    let trying = net.only(BOB, "SIP/2.0 100");
    assert_eq!(trying.at - at, core::time::Duration::from_millis(200), "the user has not said anything yet");
}

#[test]
fn the_same_request_on_another_way_is_482_and_a_copy_is_not() {
    let mut net = Net::new();
    let mut raw = Caller::new("c1");
    let invite = raw.request("INVITE", 1, "", SDP);
    net.inject(RAW, BOB, &invite);
    let other_way = raw.request("INVITE", 1, "", SDP);
    assert!(answer_to(&mut net, &other_way).is("SIP/2.0 482"));
    net.run_millis(250);
    let before = net.log.len();
    net.inject(RAW, BOB, &invite);
    assert!(net.log[before].is("SIP/2.0 100"), "a copy gets what was said last");
    let incoming = |net: &Net| net.events[BOB].iter().filter(|e| matches!(e, Event::Incoming { .. })).count();
    assert_eq!(incoming(&net), 1);
    // The next request of the same caller, as after a challenge, is another one.
    let mut net = Net::with(|s| s.calls_max = 2);
    let mut raw = Caller::new("c1");
    raw.send(&mut net, "INVITE", 1, "", SDP);
    raw.send(&mut net, "INVITE", 2, "", SDP);
    assert_eq!(incoming(&net), 2);
}

#[test]
fn an_offer_among_other_parts_is_read_and_a_part_that_must_be_understood_is_415() {
    let answer = |second: &str| {
        let mut net = Net::with(|s| s.calls_max = 9);
        let rows = "Content-Type: multipart/mixed;boundary=\"x\"\r\n";
        let body = format!(
            "--x\r\nContent-Type: application/sdp\r\n\r\n{SDP}\r\n--x\r\nContent-Type: application/isup\r\n{second}\r\n\r\n\u{1}\r\n--x--\r\n"
        );
        let mut answers = Caller::new("c1").send(&mut net, "INVITE", 1, rows, &body);
        if answers.is_empty() {
            net.answer(TAKEN);
            answers = net.sent(BOB, "SIP/2.0 200");
        }
        answers.remove(0)
    };
    let taken = answer("Content-Disposition: signal;handling=optional");
    assert!(taken.is("SIP/2.0 200") && taken.text.contains("\r\n\r\nv=0"), "{}", taken.text);
    let offered = answer("X: y;handling=optional");
    assert_eq!((offered.is("SIP/2.0 415"), offered.header("Accept")), (true, "application/sdp"));
}

#[test]
fn what_we_cannot_read_is_415_with_what_we_can_unless_it_is_optional() {
    let mut net = Net::with(|s| s.calls_max = 9);
    let send =
        |net: &mut Net, id, method: &str, rows: &str| Caller::new(id).send(net, method, 1, rows, "hello");
    let answer = send(&mut net, "c1", "INVITE", "Content-Type: text/html\r\n");
    assert!(answer[0].is("SIP/2.0 415"), "{}", answer[0].text);
    assert_eq!(answer[0].header("Accept"), "application/sdp");
    let answer = send(&mut net, "c2", "MESSAGE", "Content-Type: text/html\r\n");
    assert_eq!((answer[0].header("Accept"), answer[0].is("SIP/2.0 415")), ("text/plain", true));
    let answer = send(&mut net, "c3", "MESSAGE", "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n");
    assert_eq!((answer[0].header("Accept-Encoding"), answer[0].is("SIP/2.0 415")), ("identity", true));
    assert!(net.events[BOB].is_empty());
    let rows = "Content-Type: text/html\r\nContent-Disposition: render;handling=optional\r\n";
    assert!(send(&mut net, "c4", "MESSAGE", rows)[0].is("SIP/2.0 200"));
    assert!(net.events[BOB].is_empty(), "what need not be read is not shown");
    assert!(send(&mut net, "c5", "INVITE", rows).is_empty());
    assert!(matches!(net.events[BOB].last(), Some(Event::Incoming { .. })));
    assert!(
        send(&mut net, "c6", "MESSAGE", "Content-Type: text/plain;charset=utf-8\r\n")[0].is("SIP/2.0 200")
    );
    assert!(matches!(net.events[BOB].last(), Some(Event::Text { body, .. }) if &body[..] == b"hello"));
}

#[test]
fn a_session_for_a_purpose_that_we_do_not_know_is_415_unless_it_is_optional() {
    let mut net = Net::with(|s| s.calls_max = 9);
    let mut send = |id, method: &str, kind: &str, disposition: &str, body: &str| {
        let rows = format!("Content-Type: {kind}\r\nContent-Disposition: {disposition}\r\n");
        let mut answers = Caller::new(id).send(&mut net, method, 1, &rows, body);
        if answers.is_empty() {
            let call = net.events[BOB].iter().rev().find_map(|event| match event {
                Event::Incoming { call, .. } => Some(*call),
                _ => None,
            });
            net.answer(call.unwrap());
            answers.push(net.log.last().unwrap().clone());
        }
        answers.remove(0)
    };
    let sdp = "application/sdp";
    for (id, disposition) in [("c1", "aliens"), ("c2", "aliens;handling=required"), ("c3", "render")] {
        let answer = send(id, "INVITE", sdp, disposition, SDP);
        let kind = disposition.split(';').next().unwrap();
        assert_eq!(
            answer.first_line(),
            format!("SIP/2.0 415 Unsupported Content-Disposition {kind}"),
            "{disposition}"
        );
        assert_eq!((answer.header("Accept"), answer.header("Accept-Encoding")), (sdp, ""));
    }
    for (id, disposition) in [("c4", "session"), ("c5", "session;handling=required")] {
        let answer = send(id, "INVITE", sdp, disposition, SDP);
        assert!(answer.is("SIP/2.0 200") && answer.text.contains("m=audio"), "{}", answer.text);
        assert_eq!(answer.text.matches("a=rtpmap").count(), 1, "an answer to the offer: {}", answer.text);
    }
    // What is left unread is no offer: ours, with all that we have, goes out.
    let answer = send("c6", "INVITE", sdp, "aliens;handling=optional", SDP);
    assert!(answer.text.matches("a=rtpmap").count() > 1, "{}", answer.text);
    let answer = send("c7", "MESSAGE", "text/plain", "aliens;handling=required", "hello");
    assert_eq!((answer.is("SIP/2.0 415"), answer.header("Accept")), (true, "text/plain"));
    assert!(send("c8", "MESSAGE", "text/plain", "aliens;handling=optional", "hello").is("SIP/2.0 200"));
    assert!(!net.events[BOB].iter().any(|event| matches!(event, Event::Text { .. })));
}

#[test]
fn a_body_beyond_what_we_read_is_413() {
    let long = "x".repeat(65_537);
    let rows = "Content-Type: text/plain\r\n";
    let mut net = Net::seeded(1, ringback_sip::flow::Transport::Tcp, |_| {});
    let answer = Caller::new("c1").send(&mut net, "MESSAGE", 1, rows, &long);
    assert!(answer[0].is("SIP/2.0 413"), "{}", answer[0].text);
    assert!(Caller::new("c2").send(&mut net, "MESSAGE", 1, rows, &long[1..])[0].is("SIP/2.0 200"));
}

#[test]
fn required_extensions_are_refused_by_name_but_not_in_cancel() {
    let mut net = Net::new();
    let answer = answer_to(&mut net, &request("INVITE", "Require: 100rel, foo\r\nRequire: bar\r\n"));
    assert!(answer.is("SIP/2.0 420"), "{}", answer.text);
    assert_eq!(answer.header("Unsupported"), "foo, bar");
    assert!(net.events[BOB].is_empty());
    let mut raw = Caller::new("c1");
    assert!(
        raw.send(&mut net, "INVITE", 1, "Supported: 100rel\r\n", SDP).is_empty(),
        "what is offered may be left"
    );
    net.inject(RAW, BOB, &raw.on_branch(1, "CANCEL", 1, "Require: foo\r\n", ""));
    assert!(net.sent(BOB, "SIP/2.0 200").iter().any(|p| p.header("CSeq") == "1 CANCEL"));
}

#[test]
fn targets_that_are_not_ours_are_416_404_414_or_400() {
    let cases = [
        ("tel:+1555", "416"),
        ("sip:carol@192.0.2.11", "404"),
        ("sip:bob@192.0.2.11?Subject=x", "400"),
        ("sip:bob@192.0.2.11", "200"),
        ("sips:bob@192.0.2.11", "200"),
        ("sip:%62ob@other.test", "200"),
        ("sip:192.0.2.11", "200"),
    ];
    let mut net = Net::new();
    for (number, (uri, code)) in cases.iter().enumerate() {
        let text = request("OPTIONS", &format!("Subject: {}\r\n", "x".repeat(number)));
        let answer = answer_to(&mut net, &text.replacen("sip:bob@192.0.2.11", uri, 1));
        assert_eq!(&answer.first_line()[8..11], *code, "{uri}");
    }
    let long = format!("sip:bob@192.0.2.11;x={}", "y".repeat(2048));
    let text = request("OPTIONS", "").replacen("sip:bob@192.0.2.11", &long, 1);
    assert!(answer_to(&mut net, &text).is("SIP/2.0 414"));
}

#[test]
fn broken_requests_are_told_what_to_repair_and_another_version_is_505() {
    let mut net = Net::new();
    let broken = [
        (request("OPTIONS", "").replace("CSeq: 1 OPTIONS", "CSeq: 1 INVITE"), "400"),
        (request("OPTIONS", "A: 1\r\n").replace("Call-ID: ", "X-Call-ID: "), "400"),
        (request("OPTIONS", "A: 12\r\n").replacen("SIP/2.0", "SIP/3.0", 1), "505"),
    ];
    for (text, code) in broken {
        let answer = answer_to(&mut net, &text);
        assert_eq!(&answer.first_line()[8..11], code, "{text}");
    }
    let first = net.log[1].first_line();
    assert_eq!(first, "SIP/2.0 400 Missing Call-ID");
    assert!(Caller::new("c1").send(&mut net, "INVITE", 1, "Contact: <tel:+1>\r\n", SDP)[0].is("SIP/2.0 400"));
    let before = net.log.len();
    net.inject(RAW, BOB, &request("ACK", "").replace("Call-ID: ", "X-Call-ID: "));
    assert_eq!(net.log.len(), before, "an ACK is never answered");
}

#[test]
fn who_accepts_no_session_descriptions_gets_406() {
    let mut net = Net::new();
    let answer = Caller::new("c1").send(&mut net, "INVITE", 1, "Accept: text/html\r\n", SDP);
    assert!(answer[0].is("SIP/2.0 406"), "{}", answer[0].text);
    for (id, accept) in [("c2", "application/sdp;level=1"), ("c3", "*/*"), ("c4", "text/html, application/*")]
    {
        let mut net = Net::new();
        assert!(
            Caller::new(id).send(&mut net, "INVITE", 1, &format!("Accept: {accept}\r\n"), SDP).is_empty()
        );
    }
}

#[test]
fn one_call_too_many_is_486_and_options_says_the_same() {
    let mut net = Net::new();
    let mut raw = Caller::established(&mut net);
    let answer = Caller::new("c2").send(&mut net, "INVITE", 1, "", SDP);
    assert!(answer[0].is("SIP/2.0 486"));
    assert!(Caller::new("c3").send(&mut net, "OPTIONS", 1, "", "")[0].is("SIP/2.0 486"));
    assert!(
        raw.send(&mut net, "OPTIONS", 2, "", "")[0].is("SIP/2.0 200"),
        "inside the call it is only a question"
    );
    raw.send(&mut net, "BYE", 3, "", "");
    assert!(Caller::new("c4").send(&mut net, "OPTIONS", 1, "", "")[0].is("SIP/2.0 200"));
}

#[test]
fn options_and_message_need_no_contact_and_every_answer_has_a_tag() {
    let mut net = Net::new();
    let text = request("OPTIONS", "").replace("Contact: <sip:raw@192.0.2.17:5060>\r\n", "");
    let answer = answer_to(&mut net, &text);
    assert!(answer.is("SIP/2.0 200") && answer.header("To").contains(";tag="));
    for name in ["Allow", "Accept", "Accept-Encoding", "Accept-Language"] {
        assert!(!answer.header(name).is_empty(), "{name}");
    }
    for name in ["Via", "From", "Call-ID", "CSeq"] {
        assert_eq!(answer.header(name), header(&text, name));
    }
}
