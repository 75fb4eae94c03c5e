//! Captures: from a file of packets, or a log with SIP messages, to the facts of the diagnosis.
//!
//! A capture is read once, packet by packet. What waits for more (fragments, bytes of connections, streams) has limits with
//! names, so that the size of a file is bounded by the disk and not by memory.

mod clock;
mod connections;
mod content;
mod counts;
mod datagram;
mod dns;
mod file;
mod fragments;
mod icmp;
#[cfg(target_os = "linux")]
mod interface;
mod link;
mod log;
mod media;
mod packet;
mod refusals;
mod reports;
mod stun;
mod tls;
mod web_socket;
mod write;

pub use connections::CONNECTIONS_MAX;
pub use content::HELD_BYTES_MAX;
pub use counts::{CaptureFault, Counts};
pub use file::read;
pub use fragments::FRAGMENTED_MAX;
#[cfg(target_os = "linux")]
pub use interface::Interface;
pub use link::LinkType;
pub use log::read_log;
pub use media::TRACKS_MAX;
pub use packet::{Capture, Passed};
pub use tls::{KEYED_MAX, KeyLog, LOCKED_MAX, Locked, LockedBy};
pub use write::PacketWriter;
