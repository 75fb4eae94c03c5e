//! Running the rules over a call, and ranking what they find: the root before its symptoms.

use super::facts::{Call, CallKind, Facts, Message};
use super::finding::{Certainty, Finding, RuleId};
use super::judgement::Judgement;
use super::legs::Legs;
use super::rule::{Judge, Level};
use super::rules;
use core::borrow::Borrow;
use ringback_sip::registry::Method;
use ringback_sip::time::Instant;
use serde::Serialize;
use std::collections::BTreeSet;

/// What became of a call, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// Faults that stand for themselves, the surest first. More than one: they are independent of each other.
    pub roots: Vec<Finding>,
    /// What follows from the roots.
    pub symptoms: Vec<Finding>,
    /// What is worth knowing and no fault.
    pub notes: Vec<Finding>,
    /// Rules that looked for their pattern and did not find it.
    pub ruled_out: Vec<RuleId>,
    /// It failed, and no rule knows why.
    pub is_unknown: bool,
}

impl Diagnosis {
    /// The finding to show first.
    pub fn verdict(&self) -> Option<&Finding> {
        self.roots.first()
    }

    /// Whether nothing was wrong.
    pub fn is_good(&self) -> bool {
        self.roots.is_empty() && !self.is_unknown
    }
}

/// Runs every rule about a call.
pub fn diagnose(facts: &Facts, call: &Call) -> Diagnosis {
    let mut judgement = Judgement::new(facts, Some(call));
    for rule in rules::all() {
        if let Judge::Call(judge) = rule.judge {
            judge(facts, call, &mut judgement);
        }
    }
    call.messages.iter().for_each(Message::forget_sdp);
    let mut diagnosis = rank(judgement);
    diagnosis.is_unknown = diagnosis.roots.is_empty() && has_failed(call);
    diagnosis
}

/// Runs every rule about a call with its legs: the cause is in the leg that failed first.
pub fn diagnose_legs<C: Borrow<Call>>(facts: &Facts, legs: &Legs<C>) -> Diagnosis {
    let mut each: Vec<_> = legs.iter().map(|(call, _)| (failed_at(call), diagnose(facts, call))).collect();
    let is_failed = each.first().is_some_and(|(failed, _)| failed.is_some());
    // A leg that failed in a call that got through was replaced by another.
    let origin = (0..each.len()).filter(|&place| each[place].0.is_some() && is_failed).min_by_key(|&place| {
        let (failed, diagnosis) = &each[place];
        (diagnosis.roots.is_empty(), *failed)
    });
    let (_, mut whole) = each.swap_remove(origin.unwrap_or(0));
    for (failed, other) in each {
        let follows = failed.is_some();
        whole.symptoms.extend(other.symptoms);
        if follows { &mut whole.symptoms } else { &mut whole.roots }.extend(other.roots);
        // How a leg was refused that only follows is no news: its code is what the switch made of the cause.
        if !(follows && is_failed && !whole.roots.is_empty()) {
            whole.notes.extend(other.notes);
        }
        whole.ruled_out.extend(other.ruled_out);
        whole.is_unknown |= other.is_unknown && !follows;
    }
    whole.notes.extend(rules::ending::ended_within(legs, &whole.roots));
    for findings in [&mut whole.roots, &mut whole.symptoms, &mut whole.notes] {
        let mut known = BTreeSet::new();
        findings.retain(|finding| known.insert((finding.rule, finding.case)));
    }
    whole.symptoms.retain(|finding| whole.roots.iter().all(|root| root.rule != finding.rule));
    whole.ruled_out.sort_unstable();
    whole.ruled_out.dedup();
    whole
}

/// When a call began to fail: its refusal, the wish to cancel it, or the request that nobody answered.
fn failed_at(call: &Call) -> Option<Instant> {
    let invites = || call.messages.iter().filter(|message| message.method == Some(Method::Invite));
    let codes = || invites().filter_map(|message| Some((message.status?, message.at)));
    if call.kind != CallKind::Call || codes().any(|(status, _)| status.is_success()) {
        return None;
    }
    let cancelled = call.messages.iter().find(|message| message.is(Method::Cancel)).map(|message| message.at);
    let is_challenge = |code: u16| matches!(code, 401 | 407);
    let refused = codes().find(|(status, _)| status.number() >= 300 && !is_challenge(status.number()));
    let silent = || codes().all(|(status, _)| is_challenge(status.number())).then(|| call.began());
    silent().or(cancelled).or(refused.map(|(_, at)| at))
}

