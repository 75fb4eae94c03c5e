//! The rules that a message must keep, by layer: what routing needs, and what the values must look like.
//!
//! The frame, the lowest layer, is judged by [`Message::parse`]. Each rule stands once, in a list: a server stops at
//! the first that is broken, a diagnosis shows them all.

use super::REQUEST_URI_BYTES_MAX;
use super::address::NameAddr;
use super::error::{Fault, Malformed};
use super::message::{Message, StartLine};
use super::scan::{find_outside, is_lws, is_token_text, parse_u32, quoted_len, split_commas, trim};
use super::uri::Uri;
use crate::flow::Transport;
use crate::registry::HeaderName;

/// A layer of judgement; each presumes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Whether the bytes are a message: [`Message::parse`].
    Frame,
    /// What routing and transactions need: [`Message::check`].
    Header,
    /// What the values mean: the Request-URI, addresses, dates, numbers: [`Message::check_values`].
    Value,
}

type Rule = fn(&Message<'_>) -> Result<(), Malformed>;

/// What every element needs of every message, in the order of judgement.
const HEADER_RULES: [Rule; 11] = [
    version,
    single_fields_are_single,
    vias,
    |m| m.heads().from.as_ref().map(drop).map_err(|fault| *fault),
    |m| m.heads().to.as_ref().map(drop).map_err(|fault| *fault),
    |m| m.call_id().map(drop),
    |m| m.heads().cseq.as_ref().map(drop).map_err(|fault| *fault),
    |m| m.max_forwards().map(drop),
    |m| m.content_length().map(drop),
    cseq_method_is_that_of_the_request,
    body_is_whole,
];

/// What the values must look like.
const VALUE_RULES: [Rule; 5] = [request_uri, addresses, lists, date, numbers];

impl<'a> Message<'a> {
    /// Checks what every element needs to route a message: version, Via, From, To, Call-ID, CSeq, Max-Forwards,
    /// Content-Length, that single fields are single, and that the body is whole (RFC 3261 §8.1.1, §18.3).
    ///
    /// # Errors
    /// The first rule that is broken. A request is answered with [`Fault::status`]; a response is dropped.
    pub fn check(&self) -> Result<(), Malformed> {
        HEADER_RULES.iter().try_for_each(|rule| rule(self))
    }

    /// The same for a message that came over `transport`. On a stream only Content-Length says where a message ends:
    /// without one, or when it is more than the stream's limit, the head has come alone, and the stream ends with it
    /// (RFC 3261 §18.3, §21.5.7).
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check_over(&self, transport: Transport) -> Result<(), Malformed> {
        let is_stream = matches!(transport, Transport::Tcp | Transport::Tls);
        match self.check() {
            Err(Malformed { fault: Fault::BodyShort, at }) if is_stream => {
                Err(Malformed::new(Fault::TooLong, at))
            }
            Ok(()) if is_stream && self.header(HeaderName::CONTENT_LENGTH).is_none() => {
                Err(Malformed::new(Fault::Unframed, self.bytes().len()))
            }
            checked => checked,
        }
    }

    /// Checks the values: the Request-URI and its length, addresses and the URIs in them, Date, and numbers. Much
    /// of this can be read past by who does not use the value; a peer may be told of it with 400.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check_values(&self) -> Result<(), Malformed> {
        VALUE_RULES.iter().try_for_each(|rule| rule(self))
    }

    /// Checks the display names in From and To: where one is not what the grammar has, such as a comma outside quotes,
    /// passing it on would spread the fault (RFC 4475 §3.1.2.15).
    ///
    /// # Errors
    /// The header field and the place.
    pub fn check_names(&self) -> Result<(), Malformed> {
        for (name, address) in [(HeaderName::FROM, self.from()?), (HeaderName::TO, self.to()?)] {
            if !display_is_whole(address.display) {
                return Err(self.malformed(Fault::Value(name), address.display));
            }
        }
        Ok(())
    }

    /// The Request-URI, if it has its grammar, a length that we serve, and no header fields (RFC 3261 §19.1.1).
    /// For a response it is a fault.
    ///
    /// # Errors
    /// [`Fault::RequestUri`], [`Fault::RequestUriTooLong`].
    pub fn target(&self) -> Result<Uri<'a>, Malformed> {
        let raw = self.request_uri();
        if raw.len() > REQUEST_URI_BYTES_MAX {
            return Err(self.malformed(Fault::RequestUriTooLong, raw));
        }
        let uri = self.uri().filter(|uri| uri.headers.is_empty());
        uri.copied().ok_or_else(|| self.malformed(Fault::RequestUri, raw))
    }

    /// Every rule that is broken, with its layer: at most one fault a rule.
    pub fn faults(&self) -> impl Iterator<Item = (Layer, Malformed)> + '_ {
        let header = HEADER_RULES.iter().map(|rule| (Layer::Header, rule));
        let value = VALUE_RULES.iter().map(|rule| (Layer::Value, rule));
        header.chain(value).filter_map(|(layer, rule)| Some((layer, rule(self).err()?)))
    }
}

