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
mod tests;
