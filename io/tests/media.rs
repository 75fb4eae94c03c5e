//! Two sessions over real sockets on loopback: what one plays the other records; digits, losses and jitter are what a
//! relay between them makes of them.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use ringback_io::media::g711::Law;
use ringback_io::media::ports::Ports;
use ringback_io::media::session::{CommandError, MediaConfig, Report, Session, StartError};
use ringback_io::media::source::Source;
use ringback_io::media::stream::{Agreement, Event, StreamConfig};
use ringback_io::media::tone::{Tone, share_at};
use ringback_io::media::wav;
use ringback_sip::entropy::Seed;
use ringback_sip::sdp::Direction;

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

#[test]
fn recordings_of_both_sides_hold_the_other_sides_tone() {
    for (ip, law) in [(V4, Law::Mu), (V6, Law::A)] {
        let left = Phone::start(ip, law, 440.0, &format!("left-{law:?}.wav"));
        let right = Phone::start(ip, law, 1000.0, &format!("right-{law:?}.wav"));
        left.call(right.session.local_addr());
        right.call(left.session.local_addr());
        sleep(Duration::from_millis(1500));
        let (left, right) = (left.stop(), right.stop());
        for (report, tone, other) in [(&left, 1000.0, 440.0), (&right, 440.0, 1000.0)] {
            let heard = wav::read(report.recording.as_deref().unwrap()).unwrap();
            let middle = &heard[2400..heard.len() - 1600];
            assert!(middle.len() > 4000, "{}", heard.len());
            assert!(share_at(middle, tone) > 0.9, "{ip} {law:?}: {}", share_at(middle, tone));
            assert!(share_at(middle, other) < 0.01);
            let statistics = &report.statistics;
            assert!((65..=80).contains(&statistics.sent), "{statistics:?}");
            assert_eq!((statistics.lost, statistics.malformed, report.send_errors), (0, 0, 0));
            assert!(statistics.opinion_score().unwrap() > 4.0, "{statistics:?}");
        }
    }
}

#[test]
fn wav_file_arrives_as_it_was_sent() {
    let path = file("melody.wav");
    let mut melody = wav::Recording::create(&path).unwrap();
    for (n, hertz) in [500.0, 700.0, 900.0].into_iter().enumerate() {
        (0..20)
            .for_each(|frame| melody.write(&Tone::sine(hertz).frame(160 * (20 * n as u64 + frame))).unwrap());
    }
    melody.finish().unwrap();
    let left = Phone::start(V4, Law::A, 440.0, "melody-left.wav");
    let right = Phone::start(V4, Law::A, 440.0, "melody-right.wav");
    left.session.play(Source::Samples { samples: wav::read(&path).unwrap(), repeat: false }).unwrap();
    left.call(right.session.local_addr());
    left.wait_for(|e| *e == Event::SourceEnded);
    sleep(Duration::from_millis(200));
    let report = right.stop();
    let heard = wav::read(report.recording.as_deref().unwrap()).unwrap();
    let begin = heard.iter().position(|s| s.unsigned_abs() > 500).unwrap();
    for (n, hertz) in [500.0, 700.0, 900.0].into_iter().enumerate() {
        let part = &heard[begin + 3200 * n + 400..begin + 3200 * (n + 1) - 400];
        assert!(share_at(part, hertz) > 0.9, "{hertz}");
    }
}

#[test]
fn digits_arrive_once_each_through_a_relay_that_drops_and_doubles() {
    let left = Phone::start(V4, Law::Mu, 440.0, "digits-left.wav");
    let right = Phone::start(V4, Law::Mu, 440.0, "digits-right.wav");
    // Every fourth packet is lost and every fifth comes twice.
    let relay = Relay::start(right.session.local_addr(), |n| match n {
        n if n % 4 == 3 => 0,
        n if n % 5 == 4 => 2,
        _ => 1,
    });
    left.call(relay.address);
    left.session.send_dtmf("1*0#1").unwrap();
    assert!(matches!(left.session.send_dtmf("1x"), Err(CommandError::Digits(_))));
    left.wait_for(|e| *e == Event::DigitsSent);
    sleep(Duration::from_millis(250));
    let events: Vec<Event> = right.events.try_iter().collect();
    let digits: String = events.iter().filter_map(digit).collect();
    assert_eq!(digits, "1*0#1");
    assert_eq!((left.stop().statistics.digits_sent, right.stop().statistics.digits_received), (5, 5));
    relay.stop();
}

