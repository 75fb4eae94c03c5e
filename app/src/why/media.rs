//! What was agreed on the media of a call, as lines of text.

use crate::phone::printable;
use ringback_roles::diagnosis::{MediaState, MediaStep, tell_media};
use ringback_roles::explain::Explainer;
use std::fmt::Write as _;

/// The heading, each offer with what came of it, and at the end `note`; nothing when nothing was answered.
pub(crate) fn media_text(steps: &[MediaStep], note: &str, explainer: &Explainer) -> String {
    let mut out = String::new();
    if steps.iter().all(|step| step.state == MediaState::Refused) {
        return out;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(out, "\n{}", explainer.label("why-media"));
    for step in steps {
        let told = tell_media(step, explainer);
        let _ = writeln!(out, "{} {}", step.at, told.heading);
        for text in told.lines.iter().flatten() {
            let _ = writeln!(out, "    {}", printable(text.as_bytes()));
        }
    }
    if !note.is_empty() {
        let _ = writeln!(out, "{note}");
    }
    out
}
