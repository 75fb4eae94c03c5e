//! Preconditions (RFC 3312): a call that has to wait for reservations rings once they are there, or is refused with 580.

use super::call::{Call, Decision};
use super::caller::sdp_of;
use super::command::CallId;
use super::early::takes_reliable;
use super::reply::Reply;
use super::state::Agent;
use ringback_sip::journal::Cause;
use ringback_sip::registry::StatusCode;
use ringback_sip::sdp::{Preconditions, SDP_MEDIA_TYPE, is_beyond_us, unmet};
use ringback_sip::syntax::Message;

impl Agent {
    /// The preconditions of an INVITE, when we have the extension.
    pub(super) fn preconditions_of(&self, request: &Message<'_>) -> Option<Preconditions> {
        self.settings.preconditions?;
        Preconditions::of_offer(sdp_of(request)?)
    }

    /// Those of a call that is not answered.
    pub(super) fn preconditions_asked(&self, id: CallId) -> Option<Preconditions> {
        let Some(Call::Offered(offered)) = self.calls.get(&id) else { return None };
        self.preconditions_of(&Message::parse(&offered.request).ok()?)
    }

    /// 580 for preconditions that can never be met here (RFC 3312 §8): also when the caller does not take the
    /// reliable response that has to speak of them.
    pub(super) fn refusal_of_preconditions(&self, request: &Message<'_>) -> Option<Reply> {
        let asked = self.preconditions_of(request)?;
        let offer = sdp_of(request)?;
        let is_hopeless = !asked.is_met() && !takes_reliable(request);
        (is_hopeless || is_beyond_us(offer)).then(|| refusal(offer))
    }

    /// 580 for a call that still waits.
    pub(super) fn unmet_reply(&self, id: CallId) -> Option<Reply> {
        let Some(Call::Offered(offered)) = self.calls.get(&id) else { return None };
        let request = Message::parse(&offered.request).ok().filter(|_| offered.waits)?;
        Some(refusal(sdp_of(&request)?))
    }

    /// Whether a call may not ring yet: it does once it may.
    pub(super) fn rings_later(&mut self, id: CallId) -> bool {
        let Some(Call::Offered(offered)) = self.calls.get_mut(&id) else { return false };
        if offered.waits {
            offered.reliably.next = Some(None);
        }
        offered.waits
    }

    /// Whether an answer has to wait for reservations; the caller hears of ours, and is answered once they are there.
    pub(super) fn prepares(&mut self, id: CallId) -> bool {
        let Some(Call::Offered(offered)) = self.calls.get(&id) else { return false };
        let Some(Decision::Answer { audio, .. }) = offered.decision.as_ref().filter(|_| offered.waits) else {
            return false;
        };
        if offered.early.is_none() {
            self.ring_reliably(id, Some(audio.clone()));
        }
        if let Some(Call::Offered(offered)) = self.calls.get_mut(&id) {
            offered.reliably.held = true;
        }
        true
    }
}

fn refusal(offer: &[u8]) -> Reply {
    let body = unmet(offer).map(|sdp| (SDP_MEDIA_TYPE, sdp));
    Reply { body, ..Reply::of(StatusCode::PRECONDITION_FAILURE, Cause::Precondition) }
}
