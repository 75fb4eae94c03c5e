//! What is on record of calls and users, read from the journal: for `ringback why`, the console and the API.

mod case;
mod ladder;
mod media;
mod sketch;
mod words;

pub(crate) use case::{Bindings, Case, History, cases, last_call, nearest, newest, recorded_since};
pub(crate) use ladder::{ladder, title};
pub(crate) use media::media_text;
pub(crate) use sketch::{Sketch, Stage};
pub(crate) use words::{event_text, fate_id};
