//! What lies behind a refusal: what its code means, and what the peer adds.

use super::mask::printable;
use ringback_roles::explain::{Explainer, Language, Topic};
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::Message;
use serde_json::{Value, json};

/// The story of a response of 300 to 699.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Why {
    status: StatusCode,
    meaning: String,
    /// Header fields in which the peer says more, as it wrote them.
    adds: Vec<String>,
}

impl Why {
    /// The story of a final response; none for success, which needs none.
    pub(crate) fn of(status: StatusCode, response: Option<&[u8]>, language: Language) -> Option<Why> {
        if status.number() < 300 {
            return None;
        }
        let meaning = Explainer::new(language).gist(Topic::Status(status));
        let message = response.and_then(|bytes| Message::parse(bytes).ok());
        let adds = TELLING.iter().flat_map(|&name| {
            let values = message.iter().flat_map(move |message| message.headers(name));
            values.map(move |value| format!("{}: {}", name.as_str(), printable(value)))
        });
        let adds = adds.take(ADDS_MAX).collect();
        Some(Why { status, meaning, adds })
    }

    /// Lines for a person, to stand under the result.
    pub(crate) fn text(&self) -> String {
        let lines = [&self.meaning].into_iter().chain(&self.adds);
        let mut text: String = lines.map(|line| format!("\n  {line}")).collect();
        text.push_str(&format!("\n  ringback explain {}", self.status));
        text
    }

    /// For a program.
    pub(crate) fn json(&self) -> Value {
        json!({ "meaning": self.meaning, "adds": self.adds })
    }
}

/// Where a peer says why: the cause from below, what did not fit, when to come back.
const TELLING: [HeaderName; 3] = [HeaderName::REASON, HeaderName::WARNING, HeaderName::RETRY_AFTER];
/// Most header fields that are shown.
const ADDS_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_with_its_meaning_and_what_the_peer_adds() {
        let response = b"SIP/2.0 480 Gone\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\n\
            To: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nReason: Q.850;cause=18\x1b[31m\r\nContent-Length: 0\r\n\r\n";
        let why = Why::of(StatusCode::TEMPORARILY_UNAVAILABLE, Some(response), Language::English).unwrap();
        assert!(
            why.text().contains("\n  Reason: Q.850;cause=18\\u{1b}[31m\n  ringback explain 480"),
            "{why:?}"
        );
        assert!(why.meaning.len() > 20, "{why:?}");
        assert_eq!(Why::of(StatusCode::OK, Some(response), Language::English), None);
    }
}
