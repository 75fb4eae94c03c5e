//! What a connection carries: messages, a WebSocket with messages in it, or packets of HEP3, cut out of bytes in order.

use super::web_socket::Frames;
use crate::hep;
use ringback_sip::flow::Transport;
use ringback_sip::syntax::MESSAGE_BYTES_MAX;
use ringback_sip::syntax::stream::{Framer, Step, StreamLimits};

/// Most bytes of one direction that wait for a segment that is missing, or for the rest of a message.
pub const HELD_BYTES_MAX: usize = 1 << 18;

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It belongs to a connection that carries SIP.
    Sip,
    /// The same, and its bytes had been seen.
    Again,
    /// Nobody knows yet, or it carries something else.
    Other,
}

/// One direction of what was said.
#[derive(Debug, Default)]
pub(super) struct Plain {
    /// In order, and not cut into messages yet.
    bytes: Vec<u8>,
    content: Content,
}

#[derive(Debug, Default)]
enum Content {
    /// Nothing seen yet.
    #[default]
    Fresh,
    Sip(Framer),
    /// A request or answer that opens a WebSocket.
    Opening,
    WebSocket(Frames),
    /// Packets of HEP3; each is given whole.
    Hep,
}

impl Plain {
    /// Whether nothing that tells what it is was seen.
    pub(super) fn is_fresh(&self) -> bool {
        matches!(self.content, Content::Fresh)
    }

    /// Takes the next bytes and gives the messages that they complete.
    pub(super) fn take(&mut self, bytes: &[u8], give: &mut dyn FnMut(Transport, &[u8])) -> Taken {
        self.bytes.extend_from_slice(bytes);
        self.cut(give)
    }

    /// Gives the whole messages at the start of the bytes.
    fn cut(&mut self, give: &mut dyn FnMut(Transport, &[u8])) -> Taken {
        if matches!(self.content, Content::Fresh) {
            let trimmed = self.bytes.trim_ascii_start();
            self.content = if trimmed.is_empty() {
                return Taken::Sip;
            } else if trimmed.starts_with(b"GET ") || trimmed.starts_with(b"HTTP/1.1 101") {
                Content::Opening
            } else if self.bytes.starts_with(HEP) {
                Content::Hep
            } else if is_unfinished_line(trimmed) {
                return Taken::Sip;
            } else if starts_message(trimmed) {
                Content::Sip(Framer::new(StreamLimits::default()))
            } else {
                return Taken::Other;
            };
        }
        if let Content::Opening = &self.content {
            let Some(end) = memchr::memmem::find(&self.bytes, b"\r\n\r\n") else {
                return if self.bytes.len() < HEAD_BYTES_MAX { Taken::Sip } else { Taken::Other };
            };
            let head = self.bytes[..end].to_ascii_lowercase();
            if memchr::memmem::find(&head, b"sec-websocket-protocol:").is_none() {
                return Taken::Other;
            }
            self.bytes.drain(..end + 4);
            self.content = Content::WebSocket(Frames::default());
        }
        match &mut self.content {
            Content::WebSocket(frames) => {
                let taken =
                    frames.take(&self.bytes, MESSAGE_BYTES_MAX, &mut |bytes| give(Transport::Ws, bytes));
                let Some(taken) = taken else { return Taken::Other };
                self.bytes.drain(..taken);
            }
            Content::Sip(framer) => return cut_sip(framer, &mut self.bytes, give),
            Content::Hep => return cut_hep(&mut self.bytes, give),
            Content::Fresh | Content::Opening => {}
        }
        if self.bytes.len() > HELD_BYTES_MAX { Taken::Other } else { Taken::Sip }
    }
}

fn cut_sip(framer: &mut Framer, bytes: &mut Vec<u8>, give: &mut dyn FnMut(Transport, &[u8])) -> Taken {
    let mut start = 0;
    loop {
        match framer.next(&bytes[start..]) {
            Step::Need => break,
            Step::Blank(length) | Step::Ping(length) => start += length,
            Step::Message(length) => {
                give(Transport::Tcp, &bytes[start..start + length]);
                start += length;
            }
            Step::Fault { .. } => {
                // What cannot be followed is shown as it stands, and the next segment starts anew.
                if starts_message(&bytes[start..]) {
                    give(Transport::Tcp, &bytes[start..]);
                }
                return Taken::Other;
            }
        }
    }
    bytes.drain(..start);
    if bytes.len() > MESSAGE_BYTES_MAX { Taken::Other } else { Taken::Sip }
}

fn cut_hep(bytes: &mut Vec<u8>, give: &mut dyn FnMut(Transport, &[u8])) -> Taken {
    let mut start = 0;
    while bytes.len() >= start + HEP.len() + 2 {
        let Ok(length) = hep::length(&bytes[start..]) else { return Taken::Other };
        let Some(packet) = bytes.get(start..start + length) else { break };
        give(Transport::Tcp, packet);
        start += length;
    }
    bytes.drain(..start);
    Taken::Sip
}

/// Whether a connection that is not known may be followed from here on.
pub(super) fn starts_unit(bytes: &[u8]) -> bool {
    starts_message(bytes) || bytes.starts_with(HEP)
}

/// Whether the bytes look like the start of a SIP message.
pub(super) fn starts_message(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"SIP/2.0 ") {
        return true;
    }
    if !bytes.first().is_some_and(u8::is_ascii_uppercase) {
        return false;
    }
    let line = &bytes[..bytes.len().min(LINE_BYTES_MAX)];
    let line = memchr::memchr(b'\n', line).map_or(line, |end| &line[..end]);
    let method = memchr::memchr(b' ', line).unwrap_or(0);
    let is_method = (3..24).contains(&method)
        && line[..method].iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_');
    is_method && memchr::memmem::find(line, b" SIP/").is_some()
}

/// Whether the bytes may be the beginning of the first line of a message.
fn is_unfinished_line(bytes: &[u8]) -> bool {
    bytes[0].is_ascii_uppercase() && bytes.len() < LINE_BYTES_MAX && memchr::memchr(b'\n', bytes).is_none()
}

/// How a packet of HEP3 begins.
pub(super) const HEP: &[u8] = b"HEP3";
const HEAD_BYTES_MAX: usize = 1 << 14;
const LINE_BYTES_MAX: usize = 4096;
