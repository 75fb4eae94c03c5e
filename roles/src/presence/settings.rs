//! What the notifier is told.

use super::packages::PACKAGES;
use crate::event::Permission;
use crate::location::Aor;
use ringback_sip::registry::EventPackage;
use ringback_sip::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most subscriptions of one worker.
pub const SUBSCRIPTIONS_MAX: usize = 1 << 17;
/// Most subscriptions of one watcher at one worker.
pub const SUBSCRIPTIONS_PER_USER_MAX: usize = 256;
/// Most bytes of a published document.
pub const DOCUMENT_BYTES_MAX: usize = 32 << 10;

/// Most members of a list.
pub const LIST_MEMBERS_MAX: usize = 100;

/// A list of users who can be watched by one subscription (RFC 4662).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// What people call it.
    pub title: Option<Box<str>>,
    /// Whose presence it is.
    pub members: Vec<Aor>,
}

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
    /// The lists, by their addresses.
    pub lists: Arc<BTreeMap<Aor, Arc<List>>>,
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
            lists: Arc::default(),
        }
    }
}
