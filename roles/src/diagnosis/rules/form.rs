//! Messages that break the grammar, and what comes of it.

use super::super::facts::{Call, Facts, Message, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::shared::side;
use core::time::Duration;

pub(super) const RULES: &[Rule] =
    &[Rule { id: "D09", level: Level::Root, explains: &["D01", "D13"], judge: Judge::Call(malformed) }];

/// D09: a message breaks the grammar, and is refused or ignored for it (RFC 3261 §8.1.1, §18.3, §21.4.1).
fn malformed(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for transaction in &call.transactions {
        let Some(request) = call.request_of(transaction) else { continue };
        if request.fault.is_some() && is_refused(call, transaction) {
            return judgement.found(refused(call, transaction, request, "refused"));
        }
        if request.fault.is_some() && transaction.is_unanswered() && transaction.copies.len() >= COPIES_MIN {
            let finding =
                finding(call, transaction, request, "ignored", Certainty::Likely, side(call, request.src));
            return judgement.found_absence(finding, request.at);
        }
        if let Some(answer) = unread_answer(call, transaction) {
            let actor = side(call, answer.src);
            return judgement.found(finding(call, transaction, answer, "answer", Certainty::Likely, actor));
        }
        if is_refused(call, transaction) {
            return judgement.found(refused(call, transaction, request, "said"));
        }
        if request.fault.is_some() {
            judgement.rule_out("D09");
        }
    }
}

fn is_refused(call: &Call, transaction: &Transaction) -> bool {
    call.final_of(transaction).is_some_and(|answer| matches!(answer.code(), Some(400 | 505)))
}

/// A response that breaks the grammar, after which the client goes on asking.
fn unread_answer<'a>(call: &'a Call, transaction: &Transaction) -> Option<&'a Message> {
    let answers =
        transaction.provisionals.iter().chain(&transaction.finals).map(|&place| &call.messages[place]);
    let answers: Vec<_> = answers.collect();
    let is_all_broken = answers.iter().all(|answer| answer.fault.is_some());
    let first = answers.into_iter().next().filter(|_| is_all_broken)?;
    let copies = transaction.copies.iter().map(|&place| &call.messages[place]);
    let again = copies.filter(|copy| copy.at > first.at && copy.at.since(first.at) > CROSSING).count();
    (again >= 2).then_some(first)
}

fn refused(call: &Call, transaction: &Transaction, request: &Message, case: &'static str) -> Finding {
    // The code alone does not tell what the other side dislikes.
    let certainty = if case == "said" { Certainty::Likely } else { Certainty::Certain };
    let finding = finding(call, transaction, request, case, certainty, side(call, request.src));
    match call.final_of(transaction) {
        Some(answer) => finding.evidence(answer.no, "", "why-refused", vec![("phrase", phrase(answer))]),
        None => finding,
    }
}

fn finding(
    call: &Call,
    transaction: &Transaction,
    broken: &Message,
    case: &'static str,
    certainty: Certainty,
    actor: Actor,
) -> Finding {
    let fault = broken.fault.map(|malformed| malformed.fault);
    let defect = fault.map_or_else(|| "?".to_owned(), |fault| fault.to_string());
    let field = fault.and_then(|fault| fault.header()).map_or("", |header| header.as_str());
    let mut finding = Finding::new("D09", certainty, actor)
        .case(case)
        .hop(broken.src, broken.dst)
        .basis("RFC 3261 §21.4.1")
        .value("from", broken.src)
        .value("peer", broken.dst)
        .value("message", broken.title())
        .value("defect", &defect)
        .value("phrase", call.final_of(transaction).map(phrase).unwrap_or_default());
    if case != "said" {
        let at = broken.fault.map_or(0, |malformed| malformed.at).to_string();
        finding = finding.evidence(broken.no, field, "why-broken", vec![("defect", defect), ("at", at)]);
    } else {
        finding = finding.evidence(broken.no, "", "why-request", vec![]);
    }
    finding
}

