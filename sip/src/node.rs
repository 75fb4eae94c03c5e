//! The contract between a role and the world that drives it (sans-IO).
//!
//! A [`Node`] never blocks, reads no clock and opens no socket. A driver (the real one in `io`, the simulated
//! one in `sim`) feeds it [`Input`]s, drains its [`Output`]s after each, and wakes it at its deadline. The same
//! configuration, seed and inputs give the same outputs, byte for byte.

pub use crate::flow::{
    ConnectionId, Flow, FlowError, HandshakeFault, PeerId, ResolveError, Target, Transport,
};
use crate::journal::{Entry, Step};
use crate::registry::Timer;
use crate::time::Instant;
use bytes::Bytes;
use core::net::IpAddr;
use smallvec::SmallVec;

/// A role that a driver can run. The associated types are what the role asks of its store, what the store
/// answers, what its user commands and what its user is told; a role without one of them uses
/// [`core::convert::Infallible`].
pub trait Node {
    /// A question or an order to the store, in domain terms.
    type Ask;
    /// The store's answer.
    type Answer;
    /// An order of the node's user.
    type Command;
    /// News for the node's user.
    type Event;

    /// Takes one input at `now`; never blocks, never does I/O.
    fn handle(&mut self, now: Instant, input: Input<'_, Self::Answer, Self::Command>);

    /// Like [`Node::handle`], with the store at hand: it answers a question at once, or takes it and answers by
    /// [`Input::Answered`]. A node for which that saves no work asks by [`Output::Ask`] all the same.
    fn handle_with(
        &mut self,
        now: Instant,
        input: Input<'_, Self::Answer, Self::Command>,
        _store: &mut dyn FnMut(Ticket, Self::Ask) -> Option<Self::Answer>,
    ) {
        self.handle(now, input);
    }

    /// Whether a message that comes in here may be taken here, though the node of another worker owns its Call-ID:
    /// all that it touches is shared by the nodes of all workers.
    fn may_take(&self, _message: &[u8]) -> bool {
        false
    }

    /// More messages wait at the door than can be served in time, or no longer do. What a node refuses meanwhile it
    /// refuses cheaply, before it keeps anything of it; a node that has nothing to refuse goes on as before.
    fn set_strained(&mut self, _now: Instant, _strained: bool) {}

    /// Whether a connection from this address is let in. Who is not wanted costs no handshake and no place.
    fn lets_in(&mut self, _now: Instant, _source: IpAddr) -> bool {
        true
    }

    /// Gives the next thing the world must do, until `None`.
    fn poll(&mut self) -> Option<Output<Self::Ask, Self::Event>>;

    /// The next deadline and the reason it exists.
    fn deadline(&self) -> Option<(Instant, Deadline)>;
}

/// Names a question to the world, so that its answer finds the asker. Unique within one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What the world tells a node.
#[derive(Debug)]
pub enum Input<'a, Answer, Command> {
    /// One whole SIP message: a datagram, or a frame cut from a stream.
    Received {
        /// Where it came from.
        flow: Flow,
        /// The message; borrowed, copied only by who keeps it.
        bytes: &'a [u8],
    },
    /// Nothing can be sent on this path, or its connection ended.
    FlowFailed {
        /// The path that failed. Without `connection` it means every message to `remote`.
        flow: Flow,
        /// Why.
        error: FlowError,
    },
    /// The moment that [`Node::deadline`] named has come.
    Deadline,
    /// The answer to [`Output::Resolve`].
    Resolved {
        /// The question's ticket.
        ticket: Ticket,
        /// The addresses in the order in which to try them.
        answer: Result<SmallVec<[Target; 2]>, ResolveError>,
        /// How they were found, or why not.
        steps: Box<[Step]>,
    },
    /// The answer to [`Output::Ask`].
    Answered {
        /// The question's ticket.
        ticket: Ticket,
        /// What the store says.
        answer: Answer,
    },
    /// An order of the node's user.
    Command(Command),
}

/// What a node wants the world to do.
#[derive(Debug)]
pub enum Output<Ask, Event> {
    /// Send a message.
    Transmit(Transmit),
    /// Find the addresses of a host (RFC 3263); answered by [`Input::Resolved`].
    Resolve {
        /// Comes back with the answer.
        ticket: Ticket,
        /// What to find.
        query: ResolveQuery,
    },
    /// Ask the store; answered by [`Input::Answered`], at once or later.
    Ask {
        /// Comes back with the answer.
        ticket: Ticket,
        /// The question.
        ask: Ask,
    },
    /// Close the connection of a flow.
    Close(Flow),
    /// News for the node's user.
    Deliver(Event),
    /// A fact for the journal.
    Journal(Entry),
}

/// A message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// The path to use.
    pub flow: Flow,
    /// The whole message.
    pub bytes: Bytes,
}

/// A host to find (RFC 3263 §4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResolveQuery {
    /// A domain name, without a final dot.
    pub host: Box<str>,
    /// The port, when the URI or Via named one: then no SRV look-up is made.
    pub port: Option<u16>,
    /// The transport, when it is already decided.
    pub transport: Option<Transport>,
    /// Whether the URI was `sips`: only secure transports count.
    pub secure: bool,
    /// Chooses among servers of equal rank: questions with the same number get the same order, so that the
    /// requests of one call find the same server (RFC 3263 §4.4).
    pub spread: u64,
}

/// Why a node wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deadline {
    /// A timer of a transaction or of a core (RFC 3261 Table 4 and later).
    Timer(Timer),
    /// A binding, credential, nonce or lease runs out.
    Expiry,
    /// A step of the node's user, for example "answer after two seconds".
    User,
}
