//! One packet of HEP3: four letters, the length of the whole, and chunks of vendor, type, length and value. Older versions:
//! `versions`.

use ringback_sip::flow::Transport;
use ringback_sip::time::Instant;
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Something that was captured elsewhere, and what its capturer says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HepPacket<'a> {
    /// Who sent it, and to whom.
    pub ends: [SocketAddr; 2],
    /// Over what.
    pub transport: Transport,
    /// When, if the capturer says so.
    pub at: Option<Instant>,
    /// What it is.
    pub content: Content,
    /// The number of the capturer; 0 when it has none.
    pub agent: u32,
    /// What shows that the capturer may send here; empty when it shows nothing.
    pub key: Cow<'a, [u8]>,
    /// What it belongs to, for what has no Call-ID of its own; empty when nobody said.
    pub correlation: Cow<'a, [u8]>,
    /// What was captured.
    pub payload: Cow<'a, [u8]>,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// A SIP message.
    Sip,
    /// A packet of RTP.
    Rtp,
    /// A packet of RTCP, or what a capturer wrote about one.
    Rtcp,
    /// Something else, by its number.
    Other(u8),
}

impl Content {
    fn number(self) -> u8 {
        match self {
            Content::Sip => 1,
            Content::Rtp => 4,
            Content::Rtcp => 5,
            Content::Other(number) => number,
        }
    }

    fn from_number(number: u8) -> Self {
        match number {
            1 => Content::Sip,
            4 => Content::Rtp,
            5 => Content::Rtcp,
            number => Content::Other(number),
        }
    }
}

/// Why bytes are no packet of HEP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HepFault {
    /// They begin otherwise.
    NotHep,
    /// The length at the beginning is not that of the packet.
    Length,
    /// A chunk ends behind the packet, or its value has another length than its type says; with the type.
    Chunk(u16),
    /// Addresses or ports are missing, or are of two families.
    NoEnds,
    /// Nothing was captured, as in a sign of life.
    NoPayload,
    /// The payload cannot be unpacked, or is longer than [`PAYLOAD_BYTES_MAX`].
    Compressed,
}

impl<'a> HepPacket<'a> {
    /// Reads a whole packet of version 3. Chunks of vendors and of unknown types are left out: Asterisk's and FreeSWITCH's own
    /// say nothing that we need, and OpenSIPS says in one what calls belong together (type 101, JSON).
    pub(super) fn parse_version_3(bytes: &'a [u8]) -> Result<Self, HepFault> {
        if length(bytes)? != bytes.len() {
            return Err(HepFault::Length);
        }
        let mut read = Read::default();
        let mut rest = &bytes[HEAD_BYTES..];
        while let Some((head, _)) = rest.split_first_chunk::<6>() {
            let [v0, v1, k0, k1, l0, l1] = *head;
            let kind = u16::from_be_bytes([k0, k1]);
            let length = usize::from(u16::from_be_bytes([l0, l1]));
            let value = rest.get(6..length).ok_or(HepFault::Chunk(kind))?;
            rest = &rest[length..];
            if [v0, v1] == [0, 0] {
                read.take(kind, value).ok_or(HepFault::Chunk(kind))?;
            }
        }
        if rest.is_empty() { read.finish() } else { Err(HepFault::Length) }
    }

    /// Writes the packet, its payload as it is; `None` when it would be longer than a packet can be.
    pub fn write(&self) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(self.payload.len() + 160);
        out.extend(MAGIC);
        out.extend([0, 0]);
        let [src, dst] = self.ends;
        let family = if src.is_ipv4() && dst.is_ipv4() { FAMILY_V4 } else { FAMILY_V6 };
        chunk(&mut out, 0x0001, &[family])?;
        chunk(&mut out, 0x0002, &[protocol_of(self.transport)])?;
        match (src.ip(), dst.ip()) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => {
                chunk(&mut out, 0x0003, &src.octets())?;
                chunk(&mut out, 0x0004, &dst.octets())?;
            }
            (src, dst) => {
                chunk(&mut out, 0x0005, &v6(src).octets())?;
                chunk(&mut out, 0x0006, &v6(dst).octets())?;
            }
        }
        chunk(&mut out, 0x0007, &src.port().to_be_bytes())?;
        chunk(&mut out, 0x0008, &dst.port().to_be_bytes())?;
        if let Some(at) = self.at {
            let micros = (at.unix_micros() % 1_000_000) as u32;
            chunk(&mut out, 0x0009, &u32::try_from(at.unix_secs()).ok()?.to_be_bytes())?;
            chunk(&mut out, 0x000a, &micros.to_be_bytes())?;
        }
        chunk(&mut out, 0x000b, &[self.content.number()])?;
        chunk(&mut out, 0x000c, &self.agent.to_be_bytes())?;
        for (kind, value) in [(0x000e, &self.key), (0x0011, &self.correlation), (0x000f, &self.payload)] {
            if !value.is_empty() {
                chunk(&mut out, kind, value)?;
            }
        }
        let length = u16::try_from(out.len()).ok()?;
        out[4..HEAD_BYTES].copy_from_slice(&length.to_be_bytes());
        Some(out)
    }
}

