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
    /// Packets that the sender says it has sent, when its reports were seen.
    pub sent: u32,
    /// Reports of the receiver in a row that do not name the stream, though packets of it passed here before each.
    pub unheard: u32,
    /// The mark of priority in its first packet (RFC 2474), and the one that another capture point saw.
    pub dscp: Option<u8>,
    /// See `dscp`.
    pub dscp_elsewhere: Option<u8>,
    /// By how many parts in a million the sender's clock runs faster than ours; 0 when it does not do so steadily.
    pub skew: f64,
}

impl Stream {
    /// A stream of which nothing is known but that it is there.
    pub fn new(key: StreamKey, at: Instant) -> Self {
        Stream {
            key,
            is_claimed: false,
            first: at,
            last: at,
            packets: 0,
            bytes: 0,
            payload_types: SmallVec::new(),
            lost: 0,
            out_of_order: 0,
            codec: String::new(),
            jitter: 0.0,
            jitter_max: 0.0,
            clock_rate: 8000,
            gap_max: Duration::ZERO,
            digits: SmallVec::new(),
            report: None,
            sent: 0,
            unheard: 0,
            dscp: None,
            dscp_elsewhere: None,
            skew: 0.0,
        }
    }

    /// Whether it is known from reports only.
    pub fn is_only_told(&self) -> bool {
        self.packets == 0
    }
}
