//! The states of all resources, and who wants to hear of their changes: the part of a store that lives in memory.

use super::legs::Legs;
use super::watchers::Register;
use super::{Kept, KeptId, Publish, Published, Refusal, Resource, RowChange, Rules, State};
use crate::location::{Aor, Bindings};
use ringback_sip::entropy::{Seed, Token};
use ringback_sip::registry::EventPackage;
use ringback_sip::time::Instant;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The states of resources. `W` is where news of one goes.
#[derive(Debug)]
pub struct Board<W> {
    states: BTreeMap<Resource, Arc<State>>,
    watches: BTreeMap<Resource, Vec<W>>,
    /// When the next publication of a resource runs out.
    expiries: BTreeSet<(Instant, Resource)>,
    publications: usize,
    publications_max: usize,
    register: Register,
    key: Seed,
    tags: u64,
}

/// Changes that are not durable yet: what the states of some resources will be. Later changes build on earlier ones.
#[derive(Debug, Default)]
pub struct Draft(BTreeMap<Resource, State>);

impl<W> Board<W> {
    /// Nothing is published, and at most `publications_max` publications may be. Entity tags derive from `key`, which
    /// must be another one at each start.
    pub fn new(key: Seed, publications_max: usize) -> Self {
        Board {
            states: BTreeMap::new(),
            watches: BTreeMap::new(),
            expiries: BTreeSet::new(),
            publications: 0,
            publications_max,
            register: Register::default(),
            key: key.derive(b"board"),
            tags: 0,
        }
    }

    /// The state of a resource; `bindings` and `legs` tell those of an address of record, which lie elsewhere.
    pub fn state(
        &self,
        resource: &Resource,
        bindings: impl FnOnce(&Aor) -> Bindings,
        legs: impl FnOnce(&Aor) -> Option<Arc<Legs>>,
    ) -> Arc<State> {
        let published = self.published(resource);
        let (rules, told) = (self.register.rules(&resource.aor), self.register.told_by(resource));
        let is_registration = resource.package == EventPackage::REGISTRATION;
        let is_dialog = resource.package == EventPackage::DIALOG;
        let legs = if is_dialog { legs(&resource.aor) } else { None };
        if rules.is_none() && told.is_none() && legs.is_none() && !is_registration {
            return published;
        }
        Arc::new(State {
            publications: published.publications.clone(),
            rules: rules.cloned().unwrap_or_default(),
            watchings: told.cloned().unwrap_or_default(),
            legs: legs.unwrap_or_default(),
            bindings: if is_registration { bindings(&resource.aor) } else { Bindings::default() },
        })
    }

    /// What is published of a resource.
    fn published(&self, resource: &Resource) -> Arc<State> {
        self.states.get(resource).cloned().unwrap_or_default()
    }

    /// How many subscriptions are kept.
    pub fn subscriptions(&self) -> usize {
        self.register.subscriptions
    }

    /// Takes over what all users decided about watchers; gives the watched resources that this changes.
    pub fn set_rules(&mut self, rules: BTreeMap<Aor, Rules>) -> Vec<Resource> {
        let changed = self.register.set_rules(rules);
        self.watches.keys().filter(|resource| changed.contains(&resource.aor)).cloned().collect()
    }

    /// A subscription is kept: gives the resources that tell of it, where that changes.
    pub fn keep(&mut self, kept: &Kept) -> Vec<Resource> {
        self.register.keep(kept)
    }

    /// A subscription is kept no longer.
    pub fn forget(&mut self, resource: &Resource, id: &KeptId) -> Vec<Resource> {
        self.register.forget(resource, id)
    }

    /// How many publications there are.
    pub fn len(&self) -> usize {
        self.publications
    }

    /// Whether there is no publication.
    pub fn is_empty(&self) -> bool {
        self.publications == 0
    }

    /// Whom a change of this resource is told.
    pub fn watches(&self, resource: &Resource) -> &[W] {
        self.watches.get(resource).map_or(&[], Vec::as_slice)
    }

    /// Whose state of a package somebody watches.
    pub fn watched(&self, package: EventPackage) -> impl Iterator<Item = &Aor> {
        self.watches.keys().filter(move |resource| resource.package == package).map(|resource| &resource.aor)
    }

    /// Tells `watch` of each change from now on.
    pub fn watch(&mut self, resource: Resource, watch: W) {
        self.watches.entry(resource).or_default().push(watch);
    }

    /// Tells those for whom `is_it` holds no more; whether there was one.
    pub fn unwatch(&mut self, resource: &Resource, is_it: impl Fn(&W) -> bool) -> bool {
        let Some(watches) = self.watches.get_mut(resource) else { return false };
        let before = watches.len();
        watches.retain(|watch| !is_it(watch));
        let is_less = watches.len() < before;
        if watches.is_empty() {
            self.watches.remove(resource);
        }
        is_less
    }

    /// Works out what a PUBLISH does, on top of `draft`, where the new state then stands.
    ///
    /// # Errors
    /// [`Refusal`]; the draft is as before.
    pub fn publish(
        &mut self,
        now: Instant,
        publish: &Publish,
        draft: &mut Draft,
    ) -> Result<(Published, RowChange), Refusal> {
        let stored = self.published(&publish.resource);
        let before = draft.0.get(&publish.resource).unwrap_or(&stored);
        self.tags += 1;
        let tag = [self.tags.to_le_bytes(), now.unix_micros().to_le_bytes()].concat();
        let tag = Token::from_u64(self.key.hash(&tag));
        let (state, published, change) = before.publish(now, publish, tag.as_str())?;
        if change.removed.is_none() && change.put.is_some() && self.publications >= self.publications_max {
            return Err(Refusal::StoreFull);
        }
        draft.0.insert(publish.resource.clone(), state);
        Ok((published, change))
    }

