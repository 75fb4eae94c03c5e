//! A subscription as a store keeps it.

use super::Resource;
use ringback_sip::time::Instant;

/// What a kept subscription is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeptId {
    /// The Call-ID: it says which worker the subscription belongs to.
    pub call_id: Box<[u8]>,
    /// Our tag.
    pub tag: Box<[u8]>,
}

/// A subscription that outlives a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What it is known by.
    pub id: KeptId,
    /// To what.
    pub resource: Resource,
    /// Who watches.
    pub watcher: Box<[u8]>,
    /// Until when.
    pub expires: Instant,
    /// Whether it still waits for a decision.
    pub is_pending: bool,
    /// All else, a line each: read by who wrote it.
    pub rest: Box<[u8]>,
}
