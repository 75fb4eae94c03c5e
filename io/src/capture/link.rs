//! The link layer: where the packet of IP begins.

/// The kind of link, by the numbers of pcap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkType(pub i32);

impl LinkType {
    /// BSD loopback: the address family in the order of the host.
    pub const NULL: LinkType = LinkType(0);
    /// Ethernet.
    pub const ETHERNET: LinkType = LinkType(1);
    /// No link layer at all.
    pub const RAW: LinkType = LinkType(101);
    /// OpenBSD loopback.
    pub const LOOP: LinkType = LinkType(108);
    /// "Any" interface of Linux.
    pub const LINUX_SLL: LinkType = LinkType(113);
    /// IPv4 without a link layer.
    pub const IPV4: LinkType = LinkType(228);
    /// IPv6 without a link layer.
    pub const IPV6: LinkType = LinkType(229);
    /// "Any" interface of Linux, version 2.
    pub const LINUX_SLL2: LinkType = LinkType(276);
}

/// What stands behind the link layer, and a number that differs between two links; `None` when it is no IP.
pub(super) fn strip(link: LinkType, bytes: &[u8]) -> Option<(&[u8], u64)> {
    match link {
        LinkType::ETHERNET => {
            let addresses = bytes.get(..12)?;
            Some((behind_type(be16(bytes, 12)?, bytes.get(14..)?)?, mixed(addresses)))
        }
        // The type of a packet tells whether it came or went.
        LinkType::LINUX_SLL => {
            Some((behind_type(be16(bytes, 14)?, bytes.get(16..)?)?, mixed(bytes.get(..2)?)))
        }
        LinkType::LINUX_SLL2 => {
            Some((behind_type(be16(bytes, 0)?, bytes.get(20..)?)?, mixed(bytes.get(4..11)?)))
        }
        LinkType::NULL | LinkType::LOOP => Some((bytes.get(4..)?, 0)),
        // The older numbers 12 and 14 mean the same on some systems.
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 | LinkType(12 | 14) => Some((bytes, 0)),
        _ => None,
    }
}

/// Past VLAN tags and the session of PPPoE.
fn behind_type(mut kind: u16, mut bytes: &[u8]) -> Option<&[u8]> {
    for _ in 0..TAGS_MAX {
        match kind {
            0x0800 | 0x86dd => return Some(bytes),
            0x8100 | 0x88a8 | 0x9100 => {
                kind = be16(bytes, 2)?;
                bytes = bytes.get(4..)?;
            }
            0x8864 => {
                kind = match be16(bytes, 6)? {
                    0x0021 => 0x0800,
                    0x0057 => 0x86dd,
                    _ => return None,
                };
                bytes = bytes.get(8..)?;
            }
            _ => return None,
        }
    }
    None
}

pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn mixed(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Most tags one behind the other.
const TAGS_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ip_is_found_behind_each_link_layer() {
        let ip = [0x45, 1, 2, 3];
        let behind = |link, head: &[u8]| {
            let bytes = [head, &ip].concat();
            strip(link, &bytes).map(|(rest, _)| rest.to_vec())
        };
        let ethernet = [[0u8; 12].as_slice(), &[8, 0]].concat();
        let tagged = [[0u8; 12].as_slice(), &[0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 8, 0]].concat();
        let cooked = [[0u8; 14].as_slice(), &[8, 0]].concat();
        let cooked2 = [[8u8, 0].as_slice(), &[0; 18]].concat();
        for (link, head) in [
            (LinkType::ETHERNET, &ethernet[..]),
            (LinkType::ETHERNET, &tagged),
            (LinkType::LINUX_SLL, &cooked),
            (LinkType::LINUX_SLL2, &cooked2),
            (LinkType::NULL, &[2, 0, 0, 0]),
            (LinkType::RAW, &[]),
        ] {
            assert_eq!(behind(link, head), Some(ip.to_vec()), "{link:?}");
        }
        assert_eq!(behind(LinkType::ETHERNET, &[[0u8; 12].as_slice(), &[8, 6]].concat()), None, "ARP");
        assert_eq!(behind(LinkType(9999), &[]), None);
    }
}
