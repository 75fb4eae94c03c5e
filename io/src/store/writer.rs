//! The one thread that writes: group commit, expiry, and taking over accounts that others changed.

use super::checkpoint::Bell;
use super::error::StoreError;
use super::events;
use super::schema::Statements;
use super::shared::{SHARDS, Shared, StoreSettings};
use crate::driver::Replies;
use ringback_roles::event::{Draft, OPERATOR};
use ringback_roles::location::{Aor, Binding, Refusal, Write};
use ringback_roles::store::{Answer, Registered};
use ringback_sip::journal::{self, Entry, Fact};
use ringback_sip::node::Ticket;
use ringback_sip::time::Instant;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Monotonic};

/// A change on its way to disk.
pub(super) enum Change {
    /// Of bindings; the index has taken it in, and is told how it ends.
    Bindings(Write),
    /// Of what is published or watched.
    Event(events::Work),
}

/// A change, and who waits for it.
pub(super) struct Job {
    pub(super) change: Change,
    pub(super) ticket: Ticket,
    pub(super) replies: Replies<Answer>,
}

/// The thread and the way to it.
pub(super) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// `version`: the [`data_version`] from before all was read that memory has.
    pub(super) fn start(
        connection: Connection,
        version: i64,
        shared: Arc<Shared>,
        settings: StoreSettings,
        bell: Bell,
    ) -> Result<Self, StoreError> {
        let (sender, jobs) = channel();
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                Loop { shared, settings, bell, next_shard: 0, answers: Vec::new() }.run(
                    &connection,
                    version,
                    &jobs,
                )
            })
            .map_err(|e| StoreError::File(PathBuf::from("thread"), e))?;
        Ok(Writer { jobs: Some(sender), thread: Some(thread) })
    }

    /// Queues a job; gives it back when the thread has ended.
    pub(super) fn send(&self, job: Job) -> Option<Job> {
        match &self.jobs {
            Some(jobs) => jobs.send(job).err().map(|e| e.0),
            None => Some(job),
        }
    }
}

impl Drop for Writer {
    /// Writes what waits, and ends the thread.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported by the runtime already.
            let _ = thread.join();
        }
    }
}

/// A change that is worked out: one of bindings, and whether it still holds; one of events.
enum Drawn {
    Bindings(Write, bool),
    Event(events::Draw),
}

/// The statements for bindings, and those for events.
type AllStatements<'c> = (Statements<'c>, events::Statements<'c>);

/// The state of the thread.
struct Loop {
    shared: Arc<Shared>,
    settings: StoreSettings,
    bell: Bell,
    next_shard: usize,
    /// Answers to one worker, gathered to be sent together.
    answers: Vec<(Ticket, Answer)>,
}

impl Loop {
    fn run(mut self, connection: &Connection, mut version: i64, jobs: &Receiver<Job>) {
        let both = Statements::new(connection).and_then(|s| Ok((s, events::Statements::new(connection)?)));
        let Ok(mut statements) = both else {
            // Dropping the receiver makes every change fail as not durable.
            return;
        };
        let mut tick = Monotonic::now() + TICK;
        let mut batch = Vec::new();
        loop {
            let open = match jobs.recv_timeout(tick.saturating_duration_since(Monotonic::now())) {
                Ok(job) => {
                    batch.push(job);
                    batch.extend(jobs.try_iter().take(BATCH_MAX - 1));
                    true
                }
                Err(RecvTimeoutError::Timeout) => true,
                Err(RecvTimeoutError::Disconnected) => false,
            };
            self.commit(connection, &mut statements, &mut batch);
            if Monotonic::now() >= tick {
                tick = Monotonic::now() + TICK;
                self.sweep(connection, &mut statements);
                let seen = data_version(connection);
                if seen != version && self.load_again(connection).is_ok() {
                    version = seen;
                }
                self.bound_log(connection);
            }
            if !open {
                return;
            }
        }
    }

