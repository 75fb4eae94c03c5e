//! The collector of HEP3, as the configuration wants it.

use super::document::{Document, Value};
use ringback_io::hep::HepSettings;

/// The collector that a file wants. `agent` and `messages` are its words for them.
pub(super) fn build(document: &Document, agent: usize, messages: &str) -> Option<HepSettings> {
    let text = |name: &str| match document.find("hep", name).map(|found| &found.value) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    Some(HepSettings {
        to: text("to")?.parse().ok()?,
        agent: u32::try_from(agent).unwrap_or(u32::MAX),
        key: text("key").unwrap_or_default().into(),
        is_masked: messages != "full",
    })
}
