//! The header fields that everybody asks a message for: read once, when it is indexed.

use super::address::NameAddr;
use super::error::{Fault, Malformed};
use super::index::{Index, Start};
use super::scan::{is_lws, is_token_text, offset_in, parse_u32, split_commas, trim};
use super::uri::Uri;
use super::via::Via;
use crate::registry::{HeaderName, Method};

/// The CSeq header field (RFC 3261 §20.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSeq<'a> {
    /// The sequence number, below 2^31.
    pub number: u32,
    /// The registered method, if it is one.
    pub method: Option<Method>,
    /// The method as it came.
    pub method_token: &'a [u8],
}

impl<'a> CSeq<'a> {
    /// Reads the value of a message with this method, which nearly always stands here too.
    fn parse(value: &'a [u8], method: Option<Method>) -> Result<Self, Fault> {
        const NAME: HeaderName = HeaderName::CSEQ;
        let space = value.iter().position(|&b| is_lws(b)).ok_or(Fault::Value(NAME))?;
        let (digits, token) = (&value[..space], trim(&value[space..]));
        if !digits.iter().all(u8::is_ascii_digit) || !is_token_text(token) {
            return Err(Fault::Value(NAME));
        }
        let number = parse_u32(digits).filter(|&n| n < 1 << 31).ok_or(Fault::Range(NAME))?;
        let method = method.filter(|m| m.as_str().as_bytes() == token).or_else(|| Method::from_token(token));
        Ok(CSeq { number, method, method_token: token })
    }
}

/// What everybody asks a message for, read once, when it is indexed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heads<'a> {
    /// The Request-URI, when it is a URI.
    pub(super) uri: Option<Uri<'a>>,
    pub(super) via_value: Option<&'a [u8]>,
    pub(super) via: Result<Via<'a>, Malformed>,
    pub(super) from: Result<NameAddr<'a>, Malformed>,
    pub(super) to: Result<NameAddr<'a>, Malformed>,
    pub(super) call_id: Result<&'a [u8], Malformed>,
    pub(super) cseq: Result<CSeq<'a>, Malformed>,
}

impl<'a> Heads<'a> {
    /// Those of a message that was not read yet.
    pub(super) fn unread() -> Self {
        const NONE: Malformed = Malformed::new(Fault::Empty, 0);
        Heads {
            uri: None,
            via_value: None,
            via: Err(NONE),
            from: Err(NONE),
            to: Err(NONE),
            call_id: Err(NONE),
            cseq: Err(NONE),
        }
    }

    /// Reads them from the message whose index is at hand.
    pub(super) fn read(bytes: &'a [u8], index: &Index) -> Self {
        let missing = |name| Malformed::new(Fault::Missing(name), index.headers_end as usize);
        let (uri, method) = match index.start {
            Start::Request { uri, method, .. } => (Uri::parse(uri.of(bytes)).ok(), method),
            Start::Response { .. } => (None, None),
        };
        let row = |name| index.lines.iter().find(|l| l.name == name).map(|l| &bytes[l.value()]);
        let via_value = row(HeaderName::VIA).and_then(|row| split_commas(row).next());
        let via = via_value.ok_or(missing(HeaderName::VIA)).and_then(|value| {
            Via::parse(value).map_err(|e| Malformed::new(e.fault, offset_in(bytes, value)))
        });
        let address = |name| {
            let value = row(name).ok_or(missing(name))?;
            NameAddr::parse(name, value).map_err(|e| Malformed::new(e.fault, offset_in(bytes, value) + e.at))
        };
        let call_id = row(HeaderName::CALL_ID).ok_or(missing(HeaderName::CALL_ID)).and_then(|value| {
            // Without an early end, many bytes are looked at in one step.
            match value.iter().fold(value.is_empty(), |broken, &b| broken | is_lws(b)) {
                true => Err(Malformed::new(Fault::Value(HeaderName::CALL_ID), offset_in(bytes, value))),
                false => Ok(value),
            }
        });
        let cseq = row(HeaderName::CSEQ).ok_or(missing(HeaderName::CSEQ)).and_then(|value| {
            CSeq::parse(value, method).map_err(|fault| Malformed::new(fault, offset_in(bytes, value)))
        });
        let (from, to) = (address(HeaderName::FROM), address(HeaderName::TO));
        Heads { uri, via_value, via, from, to, call_id, cseq }
    }
}
