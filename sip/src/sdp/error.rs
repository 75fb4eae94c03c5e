//! What can be wrong with a description, an offer, an answer.

/// Bytes that cannot be read as a session description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SdpError {
    /// More than [`super::SDP_BYTES_MAX`] bytes.
    TooLong,
    /// No line at all.
    Empty,
    /// A version other than 0 (RFC 8866 §5.1).
    Version,
    /// The media line at this offset cannot be read; without it the sections cannot be counted (RFC 8866 §5.14).
    Media {
        /// Offset of the line, in bytes.
        at: usize,
    },
    /// More than [`super::MEDIA_MAX`] media sections.
    TooManyMedia,
    /// More than [`super::FORMATS_MAX`] formats in one section.
    TooManyFormats,
    /// More than [`super::SDP_LINES_MAX`] lines.
    TooManyLines,
}

/// Something unusual that was read past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// What.
    pub kind: DeviationKind,
    /// Offset of the line in the description, in bytes.
    pub at: usize,
}

/// The kinds of [`Deviation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviationKind {
    /// A line ends in LF without CR (RFC 8866 §5 asks receivers to take it).
    BareLf,
    /// A line is not `letter=value`; it was left out.
    NotALine,
    /// A line has a letter that the grammar does not know; it was left out (RFC 8866 §5).
    UnknownLetter,
    /// A line stands where its letter may not stand (RFC 8866 §9).
    Order,
    /// A line that may stand once stands again; the last one counts.
    Repeated,
    /// The description does not begin with `v=0`.
    NoVersion,
    /// There is no `o=` line that can be read (RFC 8866 §5.2).
    NoOrigin,
    /// There is no `s=` line (RFC 8866 §5.3).
    NoName,
    /// There is no `t=` line (RFC 8866 §5.9).
    NoTiming,
    /// A number is not one, or is too large.
    Number,
    /// A value cannot be read by its grammar; the line was left out.
    Value,
    /// Bytes that are not UTF-8 were replaced.
    NotUtf8,
    /// A media section has no connection data, neither of its own nor of the session (RFC 8866 §5.7).
    NoConnection,
}

/// Why we refuse an offer; the answer to the request is 488 (RFC 3261 §13.3.1.3), or 400 for unreadable bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferRefusal {
    /// The offer cannot be read.
    Unreadable(SdpError),
    /// No audio section is offered (RFC 3264 §6).
    NoAudio,
    /// Audio is offered, not over the protocol that we speak: plain RTP, or SRTP.
    Protocol,
    /// Audio over SRTP is offered without a key that we can use (RFC 4568 §5.1.2).
    NoCommonKeys,
    /// Audio is offered, without a codec that we have (RFC 3264 §6.1).
    NoCommonCodec,
    /// Audio is offered at an address that we cannot reach: no connection data, a host name, or the other family.
    NoAddress,
    /// A later offer has fewer media sections than the session (RFC 3264 §8).
    FewerSections,
}

/// What is wrong with an answer; the session cannot go on with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerFault {
    /// The answer cannot be read.
    Unreadable(SdpError),
    /// It does not have one section for each section of the offer (RFC 3264 §6).
    SectionCount,
    /// A section has another media type or protocol than its offer (RFC 3264 §6).
    SectionMismatch,
    /// The audio section was rejected with port 0.
    AudioRejected,
    /// It accepts audio with none of the codecs offered (RFC 3264 §6.1).
    NoCommonCodec,
    /// It names none of the keys that we offered (RFC 4568 §5.1.3).
    NoCommonKeys,
    /// It gives no address to send to.
    NoAddress,
}

impl AnswerFault {
    /// The stable name.
    pub const fn id(self) -> &'static str {
        match self {
            AnswerFault::Unreadable(SdpError::Empty) => "missing",
            AnswerFault::Unreadable(_) => "unreadable",
            AnswerFault::SectionCount => "section-count",
            AnswerFault::SectionMismatch => "section-mismatch",
            AnswerFault::AudioRejected => "audio-rejected",
            AnswerFault::NoCommonCodec => "no-common-codec",
            AnswerFault::NoCommonKeys => "no-common-keys",
            AnswerFault::NoAddress => "no-address",
        }
    }
}
