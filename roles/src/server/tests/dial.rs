//! The dial plan at work: rules, states of users, next hops, and the redirect server (RFC 3261 §8.3, §21.3).

use super::world::*;
use crate::access::AccessSettings;
use crate::location::Aor;
use crate::routing::plan::*;
use crate::server::ServerSettings;
use ringback_sip::flow::{FlowError, Transport};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::Message;
use std::sync::Arc;

#[test]
fn a_rule_rejects_with_its_code_phrase_retry_after_and_warning() {
    let mut world = with_plan(vec![rule("closed", "bob", |r| {
        r.action = Action::Reject(Reject {
            status: StatusCode::TEMPORARILY_UNAVAILABLE,
            phrase: Some("Closed On Sundays".into()),
            retry_after_secs: Some(3600),
            warning: Some("say \"please\"".into()),
        });
    })]);
    world.register("bob", PHONE[0], ALICE, Transport::Udp);
    let sent = world.receive(ALICE, &invite(""));
    assert_eq!(whats(&sent), ["480"]);
    assert!(sent[0].text().starts_with("SIP/2.0 480 Closed On Sundays\r\n"));
    assert_eq!(sent[0].row("Retry-After"), "3600");
    assert_eq!(sent[0].row("Warning"), "399 example.test \"say \\\"please\\\"\"");
    assert_eq!(world.answers(), [(480, "rule")]);
    // Its ACK ends it, and nobody's phone rings.
    assert!(world.receive(ALICE, &sent[0].ack(&invite(""))).is_empty());
    assert!(world.run_secs(40).is_empty());
}

#[test]
fn who_owns_a_range_of_numbers_says_604_for_those_that_nobody_has() {
    let mut world = with_plan(vec![rule("unassigned", "+3120555", |r| {
        r.when.users = vec![UserPattern::Prefix("+3120555".into())];
        let status = StatusCode::DOES_NOT_EXIST_ANYWHERE;
        r.action = Action::Reject(Reject { status, phrase: None, retry_after_secs: None, warning: None });
    })]);
    let sent = world.receive(ALICE, &request("INVITE", "sip:+31205550000@example.test", ""));
    assert_eq!((whats(&sent), world.answers()), (vec!["604".to_owned()], vec![(604, "rule")]));
    let other = request("MESSAGE", "sip:+31206660000@example.test", "");
    assert_eq!(whats(&world.receive(ALICE, &other)), ["404"], "that may be known elsewhere");
}

#[test]
fn without_the_rule_the_same_call_goes_through() {
    let mut world = with_plan(vec![rule("closed", "carol", |_| {})]);
    world.register("bob", PHONE[0], ALICE, Transport::Udp);
    assert_eq!(whats(&world.receive(ALICE, &invite(""))), ["100", "INVITE"]);
}

#[test]
fn the_journal_names_the_rule_and_its_line() {
    let mut world = with_plan(vec![rule("closed", "bob", |r| r.line = 17)]);
    world.receive(ALICE, &invite(""));
    let causes: Vec<_> = world.journal.iter().filter_map(|entry| entry.fact.cause().cloned()).collect();
    assert_eq!(causes, [ringback_sip::journal::Cause::Rule("closed".into(), 17)]);
}

#[test]
fn a_refused_call_stays_refused_for_its_copies_whatever_the_plan_says_now() {
    let mut world = with_plan(vec![rule("closed", "bob", |_| {})]);
    let first = world.receive(ALICE, &invite(""));
    let open = crate::server::Command::Configure(Box::new(settings(Plan::default())));
    ringback_sip::node::Node::handle(&mut world.server, world.now, ringback_sip::node::Input::Command(open));
    let copy = world.receive(ALICE, &invite(""));
    assert_eq!((copy.len(), copy[0].text()), (1, first[0].text()));
}

