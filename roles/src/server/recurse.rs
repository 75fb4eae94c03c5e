//! Where a phone's redirection leads, when it is followed here (RFC 3261 §16.7 step 4).

use super::recursion::Recursion;
use super::targets::Wanted;
use super::{Output, Pending, Server, Stage};
use crate::location::Bindings;
use crate::store::Ask;
use bytes::Bytes;
use ringback_sip::flow::Flow;
use ringback_sip::syntax::Uri;
use ringback_sip::time::Instant;

impl Server {
    /// Takes up the redirections that the proxy wants to follow.
    pub(super) fn follow_redirections(&mut self, now: Instant, flow: Flow) {
        while let Some(redirected) = self.proxy.poll_redirected() {
            let mut left: Vec<Wanted> = redirected
                .uris
                .iter()
                .filter_map(|uri| self.wanted(&Uri::parse(uri).ok()?))
                .filter(|wanted| !self.plan.users.contains_key(&wanted.aor))
                .collect();
            left.reverse();
            let found = Vec::new();
            self.look_up_next(now, Recursion { redirected, left, wanted: None, found, users: 0, flow });
        }
    }

    fn look_up_next(&mut self, now: Instant, mut recursion: Recursion) {
        recursion.wanted = recursion.left.pop();
        let Some(aor) = recursion.wanted.as_ref().map(|wanted| wanted.aor.clone()) else {
            return self.proxy.recurse(now, &recursion.redirected, recursion.found);
        };
        let flow = recursion.flow;
        match self.waiting.open(Pending { flow, request: Bytes::new(), stage: Stage::Recurse(recursion) }) {
            Ok(ticket) => self.outputs.push_back(Output::Ask { ticket, ask: Ask::Bindings(aor) }),
            // No room for the question: the caller gets the redirection.
            Err(pending) => {
                if let Stage::Recurse(recursion) = pending.stage {
                    self.proxy.recurse(now, &recursion.redirected, Vec::new());
                }
            }
        }
    }

    /// The bindings of one user of a redirection are known.
    pub(super) fn resume_recursion(&mut self, now: Instant, mut recursion: Recursion, bindings: &Bindings) {
        // One user after the other, in the order of the redirection, and within a user the phones by their own q.
        let below = recursion.users * 111;
        let Some(wanted) = &recursion.wanted else { return };
        let mut phones = self.destinations(now, false, wanted, bindings);
        phones.sort_by_key(|phone| core::cmp::Reverse(phone.q));
        for mut phone in phones {
            phone.q = 1000_u16.saturating_sub(below + (1000 - phone.q.min(1000)) / 10);
            recursion.found.push(phone);
        }
        recursion.users += 1;
        self.look_up_next(now, recursion);
    }
}
