//! Asking next hops with OPTIONS whether they live (RFC 3261 §11).

use super::own::{OwnEnd, OwnId};
use super::{Destination, Proxy};
use ringback_sip::journal::BranchEnd;
use ringback_sip::registry::StatusCode;
use ringback_sip::time::Instant;
use std::sync::Arc;

/// What is known of a next hop that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// Its URI.
    pub uri: Arc<str>,
    /// Whether its answer was a good one: any but those that say that nobody is behind it. `None`: it was not asked,
    /// for we had no room.
    pub is_good: Option<bool>,
}

impl Proxy {
    /// Asks a next hop. `call_id` belongs to this node, so that the answer comes to it.
    pub fn probe(&mut self, now: Instant, uri: &Arc<str>, call_id: &str) {
        self.probes_begun = self.probes_begun.wrapping_add(1);
        let (number, tag, us) = (self.probes_begun, self.entropy.token(), self.place.uri_host());
        let request = format!(
            "OPTIONS {uri} SIP/2.0\r\nMax-Forwards: 70\r\nFrom: <sip:{us}>;tag={tag}\r\nTo: <{uri}>\r\n\
             Call-ID: {call_id}\r\nCSeq: 1 OPTIONS\r\nContact: <sip:{us}>\r\nAccept: application/sdp\r\n\
             Content-Length: 0\r\n\r\n"
        );
        self.probes.insert(number, Arc::clone(uri));
        self.originate(now, OwnId::Probe(number), request.into_bytes().into(), Destination::as_it_is());
    }

    /// What the end of a question says of the next hop that was asked.
    pub fn probed(&mut self, number: u32, end: OwnEnd) -> Option<Probed> {
        const DEAF: [StatusCode; 3] =
            [StatusCode::REQUEST_TIMEOUT, StatusCode::SERVICE_UNAVAILABLE, StatusCode::SERVER_TIME_OUT];
        let uri = self.probes.remove(&number)?;
        let is_good = match end.end {
            BranchEnd::Response(status) => Some(!DEAF.contains(&status)),
            BranchEnd::NoRoom => None,
            _ => Some(false),
        };
        Some(Probed { uri, is_good })
    }

    /// The next hop that asked to be left alone, and for how long.
    pub fn poll_rest(&mut self) -> Option<(Arc<str>, ringback_sip::time::Duration)> {
        self.rests.pop_front()
    }
}
