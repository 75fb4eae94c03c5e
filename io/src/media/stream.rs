//! One audio stream between two parties, without a socket: datagrams and a beat of 20 ms in; datagrams, audio and
//! events out.

use core::net::SocketAddr;
use std::collections::VecDeque;

use ringback_sip::entropy::{Entropy, Seed};
use ringback_sip::sdp::{Agreed, Codec, Direction, Keys};
use ringback_sip::time::{Duration, Instant};

use super::control::{self, Control};
use super::dtmf::{self, Digit, Payload, Refusal};
use super::frame::{FRAME_SAMPLES, Frame};
use super::g711::Law;
use super::heard::Heard;
use super::latch::{Latch, Origin};
use super::protection::{Protection, Rejected};
use super::rtcp;
use super::rtp::Packet;
use super::source::{Player, Source};
use super::statistics::Statistics;

/// What the two sides agreed on in offer and answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The codec that we send with.
    pub law: Law,
    /// Its payload type in the peer's description; usually the static one.
    pub payload_type: u8,
    /// The payload type that the peer gave to telephone events; `None`: we may send none.
    pub events_out: Option<u8>,
    /// The payload type that we gave to telephone events.
    pub events_in: Option<u8>,
    /// Who sends.
    pub direction: Direction,
    /// The peer's address for RTP; `None`, port 0 or an unspecified address: not known, or on hold (RFC 3264 §8.4).
    pub remote: Option<SocketAddr>,
    /// The peer's address for RTCP, when it is not the next higher port (RFC 3605).
    pub remote_control: Option<SocketAddr>,
    /// Whether RTCP shares the port of RTP (RFC 5761).
    pub shares_port: bool,
    /// The keys of SRTP.
    pub keys: Option<Keys>,
}

impl Agreement {
    /// Both directions with `law`, and telephone events as payload type 101.
    pub fn new(law: Law, remote: Option<SocketAddr>) -> Self {
        Agreement {
            law,
            payload_type: law.payload_type(),
            events_out: Some(EVENTS),
            events_in: Some(EVENTS),
            direction: Direction::SendRecv,
            remote,
            remote_control: None,
            shares_port: false,
            keys: None,
        }
    }
}

impl From<&Agreed> for Agreement {
    /// What an offer and its answer came to.
    fn from(agreed: &Agreed) -> Self {
        let law = if agreed.codec == Codec::Pcma { Law::A } else { Law::Mu };
        Agreement {
            law,
            payload_type: agreed.payload_type,
            events_out: agreed.events.map(|events| events.send),
            events_in: agreed.events.map(|events| events.receive),
            direction: agreed.direction,
            remote: Some(agreed.remote),
            remote_control: Some(agreed.remote_rtcp),
            shares_port: false,
            keys: agreed.keys,
        }
    }
}

/// What does not change while a stream lives.
#[derive(Clone, Debug)]
pub struct StreamConfig {
    /// What SSRC, sequence number, timestamp and canonical name come from (RFC 3550 §5.1).
    pub seed: Seed,
    /// Whether the peer's address is learnt from its media (RFC 4961).
    pub learns_address: bool,
    /// Mean time between RTCP reports.
    pub report_interval: Duration,
    /// Whether everything is encrypted: until there are keys nothing is sent, and what comes is dropped.
    pub srtp: bool,
    /// Time without a packet after which [`Event::Silence`] is told.
    pub silence_after: Duration,
}

impl StreamConfig {
    /// The usual values.
    pub fn new(seed: Seed) -> Self {
        StreamConfig {
            seed,
            learns_address: true,
            report_interval: control::INTERVAL,
            srtp: false,
            silence_after: Duration::from_secs(10),
        }
    }
}

/// Something that the user of a stream wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The peer's first packet came, from this address.
    FirstPacket(SocketAddr),
    /// The peer pressed a digit.
    Digit(Digit),
    /// All digits that we were asked to send are sent.
    DigitsSent,
    /// The recording that we send is at its end.
    SourceEnded,
    /// Nothing came for so long, though the peer may send.
    Silence(Duration),
    /// Packets come again.
    Resumed,
    /// The peer's source left with an RTCP BYE.
    PeerLeft,
}

/// Which of our two ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// The even one.
    Rtp,
    /// The next one.
    Rtcp,
}

/// A datagram to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// The port that it leaves from.
    pub port: Port,
    /// Where it goes.
    pub to: SocketAddr,
    /// Its octets.
    pub datagram: Vec<u8>,
}

