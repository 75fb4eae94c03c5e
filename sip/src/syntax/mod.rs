//! Bytes to messages and back (RFC 3261 §7, §19, §20, §25).
//!
//! A [`Message`] is an index over received bytes; a header field is parsed when it is asked for. Parsing is
//! tolerant and notes every [`Deviation`]; how strict to be is the caller's choice ([`Message::check`]).
//! A message is forwarded by [`Edit`]: the received bytes with a few ranges cut and inserted.

mod address;
pub mod base64;
mod check;
mod edit;
mod error;
mod fields;
mod glimpse;
mod heads;
mod index;
mod message;
mod multipart;
mod request;
mod response;
mod scan;
pub mod stream;
mod text;
mod uri;
mod usual;
mod via;

pub use address::{NameAddr, Params};
pub use check::Layer;
pub use edit::Edit;
pub use error::{Deviation, DeviationKind, Fault, Malformed};
pub use glimpse::Glimpse;
pub use heads::CSeq;
pub use index::Line;
pub use message::{Message, StartLine};
pub use multipart::{Body, DEPTH_MAX, PARTS_MAX, Unread, Wanted};
pub use request::RequestBuilder;
pub use response::{Response, ResponseBuilder};
pub use scan::{Commas, parse_u32, split_commas, trim, unquote};
pub(crate) use scan::{Stop, find};
pub use text::{push_address, push_decimal, push_ip};
pub use uri::{Host, Scheme, Uri, UriError, is_sips, unescape};
pub use via::Via;
pub(crate) use via::split_host_port;

/// Most header rows that a message may have.
pub const HEADER_ROWS_MAX: usize = 512;
/// Most bytes of a whole message (RFC 3261 §18.1.1 asks for 65,535 at least).
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Most bytes of a Request-URI that we serve; a longer one is answered with 414.
pub const REQUEST_URI_BYTES_MAX: usize = 2048;
