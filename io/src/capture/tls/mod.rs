//! TLS on a connection that somebody else watches: what was said, when the secrets are known (RFC 8446, RFC 5246).

mod cipher;
mod key_log;
mod locked;
mod session;
#[cfg(test)]
mod tests;

pub use key_log::{KEYED_MAX, KeyLog};
pub use locked::{LOCKED_MAX, Locked, LockedBy};
pub(super) use session::{Session, is_record};
