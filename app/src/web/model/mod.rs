//! What the console shows and the API gives: plain data, filled from the running server and its journal. Names of fields
//! are those of the JSON; times are written as `2026-11-21T04:30:00.123Z`.

mod ban;
mod call;
mod calls;
mod capture;
mod code;
mod media;
mod mwi;
mod overview;
mod registration;
mod route;

pub(crate) use ban::{Ban, BanList};
pub(crate) use call::{CallPage, FactLine, MESSAGE_ANCHOR, MessageLine};
pub(crate) use calls::{CallFault, CallLine, CallList, CallQuery, CallState};
pub(crate) use capture::{Captured, TraceReport};
pub(crate) use code::{Code, CodeList};
pub(crate) use media::MediaOffer;
pub(crate) use mwi::Waiting;
pub(crate) use overview::{CodeBucket, DelayBucket, Overview, Window};
pub(crate) use registration::{Contact, Registration, RegistrationList, UserStory};
pub(crate) use route::{
    RouteAnswer, RouteDestination, RouteOutcome, RouteQuery, RouteRequest, RouteTrial, RuleName, RuleTried,
    UnwantedPhone,
};

/// What tests of pages are made of, besides.
#[cfg(test)]
pub(crate) mod parts {
    pub(crate) use super::call::{Branch, LadderRows};
    pub(crate) use super::calls::OtherRefusal;
    pub(crate) use super::media::{MediaSide, Medium};
    pub(crate) use super::overview::{CauseCount, CodeCount};
    pub(crate) use super::registration::{HistoryLine, RegistrationLine};
}
