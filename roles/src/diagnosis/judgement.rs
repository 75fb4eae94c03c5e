//! What one run of the rules collects.

use super::facts::{Call, Facts};
use super::finding::{Certainty, Finding, RuleId};
use super::timing::PATIENCE;
use ringback_sip::time::Instant;

/// What one run of the rules collects.
#[derive(Debug)]
pub struct Judgement<'a> {
    facts: &'a Facts,
    call: Option<&'a Call>,
    pub(super) findings: Vec<Finding>,
    pub(super) ruled_out: Vec<RuleId>,
}

impl<'a> Judgement<'a> {
    /// Nothing collected yet, about a call or about the whole.
    pub(super) fn new(facts: &'a Facts, call: Option<&'a Call>) -> Self {
        Judgement { facts, call, findings: Vec::new(), ruled_out: Vec::new() }
    }

    /// Adds a finding.
    pub fn found(&mut self, mut finding: Finding) {
        if let Some(call) = self.call {
            finding.call_id = call.name();
        }
        let is_odd = self.call.map_or(self.facts.loss().odd_ends > 0, |call| call.has_odd_ends);
        if is_odd && finding.certainty == Certainty::Certain {
            finding.certainty = Certainty::Likely;
        }
        self.findings.push(finding);
    }

    /// Adds a finding that rests on something that did not come after `since`: one step less sure when the capture ends
    /// before a party would have given up, or begins in the middle of the call.
    pub fn found_absence(&mut self, mut finding: Finding, since: Instant) {
        let ends_early = self.facts.ended().since(since) < PATIENCE;
        if ends_early || self.call.is_some_and(Call::begins_midway) {
            finding.certainty = finding.certainty.lowered();
            finding.is_cut_short = true;
        }
        self.found(finding);
    }

    /// Says that a rule looked and that it is not that.
    pub fn rule_out(&mut self, rule: RuleId) {
        self.ruled_out.push(rule);
    }
}
