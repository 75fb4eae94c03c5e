//! Bodies and their parts (RFC 5621, RFC 2046 §5.1): which of them we read, and which one that we must read we cannot.

use super::address::Params;
use super::message::Message;
use super::scan::trim;
use crate::registry::HeaderName;

/// Most parts of one multipart body.
pub const PARTS_MAX: usize = 128;
/// How deep multipart bodies may stand in each other; more is not needed (RFC 5621 §4.3).
pub const DEPTH_MAX: usize = 3;
/// The longest boundary (RFC 2046 §5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;
/// The type of session descriptions, whose disposition is another one than that of all else when none is said.
const SDP_TYPE: &str = "application/sdp";

/// A body, of a message or of a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body<'a> {
    content_type: &'a [u8],
    disposition: &'a [u8],
    encoding: &'a [u8],
    id: &'a [u8],
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What is read in one context (RFC 5621 §8.1).
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The types.
    pub kinds: &'a [&'a str],
    /// What a body may be there for: types of Content-Disposition.
    pub dispositions: &'a [&'a str],
}

/// Why a body that must be understood is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread<'a> {
    /// Its type is none of those wanted.
    Type(&'a [u8]),
    /// It is there for something that is none of what is wanted.
    Disposition(&'a [u8]),
    /// It is encoded.
    Encoding(&'a [u8]),
    /// Its parts cannot be told apart.
    Broken,
    /// It has more than [`PARTS_MAX`] parts, or they stand deeper than [`DEPTH_MAX`].
    Limit,
}

impl<'a> Message<'a> {
    /// The body of the message, if it has one.
    pub fn entity(&self) -> Option<Body<'a>> {
        let row = |name| self.header(name).unwrap_or_default();
        let body = Body {
            content_type: row(HeaderName::CONTENT_TYPE),
            disposition: row(HeaderName::CONTENT_DISPOSITION),
            encoding: row(HeaderName::CONTENT_ENCODING),
            id: b"",
            bytes: self.body(),
        };
        Some(body).filter(|body| !body.bytes.is_empty())
    }

    /// The first body that is wanted, alone or in a multipart body.
    pub fn body_of(&self, wanted: &Wanted<'_>) -> Option<Body<'a>> {
        self.entity()?.find(wanted, DEPTH_MAX)
    }
}

impl<'a> Body<'a> {
    /// A body of this Content-Type that stands for itself.
    pub fn new(content_type: &'a [u8], bytes: &'a [u8]) -> Self {
        Body { content_type, disposition: b"", encoding: b"", id: b"", bytes }
    }

    /// Its Content-ID, with its angle brackets; empty without one (RFC 2392 §2).
    pub fn id(&self) -> &'a [u8] {
        self.id
    }

    /// Its type without parameters.
    pub fn kind(&self) -> &'a [u8] {
        trim(self.content_type.split(|&byte| byte == b';').next().unwrap_or_default())
    }

    /// Whether it may be left unread (RFC 3261 §20.11).
    pub fn is_optional(&self) -> bool {
        let at = self.disposition_type_end();
        let handling = Params::new(&self.disposition[at..]).get(b"handling");
        handling.is_some_and(|value| value.eq_ignore_ascii_case(b"optional"))
    }

    /// What it is there for; without a word of its own, a session description for the session, and all else to be
    /// shown (RFC 3261 §20.11).
    pub fn disposition(&self) -> &'a [u8] {
        match trim(&self.disposition[..self.disposition_type_end()]) {
            b"" if self.is_one_of(&[SDP_TYPE]) => b"session",
            b"" => b"render",
            named => named,
        }
    }

    fn disposition_type_end(&self) -> usize {
        memchr::memchr(b';', self.disposition).unwrap_or(self.disposition.len())
    }

    fn is_one_of(&self, kinds: &[&str]) -> bool {
        kinds.iter().any(|kind| self.kind().eq_ignore_ascii_case(kind.as_bytes()))
    }

    fn is_for_one_of(&self, dispositions: &[&str]) -> bool {
        dispositions.iter().any(|known| self.disposition().eq_ignore_ascii_case(known.as_bytes()))
    }

    /// What keeps us from understanding it, when all that we read is `wanted` (RFC 5621 §8.4).
    ///
    /// # Errors
    /// The first body that is required and cannot be read.
    pub fn check(&self, wanted: &Wanted<'_>) -> Result<(), Unread<'a>> {
        self.check_to(wanted, DEPTH_MAX)
    }

    fn check_to(&self, wanted: &Wanted<'_>, depth: usize) -> Result<(), Unread<'a>> {
        if self.is_optional() {
            return Ok(());
        }
        if !self.encoding.is_empty() && !self.encoding.eq_ignore_ascii_case(b"identity") {
            return Err(Unread::Encoding(self.encoding));
        }
        if !self.is_multipart() {
            return match () {
                () if !self.is_one_of(wanted.kinds) => Err(Unread::Type(self.kind())),
                () if !self.is_for_one_of(wanted.dispositions) => {
                    Err(Unread::Disposition(self.disposition()))
                }
                () => Ok(()),
            };
        }
        let depth = depth.checked_sub(1).ok_or(Unread::Limit)?;
        let parts = self.parts()?;
        if !self.kind().eq_ignore_ascii_case(b"multipart/alternative") {
            return parts.iter().try_for_each(|part| part.check_to(wanted, depth));
        }
        // One of them is enough, whatever handling each asks for (§8.3).
        let required =
            |part: &Body<'a>| Body { disposition: &part.disposition[..part.disposition_type_end()], ..*part };
        let checked = parts.iter().map(|part| required(part).check_to(wanted, depth));
        checked.reduce(|one, other| one.or(other)).unwrap_or(Err(Unread::Broken))
    }

    /// The first part that is wanted; of alternatives the last, which is the best (RFC 2046 §5.1.4).
    fn find(&self, wanted: &Wanted<'_>, depth: usize) -> Option<Body<'a>> {
        if !self.encoding.is_empty() && !self.encoding.eq_ignore_ascii_case(b"identity") {
            return None;
        }
        if !self.is_multipart() {
            let is_wanted = self.is_one_of(wanted.kinds) && self.is_for_one_of(wanted.dispositions);
            return is_wanted.then_some(*self);
        }
        let depth = depth.checked_sub(1)?;
        let mut parts = self.parts().ok()?;
        if self.kind().eq_ignore_ascii_case(b"multipart/alternative") {
            parts.reverse();
        }
        parts.iter().find_map(|part| part.find(wanted, depth))
    }

    fn is_multipart(&self) -> bool {
        self.kind().get(..10).is_some_and(|start| start.eq_ignore_ascii_case(b"multipart/"))
    }

    /// The parts of a multipart body.
    ///
    /// # Errors
    /// [`Unread::Broken`], [`Unread::Limit`].
    pub fn parts(&self) -> Result<Vec<Body<'a>>, Unread<'a>> {
        let at = memchr::memchr(b';', self.content_type).ok_or(Unread::Broken)?;
        let boundary = Params::new(&self.content_type[at..]).get(b"boundary").ok_or(Unread::Broken)?;
        let boundary =
            boundary.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(boundary);
        if boundary.is_empty() || boundary.len() > BOUNDARY_BYTES_MAX {
            return Err(Unread::Broken);
        }
        let (mut parts, mut begin, mut at) = (Vec::new(), None, 0);
        while at < self.bytes.len() {
            let rest = &self.bytes[at..];
            let line = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let mark =
                rest[..line].strip_prefix(b"--").and_then(|mark| mark.strip_prefix(boundary)).map(trim);
            if let Some(mark) = mark.filter(|mark| mark.is_empty() || mark == b"--") {
                if let Some(begin) = begin {
                    if parts.len() == PARTS_MAX {
                        return Err(Unread::Limit);
                    }
                    // The line end before a boundary belongs to it.
                    let part = &self.bytes[begin..at];
                    let part = part.strip_suffix(b"\n").unwrap_or(part);
                    parts.push(part_of(part.strip_suffix(b"\r").unwrap_or(part)));
                }
                if mark == b"--" {
                    return if parts.is_empty() { Err(Unread::Broken) } else { Ok(parts) };
                }
                begin = Some(at + line);
            }
            at += line;
        }
        Err(Unread::Broken)
    }
}

/// A part: header fields, an empty line, and the body. Without a type it is plain text (RFC 2046 §5.1).
fn part_of(part: &[u8]) -> Body<'_> {
    let mut body = Body::new(b"text/plain", b"");
    let mut at = 0;
    while at < part.len() {
        let rest = &part[at..];
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let line = trim(&rest[..end]);
        at += end;
        if line.is_empty() {
            break;
        }
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) = (trim(&line[..colon]), trim(&line[colon + 1..]));
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        let is_plain =
            [&b"binary"[..], b"8bit", b"7bit"].iter().any(|plain| value.eq_ignore_ascii_case(plain));
        if is("Content-Type") {
            body.content_type = value;
        } else if is("Content-Disposition") {
            body.disposition = value;
        } else if is("Content-ID") {
            body.id = value;
        } else if is("Content-Encoding") || (is("Content-Transfer-Encoding") && !is_plain) {
            body.encoding = value;
        }
    }
    body.bytes = &part[at..];
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SDP: Wanted<'_> = Wanted { kinds: &[SDP_TYPE], dispositions: &["session"] };

    fn body<'a>(content_type: &'a str, bytes: &'a str) -> Body<'a> {
        let (content_type, bytes) = (content_type.as_bytes(), bytes.as_bytes());
        Body::new(content_type, bytes)
    }

    fn mixed(parts: &[&str]) -> String {
        let parts: String = parts.iter().map(|part| format!("--b\r\n{part}\r\n")).collect();
        format!("preamble\r\n{parts}--b--\r\nepilogue")
    }

    const OFFER: &str = "Content-Type: application/sdp\r\n\r\nv=0\r\n";
    const PAGE: &str = "Content-Type: text/html\r\n\r\n<p>";
    const EXTRA: &str =
        "content-type: text/html\r\nContent-Disposition: render; handling=optional\r\n\r\n<p>";

    #[test]
    fn a_session_is_found_among_parts_and_required_strangers_are_named() {
        let kind = "Multipart/Mixed; boundary=\"b\"";
        let found = |text: &str| {
            let body = body(kind, text);
            (body.find(&SDP, DEPTH_MAX).map(|body| body.bytes.to_vec()), body.check(&SDP).is_ok())
        };
        let session = Some(b"v=0\r\n".to_vec());
        assert_eq!(found(&mixed(&[OFFER])), (session.clone(), true));
        assert_eq!(found(&mixed(&[EXTRA, OFFER])), (session.clone(), true));
        let text = mixed(&[PAGE, OFFER]);
        let page = body(kind, &text);
        assert_eq!(page.check(&SDP), Err(Unread::Type(b"text/html")));
        assert_eq!(page.find(&SDP, DEPTH_MAX).map(|b| b.bytes.to_vec()), session);
        let text = mixed(&["\r\nhello"]);
        assert_eq!(body(kind, &text).check(&SDP), Err(Unread::Type(b"text/plain")));
        let text = mixed(&[&format!("Content-Transfer-Encoding: base64\r\n{OFFER}")]);
        assert_eq!(body(kind, &text).check(&SDP), Err(Unread::Encoding(b"base64")));
        let text = mixed(&[&format!("Content-Transfer-Encoding: binary\r\n{OFFER}")]);
        assert_eq!(body(kind, &text).check(&SDP), Ok(()));
    }

    #[test]
    fn of_alternatives_one_is_enough_and_the_last_is_best() {
        let kind = "multipart/alternative;boundary=b";
        let text = mixed(&[OFFER, "Content-Type: application/sdp\r\n\r\nv=1", PAGE]);
        assert_eq!(body(kind, &text).check(&SDP), Ok(()));
        assert_eq!(body(kind, &text).find(&SDP, DEPTH_MAX).unwrap().bytes, b"v=1");
        // None that we read, though each says that it is optional.
        let text = mixed(&[EXTRA]);
        assert_eq!(body(kind, &text).check(&SDP), Err(Unread::Type(b"text/html")));
    }

    #[test]
    fn what_a_body_is_there_for_decides_whether_it_is_read() {
        let judge = |disposition: &'static str| {
            let body = Body { disposition: disposition.as_bytes(), ..body("application/sdp", "v=0") };
            (body.check(&SDP), body.find(&SDP, DEPTH_MAX).is_some())
        };
        for known in ["", "session", "SESSION ; handling=required", "session;handling=optional", ";x=y"] {
            assert_eq!(judge(known), (Ok(()), true), "{known}");
        }
        for unknown in ["aliens", "aliens;handling=required", "aliens; x=\";handling=optional\""] {
            assert_eq!(judge(unknown), (Err(Unread::Disposition(b"aliens")), false), "{unknown}");
        }
        for optional in ["aliens;handling=optional", "aliens ; x=1 ; Handling = OPTIONAL"] {
            assert_eq!(judge(optional), (Ok(()), false), "{optional}");
        }
        // Among parts the one for the session counts, and handling of alternatives is not theirs to say.
        let early = "Content-Type: application/sdp\r\nContent-Disposition: early-session;handling=optional\r\n\r\nv=1";
        let text = mixed(&[early, OFFER]);
        let mixed_body = body("multipart/mixed;boundary=b", &text);
        assert_eq!(mixed_body.check(&SDP), Ok(()));
        assert_eq!(mixed_body.find(&SDP, DEPTH_MAX).unwrap().bytes, b"v=0\r\n");
        let text = mixed(&[early]);
        let alternative = body("multipart/alternative;boundary=b", &text);
        assert_eq!(alternative.check(&SDP), Err(Unread::Disposition(b"early-session")));
    }

    #[test]
    fn parts_and_depth_are_bounded_and_broken_bodies_are_known() {
        let kind = "multipart/mixed;boundary=b";
        assert_eq!(body(kind, &mixed(&[OFFER; PARTS_MAX])).check(&SDP), Ok(()));
        assert_eq!(body(kind, &mixed(&[OFFER; PARTS_MAX + 1])).check(&SDP), Err(Unread::Limit));
        let nested = |depth: usize| {
            (1..=depth).fold(OFFER.to_owned(), |inner, n| {
                format!("Content-Type: multipart/mixed;boundary=n{n}\r\n\r\n--n{n}\r\n{inner}\r\n--n{n}--")
            })
        };
        assert_eq!(body(kind, &mixed(&[&nested(DEPTH_MAX - 1)])).check(&SDP), Ok(()));
        assert_eq!(body(kind, &mixed(&[&nested(DEPTH_MAX)])).check(&SDP), Err(Unread::Limit));
        for (kind, text) in [
            ("multipart/mixed", mixed(&[OFFER])),
            ("multipart/mixed;boundary=\"\"", mixed(&[OFFER])),
            ("multipart/mixed;boundary=c", mixed(&[OFFER])),
            ("multipart/mixed;boundary=b", format!("--b\r\n{OFFER}")),
        ] {
            assert_eq!(body(kind, &text).check(&SDP), Err(Unread::Broken), "{kind} {text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(pieces in proptest::collection::vec(0..8usize, 0..60)) {
            let all = ["--b", "--", "\r\n", "\n", "Content-Type: ", "multipart/mixed;boundary=b", SDP_TYPE, ":"];
            let text: String = pieces.into_iter().map(|n| all[n]).collect();
            let body = body("multipart/mixed;boundary=b", &text);
            let _ = (body.check(&SDP), body.find(&SDP, DEPTH_MAX));
        }
    }
}
