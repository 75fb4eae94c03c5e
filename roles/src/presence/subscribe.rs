//! SUBSCRIBE (RFC 6665 §4.2.1): the first one, and those inside its dialog.

use super::Presence;
use super::held::{Grant, Held, Purpose, Watched, busy, sender};
use super::package::Package;
use super::policy::{Watcher, permission};
use super::publish::denial;
use super::request;
use super::subscription::{Due, Subscription};
use crate::access::{Access, Denial};
use crate::event::{Event, Permission, Reason, Refusal, Resource, Rules, Standing};
use crate::location::Aor;
use crate::store::{Answer, Ask};
use ringback_sip::dialog::{Dialog, DialogFault};
use ringback_sip::flow::Transport;
use ringback_sip::journal::{Cause, Shown, Subscription as Change};
use ringback_sip::registry::{HeaderName, OptionTag, StatusCode};
use ringback_sip::syntax::{Message, Response, Uri, trim};
use ringback_sip::time::{Duration, Instant};

impl Presence {
    /// A first SUBSCRIBE: it needs the state of its resource, and is granted or refused then.
    pub(super) fn subscribe(
        &mut self,
        now: Instant,
        access: &Access,
        message: &Message<'_>,
        aor: Aor,
        held: Held,
    ) {
        let resource = match self.check(message) {
            Ok(package) => Resource { aor, package },
            Err(denial) => return self.deny(now, &held, &denial),
        };
        if self.list_of(&resource).is_some() {
            return match Self::check_eventlist(message) {
                Ok(()) => self.grant(now, access, &resource, held),
                Err(denial) => self.deny(now, &held, &denial),
            };
        }
        if self.watched.get(&resource).is_some_and(|watched| watched.known.is_some()) {
            return self.grant(now, access, &resource, held);
        }
        match self.watch(&resource) {
            Some(watched) if watched.waiting.len() < WAITING_PER_RESOURCE_MAX => watched.waiting.push(held),
            Some(_) => self.deny(now, &held, &busy("WAITING_PER_RESOURCE_MAX")),
            None => self.deny(now, &held, &busy("QUESTIONS_MAX")),
        }
    }

    /// The resource as it is watched here; asks the store when it was not. `None` when too much waits already.
    pub(super) fn watch(&mut self, resource: &Resource) -> Option<&mut Watched> {
        if !self.watched.contains_key(resource) {
            let ask = Ask::Watch(resource.clone());
            let ticket = self.ask(Purpose::Watch(resource.clone()), ask).ok()?;
            self.watched.insert(resource.clone(), Watched::new(ticket));
        }
        self.watched.get_mut(resource)
    }

    /// What can be said of a SUBSCRIBE before the state is known.
    fn check(&self, message: &Message<'_>) -> Result<ringback_sip::registry::EventPackage, Denial> {
        request::check_extensions(message)?;
        let package = request::package(&self.settings, message)?;
        request::media_type(package, message)?;
        request::expires(&self.settings, package, message)?;
        Ok(package.event)
    }

    /// The state of a resource is known, or has changed.
    pub(super) fn state_is(&mut self, now: Instant, access: &Access, resource: &Resource, answer: Answer) {
        let (Answer::State { is_user, state }, Some(watched)) = (answer, self.watched.get_mut(resource))
        else {
            debug_assert!(false, "the store answered another question");
            return;
        };
        watched.known = Some((is_user || !access.is_required(), state));
        watched.documents.clear();
        let told: Vec<u64> = watched.subscriptions.iter().copied().collect();
        for held in core::mem::take(&mut watched.waiting) {
            self.grant(now, access, resource, held);
        }
        for id in told {
            self.decide(now, id);
            self.owe(id, Due::Change);
        }
        self.unwatch_idle(resource);
    }

