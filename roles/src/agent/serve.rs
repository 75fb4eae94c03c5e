//! Serving requests (RFC 3261 §8.2): the checks in their order, then the method.

use super::call::{Call, Inbound, MergeKey};
use super::caller::SESSION;
use super::command::CallId;
use super::event::Event;
use super::exchange::{InboundId, Owner, Purpose};
use super::info::DIGITS;
use super::refer::SIPFRAG;
use super::reply::Reply;
use super::state::{ALLOW, Agent};
use bytes::Bytes;
use ringback_sip::dialog::DialogId;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Fact, Shown};
use ringback_sip::registry::{HeaderName, Method, OptionTag, StatusCode};
use ringback_sip::sdp::SDP_BYTES_MAX;
use ringback_sip::syntax::{Message, NameAddr, Response, Unread, Wanted};
use ringback_sip::transaction::{Received, ServerId};
use ringback_sip::transport::response_flow;

/// Longest body that we read.
const BODY_BYTES_MAX: usize = SDP_BYTES_MAX;
/// The only text that we show.
const TEXT: Wanted<'_> = Wanted { kinds: &["text/plain"], dispositions: &["render"] };

impl Agent {
    /// A message came.
    pub(super) fn receive(&mut self, flow: Flow, bytes: &[u8]) {
        if self.hear_sign(&flow, bytes) {
            return;
        }
        let message = match Message::parse(bytes) {
            Ok(message) => message,
            Err(fault) => return self.drop_message(&flow, b"", fault.into()),
        };
        if !message.is_request() {
            return self.receive_response(&flow, &message);
        }
        match self.transactions.receive(self.now, flow, &message) {
            Received::Request => self.serve(flow, &message),
            Received::Ack(_) => {
                if message.check_over(flow.transport).is_ok() {
                    self.hear_ack(&message);
                }
            }
            Received::Cancel(named) => self.cancelled(flow, &message, named),
            Received::Response(..) | Received::Absorbed | Received::Stray => {}
        }
    }

    /// A response with more than our Via went astray; a broken one is of no use (RFC 3261 §8.1.3.3).
    fn receive_response(&mut self, flow: &Flow, message: &Message<'_>) {
        let call_id = message.call_id().unwrap_or_default();
        if let Err(fault) = message.check_over(flow.transport) {
            return self.drop_message(flow, call_id, fault.into());
        }
        if message.vias().count() > 1 {
            return self.drop_message(flow, call_id, Cause::NoTransaction);
        }
        if let Received::Response(client, Owner::Exchange(id)) =
            self.transactions.receive(self.now, *flow, message)
        {
            if let Some(exchange) = self.exchanges.get_mut(&id) {
                exchange.flow = Some(*flow);
            }
            self.hear_response(client, id, message);
        }
    }

    fn drop_message(&mut self, flow: &Flow, call_id: &[u8], cause: Cause) {
        self.note(call_id, Fact::Dropped { peer: flow.remote, cause });
    }

    /// A new request: its transaction, then the checks.
    fn serve(&mut self, flow: Flow, request: &Message<'_>) {
        let Some(inbound) = self.admit(flow, request) else { return };
        let whole = request.check_over(flow.transport).map_err(Reply::of_fault);
        if let Err(reply) = whole.and_then(|()| self.check(inbound, request)) {
            return self.reply(inbound, request, reply);
        }
        let call = self.call_of(request);
        match request.method() {
            Some(Method::Invite) => self.serve_invite(inbound, call, request),
            Some(Method::Bye) => self.serve_bye(inbound, call, request),
            Some(Method::Options) => self.serve_options(inbound, call, request),
            Some(Method::Message) => self.serve_message(inbound, request),
            Some(Method::Prack) => self.serve_prack(inbound, call, request),
            Some(Method::Update) => self.serve_update(inbound, call, request),
            Some(Method::Info) => self.serve_info(inbound, call, request),
            Some(Method::Refer) => self.serve_refer(inbound, call, request),
            Some(Method::Subscribe) => self.serve_refer_subscribe(inbound, call, request),
            Some(Method::Notify) => match call {
                Some(call) => self.serve_refer_notify(inbound, call, request),
                None => self.serve_notify(inbound, request),
            },
            _ => {}
        }
    }

