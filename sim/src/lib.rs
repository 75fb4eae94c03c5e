//! The simulated world for Ringback nodes, and the checks of the whole project.
//!
//! [`Network`] runs nodes of any kind under a virtual clock; [`explore`] runs a scenario under many seeds.
#![forbid(unsafe_code)]

mod agent_user;
pub mod check;
mod dice;
mod explore;
mod glance;
mod host;
mod house;
mod names;
mod nat;
mod network;
pub mod oracle;
mod passage;
mod place;
mod puppet;
mod search;
mod sight;
pub mod source;
mod store;
mod stream;
mod weather;
mod zone;

pub use agent_user::AgentUser;
pub use dice::Dice;
pub use explore::explore;
pub use glance::Glance;
pub use host::{AnswerOf, CommandOf, Machine, Orders, Start, Surroundings};
pub use house::House;
pub use nat::{Mapping, Nat};
pub use network::{Network, Trouble};
pub use place::{HostId, NatId};
pub use puppet::{Answer, Heard, Puppet, Request};
pub use sight::{Checker, NamePacket, Seen, Sight};
pub use store::MemoryStore;
pub use weather::Weather;
pub use zone::Zone;
