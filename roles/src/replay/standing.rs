//! What held for all calls while one was recorded: which next hops lived, which flows had ended, who was banned, and
//! what the store last said of whom.

use crate::diagnosis::{Known, Record, What};
use crate::location::Bindings;
use ringback_sip::flow::{Flow, FlowError};
use ringback_sip::journal::{Fact, HopState, Shown};
use ringback_sip::time::Instant;
use std::collections::BTreeMap;

/// What was known at some moment, gathered from the records before it.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    pub(super) hops: BTreeMap<Shown, HopState>,
    pub(super) ended: BTreeMap<Flow, (Instant, FlowError)>,
    pub(super) bans: BTreeMap<Shown, Instant>,
    pub(super) known: BTreeMap<(Shown, bool), Known>,
}

impl Standing {
    /// Takes in a record. The order is that of the records.
    pub fn note(&mut self, record: &Record) {
        match &record.what {
            What::Fact(Fact::Hop { uri, state }) => drop(self.hops.insert(uri.clone(), *state)),
            What::Fact(Fact::FlowFailed { flow, error }) => {
                if self.ended.len() >= ENDED_MAX {
                    let first = self.ended.iter().min_by_key(|(_, (at, _))| *at).map(|(flow, _)| *flow);
                    first.map(|flow| self.ended.remove(&flow));
                }
                self.ended.insert(*flow, (record.at, *error));
            }
            What::Fact(Fact::Banned { source, until, .. }) => drop(self.bans.insert(source.clone(), *until)),
            What::Told(told) => self.learn(&told.about, &told.known),
            _ => {}
        }
    }

    /// The bindings that a user had last, as far as anybody asked.
    pub(super) fn bindings(&self, about: &Shown) -> Bindings {
        self.known.get(&(about.clone(), false)).map(Known::bindings).unwrap_or_default()
    }

    fn learn(&mut self, about: &Shown, known: &Known) {
        if matches!(known, Known::Registered(Err(_)) | Known::Published(_)) {
            return;
        }
        let key = (about.clone(), matches!(known, Known::Secret(_)));
        if self.known.len() < KNOWN_MAX || self.known.contains_key(&key) {
            self.known.insert(key, known.clone());
        }
    }
}

/// Most flows that are remembered as ended.
const ENDED_MAX: usize = 4096;
/// Most users of whom it is remembered what the store said.
const KNOWN_MAX: usize = 1 << 16;
