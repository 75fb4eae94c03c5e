//! One stream connection: frames in, messages out, and when its peer takes too long.

use super::settings::Limits;
use super::web_socket::{Arrival, WebSocket};
use super::wire::{Wire, wire_error};
use crate::tls::Identities;
use bytes::Bytes;
use mio::net::TcpStream;
use ringback_sip::flow::{Flow, FlowError, HandshakeFault, Transport};
use ringback_sip::syntax::stream::{Framer, Step};
use ringback_sip::time::{Duration, Instant};
use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice, Read, Write};

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// We called, nobody has answered yet.
    Connecting,
    /// Messages flow.
    Open,
    /// Its end is known to the nodes. Answers may still leave; what comes is thrown away.
    Closing,
}

/// Why a reading or writing turn stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing more for now.
    Done,
    /// There is more; others have their turn first.
    More,
    /// The connection ends.
    Ended(FlowError),
}

/// What a turn counted.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) messages: u64,
    pub(crate) keepalives: u64,
}

#[derive(Debug)]
pub(crate) struct Connection {
    wire: Wire,
    /// Says where messages end, on a WebSocket; else the framer does.
    web_socket: Option<Box<WebSocket>>,
    pub(crate) flow: Flow,
    pub(crate) state: State,
    /// Some message was sent to its address, not to the connection as such; who sent it waits by address.
    pub(crate) by_address: bool,
    /// What is sent over it besides its own flow (RFC 5923).
    pub(crate) aliases: Vec<Flow>,
    /// Stands in its worker's list of connections to read from, to write to.
    pub(crate) awaits_read: bool,
    pub(crate) awaits_write: bool,
    framer: Framer,
    /// Part of a message; empty, and without memory, between messages.
    input: Vec<u8>,
    output: VecDeque<Bytes>,
    /// How much of the first output has been written.
    written: usize,
    output_bytes: usize,
    /// Start of the connection, of the message that is not whole, of the write that does not get on, of the end.
    opened: Instant,
    partial_since: Option<Instant>,
    stalled_since: Option<Instant>,
    closing_since: Instant,
    /// When it was pinged; nothing has come since.
    pinged: Option<Instant>,
    last_used: Instant,
    /// A sign of life was asked for, and its answer has not come (RFC 5626 §3.5.1).
    awaits_pong: bool,
    /// A whole message or keep-alive has come.
    proven: bool,
    peer_ended: bool,
}

impl Connection {
    pub(crate) fn new(wire: Wire, flow: Flow, state: State, limits: &Limits, now: Instant) -> Self {
        Connection {
            wire,
            web_socket: None,
            flow,
            state,
            by_address: false,
            aliases: Vec::new(),
            awaits_read: false,
            awaits_write: false,
            framer: Framer::new(limits.stream),
            input: Vec::new(),
            output: VecDeque::new(),
            written: 0,
            output_bytes: 0,
            opened: now,
            partial_since: None,
            stalled_since: None,
            closing_since: now,
            pinged: None,
            last_used: now,
            awaits_pong: false,
            proven: false,
            peer_ended: false,
        }
    }

    /// The same connection, with messages in WebSocket frames.
    pub(crate) fn in_frames(self, web_socket: WebSocket) -> Self {
        Connection { web_socket: Some(Box::new(web_socket)), ..self }
    }

    pub(crate) fn stream_mut(&mut self) -> &mut TcpStream {
        self.wire.socket_mut()
    }

    /// Whether its client may ask for requests over it.
    pub(crate) fn may_be_aliased(&self) -> bool {
        self.flow.transport == Transport::Tls && self.aliases.is_empty() && self.wire.may_know_client()
    }

    /// Whom its client's certificate names.
    pub(crate) fn client(&self) -> Option<Identities> {
        self.wire.client()
    }

    /// Bytes of memory that the peer makes this connection hold.
    pub(crate) fn held_bytes(&self) -> usize {
        let framed = self.web_socket.as_ref().map_or(0, |web_socket| web_socket.held_bytes());
        self.input.len() + self.output_bytes + framed
    }

