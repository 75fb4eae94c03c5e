//! The server at a glance.

use super::frame::Frame;
use super::{plot, written};
use crate::web::model::{Overview, Window};
use askama::Template;

#[derive(Template)]
#[template(path = "overview.html")]
struct Glance<'a> {
    f: &'a Frame<'a>,
    title: String,
    page: &'a Overview,
}

/// The overview.
pub(crate) fn overview(f: &Frame<'_>, page: &Overview) -> String {
    written(&Glance { f, title: f.say("overview"), page })
}

impl Glance<'_> {
    fn windows(&self) -> [(&'static str, String, bool); 3] {
        [Window::Hour, Window::SixHours, Window::Day].map(|window| {
            let key = key(window);
            (key, self.f.say(&format!("window-{key}")), window == self.page.window)
        })
    }

    fn window(&self) -> &'static str {
        key(self.page.window)
    }

    fn state(&self) -> String {
        self.f.say(if self.page.state == "draining" { "state-draining" } else { "state-failed" })
    }

    fn ratio(&self) -> String {
        self.page.answer_ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{:.0} %", ratio * 100.0))
    }

    fn ratio_of(&self) -> String {
        let (answered, attempts) = (self.page.answered.to_string(), self.page.attempts.to_string());
        self.f.fill("answer-ratio-of", &[("answered", &answered), ("attempts", &attempts)])
    }

    fn delay(&self) -> String {
        self.page.post_dial_delay_millis.map_or_else(|| "–".to_owned(), plot::wait)
    }

    /// The median, and what most waited no longer than.
    fn delay_of(&self) -> String {
        match self.page.post_dial_delay_p95_millis {
            Some(p95) => self.f.fill("delay-of", &[("p95", &plot::wait(p95))]),
            None => self.f.say("delay-median"),
        }
    }

    fn codes_plot(&self) -> String {
        plot::codes(self.f, &self.page.codes)
    }

    fn ratio_plot(&self) -> String {
        plot::answer_ratio(self.f, &self.page.codes)
    }

    fn delay_plot(&self) -> String {
        plot::delays(self.f, &self.page.delays)
    }
}

/// The window as the query says it.
fn key(window: Window) -> &'static str {
    match window {
        Window::Hour => "1h",
        Window::SixHours => "6h",
        Window::Day => "24h",
    }
}
