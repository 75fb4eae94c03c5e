//! Requests for the server itself.

use super::Server;
use crate::access::Denial;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::{Message, Response};
use ringback_sip::time::Instant;

impl Server {
    /// A request for the server itself, which is a registrar and tells what it can do.
    pub(super) fn answer_for_us(&mut self, now: Instant, message: &Message<'_>, flow: &Flow) {
        if message.header(HeaderName::REQUIRE).is_some() {
            let tags: Vec<_> = message.values(HeaderName::REQUIRE).collect();
            let tags = tags.join(&b", "[..]);
            let denial = Denial::new(StatusCode::BAD_EXTENSION, Cause::Extension(Shown::from(&*tags)));
            return self.deny(now, message, flow, &denial.with(HeaderName::UNSUPPORTED, tags));
        }
        let token = Shown::from(message.method_token());
        match message.method() {
            Some(Method::Options) => self.answer_options(now, message, flow),
            Some(Method::Subscribe) if message.to().is_ok_and(|to| to.tag().is_some()) => {
                self.serve_event(now, message, *flow, None);
            }
            Some(_) => {
                let denial = Denial::new(StatusCode::METHOD_NOT_ALLOWED, Cause::MethodNotAllowed(token));
                self.deny(now, message, flow, &denial.with(HeaderName::ALLOW, ALLOW));
            }
            None => {
                let denial = Denial::new(StatusCode::NOT_IMPLEMENTED, Cause::UnknownMethod(token));
                self.deny(now, message, flow, &denial.with(HeaderName::ALLOW, ALLOW));
            }
        }
    }

    /// What the server itself can do (RFC 3261 §11.2): it takes no body, so no type of one (an empty Accept), and
    /// reads no text, so that any language will do.
    pub(super) fn answer_options(&mut self, now: Instant, message: &Message<'_>, flow: &Flow) {
        let tag = Response::tag(message, &self.key);
        let bytes =
            Response::to(message, flow, StatusCode::OK, Some(tag.as_bytes())).rows(ABILITIES).finish();
        self.respond(now, message, flow, StatusCode::OK, Cause::Done, bytes);
    }
}

/// What the server itself serves.
const ALLOW: &str = "REGISTER, OPTIONS";
/// What it is, and the extensions of the registrar, as rows.
const ABILITIES: &str = "Allow: REGISTER, OPTIONS\r\nAccept: \r\nAccept-Encoding: identity\r\nAccept-Language: *\r\n\
                         Supported: path, gruu, outbound\r\n";
