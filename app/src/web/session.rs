//! Who is signed in, and who tries to be: sessions in memory, with an end, and attempts that are counted by source.

use super::keys::{Keys, digest, hex, random};
use ringback_sip::time::{Duration, Instant};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Everybody who is signed in. A restart signs all out.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    content: Mutex<Content>,
}

#[derive(Debug, Default)]
struct Content {
    /// By the digest of what the browser holds.
    sessions: HashMap<[u8; 32], Session>,
    attempts: HashMap<IpAddr, Attempts>,
}

struct Session {
    name: String,
    /// The hash of the password with which it began: another password ends it.
    hash: String,
    csrf: String,
    begin: Instant,
    seen: Instant,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({})", self.name)
    }
}

#[derive(Clone, Copy, Debug)]
struct Attempts {
    count: u32,
    until: Instant,
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignedIn {
    pub(super) name: String,
    /// What a form must bring along to prove that it is a form of ours.
    pub(super) csrf: String,
}

impl Sessions {
    /// Begins a session of an account; gives what the browser is to hold.
    pub(super) fn begin(&self, now: Instant, name: &str, hash: &str) -> io::Result<String> {
        let (secret, csrf) = (hex(&random()?), hex(&random()?));
        let session = Session { name: name.to_owned(), hash: hash.to_owned(), csrf, begin: now, seen: now };
        let mut content = self.lock();
        content.sessions.retain(|_, session| session.is_alive(now));
        if content.sessions.len() >= SESSIONS_MAX {
            let longest_idle = content.sessions.iter().min_by_key(|(_, session)| session.seen);
            if let Some(id) = longest_idle.map(|(id, _)| *id) {
                content.sessions.remove(&id);
            }
        }
        content.sessions.insert(digest(&secret), session);
        Ok(secret)
    }

    /// Whose session it is, if it lives and the account is as it was.
    pub(super) fn find(&self, now: Instant, secret: &str, keys: &Keys) -> Option<SignedIn> {
        let id = digest(secret);
        let mut content = self.lock();
        let session = content.sessions.get_mut(&id)?;
        let is_same =
            |account: &super::keys::Account| account.name == session.name && account.hash == session.hash;
        if !session.is_alive(now) || !keys.accounts.iter().any(is_same) {
            content.sessions.remove(&id);
            return None;
        }
        session.seen = now;
        Some(SignedIn { name: session.name.clone(), csrf: session.csrf.clone() })
    }

    /// Ends a session.
    pub(super) fn end(&self, secret: &str) {
        self.lock().sessions.remove(&digest(secret));
    }

    /// Counts an attempt to sign in; gives for how long the source must wait when it made too many.
    pub(super) fn attempt(&self, now: Instant, source: IpAddr) -> Result<(), Duration> {
        let mut content = self.lock();
        content.attempts.retain(|_, attempts| attempts.until > now);
        let source = network(source);
        if content.attempts.len() >= SOURCES_MAX && !content.attempts.contains_key(&source) {
            // So many sources at once guess together: all wait.
            return Err(ATTEMPTS_TIME);
        }
        let attempts =
            content.attempts.entry(source).or_insert(Attempts { count: 0, until: now + ATTEMPTS_TIME });
        attempts.count += 1;
        if attempts.count > ATTEMPTS_MAX { Err(attempts.until.since(now)) } else { Ok(()) }
    }

    /// An attempt succeeded: those before it are forgiven.
    pub(super) fn forgive(&self, source: IpAddr) {
        self.lock().attempts.remove(&network(source));
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn is_alive(&self, now: Instant) -> bool {
        now.since(self.seen) < IDLE_TIME && now.since(self.begin) < SESSION_TIME
    }
}

/// An address, of IPv6 its /64: who has one has all of it.
fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        ip => ip,
    }
}

/// Most sessions; the one that was idle longest makes room.
const SESSIONS_MAX: usize = 200;
/// How long a session lives without a request.
const IDLE_TIME: Duration = Duration::from_secs(3600);
/// How long a session lives.
pub(super) const SESSION_TIME: Duration = Duration::from_secs(12 * 3600);
/// Attempts of a source within [`ATTEMPTS_TIME`].
const ATTEMPTS_MAX: u32 = 5;
const ATTEMPTS_TIME: Duration = Duration::from_secs(300);
/// Sources whose attempts are counted at once.
const SOURCES_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::keys::Account;

    fn at(secs: u64) -> Instant {
        Instant::from_unix_secs(1_000_000 + secs)
    }

    fn keys(hash: &str) -> Keys {
        Keys { accounts: vec![Account { name: "admin".into(), hash: hash.into() }], tokens: Vec::new() }
    }

    #[test]
    fn a_session_ends_when_idle_when_old_and_when_the_password_changes() {
        let sessions = Sessions::default();
        let begin = || sessions.begin(at(0), "admin", "h").unwrap();
        let secret = begin();
        assert_eq!(sessions.find(at(10), &secret, &keys("h")).unwrap().name, "admin");
        assert!(sessions.find(at(10), "other", &keys("h")).is_none());
        assert!(sessions.find(at(10 + 3600), &secret, &keys("h")).is_none(), "idle");
        let secret = begin();
        for hour in 0..23 {
            let lives = sessions.find(at(hour * 1800 + 1), &secret, &keys("h")).is_some();
            assert!(lives, "{hour}");
        }
        assert!(sessions.find(at(12 * 3600), &secret, &keys("h")).is_none(), "old");
        let secret = begin();
        assert!(sessions.find(at(1), &secret, &keys("other")).is_none(), "changed");
        let secret = begin();
        sessions.end(&secret);
        assert!(sessions.find(at(1), &secret, &keys("h")).is_none(), "ended");
    }

    #[test]
    fn sessions_and_sources_are_bounded() {
        let sessions = Sessions::default();
        for secs in 0..SESSIONS_MAX as u64 + 5 {
            sessions.begin(at(secs), "admin", "h").unwrap();
        }
        assert_eq!(sessions.lock().sessions.len(), SESSIONS_MAX);
        for n in 0..SOURCES_MAX as u32 {
            let source = IpAddr::from(n.to_be_bytes());
            assert!(sessions.attempt(at(0), source).is_ok());
        }
        assert!(sessions.attempt(at(0), "192.0.2.1".parse().unwrap()).is_err());
        assert!(sessions.attempt(at(301), "192.0.2.1".parse().unwrap()).is_ok());
    }

    #[test]
    fn a_source_that_guesses_waits_and_one_that_knows_is_forgiven() {
        let sessions = Sessions::default();
        let (guesser, neighbour): (IpAddr, IpAddr) =
            ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
        for _ in 0..ATTEMPTS_MAX {
            assert!(sessions.attempt(at(0), guesser).is_ok());
        }
        assert_eq!(sessions.attempt(at(60), neighbour), Err(Duration::from_secs(240)));
        sessions.forgive(guesser);
        assert!(sessions.attempt(at(61), neighbour).is_ok());
    }
}
