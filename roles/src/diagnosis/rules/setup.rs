//! Call set-up: who refused a call, and why.

use super::super::facts::{Call, Facts, Message, Transaction, fixed_format};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::sdp::{Description, Direction, Media};
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D29", level: Level::Root, explains: &["D31"], judge: Judge::Call(no_common_media) }];

/// D29: an offer is refused for its media (RFC 3264 §5, §6; RFC 3261 §21.4.13, §21.4.26).
fn no_common_media(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for transaction in
        call.transactions.iter().filter(|t| matches!(t.method, Some(Method::Invite | Method::Update)))
    {
        let refusal = transaction.finals.iter().map(|&place| &call.messages[place]);
        let mut refusal =
            refusal.filter(|answer| answer.status.is_some_and(|s| matches!(s.number(), 415 | 488 | 606)));
        let request = transaction.copies.first().map(|&place| &call.messages[place]);
        let (Some(request), Some(answer)) = (request, refusal.next()) else { continue };
        match case_of(facts, call, transaction, request, answer) {
            Some(finding) => judgement.found(finding),
            None => judgement.rule_out("D29"),
        }
    }
}

fn case_of(
    facts: &Facts,
    call: &Call,
    transaction: &Transaction,
    request: &Message,
    answer: &Message,
) -> Option<Finding> {
    let (case, certainty, actor, detail) = if answer.status.is_some_and(|status| status.number() == 415) {
        let kind = request.header(HeaderName::CONTENT_TYPE).unwrap_or_else(|| "-".to_owned());
        ("type", Certainty::Certain, Actor::Caller, kind)
    } else {
        let Some(offer) = request.sdp() else {
            return Some(refused(
                transaction,
                request,
                answer,
                ("late", Certainty::Likely, Actor::Callee, "-".to_owned()),
            ));
        };
        judge_offer(facts, call, &offer, answer)
    };
    Some(refused(transaction, request, answer, (case, certainty, actor, detail)))
}