    /// Writes a group of changes in one transaction, then answers for all of them.
    fn commit(&mut self, connection: &Connection, statements: &mut AllStatements<'_>, batch: &mut Vec<Job>) {
        if batch.is_empty() {
            return;
        }
        let now = (self.settings.clock)();
        let mut draft = Draft::default();
        let count = batch.len();
        let drawn: Vec<_> = batch.drain(..).map(|job| self.draw(now, job, &mut draft)).collect();
        let result = self.transaction(connection, |_| {
            for (drawn, ..) in &drawn {
                match drawn {
                    Drawn::Bindings(write, true) => statements.0.write(write)?,
                    Drawn::Bindings(_, false) => {}
                    Drawn::Event(draw) => statements.1.write(draw)?,
                }
            }
            Ok(())
        });
        let durable = result.is_ok();
        let mut changed = Vec::new();
        if durable {
            let mut board = self.shared.events();
            changed = board.commit(draft);
            for (drawn, ..) in &drawn {
                if let Drawn::Event(draw) = drawn {
                    changed.extend(draw.settle(&mut board));
                }
            }
        }
        self.shared.waiting.fetch_sub(count, Ordering::Relaxed);
        let mut gathered: Option<Replies<Answer>> = None;
        for (drawn, ticket, replies) in drawn {
            let answer = match drawn {
                Drawn::Bindings(write, valid) => self.settle(write, valid && durable),
                Drawn::Event(draw) => statements.1.answer(draw, durable, now),
            };
            if let Some(other) = gathered.as_ref().filter(|g| !g.same_place(&replies)) {
                other.send_all(&mut self.answers);
            }
            self.answers.push((ticket, answer));
            gathered = Some(replies);
        }
        if let Some(last) = gathered {
            last.send_all(&mut self.answers);
        }
        self.shared.tell(&changed);
    }

    /// Works out what a job will write.
    fn draw(&self, now: Instant, job: Job, draft: &mut Draft) -> (Drawn, Ticket, Replies<Answer>) {
        let drawn = match job.change {
            Change::Bindings(write) => {
                let is_valid = self.shared.shard(&write.aor).location.is_valid(&write);
                Drawn::Bindings(write, is_valid)
            }
            Change::Event(work) => Drawn::Event(work.draw(now, &mut self.shared.events(), draft)),
        };
        (drawn, job.ticket, job.replies)
    }

    /// Makes a write visible, or undoes it.
    fn settle(&self, write: Write, durable: bool) -> Answer {
        let mut shard = self.shared.shard(&write.aor);
        if !durable {
            shard.location.roll_back(&write);
            return Answer::Registered(Err(Refusal::NotDurable));
        }
        shard.location.commit(&write);
        drop(shard);
        self.shared.tell_bound(&write.aor);
        self.shared.written.fetch_add(1, Ordering::Relaxed);
        Answer::Registered(Ok(Registered { bindings: write.bindings, changes: write.changes }))
    }

    /// Runs `work` in a transaction, and journals a disk that fails.
    fn transaction(
        &self,
        connection: &Connection,
        work: impl FnOnce(&Connection) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let result = connection
            .execute_batch("BEGIN IMMEDIATE")
            .and_then(|()| work(connection))
            .and_then(|()| connection.execute_batch("COMMIT"));
        match &result {
            Ok(()) => {
                self.shared.commits.fetch_add(1, Ordering::Relaxed);
                self.bell.ring();
            }
            Err(error) => {
                self.shared.failures.fetch_add(1, Ordering::Relaxed);
                if !connection.is_autocommit() {
                    // When even this fails, the next BEGIN says so.
                    let _ = connection.execute_batch("ROLLBACK");
                }
                let code = error.sqlite_error().map_or(0, |e| e.extended_code);
                self.journal(Fact::StoreFailed { code });
            }
        }
        result
    }

