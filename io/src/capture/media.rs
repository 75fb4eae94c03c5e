//! Streams of RTP that belong to calls: quality without keeping packets (RFC 3550, RFC 4733).

use super::clock::Clock;
use super::reports;
use crate::media::dtmf::Payload;
use crate::media::reception::{Figures, Reception};
use crate::media::rtcp;
use crate::media::rtp::Packet;
use ringback_roles::diagnosis::{Call, CallId, Facts, Legs, Stream, StreamKey};
use ringback_sip::time::Instant;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Most streams that are followed.
pub const TRACKS_MAX: usize = 1 << 16;
const PAYLOAD_TYPES_MAX: usize = 8;
const DIGITS_MAX: usize = 256;

/// Every stream.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    tracks: BTreeMap<StreamKey, Track>,
}

#[derive(Debug)]
struct Track {
    stream: Stream,
    /// Nothing for a stream that is known from reports only.
    reception: Option<Reception>,
    /// The payload type of telephone events.
    events: Option<u8>,
    /// The timestamp of the event that was counted last.
    event_at: Option<u32>,
    /// The capture point that it is measured at.
    point: Option<u32>,
    clock: Clock,
    /// Packets that had passed when its receiver reported last, and whether it ever spoke of them.
    reported: u64,
    is_reported: bool,
}

/// When and where a packet was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) at: Instant,
    pub(super) dscp: Option<u8>,
    /// The capture point, where there are several.
    pub(super) point: Option<u32>,
}

impl Tracks {
    /// Takes what may be RTP or RTCP; only what a session description asked for counts.
    pub(super) fn handle_packet(
        &mut self,
        facts: &mut Facts,
        spot: Spot,
        [src, dst]: [SocketAddr; 2],
        bytes: &[u8],
    ) {
        if rtcp::is_rtcp(bytes) {
            self.handle_report(facts, spot.at, [src, dst], bytes, None);
            return;
        }
        let Ok(packet) = Packet::parse(bytes) else { return };
        let key = StreamKey { src, dst, ssrc: packet.ssrc };
        if let Some(track) = self.tracks.get_mut(&key).filter(|track| track.reception.is_some()) {
            track.take(spot, &packet);
        } else if self.tracks.len() < TRACKS_MAX {
            let of = [dst, src].into_iter().find(|end| facts.media_owner(*end).is_some());
            let Some(end) = of else { return };
            let mut track = self.tracks.remove(&key).unwrap_or_else(|| Track::new(key, spot.at));
            track.begin(facts, end, spot, &packet);
            // It belongs to the call that asks for it now.
            facts.add_stream(track.filed());
            self.tracks.insert(key, track);
        }
    }

    /// A report tells how streams the other way are received; those that did not pass here become known by it. `call` is
    /// whose they are, if somebody said so.
    pub(super) fn handle_report(
        &mut self,
        facts: &mut Facts,
        at: Instant,
        [src, dst]: [SocketAddr; 2],
        bytes: &[u8],
        call: Option<&CallId>,
    ) {
        let Some(report) = reports::read(bytes) else { return };
        let mut told: SmallVec<[u32; 4]> = SmallVec::new();
        for down in [0, 1] {
            let [src, dst] = [src, dst].map(|end| SocketAddr::new(end.ip(), end.port().saturating_sub(down)));
            let between = |src, dst| StreamKey { src, dst, ssrc: 0 }..=StreamKey { src, dst, ssrc: u32::MAX };
            for (key, track) in self.tracks.range_mut(between(dst, src)) {
                let block = report.blocks.iter().find(|(ssrc, _)| *ssrc == key.ssrc);
                told.extend(block.map(|(ssrc, _)| *ssrc));
                track.hear(at, block.map(|(_, figures)| *figures), report.sent.is_none());
            }
            if let (Some(track), Some(sent)) =
                (self.tracks.get_mut(&StreamKey { src, dst, ssrc: report.ssrc }), report.sent)
            {
                track.stream.sent = sent;
            }
        }
        // RTCP mostly has the odd port after that of its RTP (RFC 3550 §11).
        let own = |end: SocketAddr| SocketAddr::new(end.ip(), end.port() & !1);
        let (src, dst) = (own(src), own(dst));
        for (ssrc, figures) in report.blocks.iter().filter(|(ssrc, _)| !told.contains(ssrc)) {
            if let Some(call) = call.filter(|_| facts.media_owner(src).is_none()) {
                facts.expect_media(src, call);
            }
            let key = StreamKey { src: dst, dst: src, ssrc: *ssrc };
            let of = [src, dst].into_iter().find(|end| facts.media_owner(*end).is_some());
            let (Some(end), true) = (of, self.tracks.len() < TRACKS_MAX) else { return };
            let mut track = Track::new(key, at);
            track.stream.clock_rate =
                facts.media_formats(end).first().map_or(UNITS_A_SECOND, |format| format.2);
            track.hear(at, Some(*figures), report.sent.is_none());
            facts.add_stream(track.filed());
            self.tracks.insert(key, track);
        }
    }

