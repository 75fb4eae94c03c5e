//! Reach and transport: requests that do not arrive, answers that do not come back.

use super::super::facts::{Call, Facts, Point, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::super::timing::{LadderKind, fit};
use core::time::Duration;
use ringback_sip::flow::Transport;
use ringback_sip::registry::Method;

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D01", level: Level::Root, explains: &[], judge: Judge::Call(nobody_answers) }];

/// D01: copies on the schedule of timer A or E, and nothing at all comes back (RFC 3261 §17.1.1.2, §17.1.2.2).
fn nobody_answers(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let over_udp = |transaction: &&Transaction| {
        let first = transaction.copies.first().map(|&place| &call.messages[place]);
        first.is_some_and(|first| first.transport == Transport::Udp && !first.is(Method::Ack))
    };
    for transaction in call.transactions.iter().filter(over_udp) {
        let is_reported = facts.icmp_about(transaction.client, transaction.server).next().is_some();
        if transaction.copies.len() < COPIES_MIN || is_reported {
            continue;
        }
        let kind = match transaction.method {
            Some(Method::Invite) => LadderKind::Doubling,
            _ => LadderKind::Capped,
        };
        match fit(&transaction.copy_times(&call.messages), kind) {
            Some(_) if transaction.is_unanswered() => judgement_of(facts, call, transaction, judgement),
            _ => judgement.rule_out("D01"),
        }
    }
}

fn judgement_of(facts: &Facts, call: &Call, transaction: &Transaction, judgement: &mut Judgement<'_>) {
    let (Some(&first), Some(&last)) = (transaction.copies.first(), transaction.copies.last()) else { return };
    let (first, last) = (&call.messages[first], &call.messages[last]);
    let lived = facts.answered(transaction.server, first.at, NEIGHBOURHOOD);
    let case = match (lived, facts.point(first)) {
        (Some(_), _) => "lives",
        (None, Point::Receiver) => "receiver",
        (None, _) => "silent",
    };
    let actor = if case == "receiver" { Actor::Callee } else { Actor::Network };
    let timer = if transaction.method == Some(Method::Invite) { "timer-b" } else { "timer-f" };
    let mut finding = Finding::new("D01", Certainty::Certain, actor)
        .case(case)
        .hop(transaction.client, transaction.server)
        .basis(timer)
        .basis("RFC 3261 §8.1.3.1")
        .value("method", first.title())
        .value("peer", transaction.server)
        .value("copies", transaction.copies.len())
        .value("seconds", last.at.since(first.at).as_secs())
        .evidence(first.no, "", "why-first", vec![])
        .evidence(last.no, "", "why-last", vec![]);
    if let Some((_, answer)) = lived {
        finding = finding.evidence(answer, "", "why-lives", vec![]);
    }
    judgement.found_absence(finding, first.at);
}

/// Fewer copies than this may be a slow answer.
const COPIES_MIN: usize = 3;
/// An answer this near shows that the peer was up.
const NEIGHBOURHOOD: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, rules_of};
    use super::*;

    const LADDER: [u64; 7] = [0, 500, 1500, 3500, 7500, 15500, 31500];

    fn silence(until: u64) -> Scene {
        let mut scene = Scene::new();
        for at in LADDER.into_iter().filter(|at| *at <= until) {
            scene.request(at, "a", "b", "INVITE", "call");
        }
        scene.end(until);
        scene
    }

    #[test]
    fn d01_copies_without_any_answer_mean_that_nobody_answers() {
        let diagnosis = silence(40_000).diagnosis("call");
        let verdict = diagnosis.verdict().expect("a finding");
        assert_eq!((verdict.rule, verdict.certainty, verdict.case), ("D01", Certainty::Certain, "silent"));
        assert_eq!(verdict.evidence.iter().map(|e| e.message).collect::<Vec<_>>(), [1, 7]);
        assert!(verdict.values.contains(&("copies", "7".to_owned())));
    }

    #[test]
    fn d01_is_about_the_way_when_the_peer_answered_something_else() {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "OPTIONS", "probe").response(20, "b", "a", "200 OK", "OPTIONS", "probe");
        for at in LADDER {
            scene.request(at + 1000, "a", "b", "INVITE", "call");
        }
        let diagnosis = scene.end(40_000).diagnosis("call");
        assert_eq!(diagnosis.verdict().map(|finding| finding.case), Some("lives"));
    }

    #[test]
    fn d01_is_not_a_late_answer() {
        let mut scene = silence(1500);
        scene.response(1600, "b", "a", "100 Trying", "INVITE", "call");
        let diagnosis =
            scene.response(1700, "b", "a", "200 OK", "INVITE", "call").end(40_000).diagnosis("call");
        assert_eq!(rules_of(&diagnosis), [""; 0]);
        assert!(diagnosis.ruled_out.contains(&"D01"));
    }

    #[test]
    fn d01_in_a_capture_that_was_cut_short_is_less_sure() {
        let diagnosis = silence(4000).diagnosis("call");
        let verdict = diagnosis.verdict().expect("a finding");
        assert_eq!((verdict.certainty, verdict.is_cut_short), (Certainty::Likely, true));
    }
}
