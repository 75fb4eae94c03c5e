//! The reports of one session: when they are due, what they say, and what the peer's say (RFC 3550 §6).

use core::fmt::Write;

use ringback_sip::entropy::{Entropy, Seed};
use ringback_sip::time::{Duration, Instant};

use super::reception::Reception;
use super::rtcp::{self, Block, Item, Malformed, Report, Sender};
use super::statistics::{HeardByPeer, duration_from_units};

/// The mean time between reports: the minimum for a session of two (RFC 3550 §6.2).
pub const INTERVAL: Duration = Duration::from_secs(5);

/// The state behind our reports.
#[derive(Clone, Debug)]
pub struct Control {
    entropy: Entropy,
    canonical_name: String,
    interval: Duration,
    due: Instant,
    /// The source of the peer's last sender report, the middle of its NTP time, and when it came.
    last: Option<(u32, u32, Instant)>,
    sent: u64,
    received: u64,
    round_trip: Option<Duration>,
    heard_by_peer: Option<HeardByPeer>,
}

impl Control {
    /// The state at the start of a session; the canonical name is random, 96 bits or more (RFC 7022 §4.2).
    pub fn new(now: Instant, interval: Duration, seed: Seed) -> Self {
        let mut entropy = Entropy::new(seed);
        let mut canonical_name = String::new();
        let _ = write!(canonical_name, "{}{}", entropy.token(), entropy.token());
        let mut control = Control {
            entropy,
            canonical_name,
            interval,
            due: now,
            last: None,
            sent: 0,
            received: 0,
            round_trip: None,
            heard_by_peer: None,
        };
        // The first report comes after half the usual time (RFC 3550 §6.2).
        control.due = now + control.random_interval(interval / 2);
        control
    }

    /// Whether a report is due.
    pub fn is_due(&self, now: Instant) -> bool {
        now >= self.due
    }

    /// Writes our report, and plans the next one.
    pub fn write(
        &mut self,
        now: Instant,
        ssrc: u32,
        sender: Option<Sender>,
        heard: Option<(u32, &mut Reception)>,
        goodbye: bool,
    ) -> Vec<u8> {
        self.due = now + self.random_interval(self.interval);
        self.sent += 1;
        let block = heard.map(|(source, reception)| {
            let (last_report, delay) = match self.last {
                Some((reporter, middle, arrival)) if reporter == source => {
                    (middle, rtcp::delay_since(arrival, now))
                }
                _ => (0, 0),
            };
            Block { ssrc: source, figures: reception.report(), last_report, delay }
        });
        rtcp::write(&Report { ssrc, sender, block }, &self.canonical_name, goodbye)
    }

    /// Reads the peer's compound packet: who reports, and the sources that said goodbye. `is_peer` tells whether a
    /// source may speak to us; reports of others change nothing.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        ssrc: u32,
        datagram: &[u8],
        is_peer: impl Fn(u32) -> bool,
    ) -> Result<Heard, Malformed> {
        let mut heard = Heard::default();
        for item in rtcp::parse(datagram, ssrc)? {
            match item {
                Item::Report(report) if is_peer(report.ssrc) => {
                    heard.reporter = Some(report.ssrc);
                    self.handle_report(now, &report);
                }
                Item::Goodbye(source) if is_peer(source) => heard.goodbye = Some(source),
                Item::Report(_) | Item::Goodbye(_) => {}
            }
        }
        self.received += u64::from(heard != Heard::default());
        Ok(heard)
    }

    fn handle_report(&mut self, now: Instant, report: &Report) {
        if let Some(sender) = &report.sender {
            self.last = Some((report.ssrc, rtcp::middle(sender.ntp), now));
        }
        if let Some(block) = &report.block {
            self.round_trip = block.round_trip(now).or(self.round_trip);
            self.heard_by_peer = Some(HeardByPeer {
                lost: block.figures.lost,
                loss: f64::from(block.figures.fraction_lost) / 256.0,
                jitter: duration_from_units(u64::from(block.figures.jitter)),
            });
        }
    }

    /// Datagrams sent and received.
    pub fn counts(&self) -> (u64, u64) {
        (self.sent, self.received)
    }

    /// The round trip that the peer's last report block proved.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// What the peer's last report block said about us.
    pub fn heard_by_peer(&self) -> Option<HeardByPeer> {
        self.heard_by_peer
    }

    /// Between a half and one and a half of `mean`, over e - 3/2 (RFC 3550 §6.3.1).
    fn random_interval(&mut self, mean: Duration) -> Duration {
        let mean = mean.as_micros() as u64;
        Duration::from_micros((mean / 2 + self.entropy.below(mean + 1)) * 100_000 / 121_828)
    }
}

/// What a compound packet of the peer told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The source that reports.
    pub reporter: Option<u32>,
    /// A source that left.
    pub goodbye: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_unix_secs(1_800_000_000);

    fn control(number: u64) -> Control {
        Control::new(START, INTERVAL, Seed::from_number(number))
    }

    #[test]
    fn reports_come_in_random_steps_around_the_interval() {
        let mut firsts = Vec::new();
        for number in 0..200 {
            let mut control = control(number);
            let first = control.due.since(START);
            assert!((1.02..=3.08).contains(&first.as_secs_f64()), "{first:?}");
            control.write(control.due, 1, None, None, false);
            let second = control.due.since(START) - first;
            assert!((2.05..=6.16).contains(&second.as_secs_f64()), "{second:?}");
            firsts.push(first);
        }
        firsts.sort();
        firsts.dedup();
        assert!(firsts.len() > 190, "two sessions do not report in step");
    }

    #[test]
    fn two_sides_learn_round_trip_and_loss_from_each_other() {
        let (mut left, mut right) = (control(1), control(2));
        let sender = Sender { ntp: rtcp::ntp(START), timestamp: 0, packets: 5, octets: 800 };
        let question = left.write(START, 1, Some(sender), None, false);
        let arrival = START + Duration::from_millis(30);
        assert_eq!(right.handle_datagram(arrival, 2, &question, |s| s == 1).unwrap().reporter, Some(1));
        let mut reception = Reception::new(0);
        reception.handle_sequence(3);
        let answered = arrival + Duration::from_millis(700);
        let answer = right.write(answered, 2, None, Some((1, &mut reception)), true);
        let heard =
            left.handle_datagram(answered + Duration::from_millis(50), 1, &answer, |s| s == 2).unwrap();
        assert_eq!(heard.goodbye, Some(2));
        let round_trip = left.round_trip().unwrap().as_millis();
        assert!((79..=80).contains(&round_trip), "{round_trip}");
        assert_eq!(left.heard_by_peer().map(|h| (h.lost, h.loss)), Some((2, 0.5)));
    }

    #[test]
    fn report_of_a_stranger_changes_nothing() {
        let (mut left, mut right) = (control(1), control(2));
        let lie = right.write(START, 66, None, Some((1, &mut Reception::new(0))), true);
        assert_eq!(left.handle_datagram(START, 1, &lie, |s| s == 2), Ok(Heard::default()));
        assert_eq!((left.heard_by_peer(), left.counts()), (None, (0, 0)));
    }

    #[test]
    fn canonical_names_differ_between_sessions() {
        assert_ne!(control(1).canonical_name, control(2).canonical_name);
        assert_eq!(control(1).canonical_name.len(), 26);
    }
}
