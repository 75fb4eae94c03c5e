//! Running a recorded call again through the server's node, alone and without side effects.
//!
//! The journal holds what a call depends on: the messages that came, what the store and DNS said, which paths failed, and
//! when the node was woken. What is random in a call follows from the node's seed and the call itself, so that a node with
//! the same seed and the same settings says the same, byte for byte, and one with other settings shows what those would
//! have done. A password is not recorded: the replay proves anew what was proven then ([`proof`]). What a call depends on
//! beside is named ([`Beside`]), and nothing is claimed of such a call.

mod beside;
mod calls;
mod compare;
mod document;
mod later;
mod outcome;
mod player;
mod proof;
mod standing;

pub use beside::Beside;
pub use calls::{Recorded, each_call};
pub use compare::{Difference, Match, compare};
pub use outcome::Outcome;
pub use player::{Replayed, Setup, replay};
pub use standing::Standing;
