//! Roles: registrar, proxy, user agent and the rest, each a pure node.

pub mod explain;
