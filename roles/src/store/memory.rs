//! The events part of a store that is durable as it is: for simulations, and for tests.

use super::{Answer, Ask};
use crate::event::{Board, Calls, Kept, KeptId, Publication, Resource, Rules, State};
use crate::location::{Aor, Bindings};
use ringback_sip::entropy::Seed;
use ringback_sip::node::Ticket;
use ringback_sip::registry::EventPackage;
use ringback_sip::time::Instant;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known of an address of record elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Whether there is an account of this name.
    pub is_user: bool,
    /// Its bindings.
    pub bindings: Bindings,
}

/// Publications and subscriptions in memory, for one worker.
#[derive(Debug)]
pub struct EventMemory {
    key: Seed,
    starts: u64,
    board: Board<Ticket>,
    calls: Calls,
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
            calls: Calls::default(),
            publications: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            rules: BTreeMap::new(),
        }
    }

    /// Answers a question about events: with the answers to it, and to standing ones. `known` tells the rest.
    ///
    /// # Errors
    /// Gives back a question about anything else.
    pub fn ask(
        &mut self,
        now: Instant,
        ticket: Ticket,
        ask: Ask,
        known: impl Fn(&Aor) -> Known,
    ) -> Result<Vec<(Ticket, Answer)>, Box<Ask>> {
        let answer = match ask {
            Ask::Watch(resource) => {
                self.board.watch(resource.clone(), ticket);
                self.told(&resource, known)
            }
            Ask::Unwatch(resource) => {
                self.board.unwatch(&resource, |known| *known == ticket);
                return Ok(Vec::new());
            }
            Ask::Leg(aor, id, leg) => {
                let mut answers = Vec::new();
                if self.calls.set(&aor, id, leg.map(|leg| *leg)) {
                    let resource = Resource { aor, package: EventPackage::DIALOG };
                    self.tell(&resource, known, &mut answers);
                }
                return Ok(answers);
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
                    self.tell(&resource, known, &mut answers);
                    return Ok(answers);
                }
                Err(refusal) => Answer::Published(Err(refusal)),
            },
            Ask::Keep(kept) => {
                let changed = self.board.keep(&kept);
                self.subscriptions.insert(kept.id.clone(), *kept);
                return Ok(self.kept(ticket, changed, known));
            }
            Ask::Forget(resource, id) => {
                let changed = self.board.forget(&resource, &id);
                self.subscriptions.remove(&id);
                return Ok(self.kept(ticket, changed, known));
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
        known: impl Fn(&Aor) -> Known,
    ) -> Vec<(Ticket, Answer)> {
        let mut answers = Vec::new();
        self.publications.insert((resource.clone(), publication.tag.clone()), publication.clone());
        if self.board.load(resource.clone(), publication) {
            self.tell(resource, known, &mut answers);
        }
        answers
    }

    /// When something runs out.
    pub fn deadline(&self) -> Option<Instant> {
        self.board.deadline()
    }

    /// Takes out what has run out; the answers to standing questions.
    pub fn expire(&mut self, now: Instant, known: impl Fn(&Aor) -> Known) -> Vec<(Ticket, Answer)> {
        let mut answers = Vec::new();
        for (resource, gone) in self.board.expire(now) {
            for tag in gone {
                self.publications.remove(&(resource.clone(), tag));
            }
            self.tell(&resource, &known, &mut answers);
        }
        answers
    }

    fn kept(
        &self,
        ticket: Ticket,
        changed: Vec<Resource>,
        known: impl Fn(&Aor) -> Known,
    ) -> Vec<(Ticket, Answer)> {
        let mut answers = vec![(ticket, Answer::Kept(Ok(())))];
        for resource in changed {
            self.tell(&resource, &known, &mut answers);
        }
        answers
    }

    /// Users decide about watchers, in place of all that was decided before; the answers to standing questions.
    pub fn decide(
        &mut self,
        rules: BTreeMap<Aor, Rules>,
        known: impl Fn(&Aor) -> Known,
    ) -> Vec<(Ticket, Answer)> {
        self.rules.clone_from(&rules);
        let mut answers = Vec::new();
        for resource in self.board.set_rules(rules) {
            self.tell(&resource, &known, &mut answers);
        }
        answers
    }

    fn tell(&self, resource: &Resource, known: impl Fn(&Aor) -> Known, answers: &mut Vec<(Ticket, Answer)>) {
        let answer = self.told(resource, known);
        answers.extend(self.board.watches(resource).iter().map(|ticket| (*ticket, answer.clone())));
    }

    fn told(&self, resource: &Resource, known: impl Fn(&Aor) -> Known) -> Answer {
        let Known { is_user, bindings } = known(&resource.aor);
        Answer::State { is_user, state: self.board.state(resource, |_| bindings, |aor| self.calls.of(aor)) }
    }

    /// The addresses of record whose bindings somebody watches.
    pub fn registrations(&self) -> impl Iterator<Item = &Aor> {
        self.board.watched(EventPackage::REGISTRATION)
    }

    /// The bindings of an address of record are others now; the answers to standing questions.
    pub fn bound(&self, aor: &Aor, known: impl Fn(&Aor) -> Known) -> Vec<(Ticket, Answer)> {
        let mut answers = Vec::new();
        let resource = Resource { aor: aor.clone(), package: EventPackage::REGISTRATION };
        self.tell(&resource, known, &mut answers);
        answers
    }

    /// The machine starts anew: what is on the disk is there, and nobody waits for anything.
    pub fn restart(&mut self) {
        self.starts += 1;
        let key = self.key.derive(&self.starts.to_le_bytes());
        self.board = Board::new(key, PUBLICATIONS_MAX);
        self.calls = Calls::default();
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

    /// What is kept here of the state of a resource.
    pub fn state(&self, resource: &Resource) -> Arc<State> {
        self.board.state(resource, |_| Bindings::default(), |aor| self.calls.of(aor))
    }

    /// How many publications there are.
    pub fn publications(&self) -> usize {
        self.board.len()
    }
}

/// Most publications of such a store.
const PUBLICATIONS_MAX: usize = 10_000;
