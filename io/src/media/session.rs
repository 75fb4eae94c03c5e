//! A stream over real sockets: one thread, one pair of ports, a beat of 20 ms.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, SyncSender, TryRecvError, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};
use ringback_sip::time::{Duration, Instant};

use crate::clock::Clock;

use super::dtmf::Refusal;
use super::frame::{FRAME, Frame};
use super::ports::{Ports, bind_pair};
use super::source::Source;
use super::statistics::Statistics;
use super::stream::{Agreement, Event, Port, Stream, StreamConfig};
use super::wav::Recording;

/// Commands that wait for a session's next beat.
pub const COMMANDS_MAX: usize = 64;
/// Datagrams that are read before the beat is looked at again.
pub const DATAGRAMS_PER_TURN: usize = 64;
/// Beats that are made up for one after another; when more were missed, the rest is left out.
pub const FRAMES_BEHIND_MAX: u32 = 5;
/// Longest datagram that is read whole.
pub const DATAGRAM_BYTES_MAX: usize = 2048;

/// What a session needs to begin.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// The local address.
    pub ip: IpAddr,
    /// The local ports.
    pub ports: Ports,
    /// What does not change while it lives.
    pub stream: StreamConfig,
    /// What was agreed; before an answer is known, without a remote address.
    pub agreement: Agreement,
    /// What is sent.
    pub source: Source,
    /// The WAV file that takes what is heard.
    pub recording: Option<PathBuf>,
}

/// Why a session did not begin.
#[derive(Debug)]
pub enum StartError {
    /// No pair of ports could be had.
    Bind(io::Error),
    /// The recording cannot be written.
    Recording(hound::Error),
    /// The operating system gave no poll or no thread.
    System(io::Error),
}

impl core::fmt::Display for StartError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            StartError::Bind(error) => write!(f, "no pair of RTP ports: {error}"),
            StartError::Recording(error) => write!(f, "the recording cannot be written: {error}"),
            StartError::System(error) => write!(f, "no thread for audio: {error}"),
        }
    }
}

impl core::error::Error for StartError {}

/// What remains of a session.
#[derive(Debug, Default)]
pub struct Report {
    /// Its counts.
    pub statistics: Statistics,
    /// The recording, when one was asked for.
    pub recording: Option<PathBuf>,
    /// What went wrong while it was written.
    pub recording_error: Option<hound::Error>,
    /// Datagrams that the operating system would not send.
    pub send_errors: u64,
}

enum Command {
    Update(Agreement),
    Play(Source),
    Digits(String, SyncSender<Result<(), Refusal>>),
}

/// A running session. Dropping it ends it too, without a report.
pub struct Session {
    commands: Option<SyncSender<Command>>,
    waker: Arc<Waker>,
    statistics: Arc<Mutex<Statistics>>,
    local: SocketAddr,
    thread: Option<JoinHandle<Report>>,
}

/// Why a command did not reach its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// [`COMMANDS_MAX`] wait already.
    Busy,
    /// The session has ended.
    Ended,
    /// The digits cannot be sent.
    Digits(Refusal),
}

impl Session {
    /// Binds the ports and begins. Events go to `tell`, called on the session's own thread: it must not block.
    pub fn start(
        config: MediaConfig,
        tell: impl FnMut(Event) + Send + 'static,
    ) -> Result<Session, StartError> {
        let seed = config.stream.seed.derive(b"ports");
        let (rtp, rtcp) = bind_pair(config.ip, &config.ports, seed).map_err(StartError::Bind)?;
        let local = rtp.local_addr().map_err(StartError::Bind)?;
        let recording = match &config.recording {
            Some(path) => Some((path.clone(), Recording::create(path).map_err(StartError::Recording)?)),
            None => None,
        };
        let poll = Poll::new().map_err(StartError::System)?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE).map_err(StartError::System)?);
        let sockets = [registered(&poll, rtp, RTP)?, registered(&poll, rtcp, RTCP)?];
        let (commands, inbox) = mpsc::sync_channel(COMMANDS_MAX);
        let clock = Clock::start();
        let stream = Stream::new(clock.now(), config.stream, config.agreement, config.source);
        let statistics = Arc::new(Mutex::new(stream.statistics()));
        let worker = Worker {
            stream,
            sockets,
            local,
            poll,
            clock,
            inbox,
            statistics: Arc::clone(&statistics),
            recording,
            report: Report::default(),
            tell,
        };
        let thread = thread::Builder::new()
            .name("ringback-media".into())
            .spawn(move || worker.run())
            .map_err(StartError::System)?;
        Ok(Session { commands: Some(commands), waker, statistics, local, thread: Some(thread) })
    }

    /// The address of the RTP port, as the session description gives it.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Takes the result of an offer and answer.
    pub fn update(&self, agreement: Agreement) -> Result<(), CommandError> {
        self.command(Command::Update(agreement))
    }

    /// Sends another source from now on.
    pub fn play(&self, source: Source) -> Result<(), CommandError> {
        self.command(Command::Play(source))
    }

    /// Queues digits; waits for the session to take them, not for their end ([`Event::DigitsSent`]).
    pub fn send_dtmf(&self, digits: &str) -> Result<(), CommandError> {
        let (reply, answer) = mpsc::sync_channel(1);
        self.command(Command::Digits(digits.to_owned(), reply))?;
        answer.recv().map_err(|_| CommandError::Ended)?.map_err(CommandError::Digits)
    }

    /// The counts at the last beat.
    pub fn stats(&self) -> Statistics {
        lock(&self.statistics).clone()
    }

    /// Says goodbye, completes the recording and gives the report.
    pub fn stop(mut self) -> Report {
        self.end();
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }

    fn command(&self, command: Command) -> Result<(), CommandError> {
        let commands = self.commands.as_ref().ok_or(CommandError::Ended)?;
        commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => CommandError::Busy,
            TrySendError::Disconnected(_) => CommandError::Ended,
        })?;
        self.wake();
        Ok(())
    }

    fn end(&mut self) {
        self.commands = None;
        self.wake();
    }

    /// A session that is not woken acts at its next beat.
    fn wake(&self) {
        let _ = self.waker.wake();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.end();
    }
}

