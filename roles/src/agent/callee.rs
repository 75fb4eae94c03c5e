//! Taking calls: the UAS core for INVITE (RFC 3261 §13.3, §14.2).

use super::alarms::Alarm;
use super::call::{Call, Decision, Offered, Up};
use super::caller::sdp_of;
use super::command::CallId;
use super::early::{EarlyChange, Reliably, allows_update};
use super::event::{Ending, Event, Side};
use super::exchange::InboundId;
use super::refresh::timer_rows;
use super::reply::Reply;
use super::settings::Reliable;
use super::state::{ALLOW, Agent, PRODUCT};
use bytes::Bytes;
use core::net::SocketAddr;
use ringback_sip::dialog::{Dialog, Granted};
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Fact, Shown};
use ringback_sip::registry::{HeaderName, Method, OptionTag, StatusCode, WarnCode};
use ringback_sip::sdp::{
    AudioSession, Capabilities, Direction, Exchange as Turn, KeySource, OfferRefusal, SDP_MEDIA_TYPE,
};
use ringback_sip::syntax::{Message, Response};
use ringback_sip::time::Duration;

/// Most 2xx of one call that wait for their ACK; a further INVITE is told to come later.
const UNACKNOWLEDGED_MAX: usize = 4;
/// How often a caller hears again that we ring (RFC 3261 §13.3.1.1).
const RING_AGAIN: Duration = Duration::from_secs(60);

/// What a response that makes or confirms a dialog says.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) status: StatusCode,
    pub(super) sdp: Option<&'a str>,
    /// Its number, when it wants PRACK (RFC 3262 §3).
    pub(super) rseq: Option<u32>,
    /// The session timer, in a 2xx (RFC 4028 §9).
    pub(super) granted: Option<Granted>,
}

impl<'a> Said<'a> {
    pub(super) fn new(status: StatusCode, sdp: Option<&'a str>) -> Self {
        Said { status, sdp, rseq: None, granted: None }
    }
}

impl Agent {
    /// A new call. The user decides; what nobody could accept is refused at once.
    pub(super) fn offered(&mut self, inbound: InboundId, request: &Message<'_>) {
        let Some((server, flow, tag)) = self.inbound.get(&inbound).map(|i| (i.server, i.flow, i.tag.clone()))
        else {
            return;
        };
        let dialog = match Dialog::of_request(request, &tag) {
            Ok(dialog) => dialog,
            Err(fault) => {
                let cause = Cause::Malformed { header: fault.header(), at: 0 };
                return self.reply(inbound, request, Reply::of(StatusCode::BAD_REQUEST, cause));
            }
        };
        if let Some(refusal) = self.refusal_of_join(request) {
            return self.reply(inbound, request, refusal);
        }
        let replaces = match self.replaced_by(request) {
            Ok(replaces) => replaces,
            Err(reply) => return self.reply(inbound, request, reply),
        };
        // The call that it takes the place of makes room for it.
        let refusal = if replaces.is_some() { None } else { self.refusal_of_new_call() };
        let refusal = refusal.or_else(|| self.refusal_of_offer(&flow, request));
        let refusal = refusal.or_else(|| self.refusal_of_preconditions(request));
        if let Some(refusal) = refusal.or_else(|| self.grant(None, request).err()) {
            return self.reply(inbound, request, refusal);
        }
        let id = self.new_incoming();
        if let Some(inbound) = self.inbound.get_mut(&inbound) {
            inbound.call = Some(id);
        }
        self.ends.insert((dialog.id().call_id.clone(), tag.clone()), id);
        if let Ok(Some(expires)) = request.number(HeaderName::EXPIRES, u32::MAX) {
            let expires = Duration::from_secs(expires.into());
            self.alarms.set(self.now + expires, Alarm::InviteExpires(id));
        }
        self.alarms.set(self.now + self.settings.ring_max, Alarm::RingLimit(id));
        let call_id = dialog.id().call_id.clone();
        let waits = self.preconditions_of(request).is_some_and(|asked| !asked.is_met());
        let reliably = Reliably::of(request);
        let insists = self.settings.reliable == Reliable::Required || reliably.required;
        // The first reliable response to an INVITE without an offer has ours (RFC 3262 §5).
        let prepares = waits || (insists && sdp_of(request).is_none());
        let offered = Offered {
            server,
            flow,
            request: Bytes::copy_from_slice(request.bytes()),
            tag,
            dialog,
            early: None,
            reliably,
            rung: None,
            decision: None,
            waits,
            change: EarlyChange { is_allowed: allows_update(request), ..EarlyChange::default() },
            replaces,
        };
        self.calls.insert(id, Call::Offered(Box::new(offered)));
        self.note(&call_id, Fact::Call { state: "offered".into(), cause: Cause::Done });
        let from = Shown::from(request.header(HeaderName::FROM).unwrap_or_default());
        let to = Shown::from(request.request_uri());
        let referred_by = request.header(HeaderName::REFERRED_BY).map(Shown::from);
        self.tell(Event::Incoming { call: id, from, to, prepares, replaces, referred_by });
    }

