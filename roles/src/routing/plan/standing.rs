//! What the operator says of a user: gone, moved, away, or to be had elsewhere (RFC 3261 §21.3, §21.4.10).

use ringback_sip::registry::StatusCode;

/// What is said of one user, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserState {
    /// The line of the configuration on which it begins.
    pub line: u32,
    /// What.
    pub standing: Standing,
}

/// The state of a user that the location service does not know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The user existed, is gone for good, and no other address is known.
    Gone,
    /// The user has another address for good.
    Moved(Box<str>),
    /// The user is elsewhere for a while; for how long, when that is known.
    Away(Box<str>, Option<u32>),
    /// Calls do not reach the user; these services may help instead.
    Instead(Box<[Box<str>]>),
    /// The name stands for several users (RFC 3261 §21.4.23); whether callers are told for whom.
    Several(Box<[Box<str>]>, bool),
}

impl Standing {
    /// The code that tells it.
    pub fn status(&self) -> StatusCode {
        match self {
            Standing::Gone => StatusCode::GONE,
            Standing::Moved(_) => StatusCode::MOVED_PERMANENTLY,
            Standing::Away(..) => StatusCode::MOVED_TEMPORARILY,
            Standing::Instead(_) => StatusCode::ALTERNATIVE_SERVICE,
            Standing::Several(..) => StatusCode::AMBIGUOUS,
        }
    }
}
