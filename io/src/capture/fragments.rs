//! Putting fragments of IP together, within limits.

use super::datagram::{Datagram, Fragment};
use ringback_sip::time::{Duration, Instant};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Most packets that wait for the rest of their fragments.
pub const FRAGMENTED_MAX: usize = 1024;
const PARTS_MAX: usize = 64;
const PACKET_BYTES_MAX: usize = 65_535;
/// What did not come by then does not come (RFC 8200 §4.5).
const PATIENCE: Duration = Duration::from_secs(60);

type Key = (IpAddr, IpAddr, u32, u8);

/// Fragments that wait for the others.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    waiting: BTreeMap<Key, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    since: Instant,
    /// By offset.
    parts: BTreeMap<usize, Vec<u8>>,
    length: Option<usize>,
}

impl Fragments {
    /// Takes a fragment; gives the payload when it is the one that was missing.
    pub(super) fn take(
        &mut self,
        at: Instant,
        datagram: &Datagram<'_>,
        fragment: Fragment,
    ) -> Option<Vec<u8>> {
        let end = fragment.offset + datagram.payload.len();
        if end > PACKET_BYTES_MAX {
            return None;
        }
        let key = (datagram.src, datagram.dst, fragment.id, datagram.protocol);
        if self.waiting.len() >= FRAGMENTED_MAX && !self.waiting.contains_key(&key) {
            self.forget(at);
        }
        let fresh = || Waiting { since: at, parts: BTreeMap::new(), length: None };
        let waiting = self.waiting.entry(key).or_insert_with(fresh);
        if at.since(waiting.since) > PATIENCE {
            *waiting = fresh();
        }
        if waiting.parts.len() < PARTS_MAX {
            waiting.parts.insert(fragment.offset, datagram.payload.to_vec());
        }
        if fragment.is_last {
            waiting.length = Some(end);
        }
        let whole = waiting.whole()?;
        self.waiting.remove(&key);
        Some(whole)
    }

    /// Makes room: what has waited too long goes, and if nothing has, the one that has waited longest.
    fn forget(&mut self, at: Instant) {
        self.waiting.retain(|_, waiting| at.since(waiting.since) <= PATIENCE);
        if self.waiting.len() >= FRAGMENTED_MAX {
            let oldest = self.waiting.iter().min_by_key(|(_, waiting)| waiting.since).map(|(key, _)| *key);
            oldest.map(|key| self.waiting.remove(&key));
        }
    }
}

impl Waiting {
    fn whole(&self) -> Option<Vec<u8>> {
        let length = self.length?;
        let mut bytes: Vec<u8> = Vec::new();
        for (&offset, part) in &self.parts {
            let fresh = part.get(bytes.len().checked_sub(offset)?..).unwrap_or_default();
            bytes.extend_from_slice(fresh);
        }
        (bytes.len() >= length).then(|| bytes[..length].to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn take(
        fragments: &mut Fragments,
        id: u32,
        offset: usize,
        payload: &[u8],
        is_last: bool,
    ) -> Option<Vec<u8>> {
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let fragment = Fragment { id, offset, is_last };
        let datagram = Datagram {
            src: host,
            dst: host,
            protocol: 17,
            hop_limit: 64,
            dscp: 0,
            fragment: Some(fragment),
            payload,
        };
        fragments.take(Instant::EPOCH, &datagram, fragment)
    }

    #[test]
    fn fragments_come_in_any_order_and_twice() {
        let mut fragments = Fragments::default();
        assert_eq!(take(&mut fragments, 1, 16, b"cc", true), None);
        assert_eq!(take(&mut fragments, 1, 8, b"bbbbbbbb", false), None);
        assert_eq!(take(&mut fragments, 2, 0, b"another-", false), None);
        assert_eq!(take(&mut fragments, 1, 8, b"bbbbbbbb", false), None);
        assert_eq!(
            take(&mut fragments, 1, 0, b"aaaaaaaa", false).as_deref(),
            Some(&b"aaaaaaaabbbbbbbbcc"[..])
        );
    }

    #[test]
    fn a_flood_of_first_fragments_stays_within_the_limit() {
        let mut fragments = Fragments::default();
        for id in 0..3000 {
            assert_eq!(take(&mut fragments, id, 0, b"12345678", false), None);
        }
        assert_eq!(fragments.waiting.len(), FRAGMENTED_MAX);
    }
}
