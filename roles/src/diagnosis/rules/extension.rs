//! Extensions that one side requires and the other does not have, and provisional responses that are never confirmed.

use super::super::facts::{Call, Facts, Message, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::super::timing::{LadderKind, fit};
use ringback_sip::registry::{HeaderName, Method};
use std::collections::BTreeMap;

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D33", level: Level::Root, explains: &["D32", "D39"], judge: Judge::Call(extension) }];

/// D33: an extension, a method or an event package is required and missing, or a reliable provisional response gets no PRACK (RFC 3261 §8.2.2.3,
/// RFC 3262 §3).
fn extension(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for transaction in &call.transactions {
        let (Some(request), Some(answer)) = (call.request_of(transaction), call.final_of(transaction)) else {
            continue;
        };
        let (case, field, actor) = match answer.code() {
            Some(420) => ("unsupported", HeaderName::UNSUPPORTED, Actor::Caller),
            Some(421) => ("required", HeaderName::REQUIRE, Actor::Caller),
            // In a call or to see who is there, it is a question of what the other side can do.
            Some(405) if request.to_tag.is_empty() && !request.is(Method::Options) => {
                ("method", HeaderName::ALLOW, Actor::Caller)
            }
            Some(489) if request.to_tag.is_empty() => ("event", HeaderName::ALLOW_EVENTS, Actor::Caller),
            Some(481) if request.is(Method::Prack) => ("unmatched", HeaderName::RACK, Actor::Caller),
            _ => continue,
        };
        if has_recovered(call, transaction, answer) {
            judgement.rule_out("D33");
            continue;
        }
        let shown = if case == "unmatched" { request } else { answer };
        let options = shown.header(field).unwrap_or_else(|| "-".to_owned());
        judgement.found(
            finding(transaction, case, Certainty::Certain, actor)
                .value("options", &options)
                .value("code", answer.title())
                .evidence(request.no, "", "why-request", vec![])
                .evidence(answer.no, "", "why-refused", vec![]),
        );
    }
    for transaction in call.of(Method::Invite) {
        unconfirmed(call, transaction, judgement);
    }
}

fn finding(transaction: &Transaction, case: &'static str, certainty: Certainty, actor: Actor) -> Finding {
    let basis = match case {
        "unsupported" | "required" => "RFC 3261 §8.2.2.3",
        "method" => "RFC 3261 §8.2.1",
        "event" => "RFC 6665 §8.3.2",
        _ => "RFC 3262 §3",
    };
    Finding::new("D33", certainty, actor)
        .case(case)
        .hop(transaction.client, transaction.server)
        .basis(basis)
        .value("peer", transaction.server)
        .value("client", transaction.client)
        .value("method", transaction.method.map_or("?", |method| method.as_str()))
}

/// Whether the client tried again without it, and was not refused for it.
fn has_recovered(call: &Call, refused: &Transaction, answer: &Message) -> bool {
    let code = answer.code();
    let mut later = call.transactions.iter().filter(|later| {
        later.method == refused.method && later.client == refused.client && later.cseq > refused.cseq
    });
    later.any(|later| call.final_of(later).is_some_and(|end| end.code() != code))
}

/// A reliable provisional response that is repeated, for no PRACK comes (RFC 3262 §3).
fn unconfirmed(call: &Call, transaction: &Transaction, judgement: &mut Judgement<'_>) {
    let mut told: BTreeMap<(String, &[u8]), Vec<usize>> = BTreeMap::new();
    for &place in &transaction.provisionals {
        if let Some(number) = call.messages[place].header(HeaderName::RSEQ) {
            told.entry((number, &call.messages[place].to_tag)).or_default().push(place);
        }
    }
    for ((number, _), places) in told {
        let times: Vec<_> = places.iter().map(|&place| call.messages[place].at).collect();
        let (first, last) = (&call.messages[places[0]], &call.messages[places[places.len() - 1]]);
        let is_repeated = places.len() >= COPIES_MIN && fit(&times, LadderKind::Doubling).is_some();
        let confirms = |prack: &&Message| {
            let rack = prack.header(HeaderName::RACK).unwrap_or_default();
            prack.is(Method::Prack) && rack.split_whitespace().next() == Some(number.trim())
        };
        let prack = call.messages.iter().find(confirms);
        if !is_repeated || prack.is_some_and(|prack| prack.at < last.at && prack.dst == first.src) {
            judgement.rule_out("D33");
            continue;
        }
        let mut finding = finding(transaction, "unconfirmed", Certainty::Certain, Actor::Caller)
            .value("code", first.title())
            .value("copies", places.len())
            .evidence(first.no, "RSeq", "why-first", vec![])
            .evidence(last.no, "RSeq", "why-last", vec![]);
        if let Some(end) = call.final_of(transaction).filter(|end| !end.is_success()) {
            finding = finding.evidence(end.no, "", "why-end", vec![("end", end.title())]);
        }
        judgement.found_absence(finding, first.at);
    }
}

/// Fewer copies than this may wait for a slow PRACK.
const COPIES_MIN: usize = 3;

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, any_verdict, rules_of, verdict};
    use super::*;

    fn refused(status: &str, more: &str) -> Scene {
        let mut scene = Scene::new();
        scene.request_with(0, "a", "b", "INVITE", "call", "Require: magic");
        scene.response_with(40, "b", "a", status, "INVITE", "call", more);
        scene
    }

    #[test]
    fn d33_an_option_that_the_other_side_lacks_or_wants_is_named() {
        let scene = refused("420 Bad Extension", "Unsupported: magic");
        assert_eq!(verdict(&scene), ("D33", "unsupported", Certainty::Certain));
        let scene = refused("421 Extension Required", "Require: sec-agree");
        assert_eq!(verdict(&scene), ("D33", "required", Certainty::Certain));
        let diagnosis = scene.diagnosis("call");
        assert!(diagnosis.roots[0].values.contains(&("options", "sec-agree".to_owned())));
    }

    #[test]
    fn d33_a_method_or_an_event_that_the_other_side_does_not_have_is_named() {
        let scene = refused("405 Method Not Allowed", "Allow: OPTIONS, REGISTER");
        assert_eq!(verdict(&scene), ("D33", "method", Certainty::Certain));
        let scene = refused("489 Bad Event", "Allow-Events: presence");
        assert_eq!(verdict(&scene), ("D33", "event", Certainty::Certain));
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "OPTIONS", "call");
        scene.response(5, "b", "a", "405 Method Not Allowed", "OPTIONS", "call");
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D33"), "whoever asks so learns enough");
    }

    #[test]
    fn d33_is_not_a_caller_that_tries_again_without_it() {
        let mut scene = refused("420 Bad Extension", "Unsupported: magic");
        scene.request(100, "a", "b", "INVITE", "call").response(200, "b", "a", "200 OK", "INVITE", "call");
        let diagnosis = scene.diagnosis("call");
        assert!(!rules_of(&diagnosis).contains(&"D33") && diagnosis.ruled_out.contains(&"D33"));
    }

    const RELIABLE: &str = "Require: 100rel\r\nRSeq: 7";

    fn ringing(copies: &[u64]) -> Scene {
        let mut scene = Scene::new();
        scene.request_with(0, "a", "b", "INVITE", "call", "Supported: 100rel");
        for at in copies {
            scene.response_with(100 + at, "b", "a", "180 Ringing", "INVITE", "call", RELIABLE);
        }
        scene
    }

    const LADDER: [u64; 7] = [0, 500, 1500, 3500, 7500, 15_500, 31_500];

    #[test]
    fn d33_a_ringing_that_is_repeated_until_the_callee_gives_up_lacks_its_prack() {
        let mut scene = ringing(&LADDER);
        scene.response(32_100, "b", "a", "500 Server Internal Error", "INVITE", "call").end(70_000);
        assert_eq!(verdict(&scene), ("D33", "unconfirmed", Certainty::Certain));
        assert_eq!(scene.diagnosis("call").roots.len(), 1);
    }

    #[test]
    fn d33_a_prack_that_matches_nothing_is_refused() {
        let mut scene = ringing(&[0]);
        scene.request_with(150, "a", "b", "PRACK", "call", "RAck: 8 2 INVITE");
        scene.response(190, "b", "a", "481 Call/Transaction Does Not Exist", "PRACK", "call").end(70_000);
        assert_eq!(any_verdict(&scene, "call"), Some(("D33", "unmatched", Certainty::Certain)));
    }

    #[test]
    fn d33_is_not_a_ringing_whose_prack_comes_in_time() {
        let mut scene = ringing(&LADDER[..2]);
        scene.request_with(700, "a", "b", "PRACK", "call", "RAck: 7 2 INVITE");
        scene.response(740, "b", "a", "200 OK", "PRACK", "call").end(70_000);
        assert_eq!(rules_of(&scene.diagnosis("call")), [""; 0]);
    }

    #[test]
    fn d33_in_a_capture_that_ends_early_is_less_sure() {
        let mut scene = ringing(&LADDER[..4]);
        assert_eq!(verdict(scene.end(5000)), ("D33", "unconfirmed", Certainty::Likely));
    }
}
