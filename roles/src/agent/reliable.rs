//! Provisional responses that arrive for certain, and PRACK (RFC 3262).
//!
//! The called side has at most one that is not acknowledged, and holds its 2xx back until then.

use super::alarms::Alarm;
use super::call::{Call, Change, Offered};
use super::callee::Said;
use super::caller::{sdp_of, their_tag};
use super::command::CallId;
use super::draft::Draft;
use super::early::{Pending, Reliably, allows_update, wants_prack};
use super::event::Event;
use super::exchange::{Exchange, ExchangeId, InboundId, Purpose};
use super::reply::Reply;
use super::settings::Reliable;
use super::state::{Agent, PRODUCT, tag_of};
use ringback_sip::dialog::{Dialog, EARLY_DIALOGS_MAX};
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{HeaderName, Method, OptionTag, StatusCode, Timer};
use ringback_sip::sdp::{AudioSession, Capabilities, Direction, Exchange as Turn, SDP_MEDIA_TYPE, decline};
use ringback_sip::syntax::Message;
use ringback_sip::time::Duration;

/// How often a caller hears again that we ring, when it hears it for certain (RFC 3262 §3).
const RING_AGAIN_RELIABLY: Duration = Duration::from_secs(150);
/// First numbers of RSeq are below 2^31 (RFC 3262 §3).
const FIRST_RSEQ_MAX: u64 = (1 << 31) - 1;

impl Agent {
    /// An INVITE of a peer that cannot do what we insist on (RFC 3261 §21.4.16).
    pub(super) fn check_reliable(&self, request: &Message<'_>) -> Result<(), Reply> {
        let offers = Reliably::of(request);
        if self.settings.reliable != Reliable::Required || offers.supported || offers.required {
            return Ok(());
        }
        let tag = OptionTag::RELIABLE_PROVISIONAL.as_str();
        let cause = Cause::Extension(Shown::from(tag.as_bytes()));
        Err(Reply::of(StatusCode::EXTENSION_REQUIRED, cause).with(HeaderName::REQUIRE, tag))
    }

    /// Whether a provisional response has to go reliably: always when one side insists, and with a description of
    /// the session whenever the caller can take it.
    pub(super) fn rings_reliably(&self, offered: &Offered, with_media: bool) -> bool {
        let reliably = &offered.reliably;
        match self.settings.reliable {
            Reliable::Never => false,
            Reliable::Supported => reliably.required || (reliably.supported && with_media),
            Reliable::Required => true,
        }
    }

    /// Sends a provisional response reliably, or keeps it until the one before is acknowledged. Without an offer in
    /// the INVITE the first one carries ours (RFC 3262 §5), so it waits until we have audio.
    pub(super) fn ring_reliably(&mut self, id: CallId, audio: Option<Capabilities>) {
        let session_id = self.entropy.next_u64();
        let first = 1 + self.entropy.below(FIRST_RSEQ_MAX) as u32;
        let t1 = self.settings.timers.t1;
        let preconditions = self.preconditions_asked(id);
        let Some(Call::Offered(offered)) = self.calls.get_mut(&id) else { return };
        if offered.reliably.is_pending() || offered.reliably.held {
            offered.reliably.next = Some(audio);
            return;
        }
        let request = offered.request.clone();
        let Ok(message) = Message::parse(&request) else { return };
        let status = if audio.is_some() { StatusCode::SESSION_PROGRESS } else { StatusCode::RINGING };
        let mut sdp = None;
        if let Some(audio) = audio.filter(|_| offered.early.is_none()) {
            let mut session = AudioSession::new(audio, session_id);
            session.set_preconditions(preconditions);
            sdp = match sdp_of(&message) {
                Some(offer) => session.answer(offer).ok().and_then(Result::ok),
                None => session.offer(Direction::SendRecv).ok(),
            };
            if let Some(sdp) = &sdp {
                offered.early = Some((session, sdp.clone()));
                offered.reliably.settled = true;
            }
        }
        if sdp_of(&message).is_none() && !offered.reliably.settled {
            offered.reliably.next = Some(None);
            return;
        }
        offered.reliably.rseq = match offered.reliably.rseq {
            0 => first,
            last => last.saturating_add(1),
        };
        let rseq = offered.reliably.rseq;
        let said = Said { rseq: Some(rseq), ..Said::new(status, sdp.as_deref()) };
        let bytes = self.dialog_response(id, said);
        let Some(Call::Offered(offered)) = self.calls.get_mut(&id) else { return };
        offered.reliably.pending = Some(Pending { status, bytes: bytes.clone(), interval: t1 });
        let (server, peer) = (offered.server, offered.flow.remote);
        self.alarms.set(self.now + t1, Alarm::ProvisionalAgain(id));
        self.alarms.set(self.now + self.settings.timers.t1_64(), Alarm::ProvisionalLimit(id));
        self.alarms.set(self.now + RING_AGAIN_RELIABLY, Alarm::RingAgain(id));
        self.answered_fact(&message, peer, status, Cause::User);
        self.transactions.respond(self.now, server, status, bytes);
        if sdp.is_some() {
            self.tell_early(id);
        }
    }

