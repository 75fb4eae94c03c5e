//! The thread that moves the write-ahead log into the database, beside the commits and never before one.

use super::error::StoreError;
use super::schema;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// The thread and the bell that wakes it.
pub(super) struct Checkpointer {
    bell: Bell,
    thread: Option<JoinHandle<()>>,
}

/// Tells the checkpointer that something was committed.
#[derive(Clone)]
pub(super) struct Bell {
    sender: Option<Sender<()>>,
    rung: Arc<AtomicBool>,
}

impl Bell {
    /// Wakes the checkpointer, once until it has looked.
    pub(super) fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel)
            && let Some(sender) = &self.sender
        {
            // Fails only when the thread has ended, and then the writer checkpoints at its end.
            let _ = sender.send(());
        }
    }
}

impl Checkpointer {
    pub(super) fn start(path: &Path) -> Result<Self, StoreError> {
        let connection = schema::connect(path)?;
        let (sender, receiver) = channel();
        let bell = Bell { sender: Some(sender), rung: Arc::new(AtomicBool::new(false)) };
        let rung = Arc::clone(&bell.rung);
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || run(&connection, &receiver, &rung))
            .map_err(|e| StoreError::File(path.to_owned(), e))?;
        Ok(Checkpointer { bell, thread: Some(thread) })
    }

    pub(super) fn bell(&self) -> Bell {
        self.bell.clone()
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.bell.sender = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported by the runtime already.
            let _ = thread.join();
        }
    }
}

/// Waits for a commit, lets a group of them gather, and moves what there is. PASSIVE waits for nobody.
fn run(connection: &Connection, bell: &Receiver<()>, rung: &AtomicBool) {
    while bell.recv().is_ok() {
        std::thread::sleep(GATHER);
        rung.store(false, Ordering::Release);
        // A checkpoint that fails leaves the log as it is; the next one, or the writer, moves it.
        let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }
}

/// How long commits gather before their log is moved.
const GATHER: Duration = Duration::from_millis(500);
