//! Busy lamps: the calls of users, as the server sees them pass (RFC 4235).

use super::world::*;
use crate::event::{Permission, Resource};
use crate::location::Aor;
use crate::server::CALL_TIME_MAX;
use ringback_sip::registry::EventPackage;

const LAMP: &str = "192.0.2.50:5060";

fn subscribe(who: &str, call: &str, whom: &str) -> String {
    format!(
        "SUBSCRIBE sip:{whom}@example.test SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{call}\r\nMax-Forwards: 70\r\n\
         From: <sip:{who}@example.test>;tag={call}\r\nTo: <sip:{whom}@example.test>\r\nCall-ID: {call}\r\n\
         CSeq: 1 SUBSCRIBE\r\nContact: <sip:{who}@192.0.2.50>\r\nEvent: dialog\r\nContent-Length: 0\r\n\r\n"
    )
}

/// A lamp of `who` for `whom`; gives what it is told first.
fn lamp(world: &mut World, who: &str, call: &str, whom: &str) -> String {
    let sent = world.receive(LAMP, &subscribe(who, call, whom));
    assert_eq!(whats(&sent), ["200", "NOTIFY"], "{sent:?}");
    let told = told(world, &sent).remove(0).1;
    world.run_secs(2);
    told
}

/// Takes each NOTIFY: the Call-ID of its subscription, and its document.
fn told(world: &mut World, sent: &[Sent]) -> Vec<(String, String)> {
    let notifies: Vec<_> = sent.iter().filter(|sent| sent.what() == "NOTIFY").collect();
    let take = |notify: &&Sent| {
        world.answer(notify, 200, "", "");
        (notify.row("Call-ID"), notify.text().split_once("\r\n\r\n").unwrap().1.to_owned())
    };
    notifies.iter().map(take).collect()
}

/// The states of which a document tells, and how much of it: `partial early`.
fn states(document: &str) -> String {
    let kind = document.split(" state=\"").nth(1).unwrap().split('"').next().unwrap();
    let states = document.split("<state>").skip(1).map(|rest| rest.split('<').next().unwrap());
    [kind].into_iter().chain(states).collect::<Vec<_>>().join(" ")
}

/// What is told within two seconds after what was sent already.
fn after(world: &mut World, sent: &[Sent]) -> Vec<String> {
    let mut all = told(world, sent);
    for _ in 0..2 {
        let sent = world.run_secs(1);
        all.extend(told(world, &sent));
    }
    all.iter().map(|(_, document)| states(document)).collect()
}

fn find(sent: &[Sent], what: &str) -> Sent {
    sent.iter().find(|sent| sent.what() == what).unwrap_or_else(|| panic!("{what} in {sent:?}")).clone()
}

/// A request of alice in her dialog with bob.
fn inside(world: &mut World, invite: &Sent, method: &str) -> Vec<Sent> {
    let route = invite.row("Record-Route");
    let text = request(method, "sip:bob@192.0.2.21", &format!("Route: {route}\r\n"));
    world.receive(ALICE, &text.replace("<sip:bob@example.test>", "<sip:bob@example.test>;tag=b"))
}

/// Alice calls bob, who accepts.
fn call(world: &mut World, rows: &str) -> Sent {
    let sent = world.receive(ALICE, &invite(""));
    let out = find(&sent, "INVITE");
    after(world, &sent);
    let sent = world.answer(&out, 200, "b", &format!("Contact: <sip:bob@192.0.2.21>\r\n{rows}"));
    after(world, &sent);
    out
}

