//! The registries of SIP: one row states one fact; constants, look-ups, documentation and `explain` derive
//! from the row.

mod facts;
mod header;
mod method;
mod reference;
mod status;
mod timer;

pub use facts::{DialogEffect, Element, Fields, ForkRank};
pub use header::HeaderName;
pub use method::Method;
pub use reference::Reference;
pub use status::{StatusClass, StatusCode, StatusRow};
pub use timer::{Timer, TimerValues};
