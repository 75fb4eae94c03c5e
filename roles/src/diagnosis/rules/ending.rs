//! Who hung up, and whether that was a person's wish.

use super::super::facts::{Call, Facts, Message};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::legs::Legs;
use super::super::rule::{Judge, Level, Rule};
use super::shared::{bye_after, reason, side};
use core::borrow::Borrow;
use core::time::Duration;
use ringback_sip::registry::{HeaderName, Method};
use serde::Serialize;

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D44", level: Level::Symptom, explains: &[], judge: Judge::Call(hung_up) }];

/// D44: a call was ended by something else than a person: as Reason of the BYE tells, or so soon that nobody can have
/// spoken (RFC 3326, RFC 3398 §8.2.6.1).
fn hung_up(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let Some(answer) = call.answer().filter(|answer| answer.method == Some(Method::Invite)) else { return };
    let Some(bye) = bye_after(call, answer) else { return };
    let talked = bye.at.since(answer.at);
    let is_abnormal = reason(bye, "Q.850").is_some_and(|cause| !NORMAL.contains(&cause))
        || reason(bye, "SIP").is_some_and(|code| code >= 400 && !matches!(code, 486 | 487 | 600 | 603));
    let case = match () {
        () if is_abnormal => "told",
        () if talked < BRIEF && is_silent(facts, call) => "brief",
        () => return judgement.rule_out("D44"),
    };
    let certainty = if case == "told" { Certainty::Certain } else { Certainty::Possible };
    let actor = if case == "told" { side(call, bye.src) } else { Actor::Nobody };
    let mut finding = Finding::new("D44", certainty, actor)
        .note_if(case == "brief")
        .case(case)
        .hop(bye.src, bye.dst)
        .basis("RFC 3326 §2")
        .value("party", bye.src)
        .value("seconds", format!("{:.1}", talked.as_secs_f64()))
        .value("told", bye.header(HeaderName::REASON).unwrap_or_default());
    if case == "brief" {
        finding = finding.evidence(answer.no, "", "why-answer", vec![]);
    }
    let field = if case == "told" { "Reason" } else { "" };
    judgement.found(finding.evidence(bye.no, field, "why-bye", vec![]));
}

/// Who ended a call that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ender {
    /// Whoever made the call.
    Caller,
    /// Whoever took it.
    Callee,
    /// Neither: whatever stands between the legs hung up on both.
    Middle,
    /// Nobody: a timer of one side ran out (D40).
    Timer,
}

impl Ender {
    /// Its name in data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Ender::Caller => "caller",
            Ender::Callee => "callee",
            Ender::Middle => "middle",
            Ender::Timer => "timer",
        }
    }
}

/// How a leg was hung up.
struct HungUp<'a> {
    call: &'a Call,
    bye: &'a Message,
    by_caller: bool,
}

impl<'a> HungUp<'a> {
    fn read(call: &'a Call) -> Option<Self> {
        let answer = call.answer().filter(|answer| answer.method == Some(Method::Invite))?;
        let bye = bye_after(call, answer)?;
        Some(HungUp { call, bye, by_caller: bye.from_tag == answer.from_tag })
    }
}

/// Who ended a call, as its legs tell and what was found of them: a timer, the party that hung up first, or what stands
/// between the legs, when no party did.
pub fn ended_by<C: Borrow<Call>>(legs: &Legs<C>, found: &[Finding]) -> Option<Ender> {
    let hung_up: Vec<_> = legs.iter().filter_map(|(call, _)| HungUp::read(call)).collect();
    let (first, last) = (hung_up.first()?, hung_up.last()?);
    if found.iter().any(|finding| finding.rule == "D40") {
        return Some(Ender::Timer);
    }
    let ender = |one: &HungUp<'_>| if one.by_caller { Ender::Caller } else { Ender::Callee };
    if core::ptr::eq(first.call, last.call) {
        return Some(ender(first));
    }
    match (first.by_caller, last.by_caller) {
        (true, false) if last.bye.at < first.bye.at => Some(Ender::Callee),
        (true, _) => Some(Ender::Caller),
        (false, false) => Some(Ender::Callee),
        (false, true) => Some(Ender::Middle),
    }
}

