//! Registration and credentials.

use super::super::facts::{Call, Facts, Message, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::mask::{has_hidden, legible};
use super::super::rule::{Judge, Level, Rule};
use core::time::Duration;
use ringback_sip::auth::{Challenge, Credentials, Hash};
use ringback_sip::journal::{Cause, Fact};
use ringback_sip::registry::{HeaderName, Method};
use std::collections::BTreeMap;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "D11",
        level: Level::Root,
        explains: &["D13", "D14", "D18"],
        judge: Judge::Call(wrong_password),
    },
    Rule { id: "D12", level: Level::Root, explains: &[], judge: Judge::Call(nonce_aged) },
    Rule { id: "D13", level: Level::Root, explains: &[], judge: Judge::Call(challenge_unanswered) },
    Rule { id: "D14", level: Level::Root, explains: &["D38"], judge: Judge::Call(challenged_inside) },
];

/// D11: fresh credentials for the challenge that was sent are refused (RFC 3261 §22.2, §10.3).
fn wrong_password(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let mut earlier: Option<Attempt<'_>> = None;
    // One finding for one user: the surest, and of those the first.
    let mut found: BTreeMap<(String, String), Finding> = BTreeMap::new();
    for transaction in &call.transactions {
        let Some(attempt) = Attempt::read(call, transaction) else { continue };
        if let Some(before) = &earlier
            && before.challenges(&attempt)
        {
            // Another nonce after a long time: the old one was out of date. A later success clears the password.
            let is_late = attempt.request.at.since(before.answer.at) > NONCE_PATIENCE;
            let is_cleared = succeeds_later(call, &attempt);
            match attempt.refusal().filter(|case| !(is_cleared || is_late && *case == "anew")) {
                Some(case) => {
                    let next = finding(facts, call, before, &attempt, case);
                    let place = (attempt.user.clone(), attempt.realm.clone());
                    if found.get(&place).is_none_or(|first| first.certainty < next.certainty) {
                        found.insert(place, next);
                    }
                }
                None => judgement.rule_out("D11"),
            }
        }
        earlier = Some(attempt);
    }
    found.into_values().for_each(|finding| judgement.found(finding));
}

/// Whether the same user proves the same realm later in the call.
fn succeeds_later(call: &Call, attempt: &Attempt<'_>) -> bool {
    let later = call.transactions.iter().filter_map(|transaction| Attempt::read(call, transaction));
    later.filter(|later| later.request.at > attempt.request.at).any(|later| {
        let is_done = later.answer.status.is_some_and(|status| status.is_success());
        is_done && later.proof.is_some() && later.user == attempt.user && later.realm == attempt.realm
    })
}

fn finding(
    facts: &Facts,
    call: &Call,
    before: &Attempt<'_>,
    attempt: &Attempt<'_>,
    case: &'static str,
) -> Finding {
    let is_journalled = facts
        .server_of(call)
        .any(|entry| matches!(entry.fact, Fact::Answered { cause: Cause::WrongCredentials(_), .. }));
    // Two proofs that were hidden look alike and need not be.
    let is_repeated = before.proof.as_ref().is_some_and(|proof| !has_hidden(proof))
        && before.proof == attempt.proof
        && before.nonce == attempt.nonce;
    let certainty = match case {
        _ if is_journalled => Certainty::Certain,
        "again" if is_repeated => Certainty::Certain,
        _ => Certainty::Likely,
    };
    Finding::new("D11", certainty, Actor::Caller)
        .case(case)
        .hop(attempt.request.src, attempt.request.dst)
        .basis("RFC 3261 §22.2")
        .value("user", &attempt.user)
        .value("realm", &attempt.realm)
        .value("code", attempt.answer.title())
        .evidence(before.answer.no, attempt.challenge_field(), "why-challenge", vec![])
        .evidence(
            attempt.request.no,
            "Authorization",
            "why-credentials",
            vec![("user", attempt.user.clone())],
        )
        .evidence(attempt.answer.no, "", "why-refused", vec![("code", attempt.answer.title())])
}

