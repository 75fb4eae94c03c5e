//! Telling a collector by HEP3 what a server gets and sends.
//!
//! Messages come as they come to the journal on disk ([`crate::driver::Tap`]): over a bounded queue, so that no worker waits. One
//! thread hides what is private and sends. What the queue, the network or the collector does not take is counted.

use super::address::HepAddress;
use super::packet::{Content, HepPacket};
use crate::driver::{Journal, JournalLimits, Line, Taken, Tap};
use crate::record::{ServerTaken, ServerTap};
use ringback_roles::diagnosis::{hide_body, hide_secrets};
use ringback_sip::flow::Flow;
use ringback_sip::time::Instant as Moment;
use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// To whom, and as whom.
#[derive(Clone, PartialEq, Eq)]
pub struct HepSettings {
    /// The collector.
    pub to: HepAddress,
    /// Our number among its capturers.
    pub agent: u32,
    /// What shows that we may send there; empty when it asks for nothing.
    pub key: Box<str>,
    /// Whether what is private is hidden.
    pub is_masked: bool,
}

impl fmt::Debug for HepSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HepSettings { to, agent, is_masked, .. } = self;
        f.debug_struct("HepSettings")
            .field("to", to)
            .field("agent", agent)
            .field("is_masked", is_masked)
            .finish_non_exhaustive()
    }
}

/// What was sent since the start, counted.
#[derive(Debug, Default)]
pub struct HepFigures {
    sent: AtomicU64,
    lost: AtomicU64,
}

impl HepFigures {
    /// Messages that were sent.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Messages that were not sent: too many at once, or nobody took them.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// A sender at work.
#[derive(Debug)]
pub struct HepSender {
    journal: Journal<ServerTaken>,
    figures: Arc<HepFigures>,
}

impl HepSender {
    /// Starts the thread that sends.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(settings: HepSettings) -> io::Result<(Self, ServerTap)> {
        let figures = Arc::new(HepFigures::default());
        let link = Link { to: settings.to.clone(), socket: None, rest_until: None };
        let mut writer =
            Writer { settings, link, waiting: Vec::new(), held: 0, figures: Arc::clone(&figures) };
        let limits = JournalLimits { entries_per_sec_max: u32::MAX, waiting_max: WAITING_MAX };
        let (journal, feed) = Journal::start(limits, move |line| writer.take(&line))?;
        let tap = Tap {
            feed,
            facts: false,
            message_bytes_max: MESSAGE_BYTES_MAX,
            every_notify: true,
            asks: |_| false,
        };
        Ok((HepSender { journal, figures }, tap))
    }

    /// What was sent so far.
    pub fn figures(&self) -> Arc<HepFigures> {
        Arc::clone(&self.figures)
    }

    /// Sends what waits and ends the thread.
    pub fn finish(self) {
        self.journal.finish();
    }
}

struct Writer {
    settings: HepSettings,
    link: Link,
    /// Packets for the next write to a stream, and how many they are.
    waiting: Vec<u8>,
    held: u64,
    figures: Arc<HepFigures>,
}

impl Writer {
    fn take(&mut self, line: &Line<'_, ServerTaken>) {
        match line {
            Line::Entry(at, Taken::Message { flow, sent, bytes }) => self.send(*at, flow, *sent, bytes),
            Line::Entry(..) => {}
            Line::Dropped(count) => self.count(false, *count),
            Line::Rest => self.flush(),
        }
    }

