//! Something that the agent publishes of itself (RFC 3903 §4): what is kept of it.

use super::command::Publishing;
use super::exchange::ExchangeId;
use super::lifetime::Lifetime;

/// What the agent remembers of something that it publishes.
#[derive(Debug)]
pub(super) struct Publication {
    pub(super) what: Publishing,
    /// Whether the server has this document, and not one before it.
    pub(super) is_there: bool,
    /// Its entity tag, once the server has given one.
    pub(super) tag: Option<Box<[u8]>>,
    pub(super) expires: Lifetime,
    /// The PUBLISH under way: a second one waits for it, as it needs the new tag (RFC 3903 §4.1).
    pub(super) pending: Option<(ExchangeId, Step)>,
    pub(super) next: Option<Step>,
    pub(super) failures: u32,
}

/// What a PUBLISH does (RFC 3903 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It brings the document: the first one, or one in place of the one before.
    Put,
    /// The document stays.
    Refresh,
    /// The document goes.
    Remove,
}
