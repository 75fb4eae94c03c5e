//! Observers that hold for every schedule, whatever the nodes do.

mod answers;
mod explained;
mod wellformed;

pub use answers::{Answers, EveryInviteAnswered};
pub use explained::Explained;
pub use wellformed::WellFormed;
