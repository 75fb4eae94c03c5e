//! The way of journal entries from the workers to whoever writes them: bounded, rate limited, never waiting.

use ringback_sip::journal::Entry;
use ringback_sip::time::Instant;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The limits of a journal.
#[derive(Clone, Copy, Debug)]
pub struct JournalLimits {
    /// Most entries written in a second; the rest is counted.
    pub entries_per_sec_max: u32,
    /// Most entries that wait to be written.
    pub waiting_max: usize,
}

impl Default for JournalLimits {
    fn default() -> Self {
        JournalLimits { entries_per_sec_max: 2000, waiting_max: 4096 }
    }
}

/// What the writer of a journal gets.
#[derive(Debug)]
pub enum Line<'a, E = Entry> {
    /// A fact, and when it became one.
    Entry(Instant, &'a E),
    /// So many facts were not kept since the last line.
    Dropped(u64),
    /// Nothing more for now: what was gathered may be written out.
    Rest,
}

/// A journal with its writing thread.
#[derive(Debug)]
pub struct Journal<E = Entry> {
    shared: Arc<Shared<E>>,
    thread: Option<JoinHandle<()>>,
}

/// The workers' end of a journal.
#[derive(Debug)]
pub struct JournalFeed<E = Entry>(Arc<Shared<E>>);

impl<E> Clone for JournalFeed<E> {
    fn clone(&self) -> Self {
        JournalFeed(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Shared<E> {
    limits: JournalLimits,
    state: Mutex<State<E>>,
    news: Condvar,
}

#[derive(Debug)]
struct State<E> {
    waiting: Vec<(Instant, E)>,
    dropped: u64,
    /// How many entries may still come, and when that was last filled up.
    allowance: f64,
    filled: Instant,
    ended: bool,
}

impl<E: Send + 'static> Journal<E> {
    /// Starts the thread that calls `write` for each line.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        limits: JournalLimits,
        write: impl FnMut(Line<'_, E>) + Send + 'static,
    ) -> std::io::Result<(Self, JournalFeed<E>)> {
        let state = State {
            waiting: Vec::with_capacity(limits.waiting_max),
            dropped: 0,
            allowance: f64::from(limits.entries_per_sec_max),
            filled: Instant::EPOCH,
            ended: false,
        };
        let shared = Arc::new(Shared { limits, state: Mutex::new(state), news: Condvar::new() });
        let feed = JournalFeed(Arc::clone(&shared));
        let own = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(move || own.run(write))?;
        Ok((Journal { shared, thread: Some(thread) }, feed))
    }

    /// Writes what waits and ends the thread.
    pub fn finish(mut self) {
        self.end();
    }
}

impl<E> Journal<E> {
    fn end(&mut self) {
        self.shared.lock().ended = true;
        self.shared.news.notify_one();
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has nothing more to write.
            let _ = thread.join();
        }
    }
}

impl<E> Drop for Journal<E> {
    fn drop(&mut self) {
        self.end();
    }
}

impl<E> JournalFeed<E> {
    /// Takes as many of `entries` as the limits allow and leaves none; gives how many it took.
    pub fn push(&self, now: Instant, entries: &mut Vec<(Instant, E)>, already_dropped: u64) -> usize {
        let rate = f64::from(self.0.limits.entries_per_sec_max);
        let mut state = self.0.lock();
        if now > state.filled {
            let earned = (now - state.filled).as_secs_f64() * rate;
            state.allowance = (state.allowance + earned).min(rate);
            state.filled = now;
        }
        let room = self.0.limits.waiting_max.saturating_sub(state.waiting.len());
        let taken = entries.len().min(room).min(state.allowance as usize);
        state.allowance -= taken as f64;
        state.dropped += already_dropped + (entries.len() - taken) as u64;
        let first = state.waiting.is_empty() && (taken > 0 || state.dropped > 0);
        state.waiting.extend(entries.drain(..taken));
        drop(state);
        entries.clear();
        if first {
            self.0.news.notify_one();
        }
        taken
    }
}

impl<E> Shared<E> {
    fn run(&self, mut write: impl FnMut(Line<'_, E>)) {
        let mut batch = Vec::with_capacity(self.limits.waiting_max);
        loop {
            let (dropped, ended) = {
                let mut state = self.lock();
                while state.waiting.is_empty() && state.dropped == 0 && !state.ended {
                    state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                std::mem::swap(&mut state.waiting, &mut batch);
                (std::mem::take(&mut state.dropped), state.ended)
            };
            let empty = batch.is_empty();
            for (moment, entry) in batch.drain(..) {
                write(Line::Entry(moment, &entry));
            }
            if dropped > 0 {
                write(Line::Dropped(dropped));
            }
            write(Line::Rest);
            if ended && empty {
                return;
            }
            if !ended {
                // Gathers a batch, so that a busy worker wakes this thread a few times a second, not each time.
                let state = self.lock();
                let pause = if dropped > 0 { DROPPED_PAUSE } else { PAUSE };
                drop(self.news.wait_timeout_while(state, pause, |state| !state.ended));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rest between two batches.
const PAUSE: Duration = Duration::from_millis(20);
/// The rest after entries had to be dropped: the lines that count them come about once a second.
const DROPPED_PAUSE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn a_flood_is_counted_and_not_written() {
        let limits = JournalLimits { entries_per_sec_max: 100, waiting_max: 200 };
        let (written, dropped) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (w, d) = (Arc::clone(&written), Arc::clone(&dropped));
        let (journal, feed) = Journal::start(limits, move |line| match line {
            Line::Entry(..) => drop(w.fetch_add(1, Ordering::Relaxed)),
            Line::Dropped(count) => drop(d.fetch_add(count, Ordering::Relaxed)),
            Line::Rest => {}
        })
        .unwrap();
        let now = Instant::from_unix_secs(1);
        let mut taken = 0;
        for _ in 0..1000 {
            let mut entries = vec![(now, 7u32); 10];
            taken += feed.push(now, &mut entries, 1);
            assert!(entries.is_empty());
        }
        assert_eq!(taken, 100, "the allowance of a second");
        let mut later = vec![(now, 7)];
        assert_eq!(feed.push(now + Duration::from_millis(20), &mut later, 0), 1, "a fiftieth earns one more");
        journal.finish();
        assert_eq!(written.load(Ordering::Relaxed), taken as u64 + 1);
        assert_eq!(written.load(Ordering::Relaxed) + dropped.load(Ordering::Relaxed), 11_001);
    }
}