/// The stream.
#[derive(Debug)]
pub struct Stream {
    config: StreamConfig,
    agreement: Agreement,
    started: Instant,
    entropy: Entropy,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// The next audio packet follows a pause.
    talkspurt: bool,
    protection: Option<Protection>,
    player: Player,
    digits: dtmf::Sender,
    sending_digits: bool,
    control: Control,
    latch: Latch,
    control_peer: Option<SocketAddr>,
    heard: Option<Heard>,
    /// A new source at the peer's address, and its next sequence number, until a second packet confirms it.
    rival: Option<(u32, u16)>,
    conflicting: Option<SocketAddr>,
    /// What was counted outside of the source that we listen to now.
    counts: Statistics,
    /// Packets and octets under our present source number.
    sent: u64,
    sent_octets: u64,
    /// Packets sent when the last report left, and the one before it.
    sent_before: [u64; 2],
    first_packet_at: Option<Instant>,
    last_packet_at: Instant,
    is_silent: bool,
    transmits: VecDeque<Transmit>,
    events: VecDeque<Event>,
}

impl Stream {
    /// A stream that begins at `now`.
    pub fn new(now: Instant, config: StreamConfig, agreement: Agreement, source: Source) -> Self {
        let mut entropy = Entropy::new(config.seed.derive(b"rtp"));
        let start = entropy.next_u64();
        Stream {
            started: now,
            ssrc: entropy.next_u64() as u32,
            sequence: start as u16,
            timestamp: (start >> 32) as u32,
            entropy,
            talkspurt: true,
            protection: agreement.keys.and_then(Protection::new),
            player: Player::new(source),
            digits: dtmf::Sender::default(),
            sending_digits: false,
            control: Control::new(now, config.report_interval, config.seed.derive(b"rtcp")),
            latch: Latch::new(usable(agreement.remote), config.learns_address),
            control_peer: None,
            heard: None,
            rival: None,
            conflicting: None,
            counts: Statistics::default(),
            sent: 0,
            sent_octets: 0,
            sent_before: [0; 2],
            first_packet_at: None,
            last_packet_at: now,
            is_silent: false,
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            config,
            agreement,
        }
    }

    /// Takes the result of a new offer and answer: another address, codec or direction.
    pub fn update(&mut self, now: Instant, agreement: Agreement) {
        // On hold the old way, by an address of zeros, the peer is where it was.
        if usable(agreement.remote).is_some() && self.latch.signal(agreement.remote) {
            self.control_peer = None;
        }
        if agreement.events_out.is_none() {
            self.digits.clear();
            self.sending_digits = false;
        }
        match (&mut self.protection, agreement.keys) {
            (Some(protection), Some(keys)) => protection.rekey(keys),
            (protection @ None, Some(keys)) => *protection = Protection::new(keys),
            // What was encrypted once is never plain.
            (_, None) => {}
        }
        self.last_packet_at = now;
        self.agreement = agreement;
    }

    /// Sends another source from now on.
    pub fn play(&mut self, source: Source) {
        self.player = Player::new(source);
    }

    /// Queues digits (RFC 4733).
    pub fn send_digits(&mut self, digits: &str) -> Result<(), Refusal> {
        if self.agreement.events_out.is_none() {
            return Err(Refusal::NotNegotiated);
        }
        self.digits.queue(digits)?;
        self.sending_digits = !self.digits.is_idle();
        Ok(())
    }

    /// Takes a datagram from either port.
    pub fn handle_datagram(&mut self, now: Instant, port: Port, from: SocketAddr, datagram: &[u8]) {
        let is_control = port == Port::Rtcp || rtcp::is_rtcp(datagram);
        let Some(protection) = &mut self.protection else {
            if self.config.srtp {
                // The answer that brings the key is still on its way.
                self.counts.unproven += 1;
                return;
            }
            return self.handle_plain(now, is_control, from, datagram);
        };
        match protection.open(datagram, is_control) {
            Ok(plain) => self.handle_plain(now, is_control, from, &plain),
            Err(Rejected::Forged) => self.counts.undecryptable += 1,
            Err(Rejected::Replayed) => self.counts.duplicates += 1,
        }
    }

    fn handle_plain(&mut self, now: Instant, is_control: bool, from: SocketAddr, datagram: &[u8]) {
        if is_control {
            return self.handle_control(now, from, datagram);
        }
        let Ok(packet) = Packet::parse(datagram) else {
            self.counts.malformed += 1;
            return;
        };
        if packet.ssrc == self.ssrc {
            return self.handle_collision(now, from);
        }
        if self.content(packet.payload_type).is_none() {
            self.counts.unknown_payload += 1;
            return;
        }
        match self.latch.handle_packet(from, &packet) {
            Origin::Peer => self.handle_packet(now, from, &packet),
            Origin::Unproven => self.counts.unproven += 1,
            Origin::Stranger => self.counts.strangers += 1,
        }
    }

