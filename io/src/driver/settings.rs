//! What a driver is told: where to listen, how many workers, and the limits of what peers can make grow.

use ringback_sip::flow::Transport;
use ringback_sip::syntax::stream::StreamLimits;
use ringback_sip::time::Duration;
use std::net::SocketAddr;
use std::sync::Arc;

/// Most workers of one driver: a connection's number holds its worker in eight bits.
pub const WORKERS_MAX: usize = 256;

/// An address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The address; port 0 lets the system choose one, the same for both transports.
    pub address: SocketAddr,
    /// Whether to take datagrams there.
    pub udp: bool,
    /// What the stream connections there carry, if any are taken: one of TCP, TLS, WS and WSS.
    pub stream: Option<Transport>,
}

impl Listener {
    /// UDP and TCP at `address`.
    pub const fn both(address: SocketAddr) -> Self {
        Listener { address, udp: true, stream: Some(Transport::Tcp) }
    }
}

/// What a driver needs to know before it opens its sockets.
#[derive(Clone, Debug)]
pub struct DriverSettings {
    /// The name of the worker threads, at most 12 bytes.
    pub name: String,
    /// Where to listen.
    pub listeners: Vec<Listener>,
    /// How many workers, 1 to [`WORKERS_MAX`]; each runs a node of its own.
    pub workers: usize,
    /// The limits.
    pub limits: Limits,
    /// Who may speak over WebSockets.
    pub web_sockets: WebSockets,
    /// Over which transports we connect to servers without listening for any. Over WebSockets nobody is called
    /// otherwise: a client cannot be (RFC 7118 §5).
    pub dials: Vec<Transport>,
    /// Whether a worker with much to do that is woken lets who runs on its processor finish first (`SCHED_BATCH`): more is
    /// done in all where processors are short, and a single message may wait longer.
    pub waits_for_turn: bool,
}

/// SIP over WebSocket (RFC 7118).
#[derive(Clone, Debug, Default)]
pub struct WebSockets {
    /// The origins of the pages that may connect, such as `https://phone.example.test`; empty: all.
    pub origins: Arc<[String]>,
}

impl DriverSettings {
    /// One worker with the default limits.
    pub fn new(name: &str, listeners: Vec<Listener>) -> Self {
        DriverSettings {
            name: name.to_owned(),
            listeners,
            workers: 1,
            limits: Limits::default(),
            web_sockets: WebSockets::default(),
            dials: Vec::new(),
            waits_for_turn: false,
        }
    }
}

/// What peers can make grow, and how long they may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Most stream connections at once, all workers together.
    pub connections_max: usize,
    /// Most stream connections of one peer address (IPv6: of one /64).
    pub connections_per_address_max: usize,
    /// Most bytes that wait to be written to one connection.
    pub backlog_bytes_max: usize,
    /// The longest message on a stream.
    pub stream: StreamLimits,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long the handshake of TLS and WebSocket may take on a connection that has come about.
    pub handshake_timeout: Duration,
    /// How long a connection may be silent in both directions.
    pub idle_timeout: Duration,
    /// After how long a silence a WebSocket is pinged, and how long it may take to say anything then (RFC 7118 §6).
    pub ping_after: Duration,
    /// How long a new connection may be open before its first whole message or keep-alive.
    pub first_message_timeout: Duration,
    /// How long the rest of a message may take once its first byte has come.
    pub partial_message_timeout: Duration,
    /// How long a peer may not read while something waits to be written to it.
    pub write_timeout: Duration,
    /// Most bytes of parts of messages and unwritten messages that one worker holds for all its connections.
    pub held_bytes_max: usize,
    /// Most messages that wait to be handed to one worker by the others.
    pub handover_max: usize,
    /// Bytes of the kernel's buffers of a UDP socket, each way.
    pub udp_buffer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections_max: 16_384,
            connections_per_address_max: 1024,
            backlog_bytes_max: 1 << 20,
            stream: StreamLimits::default(),
            connect_timeout: Duration::from_secs(4),
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(3660),
            ping_after: Duration::from_secs(30),
            first_message_timeout: Duration::from_secs(30),
            partial_message_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(20),
            held_bytes_max: 128 << 20,
            handover_max: 8192,
            udp_buffer_bytes: 4 << 20,
        }
    }
}
