//! What every request passes before it is looked at, and what every answer carries.

use super::hub::Hub;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Refuses requests for names that are not ours, gives up on those that take too long, and writes the headers that keep
/// a browser to what we send it.
pub(super) async fn guard(State(hub): State<Arc<Hub>>, request: Request, next: Next) -> Response {
    let mut response = if is_for_us(&hub, request.headers()) {
        let answer = tokio::time::timeout(REQUEST_TIME_MAX, next.run(request)).await;
        answer.unwrap_or_else(|_| plain(StatusCode::SERVICE_UNAVAILABLE, "it took too long"))
    } else {
        plain(StatusCode::MISDIRECTED_REQUEST, "the console does not have this name: see [console] names")
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{text}\n")).into_response()
}

/// Whether the request names this server: a page of somebody else whose name leads to this machine names itself.
fn is_for_us(hub: &Hub, headers: &HeaderMap) -> bool {
    let Some(console) = &hub.ground().settings.console else { return false };
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    host.to_str().is_ok_and(|host| is_name_of(host, console.address, &console.names))
}

/// Whether a value of Host names a console with this address and these names.
fn is_name_of(host: &str, address: SocketAddr, names: &[String]) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            (name, Some(port))
        }
        _ => (host, None),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    if names.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        // A proxy before us may have any port.
        return true;
    }
    let is_port = port.map_or(address.port() == 80, |port| port == address.port().to_string());
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let is_own = match bare.parse::<IpAddr>() {
        Ok(ip) => ip == address.ip(),
        Err(_) => address.ip().is_loopback() && name.eq_ignore_ascii_case("localhost"),
    };
    is_own && is_port
}

/// What every answer carries.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Not "no-referrer": then forms would not say of which page they are.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];
/// The longest time from a request's head to the head of its answer.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);
/// The largest body, but for captures.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_console_are_answered() {
        let names = ["Console.example.test".to_owned()];
        let address: SocketAddr = "127.0.0.1:7080".parse().unwrap();
        for host in [
            "127.0.0.1:7080",
            "localhost:7080",
            "LOCALHOST.:7080",
            "console.example.test",
            "console.example.test:8443",
        ] {
            assert!(is_name_of(host, address, &names), "{host}");
        }
        for host in [
            "",
            "evil.test",
            "evil.test:7080",
            "localhost",
            "localhost:7081",
            "127.0.0.1",
            "127.0.0.2:7080",
            "[::1]:7080",
        ] {
            assert!(!is_name_of(host, address, &names), "{host}");
        }
        let six: SocketAddr = "[::1]:7080".parse().unwrap();
        assert!(is_name_of("[::1]:7080", six, &[]));
        let open: SocketAddr = "192.0.2.1:80".parse().unwrap();
        assert!(is_name_of("192.0.2.1", open, &[]) && !is_name_of("localhost", open, &[]));
    }
}