#[test]
fn codes_of_a_redirecting_rule_carry_contacts_in_the_order_of_q() {
    for status in [300, 301, 302] {
        let mut world = with_plan(vec![rule("moved", "bob", |r| {
            let contacts = ["<sip:{user}@old.test>;q=0.1", "sip:{user}@new.test;transport=tcp"];
            let contacts = contacts.map(|text| Template::parse(text).unwrap()).into();
            r.action = Action::Redirect(Redirect { status: StatusCode::new(status).unwrap(), contacts });
        })]);
        let sent = world.receive(ALICE, &invite(""));
        assert_eq!(whats(&sent), [status.to_string()]);
        assert_eq!(sent[0].rows("Contact"), ["<sip:bob@new.test;transport=tcp>", "<sip:bob@old.test>;q=0.1"]);
        assert_eq!(world.answers(), [(status, "rule")]);
        // A CANCEL comes too late, and is answered; the ACK goes nowhere (RFC 3261 §8.3).
        assert_eq!(whats(&world.receive(ALICE, &cancel(&invite("")))), ["200"]);
        assert!(world.receive(ALICE, &sent[0].ack(&invite(""))).is_empty());
        assert!(world.run_secs(40).is_empty());
    }
}

#[test]
fn a_redirection_to_the_target_itself_is_404() {
    let mut world = with_plan(vec![rule("circle", "bob", |r| {
        let contacts = [Template::parse("sip:{user}@{domain}").unwrap()].into();
        r.action = Action::Redirect(Redirect { status: StatusCode::MOVED_TEMPORARILY, contacts });
    })]);
    let sent = world.receive(ALICE, &invite(""));
    assert_eq!(whats(&sent), ["404"]);
    assert_eq!(sent[0].rows("Contact"), Vec::<String>::new());
}

#[test]
fn a_rewritten_target_rings_the_phones_of_whom_it_names() {
    let mut world = with_plan(vec![rule("desk", "desk", |r| {
        r.rewrite.replace = Some(Template::parse("bob").unwrap());
        r.action = Action::Forward;
    })]);
    world.register("bob", PHONE[0], ALICE, Transport::Udp);
    let sent = world.receive(ALICE, &request("INVITE", "sip:desk@example.test", ""));
    assert_eq!((sent[1].what(), sent[1].uri()), ("INVITE".to_owned(), "sip:bob@192.0.2.21".to_owned()));
    assert!(world.journal.iter().any(|entry| entry.fact.id() == "routed"));
}

#[test]
fn a_user_who_is_gone_is_410_and_one_who_never_was_is_404() {
    let mut world = with_user("dora", Standing::Gone);
    assert_eq!(whats(&world.receive(ALICE, &request("INVITE", "sip:dora@example.test", ""))), ["410"]);
    assert_eq!(world.answers(), [(410, "user-state")]);
    let other = request("MESSAGE", "sip:nobody@example.test", "");
    assert_eq!(whats(&world.receive(ALICE, &other)), ["404"]);
}

#[test]
fn a_user_who_moved_is_301_and_one_who_is_away_is_302_for_so_long() {
    let moved = Standing::Moved("sip:bob@new.test".into());
    let away = Standing::Away("sip:carol@example.test".into(), Some(60));
    let unlimited = Standing::Away("sip:carol@example.test".into(), None);
    for (standing, code, contact) in [
        (moved, "301", "<sip:bob@new.test>"),
        (away, "302", "<sip:carol@example.test>;expires=60"),
        (unlimited, "302", "<sip:carol@example.test>"),
    ] {
        let mut world = with_user("bob", standing);
        world.register("bob", PHONE[0], ALICE, Transport::Udp);
        let sent = world.receive(ALICE, &invite(""));
        assert_eq!(
            (whats(&sent), sent[0].rows("Contact")),
            (vec![code.to_owned()], vec![contact.to_owned()])
        );
    }
}

