//! From one packet to facts.

use super::connections::{Connections, Segment, is_sip_port};
use super::content::{HEP, Taken, starts_message};
use super::datagram::{self, Datagram, ICMP, ICMP_V6, TCP, UDP};
use super::fragments::Fragments;
use super::link::{LinkType, be16, strip};
use super::media::{Spot, Tracks};
use super::refusals::Refusals;
use super::tls::{KeyLog, Locked};
use super::{dns, icmp, stun};
use crate::hep::{Content, HepPacket};
use ringback_roles::diagnosis::{
    CALLS_MAX, Call, Facts, FactsLimits, Legs, Seen, TcpEvent, TcpKind, TlsAlert,
};
use ringback_sip::flow::Transport;
use ringback_sip::time::Instant;
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// Packets on their way to facts.
#[derive(Debug)]
pub struct Capture {
    facts: Facts,
    fragments: Fragments,
    connections: Connections,
    refusals: Refusals,
    tracks: Tracks,
    /// Which of several interfaces the next packet comes from.
    point: Option<u32>,
    /// Ends whose media are passed on, see [`Capture::pass_media`].
    passing: BTreeSet<[SocketAddr; 2]>,
    passed: Option<Passed>,
    /// Messages of a connection, while a segment is at work.
    cut: Vec<(Transport, Vec<u8>)>,
}

/// A datagram of RTP or RTCP.
#[derive(Clone, Debug)]
pub struct Passed {
    /// When it was captured.
    pub at: Instant,
    /// Who sent it, and to whom.
    pub ends: [SocketAddr; 2],
    /// Its payload.
    pub bytes: Vec<u8>,
}

/// When, which packet, and on which link.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Instant,
    frame: u64,
    link: u64,
    fragmented: bool,
}

impl Capture {
    /// Nothing seen yet.
    pub fn new(limits: FactsLimits) -> Self {
        Capture {
            facts: Facts::new(limits),
            fragments: Fragments::default(),
            connections: Connections::default(),
            refusals: Refusals::default(),
            tracks: Tracks::default(),
            point: None,
            passing: BTreeSet::new(),
            passed: None,
            cut: Vec::new(),
        }
    }

    /// What was seen.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What was seen, to add to it or to take finished calls out.
    pub fn facts_mut(&mut self) -> &mut Facts {
        &mut self.facts
    }

    /// The secrets of connections over TLS, to add to them: what comes from now on is read with them.
    pub fn key_log_mut(&mut self) -> &mut KeyLog {
        &mut self.connections.log
    }

    /// Connections over TLS on ports of SIP that could not be read.
    pub fn locked(&self) -> &[Locked] {
        &self.connections.locked
    }

    /// From now on keeps each datagram of media between these ends until the next one, for [`Capture::take_media`].
    pub fn pass_media(&mut self, ends: BTreeSet<[SocketAddr; 2]>) {
        self.passing = ends;
    }

    /// The datagram of media that came with the last packet.
    pub fn take_media(&mut self) -> Option<Passed> {
        self.passed.take()
    }

    /// From now on packets come from this one of several interfaces; `None` where there is one.
    pub fn set_point(&mut self, point: Option<u32>) {
        self.point = point;
    }

    /// Takes a packet with its number in the file.
    pub fn handle_packet(&mut self, at: Instant, frame: u64, link: LinkType, bytes: &[u8]) {
        self.facts.touch(at);
        let Some((ip, link)) = strip(link, bytes) else { return };
        let Some(datagram) = datagram::parse(ip) else { return };
        let link = link ^ u64::from(datagram.hop_limit);
        let mark = Mark { at, frame, link, fragmented: datagram.fragment.is_some() };
        match datagram.fragment {
            None => self.handle_datagram(mark, &datagram),
            Some(fragment) => {
                if let Some(payload) = self.fragments.take(at, &datagram, fragment) {
                    self.handle_datagram(mark, &Datagram { payload: &payload, fragment: None, ..datagram });
                }
            }
        }
    }