/// D12: the nonce was out of date when the client answered, and the user is never let in (RFC 7616 §3.3).
fn nonce_aged(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let mut earlier: Option<Attempt<'_>> = None;
    for attempt in call.transactions.iter().filter_map(|transaction| Attempt::read(call, transaction)) {
        if let Some(before) = earlier.as_ref().filter(|before| before.challenges(&attempt)) {
            let taken = attempt.request.at.since(before.answer.at);
            match attempt.staleness(taken).filter(|_| !succeeds_later(call, &attempt)) {
                Some((case, certainty)) => judgement.found(
                    Finding::new("D12", certainty, Actor::Caller)
                        .case(case)
                        .hop(attempt.request.src, attempt.request.dst)
                        .basis("RFC 7616 §3.3")
                        .value("user", &attempt.user)
                        .value("seconds", format!("{:.1}", taken.as_secs_f64()))
                        .evidence(before.answer.no, before.challenge_field(), "why-challenge", vec![])
                        .evidence(attempt.request.no, "Authorization", "why-credentials", vec![])
                        .evidence(attempt.answer.no, attempt.challenge_field(), "why-anew", vec![]),
                ),
                None => judgement.rule_out("D12"),
            }
        }
        earlier = Some(attempt);
    }
}

/// D13: a challenge to a request outside a dialog is not answered, or answered with what does not fit (RFC 3261 §22.2,
/// §22.3).
fn challenge_unanswered(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let attempts: Vec<_> =
        call.transactions.iter().filter_map(|transaction| Attempt::read(call, transaction)).collect();
    for (place, asked) in attempts.iter().enumerate() {
        let is_open = asked.is_challenged() && asked.request.to_tag.is_empty();
        if !is_open || asked.proof.is_some() || asked.request.is(Method::Cancel) {
            continue;
        }
        let next: Vec<_> = attempts[place + 1..].iter().filter(|next| asked.repeats(next.request)).collect();
        // A request without its final response yet is a try all the same.
        let is_tried = call.transactions.iter().any(|transaction| asked.is_tried_in(call, transaction));
        let case = match next.first() {
            None if is_tried => None,
            None => Some(asked.silent_case()),
            Some(_) if next.iter().any(|next| asked.challenges(next) || next.answer.is_success()) => None,
            Some(first) if first.proof.is_none() => Some("bare"),
            Some(first) if asked.asked.iter().all(|(realm, ..)| *realm != first.realm) => Some("realm"),
            Some(_) => None,
        };
        let Some(case) = case else {
            judgement.rule_out("D13");
            continue;
        };
        let certainty = if case == "algorithm" { Certainty::Likely } else { Certainty::Certain };
        let realms: Vec<_> = asked.asked.iter().map(|(realm, ..)| realm.as_str()).collect();
        let mut finding = Finding::new("D13", certainty, Actor::Caller)
            .case(case)
            .hop(asked.request.src, asked.request.dst)
            .basis("RFC 3261 §22.2")
            .value("method", asked.request.title())
            .value("code", asked.answer.title())
            .value("realm", realms.join(", "))
            .value("given", next.first().map(|next| next.realm.clone()).unwrap_or_default())
            .evidence(asked.answer.no, asked.challenge_field(), "why-challenge", vec![]);
        match next.first() {
            Some(first) => {
                finding = finding.evidence(first.request.no, "Authorization", "why-next", vec![]);
                judgement.found(finding);
            }
            None => judgement.found_absence(finding, asked.answer.at),
        }
    }
}

/// D14: a challenge where a client cannot or does not answer it: to CANCEL, or inside a dialog (RFC 3261 §22.1).
fn challenged_inside(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for asked in call.transactions.iter().filter_map(|transaction| Attempt::read(call, transaction)) {
        if !asked.is_challenged() {
            continue;
        }
        let finding = |case: &'static str| {
            Finding::new("D14", Certainty::Certain, Actor::Callee)
                .case(case)
                .hop(asked.request.src, asked.request.dst)
                .basis("RFC 3261 §22.1")
                .value("method", asked.request.title())
                .value("code", asked.answer.title())
                .evidence(asked.request.no, "", "why-request", vec![])
                .evidence(asked.answer.no, asked.challenge_field(), "why-challenge", vec![])
        };
        if asked.request.is(Method::Cancel) {
            judgement.found(finding("cancel"));
        } else if !asked.request.to_tag.is_empty() && asked.proof.is_none() {
            match call.transactions.iter().any(|transaction| asked.is_tried_in(call, transaction)) {
                true => judgement.rule_out("D14"),
                false => judgement.found_absence(finding("inside"), asked.answer.at),
            }
        }
    }
}

