//! The API, version 1: JSON for programs, described by OpenAPI (docs/api.md).

mod ask;
mod calls;
mod events;
mod lookup;
mod operate;
mod problem;
mod traces;
mod users;

pub(crate) use problem::Problem;
pub(super) use traces::CAPTURE_BYTES_MAX;

use super::hub::Hub;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use std::sync::Arc;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ringback",
        description = "What the server does, and why: calls, registrations, bans, routes, codes.",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(
        calls::calls,
        calls::call,
        users::registrations,
        users::registration,
        users::add_user,
        users::remove_user,
        operate::bans,
        operate::lift_ban,
        operate::waiting,
        operate::set_waiting,
        lookup::overview,
        lookup::codes,
        lookup::code,
        lookup::trial,
        lookup::health,
        traces::trace,
        events::events,
    ),
    modifiers(&Bearer)
)]
struct Description;

/// Everything but health needs a token.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        api.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// All of it, to be nested under `/api/v1`.
pub(super) fn router() -> Router<Arc<Hub>> {
    Router::new()
        .route("/openapi.json", get(description))
        .route("/health", get(lookup::health))
        .route("/overview", get(lookup::overview))
        .route("/calls", get(calls::calls))
        .route("/calls/{call_id}", get(calls::call))
        .route("/registrations", get(users::registrations))
        .route("/registrations/{user}", get(users::registration))
        .route("/users", post(users::add_user))
        .route("/users/{user}", delete(users::remove_user))
        .route("/bans", get(operate::bans))
        .route("/bans/{source}", delete(operate::lift_ban))
        .route("/mwi/{user}", get(operate::waiting).put(operate::set_waiting))
        .route("/routes/trial", get(lookup::trial))
        .route("/codes", get(lookup::codes))
        .route("/codes/{code}", get(lookup::code))
        .route("/events", get(events::events))
        .merge(
            Router::new()
                .route("/traces", post(traces::trace))
                .layer(DefaultBodyLimit::max(traces::CAPTURE_BYTES_MAX)),
        )
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
}

async fn not_found() -> Problem {
    Problem::unknown("there is nothing here; see /api/v1/openapi.json")
}

async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", "this path does not take this method")
}

/// The description of the API; it is the same for everybody.
async fn description() -> Response {
    let mut api = Description::openapi();
    api.info.version = env!("CARGO_PKG_VERSION").to_owned();
    api.servers = Some(vec![utoipa::openapi::Server::new("/api/v1")]);
    match api.to_json() {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => Problem::broken(error).into_response(),
    }
}
