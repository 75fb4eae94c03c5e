//! What a NOTIFY about a list says of its members (RFC 4662 §5): a document about all of them, and one of each.

use crate::event::Reason;
use crate::location::Aor;
use crate::xml::{self, Document, escape};
use ringback_sip::entropy::Token;
use ringback_sip::syntax::Body;
use std::fmt::Write as _;
use std::sync::Arc;

/// The media type (RFC 4662 §5.1).
const MEDIA_TYPE: &str = "application/rlmi+xml";
/// Its namespace (RFC 4662 §5.1).
const NAMESPACE: &str = "urn:ietf:params:xml:ns:rlmi";

/// What a watcher knows of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instance {
    /// Nothing yet.
    Unknown,
    /// The state, by the tag of its document.
    Active(Token),
    /// That nobody has decided yet.
    Pending,
    /// That it is told nothing.
    Terminated(Reason),
}

impl Instance {
    pub(super) fn state(self) -> &'static str {
        match self {
            Instance::Unknown => "",
            Instance::Active(_) => "active",
            Instance::Pending => "pending",
            Instance::Terminated(_) => "terminated",
        }
    }

    pub(super) fn reason(self) -> &'static str {
        if let Instance::Terminated(reason) = self { reason.name() } else { "" }
    }
}

/// A member of which a NOTIFY tells.
#[derive(Debug)]
pub(super) struct Part {
    /// Its place in the list.
    pub(super) place: usize,
    pub(super) aor: Aor,
    pub(super) instance: Instance,
    pub(super) media_type: &'static str,
    /// The document of an active one.
    pub(super) body: Option<Arc<[u8]>>,
}

/// What a NOTIFY says of the list itself.
#[derive(Debug)]
pub(super) struct Rlmi<'a> {
    pub(super) uri: &'a Aor,
    pub(super) title: Option<&'a str>,
    pub(super) version: u32,
    pub(super) is_full: bool,
    /// What stands nowhere in the documents.
    pub(super) mark: Token,
}

impl Rlmi<'_> {
    /// The body and its Content-Type.
    pub(super) fn write(&self, parts: &[Part]) -> (String, Vec<u8>) {
        let (mark, domain) = (self.mark.as_str(), String::from_utf8_lossy(self.uri.domain()));
        let cid = |name: &str| format!("{name}.{mark}@{domain}");
        let mut root = String::with_capacity(256 + parts.len() * 128);
        // Writing to a String cannot fail.
        let _ = write!(
            root,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<list xmlns=\"{NAMESPACE}\" uri=\"sip:{}\" version=\"{}\" \
             fullState=\"{}\">",
            escape(&self.uri.to_string()),
            self.version,
            self.is_full
        );
        if let Some(title) = self.title {
            let _ = write!(root, "<name>{}</name>", escape(title));
        }
        for part in parts {
            let _ = write!(root, "<resource uri=\"sip:{}\">", escape(&part.aor.to_string()));
            match part.instance {
                Instance::Unknown => {}
                Instance::Active(_) => {
                    let cid = escape(&cid(&part.place.to_string()));
                    let _ = write!(root, "<instance id=\"1\" state=\"active\" cid=\"{cid}\"/>");
                }
                Instance::Pending => root.push_str("<instance id=\"1\" state=\"pending\"/>"),
                Instance::Terminated(reason) => {
                    let reason = reason.name();
                    let _ = write!(root, "<instance id=\"1\" state=\"terminated\" reason=\"{reason}\"/>");
                }
            }
            root.push_str("</resource>");
        }
        root.push_str("</list>\r\n");
        let mut bytes = Vec::with_capacity(root.len() + parts.len() * 512);
        push_part(&mut bytes, mark, &cid("list"), MEDIA_TYPE, root.as_bytes());
        for part in parts {
            if let Some(body) = &part.body {
                push_part(&mut bytes, mark, &cid(&part.place.to_string()), part.media_type, body);
            }
        }
        bytes.extend_from_slice(format!("--{mark}--\r\n").as_bytes());
        let start = cid("list");
        (format!("multipart/related;type=\"{MEDIA_TYPE}\";start=\"<{start}>\";boundary=\"{mark}\""), bytes)
    }
}

fn push_part(out: &mut Vec<u8>, mark: &str, cid: &str, kind: &str, body: &[u8]) {
    let head = format!(
        "--{mark}\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <{cid}>\r\nContent-Type: {kind}\r\n\r\n"
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(body);
    out.extend_from_slice(b"\r\n");
}

/// What a NOTIFY about a list tells its watcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListNews {
    /// The list.
    pub uri: String,
    /// Its number; each NOTIFY has one more than the one before.
    pub version: u32,
    /// Whether it tells of all members; else of those that changed.
    pub is_full: bool,
    /// The members of which it tells.
    pub members: Vec<ListMember>,
}

/// What a NOTIFY about a list tells of one member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListMember {
    /// Whose state.
    pub uri: String,
    /// How the list calls it.
    pub name: Option<String>,
    /// `active`, `pending`, `terminated`; empty when nothing is known yet.
    pub state: String,
    /// Why it is terminated.
    pub reason: Option<String>,
    /// The type of its document.
    pub kind: String,
    /// Its document; empty when there is none.
    pub body: Vec<u8>,
}

impl ListNews {
    /// What SUBSCRIBE accepts beside the documents of the members (RFC 4662 §4.3).
    pub const ACCEPT: &str = "multipart/related, application/rlmi+xml";

    /// Reads the body of a NOTIFY; `None` when it tells of no list (RFC 4662 §5.1).
    pub fn read(kind: &[u8], bytes: &[u8]) -> Option<Self> {
        let body = Body::new(kind, bytes);
        if !body.kind().eq_ignore_ascii_case(b"multipart/related") {
            return None;
        }
        let parts = body.parts().ok()?;
        // The root is the first part (RFC 2387 §3.2): we know no list server that lets it stand elsewhere.
        let root = parts.first().filter(|part| part.kind().eq_ignore_ascii_case(MEDIA_TYPE.as_bytes()))?;
        let document = Document::parse(root.bytes).ok().filter(|document| document.root == "list")?;
        let text = core::str::from_utf8(root.bytes).ok()?;
        let member = |text: &str| {
            let mut member = ListMember { uri: xml::attribute(text, "uri")?, ..ListMember::default() };
            for element in Document::parse(text.as_bytes()).ok()?.elements {
                match element.name {
                    "name" => member.name = Some(xml::content(element.text)),
                    "instance" => member.read_instance(element.text, &parts)?,
                    _ => {}
                }
            }
            Some(member)
        };
        let resources = document.elements.iter().filter(|element| element.name == "resource");
        Some(ListNews {
            uri: xml::attribute(text, "uri")?,
            version: xml::attribute(text, "version")?.parse().ok()?,
            is_full: matches!(&*xml::attribute(text, "fullState")?, "true" | "1"),
            members: resources.map(|element| member(element.text)).collect::<Option<_>>()?,
        })
    }
}

impl ListMember {
    fn read_instance(&mut self, text: &str, parts: &[Body<'_>]) -> Option<()> {
        self.state = xml::attribute(text, "state")?;
        self.reason = xml::attribute(text, "reason");
        if let Some(cid) = xml::attribute(text, "cid") {
            let is_it = |part: &&Body<'_>| {
                part.id().strip_prefix(b"<").and_then(|id| id.strip_suffix(b">")) == Some(cid.as_bytes())
            };
            let part = parts.iter().find(is_it)?;
            self.kind = String::from_utf8_lossy(part.kind()).into_owned();
            self.body = part.bytes.to_vec();
        }
        Some(())
    }
}
