//! The index of all bindings in memory, and the way of a change to disk and back.

use super::aor::Aor;
use super::apply::{Change, Outcome, Refusal, apply, refresh};
use super::binding::{Binding, Bindings};
use super::policy::{Operation, Policy, Register};
use ringback_sip::entropy::Seed;
use ringback_sip::time::{Duration, Instant};
use std::collections::HashMap;

/// Every address of record that has bindings. Readers see what is durable; changes that wait for their commit
/// are kept beside, so that the next REGISTER of the same address of record builds on them.
#[derive(Debug)]
pub struct Location {
    records: HashMap<Aor, Record, Seed>,
    bindings: usize,
    bindings_max: usize,
    chains: u64,
}

#[derive(Debug, Default)]
struct Record {
    durable: Bindings,
    waiting: Option<Box<Waiting>>,
}

/// Changes of one address of record on their way to disk.
#[derive(Debug)]
struct Waiting {
    /// Names this row of changes: each builds on the one before, so that one failure fails the rest.
    chain: u64,
    /// The bindings after the last of them.
    bindings: Bindings,
    /// How many there are.
    writes: u32,
}

/// What a REGISTER leads to.
#[derive(Debug)]
pub enum Effect {
    /// It is done, memory sufficed; these are the bindings.
    Done(Bindings),
    /// It is done when this has been written.
    After(Write),
}

/// A change to be written. After the attempt it goes back by [`Location::commit`] or [`Location::roll_back`].
#[derive(Debug)]
pub struct Write {
    /// Whose bindings.
    pub aor: Aor,
    /// The bindings after it.
    pub bindings: Bindings,
    /// The rows to write.
    pub changes: Vec<Change>,
    chain: u64,
}

/// No binding lasts longer: the longest lifetime of a configuration, a week, and what the store keeps beyond it.
const LEASE_MAX: Duration = Duration::from_secs(8 * 86_400);

impl Location {
    /// An empty index; `key` keeps peers from choosing colliding addresses of record.
    pub fn new(key: Seed, bindings_max: usize) -> Self {
        let records = HashMap::with_hasher(key.derive(b"location"));
        Location { records, bindings: 0, bindings_max, chains: 0 }
    }

    /// How many bindings there are, out-of-date ones that were not yet swept included.
    pub fn len(&self) -> usize {
        self.bindings
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bindings == 0
    }

    /// The durable bindings of an address of record.
    pub fn bindings(&self, aor: &Aor) -> Bindings {
        self.records.get(aor).map(|r| r.durable.clone()).unwrap_or_default()
    }

    /// Adds a binding that was read from the store, at its start. What would last longer than anybody was ever granted
    /// was stored while the clock was wrong: it is shortened to that.
    pub fn load(&mut self, now: Instant, aor: Aor, mut binding: Binding) {
        binding.expires = binding.expires.min(now + LEASE_MAX);
        let record = self.records.entry(aor).or_default();
        let all = record.durable.all().iter().cloned().chain([binding]);
        record.durable = Bindings::new(all);
        self.bindings += 1;
    }

    /// Applies a REGISTER.
    ///
    /// # Errors
    /// See [`Refusal`]; nothing has changed then.
    pub fn register(&mut self, register: Register, now: Instant, policy: &Policy) -> Result<Effect, Refusal> {
        let Register { aor, operation } = register;
        let none = Bindings::default();
        let mut record = self.records.get_mut(&aor);
        if let Some(record) = record.as_mut().filter(|record| record.waiting.is_none())
            && refresh(&mut record.durable, &operation, now, policy)
        {
            return Ok(Effect::Done(record.durable.clone()));
        }
        let current = match &record {
            Some(r) if operation == Operation::Query => return Ok(Effect::Done(r.durable.clone())),
            Some(r) => r.waiting.as_ref().map_or(&r.durable, |w| &w.bindings),
            None => &none,
        };
        let Outcome { bindings, changes } = apply(current, &operation, now, policy)?;
        let grows = bindings.all().len() > current.all().len();
        if grows && self.bindings >= self.bindings_max {
            return Err(Refusal::StoreFull);
        }
        let Some(record) = record else {
            if changes.is_empty() {
                return Ok(Effect::Done(bindings));
            }
            let record = self.records.entry(aor.clone()).or_default();
            return Ok(Effect::After(record.wait(&mut self.chains, aor, bindings, changes)));
        };
        if changes.is_empty() && record.waiting.is_none() {
            record.durable = bindings.clone();
            return Ok(Effect::Done(bindings));
        }
        Ok(Effect::After(record.wait(&mut self.chains, aor, bindings, changes)))
    }

