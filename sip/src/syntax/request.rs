//! Requests written from nothing (RFC 3261 §8.1.1).

use super::response::{write_end, write_row};
use crate::registry::HeaderName;
use bytes::Bytes;

/// A request being written; rows go out in the order of the calls.
#[derive(Debug)]
#[must_use]
pub struct RequestBuilder {
    out: Vec<u8>,
}

impl RequestBuilder {
    /// Starts a request with `method` and `uri`.
    pub fn new(method: &str, uri: &[u8]) -> Self {
        let mut out = Vec::with_capacity(768);
        out.extend_from_slice(method.as_bytes());
        out.push(b' ');
        out.extend_from_slice(uri);
        out.extend_from_slice(b" SIP/2.0\r\n");
        RequestBuilder { out }
    }

    /// Adds a row.
    pub fn header(mut self, name: HeaderName, value: impl AsRef<[u8]>) -> Self {
        write_row(&mut self.out, name.as_str().as_bytes(), value.as_ref());
        self
    }

    /// Adds a row whose name the registry does not hold.
    pub fn header_named(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        write_row(&mut self.out, name.as_bytes(), value.as_ref());
        self
    }

    /// Ends the request without a body.
    pub fn finish(mut self) -> Bytes {
        write_end(&mut self.out, b"");
        self.out.into()
    }

    /// Ends the request with a body of the media type `content_type`.
    pub fn body(mut self, content_type: &str, body: &[u8]) -> Bytes {
        write_row(&mut self.out, b"Content-Type", content_type.as_bytes());
        write_end(&mut self.out, body);
        self.out.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Method;
    use crate::syntax::Message;

    #[test]
    fn what_is_written_is_read_back() {
        let bytes = RequestBuilder::new("MESSAGE", b"sip:b@x")
            .header(HeaderName::SUBJECT, "hello")
            .header_named("X-Own", "1")
            .body("text/plain", b"text");
        let m = Message::parse(&bytes).unwrap();
        assert_eq!((m.method(), m.body()), (Some(Method::Message), &b"text"[..]));
        assert_eq!(m.header(HeaderName::SUBJECT), Some(&b"hello"[..]));
        assert_eq!(m.headers_named(b"x-own").next(), Some(&b"1"[..]));
        assert_eq!(m.content_length(), Ok(Some(4)));
    }
}
