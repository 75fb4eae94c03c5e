//! SIP in WebSocket messages (RFC 7118): the upgrade with subprotocol `sip`, then one SIP message a WebSocket message.
//!
//! The protocol itself is tungstenite's; it reads and writes memory here, so that sockets, limits and times stay where
//! those of all streams are.

use bytes::Bytes;
use ringback_sip::flow::{FlowError, HandshakeFault};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::client::{Response, generate_request};
use tungstenite::handshake::derive_accept_key;
use tungstenite::handshake::machine::TryParse;
use tungstenite::handshake::server::{Request, create_response, write_response};
use tungstenite::http::HeaderMap;
use tungstenite::http::header::{HeaderValue, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_PROTOCOL};
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message};

/// One side of a WebSocket.
#[derive(Debug)]
pub(crate) struct WebSocket {
    stage: Stage,
    message_bytes_max: usize,
    /// Bytes of a message that is not whole.
    unframed: usize,
    /// Messages that wait for the server's answer.
    waiting: Vec<Bytes>,
}

#[derive(Debug)]
enum Stage {
    /// A client's request comes.
    Asked {
        head: Vec<u8>,
        origins: Arc<[String]>,
    },
    /// A server's answer comes, which must prove that it understood this key.
    Asking {
        head: Vec<u8>,
        key: String,
    },
    Open(Box<WebSocketContext>),
    Refused,
}

/// What came whole.
pub(crate) enum Arrival<'a> {
    Message(&'a [u8]),
    Keepalive,
}

impl WebSocket {
    /// A server's side, which lets in pages of these origins; of all, if there are none.
    pub(crate) fn server(origins: Arc<[String]>, message_bytes_max: usize) -> WebSocket {
        Self::new(Stage::Asked { head: Vec::new(), origins }, message_bytes_max)
    }

    /// A client's side, and its request to the server at `remote`.
    pub(crate) fn client(remote: SocketAddr, message_bytes_max: usize) -> Option<(WebSocket, Vec<u8>)> {
        let mut request = format!("ws://{remote}/").into_client_request().ok()?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
        let (bytes, key) = generate_request(request).ok()?;
        let stage = Stage::Asking { head: Vec::new(), key };
        Some((Self::new(stage, message_bytes_max), bytes))
    }