    /// Whether what the write builds on is durable, or still waits before it: a write whose forerunner failed
    /// must not be made.
    pub fn is_valid(&self, write: &Write) -> bool {
        let waiting = self.records.get(&write.aor).and_then(|r| r.waiting.as_ref());
        waiting.is_some_and(|w| w.chain == write.chain)
    }

    /// The write is durable: readers see it from now on.
    pub fn commit(&mut self, write: &Write) {
        let Some(record) = self.records.get_mut(&write.aor) else { return };
        let Some(waiting) = record.waiting.as_mut().filter(|w| w.chain == write.chain) else { return };
        waiting.writes -= 1;
        if waiting.writes == 0 {
            record.waiting = None;
        }
        self.bindings = self.bindings + write.bindings.all().len() - record.durable.all().len();
        record.durable = write.bindings.clone();
        if record.durable.all().is_empty() && record.waiting.is_none() {
            self.records.remove(&write.aor);
        }
    }

    /// The write failed: what is durable counts, and whatever builds on the write is no longer valid.
    pub fn roll_back(&mut self, write: &Write) {
        let Some(record) = self.records.get_mut(&write.aor) else { return };
        if record.waiting.as_ref().is_some_and(|w| w.chain == write.chain) {
            record.waiting = None;
            if record.durable.all().is_empty() {
                self.records.remove(&write.aor);
            }
        }
    }

    /// Takes out what is out of date; the rows may be deleted at leisure. Addresses of record with a change on its way are
    /// left for the next time.
    pub fn expire(&mut self, now: Instant) -> Vec<(Aor, Binding)> {
        let mut expired = Vec::new();
        self.records.retain(|aor, record| {
            if record.waiting.is_some() {
                return true;
            }
            if record.durable.live(now).count() == record.durable.all().len() {
                return true;
            }
            let (live, dead): (Vec<_>, Vec<_>) =
                record.durable.all().iter().cloned().partition(|b| b.is_live(now));
            expired.extend(dead.into_iter().map(|b| (aor.clone(), b)));
            record.durable = Bindings::new(live);
            !record.durable.all().is_empty()
        });
        self.bindings -= expired.len();
        expired.sort_by(|(a, x), (b, y)| (a, x.contact()).cmp(&(b, y.contact())));
        expired
    }
}

