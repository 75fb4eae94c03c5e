//! Session timers: calls that end on schedule, for nobody renewed them.

use super::super::facts::{Call, Facts, Message, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::shared::{bye_after, side};
use core::time::Duration;
use ringback_sip::registry::{HeaderName, Method};

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D40", level: Level::Root, explains: &["D44"], judge: Judge::Call(expired) }];

/// The last agreement about how long a call lasts without being renewed.
struct Agreement<'a> {
    answer: &'a Message,
    interval: Duration,
    /// The side that should have renewed it, when that was told.
    refresher: Option<Actor>,
}

/// D40: a call ends when its session timer runs out, for it was not renewed (RFC 4028 §9, §10).
fn expired(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let Some(answer) = call.answer().filter(|answer| answer.method == Some(Method::Invite)) else { return };
    let Some(bye) = bye_after(call, answer) else { return };
    let mut agreements = call.transactions.iter().filter_map(|one| Agreement::read(call, one));
    let Some(agreed) = agreements.rfind(|agreed| agreed.answer.at <= bye.at) else {
        return same_age(facts, call, answer, bye, judgement);
    };
    let age = bye.at.since(agreed.answer.at);
    // Who did not renew it hangs up a little before the end (RFC 4028 §10).
    let early = agreed.interval.saturating_sub((agreed.interval / 3).min(Duration::from_secs(32)));
    let is_due = [early, agreed.interval].iter().any(|due| age.abs_diff(*due) <= NEAR);
    let is_owed = agreed.refresher.is_none_or(|refresher| refresher != side(call, bye.src));
    if !is_due || !is_owed {
        return judgement.rule_out("D40");
    }
    let tried = call.transactions.iter().find_map(|one| {
        let request = call.request_of(one).filter(|request| {
            matches!(request.method, Some(Method::Invite | Method::Update)) && request.at > agreed.answer.at
        })?;
        Some((one, request))
    });
    let certainty = if agreed.refresher.is_some() { Certainty::Certain } else { Certainty::Likely };
    let case = if tried.is_some() { "failed" } else { "unrenewed" };
    let mut finding = Finding::new("D40", certainty, agreed.refresher.unwrap_or(Actor::Callee))
        .case(case)
        .hop(bye.src, bye.dst)
        .basis("RFC 4028 §10")
        .value("interval", agreed.interval.as_secs())
        .value("seconds", age.as_secs())
        .value("party", bye.src)
        .value(
            "code",
            tried.and_then(|(one, _)| call.final_of(one)).map_or_else(|| "-".to_owned(), Message::title),
        )
        .evidence(agreed.answer.no, "Session-Expires", "why-agreed", vec![]);
    if let Some((_, request)) = tried {
        finding = finding.evidence(request.no, "", "why-tried", vec![]);
    }
    judgement.found(finding.evidence(bye.no, "", "why-bye", vec![]));
}

impl<'a> Agreement<'a> {
    fn read(call: &'a Call, transaction: &Transaction) -> Option<Self> {
        if !matches!(transaction.method, Some(Method::Invite | Method::Update)) {
            return None;
        }
        let answer = call.final_of(transaction).filter(|answer| answer.is_success())?;
        let value = answer.header(HeaderName::SESSION_EXPIRES)?;
        let mut parts = value.split(';').map(str::trim);
        let seconds: u64 = parts.next()?.parse().ok()?;
        let role = parts.find_map(|part| part.strip_prefix("refresher="));
        let refresher = match role {
            Some("uac") => Some(side(call, transaction.client)),
            Some("uas") => Some(side(call, transaction.server)),
            _ => None,
        };
        Some(Agreement { answer, interval: Duration::from_secs(seconds), refresher })
    }
}

/// Without an agreement in view: calls that all end at the same round age.
fn same_age(facts: &Facts, call: &Call, answer: &Message, bye: &Message, judgement: &mut Judgement<'_>) {
    let age = bye.at.since(answer.at);
    let is_round = ROUND.iter().any(|&seconds| age.abs_diff(Duration::from_secs(seconds)) <= EXACT);
    if !is_round {
        return;
    }
    let ages = |other: &Call| {
        let answer = other.answer()?;
        Some(bye_after(other, answer)?.at.since(answer.at))
    };
    let mut others = facts.calls().filter(|other| other.id != call.id).take(CALLS_LOOKED_AT);
    if !others.any(|other| ages(other).is_some_and(|other| other.abs_diff(age) <= EXACT)) {
        return judgement.rule_out("D40");
    }
    judgement.found(
        Finding::new("D40", Certainty::Likely, side(call, bye.src))
            .case("round")
            .hop(bye.src, bye.dst)
            .basis("RFC 4028 §10")
            .value("seconds", (age + EXACT / 2).as_secs())
            .value("party", bye.src)
            .evidence(answer.no, "", "why-answer", vec![])
            .evidence(bye.no, "", "why-bye", vec![]),
    );
}

