//! The registries of SIP: one row states one fact; constants, look-ups, documentation and `explain` derive
//! from the row.

mod cause;
mod event;
mod facts;
mod header;
mod header_parameter;
mod identifier;
mod interworking;
mod method;
mod named;
mod option;
mod reference;
mod status;
mod stored;
mod timer;
mod uri_parameter;
mod warning;

pub use cause::{Cause, CauseClass};
pub use event::EventPackage;
pub use facts::{DialogEffect, Element, Fields, ForkRank};
pub use header::HeaderName;
pub use header_parameter::HeaderParameter;
pub use identifier::Identifier;
pub use interworking::{
    Outcome, Profile, Release, Repair, causes_that_become, outcome_from_release, release_from_status,
    repair_before_release,
};
pub use method::Method;
pub use option::OptionTag;
pub use reference::Reference;
pub use status::{StatusClass, StatusCode, StatusRow};
pub use timer::{BaseValue, OverReliable, Timer, TimerLength, TimerOwner, TimerValues};
pub use uri_parameter::UriParameter;
pub use warning::WarnCode;
