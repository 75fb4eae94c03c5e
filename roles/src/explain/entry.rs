//! One explanation as data: from it come the text for a person, the JSON and the reference sheet.

use serde::Serialize;

/// The explanation of one topic in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The kind of topic, a stable key: `code`, `method`, `timer`, `id`, `header`, `q850`, `option`, `event`,
    /// `warn`, `uri`.
    pub kind: &'static str,
    /// The word that finds it again: `480`, `q850:34`, `timer-b`.
    pub id: String,
    /// Its name: `Temporarily Unavailable`.
    pub name: String,
    /// What the registries state about it.
    pub facts: Vec<Fact>,
    /// For codes and causes: the value on the other side, by profile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub telephony: Vec<Mapping>,
    /// The prose.
    pub sections: Vec<Section>,
    /// Topics that are easily taken for this one, or that belong to it.
    pub related: Vec<Related>,
    /// The heading of the facts, for a text.
    #[serde(skip)]
    pub facts_label: String,
    /// The heading of the related topics, for a text.
    #[serde(skip)]
    pub related_label: String,
    /// The defining documents.
    pub references: Vec<String>,
}

/// A fact of a registry row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Stable key.
    pub key: &'static str,
    /// The key in the language of the entry.
    pub label: String,
    /// The value in the language of the entry.
    pub value: String,
}

/// What a status code or a cause of the telephone network becomes on the other side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// Whose table: `rfc3398`, `rfc4497`, `cisco-ios`.
    pub profile: &'static str,
    /// What it becomes there; several values when more than the number decides.
    pub becomes: Vec<u16>,
    /// What becomes it here.
    pub comes_from: Vec<u16>,
}

/// A field of prose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Stable key: `meaning`, `sender`, `duty`, `causes`, `remedy`.
    pub key: &'static str,
    /// The heading in the language of the entry.
    pub label: String,
    /// The running text, when there is any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The items of the list, when it is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
}

impl Section {
    /// Reads a field of the catalogue: lines beginning with `- ` are items, other lines are joined.
    pub fn parse(key: &'static str, label: String, field: &str) -> Self {
        let mut section = Section { key, label, text: String::new(), items: Vec::new() };
        for line in field.lines().map(str::trim) {
            match line.strip_prefix("- ") {
                Some(item) => section.items.push(item.to_owned()),
                None => {
                    let text = section.items.last_mut().unwrap_or(&mut section.text);
                    if !text.is_empty() {
                        text.push(' ');
                    }
                    text.push_str(line);
                }
            }
        }
        section
    }
}

/// Another topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// The word that finds it.
    pub id: String,
    /// Its name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_lines_are_joined_and_items_kept_apart() {
        let section = Section::parse("causes", "Causes".into(), "two\nlines\n- one\n  more\n- two");
        assert_eq!(section.text, "two lines");
        assert_eq!(section.items, ["one more", "two"]);
    }
}
