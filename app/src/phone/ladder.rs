//! What a phone saw, as lines of a ladder.

use super::news::Seen;
use ringback_roles::diagnosis::Rung;
use ringback_roles::explain::Explainer;
use ringback_sip::syntax::Message;

/// Between which two of the three parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leg {
    /// The left one and the one in the middle.
    Left,
    /// The one in the middle and the right one.
    Right,
}

/// What the phone on one side saw.
pub(crate) fn rung(seen: &Seen, leg: Leg, explainer: &Explainer) -> Option<Rung> {
    let message = Message::parse(&seen.bytes).ok()?;
    let token = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (title, method, sentence) = match message.status() {
        Some(status) => {
            let method = token(message.cseq().ok()?.method_token);
            let sentence = explainer.gist_in(status, &method);
            (format!("{status} {}", status.phrase()), Some(method), Some(sentence))
        }
        None => (token(message.method_token()), None, None),
    };
    let goes_right = seen.sent == (leg == Leg::Left);
    let left = usize::from(leg == Leg::Right);
    let (from, to) = if goes_right { (left, left + 1) } else { (left + 1, left) };
    Some(Rung { at: seen.at, from, to, is_both_ways: false, title, method, sentence, mark: None })
}
