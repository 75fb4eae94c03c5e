//! Users, their phones, and why they cannot be reached.

use super::ask::{Admin, Asked, Given, Lang, Named, Reader, Tongue, aside};
use super::problem::Problem;
use crate::password::Password;
use crate::web::hub::Hub;
use crate::web::model::{Registration, RegistrationList};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ringback_io::store::{StoreError, Subscribers};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which users are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UserQuery {
    /// Those with these letters in their names.
    user: Option<String>,
    /// Where the page before this one ended: its `next`.
    cursor: Option<String>,
    /// How many at most; without it 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Users and their phones
#[utoipa::path(
    get, path = "/registrations", tag = "users", params(UserQuery), security(("token" = [])),
    responses(
        (status = 200, body = RegistrationList),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn registrations(
    _: Reader,
    State(hub): State<Arc<Hub>>,
    Asked(query): Asked<UserQuery>,
) -> Result<Json<RegistrationList>, Problem> {
    let limit = query.limit.unwrap_or(LIMIT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::bad(format!("limit is not from 1 to {LIMIT_MAX}")));
    }
    Ok(Json(RegistrationList::of(
        &hub,
        query.user.as_deref().unwrap_or_default(),
        query.cursor.as_deref(),
        limit,
    )))
}

/// Why a phone cannot register, or not be called
///
/// The user's phones now, and what is recorded of them.
#[utoipa::path(
    get, path = "/registrations/{user}", tag = "users", security(("token" = [])),
    params(("user" = String, Path, description = "`bob`, `bob@example.test`"), Lang),
    responses(
        (status = 200, body = Registration),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn registration(
    _: Reader,
    State(hub): State<Arc<Hub>>,
    tongue: Tongue,
    Named(user): Named,
) -> Result<Json<Registration>, Problem> {
    let found = aside(move || Registration::of(&hub, &user, tongue.explainer(&hub))).await?;
    let found = found.map_err(Problem::broken)?;
    found.map(Json).ok_or_else(|| Problem::unknown("no account, and nothing on record of this user"))
}

/// A user to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewUser {
    /// `carol` or `carol@example.test`.
    user: String,
    /// Its password; without it one is made.
    password: Option<String>,
}

/// A user that was added.
#[derive(Serialize, ToSchema)]
pub(super) struct AddedUser {
    /// `carol@example.test`.
    user: String,
    /// The password that was made, if one was; nobody can read it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

/// Add a user
///
/// Needs scope `admin`.
#[utoipa::path(
    post, path = "/users", tag = "users", request_body = NewUser, security(("token" = [])),
    responses(
        (status = 201, body = AddedUser),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add_user(
    _: Admin,
    State(hub): State<Arc<Hub>>,
    Given(new): Given<NewUser>,
) -> Result<(StatusCode, Json<AddedUser>), Problem> {
    let ground = hub.ground();
    let user = ground.site.account(&new.user).map_err(|fault| Problem::bad(fault.to_string()))?;
    if new
        .password
        .as_deref()
        .is_some_and(|password| password.is_empty() || password.len() > PASSWORD_BYTES_MAX)
    {
        return Err(Problem::bad(format!("a password has 1 to {PASSWORD_BYTES_MAX} bytes")));
    }
    let made = match new.password {
        None => Some(Password::generate().map_err(Problem::broken)?),
        Some(_) => None,
    };
    let name = user.to_string();
    let shown = made.as_ref().map(|made| made.expose().to_owned());
    let password = new.password.or_else(|| shown.clone()).unwrap_or_default();
    let data = ground.site.data.clone();
    let added = aside(move || Subscribers::open(&data)?.add(&user, password.as_bytes())).await?;
    match added {
        Ok(()) => Ok((StatusCode::CREATED, Json(AddedUser { user: name, password: shown }))),
        Err(error @ StoreError::Exists) => {
            Err(Problem::new(StatusCode::CONFLICT, "exists", format!("{name}: {error}")))
        }
        Err(error) => Err(Problem::broken(error)),
    }
}

/// Remove a user
///
/// Its registrations end when they run out. Needs scope `admin`.
#[utoipa::path(
    delete, path = "/users/{user}", tag = "users", security(("token" = [])),
    params(("user" = String, Path, description = "`carol` or `carol@example.test`")),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove_user(
    _: Admin,
    State(hub): State<Arc<Hub>>,
    Named(name): Named,
) -> Result<StatusCode, Problem> {
    let ground = hub.ground();
    let user = ground.site.account(&name).map_err(|fault| Problem::bad(fault.to_string()))?;
    let data = ground.site.data.clone();
    match aside(move || Subscribers::open(&data)?.remove(&user)).await? {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error @ StoreError::NoSuchUser) => Err(Problem::unknown(format!("{name}: {error}"))),
        Err(error) => Err(Problem::broken(error)),
    }
}

/// How many users a page has, unless more or fewer are asked for.
const LIMIT: usize = 100;
/// How many at most.
const LIMIT_MAX: usize = 1000;
/// The longest password.
const PASSWORD_BYTES_MAX: usize = 256;
