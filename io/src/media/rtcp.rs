//! RTCP packets (RFC 3550 §6): reports written and read, names and goodbyes; other types are walked over.

use ringback_sip::time::{Duration, Instant};

use super::reception::Figures;

/// One report block: what a receiver says about one source (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The source that is reported on.
    pub ssrc: u32,
    /// Loss and jitter.
    pub figures: Figures,
    /// Middle 32 bits of the NTP time in the last sender report from that source; 0 without one.
    pub last_report: u32,
    /// From the arrival of that report to this one, in 65,536ths of a second.
    pub delay: u32,
}

impl Block {
    /// The round trip that this block proves, when it answers a report of ours (RFC 3550 §6.4.1).
    pub fn round_trip(&self, now: Instant) -> Option<Duration> {
        if self.last_report == 0 {
            return None;
        }
        let units = middle(ntp(now)).wrapping_sub(self.last_report).wrapping_sub(self.delay);
        // A clock step, or a peer that counts its delay wrongly, gives a difference below zero.
        (units < 1 << 31).then(|| Duration::from_micros((u64::from(units) * 1_000_000) >> 16))
    }
}

/// What a sender report says about its own source (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Wall clock time of this report, as NTP writes it.
    pub ntp: u64,
    /// The same moment in timestamp units.
    pub timestamp: u32,
    /// Packets sent since the beginning.
    pub packets: u32,
    /// Payload octets sent since the beginning.
    pub octets: u32,
}

/// A sender or receiver report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Who reports.
    pub ssrc: u32,
    /// Present in a sender report.
    pub sender: Option<Sender>,
    /// The block about one source; a session of two parties has at most one that matters.
    pub block: Option<Block>,
}

/// What one packet of a compound says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// SR or RR.
    Report(Report),
    /// BYE of this source.
    Goodbye(u32),
}

/// The rule of RFC 3550 A.2 that a datagram breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// A length that the datagram does not have, or fewer octets than the packet's type needs.
    Truncated,
    /// A version other than 2.
    Version(u8),
    /// The first packet is no report.
    FirstType(u8),
    /// Padding before the last packet.
    Padding,
    /// More packets than [`PACKETS_MAX`].
    TooManyPackets,
}

/// Most packets that are read from one datagram.
pub const PACKETS_MAX: usize = 16;

/// Whether a datagram on a port shared with RTP is RTCP (RFC 5761 §4).
pub fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram.get(1), Some(192..=223))
}

/// Reads a compound packet and gives what concerns `about`, our own source, and who reports it.
pub fn parse(datagram: &[u8], about: u32) -> Result<Vec<Item>, Malformed> {
    let mut items = Vec::new();
    let mut rest = datagram;
    for index in 0.. {
        if rest.is_empty() && index > 0 {
            break;
        }
        if index == PACKETS_MAX {
            return Err(Malformed::TooManyPackets);
        }
        let (header, after) = rest.split_first_chunk::<4>().ok_or(Malformed::Truncated)?;
        if header[0] >> 6 != 2 {
            return Err(Malformed::Version(header[0] >> 6));
        }
        let length = 4 * usize::from(u16::from_be_bytes([header[2], header[3]]));
        let (body, following) = after.split_at_checked(length).ok_or(Malformed::Truncated)?;
        if index == 0 && !matches!(header[1], SENDER_REPORT | RECEIVER_REPORT) {
            return Err(Malformed::FirstType(header[1]));
        }
        if header[0] & 0x20 != 0 && !following.is_empty() {
            return Err(Malformed::Padding);
        }
        parse_packet(header[1], header[0] & 0x1f, body, about, &mut items)?;
        rest = following;
    }
    Ok(items)
}

fn parse_packet(
    kind: u8,
    count: u8,
    body: &[u8],
    about: u32,
    items: &mut Vec<Item>,
) -> Result<(), Malformed> {
    match kind {
        SENDER_REPORT | RECEIVER_REPORT => {
            let ssrc = word(body, 0)?;
            let (sender, blocks_at) =
                if kind == SENDER_REPORT { (Some(parse_sender(body)?), 6) } else { (None, 1) };
            let mut block = None;
            for n in 0..usize::from(count) {
                let found = parse_block(body, blocks_at + 6 * n)?;
                block = block.or((found.ssrc == about).then_some(found));
            }
            items.push(Item::Report(Report { ssrc, sender, block }));
        }
        GOODBYE => {
            for n in 0..usize::from(count) {
                items.push(Item::Goodbye(word(body, n)?));
            }
        }
        _ => {} // SDES and what we do not know: their lengths were checked
    }
    Ok(())
}

