//! Names of servers: requests for a domain that the server does not serve.

use super::super::facts::{Call, CallKind, Facts, Message, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use core::time::Duration;
use ringback_sip::journal::Cause;
use ringback_sip::registry::Method;

pub(super) const RULES: &[Rule] = &[Rule {
    id: "D23",
    level: Level::Root,
    explains: &["D15", "D16", "D22"],
    judge: Judge::Call(wrong_domain),
}];

/// D23: a request names a domain that is not the server's, and is neither served nor passed on (RFC 3261 §16.3, §10.3).
fn wrong_domain(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let method = match call.kind {
        CallKind::Call => Method::Invite,
        CallKind::Registration => Method::Register,
        _ => return,
    };
    let Some(transaction) = call.of(method).last() else { return };
    let (Some(request), Some(answer)) = (call.request_of(transaction), call.final_of(transaction)) else {
        return;
    };
    let is_refused = matches!(answer.code(), Some(403 | 404 | 476 | 478));
    let is_passed_on = call.of(method).any(|next| next.client.ip() == transaction.server.ip());
    if !is_refused || is_passed_on || !request.to_tag.is_empty() || answer.at.since(request.at) > AT_ONCE {
        return;
    }
    let is_journalled =
        facts.server_of(call).any(|entry| matches!(entry.fact.cause(), Some(Cause::Relay(_))));
    let Some(asked) = domain(request) else { return };
    let served = served(facts, call, transaction);
    let is_known = served.iter().any(|(name, _)| *name == asked);
    let other = served.first().filter(|_| !is_known);
    if other.is_none() && !is_journalled {
        return judgement.rule_out("D23");
    }
    let certainty = if is_journalled { Certainty::Certain } else { Certainty::Likely };
    let mut finding = Finding::new("D23", certainty, Actor::Caller)
        .case(if other.is_some() { "other" } else { "told" })
        .hop(transaction.client, transaction.server)
        .basis("RFC 3261 §16.3")
        .value("domain", &asked)
        .value("peer", transaction.server)
        .value("code", answer.title())
        .value("served", other.map(|(name, _)| name.clone()).unwrap_or_default())
        .evidence(request.no, "", "why-request", vec![("domain", asked)])
        .evidence(answer.no, "", "why-refused", vec![("code", answer.title())]);
    if let Some((name, answer)) = other {
        finding = finding.evidence(answer.no, "", "why-served", vec![("served", name.clone())]);
    }
    judgement.found(finding);
}

/// The host of the Request-URI.
fn domain(request: &Message) -> Option<String> {
    let syntax = request.syntax()?;
    let host = syntax.uri()?.host.name();
    Some(String::from_utf8_lossy(host).to_ascii_lowercase()).filter(|host| !host.is_empty())
}

/// The domains for which this server took requests, with an answer that shows it.
fn served<'a>(facts: &'a Facts, call: &Call, refused: &Transaction) -> Vec<(String, &'a Message)> {
    let others = facts.calls().filter(|other| other.id != call.id).take(CALLS_LOOKED_AT);
    let asked = others.flat_map(|other| {
        let opens = other.transactions.iter().filter(|one| {
            one.server == refused.server && matches!(one.method, Some(Method::Invite | Method::Register))
        });
        opens.filter_map(move |one| Some((other.request_of(one)?, other.final_of(one)?)))
    });
    let taken = asked.filter(|(request, answer)| request.to_tag.is_empty() && answer.is_success());
    taken.filter_map(|(request, answer)| Some((domain(request)?, answer))).take(DOMAINS_MAX).collect()
}

/// A server that has nobody to ask answers faster than this.
const AT_ONCE: Duration = Duration::from_millis(500);
const CALLS_LOOKED_AT: usize = 2_000;
const DOMAINS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, any_verdict, rules_of};
    use super::*;

    /// A REGISTER for this domain, and its answer.
    fn ask(scene: &mut Scene, call: &str, domain: &str, status: &str) {
        let head = |start: &str| {
            format!(
                "{start}\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK{call}\r\nMax-Forwards: 70\r\nFrom: <sip:a@{domain}>;tag=1\r\n\
                 To: <sip:a@{domain}>\r\nCall-ID: {call}\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n"
            )
        };
        scene.bytes(0, "a", "b", head(&format!("REGISTER sip:{domain} SIP/2.0")).as_bytes());
        if !status.is_empty() {
            scene.bytes(20, "b", "a", head(&format!("SIP/2.0 {status}")).as_bytes());
        }
    }

    fn refused(known: &str) -> Scene {
        let mut scene = Scene::new();
        ask(&mut scene, "other", known, "200 OK");
        ask(&mut scene, "call", "192.0.2.2", "404 Not Found");
        scene
    }

    #[test]
    fn d23_an_address_in_place_of_the_domain_is_not_served() {
        assert_eq!(any_verdict(&refused("x.test"), "call"), Some(("D23", "other", Certainty::Likely)));
    }

    #[test]
    fn d23_is_not_a_user_who_is_unknown_in_the_right_domain() {
        let diagnosis = refused("192.0.2.2").diagnosis("call");
        assert!(!rules_of(&diagnosis).contains(&"D23") && diagnosis.ruled_out.contains(&"D23"));
    }

    #[test]
    fn d23_without_the_answer_or_without_other_requests_in_view_says_nothing() {
        let mut scene = Scene::new();
        ask(&mut scene, "call", "192.0.2.2", "404 Not Found");
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D23"));
        let mut scene = Scene::new();
        ask(&mut scene, "other", "x.test", "200 OK");
        ask(&mut scene, "call", "192.0.2.2", "");
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D23"));
    }
}
