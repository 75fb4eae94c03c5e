//! Presence documents (RFC 3863): what several publishers say of one user, in one document.
//!
//! What they say is passed on as they wrote it, extensions (RFC 4480) and all. Tuples and devices of all stand beside
//! each other; of the person there is one, as the newest publisher has it (RFC 4479 §3.1).

use super::package::Source;
use crate::event::Publication;
use crate::xml::{self, Document, Element};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The media type (RFC 3863 §6).
pub(super) const MEDIA_TYPE: &str = "application/pidf+xml";
/// Its namespace (RFC 3863 §4.1).
pub(super) const NAMESPACE: &str = "urn:ietf:params:xml:ns:pidf";

/// Whether a document can be published: well-formed, and a presence document.
pub(super) fn is_presence(body: &[u8]) -> bool {
    Document::parse(body).is_ok_and(|document| {
        document.root == "presence" && document.namespaces.iter().any(|(_, uri)| uri == NAMESPACE)
    })
}

/// The document of a user: one publisher's as it is, the union of several, or one that says that nobody is there.
pub(super) fn compose(source: &Source<'_>) -> Vec<u8> {
    match &*source.state.publications {
        [only] => only.body.to_vec(),
        publications => write(&source.aor.to_string(), publications).into_bytes(),
    }
}

fn write(aor: &str, publications: &[Publication]) -> String {
    let mut out = String::with_capacity(1024);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<presence xmlns=\"{NAMESPACE}\" entity=\"sip:{}\">",
        xml::escape(aor)
    );
    let documents: Vec<_> = publications.iter().filter_map(|p| Document::parse(&p.body).ok()).collect();
    let is_person = |element: &&Element<'_>| element.name == "person";
    let person = documents.iter().rposition(|d| d.elements.iter().any(|e| is_person(&e)));
    let mut ids = BTreeSet::new();
    // The schema wants tuples first, then notes, then all else (RFC 3863 §4.4).
    for rank in 0..3 {
        for (place, document) in documents.iter().enumerate() {
            let of_rank = |e: &&Element<'_>| rank_of(e) == rank && (!is_person(e) || person == Some(place));
            for element in document.elements.iter().filter(of_rank) {
                push_element(&mut out, element, document, NAMESPACE, &mut ids);
            }
        }
    }
    if !documents.iter().any(|d| d.elements.iter().any(|e| e.name == "tuple")) {
        out.push_str("<tuple id=\"none\"><status><basic>closed</basic></status></tuple>");
    }
    out.push_str("</presence>\r\n");
    out
}

fn rank_of(element: &Element<'_>) -> u8 {
    match element.name {
        "tuple" => 0,
        "note" => 1,
        _ => 2,
    }
}

/// Writes an element of one document into another, whose namespace is `ours`: with the namespaces of the root it stood in, and with an id that
/// nothing before it has.
pub(super) fn push_element(
    out: &mut String,
    element: &Element<'_>,
    from: &Document<'_>,
    ours: &str,
    ids: &mut BTreeSet<String>,
) {
    let text = element.text;
    let name_end = text.find(['>', '/', ' ', '\t', '\r', '\n']).unwrap_or(text.len());
    let tag_end = tag_end(text);
    let (name, tag) = (&text[..name_end], &text[name_end..tag_end]);
    out.push_str(name);
    for (prefix, uri) in &from.namespaces {
        let is_own = tag.split_whitespace().any(|a| a.split('=').next() == Some(prefix));
        let is_ours = prefix == "xmlns" && uri == ours;
        if !is_own && !is_ours {
            let quote = if uri.contains('"') { '\'' } else { '"' };
            let _ = write!(out, " {prefix}={quote}{uri}{quote}");
        }
    }
    // A document whose default namespace is another, or none, must not fall into ours.
    if !name.contains(':') && !from.namespaces.iter().any(|(prefix, _)| prefix == "xmlns") {
        out.push_str(" xmlns=\"\"");
    }
    match &element.id {
        Some(id) if !ids.insert(id.clone()) => {
            let fresh = (2..).map(|n| format!("{id}.{n}")).find(|id| !ids.contains(id));
            let fresh = fresh.unwrap_or_default();
            push_with_id(out, tag, id, &fresh);
            ids.insert(fresh);
        }
        _ => out.push_str(tag),
    }
    out.push_str(&text[tag_end..]);
}

