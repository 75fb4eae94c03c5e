//! All transactions of one node (RFC 3261 §17): matching, timers, repetition, and what is left for the user.

use super::client::{Clients, identify};
use super::key::{Identity, Keys};
use super::server::{Found, Servers};
use super::shared::{Counts, Event, Refusal, Shared, Whose};
use super::slab::{ClientId, ServerId};
use crate::entropy::{Entropy, Seed, Token};
use crate::flow::{Flow, FlowError};
use crate::journal::{Cause, Entry, Fact};
use crate::node::{Deadline, Transmit};
use crate::registry::{Method, StatusCode, TimerValues};
use crate::syntax::{Glimpse, Message};
use crate::time::Instant;
use bytes::Bytes;
use core::net::SocketAddr;

/// The transaction layer of one node.
///
/// `U` is the transaction user's own handle, given back with everything that concerns the transaction. After
/// each call the user drains [`Transactions::poll_transmit`], [`Transactions::poll_event`] and
/// [`Transactions::poll_entry`], and sets its alarm to [`Transactions::deadline`].
///
/// Transactions keep as few bytes as their state needs: a server transaction its request until the final
/// response, and the response while it may be sent again; a client transaction its request until it is not
/// sent again, then what ACK and CANCEL are built from.
#[derive(Debug)]
pub struct Transactions<U> {
    shared: Shared<U>,
    clients: Clients<U>,
    servers: Servers<U>,
    limits: Limits,
    entropy: Entropy,
    /// The key of branches that go on for a server transaction.
    branches: Seed,
}

/// What the layer may grow to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most client and server transactions together. The CANCEL of an INVITE that exists is always made.
    pub transactions_max: usize,
}

impl Limits {
    /// How many there may be before nothing new is begun: the last eighth is for what has begun.
    fn begin_max(&self) -> usize {
        self.transactions_max - self.transactions_max / 8
    }
}

/// Most transactions of one node, unless [`Limits`] say otherwise: 64·T1 of some 16,000 a second, three of them for each call.
pub const TRANSACTIONS_MAX: usize = 1 << 19;

impl Default for Limits {
    fn default() -> Self {
        Limits { transactions_max: TRANSACTIONS_MAX }
    }
}

/// What a received message means to the transaction user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received<U> {
    /// A new request. The user makes its transaction with [`Transactions::accept`], or answers without one
    /// (RFC 3261 §8.2.7). A request whose top Via cannot be read is given too; [`Transactions::accept`]
    /// refuses it.
    Request,
    /// An ACK that no transaction absorbs: to a 2xx, with the accepted INVITE transaction when the ACK carries
    /// its branch, as that of an RFC 2543 client does (RFC 6026 §6).
    Ack(Option<(ServerId, U)>),
    /// A new CANCEL, with the transaction that it names. The user gives it a transaction, and answers it: 200,
    /// or 481 when it names none; the named one is then the user's to answer (RFC 3261 §9.2).
    Cancel(Option<(ServerId, U)>),
    /// A response that the user must see. The transaction may be over already, on a reliable transport.
    Response(ClientId, U),
    /// All was done: a copy, the ACK to a failure, the answer to our own CANCEL.
    Absorbed,
    /// A response without a transaction: it is dropped (RFC 6026 §7.3).
    Stray,
}

/// A new branch: the value of a Via parameter (RFC 3261 §8.1.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch([u8; 20]);

impl Branch {
    fn new(token: Token) -> Self {
        let mut text = *b"z9hG4bK0000000000000";
        text[7..].copy_from_slice(token.as_bytes());
        Branch(text)
    }

    /// The text, with the magic cookie.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl core::fmt::Display for Branch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<U: Copy> Transactions<U> {
    /// A layer without transactions. Branches and the order of its tables derive from `seed`.
    pub fn new(values: TimerValues, limits: Limits, seed: Seed) -> Self {
        Transactions {
            shared: Shared::new(values, Keys::new(seed)),
            clients: Clients::new(),
            servers: Servers::new(),
            limits,
            entropy: Entropy::new(seed.derive(b"branch")),
            branches: seed.derive(b"branches"),
        }
    }

    /// A branch for a request that will be sent.
    pub fn new_branch(&mut self) -> Branch {
        Branch::new(self.entropy.token())
    }

    /// What a branch for a request that goes on for the transaction `server` is made of. The same transaction and number give the same
    /// branch, whatever else this node does, so that a recorded call can be run again alone; no other transaction gives
    /// it as long as no number is used twice, also when its client uses a branch of its own twice.
    pub fn new_branch_for(&self, server: ServerId, number: u64) -> Token {
        let mut text = [0; 32];
        text[..24].copy_from_slice(&self.servers.name(server));
        text[24..].copy_from_slice(&number.to_le_bytes());
        Token::from_u64(self.branches.hash(&text))
    }