fn parse_sender(body: &[u8]) -> Result<Sender, Malformed> {
    Ok(Sender {
        ntp: u64::from(word(body, 1)?) << 32 | u64::from(word(body, 2)?),
        timestamp: word(body, 3)?,
        packets: word(body, 4)?,
        octets: word(body, 5)?,
    })
}

/// Reads the block that begins at this word.
pub(crate) fn parse_block(body: &[u8], at: usize) -> Result<Block, Malformed> {
    let loss = word(body, at + 1)?;
    Ok(Block {
        ssrc: word(body, at)?,
        figures: Figures {
            fraction_lost: (loss >> 24) as u8,
            lost: ((loss << 8) as i32) >> 8,
            highest: word(body, at + 2)?,
            jitter: word(body, at + 3)?,
        },
        last_report: word(body, at + 4)?,
        delay: word(body, at + 5)?,
    })
}

/// The word at this place.
pub(crate) fn word(body: &[u8], index: usize) -> Result<u32, Malformed> {
    let bytes = body.get(4 * index..).and_then(|b| b.first_chunk::<4>()).ok_or(Malformed::Truncated)?;
    Ok(u32::from_be_bytes(*bytes))
}

/// Writes the compound packet that RFC 3550 §6.1 asks for: a report, the canonical name, and BYE when leaving.
pub fn write(report: &Report, canonical_name: &str, goodbye: bool) -> Vec<u8> {
    let mut datagram = Vec::with_capacity(128);
    write_report(report, &mut datagram);
    write_name(report.ssrc, canonical_name, &mut datagram);
    if goodbye {
        datagram.extend([0x81, GOODBYE, 0, 1]);
        datagram.extend(report.ssrc.to_be_bytes());
    }
    datagram
}

fn write_report(report: &Report, datagram: &mut Vec<u8>) {
    let blocks = u8::from(report.block.is_some());
    let (kind, words) = match report.sender {
        Some(_) => (SENDER_REPORT, 6 + 6 * blocks),
        None => (RECEIVER_REPORT, 1 + 6 * blocks),
    };
    datagram.extend([0x80 | blocks, kind, 0, words]);
    datagram.extend(report.ssrc.to_be_bytes());
    if let Some(sender) = &report.sender {
        datagram.extend(sender.ntp.to_be_bytes());
        datagram
            .extend([sender.timestamp, sender.packets, sender.octets].map(u32::to_be_bytes).as_flattened());
    }
    if let Some(Block { ssrc, figures, last_report, delay }) = &report.block {
        let loss = u32::from(figures.fraction_lost) << 24 | (figures.lost as u32 & 0x00ff_ffff);
        let words = [*ssrc, loss, figures.highest, figures.jitter, *last_report, *delay];
        datagram.extend(words.map(u32::to_be_bytes).as_flattened());
    }
}

/// SDES with one chunk and one item, ended by one to four null octets (RFC 3550 §6.5).
fn write_name(ssrc: u32, name: &str, datagram: &mut Vec<u8>) {
    let name = &name.as_bytes()[..name.len().min(255)];
    let chunk = (4 + 2 + name.len()) / 4 * 4 + 4;
    datagram.extend([0x81, SOURCE_DESCRIPTION]);
    datagram.extend(((chunk / 4) as u16).to_be_bytes());
    datagram.extend(ssrc.to_be_bytes());
    datagram.extend([CANONICAL_NAME, name.len() as u8]);
    datagram.extend(name);
    datagram.extend(core::iter::repeat_n(0, chunk - 6 - name.len()));
}

/// NTP's 64 bits: seconds since 1900 and their binary fraction (RFC 3550 §4).
pub fn ntp(now: Instant) -> u64 {
    let fraction = (now.unix_micros() % 1_000_000) << 32;
    (now.unix_secs().wrapping_add(NTP_TO_UNIX_SECS) << 32) + fraction / 1_000_000
}

/// The middle 32 bits of an NTP time: 16 of seconds, 16 of fraction.
pub fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// The time since `arrival` in 65,536ths of a second, as a report block gives it.
pub fn delay_since(arrival: Instant, now: Instant) -> u32 {
    let micros = now.since(arrival).as_micros().min(u128::from(u32::MAX));
    ((micros << 16) / 1_000_000).min(u128::from(u32::MAX)) as u32
}

