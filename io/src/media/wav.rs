//! WAV files: what we send is read whole before the call, what we hear is written as it comes.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use super::frame::{Frame, SAMPLES_PER_SEC};
use super::resample::to_telephone_rate;

/// Longest recording that is read: fifteen minutes of telephone audio, before or after resampling.
pub const SOURCE_SECS_MAX: u32 = 15 * 60;
/// Longest recording that is written: twelve hours, well below the 4 GiB that the format can count.
pub const RECORDING_SAMPLES_MAX: u64 = 12 * 3600 * SAMPLES_PER_SEC as u64;

/// Why a recording cannot be sent.
#[derive(Debug)]
pub enum Unreadable {
    /// The file is missing or is no WAV file with linear samples.
    Wav(hound::Error),
    /// A rate outside 4,000 to 192,000 samples a second.
    Rate(u32),
    /// Longer than [`SOURCE_SECS_MAX`].
    TooLong,
}

impl core::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Unreadable::Wav(error) => error.fmt(f),
            Unreadable::Rate(rate) => write!(f, "{rate} samples a second are outside 4000 to 192000"),
            Unreadable::TooLong => write!(f, "longer than {SOURCE_SECS_MAX} seconds"),
        }
    }
}

impl core::error::Error for Unreadable {}

/// Reads a recording of any usual rate, width and number of channels as telephone audio.
pub fn read(path: &Path) -> Result<Arc<[i16]>, Unreadable> {
    let mut reader = WavReader::open(path).map_err(Unreadable::Wav)?;
    let spec = reader.spec();
    if !(4_000..=192_000).contains(&spec.sample_rate) {
        return Err(Unreadable::Rate(spec.sample_rate));
    }
    if reader.duration() / spec.sample_rate >= SOURCE_SECS_MAX {
        return Err(Unreadable::TooLong);
    }
    let samples: Vec<f32> = match spec.sample_format {
        SampleFormat::Float => reader.samples::<f32>().collect::<Result<_, _>>(),
        SampleFormat::Int => {
            let scale = 1.0 / (1u64 << (spec.bits_per_sample - 1)) as f32;
            reader.samples::<i32>().map(|s| s.map(|s| s as f32 * scale)).collect()
        }
    }
    .map_err(Unreadable::Wav)?;
    let channels = usize::from(spec.channels.max(1));
    let mono: Vec<i16> = samples
        .chunks_exact(channels)
        .map(|all| (all.iter().sum::<f32>() / channels as f32 * 32_768.0) as i16)
        .collect();
    Ok(to_telephone_rate(&mono, spec.sample_rate).into())
}

/// A recording that grows: 16 bits, one channel, 8,000 Hz.
pub struct Recording {
    writer: WavWriter<BufWriter<File>>,
    samples: u64,
}

impl Recording {
    /// Creates the file, or empties it.
    pub fn create(path: &Path) -> Result<Recording, hound::Error> {
        let spec = WavSpec {
            channels: 1,
            sample_rate: SAMPLES_PER_SEC,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        Ok(Recording { writer: WavWriter::create(path, spec)?, samples: 0 })
    }

    /// Appends 20 ms; what goes beyond [`RECORDING_SAMPLES_MAX`] is left out.
    pub fn write(&mut self, frame: &Frame) -> Result<(), hound::Error> {
        if self.samples >= RECORDING_SAMPLES_MAX {
            return Ok(());
        }
        self.samples += frame.len() as u64;
        frame.iter().try_for_each(|&sample| self.writer.write_sample(sample))
    }

    /// Completes the file.
    pub fn finish(self) -> Result<(), hound::Error> {
        self.writer.finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::{Tone, share_at};

    #[test]
    fn what_is_recorded_can_be_sent() {
        let folder = Folder::make("recorded");
        let path = folder.0.join("recorded.wav");
        let mut recording = Recording::create(&path).unwrap();
        let frames: Vec<Frame> = (0..5).map(|n| Tone::sine(500.0).frame(n * 160)).collect();
        frames.iter().for_each(|frame| recording.write(frame).unwrap());
        recording.finish().unwrap();
        assert_eq!(read(&path).unwrap()[..], *frames.as_flattened());
    }

    #[test]
    fn stereo_float_at_44100_becomes_telephone_audio() {
        let folder = Folder::make("stereo");
        let path = folder.0.join("stereo.wav");
        let spec = WavSpec {
            channels: 2,
            sample_rate: 44_100,
            bits_per_sample: 32,
            sample_format: SampleFormat::Float,
        };
        let mut writer = WavWriter::create(&path, spec).unwrap();
        for n in 0..44_100 {
            let sample = (core::f32::consts::TAU * 700.0 * n as f32 / 44_100.0).sin() * 0.5;
            writer.write_sample(sample).unwrap();
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        let samples = read(&path).unwrap();
        assert_eq!(samples.len(), 8000);
        assert!(share_at(&samples[400..7600], 700.0) > 0.99);
    }

    #[test]
    fn files_that_cannot_be_sent_are_refused_with_the_reason() {
        assert!(matches!(read(Path::new("/nowhere/none.wav")), Err(Unreadable::Wav(_))));
        let folder = Folder::make("refused");
        let path = folder.0.join("slow.wav");
        let spec =
            WavSpec { channels: 1, sample_rate: 100, bits_per_sample: 8, sample_format: SampleFormat::Int };
        WavWriter::create(&path, spec).unwrap().finalize().unwrap();
        assert!(matches!(read(&path), Err(Unreadable::Rate(100))));
        let text = folder.0.join("text.wav");
        std::fs::write(&text, "no RIFF").unwrap();
        assert!(matches!(read(&text), Err(Unreadable::Wav(_))));
    }

    /// A folder that the test removes, also when it fails.
    struct Folder(std::path::PathBuf);

    impl Folder {
        fn make(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("ringback-wav-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Folder(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
