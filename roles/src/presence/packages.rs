//! The event packages that are served here: one row each (RFC 6665 §7.2).

use super::package::{Package, Watchers};
use super::{dialogs, pidf, reginfo, summary, winfo};
use ringback_sip::registry::EventPackage;
use ringback_sip::time::Duration;

/// The packages, the best known first.
pub const PACKAGES: &[Package] = &[
    Package {
        event: EventPackage::PRESENCE,
        types: &[pidf::MEDIA_TYPE],
        is_published: true,
        is_numbered: false,
        // RFC 3856 §6.4.
        expires: Duration::from_secs(3600),
        pace: Duration::ZERO,
        watchers: Watchers::Users,
        check: pidf::is_presence,
        compose: pidf::compose,
    },
    Package {
        event: EventPackage::WATCHER_INFORMATION,
        types: &[winfo::MEDIA_TYPE],
        is_published: false,
        is_numbered: true,
        // RFC 3857 §4.4 and §4.10.
        expires: Duration::from_secs(3600),
        pace: Duration::from_secs(5),
        watchers: Watchers::Owner,
        check: |_| false,
        compose: winfo::compose,
    },
    Package {
        event: EventPackage::MESSAGE_SUMMARY,
        types: &[summary::MEDIA_TYPE],
        is_published: false,
        is_numbered: false,
        // RFC 3842 §3.4.
        expires: Duration::from_secs(3600),
        pace: Duration::ZERO,
        watchers: Watchers::Owner,
        check: |_| false,
        compose: summary::compose,
    },
    Package {
        event: EventPackage::DIALOG,
        types: &[dialogs::MEDIA_TYPE],
        is_published: true,
        is_numbered: true,
        // RFC 4235 §3.4.
        expires: Duration::from_secs(3600),
        pace: Duration::ZERO,
        watchers: Watchers::Users,
        check: dialogs::is_dialogs,
        compose: dialogs::compose,
    },
    Package {
        event: EventPackage::REGISTRATION,
        types: &[reginfo::MEDIA_TYPE],
        is_published: false,
        is_numbered: true,
        // RFC 3680 §4.4 and §4.10.
        expires: Duration::from_secs(3761),
        pace: Duration::from_secs(5),
        watchers: Watchers::Chosen,
        check: |_| false,
        compose: reginfo::compose,
    },
];

impl Package {
    /// The package of this name, when it is served here at all.
    pub fn of(event: EventPackage) -> Option<&'static Package> {
        PACKAGES.iter().find(|package| package.event == event)
    }
}
