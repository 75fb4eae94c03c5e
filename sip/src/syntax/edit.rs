//! Forwarding by edit: the received bytes with a few ranges cut and inserted. What is not edited leaves byte
//! for byte as it came (RFC 3261 §16.6 step 1).

use super::error::{Deviation, DeviationKind};
use super::index::Line;
use super::message::Message;
use super::scan::{offset_in, split_commas, trim};
use crate::flow::Flow;
use crate::registry::HeaderName;
use bytes::Bytes;
use smallvec::SmallVec;

/// Edits to a message, applied all at once by [`Edit::finish`].
#[derive(Debug)]
pub struct Edit<'m, 'a> {
    message: &'m Message<'a>,
    /// The new text of all edits, one after the other.
    text: Vec<u8>,
    cuts: SmallVec<[Cut; 8]>,
}

/// The bytes `from..to` of the message give way to `text[start..end]`. Insertions at the same place appear in
/// the order in which they were made.
#[derive(Clone, Copy, Debug)]
struct Cut {
    from: usize,
    to: usize,
    start: usize,
    end: usize,
}

impl<'m, 'a> Edit<'m, 'a> {
    /// Starts without any edit.
    pub fn new(message: &'m Message<'a>) -> Self {
        Edit { message, text: Vec::with_capacity(512), cuts: SmallVec::new() }
    }

    fn cut(&mut self, from: usize, to: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.text.len();
        write(&mut self.text);
        self.cuts.push(Cut { from, to, start, end: self.text.len() });
    }

    /// Replaces the Request-URI.
    pub fn request_uri(&mut self, uri: &[u8]) {
        let from = self.message.offset_of(self.message.request_uri());
        self.cut(from, from + self.message.request_uri().len(), |out| out.extend_from_slice(uri));
    }

    /// Writes the start line anew when white space or line ends stand where the grammar has none (RFC 3261 §7.1,
    /// §7.2), with this Request-URI if the message is a request; else only replaces the Request-URI if it differs.
    pub fn start_line(&mut self, uri: &[u8]) {
        let message = self.message;
        let odd =
            |d: &Deviation| matches!(d.kind, DeviationKind::StartLineSpace | DeviationKind::LeadingLineEnds);
        if !message.deviations().iter().any(odd) {
            if message.is_request() && uri != message.request_uri() {
                self.request_uri(uri);
            }
            return;
        }
        let version = message.offset_of(message.version());
        if !message.is_request() {
            return self.cut(0, version, |_| {});
        }
        let end = version + message.version().len();
        let space = message.bytes()[end..].iter().take_while(|&&b| b == b' ' || b == b'\t').count();
        self.cut(0, end + space, |out| {
            for part in [message.method_token(), b" ", uri, b" ", message.version()] {
                out.extend_from_slice(part);
            }
        });
    }

    /// Inserts a row above all others. Of two rows, the one inserted first stands above.
    pub fn insert_top(&mut self, name: HeaderName, value: impl AsRef<[u8]>) {
        let at = self.message.headers_start();
        self.cut(at, at, |out| super::response::write_row(out, name.as_str().as_bytes(), value.as_ref()));
    }

    /// The same with a value that `write` writes, which must have no line end.
    pub fn insert_top_with(&mut self, name: HeaderName, write: impl FnOnce(&mut Vec<u8>)) {
        let at = self.message.headers_start();
        self.cut(at, at, |out| {
            out.extend_from_slice(name.as_str().as_bytes());
            out.extend_from_slice(b": ");
            write(out);
            out.extend_from_slice(b"\r\n");
        });
    }

    /// Inserts a row below all others.
    pub fn append(&mut self, name: HeaderName, value: impl AsRef<[u8]>) {
        let at = self.message.headers_end();
        self.cut(at, at, |out| super::response::write_row(out, name.as_str().as_bytes(), value.as_ref()));
    }

    /// Sets a header field of one value: replaces the first row's value, or adds a row.
    pub fn set(&mut self, name: HeaderName, value: impl AsRef<[u8]>) {
        match self.message.lines().iter().find(|l| l.name == name) {
            Some(line) => self.replace(*line, value),
            None => self.append(name, value),
        }
    }

