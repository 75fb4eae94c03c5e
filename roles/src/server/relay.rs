//! Messages for users who are not there (RFC 3428 §7): kept, answered with 202, and sent on when a phone registers.
//!
//! They lie in the store beside what the operator says of a user's mailbox, durable and bounded as what is published is.
//! One is under way to a user at a time, the oldest first; what a phone took or refused is forgotten, and what could
//! not be told waits for the next registration.

use super::letters::{
    BUSY_MAX, Delivery, Letter, MESSAGE_BYTES_MAX, Purpose, addressed, denial, is_settled, letter, letters,
    mailbox,
};
use super::targets::{Wanted, destinations};
use super::{Output, Server};
use crate::access::Denial;
use crate::event::{Publish, Published, Refusal, State, What};
use crate::location::{Aor, Bindings};
use crate::proxy::OwnId;
use crate::store::{Answer, Ask};
use bytes::Bytes;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{BranchEnd, Cause, Entry, Fact};
use ringback_sip::node::Ticket;
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::{Message, Response, Uri};
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transaction::ServerId;
use std::collections::VecDeque;

impl Server {
    /// Whether a request that found nobody is one to keep: a message outside dialogs, for a user and not for one phone,
    /// by somebody who proved who it is.
    pub(super) fn may_keep(&self, message: &Message<'_>, wanted: &Wanted, denial: &Denial) -> bool {
        self.relay.keep.is_some()
            && message.method() == Some(Method::Message)
            && denial.status == StatusCode::TEMPORARILY_UNAVAILABLE
            && wanted.gruu.is_none()
            && wanted.is_proven
            && message.to().is_ok_and(|to| to.tag().is_none())
            && message.number(HeaderName::EXPIRES, u32::MAX) != Ok(Some(0))
    }

    /// Has the store keep a message; its sender is answered when that is durable.
    pub(super) fn keep_message(&mut self, now: Instant, message: &Message<'_>, flow: Flow, aor: Aor) {
        let Some(server) = self.accept(now, message, flow) else { return };
        let request = Bytes::copy_from_slice(message.bytes());
        if message.bytes().len() > MESSAGE_BYTES_MAX {
            let denial = Denial::new(StatusCode::REQUEST_ENTITY_TOO_LARGE, Cause::TooLarge);
            return self.refuse_kept(now, message, server, flow, &denial);
        }
        let what = What::Put {
            media_type: "message/sip".into(),
            body: letter(now, message).into(),
            expires: self.lifetime(now, message),
        };
        let publish = Publish { resource: mailbox(aor), if_match: None, what };
        match self.relay.waiting.open(Purpose::Keep(server, flow, request)) {
            Ok(ticket) => self.outputs.push_back(Output::Ask { ticket, ask: Ask::Publish(publish) }),
            Err(_) => self.refuse_kept(now, message, server, flow, &denial(Refusal::StoreBusy)),
        }
    }

    /// How long a message is kept: as long as it is good, and no longer than we keep any (RFC 3428 §7).
    /// Its time began when it was written, where it says so.
    fn lifetime(&self, now: Instant, message: &Message<'_>) -> Duration {
        let most = self.relay.keep.unwrap_or_default();
        let wanted = message.number(HeaderName::EXPIRES, u32::MAX).ok().flatten();
        let date = message.header(HeaderName::DATE).and_then(|value| core::str::from_utf8(value).ok());
        let age = date.and_then(Instant::from_sip_date).map_or(Duration::ZERO, |written| now.since(written));
        wanted.map_or(most, |secs| most.min(Duration::from_secs(secs.into()).saturating_sub(age)))
    }

    fn refuse_kept(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        server: ServerId,
        flow: Flow,
        denial: &Denial,
    ) {
        let bytes = denial.respond(message, &flow, Response::tag(message, &self.key).as_bytes());
        self.answer_kept(now, message, (server, flow), denial.status, denial.cause.clone(), bytes);
    }

    fn answer_kept(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        (server, flow): (ServerId, Flow),
        status: StatusCode,
        cause: Cause,
        bytes: Bytes,
    ) {
        let fact = Fact::Answered { method: message.method(), status, peer: flow.remote, cause };
        let call_id = message.call_id().unwrap_or_default();
        self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
        self.proxy.respond(now, server, status, bytes);
    }

    /// A phone of a user has registered: what was kept for the user is sent on.
    pub(super) fn deliver_kept(&mut self, message: &Message<'_>) {
        let to = message.to().ok().and_then(|to| Uri::parse(to.uri).ok());
        let Some(aor) = to.and_then(|uri| self.access.domains().aor_of(&uri)) else { return };
        if self.relay.keep.is_none() || self.relay.busy.len() >= BUSY_MAX || self.relay.busy.contains(&aor) {
            return;
        }
        let ask = Ask::Watch(mailbox(aor.clone()));
        if let Ok(ticket) = self.relay.waiting.open(Purpose::Read(aor.clone())) {
            self.relay.busy.insert(aor);
            self.outputs.push_back(Output::Ask { ticket, ask });
        }
    }

