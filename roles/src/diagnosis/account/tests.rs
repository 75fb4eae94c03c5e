use crate::explain::{Catalogue, Language};

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
    let states =
        states.into_iter().chain(["unregistered", "expired", "ring-timeout", "challenge-unanswered"]);
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
