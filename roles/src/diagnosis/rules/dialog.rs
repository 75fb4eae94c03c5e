//! Inside a call: requests that change or end it, and do not.

use super::super::facts::{Call, Facts, Message, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::super::timing::{LadderKind, fit};
use super::shared::{bye_after, reason, side};
use core::time::Duration;
use ringback_sip::flow::Transport;
use ringback_sip::registry::Method;

pub(super) const RULES: &[Rule] = &[
    Rule { id: "D38", level: Level::Root, explains: &["D01"], judge: Judge::Call(bye_undelivered) },
    Rule { id: "D39", level: Level::Root, explains: &["D38"], judge: Judge::Call(dialog_unknown) },
    Rule { id: "D41", level: Level::Root, explains: &[], judge: Judge::Call(change_fails) },
];

/// D38: a BYE is not delivered, and the other side goes on (RFC 3261 §15.1.1).
fn bye_undelivered(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let mut byes = call.of(Method::Bye);
    if byes.any(|bye| call.final_of(bye).is_some_and(Message::is_success)) {
        return judgement.rule_out("D38");
    }
    // The hop nearest to the other side shows it best.
    for bye in call.of(Method::Bye).collect::<Vec<_>>().into_iter().rev() {
        let Some(sent) = call.request_of(bye) else { continue };
        let is_repeated = fit(&bye.copy_times(&call.messages), LadderKind::Capped)
            .is_some_and(|ladder| ladder.copies >= COPIES_MIN);
        let (case, certainty, actor) = match call.final_of(bye) {
            None if is_repeated || sent.transport != Transport::Udp => {
                ("silent", Certainty::Certain, Actor::Network)
            }
            // A challenge is another rule's, and so is a dialog that is not known.
            Some(answer) if !matches!(answer.code(), Some(401 | 407 | 481)) => {
                ("refused", Certainty::Certain, side(call, bye.server))
            }
            _ => continue,
        };
        let is_ghost = facts.streams_of(call).any(|stream| stream.last.since(sent.at) > GHOST);
        let mut finding = Finding::new("D38", certainty, actor)
            .case(if is_ghost && case == "silent" { "ghost" } else { case })
            .hop(bye.client, bye.server)
            .basis("RFC 3261 §15.1.1")
            .value("peer", bye.server)
            .value("copies", bye.copies.len())
            .value("code", call.final_of(bye).map(Message::title).unwrap_or_default())
            .evidence(sent.no, "", "why-bye", vec![]);
        match call.final_of(bye) {
            Some(answer) => {
                finding = finding.evidence(answer.no, "", "why-refused", vec![("code", answer.title())]);
                judgement.found(finding);
            }
            None => {
                if let Some(&last) = bye.copies.last().filter(|_| bye.copies.len() > 1) {
                    finding = finding.evidence(call.messages[last].no, "", "why-last", vec![]);
                }
                judgement.found_absence(finding, sent.at);
            }
        }
        return;
    }
}

/// D39: the other side knows nothing of the dialog (RFC 3261 §12.2.2, RFC 5057).
fn dialog_unknown(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for transaction in &call.transactions {
        let (Some(request), Some(answer)) = (call.request_of(transaction), call.final_of(transaction)) else {
            continue;
        };
        // What CANCEL and PRACK miss is no dialog.
        let is_inside =
            !request.to_tag.is_empty() && !matches!(request.method, Some(Method::Cancel | Method::Prack));
        if answer.code() != Some(481) || !is_inside {
            continue;
        }
        let ends = |bye: &&Transaction| {
            bye.branch != transaction.branch
                && call.request_of(bye).is_some_and(|bye| bye.at < answer.at)
                && call.final_of(bye).is_some_and(Message::is_success)
        };
        let end = call.of(Method::Bye).find(ends).and_then(|bye| call.request_of(bye));
        // Both may hang up at once, and what is still to be told of a transfer outlives the call.
        let is_harmless = end.is_some() && matches!(request.method, Some(Method::Bye | Method::Notify));
        if is_harmless {
            judgement.rule_out("D39");
            continue;
        }
        let tags = [&request.from_tag, &request.to_tag];
        let is_known = call.dialogs.iter().any(|dialog| {
            let own = [&dialog.caller_tag, &dialog.callee_tag];
            own == tags || [own[1], own[0]] == tags
        });
        let half = call
            .dialogs
            .iter()
            .find(|dialog| tags.contains(&&dialog.caller_tag) != tags.contains(&&dialog.callee_tag));
        let (case, certainty, actor) = match () {
            () if end.is_some() => ("ended", Certainty::Likely, side(call, transaction.client)),
            () if !is_known && half.is_some() => ("changed", Certainty::Certain, Actor::Network),
            () => ("lost", Certainty::Likely, side(call, transaction.server)),
        };
        let mut finding = Finding::new("D39", certainty, actor)
            .case(case)
            .hop(transaction.client, transaction.server)
            .basis("RFC 3261 §12.2.2")
            .value("peer", transaction.server)
            .value("method", request.title());
        if let Some(dialog) = half.filter(|_| case == "changed") {
            finding = finding.evidence(call.messages[dialog.began].no, "To", "why-made", vec![]);
        }
        if let Some(end) = end {
            finding = finding.evidence(end.no, "", "why-end", vec![]);
        }
        finding = finding.evidence(request.no, "To", "why-request", vec![]).evidence(
            answer.no,
            "",
            "why-refused",
            vec![],
        );
        if call.begins_midway() && case == "lost" {
            finding.certainty = finding.certainty.lowered();
            finding.is_cut_short = true;
        }
        return judgement.found(finding);
    }
}

/// D41: a change of the call fails, or ends it (RFC 3261 §14.1, §14.2, §12.2.2).
fn change_fails(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let inside = |transaction: &&Transaction| {
        matches!(transaction.method, Some(Method::Invite | Method::Update))
            && call.request_of(transaction).is_some_and(|request| !request.to_tag.is_empty())
    };
    for transaction in call.transactions.iter().filter(inside) {
        let (Some(request), Some(answer)) = (call.request_of(transaction), call.final_of(transaction)) else {
            continue;
        };
        let Some(code) = answer.code().filter(|&code| code >= 300) else { continue };
        let found = match code {
            491 => {
                glare(call, transaction, request, answer).or_else(|| unrepeated(facts, call, request, answer))
            }
            500 => out_of_turn(call, transaction, request),
            // A challenge, a dialog that is gone and a lost way end a call by right.
            401 | 407 | 408 | 481 => None,
            _ => hung_up_at_once(call, answer).map(|bye| ("dropped", side(call, bye.src), bye)),
        };
        let Some((case, actor, shown)) = found else {
            judgement.rule_out("D41");
            continue;
        };
        return judgement.found(
            Finding::new(
                "D41",
                if case == "unrepeated" { Certainty::Likely } else { Certainty::Certain },
                actor,
            )
            .case(case)
            .hop(transaction.client, transaction.server)
            .basis(if matches!(case, "order" | "overlap") { "RFC 3261 §14.2" } else { "RFC 3261 §14.1" })
            .value("peer", transaction.server)
            .value("client", transaction.client)
            .value("method", request.title())
            .value("code", answer.title())
            .value("millis", shown.at.since(answer.at).as_millis())
            .evidence(request.no, "", "why-request", vec![])
            .evidence(answer.no, "", "why-refused", vec![("code", answer.title())])
            .evidence(shown.no, "CSeq", "why-shown", vec![]),
        );
    }
}

type Case<'a> = (&'static str, Actor, &'a Message);

/// Both sides changed the call at once, and one did not wait as it must before it tried again.
fn glare<'a>(
    call: &'a Call,
    transaction: &Transaction,
    request: &Message,
    answer: &Message,
) -> Option<Case<'a>> {
    let later = |later: &&Transaction| {
        later.method == transaction.method
            && later.client == transaction.client
            && later.cseq > transaction.cseq
    };
    let again = call.transactions.iter().find(later)?;
    let sent = call.request_of(again)?;
    // Whoever chose the Call-ID waits longer.
    let owns = call.opening().is_some_and(|opening| opening.from_tag == request.from_tag);
    let is_hasty = owns && sent.at.since(answer.at) < OWNER_WAITS - SLACK;
    let is_refused = call.final_of(again).is_some_and(|end| end.code() == Some(491));
    (is_hasty && is_refused).then_some(("glare", side(call, transaction.client), sent))
}

