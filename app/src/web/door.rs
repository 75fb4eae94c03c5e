//! Signing in and out, and who somebody is: a browser by its session, a program by its token.

use super::hub::Hub;
use super::keys::{Keys, Scope};
use super::server::Peer;
use super::session::{SESSION_TIME, SignedIn};
use axum::extract::{Extension, Form, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// Somebody whom we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visitor {
    pub(crate) name: String,
    pub(crate) scope: Scope,
    /// What a form must bring along to prove that it is a form of ours; none for programs, which have no cookies that a
    /// page of somebody else could use.
    pub(crate) csrf: Option<String>,
}

impl Visitor {
    /// Who a request is from, if it says so.
    pub(crate) fn of(hub: &Hub, headers: &HeaderMap) -> Option<Visitor> {
        let keys = Keys::read(&hub.folder).ok()?;
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let (scheme, secret) = value.to_str().ok()?.split_once(' ')?;
            let is_bearer = scheme.eq_ignore_ascii_case("bearer");
            let token = keys.token(secret.trim()).filter(|_| is_bearer)?;
            return Some(Visitor { name: token.name.clone(), scope: token.scope, csrf: None });
        }
        let SignedIn { name, csrf } = hub.sessions.find(hub.clock.now(), cookie(headers)?, &keys)?;
        Some(Visitor { name, scope: Scope::Admin, csrf: Some(csrf) })
    }

    /// Whether a request of theirs that changes something is theirs indeed, and not one that a page of somebody else made
    /// their browser send. `csrf` is what the form brought along.
    pub(crate) fn means_it(&self, headers: &HeaderMap, csrf: &str) -> bool {
        match &self.csrf {
            None => true,
            Some(own) => is_our_page(headers) && bool::from(own.as_bytes().ct_eq(csrf.as_bytes())),
        }
    }
}

/// What the sign-in page sends.
#[derive(Deserialize)]
pub(super) struct SignIn {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    /// Where to go then.
    #[serde(default)]
    next: String,
}

/// Signs in, and leads on; to the sign-in page again, with a word, when that fails.
pub(super) async fn sign_in(
    State(hub): State<Arc<Hub>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    Form(form): Form<SignIn>,
) -> Response {
    if !is_our_page(&headers) {
        return again("origin");
    }
    let source = source(&hub, peer.ip(), &headers);
    if hub.sessions.attempt(hub.clock.now(), source).is_err() {
        return again("wait");
    }
    // One hash at a time: each takes much memory, and that is its purpose.
    let Ok(_turn) = hub.hashing.acquire().await else { return again("failed") };
    let looking = Arc::clone(&hub);
    let next = form.next.clone();
    let looked = tokio::task::spawn_blocking(move || {
        let keys = Keys::read(&looking.folder).ok()?;
        keys.account(&form.name, &form.password).cloned()
    });
    let Ok(Some(account)) = looked.await else { return again("wrong") };
    hub.sessions.forgive(source);
    match hub.sessions.begin(hub.clock.now(), &account.name, &account.hash) {
        Ok(secret) => {
            let next = if is_local(&next) { next.as_str() } else { "/" };
            lead(next, Some(&set_cookie(&hub, &secret, SESSION_TIME.as_secs())))
        }
        Err(_) => again("failed"),
    }
}

/// What a form without fields sends.
#[derive(Deserialize)]
pub(super) struct SignOut {
    #[serde(default)]
    csrf: String,
}

/// Signs out.
pub(super) async fn sign_out(
    State(hub): State<Arc<Hub>>,
    headers: HeaderMap,
    Form(form): Form<SignOut>,
) -> Response {
    if Visitor::of(&hub, &headers).is_some_and(|visitor| visitor.means_it(&headers, &form.csrf))
        && let Some(secret) = cookie(&headers)
    {
        hub.sessions.end(secret);
        return lead("/sign-in", Some(&set_cookie(&hub, "", 0)));
    }
    lead("/", None)
}

fn again(fault: &str) -> Response {
    lead(&format!("/sign-in?fault={fault}"), None)
}

pub(super) fn lead(to: &str, cookie: Option<&str>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(to).ok().map(|to| (header::LOCATION, to)));
    headers.extend(
        cookie.and_then(|c| HeaderValue::from_str(c).ok()).map(|cookie| (header::SET_COOKIE, cookie)),
    );
    response
}

/// Whether a place to go is one of ours.
pub(super) fn is_local(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

fn set_cookie(hub: &Hub, secret: &str, seconds: u64) -> String {
    let is_secure = hub.ground().settings.console.as_ref().is_some_and(|console| console.behind_proxy);
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, secret)| secret)
}

/// Whether a page of ours made the browser send this: it says where the page is from, and that is the name it asks.
fn is_our_page(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(origin), Some(host)) = (text(header::ORIGIN), text(header::HOST)) else { return false };
    let of_origin = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    of_origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host))
}

/// Who asks: behind a proxy, whom the proxy names last.
fn source(hub: &Hub, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let is_behind = hub.ground().settings.console.as_ref().is_some_and(|console| console.behind_proxy);
    let named = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    let named = named.and_then(|value| value.rsplit(',').next()?.trim().parse().ok());
    named.filter(|_| is_behind).unwrap_or(peer)
}

/// The cookie that holds the session.
const COOKIE: &str = "ringback-session";

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(rows: &[(&'static str, &str)]) -> HeaderMap {
        let value = |text: &str| HeaderValue::from_str(text).unwrap();
        rows.iter().map(|(name, text)| (header::HeaderName::from_static(name), value(text))).collect()
    }

    #[test]
    fn only_forms_of_our_own_pages_change_something() {
        let visitor = Visitor { name: "admin".into(), scope: Scope::Admin, csrf: Some("secret".into()) };
        let ours = headers(&[("host", "127.0.0.1:7080"), ("origin", "http://127.0.0.1:7080")]);
        assert!(visitor.means_it(&ours, "secret"));
        assert!(!visitor.means_it(&ours, "") && !visitor.means_it(&ours, "secreT"));
        for origin in ["http://evil.test", "null", "http://127.0.0.1:7081", "http://127.0.0.1:7080.evil.test"]
        {
            assert!(!visitor.means_it(&headers(&[("host", "127.0.0.1:7080"), ("origin", origin)]), "secret"));
        }
        assert!(!visitor.means_it(&headers(&[("host", "127.0.0.1:7080")]), "secret"));
        let program = Visitor { csrf: None, ..visitor };
        assert!(program.means_it(&headers(&[]), ""));
    }

    #[test]
    fn nobody_is_led_elsewhere() {
        assert!(is_local("/calls?user=bob&code=480") && is_local("/"));
        for next in ["", "calls", "//evil.test", "/\\evil.test", "https://evil.test", "/a\r\nb"] {
            assert!(!is_local(next), "{next:?}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let all = headers(&[("cookie", "a=b; ringback-session=abc; c=d")]);
        assert_eq!(cookie(&all), Some("abc"));
        assert_eq!(cookie(&headers(&[("cookie", "xringback-session=abc")])), None);
    }
}
