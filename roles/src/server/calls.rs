//! The calls of our users as they pass, told to the store for those who watch them (RFC 4235 §3.11): how far each is is
//! seen in the answers to its INVITE, and its end in a BYE. What is never seen to end, ends after its time.

use crate::event::{Leg, Phase};
use crate::location::Aor;
use crate::proxy::Heard;
use crate::store::Ask;
use ringback_sip::entropy::Seed;
use ringback_sip::registry::{Method, StatusCode};
use ringback_sip::syntax::Message;
use ringback_sip::time::{Duration, Instant};
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Most calls that one worker follows; lamps show no more.
pub const CALLS_FOLLOWED_MAX: usize = 1 << 17;
/// How long a call without a session timer is followed of which nothing more is seen.
pub const CALL_TIME_MAX: Duration = Duration::from_secs(12 * 3600);

/// The calls of one worker: it sees all requests of a Call-ID.
#[derive(Debug)]
pub(super) struct Calls {
    is_on: bool,
    key: Seed,
    calls: BTreeMap<u64, Call>,
    alarms: BTreeSet<(Instant, u64)>,
    news: VecDeque<Ask>,
}

/// A call: one INVITE outside a dialog, and what came of it.
#[derive(Debug)]
struct Call {
    call_id: Arc<[u8]>,
    from_tag: Arc<[u8]>,
    to_tag: Arc<[u8]>,
    /// The caller and who is called, as From and To name them.
    ends: [Arc<[u8]>; 2],
    /// Whether its INVITE was seen: else nobody knows who called.
    is_whole: bool,
    /// Our users in it, and whether they call.
    parties: SmallVec<[(Aor, bool); 2]>,
    phase: Phase,
    expires: Instant,
}

impl Calls {
    pub(super) fn new(seed: Seed) -> Self {
        let key = seed.derive(b"calls");
        Calls { is_on: false, key, calls: BTreeMap::new(), alarms: BTreeSet::new(), news: VecDeque::new() }
    }

    /// Whether calls are followed; without, those that are known are over.
    pub(super) fn set_on(&mut self, is_on: bool) {
        self.is_on = is_on;
        if !is_on {
            let all: Vec<u64> = self.calls.keys().copied().collect();
            all.into_iter().for_each(|id| self.end(id));
        }
    }

    /// An INVITE of a user, or to one, was forwarded.
    pub(super) fn begin(&mut self, now: Instant, message: &Message<'_>, aor: Aor, calls: bool) {
        let (Ok(from), Ok(to)) = (message.from(), message.to()) else { return };
        let Some(from_tag) = from.tag().filter(|_| to.tag().is_none()) else { return };
        let call_id = message.call_id().unwrap_or_default();
        let id = self.id(call_id, from_tag);
        if !self.calls.contains_key(&id) {
            if self.calls.len() >= CALLS_FOLLOWED_MAX {
                return;
            }
            let call = Call {
                call_id: call_id.into(),
                from_tag: from_tag.into(),
                to_tag: Arc::from(&b""[..]),
                ends: [from.uri.into(), to.uri.into()],
                is_whole: true,
                parties: SmallVec::new(),
                phase: Phase::Trying,
                expires: Instant::NEVER,
            };
            self.calls.insert(id, call);
            self.set_end(id, now + CALL_TIME_MAX);
        }
        self.join(id, aor, calls);
    }

