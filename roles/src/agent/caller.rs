//! Making calls: the UAC core for INVITE (RFC 3261 §13.2), its forks, redirections and CANCEL.

use super::alarms::Alarm;
use super::call::{Call, Calling, Up};
use super::command::{CallId, Outgoing};
use super::draft::{Draft, Who, loose};
use super::early::{Early, wants_prack};
use super::event::{Ending, Event, Outcome, Side};
use super::exchange::{Exchange, ExchangeId, Purpose, Stage};
use super::settings::Reliable;
use super::state::{ALLOW, Agent, HUNG_UP, PRODUCT};
use bytes::Bytes;
use ringback_sip::dialog::{Dialog, EARLY_DIALOGS_MAX, Heard};
use ringback_sip::journal::{Cause, Fact, Shown};
use ringback_sip::registry::{HeaderName, Method, OptionTag, StatusCode};
use ringback_sip::sdp::{
    Agreed, AnswerFault, AudioSession, Direction, Preconditions, SDP_MEDIA_TYPE, SdpError, Strength, decline,
};
use ringback_sip::syntax::{Message, Scheme, Uri, Wanted};
use ringback_sip::transaction::ClientId;
use std::collections::BTreeMap;

/// Most targets that one call tries, the first included.
pub const REDIRECTS_MAX: usize = 10;

impl Agent {
    /// Sends the INVITE of a new call.
    pub(super) fn call(&mut self, id: CallId, outgoing: &Outgoing) {
        if self.calls.contains_key(&id) {
            return self.note(b"", Fact::Call { state: "calling already".into(), cause: Cause::User });
        }
        // A call that the peer of another one asks for stands beside that one for a while.
        let referral = outgoing.referral.filter(|of| self.referrals.contains_key(of));
        if self.calls.len() >= self.settings.calls_max + usize::from(referral.is_some()) {
            let ending = Ending::Failed(Outcome::Limit);
            return self.tell(Event::Ended { call: id, ending, lasted: None, response: None });
        }
        let mut audio = AudioSession::new(outgoing.audio.clone(), self.entropy.next_u64());
        let tag = self.new_tag();
        let call_id = self.new_tag();
        let who = Who {
            from: self.our_from(&tag),
            to: format!("<{}>", outgoing.target).into_bytes().into(),
            call_id: call_id.clone(),
            cseq: 1,
        };
        let target = without_headers(outgoing.target.as_bytes());
        let mut draft = Draft::outside(Method::Invite, target, &self.first_hops(), who)
            .with(HeaderName::ALLOW, ALLOW)
            .with(HeaderName::RECV_INFO, self.recv_info())
            .with(HeaderName::USER_AGENT, PRODUCT)
            .with_all(&self.settings.preferences);
        draft.contact = self.dialog_contact(true);
        let reliable = OptionTag::RELIABLE_PROVISIONAL.as_str();
        if self.settings.reliable == Reliable::Required {
            draft = draft.with(HeaderName::REQUIRE, reliable);
        }
        if let Some(of) = referral {
            draft = self.bind_to_referral(id, of, draft);
        }
        if let Some(asked) = self.settings.session.ask() {
            draft = draft.with(HeaderName::SESSION_EXPIRES, asked.write());
        }
        if let Some(strength) = self.settings.preconditions.filter(|_| !outgoing.late_offer) {
            audio.set_preconditions(Some(Preconditions::asking(strength)));
            if strength == Strength::Mandatory {
                draft = draft.with(HeaderName::REQUIRE, OptionTag::PRECONDITION.as_str());
            }
        }
        if !outgoing.late_offer
            && let Ok(offer) = audio.offer(Direction::SendRecv)
        {
            draft.body = Some((SDP_MEDIA_TYPE, offer.into()));
        }
        if let Some(patience) = outgoing.patience {
            draft = draft.with(HeaderName::EXPIRES, patience.as_secs().max(1).to_string());
            self.alarms.set(self.now + patience, Alarm::Patience(id));
        }
        let exchange = self.new_exchange();
        let calling = Calling {
            exchange,
            end: (call_id.clone(), tag.clone()),
            audio,
            late_offer: outgoing.late_offer,
            cancelled: false,
            tried: vec![target.into()],
            waiting: Vec::new(),
            proxied: false,
            duration: outgoing.duration,
            wish: None,
            early: BTreeMap::new(),
        };
        self.calls.insert(id, Call::Calling(Box::new(calling)));
        self.ends.insert((call_id.clone(), tag), id);
        self.note(&call_id, Fact::Call { state: "calling".into(), cause: Cause::User });
        self.send(exchange, draft, Purpose::Invite(id));
    }

