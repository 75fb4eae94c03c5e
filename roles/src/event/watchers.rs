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
    /// Of a subscription to a list, the resources of the members that it is among the watchers of.
    members: BTreeMap<KeptId, Vec<Resource>>,
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

    /// Takes in a subscription; gives the resources that tell of it, where that changes. One to a list is one to each
    /// member.
    pub(super) fn keep(&mut self, kept: &Kept) -> Vec<Resource> {
        let package = kept.resource.package;
        let mut all: BTreeMap<Resource, bool> =
            kept.members().map(|(aor, is_pending)| (Resource { aor, package }, is_pending)).collect();
        let members: Vec<Resource> = all.keys().cloned().collect();
        let before = self.members.remove(&kept.id).unwrap_or_default();
        let gone = before.iter().filter(|member| !all.contains_key(member));
        let mut changed: Vec<Resource> = gone.filter_map(|gone| self.take_out(gone, &kept.id)).collect();
        if !members.is_empty() {
            self.members.insert(kept.id.clone(), members);
        }
        self.subscriptions += usize::from(!self.knows(&kept.resource, &kept.id));
        all.insert(kept.resource.clone(), kept.is_pending);
        for (resource, is_pending) in all {
            let watching = Watching { watcher: kept.watcher.clone(), is_pending };
            let told = self.watchings.entry(resource.clone()).or_default();
            if told.get(&kept.id) != Some(&watching) {
                Arc::make_mut(told).insert(kept.id.clone(), watching);
                changed.extend(resource.watcher_information());
            }
        }
        changed
    }

    /// Takes a subscription out.
    pub(super) fn forget(&mut self, resource: &Resource, id: &KeptId) -> Vec<Resource> {
        self.subscriptions -= usize::from(self.knows(resource, id));
        let members = self.members.remove(id).unwrap_or_default();
        members.iter().chain([resource]).filter_map(|resource| self.take_out(resource, id)).collect()
    }

    fn knows(&self, resource: &Resource, id: &KeptId) -> bool {
        self.watchings.get(resource).is_some_and(|all| all.contains_key(id))
    }

    fn take_out(&mut self, resource: &Resource, id: &KeptId) -> Option<Resource> {
        let all = self.watchings.get_mut(resource).filter(|all| all.contains_key(id))?;
        let all = Arc::make_mut(all);
        all.remove(id);
        if all.is_empty() {
            self.watchings.remove(resource);
        }
        resource.watcher_information()
    }
}
