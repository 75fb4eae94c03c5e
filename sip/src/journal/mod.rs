//! The typed record of what happened and why: the ground of logs, metrics and explanations.
//!
//! An [`Entry`] never holds prose. What people read is rendered from it; [`Fact::id`] and [`Cause::id`] are the
//! stable names under which logs, metrics and texts know a fact and a cause.

mod cause;
mod fact;
mod search;

pub use cause::Cause;
pub use fact::{Binding, BranchEnd, Fact, HopState, Lost, Outvoted, Subscription, Unwanted};
pub use search::{RecordKind, Search, Step, Verdict};

use crate::time::Instant;
use core::fmt;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
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

/// Stored with a letter for each byte, whatever the bytes mean.
impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.iter().map(|&byte| char::from(byte)).collect::<String>())
    }
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let bytes: Option<Box<[u8]>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
        bytes.map(Shown).ok_or_else(|| D::Error::custom("a letter above U+00FF"))
    }
}

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
