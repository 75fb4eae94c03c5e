//! Faults of who is there: registrations, names, passwords, rules.

use crate::Fault;
use crate::street::{SERVER, Street, phone};
use crate::town::request;
use ringback_roles::location::Aor;
use ringback_roles::routing::plan::{
    Action, Conditions, Plan, Reject, Rewrite, Rule, Standing, UserPattern, UserState,
};
use ringback_roles::server::Command;
use ringback_sim::{Answer, House, Mapping, Nat, Request, Trouble};
use ringback_sip::flow::Transport;
use ringback_sip::registry::StatusCode;
use ringback_sip::time::Duration;
use std::sync::Arc;

pub(crate) const FAULTS: &[Fault] = &[
    ("the user never had a phone", "never-registered", "D16", || {
        Street::new().and("alice", Transport::Udp, Answer::silent()).calls(40)
    }),
    ("the phone unregistered before the call", "unregistered", "D16-removed", || {
        let mut street = Street::bob(Answer::ringing());
        let away = street.town.register(phone(1), "bob").with("Expires", "0");
        crate::town::order(&mut street.town.net, phone(1), Duration::ZERO, away);
        street.then(1).calls(40)
    }),
    ("another phone of the user unregistered all of them", "unregistered", "D16-removed", || {
        let mut street = Street::bob(Answer::ringing()).and("bob", Transport::Udp, Answer::ringing());
        let mut all = street.town.register(phone(2), "bob").with("Expires", "0");
        all.headers[0].1 = "*".to_owned();
        crate::town::order(&mut street.town.net, phone(2), Duration::ZERO, all);
        street.then(1).calls(40)
    }),
    ("the registration ran out", "expired", "D16-expired", || {
        Street::bob(Answer::ringing()).then(4000).calls(40)
    }),
    ("the phone's connection ended before the call", "flow-gone", "D16-closed", || {
        outbound(Answer::ringing()).trouble(Duration::ZERO, Trouble::BreakStreams(SERVER)).then(5).calls(40)
    }),
    ("the phone's process died, and its connection with it", "flow-gone", "D16-closed", || {
        outbound(Answer::ringing()).trouble(Duration::ZERO, Trouble::Crash(phone(1))).then(5).calls(40)
    }),
    ("the phone's connection breaks before it rings", "flow-gone", "", || {
        outbound(Answer::silent()).trouble(Duration::from_secs(5), Trouble::Crash(phone(1))).calls(60)
    }),
    ("the router forgot the way to a phone behind it", "timer", "D17", || {
        let mut street = Street::new();
        let home = Nat::new("203.0.113.7".parse().unwrap(), Mapping::Restricted, Duration::from_secs(30));
        let home = street.town.net.add_nat(home);
        let bob = street.town.phone("bob", Transport::Udp, Answer::ringing(), Some(home));
        let register = street.town.register(bob, "bob");
        crate::town::order(&mut street.town.net, bob, Duration::ZERO, register);
        street.then(200).calls(60)
    }),
    ("nobody has that name", "unknown-user", "D22", || {
        Street::new().asks(40, to("INVITE", "sip:zoe@example.test"))
    }),
    ("a stranger wants to go through", "relay", "D15", || {
        let request = Request { from: "sip:eve@else.test".to_owned(), ..to("INVITE", "sip:x@other.test") };
        Street::new().asks(40, request)
    }),
    ("a rule of the dial plan forbids it", "rule", "D15", || {
        let plan = Plan { rules: vec![closed(StatusCode::FORBIDDEN)], ..Plan::default() };
        Street::with(|settings| settings.plan = Arc::new(plan)).calls(40)
    }),
    ("a rule of the dial plan says that the number is assigned to nobody", "rule", "D22", || {
        let plan = Plan { rules: vec![closed(StatusCode::DOES_NOT_EXIST_ANYWHERE)], ..Plan::default() };
        Street::with(|settings| settings.plan = Arc::new(plan)).calls(40)
    }),
    ("the configuration says that the user is gone", "user-state", "D22-gone", || {
        let aor = Aor::from_canonical(b"bob@example.test");
        let users = [(aor, UserState { line: 1, standing: Standing::Gone })].into();
        let plan = Plan { users, ..Plan::default() };
        Street::with(|settings| settings.plan = Arc::new(plan)).calls(40)
    }),
    ("the server only redirects, and the caller does not follow", "redirect-mode", "", || {
        Street::with(|settings| settings.redirect = true)
            .and("bob", Transport::Udp, Answer::ringing())
            .calls(40)
    }),
    ("the server has too much work", "overload", "D32-overload", || {
        Street::bob(Answer::ringing()).trouble(Duration::ZERO, Trouble::Strain(SERVER, true)).calls(40)
    }),
    ("the server is being stopped", "draining", "D32", || {
        let mut street = Street::bob(Answer::ringing());
        street.town.net.order::<House>(SERVER, Duration::ZERO, Command::Drain);
        street.calls(40)
    }),
    ("a caller does not answer the challenge", "challenge-unanswered", "D13", || {
        silent_at_challenge(Street::locked())
    }),
    ("a phone does not answer the challenge when it registers", "challenge-unanswered", "D13", || {
        let mut street = Street::locked();
        let hand = street.hand(HAND);
        street.write(hand, HAND, &written("REGISTER", "sip:example.test", 1, ""));
        street.then(10)
    }),
    ("the password of a registration is wrong", "wrong-credentials", "D11", || {
        guess_at_once("REGISTER", "sip:example.test")
    }),
    ("the password of a caller is wrong", "wrong-credentials", "D11", || guess_at_once("INVITE", BOB)),
    ("a user calls under the name of another", "not-owner", "D15", || {
        let mut street = Street::locked();
        let phone = street.town.phone("alice", Transport::Udp, Answer::silent(), None);
        let call = Request { from: "sip:bob@example.test".to_owned(), ..request("INVITE") };
        crate::town::order(&mut street.town.net, phone, Duration::ZERO, call);
        street.then(40)
    }),
    ("the credentials come too late", "stale-nonce", "D12", || {
        let mut street = Street::locked();
        let hand = street.hand(HAND);
        let heard = street.write(hand, HAND, &written("INVITE", BOB, 1, ""));
        let proof = guessed(&heard.concat(), "INVITE");
        street.write(hand, HAND, &acknowledged(&heard.concat()));
        street.run(4000);
        street.write(hand, HAND, &written("INVITE", BOB, 2, &proof));
        street.then(1)
    }),
    ("the registration is too short", "interval-too-brief", "D21", || {
        let street = Street::new().and("alice", Transport::Udp, Answer::silent());
        refused_binding(street, "<sip:bob@192.0.2.21>;expires=5")
    }),
    ("a contact that is the user itself", "own-name", "D15", || {
        refused_binding(Street::new(), "<sip:bob@example.test>")
    }),
    ("too many contacts at once", "limit", "D15", || {
        let contacts: Vec<String> = (0..40).map(|n| format!("<sip:bob@192.0.2.{n}>")).collect();
        refused_binding(Street::new(), &contacts.join(", "))
    }),
];

