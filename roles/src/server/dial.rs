//! The dial plan at work: what its rules say of a request is done here.

use super::{Output, Server};
use crate::access::{Denial, Extra};
use crate::location::{Aor, Bindings};
use crate::proxy::Destination;
use crate::redirect;
use crate::routing::Routed;
use crate::routing::plan::{Action, HopGroup, PlanTarget, Question, Reject, Rule};
use core::fmt::Write as _;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Entry, Fact, Shown};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Host, Message, Scheme, Uri};
use ringback_sip::time::Instant;
use std::sync::Arc;

impl Server {
    /// Asks the plan where a request goes that may pass. `is_proven`: its sender is the user in From, or nobody
    /// must prove anything. Requests within dialogs, and those with a way of their own, follow that.
    pub(super) fn route(&mut self, now: Instant, message: &Message<'_>, flow: Flow, is_proven: bool) {
        let plan = Arc::clone(&self.plan);
        if plan.rules.is_empty() && plan.users.is_empty() {
            return self.locate(now, message, flow);
        }
        let Ok(routed) = Routed::read(message, self.proxy.place()) else { return };
        let in_dialog = message.to().is_ok_and(|to| to.tag().is_some());
        let uri = Uri::parse(routed.request_uri).ok().filter(|_| !in_dialog && routed.next_route.is_none());
        let Some(uri) = uri else { return self.locate(now, message, flow) };
        let caller = message.from().ok().and_then(|from| Uri::parse(from.uri).ok());
        let question = Question {
            method: message.method_token(),
            uri,
            caller,
            is_proven,
            source: flow.remote_ip(),
            transport: flow.transport,
            at: now,
        };
        let decision = plan.decide(self.access.domains(), &question, |_, _| {});
        let Some(rule) = decision.rule else {
            return self.deliver(now, message, flow, &uri, &decision.target, is_proven);
        };
        let cause = Cause::Rule(Shown::from(&*rule.name), rule.line);
        match &rule.action {
            Action::Redirect(told) => {
                let denial = redirect::to_contacts(told.status, cause, &decision.contacts, &uri);
                self.deny_once(now, message, flow, denial);
            }
            Action::Reject(reject) => {
                let denial = self.refusal(reject, cause);
                self.deny_once(now, message, flow, denial);
            }
            Action::Hops(place) => {
                self.note_route(now, message, rule, &decision.target.uri(&uri));
                match plan.hops.get(*place) {
                    Some(group) => self.forward_to_hops(now, message, flow, &uri, &decision.target, group),
                    None => debug_assert!(false, "a rule names a group that is not there"),
                }
            }
            Action::Forward | Action::Continue => {
                self.note_route(now, message, rule, &decision.target.uri(&uri));
                self.deliver(now, message, flow, &uri, &decision.target, is_proven || rule.is_open);
            }
        }
    }

    /// Takes a request to whom its target names: a user of ours, or another domain.
    fn deliver(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        flow: Flow,
        was: &Uri<'_>,
        target: &PlanTarget,
        may_leave: bool,
    ) {
        if self.access.domains().main_of(&Host(&target.domain)).is_none() {
            if !target.is_changed {
                return self.locate(now, message, flow);
            }
            let uri = target.uri(was);
            if !may_leave {
                let denial = Denial::new(StatusCode::FORBIDDEN, Cause::Relay(Shown::from(&*uri)));
                return self.deny(now, message, &flow, &denial);
            }
            let uri = Some(uri.into_boxed_slice());
            let destination = Destination { uri, path: Box::default(), q: 1000, flow: None, hop: None };
            return self.forward(now, message, flow, vec![destination]);
        }
        if !target.is_changed && !self.proxy.place().is_us(was) {
            // Another port of our address is not us.
            return self.locate(now, message, flow);
        }
        if target.user.is_empty() {
            return self.deny_unknown(now, message, flow, &target.uri(was));
        }
        let aor = Aor::from_canonical(&[&target.user, &b"@"[..], &target.domain].concat());
        let plan = Arc::clone(&self.plan);
        match plan.users.get(&aor) {
            Some(state) => self.deny_once(now, message, flow, redirect::to_state(&aor, state, was)),
            None => self.locate_user(now, message, flow, aor),
        }
    }

