//! The message: an index of offsets over received bytes.

use super::error::{Deviation, DeviationKind, Fault, Malformed};
use super::heads::Heads;
use super::scan::{Commas, is_lws, is_token_text, parse_u32, split_commas, trim};
use super::{HEADER_ROWS_MAX, MESSAGE_BYTES_MAX};
use crate::registry::{HeaderName, Method, StatusCode};
use core::ops::Range;
use memchr::memchr;
use smallvec::SmallVec;

/// One header row: where its parts lie in the message, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The registered name, or [`HeaderName::UNKNOWN`].
    pub name: HeaderName,
    start: u32,
    value: u32,
    value_end: u32,
    end: u32,
}

impl Line {
    /// The whole row with its line end.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The value without surrounding white space; a folded value keeps its line ends.
    pub fn value(&self) -> Range<usize> {
        self.value as usize..self.value_end as usize
    }
}

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

/// A message: borrowed bytes, their index, and the fields that everybody asks for. Indexing allocates nothing for up to 32 header rows.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
    start: StartLine<'a>,
    version: &'a [u8],
    lines: SmallVec<[Line; 32]>,
    body: (u32, u32),
    length: Length,
    deviations: SmallVec<[Deviation; 2]>,
    headers_end: u32,
    heads: Heads<'a>,
}

/// What Content-Length says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Absent,
    Is(u32),
    Conflict(u32),
    Unreadable(u32),
}

