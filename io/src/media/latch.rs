//! Where the peer really is: symmetric RTP (RFC 4961) answers to the address that media comes from.
//!
//! A session description may name an address that no packet can reach, behind a translator. The first source that
//! proves itself decides, once: afterwards a stranger's packets move nothing. A new description opens the question
//! again.

use core::net::SocketAddr;

use super::rtp::Packet;

/// Packets in sequence that an address other than the signalled one must send before it is believed (RFC 3550 A.1).
pub const PACKETS_TO_PROVE: u8 = 2;

/// The address of the peer, as signalled and as learnt.
#[derive(Clone, Debug)]
pub struct Latch {
    signalled: Option<SocketAddr>,
    learnt: Option<SocketAddr>,
    candidate: Option<Candidate>,
    learns: bool,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    address: SocketAddr,
    ssrc: u32,
    next: u16,
    packets: u8,
}

/// What is thought of a packet's origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The peer.
    Peer,
    /// Perhaps the peer: it has to prove itself.
    Unproven,
    /// Somebody else, while the peer is known.
    Stranger,
}

impl Latch {
    /// A peer at `signalled`; when `learns` is not set, only that address is ever believed.
    pub fn new(signalled: Option<SocketAddr>, learns: bool) -> Self {
        Latch { signalled, learnt: None, candidate: None, learns }
    }

    /// Takes the address of a new session description; whether it is another one. The same one changes nothing.
    pub fn signal(&mut self, address: Option<SocketAddr>) -> bool {
        let is_other = self.signalled != address;
        if is_other {
            *self = Latch::new(address, self.learns);
        }
        is_other
    }

    /// Where media is sent to.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.learnt.or(self.signalled)
    }

    /// The learnt address, when it is not the signalled one.
    pub fn learnt(&self) -> Option<SocketAddr> {
        self.learnt.filter(|a| Some(*a) != self.signalled)
    }

    /// Judges the origin of a valid packet, and learns from it.
    pub fn handle_packet(&mut self, from: SocketAddr, packet: &Packet<'_>) -> Origin {
        if let Some(learnt) = self.learnt {
            return if learnt == from { Origin::Peer } else { Origin::Stranger };
        }
        if self.signalled == Some(from) {
            self.learnt = Some(from);
            return Origin::Peer;
        }
        if !self.learns {
            return Origin::Stranger;
        }
        let packets = match self.candidate {
            Some(c) if (c.address, c.ssrc, c.next) == (from, packet.ssrc, packet.sequence) => c.packets + 1,
            _ => 1,
        };
        if packets >= PACKETS_TO_PROVE {
            self.learnt = Some(from);
            return Origin::Peer;
        }
        let next = packet.sequence.wrapping_add(1);
        self.candidate = Some(Candidate { address: from, ssrc: packet.ssrc, next, packets });
        Origin::Unproven
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    fn packet(ssrc: u32, sequence: u16) -> Packet<'static> {
        Packet { marker: false, payload_type: 0, sequence, timestamp: 0, ssrc, payload: &[] }
    }

    #[test]
    fn signalled_address_is_believed_at_once_and_for_good() {
        let mut latch = Latch::new(Some(address(1)), true);
        assert_eq!(latch.handle_packet(address(1), &packet(1, 1)), Origin::Peer);
        for sequence in 0..5 {
            assert_eq!(latch.handle_packet(address(2), &packet(2, sequence)), Origin::Stranger);
        }
        assert_eq!((latch.peer(), latch.learnt()), (Some(address(1)), None));
    }

    #[test]
    fn other_address_is_learnt_after_two_packets_in_sequence() {
        let mut latch = Latch::new(Some(address(1)), true);
        assert_eq!(latch.handle_packet(address(2), &packet(2, 65_535)), Origin::Unproven);
        assert_eq!(latch.peer(), Some(address(1)));
        assert_eq!(latch.handle_packet(address(2), &packet(2, 0)), Origin::Peer);
        assert_eq!((latch.peer(), latch.learnt()), (Some(address(2)), Some(address(2))));
        assert_eq!(latch.handle_packet(address(1), &packet(1, 1)), Origin::Stranger);
    }

    #[test]
    fn scattered_packets_prove_nothing() {
        let mut latch = Latch::new(Some(address(1)), true);
        for (port, ssrc, sequence) in [(2, 2, 1), (3, 2, 2), (2, 2, 3), (2, 9, 4), (2, 9, 6), (2, 9, 6)] {
            assert_eq!(latch.handle_packet(address(port), &packet(ssrc, sequence)), Origin::Unproven);
        }
        assert_eq!(latch.peer(), Some(address(1)));
    }

    #[test]
    fn new_description_opens_the_question_and_the_same_one_does_not() {
        let mut latch = Latch::new(Some(address(1)), true);
        latch.handle_packet(address(2), &packet(2, 0));
        latch.handle_packet(address(2), &packet(2, 1));
        latch.signal(Some(address(1)));
        assert_eq!(latch.peer(), Some(address(2)), "a re-INVITE for hold keeps what was learnt");
        latch.signal(Some(address(5)));
        assert_eq!(latch.peer(), Some(address(5)));
    }

    #[test]
    fn nothing_is_learnt_when_learning_is_off() {
        let mut latch = Latch::new(Some(address(1)), false);
        for sequence in 0..5 {
            assert_eq!(latch.handle_packet(address(2), &packet(2, sequence)), Origin::Stranger);
        }
    }
}