    /// Gives up our INVITE (RFC 3261 §9.1): the CANCEL waits for a provisional response, and says why.
    pub(super) fn cancel(&mut self, id: CallId, why: &'static str) {
        let Some(Call::Calling(calling)) = self.calls.get_mut(&id) else { return };
        calling.cancelled = true;
        let exchange = calling.exchange;
        if !self.give_up(exchange, why) {
            self.end(id, Ending::Cancelled(Side::Us), Cause::Cancelled, None);
        }
    }

    /// A provisional response to an INVITE of ours.
    pub(super) fn hear_progress(&mut self, id: ExchangeId, response: &Message<'_>) {
        let reliable = self.settings.reliable;
        let Some(exchange) = self.exchanges.get_mut(&id) else { return };
        let sent = exchange.sent.clone();
        let Ok(request) = Message::parse(&sent) else { return };
        // What made no dialog can be shown all the same.
        let _ = exchange.forks.hear(&request, response);
        let Purpose::Invite(call) = exchange.purpose else {
            return self.hear_change_progress(id, response);
        };
        let Some(Call::Calling(calling)) = self.calls.get_mut(&call) else { return };
        let Some(status) = response.status() else { return };
        if status == StatusCode::TRYING || calling.exchange != id {
            return;
        }
        // An early dialog is over while others go on (RFC 6228 §4).
        if status == StatusCode::EARLY_DIALOG_TERMINATED {
            calling.early.remove(&their_tag(response));
            return;
        }
        let is_cancelled = calling.cancelled;
        let certain = wants_prack(response).filter(|_| reliable != Reliable::Never);
        if certain.is_some_and(|rseq| !self.hear_reliable(id, call, rseq, response)) || is_cancelled {
            return;
        }
        let Some(Call::Calling(calling)) = self.calls.get_mut(&call) else { return };
        let mut agreed = None;
        let tag = their_tag(response);
        if let Some(session) = calling.early.get(&tag).and_then(|early| early.session.as_ref()) {
            agreed = session.agreed().cloned().map(Box::new);
        } else if certain.is_none()
            && let Some(sdp) = sdp_of(response)
        {
            // An answer in an unreliable response is a promise only, so the offer stays open (RFC 3261 §13.2.1).
            let mut session = calling.audio.clone();
            if let Ok(Some(early)) = session.accept_answer(sdp) {
                agreed = Some(Box::new(early.clone()));
                if calling.early.len() < EARLY_DIALOGS_MAX || calling.early.contains_key(&tag) {
                    calling.early_of(tag).promise = Some(Bytes::copy_from_slice(sdp));
                }
            }
        }
        self.report(call, status);
        self.tell(Event::Progress { call, status: status.treated_as(), agreed });
    }

    /// A 2xx to an INVITE of ours: each is acknowledged, one makes the call, the others are hung up
    /// (RFC 3261 §13.2.2.4).
    pub(super) fn hear_accepted(&mut self, id: ExchangeId, client: ClientId, response: &Message<'_>) {
        let Some(exchange) = self.exchanges.get_mut(&id) else { return };
        exchange.stage = Stage::Accepted(client);
        let tag = their_tag(response);
        if let Some((flow, ack)) = exchange.acks.get(&tag).cloned() {
            return self.transmit(flow, ack);
        }
        match exchange.purpose {
            Purpose::Reinvite(call) => self.reinvite_accepted(call, id, response),
            Purpose::Invite(call) => self.invite_accepted(call, id, &tag, response),
            _ => {}
        }
    }

    fn invite_accepted(&mut self, call: CallId, id: ExchangeId, tag: &[u8], response: &Message<'_>) {
        let Some(exchange) = self.exchanges.get_mut(&id) else { return };
        let sent = exchange.sent.clone();
        let Ok(request) = Message::parse(&sent) else { return };
        let heard = exchange.forks.hear(&request, response);
        let (dialog, fault) = match heard {
            Ok(Heard::Confirmed) => (exchange.forks.get(tag).cloned(), None),
            Ok(Heard::Unfit(fault)) => (exchange.forks.get(tag).cloned(), Some(fault)),
            Ok(_) => return,
            Err(fault) => (None, Some(fault)),
        };
        let unwanted = match (self.waiting_call(call, id), fault, dialog) {
            (Some(false), None, Some(dialog)) => return self.answered(call, id, dialog, response),
            (Some(false), fault, dialog) => {
                let header = fault.and_then(|fault| fault.header());
                self.end(call, Ending::NoDialog, Cause::Malformed { header, at: 0 }, None);
                dialog
            }
            (Some(true), _, dialog) => {
                self.end(call, Ending::Cancelled(Side::Us), Cause::Cancelled, None);
                dialog
            }
            (None, _, dialog) => dialog,
        };
        if let Some(dialog) = unwanted {
            self.drop_dialog(id, dialog, response);
        }
    }

