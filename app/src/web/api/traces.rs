//! Captures of anybody's equipment.

use super::ask::{Lang, Reader, Tongue, aside};
use super::problem::Problem;
use crate::web::hub::Hub;
use crate::web::model::{Captured, TraceReport};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use ringback_io::capture::CaptureFault;
use std::sync::Arc;

/// Say what went wrong in a capture
///
/// The body is a capture (pcap, pcapng) or a log with SIP messages, of at most 16 MiB; nothing of it is kept. The answer is what
/// `ringback trace --json` prints, of the first 200 calls.
#[utoipa::path(
    post, path = "/traces", tag = "traces", params(Lang), security(("token" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = TraceReport),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn trace(
    _: Reader,
    State(hub): State<Arc<Hub>>,
    tongue: Tongue,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<TraceReport>, Problem> {
    let body = body.map_err(|fault| Problem::new(fault.status(), "body", fault.body_text()))?;
    let Ok(_turn) = hub.judging.acquire().await else { return Err(Problem::ending()) };
    let judging = Arc::clone(&hub);
    let judged = aside(move || {
        let explainer = tongue.explainer(&judging);
        Captured::judge(&body, explainer).map(|captured| captured.report(explainer))
    });
    judged.await?.map(Json).map_err(|fault| {
        let text = match fault {
            CaptureFault::Empty => "it is empty".to_owned(),
            CaptureFault::Unknown => "neither pcap nor pcapng, and no text with SIP messages".to_owned(),
            CaptureFault::Broken => "a block breaks the format of captures".to_owned(),
            CaptureFault::Io(error) => error.to_string(),
        };
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no-capture", text)
    })
}

/// The largest capture.
pub(in crate::web) const CAPTURE_BYTES_MAX: usize = 16 << 20;