    fn handle_packet(&mut self, now: Instant, from: SocketAddr, packet: &Packet<'_>) {
        if !self.is_source_of(packet) {
            self.counts.unproven += 1;
            return;
        }
        self.note_packet(now, from);
        let content = self.content(packet.payload_type);
        let listens = self.agreement.direction.receives();
        let heard = match &mut self.heard {
            Some(heard) => {
                if !heard.handle_arrival(now, packet) {
                    return;
                }
                heard
            }
            None => self.heard.insert(Heard::new(now, packet)),
        };
        match content {
            Some(Content::Audio(law)) if listens => heard.handle_audio(now, packet, law),
            Some(Content::Event) => {
                if let Some(payload) = Payload::parse(packet.payload) {
                    heard.digits.handle_packet(now, packet.timestamp, payload);
                    self.take_digits();
                } else {
                    self.counts.malformed += 1;
                }
            }
            Some(Content::Audio(_) | Content::ComfortNoise) | None => {}
        }
    }

    /// Whether the packet belongs to the source that we listen to; a new one needs two packets in sequence.
    fn is_source_of(&mut self, packet: &Packet<'_>) -> bool {
        let Some(heard) = &self.heard else { return true };
        if heard.ssrc == packet.ssrc {
            return true;
        }
        let is_confirmed = self.rival == Some((packet.ssrc, packet.sequence));
        self.rival = Some((packet.ssrc, packet.sequence.wrapping_add(1)));
        if is_confirmed && let Some(old) = self.heard.take() {
            old.account(&mut self.counts);
            self.rival = None;
        }
        is_confirmed
    }

    fn note_packet(&mut self, now: Instant, from: SocketAddr) {
        self.last_packet_at = now;
        if self.first_packet_at.is_none() {
            self.first_packet_at = Some(now);
            self.tell(Event::FirstPacket(from));
        }
        if core::mem::take(&mut self.is_silent) {
            self.tell(Event::Resumed);
        }
    }

    /// Two parties chose one number: we take another, once for each address; a second time it is our own packets
    /// that come back (RFC 3550 §8.2).
    fn handle_collision(&mut self, now: Instant, from: SocketAddr) {
        self.counts.collisions += 1;
        if self.conflicting.replace(from) == Some(from) {
            return;
        }
        self.report(now, true);
        self.ssrc = self.entropy.next_u64() as u32;
        // The new number counts from zero in the reports (RFC 3550 §6.4.1).
        self.counts.sent += core::mem::take(&mut self.sent);
        self.counts.sent_octets += core::mem::take(&mut self.sent_octets);
        self.sent_before = [0; 2];
    }

    fn handle_control(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        let heard = self.heard.as_ref().map(|h| h.ssrc);
        let is_neighbour = self.latch.peer().is_some_and(|peer| peer.ip() == from.ip());
        let is_peer = |ssrc| heard.map_or(is_neighbour, |h| h == ssrc);
        match self.control.handle_datagram(now, self.ssrc, datagram, is_peer) {
            Ok(told) => {
                if told.reporter.is_some() && is_neighbour {
                    self.control_peer = Some(from);
                }
                if told.goodbye.is_some() && is_neighbour {
                    self.tell(Event::PeerLeft);
                }
            }
            Err(_) => self.counts.malformed += 1,
        }
    }

    /// One beat of 20 ms: sends what is due, and gives the audio to be heard now, if anybody was heard yet.
    pub fn handle_frame(&mut self, now: Instant) -> Option<Frame> {
        self.send_frame();
        self.timestamp = self.timestamp.wrapping_add(FRAME_SAMPLES as u32);
        if self.control.is_due(now) {
            self.report(now, false);
        }
        if let Some(heard) = &mut self.heard {
            heard.digits.handle_deadline(now);
            self.take_digits();
        }
        self.check_silence(now);
        // While we do not listen, time goes on and nothing is heard.
        let frame = self.heard.as_mut()?.playout.pull().unwrap_or([0; FRAME_SAMPLES]);
        Some(if self.agreement.direction.receives() { frame } else { [0; FRAME_SAMPLES] })
    }

    /// Leaves `frames` beats out: nobody was there to keep time.
    pub fn skip(&mut self, frames: u32) {
        self.timestamp = self.timestamp.wrapping_add(frames.wrapping_mul(FRAME_SAMPLES as u32));
        self.talkspurt = true;
    }

