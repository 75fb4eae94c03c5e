//! Taking calls out of the facts, with all their legs.

use super::super::facts::{Call, CallId, Facts};
use super::{Legs, legs_of};
use smallvec::SmallVec;

impl Facts {
    /// Every call that is kept with its legs, in the order in which they began.
    pub fn legs(&self) -> Vec<Legs<&Call>> {
        legs_of(self.calls().collect())
    }

    /// Takes out the calls that nothing more is expected of, and then those that have been quiet the longest, until half of the limit of
    /// bytes is free and at most `calls_max` are kept; legs of one call leave together. Their streams stay, until [`Facts::forget_streams`].
    pub fn take_quiet(&mut self, calls_max: usize) -> Vec<Legs<Call>> {
        let mut by_age: Vec<_> = self
            .legs()
            .into_iter()
            .map(|legs| {
                let ids: SmallVec<[CallId; 1]> = legs.calls.iter().map(|call| call.id.clone()).collect();
                let quiet = |call: &Call| self.quiet_since(call);
                let is_settled = |call: &&Call| self.ended().since(quiet(call)) >= call.stage().silence();
                let is_open = !legs.calls.iter().all(is_settled);
                ((is_open, legs.calls.iter().map(|call| quiet(call)).max()), ids, legs.ties)
            })
            .collect();
        by_age.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let mut taken = Vec::new();
        for ((is_open, _), ids, ties) in by_age {
            if is_open && self.has_room(calls_max) {
                break;
            }
            let calls = ids.iter().filter_map(|id| self.take_out(id)).collect();
            taken.push(Legs { calls, ties });
        }
        taken
    }
}
