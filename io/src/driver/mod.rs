//! Runs a node on each core over real sockets.
//!
//! A [`Driver`] binds the sockets, so that its user knows the addresses before it makes the nodes; then
//! [`Driver::start`] gives each worker its node and a thread. Each worker owns its UDP sockets, its listeners and its
//! connections, and shares nothing on the path of a message:
//!
//! - Datagrams come and go in batches for one system call, and those of one length from or to one peer as a train.
//! - All messages of one Call-ID are handled by one worker. The kernel brings datagrams to it where it can (`steer`);
//!   a message that came in at another one, in a train behind another's, is copied and handed over, a batch at a
//!   time. What the node may take wherever it comes in stays, unless so much comes at one time
//!   that the other workers shall help. With one worker nothing of this runs.
//! - A datagram leaves from the worker that sends it; a stream message at the worker that owns the connection, which
//!   the connection's number names.
//! - Failed paths are told to the nodes of all workers.

mod address;
mod alias;
mod connection;
mod control;

mod counters;
mod fanout;
mod handling;
mod interfaces;
mod journal;
mod ledger;
mod mailbox;
mod named;
mod owner;
mod settings;
mod station;
mod steer;
mod strain;
mod streams;
mod tap;
mod trains;
mod turn;
mod udp;
mod vacancy;
mod web_socket;
mod wire;
mod worker;

pub use counters::{Counter, Counters};
pub use interfaces::machine_addresses;
pub use journal::{Journal, JournalFeed, JournalLimits, Line};
pub use mailbox::Replies;
pub use settings::{DriverSettings, Limits, Listener, WORKERS_MAX, WebSockets};
pub use station::{NoStore, Place, Station, StoreHandle};
pub use tap::{Taken, Tap};
pub use udp::local_ip_towards;

use crate::clock::Clock;
use crate::dns::Resolver;
use crate::tls::Tls;
use handling::{Core, Shared};
use ledger::Ledger;
use mailbox::{Letter, Mailbox};
use mio::unix::SourceFd;
use mio::{Interest, Poll, Token, Waker};
use ringback_sip::entropy::{Seed, Share};
use ringback_sip::flow::{Reach, Transport};
use ringback_sip::node::Node;
use socket2::Type;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use streams::{Protocols, Streams};
use turn::Turn;
use udp::UdpPort;
use vacancy::bind_alone;
use worker::{BELL, FIRST_SOCKET_TOKEN, Worker};

/// Bound sockets that wait for their nodes.
#[derive(Debug)]
pub struct Driver {
    settings: DriverSettings,
    addresses: Vec<Listener>,
    sockets: Vec<Sockets>,
}

/// The sockets of one worker.
#[derive(Debug, Default)]
struct Sockets {
    udp: Vec<UdpPort>,
    streams: Vec<(Transport, mio::net::TcpListener)>,
}

/// Why a driver cannot listen.
#[derive(Debug)]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// Whether the UDP socket failed, else the TCP listener.
    pub udp: bool,
    /// What the system said.
    pub error: io::Error,
}

impl std::fmt::Display for BindError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let transport = if self.udp { "UDP" } else { "TCP" };
        write!(f, "cannot listen on {transport} {}: {}", self.address, self.error)
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// What the workers share with the rest of the process.
#[derive(Debug)]
pub struct Surroundings<N: Node> {
    /// The clock of the process.
    pub clock: Clock,
    /// Decides which worker owns a call; any secret will do.
    pub seed: Seed,
    /// Finds addresses; without it every name is [`ringback_sip::node::ResolveError::Unavailable`].
    pub resolver: Option<Resolver>,
    /// Certificates and whom to trust; without it there are no secure connections.
    pub tls: Option<Arc<Tls>>,
    /// Takes journal entries; without it they are only observed.
    pub journal: Option<JournalFeed>,
    /// Who else takes facts and messages.
    pub taps: Vec<Tap<N::Ask, N::Answer>>,
}

impl Driver {
    /// Binds a socket of every listener for every worker.
    ///
    /// # Errors
    /// The first address that cannot be bound.
    pub fn bind(settings: DriverSettings) -> Result<Driver, BindError> {
        let workers = settings.workers.clamp(1, WORKERS_MAX);
        let mut sockets: Vec<Sockets> = std::iter::repeat_with(Sockets::default).take(workers).collect();
        let mut addresses = Vec::with_capacity(settings.listeners.len());
        settings.listeners.iter().try_for_each(find_free)?;
        for listener in &settings.listeners {
            let address = bind_listener(listener, &settings.limits, &mut sockets)?;
            addresses.push(Listener { address, ..*listener });
        }
        Ok(Driver { settings, addresses, sockets })
    }

    /// The listeners with the ports that the system chose.
    pub fn addresses(&self) -> &[Listener] {
        &self.addresses
    }

