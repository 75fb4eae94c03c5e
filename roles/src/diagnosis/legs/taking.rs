//! Taking calls out of the facts, with all their legs.

use super::super::facts::{Call, CallId, Facts};
use super::{Legs, legs_of};
use smallvec::SmallVec;

impl Facts {
    /// Every call that is kept with its legs, in the order in which they began.
    pub fn legs(&self) -> Vec<Legs<&Call>> {
        legs_of(self.calls().collect())
    }

    /// Takes out the half of the calls that have been quiet the longest, and more until half of the limit of bytes is free;
    /// legs of one call leave together. Their streams stay, until [`Facts::forget_streams`].
    pub fn take_quiet(&mut self) -> Vec<Legs<Call>> {
        let mut by_age: Vec<_> = self
            .legs()
            .into_iter()
            .map(|legs| {
                let ids: SmallVec<[CallId; 1]> = legs.calls.iter().map(|call| call.id.clone()).collect();
                (legs.calls.iter().map(|call| self.quiet_since(call)).max(), ids, legs.ties)
            })
            .collect();
        by_age.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let mut taken = Vec::new();
        let calls_kept = self.calls().len() / 2;
        for (_, ids, ties) in by_age {
            if self.has_room(calls_kept) {
                break;
            }
            let calls = ids.iter().filter_map(|id| self.take_out(id)).collect();
            taken.push(Legs { calls, ties });
        }
        taken
    }
}
