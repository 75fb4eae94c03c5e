//! The parameters of challenges and credentials: a comma list of `name=value` (RFC 7616 §3.3, §3.4).

use crate::syntax::{Stop, find, split_commas, trim, unquote};
use std::borrow::Cow;

/// A parameter that has a meaning here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Param {
    /// Who authenticates.
    Username,
    /// Who authenticates, in the extended notation of RFC 5987.
    UsernameExtended,
    /// The protection domain.
    Realm,
    /// The asker's nonce.
    Nonce,
    /// The Request-URI as the client sees it.
    Uri,
    /// The proof.
    Response,
    /// The hash function.
    Algorithm,
    /// The client's nonce.
    Cnonce,
    /// The asker's own data, sent back unchanged.
    Opaque,
    /// The quality of protection.
    Qop,
    /// How often the nonce has been used.
    Nc,
    /// Whether only the nonce was out of date.
    Stale,
    /// Whether the user name is hashed.
    Userhash,
}

macro_rules! names {
    ($($name:literal $param:ident),+ $(,)?) => {
        impl Param {
            const NAMES: &'static [(&'static [u8], Param)] = &[$(($name, Param::$param)),+];

            fn from_name(name: &[u8]) -> Option<Self> {
                // As nearly all are: spelled as here.
                $(if name == $name {
                    return Some(Param::$param);
                })+
                let (_, param) = Self::NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
                Some(*param)
            }
        }
    };
}

names! {
    b"username" Username,
    b"username*" UsernameExtended,
    b"realm" Realm,
    b"nonce" Nonce,
    b"uri" Uri,
    b"response" Response,
    b"algorithm" Algorithm,
    b"cnonce" Cnonce,
    b"opaque" Opaque,
    b"qop" Qop,
    b"nc" Nc,
    b"stale" Stale,
    b"userhash" Userhash,
}

/// Why a challenge or credentials cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthFault {
    /// The scheme is not Digest; Basic is never accepted (RFC 8760 §2.6).
    Scheme,
    /// An element of the list is not `name=value`.
    Syntax,
    /// A parameter stands there twice.
    Repeated(Param),
    /// A parameter that must be there is absent.
    Missing(Param),
    /// A parameter's value does not follow its grammar.
    Value(Param),
    /// The algorithm is not one of ours.
    UnknownAlgorithm,
    /// The quality of protection is not one of ours.
    UnknownQop,
    /// The user name is hashed, which our challenges do not ask for (RFC 7616 §3.4.4).
    HashedUsername,
}

/// The known parameters of one value; unknown ones are skipped.
pub(super) struct ParamList<'a>([Option<Value<'a>>; Param::NAMES.len()]);

/// A value; `true`: its quotes and the escapes in it are still there.
type Value<'a> = (&'a [u8], bool);

impl<'a> ParamList<'a> {
    /// Reads `Digest name=value, …`.
    #[inline]
    pub(super) fn parse(value: &'a [u8]) -> Result<Self, AuthFault> {
        // It is large, and is filled where it stands.
        let mut list = ParamList([None; Param::NAMES.len()]);
        list.read(value)?;
        Ok(list)
    }

    fn read(&mut self, value: &'a [u8]) -> Result<(), AuthFault> {
        let value = trim(value);
        let space = value.iter().position(|b| b.is_ascii_whitespace()).unwrap_or(value.len());
        let (scheme, rest) = value.split_at(space);
        if !scheme.eq_ignore_ascii_case(b"Digest") {
            return Err(AuthFault::Scheme);
        }
        let mut rest = trim(rest);
        while let Some((name, value)) = item(&mut rest)? {
            let Some(param) = Param::from_name(name) else { continue };
            if self.0[param as usize].replace(value).is_some() {
                return Err(AuthFault::Repeated(param));
            }
        }
        Ok(())
    }

    /// Takes a parameter out, unquoted.
    pub(super) fn take(&mut self, param: Param) -> Option<Cow<'a, [u8]>> {
        let (value, is_raw) = self.0[param as usize].take()?;
        Some(if is_raw { unquote(value) } else { value.into() })
    }

    /// Takes out a parameter that must be there.
    pub(super) fn require(&mut self, param: Param) -> Result<Cow<'a, [u8]>, AuthFault> {
        self.take(param).ok_or(AuthFault::Missing(param))
    }

    /// Takes a flag out: `true` in any case, everything else is false (RFC 7616 §3.3).
    pub(super) fn flag(&mut self, param: Param) -> bool {
        self.take(param).is_some_and(|v| v.eq_ignore_ascii_case(b"true"))
    }
}

/// A name and its value.
type Item<'a> = (&'a [u8], Value<'a>);

