//! UPDATE (RFC 3311): theirs is served in every dialog; ours changes the session of an early one, where no INVITE can.

use super::alarms::Alarm;
use super::call::{Call, Change};
use super::callee::refusal_reply;
use super::caller::{cause_of, sdp_of};
use super::command::CallId;
use super::draft::Draft;
use super::early::{Early, EarlyChange};
use super::event::{Ending, Event, Outcome};
use super::exchange::{Exchange, ExchangeId, InboundId, Purpose};
use super::refresh::{asked_interval, timer_rows};
use super::reply::Reply;
use super::state::{ALLOW, Agent, PRODUCT, tag_of};
use ringback_sip::dialog::{Dialog, Failure, Fate};
use ringback_sip::journal::Cause;
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::sdp::{AudioSession, Direction, SDP_MEDIA_TYPE};
use ringback_sip::syntax::Message;
use ringback_sip::time::Duration;

impl Agent {
    /// The dialog of a call with the peer's tag.
    pub(super) fn dialog_of(&mut self, id: CallId, tag: &[u8]) -> Option<&mut Dialog> {
        let Some(call) = self.calls.get_mut(&id) else {
            return self.remains.get_mut(&id).filter(|dialog| &*dialog.id().remote_tag == tag);
        };
        let dialog = match call {
            Call::Up(up) => &mut up.dialog,
            Call::Offered(offered) => &mut offered.dialog,
            Call::Calling(calling) => self.exchanges.get_mut(&calling.exchange)?.forks.get_mut(tag)?,
        };
        Some(dialog).filter(|dialog| &*dialog.id().remote_tag == tag)
    }

    /// An UPDATE: it moves the target, and its offer is answered at once (RFC 3311 §5.2).
    pub(super) fn serve_update(&mut self, inbound: InboundId, call: Option<CallId>, request: &Message<'_>) {
        let tag = tag_of(request.header(HeaderName::FROM).unwrap_or_default());
        let Some(id) = call.filter(|id| self.calls.contains_key(id)) else {
            let gone = Reply::of(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, Cause::NoSuchDialog);
            return self.reply(inbound, request, gone);
        };
        let is_up = matches!(self.calls.get(&id), Some(Call::Up(_)));
        let granted = match self.grant(Some(id), request) {
            Ok(granted) => granted.filter(|_| is_up),
            Err(reply) => return self.reply(inbound, request, reply),
        };
        let answer = match sdp_of(request).map(|offer| self.answer_update(id, &tag, offer)) {
            None => None,
            Some(Ok(answer)) => Some(answer),
            Some(Err(reply)) => return self.reply(inbound, request, reply),
        };
        if let Some(dialog) = self.dialog_of(id, &tag) {
            dialog.refresh_target(request);
        }
        let Some(flow) = self.inbound.get(&inbound).map(|i| i.flow) else { return };
        let mut reply = Reply::of(StatusCode::OK, Cause::Done)
            .with(HeaderName::CONTACT, self.reply_contact(&flow, request))
            .with(HeaderName::ALLOW, ALLOW)
            .with(HeaderName::SUPPORTED, self.supported());
        reply.rows.extend(granted.iter().flat_map(timer_rows).chain(self.recv_info_row(request)));
        let is_changed = answer.is_some();
        reply.body = answer.map(|sdp| (SDP_MEDIA_TYPE, sdp));
        self.reply(inbound, request, reply);
        self.learn(id, request);
        self.start_timer(id, granted.map(|g| g.timer));
        if is_changed && let Some(session) = self.session_of(id, &tag) {
            let agreed = session.agreed().cloned().map(Box::new);
            self.tell(Event::Media { call: id, agreed });
            self.release(id);
        }
    }

