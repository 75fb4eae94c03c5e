//! A pair of ports: RTP on an even one, RTCP on the next (RFC 3550 §11).

use std::io;
use std::net::{IpAddr, UdpSocket};
use std::ops::RangeInclusive;

use ringback_sip::entropy::{Entropy, Seed};

/// Which ports may be taken.
#[derive(Clone, Debug, Default)]
pub enum Ports {
    /// Any that the operating system has free.
    #[default]
    Ephemeral,
    /// Those of a range, for machines behind a filter.
    Range(RangeInclusive<u16>),
}

/// Pairs that the operating system is asked for before giving up.
pub const ATTEMPTS_MAX: usize = 64;

/// Binds a pair on `ip`; in a range the search begins at a random place, so that sessions do not queue for one port.
pub fn bind_pair(ip: IpAddr, ports: &Ports, seed: Seed) -> io::Result<(UdpSocket, UdpSocket)> {
    match ports {
        Ports::Ephemeral => bind_ephemeral(ip),
        Ports::Range(range) => bind_in_range(ip, range, seed),
    }
}

fn bind_ephemeral(ip: IpAddr) -> io::Result<(UdpSocket, UdpSocket)> {
    let mut refused = None;
    for _ in 0..ATTEMPTS_MAX {
        let first = UdpSocket::bind((ip, 0))?;
        let port = first.local_addr()?.port();
        // An odd port is the upper half of a pair whose lower half may be free.
        let second = UdpSocket::bind((ip, port ^ 1));
        match second {
            Ok(second) if port % 2 == 0 => return Ok((first, second)),
            Ok(second) => return Ok((second, first)),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
}

fn bind_in_range(ip: IpAddr, range: &RangeInclusive<u16>, seed: Seed) -> io::Result<(UdpSocket, UdpSocket)> {
    let first = u32::from(*range.start()).next_multiple_of(2);
    let pairs = (u32::from(*range.end()) + 1).saturating_sub(first) / 2;
    let offset = Entropy::new(seed).below(u64::from(pairs)) as u32;
    let mut refused = None;
    for n in 0..pairs {
        let port = (first + 2 * ((offset + n) % pairs)) as u16;
        let pair = UdpSocket::bind((ip, port)).and_then(|a| Ok((a, UdpSocket::bind((ip, port + 1))?)));
        match pair {
            Ok(pair) => return Ok(pair),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(refused.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn ports((rtp, rtcp): &(UdpSocket, UdpSocket)) -> (u16, u16) {
        (rtp.local_addr().unwrap().port(), rtcp.local_addr().unwrap().port())
    }

    #[test]
    fn pair_is_an_even_port_and_its_neighbour_on_both_families() {
        for ip in [LOOPBACK, IpAddr::V6(Ipv6Addr::LOCALHOST)] {
            let pairs: Vec<_> =
                (0..20).map(|_| bind_pair(ip, &Ports::Ephemeral, Seed::from_number(1)).unwrap()).collect();
            for (rtp, rtcp) in pairs.iter().map(ports) {
                assert_eq!((rtp % 2, rtcp), (0, rtp + 1));
            }
        }
    }

    #[test]
    fn range_is_used_up_to_its_last_pair_and_not_beyond() {
        let (low, _) = ports(&bind_pair(LOOPBACK, &Ports::Ephemeral, Seed::from_number(1)).unwrap());
        let range = Ports::Range(low - 1..=low + 4);
        let bound: Vec<_> =
            (0..2).filter_map(|n| bind_pair(LOOPBACK, &range, Seed::from_number(n)).ok()).collect();
        for (rtp, _) in bound.iter().map(ports) {
            assert!(rtp == low || rtp == low + 2, "{rtp}");
        }
        if bound.len() == 2 {
            let error = bind_pair(LOOPBACK, &range, Seed::from_number(9)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        }
        assert!(bind_pair(LOOPBACK, &Ports::Range(9..=9), Seed::from_number(1)).is_err());
    }
}