    /// Why no new call can be taken now, whoever calls; OPTIONS gets the same answer (RFC 3261 §11.2).
    pub(super) fn refusal_of_new_call(&self) -> Option<Reply> {
        if let Some(status) = self.unavailable {
            return Some(Reply::of(status, Cause::User));
        }
        let is_busy = self.calls.len() >= self.settings.calls_max;
        is_busy.then(|| Reply::of(StatusCode::BUSY_HERE, Cause::Limit("calls_max".into())))
    }

    /// Why an offer can never be accepted, whatever ports we will have.
    fn refusal_of_offer(&self, flow: &Flow, request: &Message<'_>) -> Option<Reply> {
        let accepts_sdp = |value: &[u8]| {
            let kind = value.split(|&b| b == b';').next().unwrap_or_default().trim_ascii();
            [&b"application/sdp"[..], b"application/*", b"*/*"].iter().any(|k| kind.eq_ignore_ascii_case(k))
        };
        let mut accepts = request.values(HeaderName::ACCEPT).peekable();
        if accepts.peek().is_some() && !accepts.any(accepts_sdp) {
            return Some(Reply::of(StatusCode::NOT_ACCEPTABLE, Cause::NotAcceptable));
        }
        let offer = sdp_of(request)?;
        // Keys are made when the call is answered; here it only counts that there will be some.
        let srtp = self.settings.srtp.then(|| KeySource::new([0; 32]));
        let own = Capabilities { srtp, ..Capabilities::new(flow.local, &self.settings.codecs) };
        match AudioSession::new(own, 0).answer(offer) {
            Ok(Err(refusal)) => Some(self.refusal_of_session(refusal)),
            _ => None,
        }
    }

    /// The refusal of a first offer: 488 for this device, 606 when our user's others could not meet it either.
    fn refusal_of_session(&self, refusal: OfferRefusal) -> Reply {
        let reply = refusal_reply(refusal);
        let is_global = self.settings.formats_everywhere && reply.status == StatusCode::NOT_ACCEPTABLE_HERE;
        if is_global { Reply { status: StatusCode::NOT_ACCEPTABLE_ANYWHERE, ..reply } } else { reply }
    }

    /// Sends 180, or 183 with early media.
    pub(super) fn ring(&mut self, id: CallId, audio: Option<Capabilities>) {
        if audio.is_none() && self.rings_later(id) {
            return;
        }
        if let Some(Call::Offered(offered)) = self.calls.get(&id)
            && self.rings_reliably(offered, audio.is_some() && !offered.reliably.settled)
        {
            return self.ring_reliably(id, audio);
        }
        let session_id = self.entropy.next_u64();
        let Some(Call::Offered(offered)) = self.calls.get_mut(&id) else { return };
        let request = offered.request.clone();
        let Ok(message) = Message::parse(&request) else { return };
        let is_settled = offered.reliably.settled;
        let had_none = offered.early.is_none();
        if had_none && let (Some(audio), Some(offer)) = (audio, sdp_of(&message)) {
            let mut session = AudioSession::new(audio, session_id);
            if let Ok(Ok(answer)) = session.answer(offer) {
                offered.early = Some((session, answer));
            }
        }
        let is_new = had_none && offered.early.is_some();
        let sdp = offered.early.as_ref().filter(|_| !is_settled).map(|(_, answer)| answer.clone());
        let status = if sdp.is_some() { StatusCode::SESSION_PROGRESS } else { StatusCode::RINGING };
        let bytes = self.dialog_response(id, Said::new(status, sdp.as_deref()));
        let Some(Call::Offered(offered)) = self.calls.get_mut(&id) else { return };
        offered.rung = Some((status, bytes.clone()));
        let (server, peer) = (offered.server, offered.flow.remote);
        self.alarms.set(self.now + RING_AGAIN, Alarm::RingAgain(id));
        self.answered_fact(&message, peer, status, Cause::User);
        self.transactions.respond(self.now, server, status, bytes);
        if is_new {
            self.tell_early(id);
        }
    }

