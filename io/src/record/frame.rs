//! How a record lies in a segment: a frame of length, checksum and body.
//!
//! A body is one byte of kind, the time in microseconds since 1970 (8 bytes), the length of the Call-ID (2 bytes), the
//! Call-ID, and the content: a fact as JSON under its stable names; a message as the length of its head (2 bytes), the
//! head as JSON, and its bytes; all else as JSON. Numbers are little-endian. Whoever reads skips a kind or a fact that it
//! does not know.

use ringback_roles::diagnosis::{Passage, Record, What};
use ringback_sip::flow::Flow;
use ringback_sip::time::Instant;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// What a segment begins with; the last letter is the version of the format.
pub(super) const MAGIC: &[u8; 8] = b"RBjourn1";
/// The longest body that is believed.
const BODY_BYTES_MAX: usize = 1 << 20;
/// The longest Call-ID that is kept whole.
const CALL_ID_BYTES_MAX: usize = 1024;
/// Length and checksum.
const HEAD_BYTES: usize = 8;
/// What is read of a frame whose length is not known yet: most are shorter.
const FIRST_READ_BYTES: usize = 1536;

const FACT: u8 = b'F';
const MESSAGE: u8 = b'M';
const GAP: u8 = b'G';
const TOLD: u8 = b'T';
const BEGAN: u8 = b'B';
const FANOUT: u8 = b'N';

/// The head of a message.
#[derive(Serialize, Deserialize)]
struct Head {
    flow: Flow,
    sent: bool,
}

/// Appends a record to `out`.
pub(super) fn write(record: &Record, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; HEAD_BYTES]);
    out.push(match record.what {
        What::Fact(_) => FACT,
        What::Message(_) => MESSAGE,
        What::Gap(_) => GAP,
        What::Told(_) => TOLD,
        What::Began(_) => BEGAN,
        What::Fanout(_) => FANOUT,
    });
    out.extend_from_slice(&record.at.unix_micros().to_le_bytes());
    let call_id = &record.call_id[..record.call_id.len().min(CALL_ID_BYTES_MAX)];
    out.extend_from_slice(&(call_id.len() as u16).to_le_bytes());
    out.extend_from_slice(call_id);
    // None of these types can fail to be written.
    match &record.what {
        What::Fact(fact) => out.extend(serde_json::to_vec(fact).unwrap_or_default()),
        What::Gap(count) => out.extend(serde_json::to_vec(count).unwrap_or_default()),
        What::Told(told) => out.extend(serde_json::to_vec(told).unwrap_or_default()),
        What::Began(began) => out.extend(serde_json::to_vec(began).unwrap_or_default()),
        What::Fanout(fanout) => out.extend(serde_json::to_vec(fanout).unwrap_or_default()),
        What::Message(Passage { flow, sent, bytes }) => {
            let head = serde_json::to_vec(&Head { flow: *flow, sent: *sent }).unwrap_or_default();
            out.extend_from_slice(&(head.len() as u16).to_le_bytes());
            out.extend(head);
            out.extend_from_slice(bytes);
        }
    }
    let body = &out[start + HEAD_BYTES..];
    let (length, sum) = (body.len() as u32, checksum(body));
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    out[start + 4..start + HEAD_BYTES].copy_from_slice(&sum.to_le_bytes());
}

/// The record of a body; `None` when it is of a later version.
pub(super) fn parse(body: &[u8]) -> Option<Record> {
    let (&kind, rest) = body.split_first()?;
    let (at, rest) = rest.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (call_id, content) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    let what = match kind {
        FACT => What::Fact(serde_json::from_slice(content).ok()?),
        GAP => What::Gap(serde_json::from_slice(content).ok()?),
        TOLD => What::Told(serde_json::from_slice(content).ok()?),
        BEGAN => What::Began(serde_json::from_slice(content).ok()?),
        FANOUT => What::Fanout(serde_json::from_slice(content).ok()?),
        MESSAGE => {
            let (length, rest) = content.split_first_chunk::<2>()?;
            let (head, bytes) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
            let Head { flow, sent } = serde_json::from_slice(head).ok()?;
            What::Message(Passage { flow, sent, bytes: bytes.into() })
        }
        _ => return None,
    };
    let at = Instant::from_unix_micros(u64::from_le_bytes(*at));
    Some(Record { at, call_id: call_id.into(), what })
}

