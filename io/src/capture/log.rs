//! Text that contains SIP messages: what sngrep, ngrep and baresip write, and any log with whole messages in it.
//!
//! A line with two ends and an arrow tells who sent the message below it; a time in it, or before it, tells when.

use super::content::starts_message;
use super::counts::{CaptureFault, Counts};
use super::packet::Capture;
use ringback_sip::flow::Transport;
use ringback_sip::syntax::{MESSAGE_BYTES_MAX, Message};
use ringback_sip::time::{Duration, Instant};
use std::io::{BufRead, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Reads a log into the capture.
///
/// # Errors
/// [`CaptureFault::Unknown`] when there is no message in it, [`CaptureFault::Io`].
pub fn read_log(
    input: impl Read,
    capture: &mut Capture,
    between: &mut dyn FnMut(&mut Capture),
) -> Result<Counts, CaptureFault> {
    let mut input = BufReader::new(input);
    let mut log = Log::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let length =
            input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(CaptureFault::Io)?;
        if length == 0 {
            break;
        }
        if log.take(&line, capture) {
            between(capture);
        }
    }
    log.give(capture);
    capture.finish();
    if log.counts.packets == 0 { Err(CaptureFault::Unknown) } else { Ok(log.counts) }
}

/// What is known between two lines.
#[derive(Debug, Default)]
struct Log {
    counts: Counts,
    /// The message so far.
    text: Vec<u8>,
    /// How many bytes of body are still to come, once the header section is whole.
    body: Option<usize>,
    ends: Option<[SocketAddr; 2]>,
    transport: Option<Transport>,
    at: Instant,
    /// Lines end in a dot where CR stood (ngrep).
    has_dots: bool,
}

impl Log {
    /// Takes a line; true when a message became whole.
    fn take(&mut self, line: &[u8], capture: &mut Capture) -> bool {
        let line = plain(line);
        let trimmed = line.trim_ascii_end();
        if starts_message(trimmed) {
            let gave = self.give(capture);
            self.has_dots = trimmed.ends_with(b".");
            self.push(trimmed);
            return gave;
        }
        if self.text.is_empty() {
            self.read_head(trimmed);
            return false;
        }
        let content = if self.has_dots { trimmed.strip_suffix(b".").unwrap_or(trimmed) } else { trimmed };
        match &mut self.body {
            Some(left) => {
                let length = content.len() + 2;
                *left = left.saturating_sub(length);
                let is_whole = *left == 0;
                self.push(trimmed);
                is_whole && self.give(capture)
            }
            None if content.is_empty() => {
                self.text.extend_from_slice(b"\r\n");
                let length = Message::parse(&self.text)
                    .ok()
                    .and_then(|message| message.content_length().ok().flatten());
                let length = length.map_or(0, |length| length as usize).min(MESSAGE_BYTES_MAX);
                self.body = Some(length);
                length == 0 && self.give(capture)
            }
            // A line that is no header field ends a message without an empty line.
            None if !content.contains(&b':') && !content.starts_with(b" ") && !content.starts_with(b"\t") => {
                let gave = self.give(capture);
                self.read_head(trimmed);
                gave
            }
            None => {
                self.push(trimmed);
                false
            }
        }
    }

    fn push(&mut self, line: &[u8]) {
        let line = if self.has_dots { line.strip_suffix(b".").unwrap_or(line) } else { line };
        if self.text.len() + line.len() < MESSAGE_BYTES_MAX {
            self.text.extend_from_slice(line);
            self.text.extend_from_slice(b"\r\n");
        }
    }

    /// Gives the message that has been read.
    fn give(&mut self, capture: &mut Capture) -> bool {
        if self.text.is_empty() {
            return false;
        }
        if self.body.is_none() {
            self.text.extend_from_slice(b"\r\n");
        }
        self.counts.packets += 1;
        let ends = self.ends.take().unwrap_or_else(|| guessed_ends(&self.text));
        let transport = self.transport.take().unwrap_or(Transport::Udp);
        capture.handle_message(self.at, self.counts.packets, transport, ends, &self.text);
        self.text.clear();
        self.body = None;
        true
    }

    /// Takes ends, transport and time out of a line between messages.
    fn read_head(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let words: Vec<&str> =
            text.split([' ', '\t', ',', '[', '(', ')']).filter(|word| !word.is_empty()).collect();
        let arrow = words.iter().position(|word| matches!(*word, "->" | "=>" | "-->" | "<-"));
        if let Some(place) = arrow {
            let before = words[..place].iter().rev().find_map(|word| address(word));
            let after = words[place + 1..].iter().find_map(|word| address(word));
            if let (Some(before), Some(after)) = (before, after) {
                self.ends = Some(if words[place] == "<-" { [after, before] } else { [before, after] });
            }
        }
        let named = words.iter().find_map(|word| match *word {
            "UDP" | "U" => Some(Transport::Udp),
            "TCP" | "T" => Some(Transport::Tcp),
            "TLS" => Some(Transport::Tls),
            "WS" => Some(Transport::Ws),
            "WSS" => Some(Transport::Wss),
            _ => None,
        });
        self.transport = named.or(self.transport);
        self.read_time(&words);
    }

    fn read_time(&mut self, words: &[&str]) {
        let split: Vec<&str> = words.iter().flat_map(|word| word.split('T')).collect();
        let day = split.iter().find_map(|word| day(word));
        let Some(clock) = split.iter().find_map(|word| clock(word)) else { return };
        let today = day.unwrap_or(self.at.unix_secs() / DAY_SECS);
        let at = Instant::from_unix_secs(today * DAY_SECS) + clock;
        // A clock without a date goes on past midnight.
        let is_next_day = day.is_none() && self.at.since(at) > Duration::from_secs(DAY_SECS / 2);
        self.at = if is_next_day { at + Duration::from_secs(DAY_SECS) } else { at };
    }
}

