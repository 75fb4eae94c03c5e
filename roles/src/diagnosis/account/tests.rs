use super::tell_fact;
use crate::explain::{Catalogue, Explainer, Language};
use ringback_sip::flow::FlowError;
use ringback_sip::journal::{BranchEnd, Fact};

/// The words of all causes, as their registry spells them.
fn words() -> Vec<&'static str> {
    let source = include_str!("../../../../sip/src/journal/cause.rs");
    let ids = source.lines().filter(|line| line.trim_start().starts_with("Cause::"));
    let ids: Vec<_> = ids.filter_map(|line| line.split("=> \"").nth(1)?.split('"').next()).collect();
    assert!(ids.len() > 60 && ids.contains(&"no-binding"));
    ids
}

#[test]
fn every_cause_has_its_verdict_in_every_language() {
    let states = ["success", "pending", "unknown", "passed", "registered", "never-registered"];
    let states = states.into_iter().chain([
        "unregistered",
        "expired",
        "ring-timeout",
        "challenge-unanswered",
        "no-way",
        "no-room",
        "edge-flow-gone",
    ]);
    let words: Vec<_> = words().into_iter().chain(states).collect();
    for &language in Language::ALL {
        let catalogue = Catalogue::new(language);
        let missing: Vec<_> = words
            .iter()
            .filter(|word| catalogue.field(&format!("why-{word}"), "verdict").is_none())
            .collect();
        assert!(missing.is_empty(), "{language:?}: {missing:?}");
    }
}

#[test]
fn every_fact_has_its_sentence_in_every_language_with_the_same_values() {
    let source = include_str!("../../../../sip/src/journal/fact.rs");
    let ids = source.lines().filter(|line| line.trim_start().starts_with("Fact::"));
    let ids: Vec<_> = ids.filter_map(|line| line.split("=> \"").nth(1)?.split('"').next()).collect();
    assert!(ids.len() > 17 && ids.contains(&"branch-ended"));
    let texts = |language| include_str_of(language).lines().filter_map(|line| line.split_once(" = "));
    let english: Vec<_> = texts(Language::English).filter(|(id, _)| id.starts_with("why-fact-")).collect();
    for id in ids {
        let id = format!("why-fact-{id}");
        assert!(english.iter().any(|(own, _)| own.starts_with(&id)), "{id}");
    }
    for (id, text) in english {
        let dutch = texts(Language::Dutch).find(|(own, _)| *own == id).map(|(_, text)| text).unwrap();
        assert_ne!(dutch, text, "{id}");
        assert_eq!(places(dutch), places(text), "{id}");
    }
}

#[test]
fn a_fact_is_told_in_the_language_of_the_reader() {
    let fact = Fact::BranchEnded { branch: 2, end: BranchEnd::Transport(FlowError::Refused) };
    assert_eq!(tell_fact(&fact, &Explainer::new(Language::English)), "branch 2 ended: nobody listens there");
    assert_eq!(
        tell_fact(&fact, &Explainer::new(Language::Dutch)),
        "tak 2 is afgelopen: daar luistert niemand"
    );
}

fn include_str_of(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../../explain/texts/en/why.ftl"),
        Language::Dutch => include_str!("../../explain/texts/nl/why.ftl"),
    }
}

/// The places for values of a text, in the order of the alphabet.
fn places(text: &str) -> Vec<&str> {
    let mut places: Vec<_> = text.split('<').skip(1).filter_map(|part| part.split('>').next()).collect();
    places.sort_unstable();
    places
}
