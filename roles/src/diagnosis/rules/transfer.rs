//! Transfers: who is asked to call somebody else, and what comes of it.

use super::super::facts::{Call, Facts, Message, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::shared::side;
use ringback_sip::registry::{HeaderName, Method};

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D42", level: Level::Root, explains: &[], judge: Judge::Call(transfer_fails) }];

/// D42: a transfer fails: refused, not told about, or told to have failed (RFC 3515 §2.4, RFC 3891 §3).
fn transfer_fails(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for refer in call.of(Method::Refer) {
        let (Some(request), Some(answer)) = (call.request_of(refer), call.final_of(refer)) else { continue };
        match case_of(call, refer, request, answer) {
            None => judgement.rule_out("D42"),
            Some(found) => report(call, refer, request, found, judgement),
        }
    }
    for invite in call.of(Method::Invite) {
        replacement_refused(facts, call, invite, judgement);
    }
}

/// What came of a REFER: case, certainty, and the message that shows it.
type Found<'a> = (&'static str, Certainty, &'a Message);

fn case_of<'a>(
    call: &'a Call,
    refer: &Transaction,
    request: &Message,
    answer: &'a Message,
) -> Option<Found<'a>> {
    let later =
        || call.of(Method::Refer).filter(|later| later.client == refer.client && later.cseq > refer.cseq);
    let next = later().filter_map(|later| call.request_of(later)).map(|next| next.at).min();
    if !answer.is_success() {
        return next.is_none().then_some(("refused", Certainty::Certain, answer));
    }
    let notices = || {
        call.messages.iter().filter(|notice| {
            notice.is(Method::Notify) && notice.at >= request.at && next.is_none_or(|next| notice.at < next)
        })
    };
    let outcomes: Vec<_> = notices().filter_map(|notice| Some((notice, outcome(notice)?))).collect();
    match outcomes.iter().rev().find(|(_, code)| *code >= 200) {
        Some((notice, code)) => (*code >= 300).then_some(("failed", Certainty::Certain, *notice)),
        None if notices().next().is_none() && next.is_none() && wants_notices(request) => {
            Some(("unheard", Certainty::Likely, answer))
        }
        None => None,
    }
}

/// The code that a NOTIFY about a transfer tells (RFC 3515 §2.4.5).
fn outcome(notice: &Message) -> Option<u16> {
    let syntax = notice.syntax()?;
    let line = syntax.body().split(|&byte| byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line);
    line.trim().strip_prefix("SIP/2.0 ")?.split(' ').next()?.parse().ok()
}

/// Whether whoever transfers asked to be told (RFC 4488 §4, RFC 7614 §4).
fn wants_notices(request: &Message) -> bool {
    let is_declined =
        request.header(HeaderName::REFER_SUB).is_some_and(|value| value.trim().starts_with("false"));
    let options = request.header(HeaderName::REQUIRE).unwrap_or_default();
    !is_declined && !options.contains("nosub") && !options.contains("norefersub")
}

fn report(
    call: &Call,
    refer: &Transaction,
    request: &Message,
    (case, certainty, shown): Found<'_>,
    judgement: &mut Judgement<'_>,
) {
    let told = match case {
        "failed" => first_line(shown),
        _ => shown.title(),
    };
    // The one to whom the call should go may be busy, or may not want it.
    let is_choice = case == "failed" && matches!(outcome(shown), Some(486 | 487 | 600 | 603));
    let actor = if is_choice { Actor::Nobody } else { side(call, refer.server) };
    let finding = Finding::new("D42", certainty, actor)
        .note_if(is_choice)
        .case(case)
        .hop(refer.client, refer.server)
        .basis("RFC 3515 §2.4")
        .value("peer", refer.server)
        .value("told", &told)
        .value("target", request.header(HeaderName::REFER_TO).unwrap_or_default().replace(['<', '>'], ""))
        .evidence(request.no, "Refer-To", "why-refer", vec![])
        .evidence(shown.no, "", "why-told", vec![("told", told)]);
    match case {
        "unheard" => judgement.found_absence(finding, request.at),
        _ => judgement.found(finding),
    }
}

/// The status line that a NOTIFY carries.
fn first_line(notice: &Message) -> String {
    let syntax = notice.syntax();
    let body = syntax.as_ref().map(|syntax| syntax.body()).unwrap_or_default();
    let line = body.split(|&byte| byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line).trim().trim_start_matches("SIP/2.0 ").to_owned()
}