// -----------------------------------------------------------------------------------------------------------------

pub(crate) const BOB: &str = "sip:bob@example.test";
pub(crate) const HAND: &str = "198.51.100.77:5060";

/// A request of alice to somebody.
pub(crate) fn to(method: &str, uri: &str) -> Request {
    Request { uri: uri.to_owned(), to: uri.replace("sips:", "sip:"), ..request(method) }
}

fn closed(status: StatusCode) -> Rule {
    Rule {
        name: "closed".into(),
        line: 1,
        when: Conditions { users: vec![UserPattern::Exact("bob".into())], ..Conditions::default() },
        is_open: false,
        rewrite: Rewrite::default(),
        action: Action::Reject(Reject { status, phrase: None, retry_after_secs: None, warning: None }),
    }
}

/// A phone of bob registers what it may not.
fn refused_binding(street: Street, contact: &str) -> Street {
    street.bind("bob", contact).then(10)
}

/// Somebody answers the challenge with a wrong password.
fn guess_at_once(method: &str, uri: &str) -> Street {
    let mut street = Street::locked();
    let hand = street.hand(HAND);
    let heard = street.write(hand, HAND, &written(method, uri, 1, ""));
    if method == "INVITE" {
        street.write(hand, HAND, &acknowledged(&heard.concat()));
    }
    let proof = guessed(&heard.concat(), method);
    street.write(hand, HAND, &written(method, uri, 2, &proof));
    street.then(10)
}

/// A phone of bob that can be reached over the connection by which it registered, and no other way (RFC 5626).
fn outbound(answer: Answer) -> Street {
    let mut street = Street::new();
    let bob = street.town.phone("bob", Transport::Tcp, answer, None);
    let mut register = street.town.register(bob, "bob").with("Supported", "outbound, path");
    register.headers[0].1 =
        "<sip:bob@198.51.100.1;transport=tcp;ob>;reg-id=1;+sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\"".to_owned();
    crate::town::order(&mut street.town.net, bob, Duration::ZERO, register);
    street.then(1)
}

fn silent_at_challenge(mut street: Street) -> Street {
    let hand = street.hand(HAND);
    let heard = street.write(hand, HAND, &written("INVITE", BOB, 1, ""));
    street.write(hand, HAND, &acknowledged(&heard.concat()));
    street.then(10)
}

/// A request of alice, written by hand.
pub(crate) fn written(method: &str, uri: &str, cseq: u32, rows: &str) -> String {
    let (from, to) = if method == "REGISTER" { (BOB, BOB) } else { ("sip:alice@example.test", uri) };
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {HAND};branch=z9hG4bKhand{cseq};rport\r\nMax-Forwards: 70\r\n\
         From: <{from}>;tag=hand\r\nTo: <{to}>\r\nCall-ID: written-by-hand\r\nCSeq: {cseq} {method}\r\n\
         Contact: <sip:alice@{HAND}>\r\n{rows}Content-Length: 0\r\n\r\n"
    )
}

/// The ACK to the last answer.
fn acknowledged(heard: &str) -> String {
    let row = |name: &str| heard.lines().rfind(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    format!(
        "ACK {BOB} SIP/2.0\r\nVia: SIP/2.0/UDP {HAND};branch=z9hG4bKhand1;rport\r\nMax-Forwards: 70\r\n\
         {}\r\n{}\r\nCall-ID: written-by-hand\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n",
        row("From: "),
        row("To: ")
    )
}

/// An answer to the challenge that was heard.
fn guessed(heard: &str, method: &str) -> String {
    let (field, user) =
        if method == "REGISTER" { ("Authorization", "bob") } else { ("Proxy-Authorization", "alice") };
    let part =
        |name: &str, end: char| heard.split(name).nth(1).unwrap().split(end).next().unwrap().to_owned();
    let (nonce, algorithm) = (part("nonce=\"", '"'), part("algorithm=", ','));
    format!(
        "{field}: Digest username=\"{user}\", realm=\"example.test\", nonce=\"{nonce}\", uri=\"{BOB}\", \
         algorithm={algorithm}, qop=auth, nc=00000001, cnonce=\"c\", response=\"{}\"\r\n",
        "0".repeat(64)
    )
}
