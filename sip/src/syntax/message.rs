//! The message: received bytes and their index.

use super::error::{Deviation, Fault, Malformed};
use super::heads::Heads;
use super::index::{Index, Length, Line, Start};
use super::scan::{Commas, split_commas, trim};
use crate::registry::{HeaderName, Method, StatusCode};
use memchr::memchr;

/// The first line of a message (RFC 3261 §7.1, §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartLine<'a> {
    /// A request line.
    Request {
        /// The registered method, if it is one.
        method: Option<Method>,
        /// The method as it came.
        token: &'a [u8],
        /// The Request-URI as it came.
        uri: &'a [u8],
    },
    /// A status line.
    Response {
        /// The code.
        status: StatusCode,
        /// The reason phrase as it came; may be empty.
        phrase: &'a [u8],
    },
}

/// A message: borrowed bytes, their index, and the fields that everybody asks for.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
    index: Index,
    heads: Heads<'a>,
}

impl<'a> Message<'a> {
    /// Indexes one whole message: a datagram, or a frame cut from a stream.
    ///
    /// The body is what Content-Length says, or all that follows the header section. What can be read past is
    /// noted in [`Message::deviations`].
    ///
    /// # Errors
    /// [`Fault::Empty`], [`Fault::StartLine`], [`Fault::Method`], [`Fault::StatusCode`], [`Fault::TooManyRows`]
    /// and [`Fault::TooLong`]: bytes that cannot be answered, since they are no message.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut message = Message { bytes, index: Index::new(), heads: Heads::unread() };
        message.read()?;
        Ok(message)
    }

    /// The same for who only looks at it: an index is large, and here it is made where it is looked at.
    pub fn parse_with<T>(bytes: &'a [u8], look: impl FnOnce(Result<&Self, Malformed>) -> T) -> T {
        let mut message = Message { bytes, index: Index::new(), heads: Heads::unread() };
        let read = message.read();
        look(read.map(|()| &message))
    }

    fn read(&mut self) -> Result<(), Malformed> {
        self.index.read(self.bytes)?;
        self.heads = Heads::read(self.bytes, &self.index);
        Ok(())
    }

    /// Whether no value has line ends inside.
    pub(super) fn is_plain(&self) -> bool {
        self.index.plain
    }

    /// How many rows are Via.
    pub(super) fn via_rows(&self) -> u32 {
        self.index.vias
    }

    pub(super) fn heads(&self) -> &Heads<'a> {
        &self.heads
    }

    /// The bytes that were indexed.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The first line.
    pub fn start_line(&self) -> StartLine<'a> {
        match self.index.start {
            Start::Request { method, token, uri } => {
                StartLine::Request { method, token: token.of(self.bytes), uri: uri.of(self.bytes) }
            }
            Start::Response { status, phrase } => {
                StartLine::Response { status, phrase: phrase.of(self.bytes) }
            }
        }
    }

    /// Whether it is a request.
    pub fn is_request(&self) -> bool {
        matches!(self.index.start, Start::Request { .. })
    }

    /// The registered method of a request; `None` for another method and for a response.
    pub fn method(&self) -> Option<Method> {
        match self.index.start {
            Start::Request { method, .. } => method,
            Start::Response { .. } => None,
        }
    }

    /// The method of a request as it came; empty for a response.
    pub fn method_token(&self) -> &'a [u8] {
        match self.index.start {
            Start::Request { token, .. } => token.of(self.bytes),
            Start::Response { .. } => b"",
        }
    }

    /// The Request-URI as it came; empty for a response.
    pub fn request_uri(&self) -> &'a [u8] {
        match self.index.start {
            Start::Request { uri, .. } => uri.of(self.bytes),
            Start::Response { .. } => b"",
        }
    }

    /// The status code of a response.
    pub fn status(&self) -> Option<StatusCode> {
        match self.index.start {
            Start::Response { status, .. } => Some(status),
            Start::Request { .. } => None,
        }
    }

    /// The version of the start line, `SIP/2.0` in any case when it is ours.
    pub fn version(&self) -> &'a [u8] {
        self.index.version.of(self.bytes)
    }

    /// The header rows in their order.
    pub fn lines(&self) -> &[Line] {
        &self.index.lines
    }

    /// The name of a row as it came.
    pub fn name_of(&self, line: &Line) -> &'a [u8] {
        let row = &self.bytes[line.range().start..line.value().end.max(line.range().start)];
        trim(&row[..memchr(b':', row).unwrap_or(row.len())])
    }

    /// The value of a row, trimmed; a folded value keeps its line ends.
    pub fn value_of(&self, line: &Line) -> &'a [u8] {
        &self.bytes[line.value()]
    }

    /// The first row's value of a header field, trimmed.
    pub fn header(&self, name: HeaderName) -> Option<&'a [u8]> {
        self.index.rows_with(name).iter().find(|l| l.name == name).map(|l| self.value_of(l))
    }

    /// Each row's value of a header field, in order.
    pub fn headers(&self, name: HeaderName) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.index.rows_with(name).iter().filter(move |l| l.name == name).map(|l| self.value_of(l))
    }

    /// Each comma-separated value of a header field over all its rows, in order (RFC 3261 §7.3.1).
    pub fn values(&self, name: HeaderName) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.headers(name).flat_map(split_commas as fn(&'a [u8]) -> Commas<'a>)
    }

    /// Each row's value of a header field that the registry does not hold, by its name in any case.
    pub fn headers_named<'s>(&'s self, name: &'s [u8]) -> impl Iterator<Item = &'a [u8]> + 's {
        let known = HeaderName::from_bytes(name);
        self.index
            .lines
            .iter()
            .filter(move |l| {
                l.name == known
                    && (known != HeaderName::UNKNOWN || self.name_of(l).eq_ignore_ascii_case(name))
            })
            .map(|l| self.value_of(l))
    }

    /// The body: as long as Content-Length says, else all that follows the header section.
    pub fn body(&self) -> &'a [u8] {
        self.index.body.of(self.bytes)
    }

    /// The offset of the end of the header rows: where the empty line begins.
    pub fn headers_end(&self) -> usize {
        self.index.headers_end as usize
    }

    /// The offset of the first header row.
    pub fn headers_start(&self) -> usize {
        self.index.lines.first().map_or(self.headers_end(), |l| l.range().start)
    }

    /// What is unusual about the message.
    pub fn deviations(&self) -> &[Deviation] {
        &self.index.deviations
    }

    /// The value of Content-Length.
    ///
    /// # Errors
    /// [`Fault::Value`] when it is no number, [`Fault::Repeated`] when two values differ.
    pub fn content_length(&self) -> Result<Option<u32>, Malformed> {
        match self.index.length {
            Length::Absent => Ok(None),
            Length::Is(n) => Ok(Some(n)),
            Length::Conflict(at) => {
                Err(Malformed::new(Fault::Repeated(HeaderName::CONTENT_LENGTH), at as usize))
            }
            Length::Unreadable(at) => {
                Err(Malformed::new(Fault::Value(HeaderName::CONTENT_LENGTH), at as usize))
            }
        }
    }

    /// Whether the body has all the bytes that Content-Length promises.
    pub fn body_is_whole(&self) -> bool {
        match self.index.length {
            Length::Is(n) => self.index.body.len() == n,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::DeviationKind;
    use super::*;

    const INVITE: &[u8] = b"INVITE sip:bob@example.test SIP/2.0\r\n\
        v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
        To : <sip:bob@example.test>\r\n\
        subject: a\r\n  folded\r\n\tvalue \r\n\
        X-Odd: \xff\xfe\r\n\
        Content-Length: 4\r\n\r\nbodyextra";

    #[test]
    fn rows_are_indexed_with_compact_names_folding_and_odd_bytes() {
        let m = Message::parse(INVITE).unwrap();
        assert_eq!(m.method(), Some(Method::Invite));
        assert_eq!(m.request_uri(), b"sip:bob@example.test");
        assert_eq!(m.header(HeaderName::VIA), Some(&b"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"[..]));
        assert_eq!(m.header(HeaderName::TO), Some(&b"<sip:bob@example.test>"[..]));
        assert_eq!(m.header(HeaderName::SUBJECT), Some(&b"a\r\n  folded\r\n\tvalue"[..]));
        assert_eq!(m.headers_named(b"x-odd").next(), Some(&b"\xff\xfe"[..]));
        assert_eq!(m.name_of(&m.lines()[3]), b"X-Odd");
        assert_eq!(m.body(), b"body");
        assert_eq!(m.deviations().len(), 1);
        assert_eq!(m.deviations()[0].kind, DeviationKind::BytesAfterBody);
    }

    #[test]
    fn status_lines_keep_empty_and_foreign_phrases() {
        let m = Message::parse(b"SIP/2.0 200 \r\n\r\n").unwrap();
        assert_eq!(m.start_line(), StartLine::Response { status: StatusCode::OK, phrase: b"" });
        let m = Message::parse("sip/2.0 180 Звонок\r\n\r\n".as_bytes()).unwrap();
        assert_eq!(m.status(), Some(StatusCode::RINGING));
        let fault = |b: &[u8]| Message::parse(b).map(|_| ()).map_err(|e| e.fault);
        assert_eq!(fault(b"SIP/2.0 4294967301 better not\r\n\r\n"), Err(Fault::StatusCode));
        assert_eq!(fault(b"SIP/2.0 700 x\r\n\r\n"), Err(Fault::StatusCode));
        assert_eq!(fault(b"\r\n\r\n"), Err(Fault::Empty));
        assert_eq!(fault(b"GET / HTTP/1.1\r\n\r\n"), Err(Fault::StartLine));
        assert_eq!(fault(b"IN{VITE sip:x SIP/2.0\r\n\r\n"), Err(Fault::Method));
    }

    #[test]
    fn two_content_lengths_that_differ_are_a_fault() {
        let m = Message::parse(b"BYE sip:x SIP/2.0\r\nl: 1\r\nContent-Length: 2\r\n\r\nab").unwrap();
        assert_eq!(m.content_length().map_err(|e| e.fault), Err(Fault::Repeated(HeaderName::CONTENT_LENGTH)));
        let m = Message::parse(b"BYE sip:x SIP/2.0\r\nl: 9999999999999999\r\n\r\nab").unwrap();
        assert!(m.content_length().is_err());
        let m = Message::parse(b"BYE sip:x SIP/2.0\r\nl: 9\r\n\r\nab").unwrap();
        assert!(!m.body_is_whole());
    }
    #[test]
    fn folding_a_content_length_does_not_forget_the_one_before() {
        let m = Message::parse(b"BYE sip:x SIP/2.0\r\nl: 1\r\nl: 2\r\n \r\n\r\nab").unwrap();
        assert_eq!(m.content_length().map_err(|e| e.fault), Err(Fault::Repeated(HeaderName::CONTENT_LENGTH)));
        let m = Message::parse(b"BYE sip:x SIP/2.0\r\nl:\r\n 2\r\n\r\nab").unwrap();
        assert_eq!(m.content_length(), Ok(Some(2)));
    }

    // Found by fuzzing: the row swallowed the line, and a line end went into the Via of our response.
    #[test]
    fn line_without_a_colon_joins_no_row_even_when_it_is_folded() {
        let m = Message::parse(b"BYE sip:x SIP/2.0\r\nVia: a\r\nnonsense\r\n b\r\nl: 0\r\n\r\n").unwrap();
        assert_eq!(m.header(HeaderName::VIA), Some(&b"a"[..]));
        let kinds: Vec<_> = m.deviations().iter().map(|d| d.kind).collect();
        assert_eq!(kinds, [DeviationKind::NoColon, DeviationKind::FoldWithoutRow]);
    }

    // Found by fuzzing: the framer of streams took the line for one of its own.
    #[test]
    fn only_space_and_tab_fold() {
        let m = Message::parse(b"BYE sip:x SIP/2.0\r\nl: 0\r\n\rx: y\r\n\r\n").unwrap();
        assert_eq!(m.content_length(), Ok(Some(0)));
    }
}
