//! Offer and answer: what one side asks for, and what the other makes of it.

use super::super::facts::{Call, Facts, Message, Transaction};
use super::super::finding::{Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::setup::codec;
use super::shared::{bye_after, side};
use core::time::Duration;
use ringback_sip::registry::Method;
use ringback_sip::sdp::{Description, Media};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D30", level: Level::Root, explains: &["D45", "D46"], judge: Judge::Call(misfit) }];

/// An offer with its answer, on one hop.
pub(super) struct Exchange<'a> {
    pub(super) transaction: &'a Transaction,
    pub(super) offer: &'a Message,
    pub(super) answer: &'a Message,
    pub(super) offered: Arc<Description>,
    pub(super) answered: Arc<Description>,
}

impl<'a> Exchange<'a> {
    /// The completed exchanges of a call, in the order of their requests.
    pub(super) fn all(call: &'a Call) -> Vec<Self> {
        let carries = |one: &&Transaction| matches!(one.method, Some(Method::Invite | Method::Update));
        call.transactions.iter().filter(carries).filter_map(|one| Self::read(call, one)).collect()
    }

    fn read(call: &'a Call, transaction: &'a Transaction) -> Option<Self> {
        let request = call.request_of(transaction)?;
        let last = call.final_of(transaction).filter(|answer| answer.is_success())?;
        let (offer, answer) = match request.sdp() {
            Some(_) => (request, last),
            // Without an offer in the request the answer is in the ACK (RFC 3261 §13.2.1).
            None => {
                let confirms = |ack: &&Message| {
                    ack.is(Method::Ack) && ack.cseq == last.cseq && ack.dst == last.src && ack.at >= last.at
                };
                (last, call.messages.iter().find(confirms)?)
            }
        };
        let (offered, answered) = (offer.sdp()?, answer.sdp()?);
        Some(Exchange { transaction, offer, answer, offered, answered })
    }
}

/// D30: an answer does not fit its offer, or a later description the one before (RFC 3264 §6, §8; RFC 6337 §3.1).
fn misfit(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for exchange in Exchange::all(call) {
        let Some((case, offered, answered)) = fault_of(&exchange.offered, &exchange.answered) else {
            judgement.rule_out("D30");
            continue;
        };
        let (offer, answer) = (exchange.offer, exchange.answer);
        return judgement.found(finding(
            call,
            exchange.transaction,
            case,
            (offer, offered),
            (answer, answered),
        ));
    }
    if let Some((transaction, case, before, after)) = changed_silently(call) {
        let shown =
            |message: &Message| message.sdp().map(|description| lines(&description)).unwrap_or_default();
        let (old, new) = (shown(before), shown(after));
        judgement.found(finding(call, transaction, case, (before, old), (after, new)));
    }
}

fn finding(
    call: &Call,
    transaction: &Transaction,
    case: &'static str,
    (offer, offered): (&Message, String),
    (answer, answered): (&Message, String),
) -> Finding {
    let bye = bye_after(call, answer).filter(|bye| bye.src == offer.src && bye.at.since(answer.at) < AT_ONCE);
    // Most devices live with these.
    let is_harmless = bye.is_none() && matches!(case, "direction" | "number" | "version");
    let certainty = if bye.is_some() || is_harmless { Certainty::Certain } else { Certainty::Likely };
    let mut finding = Finding::new("D30", certainty, side(call, answer.src))
        .note_if(is_harmless)
        .case(case)
        .hop(transaction.client, transaction.server)
        .basis("RFC 3264 §6")
        .value("party", answer.src)
        .value("offered", &offered)
        .value("answered", &answered)
        .evidence(offer.no, "m=", "why-offer", vec![("line", offered)])
        .evidence(answer.no, "m=", "why-answer", vec![("line", answered)]);
    if let Some(bye) = bye {
        finding = finding.evidence(bye.no, "", "why-bye", vec![]);
    }
    finding
}

