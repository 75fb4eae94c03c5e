//! Keys of SRTP in session descriptions: `a=crypto` (RFC 4568).
//!
//! We take lines with one key and with no parameter that changes how packets are protected; others are passed over, as
//! the RFC lets an answerer do. The packets of a peer may name their key (MKI); ours never do, since each side says that
//! for its own.

use super::attribute::{Attribute, number};
use crate::entropy::Seed;
use crate::syntax::base64::{USUAL, from_base64, to_base64};
use core::fmt;
use sha2::{Digest, Sha256};

/// How packets are encrypted and authenticated (RFC 4568 §6.2, RFC 6188, RFC 7714).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// AES-128 in counter mode, tags of 80 bits: what everybody has.
    Aes128Tag80,
    /// AES-128 in counter mode, tags of 32 bits.
    Aes128Tag32,
    /// AES-256 in counter mode, tags of 80 bits.
    Aes256Tag80,
    /// AES-256 in counter mode, tags of 32 bits.
    Aes256Tag32,
    /// AES-128 in Galois counter mode.
    Aes128Gcm,
    /// AES-256 in Galois counter mode.
    Aes256Gcm,
}

impl Suite {
    /// Those that we offer, the preferred one first.
    pub const OFFERED: [Suite; 3] = [Suite::Aes128Tag80, Suite::Aes256Tag80, Suite::Aes128Tag32];
    const ALL: [Suite; 6] = [
        Suite::Aes128Tag80,
        Suite::Aes128Tag32,
        Suite::Aes256Tag80,
        Suite::Aes256Tag32,
        Suite::Aes128Gcm,
        Suite::Aes256Gcm,
    ];

    /// The name in `a=crypto`.
    pub fn as_str(self) -> &'static str {
        match self {
            Suite::Aes128Tag80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::Aes128Tag32 => "AES_CM_128_HMAC_SHA1_32",
            Suite::Aes256Tag80 => "AES_256_CM_HMAC_SHA1_80",
            Suite::Aes256Tag32 => "AES_256_CM_HMAC_SHA1_32",
            Suite::Aes128Gcm => "AEAD_AES_128_GCM",
            Suite::Aes256Gcm => "AEAD_AES_256_GCM",
        }
    }

    /// Bytes of the master key and of the master salt.
    pub fn lengths(self) -> (usize, usize) {
        match self {
            Suite::Aes128Tag80 | Suite::Aes128Tag32 => (16, 14),
            Suite::Aes256Tag80 | Suite::Aes256Tag32 => (32, 14),
            Suite::Aes128Gcm => (16, 12),
            Suite::Aes256Gcm => (32, 12),
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.as_str().eq_ignore_ascii_case(name))
    }
}

/// A master key with its salt. Nothing prints it but the description that tells it to the peer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterKey {
    bytes: [u8; KEY_BYTES_MAX],
    suite: Suite,
    /// How many packets it may protect.
    lifetime: u64,
    /// How packets name it, if they do.
    mki: Option<Mki>,
}

/// How packets name the key that protects them (RFC 3711 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mki {
    value: u64,
    length: u8,
}

impl Mki {
    /// Reads `VALUE:LENGTH`: the length counts bytes, up to 128 (RFC 4568 §6.1).
    fn parse(text: &str) -> Option<Self> {
        let (value, length) = text.split_once(':')?;
        let positive = |text: &str| number(text).filter(|_| !text.starts_with('0'));
        let (value, length) = (positive(value)?, positive(length)?);
        let length = u8::try_from(length).ok().filter(|length| *length <= MKI_BYTES_MAX)?;
        let is_whole = length >= 8 || value >> (8 * length) == 0;
        is_whole.then_some(Mki { value, length })
    }

    /// How many bytes of a packet it takes.
    pub fn length(self) -> usize {
        self.length.into()
    }

