//! Registering our contact (RFC 3261 §10.2).

use super::alarms::Alarm;
use super::command::{PLAIN, RegId, Registering};
use super::draft::{Draft, OurContact, Who, contact_uri, loose};
use super::event::{Bound, Event, Outcome};
use super::exchange::{Exchange, Purpose};
use super::lifetime::{Lifetime, seconds};
use super::registered::{Learned, Registration};
use super::state::{Agent, PRODUCT};
use bytes::Bytes;
use ringback_sip::journal::Shown;
use ringback_sip::registry::{HeaderName, Method, OptionTag, StatusCode};
use ringback_sip::syntax::{Message, NameAddr, Uri, is_sips};
use ringback_sip::time::Duration;

/// The wait after the first failure; it doubles with each further one.
const RETRY: Duration = Duration::from_secs(30);
/// Longest wait between tries.
const RETRY_MAX: Duration = Duration::from_secs(1800);
/// Most bindings that are told.
const BINDINGS_MAX: usize = 64;

impl Agent {
    /// Sends a REGISTER, or keeps the wish until the one under way is answered (RFC 3261 §10.2: never two at once).
    pub(super) fn register(&mut self, what: Registering) {
        self.registrations_for(what).into_iter().for_each(|id| self.register_over(id, what));
    }

    /// The same for one registration, over its flow.
    pub(super) fn register_over(&mut self, reg_id: RegId, what: Registering) {
        self.alarms.stop(Alarm::Register(reg_id));
        if !self.registrations.contains_key(&reg_id) {
            let registration = Registration {
                call_id: self.new_tag(),
                tag: self.new_tag(),
                cseq: 0,
                pending: None,
                next: None,
                expires: Lifetime::new(self.settings.expires),
                failures: 0,
                kept: None,
                learned: Learned::default(),
            };
            self.registrations.insert(reg_id, registration);
        }
        let id = self.new_exchange();
        let from = self.registrations.get(&reg_id).map(|r| r.tag.clone()).map(|tag| self.our_from(&tag));
        let (proxy, params) = (self.proxy_of(reg_id), self.flow_params(reg_id));
        let Some(registration) = self.registrations.get_mut(&reg_id) else { return };
        if registration.pending.is_some() {
            registration.next = Some(what);
            return;
        }
        registration.cseq += 1;
        registration.pending = Some((what, id));
        let who = Who {
            from: from.unwrap_or_default(),
            to: format!("<{}>", self.settings.aor).into_bytes().into(),
            call_id: registration.call_id.clone(),
            cseq: registration.cseq,
        };
        let expires = registration.expires.get().as_secs();
        let target = registrar_of(&self.settings.aor);
        let hops: Vec<String> = proxy.as_deref().map(loose).into_iter().collect();
        let mut draft =
            Draft::outside(Method::Register, &target, &hops, who).with(HeaderName::USER_AGENT, PRODUCT);
        if self.settings.outbound.is_some() {
            draft = draft.with(HeaderName::SUPPORTED, OptionTag::PATH.as_str());
        }
        match what {
            Registering::Keep | Registering::Once => {
                draft.contact =
                    OurContact::With(format!("{params}{};expires={expires}", self.settings.features));
            }
            Registering::Remove => draft.contact = OurContact::With(format!("{params};expires=0")),
            Registering::RemoveAll => {
                draft.contact = OurContact::Star;
                draft = draft.with(HeaderName::EXPIRES, "0");
            }
            Registering::Query => {}
        }
        self.send(id, draft, Purpose::Register(reg_id));
    }

    /// The REGISTER under way has ended.
    pub(super) fn registration_ended(
        &mut self,
        id: RegId,
        exchange: Exchange,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) {
        let has_flows = self.has_flows();
        let Some(registration) = self.registrations.get_mut(&id) else { return };
        let Some((what, _)) = registration.pending.take() else { return };
        match (outcome, response) {
            (Outcome::Status(status), Some(response)) if status.is_success() => {
                registration.expires.settled();
                self.registered(id, what, &exchange, response);
                // A flow counts as good when it has answered a sign of life, too (RFC 5626 §4.5).
                let is_good = |r: &&mut Registration| r.kept.as_ref().is_none_or(|kept| kept.proven);
                if let Some(registration) = self.registrations.get_mut(&id).filter(is_good) {
                    registration.failures = 0;
                }
                if what == Registering::Keep {
                    self.try_refused(id);
                }
            }
            // Whoever stands between does not know flows: without one it may pass (RFC 5626 §11.6).
            (Outcome::Status(StatusCode::FIRST_HOP_LACKS_OUTBOUND_SUPPORT), _) if has_flows => {
                self.leave_flows(id);
                return self.register_over(id, what);
            }
            (Outcome::Status(StatusCode::INTERVAL_TOO_BRIEF), Some(response))
                if registration.expires.raise(response) =>
            {
                return self.register_over(id, what);
            }
            _ => self.registration_failed(id, what, outcome, response),
        }
        self.register_next(id);
    }

