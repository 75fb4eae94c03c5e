//! What a presence document says to people (RFC 3863 §4.1, RFC 4480 §3.2), and the document that says as much.

use super::pidf::{MEDIA_TYPE, NAMESPACE, is_presence};
use crate::xml::{self, Document, content};

/// What a presence document says to people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Whether somebody can be reached: by any of the tuples; `None` when none says.
    pub is_open: Option<bool>,
    /// The notes of the document, its tuples and its person, each once.
    pub notes: Vec<String>,
    /// What the person does, by the names of RFC 4480.
    pub activities: Vec<String>,
}

impl Sight {
    /// The media type of the documents.
    pub const MEDIA_TYPE: &str = MEDIA_TYPE;

    /// Reads a document; `None` when it is no presence document.
    pub fn read(body: &[u8]) -> Option<Self> {
        let document = Document::parse(body).ok().filter(|_| is_presence(body))?;
        let mut sight = Sight::default();
        for element in &document.elements {
            match element.name {
                "note" => sight.note(element.text),
                "tuple" => below(element.text).iter().for_each(|(name, text)| match *name {
                    "note" => sight.note(text),
                    "status" => sight.status(text),
                    _ => {}
                }),
                "person" => below(element.text).iter().for_each(|(name, text)| match *name {
                    "note" => sight.note(text),
                    "activities" => sight.activities(text),
                    _ => {}
                }),
                _ => {}
            }
        }
        Some(sight)
    }

    /// The document about `entity` that says this.
    pub fn write(entity: &str, is_open: bool, note: Option<&str>) -> String {
        let basic = if is_open { "open" } else { "closed" };
        let note = note.map_or_else(String::new, |note| format!("<note>{}</note>", xml::escape(note)));
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<presence xmlns=\"{NAMESPACE}\" entity=\"{}\">\
             <tuple id=\"phone\"><status><basic>{basic}</basic></status>{note}</tuple></presence>\r\n",
            xml::escape(entity)
        )
    }

    fn note(&mut self, element: &str) {
        let note = content(element);
        if !note.is_empty() && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn status(&mut self, element: &str) {
        for (name, text) in below(element) {
            if name == "basic" {
                let is_open = content(text) == "open";
                self.is_open = Some(self.is_open.unwrap_or_default() || is_open);
            }
        }
    }

    fn activities(&mut self, element: &str) {
        for (name, text) in below(element) {
            match name {
                "note" => self.note(text),
                name => self.activities.push(name.to_owned()),
            }
        }
    }
}

/// The elements right below an element, each by its name without a prefix.
pub(super) fn below(element: &str) -> Vec<(&str, &str)> {
    let document = Document::parse(element.as_bytes());
    document.map_or_else(|_| Vec::new(), |d| d.elements.iter().map(|e| (e.name, e.text)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let text = Sight::write("sip:a&b@x", true, Some("out <to> lunch & more"));
        let sight = Sight::read(text.as_bytes()).unwrap();
        assert_eq!(sight.is_open, Some(true));
        assert_eq!(sight.notes, ["out <to> lunch & more"]);
        let closed = Sight::read(Sight::write("sip:a@x", false, None).as_bytes()).unwrap();
        assert_eq!(closed, Sight { is_open: Some(false), ..Sight::default() });
    }

    #[test]
    fn one_open_tuple_is_enough_and_prefixes_do_not_matter() {
        let text = "<p:presence xmlns:p='urn:ietf:params:xml:ns:pidf' xmlns:r='urn:r' xmlns:d='urn:d' entity='e'>\
            <p:tuple id='a'><p:status><p:basic>open</p:basic></p:status><p:note>desk</p:note></p:tuple>\
            <p:tuple id='b'><p:status><p:basic> closed </p:basic></p:status></p:tuple><p:note>desk</p:note>\
            <d:person id='c'><r:activities><r:note>soon back</r:note><r:meal/><r:away/></r:activities></d:person>\
            </p:presence>";
        let sight = Sight::read(text.as_bytes()).unwrap();
        assert_eq!(sight.is_open, Some(true));
        assert_eq!(
            (sight.notes, sight.activities.join(" ")),
            (vec!["desk".into(), "soon back".into()], "meal away".into())
        );
        assert_eq!(Sight::read(b"<other/>"), None);
        assert_eq!(Sight::read(b"Messages-Waiting: yes"), None);
    }
}