    fn send(&mut self, at: Moment, flow: &Flow, sent: bool, bytes: &[u8]) {
        // STUN and what keeps paths open is no SIP.
        if !bytes.first().is_some_and(u8::is_ascii_alphabetic) {
            return;
        }
        let mut bytes = bytes.to_vec();
        if self.settings.is_masked {
            hide_secrets(&mut bytes);
            hide_body(&mut bytes);
        }
        let ends = if sent { [flow.local, flow.remote] } else { [flow.remote, flow.local] };
        let packet = HepPacket {
            ends,
            transport: flow.transport,
            at: Some(at),
            content: Content::Sip,
            agent: self.settings.agent,
            key: self.settings.key.as_bytes().into(),
            correlation: b"".as_slice().into(),
            payload: bytes.into(),
        };
        match packet.write() {
            Some(packet) if self.settings.to.is_stream => {
                self.waiting.extend(packet);
                self.held += 1;
                if self.waiting.len() >= WRITE_BYTES {
                    self.flush();
                }
            }
            Some(packet) => {
                let is_sent = self.link.write(&packet);
                self.count(is_sent, 1);
            }
            None => self.count(false, 1),
        }
    }

    fn flush(&mut self) {
        if self.held > 0 {
            let is_sent = self.link.write(&self.waiting);
            self.waiting.clear();
            let held = std::mem::take(&mut self.held);
            self.count(is_sent, held);
        }
    }

    fn count(&self, is_sent: bool, count: u64) {
        let figure = if is_sent { &self.figures.sent } else { &self.figures.lost };
        figure.fetch_add(count, Ordering::Relaxed);
    }
}

/// The way to the collector; one that fails is left alone for a while, and then its name is looked up again.
struct Link {
    to: HepAddress,
    socket: Option<Socket>,
    rest_until: Option<Instant>,
}

enum Socket {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

impl Link {
    /// Whether the bytes were taken.
    fn write(&mut self, bytes: &[u8]) -> bool {
        if self.rest_until.is_some_and(|until| Instant::now() < until) {
            return false;
        }
        if self.socket.as_mut().is_some_and(Socket::is_closed) {
            self.socket = None;
        }
        let written = match &mut self.socket {
            Some(socket) => socket.write(bytes),
            None => Socket::open(&self.to).and_then(|mut socket| {
                socket.write(bytes)?;
                self.socket = Some(socket);
                Ok(())
            }),
        };
        if written.is_err() {
            self.socket = None;
        }
        self.rest_until = written.is_err().then(|| Instant::now() + REST);
        written.is_ok()
    }
}

impl Socket {
    /// The first address of the name that can be reached.
    fn open(to: &HepAddress) -> io::Result<Socket> {
        let mut fault = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in (to.host.as_str(), to.port).to_socket_addrs()?.take(ADDRESSES_MAX) {
            match Socket::open_at(address, to.is_stream) {
                Ok(socket) => return Ok(socket),
                Err(found) => fault = found,
            }
        }
        Err(fault)
    }

    fn open_at(address: SocketAddr, is_stream: bool) -> io::Result<Socket> {
        if is_stream {
            let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
            stream.set_write_timeout(Some(PATIENCE))?;
            return Ok(Socket::Tcp(stream));
        }
        let any: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect(address)?;
        Ok(Socket::Udp(socket))
    }

    /// Whether the other end of a stream has hung up: the system would still take bytes for it, and nobody would read them.
    /// What a collector says is read and forgotten.
    fn is_closed(&mut self) -> bool {
        let Socket::Tcp(stream) = self else { return false };
        if stream.set_nonblocking(true).is_err() {
            return true;
        }
        let is_open = match stream.read(&mut [0; 512]) {
            Ok(length) => length > 0,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        };
        !is_open || stream.set_nonblocking(false).is_err()
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Socket::Udp(socket) => socket.send(bytes).map(drop),
            Socket::Tcp(stream) => stream.write_all(bytes),
        }
    }
}

