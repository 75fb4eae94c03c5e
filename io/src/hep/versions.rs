//! Packets of any version of HEP. Versions 1 and 2 have a header of fixed fields before the message, and nothing that says
//! what it is: it is SIP.
//!
//! The header: version, length of the header, family and protocol, a byte each; two ports; two addresses; in version 2 the seconds, the
//! microseconds and the number of the capturer as the sender's processor keeps them, and two bytes of padding. Kamailio,
//! OpenSIPS, sngrep and FreeSWITCH (sofia-sip) send it when they are told to.

use super::packet::{Content, HepFault, HepPacket, transport_of};
use ringback_sip::time::Instant;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

impl<'a> HepPacket<'a> {
    /// Reads a whole packet.
    ///
    /// # Errors
    /// See [`HepFault`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, HepFault> {
        // The version, and a length that its header can have. OpenSIPS does not count the time of version 2 in it, others do.
        match bytes {
            [1, 16 | 40, ..] | [2, 16 | 40 | 28 | 52, ..] => parse_old(bytes),
            _ => HepPacket::parse_version_3(bytes),
        }
    }
}

fn parse_old(bytes: &[u8]) -> Result<HepPacket<'_>, HepFault> {
    let mut rest = bytes;
    let [version, length, _, protocol] = *take(&mut rest)?;
    let ports = [*take(&mut rest)?, *take(&mut rest)?].map(u16::from_be_bytes);
    let ips: [IpAddr; 2] = if matches!(length, 16 | 28) {
        [*take::<4>(&mut rest)?, *take::<4>(&mut rest)?].map(|ip| Ipv4Addr::from(ip).into())
    } else {
        [*take::<16>(&mut rest)?, *take::<16>(&mut rest)?].map(|ip| Ipv6Addr::from(ip).into())
    };
    let (mut at, mut agent) = (None, 0);
    if version == 2 {
        let (secs, micros, number) = (take(&mut rest)?, take(&mut rest)?, take(&mut rest)?);
        let _padding: &[u8; 2] = take(&mut rest)?;
        // Microseconds are less than a million in the right order only, except for a few that are in both; most
        // processors put the last byte first.
        let is_little = u32::from_le_bytes(*micros) < MILLION;
        let number_of = |bytes: &[u8; 4]| {
            if is_little { u32::from_le_bytes(*bytes) } else { u32::from_be_bytes(*bytes) }
        };
        agent = u32::from(if is_little { u16::from_le_bytes(*number) } else { u16::from_be_bytes(*number) });
        let (secs, micros) = (u64::from(number_of(secs)), u64::from(number_of(micros).min(MILLION - 1)));
        at = (secs > 0).then(|| Instant::from_unix_micros(secs * u64::from(MILLION) + micros));
    }
    // OpenSIPS sends more bytes than it fills.
    let end = rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    if end == 0 {
        return Err(HepFault::NoPayload);
    }
    Ok(HepPacket {
        ends: [SocketAddr::new(ips[0], ports[0]), SocketAddr::new(ips[1], ports[1])],
        transport: transport_of(Some(protocol)),
        at,
        content: Content::Sip,
        agent,
        key: [].as_slice().into(),
        correlation: [].as_slice().into(),
        payload: rest[..end].into(),
    })
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Result<&'a [u8; N], HepFault> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(HepFault::Length)?;
    *rest = tail;
    Ok(head)
}

const MILLION: u32 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::flow::Transport;

    const MESSAGE: &[u8] = b"OPTIONS sip:a SIP/2.0\r\n\r\n";

    /// As sofia-sip's `tport_logging.c` and Kamailio's siptrace write it, with `capture-server=udp:…;hep=1` and `hep=2`.
    fn packet(version: u8, v6: bool, time: &[u8]) -> Vec<u8> {
        let ip: &[&[u8]] = if v6 {
            &[&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], &[0; 16]]
        } else {
            &[&[192, 0, 2, 1], &[192, 0, 2, 2]]
        };
        let length = 8 + ip.concat().len() + time.len();
        let family = if v6 { 10 } else { 2 };
        [&[version, length as u8, family, 17, 0x13, 0xc4, 0x13, 0xce], &ip.concat()[..], time, MESSAGE]
            .concat()
    }

    fn time(little: bool) -> Vec<u8> {
        let (secs, micros, agent) = (1_700_000_000_u32, 123_456_u32, 2001_u16);
        if little {
            [&secs.to_le_bytes()[..], &micros.to_le_bytes(), &agent.to_le_bytes(), &[0, 0]].concat()
        } else {
            [&secs.to_be_bytes()[..], &micros.to_be_bytes(), &agent.to_be_bytes(), &[0, 0]].concat()
        }
    }

    #[test]
    fn version_1_has_ends_and_a_message_and_no_time() {
        for v6 in [false, true] {
            let bytes = packet(1, v6, &[]);
            let packet = HepPacket::parse(&bytes).unwrap();
            assert_eq!((packet.at, packet.agent, &*packet.payload), (None, 0, MESSAGE));
            assert_eq!(packet.ends.map(|end| end.port()), [5060, 5070]);
            assert_eq!(packet.ends[0].is_ipv6(), v6);
        }
    }

    #[test]
    fn version_2_has_a_time_and_a_capturer_in_the_order_of_the_sender() {
        for little in [false, true] {
            let bytes = packet(2, false, &time(little));
            let packet = HepPacket::parse(&bytes).unwrap();
            assert_eq!(packet.at, Some(Instant::from_unix_micros(1_700_000_000_123_456)));
            assert_eq!((packet.agent, packet.transport, &*packet.payload), (2001, Transport::Udp, MESSAGE));
        }
    }

    #[test]
    fn version_2_of_opensips_counts_its_header_short_and_fills_up_with_zeros() {
        // modules/proto_hep/hep.c: the length leaves out the time, and the buffer is one pair of addresses too long.
        let mut bytes = packet(2, false, &time(true));
        bytes[1] = 16;
        bytes.extend([0; 8]);
        assert_eq!(&*HepPacket::parse(&bytes).unwrap().payload, MESSAGE);
    }

    #[test]
    fn what_ends_early_is_told_apart_from_what_is_empty() {
        let bytes = packet(2, true, &time(true));
        let head = bytes.len() - MESSAGE.len();
        assert_eq!(HepPacket::parse(&bytes[..head - 1]), Err(HepFault::Length));
        assert_eq!(HepPacket::parse(&bytes[..head]), Err(HepFault::NoPayload));
    }
}
