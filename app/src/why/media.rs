//! What was agreed on the media of a call, as lines of text.

use crate::phone::printable;
use ringback_roles::diagnosis::{MediaState, ReportedMedia};
use ringback_roles::explain::Explainer;
use std::fmt::Write as _;

/// The heading and `of`, each offer with what came of it, and at the end `note`; nothing when nothing was answered.
pub(crate) fn media_text(media: &[ReportedMedia], of: &str, note: &str, explainer: &Explainer) -> String {
    let mut out = String::new();
    if media.iter().all(|offer| offer.step.state == MediaState::Refused) {
        return out;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(out, "\n{}{of}", explainer.label("why-media"));
    for ReportedMedia { step, told } in media {
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
