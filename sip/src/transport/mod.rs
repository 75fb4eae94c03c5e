//! Transport rules without sockets: where responses go, and which servers a name stands for.

pub mod locate;
mod response;

pub use response::response_flow;
