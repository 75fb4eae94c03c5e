//! HEP, the Homer Encapsulation Protocol, version 3 and the older ones: SIP messages that a server sends to whoever watches
//! it, each with its addresses, its time and the number of its capturer. Kamailio, OpenSIPS, Asterisk and FreeSWITCH send it;
//! Homer takes it.

mod address;
mod collector;
mod packet;
mod sender;
mod versions;

pub use address::{HepAddress, HepAddressFault};
pub use collector::{Arrival, Collector};
pub(crate) use packet::length;
pub use packet::{Content, HepFault, HepPacket, PACKET_BYTES_MAX, PAYLOAD_BYTES_MAX};
pub use sender::{HepFigures, HepSender, HepSettings};