    /// Does one PUBLISH at once, for a store that is durable as it is.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn publish_now(
        &mut self,
        now: Instant,
        publish: &Publish,
    ) -> Result<(Published, RowChange), Refusal> {
        let mut draft = Draft::default();
        let done = self.publish(now, publish, &mut draft)?;
        self.commit(draft);
        Ok(done)
    }

    /// The drafted states are durable: they hold from now on. Gives the resources that changed.
    pub fn commit(&mut self, draft: Draft) -> Vec<Resource> {
        let changed = draft.0.into_iter();
        changed.map(|(resource, state)| (self.set(resource.clone(), state), resource).1).collect()
    }

    /// Takes in what was stored before this start, or by another: in place of what has the same tag. `false` when that
    /// is known already.
    pub fn load(&mut self, resource: Resource, publication: super::Publication) -> bool {
        let mut state = (*self.published(&resource)).clone();
        if state.publications.contains(&publication) {
            return false;
        }
        state.publications.retain(|p| p.tag != publication.tag);
        state.publications.push(publication);
        state.publications.sort_by_key(|p| p.expires);
        self.set(resource, state);
        true
    }

    /// Takes out what another has removed from where it is stored: of these users, all for which `is_stored` (a tag) does
    /// not hold. Gives the resources that changed.
    pub fn retain(
        &mut self,
        users: &BTreeSet<Aor>,
        is_stored: impl Fn(&Resource, &str) -> bool,
    ) -> Vec<Resource> {
        let mut changed = Vec::new();
        for (resource, state) in self.states.iter().filter(|(resource, _)| users.contains(&resource.aor)) {
            let mut less = (**state).clone();
            less.publications.retain(|p| is_stored(resource, &p.tag));
            if less.publications.len() < state.publications.len() {
                changed.push((resource.clone(), less));
            }
        }
        changed.into_iter().map(|(resource, state)| (self.set(resource.clone(), state), resource).1).collect()
    }

    /// Takes out what has run out by `now`: each resource that changed, with the tags that are gone.
    pub fn expire(&mut self, now: Instant) -> Vec<(Resource, Vec<Box<str>>)> {
        let mut changed = Vec::new();
        while let Some((at, resource)) = self.expiries.first().cloned() {
            if at > now {
                break;
            }
            match self.published(&resource).expire(now) {
                Some((state, gone)) => {
                    self.set(resource.clone(), state);
                    changed.push((resource, gone));
                }
                None => {
                    self.expiries.remove(&(at, resource));
                }
            }
        }
        changed
    }

    /// When the next publication runs out.
    pub fn deadline(&self) -> Option<Instant> {
        self.expiries.first().map(|(at, _)| *at)
    }

    fn set(&mut self, resource: Resource, state: State) {
        let before = self.states.remove(&resource);
        if let Some(before) = before {
            self.publications -= before.publications.len();
            if let Some(at) = before.expires() {
                self.expiries.remove(&(at, resource.clone()));
            }
        }
        if state.is_empty() {
            return;
        }
        self.publications += state.publications.len();
        if let Some(at) = state.expires() {
            self.expiries.insert((at, resource.clone()));
        }
        self.states.insert(resource, Arc::new(state));
    }
}

#[cfg(test)]
mod tests {
    use super::super::What;
    use super::*;
    use ringback_sip::time::Duration;

    const T0: Instant = Instant::from_unix_secs(1_700_000_000);

    fn resource() -> Resource {
        Resource { aor: Aor::from_canonical(b"b@x"), package: EventPackage::PRESENCE }
    }

    fn publish(if_match: Option<&str>, secs: u64) -> Publish {
        let what =
            What::Put { media_type: "t/t".into(), body: b"x"[..].into(), expires: Duration::from_secs(secs) };
        Publish { resource: resource(), if_match: if_match.map(Into::into), what }
    }

    #[test]
    fn a_draft_is_seen_by_nobody_until_it_is_durable() {
        let mut board = Board::<u8>::new(Seed::from_number(1), 10);
        board.watch(resource(), 7);
        let mut draft = Draft::default();
        let (first, _) = board.publish(T0, &publish(None, 60), &mut draft).unwrap();
        assert!(board.state(&resource(), |_| Bindings::default(), |_| None).is_empty());
        let (second, change) = board.publish(T0, &publish(Some(&first.tag), 60), &mut draft).unwrap();
        assert_eq!(change.removed, Some(first.tag.clone()));
        assert_ne!(first.tag, second.tag);
        assert_eq!(board.commit(draft), [resource()]);
        assert_eq!((board.len(), board.watches(&resource())), (1, &[7][..]));
        assert!(board.unwatch(&resource(), |w| *w == 7) && !board.unwatch(&resource(), |w| *w == 7));
        assert!(board.watches(&resource()).is_empty());
    }

    #[test]
    fn publications_run_out_one_after_the_other_and_are_bounded() {
        let mut board = Board::<u8>::new(Seed::from_number(1), 2);
        for secs in [60, 30] {
            let mut draft = Draft::default();
            board.publish(T0, &publish(None, secs), &mut draft).unwrap();
            board.commit(draft);
        }
        let full = board.publish(T0, &publish(None, 60), &mut Draft::default());
        assert_eq!(full.map(|_| ()), Err(Refusal::StoreFull));
        assert_eq!(board.deadline(), Some(T0 + Duration::from_secs(30)));
        assert!(board.expire(T0).is_empty());
        assert_eq!(board.expire(T0 + Duration::from_secs(30)).len(), 1);
        assert_eq!(board.expire(T0 + Duration::from_secs(60)).len(), 1);
        assert!(board.is_empty() && board.deadline().is_none());
    }
}
