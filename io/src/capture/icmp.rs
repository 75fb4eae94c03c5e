//! Error messages of the network, and about which packet they are (RFC 792, RFC 4443).

use super::datagram::{self, Datagram, ICMP_V6, TCP, UDP};
use super::link::be16;
use ringback_roles::diagnosis::{Icmp, IcmpKind};
use ringback_sip::flow::Transport;
use ringback_sip::time::Instant;
use std::net::SocketAddr;

/// Reads an error message; `None` for other kinds, and for one about a packet that is neither UDP nor TCP.
pub(super) fn read(at: Instant, frame: u64, datagram: &Datagram<'_>) -> Option<Icmp> {
    let code = (*datagram.payload.first()?, *datagram.payload.get(1)?);
    let kind = kind(datagram.protocol == ICMP_V6, code)?;
    let quoted = datagram::parse(datagram.payload.get(8..)?)?;
    let transport = match quoted.protocol {
        UDP => Transport::Udp,
        TCP => Transport::Tcp,
        _ => return None,
    };
    let src = SocketAddr::new(quoted.src, be16(quoted.payload, 0)?);
    let dst = SocketAddr::new(quoted.dst, be16(quoted.payload, 2)?);
    Some(Icmp { at, frame, from: datagram.src, kind, code, transport, src, dst })
}

fn kind(is_v6: bool, code: (u8, u8)) -> Option<IcmpKind> {
    Some(match (is_v6, code) {
        (false, (3, 3)) | (true, (1, 4)) => IcmpKind::PortUnreachable,
        (false, (3, 0 | 1 | 5..=8 | 11 | 12)) | (true, (1, 0 | 2 | 3)) => IcmpKind::HostUnreachable,
        (false, (3, 9 | 10 | 13)) | (true, (1, 1 | 5 | 6)) => IcmpKind::Prohibited,
        (false, (3, 4)) | (true, (2, _)) => IcmpKind::TooBig,
        (false, (11, _)) | (true, (3, _)) => IcmpKind::TimeExceeded,
        (false, (3..=5 | 12, _)) | (true, (4, _)) => IcmpKind::Other,
        _ => return None,
    })
}
