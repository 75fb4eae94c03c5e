//! What the dial plan would do with a request, schema `ringback.route/1`: what `ringback route --json` prints too.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// The request that is tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RouteQuery {
    /// Whom it is for: `sip:bob@example.test`, `tel:+31201234567`.
    pub(crate) uri: String,
    /// The URI in From; one of another domain is a stranger's. Without it some user of the domains.
    pub(crate) from: Option<String>,
    /// The method; without it INVITE.
    pub(crate) method: Option<String>,
    /// The address that it comes from; without it 127.0.0.1.
    pub(crate) source: Option<String>,
    /// `udp`, `tcp`, `tls`, `ws`, `wss`; without it udp.
    pub(crate) transport: Option<String>,
    /// When: `2026-11-21T04:30` in the configured time zone, or with an offset or Z; without it now.
    pub(crate) at: Option<String>,
}

/// What would become of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct RouteTrial {
    /// The language of the sentences.
    pub(crate) lang: String,
    /// The request, with every default in its place.
    #[schema(value_type = Object)]
    pub(crate) request: Value,
    /// The routes that were tried, in order.
    pub(crate) tried: Vec<RuleTried>,
    /// The route that holds.
    #[schema(value_type = Object)]
    pub(crate) rule: Value,
    /// Whom the request would be for.
    pub(crate) target: String,
    /// The user whose phones were looked up.
    pub(crate) user: Option<String>,
    /// `answer`, `send`, or `unknown` when there is no store.
    pub(crate) outcome: String,
    /// The answer that it would get.
    pub(crate) answer: Option<RouteAnswer>,
    /// Where it would go, the first ones first.
    pub(crate) to: Vec<RouteDestination>,
}

/// A route that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RuleTried {
    pub(crate) rule: String,
    /// The line of the configuration on which it begins.
    pub(crate) line: u32,
    pub(crate) holds: bool,
    /// The word for what kept it from holding.
    pub(crate) missed: Option<String>,
    /// The same in a sentence.
    pub(crate) text: Option<String>,
}

/// An answer of the server itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RouteAnswer {
    pub(crate) status: u16,
    pub(crate) phrase: String,
    /// The word for the cause.
    pub(crate) cause: String,
    /// What the code means, in a sentence.
    pub(crate) text: String,
}

/// A phone or next hop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RouteDestination {
    pub(crate) uri: Option<String>,
    pub(crate) route: Option<String>,
    pub(crate) q: String,
    pub(crate) hop: Option<String>,
    pub(crate) address: Option<String>,
}
