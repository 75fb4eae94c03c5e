//! Requests that pass through: who may send them, and where they go (RFC 3261 §16.3 to §16.5).

use super::outcome::{incomplete, located};
use super::sips;
use super::targets::{Wanted, destinations, ways_to_instance};
use super::{Output, Server, Stage};
use crate::access::{Asker, Denial, Passage, Why};
use crate::location::Bindings;
use crate::proxy::Destination;
use crate::registrar::Gruu;
use crate::routing::{Disposition, Routed};
use crate::store::Ask;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Binding as Change, Cause, Entry, Fact, Shown};
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::{Message, Response, Scheme, Uri};
use ringback_sip::time::Instant;

impl Server {
    /// Judges a request that passes through: hop limit, loop, Proxy-Require, and whether its sender may.
    pub(super) fn pass(&mut self, now: Instant, routed: &Routed<'_>, flow: Flow) {
        let message = routed.message;
        match self.over_flow(routed, &flow) {
            Ok(Some(over)) => {
                self.forward(now, routed, flow, vec![Destination::over(over)]);
                return;
            }
            Ok(None) => {}
            Err(denial) => return self.deny(now, message, &flow, &denial),
        }
        if !self.edge.domains.is_empty() && self.pass_edge(now, routed, flow) {
            return;
        }
        let denial = match self.may_pass(routed) {
            Ok(Passage::Free(why)) => return self.route(now, routed, flow, why == Why::Laboratory),
            Ok(Passage::Prove { asker, realm, claim }) => {
                let name = self.access.name_of(message);
                match self.access.begin(now, (message, name), &flow, asker, &realm) {
                    Ok((ask, begun)) => {
                        return self.ask(ask, Stage::Prove { asker, realm, claim, begun });
                    }
                    Err(denial) => denial,
                }
            }
            Ok(Passage::Refused(cause)) => Denial::new(StatusCode::FORBIDDEN, cause),
            Err(denial) => denial,
        };
        // A request for whom the hop limit ends may still learn whom it reached (RFC 3261 §11).
        if denial.status == StatusCode::TOO_MANY_HOPS && message.method() == Some(Method::Options) {
            return self.answer_options(now, message, &flow);
        }
        self.deny(now, message, &flow, &denial);
    }

    /// The flow that a request brings the token of. The name of an instance of ours means a contact all the same.
    fn over_flow(&self, routed: &Routed<'_>, source: &Flow) -> Result<Option<Flow>, Denial> {
        if routed.users == [None; 2] {
            return Ok(None);
        }
        let over = self.flow_asked(routed, source)?;
        if over.is_none() || matches!(self.whose(routed), Whose::User(_)) {
            return Ok(None);
        }
        self.may_go_on(routed.message)?;
        Ok(over)
    }

    /// Whether a request has hops left and does not run in a circle.
    pub(super) fn may_go_on(&self, message: &Message<'_>) -> Result<(), Denial> {
        if message.max_forwards()? == Some(0) {
            return Err(Denial::new(StatusCode::TOO_MANY_HOPS, Cause::HopLimit));
        }
        if self.proxy.is_loop(message) {
            return Err(Denial::new(StatusCode::LOOP_DETECTED, Cause::Loop));
        }
        Ok(())
    }

    fn may_pass(&self, routed: &Routed<'_>) -> Result<Passage, Denial> {
        let message = routed.message;
        self.may_go_on(message)?;
        if message.header(HeaderName::PROXY_REQUIRE).is_some() {
            let tags: Vec<_> = message.values(HeaderName::PROXY_REQUIRE).collect();
            let tags = tags.join(&b", "[..]);
            let denial = Denial::new(StatusCode::BAD_EXTENSION, Cause::Extension(Shown::from(&*tags)));
            return Err(denial.with(HeaderName::UNSUPPORTED, tags));
        }
        let for_events = self.is_for_events(message);
        // The mark of a call proves nothing about who watches or publishes.
        let sealed = !for_events && self.proxy.is_sealed(routed);
        let mut passage = self.access.passage(message, sealed)?;
        // What comes from outside reaches our users only: not another port of our address, and not another
        // element by way of a Route.
        let is_number = routed.target.is_some_and(|uri| uri.scheme == Scheme::Tel);
        let ours = routed.has_arrived() || (is_number && routed.next_route.is_none());
        if matches!(passage, Passage::Free(Why::Inbound | Why::Probe)) && !ours {
            return Ok(Passage::Refused(relay(routed)));
        }
        if let Passage::Prove { asker, .. } = &mut passage
            && for_events
            && routed.is_ours
        {
            *asker = Asker::Server;
        }
        if let Passage::Prove { .. } | Passage::Free(Why::Laboratory) = passage {
            self.check_own_names(message)?;
        }
        Ok(passage)
    }

