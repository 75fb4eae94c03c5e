//! The media of a call in the words of a language.

use super::line::{MediaEnd, MediaLine, Protection};
use super::{MediaState, MediaStep};
use crate::explain::Explainer;
use serde::Serialize;

/// An offer and what came of it, as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToldMedia {
    /// How far it came, and who offered.
    pub heading: String,
    /// Each medium: what it is, and where it goes.
    pub lines: Vec<[String; 2]>,
}

/// An offer with its sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedMedia {
    /// The offer as data.
    #[serde(flatten)]
    pub step: MediaStep,
    /// The offer in words.
    pub told: ToldMedia,
}

impl ReportedMedia {
    /// Tells each step.
    pub fn of(steps: Vec<MediaStep>, explainer: &Explainer) -> Vec<Self> {
        steps.into_iter().map(|step| ReportedMedia { told: tell_media(&step, explainer), step }).collect()
    }
}

/// Tells a step.
pub fn tell_media(step: &MediaStep, explainer: &Explainer) -> ToldMedia {
    let say = |word: &str| explainer.label(&format!("why-media-{word}")).to_owned();
    let state = match step.state {
        MediaState::Offered => "offered",
        MediaState::Refused => "refused",
        MediaState::Early => "early",
        MediaState::Agreed => "agreed",
    };
    let status = step.status.map(|status| format!(" ({status})")).unwrap_or_default();
    let by = say(if step.by_caller { "by-caller" } else { "by-callee" });
    ToldMedia {
        heading: format!("{}{status}, {by}", say(state)),
        lines: step.lines.iter().map(|line| [what(line, step.state, &say), line.path(&say)]).collect(),
    }
}

/// The medium, its format, its ways, its protection.
fn what(line: &MediaLine, state: MediaState, say: &dyn Fn(&str) -> String) -> String {
    let has_answer = matches!(state, MediaState::Early | MediaState::Agreed);
    let codec = match &line.codec {
        Some(codec) => codec.clone(),
        None if has_answer && !line.is_off => say("no-codec"),
        None => format!("({})", line.offered.join(", ")),
    };
    let mut parts = vec![format!("{} {codec}", line.kind)];
    if line.is_off {
        parts.push(say("off"));
        return parts.join(", ");
    }
    if has_answer {
        parts.push(say(line.way()));
    }
    for (end, word) in [(&line.caller, "held-caller"), (&line.callee, "held-callee")] {
        parts.extend(end.iter().filter(|end| end.holds).map(|_| say(word)));
    }
    parts.push(say(line.protection.word()));
    parts.extend(line.has_events.then(|| say("events")));
    parts.extend(line.has_ice.then(|| "ICE".to_owned()));
    parts.join(", ")
}

impl MediaLine {
    /// Which way it passes: `both`, `to-callee`, `to-caller`, `neither`.
    pub fn way(&self) -> &'static str {
        match self.ways() {
            [true, true] => "both",
            [true, false] => "to-callee",
            [false, true] => "to-caller",
            [false, false] => "neither",
        }
    }

    /// From where to where.
    fn path(&self, say: &dyn Fn(&str) -> String) -> String {
        let end = |end: &MediaEnd| match end.is_unreachable {
            true => format!("{} ({})", end.address, say("unreachable")),
            false => end.address.clone(),
        };
        let side = |word: &str, known: &Option<MediaEnd>| {
            format!("{} {}", say(word), known.as_ref().map_or_else(|| "–".to_owned(), end))
        };
        let arrow = match self.ways() {
            [true, true] => "↔",
            [true, false] => "→",
            [false, true] => "←",
            [false, false] => "·",
        };
        format!("{} {arrow} {}", side("caller", &self.caller), side("callee", &self.callee))
    }
}

impl Protection {
    /// The word of its text.
    pub fn word(self) -> &'static str {
        match self {
            Protection::None => "plain",
            Protection::Sdes => "sdes",
            Protection::Dtls => "dtls",
        }
    }
}
