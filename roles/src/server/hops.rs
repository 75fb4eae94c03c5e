//! The health of next hops: one worker asks them and tells the others what it found.

use super::{Event, Mode, Output, Server};
use crate::proxy::Probed;
use ringback_sip::journal::{Entry, Fact, HopState, Shown};
use ringback_sip::time::Instant;
use std::sync::Arc;

impl Server {
    /// Asks every hop whose turn it is.
    pub(super) fn ask_hops(&mut self, now: Instant) {
        if !self.share.is_first() || self.mode != Mode::Open {
            return;
        }
        for uri in self.watch.take_due(now) {
            let call_id = self.call_id();
            self.proxy.probe(now, &uri, &call_id);
        }
    }

    /// The next moment at which a hop is to be asked.
    pub(super) fn hops_deadline(&self) -> Option<Instant> {
        self.watch.deadline().filter(|_| self.share.is_first() && self.mode == Mode::Open)
    }

    /// Takes in which hops asked to be left alone.
    pub(super) fn settle_hops(&mut self, now: Instant) {
        while let Some((uri, time)) = self.proxy.poll_rest() {
            if let Some(until) = self.watch.put_aside(now, &uri, time) {
                self.note_hop(now, &uri, HopState::Aside(until));
            }
        }
    }

    /// A next hop has answered, or not.
    pub(super) fn note_probed(&mut self, now: Instant, probed: Probed) {
        let Some(is_up) = self.watch.note_answer(&probed.uri, probed.is_good) else { return };
        self.note_hop(now, &probed.uri, if is_up { HopState::Up } else { HopState::Down });
        self.outputs.push_back(Output::Deliver(Event::Hop { uri: probed.uri, is_up }));
    }

    fn note_hop(&mut self, now: Instant, uri: &Arc<str>, state: HopState) {
        let fact = Fact::Hop { uri: Shown::from(&**uri), state };
        self.outputs.push_back(Output::Journal(Entry::new(now, b"", fact)));
    }

    /// A new Call-ID, whose messages come to this node.
    pub(super) fn call_id(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..CALL_ID_TRIES_MAX {
            text = self.dice.token().to_string();
            if self.share.has(text.as_bytes()) {
                break;
            }
        }
        text
    }
}

/// How often a Call-ID is chosen anew: with 256 workers, that none fits is less likely than one in 10^14.
const CALL_ID_TRIES_MAX: usize = 8192;
