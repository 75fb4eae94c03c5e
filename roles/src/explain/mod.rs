//! The encyclopaedia: what a code, method, timer, header field or cause means, who sends it, what the
//! receiver does, where it comes from in practice and what helps. Facts come from the registries, prose
//! from the catalogue of texts, in every language.

mod catalogue;
mod entry;
mod facts;
mod language;
mod related;
mod search;
mod sheet;
mod text;
mod topic;

pub use catalogue::{Catalogue, MEANING};
pub use entry::{Entry, Fact, Mapping, Related, Section};
pub use language::Language;
pub use search::{Found, find};
pub use sheet::write_sheet;
pub use text::write_text;
pub use topic::{Kind, Topic};

use ringback_sip::registry::StatusCode;

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

    /// A label of the catalogue, such as `kind-code`.
    pub fn label<'a>(&'a self, id: &'a str) -> &'a str {
        self.catalogue.label(id)
    }

    /// A number of what a label names: `<id>-one` is the label of a single one.
    pub fn counted(&self, count: u64, id: &str) -> String {
        let one = self.catalogue.value(&format!("{id}-one")).filter(|_| count == 1);
        format!("{count} {}", one.unwrap_or_else(|| self.label(id)))
    }

    /// An attribute of a message of the catalogue, such as `verdict` of `rule-d01-silent`.
    pub fn field(&self, message: &str, attribute: &str) -> Option<&str> {
        self.catalogue.field(message, attribute)
    }

    /// Explains the topic.
    pub fn explain(&self, topic: Topic) -> Entry {
        let mut entry = Entry {
            kind: topic.kind().key(),
            id: topic.id(),
            name: topic.name().to_owned(),
            facts: Vec::new(),
            telephony: Vec::new(),
            sections: self.sections(topic),
            related: self.related(topic),
            facts_label: self.label("field-facts").to_owned(),
            related_label: self.label("field-related").to_owned(),
            references: Vec::new(),
        };
        facts::fill(&mut entry, topic, &self.catalogue);
        entry
    }

    /// The first sentence of the meaning: what a list shows beside the name.
    pub fn gist(&self, topic: Topic) -> String {
        let meaning = self.catalogue.value(&topic.message()).unwrap_or_default();
        let meaning = meaning.split_whitespace().collect::<Vec<_>>().join(" ");
        match meaning.split_once(". ") {
            Some((first, _)) => format!("{first}."),
            None => meaning,
        }
    }

    /// What the response says to a request of this method, in one sentence.
    pub fn gist_in(&self, status: StatusCode, method: &str) -> String {
        let own = format!("ladder-{status}-{}", method.to_ascii_lowercase());
        self.catalogue.value(&own).map_or_else(|| self.gist(Topic::Status(status)), str::to_owned)
    }

    fn sections(&self, topic: Topic) -> Vec<Section> {
        let message = topic.message();
        let mut sections: Vec<_> = FIELDS
            .iter()
            .filter_map(|&key| {
                let field = self.catalogue.field(&message, key)?;
                Some(Section::parse(key, self.heading(topic.kind(), key), field))
            })
            .collect();
        // Seldom used header fields have no article; an unregistered code is explained as its class.
        let note = match topic {
            Topic::Header(_) if sections.is_empty() => "header-without-article",
            Topic::Status(code) if !code.is_registered() => "code-unregistered",
            Topic::Cause(cause) if cause.name().is_none() => "cause-unnamed",
            _ => return sections,
        };
        let heading = self.heading(topic.kind(), if sections.is_empty() { MEANING } else { "note" });
        let text = match topic {
            Topic::Status(code) => {
                let known = code.treated_as();
                self.label(note).replace("<code>", &format!("{known} {}", known.phrase()))
            }
            _ => self.label(note).to_owned(),
        };
        sections.insert(0, Section::parse("note", heading, &text));
        sections
    }

    /// The heading of a field: that of the kind when it has one of its own.
    fn heading(&self, kind: Kind, key: &str) -> String {
        let own = self.catalogue.value(&format!("field-{}-{key}", kind.key()));
        own.unwrap_or_else(|| self.catalogue.value(&format!("field-{key}")).unwrap_or_default()).to_owned()
    }

    fn related(&self, topic: Topic) -> Vec<Related> {
        let rows = related::related(&topic.id()).iter().filter_map(|word| match find(word) {
            Found::Topic(topic) => Some(topic),
            Found::Nearest(_) => None,
        });
        let mut topics: Vec<Topic> = rows.collect();
        topics.extend(search::namesakes(topic).filter(|other| !topics.contains(other)).collect::<Vec<_>>());
        topics.iter().map(|topic| Related { id: topic.id(), name: topic.name().to_owned() }).collect()
    }
}

