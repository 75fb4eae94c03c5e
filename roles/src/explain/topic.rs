//! What can be explained, and how a word finds it.

use ringback_sip::registry::StatusCode;

/// Something that can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A response code.
    Status(StatusCode),
}

/// What a word leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// This topic.
    Topic(Topic),
    /// Nothing; these come nearest.
    Nearest(Vec<Topic>),
}

impl Topic {
    /// Every topic, in the order of listing.
    pub fn all() -> impl Iterator<Item = Topic> {
        StatusCode::ALL.iter().map(|&code| Topic::Status(code))
    }

    /// Finds the topic that a word names.
    pub fn find(word: &str) -> Found {
        match Topic::all().find(|topic| topic.id() == word) {
            Some(topic) => Found::Topic(topic),
            None => Found::Nearest(Vec::new()),
        }
    }

    /// The kind, a stable key.
    pub fn kind(self) -> &'static str {
        match self {
            Topic::Status(_) => "code",
        }
    }

    /// The word that finds it.
    pub fn id(self) -> String {
        match self {
            Topic::Status(code) => code.to_string(),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Status(code) => code.phrase(),
        }
    }

    /// The id of its message in the catalogue.
    pub(super) fn message(self) -> String {
        match self {
            Topic::Status(code) => format!("code-{code}"),
        }
    }
}