    /// Whether the connection has come about.
    pub(crate) fn finish_connect(&mut self, now: Instant) -> Result<bool, FlowError> {
        if let Ok(Some(error)) | Err(error) = self.wire.socket().take_error() {
            return Err(super::udp::flow_error(error.raw_os_error()));
        }
        match self.wire.socket().peer_addr() {
            Ok(_) => {
                self.state = State::Open;
                self.opened = now;
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(super::udp::flow_error(error.raw_os_error())),
        }
    }

    /// Reads a bounded amount and gives each whole message to `deliver`.
    pub(crate) fn read(
        &mut self,
        now: Instant,
        scratch: &mut [u8],
        tally: &mut Tally,
        deliver: &mut dyn FnMut(Flow, &[u8]),
    ) -> Turn {
        for _ in 0..READS_PER_TURN {
            let count = match self.wire.read(scratch) {
                Ok(0) => {
                    self.peer_ended = true;
                    return Turn::Ended(FlowError::Closed);
                }
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Turn::Done,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.peer_ended = true;
                    return Turn::Ended(wire_error(&error));
                }
            };
            if self.state == State::Closing {
                continue;
            }
            (self.last_used, self.pinged) = (now, None);
            let bytes = &scratch[..count];
            let taken = match self.web_socket.is_some() {
                true => self.take_web_frames(now, bytes, tally, deliver),
                false => self.take_frames(now, bytes, tally, deliver),
            };
            if let Err(error) = taken {
                return Turn::Ended(error);
            }
        }
        Turn::More
    }

    fn take_frames(
        &mut self,
        now: Instant,
        fresh: &[u8],
        tally: &mut Tally,
        deliver: &mut dyn FnMut(Flow, &[u8]),
    ) -> Result<(), FlowError> {
        let mut input = std::mem::take(&mut self.input);
        let fresh_only = input.is_empty();
        if !fresh_only {
            input.extend_from_slice(fresh);
        }
        let bytes: &[u8] = if fresh_only { fresh } else { &input };
        let mut taken = 0;
        loop {
            match self.framer.next(&bytes[taken..]) {
                Step::Need => break,
                Step::Blank(len) => {
                    if std::mem::take(&mut self.awaits_pong) {
                        self.framer.took_pong();
                        deliver(self.flow, &bytes[taken..taken + len]);
                    }
                    taken += len;
                }
                Step::Ping(len) => {
                    taken += len;
                    tally.keepalives += 1;
                    self.proven = true;
                    self.push(Bytes::from_static(b"\r\n"));
                }
                Step::Message(len) => {
                    deliver(self.flow, &bytes[taken..taken + len]);
                    taken += len;
                    tally.messages += 1;
                    self.proven = true;
                    self.partial_since = None;
                }
                Step::Fault { head, .. } => {
                    if head > 0 {
                        deliver(self.flow, &bytes[taken..taken + head]);
                    }
                    return Err(FlowError::Framing);
                }
            }
        }
        if taken == bytes.len() {
            self.partial_since = None;
            return Ok(());
        }
        if fresh_only {
            input.extend_from_slice(&fresh[taken..]);
        } else {
            input.drain(..taken);
        }
        self.input = input;
        self.partial_since.get_or_insert(now);
        Ok(())
    }

    fn take_web_frames(
        &mut self,
        now: Instant,
        bytes: &[u8],
        tally: &mut Tally,
        deliver: &mut dyn FnMut(Flow, &[u8]),
    ) -> Result<(), FlowError> {
        let Some(web_socket) = &mut self.web_socket else { return Ok(()) };
        let (flow, proven, mut out) = (self.flow, &mut self.proven, Vec::new());
        let result = web_socket.take(bytes, &mut out, &mut |arrival| {
            *proven = true;
            match arrival {
                Arrival::Message(message) => {
                    tally.messages += 1;
                    deliver(flow, message);
                }
                Arrival::Keepalive => tally.keepalives += 1,
            }
        });
        match web_socket.held_bytes() {
            0 => self.partial_since = None,
            _ => {
                self.partial_since.get_or_insert(now);
            }
        }
        if !out.is_empty() {
            self.push(out.into());
        }
        result
    }

    /// Queues a message to write.
    pub(crate) fn push_message(&mut self, message: Bytes) {
        self.awaits_pong |= *message == *b"\r\n\r\n";
        let Some(web_socket) = &mut self.web_socket else { return self.push(message) };
        let mut out = Vec::new();
        // A WebSocket that has said farewell carries nothing any more; its end is known or comes.
        let _ = web_socket.frame(&message, &mut out);
        if !out.is_empty() {
            self.push(out.into());
        }
    }

    /// Queues bytes to write.
    pub(crate) fn push(&mut self, bytes: Bytes) {
        self.output_bytes += bytes.len();
        self.output.push_back(bytes);
    }

    pub(crate) fn has_output(&self) -> bool {
        !self.output.is_empty() || self.wire.has_pending()
    }

    /// Queues a ping if it is a WebSocket of a known peer and silent for long; whether it did.
    pub(crate) fn ping_if_silent(&mut self, now: Instant, limits: &Limits) -> bool {
        let is_known = self.state == State::Open && (self.proven || self.by_address);
        if !is_known || self.pinged.is_some() || now - self.last_used < limits.ping_after {
            return false;
        }
        let Some(web_socket) = &mut self.web_socket else { return false };
        let mut ping = Vec::new();
        web_socket.ping(&mut ping);
        if ping.is_empty() {
            return false;
        }
        self.pinged = Some(now);
        self.push(ping.into());
        true
    }

