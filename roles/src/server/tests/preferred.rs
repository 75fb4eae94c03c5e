//! Caller preferences through the server (RFC 3841).

use super::world::*;
use ringback_sip::journal::{Binding as Change, Fact};

/// Bob's phones as in the example of RFC 3841 §7.2.5: their contacts, and from where they register.
const PHONES: [(&str, &str); 5] = [
    ("<sip:u1@192.0.2.21>;audio;video;methods=\"INVITE,BYE\";q=0.2", "u1"),
    ("<sip:u2@192.0.2.22>;audio=\"FALSE\";methods=\"INVITE\";actor=\"msg-taker\";q=0.2", "u2"),
    ("<sip:u3@192.0.2.23>;audio;actor=\"msg-taker\";methods=\"INVITE\";video;q=0.3", "u3"),
    ("<sip:u4@192.0.2.24>;audio;methods=\"INVITE,OPTIONS\";q=0.2", "u4"),
    ("<sip:u5@192.0.2.25>;q=0.5", "u5"),
];
const EXAMPLE: &str = "Reject-Contact: *;actor=\"msg-taker\";video\r\nAccept-Contact: *;audio;require\r\n\
    Accept-Contact: *;video;explicit\r\nAccept-Contact: *;methods=\"BYE\";class=\"business\";q=1.0\r\n";

fn world() -> World {
    World::with_bob(&PHONES.map(|(contact, _)| contact))
}

/// The phones that ring, in their order, each refusing so that the next one is tried.
fn tried(world: &mut World, rows: &str) -> Vec<Vec<String>> {
    let mut sent = world.receive(ALICE, &invite(rows));
    let mut all = Vec::new();
    loop {
        let group: Vec<Sent> = sent.iter().filter(|s| s.what() == "INVITE").cloned().collect();
        if group.is_empty() {
            return all;
        }
        let name = |s: &Sent| s.uri()[4..6].to_owned();
        all.push(group.iter().map(name).collect());
        sent = group.iter().flat_map(|phone| world.answer(phone, 486, "x", "")).collect();
    }
}

/// The contacts that were not tried, and why.
fn dropped(world: &World) -> Vec<String> {
    let of = |fact: &Fact| match fact {
        Fact::Binding { contact, change: Change::Unwanted(why), .. } => {
            Some(format!("{} {}", &contact.to_string()[4..6], why.id()))
        }
        _ => None,
    };
    world.journal.iter().filter_map(|entry| of(&entry.fact)).collect()
}

#[test]
fn the_example_of_the_rfc_rings_the_phones_that_it_says_in_its_order() {
    let mut world = world();
    assert_eq!(tried(&mut world, EXAMPLE), [vec!["u5"], vec!["u1", "u4"]]);
    let mut why = dropped(&world);
    why.sort();
    assert_eq!(why, ["u2 lacking", "u3 rejected"]);
    let mut plain = self::world();
    assert_eq!(tried(&mut plain, ""), [vec!["u5"], vec!["u3"], vec!["u1", "u2", "u4"]], "without wishes");
    assert_eq!(dropped(&plain), [""; 0]);
}

#[test]
fn a_disposition_says_whether_phones_ring_at_once_or_in_turn_or_only_one() {
    let rows = |disposition| format!("{EXAMPLE}Request-Disposition: {disposition}\r\n");
    assert_eq!(tried(&mut world(), &rows("sequential")), [["u5"], ["u1"], ["u4"]]);
    assert_eq!(tried(&mut world(), &rows("parallel")), [["u5", "u1", "u4"]]);
    let mut one = world();
    assert_eq!(tried(&mut one, &rows("no-fork")), [["u5"]]);
    let mut why = dropped(&one);
    why.sort();
    assert_eq!(why, ["u1 no-fork", "u2 lacking", "u3 rejected", "u4 no-fork"]);
    assert_eq!(tried(&mut world(), "Request-Disposition: queue, proxy\r\n").len(), 3, "as without");
}

#[test]
fn when_the_caller_wants_none_of_the_phones_it_is_480_and_says_why_in_the_journal() {
    let mut world = World::with_bob(&["<sip:u1@192.0.2.21>;audio"]);
    let sent = world.receive(ALICE, &invite("Accept-Contact: *;video;require;explicit\r\n"));
    assert_eq!((whats(&sent), world.answers()), (vec!["480".to_owned()], vec![(480, "unwanted")]));
    assert!(!sent[0].text().contains("video"), "what the phones can do is nobody's business");
    let mut world = World::with_bob(&["<sip:u1@192.0.2.21>;audio"]);
    assert_eq!(
        tried(&mut world, "Accept-Contact: *;video;require\r\n"),
        [["u1"]],
        "it does not say that it cannot"
    );
}

#[test]
fn what_only_the_method_rules_out_is_tried_when_nothing_else_is_there() {
    let deaf = "<sip:u1@192.0.2.21>;methods=\"MESSAGE\"";
    let mut world = World::with_bob(&[deaf, "<sip:u2@192.0.2.22>;methods=\"INVITE\";q=0.1"]);
    assert_eq!(tried(&mut world, ""), [["u2"]]);
    assert_eq!(dropped(&world), ["u1 incapable"]);
    assert_eq!(tried(&mut World::with_bob(&[deaf]), ""), [["u1"]], "its 405 says more than our 480");
}

#[test]
fn a_caller_who_wants_to_be_redirected_is_told_the_phones_in_order_without_their_features() {
    let sent = world().receive(ALICE, &invite(&format!("{EXAMPLE}Request-Disposition: redirect\r\n")));
    assert_eq!(whats(&sent), ["300"]);
    let contacts: Vec<String> =
        sent[0].rows("Contact").iter().map(|row| row.split(";expires").next().unwrap().to_owned()).collect();
    assert_eq!(
        contacts,
        ["<sip:u5@192.0.2.25>", "<sip:u1@192.0.2.21>;q=0.999", "<sip:u4@192.0.2.24>;q=0.998"]
    );
}

#[test]
fn with_no_cancel_the_other_phones_ring_on() {
    let phones = ["<sip:u1@192.0.2.21>", "<sip:u2@192.0.2.22>"];
    for (rows, then) in [("", vec!["200", "CANCEL"]), ("Request-Disposition: no-cancel\r\n", vec!["200"])] {
        let mut world = World::with_bob(&phones);
        let sent = world.receive(ALICE, &invite(rows));
        world.answer(&sent[1], 180, "1", "");
        world.answer(&sent[2], 180, "2", "");
        assert_eq!(whats(&world.answer(&sent[1], 200, "1", "")), then);
        world.run_secs(400);
        assert!(world.server.is_empty());
    }
}