impl HepPacket<'_> {
    /// Whether its ends can hardly be right: one host that sends to itself, as OpenSIPS says of everything over IPv6 in
    /// version 3, no host, or an address of which only the beginning was filled in, as FreeSWITCH does in version 2.
    pub fn has_odd_ends(&self) -> bool {
        let [src, dst] = self.ends;
        let is_partial = |end: SocketAddr| match end.ip() {
            IpAddr::V4(ip) => ip.is_unspecified(),
            IpAddr::V6(ip) => ip.octets()[4..].iter().all(|byte| *byte == 0),
        };
        let is_mirrored = src.is_ipv6() && src.ip() == dst.ip() && !src.ip().is_loopback();
        src == dst || is_mirrored || is_partial(src) || is_partial(dst)
    }
}

/// The length of the packet that begins here, as its first six bytes say it.
///
/// # Errors
/// When they begin no packet of HEP3.
pub(crate) fn length(bytes: &[u8]) -> Result<usize, HepFault> {
    match bytes {
        [b'H', b'E', b'P', b'3', a, b, ..] => {
            let length = usize::from(u16::from_be_bytes([*a, *b]));
            if length < HEAD_BYTES { Err(HepFault::Length) } else { Ok(length) }
        }
        _ => Err(HepFault::NotHep),
    }
}

/// What was read so far.
#[derive(Default)]
struct Read<'a> {
    protocol: Option<u8>,
    ips: [Option<IpAddr>; 2],
    ports: [Option<u16>; 2],
    secs: Option<u32>,
    micros: u32,
    content: u8,
    agent: u32,
    key: &'a [u8],
    correlation: &'a [u8],
    payload: &'a [u8],
    packed: &'a [u8],
}

impl<'a> Read<'a> {
    /// Takes a chunk; `None` when its value is none of its type.
    fn take(&mut self, kind: u16, value: &'a [u8]) -> Option<()> {
        match kind {
            // The addresses say it themselves.
            0x0001 => drop(u8::from_be_bytes(value.try_into().ok()?)),
            0x0002 => self.protocol = Some(u8::from_be_bytes(value.try_into().ok()?)),
            0x0003 => self.ips[0] = Some(Ipv4Addr::from(<[u8; 4]>::try_from(value).ok()?).into()),
            0x0004 => self.ips[1] = Some(Ipv4Addr::from(<[u8; 4]>::try_from(value).ok()?).into()),
            0x0005 => self.ips[0] = Some(Ipv6Addr::from(<[u8; 16]>::try_from(value).ok()?).into()),
            0x0006 => self.ips[1] = Some(Ipv6Addr::from(<[u8; 16]>::try_from(value).ok()?).into()),
            0x0007 => self.ports[0] = Some(u16::from_be_bytes(value.try_into().ok()?)),
            0x0008 => self.ports[1] = Some(u16::from_be_bytes(value.try_into().ok()?)),
            0x0009 => self.secs = Some(u32::from_be_bytes(value.try_into().ok()?)),
            0x000a => self.micros = u32::from_be_bytes(value.try_into().ok()?),
            0x000b => self.content = u8::from_be_bytes(value.try_into().ok()?),
            0x000c => self.agent = u32::from_be_bytes(value.try_into().ok()?),
            0x000e => self.key = value,
            0x000f => self.payload = value,
            0x0010 => self.packed = value,
            0x0011 => self.correlation = value,
            _ => {}
        }
        Some(())
    }

    fn finish(self) -> Result<HepPacket<'a>, HepFault> {
        let ([Some(src), Some(dst)], [Some(from), Some(to)]) = (self.ips, self.ports) else {
            return Err(HepFault::NoEnds);
        };
        if src.is_ipv4() != dst.is_ipv4() {
            return Err(HepFault::NoEnds);
        }
        let payload = match (self.payload, self.packed) {
            ([], []) => return Err(HepFault::NoPayload),
            ([], packed) => Cow::Owned(unpack(packed).ok_or(HepFault::Compressed)?),
            (payload, _) => Cow::Borrowed(payload),
        };
        let micros = |secs| u64::from(secs) * 1_000_000 + u64::from(self.micros.min(999_999));
        Ok(HepPacket {
            ends: [SocketAddr::new(src, from), SocketAddr::new(dst, to)],
            transport: transport_of(self.protocol),
            // A capturer without a clock says 0.
            at: self.secs.filter(|secs| *secs > 0).map(|secs| Instant::from_unix_micros(micros(secs))),
            content: Content::from_number(self.content),
            agent: self.agent,
            key: Cow::Borrowed(self.key),
            correlation: Cow::Borrowed(self.correlation),
            payload,
        })
    }
}

