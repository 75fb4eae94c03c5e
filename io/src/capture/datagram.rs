//! Packets of IP: addresses, protocol, payload (RFC 791, RFC 8200), tunnels of IP in IP included.

use super::link::be16;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A packet of IP without its header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Datagram<'a> {
    pub(super) src: IpAddr,
    pub(super) dst: IpAddr,
    /// The protocol inside.
    pub(super) protocol: u8,
    pub(super) hop_limit: u8,
    /// The mark of priority (RFC 2474).
    pub(super) dscp: u8,
    pub(super) fragment: Option<Fragment>,
    pub(super) payload: &'a [u8],
}

/// Which part of a packet this is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment {
    pub(super) id: u32,
    /// Offset in bytes.
    pub(super) offset: usize,
    pub(super) is_last: bool,
}

pub(super) const ICMP: u8 = 1;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const ICMP_V6: u8 = 58;

/// Reads the header and what tunnels wrap around it; a payload that was cut short stays short.
pub(super) fn parse(bytes: &[u8]) -> Option<Datagram<'_>> {
    let mut datagram = parse_one(bytes)?;
    for _ in 0..TUNNELS_MAX {
        if !matches!(datagram.protocol, 4 | 41) || datagram.fragment.is_some() {
            return Some(datagram);
        }
        datagram = parse_one(datagram.payload)?;
    }
    Some(datagram)
}

fn parse_one(bytes: &[u8]) -> Option<Datagram<'_>> {
    match bytes.first()? >> 4 {
        4 => parse_v4(bytes),
        6 => parse_v6(bytes),
        _ => None,
    }
}

fn parse_v4(bytes: &[u8]) -> Option<Datagram<'_>> {
    let head = usize::from(bytes[0] & 15) * 4;
    let src = Ipv4Addr::from(*bytes.get(12..)?.first_chunk::<4>()?);
    let dst = Ipv4Addr::from(*bytes.get(16..)?.first_chunk::<4>()?);
    let total = usize::from(be16(bytes, 2)?);
    // A length of zero: the card was to split the packet, and the capture saw it before.
    let end = if total == 0 { bytes.len() } else { total.min(bytes.len()) };
    let flags = be16(bytes, 6)?;
    let (offset, is_last) = (usize::from(flags & 0x1fff) * 8, flags & 0x2000 == 0);
    let fragment =
        (offset > 0 || !is_last).then_some(Fragment { id: u32::from(be16(bytes, 4)?), offset, is_last });
    let payload = bytes.get(head.max(20)..end)?;
    Some(Datagram {
        src: src.into(),
        dst: dst.into(),
        protocol: bytes[9],
        hop_limit: bytes[8],
        dscp: bytes[1] >> 2,
        fragment,
        payload,
    })
}

fn parse_v6(bytes: &[u8]) -> Option<Datagram<'_>> {
    let src = Ipv6Addr::from(*bytes.get(8..)?.first_chunk::<16>()?);
    let dst = Ipv6Addr::from(*bytes.get(24..)?.first_chunk::<16>()?);
    let dscp = (be16(bytes, 0)? >> 6) as u8 & 63;
    let length = usize::from(be16(bytes, 4)?);
    let end = if length == 0 { bytes.len() } else { (40 + length).min(bytes.len()) };
    let (mut protocol, mut payload, mut fragment) = (bytes[6], bytes.get(40..end)?, None);
    for _ in 0..EXTENSIONS_MAX {
        let head = match protocol {
            0 | 43 | 60 => (usize::from(*payload.get(1)?) + 1) * 8,
            51 => (usize::from(*payload.get(1)?) + 2) * 4,
            44 => {
                let place = be16(payload, 2)?;
                let id = u32::from_be_bytes(*payload.get(4..)?.first_chunk()?);
                let (offset, is_last) = (usize::from(place & 0xfff8), place & 1 == 0);
                fragment = (offset > 0 || !is_last).then_some(Fragment { id, offset, is_last });
                8
            }
            _ => break,
        };
        protocol = *payload.first()?;
        payload = payload.get(head..)?;
        if fragment.is_some() {
            break;
        }
    }
    Some(Datagram {
        src: src.into(),
        dst: dst.into(),
        protocol,
        hop_limit: bytes[7],
        dscp,
        fragment,
        payload,
    })
}

/// Most tunnels one in the other, and most headers of IPv6 one behind the other.
const TUNNELS_MAX: usize = 3;
const EXTENSIONS_MAX: usize = 8;
