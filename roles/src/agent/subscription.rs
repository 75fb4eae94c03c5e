//! A subscription of ours to the state of somebody else (RFC 6665 §4.1): what is kept of it.

use super::call::OurEnd;
use super::command::{BranchId, FIRST, Subscribing};
use super::exchange::ExchangeId;
use super::lifetime::Lifetime;
use crate::event;
use ringback_sip::dialog::Dialog;
use ringback_sip::registry::EventPackage;
use ringback_sip::time::{Duration, Instant};
use std::collections::BTreeMap;

/// Which subscription inside a dialog a NOTIFY belongs to: the Event header field (RFC 6665 §8.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OurEvent {
    pub(super) name: Box<[u8]>,
    pub(super) id: Option<Box<[u8]>>,
}

impl OurEvent {
    pub(super) fn of(name: &str) -> Self {
        OurEvent { name: name.as_bytes().into(), id: None }
    }

    /// Names and ids are compared byte by byte.
    pub(super) fn matches(&self, event: &event::Event<'_>) -> bool {
        *self.name == *event.name && self.id.as_deref() == event.id()
    }

    /// Whether more than one notifier may answer one SUBSCRIBE: the package says so (RFC 6665 §5.4.9).
    pub(super) fn may_fork(&self) -> bool {
        let package = EventPackage::from_bytes(&self.name);
        package.is_some_and(|p| [EventPackage::DIALOG, EventPackage::MESSAGE_SUMMARY].contains(&p))
    }
}

/// Most notifiers that may answer one SUBSCRIBE.
pub const NOTIFIERS_MAX: usize = 8;

/// A subscription.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) what: Subscribing,
    pub(super) event: OurEvent,
    /// Call-ID and tag of the last SUBSCRIBE outside a dialog.
    pub(super) end: OurEnd,
    /// Its number.
    pub(super) cseq: u32,
    /// It waits for its final response.
    pub(super) exchange: Option<ExchangeId>,
    /// When it was sent.
    pub(super) began: Instant,
    /// Whether its Timer N runs, so that a NOTIFY may make a dialog.
    pub(super) is_open: bool,
    pub(super) expires: Lifetime,
    /// Those that it made.
    pub(super) branches: BTreeMap<BranchId, Branch>,
    /// How many there have been.
    pub(super) branched: BranchId,
    /// The user wants its end.
    pub(super) is_ending: bool,
    /// Whether it ever came about.
    pub(super) has_stood: bool,
    /// How often in a row it ended soon.
    pub(super) failures: u32,
}

/// The subscription with one notifier.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) dialog: Dialog,
    pub(super) until: Instant,
    /// The SUBSCRIBE inside the dialog that waits for its answer.
    pub(super) exchange: Option<ExchangeId>,
    /// A SUBSCRIBE that ends it was sent; its last NOTIFY is still to come.
    pub(super) is_ending: bool,
}

impl Subscription {
    pub(super) fn new(what: Subscribing, now: Instant) -> Self {
        Subscription {
            event: OurEvent::of(&what.event),
            end: Default::default(),
            cseq: 1,
            exchange: None,
            began: now,
            is_open: false,
            expires: Lifetime::new(what.expires),
            branches: BTreeMap::new(),
            branched: FIRST,
            is_ending: false,
            has_stood: false,
            failures: 0,
            what,
        }
    }

    /// The number of a SUBSCRIBE that is sent again: the next one of its dialog.
    pub(super) fn take_cseq(&mut self, branch: BranchId, least: u32) -> u32 {
        match self.branches.get_mut(&branch) {
            Some(branch) => {
                let number = least.max(branch.dialog.local_cseq() + 1);
                branch.dialog.used_cseq(number);
                number
            }
            None => {
                self.cseq = least;
                least
            }
        }
    }

    /// Whether it asks for the state once.
    pub(super) fn is_fetch(&self) -> bool {
        self.what.expires.is_zero()
    }

    /// How long a SUBSCRIBE asks for now.
    pub(super) fn wanted(&self) -> Duration {
        if self.is_ending || self.is_fetch() { Duration::ZERO } else { self.expires.get() }
    }

    /// Whether nobody is waited for: no SUBSCRIBE is under way, and no NOTIFY is still to come for one.
    pub(super) fn is_at_rest(&self) -> bool {
        let is_unheard = self.is_open && self.branches.is_empty();
        let mut branches = self.branches.values();
        self.exchange.is_none() && !is_unheard && branches.all(|b| b.exchange.is_none() && !b.is_ending)
    }

    /// Whether one more notifier may tell its state.
    pub(super) fn takes_branch(&self) -> bool {
        let max = if self.event.may_fork() { NOTIFIERS_MAX } else { 1 };
        self.is_open && self.branches.len() < max
    }
}