    /// Takes a message of which only the text and the ends are known.
    pub fn handle_message(
        &mut self,
        at: Instant,
        frame: u64,
        transport: Transport,
        ends: [SocketAddr; 2],
        bytes: &[u8],
    ) {
        let [src, dst] = ends;
        let (fragmented, link, capturer) = (false, 0, None);
        self.facts.add_message(&Seen { at, frame, src, dst, transport, fragmented, link, capturer, bytes });
    }

    /// Takes what was captured elsewhere. `at` is the moment for who names none; copies of one message that several capturers
    /// send are one.
    pub fn handle_hep(&mut self, at: Instant, frame: u64, packet: &HepPacket<'_>) {
        let at = packet.at.unwrap_or(at);
        self.facts.touch(at);
        let ([src, dst], bytes) = (packet.ends, &*packet.payload);
        match packet.content {
            Content::Sip if starts_message(bytes) => {
                let (transport, fragmented, link) = (packet.transport, false, 0);
                let capturer = Some(packet.agent);
                let seen = Seen { at, frame, src, dst, transport, fragmented, link, capturer, bytes };
                match packet.has_odd_ends() {
                    true => self.facts.add_doubtful(&seen),
                    false => self.facts.add_message(&seen),
                };
            }
            Content::Rtp | Content::Rtcp if bytes.first().is_some_and(|first| first >> 6 == 2) => {
                let spot = Spot { at, dscp: None, point: Some(packet.agent) };
                self.tracks.handle_packet(&mut self.facts, spot, packet.ends, bytes);
            }
            Content::Rtcp => {
                // Addresses may be those on the other side of a NAT: the server says which call it is.
                let call = self.facts.call(&packet.correlation).map(|call| call.id.clone());
                self.tracks.handle_report(&mut self.facts, at, packet.ends, bytes, call.as_ref());
            }
            _ => {}
        }
    }

    /// When there is too much to keep: the calls that have been quiet the longest, with their streams filed as they stand.
    /// Who has judged them says so with [`Capture::forget`].
    pub fn take_idle(&mut self) -> Vec<Legs<Call>> {
        let calls_max = match (self.tracks.is_full(), self.facts.is_full()) {
            (false, false) => return Vec::new(),
            (false, true) => CALLS_MAX / 2,
            (true, _) => self.facts.calls().len() / 2,
        };
        self.tracks.file(&mut self.facts);
        self.facts.take_quiet(calls_max)
    }

    /// Forgets what belongs to calls that were taken out.
    pub fn forget(&mut self, calls: &[Legs<Call>]) {
        self.facts.forget_streams(calls.iter().flat_map(|legs| &legs.calls));
        self.tracks.forget(calls);
    }

    /// Says that nothing more comes for now: streams are filed as they stand.
    pub fn finish(&mut self) {
        self.tracks.file(&mut self.facts);
    }

    fn handle_datagram(&mut self, mark: Mark, datagram: &Datagram<'_>) {
        match datagram.protocol {
            UDP => drop(self.handle_udp(mark, datagram)),
            TCP => drop(self.handle_tcp(mark, datagram)),
            ICMP | ICMP_V6 => {
                if let Some(icmp) = icmp::read(mark.at, mark.frame, datagram) {
                    self.facts.add_icmp(icmp);
                }
            }
            _ => {}
        }
    }

