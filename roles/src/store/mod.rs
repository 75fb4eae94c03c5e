//! What a node asks of its store, in domain terms. The engine behind it is a driver's business: one machine's
//! SQLite, memory in a simulation, a shared engine.
//!
//! An answer that says that a change happened means that the change is durable. Reads see what is durable.

mod memory;
mod waiting;

pub use memory::{EventMemory, Known};
pub use waiting::{QUESTIONS_MAX, Waiting};

use crate::event::{self, Kept, KeptId, Leg, Publish, Published, Resource, State};
use crate::location::{Aor, Bindings, Change, Refusal, Register};
use ringback_sip::auth::{Ha1, Hash};
use ringback_sip::entropy::Share;
use std::sync::Arc;

/// A question or an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Change or tell the bindings of an address of record; answered by [`Answer::Registered`].
    Register(Register),
    /// Tell the bindings of an address of record; answered by [`Answer::Bindings`].
    Bindings(Aor),
    /// Tell the secret of a user; answered by [`Answer::Secret`].
    Secret {
        /// The user: the name in the credentials, and the realm, which is the domain's main name.
        user: Aor,
        /// For this hash function.
        hash: Hash,
    },
    /// Tell the state of a resource, now and again at each change; every answer is an [`Answer::State`] with the ticket
    /// of this question. It stands until [`Ask::Unwatch`].
    Watch(Resource),
    /// End the standing question with the same ticket. Nothing answers; an answer that is on its way may still come.
    Unwatch(Resource),
    /// A call of a user is so now, or is over. Nothing answers, and nothing of it is durable.
    Leg(Aor, u64, Option<Box<Leg>>),
    /// Change what is published of a resource (RFC 3903); answered by [`Answer::Published`].
    Publish(Publish),
    /// Keep a subscription, in place of what was kept of it before; answered by [`Answer::Kept`].
    Keep(Box<Kept>),
    /// Keep a subscription no longer; answered by [`Answer::Kept`].
    Forget(Resource, KeptId),
    /// Tell all subscriptions whose Call-IDs are of this share; answered by [`Answer::Subscriptions`].
    Subscriptions(Share),
}

/// What the store says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Ask::Register`].
    Registered(Result<Registered, Refusal>),
    /// To [`Ask::Bindings`].
    Bindings {
        /// Whether there is an account of this name.
        is_user: bool,
        /// The bindings; some may be out of date.
        bindings: Bindings,
    },
    /// To [`Ask::Secret`]; `None` when there is no such user.
    Secret(Option<Ha1>),
    /// To [`Ask::Watch`], again and again.
    State {
        /// Whether there is an account of this name.
        is_user: bool,
        /// What is known of the resource.
        state: Arc<State>,
    },
    /// To [`Ask::Publish`].
    Published(Result<Published, event::Refusal>),
    /// To [`Ask::Keep`] and [`Ask::Forget`].
    Kept(Result<(), event::Refusal>),
    /// To [`Ask::Subscriptions`].
    Subscriptions(Vec<Kept>),
}

/// A REGISTER that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// All bindings after it.
    pub bindings: Bindings,
    /// What it changed beside lifetimes, for the journal; seldom anything, and without room of its own.
    pub changes: Vec<Change>,
}

/// The secrets of one user: one for each hash function that challenges may name. The password is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secrets([Ha1; Hash::ALL.len()]);

impl Secrets {
    /// Makes the secrets of `user` from a password.
    pub fn from_password(user: &Aor, password: &[u8]) -> Self {
        Secrets(Hash::ALL.map(|hash| Ha1::from_password(hash, user.user(), user.domain(), password)))
    }

    /// Takes the secrets as a store keeps them, in the order of [`Hash::ALL`]; `None` when one is broken.
    pub fn from_hex(texts: [&[u8]; Hash::ALL.len()]) -> Option<Self> {
        let mut secrets = Vec::with_capacity(texts.len());
        for (hash, text) in Hash::ALL.into_iter().zip(texts) {
            secrets.push(Ha1::from_hex(hash, text)?);
        }
        secrets.try_into().ok().map(Secrets)
    }

    /// The secret for a hash function.
    pub fn of(&self, hash: Hash) -> Ha1 {
        *self.0.iter().find(|s| s.hash() == hash).unwrap_or(&self.0[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_kept_for_every_algorithm_and_survive_the_store() {
        let user = Aor::from_canonical(b"alice@example.org");
        let secrets = Secrets::from_password(&user, b"secret");
        for hash in Hash::ALL {
            assert_eq!(secrets.of(hash), Ha1::from_password(hash, b"alice", b"example.org", b"secret"));
        }
        let hex = Hash::ALL.map(|h| secrets.of(h).expose().to_vec());
        assert_eq!(Secrets::from_hex([&hex[0], &hex[1], &hex[2]]), Some(secrets));
        assert_eq!(Secrets::from_hex([&hex[2], &hex[1], &hex[0]]), None);
    }
}
