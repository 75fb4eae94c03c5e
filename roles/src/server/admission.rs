//! What the server does with those whom admission does not serve.

use super::{Event, Output, Server};
use crate::access::Sending;
use core::net::SocketAddr;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Entry, Fact, Shown};
use ringback_sip::time::Instant;

impl Server {
    /// What a banned source sends is not read; its connection ends.
    pub(super) fn close_banned(&mut self, flow: &Flow) {
        if flow.connection.is_some() {
            self.outputs.push_back(Output::Close(*flow));
        }
    }

    /// Drops what is no SIP, or cannot be answered.
    pub(super) fn drop_broken(&mut self, now: Instant, call_id: &[u8], flow: &Flow, cause: Cause) {
        self.access.admission().refused(now, flow, &cause);
        self.drop_message(now, call_id, flow.remote, cause);
    }

    pub(super) fn drop_message(&mut self, now: Instant, call_id: &[u8], peer: SocketAddr, cause: Cause) {
        self.outputs.push_back(Output::Journal(Entry::new(now, call_id, Fact::Dropped { peer, cause })));
    }

    /// Whether a refusal is sent; what it says of its source is noted in any case.
    pub(super) fn may_refuse(&mut self, now: Instant, call_id: &[u8], flow: &Flow, fact: &Fact) -> bool {
        let admission = self.access.admission();
        if let Some(cause) = fact.cause() {
            admission.refused(now, flow, cause);
        }
        let sending = admission.refuse(now, flow);
        if sending == Sending::Noted {
            self.drop_message(now, call_id, flow.remote, Cause::TooOften);
        }
        sending == Sending::Sent
    }

    /// Tells the other workers, and the journal, whom this one has banned.
    pub(super) fn tell_ban(&mut self, now: Instant) {
        let Some(ban) = self.access.admission().take_ban() else { return };
        let source = Shown::from(&*ban.source.to_string());
        let fact = Fact::Banned { source, until: ban.until, cause: ban.cause.clone() };
        self.outputs.push_back(Output::Journal(Entry::new(now, b"", fact)));
        self.outputs.push_back(Output::Deliver(Event::Banned(ban)));
    }
}
