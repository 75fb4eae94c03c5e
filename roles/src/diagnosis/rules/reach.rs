//! Reach and transport: requests that do not arrive, answers that do not come back.

use super::super::facts::{Call, Facts, Icmp, IcmpKind, Message, Point, Transaction};
use super::super::finding::{Actor, Certainty, Finding};
use super::super::judgement::Judgement;
use super::super::rule::{Judge, Level, Rule};
use super::super::timing::{LadderKind, PATIENCE, fit};
use super::onward::connection_refused;
use core::time::Duration;
use ringback_sip::flow::Transport;
use ringback_sip::registry::Method;

pub(super) const RULES: &[Rule] = &[
    Rule { id: "D01", level: Level::Root, explains: &[], judge: Judge::Call(nobody_answers) },
    Rule {
        id: "D02",
        level: Level::Root,
        explains: &["D01", "D24", "D28", "D32", "D38"],
        judge: Judge::Call(refused),
    },
    Rule { id: "D05", level: Level::Root, explains: &["D01"], judge: Judge::Call(too_big) },
];

/// D01: copies on the schedule of timer A or E, and nothing at all comes back (RFC 3261 §17.1.1.2, §17.1.2.2).
fn nobody_answers(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    let over_udp = |transaction: &&Transaction| {
        let first = transaction.copies.first().map(|&place| &call.messages[place]);
        first.is_some_and(|first| first.transport == Transport::Udp && !first.is(Method::Ack))
    };
    for transaction in call.transactions.iter().filter(over_udp) {
        let is_reported = facts.icmp_about(transaction.client, transaction.server).next().is_some();
        if transaction.copies.len() < COPIES_MIN || is_reported {
            continue;
        }
        let kind = match transaction.method {
            Some(Method::Invite) => LadderKind::Doubling,
            _ => LadderKind::Capped,
        };
        match fit(&transaction.copy_times(&call.messages), kind) {
            Some(_) if transaction.is_unanswered() => judgement_of(facts, call, transaction, judgement),
            _ => judgement.rule_out("D01"),
        }
    }
}

fn judgement_of(facts: &Facts, call: &Call, transaction: &Transaction, judgement: &mut Judgement<'_>) {
    let (Some(&first), Some(&last)) = (transaction.copies.first(), transaction.copies.last()) else { return };
    let (first, last) = (&call.messages[first], &call.messages[last]);
    let lived = facts.answered(transaction.server, first.at, NEIGHBOURHOOD);
    let case = match (lived, facts.point(first)) {
        (Some(_), _) => "lives",
        (None, Point::Receiver) => "receiver",
        (None, _) => "silent",
    };
    let actor = if case == "receiver" { Actor::Callee } else { Actor::Network };
    let timer = if transaction.method == Some(Method::Invite) { "timer-b" } else { "timer-f" };
    let mut finding = Finding::new("D01", Certainty::Certain, actor)
        .case(case)
        .hop(transaction.client, transaction.server)
        .basis(timer)
        .basis("RFC 3261 §8.1.3.1")
        .value("method", first.title())
        .value("peer", transaction.server)
        .value("copies", transaction.copies.len())
        .value("seconds", last.at.since(first.at).as_secs())
        .evidence(first.no, "", "why-first", vec![])
        .evidence(last.no, "", "why-last", vec![]);
    if let Some((_, answer)) = lived {
        finding = finding.evidence(answer, "", "why-lives", vec![]);
    }
    judgement.found_absence(finding, first.at);
}

/// D02: the network reports that a request could not be delivered (RFC 3261 §8.1.3.1, §18.4).
fn refused(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for transaction in &call.transactions {
        let Some(first) = transaction.copies.first().map(|&place| &call.messages[place]) else { continue };
        let case_of = |icmp: &Icmp| match icmp.kind {
            IcmpKind::PortUnreachable => Some("port"),
            IcmpKind::HostUnreachable => Some("host"),
            IcmpKind::Prohibited => Some("filtered"),
            _ => None,
        };
        let mut reports = facts.icmp_about(transaction.client, transaction.server);
        let Some((icmp, case)) =
            reports.find_map(|icmp| Some((icmp, case_of(icmp)?)).filter(|_| icmp.at >= first.at))
        else {
            continue;
        };
        // Another server may have taken it (RFC 3263 §4.3).
        let mut tries = transaction.method.into_iter().flat_map(|method| call.of(method));
        let is_taken = tries.any(|other| {
            other.client.ip() == transaction.client.ip()
                && other.cseq >= transaction.cseq
                && !other.is_unanswered()
        });
        if is_taken || icmp.at.since(first.at) > PATIENCE {
            judgement.rule_out("D02");
            continue;
        }
        let actor = if case == "port" { Actor::Callee } else { Actor::Network };
        let sent = transaction.copies.iter().map(|&place| &call.messages[place]);
        let sent = sent.rev().find(|copy| copy.at <= icmp.at).unwrap_or(first);
        judgement.found(
            Finding::new("D02", Certainty::Certain, actor)
                .case(case)
                .hop(transaction.client, transaction.server)
                .basis("RFC 3261 §18.4")
                .value("peer", transaction.server)
                .value("from", icmp.from)
                .evidence(sent.no, "", "why-reported", vec![]),
        );
    }
    connection_refused(facts, call, judgement);
}

