//! What the agent does with its inputs, and how it answers requests (RFC 3261 §8.2).

use super::command::{Command, Registering};
use super::event::Event;
use super::exchange::ExchangeId;
use super::state::{ALLOW, Agent, Out};
use bytes::Bytes;
use core::convert::Infallible;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Fact, Shown};
use ringback_sip::node::{Deadline, Input, Node, Output};
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::{Message, Response};
use ringback_sip::time::Instant;
use ringback_sip::transaction;

/// The owner of transactions that serve: no exchange has this number.
const NOBODY: ExchangeId = ExchangeId(0);

impl Agent {
    fn receive(&mut self, flow: Flow, bytes: &[u8]) {
        let Ok(message) = Message::parse(bytes) else { return };
        if let Err(fault) = message.check() {
            if message.is_request() && message.method() != Some(Method::Ack) {
                let phrase = fault.fault.to_string();
                self.answer(flow, &message, fault.fault.status(), Some(phrase), Cause::NotAcceptable);
            }
            return;
        }
        match self.transactions.receive(self.now, flow, &message) {
            transaction::Received::Response(client, id) => {
                // More than one Via: it is not for us (RFC 3261 §8.1.3.3).
                if message.vias().count() == 1 {
                    self.hear_response(client, id, &message);
                }
            }
            transaction::Received::Request => self.serve(flow, &message),
            transaction::Received::Cancel(_) => {
                let status = StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST;
                self.answer(flow, &message, status, None, Cause::NoSuchDialog);
            }
            transaction::Received::Ack(_)
            | transaction::Received::Absorbed
            | transaction::Received::Stray => {}
        }
    }

    /// A new request, in the order of RFC 3261 §8.2: method, Require, body, and then what it asks.
    fn serve(&mut self, flow: Flow, message: &Message<'_>) {
        let token = Shown::from(message.method_token());
        let in_dialog = message.to().is_ok_and(|to| to.tag().is_some());
        let (status, cause) = match message.method() {
            None => (StatusCode::NOT_IMPLEMENTED, Cause::UnknownMethod(token)),
            Some(Method::Bye) => (StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, Cause::NoSuchDialog),
            Some(Method::Options | Method::Message) if in_dialog => {
                (StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, Cause::NoSuchDialog)
            }
            Some(Method::Options | Method::Message) => match message.values(HeaderName::REQUIRE).next() {
                Some(tag) => (StatusCode::BAD_EXTENSION, Cause::Extension(Shown::from(tag))),
                None => self.take(message),
            },
            Some(_) => (StatusCode::METHOD_NOT_ALLOWED, Cause::MethodNotAllowed(token)),
        };
        self.answer(flow, message, status, None, cause);
    }

    fn take(&mut self, message: &Message<'_>) -> (StatusCode, Cause) {
        if message.method() == Some(Method::Options) {
            return (StatusCode::OK, Cause::Done);
        }
        let kind = message.content_type().unwrap_or_default();
        if !kind.eq_ignore_ascii_case(b"text/plain") {
            return (StatusCode::UNSUPPORTED_MEDIA_TYPE, Cause::MediaType(Shown::from(kind)));
        }
        let from = Shown::from(message.header(HeaderName::FROM).unwrap_or_default());
        self.tell(Event::Text { from, body: Bytes::copy_from_slice(message.body()) });
        (StatusCode::OK, Cause::Done)
    }

    fn answer(
        &mut self,
        flow: Flow,
        message: &Message<'_>,
        status: StatusCode,
        phrase: Option<String>,
        cause: Cause,
    ) {
        let Ok(server) = self.transactions.accept(self.now, flow, message, NOBODY) else { return };
        let tag = self.new_tag();
        let phrase = phrase.as_deref().unwrap_or(status.phrase());
        let mut response = Response::with_phrase(message, &flow, status, phrase.as_bytes(), Some(&tag));
        let is_options = message.method() == Some(Method::Options);
        if is_options || matches!(status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED) {
            response = response.header(HeaderName::ALLOW, ALLOW);
        }
        if is_options || status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            response = response.header(HeaderName::ACCEPT, "text/plain");
        }
        if status == StatusCode::BAD_EXTENSION {
            let tags: Vec<_> = message.values(HeaderName::REQUIRE).collect();
            response = response.header(HeaderName::UNSUPPORTED, tags.join(&b", "[..]));
        }
        self.transactions.respond(self.now, server, status, response.finish());
        let fact = Fact::Answered { method: message.method(), status, peer: flow.remote, cause };
        self.note(message.call_id().unwrap_or_default(), fact);
    }

    fn settle(&mut self) {
        while let Some(event) = self.transactions.poll_event() {
            match event {
                transaction::Event::TimedOut(client, id, timer) => self.timed_out(client, id, timer),
                transaction::Event::TransportError(client, id, error) => {
                    self.failed_to_send(client, id, error);
                }
                _ => {}
            }
        }
    }
}

impl Node for Agent {
    type Ask = Infallible;
    type Answer = Infallible;
    type Command = Command;
    type Event = Event;

    fn handle(&mut self, now: Instant, input: Input<'_, Infallible, Command>) {
        self.now = now;
        match input {
            Input::Received { flow, bytes } => self.receive(flow, bytes),
            Input::FlowFailed { flow, error } => self.transactions.handle_flow_failure(now, &flow, error),
            Input::Deadline => self.transactions.handle_deadline(now),
            Input::Resolved { ticket, answer } => self.resolved(ticket, answer),
            Input::Answered { answer, .. } => match answer {},
            Input::Command(Command::Register(what)) => self.register(what),
            Input::Command(Command::Options { request, target }) => self.options(request, &target),
            Input::Command(Command::Message { request, target, text }) => {
                self.message(request, &target, text);
            }
        }
        self.settle();
        if self.register_at.is_some_and(|at| at <= now) {
            self.register(Registering::Keep);
            self.settle();
        }
    }

    fn poll(&mut self) -> Option<Out> {
        if let Some(transmit) = self.transactions.poll_transmit() {
            return Some(Output::Transmit(transmit));
        }
        self.outputs.pop_front().or_else(|| self.transactions.poll_entry().map(Output::Journal))
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        let register = self.register_at.map(|at| (at, Deadline::Expiry));
        [self.transactions.deadline(), register].into_iter().flatten().min_by_key(|(at, _)| *at)
    }
}
