//! Running the rules over a call, and ranking what they find: the root before its symptoms.

use super::facts::{Call, CallKind, Facts, Message};
use super::finding::{Certainty, Finding, RuleId};
use super::judgement::Judgement;
use super::rule::{Judge, Level};
use super::rules;
use ringback_sip::registry::Method;
use serde::Serialize;

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
    let mut diagnosis = rank(judgement);
    diagnosis.is_unknown = diagnosis.roots.is_empty() && has_failed(call);
    diagnosis
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
    let level = |finding: &Finding| rules::by_id(finding.rule).map_or(Level::Symptom, |rule| rule.level);
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
