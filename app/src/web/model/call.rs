//! A call with its evidence, schema `ringback.why/1`: what `ringback why --json` prints too.

use super::CallLine;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A call with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct CallPage {
    #[serde(flatten)]
    pub(crate) line: CallLine,
    /// What the sentences name: `user`, `since`, `target`, `route`, `route-line` …
    pub(crate) values: BTreeMap<String, String>,
    /// Whom the server asked, and what came of it.
    pub(crate) branches: Vec<Branch>,
    /// What the server noted, in the order of time.
    pub(crate) facts: Vec<FactLine>,
    /// The messages, in the order of time.
    pub(crate) messages: Vec<MessageLine>,
    /// The messages between parties.
    pub(crate) ladder: LadderRows,
    /// Other requests of the same Call-ID that were refused.
    pub(crate) others: Vec<OtherRefusal>,
    /// Records that are missing in between.
    pub(crate) missing: u64,
}

/// One whom the server asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Branch {
    /// Its number, from 0.
    pub(crate) branch: u32,
    /// The target URI.
    pub(crate) target: String,
    /// The addresses that were tried, in order.
    pub(crate) peers: Vec<String>,
    /// How it ended, as a word or a code.
    pub(crate) end: Option<String>,
    /// The same in a sentence.
    pub(crate) end_text: String,
    /// What became of its answer, as data.
    #[schema(value_type = Object)]
    pub(crate) fate: Value,
    /// The same in a sentence.
    pub(crate) fate_text: String,
}

/// A fact of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct FactLine {
    /// When.
    pub(crate) at: String,
    /// Which: `answered`, `branch`, `binding` …
    pub(crate) fact: String,
    /// In a sentence.
    pub(crate) text: String,
    /// Whether it is evidence for the verdict.
    pub(crate) tells: bool,
    /// What else the fact says, schema `ringback.journal/1`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub(crate) more: Map<String, Value>,
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MessageLine {
    /// When.
    pub(crate) at: String,
    /// Whether the server sent it; else it came.
    pub(crate) sent: bool,
    /// The address of the other side.
    pub(crate) peer: String,
    /// `udp`, `tcp`, `tls`, `ws`, `wss`.
    pub(crate) transport: String,
    /// Its start line.
    pub(crate) start: String,
    /// The whole of it, without what is private.
    pub(crate) message: String,
    /// Whether it is evidence for the verdict.
    pub(crate) tells: bool,
}

/// The messages between parties.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LadderRows {
    /// The names of the parties, from left to right.
    pub(crate) parties: Vec<String>,
    /// The lines, the first at the top.
    pub(crate) rungs: Vec<LadderRow>,
    /// The picture, made of the same.
    #[serde(skip)]
    pub(crate) svg: String,
}

/// A line of a ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LadderRow {
    /// When.
    pub(crate) at: String,
    /// Milliseconds since the first line, written with one digit behind the point.
    pub(crate) millis: String,
    /// The place of the party that sent it.
    pub(crate) from: usize,
    /// The place of the party that got it.
    pub(crate) to: usize,
    /// The method, or the code and phrase.
    pub(crate) title: String,
    /// The method that a response belongs to.
    pub(crate) method: Option<String>,
    /// What evidence says about it.
    pub(crate) mark: Option<String>,
    /// The place of its message among the messages of the call.
    pub(crate) message: usize,
}

/// Another request of the call that was refused: the method, the code, the word for the cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OtherRefusal(pub(crate) Option<String>, pub(crate) u16, pub(crate) String);
