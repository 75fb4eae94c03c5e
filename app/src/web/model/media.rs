//! What was agreed on the media of a call.

use ringback_roles::diagnosis::{MediaEnd, MediaLine, MediaState, MediaStep, tell_media};
use ringback_roles::explain::Explainer;
use serde::Serialize;
use utoipa::ToSchema;

/// An offer of media, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MediaOffer {
    /// When it was made.
    pub(crate) at: String,
    /// When it was answered, or refused.
    pub(crate) answered: Option<String>,
    /// `offered`, `refused`, `early` (answered before anybody picked up), `agreed`.
    pub(crate) state: &'static str,
    /// How far it came and who made it, in words.
    pub(crate) text: String,
    /// The code that refused it.
    pub(crate) status: Option<u16>,
    /// `caller` or `callee`.
    pub(crate) by: &'static str,
    /// The place of its message among the messages of the call.
    pub(crate) offer: usize,
    /// The place of the message with the answer.
    pub(crate) answer: Option<usize>,
    /// Each medium, in the order of the offer.
    pub(crate) media: Vec<Medium>,
}

/// A medium as the offer and its answer leave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Medium {
    /// `audio`, `video` …
    pub(crate) kind: String,
    /// Whether it is off.
    pub(crate) off: bool,
    /// The first format that both have, such as `PCMA/8000`.
    pub(crate) codec: Option<String>,
    /// The formats of the offer.
    pub(crate) offered: Vec<String>,
    /// The formats of the answer.
    pub(crate) answered: Vec<String>,
    /// Which way it passes: `both`, `to-callee`, `to-caller`, `neither`.
    pub(crate) way: &'static str,
    /// Whether both have telephone events.
    pub(crate) events: bool,
    /// `plain`, `sdes` or `dtls`.
    pub(crate) protection: &'static str,
    /// Whether both look for a way with ICE.
    pub(crate) ice: bool,
    pub(crate) caller: Option<MediaSide>,
    pub(crate) callee: Option<MediaSide>,
    /// What it is, in words.
    pub(crate) text: String,
    /// From where to where, in words.
    pub(crate) path: String,
}

/// A side of a medium.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MediaSide {
    /// Where it wants the medium.
    pub(crate) address: String,
    /// `sendrecv`, `sendonly`, `recvonly`, `inactive`.
    pub(crate) direction: &'static str,
    /// Whether it holds the other.
    pub(crate) holds: bool,
    /// Whether the address is a private one of a side that comes from a public one.
    pub(crate) unreachable: bool,
}

impl MediaOffer {
    pub(crate) fn new(step: &MediaStep, explainer: &Explainer) -> Self {
        let told = tell_media(step, explainer);
        let place = |number: u32| (number as usize).saturating_sub(1);
        let texts = step.lines.iter().zip(told.lines);
        MediaOffer {
            at: step.at.to_string(),
            answered: step.answered.map(|at| at.to_string()),
            state: match step.state {
                MediaState::Offered => "offered",
                MediaState::Refused => "refused",
                MediaState::Early => "early",
                MediaState::Agreed => "agreed",
            },
            text: told.heading,
            status: step.status,
            by: if step.by_caller { "caller" } else { "callee" },
            offer: place(step.offer),
            answer: step.answer.map(place),
            media: texts.map(|(line, [text, path])| Medium::new(line, text, path)).collect(),
        }
    }
}

impl Medium {
    fn new(line: &MediaLine, text: String, path: String) -> Self {
        Medium {
            kind: line.kind.clone(),
            off: line.is_off,
            codec: line.codec.clone(),
            offered: line.offered.clone(),
            answered: line.answered.clone(),
            way: line.way(),
            events: line.has_events,
            protection: line.protection.word(),
            ice: line.has_ice,
            caller: line.caller.as_ref().map(MediaSide::new),
            callee: line.callee.as_ref().map(MediaSide::new),
            text,
            path,
        }
    }
}

impl MediaSide {
    fn new(end: &MediaEnd) -> Self {
        MediaSide {
            address: end.address.clone(),
            direction: end.direction.as_str(),
            holds: end.holds,
            unreachable: end.is_unreachable,
        }
    }
}