    /// Gives each worker a thread and the station that `make` builds there.
    ///
    /// # Errors
    /// When the system gives no thread or no event queue.
    pub fn start<N, F>(
        self,
        surroundings: Surroundings<N>,
        make: F,
    ) -> io::Result<Running<N::Answer, N::Command>>
    where
        N: Node + 'static,
        N::Ask: Clone + Send + 'static,
        N::Answer: Clone + Send + 'static,
        N::Command: Send + 'static,
        F: Fn(Place) -> Station<N> + Send + Sync + 'static,
    {
        let limits = &self.settings.limits;
        let workers = self.sockets.len();
        let polls = (0..workers).map(|_| Poll::new()).collect::<io::Result<Vec<_>>>()?;
        let mut mailboxes = Vec::with_capacity(workers);
        for poll in &polls {
            let bell = Waker::new(poll.registry(), BELL)?;
            mailboxes.push(Arc::new(Mailbox::<N::Answer, N::Command>::new(bell, limits.handover_max)));
        }
        let Surroundings { clock, seed, resolver, tls, journal, taps } = surroundings;
        for port in 0..self.sockets[0].udp.len() {
            steer::by_call(self.sockets.iter().map(|sockets| &sockets.udp[port]), &seed);
        }
        let shared = Arc::new(Shared { mailboxes, seed, resolver, tls: tls.clone(), journal, taps });
        let ledger = Arc::new(Ledger::new(limits.connections_max, limits.connections_per_address_max));
        let counters: Vec<Arc<Counters>> = (0..workers).map(|_| Arc::default()).collect();
        let reach = reach(&self.addresses, &self.settings.dials);
        let make = Arc::new(make);
        let mut threads = Vec::with_capacity(workers);
        for (index, (poll, sockets)) in polls.into_iter().zip(self.sockets).enumerate() {
            let (shared, make) = (Arc::clone(&shared), Arc::clone(&make));
            let counters = Arc::clone(&counters[index]);
            let mut streams = Streams::new(
                index,
                poll.registry().try_clone()?,
                limits.clone(),
                Arc::clone(&ledger),
                Arc::clone(&counters),
                Protocols {
                    tls: tls.clone(),
                    web_sockets: self.settings.web_sockets.clone(),
                    dials: self.settings.dials.clone(),
                },
            );
            register(&poll, &sockets.udp, sockets.streams, &mut streams)?;
            let place = move || Place {
                worker: index,
                workers,
                now: clock.now(),
                share: Share::new(seed, index, workers),
            };
            let turn = self.settings.waits_for_turn.then(Turn::default);
            let run = move || {
                let mailbox = Arc::clone(&shared.mailboxes[index]);
                let station = make(place());
                let core = Core::new(index, station, shared, sockets.udp, reach, Arc::clone(&counters));
                Worker { clock, poll, core, streams, mailbox, counters, turn }.run()
            };
            let name = format!("{}-{index}", self.settings.name);
            threads.push(std::thread::Builder::new().name(name).spawn(run)?);
        }
        Ok(Running { remote: Remote { mailboxes: shared.mailboxes.clone() }, counters, ledger, threads })
    }
}

/// Refuses an address on which somebody listens. All listeners are asked before the first is bound, since one on all
/// addresses may stand beside one on a single address.
fn find_free(listener: &Listener) -> Result<(), BindError> {
    let address = listener.address;
    let sockets = [(listener.udp, true, Type::DGRAM), (listener.stream.is_some(), false, Type::STREAM)];
    for (_, udp, kind) in sockets.into_iter().filter(|(is_wanted, ..)| *is_wanted && address.port() != 0) {
        bind_alone(address, kind).map_err(|error| BindError { address, udp, error })?;
    }
    Ok(())
}

/// Binds one listener for all workers; with port 0 the first socket's port is the others' too.
fn bind_listener(listener: &Listener, limits: &Limits, all: &mut [Sockets]) -> Result<SocketAddr, BindError> {
    let mut tries =
        if listener.address.port() == 0 && listener.udp && listener.stream.is_some() { 20 } else { 1 };
    loop {
        tries -= 1;
        match try_bind(listener, limits, all) {
            // The port that UDP got may be taken for TCP.
            Err(_) if tries > 0 => {}
            other => return other,
        }
    }
}

fn try_bind(listener: &Listener, limits: &Limits, all: &mut [Sockets]) -> Result<SocketAddr, BindError> {
    let mut address = listener.address;
    let (mut udp, mut streams) = (Vec::new(), Vec::new());
    for _ in 0..all.len() {
        if listener.udp {
            let port = UdpPort::bind(address, limits.udp_buffer_bytes).map_err(|error| BindError {
                address,
                udp: true,
                error,
            })?;
            address = port.local();
            udp.push(port);
        }
        if let Some(transport) = listener.stream {
            let failed = |error| BindError { address, udp: false, error };
            let socket = self::streams::bind(address).map_err(failed)?;
            address = socket.local_addr().map_err(failed)?;
            streams.push((transport, socket));
        }
    }
    let (mut udp, mut streams) = (udp.into_iter(), streams.into_iter());
    for sockets in all {
        sockets.udp.extend(udp.next());
        sockets.streams.extend(streams.next());
    }
    Ok(address)
}

