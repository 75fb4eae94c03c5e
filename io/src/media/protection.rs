//! SRTP and SRTCP for one stream (RFC 3711), by the library `rtc-srtp`.

use ringback_sip::sdp::{Keys, MasterKey, Suite};
use rtc_crypto::RTCCryptoProvider as _;
use rtc_crypto::providers::RingProvider;
use rtc_shared::error::Error;
use rtc_srtp::context::Context;
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Sources of the peer whose packets are opened; each has a state of its own.
pub const SOURCES_MAX: usize = 8;
/// How many packets back a late one is still told from a copy (RFC 3711 §3.3.2 asks for 64).
const WINDOW: usize = 128;

/// Why a packet was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// It was not protected with the key that the peer named, or was changed on the way.
    Forged,
    /// It came before.
    Replayed,
}

/// The two ways of one stream.
pub struct Protection {
    keys: Keys,
    outgoing: Context,
    /// Packets that our key may still protect (RFC 4568 §6.1).
    left: u64,
    /// By source number. A state is made when a packet has proved itself, so that a stranger makes none.
    incoming: BTreeMap<u32, Context>,
}

impl Protection {
    /// Protection with these keys; `None` when the library cannot do their suite.
    pub fn new(keys: Keys) -> Option<Self> {
        let outgoing = context(&keys.send)?;
        context(&keys.receive)?;
        Some(Protection { keys, outgoing, left: keys.send.lifetime(), incoming: BTreeMap::new() })
    }

    /// Takes the keys of a new offer and answer. What stays goes on counting: a key that began anew would protect two
    /// packets alike.
    pub fn rekey(&mut self, keys: Keys) {
        if keys.send != self.keys.send
            && let Some(outgoing) = context(&keys.send)
        {
            self.outgoing = outgoing;
            self.left = keys.send.lifetime();
        }
        if keys.receive != self.keys.receive {
            self.incoming.clear();
        }
        self.keys = keys;
    }

    /// How packets are protected that we send.
    pub fn suite(&self) -> Suite {
        self.keys.send.suite()
    }

    /// Protects an RTP packet; `None` when the key has served its time.
    pub fn protect(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        self.left = self.left.checked_sub(1)?;
        self.outgoing.encrypt_rtp(datagram).ok().map(Vec::from)
    }

    /// Protects an RTCP packet.
    pub fn protect_control(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        self.outgoing.encrypt_rtcp(datagram).ok().map(Vec::from)
    }

    /// Opens a packet of the peer.
    ///
    /// # Errors
    /// [`Rejected`].
    pub fn open(&mut self, datagram: &[u8], is_control: bool) -> Result<Vec<u8>, Rejected> {
        let at = if is_control { 4..8 } else { 8..12 };
        let source = datagram.get(at).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
        let source = source.ok_or(Rejected::Forged)?;
        let unnamed = self.without_mki(datagram, is_control).ok_or(Rejected::Forged)?;
        let datagram = &*unnamed;
        if is_control && !self.is_encrypted_control(datagram) {
            return Err(Rejected::Forged);
        }
        let opened = |context: &mut Context| {
            let plain =
                if is_control { context.decrypt_rtcp(datagram) } else { context.decrypt_rtp(datagram) };
            plain.map(Vec::from).map_err(|error| match error {
                Error::SrtpSsrcDuplicated(..) | Error::SrtcpSsrcDuplicated(..) => Rejected::Replayed,
                _ => Rejected::Forged,
            })
        };
        if let Some(known) = self.incoming.get_mut(&source) {
            return opened(known);
        }
        let mut fresh = context(&self.keys.receive).filter(|_| self.incoming.len() < SOURCES_MAX);
        let plain = opened(fresh.as_mut().ok_or(Rejected::Forged)?)?;
        self.incoming.extend(fresh.map(|context| (source, context)));
        Ok(plain)
    }

    /// A packet without the name of its key: that stands before the tag, outside of what is proved (RFC 3711 §3.1), or
    /// at the end where the tag belongs to the ciphertext (RFC 7714 §8.2, §9.2). `None` when it names another key.
    fn without_mki<'a>(&self, datagram: &'a [u8], is_control: bool) -> Option<Cow<'a, [u8]>> {
        let key = &self.keys.receive;
        let Some(mki) = key.mki() else { return Some(datagram.into()) };
        let end = datagram.len().checked_sub(tag_bytes(key.suite(), is_control))?;
        let start = end.checked_sub(mki.length())?;
        let rest = || [&datagram[..start], &datagram[end..]].concat();
        mki.names(&datagram[start..end]).then(|| rest().into())
    }

    /// Whether an SRTCP packet says that it is encrypted (RFC 3711 §3.4). Others are never agreed on here, and the
    /// library would take them without a look at their tag.
    fn is_encrypted_control(&self, datagram: &[u8]) -> bool {
        let at = datagram.len().checked_sub(tag_bytes(self.keys.receive.suite(), true) + 4);
        at.and_then(|at| datagram.get(at)).is_some_and(|byte| byte & 0x80 != 0)
    }
}

