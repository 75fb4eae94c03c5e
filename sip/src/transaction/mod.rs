//! Transactions (RFC 3261 §17, RFC 6026, RFC 4320): the four machines, their timers, matching, and the layer
//! that keeps all transactions of a node. `docs/transactions.md` shows the machines.

mod client;
mod hop;
pub mod invite_client;
pub mod invite_server;
mod key;
mod layer;
pub mod machine;
pub mod non_invite_client;
pub mod non_invite_server;
mod remotes;
#[cfg(test)]
mod schedule;
mod server;
mod shared;
mod slab;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod tests;
mod wheel;

pub use crate::registry::{Timer, TimerValues};
pub use key::Identity;
pub use layer::{Branch, Limits, Received, TRANSACTIONS_MAX, Transactions};
pub use machine::{Ended, INVITE_TRYING_DELAY, TIMER_D_MIN, non_invite_trying_delay};
pub use shared::{Counts, Event, Refusal};
pub use slab::{ClientId, ServerId, SlotId};
pub use wheel::{Rank, TimerId, Wheel};
