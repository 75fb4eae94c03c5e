//! Subscribing (RFC 6665 §4.1.2): SUBSCRIBE, its refreshes, its end, and when to begin anew.

use super::alarms::Alarm;
use super::command::{BranchId, FIRST, Subscribing, SubscriptionId};
use super::draft::{Draft, OurContact, Who};
use super::event::{Event, Outcome, Unsubscribed};
use super::exchange::Purpose;
use super::lifetime::seconds;
use super::state::{Agent, PRODUCT};
use super::subscription::{Branch, Subscription};
use crate::event::Reason;
use bytes::Bytes;
use ringback_sip::dialog::{Failure, Fate};
use ringback_sip::registry::{HeaderName, Method, OptionTag, StatusCode, Timer};
use ringback_sip::syntax::Message;
use ringback_sip::time::Duration;

/// The wait before a subscription that ended soon begins anew; it doubles each time.
const RETRY: Duration = Duration::from_secs(30);
/// Longest wait, also when a notifier wants a longer one.
const RETRY_MAX: Duration = Duration::from_secs(3600);
/// How often a subscription is asked for again that never came about.
const FIRST_RETRIES_MAX: u32 = 3;

impl Agent {
    /// Subscribes; the name must be new.
    pub(super) fn subscribe(&mut self, id: SubscriptionId, what: Subscribing) {
        if !self.subscriptions.contains_key(&id) {
            self.subscriptions.insert(id, Subscription::new(what, self.now));
            self.subscribe_anew(id);
        }
    }

    /// Sends a SUBSCRIBE that makes new dialogs, with a Call-ID and a tag of its own.
    fn subscribe_anew(&mut self, id: SubscriptionId) {
        let end = (self.new_tag(), self.new_tag());
        let (exchange, hops) = (self.new_exchange(), self.first_hops());
        let contact = self.dialog_contact(true);
        let from = self.our_from(&end.1);
        let limit = self.now + self.settings.timers.t1_64();
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        self.subscribed.remove(&subscription.end);
        self.subscribed.insert(end.clone(), id);
        subscription.end = end;
        subscription.cseq = 1;
        subscription.began = self.now;
        subscription.is_open = true;
        subscription.exchange = Some(exchange);
        let target = subscription.what.target.as_bytes();
        let to = [b"<", target, b">"].concat().into();
        let who = Who { from, to, call_id: subscription.end.0.clone(), cseq: 1 };
        let outside = Draft::outside(Method::Subscribe, target, &hops, who);
        let draft = subscription.dress(outside, contact);
        self.alarms.set(limit, Alarm::NotifyLimit(id, FIRST));
        self.send(exchange, draft, Purpose::Subscribe(id, FIRST));
    }

    /// Sends a SUBSCRIBE inside a dialog: a refresh, or the end when that is wanted.
    pub(super) fn resubscribe(&mut self, id: SubscriptionId, number: BranchId) {
        let exchange = self.new_exchange();
        let limit = self.now + self.settings.timers.t1_64();
        let contact = self.dialog_contact(false);
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        let wants_end = subscription.wanted().is_zero();
        let is_idle = |branch: &&mut Branch| branch.exchange.is_none() && !branch.is_ending;
        let Some(branch) = subscription.branches.get_mut(&number).filter(is_idle) else { return };
        branch.exchange = Some(exchange);
        branch.is_ending = wants_end;
        let inside = Draft::inside(branch.dialog.request(Method::Subscribe));
        let draft = subscription.dress(inside, contact);
        self.alarms.set(limit, Alarm::NotifyLimit(id, number));
        self.send(exchange, draft, Purpose::Subscribe(id, number));
    }