    /// Makes the transaction of a request; without one it is answered without state, or not at all.
    fn admit(&mut self, flow: Flow, request: &Message<'_>) -> Option<InboundId> {
        let id = InboundId(self.number());
        let tag = match request.to().ok().and_then(|to| to.tag()) {
            Some(tag) => tag.into(),
            None => Response::tag(request, &self.key).as_bytes().into(),
        };
        match self.transactions.accept(self.now, flow, request, Owner::Inbound(id)) {
            Ok(server) => {
                self.inbound.insert(id, Inbound { server, flow, tag, merge: None, call: None });
                Some(id)
            }
            Err(refusal) => {
                let (Some(status), Ok(via)) = (refusal.status(), request.top_via()) else { return None };
                let cause = match status {
                    StatusCode::SERVICE_UNAVAILABLE => Cause::Limit("TRANSACTIONS_MAX".into()),
                    _ => Cause::Malformed { header: None, at: 0 },
                };
                let reply = Reply::of(status, cause.clone());
                self.answered_fact(request, flow.remote, status, cause);
                self.transmit(response_flow(via, &flow), reply.write(request, &flow, &tag));
                None
            }
        }
    }

    /// Gives a request its final response.
    pub(super) fn reply(&mut self, id: InboundId, request: &Message<'_>, reply: Reply) {
        let Some(inbound) = self.inbound.get(&id) else { return };
        let bytes = reply.write(request, &inbound.flow, &inbound.tag);
        let (server, peer) = (inbound.server, inbound.flow.remote);
        self.answered_fact(request, peer, reply.status, reply.cause);
        self.transactions.respond(self.now, server, reply.status, bytes);
    }

    /// The checks of RFC 3261 §8.2 in their order; the first that fails gives the answer, and nothing has changed.
    fn check(&mut self, id: InboundId, request: &Message<'_>) -> Result<(), Reply> {
        check_method(request)?;
        self.check_target(request)?;
        let has_tag = request.to().is_ok_and(|to| to.tag().is_some());
        match (request.method(), has_tag) {
            // Its subscription knows its dialogs.
            (Some(Method::Notify), _) if self.call_of(request).is_none() => {}
            (_, true) => self.check_dialog(request)?,
            (_, false) => self.check_merged(id, request)?,
        }
        self.check_require(request)?;
        if !has_tag && request.method() == Some(Method::Invite) {
            self.check_reliable(request)?;
        }
        check_body(request)
    }

    /// Whether the Request-URI is ours (RFC 3261 §8.2.2.1).
    fn check_target(&self, request: &Message<'_>) -> Result<(), Reply> {
        let raw = request.request_uri();
        let uri = request.target().map_err(Reply::of_fault)?;
        if !uri.is_sip() {
            return Err(Reply::of(StatusCode::UNSUPPORTED_URI_SCHEME, Cause::Scheme(Shown::from(raw))));
        }
        let (user, ours) = (uri.user_unescaped(), self.user());
        if user.is_empty() || ours.is_empty() || user == ours.as_bytes() {
            return Ok(());
        }
        Err(Reply::of(StatusCode::NOT_FOUND, Cause::UnknownUser(Shown::from(raw))))
    }

    /// Whether the same request came on another way already (RFC 3261 §8.2.2.2).
    fn check_merged(&mut self, id: InboundId, request: &Message<'_>) -> Result<(), Reply> {
        let key = MergeKey {
            call_id: request.call_id().unwrap_or_default().into(),
            from_tag: request.from().ok().and_then(|f| f.tag()).unwrap_or_default().into(),
            cseq: request.header(HeaderName::CSEQ).unwrap_or_default().into(),
        };
        if self.ongoing.get(&key).is_some_and(|other| *other != id) {
            return Err(Reply::of(StatusCode::LOOP_DETECTED, Cause::Merged));
        }
        self.ongoing.insert(key.clone(), id);
        if let Some(inbound) = self.inbound.get_mut(&id) {
            inbound.merge = Some(key);
        }
        Ok(())
    }

    /// Whether the dialog exists and the request is in order (RFC 3261 §12.2.2).
    fn check_dialog(&mut self, request: &Message<'_>) -> Result<(), Reply> {
        if self.is_hanging_up(request) && request.method() == Some(Method::Bye) {
            return Ok(());
        }
        let gone = || Reply::of(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, Cause::NoSuchDialog);
        let id = self.call_of(request).ok_or_else(gone)?;
        // What is left of a call that has ended serves to tell about a transfer, and for nothing else.
        let tells = matches!(request.method(), Some(Method::Notify | Method::Subscribe));
        if self.remains.contains_key(&id) && !tells {
            return Err(gone());
        }
        if self.open_refer_dialog(id, request) {
            return Ok(());
        }
        let tag = request.from().ok().and_then(|f| f.tag()).unwrap_or_default();
        let dialog = self.dialog_of(id, tag).ok_or_else(gone)?;
        dialog.receive(request).map_err(|_| Reply::of(StatusCode::SERVER_INTERNAL_ERROR, Cause::CSeqOrder))
    }

