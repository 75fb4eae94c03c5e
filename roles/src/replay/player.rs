//! One recorded call through a node of its own.

use super::beside::Beside;
use super::document::stand_in;
use super::later::Later;
use super::proof::{prove, secret_for};
use super::standing::Standing;
use crate::access::{Fallback, Shared};
use crate::diagnosis::{Known, Passage, Record, StoreTold as Told, What, masked};
use crate::location::{Aor, Bindings, Policy};
use crate::server::{Command, Server, ServerSettings};
use crate::store::{Answer, Ask};
use ringback_sip::auth::Nonces;
use ringback_sip::entropy::{Seed, Share};
use ringback_sip::journal::{Fact, HopState, Search, Shown};
use ringback_sip::node::{Input, Node, Output, Ticket};
use ringback_sip::syntax::Message;
use ringback_sip::time::{Duration, Instant};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The node that a call is run through.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What it is told.
    pub settings: ServerSettings,
    /// Its own seed, that of the worker which served the call.
    pub seed: Seed,
    /// The secret that all workers and starts share.
    pub shared: Seed,
    /// The limits of registrations of then, and others that are to hold instead.
    pub policies: Option<[Policy; 2]>,
    /// Who had an account then, and shall have none.
    pub removed: Arc<BTreeSet<Shown>>,
}

/// What a replay came to.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// The call as it was run again: messages that came and that the node sent, and its facts.
    pub records: Vec<Record>,
    /// What it asked the store or DNS and no record answers.
    pub unknown: Vec<Shown>,
    /// Something that the call depended on and no record holds.
    pub beside: Option<Beside>,
}

impl Replayed {
    /// The messages that the node sent, without what is private.
    pub fn sent(&self) -> impl Iterator<Item = (Instant, &Passage)> {
        self.records.iter().filter_map(|record| match &record.what {
            What::Message(passage) if passage.sent => Some((record.at, passage)),
            _ => None,
        })
    }

    /// What it said of the call.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.records.iter().filter_map(Record::fact)
    }
}

/// Runs the records of one call, in their order, through a node of its own. `standing`: what held before.
pub fn replay(setup: &Setup, records: &[Record], standing: &Standing) -> Replayed {
    let Some(first) = records.first() else { return Replayed::default() };
    let call_id = records.iter().map(|record| &record.call_id).find(|id| !id.is_empty());
    let nonces = Nonces::new(setup.seed, setup.settings.access.nonce_age_max, 1);
    let mut settings = setup.settings.clone();
    settings.access.nonces = Some(nonces.clone());
    (settings.access.shared, settings.access.fallback) = (Shared::default(), Fallback::default());
    // A part of the calls that is not the first one: it does not ask next hops whether they live.
    let share = Share::new(setup.seed, 1, 2);
    let mut player = Player {
        server: Server::new(settings, setup.seed, setup.shared).with_share(share),
        call_id: call_id.map(|id| id[..].into()).unwrap_or_default(),
        standing,
        told: Vec::new(),
        resolving: Vec::new(),
        later: Vec::new(),
        policies: setup.policies.as_ref(),
        removed: Removed { users: &setup.removed, registers: !setup.settings.access.required },
        expected: [0; 2],
        given: [0; 2],
        replayed: Replayed::default(),
    };
    player.begin(first.at);
    let age_max = setup.settings.access.nonce_age_max;
    for (place, record) in records.iter().enumerate() {
        player.play(records, place, record, (&nonces, age_max));
    }
    player.wake_until(records.last().map_or(first.at, |last| last.at));
    let open = player.resolving.iter().map(|(_, host)| Shown::from(&**host));
    player.replayed.unknown.extend(open);
    player.replayed.unknown.extend(player.later.iter().map(Later::about));
    player.replayed
}

struct Player<'a> {
    server: Server,
    call_id: Box<[u8]>,
    standing: &'a Standing,
    /// What the store said next.
    told: Vec<Told>,
    resolving: Vec<(Ticket, Box<str>)>,
    /// What the store is asked and has not answered yet.
    later: Vec<Later>,
    policies: Option<&'a [Policy; 2]>,
    removed: Removed<'a>,
    /// How many messages, and how many facts, the recorded node had given by now.
    expected: [usize; 2],
    /// How many this one has given.
    given: [usize; 2],
    replayed: Replayed,
}

