//! The notifier (RFC 6665 §4.2) and the event state compositor (RFC 3903 §6): who watches whom, and what they are told.
//!
//! It is a part of the server. A subscription belongs to the worker that owns its Call-ID. The states of resources lie
//! in the store, which this part asks a standing question for each resource that somebody watches here; so a change
//! reaches every worker, whichever one took the PUBLISH.
//!
//! What it wants of the server comes out as [`Wish`]es. One NOTIFY of a subscription is under way at a time: a watcher
//! that does not answer delays nobody, and gets the latest state when it answers again.

mod dialogs;
mod held;
mod keep;
mod list;
mod notify;
mod package;
mod packages;
mod pidf;
mod policy;
mod publish;
mod reginfo;
mod request;
mod rlmi;
mod settings;
mod sight;
mod subscribe;
mod subscription;
mod summary;
mod view;
mod winfo;

pub use held::Wish;
pub use package::{Package, Source, Watchers};
pub use packages::PACKAGES;
pub use policy::{Watcher, permission};
pub use rlmi::{ListMember, ListNews};
pub use settings::{
    DOCUMENT_BYTES_MAX, LIST_MEMBERS_MAX, List, PresenceSettings, SUBSCRIPTIONS_MAX,
    SUBSCRIPTIONS_PER_USER_MAX,
};
pub use sight::Sight;
pub use summary::Mailbox;
pub use view::{ROWS_MAX, Row, View};

use crate::access::{Access, Denial};
use crate::event::{Event, Resource};
use crate::location::Aor;
use crate::registrar::Gruus;
use crate::routing::Place;
use crate::store::{Answer, Ask, Waiting};
use bytes::Bytes;
use held::{Held, Purpose, Watched};
use ringback_sip::dialog::DialogId;
use ringback_sip::entropy::{Entropy, Seed, Share};
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Entry, Fact};
use ringback_sip::node::Ticket;
use ringback_sip::registry::{Method, StatusCode};
use ringback_sip::syntax::{Message, Response};
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transaction::ServerId;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use subscription::Subscription;

/// The notifier of one worker.
#[derive(Debug)]
pub struct Presence {
    settings: PresenceSettings,
    place: Place,
    share: Share,
    /// The key of entity tags, the same for all workers and the next start.
    shared: Seed,
    gruus: Gruus,
    key: Seed,
    entropy: Entropy,
    is_begun: bool,
    waiting: Waiting<Purpose>,
    watched: BTreeMap<Resource, Watched>,
    subscriptions: BTreeMap<u64, Subscription>,
    begun: u64,
    dialogs: HashMap<DialogId, u64, Seed>,
    watchers: HashMap<Box<[u8]>, usize, Seed>,
    alarms: BTreeSet<(Instant, u64)>,
    /// Before this moment nobody is looked after: so many were at once.
    next_turn: Instant,
    wishes: VecDeque<Wish>,
}

impl Presence {
    /// A notifier. `seed` is this worker's own; `shared` is the same for all workers, and for the next start.
    pub fn new(settings: PresenceSettings, place: Place, seed: Seed, shared: Seed) -> Self {
        let key = seed.derive(b"presence");
        Presence {
            settings,
            place,
            share: Share::whole(),
            shared: shared.derive(b"entity tag"),
            gruus: Gruus::new(shared),
            key,
            entropy: Entropy::new(key.derive(b"tags")),
            is_begun: false,
            waiting: Waiting::default().with_tickets_from(FIRST_TICKET),
            watched: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            begun: 0,
            dialogs: HashMap::with_hasher(key.derive(b"dialogs")),
            watchers: HashMap::with_hasher(key.derive(b"watchers")),
            alarms: BTreeSet::new(),
            next_turn: Instant::EPOCH,
            wishes: VecDeque::new(),
        }
    }

    /// The subscriptions of one worker among several have the Call-IDs of this share.
    pub fn set_share(&mut self, share: Share) {
        self.share = share;
    }

    /// Takes over other settings; subscriptions live on.
    pub fn reconfigure(&mut self, settings: PresenceSettings, place: Place) {
        self.relist(Arc::clone(&settings.lists));
        (self.settings, self.place) = (settings, place);
    }

    /// How many subscriptions live here.
    pub fn len(&self) -> usize {
        self.subscriptions.len()
    }

    /// Whether there is no subscription.
    pub fn is_empty(&self) -> bool {
        self.subscriptions.is_empty()
    }

    /// Whether no request waits for its answer.
    pub fn is_quiet(&self) -> bool {
        self.watched.values().all(|watched| watched.waiting.is_empty())
            && self.waiting.len() == self.watched.len()
    }

    /// Whether a request for a user of ours is answered here, and not by the user's phones: a PUBLISH always, a
    /// SUBSCRIBE unless its package is one that others speak.
    pub fn serves(&self, message: &Message<'_>) -> bool {
        let is_ours = match message.method() {
            Some(Method::Publish) => true,
            Some(Method::Subscribe) => Event::of(message)
                .and_then(|event| event.package())
                .is_none_or(|package| self.settings.packages.contains(&package)),
            _ => false,
        };
        is_ours && !self.settings.packages.is_empty()
    }

    /// Whether a request belongs to a subscription here.
    pub fn has_dialog(&self, message: &Message<'_>) -> bool {
        message.method() == Some(Method::Subscribe) && self.find(message).is_some()
    }

