//! Connections that are refused on ports that are not SIP's: whether one was meant for SIP, a rule tells by the ports that
//! messages name.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// Connections that were asked for and have no answer yet, and how many were refused between two hosts.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    asked: BTreeSet<[SocketAddr; 2]>,
    refused: BTreeMap<[IpAddr; 2], usize>,
}

impl Refusals {
    /// Takes the flags of a segment; true when it refuses a connection (RFC 9293 §3.5.2) and there is room for that.
    pub(super) fn take(
        &mut self,
        [src, dst]: [SocketAddr; 2],
        is_syn: bool,
        is_ack: bool,
        is_reset: bool,
    ) -> bool {
        if is_syn && !is_ack {
            if self.asked.len() == ASKED_MAX {
                self.asked.pop_first();
            }
            self.asked.insert([src, dst]);
            return false;
        }
        if !self.asked.remove(&[dst, src]) || !is_reset {
            return false;
        }
        let hosts = [dst.ip(), src.ip()];
        if self.refused.len() == HOSTS_MAX && !self.refused.contains_key(&hosts) {
            return false;
        }
        let count = self.refused.entry(hosts).or_default();
        *count += 1;
        *count <= REFUSALS_MAX
    }
}

/// Most connections that wait for an answer.
const ASKED_MAX: usize = 4096;
/// Most pairs of hosts, and most refusals that are told of one pair: a scan of ports must not crowd out the rest.
const HOSTS_MAX: usize = 4096;
const REFUSALS_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(port: u16) -> [[SocketAddr; 2]; 2] {
        let [own, peer] = [([192, 0, 2, 1], 40_000), ([192, 0, 2, 2], port)].map(SocketAddr::from);
        [[own, peer], [peer, own]]
    }

    #[test]
    fn a_reset_that_answers_a_syn_is_a_refusal_and_one_of_an_open_connection_is_none() {
        let mut refusals = Refusals::default();
        let [out, back] = ends(5999);
        assert!(!refusals.take(back, false, true, true), "nobody asked");
        assert!(!refusals.take(out, true, false, false));
        assert!(refusals.take(back, false, true, true));
        assert!(!refusals.take(back, false, true, true), "told once");
        refusals.take(out, true, false, false);
        assert!(!refusals.take(back, true, true, false));
        assert!(!refusals.take(back, false, true, true), "it had been accepted");
    }

    #[test]
    fn refusals_of_a_scan_of_ports_are_told_up_to_a_limit() {
        let mut refusals = Refusals::default();
        let told = (10_000..20_000).filter(|&port| {
            let [out, back] = ends(port);
            refusals.take(out, true, false, false);
            refusals.take(back, false, true, true)
        });
        assert_eq!(told.count(), REFUSALS_MAX);
        assert!(!(10_000..20_000).any(|port| refusals.take(ends(port)[0], true, false, false)));
        assert_eq!(refusals.asked.len(), ASKED_MAX);
    }
}
