//! The bans that all workers know, as the operator sees them.

use ringback_roles::access::{BANS_MAX, Network};
use ringback_sip::time::Instant;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bans. Kept in memory: a restart forgets them.
#[derive(Debug, Default)]
pub(super) struct Bans {
    known: BTreeMap<Network, Known>,
    /// For the metrics.
    count: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Known {
    since: Instant,
    until: Instant,
    why: &'static str,
}

impl Bans {
    /// Counts the bans for somebody who asks from elsewhere, and later.
    pub(super) fn count(&self) -> impl Fn() -> usize + Send + Sync + use<> {
        let count = Arc::clone(&self.count);
        move || count.load(Ordering::Relaxed)
    }

    /// Forgets what is over.
    pub(super) fn sweep(&mut self, now: Instant) {
        self.known.retain(|_, known| known.until > now);
        self.count.store(self.known.len(), Ordering::Relaxed);
    }

    /// Bans a source.
    pub(super) fn add(&mut self, now: Instant, source: Network, until: Instant, why: &'static str) {
        self.known.insert(source, Known { since: now, until, why });
        // As the workers do: the one that ends first makes room.
        if self.known.len() > BANS_MAX
            && let Some(first) = self.known.iter().min_by_key(|(_, known)| known.until).map(|(s, _)| *s)
        {
            self.known.remove(&first);
        }
        self.sweep(now);
    }

    /// Lifts a ban; `false` when there is none.
    pub(super) fn lift(&mut self, now: Instant, source: &Network) -> bool {
        let was_banned = self.known.remove(source).is_some();
        self.sweep(now);
        was_banned
    }

    /// Every ban, for the operator.
    pub(super) fn list(&self) -> Value {
        let rows: Vec<Value> = self
            .known
            .iter()
            .map(|(source, known)| {
                json!({
                    "source": source.to_string(),
                    "since": known.since.to_string(),
                    "until": known.until.to_string(),
                    "why": known.why,
                })
            })
            .collect();
        json!({ "bans": rows })
    }
}
