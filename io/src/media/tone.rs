//! Tones: what a caller hears who hears no person, and how a tone is found again in a recording.

use core::f64::consts::TAU;

use super::frame::{FRAME_SAMPLES, Frame, SAMPLES_PER_SEC};

/// One or two sines, with a cadence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// Frequency in Hz.
    pub hertz: f64,
    /// A second frequency that sounds together with the first.
    pub second_hertz: Option<f64>,
    /// Milliseconds of sound and of silence, repeated; no silence is a steady tone.
    pub cadence_millis: (u32, u32),
}

impl Tone {
    /// The ringing tone of most of Europe: 425 Hz, one second in five.
    pub const RINGBACK: Tone = Tone { hertz: 425.0, second_hertz: None, cadence_millis: (1000, 4000) };
    /// The busy tone of most of Europe: 425 Hz, every other half second.
    pub const BUSY: Tone = Tone { hertz: 425.0, second_hertz: None, cadence_millis: (500, 500) };

    /// A steady sine.
    pub const fn sine(hertz: f64) -> Tone {
        Tone { hertz, second_hertz: None, cadence_millis: (1000, 0) }
    }

    /// The frame of 20 ms that begins `position` samples after the tone's beginning.
    pub fn frame(&self, position: u64) -> Frame {
        core::array::from_fn::<_, FRAME_SAMPLES, _>(|n| self.sample(position + n as u64))
    }

    fn sample(&self, position: u64) -> i16 {
        let (on, off) = self.cadence_millis;
        let millis = position * 1000 / u64::from(SAMPLES_PER_SEC);
        if millis % u64::from(on + off).max(1) >= u64::from(on) {
            return 0;
        }
        let seconds = position as f64 / f64::from(SAMPLES_PER_SEC);
        let wave = |hertz: f64| (TAU * (hertz * seconds).fract()).sin();
        let sum = match self.second_hertz {
            Some(second) => (wave(self.hertz) + wave(second)) / 2.0,
            None => wave(self.hertz),
        };
        (sum * AMPLITUDE) as i16
    }
}

/// The part of the signal's power that lies at `hertz`, 0 to 1 (Goertzel): 1 for a pure sine of that frequency.
pub fn share_at(samples: &[i16], hertz: f64) -> f64 {
    let coefficient = 2.0 * (TAU * hertz / f64::from(SAMPLES_PER_SEC)).cos();
    let (mut before, mut last, mut energy) = (0.0, 0.0, 0.0);
    for &sample in samples {
        let sample = f64::from(sample);
        energy += sample * sample;
        (before, last) = (last, sample + coefficient * last - before);
    }
    let power = before * before + last * last - coefficient * before * last;
    if energy == 0.0 { 0.0 } else { 2.0 * power / (energy * samples.len() as f64) }
}

/// About 12 dB below the loudest sample that G.711 carries.
const AMPLITUDE: f64 = 8000.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(tone: Tone, frames: u64) -> Vec<i16> {
        (0..frames).flat_map(|n| tone.frame(n * FRAME_SAMPLES as u64)).collect()
    }

    #[test]
    fn sine_is_found_at_its_frequency_and_nowhere_else() {
        let sine = samples(Tone::sine(440.0), 50);
        assert!(share_at(&sine, 440.0) > 0.99);
        assert!(share_at(&sine, 880.0) < 0.01);
        assert!(share_at(&[0; 800], 440.0) < 0.01);
    }

    #[test]
    fn frames_join_without_a_seam() {
        let tone = Tone::sine(333.3);
        let step = (AMPLITUDE * TAU * tone.hertz / f64::from(SAMPLES_PER_SEC)) as i16 + 1;
        assert!(samples(tone, 20).windows(2).all(|w| (w[1] - w[0]).abs() <= step));
    }

    #[test]
    fn ringback_sounds_one_second_in_five() {
        let ringback = samples(Tone::RINGBACK, 500);
        let loud =
            ringback.chunks(FRAME_SAMPLES).map(|c| c.iter().any(|s| s.abs() > 1000)).collect::<Vec<_>>();
        assert!(loud[..50].iter().all(|&l| l) && !loud[50..250].iter().any(|&l| l) && loud[250]);
    }

    #[test]
    fn two_frequencies_share_the_power() {
        let tone = Tone { second_hertz: Some(480.0), ..Tone::sine(440.0) };
        let mixed = samples(tone, 100);
        assert!(
            (0.45..0.55).contains(&share_at(&mixed, 440.0))
                && (0.45..0.55).contains(&share_at(&mixed, 480.0))
        );
    }
}
