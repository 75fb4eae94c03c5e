//! Two streams that hear each other, packet by packet.

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
    let mut stream = Stream::new(START, StreamConfig::new(Seed::from_number(1)), agreement, Source::Silence);
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
    assert!(pair.heard[0].iter().rev().take(8000).all(|&s| s == 0), "what is heard on hold is not recorded");
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
