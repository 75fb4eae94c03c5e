//! Agents against each other, against raw peers, and against the real server.

mod net;
mod refusals;
mod setup;
mod with_server;
