//! The sources that are not served.

use serde::Serialize;
use utoipa::ToSchema;

/// The bans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct BanList {
    pub(crate) bans: Vec<Ban>,
}

/// A source that is not served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Ban {
    /// An address or a network: `192.0.2.7/32`.
    pub(crate) source: String,
    /// Since when.
    pub(crate) since: String,
    /// Until when.
    pub(crate) until: String,
    /// The word for the reason: `operator`, or the cause of the refusal that was one too many.
    pub(crate) why: String,
}
