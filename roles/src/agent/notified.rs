//! NOTIFY (RFC 6665 §4.1.3): which subscription it belongs to, and what it says of it.

use super::alarms::Alarm;
use super::command::{BranchId, FIRST, SubscriptionId};
use super::event::{Event, Notification, Unsubscribed};
use super::exchange::InboundId;
use super::reply::Reply;
use super::state::Agent;
use super::subscription::Branch;
use crate::event::{self, Standing, SubscriptionState};
use bytes::Bytes;
use ringback_sip::dialog::{Dialog, DialogId};
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::Message;
use ringback_sip::time::Duration;

impl Agent {
    /// A NOTIFY: it is answered, then told.
    pub(super) fn serve_notify(&mut self, inbound: InboundId, request: &Message<'_>) {
        match self.take_notify(request) {
            Err(reply) => self.reply(inbound, request, reply),
            Ok((id, number, state)) => {
                self.reply(inbound, request, Reply::of(StatusCode::OK, Cause::Done));
                self.notified(id, number, state, request);
            }
        }
    }

    /// Whether a request may tell the state of a list: we said of its subscription that it may.
    pub(super) fn takes_lists(&self, request: &Message<'_>) -> bool {
        let Ok(dialog) = DialogId::of_received(request) else { return false };
        let id = self.subscribed.get(&(dialog.call_id, dialog.local_tag));
        request.method() == Some(Method::Notify)
            && id.and_then(|id| self.subscriptions.get(id)).is_some_and(|s| s.what.takes_lists)
    }

    /// The subscription that a NOTIFY belongs to; it may be the first word of a notifier (RFC 6665 §4.4.1).
    fn take_notify(
        &mut self,
        request: &Message<'_>,
    ) -> Result<(SubscriptionId, BranchId, SubscriptionState), Reply> {
        let gone = || Reply::of(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, Cause::NoSuchDialog);
        let dialog = DialogId::of_received(request).map_err(Reply::of_fault)?;
        let id = self.subscribed.get(&(dialog.call_id, dialog.local_tag)).copied().ok_or_else(gone)?;
        let subscription = self.subscriptions.get_mut(&id).ok_or_else(gone)?;
        let event = event::Event::of(request);
        let name = event.map_or(&b""[..], |event| event.name);
        if *name != *subscription.event.name {
            let refusal = Reply::of(StatusCode::BAD_EVENT, Cause::BadEvent(Shown::from(name)));
            return Err(refusal.with(HeaderName::ALLOW_EVENTS, &*subscription.event.name));
        }
        if !event.is_some_and(|event| subscription.event.matches(&event)) {
            return Err(gone());
        }
        let malformed = |header| Reply::of(StatusCode::BAD_REQUEST, Cause::Malformed { header, at: 0 });
        let state = SubscriptionState::of(request);
        let state = state.ok_or_else(|| malformed(Some(HeaderName::SUBSCRIPTION_STATE)))?;
        let of_peer = |branch: &Branch| branch.dialog.id().remote_tag == dialog.remote_tag;
        let known = subscription.branches.iter_mut().find(|(_, branch)| of_peer(branch));
        if let Some((number, branch)) = known {
            let late = |_| Reply::of(StatusCode::SERVER_INTERNAL_ERROR, Cause::CSeqOrder);
            branch.dialog.receive(request).map_err(late)?;
            branch.dialog.refresh_target(request);
            return Ok((id, *number, state));
        }
        if !subscription.takes_branch() {
            return Err(gone());
        }
        let dialog =
            Dialog::of_notify(request, subscription.cseq).map_err(|fault| malformed(fault.header()))?;
        subscription.branched += 1;
        let branch = Branch { dialog, until: self.now, exchange: None, is_ending: false };
        subscription.branches.insert(subscription.branched, branch);
        Ok((id, subscription.branched, state))
    }

    /// A NOTIFY was taken.
    fn notified(
        &mut self,
        id: SubscriptionId,
        number: BranchId,
        state: SubscriptionState,
        request: &Message<'_>,
    ) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        // After its end was asked for, only the last NOTIFY counts.
        if subscription.branches.get(&number).is_some_and(|branch| !branch.is_ending) {
            self.alarms.stop(Alarm::NotifyLimit(id, number));
        }
        if !subscription.event.may_fork() {
            self.alarms.stop(Alarm::NotifyLimit(id, FIRST));
            subscription.is_open = false;
        }
        let is_over = matches!(state.standing, Standing::Terminated(_));
        subscription.has_stood |= !is_over;
        let branch = subscription.branches.get(&number);
        let left = branch.map_or(Duration::ZERO, |branch| branch.until.since(self.now));
        let (wanted, is_fetch) = (subscription.wanted(), subscription.is_fetch());
        let is_ending = subscription.is_ending;
        let expires = match state.expires {
            _ if is_over => Duration::ZERO,
            // A notifier cannot make it longer than we asked for.
            Some(expires) => expires.min(subscription.expires.get()),
            None if left.is_zero() => wanted,
            None => left,
        };
        let notification = Notification {
            notifier: Shown::from(request.header(HeaderName::FROM).unwrap_or_default()),
            standing: state.standing,
            expires,
            kind: kind_of(request),
            body: Bytes::copy_from_slice(request.body()),
        };
        self.tell(Event::Notified { subscription: id, notification: Box::new(notification) });
        match state.standing {
            Standing::Terminated(reason) => {
                let end = Unsubscribed::Terminated(reason);
                self.branch_over(id, number, end, state.retry_after, None);
            }
            // Whoever asked once has the answer.
            _ if is_fetch => self.branch_over(id, number, Unsubscribed::Done, None, None),
            _ if is_ending => self.resubscribe(id, number),
            _ if state.expires.is_some() || left.is_zero() => self.stands_until(id, number, expires),
            _ => {}
        }
    }
}

/// The kind of a body; where it has parts, with what tells them apart.
fn kind_of(request: &Message<'_>) -> Shown {
    let kind = request.content_type().unwrap_or_default();
    let has_parts = kind.get(..10).is_some_and(|start| start.eq_ignore_ascii_case(b"multipart/"));
    let whole = request.header(HeaderName::CONTENT_TYPE).filter(|_| has_parts);
    Shown::from(whole.unwrap_or(kind))
}
