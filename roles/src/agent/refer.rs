//! Sending the peer of a call elsewhere (RFC 3515, RFC 5589): REFER, and what the peer tells about its call.

use super::alarms::Alarm;
use super::call::{Refer, Up};
use super::caller::cause_of;
use super::command::CallId;
use super::draft::Draft;
use super::event::{Ending, Event, Outcome, Transferring};
use super::exchange::{Exchange, InboundId, Purpose};
use super::reply::Reply;
use super::state::{Agent, PRODUCT};
use crate::event::{self, Standing, SubscriptionState};
use ringback_sip::dialog::{Dialog, Failure, Fate, ReferTo, Replaces};
use ringback_sip::journal::{Cause, Shown};
use ringback_sip::registry::{EventPackage, HeaderName, Method, StatusCode};
use ringback_sip::syntax::{Message, NameAddr, Uri, parse_u32};
use ringback_sip::time::Duration;

/// The kind of body in which a status line is told (RFC 3420).
pub(super) const SIPFRAG: &str = "message/sipfrag";
/// Longest that we listen to what the peer tells about its call.
const TOLD_MAX: Duration = Duration::from_secs(300);

impl Agent {
    /// Asks the peer of a call to call somebody else.
    pub(super) fn transfer(&mut self, call: CallId, target: &str) {
        match ReferTo::parse(format!("<{target}>").as_bytes()) {
            Ok(to) => self.refer(call, &to),
            Err(_) => self.tell(Event::Transfer { call, news: Transferring::Failed(Outcome::Target) }),
        }
    }

    /// Asks the peer of `call` to take our place in the call `with`.
    pub(super) fn join(&mut self, call: CallId, with: CallId) {
        let other = self.up(with).map(|up| ReferTo {
            target: address_of(&up.dialog),
            method: Some(Method::Invite),
            replaces: Some(Replaces::of_peer(up.dialog.id())),
        });
        match other.filter(|_| call != with) {
            Some(to) => self.refer(call, &to),
            None => self.tell(Event::Transfer { call, news: Transferring::Failed(Outcome::Target) }),
        }
    }

    fn refer(&mut self, call: CallId, to: &ReferTo) {
        let is_other = |(of, refer): (&CallId, &Refer)| *of == call || refer.about == Some(call);
        let is_free = !self.refers.iter().any(is_other);
        let has_instance = |up: &Up| Uri::parse(up.dialog.target()).is_ok_and(|uri| uri.params.has(b"gr"));
        if is_free && self.up(call).is_some_and(|up| has_instance(up)) {
            return self.refer_beside(call, to);
        }
        let referrer = format!("<{}>", self.settings.aor);
        let contact = self.dialog_contact(false);
        let Some(up) = self.up(call).filter(|_| is_free) else {
            return self.tell(Event::Transfer { call, news: Transferring::Failed(Outcome::Target) });
        };
        let mut draft = Draft::inside(up.dialog.request(Method::Refer))
            .with(HeaderName::REFER_TO, to.write())
            .with(HeaderName::REFERRED_BY, referrer)
            .with(HeaderName::USER_AGENT, PRODUCT);
        draft.contact = contact;
        self.refers.insert(call, Refer::default());
        let id = self.new_exchange();
        self.send(id, draft, Purpose::Refer(call));
    }

    /// The REFER was accepted, or not. Its acceptance says nothing about the call that is made for it.
    pub(super) fn refer_ended(
        &mut self,
        call: CallId,
        exchange: &Exchange,
        outcome: Outcome,
        response: Option<&Message<'_>>,
    ) {
        let Outcome::Status(status) = outcome else {
            return self.refer_over(call, Transferring::Failed(outcome));
        };
        if !status.is_success() {
            let is_inside = self.calls.contains_key(&call);
            let is_lost = Fate::of(Failure::Status(status), Method::Refer) == Fate::Dialog;
            self.refer_over(call, Transferring::Failed(outcome));
            if is_lost && is_inside {
                self.end(call, Ending::Lost(outcome), cause_of(outcome), None);
            }
            return;
        }
        // It may be all over: a notification need not wait for this response (RFC 3515 §2.4.4).
        let Some(refer) = self.refers.get_mut(&call) else { return };
        refer.cseq = Some(exchange.draft.cseq);
        if !refer.is_told {
            self.alarms.set(self.now + self.settings.timers.t1_64(), Alarm::ReferLimit(call));
        }
        let about = refer.about.unwrap_or(call);
        self.tell(Event::Transfer { call: about, news: Transferring::Accepted });
        let is_silent = response.and_then(|r| r.header(HeaderName::REFER_SUB));
        if is_silent.is_some_and(|value| value.eq_ignore_ascii_case(b"false")) {
            self.refer_over(call, Transferring::Unknown);
        }
    }