#[test]
fn loss_duplicates_and_jitter_of_a_relay_are_measured_and_reported_back() {
    let left = Phone::start(V4, Law::Mu, 440.0, "loss-left.wav");
    let right = Phone::start(V4, Law::Mu, 1000.0, "loss-right.wav");
    // Of twenty packets two are lost, two come 15 ms late, and one of those twice.
    let relay = Relay::start(right.session.local_addr(), |n| match n % 20 {
        3 | 13 => 0,
        7 => {
            sleep(Duration::from_millis(15));
            2
        }
        17 => {
            sleep(Duration::from_millis(15));
            1
        }
        _ => 1,
    });
    for phone in [&left, &right] {
        let agreement = Agreement { shares_port: true, ..Agreement::new(Law::Mu, Some(relay.address)) };
        phone.session.update(agreement).unwrap();
    }
    sleep(Duration::from_millis(2000));
    let (left, right) = (left.stop(), right.stop());
    relay.stop();
    let seen = &right.statistics;
    assert!((85..=101).contains(&seen.expected), "{seen:?}");
    assert!(seen.lost.abs_diff(seen.expected / 10) <= 1, "{seen:?}");
    assert!(seen.duplicates.abs_diff(seen.expected / 20) <= 1, "{seen:?}");
    assert!((0.5..15.0).contains(&(seen.jitter.as_secs_f64() * 1000.0)), "{seen:?}");
    assert!(seen.opinion_score() < left.statistics.opinion_score());
    let reported = left.statistics.heard_by_peer.unwrap();
    assert!((2..=6).contains(&reported.lost), "losses less duplicates, as RFC 3550 counts: {reported:?}");
    assert!(reported.jitter > Duration::from_micros(500), "{reported:?}");
    assert_eq!(left.statistics.lost, 0, "the way back is clean");
}

#[test]
fn media_reaches_a_peer_whose_description_names_an_address_that_cannot_be_reached() {
    let left = Phone::start(V4, Law::Mu, 440.0, "nat-left.wav");
    let right = Phone::start(V4, Law::Mu, 1000.0, "nat-right.wav");
    right.call(SocketAddr::from(([192, 0, 2, 1], 4000)));
    left.call(right.session.local_addr());
    left.wait_for(|e| matches!(e, Event::FirstPacket(_)));
    let statistics = right.stop().statistics;
    assert!(statistics.is_learnt);
    assert_eq!(statistics.peer, Some(left.session.local_addr()));
}

#[test]
fn reports_give_round_trip_and_hold_stops_audio_but_not_them() {
    let left = Phone::start(V4, Law::Mu, 440.0, "hold-left.wav");
    let right = Phone::start(V4, Law::Mu, 440.0, "hold-right.wav");
    let agreement = left.call(right.session.local_addr());
    right.call(left.session.local_addr());
    sleep(Duration::from_millis(700));
    left.session.update(Agreement { direction: Direction::Inactive, ..agreement }).unwrap();
    sleep(Duration::from_millis(60));
    let before = left.session.stats();
    sleep(Duration::from_millis(600));
    let after = left.session.stats();
    assert_eq!(before.sent, after.sent);
    assert!(after.reports_sent > before.reports_sent && after.reports_received > before.reports_received);
    assert!(after.round_trip.unwrap() < Duration::from_millis(20), "{after:?}");
    assert_eq!(after.heard_by_peer.unwrap().lost, 0);
    left.session.update(agreement).unwrap();
    sleep(Duration::from_millis(200));
    assert!(left.session.stats().sent > after.sent);
    left.stop();
    right.wait_for(|e| *e == Event::PeerLeft);
}

#[test]
fn first_packet_and_silence_are_told() {
    let left = Phone::start(V4, Law::Mu, 440.0, "silence-left.wav");
    let right = Phone::start(V4, Law::Mu, 440.0, "silence-right.wav");
    left.call(right.session.local_addr());
    let from = left.session.local_addr();
    right.wait_for(|e| *e == Event::FirstPacket(from));
    left.stop();
    right.wait_for(|e| matches!(e, Event::Silence(_)));
}

