//! Where everything in a message lies: offsets, without the bytes.

use super::error::{Deviation, DeviationKind, Fault, Malformed};
use super::scan::{is_lws, is_token_text, offset_in, parse_u32, trim};
use super::usual::{find_control, usual_row};
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
    /// Whether it is written as we write rows.
    pub(super) is_usual: bool,
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

/// A part of a message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The place of `part` in `bytes`.
    fn of_part(bytes: &[u8], part: &[u8]) -> Self {
        let start = offset_in(bytes, part);
        Span { start: start as u32, end: (start + part.len()) as u32 }
    }

    pub(super) fn of(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start as usize..self.end as usize]
    }

    pub(super) fn len(self) -> u32 {
        self.end - self.start
    }
}

/// The first line of a message (RFC 3261 §7.1, §7.2).
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    Request { method: Option<Method>, token: Span, uri: Span },
    Response { status: StatusCode, phrase: Span },
}

/// The index of one message. Making it allocates nothing for up to 32 header rows.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) start: Start,
    pub(super) version: Span,
    pub(super) lines: SmallVec<[Line; 32]>,
    /// Which names may stand there, a bit for each; several share one.
    names: u64,
    /// How many of the rows are Via.
    pub(super) vias: u32,
    pub(super) body: Span,
    pub(super) length: Length,
    pub(super) deviations: SmallVec<[Deviation; 2]>,
    /// Where the empty line begins.
    pub(super) headers_end: u32,
    /// No value has line ends inside: no row is folded, and no CR stands alone.
    pub(super) plain: bool,
}

fn bit_of(name: HeaderName) -> u64 {
    1 << (name.number() % 64)
}

/// What Content-Length says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
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

impl Index {
    /// The index of nothing yet. It is large, and is filled where it stands.
    pub(super) fn new() -> Self {
        Index {
            start: Start::Request { method: None, token: Span::default(), uri: Span::default() },
            version: Span::default(),
            lines: SmallVec::new(),
            names: 0,
            vias: 0,
            body: Span::default(),
            length: Length::Absent,
            deviations: SmallVec::new(),
            headers_end: 0,
            plain: true,
        }
    }

    /// Indexes one whole message; see [`super::Message::parse`].
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        if bytes.len() > MESSAGE_BYTES_MAX {
            return Err(Malformed::new(Fault::TooLong, MESSAGE_BYTES_MAX));
        }
        let skipped = bytes.iter().take_while(|&&b| b == b'\r' || b == b'\n').count();
        if skipped > 0 {
            self.deviations.push(Deviation { kind: DeviationKind::LeadingLineEnds, at: 0 });
        }
        if skipped == bytes.len() {
            return Err(Malformed::new(Fault::Empty, 0));
        }
        let (first, next) = line_at(bytes, skipped, &mut self.deviations, &mut self.plain);
        (self.start, self.version) = parse_start(bytes, first, &mut self.deviations)?;
        let body = self.read_rows(bytes, next)?;
        self.set_body(bytes, body);
        Ok(())
    }

    /// Indexes the header rows from `at`; gives the offset of the body.
    fn read_rows(&mut self, bytes: &[u8], mut at: usize) -> Result<usize, Malformed> {
        while at < bytes.len() {
            let (content, next) = line_at(bytes, at, &mut self.deviations, &mut self.plain);
            if content.is_empty() {
                self.headers_end = at as u32;
                return Ok(next);
            }
            if matches!(bytes[at], b' ' | b'\t') {
                self.fold(bytes, at, content.end, next);
            } else {
                self.row(bytes, content, next)?;
            }
            at = next;
        }
        self.deviations.push(Deviation { kind: DeviationKind::NoEndOfHeaders, at });
        self.headers_end = at as u32;
        Ok(at)
    }

    /// The rows among which those of this name are: none, when there is no such row.
    #[inline]
    pub(super) fn rows_with(&self, name: HeaderName) -> &[Line] {
        if self.names & bit_of(name) == 0 { &[] } else { &self.lines }
    }

    /// Adds the row whose content is `content` and whose line ends at `next`.
    fn row(&mut self, bytes: &[u8], content: Range<usize>, next: usize) -> Result<(), Malformed> {
        let line = match usual_line(bytes, &content, next) {
            Some(line) => line,
            None => match any_line(bytes, &content, next) {
                Some(line) => line,
                None => {
                    self.deviations.push(Deviation { kind: DeviationKind::NoColon, at: content.start });
                    return Ok(());
                }
            },
        };
        if self.lines.len() == HEADER_ROWS_MAX {
            return Err(Malformed::new(Fault::TooManyRows, content.start));
        }
        self.names |= bit_of(line.name);
        self.vias += u32::from(line.name == HeaderName::VIA);
        self.lines.push(line);
        if line.name == HeaderName::CONTENT_LENGTH {
            self.note_length(bytes, line.value());
        }
        Ok(())
    }

    /// Adds a folded line to the row before it (RFC 3261 §7.3.1).
    fn fold(&mut self, bytes: &[u8], at: usize, content_end: usize, next: usize) {
        self.plain = false;
        // A line between that is no row does not become part of the row before it.
        let Some(line) = self.lines.last_mut().filter(|line| line.end as usize == at) else {
            self.deviations.push(Deviation { kind: DeviationKind::FoldWithoutRow, at });
            return;
        };
        let (value, value_end) = trimmed(bytes, line.value as usize, content_end);
        line.is_usual = false;
        line.value = value as u32;
        line.value_end = value_end as u32;
        line.end = next as u32;
        if line.name == HeaderName::CONTENT_LENGTH {
            // Anew from all its rows: the folded one counted as it stood before.
            self.length = self
                .lines
                .iter()
                .filter(|line| line.name == HeaderName::CONTENT_LENGTH)
                .fold(Length::Absent, |length, line| length.and(bytes, line.value()));
        }
    }

    fn note_length(&mut self, bytes: &[u8], value: Range<usize>) {
        let before = self.length;
        self.length = before.and(bytes, value.clone());
        if matches!((before, self.length), (Length::Is(_), Length::Is(_))) {
            self.deviations.push(Deviation { kind: DeviationKind::RepeatedContentLength, at: value.start });
        }
    }

    fn set_body(&mut self, bytes: &[u8], start: usize) {
        let available = bytes.len() - start;
        let wanted = match self.length {
            Length::Is(n) => (n as usize).min(available),
            _ => available,
        };
        self.body = Span::of_part(bytes, &bytes[start..start + wanted]);
        if wanted < available {
            self.deviations.push(Deviation { kind: DeviationKind::BytesAfterBody, at: start + wanted });
        }
    }
}

