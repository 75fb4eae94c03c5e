//! What the journal says, counted: one tally for each worker, so that workers do not wait for each other.

use ringback_sip::journal::{Entry, Fact, HopState};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts of one worker.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counts>);

/// Counts of facts and of responses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// By the fact's name.
    pub(crate) facts: BTreeMap<&'static str, u64>,
    /// Messages that were dropped, by cause.
    pub(crate) drops: BTreeMap<&'static str, u64>,
    /// Responses that we originated, by code and cause.
    pub(crate) responses: BTreeMap<(u16, &'static str), u64>,
    /// Whether next hops are up, by their URIs: those of which anything was found out.
    pub(crate) hops: BTreeMap<String, bool>,
}

impl Tally {
    /// Counts an entry.
    pub(crate) fn note(&self, entry: &Entry) {
        let mut counts = self.lock();
        *counts.facts.entry(entry.fact.id()).or_default() += 1;
        match &entry.fact {
            Fact::Answered { status, cause, .. } => {
                *counts.responses.entry((status.number(), cause.id())).or_default() += 1;
            }
            Fact::Dropped { cause, .. } => *counts.drops.entry(cause.id()).or_default() += 1,
            Fact::Hop { uri, state: state @ (HopState::Up | HopState::Down) } => {
                counts.hops.insert(uri.to_string(), *state == HopState::Up);
            }
            _ => {}
        }
    }

    /// Adds the counts to `sum`.
    pub(crate) fn add_to(&self, sum: &mut Counts) {
        let counts = self.lock();
        for (name, count) in &counts.facts {
            *sum.facts.entry(name).or_default() += count;
        }
        for (cause, count) in &counts.drops {
            *sum.drops.entry(cause).or_default() += count;
        }
        for (key, count) in &counts.responses {
            *sum.responses.entry(*key).or_default() += count;
        }
        sum.hops.extend(counts.hops.iter().map(|(uri, is_up)| (uri.clone(), *is_up)));
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
