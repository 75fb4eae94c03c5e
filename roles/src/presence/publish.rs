//! PUBLISH (RFC 3903 §6).

use super::Presence;
use super::held::{Held, Purpose, busy, sender};
use super::package::Package;
use super::request;
use crate::access::{Access, Denial};
use crate::event::{Publish, Published, Refusal, Resource, What};
use crate::location::Aor;
use crate::store::Ask;
use crate::xml::Document;
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Message, Response, trim};
use ringback_sip::time::Instant;

impl Presence {
    /// Takes a PUBLISH for `aor`.
    pub(super) fn publish(
        &mut self,
        now: Instant,
        access: &Access,
        message: &Message<'_>,
        aor: Aor,
        held: Held,
    ) {
        let publish = match self.read_publish(access, message, aor) {
            Ok(publish) => publish,
            Err(denial) => return self.deny(now, &held, &denial),
        };
        if let Err(back) = self.ask(Purpose::Publish(held), Ask::Publish(publish))
            && let Purpose::Publish(held) = *back
        {
            self.deny(now, &held, &busy("QUESTIONS_MAX"));
        }
    }

    fn read_publish(&self, access: &Access, message: &Message<'_>, aor: Aor) -> Result<Publish, Denial> {
        request::check_extensions(message)?;
        let package = request::package(&self.settings, message)?;
        if !package.is_published {
            let cause = Cause::BadEvent(Shown::from(package.event.as_str()));
            return Err(Denial::new(StatusCode::BAD_EVENT, cause)
                .with(HeaderName::ALLOW_EVENTS, request::allow_events(&self.settings)));
        }
        if sender(access, message).user.as_ref() != Some(&aor) {
            let cause = Cause::NotOwner(Shown::from(aor.as_bytes()));
            return Err(Denial::new(StatusCode::FORBIDDEN, cause));
        }
        let expires = request::expires(&self.settings, package, message)?;
        let mut tags = message.headers(HeaderName::SIP_IF_MATCH).map(trim);
        let if_match = match (tags.next(), tags.next()) {
            (Some(tag), None) if !tag.is_empty() => {
                Some(String::from_utf8_lossy(tag).into_owned().into_boxed_str())
            }
            (None, None) => None,
            _ => return Err(Denial::malformed(HeaderName::SIP_IF_MATCH, 0)),
        };
        let what = match (message.body(), expires.is_zero(), &if_match) {
            (_, true, Some(_)) => What::Remove,
            ([], false, Some(_)) => What::Refresh(expires),
            ([], _, None) => return Err(Denial::malformed(HeaderName::CONTENT_LENGTH, 0)),
            (body, ..) => {
                let media_type = self.check_body(package, message)?;
                What::Put { media_type: media_type.into(), body: body.into(), expires }
            }
        };
        Ok(Publish { resource: Resource { aor, package: package.event }, if_match, what })
    }

    /// The media type of a document that can be published: 413, 415, 400.
    fn check_body(&self, package: &'static Package, message: &Message<'_>) -> Result<&'static str, Denial> {
        if message.body().len() > self.settings.document_bytes_max {
            return Err(Denial::new(StatusCode::REQUEST_ENTITY_TOO_LARGE, Cause::TooLarge));
        }
        let encoding =
            message.header(HeaderName::CONTENT_ENCODING).filter(|e| !e.eq_ignore_ascii_case(b"identity"));
        if let Some(encoding) = encoding {
            let denial =
                Denial::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Cause::MediaType(Shown::from(encoding)));
            return Err(denial.with(HeaderName::ACCEPT_ENCODING, "identity"));
        }
        let given = message.header(HeaderName::CONTENT_TYPE).unwrap_or_default();
        let end = given.iter().position(|b| *b == b';').unwrap_or(given.len());
        let given = trim(&given[..end]);
        let known = package.types.iter().copied().find(|t| t.as_bytes().eq_ignore_ascii_case(given));
        let Some(known) = known else {
            let cause = Cause::MediaType(Shown::from(given));
            return Err(Denial::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, cause)
                .with(HeaderName::ACCEPT, package.types.join(", ")));
        };
        if !(package.check)(message.body()) {
            let at = u32::try_from(message.bytes().len() - message.body().len()).unwrap_or(u32::MAX);
            let fault = Document::parse(message.body()).err();
            let cause = fault.map_or(Cause::Malformed { header: None, at }, |fault| fault.cause(at));
            return Err(Denial::new(StatusCode::BAD_REQUEST, cause));
        }
        Ok(known)
    }

    /// The store has taken a publication, or has not.
    pub(super) fn published(&mut self, now: Instant, held: &Held, result: Result<Published, Refusal>) {
        let Ok(message) = Message::parse(&held.request) else { return };
        match result {
            Ok(Published { tag, expires }) => {
                let own = Response::tag(&message, &self.key);
                let bytes = Response::to(&message, &held.flow, StatusCode::OK, Some(own.as_bytes()))
                    .header(HeaderName::SIP_ETAG, tag.as_bytes())
                    .header(HeaderName::EXPIRES, expires.as_secs().to_string())
                    .finish();
                self.respond(now, held, &message, StatusCode::OK, Cause::Done, bytes);
            }
            Err(refusal) => self.deny(now, held, &denial(refusal)),
        }
    }
}

/// The one place that chooses a code for a refusal of the store.
pub(super) fn denial(refusal: Refusal) -> Denial {
    match refusal {
        Refusal::NoMatch => Denial::new(StatusCode::CONDITIONAL_REQUEST_FAILED, Cause::NoMatch),
        Refusal::TooMany => {
            Denial::new(StatusCode::FORBIDDEN, Cause::Limit("PUBLICATIONS_PER_RESOURCE_MAX".into()))
        }
        Refusal::NotDurable => Denial::new(StatusCode::SERVER_INTERNAL_ERROR, Cause::NotDurable),
        Refusal::StoreFull => busy("PUBLICATIONS_MAX"),
        Refusal::StoreBusy => busy("WRITES_WAITING_MAX"),
    }
}
