//! Digits as telephone events (RFC 4733): one machine that sends them, one that hears each of them once.

use std::collections::VecDeque;

use ringback_sip::time::{Duration, Instant};

use super::frame::{FRAME_SAMPLES, SAMPLES_PER_SEC};

/// Most digits that wait to be sent.
pub const DIGITS_MAX: usize = 128;
/// How long each digit sounds: RFC 4733 §3.2 asks receivers to accept 40 ms, and lines ask for 70.
pub const TONE: Duration = Duration::from_millis(100);
/// Times that the last packet of a digit is sent (RFC 4733 §2.5.1.4).
pub const FINAL_SENDINGS: u8 = 3;
/// A digit whose end never comes is over after three intervals of 50 ms without news (RFC 4733 §2.5.2.2).
pub const EXPIRY: Duration = Duration::from_millis(150);

/// A digit that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digit {
    /// One of `0-9*#A-D`.
    pub symbol: char,
    /// How long it sounded, as its sender says.
    pub duration: Duration,
}

/// Why digits are not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No event code stands for this character.
    NotADigit(char),
    /// More than [`DIGITS_MAX`] would wait.
    TooMany,
    /// The peer takes no telephone events: none were negotiated.
    NotNegotiated,
}

/// The payload of an event packet (RFC 4733 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The event: 0 to 15 are digits.
    pub event: u8,
    /// The E bit: the event is over.
    pub end: bool,
    /// Level below 0 dBm0, in dB.
    pub volume: u8,
    /// Duration so far, in timestamp units.
    pub duration: u16,
}

impl Payload {
    /// Reads the first event of a payload; `None` when it is shorter than one.
    pub fn parse(payload: &[u8]) -> Option<Payload> {
        let [event, flags, high, low] = *payload.first_chunk::<4>()?;
        Some(Payload {
            event,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    /// The four octets.
    pub fn write(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event, u8::from(self.end) << 7 | self.volume & 0x3f, high, low]
    }
}

/// An event packet that is due in place of audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// What it carries.
    pub payload: Payload,
    /// The timestamp of the event's beginning, the same in all its packets.
    pub timestamp: u32,
    /// Set on the first packet of an event.
    pub marker: bool,
}

/// The sending machine: digits in a row, each with its pause (RFC 4733 §2.5.1).
#[derive(Clone, Debug, Default)]
pub struct Sender {
    waiting: VecDeque<u8>,
    state: Sending,
    sent: u64,
}

#[derive(Clone, Copy, Debug, Default)]
enum Sending {
    #[default]
    Idle,
    Tone {
        event: u8,
        began: u32,
        duration: u16,
    },
    Final {
        event: u8,
        began: u32,
        sendings: u8,
    },
    Pause {
        frames: u8,
    },
}

impl Sender {
    /// Queues `digits`, all or none.
    pub fn queue(&mut self, digits: &str) -> Result<(), Refusal> {
        let events: Vec<u8> = digits
            .chars()
            .take(DIGITS_MAX + 1)
            .map(|c| event_from_symbol(c).ok_or(Refusal::NotADigit(c)))
            .collect::<Result<_, _>>()?;
        if self.waiting.len() + events.len() > DIGITS_MAX {
            return Err(Refusal::TooMany);
        }
        self.waiting.extend(events);
        Ok(())
    }

    /// Digits that were sent to their end.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Whether nothing waits and nothing sounds.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && matches!(self.state, Sending::Idle)
    }

