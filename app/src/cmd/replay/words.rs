//! What a replay came to, in words and as JSON.

use crate::phone::printable;
use crate::terminal::Terminal;
use ringback_roles::diagnosis::{Passage, Record};
use ringback_roles::explain::Explainer;
use ringback_roles::replay::{Beside, Difference, Match, Outcome, Recorded};
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::time::Instant;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What became of one call when it was run again.
pub(crate) struct Report {
    pub(crate) call_id: Box<[u8]>,
    pub(crate) method: &'static str,
    pub(crate) begin: Instant,
    pub(crate) found: Match,
    pub(crate) was: Outcome,
    pub(crate) now: Outcome,
    /// What was asked, and no record answers.
    pub(crate) unknown: Vec<Shown>,
    /// The call as it was run again.
    pub(crate) records: Vec<Record>,
}

impl Report {
    pub(crate) fn new(call: &Recorded<'_>, was: Outcome) -> Self {
        Report {
            call_id: call.call_id.into(),
            method: call.method.map_or("?", |method| method.as_str()),
            begin: call.records.first().map_or(Instant::EPOCH, |record| record.at),
            found: Match::Beside(Beside::NoBeginning),
            now: was.clone(),
            was,
            unknown: Vec::new(),
            records: Vec::new(),
        }
    }

    /// Whether something else becomes of the call.
    pub(crate) fn is_changed(&self) -> bool {
        self.was != self.now || !self.unknown.is_empty()
    }
}

/// A call in a few lines.
pub(crate) fn text_of(report: &Report, explainer: &Explainer, terminal: &Terminal) -> String {
    let mut out =
        format!("{}\n", terminal.bold(&format!("{} {}", report.method, printable(&report.call_id))));
    // Writing to a String cannot fail.
    let _ = match &report.found {
        Match::Same => writeln!(out, "{}", explainer.label("replay-same")),
        Match::Beside(beside) => writeln!(
            out,
            "{}: {}",
            explainer.label("replay-beside"),
            explainer.label(&format!("replay-beside-{}", beside.id()))
        ),
        Match::Differs(difference) => write_difference(&mut out, difference, explainer),
    };
    if report.is_changed() {
        out.push_str(&change(report, explainer));
    }
    out
}

/// What became of a call, and what would.
pub(crate) fn change(report: &Report, explainer: &Explainer) -> String {
    let mut out = String::new();
    for (id, outcome) in [("replay-was", &report.was), ("replay-would", &report.now)] {
        let _ = writeln!(out, "{}: {}", explainer.label(id), told(outcome, explainer));
    }
    if !report.unknown.is_empty() {
        let names: Vec<_> = report.unknown.iter().map(ToString::to_string).collect();
        let _ = writeln!(out, "{}: {}", explainer.label("replay-unknown"), names.join(", "));
    }
    out
}

fn write_difference(out: &mut String, difference: &Difference, explainer: &Explainer) -> std::fmt::Result {
    writeln!(out, "{} {}", explainer.label("replay-differs"), difference.same + 1)?;
    let (old, new) = (&difference.recorded, &difference.replayed);
    let line = first_other_line(old.as_ref().map(|(_, p)| p), new.as_ref().map(|(_, p)| p));
    for (id, side) in [("replay-recorded", old), ("replay-replayed", new)] {
        let text = match side {
            None => explainer.label("replay-nothing").to_owned(),
            Some((at, passage)) => format!("{at} {} {}", passage.flow.remote, line_of(passage, line)),
        };
        writeln!(out, "  {}: {text}", explainer.label(id))?;
    }
    Ok(())
}

/// The number of the first line in which two messages differ.
fn first_other_line(a: Option<&Passage>, b: Option<&Passage>) -> usize {
    let (Some(a), Some(b)) = (a, b) else { return 0 };
    let lines = |passage: &Passage| -> Vec<Vec<u8>> {
        passage.bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
    };
    lines(a).iter().zip(&lines(b)).position(|(a, b)| a != b).unwrap_or_default()
}

fn line_of(passage: &Passage, line: usize) -> String {
    let bytes = passage.bytes.split(|b| *b == b'\n').nth(line).unwrap_or_default();
    printable(bytes.trim_ascii())
}

fn told(outcome: &Outcome, explainer: &Explainer) -> String {
    let mut answer = match outcome.status {
        Some(status) => status.to_string(),
        None => explainer.label("replay-open").to_owned(),
    };
    if let Some(cause) = &outcome.cause {
        answer.push_str(&format!(" ({})", cause_word(cause)));
    }
    let mut parts = vec![answer];
    for (rule, target) in &outcome.rules {
        parts.push(format!("{} {rule} → {target}", explainer.label("replay-rule")));
    }
    for (target, peer) in &outcome.targets {
        parts.push(format!("→ {target} ({peer})"));
    }
    parts.join(", ")
}

/// The word of a cause, with the rule or the user that decided.
fn cause_word(cause: &Cause) -> String {
    match cause {
        Cause::Rule(name, _) | Cause::UserState(name, _) => format!("{} {name}", cause.id()),
        other => other.id().to_owned(),
    }
}

/// A call as data.
pub(crate) fn json_of(report: &Report) -> Value {
    let (word, beside, difference) = match &report.found {
        Match::Same => ("same", None, None),
        Match::Beside(beside) => ("beside", Some(beside.id()), None),
        Match::Differs(difference) => ("differs", None, Some(difference)),
    };
    let side = |side: &Option<(Instant, Passage)>| {
        side.as_ref().map(|(at, passage)| {
            json!({
                "at": at.to_string(),
                "peer": passage.flow.remote.to_string(),
                "message": String::from_utf8_lossy(&passage.bytes),
            })
        })
    };
    json!({
        "call_id": report.call_id.escape_ascii().to_string(),
        "method": report.method,
        "begin": report.begin.to_string(),
        "match": word,
        "beside": beside,
        "difference": difference.map(|d| json!({
            "same": d.same,
            "recorded": side(&d.recorded),
            "replayed": side(&d.replayed),
        })),
        "changed": report.is_changed(),
        "was": outcome(&report.was),
        "now": outcome(&report.now),
        "unknown": report.unknown.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn outcome(outcome: &Outcome) -> Value {
    let rules = outcome.rules.iter();
    let targets = outcome.targets.iter();
    json!({
        "status": outcome.status.map(|status| status.number()),
        "cause": outcome.cause.as_ref().map(cause_word),
        "rules": rules.map(|(rule, target)| json!({ "rule": rule.to_string(), "target": target.to_string() }))
            .collect::<Vec<_>>(),
        "targets": targets.map(|(target, peer)| json!({ "target": target.to_string(), "peer": peer.to_string() }))
            .collect::<Vec<_>>(),
    })
}
