//! Secrets of TLS connections as clients write them into a key log (the format of SSLKEYLOGFILE).

use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::io::{self, BufRead};

/// Most connections whose secrets are kept.
pub const KEYED_MAX: usize = 1 << 18;

/// A secret: 48 bytes at most.
pub(super) type Secret = SmallVec<[u8; 48]>;

/// The secrets of one connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets {
    /// TLS 1.2: from which everything follows.
    pub(super) master: Secret,
    /// TLS 1.3: of client and server, until the handshake is over.
    pub(super) handshake: [Secret; 2],
    /// TLS 1.3: of client and server, behind it.
    pub(super) traffic: [Secret; 2],
}

/// The secrets of connections, by the random number of the client.
#[derive(Debug, Default)]
pub struct KeyLog {
    secrets: BTreeMap<[u8; 32], Secrets>,
}

impl KeyLog {
    /// Adds what stands in a key log; lines of other kinds are left out. Says how many secrets were new.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&mut self, input: impl BufRead) -> io::Result<usize> {
        let mut found = 0;
        for line in input.split(b'\n') {
            found += usize::from(self.take(&line?).is_some());
        }
        Ok(found)
    }

    /// Whether nothing can be read with it.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    pub(super) fn of(&self, client_random: &[u8; 32]) -> Option<&Secrets> {
        self.secrets.get(client_random)
    }

    fn take(&mut self, line: &[u8]) -> Option<()> {
        let mut words = line.trim_ascii().split(|byte| *byte == b' ');
        let (label, random, secret) = (words.next()?, words.next()?, words.next()?);
        let random: [u8; 32] = from_hex(random)?.try_into().ok()?;
        let secret = from_hex(secret).filter(|secret| (16..=48).contains(&secret.len()))?;
        if self.secrets.len() >= KEYED_MAX && !self.secrets.contains_key(&random) {
            return None;
        }
        let secrets = self.secrets.entry(random).or_default();
        let place = match label {
            b"CLIENT_RANDOM" => &mut secrets.master,
            b"CLIENT_HANDSHAKE_TRAFFIC_SECRET" => &mut secrets.handshake[0],
            b"SERVER_HANDSHAKE_TRAFFIC_SECRET" => &mut secrets.handshake[1],
            b"CLIENT_TRAFFIC_SECRET_0" => &mut secrets.traffic[0],
            b"SERVER_TRAFFIC_SECRET_0" => &mut secrets.traffic[1],
            _ => return None,
        };
        *place = Secret::from_vec(secret);
        Some(())
    }
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    text.chunks(2).map(pair).collect()
}