/// OpenSIPS packs as gzip (RFC 1952), others as zlib (RFC 1950).
fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    match gzip_content(packed) {
        Some(content) => miniz_oxide::inflate::decompress_to_vec_with_limit(content, PAYLOAD_BYTES_MAX).ok(),
        None => miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(packed, PAYLOAD_BYTES_MAX).ok(),
    }
}

/// What stands between header and trailer of gzip; `None` when it is none, or has fields that no sender of HEP writes.
fn gzip_content(packed: &[u8]) -> Option<&[u8]> {
    let content = packed.strip_prefix(&[0x1f, 0x8b, 8, 0])?;
    content.get(6..content.len().checked_sub(8)?)
}

fn chunk(out: &mut Vec<u8>, kind: u16, value: &[u8]) -> Option<()> {
    let length = u16::try_from(value.len() + 6).ok()?;
    out.extend([0, 0]);
    out.extend(kind.to_be_bytes());
    out.extend(length.to_be_bytes());
    out.extend_from_slice(value);
    Some(())
}

fn v6(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}

/// The protocol of IP by which capturers name a transport; those that are no protocol of IP have borrowed numbers.
fn protocol_of(transport: Transport) -> u8 {
    match transport {
        Transport::Udp => 17,
        Transport::Tcp => 6,
        Transport::Tls => 22,
        Transport::Ws | Transport::Wss => 50,
    }
}

pub(super) fn transport_of(protocol: Option<u8>) -> Transport {
    match protocol {
        Some(6) => Transport::Tcp,
        Some(22) => Transport::Tls,
        Some(50) => Transport::Ws,
        _ => Transport::Udp,
    }
}

