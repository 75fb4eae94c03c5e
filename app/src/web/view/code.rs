//! The encyclopaedia: everything of a kind, and an entry.

use super::frame::Frame;
use super::written;
use askama::Template;
use ringback_roles::explain::{Entry, Found, Kind, Topic, find};

#[derive(Template)]
#[template(path = "codes.html")]
struct Codes<'a> {
    f: &'a Frame<'a>,
    title: String,
    search: &'a str,
    kind: &'static str,
    kinds: Vec<(&'static str, String, bool)>,
    lines: Vec<Line>,
}

/// An entry in the list.
struct Line {
    id: String,
    name: &'static str,
    text: String,
}

/// The page of all topics of a kind (a key such as `q850`; `code` when it is no kind), or of those that hold the words
/// of `search`, of any kind.
pub(crate) fn codes(f: &Frame<'_>, kind: &str, search: &str) -> String {
    let search = search.trim();
    let chosen = Kind::ALL.iter().copied().find(|known| known.key() == kind).unwrap_or(Kind::Code);
    let topics: Vec<Topic> = match search {
        "" => Topic::all().filter(|topic| topic.kind() == chosen).collect(),
        words => searched(f, words),
    };
    let line = |topic: Topic| Line { id: topic.id(), name: topic.name(), text: f.explainer.gist(topic) };
    let key = |kind: Kind| {
        let word = f.explainer.label(&format!("kind-{}", kind.key())).to_owned();
        (kind.key(), word, search.is_empty() && kind == chosen)
    };
    let kinds = Kind::ALL.iter().copied().map(key).collect();
    let lines = topics.into_iter().map(line).collect();
    written(&Codes { f, title: f.say("codes"), search, kind: chosen.key(), kinds, lines })
}

/// What the encyclopaedia itself finds first, then what holds all the words.
fn searched(f: &Frame<'_>, words: &str) -> Vec<Topic> {
    let mut topics = match find(words) {
        Found::Topic(topic) => vec![topic],
        Found::Nearest(near) => near,
    };
    let words: Vec<String> = words.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let fits = |topic: &Topic| {
        let text = format!("{} {} {}", topic.id(), topic.name(), f.explainer.gist(*topic)).to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let more: Vec<Topic> = Topic::all().filter(|topic| fits(topic) && !topics.contains(topic)).collect();
    topics.extend(more);
    topics.truncate(FOUND_MAX);
    topics
}

#[derive(Template)]
#[template(path = "code.html")]
struct Code<'a> {
    f: &'a Frame<'a>,
    title: String,
    entry: Entry,
}

/// The page of a topic; `None` when the word finds none.
pub(crate) fn code(f: &Frame<'_>, word: &str) -> Option<String> {
    let Found::Topic(topic) = find(word) else { return None };
    let entry = f.explainer.explain(topic);
    Some(written(&Code { f, title: format!("{} {}", entry.id, entry.name), entry }))
}

/// Most entries that a search shows.
const FOUND_MAX: usize = 60;
