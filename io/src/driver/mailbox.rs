//! How the workers of a driver, its store, its resolver and its user reach one worker: one lock and at most one
//! wake-up for each batch, never for each message.

use crate::dns::ResolvedBox;
use mio::Waker;
use ringback_sip::flow::{Flow, FlowError};
use ringback_sip::node::{Ticket, Transmit};
use ringback_sip::transport::locate::Located;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Something for one worker.
#[derive(Debug)]
pub(crate) enum Letter<Answer, Command> {
    /// The store answers.
    Answered(Ticket, Answer),
    /// The resolver answers.
    Resolved(Ticket, Located),
    /// The user orders.
    Command(Command),
    /// Another worker's node sends on a connection of this worker.
    Transmit(Transmit),
    /// Another worker's node closes a connection of this worker.
    Close(Flow),
    /// Another worker saw a path fail.
    FlowFailed(Flow, FlowError),
    /// Send what waits, close everything and end.
    Stop,
}

/// Messages copied one behind the other, for another worker.
#[derive(Debug, Default)]
pub(crate) struct Parcel {
    bytes: Vec<u8>,
    items: Vec<(Flow, usize)>,
}

impl Parcel {
    pub(crate) fn push(&mut self, flow: Flow, message: &[u8]) {
        self.bytes.extend_from_slice(message);
        self.items.push((flow, self.bytes.len()));
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn messages(&self) -> impl Iterator<Item = (Flow, &[u8])> {
        let mut start = 0;
        self.items.iter().map(move |(flow, end)| {
            let message = &self.bytes[start..*end];
            start = *end;
            (*flow, message)
        })
    }

    /// Empties the parcel; keeps its memory unless one batch was extraordinary.
    pub(crate) fn clear(&mut self) {
        self.items.clear();
        self.bytes.clear();
        self.bytes.shrink_to(1 << 18);
    }
}

/// Everything that waits for one worker.
#[derive(Debug)]
pub(crate) struct Inbox<Answer, Command> {
    pub(crate) letters: Vec<Letter<Answer, Command>>,
    pub(crate) parcels: Vec<Parcel>,
    /// How many messages the parcels hold.
    pub(crate) messages: usize,
    /// Emptied parcels, for the next senders.
    spare: Vec<Parcel>,
}

impl<A, C> Default for Inbox<A, C> {
    fn default() -> Self {
        Inbox { letters: Vec::new(), parcels: Vec::new(), messages: 0, spare: Vec::new() }
    }
}

/// The inbox of one worker, with its bell, in memory that it shares with nothing else.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Mailbox<Answer, Command> {
    inbox: Mutex<Inbox<Answer, Command>>,
    waker: Waker,
    /// Something came since the worker looked.
    rung: AtomicBool,
    /// The worker waits for its events, and must be woken.
    rests: AtomicBool,
    pub(crate) handover_max: usize,
}

impl<A, C> Mailbox<A, C> {
    pub(crate) fn new(waker: Waker, handover_max: usize) -> Self {
        let (rung, rests) = (AtomicBool::new(false), AtomicBool::new(false));
        Mailbox { inbox: Mutex::default(), waker, rung, rests, handover_max }
    }

    pub(crate) fn post(&self, letter: Letter<A, C>) {
        self.lock().letters.push(letter);
        self.ring();
    }

    pub(crate) fn post_all(&self, letters: &mut Vec<Letter<A, C>>) {
        if !letters.is_empty() {
            self.lock().letters.append(letters);
            self.ring();
        }
    }

    /// Hands the parcel over and leaves an empty one; gives the number of messages that were dropped because
    /// the worker has too many waiting.
    pub(crate) fn hand_over(&self, parcel: &mut Parcel) -> usize {
        let mut inbox = self.lock();
        if inbox.messages + parcel.len() > self.handover_max {
            drop(inbox);
            let dropped = parcel.len();
            parcel.clear();
            return dropped;
        }
        inbox.messages += parcel.len();
        let empty = inbox.spare.pop().unwrap_or_default();
        inbox.parcels.push(std::mem::replace(parcel, empty));
        drop(inbox);
        self.ring();
        0
    }

