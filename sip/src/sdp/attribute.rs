//! Attributes and those of them that an audio session needs (RFC 8866 §6).

use super::direction::Direction;
use core::fmt;

/// One `a=` line: a property (`a=flag`) or a value (`a=name:value`). `Debug` does not print keys.
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The name; attribute names are case-sensitive.
    pub name: String,
    /// What stands after the colon.
    pub value: Option<String>,
}

impl Attribute {
    /// A property attribute.
    pub fn flag(name: &str) -> Self {
        Attribute { name: name.to_owned(), value: None }
    }

    /// A value attribute.
    pub fn value(name: &str, value: impl Into<String>) -> Self {
        Attribute { name: name.to_owned(), value: Some(value.into()) }
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_secret = self.name.eq_ignore_ascii_case("crypto");
        let value = if is_secret { Some("hidden") } else { self.value.as_deref() };
        f.debug_struct("Attribute").field("name", &self.name).field("value", &value).finish()
    }
}

/// The format behind a payload type: `a=rtpmap` (RFC 8866 §6.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpMap<'a> {
    /// The payload type, 0 to 127.
    pub payload_type: u8,
    /// The encoding name.
    pub encoding: &'a str,
    /// Clock ticks in a second.
    pub clock_rate: u32,
    /// Channels, when they are named.
    pub channels: Option<u8>,
}

impl<'a> RtpMap<'a> {
    /// Reads the value of an rtpmap attribute.
    pub fn parse(value: &'a str) -> Option<Self> {
        let (payload_type, rest) = value.trim().split_once([' ', '\t'])?;
        let mut parts = rest.trim().split('/');
        Some(RtpMap {
            payload_type: number(payload_type).filter(|n| *n < 128)? as u8,
            encoding: parts.next().filter(|e| !e.is_empty())?,
            clock_rate: u32::try_from(number(parts.next()?)?).ok()?,
            channels: parts.next().and_then(number).and_then(|n| u8::try_from(n).ok()),
        })
    }
}

/// The first value of the attribute `name`.
pub(super) fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    attributes.iter().find(|a| a.name == name).map(|a| a.value.as_deref().unwrap_or_default())
}

/// The direction that a list of attributes names; the last one counts.
pub(super) fn direction(attributes: &[Attribute]) -> Option<Direction> {
    attributes.iter().rev().filter(|a| a.value.is_none()).find_map(|a| Direction::from_name(&a.name))
}

/// Reads a decimal number without sign.
pub(super) fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rtpmap_forms() {
        let map = RtpMap::parse("101 telephone-event/8000").unwrap();
        assert_eq!((map.payload_type, map.encoding, map.clock_rate), (101, "telephone-event", 8000));
        assert_eq!(RtpMap::parse("96 opus/48000/2").unwrap().channels, Some(2));
        for bad in ["", "101", "128 PCMU/8000", "0 PCMU", "0 /8000", "x PCMU/8000", "+1 PCMU/8000"] {
            assert_eq!(RtpMap::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_have_no_sign() {
        assert_eq!(number(" 20 "), Some(20));
        for bad in ["+1", "-1", "", "18446744073709551616", "1.5"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }
}
