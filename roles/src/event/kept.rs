//! A subscription as a store keeps it.

use super::Resource;
use crate::location::Aor;
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
    /// All else, a line each: read by who wrote it, but for what [`Kept::members`] reads.
    pub rest: Box<[u8]>,
}

impl Kept {
    /// The members of a list whose states it tells, or would tell if they allowed it: each with whether that waits for a
    /// decision.
    pub fn members(&self) -> impl Iterator<Item = (Aor, bool)> {
        let lines = self.rest.split(|&b| b == b'\n');
        lines.filter_map(|line| {
            let (name, is_pending) = match line.strip_prefix(ALLOWED) {
                Some(name) => (name, false),
                None => (line.strip_prefix(PENDING)?, true),
            };
            Some((Aor::from_canonical(name), is_pending))
        })
    }

    /// The lines of [`Kept::rest`] that say so.
    pub fn write_members(members: &[(Aor, bool)], out: &mut Vec<u8>) {
        for (aor, is_pending) in members {
            let name = if *is_pending { PENDING } else { ALLOWED };
            out.extend_from_slice(&[name, aor.as_bytes(), b"\n"].concat());
        }
    }
}

const ALLOWED: &[u8] = b"member ";
const PENDING: &[u8] = b"pending-member ";