    /// Forgets all digits, also the one that sounds.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.state = Sending::Idle;
    }

    /// One frame of 20 ms, which would carry the audio from `timestamp` on: the packet that goes instead, if any.
    pub fn handle_frame(&mut self, timestamp: u32) -> Option<Outgoing> {
        use Sending as S;
        let (state, outgoing) = match self.state {
            S::Idle => self.begin(timestamp),
            S::Tone { event, began, duration } => sound(event, began, duration + FRAME_SAMPLES as u16),
            S::Final { event, began, sendings } => self.repeat(event, began, sendings),
            S::Pause { frames: 0 } => self.begin(timestamp),
            S::Pause { frames } => (S::Pause { frames: frames - 1 }, None),
        };
        self.state = state;
        outgoing
    }

    fn begin(&mut self, timestamp: u32) -> (Sending, Option<Outgoing>) {
        match self.waiting.pop_front() {
            Some(event) => sound(event, timestamp, FRAME_SAMPLES as u16),
            None => (Sending::Idle, None),
        }
    }

    fn repeat(&mut self, event: u8, began: u32, sendings: u8) -> (Sending, Option<Outgoing>) {
        let outgoing = packet(event, began, TONE_SAMPLES, true);
        if sendings + 1 < FINAL_SENDINGS {
            return (Sending::Final { event, began, sendings: sendings + 1 }, Some(outgoing));
        }
        self.sent += 1;
        (Sending::Pause { frames: PAUSE_FRAMES }, Some(outgoing))
    }
}

fn sound(event: u8, began: u32, duration: u16) -> (Sending, Option<Outgoing>) {
    if duration < TONE_SAMPLES {
        return (Sending::Tone { event, began, duration }, Some(packet(event, began, duration, false)));
    }
    (Sending::Final { event, began, sendings: 1 }, Some(packet(event, began, TONE_SAMPLES, true)))
}

fn packet(event: u8, began: u32, duration: u16, end: bool) -> Outgoing {
    let payload = Payload { event, end, volume: VOLUME, duration };
    Outgoing { payload, timestamp: began, marker: duration == FRAME_SAMPLES as u16 }
}

/// The hearing machine: many packets, lost, doubled or late, make one digit (RFC 4733 §2.5.2).
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    current: Option<Sounding>,
    /// Timestamp of the latest event that is over: what belongs to it or is older is not news.
    over: Option<u32>,
    heard: VecDeque<Digit>,
}

#[derive(Clone, Copy, Debug)]
struct Sounding {
    event: u8,
    /// Timestamp of the segment that sounds now.
    timestamp: u32,
    duration: u16,
    /// Duration of the segments before (RFC 4733 §2.5.2.3).
    before: u32,
    last: Instant,
}

impl Receiver {
    /// Takes an event packet.
    pub fn handle_packet(&mut self, now: Instant, timestamp: u32, payload: Payload) {
        if self.over.is_some_and(|over| !is_after(timestamp, over)) {
            return;
        }
        let mut sounding = match self.current.take() {
            Some(s) if s.timestamp == timestamp => s,
            // A straggler of an earlier segment of what sounds now.
            Some(s) if !is_after(timestamp, s.timestamp) => {
                self.current = Some(s);
                return;
            }
            Some(s) if s.is_continued_by(timestamp, payload) => s.next_segment(timestamp),
            Some(s) => {
                self.end(s);
                Sounding::new(now, timestamp, payload)
            }
            None => Sounding::new(now, timestamp, payload),
        };
        sounding.duration = sounding.duration.max(payload.duration);
        sounding.last = now;
        if payload.end { self.end(sounding) } else { self.current = Some(sounding) }
    }

    /// Ends a digit of which nothing more is heard.
    pub fn handle_deadline(&mut self, now: Instant) {
        if let Some(sounding) = self.current.take_if(|s| now.since(s.last) >= EXPIRY) {
            self.end(sounding);
        }
    }

    /// The next digit that is over.
    pub fn poll_digit(&mut self) -> Option<Digit> {
        self.heard.pop_front()
    }

    fn end(&mut self, sounding: Sounding) {
        self.over = Some(sounding.timestamp);
        let units = u64::from(sounding.before) + u64::from(sounding.duration);
        let duration = Duration::from_micros(units * 1_000_000 / u64::from(SAMPLES_PER_SEC));
        // At most two digits end with one packet, and the caller takes them before the next one.
        if let Some(symbol) = symbol_from_event(sounding.event)
            && self.heard.len() < DIGITS_MAX
        {
            self.heard.push_back(Digit { symbol, duration });
        }
    }
}

