//! What a replay must know of the server itself: with which seeds, settings and addresses it ran.

use crate::settings::Settings;
use crate::site::Site;
use ringback_io::driver::{Listener, Taken};
use ringback_io::record::{ServerTap, keep_settings};
use ringback_roles::diagnosis::Began;
use ringback_sip::time::Instant;
use std::fs;
use std::path::PathBuf;

/// Notes how the server runs.
pub(super) struct Flight {
    pub(super) tap: ServerTap,
    /// The number of this start.
    pub(super) start: u64,
    /// The configuration file.
    pub(super) config: Option<PathBuf>,
}

impl Flight {
    /// Notes that these settings hold from now on. What cannot be kept is missed by a replay only.
    pub(super) fn note(&self, now: Instant, settings: &Settings, site: &Site, listeners: &[Listener]) {
        let text = self.config.as_ref().and_then(|config| fs::read_to_string(config).ok());
        let folder = settings.journal.as_ref().map(|journal| site.journal(journal));
        let kept = folder.zip(text).and_then(|(folder, text)| keep_settings(&folder, &text).ok());
        let began = Began {
            start: self.start,
            workers: u16::try_from(site.workers).unwrap_or(u16::MAX),
            listeners: listeners.iter().map(|listener| listener.address).collect(),
            settings: kept.unwrap_or_default().into(),
        };
        self.tap.feed.push(now, &mut vec![(now, Taken::Began(began))], 0);
    }
}
