//! Calls and why they ended as they did.

use super::ask::{Asked, Lang, Named, Reader, Tongue, aside};
use super::problem::Problem;
use crate::web::hub::Hub;
use crate::web::model::{CallFault, CallList, CallPage, CallQuery};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Calls, the newest first
///
/// Those of the last day that the server keeps in mind (20,000), each with its verdict.
#[utoipa::path(
    get, path = "/calls", tag = "calls", params(CallQuery, Lang), security(("token" = [])),
    responses(
        (status = 200, body = CallList),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn calls(
    _: Reader,
    State(hub): State<Arc<Hub>>,
    tongue: Tongue,
    Asked(query): Asked<CallQuery>,
) -> Result<Json<CallList>, Problem> {
    let list = aside(move || CallList::of(&hub, &query, tongue.explainer(&hub))).await?;
    list.map(Json).map_err(|fault| match fault {
        CallFault::Query(name) => {
            Problem::bad(format!("the parameter {name} has a value that it cannot have"))
        }
        CallFault::Journal(error) => Problem::broken(error),
    })
}

/// A call with its evidence, schema `ringback.why/1`.
#[derive(Serialize, ToSchema)]
pub(super) struct Why {
    schema: &'static str,
    call: CallPage,
}

/// Why a call ended as it did
///
/// What `ringback why CALL-ID --json` prints: verdict, branches, facts, messages, ladder.
#[utoipa::path(
    get, path = "/calls/{call_id}", tag = "calls", security(("token" = [])),
    params(("call_id" = String, Path, description = "The Call-ID"), Lang),
    responses(
        (status = 200, body = Why),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn call(
    _: Reader,
    State(hub): State<Arc<Hub>>,
    tongue: Tongue,
    Named(call_id): Named,
) -> Result<Json<Why>, Problem> {
    let page = aside(move || CallPage::of(&hub, &call_id, tongue.explainer(&hub))).await?;
    match page.map_err(Problem::broken)? {
        Ok(call) => Ok(Json(Why { schema: "ringback.why/1", call })),
        Err(nearest) => Err(Problem::unknown("nothing is recorded of this Call-ID").near(nearest)),
    }
}