    /// Sends a request to a group of next hops, the first one first.
    fn forward_to_hops(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        flow: Flow,
        was: &Uri<'_>,
        target: &PlanTarget,
        group: &HopGroup,
    ) {
        let mut destinations = Vec::with_capacity(group.targets.len());
        for place in group.order(|_| true, &mut self.dice) {
            let hop: Arc<str> = Arc::from(&*group.targets[place].uri);
            let Ok(uri) = Uri::parse(hop.as_bytes()) else { continue };
            if was.scheme == Scheme::Sips && uri.scheme != Scheme::Sips {
                continue;
            }
            let q = 1000_u16.saturating_sub(destinations.len() as u16);
            let (uri, path) = way(&uri, was, target);
            destinations.push(Destination {
                uri: Some(uri),
                path,
                q,
                flow: None,
                hop: Some(Arc::clone(&hop)),
            });
        }
        if destinations.is_empty() {
            return self.deny_once(now, message, flow, redirect::unprotected());
        }
        self.forward(now, message, flow, destinations);
    }

    /// Whether a request is answered with where its user is (RFC 3261 §8.3).
    pub(super) fn redirects(&self, message: &Message<'_>) -> bool {
        self.redirect && message.to().is_ok_and(|to| to.tag().is_none())
    }

    /// Tells where a user is.
    pub(super) fn tell_bindings(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        flow: Flow,
        bindings: &Bindings,
    ) {
        let target =
            Routed::read(message, self.proxy.place()).map_or(message.request_uri(), |r| r.request_uri);
        let denial = Uri::parse(target).ok().and_then(|uri| redirect::to_bindings(now, bindings, &uri));
        if let Some(denial) = denial {
            self.deny_once(now, message, flow, denial);
        }
    }

    /// The answer of a rule that refuses.
    fn refusal(&self, reject: &Reject, cause: Cause) -> Denial {
        let mut denial = Denial::new(reject.status, cause);
        if let Some(phrase) = &reject.phrase {
            denial.extra = Some(Box::new(Extra { phrase: Some(phrase.clone()), body: None }));
        }
        if let Some(secs) = reject.retry_after_secs {
            denial = denial.with(HeaderName::RETRY_AFTER, secs.to_string());
        }
        if let Some(text) = &reject.warning {
            let agent = self.access.domains().mains().next().unwrap_or(b"ringback");
            let mut value = format!("399 {} \"", String::from_utf8_lossy(agent));
            for c in text.chars() {
                // Writing to a String cannot fail.
                let _ = if matches!(c, '"' | '\\') { write!(value, "\\{c}") } else { write!(value, "{c}") };
            }
            value.push('"');
            denial = denial.with(HeaderName::WARNING, value);
        }
        denial
    }

    fn note_route(&mut self, now: Instant, message: &Message<'_>, rule: &Rule, target: &[u8]) {
        let (line, target) = (rule.line, Shown::from(target));
        let fact = Fact::Routed { rule: Shown::from(&*rule.name), line, target };
        let call_id = message.call_id().unwrap_or_default();
        self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
    }
}

/// The Request-URI and the Route for a next hop: a loose router gets the target untouched and is named in a Route;
/// any other one becomes the host of the target.
fn way(hop: &Uri<'_>, was: &Uri<'_>, target: &PlanTarget) -> (Box<[u8]>, Box<[u8]>) {
    let uri = target.uri(was);
    if hop.is_loose_router() {
        return (uri.into(), [b"<", hop.raw, b">"].concat().into());
    }
    let here = Uri::parse(&uri).unwrap_or(*was);
    let at = hop.raw.iter().position(|&b| b == b':').map_or(0, |colon| colon + 1);
    let mut text = hop.raw[..at].to_vec();
    if !here.user.is_empty() {
        text.extend_from_slice(here.user);
        text.push(b'@');
    }
    let host = hop.raw[at..].iter().position(|&b| b == b'@').map_or(at, |sign| at + sign + 1);
    text.extend_from_slice(&hop.raw[host..]);
    if let Some(phone) = here.params.get(b"user") {
        text.extend_from_slice(b";user=");
        text.extend_from_slice(phone);
    }
    (text.into(), Box::default())
}
