//! The TCP listeners and connections of one worker.

use super::alias;
use super::connection::{Connection, State, Tally, Turn};
use super::counters::Counters;
use super::ledger::{FarEnd, Ledger};
use super::settings::{Limits, WebSockets};
use super::udp::flow_error;
use super::web_socket::WebSocket;
use super::wire::Wire;
use crate::tls::Tls;
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use ringback_sip::flow::{ConnectionId, Flow, FlowError, Transport};
use ringback_sip::node::Transmit;
use ringback_sip::time::{Duration, Instant};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Tokens from here on are those of connections.
pub(crate) const FIRST_CONNECTION_TOKEN: usize = 1 << 16;

/// A listening socket of one worker.
#[derive(Debug)]
struct Door {
    transport: Transport,
    socket: TcpListener,
    waiting: bool,
    /// After a failure (no descriptor left) the next try waits a little.
    not_before: Instant,
}

/// What connections may carry.
#[derive(Debug)]
pub(crate) struct Protocols {
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) web_sockets: WebSockets,
    pub(crate) dials: Vec<Transport>,
}

pub(crate) struct Streams {
    worker: usize,
    registry: Registry,
    limits: Limits,
    ledger: Arc<Ledger>,
    counters: Arc<Counters>,
    doors: Vec<Door>,
    connections: HashMap<ConnectionId, Connection>,
    own_by_end: HashMap<FarEnd, ConnectionId>,
    protocols: Protocols,
    opened: u64,
    held_bytes: usize,
    scratch: Box<[u8]>,
    /// Connections with something to read or to write.
    readable: Vec<ConnectionId>,
    writable: Vec<ConnectionId>,
    /// Ends that the nodes must hear of.
    pub(crate) failures: Vec<(Flow, FlowError)>,
    /// Connections of callers that ended in a handshake, or where no message ends: no node has said why, so the journal does.
    pub(crate) strangers: Vec<(Flow, FlowError)>,
    next_sweep: Instant,
}

/// Binds a listening socket that the other workers bind too.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(LISTEN_BACKLOG)?;
    Ok(TcpListener::from_std(socket.into()))
}

/// The worker that owns a connection.
pub(crate) fn worker_of(id: ConnectionId) -> usize {
    (id.0 & 0xff) as usize
}

impl Streams {
    pub(crate) fn new(
        worker: usize,
        registry: Registry,
        limits: Limits,
        ledger: Arc<Ledger>,
        counters: Arc<Counters>,
        protocols: Protocols,
    ) -> Self {
        Streams {
            worker,
            registry,
            limits,
            ledger,
            counters,
            doors: Vec::new(),
            connections: HashMap::new(),
            own_by_end: HashMap::new(),
            protocols,
            opened: 0,
            held_bytes: 0,
            scratch: vec![0; SCRATCH_BYTES].into_boxed_slice(),
            readable: Vec::new(),
            writable: Vec::new(),
            failures: Vec::new(),
            strangers: Vec::new(),
            next_sweep: Instant::NEVER,
        }
    }

    pub(crate) fn add_listener(
        &mut self,
        transport: Transport,
        mut socket: TcpListener,
        token: Token,
    ) -> io::Result<()> {
        self.registry.register(&mut socket, token, Interest::READABLE)?;
        self.doors.push(Door { transport, socket, waiting: true, not_before: Instant::EPOCH });
        Ok(())
    }

    /// Notes that somebody waits at the listener.
    pub(crate) fn note_waiting(&mut self, door: usize) {
        if let Some(door) = self.doors.get_mut(door) {
            door.waiting = true;
        }
    }

