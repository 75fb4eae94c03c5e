//! Connections of TCP as a bystander sees them: bytes put in order, messages cut out of them.

use super::web_socket::Frames;
use ringback_sip::flow::Transport;
use ringback_sip::syntax::MESSAGE_BYTES_MAX;
use ringback_sip::syntax::stream::{Framer, Step, StreamLimits};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Most directions of connections that are followed at a time.
pub const CONNECTIONS_MAX: usize = 1 << 16;
/// Most bytes of one direction that wait for a segment that is missing, or for the rest of a message.
pub const HELD_BYTES_MAX: usize = 1 << 18;
/// Most segments that wait.
const SEGMENTS_MAX: usize = 256;

type Key = (SocketAddr, SocketAddr);

/// Every direction that carries SIP, or may.
#[derive(Debug, Default)]
pub(super) struct Connections {
    directions: BTreeMap<Key, Direction>,
}

/// A segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    pub(super) src: SocketAddr,
    pub(super) dst: SocketAddr,
    pub(super) sequence: u32,
    pub(super) is_syn: bool,
    pub(super) is_end: bool,
    pub(super) payload: &'a [u8],
}

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

#[derive(Debug)]
struct Direction {
    /// The number of the byte that comes next.
    next: u32,
    /// What came too early, by its distance from `next` at that time.
    early: BTreeMap<u32, Vec<u8>>,
    held: usize,
    /// In order, and not cut into messages yet.
    bytes: Vec<u8>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// Nothing seen yet.
    Fresh,
    Sip(Framer),
    /// A request or answer that opens a WebSocket.
    Opening,
    WebSocket(Frames),
}

impl Connections {
    /// Takes a segment and gives the messages that it completes.
    pub(super) fn take(&mut self, segment: Segment<'_>, give: &mut dyn FnMut(Transport, &[u8])) -> Taken {
        let key = (segment.src, segment.dst);
        if segment.is_syn {
            if self.directions.len() < CONNECTIONS_MAX {
                self.directions.insert(key, Direction::new(segment.sequence.wrapping_add(1)));
            }
            return Taken::Other;
        }
        if segment.payload.is_empty() {
            let direction = self.directions.get(&key);
            let is_sip = direction.is_some_and(|direction| !matches!(direction.content, Content::Fresh));
            if segment.is_end {
                self.directions.remove(&key);
            }
            return if is_sip { Taken::Sip } else { Taken::Other };
        }
        if !self.directions.contains_key(&key) {
            // In the middle of a connection only the start of a message tells that it is one of ours.
            if !starts_message(segment.payload) || self.directions.len() >= CONNECTIONS_MAX {
                return Taken::Other;
            }
            self.directions.insert(key, Direction::new(segment.sequence));
        }
        let Some(direction) = self.directions.get_mut(&key) else { return Taken::Other };
        let taken = direction.take(segment, give);
        if taken == Taken::Other || segment.is_end {
            self.directions.remove(&key);
        }
        taken
    }
}

impl Direction {
    fn new(next: u32) -> Self {
        Direction { next, early: BTreeMap::new(), held: 0, bytes: Vec::new(), content: Content::Fresh }
    }

    fn take(&mut self, segment: Segment<'_>, give: &mut dyn FnMut(Transport, &[u8])) -> Taken {
        let mut payload = segment.payload;
        let ahead = segment.sequence.wrapping_sub(self.next);
        if ahead != 0 && ahead < WINDOW {
            if self.held + payload.len() <= HELD_BYTES_MAX && self.early.len() < SEGMENTS_MAX {
                self.held += payload.len();
                self.early.insert(segment.sequence, payload.to_vec());
                return Taken::Sip;
            }
            // What is missing does not come any more: go on behind the gap, at the start of a message.
            if !starts_message(payload) {
                return Taken::Sip;
            }
            *self = Direction::new(segment.sequence);
        } else if ahead != 0 {
            let known = self.next.wrapping_sub(segment.sequence) as usize;
            match payload.get(known..) {
                Some(fresh) if !fresh.is_empty() && known < WINDOW as usize => payload = fresh,
                _ => return Taken::Again,
            }
        }
        self.append(payload);
        while let Some((&sequence, _)) = self.early.iter().find(|(sequence, _)| self.has_reached(**sequence))
        {
            let part = self.early.remove(&sequence).unwrap_or_default();
            self.held -= part.len();
            let known = self.next.wrapping_sub(sequence) as usize;
            self.append(part.get(known..).unwrap_or_default());
        }
        self.cut(give)
    }