/// D44: both legs of a call were hung up from between them.
pub(in super::super) fn ended_within<C: Borrow<Call>>(legs: &Legs<C>, found: &[Finding]) -> Option<Finding> {
    if ended_by(legs, found) != Some(Ender::Middle) {
        return None;
    }
    let hung_up: Vec<_> = legs.iter().filter_map(|(call, _)| HungUp::read(call)).collect();
    let (first, last) = (hung_up.first()?, hung_up.last()?);
    // One that moves a call to somebody else hangs up too; and the ends must be right.
    let is_moved = legs.iter().any(|(call, _)| call.has_odd_ends || call.of(Method::Refer).next().is_some());
    if is_moved || first.bye.src.ip() != last.bye.src.ip() {
        return None;
    }
    let talked = first.bye.at.since(first.call.answer()?.at);
    let mut finding = Finding::new("D44", Certainty::Certain, Actor::Nobody)
        .note_if(true)
        .case("middle")
        .hop(first.bye.src, first.bye.dst)
        .basis("RFC 7092 §3")
        .value("party", first.bye.src.ip())
        .value("seconds", format!("{:.1}", talked.as_secs_f64()))
        .evidence(first.bye.no, "", "why-bye", vec![])
        .evidence(last.bye.no, "", "why-bye", vec![]);
    finding.call_id = first.call.name();
    Some(finding)
}

/// Whether media were captured, and none of this call that both sides wanted.
fn is_silent(facts: &Facts, call: &Call) -> bool {
    let wants = |message: &Message| message.sdp().is_some();
    facts.streams().next().is_some()
        && facts.streams_of(call).next().is_none()
        && call.opening().is_some_and(wants)
        && call.answer().is_some_and(wants)
}

