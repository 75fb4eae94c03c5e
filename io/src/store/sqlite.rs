//! The store's handle: what can be answered from memory, and what goes to the writer.

use super::checkpoint::Checkpointer;
use super::error::StoreError;
use super::events::{self, Work};
use super::schema;
use super::shared::{Figures, Shared, StoreSettings};
use super::writer::{Change, Job, Writer, data_version};
use crate::driver::{Replies, StoreHandle};
use ringback_roles::event;
use ringback_roles::location::{Effect, Operation, Refusal};
use ringback_roles::store::{Answer, Ask, Registered};
use ringback_sip::node::Ticket;
use ringback_sip::time::Instant;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Most changes that may wait for the disk; more are refused (503).
pub const WRITES_WAITING_MAX: usize = 1 << 16;

/// The store. Clones share everything; when the last one goes, what waits is written and the files are closed.
#[derive(Clone)]
pub struct Store {
    pub(super) shared: Arc<Shared>,
    threads: Arc<Threads>,
}

/// The threads, ended and waited for when the last handle goes: first the writer, then the checkpointer.
struct Threads {
    writer: Writer,
    _checkpointer: Checkpointer,
    _lock: schema::Lock,
}

impl Store {
    /// Opens the store in `folder`, which is made when it does not exist, and reads what is there.
    ///
    /// # Errors
    /// See [`StoreError`]; above all, another process may serve from this folder.
    pub fn open(folder: &Path, settings: StoreSettings) -> Result<Self, StoreError> {
        let lock = schema::Lock::take(folder)?;
        let path = schema::database(folder);
        let connection = schema::connect(&path)?;
        if let Some(pages) = settings.pages_max {
            connection.pragma_update(None, "max_page_count", pages)?;
        }
        let version = data_version(&connection);
        let shared = Arc::new(Shared::new(&settings));
        let now = (settings.clock)();
        schema::load_bindings(&connection, now, |aor, binding| {
            shared.shard(&aor).location.load(now, aor, binding);
        })?;
        events::load_publications(&connection, now, None, |resource, publication| {
            shared.events().load(resource, publication);
        })?;
        events::load_subscriptions(&connection, now, |kept| {
            shared.events().keep(&kept);
        })?;
        shared.load_users(&connection)?;
        shared.load_rules(&connection)?;
        let checkpointer = Checkpointer::start(&path)?;
        let writer = Writer::start(connection, version, Arc::clone(&shared), settings, checkpointer.bell())?;
        Ok(Store { shared, threads: Arc::new(Threads { writer, _checkpointer: checkpointer, _lock: lock }) })
    }

    /// Answers at once when memory suffices; else the answer goes to `replies`, after the commit.
    pub fn ask(&self, now: Instant, ticket: Ticket, ask: Ask, replies: &Replies<Answer>) -> Option<Answer> {
        match ask {
            Ask::Bindings(aor) => Some(self.shared.bindings(now, &aor)),
            Ask::Secret { user, hash } => {
                let shard = self.shared.shard(&user);
                Some(Answer::Secret(shard.users.get(&user).map(|secrets| secrets.of(hash))))
            }
            Ask::Register(register) => {
                let query = register.operation == Operation::Query;
                if !query && self.shared.waiting.load(Ordering::Relaxed) >= WRITES_WAITING_MAX {
                    return Some(Answer::Registered(Err(Refusal::StoreBusy)));
                }
                let mut shard = self.shared.shard(&register.aor);
                let watched = self.shared.is_bound_watched().then(|| register.aor.clone());
                match shard.location.register(register, now, &self.shared.policy) {
                    Err(refusal) => Some(Answer::Registered(Err(refusal))),
                    Ok(Effect::Done(bindings)) => {
                        shard.absorbed += u64::from(!query);
                        drop(shard);
                        if let Some(aor) = watched.filter(|_| !query) {
                            self.shared.tell_bound(&aor);
                        }
                        Some(Answer::Registered(Ok(Registered { bindings, changes: Vec::new() })))
                    }
                    Ok(Effect::After(write)) => {
                        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
                        // Sent under the lock of the shard: writes of one address of record keep their order.
                        let job = Job { change: Change::Bindings(write), ticket, replies: replies.clone() };
                        self.threads.writer.send(job).map(|job| {
                            self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
                            if let Change::Bindings(write) = &job.change {
                                shard.location.roll_back(write);
                            }
                            Answer::Registered(Err(Refusal::NotDurable))
                        })
                    }
                }
            }
            Ask::Watch(resource) => Some(self.shared.watch(resource, (ticket, replies.clone()))),
            Ask::Unwatch(resource) => {
                self.shared.unwatch(&resource, |(t, r)| *t == ticket && r.same_place(replies));
                None
            }
            Ask::Leg(aor, id, leg) => {
                self.shared.set_leg(aor, id, leg.map(|leg| *leg));
                None
            }
            Ask::Publish(publish) => {
                self.write(ticket, Work::Publish(publish), replies, |refusal| Answer::Published(Err(refusal)))
            }
            Ask::Keep(kept) => self.write(ticket, Work::Keep(kept), replies, |r| Answer::Kept(Err(r))),
            Ask::Forget(resource, id) => {
                self.write(ticket, Work::Forget(resource, id), replies, |r| Answer::Kept(Err(r)))
            }
            Ask::Subscriptions(share) => {
                self.write(ticket, Work::Load(share), replies, |_| Answer::Subscriptions(Vec::new()))
            }
        }
    }

    /// Gives work to the writer; answers at once when it cannot take it.
    fn write(
        &self,
        ticket: Ticket,
        work: Work,
        replies: &Replies<Answer>,
        refuse: impl Fn(event::Refusal) -> Answer,
    ) -> Option<Answer> {
        if self.shared.waiting.load(Ordering::Relaxed) >= WRITES_WAITING_MAX {
            return Some(refuse(event::Refusal::StoreBusy));
        }
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
        let job = Job { change: Change::Event(work), ticket, replies: replies.clone() };
        self.threads.writer.send(job).map(|_| {
            self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
            refuse(event::Refusal::NotDurable)
        })
    }

    /// What the store has done since it was opened.
    pub fn figures(&self) -> Figures {
        self.shared.figures()
    }
}

impl StoreHandle<Ask, Answer> for Store {
    fn ask(&mut self, now: Instant, ticket: Ticket, ask: Ask, replies: &Replies<Answer>) -> Option<Answer> {
        Store::ask(self, now, ticket, ask, replies)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.figures()).finish()
    }
}
