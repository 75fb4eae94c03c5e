//! A rule as a row.

use super::facts::{Call, Facts};
use super::finding::RuleId;
use super::judgement::Judgement;

/// What a finding of a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A cause.
    Root,
    /// Mostly a consequence; shown first only when no root explains it.
    Symptom,
    /// Worth knowing, and no fault.
    Note,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub enum Judge {
    /// One call at a time.
    Call(fn(&Facts, &Call, &mut Judgement<'_>)),
    /// The capture as a whole.
    Whole(fn(&Facts, &mut Judgement<'_>)),
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name.
    pub id: RuleId,
    /// What its findings are.
    pub level: Level,
    /// Rules whose findings follow from it.
    pub explains: &'static [RuleId],
    /// The function.
    pub judge: Judge,
}
