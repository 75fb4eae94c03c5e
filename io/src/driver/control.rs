//! Control messages beside a datagram: to which address of ours it came, how many came as one, and what ICMP said
//! about one we sent.
#![allow(unsafe_code)]

use super::address::RawAddress;
use libc::{c_int, cmsghdr, in_pktinfo, in6_pktinfo, iovec, msghdr, sock_extended_err};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::RawFd;

/// Room for the control messages of one datagram, aligned as the kernel wants it.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(crate) struct Control {
    bytes: [u8; Control::LEN],
}

impl Control {
    pub(crate) const LEN: usize = 192;

    pub(crate) fn empty() -> Self {
        Control { bytes: [0; Control::LEN] }
    }

    /// The address of ours to which a received datagram came.
    pub(crate) fn local_ip(&self, len: usize) -> Option<IpAddr> {
        self.messages(len).find_map(|(level, kind, data)| match (level, kind) {
            (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                let info: in_pktinfo = read(data)?;
                Some(IpAddr::V4(Ipv4Addr::from(info.ipi_addr.s_addr.to_ne_bytes())))
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                let info: in6_pktinfo = read(data)?;
                Some(IpAddr::V6(Ipv6Addr::from(info.ipi6_addr.s6_addr)))
            }
            _ => None,
        })
    }

    /// How long each datagram is of those that came as one, the last one of what is left; none: one came alone.
    pub(crate) fn segment_bytes(&self, len: usize) -> Option<usize> {
        self.messages(len).find_map(|(level, kind, data)| match (level, kind) {
            (libc::SOL_UDP, libc::UDP_GRO) => usize::try_from(read::<c_int>(data)?).ok().filter(|n| *n > 0),
            _ => None,
        })
    }

    /// Asks that a datagram leaves from `source`; gives the length of the control, 0 when `source` is no address.
    pub(crate) fn write_source(&mut self, source: IpAddr) -> usize {
        match source {
            ip if ip.is_unspecified() => 0,
            IpAddr::V4(ip) => {
                let address = libc::in_addr { s_addr: u32::from_ne_bytes(ip.octets()) };
                let none = libc::in_addr { s_addr: 0 };
                let info = in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: address, ipi_addr: none };
                self.write(0, libc::IPPROTO_IP, libc::IP_PKTINFO, info)
            }
            IpAddr::V6(ip) => {
                let address = libc::in6_addr { s6_addr: ip.octets() };
                self.write(
                    0,
                    libc::IPPROTO_IPV6,
                    libc::IPV6_PKTINFO,
                    in6_pktinfo { ipi6_addr: address, ipi6_ifindex: 0 },
                )
            }
        }
    }

    /// Asks that the bytes leave as several datagrams of this length, the last one of what is left; `start` is the
    /// length of what the control says already. Gives its length.
    pub(crate) fn write_segments(&mut self, start: usize, length: u16) -> usize {
        start + self.write(start, libc::SOL_UDP, libc::UDP_SEGMENT, length)
    }

    fn write<T: Copy>(&mut self, start: usize, level: c_int, kind: c_int, data: T) -> usize {
        // SAFETY: CMSG_LEN and CMSG_SPACE only compute.
        let (len, space) = unsafe {
            (libc::CMSG_LEN(size_of::<T>() as u32) as usize, libc::CMSG_SPACE(size_of::<T>() as u32) as usize)
        };
        assert!(start.is_multiple_of(8) && start + space <= Control::LEN);
        // SAFETY: the assertion keeps the control message inside the array.
        let place = unsafe { self.bytes.as_mut_ptr().add(start) };
        // SAFETY: all-zero bytes are a valid cmsghdr.
        let mut header: cmsghdr = unsafe { std::mem::zeroed() };
        header.cmsg_len = len as _;
        header.cmsg_level = level;
        header.cmsg_type = kind;
        // SAFETY: the control is aligned to 8, `start` is a multiple of 8, and the assertion says that there is room
        // for header and data, which stands behind the header, at an offset that is a multiple of 8.
        unsafe {
            place.cast::<cmsghdr>().write(header);
            place.add(HEADER).cast::<T>().write_unaligned(data);
        }
        space
    }

    /// Level, kind and data of each control message in the first `len` bytes.
    fn messages(&self, len: usize) -> impl Iterator<Item = (c_int, c_int, &[u8])> {
        let mut rest = &self.bytes[..len.min(Control::LEN)];
        std::iter::from_fn(move || {
            let header: cmsghdr = read(rest)?;
            let len = header.cmsg_len.clamp(HEADER, rest.len());
            let data = &rest[HEADER.min(rest.len())..len];
            rest = &rest[len.next_multiple_of(8).min(rest.len())..];
            Some((header.cmsg_level, header.cmsg_type, data))
        })
    }
}

/// An ICMP message about a datagram that we sent.
#[derive(Debug)]
pub(crate) struct ErrorReport {
    /// Where that datagram went; `None` when the report says nothing about the path.
    pub(crate) remote: Option<SocketAddr>,
    /// The error number.
    pub(crate) code: c_int,
}

