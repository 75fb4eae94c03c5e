//! Bytes as letters, six bits each (RFC 4648). Padding is the caller's business.

/// The alphabet that URLs bear (RFC 4648 §5).
pub const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// The usual alphabet (RFC 4648 §4).
pub const USUAL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes bytes without padding.
pub fn to_base64(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group.iter().fold(0_u32, |word, b| word << 8 | u32::from(*b)) << (8 * (3 - group.len()));
        for i in 0..=group.len() {
            text.push(char::from(alphabet[(word >> (18 - 6 * i)) as usize & 63]));
        }
    }
    text
}

/// Only what [`to_base64`] writes is read: nothing has a second spelling.
pub fn from_base64(text: &[u8], alphabet: &[u8; 64]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.chunks(4) {
        let mut word = 0_u32;
        for b in group {
            word = word << 6 | alphabet.iter().position(|a| a == b)? as u32;
        }
        word <<= 6 * (4 - group.len());
        let [_, three @ ..] = word.to_be_bytes();
        let len = group.len().checked_sub(1).filter(|len| *len > 0)?;
        if three[len..].iter().any(|b| *b != 0) {
            return None;
        }
        bytes.extend_from_slice(&three[..len]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (bytes, text) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE")]
        {
            assert_eq!(to_base64(bytes.as_bytes(), URL), text);
            assert_eq!(from_base64(text.as_bytes(), URL).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(
            (to_base64(&[0xfb, 0xff], URL), to_base64(&[0xfb, 0xff], USUAL)),
            ("-_8".into(), "+/8".into())
        );
        for bad in ["Z", "Zh", "Zm9", "Zg==", "Z g", "Zm9v+"] {
            assert_eq!(from_base64(bad.as_bytes(), URL), None, "{bad}");
        }
    }
}