impl Sounding {
    fn new(now: Instant, timestamp: u32, payload: Payload) -> Self {
        Sounding { event: payload.event, timestamp, duration: 0, before: 0, last: now }
    }

    /// A new segment begins exactly where one of the greatest duration ended.
    fn is_continued_by(&self, timestamp: u32, payload: Payload) -> bool {
        payload.event == self.event
            && self.duration == u16::MAX
            && timestamp == self.timestamp.wrapping_add(u32::from(u16::MAX))
    }

    fn next_segment(self, timestamp: u32) -> Self {
        let before = self.before.saturating_add(u32::from(self.duration));
        Sounding { timestamp, duration: 0, before, ..self }
    }
}

fn is_after(timestamp: u32, other: u32) -> bool {
    (timestamp.wrapping_sub(other) as i32) > 0
}

fn event_from_symbol(symbol: char) -> Option<u8> {
    let symbol = symbol.to_ascii_uppercase();
    SYMBOLS.iter().position(|&s| char::from(s) == symbol).map(|event| event as u8)
}

fn symbol_from_event(event: u8) -> Option<char> {
    SYMBOLS.get(usize::from(event)).map(|&s| char::from(s))
}

/// In the order of the event codes (RFC 4733 §3.2, table 3).
const SYMBOLS: &[u8; 16] = b"0123456789*#ABCD";
/// 10 dB below full: within the range that lines accept.
const VOLUME: u8 = 10;
const TONE_SAMPLES: u16 = (TONE.as_millis() as u32 * SAMPLES_PER_SEC / 1000) as u16;
/// Frames of audio after the final packets: with those, 80 ms without tone.
const PAUSE_FRAMES: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(digits: &str, frames: u32) -> Vec<Option<Outgoing>> {
        let mut sender = Sender::default();
        sender.queue(digits).unwrap();
        (0..frames).map(|n| sender.handle_frame(1000 + n * FRAME_SAMPLES as u32)).collect()
    }

    fn at(millis: u64) -> Instant {
        Instant::from_unix_secs(1) + Duration::from_millis(millis)
    }

    fn heard(receiver: &mut Receiver) -> String {
        core::iter::from_fn(|| receiver.poll_digit()).map(|d| d.symbol).collect()
    }

    /// All packets of `digits`, each sent `times`, without those that `is_lost` names by their place.
    fn relay(digits: &str, times: usize, is_lost: impl Fn(usize) -> bool) -> String {
        let mut receiver = Receiver::default();
        let mut packets = 0;
        for (frame, outgoing) in sent(digits, 9 * digits.len() as u32 + 9).into_iter().enumerate() {
            let now = at(20 * frame as u64);
            if let Some(outgoing) = outgoing {
                packets += 1;
                for _ in 0..times * usize::from(!is_lost(packets - 1)) {
                    receiver.handle_packet(now, outgoing.timestamp, outgoing.payload);
                }
            }
            receiver.handle_deadline(now);
        }
        heard(&mut receiver)
    }

    #[test]
    fn digit_is_seven_packets_of_one_timestamp_that_grow_and_end_three_times() {
        let packets: Vec<Outgoing> = sent("5", 20).into_iter().flatten().collect();
        assert!(packets.iter().all(|p| p.timestamp == 1000 && p.payload.event == 5));
        let durations: Vec<u16> = packets.iter().map(|p| p.payload.duration).collect();
        assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
        let ends: Vec<bool> = packets.iter().map(|p| p.payload.end).collect();
        assert_eq!(ends, [false, false, false, false, true, true, true]);
        let markers: Vec<bool> = packets.iter().map(|p| p.marker).collect();
        assert_eq!(markers, [true, false, false, false, false, false, false]);
    }

    #[test]
    fn pause_of_80_ms_lies_between_two_digits() {
        let frames = sent("12", 20);
        let began: Vec<u32> =
            frames.iter().flatten().filter(|p| p.marker).map(|p| (p.timestamp - 1000) / 8).collect();
        assert_eq!(began, [0, 180]);
        assert!(frames[7].is_none() && frames[8].is_none(), "audio goes on in the pause");
    }

    #[test]
    fn sixteen_symbols_have_codes_and_others_are_refused_together_with_their_row() {
        let mut sender = Sender::default();
        assert_eq!(sender.queue("0123456789*#abcD"), Ok(()));
        assert_eq!(sender.queue("12x"), Err(Refusal::NotADigit('x')));
        assert_eq!(sender.waiting.len(), 16);
        assert_eq!(sender.queue(&"1".repeat(DIGITS_MAX)), Err(Refusal::TooMany));
    }

    #[test]
    fn each_digit_is_heard_once_though_packets_are_doubled() {
        assert_eq!(relay("0123456789*#ABCD", 1, |_| false), "0123456789*#ABCD");
        assert_eq!(relay("1123", 2, |_| false), "1123");
    }

    #[test]
    fn any_single_surviving_packet_is_enough() {
        for survivor in 0..7 {
            assert_eq!(relay("77", 1, |n| n % 7 != survivor), "77", "packet {survivor}");
        }
    }

    #[test]
    fn digit_without_its_end_expires_and_late_packets_do_not_restart_it() {
        let mut receiver = Receiver::default();
        let payload = Payload { event: 9, end: false, volume: 10, duration: 320 };
        receiver.handle_packet(at(0), 500, payload);
        receiver.handle_deadline(at(149));
        assert_eq!(receiver.poll_digit(), None);
        receiver.handle_deadline(at(150));
        assert_eq!(receiver.poll_digit(), Some(Digit { symbol: '9', duration: Duration::from_millis(40) }));
        receiver.handle_packet(at(160), 500, Payload { end: true, ..payload });
        receiver.handle_packet(at(160), 340, payload);
        receiver.handle_deadline(at(900));
        assert_eq!(receiver.poll_digit(), None);
    }

    #[test]
    fn segments_of_a_long_digit_make_one() {
        let mut receiver = Receiver::default();
        let payload = Payload { event: 1, end: false, volume: 10, duration: u16::MAX };
        receiver.handle_packet(at(0), 7, payload);
        let next = 7 + u32::from(u16::MAX);
        receiver.handle_packet(at(20), next, Payload { duration: 160, ..payload });
        receiver.handle_packet(at(30), 7, payload);
        receiver.handle_packet(at(40), next, Payload { duration: 465, end: true, ..payload });
        let duration = Duration::from_micros(66_000 * 125);
        assert_eq!(receiver.poll_digit(), Some(Digit { symbol: '1', duration }));
        assert_eq!(receiver.poll_digit(), None);
    }

    #[test]
    fn timestamps_may_wrap_between_two_digits() {
        let mut receiver = Receiver::default();
        let payload = Payload { event: 3, end: true, volume: 10, duration: 800 };
        receiver.handle_packet(at(0), u32::MAX - 10, payload);
        receiver.handle_packet(at(200), 1500, payload);
        assert_eq!(heard(&mut receiver), "33");
    }

    #[test]
    fn events_that_are_no_digits_pass_in_silence() {
        let mut receiver = Receiver::default();
        receiver.handle_packet(at(0), 1, Payload { event: 16, end: true, volume: 0, duration: 80 });
        assert_eq!(receiver.poll_digit(), None);
        assert_eq!(Payload::parse(&[1, 2, 3]), None);
    }

    #[test]
    fn payload_survives_writing_and_parsing() {
        let payload = Payload { event: 11, end: true, volume: 63, duration: 0x1234 };
        assert_eq!(payload.write(), [11, 0xbf, 0x12, 0x34]);
        assert_eq!(Payload::parse(&payload.write()), Some(payload));
    }
}