    /// Files every stream as it stands.
    pub(super) fn file(&self, facts: &mut Facts) {
        for track in self.tracks.values() {
            facts.add_stream(track.filed());
        }
    }

    /// Whether no more can be followed.
    pub(super) fn is_full(&self) -> bool {
        self.tracks.len() >= TRACKS_MAX
    }

    /// Stops following the streams of these calls.
    pub(super) fn forget(&mut self, calls: &[Legs<Call>]) {
        for key in calls.iter().flat_map(|legs| &legs.calls).flat_map(|call| &call.streams) {
            self.tracks.remove(key);
        }
    }
}

impl Track {
    fn new(key: StreamKey, at: Instant) -> Self {
        Track {
            stream: Stream::new(key, at),
            reception: None,
            events: None,
            event_at: None,
            point: None,
            clock: Clock::default(),
            reported: 0,
            is_reported: false,
        }
    }

    /// Takes the first packet.
    fn begin(&mut self, facts: &Facts, end: SocketAddr, spot: Spot, packet: &Packet<'_>) {
        let formats = facts.media_formats(end);
        let format = |wanted: u8| formats.iter().find(|(number, ..)| *number == wanted);
        if let Some((_, name, clock)) = format(packet.payload_type) {
            (self.stream.codec, self.stream.clock_rate) = (name.clone(), *clock);
        }
        let events = formats.iter().find(|(_, name, _)| name.eq_ignore_ascii_case("telephone-event"));
        self.events = events.map(|(number, ..)| *number);
        (self.stream.first, self.stream.last) = (spot.at, spot.at);
        (self.stream.dscp, self.point) = (spot.dscp, spot.point);
        self.reception = Some(Reception::new(packet.sequence));
        self.count(spot.at, packet);
    }

    /// The stream as it stands.
    fn filed(&self) -> Stream {
        let mut stream = self.stream.clone();
        let Some(reception) = &self.reception else { return stream };
        let (expected, received) = (reception.expected(), reception.received());
        stream.lost =
            i64::try_from(expected).unwrap_or(i64::MAX) - i64::try_from(received).unwrap_or(i64::MAX);
        stream.out_of_order = reception.reordered();
        stream.jitter = f64::from(reception.jitter()) / UNITS_A_MILLI;
        stream.skew = self.clock.skew();
        stream
    }

    fn take(&mut self, spot: Spot, packet: &Packet<'_>) {
        if self.point != spot.point {
            // Another capture point saw it too: it counts once.
            self.stream.dscp_elsewhere = self.stream.dscp_elsewhere.or(spot.dscp);
            return;
        }
        if let Some(reception) = &mut self.reception {
            reception.handle_sequence(packet.sequence);
        }
        self.count(spot.at, packet);
    }

    /// Takes what the receiver says, or that it says nothing about this stream.
    fn hear(&mut self, at: Instant, figures: Option<Figures>, is_receiver_only: bool) {
        let stream = &mut self.stream;
        if self.reception.is_none() {
            stream.last = at;
        }
        let passed = stream.packets - self.reported;
        self.reported = stream.packets;
        match figures {
            Some(figures) => {
                stream.report = Some((figures.fraction_lost, figures.lost, figures.jitter));
                (stream.unheard, self.is_reported) = (0, true);
            }
            // Some senders never say what they hear.
            None if passed >= HEARD_MIN && (is_receiver_only || self.is_reported) => stream.unheard += 1,
            None => {}
        }
    }

