//! The registries of SIP: one row states one fact; constants, look-ups, documentation and `explain` derive
//! from the row.

mod header;
mod method;
mod status;
mod timer;

pub use header::HeaderName;
pub use method::Method;
pub use status::{StatusClass, StatusCode};
pub use timer::{Timer, TimerValues};
