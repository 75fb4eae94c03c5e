//! What the journal says, counted: one tally for each worker, so that workers do not wait for each other.

use ringback_roles::server::Census;
use ringback_sip::journal::{Entry, Fact, HopState};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts of one worker, in memory that it shares with nothing else.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Tally {
    noted: Mutex<Noted>,
    /// Its transactions.
    pub(crate) census: Census,
}

/// What one worker noted: few names, found sooner one after the other than in order.
#[derive(Debug, Default)]
struct Noted {
    facts: Vec<(&'static str, u64)>,
    drops: Vec<(&'static str, u64)>,
    responses: Vec<((u16, &'static str), u64)>,
    hops: BTreeMap<String, bool>,
}

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
        count(&mut counts.facts, entry.fact.id());
        match &entry.fact {
            Fact::Answered { status, cause, .. } => {
                count(&mut counts.responses, (status.number(), cause.id()));
            }
            Fact::Dropped { cause, .. } => count(&mut counts.drops, cause.id()),
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

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count<K: PartialEq>(counts: &mut Vec<(K, u64)>, key: K) {
    match counts.iter_mut().find(|(known, _)| *known == key) {
        Some((_, count)) => *count += 1,
        None => counts.push((key, 1)),
    }
}
