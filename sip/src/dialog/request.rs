//! A request inside a dialog, as data (RFC 3261 §12.2.1.1).

use super::route::Way;
use crate::registry::{HeaderName, Method};
use crate::syntax::RequestBuilder;

/// A request inside a dialog. All of its header fields but Via, and those of its method, are settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InDialog {
    /// The method.
    pub method: Method,
    /// The sequence number.
    pub cseq: u32,
    /// Request-URI, Route and next hop.
    pub way: Way,
    /// The value of From.
    pub from: Box<[u8]>,
    /// The value of To.
    pub to: Box<[u8]>,
    /// The Call-ID.
    pub call_id: Box<[u8]>,
}

impl InDialog {
    /// Starts writing the request with `via` as the value of Via.
    pub fn write(&self, via: &str) -> RequestBuilder {
        self.write_rows(self.start().header(HeaderName::VIA, via))
    }

    /// Starts writing the request without a Via, for who does not know yet over which way it leaves.
    pub fn write_without_via(&self) -> RequestBuilder {
        self.write_rows(self.start())
    }

    fn start(&self) -> RequestBuilder {
        RequestBuilder::new(self.method.as_str(), &self.way.request_uri)
    }

    fn write_rows(&self, start: RequestBuilder) -> RequestBuilder {
        let mut request = start.header(HeaderName::MAX_FORWARDS, MAX_FORWARDS);
        for route in &self.way.routes {
            request = request.header(HeaderName::ROUTE, route);
        }
        request
            .header(HeaderName::FROM, &self.from)
            .header(HeaderName::TO, &self.to)
            .header(HeaderName::CALL_ID, &self.call_id)
            .header(HeaderName::CSEQ, format!("{} {}", self.cseq, self.method))
    }
}

/// RFC 3261 §8.1.1.6.
const MAX_FORWARDS: &str = "70";
