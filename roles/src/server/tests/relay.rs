//! Messages for users who are not there (RFC 3428 §7).

use super::world::{ALICE, BOB, PROXY, Sent, World, whats};
use ringback_sip::entropy::{Seed, Share};
use ringback_sip::flow::Transport;
use ringback_sip::time::{Duration, Instant};

const PHONE: &str = "192.0.2.21:5060";
const CONTACT: &str = "<sip:bob@192.0.2.21>";
const DAY: Duration = Duration::from_secs(86_400);

fn world() -> World {
    World::with(|settings| settings.keep_messages = Some(DAY))
}

/// A message of alice to bob.
fn message(call: &str, rows: &str, text: &str) -> String {
    format!(
        "MESSAGE {BOB} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{call}\r\nMax-Forwards: 70\r\n\
         Route: <sip:{PROXY};lr>\r\nFrom: <sip:alice@example.test>;tag=a\r\nTo: <{BOB}>\r\nCall-ID: {call}\r\n\
         CSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\n{rows}Content-Length: {}\r\n\r\n{text}",
        text.len()
    )
}

/// Bob's phone registers; what it gets beside the 200.
fn register(world: &mut World, call: &str) -> Vec<Sent> {
    let text = format!(
        "REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bK{call}\r\n\
         From: <{BOB}>;tag=r\r\nTo: <{BOB}>\r\nCall-ID: {call}\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\n\
         Contact: {CONTACT}\r\nExpires: 60\r\nContent-Length: 0\r\n\r\n"
    );
    let mut sent = world.receive(PHONE, &text);
    assert_eq!(sent.remove(0).what(), "200");
    sent
}

