//! Just enough reading of a SIP message for the two ends of a benchmark: lines, found by their first bytes.

use memchr::memchr;

/// The lines of one message that the scenarios need. It trusts the server under test to write long header names.
#[derive(Debug, Default)]
pub(crate) struct Wire<'a> {
    /// The start line.
    pub(crate) first: &'a [u8],
    /// Whole Via rows, in order.
    pub(crate) vias: Vec<&'a [u8]>,
    /// Values of the Record-Route rows, in order.
    pub(crate) record_routes: Vec<&'a [u8]>,
    /// Values of the challenges, in order.
    pub(crate) challenges: Vec<&'a [u8]>,
    pub(crate) from: &'a [u8],
    pub(crate) to: &'a [u8],
    pub(crate) call_id: &'a [u8],
    pub(crate) cseq: &'a [u8],
    pub(crate) contact: &'a [u8],
    pub(crate) etag: &'a [u8],
    pub(crate) body: &'a [u8],
}

/// Names one operation: its place among those in flight, and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    pub(crate) slot: usize,
    pub(crate) serial: u64,
}

impl<'a> Wire<'a> {
    /// Cuts the lines out of a message; a line that it does not know is skipped.
    pub(crate) fn read(mut rest: &'a [u8]) -> Wire<'a> {
        let mut wire = Wire::default();
        while let Some(end) = memchr(b'\n', rest) {
            let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
            rest = &rest[end + 1..];
            if line.is_empty() {
                wire.body = rest;
                break;
            }
            if wire.first.is_empty() {
                wire.first = line;
                continue;
            }
            wire.note(line);
        }
        wire
    }

    fn note(&mut self, line: &'a [u8]) {
        let Some(colon) = memchr(b':', line) else { return };
        let value = line[colon + 1..].trim_ascii();
        match line[..colon].trim_ascii_end() {
            b"Via" => self.vias.push(line),
            b"From" => self.from = value,
            b"To" => self.to = value,
            b"Call-ID" => self.call_id = value,
            b"CSeq" => self.cseq = value,
            b"Contact" => self.contact = value,
            b"SIP-ETag" => self.etag = value,
            b"Record-Route" => self.record_routes.push(value),
            b"WWW-Authenticate" | b"Proxy-Authenticate" => self.challenges.push(value),
            _ => {}
        }
    }

    /// The status code, when this is a response.
    pub(crate) fn status(&self) -> Option<u16> {
        let code = self.first.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
        std::str::from_utf8(code).ok()?.parse().ok()
    }

    /// The method of the request, or of the request that is answered.
    pub(crate) fn method(&self) -> &'a [u8] {
        self.cseq.rsplit(|b| *b == b' ').next().unwrap_or_default()
    }

    /// The operation that the topmost branch names, when this run made it.
    pub(crate) fn id_of_branch(&self, run: &str) -> Option<Id> {
        let via = self.vias.first()?;
        let at = memchr::memmem::find(via, BRANCH)? + BRANCH.len();
        id(&via[at..], run)
    }

    /// The operation that the Call-ID names, when this run made it.
    pub(crate) fn id_of_call(&self, run: &str) -> Option<Id> {
        id(self.call_id, run)
    }

    /// The number of the change that a document tells of.
    pub(crate) fn change(&self) -> Option<u64> {
        let at = memchr::memmem::find(self.body, CHANGE)? + CHANGE.len();
        number(&self.body[at..]).map(|(change, _)| change)
    }

    /// The URI of the Contact.
    pub(crate) fn contact_uri(&self) -> Option<&'a [u8]> {
        let start = memchr(b'<', self.contact)? + 1;
        let length = memchr(b'>', &self.contact[start..])?;
        Some(&self.contact[start..start + length])
    }
}

/// Reads `run-slot-serial`.
fn id(text: &[u8], run: &str) -> Option<Id> {
    let rest = text.strip_prefix(run.as_bytes())?.strip_prefix(b"-")?;
    let (slot, rest) = number(rest)?;
    let (serial, _) = number(rest.strip_prefix(b"-")?)?;
    Some(Id { slot: slot as usize, serial })
}

fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).take(18).count();
    let value = text[..digits].iter().fold(0, |sum, b| sum * 10 + u64::from(b - b'0'));
    (digits > 0).then_some((value, &text[digits..]))
}

/// What comes before the number of a change, in the note of a document.
pub(crate) const CHANGE: &[u8] = b"change ";
/// What all our branches begin with (RFC 3261 §8.1.1.7).
pub(crate) const BRANCH: &[u8] = b"branch=z9hG4bK";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_its_operation() {
        let wire = Wire::read(
            b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKr7-12-345-2;rport=9\r\nCall-ID: r7-12-345\r\n\
              CSeq: 1 INVITE\r\nContact: <sip:u@h>;x\r\n\r\nbody",
        );
        assert_eq!(wire.status(), Some(200));
        assert_eq!(wire.method(), b"INVITE");
        assert_eq!(wire.id_of_branch("r7"), Some(Id { slot: 12, serial: 345 }));
        assert_eq!(wire.id_of_call("r7"), Some(Id { slot: 12, serial: 345 }));
        assert_eq!(wire.contact_uri(), Some(&b"sip:u@h"[..]));
    }

    #[test]
    fn another_run_is_not_ours() {
        let wire =
            Wire::read(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKr8-1-2\r\nCall-ID: x\r\n\r\n");
        assert_eq!(wire.id_of_branch("r7"), None);
        assert_eq!(wire.id_of_call("r7"), None);
    }
}
