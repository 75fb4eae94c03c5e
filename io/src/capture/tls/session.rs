//! A connection over TLS: its handshake, and its records in both directions.

use super::cipher::{Keys, Suite};
use super::key_log::KeyLog;
use super::locked::LockedBy;

/// Both directions of a connection.
#[derive(Debug, Default)]
pub(crate) struct Session {
    randoms: [Option<[u8; 32]>; 2],
    suite: Option<Suite>,
    /// What comes from the client, and from the server.
    sides: [Side; 2],
}

#[derive(Debug, Default)]
struct Side {
    /// Bytes of records that are not whole.
    bytes: Vec<u8>,
    /// Messages of the handshake that are not whole.
    handshake: Vec<u8>,
    keys: Option<Keys>,
    /// TLS 1.3: whether the handshake is over, so that the last keys hold.
    is_finished: bool,
}

/// What a segment held.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    /// What the application said.
    pub(crate) said: Vec<u8>,
    /// Descriptions of alerts, those that were encrypted too, without the goodbye.
    pub(crate) alerts: Vec<u8>,
}

impl Session {
    /// Takes the next bytes of a direction and gives what could be opened.
    pub(crate) fn take(&mut self, bytes: &[u8], is_server: bool, log: &KeyLog) -> Result<Opened, LockedBy> {
        let place = usize::from(is_server);
        let mut opened = Opened::default();
        let mut buffer = core::mem::take(&mut self.sides[place].bytes);
        buffer.extend_from_slice(bytes);
        let mut rest = &buffer[..];
        while let Some(([kind, major, minor, high, low], body)) = rest.split_first_chunk::<5>() {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            if !(20..=23).contains(kind) || *major != 3 || length > RECORD_BYTES_MAX {
                return Err(LockedBy::Broken);
            }
            let Some(body) = body.get(..length) else { break };
            rest = &rest[5 + length..];
            self.take_record([*kind, *major, *minor, *high, *low], body, place, log, &mut opened)?;
        }
        self.sides[place].bytes = rest.to_vec();
        Ok(opened)
    }

    fn take_record(
        &mut self,
        head: [u8; 5],
        body: &[u8],
        place: usize,
        log: &KeyLog,
        opened: &mut Opened,
    ) -> Result<(), LockedBy> {
        let is_13 = self.suite.is_some_and(Suite::is_13);
        match head[0] {
            CHANGE_CIPHER_SPEC if is_13 || self.suite.is_none() => return Ok(()),
            CHANGE_CIPHER_SPEC => return self.begin_12(place, log),
            // Under TLS 1.3 only what says that it is data is encrypted.
            APPLICATION_DATA if is_13 && self.sides[place].keys.is_none() => {
                self.begin_13(place, false, log)?
            }
            _ => {}
        }
        let is_protected = if is_13 { head[0] == APPLICATION_DATA } else { self.sides[place].keys.is_some() };
        if !is_protected {
            return self.take_content(head[0], body, place, log, opened);
        }
        let Some(keys) = &mut self.sides[place].keys else { return Err(LockedBy::Midway) };
        match keys.open(head, body) {
            Some((kind, content)) => self.take_content(kind, &content, place, log, opened),
            // What a client says before its handshake is over has keys of its own.
            None if is_13 && place == 0 && !self.sides[0].is_finished => Ok(()),
            None => Err(LockedBy::Broken),
        }
    }

    fn take_content(
        &mut self,
        kind: u8,
        content: &[u8],
        place: usize,
        log: &KeyLog,
        opened: &mut Opened,
    ) -> Result<(), LockedBy> {
        match (kind, content) {
            (HANDSHAKE, _) => return self.take_handshake(content, place, log),
            (ALERT, [_, description]) if *description != CLOSE_NOTIFY => opened.alerts.push(*description),
            (APPLICATION_DATA, _) if self.sides[place].keys.is_some() => {
                opened.said.extend_from_slice(content)
            }
            (APPLICATION_DATA, _) => return Err(LockedBy::Midway),
            _ => {}
        }
        Ok(())
    }

