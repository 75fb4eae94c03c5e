//! A machine's search for the addresses of a name.

use crate::place::HostId;
use ringback_sip::node::Ticket;
use ringback_sip::time::Instant;
use ringback_sip::transport::locate::Locate;

/// A search under way.
pub(crate) struct Search {
    pub(crate) host: HostId,
    pub(crate) life: u32,
    pub(crate) ticket: Ticket,
    pub(crate) locate: Locate,
    pub(crate) until: Instant,
}
