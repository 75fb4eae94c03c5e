//! Connections of TCP as a bystander sees them: bytes put in order, messages cut out of them.

use super::content::{HELD_BYTES_MAX, Plain, Taken, starts_unit};
use super::tls::{KeyLog, LOCKED_MAX, Locked, Session, is_record};
use ringback_sip::flow::Transport;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Most directions of connections that are followed at a time.
pub const CONNECTIONS_MAX: usize = 1 << 16;
/// Most segments that wait.
const SEGMENTS_MAX: usize = 256;

type Key = (SocketAddr, SocketAddr);

/// Every direction that carries SIP, or may.
#[derive(Debug, Default)]
pub(super) struct Connections {
    directions: BTreeMap<Key, Direction>,
    /// Connections over TLS, by client and server.
    sessions: BTreeMap<Key, Session>,
    /// The secrets that are known.
    pub(super) log: KeyLog,
    pub(super) locked: Vec<Locked>,
    /// Alerts of TLS that came with the last segment.
    pub(super) alerts: Vec<u8>,
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

#[derive(Debug)]
struct Direction {
    /// The number of the byte that comes next.
    next: u32,
    /// What came too early, by its distance from `next` at that time.
    early: BTreeMap<u32, Vec<u8>>,
    held: usize,
    /// In order, and not looked at yet.
    fresh: Vec<u8>,
    plain: Plain,
    tls: Option<Side>,
}

/// Whose bytes a direction over TLS carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

impl Connections {
    /// Takes a segment and gives the messages that it completes.
    pub(super) fn take(&mut self, segment: Segment<'_>, give: &mut dyn FnMut(Transport, &[u8])) -> Taken {
        let key = (segment.src, segment.dst);
        if segment.is_syn {
            self.forget(key);
            if self.directions.len() < CONNECTIONS_MAX {
                self.directions.insert(key, Direction::new(segment.sequence.wrapping_add(1)));
            }
            return Taken::Other;
        }
        if segment.payload.is_empty() {
            let is_sip = self.directions.get(&key).is_some_and(Direction::is_known);
            if segment.is_end {
                self.forget(key);
            }
            return if is_sip { Taken::Sip } else { Taken::Other };
        }
        if !self.directions.contains_key(&key) {
            // In the middle of a connection only the start of a message tells that it is one of ours.
            let is_ours = starts_unit(segment.payload) || is_record(segment.payload);
            if !is_ours || self.directions.len() >= CONNECTIONS_MAX {
                return Taken::Other;
            }
            self.directions.insert(key, Direction::new(segment.sequence));
        }
        let Some(direction) = self.directions.get_mut(&key) else { return Taken::Other };
        let taken = match direction.order(segment) {
            Taken::Sip if direction.fresh.is_empty() => Taken::Sip,
            Taken::Sip => self.look(key, give),
            taken => taken,
        };
        if taken == Taken::Other || segment.is_end {
            self.forget(key);
        }
        taken
    }

    /// Looks at what has come in order.
    fn look(&mut self, key: Key, give: &mut dyn FnMut(Transport, &[u8])) -> Taken {
        let Some(direction) = self.directions.get_mut(&key) else { return Taken::Other };
        let fresh = core::mem::take(&mut direction.fresh);
        let may_be_sip = !self.log.is_empty() || is_sip_port(key.0) || is_sip_port(key.1);
        if !direction.is_known() && may_be_sip && is_record(&fresh) {
            direction.tls = Some(if fresh[5] == 1 { Side::Client } else { Side::Server });
        }
        let Some(side) = direction.tls else { return direction.plain.take(&fresh, give) };
        let ends = if side == Side::Client { key } else { (key.1, key.0) };
        let session = self.sessions.entry(ends).or_default();
        match session.take(&fresh, side == Side::Server, &self.log) {
            Ok(opened) => {
                self.alerts.extend(opened.alerts);
                if opened.said.is_empty() {
                    return Taken::Sip;
                }
                let secure =
                    |transport| if transport == Transport::Ws { Transport::Wss } else { Transport::Tls };
                direction.plain.take(&opened.said, &mut |transport, bytes| give(secure(transport), bytes))
            }
            Err(why) => {
                let ends = [ends.0, ends.1];
                let is_told = self.locked.iter().rev().take(LOOKBACK).any(|locked| locked.ends == ends);
                if !is_told && self.locked.len() < LOCKED_MAX && ends.into_iter().any(is_sip_port) {
                    self.locked.push(Locked { ends, why });
                }
                Taken::Other
            }
        }
    }

    /// Forgets a direction, and with the second one what is known of both.
    fn forget(&mut self, key: Key) {
        let is_tls = self.directions.remove(&key).is_some_and(|direction| direction.tls.is_some());
        if is_tls && !self.directions.contains_key(&(key.1, key.0)) {
            self.sessions.remove(&key);
            self.sessions.remove(&(key.1, key.0));
        }
    }
}

impl Direction {
    fn new(next: u32) -> Self {
        let (early, fresh) = (BTreeMap::new(), Vec::new());
        Direction { next, early, held: 0, fresh, plain: Plain::default(), tls: None }
    }

    /// Whether it is known what it carries.
    fn is_known(&self) -> bool {
        self.tls.is_some() || !self.plain.is_fresh()
    }

    /// Puts a segment in its place; what has come in order stands in `fresh`.
    fn order(&mut self, segment: Segment<'_>) -> Taken {
        let mut payload = segment.payload;
        let ahead = segment.sequence.wrapping_sub(self.next);
        if ahead != 0 && ahead < WINDOW {
            if self.held + payload.len() <= HELD_BYTES_MAX && self.early.len() < SEGMENTS_MAX {
                self.held += payload.len();
                self.early.insert(segment.sequence, payload.to_vec());
                return Taken::Sip;
            }
            // What is missing does not come any more: go on behind the gap, at the start of a message.
            if !starts_unit(payload) {
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
        Taken::Sip
    }

    fn has_reached(&self, sequence: u32) -> bool {
        self.next.wrapping_sub(sequence) < WINDOW
    }

    fn append(&mut self, payload: &[u8]) {
        self.fresh.extend_from_slice(payload);
        self.next = self.next.wrapping_add(payload.len() as u32);
    }
}

/// Whether the port is one of those where SIP mostly is.
pub(super) fn is_sip_port(address: SocketAddr) -> bool {
    (5060..=5091).contains(&address.port())
}

/// How many of the last connections are looked at, so that one is named once.
const LOOKBACK: usize = 64;
/// Half the space of sequence numbers: what is farther ahead is behind.
const WINDOW: u32 = 1 << 31;

#[cfg(test)]
mod tests {
    use super::super::content::starts_message;
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