impl core::fmt::Debug for Protection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Protection")
            .field("keys", &self.keys)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

/// Bytes of the tag behind everything else; SRTCP keeps the long one (RFC 4568 §6.2.2).
fn tag_bytes(suite: Suite, is_control: bool) -> usize {
    match suite {
        Suite::Aes128Gcm | Suite::Aes256Gcm => 0,
        Suite::Aes128Tag32 | Suite::Aes256Tag32 if !is_control => 4,
        _ => 10,
    }
}

fn context(key: &MasterKey) -> Option<Context> {
    let profile = match key.suite() {
        Suite::Aes128Tag80 => ProtectionProfile::Aes128CmHmacSha1_80,
        Suite::Aes128Tag32 => ProtectionProfile::Aes128CmHmacSha1_32,
        Suite::Aes256Tag80 => ProtectionProfile::Aes256CmHmacSha1_80,
        Suite::Aes256Tag32 => ProtectionProfile::Aes256CmHmacSha1_32,
        Suite::Aes128Gcm => ProtectionProfile::AeadAes128Gcm,
        Suite::Aes256Gcm => ProtectionProfile::AeadAes256Gcm,
    };
    let (rtp, rtcp) = (srtp_replay_protection(WINDOW), srtcp_replay_protection(WINDOW));
    Context::new(key.key(), key.salt(), profile, Some(rtp), Some(rtcp), RingProvider::new().crypto()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::sdp::CryptoLine;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// The key of RFC 3711 appendix B.3.
    fn key() -> MasterKey {
        let bytes = bytes("e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6");
        MasterKey::new(Suite::Aes128Tag80, &bytes).unwrap()
    }

    fn protection() -> Protection {
        Protection::new(Keys { send: key(), receive: key() }).unwrap()
    }

    fn packet(source: u8, sequence: u16) -> Vec<u8> {
        let [high, low] = sequence.to_be_bytes();
        let mut packet = vec![0x80, 0, high, low, 0, 0, 0, 0, 0, 0, 0, source];
        packet.extend([0x5a; 160]);
        packet
    }

    /// The packets are those with which libsrtp checks itself.
    #[test]
    fn packets_are_those_of_the_reference() {
        let plain = format!("800f1234 decafbad cafebabe {}", "ab".repeat(16));
        let protected =
            bytes("800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb");
        assert_eq!(protection().protect(&bytes(&plain)).unwrap(), protected);
        assert_eq!(protection().open(&protected, false).unwrap(), bytes(&plain));
        let plain = format!("81c8000b cafebabe {}", "ab".repeat(16));
        let protected =
            bytes("81c8000b cafebabe 7128035b e487b9bd bef89041 f977a5a8 80000001 993e08cd 54d6c123 0798");
        assert_eq!(protection().protect_control(&bytes(&plain)).unwrap(), protected);
        assert_eq!(protection().open(&protected, true).unwrap(), bytes(&plain));
    }

    #[test]
    fn every_suite_carries_packets_past_the_turn_of_the_sequence() {
        for (name, length) in [
            ("AES_CM_128_HMAC_SHA1_80", 30),
            ("AES_CM_128_HMAC_SHA1_32", 30),
            ("AES_256_CM_HMAC_SHA1_80", 46),
            ("AES_256_CM_HMAC_SHA1_32", 46),
            ("AEAD_AES_128_GCM", 28),
            ("AEAD_AES_256_GCM", 44),
        ] {
            // Base64 of zeros, of the length that the suite wants.
            let text = format!("1 {name} inline:{}", "A".repeat((length * 8_usize).div_ceil(6)));
            let key = CryptoLine::parse(&text).unwrap().key;
            let keys = Keys { send: key, receive: key };
            let (mut ours, mut theirs) = (Protection::new(keys).unwrap(), Protection::new(keys).unwrap());
            for sequence in 65_500_u32..65_600 {
                let plain = packet(1, sequence as u16);
                let protected = ours.protect(&plain).unwrap();
                assert_ne!(protected[12..172], plain[12..172], "{name}");
                assert_eq!(theirs.open(&protected, false), Ok(plain), "{name} {sequence}");
            }
        }
    }

    #[test]
    fn packets_that_name_their_key_are_opened_and_those_that_name_another_are_not() {
        for (name, length, tags) in [
            ("AES_CM_128_HMAC_SHA1_80", 30, [10, 10]),
            ("AES_CM_128_HMAC_SHA1_32", 30, [4, 10]),
            ("AEAD_AES_128_GCM", 28, [0, 0]),
        ] {
            let line = |mki| {
                let text = "A".repeat((length * 8_usize).div_ceil(6));
                CryptoLine::parse(&format!("1 {name} inline:{text}{mki}")).unwrap().key
            };
            let mut sender = Protection::new(Keys { send: line(""), receive: line("") }).unwrap();
            let mut ours = Protection::new(Keys { send: line(""), receive: line("|1066:4") }).unwrap();
            let mut report = vec![0x81, 200, 0, 6, 0, 0, 0, 1];
            report.extend([0x5a; 20]);
            let rtp = [packet(1, 7), packet(1, 8)];
            for (plain, is_control) in [(&rtp[0], false), (&rtp[1], false), (&report, true)] {
                let protected =
                    if is_control { sender.protect_control(plain) } else { sender.protect(plain) };
                let protected = protected.unwrap();
                let at = protected.len() - tags[usize::from(is_control)];
                let named = |mki: [u8; 4]| [&protected[..at], &mki, &protected[at..]].concat();
                assert_eq!(ours.open(&protected, is_control), Err(Rejected::Forged), "{name}: no name");
                assert_eq!(ours.open(&named([0, 0, 4, 43]), is_control), Err(Rejected::Forged), "{name}");
                assert_eq!(ours.open(&named([0, 0, 4, 42]), is_control).as_ref(), Ok(plain), "{name}");
                assert_eq!(ours.open(&named([0, 0, 4, 42]), is_control), Err(Rejected::Replayed), "{name}");
            }
            assert_eq!(ours.open(&[0x80; 14], false), Err(Rejected::Forged));
        }
    }

    #[test]
    fn copies_changes_and_plain_packets_are_told_apart() {
        let (mut ours, mut theirs) = (protection(), protection());
        let mut protected = ours.protect(&packet(1, 7)).unwrap();
        assert!(theirs.open(&protected, false).is_ok());
        assert_eq!(theirs.open(&protected, false), Err(Rejected::Replayed));
        protected = ours.protect(&packet(1, 8)).unwrap();
        *protected.last_mut().unwrap() ^= 1;
        let mut control = packet(1, 9);
        for encrypted in [0, 0x80] {
            let at = control.len() - 14;
            control[at] = encrypted;
            assert_eq!(theirs.open(&control, true), Err(Rejected::Forged));
        }
        for bad in [&protected[..], &packet(1, 9), &[0x80], &[]] {
            assert_eq!(theirs.open(bad, false), Err(Rejected::Forged));
            assert_eq!(theirs.open(bad, true), Err(Rejected::Forged));
        }
    }

    #[test]
    fn strangers_make_no_state_and_sources_are_limited() {
        let (mut ours, mut theirs) = (protection(), protection());
        for source in 0..=255 {
            assert!(theirs.open(&packet(source, 1), false).is_err());
        }
        assert_eq!(theirs.incoming.len(), 0);
        let accepted = (0..20).filter(|source| {
            let protected = ours.protect(&packet(*source, 1)).unwrap();
            theirs.open(&protected, false).is_ok()
        });
        assert_eq!(accepted.count(), SOURCES_MAX);
    }

    #[test]
    fn a_key_that_stays_goes_on_counting_and_one_whose_time_is_over_sends_nothing() {
        let mut ours = protection();
        let first = ours.protect(&packet(1, 65_535)).unwrap();
        ours.rekey(Keys { send: key(), receive: key() });
        let mut theirs = protection();
        assert!(theirs.open(&first, false).is_ok());
        let next = ours.protect(&packet(1, 0)).unwrap();
        assert!(theirs.open(&next, false).is_ok(), "the sequence turned, and the count with it");
        let text = format!("1 AES_CM_128_HMAC_SHA1_80 inline:{}|2", "A".repeat(40));
        let short = CryptoLine::parse(&text).unwrap().key;
        ours.rekey(Keys { send: short, receive: key() });
        let sent = (1..5).filter(|n| ours.protect(&packet(1, *n)).is_some());
        assert_eq!(sent.count(), 2);
    }
}