    fn take_handshake(&mut self, content: &[u8], place: usize, log: &KeyLog) -> Result<(), LockedBy> {
        let mut buffer = core::mem::take(&mut self.sides[place].handshake);
        buffer.extend_from_slice(content);
        let mut rest = &buffer[..];
        while let Some(([kind, a, b, c], body)) = rest.split_first_chunk::<4>() {
            let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
            if length > HANDSHAKE_BYTES_MAX {
                return Err(LockedBy::Broken);
            }
            let Some(body) = body.get(..length) else { break };
            rest = &rest[4 + length..];
            match *kind {
                CLIENT_HELLO => self.randoms[0] = random(body),
                SERVER_HELLO => self.take_server_hello(body)?,
                FINISHED if self.suite.is_some_and(Suite::is_13) => self.begin_13(place, true, log)?,
                KEY_UPDATE => {
                    let keys = self.sides[place].keys.as_ref().and_then(Keys::updated);
                    self.sides[place].keys = Some(keys.ok_or(LockedBy::Broken)?);
                }
                _ => {}
            }
        }
        self.sides[place].handshake = rest.to_vec();
        Ok(())
    }

    fn take_server_hello(&mut self, body: &[u8]) -> Result<(), LockedBy> {
        self.randoms[1] = random(body);
        if self.randoms[1] == Some(RETRY) {
            return Ok(());
        }
        let session = usize::from(*body.get(34).ok_or(LockedBy::Broken)?);
        let suite = body.get(35 + session..37 + session).ok_or(LockedBy::Broken)?;
        let number = u16::from_be_bytes([suite[0], suite[1]]);
        self.suite = Some(Suite::by_number(number).ok_or(LockedBy::Suite(number))?);
        Ok(())
    }

    /// The keys of the handshake, and behind it those of the application.
    fn begin_13(&mut self, place: usize, is_finished: bool, log: &KeyLog) -> Result<(), LockedBy> {
        let (Some(client), Some(suite)) = (&self.randoms[0], self.suite) else {
            return Err(LockedBy::Midway);
        };
        let secrets = log.of(client).ok_or(LockedBy::NoSecret)?;
        let secret = if is_finished { &secrets.traffic[place] } else { &secrets.handshake[place] };
        let keys = Keys::from_traffic(suite, secret).filter(|_| !secret.is_empty());
        self.sides[place].keys = Some(keys.ok_or(LockedBy::NoSecret)?);
        self.sides[place].is_finished = is_finished;
        Ok(())
    }

    fn begin_12(&mut self, place: usize, log: &KeyLog) -> Result<(), LockedBy> {
        let ([Some(client), Some(server)], Some(suite)) = (&self.randoms, self.suite) else {
            return Err(LockedBy::Midway);
        };
        let master = log.of(client).filter(|secrets| !secrets.master.is_empty()).ok_or(LockedBy::NoSecret)?;
        let keys = Keys::from_master(suite, &master.master, [client, server], place == 1);
        self.sides[place].keys = Some(keys.ok_or(LockedBy::NoSecret)?);
        Ok(())
    }
}

/// Whether the bytes may begin a connection over TLS: a record of the handshake with the first hello in it.
pub(crate) fn is_record(bytes: &[u8]) -> bool {
    matches!(bytes, [HANDSHAKE, 3, 0..=4, _, _, CLIENT_HELLO | SERVER_HELLO, ..])
}

fn random(hello: &[u8]) -> Option<[u8; 32]> {
    hello.get(2..34)?.try_into().ok()
}

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const FINISHED: u8 = 20;
const KEY_UPDATE: u8 = 24;
const CLOSE_NOTIFY: u8 = 0;
/// A record with what protection adds (RFC 5246 §6.2.3).
const RECORD_BYTES_MAX: usize = (1 << 14) + 2048;
/// Chains of certificates fit into it.
const HANDSHAKE_BYTES_MAX: usize = 1 << 16;
/// The random number of a server that asks for another hello (RFC 8446 §4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