/// D05: a request that is too big for UDP stays without an answer, while a small one is answered (RFC 3261 §18.1.1).
fn too_big(facts: &Facts, call: &Call, judgement: &mut Judgement<'_>) {
    for transaction in &call.transactions {
        let (Some(&first), Some(&last)) = (transaction.copies.first(), transaction.copies.last()) else {
            continue;
        };
        let (first, last) = (&call.messages[first], &call.messages[last]);
        let is_big = first.bytes.len() > UDP_BYTES_MAX || first.fragmented;
        if first.transport != Transport::Udp || !is_big {
            continue;
        }
        // What arrived whole was not too big.
        let arrives = matches!(facts.point(first), Point::Receiver | Point::Both);
        let mut reports = facts.icmp_about(transaction.client, transaction.server);
        let is_reported = reports.any(|icmp| icmp.kind == IcmpKind::TooBig);
        let is_lost = transaction.is_unanswered() && !arrives;
        let small = if is_lost { small_that_was_answered(facts, call, transaction, first) } else { None };
        let case = match small {
            _ if !is_lost => None,
            _ if is_reported => Some(("limit", Certainty::Certain)),
            Some(_) if transaction.copies.len() >= COPIES_MIN => Some(("likely", Certainty::Likely)),
            _ => None,
        };
        let Some((case, certainty)) = case else {
            judgement.rule_out("D05");
            continue;
        };
        let mut finding = Finding::new("D05", certainty, Actor::Caller)
            .case(case)
            .hop(transaction.client, transaction.server)
            .basis("RFC 3261 §18.1.1")
            .value("method", first.title())
            .value("bytes", first.bytes.len())
            .value("peer", transaction.server)
            .evidence(first.no, "", "why-big", vec![]);
        if let Some(small) = small {
            finding = finding.evidence(small.no, "", "why-small", vec![]);
        }
        judgement.found_absence(finding.evidence(last.no, "", "why-last", vec![]), first.at);
    }
}

/// The answer to a request, of the same call if there is one, that went the same way within a minute and is no cause for
/// fragments.
fn small_that_was_answered<'a>(
    facts: &'a Facts,
    call: &'a Call,
    big: &Transaction,
    first: &Message,
) -> Option<&'a Message> {
    let others = facts.calls().filter(|other| other.id != call.id).take(CALLS_LOOKED_AT);
    let mut tries = core::iter::once(call)
        .chain(others)
        .flat_map(|call| call.transactions.iter().map(move |one| (call, one)));
    tries.find_map(|(call, other)| {
        let asked = &call.messages[*other.copies.first()?];
        let answer = &call.messages[*other.provisionals.first().or(other.finals.first())?];
        let apart = asked.at.since(first.at).max(first.at.since(asked.at));
        let is_same_way = other.client.ip() == big.client.ip() && other.server == big.server;
        let is_small = asked.bytes.len() <= UDP_BYTES_MAX && !asked.fragmented;
        (is_same_way && is_small && apart <= MINUTE).then_some(answer)
    })
}