    fn handle_udp(&mut self, mark: Mark, datagram: &Datagram<'_>) -> Option<()> {
        let bytes = datagram.payload;
        let src = SocketAddr::new(datagram.src, be16(bytes, 0)?);
        let dst = SocketAddr::new(datagram.dst, be16(bytes, 2)?);
        let length = usize::from(be16(bytes, 4)?);
        let end = if length < 8 { bytes.len() } else { length.min(bytes.len()) };
        let payload = bytes.get(8..end)?;
        let first = *payload.first()?;
        if first >= b'A' && starts_message(payload) {
            let Mark { at, frame, link, fragmented } = mark;
            let transport = Transport::Udp;
            self.facts.add_message(&Seen {
                at,
                frame,
                src,
                dst,
                transport,
                fragmented,
                link,
                capturer: self.point,
                bytes: payload,
            });
        } else if first >> 6 == 2 {
            if !self.passing.is_empty() && self.passing.contains(&[src, dst]) {
                self.passed = Some(Passed { at: mark.at, ends: [src, dst], bytes: payload.to_vec() });
            }
            let spot = Spot { at: mark.at, dscp: Some(datagram.dscp), point: self.point };
            self.tracks.handle_packet(&mut self.facts, spot, [src, dst], payload);
        } else if let Some(check) = stun::read(payload) {
            self.facts.add_check(mark.at, [src, dst], check);
        } else if let Some(packet) = HepPacket::parse(payload).ok().filter(is_message) {
            self.handle_hep(mark.at, mark.frame, &packet);
        } else if src.port() == dns::PORT || dst.port() == dns::PORT {
            self.facts.add_dns(dns::read(mark.at, mark.frame, [src.ip(), dst.ip()], payload)?);
        }
        Some(())
    }

    fn handle_tcp(&mut self, mark: Mark, datagram: &Datagram<'_>) -> Option<()> {
        let bytes = datagram.payload;
        let src = SocketAddr::new(datagram.src, be16(bytes, 0)?);
        let dst = SocketAddr::new(datagram.dst, be16(bytes, 2)?);
        let sequence = u32::from_be_bytes(*bytes.get(4..)?.first_chunk()?);
        let (head, flags) = (usize::from(bytes.get(12)? >> 4) * 4, *bytes.get(13)?);
        let payload = bytes.get(head.max(20)..)?;
        let (is_fin, is_syn, is_reset, is_ack) =
            (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0, flags & 16 != 0);
        let mut cut = core::mem::take(&mut self.cut);
        let segment = Segment { src, dst, sequence, is_syn, is_end: is_fin || is_reset, payload };
        let taken =
            self.connections.take(segment, &mut |transport, bytes| cut.push((transport, bytes.to_vec())));
        for (transport, bytes) in cut.drain(..) {
            let Mark { at, frame, link, fragmented } = mark;
            if bytes.starts_with(HEP) {
                let _ = HepPacket::parse(&bytes).map(|packet| self.handle_hep(at, frame, &packet));
                continue;
            }
            let capturer = self.point;
            let seen = Seen { at, frame, src, dst, transport, fragmented, link, capturer, bytes: &bytes };
            self.facts.add_message(&seen);
        }
        self.cut = cut;
        if src.port() == dns::PORT || dst.port() == dns::PORT {
            let ends = [src.ip(), dst.ip()];
            dns::read_segment(mark.at, mark.frame, ends, payload, &mut |told| self.facts.add_dns(told));
        }
        let is_ours = taken != Taken::Other || is_sip_port(src) || is_sip_port(dst);
        let kind = match (is_syn, is_ack, is_reset, is_fin) {
            _ if !is_ours => {
                let is_refused = self.refusals.take([src, dst], is_syn, is_ack, is_reset);
                is_refused.then_some(TcpKind::Refused)
            }
            (true, false, ..) => Some(TcpKind::Opening),
            (true, true, ..) => Some(TcpKind::Accepted),
            (_, _, true, _) => Some(TcpKind::Reset),
            (_, _, _, true) => Some(TcpKind::Closed),
            _ => (taken == Taken::Again).then_some(TcpKind::Retransmitted),
        };
        let Mark { at, frame, .. } = mark;
        if let Some(kind) = kind {
            self.facts.add_tcp(TcpEvent { at, frame, src, dst, kind });
        }
        // On a connection that is not followed, an alert that is not encrypted: content type 21, version 3.x, two bytes.
        if let ([21, 3, _, 0, 2, _, description], Taken::Other) = (payload, taken) {
            self.connections.alerts.push(*description);
        }
        for description in self.connections.alerts.drain(..) {
            self.facts.add_tls(TlsAlert { at, frame, src, dst, description });
        }
        Some(())
    }
}

