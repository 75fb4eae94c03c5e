//! Where in a segment the records of a key lie: numbers of keys, sorted, each with the offset of a frame. A segment that
//! is full has its index in a file beside it, of which only the blocks are read that a key needs. An index that is missing
//! or damaged is made again from its segment.

use super::frame::{self, Bodies, checksum};
use ringback_roles::diagnosis::{Key, Record};
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"RBindex2";
/// Magic, length of the segment, number of rows, checksum of these and the fence.
const HEAD_BYTES: usize = 24;
/// A key's number and an offset.
const ROW_BYTES: usize = 12;
/// How many rows share a checksum.
const BLOCK_ROWS: usize = 340;
/// Most rows that are believed.
const ROWS_MAX: usize = 1 << 24;

type Row = (u64, u32);

/// An index that grows.
#[derive(Debug, Default)]
pub(super) struct Index {
    rows: Vec<Row>,
    /// The calls whose beginning is in it.
    opened: HashSet<u64>,
}

impl Index {
    /// That of a segment's records, and where they end; `None` when it is of another version.
    pub(super) fn of(segment: &[u8]) -> Option<(Self, usize)> {
        let (mut index, mut bodies) = (Index::default(), Bodies::of(segment)?);
        for (offset, body) in bodies.by_ref() {
            if let Some(record) = frame::parse(body) {
                index.add(&record, offset);
            }
        }
        Some((index, bodies.end))
    }

    /// Adds a record; of a call only the first one that opens something stands among those that do.
    pub(super) fn add(&mut self, record: &Record, offset: usize) {
        for key in record.keys() {
            if key != Key::Opened || self.opened.insert(Key::Call(record.call_id.clone()).hash()) {
                self.rows.push((key.hash(), offset as u32));
            }
        }
    }

    /// Writes the index of a segment that has `length` bytes, and begins anew.
    pub(super) fn write(&mut self, segment: &Path, length: u64) -> io::Result<()> {
        write(segment, length, &std::mem::take(self).sorted())
    }

    fn sorted(mut self) -> Vec<Row> {
        self.rows.sort_unstable();
        self.rows.dedup();
        self.rows
    }
}

/// Writes an index in one step: nobody sees a half of it.
fn write(segment: &Path, length: u64, rows: &[Row]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(HEAD_BYTES + rows.len() * (ROW_BYTES + 1));
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&(rows.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend(rows.chunks(BLOCK_ROWS).flat_map(|block| block[0].0.to_le_bytes()));
    let sum = head_sum(&bytes);
    bytes[20..HEAD_BYTES].copy_from_slice(&sum.to_le_bytes());
    for block in rows.chunks(BLOCK_ROWS) {
        let start = bytes.len();
        for (key, offset) in block {
            bytes.extend_from_slice(&key.to_le_bytes());
            bytes.extend_from_slice(&offset.to_le_bytes());
        }
        let sum = checksum(&bytes[start..]);
        bytes.extend_from_slice(&sum.to_le_bytes());
    }
    let (path, fresh) = (path_of(segment), segment.with_extension(FRESH));
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&fresh)?;
    file.write_all(&bytes)?;
    fs::rename(fresh, path)
}

/// Of all but the sum itself.
fn head_sum(head: &[u8]) -> u32 {
    checksum(&[&head[..20], &head[HEAD_BYTES..]].concat())
}

/// The index of a segment, to be asked.
#[derive(Debug)]
pub(super) enum Lookup {
    /// In its file.
    Kept(Kept),
    /// Made from the segment, in order.
    Built(Vec<Row>),
}

#[derive(Debug)]
pub(super) struct Kept {
    file: File,
    rows: usize,
    /// The first key of each block.
    fence: Vec<u64>,
    /// Those that were read.
    blocks: Vec<Option<Vec<Row>>>,
}

impl Lookup {
    /// The index of a segment, from its file or made again. `is_full`: nothing is added to the segment any more.
    pub(super) fn open(segment: &Path, is_full: bool) -> io::Result<Self> {
        if is_full {
            let length = fs::metadata(segment)?.len();
            return match Kept::open(segment, length) {
                Some(kept) => Ok(Lookup::Kept(kept)),
                None => Self::rebuilt(segment),
            };
        }
        Ok(Lookup::Built(build(segment)?.0))
    }

