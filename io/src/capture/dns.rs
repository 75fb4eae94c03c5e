//! Answers of the domain name system, as far as the diagnosis needs them (RFC 1035 §4).

use super::link::be16;
use ringback_roles::diagnosis::Dns;
use ringback_sip::time::Instant;

/// Reads an answer: its question, code and number of records.
pub(super) fn read(at: Instant, frame: u64, bytes: &[u8]) -> Option<Dns> {
    let flags = be16(bytes, 2)?;
    if flags & 0x8000 == 0 || be16(bytes, 4)? != 1 {
        return None;
    }
    let mut name = String::new();
    let mut rest = bytes.get(12..)?;
    loop {
        let (&length, after) = rest.split_first()?;
        if length == 0 {
            rest = after;
            break;
        }
        let label = after.get(..usize::from(length)).filter(|_| length < 64)?;
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&String::from_utf8_lossy(label));
        if name.len() > 255 {
            return None;
        }
        rest = &after[usize::from(length)..];
    }
    let record = be16(rest, 0)?;
    Some(Dns { at, frame, name, record, code: (flags & 15) as u8, answers: be16(bytes, 6)? })
}
