//! What waits for the store, what is watched, and what the server shall do.

use super::policy::Watcher;
use super::subscription::{Document, Due};
use crate::access::{Access, Denial};
use crate::event::{Resource, State};
use crate::proxy::Destination;
use crate::store::Ask;
use bytes::Bytes;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Entry};
use ringback_sip::node::Ticket;
use ringback_sip::registry::{HeaderName, StatusCode};
use ringback_sip::syntax::{Message, Uri};
use ringback_sip::time::Duration;
use ringback_sip::transaction::ServerId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What this part wants of the server around it.
#[derive(Debug)]
pub enum Wish {
    /// Ask the store; the answer goes to [`Presence::answered`].
    Ask(Ticket, Ask),
    /// Answer a request in its transaction.
    Respond(ServerId, StatusCode, Bytes),
    /// Send a NOTIFY to the subscription with this number; how it ends goes to [`Presence::notified`].
    Notify(u64, Bytes, Destination),
    /// Note a fact.
    Journal(Entry),
}

/// A request that waits for its answer.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) server: ServerId,
    pub(super) flow: Flow,
    pub(super) request: Bytes,
}

/// What the store was asked for.
#[derive(Debug)]
pub(super) enum Purpose {
    /// The state of a resource, as long as somebody watches it.
    Watch(Resource),
    /// A subscription was made or changed: its request is answered when that is durable.
    Keep(u64, Held, Grant),
    /// A subscription has changed by itself, or is over: nobody waits for the answer.
    Unheard,
    /// A publication.
    Publish(Held),
    /// The subscriptions from before this start.
    Load,
}

/// A resource that somebody watches here.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) ticket: Ticket,
    /// Whether it is a user's, and its state; `None` until the store has answered.
    pub(super) known: Option<(bool, Arc<State>)>,
    /// The documents that are made already, by their media type.
    pub(super) documents: BTreeMap<&'static str, Document>,
    pub(super) subscriptions: BTreeSet<u64>,
    /// First SUBSCRIBEs that wait for the state.
    pub(super) waiting: Vec<Held>,
}

/// What a SUBSCRIBE is granted, once that is durable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grant {
    pub(super) status: StatusCode,
    /// The lifetime; zero ends or fetches.
    pub(super) expires: Duration,
    /// What the watcher is owed then.
    pub(super) due: Due,
    /// Whether it made the subscription.
    pub(super) is_first: bool,
}

impl Watched {
    /// A resource about which the store was just asked.
    pub(super) fn new(ticket: Ticket) -> Self {
        Watched {
            ticket,
            known: None,
            documents: BTreeMap::new(),
            subscriptions: BTreeSet::new(),
            waiting: Vec::new(),
        }
    }
}

/// Who sends a request: a user of ours has proved to be it, for else the request had not come so far.
pub(super) fn sender(access: &Access, message: &Message<'_>) -> Watcher {
    let uri = message.from().map(|from| from.uri).unwrap_or_default();
    let user = Uri::parse(uri).ok().and_then(|uri| access.domains().aor_of(&uri));
    let name = user.as_ref().map_or_else(|| uri.into(), |aor| aor.as_bytes().into());
    Watcher { user, name }
}

/// The refusal for lack of room: the limit's name, and when to come back.
pub(super) fn busy(limit: &'static str) -> Denial {
    Denial::new(StatusCode::SERVICE_UNAVAILABLE, Cause::Limit(limit.into()))
        .with(HeaderName::RETRY_AFTER, "30")
}
