//! Small readers over bytes: white space, tokens, quoted strings, comma lists.

/// Whether `b` is linear white space, the line ends of a folded value included.
pub(crate) const fn is_lws(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

/// What makes a reader stop: each a class of bytes.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum Stop {
    /// What no token has (RFC 3261 §25.1).
    Token = 1,
    /// What no host has, and the colon before a port.
    Host = 2,
    /// What no IPv6 reference has.
    HostOrColon = 4,
    /// What the value of a parameter has in quotes only.
    Value = 8,
    /// What separates the parts of a SIP URI, its escapes, and what no URI has.
    Uri = 16,
}

/// The offset of the first byte at which a reader stops.
#[inline]
pub(crate) fn find(bytes: &[u8], stop: Stop) -> Option<usize> {
    let class = |b: &u8| STOPS[*b as usize] & stop as u8;
    let (fours, rest) = bytes.as_chunks::<4>();
    for (at, four) in fours.iter().enumerate() {
        let [a, b, c, d] = four;
        if class(a) | class(b) | class(c) | class(d) != 0 {
            return four.iter().position(|b| class(b) != 0).map(|within| 4 * at + within);
        }
    }
    let within = rest.iter().position(|b| class(b) != 0)?;
    Some(bytes.len() - rest.len() + within)
}

/// The classes of every byte.
static STOPS: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let b = at as u8;
        let word = b.is_ascii_alphanumeric();
        if !word && !matches!(b, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~') {
            table[at] |= Stop::Token as u8;
        }
        if !word && !matches!(b, b'.' | b'-' | b'_' | b'[' | b']' | b'%') {
            table[at] |= Stop::Host as u8;
            if b != b':' {
                table[at] |= Stop::HostOrColon as u8;
            }
        }
        if is_lws(b) || matches!(b, b',' | b';' | b'"' | b'<' | b'>') {
            table[at] |= Stop::Value as u8;
        }
        if b <= b' ' || matches!(b, 0x7f | b'<' | b'>' | b'"' | b'@' | b':' | b';' | b'?' | b'%') {
            table[at] |= Stop::Uri as u8;
        }
        at += 1;
    }
    table
};

/// Whether `bytes` is a token: not empty, token characters only.
pub(crate) fn is_token_text(bytes: &[u8]) -> bool {
    !bytes.is_empty() && find(bytes, Stop::Token).is_none()
}

/// The bytes without linear white space at either end.
#[inline]
pub fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_lws(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_lws(*last)
    {
        bytes = rest;
    }
    bytes
}

/// Reads a whole decimal number; `None` for anything else or an overflow.
pub fn parse_u32(bytes: &[u8]) -> Option<u32> {
    let bytes = trim(bytes);
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0_u32, |n, &b| {
        let digit = b.wrapping_sub(b'0');
        if digit > 9 { None } else { n.checked_mul(10)?.checked_add(u32::from(digit)) }
    })
}

/// The length of the quoted string at the start of `bytes`, its quotes included; `None` when it does not end.
pub(crate) fn quoted_len(bytes: &[u8]) -> Option<usize> {
    debug_assert_eq!(bytes.first(), Some(&b'"'));
    let mut i = 1;
    while i < bytes.len() {
        match bytes[i] {
            b'"' => return Some(i + 1),
            b'\\' => i += 2,
            _ => i += 1,
        }
    }
    None
}

/// The content of a quoted string with its escapes resolved; other text as it is.
pub fn unquote(bytes: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    let inner = match bytes {
        [b'"', inner @ .., b'"'] => inner,
        other => return other.into(),
    };
    if memchr::memchr(b'\\', inner).is_none() {
        return inner.into();
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner.iter();
    while let Some(&b) = rest.next() {
        out.push(if b == b'\\' { *rest.next().unwrap_or(&b) } else { b });
    }
    out.into()
}

/// Finds `stop` outside quoted strings and, when `angle` is set, outside `<…>`.
pub(crate) fn find_outside(bytes: &[u8], stop: u8, angle: bool) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        let found =
            if angle { memchr::memchr3(stop, b'"', b'<', rest) } else { memchr::memchr2(stop, b'"', rest) }?;
        let inner = &rest[found..];
        at += found
            + match inner[0] {
                b if b == stop => return Some(at + found),
                b'"' => quoted_len(inner).unwrap_or(inner.len()),
                _ => memchr::memchr(b'>', inner).map_or(inner.len(), |n| n + 1),
            };
    }
}

/// The elements of a comma-separated value (RFC 3261 §7.3.1), trimmed; commas in quotes or `<…>` do not split.
/// Empty elements are left out.
pub fn split_commas(value: &[u8]) -> Commas<'_> {
    Commas { rest: Some(value) }
}

/// See [`split_commas`].
#[derive(Clone, Debug)]
pub struct Commas<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Commas<'a> {
    /// What has not been read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest.unwrap_or_default()
    }
}

impl<'a> Iterator for Commas<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = self.rest?;
            let element = match find_outside(rest, b',', true) {
                Some(comma) => {
                    self.rest = Some(&rest[comma + 1..]);
                    &rest[..comma]
                }
                None => {
                    self.rest = None;
                    rest
                }
            };
            let element = trim(element);
            if !element.is_empty() {
                return Some(element);
            }
        }
    }
}

/// The offset of `part` in `whole`; 0 when it does not lie in it.
pub(crate) fn offset_in(whole: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize).filter(|&o| o <= whole.len()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_quotes_and_angles_do_not_split() {
        let value = b" \"a, b\" <sip:x;y=1,2> , ,<sip:z>,\"open, ";
        let parts: Vec<_> = split_commas(value).collect();
        assert_eq!(parts, [&b"\"a, b\" <sip:x;y=1,2>"[..], b"<sip:z>", b"\"open,"]);
    }

    #[test]
    fn numbers_are_whole_and_bounded() {
        assert_eq!(parse_u32(b" 0042 "), Some(42));
        assert_eq!(parse_u32(b"4294967295"), Some(u32::MAX));
        for bad in [&b"4294967296"[..], b"-1", b"", b"1 2", b"0x1"] {
            assert_eq!(parse_u32(bad), None);
        }
    }

    #[test]
    fn escapes_in_quoted_strings_are_resolved() {
        assert_eq!(&*unquote(br#""a\"b\\c""#), br#"a"b\c"#);
        assert_eq!(&*unquote(b"token"), b"token");
        assert_eq!(quoted_len(br#""a\"b" rest"#), Some(6));
        assert_eq!(quoted_len(br#""never ends\""#), None);
    }
}