    /// The user wants no more news.
    pub(super) fn unsubscribe(&mut self, id: SubscriptionId) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        subscription.is_ending = true;
        let branches: Vec<BranchId> = subscription.branches.keys().copied().collect();
        // Whoever answers our SUBSCRIBE yet is told then.
        if branches.is_empty() && !subscription.is_open {
            return self.subscription_over(id, Unsubscribed::Done, None, None);
        }
        branches.into_iter().for_each(|branch| self.resubscribe(id, branch));
    }

    /// A SUBSCRIBE has ended.
    pub(super) fn subscribe_ended(
        &mut self,
        id: SubscriptionId,
        number: BranchId,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) {
        match (outcome, response) {
            (Outcome::Status(status), Some(response)) if status.is_success() => {
                self.subscription_granted(id, number, status, response);
            }
            (Outcome::Status(StatusCode::INTERVAL_TOO_BRIEF), Some(response))
                if self.subscribes_longer(id, response) =>
            {
                self.forget_subscribe(id, number);
                match number {
                    FIRST => self.subscribe_anew(id),
                    branch => self.resubscribe(id, branch),
                }
            }
            _ if number == FIRST => self.subscribe_failed(id, outcome, response),
            _ => self.refresh_failed(id, number, outcome, response),
        }
    }

    /// No SUBSCRIBE is under way any more; the one in which dialog.
    fn forget_subscribe(&mut self, id: SubscriptionId, number: BranchId) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        match subscription.branches.get_mut(&number) {
            Some(branch) => branch.exchange = None,
            None if number == FIRST => subscription.exchange = None,
            None => {}
        }
    }

    /// A 2xx: a NOTIFY follows, or has come already; after 204 to a refresh none does (RFC 5839 §3.2).
    fn subscription_granted(
        &mut self,
        id: SubscriptionId,
        number: BranchId,
        status: StatusCode,
        response: &Message<'_>,
    ) {
        self.forget_subscribe(id, number);
        let granted = seconds(response.header(HeaderName::EXPIRES));
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        subscription.expires.settled();
        let granted = granted.map_or(subscription.wanted(), |g| g.min(subscription.wanted()));
        if number == FIRST {
            return self.tell(Event::Subscribed { subscription: id, expires: granted });
        }
        if status == StatusCode::NO_NOTIFICATION {
            self.alarms.stop(Alarm::NotifyLimit(id, number));
        }
        if let Some(branch) = subscription.branches.get_mut(&number) {
            branch.dialog.refresh_target(response);
        }
        match subscription.is_ending {
            // The end is asked for now if this was a refresh; else the last NOTIFY brings it.
            true => self.resubscribe(id, number),
            false => self.stands_until(id, number, granted),
        }
    }

    /// A subscription holds for so long; it is refreshed before.
    pub(super) fn stands_until(&mut self, id: SubscriptionId, number: BranchId, expires: Duration) {
        let until = self.now + expires;
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        let Some(branch) = subscription.branches.get_mut(&number) else { return };
        branch.until = until;
        let millis = expires.as_millis() as u64;
        let wait = millis / 2 + self.entropy.below(millis * 2 / 5 + 1);
        self.alarms.set(self.now + Duration::from_millis(wait), Alarm::Resubscribe(id, number));
    }

    /// Whether a 423 asks for a time that we can ask for in turn.
    fn subscribes_longer(&mut self, id: SubscriptionId, response: &Message<'_>) -> bool {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return false };
        !subscription.wanted().is_zero() && subscription.expires.raise(response)
    }

    /// The SUBSCRIBE outside a dialog failed.
    fn subscribe_failed(&mut self, id: SubscriptionId, outcome: Outcome, response: Option<&Message<'_>>) {
        self.forget_subscribe(id, FIRST);
        // Somebody has answered it with a NOTIFY: that one stands.
        if self.subscriptions.get(&id).is_none_or(|s| !s.branches.is_empty()) {
            return;
        }
        let wait = response.and_then(|r| seconds(r.header(HeaderName::RETRY_AFTER)));
        let bytes = response.map(|r| Bytes::copy_from_slice(r.bytes()));
        self.subscription_over(id, Unsubscribed::Failed(outcome), wait, bytes);
    }

    /// A SUBSCRIBE inside a dialog failed: the subscription is over, or holds as long as it would (RFC 6665 §4.1.2.2).
    fn refresh_failed(
        &mut self,
        id: SubscriptionId,
        number: BranchId,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) {
        self.forget_subscribe(id, number);
        self.alarms.stop(Alarm::NotifyLimit(id, number));
        let Some(subscription) = self.subscriptions.get(&id) else { return };
        let Some(branch) = subscription.branches.get(&number) else { return };
        let failure = match outcome {
            Outcome::Status(status) => Failure::Status(status),
            Outcome::Timeout(_) => Failure::Timeout,
            _ => Failure::Transport,
        };
        let is_deadly = Fate::of(failure, Method::Subscribe) != Fate::Transaction;
        if subscription.is_ending || is_deadly {
            let bytes = response.map(|r| Bytes::copy_from_slice(r.bytes()));
            return self.branch_over(id, number, Unsubscribed::Failed(outcome), None, bytes);
        }
        // It is tried once more in the time that is left; then it has run out.
        let left = branch.until.since(self.now);
        let asked = response.and_then(|r| seconds(r.header(HeaderName::RETRY_AFTER)));
        let wait =
            asked.unwrap_or_default().max(Duration::from_micros(left.as_micros() as u64 / 2)).min(left);
        let wait = if wait < RETRY { left } else { wait };
        self.alarms.set(self.now + wait, Alarm::Resubscribe(id, number));
    }

    /// A subscription is to be refreshed, has run out, or is to begin anew.
    pub(super) fn subscription_due(&mut self, id: SubscriptionId, number: BranchId) {
        if number == FIRST {
            return self.subscribe_anew(id);
        }
        let branch = self.subscriptions.get(&id).and_then(|s| s.branches.get(&number));
        let Some(until) = branch.map(|branch| branch.until) else { return };
        if until <= self.now {
            let end = Unsubscribed::Terminated(Reason::Timeout);
            return self.branch_over(id, number, end, None, None);
        }
        self.alarms.set(until, Alarm::Resubscribe(id, number));
        self.resubscribe(id, number);
    }

    /// Timer N: no NOTIFY came for a SUBSCRIBE (RFC 6665 §4.1.2.4), or no further dialog can come.
    pub(super) fn notify_limit(&mut self, id: SubscriptionId, number: BranchId) {
        let end = Unsubscribed::Failed(Outcome::Timeout(Timer::N));
        let limit = self.now + self.settings.timers.t1_64();
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        if number != FIRST {
            return self.branch_over(id, number, end, None, None);
        }
        // It was sent again, to another address or with credentials, and has an end of its own.
        if subscription.exchange.is_some() {
            return self.alarms.set(limit, Alarm::NotifyLimit(id, FIRST));
        }
        subscription.is_open = false;
        if subscription.branches.is_empty() {
            self.subscription_over(id, end, None, None);
        }
    }

    /// The subscription with one notifier is over; with the last one the whole.
    pub(super) fn branch_over(
        &mut self,
        id: SubscriptionId,
        number: BranchId,
        end: Unsubscribed,
        wait: Option<Duration>,
        response: Option<Bytes>,
    ) {
        self.alarms.stop(Alarm::NotifyLimit(id, number));
        self.alarms.stop(Alarm::Resubscribe(id, number));
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        subscription.branches.remove(&number);
        if subscription.branches.is_empty() {
            self.subscription_over(id, end, wait, response);
        }
    }

    /// A subscription is over; it begins anew when that may help.
    fn subscription_over(
        &mut self,
        id: SubscriptionId,
        end: Unsubscribed,
        wait: Option<Duration>,
        response: Option<Bytes>,
    ) {
        self.alarms.stop(Alarm::NotifyLimit(id, FIRST));
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        subscription.is_open = false;
        self.subscribed.remove(&subscription.end);
        let lasted = self.now.since(subscription.began);
        let retry = subscription.wait_after(end, wait, lasted);
        let end = match end {
            // Whoever wants the end does not care how it comes about.
            Unsubscribed::Terminated(_) if subscription.wanted().is_zero() => Unsubscribed::Done,
            end => end,
        };
        match retry {
            Some(wait) => self.alarms.set(self.now + wait, Alarm::Resubscribe(id, FIRST)),
            None => {
                self.alarms.stop(Alarm::Resubscribe(id, FIRST));
                self.subscriptions.remove(&id);
            }
        }
        self.tell(Event::Unsubscribed { subscription: id, end, retry, response });
    }
}

