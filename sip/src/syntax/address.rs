//! Addresses in header fields: `"Display" <uri>;params` (RFC 3261 §20.10, §25.1).

use super::error::{Fault, Malformed};
use super::scan::{Stop, find, is_token_text, quoted_len, trim};
use crate::registry::HeaderName;

/// Header or URI parameters: `;name=value;flag`, read when asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Params<'a>(&'a [u8]);

impl<'a> Params<'a> {
    /// Parameters in their raw form, from the first `;` on (or empty).
    pub fn new(raw: &'a [u8]) -> Self {
        Params(raw)
    }

    /// The raw form.
    pub fn raw(&self) -> &'a [u8] {
        self.0
    }

    /// Each parameter: its name, and its value (with its quotes, if any) when it has one.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> + use<'a> {
        self.items().filter(|item| !item.is_empty()).map(|item| (item.name, item.value))
    }

    /// The same with what stands between two `;` and is empty.
    pub(super) fn items(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        let mut rest = trim(self.0);
        core::iter::from_fn(move || {
            let text = match rest {
                [] => return None,
                [b';', tail @ ..] => tail,
                other => other,
            };
            let (item, end) = Item::read(text);
            rest = &text[end..];
            Some(item)
        })
    }

    /// Whether no parameter is empty, each name is a token, and each value is a token, a quoted string or an address.
    pub(super) fn are_whole(&self) -> bool {
        matches!(trim(self.0), [] | [b';', ..]) && self.items().all(|item| item.is_whole)
    }

    /// The value of the parameter `name`, in any case; empty when it has none.
    #[inline]
    pub fn get(&self, name: &[u8]) -> Option<&'a [u8]> {
        // Most have none.
        if self.0.is_empty() {
            return None;
        }
        self.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.unwrap_or_default())
    }

    /// Whether the parameter `name` is there.
    pub fn has(&self, name: &[u8]) -> bool {
        self.get(name).is_some()
    }

    /// Gives `put` the text of those that `keep` wants, by their names, each with its `;` and as it came.
    pub fn write_if(&self, mut put: impl FnMut(&[u8]), keep: impl Fn(&[u8]) -> bool) {
        // From where on nothing has been put: what of it has been read goes out as it stands.
        let mut run = trim(self.0);
        let mut rest = run;
        while !rest.is_empty() {
            let text = rest.strip_prefix(b";").unwrap_or(rest);
            let (item, end) = Item::read(text);
            let is_kept = !item.is_empty() && keep(item.name);
            if is_kept && text.len() < rest.len() && item.len() == end {
                rest = &text[end..];
                continue;
            }
            put(&run[..run.len() - rest.len()]);
            (rest, run) = (&text[end..], &text[end..]);
            if is_kept {
                put(b";");
                put(item.name);
                if let Some(value) = item.value {
                    put(b"=");
                    put(value);
                }
            }
        }
        put(run);
    }
}

/// What stands between two `;`.
pub(super) struct Item<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: Option<&'a [u8]>,
    /// Whether the name is a token, and the value is nothing, a token, a quoted string or an address.
    pub(super) is_whole: bool,
}

impl<'a> Item<'a> {
    fn is_empty(&self) -> bool {
        self.name.is_empty() && self.value.is_none()
    }

    /// How long it is without white space.
    pub(super) fn len(&self) -> usize {
        self.name.len() + self.value.map_or(0, |value| value.len() + 1)
    }

    /// Reads one from the start of `text`, and says where it ends.
    #[inline]
    pub(super) fn read(text: &'a [u8]) -> (Self, usize) {
        // As nearly all are: a token, and a value without quotes or white space.
        let name_end = find(text, Stop::Token).unwrap_or(text.len());
        let name = &text[..name_end];
        match text.get(name_end) {
            None | Some(b';') => {
                return (Item { name, value: None, is_whole: name_end > 0 }, name_end);
            }
            Some(b'=') => {
                let rest = &text[name_end + 1..];
                let value_end = find(rest, Stop::Value).unwrap_or(rest.len());
                if matches!(rest.get(value_end), None | Some(b';')) {
                    let item = Item { name, value: Some(&rest[..value_end]), is_whole: name_end > 0 };
                    return (item, name_end + 1 + value_end);
                }
            }
            Some(_) => {}
        }
        Self::read_odd(text)
    }

    fn read_odd(text: &'a [u8]) -> (Self, usize) {
        let (mut end, mut equals) = (0, None);
        while let Some(&b) = text.get(end).filter(|b| **b != b';') {
            if b == b'=' && equals.is_none() {
                equals = Some(end);
            }
            end += if b == b'"' { quoted_len(&text[end..]).unwrap_or(text.len() - end) } else { 1 };
        }
        let item = &text[..end];
        let (name, value) = match equals {
            Some(at) => (trim(&item[..at]), Some(trim(&item[at + 1..]))),
            None => (trim(item), None),
        };
        let value_is_whole = match value {
            None => true,
            Some(text @ [b'"', ..]) => quoted_len(text) == Some(text.len()),
            Some(text) => find(text, Stop::Value).is_none(),
        };
        (Item { name, value, is_whole: value_is_whole && is_token_text(name) }, end)
    }
}

