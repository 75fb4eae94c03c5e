//! The journal on disk: what the server did and which messages it saw, for `ringback why`.
//!
//! Workers put what happens into a bounded queue and never wait ([`crate::driver::Tap`]); one thread hides what is private
//! and appends. What the queue or the disk does not take is counted, and the journal itself says where records are
//! missing. A full or broken disk costs records, never an answer.

mod frame;
mod index;
mod limits;
mod read;
mod segments;
mod settings;
#[cfg(test)]
mod tests;

pub use limits::RecordLimits;
pub use read::RecordReader;
pub use settings::{keep_settings, settings_file};

use crate::driver::{Journal, JournalLimits, Line, Taken, Tap};
use ringback_roles::diagnosis::{Fanout, Passage, Record, StoreTold, What, masked};
use ringback_roles::store::{Answer, Ask};
use ringback_sip::syntax::Message;
use ringback_sip::time::{Duration, Instant};
use segments::Segments;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Which messages are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordedMessages {
    /// None: facts only.
    Off,
    /// Without what is private.
    Masked,
    /// As they are.
    Full,
}

/// What a server's workers give.
pub type ServerTaken = Taken<Ask, Answer>;
/// The end of a record for a server's workers.
pub type ServerTap = Tap<Ask, Answer>;

/// What was recorded since the start, counted.
#[derive(Debug, Default)]
pub struct RecordFigures {
    kept: AtomicU64,
    lost: AtomicU64,
    counted: AtomicU64,
}

impl RecordFigures {
    /// Records on disk.
    pub fn kept(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    /// Records that were not kept: too many at once, or the disk did not take them.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// NOTIFYs and answers to them that stand in a record with others: a change that many watch.
    pub fn counted(&self) -> u64 {
        self.counted.load(Ordering::Relaxed)
    }
}

/// A journal that is written.
pub struct Recorder {
    journal: Journal<ServerTaken>,
    figures: Arc<RecordFigures>,
    watch: Watch,
}

/// Who is shown each record before it is written, if anybody is.
type Watch = Arc<Mutex<Option<Box<dyn FnMut(&Record) + Send>>>>;

impl Recorder {
    /// Opens the journal in a folder, and starts the thread that writes it. `now` is the clock.
    ///
    /// # Errors
    /// When the folder cannot be made or read, or the system gives no thread.
    pub fn start(
        folder: &Path,
        limits: RecordLimits,
        messages: RecordedMessages,
        now: impl Fn() -> Instant + Send + 'static,
    ) -> io::Result<(Self, ServerTap)> {
        let (figures, watch) = (Arc::new(RecordFigures::default()), Watch::default());
        let mut writer = Writer {
            segments: Segments::open(folder, limits)?,
            messages,
            records: Vec::new(),
            gap: 0,
            fanout: None,
            rest_until: Instant::EPOCH,
            came: Box::default(),
            open: BTreeMap::new(),
            figures: Arc::clone(&figures),
            watch: Arc::clone(&watch),
        };
        let feed_limits =
            JournalLimits { entries_per_sec_max: limits.records_per_sec_max, waiting_max: WAITING_MAX };
        let (journal, feed) = Journal::start(feed_limits, move |line| writer.take(&line, now()))?;
        let tap = match messages {
            RecordedMessages::Off => {
                Tap { feed, facts: true, message_bytes_max: 0, every_notify: false, asks: |_| false }
            }
            RecordedMessages::Masked | RecordedMessages::Full => {
                let asks = |ask: &Ask| {
                    matches!(ask, Ask::Bindings(_) | Ask::Secret { .. } | Ask::Register(_) | Ask::Publish(_))
                };
                Tap { feed, facts: true, message_bytes_max: MESSAGE_BYTES_MAX, every_notify: false, asks }
            }
        };
        Ok((Recorder { journal, figures, watch }, tap))
    }

    /// Shows `watch` each record from now on, without what is private, on the thread that writes them.
    pub fn watch(&self, watch: impl FnMut(&Record) + Send + 'static) {
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(watch));
    }

    /// What was recorded so far.
    pub fn figures(&self) -> Arc<RecordFigures> {
        Arc::clone(&self.figures)
    }

    /// Writes what waits and ends the thread.
    pub fn finish(self) {
        self.journal.finish();
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("figures", &self.figures).finish_non_exhaustive()
    }
}

struct Writer {
    segments: Segments,
    messages: RecordedMessages,
    /// Those that wait to be written at once.
    records: Vec<Record>,
    /// Those that were lost since the last one on disk.
    gap: u64,
    /// NOTIFYs that were too many, since the first of them.
    fanout: Option<(Instant, Fanout)>,
    /// The disk did not take anything: until then it is left alone.
    rest_until: Instant,
    /// The Call-ID of the message that came last.
    came: Box<[u8]>,
    /// Questions that wait for their answers, each with the call that asked.
    open: BTreeMap<(usize, u64), Question>,
    figures: Arc<RecordFigures>,
    watch: Watch,
}

