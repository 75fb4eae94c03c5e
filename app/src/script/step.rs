//! What a script says.

use ringback_roles::event::Standing;
use ringback_sip::registry::StatusCode;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

/// Agents and what they do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) agents: Vec<AgentLine>,
    pub(crate) steps: Vec<Step>,
}

/// An agent of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AgentLine {
    /// How the steps name it.
    pub(crate) name: String,
    /// Its address of record.
    pub(crate) address: String,
    /// Options of its own, as on a command line.
    pub(crate) options: Vec<String>,
    /// Where it stands, in bytes of the script.
    pub(crate) at: Range<usize>,
}

/// One thing that an agent does or expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Its line, from 1.
    pub(crate) line: usize,
    /// The line without its comment.
    pub(crate) text: String,
    /// Whose step it is: a place in [`Script::agents`].
    pub(crate) agent: usize,
    pub(crate) action: Action,
    /// `in NAME`: which call is meant; without it, that which the script began or expected last.
    pub(crate) call: Option<String>,
    /// `as NAME`: how the call is named from now on.
    pub(crate) name: Option<String>,
    /// `expect CODE` behind a request: the answer that it must get instead of a 2xx.
    pub(crate) answer: Option<StatusCode>,
    /// `within TIME`.
    pub(crate) within: Option<Duration>,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Register,
    Unregister,
    Call {
        target: String,
    },
    /// 180, 183 or 200.
    Answer(StatusCode),
    Reject {
        status: StatusCode,
        contact: Option<String>,
    },
    Hangup,
    Hold,
    Resume,
    Digits(String),
    Transfer {
        target: String,
    },
    /// Connect the peer of the call with that of the call of this name.
    Join {
        with: String,
    },
    /// Call whom the peer sends us to.
    Follow,
    Message {
        target: String,
        text: String,
    },
    Publish {
        open: bool,
        note: Option<String>,
    },
    Unpublish,
    Watch {
        package: String,
        target: String,
    },
    Unwatch,
    Play(Sound),
    Record(PathBuf),
    Wait(Duration),
    Expect(Wanted),
}

/// What is sent as audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sound {
    Silence,
    Tone { hertz: u16 },
    File(PathBuf),
}

/// What is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// This response to our call.
    Status(StatusCode),
    /// Somebody calls.
    Call,
    /// The call stands.
    Established,
    /// The call is over, other than by us.
    Hangup,
    /// The peer puts us on hold.
    Hold,
    /// The peer takes us from hold.
    Resume,
    Digits(String),
    Message(Option<String>),
    Notify(Told),
    /// The peer sends us elsewhere.
    Refer,
    /// The transfer that we asked for ends so; `None`: it is done.
    Transfer(Option<StatusCode>),
}

/// What a NOTIFY must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Anything,
    /// Presence: whether who is watched can be reached.
    Open(bool),
    Pending,
    Active,
    Terminated,
    /// The body holds this text.
    Text(String),
}

impl Told {
    /// Whether what was told fits.
    pub(super) fn fits(&self, standing: Standing, open: Option<bool>, body: &str) -> bool {
        match self {
            Told::Anything => true,
            Told::Open(wanted) => open == Some(*wanted),
            Told::Pending => standing == Standing::Pending,
            Told::Active => standing == Standing::Active,
            Told::Terminated => matches!(standing, Standing::Terminated(_)),
            Told::Text(text) => body.contains(text.as_str()),
        }
    }
}
