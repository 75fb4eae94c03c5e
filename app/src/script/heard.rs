//! What has happened to an agent and no step has asked about yet.

use ringback_roles::agent::{CallId, Ending, Outcome, Transferring};
use ringback_roles::event::Standing;
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::Direction;
use serde_json::Value;

/// Something that happened.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    /// Somebody calls.
    Call { call: CallId, from: String },
    /// A response to our call that takes it further.
    Status { call: CallId, status: StatusCode },
    /// A call stands.
    Established { call: CallId },
    /// The audio of a call goes this way now, as seen by us.
    Way { call: CallId, way: Direction },
    /// The audio stays as it was, though we asked for a change.
    Unchanged { call: CallId, outcome: Outcome },
    /// All digits that we sent are out.
    DigitsSent { call: CallId },
    /// The peer sends us elsewhere.
    Refer { call: CallId, target: String },
    /// How a transfer of ours goes.
    Transfer { call: CallId, news: Transferring },
    /// A call is over.
    Ended { call: CallId, ending: Ending, words: String, audio: Value },
    /// A message came.
    Message { from: String, text: String },
    /// Who is watched is told of.
    Notify { standing: Standing, open: Option<bool>, body: String },
    /// A request of ours outside of calls has its answer.
    Answer { asked: Asked, outcome: Outcome },
}

/// What was asked outside of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Register,
    Message,
    Publish,
    Watch,
    Unwatch,
}

impl Heard {
    /// Which call it is about.
    pub(super) fn call(&self) -> Option<CallId> {
        match self {
            Heard::Call { call, .. }
            | Heard::Status { call, .. }
            | Heard::Established { call }
            | Heard::Way { call, .. }
            | Heard::Unchanged { call, .. }
            | Heard::DigitsSent { call }
            | Heard::Refer { call, .. }
            | Heard::Transfer { call, .. }
            | Heard::Ended { call, .. } => Some(*call),
            Heard::Message { .. } | Heard::Notify { .. } | Heard::Answer { .. } => None,
        }
    }
}
