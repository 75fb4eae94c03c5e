//! What is known of one source that is heard: validity, loss, duplicates, jitter (RFC 3550 §6.4.1, A.1, A.3, A.8).

use ringback_sip::time::Instant;

/// Largest step forward between two packets of one source: one minute of packets (RFC 3550 A.1).
pub const DROPOUT_MAX: u16 = 3000;
/// Oldest packet that still counts as late and not as a restart: two seconds of packets (RFC 3550 A.1).
pub const MISORDER_MAX: u16 = 100;

/// What a packet's sequence number says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The next one, or a later one: what lies between is lost or late.
    InOrder,
    /// An older one that had been missing.
    Reordered,
    /// One that came before.
    Duplicate,
    /// The source began a new series; whatever was buffered belongs to the old one.
    Restarted,
    /// Too far from the series to believe, until the next packet agrees with it.
    Implausible,
}

/// The receiving side's state for one synchronisation source.
#[derive(Clone, Debug)]
pub struct Reception {
    base: u64,
    highest: u64,
    /// Bit n: the packet `highest - n` has come.
    seen: u128,
    restart_at: Option<u16>,
    received: u64,
    duplicates: u64,
    reordered: u64,
    jitter: Jitter,
    expected_before: u64,
    received_before: u64,
}

impl Reception {
    /// The state after the first packet, numbered `sequence`.
    pub fn new(sequence: u16) -> Self {
        // One cycle up, so that packets from before the first have a place below it.
        let first = CYCLE + u64::from(sequence);
        Reception {
            base: first,
            highest: first,
            seen: 1,
            restart_at: None,
            received: 1,
            duplicates: 0,
            reordered: 0,
            jitter: Jitter::default(),
            expected_before: 0,
            received_before: 0,
        }
    }

    /// Takes the number of a further packet.
    pub fn handle_sequence(&mut self, sequence: u16) -> Arrival {
        let ahead = sequence.wrapping_sub(self.highest as u16);
        let behind = ahead.wrapping_neg();
        if (1..DROPOUT_MAX).contains(&ahead) {
            self.highest += u64::from(ahead);
            self.seen = self.seen.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
            self.restart_at = None;
            self.received += 1;
            return Arrival::InOrder;
        }
        if behind <= MISORDER_MAX {
            return self.handle_old(behind);
        }
        if self.restart_at == Some(sequence) {
            *self = Reception { jitter: self.jitter.clone(), ..Reception::new(sequence) };
            return Arrival::Restarted;
        }
        self.restart_at = Some(sequence.wrapping_add(1));
        Arrival::Implausible
    }

    fn handle_old(&mut self, behind: u16) -> Arrival {
        self.received += 1;
        let bit = 1u128 << behind;
        if self.seen & bit != 0 {
            self.duplicates += 1;
            return Arrival::Duplicate;
        }
        self.seen |= bit;
        self.reordered += 1;
        self.base = self.base.min(self.highest - u64::from(behind));
        Arrival::Reordered
    }

    /// Takes the moment at which a packet with `timestamp` came, for the jitter.
    pub fn handle_timestamp(&mut self, now: Instant, timestamp: u32) {
        self.jitter.handle_arrival(now, timestamp);
    }

    /// Packets that the source sent as far as its numbers tell (RFC 3550 A.3).
    pub fn expected(&self) -> u64 {
        self.highest - self.base + 1
    }

    /// Packets that came, duplicates included, as the RTCP counts want it.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Packets that came more than once.
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// Packets that came after one with a higher number.
    pub fn reordered(&self) -> u64 {
        self.reordered
    }

    /// Packets that never came.
    pub fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received - self.duplicates)
    }

    /// The mean deviation of the packets' spacing, in timestamp units (RFC 3550 A.8).
    pub fn jitter(&self) -> u32 {
        self.jitter.value()
    }

    /// The figures of a report block; what is lost since the last one becomes the fraction (RFC 3550 §6.4.1).
    pub fn report(&mut self) -> Figures {
        let (expected, received) = (self.expected(), self.received);
        let expected_since = expected.saturating_sub(self.expected_before);
        let received_since = received.saturating_sub(self.received_before);
        (self.expected_before, self.received_before) = (expected, received);
        let lost_since = expected_since.saturating_sub(received_since);
        let lost = (expected as i64) - (received as i64);
        Figures {
            fraction_lost: (lost_since * 256).checked_div(expected_since).unwrap_or(0).min(255) as u8,
            lost: lost.clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest: (self.highest - CYCLE) as u32,
            jitter: self.jitter.value(),
        }
    }
}

/// What a report block says about a source, apart from its times (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Loss since the report before, in 256ths.
    pub fraction_lost: u8,
    /// Packets lost since the beginning; negative when duplicates outnumber losses; 24 bits on the wire.
    pub lost: i32,
    /// Highest sequence number, with the count of its cycles above it.
    pub highest: u32,
    /// Interarrival jitter, in timestamp units.
    pub jitter: u32,
}