impl Player<'_> {
    /// Tells the node what held when the call began.
    fn begin(&mut self, now: Instant) {
        let mut ended: Vec<_> = self.standing.ended.iter().map(|(flow, (at, e))| (*at, *flow, *e)).collect();
        ended.sort_by_key(|(at, ..)| *at);
        for (at, flow, error) in ended {
            self.give(at.min(now), Input::FlowFailed { flow, error });
        }
        for (source, until) in self.standing.bans.iter().filter(|(_, until)| **until > now) {
            let source = core::str::from_utf8(&source.0).ok().and_then(|text| text.parse().ok());
            if let Some(source) = source {
                self.give(now, Input::Command(Command::Ban { source, until: *until }));
            }
        }
        for (uri, state) in &self.standing.hops {
            let uri: Arc<str> = String::from_utf8_lossy(&uri.0).into();
            match state {
                HopState::Up => self.give(now, Input::Command(Command::Hop { uri, is_up: true })),
                HopState::Down => self.give(now, Input::Command(Command::Hop { uri, is_up: false })),
                HopState::Aside(until) if *until > now => self.replayed.beside = Some(Beside::HopAside),
                HopState::Aside(_) => {}
            }
        }
    }

    fn play(&mut self, records: &[Record], place: usize, record: &Record, nonces: (&Nonces, Duration)) {
        match &record.what {
            What::Message(Passage { sent: false, flow, bytes }) => {
                self.wake_until(before(record.at));
                let told = records[place + 1..].iter();
                let told = told.take_while(|next| !is_received(next)).filter_map(|next| match &next.what {
                    What::Told(told) => Some(told.clone()),
                    _ => None,
                });
                self.told = told.collect();
                let mut bytes = masked(bytes);
                if !stand_in(records, place, &mut bytes) {
                    self.replayed.beside.get_or_insert(Beside::Hidden);
                }
                prove(records, place, &mut bytes, nonces.0, nonces.1, (record.at, flow));
                self.replayed.records.push(record.clone());
                self.give(record.at, Input::Received { flow: *flow, bytes: &bytes });
            }
            What::Fact(Fact::FlowFailed { flow, error }) => {
                self.wake_until(before(record.at));
                self.give(record.at, Input::FlowFailed { flow: *flow, error: *error });
            }
            What::Message(_) | What::Fact(_) => {
                self.expected[is_fact(&record.what)] += 1;
                if let What::Fact(Fact::Located(search)) = &record.what {
                    self.wake_until(before(record.at));
                    self.resolve(record.at, search);
                }
                if self.given.iter().zip(&self.expected).any(|(given, expected)| given < expected) {
                    // It was woken then.
                    self.wake_until(before(record.at));
                    self.wake(record.at);
                }
            }
            What::Told(told) if told.known.answer().is_some() => {
                self.wake_until(before(record.at));
                self.answer_later(record.at, told);
            }
            What::Told(_) | What::Gap(_) | What::Fanout(_) | What::Began(_) => {}
        }
    }

    fn resolve(&mut self, at: Instant, search: &Search) {
        let is_it = |(_, host): &(Ticket, Box<str>)| host.as_bytes() == &*search.host.0;
        let Some(place) = self.resolving.iter().position(is_it) else { return };
        let (ticket, _) = self.resolving.remove(place);
        let answer = search.found.as_ref().map(|found| found.iter().copied().collect()).map_err(|e| *e);
        self.give(at, Input::Resolved { ticket, answer, steps: search.steps.clone() });
    }

    /// The store answers a question now.
    fn answer_later(&mut self, at: Instant, told: &Told) {
        let Some(place) = self.later.iter().position(|later| later.is_answered_by(told)) else { return };
        match self.later.remove(place).answer(told, self.standing, self.policies) {
            Ok((ticket, answer)) => self.give(at, Input::Answered { ticket, answer }),
            Err(beside) => drop(self.replayed.beside.get_or_insert(beside)),
        }
    }

    /// Wakes the node at each of its deadlines up to then.
    fn wake_until(&mut self, limit: Instant) {
        for _ in 0..WAKES_MAX {
            match self.server.deadline() {
                Some((at, _)) if at <= limit => self.give(at, Input::Deadline),
                _ => return,
            }
        }
    }

    /// Wakes the node at `now` for all that is due.
    fn wake(&mut self, now: Instant) {
        for _ in 0..WAKES_MAX {
            if self.server.deadline().is_none_or(|(at, _)| at > now) {
                return;
            }
            self.give(now, Input::Deadline);
        }
    }

    fn give(&mut self, now: Instant, input: Input<'_, Answer, Command>) {
        let Player { server, told, standing, later, removed, replayed, .. } = self;
        server.handle_with(now, input, &mut |ticket, ask| match Later::new(now, ticket, ask) {
            Ok(question) => (later.push(question), None).1,
            Err(ask) => answer(told, standing, *removed, replayed, &ask),
        });
        while let Some(output) = self.server.poll() {
            match output {
                Output::Transmit(transmit) => {
                    let bytes = masked(&transmit.bytes);
                    if Message::parse(&bytes).is_ok_and(|m| m.call_id().is_ok_and(|id| *id == *self.call_id))
                    {
                        let passage = Passage { flow: transmit.flow, sent: true, bytes: bytes.into() };
                        self.keep(now, What::Message(passage));
                    }
                }
                Output::Resolve { ticket, query } => self.resolving.push((ticket, query.host)),
                Output::Ask { ticket, ask } => {
                    let Player { told, standing, later, removed, replayed, .. } = self;
                    let ask = match Later::new(now, ticket, ask) {
                        Ok(question) => {
                            later.push(question);
                            continue;
                        }
                        Err(ask) => ask,
                    };
                    if let Some(answer) = answer(told, standing, *removed, replayed, &ask) {
                        self.server.handle(now, Input::Answered { ticket, answer });
                    }
                }
                Output::Journal(entry) if *entry.call_id == *self.call_id => {
                    self.keep(now, What::Fact(entry.fact));
                }
                Output::Journal(_) | Output::Close(_) | Output::Deliver(_) => {}
            }
        }
    }

    fn keep(&mut self, at: Instant, what: What) {
        self.given[is_fact(&what)] += 1;
        self.replayed.records.push(Record { at, call_id: self.call_id.clone(), what });
    }
}

