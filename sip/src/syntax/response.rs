//! Responses to a request, built from the request (RFC 3261 §8.2.6).

use super::index::Line;
use super::message::Message;
use super::scan::{offset_in, trim};
use super::text::push_decimal;
use super::via::Stamp;
use crate::entropy::{Seed, Token};
use crate::flow::Flow;
use crate::registry::{HeaderName, StatusCode};
use bytes::Bytes;
use smallvec::SmallVec;

/// Builds responses.
pub struct Response;

impl Response {
    /// The To tag of our answers to `request`, from a key of the node's own. Its copies get the same one, even
    /// from an element that keeps no state (RFC 3261 §8.2.7); so does the CANCEL of an INVITE (§9.2), and the ACK
    /// to a failure leads to it, since its only Via value is the top one of the INVITE (§17.1.1.3).
    pub fn tag(request: &Message<'_>, key: &Seed) -> Token {
        Self::tag_of(request.branch_or_via(), request.call_id().unwrap_or_default(), key)
    }

    /// The same from the Call-ID and the branch, which tells requests apart (RFC 3261 §8.1.1.7): one without the
    /// magic cookie does not, and its whole Via value takes its place.
    pub(super) fn tag_of(branch: &[u8], call_id: &[u8], key: &Seed) -> Token {
        let mut text = SmallVec::<[u8; 128]>::new();
        text.extend_from_slice(branch);
        text.push(b'\n');
        text.extend_from_slice(call_id);
        Token::from_u64(key.hash(&text))
    }

    /// Starts a response to `request` that came over `flow`: copies every Via (the topmost stamped with received
    /// and rport), From, To, Call-ID and CSeq, and the Timestamp of a 100. `tag` goes to the To of a request
    /// without one, except in a 100 (RFC 3261 §8.2.6.2).
    pub fn to(request: &Message<'_>, flow: &Flow, status: StatusCode, tag: Option<&[u8]>) -> ResponseBuilder {
        let mut response = ResponseBuilder::start(request.headers_end(), status);
        response.take_over(request, flow, status, tag);
        response
    }

    /// Like [`Response::to`], with a reason phrase of one's own.
    pub fn with_phrase(
        request: &Message<'_>,
        flow: &Flow,
        status: StatusCode,
        phrase: &[u8],
        tag: Option<&[u8]>,
    ) -> ResponseBuilder {
        let mut response = ResponseBuilder::begin(request.headers_end(), status);
        push_line(&mut response.out, phrase);
        response.row(b"\r\n");
        response.take_over(request, flow, status, tag);
        response
    }
}

/// A response being written; rows go out in the order of the calls.
#[derive(Debug)]
#[must_use]
pub struct ResponseBuilder {
    out: Vec<u8>,
}

impl ResponseBuilder {
    /// The start line, and room for so many bytes of rows and some more.
    pub(super) fn start(length: usize, status: StatusCode) -> Self {
        let mut response = Self::begin(length, status);
        response.row(status.phrase().as_bytes());
        response.row(b"\r\n");
        response
    }

    /// The same up to the phrase.
    fn begin(length: usize, status: StatusCode) -> Self {
        let number = status.number();
        // A challenge has a row for each algorithm. With a usual request it stays in what an allocator keeps at hand (1 kB).
        let own = if matches!(number, 401 | 407) { 576 } else { 192 };
        let mut out = Vec::with_capacity(length + own);
        let [a, b, c] = [number / 100, number / 10 % 10, number % 10].map(|digit| b'0' + digit as u8);
        out.extend_from_slice(&[b'S', b'I', b'P', b'/', b'2', b'.', b'0', b' ', a, b, c, b' ']);
        ResponseBuilder { out }
    }

