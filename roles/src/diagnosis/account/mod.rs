//! The server's own account of a call: which of its decisions and of the answers that it got became the end, and why.
//! Where a capture shows what went over the wire, the journal says what the server knew.

mod branch;
mod call;
mod cause;
mod fact;
mod heard;
#[cfg(test)]
mod tests;
mod told;
mod user;

pub use branch::{BranchAccount, BranchFate};
pub use call::{Account, account, word_of};
pub use fact::{tell_end, tell_fact};
pub use told::{ToldAccount, tell_account, tell_state};
pub use user::{HistoryEvent, Registration, UserAccount, account_of_user};
