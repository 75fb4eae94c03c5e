//! The console and the API: HTTP for people and programs that run the server.
//!
//! `model` is what both show, `hub` is where it comes from, `guard` is what every request and answer passes, `door` says who
//! somebody is.

mod api;
#[allow(dead_code)] // as the pages
mod assets;
mod board;
mod door;
mod guard;
mod hub;
mod index;
mod keys;
#[allow(dead_code, unused_imports)] // the pages, which come next, name and show the rest
pub(crate) mod model;
mod server;
mod session;
#[allow(dead_code, unused_imports)] // the routes of the pages, which come next, read it
pub(crate) mod view;

pub(crate) use hub::{Ground, Hub, Sight};
pub(crate) use keys::{KeyFault, Keys, Scope};
pub(crate) use server::Web;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use std::io;
use std::sync::Arc;

/// Serves until the process ends.
///
/// # Errors
/// When the system gives no thread.
pub(crate) fn start(web: Web, hub: Arc<Hub>) -> io::Result<()> {
    server::start(web, Arc::clone(&hub), router(hub))
}

/// Everything that is answered.
fn router(hub: Arc<Hub>) -> Router {
    Router::new()
        .route("/", get(index::index))
        .route("/sign-in", post(door::sign_in))
        .route("/sign-out", post(door::sign_out))
        .nest("/api/v1", api::router())
        .fallback(index::not_found)
        .layer(from_fn_with_state(Arc::clone(&hub), guard::guard))
        .layer(axum::extract::DefaultBodyLimit::max(guard::BODY_BYTES_MAX))
        .with_state(hub)
}