    /// RFC 3261 §8.2.2.3: what is required and not among our extensions is one too many.
    fn check_require(&self, request: &Message<'_>) -> Result<(), Reply> {
        let lists = self.takes_lists(request).then_some(OptionTag::EVENTLIST.as_str());
        let is_strange = |tag: &&[u8]| {
            !self.extensions().chain(lists).any(|ours| tag.eq_ignore_ascii_case(ours.as_bytes()))
        };
        let tags: Vec<&[u8]> = request.values(HeaderName::REQUIRE).filter(is_strange).collect();
        if tags.is_empty() {
            return Ok(());
        }
        let tags = tags.join(&b", "[..]);
        let cause = Cause::Extension(Shown::from(&*tags));
        Err(Reply::of(StatusCode::BAD_EXTENSION, cause).with(HeaderName::UNSUPPORTED, tags))
    }

    /// Whether a BYE of ours is under way in the dialog of a request.
    fn is_hanging_up(&self, request: &Message<'_>) -> bool {
        let Ok(dialog) = DialogId::of_received(request) else { return false };
        self.exchanges.values().filter(|e| matches!(e.purpose, Purpose::Bye(_))).any(|e| {
            let tag = NameAddr::parse(HeaderName::FROM, &e.draft.from)
                .ok()
                .and_then(|from| from.tag().map(<[u8]>::to_vec));
            e.draft.call_id == dialog.call_id && tag.as_deref() == Some(&dialog.local_tag[..])
        })
    }

    fn call_of(&self, request: &Message<'_>) -> Option<CallId> {
        let dialog = DialogId::of_received(request).ok()?;
        self.ends.get(&(dialog.call_id, dialog.local_tag)).copied()
    }

    fn serve_invite(&mut self, inbound: InboundId, call: Option<CallId>, request: &Message<'_>) {
        match call.and_then(|id| self.calls.get(&id).map(|call| (id, call))) {
            None => self.offered(inbound, request),
            Some((id, Call::Up(_))) => self.reinvited(inbound, id, request),
            // Their first INVITE is not answered yet (RFC 3261 §14.2).
            Some((_, Call::Offered(_))) => {
                let reply = self.later();
                self.reply(inbound, request, reply);
            }
            Some((_, Call::Calling(_))) => {
                self.reply(inbound, request, Reply::of(StatusCode::REQUEST_PENDING, Cause::Glare));
            }
        }
    }

    /// BYE is answered with 200 and ends the call (RFC 3261 §15.1.2).
    fn serve_bye(&mut self, inbound: InboundId, call: Option<CallId>, request: &Message<'_>) {
        let done = Reply::of(StatusCode::OK, Cause::Done);
        match call.and_then(|id| self.calls.get(&id).map(|call| (id, call))) {
            Some((id, Call::Up(_))) => {
                self.reply(inbound, request, done);
                self.hear_bye(id);
            }
            Some((id, Call::Offered(_))) => {
                self.reply(inbound, request, done);
                self.given_up(id);
            }
            Some((id, Call::Calling(_))) => {
                self.reply(inbound, request, done);
                self.hear_early_bye(id, request);
            }
            // Both hang up at once (RFC 5407 §3.2.1).
            None if self.is_hanging_up(request) => self.reply(inbound, request, done),
            None => {
                let cause = Cause::NoSuchDialog;
                self.reply(inbound, request, Reply::of(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, cause));
            }
        }
    }

    /// OPTIONS gets the answer that an INVITE would get now, without ringing (RFC 3261 §11.2).
    fn serve_options(&mut self, inbound: InboundId, call: Option<CallId>, request: &Message<'_>) {
        let refusal = if call.is_none() { self.refusal_of_new_call() } else { None };
        let reply = refusal.unwrap_or_else(|| Reply::of(StatusCode::OK, Cause::Done));
        let reply = reply
            .with(HeaderName::ALLOW, ALLOW)
            .with(
                HeaderName::ACCEPT,
                [
                    SESSION.kinds,
                    TEXT.kinds,
                    DIGITS.kinds,
                    &[SIPFRAG, "multipart/mixed", "multipart/alternative"],
                ]
                .concat()
                .join(", "),
            )
            .with(HeaderName::ACCEPT_ENCODING, "identity")
            .with(HeaderName::ACCEPT_LANGUAGE, "en")
            .with(HeaderName::SUPPORTED, self.supported());
        self.reply(inbound, request, reply);
    }

