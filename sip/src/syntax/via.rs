//! The Via header field (RFC 3261 §20.42, RFC 3581).

use super::address::{Item, Params};
use super::error::{Fault, Malformed};
use super::scan::{Stop, find, is_lws, parse_u32, trim};
use super::text::{push_decimal, push_ip};
use crate::flow::{Flow, Transport};
use crate::registry::HeaderName;
use core::net::{IpAddr, Ipv4Addr};

/// One Via value: one hop of a request's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    /// The transport, when it is one that we know.
    pub transport: Option<Transport>,
    /// The transport as it came.
    pub transport_token: &'a [u8],
    /// The host of sent-by, an IPv6 address with its brackets.
    pub host: &'a [u8],
    /// The port of sent-by.
    pub port: Option<u16>,
    /// branch, received, rport and the rest.
    pub params: Params<'a>,
    known: Known<'a>,
}

/// The parameters that every element looks for, each as it first occurs; empty without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
struct Known<'a> {
    branch: Option<&'a [u8]>,
    rport: Option<&'a [u8]>,
    received: Option<&'a [u8]>,
    maddr: Option<&'a [u8]>,
    /// The name itself.
    keep: Option<&'a [u8]>,
    /// Whether `oc` stands there.
    oc: bool,
    /// Whether every parameter has its grammar.
    whole: bool,
    /// The parameters before and after rport, or all; `None` unless they can go out as they stand in a stamped Via.
    kept: Option<(&'a [u8], &'a [u8])>,
}

impl<'a> Known<'a> {
    fn read(params: &Params<'a>) -> Self {
        let mut known = Known { whole: matches!(params.raw(), [] | [b';', ..]), ..Known::default() };
        let all = trim(params.raw());
        let (mut rest, mut is_usual, mut kept) = (all, known.whole, (all, &all[..0]));
        while !rest.is_empty() {
            let text = rest.strip_prefix(b";").unwrap_or(rest);
            let (item, end) = Item::read(text);
            let before = &all[..all.len() - rest.len()];
            rest = &text[end..];
            known.whole &= item.is_whole;
            is_usual &= item.len() == end && end > 0;
            let place = match item.name.len() {
                6 if is_named(item.name, b"branch") => &mut known.branch,
                5 if is_named(item.name, b"rport") => {
                    is_usual &= known.rport.is_none();
                    kept = (before, rest);
                    &mut known.rport
                }
                8 if is_named(item.name, b"received") => {
                    is_usual = false;
                    &mut known.received
                }
                5 if is_named(item.name, b"maddr") => &mut known.maddr,
                4 if is_named(item.name, b"keep") && item.value.is_none() => {
                    known.keep = known.keep.or(Some(item.name));
                    continue;
                }
                2 if is_named(item.name, b"oc") => {
                    known.oc = true;
                    continue;
                }
                _ => continue,
            };
            if place.is_none() {
                *place = Some(item.value.unwrap_or_default());
            }
        }
        known.kept = is_usual.then_some(kept);
        known
    }
}

/// Whether it is this name in any case; most are written as they stand here.
fn is_named<const N: usize>(name: &[u8], known: &[u8; N]) -> bool {
    name == known || name.eq_ignore_ascii_case(known)
}

