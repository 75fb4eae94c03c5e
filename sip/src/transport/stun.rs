//! The sign of life by STUN on the SIP port: a Binding request is told from which address it came (RFC 5626 §8,
//! RFC 8489). Nothing is kept, nothing else of STUN is served, and an answer is hardly longer than its request.

use core::net::{IpAddr, SocketAddr};

/// What a datagram is to a SIP port that also speaks STUN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stun {
    /// It is no STUN message.
    Other,
    /// A STUN message to which nothing is said: no request, or a broken one.
    Silent,
    /// A request, and its answer.
    Answer(Vec<u8>),
    /// The answer to a request of ours, for [`stun_answer`].
    Answered,
}

/// A Binding request with this transaction identifier.
pub fn stun_request(id: [u8; 12]) -> Vec<u8> {
    [&BINDING_REQUEST[..], &[0, 0], &COOKIE, &id].concat()
}

/// What the answer to the request with this identifier says: from which address we came; `None` when it is another
/// one's answer, an error, or broken (RFC 8489 §14.2).
pub fn stun_answer(datagram: &[u8], id: [u8; 12]) -> Option<SocketAddr> {
    let (head, attributes) = datagram.split_first_chunk::<20>()?;
    if head[..2] != BINDING_SUCCESS || head[8..] != id {
        return None;
    }
    shown_address(stun_attribute(attributes, XOR_MAPPED_ADDRESS)?, head)
}

/// The value of the first attribute of this type, in what follows the header of a message (RFC 8489 §14).
pub fn stun_attribute(mut rest: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let (kind, value, padded) = split_attribute(rest)?;
        if kind == wanted {
            return Some(value);
        }
        rest = rest.get(padded..)?;
    }
}

/// The attribute at the beginning: its type, its value, and how many bytes it takes with what fills it up.
fn split_attribute(bytes: &[u8]) -> Option<(u16, &[u8], usize)> {
    let (head, tail) = bytes.split_first_chunk::<4>()?;
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    Some((u16::from_be_bytes([head[0], head[1]]), tail.get(..length)?, 4 + length.next_multiple_of(4)))
}

/// The address that a XOR-MAPPED-ADDRESS hides.
fn shown_address(value: &[u8], head: &[u8; 20]) -> Option<SocketAddr> {
    let ([_, family, port @ ..], hidden) = value.split_first_chunk::<4>()?;
    let mask = &head[4..];
    let shown: Vec<u8> = hidden.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
    let ip = match family {
        1 => IpAddr::from(<[u8; 4]>::try_from(shown).ok()?),
        2 => IpAddr::from(<[u8; 16]>::try_from(shown).ok()?),
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_be_bytes([port[0] ^ mask[0], port[1] ^ mask[1]])))
}

/// Sorts a datagram that came from `source`. The first octet of a STUN Binding message is 0 or 1, with which no SIP
/// message begins.
pub fn stun(datagram: &[u8], source: SocketAddr) -> Stun {
    let Some((head, attributes)) = datagram.split_first_chunk::<20>() else { return Stun::Other };
    if head[0] > 1 || head[4..8] != COOKIE {
        return Stun::Other;
    }
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    if length == attributes.len() && matches!([head[0], head[1]], BINDING_SUCCESS | BINDING_ERROR) {
        return Stun::Answered;
    }
    if length != attributes.len() || length > ATTRIBUTES_BYTES_MAX || head[..2] != BINDING_REQUEST {
        return Stun::Silent;
    }
    let Some(unknown) = unknown_attributes(attributes) else { return Stun::Silent };
    let answer = if unknown.is_empty() {
        write(BINDING_SUCCESS, head, &[(XOR_MAPPED_ADDRESS, xor_address(source, head))])
    } else {
        let list = unknown.iter().flat_map(|kind| kind.to_be_bytes()).collect();
        let code = [&[0, 0, 4, 20][..], b"Unknown Attribute"].concat();
        write(BINDING_ERROR, head, &[(ERROR_CODE, code), (UNKNOWN_ATTRIBUTES, list)])
    };
    Stun::Answer(answer)
}

/// The attributes that must be understood and are not, a few of them; `None` when they are broken.
fn unknown_attributes(mut rest: &[u8]) -> Option<Vec<u16>> {
    let mut unknown = Vec::new();
    while !rest.is_empty() {
        let (kind, _, padded) = split_attribute(rest)?;
        rest = rest.get(padded..)?;
        if kind < FIRST_OPTIONAL && unknown.len() < UNKNOWN_MAX {
            unknown.push(kind);
        }
    }
    Some(unknown)
}

/// XOR-MAPPED-ADDRESS (RFC 8489 §14.2): hidden, so that no translator "repairs" it.
fn xor_address(source: SocketAddr, head: &[u8; 20]) -> Vec<u8> {
    let mask = &head[4..];
    let (family, octets) = match source.ip().to_canonical() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let port = source.port().to_be_bytes();
    let mut value = vec![0, family, port[0] ^ mask[0], port[1] ^ mask[1]];
    value.extend(octets.iter().zip(mask).map(|(octet, mask)| octet ^ mask));
    value
}