/// The next `name=value` of a list.
fn item<'a>(rest: &mut &'a [u8]) -> Result<Option<Item<'a>>, AuthFault> {
    // As nearly all are: no white space around, and a value without quotes or escapes inside.
    if let Some(item) = plain_item(rest) {
        return Ok(Some(item));
    }
    let mut items = split_commas(rest);
    let Some(item) = items.next() else { return Ok(None) };
    *rest = trim(items.rest());
    let equals = memchr::memchr(b'=', item).ok_or(AuthFault::Syntax)?;
    let (name, value) = (trim(&item[..equals]), trim(&item[equals + 1..]));
    if name.is_empty() || (value.first() == Some(&b'"') && !is_quoted(value)) {
        return Err(AuthFault::Syntax);
    }
    Ok(Some((name, (value, value.first() == Some(&b'"')))))
}

/// Such an item; what follows its comma is left.
#[inline]
fn plain_item<'a>(text: &mut &'a [u8]) -> Option<Item<'a>> {
    let equals = find(text, Stop::Token).filter(|at| *at > 0 && text[*at] == b'=')?;
    let (name, rest) = (&text[..equals], &text[equals + 1..]);
    let (value, rest) = match rest.strip_prefix(b"\"") {
        Some(inner) => {
            let end = memchr::memchr2(b'"', b'\\', inner).filter(|at| inner[*at] == b'"')?;
            (&inner[..end], &inner[end + 1..])
        }
        None => rest.split_at(find(rest, Stop::Value).unwrap_or(rest.len())),
    };
    *text = match rest {
        [] => rest,
        [b',', tail @ ..] => trim(tail),
        _ => return None,
    };
    Some((name, (value, false)))
}

/// Whether `value` is one whole quoted string.
fn is_quoted(value: &[u8]) -> bool {
    let mut inner = match value {
        [b'"', inner @ .., b'"'] => inner.iter(),
        _ => return false,
    };
    while let Some(&b) = inner.next() {
        match b {
            b'"' => return false,
            b'\\' if inner.next().is_none() => return false,
            _ => {}
        }
    }
    true
}

/// Writes ` name="value"` with the escapes that the value needs; what could end a line becomes a space.
pub(super) fn write_quoted(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    let is_special = |b: &u8| matches!(b, b'"' | b'\\' | b'\r' | b'\n' | 0);
    // Without an early end, many bytes are looked at in one step.
    if !value.iter().fold(false, |is, b| is | is_special(b)) {
        out.extend_from_slice(value);
    } else {
        for &b in value {
            match b {
                b'"' | b'\\' => out.extend_from_slice(&[b'\\', b]),
                b'\r' | b'\n' | 0 => out.push(b' '),
                _ => out.push(b),
            }
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_escapes_and_unknown_parameters_are_read() {
        let mut list =
            ParamList::parse(br#"digest username="a\"b, c" , X="y",realm = "r",nc=00000001"#).unwrap();
        assert_eq!(list.take(Param::Username).as_deref(), Some(&br#"a"b, c"#[..]));
        assert_eq!(list.take(Param::Realm).as_deref(), Some(&b"r"[..]));
        assert_eq!(list.require(Param::Nonce), Err(AuthFault::Missing(Param::Nonce)));
        assert_eq!(ParamList::parse(b"Basic dTpw").err(), Some(AuthFault::Scheme));
    }

    #[test]
    fn every_name_is_found_in_any_case_and_no_other() {
        for (at, (name, param)) in Param::NAMES.iter().copied().enumerate() {
            assert_eq!((at, Param::from_name(name)), (param as usize, Some(param)));
            assert_eq!(Param::from_name(&name.to_ascii_uppercase()), Some(param));
            let mut other = name.to_vec();
            *other.last_mut().unwrap() ^= 1;
            assert_eq!(Param::from_name(&other), None);
            assert_eq!(Param::from_name(&[name, &b"x"[..]].concat()), None);
        }
        assert_eq!(Param::from_name(b""), None);
    }

    #[test]
    fn repeated_parameters_and_broken_quotes_are_refused() {
        let fault = |t: &str| ParamList::parse(t.as_bytes()).map(|_| ()).unwrap_err();
        assert_eq!(fault(r#"Digest realm="a",Realm="b""#), AuthFault::Repeated(Param::Realm));
        assert_eq!(fault(r#"Digest realm"#), AuthFault::Syntax);
        assert_eq!(fault(r#"Digest realm="a"b""#), AuthFault::Syntax);
        assert_eq!(fault(r#"Digest realm="a\""#), AuthFault::Syntax);
        assert_eq!(fault(""), AuthFault::Scheme);
    }

    #[test]
    fn what_is_written_reads_back() {
        for value in [&b"plain"[..], b"with \"quotes\"", b"back\\slash", "J\u{e4}s\u{f8}n".as_bytes(), b""] {
            let mut out = b"Digest ".to_vec();
            write_quoted(&mut out, "realm", value);
            let mut list = ParamList::parse(&out).unwrap();
            assert_eq!(list.take(Param::Realm).as_deref(), Some(value));
        }
        let mut out = Vec::new();
        write_quoted(&mut out, "realm", b"a\r\nEvil: 1");
        assert!(!out.contains(&b'\n'));
    }
}
