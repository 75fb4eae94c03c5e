//! Being sent elsewhere (RFC 3515): a REFER of the peer, the call that it asks for, and what we tell about that call.

use super::alarms::Alarm;
use super::call::{Call, Referral};
use super::command::CallId;
use super::draft::Draft;
use super::event::{Event, Outcome};
use super::exchange::{ExchangeId, InboundId, Purpose};
use super::lifetime::seconds;
use super::refer::{SIPFRAG, event_of_refer};
use super::reply::Reply;
use super::settings::Transfers;
use super::state::{Agent, PRODUCT};
use ringback_sip::dialog::{Dialog, ReferTo};
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{EventPackage, HeaderName, Method, OptionTag, StatusCode};
use ringback_sip::syntax::{Fault, Malformed, Message, Scheme, Uri};
use ringback_sip::time::Duration;

/// Most wishes of peers that are under way at a time.
const REFERRALS_MAX: usize = 8;
/// How long we tell about a call that was wished for.
const TELLING: Duration = Duration::from_secs(180);

impl Agent {
    /// A REFER: accepted with 200 and told about from then on, or refused (RFC 3515 §2.4.2, RFC 7647 §5).
    pub(super) fn serve_refer(&mut self, inbound: InboundId, call: Option<CallId>, request: &Message<'_>) {
        let to = match self.check_refer(call, request) {
            Ok(to) => to,
            Err(reply) => return self.reply(inbound, request, reply),
        };
        let cseq = request.cseq().map_or(0, |cseq| cseq.number);
        let is_silent = request
            .header(HeaderName::REFER_SUB)
            .is_some_and(|value| value.trim_ascii().to_ascii_lowercase().starts_with(b"false"));
        let is_nosub = request.values(HeaderName::REQUIRE).any(is_nosub);
        let Some((call, has_id)) = self.dialog_of_refer(inbound, call, request) else {
            let header = Some(HeaderName::CONTACT);
            let reply = Reply::of(StatusCode::BAD_REQUEST, Cause::Malformed { header, at: 0 });
            return self.reply(inbound, request, reply);
        };
        let package = EventPackage::REFER.as_str();
        let until = self.now + TELLING;
        let referral = Referral {
            referred_by: request.header(HeaderName::REFERRED_BY).map(Into::into),
            // The first need not be told apart from others (RFC 3515 §2.4.6).
            event: if has_id { format!("{package};id={cseq}") } else { package.to_owned() },
            is_silent: is_silent || is_nosub,
            under_way: None,
            next: None,
            told: StatusCode::TRYING,
            until,
            to,
        };
        self.reply_to_refer(inbound, request, is_silent);
        let target = String::from_utf8_lossy(&referral.to.target).into_owned();
        let replaces = referral.to.replaces.is_some();
        self.referrals.insert(call, referral);
        self.alarms.set(until, Alarm::ReferralLimit(call));
        self.notify(call, StatusCode::TRYING, ACTIVE);
        self.tell(Event::Referred { call, target, replaces });
    }

    fn check_refer(&self, call: Option<CallId>, request: &Message<'_>) -> Result<ReferTo, Reply> {
        let to = ReferTo::of_request(request).map_err(Reply::of_fault)?;
        if request.headers(HeaderName::REFERRED_BY).count() > 1 {
            return Err(Reply::of_fault(Malformed::new(Fault::Repeated(HeaderName::REFERRED_BY), 0)));
        }
        let is_inside = call.is_some_and(|call| matches!(self.calls.get(&call), Some(Call::Up(_))));
        let is_inside = is_inside || self.names_call(request);
        match self.settings.transfers {
            Transfers::Refuse => return Err(Reply::of(StatusCode::DECLINE, Cause::User)),
            Transfers::Anybody => {}
            Transfers::InCalls | Transfers::Named if is_inside => {}
            Transfers::InCalls | Transfers::Named => {
                return Err(Reply::of(StatusCode::FORBIDDEN, Cause::User));
            }
        }
        // We call; other methods would be sent in our name for a stranger's purpose.
        let uri = Uri::parse(&to.target).ok().filter(Uri::is_sip);
        if uri.is_none_or(|uri| uri.scheme == Scheme::Tel) {
            return Err(Reply::of(StatusCode::FORBIDDEN, Cause::Scheme(Shown::from(&*to.target))));
        }
        if to.method != Some(Method::Invite) {
            let asked = to.method.map_or("", Method::as_str);
            return Err(Reply::of(StatusCode::FORBIDDEN, Cause::MethodNotAllowed(Shown::from(asked))));
        }
        if call.is_some_and(|call| self.referrals.contains_key(&call)) {
            return Err(Reply::of(StatusCode::REQUEST_PENDING, Cause::Glare));
        }
        if self.referrals.len() >= REFERRALS_MAX {
            return Err(Reply::of(StatusCode::BUSY_HERE, Cause::Limit("referrals_max".into())));
        }
        Ok(to)
    }

