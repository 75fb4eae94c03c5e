//! Resource lists (RFC 4662): one subscription to several users. A subscription to a list hangs on the resource of each
//! member, as one to the member alone would; what its watcher may see of each is decided member by member.

use super::Presence;
use super::held::Purpose;
use super::notify::{Body, News};
use super::package::Package;
use super::policy::{Watcher, permission};
use super::rlmi::{Instance, Part, Rlmi};
use super::settings::List;
use super::subscription::{Due, Known, Subscription};
use crate::access::Denial;
use crate::event::{Permission, Reason, Resource, Standing};
use crate::location::Aor;
use crate::store::Ask;
use ringback_sip::entropy::Token;
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{EventPackage, HeaderName, OptionTag, StatusCode};
use ringback_sip::syntax::Message;
use ringback_sip::time::Instant;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Presence {
    /// The list that a resource is, if it is one.
    pub(super) fn list_of(&self, resource: &Resource) -> Option<Arc<List>> {
        let is_presence = resource.package == EventPackage::PRESENCE;
        self.settings.lists.get(&resource.aor).filter(|_| is_presence).cloned()
    }

    /// The resources whose states a subscription to this one tells: its members, or itself.
    pub(super) fn sources(&self, resource: &Resource) -> Vec<Resource> {
        match self.list_of(resource) {
            Some(list) => list.members.iter().map(|aor| member(resource, aor)).collect(),
            None => vec![resource.clone()],
        }
    }

    /// What a subscriber to a list must know (RFC 4662 §4.1).
    ///
    /// # Errors
    /// 421 that says so.
    pub(super) fn check_eventlist(message: &Message<'_>) -> Result<(), Denial> {
        let tag = OptionTag::EVENTLIST.as_str();
        if [HeaderName::SUPPORTED, HeaderName::REQUIRE]
            .iter()
            .any(|name| message.lists(*name, tag.as_bytes()))
        {
            return Ok(());
        }
        let denial = Denial::new(StatusCode::EXTENSION_REQUIRED, Cause::ExtensionNeeded(Shown::from(tag)));
        Err(denial.with(HeaderName::REQUIRE, tag))
    }

    /// What the next NOTIFY of a subscription to a list says; `None` while the state of a member is not known.
    pub(super) fn list_news(&mut self, now: Instant, id: u64, list: &List) -> Option<News> {
        let subscription = self.subscriptions.get(&id)?;
        let is_shown =
            matches!(subscription.standing, Standing::Active | Standing::Terminated(Reason::Timeout));
        let (due, version) = (subscription.due, subscription.version);
        if !is_shown {
            return Some(News { tag: None, body: None, known: None, is_rest: false });
        }
        let (resource, package) = (subscription.resource.clone(), subscription.package);
        let (watcher, media_type) = (subscription.watcher.clone(), subscription.media_type);
        let told = subscription.told_known.clone();
        let is_change = due == Due::Change && subscription.told.is_some();
        let before = told.filter(|_| is_change).and_then(Known::into_members);
        let mut instances = self.instances(&resource, list, package, media_type, &watcher)?;
        self.tell_members(now, id, list, &instances);
        let mut tag = self.list_tag(&instances);
        if due == Due::Sign || (due == Due::Change && Some(tag) == self.subscriptions.get(&id)?.told) {
            return Some(News { tag: Some(tag), body: None, known: None, is_rest: false });
        }
        let parts = self.parts(&resource, list, media_type, &mut instances, before.as_deref());
        let whole = tag;
        tag = self.list_tag(&instances);
        let rlmi = Rlmi {
            uri: &resource.aor,
            title: list.title.as_deref(),
            version,
            is_full: before.is_none(),
            mark: self.entropy.token(),
        };
        let (kind, bytes) = rlmi.write(&parts);
        let body = Some(Body { kind: kind.into(), bytes: bytes.into() });
        Some(News {
            tag: Some(tag),
            body,
            known: Some(Known::Members(instances.into())),
            is_rest: tag != whole,
        })
    }

    /// The members of a list shall know who watches them by it, and who would (RFC 3857): the store tells them.
    fn tell_members(&mut self, now: Instant, id: u64, list: &List, instances: &[Instance]) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        let all = list.members.iter().zip(instances);
        let members: Box<[(Aor, bool)]> = all
            .filter(|(_, instance)| matches!(instance, Instance::Active(_) | Instance::Pending))
            .map(|(aor, instance)| (aor.clone(), *instance == Instance::Pending))
            .collect();
        if members == subscription.members || subscription.standing != Standing::Active {
            return;
        }
        subscription.members = members;
        let kept = subscription.kept(now);
        // When there is no room for the question, the next refresh says it.
        let _ = self.ask(Purpose::Unheard, Ask::Keep(Box::new(kept)));
    }

    /// What a watcher may see of each member, as it is now; `None` while that is not known of one.
    fn instances(
        &mut self,
        resource: &Resource,
        list: &List,
        package: &'static Package,
        media_type: &'static str,
        watcher: &Watcher,
    ) -> Option<Vec<Instance>> {
        let mut instances = Vec::with_capacity(list.members.len());
        for aor in list.members.iter() {
            let member = member(resource, aor);
            let (is_user, state) = self.watched.get(&member)?.known.as_ref()?;
            let may = permission(self.settings.watchers, package, &member, &state.rules, watcher);
            let is_nobody = !is_user && state.is_empty();
            instances.push(match may {
                Permission::Deny => Instance::Terminated(Reason::Rejected),
                Permission::Ask => Instance::Pending,
                Permission::Allow if is_nobody => Instance::Terminated(Reason::NoResource),
                Permission::Allow => Instance::Active(self.document(&member, media_type)?.tag),
            });
        }
        Some(instances)
    }

    /// The entity tag of all that a watcher sees of a list.
    fn list_tag(&self, instances: &[Instance]) -> Token {
        let mut text = Vec::with_capacity(instances.len() * 16);
        for instance in instances {
            text.extend_from_slice(instance.state().as_bytes());
            text.extend_from_slice(instance.reason().as_bytes());
            if let Instance::Active(tag) = instance {
                text.extend_from_slice(tag.as_bytes());
            }
            text.push(b'\n');
        }
        Token::from_u64(self.shared.hash(&text))
    }

    /// The members of which a NOTIFY tells, with their documents: those that are not as in `before`. Documents that find
    /// no room in it come with the next one.
    fn parts(
        &mut self,
        resource: &Resource,
        list: &List,
        media_type: &'static str,
        instances: &mut [Instance],
        before: Option<&[Instance]>,
    ) -> Vec<Part> {
        let (mut parts, mut bytes) = (Vec::new(), 0);
        for (place, (aor, instance)) in list.members.iter().zip(instances.iter_mut()).enumerate() {
            let known = before.map(|before| before.get(place).copied().unwrap_or(Instance::Unknown));
            if known == Some(*instance) {
                continue;
            }
            let mut body = None;
            if let Instance::Active(_) = instance {
                body = self.document(&member(resource, aor), media_type).map(|document| document.body);
                let length = body.as_ref().map_or(0, |body| body.len());
                if bytes > 0 && bytes + length > LIST_NOTIFY_BYTES_MAX {
                    *instance = known.unwrap_or(Instance::Unknown);
                    if known.is_some() {
                        continue;
                    }
                    body = None;
                } else {
                    bytes += length;
                }
            }
            parts.push(Part { place, aor: aor.clone(), instance: *instance, media_type, body });
        }
        parts
    }

    /// Whether the subscriber to a list has it as it is now (RFC 5839 §6.2).
    pub(super) fn knows_list(&mut self, value: &[u8], subscription: &Subscription, list: &List) -> bool {
        let (package, media_type) = (subscription.package, subscription.media_type);
        let resource = &subscription.resource;
        let instances = self.instances(resource, list, package, media_type, &subscription.watcher);
        instances.is_some_and(|instances| self.list_tag(&instances).as_bytes() == value)
    }

    /// Other lists hold from now on. Who watches one is told all of it anew; who watches what became a list, or is none
    /// any more, must subscribe anew (RFC 4662 §4.5).
    pub(super) fn relist(&mut self, fresh: Arc<BTreeMap<Aor, Arc<List>>>) {
        let before = Arc::clone(&self.settings.lists);
        let is_concerned = |resource: &Resource| {
            resource.package == EventPackage::PRESENCE
                && before.get(&resource.aor) != fresh.get(&resource.aor)
        };
        let all = self.subscriptions.iter().filter(|(_, s)| is_concerned(&s.resource));
        let concerned: Vec<(u64, Resource)> = all.map(|(id, s)| (*id, s.resource.clone())).collect();
        for (id, resource) in &concerned {
            for source in self.sources(resource) {
                if let Some(watched) = self.watched.get_mut(&source) {
                    watched.subscriptions.remove(id);
                }
            }
        }
        let left: Vec<_> = concerned.iter().flat_map(|(_, resource)| self.sources(resource)).collect();
        self.settings.lists = fresh;
        for (id, resource) in concerned {
            let stays = before.contains_key(&resource.aor) && self.list_of(&resource).is_some();
            let is_linked = stays && self.link(id, &resource);
            if let Some(subscription) = self.subscriptions.get_mut(&id).filter(|_| !is_linked) {
                subscription.standing = Standing::Terminated(Reason::Deactivated);
            }
            self.owe(id, Due::Whole);
        }
        left.iter().for_each(|resource| self.unwatch_idle(resource));
    }

    /// Hangs a subscription on the resources whose states it tells; `false` when too much waits for the store.
    pub(super) fn link(&mut self, id: u64, resource: &Resource) -> bool {
        self.sources(resource).iter().all(|source| match self.watch(source) {
            Some(watched) => {
                watched.subscriptions.insert(id);
                true
            }
            None => false,
        })
    }

    /// Takes a subscription off the resources whose states it tells.
    pub(super) fn unlink(&mut self, id: u64, resource: &Resource) {
        for source in self.sources(resource) {
            if let Some(watched) = self.watched.get_mut(&source) {
                watched.subscriptions.remove(&id);
            }
            self.unwatch_idle(&source);
        }
    }
}

/// The resource of a member of a list.
fn member(list: &Resource, aor: &Aor) -> Resource {
    Resource { aor: aor.clone(), package: list.package }
}

/// A NOTIFY takes no further document when those in it have so many bytes.
const LIST_NOTIFY_BYTES_MAX: usize = 32 << 10;
