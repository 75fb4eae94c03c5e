//! The audio of one call: what is sent, what is kept of what is heard, and how well it went.

use super::device::Phone;
use super::news::News;
use super::report::millis;
use crate::named::unwritten;
use clap::ValueEnum;
use ringback_io::clock::seed_from_system;
use ringback_io::media::g711::Law;
use ringback_io::media::ports::Ports;
use ringback_io::media::session::{CommandError, MediaConfig, Report, Session, StartError};
use ringback_io::media::source::Source;
use ringback_io::media::stream::{Agreement, StreamConfig};
use ringback_io::media::tone::Tone;
use ringback_io::media::wav;
use ringback_sip::sdp::{Agreed, Capabilities, Codec, KeySource};
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What sounds and what is kept.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct SoundOptions {
    /// Send this recording; at its end we hang up
    #[arg(long, value_name = "FILE", conflicts_with = "tone")]
    wav_in: Option<PathBuf>,
    /// Send a tone of this frequency
    #[arg(long, value_name = "HZ", value_parser = hertz)]
    tone: Option<f64>,
    /// Write what is heard into this WAV file
    #[arg(long, value_name = "FILE")]
    wav_out: Option<PathBuf>,
    /// Offer and take only this codec; several times in the order of preference [default: pcmu, then pcma]
    #[arg(long, value_enum, value_name = "CODEC")]
    codec: Vec<Coding>,
    /// Encrypt audio, with all who can (SRTP); the keys go in the signalling: over `tls` only, or even in the `clear`
    #[arg(long, value_enum, value_name = "KEYS", num_args = 0..=1, require_equals = true, default_missing_value = "tls")]
    pub(crate) srtp: Option<KeyPath>,
}

/// Over which signalling the keys of SRTP may go (RFC 4568 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyPath {
    /// Under TLS
    Tls,
    /// Where everybody on the way can read them
    Clear,
}

/// G.711 with one of its two laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Coding {
    /// G.711 with µ-law
    Pcmu,
    /// G.711 with A-law
    Pcma,
}

impl Coding {
    fn codec(self) -> Codec {
        match self {
            Coding::Pcmu => Codec::Pcmu,
            Coding::Pcma => Codec::Pcma,
        }
    }
}

fn hertz(text: &str) -> Result<f64, &'static str> {
    let hertz: Option<f64> = text.parse().ok();
    hertz.filter(|hertz| (20.0..=3900.0).contains(hertz)).ok_or("not a frequency from 20 to 3900")
}

impl SoundOptions {
    /// Formats, best first; digits go with each.
    pub(crate) fn codecs(&self) -> Vec<Codec> {
        if self.codec.is_empty() {
            return Codec::ALL.to_vec();
        }
        self.codec.iter().map(|coding| coding.codec()).chain([Codec::TelephoneEvent]).collect()
    }

    /// What is sent.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub(crate) fn source(&self) -> io::Result<Source> {
        let Some(path) = &self.wav_in else {
            return Ok(self.tone.map_or(Source::Silence, |hertz| Source::Tone(Tone::sine(hertz))));
        };
        samples_of(path).map(|samples| Source::Samples { samples, repeat: false })
    }

    /// A call with a recording lasts as long as the recording.
    pub(crate) fn has_recording(&self) -> bool {
        self.wav_in.is_some()
    }

    /// Where the call with this number is recorded: the first one in the file that was named.
    pub(crate) fn recording(&self, number: u64) -> Option<PathBuf> {
        let path = self.wav_out.clone()?;
        if number == 0 {
            return Some(path);
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let extension = path.extension().map_or("wav".into(), |e| e.to_string_lossy().into_owned());
        Some(path.with_file_name(format!("{stem}-{}.{extension}", number + 1)))
    }
}

/// What sounds again and again: a tone by its frequency, or a recording by its file.
///
/// # Errors
/// When it is neither.
pub(crate) fn signal(text: &str) -> io::Result<Source> {
    match hertz(text) {
        Ok(hertz) => Ok(Source::Tone(Tone::sine(hertz))),
        Err(_) => samples_of(text.as_ref()).map(|samples| Source::Samples { samples, repeat: true }),
    }
}

fn samples_of(path: &Path) -> io::Result<Arc<[i16]>> {
    wav::read(path)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display())))
}