/// Both sides changed the call at once, and neither tried again in the time in which both should have; the change of the
/// other side shows it.
fn unrepeated<'a>(facts: &Facts, call: &'a Call, request: &Message, answer: &Message) -> Option<Case<'a>> {
    let changes = call.transactions.iter().filter_map(|transaction| call.request_of(transaction));
    let mut changes = changes.filter(|first| {
        matches!(first.method, Some(Method::Invite | Method::Update)) && !first.to_tag.is_empty()
    });
    let mut before = changes.clone().filter(|change| change.at <= answer.at);
    let other = before.find(|other| other.from_tag != request.from_tag)?;
    let is_again = changes.any(|change| change.at > answer.at);
    let mut byes = call.of(Method::Bye).filter_map(|bye| call.request_of(bye));
    let is_over_soon = byes.any(|bye| bye.at.since(answer.at) < GIVEN_UP);
    let is_given_up = facts.ended().since(answer.at) >= GIVEN_UP && !is_again && !is_over_soon;
    is_given_up.then_some(("unrepeated", side(call, request.src), other))
}

/// A request whose CSeq is too low, or that comes before the one before it was answered.
fn out_of_turn<'a>(call: &'a Call, transaction: &Transaction, request: &Message) -> Option<Case<'a>> {
    let earlier = call.messages.iter().filter(|earlier| {
        earlier.is_request()
            && earlier.from_tag == request.from_tag
            && earlier.at < request.at
            && earlier.dst == request.dst
            && !matches!(earlier.method, Some(Method::Ack | Method::Cancel))
    });
    let above = earlier.max_by_key(|earlier| earlier.cseq).filter(|earlier| earlier.cseq >= request.cseq);
    let open = call.of(Method::Invite).find(|other| {
        other.client == transaction.client
            && other.cseq < transaction.cseq
            && transaction.method == Some(Method::Invite)
            && call.request_of(other).is_some_and(|first| first.at < request.at)
            && call.final_of(other).is_none_or(|end| end.at > request.at)
    });
    let actor = side(call, transaction.client);
    let overlap = || Some(("overlap", actor, call.request_of(open?)?));
    above.map(|above| ("order", actor, above)).or_else(overlap)
}

/// The BYE that follows at once, and is no wish of a person.
fn hung_up_at_once<'a>(call: &'a Call, answer: &Message) -> Option<&'a Message> {
    bye_after(call, answer)
        .filter(|bye| bye.at.since(answer.at) < AT_ONCE && reason(bye, "Q.850") != Some(16))
}

/// Fewer copies than this may have been lost by chance.
const COPIES_MIN: usize = 3;
/// Media that go on for so long after a BYE show that nobody heard it.
const GHOST: Duration = Duration::from_secs(5);
/// Nobody presses a button so soon.
const AT_ONCE: Duration = Duration::from_secs(1);
/// After a 491 nobody waits longer than 4 s (RFC 3261 §14.1).
const GIVEN_UP: Duration = Duration::from_secs(10);
/// After a 491, whoever chose the Call-ID waits at least so long (RFC 3261 §14.1).
const OWNER_WAITS: Duration = Duration::from_millis(2100);
const SLACK: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests;
