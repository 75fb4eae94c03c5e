//! What can be wrong with a script.

use crate::faults::{self, Explained};
use std::fmt;
use std::ops::Range;

/// One thing that is wrong with a script, and where.
pub(super) type Fault = faults::Fault<FaultKind>;

impl Fault {
    pub(super) fn new(kind: FaultKind, at: Range<usize>) -> Fault {
        Fault { kind, at, see: None }
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    OpenQuote,
    UnknownStep { name: String, near: Option<&'static str> },
    UnknownEvent { name: String, near: Option<&'static str> },
    UnknownAgent { name: String, known: Vec<String> },
    NoAgent,
    NoName,
    BadName { name: String },
    AgentTwice { name: String },
    UnknownCall { name: String },
    Missing { what: &'static str, usage: &'static str },
    TooMuch { usage: &'static str },
    Meaningless { clause: &'static str, verb: String },
    NotAUri { text: String },
    NotATime { text: String },
    NotACode { text: String, wanted: &'static str },
    NotDigits { text: String },
    NotOneOf { text: String, known: &'static str },
    BadOptions { message: String },
}

impl Explained for FaultKind {
    fn code(&self) -> &'static str {
        match self {
            FaultKind::OpenQuote => "syntax",
            FaultKind::UnknownStep { .. } | FaultKind::UnknownEvent { .. } => "unknown-step",
            FaultKind::UnknownAgent { .. } | FaultKind::UnknownCall { .. } => "undefined-reference",
            FaultKind::NoAgent | FaultKind::NoName | FaultKind::Missing { .. } => "missing-word",
            FaultKind::BadName { .. } => "bad-name",
            FaultKind::AgentTwice { .. } => "duplicate-value",
            FaultKind::TooMuch { .. } | FaultKind::Meaningless { .. } => "misplaced-word",
            FaultKind::NotAUri { .. } => "bad-uri",
            FaultKind::NotATime { .. } => "bad-duration",
            FaultKind::NotACode { .. } => "bad-code",
            FaultKind::NotDigits { .. } => "bad-digits",
            FaultKind::NotOneOf { .. } => "unknown-word",
            FaultKind::BadOptions { .. } => "bad-options",
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            FaultKind::OpenQuote => "close it with \"; inside, \\\" stands for a quote".to_owned(),
            FaultKind::UnknownStep { near: Some(near), .. }
            | FaultKind::UnknownEvent { near: Some(near), .. } => {
                format!("did you mean `{near}`?")
            }
            FaultKind::UnknownStep { .. } => "the steps stand in docs/phone-script.md".to_owned(),
            FaultKind::UnknownEvent { .. } => {
                "a code such as 180, or call, answer, hangup, hold, resume, digits, message, notify, refer, transfer"
                    .to_owned()
            }
            FaultKind::UnknownAgent { known, .. } => format!("the agents here: {}", known.join(", ")),
            FaultKind::NoAgent => "begin with a line such as `agent alice sip:alice@example.test`".to_owned(),
            FaultKind::NoName => "say whose step it is: `alice: …`".to_owned(),
            FaultKind::BadName { .. } => "a name is letters, digits, - and _".to_owned(),
            FaultKind::UnknownCall { .. } => "a call is named where it begins: `call URI as NAME`".to_owned(),
            FaultKind::Missing { usage, .. } | FaultKind::TooMuch { usage } => format!("usage: {usage}"),
            FaultKind::NotAUri { .. } => "write a SIP URI such as sip:bob@example.test".to_owned(),
            FaultKind::NotATime { .. } => "write a time such as 500ms, 2s or 1m30s".to_owned(),
            FaultKind::NotACode { wanted, .. } => format!("write {wanted}"),
            FaultKind::NotDigits { .. } => "digits are 0-9, *, # and A-D".to_owned(),
            FaultKind::NotOneOf { known, .. } => format!("known here: {known}"),
            FaultKind::AgentTwice { .. } | FaultKind::Meaningless { .. } | FaultKind::BadOptions { .. } => {
                return None;
            }
        })
    }

    fn label(&self) -> &'static str {
        match self {
            FaultKind::OpenQuote => "opened here",
            FaultKind::UnknownStep { .. } | FaultKind::UnknownEvent { .. } => "unknown",
            FaultKind::UnknownAgent { .. } | FaultKind::UnknownCall { .. } => "not defined",
            FaultKind::NoAgent | FaultKind::NoName => "whose step?",
            FaultKind::Missing { .. } => "something is missing here",
            FaultKind::AgentTwice { .. } => "again here",
            FaultKind::TooMuch { .. } => "too much",
            _ => "not this",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultKind::OpenQuote => write!(f, "a text in quotes has no end"),
            FaultKind::UnknownStep { name, .. } => write!(f, "there is no step `{name}`"),
            FaultKind::UnknownEvent { name, .. } => {
                write!(f, "nothing is called `{name}` that could be expected")
            }
            FaultKind::UnknownAgent { name, .. } => {
                write!(f, "there is no agent `{name}` (undefined reference)")
            }
            FaultKind::NoAgent => write!(f, "the script has no agent before its first step"),
            FaultKind::NoName => write!(f, "the script has several agents, and the step names none"),
            FaultKind::BadName { name } => write!(f, "`{name}` is not a name"),
            FaultKind::AgentTwice { name } => write!(f, "a second agent `{name}`"),
            FaultKind::UnknownCall { name } => {
                write!(f, "no call of this agent is named `{name}` (undefined reference)")
            }
            FaultKind::Missing { what, .. } => write!(f, "the step needs {what}"),
            FaultKind::TooMuch { .. } => write!(f, "the step takes no more words"),
            FaultKind::Meaningless { clause, verb } => write!(f, "`{clause}` means nothing with `{verb}`"),
            FaultKind::NotAUri { text } => write!(f, "\"{text}\" is not a SIP URI"),
            FaultKind::NotATime { text } => write!(f, "\"{text}\" is not a time"),
            FaultKind::NotACode { text, .. } => write!(f, "\"{text}\" is not a code that can stand here"),
            FaultKind::NotDigits { text } => write!(f, "\"{text}\" is not what a keypad has"),
            FaultKind::NotOneOf { text, .. } => write!(f, "\"{text}\" is not known here"),
            FaultKind::BadOptions { message } => write!(f, "{message}"),
        }
    }
}
