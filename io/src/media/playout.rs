//! The jitter buffer: packets come when they like, audio leaves every 20 ms.
//!
//! A ring of samples in the place that their timestamps give them, so that frames of any length, pauses and
//! reordering need no cases of their own. Its delay adapts: a packet that is late stretches it by a frame, two seconds
//! in which every packet was early shorten it by one; that follows a sender's drifting clock too.

use super::frame::{FRAME_SAMPLES, Frame};

/// Delay before the first packet is played: 60 ms.
pub const DELAY_FIRST: usize = 3 * FRAME_SAMPLES;
/// Longest delay that the buffer grows to: 200 ms.
pub const DELAY_MAX: usize = 10 * FRAME_SAMPLES;
/// Audio that the ring holds: 1.024 s.
pub const SAMPLES_MAX: usize = 8192;
/// Late packets in a row after which the sender's time base is taken to have changed.
pub const LATE_RUN_MAX: u32 = 25;

/// What became of a packet's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It will be heard.
    InTime,
    /// Its moment had passed.
    Late,
    /// Its timestamp lies outside the ring: playing starts afresh from it.
    Rebased,
}

/// The buffer of one source.
#[derive(Clone, Debug)]
pub struct Playout {
    ring: Box<[i16; SAMPLES_MAX]>,
    /// Whether the sample of the same place has come and was not yet played.
    filled: Box<[bool; SAMPLES_MAX]>,
    /// Timestamp of the next sample to play; `None` before the first packet.
    cursor: Option<u32>,
    /// Timestamp after the last sample that has come.
    end: u32,
    late_run: u32,
    /// Least earliness of a packet, in samples, since `frames` was 0.
    earliness: Option<usize>,
    frames: u32,
    stretch: bool,
    concealed: u64,
    last: Frame,
    fade: i32,
}

impl Default for Playout {
    fn default() -> Self {
        Playout {
            ring: Box::new([0; SAMPLES_MAX]),
            filled: Box::new([false; SAMPLES_MAX]),
            cursor: None,
            end: 0,
            late_run: 0,
            earliness: None,
            frames: 0,
            stretch: false,
            concealed: 0,
            last: [0; FRAME_SAMPLES],
            fade: 0,
        }
    }
}

impl Playout {
    /// Takes the audio that begins at `timestamp`.
    pub fn handle_audio(&mut self, timestamp: u32, audio: impl ExactSizeIterator<Item = i16>) -> Placed {
        let Some(cursor) = self.cursor else {
            self.rebase(timestamp, audio);
            return Placed::InTime;
        };
        let early = i64::from(timestamp.wrapping_sub(cursor) as i32);
        let end = early + audio.len() as i64;
        if early <= -BACKWARDS_MAX || end > SAMPLES_MAX as i64 {
            self.rebase(timestamp, audio);
            return Placed::Rebased;
        }
        if end <= 0 {
            return self.handle_late(timestamp, audio);
        }
        self.late_run = 0;
        match usize::try_from(early) {
            Ok(early) => {
                self.earliness = Some(self.earliness.map_or(early, |least| least.min(early)));
                self.place(early, audio);
            }
            Err(_) => {
                self.stretch = true;
                self.place(0, audio.skip(early.unsigned_abs() as usize));
            }
        }
        Placed::InTime
    }

    fn handle_late(&mut self, timestamp: u32, audio: impl ExactSizeIterator<Item = i16>) -> Placed {
        self.late_run += 1;
        if self.late_run < LATE_RUN_MAX {
            self.stretch = true;
            return Placed::Late;
        }
        self.rebase(timestamp, audio);
        Placed::Rebased
    }

    /// The next 20 ms to be heard; `None` before any packet came.
    pub fn pull(&mut self) -> Option<Frame> {
        let cursor = self.cursor?;
        self.frames += 1;
        let waiting = self.end.wrapping_sub(cursor) as i32;
        if core::mem::take(&mut self.stretch) && waiting < DELAY_MAX as i32 {
            // The buffer stands still for a frame, unless audio already waits as long as it may.
            (self.earliness, self.frames) = (None, 0);
            return Some(self.conceal());
        }
        let frame = self.take(cursor);
        self.cursor = Some(cursor.wrapping_add(FRAME_SAMPLES as u32));
        if self.frames >= WINDOW_FRAMES {
            self.shorten();
        }
        Some(frame)
    }

