//! More work than can be done: what new callers are told, and what neighbours are asked for (RFC 7339).

use super::{Mode, Output, Server};
use crate::access::Denial;
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
        let mut secs = Vec::with_capacity(4);
        push_decimal(&mut secs, self.retry_after(message.call_id().unwrap_or_default()));
        Denial::new(StatusCode::SERVICE_UNAVAILABLE, Cause::Overload).with(HeaderName::RETRY_AFTER, secs)
    }

    /// Callers shall not all come back at one time (RFC 3261 §21.5.4).
    fn retry_after(&self, call_id: &[u8]) -> u64 {
        RETRY_AFTER_MIN_SECS + self.key.hash(call_id) % RETRY_AFTER_SPREAD_SECS
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
        let bytes = response.number(HeaderName::RETRY_AFTER, self.retry_after(request.call_id)).finish();
        self.outputs.push_back(Output::Journal(Entry::new(now, request.call_id, fact)));
        let flow = response_flow(&request.via, flow);
        self.outputs.push_back(Output::Transmit(Transmit { flow, bytes }));
    }
}

/// When to ask again after a refusal for overload: from here on,
const RETRY_AFTER_MIN_SECS: u64 = 2;
/// and this much later at most.
const RETRY_AFTER_SPREAD_SECS: u64 = 9;
