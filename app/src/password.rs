//! Passwords: made by us, or read from the standard input; never from the command line, never shown by `Debug`.

use ringback_sip::entropy::Entropy;
use std::io::{self, BufRead as _};

/// A password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(secret)")
    }
}

impl Password {
    /// A new one: 80 bits as four groups of letters and digits that nobody mistakes for each other.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn generate() -> io::Result<Password> {
        let mut entropy = Entropy::new(ringback_io::clock::seed_from_system()?);
        let mut text = String::with_capacity(19);
        for i in 0..16 {
            if i > 0 && i % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[entropy.below(32) as usize & 31]));
        }
        Ok(Password(text))
    }

    /// The first line of the standard input.
    ///
    /// # Errors
    /// When it cannot be read or is empty.
    pub(crate) fn from_stdin() -> io::Result<Password> {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        let text = line.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the standard input has no password"));
        }
        Ok(Password(text.to_owned()))
    }

    /// The one that the standard input has, or a new one.
    ///
    /// # Errors
    /// Those of either.
    pub(crate) fn wanted(from_stdin: bool) -> io::Result<Password> {
        if from_stdin { Self::from_stdin() } else { Self::generate() }
    }

    /// The password, for who must show or store it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_passwords_differ_and_stay_out_of_debug() {
        let (a, b) = (Password::generate().unwrap(), Password::generate().unwrap());
        assert_ne!(a, b);
        assert_eq!(a.expose().len(), 19);
        assert!(!format!("{a:?}").contains(a.expose()));
    }
}