#[test]
fn a_lamp_shows_that_a_phone_rings_that_it_is_busy_and_that_it_is_free_again() {
    let mut world = World::with_bob(&PHONE[..1]);
    assert_eq!(states(&lamp(&mut world, "alice", "w1", "bob")), "full");
    let sent = world.receive(ALICE, &invite(""));
    let out = find(&sent, "INVITE");
    assert_eq!(after(&mut world, &sent), ["partial trying"]);
    let sent = world.answer(&out, 180, "b", "");
    assert_eq!(after(&mut world, &sent), ["partial early"]);
    let sent = world.answer(&out, 183, "b", "");
    assert!(after(&mut world, &sent).is_empty(), "nothing new");
    let sent = world.answer(&out, 200, "b", "Contact: <sip:bob@192.0.2.21>\r\n");
    assert_eq!(after(&mut world, &sent), ["partial confirmed"]);
    assert_eq!(states(&lamp(&mut world, "alice", "w2", "bob")), "full confirmed");
    let sent = inside(&mut world, &out, "BYE");
    assert_eq!(after(&mut world, &sent), ["partial terminated", "partial terminated"]);
    assert_eq!(states(&lamp(&mut world, "alice", "w3", "bob")), "full");
}

#[test]
fn a_call_that_fails_or_is_given_up_is_over_for_the_lamp() {
    for code in [486, 603, 480, 401] {
        let mut world = World::with_bob(&PHONE[..1]);
        lamp(&mut world, "alice", "w1", "bob");
        let sent = world.receive(ALICE, &invite(""));
        let out = find(&sent, "INVITE");
        assert_eq!(after(&mut world, &sent), ["partial trying"]);
        let sent = world.answer(&out, code, "b", "");
        assert_eq!(after(&mut world, &sent), ["partial terminated"], "{code}");
    }
    let mut world = World::with_bob(&PHONE[..1]);
    lamp(&mut world, "alice", "w1", "bob");
    let sent = world.receive(ALICE, &invite(""));
    let out = find(&sent, "INVITE");
    after(&mut world, &sent);
    world.answer(&out, 180, "b", "");
    let mut sent = world.receive(ALICE, &cancel(&invite("")));
    sent.extend(world.answer(&out, 487, "b", ""));
    assert_eq!(after(&mut world, &sent).last().unwrap(), "partial terminated");
    let sent = world.receive(ALICE, &invite("").replace("c@alice", "d@alice").replace("bob@", "carol@"));
    assert!(after(&mut world, &sent).is_empty(), "another user is none of this lamp's business");
}

#[test]
fn only_those_whom_the_user_trusts_learn_who_calls_and_which_call_it_is() {
    let mut world = World::with_bob(&PHONE[..1]);
    lamp(&mut world, "bob", "own", "bob");
    lamp(&mut world, "alice", "other", "bob");
    lamp(&mut world, "alice", "caller", "alice");
    let sent = world.receive(ALICE, &invite(""));
    let out = find(&sent, "INVITE");
    after(&mut world, &sent);
    let sent = world.answer(&out, 180, "b", "");
    let mut all = told(&mut world, &sent);
    let sent = world.run_secs(1);
    all.extend(told(&mut world, &sent));
    let of = |call: &str| all.iter().find(|(id, _)| id == call).unwrap().1.clone();
    let own = of("own");
    assert!(
        own.contains("call-id=\"c@alice\" local-tag=\"b\" remote-tag=\"a\" direction=\"recipient\""),
        "{own}"
    );
    assert!(own.contains("<local><identity>sip:bob@example.test</identity></local>"), "{own}");
    assert!(own.contains("<remote><identity>sip:alice@example.test</identity></remote>"), "{own}");
    assert!(own.contains("entity=\"sip:bob@example.test\""), "{own}");
    let other = of("other");
    assert!(!other.contains("c@alice") && !other.contains("identity") && !other.contains("tag"), "{other}");
    let caller = of("caller");
    assert!(caller.contains("local-tag=\"a\" remote-tag=\"b\" direction=\"initiator\""), "{caller}");
    assert!(caller.contains("<remote><identity>sip:bob@example.test</identity></remote>"), "{caller}");
    let rules = [(Aor::from_canonical(b"alice@example.test"), Permission::Allow)].into();
    world.decide([(Aor::from_canonical(b"bob@example.test"), rules)].into());
    assert!(lamp(&mut world, "alice", "trusted", "bob").contains("call-id=\"c@alice\""));
    let rules = [(Aor::from_canonical(b"alice@example.test"), Permission::Deny)].into();
    world.decide([(Aor::from_canonical(b"bob@example.test"), rules)].into());
    assert_eq!(whats(&world.receive(LAMP, &subscribe("alice", "w9", "bob"))), ["403"]);
}

