//! The encyclopaedia: what a code, method, timer, header field or cause means, who sends it, what the
//! receiver does, where it comes from in practice and what helps. Facts come from the registries, prose
//! from the catalogue of texts, in every language.

mod catalogue;
mod entry;
mod language;
mod text;
mod topic;

pub use catalogue::{Catalogue, MEANING};
pub use entry::{Entry, Fact, Related, Section};
pub use language::Language;
pub use text::write_text;
pub use topic::{Found, Topic};

/// Version of the JSON in which entries are printed.
pub const SCHEMA: &str = "ringback.explain/1";

/// Explains topics in one language.
#[derive(Debug)]
pub struct Explainer {
    language: Language,
    catalogue: Catalogue,
}

impl Explainer {
    /// Reads the texts of the language.
    pub fn new(language: Language) -> Self {
        Explainer { language, catalogue: Catalogue::new(language) }
    }

    /// The language in which it explains.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Explains the topic.
    pub fn explain(&self, topic: Topic) -> Entry {
        Entry {
            kind: topic.kind(),
            id: topic.id(),
            name: topic.name().to_owned(),
            facts: Vec::new(),
            sections: self.sections(topic),
            related: Vec::new(),
            references: Vec::new(),
        }
    }

    fn sections(&self, topic: Topic) -> Vec<Section> {
        let message = topic.message();
        let section = |&key: &&'static str| {
            let field = self.catalogue.field(&message, key)?;
            Some(Section::parse(key, self.catalogue.label(&format!("field-{key}")).to_owned(), field))
        };
        FIELDS.iter().filter_map(section).collect()
    }
}

/// The fields of prose, in the order of reading.
const FIELDS: &[&str] = &[MEANING, "sender", "duty", "causes", "remedy"];
