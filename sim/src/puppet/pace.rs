//! The pace at which a scripted peer repeats itself (RFC 3261 Table 4).

use ringback_sip::time::Duration;

pub(super) const T1: Duration = Duration::from_millis(500);
pub(super) const T2: Duration = Duration::from_secs(4);
pub(super) const GIVE_UP: Duration = Duration::from_secs(32);
