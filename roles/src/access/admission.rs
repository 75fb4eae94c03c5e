//! How much of whom is served: rates by source and by user, and bans.
//!
//! - A source is an address, or a network of 64 bits of IPv6, which one host has to itself.
//! - Requests of a source, requests of a user who proved to be one, and refusals sent to a source have a rate each.
//!   Refusals beyond theirs are withheld: what is sent to an address that somebody forged stays little.
//! - A source that does wrong too often is banned for a while: nothing of it is read. Only what its sender cannot have
//!   forged counts as wrong: an answer to a challenge that only this address got, or what came over a connection.
//!   So nobody can have another one banned.
//!
//! Rates are shared by all workers. A ban is found by one, which tells the others; bans are kept in memory, and a
//! restart forgets them.

use super::Denial;
use super::network::Network;
use super::rates::{Rate, Rates};
use core::net::IpAddr;
use core::sync::atomic::{AtomicU64, Ordering};
use ringback_sip::entropy::Seed;
use ringback_sip::flow::Flow;
use ringback_sip::journal::Cause;
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::time::{Duration, Instant};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most sources that are banned at once. The one whose ban ends first makes room.
pub const BANS_MAX: usize = 4096;

/// How much of whom is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionSettings {
    /// Requests of one source.
    pub source: Rate,
    /// Requests of one user.
    pub user: Rate,
    /// Refusals sent to one source.
    pub refusals: Rate,
    /// Strikes of one source before it is banned.
    pub strikes: Rate,
    /// How long it is banned; zero: nobody is banned but by the operator.
    pub ban: Duration,
    /// Who is neither limited nor banned.
    pub never: Vec<Network>,
}

impl Default for AdmissionSettings {
    fn default() -> Self {
        AdmissionSettings {
            source: Rate::new(2000, Duration::from_secs(2)),
            user: Rate::new(200, Duration::from_secs(4)),
            refusals: Rate::new(400, Duration::from_secs(4)),
            strikes: Rate::new(60, Duration::from_secs(600)),
            ban: Duration::from_secs(3600),
            never: Vec::new(),
        }
    }
}

/// What all workers share. Copies are one.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    rates: Rates,
    counts: Arc<Counts>,
}

/// Two are equal when they are one.
impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.counts, &other.counts)
    }
}

impl Eq for Shared {}

/// What was not served, counted.
#[derive(Debug, Default)]
struct Counts {
    banned: AtomicU64,
    withheld: AtomicU64,
}

impl Shared {
    /// How many messages of banned sources were dropped.
    pub fn messages_of_banned(&self) -> u64 {
        self.counts.banned.load(Ordering::Relaxed)
    }

    /// How many refusals were withheld.
    pub fn refusals_withheld(&self) -> u64 {
        self.counts.withheld.load(Ordering::Relaxed)
    }

    /// How many buckets are in use, for the check that all is bounded.
    pub fn buckets(&self, now: Instant) -> usize {
        self.rates.len(now)
    }
}

/// What a source did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It answered a challenge for a user who does not exist.
    UnknownUser,
    /// It answered a challenge with a wrong password.
    Password,
    /// It went on guessing when its guesses were not looked at any more.
    Guesses,
    /// It sent, over a connection, what is no SIP.
    Malformed,
    /// It asked, over a connection, for users who do not exist or for a relay.
    Search,
    /// It sent, over a connection, more than its rate.
    Flood,
}

impl Wrong {
    /// How many strikes it is. A phone with an old password does wrong too, and is no scanner.
    const fn strikes(self) -> u32 {
        match self {
            Wrong::UnknownUser => 3,
            Wrong::Guesses | Wrong::Malformed => 2,
            Wrong::Password | Wrong::Search | Wrong::Flood => 1,
        }
    }

    /// What a refusal says of a request that came over a connection.
    fn from_refusal(cause: &Cause) -> Option<Self> {
        Some(match cause {
            Cause::Malformed { .. } | Cause::Version => Wrong::Malformed,
            Cause::UnknownUser(_) | Cause::Relay(_) => Wrong::Search,
            Cause::TooOften => Wrong::Flood,
            _ => return None,
        })
    }

    fn cause(self, user: &[u8]) -> Cause {
        match self {
            Wrong::UnknownUser | Wrong::Password => Cause::WrongCredentials(user.into()),
            Wrong::Guesses => Cause::TooManyAttempts,
            Wrong::Malformed => Cause::Malformed { header: None, at: 0 },
            Wrong::Search => Cause::UnknownUser(user.into()),
            Wrong::Flood => Cause::TooOften,
        }
    }
}

