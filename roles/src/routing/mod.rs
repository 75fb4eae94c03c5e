//! Where a request goes next: which addresses are ours, what its Route header fields say (RFC 3261 §16.4,
//! §16.6 steps 6 and 7), and the addresses of a next hop.

mod ends;
mod maddr;
mod place;
pub mod plan;
mod preference;
mod quarantine;
mod route;
mod watch;

pub use ends::{Ends, Way, is_private, is_translated};
pub use maddr::without_maddr;
pub use place::Place;
pub use preference::{Disposition, FEATURES_MAX, Order, Preferences, WISHES_MAX};
pub use quarantine::{QUARANTINE_DEFAULT, QUARANTINE_MAX, QUARANTINED_MAX, Quarantine};
pub use route::{Hop, Routed};
pub use watch::Watch;
