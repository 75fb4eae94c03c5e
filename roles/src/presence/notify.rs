//! Telling watchers (RFC 6665 §4.2.2), and what becomes of a subscription by its answers (RFC 5057 §5.1).

use super::Presence;
use super::held::{Purpose, Watched, Wish};
use super::package::{Package, Source};
use super::policy::permission;
use super::subscription::{Document, Due, Subscription, Telling};
use crate::event::{Kept, Permission, Reason, Resource, Standing, State};
use crate::store::Ask;
use ringback_sip::dialog::{Failure, Fate};
use ringback_sip::entropy::Token;
use ringback_sip::journal::{BranchEnd, Entry, Fact, Shown, Subscription as Change};
use ringback_sip::registry::Method;
use ringback_sip::time::{Duration, Instant};
use std::sync::Arc;

impl Presence {
    /// Takes in a subscription.
    pub(super) fn insert(&mut self, id: u64, subscription: Subscription) {
        self.dialogs.insert(subscription.dialog.id().clone(), id);
        *self.watchers.entry(subscription.watcher.name.clone()).or_default() += 1;
        if let Some(watched) = self.watched.get_mut(&subscription.resource) {
            watched.subscriptions.insert(id);
        }
        self.subscriptions.insert(id, subscription);
    }

    /// Forgets a subscription, here and in the store.
    pub(super) fn remove(&mut self, id: u64) {
        let Some(subscription) = self.subscriptions.remove(&id) else { return };
        self.dialogs.remove(subscription.dialog.id());
        if let Some(count) = self.watchers.get_mut(&subscription.watcher.name) {
            *count -= 1;
            if *count == 0 {
                self.watchers.remove(&subscription.watcher.name);
            }
        }
        if let Some(at) = subscription.alarm {
            self.alarms.remove(&(at, id));
        }
        // When there is no room for the question, its row runs out.
        let _ = self.ask(Purpose::Unheard, Ask::Forget(subscription.resource.clone(), subscription.id()));
        if let Some(watched) = self.watched.get_mut(&subscription.resource) {
            watched.subscriptions.remove(&id);
        }
        self.unwatch_idle(&subscription.resource);
    }

    /// Ends the standing question about a resource that nobody watches any more.
    pub(super) fn unwatch_idle(&mut self, resource: &Resource) {
        let is_idle = |w: &Watched| w.subscriptions.is_empty() && w.waiting.is_empty();
        if self.watched.get(resource).is_some_and(is_idle)
            && let Some(watched) = self.watched.remove(resource)
        {
            self.waiting.close(watched.ticket);
            self.wishes.push_back(Wish::Ask(watched.ticket, Ask::Unwatch(resource.clone())));
        }
    }

    /// Takes over the subscriptions from before this start; their watchers are told the state as it is now.
    pub(super) fn load(&mut self, now: Instant, all: Vec<Kept>) {
        for kept in all {
            let Some(subscription) = Subscription::from_kept(now, kept) else { continue };
            let resource = subscription.resource.clone();
            if self.dialogs.contains_key(subscription.dialog.id()) {
                continue;
            }
            if self.watch(&resource).is_none() {
                continue;
            }
            self.begun += 1;
            self.insert(self.begun, subscription);
            self.set_alarm(self.begun);
        }
    }

