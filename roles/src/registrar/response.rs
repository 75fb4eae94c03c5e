//! Answers to REGISTER (RFC 3261 §10.3 steps 7 and 8).

use super::request::Outbound;
use super::{Gruus, RegistrarSettings};
use crate::access::Denial;
use crate::location::{Aor, Binding, Change, Q, Refusal};
use crate::store::Registered;
use bytes::Bytes;
use ringback_sip::entropy::Token;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Fact, Shown};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Message, Response, push_decimal};
use ringback_sip::time::Instant;
use smallvec::SmallVec;
use std::io::Write;

/// An answer, and what it is to the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The code.
    pub status: StatusCode,
    /// The cause.
    pub cause: Cause,
    /// The message.
    pub bytes: Bytes,
    /// What changed beside.
    pub facts: SmallVec<[Fact; 1]>,
}

/// What a REGISTER was granted.
pub(super) struct Grant<'a> {
    pub(super) now: Instant,
    /// The To tag.
    pub(super) tag: Token,
    /// The Date.
    pub(super) date: &'a str,
    pub(super) settings: &'a RegistrarSettings,
    /// When the user agent knows names of instances.
    pub(super) gruus: Option<&'a Gruus>,
    /// For the journal, when something changed.
    pub(super) aor: Option<&'a Aor>,
    pub(super) registered: &'a Registered,
}

impl Grant<'_> {
    /// 200 with every binding and what is left of its lifetime, the Path that is used from now on (RFC 3327 §5.3),
    /// and the way for the user agent's own requests (RFC 3608 §6.3).
    pub(super) fn respond(&self, message: &Message<'_>, flow: &Flow, row: &mut Vec<u8>) -> Reply {
        let mut response = Response::to(message, flow, StatusCode::OK, Some(self.tag.as_bytes()));
        for binding in self.registered.bindings.live(self.now) {
            row.clear();
            write_contact(row, binding, self.now);
            self.write_gruus(row, binding);
            response = response.header(HeaderName::CONTACT, &row);
        }
        if message.lists(HeaderName::SUPPORTED, b"path") {
            response = response.copy(message, HeaderName::PATH);
        }
        if Outbound::is_told(message) {
            response = response.header(HeaderName::REQUIRE, "outbound");
            if !message.has_second_via() {
                let secs = self.settings.keep_alive_secs(flow.transport);
                response = response.header(HeaderName::FLOW_TIMER, secs.to_string());
            }
        }
        for route in &self.settings.service_route {
            response = response.header(HeaderName::SERVICE_ROUTE, format!("<{route}>"));
        }
        let mut bytes = response.header(HeaderName::DATE, self.date).finish();
        if message.top_via().is_ok_and(|via| via.keep_offered().is_some()) {
            bytes = with_keep(bytes, self.settings.keep_alive_secs(flow.transport));
        }
        let fact = |change: &Change| Fact::Binding {
            aor: Shown::from(self.aor.map_or(&b""[..], Aor::as_bytes)),
            contact: Shown::from(change.binding().contact()),
            change: change.fact(),
        };
        let facts = self.registered.changes.iter().map(fact).collect();
        Reply { status: StatusCode::OK, cause: Cause::Done, bytes, facts }
    }

    /// The names of a binding's instance (RFC 5627 §5.2): the public one, and the newest temporary one, which the
    /// contact of the instance that was refreshed last determines.
    fn write_gruus(&self, row: &mut Vec<u8>, binding: &Binding) {
        let Some((gruus, aor)) = self.gruus.zip(self.aor).filter(|_| !binding.instance().is_empty()) else {
            return;
        };
        let of_instance =
            self.registered.bindings.live(self.now).filter(|b| b.instance() == binding.instance());
        let newest = of_instance.max_by_key(|b| b.refreshed).unwrap_or(binding);
        let names = [(&b"pub"[..], gruus.public(aor, binding)), (b"temp", gruus.temporary(aor, newest))];
        for (kind, uri) in names.into_iter().filter_map(|(kind, uri)| Some((kind, uri?))) {
            row.extend_from_slice(&[b";", kind, b"-gruu=\"", &uri, b"\""].concat());
        }
    }
}

fn write_contact(row: &mut Vec<u8>, binding: &Binding, now: Instant) {
    row.push(b'<');
    row.extend_from_slice(binding.contact());
    // Rounded up: what was granted just now is told in full.
    let left = binding.expires.since(now);
    row.extend_from_slice(b">;expires=");
    push_decimal(row, left.as_secs() + u64::from(left.subsec_nanos() > 0));
    // Writing to a Vec cannot fail.
    if binding.q != Q::ONE {
        let _ = write!(row, ";q={}", binding.q);
    }
    if !binding.instance().is_empty() {
        row.extend_from_slice(b";+sip.instance=");
        row.extend_from_slice(binding.instance());
    }
    if binding.is_outbound() {
        let _ = write!(row, ";reg-id={}", binding.reg_id);
    }
    row.extend_from_slice(binding.params());
}

/// Tells an element that offers signs of life in its Via how often they are wanted (RFC 6223 §4.4).
fn with_keep(bytes: Bytes, secs: u64) -> Bytes {
    let place = Message::parse(&bytes).ok().and_then(|message| {
        let name = message.top_via().ok()?.keep_offered()?;
        Some(message.offset_of(name) + name.len())
    });
    let Some((before, after)) = place.and_then(|place| bytes.split_at_checked(place)) else { return bytes };
    [before, format!("={secs}").as_bytes(), after].concat().into()
}

/// The one place that chooses a code for a refusal of the location service.
pub(super) fn denial(refusal: Refusal) -> Denial {
    match refusal {
        Refusal::IntervalTooBrief(min) => {
            Denial::new(StatusCode::INTERVAL_TOO_BRIEF, Cause::IntervalTooBrief(min))
                .with(HeaderName::MIN_EXPIRES, min.as_secs().to_string())
        }
        Refusal::Stale => Denial::new(StatusCode::SERVER_INTERNAL_ERROR, Cause::StaleRegister),
        Refusal::NotDurable => Denial::new(StatusCode::SERVER_INTERNAL_ERROR, Cause::NotDurable),
        Refusal::ContactRepeated => Denial::malformed(HeaderName::CONTACT, 0),
        Refusal::TooManyBindings => {
            Denial::new(StatusCode::FORBIDDEN, Cause::Limit("BINDINGS_PER_AOR_MAX".into()))
        }
        Refusal::StoreFull => unavailable("BINDINGS_MAX"),
        Refusal::StoreBusy => unavailable("WRITES_WAITING_MAX"),
    }
}

/// 503, and when to come back.
fn unavailable(limit: &'static str) -> Denial {
    Denial::new(StatusCode::SERVICE_UNAVAILABLE, Cause::Limit(limit.into()))
        .with(HeaderName::RETRY_AFTER, RETRY_AFTER_SECS)
}

/// After how many seconds a REGISTER may be tried again when the store is full or slow.
const RETRY_AFTER_SECS: &str = "30";
