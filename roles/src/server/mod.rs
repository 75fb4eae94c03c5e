//! The server: one node that composes access, registrar and what answers for the server itself.
//!
//! Requests come in here, are judged once, and go to the part whose business they are. A part that needs the store
//! says what to ask; the server keeps the request until the answer comes.

mod settings;

pub use settings::ServerSettings;

use crate::access::{Access, Denial};
use crate::registrar::{Registrar, Reply, Stage, Step};
use crate::store::{Answer, Ask};
use bytes::Bytes;
use core::net::SocketAddr;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Entry, Fact, Shown};
use ringback_sip::node::{Deadline, Input, Node, Output, Ticket, Transmit};
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::{Message, Response};
use ringback_sip::time::Instant;
use ringback_sip::transport::response_flow;
use std::collections::{BTreeMap, VecDeque};

/// Most requests that wait for the store at once; more are refused (503).
pub const REQUESTS_WAITING_MAX: usize = 1 << 16;

/// An order to a server.
#[derive(Clone, Debug)]
pub enum Command {
    /// Takes no new requests; when all that are under way have ended, [`Event::Drained`] says so.
    Drain,
    /// Takes over other settings; what is under way goes on.
    Configure(Box<ServerSettings>),
}

/// News of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was told to drain, and nothing is under way any more.
    Drained,
}

/// A request that waits for the store.
#[derive(Debug)]
struct Waiting {
    flow: Flow,
    request: Bytes,
    stage: Stage,
}

/// Whether new requests are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Open,
    Draining,
    Drained,
}

/// The server's node.
#[derive(Debug)]
pub struct Server {
    access: Access,
    registrar: Registrar,
    key: Seed,
    mode: Mode,
    next_ticket: u64,
    waiting: BTreeMap<Ticket, Waiting>,
    outputs: VecDeque<Output<Ask, Event>>,
}

impl Server {
    /// A server. `seed` is this node's own; `shared` is the same for all workers, and for the next start.
    pub fn new(settings: ServerSettings, seed: Seed, shared: Seed) -> Self {
        Server {
            access: Access::new(settings.access, settings.domains, seed, shared),
            registrar: Registrar::new(seed),
            key: seed.derive(b"server"),
            mode: Mode::Open,
            next_ticket: 0,
            waiting: BTreeMap::new(),
            outputs: VecDeque::new(),
        }
    }

