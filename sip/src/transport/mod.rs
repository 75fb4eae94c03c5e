//! Transport rules without sockets: response routing.

mod response;

pub use response::response_flow;
