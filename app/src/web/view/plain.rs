//! Pages without data: signing in, and what cannot be shown.

use super::frame::Frame;
use super::written;
use askama::Template;

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignIn<'a> {
    f: &'a Frame<'a>,
    title: String,
    name: &'a str,
    next: &'a str,
    wrong: bool,
}

/// Asks for name and password; `next` is where the reader wanted to be. `wrong` repeats it after a failure.
pub(crate) fn sign_in(f: &Frame<'_>, name: &str, next: &str, wrong: bool) -> String {
    written(&SignIn { f, title: f.say("sign-in"), name, next, wrong })
}

#[derive(Template)]
#[template(path = "fault.html")]
struct Fault<'a> {
    f: &'a Frame<'a>,
    title: String,
    text: String,
}

/// Says why there is no page: the HTTP status, which is one of 403, 404, 413, 500 and 503, else as 500.
pub(crate) fn fault(f: &Frame<'_>, status: u16) -> String {
    let status = if [403, 404, 413, 503].contains(&status) { status } else { 500 };
    written(&Fault { f, title: status.to_string(), text: f.say(&format!("fault-{status}")) })
}