fn version(m: &Message<'_>) -> Result<(), Malformed> {
    if m.version().eq_ignore_ascii_case(b"SIP/2.0") {
        return Ok(());
    }
    Err(m.malformed(Fault::Version, m.version()))
}

fn single_fields_are_single(m: &Message<'_>) -> Result<(), Malformed> {
    let mut seen = 0_u8;
    for line in m.lines() {
        let bit = match line.name {
            HeaderName::FROM => 1,
            HeaderName::TO => 2,
            HeaderName::CALL_ID => 4,
            HeaderName::CSEQ => 8,
            HeaderName::MAX_FORWARDS => 16,
            HeaderName::CONTENT_TYPE => 32,
            _ => 0,
        };
        if seen & bit != 0 {
            return Err(Malformed::new(Fault::Repeated(line.name), line.range().start));
        }
        seen |= bit;
    }
    Ok(())
}

/// The topmost Via has its grammar and identifies a transaction.
fn vias(m: &Message<'_>) -> Result<(), Malformed> {
    let via = m.heads().via.as_ref().map_err(|fault| *fault)?;
    let fault = || m.malformed(Fault::Value(HeaderName::VIA), m.top_via_value().unwrap_or_default());
    // The cookie without anything after it identifies no transaction (RFC 4475 §3.2.1).
    if via.branch().is_some_and(|b| b.eq_ignore_ascii_case(b"z9hG4bK")) || !via.is_whole() {
        return Err(fault());
    }
    Ok(())
}

fn cseq_method_is_that_of_the_request(m: &Message<'_>) -> Result<(), Malformed> {
    match (m.start_line(), m.cseq()) {
        (StartLine::Request { token, .. }, Ok(cseq)) if token != cseq.method_token => {
            Err(m.malformed(Fault::CSeqMethod, cseq.method_token))
        }
        _ => Ok(()),
    }
}

fn body_is_whole(m: &Message<'_>) -> Result<(), Malformed> {
    if m.body_is_whole() { Ok(()) } else { Err(Malformed::new(Fault::BodyShort, m.bytes().len())) }
}

fn request_uri(m: &Message<'_>) -> Result<(), Malformed> {
    if m.is_request() { m.target().map(drop) } else { Ok(()) }
}

/// The header fields whose values are addresses.
const ADDRESSES: [HeaderName; 9] = [
    HeaderName::FROM,
    HeaderName::TO,
    HeaderName::CONTACT,
    HeaderName::ROUTE,
    HeaderName::RECORD_ROUTE,
    HeaderName::REPLY_TO,
    HeaderName::PATH,
    HeaderName::REFER_TO,
    HeaderName::P_ASSERTED_IDENTITY,
];

fn addresses(m: &Message<'_>) -> Result<(), Malformed> {
    for line in m.lines().iter().filter(|l| ADDRESSES.contains(&l.name)) {
        let row = m.value_of(line);
        let is_list = !matches!(line.name, HeaderName::FROM | HeaderName::TO | HeaderName::REFER_TO);
        if !is_list {
            address(m, line.name, row)?;
            continue;
        }
        for value in split_commas(row) {
            address(m, line.name, value)?;
        }
    }
    let stars = m.contacts().flatten().filter(NameAddr::is_star).count();
    if stars > 0 && m.values(HeaderName::CONTACT).count() > 1 {
        let row = m.header(HeaderName::CONTACT).unwrap_or_default();
        return Err(m.malformed(Fault::Value(HeaderName::CONTACT), row));
    }
    Ok(())
}