    /// Whether these bytes of a packet are this name: a number, the high byte first.
    pub fn names(self, bytes: &[u8]) -> bool {
        let digits = self.value.to_be_bytes();
        let (own, zeros) = (digits.iter().rev(), core::iter::repeat(&0));
        bytes.len() == self.length() && bytes.iter().rev().zip(own.chain(zeros)).all(|(a, b)| a == b)
    }
}

impl MasterKey {
    /// The key and the salt behind it, as `bytes`; `None` when they have another length than the suite wants.
    pub fn new(suite: Suite, bytes: &[u8]) -> Option<Self> {
        let (key, salt) = suite.lengths();
        let mut all = [0; KEY_BYTES_MAX];
        let part = all.get_mut(..bytes.len()).filter(|part| part.len() == key + salt)?;
        part.copy_from_slice(bytes);
        Some(MasterKey { bytes: all, suite, lifetime: LIFETIME_MAX, mki: None })
    }

    /// For which suite.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The key.
    pub fn key(&self) -> &[u8] {
        &self.bytes[..self.suite.lengths().0]
    }

    /// The salt.
    pub fn salt(&self) -> &[u8] {
        let (key, salt) = self.suite.lengths();
        &self.bytes[key..key + salt]
    }

    /// How many packets it may protect (RFC 4568 §6.1).
    pub fn lifetime(&self) -> u64 {
        self.lifetime
    }

    /// How the packets that it protects name it, if they do.
    pub fn mki(&self) -> Option<Mki> {
        self.mki
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({}, hidden)", self.suite.as_str())
    }
}

/// What our keys are made of: 32 random bytes that serve one call.
#[derive(Clone, PartialEq, Eq)]
pub struct KeySource([u8; 32]);

impl KeySource {
    /// Takes random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        KeySource(random)
    }

    /// Takes the randomness of two seeds that serve nothing else.
    pub fn from_seeds(seeds: [Seed; 2]) -> Self {
        let mut random = [0; 32];
        let words = seeds.iter().flat_map(|seed| seed.0);
        random.chunks_mut(8).zip(words).for_each(|(part, word)| part.copy_from_slice(&word.to_le_bytes()));
        KeySource(random)
    }

    /// Our key for a suite: the same in each description of the call, so that a change of the session leaves the
    /// packets as they are (RFC 4568 §7.1.4).
    pub(super) fn key(&self, suite: Suite) -> MasterKey {
        let mut bytes = [0; KEY_BYTES_MAX + 18];
        for (part, half) in bytes.chunks_mut(32).zip(0_u8..) {
            let hash = Sha256::new().chain_update(self.0).chain_update([half]).chain_update(suite.as_str());
            part.copy_from_slice(&hash.finalize()[..part.len()]);
        }
        let mut key = [0; KEY_BYTES_MAX];
        let (length, salt) = suite.lengths();
        key[..length + salt].copy_from_slice(&bytes[..length + salt]);
        MasterKey { bytes: key, suite, lifetime: LIFETIME_MAX, mki: None }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySource(hidden)")
    }
}

/// The keys of one stream, both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// For what we send.
    pub send: MasterKey,
    /// For what we receive.
    pub receive: MasterKey,
}

/// One `a=crypto` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CryptoLine {
    /// Its number, by which the answer names it.
    pub tag: u32,
    /// The key of who wrote it.
    pub key: MasterKey,
}

/// Why a line is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CryptoFault {
    /// It cannot be read by its grammar (RFC 4568 §9.1).
    Grammar,
    /// A suite that we do not have.
    Suite,
    /// The key is not as long as its suite wants.
    KeyLength,
    /// A lifetime of zero, or beyond what SRTP bears (RFC 4568 §6.1).
    Lifetime,
    /// Several keys are given.
    SeveralKeys,
    /// The name of the key is none, or its length is not that of a name (RFC 4568 §6.1).
    Mki,
    /// A parameter that must be understood and is not (RFC 4568 §6.3).
    Parameter,
}

