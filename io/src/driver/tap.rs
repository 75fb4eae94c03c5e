//! The way of what happens to whoever records it: facts, and the messages that a node gets and sends.

use super::journal::JournalFeed;
use ringback_roles::diagnosis::Began;
use ringback_sip::flow::Flow;
use ringback_sip::journal::Entry;
use ringback_sip::time::Instant;

/// What was taken from a worker.
#[derive(Clone, Debug)]
pub enum Taken<Ask, Answer> {
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
    /// What the store answered at once to a question that the message before led to.
    Told(Ask, Answer),
    /// From now on the server runs so.
    Began(Began),
}

/// The workers' end of a record.
#[derive(Debug)]
pub struct Tap<Ask, Answer> {
    /// Where it goes.
    pub feed: JournalFeed<Taken<Ask, Answer>>,
    /// Whether messages are wanted.
    pub messages: bool,
    /// Which questions to the store are wanted.
    pub asks: fn(&Ask) -> bool,
}

impl<Ask, Answer> Clone for Tap<Ask, Answer> {
    fn clone(&self) -> Self {
        Tap { feed: self.feed.clone(), ..*self }
    }
}

/// What one worker has for a record until the end of its turn.
#[derive(Debug)]
pub(crate) struct Bucket<Ask, Answer> {
    tap: Option<Tap<Ask, Answer>>,
    taken: Vec<(Instant, Taken<Ask, Answer>)>,
    dropped: u64,
}

impl<Ask: Clone, Answer: Clone> Bucket<Ask, Answer> {
    pub(crate) fn new(tap: Option<Tap<Ask, Answer>>) -> Self {
        Bucket { tap, taken: Vec::new(), dropped: 0 }
    }

    /// A question whose answer is wanted.
    pub(crate) fn asked(&self, ask: &Ask) -> Option<Ask> {
        let tap = self.tap.as_ref()?;
        (tap.messages && (tap.asks)(ask)).then(|| ask.clone())
    }

    pub(crate) fn told(&mut self, now: Instant, asked: Option<Ask>, answer: Option<&Answer>) {
        if let (Some(ask), Some(answer)) = (asked, answer) {
            self.push(now, || Taken::Told(ask, answer.clone()));
        }
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

    fn push(&mut self, now: Instant, taken: impl FnOnce() -> Taken<Ask, Answer>) {
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