    /// The dialog of a REFER: that of the call, or a new one; and whether there was a REFER in it before.
    fn dialog_of_refer(
        &mut self,
        inbound: InboundId,
        call: Option<CallId>,
        request: &Message<'_>,
    ) -> Option<(CallId, bool)> {
        if let Some(call) = call {
            let up = self.up(call)?;
            up.dialog.refresh_target(request);
            return Some((call, core::mem::replace(&mut up.was_referred, true)));
        }
        let tag = self.inbound.get(&inbound)?.tag.clone();
        let mut dialog = Dialog::of_request(request, &tag).ok()?;
        dialog.confirm_ours();
        let id = self.new_incoming();
        self.ends.insert((dialog.id().call_id.clone(), tag), id);
        self.remains.insert(id, dialog);
        Some((id, false))
    }

    fn reply_to_refer(&mut self, inbound: InboundId, request: &Message<'_>, is_silent: bool) {
        let Some(flow) = self.inbound.get(&inbound).map(|inbound| inbound.flow) else { return };
        let contact = self.reply_contact(&flow, request);
        let mut reply = Reply::of(StatusCode::OK, Cause::Done)
            .with(HeaderName::CONTACT, contact)
            .with(HeaderName::SUPPORTED, self.supported());
        for route in request.headers(HeaderName::RECORD_ROUTE) {
            reply = reply.with(HeaderName::RECORD_ROUTE, route);
        }
        if is_silent {
            reply = reply.with(HeaderName::REFER_SUB, "false");
        }
        self.reply(inbound, request, reply);
    }

    /// Puts into the INVITE of `new` what the REFER of `of` wants there: who asked for it (RFC 3892 §2.2), and whose
    /// place it takes. Who does not know Replaces shall not ring for nothing (RFC 3891 §4).
    pub(super) fn bind_to_referral(&mut self, new: CallId, of: CallId, mut draft: Draft) -> Draft {
        let Some(referral) = self.referrals.get(&of) else { return draft };
        if let Some(by) = &referral.referred_by {
            draft = draft.with(HeaderName::REFERRED_BY, by.clone());
        }
        if let Some(replaces) = &referral.to.replaces {
            let required = draft.row(HeaderName::REQUIRE).map(<[u8]>::to_vec);
            let tag = OptionTag::REPLACES.as_str().as_bytes();
            let require = required.map_or_else(|| tag.to_vec(), |tags| [&tags[..], b", ", tag].concat());
            draft.set(HeaderName::REQUIRE, require);
            draft = draft.with(HeaderName::REPLACES, replaces.write());
        }
        self.referred.insert(new, of);
        draft
    }

    /// A SUBSCRIBE: who sent a REFER may want to hear of it for longer, or no more; the call that it asked for goes on
    /// (RFC 3515 §2.4.4). Nothing else is told by subscription.
    pub(super) fn serve_refer_subscribe(
        &mut self,
        inbound: InboundId,
        call: Option<CallId>,
        request: &Message<'_>,
    ) {
        let reply = match self.check_refer_subscribe(call, request) {
            Ok(call) => {
                let asked = seconds(request.header(HeaderName::EXPIRES));
                let granted = asked.map_or(TELLING, |asked| asked.min(TELLING));
                let until = self.now + granted;
                let Some(flow) = self.inbound.get(&inbound).map(|inbound| inbound.flow) else { return };
                let contact = self.reply_contact(&flow, request);
                let reply = Reply::of(StatusCode::OK, Cause::Done)
                    .with(HeaderName::EXPIRES, granted.as_secs().to_string())
                    .with(HeaderName::CONTACT, contact);
                self.reply(inbound, request, reply);
                let Some(referral) = self.referrals.get_mut(&call) else { return };
                referral.until = until;
                let (told, state) = (referral.told, if granted.is_zero() { EXPIRED } else { ACTIVE });
                self.alarms.set(until, Alarm::ReferralLimit(call));
                return self.notify(call, told, state);
            }
            Err(reply) => reply,
        };
        self.reply(inbound, request, reply);
    }

