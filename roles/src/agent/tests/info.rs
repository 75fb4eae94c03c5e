//! INFO: packages, and digits of phones that know no packages (RFC 6086).

use super::net::*;
use super::raw::*;
use crate::agent::{Command, Event, Outcome, RequestId};
use ringback_sip::registry::StatusCode;

const ASKED: RequestId = RequestId(9);
const RELAY: &str = "Content-Type: application/dtmf-relay\r\n";

/// Alice and bob talk; bob takes the packages foo and bar.
fn talking() -> Net {
    let mut net = Net::with(|s| {
        if s.aor.contains("bob") {
            s.info_packages = vec!["foo".to_owned(), "bar".to_owned()];
        }
    });
    net.call(BOB);
    net.run_millis(50);
    net.answer(TAKEN);
    net.run_millis(50);
    net
}

fn send(net: &mut Net, agent: usize, package: &str) {
    let call = if agent == ALICE { CALL } else { TAKEN };
    let body = Some(("text/plain", "hallo".to_owned()));
    net.order(agent, Command::Info { request: ASKED, call, package: package.to_owned(), body });
    net.run_millis(50);
}

fn outcome(net: &Net, agent: usize) -> Option<Outcome> {
    net.events[agent].iter().rev().find_map(|e| match e {
        Event::Answered { request: ASKED, outcome, .. } => Some(*outcome),
        _ => None,
    })
}

#[test]
fn both_sides_say_which_packages_they_take_and_an_info_of_one_is_taken() {
    let mut net = talking();
    assert!(
        net.only(ALICE, "INVITE").text.contains("\r\nRecv-Info: \r\n"),
        "none, but the header field is known"
    );
    assert_eq!(net.only(BOB, "SIP/2.0 200").header("Recv-Info"), "foo, bar");
    assert!(net.only(ALICE, "INVITE").header("Allow").contains("INFO"));
    send(&mut net, ALICE, "bar");
    let info = net.only(ALICE, "INFO");
    assert_eq!((info.header("Info-Package"), info.header("Content-Disposition")), ("bar", "Info-Package"));
    assert_eq!((info.header("Recv-Info"), info.header("Contact")), ("", ""));
    assert_eq!(outcome(&net, ALICE), Some(Outcome::Status(StatusCode::OK)));
    let Some(Event::Info { call: TAKEN, package, body, .. }) = net.events[BOB].last() else {
        panic!("{:?}", net.events[BOB])
    };
    assert_eq!((package.to_string().as_str(), &body[..]), ("bar", &b"hallo"[..]));
}

#[test]
fn nothing_is_sent_of_a_package_that_the_peer_does_not_take() {
    let mut net = talking();
    send(&mut net, ALICE, "Foo");
    assert_eq!(outcome(&net, ALICE), Some(Outcome::Package), "the name is case-sensitive");
    send(&mut net, BOB, "foo");
    assert_eq!(outcome(&net, BOB), Some(Outcome::Package), "alice takes none");
    assert!(net.sent(ALICE, "INFO").is_empty() && net.sent(BOB, "INFO").is_empty());
}

#[test]
fn an_info_of_another_package_is_469_with_those_that_we_take_and_the_call_stays() {
    let mut net = Net::with(|s| s.info_packages = vec!["foo".to_owned()]);
    let mut raw = Caller::established(&mut net);
    for (cseq, package, code) in [(2, "baz", "469"), (3, "foo;x=1", "200"), (4, "FOO", "469")] {
        let rows = format!("Info-Package: {package}\r\nContent-Type: text/plain\r\n");
        let answer = raw.send(&mut net, "INFO", cseq, &rows, "x").remove(0);
        assert!(answer.is(&format!("SIP/2.0 {code}")), "{package}: {}", answer.text);
        let wanted = if code == "469" { "foo" } else { "" };
        assert_eq!(answer.header("Recv-Info"), wanted);
    }
    assert_eq!(net.events[BOB].len(), 1);
    assert_eq!(net.agents[BOB].calls(), 1);
    let mut net = Net::new();
    let mut raw = Caller::established(&mut net);
    let answer = raw.send(&mut net, "INFO", 2, "Info-Package: foo\r\n", "").remove(0);
    assert!(answer.is("SIP/2.0 469") && answer.text.contains("\r\nRecv-Info: \r\n"), "{}", answer.text);
}

