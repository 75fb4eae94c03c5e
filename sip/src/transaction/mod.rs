//! The four transaction machines, their timers and matching (RFC 3261 §17, RFC 6026, RFC 4320).

pub mod invite_client;
pub mod invite_server;
pub mod machine;
pub mod non_invite_client;
pub mod non_invite_server;
#[cfg(test)]
mod schedule;
#[cfg(test)]
mod tables;
mod wheel;

pub use crate::registry::{Timer, TimerValues};
pub use machine::{Ended, INVITE_TRYING_DELAY, TIMER_D_MIN, non_invite_trying_delay};
pub use wheel::{Rank, TimerId, Wheel};
