//! The files of a journal: segments that are only appended to, the oldest deleted when all are too large or it is too old.

use super::frame::{self, MAGIC};
use super::index::{self, Index};
use super::limits::RecordLimits;
use ringback_roles::diagnosis::{Record, What};
use ringback_sip::time::Instant;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The segments of a folder, the oldest first, each with the time from which on it holds records.
pub(super) fn list(folder: &Path) -> io::Result<Vec<(Instant, PathBuf)>> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_one = path.extension().is_some_and(|extension| extension == SEGMENT);
        let begin = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        segments.extend(begin.filter(|_| is_one).map(|micros| (Instant::from_unix_micros(micros), path)));
    }
    segments.sort();
    Ok(segments)
}

/// The end of a journal, to which is written.
#[derive(Debug)]
pub(super) struct Segments {
    folder: PathBuf,
    limits: RecordLimits,
    /// Segments that are full, the oldest first, with their sizes.
    full: Vec<(Instant, PathBuf, u64)>,
    open: Option<Open>,
    /// How the server runs now: every segment says it, for others are deleted.
    began: Option<Record>,
}

#[derive(Debug)]
struct Open {
    begin: Instant,
    path: PathBuf,
    file: File,
    /// Behind the last frame that is whole.
    length: u64,
    index: Index,
}

impl Segments {
    /// Opens the journal in a folder, which is made if it does not exist; what a crash left half written is cut off.
    pub(super) fn open(folder: &Path, limits: RecordLimits) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut segments =
            Segments { folder: folder.to_owned(), limits, full: Vec::new(), open: None, began: None };
        let mut found = list(folder)?;
        if let Some((begin, path)) = found.pop() {
            segments.open = Open::again(begin, path)?;
        }
        for (begin, path) in found {
            let size = size_of(&path);
            segments.full.push((begin, path, size));
        }
        Ok(segments)
    }

    /// Appends records, all or none.
    pub(super) fn append(&mut self, now: Instant, records: &[Record]) -> io::Result<()> {
        let Some(first) = records.first() else { return Ok(()) };
        let due = self.open.as_ref().is_some_and(|open| {
            open.length >= self.segment_bytes_max() || now.since(open.begin) > self.limits.age_max / SEGMENTS
        });
        if due {
            self.seal();
        }
        self.clean(now);
        let open = match &mut self.open {
            Some(open) => open,
            none => {
                let last = self.full.last().map_or(Instant::EPOCH, |(begin, ..)| *begin);
                let next = Instant::from_unix_micros(last.unix_micros() + 1);
                let open = none.insert(Open::new(&self.folder, first.at.max(next))?);
                open.append(self.began.as_slice())?;
                open
            }
        };
        if let Some(began) = records.iter().rfind(|record| matches!(record.what, What::Began(_))) {
            self.began = Some(began.clone());
        }
        open.append(records)
    }

    /// The open segment is full.
    fn seal(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        // Without an index it is read through.
        let _ = open.index.write(&open.path, open.length);
        let size = size_of(&open.path);
        self.full.push((open.begin, open.path, size));
    }

    /// Deletes what is too old, and the oldest while all together, with a segment yet to come, is too large.
    fn clean(&mut self, now: Instant) {
        let open = self.open.as_ref().map_or(0, |open| open.length).max(self.segment_bytes_max());
        loop {
            let total: u64 = open + self.full.iter().map(|(.., size)| size).sum::<u64>();
            // A segment ends where the next one begins.
            let end =
                self.full.get(1).map(|(begin, ..)| *begin).or(self.open.as_ref().map(|open| open.begin));
            let is_old = end.is_some_and(|end| now.since(end) > self.limits.age_max);
            if self.full.is_empty() || !(is_old || total > self.limits.bytes_max) {
                return;
            }
            let (_, path, _) = self.full.remove(0);
            // What cannot be deleted now is found again at the next start.
            let _ = fs::remove_file(index::path_of(&path));
            let _ = fs::remove_file(&path);
        }
    }

    fn segment_bytes_max(&self) -> u64 {
        (self.limits.bytes_max / u64::from(SEGMENTS)).min(SEGMENT_BYTES_MAX)
    }
}

impl Drop for Segments {
    /// The segment is gone on with after the next start.
    fn drop(&mut self) {
        if let Some(open) = &self.open {
            let _ = open.file.sync_data();
        }
    }
}

impl Open {
    fn new(folder: &Path, begin: Instant) -> io::Result<Self> {
        let path = folder.join(format!("{:020}.{SEGMENT}", begin.unix_micros()));
        let mut file =
            OpenOptions::new().create(true).truncate(true).write(true).read(true).mode(0o600).open(&path)?;
        file.write_all(MAGIC)?;
        Ok(Open { begin, path, file, length: MAGIC.len() as u64, index: Index::default() })
    }

    /// Goes on with the last segment of an earlier run; one that is of another version is left alone.
    fn again(begin: Instant, path: PathBuf) -> io::Result<Option<Self>> {
        let bytes = fs::read(&path)?;
        let (index, length) = match Index::of(&bytes) {
            Some((index, end)) => (index, end as u64),
            None if bytes.len() < MAGIC.len() => (Index::default(), 0),
            None => return Ok(None),
        };
        let mut file = OpenOptions::new().write(true).read(true).open(&path)?;
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        let mut open = Open { begin, path, file, length, index };
        if length == 0 {
            open.file.write_all(MAGIC)?;
            open.length = MAGIC.len() as u64;
        }
        // An index of it from before would be of another length.
        Ok(Some(open))
    }

    fn append(&mut self, records: &[Record]) -> io::Result<()> {
        let mut bytes = Vec::new();
        let mut starts = Vec::with_capacity(records.len());
        for record in records {
            starts.push(bytes.len());
            frame::write(record, &mut bytes);
        }
        if let Err(error) = self.file.write_all(&bytes) {
            // Half of it may stand there.
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::Start(self.length))?;
            return Err(error);
        }
        for (record, start) in records.iter().zip(starts) {
            self.index.add(record, self.length as usize + start);
        }
        self.length += bytes.len() as u64;
        Ok(())
    }
}

fn size_of(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// The extension of a segment.
const SEGMENT: &str = "records";
/// Into how many segments the room and the time are cut at least.
const SEGMENTS: u32 = 16;
/// The longest segment.
const SEGMENT_BYTES_MAX: u64 = 8 << 20;
