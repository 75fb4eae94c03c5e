//! Transport rules without sockets: where responses go, which servers a name stands for, and signs of
//! life by STUN.

pub mod locate;
mod response;
mod stun;

pub use response::response_flow;
pub use stun::{Stun, stun, stun_answer, stun_attribute, stun_request};