    /// Answers a first SUBSCRIBE whose resource is known.
    fn grant(&mut self, now: Instant, access: &Access, resource: &Resource, held: Held) {
        let Ok(message) = Message::parse(&held.request) else { return };
        let made = self
            .may_begin(access, &message, resource)
            .and_then(|start| self.make(now, &message, resource, &held, start));
        let (subscription, grant) = match made {
            Ok(made) => made,
            Err(denial) => {
                self.deny(now, &held, &denial);
                return self.unwatch_idle(resource);
            }
        };
        self.begun += 1;
        let id = self.begun;
        if !self.link(id, resource) {
            self.unlink(id, resource);
            return self.deny(now, &held, &busy("QUESTIONS_MAX"));
        }
        self.insert(id, subscription);
        self.keep(now, id, held, grant);
    }

    /// Who subscribes, and how its subscription begins. Each member of a list decides for itself later: any user of ours
    /// may subscribe to the list.
    fn may_begin(
        &self,
        access: &Access,
        message: &Message<'_>,
        resource: &Resource,
    ) -> Result<(Watcher, Standing), Denial> {
        let package = request::package(&self.settings, message)?;
        let watcher = sender(access, message);
        if self.list_of(resource).is_some() {
            let standing = standing(Permission::Allow, package, resource, &Rules::default(), &watcher)?;
            return Ok((watcher, standing));
        }
        let known = self.watched.get(resource).and_then(|watched| watched.known.as_ref());
        let (is_user, state) =
            known.ok_or_else(|| Denial::new(StatusCode::SERVER_INTERNAL_ERROR, Cause::StoreUnavailable))?;
        // A stranger is told the same of users who exist and of others.
        let standing = standing(self.settings.watchers, package, resource, &state.rules, &watcher)?;
        if !is_user && state.is_empty() {
            let cause = Cause::UnknownUser(Shown::from(resource.aor.as_bytes()));
            return Err(Denial::new(StatusCode::NOT_FOUND, cause));
        }
        Ok((watcher, standing))
    }

    /// The subscription that a first SUBSCRIBE makes.
    fn make(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        resource: &Resource,
        held: &Held,
        (watcher, standing): (Watcher, Standing),
    ) -> Result<(Subscription, Grant), Denial> {
        let package = request::package(&self.settings, message)?;
        let expires = request::expires(&self.settings, package, message)?;
        self.check_room(&watcher)?;
        let tag = self.entropy.token();
        let mut dialog = Dialog::of_request(message, tag.as_bytes()).map_err(denial_of)?;
        dialog.confirm_ours();
        let event = Event::of(message);
        let mut subscription = Subscription {
            dialog,
            resource: resource.clone(),
            package,
            event_id: event.and_then(|event| event.id()).map(Into::into),
            media_type: request::media_type(package, message)?,
            watcher,
            members: Box::default(),
            contact: self.contact(message, held).into(),
            flow: None,
            flow_only: false,
            standing,
            expires: now + expires,
            gap: self.gap(package, event),
            due: Due::Nothing,
            next_at: now,
            told: None,
            told_known: None,
            version: 0,
            telling: None,
            failures: 0,
            is_kept: false,
            is_waiting: false,
            alarm: None,
        };
        self.set_way(&mut subscription, message, held);
        let knows = self.knows(message, &subscription);
        let due = if knows { Due::Sign } else { Due::Whole };
        Ok((subscription, Grant { status: StatusCode::OK, expires, due, is_first: true }))
    }

    /// Our URI in the dialog: the address at which the SUBSCRIBE came in, or the name that our certificate proves.
    fn contact(&self, message: &Message<'_>, held: &Held) -> String {
        let flow = &held.flow;
        let is_protected = message.request_uri().get(..5).is_some_and(|s| s.eq_ignore_ascii_case(b"sips:"));
        let mut uri = if is_protected { b"sips:".to_vec() } else { b"sip:".to_vec() };
        self.place.push_host(&mut uri, flow.transport, flow.local);
        if flow.transport != Transport::Udp && !(is_protected && flow.transport == Transport::Tls) {
            uri.extend_from_slice(b";transport=");
            uri.extend_from_slice(flow.transport.uri_name().as_bytes());
        }
        String::from_utf8(uri).unwrap_or_default()
    }

