//! Requests to the name of an instance (RFC 5627 §6), and several ways to one instance (RFC 5626 §7).

use super::world::*;
use ringback_sip::flow::Transport;

const URN: &str = "+sip.instance=\"<urn:uuid:1>\"";
const PUBLIC: &str = "sip:bob@example.test;gr=urn:uuid:1";

/// Bob with a phone that is instance 1, and another one.
fn two_phones(rows: &str) -> World {
    let mut world = World::new();
    let (first, second) =
        (format!("{};{URN}", PHONE[0]), "<sip:bob@192.0.2.22>;+sip.instance=\"<urn:uuid:2>\"");
    world.register_with("bob", &first, "192.0.2.21:5060", Transport::Udp, rows);
    world.register("bob", second, "192.0.2.22:5060", Transport::Udp);
    world
}

fn temporary(world: &mut World) -> String {
    let text = format!(
        "REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/UDP {ALICE};branch=z9hG4bKq\r\nCall-ID: q\r\n\
         From: <{BOB}>;tag=q\r\nTo: <{BOB}>\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nSupported: gruu\r\n\
         Content-Length: 0\r\n\r\n"
    );
    let reply = world.receive(ALICE, &text).remove(0);
    let row = reply.rows("Contact").into_iter().find(|row| row.contains("uuid:1")).unwrap();
    row.split("temp-gruu=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn a_request_to_the_name_of_an_instance_reaches_that_instance_alone() {
    let mut world = two_phones("");
    let all = world.receive(ALICE, &invite(""));
    assert_eq!(whats(&all), ["100", "INVITE", "INVITE"], "the user has two phones");
    let temporary = temporary(&mut world);
    for uri in [PUBLIC, &PUBLIC.replace("urn:uuid", "URN%3auuid"), &temporary] {
        let text = request("MESSAGE", uri, "")
            .replace("c@alice", uri)
            .replace("z9hG4bK", &format!("z9hG4bK{}", uri.len()));
        let sent = world.receive(ALICE, &text);
        assert_eq!(whats(&sent), ["MESSAGE"], "{uri}");
        assert_eq!(
            (sent[0].uri(), sent[0].to()),
            ("sip:bob@192.0.2.21".to_owned(), "192.0.2.21:5060".to_owned())
        );
    }
}

#[test]
fn the_plan_refuses_an_instance_like_its_user_and_forwards_it_to_nobody_else() {
    use crate::routing::plan::*;
    let plan = |action: Action| {
        let when = Conditions { users: vec![UserPattern::Exact("bob".into())], ..Conditions::default() };
        let rewrite = Rewrite { domain: Some("elsewhere.test".into()), ..Rewrite::default() };
        let rule = Rule { name: "r".into(), line: 1, when, is_open: true, rewrite, action };
        std::sync::Arc::new(Plan { rules: vec![rule], ..Plan::default() })
    };
    let status = ringback_sip::registry::StatusCode::FORBIDDEN;
    let reject = Action::Reject(Reject { status, phrase: None, retry_after_secs: None, warning: None });
    for (action, expected) in [(reject, "403"), (Action::Forward, "MESSAGE")] {
        let mut world = World::with(|settings| settings.plan = plan(action));
        world.register("bob", &format!("{};{URN}", PHONE[0]), "192.0.2.21:5060", Transport::Udp);
        let temporary = temporary(&mut world);
        for uri in [PUBLIC, &temporary] {
            let branch = format!("z9hG4bK{}", uri.len());
            let sent = world.receive(ALICE, &request("MESSAGE", uri, "").replace("z9hG4bK", &branch));
            assert_eq!(whats(&sent), [expected], "{uri}");
            assert!(expected == "403" || sent[0].to() == "192.0.2.21:5060");
        }
    }
}

#[test]
fn a_name_without_a_contact_is_480_and_one_that_is_not_good_404() {
    let mut world = two_phones("");
    let temporary = temporary(&mut world);
    for (uri, code, cause) in [
        ("sip:bob@example.test;gr=urn:uuid:3", 480, "no-binding"),
        ("sip:nobody@example.test;gr=urn:uuid:1", 404, "unknown-user"),
        ("sip:tgruu.AAAA@example.test;gr", 404, "unknown-user"),
        ("sip:bob@example.test;gr", 404, "unknown-user"),
    ] {
        world.journal.clear();
        let text = request("MESSAGE", uri, "")
            .replace("c@alice", uri)
            .replace("z9hG4bK", &format!("z9hG4bK{code}{}", uri.len()));
        world.receive(ALICE, &text);
        assert_eq!(world.answers(), [(code, cause)], "{uri}");
    }
    // When the phone is gone its public name stays, its temporary one does not.
    world.run_secs(3600);
    for (uri, code) in [(PUBLIC, 480), (&*temporary, 404)] {
        world.journal.clear();
        let text = request("MESSAGE", uri, "")
            .replace("c@alice", uri)
            .replace("z9hG4bK", &format!("z9hG4bKx{code}"));
        world.receive(ALICE, &text);
        assert_eq!(world.answers()[0].0, code, "{uri}");
    }
}

#[test]
fn within_a_dialog_the_name_becomes_the_contact_and_the_route_counts_not_the_path() {
    let mut world = two_phones("Supported: path\r\nPath: <sip:192.0.2.80;lr>\r\n");
    let out = world.receive(ALICE, &request("INVITE", PUBLIC, "")).remove(1);
    assert_eq!((out.uri(), out.to()), ("sip:bob@192.0.2.21".to_owned(), "192.0.2.80:5060".to_owned()));
    let ours = out.row("Record-Route");
    assert!(!ours.is_empty());
    let ok = world.answer(&out, 200, "1", "").remove(0);
    assert_eq!(ok.what(), "200");
    for (method, route, to) in [
        ("ACK", String::new(), "192.0.2.80:5060"),
        ("BYE", String::new(), "192.0.2.80:5060"),
        ("INFO", ", <sip:192.0.2.90;lr>".to_owned(), "192.0.2.90:5060"),
    ] {
        let rows = format!("Route: {ours}{route}\r\n");
        let text =
            request(method, PUBLIC, &rows).replace("<sip:bob@example.test>", "<sip:bob@example.test>;tag=1");
        let sent = world.receive(ALICE, &text);
        assert_eq!((sent[0].what().as_str(), sent[0].uri().as_str()), (method, "sip:bob@192.0.2.21"));
        assert_eq!(sent[0].to(), to, "{method}");
        let left: Vec<String> = sent[0].rows("Route");
        assert!(left.iter().all(|r| r.contains("192.0.2.90") == route.contains("192.0.2.90")), "{left:?}");
    }
}

#[test]
fn nobody_gives_the_name_of_anothers_phone_as_its_contact() {
    let mut world = two_phones("");
    let contact = "<sip:alice@192.0.2.1>";
    let text = invite("").replace(contact, &format!("<{PUBLIC}>"));
    assert_eq!(whats(&world.receive(ALICE, &text)), ["403"]);
    assert_eq!(world.answers(), [(403, "not-owner")]);
    let own =
        invite("").replace(contact, "<sip:alice@example.test;gr=urn:uuid:9>").replace("INVITE;", "INVITE2;");
    assert_eq!(whats(&world.receive(ALICE, &own)), ["100", "INVITE", "INVITE"]);
}

#[test]
fn of_the_contacts_of_an_instance_the_newest_is_tried_and_the_next_when_nothing_answers() {
    let mut world = World::new();
    for (contact, peer) in
        [(PHONE[0], "192.0.2.21:5060"), (PHONE[1], "192.0.2.22:5060"), (PHONE[2], "192.0.2.23:5060")]
    {
        world.register("bob", &format!("{contact};{URN}"), peer, Transport::Udp);
        world.run_secs(1);
    }
    let sent = world.receive(ALICE, &invite(""));
    assert_eq!(whats(&sent), ["100", "INVITE"], "never two contacts of one instance at a time");
    assert_eq!(sent[1].to(), "192.0.2.23:5060");
    let next = world.answer(&sent[1], 408, "3", "");
    let next = next.iter().find(|s| s.what() == "INVITE").unwrap();
    assert_eq!(next.to(), "192.0.2.22:5060");
    // The instance has spoken: nobody else of it is asked.
    let last = world.answer(next, 486, "2", "");
    assert_eq!(to_alice(&last), ["486"]);
    assert!(last.iter().all(|s| s.what() != "INVITE"));
}

#[test]
fn a_silent_contact_of_an_instance_is_followed_by_the_next_and_none_after_a_cancel() {
    let mut world = World::new();
    for (contact, peer) in [(PHONE[0], "192.0.2.21:5060"), (PHONE[1], "192.0.2.22:5060")] {
        world.register("bob", &format!("{contact};{URN}"), peer, Transport::Udp);
        world.run_secs(1);
    }
    world.receive(ALICE, &invite(""));
    let later = world.run_secs(33);
    let next = later.iter().find(|s| s.to() == "192.0.2.21:5060").unwrap();
    world.answer(next, 180, "1", "");
    world.receive(ALICE, &cancel(&invite("")));
    let end = world.answer(next, 487, "1", "");
    assert_eq!(to_alice(&end), ["487"]);
}