    /// Tells what early media may flow, once both descriptions are there.
    pub(super) fn tell_early(&mut self, id: CallId) {
        let Some(Call::Offered(offered)) = self.calls.get(&id) else { return };
        let agreed = offered.early.as_ref().and_then(|(session, _)| session.agreed()).cloned();
        if agreed.is_some() {
            self.tell(Event::Media { call: id, agreed: agreed.map(Box::new) });
        }
    }

    /// Says again that we ring.
    pub(super) fn ring_again(&mut self, id: CallId) {
        let Some(Call::Offered(offered)) = self.calls.get(&id) else { return };
        if self.rings_reliably(offered, false) || offered.reliably.settled {
            return self.ring_reliably(id, None);
        }
        let Some((status, bytes)) = offered.rung.clone() else { return };
        let server = offered.server;
        self.alarms.set(self.now + RING_AGAIN, Alarm::RingAgain(id));
        self.transactions.respond(self.now, server, status, bytes);
    }

    /// Nobody answered (RFC 3261 §21.4.18).
    pub(super) fn ring_limit(&mut self, id: CallId) {
        if let Some(reply) = self.unmet_reply(id) {
            return self.refuse_with(id, reply);
        }
        self.refuse(id, StatusCode::TEMPORARILY_UNAVAILABLE, None, Cause::User);
    }

    /// Keeps the user's decision until its time has come; then it need not ring longer.
    pub(super) fn decide(&mut self, id: CallId, after: Duration, decision: Decision) {
        let Some(Call::Offered(offered)) = self.calls.get_mut(&id) else { return };
        offered.decision = Some(decision);
        if after.is_zero() {
            self.carry_out(id);
        } else {
            self.alarms.stop(Alarm::RingLimit(id));
            self.alarms.set(self.now + after, Alarm::Decide(id));
        }
    }

    /// Answers or refuses.
    pub(super) fn carry_out(&mut self, id: CallId) {
        if self.prepares(id) {
            return;
        }
        let Some(Call::Offered(offered)) = self.calls.get_mut(&id) else { return };
        // A 2xx must not overtake what the caller has not acknowledged (RFC 3262 §3).
        if offered.reliably.is_pending() && matches!(offered.decision, Some(Decision::Answer { .. })) {
            offered.reliably.held = true;
            return;
        }
        match offered.decision.take() {
            Some(Decision::Answer { audio, duration }) => self.accept(id, audio, duration),
            Some(Decision::Reject { status, contact }) => {
                let row = contact.map(|c| (HeaderName::CONTACT, format!("<{c}>").into_bytes()));
                self.refuse(id, status, row, Cause::User);
            }
            None => {}
        }
    }

    fn accept(&mut self, id: CallId, audio: Capabilities, duration: Option<Duration>) {
        if let Some(reply) = self.refusal_of_late_replacement(id) {
            return self.refuse_with(id, reply);
        }
        let session_id = self.entropy.next_u64();
        let Some(Call::Offered(offered)) = self.calls.get_mut(&id) else { return };
        let request = offered.request.clone();
        let Ok(message) = Message::parse(&request) else { return };
        let mut session = AudioSession::new(audio, session_id);
        let is_settled = offered.reliably.settled;
        let answer = match (offered.early.take(), sdp_of(&message)) {
            (Some((early, answer)), _) => {
                session = early;
                Some(answer).filter(|_| !is_settled)
            }
            (None, Some(offer)) => match session.answer(offer) {
                Ok(Ok(answer)) => Some(answer),
                Ok(Err(refusal)) => {
                    let reply = self.refusal_of_session(refusal);
                    return self.refuse_with(id, reply);
                }
                Err(_) => return,
            },
            (None, None) => session.offer(Direction::SendRecv).ok(),
        };
        let granted = self.settings.session.answer(&message).ok().flatten();
        let said = Said { granted, ..Said::new(StatusCode::OK, answer.as_deref()) };
        let bytes = self.dialog_response(id, said);
        let Some(Call::Offered(offered)) = self.calls.remove(&id) else { return };
        let mut dialog = offered.dialog;
        dialog.confirm_ours();
        self.answered_fact(&message, offered.flow.remote, StatusCode::OK, Cause::User);
        self.transactions.respond(self.now, offered.server, StatusCode::OK, bytes.clone());
        let agreed = session.agreed().cloned().map(Box::new);
        let up = Up { unconfirmed: true, ..Up::new(dialog, session, self.now) };
        self.stand(id, up.carrying_on(&offered.change), agreed);
        self.learn(id, &message);
        self.start_timer(id, granted.map(|g| g.timer));
        if let Some(duration) = duration {
            self.alarms.set(self.now + duration, Alarm::Duration(id));
        }
        let cseq = message.cseq().map_or(0, |c| c.number);
        self.expect_ack(id, cseq, offered.server, bytes);
        if let Some(old) = offered.replaces {
            self.make_way(old);
        }
    }

