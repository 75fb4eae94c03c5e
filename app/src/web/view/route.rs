//! The simulator of routes: what would become of a request.

use super::frame::Frame;
use super::written;
use crate::cmd::route::Fault;
use crate::web::model::{RouteAnswer, RouteDestination, RouteQuery, RouteTrial};
use askama::Template;
use ringback_roles::explain::Topic;
use ringback_sip::registry::StatusCode;

#[derive(Template)]
#[template(path = "routes.html")]
struct Routes<'a> {
    f: &'a Frame<'a>,
    title: String,
    query: &'a RouteQuery,
    trial: Option<&'a RouteTrial>,
    fault: Option<&'a Fault>,
}

/// The page of routes: the form as it was filled in, and what came of it, or what is wrong with it.
pub(crate) fn routes(
    f: &Frame<'_>,
    query: &RouteQuery,
    trial: Option<&RouteTrial>,
    fault: Option<&Fault>,
) -> String {
    written(&Routes { f, title: f.say("routes"), query, trial, fault })
}

impl Routes<'_> {
    fn given<'o>(&self, value: &'o Option<String>) -> &'o str {
        value.as_deref().unwrap_or_default()
    }

    /// What is wrong with the form.
    fn told(&self, fault: &Fault) -> String {
        let (word, text) = match fault {
            Fault::Uri(text) => ("no-uri", text.clone()),
            Fault::Source(text) => ("no-address", text.clone()),
            Fault::Transport(text) => ("no-transport", text.clone()),
            Fault::Time(text) => ("no-time", text.clone()),
            Fault::Store(error) => ("no-store", error.to_string()),
        };
        self.f.fill(word, &[("text", &text)])
    }

    fn methods(&self) -> [&'static str; 5] {
        ["INVITE", "MESSAGE", "REGISTER", "SUBSCRIBE", "OPTIONS"]
    }

    fn transports(&self) -> [&'static str; 5] {
        ["udp", "tcp", "tls", "ws", "wss"]
    }

    fn class(&self, trial: &RouteTrial) -> &'static str {
        match &trial.outcome.answer {
            None if trial.outcome.kind == "send" => "good",
            Some(answer) if answer.status >= 300 => "fault",
            _ => "unknown",
        }
    }

    /// What the code means.
    fn cause(&self, answer: &RouteAnswer) -> String {
        let status = StatusCode::new(answer.status);
        status.map(|status| self.f.explainer.gist(Topic::Status(status))).unwrap_or_default()
    }

    fn way(&self, to: &RouteDestination) -> String {
        let parts = [&to.route, &to.hop, &to.address].into_iter().flatten();
        parts.cloned().collect::<Vec<_>>().join(" ")
    }
}