/// Where the start tag of an element ends: its `>` outside quotes, or the `/` before it.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, b) in text.bytes().enumerate() {
        match (quote, b) {
            (None, b'"' | b'\'') => quote = Some(b),
            (Some(q), b) if q == b => quote = None,
            (None, b'>') => return if text[..at].ends_with('/') { at - 1 } else { at },
            _ => {}
        }
    }
    text.len()
}

/// Writes the attributes of a start tag with another id.
fn push_with_id(out: &mut String, tag: &str, id: &str, fresh: &str) {
    let place = tag.match_indices("id").map(|(at, _)| at).find(|at| {
        let begins = tag[..*at].ends_with([' ', '\t', '\r', '\n']);
        begins && tag[at + 2..].trim_start().starts_with('=')
    });
    let value = place.and_then(|at| tag[at..].find(id).map(|offset| at + offset));
    match value {
        Some(at) => {
            out.push_str(&tag[..at]);
            out.push_str(fresh);
            out.push_str(&tag[at + id.len()..]);
        }
        None => out.push_str(tag),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::State;
    use crate::location::Aor;
    use crate::registrar::Gruus;
    use ringback_sip::entropy::Seed;
    use ringback_sip::time::Instant;

    fn compose_of(bodies: &[&str]) -> String {
        let publication = |body: &&str| Publication {
            tag: "t".into(),
            media_type: MEDIA_TYPE.into(),
            body: body.as_bytes().into(),
            expires: Instant::NEVER,
        };
        let state = State { publications: bodies.iter().map(publication).collect(), ..State::default() };
        let aor = Aor::from_canonical(b"b&b@x.test");
        let source = Source {
            aor: &aor,
            state: &state,
            media_type: MEDIA_TYPE,
            version: 0,
            now: Instant::EPOCH,
            is_owner: true,
            is_trusted: true,
            gruus: &Gruus::new(Seed::from_number(1)),
            before: None,
        };
        String::from_utf8(compose(&source)).unwrap()
    }

    fn names(text: &str) -> Vec<(String, Option<String>)> {
        let document = Document::parse(text.as_bytes()).unwrap();
        document.elements.into_iter().map(|e| (e.name.to_owned(), e.id)).collect()
    }

    const DESK: &str = "<?xml version='1.0'?><presence xmlns='urn:ietf:params:xml:ns:pidf' \
        xmlns:dm='urn:dm' entity='sip:b@x'><dm:person id=\"p\"><dm:old/></dm:person>\
        <tuple id='t'><status><basic>open</basic></status></tuple><note>desk</note></presence>";
    const CELL: &str = "<p:presence xmlns:p='urn:ietf:params:xml:ns:pidf' xmlns:q='urn:dm' entity='sip:b@x'>\
        <p:tuple  id='t' ><p:status/></p:tuple><q:person id='p'><q:new/></q:person></p:presence>";

    #[test]
    fn one_publisher_is_passed_on_as_it_wrote() {
        assert_eq!(compose_of(&[DESK]), DESK);
    }

    #[test]
    fn several_publishers_stand_in_one_document_with_ids_of_their_own() {
        let text = compose_of(&[DESK, CELL]);
        let expected = [("tuple", Some("t")), ("tuple", Some("t.2")), ("note", None), ("person", Some("p"))];
        let expected = expected.map(|(name, id)| (name.to_owned(), id.map(str::to_owned)));
        assert_eq!(names(&text), expected);
        assert!(text.contains("<q:new/>") && !text.contains("<dm:old/>"), "the newest person counts: {text}");
        assert!(
            text.contains("<p:tuple xmlns:p=\"urn:ietf:params:xml:ns:pidf\" xmlns:q=\"urn:dm\"  id='t.2' >")
        );
        assert!(text.contains("<tuple xmlns:dm=\"urn:dm\" id='t'>"), "{text}");
        assert!(text.contains("entity=\"sip:b&amp;b@x.test\""));
    }

    #[test]
    fn nobody_published_means_closed() {
        let text = compose_of(&[]);
        assert!(is_presence(text.as_bytes()));
        assert!(text.contains("<basic>closed</basic>") && names(&text).len() == 1, "{text}");
    }

    #[test]
    fn only_presence_documents_can_be_published() {
        assert!(is_presence(DESK.as_bytes()) && is_presence(CELL.as_bytes()));
        for text in ["", "hello", "<presence/>", "<x xmlns='urn:ietf:params:xml:ns:pidf'/>", &DESK[..90]] {
            assert!(!is_presence(text.as_bytes()), "{text}");
        }
    }
}
