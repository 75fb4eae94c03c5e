//! The four transaction machines, their timers and matching (RFC 3261 §17, RFC 6026, RFC 4320).

pub use crate::registry::{Timer, TimerValues};
