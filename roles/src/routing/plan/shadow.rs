//! Rules that can never decide, because an earlier one holds whenever they do.

use super::pattern::includes;
use super::rule::{Action, Conditions, Rule};
use super::{Network, Plan};

impl Plan {
    /// Each rule that is never reached, with the earlier one that takes all of its requests: their places. A rule
    /// that only several earlier ones together cover is not found.
    pub fn shadowed(&self) -> Vec<(usize, usize)> {
        let find = |later: usize| {
            // A rule that goes on to the next ones decides nothing, and after one that rewrites the target, a
            // later rule sees another request than the earlier rules did.
            let earlier = (0..later).rev().take_while(|&i| {
                let rule = &self.rules[i];
                rule.action != Action::Continue || rule.rewrite.is_nothing()
            });
            earlier
                .filter(|&i| self.rules[i].action != Action::Continue)
                .filter(|&i| covers(&self.rules[i], &self.rules[later]))
                .min()
        };
        (0..self.rules.len()).filter_map(|later| Some((later, find(later)?))).collect()
    }
}

/// Whether `outer` holds whenever `inner` does.
fn covers(outer: &Rule, inner: &Rule) -> bool {
    // A rule that strangers may not use leaves their requests to the later one; whether `Forward` leads out
    // depends on the domain.
    let may_miss_strangers = !outer.is_open && matches!(outer.action, Action::Hops(_) | Action::Forward);
    let same_way =
        inner.is_open == outer.is_open && inner.action == outer.action && inner.rewrite == outer.rewrite;
    let needs_proof = !inner.is_open && matches!(inner.action, Action::Hops(_));
    (!may_miss_strangers || same_way || needs_proof) && conditions_cover(&outer.when, &inner.when)
}

fn conditions_cover(outer: &Conditions, inner: &Conditions) -> bool {
    let domain = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    list_covers(&outer.methods, &inner.methods, |a, b| a == b)
        && list_covers(&outer.domains, &inner.domains, |a, b| domain(a, b))
        && list_covers(&outer.caller_domains, &inner.caller_domains, |a, b| domain(a, b))
        && list_covers(&outer.sources, &inner.sources, Network::includes)
        && list_covers(&outer.transports, &inner.transports, |a, b| a == b)
        && outer.hours.includes(&inner.hours)
        && includes(&outer.users, &inner.users)
        && includes(&outer.caller_users, &inner.caller_users)
}

/// Whether each of `inner` lies in one of `outer`; an empty list is everything.
fn list_covers<T>(outer: &[T], inner: &[T], covers: impl Fn(&T, &T) -> bool) -> bool {
    outer.is_empty() || (!inner.is_empty() && inner.iter().all(|i| outer.iter().any(|o| covers(o, i))))
}
