//! Faults that are injected into the server, and what its own account of them says. The table stands in docs/why.md.

use super::dial::{rule, trunk, with_plan, with_user};
use super::edge;
use super::world::*;
use crate::diagnosis::{
    Account, BranchFate, Certainty, HistoryEvent, Record, What, account, account_of_user, tell_account,
};
use crate::explain::{Catalogue, Explainer, Language};
use crate::registrar::PathPolicy;
use crate::routing::plan::Standing;
use crate::server::Command;
use ringback_sip::flow::{ConnectionId, Flow, FlowError, Transport};
use ringback_sip::journal::{Binding, Entry, Lost};
use ringback_sip::node::{Input, Node, ResolveError};

/// A fault: what is wrong, the word that the account must give for it, and how it comes about.
type Fault = (&'static str, &'static str, fn() -> World);

const FAULTS: &[Fault] = &[
    ("the user never had a phone", "never-registered", || called(World::new())),
    ("the phone unregistered before the call", "unregistered", || {
        let mut world = World::with_bob(&PHONE[..1]);
        world.register("bob", &format!("{};expires=0", PHONE[0]), ALICE, Transport::Udp);
        called(world)
    }),
    ("the registration ran out", "expired", || {
        let mut world = World::with_bob(&PHONE[..1]);
        world.run_secs(4000);
        called(world)
    }),
    ("the phone's connection ended before the call", "flow-gone", || {
        let mut world = World::new();
        world.register_on(
            "bob",
            "<sip:bob@10.0.0.1;transport=tcp;ob>;reg-id=1;+sip.instance=\"<urn:x>\"",
            stream(),
            OUTBOUND,
        );
        world.fail(stream(), FlowError::Closed);
        called(world)
    }),
    ("the phone's connection ends under the call", "flow-gone", || {
        let mut world = World::new();
        world.register_on(
            "bob",
            "<sip:bob@10.0.0.1;transport=tcp;ob>;reg-id=1;+sip.instance=\"<urn:x>\"",
            stream(),
            OUTBOUND,
        );
        world = called(world);
        world.fail(stream(), FlowError::Reset);
        world
    }),
    ("the edge proxy before the phone has lost its connection", "edge-flow-gone", || answered(&[430])),
    ("nobody has that name", "unknown-user", || {
        asked(World::new(), &request("INVITE", "sip:carol@example.test", ""))
    }),
    ("a stranger wants to go through", "relay", || {
        let text = request("INVITE", "sip:x@other.test", "").replace("alice@example.test", "eve@else.test");
        asked(World::new(), &text)
    }),
    ("a rule of the dial plan forbids it", "rule", || called(with_plan(vec![rule("closed", "bob", |_| {})]))),
    ("the configuration says that the user is gone", "user-state", || {
        called(with_user("bob", Standing::Gone))
    }),
    ("the server only redirects", "redirect-mode", || {
        let mut world = World::with(|settings| settings.redirect = true);
        world.register("bob", PHONE[0], ALICE, Transport::Udp);
        called(world)
    }),
    ("the name of the next hop does not exist", "dns", || {
        let mut world = called(World::with_bob(&["<sip:bob@phones.test>"]));
        world.resolve(Err(ResolveError::NoSuchName));
        world
    }),
    ("the name servers are silent", "dns", || {
        let mut world = called(World::with_bob(&["<sip:bob@phones.test>"]));
        world.resolve(Err(ResolveError::Timeout));
        world
    }),
    ("the phone says nothing to a message", "timer", || {
        let mut world = asked(World::with_bob(&PHONE[..1]), &request("MESSAGE", BOB, ""));
        world.run_secs(33);
        world
    }),
    ("the phone says nothing to a message whose sender answered the challenge", "timer", || {
        let mut world = challenged_and_served();
        world.run_secs(33);
        world
    }),
    ("the address names a transport that nobody here speaks", "no-way", || {
        asked(World::new(), &request("MESSAGE", "sip:x@192.0.2.77;transport=sctp", ""))
    }),
    ("the address names a transport for which the server has no socket", "no-way", || {
        asked(World::new(), &request("MESSAGE", "sip:x@192.0.2.77;transport=tls", ""))
    }),
    ("nobody listens at the phone's address", "transport", || {
        let (mut world, phones) = ringing(1);
        world.fail(phones[0].flow, FlowError::Refused);
        world
    }),
    ("the phone says nothing at all", "timer", || {
        let (mut world, _) = ringing(1);
        world.run_secs(40);
        world
    }),
    ("the next hop of a rule is dead", "transport", || {
        let mut world = World::with(|settings| settings.plan = trunk(&[("sip:192.0.2.41", 0)]).into());
        let sent = world.receive(ALICE, &request("INVITE", "sip:0201234@example.test", ""));
        world.fail(sent[1].flow, FlowError::Unreachable);
        world
    }),
    ("the only next hop answers 503", "only-unavailable", || answered(&[503])),
    ("the server has too much work", "overload", || {
        let mut world = World::with_bob(&PHONE[..1]);
        world.server.set_strained(world.now, true);
        called(world)
    }),
    ("the worker has no room for another call", "no-room", || called(super::room::full())),
    ("the worker has no room to send the call on", "no-room", || called(super::room::with_room(1))),
    ("the server is being stopped", "draining", || {
        let mut world = World::with_bob(&PHONE[..1]);
        world.server.handle(world.now, Input::Command(Command::Drain));
        called(world)
    }),
    ("the request comes back unchanged", "loop", || {
        let mut world = World::new();
        world.register("bob", "<sip:alice@example.test>", ALICE, Transport::Udp);
        world.register("alice", "<sip:bob@example.test>", ALICE, Transport::Udp);
        world.receive(ALICE, &invite(""));
        for _ in 0..2 {
            let there = world.resolve(Ok(&[(Transport::Udp, PROXY)])).remove(0);
            world.receive(PROXY, &there.text());
        }
        world
    }),
    ("the hops are used up", "hop-limit", || {
        asked(World::with_bob(&PHONE[..1]), &invite("Max-Forwards: 0\r\n"))
    }),
    ("the caller hangs up", "cancelled", || {
        let (mut world, phones) = ringing(1);
        world.answer(&phones[0], 180, "1", "");
        world.receive(ALICE, &cancel(&invite("")));
        world.answer(&phones[0], 487, "1", "");
        world
    }),
    ("nobody answers until Timer C", "ring-timeout", || {
        let (mut world, phones) = ringing(1);
        world.answer(&phones[0], 180, "1", "");
        world.run_secs(400);
        world
    }),
    ("nobody answers until Timer C, and the phone then ends it", "ring-timeout", || {
        let (mut world, phones) = ringing(1);
        world.answer(&phones[0], 180, "1", "");
        world.run_secs(181);
        world.answer(&phones[0], 487, "1", "");
        world
    }),
    ("the phone is busy", "passed", || answered(&[486])),
    ("one phone is busy and another does not know the user", "passed", || answered(&[404, 486])),
    ("one phone refuses for all", "passed", || answered(&[603])),
    ("the phone's answer breaks the grammar", "malformed", || {
        let (mut world, phones) = ringing(1);
        let text = phones[0]
            .response(486, "1", "")
            .replace("CSeq: 1 INVITE\r\n", "CSeq: 1 INVITE\r\nContact: <<>\r\n");
        world.receive("192.0.2.21:5060", &text.replace("Content-Length: 0", "Content-Length: x"));
        world
    }),
    ("more branches than Max-Breadth", "max-breadth", || {
        asked(World::with_bob(&PHONE[..3]), &invite("Max-Breadth: 1\r\n"))
    }),
    ("the request breaks the grammar", "malformed", || {
        asked(World::new(), &invite("").replace("CSeq: 1 INVITE", "CSeq: x INVITE"))
    }),
    ("the request is not SIP/2.0", "version", || {
        asked(World::new(), &invite("").replacen("SIP/2.0\r\n", "SIP/3.0\r\n", 1))
    }),
    ("an extension is demanded that is not there", "extension", || {
        asked(World::with_bob(&PHONE[..1]), &invite("Proxy-Require: foo\r\n"))
    }),
    ("the address has an unknown scheme", "scheme", || {
        asked(World::new(), &request("INVITE", "foo:bob", ""))
    }),
    ("a telephone number meets no rule", "scheme", || {
        asked(World::new(), &request("INVITE", "tel:+31205550000", ""))
    }),
    ("the server itself cannot be called", "method-not-allowed", || {
        asked(World::new(), &request("INVITE", "sip:example.test", ""))
    }),
    ("a sips address, and a phone without TLS", "unprotected", || {
        asked(World::with_bob(&PHONE[..1]), &request("INVITE", "sips:bob@example.test", ""))
    }),
    ("an unknown event package", "bad-event", || {
        asked(World::new(), &request("SUBSCRIBE", BOB, "Event: foo\r\n"))
    }),
    ("the registration is too short", "interval-too-brief", || {
        registered("Contact: <sip:bob@192.0.2.21>;expires=5\r\n")
    }),
    ("a contact that is the user itself", "own-name", || registered("Contact: <sip:bob@example.test>\r\n")),
    ("too many contacts at once", "limit", || {
        let contacts: String = (0..40).map(|n| format!("Contact: <sip:bob@192.0.2.{n}>\r\n")).collect();
        registered(&contacts)
    }),
    ("the phone does not answer the challenge", "challenge-unanswered", || called(locked())),
    ("the password is wrong", "wrong-credentials", || {
        let mut world = locked();
        let credentials = credentials(&mut world);
        asked(world, &again(&invite(&credentials)))
    }),
    ("the credentials come too late", "stale-nonce", || {
        let mut world = locked();
        let credentials = credentials(&mut world);
        world.run_secs(4000);
        asked(world, &again(&invite(&credentials)))
    }),
];