impl Subscription {
    /// What every SUBSCRIBE says.
    fn dress(&self, draft: Draft, contact: OurContact) -> Draft {
        let mut draft = draft
            .with(HeaderName::EVENT, &*self.event.name)
            .with(HeaderName::EXPIRES, self.wanted().as_secs().to_string())
            .with(HeaderName::USER_AGENT, PRODUCT);
        if !self.what.accept.is_empty() {
            draft = draft.with(HeaderName::ACCEPT, self.what.accept.as_str());
        }
        if self.what.takes_lists {
            draft = draft.with(HeaderName::SUPPORTED, OptionTag::EVENTLIST.as_str());
        }
        draft.contact = contact;
        draft
    }

    /// Whether one that never came about may be asked for again: nobody answered, or the answer says when, and that is not
    /// too long to wait (RFC 3261 §21.4.9, §21.5.4; RFC 6665 §4.1.3).
    fn may_try_first_again(&self, end: Unsubscribed, wait: Option<Duration>) -> bool {
        let may = match end {
            Unsubscribed::Failed(Outcome::Timeout(_) | Outcome::Status(StatusCode::REQUEST_TIMEOUT))
            | Unsubscribed::Terminated(Reason::Deactivated) => true,
            Unsubscribed::Failed(Outcome::Status(_)) | Unsubscribed::Terminated(_) => wait.is_some(),
            Unsubscribed::Failed(_) | Unsubscribed::Done => false,
        };
        may && wait.is_none_or(|wait| wait <= RETRY_MAX) && self.failures < FIRST_RETRIES_MAX
    }

