//! Writing a file of packets: messages and media over raw IP, so that a call can be given away.

use super::connections::CONNECTIONS_MAX;
use super::link::LinkType;
use ringback_sip::flow::Transport;
use ringback_sip::time::Instant;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};

/// Writes pcap.
#[derive(Debug)]
pub struct PacketWriter<W> {
    out: W,
    /// The number of the next byte of each direction of a connection.
    next: BTreeMap<(SocketAddr, SocketAddr), u32>,
}

impl<W: Write> PacketWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// That of the file.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(&0xa1b2_c3d4_u32.to_le_bytes())?;
        out.write_all(&[2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
        out.write_all(&(1_u32 << 18).to_le_bytes())?;
        out.write_all(&LinkType::RAW.0.to_le_bytes())?;
        Ok(PacketWriter { out, next: BTreeMap::new() })
    }

    /// Adds a datagram of UDP. Addresses of two families and payloads beyond 65,000 bytes are left out.
    ///
    /// # Errors
    /// That of the file.
    pub fn write(&mut self, at: Instant, src: SocketAddr, dst: SocketAddr, payload: &[u8]) -> io::Result<()> {
        let Ok(length) = u16::try_from(payload.len() + 8) else { return Ok(()) };
        let [a, b] = length.to_be_bytes();
        self.write_ip(at, src, dst, 17, &[a, b, 0, 0], payload)
    }

    /// Adds a message as it was carried: a datagram, or for anything else a segment of TCP, also in place of the frames of a
    /// WebSocket.
    ///
    /// # Errors
    /// That of the file.
    pub fn write_message(
        &mut self,
        at: Instant,
        transport: Transport,
        [src, dst]: [SocketAddr; 2],
        message: &[u8],
    ) -> io::Result<()> {
        if transport == Transport::Udp {
            return self.write(at, src, dst, message);
        }
        if self.next.len() >= CONNECTIONS_MAX {
            self.next.clear();
        }
        let there = self.next.get(&(dst, src)).copied().unwrap_or(1);
        let here = self.next.entry((src, dst)).or_insert(1);
        let mut head = [0; 16];
        head[..4].copy_from_slice(&here.to_be_bytes());
        head[4..8].copy_from_slice(&there.to_be_bytes());
        // A header of five words; PSH and ACK; an open window.
        head[8..12].copy_from_slice(&[0x50, 0x18, 0xff, 0xff]);
        *here = here.wrapping_add(message.len() as u32);
        self.write_ip(at, src, dst, 6, &head, message)
    }

    fn write_ip(
        &mut self,
        at: Instant,
        src: SocketAddr,
        dst: SocketAddr,
        protocol: u8,
        head: &[u8],
        payload: &[u8],
    ) -> io::Result<()> {
        let length = u16::try_from(payload.len() + head.len() + 4).ok();
        let Some(length) = length.filter(|length| *length < 65_000) else { return Ok(()) };
        let mut packet = Vec::with_capacity(payload.len() + 64);
        match (src.ip(), dst.ip()) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => {
                packet.extend([0x45, 0]);
                packet.extend((length + 20).to_be_bytes());
                packet.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
                packet.extend(src.octets());
                packet.extend(dst.octets());
                let sum = checksum(&packet);
                packet[10..12].copy_from_slice(&sum.to_be_bytes());
            }
            (IpAddr::V6(src), IpAddr::V6(dst)) => {
                packet.extend([0x60, 0, 0, 0]);
                packet.extend(length.to_be_bytes());
                packet.extend([protocol, 64]);
                packet.extend(src.octets());
                packet.extend(dst.octets());
            }
            _ => return Ok(()),
        }
        packet.extend(src.port().to_be_bytes());
        packet.extend(dst.port().to_be_bytes());
        packet.extend_from_slice(head);
        packet.extend_from_slice(payload);
        let (secs, micros) = (at.unix_micros() / 1_000_000, at.unix_micros() % 1_000_000);
        let length = packet.len() as u32;
        for number in [secs as u32, micros as u32, length, length] {
            self.out.write_all(&number.to_le_bytes())?;
        }
        self.out.write_all(&packet)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// That of the file.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// The sum of an IPv4 header (RFC 1071).
fn checksum(header: &[u8]) -> u16 {
    let words = header.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