    /// Notes the way to a watcher that sent its SUBSCRIBE to us directly; behind a proxy the route set says all. Who
    /// gives the name of an instance of ours as its Contact, or asks for it (RFC 5626 §4.3), is reached over its flow.
    fn set_way(&self, subscription: &mut Subscription, message: &Message<'_>, held: &Held) {
        let is_direct = !message.has_second_via() && subscription.dialog.routes().is_empty();
        subscription.flow = is_direct.then_some(held.flow);
        let target = Uri::parse(subscription.dialog.target()).ok();
        subscription.flow_only = target
            .is_some_and(|uri| uri.params.has(b"ob") || self.place.domains().main_of(&uri.host).is_some());
    }

    /// Whether there is room for another subscription.
    fn check_room(&self, watcher: &Watcher) -> Result<(), Denial> {
        if self.subscriptions.len() >= self.settings.subscriptions_max {
            return Err(busy("SUBSCRIPTIONS_MAX"));
        }
        let of_watcher = self.watchers.get(&watcher.name).copied().unwrap_or_default();
        if of_watcher >= self.settings.subscriptions_per_user_max {
            let cause = Cause::Limit("SUBSCRIPTIONS_PER_USER_MAX".into());
            return Err(Denial::new(StatusCode::FORBIDDEN, cause));
        }
        Ok(())
    }

    /// The least time between two notifications: ours, or the longer one that the subscriber wants (RFC 6446 §5.2).
    fn gap(&self, package: &Package, event: Option<Event<'_>>) -> Duration {
        let wanted = event.and_then(|event| event.gap()).unwrap_or_default();
        let pace = self.settings.pace.max(package.pace);
        wanted.clamp(pace, self.settings.expires_max.max(pace))
    }

    /// Whether the subscriber says that it has the document as it is now (RFC 5839 §6.2).
    fn knows(&mut self, message: &Message<'_>, subscription: &Subscription) -> bool {
        let Some(value) = message.header(HeaderName::SUPPRESS_IF_MATCH).map(trim) else { return false };
        let resource = &subscription.resource;
        if let Some(list) = self.list_of(resource) {
            return value == b"*" || self.knows_list(value, subscription, &list);
        }
        value == b"*"
            || self
                .document(resource, subscription.media_type)
                .is_some_and(|document| document.tag.as_bytes() == value)
    }

    /// A SUBSCRIBE inside the dialog of a subscription: it refreshes or ends it (RFC 6665 §4.2.1.2 to §4.2.1.4).
    pub(super) fn resubscribe(&mut self, now: Instant, id: u64, message: &Message<'_>, held: Held) {
        match self.refresh(now, id, message, &held) {
            Ok(grant) => self.keep(now, id, held, grant),
            Err(denial) => self.deny(now, &held, &denial),
        }
    }

    fn refresh(
        &mut self,
        now: Instant,
        id: u64,
        message: &Message<'_>,
        held: &Held,
    ) -> Result<Grant, Denial> {
        let gone = || {
            let status = StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST;
            Denial::new(status, Cause::NoSuchDialog)
        };
        request::check_extensions(message)?;
        let package = request::package(&self.settings, message)?;
        let expires = request::expires(&self.settings, package, message)?;
        let gap = self.gap(package, Event::of(message));
        let Some(mut subscription) = self.subscriptions.remove(&id) else { return Err(gone()) };
        let is_it = subscription.package.event == package.event
            && Event::of(message).and_then(|event| event.id()) == subscription.event_id.as_deref()
            && !matches!(subscription.standing, Standing::Terminated(_));
        let result =
            if is_it { subscription.dialog.receive(message).map_err(denial_of) } else { Err(gone()) };
        let knows = result.is_ok() && self.knows(message, &subscription);
        if result.is_ok() {
            subscription.dialog.refresh_target(message);
            if !expires.is_zero() {
                subscription.expires = now + expires;
            }
            subscription.gap = gap;
            subscription.failures = 0;
            self.set_way(&mut subscription, message, held);
        }
        self.subscriptions.insert(id, subscription);
        result?;
        Ok(match knows {
            true => {
                Grant { status: StatusCode::NO_NOTIFICATION, expires, due: Due::Nothing, is_first: false }
            }
            false => Grant { status: StatusCode::OK, expires, due: Due::Whole, is_first: false },
        })
    }

