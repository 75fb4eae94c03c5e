//! Documents of recorded PUBLISHes. The journal hides what they say, in place; a replay puts one there that says nothing
//! and is as good as the recorded one was.

use crate::diagnosis::{Record, What};
use ringback_sip::journal::Fact;
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::Message;

/// Puts a document in place of a hidden one, in a request that was recorded at `place`; whether there is room for one.
pub(super) fn stand_in(records: &[Record], place: usize, bytes: &mut [u8]) -> bool {
    let Ok(message) = Message::parse(bytes).map_err(drop) else { return true };
    let is_hidden =
        !message.body().is_empty() && message.body().iter().all(|b| matches!(b, b'*' | b'\r' | b'\n'));
    if !bytes.starts_with(b"PUBLISH ") || !is_hidden || was_malformed(&records[place + 1..]) {
        return true;
    }
    let kind = message.header(HeaderName::CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    let Some((_, document)) = DOCUMENTS.iter().find(|(name, _)| kind.starts_with(name)) else { return true };
    let start = bytes.len() - message.body().len();
    let body = &mut bytes[start..];
    if body.len() < document.len() {
        return false;
    }
    body.fill(b' ');
    body[..document.len()].copy_from_slice(document);
    true
}

/// Whether the next answer was 400.
fn was_malformed(after: &[Record]) -> bool {
    let answer = after.iter().find_map(|record| match &record.what {
        What::Fact(Fact::Answered { status, .. }) => Some(*status),
        _ => None,
    });
    answer == Some(StatusCode::BAD_REQUEST)
}

const DOCUMENTS: [(&[u8], &[u8]); 2] = [
    (b"application/pidf+xml", br#"<presence xmlns="urn:ietf:params:xml:ns:pidf"/>"#),
    (b"application/dialog-info+xml", br#"<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info"/>"#),
];