fn registered(poll: &Poll, socket: std::net::UdpSocket, token: Token) -> Result<UdpSocket, StartError> {
    socket.set_nonblocking(true).map_err(StartError::System)?;
    let mut socket = UdpSocket::from_std(socket);
    poll.registry().register(&mut socket, token, Interest::READABLE).map_err(StartError::System)?;
    Ok(socket)
}

struct Worker<T> {
    stream: Stream,
    sockets: [UdpSocket; 2],
    local: SocketAddr,
    poll: Poll,
    clock: Clock,
    inbox: Receiver<Command>,
    statistics: Arc<Mutex<Statistics>>,
    recording: Option<(PathBuf, Recording)>,
    report: Report,
    tell: T,
}

impl<T: FnMut(Event)> Worker<T> {
    fn run(mut self) -> Report {
        let mut beat = self.clock.now();
        let mut events = Events::with_capacity(8);
        let mut has_more = false;
        while self.take_commands() {
            beat = self.keep_time(beat);
            let rest = if has_more { Duration::ZERO } else { beat - self.clock.now() };
            // An interrupted wait is a short one.
            let _ = self.poll.poll(&mut events, Some(rest));
            has_more = self.receive();
            self.flush();
        }
        self.finish()
    }

    /// Plays the beats that are due; the moment of the next one.
    fn keep_time(&mut self, mut beat: Instant) -> Instant {
        let now = self.clock.now();
        let behind = (now.since(beat).as_micros() / FRAME.as_micros()) as u32;
        if behind > FRAMES_BEHIND_MAX {
            self.stream.skip(behind);
            beat += FRAME * behind;
        }
        let mut played = false;
        while beat <= now {
            if let Some(frame) = self.stream.handle_frame(now) {
                self.record(&frame);
            }
            self.flush();
            beat += FRAME;
            played = true;
        }
        if played {
            *lock(&self.statistics) = self.stream.statistics();
        }
        beat
    }

    /// Reads what has come, up to a limit; whether more may wait.
    fn receive(&mut self) -> bool {
        let mut buffer = [0; DATAGRAM_BYTES_MAX];
        let mut has_more = false;
        for (socket, port) in self.sockets.iter().zip([Port::Rtp, Port::Rtcp]) {
            let mut turns = DATAGRAMS_PER_TURN;
            while turns > 0 {
                match socket.recv_from(&mut buffer) {
                    Ok((length, from)) => {
                        let now = self.clock.now();
                        self.stream.handle_datagram(now, port, unmapped(from), &buffer[..length]);
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    // An ICMP error of an earlier sending; the next read may succeed.
                    Err(_) => {}
                }
                turns -= 1;
            }
            has_more |= turns == 0;
        }
        has_more
    }

    fn flush(&mut self) {
        while let Some(transmit) = self.stream.poll_transmit() {
            let socket = match transmit.port {
                Port::Rtp => &self.sockets[0],
                Port::Rtcp => &self.sockets[1],
            };
            let to = mapped(transmit.to, self.local);
            // Audio that cannot leave now is worth nothing later.
            self.report.send_errors += u64::from(socket.send_to(&transmit.datagram, to).is_err());
        }
        while let Some(event) = self.stream.poll_event() {
            (self.tell)(event);
        }
    }

    /// Does what was asked for; whether the session goes on.
    fn take_commands(&mut self) -> bool {
        loop {
            match self.inbox.try_recv() {
                Ok(Command::Update(agreement)) => self.stream.update(self.clock.now(), agreement),
                Ok(Command::Play(source)) => self.stream.play(source),
                Ok(Command::Digits(digits, reply)) => {
                    let _ = reply.send(self.stream.send_digits(&digits));
                }
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn record(&mut self, frame: &Frame) {
        if let Some((_, recording)) = &mut self.recording
            && let Err(error) = recording.write(frame)
        {
            self.report.recording_error.get_or_insert(error);
        }
    }

    fn finish(mut self) -> Report {
        self.stream.stop(self.clock.now());
        self.flush();
        if let Some((path, recording)) = self.recording.take() {
            if let Err(error) = recording.finish() {
                self.report.recording_error.get_or_insert(error);
            }
            self.report.recording = Some(path);
        }
        self.report.statistics = self.stream.statistics();
        *lock(&self.statistics) = self.report.statistics.clone();
        self.report
    }
}

/// A socket of both families shows IPv4 peers as mapped addresses; the signalling does not.
fn unmapped(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        IpAddr::V6(_) => address,
    }
}

/// The form of `address` that a socket bound to `local` can send to.
fn mapped(address: SocketAddr, local: SocketAddr) -> SocketAddr {
    match (address.ip(), local.ip()) {
        (IpAddr::V4(ip), IpAddr::V6(_)) => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
        _ => address,
    }
}

/// Counts are whole at every moment, so that a panic elsewhere spoils nothing.
fn lock(statistics: &Mutex<Statistics>) -> MutexGuard<'_, Statistics> {
    statistics.lock().unwrap_or_else(PoisonError::into_inner)
}

const RTP: Token = Token(0);
const RTCP: Token = Token(1);
const WAKE: Token = Token(2);
