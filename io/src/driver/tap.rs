//! The way of what happens to whoever records it: facts, and the messages that a node gets and sends.

use super::fanout::{Crowd, Verdict};
use super::journal::JournalFeed;
use ringback_roles::diagnosis::{Began, Fanout};
use ringback_sip::flow::Flow;
use ringback_sip::journal::Entry;
use ringback_sip::node::Ticket;
use ringback_sip::time::Instant;
use std::collections::BTreeSet;

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
    /// A question that the message before led to, and that the store answers later: with the number of the worker and
    /// its ticket.
    Asked((usize, u64), Ask),
    /// What the store answered then.
    Answered((usize, u64), Answer),
    /// NOTIFYs that were too many to be recorded one by one.
    Fanout(Fanout),
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
    /// Whether many NOTIFYs at once are wanted one by one, and not counted together.
    pub every_notify: bool,
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
pub(crate) struct Buckets<Ask, Answer> {
    worker: usize,
    buckets: Vec<Bucket<Ask, Answer>>,
}

#[derive(Debug)]
struct Bucket<Ask, Answer> {
    tap: Tap<Ask, Answer>,
    taken: Vec<(Instant, Taken<Ask, Answer>)>,
    dropped: u64,
    crowd: Crowd,
    /// The tickets of questions whose answers are wanted.
    open: BTreeSet<u64>,
}

impl<Ask: Clone, Answer: Clone> Buckets<Ask, Answer> {
    pub(crate) fn new(worker: usize, taps: &[Tap<Ask, Answer>]) -> Self {
        let bucket = |tap: &Tap<Ask, Answer>| Bucket {
            tap: tap.clone(),
            taken: Vec::new(),
            dropped: 0,
            crowd: Crowd::default(),
            open: BTreeSet::new(),
        };
        Buckets { worker, buckets: taps.iter().map(bucket).collect() }
    }

    /// Asks the store, and takes its answer with the question where they are wanted.
    pub(crate) fn watching(
        &mut self,
        now: Instant,
        ticket: Ticket,
        ask: Ask,
        answer: impl FnOnce(Ask) -> Option<Answer>,
    ) -> Option<Answer> {
        let is_wanted = |bucket: &Bucket<Ask, Answer>, ask: &Ask| (bucket.tap.asks)(ask);
        let asked = self.buckets.iter().any(|bucket| is_wanted(bucket, &ask)).then(|| ask.clone());
        let answer = answer(ask);
        if let Some(ask) = &asked {
            for bucket in self.buckets.iter_mut().filter(|bucket| is_wanted(bucket, ask)) {
                match &answer {
                    Some(answer) => bucket.push(now, || Taken::Told(ask.clone(), answer.clone())),
                    None => {
                        bucket.open.insert(ticket.0);
                        bucket.push(now, || Taken::Asked((self.worker, ticket.0), ask.clone()));
                    }
                }
            }
        }
        answer
    }

    /// Takes an answer that the store gave later.
    pub(crate) fn answered(&mut self, now: Instant, ticket: Ticket, answer: &Answer) {
        for bucket in &mut self.buckets {
            if bucket.open.remove(&ticket.0) {
                bucket.push(now, || Taken::Answered((self.worker, ticket.0), answer.clone()));
            }
        }
    }

    pub(crate) fn entry(&mut self, now: Instant, entry: &Entry) {
        for bucket in self.buckets.iter_mut().filter(|bucket| bucket.tap.facts) {
            let verdict = bucket.judge(|crowd| crowd.entry(now, entry));
            bucket.follow(verdict, now, || Taken::Entry(entry.clone()));
        }
    }

    pub(crate) fn message(&mut self, now: Instant, flow: Flow, sent: bool, bytes: &[u8]) {
        for bucket in self.buckets.iter_mut().filter(|bucket| bucket.tap.message_bytes_max > 0) {
            let verdict = bucket.judge(|crowd| crowd.message(now, sent, bytes));
            let bytes = &bytes[..bytes.len().min(bucket.tap.message_bytes_max)];
            bucket.follow(verdict, now, || Taken::Message { flow, sent, bytes: bytes.into() });
        }
    }

