//! What every page has around it, and the words with which it speaks.

use super::text::{age, moment};
use crate::web::assets;
use askama::filters::{Escaper, Html, Safe};
use ringback_roles::explain::{Explainer, Language};

/// What every page has around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// The texts.
    pub(crate) explainer: &'a Explainer,
    /// Where in the console the page stands.
    pub(crate) place: Place,
    /// The path and query of the page, to which a change of language returns.
    pub(crate) here: &'a str,
    /// Who is signed in; empty when nobody is.
    pub(crate) name: &'a str,
    /// What proves that a form came from one of our pages.
    pub(crate) csrf: &'a str,
    /// What is to be said first.
    pub(crate) notice: Option<&'a Notice>,
}

/// What is to be said first, about what was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The ban of this source was lifted.
    Lifted(String),
    /// This source was banned.
    Banned(String),
    /// This source is no address, or was not banned.
    BanFailed(String),
    /// The file of this name is no capture.
    NoCapture(String),
}

/// The places of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The server at a glance.
    Overview,
    /// Calls, and a call.
    Calls,
    /// Registrations, and a user.
    Registrations,
    /// Bans.
    Bans,
    /// Routes.
    Routes,
    /// The encyclopaedia.
    Codes,
    /// Captures.
    Capture,
    /// None of them.
    Elsewhere,
}

impl Place {
    /// Those that the menu shows, in its order.
    const ALL: [Place; 7] = [
        Place::Overview,
        Place::Calls,
        Place::Registrations,
        Place::Bans,
        Place::Routes,
        Place::Codes,
        Place::Capture,
    ];

    fn path(self) -> &'static str {
        match self {
            Place::Overview | Place::Elsewhere => "/",
            Place::Calls => "/calls",
            Place::Registrations => "/registrations",
            Place::Bans => "/bans",
            Place::Routes => "/routes",
            Place::Codes => "/codes",
            Place::Capture => "/capture",
        }
    }

    fn word(self) -> &'static str {
        self.path().strip_prefix('/').filter(|word| !word.is_empty()).unwrap_or("overview")
    }
}

impl Frame<'_> {
    /// The tag of the language.
    pub(super) fn lang(&self) -> &'static str {
        self.explainer.language().tag()
    }

    /// A word of the console.
    pub(super) fn say(&self, word: &str) -> String {
        self.explainer.label(&format!("console-{word}")).to_owned()
    }

    /// A sentence of the console with `<name>` replaced.
    pub(super) fn fill(&self, word: &str, values: &[(&str, &str)]) -> String {
        let mut text = self.say(word);
        for (name, value) in values {
            text = text.replace(&format!("<{name}>"), value);
        }
        text
    }

    /// A moment: UTC, which the browser shows in its own zone.
    pub(super) fn time(&self, at: &str) -> Safe<String> {
        let (at, shown) = (escaped(at), escaped(&moment(at)));
        Safe(format!("<time datetime=\"{at}\">{shown}</time>"))
    }

    /// The same without seconds.
    pub(super) fn short_time(&self, at: &str) -> Safe<String> {
        let shown = moment(at);
        let shown = shown.rsplit_once(':').map_or(&*shown, |(minutes, _)| minutes);
        Safe(format!("<time class=\"short\" datetime=\"{}\">{}</time>", escaped(at), escaped(shown)))
    }

    /// A length of time.
    pub(super) fn length(&self, seconds: &f64) -> String {
        age(*seconds)
    }

    /// The menu: places, paths and words.
    pub(super) fn places(&self) -> [(Place, &'static str, String); 7] {
        Place::ALL.map(|place| (place, place.path(), self.say(place.word())))
    }

    /// The languages: tags, names, and whether it is this one.
    pub(super) fn tongues(&self) -> Vec<(&'static str, &'static str, bool)> {
        let own = |language: Language| match language {
            Language::English => "English",
            Language::Dutch => "Nederlands",
        };
        let row = |&tongue: &Language| (tongue.tag(), own(tongue), tongue == self.explainer.language());
        Language::ALL.iter().map(row).collect()
    }

    /// What stands behind the names of assets.
    pub(super) fn version(&self) -> String {
        format!("{:x}", assets::VERSION)
    }

    /// The notice, and whether it is a bad one.
    pub(super) fn told(&self) -> Option<(bool, String)> {
        Some(match self.notice? {
            Notice::Lifted(source) => (false, self.fill("ban-lifted", &[("source", source)])),
            Notice::Banned(source) => (false, self.fill("ban-added", &[("source", source)])),
            Notice::BanFailed(source) => (true, self.fill("ban-failed", &[("source", source)])),
            Notice::NoCapture(name) => (true, self.fill("no-capture", &[("name", name)])),
        })
    }
}

/// The text as askama escapes it.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Writing to a String cannot fail.
    let _ = Html.write_escaped_str(&mut out, text);
    out
}