impl Length {
    /// With one row more, whose value stands at `value`.
    fn and(self, bytes: &[u8], value: Range<usize>) -> Self {
        let at = value.start as u32;
        match (self, parse_u32(&bytes[value])) {
            (Length::Absent, Some(n)) => Length::Is(n),
            (Length::Is(before), Some(n)) if before == n => Length::Is(n),
            (Length::Is(_) | Length::Conflict(_), Some(_)) => Length::Conflict(at),
            (_, _) => Length::Unreadable(at),
        }
    }
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
        if bytes.len() > MESSAGE_BYTES_MAX {
            return Err(Malformed::new(Fault::TooLong, MESSAGE_BYTES_MAX));
        }
        let mut deviations = SmallVec::new();
        let skipped = bytes.iter().take_while(|&&b| b == b'\r' || b == b'\n').count();
        if skipped > 0 {
            deviations.push(Deviation { kind: DeviationKind::LeadingLineEnds, at: 0 });
        }
        if skipped == bytes.len() {
            return Err(Malformed::new(Fault::Empty, 0));
        }
        let (first, next) = line_at(bytes, skipped, &mut deviations);
        let (start, version) = parse_start(&bytes[first.clone()], first.start, &mut deviations)?;
        let mut message = Message {
            bytes,
            start,
            version,
            lines: SmallVec::new(),
            body: (0, 0),
            length: Length::Absent,
            deviations,
            headers_end: 0,
            heads: Heads::NONE,
        };
        let body = message.index_rows(next)?;
        message.set_body(body);
        message.heads = Heads::read(bytes, message.headers_end(), |name| message.header(name));
        Ok(message)
    }

    /// Indexes the header rows from `at`; gives the offset of the body.
    fn index_rows(&mut self, mut at: usize) -> Result<usize, Malformed> {
        let bytes = self.bytes;
        while at < bytes.len() {
            let (content, next) = line_at(bytes, at, &mut self.deviations);
            if content.is_empty() {
                self.headers_end = at as u32;
                return Ok(next);
            }
            if matches!(bytes[at], b' ' | b'\t') {
                self.fold(at, content.end, next);
            } else {
                self.row(content, next)?;
            }
            at = next;
        }
        self.deviations.push(Deviation { kind: DeviationKind::NoEndOfHeaders, at });
        self.headers_end = at as u32;
        Ok(at)
    }

    /// Adds the row whose content is `content` and whose line ends at `next`.
    fn row(&mut self, content: Range<usize>, next: usize) -> Result<(), Malformed> {
        // Names are too short for a faster search to pay.
        let Some(colon) = self.bytes[content.clone()].iter().position(|&b| b == b':') else {
            self.deviations.push(Deviation { kind: DeviationKind::NoColon, at: content.start });
            return Ok(());
        };
        if self.lines.len() == HEADER_ROWS_MAX {
            return Err(Malformed::new(Fault::TooManyRows, content.start));
        }
        let colon = content.start + colon;
        let mut name_end = colon;
        while name_end > content.start && matches!(self.bytes[name_end - 1], b' ' | b'\t') {
            name_end -= 1;
        }
        let name = HeaderName::from_bytes(&self.bytes[content.start..name_end]);
        let (value, value_end) = trimmed(self.bytes, colon + 1, content.end);
        self.lines.push(Line {
            name,
            start: content.start as u32,
            value: value as u32,
            value_end: value_end as u32,
            end: next as u32,
        });
        if name == HeaderName::CONTENT_LENGTH {
            self.note_length(value..value_end);
        }
        Ok(())
    }

    /// Adds a folded line to the row before it (RFC 3261 §7.3.1).
    fn fold(&mut self, at: usize, content_end: usize, next: usize) {
        // A line between that is no row does not become part of the row before it.
        let Some(line) = self.lines.last_mut().filter(|line| line.end as usize == at) else {
            self.deviations.push(Deviation { kind: DeviationKind::FoldWithoutRow, at });
            return;
        };
        let (value, value_end) = trimmed(self.bytes, line.value as usize, content_end);
        line.value = value as u32;
        line.value_end = value_end as u32;
        line.end = next as u32;
        if line.name == HeaderName::CONTENT_LENGTH {
            // Anew from all its rows: the folded one counted as it stood before.
            self.length = self
                .lines
                .iter()
                .filter(|line| line.name == HeaderName::CONTENT_LENGTH)
                .fold(Length::Absent, |length, line| length.and(self.bytes, line.value()));
        }
    }

    fn note_length(&mut self, value: Range<usize>) {
        let before = self.length;
        self.length = before.and(self.bytes, value.clone());
        if matches!((before, self.length), (Length::Is(_), Length::Is(_))) {
            self.deviations.push(Deviation { kind: DeviationKind::RepeatedContentLength, at: value.start });
        }
    }

    fn set_body(&mut self, start: usize) {
        let available = self.bytes.len() - start;
        let wanted = match self.length {
            Length::Is(n) => (n as usize).min(available),
            _ => available,
        };
        self.body = (start as u32, (start + wanted) as u32);
        if wanted < available {
            self.deviations.push(Deviation { kind: DeviationKind::BytesAfterBody, at: start + wanted });
        }
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
        self.start
    }

    /// Whether it is a request.
    pub fn is_request(&self) -> bool {
        matches!(self.start, StartLine::Request { .. })
    }

    /// The registered method of a request; `None` for another method and for a response.
    pub fn method(&self) -> Option<Method> {
        match self.start {
            StartLine::Request { method, .. } => method,
            StartLine::Response { .. } => None,
        }
    }

    /// The method of a request as it came; empty for a response.
    pub fn method_token(&self) -> &'a [u8] {
        match self.start {
            StartLine::Request { token, .. } => token,
            StartLine::Response { .. } => b"",
        }
    }

    /// The Request-URI as it came; empty for a response.
    pub fn request_uri(&self) -> &'a [u8] {
        match self.start {
            StartLine::Request { uri, .. } => uri,
            StartLine::Response { .. } => b"",
        }
    }

    /// The status code of a response.
    pub fn status(&self) -> Option<StatusCode> {
        match self.start {
            StartLine::Response { status, .. } => Some(status),
            StartLine::Request { .. } => None,
        }
    }

    /// The version of the start line, `SIP/2.0` in any case when it is ours.
    pub fn version(&self) -> &'a [u8] {
        self.version
    }

    /// The header rows in their order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The name of a row as it came.
    pub fn name_of(&self, line: &Line) -> &'a [u8] {
        let row = &self.bytes[line.start as usize..line.value_end.max(line.start) as usize];
        trim(&row[..memchr(b':', row).unwrap_or(row.len())])
    }

    /// The value of a row, trimmed; a folded value keeps its line ends.
    pub fn value_of(&self, line: &Line) -> &'a [u8] {
        &self.bytes[line.value()]
    }

    /// The first row's value of a header field, trimmed.
    pub fn header(&self, name: HeaderName) -> Option<&'a [u8]> {
        self.lines.iter().find(|l| l.name == name).map(|l| self.value_of(l))
    }

    /// Each row's value of a header field, in order.
    pub fn headers(&self, name: HeaderName) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.lines.iter().filter(move |l| l.name == name).map(|l| self.value_of(l))
    }

    /// Each comma-separated value of a header field over all its rows, in order (RFC 3261 §7.3.1).
    pub fn values(&self, name: HeaderName) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.headers(name).flat_map(split_commas as fn(&'a [u8]) -> Commas<'a>)
    }

    /// Each row's value of a header field that the registry does not hold, by its name in any case.
    pub fn headers_named<'s>(&'s self, name: &'s [u8]) -> impl Iterator<Item = &'a [u8]> + 's {
        let known = HeaderName::from_bytes(name);
        self.lines
            .iter()
            .filter(move |l| {
                l.name == known
                    && (known != HeaderName::UNKNOWN || self.name_of(l).eq_ignore_ascii_case(name))
            })
            .map(|l| self.value_of(l))
    }

    /// The body: as long as Content-Length says, else all that follows the header section.
    pub fn body(&self) -> &'a [u8] {
        &self.bytes[self.body.0 as usize..self.body.1 as usize]
    }

    /// The offset of the end of the header rows: where the empty line begins.
    pub fn headers_end(&self) -> usize {
        self.headers_end as usize
    }

    /// The offset of the first header row.
    pub fn headers_start(&self) -> usize {
        self.lines.first().map_or(self.headers_end as usize, |l| l.start as usize)
    }

    /// What is unusual about the message.
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }

    /// The value of Content-Length.
    ///
    /// # Errors
    /// [`Fault::Value`] when it is no number, [`Fault::Repeated`] when two values differ.
    pub fn content_length(&self) -> Result<Option<u32>, Malformed> {
        match self.length {
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
        match self.length {
            Length::Is(n) => self.body.1 - self.body.0 == n,
            _ => true,
        }
    }
}

