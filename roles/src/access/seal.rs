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

    /// The mark of the dialogs of a call.
    pub fn of(&self, call_id: &[u8]) -> Token {
        Token::from_u64(self.0.hash(call_id))
    }

    /// Whether `mark` is that of the call.
    pub fn is_genuine(&self, call_id: &[u8], mark: &[u8]) -> bool {
        ringback_sip::auth::same(self.of(call_id).as_bytes(), mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_opens_its_own_call_only() {
        let seal = Seal::new(Seed::from_number(1));
        let mark = seal.of(b"call-1");
        assert!(seal.is_genuine(b"call-1", mark.as_bytes()));
        assert!(!seal.is_genuine(b"call-2", mark.as_bytes()));
        assert!(!Seal::new(Seed::from_number(2)).is_genuine(b"call-1", mark.as_bytes()));
        assert!(!seal.is_genuine(b"call-1", b""));
    }
}
