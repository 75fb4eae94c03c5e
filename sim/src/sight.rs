//! What an observer of the simulated world sees, and observers that judge it.

use crate::glance::Glance;
use crate::place::HostId;
use bytes::Bytes;
use ringback_sip::flow::{Flow, FlowError};
use ringback_sip::journal::Entry;
use ringback_sip::time::Instant;
use std::cell::OnceCell;
use std::fmt::Write;

/// A message that was seen; read at most once, however many observers ask.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its bytes.
    pub bytes: Bytes,
    glance: OnceCell<Option<Glance>>,
}

impl Seen {
    /// A message that no observer has looked at yet.
    pub fn new(bytes: Bytes) -> Self {
        Seen { bytes, glance: OnceCell::new() }
    }

    /// Whether it is a sign of life and no message (RFC 5626 §3.5): line ends, or STUN.
    pub fn is_sign(&self) -> bool {
        is_sign(&self.bytes)
    }

    /// What it says; `None` when it cannot be read.
    pub fn glance(&self) -> Option<&Glance> {
        self.glance.get_or_init(|| Glance::at(&self.bytes)).as_ref()
    }
}

/// What a packet between a machine and the name servers shows (RFC 1035 §4).
#[derive(Clone, Debug)]
pub struct NamePacket {
    /// The name.
    pub name: Box<str>,
    /// The number of the type of records.
    pub record: u16,
    /// The response code; `None` for a question.
    pub code: Option<u8>,
    /// How many records answer it.
    pub answers: u16,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Sight {
    /// A machine sent a message.
    Sent(HostId, Flow, Seen),
    /// A message of a machine was lost on the way.
    Lost(HostId, Flow),
    /// A message reached a machine.
    Received(HostId, Flow, Seen),
    /// A machine asked the name servers a question, or heard their answer.
    Asked(HostId, NamePacket),
    /// A machine was told that a path failed.
    FlowFailed(HostId, Flow, FlowError),
    /// A machine wrote into its journal.
    Journal(HostId, Box<Entry>),
    /// A machine went down.
    Crashed(HostId),
    /// A machine started.
    Booted(HostId),
    /// Something else that a reader of the trace wants to know.
    Note(String),
}

/// Judges what it sees. The first complaint fails the schedule.
pub trait Checker {
    /// Sees one thing.
    ///
    /// # Errors
    /// What is wrong with it.
    fn see(&mut self, at: Instant, sight: &Sight) -> Result<(), String>;

    /// Judges the whole at the end.
    ///
    /// # Errors
    /// What is wrong with it.
    fn finish(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// All that happened, as text for the reader of a failed schedule.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    lines: String,
}

impl Trace {
    pub(crate) fn write(&mut self, at: Instant, name: impl Fn(HostId) -> String, sight: &Sight) {
        let time = at.unix_micros() % 10_000_000_000;
        let _ = write!(self.lines, "{:>5}.{:06} ", time / 1_000_000, time % 1_000_000);
        let _ = match sight {
            Sight::Sent(h, flow, seen) => {
                writeln!(self.lines, "{} -> {} {}", name(*h), way(flow), summary(&seen.bytes))
            }
            Sight::Lost(h, flow) => writeln!(self.lines, "{} -> {} LOST", name(*h), way(flow)),
            Sight::Received(h, flow, seen) => {
                writeln!(self.lines, "{} <- {} {}", name(*h), way(flow), summary(&seen.bytes))
            }
            Sight::Asked(h, NamePacket { name: asked, record, code, answers }) => {
                writeln!(self.lines, "{} ?? {asked} {record} {code:?} {answers}", name(*h))
            }
            Sight::FlowFailed(h, flow, e) => writeln!(self.lines, "{} !! {} {e:?}", name(*h), way(flow)),
            Sight::Journal(h, entry) => {
                writeln!(self.lines, "{} ## {} {:?}", name(*h), entry.call_id.escape_ascii(), entry.fact)
            }
            Sight::Crashed(h) => writeln!(self.lines, "{} CRASHED", name(*h)),
            Sight::Booted(h) => writeln!(self.lines, "{} STARTED", name(*h)),
            Sight::Note(text) => writeln!(self.lines, "-- {text}"),
        };
    }

    pub(crate) fn text(&self) -> &str {
        &self.lines
    }
}

fn way(flow: &Flow) -> String {
    let connection = flow.connection.map(|c| format!("#{}", c.0)).unwrap_or_default();
    format!("{}{connection} {}", flow.transport.via_name(), flow.remote)
}

fn is_sign(bytes: &[u8]) -> bool {
    let is_blank = bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
    is_blank || bytes.first().is_some_and(|first| *first <= 1)
}

/// The start line, the CSeq and the top branch of a message.
fn summary(bytes: &[u8]) -> String {
    if is_sign(bytes) {
        return format!("sign of life {}", bytes.escape_ascii());
    }
    let text = String::from_utf8_lossy(bytes);
    let first = text.lines().next().unwrap_or_default().to_owned();
    let with = |prefix: &str| text.lines().find(|l| l.to_ascii_lowercase().starts_with(prefix));
    let cseq = with("cseq:").map(|l| format!(" [{l}]")).unwrap_or_default();
    let branch =
        with("via:").and_then(|l| l.split("branch=").nth(1)).map(|b| format!(" [{b}]")).unwrap_or_default();
    first + &cseq + &branch
}
