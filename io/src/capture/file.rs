//! Files of packets: pcap and pcapng.

use super::counts::{CaptureFault, Counts};
use super::link::LinkType;
use super::log::read_log;
use super::packet::Capture;
use pcap_parser::traits::{PcapNGPacketBlock as _, PcapReaderIterator};
use pcap_parser::{Block, InterfaceDescriptionBlock, OptionCode, PcapBlockOwned, PcapError, create_reader};
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
                    if let Some(name) = name_of(interface) {
                        capture.facts_mut().name_capturer(self.interfaces.len() as u32, &name);
                    }
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
                // Several interfaces are several points on the way of a message.
                capture.set_point((self.interfaces.len() > 1).then_some(packet.if_id));
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

/// What an interface is called: its name, or else its description.
fn name_of(interface: &InterfaceDescriptionBlock<'_>) -> Option<String> {
    let option = |code| interface.options.iter().find(|option| option.code == OptionCode(code));
    let option = option(IF_NAME).or_else(|| option(IF_DESCRIPTION))?;
    let length = usize::from(option.len).min(option.value.len());
    let name = String::from_utf8_lossy(&option.value[..length]);
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    (!name.is_empty()).then_some(name)
}

const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
/// The first four bytes of pcap (micro- and nanoseconds, and a variant) and of pcapng.
const MAGIC: [u32; 4] = [0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34, 0x0a0d_0d0a];
/// The kind of secrets that is a key log of TLS, in a block of pcapng.
const TLS_KEY_LOG: u32 = 0x544c_534b;
/// The reader wants the first block in one piece.
const START_BYTES: u64 = 1 << 16;
const BUFFER_BYTES: usize = 1 << 17;
const BUFFER_BYTES_MAX: usize = 1 << 24;
const INTERFACES_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::super::PacketWriter;
    use super::*;
    use ringback_roles::diagnosis::FactsLimits;
    use std::net::SocketAddr;

    fn block(kind: u32, body: &[u8]) -> Vec<u8> {
        let padded = body.len().next_multiple_of(4);
        let length = (padded as u32 + 12).to_le_bytes();
        [&kind.to_le_bytes()[..], &length, body, &vec![0; padded - body.len()], &length].concat()
    }

    /// An interface with these options: code and text.
    fn interface(options: &[(u16, &str)]) -> Vec<u8> {
        let mut body = [&LinkType::RAW.0.to_le_bytes()[..2], &[0; 6]].concat();
        for (code, text) in options {
            body.extend([code.to_le_bytes(), (text.len() as u16).to_le_bytes()].concat());
            body.extend(text.as_bytes());
            body.resize(body.len().next_multiple_of(4), 0);
        }
        block(1, &[&body[..], &[0; 4]].concat())
    }

    fn packet(interface: u32, micros: u32, bytes: &[u8]) -> Vec<u8> {
        let length = bytes.len() as u32;
        block(
            6,
            &[[interface, 0, micros, length, length].map(u32::to_le_bytes).as_flattened(), bytes].concat(),
        )
    }

    /// A packet of IP with an OPTIONS.
    fn options() -> Vec<u8> {
        let text = "OPTIONS sip:b@x.test SIP/2.0\r\nVia: SIP/2.0/UDP a.test;branch=z9hG4bK1\r\nCall-ID: one\r\n\
                    CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
        let [src, dst]: [SocketAddr; 2] =
            ["192.0.2.1:5060", "192.0.2.2:5060"].map(|end| end.parse().expect("an address"));
        let mut writer = PacketWriter::new(Vec::new()).expect("memory");
        writer.write(Instant::EPOCH, src, dst, text.as_bytes()).expect("memory");
        writer.finish().expect("memory").split_off(24 + 16)
    }

    fn section(interfaces: &[Vec<u8>], packets: &[Vec<u8>]) -> Capture {
        let head = block(0x0a0d_0d0a, &[&[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0][..], &[0xff; 8]].concat());
        let file = [head, interfaces.concat(), packets.concat()].concat();
        let mut capture = Capture::new(FactsLimits::default());
        read(&file[..], &mut capture, &mut |_| {}).expect("a capture");
        capture
    }

    #[test]
    fn interfaces_of_one_file_are_capture_points_with_names() {
        let interfaces = [interface(&[(3, "to the trunk"), (2, "eth0")]), interface(&[(3, "inside")])];
        let packets = [packet(0, 1000, &options()), packet(1, 1400, &options())];
        let capture = section(&interfaces, &packets);
        let messages = &capture.facts().call(b"one").expect("the call").messages;
        assert_eq!(messages.len(), 1);
        let by: Vec<_> =
            messages[0].sightings.iter().map(|one| capture.facts().capturer_name(one.by)).collect();
        assert_eq!(by, ["eth0", "inside"]);
    }

    #[test]
    fn a_single_interface_is_no_capture_point() {
        let capture = section(&[interface(&[(2, "eth0")])], &[packet(0, 1000, &options())]);
        let messages = &capture.facts().call(b"one").expect("the call").messages;
        assert!(messages[0].sightings.is_empty());
    }
}
