//! What a command that makes a call keeps.

use super::args::Args;
use super::ringing::Ringing;
use crate::exit::Exit;
use crate::phone::{Audio, Heard, Phone, Reporter};
use ringback_io::media::source::Source;
use ringback_roles::agent::{CallId, Command, Ending};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A command at work.
pub(super) struct Calling<'a> {
    pub(super) args: &'a Args,
    pub(super) phone: &'a Phone,
    pub(super) reporter: &'a Reporter<'a>,
    pub(super) target: String,
    /// What sounds in the call that stands; in the last of them when there are several.
    pub(super) source: Source,
    /// The calls that are under way: one, but for transfers.
    pub(super) lines: BTreeMap<CallId, Line>,
    /// Those that we hung up and whose peer has not answered yet.
    pub(super) parting: BTreeMap<CallId, Parting>,
    /// How many there have been.
    pub(super) begun: u64,
    /// What to do later, the next one last.
    pub(super) plan: Vec<(Instant, Step)>,
    /// When it must stand, or be over.
    pub(super) deadline: Option<Instant>,
    /// The transfer that the command line wants.
    pub(super) moving: Option<Moving>,
    /// How the last call that is over ended.
    pub(super) ended: Option<Ended>,
    /// Whether any call stood.
    pub(super) stood: bool,
    /// Whether the user wants an end.
    pub(super) interrupted: bool,
    /// Whether the digits asked for could not be sent.
    pub(super) digits_failed: bool,
}

/// Something for later.
pub(super) enum Step {
    /// An order to the agent.
    Order(Command),
    /// The transfer of the command line.
    Transfer,
    /// An end of all calls.
    HangUp,
    /// The transfer has taken too long.
    GiveUp,
    /// The peer has had long enough to say that it heard our BYE.
    Part(CallId),
}

/// A call that is under way.
pub(super) struct Line {
    /// Its place among the calls of the command, from 0.
    pub(super) number: u64,
    /// Who is at the other end.
    pub(super) peer: String,
    pub(super) audio: Audio,
    /// What is heard before the answer.
    pub(super) ringing: Ringing,
}

/// A call that is over, and nobody was told yet.
pub(super) struct Parting {
    pub(super) number: u64,
    pub(super) peer: String,
    pub(super) heard: Heard,
    pub(super) ended: Ended,
}

/// How a call ended.
pub(super) struct Ended {
    pub(super) ending: Ending,
    /// Why the peer may not know that we hung up.
    pub(super) unheard: Option<(Exit, String)>,
    /// How long it stood.
    pub(super) lasted: Option<Duration>,
    /// The final response that refused it.
    pub(super) response: Option<Vec<u8>>,
}

/// The transfer of a command.
pub(super) struct Moving {
    pub(super) target: String,
    pub(super) stage: Stage,
}

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its time has not come.
    Wanted,
    /// The target is called first.
    Aside,
    /// The peer is asked to go there.
    Asked,
    /// It ended so.
    Over(Exit),
}

impl Moving {
    pub(super) fn new(target: &str) -> Self {
        Moving { target: target.to_owned(), stage: Stage::Wanted }
    }

    /// Whether the peer still has something to tell.
    pub(super) fn is_asked(&self) -> bool {
        self.stage == Stage::Asked
    }

    /// What it came to.
    pub(super) fn verdict(&self) -> Option<Exit> {
        if let Stage::Over(exit) = self.stage { Some(exit) } else { None }
    }
}

/// How long a CANCEL or BYE may take.
pub(super) const GRACE: Duration = Duration::from_secs(5);
/// The call that was ordered.
pub(super) const CALL: CallId = CallId(1);