    fn registered(&mut self, id: RegId, what: Registering, exchange: &Exchange, response: &Message<'_>) {
        let local = exchange.target.and_then(|t| self.settings.local_for(&t));
        match what {
            Registering::Keep => self.flow_registered(id, exchange.flow, response),
            Registering::Remove | Registering::RemoveAll => self.forget_flow(id),
            Registering::Once | Registering::Query => {}
        }
        // Flows leave together: the last one tells.
        if what == Registering::Remove && self.registrations.values().any(|r| r.pending.is_some()) {
            return;
        }
        let reg_id = id.to_string();
        let ours = local.map(|l| contact_uri(l, &self.user(), is_sips(self.settings.aor.as_bytes())));
        let asked = self.registrations.get(&id).map_or(self.settings.expires, |r| r.expires.get());
        let header = seconds(response.header(HeaderName::EXPIRES));
        let mut granted = None;
        let mut learned = Learned::of(response, None);
        let mut bindings = Vec::new();
        for contact in response.contacts().flatten().take(BINDINGS_MAX) {
            let expires = seconds(contact.param(b"expires")).or(header);
            let is_ours = ours.as_ref().is_some_and(|ours| same_uri(ours.as_bytes(), &contact));
            let is_of_flow = contact.param(b"reg-id").is_none_or(|other| other == reg_id.as_bytes());
            if is_ours && is_of_flow {
                granted = Some(expires.unwrap_or(asked));
                learned = Learned::of(response, Some(&contact));
            }
            bindings.push(Bound { contact: Shown::from(contact.uri), expires, ours: is_ours });
        }
        let wanted = matches!(what, Registering::Keep | Registering::Once);
        if let Some(registration) = self.registrations.get_mut(&id).filter(|_| what != Registering::Query) {
            registration.learned = if wanted { learned } else { Learned::default() };
        }
        let expires = match (granted, wanted) {
            (Some(granted), true) => granted,
            // A registrar that does not list our contact has still said yes.
            (None, true) => header.unwrap_or(asked),
            (_, false) => Duration::ZERO,
        };
        if what == Registering::Keep && !expires.is_zero() {
            let half = expires.as_millis() as u64 / 2;
            let wait = half + self.entropy.below(half * 4 / 5 + 1);
            self.alarms.set(self.now + Duration::from_millis(wait.max(1000)), Alarm::Register(id));
        }
        self.tell(Event::Registered { bindings, expires });
    }

    /// Flows that were refused before any lived are tried again now that this one does.
    fn try_refused(&mut self, id: RegId) {
        let is_idle = |other: RegId, r: &Registration| {
            let waits = self.alarms.is_set(Alarm::Register(other));
            other != id && r.failures > 0 && r.kept.is_none() && r.pending.is_none() && !waits
        };
        let others = self.registrations.iter().filter(|(other, r)| is_idle(**other, r));
        let refused: Vec<RegId> = others.map(|(other, _)| *other).collect();
        for other in refused {
            let wait = self.flow_wait(other);
            self.alarms.set(self.now + wait, Alarm::Register(other));
        }
    }

    fn registration_failed(
        &mut self,
        id: RegId,
        what: Registering,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) {
        self.forget_flow(id);
        let failures = self.registrations.get_mut(&id).map_or(1, |r| {
            r.failures += 1;
            r.failures
        });
        // A refusal for good is not asked again; all else may pass (RFC 3261 §10.2.7).
        let hopeless = match outcome {
            Outcome::Status(status) => {
                matches!(status.number(), 400..=407 | 409..=422 | 424..=499 | 600..=699)
            }
            Outcome::Target | Outcome::Limit | Outcome::Package => true,
            Outcome::Timeout(_) | Outcome::Transport(_) | Outcome::Dns(_) => false,
        };
        // One that is refused while another flow lives is tried as one that fails (RFC 5626 §4.5): what refuses it
        // may be on its way alone.
        let has_other = self.registrations.values().any(|r| r.kept.is_some());
        let retry = (what == Registering::Keep && (!hopeless || has_other)).then(|| {
            let asked = response.and_then(|r| seconds(r.header(HeaderName::RETRY_AFTER)));
            let doubled = RETRY * (1 << (failures - 1).min(6));
            match id {
                PLAIN => asked.unwrap_or(doubled).min(RETRY_MAX),
                // Not sooner than we would ourselves (RFC 5626 §4.5).
                _ => self.flow_wait(id).max(asked.unwrap_or_default().min(RETRY_MAX)),
            }
        });
        if let Some(wait) = retry {
            self.alarms.set(self.now + wait, Alarm::Register(id));
        }
        if self
            .registrations
            .iter()
            .any(|(other, r)| *other != id && (r.kept.is_some() || r.pending.is_some()))
        {
            return self.tell(Event::FlowLost { flow: id, outcome, retry });
        }
        let response = response.map(|r| Bytes::copy_from_slice(r.bytes()));
        self.tell(Event::RegistrationFailed { outcome, retry, response });
    }
}

/// The domain of an address of record: the Request-URI of a REGISTER has no user part (RFC 3261 §10.2).
fn registrar_of(aor: &str) -> Vec<u8> {
    let Ok(uri) = Uri::parse(aor.as_bytes()) else { return aor.as_bytes().to_vec() };
    let mut out = if is_sips(aor.as_bytes()) { b"sips:".to_vec() } else { b"sip:".to_vec() };
    out.extend_from_slice(uri.host.0);
    if let Some(port) = uri.port {
        out.extend_from_slice(format!(":{port}").as_bytes());
    }
    if let Some(transport) = uri.params.get(b"transport") {
        out.extend_from_slice(b";transport=");
        out.extend_from_slice(transport);
    }
    out
}

fn same_uri(ours: &[u8], contact: &NameAddr<'_>) -> bool {
    match (Uri::parse(ours), Uri::parse(contact.uri)) {
        (Ok(a), Ok(b)) => a.equals(&b),
        _ => false,
    }
}