    fn serve_message(&mut self, inbound: InboundId, request: &Message<'_>) {
        self.reply(inbound, request, Reply::of(StatusCode::OK, Cause::Done));
        // What need not be understood was let pass; only text can be shown.
        let text = match request.content_type() {
            Some(_) => request.body_of(&TEXT).map(|body| body.bytes),
            None => Some(request.body()),
        };
        let Some(text) = text else { return };
        let from = Shown::from(request.header(HeaderName::FROM).unwrap_or_default());
        self.tell(Event::Text { from, body: Bytes::copy_from_slice(text) });
    }

    /// A CANCEL: 200 when it names a transaction, whether it still can do something or not; else 481
    /// (RFC 3261 §9.2).
    fn cancelled(&mut self, flow: Flow, request: &Message<'_>, named: Option<(ServerId, Owner)>) {
        let Some(id) = self.admit(flow, request) else { return };
        if let Err(fault) = request.check_over(flow.transport) {
            return self.reply(id, request, Reply::of_fault(fault));
        }
        let Some((_, Owner::Inbound(invite))) = named else {
            let cause = Cause::NoSuchDialog;
            let reply = Reply::of(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, cause);
            return self.reply(id, request, reply);
        };
        let invite = self.inbound.get(&invite).map(|i| (i.tag.clone(), i.call));
        if let (Some((tag, _)), Some(inbound)) = (&invite, self.inbound.get_mut(&id)) {
            inbound.tag = tag.clone();
        }
        self.reply(id, request, Reply::of(StatusCode::OK, Cause::Done));
        if let Some((_, Some(call))) = invite {
            self.given_up(call);
        }
    }

    /// A server transaction is over.
    pub(super) fn server_ended(&mut self, id: InboundId) {
        if let Some(key) = self.inbound.remove(&id).and_then(|inbound| inbound.merge) {
            self.ongoing.remove(&key);
        }
    }
}

/// RFC 3261 §8.2.1: a method that we know and do not serve is 405, an unknown one 501 (§21.5.2).
fn check_method(request: &Message<'_>) -> Result<(), Reply> {
    let token = Shown::from(request.method_token());
    match request.method() {
        Some(
            Method::Invite
            | Method::Bye
            | Method::Options
            | Method::Message
            | Method::Prack
            | Method::Update
            | Method::Info
            | Method::Refer
            | Method::Subscribe
            | Method::Notify,
        ) => Ok(()),
        Some(_) => Err(Reply::of(StatusCode::METHOD_NOT_ALLOWED, Cause::MethodNotAllowed(token))
            .with(HeaderName::ALLOW, ALLOW)),
        None => Err(Reply::of(StatusCode::NOT_IMPLEMENTED, Cause::UnknownMethod(token))
            .with(HeaderName::ALLOW, ALLOW)),
    }
}

/// RFC 3261 §8.2.3: a body that we do not understand is refused, unless it is said to be optional.
fn check_body(request: &Message<'_>) -> Result<(), Reply> {
    let wanted = match request.method() {
        Some(Method::Invite | Method::Prack | Method::Update) => SESSION,
        Some(Method::Message) => TEXT,
        // What a package carries is between its two sides.
        Some(Method::Info) if request.header(HeaderName::INFO_PACKAGE).is_none() => DIGITS,
        _ => return Ok(()),
    };
    let Some(body) = request.entity() else { return Ok(()) };
    if body.bytes.len() > BODY_BYTES_MAX && !body.is_optional() {
        return Err(Reply::of(StatusCode::REQUEST_ENTITY_TOO_LARGE, Cause::TooLarge));
    }
    let unsupported =
        |what: &[u8]| Reply::of(StatusCode::UNSUPPORTED_MEDIA_TYPE, Cause::MediaType(Shown::from(what)));
    let accept = || wanted.kinds.join(", ");
    body.check(&wanted).map_err(|unread| match unread {
        Unread::Type(kind) => unsupported(kind).with(HeaderName::ACCEPT, accept()),
        // No header field tells which dispositions would do (RFC 5621 §8.1): the phrase names the one that does not.
        Unread::Disposition(kind) => {
            let shown = format!("Content-Disposition {}", Shown::from(kind));
            let reply = unsupported(shown.as_bytes()).with(HeaderName::ACCEPT, accept());
            Reply { phrase: Some(format!("Unsupported {shown}")), ..reply }
        }
        Unread::Encoding(encoding) => unsupported(encoding).with(HeaderName::ACCEPT_ENCODING, "identity"),
        Unread::Limit => Reply::of(StatusCode::REQUEST_ENTITY_TOO_LARGE, Cause::TooLarge),
        Unread::Broken => Reply::of(StatusCode::BAD_REQUEST, Cause::Malformed { header: None, at: 0 }),
    })
}
