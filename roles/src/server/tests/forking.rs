//! Forks: what comes back, what is cancelled, and when (RFC 3261 §16.7, §16.8, §16.10).

use super::world::*;
use ringback_sip::registry::Timer;

/// Alice calls bob, who has `n` phones; the INVITEs that they get.
fn fork(n: usize, rows: &str) -> (World, Vec<Sent>) {
    let mut world = World::with_bob(&PHONE[..n]);
    let mut sent = world.receive(ALICE, &invite(rows));
    assert_eq!(sent.remove(0).what(), "100", "at once");
    assert_eq!(whats(&sent), vec!["INVITE"; n]);
    (world, sent)
}

#[test]
fn a_call_to_two_phones_rings_both_and_the_second_is_cancelled_when_the_first_answers() {
    let (mut world, phones) = fork(2, "");
    assert_eq!([phones[0].to(), phones[1].to()], ["192.0.2.21:5060", "192.0.2.22:5060"]);
    assert_ne!(phones[0].branch(), phones[1].branch());
    assert_eq!(to_alice(&world.answer(&phones[0], 180, "1", "")), ["180"]);
    assert_eq!(to_alice(&world.answer(&phones[1], 180, "2", "")), ["180"]);
    let sent = world.answer(&phones[0], 200, "1", "");
    assert_eq!(whats(&sent), ["200", "CANCEL"]);
    assert_eq!(sent[0].rows("Via").len(), 1, "ours is taken off");
    assert_eq!((sent[1].to(), sent[1].branch()), (phones[1].to(), phones[1].branch()));
    assert_eq!(sent[1].row("Reason"), "SIP;cause=200;text=\"Call completed elsewhere\"");
    let sent = world.answer(&phones[1], 487, "2", "");
    assert_eq!(whats(&sent), ["ACK"], "the caller has its answer");
    assert_eq!(world.answers(), [(180, "passed"), (180, "passed"), (200, "passed")]);
    world.run_secs(200);
    assert!(world.server.is_empty());
}

#[test]
fn a_100_of_the_callee_is_not_passed_on() {
    let (mut world, phones) = fork(1, "");
    assert!(world.answer(&phones[0], 100, "", "").is_empty());
}

#[test]
fn timer_c_is_put_off_by_180_and_not_by_100() {
    let (mut world, phones) = fork(2, "");
    world.answer(&phones[0], 100, "", "");
    world.answer(&phones[1], 180, "2", "");
    for minute in 0..3 {
        let sent = world.run_secs(59);
        assert!(sent.iter().all(|s| s.what() == "INVITE"), "{minute}: {:?}", whats(&sent));
        world.answer(&phones[0], 100, "", "");
        assert_eq!(to_alice(&world.answer(&phones[1], 180, "2", "")), ["180"]);
    }
    let sent = world.run_secs(8);
    assert!(!sent.is_empty(), "three minutes and more after the INVITE");
    for one in sent {
        assert_eq!(
            (one.what(), one.to()),
            ("CANCEL".to_owned(), phones[0].to()),
            "the other one still rings"
        );
    }
    assert_eq!(whats(&world.answer(&phones[0], 487, "1", "")), ["ACK"]);
    assert_eq!(whats(&world.answer(&phones[1], 200, "2", "")), ["200"]);
}

#[test]
fn a_branch_that_timer_c_cancelled_and_that_never_ends_counts_as_408() {
    let (mut world, phones) = fork(1, "");
    world.answer(&phones[0], 180, "1", "");
    let sent = world.run_secs(186);
    assert_eq!(sent[0].what(), "CANCEL");
    let sent = world.run_secs(33);
    assert_eq!(to_alice(&sent)[0], "408", "64*T1 after the CANCEL");
    assert_eq!(world.answers(), [(180, "passed"), (408, "timer")]);
    assert_eq!(Timer::C.as_str(), "Timer C");
}

#[test]
fn a_6xx_waits_for_the_other_branches_and_a_crossing_2xx_wins() {
    let (mut world, phones) = fork(2, "");
    world.answer(&phones[1], 180, "2", "");
    let sent = world.answer(&phones[0], 603, "1", "");
    assert_eq!(whats(&sent), ["ACK", "CANCEL"], "the caller hears nothing yet");
    let sent = world.answer(&phones[1], 200, "2", "");
    assert_eq!(whats(&sent), ["200"]);
}