impl<'a> Via<'a> {
    /// Parses one Via value (one element of a comma list).
    ///
    /// # Errors
    /// [`Fault::Value`] of Via.
    pub fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        Self::read(value).ok_or(Malformed::new(Fault::Value(HeaderName::VIA), 0))
    }

    fn read(value: &'a [u8]) -> Option<Self> {
        let text = trim(value);
        let rest = trim(text.strip_prefix(b"SIP/2.0/").or_else(|| after_protocol(text))?);
        let space = find(rest, Stop::Token).filter(|at| *at > 0 && is_lws(rest[*at]))?;
        let (token, rest) = (&rest[..space], trim(&rest[space..]));
        let (host, port, params) = usual_sent_by(rest).or_else(|| {
            let semicolon = memchr::memchr(b';', rest).unwrap_or(rest.len());
            let (host, port) = split_host_port(&rest[..semicolon])?;
            Some((host, port, &rest[semicolon..]))
        })?;
        Some(Via {
            transport: Transport::from_name(token),
            transport_token: token,
            host,
            port,
            params: Params::new(params),
            known: Known::read(&Params::new(params)),
        })
    }

    /// Whether every parameter has its grammar.
    pub(super) fn is_whole(&self) -> bool {
        self.known.whole
    }

    /// The branch parameter.
    pub fn branch(&self) -> Option<&'a [u8]> {
        self.known.branch.filter(|b| !b.is_empty())
    }

    /// Whether the branch follows RFC 3261, with its magic cookie and something after it.
    pub fn is_rfc3261(&self) -> bool {
        let is_cookie = |start: &[u8]| start == b"z9hG4bK" || start.eq_ignore_ascii_case(b"z9hG4bK");
        self.branch().is_some_and(|b| b.len() > 7 && is_cookie(&b[..7]))
    }

    /// The received parameter; with or without brackets around an IPv6 address (RFC 5118 §4.5).
    pub fn received(&self) -> Option<IpAddr> {
        parse_ip(self.known.received?)
    }

    /// The rport parameter: `Some(None)` when it stands without a value (RFC 3581 §3).
    pub fn rport(&self) -> Option<Option<u16>> {
        let value = self.known.rport?;
        Some(parse_u32(value).and_then(|n| u16::try_from(n).ok()))
    }

    /// The maddr parameter.
    pub fn maddr(&self) -> Option<&'a [u8]> {
        self.known.maddr
    }

    /// The name of the parameter that offers signs of life (RFC 6223 §4.1), where it stands without a value.
    pub fn keep_offered(&self) -> Option<&'a [u8]> {
        self.known.keep
    }

    /// Whether overload control is announced (RFC 7339 §4.1).
    pub fn has_overload_control(&self) -> bool {
        self.known.oc
    }

    /// The address of sent-by when it is numeric.
    pub fn host_ip(&self) -> Option<IpAddr> {
        parse_ip(self.host)
    }

    /// What the receiver adds to this topmost Via: the source address when sent-by does not show it or rport
    /// asks (RFC 3261 §18.2.1, RFC 3581 §4), and the source port when rport asks.
    pub fn stamp(&self, flow: &Flow) -> Stamp<'a> {
        let wants_port = self.known.rport.is_some();
        let is_shown = || self.host_ip().is_some_and(|ip| ip == flow.remote_ip());
        Stamp {
            received: (wants_port || !is_shown()).then(|| flow.remote_ip()),
            rport: wants_port.then(|| flow.remote.port()),
            kept: self.known.kept,
        }
    }
}

/// See [`Via::stamp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp<'a> {
    /// The received parameter to set.
    pub received: Option<IpAddr>,
    /// The value to give to rport.
    pub rport: Option<u16>,
    kept: Option<(&'a [u8], &'a [u8])>,
}

impl Stamp<'_> {
    /// Writes the Via value `raw`, from which it was made, with the stamp on it: old received and rport are replaced.
    pub fn write(&self, raw: &[u8], out: &mut Vec<u8>) {
        let Some(semicolon) = memchr::memchr(b';', raw) else {
            out.extend_from_slice(trim(raw));
            self.write_params(out);
            return;
        };
        out.extend_from_slice(trim(&raw[..semicolon]));
        if let Some((before, after)) = self.kept {
            out.extend_from_slice(before);
            out.extend_from_slice(after);
            return self.write_params(out);
        }
        Params::new(&raw[semicolon..]).write_if(
            |part| out.extend_from_slice(part),
            |name| match name.len() {
                5 => !is_named(name, b"rport"),
                8 => !is_named(name, b"received"),
                _ => true,
            },
        );
        self.write_params(out);
    }

    fn write_params(&self, out: &mut Vec<u8>) {
        if let Some(ip) = self.received {
            out.extend_from_slice(b";received=");
            push_ip(out, ip);
        }
        if let Some(port) = self.rport {
            out.extend_from_slice(b";rport=");
            push_decimal(out, port.into());
        }
    }
}