    /// A response that makes or confirms the dialog: Contact, Record-Route, Allow, and the session description.
    pub(super) fn dialog_response(&self, id: CallId, said: Said<'_>) -> Bytes {
        let Some(Call::Offered(offered)) = self.calls.get(&id) else { return Bytes::new() };
        let Ok(request) = Message::parse(&offered.request) else { return Bytes::new() };
        self.write_dialog_response(&request, &offered.flow, &offered.tag, said)
    }

    fn write_dialog_response(
        &self,
        request: &Message<'_>,
        flow: &Flow,
        tag: &[u8],
        Said { status, sdp, rseq, granted }: Said<'_>,
    ) -> Bytes {
        let mut out = Response::to(request, flow, status, Some(tag))
            .copy(request, HeaderName::RECORD_ROUTE)
            .header(HeaderName::CONTACT, self.reply_contact(flow, request))
            .header(HeaderName::ALLOW, ALLOW)
            .header(HeaderName::SUPPORTED, self.supported())
            .header(HeaderName::SERVER, PRODUCT);
        if let Some(rseq) = rseq {
            out = out
                .header(HeaderName::REQUIRE, OptionTag::RELIABLE_PROVISIONAL.as_str())
                .header(HeaderName::RSEQ, rseq.to_string());
        }
        // In what is certain to arrive (RFC 6086 §5.2.3).
        let packages = self.recv_info_row(request).filter(|_| status.is_success() || rseq.is_some());
        for (name, value) in granted.iter().flat_map(timer_rows).chain(packages) {
            out = out.header(name, value);
        }
        match sdp {
            Some(sdp) => out.body(SDP_MEDIA_TYPE, sdp.as_bytes()),
            None => out.finish(),
        }
    }

    /// Refuses a call.
    pub(super) fn refuse(
        &mut self,
        id: CallId,
        status: StatusCode,
        row: Option<(HeaderName, Vec<u8>)>,
        cause: Cause,
    ) {
        let mut reply = Reply::of(status, cause);
        reply.rows.extend(row);
        self.refuse_with(id, reply);
    }

    fn refuse_with(&mut self, id: CallId, reply: Reply) {
        let ending = Ending::Refused(reply.status);
        self.conclude(id, reply, ending);
    }

    /// Gives the INVITE of a call that was not answered its final response, and forgets the call.
    pub(super) fn conclude(&mut self, id: CallId, reply: Reply, ending: Ending) {
        let Some(Call::Offered(offered)) = self.calls.get(&id) else { return };
        let (server, flow, tag, request) =
            (offered.server, offered.flow, offered.tag.clone(), offered.request.clone());
        let Ok(message) = Message::parse(&request) else { return };
        let cause = reply.cause.clone();
        self.answered_fact(&message, flow.remote, reply.status, cause.clone());
        let bytes = reply.write(&message, &flow, &tag);
        self.transactions.respond(self.now, server, reply.status, bytes);
        self.end(id, ending, cause, None);
    }

    /// The caller gave up, with CANCEL or with BYE in the early dialog (RFC 3261 §9.2, §15.1.2).
    pub(super) fn given_up(&mut self, id: CallId) {
        let reply = Reply::of(StatusCode::REQUEST_TERMINATED, Cause::Cancelled);
        self.conclude(id, reply, Ending::Cancelled(Side::Peer));
    }

    /// The Expires of the INVITE is over (RFC 3261 §13.3.1).
    pub(super) fn invite_expired(&mut self, id: CallId) {
        let cause = Cause::Timer(ringback_sip::registry::Timer::InviteExpires);
        self.refuse_with(id, Reply::of(StatusCode::REQUEST_TERMINATED, cause));
    }

