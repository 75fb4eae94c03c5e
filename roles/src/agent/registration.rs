//! Registering our contact (RFC 3261 §10.2).

use super::alarms::Alarm;
use super::command::Registering;
use super::draft::{Draft, OurContact, Who, contact_uri};
use super::event::{Bound, Event, Outcome};
use super::exchange::{Exchange, Purpose};
use super::registered::Registration;
use super::settings::Local;
use super::state::{Agent, PRODUCT};
use bytes::Bytes;
use ringback_sip::journal::Shown;
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::{Message, NameAddr, Uri, is_sips, parse_u32};
use ringback_sip::time::Duration;

/// The wait after the first failure; it doubles with each further one.
const RETRY: Duration = Duration::from_secs(30);
/// Longest wait between tries.
const RETRY_MAX: Duration = Duration::from_secs(1800);
/// Longest expiry that we ask for, also when a 423 wants more.
const EXPIRES_MAX: Duration = Duration::from_secs(7 * 86_400);
/// Most bindings that are told.
const BINDINGS_MAX: usize = 64;

impl Agent {
    /// Sends a REGISTER, or keeps the wish until the one under way is answered (RFC 3261 §10.2: never two at once).
    pub(super) fn register(&mut self, what: Registering) {
        self.alarms.stop(Alarm::Register);
        if self.registration.is_none() {
            self.registration = Some(Registration {
                call_id: self.new_tag(),
                tag: self.new_tag(),
                cseq: 0,
                pending: None,
                next: None,
                expires: self.settings.expires,
                failures: 0,
            });
        }
        let id = self.new_exchange();
        let from = self.registration.as_ref().map(|r| r.tag.clone()).map(|tag| self.our_from(&tag));
        let Some(registration) = &mut self.registration else { return };
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
        let expires = registration.expires.as_secs();
        let target = registrar_of(&self.settings.aor);
        let mut draft = Draft::outside(Method::Register, &target, self.settings.proxy.as_deref(), who)
            .with(HeaderName::USER_AGENT, PRODUCT);
        match what {
            Registering::Keep | Registering::Once => {
                draft.contact = OurContact::With(format!(";expires={expires}"));
            }
            Registering::Remove => draft.contact = OurContact::With(";expires=0".to_owned()),
            Registering::RemoveAll => {
                draft.contact = OurContact::Star;
                draft = draft.with(HeaderName::EXPIRES, "0");
            }
            Registering::Query => {}
        }
        self.send(id, draft, Purpose::Register);
    }

    /// The REGISTER under way has ended.
    pub(super) fn registration_ended(
        &mut self,
        exchange: Exchange,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) {
        let local = exchange.target.and_then(|t| self.settings.local_for(&t));
        let Some(registration) = &mut self.registration else { return };
        let Some((what, _)) = registration.pending.take() else { return };
        match (outcome, response) {
            (Outcome::Status(status), Some(response)) if status.is_success() => {
                registration.failures = 0;
                self.registered(what, response, local);
            }
            (Outcome::Status(StatusCode::INTERVAL_TOO_BRIEF), Some(response))
                if self.accepts_longer(response) =>
            {
                return self.register(what);
            }
            _ => self.registration_failed(what, outcome, response),
        }
        self.register_next();
    }

    fn registered(&mut self, what: Registering, response: &Message<'_>, local: Option<Local>) {
        let ours = local.map(|l| contact_uri(l, &self.user(), is_sips(self.settings.aor.as_bytes())));
        let asked = self.registration.as_ref().map_or(self.settings.expires, |r| r.expires);
        let header = seconds(response.header(HeaderName::EXPIRES));
        let mut granted = None;
        let mut bindings = Vec::new();
        for contact in response.contacts().flatten().take(BINDINGS_MAX) {
            let expires = seconds(contact.param(b"expires")).or(header);
            let is_ours = ours.as_ref().is_some_and(|ours| same_uri(ours.as_bytes(), &contact));
            if is_ours {
                granted = Some(expires.unwrap_or(asked));
            }
            bindings.push(Bound { contact: Shown::from(contact.uri), expires, ours: is_ours });
        }
        let wanted = matches!(what, Registering::Keep | Registering::Once);
        let expires = match (granted, wanted) {
            (Some(granted), true) => granted,
            // A registrar that does not list our contact has still said yes.
            (None, true) => header.unwrap_or(asked),
            (_, false) => Duration::ZERO,
        };
        if what == Registering::Keep && !expires.is_zero() {
            let half = expires.as_millis() as u64 / 2;
            let wait = half + self.entropy.below(half * 4 / 5 + 1);
            self.alarms.set(self.now + Duration::from_millis(wait.max(1000)), Alarm::Register);
        }
        self.tell(Event::Registered { bindings, expires });
    }

    /// Whether a 423 asks for an expiry that we can ask for in turn (RFC 3261 §10.2.8).
    fn accepts_longer(&mut self, response: &Message<'_>) -> bool {
        let Some(min) = seconds(response.header(HeaderName::MIN_EXPIRES)) else { return false };
        let Some(registration) = &mut self.registration else { return false };
        let is_longer = min > registration.expires && min <= EXPIRES_MAX;
        if is_longer {
            registration.expires = min;
        }
        is_longer
    }

    fn registration_failed(&mut self, what: Registering, outcome: Outcome, response: Option<&Message<'_>>) {
        let failures = self.registration.as_mut().map_or(1, |r| {
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
        let retry = (what == Registering::Keep && !hopeless).then(|| {
            let asked = response.and_then(|r| seconds(r.header(HeaderName::RETRY_AFTER)));
            let doubled = RETRY * (1 << (failures - 1).min(6));
            asked.unwrap_or(doubled).min(RETRY_MAX)
        });
        if let Some(wait) = retry {
            self.alarms.set(self.now + wait, Alarm::Register);
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

/// A number of seconds; what follows it, such as a comment, is left out.
pub(super) fn seconds(value: Option<&[u8]>) -> Option<Duration> {
    let value = value?;
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    parse_u32(&value[..digits]).map(|n| Duration::from_secs(n.into()))
}
