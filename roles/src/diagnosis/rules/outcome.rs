//! How a call ended that was not answered: who refused or stopped it, and why.

use super::super::facts::{Call, Facts, Message, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::shared::reason;
use core::time::Duration;
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::syntax::Uri;

pub(super) const RULES: &[Rule] = &[
    Rule { id: "D22", level: Level::Root, explains: &[], judge: Judge::Call(wrong_number) },
    Rule { id: "D24", level: Level::Root, explains: &[], judge: Judge::Call(unavailable) },
    Rule { id: "D25", level: Level::Root, explains: &[], judge: Judge::Call(ringing_timed_out) },
    Rule { id: "D26", level: Level::Note, explains: &[], judge: Judge::Call(cancelled) },
    Rule { id: "D31", level: Level::Note, explains: &[], judge: Judge::Call(declined) },
    Rule { id: "D32", level: Level::Root, explains: &[], judge: Judge::Call(server_failed) },
];

/// A call that was not answered, with the refusal that decided it: as it was seen nearest to where it came from.
struct Refused<'a> {
    call: &'a Call,
    transaction: &'a Transaction,
    answer: &'a Message,
    code: u16,
}

impl<'a> Refused<'a> {
    /// The refusal with one of these codes; `None` when the call was answered after all.
    fn read(call: &'a Call, codes: &[u16]) -> Option<Self> {
        if call.answer().is_some() {
            return None;
        }
        let refused = |transaction: &'a Transaction| {
            let answer = &call.messages[*transaction.finals.first()?];
            let code = answer.status?.number();
            (codes.contains(&code) && is_opening(call, transaction)).then_some(Refused {
                call,
                transaction,
                answer,
                code,
            })
        };
        // What the caller was told last decides; branches may have ended otherwise.
        let caller = call.of(Method::Invite).next()?.client;
        let own = call.of(Method::Invite).filter(|transaction| transaction.client == caller);
        let told = own.filter(|transaction| !transaction.finals.is_empty()).last().and_then(refused)?;
        // What a proxy passes on is no refusal of its own: the hop seen last is nearest to where it came from. A branch
        // that it cancelled did not refuse.
        let cancelled = |hop: &Refused<'_>| hop.code == 487 && told.code != 487;
        call.of(Method::Invite).filter_map(refused).filter(|hop| !cancelled(hop)).last()
    }

    fn request(&self) -> Option<&'a Message> {
        self.transaction.copies.first().map(|&place| &self.call.messages[place])
    }

    /// The first 18x on this hop.
    fn ringing(&self) -> Option<&'a Message> {
        let messages = self.transaction.provisionals.iter().map(|&place| &self.call.messages[place]);
        let mut messages =
            messages.filter(|message| message.status.is_some_and(|s| (180..190).contains(&s.number())));
        messages.next()
    }

    /// How long it rang.
    fn rang(&self) -> Option<Duration> {
        self.ringing().map(|ringing| self.answer.at.since(ringing.at))
    }

    fn finding(&self, rule: &'static str, certainty: Certainty, actor: Actor) -> Finding {
        let mut finding = Finding::new(rule, certainty, actor)
            .hop(self.transaction.server, self.transaction.client)
            .value("peer", self.transaction.server)
            .value("code", self.answer.title())
            .value("user", self.request().map(dialled).unwrap_or_default());
        if let Some(ringing) = self.ringing() {
            finding = finding.evidence(ringing.no, "", "why-ringing", vec![]);
        }
        finding = finding.evidence(self.answer.no, "", "why-refused", vec![("code", self.answer.title())]);
        for (name, field) in [
            (HeaderName::REASON, "Reason"),
            (HeaderName::WARNING, "Warning"),
            (HeaderName::RETRY_AFTER, "Retry-After"),
        ] {
            if let Some(told) = self.answer.header(name) {
                finding = finding.evidence(self.answer.no, field, "why-told", vec![("told", told)]);
            }
        }
        finding
    }
}

/// Whether its request is outside a dialog.
fn is_opening(call: &Call, transaction: &Transaction) -> bool {
    transaction.copies.first().is_some_and(|&place| call.messages[place].to_tag.is_empty())
}

/// The user part of the Request-URI, and the whole of it when it has none.
fn dialled(request: &Message) -> String {
    let Some(syntax) = request.syntax() else { return String::new() };
    let uri = syntax.request_uri();
    let user = Uri::parse(uri).map(|uri| uri.user).unwrap_or_default();
    String::from_utf8_lossy(if user.is_empty() { uri } else { user }).into_owned()
}

