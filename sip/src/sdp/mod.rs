//! Session descriptions (RFC 8866) and their exchange for audio (RFC 3264).
//!
//! [`Description::parse`] is tolerant and notes every [`Deviation`]; [`Description::write`] writes the canonical
//! form. [`AudioSession`] keeps our half of one session through all its offers and answers.

mod attribute;
mod codec;
mod crypto;
mod description;
mod direction;
mod error;
mod exchange;
mod negotiate;
mod parse;
mod precondition;
mod write;

#[cfg(test)]
mod tests;

pub use attribute::{Attribute, RtpMap};
pub use codec::Codec;
pub use crypto::{CryptoFault, CryptoLine, KeySource, Keys, MasterKey, Mki, Suite};
pub use description::{Address, Bandwidth, Connection, Description, Media, Origin, Timing};
pub use direction::Direction;
pub use error::{AnswerFault, Deviation, DeviationKind, OfferRefusal, SdpError};
pub use exchange::{AudioSession, Exchange, ExchangeError};
pub use negotiate::{Agreed, Capabilities, EventPayload, decline};
pub use precondition::{Preconditions, Strength, is_beyond_us, unmet};

/// The media type of a session description.
pub const SDP_MEDIA_TYPE: &str = "application/sdp";
/// Most bytes of a description that is read.
pub const SDP_BYTES_MAX: usize = 65_536;
/// Most media sections of a description.
pub const MEDIA_MAX: usize = 64;
/// Most formats of one media section.
pub const FORMATS_MAX: usize = 128;
/// Most lines of a description.
pub const SDP_LINES_MAX: usize = 2_048;
