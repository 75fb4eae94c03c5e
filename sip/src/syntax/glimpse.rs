//! What a request shows at a glimpse: enough to refuse it without reading it (RFC 3261 §8.1.1, §8.2.6).
//!
//! Only requests that are written in the usual way show themselves: full names, one line a row, one value in the
//! topmost Via. Every other one must be read.

use super::response::{Response, ResponseBuilder};
use super::scan::parse_u32;
use super::usual::{find_control, usual_row};
use super::via::Via;
use crate::entropy::{Seed, Token};
use crate::flow::Flow;
use crate::registry::{HeaderName, Method, StatusCode};
use core::ops::Range;

/// A look at a request: its method, and the rows that a response takes over.
#[derive(Clone, Debug)]
pub struct Glimpse<'a> {
    /// The method.
    pub method: Method,
    /// The topmost Via.
    pub via: Via<'a>,
    /// The value of To.
    pub to: &'a [u8],
    /// The value of Call-ID.
    pub call_id: &'a [u8],
    bytes: &'a [u8],
    via_value: &'a [u8],
    rows: Rows,
}

/// Via, From, To, Call-ID and CSeq in their order, with their line ends: where they stand.
#[derive(Clone, Debug, Default)]
struct Rows {
    /// Those that follow one another are one stretch; the topmost Via stands alone, and To ends one.
    stretches: [(u32, u32); STRETCHES_MAX],
    count: usize,
    /// Where the topmost Via begins.
    top: u32,
    /// Where To ends.
    to_end: u32,
}

impl Rows {
    /// Adds a row; `None` when there are too many stretches.
    fn add(&mut self, row: Row, is_first: bool, start: u32, end: u32) -> Option<()> {
        let is_top = row == Row::Via && is_first;
        if is_top {
            self.top = start;
        }
        if row == Row::To {
            self.to_end = end;
        }
        match self.stretches[..self.count].last_mut() {
            Some((from, to)) if *to == start && !is_top && self.to_end != start && *from != self.top => {
                *to = end;
            }
            _ => {
                *self.stretches.get_mut(self.count)? = (start, end);
                self.count += 1;
            }
        }
        Some(())
    }
}

/// A row that a response takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Via,
    From,
    To,
    CallId,
    CSeq,
}