    /// Whether messages flow, so that the nodes know of it.
    pub(crate) fn has_come_about(&self) -> bool {
        let is_agreed = self.web_socket.as_ref().is_none_or(|web_socket| web_socket.is_open());
        self.state == State::Open && !self.wire.is_handshaking() && is_agreed
    }

    /// Writes what the kernel takes.
    pub(crate) fn write(&mut self, now: Instant) -> Turn {
        if self.state == State::Connecting {
            return Turn::Done;
        }
        while !self.output.is_empty() {
            let result = {
                let mut slices = [IoSlice::new(&[]); SLICES_PER_WRITE];
                let mut count = 0;
                for (slice, bytes) in slices.iter_mut().zip(&self.output) {
                    *slice = IoSlice::new(if count == 0 { &bytes[self.written..] } else { bytes });
                    count += 1;
                }
                self.wire.write_vectored(&slices[..count])
            };
            match result {
                Ok(0) => return Turn::Ended(FlowError::Closed),
                Ok(count) => self.advance(count, now),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.stalled_since.get_or_insert(now);
                    return Turn::Done;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.peer_ended = true;
                    return Turn::Ended(wire_error(&error));
                }
            }
        }
        self.flush(now)
    }

    /// Brings what the wire has taken to the socket.
    fn flush(&mut self, now: Instant) -> Turn {
        match self.wire.flush() {
            Ok(()) => self.stalled_since = None,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.stalled_since.get_or_insert(now);
            }
            Err(error) => {
                self.peer_ended = true;
                return Turn::Ended(wire_error(&error));
            }
        }
        Turn::Done
    }

    fn advance(&mut self, mut count: usize, now: Instant) {
        self.last_used = now;
        self.stalled_since = None;
        self.output_bytes -= count;
        while let Some(first) = self.output.front() {
            let left = first.len() - self.written;
            if count < left {
                self.written += count;
                return;
            }
            count -= left;
            self.written = 0;
            self.output.pop_front();
        }
    }

    /// The end is known; answers may still leave for a moment.
    pub(crate) fn begin_close(&mut self, now: Instant) {
        if self.state != State::Closing {
            self.state = State::Closing;
            self.closing_since = now;
            self.input = Vec::new();
            let mut farewell = Vec::new();
            if let Some(web_socket) = &mut self.web_socket {
                web_socket.close(&mut farewell);
            }
            if !farewell.is_empty() {
                self.push(farewell.into());
            }
        }
    }

    /// Why the connection must end now, if it must.
    pub(crate) fn overdue(&self, now: Instant, limits: &Limits) -> Option<FlowError> {
        let late = |since: Option<Instant>, limit: Duration| since.is_some_and(|s| now - s >= limit);
        match self.state {
            State::Connecting => {
                (now - self.opened >= limits.connect_timeout).then_some(FlowError::ConnectTimeout)
            }
            State::Open if !self.has_come_about() => {
                let fault = FlowError::Handshake(HandshakeFault::Timeout);
                (now - self.opened >= limits.handshake_timeout).then_some(fault)
            }
            State::Open if late(self.partial_since, limits.partial_message_timeout) => {
                Some(FlowError::Framing)
            }
            State::Open if late(self.stalled_since, limits.write_timeout) => Some(FlowError::Backlog),
            State::Open if late(self.pinged, limits.ping_after) => Some(FlowError::Closed),
            State::Open if !self.proven && !self.by_address => {
                (now - self.opened >= limits.first_message_timeout).then_some(FlowError::Closed)
            }
            State::Open => (now - self.last_used >= limits.idle_timeout).then_some(FlowError::Closed),
            State::Closing => None,
        }
    }

    /// Whether a closing connection can be let go: the peer is gone or had its time to read our last words.
    pub(crate) fn is_over(&mut self, now: Instant) -> bool {
        if self.state != State::Closing || now - self.closing_since < LAST_WORDS {
            return false;
        }
        if self.peer_ended || now - self.closing_since >= LINGER {
            return true;
        }
        if self.output.is_empty() {
            // The peer sees the end, reads what it has not read, and ends its side.
            self.wire.finish();
        }
        false
    }
}

/// Most reads of one connection before others get their turn.
const READS_PER_TURN: usize = 4;
/// Most messages that one system call writes.
const SLICES_PER_WRITE: usize = 32;
/// How long a node may still answer on a connection that ends.
const LAST_WORDS: Duration = Duration::from_millis(300);
/// How long we wait for the peer to end its side; closing with unread bytes would destroy our answer on its way.
const LINGER: Duration = Duration::from_secs(2);
