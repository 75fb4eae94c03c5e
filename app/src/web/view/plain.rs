//! Pages without data: signing in, and what cannot be shown.

use super::frame::Frame;
use super::written;
use askama::Template;

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignIn<'a> {
    f: &'a Frame<'a>,
    title: String,
    next: &'a str,
    fault: Option<String>,
}

/// Asks for name and password; `next` is where the reader wanted to be. `fault` is why it did not work before: `wrong`,
/// `wait`, `origin`, else as `failed`.
pub(crate) fn sign_in(f: &Frame<'_>, next: &str, fault: Option<&str>) -> String {
    let fault = fault.map(|fault| match fault {
        "wrong" => f.say("sign-in-wrong"),
        "wait" => f.say("sign-in-wait"),
        "origin" => f.say("sign-in-origin"),
        _ => f.say("sign-in-failed"),
    });
    written(&SignIn { f, title: f.say("sign-in"), next, fault })
}

#[derive(Template)]
#[template(path = "fault.html")]
struct Fault<'a> {
    f: &'a Frame<'a>,
    title: String,
    text: String,
    near: &'a [(String, String)],
}

/// Says why there is no page: the HTTP status, which is one of 403, 404, 413, 500 and 503, else as 500; and what may have
/// been meant, as addresses and words.
pub(crate) fn fault(f: &Frame<'_>, status: u16, near: &[(String, String)]) -> String {
    let status = if [403, 404, 413, 503].contains(&status) { status } else { 500 };
    written(&Fault { f, title: status.to_string(), text: f.say(&format!("fault-{status}")), near })
}
