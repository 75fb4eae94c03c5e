//! The index in memory, in parts that are locked apart from each other, and what was counted.

use super::error::StoreError;
use super::{events, schema, watchers};
use ringback_roles::event::{Board, Calls, Leg, Resource};
use ringback_roles::location::{Aor, Location, Policy};
use ringback_roles::store::{Answer, Secrets};
use ringback_sip::entropy::Seed;
use ringback_sip::journal::Entry;
use ringback_sip::registry::EventPackage;
use ringback_sip::time::Instant;
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How the store works.
#[derive(Clone)]
pub struct StoreSettings {
    /// What a REGISTER is granted.
    pub policy: Policy,
    /// Keys the maps, so that peers cannot choose colliding keys.
    pub seed: Seed,
    /// Most bindings in all.
    pub bindings_max: usize,
    /// Most publications in all.
    pub publications_max: usize,
    /// Most pages (of 4096 bytes) that the database may have; `None` for as many as the disk holds.
    pub pages_max: Option<u32>,
    /// The time.
    pub clock: Arc<dyn Fn() -> Instant + Send + Sync>,
    /// Where facts go that no answer carries: bindings that expired, a disk that fails.
    pub journal: Arc<dyn Fn(Entry) + Send + Sync>,
}

impl StoreSettings {
    /// The usual settings with this seed and clock, and a journal that nobody reads.
    pub fn new(seed: Seed, clock: Arc<dyn Fn() -> Instant + Send + Sync>) -> Self {
        StoreSettings {
            policy: Policy::default(),
            seed,
            bindings_max: 1 << 23,
            publications_max: 1 << 20,
            pages_max: None,
            clock,
            journal: Arc::new(|_| {}),
        }
    }
}

impl std::fmt::Debug for StoreSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreSettings").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// What the store has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Bindings in memory.
    pub bindings: usize,
    /// Publications in memory.
    pub publications: usize,
    /// Subscriptions that are kept.
    pub subscriptions: usize,
    /// Changes that wait for the disk.
    pub waiting: usize,
    /// REGISTERs that memory alone could answer.
    pub absorbed: u64,
    /// REGISTERs that were answered after a commit.
    pub written: u64,
    /// Commits.
    pub commits: u64,
    /// Attempts to commit that failed.
    pub failures: u64,
}

/// What the callers and the writer share.
pub(super) struct Shared {
    pub(super) policy: Policy,
    pub(super) key: Seed,
    shards: Box<[Part]>,
    events: Mutex<Board<events::Watch>>,
    /// How many standing questions are about bindings: while there is none, a REGISTER is told to nobody.
    registrations_watched: AtomicUsize,
    /// The calls of users, in as many parts as the bindings.
    calls: Box<[CallsPart]>,
    pub(super) waiting: AtomicUsize,
    pub(super) written: AtomicU64,
    pub(super) commits: AtomicU64,
    pub(super) failures: AtomicU64,
}

impl Shared {
    pub(super) fn new(settings: &StoreSettings) -> Self {
        let per_shard = settings.bindings_max.div_ceil(SHARDS);
        let key = settings.seed.derive(b"store");
        Shared {
            policy: settings.policy,
            key,
            shards: (0..SHARDS).map(|_| Part(Mutex::new(Shard::new(key, per_shard)))).collect(),
            // Entity tags of another start shall not come again.
            events: Mutex::new(Board::new(
                key.derive(&(settings.clock)().unix_micros().to_le_bytes()),
                settings.publications_max,
            )),
            registrations_watched: AtomicUsize::new(0),
            calls: (0..SHARDS).map(|_| CallsPart::default()).collect(),
            waiting: AtomicUsize::new(0),
            written: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        }
    }