    /// How long to wait before it begins anew; `None`: it does not (RFC 6665 §4.1.3).
    fn wait_after(
        &mut self,
        end: Unsubscribed,
        wait: Option<Duration>,
        lasted: Duration,
    ) -> Option<Duration> {
        if self.wanted().is_zero() || !(self.has_stood || self.may_try_first_again(end, wait)) {
            return None;
        }
        let may_be_at_once = match end {
            Unsubscribed::Done => return None,
            Unsubscribed::Terminated(Reason::Deactivated | Reason::Timeout) => true,
            Unsubscribed::Terminated(Reason::Probation | Reason::GiveUp | Reason::Unknown) => false,
            Unsubscribed::Terminated(Reason::Rejected | Reason::NoResource | Reason::Invariant) => {
                return None;
            }
            Unsubscribed::Failed(Outcome::Status(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST)) => true,
            Unsubscribed::Failed(Outcome::Status(status)) => match status.number() {
                408 | 480 | 500..=599 => false,
                _ => return None,
            },
            Unsubscribed::Failed(Outcome::Target | Outcome::Limit | Outcome::Package) => return None,
            Unsubscribed::Failed(_) => false,
        };
        if self.has_stood && lasted >= RETRY {
            self.failures = 0;
        }
        let doubled = RETRY * (1 << self.failures.min(6));
        // Once at once; whoever ends each one at once is not asked without a pause.
        let own = if may_be_at_once && self.failures == 0 { Duration::ZERO } else { doubled };
        self.failures += 1;
        let asked = wait.filter(|_| !may_be_at_once);
        Some(
            asked.map_or(own, |asked| if self.failures == 1 { asked } else { asked.max(own) }).min(RETRY_MAX),
        )
    }
}