/// The line without the codes that colour it.
fn plain(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = memchr::memchr(0x1b, rest) {
        out.extend_from_slice(&rest[..start]);
        let end = rest[start..].iter().position(u8::is_ascii_alphabetic);
        rest = end.map_or(&[][..], |end| &rest[start + end + 1..]);
    }
    out.extend_from_slice(rest);
    out
}

fn address(word: &str) -> Option<SocketAddr> {
    let word = word.trim_end_matches([']', ':', ';', '.']);
    word.parse().ok().or_else(|| word.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 5060)))
}

/// `2026-11-21` or `2026/11/21`, as days since the epoch.
fn day(word: &str) -> Option<u64> {
    let mut parts = word.split(['-', '/']).map(str::parse::<u64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if parts.next().is_some()
        || !(1970..=9999).contains(&year)
        || !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
    {
        return None;
    }
    // Days before a month of a year that begins in March, by the rule of five months with 153 days.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    days.checked_sub(719_468)
}

/// `12:34:56.789`, since midnight.
fn clock(word: &str) -> Option<Duration> {
    let word = word.trim_end_matches(['Z', ']', ':']);
    let mut parts = word.splitn(3, ':');
    let (hours, minutes) = (parts.next()?.parse::<u64>().ok()?, parts.next()?.parse::<u64>().ok()?);
    let seconds = parts.next()?;
    let (whole, part) = seconds.split_once('.').unwrap_or((seconds, ""));
    let whole = whole.parse::<u64>().ok()?;
    if hours > 23 || minutes > 59 || whole > 60 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micros = format!("{part:0<6.6}").parse::<u64>().ok()?;
    Some(Duration::from_secs(hours * 3600 + minutes * 60 + whole) + Duration::from_micros(micros))
}

/// Ends from the message itself, when no line tells them: the sender of a request stands in its topmost Via.
fn guessed_ends(text: &[u8]) -> [SocketAddr; 2] {
    let nobody = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
    let Ok(message) = Message::parse(text) else { return [nobody; 2] };
    let via = message.top_via().ok();
    let client = via.and_then(|via| Some(SocketAddr::new(via.host_ip()?, via.port.unwrap_or(5060))));
    let client = client.unwrap_or(nobody);
    if message.is_request() { [client, nobody] } else { [nobody, client] }
}

const LINE_BYTES_MAX: u64 = 1 << 16;
const DAY_SECS: u64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_roles::diagnosis::FactsLimits;

    fn captured(text: &str) -> Capture {
        let mut capture = Capture::new(FactsLimits::default());
        read_log(text.as_bytes(), &mut capture, &mut |_| {}).expect("a log");
        capture
    }

    const OPTIONS: &str = "OPTIONS sip:b@x.test SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1\nCall-ID: one\nCSeq: 1 OPTIONS\nContent-Length: 4\n\nab\n";
    const OK: &str = "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1\nCall-ID: one\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n";

    #[test]
    fn lines_above_a_message_tell_ends_and_time() {
        for (first, second) in [
            (
                "2026/11/21 12:00:00.500000 192.0.2.1:5060 -> 192.0.2.2:5061",
                "2026/11/21 12:00:01.000000 192.0.2.2:5061 -> 192.0.2.1:5060",
            ),
            (
                "#\n\x1b[36;1m12:00:00.500 UDP 192.0.2.1:5060 -> 192.0.2.2:5061\x1b[;m",
                "#\n12:00:01.000 UDP 192.0.2.2:5061 -> 192.0.2.1:5060",
            ),
            (
                "[2026-11-21T12:00:00.5Z] sent 192.0.2.1:5060 => 192.0.2.2:5061:",
                "2026-11-21T12:00:01Z 192.0.2.1:5060 <- 192.0.2.2:5061",
            ),
        ] {
            let capture = captured(&format!("{first}\n{OPTIONS}\n{second}\n{OK}\n"));
            let call = capture.facts().call(b"one").expect("the call");
            assert_eq!(call.messages.len(), 2, "{first}");
            assert_eq!(call.messages[0].src.to_string(), "192.0.2.1:5060", "{first}");
            assert_eq!(call.messages[1].src.to_string(), "192.0.2.2:5061", "{first}");
            assert_eq!(call.messages[1].at.since(call.messages[0].at), Duration::from_millis(500), "{first}");
            assert_eq!(
                call.messages[0].syntax().map(|m| m.body().to_vec()),
                Some(b"ab\r\n".to_vec()),
                "{first}"
            );
        }
        let dated = captured(&format!("2026/11/21 12:00:00.5 192.0.2.1:5060 -> 192.0.2.2:5061\n{OK}"));
        assert_eq!(dated.facts().ended().to_string(), "2026-11-21T12:00:00.500Z");
    }

    #[test]
    fn messages_without_such_lines_take_their_ends_from_via() {
        let capture = captured(&format!("some log\n{OPTIONS}\nmore log\n{OK}"));
        let call = capture.facts().call(b"one").expect("the call");
        assert_eq!(call.messages[0].src.to_string(), "192.0.2.9:5070");
        assert_eq!(call.transactions.len(), 1);
    }

    #[test]
    fn text_without_messages_is_no_log() {
        let mut capture = Capture::new(FactsLimits::default());
        let got = read_log(&b"hello\nworld\n"[..], &mut capture, &mut |_| {});
        assert!(matches!(got, Err(CaptureFault::Unknown)));
    }
}