    /// Whether a request begins a subscription or publishes, as the notifier here takes it for our users.
    fn is_for_events(&self, message: &Message<'_>) -> bool {
        self.presence.serves(message) && message.to().is_ok_and(|to| to.tag().is_none())
    }

    /// Nobody of ours gives another user's name of an instance as its Contact (RFC 5627 §6.2).
    fn check_own_names(&self, message: &Message<'_>) -> Result<(), Denial> {
        let domains = self.access.domains();
        for contact in message.contacts().filter_map(Result::ok) {
            let uri = Uri::parse(contact.uri).ok().filter(|uri| uri.params.has(b"gr"));
            let Some(gruu) = uri.and_then(|uri| self.gruus.read(domains, &uri)) else { continue };
            let from = Uri::parse(message.from()?.uri).ok().and_then(|uri| domains.aor_of(&uri));
            if from.as_ref() != Some(&gruu.aor) {
                let cause = Cause::NotOwner(Shown::from(gruu.aor.as_bytes()));
                return Err(Denial::new(StatusCode::FORBIDDEN, cause));
            }
        }
        Ok(())
    }

    /// Determines the targets of a request that may pass (RFC 3261 §16.5).
    pub(super) fn locate(&mut self, now: Instant, routed: &Routed<'_>, flow: Flow, is_proven: bool) {
        match self.whose(routed) {
            Whose::User(wanted) => {
                self.locate_wanted(now, routed.message, flow, Wanted { is_proven, ..wanted });
            }
            Whose::Nobody => self.deny_unknown(now, routed.message, flow, routed.request_uri, is_proven),
            Whose::Elsewhere => {
                self.forward(now, routed, flow, vec![self.routed_destination(routed)]);
            }
        }
    }

    /// Asks where a user of ours is; what is for its events is served here.
    pub(super) fn locate_wanted(&mut self, now: Instant, message: &Message<'_>, flow: Flow, wanted: Wanted) {
        if wanted.gruu.is_none() && self.is_for_events(message) {
            return self.serve_event(now, message, flow, Some(wanted.aor));
        }
        self.ask(Ask::Bindings(wanted.aor.clone()), Stage::Locate(wanted));
    }

    pub(super) fn deny_unknown(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        flow: Flow,
        who: &[u8],
        is_proven: bool,
    ) {
        let cause = Cause::UnknownUser(Shown::from(who));
        self.deny(now, message, &flow, &Denial::new(self.access.status_for_nobody(is_proven), cause));
    }

    fn whose(&self, routed: &Routed<'_>) -> Whose {
        match routed.target.filter(|_| routed.is_ours) {
            // The name of an instance means one contact, also where a Route leads beyond (RFC 5627 §6.1).
            Some(uri) if uri.params.has(b"gr") || routed.next_route.is_none() => {
                self.wanted(&uri).map_or(Whose::Nobody, Whose::User)
            }
            _ => Whose::Elsewhere,
        }
    }

    /// Whom a URI of our domains names: a user, or one instance; `None` for nobody.
    pub(super) fn wanted(&self, uri: &Uri<'_>) -> Option<Wanted> {
        let domains = self.access.domains();
        if !uri.params.has(b"gr") {
            return domains.aor_of(uri).map(Wanted::user);
        }
        let gruu = self.gruus.read(domains, uri)?;
        Some(Wanted { gruu: Some(gruu.clone()), ..Wanted::user(gruu.aor) })
    }

    /// The destination that the request itself names.
    fn routed_destination(&self, routed: &Routed<'_>) -> Destination {
        let uri = (routed.request_uri != routed.message.request_uri()).then(|| routed.request_uri.into());
        let flow = self.proxy.way_back(routed);
        // A stream is the phone's own: when it is gone, nobody waits at its port.
        let flow_only = routed.next_route.is_none() && flow.is_some_and(|flow| flow.connection.is_some());
        Destination { uri, flow, flow_only, ..Destination::as_it_is() }
    }

