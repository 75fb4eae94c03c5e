//! Calls, live and past.

use super::frame::Frame;
use super::text::{badge, encoded};
use super::written;
use crate::web::model::{CallLine, CallList, CallQuery, CallState};
use askama::Template;

#[derive(Template)]
#[template(path = "calls.html")]
struct Calls<'a> {
    f: &'a Frame<'a>,
    title: String,
    query: &'a CallQuery,
    list: &'a CallList,
}

/// The page of calls.
pub(crate) fn calls(f: &Frame<'_>, query: &CallQuery, list: &CallList) -> String {
    written(&Calls { f, title: f.say("calls"), query, list })
}

/// A choice of a form: its value, its word, whether it is chosen.
type Choice = (String, String, bool);

impl Calls<'_> {
    fn user(&self) -> &str {
        self.query.user.as_deref().unwrap_or_default()
    }

    fn code(&self) -> String {
        self.query.code.map(|code| code.to_string()).unwrap_or_default()
    }

    fn times(&self) -> Vec<Choice> {
        let chosen = self.query.since.as_deref().unwrap_or_default();
        let known = ["", "1h", "6h", "24h", "7d"];
        // A time that somebody wrote into the address stays.
        let own = Some(chosen).filter(|chosen| !known.contains(chosen));
        let word = |value: &str| match value {
            "" => self.f.say("any"),
            "1h" | "6h" | "24h" | "7d" => self.f.say(&format!("window-{value}")),
            other => other.to_owned(),
        };
        known.into_iter().chain(own).map(|value| (value.to_owned(), word(value), value == chosen)).collect()
    }

    fn methods(&self) -> Vec<Choice> {
        let chosen = self.query.method.as_deref().unwrap_or("INVITE");
        let known = ["INVITE", "REGISTER", "MESSAGE", "OPTIONS", "SUBSCRIBE", "any"];
        let own = Some(chosen).filter(|chosen| !known.contains(chosen));
        let word = |value: &str| if value == "any" { self.f.say("any") } else { value.to_owned() };
        known.into_iter().chain(own).map(|value| (value.to_owned(), word(value), value == chosen)).collect()
    }

    fn is_narrowed(&self) -> bool {
        let CallQuery { since, code, user, method, live, .. } = self.query;
        since.is_some() || code.is_some() || user.is_some() || method.is_some() || live.is_some()
    }

    fn is_paged(&self) -> bool {
        self.query.cursor.is_some() || self.list.next.is_some()
    }

    /// The same question from another place on.
    fn link(&self, cursor: Option<&str>) -> String {
        let CallQuery { since, code, user, method, live, limit, .. } = self.query;
        let code = code.map(|code| code.to_string());
        let limit = limit.map(|limit| limit.to_string());
        let live = live.map(|live| live.to_string());
        let pairs = [
            ("user", user.as_deref()),
            ("code", code.as_deref()),
            ("since", since.as_deref()),
            ("method", method.as_deref()),
            ("live", live.as_deref()),
            ("limit", limit.as_deref()),
            ("cursor", cursor),
        ];
        let pairs: Vec<String> = pairs
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", encoded(value?))))
            .collect();
        format!("/calls?{}", pairs.join("&"))
    }

    fn party<'c>(&self, uri: &'c str) -> &'c str {
        party(uri)
    }

    fn badge(&self, call: &CallLine) -> &'static str {
        badge(call.status, &call.actor, &call.cause)
    }

    fn outcome(&self, call: &CallLine) -> String {
        outcome(self.f, call)
    }
}

/// The code, or how far the call is.
pub(super) fn outcome(f: &Frame<'_>, call: &CallLine) -> String {
    match (call.state, call.status) {
        (CallState::Talking, _) | (CallState::Trying | CallState::Ringing, None) => state(f, call.state),
        (_, Some(status)) => status.to_string(),
        (_, None) => f.say("no-code"),
    }
}

/// How far a call is.
pub(super) fn state(f: &Frame<'_>, state: CallState) -> String {
    f.say(match state {
        CallState::Trying => "state-trying",
        CallState::Ringing => "state-ringing",
        CallState::Talking => "state-talking",
        CallState::Ended => "state-ended",
    })
}

/// Whom a URI means, without its scheme; `?` when nobody wrote it down.
pub(super) fn party(uri: &str) -> &str {
    let bare = uri.strip_prefix("sips:").or(uri.strip_prefix("sip:")).unwrap_or(uri);
    if bare.is_empty() { "?" } else { bare }
}
