//! Short texts that only their maker can read and nobody else can make, for what we put into URIs and get back
//! later: flow tokens (RFC 5626 §5.2) and temporary GRUUs (RFC 5627 §5.4). Nothing about them is kept.
//!
//! A text is hidden by a stream that its own keyed digest (HMAC-SHA-256, RFC 2104) chooses, and the digest goes in
//! front: the construction of RFC 5297. The same text gives the same token; of two texts that differ anywhere the
//! tokens have nothing in common but their lengths, which are rounded up.

use super::digest::same;
use crate::entropy::Seed;
use crate::syntax::base64::{URL, from_base64, to_base64};
use sha2::{Digest, Sha256};

/// Seals and opens texts under one key.
#[derive(Clone, Copy)]
pub struct Vault {
    digest: [u8; 16],
    stream: [u8; 16],
}

impl Vault {
    /// A vault for one use, which `label` names: its tokens open in no other.
    pub fn new(key: Seed, label: &[u8]) -> Self {
        let key = key.derive(label);
        Vault { digest: bytes_of(key.derive(b"digest")), stream: bytes_of(key.derive(b"stream")) }
    }

    /// The token of `text`: characters that a URI's user part takes as they are (`A-Za-z0-9-_`). `None` for more
    /// than [`VAULT_BYTES_MAX`].
    pub fn seal(&self, text: &[u8]) -> Option<String> {
        if text.len() > VAULT_BYTES_MAX {
            return None;
        }
        let len = u8::try_from(text.len()).ok()?;
        let mut token = vec![0; DIGEST_LEN];
        token.push(len);
        token.extend_from_slice(text);
        token.resize(DIGEST_LEN + (text.len() + 1).next_multiple_of(BLOCK), 0);
        let digest = self.digest(&token[DIGEST_LEN..]);
        token[..DIGEST_LEN].copy_from_slice(&digest);
        self.hide(&digest, &mut token[DIGEST_LEN..]);
        Some(to_base64(&token, URL))
    }

    /// The text of a token that this vault made; `None` for anything else.
    pub fn open(&self, token: &[u8]) -> Option<Vec<u8>> {
        if token.len() > TOKEN_LEN_MAX {
            return None;
        }
        let token = from_base64(token, URL)?;
        let (digest, hidden) = token.split_at_checked(DIGEST_LEN)?;
        let mut text = hidden.to_vec();
        self.hide(digest, &mut text);
        if !same(digest, &self.digest(&text)) {
            return None;
        }
        let len = usize::from(*text.first()?);
        text.get(1..1 + len).map(<[u8]>::to_vec)
    }

    fn digest(&self, text: &[u8]) -> [u8; DIGEST_LEN] {
        let mut digest = [0; DIGEST_LEN];
        digest.copy_from_slice(&hmac(&self.digest, &[text])[..DIGEST_LEN]);
        digest
    }

    /// Hides a text, or shows a hidden one.
    fn hide(&self, start: &[u8], text: &mut [u8]) {
        for (number, block) in text.chunks_mut(32).enumerate() {
            let stream = hmac(&self.stream, &[start, &(number as u32).to_be_bytes()]);
            block.iter_mut().zip(stream).for_each(|(byte, mask)| *byte ^= mask);
        }
    }
}

impl core::fmt::Debug for Vault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Vault(secret)")
    }
}

fn bytes_of(seed: Seed) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&seed.0[0].to_le_bytes());
    bytes[8..].copy_from_slice(&seed.0[1].to_le_bytes());
    bytes
}

/// HMAC-SHA-256 (RFC 2104) of the parts, one after the other, under a key of at most 64 bytes.
fn hmac(key: &[u8; 16], parts: &[&[u8]]) -> [u8; 32] {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        block
    };
    let mut inner = Sha256::new();
    inner.update(pad(0x36));
    parts.iter().for_each(|part| inner.update(part));
    let mut outer = Sha256::new();
    outer.update(pad(0x5c));
    outer.update(inner.finalize());
    outer.finalize().into()
}

/// Longest text that can be sealed.
pub const VAULT_BYTES_MAX: usize = 255;
const TOKEN_LEN_MAX: usize = (DIGEST_LEN + VAULT_BYTES_MAX + 1).div_ceil(3) * 4;
const DIGEST_LEN: usize = 16;
/// Lengths are rounded up to this, so that they tell little.
const BLOCK: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vault() -> Vault {
        Vault::new(Seed::from_number(1), b"test")
    }

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        // The second test case of RFC 4231 §4.3, its key filled up with zeros, as HMAC does.
        let mut key = [0; 16];
        key[..4].copy_from_slice(b"Jefe");
        let digest = hmac(&key, &[b"what do ya want ", b"for nothing?"]);
        let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn a_token_opens_in_its_own_vault_only() {
        let token = vault().seal(b"flow").unwrap();
        assert_eq!(vault().open(token.as_bytes()).as_deref(), Some(&b"flow"[..]));
        for (seed, label) in [(1, &b"other"[..]), (2, b"test")] {
            assert_eq!(Vault::new(Seed::from_number(seed), label).open(token.as_bytes()), None);
        }
        for none in [&b""[..], b"A", b"AAAA", &[b'A'; 4000]] {
            assert_eq!(vault().open(none), None);
        }
    }

    #[test]
    fn nearly_equal_texts_have_tokens_with_nothing_in_common() {
        let (a, b) =
            (vault().seal(b"alice@example.test 1").unwrap(), vault().seal(b"alice@example.test 2").unwrap());
        assert_eq!(a.len(), b.len());
        let equal = a.bytes().zip(b.bytes()).filter(|(a, b)| a == b).count();
        assert!(equal < a.len() / 4, "{a} {b}");
    }

    proptest! {
        #[test]
        fn what_was_sealed_is_opened(text in proptest::collection::vec(any::<u8>(), 0..=VAULT_BYTES_MAX)) {
            let token = vault().seal(&text).unwrap();
            prop_assert!(token.bytes().all(|b| URL.contains(&b)));
            prop_assert_eq!(vault().open(token.as_bytes()), Some(text));
        }

        #[test]
        fn whoever_changes_a_token_breaks_it(
            text in proptest::collection::vec(any::<u8>(), 0..100),
            at in any::<prop::sample::Index>(),
            to in any::<u8>(),
        ) {
            let token = vault().seal(&text).unwrap().into_bytes();
            let mut forged = token.clone();
            let place = at.index(forged.len());
            forged[place] = to;
            prop_assume!(forged != token);
            prop_assert_eq!(vault().open(&forged), None);
            prop_assert_eq!(vault().open(&token[..place]), None);
        }
    }
}
