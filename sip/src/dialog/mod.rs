//! Dialogs (RFC 3261 §12): who talks to whom, over which way, in which order.
//!
//! A [`Dialog`] is made from the messages that make it, keeps what requests inside it need, and judges those that
//! arrive. [`Forks`] holds all dialogs that one INVITE made. What a failure inside a dialog takes down stands with
//! the code in the registry (RFC 5057); [`Fate`] applies it. [`SessionTimer`] says when a session ends by itself.

mod fate;
mod forks;
mod id;
mod naming;
mod peering;
mod replaces;
mod request;
mod route;
mod session_timer;

#[cfg(test)]
mod tests;

pub use fate::{Failure, Fate};
pub use forks::{EARLY_DIALOGS_MAX, Forks, Heard};
pub use id::{DialogFault, DialogId};
pub use peering::{Dialog, Role, State};
pub use replaces::{ReferTo, Replaces};
pub use request::InDialog;
pub use route::{ROUTES_MAX, RouteSet, Way};
pub use session_timer::{
    Granted, IntervalTooSmall, Passing, Refresher, SESSION_INTERVAL_MIN, SessionExpires, SessionPolicy,
    SessionTimer, min_se, speaks_timer,
};