    pub(super) fn shard(&self, aor: &Aor) -> MutexGuard<'_, Shard> {
        self.lock(self.shard_of(aor))
    }

    fn shard_of(&self, aor: &Aor) -> usize {
        self.key.hash_one(aor) as usize % SHARDS
    }

    pub(super) fn lock(&self, index: usize) -> MutexGuard<'_, Shard> {
        self.shards[index].0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn bindings(&self, now: Instant, aor: &Aor) -> Answer {
        let shard = self.shard(aor);
        let bindings = shard.location.bindings(aor);
        let is_user = bindings.live(now).next().is_some() || shard.users.contains_key(aor);
        Answer::Bindings { is_user, bindings }
    }

    pub(super) fn is_user(&self, aor: &Aor) -> bool {
        self.shard(aor).users.contains_key(aor)
    }

    pub(super) fn events(&self) -> MutexGuard<'_, Board<events::Watch>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody who watches one of these resources. No part of the index may be locked: the state is read and
    /// told under the lock of the board, so that what is told last is the latest.
    pub(super) fn tell(&self, changed: &[Resource]) {
        for resource in changed {
            let board = self.events();
            let watches = board.watches(resource);
            if watches.is_empty() {
                continue;
            }
            let answer = self.state(&board, resource);
            for (ticket, replies) in watches {
                replies.send(*ticket, answer.clone());
            }
        }
    }

    /// The bindings of an address of record are others now.
    pub(super) fn tell_bound(&self, aor: &Aor) {
        if self.is_bound_watched() {
            self.tell(&[Resource { aor: aor.clone(), package: EventPackage::REGISTRATION }]);
        }
    }

    /// Whether anybody watches any bindings.
    pub(super) fn is_bound_watched(&self) -> bool {
        self.registrations_watched.load(Ordering::Relaxed) > 0
    }

    /// A call of a user is so now, or is over. The lock of the board is taken only where somebody watches: who comes
    /// to watch is counted before it reads the calls, so it either finds this one or is told of it.
    pub(super) fn set_leg(&self, aor: Aor, id: u64, leg: Option<Leg>) {
        let part = &self.calls[self.shard_of(&aor)];
        let changes = part.lock().set(&aor, id, leg);
        if changes && part.watched.load(Ordering::Relaxed) > 0 {
            self.tell(&[Resource { aor, package: EventPackage::DIALOG }]);
        }
    }

    /// How many standing questions there are about what this one is about, where that is counted.
    fn watched(&self, resource: &Resource) -> Option<&AtomicUsize> {
        match resource.package {
            EventPackage::REGISTRATION => Some(&self.registrations_watched),
            EventPackage::DIALOG => Some(&self.calls[self.shard_of(&resource.aor)].watched),
            _ => None,
        }
    }

    /// Asks a standing question; gives the state as it is.
    pub(super) fn watch(&self, resource: Resource, watch: events::Watch) -> Answer {
        if let Some(watched) = self.watched(&resource) {
            watched.fetch_add(1, Ordering::Relaxed);
        }
        let mut board = self.events();
        board.watch(resource.clone(), watch);
        self.state(&board, &resource)
    }

    /// Ends a standing question.
    pub(super) fn unwatch(&self, resource: &Resource, is_it: impl Fn(&events::Watch) -> bool) {
        if self.events().unwatch(resource, is_it)
            && let Some(watched) = self.watched(resource)
        {
            watched.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn state(&self, board: &Board<events::Watch>, resource: &Resource) -> Answer {
        let is_user = self.is_user(&resource.aor);
        let legs = |aor: &Aor| self.calls[self.shard_of(aor)].lock().of(aor);
        Answer::State {
            is_user,
            state: board.state(resource, |aor| self.shard(aor).location.bindings(aor), legs),
        }
    }

    /// Reads all accounts; gives those that are gone, or have another password: another user may have the name now.
    pub(super) fn load_users(&self, connection: &rusqlite::Connection) -> Result<BTreeSet<Aor>, StoreError> {
        let mut fresh: Vec<_> = (0..SHARDS).map(|_| no_users(self.key)).collect();
        schema::load_users(connection, |user, secrets| {
            fresh[self.shard_of(&user)].insert(user, secrets);
        })?;
        let mut gone = BTreeSet::new();
        for (index, fresh) in fresh.into_iter().enumerate() {
            let mut shard = self.lock(index);
            let before = std::mem::replace(&mut shard.users, fresh).into_iter();
            let is_gone = |(user, secrets): &(Aor, Secrets)| shard.users.get(user) != Some(secrets);
            gone.extend(before.filter(is_gone).map(|(user, _)| user));
        }
        Ok(gone)
    }

    /// The names of all accounts, in no order.
    pub(super) fn users(&self) -> Vec<Aor> {
        (0..SHARDS).flat_map(|index| self.lock(index).users.keys().cloned().collect::<Vec<_>>()).collect()
    }

    /// Takes over what users decided about watchers, and tells whom it concerns.
    pub(super) fn load_rules(&self, connection: &rusqlite::Connection) -> Result<(), StoreError> {
        let changed = self.events().set_rules(watchers::load(connection)?);
        self.tell(&changed);
        Ok(())
    }

    /// What the store has done since it was opened.
    pub(super) fn figures(&self) -> Figures {
        let s = self;
        let (bindings, absorbed) = (0..SHARDS)
            .map(|index| s.lock(index))
            .fold((0, 0), |(b, a), shard| (b + shard.location.len(), a + shard.absorbed));
        // One look: the lock cannot be taken twice.
        let (publications, subscriptions) = {
            let board = s.events();
            (board.len(), board.subscriptions())
        };
        Figures {
            bindings,
            publications,
            subscriptions,
            waiting: s.waiting.load(Ordering::Relaxed),
            absorbed,
            written: s.written.load(Ordering::Relaxed),
            commits: s.commits.load(Ordering::Relaxed),
            failures: s.failures.load(Ordering::Relaxed),
        }
    }
}

/// A part of the index and its lock, in memory that they share with no other part: workers that write to neighbours would
/// wait for each other's caches.
#[repr(align(128))]
struct Part(Mutex<Shard>);

/// What belongs to some addresses of record. It lies as it stands: what a refresh writes is next to the lock.
#[repr(C)]
pub(super) struct Shard {
    /// REGISTERs that were answered from memory.
    pub(super) absorbed: u64,
    pub(super) location: Location,
    pub(super) users: HashMap<Aor, Secrets, Seed>,
}

impl Shard {
    fn new(key: Seed, bindings_max: usize) -> Self {
        Shard { absorbed: 0, location: Location::new(key, bindings_max), users: no_users(key) }
    }
}

fn no_users(key: Seed) -> HashMap<Aor, Secrets, Seed> {
    HashMap::with_hasher(key.derive(b"users"))
}

/// Some users' calls, and how many standing questions there are about those.
#[derive(Default)]
struct CallsPart {
    calls: Mutex<Calls>,
    watched: AtomicUsize,
}

impl CallsPart {
    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many parts of the index are locked apart from each other.
pub(super) const SHARDS: usize = 64;