impl ErrorReport {
    /// Takes one from the socket's error queue.
    pub(crate) fn take(fd: RawFd) -> Option<ErrorReport> {
        let (mut name, mut control, mut byte) = (RawAddress::empty(), Control::empty(), [0u8; 1]);
        let mut vector = iovec { iov_base: byte.as_mut_ptr().cast(), iov_len: byte.len() };
        // SAFETY: all-zero bytes are a valid msghdr.
        let mut header: msghdr = unsafe { std::mem::zeroed() };
        header.msg_name = name.as_mut_ptr();
        header.msg_namelen = RawAddress::LEN;
        header.msg_iov = &raw mut vector;
        header.msg_iovlen = 1;
        header.msg_control = control.bytes.as_mut_ptr().cast();
        header.msg_controllen = Control::LEN as _;
        // SAFETY: every pointer of the header points to a local of the length that it states.
        let result = unsafe { libc::recvmsg(fd, &raw mut header, libc::MSG_ERRQUEUE | libc::MSG_DONTWAIT) };
        if result < 0 {
            return None;
        }
        let len = header.msg_controllen;
        let report = control.messages(len).find_map(|(level, kind, data)| match (level, kind) {
            (libc::IPPROTO_IP, libc::IP_RECVERR) | (libc::IPPROTO_IPV6, libc::IPV6_RECVERR) => {
                read::<sock_extended_err>(data)
            }
            _ => None,
        });
        let remote = name.read().filter(|_| report.is_some_and(|report| counts(&report)));
        Some(ErrorReport { remote, code: report.map_or(0, |report| report.ee_errno as c_int) })
    }
}

/// Whether a report means that the peer cannot be reached: an exceeded hop limit and a source quench do not
/// (RFC 3261 §18.4).
fn counts(report: &sock_extended_err) -> bool {
    const SOURCE_QUENCH: u8 = 4;
    const TIME_EXCEEDED: u8 = 11;
    const TIME_EXCEEDED_V6: u8 = 3;
    match report.ee_origin {
        libc::SO_EE_ORIGIN_ICMP => !matches!(report.ee_type, SOURCE_QUENCH | TIME_EXCEEDED),
        libc::SO_EE_ORIGIN_ICMP6 => report.ee_type != TIME_EXCEEDED_V6,
        _ => true,
    }
}

/// The start of `bytes` as a structure of the kernel.
fn read<T: KernelStruct>(bytes: &[u8]) -> Option<T> {
    // SAFETY: the length is checked, the read needs no alignment, and KernelStruct promises that any bytes will do.
    (bytes.len() >= size_of::<T>()).then(|| unsafe { bytes.as_ptr().cast::<T>().read_unaligned() })
}

/// Structures of integers only, for which any bytes are valid.
trait KernelStruct: Copy {}
impl KernelStruct for c_int {}
impl KernelStruct for cmsghdr {}
impl KernelStruct for in_pktinfo {}
impl KernelStruct for in6_pktinfo {}
impl KernelStruct for sock_extended_err {}

/// Bytes of a control message's header; the data follows.
const HEADER: usize = size_of::<cmsghdr>();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_address_survives_the_kernels_form() {
        for text in ["192.0.2.9", "2001:db8::9"] {
            let ip: IpAddr = text.parse().unwrap();
            let mut control = Control::empty();
            let len = control.write_source(ip);
            let expected = if ip.is_ipv6() { Some(ip) } else { Some(Ipv4Addr::UNSPECIFIED.into()) };
            assert_eq!(control.local_ip(len), expected);
        }
        assert_eq!(Control::empty().write_source(Ipv4Addr::UNSPECIFIED.into()), 0);
    }

    #[test]
    fn address_and_segment_length_stand_side_by_side() {
        let ip: IpAddr = "2001:db8::9".parse().unwrap();
        let with = |bytes: c_int| {
            let mut control = Control::empty();
            let start = control.write_source(ip);
            let len = start + control.write(start, libc::SOL_UDP, libc::UDP_GRO, bytes);
            (control, len)
        };
        let (control, len) = with(400);
        assert_eq!((control.local_ip(len), control.segment_bytes(len)), (Some(ip), Some(400)));
        // Cut off, the length is not known, and the address still is.
        assert_eq!((control.local_ip(len - 8), control.segment_bytes(len - 8)), (Some(ip), None));
        for none in [0, -1] {
            let (control, len) = with(none);
            assert_eq!((control.local_ip(len), control.segment_bytes(len)), (Some(ip), None));
        }
    }

    #[test]
    fn exceeded_hop_limits_and_source_quench_do_not_count() {
        let report = |origin, kind| {
            let none = sock_extended_err {
                ee_errno: libc::EHOSTUNREACH as u32,
                ee_origin: origin,
                ee_type: kind,
                ee_code: 0,
                ee_pad: 0,
                ee_info: 0,
                ee_data: 0,
            };
            counts(&none)
        };
        assert!(report(libc::SO_EE_ORIGIN_ICMP, 3) && report(libc::SO_EE_ORIGIN_ICMP6, 1));
        assert!(!report(libc::SO_EE_ORIGIN_ICMP, 4) && !report(libc::SO_EE_ORIGIN_ICMP, 11));
        assert!(!report(libc::SO_EE_ORIGIN_ICMP6, 3));
    }

    #[test]
    fn broken_control_messages_end_the_walk() {
        assert_eq!(Control::empty().local_ip(Control::LEN), None);
        assert_eq!(Control { bytes: [0xff; Control::LEN] }.local_ip(Control::LEN), None);
        assert_eq!(Control::empty().local_ip(3), None);
        assert_eq!(Control { bytes: [0xff; Control::LEN] }.segment_bytes(Control::LEN), None);
    }
}
