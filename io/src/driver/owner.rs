//! Which worker owns a message: the one that its Call-ID chooses, so that all messages of a call, retransmissions,
//! responses of forked branches and CANCELs among them, find their transactions, whatever path they came by.

use memchr::memchr;
use ringback_sip::entropy::Seed;

/// The worker of `workers` that owns `message`; `None` when no Call-ID can be seen: whoever has it may judge it.
pub(crate) fn owner(seed: &Seed, message: &[u8], workers: usize) -> Option<usize> {
    Some(seed.part_of(call_id(message)?, workers))
}

/// The value of the first Call-ID field, found without parsing the message (RFC 3261 §20.8).
pub(crate) fn call_id(message: &[u8]) -> Option<&[u8]> {
    let mut rest = message;
    loop {
        rest = &rest[memchr(b'\n', rest)? + 1..];
        let value = match rest.first()? {
            b'c' | b'C' => after_name(rest, b"Call-ID"),
            b'i' | b'I' => after_name(rest, b"i"),
            b'\r' | b'\n' => return None,
            _ => None,
        };
        if let Some(value) = value {
            return Some(whole_line(value).trim_ascii());
        }
    }
}

/// What follows `name` and its colon at the start of `line`.
fn after_name<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = line.split_at_checked(name.len())?;
    if !start.eq_ignore_ascii_case(name) {
        return None;
    }
    let colon = rest.iter().position(|b| !matches!(b, b' ' | b'\t'))?;
    (rest[colon] == b':').then(|| &rest[colon + 1..])
}

/// The bytes up to the end of the line and its continuation lines.
fn whole_line(bytes: &[u8]) -> &[u8] {
    let mut end = 0;
    while let Some(length) = memchr(b'\n', &bytes[end..]) {
        end += length + 1;
        if !matches!(bytes.get(end), Some(b' ' | b'\t')) {
            return &bytes[..end];
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_id_is_found_in_every_spelling() {
        let message =
            |row: &str| format!("OPTIONS sip:a SIP/2.0\r\nCSeq: 1 OPTIONS\r\nVia: i\r\n{row}\r\n\r\n");
        for row in ["Call-ID: x@y", "call-id:x@y", "I\t: x@y ", "CALL-ID :\r\n  x@y"] {
            assert_eq!(call_id(message(row).as_bytes()), Some(&b"x@y"[..]), "{row}");
        }
        for row in ["Call-IDs: x", "In-Reply-To: x", "Subject: a\r\n\r\nCall-ID: in the body", "i"] {
            assert_eq!(call_id(message(row).as_bytes()), None, "{row}");
        }
        assert_eq!(call_id(b""), None);
        assert_eq!(call_id(b"\ni:"), Some(&b""[..]));
    }

    #[test]
    fn calls_spread_over_all_workers_and_each_stays_with_one() {
        let seed = Seed::from_number(7);
        let owners: Vec<usize> =
            (0..1000).map(|n| owner(&seed, format!("A\r\ni: {n}\r\n\r\n").as_bytes(), 4).unwrap()).collect();
        for worker in 0..4 {
            let share = owners.iter().filter(|o| **o == worker).count();
            assert!((200..300).contains(&share), "{share}");
        }
        assert_eq!(owner(&seed, b"A\r\nCall-ID:  5\r\n\r\n", 4), Some(owners[5]));
    }
}
