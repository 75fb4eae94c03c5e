//! Telling watchers (RFC 6665 §4.2.2), and what becomes of a subscription by its answers (RFC 5057 §5.1).

use super::Presence;
use super::held::{Purpose, Watched, Wish};
use super::package::{Package, Source};
use super::policy::permission;
use super::subscription::{Document, Due, Known, Subscription, Telling};
use crate::event::{Kept, Permission, Reason, Resource, Standing, State};
use crate::store::Ask;
use ringback_sip::dialog::{Failure, Fate};
use ringback_sip::entropy::Token;
use ringback_sip::journal::{BranchEnd, Entry, Fact, Shown, Subscription as Change};
use ringback_sip::registry::Method;
use ringback_sip::time::{Duration, Instant};
use std::borrow::Cow;
use std::sync::Arc;

/// What the next NOTIFY says.
pub(super) struct News {
    /// The tag of what the watcher has then.
    pub(super) tag: Option<Token>,
    /// Nothing where it has that already, or may see nothing.
    pub(super) body: Option<Body>,
    /// What it knows then.
    pub(super) known: Option<Known>,
    /// Whether something found no room in it.
    pub(super) is_rest: bool,
}

/// A body with its type.
pub(super) struct Body {
    pub(super) kind: Cow<'static, str>,
    pub(super) bytes: Arc<[u8]>,
}

impl Presence {
    /// Takes in a subscription.
    pub(super) fn insert(&mut self, id: u64, subscription: Subscription) {
        self.dialogs.insert(subscription.dialog.id().clone(), id);
        *self.watchers.entry(subscription.watcher.name.clone()).or_default() += 1;
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
        self.unlink(id, &subscription.resource);
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
            self.begun += 1;
            if self.link(self.begun, &resource) {
                self.insert(self.begun, subscription);
                self.set_alarm(self.begun);
            } else {
                self.unlink(self.begun, &resource);
            }
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
            subscription.is_waiting = false;
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
        let list = self.list_of(&subscription.resource);
        let news = match &list {
            Some(list) => self.list_news(now, id, list),
            None => self.news(now, id),
        };
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        let Some(news) = news else {
            // The store has not told the state yet; its answer brings us back here.
            subscription.is_waiting = true;
            return;
        };
        match subscription.due {
            Due::Nothing => return,
            Due::Change if news.tag == subscription.told => return subscription.due = Due::Nothing,
            Due::Change | Due::Sign | Due::Whole => {}
        }
        let body = news.body.filter(|_| subscription.due != Due::Sign);
        subscription.version += u32::from(body.is_some());
        let body = body.as_ref().map(|body| (&*body.kind, &*body.bytes));
        let request = subscription.notify(now, news.tag, body, list.is_some());
        let destination = subscription.destination();
        subscription.due = Due::Nothing;
        subscription.telling = Some(Telling {
            tag: news.tag,
            known: news.known.filter(|_| news.tag.is_some()),
            is_rest: news.is_rest,
        });
        subscription.next_at = now + subscription.gap;
        self.wishes.push_back(Wish::Notify(id, request, destination));
    }

