//! The rules, one row each. A group is a file with its rows and their functions; a new rule is a row there, its texts in
//! `explain/texts/*/rules-GROUP.ftl`, and three tests: the pattern, a near miss, and the pattern in a capture cut short.

mod acknowledgement;
mod alg;
mod bindings;
mod cancel;
mod contacts;
mod delay;
mod dialog;
mod domain;
mod early;
pub(super) mod ending;
mod extension;
mod form;
mod hold;
mod media;
mod offer;
mod onward;
mod outcome;
mod path;
mod points;
mod policy;
mod quality;
mod reach;
mod registration;
mod route;
mod session;
mod setup;
mod shared;
mod silence;
mod transfer;
mod ways;

use super::rule::Rule;

/// Every rule, in the order of the groups.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    GROUPS.iter().copied().flatten()
}

/// The rule with this name.
pub fn by_id(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

const GROUPS: &[&[Rule]] = &[
    reach::RULES,
    onward::RULES,
    path::RULES,
    points::RULES,
    form::RULES,
    registration::RULES,
    bindings::RULES,
    contacts::RULES,
    domain::RULES,
    policy::RULES,
    setup::RULES,
    offer::RULES,
    extension::RULES,
    delay::RULES,
    early::RULES,
    cancel::RULES,
    outcome::RULES,
    acknowledgement::RULES,
    route::RULES,
    dialog::RULES,
    session::RULES,
    transfer::RULES,
    ending::RULES,
    media::RULES,
    silence::RULES,
    hold::RULES,
    quality::RULES,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::{Explainer, Language};

    #[test]
    fn every_rule_has_its_own_name_and_texts_in_every_language() {
        let mut names: Vec<_> = all().map(|rule| rule.id).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all().count());
        for &language in Language::ALL {
            let explainer = Explainer::new(language);
            for id in names.iter().map(|id| format!("rule-{}", id.to_ascii_lowercase())) {
                assert_ne!(explainer.label(&id), id, "{language:?}");
            }
        }
    }
}
