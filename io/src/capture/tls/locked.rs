//! Connections over TLS that could not be read.

use std::net::SocketAddr;

/// A connection over TLS that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Client and server.
    pub ends: [SocketAddr; 2],
    /// Why.
    pub why: LockedBy,
}

/// Why a connection over TLS could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockedBy {
    /// The key log does not have its secrets.
    NoSecret,
    /// Its cipher suite is none that is read.
    Suite(u16),
    /// Its beginning was not captured.
    Midway,
    /// What the secrets should open does not open: a part is missing, or they are others.
    Broken,
}

/// Most connections of which it is said that they could not be read.
pub const LOCKED_MAX: usize = 1000;
