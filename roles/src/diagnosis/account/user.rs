//! A user's history: when which phone was registered, how that ended, and what was refused since.

use super::super::finding::{Actor, Certainty, Value};
use super::super::record::{Record, What};
use super::call::{Account, account};
use core::net::SocketAddr;
use ringback_sip::flow::FlowError;
use ringback_sip::journal::{Binding, Fact, Shown};
use ringback_sip::time::Instant;
use std::collections::BTreeMap;

/// What is recorded of a user.
#[derive(Clone, Debug)]
pub struct UserAccount {
    /// The word for the state: `registered`, `expired`, `unregistered`, `flow-gone`, `never-registered`, or the cause
    /// for which the last REGISTER was refused.
    pub state: String,
    /// How sure that is.
    pub certainty: Certainty,
    /// Who must act.
    pub actor: Actor,
    /// What the sentences name.
    pub values: Vec<Value>,
    /// The phones, each with its last change.
    pub registrations: Vec<Registration>,
    /// What happened, in the order of time.
    pub events: Vec<(Instant, HistoryEvent)>,
}

/// A phone of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The address of record.
    pub aor: Shown,
    /// The contact.
    pub contact: Shown,
    /// From where it registered last.
    pub peer: Option<SocketAddr>,
    /// When its last change was.
    pub at: Instant,
    /// The last change.
    pub change: Binding,
    /// Its connection ended then, and so.
    pub closed: Option<(Instant, FlowError)>,
}

/// Something in the history of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryEvent {
    /// A binding changed.
    Binding {
        /// The contact.
        contact: Shown,
        /// From where, if a REGISTER did it.
        peer: Option<SocketAddr>,
        /// How.
        change: Binding,
    },
    /// The connection of a registered phone ended.
    Closed {
        /// The contact.
        contact: Shown,
        /// Whose it was.
        peer: SocketAddr,
        /// How.
        error: FlowError,
    },
    /// A request of the user, or for the user, was refused.
    Refused {
        /// Its Call-ID.
        call_id: Box<[u8]>,
        /// What became of it.
        account: Box<Account>,
    },
}

/// The history of `user`, to whom `records` belong, in the order of time: the bindings, every record of the Call-IDs that
/// concern the user, and the ends of connections.
pub fn account_of_user(user: &str, now: Instant, records: &[Record]) -> UserAccount {
    let mut calls: BTreeMap<&[u8], Vec<Record>> = BTreeMap::new();
    for record in records.iter().filter(|record| !record.call_id.is_empty()) {
        calls.entry(&record.call_id).or_default().push(record.clone());
    }
    let mut history = History::default();
    for record in records {
        history.add(record, &calls);
    }
    for (call_id, own) in &calls {
        let Some(account) = account(own, records) else { continue };
        if account.status.is_some_and(|status| status >= 300) {
            let at = account.end.unwrap_or(account.begin);
            let (call_id, account) = ((*call_id).into(), Box::new(account));
            history.events.push((at, HistoryEvent::Refused { call_id, account }));
        }
    }
    history.events.sort_by_key(|(at, _)| *at);
    history.judge(user, now)
}

#[derive(Default)]
struct History {
    registrations: BTreeMap<Shown, Registration>,
    events: Vec<(Instant, HistoryEvent)>,
}

impl History {
    fn add(&mut self, record: &Record, calls: &BTreeMap<&[u8], Vec<Record>>) {
        match &record.what {
            // One request did not want it; the registration stands as it is.
            What::Fact(Fact::Binding { contact, change: change @ Binding::Unwanted(_), .. }) => {
                let event = HistoryEvent::Binding { contact: contact.clone(), peer: None, change: *change };
                self.events.push((record.at, event));
            }
            What::Fact(Fact::Binding { aor, contact, change }) => {
                let own = calls.get(&*record.call_id).into_iter().flatten();
                let is_register = !matches!(change, Binding::FlowGone(_));
                let peer = own.filter(|_| is_register).find_map(Record::peer);
                let before = self.registrations.get(contact);
                let registration = Registration {
                    aor: aor.clone(),
                    contact: contact.clone(),
                    peer: peer.or(before.and_then(|b| b.peer)),
                    at: record.at,
                    change: *change,
                    closed: before.and_then(|b| b.closed).filter(|_| !is_register),
                };
                self.registrations.insert(contact.clone(), registration);
                let event = HistoryEvent::Binding { contact: contact.clone(), peer, change: *change };
                self.events.push((record.at, event));
            }
            What::Fact(Fact::FlowFailed { flow, error }) if flow.connection.is_some() => {
                let of_peer = |r: &&mut Registration| r.peer == Some(flow.remote) && r.closed.is_none();
                if let Some(registration) = self.registrations.values_mut().find(of_peer) {
                    registration.closed = Some((record.at, *error));
                    let (contact, peer, error) = (registration.contact.clone(), flow.remote, *error);
                    self.events.push((record.at, HistoryEvent::Closed { contact, peer, error }));
                }
            }
            _ => {}
        }
    }

    fn judge(self, user: &str, now: Instant) -> UserAccount {
        let mut registrations: Vec<Registration> = self.registrations.into_values().collect();
        registrations.sort_by_key(|registration| (state_of(registration, now).0, registration.at));
        // The best of the phones is the last.
        let best = registrations.last();
        let name = best.map_or_else(|| user.to_owned(), |best| best.aor.to_string());
        let (mut state, mut values) = ("never-registered".to_owned(), vec![("user", name)]);
        let (mut certainty, mut actor) = (Certainty::Likely, Actor::Callee);
        if let Some(best) = best {
            let (rank, word, since) = state_of(best, now);
            state = word.to_owned();
            certainty = Certainty::Certain;
            actor = if rank == REGISTERED { Actor::Nobody } else { Actor::Callee };
            values.push(("contact", best.contact.to_string()));
            values.push(("since", since.to_string()));
            values.extend(best.peer.map(|peer| ("peer", peer.to_string())));
            values.extend(best.closed.map(|(_, error)| ("error", error.id().to_owned())));
        }
        let last_change = best.map_or(Instant::EPOCH, |best| best.at);
        let refused = self.events.iter().rev().find_map(|(at, event)| match event {
            HistoryEvent::Refused { account, .. } if account.method == Some("REGISTER") => {
                Some((at, account))
            }
            _ => None,
        });
        // A phone that is not registered and was refused since: that is why.
        if let Some((at, account)) = refused.filter(|(at, _)| **at >= last_change)
            && state != "registered"
        {
            state.clone_from(&account.cause);
            (certainty, actor) = (account.certainty, account.actor);
            values.extend(account.values.iter().cloned());
            values.push(("refused-at", at.to_string()));
        }
        UserAccount { state, certainty, actor, values, registrations, events: self.events }
    }
}

/// How well a phone can be reached, higher is better; the word for it; since or until when.
fn state_of(registration: &Registration, now: Instant) -> (u8, &'static str, Instant) {
    match (registration.change, registration.closed) {
        (Binding::Removed | Binding::Unwanted(_), _) => (0, "unregistered", registration.at),
        (Binding::Expired, _) => (1, "expired", registration.at),
        (Binding::Added(until) | Binding::Refreshed(until), _) if until <= now => (1, "expired", until),
        (Binding::FlowGone(since), closed) => {
            (2, "flow-gone", since.or(closed.map(|(at, _)| at)).unwrap_or(registration.at))
        }
        (_, Some((at, _))) => (2, "flow-gone", at),
        (Binding::Added(until) | Binding::Refreshed(until), None) => (REGISTERED, "registered", until),
    }
}

/// The rank of a phone that is registered.
const REGISTERED: u8 = 3;
