//! What documents that come in parts say so far: contacts (RFC 3680 §5.2) and calls (RFC 4235 §4.3).

use super::sight::below;
use super::{dialogs, reginfo};
use crate::xml::{Document, attribute, content};
use std::collections::BTreeMap;

/// Most rows that are kept of one subscription.
pub const ROWS_MAX: usize = 1024;

/// The rows that the documents of one subscription left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    version: Option<u32>,
    rows: BTreeMap<String, Row>,
}

/// A contact, or a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// `active`, `early`, `confirmed`, `terminated` and so on.
    pub state: String,
    /// What brought it there, when that is told.
    pub event: Option<String>,
    /// The URI of the contact, or of the other side of the call, when that is told.
    pub uri: Option<String>,
    /// Whether a call goes out (`initiator`) or comes in (`recipient`), when that is told.
    pub direction: Option<String>,
    /// For how long a contact is still bound, when that is told.
    pub expires_secs: Option<u64>,
    /// The public and the temporary name of the contact's instance (RFC 5628).
    pub gruus: Vec<String>,
}

impl View {
    /// What SUBSCRIBE accepts for a package whose documents this reads; `None` for another one.
    pub fn accept(event: &str) -> Option<&'static str> {
        match event {
            "reg" => Some(reginfo::MEDIA_TYPE),
            "dialog" => Some(dialogs::MEDIA_TYPE),
            _ => None,
        }
    }

    /// Takes in a document: gives the rows that it leaves, those that end with it for the last time. `None` for a document
    /// of another kind, for one that cannot be read, and for one that is older than what is known.
    pub fn take(&mut self, kind: &[u8], body: &[u8]) -> Option<Vec<(String, Row)>> {
        let of_calls = kind.eq_ignore_ascii_case(dialogs::MEDIA_TYPE.as_bytes());
        if !of_calls && !kind.eq_ignore_ascii_case(reginfo::MEDIA_TYPE.as_bytes()) {
            return None;
        }
        let text = core::str::from_utf8(body).ok()?;
        let document = Document::parse(body).ok()?;
        if document.root != if of_calls { "dialog-info" } else { "reginfo" } {
            return None;
        }
        let version: u32 = attribute(text, "version")?.parse().ok()?;
        if self.version.is_some_and(|known| version < known) {
            return None;
        }
        self.version = Some(version);
        if attribute(text, "state")? == "full" {
            self.rows.clear();
        }
        for element in &document.elements {
            match element.name {
                "dialog" if of_calls => self.put(element.text, Row::of_call(element.text)),
                "registration" if !of_calls => below(element.text)
                    .iter()
                    .filter(|(name, _)| *name == "contact")
                    .for_each(|(_, contact)| self.put(contact, Row::of_contact(contact))),
                _ => {}
            }
        }
        let rows = self.rows.iter().map(|(id, row)| (id.clone(), row.clone())).collect();
        self.rows.retain(|_, row| row.state != "terminated");
        Some(rows)
    }

    fn put(&mut self, element: &str, mut row: Row) {
        let Some(id) = attribute(element, "id") else { return };
        // Who the other side is need not be told again (RFC 4235 §4.1.6.1).
        if let Some(known) = self.rows.get(&id) {
            row.uri = row.uri.or_else(|| known.uri.clone());
            row.direction = row.direction.or_else(|| known.direction.clone());
        }
        if self.rows.len() < ROWS_MAX || self.rows.contains_key(&id) {
            self.rows.insert(id, row);
        }
    }
}

impl Row {
    fn of_contact(text: &str) -> Self {
        let parts = below(text);
        let of = |wanted: &str| parts.iter().find(|(name, _)| *name == wanted).map(|(_, text)| *text);
        let gruus = ["pub-gruu", "temp-gruu"].into_iter().filter_map(of);
        Row {
            state: attribute(text, "state").unwrap_or_default(),
            event: attribute(text, "event"),
            uri: of("uri").map(content),
            direction: None,
            expires_secs: attribute(text, "expires").and_then(|secs| secs.parse().ok()),
            gruus: gruus.filter_map(|gruu| attribute(gruu, "uri")).collect(),
        }
    }

