//! What the dial plan would do with a request, schema `ringback.route/1`: what `ringback route --json` prints too.

use serde::{Deserialize, Serialize};
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
    /// The name and version of this form.
    pub(crate) schema: &'static str,
    /// The language of the sentences.
    pub(crate) lang: &'static str,
    /// The request, with every default in its place.
    pub(crate) request: RouteRequest,
    /// The routes that were tried, in order.
    pub(crate) tried: Vec<RuleTried>,
    /// The route that holds.
    pub(crate) rule: Option<RuleName>,
    /// Whom the request would be for.
    pub(crate) target: String,
    /// The user whose phones were looked up.
    pub(crate) user: Option<String>,
    /// The phones of the user that the caller does not want.
    pub(crate) unwanted: Vec<UnwantedPhone>,
    pub(crate) outcome: RouteOutcome,
}

/// A phone that is not tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct UnwantedPhone {
    pub(crate) uri: String,
    /// The word for the reason.
    pub(crate) why: &'static str,
    /// The same in a sentence.
    pub(crate) text: &'static str,
}

/// The request that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RouteRequest {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) from: Option<String>,
    /// Whether the caller is of a domain that is not ours.
    pub(crate) stranger: bool,
    pub(crate) source: String,
    pub(crate) transport: &'static str,
    pub(crate) at: String,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RuleName {
    pub(crate) name: String,
    /// The line of the configuration on which it begins.
    pub(crate) line: u32,
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

/// What would happen.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct RouteOutcome {
    /// `answer`, `send`, or `unknown` when there is no store.
    pub(crate) kind: &'static str,
    /// The answer that it would get.
    #[serde(flatten)]
    pub(crate) answer: Option<RouteAnswer>,
    /// Where it would go, the first ones first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) to: Vec<RouteDestination>,
}

/// An answer of the server itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RouteAnswer {
    pub(crate) status: u16,
    pub(crate) phrase: String,
    /// The word for the cause.
    pub(crate) cause: &'static str,
    /// What the code means, in a sentence.
    pub(crate) text: String,
    /// Header fields by name and value.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<String>,
}

/// A phone or next hop.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct RouteDestination {
    pub(crate) uri: Option<String>,
    pub(crate) route: Option<String>,
    /// Its preference from 0 to 1.
    pub(crate) q: f64,
    pub(crate) hop: Option<String>,
    pub(crate) address: Option<String>,
}
