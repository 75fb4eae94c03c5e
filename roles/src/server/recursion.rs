//! A redirection that is being followed.

use super::targets::Wanted;
use crate::proxy::{Destination, Redirected};
use ringback_sip::flow::Flow;

/// A redirection on its way through the store.
#[derive(Debug)]
pub(super) struct Recursion {
    pub(super) redirected: Redirected,
    /// Users that are still to be looked up, the last one next.
    pub(super) left: Vec<Wanted>,
    /// The one that is being looked up.
    pub(super) wanted: Option<Wanted>,
    pub(super) found: Vec<Destination>,
    /// How many were looked up.
    pub(super) users: u16,
    pub(super) flow: Flow,
}
