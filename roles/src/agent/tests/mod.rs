//! Agents against each other, against raw peers, and against the real server.

mod accept;
mod cancel;
mod change;
mod info;
mod media;
mod net;
mod outbound;
mod outside;
mod precondition;
mod publish;
mod races;
mod random;
mod raw;
mod redirect;
mod refer;
mod refusals;
mod reliable;
mod replace;
mod session_timer;
mod setup;
mod subscribe;
mod update;
mod ways;
mod with_server;
