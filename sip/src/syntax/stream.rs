//! Where a message ends on a stream (RFC 3261 §7.5, §18.3), and the keep-alive between messages (RFC 5626 §3.5.1).
//!
//! The [`Framer`] looks at the bytes that have not been taken from a stream yet and says what stands at their
//! start. It keeps no bytes, and remembers how far it looked, so that a peer who sends byte by byte costs no
//! more than one who sends at once. The steps that it gives do not depend on how the stream was cut.

use super::scan::trim;
use memchr::memchr;

/// Most bytes that a framer accepts for one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamLimits {
    /// Most bytes of the start line and the header fields together.
    pub head_bytes_max: usize,
    /// Most bytes of a whole message.
    pub message_bytes_max: usize,
}

impl Default for StreamLimits {
    /// 64 KiB of head, and as much message as the parser takes.
    fn default() -> Self {
        StreamLimits { head_bytes_max: 1 << 16, message_bytes_max: 1 << 20 }
    }
}

/// What stands at the start of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Not enough to say: read more and ask again with all of it.
    Need,
    /// A line break between messages, of this many bytes: noise, or the peer's answer to our keep-alive.
    Blank(usize),
    /// The line break, of this many bytes, that completes a keep-alive: answer with CRLF (RFC 5626 §3.5.1).
    Ping(usize),
    /// A whole message of this many bytes.
    Message(usize),
    /// The stream cannot be followed any further; answer, if `head` is not 0, and close.
    Fault {
        /// Why.
        fault: FrameFault,
        /// The length of the start line, the header fields and the empty line; 0 when their end was not seen.
        head: usize,
    },
}

/// Why the end of a message cannot be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FrameFault {
    /// The first line is not one of SIP.
    NotSip,
    /// The header fields are longer than [`StreamLimits::head_bytes_max`].
    HeadTooLong,
    /// The Content-Length would make the message longer than [`StreamLimits::message_bytes_max`].
    MessageTooLong,
    /// There is no Content-Length, which streams need (RFC 3261 §18.3, §20.14).
    ContentLengthMissing,
    /// The Content-Length is not a number.
    ContentLengthMalformed,
    /// Two Content-Length fields differ.
    ContentLengthsDiffer,
}

/// The state of one direction of one stream.
#[derive(Clone, Debug, Default)]
pub struct Framer {
    limits: StreamLimits,
    /// Start of the first line that has not been seen whole.
    line: usize,
    /// From where to look for the end of that line.
    scanned: usize,
    /// Length of the message at the start, once its head is known.
    message: Option<usize>,
    /// Whether the last thing taken was the first half of a keep-alive.
    half_ping: bool,
}

impl Framer {
    /// A framer for a fresh stream.
    pub fn new(limits: StreamLimits) -> Self {
        Framer { limits, ..Framer::default() }
    }

    /// Says what stands at the start of `bytes`, which are all bytes of the stream not taken yet. The caller
    /// takes the bytes that the step counts, and asks again.
    pub fn next(&mut self, bytes: &[u8]) -> Step {
        if self.line == 0 && self.message.is_none() {
            match bytes {
                [] | [b'\r'] => return Step::Need,
                [b'\r', b'\n', ..] => return self.blank(2),
                [b'\n', ..] => return self.blank(1),
                _ => {}
            }
        }
        let total = match self.message {
            Some(total) => total,
            None => match self.find_head(bytes) {
                Ok(None) => return Step::Need,
                Ok(Some(head)) => match self.message_length(&bytes[..head]) {
                    Ok(total) => total,
                    Err(fault) => return Step::Fault { fault, head },
                },
                Err(fault) => return Step::Fault { fault, head: 0 },
            },
        };
        if bytes.len() < total {
            self.message = Some(total);
            return Step::Need;
        }
        *self = Framer { limits: self.limits, ..Framer::default() };
        Step::Message(total)
    }

    /// Whether part of a message has been seen, so that the rest must come.
    pub fn is_inside_message(&self) -> bool {
        self.scanned > 0 || self.message.is_some()
    }

