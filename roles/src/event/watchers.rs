//! Who watches whom, and what a user decided about watchers (RFC 3857).

use super::{Kept, KeptId, Resource};
use crate::location::Aor;
use ringback_sip::registry::EventPackage;
use std::collections::BTreeMap;
use std::sync::Arc;

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

impl Permission {
    /// All of them.
    pub const ALL: [Permission; 3] = [Permission::Allow, Permission::Ask, Permission::Deny];

    /// Its name in the configuration, in the store, and for operators.
    pub fn as_str(self) -> &'static str {
        match self {
            Permission::Allow => "allow",
            Permission::Ask => "ask",
            Permission::Deny => "deny",
        }
    }

    /// The permission of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Permission::ALL.into_iter().find(|permission| permission.as_str() == name)
    }
}

/// What one user decided about watchers.
pub type Rules = BTreeMap<Aor, Permission>;

/// A subscription of somebody, as the one who is watched may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watching {
    /// Who watches.
    pub watcher: Box<[u8]>,
    /// Whether it still waits for a decision.
    pub is_pending: bool,
}

/// The subscriptions to a resource.
pub type Watchings = BTreeMap<KeptId, Watching>;

impl Resource {
    /// What this resource tells the watchers of, when its package is a template for that (RFC 3857 §4.1).
    pub fn watched(&self) -> Option<Resource> {
        let package =
            (self.package == EventPackage::WATCHER_INFORMATION).then_some(EventPackage::PRESENCE)?;
        Some(Resource { aor: self.aor.clone(), package })
    }

    /// The resource that tells the watchers of this one.
    pub fn watcher_information(&self) -> Option<Resource> {
        let package =
            (self.package == EventPackage::PRESENCE).then_some(EventPackage::WATCHER_INFORMATION)?;
        Some(Resource { aor: self.aor.clone(), package })
    }
}

/// The part of a board that knows watchers and what was decided about them.
#[derive(Debug, Default)]
pub(super) struct Register {
    rules: BTreeMap<Aor, Arc<Rules>>,
    watchings: BTreeMap<Resource, Arc<Watchings>>,
    pub(super) subscriptions: usize,
}

impl Register {
    pub(super) fn rules(&self, aor: &Aor) -> Option<&Arc<Rules>> {
        self.rules.get(aor)
    }

    /// The subscriptions that a resource tells of.
    pub(super) fn told_by(&self, resource: &Resource) -> Option<&Arc<Watchings>> {
        self.watchings.get(&resource.watched()?)
    }

    /// Takes over all rules; gives those whose rules are others than before.
    pub(super) fn set_rules(&mut self, fresh: BTreeMap<Aor, Rules>) -> Vec<Aor> {
        let is_same = |aor: &Aor| self.rules.get(aor).map(|rules| &**rules) == fresh.get(aor);
        let all = self.rules.keys().chain(fresh.keys());
        let mut changed: Vec<Aor> = all.filter(|aor| !is_same(aor)).cloned().collect();
        changed.sort();
        changed.dedup();
        self.rules = fresh.into_iter().map(|(aor, rules)| (aor, Arc::new(rules))).collect();
        changed
    }

    /// Takes in a subscription; gives the resource that tells of it, when that changes.
    pub(super) fn keep(&mut self, kept: &Kept) -> Option<Resource> {
        let watching = Watching { watcher: kept.watcher.clone(), is_pending: kept.is_pending };
        let all = self.watchings.entry(kept.resource.clone()).or_default();
        if all.get(&kept.id) == Some(&watching) {
            return None;
        }
        let before = Arc::make_mut(all).insert(kept.id.clone(), watching);
        self.subscriptions += usize::from(before.is_none());
        kept.resource.watcher_information()
    }

    /// Takes a subscription out.
    pub(super) fn forget(&mut self, resource: &Resource, id: &KeptId) -> Option<Resource> {
        let all = self.watchings.get_mut(resource).filter(|all| all.contains_key(id))?;
        let all = Arc::make_mut(all);
        all.remove(id);
        self.subscriptions -= 1;
        if all.is_empty() {
            self.watchings.remove(resource);
        }
        resource.watcher_information()
    }
}