fn address<'a>(m: &Message<'a>, name: HeaderName, value: &'a [u8]) -> Result<(), Malformed> {
    let address = m.parse_address(name, value)?;
    let fault = |part| Err(m.malformed(Fault::Value(name), part));
    if address.is_star() {
        return if name == HeaderName::CONTACT { Ok(()) } else { fault(value) };
    }
    if !display_is_whole(address.display) {
        return fault(address.display);
    }
    // Without brackets the URI must have no `,`, `?` or `;` (RFC 3261 §20.10).
    let ambiguous = !address.bracketed && address.uri.iter().any(|b| matches!(b, b',' | b'?'));
    if ambiguous || Uri::parse(address.uri).is_err() {
        return fault(address.uri);
    }
    if address.params.are_whole() { Ok(()) } else { fault(address.params.raw()) }
}

/// Whether a display name is one quoted string, or tokens with white space between (RFC 3261 §25.1).
fn display_is_whole(display: &[u8]) -> bool {
    match display.first() {
        None => true,
        Some(b'"') => quoted_len(display) == Some(display.len()),
        Some(_) => display.split(|&b| is_lws(b)).filter(|w| !w.is_empty()).all(is_token_text),
    }
}

/// Lists whose elements route a message have no empty element (RFC 3261 §7.3.1, §25.1).
fn lists(m: &Message<'_>) -> Result<(), Malformed> {
    const LISTS: [HeaderName; 4] =
        [HeaderName::VIA, HeaderName::ROUTE, HeaderName::RECORD_ROUTE, HeaderName::CONTACT];
    for line in m.lines().iter().filter(|l| LISTS.contains(&l.name)) {
        let mut rest = Some(m.value_of(line));
        while let Some(list) = rest {
            let comma = find_outside(list, b',', true);
            let element = trim(&list[..comma.unwrap_or(list.len())]);
            if element.is_empty() {
                return Err(m.malformed(Fault::Value(line.name), list));
            }
            rest = comma.map(|c| &list[c + 1..]);
        }
    }
    m.vias().try_for_each(|via| via.map(drop))
}

/// `Sat, 13 Nov 2010 23:29:00 GMT`, and no other zone (RFC 3261 §20.17).
fn date(m: &Message<'_>) -> Result<(), Malformed> {
    match m.header(HeaderName::DATE) {
        Some(value) if !is_date(value) => Err(m.malformed(Fault::Value(HeaderName::DATE), value)),
        _ => Ok(()),
    }
}

fn is_date(value: &[u8]) -> bool {
    const DAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    const MONTHS: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    const SHAPE: &[u8; 29] = b"aaa, 00 aaa 0000 00:00:00 GMT";
    let fits = |(&b, &shape): (&u8, &u8)| match shape {
        b'a' => b.is_ascii_alphabetic(),
        b'0' => b.is_ascii_digit(),
        other => b == other,
    };
    value.len() == SHAPE.len()
        && value.iter().zip(SHAPE).all(fits)
        && DAYS.contains(&&value[..3])
        && MONTHS.contains(&&value[8..11])
        && [(5..7, 31), (17..19, 23), (20..22, 59), (23..25, 60)]
            .into_iter()
            .all(|(part, max)| parse_u32(&value[part]).is_some_and(|n| n <= max))
}

