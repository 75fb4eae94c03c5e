//! The sources that are not served.

use crate::control::Order;
use crate::web::Hub;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The bans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct BanList {
    pub(crate) bans: Vec<Ban>,
}

/// A source that is not served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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

impl BanList {
    /// The bans as the server has them; `None` when it is ending.
    pub(crate) async fn of(hub: &Hub) -> Option<BanList> {
        serde_json::from_value(hub.order(Order::Bans).await?).ok()
    }

    /// Lifts the ban of a source; `false` when there is none.
    pub(crate) async fn lift(hub: &Hub, source: ringback_roles::access::Network) -> Option<bool> {
        let answer = hub.order(Order::Lift(source)).await?;
        Some(answer.get("lifted").is_some())
    }
}
