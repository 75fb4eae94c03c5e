//! What requests of the API have in common: who asks, in which language, and parameters that are refused as problems.

use super::problem::Problem;
use crate::web::door::Visitor;
use crate::web::hub::Hub;
use crate::web::keys::Scope;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Json, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use ringback_roles::explain::{Explainer, Language};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use utoipa::IntoParams;

/// Somebody who may see.
pub(super) struct Reader;
/// Somebody who may also lift bans and set message counts.
pub(super) struct Operator;
/// Somebody who may also add and remove users.
pub(super) struct Admin;

fn admit(parts: &Parts, hub: &Hub, scope: Scope) -> Result<(), Problem> {
    let Some(visitor) = Visitor::of(hub, &parts.headers) else {
        let text = "send a token: `Authorization: Bearer …`; `ringback token add NAME` makes one";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "no-token", text));
    };
    if visitor.scope < scope {
        let text = format!("this needs a token with scope {}", scope.as_str());
        return Err(Problem::new(StatusCode::FORBIDDEN, "scope", text));
    }
    let is_safe = parts.method == Method::GET || parts.method == Method::HEAD;
    let csrf = parts.headers.get("x-csrf-token").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_safe && !visitor.means_it(&parts.headers, csrf) {
        let text = "a page must send X-CSRF-Token, and be of this server";
        return Err(Problem::new(StatusCode::FORBIDDEN, "csrf", text));
    }
    Ok(())
}

impl FromRequestParts<Arc<Hub>> for Reader {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        admit(parts, hub, Scope::Read).map(|()| Reader)
    }
}

impl FromRequestParts<Arc<Hub>> for Operator {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        admit(parts, hub, Scope::Operate).map(|()| Operator)
    }
}

impl FromRequestParts<Arc<Hub>> for Admin {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        admit(parts, hub, Scope::Admin).map(|()| Admin)
    }
}

/// The language of sentences: `lang`, else what Accept-Language names first, else English.
pub(crate) struct Tongue(pub(crate) Language);

impl Tongue {
    pub(crate) fn explainer(self, hub: &Hub) -> &Explainer {
        hub.explainer(self.0)
    }
}

/// The parameter that names it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Lang {
    /// The language of sentences: `en` or `nl`; without it that of Accept-Language.
    lang: Option<String>,
}

impl FromRequestParts<Arc<Hub>> for Tongue {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &Arc<Hub>) -> Result<Self, Problem> {
        let named = Query::<Lang>::try_from_uri(&parts.uri).ok().and_then(|Query(query)| query.lang);
        if let Some(named) = named {
            let language = Language::ALL.iter().find(|language| language.tag() == named);
            let fault = || Problem::bad("lang is neither `en` nor `nl`");
            return language.map(|language| Tongue(*language)).ok_or_else(fault);
        }
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let first = accepted.and_then(|value| value.split([',', ';']).next()).unwrap_or_default();
        Ok(Tongue(Language::from_locale(first.trim())))
    }
}

/// The parameters of the query.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Hub>> for Asked<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &Arc<Hub>) -> Result<Self, Problem> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        query.map(|Query(query)| Asked(query)).map_err(|fault| Problem::bad(fault.body_text()))
    }
}

/// The last part of the path.
pub(super) struct Named(pub(super) String);

impl FromRequestParts<Arc<Hub>> for Named {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, hub).await;
        path.map(|Path(name)| Named(name)).map_err(|fault| Problem::bad(fault.body_text()))
    }
}

/// A body in JSON.
pub(super) struct Given<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Hub>> for Given<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, hub: &Arc<Hub>) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, hub).await {
            Ok(Json(value)) => Ok(Given(value)),
            Err(JsonRejection::MissingJsonContentType(fault)) => {
                Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", fault.body_text()))
            }
            Err(fault) => Err(Problem::new(fault_status(&fault), "bad-request", fault.body_text())),
        }
    }
}

/// What a program said is wrong in its form: 400, but for bodies that are too large.
fn fault_status(fault: &JsonRejection) -> StatusCode {
    if fault.status() == StatusCode::PAYLOAD_TOO_LARGE { fault.status() } else { StatusCode::BAD_REQUEST }
}

/// Runs what looks at the disk beside everything else.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::broken)
}