/// The header fields that are one number of 32 bits.
fn numbers(m: &Message<'_>) -> Result<(), Malformed> {
    const NUMBERS: [HeaderName; 3] = [HeaderName::EXPIRES, HeaderName::MIN_EXPIRES, HeaderName::RSEQ];
    NUMBERS.iter().try_for_each(|&name| m.number(name, u32::MAX).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(rows: &str) -> Vec<u8> {
        format!(
            "OPTIONS sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa, SIP/2.0/TCP g;branch=z9hG4bKb\r\n\
             From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: c\r\n{rows}\r\n"
        )
        .into_bytes()
    }

    fn fault(rows: &str) -> Option<Fault> {
        let bytes = request(rows);
        Message::parse(&bytes).unwrap().check().err().map(|e| e.fault)
    }

    fn value_fault(rows: &str) -> Option<Fault> {
        let bytes = request(&format!("CSeq: 1 OPTIONS\r\n{rows}\r\n"));
        Message::parse(&bytes).unwrap().check_values().err().map(|e| e.fault)
    }

    #[test]
    fn check_names_the_broken_rule() {
        use HeaderName as H;
        assert_eq!(fault(""), Some(Fault::Missing(H::CSEQ)));
        assert_eq!(fault("CSeq: 2147483648 OPTIONS\r\n"), Some(Fault::Range(H::CSEQ)));
        assert_eq!(fault("CSeq: 1 INVITE\r\n"), Some(Fault::CSeqMethod));
        assert_eq!(fault("CSeq: 1 OPTIONS\r\nMax-Forwards: 300\r\n"), Some(Fault::Range(H::MAX_FORWARDS)));
        assert_eq!(fault("CSeq: 1 OPTIONS\r\nFrom: <sip:a@x>;tag=2\r\n"), Some(Fault::Repeated(H::FROM)));
        assert_eq!(fault("CSeq: 1 OPTIONS\r\nContent-Length: 9\r\n"), Some(Fault::BodyShort));
        assert_eq!(fault("CSeq: 1 OPTIONS\r\nContent-Length: -9\r\n"), Some(Fault::Value(H::CONTENT_LENGTH)));
        assert_eq!(fault("CSeq: 1 OPTIONS\r\n"), None);
    }

    #[test]
    fn values_are_judged_apart_from_what_routing_needs() {
        use HeaderName as H;
        assert_eq!(value_fault("Contact: *"), None);
        assert_eq!(value_fault("Contact: *, <sip:a@x>"), Some(Fault::Value(H::CONTACT)));
        assert_eq!(value_fault("Contact: sip:a@x?Route=b"), Some(Fault::Value(H::CONTACT)));
        assert_eq!(value_fault("Contact: Bell, A <sip:a@x>"), Some(Fault::Value(H::CONTACT)));
        assert_eq!(value_fault("Route: <sip:p;lr>,,<sip:q;lr>"), Some(Fault::Value(H::ROUTE)));
        assert_eq!(value_fault("Expires: soon"), Some(Fault::Value(H::EXPIRES)));
        assert_eq!(value_fault("Expires: 4294967296"), Some(Fault::Range(H::EXPIRES)));
        assert_eq!(value_fault("Date: Sat, 13 Nov 2010 23:29:00 GMT"), None);
        assert_eq!(value_fault("Date: Sat, 13 Nov 2010 23:29:00 EST"), Some(Fault::Value(H::DATE)));
        assert_eq!(value_fault("Date: Sat, 13 Nov 2010 24:29:00 GMT"), Some(Fault::Value(H::DATE)));
    }

    #[test]
    fn all_faults_are_told_and_the_first_is_that_of_check() {
        let bytes = request("CSeq: 1 INVITE\r\nMax-Forwards: 256\r\nExpires: x\r\n");
        let m = Message::parse(&bytes).unwrap();
        let all: Vec<_> = m.faults().map(|(layer, e)| (layer, e.fault)).collect();
        let wanted = [
            (Layer::Header, Fault::Range(HeaderName::MAX_FORWARDS)),
            (Layer::Header, Fault::CSeqMethod),
            (Layer::Value, Fault::Value(HeaderName::EXPIRES)),
        ];
        assert_eq!(all, wanted);
        assert_eq!(m.check().err().map(|e| e.fault), Some(wanted[0].1));
        assert_eq!(m.check_values().err().map(|e| e.fault), Some(wanted[2].1));
    }

    #[test]
    fn request_uri_longer_than_we_serve_is_414() {
        let bytes = format!("OPTIONS sip:{}@x SIP/2.0\r\n\r\n", "a".repeat(REQUEST_URI_BYTES_MAX));
        let fault = Message::parse(bytes.as_bytes()).unwrap().target().unwrap_err().fault;
        assert_eq!(fault, Fault::RequestUriTooLong);
        assert_eq!(fault.status().number(), 414);
    }
}
