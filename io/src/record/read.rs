//! Reading a journal, also while a server writes it.

use super::frame::{self, Bodies};
use super::index::Lookup;
use super::segments;
use ringback_roles::diagnosis::{Key, Record};
use ringback_sip::time::Instant;
use std::cell::RefCell;
use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// A journal that is read, as it was when it was opened. What is looked for by a key is found by the indexes: of a segment
/// only the frames are read that have it.
#[derive(Debug)]
pub struct RecordReader {
    segments: Vec<Segment>,
}

#[derive(Debug)]
struct Segment {
    begin: Instant,
    path: PathBuf,
    is_full: bool,
    /// What was opened of it.
    open: RefCell<Option<(File, Lookup)>>,
}

impl RecordReader {
    /// The journal in a folder.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let found = segments::list(folder)?;
        let last = found.len().saturating_sub(1);
        let segment = |(place, (begin, path))| Segment::new(begin, path, place < last);
        Ok(RecordReader { segments: found.into_iter().enumerate().map(segment).collect() })
    }

    /// One file of a journal.
    pub fn of_file(file: &Path) -> Self {
        RecordReader { segments: vec![Segment::new(Instant::EPOCH, file.to_owned(), false)] }
    }

    /// From when on there are records.
    pub fn begin(&self) -> Option<Instant> {
        self.segments.first().map(|segment| segment.begin)
    }

    /// Shows every record from `since` on, the oldest first; with a key only those that have it.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(&self, since: Instant, key: Option<&Key>, take: &mut dyn FnMut(Record)) -> io::Result<()> {
        for segment in self.since(since) {
            let mut take = |record: Record| {
                if record.at >= since {
                    take(record);
                }
            };
            let read = match key {
                None => segment.scan(&mut take),
                Some(key) => segment.find(key).and_then(|offsets| {
                    offsets.into_iter().try_for_each(|at| {
                        segment.at(at, key).map(|found| found.into_iter().for_each(&mut take))
                    })
                }),
            };
            unless_gone(read)?;
        }
        Ok(())
    }

    /// Shows the records that have a key, from `since` on, the newest first, until `take` has enough.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn newest(
        &self,
        since: Instant,
        key: &Key,
        take: &mut dyn FnMut(Record) -> ControlFlow<()>,
    ) -> io::Result<()> {
        for segment in self.since(since).iter().rev() {
            for offset in unless_gone(segment.find(key))?.into_iter().rev() {
                let record = unless_gone(segment.at(offset, key))?.filter(|record| record.at >= since);
                if record.is_some_and(|record| take(record).is_break()) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// About how many records have a key, from about `since` on, without a look at them.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn count(&self, since: Instant, key: &Key) -> io::Result<u64> {
        let count = |segment: &Segment| unless_gone(segment.find(key)).map(|found| found.len() as u64);
        self.since(since).iter().map(count).sum()
    }

    /// The segments that have records from then on.
    fn since(&self, since: Instant) -> &[Segment] {
        let later = self.segments.partition_point(|segment| segment.begin <= since);
        &self.segments[later.saturating_sub(1)..]
    }
}

impl Segment {
    fn new(begin: Instant, path: PathBuf, is_full: bool) -> Self {
        Segment { begin, path, is_full, open: RefCell::new(None) }
    }

    /// Reads it through.
    fn scan(&self, take: &mut dyn FnMut(Record)) -> io::Result<()> {
        let bytes = fs::read(&self.path)?;
        Bodies::of(&bytes).into_iter().flatten().filter_map(|(_, body)| frame::parse(body)).for_each(take);
        Ok(())
    }

    /// Where frames lie that may have the key.
    fn find(&self, key: &Key) -> io::Result<Vec<u64>> {
        let mut open = self.open.borrow_mut();
        let (_, lookup) = match &mut *open {
            Some(open) => open,
            none => none.insert((File::open(&self.path)?, Lookup::open(&self.path, self.is_full)?)),
        };
        lookup.find(&self.path, key.hash())
    }

    /// The record at an offset, when it has the key.
    fn at(&self, offset: u64, key: &Key) -> io::Result<Option<Record>> {
        let open = self.open.borrow();
        let Some((file, _)) = &*open else { return Ok(None) };
        let body = frame::read_at(file, offset)?;
        Ok(body.and_then(|body| frame::parse(&body)).filter(|record| record.keys().contains(key)))
    }
}

/// The writer may have deleted a segment meanwhile.
fn unless_gone<T: Default>(read: io::Result<T>) -> io::Result<T> {
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        other => other,
    }
}