    fn check_refer_subscribe(&self, call: Option<CallId>, request: &Message<'_>) -> Result<CallId, Reply> {
        let event = event_of_refer(request)?;
        // Only a REFER makes such a subscription.
        let Some(call) = call else { return Err(Reply::of(StatusCode::FORBIDDEN, Cause::User)) };
        let is_its = |referral: &&Referral| {
            let id = referral.event.split_once("id=").map(|(_, id)| id.as_bytes());
            !referral.is_silent && (event.id() == id || id.is_none())
        };
        match self.referrals.get(&call).filter(is_its) {
            Some(_) => Ok(call),
            None => Err(Reply::of(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, Cause::NoSuchDialog)),
        }
    }

    /// The call `new` has heard this; who asked for it is told (RFC 3515 §2.4.4).
    pub(super) fn report(&mut self, new: CallId, status: StatusCode) {
        let Some(&call) = self.referred.get(&new) else { return };
        if status.is_final() {
            self.referred.remove(&new);
            return self.notify(call, status, FINAL);
        }
        if self.referrals.get(&call).is_some_and(|referral| referral.told != status) {
            self.notify(call, status, ACTIVE);
        }
    }

    /// We have told long enough.
    pub(super) fn referral_limit(&mut self, call: CallId) {
        let made = self.referred.iter().find(|(_, of)| **of == call).map(|(new, _)| *new);
        let Some(new) = made else {
            // Nobody made the call.
            return self.notify(call, StatusCode::SERVICE_UNAVAILABLE, FINAL);
        };
        self.referred.remove(&new);
        let told = self.referrals.get(&call).map_or(StatusCode::TRYING, |referral| referral.told);
        self.notify(call, told, EXPIRED);
    }

    /// Tells the peer, or keeps the news until the notification before is answered, so that none overtakes another.
    fn notify(&mut self, call: CallId, status: StatusCode, state: &'static str) {
        let Some(referral) = self.referrals.get_mut(&call) else { return };
        referral.told = status;
        if referral.is_silent {
            if state != ACTIVE {
                self.referral_over(call);
            }
            return;
        }
        referral.next = Some((status, state));
        if referral.under_way.is_none() {
            self.notify_next(call);
        }
    }

    fn notify_next(&mut self, call: CallId) {
        let exchange = self.new_exchange();
        let contact = self.dialog_contact(false);
        let dialog = match self.calls.get_mut(&call) {
            Some(Call::Up(up)) => Some(&mut up.dialog),
            _ => self.remains.get_mut(&call),
        };
        let (Some(dialog), Some(referral)) = (dialog, self.referrals.get_mut(&call)) else {
            return self.referral_over(call);
        };
        let Some((status, state)) = referral.next.take() else { return };
        let state = match state {
            ACTIVE => format!("{ACTIVE};expires={}", referral.until.since(self.now).as_secs()),
            last => last.to_owned(),
        };
        let mut draft = Draft::inside(dialog.request(Method::Notify))
            .with(HeaderName::EVENT, referral.event.clone())
            .with(HeaderName::SUBSCRIPTION_STATE, state.clone())
            .with(HeaderName::USER_AGENT, PRODUCT);
        draft.contact = contact;
        draft.body = Some((SIPFRAG, format!("SIP/2.0 {status} {}\r\n", status.phrase()).into()));
        referral.under_way = Some(exchange);
        self.send(exchange, draft, Purpose::Notify(call));
        if !state.starts_with(ACTIVE) {
            self.referral_over(call);
        }
    }

    /// A notification was answered; who does not want more gets no more (RFC 6665 §4.2.2). The call that was asked
    /// for goes on.
    pub(super) fn notify_ended(&mut self, call: CallId, id: ExchangeId, outcome: Outcome) {
        let Some(referral) = self.referrals.get_mut(&call).filter(|r| r.under_way == Some(id)) else {
            return;
        };
        referral.under_way = None;
        if matches!(outcome, Outcome::Status(status) if status.is_success()) {
            self.notify_next(call);
        } else {
            self.referral_over(call);
        }
    }

    fn referral_over(&mut self, call: CallId) {
        self.referrals.remove(&call);
        self.referred.retain(|_, of| *of != call);
        self.alarms.stop(Alarm::ReferralLimit(call));
        self.forget(call);
    }
}

/// Whether an extension forbids the implicit subscription (RFC 7614 §5).
fn is_nosub(tag: &[u8]) -> bool {
    tag.eq_ignore_ascii_case(OptionTag::NOSUB.as_str().as_bytes())
}

/// The states of Subscription-State (RFC 6665 §4.1.3).
const ACTIVE: &str = "active";
const FINAL: &str = "terminated;reason=noresource";
const EXPIRED: &str = "terminated;reason=timeout";
