//! Roles: registrar, proxy, user agent and the rest, each a pure node.

pub mod access;
pub mod explain;
pub mod location;
pub mod registrar;
pub mod server;
pub mod store;