/// A source that is not served until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// The source.
    pub source: Network,
    /// Until when.
    pub until: Instant,
    /// What it did last.
    pub cause: Cause,
}

/// What becomes of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It is sent.
    Sent,
    /// It is withheld, and the journal says so.
    Noted,
    /// It is withheld; the journal has said so of this source.
    Silent,
}

/// Decides how much of whom is served, for one worker.
#[derive(Debug)]
pub struct Admission {
    settings: AdmissionSettings,
    shared: Shared,
    key: Seed,
    bans: BTreeMap<Network, Instant>,
    fresh: Option<Ban>,
}

/// What a bucket is for.
#[derive(Clone, Copy, Debug)]
enum Bucket {
    Requests,
    User,
    Refusals,
    Strikes,
    Note,
}

impl Admission {
    /// Admission with no ban. `key` is the same for all workers.
    pub fn new(settings: AdmissionSettings, shared: Shared, key: Seed) -> Self {
        let key = key.derive(b"admission");
        Admission { settings, shared, key, bans: BTreeMap::new(), fresh: None }
    }

    /// Takes over other settings; bans and counts live on.
    pub fn reconfigure(&mut self, settings: AdmissionSettings) {
        self.settings = settings;
    }

    /// Whether a connection from this source is let in now.
    pub fn lets_in(&mut self, now: Instant, source: IpAddr) -> bool {
        if self.bans.is_empty() {
            return true;
        }
        let source = Network::of_source(source);
        match self.bans.get(&source) {
            None => true,
            Some(until) if *until <= now => {
                self.bans.remove(&source);
                true
            }
            Some(_) => false,
        }
    }

    /// Whether nothing of this source is read now; counts what is not.
    pub fn is_banned(&mut self, now: Instant, source: IpAddr) -> bool {
        let is_banned = !self.lets_in(now, source);
        if is_banned {
            // All workers write it: not even a nought is added to it for every message.
            self.shared.counts.banned.fetch_add(1, Ordering::Relaxed);
        }
        is_banned
    }

    /// Bans a source, whatever the settings say.
    pub fn ban(&mut self, source: Network, until: Instant) {
        if self.bans.len() >= BANS_MAX && !self.bans.contains_key(&source) {
            let first = self.bans.iter().min_by_key(|(source, until)| (**until, **source));
            if let Some(first) = first.map(|(source, _)| *source) {
                self.bans.remove(&first);
            }
        }
        self.bans.insert(source, until);
    }

    /// Lifts a ban, and forgets what it was for.
    pub fn lift(&mut self, source: &Network) {
        self.bans.remove(source);
        self.shared.rates.forget(self.key(Bucket::Strikes, *source, true, b""));
    }

    /// How many sources are banned.
    pub fn bans(&self) -> usize {
        self.bans.len()
    }

    /// A ban that was found here since the last call; the other workers do not know it yet.
    pub fn take_ban(&mut self) -> Option<Ban> {
        self.fresh.take()
    }

    /// Whether one more request of this source is served.
    ///
    /// # Errors
    /// 503 with Retry-After.
    pub fn admit_source(&self, now: Instant, flow: &Flow) -> Result<(), Denial> {
        self.admit(now, flow, Bucket::Requests, b"", self.settings.source)
    }

    /// Whether one more request of this user is served.
    ///
    /// # Errors
    /// 503 with Retry-After.
    pub fn admit_user(&self, now: Instant, flow: &Flow, user: &[u8]) -> Result<(), Denial> {
        self.admit(now, flow, Bucket::User, user, self.settings.user)
    }

    /// Whether a refusal is sent to where a request came from.
    pub fn refuse(&self, now: Instant, flow: &Flow) -> Sending {
        if self.takes(now, flow, Bucket::Refusals, b"", self.settings.refusals, 1) {
            return Sending::Sent;
        }
        self.shared.counts.withheld.fetch_add(1, Ordering::Relaxed);
        match self.takes(now, flow, Bucket::Note, b"", Rate::new(1, NOTE_EVERY), 1) {
            true => Sending::Noted,
            false => Sending::Silent,
        }
    }

    /// A request was refused for this cause.
    pub fn refused(&mut self, now: Instant, flow: &Flow, cause: &Cause) {
        if flow.transport.is_reliable()
            && let Some(wrong) = Wrong::from_refusal(cause)
        {
            self.strike(now, flow, wrong, b"");
        }
    }