    /// Sends a reliable provisional response again; the interval doubles without a cap (RFC 3262 §3).
    pub(super) fn provisional_again(&mut self, id: CallId) {
        let Some(Call::Offered(offered)) = self.calls.get_mut(&id) else { return };
        let server = offered.server;
        let Some(pending) = &mut offered.reliably.pending else { return };
        pending.interval *= 2;
        let (status, bytes) = (pending.status, pending.bytes.clone());
        self.alarms.set(self.now + pending.interval, Alarm::ProvisionalAgain(id));
        self.transactions.respond(self.now, server, status, bytes);
    }

    /// No PRACK came: the INVITE is refused (RFC 3262 §3).
    pub(super) fn provisional_limit(&mut self, id: CallId) {
        let cause = Cause::Timer(Timer::ProvisionalLimit);
        self.refuse(id, StatusCode::SERVER_TIME_OUT, None, cause);
    }

    /// A PRACK: 2xx when it names the response that waits for it, else 481 (RFC 3262 §3).
    pub(super) fn serve_prack(&mut self, inbound: InboundId, call: Option<CallId>, request: &Message<'_>) {
        let named = call.and_then(|id| match self.calls.get_mut(&id) {
            Some(Call::Offered(offered)) if offered.is_named(request) => Some((id, offered)),
            _ => None,
        });
        let Some((id, offered)) = named else {
            let cause = Cause::NoSuchDialog;
            return self.reply(
                inbound,
                request,
                Reply::of(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, cause),
            );
        };
        offered.reliably.pending = None;
        let mut reply = Reply::of(StatusCode::OK, Cause::Done);
        let (mut is_unusable, mut is_news) = (false, false);
        match (&mut offered.early, sdp_of(request)) {
            (Some((session, _)), answer) if session.exchange() == Turn::Offered => {
                is_unusable = session.accept_answer(answer.unwrap_or_default()).is_err();
                is_news = !is_unusable;
            }
            // What we cannot take is declined inside the 2xx, since a PRACK that fits gets no other (RFC 3262 §3).
            (Some((session, _)), Some(offer)) if offered.reliably.settled => {
                let answer = session.answer(offer).ok().and_then(Result::ok);
                is_news = answer.is_some();
                let answer = answer.or_else(|| decline(offer));
                reply.body = answer.map(|sdp| (SDP_MEDIA_TYPE, sdp));
            }
            _ => {}
        }
        self.alarms.stop(Alarm::ProvisionalAgain(id));
        self.alarms.stop(Alarm::ProvisionalLimit(id));
        self.reply(inbound, request, reply);
        if is_unusable {
            return self.refuse(id, StatusCode::NOT_ACCEPTABLE_HERE, None, Cause::NoCommonMedia);
        }
        if is_news {
            self.tell_early(id);
        }
        self.release(id);
    }

    /// What waited for a PRACK, or for a precondition, goes on.
    pub(super) fn release(&mut self, id: CallId) {
        let Some(Call::Offered(offered)) = self.calls.get_mut(&id) else { return };
        offered.waits &= !offered.early.as_ref().is_some_and(|(session, _)| session.is_ready());
        if offered.reliably.is_pending() || offered.waits {
            return self.update_early(id);
        }
        let (next, held) = (offered.reliably.next.take(), core::mem::take(&mut offered.reliably.held));
        if held {
            return self.carry_out(id);
        }
        if let Some(audio) = next {
            self.ring(id, audio);
        }
        self.update_early(id);
    }

    /// A PRACK of ours was answered, or not: what waited for it goes on.
    pub(super) fn prack_ended(&mut self, call: CallId, id: ExchangeId, exchange: &Exchange) {
        let Some(Call::Calling(calling)) = self.calls.get_mut(&call) else { return };
        if let Some(early) = calling.early.get_mut(&tag_of(&exchange.draft.to)) {
            early.prack.take_if(|prack| *prack == id);
            self.update_early(call);
        }
    }

