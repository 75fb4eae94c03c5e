//! Where the console and the API find what they show: the server at work.

use super::board::Board;
use super::session::Sessions;
use crate::control::Order;
use crate::http::Sources;
use crate::settings::Settings;
use crate::site::Site;
use ringback_io::clock::Clock;
use ringback_io::record::Recorder;
use ringback_io::store::Store;
use ringback_roles::explain::{Explainer, Language};
use ringback_sip::time::Instant;
use serde_json::Value;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use tokio::sync::{Semaphore, oneshot};

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
    pub(super) board: Arc<Board>,
    /// The data folder.
    pub(super) folder: PathBuf,
    pub(super) sessions: Sessions,
    /// Passwords are hashed one at a time.
    pub(super) hashing: Semaphore,
    /// Captures are judged two at a time.
    pub(super) judging: Semaphore,
    /// Places of those who listen to events.
    pub(super) listeners: Arc<Semaphore>,
    explainers: [OnceLock<Explainer>; 2],
    order: Box<dyn Fn(Order) -> oneshot::Receiver<Value> + Send + Sync>,
}

impl Hub {
    /// Sees what the recorder keeps, if there is one and anybody may look.
    pub(crate) fn new(sight: Sight, recorder: Option<&Recorder>) -> Self {
        let Sight { ground, clock, store, sources, journal, order } = sight;
        let board = Arc::new(Board::default());
        if let Some(recorder) = recorder.filter(|_| ground.settings.console.is_some()) {
            let board = Arc::clone(&board);
            recorder.watch(move |record| board.take(record));
        }
        let started = clock.now();
        Hub {
            folder: ground.site.data.clone(),
            ground: RwLock::new(Arc::new(ground)),
            clock,
            started,
            store,
            sources,
            journal,
            board,
            sessions: Sessions::default(),
            hashing: Semaphore::new(1),
            judging: Semaphore::new(JUDGED_AT_ONCE_MAX),
            listeners: Arc::new(Semaphore::new(LISTENERS_MAX)),
            explainers: Default::default(),
            order,
        }
    }

    /// The settings as they are now.
    pub(crate) fn ground(&self) -> Arc<Ground> {
        Arc::clone(&self.ground.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The texts of a language.
    pub(crate) fn explainer(&self, language: Language) -> &Explainer {
        let [english, dutch] = &self.explainers;
        let place = if language == Language::Dutch { dutch } else { english };
        place.get_or_init(|| Explainer::new(language))
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

/// Captures that are judged at once.
const JUDGED_AT_ONCE_MAX: usize = 2;
/// Those who listen to events at once.
const LISTENERS_MAX: usize = 32;
