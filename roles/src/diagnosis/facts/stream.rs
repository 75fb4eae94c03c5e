//! A stream of RTP as it was seen at one point (RFC 3550).

use core::net::SocketAddr;
use core::time::Duration;
use ringback_sip::time::Instant;
use smallvec::SmallVec;

/// What identifies a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamKey {
    /// Who sends it.
    pub src: SocketAddr,
    /// To whom.
    pub dst: SocketAddr,
    /// The synchronisation source.
    pub ssrc: u32,
}

/// A stream and its quality. Loss, order and jitter are reckoned as receivers do (RFC 3550 §6.4.1, §A.3, §A.8).
#[derive(Clone, Debug)]
pub struct Stream {
    /// What identifies it.
    pub key: StreamKey,
    /// The calls' places are in [`super::Call::streams`]; whether one of them has it.
    pub is_claimed: bool,
    /// When the first packet was seen.
    pub first: Instant,
    /// When the last one was.
    pub last: Instant,
    /// Packets seen.
    pub packets: u64,
    /// Bytes of payload.
    pub bytes: u64,
    /// Payload types with how often each came, the first ones seen.
    pub payload_types: SmallVec<[(u8, u64); 4]>,
    /// Packets that the sequence numbers promise and that did not come; less than nothing when copies did.
    pub lost: i64,
    /// Packets that came after a later one.
    pub out_of_order: u64,
    /// The name of the first payload type, such as `PCMA`; empty when nobody told it.
    pub codec: String,
    /// The jitter at the end, in milliseconds.
    pub jitter: f64,
    /// The worst of it, in milliseconds.
    pub jitter_max: f64,
    /// The clock of the first payload type, in Hz, when it is known.
    pub clock_rate: u32,
    /// The longest time between two packets.
    pub gap_max: Duration,
    /// Named telephone events, one a key press (RFC 4733).
    pub digits: SmallVec<[(Instant, u8); 4]>,
    /// What the receiver said last: fraction lost in 1/256, packets lost, jitter in units of its clock.
    pub report: Option<(u8, i32, u32)>,
}
