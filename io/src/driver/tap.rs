//! The way of what happens to whoever records it: facts, and the messages that a node gets and sends.

use super::journal::JournalFeed;
use ringback_sip::flow::Flow;
use ringback_sip::journal::Entry;
use ringback_sip::time::Instant;

/// What was taken from a worker.
#[derive(Clone, Debug)]
pub enum Taken {
    /// A fact.
    Entry(Entry),
    /// A message that came or that the node sent.
    Message {
        /// Its path.
        flow: Flow,
        /// Whether the node sent it.
        sent: bool,
        /// The message; of a very long one the beginning.
        bytes: Box<[u8]>,
    },
}

/// The workers' end of a record.
#[derive(Clone, Debug)]
pub struct Tap {
    /// Where it goes.
    pub feed: JournalFeed<Taken>,
    /// Whether messages are wanted.
    pub messages: bool,
}

/// What one worker has for a record until the end of its turn.
#[derive(Debug, Default)]
pub(crate) struct Bucket {
    tap: Option<Tap>,
    taken: Vec<(Instant, Taken)>,
    dropped: u64,
}

impl Bucket {
    pub(crate) fn new(tap: Option<Tap>) -> Self {
        Bucket { tap, ..Bucket::default() }
    }

    pub(crate) fn entry(&mut self, now: Instant, entry: &Entry) {
        if self.tap.is_some() {
            self.push(now, || Taken::Entry(entry.clone()));
        }
    }

    pub(crate) fn message(&mut self, now: Instant, flow: Flow, sent: bool, bytes: &[u8]) {
        if self.tap.as_ref().is_some_and(|tap| tap.messages) {
            self.push(now, || {
                let bytes = bytes[..bytes.len().min(MESSAGE_BYTES_MAX)].into();
                Taken::Message { flow, sent, bytes }
            });
        }
    }

    fn push(&mut self, now: Instant, taken: impl FnOnce() -> Taken) {
        if self.taken.len() < TAKEN_PER_TURN_MAX {
            self.taken.push((now, taken()));
        } else {
            self.dropped += 1;
        }
    }

    /// Hands over what was taken.
    pub(crate) fn flush(&mut self, now: Instant) {
        let Some(tap) = self.tap.as_ref().filter(|_| !self.taken.is_empty()) else { return };
        tap.feed.push(now, &mut self.taken, std::mem::take(&mut self.dropped));
    }
}

/// Most that one turn of a worker gives.
const TAKEN_PER_TURN_MAX: usize = 1024;
/// The longest message that is taken whole.
const MESSAGE_BYTES_MAX: usize = 8192;