#[test]
fn garbage_at_both_ports_is_counted_and_the_call_goes_on() {
    let left = Phone::start(V4, Law::Mu, 440.0, "garbage-left.wav");
    let right = Phone::start(V4, Law::Mu, 1000.0, "garbage-right.wav");
    left.call(right.session.local_addr());
    right.call(left.session.local_addr());
    right.wait_for(|e| matches!(e, Event::FirstPacket(_)));
    let stranger = UdpSocket::bind((V4, 0)).unwrap();
    let target = right.session.local_addr();
    let control = SocketAddr::new(target.ip(), target.port() + 1);
    let mut octets = Seed::from_number(7).0[0];
    for n in 0..20_000usize {
        octets = octets.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let datagram = octets.to_le_bytes().repeat(n % 40);
        stranger.send_to(&datagram, if n % 2 == 0 { target } else { control }).unwrap();
        if n % 100 == 0 {
            sleep(Duration::from_millis(1));
        }
    }
    sleep(Duration::from_millis(300));
    let report = right.stop();
    assert!(report.statistics.malformed > 1000, "{:?}", report.statistics);
    let heard = wav::read(report.recording.as_deref().unwrap()).unwrap();
    assert!(share_at(&heard[heard.len() - 2400..heard.len() - 800], 440.0) > 0.8);
    assert_eq!(report.statistics.peer, Some(left.session.local_addr()));
}

#[test]
fn session_that_cannot_begin_says_why() {
    let config = config(V4, Law::Mu, 440.0, "never.wav");
    let no_ports = MediaConfig { ports: Ports::Range(9..=9), ..config.clone() };
    assert!(matches!(Session::start(no_ports, drop), Err(StartError::Bind(_))));
    let no_folder = MediaConfig { recording: Some(PathBuf::from("/nowhere/x.wav")), ..config };
    assert!(matches!(Session::start(no_folder, drop), Err(StartError::Recording(_))));
}

fn digit(event: &Event) -> Option<char> {
    match event {
        Event::Digit(digit) => Some(digit.symbol),
        _ => None,
    }
}

fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("media");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

fn config(ip: IpAddr, law: Law, hertz: f64, recording: &str) -> MediaConfig {
    MediaConfig {
        ip,
        ports: Ports::Ephemeral,
        stream: StreamConfig {
            report_interval: Duration::from_millis(200),
            silence_after: Duration::from_millis(300),
            ..StreamConfig::new(Seed::from_number(1).derive(recording.as_bytes()))
        },
        agreement: Agreement::new(law, None),
        source: Source::Tone(Tone::sine(hertz)),
        recording: Some(file(recording)),
    }
}

struct Phone {
    session: Session,
    law: Law,
    events: mpsc::Receiver<Event>,
}

impl Phone {
    fn start(ip: IpAddr, law: Law, hertz: f64, recording: &str) -> Phone {
        let (sender, events) = mpsc::channel();
        let tell = move |event| _ = sender.send(event);
        Phone { session: Session::start(config(ip, law, hertz, recording), tell).unwrap(), law, events }
    }

    fn call(&self, remote: SocketAddr) -> Agreement {
        let agreement = Agreement::new(self.law, Some(remote));
        self.session.update(agreement).unwrap();
        agreement
    }

    fn wait_for(&self, is_wanted: impl Fn(&Event) -> bool) {
        let limit = Instant::now() + Duration::from_secs(10);
        while let Ok(event) = self.events.recv_timeout(limit.saturating_duration_since(Instant::now())) {
            if is_wanted(&event) {
                return;
            }
        }
        panic!("the event never came");
    }

    fn stop(self) -> Report {
        self.session.stop()
    }
}

/// Stands between `target` and its peer: each RTP packet to `target` passes as often as the rule says, all else once.
struct Relay {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Relay {
    fn start(target: SocketAddr, copies: impl Fn(usize) -> usize + Send + 'static) -> Relay {
        let socket = UdpSocket::bind((V4, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let address = socket.local_addr().unwrap();
        let stopped = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stopped);
        let thread = spawn(move || {
            let (mut packets, mut peer) = (0, None);
            let mut buffer = [0; 2048];
            while !flag.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                let datagram = &buffer[..length];
                if from == target {
                    peer.map(|peer| socket.send_to(datagram, peer));
                    continue;
                }
                peer = Some(from);
                let is_report = matches!(datagram[1], 192..=223);
                let times = if is_report { 1 } else { copies(packets) };
                packets += usize::from(!is_report);
                for _ in 0..times {
                    socket.send_to(datagram, target).unwrap();
                }
            }
        });
        Relay { address, stopped, thread }
    }

    fn stop(self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}