/// How exactly a session timer keeps its time.
const NEAR: Duration = Duration::from_secs(2);
const EXACT: Duration = Duration::from_millis(500);
/// Seconds that people configure as the longest call.
const ROUND: &[u64] = &[300, 600, 900, 1800, 3600, 7200];
const CALLS_LOOKED_AT: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::super::super::legs::Legs;
    use super::super::super::testing::{Scene, any_verdict, rules_of, verdict};
    use super::super::super::{Ender, Seen, ended_by};
    use super::*;

    const MINUTES: u64 = 60_000;

    /// A call with this session timer, that the caller should renew; renewed at this moment, and hung up by `by` at
    /// another.
    fn timed(expires: &str, renewed: Option<(u64, &str)>, by: &str, end: u64) -> Scene {
        let mut scene = Scene::new();
        let other = if by == "a" { "b" } else { "a" };
        scene.request(0, "a", "b", "INVITE", "call");
        scene.response_with(1000, "b", "a", "200 OK", "INVITE", "call", expires);
        scene.number(1).request_in(1010, "a", "b", "ACK", "call", "");
        if let Some((at, status)) = renewed {
            scene.number(6).request_in(at, "a", "b", "UPDATE", "call", "");
            scene.response_with(at + 20, "b", "a", status, "UPDATE", "call", expires);
        }
        scene.number(9).request_in(end, by, other, "BYE", "call", "");
        scene.response(end + 20, other, by, "200 OK", "BYE", "call").end(end + 40_000);
        scene
    }

    const HALF_HOUR: &str = "Session-Expires: 1800;refresher=uac";

    #[test]
    fn d40_a_call_that_nobody_renews_ends_32_seconds_before_its_interval_does() {
        let scene = timed(HALF_HOUR, None, "b", 1000 + 1_768_000);
        assert_eq!(verdict(&scene), ("D40", "unrenewed", Certainty::Certain));
        let scene = timed("Session-Expires: 90", None, "b", 1000 + 60_000);
        assert_eq!(verdict(&scene), ("D40", "unrenewed", Certainty::Likely));
    }

    #[test]
    fn d40_a_call_that_a_timer_ends_is_ended_by_nobody_and_else_by_whoever_hangs_up() {
        let ender = |scene: &Scene| {
            let found = scene.diagnosis("call").roots;
            ended_by(&Legs::one(scene.facts.call(b"call").expect("the call")), &found)
        };
        assert_eq!(ender(&timed(HALF_HOUR, None, "b", 1000 + 1_768_000)), Some(Ender::Timer));
        assert_eq!(ender(&timed(HALF_HOUR, None, "b", 1_500_000)), Some(Ender::Callee));
        assert_eq!(ender(&timed(HALF_HOUR, None, "a", 1000 + 1_768_000)), Some(Ender::Caller));
    }

    #[test]
    fn d40_nothing_is_certain_of_a_call_whose_capturer_gives_odd_ends() {
        let mut scene = timed(HALF_HOUR, None, "b", 1000 + 1_768_000);
        let known = scene.facts.call(b"call").expect("the call").messages[0].clone();
        let seen = Seen {
            at: known.at,
            frame: 0,
            src: known.src,
            dst: known.src,
            transport: known.transport,
            fragmented: false,
            link: 0,
            capturer: Some(1),
            bytes: &known.bytes,
        };
        scene.facts.add_doubtful(&seen);
        let diagnosis = scene.diagnosis("call");
        assert!(diagnosis.roots.iter().chain(&diagnosis.notes).all(|one| one.certainty < Certainty::Certain));
        assert!(diagnosis.roots.iter().any(|one| one.rule == "D40"));
        assert_eq!(scene.facts.loss().odd_ends, 1);
    }

    #[test]
    fn d40_a_renewal_that_fails_ends_the_call_too() {
        let scene =
            timed(HALF_HOUR, Some((15 * MINUTES, "500 Server Internal Error")), "b", 1000 + 1_768_000);
        assert_eq!(verdict(&scene), ("D40", "failed", Certainty::Certain));
    }

    #[test]
    fn d40_calls_that_all_end_at_the_same_round_age_have_a_limit() {
        let mut scene = timed("", None, "b", 1000 + 15 * MINUTES);
        assert_eq!(any_verdict(&scene, "call"), None);
        scene.request(2_000_000, "a", "b", "INVITE", "other");
        scene.response(2_001_000, "b", "a", "200 OK", "INVITE", "other");
        scene.number(20).request_in(2_901_100, "b", "a", "BYE", "other", "");
        assert_eq!(verdict(&scene), ("D40", "round", Certainty::Likely));
    }

    #[test]
    fn d40_is_not_a_call_that_is_renewed_or_hung_up_at_another_time_or_by_whoever_should_renew_it() {
        for scene in [
            timed(HALF_HOUR, Some((15 * MINUTES, "200 OK")), "b", 1000 + 1_768_000),
            timed(HALF_HOUR, None, "b", 1_500_000),
            timed(HALF_HOUR, None, "a", 1000 + 1_768_000),
        ] {
            let diagnosis = scene.diagnosis("call");
            assert!(diagnosis.is_good() && diagnosis.ruled_out.contains(&"D40"));
        }
    }

    #[test]
    fn d40_without_the_end_in_view_says_nothing() {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call");
        scene.response_with(1000, "b", "a", "200 OK", "INVITE", "call", HALF_HOUR).end(3_000_000);
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D40"));
    }
}