/// D22: the number or address is not known there, or is incomplete (RFC 3261 §21.4.5, §21.4.22, §21.6.3).
fn wrong_number(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let Some(refused) = Refused::read(call, &[404, 410, 416, 484, 485, 604]) else { return };
    let case = match refused.code {
        410 => "gone",
        416 => "scheme",
        484 => "incomplete",
        485 => "ambiguous",
        _ => "unknown",
    };
    // A 404 may also stand for a domain that is not served or a phone that is not registered.
    let certainty = if refused.code == 404 { Certainty::Likely } else { Certainty::Certain };
    let user = refused.request().map(dialled).unwrap_or_default();
    let Some(other) = variant(facts, call, &user) else {
        return judgement
            .found(refused.finding("D22", certainty, Actor::Caller).case(case).basis(section(refused.code)));
    };
    // Digits that went on coming, and the whole number was answered.
    if refused.code == 484 && other.starts_with(&user) {
        return judgement.rule_out("D22");
    }
    let finding = refused.finding("D22", Certainty::Likely, Actor::Caller).case("variant");
    judgement.found(finding.basis(section(refused.code)).value("other", other));
}

fn section(code: u16) -> &'static str {
    match code {
        410 => "RFC 3261 §21.4.10",
        416 => "RFC 3261 §21.4.14",
        484 => "RFC 3261 §21.4.22",
        485 => "RFC 3261 §21.4.23",
        604 => "RFC 3261 §21.6.3",
        _ => "RFC 3261 §21.4.5",
    }
}

/// The same number written otherwise, in a call that was answered.
fn variant(facts: &Facts, call: &Call, user: &str) -> Option<String> {
    let digits = |user: &str| user.chars().filter(char::is_ascii_digit).collect::<String>();
    let own = digits(user);
    let others = facts.calls().filter(|other| other.id != call.id && other.answer().is_some());
    let mut users = others.take(CALLS_LOOKED_AT).filter_map(|other| other.opening().map(dialled));
    users.find(|other| {
        let theirs = digits(other);
        let tail = own.len().min(theirs.len()).min(TAIL);
        other != user
            && (tail == TAIL && own[own.len() - tail..] == theirs[theirs.len() - tail..]
                || own.len() >= 2 && other.starts_with(user) && *other == theirs)
    })
}

/// D24: 480 has several stories (RFC 3261 §21.4.18).
fn unavailable(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let Some(refused) = Refused::read(call, &[480]) else { return };
    let rang = refused.rang();
    let (case, certainty) = match rang {
        Some(rang) if rang >= RINGING_MIN => ("rang", Certainty::Likely),
        // A registrar mostly names itself in Server and a phone in User-Agent (RFC 3261 §20.35, §20.41).
        None if refused.answer.header(HeaderName::USER_AGENT).is_some() => ("phone", Certainty::Possible),
        None => ("away", Certainty::Likely),
        Some(_) => ("phone", Certainty::Possible),
    };
    let finding = refused.finding("D24", certainty, Actor::Callee).case(case);
    let seconds = rang.map_or(0, |rang| rang.as_secs());
    judgement.found(finding.basis("RFC 3261 §21.4.18").value("seconds", seconds));
}

/// D25: a timer ended the ringing, and no person (RFC 3261 §13.2.2.1, §16.8, §21.4.9).
fn ringing_timed_out(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let Some(refused) = Refused::read(call, &[408, 487]) else { return };
    let Some(ringing) = refused.ringing() else { return };
    let cancel = call.messages.iter().find(|message| message.is(Method::Cancel));
    let ended = cancel.map_or(refused.answer.at, |cancel| cancel.at.min(refused.answer.at));
    let rang = ended.since(ringing.at);
    let asked = refused.request().and_then(|request| {
        let seconds = request.header(HeaderName::EXPIRES)?.trim().parse().ok()?;
        Some((request, Duration::from_secs(seconds)))
    });
    let expired = asked.filter(|(request, asked)| ended.since(request.at).abs_diff(*asked) <= NEAR);
    let says_timer = cancel.is_some_and(|cancel| {
        matches!(reason(cancel, "Q.850"), Some(19 | 102)) || reason(cancel, "SIP") == Some(408)
    });
    let (case, certainty) = match () {
        () if refused.code == 408 => ("server", Certainty::Certain),
        () if expired.is_some() => ("expires", Certainty::Likely),
        () if says_timer => ("told", Certainty::Certain),
        () if is_round(rang) && shares_ringing(facts, call, rang) => ("round", Certainty::Likely),
        () => return judgement.rule_out("D25"),
    };
    let mut finding = refused
        .finding("D25", certainty, Actor::Callee)
        .case(case)
        .basis("RFC 3261 §16.8")
        .value("seconds", (rang + Duration::from_millis(500)).as_secs());
    if let Some(cancel) = cancel {
        finding = finding.evidence(cancel.no, "", "why-cancel", vec![]);
    }
    judgement.found(finding);
}

