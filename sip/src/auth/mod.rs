//! Digest access authentication: arithmetic, challenges, credentials and nonces (RFC 3261 §22, RFC 7616, RFC 8760).
//!
//! The asking side sends [`Challenge`]s, one row each, with a nonce of [`Nonces`], and checks the
//! [`Credentials`] that come back with [`Nonces::check`], [`Credentials::prove`] and [`Nonces::admit`]. The answering side picks
//! the topmost challenge that it understands ([`Challenge::topmost`]) and answers it ([`Challenge::answer`]).
//! A secret is only ever an [`Ha1`], which nothing prints.

mod algorithm;
mod challenge;
mod credentials;
mod digest;
mod nonce;
mod params;
mod vault;

pub use algorithm::{Algorithm, Hash};
pub use challenge::{Answer, Challenge, Qops};
pub use credentials::{Credentials, CredentialsPlace, Qop};
pub use digest::{Ha1, HexDigest, LastRequest, same};
pub use nonce::{GoodNonce, NONCE_WINDOWS_MAX, NonceFault, NonceUse, Nonces};
pub use params::{AuthFault, Param};
pub use vault::{VAULT_BYTES_MAX, Vault};
