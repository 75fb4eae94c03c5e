//! When a worker has more before it than it can do in time.
//!
//! What waits is bounded: datagrams in the kernel's buffer, messages of other workers in the mailbox. When either
//! has filled up to a mark, the node is told, and refuses new work until little is left. So messages are answered
//! long before their senders repeat them (RFC 3261 §17.1.1.1: T1), and what repetition would add never comes.
//!
//! The marks are of bytes as datagrams need them that came alone, about 1,280 for a message of 400: in the default
//! buffer of 8 MiB strain begins at 1,600 of them, in trains or not. In trains 20,000 such messages fit into it,
//! three times as many as alone; refused in 10 µs each, the last of them is answered after 200 ms.

use super::udp::UdpPort;

/// Whether a worker is strained; between the two marks it stays what it was.
#[derive(Debug, Default)]
pub(crate) struct Strain {
    strained: bool,
}

impl Strain {
    /// Looks at what is left after a turn, and at how many of `handed_max` messages the mailbox held before it;
    /// gives the new state when it has changed.
    pub(crate) fn look(&mut self, ports: &[UdpPort], handed: usize, handed_max: usize) -> Option<bool> {
        let kernel = ports.iter().filter(|port| port.readable).map(|port| {
            let (waiting, room) = port.waiting();
            degree(waiting, high_bytes(room))
        });
        let highest = kernel.chain([degree(handed, handed_max / MARK_PART)]).max().unwrap_or_default();
        let now = if self.strained { highest > LOW_PERCENT } else { highest >= 100 };
        (now != self.strained).then(|| {
            self.strained = now;
            now
        })
    }
}

/// `part` as a percentage of the mark.
fn degree(part: usize, mark: usize) -> usize {
    (part * 100).checked_div(mark).unwrap_or_default()
}

/// How many waiting bytes are too many: a quarter of the buffer, but not less than a few hundred messages.
fn high_bytes(room: usize) -> usize {
    (room / MARK_PART).max((room / 2).min(HIGH_BYTES_MIN))
}

/// The mark is this part of what can wait.
const MARK_PART: usize = 4;
/// A small buffer counts as too full only with so many bytes (the kernel counts its own with those of a datagram).
const HIGH_BYTES_MIN: usize = 256 << 10;
/// At this part of the mark the strain is over.
const LOW_PERCENT: usize = 25;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strain_begins_at_the_mark_and_ends_well_below_it() {
        let mut strain = Strain::default();
        let told = [0, 1999, 2000, 2001, 600, 520, 500, 1000, 3000].map(|n| strain.look(&[], n, 8000));
        let (on, off) = (Some(true), Some(false));
        assert_eq!(told, [None, None, on, None, None, None, off, None, on]);
    }

    #[test]
    fn a_small_buffer_is_not_too_full_at_once() {
        assert_eq!(high_bytes(8 << 20), 2 << 20);
        assert_eq!(high_bytes(400 << 10), 200 << 10);
        assert_eq!(degree(7, 0), 0);
    }
}
