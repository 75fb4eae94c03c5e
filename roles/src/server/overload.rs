//! More work than can be done: what new callers are told, and what neighbours are asked for (RFC 7339).

use super::{Mode, Output, Server};
use crate::access::Denial;
use crate::proxy::retry_after_secs;
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::journal::{Cause, Entry, Fact};
use ringback_sip::node::Transmit;
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::{Glimpse, Message, push_decimal};
use ringback_sip::time::Instant;
use ringback_sip::transport::response_flow;

impl Server {
    /// The refusal of new work while there is too much of it.
    pub(super) fn overload(&self, message: &Message<'_>) -> Denial {
        self.refusal(message, StatusCode::SERVICE_UNAVAILABLE, Cause::Overload)
    }

    /// A refusal, which says when to ask again where it is for lack of room or time.
    pub(super) fn refusal(&self, message: &Message<'_>, status: StatusCode, cause: Cause) -> Denial {
        let denial = Denial::new(status, cause);
        if !matches!(denial.cause, Cause::Limit(_) | Cause::Overload) {
            return denial;
        }
        let mut secs = Vec::with_capacity(4);
        push_decimal(&mut secs, retry_after_secs(self.key, message.call_id().unwrap_or_default()));
        denial.with(HeaderName::RETRY_AFTER, secs)
    }

    /// Whether a request outside a dialog can wait: what keeps phones reachable and peers in touch cannot.
    pub(super) fn is_new_work(method: Option<Method>) -> bool {
        !matches!(method, Some(Method::Register | Method::Options))
    }

    /// Refuses new work under strain, and drops the ACK to such a refusal, before it is read; `false`: it must be.
    /// Each refusal costs what could have served others, and is the same as after reading.
    pub(super) fn refuses_at_a_glimpse(&mut self, now: Instant, flow: &Flow, bytes: &[u8]) -> bool {
        // On a stream it must be known where the message ends.
        let may_be = flow.transport == Transport::Udp && self.mode == Mode::Open;
        if !(may_be && self.feedback.is_asking(now)) {
            return false;
        }
        let Some(request) = Glimpse::read(bytes) else { return false };
        match request.method {
            Method::Ack => request.has_tag(request.tag(&self.key)) && !self.proxy.knows(&request),
            Method::Cancel => false,
            method if !self.strained || !Self::is_new_work(Some(method)) => false,
            _ if request.may_be_in_dialog() || self.proxy.knows(&request) => false,
            _ => {
                self.refuse_glimpsed(now, flow, &request);
                true
            }
        }
    }

    fn refuse_glimpsed(&mut self, now: Instant, flow: &Flow, request: &Glimpse<'_>) {
        let (status, cause) = (StatusCode::SERVICE_UNAVAILABLE, Cause::Overload);
        let fact = Fact::Answered { method: Some(request.method), status, peer: flow.remote, cause };
        if !self.may_refuse(now, request.call_id, flow, &fact) {
            return;
        }
        let response = request.respond(flow, status, request.tag(&self.key));
        let mut bytes =
            response.number(HeaderName::RETRY_AFTER, retry_after_secs(self.key, request.call_id)).finish();
        self.outputs.push_back(Output::Journal(Entry::new(now, request.call_id, fact)));
        self.feedback.stamp(now, &mut bytes);
        let flow = response_flow(&request.via, flow);
        self.outputs.push_back(Output::Transmit(Transmit { flow, bytes }));
    }
}
