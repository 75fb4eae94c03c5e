//! Roles: registrar, proxy, user agent and the rest, each a pure node.

pub mod access;
pub mod agent;
pub mod diagnosis;
pub mod event;
pub mod explain;
pub mod location;
pub mod presence;
pub mod proxy;
pub mod redirect;
pub mod registrar;
pub mod replay;
pub mod routing;
pub mod server;
pub mod store;
pub mod xml;