/// What may go over UDP when nobody knows the limit of the path (RFC 3261 §18.1.1).
const UDP_BYTES_MAX: usize = 1300;
const CALLS_LOOKED_AT: usize = 2_000;
const MINUTE: Duration = Duration::from_secs(60);
/// Fewer copies than this may be a slow answer.
const COPIES_MIN: usize = 3;
/// An answer this near shows that the peer was up.
const NEIGHBOURHOOD: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Scene, rules_of};
    use super::*;

    const LADDER: [u64; 7] = [0, 500, 1500, 3500, 7500, 15500, 31500];

    fn silence(until: u64) -> Scene {
        let mut scene = Scene::new();
        for at in LADDER.into_iter().filter(|at| *at <= until) {
            scene.request(at, "a", "b", "INVITE", "call");
        }
        scene.end(until);
        scene
    }

    #[test]
    fn d01_copies_without_any_answer_mean_that_nobody_answers() {
        let diagnosis = silence(40_000).diagnosis("call");
        let verdict = diagnosis.verdict().expect("a finding");
        assert_eq!((verdict.rule, verdict.certainty, verdict.case), ("D01", Certainty::Certain, "silent"));
        assert_eq!(verdict.evidence.iter().map(|e| e.message).collect::<Vec<_>>(), [1, 7]);
        assert!(verdict.values.contains(&("copies", "7".to_owned())));
    }

    #[test]
    fn d01_is_about_the_way_when_the_peer_answered_something_else() {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "OPTIONS", "probe").response(20, "b", "a", "200 OK", "OPTIONS", "probe");
        for at in LADDER {
            scene.request(at + 1000, "a", "b", "INVITE", "call");
        }
        let diagnosis = scene.end(40_000).diagnosis("call");
        assert_eq!(diagnosis.verdict().map(|finding| finding.case), Some("lives"));
    }

    #[test]
    fn d01_is_not_a_late_answer() {
        let mut scene = silence(1500);
        scene.response(1600, "b", "a", "100 Trying", "INVITE", "call");
        let diagnosis =
            scene.response(1700, "b", "a", "200 OK", "INVITE", "call").end(40_000).diagnosis("call");
        assert_eq!(rules_of(&diagnosis), [""; 0]);
        assert!(diagnosis.ruled_out.contains(&"D01"));
    }

    #[test]
    fn d01_in_a_capture_that_was_cut_short_is_less_sure() {
        let diagnosis = silence(4000).diagnosis("call");
        let verdict = diagnosis.verdict().expect("a finding");
        assert_eq!((verdict.certainty, verdict.is_cut_short), (Certainty::Likely, true));
    }

    /// Copies up to this moment, and what the network reports of the first.
    fn reported(kind: IcmpKind, until: u64) -> Scene {
        let mut scene = silence(until);
        let first = scene.facts.call(b"call").expect("the call").messages[0].clone();
        scene.facts.add_icmp(Icmp {
            at: first.at,
            frame: 2,
            from: first.dst.ip(),
            kind,
            code: (3, 3),
            transport: Transport::Udp,
            src: first.src,
            dst: first.dst,
        });
        scene
    }

    #[test]
    fn d02_what_the_network_reports_tells_a_closed_port_from_a_filter() {
        let told = |kind: IcmpKind, until: u64| {
            let diagnosis = reported(kind, until).diagnosis("call");
            diagnosis.verdict().map(|found| (found.rule, found.case, found.certainty))
        };
        assert_eq!(told(IcmpKind::PortUnreachable, 40_000), Some(("D02", "port", Certainty::Certain)));
        assert_eq!(told(IcmpKind::Prohibited, 40_000), Some(("D02", "filtered", Certainty::Certain)));
        let brief = told(IcmpKind::HostUnreachable, 1500);
        assert_eq!(brief, Some(("D02", "host", Certainty::Certain)), "the report needs no waiting");
    }

    #[test]
    fn d02_is_no_fault_when_another_server_answers() {
        let mut scene = reported(IcmpKind::PortUnreachable, 0);
        scene.request_with(900, "a", "c", "INVITE", "call", "User-Agent: next");
        let diagnosis = scene.response(950, "c", "a", "200 OK", "INVITE", "call").diagnosis("call");
        assert!(!rules_of(&diagnosis).contains(&"D02") && diagnosis.ruled_out.contains(&"D02"));
    }

    /// A small request that is challenged, and then copies of one of this size.
    fn grown(bytes: usize, until: u64) -> Scene {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call");
        scene.response(20, "b", "a", "407 Proxy Authentication Required", "INVITE", "call");
        let more = format!("Subject: {}", "x".repeat(bytes));
        for at in LADDER.into_iter().filter(|at| *at <= until) {
            scene.request_with(1000 + at, "a", "b", "INVITE", "call", &more);
        }
        scene.end(1000 + until);
        scene
    }

    fn d05(scene: &Scene) -> Option<(&'static str, Certainty)> {
        let diagnosis = scene.diagnosis("call");
        diagnosis.roots.iter().find(|found| found.rule == "D05").map(|found| (found.case, found.certainty))
    }

    #[test]
    fn d05_a_big_request_without_an_answer_after_a_small_one_with_one_is_likely_lost_in_fragments() {
        let mut scene = grown(1400, 40_000);
        assert_eq!(d05(&scene), Some(("likely", Certainty::Likely)));
        let symptoms = scene.diagnosis("call").symptoms;
        assert!(symptoms.iter().any(|found| found.rule == "D01"), "the silence follows from it");
        let first = scene.facts.call(b"call").expect("the call").messages[2].clone();
        scene.facts.add_icmp(Icmp {
            at: first.at,
            frame: 2,
            from: first.dst.ip(),
            kind: IcmpKind::TooBig,
            code: (3, 4),
            transport: Transport::Udp,
            src: first.src,
            dst: first.dst,
        });
        assert_eq!(d05(&scene), Some(("limit", Certainty::Certain)));
    }

    #[test]
    fn d05_is_not_a_small_request_nor_a_big_one_that_is_answered() {
        assert_eq!(d05(&grown(400, 40_000)), None);
        let mut scene = grown(1400, 1500);
        scene.response(2600, "b", "a", "200 OK", "INVITE", "call").end(60_000);
        assert_eq!(d05(&scene), None);
        assert!(scene.diagnosis("call").ruled_out.contains(&"D05"));
    }

    #[test]
    fn d05_in_a_capture_that_was_cut_short_is_less_sure() {
        assert_eq!(d05(&grown(1400, 4000)), Some(("likely", Certainty::Possible)));
    }
}
