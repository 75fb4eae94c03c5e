//! Session timers (RFC 4028): asking for one, granting one, refreshes, and the end without them.

use super::alarms::Alarm;
use super::call::{Call, Up};
use super::caller::cause_of;
use super::command::CallId;
use super::draft::Draft;
use super::early::allows_update;
use super::event::{Ending, Outcome};
use super::exchange::{ExchangeId, Purpose};
use super::lifetime::seconds;
use super::reply::Reply;
use super::state::Agent;
use ringback_sip::dialog::{Granted, IntervalTooSmall, SessionExpires, SessionTimer, min_se};
use ringback_sip::journal::{Cause, Fact};
use ringback_sip::registry::{HeaderName, OptionTag, StatusCode, Timer};
use ringback_sip::syntax::Message;
use ringback_sip::time::Duration;

/// Most times that a 422 makes one request ask for more.
const RAISES_MAX: u8 = 4;

impl Agent {
    /// What we grant to an INVITE or UPDATE; 422 to an interval that is too short (RFC 4028 §9).
    /// A call that stands is not made to refresh more often than was agreed.
    pub(super) fn grant(&self, id: Option<CallId>, request: &Message<'_>) -> Result<Option<Granted>, Reply> {
        let mut policy = self.settings.session;
        if let Some(Call::Up(up)) = id.and_then(|id| self.calls.get(&id)) {
            policy.expires = policy.expires.max(policy.expires.and(up.timer).map(|timer| timer.interval));
        }
        policy.answer(request).map_err(|IntervalTooSmall(min)| {
            Reply::of(StatusCode::SESSION_INTERVAL_TOO_SMALL, Cause::IntervalTooBrief(min))
                .with(HeaderName::MIN_SE, min.as_secs().to_string())
        })
    }

    /// Keeps what a message of the peer that has taken effect says about later requests of ours.
    pub(super) fn learn(&mut self, id: CallId, message: &Message<'_>) {
        if let Some(up) = self.up(id) {
            up.takes_update |= allows_update(message);
            up.hear_packages(message);
            if message.is_request() {
                up.min_se = up.min_se.max(min_se(message));
            }
        }
    }

    /// The session was refreshed just now; `None`: it has no timer any more.
    pub(super) fn start_timer(&mut self, id: CallId, timer: Option<SessionTimer>) {
        let now = self.now;
        let Some(up) = self.up(id) else { return };
        up.timer = timer;
        if up.timer.is_none_or(|timer| !timer.is_ours) {
            up.refresh_due = false;
        }
        self.alarms.stop(Alarm::Refresh(id));
        self.alarms.stop(Alarm::SessionExpires(id));
        let Some(timer) = timer else { return };
        self.alarms.set(now + timer.expires_after(), Alarm::SessionExpires(id));
        if let Some(wait) = timer.refresh_after() {
            self.alarms.set(now + wait, Alarm::Refresh(id));
        }
    }

    /// A 2xx to our INVITE in `exchange` says how it goes on (RFC 4028 §7.2).
    pub(super) fn hear_timer(&mut self, id: CallId, exchange: ExchangeId, response: &Message<'_>) {
        let asked = self.exchanges.get(&exchange).and_then(|e| asked_interval(&e.draft));
        self.set_timer(id, response, asked);
    }

    /// A 2xx to a request that asked for this interval says how it goes on.
    pub(super) fn set_timer(&mut self, id: CallId, response: &Message<'_>, asked: Option<Duration>) {
        self.learn(id, response);
        self.start_timer(id, self.settings.session.hear(response, asked));
    }

    /// Half of the interval is over, and we refresh.
    pub(super) fn refresh(&mut self, id: CallId) {
        let Some(up) = self.up(id) else { return };
        up.refresh_due = true;
        up.glares = 0;
        self.change(id);
    }

    /// A refresh was refused in a way that leaves the call: tried again while there is time (RFC 4028 §10).
    pub(super) fn not_refreshed(&mut self, id: CallId, outcome: Outcome) {
        let now = self.now;
        let Some(up) = self.up(id) else { return };
        let call_id = up.dialog.id().call_id.clone();
        if let Some(timer) = up.timer {
            self.alarms.set(now + timer.interval / 4, Alarm::Refresh(id));
        }
        self.note(&call_id, Fact::Call { state: "not refreshed".into(), cause: cause_of(outcome) });
    }

    /// Nobody refreshed the session in time (RFC 4028 §10).
    pub(super) fn session_expired(&mut self, id: CallId) {
        self.bye(id, Ending::Expired, Cause::Timer(Timer::SessionExpires));
    }

    /// A 422: the same request again with the interval that was missing, as a new transaction (RFC 4028 §7.3).
    /// Whether that makes sense.
    pub(super) fn raise_interval(&mut self, id: ExchangeId, response: &Message<'_>) -> bool {
        if self.is_given_up(id) {
            return false;
        }
        let user = self.auth_user();
        let Some(exchange) = self.exchanges.get_mut(&id) else { return false };
        let asked = exchange.draft.row(HeaderName::SESSION_EXPIRES).and_then(SessionExpires::parse);
        let (Some(asked), Some(min)) = (asked, min_se(response)) else { return false };
        if min <= asked.interval || exchange.raised == RAISES_MAX {
            return false;
        }
        exchange.raised += 1;
        let raised = SessionExpires { interval: min, ..asked };
        exchange.draft.set(HeaderName::SESSION_EXPIRES, raised.write());
        exchange.draft.set(HeaderName::MIN_SE, min.as_secs().to_string());
        if let Some(secret) = &self.settings.password {
            exchange.wallet.write(&mut exchange.draft, &user, secret, &mut self.entropy);
        }
        match exchange.purpose {
            Purpose::Invite(call) => {
                if let Some(Call::Calling(calling)) = self.calls.get_mut(&call) {
                    calling.early.clear();
                }
            }
            Purpose::Reinvite(call) | Purpose::Update(call) => {
                if let Some(up) = self.up(call) {
                    up.min_se = up.min_se.max(Some(min));
                }
            }
            _ => {}
        }
        self.prepare_again(id);
        true
    }
}

impl Up {
    /// Says in a request of ours that the session timer goes on (RFC 4028 §7.4).
    pub(super) fn ask_timer(&self, draft: &mut Draft) {
        let Some(timer) = self.timer else { return };
        draft.set(HeaderName::SESSION_EXPIRES, timer.ask(self.min_se.unwrap_or_default()).write());
        if let Some(min) = self.min_se {
            draft.set(HeaderName::MIN_SE, min.as_secs().to_string());
        }
    }
}

/// The interval for which a request of ours asks.
pub(super) fn asked_interval(draft: &Draft) -> Option<Duration> {
    seconds(draft.row(HeaderName::SESSION_EXPIRES))
}

/// The header fields of a 2xx that grants a session timer.
pub(super) fn timer_rows(granted: &Granted) -> impl Iterator<Item = (HeaderName, Vec<u8>)> + use<> {
    let expires = (HeaderName::SESSION_EXPIRES, granted.session_expires().write().into_bytes());
    let require = (HeaderName::REQUIRE, OptionTag::TIMER.as_str().as_bytes().to_vec());
    [Some(expires), Some(require).filter(|_| granted.is_required)].into_iter().flatten()
}