    /// The line break that was taken last was the peer's answer to our keep-alive, and not half of one of its own.
    pub fn took_pong(&mut self) {
        self.half_ping = false;
    }

    fn blank(&mut self, taken: usize) -> Step {
        self.half_ping = !self.half_ping;
        if self.half_ping { Step::Blank(taken) } else { Step::Ping(taken) }
    }

    /// The length of the head, when its empty line is there.
    fn find_head(&mut self, bytes: &[u8]) -> Result<Option<usize>, FrameFault> {
        let window = bytes.len().min(self.limits.head_bytes_max);
        while let Some(end) = memchr(b'\n', &bytes[self.scanned..window]).map(|i| self.scanned + i) {
            let line = &bytes[self.line..end];
            if self.line == 0 && !is_start_line(line) {
                return Err(FrameFault::NotSip);
            }
            let empty = matches!(line, [] | [b'\r']);
            self.line = end + 1;
            self.scanned = end + 1;
            if empty {
                return Ok(Some(end + 1));
            }
        }
        self.scanned = window;
        if bytes.len() >= self.limits.head_bytes_max {
            return Err(FrameFault::HeadTooLong);
        }
        Ok(None)
    }

    fn message_length(&self, head: &[u8]) -> Result<usize, FrameFault> {
        let body = content_length(head)?;
        match usize::try_from(body).ok().and_then(|body| body.checked_add(head.len())) {
            Some(total) if total <= self.limits.message_bytes_max => Ok(total),
            _ => Err(FrameFault::MessageTooLong),
        }
    }
}

/// Whether a line could start a message: a status line begins with the version, a request line has it.
fn is_start_line(line: &[u8]) -> bool {
    line.windows(4).any(|w| w.eq_ignore_ascii_case(b"SIP/"))
}

/// The one value of all Content-Length fields of `head`; values too large for a u64 count as its maximum.
fn content_length(head: &[u8]) -> Result<u64, FrameFault> {
    let mut found = None;
    let mut rest = head;
    while let Some(end) = line_end(rest) {
        let (line, after) = rest.split_at(end);
        rest = after;
        let Some(colon) = memchr(b':', line) else { continue };
        let name = trim(&line[..colon]);
        if !name.eq_ignore_ascii_case(b"Content-Length") && !name.eq_ignore_ascii_case(b"l") {
            continue;
        }
        let value = number(trim(&line[colon + 1..])).ok_or(FrameFault::ContentLengthMalformed)?;
        if found.replace(value).is_some_and(|other| other != value) {
            return Err(FrameFault::ContentLengthsDiffer);
        }
    }
    found.ok_or(FrameFault::ContentLengthMissing)
}

