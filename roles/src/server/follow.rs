//! Which requests and answers tell of the calls of our users, and to whom that is told.

use super::{Output, Server};
use crate::location::Aor;
use ringback_sip::node::Ticket;
use ringback_sip::registry::{EventPackage, Method};
use ringback_sip::syntax::{Message, Uri};
use ringback_sip::time::Instant;

impl Server {
    /// Whether calls are followed: when somebody can watch them.
    pub(super) fn follow_calls(&mut self, packages: &[EventPackage]) {
        let is_on = packages.contains(&EventPackage::DIALOG);
        if is_on != self.calls.is_on() {
            self.proxy.set_listening(is_on);
            self.calls.set_on(is_on);
        }
    }

    /// A request was forwarded: it may begin a call of a user of ours, or end one.
    pub(super) fn note_passed(&mut self, now: Instant, message: &Message<'_>) {
        if !self.calls.is_on() {
            return;
        }
        let is_inside = message.to().is_ok_and(|to| to.tag().is_some());
        let domains = self.access.domains();
        let user = |uri: &[u8]| Uri::parse(uri).ok().and_then(|uri| domains.aor_of(&uri));
        match message.method() {
            _ if is_inside => self.calls.pass(now, message, user),
            Some(Method::Invite) => {
                if let Some(aor) = message.from().ok().and_then(|from| user(from.uri)) {
                    self.calls.begin(now, message, aor, true);
                }
            }
            _ => {}
        }
    }

    /// A request was forwarded to the phones of a user.
    pub(super) fn note_rings(&mut self, now: Instant, message: &Message<'_>, aor: &Aor) {
        if self.calls.is_on() && message.method() == Some(Method::Invite) {
            self.calls.begin(now, message, aor.clone(), false);
        }
    }

    /// Tells the store what became of calls. Nothing answers that.
    pub(super) fn settle_calls(&mut self, now: Instant) {
        while let Some(heard) = self.proxy.poll_heard() {
            self.calls.hear(now, &heard);
        }
        self.calls.run(now);
        while let Some(ask) = self.calls.poll() {
            self.outputs.push_back(Output::Ask { ticket: Ticket(0), ask });
        }
    }
}
