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
        let start = RequestBuilder::new(self.method.as_str(), &self.way.request_uri);
        let ends = [&*self.from, &*self.to, &*self.call_id];
        write_rows(start.header(HeaderName::VIA, via), &self.way.routes, ends, self.cseq, self.method)
    }
}

/// Writes the rows that all requests inside a dialog have; `ends`: the values of From, To and Call-ID.
pub(super) fn write_rows(
    start: RequestBuilder,
    routes: &[Box<[u8]>],
    ends: [&[u8]; 3],
    cseq: u32,
    method: Method,
) -> RequestBuilder {
    let mut request = start.header(HeaderName::MAX_FORWARDS, MAX_FORWARDS);
    for route in routes {
        request = request.header(HeaderName::ROUTE, route);
    }
    let [from, to, call_id] = ends;
    request
        .header(HeaderName::FROM, from)
        .header(HeaderName::TO, to)
        .header(HeaderName::CALL_ID, call_id)
        .header(HeaderName::CSEQ, format!("{cseq} {method}"))
}

/// RFC 3261 §8.1.1.6.
const MAX_FORWARDS: &str = "70";