    /// Hands over what was taken.
    pub(crate) fn flush(&mut self, now: Instant) {
        for bucket in &mut self.buckets {
            if let Some(fanout) = bucket.crowd.take() {
                bucket.push(now, || Taken::Fanout(fanout));
            }
        }
        for bucket in self.buckets.iter_mut().filter(|bucket| !bucket.taken.is_empty() || bucket.dropped > 0)
        {
            bucket.tap.feed.push(now, &mut bucket.taken, std::mem::take(&mut bucket.dropped));
        }
    }
}

impl<Ask, Answer> Bucket<Ask, Answer> {
    fn judge(&mut self, judge: impl FnOnce(&mut Crowd) -> Verdict) -> Verdict {
        if self.tap.every_notify { Verdict::Keep } else { judge(&mut self.crowd) }
    }

    fn follow(&mut self, verdict: Verdict, now: Instant, taken: impl FnOnce() -> Taken<Ask, Answer>) {
        match verdict {
            Verdict::Keep => self.push(now, taken),
            Verdict::Count => {}
            Verdict::Lose => self.dropped += 1,
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{RecordLimits, RecordReader, RecordedMessages, Recorder, ServerTap};
    use ringback_roles::diagnosis::{Record, What};
    use ringback_sip::flow::Transport;
    use ringback_sip::journal::{Cause, Fact};
    use ringback_sip::registry::{Method, StatusCode};
    use ringback_sip::time::Duration;

    #[test]
    fn a_change_that_ten_thousand_watch_pushes_no_call_out_of_the_record() {
        let folder = std::env::temp_dir().join(format!("ringback-fanout-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let begin = Instant::from_unix_secs(1_000_000);
        let limits = RecordLimits {
            bytes_max: 1 << 24,
            age_max: Duration::from_secs(3600),
            records_per_sec_max: 5000,
        };
        let (recorder, tap) =
            Recorder::start(&folder, limits, RecordedMessages::Masked, move || begin).unwrap();
        let figures = recorder.figures();
        tell_and_call(&tap, begin);
        recorder.finish();
        let (mut calls, mut singly, mut total) = (0, 0, Fanout::default());
        let mut take = |record: Record| match record.what {
            What::Fact(Fact::Answered { .. }) => calls += 1,
            What::Message(passage) if passage.bytes.starts_with(b"BYE ") => calls += 1,
            What::Message(passage) if passage.bytes.starts_with(b"SIP/2.0 481") => singly += 1,
            What::Message(_) => singly += 1,
            What::Fanout(fanout) => {
                total.notified += fanout.notified;
                total.accepted += fanout.accepted;
            }
            other => panic!("{other:?}"),
        };
        RecordReader::open(&folder).unwrap().read(Instant::EPOCH, None, &mut take).unwrap();
        let _ = std::fs::remove_dir_all(&folder);
        assert_eq!((calls, figures.lost()), (2000, 0));
        assert_eq!(total.notified + total.accepted, figures.counted());
        assert_eq!(singly + figures.counted(), 20_000);
        assert!(singly < 1000, "{singly}");
    }

    /// In half a second 10,000 NOTIFYs, each with its answer, of which one in a thousand refuses; and 1000 calls.
    fn tell_and_call(tap: &ServerTap, begin: Instant) {
        let mut buckets = Buckets::new(0, std::slice::from_ref(tap));
        let (local, remote) = ("127.0.0.1:5060".parse().unwrap(), "192.0.2.1:5070".parse().unwrap());
        let flow = Flow { transport: Transport::Udp, local, remote, connection: None, peer: None };
        for turn in 0..100 {
            let now = begin + Duration::from_millis(turn * 5);
            for number in 0..100 {
                buckets.message(now, flow, true, b"NOTIFY sip:w@h SIP/2.0\r\nCall-ID: n\r\n\r\n");
                let code = if turn % 10 == 0 && number == 0 { "481 Gone" } else { "200 OK" };
                let answer = format!("SIP/2.0 {code}\r\nCall-ID: n\r\nCSeq: 7 NOTIFY\r\n\r\n");
                buckets.message(now, flow, false, answer.as_bytes());
            }
            for _ in 0..10 {
                buckets.message(now, flow, false, b"BYE sip:a@b SIP/2.0\r\nCall-ID: c\r\n\r\n");
                let (method, status) = (Some(Method::Bye), StatusCode::OK);
                let fact = Fact::Answered { method, status, peer: remote, cause: Cause::Loop };
                buckets.entry(now, &Entry::new(now, b"c", fact));
            }
            buckets.flush(now);
        }
    }
}