    /// Adds the rows that a response has of its request.
    fn take_over(&mut self, request: &Message<'_>, flow: &Flow, status: StatusCode, tag: Option<&[u8]>) {
        let out = &mut self.out;
        let (mut top, plain) = (true, request.is_plain());
        // Rows that follow one another and can be copied as they stand.
        let mut run = 0..0;
        for line in request.lines() {
            let is_top = line.name == HeaderName::VIA && core::mem::take(&mut top);
            match line.name {
                HeaderName::VIA | HeaderName::FROM | HeaderName::CALL_ID | HeaderName::CSEQ
                    if plain && line.is_usual && !is_top =>
                {
                    let row = line.range();
                    if run.end != row.start {
                        out.extend_from_slice(&request.bytes()[core::mem::replace(&mut run, row.start..0)]);
                    }
                    run.end = row.end;
                    continue;
                }
                _ => {
                    out.extend_from_slice(&request.bytes()[core::mem::take(&mut run)]);
                }
            }
            match line.name {
                HeaderName::VIA if is_top => write_top_via(out, request, request.value_of(line), flow),
                HeaderName::VIA | HeaderName::FROM | HeaderName::CALL_ID | HeaderName::CSEQ => {
                    write_row(out, line.name.as_str().as_bytes(), request.value_of(line));
                }
                HeaderName::TIMESTAMP if status == StatusCode::TRYING => {
                    write_row(out, b"Timestamp", request.value_of(line));
                }
                HeaderName::TO => {
                    let first = request.lines().iter().find(|l| l.name == HeaderName::TO);
                    copy_row(out, request, first.unwrap_or(line), plain);
                    write_tag(out, request, status, tag);
                }
                _ => {}
            }
        }
        out.extend_from_slice(&request.bytes()[run]);
    }

    /// Adds the topmost Via.
    pub(super) fn stamped(&mut self, via: &[u8], stamp: Stamp<'_>) {
        self.out.extend_from_slice(b"Via: ");
        stamp.write(via, &mut self.out);
        self.out.extend_from_slice(b"\r\n");
    }

    /// Adds a row that is written out, with its line end.
    pub(super) fn row(&mut self, row: &[u8]) {
        self.out.extend_from_slice(row);
    }

    /// Adds a tag to the row that was just written.
    pub(super) fn tag(&mut self, tag: &[u8]) {
        push_tag(&mut self.out, tag);
    }

    /// Adds a row whose value is a number.
    pub fn number(mut self, name: HeaderName, number: u64) -> Self {
        push_number(&mut self.out, name.as_str(), number);
        self
    }

    /// Adds a row.
    pub fn header(mut self, name: HeaderName, value: impl AsRef<[u8]>) -> Self {
        write_row(&mut self.out, name.as_str().as_bytes(), value.as_ref());
        self
    }

    /// Adds rows that are written out, each with its line end.
    pub fn rows(mut self, rows: &'static str) -> Self {
        self.out.extend_from_slice(rows.as_bytes());
        self
    }

    /// Copies every row of a header field from `message`, in order.
    pub fn copy(mut self, message: &Message<'_>, name: HeaderName) -> Self {
        for value in message.headers(name) {
            write_row(&mut self.out, name.as_str().as_bytes(), value);
        }
        self
    }

    /// Ends the response without a body.
    pub fn finish(self) -> Bytes {
        self.end(b"")
    }

    /// Ends the response with a body of the media type `content_type`.
    pub fn body(self, content_type: &str, body: &[u8]) -> Bytes {
        self.header(HeaderName::CONTENT_TYPE, content_type).end(body)
    }

    fn end(mut self, body: &[u8]) -> Bytes {
        write_end(&mut self.out, body);
        self.out.into()
    }
}

/// Writes one row; line ends inside a folded value are kept only as white space, so that no value can start a
/// row of its own.
pub(super) fn write_row(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    push_line(out, value);
    out.extend_from_slice(b"\r\n");
}

/// Writes a row of a message; `plain` says that no value there has line ends inside.
fn copy_row(out: &mut Vec<u8>, message: &Message<'_>, line: &Line, plain: bool) {
    if plain && line.is_usual {
        out.extend_from_slice(&message.bytes()[line.range()]);
    } else {
        write_row(out, line.name.as_str().as_bytes(), message.value_of(line));
    }
}

/// Writes text with spaces for its line ends.
fn push_line(out: &mut Vec<u8>, text: &[u8]) {
    let start = out.len();
    out.extend_from_slice(text);
    if memchr::memchr2(b'\r', b'\n', text).is_some() {
        out[start..].iter_mut().filter(|b| matches!(b, b'\r' | b'\n')).for_each(|b| *b = b' ');
    }
}

