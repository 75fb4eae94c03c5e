//! Who reads a page, and in which language.

use crate::web::door::{Visitor, is_local, lead};
use crate::web::hub::Hub;
use crate::web::view::{self, Frame, Notice, Place};
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use ringback_roles::explain::Language;
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;

/// Somebody who is signed in, and reads a page.
pub(super) struct Guest {
    pub(super) visitor: Visitor,
    tongue: Tongue,
    here: String,
}

/// Why there is no page.
#[derive(Debug)]
pub(super) struct Absent {
    status: StatusCode,
    /// What may have been meant: addresses and words.
    near: Vec<(String, String)>,
}

impl Absent {
    /// Nothing has this id; those that have pages at this path come near to it.
    pub(super) fn near(path: &str, ids: Vec<String>) -> Self {
        let link = |id: String| (format!("{path}?id={}", view::encoded(&id)), id);
        Absent { status: StatusCode::NOT_FOUND, near: ids.into_iter().map(link).collect() }
    }
}

impl From<StatusCode> for Absent {
    fn from(status: StatusCode) -> Self {
        Absent { status, near: Vec::new() }
    }
}

/// The language of pages: the one that was chosen, else what the browser prefers.
#[derive(Clone, Copy)]
pub(super) struct Tongue(Language);

impl Tongue {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: header::HeaderName| {
            let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
            values.collect::<Vec<_>>().join(";")
        };
        let cookies = text(header::COOKIE);
        let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        let chosen = pairs.filter(|(name, _)| *name == COOKIE).find_map(|(_, tag)| named(tag));
        let preferred = text(header::ACCEPT_LANGUAGE);
        let first = preferred.split([',', ';']).next().unwrap_or_default().trim().to_owned();
        Tongue(chosen.unwrap_or_else(|| Language::from_locale(&first)))
    }
}

impl FromRequestParts<Arc<Hub>> for Tongue {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &Arc<Hub>) -> Result<Self, Infallible> {
        Ok(Tongue::of(&parts.headers))
    }
}

impl FromRequestParts<Arc<Hub>> for Guest {
    /// To the sign-in page.
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Response> {
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        match Visitor::of(hub, &parts.headers) {
            Some(visitor) => Ok(Guest { visitor, tongue: Tongue::of(&parts.headers), here }),
            None => Err(lead(&format!("/sign-in?next={}", view::encoded(&here)), None)),
        }
    }
}

impl Guest {
    /// Makes a page, beside everything else; the status of its failure becomes a page, too.
    pub(super) async fn page(
        self,
        hub: Arc<Hub>,
        place: Place,
        make: impl FnOnce(&Hub, &Frame<'_>) -> Result<String, Absent> + Send + 'static,
    ) -> Response {
        self.told(hub, place, None, make).await
    }

    /// The same with something to be said first.
    pub(super) async fn told(
        self,
        hub: Arc<Hub>,
        place: Place,
        notice: Option<Notice>,
        make: impl FnOnce(&Hub, &Frame<'_>) -> Result<String, Absent> + Send + 'static,
    ) -> Response {
        let made = tokio::task::spawn_blocking(move || {
            let frame = Frame {
                explainer: hub.explainer(self.tongue.0),
                place,
                here: &self.here,
                name: &self.visitor.name,
                csrf: self.visitor.csrf.as_deref().unwrap_or_default(),
                notice: notice.as_ref(),
            };
            match make(&hub, &frame) {
                Ok(page) => Html(page).into_response(),
                Err(Absent { status, near }) => {
                    (status, Html(view::fault(&frame, status.as_u16(), &near))).into_response()
                }
            }
        });
        made.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }

    /// Says that there is no page.
    pub(super) async fn refused(self, hub: Arc<Hub>, status: StatusCode) -> Response {
        self.page(hub, Place::Elsewhere, move |_, _| Err(status.into())).await
    }
}

pub(super) async fn not_found(guest: Guest, State(hub): State<Arc<Hub>>) -> Response {
    guest.refused(hub, StatusCode::NOT_FOUND).await
}

/// What leads to the sign-in page.
#[derive(Deserialize)]
pub(super) struct Way {
    #[serde(default)]
    next: String,
    fault: Option<String>,
}

/// Asks for name and password.
pub(super) async fn sign_in(
    State(hub): State<Arc<Hub>>,
    tongue: Tongue,
    uri: Uri,
    Query(way): Query<Way>,
) -> Response {
    let here = uri.path_and_query().map_or("/sign-in", |path| path.as_str());
    let frame = Frame {
        explainer: hub.explainer(tongue.0),
        place: Place::Elsewhere,
        here,
        name: "",
        csrf: "",
        notice: None,
    };
    Html(view::sign_in(&frame, &way.next, way.fault.as_deref())).into_response()
}

/// A choice of language.
#[derive(Deserialize)]
pub(super) struct Choice {
    to: String,
    #[serde(default)]
    back: String,
}

/// Keeps the language, and leads back.
pub(super) async fn language(Query(choice): Query<Choice>) -> Response {
    let back = if is_local(&choice.back) { choice.back.as_str() } else { "/" };
    let cookie = named(&choice.to).map(|language| {
        format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={COOKIE_SECONDS}", language.tag())
    });
    lead(back, cookie.as_deref())
}

fn named(tag: &str) -> Option<Language> {
    Language::ALL.iter().copied().find(|language| language.tag() == tag)
}

/// The cookie that holds the chosen language, and for how long.
const COOKIE: &str = "ringback-language";
const COOKIE_SECONDS: u32 = 365 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_language_goes_before_what_the_browser_prefers() {
        let of = |rows: &[(&'static str, &'static str)]| {
            let value = axum::http::HeaderValue::from_static;
            let row = |(name, text): &(&'static str, &'static str)| {
                (header::HeaderName::from_static(name), value(text))
            };
            Tongue::of(&rows.iter().map(row).collect()).0
        };
        assert_eq!(of(&[("accept-language", "nl-NL,nl;q=0.9,en;q=0.8")]), Language::Dutch);
        assert_eq!(
            of(&[("accept-language", "nl"), ("cookie", "a=b; ringback-language=en")]),
            Language::English
        );
        assert_eq!(of(&[("cookie", "ringback-language=xx")]), Language::English);
    }
}
