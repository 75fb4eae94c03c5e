//! XML documents of peers: judged whether they are well-formed, and cut into the elements below the root. Nothing is
//! expanded: a document type is refused, and with it every entity of its own (RFC 3470 §5.1).

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use ringback_sip::journal::Cause;

/// Most bytes of a document.
pub const XML_BYTES_MAX: usize = 64 << 10;
/// Deepest nesting of elements.
pub const XML_DEPTH_MAX: usize = 32;
/// Most elements of a document.
pub const XML_ELEMENTS_MAX: usize = 2048;

/// Why a document is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is longer than [`XML_BYTES_MAX`].
    TooLong,
    /// It is nested deeper than [`XML_DEPTH_MAX`].
    TooDeep,
    /// It has more than [`XML_ELEMENTS_MAX`] elements.
    TooMany,
    /// It has a document type.
    DocumentType,
    /// It is not UTF-8.
    Encoding,
    /// It is not well-formed, from this offset on.
    Syntax(usize),
    /// It has no root, or more than one.
    Root,
}

impl Fault {
    /// Why a body with this fault is refused, as the journal names it; `at`: where it begins in its message.
    pub fn cause(self, at: u32) -> Cause {
        let limit = |name: &'static str| Cause::Limit(name.into());
        match self {
            Fault::TooLong => limit("XML_BYTES_MAX"),
            Fault::TooDeep => limit("XML_DEPTH_MAX"),
            Fault::TooMany => limit("XML_ELEMENTS_MAX"),
            Fault::DocumentType => Cause::DocumentType,
            Fault::Encoding | Fault::Syntax(_) | Fault::Root => Cause::Malformed { header: None, at },
        }
    }
}

/// An element right below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its name without a prefix.
    pub name: &'a str,
    /// Its text, from `<` to the last `>`.
    pub text: &'a str,
    /// The value of its attribute `id`, as it is written.
    pub id: Option<String>,
}

/// A document that is well-formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document<'a> {
    /// The name of the root without a prefix.
    pub root: String,
    /// The declarations of namespaces in the root: `xmlns` or `xmlns:prefix`, and the value as it is written.
    pub namespaces: Vec<(String, String)>,
    /// The elements below the root.
    pub elements: Vec<Element<'a>>,
}

impl<'a> Document<'a> {
    /// Judges a document and cuts it up.
    ///
    /// # Errors
    /// [`Fault`], the first one found.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Fault> {
        if bytes.len() > XML_BYTES_MAX {
            return Err(Fault::TooLong);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| Fault::Encoding)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if let Some(at) = text.bytes().position(|b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) {
            return Err(Fault::Syntax(at));
        }
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = true;
        let mut cut =
            Cut { text, depth: 0, count: 0, start: 0, opened: None, root: None, elements: Vec::new() };
        loop {
            let before = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let event = reader.read_event().map_err(|_| Fault::Syntax(before))?;
            let after = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            match event {
                Event::Start(start) => cut.open(&start, before)?,
                Event::Empty(start) => {
                    cut.open(&start, before)?;
                    cut.close(after);
                }
                Event::End(_) => cut.close(after),
                Event::DocType(_) => return Err(Fault::DocumentType),
                Event::GeneralRef(name) if !is_known(&name) => return Err(Fault::Syntax(before)),
                Event::GeneralRef(_) | Event::CData(_) if cut.depth == 0 => return Err(Fault::Root),
                Event::Text(text) if cut.depth == 0 && !text.trim_ascii().is_empty() => {
                    return Err(Fault::Root);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        match cut.root {
            Some((root, namespaces)) if cut.depth == 0 => {
                Ok(Document { root, namespaces, elements: cut.elements })
            }
            _ => Err(Fault::Root),
        }
    }
}

/// A document being cut up.
struct Cut<'a> {
    text: &'a str,
    depth: usize,
    count: usize,
    /// Where the element below the root began that is being read, and its name and id.
    start: usize,
    opened: Option<(&'a str, Option<String>)>,
    root: Option<(String, Vec<(String, String)>)>,
    elements: Vec<Element<'a>>,
}

impl<'a> Cut<'a> {
    fn open(&mut self, start: &BytesStart<'_>, at: usize) -> Result<(), Fault> {
        (self.depth, self.count) = (self.depth + 1, self.count + 1);
        if self.depth > XML_DEPTH_MAX {
            return Err(Fault::TooDeep);
        }
        if self.count > XML_ELEMENTS_MAX {
            return Err(Fault::TooMany);
        }
        let (mut id, mut namespaces) = (None, Vec::new());
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| Fault::Syntax(at))?;
            let (name, value) = (attribute.key.as_ref(), &*attribute.value);
            if value.contains('<') || !has_known_references(value) {
                return Err(Fault::Syntax(at));
            }
            if name == "id" {
                id = Some(value.to_owned());
            }
            if name == "xmlns" || name.starts_with("xmlns:") {
                namespaces.push((name.to_owned(), value.to_owned()));
            }
        }
        match self.depth {
            1 if self.root.is_some() => return Err(Fault::Root),
            1 => self.root = Some((start.local_name().as_ref().to_owned(), namespaces)),
            2 => {
                let name = self.text.get(at + 1..).unwrap_or_default();
                let name = &name[..name.find(['>', '/', ' ', '\t', '\r', '\n']).unwrap_or(name.len())];
                let local = name.split_once(':').map_or(name, |(_, local)| local);
                (self.start, self.opened) = (at, Some((local, id)));
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, end: usize) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth != 1 {
            return;
        }
        if let Some((name, id)) = self.opened.take() {
            let text = self.text.get(self.start..end).unwrap_or_default();
            self.elements.push(Element { name, text, id });
        }
    }
}

/// Whether a reference is one of those that every document has, or to a character.
fn is_known(name: &str) -> bool {
    let number = |text: &str| match text.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    };
    match name.strip_prefix('#') {
        Some(text) => number(text).and_then(char::from_u32).is_some_and(|c| c >= ' ' || c.is_whitespace()),
        None => matches!(name, "lt" | "gt" | "amp" | "apos" | "quot"),
    }
}