impl Record {
    fn wait(&mut self, chains: &mut u64, aor: Aor, bindings: Bindings, changes: Vec<Change>) -> Write {
        let waiting = self.waiting.get_or_insert_with(|| {
            *chains += 1;
            Box::new(Waiting { chain: *chains, bindings: Bindings::default(), writes: 0 })
        });
        waiting.bindings = bindings.clone();
        waiting.writes += 1;
        Write { aor, bindings, changes, chain: waiting.chain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::{Candidate, Parts};
    use ringback_sip::flow::{Flow, Transport};

    const T0: Instant = Instant::from_unix_secs(1_700_000_000);

    fn location() -> Location {
        Location::new(Seed::from_number(1), 100)
    }

    fn aor(name: &str) -> Aor {
        Aor::from_canonical(name.as_bytes())
    }

    fn register(user: &str, contact: &str, cseq: u32, expires: u64) -> Register {
        let flow = Flow {
            transport: Transport::Udp,
            local: "192.0.2.9:5060".parse().unwrap(),
            remote: "198.51.100.7:5060".parse().unwrap(),
            connection: None,
            peer: None,
        };
        let parts = Parts { contact: contact.as_bytes(), call_id: b"c", ..Parts::default() };
        let candidate = Candidate::new(parts, flow, cseq, Some(Duration::from_secs(expires))).unwrap();
        Register { aor: aor(user), operation: Operation::Contacts([candidate].into_iter().collect()) }
    }

    fn ask(l: &mut Location, r: Register) -> Write {
        match l.register(r, T0, &Policy::default()) {
            Ok(Effect::After(write)) => write,
            other => panic!("{other:?}"),
        }
    }

    fn count(l: &Location, user: &str) -> usize {
        l.bindings(&aor(user)).all().len()
    }

    #[test]
    fn a_binding_is_seen_after_its_commit_only() {
        let mut l = location();
        let write = ask(&mut l, register("a@d", "sip:1@h", 1, 600));
        assert_eq!((count(&l, "a@d"), l.len()), (0, 0));
        assert!(l.is_valid(&write));
        l.commit(&write);
        assert_eq!((count(&l, "a@d"), l.len()), (1, 1));
    }

    #[test]
    fn requests_build_on_those_that_wait_before_them() {
        let mut l = location();
        let first = ask(&mut l, register("a@d", "sip:1@h", 1, 600));
        let second = ask(&mut l, register("a@d", "sip:2@h", 2, 600));
        assert_eq!(second.bindings.all().len(), 2);
        assert_eq!(
            l.register(register("a@d", "sip:2@h", 1, 600), T0, &Policy::default()).err(),
            Some(Refusal::Stale)
        );
        l.commit(&first);
        assert_eq!(count(&l, "a@d"), 1);
        l.commit(&second);
        assert_eq!((count(&l, "a@d"), l.len()), (2, 2));
    }

    #[test]
    fn a_retransmission_waits_for_the_commit_of_its_original() {
        let mut l = location();
        let first = ask(&mut l, register("a@d", "sip:1@h", 1, 600));
        let again = ask(&mut l, register("a@d", "sip:1@h", 1, 600));
        assert!(again.changes.is_empty());
        l.roll_back(&first);
        assert!(!l.is_valid(&again), "it must not be answered with 200");
    }

    #[test]
    fn one_failure_fails_what_builds_on_it_and_nothing_later() {
        let mut l = location();
        let durable = ask(&mut l, register("a@d", "sip:0@h", 1, 600));
        l.commit(&durable);
        let first = ask(&mut l, register("a@d", "sip:1@h", 2, 600));
        let second = ask(&mut l, register("a@d", "sip:2@h", 3, 600));
        l.roll_back(&first);
        let third = ask(&mut l, register("a@d", "sip:3@h", 4, 600));
        assert!(!l.is_valid(&second));
        l.roll_back(&second);
        assert!(l.is_valid(&third));
        l.commit(&third);
        let contacts: Vec<_> = l.bindings(&aor("a@d")).all().iter().map(|b| b.contact().to_vec()).collect();
        assert_eq!(contacts, [b"sip:0@h", b"sip:3@h"]);
    }

    #[test]
    fn memory_returns_to_nothing_after_removal_failure_and_expiry() {
        let mut l = location();
        let write = ask(&mut l, register("a@d", "sip:1@h", 1, 600));
        l.roll_back(&write);
        assert!(l.records.is_empty());
        for r in [register("a@d", "sip:1@h", 1, 600), register("a@d", "sip:1@h", 2, 0)] {
            let write = ask(&mut l, r);
            l.commit(&write);
        }
        assert!(l.records.is_empty() && l.is_empty());
        for r in [register("a@d", "sip:1@h", 1, 600), register("b@d", "sip:1@h", 1, 900)] {
            let write = ask(&mut l, r);
            l.commit(&write);
        }
        assert!(l.expire(T0).is_empty());
        let expired = l.expire(T0 + Duration::from_secs(600));
        assert_eq!(expired.iter().map(|(a, _)| a.to_string()).collect::<Vec<_>>(), ["a@d"]);
        assert_eq!((l.len(), l.records.len()), (1, 1));
    }

    #[test]
    fn a_binding_from_a_clock_that_was_years_ahead_ends_within_days() {
        let mut l = location();
        let write = ask(&mut l, register("a@d", "sip:1@h", 1, 600));
        l.commit(&write);
        let years = Duration::from_secs(10 * 365 * 86_400);
        let mut ghost = l.bindings(&aor("a@d")).all()[0].clone();
        (ghost.expires, ghost.lease) = (T0 + years, T0 + years);
        l.load(T0, aor("b@d"), ghost);
        assert!(l.expire(T0).is_empty(), "the clock may be wrong now: nobody is dropped at once");
        let ends = |l: &Location, user| l.bindings(&aor(user)).all()[0].expires;
        assert_eq!((ends(&l, "a@d"), ends(&l, "b@d")), (T0 + Duration::from_secs(600), T0 + LEASE_MAX));
        let expired = l.expire(T0 + LEASE_MAX);
        assert_eq!((expired.len(), l.len()), (2, 0));
    }

    #[test]
    fn the_whole_index_is_bounded() {
        let mut l = Location::new(Seed::from_number(1), 2);
        for user in ["a@d", "b@d"] {
            let write = ask(&mut l, register(user, "sip:1@h", 1, 600));
            l.commit(&write);
        }
        let refused = l.register(register("c@d", "sip:1@h", 1, 600), T0, &Policy::default());
        assert_eq!(refused.err(), Some(Refusal::StoreFull));
        assert!(l.register(register("a@d", "sip:1@h", 2, 600), T0, &Policy::default()).is_ok());
    }
}