/// The bodies of a segment with the offsets of their frames, up to its end or to the first that is broken.
pub(super) struct Bodies<'a> {
    segment: &'a [u8],
    /// Behind the last frame that is whole.
    pub(super) end: usize,
}

impl<'a> Bodies<'a> {
    /// Those of a segment, without its magic; `None` when it is none.
    pub(super) fn of(segment: &'a [u8]) -> Option<Self> {
        segment.starts_with(MAGIC).then_some(Bodies { segment, end: MAGIC.len() })
    }

    /// The body of the frame at `offset`.
    fn at(segment: &'a [u8], offset: usize) -> Option<&'a [u8]> {
        let (length, rest) = head(segment.get(offset..)?)?;
        body(rest.get(..length)?, segment.get(offset..)?)
    }
}

/// The body of the frame at `offset` of a file; `None` when it is broken.
pub(super) fn read_at(file: &File, offset: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; FIRST_READ_BYTES];
    let mut got = read_full(file, &mut bytes, offset)?;
    let Some((length, _)) = head(&bytes[..got]) else { return Ok(None) };
    if got < HEAD_BYTES + length {
        bytes.resize(HEAD_BYTES + length, 0);
        got += read_full(file, &mut bytes[got..], offset + got as u64)?;
    }
    Ok(bytes[..got]
        .get(HEAD_BYTES..HEAD_BYTES + length)
        .and_then(|content| body(content, &bytes))
        .map(<[u8]>::to_vec))
}

fn read_full(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut got = 0;
    while got < bytes.len() {
        match file.read_at(&mut bytes[got..], offset + got as u64)? {
            0 => break,
            count => got += count,
        }
    }
    Ok(got)
}

/// How long the body of a frame is, and what follows its head; `None` when nobody believes it.
fn head(frame: &[u8]) -> Option<(usize, &[u8])> {
    let (length, rest) = frame.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    Some((length, rest.get(4..)?)).filter(|(length, _)| (1..=BODY_BYTES_MAX).contains(length))
}

/// `content`, when it is what the head of the frame says.
fn body<'a>(content: &'a [u8], frame: &[u8]) -> Option<&'a [u8]> {
    let sum = frame.get(4..HEAD_BYTES)?;
    (checksum(content).to_le_bytes() == *sum).then_some(content)
}

impl<'a> Iterator for Bodies<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.end;
        let body = Self::at(self.segment, offset)?;
        self.end = offset + HEAD_BYTES + body.len();
        Some((offset, body))
    }
}

/// CRC-32 as Ethernet and gzip have it, eight bytes at a time.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let step = |sum: u32, chunk: &[u8; 8]| {
        let mixed = u64::from_le_bytes(*chunk) ^ u64::from(sum);
        let bytes = mixed.to_le_bytes();
        (0..8).fold(0, |sum, i| sum ^ TABLES[7 - i][usize::from(bytes[i])])
    };
    let sum = chunks.iter().fold(!0, step);
    !rest.iter().fold(sum, |sum: u32, byte| TABLES[0][usize::from(sum as u8 ^ byte)] ^ (sum >> 8))
}

/// What a byte comes to, with so many bytes of zero behind it.
static TABLES: [[u32; 256]; 8] = {
    let mut tables = [[0; 256]; 8];
    let mut i = 0;
    while i < 256 {
        let (mut value, mut bit) = (i as u32, 0);
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        tables[0][i] = value;
        i += 1;
    }
    let mut place = 256;
    while place < 8 * 256 {
        let value = tables[place / 256 - 1][place % 256];
        tables[place / 256][place % 256] = tables[0][(value & 0xff) as usize] ^ (value >> 8);
        place += 1;
    }
    tables
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_crc_32() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(checksum(&bytes), 0x2905_8c73);
    }
}
