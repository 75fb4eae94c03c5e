//! Dialog information documents (RFC 4235): the calls of a user, as the server sees them pass and as phones publish them.

use super::package::Source;
use super::pidf::push_element;
use super::sight::below;
use crate::event::{Leg, Phase};
use crate::xml::{Document, content, escape};
use ringback_sip::entropy::Token;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The media type (RFC 4235 §4.4).
pub(super) const MEDIA_TYPE: &str = "application/dialog-info+xml";
/// Its namespace (RFC 4235 §4).
const NAMESPACE: &str = "urn:ietf:params:xml:ns:dialog-info";

/// Whether a document can be published: well-formed, and dialog information.
pub(super) fn is_dialogs(body: &[u8]) -> bool {
    Document::parse(body).is_ok_and(|document| {
        document.root == "dialog-info" && document.namespaces.iter().any(|(_, uri)| uri == NAMESPACE)
    })
}

/// The document of a user: all calls, or what changed since the document before. What phones publish changes as a whole.
pub(super) fn compose(source: &Source<'_>) -> Vec<u8> {
    let state = source.state;
    let before = source.before.filter(|before| before.publications == state.publications);
    let aor = String::from_utf8_lossy(source.aor.as_bytes());
    let mut out = String::with_capacity(512);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"{NAMESPACE}\" version=\"{}\" state=\"{}\" entity=\"sip:{}\">",
        source.version,
        if before.is_some() { "partial" } else { "full" },
        escape(&aor)
    );
    for (id, leg) in state.legs.iter() {
        if before.is_none_or(|before| before.legs.get(id) != Some(leg)) {
            push(&mut out, source, *id, leg);
        }
    }
    for id in before.iter().flat_map(|before| before.legs.keys()) {
        if !state.legs.contains_key(id) {
            let id = Token::from_u64(*id);
            let _ = write!(out, "<dialog id=\"{}\"><state>terminated</state></dialog>", id.as_str());
        }
    }
    if before.is_none() {
        push_published(&mut out, source);
    }
    out.push_str("</dialog-info>\r\n");
    out.into_bytes()
}

/// One call: that there is one for everybody, which one for those whom the user trusts (RFC 4235 §3.6).
fn push(out: &mut String, source: &Source<'_>, id: u64, leg: &Leg) {
    let _ = write!(out, "<dialog id=\"{}\"", Token::from_u64(id).as_str());
    if source.is_trusted {
        let _ = write!(out, " call-id=\"{}\"", text(&leg.call_id));
        for (name, tag) in [("local-tag", &leg.local_tag), ("remote-tag", &leg.remote_tag)] {
            if !tag.is_empty() {
                let _ = write!(out, " {name}=\"{}\"", text(tag));
            }
        }
        if let Some(is_initiator) = leg.is_initiator {
            let direction = if is_initiator { "initiator" } else { "recipient" };
            let _ = write!(out, " direction=\"{direction}\"");
        }
    }
    let phase = match leg.phase {
        Phase::Trying => "trying",
        Phase::Early => "early",
        Phase::Confirmed => "confirmed",
    };
    let _ = write!(out, "><state>{phase}</state>");
    if source.is_trusted {
        let (local, remote) = (text(source.aor.as_bytes()), text(&leg.remote));
        let _ = write!(
            out,
            "<local><identity>sip:{local}</identity></local><remote><identity>{remote}</identity></remote>"
        );
    }
    out.push_str("</dialog>");
}

/// What phones publish, but for the calls that the server sees itself.
fn push_published(out: &mut String, source: &Source<'_>) {
    let seen: Vec<String> =
        source.state.legs.values().map(|leg| format!("\"{}\"", text(&leg.call_id))).collect();
    let mut ids = BTreeSet::new();
    let publications = &source.state.publications;
    for document in publications.iter().filter_map(|p| Document::parse(&p.body).ok()) {
        for dialog in document.elements.iter().filter(|element| element.name == "dialog") {
            let tag = dialog.text.split('>').next().unwrap_or_default();
            if seen.iter().any(|call_id| tag.contains(&call_id[..])) {
                continue;
            }
            if source.is_trusted {
                push_element(out, dialog, &document, NAMESPACE, &mut ids);
                continue;
            }
            let state = below(dialog.text).into_iter().find(|(name, _)| *name == "state");
            let state = state.map(|(_, state)| content(state)).unwrap_or_default();
            let id = dialog.id.clone().unwrap_or_default();
            if ids.insert(id.clone()) {
                let _ =
                    write!(out, "<dialog id=\"{}\"><state>{}</state></dialog>", escape(&id), escape(&state));
            }
        }
    }
}

fn text(bytes: &[u8]) -> String {
    escape(&String::from_utf8_lossy(bytes))
}
