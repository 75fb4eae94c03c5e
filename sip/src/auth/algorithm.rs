//! The hash algorithms of digest authentication (RFC 7616 §6.1, RFC 8760 §2.1).

/// A hash function of the registry "Hash Algorithms for HTTP Digest Authentication".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-512 cut to 256 bits, with its own initial values.
    Sha512_256,
    /// MD5, for peers that know nothing better.
    Md5,
}

impl Hash {
    /// Every hash function, in the order in which a server prefers them.
    pub const ALL: [Hash; 3] = [Hash::Sha256, Hash::Sha512_256, Hash::Md5];

    /// The name without `-sess`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Hash::Sha256 => "SHA-256",
            Hash::Sha512_256 => "SHA-512-256",
            Hash::Md5 => "MD5",
        }
    }

    /// Finds a hash function by its name, in any case.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        Hash::ALL.into_iter().find(|h| h.as_str().as_bytes().eq_ignore_ascii_case(name))
    }

    /// Length of a digest in hexadecimal characters.
    pub const fn hex_len(self) -> usize {
        match self {
            Hash::Sha256 | Hash::Sha512_256 => 64,
            Hash::Md5 => 32,
        }
    }
}

/// The value of an `algorithm` parameter: a hash function, and whether the secret is bound to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithm {
    /// The hash function.
    pub hash: Hash,
    /// Whether the name ends in `-sess` (RFC 7616 §3.4.2).
    pub session: bool,
}

impl Algorithm {
    /// The algorithm meant when no parameter names one (RFC 7616 §3.3).
    pub const DEFAULT: Algorithm = Algorithm { hash: Hash::Md5, session: false };

    /// Finds an algorithm by its name, in any case.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        let cut = name.len().saturating_sub(b"-sess".len());
        let (stem, session) = match name.split_at(cut) {
            (stem, tail) if tail.eq_ignore_ascii_case(b"-sess") => (stem, true),
            _ => (name, false),
        };
        Some(Algorithm { hash: Hash::from_name(stem)?, session })
    }
}

impl From<Hash> for Algorithm {
    fn from(hash: Hash) -> Self {
        Algorithm { hash, session: false }
    }
}

impl core::fmt::Display for Algorithm {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.hash.as_str())?;
        f.write_str(if self.session { "-sess" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_with_and_without_session() {
        for hash in Hash::ALL {
            for session in [false, true] {
                let algorithm = Algorithm { hash, session };
                let name = algorithm.to_string().to_ascii_lowercase();
                assert_eq!(Algorithm::from_name(name.as_bytes()), Some(algorithm));
            }
        }
        for unknown in ["", "-sess", "SHA-1", "AKAv1-MD5", "MD5-", "MD5-sess-sess"] {
            assert_eq!(Algorithm::from_name(unknown.as_bytes()), None, "{unknown}");
        }
    }
}
