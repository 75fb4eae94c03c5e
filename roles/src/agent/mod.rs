//! The user agent: one node that registers, asks and sends messages, and answers what it is asked.

mod ask;
mod client;
mod command;
mod draft;
mod event;
mod exchange;
mod registered;
mod registration;
mod serve;
mod settings;
mod state;
mod wallet;

pub use command::{Command, Registering, RequestId};
pub use event::{Bound, Event, Outcome};
pub use settings::{AgentSettings, Local, Secret, TRANSACTIONS_MAX};
pub use state::Agent;

#[cfg(test)]
mod tests;
