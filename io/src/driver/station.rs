//! What runs on a worker: a node, the store that it asks and whoever listens to it.

use super::mailbox::Replies;
use ringback_sip::entropy::Share;
use ringback_sip::journal::Entry;
use ringback_sip::node::{Node, Ticket};
use ringback_sip::time::Instant;
use std::convert::Infallible;

/// A store as one worker sees it.
pub trait StoreHandle<Ask, Answer> {
    /// Answers at once, or takes the question and answers later through `replies`; a standing question it answers
    /// again and again.
    fn ask(&mut self, now: Instant, ticket: Ticket, ask: Ask, replies: &Replies<Answer>) -> Option<Answer>;
}

/// The store of nodes that never ask.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStore;

impl<Answer> StoreHandle<Infallible, Answer> for NoStore {
    fn ask(&mut self, _: Instant, _: Ticket, ask: Infallible, _: &Replies<Answer>) -> Option<Answer> {
        match ask {}
    }
}

/// A node with its surroundings.
pub struct Station<N: Node> {
    /// The node.
    pub node: N,
    /// Its store.
    pub store: Box<dyn StoreHandle<N::Ask, N::Answer>>,
    /// Hears the node's events, on the worker's thread; must not block.
    pub deliver: Box<dyn FnMut(Instant, N::Event)>,
    /// Sees every journal entry before any is dropped, for counting; must be quick.
    pub observe: Box<dyn FnMut(&Entry)>,
}

impl<N: Node> std::fmt::Debug for Station<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Station")
    }
}

impl<N: Node> Station<N> {
    /// A node with a store, to whose events nobody listens.
    pub fn new(node: N, store: impl StoreHandle<N::Ask, N::Answer> + 'static) -> Self {
        Station { node, store: Box::new(store), deliver: Box::new(|_, _| ()), observe: Box::new(|_| ()) }
    }

    /// Sends the node's events to `deliver`.
    pub fn on_event(mut self, deliver: impl FnMut(Instant, N::Event) + 'static) -> Self {
        self.deliver = Box::new(deliver);
        self
    }

    /// Shows every journal entry to `observe`.
    pub fn on_entry(mut self, observe: impl FnMut(&Entry) + 'static) -> Self {
        self.observe = Box::new(observe);
        self
    }
}

/// Where and when a worker starts; given to whoever makes its node.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The worker's number, from 0.
    pub worker: usize,
    /// How many workers there are.
    pub workers: usize,
    /// The present.
    pub now: Instant,
    /// The Call-IDs whose messages come to this worker.
    pub share: Share,
}
