//! A call: first the verdict, then what shows it, then its messages.

use super::calls::{outcome, party, state};
use super::frame::Frame;
use super::text::badge;
use super::written;
use crate::web::model::{CallPage, FactLine, MESSAGE_ANCHOR, MessageLine};
use askama::Template;
use ringback_roles::explain::Topic;
use ringback_sip::registry::StatusCode;

#[derive(Template)]
#[template(path = "call.html")]
struct Call<'a> {
    f: &'a Frame<'a>,
    title: String,
    page: &'a CallPage,
}

/// The page of a call.
pub(crate) fn call(f: &Frame<'_>, page: &CallPage) -> String {
    let title = format!("{} {} → {}", f.say("call"), party(&page.line.from), party(&page.line.to));
    written(&Call { f, title, page })
}

impl Call<'_> {
    fn party<'c>(&self, uri: &'c str) -> &'c str {
        party(uri)
    }

    fn badge(&self) -> &'static str {
        badge(self.page.line.status, &self.page.line.actor, &self.page.line.cause)
    }

    fn outcome(&self) -> String {
        outcome(self.f, &self.page.line)
    }

    /// How far it is, in words.
    fn state(&self) -> String {
        let line = &self.page.line;
        let age = self.f.length(&(line.silent_seconds as f64));
        let heard = |word: &str| self.f.fill(word, &[("age", &age)]);
        match (line.live, line.lost) {
            (true, _) => format!("{} · {}", state(self.f, line.state), heard("heard")),
            (false, true) => format!("{} · {}", self.f.say("lost-call"), heard("heard")),
            (false, false) => state(self.f, line.state),
        }
    }

    /// What the code is called.
    fn phrase(&self) -> String {
        let status = self.page.line.status.and_then(StatusCode::new);
        let phrase = status.map(|status| Topic::Status(status).name()).unwrap_or_default();
        match &self.page.line.method {
            Some(method) => format!("{phrase} ({method})"),
            None => phrase.to_owned(),
        }
    }

    /// What the ids of messages begin with, to which the rungs of the ladder lead.
    fn anchor(&self) -> &'static str {
        MESSAGE_ANCHOR
    }

    fn telling(&self) -> Vec<&FactLine> {
        self.page.facts.iter().filter(|fact| fact.tells).collect()
    }

    /// A word of the account.
    fn word(&self, id: &str) -> String {
        self.f.explainer.label(id).to_owned()
    }

    fn direction(&self, message: &MessageLine) -> String {
        let word = self.f.say(if message.sent { "sent" } else { "received" });
        format!("{word} · {} · {}", message.peer, message.transport.to_uppercase())
    }
}