    fn find(&self, message: &Message<'_>) -> Option<u64> {
        message.to().ok()?.tag()?;
        self.dialogs.get(&DialogId::of_received(message).ok()?).copied()
    }

    /// Takes a request for a user of ours that was let through, or one of a subscription here.
    pub fn handle(
        &mut self,
        now: Instant,
        access: &Access,
        server: ServerId,
        flow: Flow,
        message: &Message<'_>,
        aor: Option<Aor>,
    ) {
        let held = Held { server, flow, request: Bytes::copy_from_slice(message.bytes()) };
        match (self.find(message), message.method(), aor) {
            (Some(id), ..) => self.resubscribe(now, id, message, held),
            (None, Some(Method::Publish), Some(aor)) => self.publish(now, access, message, aor, held),
            (None, Some(Method::Subscribe), Some(aor)) => self.subscribe(now, access, message, aor, held),
            (None, ..) => {
                let status = StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST;
                self.deny(now, &held, &Denial::new(status, Cause::NoSuchDialog));
            }
        }
    }

    /// Whether an answer of the store is for this part.
    pub fn awaits(&self, ticket: Ticket) -> bool {
        ticket.0 >= FIRST_TICKET
    }

    /// Takes an answer of the store.
    pub fn answered(&mut self, now: Instant, access: &Access, ticket: Ticket, answer: Answer) {
        if let Some(Purpose::Watch(resource)) = self.waiting.get(ticket) {
            let resource = resource.clone();
            return self.state_is(now, access, &resource, answer);
        }
        match (self.waiting.close(ticket), answer) {
            (Some(Purpose::Keep(id, held, grant)), Answer::Kept(result)) => {
                self.kept(now, id, &held, grant, result);
            }
            (Some(Purpose::Publish(held)), Answer::Published(result)) => self.published(now, &held, result),
            (Some(Purpose::Load), Answer::Subscriptions(all)) => self.load(now, all),
            // An answer to a standing question that was ended meanwhile.
            (None, Answer::State { .. }) | (Some(Purpose::Unheard), _) => {}
            (_, answer) => debug_assert!(false, "the store answered another question: {answer:?}"),
        }
    }

    /// The subscriptions from before this start are asked for, once, when the first deadline comes.
    pub fn handle_deadline(&mut self) {
        if !self.is_begun && !self.settings.packages.is_empty() {
            // There is room for the first question.
            let _ = self.ask(Purpose::Load, Ask::Subscriptions(self.share));
        }
        self.is_begun = true;
    }

    /// Does what is due.
    pub fn run(&mut self, now: Instant) {
        if now < self.next_turn {
            return;
        }
        for _ in 0..NOTIFIES_PER_TURN {
            let Some((at, id)) = self.alarms.first().copied().filter(|(at, _)| *at <= now) else { return };
            self.alarms.remove(&(at, id));
            if let Some(subscription) = self.subscriptions.get_mut(&id) {
                subscription.alarm = None;
                self.look_after(now, id);
            }
        }
        self.next_turn = now + TURN;
    }

    /// When something is due.
    pub fn deadline(&self) -> Option<Instant> {
        let begin = (!self.is_begun && !self.settings.packages.is_empty()).then_some(Instant::EPOCH);
        begin.or_else(|| self.alarms.first().map(|(at, _)| (*at).max(self.next_turn)))
    }

    /// The next thing that the server shall do.
    pub fn poll(&mut self) -> Option<Wish> {
        self.wishes.pop_front()
    }

    /// Asks the store; gives what the question was for back when too much waits already.
    fn ask(&mut self, purpose: Purpose, ask: Ask) -> Result<Ticket, Box<Purpose>> {
        let ticket = self.waiting.open(purpose).map_err(Box::new)?;
        self.wishes.push_back(Wish::Ask(ticket, ask));
        Ok(ticket)
    }

    fn deny(&mut self, now: Instant, held: &Held, denial: &Denial) {
        // It was parsed when it came.
        let Ok(message) = Message::parse(&held.request) else { return };
        let tag = Response::tag(&message, &self.key);
        let bytes = denial.respond(&message, &held.flow, tag.as_bytes());
        self.respond(now, held, &message, denial.status, denial.cause.clone(), bytes);
    }

    fn respond(
        &mut self,
        now: Instant,
        held: &Held,
        message: &Message<'_>,
        status: StatusCode,
        cause: Cause,
        bytes: Bytes,
    ) {
        let fact = Fact::Answered { method: message.method(), status, peer: held.flow.remote, cause };
        let entry = Entry::new(now, message.call_id().unwrap_or_default(), fact);
        self.wishes.push_back(Wish::Journal(entry));
        self.wishes.push_back(Wish::Respond(held.server, status, bytes));
    }
}

/// The tickets of this part begin here; those of the server around it never get so far.
const FIRST_TICKET: u64 = 1 << 63;
/// Most subscriptions that are looked after in one turn: a change that many watch is told to so many at a time, that
/// neither their notifications nor the answers to these overflow a buffer on the way.
const NOTIFIES_PER_TURN: usize = 64;
/// How long after a full turn the next one comes: 16,000 notifications a second, about 130 Mbit of presence.
const TURN: Duration = Duration::from_millis(4);