/// The line that starts at `at`: its content without the line end, and where the next line starts.
fn line_at(bytes: &[u8], at: usize, deviations: &mut SmallVec<[Deviation; 2]>) -> (Range<usize>, usize) {
    match memchr(b'\n', &bytes[at..]) {
        Some(n) if n > 0 && bytes[at + n - 1] == b'\r' => (at..at + n - 1, at + n + 1),
        Some(n) => {
            if deviations.iter().all(|d| d.kind != DeviationKind::BareLf) {
                deviations.push(Deviation { kind: DeviationKind::BareLf, at: at + n });
            }
            (at..at + n, at + n + 1)
        }
        None => (at..bytes.len(), bytes.len()),
    }
}

/// `from..to` without white space at either end.
fn trimmed(bytes: &[u8], mut from: usize, mut to: usize) -> (usize, usize) {
    while from < to && is_lws(bytes[from]) {
        from += 1;
    }
    while to > from && is_lws(bytes[to - 1]) {
        to -= 1;
    }
    (from, to)
}

fn parse_start<'a>(
    line: &'a [u8],
    at: usize,
    deviations: &mut SmallVec<[Deviation; 2]>,
) -> Result<(StartLine<'a>, &'a [u8]), Malformed> {
    let text = trim(line);
    let is_status = text.len() >= 4 && text[..4].eq_ignore_ascii_case(b"SIP/");
    // A reason phrase may be empty or end with spaces (RFC 3261 §25.1), as in `SIP/2.0 200 `.
    if text.len() != line.len() && !(is_status && line.starts_with(text)) {
        deviations.push(Deviation { kind: DeviationKind::StartLineSpace, at });
    }
    if text.iter().any(|&b| b < b' ' && b != b'\t') {
        deviations.push(Deviation { kind: DeviationKind::ControlCharacter, at });
    }
    if is_status {
        return parse_status_line(text, at);
    }
    let fault = Malformed::new(Fault::StartLine, at);
    let first = memchr(b' ', text).ok_or(fault)?;
    let last = memchr::memrchr(b' ', text).filter(|&l| l > first).ok_or(fault)?;
    let (token, uri, version) = (&text[..first], trim(&text[first..last]), &text[last + 1..]);
    if uri.is_empty() || version.len() < 5 || !version[..4].eq_ignore_ascii_case(b"SIP/") {
        return Err(fault);
    }
    if !is_token_text(token) {
        return Err(Malformed::new(Fault::Method, at));
    }
    if uri.len() != last - first - 1 {
        deviations.push(Deviation { kind: DeviationKind::StartLineSpace, at: at + first });
    }
    Ok((StartLine::Request { method: Method::from_token(token), token, uri }, version))
}

fn parse_status_line(text: &[u8], at: usize) -> Result<(StartLine<'_>, &[u8]), Malformed> {
    let space = memchr(b' ', text).ok_or(Malformed::new(Fault::StartLine, at))?;
    let (version, rest) = (&text[..space], trim(&text[space..]));
    let digits = memchr(b' ', rest).unwrap_or(rest.len());
    let status = if digits == 3 { parse_u32(&rest[..3]) } else { None }
        .and_then(|n| u16::try_from(n).ok())
        .and_then(StatusCode::new)
        .ok_or(Malformed::new(Fault::StatusCode, at + space + 1))?;
    let phrase = trim(&rest[digits..]);
    Ok((StartLine::Response { status, phrase }, version))
}

#[cfg(test)]
mod tests {
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
