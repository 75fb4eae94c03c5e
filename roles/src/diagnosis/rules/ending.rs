//! Who hung up, and whether that was a person's wish.

use super::super::facts::{Call, Facts, Message};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::shared::{bye_after, reason, side};
use core::time::Duration;
use ringback_sip::registry::{HeaderName, Method};

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

    #[test]
    fn d44_without_the_end_in_view_says_nothing() {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call").response(1000, "b", "a", "200 OK", "INVITE", "call");
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D44"));
    }
}
