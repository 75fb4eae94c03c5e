//! What a request shows at a glimpse: enough to refuse it without reading it (RFC 3261 §8.1.1, §8.2.6).
//!
//! Only requests that are written in the usual way show themselves: full names, one line a row, one value in the
//! topmost Via. Every other one must be read.

use super::response::{Response, ResponseBuilder};
use super::scan::parse_u32;
use super::via::Via;
use crate::entropy::{Seed, Token};
use crate::flow::Flow;
use crate::registry::{HeaderName, Method, StatusCode};
use memchr::memchr2;
use smallvec::SmallVec;

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
    via_value: &'a [u8],
    /// Via, From, To, Call-ID and CSeq in their order, with their line ends.
    rows: SmallVec<[(HeaderName, &'a [u8]); 8]>,
}

impl<'a> Glimpse<'a> {
    /// Looks at a datagram.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (start, mut rest) = line(bytes)?;
        let head = start.strip_suffix(b" SIP/2.0\r\n")?;
        let method = Method::from_token(&head[..head.iter().position(|b| *b == b' ')?])?;
        let mut rows = SmallVec::<[(HeaderName, &[u8]); 8]>::new();
        let (mut values, mut seen) = ([&b""[..]; 5], 0_u8);
        while !rest.starts_with(b"\r\n") {
            let (row, next) = line(rest)?;
            rest = next;
            let Some((place, name, value)) = kept(row) else {
                if may_be_kept(row)? {
                    return None;
                }
                continue;
            };
            let value = &value[..value.len() - 2];
            let is_trimmed = !matches!(value, [] | [b' ' | b'\t', ..] | [.., b' ' | b'\t']);
            let is_first = seen & 1 << place == 0;
            if !is_trimmed || rows.len() == ROWS_MAX || !(is_first || place == 0) {
                return None;
            }
            if is_first {
                values[place] = value;
            }
            seen |= 1 << place;
            rows.push((name, row));
        }
        let [via_value, _, to, call_id, cseq] = values;
        let number = cseq.strip_suffix(method.as_str().as_bytes())?.strip_suffix(b" ")?;
        let is_whole = seen == 0b1_1111 && parse_u32(number)? < 1 << 31 && !via_value.contains(&b',');
        let via = Via::parse(via_value).ok().filter(|via| is_whole && via.is_whole() && via.is_rfc3261())?;
        Some(Glimpse { method, via, to, call_id, via_value, rows })
    }

    /// Whether the To may have a tag: when it cannot, the request belongs to no dialog.
    pub fn may_be_in_dialog(&self) -> bool {
        self.to.windows(3).any(|w| w.eq_ignore_ascii_case(b"tag"))
    }

    /// As [`Response::tag`].
    pub fn tag(&self, key: &Seed) -> Token {
        Response::tag_of(self.via_value, self.call_id, key)
    }

    /// Whether the To has this tag, written as we write it.
    pub fn has_tag(&self, tag: Token) -> bool {
        self.to.strip_suffix(tag.as_bytes()).is_some_and(|rest| rest.ends_with(b";tag="))
    }

    /// As [`Response::to`], for a request without a To tag.
    pub fn respond(&self, flow: &Flow, status: StatusCode, tag: Token) -> ResponseBuilder {
        let length = self.rows.iter().map(|(_, row)| row.len()).sum();
        let mut response = ResponseBuilder::start(length, status, status.phrase().as_bytes());
        let mut top = true;
        for (name, row) in &self.rows {
            match *name {
                HeaderName::VIA if core::mem::take(&mut top) => {
                    response.stamped(self.via_value, self.via.stamp(flow));
                }
                HeaderName::TO => response.tagged(row, tag),
                _ => response.row(row),
            }
        }
        response
    }
}

/// The first line with its end, and what follows; `None` unless it ends as it should and is not folded.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr2(b'\r', b'\n', bytes)?;
    let (line, rest) = bytes.split_at_checked(end + 2)?;
    let is_usual = line.ends_with(b"\r\n") && !matches!(rest.first(), Some(b' ' | b'\t'));
    is_usual.then_some((line, rest))
}

/// A row that a response takes over, written as we write it: its place, its name and what follows that.
fn kept(row: &[u8]) -> Option<(usize, HeaderName, &[u8])> {
    let (place, name, value) = match row {
        [b'V', b'i', b'a', b':', b' ', value @ ..] => (0, HeaderName::VIA, value),
        [b'F', b'r', b'o', b'm', b':', b' ', value @ ..] => (1, HeaderName::FROM, value),
        [b'T', b'o', b':', b' ', value @ ..] => (2, HeaderName::TO, value),
        [b'C', b'a', b'l', b'l', b'-', b'I', b'D', b':', b' ', value @ ..] => (3, HeaderName::CALL_ID, value),
        [b'C', b'S', b'e', b'q', b':', b' ', value @ ..] => (4, HeaderName::CSEQ, value),
        _ => return None,
    };
    Some((place, name, value))
}

/// Whether a row is such a one in another spelling; `None`: it is no row.
fn may_be_kept(row: &[u8]) -> Option<bool> {
    if !matches!(row[0] | 32, b'v' | b'f' | b't' | b'c' | b'i') {
        return Some(false);
    }
    let name = &row[..row.iter().position(|b| *b == b':')?];
    let has_space = name.iter().any(|b| matches!(b, b' ' | b'\t'));
    let is_kept = name.len() <= KEPT_BYTES_MAX && KEPT.contains(&HeaderName::from_bytes(name));
    Some(has_space || is_kept)
}

const KEPT: [HeaderName; 5] =
    [HeaderName::VIA, HeaderName::FROM, HeaderName::TO, HeaderName::CALL_ID, HeaderName::CSEQ];

/// The longest name of a row that is kept, Call-ID: most others need not be looked up.
const KEPT_BYTES_MAX: usize = 7;

/// Who comes from further away is read.
const ROWS_MAX: usize = 16;

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
            (Method::Invite, read.top_via(), read.call_id())
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
            ("Contact: <sip:a@h>", "Contact"),
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
        let many = "Via: SIP/2.0/TCP g;branch=z9hG4bKb\r\n".repeat(ROWS_MAX) + "From";
        assert!(Glimpse::read(REQUEST.replacen("From", &many, 1).as_bytes()).is_none());
        assert!(Glimpse::read(b"SIP/2.0 200 OK\r\n\r\n").is_none());
    }
}