    /// A provisional response to our INVITE that wants PRACK. Whether it is in its turn: copies, and those before
    /// which one is missing, are not heard (RFC 3262 §4).
    pub(super) fn hear_reliable(
        &mut self,
        id: ExchangeId,
        call: CallId,
        rseq: u32,
        response: &Message<'_>,
    ) -> bool {
        let tag = their_tag(response);
        let prack = self.new_exchange();
        let Some(Call::Calling(calling)) = self.calls.get_mut(&call) else { return false };
        let Some(exchange) = self.exchanges.get_mut(&id) else { return false };
        let Some(dialog) = exchange.forks.get_mut(&tag) else { return false };
        if calling.early.len() >= EARLY_DIALOGS_MAX && !calling.early.contains_key(&tag) {
            return false;
        }
        let (audio, late_offer) = (calling.audio.clone(), calling.late_offer);
        let early = calling.early_of(tag);
        if early.rseq.is_some_and(|last| last.checked_add(1) != Some(rseq)) {
            return false;
        }
        early.rseq = Some(rseq);
        early.prack = Some(prack);
        early.change.is_allowed |= allows_update(response);
        let answer = early.hear_certain(&audio, late_offer, sdp_of(response));
        if let Some(session) = early.session.as_ref().filter(|session| session.owes_confirmation()) {
            early.change.waiting.get_or_insert(session.wish());
        }
        let mut draft = acknowledgement(dialog, rseq, &exchange.draft);
        draft.body = answer.map(|sdp| (SDP_MEDIA_TYPE, sdp.into()));
        self.send(prack, draft, Purpose::Prack(call));
        true
    }

    /// A provisional response to the INVITE of our change: one that wants PRACK gets it, and may have the answer
    /// (RFC 3262 §4, §5).
    pub(super) fn hear_change_progress(&mut self, id: ExchangeId, response: &Message<'_>) {
        let does = self.settings.reliable != Reliable::Never;
        let Some(rseq) = wants_prack(response).filter(|_| does) else { return };
        let prack = self.new_exchange();
        let Some(exchange) = self.exchanges.get(&id) else { return };
        let Purpose::Reinvite(call) = exchange.purpose else { return };
        let Some(Call::Up(up)) = self.calls.get_mut(&call) else { return };
        let is_next = up.rseq.is_none_or(|last| last.checked_add(1) == Some(rseq));
        if !matches!(up.change, Change::Ours(ours, _) if ours == id) || !is_next {
            return;
        }
        up.rseq = Some(rseq);
        // What is wrong with an answer shows when the 2xx has none that is better.
        let agreed = sdp_of(response).and_then(|sdp| up.audio.accept_answer(sdp).map(|a| a.cloned()).ok());
        let draft = acknowledgement(&mut up.dialog, rseq, &exchange.draft);
        self.send(prack, draft, Purpose::Prack(call));
        if let Some(agreed) = agreed {
            self.tell(Event::Media { call, agreed: agreed.map(Box::new) });
        }
    }
}

/// The PRACK to the provisional response `rseq` of the INVITE in `invite` (RFC 3262 §7.2).
fn acknowledgement(dialog: &mut Dialog, rseq: u32, invite: &Draft) -> Draft {
    let mut draft = Draft::inside(dialog.request(Method::Prack))
        .with(HeaderName::RACK, format!("{rseq} {} {}", invite.cseq, Method::Invite))
        .with(HeaderName::USER_AGENT, PRODUCT);
    draft.credentials = invite.credentials.clone();
    draft
}

impl Offered {
    /// Whether the RAck of a PRACK names the response that is not acknowledged.
    fn is_named(&self, request: &Message<'_>) -> bool {
        let Ok(invite) = Message::parse(&self.request) else { return false };
        let cseq = invite.cseq().map_or(0, |c| c.number);
        let words: Vec<&[u8]> = request
            .header(HeaderName::RACK)
            .unwrap_or_default()
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
            .collect();
        let [rseq, number, method] = words[..] else { return false };
        let is = |word: &[u8], number: u32| {
            core::str::from_utf8(word).ok().and_then(|w| w.parse().ok()) == Some(number)
        };
        self.reliably.is_pending()
            && is(rseq, self.reliably.rseq)
            && is(number, cseq)
            && method == Method::Invite.as_str().as_bytes()
    }
}
