//! The calls that the journal has, in short and in memory, and counts of how they ended: kept while the server writes its
//! journal, so that a page or a change of a call costs no look at the disk.

use crate::why::{Sketch, Stage};
use ringback_io::record::RecordReader;
use ringback_roles::diagnosis::{Account, Key, Record};
use ringback_sip::journal::Fact;
use ringback_sip::registry::Method;
use ringback_sip::time::{Duration, Instant};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// The calls.
#[derive(Debug)]
pub(crate) struct Board {
    content: Mutex<Content>,
    news: broadcast::Sender<Row>,
}

/// Where a call stands: when it began, and a number of its Call-ID.
pub(super) type Place = (Instant, u64);

/// A call in short.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) call_id: Box<[u8]>,
    pub(super) sketch: Sketch,
    /// What was found out about it, once it has ended.
    pub(super) account: Option<Arc<Account>>,
    /// Whether its end stands among the counts.
    is_counted: bool,
}

impl Row {
    pub(super) fn place(&self) -> Place {
        (self.sketch.begin, Key::Call(self.call_id.clone()).hash())
    }
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) since: Instant,
    pub(super) code: Option<u16>,
    pub(super) user: Option<String>,
    /// `None` for all.
    pub(super) method: Option<Method>,
    pub(super) live: bool,
    /// Those that began before it.
    pub(super) before: Option<Place>,
}

#[derive(Debug)]
struct Content {
    /// Calls, and everything else: registrations come so often that they would drive calls out.
    calls: Table,
    others: Table,
    minutes: BTreeMap<u64, Minute>,
    /// What came while the journal was read at the start.
    waiting: Option<VecDeque<Record>>,
}

#[derive(Debug)]
struct Table {
    rows: BTreeMap<Place, Row>,
    places: HashMap<Box<[u8]>, Place>,
    rows_max: usize,
}

/// What ended within a minute.
#[derive(Clone, Debug, Default)]
pub(super) struct Minute {
    /// Calls by final code and cause.
    pub(super) ends: BTreeMap<(u16, &'static str), u64>,
    /// Milliseconds from the INVITE to the first sign of life of the other side.
    pub(super) delays: Vec<u64>,
}

impl Default for Board {
    fn default() -> Self {
        let table = |rows_max| Table { rows: BTreeMap::new(), places: HashMap::new(), rows_max };
        let content = Content {
            calls: table(CALLS_MAX),
            others: table(OTHERS_MAX),
            minutes: BTreeMap::new(),
            waiting: Some(VecDeque::new()),
        };
        Board { content: Mutex::new(content), news: broadcast::Sender::new(NEWS_MAX) }
    }
}

impl Board {
    /// Takes what is recorded now.
    pub(crate) fn take(&self, record: &Record) {
        let mut content = self.lock();
        if let Some(waiting) = &mut content.waiting {
            if waiting.len() < WAITING_MAX {
                waiting.push_back(record.clone());
            }
            return;
        }
        let changed = content.note(record);
        drop(content);
        if let Some(row) = changed.filter(|row| row.sketch.is_call()) {
            // Nobody may be listening.
            let _ = self.news.send(row);
        }
    }

    /// Reads what was recorded before `now`, and then takes what came meanwhile.
    ///
    /// # Errors
    /// When a file cannot be read; then what was read stays.
    pub(super) fn load(&self, reader: Option<&RecordReader>, now: Instant) -> io::Result<()> {
        let since = Instant::from_unix_micros(now.unix_micros().saturating_sub(DAY.as_micros() as u64));
        let read = reader.map_or(Ok(()), |reader| {
            reader.read(since, None, &mut |record| {
                if record.at < now {
                    self.lock().note(&record);
                }
            })
        });
        let mut content = self.lock();
        for record in content.waiting.take().unwrap_or_default() {
            content.note(&record);
        }
        read
    }