/// Runs every rule about the capture as a whole.
pub fn diagnose_whole(facts: &Facts) -> Diagnosis {
    let mut judgement = Judgement::new(facts, None);
    for rule in rules::all() {
        if let Judge::Whole(judge) = rule.judge {
            judge(facts, &mut judgement);
        }
    }
    rank(judgement)
}

/// Root before symptom: what a finding explains goes below it, and of the rest the surest comes first.
fn rank(judgement: Judgement<'_>) -> Diagnosis {
    let Judgement { findings, mut ruled_out, .. } = judgement;
    let level = |finding: &Finding| match rules::by_id(finding.rule) {
        _ if finding.is_note => Level::Note,
        rule => rule.map_or(Level::Symptom, |rule| rule.level),
    };
    let mut findings: Vec<Finding> = findings
        .into_iter()
        .map(|finding| {
            let explains = rules::by_id(finding.rule).map_or(&[][..], |rule| rule.explains);
            Finding { explains, ..finding }
        })
        .collect();
    let order = |finding: &Finding| match (level(finding), finding.certainty) {
        (Level::Root, Certainty::Certain) => 0,
        (Level::Root, Certainty::Likely) => 1,
        (Level::Symptom, Certainty::Certain) => 2,
        (Level::Root, Certainty::Possible) => 3,
        (Level::Symptom, Certainty::Likely) => 4,
        (Level::Symptom, Certainty::Possible) => 5,
        (Level::Note, _) => 6,
    };
    findings.sort_by_key(|finding| (order(finding), finding.rule, first_message(finding)));
    findings.dedup_by(|a, b| a.rule == b.rule && a.case == b.case && a.hop == b.hop);
    ruled_out.sort_unstable();
    ruled_out.dedup();
    ruled_out.retain(|rule| findings.iter().all(|finding| finding.rule != *rule));
    let mut diagnosis = Diagnosis {
        roots: Vec::new(),
        symptoms: Vec::new(),
        notes: Vec::new(),
        ruled_out,
        is_unknown: false,
    };
    for finding in findings {
        let is_explained = diagnosis.roots.iter().any(|root| root.explains.contains(&finding.rule));
        match level(&finding) {
            Level::Note => diagnosis.notes.push(finding),
            _ if is_explained => diagnosis.symptoms.push(finding),
            _ => {
                // A root that ranks lower may still explain a symptom that stood above it.
                let (below, stay) =
                    diagnosis.roots.into_iter().partition(|above| finding.explains.contains(&above.rule));
                diagnosis.roots = stay;
                diagnosis.symptoms.extend::<Vec<Finding>>(below);
                diagnosis.roots.push(finding);
            }
        }
    }
    diagnosis
}

fn first_message(finding: &Finding) -> u32 {
    finding.evidence.first().map_or(u32::MAX, |evidence| evidence.message)
}

/// Whether it ended in a way that nobody asks for: a refusal that is no challenge and no person's choice, or silence.
fn has_failed(call: &Call) -> bool {
    let opens = match call.kind {
        CallKind::Call => Some(Method::Invite),
        CallKind::Registration => Some(Method::Register),
        CallKind::Subscription => Some(Method::Subscribe),
        CallKind::Other => None,
    };
    let last = |message: &&Message| {
        message.status.is_some() && opens.is_none_or(|opens| message.method == Some(opens))
    };
    let end = call.messages.iter().rev().find(last).and_then(|message| message.status);
    match end.map(|status| status.number()) {
        None => call.messages.iter().any(|message| message.is_request() && !message.is(Method::Ack)),
        // Challenges that were left alone are a failure too; a caller who hangs up and a busy called party are not.
        Some(486 | 487 | 600 | 603 | 607) => false,
        Some(code) => {
            code >= 300
                && !call.messages.iter().any(|message| {
                    message.status.is_some_and(|status| status.is_success())
                        && opens.is_none_or(|opens| message.method == Some(opens))
                })
        }
    }
}