#[test]
fn alternative_services_are_told_in_a_body_and_nothing_is_to_be_followed() {
    let instead =
        Standing::Instead(["sip:voicemail@example.test".into(), "sip:desk@example.test".into()].into());
    let mut world = with_user("bob", instead);
    let sent = world.receive(ALICE, &invite(""));
    assert_eq!(whats(&sent), ["380"]);
    let message = Message::parse(&sent[0].bytes).unwrap();
    assert_eq!(message.header(HeaderName::CONTENT_TYPE), Some(&b"text/uri-list"[..]));
    assert_eq!(message.body(), b"sip:voicemail@example.test\r\nsip:desk@example.test\r\n");
    assert!(sent[0].rows("Contact").is_empty());
}

#[test]
fn a_redirect_server_tells_where_a_user_is_and_forwards_nothing() {
    let redirecting = || World::with(|settings| settings.redirect = true);
    let mut world = redirecting();
    world.register("bob", "<sip:bob@192.0.2.21>", ALICE, Transport::Udp);
    let sent = world.receive(ALICE, &invite(""));
    assert_eq!(whats(&sent), ["302"]);
    assert_eq!(sent[0].rows("Contact"), ["<sip:bob@192.0.2.21>;expires=3600"]);
    assert_eq!(world.answers(), [(302, "redirect-mode")]);
    let mut world = redirecting();
    world.register("bob", "<sip:bob@192.0.2.21>;q=0.3", ALICE, Transport::Udp);
    world.register("bob", "<sip:bob@192.0.2.22>", ALICE, Transport::Udp);
    let sent = world.receive(ALICE, &invite(""));
    assert_eq!(whats(&sent), ["300"]);
    let contacts = ["<sip:bob@192.0.2.22>;expires=3600", "<sip:bob@192.0.2.21>;q=0.3;expires=3600"];
    assert_eq!(sent[0].rows("Contact"), contacts);
    let mut world = redirecting();
    assert_eq!(whats(&world.receive(ALICE, &invite(""))), ["480"], "nobody to tell of");
}

#[test]
fn the_next_hop_of_a_group_is_tried_when_the_one_before_cannot_serve() {
    for how in ["503", "refused", "silence"] {
        let mut world = with_trunk(&[("sip:192.0.2.41", 10), ("sip:192.0.2.42", 20)]);
        let first = world.receive(ALICE, &call("0201234567")).remove(1);
        assert_eq!((first.to(), first.uri()), ("192.0.2.41:5060".into(), "sip:0201234567@192.0.2.41".into()));
        let sent = match how {
            "503" => world.answer(&first, 503, "1", ""),
            "refused" => world.fail(first.flow, FlowError::Refused),
            _ => world.run_secs(33),
        };
        let second = sent.iter().find(|s| s.to() == "192.0.2.42:5060").expect(how);
        assert_eq!(second.uri(), "sip:0201234567@192.0.2.42");
        assert_ne!(second.branch(), first.branch(), "a new transaction");
        assert!(to_alice(&sent).is_empty(), "{how}");
        assert_eq!(to_alice(&world.answer(second, 200, "1", "")), ["200"]);
    }
}

#[test]
fn a_next_hop_that_has_spoken_is_believed() {
    for code in [404, 486, 500, 302] {
        let mut world = with_trunk(&[("sip:192.0.2.41", 10), ("sip:192.0.2.42", 20)]);
        let first = world.receive(ALICE, &call("0201234567")).remove(1);
        assert_eq!(to_alice(&world.answer(&first, code, "1", "")), [code.to_string()]);
        assert!(world.run_secs(1).iter().all(|s| s.to() != "192.0.2.42:5060"));
    }
}

#[test]
fn when_no_next_hop_can_serve_it_is_500() {
    let mut world = with_trunk(&[("sip:192.0.2.41", 10), ("sip:192.0.2.42", 20)]);
    let first = world.receive(ALICE, &call("0201234567")).remove(1);
    let second = world.answer(&first, 503, "1", "").into_iter().find(|s| s.what() == "INVITE").unwrap();
    assert_eq!(to_alice(&world.answer(&second, 503, "2", "")), ["500"]);
}

