//! Who may watch whom (RFC 3856 §6.6): the one place that is asked.

use super::package::{Package, Watchers};
use crate::event::Resource;
use crate::location::Aor;

/// Who asks to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watcher {
    /// The address of record, when it is a user of ours who proved it, or nobody must prove anything.
    pub user: Option<Aor>,
    /// How the request names its sender: the address of record or the URI.
    pub name: Box<[u8]>,
}

/// What a watcher may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It is told the state.
    Allow,
    /// It is told nothing until somebody decides.
    Ask,
    /// It is refused.
    Deny,
}

/// Decides about a watcher where its resource has said nothing.
pub fn permission(package: &Package, resource: &Resource, watcher: &Watcher) -> Permission {
    match (&watcher.user, package.watchers) {
        (Some(_), Watchers::Users) => Permission::Allow,
        (Some(user), Watchers::Owner) if *user == resource.aor => Permission::Allow,
        _ => Permission::Deny,
    }
}
