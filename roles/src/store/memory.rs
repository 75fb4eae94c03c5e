//! The events part of a store that is durable as it is: for simulations, and for tests.

use super::{Answer, Ask};
use crate::event::{Board, Kept, KeptId, Publication, Resource, Rules, State};
use crate::location::Aor;
use ringback_sip::entropy::Seed;
use ringback_sip::node::Ticket;
use ringback_sip::time::Instant;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Publications and subscriptions in memory, for one worker.
#[derive(Debug)]
pub struct EventMemory {
    key: Seed,
    starts: u64,
    board: Board<Ticket>,
    /// The disk.
    publications: BTreeMap<(Resource, Box<str>), Publication>,
    subscriptions: BTreeMap<KeptId, Kept>,
    rules: BTreeMap<Aor, Rules>,
}

impl EventMemory {
    /// Nothing yet.
    pub fn new(key: Seed) -> Self {
        let board = Board::new(key, PUBLICATIONS_MAX);
        EventMemory {
            key,
            starts: 0,
            board,
            publications: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            rules: BTreeMap::new(),
        }
    }

    /// Answers a question about events: with the answers to it, and to standing ones. `is_user` knows the accounts.
    ///
    /// # Errors
    /// Gives back a question about anything else.
    pub fn ask(
        &mut self,
        now: Instant,
        ticket: Ticket,
        ask: Ask,
        is_user: impl Fn(&Aor) -> bool,
    ) -> Result<Vec<(Ticket, Answer)>, Box<Ask>> {
        let answer = match ask {
            Ask::Watch(resource) => {
                let is_user = is_user(&resource.aor);
                Answer::State { is_user, state: self.board.watch(resource, ticket) }
            }
            Ask::Unwatch(resource) => {
                self.board.unwatch(&resource, |known| *known == ticket);
                return Ok(Vec::new());
            }
            Ask::Publish(publish) => match self.board.publish_now(now, &publish) {
                Ok((done, change)) => {
                    let resource = publish.resource;
                    if let Some(tag) = change.removed {
                        self.publications.remove(&(resource.clone(), tag));
                    }
                    if let Some(put) = change.put {
                        self.publications.insert((resource.clone(), put.tag.clone()), put);
                    }
                    let mut answers = vec![(ticket, Answer::Published(Ok(done)))];
                    self.tell(&resource, is_user, &mut answers);
                    return Ok(answers);
                }
                Err(refusal) => Answer::Published(Err(refusal)),
            },
            Ask::Keep(kept) => {
                let changed = self.board.keep(&kept);
                self.subscriptions.insert(kept.id.clone(), *kept);
                return Ok(self.kept(ticket, changed, is_user));
            }
            Ask::Forget(resource, id) => {
                let changed = self.board.forget(&resource, &id);
                self.subscriptions.remove(&id);
                return Ok(self.kept(ticket, changed, is_user));
            }
            Ask::Subscriptions(share) => {
                self.subscriptions.retain(|_, kept| kept.expires > now);
                let mine = self.subscriptions.values().filter(|kept| share.has(&kept.id.call_id));
                Answer::Subscriptions(mine.cloned().collect())
            }
            other => return Err(Box::new(other)),
        };
        Ok(vec![(ticket, answer)])
    }

    /// The operator says something of a resource; the answers to standing questions.
    pub fn say(
        &mut self,
        resource: &Resource,
        publication: Publication,
        is_user: impl Fn(&Aor) -> bool,
    ) -> Vec<(Ticket, Answer)> {
        let mut answers = Vec::new();
        self.publications.insert((resource.clone(), publication.tag.clone()), publication.clone());
        if self.board.load(resource.clone(), publication) {
            self.tell(resource, is_user, &mut answers);
        }
        answers
    }

    /// When something runs out.
    pub fn deadline(&self) -> Option<Instant> {
        self.board.deadline()
    }

    /// Takes out what has run out; the answers to standing questions.
    pub fn expire(&mut self, now: Instant, is_user: impl Fn(&Aor) -> bool) -> Vec<(Ticket, Answer)> {
        let mut answers = Vec::new();
        for (resource, gone) in self.board.expire(now) {
            for tag in gone {
                self.publications.remove(&(resource.clone(), tag));
            }
            self.tell(&resource, &is_user, &mut answers);
        }
        answers
    }

    fn kept(
        &self,
        ticket: Ticket,
        changed: Option<Resource>,
        is_user: impl Fn(&Aor) -> bool,
    ) -> Vec<(Ticket, Answer)> {
        let mut answers = vec![(ticket, Answer::Kept(Ok(())))];
        if let Some(resource) = changed {
            self.tell(&resource, is_user, &mut answers);
        }
        answers
    }

    /// Users decide about watchers, in place of all that was decided before; the answers to standing questions.
    pub fn decide(
        &mut self,
        rules: BTreeMap<Aor, Rules>,
        is_user: impl Fn(&Aor) -> bool,
    ) -> Vec<(Ticket, Answer)> {
        self.rules.clone_from(&rules);
        let mut answers = Vec::new();
        for resource in self.board.set_rules(rules) {
            self.tell(&resource, &is_user, &mut answers);
        }
        answers
    }

    fn tell(&self, resource: &Resource, is_user: impl Fn(&Aor) -> bool, answers: &mut Vec<(Ticket, Answer)>) {
        let (state, is_user) = (self.board.state(resource), is_user(&resource.aor));
        let told = |ticket: &Ticket| (*ticket, Answer::State { is_user, state: state.clone() });
        answers.extend(self.board.watches(resource).iter().map(told));
    }

    /// The machine starts anew: what is on the disk is there, and nobody waits for anything.
    pub fn restart(&mut self) {
        self.starts += 1;
        let key = self.key.derive(&self.starts.to_le_bytes());
        self.board = Board::new(key, PUBLICATIONS_MAX);
        for ((resource, _), publication) in &self.publications {
            self.board.load(resource.clone(), publication.clone());
        }
        for kept in self.subscriptions.values() {
            self.board.keep(kept);
        }
        self.board.set_rules(self.rules.clone());
    }

    /// The subscriptions on the disk.
    pub fn subscriptions(&self) -> impl Iterator<Item = &Kept> {
        self.subscriptions.values()
    }

    /// The state of a resource.
    pub fn state(&self, resource: &Resource) -> Arc<State> {
        self.board.state(resource)
    }

    /// How many publications there are.
    pub fn publications(&self) -> usize {
        self.board.len()
    }
}

/// Most publications of such a store.
const PUBLICATIONS_MAX: usize = 10_000;
