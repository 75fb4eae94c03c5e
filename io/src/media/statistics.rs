//! What a session counts, and the quality that can be told from it.

use core::net::SocketAddr;

use ringback_sip::time::Duration;

use super::frame::SAMPLES_PER_SEC;

/// The counts of one session, from its beginning.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// RTP packets sent.
    pub sent: u64,
    /// Octets of payload sent.
    pub sent_octets: u64,
    /// RTP packets of the peer that came, each counted once.
    pub received: u64,
    /// Packets that the peer sent, as its sequence numbers tell.
    pub expected: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Packets that came again.
    pub duplicates: u64,
    /// Packets that came after a later one.
    pub reordered: u64,
    /// Packets that came after their moment of playing.
    pub late: u64,
    /// Datagrams that were not encrypted with the key that the peer named.
    pub undecryptable: u64,
    /// Datagrams that are no RTP or RTCP.
    pub malformed: u64,
    /// Packets from an address that is not the peer's.
    pub strangers: u64,
    /// Packets dropped while their source had yet to prove itself, or the key to them had yet to come.
    pub unproven: u64,
    /// Packets of a payload type that was not negotiated.
    pub unknown_payload: u64,
    /// Packets with our own source number, which we had to change or which came back to us.
    pub collisions: u64,
    /// Interarrival jitter (RFC 3550 §6.4.1).
    pub jitter: Duration,
    /// Audio that was played without having come.
    pub concealed: Duration,
    /// Round trip, from the peer's last report block.
    pub round_trip: Option<Duration>,
    /// How the peer hears us, from its last report block.
    pub heard_by_peer: Option<HeardByPeer>,
    /// RTCP datagrams sent.
    pub reports_sent: u64,
    /// RTCP datagrams received.
    pub reports_received: u64,
    /// Digits sent to their end.
    pub digits_sent: u64,
    /// Digits heard.
    pub digits_received: u64,
    /// Where media goes to.
    pub peer: Option<SocketAddr>,
    /// Whether that address was learnt from the media and not from the signalling (RFC 4961).
    pub is_learnt: bool,
    /// From the start to the peer's first packet.
    pub first_packet_after: Option<Duration>,
}

/// What the peer reports about our audio (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeardByPeer {
    /// Packets of ours that it misses; negative when duplicates outnumber losses.
    pub lost: i32,
    /// The loss of its last interval, 0 to 1.
    pub loss: f64,
    /// The jitter that it sees.
    pub jitter: Duration,
}

impl Statistics {
    /// The share of the peer's packets that did not serve: lost or late, 0 to 1.
    pub fn loss(&self) -> f64 {
        let missed = (self.lost + self.late).min(self.expected);
        if self.expected == 0 { 0.0 } else { missed as f64 / self.expected as f64 }
    }

    /// An estimate of the mean opinion score, 1 to 4.5, of what we hear; `None` before a packet came.
    ///
    /// The E-model (ITU-T G.107) with its default values, for G.711 without loss concealment (Bpl 4.3), from loss,
    /// jitter and half the round trip. It is arithmetic, not a listener.
    pub fn opinion_score(&self) -> Option<f64> {
        if self.received == 0 {
            return None;
        }
        let one_way = self.round_trip.unwrap_or_default().as_secs_f64() * 500.0;
        let delay = one_way + 60.0 + 2.0 * self.jitter.as_secs_f64() * 1000.0;
        let delay_impairment = 0.024 * delay + 0.11 * (delay - 177.3).max(0.0);
        let percent = 100.0 * self.loss();
        let rating = (93.2 - delay_impairment - 95.0 * percent / (percent + 4.3)).clamp(0.0, 100.0);
        let score = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
        Some(score.clamp(1.0, 4.5))
    }
}

/// A number of timestamp units as time.
pub fn duration_from_units(units: u64) -> Duration {
    Duration::from_micros(units.saturating_mul(1_000_000) / u64::from(SAMPLES_PER_SEC))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(lost: u64, round_trip_millis: u64) -> f64 {
        let statistics = Statistics {
            received: 1000 - lost,
            expected: 1000,
            lost,
            round_trip: Some(Duration::from_millis(round_trip_millis)),
            ..Statistics::default()
        };
        statistics.opinion_score().unwrap()
    }

    #[test]
    fn score_falls_with_loss_and_delay() {
        assert!((4.3..4.5).contains(&scored(0, 20)), "{}", scored(0, 20));
        assert!(scored(10, 20) < scored(0, 20) && scored(100, 20) < 2.5);
        assert!(scored(0, 800) < scored(0, 20) - 0.5);
        assert_eq!(Statistics::default().opinion_score(), None);
    }

    #[test]
    fn late_packets_count_as_missed() {
        let statistics = Statistics { expected: 10, received: 9, lost: 1, late: 1, ..Statistics::default() };
        assert_eq!(statistics.loss(), 0.2);
        assert_eq!(Statistics::default().loss(), 0.0);
    }
}