#[test]
fn a_loose_routing_next_hop_gets_the_target_untouched() {
    let mut world = with_trunk(&[("sip:192.0.2.41;transport=tcp;lr", 10)]);
    let sent = world.receive(ALICE, &call("0201234567"));
    let out = &sent[1];
    assert_eq!((out.flow.transport, out.to()), (Transport::Tcp, "192.0.2.41:5060".to_owned()));
    assert_eq!(out.uri(), "sip:0201234567@example.test");
    assert_eq!(out.row("Route"), "<sip:192.0.2.41;transport=tcp;lr>");
}

#[test]
fn strangers_do_not_get_out_by_a_trunk() {
    let call = call("0201234567").replace("<sip:alice@example.test>", "<sip:mallory@elsewhere.test>");
    let mut world = with_trunk(&[("sip:192.0.2.41", 10)]);
    assert_eq!(whats(&world.receive(ALICE, &call)), ["480"], "the rule is not for them");
    let mut world = World::with(|settings| {
        let mut plan = trunk(&[("sip:192.0.2.41", 10)]);
        plan.rules[0].is_open = true;
        settings.plan = Arc::new(plan);
    });
    assert_eq!(whats(&world.receive(ALICE, &call)), ["100", "INVITE"], "unless the operator says so");
}

#[test]
fn requests_within_a_dialog_do_not_ask_the_plan() {
    let mut world = with_plan(vec![rule("closed", "bob", |_| {})]);
    world.register("bob", PHONE[0], ALICE, Transport::Udp);
    let bye = request("BYE", BOB, "").replace("<sip:bob@example.test>", "<sip:bob@example.test>;tag=1");
    assert_eq!(whats(&world.receive(ALICE, &bye)), ["BYE"]);
}

#[test]
fn a_number_that_is_too_short_is_484_until_it_is_whole() {
    let mut plan = trunk(&[("sip:192.0.2.41", 10)]);
    plan.rules[0].when.users = vec![UserPattern::expression(r"\+4930[0-9]{6}").unwrap()];
    let dialled = |number: &str| {
        let mut world = World::with(|settings| settings.plan = Arc::new(plan.clone()));
        let sent = world.receive(ALICE, &call(number));
        (whats(&sent), sent[0].text(), world.answers())
    };
    for number in ["+49", "+4930123"] {
        let (whats, text, answers) = dialled(number);
        assert_eq!((whats, answers), (vec!["484".to_owned()], vec![(484, "rule")]), "{number}");
        assert!(text.starts_with("SIP/2.0 484 Address Incomplete, More Digits Needed\r\n"), "{text}");
    }
    assert_eq!(dialled("+4930123456").0, ["100", "INVITE"]);
    for wrong in ["+31", "+49301234567", "dora"] {
        assert_eq!(dialled(wrong).0, ["404"], "{wrong}: no more digits would help");
    }
    // A stranger, for whom the rule is not, does not learn of it; and a user may have a short number.
    let stranger = call("+49").replace("<sip:alice@example.test>", "<sip:mallory@elsewhere.test>");
    let mut world = World::with(|settings| settings.plan = Arc::new(plan.clone()));
    assert_eq!(whats(&world.receive(ALICE, &stranger)), ["480"]);
    let mut world = World::with(|settings| settings.plan = Arc::new(plan.clone()));
    world.register("49", "<sip:49@192.0.2.21>", ALICE, Transport::Udp);
    assert_eq!(whats(&world.receive(ALICE, &call("49"))), ["100", "INVITE"]);
}