impl CryptoLine {
    /// Reads the value of an `a=crypto` line.
    ///
    /// # Errors
    /// [`CryptoFault`].
    pub fn parse(value: &str) -> Result<Self, CryptoFault> {
        let mut words = value.split_whitespace();
        let tag = words.next().filter(|tag| tag.len() <= TAG_DIGITS_MAX).and_then(number);
        let tag = tag.and_then(|tag| u32::try_from(tag).ok()).ok_or(CryptoFault::Grammar)?;
        let suite = Suite::from_name(words.next().ok_or(CryptoFault::Grammar)?).ok_or(CryptoFault::Suite)?;
        let parameters = words.next().ok_or(CryptoFault::Grammar)?;
        // WSH is advice; what begins with a minus need not be understood.
        let is_harmless = |word: &str| word.starts_with('-') || word.starts_with("WSH=");
        if !words.all(is_harmless) {
            return Err(CryptoFault::Parameter);
        }
        if parameters.contains(';') {
            return Err(CryptoFault::SeveralKeys);
        }
        let method = parameters.get(..METHOD.len()).filter(|m| m.eq_ignore_ascii_case(METHOD));
        let info = method.and(parameters.get(METHOD.len()..)).ok_or(CryptoFault::Grammar)?;
        let mut parts = info.split('|');
        let text = parts.next().unwrap_or_default().trim_end_matches('=');
        let bytes = from_base64(text.as_bytes(), USUAL).ok_or(CryptoFault::Grammar)?;
        let mut key = MasterKey::new(suite, &bytes).ok_or(CryptoFault::KeyLength)?;
        let mut part = parts.next();
        if let Some(lifetime) = part.filter(|part| !part.contains(':')) {
            key.lifetime = lifetime_of(lifetime)?;
            part = parts.next();
        }
        if let Some(mki) = part {
            key.mki = Some(Mki::parse(mki).ok_or(CryptoFault::Mki)?);
        }
        if parts.next().is_some() {
            return Err(CryptoFault::Grammar);
        }
        Ok(CryptoLine { tag, key })
    }

    /// The lines that we take among those of a section.
    pub(super) fn all(attributes: &[Attribute]) -> impl Iterator<Item = CryptoLine> + '_ {
        let values = attributes.iter().filter(|a| a.name == "crypto").filter_map(|a| a.value.as_deref());
        values.filter_map(|value| CryptoLine::parse(value).ok())
    }

    /// The attribute.
    pub(super) fn attribute(&self) -> Attribute {
        let (length, salt) = self.key.suite.lengths();
        let mut text = to_base64(&self.key.bytes[..length + salt], USUAL);
        while !text.len().is_multiple_of(4) {
            text.push('=');
        }
        Attribute::value("crypto", format!("{} {} {METHOD}{text}", self.tag, self.key.suite.as_str()))
    }
}

/// `2^n` or a number.
fn lifetime_of(text: &str) -> Result<u64, CryptoFault> {
    let power = |n: &str| number(n).and_then(|n| u32::try_from(n).ok()).and_then(|n| 1_u64.checked_shl(n));
    let packets = match text.strip_prefix("2^") {
        Some(n) => power(n),
        None => number(text),
    };
    packets.filter(|packets| (1..=LIFETIME_MAX).contains(packets)).ok_or(CryptoFault::Lifetime)
}