    fn send_frame(&mut self) {
        let destination = usable(self.agreement.remote).and(self.latch.peer());
        let (Some(to), true) = (destination, self.agreement.direction.sends()) else {
            self.talkspurt = true;
            return;
        };
        let (frame, ended) = self.player.next_frame();
        if ended {
            self.tell(Event::SourceEnded);
        }
        if let Some(payload_type) = self.agreement.events_out
            && let Some(outgoing) = self.digits.handle_frame(self.timestamp)
        {
            let payload = outgoing.payload.write();
            return self.send(to, outgoing.marker, payload_type, outgoing.timestamp, &payload);
        }
        if self.sending_digits && self.digits.is_idle() {
            self.sending_digits = false;
            self.tell(Event::DigitsSent);
        }
        let law = self.agreement.law;
        let marker = core::mem::take(&mut self.talkspurt);
        self.send(to, marker, self.agreement.payload_type, self.timestamp, &frame.map(|s| law.encode(s)));
    }

    fn send(&mut self, to: SocketAddr, marker: bool, payload_type: u8, timestamp: u32, payload: &[u8]) {
        let packet =
            Packet { marker, payload_type, sequence: self.sequence, timestamp, ssrc: self.ssrc, payload };
        let plain = packet.write();
        let Some(datagram) = self.protected(plain, Protection::protect) else { return };
        self.transmits.push_back(Transmit { port: Port::Rtp, to, datagram });
        self.sequence = self.sequence.wrapping_add(1);
        self.sent += 1;
        self.sent_octets += payload.len() as u64;
    }

    fn report(&mut self, now: Instant, goodbye: bool) {
        let Some((port, to)) = self.control_destination() else { return };
        // A sender is who sent since the report before the last one (RFC 3550 §6.4).
        let is_sender = self.sent > self.sent_before[1];
        self.sent_before = [self.sent, self.sent_before[0]];
        let sender = is_sender.then(|| rtcp::Sender {
            ntp: rtcp::ntp(now),
            timestamp: self.timestamp,
            packets: self.sent as u32,
            octets: self.sent_octets as u32,
        });
        let heard = self.heard.as_mut().map(|h| (h.ssrc, &mut h.reception));
        let plain = self.control.write(now, self.ssrc, sender, heard, goodbye);
        let datagram = self.protected(plain, Protection::protect_control);
        self.transmits.extend(datagram.map(|datagram| Transmit { port, to, datagram }));
    }

    /// A datagram as it leaves; `None` when it may not leave.
    fn protected(
        &mut self,
        plain: Vec<u8>,
        protect: impl Fn(&mut Protection, &[u8]) -> Option<Vec<u8>>,
    ) -> Option<Vec<u8>> {
        match &mut self.protection {
            Some(protection) => protect(protection, &plain),
            None => (!self.config.srtp).then_some(plain),
        }
    }

    /// Where reports go: to where the peer's come from, else where it said, else next to its media.
    fn control_destination(&self) -> Option<(Port, SocketAddr)> {
        let peer = self.latch.peer()?;
        if self.agreement.shares_port {
            return Some((Port::Rtp, peer));
        }
        let signalled = usable(self.agreement.remote_control).filter(|_| self.latch.learnt().is_none());
        let beside = || peer.port().checked_add(1).map(|port| SocketAddr::new(peer.ip(), port));
        self.control_peer.or(signalled).or_else(beside).map(|to| (Port::Rtcp, to))
    }

    /// The last report, with a goodbye unless nothing was ever sent (RFC 3550 §6.3.7).
    pub fn stop(&mut self, now: Instant) {
        if self.sent > 0 || self.control.counts().0 > 0 {
            self.report(now, true);
        }
    }

    fn check_silence(&mut self, now: Instant) {
        let quiet = now.since(self.last_packet_at);
        if !self.agreement.direction.receives() || self.is_silent || quiet < self.config.silence_after {
            return;
        }
        self.is_silent = true;
        self.tell(Event::Silence(quiet));
    }

    fn take_digits(&mut self) {
        while let Some(digit) = self.heard.as_mut().and_then(|h| h.digits.poll_digit()) {
            self.counts.digits_received += 1;
            self.tell(Event::Digit(digit));
        }
    }