    /// A source did wrong, and it was that source.
    pub fn strike(&mut self, now: Instant, flow: &Flow, wrong: Wrong, user: &[u8]) {
        let rate = self.settings.strikes;
        if self.settings.ban == Duration::ZERO
            || self.takes(now, flow, Bucket::Strikes, b"", rate, wrong.strikes())
        {
            return;
        }
        let source = Network::of_source(flow.remote_ip());
        let until = now + self.settings.ban;
        if self.bans.get(&source).is_none_or(|known| *known <= now) {
            self.ban(source, until);
            self.fresh = Some(Ban { source, until, cause: wrong.cause(user) });
        }
    }

    fn admit(
        &self,
        now: Instant,
        flow: &Flow,
        bucket: Bucket,
        user: &[u8],
        rate: Rate,
    ) -> Result<(), Denial> {
        if self.takes(now, flow, bucket, user, rate, 1) {
            return Ok(());
        }
        let denial = Denial::new(StatusCode::SERVICE_UNAVAILABLE, Cause::TooOften);
        Err(denial.with(HeaderName::RETRY_AFTER, RETRY_AFTER_SECS))
    }

    fn takes(&self, now: Instant, flow: &Flow, bucket: Bucket, user: &[u8], rate: Rate, cost: u32) -> bool {
        let source = flow.remote_ip();
        if self.settings.never.iter().any(|network| network.contains(source)) {
            return true;
        }
        let key = self.key(bucket, Network::of_source(source), flow.transport.is_reliable(), user);
        self.shared.rates.take(now, key, rate, cost)
    }

    /// The name of a bucket. Datagrams may bear a forged address, so who comes over a connection has a bucket of its own.
    fn key(&self, bucket: Bucket, source: Network, is_connected: bool, user: &[u8]) -> u64 {
        if let Bucket::User = bucket {
            return self.key.hash_of([&[bucket as u8], user]);
        }
        // Who did wrong is one, over a connection or not.
        let is_connected = is_connected && !matches!(bucket, Bucket::Strikes);
        let mut name = [0; 18];
        (name[0], name[1]) = (bucket as u8, is_connected.into());
        name[2..].copy_from_slice(&source.octets());
        self.key.hash_of([&name])
    }
}