    /// Samples that were played without having come.
    pub fn concealed(&self) -> u64 {
        self.concealed
    }

    /// Forgets the source: the next packet is a first one.
    pub fn reset(&mut self) {
        *self = Playout { concealed: self.concealed, ..Playout::default() };
    }

    /// Drops a frame when, for a while, every packet came a frame earlier than at first was allowed for.
    fn shorten(&mut self) {
        self.frames = 0;
        if let Some(least) = self.earliness.take()
            && least >= DELAY_FIRST + FRAME_SAMPLES
            && let Some(cursor) = self.cursor
        {
            let _ = self.take(cursor);
            self.cursor = Some(cursor.wrapping_add(FRAME_SAMPLES as u32));
        }
    }

    fn rebase(&mut self, timestamp: u32, audio: impl Iterator<Item = i16>) {
        self.filled.fill(false);
        self.cursor = Some(timestamp.wrapping_sub(DELAY_FIRST as u32));
        self.end = timestamp;
        (self.late_run, self.earliness, self.frames, self.stretch) = (0, None, 0, false);
        self.place(DELAY_FIRST, audio);
    }

    fn place(&mut self, early: usize, audio: impl Iterator<Item = i16>) {
        let mut at = self.cursor.unwrap_or(0).wrapping_add(early as u32);
        for sample in audio.take(SAMPLES_MAX - early) {
            self.ring[at as usize % SAMPLES_MAX] = sample;
            self.filled[at as usize % SAMPLES_MAX] = true;
            at = at.wrapping_add(1);
        }
        if at.wrapping_sub(self.end) as i32 > 0 {
            self.end = at;
        }
    }

    fn take(&mut self, cursor: u32) -> Frame {
        let at = cursor as usize % SAMPLES_MAX;
        let places = at..at + FRAME_SAMPLES;
        let present = places.clone().filter(|n| self.filled[n % SAMPLES_MAX]).count();
        if present == 0 {
            return self.conceal();
        }
        let mut frame = [0; FRAME_SAMPLES];
        for (sample, n) in frame.iter_mut().zip(places) {
            let n = n % SAMPLES_MAX;
            if core::mem::take(&mut self.filled[n]) {
                *sample = self.ring[n];
            }
        }
        self.concealed += (FRAME_SAMPLES - present) as u64;
        self.last = frame;
        self.fade = FADE_FRAMES;
        frame
    }

    /// The last frame again, ever softer, then silence.
    fn conceal(&mut self) -> Frame {
        self.concealed += FRAME_SAMPLES as u64;
        self.fade = (self.fade - 1).max(0);
        let fade = self.fade;
        self.last.map(|sample| (i32::from(sample) * fade / FADE_FRAMES) as i16)
    }
}