/// Whether a packet of HEP is one for certain: those of old versions begin with nothing that tells them.
fn is_message(packet: &HepPacket<'_>) -> bool {
    packet.content != Content::Sip || starts_message(&packet.payload)
}

#[cfg(test)]
mod tests {
    use super::super::{PacketWriter, read};
    use super::*;
    use ringback_sip::time::Duration;

    fn message(method: &str, pad: usize) -> Vec<u8> {
        format!(
            "{method} sip:bob@x.test SIP/2.0\r\nVia: SIP/2.0/UDP a.test;branch=z9hG4bK1\r\nFrom: <sip:a@x.test>;tag=1\r\n\
             To: <sip:b@x.test>\r\nCall-ID: one\r\nCSeq: 1 {method}\r\nX-Pad: {}\r\nContent-Length: 0\r\n\r\n",
            "x".repeat(pad)
        )
        .into_bytes()
    }

    fn ends(v6: bool) -> [SocketAddr; 2] {
        let ends = if v6 {
            ["[2001:db8::1]:5060", "[2001:db8::2]:5061"]
        } else {
            ["192.0.2.1:5060", "192.0.2.2:5061"]
        };
        ends.map(|end| end.parse().expect("an address"))
    }

    fn written(packets: &[(u64, [SocketAddr; 2], Vec<u8>)]) -> Vec<u8> {
        let mut writer = PacketWriter::new(Vec::new()).expect("memory");
        for (millis, [src, dst], bytes) in packets {
            writer.write(Instant::from_unix_micros(millis * 1000), *src, *dst, bytes).expect("memory");
        }
        writer.finish().expect("memory")
    }

    fn captured(file: &[u8]) -> Capture {
        let mut capture = Capture::new(FactsLimits::default());
        read(file, &mut capture, &mut |_| {}).expect("a capture");
        capture
    }

    #[test]
    fn what_is_written_is_read_again_over_ipv4_and_ipv6() {
        for v6 in [false, true] {
            let capture = captured(&written(&[
                (5, ends(v6), message("OPTIONS", 0)),
                (9, ends(v6), message("OPTIONS", 0)),
            ]));
            let call = capture.facts().call(b"one").expect("the call");
            assert_eq!(call.messages.len(), 2);
            assert_eq!((call.messages[0].src, call.messages[0].dst), (ends(v6)[0], ends(v6)[1]));
            assert_eq!(call.messages[1].at, Instant::from_unix_micros(9000));
            assert_eq!(call.messages[1].frame, 2);
            assert_eq!(call.transactions.len(), 1);
        }
    }

    #[test]
    fn questions_to_name_servers_are_read_over_udp_and_over_tcp() {
        let question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x01x\x04test\0\0\x23\0\x01";
        let [asker, server] = ends(false);
        let server = SocketAddr::new(server.ip(), 53);
        let mut writer = PacketWriter::new(Vec::new()).expect("memory");
        writer.write(Instant::EPOCH, asker, server, question).expect("memory");
        let prefixed = [&(question.len() as u16).to_be_bytes()[..], question].concat();
        for segment in [&prefixed[..], &prefixed[..2], question] {
            let tcp = Transport::Tcp;
            writer.write_message(Instant::EPOCH, tcp, [asker, server], segment).expect("memory");
        }
        let capture = captured(&writer.finish().expect("memory"));
        let asked: Vec<_> =
            capture.facts().dns().iter().map(|dns| (dns.frame, &*dns.name, dns.record)).collect();
        assert_eq!(asked, [(1, "x.test", 35), (2, "x.test", 35), (4, "x.test", 35)]);
    }

