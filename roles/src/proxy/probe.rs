//! Asking next hops with OPTIONS whether they live (RFC 3261 §11).

use super::context::Handle;
use super::{Lookup, Proxy};
use crate::routing::Hop;
use ringback_sip::flow::{Flow, Target};
use ringback_sip::journal::BranchEnd;
use ringback_sip::node::Output;
use ringback_sip::registry::StatusCode;
use ringback_sip::syntax::{Message, Uri};
use ringback_sip::time::Instant;
use std::io::Write as _;
use std::sync::Arc;

/// What is known of a next hop that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// Its URI.
    pub uri: Arc<str>,
    /// Whether its answer was a good one: any but those that say that nobody is behind it.
    pub is_good: bool,
}

/// The context of questions of our own: none.
const ASKED: u32 = u32::MAX - 1;

impl Proxy {
    /// Asks a next hop. `call_id` belongs to this node, so that the answer comes to it.
    pub fn probe(&mut self, now: Instant, uri: &Arc<str>, call_id: &str) {
        self.probes_begun = self.probes_begun.wrapping_add(1);
        let handle = Handle { index: ASKED, generation: self.probes_begun, branch: 0 };
        self.probes.insert(self.probes_begun, (Arc::clone(uri), call_id.into()));
        match Uri::parse(uri.as_bytes()).map_or(Hop::Unsupported, |uri| Hop::of(&uri)) {
            Hop::Address(target) => self.send_probe(now, handle, target),
            Hop::Name(query) => {
                let ticket = self.look_up(Lookup::Probe(handle));
                self.outputs.push_back(Output::Resolve { ticket, query });
            }
            Hop::Unsupported => self.end_probe(handle, false),
        }
        self.settle(now);
    }

    pub(super) fn send_probe(&mut self, now: Instant, handle: Handle, target: Target) {
        let Some((uri, call_id)) = self.probes.get(&handle.generation).cloned() else { return };
        let Some(local) = self.place.first_for(&target) else { return self.end_probe(handle, false) };
        let (branch, tag) = (self.transactions.new_branch(), self.entropy.token());
        let mut bytes = Vec::with_capacity(384);
        // Writing to a Vec cannot fail.
        let _ = write!(
            bytes,
            "OPTIONS {uri} SIP/2.0\r\nVia: SIP/2.0/{} {local};branch={}\r\nMax-Forwards: 70\r\n\
             From: <sip:{local}>;tag={tag}\r\nTo: <{uri}>\r\nCall-ID: {call_id}\r\nCSeq: 1 OPTIONS\r\n\
             Contact: <sip:{local}>\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n",
            target.transport.via_name(),
            branch.as_str(),
        );
        let flow = Flow::to(local, target);
        if self.transactions.start(now, bytes.into(), flow, handle).is_err() {
            self.end_probe(handle, false);
        }
    }

    /// Whether a message answers a question of our own.
    pub(super) fn asked(&self, message: &Message<'_>) -> bool {
        let call_id = message.call_id().unwrap_or_default();
        self.probes.values().any(|(_, asked)| asked.as_bytes() == call_id)
    }

    /// Whether a handle is that of a question of our own; then it has its answer.
    pub(super) fn take_probe(&mut self, handle: Handle, end: BranchEnd) -> bool {
        if handle.index != ASKED {
            return false;
        }
        const DEAF: [StatusCode; 3] =
            [StatusCode::REQUEST_TIMEOUT, StatusCode::SERVICE_UNAVAILABLE, StatusCode::SERVER_TIME_OUT];
        match end {
            BranchEnd::Response(status) if status.is_provisional() => {}
            BranchEnd::Response(status) => self.end_probe(handle, !DEAF.contains(&status)),
            _ => self.end_probe(handle, false),
        }
        true
    }

    pub(super) fn end_probe(&mut self, handle: Handle, is_good: bool) {
        if let Some((uri, _)) = self.probes.remove(&handle.generation) {
            self.probed.push_back(Probed { uri, is_good });
        }
    }

    /// The next answer, or the lack of one.
    pub fn poll_probed(&mut self) -> Option<Probed> {
        self.probed.pop_front()
    }

    /// The next hop that asked to be left alone, and for how long.
    pub fn poll_rest(&mut self) -> Option<(Arc<str>, ringback_sip::time::Duration)> {
        self.rests.pop_front()
    }
}
