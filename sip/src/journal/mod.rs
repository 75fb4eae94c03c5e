//! The typed record of what happened and why: the ground of logs, metrics and explanations.
//!
//! An [`Entry`] never holds prose. What people read is rendered from it; [`Fact::id`] and [`Cause::id`] are the
//! stable names under which logs, metrics and texts know a fact and a cause.

mod cause;
mod fact;
mod search;

pub use cause::Cause;
pub use fact::{Binding, BranchEnd, Fact, HopState, Subscription};
pub use search::{RecordKind, Search, Step, Verdict};

use crate::time::Instant;
use core::fmt;
use std::sync::Arc;

/// One fact, when it happened, and to which call or registration it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Instant,
    /// The Call-ID; empty for facts that belong to no call.
    pub call_id: Arc<[u8]>,
    /// What, and why.
    pub fact: Fact,
}

impl Entry {
    /// A fact about the call `call_id` at `at`.
    pub fn new(at: Instant, call_id: &[u8], fact: Fact) -> Self {
        Entry { at, call_id: call_id.into(), fact }
    }
}

/// Bytes of a peer, shown with everything but printable ASCII escaped: no peer can write into a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Shown(pub Box<[u8]>);

impl From<&[u8]> for Shown {
    fn from(bytes: &[u8]) -> Self {
        Shown(bytes.into())
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Shown(text.as_bytes().into())
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}