fn write(kind: [u8; 2], head: &[u8; 20], attributes: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut out = [&kind[..], &[0, 0], &head[4..]].concat();
    for (kind, value) in attributes {
        out.extend_from_slice(&kind.to_be_bytes());
        out.extend_from_slice(&(value.len() as u16).to_be_bytes());
        out.extend_from_slice(value);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    let length = ((out.len() - head.len()) as u16).to_be_bytes();
    out[2..4].copy_from_slice(&length);
    out
}

const BINDING_REQUEST: [u8; 2] = [0, 1];
const BINDING_SUCCESS: [u8; 2] = [1, 1];
const BINDING_ERROR: [u8; 2] = [1, 0x11];
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
/// Attributes from here on may be ignored.
const FIRST_OPTIONAL: u16 = 0x8000;
/// Most bytes of attributes that are read; a sign of life needs none.
const ATTRIBUTES_BYTES_MAX: usize = 548;
/// Most unknown attributes that are named.
const UNKNOWN_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(kind: [u8; 2], attributes: &[u8]) -> Vec<u8> {
        let length = (attributes.len() as u16).to_be_bytes();
        [&kind[..], &length, &COOKIE, b"0123456789ab", attributes].concat()
    }

    fn answer(datagram: &[u8], source: &str) -> Vec<u8> {
        match stun(datagram, source.parse().unwrap()) {
            Stun::Answer(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_binding_request_is_told_the_address_it_came_from() {
        let told = answer(&request(BINDING_REQUEST, b""), "192.0.2.1:32853");
        assert_eq!(told[..8], [1, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42]);
        assert_eq!(&told[8..20], b"0123456789ab");
        // The mapped address of the sample response of RFC 5769 §2.2.
        assert_eq!(told[20..], [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        let told = answer(&request(BINDING_REQUEST, b""), "[2001:db8::1]:32853");
        assert_eq!((told.len(), told[25]), (44, 2));
        assert_eq!(told[44 - 12..44 - 1], b"0123456789a"[..], "zeros show the mask");
    }

    #[test]
    fn what_may_be_ignored_is_and_what_must_be_understood_is_named() {
        let software = [0x80, 0x22, 0, 3, b'a', b'b', b'c', 0];
        assert_eq!(answer(&request(BINDING_REQUEST, &software), "192.0.2.1:1")[..2], BINDING_SUCCESS);
        let strange = [&software[..], &[0x00, 0x77, 0, 0]].concat();
        let told = answer(&request(BINDING_REQUEST, &strange), "192.0.2.1:1");
        assert_eq!(told[..2], BINDING_ERROR);
        assert_eq!(told[20..28], [0, 9, 0, 21, 0, 0, 4, 20]);
        assert_eq!(told[48..], [0, 10, 0, 2, 0, 0x77, 0, 0]);
    }

    #[test]
    fn nothing_else_is_answered() {
        let source = "192.0.2.1:1".parse().unwrap();
        let good = request(BINDING_REQUEST, b"");
        for other in [&b"OPTIONS sip:a SIP/2.0\r\n\r\n"[..], b"\r\n\r\n", b"\0\0", &good[..19], b""] {
            assert_eq!(stun(other, source), Stun::Other, "{other:?}");
        }
        let mut classic = good.clone();
        classic[4] = 0;
        assert_eq!(stun(&classic, source), Stun::Other, "RFC 3489 is not served");
        let long = request(BINDING_REQUEST, &[0x80; 600]);
        let short = [&good[..], b"x"].concat();
        let broken = request(BINDING_REQUEST, &[0x80, 0x22, 0, 9]);
        for silent in [request([0, 3], b""), request([0, 0x11], b""), long, short, broken] {
            assert_eq!(stun(&silent, source), Stun::Silent, "{silent:?}");
        }
    }

    #[test]
    fn an_answer_to_us_tells_from_where_we_came() {
        for source in ["192.0.2.1:32853", "[2001:db8::1]:5"] {
            for id in [*b"0123456789ab", *b"ba9876543210"] {
                let answer = answer(&stun_request(id), source);
                assert_eq!(stun(&answer, source.parse().unwrap()), Stun::Answered);
                assert_eq!(stun_answer(&answer, *b"another one!"), None);
                assert_eq!(stun_answer(&answer, id), source.parse().ok());
            }
        }
        for broken in
            [&[0, 0x20, 0, 9][..], &[0, 0x20, 0, 4, 0, 1, 0, 0], &[0, 0x20, 0, 8, 0, 3, 0, 0, 1, 2, 3, 4]]
        {
            assert_eq!(stun_answer(&request(BINDING_SUCCESS, broken), *b"0123456789ab"), None);
        }
    }

    proptest! {
        #[test]
        fn no_datagram_makes_a_long_answer(bytes in proptest::collection::vec(any::<u8>(), 0..600), v6: bool) {
            let source = if v6 { "[2001:db8::1]:5" } else { "192.0.2.1:5" }.parse().unwrap();
            let shaped = request(BINDING_REQUEST, &bytes);
            for datagram in [&bytes, &shaped] {
                if let Stun::Answer(answer) = stun(datagram, source) {
                    prop_assert!(answer.len() <= datagram.len() + 60);
                    prop_assert!(answer.len() % 4 == 0);
                }
            }
        }
    }
}
