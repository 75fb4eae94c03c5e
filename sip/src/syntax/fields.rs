//! Typed header fields of a message, parsed when asked for, and the check of what every message must have.

use super::address::NameAddr;
use super::error::{Fault, Malformed};
use super::heads::CSeq;
use super::message::Message;
use super::scan::{offset_in, parse_u32, split_commas, trim};
use super::uri::Uri;
use super::via::Via;
use crate::registry::HeaderName;
use crate::time::Duration;

impl<'a> Message<'a> {
    /// Where `part`, a part of this message, begins, in bytes; 0 when it is none.
    pub fn offset_of(&self, part: &[u8]) -> usize {
        offset_in(self.bytes(), part)
    }

    /// The place of `part`, a part of this message, for an error.
    pub fn malformed(&self, fault: Fault, part: &[u8]) -> Malformed {
        Malformed::new(fault, self.offset_of(part))
    }

    pub(super) fn parse_address(&self, name: HeaderName, value: &'a [u8]) -> Result<NameAddr<'a>, Malformed> {
        NameAddr::parse(name, value).map_err(|e| Malformed::new(e.fault, self.offset_of(value) + e.at))
    }

    pub(super) fn addresses(
        &self,
        name: HeaderName,
    ) -> impl Iterator<Item = Result<NameAddr<'a>, Malformed>> + '_ {
        self.values(name).map(move |value| self.parse_address(name, value))
    }

    /// The Request-URI, when it is a URI at all; [`Message::target`] is stricter.
    pub fn uri(&self) -> Option<&Uri<'a>> {
        self.heads().uri.as_ref()
    }

