//! Keys from secrets, and opening what they protect (RFC 8446 §5, §7; RFC 5246 §6; RFC 5288; RFC 7905).

use ring::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};
use ring::{hkdf, hmac};

/// A cipher suite that can be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suite {
    aead: &'static Algorithm,
    is_sha384: bool,
    is_13: bool,
}

impl Suite {
    /// The suite with this number; `None` for those that cannot be read.
    pub(super) fn by_number(number: u16) -> Option<Suite> {
        let (aead, is_sha384, is_13) = match number {
            0x1301 => (&AES_128_GCM, false, true),
            0x1302 => (&AES_256_GCM, true, true),
            0x1303 => (&CHACHA20_POLY1305, false, true),
            // RSA, DHE and ECDHE with RSA and ECDSA.
            0x009c | 0x009e | 0xc02b | 0xc02f => (&AES_128_GCM, false, false),
            0x009d | 0x009f | 0xc02c | 0xc030 => (&AES_256_GCM, true, false),
            0xcca8..=0xccaa => (&CHACHA20_POLY1305, false, false),
            _ => return None,
        };
        Some(Suite { aead, is_sha384, is_13 })
    }

    /// Whether it is one of TLS 1.3.
    pub(super) fn is_13(self) -> bool {
        self.is_13
    }
}

/// The keys of one direction.
#[derive(Debug)]
pub(super) struct Keys {
    suite: Suite,
    key: LessSafeKey,
    iv: [u8; NONCE_BYTES],
    /// The number of the record that comes next.
    sequence: u64,
    /// TLS 1.3: from which the next keys follow.
    secret: Vec<u8>,
}

impl Keys {
    /// TLS 1.3: from a traffic secret (RFC 8446 §7.3).
    pub(super) fn from_traffic(suite: Suite, secret: &[u8]) -> Option<Keys> {
        let key = expand(suite, secret, b"key", suite.aead.key_len())?;
        let iv = expand(suite, secret, b"iv", NONCE_BYTES)?.try_into().ok()?;
        let key = LessSafeKey::new(UnboundKey::new(suite.aead, &key).ok()?);
        Some(Keys { suite, key, iv, sequence: 0, secret: secret.to_vec() })
    }

    /// TLS 1.3: the keys after an update (RFC 8446 §7.2).
    pub(super) fn updated(&self) -> Option<Keys> {
        let secret = expand(self.suite, &self.secret, b"traffic upd", self.secret.len())?;
        Keys::from_traffic(self.suite, &secret)
    }

    /// TLS 1.2: of client or server, from the master secret (RFC 5246 §6.3).
    pub(super) fn from_master(
        suite: Suite,
        master: &[u8],
        randoms: [&[u8; 32]; 2],
        is_server: bool,
    ) -> Option<Keys> {
        let [client, server] = randoms;
        let (key_bytes, iv_bytes) =
            (suite.aead.key_len(), if suite.is_counted() { NONCE_BYTES } else { SALT_BYTES });
        let seed = [&b"key expansion"[..], server, client].concat();
        let block = pseudo_random(suite, master, &seed, 2 * (key_bytes + iv_bytes));
        let side = usize::from(is_server);
        let key = block.get(side * key_bytes..(side + 1) * key_bytes)?;
        let start = 2 * key_bytes + side * iv_bytes;
        let mut iv = [0; NONCE_BYTES];
        iv[..iv_bytes].copy_from_slice(block.get(start..start + iv_bytes)?);
        let key = LessSafeKey::new(UnboundKey::new(suite.aead, key).ok()?);
        Some(Keys { suite, key, iv, sequence: 0, secret: Vec::new() })
    }

    /// Opens a record: its content type and content.
    pub(super) fn open(&mut self, head: [u8; 5], body: &[u8]) -> Option<(u8, Vec<u8>)> {
        let sequence = self.sequence.to_be_bytes();
        let mut nonce = self.iv;
        let mut opened = body.to_vec();
        if self.suite.is_counted() {
            nonce[4..].iter_mut().zip(sequence).for_each(|(byte, count)| *byte ^= count);
        } else {
            nonce[SALT_BYTES..].copy_from_slice(body.get(..8)?);
            opened.drain(..8);
        }
        let nonce = Nonce::assume_unique_for_key(nonce);
        let length = if self.suite.is_13 {
            self.key.open_in_place(nonce, Aad::from(head), &mut opened).ok()?.len()
        } else {
            let length = u16::try_from(opened.len().checked_sub(TAG_BYTES)?).ok()?;
            let about = [&sequence[..], &head[..3], &length.to_be_bytes()].concat();
            self.key.open_in_place(nonce, Aad::from(about), &mut opened).ok()?.len()
        };
        self.sequence += 1;
        opened.truncate(length);
        if !self.suite.is_13 {
            return Some((head[0], opened));
        }
        // The true type stands behind the content, and padding behind that (RFC 8446 §5.4).
        while let Some(last) = opened.pop() {
            if last != 0 {
                return Some((last, opened));
            }
        }
        None
    }
}

impl Suite {
    /// Whether nonces follow from the number of the record alone.
    fn is_counted(self) -> bool {
        self.is_13 || core::ptr::eq(self.aead, &CHACHA20_POLY1305)
    }
}

/// Expands a secret under a label, without context (RFC 8446 §7.1).
fn expand(suite: Suite, secret: &[u8], label: &[u8], bytes: usize) -> Option<Vec<u8>> {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let algorithm = if suite.is_sha384 { hkdf::HKDF_SHA384 } else { hkdf::HKDF_SHA256 };
    let length = u16::try_from(bytes).ok()?.to_be_bytes();
    let label_length = [u8::try_from(label.len() + 6).ok()?];
    let info = [&length[..], &label_length, b"tls13 ", label, &[0]];
    let mut out = vec![0; bytes];
    let secret = hkdf::Prk::new_less_safe(algorithm, secret);
    secret.expand(&info, Length(bytes)).ok()?.fill(&mut out).ok()?;
    Some(out)
}

/// The pseudo-random function of TLS 1.2 (RFC 5246 §5).
fn pseudo_random(suite: Suite, secret: &[u8], seed: &[u8], bytes: usize) -> Vec<u8> {
    let algorithm = if suite.is_sha384 { hmac::HMAC_SHA384 } else { hmac::HMAC_SHA256 };
    let key = hmac::Key::new(algorithm, secret);
    let mut link = hmac::sign(&key, seed);
    let mut out = Vec::with_capacity(bytes + 64);
    while out.len() < bytes {
        out.extend_from_slice(hmac::sign(&key, &[link.as_ref(), seed].concat()).as_ref());
        link = hmac::sign(&key, link.as_ref());
    }
    out.truncate(bytes);
    out
}

const NONCE_BYTES: usize = 12;
const SALT_BYTES: usize = 4;
const TAG_BYTES: usize = 16;
