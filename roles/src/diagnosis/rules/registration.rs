//! Registration and credentials.

use super::super::facts::{Call, Facts, Message, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use core::time::Duration;
use ringback_sip::auth::{Challenge, Credentials};
use ringback_sip::journal::{Cause, Fact};
use ringback_sip::registry::{HeaderName, Method};

pub(super) const RULES: &[Rule] = &[Rule {
    id: "D11",
    level: Level::Root,
    explains: &["D13", "D14", "D18"],
    judge: Judge::Call(wrong_password),
}];

/// D11: fresh credentials for the challenge that was sent are refused (RFC 3261 §22.2, §10.3).
fn wrong_password(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let mut earlier: Option<Attempt<'_>> = None;
    for transaction in &call.transactions {
        let Some(attempt) = Attempt::read(call, transaction) else { continue };
        if let Some(before) = &earlier
            && before.challenges(&attempt)
        {
            // Another nonce after a long time: the old one was out of date. A later success clears the password.
            let is_late = attempt.request.at.since(before.answer.at) > NONCE_PATIENCE;
            let is_cleared = succeeds_later(call, &attempt);
            match attempt.refusal().filter(|case| !(is_cleared || is_late && *case == "anew")) {
                Some(case) => judgement.found(finding(facts, call, before, &attempt, case)),
                None => judgement.rule_out("D11"),
            }
        }
        earlier = Some(attempt);
    }
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
    let is_repeated =
        before.proof.is_some() && before.proof == attempt.proof && before.nonce == attempt.nonce;
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
        let (sent, back) = (request.syntax()?, answer.syntax()?);
        let rows = [HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION];
        let row = rows.iter().find_map(|&name| sent.header(name));
        let credentials = row.and_then(|row| Credentials::parse(row).ok());
        let challenges = [HeaderName::WWW_AUTHENTICATE, HeaderName::PROXY_AUTHENTICATE];
        let challenges = challenges.iter().flat_map(|&name| back.headers(name));
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
        assert_eq!(done.ruled_out, ["D11"]);
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
}
