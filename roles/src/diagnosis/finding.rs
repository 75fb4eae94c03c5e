//! A finding: what a rule found, as data.

use core::net::SocketAddr;
use serde::Serialize;

/// The name of a rule, `D01` to `D49`.
pub type RuleId = &'static str;

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// A hint.
    Possible,
    /// There is one other known explanation.
    Likely,
    /// The evidence has no other explanation here.
    Certain,
}

impl Certainty {
    /// Its name in data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Certainty::Possible => "possible",
            Certainty::Likely => "likely",
            Certainty::Certain => "certain",
        }
    }

    /// One step less sure.
    pub const fn lowered(self) -> Self {
        match self {
            Certainty::Certain => Certainty::Likely,
            Certainty::Likely | Certainty::Possible => Certainty::Possible,
        }
    }
}

/// Who must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Actor {
    /// The side that sent the first request.
    Caller,
    /// The side that was asked.
    Callee,
    /// Whoever runs the network between them.
    Network,
    /// Our own server.
    Us,
    /// The carrier behind.
    Carrier,
    /// Nobody: it is how things should be.
    Nobody,
}

impl Actor {
    /// Its name in data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Actor::Caller => "caller",
            Actor::Callee => "callee",
            Actor::Network => "network",
            Actor::Us => "us",
            Actor::Carrier => "carrier",
            Actor::Nobody => "nobody",
        }
    }
}

/// A value that a sentence names: `("copies", "7")` stands where the text has `<copies>`.
pub type Value = (&'static str, String);

/// A message that shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The number of the message.
    pub message: u32,
    /// The header field or part that tells; empty for the message as a whole.
    pub field: &'static str,
    /// Why it tells: the attribute `why-…` of the rule's text.
    pub why: &'static str,
    /// What the sentence names.
    pub values: Vec<Value>,
}

/// From whom to whom it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Hop {
    /// Who sent.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// Which of the rule's cases; empty when it has one only. It chooses verdict and advice.
    pub case: &'static str,
    /// How sure.
    pub certainty: Certainty,
    /// The Call-ID; empty for a finding about the whole capture.
    pub call_id: String,
    /// Where it happened.
    pub hop: Option<Hop>,
    /// The messages that show it, in the order in which to read them.
    pub evidence: Vec<Evidence>,
    /// The timer, section or configuration line that it rests on, such as `timer-b` or `RFC 3261 §17.1.1.2`.
    pub basis: Vec<String>,
    /// Who must act.
    pub actor: Actor,
    /// What verdict and advice name.
    pub values: Vec<Value>,
    /// Rules whose findings it explains away.
    pub explains: &'static [RuleId],
    /// Whether it is worth knowing and no fault, though the rule also finds faults.
    #[serde(skip)]
    pub is_note: bool,
    /// Whether it was lowered one step, since the capture was cut short.
    pub is_cut_short: bool,
}

impl Finding {
    /// A finding without evidence yet.
    pub fn new(rule: RuleId, certainty: Certainty, actor: Actor) -> Self {
        Finding {
            rule,
            case: "",
            certainty,
            call_id: String::new(),
            hop: None,
            evidence: Vec::new(),
            basis: Vec::new(),
            actor,
            values: Vec::new(),
            explains: &[],
            is_note: false,
            is_cut_short: false,
        }
    }

    /// Of this case.
    #[must_use]
    pub fn case(self, case: &'static str) -> Self {
        Finding { case, ..self }
    }

    /// Worth knowing, and no fault.
    #[must_use]
    pub fn note_if(self, is_note: bool) -> Self {
        Finding { is_note, ..self }
    }

    /// On this hop.
    #[must_use]
    pub fn hop(self, from: SocketAddr, to: SocketAddr) -> Self {
        Finding { hop: Some(Hop { from, to }), ..self }
    }

    /// Resting on this timer, section or line.
    #[must_use]
    pub fn basis(mut self, basis: impl Into<String>) -> Self {
        self.basis.push(basis.into());
        self
    }

    /// With a value for its sentences.
    #[must_use]
    pub fn value(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.push((name, value.to_string()));
        self
    }

    /// With a message that shows it.
    #[must_use]
    pub fn evidence(
        mut self,
        message: u32,
        field: &'static str,
        why: &'static str,
        values: Vec<Value>,
    ) -> Self {
        self.evidence.push(Evidence { message, field, why, values });
        self
    }
}
