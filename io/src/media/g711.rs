//! G.711: 8,000 samples a second, eight bits each, on a logarithmic scale (ITU-T G.711; RFC 3551 §4.5.14).

/// The companding law, which is the whole of the codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// µ-law: North America and Japan; `PCMU`, static payload type 0.
    Mu,
    /// A-law: the rest of the world; `PCMA`, static payload type 8.
    A,
}

impl Law {
    /// The static payload type (RFC 3551 §6, table 4).
    pub const fn payload_type(self) -> u8 {
        match self {
            Law::Mu => 0,
            Law::A => 8,
        }
    }

    /// The law of a static payload type.
    pub const fn from_payload_type(payload_type: u8) -> Option<Law> {
        match payload_type {
            0 => Some(Law::Mu),
            8 => Some(Law::A),
            _ => None,
        }
    }

    /// The encoding name as `a=rtpmap` writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Law::Mu => "PCMU",
            Law::A => "PCMA",
        }
    }

    /// The octet of one sample of 16-bit linear audio.
    pub const fn encode(self, sample: i16) -> u8 {
        match self {
            Law::Mu => mu_encode(sample),
            Law::A => a_encode(sample),
        }
    }

    /// The sample that one octet stands for.
    pub const fn decode(self, octet: u8) -> i16 {
        match self {
            Law::Mu => MU_DECODED[octet as usize],
            Law::A => A_DECODED[octet as usize],
        }
    }
}

static MU_DECODED: [i16; 256] = table(Law::Mu);
static A_DECODED: [i16; 256] = table(Law::A);

const fn table(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = match law {
            Law::Mu => mu_decode(octet as u8),
            Law::A => a_decode(octet as u8),
        };
        octet += 1;
    }
    table
}

/// µ-law works on 14 bits: sign, segment and step, all bits inverted on the wire; the bias of 33 makes every
/// segment begin at a power of two.
const fn mu_encode(sample: i16) -> u8 {
    let linear = (sample as i32) >> 2;
    let (magnitude, sign) = if linear < 0 { (-linear, 0x7f) } else { (linear, 0xff) };
    let biased = if magnitude > MU_CLIP { MU_CLIP } else { magnitude } + MU_BIAS;
    let segment = (26 - (biased as u32).leading_zeros()) as u8;
    let step = (biased >> (segment + 1)) as u8 & 0x0f;
    (segment << 4 | step) ^ sign
}

const fn mu_decode(octet: u8) -> i16 {
    let bits = !octet;
    let segment = (bits >> 4) & 7;
    let step = (bits & 0x0f) as i32;
    let magnitude = (((2 * step + MU_BIAS) << segment) - MU_BIAS) << 2;
    (if bits & 0x80 == 0 { magnitude } else { -magnitude }) as i16
}

/// A-law works on 13 bits, with the first two segments of one slope, and inverts every second bit on the wire.
const fn a_encode(sample: i16) -> u8 {
    let linear = (sample as i32) >> 3;
    let (magnitude, mask) = if linear < 0 { (-linear - 1, 0x55) } else { (linear, 0xd5) };
    let segment = if magnitude < 32 { 0 } else { (27 - (magnitude as u32).leading_zeros()) as u8 };
    let shift = if segment < 2 { 1 } else { segment };
    (segment << 4 | ((magnitude >> shift) as u8 & 0x0f)) ^ mask
}

const fn a_decode(octet: u8) -> i16 {
    let bits = octet ^ 0x55;
    let segment = (bits >> 4) & 7;
    let step = (bits & 0x0f) as i32;
    let magnitude = match segment {
        0 => 2 * step + 1,
        _ => (2 * step + 33) << (segment - 1),
    } << 3;
    (if bits & 0x80 == 0 { -magnitude } else { magnitude }) as i16
}

const MU_BIAS: i32 = 33;
/// The largest magnitude, in 14-bit units, that the top segment holds together with the bias.
const MU_CLIP: i32 = 8158;

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a: enough to tell one table from another.
    fn checksum(octets: impl Iterator<Item = u8>) -> u64 {
        octets.fold(0xcbf2_9ce4_8422_2325, |hash, octet| {
            (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    fn every_sample() -> impl Iterator<Item = i16> {
        i16::MIN..=i16::MAX
    }

    // The reference is CPython 3.11's audioop (lin2ulaw, lin2alaw, ulaw2lin, alaw2lin), a separate implementation;
    // `io/tests/data/g711.py` prints these four numbers. sox 14.4.2 decodes all 512 octets to the same samples.
    #[test]
    fn encoding_of_all_65536_samples_equals_the_reference() {
        assert_eq!(checksum(every_sample().map(|s| Law::Mu.encode(s))), 0xd5ee_23f7_d0ff_ae91);
        assert_eq!(checksum(every_sample().map(|s| Law::A.encode(s))), 0xf030_666e_b780_cf25);
    }

    #[test]
    fn decoding_of_all_256_octets_equals_the_reference() {
        let decoded = |law: Law| (0..=255).flat_map(move |octet| law.decode(octet).to_le_bytes());
        assert_eq!(checksum(decoded(Law::Mu)), 0xb91e_65d6_8481_a1a8);
        assert_eq!(checksum(decoded(Law::A)), 0x693a_40ca_62a3_d2a5);
    }

    #[test]
    fn landmarks_of_the_itu_tables_hold() {
        // G.711 tables 1 and 2: the extremes, and the smallest steps on both sides of zero.
        assert_eq!([0x80, 0x00, 0xff, 0x7f].map(|o| Law::Mu.decode(o) >> 2), [8031, -8031, 0, 0]);
        assert_eq!([0xaa, 0x2a, 0xd5, 0x55].map(|o| Law::A.decode(o) >> 3), [4032, -4032, 1, -1]);
    }

    #[test]
    fn every_octet_survives_decoding_and_encoding() {
        for octet in 0..=255u8 {
            // µ-law has two zeros; the negative one comes back as the positive one.
            let expected = if octet == 0x7f { 0xff } else { octet };
            assert_eq!(Law::Mu.encode(Law::Mu.decode(octet)), expected);
            assert_eq!(Law::A.encode(Law::A.decode(octet)), octet);
        }
    }

    #[test]
    fn quantisation_error_stays_within_half_a_step() {
        for sample in every_sample() {
            for law in [Law::Mu, Law::A] {
                let error = (i32::from(law.decode(law.encode(sample))) - i32::from(sample)).abs();
                let magnitude = i32::from(sample).abs();
                // The top µ-law segment clips above 32,124; the others are within one thirty-second, or a small step.
                assert!(error <= 16 + magnitude / 31 || magnitude > 32_124, "{law:?} {sample}: {error}");
            }
        }
    }
}
