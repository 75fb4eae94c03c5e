//! SIP without clock, socket, async or randomness: registries, syntax, transactions, dialogs and the contract
//! by which a driver runs them. See ARCHITECTURE.md for the order of the modules.
#![forbid(unsafe_code)]

pub mod auth;
pub mod dialog;
pub mod entropy;
pub mod flow;
pub mod journal;
pub mod node;
pub mod registry;
pub mod sdp;
pub mod syntax;
pub mod time;
pub mod transaction;
pub mod transport;
