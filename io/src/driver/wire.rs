//! The bytes of a connection: as they come from the socket, or out of TLS. Both read and write without blocking.

use crate::tls::{Identities, handshake_fault};
use mio::net::TcpStream;
use ringback_sip::flow::{FlowError, HandshakeFault};
use std::io::{self, ErrorKind, IoSlice, Read, Write};

/// A socket, with or without TLS over it.
#[derive(Debug)]
pub(crate) enum Wire {
    Plain(TcpStream),
    Secure(Box<Secure>),
}

/// A TLS session over a socket.
#[derive(Debug)]
pub(crate) struct Secure {
    socket: TcpStream,
    session: rustls::Connection,
}

impl Wire {
    pub(crate) fn secure(socket: TcpStream, session: rustls::Connection) -> Self {
        Wire::Secure(Box::new(Secure { socket, session }))
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Wire::Plain(socket) => socket,
            Wire::Secure(secure) => &secure.socket,
        }
    }

    pub(crate) fn socket_mut(&mut self) -> &mut TcpStream {
        match self {
            Wire::Plain(socket) => socket,
            Wire::Secure(secure) => &mut secure.socket,
        }
    }

    /// Whether the peers still agree on keys.
    pub(crate) fn is_handshaking(&self) -> bool {
        matches!(self, Wire::Secure(secure) if secure.session.is_handshaking())
    }

    /// Whom the certificate names that a client of ours has shown; it was checked in the handshake.
    pub(crate) fn client(&self) -> Option<Identities> {
        let Wire::Secure(secure) = self else { return None };
        let rustls::Connection::Server(session) = &secure.session else { return None };
        session.peer_certificates().filter(|_| !session.is_handshaking())?.first().map(Identities::of)
    }

    /// Whether it may yet turn out that a client shows a certificate, or one has.
    pub(crate) fn may_know_client(&self) -> bool {
        let Wire::Secure(secure) = self else { return false };
        let rustls::Connection::Server(session) = &secure.session else { return false };
        session.is_handshaking() || session.peer_certificates().is_some()
    }

    /// Whether bytes that were taken have not reached the socket.
    pub(crate) fn has_pending(&self) -> bool {
        matches!(self, Wire::Secure(secure) if secure.session.wants_write())
    }

    /// Tells the peer that nothing more comes.
    pub(crate) fn finish(&mut self) {
        if let Wire::Secure(secure) = self {
            secure.session.send_close_notify();
            // A peer that reads nothing any more needs no farewell.
            let _ = secure.flush_records();
        }
        let _ = self.socket().shutdown(std::net::Shutdown::Write);
    }
}

impl Secure {
    /// Writes what TLS has to say; `WouldBlock` when the socket takes no more.
    fn flush_records(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            if self.session.write_tls(&mut self.socket)? == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }

    /// Takes what the socket has; errors of the session come as [`ErrorKind::InvalidData`].
    fn take_records(&mut self) -> io::Result<usize> {
        let count = self.session.read_tls(&mut self.socket)?;
        if let Err(error) = self.session.process_new_packets() {
            // The alert that says why.
            let _ = self.flush_records();
            return Err(io::Error::new(ErrorKind::InvalidData, error));
        }
        match self.flush_records() {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(count),
        }
    }
}

impl Read for Wire {
    /// Reads as a socket does; `Interrupted` says that records came without content, and there may be more.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let secure = match self {
            Wire::Plain(socket) => return socket.read(into),
            Wire::Secure(secure) => secure,
        };
        for _ in 0..RECORD_READS_PER_TURN {
            match secure.session.reader().read(into) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // The peer closed the socket without saying so in TLS; no message is cut by that unseen, since
                // each has its length.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                other => return other,
            }
            if secure.take_records()? == 0 && secure.session.is_handshaking() {
                return Ok(0);
            }
        }
        Err(ErrorKind::Interrupted.into())
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let secure = match self {
            Wire::Plain(socket) => return socket.write_vectored(slices),
            Wire::Secure(secure) => secure,
        };
        // Records that wait leave first: what a peer does not take must not grow here.
        secure.flush_records()?;
        if secure.session.is_handshaking() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = secure.session.writer().write_vectored(slices)?;
        match secure.flush_records() {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(count),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Wire::Plain(_) => Ok(()),
            Wire::Secure(secure) => secure.flush_records(),
        }
    }
}

/// What an error of a wire means for the connection.
pub(crate) fn wire_error(error: &io::Error) -> FlowError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(error) => FlowError::Handshake(handshake_fault(error)),
        None if error.kind() == ErrorKind::InvalidData => FlowError::Handshake(HandshakeFault::Protocol),
        None => FlowError::Reset,
    }
}

/// Most reads of records before other connections get their turn.
const RECORD_READS_PER_TURN: usize = 8;
