//! Refusals that no password changes: a policy, or a guard against attacks.

use super::super::facts::{Call, Facts, Message, Point, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use core::net::IpAddr;
use core::time::Duration;
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::time::Instant;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULES: &[Rule] = &[
    Rule { id: "D15", level: Level::Root, explains: &[], judge: Judge::Call(forbidden) },
    Rule { id: "D18", level: Level::Root, explains: &[], judge: Judge::Whole(scanned) },
];

/// D15: a request is forbidden for another reason than its password: before a challenge, after good credentials, or far
/// behind the first server (RFC 3261 §21.4.4).
fn forbidden(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let is_refused = |message: &&Message| message.status.is_some_and(|s| matches!(s.number(), 402 | 403));
    // Later ones carry the first one back.
    let Some(answer) = call.messages.iter().find(is_refused) else { return };
    let is_its = |one: &&Transaction| one.finals.iter().any(|&place| call.messages[place].no == answer.no);
    let Some(transaction) = call.transactions.iter().find(is_its) else { return };
    let Some(request) = transaction.copies.first().map(|&place| &call.messages[place]) else { return };
    let proves = |message: &Message| {
        let rows = [HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION];
        rows.iter().any(|&name| message.header(name).is_some())
    };
    let asks = |message: &&Message| {
        message.method == request.method
            && message.at <= answer.at
            && message.status.is_some_and(|status| matches!(status.number(), 401 | 407))
    };
    let challenge = call.messages.iter().find(asks);
    let is_far = call
        .transactions
        .iter()
        .any(|before| before.server.ip() == transaction.client.ip() && before.method == transaction.method);
    // Credentials of a registration may be wrong as well.
    if !is_far && request.is(Method::Register) && proves(request) {
        judgement.rule_out("D15");
        return;
    }
    let (case, actor) = match (is_far, proves(request), challenge) {
        (true, ..) => ("far", Actor::Carrier),
        (_, true, _) => ("after", Actor::Caller),
        (_, false, None) => ("before", Actor::Callee),
        (_, false, Some(_)) => return judgement.rule_out("D15"),
    };
    // A server may pass on what another one said, unless all that it sends would be in view.
    let is_seen = is_far || matches!(facts.point(request), Point::Receiver | Point::Both);
    let is_whole = !call.begins_midway();
    let certainty = if is_seen && is_whole { Certainty::Certain } else { Certainty::Likely };
    let mut finding = Finding::new("D15", certainty, actor)
        .case(case)
        .hop(transaction.client, transaction.server)
        .basis("RFC 3261 §21.4.4")
        .value("code", answer.title())
        .value("method", request.title())
        .value("source", transaction.client)
        .value("hop", transaction.server)
        .evidence(request.no, "", "why-request", vec![])
        .evidence(answer.no, "", "why-refused", vec![]);
    for (name, field) in [(HeaderName::REASON, "Reason"), (HeaderName::WARNING, "Warning")] {
        if let Some(text) = answer.header(name) {
            finding = finding.evidence(answer.no, field, "why-text", vec![("text", text)]);
        }
    }
    judgement.found(finding);
}

/// D18: one source asks for one user after the other (RFC 3261 §26.1.5).
fn scanned(facts: &Facts, judgement: &mut Judgement<'_>) {
    let mut sources: BTreeMap<IpAddr, Vec<Attempt<'_>>> = BTreeMap::new();
    for call in facts.calls() {
        let Some(first) = call.messages.first().filter(|first| first.is_request()) else { continue };
        let has = |codes: &[u16]| {
            let mut codes_seen = call.messages.iter().filter_map(|message| message.status);
            codes_seen.any(|status| codes.contains(&status.number()))
        };
        // A server that asks its phones whether they live, or a trunk that is down, looks no one up.
        let is_asking = matches!(first.method, Some(Method::Register | Method::Invite));
        if is_asking && (has(&[200, 202]) || has(&[401, 403, 404, 407])) {
            let is_let_in = has(&[200, 202]);
            let attempts = sources.entry(first.src.ip()).or_default();
            attempts.push(Attempt { at: first.at, first, is_let_in });
        }
    }
    for (source, mut attempts) in sources {
        // Who is let in is a server or a phone that works.
        if attempts.len() < USERS_MIN || attempts.iter().any(|attempt| attempt.is_let_in) {
            continue;
        }
        attempts.sort_by_key(|attempt| (attempt.at, attempt.first.no));
        let Some((start, end, users)) = widest(&attempts) else { continue };
        let agent = attempts[start].first.header(HeaderName::USER_AGENT).unwrap_or_else(|| "-".to_owned());
        judgement.found(
            Finding::new("D18", Certainty::Likely, Actor::Us)
                .case("scan")
                .hop(attempts[start].first.src, attempts[start].first.dst)
                .basis("RFC 3261 §26.1.5")
                .value("source", source)
                .value("users", users)
                .value("agent", agent)
                .evidence(attempts[start].first.no, "To", "why-first", vec![])
                .evidence(attempts[end].first.no, "To", "why-last", vec![]),
        );
    }
}

struct Attempt<'a> {
    at: Instant,
    first: &'a Message,
    is_let_in: bool,
}