    /// Has the store keep a subscription; its SUBSCRIBE is answered after that. One that ends needs no keeping.
    fn keep(&mut self, now: Instant, id: u64, held: Held, grant: Grant) {
        if grant.expires.is_zero() {
            return self.kept(now, id, &held, grant, Ok(()));
        }
        let Some(subscription) = self.subscriptions.get(&id) else { return };
        let kept = Ask::Keep(Box::new(subscription.kept(now)));
        if let Err(back) = self.ask(Purpose::Keep(id, held, grant), kept)
            && let Purpose::Keep(_, held, grant) = *back
        {
            self.kept(now, id, &held, grant, Err(Refusal::StoreBusy));
        }
    }

    /// A subscription is durable, or is not.
    pub(super) fn kept(
        &mut self,
        now: Instant,
        id: u64,
        held: &Held,
        grant: Grant,
        result: Result<(), Refusal>,
    ) {
        let Ok(message) = Message::parse(&held.request) else { return };
        let result = result.map_err(denial);
        if let Err(denial) = result {
            self.deny(now, held, &denial);
            if grant.is_first {
                self.remove(id);
            }
            return;
        }
        let is_list = self.subscriptions.get(&id).is_some_and(|s| self.list_of(&s.resource).is_some());
        let Some(subscription) = self.subscriptions.get_mut(&id) else {
            let status = StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST;
            return self.deny(now, held, &Denial::new(status, Cause::NoSuchDialog));
        };
        subscription.is_kept = true;
        let tag = subscription.dialog.id().local_tag.clone();
        let mut response = Response::to(&message, &held.flow, grant.status, Some(&tag))
            .copy(&message, HeaderName::RECORD_ROUTE)
            .header(HeaderName::CONTACT, format!("<{}>", subscription.contact))
            .header(HeaderName::EXPIRES, grant.expires.as_secs().to_string());
        if grant.is_first {
            response = response.header(HeaderName::ALLOW_EVENTS, request::allow_events(&self.settings));
        }
        if is_list {
            response = response.header(HeaderName::REQUIRE, OptionTag::EVENTLIST.as_str());
        }
        let bytes = response.finish();
        let change = match (grant.is_first, grant.expires.is_zero()) {
            (true, false) => Change::Began(now + grant.expires),
            (false, false) => Change::Refreshed(now + grant.expires),
            (true, true) => Change::Fetched,
            (false, true) => Change::Ended,
        };
        if grant.expires.is_zero() {
            subscription.standing = Standing::Terminated(Reason::Timeout);
        }
        self.note(now, id, change);
        self.respond(now, held, &message, grant.status, Cause::Done, bytes);
        // 204 to its end says all (RFC 5839 §5.7).
        if grant.expires.is_zero() && grant.due == Due::Nothing {
            return self.remove(id);
        }
        self.owe(id, grant.due);
    }
}

/// How the subscription of a watcher begins.
fn standing(
    default: Permission,
    package: &Package,
    resource: &Resource,
    rules: &Rules,
    watcher: &Watcher,
) -> Result<Standing, Denial> {
    match permission(default, package, resource, rules, watcher) {
        Permission::Allow => Ok(Standing::Active),
        Permission::Ask => Ok(Standing::Pending),
        Permission::Deny => {
            let cause = Cause::MayNotWatch(Shown::from(resource.aor.as_bytes()));
            Err(Denial::new(StatusCode::FORBIDDEN, cause))
        }
    }
}

/// The refusal of what makes no dialog, or comes out of order.
fn denial_of(fault: DialogFault) -> Denial {
    match fault {
        DialogFault::CSeqOrder => Denial::new(StatusCode::SERVER_INTERNAL_ERROR, Cause::CSeqOrder),
        DialogFault::Malformed(fault) => Denial::from(fault),
        other => Denial::malformed(other.header().unwrap_or(HeaderName::CONTACT), 0),
    }
}

/// Most first SUBSCRIBEs that wait for the state of one resource.
const WAITING_PER_RESOURCE_MAX: usize = 256;
