//! What stands at the top, and what is said of everything that is not there.

use super::hub::Hub;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// What there is.
pub(super) async fn index(State(_hub): State<Arc<Hub>>) -> Response {
    let body = json!({ "name": "ringback", "version": env!("CARGO_PKG_VERSION") });
    ([(header::CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response()
}

pub(super) async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain")], "not found\n").into_response()
}