    /// An ACK to a 2xx goes the way of its dialog, without a transaction (RFC 3261 §16.6, §16.11).
    /// One that acknowledges a refusal which we sent without a transaction has reached its end, and must not come
    /// to the user whom the INVITE was for (§8.2.7).
    pub(super) fn route_ack(&mut self, now: Instant, message: &Message<'_>, flow: Flow) {
        if message.to().is_ok_and(|to| to.tag() == Some(Response::tag(message, &self.key).as_bytes())) {
            return;
        }
        let routed = Routed::read(message, self.proxy.place()).ok();
        let dead = message.max_forwards() == Ok(Some(0));
        let cause = match routed.map(|routed| (self.whose(&routed), routed)) {
            _ if dead => Cause::HopLimit,
            Some((Whose::Elsewhere, routed)) if self.proxy.is_sealed(&routed) => {
                let destination = self.routed_destination(&routed);
                return self.proxy.forward_stateless(now, flow, &routed, destination);
            }
            Some((Whose::User(wanted), _)) => {
                let ask = Ask::Bindings(wanted.aor.clone());
                return self.ask(ask, Stage::LocateStateless(wanted));
            }
            _ => Cause::NoSuchDialog,
        };
        self.drop_message(now, message.call_id().unwrap_or_default(), flow.remote, cause);
    }

    /// A CANCEL of a request that is not known here goes, without a transaction, where its request would go: another
    /// instance may have forwarded that (RFC 3261 §16.10). Nobody can be asked for a password with it, so it passes
    /// only to our own users and within a dialog that was let through; where we are the last that it could be meant
    /// for, it is 481.
    pub(super) fn route_cancel(&mut self, now: Instant, message: &Message<'_>, flow: Flow) {
        let denial = match self.may_cancel(message) {
            Ok((Whose::User(wanted), _)) => {
                let ask = Ask::Bindings(wanted.aor.clone());
                return self.ask(ask, Stage::LocateStateless(wanted));
            }
            Ok((Whose::Elsewhere, routed)) => {
                let destination = self.routed_destination(&routed);
                return self.proxy.forward_stateless(now, flow, &routed, destination);
            }
            Ok((Whose::Nobody, _)) => return self.end_stateless(now, message, &flow),
            Err(denial) => denial,
        };
        self.deny(now, message, &flow, &denial);
    }