    /// Takes an answer of the store.
    pub(super) fn answered_kept(&mut self, now: Instant, ticket: Ticket, answer: Answer) {
        match (self.relay.waiting.close(ticket), answer) {
            (Some(Purpose::Keep(server, flow, request)), Answer::Published(result)) => {
                self.kept(now, server, flow, &request, result);
            }
            (Some(Purpose::Read(aor)), Answer::State { state, .. }) => {
                let unwatch = Ask::Unwatch(mailbox(aor.clone()));
                self.outputs.push_back(Output::Ask { ticket, ask: unwatch });
                self.find_reader(aor, &state);
            }
            (Some(Purpose::Find(aor, letters)), Answer::Bindings { bindings, .. }) => {
                self.begin_delivery(now, aor, letters, &bindings);
            }
            (Some(Purpose::Tell(telling, wanted)), Answer::Bindings { bindings, .. }) => {
                self.notify_instance(now, telling, &wanted, &bindings);
            }
            // What was sent before the question ended.
            (Some(Purpose::Forget), _) | (None, Answer::State { .. }) => {}
            (_, answer) => debug_assert!(false, "the store answered another question: {answer:?}"),
        }
    }

    fn kept(
        &mut self,
        now: Instant,
        server: ServerId,
        flow: Flow,
        request: &Bytes,
        result: Result<Published, Refusal>,
    ) {
        let Ok(message) = Message::parse(request) else { return };
        match result {
            Ok(_) => {
                let (status, tag) = (StatusCode::ACCEPTED, Response::tag(&message, &self.key));
                let bytes = Response::to(&message, &flow, status, Some(tag.as_bytes())).finish();
                self.answer_kept(now, &message, (server, flow), status, Cause::KeptForLater, bytes);
            }
            Err(refusal) => self.refuse_kept(now, &message, server, flow, &denial(refusal)),
        }
    }

    /// What was kept for a user is known: now it is asked where the user is.
    fn find_reader(&mut self, aor: Aor, state: &State) {
        let letters = letters(state);
        let ask = Ask::Bindings(aor.clone());
        if !letters.is_empty()
            && let Ok(ticket) = self.relay.waiting.open(Purpose::Find(aor.clone(), letters))
        {
            return self.outputs.push_back(Output::Ask { ticket, ask });
        }
        self.relay.busy.remove(&aor);
    }

    fn begin_delivery(&mut self, now: Instant, aor: Aor, letters: VecDeque<Letter>, bindings: &Bindings) {
        let (usable, _) = self.ended.sort(now, bindings);
        let Some(to) = destinations(now, &usable).into_iter().max_by_key(|to| to.q) else {
            self.relay.busy.remove(&aor);
            return;
        };
        self.relay.begun += 1;
        let number = self.relay.begun;
        self.relay.deliveries.insert(number, Delivery { aor, letters, to });
        self.send_letter(now, number);
    }

    /// Sends the oldest message, or ends when there is none.
    fn send_letter(&mut self, now: Instant, number: u64) {
        let call_id = self.call_id();
        let Some(delivery) = self.relay.deliveries.get(&number) else { return };
        let letter = delivery.letters.front();
        let Some(request) =
            letter.and_then(|letter| addressed(&letter.request, &delivery.to, Some(&call_id)))
        else {
            return self.end_delivery(number);
        };
        let to = delivery.to.clone();
        self.proxy.originate(now, OwnId::Message(number), request, to);
    }

    fn end_delivery(&mut self, number: u64) {
        if let Some(delivery) = self.relay.deliveries.remove(&number) {
            self.relay.busy.remove(&delivery.aor);
        }
    }

    /// How the sending of a kept message ended.
    pub(super) fn letter_ended(&mut self, now: Instant, number: u64, end: BranchEnd) {
        let Some(delivery) = self.relay.deliveries.get_mut(&number) else { return };
        let Some(letter) = delivery.letters.pop_front() else { return };
        if let Ok(message) = Message::parse(&letter.request) {
            let fact = Fact::BranchEnded { branch: 0, end };
            let call_id = message.call_id().unwrap_or_default();
            self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
        }
        if !is_settled(end) {
            return self.end_delivery(number);
        }
        let resource = mailbox(delivery.aor.clone());
        let publish = Publish { resource, if_match: Some(letter.tag), what: What::Remove };
        // Without room for the question it is told once more.
        if let Ok(ticket) = self.relay.waiting.open(Purpose::Forget) {
            self.outputs.push_back(Output::Ask { ticket, ask: Ask::Publish(publish) });
        }
        self.send_letter(now, number);
    }
}