impl<'a> Glimpse<'a> {
    /// Looks at a datagram; at an ACK, no further than [`Glimpse::has_tag`] needs.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut end = line_end(bytes, 0)?;
        let head = bytes[..end].strip_suffix(b" SIP/2.0")?;
        let method = Method::from_token(&head[..head.iter().position(|b| *b == b' ')?])?;
        let (mut rows, mut values, mut seen) = (Rows::default(), [&b""[..]; 5], 0_u8);
        loop {
            let start = end + 2;
            end = line_end(bytes, start)?;
            let line = &bytes[start..end];
            if line.is_empty() {
                break;
            }
            let usual = usual_row(line);
            let row = match usual {
                Some((HeaderName::VIA, _)) => Row::Via,
                Some((HeaderName::FROM, _)) => Row::From,
                Some((HeaderName::TO, _)) => Row::To,
                Some((HeaderName::CALL_ID, _)) => Row::CallId,
                Some((HeaderName::CSEQ, _)) => Row::CSeq,
                Some(_) => continue,
                None if may_be_kept(line) => return None,
                None => continue,
            };
            let value = &line[usual?.1..];
            let bit = 1 << row as u8;
            let is_first = seen & bit == 0;
            if matches!(value, [] | [b' ', ..] | [.., b' ']) || !(is_first || row == Row::Via) {
                return None;
            }
            if is_first {
                values[row as usize] = value;
            }
            seen |= bit;
            rows.add(row, is_first, u32::try_from(start).ok()?, u32::try_from(end + 2).ok()?)?;
            // What an ACK is for has been said.
            if method == Method::Ack && seen & ACK_ROWS == ACK_ROWS {
                break;
            }
        }
        let [via_value, _, to, call_id, cseq] = values;
        if method == Method::Ack {
            if seen & ACK_ROWS != ACK_ROWS {
                return None;
            }
        } else {
            let number = cseq.strip_suffix(method.as_str().as_bytes())?.strip_suffix(b" ")?;
            if seen != ALL_ROWS || parse_u32(number)? >= 1 << 31 {
                return None;
            }
        }
        if via_value.contains(&b',') {
            return None;
        }
        let via = Via::parse(via_value).ok().filter(|via| via.is_whole() && via.is_rfc3261())?;
        Some(Glimpse { method, via, to, call_id, bytes, via_value, rows })
    }

    /// Whether the To may have a tag: when it cannot, the request belongs to no dialog.
    pub fn may_be_in_dialog(&self) -> bool {
        // An address in brackets, and nothing around it.
        let is_bare = self.to.starts_with(b"<") && memchr::memchr(b'>', self.to) == Some(self.to.len() - 1);
        !is_bare && self.to.windows(3).any(|w| w.eq_ignore_ascii_case(b"tag"))
    }

    /// As [`Response::tag`].
    pub fn tag(&self, key: &Seed) -> Token {
        Response::tag_of(self.via.branch().unwrap_or_default(), self.call_id, key)
    }

    /// Whether the To has this tag, written as we write it.
    pub fn has_tag(&self, tag: Token) -> bool {
        self.to.strip_suffix(tag.as_bytes()).is_some_and(|rest| rest.ends_with(b";tag="))
    }

    /// As [`Response::to`], for a request without a To tag.
    pub fn respond(&self, flow: &Flow, status: StatusCode, tag: Token) -> ResponseBuilder {
        let stretches = &self.rows.stretches[..self.rows.count];
        let length = stretches.iter().map(|(start, end)| (end - start) as usize).sum();
        let mut response = ResponseBuilder::start(length, status);
        for &(start, end) in stretches {
            if start == self.rows.top {
                response.stamped(self.via_value, self.via.stamp(flow));
                continue;
            }
            response.row(&self.bytes[Range { start: start as usize, end: end as usize }]);
            if end == self.rows.to_end {
                response.tag(tag.as_bytes());
            }
        }
        response
    }
}

/// Where the line that begins at `at` ends; `None` unless it ends as it should and has no other control character.
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    find_control(bytes, at).filter(|end| bytes[*end..].starts_with(b"\r\n"))
}

/// Whether a line may be such a row in another spelling, or the rest of one.
fn may_be_kept(line: &[u8]) -> bool {
    match line {
        [b' ', ..] => return true,
        [b'C' | b'c', b'o', ..] => return false,
        [first, ..] if matches!(first | 32, b'v' | b'f' | b't' | b'c' | b'i') => {}
        _ => return false,
    }
    let name = &line[..line.len().min(KEPT_BYTES_MAX + 1)];
    match name.iter().position(|b| matches!(b, b':' | b' ')) {
        Some(end) if name[end] == b':' => KEPT.iter().any(|kept| name[..end].eq_ignore_ascii_case(kept)),
        Some(_) => true,
        // Whether it is no row at all.
        None => name.len() <= KEPT_BYTES_MAX,
    }
}

const KEPT: [&[u8]; 9] = [b"via", b"v", b"from", b"f", b"to", b"t", b"call-id", b"i", b"cseq"];

/// The longest of them.
const KEPT_BYTES_MAX: usize = 7;

/// A row of each kind.
const ALL_ROWS: u8 = 0b1_1111;

/// What an ACK to a refusal is known by: the topmost Via, To and Call-ID.
const ACK_ROWS: u8 = 1 << Row::Via as u8 | 1 << Row::To as u8 | 1 << Row::CallId as u8;

