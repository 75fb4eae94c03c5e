//! The texts of one language, read from Fluent files (projectfluent.org) that are part of the binary.
//!
//! A message is an entry: its value is the meaning, its attributes are the further fields. Lines of a field
//! that begin with `- ` are items of a list; other line breaks are only for the editor.

use super::Language;
use fluent_syntax::ast;
use std::collections::BTreeMap;

/// The texts of one language.
#[derive(Debug)]
pub struct Catalogue {
    messages: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
    faults: Vec<String>,
}

impl Catalogue {
    /// Reads the texts of the language.
    pub fn new(language: Language) -> Self {
        let mut catalogue = Catalogue { messages: BTreeMap::new(), faults: Vec::new() };
        for (file, source) in sources(language) {
            catalogue.read(file, source);
        }
        catalogue
    }

    /// The value of the message: the meaning of an entry, or a label.
    pub fn value(&self, message: &str) -> Option<&str> {
        self.field(message, MEANING)
    }

    /// An attribute of the message; [`MEANING`] for its value.
    pub fn field(&self, message: &str, attribute: &str) -> Option<&str> {
        self.messages.get(message)?.get(attribute).map(String::as_str)
    }

    /// The label; its own id when the catalogue lacks it (which the tests rule out).
    pub fn label<'a>(&'a self, id: &'a str) -> &'a str {
        self.value(id).unwrap_or(id)
    }

    /// Each field as (message, attribute, text), in alphabetical order.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &'static str, &str)> {
        let rows = self.messages.iter();
        rows.flat_map(|(&message, row)| row.iter().map(move |(&key, text)| (message, key, text.as_str())))
    }

    /// What is wrong in the files: a line that is not Fluent, a message that stands there twice.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    fn read(&mut self, file: &str, source: &'static str) {
        let resource = match fluent_syntax::parser::parse_runtime(source) {
            Ok(resource) => resource,
            Err((resource, errors)) => {
                self.faults.extend(errors.iter().map(|error| format!("{file}: {error}")));
                resource
            }
        };
        for entry in &resource.body {
            match entry {
                ast::Entry::Message(message) => self.add(file, message),
                ast::Entry::Term(_) => self.faults.push(format!("{file}: terms are not used")),
                _ => {}
            }
        }
    }

    fn add(&mut self, file: &str, message: &ast::Message<&'static str>) {
        let value = message.value.iter().map(|pattern| (MEANING, pattern));
        let attributes = message.attributes.iter().map(|attribute| (attribute.id.name, &attribute.value));
        for (attribute, pattern) in value.chain(attributes) {
            match plain(pattern) {
                Some(text) => {
                    let row = self.messages.entry(message.id.name).or_default();
                    if row.insert(attribute, text).is_some() {
                        self.faults
                            .push(format!("{file}: {}.{attribute} stands there twice", message.id.name));
                    }
                }
                None => self.faults.push(format!("{file}: {} has a placeable", message.id.name)),
            }
        }
    }
}

/// The attribute name under which a message's value is found.
pub const MEANING: &str = "meaning";

/// The text with its line breaks; `None` when it holds more than text.
fn plain(pattern: &ast::Pattern<&'static str>) -> Option<String> {
    let mut text = String::new();
    for element in &pattern.elements {
        match element {
            ast::PatternElement::TextElement { value } => text.push_str(value),
            ast::PatternElement::Placeable { .. } => return None,
        }
    }
    Some(text.trim().to_owned())
}

macro_rules! sources {
    ($language:literal: $($file:literal),*) => {
        &[$((
            concat!($language, "/", $file, ".ftl"),
            include_str!(concat!("texts/", $language, "/", $file, ".ftl")),
        )),*]
    };
}

fn sources(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::English => sources!(
            "en": "labels", "codes-1-3", "codes-4", "codes-5-6", "methods", "timers", "identifiers", "headers", "causes", "options", "ladder", "why", "console", "replay", "tui",
            "diagnosis", "rules-reach", "rules-media", "rules-registration", "rules-setup",
            "rules-dialog"
        ),
        Language::Dutch => sources!(
            "nl": "labels", "codes-1-3", "codes-4", "codes-5-6", "methods", "timers", "identifiers", "headers", "causes", "options", "ladder", "why", "console", "replay", "tui",
            "diagnosis", "rules-reach", "rules-media", "rules-registration", "rules-setup",
            "rules-dialog"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn files_have_no_faults() {
        for &language in Language::ALL {
            assert_eq!(Catalogue::new(language).faults(), <&[String]>::default());
        }
    }

    #[test]
    fn both_languages_have_the_same_fields_and_none_is_empty() {
        let keys = |language| -> Vec<Key> {
            let catalogue = Catalogue::new(language);
            assert!(catalogue.fields().all(|(_, _, text)| !text.is_empty()));
            catalogue.fields().map(|(message, attribute, _)| (message, attribute)).collect()
        };
        assert_eq!(difference(&keys(Language::English), &keys(Language::Dutch)), []);
    }

    type Key = (&'static str, &'static str);

    /// The keys that only one of the two has.
    fn difference(a: &[Key], b: &[Key]) -> Vec<Key> {
        let (a, b): (BTreeSet<_>, BTreeSet<_>) = (a.iter().copied().collect(), b.iter().copied().collect());
        a.symmetric_difference(&b).copied().collect()
    }
}