    /// What the next NOTIFY of a subscription to one resource says; `None` while the state is not known.
    fn news(&mut self, now: Instant, id: u64) -> Option<News> {
        let subscription = self.subscriptions.get(&id)?;
        let (resource, media_type) = (subscription.resource.clone(), subscription.media_type);
        let is_over = matches!(subscription.standing, Standing::Terminated(_));
        let is_shown =
            matches!(subscription.standing, Standing::Active | Standing::Terminated(Reason::Timeout));
        let known = self.watched.get(&resource).and_then(|watched| watched.known.as_ref());
        let state = known.map(|(_, state)| Arc::clone(state));
        if state.is_none() && !is_over {
            return None;
        }
        let (version, is_numbered) = (subscription.version, subscription.package.is_numbered);
        let user = subscription.watcher.user.as_ref();
        let is_owner = user == Some(&resource.aor);
        let allowed = user.zip(state.as_ref()).and_then(|(user, state)| state.rules.get(user));
        let is_trusted = is_owner || allowed == Some(&Permission::Allow);
        let is_change = subscription.due == Due::Change && subscription.told.is_some();
        let told = subscription.told_known.clone().filter(|_| is_change);
        let before = told.and_then(Known::into_state);
        let document = if is_shown { self.document(&resource, media_type) } else { None };
        let bytes = match &document {
            Some(_) if is_numbered => {
                let told = Told { now, is_owner, is_trusted, version, before: before.as_deref() };
                self.compose(&resource, media_type, told)
            }
            Some(document) => Some(Arc::clone(&document.body)),
            None => None,
        };
        Some(News {
            tag: document.map(|document| document.tag),
            body: bytes.map(|bytes| Body { kind: media_type.into(), bytes }),
            known: state.filter(|_| is_numbered).map(Known::State),
            is_rest: false,
        })
    }

    /// The document of a resource, with its entity tag; made once for all its watchers.
    pub(super) fn document(&mut self, resource: &Resource, media_type: &'static str) -> Option<Document> {
        if let Some(made) = self.watched.get(resource)?.documents.get(media_type) {
            return Some(made.clone());
        }
        let body = self.compose(resource, media_type, Told::TO_ALL)?;
        let document = Document { tag: Token::from_u64(self.shared.hash(&body)), body };
        self.watched.get_mut(resource)?.documents.insert(media_type, document.clone());
        Some(document)
    }

    fn compose(&self, resource: &Resource, media_type: &'static str, told: Told<'_>) -> Option<Arc<[u8]>> {
        let (_, state) = self.watched.get(resource)?.known.as_ref()?;
        let package = Package::of(resource.package)?;
        let Told { now, is_owner, is_trusted, version, before } = told;
        let (aor, gruus) = (&resource.aor, &self.gruus);
        let source = Source { aor, state, media_type, version, now, is_owner, is_trusted, gruus, before };
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
            let is_rest = told.as_ref().is_some_and(|told| told.is_rest);
            (subscription.told, subscription.told_known) =
                told.map_or((None, None), |told| (told.tag, told.known));
            subscription.failures = 0;
            if is_rest {
                subscription.owe(Due::Change);
            }
            // It ended while another NOTIFY was under way: the last one is still owed.
            if is_over && subscription.due == Due::Nothing {
                return self.remove(id);
            }
            return self.set_alarm(id);
        }
        // That we had no room for it says nothing of the watcher.
        subscription.failures += u8::from(end != BranchEnd::NoRoom);
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

/// What a document says to one watcher only, in packages that number them.
struct Told<'a> {
    now: Instant,
    is_owner: bool,
    is_trusted: bool,
    version: u32,
    before: Option<&'a State>,
}

impl Told<'_> {
    /// What is the same for all; its hash is the entity tag of the state.
    const TO_ALL: Self =
        Told { now: Instant::EPOCH, is_owner: false, is_trusted: false, version: 0, before: None };
}

/// Whether a NOTIFY that ended so takes its subscription with it (RFC 6665 §4.2.2, RFC 5057 §5.1).
fn is_deadly(end: BranchEnd) -> bool {
    let failure = match end {
        BranchEnd::Response(status) => Failure::Status(status),
        BranchEnd::Timeout(_) => Failure::Timeout,
        BranchEnd::Transport(_)
        | BranchEnd::Dns(_)
        | BranchEnd::Unusable
        | BranchEnd::KeptBack
        | BranchEnd::NoRoom => return false,
    };
    Fate::of(failure, Method::Notify) != Fate::Transaction
}

/// So many notifications in a row without a good answer end a subscription.
const FAILURES_MAX: u8 = 4;
/// When a NOTIFY is tried again that nobody took, unless its answer says when.
const RETRY: Duration = Duration::from_secs(30);