const METHOD: &str = "inline:";
const KEY_BYTES_MAX: usize = 46;
const TAG_DIGITS_MAX: usize = 9;
const MKI_BYTES_MAX: u8 = 128;
/// Packets that one key may protect (RFC 3711 §9.2).
const LIFETIME_MAX: u64 = 1 << 48;

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 4568 §6.1 and §10.
    const EXAMPLE: &str = "1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

    #[test]
    fn lines_of_rfc_4568_are_read_and_written() {
        let line = CryptoLine::parse(EXAMPLE).unwrap();
        assert_eq!((line.tag, line.key.suite(), line.key.lifetime()), (1, Suite::Aes128Tag80, 1 << 48));
        assert_eq!((line.key.key(), line.key.salt()), (&b"wDfvg&T+)xG7@fb5"[..], &b"jU,RaA}\\|p0%*#"[..]));
        assert_eq!(line.attribute().value.as_deref(), Some(EXAMPLE));
        let limited = CryptoLine::parse(&format!("{EXAMPLE}|2^20")).unwrap();
        assert_eq!(limited.key.lifetime(), 1 << 20);
        let counted = CryptoLine::parse(&format!("{EXAMPLE}|1048576 WSH=60 -NEW=x")).unwrap();
        assert_eq!(counted, limited);
    }

    #[test]
    fn a_key_may_have_a_name_in_packets_with_or_without_a_lifetime() {
        let mki = |text: &str| CryptoLine::parse(&format!("{EXAMPLE}|{text}")).unwrap().key.mki().unwrap();
        assert_eq!(CryptoLine::parse(EXAMPLE).unwrap().key.mki(), None);
        assert_eq!(mki("2^20|1:4"), mki("1:4"));
        assert!(mki("1066:4").names(&[0, 0, 4, 42]) && mki("255:1").names(&[255]));
        for other in [&[0, 0, 4, 43][..], &[1, 0, 4, 42], &[4, 42], &[0, 0, 0, 4, 42], &[]] {
            assert!(!mki("1066:4").names(other), "{other:?}");
        }
        let long = mki("18446744073709551615:128");
        assert_eq!(long.length(), 128);
        assert!(long.names(&[[0; 120].as_slice(), &[255; 8]].concat()));
    }

    #[test]
    fn keys_of_every_suite_survive_a_description() {
        let source = KeySource::new([7; 32]);
        for suite in Suite::ALL {
            let line = CryptoLine { tag: 9, key: source.key(suite) };
            assert_eq!(CryptoLine::parse(&line.attribute().value.unwrap()), Ok(line));
            assert_ne!(KeySource::new([8; 32]).key(suite), line.key);
        }
    }

    #[test]
    fn what_we_cannot_do_is_told_apart() {
        let fault = |text: String| CryptoLine::parse(&text).unwrap_err();
        assert_eq!(
            fault(EXAMPLE.replace("AES_CM_128_HMAC_SHA1_80", "F8_128_HMAC_SHA1_80")),
            CryptoFault::Suite
        );
        assert_eq!(fault(EXAMPLE.replace("AES_CM_128", "AES_256_CM")), CryptoFault::KeyLength);
        assert_eq!(fault(format!("{EXAMPLE};inline:x")), CryptoFault::SeveralKeys);
        for mki in
            ["1:", ":4", "0:4", "01:4", "1:04", "1:0", "1:129", "256:1", "x:4", "18446744073709551616:9"]
        {
            assert_eq!(fault(format!("{EXAMPLE}|2^20|{mki}")), CryptoFault::Mki, "{mki}");
        }
        assert_eq!(fault(format!("{EXAMPLE}|2^20|2^20")), CryptoFault::Mki);
        assert_eq!(fault(format!("{EXAMPLE}|1:4|2^20")), CryptoFault::Grammar);
        for parameter in ["KDR=1", "UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP", "NEW=1"] {
            assert_eq!(fault(format!("{EXAMPLE} {parameter}")), CryptoFault::Parameter);
        }
        for lifetime in ["0", "2^49", "2^64", "x", ""] {
            assert_eq!(fault(format!("{EXAMPLE}|{lifetime}")), CryptoFault::Lifetime, "{lifetime}");
        }
        for bad in
            ["", "x y inline:", "1", "1 AES_CM_128_HMAC_SHA1_80", "1 AES_CM_128_HMAC_SHA1_80 outline:x"]
        {
            assert!(matches!(fault(bad.to_owned()), CryptoFault::Grammar | CryptoFault::Suite), "{bad}");
        }
    }

    #[test]
    fn keys_are_not_printed() {
        let line = CryptoLine::parse(EXAMPLE).unwrap();
        assert_eq!(format!("{line:?}").matches("hidden").count(), 1);
        assert!(!format!("{:?}{line:?}", KeySource::new([65; 32])).contains("65"));
        assert!(!format!("{:?}", line.attribute()).contains("inline"));
    }
}