    /// What a payload type stands for; the static ones of both laws are always understood.
    fn content(&self, payload_type: u8) -> Option<Content> {
        if self.agreement.events_in == Some(payload_type) {
            return Some(Content::Event);
        }
        if payload_type == self.agreement.payload_type {
            return Some(Content::Audio(self.agreement.law));
        }
        match payload_type {
            COMFORT_NOISE => Some(Content::ComfortNoise),
            other => Law::from_payload_type(other).map(Content::Audio),
        }
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The counts so far.
    pub fn statistics(&self) -> Statistics {
        let mut totals = self.counts.clone();
        if let Some(heard) = &self.heard {
            heard.account(&mut totals);
        }
        let (reports_sent, reports_received) = self.control.counts();
        Statistics {
            sent: totals.sent + self.sent,
            sent_octets: totals.sent_octets + self.sent_octets,
            round_trip: self.control.round_trip(),
            heard_by_peer: self.control.heard_by_peer(),
            reports_sent,
            reports_received,
            digits_sent: self.digits.sent(),
            peer: self.latch.peer(),
            is_learnt: self.latch.learnt().is_some(),
            first_packet_after: self.first_packet_at.map(|at| at.since(self.started)),
            ..totals
        }
    }

    fn tell(&mut self, event: Event) {
        if self.events.len() < EVENTS_MAX {
            self.events.push_back(event);
        }
    }
}

enum Content {
    Audio(Law),
    Event,
    ComfortNoise,
}

/// An address that packets can go to: not on hold by zeros (RFC 3264 §8.4), not refused by port 0 (§6).
fn usable(address: Option<SocketAddr>) -> Option<SocketAddr> {
    address.filter(|a| a.port() != 0 && !a.ip().is_unspecified())
}

/// Most events that wait to be taken; more are dropped, for the counts have them.
pub const EVENTS_MAX: usize = 256;
/// The payload type that most give to telephone events.
pub const EVENTS: u8 = 101;
/// Comfort noise (RFC 3389): a packet that says that there is nothing to hear.
const COMFORT_NOISE: u8 = 13;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::frame::FRAME;
    use crate::media::tone::{Tone, share_at};
    use ringback_sip::sdp::{EventPayload, MasterKey, Suite};

    #[test]
    fn each_side_hears_the_others_tone_and_loses_nothing() {
        for law in [Law::Mu, Law::A] {
            let mut pair = Pair::new(law);
            pair.run(150, |_, _| 1);
            for side in 0..2 {
                let heard = &pair.heard[side][1600..];
                assert!(share_at(heard, TONES[1 - side]) > 0.99, "{law:?}");
                let statistics = pair.streams[side].statistics();
                assert_eq!((statistics.sent, statistics.received, statistics.lost), (150, 150, 0));
                assert_eq!((statistics.late, statistics.jitter), (0, Duration::ZERO));
            }
        }
    }

    #[test]
    fn dropped_and_doubled_packets_are_counted_and_reported_to_their_sender() {
        let mut pair = Pair::new(Law::Mu);
        // Of every ten audio packets of side 0 one is lost and one comes twice.
        pair.run(1000, |side, n| match (side, n % 10) {
            (0, 3) => 0,
            (0, 7) => 2,
            _ => 1,
        });
        let statistics = pair.streams[1].statistics();
        assert_eq!((statistics.expected, statistics.lost, statistics.duplicates), (1000, 100, 100));
        assert!(statistics.concealed >= Duration::from_secs(2));
        assert!(statistics.opinion_score() < pair.streams[0].statistics().opinion_score());
        // RFC 3550 counts duplicates as received, so that the reported loss is what remains.
        let heard_by_peer = pair.streams[0].statistics().heard_by_peer.unwrap();
        assert!(heard_by_peer.lost.abs() <= 1, "{heard_by_peer:?}");
        assert!(pair.streams[0].statistics().round_trip.unwrap() < Duration::from_millis(2));
    }

    #[test]
    fn digits_arrive_once_each_though_every_second_packet_is_lost() {
        let mut pair = Pair::new(Law::A);
        pair.streams[0].send_digits("19*#D").unwrap();
        pair.run(100, |_, n| usize::from(n % 2 == 0));
        let digits: String = pair.events[1]
            .iter()
            .filter_map(|e| match e {
                Event::Digit(digit) => Some(digit.symbol),
                _ => None,
            })
            .collect();
        assert_eq!(digits, "19*#D");
        assert!(pair.events[0].contains(&Event::DigitsSent));
        assert_eq!(pair.streams[1].statistics().digits_received, 5);
    }

