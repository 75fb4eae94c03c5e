//! Everything with one Call-ID.

use super::dialog::Dialog;
use super::message::Message;
use super::stream::StreamKey;
use super::transaction::Transaction;
use super::world::Checks;
use ringback_sip::registry::Method;
use ringback_sip::time::Instant;
use std::sync::Arc;

/// A Call-ID.
pub type CallId = Arc<[u8]>;

/// What a Call-ID was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallKind {
    /// A call: INVITE.
    Call,
    /// A registration.
    Registration,
    /// A subscription.
    Subscription,
    /// A single request of another kind, such as MESSAGE or OPTIONS.
    Other,
}

/// The messages of one Call-ID, on every hop where they were seen, in their order of time.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its Call-ID.
    pub id: CallId,
    /// What it is.
    pub kind: CallKind,
    /// The messages.
    pub messages: Vec<Message>,
    /// The transactions, in the order of their first message.
    pub transactions: Vec<Transaction>,
    /// The dialogs, in the order of their first response.
    pub dialogs: Vec<Dialog>,
    /// The streams of its media.
    pub streams: Vec<StreamKey>,
    /// Checks for ways that its media could take; at most [`super::CHECKS_MAX`].
    pub checks: Vec<Checks>,
    /// Messages that were left out, since there were more than [`super::MESSAGES_PER_CALL_MAX`].
    pub left_out: u64,
    /// Whether a capturer gave ends of a message that can hardly be right: nothing of it is certain then.
    pub has_odd_ends: bool,
}

impl Call {
    pub(super) fn new(id: CallId) -> Self {
        Call {
            id,
            kind: CallKind::Other,
            messages: Vec::new(),
            transactions: Vec::new(),
            dialogs: Vec::new(),
            streams: Vec::new(),
            checks: Vec::new(),
            left_out: 0,
            has_odd_ends: false,
        }
    }

    /// The Call-ID as text.
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.id).into_owned()
    }

    /// When its first message was seen.
    pub fn began(&self) -> Instant {
        self.messages.first().map_or(Instant::EPOCH, |message| message.at)
    }

    /// When its last message was seen.
    pub fn ended(&self) -> Instant {
        self.messages.last().map_or(Instant::EPOCH, |message| message.at)
    }

    /// Whether its beginning was not seen: the first message is a response, or a request inside a dialog.
    pub fn begins_midway(&self) -> bool {
        self.messages.first().is_some_and(|first| !first.is_request() || !first.to_tag.is_empty())
    }

    /// The transactions of a method.
    pub fn of(&self, method: Method) -> impl Iterator<Item = &Transaction> {
        self.transactions.iter().filter(move |transaction| transaction.method == Some(method))
    }

    /// The request of a transaction, when it was seen.
    pub fn request_of(&self, transaction: &Transaction) -> Option<&Message> {
        transaction.copies.first().map(|&place| &self.messages[place])
    }

    /// The first final response of a transaction.
    pub fn final_of(&self, transaction: &Transaction) -> Option<&Message> {
        transaction.finals.first().map(|&place| &self.messages[place])
    }

    /// The first request that opened it, or else its first message.
    pub fn opening(&self) -> Option<&Message> {
        let opens = |message: &&Message| message.is_request() && message.to_tag.is_empty();
        self.messages.iter().find(opens).or(self.messages.first())
    }

    /// The URIs of From and To in the first message, for a list.
    pub fn parties(&self) -> [String; 2] {
        let syntax = self.opening().and_then(Message::syntax);
        let addresses = syntax.map(|syntax| [syntax.from(), syntax.to()]);
        addresses.map_or_else(Default::default, |both| {
            both.map(|address| {
                let uri = address.map(|address| address.uri).unwrap_or_default();
                String::from_utf8_lossy(uri).into_owned()
            })
        })
    }

    /// The 2xx to the first INVITE that was answered.
    pub fn answer(&self) -> Option<&Message> {
        let confirmed = self.dialogs.iter().filter_map(|dialog| dialog.confirmed).min()?;
        self.messages.get(confirmed)
    }
}
