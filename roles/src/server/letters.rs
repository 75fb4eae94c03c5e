//! Messages that are kept for somebody, as data: in the store, on their way, and how their sending ended.

use super::targets::Wanted;
use crate::access::Denial;
use crate::event::{OPERATOR, Refusal, Resource, State};
use crate::location::Aor;
use crate::proxy::Destination;
use crate::store::Waiting;
use bytes::Bytes;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Binding, BranchEnd, Cause, Fact};
use ringback_sip::node::Ticket;
use ringback_sip::registry::{EventPackage, HeaderName, StatusClass, StatusCode};
use ringback_sip::syntax::{Edit, Message};
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transaction::ServerId;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The messages that are kept, or on their way.
#[derive(Debug)]
pub(super) struct Relay {
    /// For how long messages are kept; `None`: not at all.
    pub(super) keep: Option<Duration>,
    pub(super) waiting: Waiting<Purpose>,
    /// Users to whom messages are on their way from here.
    pub(super) busy: BTreeSet<Aor>,
    pub(super) deliveries: BTreeMap<u64, Delivery>,
    pub(super) begun: u64,
}

/// What the store was asked for.
#[derive(Debug)]
pub(super) enum Purpose {
    /// To keep a message; its sender waits.
    Keep(ServerId, Flow, Bytes),
    /// The messages of a user.
    Read(Aor),
    /// Where the user is.
    Find(Aor, VecDeque<Letter>),
    /// To keep a message no longer.
    Forget,
    /// Where the instance is that a notification is for.
    Tell(Telling, Wanted),
}

/// A notification on its way: of which subscription, and where to when nobody knows better.
#[derive(Debug)]
pub(super) struct Telling {
    pub(super) id: u64,
    pub(super) request: Bytes,
    pub(super) to: Destination,
}

/// A message that was kept: its entity tag in the store, and the request.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) tag: Box<str>,
    pub(super) request: Bytes,
}

#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) aor: Aor,
    pub(super) letters: VecDeque<Letter>,
    pub(super) to: Destination,
}

impl Default for Relay {
    fn default() -> Self {
        Relay {
            keep: None,
            waiting: Waiting::default().with_tickets_from(FIRST_TICKET),
            busy: BTreeSet::new(),
            deliveries: BTreeMap::new(),
            begun: 0,
        }
    }
}

impl Relay {
    /// Whether an answer of the store is for this part.
    pub(super) fn awaits(&self, ticket: Ticket) -> bool {
        ticket.0 >= FIRST_TICKET
    }
}

/// Whether a fact says that a phone can be reached from now on.
pub(super) fn is_reachable(fact: &Fact) -> bool {
    matches!(fact, Fact::Binding { change: Binding::Added(_) | Binding::Refreshed(_), .. })
}

/// Where the messages of a user lie.
pub(super) fn mailbox(aor: Aor) -> Resource {
    Resource { aor, package: EventPackage::MESSAGE_SUMMARY }
}

/// A message as it is kept: when it came, and the request without what was for us.
pub(super) fn letter(now: Instant, message: &Message<'_>) -> Vec<u8> {
    let mut edit = Edit::new(message);
    for line in message.lines().iter().filter(|line| OURS.contains(&line.name)) {
        edit.remove(*line);
    }
    let hops = message.max_forwards().ok().flatten().unwrap_or(HOPS_DEFAULT);
    edit.append(HeaderName::MAX_FORWARDS, hops.saturating_sub(1).to_string());
    // Who reads it later shall know when it was written.
    if message.header(HeaderName::DATE).is_none() {
        edit.append(HeaderName::DATE, now.sip_date());
    }
    [now.unix_micros().to_string().as_bytes(), b"\n", &edit.finish()].concat()
}

/// The messages of a mailbox, the oldest first.
pub(super) fn letters(state: &State) -> VecDeque<Letter> {
    let read = |tag: &str, body: &Arc<[u8]>| {
        let end = body.iter().position(|b| *b == b'\n')?;
        let request = Bytes::copy_from_slice(&body[end + 1..]);
        Some((
            core::str::from_utf8(&body[..end]).ok()?.parse::<u64>().ok()?,
            Letter { tag: tag.into(), request },
        ))
    };
    let kept = state.publications.iter().filter(|p| &*p.tag != OPERATOR);
    let mut letters: Vec<_> = kept.filter_map(|p| read(&p.tag, &p.body)).collect();
    letters.sort_by_key(|(at, _)| *at);
    letters.into_iter().map(|(_, letter)| letter).collect()
}

/// A request of our own for one phone: a kept message with a Call-ID of its own, a notification.
pub(super) fn addressed(request: &[u8], to: &Destination, call_id: Option<&str>) -> Option<Bytes> {
    let message = Message::parse(request).ok()?;
    let mut edit = Edit::new(&message);
    if let Some(call_id) = call_id {
        edit.set(HeaderName::CALL_ID, call_id);
    }
    if let Some(uri) = &to.uri {
        edit.request_uri(uri);
    }
    if !to.path.is_empty() {
        edit.insert_top(HeaderName::ROUTE, &to.path);
    }
    Some(edit.finish())
}

/// Whether a message that ended so needs no second try: a phone took it, or will never take it.
pub(super) fn is_settled(end: BranchEnd) -> bool {
    let BranchEnd::Response(status) = end else { return false };
    let later = [StatusCode::REQUEST_TIMEOUT, StatusCode::TEMPORARILY_UNAVAILABLE, StatusCode::BUSY_HERE];
    status.class() != StatusClass::ServerFailure
        && status != StatusCode::FLOW_FAILED
        && !later.contains(&status)
}

/// The one place that chooses a code for a message that is not kept.
pub(super) fn denial(refusal: Refusal) -> Denial {
    let busy = |limit: &'static str| {
        let denial = Denial::new(StatusCode::SERVICE_UNAVAILABLE, Cause::Limit(limit.into()));
        denial.with(HeaderName::RETRY_AFTER, "30")
    };
    match refusal {
        Refusal::TooMany => {
            Denial::new(StatusCode::TEMPORARILY_UNAVAILABLE, Cause::Limit("MESSAGES_PER_USER_MAX".into()))
        }
        Refusal::StoreFull => busy("PUBLICATIONS_MAX"),
        Refusal::StoreBusy => busy("WRITES_WAITING_MAX"),
        Refusal::NotDurable | Refusal::NoMatch => {
            Denial::new(StatusCode::SERVER_INTERNAL_ERROR, Cause::NotDurable)
        }
    }
}

/// Header fields that were for us, or for the way to us.
const OURS: [HeaderName; 6] = [
    HeaderName::VIA,
    HeaderName::ROUTE,
    HeaderName::RECORD_ROUTE,
    HeaderName::AUTHORIZATION,
    HeaderName::PROXY_AUTHORIZATION,
    HeaderName::MAX_FORWARDS,
];
/// Hops of a request that does not say (RFC 3261 §16.6 step 3).
const HOPS_DEFAULT: u32 = 70;
/// Most bytes of a message that is kept.
pub(super) const MESSAGE_BYTES_MAX: usize = 8 << 10;
/// Most users to whom one worker sends kept messages at a time; others get theirs when they refresh.
pub(super) const BUSY_MAX: usize = 1024;
/// The tickets of this part begin here, below those of the notifier.
const FIRST_TICKET: u64 = 1 << 62;