/// Most messages that wait to be sent.
const WAITING_MAX: usize = 2048;
/// The longest message that is sent whole: it must fit into a packet with its chunks.
const MESSAGE_BYTES_MAX: usize = 60_000;
/// So many bytes are written to a stream at once.
const WRITE_BYTES: usize = 1 << 16;
/// How long a collector that took nothing is left alone.
const REST: Duration = Duration::from_secs(1);
/// So many addresses of its name are tried.
const ADDRESSES_MAX: usize = 4;
/// How long it may take to accept a connection, or bytes on it.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::flow::Transport;
    use std::net::TcpListener;

    const REGISTER: &[u8] = b"REGISTER sip:x SIP/2.0\r\nAuthorization: Digest response=\"abc\"\r\n\r\n";

    fn settings(is_stream: bool, port: u16) -> HepSettings {
        let to = HepAddress { is_stream, host: "127.0.0.1".to_owned(), port };
        HepSettings { to, agent: 7, key: "letmein".into(), is_masked: true }
    }

    fn offer(tap: &ServerTap, sent: bool, bytes: &[u8]) {
        let [local, remote] = ["127.0.0.1:5060", "192.0.2.1:5070"].map(|end| end.parse().unwrap());
        let flow = Flow { transport: Transport::Tls, local, remote, connection: None, peer: None };
        let at = Moment::from_unix_secs(9);
        tap.feed.push(at, &mut vec![(at, Taken::Message { flow, sent, bytes: bytes.into() })], 0);
    }

    #[test]
    fn a_message_leaves_masked_with_its_ends_and_our_number() {
        let collector = UdpSocket::bind("127.0.0.1:0").unwrap();
        let (sender, tap) =
            HepSender::start(settings(false, collector.local_addr().unwrap().port())).unwrap();
        offer(&tap, false, b"\r\n\r\n");
        offer(&tap, false, REGISTER);
        offer(&tap, true, b"SIP/2.0 200 OK\r\n\r\n");
        let next = || {
            let mut buffer = [0; 2000];
            let length = collector.recv(&mut buffer).unwrap();
            let packet = HepPacket::parse(&buffer[..length]).unwrap();
            assert_eq!((packet.agent, &*packet.key, packet.transport), (7, &b"letmein"[..], Transport::Tls));
            assert_eq!(packet.at, Some(Moment::from_unix_secs(9)));
            (packet.ends.map(|end| end.port()), String::from_utf8(packet.payload.to_vec()).unwrap())
        };
        let (ends, text) = next();
        assert_eq!((ends, text.contains("response=\"***\"")), ([5070, 5060], true), "{text}");
        assert_eq!(next(), ([5060, 5070], "SIP/2.0 200 OK\r\n\r\n".to_owned()));
        let figures = sender.figures();
        sender.finish();
        assert_eq!((figures.sent(), figures.lost()), (2, 0));
    }

    #[test]
    fn packets_follow_each_other_on_a_stream() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (sender, tap) = HepSender::start(settings(true, listener.local_addr().unwrap().port())).unwrap();
        (0..3).for_each(|_| offer(&tap, false, REGISTER));
        sender.finish();
        let mut bytes = Vec::new();
        listener.accept().unwrap().0.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.windows(4).filter(|four| four == b"HEP3").count(), 3);
    }

    #[test]
    fn a_collector_that_hung_up_and_is_back_misses_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut link = Link {
            to: settings(true, listener.local_addr().unwrap().port()).to,
            socket: None,
            rest_until: None,
        };
        assert!(link.write(b"first"));
        let (mut taken, _) = listener.accept().unwrap();
        taken.read_exact(&mut [0; 5]).unwrap();
        taken.write_all(b"what no collector says").unwrap();
        assert!(link.write(b"second"));
        taken.read_exact(&mut [0; 6]).unwrap();
        drop(taken);
        assert!(link.write(b"third"));
        drop(link);
        listener.set_nonblocking(true).unwrap();
        let mut bytes = Vec::new();
        listener.accept().expect("a new connection").0.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"third");
    }

    #[test]
    fn what_nobody_takes_is_counted() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (sender, tap) = HepSender::start(settings(true, port)).unwrap();
        (0..3).for_each(|_| offer(&tap, false, REGISTER));
        let figures = sender.figures();
        sender.finish();
        assert_eq!((figures.sent(), figures.lost()), (0, 3));
    }

    #[test]
    fn the_key_is_not_shown() {
        assert!(!format!("{:?}", settings(false, 9060)).contains("letmein"));
    }
}
