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
    /// Whether facts are wanted.
    pub facts: bool,
    /// How much is wanted of a message; 0 for none.
    pub message_bytes_max: usize,
    /// Which questions to the store are wanted.
    pub asks: fn(&Ask) -> bool,
}

impl<Ask, Answer> Clone for Tap<Ask, Answer> {
    fn clone(&self) -> Self {
        Tap { feed: self.feed.clone(), ..*self }
    }
}

/// What one worker has for its taps until the end of its turn.
#[derive(Debug)]
pub(crate) struct Buckets<Ask, Answer>(Vec<Bucket<Ask, Answer>>);

#[derive(Debug)]
struct Bucket<Ask, Answer> {
    tap: Tap<Ask, Answer>,
    taken: Vec<(Instant, Taken<Ask, Answer>)>,
    dropped: u64,
}

impl<Ask: Clone, Answer: Clone> Buckets<Ask, Answer> {
    pub(crate) fn new(taps: &[Tap<Ask, Answer>]) -> Self {
        let bucket = |tap: &Tap<Ask, Answer>| Bucket { tap: tap.clone(), taken: Vec::new(), dropped: 0 };
        Buckets(taps.iter().map(bucket).collect())
    }

    /// Asks the store, and takes its answer with the question where they are wanted.
    pub(crate) fn watching(
        &mut self,
        now: Instant,
        ask: Ask,
        answer: impl FnOnce(Ask) -> Option<Answer>,
    ) -> Option<Answer> {
        let is_wanted = |bucket: &Bucket<Ask, Answer>, ask: &Ask| (bucket.tap.asks)(ask);
        let asked = self.0.iter().any(|bucket| is_wanted(bucket, &ask)).then(|| ask.clone());
        let answer = answer(ask);
        if let (Some(ask), Some(answer)) = (&asked, &answer) {
            for bucket in self.0.iter_mut().filter(|bucket| is_wanted(bucket, ask)) {
                bucket.push(now, || Taken::Told(ask.clone(), answer.clone()));
            }
        }
        answer
    }

    pub(crate) fn entry(&mut self, now: Instant, entry: &Entry) {
        for bucket in self.0.iter_mut().filter(|bucket| bucket.tap.facts) {
            bucket.push(now, || Taken::Entry(entry.clone()));
        }
    }

    pub(crate) fn message(&mut self, now: Instant, flow: Flow, sent: bool, bytes: &[u8]) {
        for bucket in self.0.iter_mut().filter(|bucket| bucket.tap.message_bytes_max > 0) {
            let bytes = &bytes[..bytes.len().min(bucket.tap.message_bytes_max)];
            bucket.push(now, || Taken::Message { flow, sent, bytes: bytes.into() });
        }
    }

    /// Hands over what was taken.
    pub(crate) fn flush(&mut self, now: Instant) {
        for bucket in self.0.iter_mut().filter(|bucket| !bucket.taken.is_empty()) {
            bucket.tap.feed.push(now, &mut bucket.taken, std::mem::take(&mut bucket.dropped));
        }
    }
}

impl<Ask, Answer> Bucket<Ask, Answer> {
    fn push(&mut self, now: Instant, taken: impl FnOnce() -> Taken<Ask, Answer>) {
        if self.taken.len() < TAKEN_PER_TURN_MAX {
            self.taken.push((now, taken()));
        } else {
            self.dropped += 1;
        }
    }
}

/// Most that one turn of a worker gives.
const TAKEN_PER_TURN_MAX: usize = 1024;
