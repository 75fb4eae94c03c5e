//! The endpoint for health and metrics, on a port of its own.

mod metrics;
mod tally;

pub(crate) use metrics::{Gauge, Sources};
pub(crate) use tally::Tally;

use metrics::exposition;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves until the task is dropped.
pub(crate) async fn serve(listener: TcpListener, sources: Arc<Sources>) -> io::Result<()> {
    let routes =
        Router::new().route("/health", get(health)).route("/metrics", get(metrics)).with_state(sources);
    axum::serve(listener, routes).await
}

/// 200 while new calls are taken, 503 while the server drains or has lost a worker.
async fn health(State(sources): State<Arc<Sources>>) -> impl IntoResponse {
    let state = sources.state();
    let code = if state == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = serde_json::json!({ "status": state, "version": env!("CARGO_PKG_VERSION") });
    (code, [(header::CONTENT_TYPE, "application/json")], format!("{body}\n"))
}

async fn metrics(State(sources): State<Arc<Sources>>) -> impl IntoResponse {
    const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match exposition(&sources) {
        Ok(text) => (StatusCode::OK, [(header::CONTENT_TYPE, TYPE)], text),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, "text/plain")], String::new()),
    }
}