#[test]
fn the_packages_of_a_peer_can_change_and_a_refused_change_does_not() {
    let mut net = Net::new();
    let mut raw = Caller::established(&mut net);
    send(&mut net, BOB, "foo");
    assert_eq!(outcome(&net, BOB), Some(Outcome::Package));
    let answer = raw.send(&mut net, "UPDATE", 2, "Recv-Info: foo;p=1\r\nRecv-Info: bar\r\n", "").remove(0);
    assert!(
        answer.text.contains("\r\nRecv-Info: \r\n"),
        "who speaks of packages is told ours: {}",
        answer.text
    );
    send(&mut net, BOB, "foo");
    assert_eq!(net.sent(BOB, "INFO")[0].header("Info-Package"), "foo");
    let video = SDP.replace("m=audio", "m=video");
    let refusal = raw.send(&mut net, "UPDATE", 3, "Recv-Info: \r\n", &video).remove(0);
    assert!(refusal.is("SIP/2.0 488") && refusal.header("Recv-Info").is_empty());
    net.log.clear();
    send(&mut net, BOB, "bar");
    assert_eq!(net.sent(BOB, "INFO").len(), 1, "the set of before holds");
    raw.send(&mut net, "UPDATE", 4, "Recv-Info: \r\n", "");
    net.log.clear();
    send(&mut net, BOB, "bar");
    assert!(net.sent(BOB, "INFO").is_empty());
}

#[test]
fn who_does_not_speak_of_packages_is_not_told_ours() {
    let mut net = Net::with(|s| s.info_packages = vec!["foo".to_owned()]);
    Caller::answered(&mut net, SDP);
    assert!(!net.log.last().unwrap().text.contains("Recv-Info"));
}

#[test]
fn digits_of_a_phone_without_packages_are_taken_and_other_bodies_are_415() {
    let mut net = Net::new();
    let mut raw = Caller::established(&mut net);
    let mut cseq = 1;
    for (rows, body, code) in [
        (RELAY, "Signal=5\r\nDuration=160\r\n", "200"),
        (RELAY, "signal= *\nduration= 100", "200"),
        (RELAY, "Signal=11\r\n", "200"),
        ("Content-Type: application/dtmf\r\n", "d", "200"),
        (RELAY, "Signal=x\r\n", "400"),
        (RELAY, "Duration=160\r\n", "400"),
        ("Content-Type: application/media_control+xml\r\n", "<x/>", "415"),
        ("", "", "200"),
    ] {
        cseq += 1;
        let answer = raw.send(&mut net, "INFO", cseq, rows, body).remove(0);
        assert!(answer.is(&format!("SIP/2.0 {code}")), "{body}: {}", answer.text);
        if code == "415" {
            assert_eq!(answer.header("Accept"), "application/dtmf-relay, application/dtmf");
        }
    }
    let digits = net.events[BOB].iter().filter_map(|e| match e {
        Event::Digit { call: TAKEN, digit } => Some(*digit),
        _ => None,
    });
    assert_eq!(digits.collect::<String>(), "5*#D");
    assert_eq!(net.events[BOB].len(), 4);
}

#[test]
fn an_info_outside_a_dialog_is_481_and_one_out_of_order_is_500() {
    let mut net = Net::new();
    let mut raw = Caller::new("c9");
    assert!(raw.send(&mut net, "INFO", 1, RELAY, "Signal=5\r\n")[0].is("SIP/2.0 481"));
    let mut raw = Caller::established(&mut net);
    assert!(raw.send(&mut net, "INFO", 9, RELAY, "Signal=5\r\n")[0].is("SIP/2.0 200"));
    assert!(raw.send(&mut net, "INFO", 8, RELAY, "Signal=6\r\n")[0].is("SIP/2.0 500"));
}

#[test]
fn digits_go_one_after_the_other_and_stop_at_a_refusal_that_leaves_the_call() {
    let mut net = talking();
    net.log.clear();
    net.order(ALICE, Command::Digits { request: ASKED, call: CALL, digits: "12#".to_owned() });
    net.run_millis(200);
    assert_eq!(net.lines(), ["0 INFO s", "1 200 OK", "0 INFO s", "1 200 OK", "0 INFO s", "1 200 OK"]);
    let heard = net.events[BOB].iter().filter_map(|e| match e {
        Event::Digit { digit, .. } => Some(*digit),
        _ => None,
    });
    assert_eq!(heard.collect::<String>(), "12#");
    assert_eq!(outcome(&net, ALICE), Some(Outcome::Status(StatusCode::OK)));
    for code in [481, 500] {
        let mut net = Net::new();
        net.call(RAW);
        let invite = net.only(ALICE, "INVITE");
        net.inject(RAW, ALICE, &reply(&invite, "200 OK", "r1", "", SDP));
        net.order(ALICE, Command::Digits { request: ASKED, call: CALL, digits: "12".to_owned() });
        let info = net.only(ALICE, "INFO");
        assert_eq!(info.header("Content-Type"), "application/dtmf-relay");
        assert!(
            info.text.ends_with("Signal=1\r\nDuration=160\r\n") && info.header("Info-Package").is_empty()
        );
        net.inject(RAW, ALICE, &reply(&info, &format!("{code} No"), "r1", "", ""));
        assert_eq!((net.sent(ALICE, "INFO").len(), net.agents[ALICE].calls()), (1, 1));
        assert_eq!(outcome(&net, ALICE), Some(Outcome::Status(StatusCode::new(code).unwrap())));
    }
}
