//! One connection of a phone: bytes, under TLS or not, in WebSocket frames or not.

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use ringback_sip::flow::Transport;
use ringback_sip::syntax::stream::{Framer, Step, StreamLimits};
use rustls::ClientConnection;
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

/// What a turn of reading found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// All that there was.
    All,
    /// The connection is over.
    Ended,
}

#[derive(Debug)]
pub(crate) struct Line {
    socket: TcpStream,
    session: Option<Box<ClientConnection>>,
    framing: Framing,
    input: Vec<u8>,
    /// What the socket or the handshake does not take yet.
    output: Vec<u8>,
    alive: bool,
}

/// How messages are told apart.
#[derive(Debug)]
enum Framing {
    Stream(Framer),
    /// The server has not answered the upgrade; messages wait.
    Asked(Vec<Vec<u8>>),
    Frames,
}

impl Line {
    /// Begins a connection from an address of ours, whose port is not used.
    pub(crate) fn open(
        from: SocketAddr,
        server: SocketAddr,
        session: Option<ClientConnection>,
        transport: Transport,
    ) -> io::Result<Line> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        socket.bind(&SocketAddr::new(from.ip(), 0).into())?;
        match socket.connect(&server.into()) {
            Err(error) if error.raw_os_error() != Some(IN_PROGRESS) => return Err(error),
            _ => {}
        }
        let (framing, output) = match transport.is_web_socket() {
            true => (Framing::Asked(Vec::new()), UPGRADE.to_vec()),
            false => (Framing::Stream(Framer::new(StreamLimits::default())), Vec::new()),
        };
        let socket = TcpStream::from_std(socket.into());
        Ok(Line { socket, session: session.map(Box::new), framing, input: Vec::new(), output, alive: true })
    }

    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.socket, token, Interest::READABLE | Interest::WRITABLE)
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.alive
    }

    /// Sends a message, now or when the connection has come about.
    pub(crate) fn send(&mut self, message: &[u8]) -> io::Result<()> {
        if !self.alive {
            return Err(ErrorKind::NotConnected.into());
        }
        match &mut self.framing {
            Framing::Stream(_) => self.output.extend_from_slice(message),
            Framing::Asked(waiting) => waiting.push(message.to_vec()),
            Framing::Frames => put_frame(&mut self.output, message),
        }
        self.flush()
    }

    /// Takes what the socket has, whole messages of it to `deliver`; and writes what waits.
    pub(crate) fn take(&mut self, deliver: &mut dyn FnMut(&[u8])) -> Taken {
        if !self.alive {
            return Taken::All;
        }
        let ended = loop {
            match self.fill() {
                Ok(true) => {}
                Ok(false) => break true,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {
                    break false;
                }
                Err(_) => break true,
            }
        };
        let is_sound = self.unframe(deliver) && self.flush().is_ok();
        self.alive = is_sound && !ended;
        if self.alive { Taken::All } else { Taken::Ended }
    }

    /// Reads once; `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 4096];
        let Some(session) = &mut self.session else {
            let count = self.socket.read(&mut bytes)?;
            self.input.extend_from_slice(&bytes[..count]);
            return Ok(count > 0);
        };
        let count = session.read_tls(&mut self.socket)?;
        session.process_new_packets().map_err(io::Error::other)?;
        loop {
            match session.reader().read(&mut bytes) {
                Ok(0) => return Ok(false),
                Ok(clear) => self.input.extend_from_slice(&bytes[..clear]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(count > 0),
                Err(error) => return Err(error),
            }
        }
    }

    fn unframe(&mut self, deliver: &mut dyn FnMut(&[u8])) -> bool {
        let mut at = 0;
        while at < self.input.len() {
            let rest = &self.input[at..];
            match &mut self.framing {
                Framing::Stream(framer) => match framer.next(rest) {
                    Step::Need => break,
                    Step::Blank(length) | Step::Ping(length) => at += length,
                    Step::Message(length) => {
                        deliver(&rest[..length]);
                        at += length;
                    }
                    Step::Fault { .. } => return false,
                },
                Framing::Asked(waiting) => {
                    let Some(end) = memchr::memmem::find(rest, b"\r\n\r\n") else { break };
                    if !rest.starts_with(b"HTTP/1.1 101") {
                        return false;
                    }
                    at += end + 4;
                    for message in std::mem::take(waiting) {
                        put_frame(&mut self.output, &message);
                    }
                    self.framing = Framing::Frames;
                }
                Framing::Frames => {
                    let Some((head, length)) = frame(rest) else { break };
                    if rest[0] & 0x0f == TEXT || rest[0] & 0x0f == BINARY {
                        deliver(&rest[head..head + length]);
                    } else if rest[0] & 0x0f == PING {
                        self.output.extend_from_slice(PONG);
                    }
                    at += head + length;
                }
            }
        }
        self.input.drain(..at);
        true
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = match &mut self.session {
            None => write_all(&mut self.socket, &mut self.output),
            Some(session) => {
                if !session.is_handshaking() && !self.output.is_empty() {
                    session.writer().write_all(&self.output)?;
                    self.output.clear();
                }
                let mut result = Ok(());
                while session.wants_write() && result.is_ok() {
                    result = session.write_tls(&mut self.socket).map(|_| ());
                }
                result
            }
        };
        match result {
            // The event that the socket can be written comes later.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => Ok(()),
            other => other,
        }
    }
}

fn write_all(socket: &mut TcpStream, output: &mut Vec<u8>) -> io::Result<()> {
    while !output.is_empty() {
        let count = socket.write(output)?;
        output.drain(..count);
    }
    Ok(())
}

/// A client's frame (RFC 6455 §5.2), under a mask of zeros, which leaves the text as it is.
fn put_frame(out: &mut Vec<u8>, message: &[u8]) {
    out.push(0x80 | TEXT);
    match u16::try_from(message.len()) {
        Ok(short @ ..126) => out.push(0x80 | short as u8),
        length => {
            out.push(0x80 | 126);
            out.extend_from_slice(&length.unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(message);
}

/// The lengths of the head and of the content of a server's frame that is whole.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (head, length) = match *bytes.get(1)? {
        126 => (4, usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]))),
        short => (2, usize::from(short)),
    };
    (bytes.len() >= head + length).then_some((head, length))
}

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const PING: u8 = 9;
/// Empty, under a mask.
const PONG: &[u8] = &[0x8a, 0x80, 0, 0, 0, 0];
const IN_PROGRESS: i32 = 115;
const UPGRADE: &[u8] = b"GET / HTTP/1.1\r\nHost: bench.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_taken_when_it_is_whole() {
        let mut bytes = vec![0x81, 126, 0, 200];
        bytes.extend_from_slice(&[b'x'; 200]);
        assert_eq!(frame(&bytes[..100]), None);
        assert_eq!(frame(&bytes), Some((4, 200)));
        assert_eq!(frame(&[0x8a, 0, 9]), Some((2, 0)));
    }
}
