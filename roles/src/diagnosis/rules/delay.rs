//! Calls that take long before they ring.

use super::super::facts::{Call, CallKind, Facts, Message, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use core::time::Duration;
use ringback_sip::registry::Method;

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D34", level: Level::Symptom, explains: &[], judge: Judge::Call(slow_to_ring) }];

/// D34: a call rings late, and where the time went (RFC 6076 §4.2).
fn slow_to_ring(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    if call.kind != CallKind::Call || call.begins_midway() {
        return;
    }
    let Some(caller) = call.messages.iter().find(|message| message.is(Method::Invite)) else { return };
    let rings = |message: &&Message| {
        message.dst == caller.src
            && message.method == Some(Method::Invite)
            && message.code().is_some_and(|code| (180..190).contains(&code))
    };
    let Some(ringing) = call.messages.iter().find(rings) else { return };
    // A person may have typed a password before this try.
    let asks = |message: &&Message| {
        message.is(Method::Invite) && message.src == caller.src && message.cseq == ringing.cseq
    };
    let Some(asked) = call.messages.iter().find(asks) else { return };
    let waited = ringing.at.since(asked.at);
    if waited < LONG {
        return judgement.rule_out("D34");
    }
    let first = call.messages.iter().find(|message| {
        message.status.is_some()
            && message.dst == asked.src
            && message.method == Some(Method::Invite)
            && message.at >= asked.at
    });
    let heard = first.map_or(waited, |first| first.at.since(asked.at));
    let tried = failed_try(call, asked, ringing);
    let (case, actor) = match tried {
        Some(_) => ("tried", Actor::Us),
        None if heard >= waited / 2
            && heard >= LONG / 2
            && first.map(|first| first.no) != Some(ringing.no) =>
        {
            ("near", Actor::Network)
        }
        None => ("far", Actor::Carrier),
    };
    let seconds = |time: Duration| format!("{:.1}", time.as_secs_f64());
    let mut finding = Finding::new("D34", Certainty::Certain, actor)
        .note_if(waited < TOO_LONG)
        .case(case)
        .hop(asked.src, asked.dst)
        .basis("RFC 6076 §4.2")
        .value("seconds", seconds(waited))
        .value("heard", seconds(heard))
        .value("peer", tried.map_or(asked.dst, |(tried, _)| tried.server))
        .evidence(asked.no, "", "why-asked", vec![]);
    if let Some((_, request)) = tried {
        finding = finding.evidence(request.no, "", "why-tried", vec![]);
    } else if let Some(first) = first.filter(|first| first.no != ringing.no) {
        finding = finding.evidence(first.no, "", "why-heard", vec![("heard", seconds(heard))]);
    }
    judgement.found(finding.evidence(ringing.no, "", "why-ringing", vec![("seconds", seconds(waited))]));
}

/// A destination behind the first hop that was tried before, and did not serve the call.
fn failed_try<'a>(
    call: &'a Call,
    asked: &Message,
    ringing: &Message,
) -> Option<(&'a Transaction, &'a Message)> {
    let mut onward = call.of(Method::Invite).filter(|one| one.client != asked.src);
    onward.find_map(|one| {
        let request = call.request_of(one).filter(|request| request.at < ringing.at)?;
        let failed = match call.final_of(one) {
            None => one.is_unanswered(),
            Some(end) => end.at < ringing.at && matches!(end.code(), Some(408 | 500..=599)),
        };
        let went_on = call.of(Method::Invite).any(|next| {
            next.client.ip() == one.client.ip()
                && next.branch != one.branch
                && call.request_of(next).is_some_and(|next| next.at.since(request.at) > LONG / 3)
        });
        (failed && went_on).then_some((one, request))
    })
}

/// Callers begin to wonder.
const LONG: Duration = Duration::from_secs(3);
/// Callers hang up.
const TOO_LONG: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, rules_of, verdict};
    use super::*;

    /// A call that gets a 100 and rings at these moments, and is answered.
    fn rings(trying: u64, ringing: u64) -> Scene {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call");
        scene.response(trying, "b", "a", "100 Trying", "INVITE", "call");
        scene.response(ringing, "b", "a", "180 Ringing", "INVITE", "call");
        scene.response(ringing + 4000, "b", "a", "200 OK", "INVITE", "call");
        scene.number(1).request_in(ringing + 4010, "a", "b", "ACK", "call", "");
        scene
    }

    #[test]
    fn d34_a_call_that_rings_after_8_seconds_is_slow_and_it_says_where() {
        assert_eq!(verdict(&rings(20, 9000)), ("D34", "far", Certainty::Certain));
        assert_eq!(verdict(&rings(7000, 9000)), ("D34", "near", Certainty::Certain));
    }

    #[test]
    fn d34_a_server_that_tries_a_dead_destination_first_makes_the_call_slow() {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call");
        scene.response(20, "b", "a", "100 Trying", "INVITE", "call");
        scene.number(3).request(30, "b", "c", "INVITE", "call");
        scene.number(4).request(9000, "b", "d", "INVITE", "call");
        scene.number(2).response(9500, "b", "a", "180 Ringing", "INVITE", "call");
        scene.response(12_000, "b", "a", "200 OK", "INVITE", "call");
        let diagnosis = scene.diagnosis("call");
        assert!(diagnosis.roots.iter().any(|found| (found.rule, found.case) == ("D34", "tried")));
    }

    #[test]
    fn d34_a_few_seconds_are_worth_a_note_and_less_is_nothing() {
        let diagnosis = rings(20, 4000).diagnosis("call");
        assert!(diagnosis.is_good() && diagnosis.notes.iter().any(|note| note.rule == "D34"));
        let diagnosis = rings(20, 2500).diagnosis("call");
        assert!(diagnosis.notes.is_empty() && diagnosis.ruled_out.contains(&"D34"));
    }

    #[test]
    fn d34_is_not_a_call_that_is_answered_late() {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call").response(9000, "b", "a", "200 OK", "INVITE", "call");
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D34"));
    }

    #[test]
    fn d34_is_not_the_time_that_a_person_takes_for_a_password() {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call");
        scene.response(50, "b", "a", "407 Proxy Authentication Required", "INVITE", "call");
        scene.request(17_000, "a", "b", "INVITE", "call").response(
            17_500,
            "b",
            "a",
            "180 Ringing",
            "INVITE",
            "call",
        );
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D34"));
    }

    #[test]
    fn d34_without_the_beginning_in_view_says_nothing() {
        let mut scene = Scene::new();
        scene.response(0, "b", "a", "100 Trying", "INVITE", "call");
        scene.request(10, "a", "b", "INVITE", "call").response(
            9999,
            "b",
            "a",
            "180 Ringing",
            "INVITE",
            "call",
        );
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D34"));
    }
}