/// The first minute in which enough different users are asked for: its first attempt, its last, and how many.
fn widest(attempts: &[Attempt<'_>]) -> Option<(usize, usize, usize)> {
    let names: Vec<Vec<u8>> = attempts.iter().map(|attempt| asked_for(attempt.first)).collect();
    let mut within: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut start = 0;
    for (end, attempt) in attempts.iter().enumerate() {
        *within.entry(&names[end]).or_default() += 1;
        while attempt.at.since(attempts[start].at) > WINDOW {
            if let Some(times) = within.get_mut(&names[start][..]) {
                *times -= 1;
            }
            within.retain(|_, times| *times > 0);
            start += 1;
        }
        if within.len() >= USERS_MIN {
            let after = attempts[start..].partition_point(|next| next.at.since(attempts[start].at) <= WINDOW);
            let users: BTreeSet<_> = names[start..start + after].iter().collect();
            return Some((start, start + after - 1, users.len()));
        }
    }
    None
}

/// The address in To.
fn asked_for(message: &Message) -> Vec<u8> {
    message.syntax().and_then(|syntax| syntax.to().ok().map(|to| to.uri.to_vec())).unwrap_or_default()
}

/// So many users in one window are no mistyped number.
const USERS_MIN: usize = 11;
const WINDOW: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::super::super::diagnose_whole;
    use super::super::super::testing::{Scene, any_verdict, expect_texts, rules_of};
    use super::*;

    const CHALLENGE: &str = "Proxy-Authenticate: Digest realm=\"x.test\", nonce=\"n1\"";
    const PROOF: &str = "Proxy-Authorization: Digest username=\"ann\", realm=\"x.test\", nonce=\"n1\", \
                         uri=\"sip:x.test\", response=\"0123456789abcdef0123456789abcdef\"";

    #[test]
    fn d15_before_any_challenge_it_is_the_source_that_may_not() {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call").response(
            20,
            "b",
            "a",
            "403 Forbidden",
            "INVITE",
            "call",
        );
        assert_eq!(any_verdict(&scene, "call"), Some(("D15", "before", Certainty::Likely)));
        scene.facts.set_local([192, 0, 2, 2].into());
        assert_eq!(any_verdict(&scene, "call"), Some(("D15", "before", Certainty::Certain)));
    }

    #[test]
    fn d15_after_credentials_it_is_the_call_and_behind_another_server_it_is_the_far_side() {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call");
        scene.response_with(20, "b", "a", "407 Proxy Authentication Required", "INVITE", "call", CHALLENGE);
        scene.request_with(40, "a", "b", "INVITE", "call", PROOF);
        scene.response_with(60, "b", "a", "403 Forbidden", "INVITE", "call", "Reason: Q.850;cause=21");
        assert_eq!(any_verdict(&scene, "call"), Some(("D15", "after", Certainty::Likely)));
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call").request_with(
            5,
            "b",
            "c",
            "INVITE",
            "call",
            "Subject: on",
        );
        scene.response(60, "c", "b", "403 Forbidden", "INVITE", "call");
        assert_eq!(any_verdict(&scene, "call"), Some(("D15", "far", Certainty::Certain)));
    }

    #[test]
    fn d15_is_not_a_registration_whose_credentials_are_refused() {
        let mut scene = Scene::new();
        let proof = PROOF.replace("Proxy-", "");
        scene.request_with(40, "a", "b", "REGISTER", "call", &proof);
        scene.response(60, "b", "a", "403 Forbidden", "REGISTER", "call");
        let diagnosis = scene.diagnosis("call");
        assert!(!rules_of(&diagnosis).contains(&"D15") && diagnosis.ruled_out.contains(&"D15"));
    }

    #[test]
    fn d15_without_the_request_in_view_says_nothing() {
        let mut scene = Scene::new();
        scene.response(60, "b", "a", "403 Forbidden", "INVITE", "call");
        assert_eq!(rules_of(&scene.diagnosis("call")), [""; 0]);
    }

    /// So many users are asked for, one each so many milliseconds, and each is answered so.
    fn asked(users: u64, every: u64, status: &str) -> Scene {
        let mut scene = Scene::new();
        for user in 0..users {
            let text = format!(
                "REGISTER sip:x.test SIP/2.0\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK{user}\r\nMax-Forwards: 70\r\n\
                 From: <sip:{user}@x.test>;tag=1\r\nTo: <sip:{user}@x.test>\r\nCall-ID: c{user}\r\nCSeq: 1 REGISTER\r\n\
                 User-Agent: friendly-scanner\r\nContent-Length: 0\r\n\r\n"
            );
            let answer = format!(
                "SIP/2.0 {status}\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK{user}\r\nFrom: <sip:{user}@x.test>;tag=1\r\n\
                 To: <sip:{user}@x.test>;tag=2\r\nCall-ID: c{user}\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n"
            );
            scene.bytes(user * every, "a", "b", text.as_bytes());
            scene.bytes(user * every + 5, "b", "a", answer.as_bytes());
        }
        scene
    }

    fn scans(scene: &Scene) -> Vec<(&'static str, Certainty)> {
        let diagnosis = diagnose_whole(&scene.facts);
        let found = diagnosis.roots.iter().filter(|found| found.rule == "D18");
        found.inspect(|found| expect_texts(found)).map(|found| (found.case, found.certainty)).collect()
    }

    #[test]
    fn d18_one_source_that_asks_for_one_user_after_the_other_is_a_scan() {
        assert_eq!(scans(&asked(20, 100, "404 Not Found")), [("scan", Certainty::Likely)]);
    }

    #[test]
    fn d18_is_not_a_slow_source_nor_one_that_is_let_in() {
        assert_eq!(scans(&asked(20, 10_000, "404 Not Found")), []);
        assert_eq!(scans(&asked(20, 100, "200 OK")), []);
    }

    #[test]
    fn d18_in_a_capture_that_holds_only_a_few_tries_says_nothing() {
        assert_eq!(scans(&asked(8, 100, "404 Not Found")), []);
    }
}
