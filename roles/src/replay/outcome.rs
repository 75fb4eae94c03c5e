//! What became of a call: what an operator would notice.

use core::net::SocketAddr;
use ringback_sip::journal::{Cause, Fact, Shown};
use ringback_sip::registry::{Method, StatusCode};

/// What became of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The first final code that was no challenge; of an INVITE, if there is one. Else that of the challenge.
    pub status: Option<StatusCode>,
    /// Why, when the answer was our own; without lines of the configuration.
    pub cause: Option<Cause>,
    /// The rules of the dial plan that chose, each with whom the request was for then.
    pub rules: Vec<(Shown, Shown)>,
    /// Where requests were sent, each target with the address.
    pub targets: Vec<(Shown, SocketAddr)>,
}

impl Outcome {
    /// The outcome that facts of one call tell, in their order. What follows in the call that an INVITE set up goes where the
    /// call went, and tells nothing more.
    pub fn of<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Self {
        let mut outcome = Outcome::default();
        let mut rank = 0;
        for fact in facts {
            match fact {
                Fact::Answered { method, status, cause, .. } => {
                    outcome.note(&mut rank, *method, *status, Some(cause));
                }
                Fact::Passed { method, status, .. } => outcome.note(&mut rank, *method, *status, None),
                _ if rank == INVITE_ANSWERED => {}
                Fact::Routed { rule, target, .. } => outcome.rules.push((rule.clone(), target.clone())),
                Fact::Branch { target, peer, .. } => outcome.targets.push((target.clone(), *peer)),
                _ => {}
            }
        }
        outcome
    }

    /// The same of a replay with other settings, after what `was`: when others are asked, nobody knows what they would
    /// have answered.
    #[must_use]
    pub fn after(self, was: &Outcome) -> Self {
        let asks_others = !self.targets.is_empty() && self.targets != was.targets;
        if asks_others { Outcome { status: None, cause: None, ..self } } else { self }
    }

    /// Takes an answer that tells more than those before.
    fn note(&mut self, rank: &mut u8, method: Option<Method>, status: StatusCode, cause: Option<&Cause>) {
        let is_challenge = status.is_challenge();
        let own = match (method, is_challenge) {
            _ if !status.is_final() => return,
            (Some(Method::Cancel | Method::Bye | Method::Ack), _) => 1,
            (Some(Method::Invite), false) => INVITE_ANSWERED,
            (_, false) => 3,
            (_, true) => 2,
        };
        if own > *rank {
            *rank = own;
            self.status = Some(status);
            self.cause = cause.map(without_line);
        }
    }
}

/// The rank of the answer that decides about a call.
const INVITE_ANSWERED: u8 = 4;

/// A line moves when another one is written above it.
fn without_line(cause: &Cause) -> Cause {
    match cause {
        Cause::Rule(name, _) => Cause::Rule(name.clone(), 0),
        Cause::UserState(name, _) => Cause::UserState(name.clone(), 0),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(peer: &str) -> Fact {
        Fact::Branch { branch: 0, target: "sip:bob@192.0.2.4".into(), peer: peer.parse().unwrap() }
    }

    fn passed(method: Method, status: StatusCode) -> Fact {
        Fact::Passed { method: Some(method), status, branch: 0 }
    }

    fn refused(rule: &str, line: u32) -> Fact {
        let peer = "192.0.2.1:5060".parse().unwrap();
        let cause = Cause::Rule(rule.into(), line);
        Fact::Answered { method: Some(Method::Invite), status: StatusCode::FORBIDDEN, peer, cause }
    }

    #[test]
    fn a_refusal_is_told_though_the_record_goes_on_with_the_call() {
        let (bob, bye) =
            (branch("192.0.2.4:5060"), [branch("192.0.2.4:5060"), passed(Method::Bye, StatusCode::OK)]);
        let was = Outcome::of([&bob, &passed(Method::Invite, StatusCode::OK), &bye[0], &bye[1]]);
        assert_eq!((was.status, was.targets.len()), (Some(StatusCode::OK), 1), "a BYE asks nobody anew");
        let now = Outcome::of([&refused("no", 6), &bye[0], &bye[1]]).after(&was);
        assert_eq!((now.status, now.cause), (Some(StatusCode::FORBIDDEN), Some(Cause::Rule("no".into(), 0))));
    }

    #[test]
    fn what_others_would_answer_is_not_told() {
        let was = Outcome::of([&branch("192.0.2.4:5060"), &passed(Method::Invite, StatusCode::OK)]);
        let now =
            Outcome::of([&branch("192.0.2.9:5060"), &passed(Method::Invite, StatusCode::OK)]).after(&was);
        assert_eq!((now.status, now.targets.len()), (None, 1));
    }
}