    /// A NOTIFY in the dialog of a call: the peer tells about its own (RFC 3515 §2.4.4).
    pub(super) fn serve_refer_notify(&mut self, inbound: InboundId, call: CallId, request: &Message<'_>) {
        let (state, status) = match self.check_refer_notify(call, request) {
            Ok(told) => told,
            Err(reply) => return self.reply(inbound, request, reply),
        };
        self.reply(inbound, request, Reply::of(StatusCode::OK, Cause::Done));
        let Some(refer) = self.refers.get_mut(&call) else { return };
        refer.is_told = true;
        let about = refer.about.unwrap_or(call);
        match status {
            _ if status.is_success() => self.refer_over(call, Transferring::Done),
            _ if status.is_final() => self.refer_over(call, Transferring::Failed(Outcome::Status(status))),
            _ if matches!(state.standing, Standing::Terminated(_)) => {
                self.refer_over(call, Transferring::Unknown);
            }
            _ => {
                let expires = state.expires.unwrap_or(TOLD_MAX).min(TOLD_MAX);
                self.alarms.set(self.now + expires, Alarm::ReferLimit(call));
                if status != StatusCode::TRYING {
                    self.tell(Event::Transfer { call: about, news: Transferring::Progress(status) });
                }
            }
        }
    }

    fn check_refer_notify(
        &self,
        call: CallId,
        request: &Message<'_>,
    ) -> Result<(SubscriptionState, StatusCode), Reply> {
        let event = event_of_refer(request)?;
        let id = event.id().and_then(parse_u32);
        let is_known = self
            .refers
            .get(&call)
            .is_some_and(|refer| id.is_none() || refer.cseq.is_none() || refer.cseq == id);
        if !is_known {
            return Err(Reply::of(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, Cause::NoSuchDialog));
        }
        let kind = request.content_type().unwrap_or_default();
        if !kind.eq_ignore_ascii_case(SIPFRAG.as_bytes()) {
            let reply = Reply::of(StatusCode::UNSUPPORTED_MEDIA_TYPE, Cause::MediaType(Shown::from(kind)));
            return Err(reply.with(HeaderName::ACCEPT, SIPFRAG));
        }
        let malformed = |header| Reply::of(StatusCode::BAD_REQUEST, Cause::Malformed { header, at: 0 });
        let state = SubscriptionState::of(request);
        let state = state.ok_or_else(|| malformed(Some(HeaderName::SUBSCRIPTION_STATE)))?;
        Ok((state, status_in(request.body()).ok_or_else(|| malformed(None))?))
    }

    /// Nothing more is to be heard of a transfer. Once the peer has its new call, the old one is over (RFC 5589 §6).
    pub(super) fn refer_over(&mut self, call: CallId, news: Transferring) {
        let Some(refer) = self.refers.remove(&call) else { return };
        if let Some(end) = refer.outside {
            self.ends.remove(&end);
        }
        self.alarms.stop(Alarm::ReferLimit(call));
        self.forget(call);
        let call = refer.about.unwrap_or(call);
        self.tell(Event::Transfer { call, news });
        if news == Transferring::Done {
            self.bye(call, Ending::Transferred, Cause::Done);
        }
        self.forget(call);
    }

    /// Keeps what is left of a call that ends, for transfers that are still told about.
    pub(super) fn remember(&mut self, call: CallId, dialog: &Dialog) {
        if self.gone.len() >= GONE_MAX {
            self.gone.pop_front();
        }
        self.gone.push_back(dialog.id().clone());
        if self.refers.contains_key(&call) || self.referrals.contains_key(&call) {
            self.remains.insert(call, dialog.clone());
        }
    }

    /// Forgets what is left of a call, when no transfer is told about any more.
    pub(super) fn forget(&mut self, call: CallId) {
        if self.refers.contains_key(&call) || self.referrals.contains_key(&call) {
            return;
        }
        let Some(dialog) = self.remains.remove(&call) else { return };
        if !self.is_accepting(call) {
            self.ends.remove(&(dialog.id().call_id.clone(), dialog.id().local_tag.clone()));
        }
    }
}

/// Where others reach the peer of a dialog: its Contact when it was reached without proxies, else its address of
/// record, since nothing says that the Contact can be reached from elsewhere (RFC 5589 §7.3).
fn address_of(dialog: &Dialog) -> Box<[u8]> {
    let remote = NameAddr::parse(HeaderName::TO, dialog.remote()).ok();
    let public = remote.filter(|_| !dialog.routes().is_empty()).and_then(|to| Uri::parse(to.uri).ok());
    public.filter(Uri::is_sip).map_or_else(|| dialog.target().into(), |uri| uri.raw.into())
}

/// The Event of a request about a transfer; the refusal of every other package.
pub(super) fn event_of_refer<'a>(request: &Message<'a>) -> Result<event::Event<'a>, Reply> {
    let event = event::Event::of(request);
    let package = EventPackage::REFER.as_str();
    event.filter(|event| event.name == package.as_bytes()).ok_or_else(|| {
        let name = event.map_or(&b""[..], |event| event.name);
        let reply = Reply::of(StatusCode::BAD_EVENT, Cause::BadEvent(Shown::from(name)));
        reply.with(HeaderName::ALLOW_EVENTS, package)
    })
}

/// The code of the status line with which a body begins (RFC 3420 §2).
fn status_in(body: &[u8]) -> Option<StatusCode> {
    let line = body.get(..8).filter(|start| start.eq_ignore_ascii_case(b"SIP/2.0 ")).map(|_| &body[8..])?;
    let digits = line.get(..3)?;
    StatusCode::new(u16::try_from(parse_u32(digits)?).ok()?)
}

/// Most dialogs of ended calls that are remembered.
const GONE_MAX: usize = 16;
