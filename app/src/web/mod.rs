//! The console and the API: HTTP for people and programs that run the server.
//!
//! `model` is what both show, `hub` is where it comes from, `guard` is what every request and answer passes.

#[allow(dead_code)] // as the pages
mod assets;
mod guard;
mod hub;
mod index;
#[allow(dead_code, unused_imports)] // the pages and the API, which come next, read it
pub(crate) mod model;
mod server;
#[allow(dead_code, unused_imports)] // the routes of the pages, which come next, read it
pub(crate) mod view;

pub(crate) use hub::{Ground, Hub, Sight};
pub(crate) use server::{Web, start};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use std::sync::Arc;

/// Everything that is answered.
pub(crate) fn router(hub: Arc<Hub>) -> Router {
    Router::new()
        .route("/", get(index::index))
        .fallback(index::not_found)
        .layer(from_fn_with_state(Arc::clone(&hub), guard::guard))
        .layer(axum::extract::DefaultBodyLimit::max(guard::BODY_BYTES_MAX))
        .with_state(hub)
}
