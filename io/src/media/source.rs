//! What is sent: silence, a tone, or recorded samples.

use std::sync::Arc;

use super::frame::{FRAME_SAMPLES, Frame};
use super::tone::Tone;

/// Where the audio that we send comes from.
#[derive(Clone, Debug, Default)]
pub enum Source {
    /// Packets without a sound.
    #[default]
    Silence,
    /// A generated tone.
    Tone(Tone),
    /// Recorded audio at 8,000 Hz; after its end silence, or itself again.
    Samples {
        /// The samples.
        samples: Arc<[i16]>,
        /// Whether it begins again after its end.
        repeat: bool,
    },
}

/// A source at a position.
#[derive(Clone, Debug, Default)]
pub struct Player {
    source: Source,
    position: u64,
}

impl Player {
    /// `source`, from its beginning.
    pub fn new(source: Source) -> Self {
        Player { source, position: 0 }
    }

    /// The next 20 ms, and whether the recording ended in them.
    pub fn next_frame(&mut self) -> (Frame, bool) {
        let position = self.position;
        self.position += FRAME_SAMPLES as u64;
        match &self.source {
            Source::Silence => ([0; FRAME_SAMPLES], false),
            Source::Tone(tone) => (tone.frame(position), false),
            Source::Samples { samples, repeat } => recorded(samples, *repeat, position),
        }
    }
}

fn recorded(samples: &[i16], repeat: bool, position: u64) -> (Frame, bool) {
    let length = samples.len() as u64;
    let frame = core::array::from_fn(|n| {
        let at = position + n as u64;
        let at = if repeat { at % length.max(1) } else { at };
        samples.get(at as usize).copied().unwrap_or(0)
    });
    let ends = position..position + FRAME_SAMPLES as u64;
    (frame, !repeat && (ends.contains(&length) || (length == 0 && position == 0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(count: i16, repeat: bool) -> Player {
        Player::new(Source::Samples { samples: (1..=count).collect(), repeat })
    }

    #[test]
    fn recording_ends_once_and_silence_follows() {
        let mut player = samples(200, false);
        let ended: Vec<bool> = (0..4).map(|_| player.next_frame().1).collect();
        assert_eq!(ended, [false, true, false, false]);
        assert_eq!(player.next_frame().0, [0; FRAME_SAMPLES]);
        assert!(samples(0, false).next_frame().1);
    }

    #[test]
    fn repeated_recording_has_no_seam_and_no_end() {
        let mut player = samples(200, true);
        let heard: Vec<i16> = (0..3).flat_map(|_| player.next_frame().0).collect();
        assert_eq!(heard, (0..480).map(|n| n % 200 + 1).collect::<Vec<_>>());
        assert_eq!(samples(0, true).next_frame(), ([0; FRAME_SAMPLES], false));
    }
}
