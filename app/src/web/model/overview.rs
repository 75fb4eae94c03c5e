//! The server at a glance.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far back the overview looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) enum Window {
    /// An hour.
    #[default]
    #[serde(rename = "1h")]
    Hour,
    /// Six hours.
    #[serde(rename = "6h")]
    SixHours,
    /// A day.
    #[serde(rename = "24h")]
    Day,
}

/// The server at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Overview {
    /// Now.
    pub(crate) at: String,
    /// The version of the server.
    pub(crate) version: String,
    /// `ok`, `draining`, `failed`.
    pub(crate) state: String,
    /// The domains that it is responsible for.
    pub(crate) domains: Vec<String>,
    /// When it was started.
    pub(crate) started: String,
    /// How far back the figures of calls look.
    pub(crate) window: Window,
    /// Whether anything is recorded: without it there are no figures of calls.
    pub(crate) recorded: bool,
    /// Calls that ring or talk now.
    pub(crate) calls_now: u64,
    /// Users with an account.
    pub(crate) users: u64,
    /// Those of them with a phone that can be called.
    pub(crate) users_registered: u64,
    /// Phones that can be called.
    pub(crate) contacts: u64,
    /// Calls that ended or were answered.
    pub(crate) attempts: u64,
    /// Those of them that were answered.
    pub(crate) answered: u64,
    /// The share of them, from 0 to 1 (answer-seizure ratio).
    pub(crate) answer_ratio: Option<f64>,
    /// From the INVITE to the first ringing or answer: half of the calls waited less (RFC 6076 §4.4).
    pub(crate) post_dial_delay_millis: Option<u64>,
    /// How long a bucket of `codes` is.
    pub(crate) bucket_seconds: u64,
    /// Final codes of calls over time, the oldest first; buckets without calls stand there too.
    pub(crate) codes: Vec<CodeBucket>,
    /// Why calls failed, the most frequent first.
    pub(crate) causes: Vec<CauseCount>,
    /// Sources that are banned.
    pub(crate) bans: u64,
    /// Stream connections.
    pub(crate) connections: u64,
    /// Records that the journal could not keep since the start.
    pub(crate) records_lost: u64,
}

/// The final codes of a part of the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CodeBucket {
    /// When it begins.
    pub(crate) at: String,
    pub(crate) counts: Vec<CodeCount>,
}

/// How many calls ended with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CodeCount {
    pub(crate) code: u16,
    pub(crate) count: u64,
}

/// How many calls failed for a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CauseCount {
    /// The code that the caller got.
    pub(crate) code: u16,
    /// The word for the cause.
    pub(crate) cause: String,
    /// What the code means, in a sentence.
    pub(crate) text: String,
    pub(crate) count: u64,
}