#[test]
fn a_name_of_several_users_is_485_and_only_by_policy_tells_who_they_are() {
    let users = ["sip:carol.lee@example.test", "sip:p.lee@example.test"];
    for (is_told, contacts) in
        [(true, &["<sip:carol.lee@example.test>", "<sip:p.lee@example.test>"][..]), (false, &[])]
    {
        let mut world = with_user("bob", Standing::Several(users.map(Into::into).into(), is_told));
        world.register("bob", PHONE[0], ALICE, Transport::Udp);
        let sent = world.receive(ALICE, &invite(""));
        assert_eq!((whats(&sent), world.answers()), (vec!["485".to_owned()], vec![(485, "user-state")]));
        assert_eq!(sent[0].rows("Contact"), contacts);
        assert!(world.receive(ALICE, &sent[0].ack(&invite(""))).is_empty());
    }
    assert_eq!(whats(&World::new().receive(ALICE, &invite(""))), ["480"], "a name of one user");
}

#[test]
fn a_telephone_number_goes_where_a_rule_leads_it_and_is_416_without_one() {
    let to = |uri: &str| request("INVITE", uri, "");
    let numbers = |change: fn(&mut Rule)| {
        let mut plan = trunk(&[("sip:192.0.2.41", 10)]);
        plan.rules[0].when.users = vec![UserPattern::Prefix("+3120".into())];
        change(&mut plan.rules[0]);
        World::with(|settings| settings.plan = Arc::new(plan))
    };
    let sent = numbers(|_| {}).receive(ALICE, &to("tel:+31-20-123.45(67);ext=9"));
    assert_eq!(
        (whats(&sent), sent[1].uri()),
        (
            vec!["100".to_owned(), "INVITE".to_owned()],
            "sip:+31201234567;ext=9@192.0.2.41;user=phone".to_owned()
        )
    );
    for (number, code) in [("tel:+32-2", "416"), ("tel:+31-2", "484"), ("tel:100;phone-context=+31", "416")] {
        assert_eq!(whats(&numbers(|_| {}).receive(ALICE, &to(number))), [code], "{number}");
    }
    assert_eq!(whats(&World::new().receive(ALICE, &to("tel:+31-20-1234567"))), ["416"], "without a plan");
    // A new host makes it the user of a SIP URI; without one a rule that forwards leads nowhere.
    let mut world = numbers(|rule| {
        (rule.action, rule.rewrite.domain) = (Action::Forward, Some("gw.test".into()));
    });
    world.receive(ALICE, &to("tel:+31-20-1234567"));
    let sent = world.resolve(Ok(&[(Transport::Udp, "192.0.2.41:5060")]));
    assert_eq!(sent[0].uri(), "sip:+31201234567@gw.test;user=phone");
    let sent = numbers(|rule| rule.action = Action::Forward).receive(ALICE, &to("tel:+31-20-1234567"));
    assert_eq!(whats(&sent), ["416"]);
    // To a user of ours.
    let mut world = numbers(|rule| {
        rule.action = Action::Forward;
        rule.rewrite.replace = Some(Template::parse("bob").unwrap());
        rule.rewrite.domain = Some("example.test".into());
    });
    world.register("bob", PHONE[0], ALICE, Transport::Udp);
    assert_eq!(world.receive(ALICE, &to("tel:+31-20-1234567"))[1].uri(), "sip:bob@192.0.2.21");
}

#[test]
fn a_stranger_does_not_get_out_by_a_telephone_number() {
    let call = request("INVITE", "tel:+31-20-1", "").replace("<sip:alice@example.test>", "<tel:+1-555>");
    for (is_open, whats_sent) in [(false, &["416"][..]), (true, &["100", "INVITE"])] {
        let mut plan = trunk(&[("sip:192.0.2.41;lr", 10)]);
        plan.rules[0].when.users = vec![UserPattern::Prefix("+3120".into())];
        plan.rules[0].is_open = is_open;
        let mut world = World::with(|settings| settings.plan = Arc::new(plan));
        let sent = world.receive(ALICE, &call);
        assert_eq!(whats(&sent), whats_sent);
        if is_open {
            assert_eq!(
                (sent[1].uri(), sent[1].row("Route")),
                ("tel:+31-20-1".into(), "<sip:192.0.2.41;lr>".into())
            );
        }
    }
}