fn register(
    poll: &Poll,
    udp: &[UdpPort],
    doors: Vec<(Transport, mio::net::TcpListener)>,
    streams: &mut Streams,
) -> io::Result<()> {
    for (i, port) in udp.iter().enumerate() {
        let token = Token(FIRST_SOCKET_TOKEN + i);
        poll.registry().register(&mut SourceFd(&port.fd()), token, Interest::READABLE)?;
    }
    for (i, (transport, listener)) in doors.into_iter().enumerate() {
        streams.add_listener(transport, listener, Token(FIRST_SOCKET_TOKEN + udp.len() + i))?;
    }
    Ok(())
}

/// What we can send: over the transports and in the families in which we listen.
fn reach(listeners: &[Listener], dials: &[Transport]) -> Reach {
    listeners.iter().fold(Reach::default(), |reach, listener| {
        let transports = listener.udp.then_some(Transport::Udp).into_iter().chain(listener.stream);
        let callable = transports.filter(|transport| !transport.is_web_socket()).chain(dials.iter().copied());
        callable.fold(reach, |reach, transport| reach.with(transport, listener.address.is_ipv4()))
    })
}

/// The workers at work.
#[derive(Debug)]
pub struct Running<Answer, Command> {
    remote: Remote<Answer, Command>,
    counters: Vec<Arc<Counters>>,
    ledger: Arc<Ledger>,
    threads: Vec<JoinHandle<io::Result<()>>>,
}

/// Why a worker ended without being told.
#[derive(Debug)]
pub enum WorkerFailure {
    /// It panicked: a bug of ours.
    Panicked,
    /// The system failed it.
    System(io::Error),
}

impl std::fmt::Display for WorkerFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WorkerFailure::Panicked => f.write_str("a worker panicked; this is a bug in Ringback"),
            WorkerFailure::System(error) => write!(f, "a worker lost its event queue: {error}"),
        }
    }
}

impl std::error::Error for WorkerFailure {}

impl<A: Send, C: Send> Running<A, C> {
    /// A handle by which the nodes are commanded.
    pub fn remote(&self) -> Remote<A, C> {
        self.remote.clone()
    }

    /// The counters of each worker.
    pub fn counters(&self) -> Vec<Arc<Counters>> {
        self.counters.clone()
    }

    /// How many stream connections there are.
    pub fn connections(&self) -> usize {
        self.ledger.total()
    }

    /// Tells the same to somebody who asks from elsewhere, and later.
    pub fn connection_count(&self) -> impl Fn() -> usize + Send + Sync + 'static {
        let ledger = Arc::clone(&self.ledger);
        move || ledger.total()
    }

    /// Whether some worker has ended.
    pub fn has_ended(&self) -> bool {
        self.threads.iter().any(JoinHandle::is_finished)
    }

    /// Stops all workers, after they have sent what they had to send.
    ///
    /// # Errors
    /// The first worker that had not simply been told to stop.
    pub fn stop(self) -> Result<(), WorkerFailure> {
        for mailbox in &self.remote.mailboxes {
            mailbox.post(Letter::Stop);
        }
        let mut result = Ok(());
        for thread in self.threads {
            let outcome = match thread.join() {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(WorkerFailure::System(error)),
                Err(_) => Err(WorkerFailure::Panicked),
            };
            result = result.and(outcome);
        }
        result
    }
}

/// Commands the nodes of a driver, from any thread.
#[derive(Debug)]
pub struct Remote<Answer, Command> {
    mailboxes: Vec<Arc<Mailbox<Answer, Command>>>,
}

impl<A, C> Clone for Remote<A, C> {
    fn clone(&self) -> Self {
        Remote { mailboxes: self.mailboxes.clone() }
    }
}

impl<A, C> Remote<A, C> {
    /// How many workers there are.
    pub fn workers(&self) -> usize {
        self.mailboxes.len()
    }

    /// Gives `command` to the node of one worker; `false` when there is no such worker.
    pub fn send(&self, worker: usize, command: C) -> bool {
        let Some(mailbox) = self.mailboxes.get(worker) else { return false };
        mailbox.post(Letter::Command(command));
        true
    }

    /// Gives every node the command that `make` makes for its worker.
    pub fn send_all(&self, mut make: impl FnMut(usize) -> C) {
        for (worker, mailbox) in self.mailboxes.iter().enumerate() {
            mailbox.post(Letter::Command(make(worker)));
        }
    }
}

#[cfg(test)]
mod tests;
