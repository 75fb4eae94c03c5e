//! The way of messages: answers that miss the sender or come from elsewhere, and requests that go round in a loop.

use super::super::facts::{Call, Facts, Message, Point, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use core::time::Duration;
use ringback_sip::flow::Transport;
use ringback_sip::registry::HeaderName;

pub(super) const RULES: &[Rule] = &[
    Rule { id: "D06", level: Level::Root, explains: &["D01", "D36"], judge: Judge::Call(answer_misses) },
    Rule {
        id: "D07",
        level: Level::Root,
        explains: &["D01", "D36"],
        judge: Judge::Call(answer_from_elsewhere),
    },
    Rule { id: "D10", level: Level::Root, explains: &[], judge: Judge::Call(goes_round) },
];

/// D06: answers go to what Via names and not to where the request came from, and the client goes on asking (RFC 3581
/// §4, RFC 3261 §18.2.2).
fn answer_misses(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for transaction in call.transactions.iter().filter(|one| is_over_udp(call, one)) {
        let Some(answer) = answers(call, transaction).find(|answer| answer.dst != transaction.client) else {
            continue;
        };
        let (request, again) =
            (&call.messages[transaction.copies[0]], asked_after(call, transaction, answer));
        let arrives = answers(call, transaction).any(|answer| answer.dst == transaction.client);
        let Some(again) = again.filter(|_| !arrives && answer.src == transaction.server) else {
            judgement.rule_out("D06");
            continue;
        };
        let wants_rport = request.syntax().and_then(|syntax| syntax.top_via().ok()?.rport()).is_some();
        let (case, actor) = if wants_rport { ("ignored", Actor::Callee) } else { ("absent", Actor::Caller) };
        let is_at_server = matches!(facts.point(answer), Point::Sender);
        let certainty = if is_at_server { Certainty::Certain } else { Certainty::Likely };
        judgement.found(
            Finding::new("D06", certainty, actor)
                .case(case)
                .hop(transaction.client, transaction.server)
                .basis("RFC 3581 §4")
                .value("source", transaction.client)
                .value("goal", answer.dst)
                .value("code", answer.title())
                .evidence(request.no, "Via", "why-request", vec![])
                .evidence(answer.no, "Via", "why-answer", vec![])
                .evidence(again.no, "", "why-again", vec![]),
        );
    }
}

/// D07: an answer comes from another address than the one that was asked, and the client goes on asking (RFC 3261
/// §18.2.2, RFC 3581 §4).
fn answer_from_elsewhere(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for transaction in call.transactions.iter().filter(|one| is_over_udp(call, one)) {
        let goes_back = |answer: &&Message| answer.dst == transaction.client;
        let is_asked = |answer: &Message| answer.src == transaction.server;
        let Some(answer) = answers(call, transaction).filter(goes_back).find(|answer| !is_asked(answer))
        else {
            continue;
        };
        let is_also_asked = answers(call, transaction).any(is_asked);
        let Some(again) = asked_after(call, transaction, answer).filter(|_| !is_also_asked) else {
            judgement.rule_out("D07");
            continue;
        };
        let request = &call.messages[transaction.copies[0]];
        judgement.found(
            Finding::new("D07", Certainty::Likely, Actor::Callee)
                .hop(transaction.client, transaction.server)
                .basis("RFC 3581 §4")
                .value("asked", transaction.server)
                .value("from", answer.src)
                .value("code", answer.title())
                .evidence(request.no, "", "why-request", vec![])
                .evidence(answer.no, "", "why-answer", vec![])
                .evidence(again.no, "", "why-again", vec![]),
        );
    }
}

fn is_over_udp(call: &Call, transaction: &Transaction) -> bool {
    transaction.copies.first().is_some_and(|&place| call.messages[place].transport == Transport::Udp)
}

fn answers<'a>(call: &'a Call, transaction: &'a Transaction) -> impl Iterator<Item = &'a Message> {
    transaction.provisionals.iter().chain(&transaction.finals).map(|&place| &call.messages[place])
}

/// The second copy of the request that left after the answer should have stopped it; one may have crossed it.
fn asked_after<'a>(call: &'a Call, transaction: &Transaction, answer: &Message) -> Option<&'a Message> {
    let copies = transaction.copies.iter().map(|&place| &call.messages[place]);
    copies.filter(|copy| copy.at > answer.at && copy.at.since(answer.at) > CROSSING).nth(1)
}