    /// The session of a dialog, once an offer was answered for certain.
    fn session_of(&mut self, id: CallId, tag: &[u8]) -> Option<&mut AudioSession> {
        match self.calls.get_mut(&id)? {
            Call::Up(up) => Some(&mut up.audio),
            Call::Offered(offered) if offered.reliably.settled => {
                offered.early.as_mut().map(|(session, _)| session)
            }
            Call::Offered(_) => None,
            Call::Calling(calling) => calling.early.get_mut(tag)?.session.as_mut(),
        }
    }

    /// The answer to the offer of an UPDATE: 491 while an offer of ours is open, 500 while one of theirs is.
    fn answer_update(&mut self, id: CallId, tag: &[u8], offer: &[u8]) -> Result<String, Reply> {
        let met = || Reply::of(StatusCode::REQUEST_PENDING, Cause::Glare);
        let is_ours = matches!(self.calls.get(&id), Some(Call::Calling(calling)) if !calling.late_offer);
        match self.session_of(id, tag).map(|session| session.answer(offer)) {
            Some(Ok(Ok(answer))) => Ok(answer),
            Some(Ok(Err(refusal))) => Err(refusal_reply(refusal)),
            Some(Err(_)) => Err(met()),
            None if is_ours => Err(met()),
            None => Err(self.later()),
        }
    }

    /// What an early dialog with a settled session is made of, when the peer takes UPDATE.
    fn early_parts(
        &mut self,
        id: CallId,
        tag: &[u8],
    ) -> Option<(&mut Dialog, &mut AudioSession, &mut EarlyChange, bool)> {
        match self.calls.get_mut(&id)? {
            Call::Up(_) => None,
            Call::Offered(offered) => {
                let is_busy = offered.reliably.is_pending();
                let session = offered.early.as_mut().filter(|_| offered.reliably.settled)?;
                Some((&mut offered.dialog, &mut session.0, &mut offered.change, is_busy))
            }
            Call::Calling(calling) => {
                let early = calling.early.get_mut(tag)?;
                let Early { session, change, prack, .. } = early;
                let dialog = self.exchanges.get_mut(&calling.exchange)?.forks.get_mut(tag)?;
                Some((dialog, session.as_mut()?, change, prack.is_some()))
            }
        }
    }

    /// The tags of the peers of a call that is not answered.
    fn early_tags(&self, id: CallId) -> Vec<Box<[u8]>> {
        match self.calls.get(&id) {
            Some(Call::Calling(calling)) if !calling.cancelled => calling.early.keys().cloned().collect(),
            Some(Call::Offered(offered)) => vec![offered.dialog.id().remote_tag.clone()],
            _ => Vec::new(),
        }
    }

    /// Changes how media flow before the call is answered, in every dialog as soon as its session is settled; where that
    /// is not before the answer, the call begins with the change.
    pub(super) fn wish_early(&mut self, id: CallId, wish: Direction) {
        match self.calls.get_mut(&id) {
            Some(Call::Calling(calling)) => {
                calling.wish = Some(wish);
                calling.early.values_mut().for_each(|early| early.change.wish(wish));
            }
            Some(Call::Offered(offered)) => offered.change.wish(wish),
            Some(Call::Up(_)) | None => {}
        }
        self.update_early(id);
    }

    /// Sends the UPDATEs that wait, where nothing is under way: no PRACK, lest the two overtake each other.
    pub(super) fn update_early(&mut self, id: CallId) {
        for tag in self.early_tags(id) {
            let (exchange, contact) = (self.new_exchange(), self.dialog_contact(false));
            let Some((dialog, session, change, is_busy)) = self.early_parts(id, &tag) else { continue };
            if is_busy || !change.is_allowed || change.ours.is_some() {
                continue;
            }
            let Some(wish) = change.waiting else { continue };
            let Ok(offer) = session.offer(wish) else { continue };
            change.waiting = None;
            change.ours = Some((exchange, wish));
            let mut draft = Draft::inside(dialog.request(Method::Update))
                .with(HeaderName::ALLOW, ALLOW)
                .with(HeaderName::USER_AGENT, PRODUCT);
            draft.contact = contact;
            draft.body = Some((SDP_MEDIA_TYPE, offer.into()));
            self.send(exchange, draft, Purpose::Update(id));
        }
    }