    fn of_call(text: &str) -> Self {
        let parts = below(text);
        let of = |wanted: &str| parts.iter().find(|(name, _)| *name == wanted).map(|(_, text)| *text);
        let identity = of("remote").and_then(|remote| {
            below(remote).into_iter().find(|(name, _)| *name == "identity").map(|(_, text)| content(text))
        });
        Row {
            state: of("state").map(content).unwrap_or_default(),
            event: of("state").and_then(|state| attribute(state, "event")),
            uri: identity,
            direction: attribute(text, "direction"),
            expires_secs: None,
            gruus: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(view: &mut View, event: &str, text: &str) -> Option<Vec<String>> {
        let rows = view.take(View::accept(event)?.as_bytes(), text.as_bytes())?;
        let show = |(id, row): (String, Row)| format!("{id} {} {}", row.state, row.uri.unwrap_or_default());
        Some(rows.into_iter().map(show).collect())
    }

    fn calls(version: u32, state: &str, dialogs: &str) -> String {
        format!(
            "<?xml version='1.0'?><dialog-info xmlns='urn:x' version='{version}' state='{state}' entity='sip:b@x'>{dialogs}</dialog-info>"
        )
    }

    #[test]
    fn parts_are_put_together_and_what_has_ended_is_shown_once() {
        let mut view = View::default();
        let first =
            "<dialog id='a'><state>early</state><remote><identity>sip:c@x</identity></remote></dialog>";
        assert_eq!(rows(&mut view, "dialog", &calls(0, "full", first)).unwrap(), ["a early sip:c@x"]);
        let second =
            "<dialog id='b'><state>trying</state></dialog><dialog id='a'><state>confirmed</state></dialog>";
        let told = rows(&mut view, "dialog", &calls(1, "partial", second)).unwrap();
        assert_eq!(told, ["a confirmed sip:c@x", "b trying "]);
        let third = "<dialog id='a'><state event='remote-bye'>terminated</state></dialog>";
        let told = rows(&mut view, "dialog", &calls(2, "partial", third)).unwrap();
        assert_eq!(told, ["a terminated sip:c@x", "b trying "]);
        assert_eq!(rows(&mut view, "dialog", &calls(1, "partial", second)), None, "older than what is known");
        assert_eq!(rows(&mut view, "dialog", &calls(3, "partial", "")).unwrap(), ["b trying "]);
        assert!(rows(&mut view, "dialog", &calls(4, "full", "")).unwrap().is_empty());
    }

    #[test]
    fn contacts_are_read_with_their_names() {
        let text = "<reginfo xmlns='urn:ietf:params:xml:ns:reginfo' xmlns:gr='urn:g' version='0' state='full'>\
            <registration aor='sip:b@x' id='r' state='active'><contact id='1' state='active' event='refreshed' \
            expires='60'><uri>sip:b@h;a=&quot;b&quot;</uri><gr:pub-gruu uri='sip:b@x;gr=1'/></contact></registration></reginfo>";
        let mut view = View::default();
        let rows = view.take(b"application/reginfo+xml", text.as_bytes()).unwrap();
        let row = &rows[0].1;
        assert_eq!((row.uri.as_deref(), row.expires_secs), (Some("sip:b@h;a=\"b\""), Some(60)));
        assert_eq!(
            (row.event.as_deref(), &row.gruus[..]),
            (Some("refreshed"), &["sip:b@x;gr=1".to_owned()][..])
        );
        assert_eq!(view.take(b"application/pidf+xml", text.as_bytes()), None);
        assert_eq!(view.take(b"application/dialog-info+xml", text.as_bytes()), None);
        for broken in ["", "<reginfo/>", "<reginfo version='x' state='full'/>"] {
            assert_eq!(view.take(b"application/reginfo+xml", broken.as_bytes()), None, "{broken}");
        }
    }
}