pub(crate) const SENDER_REPORT: u8 = 200;
pub(crate) const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const CANONICAL_NAME: u8 = 1;
/// From 1900-01-01 to 1970-01-01.
const NTP_TO_UNIX_SECS: u64 = 2_208_988_800;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sender_report() -> Report {
        Report {
            ssrc: 7,
            sender: Some(Sender { ntp: 0x0102_0304_0506_0708, timestamp: 9, packets: 10, octets: 1600 }),
            block: Some(Block {
                ssrc: 8,
                figures: Figures { fraction_lost: 64, lost: -3, highest: 0x1_0005, jitter: 12 },
                last_report: 0x0304_0506,
                delay: 65_536,
            }),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let report = sender_report();
        let datagram = write(&report, "name", true);
        assert_eq!(parse(&datagram, 8), Ok(vec![Item::Report(report), Item::Goodbye(7)]));
        let receiver = Report { sender: None, block: None, ..report };
        assert_eq!(parse(&write(&receiver, "n", false), 8), Ok(vec![Item::Report(receiver)]));
    }

    #[test]
    fn layout_is_that_of_the_standard() {
        let datagram = write(&sender_report(), "abc", true);
        assert_eq!(datagram[..8], [0x81, 200, 0, 12, 0, 0, 0, 7]);
        assert_eq!(datagram[28..36], [0, 0, 0, 8, 64, 0xff, 0xff, 0xfd]);
        assert_eq!(datagram[52..68], [0x81, 202, 0, 3, 0, 0, 0, 7, 1, 3, b'a', b'b', b'c', 0, 0, 0]);
        assert_eq!(datagram[68..], [0x81, 203, 0, 1, 0, 0, 0, 7]);
    }

    #[test]
    fn name_of_any_length_ends_in_a_null_on_a_word_boundary() {
        for length in 0..=255 {
            let datagram = write(&Report { ssrc: 1, sender: None, block: None }, &"x".repeat(length), false);
            assert_eq!(datagram.len() % 4, 0);
            assert_eq!(datagram.last(), Some(&0));
            assert!(parse(&datagram, 0).is_ok(), "{length}");
        }
    }

    #[test]
    fn blocks_about_others_are_passed_over() {
        assert!(matches!(
            parse(&write(&sender_report(), "n", false), 99).unwrap()[0],
            Item::Report(Report { block: None, .. })
        ));
    }

    #[test]
    fn round_trip_is_what_remains_after_the_peers_delay() {
        let sent = Instant::from_unix_micros(1_700_000_000_250_000);
        let block = Block { last_report: middle(ntp(sent)), delay: 65_536 / 2, ..Block::default() };
        let now = sent + Duration::from_millis(540);
        let round_trip = block.round_trip(now).unwrap();
        assert!((39_900..40_100).contains(&round_trip.as_micros()), "{round_trip:?}");
        assert_eq!(block.round_trip(sent), None, "an answer before the question proves nothing");
        assert_eq!(Block::default().round_trip(now), None);
    }

    #[test]
    fn ntp_counts_from_1900() {
        assert_eq!(ntp(Instant::from_unix_micros(500_000)), 2_208_988_800 << 32 | 1 << 31);
        assert_eq!(delay_since(Instant::from_unix_secs(1), Instant::from_unix_micros(1_250_000)), 16_384);
    }

    #[test]
    fn each_broken_rule_has_its_name() {
        let good = write(&sender_report(), "n", false);
        let with = |at: usize, octet: u8| {
            let mut bad = good.clone();
            bad[at] = octet;
            parse(&bad, 8).err()
        };
        assert_eq!(parse(&[], 8), Err(Malformed::Truncated));
        assert_eq!(parse(&good[..good.len() - 1], 8), Err(Malformed::Truncated));
        assert_eq!(with(0, 0x41), Some(Malformed::Version(1)));
        assert_eq!(with(0, 0x82), Some(Malformed::Truncated), "a second block that is not there");
        assert_eq!(with(1, 202), Some(Malformed::FirstType(202)));
        assert_eq!(with(0, 0xa1), Some(Malformed::Padding));
        let many = [0x80, RECEIVER_REPORT, 0, 1, 0, 0, 0, 1].repeat(PACKETS_MAX + 1);
        assert_eq!(parse(&many, 8), Err(Malformed::TooManyPackets));
    }

    proptest! {
        #[test]
        fn no_datagram_panics(mut datagram in prop::collection::vec(any::<u8>(), 0..200), kind in 200u8..204) {
            let _ = parse(&datagram, 1);
            if let [first, second, ..] = &mut datagram[..] {
                (*first, *second) = (0x80 | *first & 0x1f, kind);
                let _ = parse(&datagram, 1);
            }
        }
    }
}
