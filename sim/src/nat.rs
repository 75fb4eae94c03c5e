//! Address translation: what a home router does to the datagrams and streams of the phones behind it.

use ringback_sip::time::{Duration, Instant};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// How a translator chooses and guards its public ports (RFC 4787).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapping {
    /// One public port for each inner socket; whoever knows it may send to it.
    FullCone,
    /// One public port for each inner socket; only peers that were written to may answer.
    Restricted,
    /// One public port for each pair of inner socket and peer: "symmetric".
    Symmetric,
}

/// One translator.
#[derive(Debug)]
pub struct Nat {
    /// Its address on the outside.
    pub public: IpAddr,
    /// How it maps.
    pub mapping: Mapping,
    /// How long an unused mapping lives.
    pub idle_max: Duration,
    next_port: u16,
    /// Public port to mapping.
    mapped: BTreeMap<u16, Mapped>,
}

#[derive(Debug)]
struct Mapped {
    inner: SocketAddr,
    /// The only peer, when the mapping is symmetric.
    peer: Option<SocketAddr>,
    /// The addresses that were written to.
    written_to: Vec<IpAddr>,
    used: Instant,
}

impl Nat {
    /// A translator with the given outside address.
    pub fn new(public: IpAddr, mapping: Mapping, idle_max: Duration) -> Self {
        Nat { public, mapping, idle_max, next_port: FIRST_PORT, mapped: BTreeMap::new() }
    }

    /// The public source of a packet from `inner` to `peer`.
    pub fn outwards(&mut self, now: Instant, inner: SocketAddr, peer: SocketAddr) -> SocketAddr {
        self.forget_idle(now);
        let key = (self.mapping == Mapping::Symmetric).then_some(peer);
        let known =
            self.mapped.iter().find(|(_, m)| m.inner == inner && m.peer == key).map(|(port, _)| *port);
        let port = known.unwrap_or_else(|| {
            self.next_port = self.next_port.checked_add(1).unwrap_or(FIRST_PORT);
            self.next_port
        });
        let entry =
            self.mapped.entry(port).or_insert(Mapped { inner, peer: key, written_to: Vec::new(), used: now });
        entry.used = now;
        if !entry.written_to.contains(&peer.ip()) {
            entry.written_to.push(peer.ip());
        }
        SocketAddr::new(self.public, port)
    }

    /// The inner destination of a packet from `peer` to the public `port`; `None` when it is dropped.
    pub fn inwards(&mut self, now: Instant, port: u16, peer: SocketAddr) -> Option<SocketAddr> {
        self.forget_idle(now);
        let mapped = self.mapped.get(&port)?;
        let passes = match self.mapping {
            Mapping::FullCone => true,
            Mapping::Restricted => mapped.written_to.contains(&peer.ip()),
            Mapping::Symmetric => mapped.peer == Some(peer),
        };
        passes.then_some(mapped.inner)
    }

    /// Loses every mapping, as a router that starts again does.
    pub fn restart(&mut self) {
        self.mapped.clear();
    }

    fn forget_idle(&mut self, now: Instant) {
        let idle_max = self.idle_max;
        self.mapped.retain(|_, m| now.since(m.used) <= idle_max);
    }
}

const FIRST_PORT: u16 = 40_000;

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: &str = "192.168.1.2:5060";
    const SERVER: &str = "203.0.113.1:5060";

    fn nat(mapping: Mapping) -> Nat {
        Nat::new("198.51.100.7".parse().unwrap(), mapping, Duration::from_secs(60))
    }

    fn at(secs: u64) -> Instant {
        Instant::from_unix_secs(secs)
    }

    #[test]
    fn an_answer_finds_its_way_back_until_the_mapping_is_idle() {
        let mut nat = nat(Mapping::Symmetric);
        let (phone, server): (SocketAddr, SocketAddr) = (PHONE.parse().unwrap(), SERVER.parse().unwrap());
        let public = nat.outwards(at(0), phone, server);
        assert_eq!(nat.outwards(at(1), phone, server), public);
        assert_eq!(nat.inwards(at(61), public.port(), server), Some(phone));
        assert_eq!(nat.inwards(at(62), public.port(), server), None);
    }

    #[test]
    fn a_stranger_passes_a_full_cone_only() {
        let (phone, server): (SocketAddr, SocketAddr) = (PHONE.parse().unwrap(), SERVER.parse().unwrap());
        let stranger: SocketAddr = "203.0.113.9:5060".parse().unwrap();
        for (mapping, passes) in
            [(Mapping::FullCone, true), (Mapping::Restricted, false), (Mapping::Symmetric, false)]
        {
            let mut nat = nat(mapping);
            let public = nat.outwards(at(0), phone, server);
            assert_eq!(nat.inwards(at(1), public.port(), stranger).is_some(), passes, "{mapping:?}");
        }
    }

    #[test]
    fn a_symmetric_mapping_has_a_port_for_each_peer() {
        let (phone, server): (SocketAddr, SocketAddr) = (PHONE.parse().unwrap(), SERVER.parse().unwrap());
        let other: SocketAddr = "203.0.113.9:5060".parse().unwrap();
        let mut symmetric = nat(Mapping::Symmetric);
        assert_ne!(symmetric.outwards(at(0), phone, server), symmetric.outwards(at(0), phone, other));
        let mut cone = nat(Mapping::FullCone);
        assert_eq!(cone.outwards(at(0), phone, server), cone.outwards(at(0), phone, other));
    }
}