/// A request with what it proved and what came back.
struct Attempt<'a> {
    request: &'a Message,
    answer: &'a Message,
    /// The credentials as they stand in the request.
    proof: Option<Vec<u8>>,
    user: String,
    realm: String,
    nonce: Vec<u8>,
    /// Realm, nonce and stale of the challenges in the answer.
    asked: Vec<(String, Vec<u8>, bool)>,
}

impl<'a> Attempt<'a> {
    fn read(call: &'a Call, transaction: &Transaction) -> Option<Self> {
        let request = &call.messages[*transaction.copies.first()?];
        let answer = &call.messages[*transaction.finals.first()?];
        let rows = [HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION];
        // Most messages have none of these.
        let sent = if rows.iter().any(|&name| request.has(name)) { request.syntax() } else { None };
        let row = sent.as_ref().and_then(|sent| rows.iter().find_map(|&name| sent.header(name)));
        let legible = row.map(legible);
        let credentials = legible.as_deref().and_then(|row| Credentials::parse(row).ok());
        let challenges = [HeaderName::WWW_AUTHENTICATE, HeaderName::PROXY_AUTHENTICATE];
        let back = if challenges.iter().any(|&name| answer.has(name)) { answer.syntax() } else { None };
        let challenges = back.iter().flat_map(|back| challenges.iter().flat_map(|&name| back.headers(name)));
        let asked = challenges.filter_map(|row| Challenge::parse(row).ok());
        let asked = asked.map(|asked| (text(&asked.realm), asked.nonce.to_vec(), asked.stale)).collect();
        Some(Attempt {
            request,
            answer,
            proof: row.filter(|_| credentials.is_some()).map(<[u8]>::to_vec),
            user: credentials.as_ref().map(|given| text(&given.username)).unwrap_or_default(),
            realm: credentials.as_ref().map(|given| text(&given.realm)).unwrap_or_default(),
            nonce: credentials.map(|given| given.nonce.to_vec()).unwrap_or_default(),
            asked,
        })
    }

    /// Whether the other one answers the challenge that came back for this one.
    fn challenges(&self, next: &Attempt<'_>) -> bool {
        next.proof.is_some()
            && self.request.src == next.request.src
            && self.asked.iter().any(|(realm, nonce, _)| *realm == next.realm && *nonce == next.nonce)
    }

    /// Whether the answer asks for credentials.
    fn is_challenged(&self) -> bool {
        self.answer.status.is_some_and(|status| matches!(status.number(), 401 | 407))
            && !self.asked.is_empty()
    }

    /// Whether the transaction is a later try of the same, answered or not; on another hop, one with credentials.
    fn is_tried_in(&self, call: &Call, transaction: &Transaction) -> bool {
        transaction.copies.first().is_some_and(|&place| {
            let request = &call.messages[place];
            self.repeats(request) || self.is_proven_by(request)
        })
    }

    /// Whether the same caller tries the same with credentials: the try may be lost before it comes to this hop.
    fn is_proven_by(&self, request: &Message) -> bool {
        let names = [HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION];
        request.method == self.request.method
            && request.from_tag == self.request.from_tag
            && request.at >= self.answer.at
            && request.cseq > self.request.cseq
            && names.into_iter().any(|name| request.header(name).is_some())
    }

    /// Whether the request is a later try of the same.
    fn repeats(&self, request: &Message) -> bool {
        request.method == self.request.method
            && request.src.ip() == self.request.src.ip()
            && request.branch != self.request.branch
            && request.at >= self.answer.at
    }

