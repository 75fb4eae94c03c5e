//! The mark of a dialog that was let through: it goes into our Record-Route, and later requests of the dialog
//! bring it back in their Route. A stranger cannot make one, so a Route header field opens no relay.

use ringback_sip::entropy::{Seed, Token};

/// Makes and checks marks.
#[derive(Clone, Copy, Debug)]
pub struct Seal(Seed);

impl Seal {
    /// Marks under `key`.
    pub fn new(key: Seed) -> Self {
        Seal(key.derive(b"seal"))
    }

    /// The mark of the dialogs of a call. It seals the ways to their ends too, which stand beside it; empty for none.
    pub fn of(&self, call_id: &[u8], ends: &[u8]) -> Token {
        if ends.is_empty() {
            return Token::from_u64(self.0.hash(call_id));
        }
        Token::from_u64(self.0.hash(&[call_id, ends].join(&b'\n')))
    }

    /// Whether `mark` is that of the call and these ends.
    pub fn is_genuine(&self, call_id: &[u8], ends: &[u8], mark: &[u8]) -> bool {
        ringback_sip::auth::same(self.of(call_id, ends).as_bytes(), mark)
    }

    /// A hash of a tag, by which the requests of one side of a dialog are known.
    pub fn of_tag(&self, tag: &[u8]) -> u32 {
        self.0.derive(b"tag").hash(tag) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_opens_its_own_call_only() {
        let seal = Seal::new(Seed::from_number(1));
        let mark = seal.of(b"call-1", b"");
        assert!(seal.is_genuine(b"call-1", b"", mark.as_bytes()));
        assert!(!seal.is_genuine(b"call-2", b"", mark.as_bytes()));
        assert!(!Seal::new(Seed::from_number(2)).is_genuine(b"call-1", b"", mark.as_bytes()));
        assert!(!seal.is_genuine(b"call-1", b"", b""));
        assert!(!seal.is_genuine(b"call-1", b"elsewhere", mark.as_bytes()), "nobody adds ends");
        let mark = seal.of(b"call-1", b"ends");
        assert!(seal.is_genuine(b"call-1", b"ends", mark.as_bytes()));
        assert!(!seal.is_genuine(b"call-1", b"", mark.as_bytes()), "or takes them off");
    }
}
