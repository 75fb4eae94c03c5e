//! RTP packets (RFC 3550 §5.1): what a received one says, and how one is written.

/// Octets of the fixed header.
pub const HEADER_BYTES: usize = 12;

/// A received packet, borrowed from the datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Beginning of a talkspurt, or of a telephone event.
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Grows by one a packet and wraps.
    pub sequence: u16,
    /// Sampling moment of the first octet, in units of the codec's clock.
    pub timestamp: u32,
    /// The synchronisation source: who speaks.
    pub ssrc: u32,
    /// The audio, without padding.
    pub payload: &'a [u8],
}

/// The rule of RFC 3550 §5.1 that a datagram breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Fewer octets than the header that it announces.
    Truncated,
    /// A version other than 2.
    Version(u8),
    /// A padding count of zero, or of more octets than there are.
    Padding,
}

impl<'a> Packet<'a> {
    /// Reads a datagram; contributing sources and a header extension are skipped.
    pub fn parse(datagram: &'a [u8]) -> Result<Packet<'a>, Malformed> {
        let (header, rest) = datagram.split_first_chunk::<HEADER_BYTES>().ok_or(Malformed::Truncated)?;
        if header[0] >> 6 != 2 {
            return Err(Malformed::Version(header[0] >> 6));
        }
        let contributors = 4 * usize::from(header[0] & 0x0f);
        let mut payload = rest.get(contributors..).ok_or(Malformed::Truncated)?;
        if header[0] & 0x10 != 0 {
            let ([_, _, high, low], words) = payload.split_first_chunk::<4>().ok_or(Malformed::Truncated)?;
            let length = 4 * usize::from(u16::from_be_bytes([*high, *low]));
            payload = words.get(length..).ok_or(Malformed::Truncated)?;
        }
        if header[0] & 0x20 != 0 {
            payload = without_padding(payload)?;
        }
        Ok(Packet {
            marker: header[1] & 0x80 != 0,
            payload_type: header[1] & 0x7f,
            sequence: u16::from_be_bytes([header[2], header[3]]),
            timestamp: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
            ssrc: u32::from_be_bytes([header[8], header[9], header[10], header[11]]),
            payload,
        })
    }

    /// The datagram: no padding, no extension, no contributing source.
    pub fn write(&self) -> Vec<u8> {
        let mut datagram = Vec::with_capacity(HEADER_BYTES + self.payload.len());
        datagram.extend([0x80, u8::from(self.marker) << 7 | self.payload_type & 0x7f]);
        datagram.extend(self.sequence.to_be_bytes());
        datagram.extend(self.timestamp.to_be_bytes());
        datagram.extend(self.ssrc.to_be_bytes());
        datagram.extend(self.payload);
        datagram
    }
}

fn without_padding(payload: &[u8]) -> Result<&[u8], Malformed> {
    match payload.last() {
        Some(&count) if count > 0 && usize::from(count) <= payload.len() => {
            Ok(&payload[..payload.len() - usize::from(count)])
        }
        _ => Err(Malformed::Padding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: [u8; 14] = [0x80, 0x88, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef, 1, 2];

    #[test]
    fn every_field_is_read_and_written() {
        let packet = Packet {
            marker: true,
            payload_type: 8,
            sequence: 0x1234,
            timestamp: 160,
            ssrc: 0xdead_beef,
            payload: &[1, 2],
        };
        assert_eq!(Packet::parse(&PLAIN), Ok(packet));
        assert_eq!(packet.write(), PLAIN);
    }

    #[test]
    fn contributors_extension_and_padding_are_not_audio() {
        let mut datagram = vec![0xb1];
        datagram.extend(&PLAIN[1..12]);
        datagram.extend([9, 9, 9, 9]); // one contributing source
        datagram.extend([0xbe, 0xde, 0, 1, 7, 7, 7, 7]); // an extension of one word
        datagram.extend([1, 2, 0, 0, 3]); // audio, and three octets of padding
        assert_eq!(Packet::parse(&datagram).map(|p| p.payload), Ok(&[1, 2][..]));
    }

    #[test]
    fn each_broken_rule_has_its_name() {
        let with = |first: u8, tail: &[u8]| {
            let mut datagram = vec![first];
            datagram.extend(&PLAIN[1..12]);
            datagram.extend(tail);
            Packet::parse(&datagram).err()
        };
        assert_eq!(Packet::parse(&PLAIN[..11]), Err(Malformed::Truncated));
        assert_eq!(with(0x40, &[]), Some(Malformed::Version(1)));
        assert_eq!(with(0x81, &[0; 3]), Some(Malformed::Truncated));
        assert_eq!(with(0x90, &[0, 0, 0, 1]), Some(Malformed::Truncated));
        assert_eq!(with(0xa0, &[]), Some(Malformed::Padding));
        assert_eq!(with(0xa0, &[1, 0]), Some(Malformed::Padding));
        assert_eq!(with(0xa0, &[1, 3]), Some(Malformed::Padding));
    }

    proptest! {
        #[test]
        fn no_datagram_panics(datagram in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = Packet::parse(&datagram);
        }

        #[test]
        fn parsing_undoes_writing(marker: bool, payload_type in 0u8..128, sequence: u16, timestamp: u32, ssrc: u32,
                                  payload in prop::collection::vec(any::<u8>(), 0..200)) {
            let packet = Packet { marker, payload_type, sequence, timestamp, ssrc, payload: &payload };
            let datagram = packet.write();
            prop_assert_eq!(Packet::parse(&datagram), Ok(packet));
        }
    }
}
