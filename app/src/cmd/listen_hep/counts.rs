//! What came, counted.

use ringback_io::hep::HepFault;
use std::collections::BTreeMap;

/// What came.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) packets: u64,
    /// By the numbers of their capturers.
    pub(super) agents: BTreeMap<u32, u64>,
    pub(super) refused: BTreeMap<Refused, u64>,
}

/// Why a packet was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Refused {
    Fault(HepFault),
    WrongKey,
}