    fn new(stage: Stage, message_bytes_max: usize) -> WebSocket {
        WebSocket { stage, message_bytes_max, unframed: 0, waiting: Vec::new() }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open(_))
    }

    /// Bytes that wait for the rest of their message.
    pub(crate) fn held_bytes(&self) -> usize {
        match &self.stage {
            Stage::Asked { head, .. } => head.len(),
            Stage::Asking { head, .. } => head.len() + self.waiting.iter().map(Bytes::len).sum::<usize>(),
            Stage::Open(_) => self.unframed,
            Stage::Refused => 0,
        }
    }

    /// Takes what came, and adds to `out` what must be said to it.
    pub(crate) fn take(
        &mut self,
        bytes: &[u8],
        out: &mut Vec<u8>,
        arrive: &mut dyn FnMut(Arrival<'_>),
    ) -> Result<(), FlowError> {
        match &mut self.stage {
            Stage::Open(_) => self.take_frames(bytes, out, arrive),
            Stage::Asked { head, .. } | Stage::Asking { head, .. } => {
                head.extend_from_slice(bytes);
                if head.len() > HEAD_BYTES_MAX {
                    return Err(self.refuse(out, "431 Request Header Fields Too Large"));
                }
                self.agree(out, arrive)
            }
            Stage::Refused => Ok(()),
        }
    }

    /// Adds a SIP message to `out`, in a frame; before the WebSocket is open the message waits.
    pub(crate) fn frame(&mut self, message: &Bytes, out: &mut Vec<u8>) -> Result<(), FlowError> {
        let Stage::Open(context) = &mut self.stage else {
            self.waiting.push(message.clone());
            return Ok(());
        };
        let mut pipe = Pipe { input: &[], output: out };
        // Both kinds must be understood (RFC 7118 §5); what is text is easier to look at as text.
        let message = match std::str::from_utf8(message) {
            Ok(text) => Message::text(text),
            Err(_) => Message::binary(message.clone()),
        };
        let written = context.write(&mut pipe, message).and_then(|()| context.flush(&mut pipe));
        written.map_err(|_| FlowError::Closed)
    }

    /// A ping, which every peer answers (RFC 6455 §5.5.2); nothing before the WebSocket is open.
    pub(crate) fn ping(&mut self, out: &mut Vec<u8>) {
        if let Stage::Open(context) = &mut self.stage {
            let mut pipe = Pipe { input: &[], output: out };
            // One that is closing says nothing more.
            let ping = Message::Ping(Bytes::new());
            let _ = context.write(&mut pipe, ping).and_then(|()| context.flush(&mut pipe));
        }
    }

    /// A farewell.
    pub(crate) fn close(&mut self, out: &mut Vec<u8>) {
        if let Stage::Open(context) = &mut self.stage {
            let mut pipe = Pipe { input: &[], output: out };
            // One that is closed already has said farewell.
            let _ = context.close(&mut pipe, None).and_then(|()| context.flush(&mut pipe));
        }
    }

    fn agree(&mut self, out: &mut Vec<u8>, arrive: &mut dyn FnMut(Arrival<'_>)) -> Result<(), FlowError> {
        match &self.stage {
            Stage::Asked { head, origins } => match Request::try_parse(head) {
                Ok(None) => Ok(()),
                Ok(Some((length, request))) if length == head.len() => match answer(&request, origins) {
                    Ok(answer) => {
                        out.extend_from_slice(&answer);
                        self.open(Role::Server);
                        Ok(())
                    }
                    Err(status) => Err(self.refuse(out, status)),
                },
                _ => Err(self.refuse(out, BAD_REQUEST)),
            },
            Stage::Asking { head, key } => match Response::try_parse(head) {
                Ok(None) => Ok(()),
                Ok(Some((length, response))) if is_agreed(&response, key) => {
                    let rest = head[length..].to_vec();
                    self.open(Role::Client);
                    for message in std::mem::take(&mut self.waiting) {
                        self.frame(&message, out)?;
                    }
                    self.take_frames(&rest, out, arrive)
                }
                _ => {
                    self.stage = Stage::Refused;
                    Err(FlowError::Handshake(HandshakeFault::Upgrade))
                }
            },
            Stage::Open(_) | Stage::Refused => Ok(()),
        }
    }

    fn open(&mut self, role: Role) {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_message_size(Some(self.message_bytes_max))
            .max_frame_size(Some(self.message_bytes_max));
        self.stage = Stage::Open(Box::new(WebSocketContext::new(role, Some(config))));
    }

    fn refuse(&mut self, out: &mut Vec<u8>, status: &str) -> FlowError {
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Length: 0\r\nSec-WebSocket-Version: 13\r\nConnection: close\r\n\r\n"
        );
        out.extend_from_slice(answer.as_bytes());
        self.stage = Stage::Refused;
        FlowError::Handshake(HandshakeFault::Upgrade)
    }

    fn take_frames(
        &mut self,
        bytes: &[u8],
        out: &mut Vec<u8>,
        arrive: &mut dyn FnMut(Arrival<'_>),
    ) -> Result<(), FlowError> {
        let Stage::Open(context) = &mut self.stage else { return Ok(()) };
        self.unframed += bytes.len();
        let mut pipe = Pipe { input: bytes, output: out };
        loop {
            let message = match context.read(&mut pipe) {
                Ok(message) => message,
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => break,
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => return Err(FlowError::Closed),
                Err(_) => {
                    let _ = context.close(&mut pipe, None).and_then(|()| context.flush(&mut pipe));
                    return Err(FlowError::Framing);
                }
            };
            self.unframed = pipe.input.len();
            match &message {
                Message::Text(text) => deliver(text.as_bytes(), context, &mut pipe, arrive),
                Message::Binary(bytes) => deliver(bytes, context, &mut pipe, arrive),
                Message::Ping(_) | Message::Pong(_) => arrive(Arrival::Keepalive),
                Message::Close(_) | Message::Frame(_) => {}
            }
        }
        // The pong to a ping.
        match context.flush(&mut pipe) {
            Err(Error::ConnectionClosed | Error::AlreadyClosed) => Err(FlowError::Closed),
            _ => Ok(()),
        }
    }
}

/// Gives a SIP message to who waits for it; answers the keep-alive of phones that bring theirs from TCP
/// (RFC 5626 §3.5.1).
fn deliver(
    message: &[u8],
    context: &mut WebSocketContext,
    pipe: &mut Pipe<'_>,
    arrive: &mut dyn FnMut(Arrival<'_>),
) {
    if !message.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
        return arrive(Arrival::Message(message));
    }
    if message == b"\r\n\r\n" {
        // A WebSocket that is closing answers nothing.
        let _ = context.write(pipe, Message::text("\r\n"));
    }
    arrive(Arrival::Keepalive);
}

/// The answer to a request for an upgrade, or the status of a refusal (RFC 7118 §4).
fn answer(request: &Request, origins: &[String]) -> Result<Vec<u8>, &'static str> {
    if let Some(origin) = request.headers().get(ORIGIN) {
        let known = |known: &String| origin.as_bytes().eq_ignore_ascii_case(known.as_bytes());
        if !origins.is_empty() && !origins.iter().any(known) {
            return Err("403 Forbidden");
        }
    }
    if !offers_sip(request.headers()) {
        return Err(BAD_REQUEST);
    }
    let mut response = create_response(request).map_err(|_| "426 Upgrade Required")?;
    response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    let mut bytes = Vec::new();
    write_response(&mut bytes, &response).map_err(|_| BAD_REQUEST)?;
    Ok(bytes)
}

