//! What was read, and why something cannot be.

use std::io;

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets, or messages of a log.
    pub packets: u64,
    /// Packets of which the file holds only a part.
    pub cut: u64,
    /// Whether the file ends in the middle of a packet.
    pub is_torn: bool,
}

/// Why a file cannot be read.
#[derive(Debug)]
pub enum CaptureFault {
    /// It is empty.
    Empty,
    /// It is neither pcap nor pcapng, nor text with SIP messages.
    Unknown,
    /// A block breaks the format; what stands before it was read.
    Broken,
    /// The file or stream failed.
    Io(io::Error),
}

impl Counts {
    /// Counts a packet.
    pub(super) fn count(&mut self, is_cut: bool) {
        self.packets += 1;
        self.cut += u64::from(is_cut);
    }
}
