//! Audio for the user agent: RTP with G.711, its reports, and digits (RFC 3550, 3551, 4733, 4961), encrypted where the
//! session says so (RFC 3711).
//!
//! The parts that judge and compute are free of sockets and clocks; `session` drives them over the network.

pub mod control;
pub mod dtmf;
pub mod frame;
pub mod g711;
pub mod heard;
pub mod latch;
pub mod playout;
pub mod ports;
pub mod protection;
pub mod reception;
pub mod resample;
pub mod rtcp;
pub mod rtp;
pub mod session;
pub mod source;
pub mod statistics;
pub mod stream;
pub mod tone;
pub mod wav;