/// Causes of Q.850 with which people end calls: hung up, busy, nobody answers, declined, unspecified.
const NORMAL: &[u16] = &[16, 17, 18, 19, 21, 26, 31];
/// Nobody has spoken in so short a call.
const BRIEF: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, rules_of, sdp, verdict};
    use super::*;

    /// A call that is hung up at this moment with these header fields.
    fn ended(at: u64, more: &str) -> Scene {
        let mut scene = Scene::new();
        let media = sdp("m=audio 4000 RTP/AVP 8\r\n");
        scene.request_with(0, "a", "b", "INVITE", "call", &media);
        scene.response_with(1000, "b", "a", "200 OK", "INVITE", "call", &media);
        scene.number(1).request_in(1010, "a", "b", "ACK", "call", "");
        scene.number(6).request_in(at, "a", "b", "BYE", "call", more);
        scene.response(at + 20, "b", "a", "200 OK", "BYE", "call").end(at + 60_000);
        scene
    }

    #[test]
    fn d44_a_reason_that_no_person_gives_tells_what_cut_the_call_off() {
        let scene = ended(30_000, "Reason: Q.850;cause=38;text=\"Network out of order\"");
        assert_eq!(verdict(&scene), ("D44", "told", Certainty::Certain));
        assert_eq!(verdict(&ended(30_000, "Reason: SIP;cause=408")), ("D44", "told", Certainty::Certain));
    }

    #[test]
    fn d44_is_not_a_call_that_somebody_ended() {
        for reason in
            ["", "Reason: Q.850;cause=16", "Reason: SIP;cause=200;text=\"Call completed elsewhere\""]
        {
            let diagnosis = ended(30_000, reason).diagnosis("call");
            assert!(
                diagnosis.is_good() && diagnosis.notes.is_empty() && diagnosis.ruled_out.contains(&"D44")
            );
        }
    }

    #[test]
    fn d44_a_call_that_is_over_before_any_sound_is_worth_a_note_when_sound_was_captured() {
        assert!(ended(2000, "").diagnosis("call").notes.is_empty());
        let mut scene = ended(2000, "");
        super::super::media::tests::stream(&mut scene, "198.51.100.7:4000", "198.51.100.8:4000", 100);
        assert_eq!(scene.diagnosis("call").notes.iter().map(|note| note.case).collect::<Vec<_>>(), ["brief"]);
    }

    /// Two legs through b, of which these parties hang up then.
    fn legs(byes: [(u64, &str, &str); 2]) -> Scene {
        let mut scene = Scene::new();
        for (call, from, to) in [("one", "a", "b"), ("two", "b", "c")] {
            scene.request(0, from, to, "INVITE", call);
            scene.response(1000, to, from, "200 OK", "INVITE", call);
            scene.request_in(1010, from, to, "ACK", call, "");
        }
        let mut byes: Vec<_> = ["one", "two"].into_iter().zip(byes).collect();
        byes.sort_by_key(|(_, (at, ..))| *at);
        for (call, (at, from, to)) in byes {
            scene.request_in(at, from, to, "BYE", call, "");
            scene.response(at + 5, to, from, "200 OK", "BYE", call);
        }
        scene.end(90_000);
        scene
    }

    fn told(scene: &Scene) -> (Option<Ender>, bool) {
        let calls = ["one", "two"].map(|call| scene.facts.call(call.as_bytes()).expect("the call"));
        let tie = super::super::super::Tie {
            sign: super::super::super::Sign::Identifier,
            certainty: Certainty::Certain,
        };
        let legs = Legs { calls: calls.to_vec(), ties: vec![tie] };
        let found = ended_within(&legs, &[]);
        found.iter().for_each(super::super::super::testing::expect_texts);
        (ended_by(&legs, &[]), found.is_some())
    }

    #[test]
    fn d44_tells_which_side_hung_up_or_that_neither_did() {
        assert_eq!(told(&legs([(9000, "a", "b"), (9010, "b", "c")])), (Some(Ender::Caller), false));
        assert_eq!(told(&legs([(9010, "b", "a"), (9000, "c", "b")])), (Some(Ender::Callee), false));
        assert_eq!(told(&legs([(9000, "b", "a"), (9001, "b", "c")])), (Some(Ender::Middle), true));
        // Both at a time: who was first.
        assert_eq!(told(&legs([(9000, "a", "b"), (8990, "c", "b")])), (Some(Ender::Callee), false));
    }

    #[test]
    fn d44_says_no_middle_of_a_timer_of_a_transfer_nor_of_two_hosts() {
        let both = [(9000, "b", "a"), (9001, "b", "c")];
        let ended = |scene: &Scene, found: &[Finding]| {
            let calls = ["one", "two"].map(|call| scene.facts.call(call.as_bytes()).expect("the call"));
            let tie = super::super::super::Tie {
                sign: super::super::super::Sign::Identifier,
                certainty: Certainty::Certain,
            };
            let legs = Legs { calls: calls.to_vec(), ties: vec![tie] };
            (ended_by(&legs, found), ended_within(&legs, found).is_some())
        };
        let timer = Finding::new("D40", Certainty::Certain, Actor::Callee);
        assert_eq!(ended(&legs(both), &[timer]), (Some(Ender::Timer), false));
        let mut moved = legs(both);
        moved.request_in(5000, "a", "b", "REFER", "one", "");
        assert_eq!(ended(&moved, &[]), (Some(Ender::Middle), false));
        let apart = legs([(9000, "b", "a"), (9001, "d", "c")]);
        assert!(!ended(&apart, &[]).1);
    }

    #[test]
    fn d44_of_two_legs_whose_capture_ends_with_the_first_knows_that_one() {
        let mut scene = Scene::new();
        for (call, from, to) in [("one", "a", "b"), ("two", "b", "c")] {
            scene.request(0, from, to, "INVITE", call);
            scene.response(1000, to, from, "200 OK", "INVITE", call);
            scene.request_in(1010, from, to, "ACK", call, "");
        }
        scene.request_in(9000, "b", "a", "BYE", "one", "");
        assert!(!told(&scene).1);
    }

    #[test]
    fn each_way_to_end_a_call_has_its_words_in_every_language() {
        for language in crate::explain::Language::ALL {
            let explainer = crate::explain::Explainer::new(*language);
            for ender in [Ender::Caller, Ender::Callee, Ender::Middle, Ender::Timer] {
                let id = format!("diagnosis-ended-by-{}", ender.as_str());
                assert_ne!(explainer.label(&id), id);
            }
        }
    }

    #[test]
    fn d44_one_leg_alone_tells_who_hung_up_on_it() {
        let scene = ended(30_000, "");
        let call = scene.facts.call(b"call").expect("the call");
        assert_eq!(ended_by(&Legs::one(call), &[]), Some(Ender::Caller));
    }

    #[test]
    fn d44_without_the_end_in_view_says_nothing() {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call").response(1000, "b", "a", "200 OK", "INVITE", "call");
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D44"));
    }
}
