//! Pages with which something is changed: bans.

use super::guest::Guest;
use crate::control::Order;
use crate::settings::parse_time;
use crate::web::door::lead;
use crate::web::hub::Hub;
use crate::web::model::BanList;
use crate::web::view::{self, Notice, Place, encoded};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use ringback_roles::access::Network;
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::Arc;

/// What was done before.
#[derive(Deserialize)]
pub(super) struct Done {
    lifted: Option<String>,
    banned: Option<String>,
    failed: Option<String>,
}

pub(super) async fn bans(guest: Guest, State(hub): State<Arc<Hub>>, Query(done): Query<Done>) -> Response {
    let Done { lifted, banned, failed } = done;
    let notice = lifted.map(Notice::Lifted).or(banned.map(Notice::Banned)).or(failed.map(Notice::BanFailed));
    let list = BanList::of(&hub).await;
    let make = move |_: &Hub, f: &view::Frame<'_>| {
        list.map(|list| view::bans(f, &list)).ok_or(StatusCode::SERVICE_UNAVAILABLE.into())
    };
    guest.told(hub, Place::Bans, notice, make).await
}

/// The button beside a ban.
#[derive(Deserialize)]
pub(super) struct Lift {
    source: String,
    #[serde(default)]
    csrf: String,
}

pub(super) async fn lift(
    guest: Guest,
    State(hub): State<Arc<Hub>>,
    headers: HeaderMap,
    Form(form): Form<Lift>,
) -> Response {
    if !guest.visitor.means_it(&headers, &form.csrf) {
        return guest.refused(hub, StatusCode::FORBIDDEN).await;
    }
    let is_lifted = match form.source.parse::<Network>() {
        Ok(network) => BanList::lift(&hub, network).await == Some(true),
        Err(_) => false,
    };
    lead(&back(if is_lifted { "lifted" } else { "failed" }, &form.source), None)
}

/// The form for a new ban.
#[derive(Deserialize)]
pub(super) struct Add {
    source: String,
    #[serde(rename = "for")]
    length: String,
    #[serde(default)]
    csrf: String,
}

pub(super) async fn add(
    guest: Guest,
    State(hub): State<Arc<Hub>>,
    headers: HeaderMap,
    Form(form): Form<Add>,
) -> Response {
    if !guest.visitor.means_it(&headers, &form.csrf) {
        return guest.refused(hub, StatusCode::FORBIDDEN).await;
    }
    let is_banned = match (form.source.trim().parse::<IpAddr>(), parse_time(&form.length)) {
        (Ok(address), Ok(length)) => {
            hub.order(Order::ban(address, length)).await.is_some_and(|answer| answer["error"].is_null())
        }
        _ => false,
    };
    lead(&back(if is_banned { "banned" } else { "failed" }, form.source.trim()), None)
}

/// The page of bans, with a word about what was done: to load it again does nothing again.
fn back(what: &str, source: &str) -> String {
    format!("/bans?{what}={}", encoded(source))
}