    /// Makes the index of a full segment again, for whoever comes later too.
    fn rebuilt(segment: &Path) -> io::Result<Self> {
        let (rows, length) = build(segment)?;
        // Whoever may only read makes it for himself.
        let _ = write(segment, length, &rows);
        Ok(Lookup::Built(rows))
    }

    /// The offsets of the frames that may hold the key, in order.
    pub(super) fn find(&mut self, segment: &Path, key: u64) -> io::Result<Vec<u64>> {
        if let Lookup::Kept(kept) = self {
            if let Some(found) = kept.find(key) {
                return Ok(found);
            }
            *self = Self::rebuilt(segment)?;
        }
        let Lookup::Built(rows) = self else { return Ok(Vec::new()) };
        Ok(of_key(rows, key).collect())
    }
}

/// The rows of a segment, and how long it was.
fn build(segment: &Path) -> io::Result<(Vec<Row>, u64)> {
    let bytes = fs::read(segment)?;
    let rows = Index::of(&bytes).map(|(index, _)| index.sorted()).unwrap_or_default();
    Ok((rows, bytes.len() as u64))
}

fn of_key(rows: &[Row], key: u64) -> impl Iterator<Item = u64> {
    let start = rows.partition_point(|(k, _)| *k < key);
    rows[start..].iter().take_while(move |(k, _)| *k == key).map(|(_, offset)| u64::from(*offset))
}

impl Kept {
    /// The file of a segment of `length` bytes; `None` when there is none that fits.
    fn open(segment: &Path, length: u64) -> Option<Self> {
        let mut file = File::open(path_of(segment)).ok()?;
        let mut head = vec![0; HEAD_BYTES];
        file.read_exact(&mut head).ok()?;
        let rows = u32::from_le_bytes(*head[16..].first_chunk()?) as usize;
        if head[..8] != *MAGIC || head[8..16] != length.to_le_bytes() || rows > ROWS_MAX {
            return None;
        }
        let blocks = rows.div_ceil(BLOCK_ROWS);
        head.resize(HEAD_BYTES + blocks * 8, 0);
        file.read_exact(&mut head[HEAD_BYTES..]).ok()?;
        if head[20..HEAD_BYTES] != head_sum(&head).to_le_bytes() {
            return None;
        }
        let (fence, _) = head[HEAD_BYTES..].as_chunks();
        let fence = fence.iter().map(|key| u64::from_le_bytes(*key)).collect();
        Some(Kept { file, rows, fence, blocks: vec![None; blocks] })
    }

    /// `None` when a block of it is damaged.
    fn find(&mut self, key: u64) -> Option<Vec<u64>> {
        // Rows of the key may stand at the end of the block before the first that begins with it.
        let first = self.fence.partition_point(|begin| *begin < key).saturating_sub(1);
        let last = self.fence.partition_point(|begin| *begin <= key);
        let mut found = Vec::new();
        for place in first..last {
            found.extend(of_key(self.block(place)?, key));
        }
        Some(found)
    }

    fn block(&mut self, place: usize) -> Option<&[Row]> {
        let slot = self.blocks.get_mut(place)?;
        if slot.is_none() {
            let rows = (self.rows - place * BLOCK_ROWS).min(BLOCK_ROWS);
            let start = HEAD_BYTES + self.fence.len() * 8 + place * (BLOCK_ROWS * ROW_BYTES + 4);
            let mut bytes = vec![0; rows * ROW_BYTES + 4];
            self.file.read_exact_at(&mut bytes, start as u64).ok()?;
            let (content, sum) = bytes.split_last_chunk::<4>()?;
            if checksum(content) != u32::from_le_bytes(*sum) {
                return None;
            }
            let row = |row: &[u8; ROW_BYTES]| {
                let (key, offset) = row.split_first_chunk::<8>()?;
                Some((u64::from_le_bytes(*key), u32::from_le_bytes(*offset.first_chunk()?)))
            };
            *slot = Some(content.as_chunks().0.iter().filter_map(row).collect());
        }
        slot.as_deref()
    }
}

/// The file of a segment's index.
pub(super) fn path_of(segment: &Path) -> PathBuf {
    segment.with_extension("index")
}

/// The extension of an index that is being written.
const FRESH: &str = "fresh";