    #[test]
    fn agreement_of_offer_and_answer_is_taken_over() {
        let agreed = Agreed {
            local: address(0),
            remote: address(1),
            remote_rtcp: address_of_control(1),
            direction: Direction::SendOnly,
            codec: Codec::Pcma,
            payload_type: 96,
            receive: Default::default(),
            events: Some(EventPayload { send: 97, receive: 101 }),
            ptime_millis: 20,
            keys: None,
        };
        let agreement = Agreement::from(&agreed);
        let mut stream =
            Stream::new(START, StreamConfig::new(Seed::from_number(1)), agreement, Source::Silence);
        stream.send_digits("1").unwrap();
        stream.handle_frame(START);
        let transmit = stream.poll_transmit().unwrap();
        assert_eq!((transmit.to, Packet::parse(&transmit.datagram).unwrap().payload_type), (address(1), 97));
        (0..20).for_each(|_| _ = stream.handle_frame(START));
        let last = core::iter::from_fn(|| stream.poll_transmit()).last().unwrap();
        let packet = Packet::parse(&last.datagram).unwrap();
        assert_eq!((packet.payload_type, packet.payload), (96, &[Law::A.encode(0); 160][..]));
    }

    /// Two sides with keys; `theirs` is what the first side thinks to be the key of the second.
    fn encrypted(theirs: u8) -> Pair {
        let key = |byte: u8| MasterKey::new(Suite::Aes128Tag80, &[byte; 30]).unwrap();
        let mut pair = Pair::new(Law::A);
        for (side, send, receive) in [(0, 1, theirs), (1, 2, 1)] {
            pair.streams[side].config.srtp = true;
            let keys = Some(Keys { send: key(send), receive: key(receive) });
            let agreement = Agreement { keys, ..pair.streams[side].agreement };
            pair.streams[side].update(START, agreement);
        }
        pair
    }

    #[test]
    fn encrypted_audio_and_reports_arrive_and_copies_count_once() {
        let mut pair = encrypted(2);
        pair.run(600, |_, n| 1 + usize::from(n == 7));
        for stream in &pair.streams {
            let counts = stream.statistics();
            assert!(counts.received > 590 && counts.reports_received > 0, "{counts:?}");
            assert_eq!((counts.undecryptable, counts.duplicates, counts.lost), (0, 1, 0));
        }
        let datagram = pair.packet_of(0);
        assert!(!datagram.windows(8).any(|w| w == [Law::A.encode(0); 8]));
    }

    #[test]
    fn a_key_that_fits_one_way_only_is_seen_in_the_counts() {
        let mut pair = encrypted(3);
        pair.run(100, |_, _| 1);
        let [ours, theirs] = [0, 1].map(|side| pair.streams[side].statistics());
        assert!(ours.received == 0 && ours.undecryptable >= 100, "{ours:?}");
        assert_eq!((theirs.received, theirs.undecryptable), (100, 0));
    }

    #[test]
    fn an_encrypted_stream_without_keys_neither_sends_nor_hears() {
        let mut pair = Pair::new(Law::A);
        pair.streams[0].config.srtp = true;
        pair.run(50, |_, _| 1);
        assert_eq!((pair.sent[0], pair.streams[0].statistics().sent), (0, 0));
        assert_eq!(pair.streams[0].statistics().unproven, 50);
        // Once there were keys, an agreement without them does not make it plain.
        let mut pair = encrypted(2);
        let plain = Agreement { keys: None, ..pair.streams[0].agreement };
        pair.streams[0].update(START, plain);
        pair.run(50, |_, _| 1);
        assert_eq!(pair.streams[1].statistics().received, 50);
    }

    #[test]
    fn digits_are_refused_when_no_events_were_agreed() {
        let mut pair = Pair::new(Law::A);
        let agreement = Agreement { events_out: None, ..pair.streams[0].agreement };
        pair.streams[0].update(START, agreement);
        assert_eq!(pair.streams[0].send_digits("1"), Err(Refusal::NotNegotiated));
    }

    #[test]
    fn hold_stops_audio_keeps_reports_and_resumes_with_a_marker() {
        let mut pair = Pair::new(Law::Mu);
        pair.run(50, |_, _| 1);
        let agreement = pair.streams[0].agreement;
        let now = pair.now();
        pair.streams[0].update(now, Agreement { direction: Direction::Inactive, ..agreement });
        pair.run(500, |_, _| 1);
        let held = pair.streams[0].statistics();
        assert_eq!(held.sent, 50);
        assert!(held.reports_sent >= 2 && held.heard_by_peer.is_some(), "{held:?}");
        assert!(
            pair.heard[0].iter().rev().take(8000).all(|&s| s == 0),
            "what is heard on hold is not recorded"
        );
        pair.streams[0].update(pair.now(), agreement);
        pair.streams[0].handle_frame(pair.now());
        let datagram = pair.streams[0].poll_transmit().unwrap().datagram;
        assert!(Packet::parse(&datagram).unwrap().marker);
        pair.run(50, |_, _| 1);
        assert_eq!(pair.streams[1].statistics().lost, 1, "only the packet that this test took");
        assert!(share_at(&pair.heard[0][pair.heard[0].len() - 1600..], TONES[1]) > 0.99);
    }

