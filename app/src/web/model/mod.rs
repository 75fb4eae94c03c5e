//! What the console shows and the API gives: plain data, filled from the running server and its journal. Names of fields
//! are those of the JSON; times are written as `2026-11-21T04:30:00.123Z`.

mod ban;
mod call;
mod calls;
mod capture;
mod code;
mod mwi;
mod overview;
mod registration;
mod route;

pub(crate) use ban::{Ban, BanList};
pub(crate) use call::{Branch, CallPage, FactLine, LadderRow, LadderRows, MessageLine};
pub(crate) use calls::{CallFault, CallLine, CallList, CallQuery, CallState, OtherRefusal};
pub(crate) use capture::{Captured, TraceReport};
pub(crate) use code::{Code, CodeFact, CodeLine, CodeList, CodeMapping, CodeRelated, CodeSection};
pub(crate) use mwi::Waiting;
pub(crate) use overview::{CauseCount, CodeBucket, CodeCount, Overview, Window};
pub(crate) use registration::{
    Contact, HistoryLine, Registration, RegistrationLine, RegistrationList, UserStory,
};
pub(crate) use route::{
    RouteAnswer, RouteDestination, RouteOutcome, RouteQuery, RouteRequest, RouteTrial, RuleName, RuleTried,
    UnwantedPhone,
};