    fn has_reached(&self, sequence: u32) -> bool {
        self.next.wrapping_sub(sequence) < WINDOW
    }

    fn append(&mut self, payload: &[u8]) {
        self.bytes.extend_from_slice(payload);
        self.next = self.next.wrapping_add(payload.len() as u32);
    }

    /// Gives the whole messages at the start of the bytes.
    fn cut(&mut self, give: &mut dyn FnMut(Transport, &[u8])) -> Taken {
        if matches!(self.content, Content::Fresh) {
            let trimmed = self.bytes.trim_ascii_start();
            self.content = if trimmed.is_empty() {
                return Taken::Sip;
            } else if trimmed.starts_with(b"GET ") || trimmed.starts_with(b"HTTP/1.1 101") {
                Content::Opening
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

/// Half the space of sequence numbers: what is farther ahead is behind.
const WINDOW: u32 = 1 << 31;
const HEAD_BYTES_MAX: usize = 1 << 14;
const LINE_BYTES_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &[u8] = b"OPTIONS sip:x.test SIP/2.0\r\nContent-Length: 2\r\n\r\nab";
    const TWO: &[u8] = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";

    fn run(segments: &[(u32, bool, &[u8])]) -> Vec<Vec<u8>> {
        let mut connections = Connections::default();
        let mut got = Vec::new();
        let (src, dst) =
            (SocketAddr::from(([192, 0, 2, 1], 40_000)), SocketAddr::from(([192, 0, 2, 2], 5060)));
        for &(sequence, is_syn, payload) in segments {
            let segment = Segment { src, dst, sequence, is_syn, is_end: false, payload };
            connections.take(segment, &mut |_, bytes| got.push(bytes.to_vec()));
        }
        got
    }

    #[test]
    fn segments_out_of_order_and_sent_again_make_whole_messages() {
        let both = [ONE, TWO].concat();
        let start = u32::MAX - 10;
        let number = |offset: usize| start.wrapping_add(1 + offset as u32);
        let got = run(&[
            (start, true, b""),
            (number(30), false, &both[30..60]),
            (number(0), false, &both[..20]),
            (number(0), false, &both[..20]),
            (number(10), false, &both[10..30]),
            (number(60), false, &both[60..]),
        ]);
        assert_eq!(got, [ONE.to_vec(), TWO.to_vec()]);
    }

    #[test]
    fn a_capture_that_begins_in_the_middle_starts_at_the_next_message() {
        let got = run(&[
            (100, false, b"rest of something\r\n"),
            (119, false, ONE),
            (119 + ONE.len() as u32, false, TWO),
        ]);
        assert_eq!(got, [ONE.to_vec(), TWO.to_vec()]);
    }

    #[test]
    fn other_protocols_are_left_alone() {
        assert!(
            run(&[(1, true, b""), (2, false, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), (30, false, b"more")])
                .is_empty()
        );
        assert!(!starts_message(b"GET /sip HTTP/1.1\r\n"));
        assert!(starts_message(b"INVITE sip:a@b SIP/2.0\r\n"));
    }

    #[test]
    fn messages_in_masked_frames_of_a_web_socket_are_read() {
        let head = b"GET / HTTP/1.1\r\nSec-WebSocket-Protocol: sip\r\n\r\n";
        let mask = [1, 2, 3, 4];
        let mut frame = vec![0x81, 0x80 | ONE.len() as u8];
        frame.extend(mask);
        frame.extend(ONE.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        let (first, second) = frame.split_at(20);
        let at = 2 + head.len() as u32;
        assert_eq!(
            run(&[(1, true, b""), (2, false, head), (at, false, first), (at + 20, false, second)]),
            [ONE.to_vec()]
        );
    }
}