    /// Takes a message that came over `flow`.
    pub fn receive(&mut self, now: Instant, flow: Flow, message: &Message<'_>) -> Received<U> {
        self.shared.now = now;
        let ignored = self.shared.counts.ignored;
        let received =
            if message.is_request() { self.receive_request(message) } else { self.receive_response(message) };
        let cause = match received {
            Received::Stray => Cause::NoTransaction,
            _ if self.shared.counts.ignored != ignored => Cause::TransactionState,
            _ => return received,
        };
        self.shared.note(message.bytes(), Fact::Dropped { peer: flow.remote, cause });
        received
    }

    /// Whether a response belongs to a client transaction.
    pub fn awaits(&self, response: &Message<'_>) -> bool {
        self.clients.knows(&self.shared, response)
    }

    /// Whether a request at which one only glimpsed is a copy, or the ACK, of one that has a transaction.
    pub fn knows(&self, request: &Glimpse<'_>) -> bool {
        let method = if request.method == Method::Ack { Method::Invite } else { request.method };
        self.servers.knows(&self.shared.keys, &request.via, method)
    }

    fn receive_request(&mut self, message: &Message<'_>) -> Received<U> {
        match message.method() {
            Some(Method::Ack) => self.receive_ack(message),
            Some(Method::Cancel) => match self.servers.receive(&mut self.shared, message) {
                Ok(Found::Absorbed) => Received::Absorbed,
                _ => Received::Cancel(self.servers.cancelled_by(&self.shared.keys, message)),
            },
            _ => match self.servers.receive(&mut self.shared, message) {
                Ok(Found::Absorbed) => Received::Absorbed,
                _ => Received::Request,
            },
        }
    }

    fn receive_response(&mut self, message: &Message<'_>) -> Received<U> {
        match self.clients.receive(&mut self.shared, message) {
            Some(Some((id, user))) => Received::Response(id, user),
            Some(None) => Received::Absorbed,
            None => {
                self.shared.counts.stray += 1;
                Received::Stray
            }
        }
    }

    fn receive_ack(&mut self, message: &Message<'_>) -> Received<U> {
        match self.servers.receive_ack(&mut self.shared, message) {
            Ok(Found::Absorbed) => Received::Absorbed,
            Ok(Found::Delivered(id, user)) => Received::Ack(Some((id, user))),
            Ok(Found::Nothing) | Err(_) => Received::Ack(None),
        }
    }

    /// Makes the transaction of a request that came over `flow`, and keeps a copy of it. What begins something is refused
    /// while there is still room for what has begun: requests within a dialog, the CANCEL of a request that is known.
    ///
    /// # Errors
    /// [`Refusal`]; the user answers without a transaction, or drops the request.
    pub fn accept(
        &mut self,
        now: Instant,
        flow: Flow,
        request: &Message<'_>,
        user: U,
    ) -> Result<ServerId, Refusal> {
        self.shared.now = now;
        let (begin_max, all) = (self.limits.begin_max(), self.limits.transactions_max);
        self.make_room(if self.len() < begin_max || self.has_begun(request) { all } else { begin_max })?;
        self.servers.accept(&mut self.shared, &flow, request, user)
    }

    /// Whether a request belongs to what was begun before it.
    fn has_begun(&self, request: &Message<'_>) -> bool {
        match request.method() {
            Some(Method::Cancel) => self.servers.cancelled_by(&self.shared.keys, request).is_some(),
            _ => request.to().is_ok_and(|to| to.tag().is_some()),
        }
    }

    fn make_room(&mut self, most: usize) -> Result<(), Refusal> {
        if self.len() >= most {
            self.shared.counts.refused += 1;
            return Err(Refusal::TooMany);
        }
        Ok(())
    }

    /// Sends a response, provisional or final; it goes where [`crate::transport::response_flow`] says. Whether
    /// it was taken: `false` when the transaction is over, had its final response, or the response may not be
    /// sent to a request other than INVITE (1xx but 100, and 408: RFC 4320). A 100 that comes too early for
    /// such a request is taken, and sent when it may be.
    pub fn respond(&mut self, now: Instant, id: ServerId, status: StatusCode, response: Bytes) -> bool {
        self.shared.now = now;
        self.servers.respond(&mut self.shared, id, status, response)
    }

    /// The request of a server transaction, as it came; `None` once a final response was given.
    pub fn request(&self, id: ServerId) -> Option<&Bytes> {
        self.servers.request(id)
    }

    /// Where the request of a server transaction came from.
    pub fn flow(&self, id: ServerId) -> Option<Flow> {
        self.servers.flow(id)
    }

    /// Whether the final response of a server transaction is still to be given.
    pub fn is_server_pending(&self, id: ServerId) -> bool {
        self.servers.is_pending(id)
    }