    /// An UPDATE of ours has ended.
    pub(super) fn update_ended(
        &mut self,
        call: CallId,
        id: ExchangeId,
        exchange: &Exchange,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) {
        let accepted = response.filter(|r| r.status().is_some_and(StatusCode::is_success));
        if matches!(self.calls.get(&call), Some(Call::Up(_))) {
            return match accepted {
                Some(response) => {
                    let asked = asked_interval(&exchange.draft);
                    self.update_accepted(call, id, response, asked);
                }
                None => self.reinvite_failed(call, id, outcome, response),
            };
        }
        let tag = tag_of(&exchange.draft.to);
        let wait = self.wait_after(call, outcome, response);
        let Some((dialog, session, change, _)) = self.early_parts(call, &tag) else { return };
        let Some((_, wish)) = change.ours.take_if(|(ours, _)| *ours == id) else { return };
        if let Some(response) = accepted {
            dialog.refresh_target(response);
            match session.accept_answer(sdp_of(response).unwrap_or_default()).map(|a| a.cloned()) {
                Ok(agreed) => self.tell(Event::Media { call, agreed: agreed.map(Box::new) }),
                Err(_) => return self.lose_early(call, &tag, outcome),
            }
            return self.update_early(call);
        }
        session.withdraw();
        if let Some(wait) = wait.filter(|_| !change.met) {
            change.met = true;
            change.waiting = change.waiting.or(Some(wish));
            return self.alarms.set(self.now + wait, Alarm::Glare(call));
        }
        let failure = match outcome {
            Outcome::Status(status) => Failure::Status(status),
            Outcome::Timeout(_) => Failure::Timeout,
            _ => Failure::Transport,
        };
        match Fate::of(failure, Method::Update) {
            Fate::Transaction => self.tell(Event::Unchanged { call, outcome }),
            Fate::Usage | Fate::Dialog => self.lose_early(call, &tag, outcome),
        }
    }

    /// Our UPDATE was accepted when the call stood already.
    fn update_accepted(
        &mut self,
        call: CallId,
        id: ExchangeId,
        response: &Message<'_>,
        asked: Option<Duration>,
    ) {
        let Some(up) = self.up(call) else { return };
        let Change::Ours(ours, wish) = up.change else { return };
        if ours != id {
            return;
        }
        self.alarms.stop(Alarm::ChangeLimit(call));
        let Some(up) = self.up(call) else { return };
        up.change = Change::None;
        up.dialog.refresh_target(response);
        let answered = up.audio.accept_answer(sdp_of(response).unwrap_or_default()).map(|a| a.cloned());
        // Only an UPDATE that was sent after the answer to the INVITE is about the session timer.
        if wish.is_none() {
            self.set_timer(call, response, asked);
        }
        match answered {
            Ok(agreed) => {
                if wish.is_some() {
                    self.tell(Event::Media { call, agreed: agreed.map(Box::new) });
                }
                self.change(call);
            }
            Err(fault) => self.bye(call, Ending::BadAnswer(fault), Cause::NoCommonMedia),
        }
    }

    /// The peer has lost an early dialog (RFC 5057): the caller forgets it, the called side refuses the call.
    fn lose_early(&mut self, call: CallId, tag: &[u8], outcome: Outcome) {
        match self.calls.get_mut(&call) {
            Some(Call::Calling(calling)) => {
                calling.early.remove(tag);
                if let Some(invite) = self.exchanges.get_mut(&calling.exchange) {
                    invite.forks.take(tag);
                }
            }
            Some(Call::Offered(_)) => {
                let reply = Reply::of(StatusCode::SERVER_INTERNAL_ERROR, cause_of(outcome));
                self.conclude(call, reply, Ending::Lost(outcome));
            }
            Some(Call::Up(_)) | None => {}
        }
    }
}
