//! What can be wrong with bytes that claim to be a message.

use crate::journal::Cause;
use crate::registry::{HeaderName, StatusCode};
use core::fmt;

/// A rule of the grammar that the bytes break, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The rule.
    pub fault: Fault,
    /// Offset of the place in the message, in bytes; 0 when only a part was at hand.
    pub at: usize,
}

impl Malformed {
    /// A fault at an offset.
    pub const fn new(fault: Fault, at: usize) -> Self {
        Malformed { fault, at }
    }
}

/// The rules that a peer can break, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There are no bytes but line ends.
    Empty,
    /// The first line is neither a request line nor a status line (RFC 3261 §7.1, §7.2).
    StartLine,
    /// The method is not a token.
    Method,
    /// The status code is not three digits from 100 to 699.
    StatusCode,
    /// The version is not SIP/2.0 (RFC 3261 §21.5.6).
    Version,
    /// The message has more header rows than [`super::HEADER_ROWS_MAX`].
    TooManyRows,
    /// The message is longer than [`super::MESSAGE_BYTES_MAX`].
    TooLong,
    /// The empty line that ends the header section is missing.
    NoEndOfHeaders,
    /// A header row has no colon, or no name.
    HeaderRow,
    /// A mandatory header field is absent (RFC 3261 §8.1.1).
    Missing(HeaderName),
    /// A header field that may occur once occurs more often.
    Repeated(HeaderName),
    /// A header field's value does not follow its grammar.
    Value(HeaderName),
    /// A number is out of its range.
    Range(HeaderName),
    /// The method in CSeq is not that of the request (RFC 3261 §8.1.1.5).
    CSeqMethod,
    /// The body is shorter than Content-Length says (RFC 3261 §18.3).
    BodyShort,
    /// A message on a stream has no Content-Length (RFC 3261 §18.3, §20.14).
    Unframed,
    /// The Request-URI does not follow its grammar.
    RequestUri,
    /// The Request-URI is longer than [`super::REQUEST_URI_BYTES_MAX`].
    RequestUriTooLong,
    /// A session description is broken.
    Sdp,
}

impl Fault {
    /// The code that answers a request with this fault: the only place that chooses it.
    pub const fn status(&self) -> StatusCode {
        match self {
            Fault::Version => StatusCode::VERSION_NOT_SUPPORTED,
            Fault::RequestUriTooLong => StatusCode::REQUEST_URI_TOO_LONG,
            Fault::TooLong | Fault::TooManyRows => StatusCode::MESSAGE_TOO_LARGE,
            Fault::Unframed => StatusCode::LENGTH_REQUIRED,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The header field that breaks the rule, if one does.
    pub const fn header(&self) -> Option<HeaderName> {
        match self {
            Fault::Missing(h) | Fault::Repeated(h) | Fault::Value(h) | Fault::Range(h) => Some(*h),
            Fault::CSeqMethod => Some(HeaderName::CSEQ),
            Fault::BodyShort | Fault::Unframed => Some(HeaderName::CONTENT_LENGTH),
            _ => None,
        }
    }
}

/// Fit to be a reason phrase that tells the peer what to repair (RFC 3261 §21.4.1): `Missing Call-ID`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Missing(h) => return write!(f, "Missing {h}"),
            Fault::Repeated(h) => return write!(f, "Repeated {h}"),
            Fault::Value(h) => return write!(f, "Malformed {h}"),
            Fault::Range(h) => return write!(f, "{h} Out of Range"),
            Fault::Empty => "Empty Message",
            Fault::StartLine => "Malformed Start Line",
            Fault::Method => "Malformed Method",
            Fault::StatusCode => "Malformed Status Code",
            Fault::Version => "Version Not Supported",
            Fault::TooManyRows => "Too Many Header Fields",
            Fault::TooLong => "Message Too Large",
            Fault::NoEndOfHeaders => "Missing End of Header Fields",
            Fault::HeaderRow => "Malformed Header Row",
            Fault::CSeqMethod => "CSeq Method Differs from Request",
            Fault::BodyShort => "Body Shorter than Content-Length",
            Fault::Unframed => "Missing Content-Length",
            Fault::RequestUri => "Malformed Request-URI",
            Fault::RequestUriTooLong => "Request-URI Too Long",
            Fault::Sdp => "Malformed Session Description",
        })
    }
}