    /// The called side leaves an early dialog with BYE. It does so when we never acknowledged its 2xx, which then was
    /// lost each time; our INVITE gets no other answer from it.
    pub(super) fn hear_early_bye(&mut self, call: CallId, bye: &Message<'_>) {
        let Some(Call::Calling(calling)) = self.calls.get(&call) else { return };
        let id = calling.exchange;
        let tag = bye.from().ok().and_then(|from| from.tag()).unwrap_or_default();
        let Some(exchange) = self.exchanges.get_mut(&id) else { return };
        exchange.forks.take(tag);
        if exchange.forks.is_empty() {
            self.give_up(id, HUNG_UP);
            self.end(call, Ending::HungUp(Side::Peer), Cause::Done, None);
        }
    }

    /// Whether the call still waits for this INVITE, and whether it was cancelled.
    fn waiting_call(&self, call: CallId, id: ExchangeId) -> Option<bool> {
        match self.calls.get(&call) {
            Some(Call::Calling(calling)) if calling.exchange == id => Some(calling.cancelled),
            _ => None,
        }
    }

    /// Acknowledges a dialog that nobody wants, and hangs up. An offer in its 2xx gets an answer that takes nothing
    /// (RFC 3261 §13.2.2.4).
    fn drop_dialog(&mut self, id: ExchangeId, mut dialog: Dialog, response: &Message<'_>) {
        let is_late = self.exchanges.get(&id).is_some_and(|e| e.draft.body.is_none());
        let answer = sdp_of(response).filter(|_| is_late).and_then(decline);
        self.acknowledge(id, &dialog, answer);
        self.send_bye(&mut dialog, None);
    }

    /// Sends the ACK to a 2xx of the INVITE in `id`: in the dialog, with the credentials of the INVITE.
    pub(super) fn acknowledge(&mut self, id: ExchangeId, dialog: &Dialog, answer: Option<String>) {
        let Some(invite) = self.exchanges.get(&id) else { return };
        let mut draft = Draft::inside(dialog.ack(invite.draft.cseq)).with(HeaderName::USER_AGENT, PRODUCT);
        draft.credentials = invite.draft.credentials.clone();
        draft.body = answer.map(|sdp| (SDP_MEDIA_TYPE, sdp.into()));
        let ack = self.new_exchange();
        self.send(ack, draft, Purpose::Ack(id));
    }

    /// Acknowledges a 2xx to an INVITE inside a dialog that is no more: where the INVITE went.
    pub(super) fn acknowledge_as_sent(&mut self, id: ExchangeId) {
        let Some(invite) = self.exchanges.get(&id) else { return };
        let draft = invite.draft.to_ack();
        let ack = self.new_exchange();
        self.send(ack, draft, Purpose::Ack(id));
    }

    /// Sends a BYE in a dialog; the call is over whatever comes back (RFC 3261 §15.1.1), and the user of `asker` is
    /// told what did.
    pub(super) fn send_bye(&mut self, dialog: &mut Dialog, asker: Option<CallId>) {
        let draft = Draft::inside(dialog.request(Method::Bye)).with(HeaderName::USER_AGENT, PRODUCT);
        let id = self.new_exchange();
        self.send(id, draft, Purpose::Bye(asker));
    }