/// Who comes from further away is read.
const STRETCHES_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::super::Message;
    use super::*;
    use crate::flow::Transport;

    const REQUEST: &str = "INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bKa;received=9.9.9.9\r\n\
        Via: SIP/2.0/TCP g;branch=z9hG4bKb,SIP/2.0/TCP f\r\nMax-Forwards: 70\r\nFrom: <sip:a@x>;tag=1\r\n\
        To: <sip:b@x>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:a@h>\r\nContent-Length: 0\r\n\r\n";

    fn flow() -> Flow {
        Flow {
            transport: Transport::Udp,
            local: "192.0.2.9:5060".parse().unwrap(),
            remote: "198.51.100.7:4567".parse().unwrap(),
            connection: None,
            peer: None,
        }
    }

    #[test]
    fn what_is_seen_is_what_is_read() {
        let (seen, read) =
            (Glimpse::read(REQUEST.as_bytes()).unwrap(), Message::parse(REQUEST.as_bytes()).unwrap());
        let key = Seed::from_number(1);
        assert_eq!(
            (seen.method, Ok(seen.via), Ok(seen.call_id)),
            (Method::Invite, read.top_via().copied(), read.call_id())
        );
        let tag = seen.tag(&key);
        assert_eq!(tag, Response::tag(&read, &key));
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let response = Response::to(&read, &flow(), status, Some(tag.as_bytes())).finish();
        assert_eq!(seen.respond(&flow(), status, tag).finish(), response);
        let ack = REQUEST.replace("To: <sip:b@x>", &format!("To: <sip:b@x>;tag={tag}"));
        let ack = ack.replace("INVITE", "ACK");
        let ack = Glimpse::read(ack.as_bytes()).unwrap();
        assert!(!seen.may_be_in_dialog() && ack.may_be_in_dialog() && !seen.has_tag(tag) && ack.has_tag(tag));
    }

    #[test]
    fn whatever_is_written_in_another_way_must_be_read() {
        for (usual, odd) in [
            ("Via: SIP", "v: SIP"),
            ("Via: SIP", "VIA: SIP"),
            ("Via: SIP", "Via : SIP"),
            ("Via: SIP", "Via:SIP"),
            ("Via: SIP", "Via:  SIP"),
            ("From:", "Date: x\r\nf:"),
            ("To: <sip:b@x>", "To: <sip:b@x>\r\nTo: <sip:c@x>"),
            ("To: <sip:b@x>", "To: <sip:b@x>\r\nt: <sip:c@x>"),
            ("To: <sip:b@x>", "To: <sip:b@x>\r\n ;tag=x"),
            ("To: <sip:b@x>", "To: <sip:b@x>\nX: y"),
            ("To: <sip:b@x>", "To: <sip:b@x>\rX: y"),
            ("To: <sip:b@x>", "To: <sip:b@x> "),
            ("To: <sip:b@x>\r\n", ""),
            ("Contact: <sip:a@h>", "Call"),
            ("Contact: <sip:a@h>", "Foo\r\n bar: <sip:a@h>"),
            ("Contact: <sip:a@h>", "Contact: \"\ta\" <sip:a@h>"),
            ("Contact: <sip:a@h>", "call-id : x"),
            ("Contact: <sip:a@h>", "i: x"),
            ("1 INVITE", "1 BYE"),
            ("1 INVITE", "x INVITE"),
            ("1 INVITE", "2147483648 INVITE"),
            ("z9hG4bKa;", "z9hG4bK;"),
            ("z9hG4bKa;", "1;"),
            (";received", ",SIP/2.0/UDP h;received"),
            ("sip:b@x SIP/2.0", "sip:b@x SIP/3.0"),
            ("INVITE sip", "invite sip"),
            ("INVITE sip", "\r\nINVITE sip"),
            ("Content-Length: 0\r\n\r\n", "Content-Length: 0\r\n"),
        ] {
            assert!(REQUEST.contains(usual), "{usual}");
            assert!(Glimpse::read(REQUEST.replacen(usual, odd, 1).as_bytes()).is_none(), "{odd:?}");
        }
        let many = "Via: SIP/2.0/TCP g;branch=z9hG4bKb\r\nX: y\r\n".repeat(STRETCHES_MAX) + "From";
        assert!(Glimpse::read(REQUEST.replacen("From", &many, 1).as_bytes()).is_none());
        assert!(Glimpse::read(b"SIP/2.0 200 OK\r\n\r\n").is_none());
    }
}
