//! What the store told of the questions that a request led to, as the journal keeps it: without secrets.

use crate::event::{self, Published};
use crate::location::{Binding, Bindings, Change, Parts, Q, Refusal};
use crate::store::{Answer, Ask, Registered};
use ringback_sip::flow::Flow;
use ringback_sip::journal::Shown;
use ringback_sip::time::Instant;
use serde::{Deserialize, Serialize};

/// An answer of the store to a question of the call under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Told {
    /// The address of record, or the user, that was asked about.
    pub about: Shown,
    /// What it said.
    pub known: Known,
}

/// What the store knew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// Where a user is.
    Bindings {
        /// Whether there is an account of this name.
        is_user: bool,
        /// Its contacts.
        bindings: Box<[KnownBinding]>,
    },
    /// Whether there is a secret of this user; which one is not recorded.
    Secret(bool),
    /// What a registration came to.
    Registered(Result<KnownRegistered, Refusal>),
    /// What a publication came to.
    Published(Result<Published, event::Refusal>),
}

/// A registration that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct KnownRegistered {
    /// All contacts after it.
    bindings: Box<[KnownBinding]>,
    /// Those that it changed.
    changes: Box<[KnownChange]>,
}

/// What a registration did to a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KnownChange {
    Added(KnownBinding),
    Changed(KnownBinding),
    Removed(KnownBinding),
}

/// A contact that the store knew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct KnownBinding {
    contact: Shown,
    call_id: Shown,
    path: Shown,
    user_agent: Shown,
    instance: Shown,
    params: Shown,
    q: u16,
    reg_id: u32,
    cseq: u32,
    expires: Instant,
    lease: Instant,
    refreshed: Instant,
    gruus_since: Instant,
    flow: Flow,
}

impl Told {
    /// What is recorded of a question and its answer; `None` for those that no call depends on.
    pub fn of(ask: &Ask, answer: &Answer) -> Option<Told> {
        let (about, known) = match (ask, answer) {
            (Ask::Bindings(aor), Answer::Bindings { is_user, bindings }) => {
                let bindings = bindings.all().iter().map(KnownBinding::of).collect();
                (aor, Known::Bindings { is_user: *is_user, bindings })
            }
            (Ask::Secret { user, .. }, Answer::Secret(secret)) => (user, Known::Secret(secret.is_some())),
            (Ask::Register(register), Answer::Registered(result)) => {
                let done = result.as_ref().map(KnownRegistered::of).map_err(|refusal| *refusal);
                (&register.aor, Known::Registered(done))
            }
            (Ask::Publish(publish), Answer::Published(result)) => {
                (&publish.resource.aor, Known::Published(result.clone()))
            }
            _ => return None,
        };
        Some(Told { about: about.as_bytes().into(), known })
    }
}

impl Known {
    /// The bindings as the store had them.
    pub fn bindings(&self) -> Bindings {
        match self {
            Known::Bindings { bindings, .. } | Known::Registered(Ok(KnownRegistered { bindings, .. })) => {
                Bindings::new(bindings.iter().filter_map(KnownBinding::binding))
            }
            _ => Bindings::default(),
        }
    }

    /// The answer to a registration or a publication; `None` for the others.
    pub fn answer(&self) -> Option<Answer> {
        Some(match self {
            Known::Registered(Err(refusal)) => Answer::Registered(Err(*refusal)),
            Known::Registered(Ok(done)) => {
                let changes = done.changes.iter().filter_map(KnownChange::change).collect();
                Answer::Registered(Ok(Registered { bindings: self.bindings(), changes }))
            }
            Known::Published(result) => Answer::Published(result.clone()),
            Known::Bindings { .. } | Known::Secret(_) => return None,
        })
    }
}

impl KnownRegistered {
    fn of(done: &Registered) -> Self {
        KnownRegistered {
            bindings: done.bindings.all().iter().map(KnownBinding::of).collect(),
            changes: done.changes.iter().map(KnownChange::of).collect(),
        }
    }
}

impl KnownChange {
    fn of(change: &Change) -> Self {
        let binding = KnownBinding::of(change.binding());
        match change {
            Change::Put(_, true) => KnownChange::Added(binding),
            Change::Put(_, false) => KnownChange::Changed(binding),
            Change::Remove(_) => KnownChange::Removed(binding),
        }
    }

    fn change(&self) -> Option<Change> {
        Some(match self {
            KnownChange::Added(binding) => Change::Put(binding.binding()?, true),
            KnownChange::Changed(binding) => Change::Put(binding.binding()?, false),
            KnownChange::Removed(binding) => Change::Remove(binding.binding()?),
        })
    }
}

impl KnownBinding {
    fn of(binding: &Binding) -> Self {
        KnownBinding {
            contact: binding.contact().into(),
            call_id: binding.call_id().into(),
            path: binding.path().into(),
            user_agent: binding.user_agent().into(),
            instance: binding.instance().into(),
            params: binding.params().into(),
            q: binding.q.thousandths(),
            reg_id: binding.reg_id,
            cseq: binding.cseq,
            expires: binding.expires,
            lease: binding.lease,
            refreshed: binding.refreshed,
            gruus_since: binding.gruus_since,
            flow: binding.flow,
        }
    }

    fn binding(&self) -> Option<Binding> {
        let parts = Parts {
            contact: &self.contact.0,
            call_id: &self.call_id.0,
            path: &self.path.0,
            user_agent: &self.user_agent.0,
            instance: &self.instance.0,
            params: &self.params.0,
        };
        let mut binding = Binding::new(parts, self.flow)?;
        binding.q = Q::from_thousandths(self.q);
        (binding.reg_id, binding.cseq) = (self.reg_id, self.cseq);
        (binding.expires, binding.lease) = (self.expires, self.lease);
        (binding.refreshed, binding.gruus_since) = (self.refreshed, self.gruus_since);
        Some(binding)
    }
}
