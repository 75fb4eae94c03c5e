//! The arithmetic of digests (RFC 7616 §3.4.1 to §3.4.3), and the secret that goes into it.

use super::algorithm::{Algorithm, Hash};
use core::fmt;
use md5::Md5;
use sha2::{Sha256, Sha512_256};

/// A digest as hexadecimal characters in lower case, without a heap.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HexDigest {
    len: u8,
    text: [u8; 64],
}

impl HexDigest {
    /// The hash of the parts, with a colon between each two.
    pub fn of(hash: Hash, parts: &[&[u8]]) -> Self {
        match hash {
            Hash::Md5 => Self::compute::<Md5>(parts),
            Hash::Sha256 => Self::compute::<Sha256>(parts),
            Hash::Sha512_256 => Self::compute::<Sha512_256>(parts),
        }
    }

    fn compute<D: md5::Digest>(parts: &[&[u8]]) -> Self {
        let mut joined = [0; JOINED_BYTES];
        let mut end = 0;
        let raw = match parts.iter().all(|part| push_part(&mut joined, &mut end, part)) {
            true => D::digest(&joined[..end.saturating_sub(1)]),
            false => {
                let mut state = D::new();
                for (i, part) in parts.iter().enumerate() {
                    state.update(if i > 0 { &b":"[..] } else { b"" });
                    state.update(part);
                }
                state.finalize()
            }
        };
        let mut digest = HexDigest { len: (raw.len() * 2) as u8, text: [0; 64] };
        for (pair, byte) in digest.text.as_chunks_mut::<2>().0.iter_mut().zip(raw.iter()) {
            *pair = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
        }
        digest
    }

    /// Reads hexadecimal characters of any case; `None` when they are not a digest of `hash`.
    pub fn parse(hash: Hash, text: &[u8]) -> Option<Self> {
        if text.len() != hash.hex_len() {
            return None;
        }
        let mut digest = HexDigest { len: text.len() as u8, text: [0; 64] };
        let lower = &mut digest.text[..text.len()];
        lower.copy_from_slice(text);
        lower.make_ascii_lowercase();
        // Without an early end, many bytes are looked at in one step.
        let is_hex = lower.iter().fold(true, |is, b| is & matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_hex.then_some(digest)
    }

    /// The characters.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text[..usize::from(self.len)]
    }
}

impl fmt::Debug for HexDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HexDigest(secret)")
    }
}

/// The secret of a user: the hash of name, realm and password (H(A1) without `-sess`). It replaces the password
/// everywhere, and neither `Debug` nor the journal prints it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ha1 {
    hash: Hash,
    digest: HexDigest,
}

impl Ha1 {
    /// Makes the secret from the password.
    pub fn from_password(hash: Hash, user: &[u8], realm: &[u8], password: &[u8]) -> Self {
        Ha1 { hash, digest: HexDigest::of(hash, &[user, realm, password]) }
    }

    /// Takes the secret as it is kept in a store; `None` when it is not a digest of `hash`.
    pub fn from_hex(hash: Hash, text: &[u8]) -> Option<Self> {
        Some(Ha1 { hash, digest: HexDigest::parse(hash, text)? })
    }

    /// The hash function.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The secret's characters, for a store that keeps them. Whoever has them can log in as the user.
    pub fn expose(&self) -> &[u8] {
        self.digest.as_bytes()
    }

    /// The proof of knowing the secret (RFC 7616 §3.4.1). Without `protection` it is the older form of RFC 2069,
    /// which has neither a count nor a client nonce.
    pub(super) fn proof(&self, of: &Proof<'_>, last: &mut LastRequest) -> HexDigest {
        let hash = self.hash;
        let session;
        let secret = match &of.protection {
            Some(p) if of.algorithm.session => {
                session = HexDigest::of(hash, &[self.digest.as_bytes(), of.nonce, p.cnonce]);
                session.as_bytes()
            }
            _ => self.digest.as_bytes(),
        };
        let Some(p) = &of.protection else {
            let ha2 = last.digest(hash, of);
            return HexDigest::of(hash, &[secret, of.nonce, ha2.as_bytes()]);
        };
        let (qop, ha2): (&[u8], _) = match p.body {
            None => (b"auth", last.digest(hash, of)),
            Some(body) => {
                let body = HexDigest::of(hash, &[body]);
                (b"auth-int", HexDigest::of(hash, &[of.method, of.uri, body.as_bytes()]))
            }
        };
        HexDigest::of(hash, &[secret, of.nonce, p.nc, p.cnonce, qop, ha2.as_bytes()])
    }
}

impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ha1({}, secret)", self.hash.as_str())
    }
}

/// What a proof is about.
pub(super) struct Proof<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) nonce: &'a [u8],
    pub(super) method: &'a [u8],
    pub(super) uri: &'a [u8],
    pub(super) protection: Option<Protection<'a>>,
}

/// What `qop` adds to a proof.
pub(super) struct Protection<'a> {
    pub(super) nc: &'a [u8],
    pub(super) cnonce: &'a [u8],
    /// The body, with `qop=auth-int`.
    pub(super) body: Option<&'a [u8]>,
}

