//! An event package, as data (RFC 6665 §7.2).

use crate::event::State;
use crate::location::Aor;
use crate::registrar::Gruus;
use ringback_sip::registry::EventPackage;
use ringback_sip::time::{Duration, Instant};

/// An event package as this server speaks it. A new one is a new row in [`super::PACKAGES`], and what its functions need.
#[derive(Debug)]
pub struct Package {
    /// Its name.
    pub event: EventPackage,
    /// The media types of its documents: the one of who names none in Accept first.
    pub types: &'static [&'static str],
    /// Whether its state can be published (RFC 3903).
    pub is_published: bool,
    /// Whether each document to a subscriber has a number of its own, so that it cannot be shared.
    pub is_numbered: bool,
    /// For how long a subscription or publication holds that does not say.
    pub expires: Duration,
    /// The least time between two documents to one subscriber, when that is longer than the settings say.
    pub pace: Duration,
    /// Who may watch whom, where nobody decided otherwise.
    pub watchers: Watchers,
    /// Whether a document that somebody publishes is one of this package.
    pub check: fn(&[u8]) -> bool,
    /// The document for the state of a resource.
    pub compose: fn(&Source<'_>) -> Vec<u8>,
}

/// Who may watch a resource of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watchers {
    /// Every user of our domains.
    Users,
    /// Its owner, and those whom he allows.
    Chosen,
    /// Its owner alone.
    Owner,
}

/// What a document is made of.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Whose state it is.
    pub aor: &'a Aor,
    /// The state.
    pub state: &'a State,
    /// The media type asked for.
    pub media_type: &'static str,
    /// The number of the document, for packages that number them: one more than that of the document before it to the
    /// same subscriber, except after a restart.
    pub version: u32,
    /// When; the epoch for the document whose hash is the entity tag, which shall not change as time goes by.
    pub now: Instant,
    /// Whether the subscriber is the user himself.
    pub is_owner: bool,
    /// Whether it is, or the user allowed it by name.
    pub is_trusted: bool,
    /// Makes the names of instances.
    pub gruus: &'a Gruus,
    /// The state as the subscriber of a numbered document has it, when it needs to be told the difference only.
    pub before: Option<&'a State>,
}
