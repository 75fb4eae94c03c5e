//! The console by HTTP: who is signed in, what a request asks, and the page that answers it. What a page shows comes from
//! `model`, how it looks from `view`.

mod captures;
mod guest;
mod orders;
mod reading;

use super::hub::Hub;
use super::{assets, door};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;

/// The pages and what they load.
pub(super) fn router() -> Router<Arc<Hub>> {
    let capture = get(captures::page).post(captures::judge);
    Router::new()
        .route("/", get(reading::overview))
        .route("/calls", get(reading::calls))
        .route("/call", get(reading::call))
        .route("/registrations", get(reading::registrations))
        .route("/registration", get(reading::registration))
        .route("/bans", get(orders::bans))
        .route("/bans/lift", post(orders::lift))
        .route("/bans/add", post(orders::add))
        .route("/routes", get(reading::routes))
        .route("/codes", get(reading::codes))
        .route("/code", get(reading::code))
        .route("/capture", capture.layer(DefaultBodyLimit::max(captures::BODY_BYTES_MAX)))
        .route("/sign-in", get(guest::sign_in).post(door::sign_in))
        .route("/sign-out", post(door::sign_out))
        .route("/language", get(guest::language))
        .route("/assets/{name}", get(asset))
        .fallback(guest::not_found)
}

/// What pages load. Its address changes with its content, so that a browser may keep it.
async fn asset(Path(name): Path<String>) -> Response {
    let Some(asset) = assets::ALL.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.content).into_response()
}
