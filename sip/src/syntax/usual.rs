//! Rows as nearly all are written: a name spelled as we spell it, a colon, one space.

use crate::registry::HeaderName;

macro_rules! usual_rows {
    ($($first:literal: $($start:literal $name:ident),+;)*) => {
        /// The name at the start of such a row, and where its value begins.
        #[inline]
        #[allow(clippy::collapsible_match)]
        pub(super) fn usual_row(line: &[u8]) -> Option<(HeaderName, usize)> {
            match *line.first()? {
                $($first => {
                    $(if line.starts_with($start) {
                        return Some((HeaderName::$name, $start.len()));
                    })+
                })*
                _ => {}
            }
            None
        }

        #[cfg(test)]
        const ROWS: &[(u8, &[u8], HeaderName)] = &[$($(($first, $start, HeaderName::$name)),+),*];
    };
}

// Those that most messages have; every other name is looked up.
usual_rows! {
    b'V': b"Via: " VIA;
    b'F': b"From: " FROM;
    b'T': b"To: " TO;
    b'C': b"Call-ID: " CALL_ID, b"CSeq: " CSEQ, b"Contact: " CONTACT, b"Content-Length: " CONTENT_LENGTH,
        b"Content-Type: " CONTENT_TYPE;
    b'M': b"Max-Forwards: " MAX_FORWARDS;
    b'R': b"Route: " ROUTE, b"Record-Route: " RECORD_ROUTE;
    b'E': b"Expires: " EXPIRES;
    b'A': b"Allow: " ALLOW, b"Authorization: " AUTHORIZATION;
    b'S': b"Supported: " SUPPORTED, b"Server: " SERVER;
    b'U': b"User-Agent: " USER_AGENT;
}

/// Where the first control character from `at` on stands: nearly always the end of a line.
#[inline]
pub(super) fn find_control(bytes: &[u8], at: usize) -> Option<usize> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let (words, tail) = bytes.get(at..)?.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The lowest byte that borrows is below a space; what lies above it may borrow from it.
        let controls = word.wrapping_sub(EACH * 0x20) & !word & (EACH * 0x80);
        if controls != 0 {
            return Some(at + 8 * number + controls.trailing_zeros() as usize / 8);
        }
    }
    tail.iter().position(|b| *b < b' ').map(|within| bytes.len() - tail.len() + within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_rows_are_those_of_the_registry() {
        for (first, start, name) in ROWS {
            assert_eq!(format!("{}: ", name.as_str()).as_bytes(), *start);
            assert_eq!(start[0], *first);
            assert_eq!(usual_row(&[start, &b"x"[..]].concat()), Some((*name, start.len())));
            assert_eq!(usual_row(&start[..start.len() - 1]), None);
        }
    }

    #[test]
    fn a_control_character_is_found_wherever_it_stands() {
        let mut bytes: Vec<u8> = (32..=255).cycle().take(400).collect();
        assert_eq!(find_control(&bytes, 3), None);
        for at in [0, 7, 8, 9, 15, 16, 390, 396, 399] {
            for control in [0, b'\t', b'\n', b'\r', 31] {
                let usual = core::mem::replace(&mut bytes[at], control);
                for from in 0..=at.min(20) {
                    assert_eq!(find_control(&bytes, from), Some(at));
                }
                assert_eq!(find_control(&bytes, at + 1), None);
                bytes[at] = usual;
            }
        }
    }
}