    /// Notes what the kernel says of a connection.
    pub(crate) fn note_ready(&mut self, now: Instant, token: Token, read: bool, write: bool) {
        let id = self.id_of((token.0 - FIRST_CONNECTION_TOKEN) as u64);
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if connection.state == State::Connecting {
            match connection.finish_connect(now) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return self.end(now, id, error),
            }
        }
        if read && !std::mem::replace(&mut connection.awaits_read, true) {
            self.readable.push(id);
        }
        if write && !std::mem::replace(&mut connection.awaits_write, true) {
            self.writable.push(id);
        }
    }

    /// When [`Streams::sweep`] wants to be called.
    pub(crate) fn deadline(&self) -> Instant {
        let retry = self.doors.iter().filter(|door| door.waiting).map(|door| door.not_before).min();
        self.next_sweep.min(retry.unwrap_or(Instant::NEVER))
    }

    pub(crate) fn has_work(&self) -> bool {
        !self.readable.is_empty() || !self.writable.is_empty() || !self.failures.is_empty()
    }

    /// Lets in who waits and is wanted, a bounded number.
    pub(crate) fn accept(&mut self, now: Instant, is_wanted: &mut dyn FnMut(IpAddr) -> bool) {
        for door in 0..self.doors.len() {
            for _ in 0..ACCEPTS_PER_TURN {
                let door = &mut self.doors[door];
                if !door.waiting || door.not_before > now {
                    break;
                }
                match door.socket.accept() {
                    // It is closed before a handshake.
                    Ok((_, remote)) if !is_wanted(remote.ip()) => self.counters.connections_refused.add(1),
                    Ok((stream, remote)) => {
                        let transport = door.transport;
                        self.enter(now, transport, stream, remote);
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => door.waiting = false,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // Out of descriptors or memory, or the peer gave up: do not spin on it.
                    Err(_) => door.not_before = now + ACCEPT_PAUSE,
                }
            }
        }
    }

    fn enter(&mut self, now: Instant, transport: Transport, stream: TcpStream, remote: SocketAddr) {
        let Ok(local) = stream.local_addr() else { return };
        let wire = if transport.is_secure() {
            // The sessions of a server without certificates cannot begin; it does not listen for them either.
            let Some(session) = self.protocols.accept(transport) else { return };
            Wire::secure(stream, session.into())
        } else {
            Wire::Plain(stream)
        };
        if !self.ledger.admit(remote.ip()) {
            self.counters.connections_refused.add(1);
            return;
        }
        self.counters.connections_accepted.add(1);
        let flow = Flow { transport, local, remote, connection: None, peer: None };
        let web_socket = transport.is_web_socket().then(|| {
            let origins = Arc::clone(&self.protocols.web_sockets.origins);
            WebSocket::server(origins, self.limits.stream.message_bytes_max)
        });
        self.keep(now, wire, web_socket, flow, State::Open);
    }

    fn keep(
        &mut self,
        now: Instant,
        wire: Wire,
        web_socket: Option<WebSocket>,
        mut flow: Flow,
        state: State,
    ) -> ConnectionId {
        self.opened += 1;
        let id = self.id_of(self.opened);
        flow.connection = Some(id);
        let mut connection = Connection::new(wire, flow, state, &self.limits, now);
        if let Some(web_socket) = web_socket {
            connection = connection.in_frames(web_socket);
        }
        // Without these a connection still works, only later: small messages wait, dead peers stay.
        let _ = connection.stream_mut().set_nodelay(true);
        let _ = socket2::SockRef::from(&*connection.stream_mut()).set_keepalive(true);
        let token = Token(FIRST_CONNECTION_TOKEN + self.opened as usize);
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registered = self.registry.register(connection.stream_mut(), token, interest);
        self.connections.insert(id, connection);
        self.own_by_end.insert(FarEnd::of(&flow), id);
        self.ledger.publish(FarEnd::of(&flow), id);
        self.next_sweep = self.next_sweep.min(now + SWEEP_INTERVAL);
        if registered.is_err() {
            self.end(now, id, FlowError::NoSocket);
        }
        id
    }

    /// Sends on the connection that the flow names, on one that is open to its address, or on a new one; gives the
    /// message back when the connection is another worker's.
    pub(crate) fn send(&mut self, now: Instant, mut transmit: Transmit) -> Option<(usize, Transmit)> {
        let named = transmit.flow.connection;
        if let Some(id) = named
            && worker_of(id) != self.worker
        {
            return Some((worker_of(id), transmit));
        }
        let is_bound = transmit.flow.is_bound(&transmit.bytes);
        let fits = |c: &Connection| {
            !is_bound || (c.state != State::Closing && c.flow.remote == transmit.flow.remote)
        };
        let mut own = named.filter(|id| self.connections.get(id).is_some_and(fits));
        if own.is_none() && is_bound {
            self.failures.push((transmit.flow, FlowError::Closed));
            return None;
        }
        if own.is_none() {
            transmit.flow.connection = None;
            own = self.own_by_end.get(&FarEnd::of(&transmit.flow)).copied();
        }
        if own.is_none()
            && let Some(other) = self.ledger.find(FarEnd::of(&transmit.flow))
            && worker_of(other) != self.worker
        {
            return Some((worker_of(other), transmit));
        }
        match own.map_or_else(|| self.connect(now, &transmit.flow), Ok) {
            Ok(id) => self.queue(now, id, transmit),
            Err(error) => self.failures.push((transmit.flow, error)),
        }
        None
    }

    fn queue(&mut self, now: Instant, id: ConnectionId, transmit: Transmit) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.by_address |= transmit.flow.connection.is_none();
        let room = self.limits.backlog_bytes_max.saturating_sub(connection.held_bytes());
        if transmit.bytes.len() > room || self.held_bytes > self.limits.held_bytes_max {
            return self.end(now, id, FlowError::Backlog);
        }
        let held = connection.held_bytes();
        connection.push_message(transmit.bytes);
        self.held_bytes += connection.held_bytes().saturating_sub(held);
        self.counters.stream_messages_sent.add(1);
        if !std::mem::replace(&mut connection.awaits_write, true) {
            self.writable.push(id);
        }
    }

    fn connect(&mut self, now: Instant, flow: &Flow) -> Result<ConnectionId, FlowError> {
        let session = self.protocols.connect(flow)?;
        let (web_socket, request) = self.protocols.ask(flow, &self.limits)?.unzip();
        if !self.ledger.admit(flow.remote.ip()) {
            self.counters.connections_refused.add(1);
            return Err(FlowError::NoSocket);
        }
        match start_connect(flow) {
            Ok(stream) => {
                self.counters.connections_opened.add(1);
                let mut flow = *flow;
                if let Ok(actual) = stream.local_addr() {
                    // What the node asked for is what it shows in Via and Contact; only gaps are filled.
                    let ip = if flow.local.ip().is_unspecified() { actual.ip() } else { flow.local.ip() };
                    let port = if flow.local.port() == 0 { actual.port() } else { flow.local.port() };
                    flow.local = SocketAddr::new(ip, port);
                }
                let wire = match session {
                    Some(session) => Wire::secure(stream, session.into()),
                    None => Wire::Plain(stream),
                };
                let id = self.keep(now, wire, web_socket, flow, State::Connecting);
                if let Some((connection, request)) = self.connections.get_mut(&id).zip(request) {
                    self.held_bytes += request.len();
                    connection.push(request.into());
                }
                Ok(id)
            }
            Err(error) => {
                self.ledger.dismiss(flow.remote.ip());
                Err(flow_error(error.raw_os_error()))
            }
        }
    }

    /// Reads from every connection that has something; each whole message goes to `deliver`. The ends that it
    /// finds must be given to [`Streams::end`] after the answers to those messages have been sent.
    pub(crate) fn read(
        &mut self,
        now: Instant,
        deliver: &mut dyn FnMut(Flow, &[u8]),
    ) -> Vec<(ConnectionId, FlowError)> {
        let mut ends = Vec::new();
        for id in std::mem::take(&mut self.readable) {
            let Some(connection) = self.connections.get_mut(&id) else { continue };
            connection.awaits_read = false;
            let mut tally = Tally::default();
            let held = connection.held_bytes();
            let (may_be_aliased, mut alias) = (connection.may_be_aliased(), None);
            let turn = connection.read(now, &mut self.scratch, &mut tally, &mut |flow, message| {
                if may_be_aliased && alias.is_none() {
                    alias = alias::port(message);
                }
                deliver(flow, message);
            });
            self.held_bytes = (self.held_bytes + connection.held_bytes()).saturating_sub(held);
            self.counters.stream_messages_received.add(tally.messages);
            self.counters.keepalives.add(tally.keepalives);
            if let Some((port, tls)) = alias.zip(self.protocols.tls.as_ref()) {
                let client = connection.client();
                connection.aliases =
                    client.map_or_else(Vec::new, |client| alias::ways(&connection.flow, port, &client, tls));
                for way in connection.aliases.iter().map(FarEnd::of) {
                    self.own_by_end.insert(way, id);
                    self.ledger.publish(way, id);
                }
            }
            if connection.has_output() && !std::mem::replace(&mut connection.awaits_write, true) {
                self.writable.push(id);
            }
            if connection.held_bytes() > self.limits.backlog_bytes_max + SCRATCH_BYTES
                || (self.held_bytes > self.limits.held_bytes_max && connection.held_bytes() > 0)
            {
                ends.push((id, FlowError::Backlog));
                continue;
            }
            match turn {
                Turn::Done => {}
                Turn::More => {
                    connection.awaits_read = true;
                    self.readable.push(id);
                }
                Turn::Ended(error) => ends.push((id, error)),
            }
        }
        ends
    }

    /// Writes to every connection that has something to write and takes it.
    pub(crate) fn write(&mut self, now: Instant) {
        for id in std::mem::take(&mut self.writable) {
            let Some(connection) = self.connections.get_mut(&id) else { continue };
            connection.awaits_write = false;
            let held = connection.held_bytes();
            let turn = connection.write(now);
            self.held_bytes = (self.held_bytes + connection.held_bytes()).saturating_sub(held);
            if let Turn::Ended(error) = turn {
                self.end(now, id, error);
            }
        }
    }

    /// Ends a connection: the nodes are told, and what can still be written is written.
    pub(crate) fn end(&mut self, now: Instant, id: ConnectionId, error: FlowError) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if connection.state == State::Closing {
            return;
        }
        let (came_about, is_new) = (connection.has_come_about(), connection.state == State::Connecting);
        let flow = connection.flow;
        if came_about {
            self.failures.push((flow, error));
        }
        let mut ways = std::mem::take(&mut connection.aliases);
        ways.push(Flow { connection: None, ..flow });
        if connection.by_address {
            self.failures.extend(ways.iter().map(|way| (*way, error)));
        }
        connection.begin_close(now);
        if connection.has_output() && !std::mem::replace(&mut connection.awaits_write, true) {
            self.writable.push(id);
        }
        match error {
            FlowError::Framing => {
                self.counters.framing_faults.add(1);
                if !connection.by_address {
                    self.strangers.push((flow, error));
                }
            }
            FlowError::Handshake(_) => {
                self.counters.handshakes_failed.add(1);
                if !connection.by_address {
                    self.strangers.push((flow, error));
                }
            }
            FlowError::ConnectTimeout | FlowError::Backlog => self.counters.connections_timed_out.add(1),
            _ => {}
        }
        for end in ways.iter().map(FarEnd::of) {
            if self.own_by_end.get(&end) == Some(&id) {
                self.own_by_end.remove(&end);
            }
            self.ledger.withdraw(end, id);
        }
        if is_new || matches!(error, FlowError::Reset | FlowError::Backlog) {
            self.forget(id);
        }
    }

    /// Closes at the node's wish; it needs no news of it, others who use the connection do.
    pub(crate) fn close(&mut self, now: Instant, flow: &Flow) -> Option<usize> {
        match flow.connection {
            Some(id) if worker_of(id) != self.worker => return Some(worker_of(id)),
            Some(id) => self.end(now, id, FlowError::Closed),
            None => match self.own_by_end.get(&FarEnd::of(flow)).copied() {
                Some(id) => self.end(now, id, FlowError::Closed),
                None => {
                    return self.ledger.find(FarEnd::of(flow)).map(worker_of).filter(|w| *w != self.worker);
                }
            },
        }
        None
    }

    /// Ends what takes too long and forgets what is over.
    pub(crate) fn sweep(&mut self, now: Instant) {
        if now < self.next_sweep {
            return;
        }
        let mut overdue = Vec::new();
        let mut over = Vec::new();
        for (id, connection) in &mut self.connections {
            if let Some(error) = connection.overdue(now, &self.limits) {
                overdue.push((*id, error));
            } else if connection.is_over(now) {
                over.push(*id);
            } else {
                let held = connection.held_bytes();
                if connection.ping_if_silent(now, &self.limits) {
                    self.held_bytes += connection.held_bytes() - held;
                    if !std::mem::replace(&mut connection.awaits_write, true) {
                        self.writable.push(*id);
                    }
                }
            }
        }
        for (id, error) in overdue {
            if matches!(error, FlowError::Framing | FlowError::Closed) {
                self.counters.connections_timed_out.add(1);
            }
            self.end(now, id, error);
        }
        for id in over {
            self.forget(id);
        }
        self.next_sweep = if self.connections.is_empty() { Instant::NEVER } else { now + SWEEP_INTERVAL };
    }

    fn forget(&mut self, id: ConnectionId) {
        if let Some(mut connection) = self.connections.remove(&id) {
            let _ = self.registry.deregister(connection.stream_mut());
            self.held_bytes = self.held_bytes.saturating_sub(connection.held_bytes());
            self.ledger.dismiss(connection.flow.remote.ip());
            self.counters.connections_ended.add(1);
        }
    }

    fn id_of(&self, serial: u64) -> ConnectionId {
        ConnectionId(serial << 8 | self.worker as u64)
    }
}

