//! The user agent (RFC 3261 §8, §10 to §15): the node behind `ringback call`, `listen`, `register`, `message` and
//! `ping`.
//!
//! Its user gives [`Command`]s and hears [`Event`]s. Audio is not its business: calls say which
//! [`ringback_sip::sdp::Capabilities`] they have and hear what was [`ringback_sip::sdp::Agreed`].
//!
//! Each part is an `impl Agent` in a file of its own: `client` sends requests and meets challenges, `server`
//! checks requests, `caller` and `callee` set calls up, `session` keeps and ends them, `refer`, `outside`, `referral` and
//! `replace` pass them on: as who sends others elsewhere, who is sent, and who is reached so.

mod agreement;
mod alarms;
mod ask;
mod call;
mod callee;
mod caller;
mod client;
mod command;
mod draft;
mod early;
mod event;
mod exchange;
mod info;
mod lifetime;
mod node;
mod notified;
mod outbound;
mod outside;
mod precondition;
mod publication;
mod publish;
mod refer;
mod referral;
mod refresh;
mod registered;
mod registration;
mod reliable;
mod replace;
mod reply;
mod serve;
mod session;
mod settings;
mod state;
mod subscribe;
mod subscription;
mod update;
mod wallet;

pub use caller::REDIRECTS_MAX;
pub use command::{
    CallId, Command, Outgoing, PublicationId, Publishing, Registering, RequestId, Subscribing, SubscriptionId,
};
pub use event::{Bound, Ending, Event, Notification, Outcome, Side, Transferring, Unsubscribed};
pub use outbound::FLOWS_MAX;
pub use settings::{AgentSettings, Local, Outbound, Reliable, Secret, TRANSACTIONS_MAX, Transfers};
pub use state::Agent;
pub use subscription::NOTIFIERS_MAX;

#[cfg(test)]
mod tests;
