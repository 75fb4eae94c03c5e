//! What the screen shows of a call, wherever it came from.

use core::net::SocketAddr;
use ringback_roles::diagnosis::LadderView;
use ringback_sip::flow::Transport;
use ringback_sip::time::Instant;

/// A call, registration or other exchange.
#[derive(Clone, Debug)]
pub(crate) struct CallSheet {
    /// The Call-ID.
    pub(crate) id: String,
    /// When it began, as text.
    pub(crate) began: String,
    /// The URI of From.
    pub(crate) from: String,
    /// The URI of To.
    pub(crate) to: String,
    /// The method that opened it.
    pub(crate) method: String,
    /// The final code.
    pub(crate) status: Option<u16>,
    pub(crate) tone: Tone,
    /// What became of it, in a sentence.
    pub(crate) verdict: String,
    /// Why, line by line.
    pub(crate) why: Vec<WhyLine>,
    /// Its messages between parties: a rung for each of `messages`.
    pub(crate) ladder: LadderView,
    pub(crate) messages: Vec<Sent>,
}

/// How a call is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Fault,
    /// It goes on, or its end was not seen.
    Open,
}

/// A line of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WhyLine {
    pub(crate) text: String,
    /// Whether it shall stand out.
    pub(crate) is_strong: bool,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) at: Instant,
    pub(crate) transport: Transport,
    pub(crate) src: SocketAddr,
    pub(crate) dst: SocketAddr,
    pub(crate) bytes: Box<[u8]>,
}

/// A text of the diagnosis as lines: its first `heads` stand out, and what follows an empty line, and what is marked.
pub(crate) fn why_lines(text: &str, heads: usize) -> Vec<WhyLine> {
    let mut lines = Vec::new();
    let mut follows_gap = false;
    for (no, line) in text.lines().enumerate() {
        let is_strong = no < heads || follows_gap || line.starts_with("* ");
        follows_gap = line.is_empty();
        lines.push(WhyLine { text: line.to_owned(), is_strong });
    }
    lines
}
