//! Where the console and the API find what they show: the server at work.

#![allow(dead_code)] // the pages and the API, which come next, read it

use crate::control::Order;
use crate::http::Sources;
use crate::settings::Settings;
use crate::site::Site;
use ringback_io::clock::Clock;
use ringback_io::store::Store;
use ringback_sip::time::Instant;
use serde_json::Value;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::oneshot;

/// What the server goes by: changes when the configuration is read again.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(crate) settings: Settings,
    pub(crate) site: Site,
}

/// What the console needs of the server.
pub(crate) struct Sight {
    pub(crate) ground: Ground,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) sources: Arc<Sources>,
    /// The folder of the journal, if there is one.
    pub(crate) journal: Option<PathBuf>,
    /// Gives the server an order.
    pub(crate) order: Box<dyn Fn(Order) -> oneshot::Receiver<Value> + Send + Sync>,
}

/// The server as the console and the API see it.
pub(crate) struct Hub {
    ground: RwLock<Arc<Ground>>,
    pub(super) clock: Clock,
    pub(super) started: Instant,
    pub(super) store: Store,
    pub(super) sources: Arc<Sources>,
    pub(super) journal: Option<PathBuf>,
    order: Box<dyn Fn(Order) -> oneshot::Receiver<Value> + Send + Sync>,
}

impl Hub {
    pub(crate) fn new(sight: Sight) -> Self {
        let Sight { ground, clock, store, sources, journal, order } = sight;
        let started = clock.now();
        Hub { ground: RwLock::new(Arc::new(ground)), clock, started, store, sources, journal, order }
    }

    /// The settings as they are now.
    pub(crate) fn ground(&self) -> Arc<Ground> {
        Arc::clone(&self.ground.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The configuration was read again.
    pub(crate) fn reload(&self, ground: Ground) {
        *self.ground.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ground);
    }

    /// Gives the server an order, and returns its answer; `None` when it is ending.
    pub(super) async fn order(&self, order: Order) -> Option<Value> {
        (self.order)(order).await.ok()
    }

    /// The value of a figure of the metrics.
    pub(super) fn figure(&self, name: &str) -> u64 {
        let gauge = self.sources.gauges.iter().find(|gauge| gauge.name == name);
        gauge.map_or(0, |gauge| u64::try_from((gauge.read)()).unwrap_or(0))
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hub")
    }
}