#[test]
fn a_6xx_ends_the_search_and_is_the_answer() {
    for code in [600, 603, 604, 606] {
        let mut world = World::with_bob(&[PHONE[0], PHONE[1], "<sip:bob@192.0.2.23>;q=0.5"]);
        let phones = world.receive(ALICE, &invite("")).split_off(1);
        assert_eq!(phones.len(), 2);
        world.answer(&phones[1], 180, "2", "");
        let sent = world.answer(&phones[0], code, "1", "Warning: 304 b \"no\"\r\n");
        assert_eq!((whats(&sent), sent[1].to()), (vec!["ACK".into(), "CANCEL".into()], phones[1].to()));
        let sent = world.answer(&phones[1], 487, "2", "");
        assert_eq!(whats(&sent), ["ACK", &code.to_string()], "the third phone is not disturbed");
        assert!(sent[1].row("To").ends_with(";tag=1"), "the callee's own tag");
        assert_eq!(sent[1].row("Warning"), "304 b \"no\"");
        let ack = sent[1].ack(&invite(""));
        assert!(world.receive(ALICE, &ack).is_empty(), "the ACK to a failure goes no further");
    }
}

#[test]
fn what_only_one_phone_says_does_not_end_the_search() {
    for code in [486, 404, 406, 488] {
        let (mut world, phones) = fork(2, "");
        world.answer(&phones[1], 180, "2", "");
        assert_eq!(whats(&world.answer(&phones[0], code, "1", "")), ["ACK"], "the other rings on");
        assert_eq!(whats(&world.answer(&phones[1], 200, "2", "")), ["200"]);
    }
}

#[test]
fn every_2xx_reaches_the_caller() {
    let (mut world, phones) = fork(2, "");
    assert_eq!(to_alice(&world.answer(&phones[0], 200, "1", "")), ["200"]);
    let sent = world.answer(&phones[1], 200, "2", "");
    assert_eq!(to_alice(&sent), ["200"]);
    assert!(sent[0].row("To").ends_with(";tag=2"));
    assert_eq!(to_alice(&world.answer(&phones[0], 200, "1", "")), ["200"], "and each of its copies");
}

#[test]
fn early_dialogs_that_end_are_told_by_199_to_a_caller_that_wants_it() {
    for (rows, expected) in
        [("Supported: 199\r\n", vec!["199"]), ("", vec![]), ("Supported: 199\r\nRequire: 100rel\r\n", vec![])]
    {
        let (mut world, phones) = fork(2, rows);
        world.answer(&phones[0], 180, "1", "");
        let sent = world.answer(&phones[0], 486, "1", "");
        assert_eq!(to_alice(&sent), expected, "{rows}");
        if let Some(told) = sent.iter().find(|s| s.what() == "199") {
            assert!(told.row("To").ends_with(";tag=1"), "in the dialog that ended");
            assert!(told.row("Reason").contains("cause=486"));
        }
        let sent = world.answer(&phones[1], 404, "2", "");
        assert_eq!(to_alice(&sent), ["486"], "the last one ends it all, without a 199");
    }
}

#[test]
fn a_199_of_a_callee_is_not_told_twice() {
    let (mut world, phones) = fork(2, "Supported: 199\r\n");
    world.answer(&phones[0], 180, "1", "");
    assert_eq!(to_alice(&world.answer(&phones[0], 199, "1", "")), ["199"]);
    assert!(to_alice(&world.answer(&phones[0], 486, "1", "")).is_empty());
}

#[test]
fn challenges_of_all_branches_are_merged() {
    let (mut world, phones) = fork(3, "");
    world.answer(&phones[0], 401, "1", "WWW-Authenticate: Digest realm=\"one\", nonce=\"1\"\r\n");
    world.answer(&phones[1], 407, "2", "Proxy-Authenticate: Digest realm=\"two\", nonce=\"2\"\r\n");
    let sent = world.answer(&phones[2], 404, "3", "");
    assert_eq!(whats(&sent), ["ACK", "401"]);
    assert_eq!(sent[1].rows("WWW-Authenticate"), ["Digest realm=\"one\", nonce=\"1\""]);
    assert_eq!(sent[1].rows("Proxy-Authenticate"), ["Digest realm=\"two\", nonce=\"2\""]);
}

