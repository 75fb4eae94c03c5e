//! What a journal may cost.

use ringback_sip::time::Duration;

/// What a journal may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordLimits {
    /// Most bytes on disk, apart from indexes, which take about a tenth more.
    pub bytes_max: u64,
    /// How long records are kept at most; the oldest may stay a sixteenth of it longer.
    pub age_max: Duration,
    /// Most records in a second; the rest is counted.
    pub records_per_sec_max: u32,
}