#[test]
fn an_answer_that_breaks_the_grammar_is_502_and_the_next_hop_is_tried_before() {
    let broken = |request: &Sent, code: u16| request.response(code, "1", "").replace("\r\nTo: ", "\r\nX: ");
    let deliver = |world: &mut World, request: &Sent, text: &str| world.receive_over(request.flow, text);
    for code in [200, 404] {
        let mut world = with_trunk(&[("sip:192.0.2.41", 10), ("sip:192.0.2.42", 20)]);
        let first = world.receive(ALICE, &call("0201234567")).remove(1);
        let sent = deliver(&mut world, &first, &broken(&first, 180));
        assert!(sent.is_empty(), "a provisional one is as good as none");
        let sent = deliver(&mut world, &first, &broken(&first, code));
        assert!(to_alice(&sent).is_empty());
        let second = sent.into_iter().find(|s| s.to() == "192.0.2.42:5060").unwrap();
        let sent = deliver(&mut world, &second, &broken(&second, code));
        assert_eq!(to_alice(&sent), ["502"], "{code}");
    }
    let mut world = with_trunk(&[("sip:192.0.2.41", 10)]);
    let first = world.receive(ALICE, &call("0201234567")).remove(1);
    let sent = deliver(&mut world, &first, &first.response(404, "1", ""));
    assert_eq!(to_alice(&sent), ["404"], "a good answer is passed on");
}

fn settings(plan: Plan) -> ServerSettings {
    let mut settings = ServerSettings::new(crate::location::Domains::new().with("example.test"));
    settings.access = AccessSettings { required: false, ..AccessSettings::default() };
    settings.plan = Arc::new(plan);
    settings
}

pub(super) fn with_plan(rules: Vec<Rule>) -> World {
    World::with(|settings| settings.plan = Arc::new(Plan { rules, ..Plan::default() }))
}

pub(super) fn with_user(user: &str, standing: Standing) -> World {
    let aor = Aor::from_canonical(format!("{user}@example.test").as_bytes());
    let users = [(aor, UserState { line: 1, standing })].into();
    World::with(|settings| settings.plan = Arc::new(Plan { users, ..Plan::default() }))
}

/// Numbers that begin with 0 go to these hops.
pub(super) fn trunk(hops: &[(&str, u16)]) -> Plan {
    let targets = hops.iter().map(|&(uri, priority)| HopTarget { uri: uri.into(), weight: 1, priority });
    let group = HopGroup { name: "trunk".into(), line: 1, targets: targets.collect(), probe: None };
    let out = rule("out", "", |r| {
        r.when.users = vec![UserPattern::Prefix("0".into())];
        r.action = Action::Hops(0);
    });
    Plan { rules: vec![out], hops: vec![group], ..Plan::default() }
}

pub(super) fn with_trunk(hops: &[(&str, u16)]) -> World {
    World::with(|settings| settings.plan = Arc::new(trunk(hops)))
}

pub(super) fn call(number: &str) -> String {
    request("INVITE", &format!("sip:{number}@example.test"), "")
}

/// A rule for a user that answers 403.
pub(super) fn rule(name: &str, user: &str, change: impl FnOnce(&mut Rule)) -> Rule {
    let reject =
        Reject { status: StatusCode::FORBIDDEN, phrase: None, retry_after_secs: None, warning: None };
    let mut rule = Rule {
        name: name.into(),
        line: 1,
        when: Conditions { users: vec![UserPattern::Exact(user.into())], ..Conditions::default() },
        is_open: false,
        rewrite: Rewrite::default(),
        action: Action::Reject(reject),
    };
    change(&mut rule);
    rule
}