/// Users whose accounts are to be gone.
#[derive(Clone, Copy)]
struct Removed<'a> {
    users: &'a BTreeSet<Shown>,
    /// Whether who has no account may register all the same.
    registers: bool,
}

impl Removed<'_> {
    /// What the store would say, where it said `known`: a name with a contact is a user's even so.
    fn answer(&self, known: &Known) -> Answer {
        match known {
            Known::Secret(_) => Answer::Secret(None),
            _ => {
                let bindings = if self.registers { known.bindings() } else { Bindings::default() };
                Answer::Bindings { is_user: !bindings.all().is_empty(), bindings }
            }
        }
    }
}

/// What the store said when the call was recorded; else what it said last of the same user.
fn answer(
    told: &mut Vec<Told>,
    standing: &Standing,
    removed: Removed<'_>,
    replayed: &mut Replayed,
    ask: &Ask,
) -> Option<Answer> {
    let about: &Aor = match ask {
        Ask::Bindings(aor) => aor,
        Ask::Secret { user, .. } => user,
        // Nobody answers these.
        Ask::Leg(..) | Ask::Unwatch(_) => return None,
        Ask::Subscriptions(_) => return Some(Answer::Subscriptions(Vec::new())),
        _ => {
            replayed.beside.get_or_insert(Beside::Store);
            return None;
        }
    };
    let (about, is_secret) = (Shown::from(about.as_bytes()), matches!(ask, Ask::Secret { .. }));
    let is_it = |told: &Told| {
        told.about == about
            && told.known.answer().is_none()
            && matches!(told.known, Known::Secret(_)) == is_secret
    };
    let known = match told.iter().position(is_it) {
        Some(place) => Some(told.remove(place).known),
        None => standing.known.get(&(about.clone(), is_secret)).cloned(),
    };
    if let Some(known) = &known
        && removed.users.contains(&about)
    {
        return Some(removed.answer(known));
    }
    match known {
        Some(Known::Secret(true)) => secret_for(ask),
        Some(Known::Secret(false)) => Some(Answer::Secret(None)),
        Some(known @ Known::Bindings { is_user, .. }) => {
            Some(Answer::Bindings { is_user, bindings: known.bindings() })
        }
        // Who has registered is a user.
        Some(known @ Known::Registered(_)) => {
            Some(Answer::Bindings { is_user: true, bindings: known.bindings() })
        }
        Some(Known::Published(_)) | None => {
            replayed.unknown.push(about);
            None
        }
    }
}

/// 1 for a fact, 0 for a message: each kind is counted by itself.
fn is_fact(what: &What) -> usize {
    usize::from(matches!(what, What::Fact(_)))
}

fn is_received(record: &Record) -> bool {
    matches!(&record.what, What::Message(passage) if !passage.sent)
}

/// Up to when a node that is woken late had been woken for sure.
fn before(at: Instant) -> Instant {
    Instant::from_unix_micros(at.unix_micros().saturating_sub(LATE_MAX.as_micros() as u64))
}

/// How much later than its deadline a node is woken at most.
const LATE_MAX: Duration = Duration::from_secs(1);
/// Most wakes at one time.
const WAKES_MAX: usize = 4096;
