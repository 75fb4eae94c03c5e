//! RTP, RTCP and digits at the ports of a call.

use std::net::SocketAddr;

use ringback_io::media::dtmf::Payload;
use ringback_io::media::g711::Law;
use ringback_io::media::protection::Protection;
use ringback_io::media::rtcp;
use ringback_io::media::rtp::Packet;
use ringback_io::media::source::Source;
use ringback_io::media::stream::{Agreement, Port, Stream, StreamConfig};
use ringback_sip::entropy::Seed;
use ringback_sip::sdp::{Keys, MasterKey, Suite};
use ringback_sip::time::{Duration, Instant};

/// Datagrams at the ports of a call: the first octet of each piece says which port and how long it is.
pub fn media(data: &[u8]) {
    let _ = (Packet::parse(data), rtcp::parse(data, 7), Payload::parse(data));
    let key =
        |suite| MasterKey::new(suite, &[7; 30]).into_iter().chain(MasterKey::new(suite, &[7; 28])).next();
    for key in [Suite::Aes128Tag80, Suite::Aes128Gcm].into_iter().filter_map(key) {
        let mut protection =
            Protection::new(Keys { send: key, receive: key }).expect("the library has these suites");
        for is_control in [false, true] {
            assert!(protection.open(data, is_control).is_err(), "nobody guesses a key");
        }
    }
    let peer = SocketAddr::from(([192, 0, 2, 2], 4000));
    let config = StreamConfig::new(Seed::from_number(1));
    let mut stream = Stream::new(START, config, Agreement::new(Law::Mu, Some(peer)), Source::Silence);
    let (mut rest, mut now) = (data, START);
    while let Some((&control, after)) = rest.split_first() {
        let (datagram, following) = after.split_at(after.len().min(usize::from(control & 0x3f) + 4));
        let port = if control & 0x80 == 0 { Port::Rtp } else { Port::Rtcp };
        stream.handle_datagram(now, port, peer, datagram);
        if control & 0x40 != 0 {
            now += Duration::from_millis(20);
            let _ = stream.handle_frame(now);
        }
        let queued = core::iter::from_fn(|| stream.poll_transmit()).count();
        assert!(queued <= 3, "one datagram provokes at most a few");
        while stream.poll_event().is_some() {}
        rest = following;
    }
    let statistics = stream.statistics();
    assert!(statistics.received <= statistics.expected && statistics.lost <= statistics.expected);
}

const START: Instant = Instant::from_unix_secs(1_800_000_000);