/// The line that starts at `at`: its content without the line end, and where the next line starts.
fn line_at(
    bytes: &[u8],
    at: usize,
    deviations: &mut SmallVec<[Deviation; 2]>,
    plain: &mut bool,
) -> (Range<usize>, usize) {
    let mut control = find_control(bytes, at);
    while let Some(n) = control {
        match bytes[n..] {
            [b'\r', b'\n', ..] => return (at..n, n + 2),
            [b'\r' | b'\n', ..] => break,
            _ => control = find_control(bytes, n + 1),
        }
    }
    let rest = &bytes[at..];
    let end = match control.map(|n| n - at) {
        Some(n) if rest[n] == b'\r' => {
            *plain = false;
            memchr(b'\n', rest)
        }
        end => end,
    };
    match end {
        Some(n) if n > 0 && rest[n - 1] == b'\r' => (at..at + n - 1, at + n + 1),
        Some(n) => {
            if deviations.iter().all(|d| d.kind != DeviationKind::BareLf) {
                deviations.push(Deviation { kind: DeviationKind::BareLf, at: at + n });
            }
            (at..at + n, at + n + 1)
        }
        None => (at..bytes.len(), bytes.len()),
    }
}

/// A row as most are.
fn usual_line(bytes: &[u8], content: &Range<usize>, next: usize) -> Option<Line> {
    let line = &bytes[content.clone()];
    let (name, start) = usual_row(line)?;
    let [first, ..] = line[start..] else { return None };
    let is_trimmed = !is_lws(first) && !is_lws(line[line.len() - 1]) && next == content.end + 2;
    is_trimmed.then(|| Line {
        name,
        is_usual: true,
        start: content.start as u32,
        value: (content.start + start) as u32,
        value_end: content.end as u32,
        end: next as u32,
    })
}

/// Any row; `None` without a colon.
fn any_line(bytes: &[u8], content: &Range<usize>, next: usize) -> Option<Line> {
    // Names are too short for a faster search to pay.
    let colon = content.start + bytes[content.clone()].iter().position(|&b| b == b':')?;
    let mut name_end = colon;
    while name_end > content.start && matches!(bytes[name_end - 1], b' ' | b'\t') {
        name_end -= 1;
    }
    let (name, is_usual) = HeaderName::find(&bytes[content.start..name_end]);
    let (value, value_end) = trimmed(bytes, colon + 1, content.end);
    let is_usual = is_usual
        && (name_end, value, value_end, next) == (colon, colon + 2, content.end, content.end + 2)
        && bytes[colon + 1] == b' ';
    Some(Line {
        name,
        is_usual,
        start: content.start as u32,
        value: value as u32,
        value_end: value_end as u32,
        end: next as u32,
    })
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

fn parse_start(
    bytes: &[u8],
    line: Range<usize>,
    deviations: &mut SmallVec<[Deviation; 2]>,
) -> Result<(Start, Span), Malformed> {
    let at = line.start;
    let (from, to) = trimmed(bytes, line.start, line.end);
    let text = &bytes[from..to];
    let is_status = text.len() >= 4 && text[..4].eq_ignore_ascii_case(b"SIP/");
    // A reason phrase may be empty or end with spaces (RFC 3261 §25.1), as in `SIP/2.0 200 `.
    if text.len() != line.len() && !(is_status && from == line.start) {
        deviations.push(Deviation { kind: DeviationKind::StartLineSpace, at });
    }
    // Without an early end, many bytes are looked at in one step.
    if text.iter().fold(false, |found, &b| found | (b < b' ' && b != b'\t')) {
        deviations.push(Deviation { kind: DeviationKind::ControlCharacter, at });
    }
    if is_status {
        return parse_status_line(bytes, text, at);
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
    let part = |part| Span::of_part(bytes, part);
    let method = Method::from_token(token);
    Ok((Start::Request { method, token: part(token), uri: part(uri) }, part(version)))
}

fn parse_status_line(bytes: &[u8], text: &[u8], at: usize) -> Result<(Start, Span), Malformed> {
    let space = memchr(b' ', text).ok_or(Malformed::new(Fault::StartLine, at))?;
    let (version, rest) = (&text[..space], trim(&text[space..]));
    let digits = memchr(b' ', rest).unwrap_or(rest.len());
    let status = if digits == 3 { parse_u32(&rest[..3]) } else { None }
        .and_then(|n| u16::try_from(n).ok())
        .and_then(StatusCode::new)
        .ok_or(Malformed::new(Fault::StatusCode, at + space + 1))?;
    let part = |part| Span::of_part(bytes, part);
    Ok((Start::Response { status, phrase: part(trim(&rest[digits..])) }, part(version)))
}
