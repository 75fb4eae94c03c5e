//! The console and the API: HTTP for people and programs that run the server.
//!
//! `model` is what both show, `hub` is where it comes from, `guard` is what every request and answer passes, `door` says who
//! somebody is; `pages` answers people, `api` programs, and `view` is how pages look.

mod api;
mod assets;
mod board;
mod door;
mod guard;
mod hub;
mod keys;
pub(crate) mod model;
mod pages;
mod server;
mod session;
mod view;

pub(crate) use hub::{Ground, Hub, Sight};
pub(crate) use keys::{KeyFault, Keys, Scope};
pub(crate) use server::Web;

use axum::Router;
use axum::middleware::from_fn_with_state;
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
        .merge(pages::router())
        .nest("/api/v1", api::router())
        .layer(from_fn_with_state(Arc::clone(&hub), guard::guard))
        .layer(axum::extract::DefaultBodyLimit::max(guard::BODY_BYTES_MAX))
        .with_state(hub)
}