/// The running audio of a call.
pub(crate) struct Audio {
    session: Session,
    codecs: Vec<Codec>,
    /// Where the keys of this call come from, when it is encrypted.
    srtp: Option<KeySource>,
}

impl Audio {
    /// Binds the ports of a call and waits for an agreement.
    ///
    /// # Errors
    /// When there are no ports or the recording cannot be written.
    pub(crate) fn start(
        phone: &Phone,
        number: u64,
        source: Source,
        recording: Option<PathBuf>,
    ) -> io::Result<Audio> {
        let ear = phone.ear();
        let seed = phone.seed.derive(format!("audio {number}").as_bytes());
        let srtp =
            phone.srtp.then(|| Ok::<_, io::Error>([seed_from_system()?, seed_from_system()?])).transpose()?;
        let config = MediaConfig {
            ip: phone.address.ip(),
            ports: Ports::default(),
            stream: StreamConfig { srtp: phone.srtp, ..StreamConfig::new(seed) },
            agreement: Agreement::new(Law::Mu, None),
            source,
            recording,
        };
        let recorded = config.recording.clone();
        // The session may outlive a command that has stopped reading.
        let session = Session::start(config, move |event| drop(ear.try_send(News::Audio(number, event))));
        let srtp = srtp.map(KeySource::from_seeds);
        let audio = |session| Audio { session, codecs: phone.codecs.clone(), srtp };
        session.map(audio).map_err(|error| match (error, recorded) {
            (StartError::Recording(error), Some(path)) => unwritten(&path)(io::Error::other(error)),
            (error, _) => io::Error::other(error),
        })
    }

    /// What the session description says of it.
    pub(crate) fn capabilities(&self) -> Capabilities {
        let srtp = self.srtp.clone();
        Capabilities { srtp, ..Capabilities::new(self.session.local_addr(), &self.codecs) }
    }

    /// Takes what was agreed; nothing agreed is silence.
    pub(crate) fn agree(&self, agreed: Option<&Agreed>) {
        let agreement = agreed.map_or_else(|| Agreement::new(Law::Mu, None), Agreement::from);
        // A session that has ended has nothing to agree on.
        let _ = self.session.update(agreement);
    }

    /// Sends another source from now on.
    pub(crate) fn play(&self, source: Source) {
        // As above.
        let _ = self.session.play(source);
    }

    /// Sends digits.
    ///
    /// # Errors
    /// When the peer takes none, or the session has ended.
    pub(crate) fn send_digits(&self, digits: &str) -> Result<(), CommandError> {
        self.session.send_dtmf(digits)
    }

    /// Ends it and tells how it went.
    pub(crate) fn stop(self) -> Heard {
        Heard(self.session.stop())
    }
}

/// How the audio of a call went.
pub(crate) struct Heard(pub(crate) Report);

impl Heard {
    /// For a person, on one line.
    pub(crate) fn text(&self) -> String {
        let s = &self.0.statistics;
        let score = s.opinion_score().map_or_else(String::new, |score| format!(", score {score:.1}"));
        let heard = s.heard_by_peer.map_or_else(String::new, |h| format!(", peer misses {}", h.lost));
        let locked = match s.undecryptable {
            0 => String::new(),
            count => format!(", {count} could not be decrypted"),
        };
        let error =
            self.0.recording_error.as_ref().map_or_else(String::new, |e| format!(", recording failed: {e}"));
        format!(
            "audio: sent {}, received {}, lost {} ({:.1} %), jitter {:.1} ms{score}{heard}{locked}{error}",
            s.sent,
            s.received,
            s.lost,
            100.0 * s.loss(),
            s.jitter.as_secs_f64() * 1000.0,
        )
    }

    /// For a program.
    pub(crate) fn json(&self) -> Value {
        let s = &self.0.statistics;
        json!({
            "sent": s.sent,
            "received": s.received,
            "lost": s.lost,
            "late": s.late,
            "undecryptable": s.undecryptable,
            "loss": s.loss(),
            "jitter_ms": millis(s.jitter),
            "round_trip_ms": s.round_trip.map(millis),
            "score": s.opinion_score(),
            "digits_sent": s.digits_sent,
            "digits_received": s.digits_received,
            "peer_misses": s.heard_by_peer.map(|h| h.lost),
            "recording": self.0.recording,
        })
    }
}