/// Longest packet.
pub const PACKET_BYTES_MAX: usize = 65_535;
/// Most bytes that a compressed payload may become.
pub const PAYLOAD_BYTES_MAX: usize = 1 << 18;
/// Four letters and the length.
pub(super) const HEAD_BYTES: usize = 6;
const MAGIC: [u8; 4] = *b"HEP3";
/// Families of addresses, by the numbers that every system with HEP uses.
const FAMILY_V4: u8 = 2;
const FAMILY_V6: u8 = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> HepPacket<'static> {
        HepPacket {
            ends: ["192.0.2.1:5060", "192.0.2.2:5070"].map(|end| end.parse().unwrap()),
            transport: Transport::Tcp,
            at: Some(Instant::from_unix_micros(1_700_000_000_123_456)),
            content: Content::Sip,
            agent: 2001,
            key: b"secret".as_slice().into(),
            correlation: b"call".as_slice().into(),
            payload: b"OPTIONS sip:a SIP/2.0\r\n\r\n".as_slice().into(),
        }
    }

    /// Puts a chunk at the end of a packet.
    fn with_chunk(mut bytes: Vec<u8>, vendor: u16, kind: u16, value: &[u8]) -> Vec<u8> {
        let at = bytes.len();
        chunk(&mut bytes, kind, value).unwrap();
        bytes[at..at + 2].copy_from_slice(&vendor.to_be_bytes());
        let length = u16::try_from(bytes.len()).unwrap();
        bytes[4..6].copy_from_slice(&length.to_be_bytes());
        bytes
    }

    #[test]
    fn ends_that_no_packet_can_have_are_known() {
        let is_odd = |src: &str, dst: &str| {
            let ends = [src, dst].map(|end| end.parse().unwrap());
            HepPacket { ends, ..sample() }.has_odd_ends()
        };
        assert!(is_odd("192.0.2.1:5060", "192.0.2.1:5060"));
        assert!(is_odd("0.0.0.0:5060", "192.0.2.1:5060"));
        assert!(is_odd("[2001:db8::1]:5060", "[2001:db8::1]:40000"));
        assert!(is_odd("[2001:db8::]:5060", "[2001:db8::]:40000"));
        assert!(!is_odd("192.0.2.1:5060", "192.0.2.1:5070"));
        assert!(!is_odd("[::1]:5060", "[::1]:5070"));
        assert!(!is_odd("[2001:db8::1]:5060", "[2001:db8::2]:5060"));
    }

    #[test]
    fn the_bytes_are_those_of_the_format() {
        let packet = HepPacket { key: b"".as_slice().into(), correlation: b"".as_slice().into(), ..sample() };
        let bytes = packet.write().unwrap();
        let mut expected = b"HEP3\x00\x7c".to_vec();
        let chunks: [(u8, &[u8]); 11] = [
            (1, &[2]),
            (2, &[6]),
            (3, &[192, 0, 2, 1]),
            (4, &[192, 0, 2, 2]),
            (7, &[0x13, 0xc4]),
            (8, &[0x13, 0xce]),
            (9, &[0x65, 0x53, 0xf1, 0]),
            (10, &[0, 1, 0xe2, 0x40]),
            (11, &[1]),
            (12, &[0, 0, 7, 0xd1]),
            (15, b"OPTIONS sip:a SIP/2.0\r\n\r\n"),
        ];
        for (kind, value) in chunks {
            expected.extend([0, 0, 0, kind, 0, 6 + value.len() as u8]);
            expected.extend(value);
        }
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_compressed_payload_is_unpacked_up_to_its_limit() {
        let bare = HepPacket { payload: b"".as_slice().into(), ..sample() }.write().unwrap();
        assert_eq!(HepPacket::parse(&bare), Err(HepFault::NoPayload));
        let pack = |bytes: &[u8]| miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6);
        let packed = with_chunk(bare.clone(), 0, 0x10, &pack(b"OPTIONS"));
        assert_eq!(&*HepPacket::parse(&packed).unwrap().payload, b"OPTIONS");
        let raw = miniz_oxide::deflate::compress_to_vec(b"OPTIONS", 6);
        let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], &raw[..], &[0; 8]].concat();
        let packed = with_chunk(bare.clone(), 0, 0x10, &gzip);
        assert_eq!(&*HepPacket::parse(&packed).unwrap().payload, b"OPTIONS");
        let bomb = with_chunk(bare, 0, 0x10, &pack(&vec![0; PAYLOAD_BYTES_MAX + 1]));
        assert_eq!(HepPacket::parse(&bomb), Err(HepFault::Compressed));
    }

    #[test]
    fn chunks_of_vendors_and_unknown_ones_are_left_out() {
        let bytes = with_chunk(sample().write().unwrap(), 3, 0x0f, b"theirs");
        let bytes = with_chunk(bytes, 0, 0x99, b"new");
        assert_eq!(HepPacket::parse(&bytes), Ok(sample()));
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        let good = sample().write().unwrap();
        let fault = |bytes: &[u8]| HepPacket::parse(bytes).unwrap_err();
        assert_eq!(fault(b"INVITE"), HepFault::NotHep);
        assert_eq!(fault(&good[..good.len() - 1]), HepFault::Length);
        assert_eq!(fault(b"HEP3\0\x06"), HepFault::NoEnds);
        assert_eq!(fault(&with_chunk(good.clone(), 0, 7, &[1])), HepFault::Chunk(7));
        assert_eq!(fault(&with_chunk(good.clone(), 0, 5, &[0; 16])), HepFault::NoEnds);
        let mut beyond = good;
        beyond[10..12].copy_from_slice(&[0xff, 0xff]);
        assert_eq!(fault(&beyond), HepFault::Chunk(1));
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            v6: bool, ips: [u128; 2], ports: [u16; 2], transport in 0..4_usize, at in prop::option::of(1..u32::MAX),
            micros in 0..1_000_000_u64, content: u8, agent: u32, key: Vec<u8>, correlation: Vec<u8>,
            payload in prop::collection::vec(any::<u8>(), 1..2000)
        ) {
            let ip = |bits: u128| if v6 { Ipv6Addr::from(bits).into() } else { Ipv4Addr::from(bits as u32).into() };
            let packet = HepPacket {
                ends: [SocketAddr::new(ip(ips[0]), ports[0]), SocketAddr::new(ip(ips[1]), ports[1])],
                transport: [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws][transport],
                at: at.map(|secs| Instant::from_unix_micros(u64::from(secs) * 1_000_000 + micros)),
                content: Content::from_number(content),
                agent,
                key: key.into(),
                correlation: correlation.into(),
                payload: payload.into(),
            };
            let bytes = packet.write().unwrap();
            prop_assert_eq!(HepPacket::parse(&bytes).unwrap(), packet);
        }

        #[test]
        fn no_bytes_make_it_panic(mut bytes: Vec<u8>, changes: Vec<(u16, u8)>) {
            let _ = HepPacket::parse(&bytes);
            let mut packet = sample().write().unwrap();
            for (place, byte) in changes {
                let place = usize::from(place) % packet.len();
                packet[place] = byte;
            }
            let _ = HepPacket::parse(&packet);
            let length = (bytes.len() + 6) as u16;
            bytes.splice(0..0, [MAGIC.as_slice(), &length.to_be_bytes()].concat());
            let _ = HepPacket::parse(&bytes);
        }
    }
}
