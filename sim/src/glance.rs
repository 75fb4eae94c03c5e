//! A second, deliberately simple reader of SIP messages, so that the checks do not trust the parser under test.

use std::collections::BTreeMap;

/// What the checks want to know of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// The method of a request; empty for a response.
    pub request: String,
    /// The Request-URI of a request.
    pub uri: String,
    /// The status code of a response; 0 for a request.
    pub status: u16,
    /// Header values by long lower-case name, in order.
    pub headers: BTreeMap<String, Vec<String>>,
    /// The body.
    pub body: Vec<u8>,
}

impl Glance {
    /// Reads a message; `None` when it has no start line or no end of its header.
    pub fn at(bytes: &[u8]) -> Option<Glance> {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut glance = Glance { body: bytes[end + 4..].to_vec(), ..Glance::default() };
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let mut lines = unfolded.split("\r\n");
        let first: Vec<&str> = lines.next()?.splitn(3, ' ').collect();
        match first.as_slice() {
            ["SIP/2.0", code, _] => glance.status = code.parse().ok()?,
            [method, uri, "SIP/2.0"] => {
                glance.request = (*method).to_owned();
                glance.uri = (*uri).to_owned();
            }
            _ => return None,
        }
        for line in lines {
            let (name, value) = line.split_once(':')?;
            glance.headers.entry(long_name(name.trim())).or_default().push(value.trim().to_owned());
        }
        Some(glance)
    }

    /// The first value of a header, by its long lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.first().map(String::as_str)
    }

    /// Whether it is a final response.
    pub fn is_final(&self) -> bool {
        self.status >= 200
    }

    /// The method of CSeq.
    pub fn method(&self) -> &str {
        self.header("cseq").and_then(|v| v.split_whitespace().nth(1)).unwrap_or_default()
    }

    /// The branch and sent-by of the top Via: what names a transaction together with the method.
    pub fn transaction(&self) -> (String, String) {
        let via = self.header("via").unwrap_or_default();
        let top = via.split(',').next().unwrap_or_default();
        let mut parts = top.split(';').map(str::trim);
        let sent_by =
            parts.next().and_then(|p| p.split_whitespace().last()).unwrap_or_default().to_ascii_lowercase();
        let branch = parts.find_map(|p| p.strip_prefix("branch=")).unwrap_or_default().to_owned();
        (branch, sent_by)
    }

    /// The tag of From or To (`name`).
    pub fn tag(&self, name: &str) -> Option<&str> {
        let value = self.header(name)?;
        let after = value.rsplit_once('>').map_or(value, |(_, rest)| rest);
        after.split(';').map(str::trim).find_map(|p| p.strip_prefix("tag="))
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &str {
        self.header("call-id").unwrap_or_default()
    }
}

fn long_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let long = match lower.as_str() {
        "i" => "call-id",
        "m" => "contact",
        "e" => "content-encoding",
        "l" => "content-length",
        "c" => "content-type",
        "f" => "from",
        "s" => "subject",
        "k" => "supported",
        "t" => "to",
        "v" => "via",
        _ => return lower,
    };
    long.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_in_compact_form_is_read() {
        let text = "BYE sip:b@x SIP/2.0\r\nv: SIP/2.0/UDP A.x:5070 ;branch=z9hG4bK1;rport, SIP/2.0/UDP b\r\n\
            f: \"x;tag=no\" <sip:a@x;tag=no>;tag=yes\r\nt: sip:b@x\r\ni: 7\r\nCSeq: 2 BYE\r\n\r\nbody";
        let glance = Glance::at(text.as_bytes()).unwrap();
        assert_eq!((glance.request.as_str(), glance.method(), glance.call_id()), ("BYE", "BYE", "7"));
        assert_eq!(glance.transaction(), ("z9hG4bK1".to_owned(), "a.x:5070".to_owned()));
        assert_eq!((glance.tag("from"), glance.tag("to")), (Some("yes"), None));
        assert_eq!(glance.body, b"body");
    }

    #[test]
    fn a_response_is_told_from_a_request_and_junk_from_both() {
        let glance = Glance::at(b"SIP/2.0 486 Busy Here\r\nCSeq: 1 INVITE\r\n\r\n").unwrap();
        assert_eq!((glance.status, glance.is_final(), glance.request.as_str()), (486, true, ""));
        assert_eq!(Glance::at(b"\r\n\r\n"), None);
        assert_eq!(Glance::at(b"hello"), None);
    }
}
