//! The proxy's part in session timers (RFC 4028 §8): it may ask for one, shorten it, and refuse one that is too short.

use super::Proxy;
use super::context::Handle;
use super::forward::session_of;
use ringback_sip::dialog::{IntervalTooSmall, SessionExpires, SessionPolicy};
use ringback_sip::journal::Cause;
use ringback_sip::registry::{HeaderName, OptionTag, StatusCode};
use ringback_sip::syntax::{Edit, Message};

impl Proxy {
    /// What we want of session timers; `None`: they pass as they come.
    pub fn set_session(&mut self, policy: Option<SessionPolicy>) {
        self.session = policy;
    }

    /// What we owe the caller in its 2xx (RFC 4028 §8.2).
    ///
    /// # Errors
    /// 422, with the minimum in its cause.
    pub(super) fn check_interval(
        &self,
        message: &Message<'_>,
    ) -> Result<Option<SessionExpires>, (StatusCode, Cause)> {
        match session_of(self.session, message) {
            Ok(passing) => Ok(passing.owed),
            Err(IntervalTooSmall(min)) => {
                Err((StatusCode::SESSION_INTERVAL_TOO_SMALL, Cause::IntervalTooBrief(min)))
            }
        }
    }

    /// A 2xx of a user agent without the extension: the caller, that has it, hears that it refreshes.
    pub(super) fn add_timer(
        &mut self,
        handle: Handle,
        status: StatusCode,
        message: &Message<'_>,
        edit: &mut Edit<'_, '_>,
    ) {
        let owed = self.contexts.find(handle).and_then(|context| context.owed);
        let Some(owed) = owed.filter(|_| status.is_success()) else { return };
        if message.header(HeaderName::SESSION_EXPIRES).is_some() {
            return;
        }
        edit.append(HeaderName::SESSION_EXPIRES, owed.write());
        let timer = OptionTag::TIMER.as_str();
        if !message.lists(HeaderName::REQUIRE, timer.as_bytes()) {
            edit.append(HeaderName::REQUIRE, timer);
        }
    }
}