/// Frames of a gap until it is silent.
const FADE_FRAMES: i32 = 4;
/// Frames over which earliness is watched: two seconds.
const WINDOW_FRAMES: u32 = 100;
/// Further back than this (ten seconds) is another time base, not a late packet.
const BACKWARDS_MAX: i64 = 80_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(value: i16) -> std::vec::IntoIter<i16> {
        vec![value; FRAME_SAMPLES].into_iter()
    }

    fn stamp(n: u32) -> u32 {
        (u32::MAX - 400).wrapping_add(n * FRAME_SAMPLES as u32)
    }

    fn pulled(playout: &mut Playout, frames: usize) -> Vec<i16> {
        (0..frames).map(|_| playout.pull().unwrap()[0]).collect()
    }

    #[test]
    fn nothing_plays_before_the_first_packet_and_it_plays_after_60_ms() {
        let mut playout = Playout::default();
        assert_eq!(playout.pull(), None);
        playout.handle_audio(stamp(0), frame(5));
        playout.handle_audio(stamp(1), frame(6));
        assert_eq!(pulled(&mut playout, 5), [0, 0, 0, 5, 6]);
    }

    #[test]
    fn reordered_packets_play_in_order_across_the_wrap_of_the_clock() {
        let mut playout = Playout::default();
        for n in [0, 2, 1, 4, 3] {
            assert_eq!(playout.handle_audio(stamp(n), frame(n as i16 + 1)), Placed::InTime);
        }
        assert_eq!(pulled(&mut playout, 8), [0, 0, 0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn frames_of_10_and_30_ms_join_without_a_seam() {
        for size in [80, 240] {
            let mut playout = Playout::default();
            let mut heard = Vec::new();
            for n in 0..(4800 / size) {
                let from = (n * size) as i16;
                playout.handle_audio(
                    n as u32 * size as u32,
                    (from..from + size as i16).collect::<Vec<_>>().into_iter(),
                );
                if (n + 1) * size >= FRAME_SAMPLES * (heard.len() / FRAME_SAMPLES + 1) {
                    heard.extend(playout.pull().unwrap());
                }
            }
            let expected: Vec<i16> = (0..).take(heard.len() - DELAY_FIRST).collect();
            assert_eq!(heard[DELAY_FIRST..], expected, "{size}");
        }
    }

    #[test]
    fn gap_fades_to_silence_and_is_counted() {
        let mut playout = Playout::default();
        playout.handle_audio(0, frame(1000));
        playout.handle_audio(6 * FRAME_SAMPLES as u32, frame(9));
        assert_eq!(pulled(&mut playout, 10), [0, 0, 0, 1000, 750, 500, 250, 0, 0, 9]);
        assert_eq!(playout.concealed(), (3 + 5) * FRAME_SAMPLES as u64);
    }

    #[test]
    fn late_packet_is_dropped_and_makes_room_for_its_followers() {
        let mut playout = Playout::default();
        playout.handle_audio(0, frame(1));
        pulled(&mut playout, 5);
        assert_eq!(playout.handle_audio(FRAME_SAMPLES as u32, frame(2)), Placed::Late);
        // 20 ms stand still: a packet that is as late as the last one is now in time.
        pulled(&mut playout, 1);
        assert_eq!(playout.handle_audio(2 * FRAME_SAMPLES as u32, frame(3)), Placed::InTime);
        assert_eq!(pulled(&mut playout, 1), [3]);
    }

    #[test]
    fn delay_never_exceeds_its_limit() {
        let mut playout = Playout::default();
        playout.handle_audio(0, frame(1));
        let mut most = 0;
        for n in 1..2000u32 {
            // A wild network: every second packet comes at once, the others ages late.
            let shift = if n % 2 == 0 { 0 } else { 40.min(n) };
            playout.handle_audio((n - shift) * FRAME_SAMPLES as u32, frame(1));
            playout.pull();
            let cursor = playout.cursor.unwrap();
            most = most.max((n * FRAME_SAMPLES as u32).saturating_sub(cursor));
        }
        assert!(most as usize <= DELAY_MAX + 2 * FRAME_SAMPLES, "{most}");
    }

    #[test]
    fn slow_and_fast_senders_are_followed() {
        // 1 % of drift either way over 200 s: 2 s of audio, far more than the ring holds.
        for (frames_sent, frames_played) in [(101, 100), (99, 100)] {
            let mut playout = Playout::default();
            let (mut sent, mut late) = (0u32, 0);
            for n in 0..10_000u32 {
                while sent * frames_played <= n * frames_sent {
                    let placed = playout.handle_audio(sent * FRAME_SAMPLES as u32, frame(1));
                    assert_ne!(placed, Placed::Rebased);
                    late += u32::from(placed == Placed::Late);
                    sent += 1;
                }
                playout.pull();
            }
            let waiting = (sent * FRAME_SAMPLES as u32).wrapping_sub(playout.cursor.unwrap());
            assert!((waiting as usize) < DELAY_MAX, "{waiting}");
            assert!(late <= 120, "{late}");
        }
    }

    #[test]
    fn other_time_base_starts_afresh() {
        let mut playout = Playout::default();
        playout.handle_audio(0, frame(1));
        assert_eq!(playout.handle_audio(3_000_000_000, frame(7)), Placed::Rebased);
        assert_eq!(pulled(&mut playout, 4), [0, 0, 0, 7]);
        // A base a little back shows itself by a run of late packets.
        pulled(&mut playout, 100);
        let late = (0..LATE_RUN_MAX).map(|n| playout.handle_audio(3_000_000_000 + n * 160, frame(8)));
        assert_eq!(late.last(), Some(Placed::Rebased));
    }

    #[test]
    fn oversized_payload_stays_inside_the_ring() {
        let mut playout = Playout::default();
        let huge = || vec![3i16; 3 * SAMPLES_MAX].into_iter();
        playout.handle_audio(0, huge());
        playout.handle_audio(9, huge());
        assert_eq!(pulled(&mut playout, 4), [0, 0, 0, 3]);
    }
}
