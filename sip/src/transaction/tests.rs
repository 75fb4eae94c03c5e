//! The layer as its user sees it. Time is in milliseconds from [`START`].

mod cancel;
mod client;
mod limits;
mod random;
mod server;
mod support;