/// What follows `SIP/2.0/`, which may have white space between (RFC 3261 §25.1).
fn after_protocol(text: &[u8]) -> Option<&[u8]> {
    let (name, rest) = split_at_byte(text, b'/')?;
    let (version, rest) = split_at_byte(rest, b'/')?;
    (trim(name).eq_ignore_ascii_case(b"SIP") && trim(version) == b"2.0").then_some(rest)
}

/// A sent-by without white space or brackets, and what follows it.
fn usual_sent_by(text: &[u8]) -> Option<(&[u8], Option<u16>, &[u8])> {
    let (host, rest) = text.split_at(find(text, Stop::Host).unwrap_or(text.len()));
    if matches!(host, [] | [b'[', ..]) {
        return None;
    }
    let [b':', digits @ ..] = rest else {
        return matches!(rest, [] | [b';', ..]).then_some((host, None, rest));
    };
    let (mut port, mut length) = (0_u32, 0);
    while let Some(digit) = digits.get(length).map(|b| b.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        port = port.wrapping_mul(10) + u32::from(digit);
        length += 1;
    }
    let params = &digits[length..];
    let is_usual = matches!(length, 1..=5) && matches!(params, [] | [b';', ..]);
    Some((host, Some(u16::try_from(port).ok().filter(|_| is_usual)?), params))
}

fn split_at_byte(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let i = memchr::memchr(at, bytes)?;
    Some((&bytes[..i], &bytes[i + 1..]))
}

/// Splits `host`, `host:port`, `[v6]` or `[v6]:port`; white space may stand around the colon.
pub(crate) fn split_host_port(text: &[u8]) -> Option<(&[u8], Option<u16>)> {
    if let Some((host, port, [])) = usual_sent_by(text) {
        return Some((host, port));
    }
    let text = trim(text);
    let host_end = match text.first()? {
        b'[' => memchr::memchr(b']', text)? + 1,
        _ => find(text, Stop::Host).unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at(host_end);
    if host.is_empty() || (host[0] == b'[' && find(host, Stop::HostOrColon).is_some()) {
        return None;
    }
    match trim(rest) {
        [] => Some((host, None)),
        [b':', port @ ..] => Some((host, Some(parse_u32(port).and_then(|n| u16::try_from(n).ok())?))),
        _ => None,
    }
}

/// Reads an IPv4 or IPv6 address, the latter with or without brackets. Three colons before an embedded IPv4
/// address, which the grammar of RFC 3261 allowed by mistake, count as two (RFC 5118 §4.10, RFC 5954 §4.1).
pub(crate) fn parse_ip(text: &[u8]) -> Option<IpAddr> {
    // Most names are told apart from addresses by their end.
    if !matches!(text.last()?, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b':' | b']') {
        return None;
    }
    let text = text.strip_prefix(b"[").and_then(|t| t.strip_suffix(b"]")).unwrap_or(text);
    if let Some(ip) = parse_ipv4(text) {
        return Some(ip.into());
    }
    if !text.contains(&b':') {
        return None;
    }
    let text = core::str::from_utf8(text).ok()?;
    if let Some(at) = text.find(":::").filter(|_| text.contains('.') && text.len() <= IP_TEXT_BYTES_MAX) {
        return [&text[..at], &text[at + 1..]].concat().parse().ok();
    }
    text.parse().ok()
}

/// Reads four numbers up to 255 with points between, none of them with a zero in front.
fn parse_ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let (mut digits, mut place) = (0, 0);
    for &b in text {
        let digit = b.wrapping_sub(b'0');
        let octet: &mut u8 = octets.get_mut(place)?;
        if digit < 10 && (digits == 0 || *octet != 0) {
            *octet = octet.checked_mul(10)?.checked_add(digit)?;
            digits += 1;
        } else if b == b'.' && digits > 0 {
            (digits, place) = (0, place + 1);
        } else {
            return None;
        }
    }
    (place == 3 && digits > 0).then(|| octets.into())
}