/// What is wrong with the answer, with the lines that show it.
fn fault_of(offered: &Description, answered: &Description) -> Option<(&'static str, String, String)> {
    // A line that was off at the end of the offer is often left out.
    let kinds = |description: &Description, least: usize| -> Vec<String> {
        let lines = description.media.iter().enumerate();
        let lines = lines.filter(|(place, media)| *place < least || media.port != 0);
        lines.map(|(_, media)| media.kind.clone()).collect()
    };
    let least = offered.media.len().min(answered.media.len());
    if kinds(offered, least) != kinds(answered, usize::MAX) {
        return Some(("lines", lines(offered), lines(answered)));
    }
    let pairs = offered.media.iter().zip(&answered.media);
    let mut active = pairs.filter(|(offer, answer)| offer.port != 0 && answer.port != 0);
    active.find_map(|(offer, answer)| {
        let shown = |case| Some((case, line(offer), line(answer)));
        if offer.protocol.contains("SAVP") != answer.protocol.contains("SAVP") {
            return shown("profile");
        }
        let is_rtp = offer.protocol.contains("RTP");
        if let Some(case) = formats_fault(offer, answer).filter(|_| is_rtp) {
            return shown(case);
        }
        let (asked, given) = (offered.direction_of(offer), answered.direction_of(answer));
        let is_too_much = given.sends() && !asked.receives() || given.receives() && !asked.sends();
        is_too_much.then(|| ("direction", format!("a={}", asked.as_str()), format!("a={}", given.as_str())))
    })
}

fn formats_fault(offer: &Media, answer: &Media) -> Option<&'static str> {
    let named = |media: &Media| -> Vec<(String, String)> {
        media.formats.iter().map(|format| (format.clone(), codec(media, format))).collect()
    };
    let (offered, answered) = (named(offer), named(answer));
    // A format that nobody names is judged by its number.
    let is_offered = |(number, name): &(String, String)| {
        offered.iter().any(|(own, known)| if name.is_empty() { own == number } else { known == name })
    };
    if !answered.iter().any(is_offered) {
        return Some("codec");
    }
    let is_reused = |(number, name): &(String, String)| {
        let same = offered.iter().find(|(own, _)| own == number);
        same.is_some_and(|(_, known)| !known.is_empty() && !name.is_empty() && known != name)
    };
    answered.iter().any(is_reused).then_some("number")
}

/// A description that differs from the one before it of the same side: the answer after its own preview, or a change
/// under the same version.
fn changed_silently(call: &Call) -> Option<(&Transaction, &'static str, &Message, &Message)> {
    for transaction in call.of(Method::Invite) {
        if call.request_of(transaction).and_then(Message::sdp).is_none() {
            continue;
        }
        let Some(answer) = call.final_of(transaction).filter(|answer| answer.is_success()) else { continue };
        let mut previews = transaction.provisionals.iter().map(|&place| &call.messages[place]);
        let last = previews.rfind(|preview| preview.to_tag == answer.to_tag && preview.sdp().is_some());
        let (Some(preview), Some(full)) = (last, answer.sdp()) else { continue };
        if preview.sdp().is_some_and(|preview| places(&preview) != places(&full)) {
            return Some((transaction, "second", preview, answer));
        }
    }
    let mut known: BTreeMap<_, (&Message, Arc<Description>)> = BTreeMap::new();
    for message in &call.messages {
        let Some(description) = message.sdp() else { continue };
        let own_tag = if message.is_request() { &message.from_tag } else { &message.to_tag };
        let key = (message.src, own_tag, description.origin.session_id, description.origin.username.clone());
        let before = known.insert(key, (message, description.clone()));
        if let Some((earlier, old)) = before {
            let is_same = old.origin.version == description.origin.version;
            if is_same && (places(&old) != places(&description) || lines(&old) != lines(&description)) {
                let transaction = call.of(Method::Invite).next()?;
                return Some((transaction, "version", earlier, message));
            }
        }
    }
    None
}

/// Where a description wants each of its media, and which way.
fn places(description: &Description) -> Vec<String> {
    let place = |media: &Media| {
        let ip = description.connection_of(media).and_then(|connection| connection.address.ip());
        format!("{ip:?} {} {}", media.port, description.direction_of(media).as_str())
    };
    description.media.iter().map(place).collect()
}

fn line(media: &Media) -> String {
    format!("m={} {} {} {}", media.kind, media.port, media.protocol, media.formats.join(" "))
}

