//! A capture that was dropped onto the page, judged.

use super::calls::party;
use super::frame::Frame;
use super::written;
use askama::Template;
use ringback_roles::diagnosis::CallReport;

/// What was found in a capture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Judged {
    /// What the file is called.
    pub(crate) name: String,
    /// Calls with their ladders, as pictures.
    pub(crate) calls: Vec<(CallReport, String)>,
    /// How many calls it has; more than stand in `calls` when those are too many for a page.
    pub(crate) calls_total: usize,
    /// How many messages.
    pub(crate) messages: u64,
    /// How many packets; 0 for a text.
    pub(crate) packets: u64,
}

#[derive(Template)]
#[template(path = "capture.html")]
struct Capture<'a> {
    f: &'a Frame<'a>,
    title: String,
    judged: Option<&'a Judged>,
}

/// The page that takes a capture, and says what is in it.
pub(crate) fn capture(f: &Frame<'_>, judged: Option<&Judged>) -> String {
    written(&Capture { f, title: f.say("capture"), judged })
}

impl Capture<'_> {
    fn figures(&self, judged: &Judged) -> String {
        let counts = [judged.calls_total as u64, judged.messages, judged.packets].map(|n| n.to_string());
        let values = [("calls", &*counts[0]), ("messages", &*counts[1]), ("packets", &*counts[2])];
        let mut text = self.f.fill("capture-calls", &values);
        if judged.calls_total > judged.calls.len() {
            let count = judged.calls.len().to_string();
            text = format!("{text}. {}", self.f.fill("capture-cut", &[("count", &count)]));
        }
        text
    }

    fn party<'c>(&self, uri: &'c str) -> &'c str {
        party(uri)
    }

    fn outcome(&self, call: &CallReport) -> String {
        call.status.map_or_else(|| self.f.say("no-code"), |status| status.to_string())
    }
}