/// D10: a request goes round, or its hops or branches are used up (RFC 3261 §16.3, §8.2.2.2; RFC 5393 §5).
fn goes_round(_: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let is_refused =
        |message: &&Message| message.status.is_some_and(|status| matches!(status.number(), 440 | 482 | 483));
    // Later ones carry the first one back.
    let Some(answer) = call.messages.iter().find(is_refused) else { return };
    let is_asked = |message: &&Message| {
        message.is_request() && message.method == answer.method && message.cseq == answer.cseq
    };
    let requests = || call.messages.iter().filter(is_asked).take(REQUESTS_LOOKED_AT);
    let is_hops = answer.status.is_some_and(|status| status.number() == 483);
    let hops = |message: &Message| message.syntax()?.max_forwards().ok().flatten();
    let first = requests().next();
    let round = requests().find_map(|request| Some((request, cycle(request)?)));
    let merged = first.and_then(|first| {
        requests()
            .find(|other| other.branch != first.branch && other.dst == first.dst && other.dst == answer.src)
    });
    let is_breadth = answer.code() == Some(440);
    let (case, certainty, shown, detail) = match (round, first) {
        (_, Some(first)) if is_breadth => {
            let allowed = first.header(HeaderName::MAX_BREADTH).unwrap_or_else(|| "60".to_owned());
            ("breadth", Certainty::Certain, Some(first), allowed)
        }
        (_, None) if is_breadth => return,
        (Some((request, cycle)), _) => ("round", Certainty::Certain, Some(request), cycle),
        (None, Some(first)) if is_hops && hops(first).is_some_and(|hops| hops < HOPS_MIN) => {
            ("low", Certainty::Certain, Some(first), hops(first).unwrap_or_default().to_string())
        }
        _ if is_hops => ("hops", Certainty::Likely, first, String::new()),
        _ if merged.is_some() => ("merged", Certainty::Certain, merged, String::new()),
        _ => ("said", Certainty::Likely, first, String::new()),
    };
    let (actor, field, basis) = match case {
        "low" => (Actor::Caller, "Max-Forwards", "RFC 3261 §16.3"),
        "breadth" => (Actor::Caller, "Max-Breadth", "RFC 5393 §5"),
        _ => (Actor::Network, "Via", "RFC 3261 §16.3"),
    };
    let mut finding = Finding::new("D10", certainty, actor)
        .case(case)
        .hop(answer.dst, answer.src)
        .basis(basis)
        .value("code", answer.title())
        .value("hop", answer.src)
        .value("detail", detail);
    if let Some(shown) = shown {
        finding = finding.evidence(shown.no, field, "why-request", vec![]);
    }
    judgement.found(finding.evidence(answer.no, "", "why-answer", vec![]));
}

/// The hosts from one that stands twice in the Vias to itself, in the order in which the request passed them.
fn cycle(request: &Message) -> Option<String> {
    let syntax = request.syntax()?;
    let name = |host: &[u8], port: Option<u16>| {
        let host = String::from_utf8_lossy(host).to_ascii_lowercase();
        port.map_or(host.clone(), |port| format!("{host}:{port}"))
    };
    let mut hosts: Vec<_> = syntax.vias().flatten().map(|via| name(via.host, via.port)).collect();
    hosts.reverse();
    let (start, end) = hosts
        .iter()
        .enumerate()
        .find_map(|(end, host)| Some((hosts[..end].iter().position(|earlier| earlier == host)?, end)))?;
    Some(hosts[start..=end].join(" → "))
}

