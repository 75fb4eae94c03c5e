//! Reading a journal, also while a server writes it.

use super::frame::{self, Bodies};
use super::{index, segments};
use ringback_roles::diagnosis::{Key, Record};
use ringback_sip::time::Instant;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A journal that is read.
#[derive(Clone, Debug)]
pub struct RecordReader {
    segments: Vec<(Instant, PathBuf)>,
}

impl RecordReader {
    /// The journal in a folder.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open(folder: &Path) -> io::Result<Self> {
        Ok(RecordReader { segments: segments::list(folder)? })
    }

    /// One file of a journal.
    pub fn of_file(file: &Path) -> Self {
        RecordReader { segments: vec![(Instant::EPOCH, file.to_owned())] }
    }

    /// From when on there are records.
    pub fn begin(&self) -> Option<Instant> {
        self.segments.first().map(|(begin, _)| *begin)
    }

    /// Shows every record from `since` on, the oldest first, until `take` has enough; with a key only those that have it.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(&self, since: Instant, key: Option<&Key>, take: &mut dyn FnMut(Record)) -> io::Result<()> {
        for (place, (_, path)) in self.segments.iter().enumerate() {
            let is_before = self.segments.get(place + 1).is_some_and(|(next, _)| *next <= since);
            if is_before {
                continue;
            }
            let bytes = match fs::read(path) {
                Ok(bytes) => bytes,
                // The writer has deleted it meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let mut show = |body| {
                let record = frame::parse(body).filter(|record| record.at >= since);
                if let Some(record) = record.filter(|r| key.is_none_or(|key| r.keys().contains(key))) {
                    take(record);
                }
            };
            let offsets = key.and_then(|key| index::find(path, bytes.len() as u64, key.hash()));
            match offsets {
                Some(offsets) => {
                    offsets.into_iter().filter_map(|offset| Bodies::at(&bytes, offset)).for_each(&mut show);
                }
                None => Bodies::of(&bytes).into_iter().flatten().for_each(|(_, body)| show(body)),
            }
        }
        Ok(())
    }
}