    fn may_cancel<'m>(&self, message: &'m Message<'m>) -> Result<(Whose, Routed<'m>), Denial> {
        self.may_go_on(message)?;
        let routed = Routed::read(message, self.proxy.place())?;
        let whose = self.whose(&routed);
        if matches!(whose, Whose::Elsewhere) && !self.proxy.is_sealed(&routed) {
            return Err(Denial::new(StatusCode::FORBIDDEN, relay(&routed)));
        }
        Ok((whose, routed))
    }

    /// The end of an ACK or CANCEL for which there is no next hop.
    pub(super) fn end_stateless(&mut self, now: Instant, message: &Message<'_>, flow: &Flow) {
        if message.method() == Some(Method::Cancel) {
            let status = StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST;
            return self.deny(now, message, flow, &Denial::new(status, Cause::NoSuchDialog));
        }
        self.drop_message(now, message.call_id().unwrap_or_default(), flow.remote, Cause::NoSuchDialog);
    }

    /// Forwards a request to where its user is, or tells the caller; 480 for a user who is nowhere, 404 for nobody.
    pub(super) fn forward_to_bindings(
        &mut self,
        now: Instant,
        routed: &Routed<'_>,
        flow: Flow,
        wanted: &Wanted,
        is_user: bool,
        bindings: &Bindings,
    ) {
        let message = routed.message;
        let (usable, gone) = self.ended.sort(now, bindings);
        let call_id = message.call_id().unwrap_or_default();
        for (binding, since) in &gone {
            let (aor, contact) = (wanted.aor.as_bytes().into(), binding.contact().into());
            let fact = Fact::Binding { aor, contact, change: Change::FlowGone(*since) };
            self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
        }
        let is_told = self.redirects(message) || (wanted.is_proven && Disposition::of(message).redirect);
        let (usable, is_any) = match wanted.gruu {
            None => self.preferred(now, message, wanted.aor.as_bytes(), is_told, usable),
            Some(_) => (usable, true),
        };
        let bindings = &usable;
        let result = match &wanted.gruu {
            Some(gruu) => self.located_instance(now, routed, wanted, gruu, is_user, bindings),
            None => {
                let told = routed.target.filter(|_| is_told);
                let found = located(now, &wanted.aor, is_user, bindings, told.as_ref());
                found.map_err(|denial| match &wanted.incomplete {
                    Some(rule) => incomplete(denial, rule.clone()),
                    None => denial,
                })
            }
        };
        let result = result.and_then(|destinations| sips::fit(message.request_uri(), destinations));
        match result {
            Ok(destinations) => {
                if self.forward(now, routed, flow, destinations) {
                    self.note_rings(now, message, &wanted.aor);
                }
            }
            Err(mut denial) => {
                if !gone.is_empty() && matches!(denial.cause, Cause::NoBinding(_)) {
                    denial.cause = Cause::FlowGone;
                }
                if !is_any && matches!(denial.cause, Cause::NoBinding(_)) {
                    denial.cause = Cause::Unwanted;
                }
                if self.may_keep(message, wanted, &denial) {
                    return self.keep_message(now, message, flow, wanted.aor.clone());
                }
                if denial.status == StatusCode::NOT_FOUND {
                    denial.status = self.access.status_for_nobody(wanted.is_proven);
                }
                self.deny_once(now, message, flow, denial);
            }
        }
    }

    /// The bindings of whom a request is for as destinations. `has_way`: a Route beyond us says where to go.
    pub(super) fn destinations(
        &self,
        now: Instant,
        has_way: bool,
        wanted: &Wanted,
        bindings: &Bindings,
    ) -> Vec<Destination> {
        let Some(gruu) = &wanted.gruu else { return destinations(now, bindings) };
        ways_to_instance(now, bindings, |b| self.gruus.names(gruu, b), has_way)
    }

    /// Where an instance is: 480 when its public name has no contact, 404 when a temporary one is not good any more
    /// (RFC 5627 §5.3, §6.1).
    fn located_instance(
        &self,
        now: Instant,
        routed: &Routed<'_>,
        wanted: &Wanted,
        gruu: &Gruu,
        is_user: bool,
        bindings: &Bindings,
    ) -> Result<Vec<Destination>, Denial> {
        let destinations = self.destinations(now, routed.next_route.is_some(), wanted, bindings);
        if !destinations.is_empty() {
            return Ok(destinations);
        }
        let shown = Shown::from(wanted.aor.as_bytes());
        Err(if is_user && gruu.is_public() {
            Denial::new(StatusCode::TEMPORARILY_UNAVAILABLE, Cause::NoBinding(shown))
        } else {
            Denial::new(StatusCode::NOT_FOUND, Cause::UnknownUser(shown))
        })
    }

    /// Denies in a transaction what may be granted a moment later: a copy of a call that was told that nobody is
    /// there must not ring the phone that registers meanwhile.
    pub(super) fn deny_once(&mut self, now: Instant, message: &Message<'_>, flow: Flow, denial: Denial) {
        let bytes = denial.respond(message, &flow, Response::tag(message, &self.key).as_bytes());
        let peer = flow.remote;
        let call_id = message.call_id().unwrap_or_default();
        let sent = Fact::Answered {
            method: message.method(),
            status: denial.status,
            peer,
            cause: denial.cause.clone(),
        };
        if !self.may_refuse(now, call_id, &flow, &sent) {
            return;
        }
        let fact = match self.proxy.answer(now, flow, message, denial.status, bytes) {
            Ok(()) => sent,
            Err(refusal) if refusal.status().is_some() => return self.deny(now, message, &flow, &denial),
            Err(_) => Fact::Dropped { peer, cause: Cause::TransactionState },
        };
        self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
    }

    /// Forwards a request, or says why not; whether it was forwarded.
    pub(super) fn forward(
        &mut self,
        now: Instant,
        routed: &Routed<'_>,
        flow: Flow,
        destinations: Vec<Destination>,
    ) -> bool {
        let message = routed.message;
        match self.proxy.forward(now, flow, routed, destinations) {
            Ok(()) => {
                self.note_passed(now, message);
                return true;
            }
            Err(Some((status, cause))) => {
                let mut denial = self.refusal(message, status, cause);
                if let Cause::IntervalTooBrief(min) = denial.cause {
                    denial = denial.with(HeaderName::MIN_SE, min.as_secs().to_string());
                }
                self.deny(now, message, &flow, &denial);
            }
            Err(None) => {
                let call_id = message.call_id().unwrap_or_default();
                let fact = Fact::Dropped { peer: flow.remote, cause: Cause::TransactionState };
                self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
            }
        }
        false
    }
}

/// Whose a request's target is.
enum Whose {
    /// A user's of our domains, or of one instance.
    User(Wanted),
    /// Ours, and no user's.
    Nobody,
    /// Another element's.
    Elsewhere,
}

/// That a request may not go on to where it wants to go: the next Route, else the Request-URI.
fn relay(routed: &Routed<'_>) -> Cause {
    Cause::Relay(Shown::from(routed.next_route.unwrap_or(routed.request_uri)))
}
