//! The journal on disk, as the configuration wants it.

use super::document::{Document, Value};
use ringback_io::record::{RecordLimits, RecordedMessages};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The journal on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Journal {
    /// Where it lies; `None`: in the data folder.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) limits: RecordLimits,
    pub(crate) messages: RecordedMessages,
}

/// The journal that a file in `folder` wants. `messages` is its word for them, `counts` are the megabytes and the
/// records of a second.
pub(super) fn build(
    document: &Document,
    folder: &Path,
    messages: &str,
    [megabytes, records]: [usize; 2],
    keep: Duration,
) -> Journal {
    let messages = match messages {
        "off" => RecordedMessages::Off,
        "full" => RecordedMessages::Full,
        _ => RecordedMessages::Masked,
    };
    let place = match document.find("journal", "folder").map(|found| &found.value) {
        Some(Value::Text(path)) => Some(folder.join(path)),
        _ => None,
    };
    let limits = RecordLimits {
        bytes_max: megabytes as u64 * 1_000_000,
        age_max: keep,
        records_per_sec_max: u32::try_from(records).unwrap_or(u32::MAX),
    };
    Journal { folder: place, limits, messages }
}
