//! The simulated world for Ringback nodes, and the checks of the whole project.
#![forbid(unsafe_code)]

pub mod source;