    fn count(&mut self, at: Instant, packet: &Packet<'_>) {
        let stream = &mut self.stream;
        stream.gap_max = stream.gap_max.max(at.since(stream.last));
        stream.last = at;
        stream.packets += 1;
        stream.bytes += packet.payload.len() as u64;
        let has_room = stream.payload_types.len() < PAYLOAD_TYPES_MAX;
        match stream.payload_types.iter_mut().find(|(number, _)| *number == packet.payload_type) {
            Some((_, count)) => *count += 1,
            None if has_room => {
                stream.payload_types.push((packet.payload_type, 1));
            }
            None => {}
        }
        if Some(packet.payload_type) == self.events {
            // Packets of one event share its timestamp (RFC 4733 §2.5.1.2).
            let payload = Payload::parse(packet.payload).filter(|_| self.event_at != Some(packet.timestamp));
            if let Some(payload) = payload {
                self.event_at = Some(packet.timestamp);
                if stream.digits.len() < DIGITS_MAX {
                    stream.digits.push((at, payload.event));
                }
            }
            return;
        }
        // The jitter is reckoned in units of 8,000 Hz, whatever the clock.
        let scaled =
            u64::from(packet.timestamp) * u64::from(UNITS_A_SECOND) / u64::from(stream.clock_rate.max(1));
        if !stream.codec.is_empty() {
            self.clock.take(at, packet.timestamp, stream.clock_rate);
        }
        if let Some(reception) = &mut self.reception {
            reception.handle_timestamp(at, scaled as u32);
            stream.jitter_max = stream.jitter_max.max(f64::from(reception.jitter()) / UNITS_A_MILLI);
        }
    }
}

/// Packets between two reports of which one should speak.
const HEARD_MIN: u64 = 50;
const UNITS_A_SECOND: u32 = 8000;
const UNITS_A_MILLI: f64 = 8.0;

#[cfg(test)]
mod tests {
    use super::super::{Capture, PacketWriter, read};
    use super::*;
    use ringback_roles::diagnosis::FactsLimits;

