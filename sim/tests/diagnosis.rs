//! The flows of RFC 3665 judged as captures: a call that went well gets no findings.
#![allow(clippy::unwrap_used)]

use ringback_roles::diagnosis::{Facts, FactsLimits, Seen, diagnose};
use ringback_sip::flow::Transport;
use ringback_sip::time::Instant;
use std::net::SocketAddr;

const DATA: &str = include_str!("data/rfc3665.json");

/// The moments between the messages of a flow: a tenth of a second, and longer where a person acts.
fn pause_before(raw: &str) -> u64 {
    let is_slow = raw.starts_with("BYE ") || raw.starts_with("SIP/2.0 200") && raw.contains("INVITE\r\n");
    if is_slow { 6_000_000 } else { 100_000 }
}

/// Every finding about the calls of a flow, as rule and case; and whether no rule knows why one failed.
fn findings(flow: &str) -> (Vec<String>, bool) {
    let rows: serde_json::Value = serde_json::from_str(DATA).unwrap();
    let mut facts = Facts::new(FactsLimits::default());
    let mut actors: Vec<String> = Vec::new();
    let mut address = |name: &str| {
        let known = actors.iter().position(|actor| actor == name);
        let place = known.unwrap_or_else(|| {
            actors.push(name.to_owned());
            actors.len() - 1
        });
        SocketAddr::from(([192, 0, 2, u8::try_from(place + 1).unwrap()], 5060))
    };
    let mut now = 1_000_000;
    for row in rows.as_array().unwrap().iter().filter(|row| row["flow"] == flow) {
        let text = |key: &str| row[key].as_str().unwrap_or_default();
        now += pause_before(text("raw"));
        facts.add_message(&Seen {
            at: Instant::from_unix_micros(now),
            frame: 0,
            src: address(text("from")),
            dst: address(text("to")),
            transport: Transport::Tcp,
            fragmented: false,
            link: 0,
            capturer: None,
            bytes: text("raw").as_bytes(),
        });
    }
    facts.touch(Instant::from_unix_micros(now + 60_000_000));
    let mut found = Vec::new();
    let mut is_unknown = false;
    for call in facts.calls() {
        let diagnosis = diagnose(&facts, call);
        is_unknown |= diagnosis.is_unknown;
        let all = diagnosis.roots.iter().chain(&diagnosis.symptoms).chain(&diagnosis.notes);
        found.extend(all.map(|finding| format!("{} {}", finding.rule, finding.case).trim().to_owned()));
    }
    (found, is_unknown)
}

#[test]
fn flows_that_end_well_get_no_findings() {
    // In 3.4 the first proxy does not answer, in 3.3 and 3.7 the examples themselves break a rule.
    for flow in ["2.1", "2.2", "2.3", "2.4", "3.1", "3.2", "3.5", "3.6"] {
        assert_eq!(findings(flow), (Vec::new(), false), "flow {flow}");
    }
}

#[test]
fn flows_that_fail_are_told_by_their_own_cause() {
    for (flow, expected) in
        [("2.5", vec!["D11 anew"]), ("3.8", vec!["D26 caller"]), ("3.9", vec!["D31 busy"])]
    {
        assert_eq!(
            findings(flow),
            (expected.iter().map(|name| (*name).to_owned()).collect(), false),
            "flow {flow}"
        );
    }
}