/// The status line after the version, as it came: its phrase may say what is wrong.
fn phrase(answer: &Message) -> String {
    let line = answer.bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line).trim().trim_start_matches("SIP/2.0 ").to_owned()
}

/// Fewer copies than this may have been lost by chance.
const COPIES_MIN: usize = 3;
/// A copy may be on its way while the answer comes.
const CROSSING: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, any_verdict, rules_of, verdict};
    use super::*;

    /// An INVITE with this CSeq and these lengths of a body, at these moments.
    fn invite(cseq: &str, length: &str, times: &[u64]) -> Scene {
        let mut scene = Scene::new();
        let text = format!(
            "INVITE sip:b@x.test SIP/2.0\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK2\r\nMax-Forwards: 70\r\n\
             From: <sip:a@x.test>;tag=tag-a\r\nTo: <sip:b@x.test>\r\nCall-ID: call\r\nCSeq: {cseq}\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        for &at in times {
            scene.bytes(at, "a", "b", text.as_bytes());
        }
        scene.number(2);
        scene
    }

    #[test]
    fn d09_a_request_that_breaks_the_grammar_and_is_refused_is_told_with_what_it_breaks() {
        let mut scene = invite("2 INVITE", "99", &[0]);
        scene.response(40, "b", "a", "400 Bad Request", "INVITE", "call");
        assert_eq!(verdict(&scene), ("D09", "refused", Certainty::Certain));
        let defect = ("defect", "Body Shorter than Content-Length".to_owned());
        assert!(scene.diagnosis("call").roots[0].values.contains(&defect));
    }

    #[test]
    fn d09_a_request_that_breaks_the_grammar_may_be_ignored_for_it() {
        let mut scene = invite("2 INVITE", "99", &[0, 500, 1500, 3500]);
        assert_eq!(verdict(scene.end(60_000)), ("D09", "ignored", Certainty::Likely));
        let diagnosis = scene.diagnosis("call");
        assert_eq!(diagnosis.symptoms.iter().map(|found| found.rule).collect::<Vec<_>>(), ["D01"]);
    }

    #[test]
    fn d09_an_answer_that_breaks_the_grammar_does_not_stop_the_asking() {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "OPTIONS", "call");
        let text = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK2\r\nFrom: <sip:a@x.test>;tag=tag-a\r\n\
             To: <sip:b@x.test>;tag=tag-b\r\nCall-ID: call\r\nCSeq: 2 OPTIONS\r\nContent-Length: 50\r\n\r\n";
        for at in [0, 500, 1500, 3500] {
            scene.request(at, "a", "b", "OPTIONS", "call").bytes(at + 20, "b", "a", text.as_bytes());
        }
        assert_eq!(any_verdict(&scene, "call"), Some(("D09", "answer", Certainty::Likely)));
    }

    #[test]
    fn d09_a_400_to_what_follows_the_grammar_is_what_the_other_side_says() {
        let mut scene = invite("2 INVITE", "0", &[0]);
        scene.response(40, "b", "a", "400 Missing Contact", "INVITE", "call");
        assert_eq!(verdict(&scene), ("D09", "said", Certainty::Likely));
    }

    #[test]
    fn d09_is_not_a_fault_that_nobody_minds() {
        let mut scene = invite("2 INVITE", "99", &[0]);
        scene.response(40, "b", "a", "200 OK", "INVITE", "call").end(60_000);
        let diagnosis = scene.diagnosis("call");
        assert!(!rules_of(&diagnosis).contains(&"D09") && diagnosis.ruled_out.contains(&"D09"));
    }

    #[test]
    fn d09_in_a_capture_that_ends_early_is_less_sure() {
        let mut scene = invite("2 INVITE", "99", &[0, 500, 1500]);
        assert_eq!(verdict(scene.end(2000)), ("D09", "ignored", Certainty::Possible));
    }
}
