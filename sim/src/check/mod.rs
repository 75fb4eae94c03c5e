//! Observers that hold for every schedule, whatever the nodes do.

mod answers;
mod wellformed;

pub use answers::{Answers, EveryInviteAnswered};
pub use wellformed::WellFormed;