    /// The user may have decided otherwise about a watcher: who waited is told the state, or that it may not watch
    /// (RFC 3857 §4.7.1). The store knows at once, so that its other watchers do.
    pub(super) fn decide(&mut self, now: Instant, id: u64) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        let Some((_, state)) = self.watched.get(&subscription.resource).and_then(|w| w.known.as_ref()) else {
            return;
        };
        let (package, watcher) = (subscription.package, &subscription.watcher);
        let default = self.settings.watchers;
        let may = permission(default, package, &subscription.resource, &state.rules, watcher);
        let (standing, change) = match (subscription.standing, may) {
            (Standing::Pending, Permission::Allow) => (Standing::Active, Change::Approved),
            (Standing::Active, Permission::Ask) => {
                (Standing::Terminated(Reason::Deactivated), Change::Deactivated)
            }
            (Standing::Pending | Standing::Active, Permission::Deny) => {
                (Standing::Terminated(Reason::Rejected), Change::Rejected)
            }
            (Standing::Pending, Permission::Ask)
            | (Standing::Active, Permission::Allow)
            | (Standing::Terminated(_), _) => return,
        };
        subscription.standing = standing;
        subscription.owe(Due::Whole);
        let ask = match standing {
            Standing::Terminated(_) => Ask::Forget(subscription.resource.clone(), subscription.id()),
            Standing::Pending | Standing::Active => Ask::Keep(Box::new(subscription.kept(now))),
        };
        // When there is no room for the question, the same is decided again after the next start.
        let _ = self.ask(Purpose::Unheard, ask);
        self.note(now, id, change);
    }

    /// Owes a watcher something; it is told as soon as it may be.
    pub(super) fn owe(&mut self, id: u64, due: Due) {
        if let Some(subscription) = self.subscriptions.get_mut(&id) {
            subscription.owe(due);
            self.set_alarm(id);
        }
    }

    pub(super) fn set_alarm(&mut self, id: u64) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        let next = subscription.next_alarm();
        let before = core::mem::replace(&mut subscription.alarm, next);
        if before != next {
            before.map(|at| self.alarms.remove(&(at, id)));
            next.map(|at| self.alarms.insert((at, id)));
        }
    }

    /// The moment of a subscription has come: it ends, or its watcher is told something.
    pub(super) fn look_after(&mut self, now: Instant, id: u64) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        if subscription.telling.is_some() {
            return;
        }
        if subscription.expires <= now && !matches!(subscription.standing, Standing::Terminated(_)) {
            subscription.standing = Standing::Terminated(Reason::Timeout);
            subscription.owe(Due::Whole);
            self.note(now, id, Change::Expired);
        }
        self.tell(now, id);
        self.set_alarm(id);
    }

    /// Sends what is owed, unless the watcher knows it.
    fn tell(&mut self, now: Instant, id: u64) {
        let Some(subscription) = self.subscriptions.get(&id) else { return };
        let (resource, media_type) = (subscription.resource.clone(), subscription.media_type);
        let is_shown =
            matches!(subscription.standing, Standing::Active | Standing::Terminated(Reason::Timeout));
        let known = self.watched.get(&resource).and_then(|watched| watched.known.as_ref());
        let state = known.map(|(_, state)| Arc::clone(state));
        if state.is_none() && !matches!(subscription.standing, Standing::Terminated(_)) {
            // The store has not told the state yet; its answer brings us back here.
            return self.wait_for_state(id);
        }
        let (version, is_numbered) = (subscription.version, subscription.package.is_numbered);
        let is_change = subscription.due == Due::Change && subscription.told.is_some();
        let before = subscription.told_state.clone().filter(|_| is_change);
        let document = if is_shown { self.document(&resource, media_type) } else { None };
        let whole = match &document {
            Some(_) if is_numbered => self.compose(&resource, media_type, version, before.as_deref()),
            Some(document) => Some(Arc::clone(&document.body)),
            None => None,
        };
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        let tag = document.map(|document| document.tag);
        match subscription.due {
            Due::Nothing => return,
            Due::Change if tag == subscription.told => {
                subscription.due = Due::Nothing;
                return;
            }
            Due::Change | Due::Sign | Due::Whole => {}
        }
        let body = whole.filter(|_| subscription.due != Due::Sign);
        subscription.version += u32::from(body.is_some());
        let request = subscription.notify(now, tag, body.as_deref());
        let destination = subscription.destination();
        (subscription.due, subscription.telling) =
            (Due::Nothing, Some(Telling { tag, state: state.filter(|_| is_numbered && tag.is_some()) }));
        subscription.next_at = now + subscription.gap;
        self.wishes.push_back(Wish::Notify(id, request, destination));
    }

    /// Nothing is told before the state is known; then it is.
    fn wait_for_state(&mut self, id: u64) {
        if let Some(subscription) = self.subscriptions.get_mut(&id) {
            subscription.due = Due::Nothing;
        }
    }

    /// The document of a resource, with its entity tag; made once for all its watchers.
    pub(super) fn document(&mut self, resource: &Resource, media_type: &'static str) -> Option<Document> {
        if let Some(made) = self.watched.get(resource)?.documents.get(media_type) {
            return Some(made.clone());
        }
        let body = self.compose(resource, media_type, 0, None)?;
        let document = Document { tag: Token::from_u64(self.shared.hash(&body)), body };
        self.watched.get_mut(resource)?.documents.insert(media_type, document.clone());
        Some(document)
    }

    fn compose(
        &self,
        resource: &Resource,
        media_type: &'static str,
        version: u32,
        before: Option<&State>,
    ) -> Option<Arc<[u8]>> {
        let (_, state) = self.watched.get(resource)?.known.as_ref()?;
        let package = Package::of(resource.package)?;
        let source = Source { aor: &resource.aor, state, media_type, version, before };
        Some((package.compose)(&source).into())
    }

    /// How a NOTIFY ended.
    pub fn notified(&mut self, now: Instant, id: u64, end: BranchEnd, retry_after: Option<Duration>) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        let told = subscription.telling.take();
        let is_over = matches!(subscription.standing, Standing::Terminated(_));
        if let BranchEnd::Response(status) = end
            && status.is_success()
        {
            (subscription.told, subscription.told_state) =
                told.map_or((None, None), |told| (told.tag, told.state));
            subscription.failures = 0;
            // It ended while another NOTIFY was under way: the last one is still owed.
            if is_over && subscription.due == Due::Nothing {
                return self.remove(id);
            }
            return self.set_alarm(id);
        }
        subscription.failures += 1;
        // A stream that is gone does not come again by itself; the Contact may still lead to the watcher.
        if matches!(end, BranchEnd::Transport(_)) && !subscription.flow_only {
            subscription.flow = None;
        }
        if is_over || is_deadly(end) || subscription.failures >= FAILURES_MAX {
            if !is_over {
                self.note(now, id, Change::Lost(end));
            }
            return self.remove(id);
        }
        // It is told again later: the watcher may have missed this, and whatever comes meanwhile.
        subscription.told = None;
        subscription.due = Due::Change;
        subscription.next_at = now + retry_after.unwrap_or(RETRY).max(subscription.gap);
        self.set_alarm(id);
    }

    pub(super) fn note(&mut self, now: Instant, id: u64, change: Change) {
        let Some(subscription) = self.subscriptions.get(&id) else { return };
        let fact = Fact::Subscription {
            aor: Shown::from(subscription.resource.aor.as_bytes()),
            package: subscription.resource.package,
            watcher: Shown::from(&*subscription.watcher.name),
            change,
        };
        self.wishes.push_back(Wish::Journal(Entry::new(now, &subscription.dialog.id().call_id, fact)));
    }
}

/// Whether a NOTIFY that ended so takes its subscription with it (RFC 6665 §4.2.2, RFC 5057 §5.1).
fn is_deadly(end: BranchEnd) -> bool {
    let failure = match end {
        BranchEnd::Response(status) => Failure::Status(status),
        BranchEnd::Timeout(_) => Failure::Timeout,
        BranchEnd::Transport(_) | BranchEnd::Dns(_) | BranchEnd::Unusable | BranchEnd::KeptBack => {
            return false;
        }
    };
    Fate::of(failure, Method::Notify) != Fate::Transaction
}

/// So many notifications in a row without a good answer end a subscription.
const FAILURES_MAX: u8 = 4;
/// When a NOTIFY is tried again that nobody took, unless its answer says when.
const RETRY: Duration = Duration::from_secs(30);