/// Interarrival jitter: the mean of the change in transit time, with gain 1/16 (RFC 3550 A.8).
#[derive(Clone, Debug, Default)]
pub struct Jitter {
    transit: Option<u32>,
    /// Sixteen times the estimate, so that integer steps do not lose the tail.
    scaled: u32,
}

impl Jitter {
    /// Takes the arrival at `now` of a packet sampled at `timestamp`, both at 8,000 Hz.
    pub fn handle_arrival(&mut self, now: Instant, timestamp: u32) {
        let arrival = (u128::from(now.unix_micros()) * 8 / 1000) as u32;
        let transit = arrival.wrapping_sub(timestamp);
        let Some(before) = self.transit.replace(transit) else { return };
        let change = (transit.wrapping_sub(before) as i32).unsigned_abs();
        // A step of the sender's clock base says nothing about the network.
        if change < JUMP {
            self.scaled = self.scaled + change - ((self.scaled + 8) >> 4);
        }
    }

    /// The estimate in timestamp units.
    pub fn value(&self) -> u32 {
        self.scaled >> 4
    }
}

const CYCLE: u64 = 1 << 16;
/// A change of transit time of two seconds or more is a new time base.
const JUMP: u32 = 16_000;

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::time::Duration;

    fn after(sequences: impl IntoIterator<Item = u16>) -> Reception {
        let mut sequences = sequences.into_iter();
        let mut reception = Reception::new(sequences.next().unwrap());
        sequences.for_each(|s| _ = reception.handle_sequence(s));
        reception
    }

    #[test]
    fn nothing_is_lost_when_the_numbers_wrap() {
        let reception = after((65_000..=65_535).chain(0..500));
        assert_eq!((reception.expected(), reception.received(), reception.lost()), (1036, 1036, 0));
    }

    #[test]
    fn highest_number_carries_the_count_of_cycles() {
        let mut reception = after((65_000..=65_535).chain(0..500));
        assert_eq!(reception.report().highest, 0x1_0000 + 499);
    }

    #[test]
    fn gaps_count_as_lost_until_the_packets_come() {
        let mut reception = after([1, 2, 5]);
        assert_eq!(reception.lost(), 2);
        assert_eq!(reception.handle_sequence(4), Arrival::Reordered);
        assert_eq!((reception.lost(), reception.reordered()), (1, 1));
    }

    #[test]
    fn packet_older_than_the_first_is_expected_and_received() {
        let mut reception = after([10]);
        assert_eq!(reception.handle_sequence(9), Arrival::Reordered);
        assert_eq!((reception.expected(), reception.lost()), (2, 0));
    }

    #[test]
    fn duplicates_do_not_hide_losses_from_the_listener() {
        let mut reception = after([1, 2, 2, 4, 4]);
        assert_eq!((reception.duplicates(), reception.lost()), (2, 1));
        // RTCP counts a duplicate as received: its loss may even be negative.
        assert_eq!(reception.report().lost, -1);
    }

    #[test]
    fn one_wild_number_is_ignored_and_two_in_series_are_a_restart() {
        let mut reception = after([100, 101]);
        assert_eq!(reception.handle_sequence(40_000), Arrival::Implausible);
        assert_eq!(reception.handle_sequence(102), Arrival::InOrder);
        assert_eq!(reception.handle_sequence(40_001), Arrival::Implausible);
        assert_eq!(reception.handle_sequence(40_002), Arrival::Restarted);
        assert_eq!((reception.expected(), reception.lost()), (1, 0));
    }

    #[test]
    fn fraction_covers_the_time_since_the_last_report_only() {
        let mut reception = after([0, 2, 3, 4]);
        assert_eq!(reception.report(), Figures { fraction_lost: 51, lost: 1, highest: 4, jitter: 0 });
        assert_eq!(reception.report(), Figures { fraction_lost: 0, lost: 1, highest: 4, jitter: 0 });
        [6, 8].into_iter().for_each(|s| _ = reception.handle_sequence(s));
        assert_eq!(reception.report(), Figures { fraction_lost: 128, lost: 3, highest: 8, jitter: 0 });
    }

    #[test]
    fn even_spacing_has_no_jitter_and_a_swing_of_10_ms_has_that_much() {
        let spaced = |swing: u64| {
            let mut jitter = Jitter::default();
            for n in 0..500u64 {
                let arrival = Duration::from_micros(20_000 * n + swing * (n % 2));
                jitter.handle_arrival(Instant::from_unix_secs(1) + arrival, 160 * n as u32);
            }
            jitter.value()
        };
        assert_eq!(spaced(0), 0);
        assert!((78..=80).contains(&spaced(10_000)), "{}", spaced(10_000));
    }

    #[test]
    fn new_time_base_is_no_jitter() {
        let mut jitter = Jitter::default();
        for (n, timestamp) in [0, 160, 4_000_000_000, 4_000_000_160].into_iter().enumerate() {
            jitter
                .handle_arrival(Instant::from_unix_secs(1) + Duration::from_millis(20 * n as u64), timestamp);
        }
        assert_eq!(jitter.value(), 0);
    }
}