impl Protocols {
    /// The server's side of TLS. A server without certificates does not listen for it.
    fn accept(&self, transport: Transport) -> Option<rustls::ServerConnection> {
        self.tls.as_ref()?.accept(transport)
    }

    /// The client's side of TLS, where the transport has it.
    fn connect(&self, flow: &Flow) -> Result<Option<rustls::ClientConnection>, FlowError> {
        if !flow.transport.is_secure() {
            return Ok(None);
        }
        let session = self.tls.as_ref().and_then(|tls| tls.connect(flow));
        session.map(Some).ok_or(FlowError::NoSocket)
    }

    /// The client's side of a WebSocket, where the transport is one, and its request.
    fn ask(&self, flow: &Flow, limits: &Limits) -> Result<Option<(WebSocket, Vec<u8>)>, FlowError> {
        match flow.transport {
            Transport::Tcp | Transport::Tls => Ok(None),
            transport if self.dials.contains(&transport) => {
                let asked = WebSocket::client(flow.remote, limits.stream.message_bytes_max);
                asked.map(Some).ok_or(FlowError::NoSocket)
            }
            _ => Err(FlowError::NoSocket),
        }
    }
}

fn start_connect(flow: &Flow) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(flow.remote), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if !flow.local.ip().is_unspecified() && flow.local.is_ipv4() == flow.remote.is_ipv4() {
        let mut source = flow.local;
        source.set_port(0);
        socket.bind(&source.into())?;
    }
    match socket.connect(&flow.remote.into()) {
        Ok(()) => {}
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {}
        Err(error) => return Err(error),
    }
    Ok(TcpStream::from_std(socket.into()))
}

/// Bytes that one read takes.
const SCRATCH_BYTES: usize = 1 << 16;
/// Connections that the kernel lets wait at a listener.
const LISTEN_BACKLOG: i32 = 1024;
/// Most connections let in at one listener before others get their turn.
const ACCEPTS_PER_TURN: usize = 64;
/// How long accepting rests after a failure.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often timeouts of connections are looked at.
const SWEEP_INTERVAL: Duration = Duration::from_millis(500);