/// When to ask again after too much: within it a bucket has something again.
const RETRY_AFTER_SECS: &str = "5";
/// How often the journal says that refusals to a source are withheld.
const NOTE_EVERY: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_sip::flow::Transport;

    const T0: Instant = Instant::from_unix_secs(1_700_000_000);

    fn admission(change: impl FnOnce(&mut AdmissionSettings)) -> Admission {
        let mut settings = AdmissionSettings::default();
        change(&mut settings);
        Admission::new(settings, Shared::default(), Seed::from_number(1))
    }

    fn flow(transport: Transport, remote: &str) -> Flow {
        let remote = core::net::SocketAddr::new(remote.parse().unwrap(), 5060);
        Flow { transport, local: "192.0.2.9:5060".parse().unwrap(), remote, connection: None, peer: None }
    }

    const GUESSER: &str = "198.51.100.1";

    #[test]
    fn a_source_that_goes_on_doing_wrong_is_banned_once_and_served_again_later() {
        let mut a = admission(|_| {});
        let from = flow(Transport::Udp, GUESSER);
        let bans: Vec<Ban> = (0..100)
            .filter_map(|_| {
                a.strike(T0, &from, Wrong::Password, b"alice");
                a.take_ban()
            })
            .collect();
        let source = Network::of_source(from.remote_ip());
        let cause = Cause::WrongCredentials(b"alice"[..].into());
        assert_eq!(bans, [Ban { source, until: T0 + Duration::from_secs(3600), cause }]);
        assert!(a.is_banned(T0, from.remote_ip()) && !a.is_banned(T0, "198.51.100.2".parse().unwrap()));
        assert_eq!(a.shared.messages_of_banned(), 1);
        assert!(!a.is_banned(T0 + Duration::from_secs(3600), from.remote_ip()));
        assert_eq!(a.bans(), 0);
    }

    #[test]
    fn a_lifted_ban_is_forgotten_with_what_it_was_for() {
        let mut a = admission(|_| {});
        let from = flow(Transport::Udp, GUESSER);
        let wrongs_to_ban = |a: &mut Admission| {
            (1..100).find(|_| {
                a.strike(T0, &from, Wrong::Password, b"alice");
                a.take_ban().is_some()
            })
        };
        assert_eq!(wrongs_to_ban(&mut a), Some(61));
        a.lift(&Network::of_source(from.remote_ip()));
        assert!(!a.is_banned(T0, from.remote_ip()));
        assert_eq!(wrongs_to_ban(&mut a), Some(61));
    }

    #[test]
    fn a_phone_with_an_old_password_is_not_banned() {
        let mut a = admission(|_| {});
        for n in 0..1000 {
            a.strike(
                T0 + Duration::from_secs(15 * n),
                &flow(Transport::Udp, GUESSER),
                Wrong::Password,
                b"alice",
            );
        }
        assert_eq!(a.bans(), 0);
    }

    #[test]
    fn what_can_be_forged_never_bans_and_the_same_over_a_connection_does() {
        for cause in
            [Cause::Malformed { header: None, at: 0 }, Cause::Relay(b"x"[..].into()), Cause::TooOften]
        {
            let mut a = admission(|_| {});
            for _ in 0..10_000 {
                a.refused(T0, &flow(Transport::Udp, GUESSER), &cause);
            }
            assert_eq!(a.bans(), 0, "{cause:?}");
            for _ in 0..100 {
                a.refused(T0, &flow(Transport::Tcp, GUESSER), &cause);
            }
            assert_eq!(a.bans(), 1, "{cause:?}");
        }
    }

    #[test]
    fn one_network_of_ipv6_is_one_source() {
        let mut a = admission(|_| {});
        for n in 0..100 {
            a.strike(T0, &flow(Transport::Udp, &format!("2001:db8:1:1::{n:x}")), Wrong::Password, b"");
        }
        assert!(a.is_banned(T0, "2001:db8:1:1:ffff::1".parse().unwrap()));
        assert!(!a.is_banned(T0, "2001:db8:1:2::1".parse().unwrap()));
        assert_eq!(a.take_ban().unwrap().source.to_string(), "2001:db8:1:1::/64");
    }

    #[test]
    fn who_shall_never_be_banned_is_not_and_a_zero_ban_bans_nobody() {
        for change in [
            (|s: &mut AdmissionSettings| s.never = vec!["198.51.100.0/24".parse().unwrap()]) as fn(&mut _),
            |s| s.ban = Duration::ZERO,
        ] {
            let mut a = admission(change);
            for _ in 0..1000 {
                a.strike(T0, &flow(Transport::Tcp, GUESSER), Wrong::Guesses, b"");
            }
            assert_eq!(a.bans(), 0);
        }
    }

    #[test]
    fn a_flood_of_forged_datagrams_leaves_the_connection_of_the_same_address_alone() {
        let a = admission(|_| {});
        let (forged, own) = (flow(Transport::Udp, GUESSER), flow(Transport::Tls, GUESSER));
        let sent: Vec<Sending> = (0..5000).map(|_| a.refuse(T0, &forged)).collect();
        let count = |what| sent.iter().filter(|s| **s == what).count();
        assert_eq!((count(Sending::Sent), count(Sending::Noted)), (400, 1), "and one line in the journal");
        assert_eq!(a.shared.refusals_withheld(), 4600);
        assert_eq!(a.refuse(T0, &own), Sending::Sent);
        while a.admit_source(T0, &forged).is_ok() {}
        assert!(a.admit_source(T0, &own).is_ok());
    }

    #[test]
    fn a_user_has_one_rate_wherever_he_is() {
        let a = admission(|s| s.user = Rate::new(3, Duration::from_secs(3)));
        let from = |n: u8| flow(Transport::Udp, &format!("192.0.2.{n}"));
        assert!((1..=3).all(|n| a.admit_user(T0, &from(n), b"alice").is_ok()));
        let denial = a.admit_user(T0, &from(4), b"alice").unwrap_err();
        assert_eq!((denial.status, denial.cause.id()), (StatusCode::SERVICE_UNAVAILABLE, "too-often"));
        assert_eq!(denial.headers.iter().next().unwrap().0, HeaderName::RETRY_AFTER);
        assert!(a.admit_user(T0, &from(4), b"bob").is_ok());
        assert!(a.admit_user(T0 + Duration::from_secs(1), &from(4), b"alice").is_ok());
    }

    #[test]
    fn bans_are_bounded_and_the_longest_stay() {
        let mut a = admission(|_| {});
        for n in 0..2 * BANS_MAX as u32 {
            a.ban(Network::of_source(IpAddr::from(n.to_be_bytes())), T0 + Duration::from_secs(u64::from(n)));
            assert!(a.bans() <= BANS_MAX);
        }
        assert!(a.is_banned(T0, IpAddr::from((2 * BANS_MAX as u32 - 1).to_be_bytes())));
    }
}