    /// The newest rows that are wanted, `most` at most, and whether there are more.
    pub(super) fn page(&self, now: Instant, wanted: &Wanted, most: usize) -> (Vec<Row>, bool) {
        let content = self.lock();
        let tables: &[&Table] = match wanted.method {
            Some(Method::Invite) => &[&content.calls],
            Some(_) => &[&content.others],
            None => &[&content.calls, &content.others],
        };
        let mut rows: Vec<Row> = Vec::new();
        for table in tables {
            let end = wanted.before.unwrap_or((Instant::NEVER, u64::MAX));
            let newest_first = table.rows.range((wanted.since, 0)..end).rev();
            let fits = newest_first.filter(|(_, row)| wanted.has(row, now));
            rows.extend(fits.take(most + 1).map(|(_, row)| row.clone()));
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.place()));
        let has_more = rows.len() > most;
        rows.truncate(most);
        (rows, has_more)
    }

    /// Keeps what was found out about a call.
    pub(super) fn keep(&self, place: Place, account: Arc<Account>) {
        let mut content = self.lock();
        let Content { calls, others, .. } = &mut *content;
        if let Some(row) = calls.rows.get_mut(&place).or_else(|| others.rows.get_mut(&place)) {
            row.account = Some(account);
        }
    }

    /// How many calls ring or talk.
    pub(super) fn live(&self, now: Instant) -> u64 {
        let content = self.lock();
        content.calls.rows.values().filter(|row| row.sketch.stage(now) != Stage::Ended).count() as u64
    }

    /// What ended from then on, by the minute.
    pub(super) fn minutes(&self, since: Instant) -> Vec<(Instant, Minute)> {
        let content = self.lock();
        let from = since.unix_secs() / 60;
        let minutes = content.minutes.range(from..);
        minutes.map(|(minute, ends)| (Instant::from_unix_secs(minute * 60), ends.clone())).collect()
    }

    /// Changes of calls from now on.
    pub(super) fn news(&self) -> broadcast::Receiver<Row> {
        self.news.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    /// Takes a record; gives the row that it changed for everybody to see.
    fn note(&mut self, record: &Record) -> Option<Row> {
        if self.is_to_count(record) {
            self.count(record);
        }
        if record.call_id.is_empty() {
            return None;
        }
        let Content { calls, others, .. } = self;
        let known = [calls, others].into_iter().find_map(|table| table.find(&record.call_id));
        let Some(row) = known else {
            let sketch = Sketch::begin(record)?;
            let row = Row {
                call_id: record.call_id.clone(),
                sketch,
                account: None,
                is_counted: ends_call(record).is_some(),
            };
            let table = if row.sketch.is_call() { &mut self.calls } else { &mut self.others };
            table.insert(row.clone());
            return Some(row);
        };
        let before = (row.sketch.stage(record.at), row.sketch.status, row.sketch.rang);
        row.sketch.note(record);
        row.account = None;
        row.is_counted |= ends_call(record).is_some();
        let after = (row.sketch.stage(record.at), row.sketch.status, row.sketch.rang);
        let row = (before != after).then(|| row.clone())?;
        // A refusal tells nothing of how long callers wait for those whom they reach (RFC 6076 §4.3.1).
        let is_refused = after.1.is_some_and(|status| status >= 300);
        if let (true, (None, Some(rang))) = (row.sketch.is_call() && !is_refused, (before.2, after.2)) {
            let delays = &mut self.minute(record.at).delays;
            if delays.len() < DELAYS_MAX {
                delays.push(rang.since(row.sketch.begin).as_millis() as u64);
            }
        }
        Some(row)
    }

    /// Counts how a call ends.
    fn count(&mut self, record: &Record) {
        if let Some(end) = ends_call(record) {
            *self.minute(record.at).ends.entry(end).or_default() += 1;
        }
    }

    /// Whether the answer is not to an INVITE that changes a call which stands, as hold does.
    fn is_to_count(&mut self, record: &Record) -> bool {
        let row = self.calls.find(&record.call_id);
        row.is_none_or(|row| !row.is_counted || row.sketch.answered.is_none())
    }

    fn minute(&mut self, at: Instant) -> &mut Minute {
        let minute = at.unix_secs() / 60;
        let oldest = minute.saturating_sub(DAY.as_secs() / 60);
        while self.minutes.first_key_value().is_some_and(|(first, _)| *first < oldest) {
            self.minutes.pop_first();
        }
        self.minutes.entry(minute).or_default()
    }
}

/// The code and the word for its cause, of a final answer to an INVITE.
fn ends_call(record: &Record) -> Option<(u16, &'static str)> {
    let (method, status, cause) = match record.fact()? {
        Fact::Answered { method, status, cause, .. } => (*method, *status, cause.id()),
        Fact::Passed { method, status, .. } => (*method, *status, "passed"),
        _ => return None,
    };
    let is_end = method == Some(Method::Invite) && status.is_final() && !status.is_challenge();
    is_end.then(|| (status.number(), cause))
}

impl Table {
    fn find(&mut self, call_id: &[u8]) -> Option<&mut Row> {
        self.rows.get_mut(self.places.get(call_id)?)
    }