/// The digest of a method and a URI that was computed last (H(A2) of RFC 7616 §3.4.3): all phones of a domain refresh their
/// bindings with the same two. Nothing long is kept.
#[derive(Clone, Debug, Default)]
pub struct LastRequest {
    method: Vec<u8>,
    uri: Vec<u8>,
    digest: Option<(Hash, HexDigest)>,
}

impl LastRequest {
    fn digest(&mut self, hash: Hash, of: &Proof<'_>) -> HexDigest {
        match self.digest {
            Some((known, digest)) if known == hash && self.method == of.method && self.uri == of.uri => {
                digest
            }
            _ => {
                let digest = HexDigest::of(hash, &[of.method, of.uri]);
                if of.method.len() + of.uri.len() < JOINED_BYTES {
                    self.method.clear();
                    self.method.extend_from_slice(of.method);
                    self.uri.clear();
                    self.uri.extend_from_slice(of.uri);
                    self.digest = Some((hash, digest));
                }
                digest
            }
        }
    }
}

/// Writes a part and a colon at `end`, which moves; `false` when there is no room.
fn push_part(joined: &mut [u8; JOINED_BYTES], end: &mut usize, part: &[u8]) -> bool {
    let Some(room) = joined.get_mut(*end..*end + part.len() + 1) else { return false };
    room[..part.len()].copy_from_slice(part);
    room[part.len()] = b':';
    *end += part.len() + 1;
    true
}

/// Longest text that is hashed in one step; those of digests are shorter, bodies aside.
const JOINED_BYTES: usize = 256;

/// Whether two secrets are the same, in a time that does not depend on where they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    let ((words, rest), (other_words, other_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let words = words.iter().zip(other_words).map(|(x, y)| u64::from_le_bytes(*x) ^ u64::from_le_bytes(*y));
    let rest = rest.iter().zip(other_rest).map(|(x, y)| u64::from(x ^ y));
    let difference = words.chain(rest).fold(0, |d, x| core::hint::black_box(d | x));
    a.len() == b.len() && difference == 0
}

const HEX: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_nothing_are_the_known_ones() {
        let hex = |h| String::from_utf8(HexDigest::of(h, &[b""]).as_bytes().to_vec()).unwrap();
        assert_eq!(hex(Hash::Md5), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(Hash::Sha256), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex(Hash::Sha512_256), "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a");
    }

    #[test]
    fn parts_are_hashed_as_one_text_however_long_they_are() {
        for length in [0, 1, 62, 63, 119, 120, 252, 253, 254, 255, 256, 257, 1000] {
            let part = vec![b'x'; length];
            let whole = [&part[..], b"a", b""].join(&b':');
            for hash in Hash::ALL {
                let parts = HexDigest::of(hash, &[&part, b"a", b""]);
                assert_eq!(parts, HexDigest::of(hash, &[&whole]), "{length}");
            }
        }
    }

    #[test]
    fn what_is_remembered_of_a_request_is_used_for_the_same_request_alone() {
        let ha1 = Ha1::from_password(Hash::Md5, b"bob", b"biloxi.com", b"zanzibar");
        let long = [&b"sip:"[..], &[b'x'; JOINED_BYTES]].concat();
        let mut last = LastRequest::default();
        for (method, uri) in
            [("REGISTER", "sip:a"), ("REGISTER", "sip:a"), ("REGISTER", "sip:b"), ("INVITE", "sip:b")]
        {
            for (hash, uri) in
                [(Hash::Md5, uri.as_bytes()), (Hash::Sha256, uri.as_bytes()), (Hash::Md5, &long)]
            {
                let ha1 = Ha1 { hash, ..ha1 };
                let protection = Some(Protection { nc: b"00000001", cnonce: b"c", body: None });
                let (algorithm, method) = (hash.into(), method.as_bytes());
                let proof = Proof { algorithm, nonce: b"n", method, uri, protection };
                let fresh = ha1.proof(&proof, &mut LastRequest::default());
                assert!(ha1.proof(&proof, &mut last) == fresh && ha1.proof(&proof, &mut last) == fresh);
            }
        }
        assert!(last.uri == b"sip:b", "nothing long is kept");
    }

    #[test]
    fn a_secret_is_never_printed() {
        let ha1 = Ha1::from_password(Hash::Md5, b"bob", b"biloxi.com", b"zanzibar");
        let hex = String::from_utf8(ha1.expose().to_vec()).unwrap();
        let shown = format!("{ha1:?} {:?}", ha1.digest);
        assert!(!shown.contains(&hex[..8]) && !shown.contains("zanzibar"), "{shown}");
        assert_eq!(Ha1::from_hex(Hash::Md5, hex.to_uppercase().as_bytes()), Some(ha1));
        assert_eq!(Ha1::from_hex(Hash::Sha256, hex.as_bytes()), None);
    }

    #[test]
    fn comparison_sees_every_difference() {
        assert!(same(b"", b"") && same(b"abc", b"abc"));
        assert!(
            !same(b"abc", b"abd") && !same(b"abc", b"Xbc") && !same(b"abc", b"ab") && !same(b"ab", b"abc")
        );
    }
}
