//! A durable store in memory, with the crash semantics of the real one: what was acknowledged is there after a
//! crash, what was not may be lost, and what memory alone knew (refreshes inside the lease) is forgotten.

use ringback_roles::location::{Aor, Binding, Bindings, Change, Effect, Location, Policy, Refusal, Register};
use ringback_roles::store::{Answer, Ask, EventMemory, Known, Registered, Secrets};
use ringback_sip::entropy::Seed;
use ringback_sip::node::Ticket;
use ringback_sip::time::Instant;
use std::collections::BTreeMap;

/// The store of one simulated machine. It outlives the node; [`MemoryStore::crash`] is what a crash does to it.
#[derive(Debug)]
pub struct MemoryStore {
    policy: Policy,
    key: Seed,
    location: Location,
    /// The disk: a row for each binding, by address of record and contact.
    disk: BTreeMap<(Aor, Vec<u8>), Binding>,
    users: BTreeMap<Aor, Secrets>,
    /// Publications and subscriptions.
    pub events: EventMemory,
    /// Answers to standing questions that wait to be told.
    news: Vec<(Ticket, Answer)>,
    failures: u32,
    writes: u64,
}

impl MemoryStore {
    /// An empty store; the order of nothing it tells depends on `key`.
    pub fn new(policy: Policy, key: Seed) -> Self {
        MemoryStore {
            policy,
            key,
            location: Location::new(key, BINDINGS_MAX),
            disk: BTreeMap::new(),
            users: BTreeMap::new(),
            events: EventMemory::new(key),
            news: Vec::new(),
            failures: 0,
            writes: 0,
        }
    }

    /// Adds an account.
    #[must_use]
    pub fn with_user(mut self, user: &str, password: &str) -> Self {
        let user = Aor::from_canonical(user.as_bytes());
        let secrets = Secrets::from_password(&user, password.as_bytes());
        self.users.insert(user, secrets);
        self
    }

    /// Lets the next `count` attempts to write fail.
    pub fn fail_next(&mut self, count: u32) {
        self.failures = count;
    }

    /// How many REGISTERs were written to the disk.
    pub fn writes(&self) -> u64 {
        self.writes
    }

    /// How many bindings memory holds.
    pub fn len(&self) -> usize {
        self.location.len()
    }

    /// Whether memory holds no binding.
    pub fn is_empty(&self) -> bool {
        self.location.is_empty()
    }

    /// The machine crashed and starts again at `now`: memory is what the disk has.
    pub fn crash(&mut self, now: Instant) {
        self.location = Location::new(self.key, BINDINGS_MAX);
        self.events.restart();
        self.news.clear();
        self.disk.retain(|_, binding| binding.lease > now);
        for ((aor, _), binding) in &self.disk {
            let mut binding = binding.clone();
            // What was granted last is not known any more, only that the lease covers it.
            binding.expires = binding.lease;
            binding.flow.connection = None;
            self.location.load(now, aor.clone(), binding);
        }
    }

    /// Answers a question. What the answer says is durable.
    pub fn ask(&mut self, now: Instant, ask: Ask) -> Answer {
        self.expire(now);
        match ask {
            Ask::Register(register) => {
                let aor = register.aor.clone();
                let answer = Answer::Registered(self.register(now, register));
                self.tell_bound(&aor);
                answer
            }
            Ask::Bindings(aor) => {
                Answer::Bindings { is_user: self.users.contains_key(&aor), bindings: self.bindings(&aor) }
            }
            Ask::Secret { user, hash } => Answer::Secret(self.users.get(&user).map(|s| s.of(hash))),
            other => self.ask_with(now, Ticket(0), other).unwrap_or(Answer::Kept(Ok(()))),
        }
    }

