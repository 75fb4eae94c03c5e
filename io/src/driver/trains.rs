//! In which order datagrams leave, so that those stand side by side that can go through the kernel as one train: to one
//! peer, of one length, only the last one shorter.
//!
//! Who talks to a trunk has messages of many calls for it at one time, and each kind of them has few lengths. Between calls
//! any order will do; what one call has for one peer keeps its order.

use super::owner::call_id;
use bytes::Bytes;
use ringback_sip::flow::Flow;
use std::net::IpAddr;

/// The order of a queue; its memory serves the next one.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// Sorted: remote, round, length (the longest first) and place in the queue, in so many bits from above.
    places: Vec<u64>,
    /// Of each datagram, what tells its call and its peer.
    calls: Vec<u32>,
}

impl Order {
    /// Puts datagrams in order: of each peer first what is the first of its call, then what is the second, and so on,
    /// and of these what is of one length together.
    pub(crate) fn arrange(&mut self, queue: &[(Flow, Bytes)]) {
        self.keep(queue.len());
        self.calls.clear();
        for (place, (flow, bytes)) in self.places.iter_mut().zip(queue) {
            let remote = remote(flow);
            let call = call(bytes) ^ remote as u32;
            let round = self.calls.iter().filter(|earlier| **earlier == call).count().min(0xff) as u64;
            self.calls.push(call);
            let shortness = u64::from(u16::MAX - u16::try_from(bytes.len()).unwrap_or(u16::MAX));
            *place |= remote << 40 | round << 32 | shortness << 16;
        }
        self.places.sort_unstable();
    }

    /// Leaves so many datagrams as they are.
    pub(crate) fn keep(&mut self, count: usize) {
        self.places.clear();
        self.places.extend(0..count as u64);
    }

    /// Where in the queue the datagrams stand that leave from the `start`th on.
    pub(crate) fn after(&self, start: usize) -> impl Iterator<Item = usize> + Clone {
        self.places[start..].iter().map(|place| usize::from(*place as u16))
    }
}

/// What tells peers apart, but for rare cases, in 24 bits.
fn remote(flow: &Flow) -> u64 {
    let address = match flow.remote.ip() {
        IpAddr::V4(ip) => u64::from(ip.to_bits()),
        IpAddr::V6(ip) => (ip.to_bits() >> 64) as u64 ^ ip.to_bits() as u64,
    };
    (address.rotate_left(16) ^ u64::from(flow.remote.port())).wrapping_mul(SPREAD) >> 40
}

/// What tells calls apart, but for rare cases: what comes first and last in their Call-ID.
fn call(bytes: &[u8]) -> u32 {
    let id = call_id(bytes).unwrap_or_default();
    let mut start = [0; 8];
    let length = id.len().min(start.len());
    start[..length].copy_from_slice(&id[..length]);
    let end = id.last_chunk().copied().unwrap_or(start);
    ((u64::from_le_bytes(start) ^ u64::from_le_bytes(end).rotate_left(20)).wrapping_mul(SPREAD) >> 32) as u32
}

/// An odd number without pattern: the higher bits of a product depend on all bits of the other factor.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::super::udp::run_of;
    use super::*;
    use ringback_sip::entropy::{Entropy, Seed};
    use ringback_sip::flow::Transport;

    fn datagram(port: u16, call: &str, text: &str) -> (Flow, Bytes) {
        let local = "192.0.2.9:5060".parse().unwrap();
        let remote = ([198, 51, 100, 7], port).into();
        let flow = Flow { transport: Transport::Udp, local, remote, connection: None, peer: None };
        (flow, format!("{text}\r\nCall-ID: {call}@example.test\r\n\r\n").into())
    }

    fn arranged(queue: &[(Flow, Bytes)]) -> Vec<usize> {
        let mut order = Order::default();
        order.arrange(queue);
        order.after(0).collect()
    }

    /// How many datagrams each train has.
    fn trains(queue: &[(Flow, Bytes)], order: &[usize]) -> Vec<usize> {
        let (mut lengths, mut rest) = (Vec::new(), order);
        while !rest.is_empty() {
            lengths.push(run_of(rest.iter().map(|place| &queue[*place])));
            rest = &rest[lengths[lengths.len() - 1]..];
        }
        lengths
    }

    #[test]
    fn answers_of_many_calls_that_come_in_pairs_leave_in_two_trains() {
        let queue: Vec<_> = (10..30)
            .flat_map(|n| ["180 Ringing", "200 OK"].map(|text| datagram(5060, &format!("{n}"), text)))
            .collect();
        assert_eq!(trains(&queue, &(0..40).collect::<Vec<_>>()), [2; 20]);
        assert_eq!(trains(&queue, &arranged(&queue)).len(), 2);
    }

    #[test]
    fn whatever_waits_all_leaves_and_what_a_call_has_for_a_peer_keeps_its_order() {
        let (mut before, mut after) = (0, 0);
        for seed in 0..500 {
            let mut dice = Entropy::new(Seed::from_number(seed));
            let queue: Vec<_> = (0..dice.below(65))
                .map(|_| {
                    let text = "x".repeat(10 + dice.below(4) as usize);
                    datagram(5060 + dice.below(3) as u16, &format!("call-{}", dice.below(20)), &text)
                })
                .collect();
            let order = arranged(&queue);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert!(sorted.iter().copied().eq(0..queue.len()), "seed {seed}: {order:?}");
            for (at, place) in order.iter().enumerate() {
                let (flow, bytes) = &queue[*place];
                let same = |other: &&usize| {
                    queue[**other].0.remote == flow.remote && call(&queue[**other].1) == call(bytes)
                };
                assert!(order[..at].iter().filter(same).all(|earlier| earlier < place), "seed {seed}");
            }
            let mut by_peer: Vec<usize> = (0..queue.len()).collect();
            by_peer.sort_by_key(|place| queue[*place].0.remote);
            before += trains(&queue, &by_peer).len();
            after += trains(&queue, &order).len();
        }
        assert!(after * 4 < before * 3, "{after} trains instead of {before}");
    }

    #[test]
    fn what_shows_no_call_keeps_its_order() {
        let queue: Vec<_> = [3, 9, 9, 3, 5]
            .iter()
            .map(|length| (datagram(5060, "", "").0, Bytes::from(vec![b'x'; *length])))
            .collect();
        assert_eq!(arranged(&queue), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn short_call_identifiers_tell_calls_apart_too() {
        let texts = ["1", "2", "abc", "abcdefgh", "abcdefgi"].map(|id| {
            let text = format!("x\r\nCall-ID: {id}\r\n\r\n");
            call(text.as_bytes())
        });
        for (at, one) in texts.iter().enumerate() {
            assert!(!texts[..at].contains(one), "{texts:?}");
        }
    }
}