/// Writes Content-Length, the empty line and the body.
pub(super) fn write_end(out: &mut Vec<u8>, body: &[u8]) {
    if body.is_empty() {
        return out.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    }
    push_number(out, HeaderName::CONTENT_LENGTH.as_str(), body.len() as u64);
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
}

fn push_number(out: &mut Vec<u8>, name: &str, number: u64) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    push_decimal(out, number);
    out.extend_from_slice(b"\r\n");
}

fn write_top_via(out: &mut Vec<u8>, request: &Message<'_>, row: &[u8], flow: &Flow) {
    let first = request.top_via_value().unwrap_or_default();
    let rest = trim(&row[(offset_in(row, first) + first.len()).min(row.len())..]);
    out.extend_from_slice(b"Via: ");
    match &request.heads().via {
        Ok(via) => via.stamp(flow).write(first, out),
        Err(_) => out.extend_from_slice(first),
    }
    push_line(out, rest);
    out.extend_from_slice(b"\r\n");
}

/// Adds the tag to the To that was just written.
fn write_tag(out: &mut Vec<u8>, request: &Message<'_>, status: StatusCode, tag: Option<&[u8]>) {
    let untagged = request.to().is_ok_and(|to| to.tag().is_none());
    if let Some(tag) = tag.filter(|_| untagged && status != StatusCode::TRYING) {
        push_tag(out, tag);
    }
}

/// See [`ResponseBuilder::tag`].
fn push_tag(out: &mut Vec<u8>, tag: &[u8]) {
    out.truncate(out.len() - 2);
    out.extend_from_slice(b";tag=");
    out.extend_from_slice(tag);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Transport;

    const REQUEST: &[u8] =
        b"INVITE sip:b@x SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bKa;rport,\r\n SIP/2.0/TCP g\r\n\
        Via: SIP/2.0/TCP f\r\nFrom: <sip:a@x>;tag=1\r\nt: <sip:b@x>\r\ni: c\r\nCSeq: 1 INVITE\r\n\
        Timestamp: 54\r\nRecord-Route: <sip:p;lr>\r\n\r\n";

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
    fn a_response_mirrors_the_request_and_stamps_the_top_via() {
        let m = Message::parse(REQUEST).unwrap();
        let bytes = Response::to(&m, &flow(), StatusCode::OK, Some(b"zz"))
            .copy(&m, HeaderName::RECORD_ROUTE)
            .body("text/plain", b"hi");
        assert_eq!(
            std::str::from_utf8(&bytes).unwrap(),
            "SIP/2.0 200 OK\r\n\
             Via: SIP/2.0/UDP h;branch=z9hG4bKa;received=198.51.100.7;rport=4567,   SIP/2.0/TCP g\r\n\
             Via: SIP/2.0/TCP f\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=zz\r\nCall-ID: c\r\n\
             CSeq: 1 INVITE\r\nRecord-Route: <sip:p;lr>\r\nContent-Type: text/plain\r\n\
             Content-Length: 2\r\n\r\nhi"
        );
    }

    #[test]
    fn a_100_has_the_timestamp_and_no_tag() {
        let m = Message::parse(REQUEST).unwrap();
        let bytes = Response::to(&m, &flow(), StatusCode::TRYING, Some(b"zz")).finish();
        let r = Message::parse(&bytes).unwrap();
        assert_eq!(r.header(HeaderName::TIMESTAMP), Some(&b"54"[..]));
        assert_eq!(r.to().unwrap().tag(), None);
        assert_eq!(r.vias().count(), 3);
    }

    #[test]
    fn no_value_can_smuggle_a_row() {
        let m = Message::parse(REQUEST).unwrap();
        let bytes = Response::with_phrase(&m, &flow(), StatusCode::OK, b"a\r\nX: y", None)
            .header(HeaderName::SERVER, "s\r\nEvil: 1")
            .finish();
        let r = Message::parse(&bytes).unwrap();
        assert!(r.headers_named(b"evil").next().is_none());
        assert!(r.headers_named(b"x").next().is_none());
    }
}
