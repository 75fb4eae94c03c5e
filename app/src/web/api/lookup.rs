//! What can be looked up: the server at a glance, codes, routes.

use super::ask::{Asked, Lang, Named, Reader, Tongue, aside};
use super::problem::Problem;
use crate::cmd::route;
use crate::web::hub::Hub;
use crate::web::model::{Code, CodeList, Overview, RouteQuery, RouteTrial, Window};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// How far back the overview looks.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OverviewQuery {
    /// `1h`, `6h` or `24h`; without it `1h`.
    window: Option<Window>,
}

/// The server at a glance
#[utoipa::path(
    get, path = "/overview", tag = "server", params(OverviewQuery, Lang), security(("token" = [])),
    responses(
        (status = 200, body = Overview),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn overview(
    _: Reader,
    State(hub): State<Arc<Hub>>,
    tongue: Tongue,
    Asked(query): Asked<OverviewQuery>,
) -> Json<Overview> {
    Json(Overview::of(&hub, query.window.unwrap_or_default(), tongue.explainer(&hub)))
}

/// Whether the server takes calls.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok`, `draining`, `failed`.
    status: &'static str,
    version: &'static str,
}

/// Whether the server takes calls
///
/// 503 while it drains or has lost a worker. Needs no token.
#[utoipa::path(
    get, path = "/health", tag = "server",
    responses((status = 200, body = Health), (status = 503, body = Health))
)]
pub(super) async fn health(State(hub): State<Arc<Hub>>) -> (StatusCode, Json<Health>) {
    let status = hub.sources.state();
    let code = if status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(Health { status, version: env!("CARGO_PKG_VERSION") }))
}

/// Everything that can be explained
#[utoipa::path(
    get, path = "/codes", tag = "codes", params(Lang), security(("token" = [])),
    responses(
        (status = 200, body = CodeList),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn codes(_: Reader, State(hub): State<Arc<Hub>>, tongue: Tongue) -> Json<CodeList> {
    Json(CodeList::of(tongue.explainer(&hub)))
}

/// Explain a code, cause, method, timer, header field or identifier
///
/// What `ringback explain` says.
#[utoipa::path(
    get, path = "/codes/{code}", tag = "codes", security(("token" = [])),
    params(("code" = String, Path, description = "`480`, `q850:34`, `timer-b`, `Via`"), Lang),
    responses(
        (status = 200, body = Code),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn code(
    _: Reader,
    State(hub): State<Arc<Hub>>,
    tongue: Tongue,
    Named(word): Named,
) -> Result<Json<Code>, Problem> {
    Code::of(&word, tongue.explainer(&hub)).map(Json).map_err(|nearest| {
        let nearest = nearest.into_iter().map(|topic| topic.id).collect();
        Problem::unknown(format!("{word:?} is nothing that can be explained")).near(nearest)
    })
}

/// Try a request against the dial plan
///
/// What `ringback route --json` prints: the routes that were tried, and what would become of the request. Nothing is sent.
#[utoipa::path(
    get, path = "/routes/trial", tag = "routes", params(RouteQuery, Lang), security(("token" = [])),
    responses(
        (status = 200, body = RouteTrial),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn trial(
    _: Reader,
    State(hub): State<Arc<Hub>>,
    Tongue(language): Tongue,
    Asked(query): Asked<RouteQuery>,
) -> Result<Json<RouteTrial>, Problem> {
    let ground = hub.ground();
    let trial = aside(move || route::trial(&ground.settings, &ground.site, &query, language)).await?;
    trial.map(Json).map_err(|fault| match fault {
        route::Fault::Store(error) => Problem::broken(error),
        fault => Problem::bad(fault.to_string()),
    })
}
