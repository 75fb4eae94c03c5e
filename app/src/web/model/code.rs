//! The encyclopaedia: what `ringback explain` says.

use ringback_roles::explain::{self, Explainer, Found, Kind, Topic};
use serde::Serialize;
use utoipa::ToSchema;

/// Everything that can be explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CodeList {
    pub(crate) codes: Vec<CodeLine>,
}

/// A topic in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CodeLine {
    /// `code`, `method`, `timer`, `header`, `q850` …
    pub(crate) kind: String,
    /// The name of the kind in the language asked for.
    pub(crate) kind_text: String,
    /// The word that finds it: `480`, `q850:34`.
    pub(crate) id: String,
    pub(crate) name: String,
    /// One sentence.
    pub(crate) text: String,
}

/// A topic, explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Code {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) name: String,
    /// The language of the texts.
    pub(crate) lang: String,
    /// The prose.
    pub(crate) sections: Vec<CodeSection>,
    /// The heading of the facts.
    pub(crate) facts_label: String,
    /// What the registries state about it.
    pub(crate) facts: Vec<CodeFact>,
    /// What it becomes in the telephone network, by profile.
    pub(crate) telephony: Vec<CodeMapping>,
    /// The heading of the related topics.
    pub(crate) related_label: String,
    pub(crate) related: Vec<CodeRelated>,
    /// The defining documents.
    pub(crate) references: Vec<String>,
}

/// A heading with prose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CodeSection {
    /// `meaning`, `sender`, `duty`, `causes`, `remedy`.
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) text: String,
    pub(crate) items: Vec<String>,
}

/// A fact of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CodeFact {
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) value: String,
}

/// What it becomes on the other side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CodeMapping {
    /// `rfc3398`, `rfc4497`, `cisco-ios`.
    pub(crate) profile: String,
    pub(crate) becomes: Vec<u16>,
    pub(crate) comes_from: Vec<u16>,
}

/// Another topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CodeRelated {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl CodeList {
    /// Everything, by kind.
    pub(crate) fn of(explainer: &Explainer) -> CodeList {
        CodeList::new(Topic::all(), explainer)
    }

    /// Everything of a kind; with words, what the encyclopaedia itself finds first, then what holds all the words, of any
    /// kind.
    pub(crate) fn found(kind: Kind, words: &str, explainer: &Explainer) -> CodeList {
        if words.is_empty() {
            return CodeList::new(Topic::all().filter(|topic| topic.kind() == kind), explainer);
        }
        let mut topics = match explain::find(words) {
            Found::Topic(topic) => vec![topic],
            Found::Nearest(near) => near,
        };
        let words: Vec<String> = words.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let fits = |topic: &Topic| {
            let text = format!("{} {} {}", topic.id(), topic.name(), explainer.gist(*topic)).to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        };
        let more: Vec<Topic> = Topic::all().filter(|topic| fits(topic) && !topics.contains(topic)).collect();
        topics.extend(more);
        topics.truncate(FOUND_MAX);
        CodeList::new(topics, explainer)
    }

    fn new(topics: impl IntoIterator<Item = Topic>, explainer: &Explainer) -> CodeList {
        CodeList { codes: topics.into_iter().map(|topic| CodeLine::new(topic, explainer)).collect() }
    }
}

impl CodeLine {
    fn new(topic: Topic, explainer: &Explainer) -> Self {
        let kind = topic.kind().key();
        CodeLine {
            kind: kind.to_owned(),
            kind_text: explainer.label(&format!("kind-{kind}")).to_owned(),
            id: topic.id(),
            name: topic.name().to_owned(),
            text: explainer.gist(topic),
        }
    }
}

impl Code {
    /// The topic that a word names; else those that come nearest.
    pub(crate) fn of(word: &str, explainer: &Explainer) -> Result<Code, Vec<CodeRelated>> {
        let topic = match explain::find(word) {
            Found::Topic(topic) => topic,
            Found::Nearest(near) => {
                let row = |topic: Topic| CodeRelated { id: topic.id(), name: topic.name().to_owned() };
                return Err(near.into_iter().map(row).collect());
            }
        };
        let entry = explainer.explain(topic);
        let section = |s: explain::Section| CodeSection {
            key: s.key.to_owned(),
            label: s.label,
            text: s.text,
            items: s.items,
        };
        let fact = |f: explain::Fact| CodeFact { key: f.key.to_owned(), label: f.label, value: f.value };
        let mapping = |m: explain::Mapping| CodeMapping {
            profile: m.profile.to_owned(),
            becomes: m.becomes,
            comes_from: m.comes_from,
        };
        let related = |r: explain::Related| CodeRelated { id: r.id, name: r.name };
        Ok(Code {
            kind: entry.kind.to_owned(),
            id: entry.id,
            name: entry.name,
            lang: explainer.language().tag().to_owned(),
            sections: entry.sections.into_iter().map(section).collect(),
            facts_label: entry.facts_label,
            facts: entry.facts.into_iter().map(fact).collect(),
            telephony: entry.telephony.into_iter().map(mapping).collect(),
            related_label: entry.related_label,
            related: entry.related.into_iter().map(related).collect(),
            references: entry.references,
        })
    }
}

/// Most entries that a search shows.
const FOUND_MAX: usize = 60;
