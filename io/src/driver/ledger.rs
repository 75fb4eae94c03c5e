//! The stream connections of all workers of a driver: how many there are, and who holds the one to an address.

use ringback_sip::flow::{ConnectionId, Flow, PeerId, Transport};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a connection reaches, so that who sends by address finds it: an address over a transport, and who has proven to
/// be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FarEnd {
    transport: Transport,
    remote: SocketAddr,
    peer: Option<PeerId>,
}

impl FarEnd {
    /// What is wanted by `flow`. Without TLS nobody proves a name, so that none is asked for.
    pub(crate) fn of(flow: &Flow) -> FarEnd {
        let peer = flow.peer.filter(|_| flow.transport.is_secure());
        FarEnd { transport: flow.transport, remote: flow.remote, peer }
    }
}

/// The register of connections, asked at accept, connect and close, not for each message.
#[derive(Debug)]
pub(crate) struct Ledger {
    connections_max: usize,
    per_address_max: usize,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    total: usize,
    per_address: HashMap<IpAddr, usize>,
    by_end: HashMap<FarEnd, ConnectionId>,
}

impl Ledger {
    pub(crate) fn new(connections_max: usize, per_address_max: usize) -> Self {
        Ledger { connections_max, per_address_max, entries: Mutex::default() }
    }

    /// Counts one more connection with `remote`; `false` when there are too many.
    pub(crate) fn admit(&self, remote: IpAddr) -> bool {
        let mut entries = self.lock();
        if entries.total >= self.connections_max {
            return false;
        }
        let count = entries.per_address.entry(network(remote)).or_default();
        if *count >= self.per_address_max {
            return false;
        }
        *count += 1;
        entries.total += 1;
        true
    }

    /// Counts one connection less.
    pub(crate) fn dismiss(&self, remote: IpAddr) {
        let mut entries = self.lock();
        entries.total = entries.total.saturating_sub(1);
        if let Some(count) = entries.per_address.get_mut(&network(remote)) {
            *count -= 1;
            if *count == 0 {
                entries.per_address.remove(&network(remote));
            }
        }
    }

    /// Lets others find the connection by its far end; the newest one counts.
    pub(crate) fn publish(&self, end: FarEnd, id: ConnectionId) {
        self.lock().by_end.insert(end, id);
    }

    /// Takes that back.
    pub(crate) fn withdraw(&self, end: FarEnd, id: ConnectionId) {
        let mut entries = self.lock();
        if entries.by_end.get(&end) == Some(&id) {
            entries.by_end.remove(&end);
        }
    }

    /// The connection to that far end.
    pub(crate) fn find(&self, end: FarEnd) -> Option<ConnectionId> {
        self.lock().by_end.get(&end).copied()
    }

    /// How many connections there are.
    pub(crate) fn total(&self) -> usize {
        self.lock().total
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address that a limit counts for: one customer has a whole /64 of IPv6.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_limits_hold_and_a_closed_connection_makes_room() {
        let ledger = Ledger::new(3, 2);
        let [a, b]: [IpAddr; 2] = ["2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap()];
        let other = "192.0.2.1".parse().unwrap();
        assert!(ledger.admit(a) && ledger.admit(b));
        assert!(!ledger.admit(a), "one /64 has its two");
        assert!(ledger.admit(other));
        assert!(!ledger.admit(other), "three in all");
        ledger.dismiss(b);
        assert!(ledger.admit(a));
        assert_eq!(ledger.total(), 3);
    }

    #[test]
    fn an_older_connection_does_not_take_the_newer_one_back() {
        let ledger = Ledger::new(9, 9);
        let remote =
            FarEnd { transport: Transport::Tcp, remote: "192.0.2.1:5060".parse().unwrap(), peer: None };
        ledger.publish(remote, ConnectionId(1));
        ledger.publish(remote, ConnectionId(2));
        ledger.withdraw(remote, ConnectionId(1));
        assert_eq!(ledger.find(remote), Some(ConnectionId(2)));
        ledger.withdraw(remote, ConnectionId(2));
        assert_eq!(ledger.find(remote), None);
    }
}
