//! The server's part in session timers (RFC 4028 §8).

use super::world::*;
use ringback_sip::dialog::SessionPolicy;
use ringback_sip::flow::Transport;
use ringback_sip::journal::{Cause, Fact};
use ringback_sip::time::Duration;

const CONTACT: &str = "<sip:bob@192.0.2.21>";
const PHONE: &str = "192.0.2.21:5060";
const TIMER: &str = "Supported: timer\r\n";

fn world(expires: Option<u64>, min: u64) -> World {
    let (expires, min) = (expires.map(Duration::from_secs), Duration::from_secs(min));
    let mut world = World::with(|settings| settings.session = Some(SessionPolicy { expires, min }));
    world.register("bob", CONTACT, ALICE, Transport::Udp);
    world
}

/// What arrives at bob's phone of a call with these rows.
fn passed(world: &mut World, rows: &str) -> Sent {
    let sent = world.receive(ALICE, &invite(rows));
    assert_eq!(whats(&sent), ["100", "INVITE"]);
    sent[1].clone()
}

#[test]
fn without_a_policy_the_timers_of_others_pass_untouched() {
    let mut world = World::with_bob(&[CONTACT]);
    let out = passed(&mut world, "Supported: timer\r\nx: 45;refresher=uac;odd\r\n");
    assert_eq!((out.row("x"), out.row("Min-SE")), ("45;refresher=uac;odd".to_owned(), String::new()));
    let back = world.receive(PHONE, &out.response(200, "1", "Contact: <sip:bob@192.0.2.21>\r\n"));
    assert!(back[0].row("Session-Expires").is_empty() && back[0].row("Require").is_empty());
}

#[test]
fn a_call_without_a_timer_gets_one_and_a_longer_one_is_shortened() {
    for (rows, expires) in [
        ("", "1800"),
        ("Session-Expires: 3600;refresher=uas\r\n", "1800;refresher=uas"),
        ("Session-Expires: 600\r\n", "600"),
        ("Session-Expires: 3600\r\nMin-SE: 2400\r\n", "2400"),
    ] {
        let out = passed(&mut world(Some(1800), 90), rows);
        assert_eq!(out.rows("Session-Expires"), [expires]);
        assert!(!out.row("Record-Route").is_empty(), "who asks for refreshes wants to see them");
    }
}

#[test]
fn an_interval_that_is_too_short_is_422_with_the_minimum_and_goes_nowhere() {
    let mut world = world(None, 600);
    let sent = world.receive(ALICE, &invite(&format!("{TIMER}Session-Expires: 599\r\n")));
    assert_eq!(whats(&sent), ["422"]);
    assert_eq!(sent[0].row("Min-SE"), "600");
    let cause = Cause::IntervalTooBrief(Duration::from_secs(600));
    assert!(world.journal.iter().any(|e| matches!(&e.fact, Fact::Answered { cause: c, .. } if *c == cause)));
    let again = invite(&format!("{TIMER}Session-Expires: 600\r\nMin-SE: 600\r\n"));
    let sent =
        world.receive(ALICE, &again.replace("z9hG4bKINVITE", "z9hG4bKagain").replace("1 INVITE", "2 INVITE"));
    assert_eq!(whats(&sent), ["100", "INVITE"]);
}

#[test]
fn a_caller_that_would_not_understand_422_gets_the_minimum_instead() {
    let out = passed(&mut world(None, 600), "Session-Expires: 100\r\n");
    assert_eq!((out.row("Session-Expires"), out.row("Min-SE")), ("600".to_owned(), "600".to_owned()));
}

#[test]
fn the_caller_refreshes_when_the_phone_does_not_know_the_extension() {
    let contact = "Contact: <sip:bob@192.0.2.21>\r\n";
    for (caller, answer, expires, require) in [
        (TIMER, "", "1800;refresher=uac", vec!["timer"]),
        (TIMER, "Require: 100rel\r\n", "1800;refresher=uac", vec!["100rel", "timer"]),
        (TIMER, "Session-Expires: 900;refresher=uas\r\n", "900;refresher=uas", vec![]),
        ("", "", "", vec![]),
    ] {
        let mut world = world(Some(1800), 90);
        let out = passed(&mut world, caller);
        let ringing = world.receive(PHONE, &out.response(180, "1", contact));
        assert!(ringing[0].row("Session-Expires").is_empty());
        let back = world.receive(PHONE, &out.response(200, "1", &format!("{contact}{answer}")));
        assert_eq!(
            (back[0].row("Session-Expires"), back[0].rows("Require")),
            (expires.to_owned(), require.iter().map(|tag| (*tag).to_owned()).collect())
        );
    }
}

#[test]
fn only_invite_and_update_are_about_sessions() {
    let mut world = world(Some(1800), 90);
    let sent = world.receive(ALICE, &request("MESSAGE", BOB, ""));
    assert!(sent[0].row("Session-Expires").is_empty());
    let sent = world.receive(ALICE, &request("UPDATE", BOB, TIMER));
    assert_eq!(sent[0].row("Session-Expires"), "1800");
}
