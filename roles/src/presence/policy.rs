//! Who may watch whom (RFC 3856 §6.6): the one place that is asked.

use super::package::{Package, Watchers};
use crate::event::{Permission, Resource, Rules};
use crate::location::Aor;

/// Who asks to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watcher {
    /// The address of record, when it is a user of ours who proved it, or nobody must prove anything.
    pub user: Option<Aor>,
    /// How the request names its sender: the address of record or the URI.
    pub name: Box<[u8]>,
}

/// Decides about a watcher: as the user who is watched decided, else by `default`. A user may watch himself; who has not
/// proved to be a user of ours may not, for anybody could use such a name.
pub fn permission(
    default: Permission,
    package: &Package,
    resource: &Resource,
    rules: &Rules,
    watcher: &Watcher,
) -> Permission {
    match (&watcher.user, package.watchers) {
        (Some(user), _) if *user == resource.aor => Permission::Allow,
        (Some(user), Watchers::Users) => rules.get(user).copied().unwrap_or(default),
        (Some(user), Watchers::Chosen) => rules.get(user).copied().unwrap_or(Permission::Deny),
        _ => Permission::Deny,
    }
}
