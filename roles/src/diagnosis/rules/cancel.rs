//! CANCEL: a caller that gives up, and is not heard.

use super::super::facts::{Call, Facts, Message, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::super::timing::{LadderKind, fit};
use core::time::Duration;
use ringback_sip::registry::Method;

pub(super) const RULES: &[Rule] = &[
    Rule { id: "D27", level: Level::Root, explains: &[], judge: Judge::Call(crossed) },
    Rule { id: "D28", level: Level::Root, explains: &["D01", "D26"], judge: Judge::Call(without_effect) },
];

/// D27: a CANCEL crosses the answer, and the caller, who wanted to end the call, leaves it up (RFC 3261 §9.1, §15).
fn crossed(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for cancel in call.of(Method::Cancel) {
        let Some(sent) = call.request_of(cancel) else { continue };
        let own = |invite: &&Transaction| invite.branch == cancel.branch && invite.client == cancel.client;
        let Some(invite) = call.of(Method::Invite).find(own) else { continue };
        let success = call.final_of(invite).filter(|end| end.is_success());
        let Some(answer) = success.filter(|end| end.at.since(sent.at).max(sent.at.since(end.at)) < CROSSING)
        else {
            continue;
        };
        let bye = call.messages.iter().find(|message| message.is(Method::Bye) && message.at >= answer.at);
        if bye.is_some_and(|bye| bye.at.since(answer.at) < GOODBYE) {
            judgement.rule_out("D27");
            continue;
        }
        let finding = Finding::new("D27", Certainty::Certain, Actor::Caller)
            .case(if bye.is_some() { "late" } else { "" })
            .hop(cancel.client, cancel.server)
            .basis("RFC 3261 §9.1")
            .value("peer", cancel.server)
            .value("seconds", bye.map_or(0, |bye| bye.at.since(answer.at).as_secs()))
            .evidence(sent.no, "", "why-cancel", vec![])
            .evidence(answer.no, "", "why-answer", vec![]);
        match bye {
            Some(bye) => judgement.found(finding.evidence(bye.no, "", "why-bye", vec![])),
            None => judgement.found_absence(finding, answer.at),
        }
    }
}

/// D28: a CANCEL that does not end what it should (RFC 3261 §9.1, §9.2).
fn without_effect(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for cancel in call.of(Method::Cancel) {
        let Some(sent) = call.request_of(cancel) else { continue };
        let Some(invite) = meant(call, cancel, sent) else { continue };
        let Some(request) = call.request_of(invite) else { continue };
        // An answer that crossed it, or the end that it asked for.
        if call
            .final_of(invite)
            .is_some_and(|end| end.at.since(sent.at) < CROSSING || end.code() == Some(487))
        {
            judgement.rule_out("D28");
            continue;
        }
        let Some((case, certainty)) = case_of(call, cancel, sent, invite, request) else {
            judgement.rule_out("D28");
            continue;
        };
        let actor = if matches!(case, "other" | "early") { Actor::Caller } else { Actor::Callee };
        let answer = call.final_of(cancel);
        let mut finding = Finding::new("D28", certainty, actor)
            .case(case)
            .hop(cancel.client, cancel.server)
            .basis("RFC 3261 §9.1")
            .value("peer", cancel.server)
            .value("copies", cancel.copies.len())
            .value("code", answer.map(Message::title).unwrap_or_default())
            .evidence(request.no, "Via", "why-invite", vec![])
            .evidence(sent.no, "Via", "why-cancel", vec![]);
        if let Some(answer) = answer {
            finding = finding.evidence(answer.no, "", "why-answer", vec![("code", answer.title())]);
        }
        match case {
            "silent" | "kept" => judgement.found_absence(finding, sent.at),
            _ => judgement.found(finding),
        }
    }
}

/// The INVITE that a CANCEL is for: the one with its branch, or else the last one on this hop that was open then.
fn meant<'a>(call: &'a Call, cancel: &Transaction, sent: &Message) -> Option<&'a Transaction> {
    let own = || call.of(Method::Invite).filter(|invite| invite.client == cancel.client);
    let is_open = |invite: &&Transaction| {
        call.request_of(invite).is_some_and(|request| request.at <= sent.at)
            && call.final_of(invite).is_none_or(|end| end.at > sent.at)
    };
    let same = own().find(|invite| invite.branch == cancel.branch);
    same.or_else(|| own().filter(is_open).last())
}

fn case_of(
    call: &Call,
    cancel: &Transaction,
    sent: &Message,
    invite: &Transaction,
    request: &Message,
) -> Option<(&'static str, Certainty)> {
    let answer = call.final_of(cancel);
    let target = |message: &Message| message.syntax().map(|syntax| syntax.request_uri().to_vec());
    let is_other = invite.branch != cancel.branch
        || invite.cseq != cancel.cseq
        || invite.server != cancel.server
        || target(sent) != target(request);
    let was_heard = invite.provisionals.first().is_some_and(|&place| call.messages[place].at <= sent.at);
    match answer {
        Some(answer) if answer.is_success() => {
            call.final_of(invite).is_none().then_some(("kept", Certainty::Likely))
        }
        _ if is_other => Some(("other", Certainty::Certain)),
        _ if !was_heard => Some(("early", Certainty::Certain)),
        Some(answer) if answer.code() != Some(408) => Some(("refused", Certainty::Likely)),
        _ if fit(&cancel.copy_times(&call.messages), LadderKind::Capped)
            .is_some_and(|ladder| ladder.copies >= COPIES_MIN) =>
        {
            Some(("silent", Certainty::Likely))
        }
        Some(_) => Some(("refused", Certainty::Likely)),
        None => None,
    }
}