    /// Answers a question, also a standing one: the answers to others that this brings about are news.
    pub fn ask_with(&mut self, now: Instant, ticket: Ticket, ask: Ask) -> Option<Answer> {
        let (users, location) = (&self.users, &self.location);
        match self.events.ask(now, ticket, ask, |aor| known(users, location, aor)) {
            Err(other) => Some(self.ask(now, *other)),
            Ok(answers) => {
                let (own, news): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(t, _)| *t == ticket);
                self.news.extend(news);
                own.into_iter().next().map(|(_, answer)| answer)
            }
        }
    }

    /// What has changed for who asked a standing question.
    pub fn news(&mut self, now: Instant) -> Vec<(Ticket, Answer)> {
        self.expire(now);
        let (users, location) = (&self.users, &self.location);
        let expired = self.events.expire(now, |aor| known(users, location, aor));
        self.news.extend(expired);
        core::mem::take(&mut self.news)
    }

    /// When something runs out of which somebody must be told.
    pub fn deadline(&self) -> Option<Instant> {
        let bound = self.events.registrations().map(|aor| self.bindings(aor));
        let expires = bound.filter_map(|bindings| bindings.all().iter().map(|b| b.expires).min()).min();
        [expires, self.events.deadline()].into_iter().flatten().min()
    }

    fn expire(&mut self, now: Instant) {
        for (aor, binding) in self.location.expire(now) {
            self.tell_bound(&aor);
            self.disk.remove(&(aor, binding.contact().to_vec()));
        }
    }

    fn tell_bound(&mut self, aor: &Aor) {
        let (users, location) = (&self.users, &self.location);
        self.news.extend(self.events.bound(aor, |aor| known(users, location, aor)));
    }

    /// The bindings of an address of record, for a checker.
    pub fn bindings(&self, aor: &Aor) -> Bindings {
        self.location.bindings(aor)
    }

    fn register(&mut self, now: Instant, register: Register) -> Result<Registered, Refusal> {
        let write = match self.location.register(register, now, &self.policy)? {
            Effect::Done(bindings) => return Ok(Registered { bindings, changes: Vec::new() }),
            Effect::After(write) => write,
        };
        if self.failures > 0 {
            self.failures -= 1;
            self.location.roll_back(&write);
            return Err(Refusal::NotDurable);
        }
        for change in &write.changes {
            let row = (write.aor.clone(), change.binding().contact().to_vec());
            match change {
                Change::Put(binding, _) => self.disk.insert(row, binding.clone()),
                Change::Remove(_) => self.disk.remove(&row),
            };
        }
        self.writes += 1;
        self.location.commit(&write);
        Ok(Registered { bindings: write.bindings, changes: write.changes })
    }
}

fn known(users: &BTreeMap<Aor, Secrets>, location: &Location, aor: &Aor) -> Known {
    Known { is_user: users.contains_key(aor), bindings: location.bindings(aor) }
}

/// Most bindings of a simulated store.
const BINDINGS_MAX: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use ringback_roles::location::{Candidate, Operation, Parts};
    use ringback_sip::flow::{Flow, Transport};
    use ringback_sip::time::Duration;

    const T0: Instant = Instant::from_unix_secs(1_700_000_000);

    fn register(s: &mut MemoryStore, now: Instant, cseq: u32, expires: u64) -> Result<usize, Refusal> {
        let flow = Flow {
            transport: Transport::Udp,
            local: "192.0.2.9:5060".parse().unwrap(),
            remote: "198.51.100.7:5060".parse().unwrap(),
            connection: None,
            peer: None,
        };
        let parts = Parts { contact: b"sip:a@h", call_id: b"c", ..Parts::default() };
        let candidate = Candidate::new(parts, flow, cseq, Some(Duration::from_secs(expires))).unwrap();
        let operation = Operation::Contacts([candidate].into_iter().collect());
        match s.ask(now, Ask::Register(Register { aor: aor(), operation })) {
            Answer::Registered(result) => result.map(|r| r.bindings.live(now).count()),
            other => panic!("{other:?}"),
        }
    }

    fn aor() -> Aor {
        Aor::from_canonical(b"a@d")
    }

    fn live(s: &MemoryStore, now: Instant) -> usize {
        s.bindings(&aor()).live(now).count()
    }

    #[test]
    fn a_crash_keeps_what_was_acknowledged_until_its_lease_ends() {
        let mut s = MemoryStore::new(Policy::default(), Seed::from_number(1));
        assert_eq!(register(&mut s, T0, 1, 600), Ok(1));
        assert_eq!(register(&mut s, T0 + Duration::from_secs(500), 2, 600), Ok(1));
        assert_eq!(s.writes(), 1, "the refresh stayed in memory");
        let then = T0 + Duration::from_secs(1099);
        s.crash(then);
        assert_eq!(live(&s, then), 1);
        s.crash(T0 + Duration::from_secs(2401));
        assert!(s.is_empty());
    }

    #[test]
    fn a_failed_write_is_told_and_leaves_nothing() {
        let mut s = MemoryStore::new(Policy::default(), Seed::from_number(1));
        s.fail_next(1);
        assert_eq!(register(&mut s, T0, 1, 600), Err(Refusal::NotDurable));
        assert_eq!(live(&s, T0), 0);
        s.crash(T0);
        assert_eq!(live(&s, T0), 0);
        assert_eq!(register(&mut s, T0, 2, 600), Ok(1));
        assert_eq!(register(&mut s, T0, 3, 0), Ok(0));
        s.crash(T0);
        assert_eq!(live(&s, T0), 0, "a removal is durable too");
    }
}