    /// Takes out what has expired, a few parts of the index at a time.
    fn sweep(&mut self, connection: &Connection, statements: &mut AllStatements<'_>) {
        let now = (self.settings.clock)();
        self.sweep_events(connection, &mut statements.1, now);
        let mut expired: Vec<(Aor, Binding)> = Vec::new();
        for _ in 0..SHARDS_PER_TICK {
            expired.extend(self.shared.lock(self.next_shard).location.expire(now));
            self.next_shard = (self.next_shard + 1) % SHARDS;
        }
        for (aor, binding) in &expired {
            self.shared.tell_bound(aor);
            let (aor, contact) = (aor.as_bytes().into(), binding.contact().into());
            self.journal(Fact::Binding { aor, contact, change: journal::Binding::Expired });
        }
        if expired.is_empty() && self.next_shard != 0 {
            return;
        }
        // Rows that cannot be deleted now are out of date all the same; the round through the shards ends with
        // a look for such rows.
        let round_ends = self.next_shard == 0;
        let _ = self.transaction(connection, |_| {
            for (aor, binding) in &expired {
                statements.0.remove(aor, binding)?;
            }
            if round_ends {
                statements.0.remove_expired(now)?;
                statements.1.remove_expired(now)?;
            }
            Ok(())
        });
    }

    /// Takes over what the command line has changed: accounts, and what the operator says of resources.
    fn load_again(&self, connection: &Connection) -> Result<(), StoreError> {
        let gone = self.shared.load_users(connection)?;
        self.shared.load_rules(connection)?;
        let is_stored = |resource: &_, tag: &_| events::is_stored(connection, resource, tag);
        let mut changed = self.shared.events().retain(&gone, is_stored);
        let now = (self.settings.clock)();
        events::load_publications(connection, now, Some(OPERATOR), |resource, publication| {
            if self.shared.events().load(resource.clone(), publication) {
                changed.push(resource);
            }
        })?;
        self.shared.tell(&changed);
        Ok(())
    }

    /// Takes out publications that have run out, and tells who watches them.
    fn sweep_events(
        &mut self,
        connection: &Connection,
        statements: &mut events::Statements<'_>,
        now: Instant,
    ) {
        let expired = self.shared.events().expire(now);
        if expired.is_empty() {
            return;
        }
        // As with bindings, rows that cannot be deleted now are out of date all the same.
        let _ = self.transaction(connection, |_| {
            for (resource, tags) in &expired {
                for tag in tags {
                    statements.remove(resource, tag)?;
                }
            }
            Ok(())
        });
        let changed: Vec<_> = expired.into_iter().map(|(resource, _)| resource).collect();
        self.shared.tell(&changed);
    }

    /// Empties a log that has grown too long. The checkpointer has moved nearly all of it by then, so this is
    /// short; it is needed because a log starts over only when a moment finds all of it moved.
    fn bound_log(&self, connection: &Connection) {
        let Some(path) = connection.path().map(|p| format!("{p}-wal")) else { return };
        if std::fs::metadata(path).is_ok_and(|m| m.len() > WAL_BYTES_MAX) {
            // When it fails the log stays as it is, and the next tick tries again.
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
    }

    fn journal(&self, fact: Fact) {
        (self.settings.journal)(Entry::new((self.settings.clock)(), b"", fact));
    }
}

/// A number that changes when another connection has changed the database.
pub(super) fn data_version(connection: &Connection) -> i64 {
    connection.pragma_query_value(None, "data_version", |row| row.get(0)).unwrap_or(0)
}

/// Most changes in one transaction.
const BATCH_MAX: usize = 4096;
/// How long the write-ahead log may grow.
const WAL_BYTES_MAX: u64 = 64 << 20;
/// How often expiry and accounts are looked after.
const TICK: Duration = Duration::from_millis(500);
/// How many parts of the index one tick sweeps: a round takes four seconds.
const SHARDS_PER_TICK: usize = 8;