    #[test]
    fn hold_by_an_address_of_zeros_sends_nothing_and_keeps_the_learnt_address() {
        let mut pair = Pair::new(Law::Mu);
        pair.run(3, |_, _| 1);
        let agreement = pair.streams[0].agreement;
        let zeros = Some(SocketAddr::from(([0, 0, 0, 0], 4000)));
        pair.streams[0].update(START, Agreement { remote: zeros, ..agreement });
        pair.run(10, |_, _| 1);
        let statistics = pair.streams[0].statistics();
        assert_eq!((statistics.sent, statistics.peer), (3, Some(address(1))));
    }

    #[test]
    fn media_goes_to_where_media_comes_from() {
        let mut pair = Pair::new(Law::Mu);
        let behind_translator = SocketAddr::from(([198, 51, 100, 7], 61_000));
        let agreement =
            Agreement { remote: Some(SocketAddr::from(([10, 0, 0, 9], 4000))), ..pair.streams[0].agreement };
        pair.streams[0].update(START, agreement);
        for _ in 0..2 {
            let packet = pair.packet_of(1);
            pair.streams[0].handle_datagram(START, Port::Rtp, behind_translator, &packet);
        }
        pair.streams[0].handle_frame(START);
        assert_eq!(pair.streams[0].poll_transmit().unwrap().to, behind_translator);
        let statistics = pair.streams[0].statistics();
        assert!(statistics.is_learnt);
        assert_eq!((statistics.received, statistics.unproven), (1, 1));
    }

    #[test]
    fn datagrams_that_are_no_media_are_counted_and_change_nothing() {
        let mut pair = Pair::new(Law::Mu);
        pair.run(10, |_, _| 1);
        let stream = &mut pair.streams[0];
        let before = stream.statistics();
        for datagram in [&b""[..], b"x", &[0; 12], b"OPTIONS sip:a SIP/2.0\r\n\r\n", &[0x80, 200, 0, 9]] {
            stream.handle_datagram(START, Port::Rtp, address(1), datagram);
            stream.handle_datagram(START, Port::Rtcp, address(1), datagram);
        }
        let stranger =
            Packet { marker: false, payload_type: 0, sequence: 1, timestamp: 1, ssrc: 1, payload: &[1; 160] };
        stream.handle_datagram(START, Port::Rtp, address(9), &stranger.write());
        let video = Packet { payload_type: 99, ..stranger };
        stream.handle_datagram(START, Port::Rtp, address(1), &video.write());
        let expected = Statistics { malformed: 10, strangers: 1, unknown_payload: 1, ..before };
        assert_eq!(stream.statistics(), expected);
    }

    #[test]
    fn own_number_in_a_foreign_packet_makes_us_take_another_once() {
        let mut pair = Pair::new(Law::Mu);
        pair.run(5, |_, _| 1);
        let own = pair.packet_of(0);
        let old = pair.streams[0].ssrc;
        pair.streams[0].handle_datagram(START, Port::Rtp, address(1), &own);
        let new = pair.streams[0].ssrc;
        assert_ne!(old, new);
        let goodbye = pair.streams[0].poll_transmit().unwrap();
        assert!(rtcp::parse(&goodbye.datagram, 0).unwrap().contains(&rtcp::Item::Goodbye(old)));
        // Our own packets come back: changing again would never end.
        let echo = pair.packet_of(0);
        pair.streams[0].handle_datagram(START, Port::Rtp, address(1), &echo);
        assert_eq!(pair.streams[0].ssrc, new);
        assert_eq!(pair.streams[0].statistics().sent, 7);
    }

    #[test]
    fn new_source_at_the_peers_address_takes_over_after_two_packets() {
        let mut pair = Pair::new(Law::Mu);
        pair.run(20, |_, _| 1);
        pair.streams[1].ssrc ^= 1;
        pair.run(20, |_, _| 1);
        let statistics = pair.streams[0].statistics();
        assert_eq!((statistics.received, statistics.lost, statistics.unproven), (39, 0, 1));
    }

    #[test]
    fn silence_is_told_once_and_so_is_its_end() {
        let mut pair = Pair::new(Law::Mu);
        pair.run(10, |_, _| 1);
        pair.run(600, |side, _| side);
        pair.run(10, |_, _| 1);
        let told: Vec<_> =
            pair.events[1].iter().filter(|e| matches!(e, Event::Silence(_) | Event::Resumed)).collect();
        assert!(matches!(told[..], [Event::Silence(_), Event::Resumed]), "{told:?}");
    }

