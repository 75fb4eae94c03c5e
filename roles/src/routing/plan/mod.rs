//! The dial plan: rules that the operator wrote, in the order in which they stand; the first that holds decides.
//!
//! The plan is a value and deciding is a function: of the request, of the moment and of nothing else. The server and
//! `ringback route` ask it in the same way, and [`Plan::decide`] tells of every rule that it tried why it did not hold.

mod decide;
mod hops;
mod hours;
mod number;
mod pattern;
mod rule;
mod shadow;
mod standing;
mod template;

pub use decide::{Decision, PlanTarget, Question};
pub use hops::{HopGroup, HopTarget, Probe};
pub use hours::{DAY, Hours, Zone};
pub use number::number_as_user;
pub use pattern::{EXPRESSION_BYTES_MAX, PatternFault, UserPattern};
pub use rule::{Action, CodeFault, Conditions, Missed, Redirect, Reject, Rewrite, Rule};
pub use standing::{Standing, UserState};
pub use template::{Template, TemplateFault, escape_user};

pub use crate::access::{Network, NetworkFault};
use crate::location::Aor;
use std::collections::BTreeMap;

/// Most rules of a plan.
pub const RULES_MAX: usize = 10_000;

/// Where requests go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The rules, in the order in which they are tried.
    pub rules: Vec<Rule>,
    /// The groups of next hops that rules name by their place.
    pub hops: Vec<HopGroup>,
    /// What the operator says of users.
    pub users: BTreeMap<Aor, UserState>,
    /// In which zone times of day are meant.
    pub zone: Zone,
}

#[cfg(test)]
mod tests;