    /// Why the client may have fallen silent: every algorithm that it was offered is newer than many phones.
    fn silent_case(&self) -> &'static str {
        let back = self.answer.syntax();
        let names = [HeaderName::WWW_AUTHENTICATE, HeaderName::PROXY_AUTHENTICATE];
        let rows = back.iter().flat_map(|back| names.iter().flat_map(|&name| back.headers(name)));
        let mut asked = rows.filter_map(|row| Challenge::parse(row).ok());
        if asked.all(|challenge| challenge.algorithm.hash != Hash::Md5) { "algorithm" } else { "none" }
    }

    /// Whether the nonce was out of date, when it came back after so long.
    fn staleness(&self, taken: Duration) -> Option<(&'static str, Certainty)> {
        let same = self.asked.iter().find(|(realm, ..)| self.is_challenged() && *realm == self.realm);
        match same? {
            (.., true) => Some(("stale", Certainty::Certain)),
            (_, nonce, false) if *nonce != self.nonce && taken > NONCE_PATIENCE => {
                Some(("late", Certainty::Likely))
            }
            _ => None,
        }
    }

    /// How the credentials were refused; `None` when they were not.
    fn refusal(&self) -> Option<&'static str> {
        let status = self.answer.status?.number();
        let same = self.asked.iter().find(|(realm, ..)| *realm == self.realm);
        match status {
            401 | 407 => match same {
                Some((_, nonce, false)) if *nonce == self.nonce => Some("again"),
                // Another nonce may mean that the old one was out of date.
                Some((_, _, false)) => Some("anew"),
                _ => None,
            },
            403 if self.request.is(Method::Register) => Some("forbidden"),
            _ => None,
        }
    }

    fn challenge_field(&self) -> &'static str {
        if self.answer.status.is_some_and(|status| status.number() == 407) {
            "Proxy-Authenticate"
        } else {
            "WWW-Authenticate"
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Clients answer a challenge faster than this, and servers keep a nonce longer.
const NONCE_PATIENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, rules_of};
    use super::*;

    fn challenge(nonce: &str) -> String {
        format!("WWW-Authenticate: Digest realm=\"x.test\", nonce=\"{nonce}\"")
    }

    fn proof(nonce: &str) -> String {
        format!(
            "Authorization: Digest username=\"ann\", realm=\"x.test\", nonce=\"{nonce}\", uri=\"sip:x.test\", \
             response=\"0123456789abcdef0123456789abcdef\""
        )
    }

    /// A registration that is challenged with n1, answers it, and gets this.
    fn answered(status: &str, header: &str) -> Scene {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "REGISTER", "reg");
        scene.response_with(20, "b", "a", "401 Unauthorized", "REGISTER", "reg", &challenge("n1"));
        scene.request_with(40, "a", "b", "REGISTER", "reg", &proof("n1"));
        scene.response_with(60, "b", "a", status, "REGISTER", "reg", header);
        scene
    }

    #[test]
    fn d11_the_same_proof_refused_twice_with_the_same_nonce_is_a_wrong_password() {
        let mut scene = answered("401 Unauthorized", &challenge("n1"));
        scene.request_with(80, "a", "b", "REGISTER", "reg", &proof("n1"));
        scene.response_with(99, "b", "a", "401 Unauthorized", "REGISTER", "reg", &challenge("n1"));
        let diagnosis = scene.diagnosis("reg");
        let verdict = diagnosis.verdict().expect("a finding");
        assert_eq!((verdict.rule, verdict.case, verdict.certainty), ("D11", "again", Certainty::Certain));
        assert!(verdict.values.contains(&("user", "ann".to_owned())));
        assert!(!format!("{verdict:?}").contains("0123456789abcdef"), "the proof stays hidden");
    }

    #[test]
    fn a_proof_that_was_hidden_counts_as_one_that_nobody_can_compare() {
        let hidden = |nonce| proof(nonce).replace("0123456789abcdef0123456789abcdef", &"*".repeat(32));
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "REGISTER", "reg");
        for at in [20, 60] {
            scene.response_with(at, "b", "a", "401 Unauthorized", "REGISTER", "reg", &challenge("n1"));
            scene.request_with(at + 20, "a", "b", "REGISTER", "reg", &hidden("n1"));
        }
        scene.response_with(99, "b", "a", "401 Unauthorized", "REGISTER", "reg", &challenge("n1"));
        let diagnosis = scene.diagnosis("reg");
        let verdict = diagnosis.verdict().expect("a finding");
        assert_eq!((verdict.rule, verdict.case, verdict.certainty), ("D11", "again", Certainty::Likely));
    }

    #[test]
    fn d11_forbidden_after_good_credentials_is_likely_the_password() {
        let diagnosis = answered("403 Forbidden", "").diagnosis("reg");
        assert_eq!(
            diagnosis.verdict().map(|found| (found.case, found.certainty)),
            Some(("forbidden", Certainty::Likely))
        );
    }

    #[test]
    fn d11_is_neither_a_stale_nonce_nor_a_success() {
        let stale =
            answered("401 Unauthorized", &format!("{}, stale=true", challenge("n2"))).diagnosis("reg");
        assert!(!rules_of(&stale).contains(&"D11"));
        let done = answered("200 OK", "").diagnosis("reg");
        assert_eq!(rules_of(&done), [""; 0]);
        assert!(done.ruled_out.contains(&"D11"));
    }

    #[test]
    fn d11_needs_the_challenge_in_view() {
        let mut scene = Scene::new();
        scene.request_with(40, "a", "b", "REGISTER", "reg", &proof("n1"));
        scene.response_with(60, "b", "a", "403 Forbidden", "REGISTER", "reg", "");
        let diagnosis = scene.diagnosis("reg");
        assert!(!rules_of(&diagnosis).contains(&"D11"));
        assert!(diagnosis.is_unknown);
    }

    #[test]
    fn d12_a_stale_nonce_that_never_ends_well_is_the_clock_of_the_server() {
        let stale = format!("{}, stale=true", challenge("n2"));
        let diagnosis = answered("401 Unauthorized", &stale).diagnosis("reg");
        let verdict = diagnosis.verdict().expect("a finding");
        assert_eq!((verdict.rule, verdict.case, verdict.certainty), ("D12", "stale", Certainty::Certain));
    }

    /// A registration whose credentials come so many milliseconds after the challenge.
    fn slow(pause: u64) -> Scene {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "REGISTER", "reg");
        scene.response_with(20, "b", "a", "401 Unauthorized", "REGISTER", "reg", &challenge("n1"));
        scene.request_with(20 + pause, "a", "b", "REGISTER", "reg", &proof("n1"));
        scene.response_with(40 + pause, "b", "a", "401 Unauthorized", "REGISTER", "reg", &challenge("n2"));
        scene
    }

    #[test]
    fn d12_another_nonce_is_age_after_a_long_time_and_a_wrong_password_after_a_short_one() {
        let rule = |scene: Scene| scene.diagnosis("reg").verdict().map(|found| (found.rule, found.certainty));
        assert_eq!(rule(slow(17_000)), Some(("D12", Certainty::Likely)));
        assert_eq!(rule(slow(200)), Some(("D11", Certainty::Likely)));
    }

    #[test]
    fn d12_is_no_fault_when_the_next_try_succeeds_and_nothing_without_the_first_challenge() {
        let mut scene = slow(17_000);
        scene.request_with(18_000, "a", "b", "REGISTER", "reg", &proof("n2"));
        let diagnosis = scene.response(18_020, "b", "a", "200 OK", "REGISTER", "reg").diagnosis("reg");
        assert_eq!(rules_of(&diagnosis), [""; 0]);
        assert!(diagnosis.ruled_out.contains(&"D12"));
        let mut cut = Scene::new();
        cut.request_with(0, "a", "b", "REGISTER", "reg", &proof("n1"));
        cut.response_with(20, "b", "a", "401 Unauthorized", "REGISTER", "reg", &challenge("n2"));
        assert!(!rules_of(&cut.diagnosis("reg")).contains(&"D12"));
    }

    /// A call that is challenged.
    fn challenged(header: &str) -> Scene {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call");
        scene.response_with(20, "b", "a", "401 Unauthorized", "INVITE", "call", header);
        scene
    }

    fn d13(scene: &Scene) -> Option<(&'static str, Certainty)> {
        let diagnosis = scene.diagnosis("call");
        let found = diagnosis.roots.into_iter().find(|found| found.rule == "D13");
        found.map(|found| (found.case, found.certainty))
    }

    #[test]
    fn d13_a_challenge_that_is_left_alone_is_told_apart_from_one_that_is_misunderstood() {
        let mut scene = challenged(&challenge("n1"));
        assert_eq!(d13(scene.end(60_000)), Some(("none", Certainty::Certain)));
        let mut scene = challenged(&format!("{}, algorithm=SHA-256", challenge("n1")));
        assert_eq!(d13(scene.end(60_000)), Some(("algorithm", Certainty::Likely)));
        let mut scene = challenged(&challenge("n1"));
        scene.request(100, "a", "b", "INVITE", "call");
        scene.response_with(120, "b", "a", "401 Unauthorized", "INVITE", "call", &challenge("n2"));
        assert_eq!(d13(scene.end(60_000)), Some(("bare", Certainty::Certain)));
        let mut scene = challenged(&challenge("n1"));
        scene.request_with(
            100,
            "a",
            "b",
            "INVITE",
            "call",
            &proof("n1").replace("realm=\"x.test", "realm=\"y.test"),
        );
        scene.response_with(120, "b", "a", "401 Unauthorized", "INVITE", "call", &challenge("n2"));
        assert_eq!(d13(scene.end(60_000)), Some(("realm", Certainty::Certain)));
    }

    #[test]
    fn d13_is_not_a_challenge_that_is_answered_even_if_nothing_comes_back() {
        let mut scene = challenged(&challenge("n1"));
        scene.request_with(100, "a", "b", "INVITE", "call", &proof("n1")).end(60_000);
        assert_eq!(d13(&scene), None);
    }

    #[test]
    fn d13_in_a_capture_that_was_cut_short_is_less_sure() {
        assert_eq!(d13(challenged(&challenge("n1")).end(5000)), Some(("none", Certainty::Likely)));
    }

    /// A call whose BYE is challenged.
    fn challenged_bye() -> Scene {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call").response(20, "b", "a", "200 OK", "INVITE", "call");
        scene.request_in(5000, "a", "b", "BYE", "call", "");
        scene.response_with(5020, "b", "a", "401 Unauthorized", "BYE", "call", &challenge("n1"));
        scene
    }

    fn d14(scene: &Scene) -> Option<(&'static str, Certainty)> {
        let diagnosis = scene.diagnosis("call");
        diagnosis.roots.iter().find(|found| found.rule == "D14").map(|found| (found.case, found.certainty))
    }

    #[test]
    fn d14_a_challenged_goodbye_that_is_not_repeated_leaves_the_call_up() {
        let mut scene = challenged_bye();
        assert_eq!(d14(scene.end(60_000)), Some(("inside", Certainty::Certain)));
        let mut scene = challenged_bye();
        assert_eq!(d14(scene.end(6000)), Some(("inside", Certainty::Likely)), "cut short");
    }

    #[test]
    fn d14_is_not_a_goodbye_that_is_repeated() {
        let mut scene = challenged_bye();
        scene.request_in(5100, "a", "b", "BYE", "call", &proof("n1"));
        scene.response(5120, "b", "a", "200 OK", "BYE", "call").end(60_000);
        assert_eq!(d14(&scene), None);
    }

    #[test]
    fn d14_nobody_can_answer_a_challenge_to_cancel() {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call").request(100, "a", "b", "CANCEL", "call");
        scene.response_with(120, "b", "a", "401 Unauthorized", "CANCEL", "call", &challenge("n1"));
        assert_eq!(d14(&scene), Some(("cancel", Certainty::Certain)));
    }

    #[test]
    fn d13_is_not_a_try_with_credentials_that_is_lost_on_another_hop() {
        let mut scene = Scene::new();
        let challenge = challenge("n1").replace("WWW", "Proxy");
        let [first, second] = [(1, String::new()), (2, format!("Proxy-{}\r\n", proof("n1")))];
        // A relay passes the same request on; the second one is lost there.
        let mut message = |at: u64, [from, to]: [&str; 2], start: &str, (cseq, more): &(u32, String)| {
            let text = format!(
                "{start}\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK{cseq}\r\nMax-Forwards: 70\r\n\
                 From: <sip:a@x.test>;tag=1\r\nTo: <sip:b@x.test>\r\nCall-ID: call\r\nCSeq: {cseq} INVITE\r\n{more}\
                 Content-Length: 0\r\n\r\n"
            );
            scene.bytes(at, from, to, text.as_bytes());
        };
        let (asks, asked) = ("INVITE sip:b@x.test SIP/2.0", "SIP/2.0 407 Proxy Authentication Required");
        let refusal = (1, format!("{challenge}\r\n"));
        message(0, ["a", "p"], asks, &first);
        message(5, ["q", "b"], asks, &first);
        message(10, ["b", "q"], asked, &refusal);
        message(15, ["p", "a"], asked, &refusal);
        message(40, ["a", "p"], asks, &second);
        assert!(!rules_of(&scene.end(60_000).diagnosis("call")).contains(&"D13"));
    }

    #[test]
    fn d11_refused_again_and_then_forbidden_is_one_finding() {
        let mut scene = answered("401 Unauthorized", &challenge("n2"));
        scene.request_with(80, "a", "b", "REGISTER", "reg", &proof("n2"));
        scene.response(99, "b", "a", "403 Forbidden", "REGISTER", "reg").end(60_000);
        let found = rules_of(&scene.diagnosis("reg"));
        assert_eq!(found, ["D11"]);
    }
}