type Case = (&'static str, Certainty, Actor, String);

fn refused(transaction: &Transaction, request: &Message, answer: &Message, case: Case) -> Finding {
    let (case, certainty, actor, detail) = case;
    let field = if case == "type" { "Content-Type" } else { "m=" };
    let warning = answer.header(HeaderName::WARNING);
    let mut finding = Finding::new("D29", certainty, actor)
        .case(case)
        .hop(transaction.client, transaction.server)
        .basis("RFC 3264 §6")
        .value("detail", &detail)
        .value("code", answer.title())
        .evidence(request.no, field, "why-offer", vec![("detail", detail)])
        .evidence(answer.no, "", "why-refused", vec![("code", answer.title())]);
    if let Some(warning) = warning {
        finding = finding.evidence(answer.no, "Warning", "why-warning", vec![("warning", warning)]);
    }
    finding
}

/// What is wrong with the offer, in the order in which to rule things out.
fn judge_offer(facts: &Facts, call: &Call, offer: &Description, answer: &Message) -> Case {
    let lines: Vec<String> = offer.media.iter().map(line_of).collect();
    let lines = lines.join("; ");
    let is_off = |media: &Media| {
        let hole = offer.connection_of(media).is_some_and(|connection| connection.address.is_blackhole());
        media.port == 0 || hole || offer.direction_of(media) == Direction::Inactive
    };
    if offer.media.iter().all(is_off) {
        return ("disabled", Certainty::Certain, Actor::Caller, lines);
    }
    if offer.media.iter().any(|media| media.kind == "image") && offer.media.iter().all(|m| m.kind != "audio")
    {
        return ("fax", Certainty::Certain, Actor::Callee, lines);
    }
    let known = known_media(facts, call, answer);
    let profile = |media: &Media| media.protocol.clone();
    let is_secure = |protocol: &str| protocol.contains("SAVP");
    let profiles: BTreeSet<bool> =
        known.iter().flat_map(|known| &known.media).map(|m| is_secure(&profile(m))).collect();
    let wants: BTreeSet<bool> = offer.media.iter().map(|media| is_secure(&profile(media))).collect();
    if !profiles.is_empty() && profiles.is_disjoint(&wants) {
        return ("profile", Certainty::Certain, Actor::Us, lines);
    }
    if offer.media.iter().any(|media| profile(media).contains("SAVP")) {
        return ("profile", Certainty::Likely, Actor::Callee, lines);
    }
    let is_six = |media: &Media| {
        offer.connection_of(media).and_then(|c| c.address.ip()).is_some_and(|address| address.is_ipv6())
    };
    if offer.media.iter().all(is_six) && answer.src.is_ipv4() {
        return ("address", Certainty::Likely, Actor::Network, lines);
    }
    let offered = codecs(offer);
    let can: BTreeSet<String> = known.iter().flat_map(codecs).collect();
    if !can.is_empty() && offered.is_disjoint(&can) {
        let detail = format!("{} / {}", joined(&offered), joined(&can));
        return ("codecs", Certainty::Certain, Actor::Callee, detail);
    }
    (
        "codecs",
        if can.is_empty() { Certainty::Likely } else { Certainty::Possible },
        Actor::Callee,
        joined(&offered),
    )
}

/// Descriptions that the refusing side made elsewhere: what it is known to be able to do.
fn known_media(facts: &Facts, call: &Call, answer: &Message) -> Vec<Description> {
    let others = facts.calls().filter(|other| other.id != call.id).flat_map(|other| &other.messages);
    let own = call.messages.iter().chain(others).take(MESSAGES_LOOKED_AT);
    own.filter(|message| message.src == answer.src)
        .filter_map(Message::read_sdp)
        .take(DESCRIPTIONS_MAX)
        .collect()
}

fn line_of(media: &Media) -> String {
    format!("m={} {} {} {}", media.kind, media.port, media.protocol, media.formats.join(" "))
}

/// The names of the formats that carry sound or pictures, with their clock.
pub(super) fn codecs(description: &Description) -> BTreeSet<String> {
    let active = description.media.iter().filter(|media| media.port != 0);
    let names = active.flat_map(|media| media.formats.iter().map(|format| codec(media, format)));
    names.filter(|name| !name.starts_with("TELEPHONE-EVENT") && !name.is_empty()).collect()
}

/// The name of a format with its clock; empty when nobody told it.
pub(super) fn codec(media: &Media, format: &str) -> String {
    match media.rtpmaps().find(|map| format.parse() == Ok(map.payload_type)) {
        Some(map) => format!("{}/{}", map.encoding.to_ascii_uppercase(), map.clock_rate),
        None => fixed_format(format.parse().unwrap_or(u8::MAX))
            .map_or_else(String::new, |(_, name, clock)| format!("{name}/{clock}")),
    }
}

fn joined(names: &BTreeSet<String>) -> String {
    names.iter().cloned().collect::<Vec<_>>().join(", ")
}

const MESSAGES_LOOKED_AT: usize = 20_000;
const DESCRIPTIONS_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, rules_of, sdp, verdict};
    use super::*;

    fn refused(offer: &str, status: &str) -> Scene {
        let mut scene = Scene::new();
        scene.request_with(0, "a", "b", "INVITE", "call", &sdp(offer));
        scene.response(50, "b", "a", status, "INVITE", "call");
        scene
    }

    #[test]
    fn d29_an_offer_without_active_media_is_the_offerers_fault() {
        let scene = refused("m=audio 0 RTP/AVP 0", "488 Not Acceptable Here");
        assert_eq!(verdict(&scene), ("D29", "disabled", Certainty::Certain));
    }

    #[test]
    fn d29_codecs_are_compared_by_name_with_what_the_callee_can() {
        let mut scene =
            refused("m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2", "488 Not Acceptable Here");
        assert_eq!(verdict(&scene), ("D29", "codecs", Certainty::Likely));
        scene.request_with(100, "b", "a", "INVITE", "back", &sdp("m=audio 5000 RTP/AVP 8"));
        assert_eq!(verdict(&scene), ("D29", "codecs", Certainty::Certain));
    }

    #[test]
    fn d29_a_browser_and_a_plain_phone_have_no_common_profile() {
        let mut scene = refused("m=audio 4000 UDP/TLS/RTP/SAVPF 8", "488 Not Acceptable Here");
        scene.request_with(100, "b", "a", "INVITE", "back", &sdp("m=audio 5000 RTP/AVP 8"));
        assert_eq!(verdict(&scene), ("D29", "profile", Certainty::Certain));
    }

    #[test]
    fn d29_is_not_a_busy_phone() {
        let scene = refused("m=audio 0 RTP/AVP 0", "486 Busy Here");
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D29"));
    }

    #[test]
    fn d29_without_the_offer_in_view_says_nothing() {
        let mut scene = Scene::new();
        scene.response(50, "b", "a", "488 Not Acceptable Here", "INVITE", "call");
        let diagnosis = scene.diagnosis("call");
        assert_eq!(rules_of(&diagnosis), [""; 0]);
        assert!(diagnosis.is_unknown);
    }
}