/// An address of a header field: From, To, Contact, Route, Record-Route and their like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// The display name as it came, with its quotes; empty when absent.
    pub display: &'a [u8],
    /// The URI without brackets; `*` for `Contact: *`.
    pub uri: &'a [u8],
    /// The header field's parameters (not the URI's).
    pub params: Params<'a>,
    /// Whether the URI stood in `<…>`.
    pub bracketed: bool,
}

impl<'a> NameAddr<'a> {
    /// Parses one address (one element of a comma list). Without brackets, what follows the first `;` are
    /// parameters of the header field, not of the URI (RFC 3261 §20.10).
    ///
    /// # Errors
    /// [`Fault::Value`] of `header` for an open quote, an open bracket, an empty URI, or text between parts.
    pub fn parse(header: HeaderName, value: &'a [u8]) -> Result<Self, Malformed> {
        let fault = |rest: &[u8]| Malformed::new(Fault::Value(header), value.len() - rest.len());
        let text = trim(value);
        let (display, rest) = match text.first() {
            Some(b'"') => {
                let len = quoted_len(text).ok_or(fault(text))?;
                (&text[..len], trim(&text[len..]))
            }
            Some(b'<') => (&text[..0], text),
            _ => match memchr::memchr2(b'<', b';', text) {
                Some(at) if text[at] == b'<' => (trim(&text[..at]), &text[at..]),
                at => return Self::unbracketed(text, at.unwrap_or(text.len()), fault(text)),
            },
        };
        let Some(inner) = rest.strip_prefix(b"<") else { return Err(fault(rest)) };
        let close = memchr::memchr(b'>', inner).ok_or(fault(rest))?;
        let (uri, params) = (&inner[..close], trim(&inner[close + 1..]));
        if trim(uri).is_empty() || !(params.is_empty() || params[0] == b';') {
            return Err(fault(params));
        }
        Ok(NameAddr { display, uri, params: Params::new(params), bracketed: true })
    }

    fn unbracketed(text: &'a [u8], uri_end: usize, fault: Malformed) -> Result<Self, Malformed> {
        let uri = trim(&text[..uri_end]);
        if uri.is_empty() || uri.iter().any(|&b| b == b'"' || b == b'>' || super::scan::is_lws(b)) {
            return Err(fault);
        }
        Ok(NameAddr { display: b"", uri, params: Params::new(&text[uri_end..]), bracketed: false })
    }

    /// The tag parameter (RFC 3261 §19.3).
    pub fn tag(&self) -> Option<&'a [u8]> {
        self.params.get(b"tag").filter(|t| !t.is_empty())
    }

    /// The value of a parameter; empty when it has none.
    pub fn param(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.params.get(name)
    }

    /// Whether it is the `*` of `Contact: *` (RFC 3261 §10.2.2).
    pub fn is_star(&self) -> bool {
        self.uri == b"*" && !self.bracketed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<NameAddr<'_>, Malformed> {
        NameAddr::parse(HeaderName::TO, text.as_bytes())
    }

    #[test]
    fn every_form_of_an_address() {
        let a = parse(r#""A. \"B\" <x>" <sip:a@b;lr?x=y> ; tag = 1 ;flag"#).unwrap();
        assert_eq!((a.display, a.uri), (&br#""A. \"B\" <x>""#[..], &b"sip:a@b;lr?x=y"[..]));
        assert_eq!((a.tag(), a.param(b"FLAG")), (Some(&b"1"[..]), Some(&b""[..])));
        let a = parse("sip:a@b;tag=9").unwrap();
        assert_eq!((a.uri, a.tag(), a.bracketed), (&b"sip:a@b"[..], Some(&b"9"[..]), false));
        let a = parse("Two Words <sip:a@b>").unwrap();
        assert_eq!(a.display, b"Two Words");
        assert!(parse("*").unwrap().is_star());
    }

    #[test]
    fn broken_addresses_are_refused_with_their_place() {
        for bad in ["", "\"open <sip:a@b>", "<sip:a@b", "<>", "<sip:a@b> junk", "\"x\" sip:a@b", "a b"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn quoted_parameter_values_may_hold_separators() {
        let a = parse(r#"<sip:a@b>;x="1;2=3";y=4"#).unwrap();
        assert_eq!(a.param(b"x"), Some(&br#""1;2=3""#[..]));
        assert_eq!(a.param(b"y"), Some(&b"4"[..]));
    }
}
