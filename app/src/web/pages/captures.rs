//! A capture that is dropped onto the page.

use super::guest::Guest;
use crate::web::api::CAPTURE_BYTES_MAX;
use crate::web::hub::Hub;
use crate::web::model::Captured;
use crate::web::view::{self, Notice, Place};
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

pub(super) async fn page(guest: Guest, State(hub): State<Arc<Hub>>) -> Response {
    guest.page(hub, Place::Capture, |_, f| Ok(view::capture(f, None))).await
}

/// What the form sends.
#[derive(Default)]
struct Dropped {
    csrf: String,
    name: String,
    bytes: Bytes,
}

/// Judges the capture. It stands in no file and is forgotten with the answer.
pub(super) async fn judge(
    guest: Guest,
    State(hub): State<Arc<Hub>>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let Ok(form) = form else { return guest.refused(hub, StatusCode::FORBIDDEN).await };
    let dropped = match read(form).await {
        Ok(dropped) => dropped,
        Err(fault) => return guest.refused(hub, fault.status()).await,
    };
    if !guest.visitor.means_it(&headers, &dropped.csrf) {
        return guest.refused(hub, StatusCode::FORBIDDEN).await;
    }
    let judging = Arc::clone(&hub);
    let Ok(_turn) = judging.judging.acquire().await else {
        return guest.refused(hub, StatusCode::SERVICE_UNAVAILABLE).await;
    };
    guest
        .page(hub, Place::Capture, move |_, f| match Captured::judge(&dropped.bytes, f.explainer) {
            Ok(captured) => Ok(view::capture(f, Some((&dropped.name, &captured)))),
            Err(_) => {
                let notice = Notice::NoCapture(dropped.name);
                Ok(view::capture(&view::Frame { notice: Some(&notice), ..*f }, None))
            }
        })
        .await
}

async fn read(mut form: Multipart) -> Result<Dropped, MultipartError> {
    let mut dropped = Dropped::default();
    while let Some(field) = form.next_field().await? {
        match field.name() {
            Some("csrf") => dropped.csrf = field.text().await?,
            Some("file") => {
                dropped.name = field.file_name().unwrap_or_default().to_owned();
                dropped.bytes = field.bytes().await?;
            }
            _ => {}
        }
    }
    Ok(dropped)
}

/// The largest form: the largest capture, and what stands around it.
pub(super) const BODY_BYTES_MAX: usize = CAPTURE_BYTES_MAX + 4096;