/// A copy may be on its way while the answer comes.
const CROSSING: Duration = Duration::from_millis(100);
/// Fewer hops than this are soon used up.
const HOPS_MIN: u32 = 10;
const REQUESTS_LOOKED_AT: usize = 500;

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, any_verdict, rules_of};
    use super::*;

    /// A request with one branch, and these parameters of its Via; its Vias below; its hops.
    fn invite(via: &str, below: &str, hops: u32) -> String {
        format!(
            "INVITE sip:b@x.test SIP/2.0\r\nVia: SIP/2.0/UDP {via}\r\n{below}Max-Forwards: {hops}\r\n\
             From: <sip:a@x.test>;tag=1\r\nTo: <sip:b@x.test>\r\nCall-ID: call\r\nCSeq: 1 INVITE\r\n\
             Content-Length: 0\r\n\r\n"
        )
    }

    fn answer(via: &str, status: &str) -> String {
        format!(
            "SIP/2.0 {status}\r\nVia: SIP/2.0/UDP {via}\r\nFrom: <sip:a@x.test>;tag=1\r\nTo: <sip:b@x.test>;tag=2\r\n\
             Call-ID: call\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
        )
    }

    const OUTSIDE: &str = "203.0.113.9:40000";
    const PLAIN: &str = "203.0.113.9:5060;branch=z9hG4bK1";
    const RPORT: &str = "203.0.113.9:5060;rport;branch=z9hG4bK1";

    /// Copies of a request, and an answer after the first one, from `from` to `to`.
    fn asked(via: &str, copies: &[u64], from: &str, to: &str) -> Scene {
        let mut scene = Scene::new();
        for &at in copies {
            scene.bytes(at, OUTSIDE, "b", invite(via, "", 70).as_bytes());
            if at == 0 {
                scene.bytes(20, from, to, answer(via, "180 Ringing").as_bytes());
            }
        }
        scene
    }

    const LADDER: [u64; 4] = [0, 500, 1500, 3500];

    #[test]
    fn d06_an_answer_to_the_port_in_via_misses_a_client_behind_a_nat() {
        let scene = asked(PLAIN, &LADDER, "b", "203.0.113.9:5060");
        assert_eq!(any_verdict(&scene, "call"), Some(("D06", "absent", Certainty::Likely)));
        let mut scene = asked(RPORT, &LADDER, "b", "203.0.113.9:5060");
        scene.facts.set_local([192, 0, 2, 2].into());
        assert_eq!(any_verdict(&scene, "call"), Some(("D06", "ignored", Certainty::Certain)));
    }

    #[test]
    fn d06_is_not_an_answer_that_ends_the_asking_or_reaches_the_source() {
        let quiet = asked(PLAIN, &[0], "b", "203.0.113.9:5060").diagnosis("call");
        assert!(!rules_of(&quiet).contains(&"D06") && quiet.ruled_out.contains(&"D06"));
        let reached = asked(RPORT, &LADDER, "b", OUTSIDE).diagnosis("call");
        assert!(!rules_of(&reached).contains(&"D06"));
    }

    #[test]
    fn d06_and_d07_say_nothing_in_a_capture_that_ends_before_the_client_asks_again() {
        let brief = asked(PLAIN, &[0, 500], "b", "203.0.113.9:5060").diagnosis("call");
        assert!(!rules_of(&brief).contains(&"D06"));
        let brief = asked(RPORT, &[0, 500], "c", OUTSIDE).diagnosis("call");
        assert!(!rules_of(&brief).contains(&"D07"));
    }

    #[test]
    fn d07_an_answer_from_another_address_that_does_not_stop_the_client_is_likely_not_taken() {
        let scene = asked(RPORT, &LADDER, "c", OUTSIDE);
        assert_eq!(any_verdict(&scene, "call"), Some(("D07", "", Certainty::Likely)));
    }

    #[test]
    fn d07_is_not_an_answer_that_is_taken() {
        let diagnosis = asked(RPORT, &[0], "c", OUTSIDE).diagnosis("call");
        assert!(!rules_of(&diagnosis).contains(&"D07") && diagnosis.ruled_out.contains(&"D07"));
    }

    /// A request with these Vias below its own and so many hops left, and how it was refused.
    fn refused(below: &str, hops: u32, status: &str) -> Scene {
        let mut scene = Scene::new();
        scene.bytes(0, "a", "b", invite("a.x.test;branch=z9hG4bK1", below, hops).as_bytes());
        scene.bytes(20, "b", "a", answer("a.x.test;branch=z9hG4bK1", status).as_bytes());
        scene
    }

    const ROUND: &str =
        "Via: SIP/2.0/UDP p.x.test;branch=z9hG4bK0\r\nVia: SIP/2.0/UDP a.x.test;branch=z9hG4bK00\r\n";

    #[test]
    fn d10_a_host_that_stands_twice_in_via_shows_the_loop() {
        let scene = refused(ROUND, 3, "483 Too Many Hops");
        assert_eq!(any_verdict(&scene, "call"), Some(("D10", "round", Certainty::Certain)));
        let diagnosis = scene.diagnosis("call");
        let detail = ("detail", "a.x.test → p.x.test → a.x.test".to_owned());
        assert!(diagnosis.verdict().is_some_and(|found| found.values.contains(&detail)));
        assert_eq!(
            any_verdict(&refused("", 70, "482 Loop Detected"), "call"),
            Some(("D10", "said", Certainty::Likely))
        );
    }

    #[test]
    fn d10_few_hops_at_the_start_and_the_same_request_on_two_ways_are_no_loops() {
        assert_eq!(
            any_verdict(&refused("", 2, "483 Too Many Hops"), "call"),
            Some(("D10", "low", Certainty::Certain))
        );
        assert_eq!(
            any_verdict(&refused("", 70, "483 Too Many Hops"), "call"),
            Some(("D10", "hops", Certainty::Likely))
        );
        let mut scene = Scene::new();
        scene.bytes(0, "a", "b", invite("a.x.test;branch=z9hG4bK1", "", 70).as_bytes());
        scene.bytes(5, "c", "b", invite("c.x.test;branch=z9hG4bK2", "", 69).as_bytes());
        scene.bytes(9, "b", "c", answer("c.x.test;branch=z9hG4bK2", "482 Merged Request").as_bytes());
        assert_eq!(any_verdict(&scene, "call"), Some(("D10", "merged", Certainty::Certain)));
    }

    #[test]
    fn d10_more_branches_than_the_request_may_have_are_no_loop_even_when_it_passed_a_host_twice() {
        for vias in ["", ROUND] {
            let scene = refused(vias, 70, "440 Max-Breadth Exceeded");
            assert_eq!(any_verdict(&scene, "call"), Some(("D10", "breadth", Certainty::Certain)));
        }
        let mut scene = Scene::new();
        scene.bytes(20, "b", "a", answer("a.x.test;branch=z9hG4bK1", "440 Max-Breadth Exceeded").as_bytes());
        assert!(!rules_of(&scene.diagnosis("call")).contains(&"D10"), "the request is not in view");
    }

    #[test]
    fn d10_is_not_a_spiral_that_is_answered() {
        assert!(!rules_of(&refused(ROUND, 60, "200 OK").diagnosis("call")).contains(&"D10"));
    }

    #[test]
    fn d10_without_the_request_in_view_rests_on_the_code_alone() {
        let mut scene = Scene::new();
        scene.bytes(20, "b", "a", answer("a.x.test;branch=z9hG4bK1", "482 Loop Detected").as_bytes());
        assert_eq!(any_verdict(&scene, "call"), Some(("D10", "said", Certainty::Likely)));
    }
}
