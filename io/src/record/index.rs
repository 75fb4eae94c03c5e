//! Where in a segment the records of a key lie: numbers of keys, sorted, each with the offset of a frame. A segment that
//! is full has its index in a file beside it; a segment without one, or with one that does not fit, is read through.

use super::frame::checksum;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"RBindex1";
/// Magic, length of the segment, checksum of the rows.
const HEAD_BYTES: usize = 20;
/// A key's number and an offset.
const ROW_BYTES: usize = 12;

/// An index that grows.
#[derive(Debug, Default)]
pub(super) struct Index {
    rows: Vec<(u64, u32)>,
}

impl Index {
    pub(super) fn add(&mut self, key: u64, offset: usize) {
        self.rows.push((key, offset as u32));
    }

    /// Writes the index of a segment that has `length` bytes, and begins anew.
    pub(super) fn write(&mut self, segment: &Path, length: u64) -> io::Result<()> {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_unstable();
        rows.dedup();
        let rows: Vec<u8> =
            rows.iter().flat_map(|(k, o)| [&k.to_le_bytes()[..], &o.to_le_bytes()].concat()).collect();
        let mut bytes = Vec::with_capacity(HEAD_BYTES + rows.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&checksum(&rows).to_le_bytes());
        bytes.extend(rows);
        fs::write(path_of(segment), bytes)
    }
}

/// The offsets of the frames that may hold the key, in order; `None` when there is no index of this segment.
pub(super) fn find(segment: &Path, length: u64, key: u64) -> Option<Vec<usize>> {
    let bytes = fs::read(path_of(segment)).ok()?;
    let (head, rows) = bytes.split_at_checked(HEAD_BYTES)?;
    let fits = head[..8] == *MAGIC && head[8..16] == length.to_le_bytes() && rows.len() % ROW_BYTES == 0;
    if !fits || head[16..] != checksum(rows).to_le_bytes() {
        return None;
    }
    let row = |i: usize| -> Option<(u64, u32)> {
        let (key, rest) = rows.get(i * ROW_BYTES..)?.split_first_chunk::<8>()?;
        Some((u64::from_le_bytes(*key), u32::from_le_bytes(*rest.first_chunk()?)))
    };
    let (mut low, mut high) = (0, rows.len() / ROW_BYTES);
    while low < high {
        let middle = low.midpoint(high);
        if row(middle)?.0 < key { low = middle + 1 } else { high = middle }
    }
    let found = (low..).map_while(row).take_while(|(k, _)| *k == key);
    Some(found.map(|(_, offset)| offset as usize).collect())
}

/// The file of a segment's index.
pub(super) fn path_of(segment: &Path) -> PathBuf {
    segment.with_extension("index")
}
