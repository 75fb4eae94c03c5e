//! The user agent behind the commands: driver, audio, options, and what is printed.

mod audio;
mod device;
mod ladder;
mod mask;
mod news;
mod options;
mod report;
mod run;
mod tap;
mod transfer;
mod verdict;
mod why;
mod wishes;

pub(crate) use audio::{Audio, Heard, SoundOptions, signal};
pub(crate) use device::{Phone, Plan};
pub(crate) use ladder::{Leg, rung};
pub(crate) use mask::printable;
pub(crate) use news::{News, Seen};
pub(crate) use options::{
    DigitsBy, FlowOptions, Options, Role, SessionOptions, digits, duration, parsed_uri, sip_uri,
};
pub(crate) use report::{Reporter, millis, secs};
pub(crate) use run::with_phone;
pub(crate) use transfer::{follow, tell_transfer};
pub(crate) use verdict::{
    error_of_ending, error_of_outcome, exit_of_ending, exit_of_outcome, status_of_ending, status_of_outcome,
    words_of_command_error, words_of_ending, words_of_lost_flow, words_of_outcome,
};
pub(crate) use wishes::{FeatureOptions, WishOptions};