/// A call that should take the place of another one, which the called side does not have.
fn replacement_refused(facts: &Facts, call: &Call, invite: &Transaction, judgement: &mut Judgement<'_>) {
    let (Some(request), Some(answer)) = (call.request_of(invite), call.final_of(invite)) else { return };
    let Some(replaces) = request.header(HeaderName::REPLACES) else { return };
    if answer.code() != Some(481) {
        return judgement.rule_out("D42");
    }
    let id = replaces.split(';').next().unwrap_or_default().trim();
    let tag = |name: &str| replaces.split(';').find_map(|part| part.trim().strip_prefix(name));
    let (to, from) = (tag("to-tag=").unwrap_or_default(), tag("from-tag=").unwrap_or_default());
    let meant = facts.call(id.as_bytes());
    let is_swapped = meant.is_some_and(|meant| {
        meant.dialogs.iter().any(|dialog| {
            // The called side is who is asked now; its own tag is the one to be given as to-tag.
            let asked = call.request_of(invite).map(|request| request.dst);
            let callee = meant.messages.get(dialog.began).map(|made| made.src);
            let own = if callee == asked { &dialog.callee_tag } else { &dialog.caller_tag };
            **own == *from.as_bytes() && **own != *to.as_bytes()
        })
    });
    let (case, certainty) =
        if is_swapped { ("swapped", Certainty::Certain) } else { ("replaces", Certainty::Likely) };
    judgement.found(
        Finding::new("D42", certainty, Actor::Caller)
            .case(case)
            .hop(invite.client, invite.server)
            .basis("RFC 3891 §3")
            .value("peer", invite.server)
            .value("target", id)
            .value("told", answer.title())
            .evidence(request.no, "Replaces", "why-replaces", vec![])
            .evidence(answer.no, "", "why-told", vec![("told", answer.title())]),
    );
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, any_verdict, rules_of};
    use super::*;

    /// A call whose caller wants it transferred; the wish gets this answer.
    fn asked(status: &str, more: &str) -> Scene {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call").response(900, "b", "a", "200 OK", "INVITE", "call");
        scene.number(1).request_in(910, "a", "b", "ACK", "call", "");
        scene.number(4).request_in(
            5000,
            "a",
            "b",
            "REFER",
            "call",
            &format!("Refer-To: <sip:c@x.test>{more}"),
        );
        scene.response(5050, "b", "a", status, "REFER", "call");
        scene
    }

    /// A transfer of which this was told.
    fn told(line: &str) -> Scene {
        let mut scene = asked("202 Accepted", "");
        let notice = format!("Event: refer\r\nContent-Type: message/sipfrag\r\n\r\n{line}\r\n");
        scene.number(8).request_in(8000, "b", "a", "NOTIFY", "call", &notice);
        scene.response(8050, "a", "b", "200 OK", "NOTIFY", "call").end(90_000);
        scene
    }

    #[test]
    fn d42_what_the_notify_tells_decides_and_not_the_202() {
        let found = any_verdict(&told("SIP/2.0 404 Not Found"), "call");
        assert_eq!(found, Some(("D42", "failed", Certainty::Certain)));
        let diagnosis = told("SIP/2.0 404 Not Found").diagnosis("call");
        assert!(diagnosis.roots[0].values.contains(&("told", "404 Not Found".to_owned())));
    }

    #[test]
    fn d42_a_wish_that_is_refused_or_of_which_nothing_is_told() {
        let scene = asked("603 Decline", "");
        assert_eq!(any_verdict(&scene, "call"), Some(("D42", "refused", Certainty::Certain)));
        let mut scene = asked("202 Accepted", "");
        assert_eq!(any_verdict(scene.end(90_000), "call"), Some(("D42", "unheard", Certainty::Likely)));
    }

    #[test]
    fn d42_is_not_a_transfer_that_succeeds_or_that_nobody_wants_to_be_told_of() {
        let diagnosis = told("SIP/2.0 200 OK").diagnosis("call");
        assert!(diagnosis.is_good() && diagnosis.ruled_out.contains(&"D42"));
        let mut scene = asked("202 Accepted", "\r\nRefer-Sub: false");
        assert!(scene.end(90_000).diagnosis("call").is_good());
        let busy = told("SIP/2.0 486 Busy Here").diagnosis("call");
        assert!(busy.is_good() && busy.notes.iter().any(|note| note.rule == "D42"));
    }

    #[test]
    fn d42_in_a_capture_that_ends_early_is_less_sure() {
        let mut scene = asked("202 Accepted", "");
        assert_eq!(any_verdict(scene.end(9000), "call"), Some(("D42", "unheard", Certainty::Possible)));
    }

    #[test]
    fn d42_a_call_that_cannot_take_the_place_of_another_may_have_its_tags_the_wrong_way_round() {
        for (tags, case, certainty) in [
            ("to-tag=tag-b;from-tag=tag-a", "replaces", Certainty::Likely),
            ("to-tag=tag-a;from-tag=tag-b", "swapped", Certainty::Certain),
        ] {
            let mut scene = Scene::new();
            scene.request(0, "a", "b", "INVITE", "old").response(900, "b", "a", "200 OK", "INVITE", "old");
            scene.number(1).request_in(910, "a", "b", "ACK", "old", "");
            scene.request_with(2000, "c", "b", "INVITE", "call", &format!("Replaces: old;{tags}"));
            scene.response(2050, "b", "c", "481 Call/Transaction Does Not Exist", "INVITE", "call");
            assert_eq!(any_verdict(&scene, "call"), Some(("D42", case, certainty)));
        }
        let mut scene = Scene::new();
        scene.request_with(0, "c", "b", "INVITE", "call", "Replaces: old;to-tag=1;from-tag=2");
        scene.response(50, "b", "c", "200 OK", "INVITE", "call");
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D42"));
    }
}