fn legs(world: &World) -> usize {
    let resource = Resource { aor: Aor::from_canonical(b"bob@example.test"), package: EventPackage::DIALOG };
    world.board.state(&resource).legs.len()
}

#[test]
fn a_call_whose_end_is_never_seen_ends_with_its_session_or_after_its_time() {
    for (rows, secs) in [("Session-Expires: 90;refresher=uac\r\n", 150), ("", CALL_TIME_MAX.as_secs())] {
        let mut world = World::with_bob(&PHONE[..1]);
        call(&mut world, rows);
        world.run_secs(secs - 10);
        assert_eq!(legs(&world), 1, "{rows}");
        world.run_secs(10);
        assert_eq!(legs(&world), 0, "{rows}");
    }
}

#[test]
fn the_end_of_a_second_phone_that_accepted_too_is_not_the_end_of_the_call() {
    let mut world = World::with_bob(&PHONE[..2]);
    let sent = world.receive(ALICE, &invite(""));
    let out: Vec<_> = sent.iter().filter(|sent| sent.what() == "INVITE").cloned().collect();
    for (phone, tag) in out.iter().zip(["b", "c"]) {
        world.answer(phone, 200, tag, "Contact: <sip:bob@192.0.2.21>\r\n");
    }
    let route = out[1].row("Record-Route");
    let bye = request("BYE", "sip:bob@192.0.2.22", &format!("Route: {route}\r\n"));
    let bye =
        bye.replace("<sip:bob@example.test>", "<sip:bob@example.test>;tag=c").replace("z9hG4bK", "z9hG4bKc");
    assert_eq!(whats(&world.receive(ALICE, &bye)).last().unwrap(), "BYE");
    assert_eq!(legs(&world), 1);
    inside(&mut world, &out[0], "BYE");
    assert_eq!(legs(&world), 0);
}

#[test]
fn a_refreshed_session_goes_on() {
    let mut world = World::with_bob(&PHONE[..1]);
    let out = call(&mut world, "Session-Expires: 90;refresher=uac\r\n");
    world.run_secs(80);
    let sent = inside(&mut world, &out, "UPDATE");
    world.answer(&find(&sent, "UPDATE"), 200, "b", "Session-Expires: 90;refresher=uac\r\n");
    world.run_secs(140);
    assert_eq!(legs(&world), 1);
    world.run_secs(20);
    assert_eq!(legs(&world), 0);
}

#[test]
fn after_a_restart_the_lamp_is_told_the_whole_truth_and_lit_again_by_a_call_that_goes_on() {
    let version = |text: &str| {
        text.split(" version=\"").nth(2).unwrap().split('"').next().unwrap().parse::<u32>().unwrap()
    };
    for (method, code, rows, left) in [
        ("UPDATE", 200, "Session-Expires: 90;refresher=uac\r\n", 1),
        ("INVITE", 200, "", 1),
        ("UPDATE", 481, "", 0),
        ("INFO", 200, "", 0),
    ] {
        let mut world = World::with_bob(&PHONE[..1]);
        lamp(&mut world, "bob", "w1", "bob");
        let sent = world.receive(ALICE, &invite(""));
        let out = find(&sent, "INVITE");
        let before = told(&mut world, &sent).remove(0).1;
        let sent = world.answer(&out, 200, "b", "Contact: <sip:bob@192.0.2.21>\r\n");
        after(&mut world, &sent);
        world.restart();
        let sent = world.run_secs(2);
        let anew = told(&mut world, &sent).remove(0).1;
        assert_eq!((states(&anew), legs(&world)), ("full".into(), 0), "it knows of no call, and says so");
        assert!(version(&anew) > version(&before));
        let sent = inside(&mut world, &out, method);
        let news = told(&mut world, &sent);
        if method == "INFO" {
            assert!(news.is_empty());
            continue;
        }
        assert_eq!(
            (states(&news[0].1), version(&news[0].1)),
            ("partial confirmed".into(), version(&anew) + 1)
        );
        assert!(
            news[0].1.contains("call-id=\"c@alice\"") && !news[0].1.contains("direction"),
            "{}",
            news[0].1
        );
        assert!(news[0].1.contains("<identity>sip:alice@example.test</identity>"), "{}", news[0].1);
        world.answer(&find(&sent, method), code, "b", rows);
        world.run_secs(1);
        assert_eq!(legs(&world), left, "{method} {code}");
        world.run_secs(140);
        assert_eq!(
            legs(&world),
            left,
            "it lasts for its session, not for what an unanswered request is believed"
        );
        if !rows.is_empty() {
            world.run_secs(10);
            assert_eq!(legs(&world), 0, "as long as it said");
        } else if left == 1 {
            inside(&mut world, &out, "BYE");
            assert_eq!(legs(&world), 0);
        }
    }
}