    #[test]
    fn a_file_that_ends_in_the_middle_of_a_packet_is_read_as_far_as_it_goes() {
        let file =
            written(&[(5, ends(false), message("OPTIONS", 0)), (9, ends(false), message("OPTIONS", 0))]);
        let mut capture = Capture::new(FactsLimits::default());
        let counts = read(&file[..file.len() - 9], &mut capture, &mut |_| {}).expect("a capture");
        assert_eq!((counts.packets, counts.is_torn), (1, true));
    }

    #[test]
    fn fragments_are_put_together_and_the_message_says_so() {
        let mut whole = written(&[(0, ends(false), message("INVITE", 2000))]);
        let packet = whole.split_off(24 + 16);
        let mut capture = Capture::new(FactsLimits::default());
        let (head, payload) = packet.split_at(20);
        for (offset, more) in [(0, true), (1480, false)] {
            let mut fragment = head.to_vec();
            let part = &payload[offset..(offset + 1480).min(payload.len())];
            fragment[2..4].copy_from_slice(&(part.len() as u16 + 20).to_be_bytes());
            fragment[6..8]
                .copy_from_slice(&((offset as u16 / 8) | if more { 0x2000 } else { 0 }).to_be_bytes());
            fragment.extend_from_slice(part);
            capture.handle_packet(Instant::EPOCH, 1, LinkType::RAW, &fragment);
        }
        let call = capture.facts().call(b"one").expect("the call");
        assert!(call.messages[0].fragmented);
        assert_eq!(*call.messages[0].bytes, *message("INVITE", 2000));
    }

    #[test]
    fn a_message_over_tcp_is_written_as_a_segment_of_the_same_ends() {
        let mut writer = PacketWriter::new(Vec::new()).expect("memory");
        for (millis, v6) in [(1, false), (2, false), (3, true)] {
            let at = Instant::from_unix_micros(millis * 1000);
            writer.write_message(at, Transport::Tcp, ends(v6), &message("OPTIONS", 9)).expect("memory");
        }
        let capture = captured(&writer.finish().expect("memory"));
        let messages = &capture.facts().call(b"one").expect("the call").messages;
        let seen: Vec<_> = messages.iter().map(|m| (m.transport, [m.src, m.dst])).collect();
        assert_eq!(seen, [false, false, true].map(|v6| (Transport::Tcp, ends(v6))));
    }

    #[test]
    fn http_on_the_port_of_sip_is_no_message() {
        let mut writer = PacketWriter::new(Vec::new()).expect("memory");
        let [client, server] = ends(false);
        let head = b"GET /list.m3u8 HTTP/1.1\r\nHost: x.test\r\n\r\n".as_slice();
        let answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".as_slice();
        for transport in [Transport::Tcp, Transport::Udp] {
            writer.write_message(Instant::EPOCH, transport, [client, server], head).expect("memory");
            writer.write_message(Instant::EPOCH, transport, [server, client], answer).expect("memory");
        }
        writer.write(Instant::EPOCH, client, server, &message("OPTIONS", 0)).expect("memory");
        let capture = captured(&writer.finish().expect("memory"));
        assert_eq!((capture.facts().messages(), capture.facts().strays().len()), (1, 0));
    }

    #[test]
    fn media_that_a_description_outside_sip_asked_for_are_no_streams() {
        let mut writer = PacketWriter::new(Vec::new()).expect("memory");
        let [agent, gateway] = ends(false);
        let create = b"CRCX 1 line/1@gw MGCP 1.0 NCS 1.0\r\nC: 1\r\n\r\nv=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 5060 RTP/AVP 8\r\n";
        writer.write(Instant::EPOCH, agent, gateway, create).expect("memory");
        let packet = [&[0x80, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 7][..], &[0; 160]].concat();
        writer.write(Instant::EPOCH, gateway, agent, &packet).expect("memory");
        let capture = captured(&writer.finish().expect("memory"));
        assert_eq!((capture.facts().messages(), capture.facts().streams().count()), (0, 0));
    }