    /// The first 2xx: the call stands, if its session description is good.
    fn answered(&mut self, call: CallId, id: ExchangeId, dialog: Dialog, response: &Message<'_>) {
        let Some(Call::Calling(calling)) = self.calls.get_mut(&call) else { return };
        let sdp = sdp_of(response);
        let mut audio = calling.audio.clone();
        let (late_offer, duration) = (calling.late_offer, calling.duration);
        let early = calling.early.remove(&dialog.id().remote_tag);
        let early = early.unwrap_or_else(|| Early::wishing(calling.wish));
        let outcome = if let Some(fault) = early.fault {
            Err(fault)
        } else if let Some(session) = early.session {
            // What a reliable response has settled, the 2xx does not say again (RFC 3262 §5).
            audio = session;
            Ok(None)
        } else if late_offer {
            answer_late(&mut audio, sdp)
        } else {
            // The 2xx may leave out what a provisional response of the same dialog has said.
            let sdp = sdp.or(early.promise.as_deref()).unwrap_or_default();
            audio.accept_answer(sdp).map(|_| None)
        };
        match outcome {
            Ok(answer) => {
                self.acknowledge(id, &dialog, answer);
                let agreed = audio.agreed().cloned().map(Box::new);
                let takes_update = early.change.is_allowed;
                let up = Up { takes_update, ..Up::new(dialog, audio, self.now) };
                self.stand(call, up.carrying_on(&early.change), agreed);
                self.hear_timer(call, id, response);
                self.change(call);
                if let Some(duration) = duration {
                    self.alarms.set(self.now + duration, Alarm::Duration(call));
                }
            }
            Err(fault) => {
                self.drop_dialog(id, dialog, response);
                self.end(call, Ending::BadAnswer(fault), Cause::NoCommonMedia, None);
            }
        }
    }

    /// The call stands from now on.
    pub(super) fn stand(&mut self, call: CallId, mut up: Up, agreed: Option<Box<Agreed>>) {
        up.audio.set_preconditions(None);
        self.alarms.stop_call(call);
        let call_id = up.dialog.id().call_id.clone();
        self.calls.insert(call, Call::Up(Box::new(up)));
        self.note(&call_id, Fact::Call { state: "up".into(), cause: Cause::Done });
        self.report(call, StatusCode::OK);
        self.tell(Event::Established { call, agreed });
    }

    /// An INVITE of ours has ended without a 2xx.
    pub(super) fn invite_failed(
        &mut self,
        call: CallId,
        exchange: Exchange,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) {
        let follows = self.settings.follow_redirects;
        let Some(Call::Calling(calling)) = self.calls.get_mut(&call) else { return };
        if calling.cancelled {
            return self.end(call, Ending::Cancelled(Side::Us), Cause::Cancelled, None);
        }
        let status = match outcome {
            Outcome::Status(status) => Some(status),
            _ => None,
        };
        let redirection = response.filter(|_| follows);
        if let Some(response) = redirection.filter(|_| status.is_some_and(names_targets)) {
            calling.take_contacts(response);
        }
        if let Some(response) = redirection.filter(|_| status == Some(StatusCode::USE_PROXY))
            && let Some(proxy) = calling.take_proxy(response)
        {
            return self.redirect(call, exchange, Onward::Over(proxy));
        }
        let is_final_for_all = status.is_some_and(|s| s.number() >= 600);
        if let Some(target) = calling.waiting.pop().filter(|_| !is_final_for_all) {
            return self.redirect(call, exchange, Onward::To(target));
        }
        let response = response.map(|r| Bytes::copy_from_slice(r.bytes()));
        self.end(call, Ending::Failed(outcome), cause_of(outcome), response);
    }

    /// Sends the INVITE on: the same Call-ID, From and To, the next CSeq (RFC 3261 §8.1.3.4).
    fn redirect(&mut self, call: CallId, exchange: Exchange, onward: Onward) {
        let mut draft = exchange.draft;
        let mut hops = self.first_hops();
        let target = match onward {
            Onward::To(target) => {
                draft.redirect(&target, &hops);
                target
            }
            Onward::Over(other) => {
                let target = draft.way.request_uri.clone();
                hops.push(loose(&String::from_utf8_lossy(&other)));
                draft.redirect(&target, &hops);
                other
            }
        };
        let id = self.new_exchange();
        if let Some(Call::Calling(calling)) = self.calls.get_mut(&call) {
            calling.exchange = id;
            calling.early.clear();
        }
        self.tell(Event::Redirected { call, target: Shown::from(&*target) });
        self.send(id, draft, Purpose::Invite(call));
    }
}

/// Where a redirection leads.
enum Onward {
    /// To another target.
    To(Box<[u8]>),
    /// To the same one, over this proxy.
    Over(Box<[u8]>),
}

impl Calling {
    /// What the early dialog with this peer has said.
    pub(super) fn early_of(&mut self, tag: Box<[u8]>) -> &mut Early {
        let wish = self.wish;
        self.early.entry(tag).or_insert_with(|| Early::wishing(wish))
    }