fn body(sent: &Sent) -> String {
    sent.text().split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn a_message_for_a_user_who_is_away_is_202_and_told_when_a_phone_registers() {
    let mut world = world();
    let first = message("m1", "Authorization: Digest x=\"y\"\r\n", "one");
    let sent = world.receive(ALICE, &first);
    assert_eq!(whats(&sent), ["202"]);
    assert_eq!((sent[0].rows("Contact").len(), body(&sent[0]).as_str()), (0, ""));
    assert_eq!(world.answers(), [(202, "kept-for-later")]);
    assert_eq!(whats(&world.receive(ALICE, &first)), ["202"], "a copy");
    let at = world.now.sip_date();
    world.run_secs(100);
    let date = "Date: Sat, 13 Nov 2010 23:00:00 GMT\r\n";
    assert_eq!(whats(&world.receive(ALICE, &message("m2", date, "two"))), ["202"]);
    world.restart();
    world.run_secs(100);
    let sent = register(&mut world, "r1");
    assert_eq!(whats(&sent), ["MESSAGE"], "one at a time");
    assert_eq!((sent[0].uri(), sent[0].to()), ("sip:bob@192.0.2.21".into(), PHONE.into()));
    assert_eq!((body(&sent[0]), sent[0].row("Date")), ("one".into(), at));
    assert_eq!((sent[0].rows("Via").len(), sent[0].row("Max-Forwards")), (1, "69".into()));
    for ours in ["Route", "Record-Route", "Authorization"] {
        assert!(sent[0].rows(ours).is_empty(), "{ours}");
    }
    assert_eq!(sent[0].row("From"), "<sip:alice@example.test>;tag=a");
    let sent = world.answer(&sent[0], 200, "b", "");
    assert_eq!(sent.iter().map(body).collect::<Vec<_>>(), ["two"]);
    assert_eq!(sent[0].rows("Date"), ["Sat, 13 Nov 2010 23:00:00 GMT"], "as its writer dated it");
    assert!(world.answer(&sent[0], 200, "b", "").is_empty());
    assert_eq!(world.board.publications(), 0);
    assert!(register(&mut world, "r2").is_empty(), "each once");
}

#[test]
fn who_is_there_is_told_at_once_and_the_sender_never_gets_202() {
    let mut world = world();
    world.register("bob", CONTACT, PHONE, Transport::Udp);
    let sent = world.receive(ALICE, &message("m1", "", "one"));
    assert_eq!(whats(&sent), ["MESSAGE"]);
    assert_eq!(whats(&world.answer(&sent[0], 200, "b", "")), ["200"]);
    let sent = world.receive(ALICE, &message("m2", "", "two"));
    assert_eq!(whats(&world.answer(&sent[0], 480, "b", "")), ["480"], "the phone's own answer");
    assert_eq!(world.board.publications(), 0);
}

#[test]
fn without_the_setting_nothing_is_kept_nor_for_strangers_nobody_or_other_methods() {
    let mut off = World::new();
    assert_eq!(whats(&off.receive(ALICE, &message("m1", "", "one"))), ["480"]);
    let mut world = world();
    let options = message("m1", "", "").replace("MESSAGE", "OPTIONS");
    assert_eq!(whats(&world.receive(ALICE, &options)), ["480"]);
    let nobody = message("m2", "", "x").replace("bob@", "nobody@");
    assert_eq!(whats(&world.receive(ALICE, &nobody)), ["404"]);
    assert_eq!(
        whats(&world.receive(ALICE, &message("m3", "Expires: 0\r\n", "x"))),
        ["480"],
        "good for no time"
    );
    let mut strict = World::with(|settings| {
        settings.keep_messages = Some(DAY);
        settings.access.required = true;
    });
    let stranger = message("m4", "", "x").replace("alice@example.test", "eve@elsewhere.test");
    assert_eq!(whats(&strict.receive(ALICE, &stranger)), ["480"]);
    assert_eq!((world.board.publications(), strict.board.publications()), (0, 0));
}

#[test]
fn a_message_ends_with_its_time_and_with_ours() {
    let mut world = world();
    world.receive(ALICE, &message("m1", "Expires: 60\r\n", "short"));
    world.receive(ALICE, &message("m2", "Expires: 99999999\r\n", "long"));
    assert_eq!(world.board.publications(), 2);
    let date = |secs: u64| {
        let written = Instant::from_unix_secs(world.now.unix_secs() - secs);
        format!("Expires: 60\r\nDate: {}\r\n", written.sip_date())
    };
    let (old, older) = (date(50), date(60));
    world.receive(ALICE, &message("m3", &old, "written a while ago"));
    assert_eq!(world.board.publications(), 3);
    world.receive(ALICE, &message("m4", &older, "too late"));
    world.run_secs(10);
    assert_eq!(world.board.publications(), 2, "its time began when it was written");
    world.run_secs(50);
    assert_eq!(world.board.publications(), 1);
    world.run_secs(86_400 - 60);
    assert_eq!(world.board.publications(), 0);
    assert!(register(&mut world, "r1").is_empty());
}

#[test]
fn a_full_box_refuses_until_there_is_room_and_so_does_one_message_that_is_too_long() {
    let mut world = world();
    for n in 0..100 {
        assert_eq!(whats(&world.receive(ALICE, &message(&format!("m{n}"), "", "x"))), ["202"], "{n}");
    }
    world.answers();
    assert_eq!(whats(&world.receive(ALICE, &message("full", "", "x"))), ["480"]);
    assert_eq!(world.answers(), [(480, "limit")]);
    let sent = register(&mut world, "r1");
    world.answer(&sent[0], 200, "b", "");
    assert_eq!(world.board.publications(), 99);
    let long = message("long", "", &"x".repeat(9000));
    let mut away = self::world();
    assert_eq!(whats(&away.receive(ALICE, &long)), ["413"]);
    for n in 0..32 {
        away.receive(ALICE, &message(&format!("m{n}"), "", &"x".repeat(7_700)));
    }
    assert_eq!(
        whats(&away.receive(ALICE, &message("last", "", &"x".repeat(7_700)))),
        ["480"],
        "too many bytes"
    );
}

#[test]
fn what_a_phone_cannot_take_now_waits_and_what_it_refuses_is_gone() {
    for (code, left) in [(480, 2), (486, 2), (503, 2), (415, 1), (603, 1)] {
        let mut world = world();
        for call in ["m1", "m2"] {
            world.receive(ALICE, &message(call, "", call));
        }
        let sent = register(&mut world, "r1");
        let next = world.answer(&sent[0], code, "b", "");
        assert_eq!((next.len(), world.board.publications()), (usize::from(left == 1), left), "{code}");
    }
    let mut world = world();
    world.receive(ALICE, &message("m1", "", "one"));
    register(&mut world, "r1");
    assert!(world.run_secs(32).iter().all(|sent| sent.what() == "MESSAGE"));
    assert_eq!(world.board.publications(), 1, "nobody answered");
    let sent = register(&mut world, "r2");
    world.answer(&sent[0], 200, "b", "");
    assert_eq!(world.board.publications(), 0);
}

#[test]
fn the_answer_to_a_kept_message_comes_to_the_worker_that_sent_it() {
    let share = Share::new(Seed::from_number(9), 1, 8);
    let (mut world, spare) = (world(), world().server);
    world.server = core::mem::replace(&mut world.server, spare).with_share(share);
    for call in ["m1", "m2", "m3", "m4"] {
        world.receive(ALICE, &message(call, "", call));
    }
    let mut told = register(&mut world, "r1");
    for _ in 0..4 {
        let sent = told.remove(0);
        assert!(share.has(sent.row("Call-ID").as_bytes()), "{}", sent.text());
        told = world.answer(&sent, 200, "b", "");
    }
    assert!(told.is_empty());
}
