//! A finding in the sentences of a language.

use super::finding::{Evidence, Finding, Value};
use crate::explain::Explainer;
use serde::Serialize;

/// A finding as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The name of the pattern.
    pub title: String,
    /// What happened, in one or two sentences.
    pub verdict: String,
    /// How sure that is.
    pub certainty: String,
    /// Who must act.
    pub actor: String,
    /// What to do.
    pub advice: Vec<String>,
    /// What would make it surer.
    pub raise: Vec<String>,
    /// The messages that show it.
    pub evidence: Vec<ToldEvidence>,
}

/// A message that shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToldEvidence {
    /// The number of the message.
    pub message: u32,
    /// The header field or part that tells.
    pub field: &'static str,
    /// Why.
    pub why: String,
}

/// Tells the finding. A text stands under `rule-dNN-CASE`, and what that lacks under `rule-dNN`.
pub fn tell(finding: &Finding, explainer: &Explainer) -> Told {
    let rule = format!("rule-{}", finding.rule.to_ascii_lowercase());
    let case = format!("{rule}-{}", finding.case);
    let text = |attribute: &str, values: &[&[Value]]| {
        let own = explainer.field(&case, attribute).or_else(|| explainer.field(&rule, attribute));
        own.map(|text| filled(text, values)).unwrap_or_default()
    };
    let items = |attribute: &str| -> Vec<String> {
        let list = text(attribute, &[&finding.values]);
        // An item may go on over several lines.
        let items = list.split("\n- ").map(|item| item.trim_start_matches("- "));
        let items = items.map(|item| item.split_whitespace().collect::<Vec<_>>().join(" "));
        items.filter(|item| !item.is_empty()).collect()
    };
    let told = |evidence: &Evidence| ToldEvidence {
        message: evidence.message,
        field: evidence.field,
        why: text(evidence.why, &[&evidence.values, &finding.values]),
    };
    let mut certainty = explainer.label(&format!("diagnosis-{}", finding.certainty.as_str())).to_owned();
    if finding.is_cut_short {
        certainty = format!("{certainty} ({})", explainer.label("diagnosis-cut-short"));
    }
    Told {
        title: explainer.label(&rule).to_owned(),
        verdict: text("verdict", &[&finding.values]),
        certainty,
        actor: explainer.label(&format!("diagnosis-{}", finding.actor.as_str())).to_owned(),
        advice: items("advice"),
        raise: items("raise"),
        evidence: finding.evidence.iter().map(told).collect(),
    }
}

/// The text on one line a paragraph, with `<name>` replaced by the first value of that name.
pub(super) fn filled(text: &str, values: &[&[Value]]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('>') else { break };
        match values.iter().flat_map(|list| list.iter()).find(|(own, _)| *own == name) {
            // What a peer wrote must not look like a place for a value.
            Some((_, value)) => out.extend(value.chars().filter(|c| !matches!(c, '<' | '>'))),
            None => out.push_str(&format!("<{name}>")),
        }
        rest = behind;
    }
    out.push_str(rest);
    if out.contains("\n- ") || out.starts_with("- ") { out } else { out.replace('\n', " ") }
}
