//! What an operator does: lift bans, set message counts.

use super::ask::{Given, Named, Operator, Reader, aside};
use super::problem::Problem;
use crate::web::hub::Hub;
use crate::web::model::{BanList, Waiting};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ringback_io::store::{StoreError, Subscribers};
use ringback_roles::access::Network;
use ringback_roles::event::Resource;
use ringback_roles::presence::Mailbox;
use ringback_sip::registry::EventPackage;
use std::sync::Arc;

/// Sources that are not served
#[utoipa::path(
    get, path = "/bans", tag = "bans", security(("token" = [])),
    responses(
        (status = 200, body = BanList),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn bans(_: Reader, State(hub): State<Arc<Hub>>) -> Result<Json<BanList>, Problem> {
    BanList::of(&hub).await.map(Json).ok_or_else(Problem::ending)
}

/// Lift a ban
///
/// Needs scope `operate`.
#[utoipa::path(
    delete, path = "/bans/{source}", tag = "bans", security(("token" = [])),
    params(("source" = String, Path, description = "An address or a network as the list has it; `/` as `%2F`")),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn lift_ban(
    _: Operator,
    State(hub): State<Arc<Hub>>,
    Named(source): Named,
) -> Result<StatusCode, Problem> {
    let network: Network =
        source.parse().map_err(|_| Problem::bad(format!("{source:?} is no address and no network")))?;
    match BanList::lift(&hub, network).await {
        Some(true) => Ok(StatusCode::NO_CONTENT),
        Some(false) => Err(Problem::unknown(format!("{source} is not banned"))),
        None => Err(Problem::ending()),
    }
}

/// How many voice messages wait for a user
#[utoipa::path(
    get, path = "/mwi/{user}", tag = "mwi", security(("token" = [])),
    params(("user" = String, Path, description = "`bob` or `bob@example.test`")),
    responses(
        (status = 200, body = Waiting),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn waiting(
    _: Reader,
    State(hub): State<Arc<Hub>>,
    Named(user): Named,
) -> Result<Json<Waiting>, Problem> {
    let (resource, store) = mailbox(&hub, &user)?;
    let said = aside(move || store()?.said(&resource)).await?.map_err(problem)?;
    Ok(Json(said.and_then(|body| Mailbox::parse(&body)).unwrap_or_default().into()))
}

/// Say how many voice messages wait for a user
///
/// Phones that have subscribed to message-summary (RFC 3842) light their lamp while there are new ones. Needs scope
/// `operate`.
#[utoipa::path(
    put, path = "/mwi/{user}", tag = "mwi", request_body = Waiting, security(("token" = [])),
    params(("user" = String, Path, description = "`bob` or `bob@example.test`")),
    responses(
        (status = 200, body = Waiting),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_waiting(
    _: Operator,
    State(hub): State<Arc<Hub>>,
    Named(user): Named,
    Given(waiting): Given<Waiting>,
) -> Result<Json<Waiting>, Problem> {
    let (resource, store) = mailbox(&hub, &user)?;
    let mailbox = Mailbox::from(waiting.clone());
    if !mailbox.is_sound() {
        return Err(Problem::bad("more urgent messages than messages, or an account that is no URI"));
    }
    let body = mailbox.write();
    aside(move || store()?.say(&resource, Mailbox::MEDIA_TYPE, body.as_bytes())).await?.map_err(problem)?;
    Ok(Json(waiting))
}

type Opened = Result<Subscribers, StoreError>;

fn mailbox(hub: &Hub, user: &str) -> Result<(Resource, impl FnOnce() -> Opened + Send + 'static), Problem> {
    let ground = hub.ground();
    let aor = ground.site.account(user).map_err(|fault| Problem::bad(fault.to_string()))?;
    let data = ground.site.data.clone();
    let resource = Resource { aor, package: EventPackage::MESSAGE_SUMMARY };
    Ok((resource, move || Subscribers::open(&data)))
}

fn problem(error: StoreError) -> Problem {
    match error {
        StoreError::NoSuchUser => Problem::unknown(error.to_string()),
        error => Problem::broken(error),
    }
}
