//! Calls in short, the newest first.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which calls are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallQuery {
    /// Those that began within this time, such as `1h` or `2d`.
    pub(crate) since: Option<String>,
    /// Those with this final code.
    #[param(minimum = 100, maximum = 699)]
    pub(crate) code: Option<u16>,
    /// Those from or to this user: `bob` or `bob@example.test`.
    pub(crate) user: Option<String>,
    /// Those of this method; `any` for all. Without it INVITE, which is what people mean by a call.
    pub(crate) method: Option<String>,
    /// Only those that are still going on.
    pub(crate) live: Option<bool>,
    /// Where the page before this one ended: its `next`.
    pub(crate) cursor: Option<String>,
    /// How many at most; without it 50.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u16>,
}

/// A page of calls.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct CallList {
    /// The newest first.
    pub(crate) calls: Vec<CallLine>,
    /// The cursor of the next page, when there is one.
    pub(crate) next: Option<String>,
    /// Whether anything is recorded: `[journal]` may be off.
    pub(crate) recorded: bool,
}

/// A call in short.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub(crate) struct CallLine {
    /// The Call-ID.
    pub(crate) call_id: String,
    /// When it began.
    pub(crate) begin: String,
    /// When the final code went to the caller.
    pub(crate) end: Option<String>,
    /// The method of the request that it is about.
    pub(crate) method: Option<String>,
    /// The URI of From; empty when messages are not recorded.
    pub(crate) from: String,
    /// The URI of To.
    pub(crate) to: String,
    /// The final code.
    pub(crate) status: Option<u16>,
    /// The word for the cause: `no-binding`, `wrong-credentials`, `success`.
    pub(crate) cause: String,
    /// What happened and why, in a sentence.
    pub(crate) verdict: String,
    /// What to do, in a sentence; empty when nothing is.
    pub(crate) advice: String,
    /// How sure that is: `certain`, `likely`, `possible`.
    pub(crate) certainty: String,
    /// The same in the language asked for.
    pub(crate) certainty_text: String,
    /// Who must act: `caller`, `callee`, `network`, `us`, `carrier`, `nobody`.
    pub(crate) actor: String,
    /// The same in the language asked for.
    pub(crate) actor_text: String,
    /// How far it is.
    pub(crate) state: CallState,
    /// Whether it is going on: it rings, or people talk.
    pub(crate) live: bool,
    /// How long people talked, or talk so far, in seconds.
    pub(crate) seconds: Option<f64>,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CallState {
    /// It was asked for.
    Trying,
    /// It rings.
    Ringing,
    /// It was answered, and goes on.
    Talking,
    /// It is over, or was refused.
    #[default]
    Ended,
}
