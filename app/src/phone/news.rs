//! What a command hears of its phone.

use ringback_io::media::stream;
use ringback_roles::agent::Event;
use ringback_sip::flow::Flow;
use ringback_sip::time::Instant;

/// What happens to a phone.
#[derive(Debug)]
pub(crate) enum News {
    /// The agent says something.
    Event(Event),
    /// A message was sent or received; only told when asked for.
    Message(Seen),
    /// Something happened to the audio with this number.
    Audio(u64, stream::Event),
    /// The user wants an end.
    Interrupted,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// When.
    pub(crate) at: Instant,
    /// Whether we sent it.
    pub(crate) sent: bool,
    /// The way that it took.
    pub(crate) flow: Flow,
    /// The message.
    pub(crate) bytes: Box<[u8]>,
}
