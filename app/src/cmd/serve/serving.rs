//! A server at work: everything that its end must bring to an end.

use super::bans::Bans;
use super::flight::Flight;
use super::station::News;
use crate::http::Sources;
use crate::log::Format;
use crate::settings::Settings;
use crate::site::Site;
use crate::web::Hub;
use ringback_io::clock::Clock;
use ringback_io::driver::{Journal, Listener, Running};
use ringback_io::hep::HepSender;
use ringback_io::record::Recorder;
use ringback_io::store::Store;
use ringback_io::tls::Tls;
use ringback_roles::server::Command;
use ringback_roles::store::Answer;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;

/// A server at work.
pub(super) struct Serving {
    pub(super) config: Option<PathBuf>,
    pub(super) settings: Settings,
    pub(super) site: Site,
    /// With the ports that the system chose.
    pub(super) listeners: Vec<Listener>,
    pub(super) clock: Clock,
    pub(super) format: Format,
    pub(super) running: Running<Answer, Command>,
    pub(super) journal: Journal,
    pub(super) recorder: Option<Recorder>,
    pub(super) hep: Option<HepSender>,
    /// Notes how the server runs.
    pub(super) flight: Option<Flight>,
    pub(super) news: mpsc::UnboundedReceiver<News>,
    pub(super) sources: Arc<Sources>,
    pub(super) bans: Bans,
    /// Where the operator's orders come in, until somebody serves it, and where they go.
    pub(super) door: Option<(UnixListener, mpsc::UnboundedSender<News>)>,
    /// Kept to the end, so that what waits is written.
    pub(super) store: Store,
    pub(super) tls: Option<Arc<Tls>>,
    /// What the console sees.
    pub(super) hub: Arc<Hub>,
}
