//! A capture that was dropped onto the page, judged.

use super::calls::party;
use super::frame::Frame;
use super::written;
use crate::web::model::Captured;
use askama::Template;
use ringback_roles::diagnosis::{CallReport, ReportedMedia};

#[derive(Template)]
#[template(path = "capture.html")]
struct Capture<'a> {
    f: &'a Frame<'a>,
    title: String,
    judged: Option<(&'a str, &'a Captured)>,
}

/// The page that takes a capture, and says what is in it: the name of the file, and what was found.
pub(crate) fn capture(f: &Frame<'_>, judged: Option<(&str, &Captured)>) -> String {
    written(&Capture { f, title: f.say("capture"), judged })
}

impl Capture<'_> {
    fn figures(&self, judged: &Captured) -> String {
        let counts =
            [judged.calls_total as u64, judged.messages, judged.counts.packets].map(|n| n.to_string());
        let values = [("calls", &*counts[0]), ("messages", &*counts[1]), ("packets", &*counts[2])];
        let mut text = self.f.fill("capture-calls", &values);
        if judged.calls_total > judged.calls.len() {
            let count = judged.calls.len().to_string();
            text = format!("{text}. {}", self.f.fill("capture-cut", &[("count", &count)]));
        }
        text
    }

    /// What the sides of each leg offered and answered; with its Call-ID when it is another leg.
    fn media<'c>(&self, call: &'c CallReport) -> Vec<(Option<&'c str>, &'c [ReportedMedia])> {
        let others = call.legs.iter().map(|leg| (Some(leg.call_id.as_str()), leg.media.as_slice()));
        let all = [(None, call.media.as_slice())].into_iter().chain(others);
        all.filter(|(_, media)| !media.is_empty()).collect()
    }

    fn party<'c>(&self, uri: &'c str) -> &'c str {
        party(uri)
    }

    /// A refusal in which nothing is wrong is no success, either.
    fn badge(&self, call: &CallReport) -> &'static str {
        match call.judgement {
            "good" if call.status.is_some_and(|status| status >= 300) => "",
            other => other,
        }
    }

    fn outcome(&self, call: &CallReport) -> String {
        call.status.map_or_else(|| self.f.say("no-code"), |status| status.to_string())
    }
}