#[test]
fn a_request_that_fails_inside_a_call_ends_it_only_where_the_call_is_gone() {
    for (code, left) in [(488, 1), (481, 0)] {
        let mut world = World::with_bob(&PHONE[..1]);
        let out = call(&mut world, "");
        let sent = inside(&mut world, &out, "UPDATE");
        world.answer(&find(&sent, "UPDATE"), code, "b", "");
        world.run_secs(1);
        assert_eq!(legs(&world), left, "{code}");
    }
}

#[test]
fn what_a_phone_publishes_of_its_calls_stands_beside_what_the_server_sees() {
    let mut world = World::with_bob(&PHONE[..1]);
    lamp(&mut world, "bob", "w1", "bob");
    lamp(&mut world, "alice", "w2", "bob");
    let publish = |call: &str, cseq: u32| {
        let body = format!(
            "<?xml version=\"1.0\"?><dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"0\" \
             state=\"full\" entity=\"{BOB}\"><dialog id=\"x\" call-id=\"{call}\"><state>confirmed</state><remote>\
             <identity>sip:secret@example.test</identity></remote></dialog></dialog-info>"
        );
        format!(
            "PUBLISH {BOB} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKp{cseq}\r\nMax-Forwards: 70\r\n\
             From: <{BOB}>;tag=p\r\nTo: <{BOB}>\r\nCall-ID: p\r\nCSeq: {cseq} PUBLISH\r\nEvent: dialog\r\n\
             Content-Type: application/dialog-info+xml\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let sent = world.receive(LAMP, &publish("elsewhere", 1));
    assert_eq!(sent.iter().filter(|sent| sent.what() == "200").count(), 1);
    let all = told(&mut world, &sent);
    assert_eq!(all.iter().map(|(_, text)| states(text)).collect::<Vec<_>>(), ["full confirmed"; 2]);
    assert!(all[0].1.contains("sip:secret@") && !all[1].1.contains("sip:secret@"), "{all:?}");
    world.run_secs(2);
    let sent = world.receive(ALICE, &invite(""));
    assert_eq!(after(&mut world, &sent), ["partial trying"; 2]);
    assert_eq!(states(&lamp(&mut world, "bob", "w3", "bob")), "full trying confirmed");
    let sent = world.receive(LAMP, &publish("c@alice", 2));
    after(&mut world, &sent);
    assert_eq!(
        states(&lamp(&mut world, "bob", "w4", "bob")),
        "full trying confirmed",
        "that call is seen here"
    );
    let wrong =
        publish("x", 3).replace("dialog-info xmlns", "other xmlns").replace("</dialog-info>", "</other>");
    let wrong = wrong.replace("Content-Length: ", "X: ").replace("\r\n\r\n", "\r\nContent-Length: 4\r\n\r\n");
    assert_eq!(whats(&world.receive(LAMP, &wrong))[0], "400");
}

#[test]
fn without_the_package_no_call_is_followed_and_the_lamp_is_the_phones_business() {
    let mut world = World::with(|settings| settings.presence.packages.retain(|p| *p != EventPackage::DIALOG));
    world.register("bob", PHONE[0], ALICE, ringback_sip::flow::Transport::Udp);
    let sent = world.receive(LAMP, &subscribe("alice", "w1", "bob"));
    assert_eq!(whats(&sent), ["SUBSCRIBE"]);
    call(&mut world, "");
    assert_eq!(legs(&world), 0);
}
