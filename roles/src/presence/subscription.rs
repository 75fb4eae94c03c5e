//! One subscription: its dialog, what its watcher was told, and the NOTIFY that tells more (RFC 6665 §4.2.2).

use super::package::Package;
use super::policy::Watcher;
use super::rlmi::Instance;
use crate::event::{KeptId, Resource, Standing, State};
use crate::location::Aor;
use crate::proxy::Destination;
use bytes::Bytes;
use ringback_sip::dialog::Dialog;
use ringback_sip::entropy::Token;
use ringback_sip::flow::Flow;
use ringback_sip::registry::{HeaderName, Method, OptionTag};
use ringback_sip::time::{Duration, Instant};
use std::borrow::Cow;
use std::sync::Arc;

/// What the watcher is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// Nothing.
    Nothing,
    /// The state, if it is another than what it was told last.
    Change,
    /// A NOTIFY without the state, which it knows (RFC 5839 §5.4).
    Sign,
    /// A NOTIFY with the state.
    Whole,
}

/// A document, with its entity tag (RFC 5839 §6).
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) tag: Token,
    pub(super) body: Arc<[u8]>,
}

/// What the watcher knows when it takes the NOTIFY under way.
#[derive(Debug)]
pub(super) struct Telling {
    pub(super) tag: Option<Token>,
    pub(super) known: Option<Known>,
    /// Whether something found no room in it.
    pub(super) is_rest: bool,
}

/// What a watcher knows, where the next document may tell the difference only.
#[derive(Clone, Debug)]
pub(super) enum Known {
    State(Arc<State>),
    /// Of each member of a list.
    Members(Arc<[Instance]>),
}

impl Known {
    pub(super) fn into_state(self) -> Option<Arc<State>> {
        if let Known::State(state) = self { Some(state) } else { None }
    }

    pub(super) fn into_members(self) -> Option<Arc<[Instance]>> {
        if let Known::Members(members) = self { Some(members) } else { None }
    }
}

/// A subscription.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) dialog: Dialog,
    pub(super) resource: Resource,
    pub(super) package: &'static Package,
    /// The `id` of its Event.
    pub(super) event_id: Option<Box<[u8]>>,
    pub(super) media_type: &'static str,
    pub(super) watcher: Watcher,
    /// The members of a list that know of it, each with whether it waits for their decision.
    pub(super) members: Box<[(Aor, bool)]>,
    /// The URI that we gave as ours.
    pub(super) contact: Box<str>,
    /// The way over which its last SUBSCRIBE came, when no proxy stands between.
    pub(super) flow: Option<Flow>,
    /// Whether that is the only way.
    pub(super) flow_only: bool,
    pub(super) standing: Standing,
    pub(super) expires: Instant,
    /// The least time between two notifications that nobody asked for.
    pub(super) gap: Duration,
    pub(super) due: Due,
    /// Before this moment a change is not told.
    pub(super) next_at: Instant,
    /// The tag of the document that the watcher has.
    pub(super) told: Option<Token>,
    /// What it knows by that.
    pub(super) told_known: Option<Known>,
    /// The number of the next document, for packages that number them.
    pub(super) version: u32,
    /// The NOTIFY under way.
    pub(super) telling: Option<Telling>,
    /// How many notifications in a row got no good answer.
    pub(super) failures: u8,
    /// Whether it is durable: before that its watcher has no answer, and is told nothing.
    pub(super) is_kept: bool,
    /// Whether it waits for the store to tell the state.
    pub(super) is_waiting: bool,
    /// When it is to be looked after.
    pub(super) alarm: Option<Instant>,
}

impl Subscription {
    /// What a store knows it by.
    pub(super) fn id(&self) -> KeptId {
        KeptId { call_id: self.dialog.id().call_id.clone(), tag: self.dialog.id().local_tag.clone() }
    }

    /// When it must be looked after: at its end, and when a change may be told. While a NOTIFY is under way, nothing
    /// else can happen.
    pub(super) fn next_alarm(&self) -> Option<Instant> {
        if !self.is_kept {
            return None;
        }
        match (&self.telling, self.standing, self.due) {
            (Some(_), ..) => None,
            (None, Standing::Terminated(_), _) if self.is_waiting => None,
            (None, Standing::Terminated(_), Due::Nothing) => None,
            (None, _, _) if self.is_waiting => Some(self.expires),
            (None, _, Due::Nothing) => Some(self.expires),
            (None, _, Due::Change) => Some(self.next_at.min(self.expires)),
            (None, _, Due::Sign | Due::Whole) => Some(Instant::EPOCH),
        }
    }

    /// Owes the watcher at least this. What changes after the end is nothing to it.
    pub(super) fn owe(&mut self, due: Due) {
        if due != Due::Change || !matches!(self.standing, Standing::Terminated(_)) {
            self.due = self.due.max(due);
        }
    }

    /// Where its notifications go: the way of its dialog, over the flow of the watcher where its Contact is no way.
    pub(super) fn destination(&self) -> Destination {
        let (flow, flow_only) = (self.flow, self.flow_only && self.flow.is_some());
        Destination { flow, flow_only, ..Destination::as_it_is() }
    }

    /// The next NOTIFY, without a Via. `tag`: of the document that the watcher has then. `body`: the document itself, with
    /// its type. A subscription to a list asks for its extension (RFC 4662 §4.1).
    pub(super) fn notify(
        &mut self,
        now: Instant,
        tag: Option<Token>,
        body: Option<(&str, &[u8])>,
        is_list: bool,
    ) -> Bytes {
        let state = match self.standing {
            Standing::Pending | Standing::Active => {
                let name = if self.standing == Standing::Active { "active" } else { "pending" };
                format!("{name};expires={}", self.expires.since(now).as_micros().div_ceil(1_000_000))
            }
            Standing::Terminated(reason) => format!("terminated;reason={}", reason.name()),
        };
        let name = self.package.event.as_str().as_bytes();
        let event = match &self.event_id {
            Some(id) => Cow::from([name, b";id=", id].concat()),
            None => Cow::from(name),
        };
        let mut request = self
            .dialog
            .write_request(Method::Notify)
            .header(HeaderName::CONTACT, format!("<{}>", self.contact))
            .header(HeaderName::EVENT, event)
            .header(HeaderName::SUBSCRIPTION_STATE, state);
        if let Some(tag) = tag {
            request = request.header(HeaderName::SIP_ETAG, tag.as_bytes());
        }
        if is_list {
            request = request.header(HeaderName::REQUIRE, OptionTag::EVENTLIST.as_str());
        }
        match body {
            Some((kind, body)) => request.body(kind, body),
            None => request.finish(),
        }
    }
}
