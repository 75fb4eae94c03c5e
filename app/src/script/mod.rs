//! Scripts for `ringback phone`: agents that act and expect, line by line.
//!
//! `parse` is pure: text in, a [`Script`] or all its faults out. `play` follows a script with one phone an agent.

mod fault;
mod heard;
mod judge;
mod parse;
mod play;
mod player;
mod step;
mod words;

pub(crate) use fault::FaultKind;
pub(crate) use parse::parse;
pub(crate) use play::play;
pub(crate) use player::Player;
pub(crate) use step::AgentLine;

#[cfg(test)]
mod tests;
