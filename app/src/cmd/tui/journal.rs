//! The calls that the server records, read again as the journal grows.

use crate::cmd::why::text;
use crate::terminal::Terminal;
use crate::tui::{CallSheet, News, Sent, Tone, why_lines};
use crate::web::model::CallLine;
use crate::why::{Case, cases, ladder, newest};
use ringback_io::clock::Clock;
use ringback_io::record::RecordReader;
use ringback_roles::diagnosis::{Key, Passage, Record, What};
use ringback_roles::explain::Explainer;
use ringback_sip::time::Instant;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, SystemTime};

/// A journal that is followed.
pub(super) struct JournalSource {
    folder: PathBuf,
    explainer: Explainer,
    clock: Clock,
    /// The calls as they were told last, each with the number of records of which it was made.
    told: BTreeMap<CallId, (u64, Arc<CallSheet>)>,
}

type CallId = Box<[u8]>;

/// What tells whether a journal has grown: its files with their lengths and times.
type Footprint = Vec<(PathBuf, u64, Option<SystemTime>)>;

impl JournalSource {
    /// The journal in a folder.
    pub(super) fn open(folder: &Path, explainer: Explainer) -> io::Result<Self> {
        RecordReader::open(folder)?;
        Ok(JournalSource {
            folder: folder.to_owned(),
            explainer,
            clock: Clock::start(),
            told: BTreeMap::new(),
        })
    }

    /// Tells its calls, and again whenever they have changed, as long as somebody looks.
    pub(super) fn follow(mut self, sender: &Sender<News>) {
        let mut known = None;
        loop {
            let begin = std::time::Instant::now();
            let now = footprint(&self.folder);
            if known.as_ref() != Some(&now) {
                let news = match self.read() {
                    Ok((calls, left_out)) => News::Calls { calls, left_out, is_complete: false },
                    Err(error) => News::Fault(error.to_string()),
                };
                if sender.send(news).is_err() {
                    return;
                }
                known = Some(now);
            }
            // A journal that takes long to read is read less often.
            thread::sleep(PAUSE.max(begin.elapsed() * PAUSES_TO_WORK));
        }
    }

    /// The newest calls of the last day, the first one first, and how many others there are.
    fn read(&mut self) -> io::Result<(Vec<Arc<CallSheet>>, u64)> {
        let reader = RecordReader::open(&self.folder)?;
        let now = self.clock.now();
        let since = Instant::from_unix_micros(now.unix_micros().saturating_sub(DAY.as_micros() as u64));
        let newest = newest(&reader, since, &Key::Opened, CALLS_MAX)?;
        let left_out = reader.count(since, &Key::Opened)?.saturating_sub(newest.len() as u64);
        let (mut counts, mut changed) = (BTreeMap::new(), Vec::new());
        for call_id in &newest {
            let count = reader.count(since, &Key::Call(call_id.clone()))?;
            if self.told.get(call_id).map(|(told, _)| *told) != Some(count) {
                changed.push(call_id.clone());
            }
            counts.insert(call_id.clone(), count);
        }
        for case in cases(&reader, since, &changed)? {
            let count = counts.get(&case.call_id).copied().unwrap_or_default();
            let sheet = Arc::new(sheet(&case, &self.explainer, now));
            self.told.insert(case.call_id, (count, sheet));
        }
        self.told.retain(|id, _| counts.contains_key(id));
        let calls = newest.iter().filter_map(|id| self.told.get(id)).map(|(_, sheet)| Arc::clone(sheet));
        Ok((calls.collect(), left_out))
    }
}

fn footprint(folder: &Path) -> Footprint {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Footprint = entries
        .filter_map(|entry| {
            let data = entry.metadata().ok()?;
            Some((entry.path(), data.len(), data.modified().ok()))
        })
        .collect();
    files.sort();
    files
}

fn sheet(case: &Case, explainer: &Explainer, now: Instant) -> CallSheet {
    let line = CallLine::new(case, explainer, now);
    let mut why = text::account(case, explainer, &Terminal::plain());
    text::write_others(&mut why, case, explainer);
    why.push_str(&text::media(case, explainer));
    CallSheet {
        tone: match line.status {
            Some(200..300) => Tone::Good,
            Some(_) => Tone::Fault,
            None => Tone::Open,
        },
        why: why_lines(&why, 2),
        ladder: ladder(case, explainer),
        messages: case.records.iter().filter_map(sent).collect(),
        id: line.call_id,
        began: line.begin,
        from: line.from,
        to: line.to,
        method: line.method.unwrap_or_default(),
        status: line.status,
        verdict: line.verdict,
    }
}

fn sent(record: &Record) -> Option<Sent> {
    let What::Message(Passage { flow, sent, bytes }) = &record.what else { return None };
    let (src, dst) = if *sent { (flow.local, flow.remote) } else { (flow.remote, flow.local) };
    Some(Sent { at: record.at, transport: flow.transport, src, dst, bytes: bytes.clone() })
}

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Most calls on the screen.
const CALLS_MAX: usize = 1000;
/// How often the journal is looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// How much longer than reading the pause after it is at least.
const PAUSES_TO_WORK: u32 = 5;
