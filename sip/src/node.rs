//! The contract between a role and the world that drives it (sans-IO).
//!
//! A [`Node`] never blocks, reads no clock and opens no socket. A driver (the real one in `io`, the simulated
//! one in `sim`) feeds it [`Input`]s, drains its [`Output`]s after each, and wakes it at its deadline. The same
//! configuration, seed and inputs give the same outputs, byte for byte.

use crate::journal::Entry;
use crate::time::Instant;
use crate::transaction::Timer;
use bytes::Bytes;
use core::net::{IpAddr, SocketAddr};
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

    /// Gives the next thing the world must do, until `None`.
    fn poll(&mut self) -> Option<Output<Self::Ask, Self::Event>>;

    /// The next deadline and the reason it exists.
    fn deadline(&self) -> Option<(Instant, Deadline)>;
}

/// How bytes travel (RFC 3261 §18, RFC 7118).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream under TLS.
    Tls,
    /// WebSocket frames.
    Ws,
    /// WebSocket frames under TLS.
    Wss,
}

impl Transport {
    /// Whether the transport itself repairs loss, so that the transactions do not (RFC 3261 §17).
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }

    /// The name as a Via header field spells it.
    pub const fn via_name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// The name as a `transport` URI parameter spells it (TLS is TCP with a `sips` URI, RFC 3261 §26.2.2).
    pub const fn uri_name(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Ws | Transport::Wss => "ws",
        }
    }

    /// Finds a transport by its Via or URI name, in any case.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        const ALL: [(&[u8], Transport); 5] = [
            (b"UDP", Transport::Udp),
            (b"TCP", Transport::Tcp),
            (b"TLS", Transport::Tls),
            (b"WS", Transport::Ws),
            (b"WSS", Transport::Wss),
        ];
        ALL.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, t)| *t)
    }

    /// The port used when none is named (RFC 3261 §19.1.2).
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
            Transport::Tls => 5061,
            Transport::Ws => 80,
            Transport::Wss => 443,
        }
    }
}

/// A stream connection, numbered by the driver; a number is never used twice by one driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// The path of a message: between which addresses, over which transport, on which connection.
///
/// On input it says where the message came from. On output it says where to send it: datagrams leave from the
/// socket bound to `local`; stream messages use `connection` if it is named and alive, else a connection that
/// is open to `remote`, else a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// Which transport.
    pub transport: Transport,
    /// The address of ours: of the socket that received, or from which to send.
    pub local: SocketAddr,
    /// The peer's address as the packets show it.
    pub remote: SocketAddr,
    /// The connection, for a stream.
    pub connection: Option<ConnectionId>,
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

/// Why nothing can be sent on a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowError {
    /// The peer's machine says that nobody listens there (TCP reset at connect, ICMP port unreachable).
    Refused,
    /// The network says that the peer cannot be reached.
    Unreachable,
    /// No connection came about in time.
    ConnectTimeout,
    /// The peer closed the connection.
    Closed,
    /// The connection broke.
    Reset,
    /// The peer does not read fast enough; what waits to be sent has reached its limit.
    Backlog,
    /// The stream no longer shows where a message ends; the connection was closed.
    Framing,
    /// The datagram is larger than the path takes.
    TooLarge,
    /// We have no socket for this transport and address family.
    NoSocket,
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
}

/// An address to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// With this transport.
    pub transport: Transport,
    /// At this address.
    pub address: SocketAddr,
}

/// Why a name gave no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResolveError {
    /// The name does not exist (NXDOMAIN).
    NoSuchName,
    /// The name exists, without an address that we can use.
    NoAddress,
    /// The name servers did not answer in time.
    Timeout,
    /// The name servers failed (SERVFAIL or a broken answer).
    Failed,
    /// We have no name server, or too many questions are open.
    Unavailable,
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

impl Flow {
    /// The same path for a datagram or a fresh connection to `target`.
    pub fn to(local: SocketAddr, target: Target) -> Self {
        Flow { transport: target.transport, local, remote: target.address, connection: None }
    }

    /// The peer's address without its port.
    pub fn remote_ip(&self) -> IpAddr {
        self.remote.ip()
    }
}