/// The fields of prose, in the order of reading.
const FIELDS: &[&str] = &[MEANING, "sender", "duty", "causes", "remedy"];

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields that every such topic has. Seldom used header fields have no article.
    fn fields_of(topic: Topic) -> &'static [&'static str] {
        match topic {
            Topic::Status(_) | Topic::Method(_) | Topic::Timer(_) => FIELDS,
            Topic::Identifier(_) => &[MEANING, "sender", "duty", "causes"],
            Topic::Cause(_) | Topic::Base(_) => &[MEANING, "remedy"],
            Topic::Option(_) | Topic::Event(_) | Topic::Warning(_) | Topic::UriParameter(_) => &[MEANING],
            Topic::Header(_) => &[],
        }
    }

    #[test]
    fn a_response_in_a_ladder_means_what_it_means_to_its_method() {
        let explainer = Explainer::new(Language::English);
        assert_eq!(explainer.gist_in(StatusCode::OK, "BYE"), "The call is over for both sides.");
        let busy = explainer.gist(Topic::Status(StatusCode::BUSY_HERE));
        assert_eq!(explainer.gist_in(StatusCode::BUSY_HERE, "INVITE"), busy);
    }

    #[test]
    fn every_topic_has_its_fields_in_every_language() {
        for &language in Language::ALL {
            let explainer = Explainer::new(language);
            let lacks = |topic: Topic, key: &str| explainer.catalogue.field(&topic.message(), key).is_none();
            let missing: Vec<_> = Topic::all()
                .flat_map(|topic| fields_of(topic).iter().map(move |&key| (topic, key)))
                .filter(|&(topic, key)| lacks(topic, key))
                .map(|(topic, key)| format!("{}.{key}", topic.message()))
                .collect();
            assert!(missing.is_empty(), "{language:?}: {} missing: {missing:?}", missing.len());
        }
    }

    #[test]
    fn sixty_header_fields_have_an_article() {
        let explainer = Explainer::new(Language::English);
        let headers = Topic::all().filter(|topic| topic.kind() == Kind::Header);
        let with = headers.filter(|topic| explainer.catalogue.value(&topic.message()).is_some());
        assert!(with.count() >= 60);
    }

    #[test]
    fn every_text_belongs_to_a_topic_or_is_a_label() {
        let messages: std::collections::BTreeSet<String> = Topic::all().map(Topic::message).collect();
        let labels = [
            "field",
            "fact",
            "class",
            "element",
            "effect",
            "rank",
            "length",
            "owner",
            "reliable",
            "kind",
            "unknown",
            "ladder",
            "demo",
            "diagnosis",
            "rule",
            "why",
            "console",
            "hep",
            "diff",
            "replay",
            "tui",
        ];
        for (message, attribute, _) in Explainer::new(Language::English).catalogue.fields() {
            let prefix = message.split('-').next().unwrap_or_default();
            let label = labels.contains(&prefix)
                || message.starts_with("cause-class")
                || message.starts_with("sheet");
            let single = ["yes", "no", "header-without-article", "code-unregistered", "cause-unnamed"];
            assert!(messages.contains(message) || label || single.contains(&message), "{message}");
            let is_rule =
                ["verdict", "advice", "raise"].contains(&attribute) || attribute.starts_with("why-");
            assert!(
                FIELDS.contains(&attribute) || ["rule", "why"].contains(&prefix) && is_rule,
                "{message}.{attribute}"
            );
        }
    }

    #[test]
    fn entries_have_sections_labels_and_references() {
        for &language in Language::ALL {
            let explainer = Explainer::new(language);
            for topic in Topic::all() {
                let entry = explainer.explain(topic);
                assert!(!entry.sections.is_empty(), "{}", entry.id);
                assert!(!entry.references.is_empty(), "{}", entry.id);
                for section in &entry.sections {
                    assert!(!section.label.is_empty(), "{}: {}", entry.id, section.key);
                    assert!(!section.text.is_empty() || !section.items.is_empty(), "{}", entry.id);
                }
                for fact in &entry.facts {
                    assert!(!fact.label.starts_with("fact-"), "{}: {}", entry.id, fact.label);
                    assert!(
                        !LABEL_IDS.iter().any(|id| fact.value.contains(id)),
                        "{}: {}",
                        entry.id,
                        fact.value
                    );
                }
            }
        }
    }

    /// Beginnings of label ids, which show where a label is missing.
    const LABEL_IDS: &[&str] = &["class-", "element-", "effect-", "rank-", "length-", "owner-", "reliable-"];

    #[test]
    fn causes_and_remedies_of_codes_are_lists() {
        for &language in Language::ALL {
            let explainer = Explainer::new(language);
            for topic in Topic::all().filter(|topic| topic.kind() == Kind::Code) {
                for section in explainer.explain(topic).sections {
                    let listed = ["causes", "remedy"].contains(&section.key);
                    assert_eq!(listed, !section.items.is_empty(), "{} {}", topic.id(), section.key);
                }
            }
        }
    }

    #[test]
    fn telephone_side_is_told_in_both_directions() {
        let entry =
            Explainer::new(Language::English).explain(Topic::Status(StatusCode::TEMPORARILY_UNAVAILABLE));
        let rfc3398 = &entry.telephony[0];
        assert_eq!(
            (rfc3398.profile, &*rfc3398.becomes, &*rfc3398.comes_from),
            ("rfc3398", &[18][..], &[19, 20, 31][..])
        );
        let fact = |key| {
            entry.facts.iter().filter(|fact| fact.key == key).map(|f| f.value.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(fact("to-cause"), ["18 No user responding (rfc3398, rfc4497, cisco-ios)"]);
        assert_eq!(fact("from-cause").len(), 2);
    }

    #[test]
    fn a_single_thing_has_a_word_of_its_own_in_every_language() {
        for (language, one, two) in
            [(Language::English, "1 call", "2 calls"), (Language::Dutch, "1 gesprek", "2 gesprekken")]
        {
            let explainer = Explainer::new(language);
            let told = [1, 2].map(|count| explainer.counted(count, "hep-calls"));
            assert_eq!(told, [one, two]);
            let ones =
                explainer.catalogue.fields().filter_map(|(message, _, _)| message.strip_suffix("-one"));
            let ones: Vec<_> = ones.collect();
            assert!(ones.len() >= 10, "{ones:?}");
            for id in ones {
                assert_ne!(explainer.counted(1, id)[2..], explainer.counted(2, id)[2..], "{id}");
            }
        }
    }

    #[test]
    fn unregistered_codes_are_explained_as_their_class() {
        let explainer = Explainer::new(Language::English);
        let code = StatusCode::new(499).map(Topic::Status);
        let entry = code.map(|topic| explainer.explain(topic));
        let entry = entry.expect("499 is a code");
        assert_eq!((entry.name.as_str(), entry.sections[0].key), ("", "note"), "it has no name of its own");
        assert_eq!(entry.sections[0].label, "Not registered");
        assert!(entry.sections[0].text.contains("treats it as 400 Bad Request,"), "{:?}", entry.sections[0]);
        assert_eq!(entry.references, ["RFC 3261 §8.1.3.2", "RFC 3261 §21.4.1"]);
        assert!(entry.facts.iter().any(|fact| fact.key == "treated" && fact.value == "400"));
        assert!(entry.sections.iter().any(|section| section.key == "remedy"));
    }
}
