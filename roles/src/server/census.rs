//! How much a server has under way, for itself and for who looks on from outside.

use super::Server;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many transactions a server holds; copies are one, and may be read on other threads.
#[derive(Clone, Debug, Default)]
pub struct Census(Arc<Counts>);

/// In memory that it shares with nothing else.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Counts {
    transactions: AtomicUsize,
    transactions_max: AtomicUsize,
}

impl Census {
    pub(super) fn note(&self, transactions: usize) {
        self.0.transactions.store(transactions, Ordering::Relaxed);
    }

    /// How many transactions there were after the last input.
    pub fn transactions(&self) -> usize {
        self.0.transactions.load(Ordering::Relaxed)
    }

    /// How many that is of a hundred that there may be.
    pub fn percent(&self) -> usize {
        self.transactions() * 100 / self.0.transactions_max.load(Ordering::Relaxed).max(1)
    }
}

impl Server {
    /// The same server, counted by `census`.
    #[must_use]
    pub fn with_census(mut self, census: Census) -> Self {
        census.0.transactions_max.store(self.proxy.limits().transactions_max, Ordering::Relaxed);
        self.census = census;
        self
    }

    /// How many requests are under way.
    pub fn len(&self) -> usize {
        self.waiting.len() + self.proxy.len()
    }

    /// How many subscriptions to the state of our users live.
    pub fn subscriptions(&self) -> usize {
        self.presence.len()
    }

    /// How many transactions live.
    pub fn transactions(&self) -> usize {
        self.proxy.transactions()
    }

    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.proxy.is_empty()
    }
}