/// The Call-ID of the call that asked, and what.
type Question = (Box<[u8]>, Ask);

impl Writer {
    fn take(&mut self, line: &Line<'_, ServerTaken>, now: Instant) {
        match line {
            Line::Entry(at, Taken::Fanout(fanout)) => self.count(*at, *fanout),
            Line::Entry(at, taken) => {
                let record = self.record(*at, taken);
                if let (Some(record), Some(watch)) =
                    (&record, &mut *self.watch.lock().unwrap_or_else(PoisonError::into_inner))
                {
                    watch(record);
                }
                self.records.extend(record);
            }
            Line::Dropped(count) => self.lose(*count),
            Line::Rest => self.write(now),
        }
    }

    fn record(&mut self, at: Instant, taken: &ServerTaken) -> Option<Record> {
        Some(match taken {
            Taken::Entry(entry) => {
                let call_id = entry.call_id[..].into();
                Record { at: entry.at, call_id, what: What::Fact(entry.fact.clone()) }
            }
            Taken::Message { flow, sent, bytes } => {
                let is_full = self.messages == RecordedMessages::Full;
                let bytes = if is_full { bytes.clone() } else { masked(bytes).into() };
                let message = Message::parse(&bytes).ok();
                let call_id = message.and_then(|m| m.call_id().ok().map(Into::into)).unwrap_or_default();
                if !sent {
                    self.came.clone_from(&call_id);
                }
                Record { at, call_id, what: What::Message(Passage { flow: *flow, sent: *sent, bytes }) }
            }
            // What a worker gives in one turn comes in one piece.
            Taken::Told(ask, answer) => {
                let told = StoreTold::of(ask, answer)?;
                Record { at, call_id: self.came.clone(), what: What::Told(told) }
            }
            Taken::Asked(place, ask) => {
                if self.open.len() == OPEN_MAX {
                    // Answers that were dropped on the way leave their questions here.
                    self.open.clear();
                }
                self.open.insert(*place, (self.came.clone(), ask.clone()));
                return None;
            }
            Taken::Answered(place, answer) => {
                let (call_id, ask) = self.open.remove(place)?;
                // What the answer leads to belongs to the same call.
                self.came.clone_from(&call_id);
                Record { at, call_id, what: What::Told(StoreTold::of(&ask, answer)?) }
            }
            Taken::Fanout(_) => return None,
            Taken::Began(began) => Record { at, call_id: Box::default(), what: What::Began(began.clone()) },
        })
    }

    fn write(&mut self, now: Instant) {
        let mut records = std::mem::take(&mut self.records);
        if now < self.rest_until {
            self.lose(records.len() as u64);
            return;
        }
        if let Some((at, fanout)) = self.fanout.take() {
            records.push(Record { at, call_id: Box::default(), what: What::Fanout(fanout) });
        }
        let whole = records.len() as u64;
        if self.gap > 0 {
            let gap = Record { at: now, call_id: Box::default(), what: What::Gap(self.gap) };
            records.push(gap);
        }
        match self.segments.append(now, &records) {
            Ok(()) => {
                self.gap = 0;
                self.figures.kept.fetch_add(whole, Ordering::Relaxed);
            }
            Err(_) => {
                self.lose(whole);
                self.rest_until = now + DISK_REST;
            }
        }
        records.clear();
        self.records = records;
    }

    /// Adds to what is written in one record.
    fn count(&mut self, at: Instant, more: Fanout) {
        let (_, all) = self.fanout.get_or_insert((at, Fanout::default()));
        (all.notified, all.accepted) = (all.notified + more.notified, all.accepted + more.accepted);
        self.figures.counted.fetch_add(more.notified + more.accepted, Ordering::Relaxed);
    }

    fn lose(&mut self, count: u64) {
        self.gap += count;
        self.figures.lost.fetch_add(count, Ordering::Relaxed);
    }
}

/// Where the journal lies in the data folder, unless the configuration says otherwise.
pub const FOLDER: &str = "journal";
/// Most questions that wait for their answers: beyond, what waited is not recorded.
const OPEN_MAX: usize = 1 << 16;
/// Most records that wait to be written.
const WAITING_MAX: usize = 4096;
/// The longest message that is recorded whole.
const MESSAGE_BYTES_MAX: usize = 8192;
/// How long a disk that took nothing is left alone.
const DISK_REST: Duration = Duration::from_secs(1);