    /// Replaces the value of a row.
    pub fn replace(&mut self, line: Line, value: impl AsRef<[u8]>) {
        let range = line.value();
        self.cut(range.start, range.end, |out| out.extend_from_slice(value.as_ref()));
    }

    /// Removes a row.
    pub fn remove(&mut self, line: Line) {
        let range = line.range();
        self.cut(range.start, range.end, |_| {});
    }

    /// Removes the first `count` values of a header field, over rows and comma lists alike: Routes that were
    /// followed, the Via of a response.
    pub fn remove_first_values(&mut self, name: HeaderName, mut count: usize) {
        for line in self.message.lines().iter().filter(|l| l.name == name) {
            if count == 0 {
                return;
            }
            let row = self.message.value_of(line);
            let here = split_commas(row).count();
            if here <= count {
                count -= here;
                self.remove(*line);
                continue;
            }
            if let Some(kept) = split_commas(row).nth(count) {
                let from = line.value().start;
                self.cut(from, from + offset_in(row, kept), |_| {});
            }
            return;
        }
    }

    /// Removes the last value of a header field (the strict-route repair of RFC 3261 §16.4).
    pub fn remove_last_value(&mut self, name: HeaderName) {
        let Some(line) = self.message.lines().iter().rfind(|l| l.name == name) else { return };
        let row = self.message.value_of(line);
        let mut values = split_commas(row);
        let (mut before, mut last) = (None, values.next());
        for value in values {
            before = last.replace(value);
        }
        match before {
            Some(before) => {
                let from = line.value().start + offset_in(row, before) + before.len();
                self.cut(from, line.value().end, |_| {});
            }
            None => self.remove(*line),
        }
    }

    /// Stamps received and rport on the topmost Via of a request that came over `flow` (RFC 3261 §18.2.1,
    /// RFC 3581 §4), when they are needed.
    pub fn stamp_top_via(&mut self, flow: &Flow) {
        let Some(raw) = self.message.top_via_value() else { return };
        let Ok(via) = self.message.top_via() else { return };
        let stamp = via.stamp(flow);
        if stamp.received.is_none() && stamp.rport.is_none() && via.received().is_none() {
            return;
        }
        let from = self.message.offset_of(raw);
        self.cut(from, from + trim(raw).len(), |out| stamp.write(raw, out));
    }

