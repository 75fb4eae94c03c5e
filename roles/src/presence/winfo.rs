//! Watcher information documents (RFC 3858): who watches a user, and who waits to be allowed to.

use super::package::Source;
use crate::event::{KeptId, Permission, State, Watching};
use crate::location::Aor;
use crate::xml::escape;
use std::fmt::Write as _;

/// The media type (RFC 3858 §6).
pub(super) const MEDIA_TYPE: &str = "application/watcherinfo+xml";

/// The document of a user: all watchers, or what changed since the document before.
pub(super) fn compose(source: &Source<'_>) -> Vec<u8> {
    let (state, before) = (source.state, source.before);
    let mut out = String::with_capacity(512);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<?xml version=\"1.0\"?>\r\n<watcherinfo xmlns=\"urn:ietf:params:xml:ns:watcherinfo\" version=\"{}\" \
         state=\"{}\"><watcher-list resource=\"sip:{}\" package=\"presence\">",
        source.version,
        if before.is_some() { "partial" } else { "full" },
        escape(&source.aor.to_string())
    );
    for (id, watching) in state.watchings.iter() {
        let known = before.and_then(|before| row(before, before.watchings.get(id)?));
        if let Some(row) = row(state, watching).filter(|row| known != Some(*row)) {
            push(&mut out, id, watching, row);
        }
    }
    for (id, watching) in before.iter().flat_map(|before| before.watchings.iter()) {
        let known = before.and_then(|before| row(before, watching));
        let is_there = state.watchings.get(id).is_some_and(|watching| row(state, watching).is_some());
        if let Some((status, _)) = known.filter(|_| !is_there) {
            push(&mut out, id, watching, ("terminated", end(state, watching, status)));
        }
    }
    out.push_str("</watcher-list></watcherinfo>\r\n");
    out.into_bytes()
}

/// The status of a watcher, and the event that brought it there (RFC 3857 §4.7.1): what the user decided holds at once,
/// also while its subscription is still on the way there. `None` when that is its end.
fn row(state: &State, watching: &Watching) -> Option<(&'static str, &'static str)> {
    match (decided(state, watching), watching.is_pending) {
        (Some(Permission::Deny), _) | (Some(Permission::Ask), false) => None,
        (Some(Permission::Allow), _) => Some(("active", "approved")),
        (None | Some(Permission::Ask), true) => Some(("pending", "subscribe")),
        (None, false) => Some(("active", "subscribe")),
    }
}

/// The event that ended a subscription that had this status.
fn end(state: &State, watching: &Watching, status: &str) -> &'static str {
    match (decided(state, watching), status) {
        (Some(Permission::Deny), _) => "rejected",
        (Some(Permission::Ask), "active") => "deactivated",
        _ => "timeout",
    }
}

fn decided(state: &State, watching: &Watching) -> Option<Permission> {
    state.rules.get(&Aor::from_canonical(&watching.watcher)).copied()
}

fn push(out: &mut String, id: &KeptId, watching: &Watching, (status, event): (&str, &str)) {
    let tag = String::from_utf8_lossy(&id.tag);
    let watcher = String::from_utf8_lossy(&watching.watcher);
    let _ = write!(
        out,
        "<watcher id=\"{}\" status=\"{status}\" event=\"{event}\">sip:{}</watcher>",
        escape(&tag),
        escape(&watcher)
    );
}