    /// Sends a request over `flow` and makes its client transaction. The request carries our own Via in its
    /// first Via row, with a branch from [`Transactions::new_branch`].
    ///
    /// # Errors
    /// [`Refusal`]; nothing was sent.
    pub fn start(&mut self, now: Instant, request: Bytes, flow: Flow, user: U) -> Result<ClientId, Refusal> {
        self.shared.now = now;
        self.make_room(self.limits.transactions_max)?;
        let (method, key) = identify(&self.shared.keys, &request).map_err(Refusal::Malformed)?;
        self.clients.start(&mut self.shared, (request, method, key), flow, user, false)
    }

    /// [`Transactions::start`] for who has just written the request, and knows what it would be searched for.
    ///
    /// # Errors
    /// [`Refusal`]; nothing was sent.
    pub fn start_as(
        &mut self,
        now: Instant,
        (request, identity): (Bytes, Identity<'_>),
        flow: Flow,
        user: U,
    ) -> Result<ClientId, Refusal> {
        debug_assert_eq!(Identity::read(&request), Ok(identity), "it identifies another request");
        self.shared.now = now;
        self.make_room(self.limits.transactions_max)?;
        let (method, key) = (identity.method(), self.shared.keys.client(&identity));
        self.clients.start(&mut self.shared, (request, method, key), flow, user, false)
    }

    /// Gives up an INVITE: sends its CANCEL, at once when a provisional response has come and else after it.
    /// Whether there is something to give up: `false` after a final response and for other requests. `reason`
    /// is the value of a Reason header field (RFC 3326). The user goes on waiting for the final response; after
    /// 64·T1 without one comes [`Event::TimedOut`] with [`crate::registry::Timer::Cancel`] (RFC 3261 §9.1).
    pub fn cancel(&mut self, now: Instant, id: ClientId, reason: Option<&[u8]>) -> bool {
        self.shared.now = now;
        self.clients.cancel(&mut self.shared, id, reason)
    }

    /// Where the request of a client transaction was sent.
    pub fn client_flow(&self, id: ClientId) -> Option<Flow> {
        self.clients.flow(id)
    }

    /// Whether the final response of a client transaction is still to come.
    pub fn is_client_pending(&self, id: ClientId) -> bool {
        self.clients.is_pending(id)
    }

    /// Fires every timer whose moment has come.
    pub fn handle_deadline(&mut self, now: Instant) {
        self.shared.now = now;
        while let Some((_, due)) = self.shared.wheel.fire(now) {
            match due.whose {
                Whose::Client(id) => self.clients.fire(&mut self.shared, id, due.timer),
                Whose::Server(id) => self.servers.fire(&mut self.shared, id, due.timer),
            }
        }
    }

    /// A path failed: every client transaction that waits for an answer over it ends with
    /// [`Event::TransportError`]. Server transactions stay as they are (RFC 6026 §7.1).
    pub fn handle_flow_failure(&mut self, now: Instant, flow: &Flow, error: FlowError) {
        self.shared.now = now;
        self.clients.fail(&mut self.shared, flow, error);
    }

    /// The user knows that a response did not arrive: it is journalled, and comes back as
    /// [`Event::Undelivered`] when the transaction lives; the transaction stays in its state (RFC 6026 §7.1).
    pub fn handle_undelivered(&mut self, now: Instant, id: ServerId, error: FlowError) {
        self.shared.now = now;
        self.servers.fail(&mut self.shared, id, error);
    }

    /// Sends the responses of a server transaction to another address from now on, over the same transport, and the
    /// last one at once if it is still kept: the client was not where its request came from (RFC 3263 §5).
    pub fn reroute(&mut self, now: Instant, id: ServerId, remote: SocketAddr) {
        self.shared.now = now;
        self.servers.reroute(&mut self.shared, id, remote);
    }

    /// The next moment at which a timer fires, and which.
    pub fn deadline(&self) -> Option<(Instant, Deadline)> {
        self.shared.wheel.deadline().map(|(at, due)| (at, Deadline::Timer(due.timer)))
    }

    /// The next message to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.shared.transmits.pop_front()
    }

    /// The next news.
    pub fn poll_event(&mut self) -> Option<Event<U>> {
        self.shared.events.pop_front()
    }

    /// The next entry for the journal: timers that ended a transaction, and transport errors.
    pub fn poll_entry(&mut self) -> Option<Entry> {
        self.shared.entries.pop_front()
    }

    /// How many transactions live.
    pub fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    /// How many may live.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether no transaction lives.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What happened, in numbers.
    pub fn counts(&self) -> Counts {
        self.shared.counts
    }
}

#[cfg(test)]
impl<U: Copy> Transactions<U> {
    /// The bytes that all transactions take, messages included.
    pub(super) fn footprint(&self) -> usize {
        self.clients.footprint() + self.servers.footprint()
    }
}