fn offers_sip(headers: &HeaderMap) -> bool {
    let rows = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let mut names = rows.flat_map(|row| row.as_bytes().split(|byte| *byte == b','));
    names.any(|name| name.trim_ascii().eq_ignore_ascii_case(SUBPROTOCOL.as_bytes()))
}

fn is_agreed(response: &Response, key: &str) -> bool {
    let accept = response.headers().get(SEC_WEBSOCKET_ACCEPT);
    response.status().as_u16() == 101
        && accept.is_some_and(|accept| accept.as_bytes() == derive_accept_key(key.as_bytes()).as_bytes())
        && offers_sip(response.headers())
}

/// Bytes in memory, as a stream that never blocks for long.
struct Pipe<'a> {
    input: &'a [u8],
    output: &'a mut Vec<u8>,
}

impl Read for Pipe<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.input.read(into)
    }
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// RFC 7118 §4.1.
const SUBPROTOCOL: &str = "sip";
const BAD_REQUEST: &str = "400 Bad Request";
/// The longest head of an upgrade.
const HEAD_BYTES_MAX: usize = 8192;
/// What a WebSocket without traffic keeps for the next bytes.
const READ_BUFFER_BYTES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn request(rows: &str) -> String {
        format!(
            "GET / HTTP/1.1\r\nHost: sip-ws.example.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{rows}\r\n"
        )
    }

    /// What a server says to a request, and whether it is open then.
    fn asked(text: &str, origins: &[&str]) -> (String, bool) {
        let origins: Vec<String> = origins.iter().map(|origin| (*origin).to_owned()).collect();
        let mut socket = WebSocket::server(origins.into(), 1 << 16);
        let mut out = Vec::new();
        for piece in text.as_bytes().chunks(9) {
            let _ = socket.take(piece, &mut out, &mut |_| panic!("nothing arrives yet"));
        }
        (String::from_utf8(out).unwrap(), socket.is_open())
    }

    fn open_pair() -> (WebSocket, WebSocket) {
        let (mut client, request) = WebSocket::client("192.0.2.1:80".parse().unwrap(), 1 << 16).unwrap();
        let mut server = WebSocket::server(Arc::new([]), 1 << 16);
        let (mut answer, mut nothing) = (Vec::new(), Vec::new());
        server.take(&request, &mut answer, &mut |_| ()).unwrap();
        client.frame(&Bytes::from_static(b"early"), &mut nothing).unwrap();
        assert!(nothing.is_empty(), "a message waits for the answer");
        client.take(&answer, &mut nothing, &mut |_| ()).unwrap();
        assert!(client.is_open() && server.is_open());
        assert_eq!(arrivals(&mut server, &nothing).0, [b"early"]);
        (client, server)
    }

    fn arrivals(socket: &mut WebSocket, bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>, Result<(), FlowError>) {
        let (mut all, mut out) = (Vec::new(), Vec::new());
        let result = socket.take(bytes, &mut out, &mut |arrival| match arrival {
            Arrival::Message(bytes) => all.push(bytes.to_vec()),
            Arrival::Keepalive => all.push(b"keepalive".to_vec()),
        });
        (all, out, result)
    }

    #[test]
    fn an_upgrade_to_sip_is_agreed_and_any_other_refused() {
        let (answer, is_open) = asked(&request("Sec-WebSocket-Protocol: chat, SIP\r\n"), &[]);
        assert!(is_open && answer.starts_with("HTTP/1.1 101 "), "{answer}");
        assert!(answer.to_ascii_lowercase().contains("sec-websocket-protocol: sip\r\n"), "{answer}");
        assert!(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "the accept of RFC 6455 §1.3");
        for rows in ["", "Sec-WebSocket-Protocol: chat\r\n"] {
            let (answer, is_open) = asked(&request(rows), &[]);
            assert!(!is_open && answer.starts_with("HTTP/1.1 400 "), "{answer}");
        }
        for text in ["POST / HTTP/1.1\r\n\r\n", "OPTIONS sip:a@b SIP/2.0\r\n\r\n", "\u{16}\u{3}\u{1}"] {
            assert!(!asked(text, &[]).1);
        }
        let long = format!("Sec-WebSocket-Protocol: sip\r\nCookie: {}\r\n", "x".repeat(9000));
        assert!(asked(&request(&long), &[]).0.starts_with("HTTP/1.1 431 "));
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let with = |origin: &str| {
            asked(
                &request(&format!("Sec-WebSocket-Protocol: sip\r\nOrigin: {origin}\r\n")),
                &["https://phone.example.test"],
            )
        };
        assert!(with("https://phone.example.test").1 && with("HTTPS://Phone.example.test").1);
        let (answer, is_open) = with("https://evil.test");
        assert!(!is_open && answer.starts_with("HTTP/1.1 403 "));
        assert!(asked(&request("Sec-WebSocket-Protocol: sip\r\n"), &["https://phone.example.test"]).1);
    }

    #[test]
    fn messages_cross_both_ways_as_text_or_binary_wherever_they_are_cut() {
        let (mut client, mut server) = open_pair();
        static LONG: [u8; 30_000] = [b'x'; 30_000];
        let messages: [&'static [u8]; 3] = [b"OPTIONS sip:a@b SIP/2.0\r\n\r\n", b"\xff\xfe", &LONG];
        let mut frames = Vec::new();
        for message in messages {
            client.frame(&Bytes::from_static(message), &mut frames).unwrap();
        }
        let mut came = Vec::new();
        for piece in frames.chunks(777) {
            came.extend(arrivals(&mut server, piece).0);
        }
        assert_eq!(came, messages);
        assert_eq!(server.held_bytes(), 0);
        let mut frames = Vec::new();
        server.frame(&Bytes::from_static(b"SIP/2.0 200 OK\r\n\r\n"), &mut frames).unwrap();
        assert_eq!(arrivals(&mut client, &frames).0, [b"SIP/2.0 200 OK\r\n\r\n"]);
    }

    #[test]
    fn pings_and_double_line_breaks_are_answered() {
        let (mut client, mut server) = open_pair();
        let ping = [0x89, 0x82, 0, 0, 0, 0, b'h', b'i'];
        let (came, out, _) = arrivals(&mut server, &ping);
        assert_eq!((came, out), (vec![b"keepalive".to_vec()], vec![0x8a, 2, b'h', b'i']));
        let mut frames = Vec::new();
        client.frame(&Bytes::from_static(b"\r\n\r\n"), &mut frames).unwrap();
        let (came, out, _) = arrivals(&mut server, &frames);
        assert_eq!((came.len(), &out[..]), (1, &b"\x81\x02\r\n"[..]));
    }

    #[test]
    fn a_close_is_answered_and_ends_it() {
        let (mut client, mut server) = open_pair();
        let mut farewell = Vec::new();
        client.close(&mut farewell);
        let (_, out, result) = arrivals(&mut server, &farewell);
        assert_eq!((out.first(), result), (Some(&0x88), Err(FlowError::Closed)));
    }

    #[test]
    fn what_is_too_long_or_unmasked_ends_it() {
        let (mut client, mut server) = open_pair();
        let mut frames = Vec::new();
        client.frame(&vec![b'x'; 70_000].into(), &mut frames).unwrap();
        assert_eq!(arrivals(&mut server, &frames).2, Err(FlowError::Framing));
        let (_, mut server) = open_pair();
        assert_eq!(arrivals(&mut server, b"\x81\x02hi").2, Err(FlowError::Framing));
    }
}