pub(super) fn lines(description: &Description) -> String {
    description.media.iter().map(line).collect::<Vec<_>>().join("; ")
}

/// Nobody presses a button so soon.
const AT_ONCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, answered, any_verdict, rules_of, sdp};
    use super::*;

    const OPUS: &str = "m=audio 4000 RTP/AVP 96 8\r\na=rtpmap:96 opus/48000/2\r\n";

    #[test]
    fn d30_each_line_and_format_of_an_answer_must_come_from_the_offer() {
        for (answer, case) in [
            ("m=audio 5000 RTP/AVP 8\r\nm=video 5002 RTP/AVP 34\r\n", "lines"),
            ("m=audio 5000 RTP/SAVP 8\r\n", "profile"),
            ("m=audio 5000 RTP/AVP 0\r\n", "codec"),
        ] {
            let found = any_verdict(&answered(OPUS, answer), "call");
            assert_eq!(found, Some(("D30", case, Certainty::Likely)));
        }
        for (answer, case) in [
            ("m=audio 5000 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\n", "number"),
            ("m=audio 5000 RTP/AVP 8\r\na=sendrecv\r\n", "direction"),
        ] {
            let diagnosis = answered(&format!("{OPUS}a=sendonly\r\n"), answer).diagnosis("call");
            assert!(diagnosis.is_good());
            assert_eq!(diagnosis.notes.iter().map(|note| note.case).collect::<Vec<_>>(), [case]);
        }
    }

    #[test]
    fn d30_is_certain_when_the_offerer_hangs_up_at_once() {
        let mut scene = answered(OPUS, "m=audio 5000 RTP/AVP 0\r\n");
        scene
            .number(5)
            .request_in(80, "a", "b", "BYE", "call", "")
            .response(99, "b", "a", "200 OK", "BYE", "call");
        assert_eq!(any_verdict(&scene, "call"), Some(("D30", "codec", Certainty::Certain)));
    }

    #[test]
    fn d30_an_answer_that_differs_from_its_preview_or_keeps_its_version_may_be_ignored() {
        let mut scene = Scene::new();
        scene.request_with(0, "a", "b", "INVITE", "call", &sdp(OPUS));
        let early = sdp("m=audio 5000 RTP/AVP 8\r\n");
        scene.response_with(50, "b", "a", "183 Session Progress", "INVITE", "call", &early);
        scene.response_with(90, "b", "a", "200 OK", "INVITE", "call", &sdp("m=audio 6000 RTP/AVP 8\r\n"));
        assert_eq!(any_verdict(&scene, "call"), Some(("D30", "second", Certainty::Likely)));
        let mut scene = answered(OPUS, "m=audio 5000 RTP/AVP 8\r\n");
        scene.number(5).request_in(5000, "a", "b", "INVITE", "call", &sdp(&format!("{OPUS}a=sendonly\r\n")));
        assert_eq!(
            scene.diagnosis("call").notes.iter().map(|note| note.case).collect::<Vec<_>>(),
            ["version"]
        );
    }

    #[test]
    fn d30_is_not_another_number_for_the_same_codec_nor_a_refused_line() {
        let offer = format!("{OPUS}m=video 4002 RTP/AVP 34\r\n");
        let answer = "m=audio 5000 RTP/AVP 111\r\na=rtpmap:111 OPUS/48000/2\r\nm=video 0 RTP/AVP 34\r\n";
        let diagnosis = answered(&offer, answer).diagnosis("call");
        assert_eq!(rules_of(&diagnosis), [""; 0]);
        assert!(diagnosis.ruled_out.contains(&"D30"));
        let held =
            answered("m=audio 4000 RTP/AVP 8\r\na=sendonly\r\n", "m=audio 5000 RTP/AVP 8\r\na=recvonly\r\n");
        assert_eq!(rules_of(&held.diagnosis("call")), [""; 0]);
    }

    #[test]
    fn d30_without_the_answer_in_view_says_nothing() {
        let mut scene = Scene::new();
        scene.request_with(0, "a", "b", "INVITE", "call", &sdp(OPUS));
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D30"));
    }
}
