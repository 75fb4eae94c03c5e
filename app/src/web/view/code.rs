//! The encyclopaedia: everything of a kind, and an entry.

use super::frame::Frame;
use super::written;
use crate::web::model;
use askama::Template;
use ringback_roles::explain::Kind;

#[derive(Template)]
#[template(path = "codes.html")]
struct Codes<'a> {
    f: &'a Frame<'a>,
    title: String,
    search: &'a str,
    kind: &'static str,
    kinds: Vec<(&'static str, String, bool)>,
    list: &'a model::CodeList,
}

/// The page of what was found: of a kind, or of any kind with the words of `search`.
pub(crate) fn codes(f: &Frame<'_>, kind: Kind, search: &str, list: &model::CodeList) -> String {
    let key = |known: Kind| {
        let word = f.explainer.label(&format!("kind-{}", known.key())).to_owned();
        (known.key(), word, search.is_empty() && known == kind)
    };
    let kinds = Kind::ALL.iter().copied().map(key).collect();
    written(&Codes { f, title: f.say("codes"), search, kind: kind.key(), kinds, list })
}

#[derive(Template)]
#[template(path = "code.html")]
struct Code<'a> {
    f: &'a Frame<'a>,
    title: String,
    entry: &'a model::Code,
}

/// The page of a topic.
pub(crate) fn code(f: &Frame<'_>, entry: &model::Code) -> String {
    written(&Code { f, title: format!("{} {}", entry.id, entry.name), entry })
}
