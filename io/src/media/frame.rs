//! The unit of all audio here: 20 ms of linear samples.

use ringback_sip::time::Duration;

/// The clock of G.711, of its timestamps and of all audio here.
pub const SAMPLES_PER_SEC: u32 = 8000;
/// Length of a packet and of a step of playing: RFC 3551 §4.2's default.
pub const FRAME: Duration = Duration::from_millis(20);
/// Samples of a frame.
pub const FRAME_SAMPLES: usize = 160;

/// 20 ms of linear audio.
pub type Frame = [i16; FRAME_SAMPLES];