#[test]
fn groups_of_equal_preference_are_tried_one_after_the_other() {
    let mut world = World::with_bob(&["<sip:bob@192.0.2.22>;q=0.5", "<sip:bob@192.0.2.21>;q=0.9"]);
    let first = world.receive(ALICE, &invite("")).split_off(1);
    assert_eq!((first.len(), first[0].to()), (1, "192.0.2.21:5060".to_owned()));
    let sent = world.answer(&first[0], 486, "1", "");
    assert_eq!(whats(&sent), ["ACK", "INVITE"]);
    assert_eq!(sent[1].to(), "192.0.2.22:5060");
    let sent = world.answer(&sent[1], 404, "2", "");
    assert_eq!(to_alice(&sent), ["486"], "the better of both");
}

#[test]
fn a_lone_503_is_500_for_the_caller() {
    let (mut world, phones) = fork(1, "");
    let sent = world.answer(&phones[0], 503, "1", "Retry-After: 60\r\n");
    assert_eq!(whats(&sent), ["ACK", "500"]);
    assert_eq!(sent[1].row("Retry-After"), "", "the wait was for one server");
    assert_eq!(world.answers(), [(500, "only-unavailable")]);
}

#[test]
fn an_invite_that_nobody_answers_is_408_and_another_request_is_met_with_silence() {
    let (mut world, _) = fork(1, "");
    let sent = world.run_secs(33);
    assert_eq!(to_alice(&sent)[0], "408");
    assert_eq!(world.answers(), [(408, "timer")]);

    let mut world = World::with_bob(&PHONE[..1]);
    let sent = world.receive(ALICE, &request("MESSAGE", BOB, ""));
    assert_eq!(whats(&sent), ["MESSAGE"]);
    let sent = world.run_secs(40);
    assert!(to_alice(&sent).iter().all(|what| what == "100"), "{sent:?}");
    world.run_secs(60);
    assert!(world.server.is_empty());
}

#[test]
fn other_requests_are_forked_too_and_the_first_2xx_is_the_only_one() {
    let mut world = World::with_bob(&PHONE[..2]);
    let phones = world.receive(ALICE, &request("MESSAGE", BOB, ""));
    assert_eq!(whats(&phones), ["MESSAGE", "MESSAGE"]);
    assert_eq!(whats(&world.answer(&phones[0], 200, "1", "")), ["200"], "no CANCEL");
    assert!(world.answer(&phones[1], 200, "2", "").is_empty());
}

#[test]
fn the_best_answer_to_another_request_does_not_wait_for_a_silent_branch_until_nobody_listens() {
    let mut world = World::with_bob(&PHONE[..2]);
    let phones = world.receive(ALICE, &request("MESSAGE", BOB, ""));
    assert!(world.answer(&phones[0], 404, "1", "").is_empty(), "the other one may take it");
    assert!(!to_alice(&world.run_secs(27)).contains(&"404".to_owned()));
    assert_eq!(to_alice(&world.run_secs(1)), ["404"], "before the caller's Timer F");
    assert!(to_alice(&world.answer(&phones[1], 200, "2", "")).is_empty(), "too late: one answer is enough");
    world.run_secs(60);
    assert!(world.server.is_empty());
}

#[test]
fn an_answer_that_comes_late_is_in_time_when_there_is_no_other() {
    let mut world = World::with_bob(&PHONE[..2]);
    let phones = world.receive(ALICE, &request("MESSAGE", BOB, ""));
    world.run_secs(30);
    assert_eq!(to_alice(&world.answer(&phones[1], 200, "2", "")), ["200"]);
}

#[test]
fn the_next_group_of_another_request_is_tried_before_nobody_listens() {
    let mut world = World::with_bob(&["<sip:bob@192.0.2.22>;q=0.5", "<sip:bob@192.0.2.21>;q=0.9"]);
    assert_eq!(world.receive(ALICE, &request("MESSAGE", BOB, "")).len(), 1);
    let sent = world.run_secs(28);
    let second = sent.iter().find(|s| s.to() == "192.0.2.22:5060").unwrap();
    assert_eq!(to_alice(&world.answer(second, 200, "2", "")), ["200"]);
}