    #[test]
    fn messages_inside_hep_come_with_their_own_ends_and_time_and_once() {
        let (told, bytes) = (Instant::from_unix_secs(7), message("OPTIONS", 0));
        let mut writer = PacketWriter::new(Vec::new()).expect("memory");
        for (agent, millis) in [(1, 0), (2, 20), (1, 500)] {
            let packet = HepPacket {
                ends: ends(true),
                transport: Transport::Tls,
                at: Some(told + Duration::from_millis(millis)),
                content: Content::Sip,
                agent,
                key: b"".as_slice().into(),
                correlation: b"".as_slice().into(),
                payload: bytes.as_slice().into(),
            };
            let [capturer, collector] = ends(false);
            writer
                .write(Instant::EPOCH, capturer, collector, &packet.write().expect("fits"))
                .expect("memory");
        }
        let capture = captured(&writer.finish().expect("memory"));
        let messages = &capture.facts().call(b"one").expect("the call").messages;
        let seen: Vec<_> = messages.iter().map(|m| (m.at, m.transport, [m.src, m.dst])).collect();
        let again = told + Duration::from_millis(500);
        assert_eq!(seen, [told, again].map(|at| (at, Transport::Tls, ends(true))));
        let by: Vec<Vec<_>> =
            messages.iter().map(|m| m.sightings.iter().map(|sighting| sighting.by).collect()).collect();
        assert_eq!(by, [vec![1, 2], vec![1]]);
    }

    #[test]
    fn hep_with_ends_that_cannot_be_right_is_taken_counted_and_doubted() {
        let bytes = message("OPTIONS", 0);
        let told = |src: &str, dst: &str| {
            let mut capture = Capture::new(FactsLimits::default());
            let packet = HepPacket {
                ends: [src, dst].map(|end| end.parse().expect("an address")),
                transport: Transport::Udp,
                at: None,
                content: Content::Sip,
                agent: 1,
                key: b"".as_slice().into(),
                correlation: b"".as_slice().into(),
                payload: bytes.as_slice().into(),
            };
            capture.handle_hep(Instant::from_unix_secs(7), 1, &packet);
            let facts = capture.facts();
            let call = facts.call(b"one").expect("the call");
            (call.messages.len(), facts.loss().odd_ends, call.has_odd_ends)
        };
        assert_eq!(told("[2001:db8::1]:5060", "[2001:db8::1]:5062"), (1, 1, true));
        assert_eq!(told("[2001:db8::1]:5060", "[2001:db8::2]:5062"), (1, 0, false));
    }

    #[test]
    fn hep_over_tcp_is_cut_into_packets_and_older_versions_come_over_udp() {
        let packet = |agent| HepPacket {
            ends: ends(false),
            transport: Transport::Udp,
            at: Some(Instant::from_unix_secs(7)),
            content: Content::Sip,
            agent,
            key: b"".as_slice().into(),
            correlation: b"".as_slice().into(),
            payload: message("OPTIONS", agent as usize).into(),
        };
        let both = [packet(1).write().expect("fits"), packet(2).write().expect("fits")].concat();
        let [capturer, collector] = ends(true);
        let mut connections = Connections::default();
        let mut cut = Vec::new();
        for (sequence, payload) in [(1, &both[..3]), (4, &both[3..300]), (301, &both[300..])] {
            let (is_syn, is_end) = (false, false);
            let segment = Segment { src: capturer, dst: collector, sequence, is_syn, is_end, payload };
            if sequence == 1 {
                connections
                    .take(Segment { sequence: 0, is_syn: true, payload: &[], ..segment }, &mut |_, _| {});
            }
            connections.take(segment, &mut |_, bytes| cut.push(bytes.to_vec()));
        }
        assert_eq!(cut, [packet(1).write().expect("fits"), packet(2).write().expect("fits")]);

        let mut writer = PacketWriter::new(Vec::new()).expect("memory");
        writer.write_message(Instant::EPOCH, Transport::Tcp, ends(true), &both).expect("memory");
        let old =
            [&[1, 16, 2, 17, 0x13, 0xc4, 0x13, 0xc5, 192, 0, 2, 1, 192, 0, 2, 2], &message("BYE", 0)[..]];
        writer.write(Instant::EPOCH, capturer, collector, &old.concat()).expect("memory");
        let capture = captured(&writer.finish().expect("memory"));
        let messages = &capture.facts().call(b"one").expect("the call").messages;
        let by: Vec<_> = messages.iter().map(|message| message.sightings[0].by).collect();
        assert_eq!(by, [1, 2, 0]);
        assert!(messages.iter().all(|message| [message.src, message.dst] == ends(false)));
    }