/// Who wanted to end a call hangs up sooner than this.
const GOODBYE: Duration = Duration::from_secs(5);
/// What crosses a CANCEL comes sooner than this.
const CROSSING: Duration = Duration::from_secs(2);
/// Fewer copies than this may have been lost by chance.
const COPIES_MIN: usize = 3;

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, any_verdict, rules_of, verdict};
    use super::*;

    const LADDER: [u64; 6] = [0, 500, 1500, 3500, 7500, 11500];

    /// A call that gets these provisional responses, and is cancelled so often after 5 s.
    fn cancelled(provisionals: &[&str], copies: usize) -> Scene {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call");
        for status in provisionals {
            scene.response(40, "b", "a", status, "INVITE", "call");
        }
        for at in &LADDER[..copies] {
            scene.number(1).request(5000 + at, "a", "b", "CANCEL", "call");
        }
        scene
    }

    /// A call whose CANCEL crosses the answer.
    fn crossing() -> Scene {
        let mut scene = cancelled(&["180 Ringing"], 1);
        scene.response(5020, "b", "a", "200 OK", "INVITE", "call");
        scene.response(5040, "b", "a", "200 OK", "CANCEL", "call");
        scene.request_in(5060, "a", "b", "ACK", "call", "");
        scene
    }

    #[test]
    fn d27_a_call_that_is_answered_while_it_is_cancelled_stays_up_when_nobody_hangs_up() {
        assert_eq!(verdict(crossing().end(90_000)), ("D27", "", Certainty::Certain));
        let mut scene = crossing();
        scene.request_in(40_000, "a", "b", "BYE", "call", "");
        scene.response(40_020, "b", "a", "200 OK", "BYE", "call").end(90_000);
        assert_eq!(verdict(&scene), ("D27", "late", Certainty::Certain));
    }

    #[test]
    fn d27_is_not_a_caller_who_hangs_up_at_once() {
        let mut scene = crossing();
        scene.request_in(5070, "a", "b", "BYE", "call", "");
        scene.response(5090, "b", "a", "200 OK", "BYE", "call").end(90_000);
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D27"));
        assert!(scene.diagnosis("call").ruled_out.contains(&"D27"));
    }

    #[test]
    fn d27_in_a_capture_that_was_cut_short_is_less_sure() {
        assert_eq!(verdict(crossing().end(9000)), ("D27", "", Certainty::Likely));
    }

    #[test]
    fn d28_a_cancel_that_nobody_answers_after_a_100_shows_that_the_server_is_gone() {
        let mut scene = cancelled(&["100 Trying"], 6);
        assert_eq!(verdict(scene.end(90_000)), ("D28", "silent", Certainty::Likely));
    }

    #[test]
    fn d28_a_cancel_before_any_answer_or_with_another_branch_cannot_work() {
        let mut scene = cancelled(&[], 1);
        scene.response(5040, "b", "a", "481 Call/Transaction Does Not Exist", "CANCEL", "call").end(90_000);
        assert_eq!(any_verdict(&scene, "call"), Some(("D28", "early", Certainty::Certain)));
        let mut scene = cancelled(&["180 Ringing"], 0);
        scene.number(6).request(5000, "a", "b", "CANCEL", "call");
        scene.response(5040, "b", "a", "481 Call/Transaction Does Not Exist", "CANCEL", "call").end(90_000);
        assert_eq!(verdict(&scene), ("D28", "other", Certainty::Certain));
    }

    #[test]
    fn d28_a_cancel_that_is_taken_and_ends_nothing_is_a_fault_and_a_refused_one_too() {
        let mut scene = cancelled(&["180 Ringing"], 1);
        scene.response(5040, "b", "a", "200 OK", "CANCEL", "call").end(90_000);
        assert_eq!(verdict(&scene), ("D28", "kept", Certainty::Likely));
        let mut scene = cancelled(&["180 Ringing"], 1);
        scene.response(5040, "b", "a", "500 Server Internal Error", "CANCEL", "call").end(90_000);
        assert_eq!(verdict(&scene), ("D28", "refused", Certainty::Likely));
    }

    #[test]
    fn d28_is_not_a_cancel_that_works_or_crosses_the_answer() {
        for end in ["487 Request Terminated", "200 OK", "486 Busy Here"] {
            let mut scene = cancelled(&["180 Ringing"], 1);
            scene.response(5040, "b", "a", "200 OK", "CANCEL", "call");
            scene.number(2).response(5050, "b", "a", end, "INVITE", "call").end(90_000);
            assert!(!rules_of(&scene.diagnosis("call")).contains(&"D28"), "{end}");
        }
    }

    #[test]
    fn d28_in_a_capture_that_ends_early_is_less_sure() {
        let mut scene = cancelled(&["100 Trying"], 4);
        assert_eq!(verdict(scene.end(10_000)), ("D28", "silent", Certainty::Possible));
    }
}
