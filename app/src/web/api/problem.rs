//! What is answered instead of data: RFC 9457.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Why there is no answer (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: `code` says which problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The phrase of the status.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// A stable word for programs.
    code: &'static str,
    /// What is wrong, for people.
    detail: String,
    /// What was probably meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nearest: Vec<String>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or_default();
        Problem {
            kind: "about:blank",
            title,
            status: status.as_u16(),
            code,
            detail: detail.into(),
            nearest: Vec::new(),
        }
    }

    /// Something that was asked for is not there.
    pub(super) fn unknown(what: impl Into<String>) -> Self {
        Problem::new(StatusCode::NOT_FOUND, "unknown", what)
    }

    /// A parameter or a body cannot be what was meant.
    pub(super) fn bad(what: impl Into<String>) -> Self {
        Problem::new(StatusCode::BAD_REQUEST, "bad-request", what)
    }

    /// Something broke here.
    pub(super) fn broken(error: impl ToString) -> Self {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "broken", error.to_string())
    }

    /// The server is ending.
    pub(super) fn ending() -> Self {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "ending", "the server is ending")
    }

    pub(super) fn near(mut self, nearest: Vec<String>) -> Self {
        self.nearest = nearest;
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body + "\n").into_response();
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ringback\""));
        }
        response
    }
}