    /// How many requests are under way.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn receive(&mut self, now: Instant, flow: Flow, bytes: &[u8]) {
        let message = match Message::parse(bytes) {
            Ok(message) => message,
            // Without its fields it can be neither answered nor matched (RFC 3261 §16.3 step 1).
            Err(fault) => {
                let cause =
                    Cause::Malformed { header: None, at: u32::try_from(fault.at).unwrap_or(u32::MAX) };
                return self.drop_message(now, b"", flow.remote, cause);
            }
        };
        let call_id = message.call_id().unwrap_or_default();
        if !message.is_request() {
            return self.drop_message(now, call_id, flow.remote, Cause::NoTransaction);
        }
        if message.method() == Some(Method::Ack) {
            return self.drop_message(now, call_id, flow.remote, Cause::NoSuchDialog);
        }
        match self.judge(&message) {
            Err(denial) => self.deny(now, &message, &flow, &denial),
            Ok(()) if message.method() == Some(Method::Register) => {
                let step = self.registrar.handle(now, &mut self.access, &message, &flow);
                self.follow(now, &message, flow, step);
            }
            Ok(()) => self.answer_options(now, &message, &flow),
        }
    }

    /// Whether a request is well-formed, for us, and of a method that is served.
    fn judge(&self, message: &Message<'_>) -> Result<(), Denial> {
        message.check()?;
        if self.mode != Mode::Open || self.waiting.len() >= REQUESTS_WAITING_MAX {
            let cause = match self.mode {
                Mode::Open => Cause::Limit("REQUESTS_WAITING_MAX"),
                Mode::Draining | Mode::Drained => Cause::Draining,
            };
            let denial = Denial::new(StatusCode::SERVICE_UNAVAILABLE, cause);
            return Err(denial.with(HeaderName::RETRY_AFTER, RETRY_AFTER_SECS));
        }
        let uri = message.target()?;
        let target = message.request_uri();
        if !uri.is_sip() {
            let cause = Cause::Scheme(Shown::from(target));
            return Err(Denial::new(StatusCode::UNSUPPORTED_URI_SCHEME, cause));
        }
        if self.access.domains().main_of(&uri.host).is_none() {
            return Err(Denial::new(StatusCode::FORBIDDEN, Cause::Relay(Shown::from(target))));
        }
        match message.method() {
            Some(Method::Register | Method::Options) => Ok(()),
            Some(_) => {
                let cause = Cause::MethodNotAllowed(Shown::from(message.method_token()));
                let denial = Denial::new(StatusCode::METHOD_NOT_ALLOWED, cause);
                Err(denial.with(HeaderName::ALLOW, ALLOW))
            }
            None => {
                let cause = Cause::UnknownMethod(Shown::from(message.method_token()));
                Err(Denial::new(StatusCode::NOT_IMPLEMENTED, cause).with(HeaderName::ALLOW, ALLOW))
            }
        }
    }

    /// What the server itself can do (RFC 3261 §11.2).
    fn answer_options(&mut self, now: Instant, message: &Message<'_>, flow: &Flow) {
        let tag = self.tag(message);
        let bytes = Response::to(message, flow, StatusCode::OK, Some(tag.as_bytes()))
            .header(HeaderName::ALLOW, ALLOW)
            .header(HeaderName::ACCEPT, "")
            .header(HeaderName::SUPPORTED, SUPPORTED)
            .finish();
        self.respond(now, message, flow, StatusCode::OK, Cause::Done, bytes);
    }

    fn deny(&mut self, now: Instant, message: &Message<'_>, flow: &Flow, denial: &Denial) {
        let bytes = denial.respond(message, flow, self.tag(message).as_bytes());
        self.respond(now, message, flow, denial.status, denial.cause.clone(), bytes);
    }

    /// A To tag that a retransmission gets again (RFC 3261 §8.2.7).
    fn tag(&self, message: &Message<'_>) -> ringback_sip::entropy::Token {
        let via = message.headers(HeaderName::VIA).next().unwrap_or_default();
        let text = [via, message.call_id().unwrap_or_default()].join(&b'\n');
        ringback_sip::entropy::Token::from_u64(self.key.hash(&text))
    }

    /// Does what the registrar says with a REGISTER.
    fn follow(&mut self, now: Instant, message: &Message<'_>, flow: Flow, step: Step) {
        match step {
            Step::Respond(Reply { status, cause, bytes, facts }) => {
                let call_id = message.call_id().unwrap_or_default();
                for fact in facts {
                    self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
                }
                self.respond(now, message, &flow, status, cause, bytes);
            }
            Step::Ask(ask, stage) => {
                let ticket = Ticket(self.next_ticket);
                self.next_ticket += 1;
                let request = Bytes::copy_from_slice(message.bytes());
                self.waiting.insert(ticket, Waiting { flow, request, stage });
                self.outputs.push_back(Output::Ask { ticket, ask });
            }
        }
    }

    fn resume(&mut self, now: Instant, ticket: Ticket, answer: Answer) {
        let Some(Waiting { flow, request, stage }) = self.waiting.remove(&ticket) else {
            debug_assert!(false, "the store answered twice");
            return;
        };
        // It was parsed when it came.
        if let Ok(message) = Message::parse(&request) {
            let step = self.registrar.resume(now, &mut self.access, &message, &flow, stage, answer);
            self.follow(now, &message, flow, step);
        }
    }

    fn respond(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        flow: &Flow,
        status: StatusCode,
        cause: Cause,
        bytes: Bytes,
    ) {
        let fact = Fact::Answered { method: message.method(), status, peer: flow.remote, cause };
        let call_id = message.call_id().unwrap_or_default();
        self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
        let flow = message.top_via().map_or(*flow, |via| response_flow(&via, flow));
        self.outputs.push_back(Output::Transmit(Transmit { flow, bytes }));
    }

    fn drop_message(&mut self, now: Instant, call_id: &[u8], peer: SocketAddr, cause: Cause) {
        self.outputs.push_back(Output::Journal(Entry::new(now, call_id, Fact::Dropped { peer, cause })));
    }
}

impl Node for Server {
    type Ask = Ask;
    type Answer = Answer;
    type Command = Command;
    type Event = Event;

    fn handle(&mut self, now: Instant, input: Input<'_, Answer, Command>) {
        match input {
            Input::Received { flow, bytes } => self.receive(now, flow, bytes),
            Input::Answered { ticket, answer } => self.resume(now, ticket, answer),
            Input::Command(Command::Drain) if self.mode == Mode::Open => self.mode = Mode::Draining,
            Input::Command(Command::Configure(settings)) => {
                self.access.reconfigure(settings.access, settings.domains);
            }
            Input::Command(Command::Drain)
            | Input::FlowFailed { .. }
            | Input::Deadline
            | Input::Resolved { .. } => {}
        }
        if self.mode == Mode::Draining && self.is_empty() {
            self.mode = Mode::Drained;
            self.outputs.push_back(Output::Deliver(Event::Drained));
        }
    }

    fn poll(&mut self) -> Option<Output<Ask, Event>> {
        self.outputs.pop_front()
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        None
    }
}

/// What the server itself serves.
const ALLOW: &str = "REGISTER, OPTIONS";
/// The extensions of the registrar.
const SUPPORTED: &str = "path";
/// When to ask again after a refusal for lack of room: longer than a restart takes.
const RETRY_AFTER_SECS: &str = "5";

#[cfg(test)]
mod tests;