    /// The proxy that a 305 names, the first time (RFC 3261 §21.3.4). It serves this one request: the target stays,
    /// and the next call goes the usual way.
    fn take_proxy(&mut self, response: &Message<'_>) -> Option<Box<[u8]>> {
        let contact = response.contacts().flatten().next().filter(|_| !self.proxied)?;
        let proxy = without_headers(contact.uri);
        let scheme = Uri::parse(proxy).ok().filter(Uri::is_sip)?.scheme;
        // A protected call stays protected (RFC 5630 §5.3).
        let is_protected = self.tried.first().is_some_and(|t| t.to_ascii_lowercase().starts_with(b"sips:"));
        self.proxied = scheme == Scheme::Sips || !is_protected;
        self.proxied.then(|| proxy.into())
    }

    /// Adds the contacts of a 3xx in the order of their q, each URI once ever (RFC 3261 §8.1.3.4). Header fields
    /// that a contact wants in the request are left out: they are the way to steer a caller (§19.1.5).
    fn take_contacts(&mut self, response: &Message<'_>) {
        let mut found: Vec<(u32, Box<[u8]>)> = Vec::new();
        for contact in response.contacts().flatten() {
            let target = without_headers(contact.uri);
            let Ok(uri) = Uri::parse(target) else { continue };
            let known = |other: &[u8]| Uri::parse(other).is_ok_and(|o| o.equals(&uri));
            let is_new = !self.tried.iter().any(|t| known(t)) && !found.iter().any(|(_, t)| known(t));
            if uri.scheme == Scheme::Sip && is_new && self.tried.len() + found.len() < REDIRECTS_MAX {
                found.push((thousandths(contact.param(b"q")), target.into()));
            }
        }
        self.tried.extend(found.iter().map(|(_, target)| target.clone()));
        // The best goes last, since targets are taken from the end; among equals the first named is the best.
        found.reverse();
        found.sort_by_key(|(q, _)| *q);
        self.waiting.extend(found.into_iter().map(|(_, target)| target));
    }
}

/// Answers the offer of a 2xx, or says what is wrong with it.
fn answer_late(audio: &mut AudioSession, offer: Option<&[u8]>) -> Result<Option<String>, AnswerFault> {
    let offer = offer.ok_or(AnswerFault::Unreadable(SdpError::Empty))?;
    match audio.answer(offer) {
        Ok(Ok(answer)) => Ok(Some(answer)),
        Ok(Err(_)) | Err(_) => Err(AnswerFault::NoCommonCodec),
    }
}

/// What is read in requests and responses about a session (RFC 3261 §13.2.1).
pub(super) const SESSION: Wanted<'_> = Wanted { kinds: &[SDP_MEDIA_TYPE], dispositions: &["session"] };

/// The session description of a message, alone or among other parts (RFC 5621 §4.2).
pub(super) fn sdp_of<'a>(message: &Message<'a>) -> Option<&'a [u8]> {
    message.body_of(&SESSION).map(|body| body.bytes).filter(|sdp| !sdp.is_empty())
}

/// The peer's tag in a response to a request of ours.
pub(super) fn their_tag(response: &Message<'_>) -> Box<[u8]> {
    response.to().ok().and_then(|to| to.tag()).unwrap_or_default().into()
}

/// Whether the contacts of a response are other targets. Those of a 305 are proxies, and a 380 has none to follow
/// (RFC 3261 §21.3).
fn names_targets(status: StatusCode) -> bool {
    matches!(status.treated_as().number(), 300..=302)
}

/// Why a call of ours ended, for the journal.
pub(super) fn cause_of(outcome: Outcome) -> Cause {
    match outcome {
        Outcome::Status(status) => Cause::Best(status),
        Outcome::Timeout(timer) => Cause::Timer(timer),
        Outcome::Transport(error) => Cause::Transport(error),
        Outcome::Dns(error) => Cause::Dns { name: Shown::default(), error },
        Outcome::Target => Cause::Scheme(Shown::default()),
        Outcome::Limit => Cause::Limit("calls_max".into()),
        Outcome::Package => Cause::InfoPackage(Shown::default()),
    }
}

fn without_headers(uri: &[u8]) -> &[u8] {
    let end = uri.iter().position(|&b| b == b'?').unwrap_or(uri.len());
    &uri[..end]
}

/// A q value in thousandths; 1 when it is absent, 0 when it cannot be read (RFC 3261 §20.10).
fn thousandths(q: Option<&[u8]>) -> u32 {
    let Some(q) = q else { return 1000 };
    let value = core::str::from_utf8(q).ok().and_then(|t| t.trim().parse::<f32>().ok());
    value.filter(|v| (0.0..=1.0).contains(v)).map_or(0, |v| (v * 1000.0) as u32)
}