/// Longest text of an address that is looked at for the mistake above.
const IP_TEXT_BYTES_MAX: usize = 46;

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(remote: &str) -> Flow {
        Flow {
            transport: Transport::Udp,
            local: "192.0.2.9:5060".parse().unwrap(),
            remote: remote.parse().unwrap(),
            connection: None,
            peer: None,
        }
    }

    #[test]
    fn odd_but_legal_forms() {
        let v = Via::parse(b"SIP  / 2.0\r\n /UDP \t 192.0.2.2:5060 ;branch= z9hG4bKx ; rport").unwrap();
        assert_eq!((v.transport, v.host, v.port), (Some(Transport::Udp), &b"192.0.2.2"[..], Some(5060)));
        assert_eq!((v.branch(), v.rport()), (Some(&b"z9hG4bKx"[..]), Some(None)));
        assert_eq!(Via::parse(b"SIP/2.0/ UDP h").map(|v| v.host), Ok(&b"h"[..]));
        let v = Via::parse(b"SIP/2.0/UNKNOWN [2001:db8::1]:9;received=[::1]").unwrap();
        assert_eq!((v.transport, v.host, v.port), (None, &b"[2001:db8::1]"[..], Some(9)));
        assert_eq!(v.received(), Some("::1".parse().unwrap()));
        assert!(!v.is_rfc3261() && !v.has_overload_control());
        let v = Via::parse(b"SIP/2.0/UDP h;branch=z9hG4bKx;OC;oc-algo=\"loss\"").unwrap();
        assert!(v.has_overload_control());
        assert!(!Via::parse(b"SIP/2.0/UDP h;oc-algo=\"loss\"").unwrap().has_overload_control());
    }

    #[test]
    fn addresses_are_read_as_the_standard_library_reads_them() {
        for text in [
            "127.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "256.1.1.1",
            "1.2.3",
            "1.2.3.",
            "1.2.3.4.",
            ".1.2.3.4",
            "1..2.3",
            "01.2.3.4",
            "1.2.3.00",
            "1.2.3.4x",
            "1.2.3.x4",
            "",
            "1",
            "999999.1.1.1",
            "::1",
            "1.2.3.4.5",
        ] {
            assert_eq!(parse_ip(text.as_bytes()), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn broken_values_are_refused() {
        for bad in
            ["", "SIP/2.0/UDP", "SIP/2.0 UDP x", "HTTP/2.0/UDP x", "SIP/2.0/UDP x:99999", "SIP/2.0/UDP [::1"]
        {
            assert!(Via::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn stamp_sets_received_and_rport_as_asked() {
        let stamped = |raw: &str, remote: &str| {
            let mut out = Vec::new();
            Via::parse(raw.as_bytes()).unwrap().stamp(&flow(remote)).write(raw.as_bytes(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(stamped("SIP/2.0/UDP 1.2.3.4;branch=b", "1.2.3.4:9"), "SIP/2.0/UDP 1.2.3.4;branch=b");
        assert_eq!(
            stamped("SIP/2.0/UDP 1.2.3.4;rport;branch=b", "1.2.3.4:9"),
            "SIP/2.0/UDP 1.2.3.4;branch=b;received=1.2.3.4;rport=9"
        );
        assert_eq!(
            stamped("SIP/2.0/UDP pc.test;branch=b;received=9.9.9.9", "1.2.3.4:9"),
            "SIP/2.0/UDP pc.test;branch=b;received=1.2.3.4"
        );
        assert_eq!(stamped("SIP/2.0/UDP [::1]", "[::1]:9"), "SIP/2.0/UDP [::1]");
    }
}