    fn insert(&mut self, row: Row) {
        let place = row.place();
        self.places.insert(row.call_id.clone(), place);
        self.rows.insert(place, row);
        if self.rows.len() > self.rows_max
            && let Some((_, oldest)) = self.rows.pop_first()
        {
            self.places.remove(&oldest.call_id);
        }
    }
}

impl Wanted {
    fn has(&self, row: &Row, now: Instant) -> bool {
        let sketch = &row.sketch;
        let is_of = |user: &String| names(&sketch.from, user) || names(&sketch.to, user);
        self.method.is_none_or(|method| sketch.method == Some(method))
            && self.code.is_none_or(|code| sketch.status == Some(code))
            && self.user.as_ref().is_none_or(is_of)
            && (!self.live || sketch.stage(now) != Stage::Ended)
    }
}

/// Whether a URI is of this user: `bob` or `bob@example.test`.
fn names(uri: &str, user: &str) -> bool {
    let bare = uri.split_once(':').map_or(uri, |(_, rest)| rest);
    let bare = bare.split([';', '?']).next().unwrap_or_default();
    let part = if user.contains('@') { bare } else { bare.split('@').next().unwrap_or_default() };
    part.eq_ignore_ascii_case(user)
}

/// How far back the board goes.
pub(super) const DAY: Duration = Duration::from_secs(86_400);
/// Most calls.
const CALLS_MAX: usize = 20_000;
/// Most registrations and other exchanges.
const OTHERS_MAX: usize = 5_000;
/// Most records that wait while the journal is read.
const WAITING_MAX: usize = 20_000;
/// Most delays of a minute that are kept for their median.
const DELAYS_MAX: usize = 200;
/// Changes that a slow listener may be behind.
const NEWS_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_roles::diagnosis::What;
    use ringback_sip::journal::Cause;
    use ringback_sip::registry::StatusCode;

    fn refused(secs: u64, call: &str, status: StatusCode) -> Record {
        let peer = "192.0.2.1:5060".parse().unwrap();
        let fact = Fact::Answered { method: Some(Method::Invite), status, peer, cause: Cause::FlowGone };
        let at = Instant::from_unix_secs(1_000_000 + secs);
        Record { at, call_id: call.as_bytes().into(), what: What::Fact(fact) }
    }

    fn calls(rows: &[Row]) -> Vec<&str> {
        rows.iter().map(|row| std::str::from_utf8(&row.call_id).unwrap()).collect()
    }

