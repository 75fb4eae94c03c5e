//! What the notifier is told.

use super::packages::PACKAGES;
use crate::event::Permission;
use ringback_sip::registry::EventPackage;
use ringback_sip::time::Duration;

/// Most subscriptions of one worker.
pub const SUBSCRIPTIONS_MAX: usize = 1 << 17;
/// Most subscriptions of one watcher at one worker.
pub const SUBSCRIPTIONS_PER_USER_MAX: usize = 256;
/// Most bytes of a published document.
pub const DOCUMENT_BYTES_MAX: usize = 32 << 10;

/// The settings of the notifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceSettings {
    /// The packages that are served here for our own users; requests about others go on to the phones.
    pub packages: Vec<EventPackage>,
    /// What a user of ours may about whom the one to be watched has decided nothing.
    pub watchers: Permission,
    /// The shortest subscription or publication that is granted.
    pub expires_min: Duration,
    /// The longest.
    pub expires_max: Duration,
    /// The least time between two notifications of one subscription that nobody asked for.
    pub pace: Duration,
    /// Most subscriptions of one worker.
    pub subscriptions_max: usize,
    /// Most subscriptions of one watcher at one worker.
    pub subscriptions_per_user_max: usize,
    /// Most bytes of a published document.
    pub document_bytes_max: usize,
}

impl Default for PresenceSettings {
    fn default() -> Self {
        PresenceSettings {
            packages: PACKAGES.iter().map(|package| package.event).collect(),
            watchers: Permission::Allow,
            expires_min: Duration::from_secs(60),
            expires_max: Duration::from_secs(86_400),
            pace: Duration::from_secs(1),
            subscriptions_max: SUBSCRIPTIONS_MAX,
            subscriptions_per_user_max: SUBSCRIPTIONS_PER_USER_MAX,
            document_bytes_max: DOCUMENT_BYTES_MAX,
        }
    }
}
