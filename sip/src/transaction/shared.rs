//! What both sides of the layer write to: timers, messages to send, news, journal entries, counts.

use super::key::Keys;
use super::machine::rank;
use super::slab::{ClientId, ServerId};
use super::wheel::{TimerId, Wheel};
use crate::flow::{Flow, FlowError};
use crate::journal::{Entry, Fact};
use crate::node::Transmit;
use crate::registry::{StatusCode, Timer, TimerValues};
use crate::syntax::Message;
use crate::time::{Duration, Instant};
use bytes::Bytes;
use std::collections::VecDeque;

/// News for the transaction user that no message brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<U> {
    /// No response came in time, or no final one after CANCEL; the transaction is over. It counts as a 408
    /// (RFC 3261 §8.1.3.1).
    TimedOut(ClientId, U, Timer),
    /// The request, or the ACK to its failure, could not be sent; the transaction is over. It counts as a 503
    /// when no final response came before (RFC 3261 §8.1.3.1).
    TransportError(ClientId, U, FlowError),
    /// No ACK came for the failure response; the transaction is over.
    NoAck(ServerId, U),
    /// The user gave no final response in the time in which the client could take one; the transaction is over
    /// and nothing can be sent any more (RFC 4320 §4.2).
    Unanswered(ServerId, U),
    /// A response did not arrive; the transaction lives on (RFC 6026 §7.1).
    Undelivered(ServerId, U, FlowError),
    /// The client transaction came to its regular end: nothing more will come for it.
    ClientEnded(ClientId, U),
    /// The server transaction came to its regular end.
    ServerEnded(ServerId, U),
}

/// Why the layer refuses to make a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// [`Limits::transactions_max`](super::Limits) is reached, or for what begins something nearly.
    TooMany,
    /// The request lacks what identifies a transaction.
    Malformed(crate::syntax::Malformed),
    /// There is such a transaction already.
    Exists,
    /// An ACK has no transaction of its own (RFC 3261 §17).
    Ack,
}

impl Refusal {
    /// The answer to a request that is refused so; an ACK and a copy are never answered.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Refusal::TooMany => Some(StatusCode::SERVICE_UNAVAILABLE),
            Refusal::Malformed(_) => Some(StatusCode::BAD_REQUEST),
            Refusal::Exists | Refusal::Ack => None,
        }
    }
}

/// How often things happened that are too frequent for the journal, or that peers could flood it with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Copies of requests, responses and ACKs that a transaction took care of.
    pub absorbed: u64,
    /// Messages, and responses of the user, that mean nothing in the state of their transaction.
    pub ignored: u64,
    /// Responses without a transaction (RFC 6026 §7.3).
    pub stray: u64,
    /// Messages sent again: by Timers A, E and G, or since a copy arrived.
    pub repeated: u64,
    /// Transactions that were not made, since there were too many.
    pub refused: u64,
    /// Journal entries that were dropped since nobody took them.
    pub entries_lost: u64,
}

/// The two timers that a transaction can have at a time, by [`rank`].
pub(super) type Timers = [Option<TimerId>; 2];

/// Which timer of which transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) whose: Whose,
    pub(super) timer: Timer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Client(ClientId),
    Server(ServerId),
}

/// Journal entries that wait to be taken, at most; later ones are counted only.
pub(super) const ENTRIES_MAX: usize = 4096;

#[derive(Debug)]
pub(super) struct Shared<U> {
    /// The moment of the input that is being handled.
    pub(super) now: Instant,
    pub(super) values: TimerValues,
    pub(super) keys: Keys,
    pub(super) wheel: Wheel<Due>,
    pub(super) transmits: VecDeque<Transmit>,
    pub(super) events: VecDeque<Event<U>>,
    pub(super) entries: VecDeque<Entry>,
    pub(super) counts: Counts,
}

impl<U> Shared<U> {
    pub(super) fn new(values: TimerValues, keys: Keys) -> Self {
        Shared {
            now: Instant::EPOCH,
            values,
            keys,
            wheel: Wheel::new(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            entries: VecDeque::new(),
            counts: Counts::default(),
        }
    }

    pub(super) fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        if !bytes.is_empty() {
            self.transmits.push_back(Transmit { flow, bytes });
        }
    }

    /// Starts a timer, or starts it anew; gives it when it fires at once.
    pub(super) fn start(
        &mut self,
        whose: Whose,
        timers: &mut Timers,
        timer: Timer,
        time: Duration,
    ) -> Option<Timer> {
        self.stop(timers, timer);
        if time == Duration::ZERO {
            return Some(timer);
        }
        let (rank, due) = (rank(timer), Due { whose, timer });
        timers[rank as usize] = Some(self.wheel.start(self.now, self.now + time, rank, due));
        None
    }

    pub(super) fn stop(&mut self, timers: &mut Timers, timer: Timer) {
        if let Some(id) = timers[rank(timer) as usize].take() {
            self.wheel.stop(id);
        }
    }

    pub(super) fn stop_all(&mut self, timers: &Timers) {
        for id in timers.iter().flatten() {
            self.wheel.stop(*id);
        }
    }

    /// Notes a fact about the call to which `message` belongs.
    pub(super) fn note(&mut self, message: &[u8], fact: Fact) {
        if self.entries.len() >= ENTRIES_MAX {
            self.counts.entries_lost += 1;
            return;
        }
        let message = Message::parse(message).ok();
        let call_id = message.as_ref().and_then(|m| m.call_id().ok()).unwrap_or_default();
        self.entries.push_back(Entry::new(self.now, call_id, fact));
    }
}
