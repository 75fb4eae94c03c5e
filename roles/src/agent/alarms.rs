//! The agent's own timers; those of transactions are theirs.

use super::command::{BranchId, CallId, PublicationId, RegId, SubscriptionId};
use ringback_sip::node::Deadline;
use ringback_sip::registry::Timer;
use ringback_sip::time::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// What is due; each at most once at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alarm {
    /// Our 2xx with this CSeq has waited long enough for its ACK (RFC 3261 §13.3.1.4).
    AcceptLimit(CallId, u32),
    /// Send our 2xx with this CSeq again.
    AcceptAgain(CallId, u32),
    /// The time to answer or refuse has come.
    Decide(CallId),
    /// Say again that we ring (RFC 3261 §13.3.1.1).
    RingAgain(CallId),
    /// Send our reliable provisional response again (RFC 3262 §3).
    ProvisionalAgain(CallId),
    /// It has waited long enough for its PRACK (RFC 3262 §3).
    ProvisionalLimit(CallId),
    /// Nobody answered for as long as we ring.
    RingLimit(CallId),
    /// The Expires of their INVITE is over.
    InviteExpires(CallId),
    /// We give up our INVITE.
    Patience(CallId),
    /// The call has lasted long enough.
    Duration(CallId),
    /// Try to change the session again after 491 (RFC 3261 §14.1).
    Glare(CallId),
    /// Our change has had no final answer for too long.
    ChangeLimit(CallId),
    /// Refresh the session (RFC 4028 §7.2).
    Refresh(CallId),
    /// Nobody refreshed the session in time (RFC 4028 §10).
    SessionExpires(CallId),
    /// The peer tells no more about the transfer that we asked for.
    ReferLimit(CallId),
    /// We have told the peer long enough about the call that it wished for.
    ReferralLimit(CallId),
    /// Register again.
    Register(RegId),
    /// A sign of life on a flow is due, or its answer (RFC 5626 §4.4).
    Sign(RegId),
    /// A SUBSCRIBE has waited long enough for its NOTIFY (RFC 6665 §4.1.2.4).
    NotifyLimit(SubscriptionId, BranchId),
    /// Subscribe again.
    Resubscribe(SubscriptionId, BranchId),
    /// Publish again.
    Publish(PublicationId),
}

impl Alarm {
    fn reason(self) -> Deadline {
        match self {
            Alarm::AcceptLimit(..) => Deadline::Timer(Timer::AcceptLimit),
            Alarm::AcceptAgain(..) => Deadline::Timer(Timer::Accept),
            Alarm::ProvisionalAgain(_) => Deadline::Timer(Timer::Provisional),
            Alarm::ProvisionalLimit(_) => Deadline::Timer(Timer::ProvisionalLimit),
            Alarm::InviteExpires(_) | Alarm::ChangeLimit(_) => Deadline::Timer(Timer::InviteExpires),
            Alarm::Glare(_) => Deadline::Timer(Timer::Glare),
            Alarm::Refresh(_) => Deadline::Timer(Timer::SessionRefresh),
            Alarm::SessionExpires(_) => Deadline::Timer(Timer::SessionExpires),
            Alarm::NotifyLimit(..) => Deadline::Timer(Timer::N),
            Alarm::Register(_)
            | Alarm::Sign(_)
            | Alarm::Resubscribe(..)
            | Alarm::Publish(_)
            | Alarm::ReferLimit(_)
            | Alarm::ReferralLimit(_) => Deadline::Expiry,
            Alarm::Decide(_)
            | Alarm::RingAgain(_)
            | Alarm::RingLimit(_)
            | Alarm::Patience(_)
            | Alarm::Duration(_) => Deadline::User,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Alarms {
    queue: BTreeSet<(Instant, Alarm)>,
    set: BTreeMap<Alarm, Instant>,
}

impl Alarms {
    pub(super) fn set(&mut self, at: Instant, alarm: Alarm) {
        self.stop(alarm);
        self.set.insert(alarm, at);
        self.queue.insert((at, alarm));
    }

    pub(super) fn is_set(&self, alarm: Alarm) -> bool {
        self.set.contains_key(&alarm)
    }

    pub(super) fn stop(&mut self, alarm: Alarm) {
        if let Some(at) = self.set.remove(&alarm) {
            self.queue.remove(&(at, alarm));
        }
    }

    /// Stops every alarm of a call but those of its unacknowledged 2xx, which outlive it.
    pub(super) fn stop_call(&mut self, call: CallId) {
        let of_call = |alarm: &Alarm| match alarm {
            Alarm::Decide(c)
            | Alarm::RingAgain(c)
            | Alarm::RingLimit(c)
            | Alarm::ProvisionalAgain(c)
            | Alarm::ProvisionalLimit(c)
            | Alarm::InviteExpires(c)
            | Alarm::Patience(c)
            | Alarm::Duration(c)
            | Alarm::ChangeLimit(c)
            | Alarm::Refresh(c)
            | Alarm::SessionExpires(c)
            | Alarm::Glare(c) => *c == call,
            Alarm::AcceptLimit(..) | Alarm::AcceptAgain(..) | Alarm::Register(_) | Alarm::Sign(_) => false,
            Alarm::NotifyLimit(..) | Alarm::Resubscribe(..) | Alarm::Publish(_) => false,
            Alarm::ReferLimit(_) | Alarm::ReferralLimit(_) => false,
        };
        let due: Vec<Alarm> = self.set.keys().copied().filter(of_call).collect();
        due.into_iter().for_each(|alarm| self.stop(alarm));
    }

    /// The next alarm that is due at `now`.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Alarm> {
        let (at, alarm) = *self.queue.first()?;
        if at > now {
            return None;
        }
        self.stop(alarm);
        Some(alarm)
    }

    pub(super) fn next(&self) -> Option<(Instant, Deadline)> {
        self.queue.first().map(|(at, alarm)| (*at, alarm.reason()))
    }
}