#[test]
fn a_cancel_is_answered_and_waits_for_the_provisional_response() {
    let (mut world, phones) = fork(2, "");
    world.answer(&phones[0], 180, "1", "");
    let sent = world.receive(ALICE, &cancel(&invite("")));
    assert_eq!(whats(&sent), ["CANCEL", "200"].map(str::to_owned).iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(sent[1].to(), phones[0].to(), "the other one has not said anything yet");
    let sent = world.answer(&phones[1], 100, "", "");
    assert_eq!(whats(&sent), ["CANCEL"]);
    assert_eq!((sent[0].to(), sent[0].branch()), (phones[1].to(), phones[1].branch()));
    assert_eq!(sent[0].rows("Via").len(), 1);
    assert_eq!(whats(&world.answer(&phones[0], 487, "1", "")), ["ACK"]);
    assert_eq!(whats(&world.answer(&phones[1], 486, "2", "")), ["ACK", "487"]);
    assert_eq!(world.answers(), [(180, "passed"), (200, "done"), (487, "passed")]);
}

#[test]
fn a_cancel_tells_each_phone_why_in_the_words_of_the_caller() {
    let told = |rows: &str| {
        let (mut world, phones) = fork(1, "");
        world.answer(&phones[0], 180, "1", "");
        let cancel = cancel(&invite("")).replacen("\r\n", &format!("\r\n{rows}"), 1);
        let sent = world.receive(ALICE, &cancel);
        sent.iter().find(|sent| sent.what() == "CANCEL").unwrap().row("Reason").to_owned()
    };
    let elsewhere = "SIP;cause=200;text=\"Call completed elsewhere\"";
    assert_eq!(told(&format!("Reason: {elsewhere}\r\n")), elsewhere);
    assert_eq!(told(""), "SIP;cause=487");
}

#[test]
fn a_cancel_stops_the_groups_that_were_not_tried() {
    let mut world = World::with_bob(&[PHONE[0], "<sip:bob@192.0.2.22>;q=0.5"]);
    let phones = world.receive(ALICE, &invite("")).split_off(1);
    world.answer(&phones[0], 180, "1", "");
    world.receive(ALICE, &cancel(&invite("")));
    assert_eq!(whats(&world.answer(&phones[0], 487, "1", "")), ["ACK", "487"]);
}

#[test]
fn a_cancel_that_crosses_the_2xx_changes_nothing() {
    let (mut world, phones) = fork(1, "");
    world.answer(&phones[0], 200, "1", "");
    assert_eq!(whats(&world.receive(ALICE, &cancel(&invite("")))), ["200"]);
}

#[test]
fn a_cancel_of_another_branch_or_sender_names_nothing() {
    let (mut world, phones) = fork(1, "");
    world.answer(&phones[0], 180, "1", "");
    for (old, new) in [("z9hG4bKINVITE", "z9hG4bKother"), ("UDP 192.0.2.1:5060", "UDP 192.0.2.1:5099")] {
        let sent = world.receive(ALICE, &cancel(&invite("")).replace(old, new));
        assert_eq!(whats(&sent), ["CANCEL"], "{new}");
        assert_ne!(sent[0].branch(), phones[0].branch(), "another request's for the phone too");
    }
    assert_eq!(whats(&world.answer(&phones[0], 200, "1", "")), ["200"], "the call goes on");
}

#[test]
fn a_cancel_of_an_unknown_request_goes_on_without_a_transaction_where_a_target_is_known() {
    let mut world = World::with_bob(&PHONE[..2]);
    let text = cancel(&invite(""));
    let first = world.receive(ALICE, &text);
    assert_eq!(whats(&first), ["CANCEL"], "to one target only (RFC 3261 §16.11)");
    assert_eq!((first[0].uri(), first[0].to()), ("sip:bob@192.0.2.21".into(), "192.0.2.21:5060".into()));
    assert_eq!((first[0].row("Max-Forwards"), first[0].rows("Via").len()), ("69".to_owned(), 2));
    assert_eq!(world.server.transactions(), 0);
    let again = world.receive(ALICE, &text);
    assert_eq!(again[0].bytes, first[0].bytes, "a copy is a copy there too");
    // RFC 6026 §7.3: a response without a transaction goes no further.
    assert!(world.answer(&first[0], 481, "1", "").is_empty());
    assert_eq!(world.answers(), [(0, "no-transaction")]);
    assert!(world.run_secs(10).is_empty(), "nothing is repeated");
}

#[test]
fn a_cancel_that_can_go_nowhere_is_481_and_one_that_may_not_pass_is_refused() {
    let to = |uri: &str, rows: &str| cancel(&request("INVITE", uri, rows));
    for (uri, rows, status, cause) in [
        ("sip:192.0.2.9", "", 481, "no-such-dialog"),
        ("sip:zoe@example.test", "", 481, "no-such-dialog"),
        (BOB, "", 481, "no-such-dialog"),
        (BOB, "Max-Forwards: 0\r\n", 483, "hop-limit"),
        ("sip:x@192.0.2.88", "", 403, "relay"),
        (BOB, "Route: <sip:192.0.2.88;lr>\r\n", 403, "relay"),
        ("sip:x@192.0.2.88", "Route: <sip:192.0.2.9;lr;rb=0000000000000>\r\n", 403, "relay"),
    ] {
        let mut world = World::new();
        let sent = world.receive(ALICE, &to(uri, rows));
        assert_eq!(whats(&sent), [status.to_string()], "{uri} {rows}");
        assert_eq!(world.answers(), [(status, cause)], "{uri} {rows}");
    }
}

#[test]
fn a_cancel_within_a_dialog_that_was_let_through_goes_its_way() {
    let (mut world, phones) = fork(1, "");
    let route = format!("Route: {}\r\n", phones[0].row("Record-Route"));
    let text = cancel(&request("INVITE", "sip:bob@192.0.2.21", &route)).replace("z9hG4bKINVITE", "z9hG4bKre");
    let sent = world.receive(ALICE, &text);
    assert_eq!((whats(&sent), sent[0].to()), (vec!["CANCEL".to_owned()], "192.0.2.21:5060".to_owned()));
}

#[test]
fn a_cancel_that_runs_in_a_circle_is_482() {
    let mut world = World::new();
    let udp = ringback_sip::flow::Transport::Udp;
    world.register("bob", "<sip:bob@192.0.2.9>", ALICE, udp);
    let first = world.receive(ALICE, &cancel(&invite(""))).remove(0);
    world.answers();
    let second = world.receive(PROXY, &first.text());
    assert_eq!(whats(&second), ["481"], "at our own address nobody is called bob: {second:?}");
    let around = first.text().replace("sip:bob@192.0.2.9", BOB);
    assert_eq!(whats(&world.receive(PROXY, &around)), ["482"]);
}

#[test]
fn a_response_without_the_via_of_the_caller_is_dropped_and_its_branch_waits_for_another() {
    let (mut world, phones) = fork(1, "");
    let ours = format!("Via: {}\r\n", phones[0].rows("Via")[1]);
    for code in [180, 200, 486] {
        let text = phones[0].response(code, "1", "").replacen(&ours, "", 1);
        assert!(world.receive("192.0.2.21:5060", &text).is_empty(), "{code}");
        assert_eq!(world.answers(), [(0, "no-transaction")]);
    }
    assert_eq!(whats(&world.answer(&phones[0], 200, "1", "")), ["200"]);

    let (mut world, phones) = fork(1, "");
    world.receive("192.0.2.21:5060", &phones[0].response(486, "1", "").replacen(&ours, "", 1));
    assert_eq!(to_alice(&world.run_secs(33))[0], "408", "as if it had not come");
}

#[test]
fn a_response_that_nobody_waits_for_goes_nowhere() {
    let (mut world, phones) = fork(1, "");
    let forged = phones[0].response(200, "1", "").replacen(&phones[0].branch(), "z9hG4bKforged", 1);
    assert!(world.receive("192.0.2.21:5060", &forged).is_empty());
    let elsewhere = phones[0].response(200, "1", "").replacen(PROXY, "192.0.2.77:5060", 1);
    assert!(world.receive("192.0.2.21:5060", &elsewhere).is_empty(), "sent-by is not ours");
}
