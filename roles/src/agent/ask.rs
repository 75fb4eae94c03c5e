//! Requests that change nothing here: OPTIONS (RFC 3261 §11) and MESSAGE (RFC 3428).

use super::call::Call;
use super::command::{CallId, RequestId};
use super::draft::{Draft, Who};
use super::event::{Event, Outcome};
use super::exchange::{Exchange, Purpose};
use super::state::{ALLOW, Agent, PRODUCT};
use bytes::Bytes;
use ringback_sip::registry::{HeaderName, Method};
use ringback_sip::sdp::SDP_MEDIA_TYPE;
use ringback_sip::syntax::Message;
use ringback_sip::time::Duration;

impl Agent {
    pub(super) fn options(&mut self, request: RequestId, target: &str) {
        let mut draft = self
            .ask(Method::Options, target)
            .with(HeaderName::ACCEPT, SDP_MEDIA_TYPE)
            .with(HeaderName::ALLOW, ALLOW);
        draft.contact = self.dialog_contact(false);
        let id = self.new_exchange();
        self.send(id, draft, Purpose::Ask(request));
    }

    /// Sends a text, inside a call when one is named. A failure never ends the call (RFC 3428 §4).
    pub(super) fn message(&mut self, request: RequestId, target: &str, call: Option<CallId>, text: String) {
        let inside = call.and_then(|id| match self.calls.get_mut(&id) {
            Some(Call::Up(up)) => Some(Draft::inside(up.dialog.request(Method::Message))),
            _ => None,
        });
        let mut draft = match (inside, call) {
            (Some(draft), _) => draft,
            (None, Some(_)) => return self.refuse_ask(request, Outcome::Target),
            (None, None) => self.ask(Method::Message, target),
        };
        draft.body = Some(("text/plain;charset=utf-8", Bytes::from(text)));
        let id = self.new_exchange();
        self.send(id, draft, Purpose::Ask(request));
    }

    pub(super) fn refuse_ask(&mut self, request: RequestId, outcome: Outcome) {
        self.tell(Event::Answered { request, outcome, elapsed: Duration::ZERO, response: None });
    }

    pub(super) fn ask(&mut self, method: Method, target: &str) -> Draft {
        let tag = self.new_tag();
        let who = Who {
            from: self.our_from(&tag),
            to: format!("<{target}>").into_bytes().into(),
            call_id: self.new_tag(),
            cseq: 1,
        };
        Draft::outside(method, target.as_bytes(), &self.first_hops(), who)
            .with(HeaderName::USER_AGENT, PRODUCT)
    }

    pub(super) fn asked(
        &mut self,
        request: RequestId,
        exchange: &Exchange,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) {
        let elapsed = self.now.since(exchange.started);
        let response = response.map(|r| Bytes::copy_from_slice(r.bytes()));
        self.tell(Event::Answered { request, outcome, elapsed, response });
    }
}