    /// Takes all that waits; `taken` must be empty, its memory is used for what comes next.
    pub(crate) fn take(&self, taken: &mut Inbox<A, C>) {
        taken.messages = 0;
        if !self.rung.swap(false, Ordering::SeqCst) {
            return;
        }
        let mut inbox = self.lock();
        taken.messages = std::mem::take(&mut inbox.messages);
        std::mem::swap(&mut inbox.letters, &mut taken.letters);
        std::mem::swap(&mut inbox.parcels, &mut taken.parcels);
    }

    /// Gives emptied parcels back to the senders.
    pub(crate) fn give_back(&self, parcels: &mut Vec<Parcel>) {
        if parcels.is_empty() {
            return;
        }
        parcels.iter_mut().for_each(Parcel::clear);
        let mut inbox = self.lock();
        let room = SPARE_PARCELS_MAX.saturating_sub(inbox.spare.len());
        parcels.truncate(room);
        inbox.spare.append(parcels);
    }

    /// The worker is about to wait for its events; `false` when something is here already. Then, and after the
    /// wait, comes [`Mailbox::awake`].
    pub(crate) fn rest(&self) -> bool {
        self.rests.store(true, Ordering::SeqCst);
        !self.rung.load(Ordering::SeqCst)
    }

    /// The worker looks into its mail before it waits again.
    pub(crate) fn awake(&self) {
        self.rests.store(false, Ordering::SeqCst);
    }

    /// A worker at work finds the letter by itself; only one that rests costs a system call. Either it sees
    /// `rung` before it rests, or this sees that it rests: both are stored before the other is read.
    fn ring(&self) {
        self.rung.store(true, Ordering::SeqCst);
        if self.rests.swap(false, Ordering::SeqCst) {
            // Fails only when the worker is gone; then nobody waits for the letter.
            let _ = self.waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inbox<A, C>> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a store that answers later sends its answers: back to the worker that asked.
pub struct Replies<Answer>(Arc<dyn AnswerBox<Answer>>);

impl<A> Clone for Replies<A> {
    fn clone(&self) -> Self {
        Replies(Arc::clone(&self.0))
    }
}

impl<A> std::fmt::Debug for Replies<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Replies")
    }
}

impl<A: Send + 'static> Replies<A> {
    pub(crate) fn new<C: Send + 'static>(mailbox: Arc<Mailbox<A, C>>) -> Self {
        Replies(mailbox)
    }

    /// Replies that go to a function instead of a worker.
    pub fn to(take: impl Fn(&mut Vec<(Ticket, A)>) + Send + Sync + 'static) -> Self {
        Replies(Arc::new(TakeAnswers(take)))
    }

    /// Whether both go to the same place.
    pub fn same_place(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Answers one question.
    pub fn send(&self, ticket: Ticket, answer: A) {
        self.0.answer(&mut vec![(ticket, answer)]);
    }

    /// Answers many questions with one wake-up, a committed group for example; leaves `answers` empty.
    pub fn send_all(&self, answers: &mut Vec<(Ticket, A)>) {
        self.0.answer(answers);
    }
}

trait AnswerBox<A>: Send + Sync {
    fn answer(&self, answers: &mut Vec<(Ticket, A)>);
}

struct TakeAnswers<F>(F);

impl<A, F: Fn(&mut Vec<(Ticket, A)>) + Send + Sync> AnswerBox<A> for TakeAnswers<F> {
    fn answer(&self, answers: &mut Vec<(Ticket, A)>) {
        (self.0)(answers);
    }
}

impl<A: Send, C: Send> AnswerBox<A> for Mailbox<A, C> {
    fn answer(&self, answers: &mut Vec<(Ticket, A)>) {
        let mut letters =
            answers.drain(..).map(|(ticket, answer)| Letter::Answered(ticket, answer)).collect();
        self.post_all(&mut letters);
    }
}

impl<A: Send, C: Send> ResolvedBox for Mailbox<A, C> {
    fn resolved(&self, ticket: Ticket, located: Located) {
        self.post(Letter::Resolved(ticket, located));
    }
}

/// Most emptied parcels that a mailbox keeps.
const SPARE_PARCELS_MAX: usize = 4;