#[test]
fn the_account_names_the_fault_that_was_injected() {
    let mut wrong = Vec::new();
    for (what, expected, inject) in FAULTS {
        let told = told(&inject());
        let name = told.as_ref().map_or("nothing", |told| &told.cause);
        if name != *expected {
            wrong.push(format!("{what}: {name}, not {expected}; {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), FAULTS.len(), wrong.join("\n"));
}

#[test]
fn an_account_knows_all_that_its_verdict_names() {
    let mut wrong = Vec::new();
    let catalogue = Catalogue::new(Language::English);
    for (what, _, inject) in FAULTS {
        let told = told(&inject()).unwrap();
        let verdict = catalogue.field(&format!("why-{}", told.cause), "verdict").unwrap();
        let names = verdict.split('<').skip(1).filter_map(|part| part.split('>').next());
        // What a code means is told by its own row.
        let lacks = |name: &&str| *name != "gist" && !told.values.iter().any(|(own, _)| own == name);
        wrong.extend(names.filter(lacks).map(|name| format!("{what}: {}: {name}", told.cause)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_table_of_the_documentation_is_this_one() {
    let row = |(what, cause, _): &Fault| format!("| {what} | `{cause}` |\n");
    let table: String = FAULTS.iter().map(row).collect();
    assert!(include_str!("../../../../docs/why.md").contains(&table), "write into docs/why.md:\n{table}");
}

#[test]
fn who_registers_calls_nobody() {
    let actor =
        |world: World, language| tell_account(&told(&world).unwrap(), &Explainer::new(language)).actor;
    let own_name = || registered("Contact: <sip:bob@example.test>\r\n");
    assert_eq!(actor(own_name(), Language::English), "the side that sent the request");
    assert_eq!(actor(own_name(), Language::Dutch), "de kant die het verzoek stuurde");
    let mut world = locked();
    let credentials = credentials(&mut world);
    let wrong = asked(world, &again(&invite(&credentials)));
    assert_eq!(actor(wrong, Language::English), "the caller's side");
}

#[test]
fn a_call_that_is_answered_has_no_fault() {
    let (mut world, phones) = ringing(2);
    world.answer(&phones[1], 200, "1", "");
    world.answer(&phones[0], 487, "2", "");
    let told = told(&world).unwrap();
    assert_eq!(
        (told.cause.as_str(), told.status, told.certainty),
        ("success", Some(200), Certainty::Certain)
    );
    let fates: Vec<_> = told.branches.iter().map(|branch| branch.fate).collect();
    assert_eq!(fates, [BranchFate::CalledOff, BranchFate::Chosen]);
}

#[test]
fn the_account_of_a_fork_says_of_each_phone_why_it_did_not_speak_for_all() {
    let fates = |codes: &[u16]| -> Vec<BranchFate> {
        told(&answered(codes)).unwrap().branches.iter().map(|branch| branch.fate).collect()
    };
    let lost = BranchFate::Lost;
    assert_eq!(fates(&[404, 486]), [lost(Lost::TellsLess), BranchFate::Chosen]);
    assert_eq!(fates(&[486, 486]), [BranchFate::Chosen, lost(Lost::Later)]);
    assert_eq!(fates(&[500, 480]), [lost(Lost::Class), BranchFate::Chosen]);
    assert_eq!(fates(&[302, 480]), [BranchFate::Chosen, lost(Lost::Class)]);
}

#[test]
fn a_request_that_still_runs_after_its_challenge_was_answered_is_not_given_up() {
    let world = challenged_and_served();
    let told = told(&world).unwrap();
    assert_eq!((told.cause.as_str(), told.status, told.branches.len()), ("pending", None, 1));
    assert_eq!(told.branches[0].fate, BranchFate::Open);
}

#[test]
fn a_call_from_phone_to_phone_behind_an_edge_tells_of_the_lost_flow_and_of_the_branch_to_the_home() {
    let mut world = edge::edge(PathPolicy::Refuse);
    let path = edge::registered(&mut world);
    let out = world.receive(ALICE, &request("INVITE", "sip:carol@home.test", ""));
    let back = edge::to_phone("INVITE", &path).replace("z9hG4bKINVITE", "z9hG4bKhome");
    world.receive(edge::HOME, &back);
    let end = world.fail(edge::phone(7), FlowError::Closed);
    assert_eq!(whats(&end), ["430"]);
    world.answer(&out[1], 480, "1", "");
    let told = told(&world).unwrap();
    assert_eq!((told.cause.as_str(), told.status), ("flow-gone", Some(480)));
    assert!(told.values.contains(&("contact", "sip:carol@10.0.0.1;ob".to_owned())), "{:?}", told.values);
    let asked: Vec<_> = told.branches.iter().map(|row| (row.target.as_str(), row.fate)).collect();
    assert_eq!(asked, [("sip:home.test", BranchFate::Chosen)]);
}

#[test]
fn a_stranger_with_a_route_elsewhere_is_told_of_the_route_and_not_of_our_own_name() {
    let text = request("MESSAGE", BOB, "Route: <sip:192.0.2.88;lr>\r\n");
    let told = told(&asked(World::new(), &text.replace("alice@example.test", "eve@else.test"))).unwrap();
    assert_eq!(told.cause, "relay");
    assert!(told.values.contains(&("what", "sip:192.0.2.88;lr".to_owned())), "{:?}", told.values);
}

#[test]
fn a_missing_record_makes_an_account_less_sure() {
    let world = called(World::new());
    let mut records = records(&world.journal);
    let sure = account(&records, &[]).unwrap().certainty;
    records.push(Record { at: world.now, call_id: Box::default(), what: What::Gap(3) });
    let less = account(&records, &[]).unwrap();
    assert_eq!((less.missing, less.certainty), (3, sure.lowered()));
}

#[test]
fn the_history_of_a_user_tells_when_its_connection_ended() {
    let mut world = World::new();
    world.register_on("bob", "<sip:bob@10.0.0.1;transport=tcp>", stream(), "");
    world.run_secs(100);
    let now = world.now;
    let mut records = records(&world.past);
    let closed = ringback_sip::journal::Fact::FlowFailed { flow: stream(), error: FlowError::Closed };
    assert_eq!(account_of_user("bob", now, &records).state, "registered");
    records.push(Record { at: now, call_id: Box::default(), what: What::Fact(closed) });
    let user = account_of_user("bob", now, &records);
    assert_eq!(user.state, "flow-gone");
    assert!(user.values.contains(&("since", now.to_string())), "{:?}", user.values);
    let unknown = account_of_user("carol", now, &[]);
    assert_eq!(
        (unknown.state.as_str(), &*unknown.values),
        ("never-registered", &[("user", "carol".to_owned())][..])
    );
    assert!(matches!(user.events[0].1, HistoryEvent::Binding { change: Binding::Added(_), .. }));
    assert!(matches!(user.events[1].1, HistoryEvent::Closed { error: FlowError::Closed, .. }));
}

// -----------------------------------------------------------------------------------------------------------------

const OUTBOUND: &str = "Supported: outbound, path\r\n";

fn stream() -> Flow {
    Flow { connection: Some(ConnectionId(9)), ..flow(Transport::Tcp, "198.51.100.7:40001") }
}

fn records(entries: &[Entry]) -> Vec<Record> {
    let record = |entry: &Entry| {
        let what = What::Fact(entry.fact.clone());
        Record { at: entry.at, call_id: entry.call_id[..].into(), what }
    };
    entries.iter().map(record).collect()
}

/// The account of what alice, or a phone that registers, asked last.
fn told(world: &World) -> Option<Account> {
    account(&records(&world.journal), &records(&world.past))
}

fn asked(mut world: World, text: &str) -> World {
    world.receive(ALICE, text);
    world
}

/// Alice calls bob.
fn called(world: World) -> World {
    asked(world, &invite(""))
}

/// Alice calls bob, and the INVITE is at so many of his phones.
fn ringing(phones: usize) -> (World, Vec<Sent>) {
    let mut world = World::with_bob(&PHONE[..phones]);
    let sent = world.receive(ALICE, &invite(""));
    (world, sent.into_iter().filter(|sent| sent.what() == "INVITE").collect())
}

/// Each of bob's phones gives one of these answers.
fn answered(codes: &[u16]) -> World {
    let (mut world, phones) = ringing(codes.len());
    for (phone, code) in phones.iter().zip(codes) {
        world.answer(phone, *code, "1", "Contact: <sip:bob@192.0.2.99>\r\n");
    }
    world
}

/// Bob's phone registers with these rows.
fn registered(rows: &str) -> World {
    let text = request("REGISTER", "sip:example.test", "")
        .replace("sip:alice@example.test", BOB)
        .replace("Contact: <sip:alice@192.0.2.1>\r\n", rows);
    asked(World::new(), &text)
}

/// A server that wants passwords.
fn locked() -> World {
    World::with(|settings| settings.access.required = true)
}

/// Alice's MESSAGE is challenged, and then goes on to a phone of bob.
fn challenged_and_served() -> World {
    let mut world = World::with_bob(&PHONE[..1]);
    let text = request("MESSAGE", BOB, "");
    world.reconfigure(|settings| settings.access.required = true);
    world.receive(ALICE, &text);
    world.reconfigure(|settings| settings.access.required = false);
    asked(world, &text.replace("z9hG4bKMESSAGE", "z9hG4bKMESSAGE2").replace("CSeq: 1", "CSeq: 2"))
}

/// What alice sends when she answers the challenge of her INVITE with a wrong password.
fn credentials(world: &mut World) -> String {
    let sent = world.receive(ALICE, &invite(""));
    let challenge = sent[0].row("Proxy-Authenticate");
    let nonce = challenge.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    let algorithm = challenge.split("algorithm=").nth(1).unwrap().split(',').next().unwrap();
    let response = "0".repeat(64);
    format!(
        "Proxy-Authorization: Digest username=\"alice\", realm=\"example.test\", nonce=\"{nonce}\", uri=\"{BOB}\", \
         algorithm={algorithm}, qop=auth, nc=00000001, cnonce=\"c\", response=\"{response}\"\r\n"
    )
}

/// The second request of a call.
fn again(text: &str) -> String {
    text.replace("z9hG4bKINVITE", "z9hG4bKINVITE2").replace("CSeq: 1", "CSeq: 2")
}