fn is_round(rang: Duration) -> bool {
    ROUND.iter().any(|&seconds| rang.abs_diff(Duration::from_secs(seconds)) <= NEAR)
}

/// Whether another call rang as long before it was stopped.
fn shares_ringing(facts: &Facts, call: &Call, rang: Duration) -> bool {
    let others = facts.calls().filter(|other| other.id != call.id).take(CALLS_LOOKED_AT);
    others.into_iter().any(|other| {
        let Some(refused) = Refused::read(other, &[487]) else { return false };
        let cancel = other.messages.iter().find(|message| message.is(Method::Cancel));
        let (Some(ringing), Some(cancel)) = (refused.ringing(), cancel) else { return false };
        cancel.at.since(ringing.at).abs_diff(rang) <= NEAR
    })
}

/// D26: a 487 follows from a CANCEL, whose Reason tells why (RFC 3261 §15.1.2, §21.4.25; RFC 3326).
fn cancelled(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let Some(refused) = Refused::read(call, &[487]) else { return };
    let cancel = call.messages.iter().find(|message| message.is(Method::Cancel));
    let (case, certainty) = match cancel {
        None => ("unseen", Certainty::Likely),
        Some(cancel) => match (reason(cancel, "SIP"), reason(cancel, "Q.850")) {
            (Some(200), _) | (_, Some(26)) => ("elsewhere", Certainty::Certain),
            (Some(600 | 603), _) => ("declined", Certainty::Certain),
            (Some(408), _) | (_, Some(19 | 102)) => ("timer", Certainty::Certain),
            (_, Some(16)) => ("caller", Certainty::Certain),
            _ => ("caller", Certainty::Likely),
        },
    };
    let mut finding = refused.finding("D26", certainty, Actor::Nobody).case(case).basis("RFC 3261 §21.4.25");
    if let Some(cancel) = cancel {
        finding = finding.evidence(cancel.no, "", "why-cancel", vec![]);
        if let Some(told) = cancel.header(HeaderName::REASON) {
            finding = finding.evidence(cancel.no, "Reason", "why-told", vec![("told", told)]);
        }
    }
    judgement.found(finding);
}

/// D31: busy or declined, by a person or for them (RFC 3261 §21.4.24, §21.6; RFC 8197).
fn declined(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let Some(refused) = Refused::read(call, &[486, 600, 603, 607]) else { return };
    let case = match (refused.code, refused.rang()) {
        (486, Some(rang)) if rang >= PRESSED => "rejected",
        (486, _) => "busy",
        _ => "everywhere",
    };
    let finding = refused.finding("D31", Certainty::Certain, Actor::Nobody).case(case);
    judgement.found(finding.basis("RFC 3261 §16.7"));
}

/// D32: a server on the way cannot serve the call now (RFC 3261 §21.5; RFC 3398 §8.2.6.1).
fn server_failed(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    const CODES: &[u16] = &[500, 502, 503, 504];
    let Some(refused) = Refused::read(call, CODES) else {
        let failed = |message: &Message| CODES.iter().any(|&code| message.answers(Method::Invite, code));
        if call.messages.iter().any(failed) {
            judgement.rule_out("D32");
        }
        return;
    };
    let is_full = matches!(reason(refused.answer, "Q.850"), Some(34 | 38 | 41 | 42 | 44 | 47));
    let case = match refused.code {
        _ if is_full => "trunk",
        503 if refused.answer.header(HeaderName::RETRY_AFTER).is_some() => "overload",
        503 => "down",
        504 => "timeout",
        502 => "gateway",
        _ => "error",
    };
    let actor = if matches!(case, "trunk" | "gateway") { Actor::Carrier } else { Actor::Callee };
    let section = match refused.code {
        500 => "RFC 3261 §21.5.1",
        502 => "RFC 3261 §21.5.3",
        504 => "RFC 3261 §21.5.5",
        _ => "RFC 3261 §21.5.4",
    };
    judgement.found(refused.finding("D32", Certainty::Certain, actor).case(case).basis(section));
}

/// Equal last digits that make two numbers one.
const TAIL: usize = 7;
const CALLS_LOOKED_AT: usize = 2_000;
/// A 480 after this long of ringing comes of nobody answering.
const RINGING_MIN: Duration = Duration::from_secs(10);
/// A person needs this long to press a button.
const PRESSED: Duration = Duration::from_secs(1);
/// Seconds that people configure.
const ROUND: &[u64] = &[15, 20, 25, 30, 45, 60, 90, 120, 180];
/// How exactly a timer keeps its time.
const NEAR: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests;