    /// A call is a user's too.
    fn join(&mut self, id: u64, aor: Aor, calls: bool) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let is_known = call.parties.iter().any(|(known, side)| *known == aor && *side == calls);
        if call.parties.len() < PARTIES_MAX && !is_known {
            self.news.push_back(call.told(id, &aor, calls));
            call.parties.push((aor, calls));
        }
    }

    /// A call goes on that nobody knows any more, or not yet: a start of ours lies between, or its INVITE passed when
    /// calls were not followed. An answer to this request says for how long it is believed.
    fn learn(&mut self, now: Instant, message: &Message<'_>, parties: impl Fn(&[u8]) -> Option<Aor>) {
        let (Ok(from), Ok(to)) = (message.from(), message.to()) else { return };
        let (Some(from_tag), Some(to_tag)) = (from.tag(), to.tag()) else { return };
        if self.calls.len() >= CALLS_FOLLOWED_MAX {
            return;
        }
        let call_id = message.call_id().unwrap_or_default();
        let id = self.id(call_id, from_tag);
        let call = Call {
            call_id: call_id.into(),
            from_tag: from_tag.into(),
            to_tag: to_tag.into(),
            ends: [from.uri.into(), to.uri.into()],
            is_whole: false,
            parties: SmallVec::new(),
            phase: Phase::Confirmed,
            expires: Instant::NEVER,
        };
        self.calls.insert(id, call);
        self.set_end(id, now + SHORT);
        for (uri, is_sender) in [(from.uri, true), (to.uri, false)] {
            if let Some(aor) = parties(uri) {
                self.join(id, aor, is_sender);
            }
        }
    }

    /// A request inside a dialog passed; `parties` knows our users.
    pub(super) fn pass(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        parties: impl Fn(&[u8]) -> Option<Aor>,
    ) {
        let (Ok(from), Ok(to)) = (message.from(), message.to()) else { return };
        let (from, to) = (from.tag().unwrap_or_default(), to.tag().unwrap_or_default());
        let id = self.find(message.call_id().unwrap_or_default(), from, to);
        let Some((id, call)) = id.and_then(|id| Some((id, self.calls.get(&id)?))) else {
            // Others may belong to what is no call, or to one that ends.
            if matches!(message.method(), Some(Method::Invite | Method::Update)) {
                self.learn(now, message, parties);
            }
            return;
        };
        match message.method() {
            // Before the call stands, the answer to its INVITE says how it ends.
            Some(Method::Bye) if call.phase < Phase::Confirmed => {}
            Some(Method::Bye) => self.end(id),
            _ => self.set_end(id, call.expires.max(now + SHORT)),
        }
    }

    /// An answer went to the caller.
    pub(super) fn hear(&mut self, now: Instant, heard: &Heard) {
        let Some(id) = self.find(&heard.call_id, &heard.from_tag, &heard.to_tag) else { return };
        let Some(call) = self.calls.get_mut(&id) else { return };
        let is_confirmed = call.phase == Phase::Confirmed;
        if heard.status.is_success() {
            let lasts = heard.interval.map_or(CALL_TIME_MAX, |interval| interval + SHORT);
            if !is_confirmed {
                (call.phase, call.to_tag) = (Phase::Confirmed, Arc::from(&heard.to_tag[..]));
                self.tell(id);
            }
            return self.set_end(id, now + lasts);
        }
        let has_ended = |status| {
            const OVER: [StatusCode; 2] =
                [StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, StatusCode::REQUEST_TIMEOUT];
            !is_confirmed || OVER.contains(&status)
        };
        match heard.status {
            StatusCode::EARLY_DIALOG_TERMINATED => {}
            status if status.is_provisional() && call.phase == Phase::Trying => {
                (call.phase, call.to_tag) = (Phase::Early, Arc::from(&heard.to_tag[..]));
                self.tell(id);
            }
            status if status.is_provisional() => {}
            status if has_ended(status) => self.end(id),
            _ => {}
        }
    }

    /// What is never seen to end, has ended now.
    pub(super) fn run(&mut self, now: Instant) {
        while let Some((_, id)) = self.alarms.first().copied().filter(|(at, _)| *at <= now) {
            self.end(id);
        }
    }

    /// The next thing to tell the store.
    pub(super) fn poll(&mut self) -> Option<Ask> {
        self.news.pop_front()
    }

    /// Whether calls are followed.
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// When a call has lasted for its time.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.alarms.first().map(|(at, _)| *at)
    }

    /// The number of a call: by the tag of who began it.
    fn id(&self, call_id: &[u8], tag: &[u8]) -> u64 {
        self.key.hash(&[call_id, b"\n", tag].concat())
    }

    fn find(&self, call_id: &[u8], from_tag: &[u8], to_tag: &[u8]) -> Option<u64> {
        // When two phones accept at once, the call is with the first one.
        let is_it = |id: &u64, other: &[u8]| {
            self.calls.get(id).is_some_and(|call| call.phase < Phase::Confirmed || *call.to_tag == *other)
        };
        let ends = [(from_tag, to_tag), (to_tag, from_tag)];
        let mut ids = ends.into_iter().map(|(tag, other)| (self.id(call_id, tag), other));
        ids.find(|(id, other)| is_it(id, other)).map(|(id, _)| id)
    }

    fn set_end(&mut self, id: u64, at: Instant) {
        if let Some(call) = self.calls.get_mut(&id).filter(|call| call.expires != at) {
            self.alarms.remove(&(call.expires, id));
            call.expires = at;
            self.alarms.insert((at, id));
        }
    }

    fn end(&mut self, id: u64) {
        let Some(call) = self.calls.remove(&id) else { return };
        self.alarms.remove(&(call.expires, id));
        for (aor, calls) in call.parties {
            self.news.push_back(Ask::Leg(aor, leg_id(id, calls), None));
        }
    }

    fn tell(&mut self, id: u64) {
        let Some(call) = self.calls.get(&id) else { return };
        let told = call.parties.iter().map(|(aor, calls)| call.told(id, aor, *calls));
        self.news.extend(told);
    }
}

impl Call {
    /// What the store is told of the side of a user.
    fn told(&self, id: u64, aor: &Aor, calls: bool) -> Ask {
        let (from, to) = (&self.from_tag, &self.to_tag);
        let (local_tag, remote_tag) = if calls { (from, to) } else { (to, from) };
        let leg = Leg {
            phase: self.phase,
            is_initiator: self.is_whole.then_some(calls),
            call_id: self.call_id.clone(),
            local_tag: local_tag.clone(),
            remote_tag: remote_tag.clone(),
            remote: self.ends[usize::from(calls)].clone(),
        };
        Ask::Leg(aor.clone(), leg_id(id, calls), Some(Box::new(leg)))
    }
}

/// Who calls himself has two sides of one call.
fn leg_id(id: u64, calls: bool) -> u64 {
    id ^ u64::from(calls)
}

/// Most users of ours in one call.
const PARTIES_MAX: usize = 8;
/// How long after the end of a session interval its BYE may take; and how long whoever speaks is there at least.
const SHORT: Duration = Duration::from_secs(60);