fn has_known_references(value: &str) -> bool {
    value.split('&').skip(1).all(|rest| rest.split_once(';').is_some_and(|(name, _)| is_known(name)))
}

/// The value of an attribute of the first element of a text that [`Document::parse`] took.
pub fn attribute(text: &str, name: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    loop {
        let start = match reader.read_event().ok()? {
            Event::Start(start) | Event::Empty(start) => start,
            Event::Eof => return None,
            _ => continue,
        };
        let found = start.attributes().filter_map(Result::ok).find(|a| a.key.as_ref() == name)?;
        return quick_xml::escape::unescape(&found.value).ok().map(|value| value.into_owned());
    }
}

/// The text of an element that has nothing but text.
pub fn content(element: &str) -> String {
    let inner =
        element.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</")).map_or("", |(text, _)| text);
    quick_xml::escape::unescape(inner).map_or_else(|_| String::new(), |text| text.trim().to_owned())
}

/// Text as it stands between tags and in quoted values.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c if c < ' ' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<Fault> {
        Document::parse(text.as_bytes()).err()
    }

    #[test]
    fn a_document_is_cut_below_its_root() {
        let text = "<?xml version='1.0'?>\n<p:presence xmlns:p='urn:p' xmlns=\"urn:d\" entity='e'>\
                    <p:tuple id='a'><x><y/></x></p:tuple> <note>hi &amp; &#65;</note><!-- c --><z/></p:presence>\n";
        let d = Document::parse(text.as_bytes()).unwrap();
        assert_eq!(d.root, "presence");
        assert_eq!(d.namespaces, [("xmlns:p".into(), "urn:p".into()), ("xmlns".into(), "urn:d".into())]);
        let elements: Vec<_> = d.elements.iter().map(|e| (e.name, e.text, e.id.as_deref())).collect();
        assert_eq!(
            elements,
            [
                ("tuple", "<p:tuple id='a'><x><y/></x></p:tuple>", Some("a")),
                ("note", "<note>hi &amp; &#65;</note>", None),
                ("z", "<z/>", None)
            ]
        );
    }

    #[test]
    fn bombs_and_broken_documents_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><a>&c;</a>";
        assert_eq!(fault(bomb), Some(Fault::DocumentType));
        assert!(matches!(fault("<a>&c;</a>"), Some(Fault::Syntax(_))), "no entity of its own");
        assert!(matches!(fault("<a b='&c;'/>"), Some(Fault::Syntax(_))));
        let deep = "<a>".repeat(XML_DEPTH_MAX + 1);
        assert_eq!(fault(&deep), Some(Fault::TooDeep));
        assert_eq!(fault(&format!("<a>{}</a>", "<b/>".repeat(XML_ELEMENTS_MAX))), Some(Fault::TooMany));
        assert_eq!(fault(&" ".repeat(XML_BYTES_MAX + 1)), Some(Fault::TooLong));
        for text in ["", "text", "<a>", "<a></b>", "<a/><b/>", "</a>", "<a/>x", "&lt;<a/>", "<a"] {
            assert!(fault(text).is_some(), "{text}");
        }
        for text in ["<a b='1' b='2'/>", "<a b=1/>", "<a b='<'/>", "<a>\u{1}</a>", "<a>&#0;</a>", "<a>& </a>"]
        {
            assert!(matches!(fault(text), Some(Fault::Syntax(_))), "{text} {:?}", fault(text));
        }
        assert_eq!(Document::parse(b"<a>\xff</a>").err(), Some(Fault::Encoding));
    }

    #[test]
    fn escaped_text_is_read_back() {
        let text = format!("<a b=\"{0}\">{0}</a>", escape("<&\">\u{2}"));
        assert_eq!(fault(&text), None);
    }
}
