//! When a call is told: when it has been silent for as long as its stage says.

use ringback_roles::diagnosis::{Call, CallId, Facts, Legs};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// What is known of the calls that are not put away.
#[derive(Debug, Default)]
pub(super) struct Watch {
    calls: BTreeMap<CallId, Seen>,
}

#[derive(Debug)]
struct Seen {
    messages: u64,
    /// When the last of them came: by our clock, since those of the capturers may differ.
    since: Instant,
    is_settled: bool,
}

impl Watch {
    /// The calls of which a leg has become silent since the last time, when all their legs are.
    pub(super) fn settle<'a>(&mut self, facts: &'a Facts, now: Instant) -> Vec<Legs<&'a Call>> {
        let mut settled = BTreeSet::new();
        for call in facts.calls() {
            let messages = call.messages.len() as u64 + call.left_out;
            let fresh = || Seen { messages, since: now, is_settled: false };
            let seen = self.calls.entry(call.id.clone()).or_insert_with(fresh);
            if seen.messages != messages {
                *seen = fresh();
            } else if !seen.is_settled && now.duration_since(seen.since) >= call.stage().silence() {
                seen.is_settled = true;
                settled.insert(call.id.clone());
            }
        }
        if settled.is_empty() {
            return Vec::new();
        }
        let mut calls = facts.legs();
        calls.retain(|legs| {
            let is_settled = |id: &CallId| self.calls.get(id).is_some_and(|seen| seen.is_settled);
            legs.iter().any(|(call, _)| settled.contains(&call.id))
                && legs.iter().all(|(call, _)| is_settled(&call.id))
        });
        calls
    }

    /// Forgets a call that was put away.
    pub(super) fn forget(&mut self, legs: &Legs<Call>) {
        for call in &legs.calls {
            self.calls.remove(&call.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_roles::diagnosis::{FactsLimits, Seen as Message, Stage};
    use ringback_sip::flow::Transport;
    use std::time::Duration;

    /// A message of the only transaction.
    fn add(facts: &mut Facts, start: &str) {
        let bytes = format!(
            "{start}\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\n\
             Call-ID: c\r\nCSeq: 1 REGISTER\r\n\r\n"
        );
        let [src, dst] = [1, 2].map(|n| ([192, 0, 2, n], 5060).into());
        // Its capturer's clock stands still.
        let (at, transport) = (ringback_sip::time::Instant::EPOCH, Transport::Udp);
        let bytes = bytes.as_bytes();
        let (frame, fragmented, link, capturer) = (0, false, 0, None);
        facts.add_message(&Message { at, frame, src, dst, transport, fragmented, link, capturer, bytes });
    }

    #[test]
    fn a_call_is_told_once_for_each_silence() {
        let (mut facts, mut watch, start) =
            (Facts::new(FactsLimits::default()), Watch::default(), Instant::now());
        let mut told = |facts: &Facts, after: Duration| watch.settle(facts, start + after).len();
        let (wait, rest) = (Stage::Waiting.silence(), Stage::Over.silence());
        add(&mut facts, "REGISTER sip:x SIP/2.0");
        assert_eq!(told(&facts, Duration::ZERO), 0);
        assert_eq!(told(&facts, rest), 0, "it still waits for its answer");
        assert_eq!(told(&facts, wait), 1);
        assert_eq!(told(&facts, wait * 2), 0);
        add(&mut facts, "SIP/2.0 200 OK");
        assert_eq!(told(&facts, wait * 2), 0);
        assert_eq!(told(&facts, wait * 2 + rest), 1);
        assert_eq!(told(&facts, wait * 9), 0);
    }
}
