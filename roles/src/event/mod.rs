//! The state of resources to which others subscribe (RFC 6665): what was published of them (RFC 3903), and the
//! subscriptions that must outlive a restart. A store keeps both; all of this is pure, so that every store behaves alike.

mod board;
mod header;
mod kept;
mod legs;
mod publish;
mod watchers;

pub use board::{Board, Draft};
pub use header::{Event, Reason, Standing, SubscriptionState};
pub use kept::{Kept, KeptId};
pub use legs::{Calls, LEGS_PER_USER_MAX, Leg, Legs, Phase};
pub use publish::{
    MESSAGES_PER_USER_BYTES_MAX, MESSAGES_PER_USER_MAX, OPERATOR, PUBLICATIONS_PER_RESOURCE_MAX, Publication,
    Publish, Published, Refusal, RowChange, What,
};
pub use watchers::{Permission, Rules, Watching, Watchings};

use crate::location::{Aor, Bindings};
use ringback_sip::registry::EventPackage;
use ringback_sip::time::Instant;
use std::sync::Arc;

/// What somebody can watch: one event package of one address of record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    /// Whose.
    pub aor: Aor,
    /// Which package.
    pub package: EventPackage,
}

/// What is known of a resource. It is replaced as a whole at each change, never altered, so that all who tell of it
/// share it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// What was published, the oldest first.
    pub publications: Vec<Publication>,
    /// What its user decided about watchers.
    pub rules: Arc<Rules>,
    /// The subscriptions that it tells of, for `presence.winfo` (RFC 3857).
    pub watchings: Arc<Watchings>,
    /// The bindings of its address of record, for `reg` (RFC 3680).
    pub bindings: Bindings,
    /// The calls of its address of record that the server sees, for `dialog` (RFC 4235).
    pub legs: Arc<Legs>,
}

impl State {
    /// Whether nothing is published.
    pub fn is_empty(&self) -> bool {
        self.publications.is_empty()
    }

    /// When the next of it runs out.
    pub fn expires(&self) -> Option<Instant> {
        self.publications.iter().map(|p| p.expires).min()
    }

    /// The state without what has run out by `now`, and the tags of that; `None` when nothing has.
    pub fn expire(&self, now: Instant) -> Option<(State, Vec<Box<str>>)> {
        let (gone, live): (Vec<_>, Vec<_>) = self.publications.iter().partition(|p| p.expires <= now);
        if gone.is_empty() {
            return None;
        }
        let publications = live.into_iter().cloned().collect();
        Some((State { publications, ..State::default() }, gone.into_iter().map(|p| p.tag.clone()).collect()))
    }
}