/// The end of the first line of `bytes` with its continuation lines (RFC 3261 §7.3.1).
fn line_end(bytes: &[u8]) -> Option<usize> {
    let mut end = memchr(b'\n', bytes)? + 1;
    while matches!(bytes.get(end), Some(b' ' | b'\t')) {
        end += memchr(b'\n', &bytes[end..])? + 1;
    }
    Some(end)
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0u64, |n, d| n.saturating_mul(10).saturating_add(u64::from(d - b'0'))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &str = "INVITE sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/TCP a\r\nl:\r\n  4\r\n\r\nabcd";
    const OK: &str = "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP a\r\ncontent-length \t: 0\r\n\r\n";

    #[test]
    fn frames_do_not_depend_on_where_the_stream_is_cut() {
        let stream = format!("\r\n\r\n{INVITE}\r\n{OK}{OK}\r\n\r\n{INVITE}\n");
        let whole = steps(&[stream.as_bytes()]);
        assert_eq!(
            whole,
            [
                Step::Blank(2),
                Step::Ping(2),
                Step::Message(INVITE.len()),
                Step::Blank(2),
                Step::Message(OK.len()),
                Step::Message(OK.len()),
                Step::Blank(2),
                Step::Ping(2),
                Step::Message(INVITE.len()),
                Step::Blank(1),
            ]
        );
        for cut in 0..stream.len() {
            let (a, b) = stream.as_bytes().split_at(cut);
            assert_eq!(steps(&[a, b]), whole, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(steps(&bytes), whole);
    }

    #[test]
    fn faults_do_not_depend_on_where_the_stream_is_cut() {
        let head = |rows: &str| format!("OPTIONS sip:a@b SIP/2.0\r\n{rows}\r\n");
        let cases = [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), FrameFault::NotSip, false),
            (head("Via: SIP/2.0/TCP a\r\n"), FrameFault::ContentLengthMissing, true),
            (head("Content-Length: -1\r\n"), FrameFault::ContentLengthMalformed, true),
            (head("Content-Length:\r\n"), FrameFault::ContentLengthMalformed, true),
            (head("Content-Length: 4, 4\r\n"), FrameFault::ContentLengthMalformed, true),
            (head("Content-Length: 4\r\nl: 5\r\n"), FrameFault::ContentLengthsDiffer, true),
            (head("l: 1048576\r\n"), FrameFault::MessageTooLong, true),
            (head("l: 99999999999999999999999999\r\n"), FrameFault::MessageTooLong, true),
            (head(&format!("X: {}", "a".repeat(1 << 16))), FrameFault::HeadTooLong, false),
            ("a".repeat(1 << 16), FrameFault::HeadTooLong, false),
        ];
        for (text, fault, whole_head) in cases {
            let expected = [Step::Fault { fault, head: if whole_head { text.len() } else { 0 } }];
            assert_eq!(steps(&[text.as_bytes()]), expected);
            for cut in 0..text.len().min(100) {
                let (a, b) = text.as_bytes().split_at(cut);
                assert_eq!(steps(&[a, b]), expected, "{fault:?} cut at {cut}");
            }
        }
    }

    // Found by fuzzing: the parser takes no form feed for white space.
    #[test]
    fn white_space_around_a_length_is_that_of_the_parser() {
        let text = b"SIP/2.0 200 OK\r\nContent-Length: \x0c0\r\n\r\n";
        let fault = FrameFault::ContentLengthMalformed;
        assert_eq!(steps(&[text]), [Step::Fault { fault, head: text.len() }]);
    }

    #[test]
    fn equal_content_lengths_still_frame_and_bare_line_feeds_end_lines() {
        let text = "SIP/2.0 200 OK\nl: 2\nContent-Length: 2\n\nab";
        assert_eq!(steps(&[text.as_bytes()]), [Step::Message(text.len())]);
    }

    #[test]
    fn a_partial_message_is_known_as_such() {
        let mut framer = Framer::default();
        assert_eq!(framer.next(b"\r\n"), Step::Blank(2));
        assert!(!framer.is_inside_message());
        assert_eq!(framer.next(b"INV"), Step::Need);
        assert!(framer.is_inside_message());
    }

    #[test]
    fn bytes_seen_are_not_searched_again() {
        let mut framer = Framer::default();
        assert_eq!(framer.next(b"OPTIONS sip:a SIP/2.0\r\nVia: x"), Step::Need);
        assert_eq!((framer.line, framer.scanned), (23, 29));
    }

    /// Feeds the pieces one after the other, as a connection does, until the first fault.
    fn steps(pieces: &[&[u8]]) -> Vec<Step> {
        let (mut framer, mut buffer, mut steps) = (Framer::default(), Vec::new(), Vec::new());
        for piece in pieces {
            buffer.extend_from_slice(piece);
            loop {
                let step = framer.next(&buffer);
                match step {
                    Step::Need => break,
                    Step::Blank(n) | Step::Ping(n) | Step::Message(n) => drop(buffer.drain(..n)),
                    Step::Fault { .. } => {
                        steps.push(step);
                        return steps;
                    }
                }
                steps.push(step);
            }
        }
        steps
    }
}