    #[test]
    fn what_servers_write_about_rtcp_and_checks_of_ways_belong_to_their_call() {
        let sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\na=ice-ufrag:mine\r\n\
                   m=audio 4000 RTP/AVP 8\r\n";
        let invite = format!(
            "INVITE sip:bob@x.test SIP/2.0\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        );
        let [signal, peer] = ends(false);
        let mut writer = PacketWriter::new(Vec::new()).expect("memory");
        writer.write(Instant::EPOCH, signal, peer, invite.as_bytes()).expect("memory");
        let json = r#"{"ssrc":8,"type":201,"report_count":1,"report_blocks":[{"source_ssrc":7,"fraction_lost":3,
            "packets_lost":20,"highest_seq_no":500,"ia_jitter":42,"lsr":0,"dlsr":0}]}"#;
        let report = HepPacket {
            ends: ["203.0.113.9:7001", "203.0.113.8:7003"].map(|end| end.parse().expect("an address")),
            transport: Transport::Udp,
            at: Some(Instant::from_unix_secs(9)),
            content: Content::Rtcp,
            agent: 1,
            key: b"".as_slice().into(),
            correlation: b"one".as_slice().into(),
            payload: json.as_bytes().into(),
        };
        writer.write(Instant::EPOCH, signal, peer, &report.write().expect("fits")).expect("memory");
        let name = [&[0, 6, 0, 9][..], b"mine:your", &[0; 3]].concat();
        let mut check = [&[0, 1, 0, name.len() as u8, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12], &name].concat();
        writer.write(Instant::EPOCH, peer, signal, &check).expect("memory");
        (check[0], check[1], check[3]) = (1, 1, 0);
        writer.write(Instant::EPOCH, signal, peer, &check[..20]).expect("memory");
        let capture = captured(&writer.finish().expect("memory"));
        let call = capture.facts().call(b"one").expect("the call");
        let stream = capture.facts().streams_of(call).next().expect("a stream");
        assert!(stream.is_only_told());
        assert_eq!(
            (stream.key.src.port(), stream.key.dst.port(), stream.report),
            (7002, 7000, Some((3, 20, 42)))
        );
        assert_eq!((call.checks[0].client, call.checks[0].requests, call.checks[0].answers), (peer, 1, 1));
    }

    #[test]
    fn an_icmp_error_names_the_ends_of_the_packet_that_it_is_about() {
        let file = written(&[(0, ends(false), message("OPTIONS", 0))]);
        let quoted = &file[40..40 + 28];
        let mut packet = quoted[..20].to_vec();
        packet[9] = 1;
        packet[2..4].copy_from_slice(&56_u16.to_be_bytes());
        packet.extend([3, 3, 0, 0, 0, 0, 0, 0]);
        packet.extend_from_slice(quoted);
        let mut capture = Capture::new(FactsLimits::default());
        capture.handle_packet(Instant::EPOCH, 1, LinkType::RAW, &packet);
        let [src, dst] = ends(false);
        assert_eq!(capture.facts().icmp_about(src, dst).count(), 1);
    }
}
