//! Questions that the store answers after a while: registrations and publications. Each waits until the record comes to
//! the answer of then; with other limits of registrations, what it would have said is worked out from that.

use super::beside::Beside;
use super::standing::Standing;
use crate::diagnosis::{Known, StoreTold as Told};
use crate::location::{Binding, Bindings, Change, Operation, Policy, Refusal, Register, apply};
use crate::store::{Answer, Ask, Registered};
use ringback_sip::journal::Shown;
use ringback_sip::node::Ticket;
use ringback_sip::time::Instant;

/// A question that waits for its answer.
#[derive(Debug)]
pub(super) struct Later {
    ticket: Ticket,
    ask: Ask,
    at: Instant,
}

impl Later {
    /// A question of this kind; gives others back.
    pub(super) fn new(at: Instant, ticket: Ticket, ask: Ask) -> Result<Self, Box<Ask>> {
        match ask {
            Ask::Register(_) | Ask::Publish(_) => Ok(Later { ticket, ask, at }),
            other => Err(Box::new(other)),
        }
    }

    /// Whom it is about.
    pub(super) fn about(&self) -> Shown {
        match &self.ask {
            Ask::Register(register) => register.aor.as_bytes().into(),
            Ask::Publish(publish) => publish.resource.aor.as_bytes().into(),
            _ => Shown::from(""),
        }
    }

    /// Whether this is the answer to it.
    pub(super) fn is_answered_by(&self, told: &Told) -> bool {
        let is_kind = matches!(
            (&self.ask, &told.known),
            (Ask::Register(_), Known::Registered(_)) | (Ask::Publish(_), Known::Published(_))
        );
        is_kind && self.about() == told.about
    }

    /// The answer, as it was told or as the other limits of `policies` (those of then, the others) make it.
    ///
    /// # Errors
    /// When that cannot be worked out.
    pub(super) fn answer(
        &self,
        told: &Told,
        standing: &Standing,
        policies: Option<&[Policy; 2]>,
    ) -> Result<(Ticket, Answer), Beside> {
        let answer = told.known.answer().ok_or(Beside::Store)?;
        let answer = match (&self.ask, answer, policies) {
            (Ask::Register(register), Answer::Registered(then), Some(policies)) => {
                Answer::Registered(self.judge(register, then, standing, policies)?)
            }
            (_, answer, _) => answer,
        };
        Ok((self.ticket, answer))
    }

    fn judge(
        &self,
        register: &Register,
        then: Result<Registered, Refusal>,
        standing: &Standing,
        [old, new]: &[Policy; 2],
    ) -> Result<Result<Registered, Refusal>, Beside> {
        let before = match &then {
            Ok(done) => before(done, register, self.at),
            Err(Refusal::StoreFull | Refusal::StoreBusy | Refusal::NotDurable) => return Ok(then),
            Err(_) => standing.bindings(&self.about()),
        };
        let with = |policy: &Policy| apply(&before, &register.operation, self.at, policy);
        if with(old).map(drop) != then.as_ref().map(drop).map_err(|refusal| *refusal) {
            // It depended on more than is known.
            return Err(Beside::Contacts);
        }
        Ok(with(new).map(|done| Registered { bindings: done.bindings, changes: done.changes }))
    }
}

/// The bindings before a registration that was done.
fn before(done: &Registered, register: &Register, at: Instant) -> Bindings {
    let is_same = |a: &Binding, b: &Binding| {
        (a.contact(), a.instance(), a.reg_id) == (b.contact(), b.instance(), b.reg_id)
    };
    let is_new = |binding: &Binding| {
        done.changes.iter().any(|change| matches!(change, Change::Put(new, true) if is_same(new, binding)))
    };
    let mut bindings: Vec<Binding> =
        done.bindings.all().iter().filter(|binding| !is_new(binding)).cloned().collect();
    if let Operation::Contacts(candidates) = &register.operation {
        for binding in &mut bindings {
            let is_it = candidates.iter().any(|candidate| {
                candidate.binding.call_id() == binding.call_id() && candidate.binding.cseq == binding.cseq
            });
            // A copy of a request that was done changes nothing.
            if is_it && binding.refreshed >= at {
                binding.cseq = binding.cseq.saturating_sub(1);
            }
        }
    }
    bindings.extend(done.changes.iter().filter_map(|change| match change {
        Change::Remove(gone) => Some(gone.clone()),
        Change::Put(..) => None,
    }));
    Bindings::new(bindings)
}