    #[test]
    fn pages_follow_each_other_without_gap_and_without_doubles() {
        let board = Board::default();
        board.load(None, Instant::from_unix_secs(1)).unwrap();
        for (secs, call) in [(1, "a"), (2, "b"), (2, "c"), (3, "d"), (4, "e")] {
            board.take(&refused(secs, call, StatusCode::TEMPORARILY_UNAVAILABLE));
        }
        let now = Instant::from_unix_secs(1_000_100);
        let mut wanted = Wanted { method: Some(Method::Invite), ..Wanted::default() };
        let mut seen = Vec::new();
        loop {
            let (rows, has_more) = board.page(now, &wanted, 2);
            seen.extend(calls(&rows).into_iter().map(str::to_owned));
            wanted.before = rows.last().map(Row::place);
            if !has_more {
                break;
            }
        }
        assert_eq!((seen.len(), seen[0].as_str(), seen[4].as_str()), (5, "e", "a"));
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 5);
    }

    #[test]
    fn ends_are_counted_by_code_and_cause_and_challenges_are_not() {
        let board = Board::default();
        board.take(&refused(0, "early", StatusCode::TEMPORARILY_UNAVAILABLE));
        assert!(board.minutes(Instant::EPOCH).is_empty(), "the journal is not read yet");
        board.load(None, Instant::from_unix_secs(1)).unwrap();
        board.take(&refused(1, "a", StatusCode::TEMPORARILY_UNAVAILABLE));
        board.take(&refused(2, "b", StatusCode::UNAUTHORIZED));
        let minutes = board.minutes(Instant::EPOCH);
        assert_eq!(minutes.len(), 1);
        assert_eq!(minutes[0].1.ends, BTreeMap::from([((480, "flow-gone"), 2)]));
        let wanted = Wanted { code: Some(480), ..Wanted::default() };
        assert_eq!(calls(&board.page(Instant::from_unix_secs(1_000_100), &wanted, 9).0), ["a", "early"]);
    }

    #[test]
    fn a_call_that_rings_has_a_delay_and_a_refused_one_has_none() {
        let board = Board::default();
        board.load(None, Instant::from_unix_secs(1)).unwrap();
        for (call, status) in [("rings", StatusCode::RINGING), ("refused", StatusCode::BUSY_HERE)] {
            board.take(&refused(0, call, StatusCode::TRYING));
            board.take(&refused(3, call, status));
        }
        let delays: Vec<_> = board.minutes(Instant::EPOCH).iter().flat_map(|m| m.1.delays.clone()).collect();
        assert_eq!(delays, [3000]);
    }

    #[test]
    fn a_change_of_a_call_that_stands_is_no_call_of_its_own() {
        let board = Board::default();
        board.load(None, Instant::from_unix_secs(1)).unwrap();
        for (secs, status) in
            [(1, StatusCode::OK), (9, StatusCode::OK), (12, StatusCode::NOT_ACCEPTABLE_HERE)]
        {
            board.take(&refused(secs, "held", status));
        }
        board.take(&refused(15, "other", StatusCode::OK));
        let ends: Vec<_> = board.minutes(Instant::EPOCH).into_iter().flat_map(|m| m.1.ends).collect();
        assert_eq!(ends, [((200, "flow-gone"), 2)]);
    }

    #[test]
    fn old_calls_make_room_for_new_ones() {
        let mut table = Table { rows: BTreeMap::new(), places: HashMap::new(), rows_max: 2 };
        for (secs, call) in [(1, "a"), (2, "b"), (3, "c")] {
            let record = refused(secs, call, StatusCode::BUSY_HERE);
            let sketch = Sketch::begin(&record).unwrap();
            table.insert(Row { call_id: record.call_id, sketch, account: None, is_counted: true });
        }
        assert!(table.find(b"a").is_none() && table.find(b"c").is_some());
        assert_eq!((table.rows.len(), table.places.len()), (2, 2));
    }

    #[test]
    fn users_are_found_by_name_and_by_address() {
        assert!(names("sip:bob@x.test;user=phone", "bob") && names("sip:bob@x.test", "BOB@x.test"));
        assert!(!names("sip:bobby@x.test", "bob") && !names("sip:bob@y.test", "bob@x.test"));
    }
}
