//! Bans, each with a button that lifts it.

use super::frame::Frame;
use super::written;
use crate::web::model::{Ban, BanList};
use askama::Template;

#[derive(Template)]
#[template(path = "bans.html")]
struct Bans<'a> {
    f: &'a Frame<'a>,
    title: String,
    list: &'a BanList,
}

/// The page of bans.
pub(crate) fn bans(f: &Frame<'_>, list: &BanList) -> String {
    written(&Bans { f, title: f.say("bans"), list })
}

impl Bans<'_> {
    /// The reason in words; its own word where there are none.
    fn why(&self, ban: &Ban) -> String {
        if ban.why == "operator" {
            return self.f.say("ban-operator");
        }
        let cause = format!("why-{}", ban.why);
        self.f.explainer.field(&cause, "verdict").unwrap_or(&ban.why).to_owned()
    }
}
