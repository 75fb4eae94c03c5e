//! Pages that only show.

use super::guest::{Absent, Guest};
use crate::cmd::route;
use crate::web::hub::Hub;
use crate::web::model::{
    CallFault, CallList, CallPage, CallQuery, Code, CodeList, Overview, Registration, RegistrationList,
    RouteQuery, Window,
};
use crate::web::view::{self, Place};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use ringback_roles::explain::Kind;
use serde::{Deserialize, Deserializer};
use std::sync::Arc;

/// A field of a form: a browser sends those that are empty, too.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

fn broken<E>(_: E) -> Absent {
    StatusCode::INTERNAL_SERVER_ERROR.into()
}

/// How far back the overview looks.
#[derive(Deserialize)]
pub(super) struct Glance {
    window: Option<Window>,
}

pub(super) async fn overview(
    guest: Guest,
    State(hub): State<Arc<Hub>>,
    glance: Result<Query<Glance>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let window = glance.ok().and_then(|Query(glance)| glance.window).unwrap_or_default();
    guest
        .page(hub, Place::Overview, move |hub, f| {
            Ok(view::overview(f, &Overview::of(hub, window, f.explainer)))
        })
        .await
}

/// The form of the page of calls.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "given")]
    user: Option<String>,
    #[serde(default, deserialize_with = "given")]
    code: Option<String>,
    #[serde(default, deserialize_with = "given")]
    since: Option<String>,
    #[serde(default, deserialize_with = "given")]
    method: Option<String>,
    #[serde(default, deserialize_with = "given")]
    live: Option<String>,
    #[serde(default, deserialize_with = "given")]
    cursor: Option<String>,
}

pub(super) async fn calls(guest: Guest, State(hub): State<Arc<Hub>>, Query(asked): Query<Asked>) -> Response {
    let Asked { user, code, since, method, live, cursor } = asked;
    // What is no code finds nothing.
    let code = code.map(|code| code.parse().unwrap_or(0));
    let live = live.map(|live| live == "true");
    let query = CallQuery { user, code, since, method, live, cursor, ..CallQuery::default() };
    guest
        .page(hub, Place::Calls, move |hub, f| match CallList::of(hub, &query, f.explainer) {
            Ok(list) => Ok(view::calls(f, &query, &list)),
            // A value that cannot be finds nothing, either.
            Err(CallFault::Query(_)) => Ok(view::calls(f, &query, &NOTHING)),
            Err(CallFault::Journal(error)) => Err(broken(error)),
        })
        .await
}

/// Which call.
#[derive(Deserialize)]
pub(super) struct Id {
    #[serde(default)]
    id: String,
}

pub(super) async fn call(guest: Guest, State(hub): State<Arc<Hub>>, Query(Id { id }): Query<Id>) -> Response {
    guest
        .page(hub, Place::Calls, move |hub, f| {
            let page = CallPage::of(hub, &id, f.explainer).map_err(broken)?;
            page.map(|page| view::call(f, &page)).map_err(|nearest| Absent::near("/call", nearest))
        })
        .await
}

/// Which users, and behind which of them the list goes on.
#[derive(Deserialize)]
pub(super) struct Users {
    #[serde(default)]
    user: String,
    after: Option<String>,
}

pub(super) async fn registrations(
    guest: Guest,
    State(hub): State<Arc<Hub>>,
    Query(Users { user, after }): Query<Users>,
) -> Response {
    guest
        .page(hub, Place::Registrations, move |hub, f| {
            let list = RegistrationList::of(hub, user.trim(), after.as_deref(), USERS_MAX);
            Ok(view::registrations(f, user.trim(), &list))
        })
        .await
}

/// Which user.
#[derive(Deserialize)]
pub(super) struct User {
    #[serde(default)]
    user: String,
}

pub(super) async fn registration(
    guest: Guest,
    State(hub): State<Arc<Hub>>,
    Query(User { user }): Query<User>,
) -> Response {
    guest
        .page(hub, Place::Registrations, move |hub, f| {
            let page = Registration::of(hub, user.trim(), f.explainer).map_err(broken)?;
            page.map(|page| view::registration(f, &page)).ok_or(StatusCode::NOT_FOUND.into())
        })
        .await
}

/// The form of the simulator.
#[derive(Deserialize)]
pub(super) struct Trial {
    #[serde(default, deserialize_with = "given")]
    uri: Option<String>,
    #[serde(default, deserialize_with = "given")]
    from: Option<String>,
    #[serde(default, deserialize_with = "given")]
    method: Option<String>,
    #[serde(default, deserialize_with = "given")]
    source: Option<String>,
    #[serde(default, deserialize_with = "given")]
    transport: Option<String>,
    #[serde(default, deserialize_with = "given")]
    at: Option<String>,
}

pub(super) async fn routes(
    guest: Guest,
    State(hub): State<Arc<Hub>>,
    Query(trial): Query<Trial>,
) -> Response {
    let Trial { uri, from, method, source, transport, at } = trial;
    let query = RouteQuery { uri: uri.unwrap_or_default(), from, method, source, transport, at };
    guest
        .page(hub, Place::Routes, move |hub, f| {
            if query.uri.is_empty() {
                return Ok(view::routes(f, &query, None, None));
            }
            let ground = hub.ground();
            match route::trial(&ground.settings, &ground.site, &query, f.explainer.language()) {
                Ok(trial) => Ok(view::routes(f, &query, Some(&trial), None)),
                Err(fault) => Ok(view::routes(f, &query, None, Some(&fault))),
            }
        })
        .await
}

/// What of the encyclopaedia.
#[derive(Deserialize)]
pub(super) struct Topics {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    q: String,
}

pub(super) async fn codes(
    guest: Guest,
    State(hub): State<Arc<Hub>>,
    Query(Topics { kind, q }): Query<Topics>,
) -> Response {
    guest
        .page(hub, Place::Codes, move |_, f| {
            let kind = Kind::ALL.iter().copied().find(|known| known.key() == kind).unwrap_or(Kind::Code);
            Ok(view::codes(f, kind, q.trim(), &CodeList::found(kind, q.trim(), f.explainer)))
        })
        .await
}

pub(super) async fn code(guest: Guest, State(hub): State<Arc<Hub>>, Query(Id { id }): Query<Id>) -> Response {
    guest
        .page(hub, Place::Codes, move |_, f| match Code::of(&id, f.explainer) {
            Ok(code) => Ok(view::code(f, &code)),
            Err(near) => Err(Absent::near("/code", near.into_iter().map(|topic| topic.id).collect())),
        })
        .await
}

/// The answer to a question that has none.
const NOTHING: CallList = CallList { calls: Vec::new(), next: None, recorded: true };
/// Users on a page.
const USERS_MAX: usize = 50;