/// A broken rule of the grammar, for the journal.
impl From<Malformed> for Cause {
    fn from(Malformed { fault, at }: Malformed) -> Self {
        match fault {
            Fault::Version => Cause::Version,
            Fault::RequestUriTooLong | Fault::TooLong | Fault::TooManyRows => Cause::TooLarge,
            other => Cause::Malformed { header: other.header(), at: u32::try_from(at).unwrap_or(u32::MAX) },
        }
    }
}

/// Something unusual that the parser could read past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// What.
    pub kind: DeviationKind,
    /// Offset in the message, in bytes.
    pub at: usize,
}

/// The kinds of deviation that indexing notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviationKind {
    /// A line ends with LF alone.
    BareLf,
    /// The header section ends with the message: the empty line is missing.
    NoEndOfHeaders,
    /// A line of the header section has no colon.
    NoColon,
    /// Line ends stand before the start line (legal on streams, RFC 3261 §7.5).
    LeadingLineEnds,
    /// White space stands before, after or twice inside the start line.
    StartLineSpace,
    /// Content-Length occurs twice with the same value.
    RepeatedContentLength,
    /// The datagram has bytes after the body (ignored, RFC 3261 §18.3).
    BytesAfterBody,
    /// A header row starts the message's header section with white space.
    FoldWithoutRow,
    /// The start line holds a control character.
    ControlCharacter,
}

impl DeviationKind {
    /// A short name for machines.
    pub const fn key(&self) -> &'static str {
        match self {
            DeviationKind::BareLf => "bare-lf",
            DeviationKind::NoEndOfHeaders => "no-end-of-headers",
            DeviationKind::NoColon => "no-colon",
            DeviationKind::LeadingLineEnds => "leading-line-ends",
            DeviationKind::StartLineSpace => "start-line-space",
            DeviationKind::RepeatedContentLength => "repeated-content-length",
            DeviationKind::BytesAfterBody => "bytes-after-body",
            DeviationKind::FoldWithoutRow => "fold-without-row",
            DeviationKind::ControlCharacter => "control-character",
        }
    }
}

impl fmt::Display for DeviationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DeviationKind::BareLf => "a line ends with LF alone, not CRLF",
            DeviationKind::NoEndOfHeaders => "the empty line after the header fields is missing",
            DeviationKind::NoColon => "a line of the header section has no colon",
            DeviationKind::LeadingLineEnds => "line ends stand before the start line",
            DeviationKind::StartLineSpace => "the start line has more white space than it should",
            DeviationKind::RepeatedContentLength => "Content-Length occurs again with the same value",
            DeviationKind::BytesAfterBody => "bytes follow the body",
            DeviationKind::FoldWithoutRow => "a folded line continues no header field",
            DeviationKind::ControlCharacter => "the start line holds a control character",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_their_code_and_name_what_to_repair() {
        let told = |fault: Fault| (fault.status().number(), fault.to_string());
        assert_eq!(told(Fault::Missing(HeaderName::CALL_ID)), (400, "Missing Call-ID".into()));
        assert_eq!(told(Fault::Range(HeaderName::CSEQ)), (400, "CSeq Out of Range".into()));
        assert_eq!(told(Fault::Version), (505, "Version Not Supported".into()));
        assert_eq!(told(Fault::TooLong), (513, "Message Too Large".into()));
        assert_eq!(told(Fault::RequestUriTooLong), (414, "Request-URI Too Long".into()));
        assert_eq!(Fault::BodyShort.header(), Some(HeaderName::CONTENT_LENGTH));
    }
}
