//! The source that we listen to: its reception, its audio, its digits.

use ringback_sip::time::Instant;

use super::dtmf;
use super::g711::Law;
use super::playout::{Placed, Playout};
use super::reception::{Arrival, Jitter, Reception};
use super::rtp::Packet;
use super::statistics::{Statistics, duration_from_units};

/// One source of the peer's.
#[derive(Debug)]
pub struct Heard {
    /// Its number.
    pub ssrc: u32,
    /// Its packets.
    pub reception: Reception,
    /// Its audio.
    pub playout: Playout,
    /// Its digits.
    pub digits: dtmf::Receiver,
    /// Jitter of its audio alone: the packets of a digit share one timestamp, which the figure of the reports must
    /// count (RFC 4733 §2.5.2.2) and a person who reads it should not.
    jitter: Jitter,
    late: u64,
    /// What was counted before its series began anew.
    earlier: Statistics,
}

impl Heard {
    /// A source after its first packet.
    pub fn new(now: Instant, packet: &Packet<'_>) -> Self {
        let mut reception = Reception::new(packet.sequence);
        reception.handle_timestamp(now, packet.timestamp);
        Heard {
            ssrc: packet.ssrc,
            reception,
            playout: Playout::default(),
            digits: dtmf::Receiver::default(),
            jitter: Jitter::default(),
            late: 0,
            earlier: Statistics::default(),
        }
    }

    /// Takes a packet's place in the series; whether its content is news.
    pub fn handle_arrival(&mut self, now: Instant, packet: &Packet<'_>) -> bool {
        let before = self.reception.clone();
        match self.reception.handle_sequence(packet.sequence) {
            Arrival::InOrder | Arrival::Reordered => {}
            Arrival::Duplicate | Arrival::Implausible => return false,
            Arrival::Restarted => {
                account_for(&before, &mut self.earlier);
                self.playout.reset();
                self.digits = dtmf::Receiver::default();
            }
        }
        self.reception.handle_timestamp(now, packet.timestamp);
        true
    }

    /// Takes a packet's audio.
    pub fn handle_audio(&mut self, now: Instant, packet: &Packet<'_>, law: Law) {
        self.jitter.handle_arrival(now, packet.timestamp);
        let audio = packet.payload.iter().map(|&octet| law.decode(octet));
        if self.playout.handle_audio(packet.timestamp, audio) == Placed::Late {
            self.late += 1;
        }
    }

    /// Adds what this source counted to `totals`.
    pub fn account(&self, totals: &mut Statistics) {
        account_for(&self.reception, totals);
        totals.received += self.earlier.received;
        totals.expected += self.earlier.expected;
        totals.lost += self.earlier.lost;
        totals.duplicates += self.earlier.duplicates;
        totals.reordered += self.earlier.reordered;
        totals.late += self.late;
        totals.jitter = duration_from_units(u64::from(self.jitter.value()));
        totals.concealed += duration_from_units(self.playout.concealed());
    }
}

fn account_for(reception: &Reception, totals: &mut Statistics) {
    totals.received += reception.received() - reception.duplicates();
    totals.expected += reception.expected();
    totals.lost += reception.lost();
    totals.duplicates += reception.duplicates();
    totals.reordered += reception.reordered();
}