    /// An INVITE inside the dialog of a call that stands (RFC 3261 §14.2).
    pub(super) fn reinvited(&mut self, inbound: InboundId, id: CallId, request: &Message<'_>) {
        let Some((server, flow, tag)) = self.inbound.get(&inbound).map(|i| (i.server, i.flow, i.tag.clone()))
        else {
            return;
        };
        if self.unacknowledged(id) >= UNACKNOWLEDGED_MAX {
            let reply = self.later();
            return self.reply(inbound, request, reply);
        }
        let granted = match self.grant(Some(id), request) {
            Ok(granted) => granted,
            Err(reply) => return self.reply(inbound, request, reply),
        };
        let Some(up) = self.up(id) else { return };
        // While an offer of ours is open, in an INVITE or in a 2xx, the session takes and makes no other (§14.2).
        let answer = match sdp_of(request) {
            Some(offer) => match up.audio.answer(offer) {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(refusal)) => Err(refusal_reply(refusal)),
                Err(_) => Err(Reply::of(StatusCode::REQUEST_PENDING, Cause::Glare)),
            },
            None => {
                let wish = up.audio.wish();
                up.audio.offer(wish).map_err(|_| Reply::of(StatusCode::REQUEST_PENDING, Cause::Glare))
            }
        };
        let sdp = match answer {
            Ok(sdp) => sdp,
            Err(reply) => return self.reply(inbound, request, reply),
        };
        up.dialog.refresh_target(request);
        let settled = up.audio.exchange() == Turn::Stable;
        let agreed = up.audio.agreed().cloned().map(Box::new);
        let said = Said { granted, ..Said::new(StatusCode::OK, Some(&sdp)) };
        let bytes = self.write_dialog_response(request, &flow, &tag, said);
        self.answered_fact(request, flow.remote, StatusCode::OK, Cause::Done);
        self.transactions.respond(self.now, server, StatusCode::OK, bytes.clone());
        let cseq = request.cseq().map_or(0, |c| c.number);
        self.expect_ack(id, cseq, server, bytes);
        self.learn(id, request);
        self.start_timer(id, granted.map(|g| g.timer));
        if settled {
            self.tell(Event::Media { call: id, agreed });
        }
    }

    /// An INVITE came before its turn: the caller may try again after up to 10 s (RFC 3261 §14.2).
    pub(super) fn later(&mut self) -> Reply {
        let wait = self.entropy.below(11).to_string();
        Reply::of(StatusCode::SERVER_INTERNAL_ERROR, Cause::Glare).with(HeaderName::RETRY_AFTER, wait)
    }

    /// Notes a response of ours.
    pub(super) fn answered_fact(
        &mut self,
        request: &Message<'_>,
        peer: SocketAddr,
        status: StatusCode,
        cause: Cause,
    ) {
        let call_id = request.call_id().unwrap_or_default();
        let method: Option<Method> = request.method();
        self.note(call_id, Fact::Answered { method, status, peer, cause });
    }
}

/// 488 with the warning that fits, or 400 for what cannot be read (RFC 3261 §13.3.1.3, §20.43).
pub(super) fn refusal_reply(refusal: OfferRefusal) -> Reply {
    let warn = match refusal {
        OfferRefusal::Unreadable(_) => {
            let cause = Cause::Malformed { header: None, at: 0 };
            return Reply::of(StatusCode::BAD_REQUEST, cause);
        }
        OfferRefusal::NoAudio => WarnCode::MEDIA_TYPE_NOT_AVAILABLE,
        OfferRefusal::Protocol => WarnCode::INCOMPATIBLE_TRANSPORT_PROTOCOL,
        OfferRefusal::NoCommonKeys => WarnCode::ATTRIBUTE_NOT_UNDERSTOOD,
        OfferRefusal::NoCommonCodec => WarnCode::INCOMPATIBLE_MEDIA_FORMAT,
        OfferRefusal::NoAddress => WarnCode::INCOMPATIBLE_NETWORK_ADDRESS_FORMATS,
        OfferRefusal::FewerSections => WarnCode::MISCELLANEOUS_WARNING,
    };
    let warning = format!("{} ringback \"{}\"", warn.number(), warn.text());
    Reply::of(StatusCode::NOT_ACCEPTABLE_HERE, Cause::NoCommonMedia).with(HeaderName::WARNING, warning)
}
