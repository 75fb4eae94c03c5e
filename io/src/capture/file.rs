//! Files of packets: pcap and pcapng.

use super::counts::{CaptureFault, Counts};
use super::link::LinkType;
use super::log::read_log;
use super::packet::Capture;
use pcap_parser::traits::{PcapNGPacketBlock as _, PcapReaderIterator};
use pcap_parser::{Block, PcapBlockOwned, PcapError, create_reader};
use ringback_sip::time::Instant;
use std::io::{Cursor, Read};

/// Reads everything into the capture. After each packet `between` may take out what is finished.
///
/// # Errors
/// See [`CaptureFault`]; a file that ends in the middle of a packet is no error, but counted.
pub fn read(
    mut input: impl Read,
    capture: &mut Capture,
    between: &mut dyn FnMut(&mut Capture),
) -> Result<Counts, CaptureFault> {
    let mut start = Vec::new();
    input.by_ref().take(START_BYTES).read_to_end(&mut start).map_err(CaptureFault::Io)?;
    let number = match start[..] {
        [] => return Err(CaptureFault::Empty),
        [a, b, c, d, ..] => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    };
    let whole = Cursor::new(start).chain(input);
    if MAGIC.contains(&number) || MAGIC.contains(&number.swap_bytes()) {
        let reader = create_reader(BUFFER_BYTES, whole).map_err(|_| CaptureFault::Unknown)?;
        return blocks(reader, capture, between);
    }
    read_log(whole, capture, between)
}

fn blocks(
    mut reader: Box<dyn PcapReaderIterator + '_>,
    capture: &mut Capture,
    between: &mut dyn FnMut(&mut Capture),
) -> Result<Counts, CaptureFault> {
    let mut counts = Counts::default();
    let mut section = Section::default();
    let mut capacity = BUFFER_BYTES;
    loop {
        let want = match reader.next() {
            Ok((length, block)) => {
                section.take(&block, capture, &mut counts);
                Want::Consume(length)
            }
            Err(PcapError::Eof) => Want::End,
            Err(PcapError::Incomplete(_)) => Want::More,
            Err(PcapError::BufferTooSmall) => Want::Room,
            Err(PcapError::UnexpectedEof) => Want::Rest,
            Err(_) => Want::Nothing,
        };
        let could = match want {
            Want::Consume(length) => {
                reader.consume(length);
                between(capture);
                true
            }
            Want::End => break,
            Want::More => !reader.reader_exhausted() && reader.refill().is_ok(),
            Want::Room if capacity < BUFFER_BYTES_MAX => {
                capacity *= 2;
                reader.grow(capacity) && reader.refill().is_ok()
            }
            Want::Rest if counts.packets == 0 => break,
            Want::Room | Want::Rest | Want::Nothing => false,
        };
        if !could && counts.packets == 0 {
            return Err(CaptureFault::Broken);
        }
        if !could {
            counts.is_torn = true;
            break;
        }
    }
    capture.finish();
    Ok(counts)
}

/// What the reader wants next.
enum Want {
    Consume(usize),
    More,
    Room,
    /// The rest of a block, which the file does not have.
    Rest,
    End,
    Nothing,
}

/// What the blocks of a section refer to.
#[derive(Debug, Default)]
struct Section {
    legacy: Option<(LinkType, bool)>,
    interfaces: Vec<Interface>,
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link: LinkType,
    /// Units of time in a second.
    resolution: u64,
    offset: i64,
}

impl Section {
    fn take(&mut self, block: &PcapBlockOwned<'_>, capture: &mut Capture, counts: &mut Counts) {
        match block {
            PcapBlockOwned::LegacyHeader(header) => {
                self.legacy = Some((LinkType(header.network.0), header.is_nanosecond_precision()));
            }
            PcapBlockOwned::Legacy(packet) => {
                let Some((link, nanos)) = self.legacy else { return };
                let part = u64::from(packet.ts_usec) / if nanos { 1000 } else { 1 };
                let at = Instant::from_unix_micros(u64::from(packet.ts_sec) * 1_000_000 + part);
                counts.count(packet.caplen < packet.origlen);
                capture.handle_packet(at, counts.packets, link, packet.data);
            }
            PcapBlockOwned::NG(Block::SectionHeader(_)) => self.interfaces.clear(),
            PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => {
                if self.interfaces.len() < INTERFACES_MAX {
                    self.interfaces.push(Interface {
                        link: LinkType(interface.linktype.0),
                        resolution: interface.ts_resolution().unwrap_or(1_000_000).max(1),
                        offset: interface.if_tsoffset,
                    });
                }
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                let interface =
                    usize::try_from(packet.if_id).ok().and_then(|place| self.interfaces.get(place));
                let Some(interface) = interface else { return };
                let units = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                let micros = u128::from(units) * 1_000_000 / u128::from(interface.resolution);
                let offset = u64::try_from(interface.offset).unwrap_or(0).saturating_mul(1_000_000);
                let micros = u64::try_from(micros).unwrap_or(u64::MAX).saturating_add(offset);
                counts.count(packet.caplen < packet.origlen);
                let at = Instant::from_unix_micros(micros);
                capture.handle_packet(at, counts.packets, interface.link, packet.packet_data());
            }
            PcapBlockOwned::NG(Block::DecryptionSecrets(block)) if block.secrets_type.0 == TLS_KEY_LOG => {
                // What stands in memory can be read.
                let _ = capture.key_log_mut().read(block.data);
            }
            // Other blocks hold names and figures; simple packets have no time.
            PcapBlockOwned::NG(_) => {}
        }
    }
}

/// The first four bytes of pcap (micro- and nanoseconds, and a variant) and of pcapng.
const MAGIC: [u32; 4] = [0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34, 0x0a0d_0d0a];
/// The kind of secrets that is a key log of TLS, in a block of pcapng.
const TLS_KEY_LOG: u32 = 0x544c_534b;
/// The reader wants the first block in one piece.
const START_BYTES: u64 = 1 << 16;
const BUFFER_BYTES: usize = 1 << 17;
const BUFFER_BYTES_MAX: usize = 1 << 24;
const INTERFACES_MAX: usize = 1024;