    /// From (RFC 3261 §20.20).
    ///
    /// # Errors
    /// [`Fault::Missing`] or [`Fault::Value`].
    pub fn from(&self) -> Result<NameAddr<'a>, Malformed> {
        self.heads().from
    }

    /// To (RFC 3261 §20.39).
    ///
    /// # Errors
    /// [`Fault::Missing`] or [`Fault::Value`].
    pub fn to(&self) -> Result<NameAddr<'a>, Malformed> {
        self.heads().to
    }

    /// Call-ID (RFC 3261 §20.8).
    ///
    /// # Errors
    /// [`Fault::Missing`] or [`Fault::Value`] when it is empty or has white space inside.
    pub fn call_id(&self) -> Result<&'a [u8], Malformed> {
        self.heads().call_id
    }

    /// CSeq (RFC 3261 §20.16).
    ///
    /// # Errors
    /// [`Fault::Missing`], [`Fault::Value`], or [`Fault::Range`] from 2^31 on.
    pub fn cseq(&self) -> Result<CSeq<'a>, Malformed> {
        self.heads().cseq
    }

    /// Max-Forwards (RFC 3261 §20.22), when it is there.
    ///
    /// # Errors
    /// [`Fault::Value`], or [`Fault::Range`] above 255.
    pub fn max_forwards(&self) -> Result<Option<u32>, Malformed> {
        self.number(HeaderName::MAX_FORWARDS, 255)
    }

    /// A header field whose value is one number, when it is there.
    ///
    /// # Errors
    /// [`Fault::Value`] for other text, [`Fault::Range`] above `max`.
    pub fn number(&self, name: HeaderName, max: u32) -> Result<Option<u32>, Malformed> {
        let Some(value) = self.header(name) else { return Ok(None) };
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return Err(self.malformed(Fault::Value(name), value));
        }
        match parse_u32(value).filter(|&n| n <= max) {
            Some(n) => Ok(Some(n)),
            None => Err(self.malformed(Fault::Range(name), value)),
        }
    }

    /// How long the sender asks to be left alone (RFC 3261 §20.33); `None` without a number that can be read.
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.header(HeaderName::RETRY_AFTER)?;
        let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let rest = value[digits..].trim_ascii_start();
        let is_whole = rest.first().is_none_or(|byte| matches!(byte, b';' | b'('));
        (digits > 0 && is_whole).then(|| {
            // More than the number type holds is as good as for ever.
            Duration::from_secs(parse_u32(&value[..digits]).unwrap_or(u32::MAX).into())
        })
    }

    /// The topmost Via.
    ///
    /// # Errors
    /// [`Fault::Missing`] or [`Fault::Value`].
    pub fn top_via(&self) -> Result<&Via<'a>, Malformed> {
        self.heads().via.as_ref().map_err(|fault| *fault)
    }

    /// The topmost Via as it came.
    pub fn top_via_value(&self) -> Option<&'a [u8]> {
        self.heads().via_value
    }

    /// What tells requests of one Call-ID and CSeq apart: the branch of the topmost Via (RFC 3261 §8.1.1.7), or its whole
    /// value where that has no magic cookie (§17.2.3); empty without a Via.
    pub fn branch_or_via(&self) -> &'a [u8] {
        let branch = self.top_via().ok().filter(|via| via.is_rfc3261()).and_then(Via::branch);
        branch.or(self.top_via_value()).unwrap_or_default()
    }

    /// Whether there is a Via below the topmost one.
    pub fn has_second_via(&self) -> bool {
        // As nearly all: one row with one value, which needs no reading. The value is a part of the row.
        let length = |value: Option<&[u8]>| value.map(<[u8]>::len);
        let is_whole = || length(self.header(HeaderName::VIA)) == length(self.top_via_value());
        let is_alone = self.via_rows() <= 1 && is_whole();
        !is_alone && self.values(HeaderName::VIA).nth(1).is_some()
    }

    /// Every Via from the top.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'a>, Malformed>> + '_ {
        self.values(HeaderName::VIA)
            .map(|value| Via::parse(value).map_err(|e| self.malformed(e.fault, value)))
    }

    /// Every Route from the top (RFC 3261 §20.34).
    pub fn routes(&self) -> impl Iterator<Item = Result<NameAddr<'a>, Malformed>> + '_ {
        self.addresses(HeaderName::ROUTE)
    }

    /// Every Record-Route from the top (RFC 3261 §20.30).
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr<'a>, Malformed>> + '_ {
        self.addresses(HeaderName::RECORD_ROUTE)
    }

    /// Every Contact (RFC 3261 §20.10).
    pub fn contacts(&self) -> impl Iterator<Item = Result<NameAddr<'a>, Malformed>> + '_ {
        self.addresses(HeaderName::CONTACT)
    }

    /// The media type of the body, without its parameters.
    pub fn content_type(&self) -> Option<&'a [u8]> {
        let value = self.header(HeaderName::CONTENT_TYPE)?;
        Some(trim(&value[..memchr::memchr(b';', value).unwrap_or(value.len())]))
    }

    /// Whether a comma list such as Supported or Require holds `token`, in any case.
    pub fn lists(&self, name: HeaderName, token: &[u8]) -> bool {
        self.headers(name).any(|row| split_commas(row).any(|v| v.eq_ignore_ascii_case(token)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(rows: &str) -> Vec<u8> {
        format!(
            "OPTIONS sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa, SIP/2.0/TCP g;branch=z9hG4bKb\r\n\
             From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: c\r\n{rows}\r\n"
        )
        .into_bytes()
    }

    #[test]
    fn typed_fields_of_a_good_request() {
        let bytes = request("CSeq: 007 OPTIONS\r\nRoute: <sip:p1;lr>, <sip:p2;lr>\r\nRoute: <sip:p3>\r\n");
        let m = Message::parse(&bytes).unwrap();
        assert_eq!(m.check(), Ok(()));
        assert_eq!(m.cseq().unwrap().number, 7);
        assert_eq!(m.top_via().unwrap().branch(), Some(&b"z9hG4bKa"[..]));
        assert_eq!(m.vias().count(), 2);
        let routes: Vec<_> = m.routes().map(|r| r.unwrap().uri).collect();
        assert_eq!(routes, [&b"sip:p1;lr"[..], b"sip:p2;lr", b"sip:p3"]);
    }
}
