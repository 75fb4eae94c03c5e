//! The encyclopaedia: what `ringback explain` says.

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