    /// Applies the edits. Overlapping edits are not allowed: of two, the later is dropped.
    pub fn finish(mut self) -> Bytes {
        self.cuts.sort_by_key(|c| (c.from, c.to));
        let bytes = self.message.bytes();
        let end = self.message.headers_end();
        let mut out = Vec::with_capacity(bytes.len() + self.text.len());
        let mut at = 0;
        for cut in &self.cuts {
            debug_assert!(cut.from >= at, "edits overlap");
            if cut.from < at {
                continue;
            }
            out.extend_from_slice(&bytes[at..cut.from]);
            if cut.from == end && cut.to == end && !out.ends_with(b"\n") {
                // A message that ends with its last row may lack that row's line end.
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(&self.text[cut.start..cut.end]);
            at = cut.to;
        }
        out.extend_from_slice(&bytes[at..]);
        out.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Transport;

    const REQUEST: &str = "INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bKa\r\n\
        Route: <sip:p1;lr> , <sip:p2;lr>\r\nX-Odd:\t kept  as is \r\nRoute: <sip:p3;lr>\r\nMax-Forwards: 70\r\n\r\nbody";

    fn edited(edit: impl FnOnce(&mut Edit<'_, '_>)) -> String {
        let m = Message::parse(REQUEST.as_bytes()).unwrap();
        let mut e = Edit::new(&m);
        edit(&mut e);
        String::from_utf8(e.finish().to_vec()).unwrap()
    }

    #[test]
    fn no_edit_changes_no_byte() {
        assert_eq!(edited(|_| {}), REQUEST);
    }

    #[test]
    fn a_proxied_request_keeps_all_else() {
        let flow = Flow {
            transport: Transport::Udp,
            local: "192.0.2.9:5060".parse().unwrap(),
            remote: "198.51.100.7:4567".parse().unwrap(),
            connection: None,
            peer: None,
        };
        let out = edited(|e| {
            e.request_uri(b"sip:b@192.0.2.55");
            e.insert_top(HeaderName::VIA, "SIP/2.0/UDP me;branch=z9hG4bKm");
            e.insert_top(HeaderName::RECORD_ROUTE, "<sip:me;lr>");
            e.stamp_top_via(&flow);
            e.set(HeaderName::MAX_FORWARDS, "69");
            e.remove_first_values(HeaderName::ROUTE, 1);
        });
        assert_eq!(
            out,
            "INVITE sip:b@192.0.2.55 SIP/2.0\r\nVia: SIP/2.0/UDP me;branch=z9hG4bKm\r\nRecord-Route: <sip:me;lr>\r\n\
             Via: SIP/2.0/UDP h;branch=z9hG4bKa;received=198.51.100.7;rport=4567\r\nRoute: <sip:p2;lr>\r\n\
             X-Odd:\t kept  as is \r\nRoute: <sip:p3;lr>\r\nMax-Forwards: 69\r\n\r\nbody"
        );
    }

    #[test]
    fn white_space_around_a_start_line_goes_and_what_follows_stays() {
        for (text, uri, expected) in [
            (
                "INVITE sip:b@x SIP/2.0\r\nTo:  x\r\n\r\n",
                "sip:b@x",
                "INVITE sip:b@x SIP/2.0\r\nTo:  x\r\n\r\n",
            ),
            (
                "INVITE  sip:b@x  SIP/2.0 \t \r\nTo: x\r\n\r\nb",
                "sip:c",
                "INVITE sip:c SIP/2.0\r\nTo: x\r\n\r\nb",
            ),
            ("\r\n\n  BYE sip:b@x SIP/2.0\nTo: x\n\n", "sip:b@x", "BYE sip:b@x SIP/2.0\nTo: x\n\n"),
            ("BYE sip:b@x SIP/2.0  ", "sip:b@x", "BYE sip:b@x SIP/2.0"),
            ("\r\n  SIP/2.0 200 OK \r\nTo: x\r\n\r\n", "", "SIP/2.0 200 OK \r\nTo: x\r\n\r\n"),
            ("SIP/2.0 200 OK \r\n\r\n", "", "SIP/2.0 200 OK \r\n\r\n"),
        ] {
            let message = Message::parse(text.as_bytes()).unwrap();
            let mut edit = Edit::new(&message);
            edit.start_line(uri.as_bytes());
            assert_eq!(edit.finish(), expected.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn values_are_removed_over_rows_and_lists() {
        let routes = |s: String| {
            let m = Message::parse(s.as_bytes()).unwrap();
            m.routes().map(|r| String::from_utf8(r.unwrap().uri.to_vec()).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(routes(edited(|e| e.remove_first_values(HeaderName::ROUTE, 2))), ["sip:p3;lr"]);
        assert_eq!(routes(edited(|e| e.remove_first_values(HeaderName::ROUTE, 3))), Vec::<String>::new());
        assert_eq!(routes(edited(|e| e.remove_last_value(HeaderName::ROUTE))), ["sip:p1;lr", "sip:p2;lr"]);
    }

    #[test]
    fn rows_are_added_at_either_end() {
        let out = edited(|e| e.set(HeaderName::SUBJECT, "new"));
        assert!(out.ends_with("Max-Forwards: 70\r\nSubject: new\r\n\r\nbody"));
    }

    // Found by fuzzing: the new row continued the last one.
    #[test]
    fn row_is_added_below_a_last_row_without_line_end() {
        let m = Message::parse(b"BYE sip:x SIP/2.0\r\nTo: <sip:x>").unwrap();
        let mut edit = Edit::new(&m);
        edit.append(HeaderName::MAX_FORWARDS, "69");
        edit.append(HeaderName::SUBJECT, "s");
        assert_eq!(
            edit.finish(),
            &b"BYE sip:x SIP/2.0\r\nTo: <sip:x>\r\nMax-Forwards: 69\r\nSubject: s\r\n"[..]
        );
    }
}
