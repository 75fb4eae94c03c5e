//! How far a call has come, for who judges it while others go on.

use super::call::{Call, CallKind};
use super::transaction::Transaction;
use core::time::Duration;
use ringback_sip::registry::Method;

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// A request waits for its final response, or a final response, which comes again and again, for its ACK.
    Waiting,
    /// The called party is asked.
    Ringing,
    /// The parties talk.
    Standing,
    /// Nothing more is owed.
    Over,
}

impl Stage {
    /// After which silence more is hardly to be expected: what repeats or refuses comes at once; who waits gives up after 64·T1
    /// (RFC 3261 §17.1.1.2), who asks after Timer C (§16.6); who talks may be silent for hours.
    pub const fn silence(self) -> Duration {
        match self {
            Stage::Over => Duration::from_secs(2),
            Stage::Waiting => Duration::from_secs(40),
            Stage::Ringing => Duration::from_secs(200),
            Stage::Standing => Duration::from_secs(4 * 3600),
        }
    }
}

impl Call {
    /// How far it has come by its messages.
    pub fn stage(&self) -> Stage {
        let own = |transaction: &&Transaction| transaction.method != Some(Method::Ack);
        let open = |transaction: &&Transaction| transaction.finals.is_empty();
        let mut waiting = self.transactions.iter().filter(own).filter(open).peekable();
        if waiting.peek().is_some() {
            let rings = |transaction: &Transaction| {
                let alerts = |&place: &usize| self.messages[place].status.is_some_and(|s| s.number() > 100);
                transaction.method == Some(Method::Invite) && transaction.provisionals.iter().any(alerts)
            };
            return if waiting.any(rings) { Stage::Ringing } else { Stage::Waiting };
        }
        // A refusal is repeated until its ACK comes; one that is not repeated may have got it where nobody looked.
        let unheard = |transaction: &Transaction| {
            let is_refusal = |&place: &usize| self.messages[place].status.is_some_and(|s| s.number() >= 300);
            transaction.acks.is_empty()
                && transaction.finals.iter().filter(|place| is_refusal(place)).count() > 1
        };
        if self.of(Method::Invite).any(unheard) {
            return Stage::Waiting;
        }
        if self.kind != CallKind::Call {
            return Stage::Over;
        }
        let dialogs = self.dialogs.iter().filter(|dialog| dialog.confirmed.is_some());
        let stages = dialogs.map(|dialog| {
            let has = |method| dialog.requests.iter().any(|&place| self.messages[place].is(method));
            match (has(Method::Bye), has(Method::Ack)) {
                (true, _) => Stage::Over,
                (false, true) => Stage::Standing,
                (false, false) => Stage::Waiting,
            }
        });
        // What lasts longest is waited for.
        stages.max_by_key(|stage| stage.silence()).unwrap_or(Stage::Over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::Scene;

    fn stage(scene: &Scene) -> Stage {
        scene.facts.call(b"call").expect("the call").stage()
    }

    #[test]
    fn a_call_goes_from_waiting_over_ringing_and_standing_to_its_end() {
        let mut scene = Scene::new();
        assert_eq!(stage(scene.request(0, "a", "b", "INVITE", "call")), Stage::Waiting);
        assert_eq!(stage(scene.response(1, "b", "a", "100 Trying", "INVITE", "call")), Stage::Waiting);
        assert_eq!(stage(scene.response(2, "b", "a", "180 Ringing", "INVITE", "call")), Stage::Ringing);
        assert_eq!(stage(scene.response(3, "b", "a", "200 OK", "INVITE", "call")), Stage::Waiting);
        assert_eq!(stage(scene.request_in(4, "a", "b", "ACK", "call", "")), Stage::Standing);
        assert_eq!(stage(scene.request_in(5, "a", "b", "BYE", "call", "")), Stage::Waiting);
        assert_eq!(stage(scene.response(6, "b", "a", "200 OK", "BYE", "call")), Stage::Over);
    }

    #[test]
    fn a_refusal_is_over_with_its_ack() {
        let mut scene = Scene::new();
        scene.request(0, "a", "b", "INVITE", "call");
        scene.response(1, "b", "a", "404 Not Found", "INVITE", "call");
        assert_eq!(stage(scene.response(501, "b", "a", "404 Not Found", "INVITE", "call")), Stage::Waiting);
        scene.number(1).request_in(502, "a", "b", "ACK", "call", "");
        assert_eq!(stage(&scene), Stage::Over);
    }

    #[test]
    fn a_registration_is_over_with_its_answer() {
        let mut scene = Scene::new();
        assert_eq!(stage(scene.request(0, "a", "b", "REGISTER", "call")), Stage::Waiting);
        assert_eq!(stage(scene.response(1, "b", "a", "200 OK", "REGISTER", "call")), Stage::Over);
    }
}