    fn rtp(payload_type: u8, sequence: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x80, payload_type];
        bytes.extend(sequence.to_be_bytes());
        bytes.extend(timestamp.to_be_bytes());
        bytes.extend(7_u32.to_be_bytes());
        bytes.extend_from_slice(payload);
        bytes
    }

    /// A call of `ports` with an INVITE, its answer and ten packets each way.
    fn call(writer: &mut PacketWriter<Vec<u8>>, no: u64, ports: [u16; 2]) {
        let start = no * 1000;
        let [ann, bob] = ["192.0.2.1", "192.0.2.2"];
        let signal: [SocketAddr; 2] = [ann, bob].map(|ip| format!("{ip}:5060").parse().expect("an address"));
        let media: [SocketAddr; 2] = [(ann, ports[0]), (bob, ports[1])]
            .map(|(ip, port)| format!("{ip}:{port}").parse().expect("an address"));
        let body = |ip: &str, port: u16| {
            format!(
                "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n"
            )
        };
        let mut write = |millis: u64, src: SocketAddr, dst: SocketAddr, bytes: &[u8]| {
            writer
                .write(Instant::from_unix_micros((start + millis) * 1000), src, dst, bytes)
                .expect("memory");
        };
        for (millis, line, from) in [(0, "INVITE sip:bob@x.test SIP/2.0", 0), (100, "SIP/2.0 200 OK", 1)] {
            let body = body([ann, bob][from], ports[from]);
            let text = format!(
                "{line}\r\nCall-ID: call{no}\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            write(millis, signal[from], signal[1 - from], text.as_bytes());
        }
        for n in 0..10_u16 {
            let packet = |ssrc: u64| {
                let mut packet = rtp(8, n, u32::from(n) * 160, &[0; 20]);
                packet[8..12].copy_from_slice(&(ssrc as u32).to_be_bytes());
                packet
            };
            write(200 + u64::from(n) * 20, media[0], media[1], &packet(no * 2));
            write(200 + u64::from(n) * 20, media[1], media[0], &packet(no * 2 + 1));
        }
    }

    #[test]
    fn calls_that_are_taken_out_early_have_their_streams_and_nothing_of_them_stays() {
        let mut writer = PacketWriter::new(Vec::new()).expect("memory");
        let calls = 2000;
        (0..calls).for_each(|no| call(&mut writer, no, [4000, 6000]));
        let file = writer.finish().expect("memory");
        let mut capture = Capture::new(FactsLimits { bytes_max: 100_000 });
        let (mut taken, mut whole, mut most) = (0, 0, [0; 2]);
        read(&file[..], &mut capture, &mut |capture| {
            let calls = capture.take_idle();
            taken += calls.len();
            for call in calls.iter().flat_map(|legs| &legs.calls) {
                let packets: u64 = capture.facts().streams_of(call).map(|stream| stream.packets).sum();
                whole += usize::from(call.streams.len() == 2 && packets == 20);
            }
            capture.forget(&calls);
            most = [
                most[0].max(capture.facts().calls().count()),
                most[1].max(capture.facts().streams().count()),
            ];
        })
        .expect("a capture");
        let kept = capture.facts().calls().count();
        assert_eq!(taken + kept, calls as usize);
        assert!(taken > 1500 && whole == taken, "{whole} of {taken} whole");
        assert!(most[0] < 200 && most[1] < 400, "{most:?}");
        assert_eq!(capture.facts().streams().count(), kept * 2);
    }

    #[test]
    fn a_call_on_the_port_of_another_leaves_the_other_its_streams() {
        let mut writer = PacketWriter::new(Vec::new()).expect("memory");
        (0..3).for_each(|no| call(&mut writer, no, [4000, 6000]));
        let file = writer.finish().expect("memory");
        let mut capture = Capture::new(FactsLimits::default());
        read(&file[..], &mut capture, &mut |_| {}).expect("a capture");
        assert!(capture.facts().calls().all(|call| call.streams.len() == 2));
    }

    #[test]
    fn streams_that_a_description_asks_for_are_measured_and_others_left_alone() {
        let sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\n\
                   a=rtpmap:101 telephone-event/8000\r\n";
        let invite = format!(
            "INVITE sip:bob@x.test SIP/2.0\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        );
        let [signal, media, peer]: [SocketAddr; 3] = ["192.0.2.1:5060", "192.0.2.1:4000", "192.0.2.2:6000"]
            .map(|end| end.parse().expect("an address"));
        let mut writer = PacketWriter::new(Vec::new()).expect("memory");
        let mut write = |millis: u64, ends: [SocketAddr; 2], bytes: &[u8]| {
            writer.write(Instant::from_unix_micros(millis * 1000), ends[0], ends[1], bytes).expect("memory");
        };
        write(0, [signal, peer], invite.as_bytes());
        for n in (0..50_u16).filter(|n| *n != 10 && *n != 20) {
            write(u64::from(n) * 20, [peer, media], &rtp(8, n, u32::from(n) * 160, &[0; 160]));
            write(u64::from(n) * 20, [peer, signal], &rtp(8, n, u32::from(n) * 160, &[0; 160]));
        }
        for n in 50..53 {
            write(u64::from(n) * 20, [peer, media], &rtp(101, n, 8000, &[5, 10, 0, 160]));
        }
        let file = writer.finish().expect("memory");
        let mut capture = Capture::new(FactsLimits::default());
        read(&file[..], &mut capture, &mut |_| {}).expect("a capture");
        let call = capture.facts().call(b"one").expect("the call");
        let streams: Vec<_> = capture.facts().streams_of(call).collect();
        assert_eq!(streams.len(), 1);
        let stream = streams[0];
        assert_eq!((stream.packets, stream.lost, stream.codec.as_str()), (51, 2, "PCMA"));
        assert_eq!(stream.digits.iter().map(|(_, event)| *event).collect::<Vec<_>>(), [5]);
        assert!(stream.jitter_max < 0.2, "{}", stream.jitter_max);
        assert_eq!(capture.facts().streams().count(), 1);
    }
}