    #[test]
    fn leaving_says_goodbye_unless_nothing_was_sent() {
        let mut pair = Pair::new(Law::Mu);
        pair.streams[0].stop(START);
        assert_eq!(pair.streams[0].poll_transmit(), None);
        pair.run(10, |_, _| 1);
        let now = pair.now();
        pair.streams[0].stop(now);
        let goodbye = pair.streams[0].poll_transmit().unwrap();
        assert_eq!((goodbye.port, goodbye.to), (Port::Rtcp, address_of_control(1)));
        pair.streams[1].handle_datagram(now, Port::Rtcp, address_of_control(0), &goodbye.datagram);
        assert_eq!(pair.streams[1].poll_event(), Some(Event::PeerLeft));
    }

    #[test]
    fn time_that_nobody_kept_moves_the_timestamp_and_not_the_sequence() {
        let mut pair = Pair::new(Law::Mu);
        let (first, second) = (pair.packet_of(0), {
            pair.streams[0].skip(10);
            pair.packet_of(0)
        });
        let (first, second) = (Packet::parse(&first).unwrap(), Packet::parse(&second).unwrap());
        assert_eq!(second.timestamp.wrapping_sub(first.timestamp), 11 * 160);
        assert_eq!(second.sequence.wrapping_sub(first.sequence), 1);
        assert!(second.marker);
    }

    #[test]
    fn same_seed_gives_the_same_packets_and_another_seed_other_numbers() {
        let first = |number| {
            let config = StreamConfig::new(Seed::from_number(number));
            let agreement = Agreement::new(Law::A, Some(address(1)));
            let mut stream = Stream::new(START, config, agreement, Source::Silence);
            stream.handle_frame(START);
            stream.poll_transmit().unwrap().datagram
        };
        assert_eq!(first(1), first(1));
        let (one, two) = (first(1), first(2));
        let (one, two) = (Packet::parse(&one).unwrap(), Packet::parse(&two).unwrap());
        assert!(one.ssrc != two.ssrc && one.sequence != two.sequence && one.timestamp != two.timestamp);
    }

    const START: Instant = Instant::from_unix_secs(1_800_000_000);
    const TONES: [f64; 2] = [440.0, 1000.0];

    fn address(side: usize) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1 + side as u8], 4000))
    }

    fn address_of_control(side: usize) -> SocketAddr {
        SocketAddr::new(address(side).ip(), 4001)
    }

    /// Two streams and the wire between them, with a delay of a millisecond.
    struct Pair {
        streams: [Stream; 2],
        heard: [Vec<i16>; 2],
        events: [Vec<Event>; 2],
        frames: u32,
        sent: [usize; 2],
    }

    impl Pair {
        fn new(law: Law) -> Self {
            let stream = |side: usize| {
                let config = StreamConfig::new(Seed::from_number(side as u64));
                let agreement = Agreement::new(law, Some(address(1 - side)));
                Stream::new(START, config, agreement, Source::Tone(Tone::sine(TONES[side])))
            };
            Pair {
                streams: [stream(0), stream(1)],
                heard: Default::default(),
                events: Default::default(),
                frames: 0,
                sent: [0; 2],
            }
        }

        fn now(&self) -> Instant {
            START + FRAME * self.frames
        }

        fn packet_of(&mut self, side: usize) -> Vec<u8> {
            self.streams[side].handle_frame(START);
            self.streams[side].poll_transmit().unwrap().datagram
        }

        /// Runs for `frames` beats; `copies` says how many times the n-th RTP packet of a side arrives.
        fn run(&mut self, frames: u32, copies: impl Fn(usize, usize) -> usize) {
            for _ in 0..frames {
                let now = self.now();
                for side in 0..2 {
                    let frame = self.streams[side].handle_frame(now);
                    self.heard[side].extend(frame.into_iter().flatten());
                    self.carry(side, now + Duration::from_millis(1), &copies);
                }
                for side in 0..2 {
                    self.events[side].extend(core::iter::from_fn(|| self.streams[side].poll_event()));
                }
                self.frames += 1;
            }
        }

        fn carry(&mut self, side: usize, arrival: Instant, copies: &impl Fn(usize, usize) -> usize) {
            while let Some(transmit) = self.streams[side].poll_transmit() {
                let (from, times) = match transmit.port {
                    Port::Rtcp => (address_of_control(side), 1),
                    Port::Rtp => {
                        self.sent[side] += 1;
                        (address(side), copies(side, self.sent[side] - 1))
                    }
                };
                for _ in 0..times {
                    self.streams[1 - side].handle_datagram(arrival, transmit.port, from, &transmit.datagram);
                }
            }
        }
    }
}
