//! The server: one node that composes access, registrar, proxy and what answers for the server itself.
//!
//! Requests come in here, are judged once, and go to the part whose business they are. A part that needs the store
//! says what to ask; the server keeps the request until the answer comes.

mod admission;
mod calls;
mod census;
mod command;
mod dial;
mod edge;
mod events;
mod flows;
mod follow;
mod here;
mod hops;
mod letters;
mod outcome;
mod overload;
mod passing;
mod preferred;
mod recurse;
mod recursion;
mod relay;
mod settings;
mod sips;
mod targets;

use crate::access::{Access, Asker, Begun, Denial, FlowTokens};
use crate::location::Aor;
use crate::presence::Presence;
use crate::proxy::{Feedback, Proxy, Taken};
use crate::registrar::{self, Gruus, Registrar, Reply, Step};
use crate::routing::plan::Plan;
use crate::routing::{Place, Routed, Watch, without_maddr};
use crate::store::{Answer, Ask, Waiting};
use bytes::Bytes;
use calls::Calls;
pub use calls::{CALL_TIME_MAX, CALLS_FOLLOWED_MAX};
pub use census::Census;
pub use command::{Command, Event};
use core::net::IpAddr;
pub use flows::ENDED_FLOWS_MAX;
use flows::EndedFlows;
use letters::Relay;
pub use outcome::{Outcome, Verdict, cause_of, incomplete, judge, located};
pub use preferred::{Preferred, prefer};
use ringback_sip::entropy::{Entropy, Seed, Share};
use ringback_sip::flow::Flow;
use ringback_sip::journal::{Cause, Entry, Fact, Shown};
use ringback_sip::node::{Deadline, Input, Node, Output, Ticket, Transmit};
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::{Edit, Malformed, Message, Response, Scheme, Via};
use ringback_sip::time::Instant;
use ringback_sip::transport::locate::Located;
use ringback_sip::transport::response_flow;
pub use settings::{EdgeDomain, EdgeSettings, ServerSettings};
use std::collections::VecDeque;
use std::sync::Arc;
use targets::Wanted;
pub use targets::destinations;

/// A request that waits for the store.
#[derive(Debug)]
struct Pending {
    flow: Flow,
    request: Bytes,
    stage: Stage,
}

/// What the store was asked for.
#[derive(Debug)]
enum Stage {
    /// The registrar goes on.
    Register(registrar::Stage),
    /// The sender proves who it is; then the request is located.
    Prove { asker: Asker, realm: Arc<[u8]>, claim: Option<Aor>, begun: Begun },
    /// The request is forwarded to the bindings.
    Locate(Wanted),
    /// The ACK or CANCEL is forwarded to the binding without a transaction.
    LocateStateless(Wanted),
    /// A redirection is followed.
    Recurse(recursion::Recursion),
}

/// The store, where it answers at once what it knows; [`Node::handle_with`].
type StoreAtHand<'s> = Option<&'s mut dyn FnMut(Ticket, Ask) -> Option<Answer>>;

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
    gruus: Gruus,
    tokens: FlowTokens,
    edge: EdgeSettings,
    ended: EndedFlows,
    proxy: Proxy,
    plan: Arc<Plan>,
    redirect: bool,
    presence: Presence,
    calls: Calls,
    relay: Relay,
    watch: Watch,
    share: Share,
    dice: Entropy,
    key: Seed,
    mode: Mode,
    /// When a draining server that has nothing else to do has waited long enough for the last ACKs.
    quiet_from: Option<Instant>,
    strained: bool,
    feedback: Feedback,
    census: Census,
    now: Instant,
    /// What the store must be asked before the request that is being handled goes on.
    question: Option<(Ask, Stage)>,
    waiting: Waiting<Pending>,
    outputs: VecDeque<Output<Ask, Event>>,
}

impl Server {
    /// A server. `seed` is this node's own; `shared` is the same for all workers, and for the next start.
    pub fn new(settings: ServerSettings, seed: Seed, shared: Seed) -> Self {
        let access = Access::new(settings.access.clone(), settings.domains.clone(), seed, shared);
        let gruus = Gruus::new(shared);
        let nowhere = Place::new(Vec::new(), settings.domains.clone());
        let mut server = Server {
            registrar: Registrar::new(shared).with_gruus(gruus),
            gruus,
            tokens: FlowTokens::new(shared),
            edge: EdgeSettings::default(),
            ended: EndedFlows::new(seed),
            proxy: Proxy::new(
                nowhere.clone(),
                *access.seal(),
                settings.timers,
                settings.limits,
                seed,
                shared,
            ),
            access,
            plan: Arc::default(),
            redirect: false,
            presence: Presence::new(settings.presence.clone(), nowhere, seed, shared),
            calls: Calls::new(seed),
            relay: Relay::default(),
            watch: Watch::default(),
            share: Share::whole(),
            dice: Entropy::new(seed.derive(b"dice")),
            key: seed.derive(b"server"),
            mode: Mode::Open,
            quiet_from: None,
            strained: false,
            feedback: Feedback::default(),
            census: Census::default(),
            now: Instant::EPOCH,
            question: None,
            waiting: Waiting::default(),
            outputs: VecDeque::new(),
        };
        server.configure(settings);
        server
    }

    /// Takes over settings, all but the timers and limits of transactions, which stay those of the start.
    fn configure(&mut self, settings: ServerSettings) {
        let place = Place::new(settings.addresses, settings.domains.clone()).named(settings.tls_name);
        self.access.reconfigure(settings.access, settings.domains);
        self.registrar.reconfigure(settings.registrar, place.clone());
        self.proxy.reconfigure(place.clone(), *self.access.seal());
        self.proxy.set_quarantine(settings.quarantine);
        self.proxy.set_recurse(settings.recurse);
        self.proxy.set_session(settings.session);
        self.watch.configure(&settings.plan);
        (self.plan, self.redirect, self.edge) = (settings.plan, settings.redirect, settings.edge);
        self.follow_calls(&settings.presence.packages);
        self.presence.reconfigure(settings.presence, place);
        self.relay.keep = settings.keep_messages;
    }

    /// The node of one worker among several: this is its share of all Call-IDs. The first one asks next hops
    /// whether they live.
    #[must_use]
    pub fn with_share(mut self, share: Share) -> Self {
        self.share = share;
        self.presence.set_share(share);
        self
    }

    /// Whether every request has its answer.
    fn is_done(&mut self, now: Instant) -> bool {
        let is_quiet = self.waiting.is_empty() && self.presence.is_quiet();
        self.quiet_from = is_quiet.then(|| self.proxy.quiet_from()).flatten();
        self.quiet_from.is_some_and(|from| from <= now)
    }

    fn receive(&mut self, now: Instant, flow: Flow, bytes: &[u8], store: StoreAtHand<'_>) {
        if self.access.admission().is_banned(now, flow.remote_ip()) {
            return self.close_banned(&flow);
        }
        if self.refuses_at_a_glimpse(now, &flow, bytes) {
            return;
        }
        Message::parse_with(bytes, |message| match message {
            Ok(message) => self.check(now, message, flow, store),
            // Without its fields it can be neither answered nor matched (RFC 3261 §16.3 step 1).
            Err(fault) => {
                let cause =
                    Cause::Malformed { header: None, at: u32::try_from(fault.at).unwrap_or(u32::MAX) };
                self.drop_broken(now, b"", &flow, cause);
            }
        });
    }

    /// Takes what is a message.
    fn check(&mut self, now: Instant, message: &Message<'_>, flow: Flow, store: StoreAtHand<'_>) {
        if let Err(fault) = message.check_over(flow.transport) {
            return self.refuse_malformed(now, message, &flow, fault);
        }
        match self.access.agree(now, message, &flow) {
            Ok(None) => self.find_way(now, message, flow, store),
            Ok(Some(bytes)) => {
                if let Ok(message) = Message::parse(&bytes) {
                    self.find_way(now, &message, flow, store);
                }
            }
            Err(denial) => self.deny(now, message, &flow, &denial),
        }
    }

    /// Takes a message without an maddr that means us.
    fn find_way(&mut self, now: Instant, message: &Message<'_>, flow: Flow, store: StoreAtHand<'_>) {
        match without_maddr(message, self.proxy.place(), &flow) {
            None => self.take(now, message, flow, store),
            Some(uri) => {
                let mut edit = Edit::new(message);
                edit.request_uri(&uri);
                let bytes = edit.finish();
                if let Ok(message) = Message::parse(&bytes) {
                    self.take(now, &message, flow, store);
                }
            }
        }
    }

    /// Takes a well-formed message to its transaction, and a new request on from there.
    fn take(&mut self, now: Instant, message: &Message<'_>, flow: Flow, store: StoreAtHand<'_>) {
        // A REGISTER for us is answered without a transaction, and the same again when it is repeated.
        if message.method() == Some(Method::Register) && Registrar::serves(&self.access, message) {
            self.register(now, message, flow);
            return self.put_questions(now, message, flow, None, store);
        }
        let mut routed = None;
        match self.proxy.receive(now, flow, message) {
            Taken::Request => routed = self.serve(now, message, flow),
            Taken::Ack => self.route_ack(now, message, flow),
            Taken::Cancel => self.route_cancel(now, message, flow),
            Taken::Done => self.follow_redirections(now, flow),
        }
        self.put_questions(now, message, flow, routed, store);
    }

    /// A request that breaks the grammar is answered; an ACK and a response are not.
    fn refuse_malformed(&mut self, now: Instant, message: &Message<'_>, flow: &Flow, fault: Malformed) {
        let denial = Denial::from(fault);
        if message.is_request() && message.method() != Some(Method::Ack) {
            self.deny(now, message, flow, &denial);
        } else {
            self.drop_broken(now, message.call_id().unwrap_or_default(), flow, denial.cause);
            self.proxy.receive_unusable(now, *flow, message);
        }
    }

    /// Takes a new request to the part whose business it is; gives what was read of its way.
    fn serve<'m>(&mut self, now: Instant, message: &'m Message<'m>, flow: Flow) -> Option<Routed<'m>> {
        if let Err(denial) = self.admit(now, message, &flow) {
            self.deny(now, message, &flow, &denial);
            return None;
        }
        if self.presence.has_dialog(message) {
            self.serve_event(now, message, flow, None);
            return None;
        }
        match Routed::read(message, self.proxy.place()) {
            Ok(routed) => {
                // Whether its target is this element itself.
                if routed.has_arrived() && routed.target.is_some_and(|uri| uri.user.is_empty()) {
                    self.answer_for_us(now, message, &flow);
                } else {
                    self.pass(now, &routed, flow);
                }
                Some(routed)
            }
            Err(fault) => {
                self.deny(now, message, &flow, &Denial::from(fault));
                None
            }
        }
    }

    /// Takes a REGISTER for a domain of ours to the registrar.
    fn register(&mut self, now: Instant, message: &Message<'_>, flow: Flow) {
        match self.admit(now, message, &flow) {
            Ok(()) => {
                let step = self.registrar.handle(now, &mut self.access, message, &flow);
                self.follow(now, message, flow, step);
            }
            Err(denial) => self.deny(now, message, &flow, &denial),
        }
    }

    /// Whether a request may be served: its source has not sent too much, and nothing in it forbids it.
    fn admit(&mut self, now: Instant, message: &Message<'_>, flow: &Flow) -> Result<(), Denial> {
        self.access.admission().admit_source(now, flow)?;
        self.judge(message)
    }

    /// Whether a request may be served at all.
    fn judge(&self, message: &Message<'_>) -> Result<(), Denial> {
        let in_dialog = message.to().is_ok_and(|to| to.tag().is_some());
        if self.mode != Mode::Open && !in_dialog {
            let denial = Denial::new(StatusCode::SERVICE_UNAVAILABLE, Cause::Draining);
            return Err(denial.with(HeaderName::RETRY_AFTER, RETRY_AFTER_SECS));
        }
        if self.strained && !in_dialog && Self::is_new_work(message.method()) {
            return Err(self.overload(message));
        }
        message.check_names()?;
        match message.target()?.scheme {
            Scheme::Sip | Scheme::Sips => return Ok(()),
            // Where a number leads is for the plan to say.
            Scheme::Tel if !self.plan.rules.is_empty() => return Ok(()),
            Scheme::Tel | Scheme::Other(_) => {}
        }
        let cause = Cause::Scheme(Shown::from(message.request_uri()));
        Err(Denial::new(StatusCode::UNSUPPORTED_URI_SCHEME, cause))
    }

    fn deny(&mut self, now: Instant, message: &Message<'_>, flow: &Flow, denial: &Denial) {
        let bytes = denial.respond(message, flow, Response::tag(message, &self.key).as_bytes());
        self.respond(now, message, flow, denial.status, denial.cause.clone(), bytes);
    }

    /// Does what the registrar says with a REGISTER.
    fn follow(&mut self, now: Instant, message: &Message<'_>, flow: Flow, step: Step) {
        match step {
            Step::Respond(Reply { status, cause, bytes, facts }) => {
                let call_id = message.call_id().unwrap_or_default();
                let is_there = facts.iter().any(letters::is_reachable);
                for fact in facts {
                    self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
                }
                self.respond(now, message, &flow, status, cause, bytes);
                if is_there {
                    self.deliver_kept(message);
                }
            }
            Step::Ask(ask, stage) => self.ask(ask, Stage::Register(stage)),
        }
    }

    /// Asks the store, before the request that is being handled goes on.
    fn ask(&mut self, ask: Ask, stage: Stage) {
        debug_assert!(self.question.is_none(), "one question after the other");
        self.question = Some((ask, stage));
    }

    /// Puts to the store what a request needs, and goes on with what it knows at once; else the request waits.
    fn put_questions(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        flow: Flow,
        routed: Option<Routed<'_>>,
        mut store: StoreAtHand<'_>,
    ) {
        // Taking what is not there would copy its room.
        while self.question.is_some() {
            let Some((ask, stage)) = self.question.take() else { return };
            let Some(ticket) = self.waiting.ticket() else {
                let denial =
                    Denial::new(StatusCode::SERVICE_UNAVAILABLE, Cause::Limit("QUESTIONS_MAX".into()));
                let denial = denial.with(HeaderName::RETRY_AFTER, RETRY_AFTER_SECS);
                return self.deny(now, message, &flow, &denial);
            };
            let known = match &mut store {
                Some(store) => store(ticket, ask),
                None => {
                    self.outputs.push_back(Output::Ask { ticket, ask });
                    None
                }
            };
            match known {
                Some(answer) => self.go_on(now, message, flow, routed.as_ref(), stage, answer),
                None => {
                    let request = Bytes::copy_from_slice(message.bytes());
                    self.waiting.keep(ticket, Pending { flow, request, stage });
                }
            }
        }
    }

    fn resume(&mut self, now: Instant, ticket: Ticket, answer: Answer, store: StoreAtHand<'_>) {
        let Some(Pending { flow, request, stage }) = self.waiting.close(ticket) else {
            debug_assert!(false, "the store answered twice");
            return;
        };
        match (stage, answer) {
            (Stage::Recurse(recursion), Answer::Bindings { bindings, .. }) => {
                self.resume_recursion(now, recursion, &bindings);
            }
            (stage, answer) => {
                // It was parsed when it came.
                let Ok(message) = Message::parse(&request) else { return };
                self.go_on(now, &message, flow, None, stage, answer);
                self.put_questions(now, &message, flow, None, store);
            }
        }
    }

    /// Goes on with a request whose question was answered; `routed`: its way, if that was read already.
    fn go_on(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        flow: Flow,
        routed: Option<&Routed<'_>>,
        stage: Stage,
        answer: Answer,
    ) {
        if let Stage::Register(stage) = stage {
            let step = self.registrar.resume(now, &mut self.access, message, &flow, stage, answer);
            return self.follow(now, message, flow, step);
        }
        let Some(routed) = routed else {
            let Ok(routed) = Routed::read(message, self.proxy.place()) else { return };
            return self.go_on(now, message, flow, Some(&routed), stage, answer);
        };
        match (stage, answer) {
            (Stage::Prove { asker, realm, claim, begun }, Answer::Secret(secret)) => {
                let proven = self.access.finish(now, message, &flow, asker, &realm, (begun, secret));
                match proven.and_then(|user| self.access.check_owner(&user, claim.as_ref())) {
                    Ok(()) => self.route(now, routed, flow, true),
                    Err(denial) => self.deny(now, message, &flow, &denial),
                }
            }
            (Stage::Locate(wanted), Answer::Bindings { is_user, bindings }) => {
                self.forward_to_bindings(now, routed, flow, &wanted, is_user, &bindings);
            }
            (Stage::LocateStateless(wanted), Answer::Bindings { bindings, .. }) => {
                let (bindings, _) = self.ended.sort(now, &bindings);
                let has_way = routed.next_route.is_some();
                match self.destinations(now, has_way, &wanted, &bindings).into_iter().next() {
                    Some(first) => self.proxy.forward_stateless(now, flow, routed, first),
                    None => self.end_stateless(now, message, &flow),
                }
            }
            (_, answer) => debug_assert!(false, "the store answered another question: {answer:?}"),
        }
    }

    fn respond(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        flow: &Flow,
        status: StatusCode,
        cause: Cause,
        mut bytes: Bytes,
    ) {
        let fact = Fact::Answered { method: message.method(), status, peer: flow.remote, cause };
        let call_id = message.call_id().unwrap_or_default();
        if !status.is_success() && !self.may_refuse(now, call_id, flow, &fact) {
            return;
        }
        self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
        let via = message.top_via();
        // Who announces overload control is told our wish; a lower Via may bring another's, which must not pass.
        if message.has_second_via() || via.map_or(true, Via::has_overload_control) {
            self.feedback.stamp(now, &mut bytes);
        }
        let flow = via.map_or(*flow, |via| response_flow(via, flow));
        self.outputs.push_back(Output::Transmit(Transmit { flow, bytes }));
    }

    fn act(&mut self, now: Instant, input: Input<'_, Answer, Command>, store: StoreAtHand<'_>) {
        self.now = now;
        match input {
            Input::Received { flow, bytes } => self.receive(now, flow, bytes, store),
            Input::Answered { ticket, answer } if self.presence.awaits(ticket) => {
                self.presence.answered(now, &self.access, ticket, answer);
            }
            Input::Answered { ticket, answer } if self.relay.awaits(ticket) => {
                self.answered_kept(now, ticket, answer);
            }
            Input::Answered { ticket, answer } => self.resume(now, ticket, answer, store),
            Input::Command(Command::Drain) if self.mode == Mode::Open => self.mode = Mode::Draining,
            Input::Command(Command::Configure(settings)) => self.configure(*settings),
            Input::FlowFailed { flow, error } => {
                self.ended.note(now, &flow);
                self.proxy.handle_flow_failure(now, &flow, error);
            }
            Input::Deadline => {
                self.proxy.handle_deadline(now);
                self.presence.handle_deadline();
                self.ask_hops(now);
            }
            Input::Command(Command::Ban { source, until }) => self.access.admission().ban(source, until),
            Input::Command(Command::Lift(source)) => self.access.lift(&source),
            Input::Command(Command::Hop { uri, is_up }) => self.watch.set(&uri, is_up),
            Input::Resolved { ticket, answer: found, steps } => {
                self.proxy.handle_resolved(now, ticket, Located { found, steps });
            }
            Input::Command(Command::Drain) => {}
        }
        self.settle_calls(now);
        self.settle_events(now);
        self.settle_hops(now);
        self.tell_ban(now);
        self.census.note(self.proxy.transactions());
        if self.mode == Mode::Draining && self.is_done(now) {
            self.mode = Mode::Drained;
            self.outputs.push_back(Output::Deliver(Event::Drained));
        }
    }
}

impl Node for Server {
    type Ask = Ask;
    type Answer = Answer;
    type Command = Command;
    type Event = Event;

    fn handle(&mut self, now: Instant, input: Input<'_, Answer, Command>) {
        self.act(now, input, None);
    }

    fn handle_with(
        &mut self,
        now: Instant,
        input: Input<'_, Answer, Command>,
        store: &mut dyn FnMut(Ticket, Ask) -> Option<Answer>,
    ) {
        self.act(now, input, Some(store));
    }

    fn lets_in(&mut self, now: Instant, source: IpAddr) -> bool {
        self.access.admission().lets_in(now, source)
    }

    fn may_take(&self, message: &[u8]) -> bool {
        Registrar::may_take(&self.access, message)
    }

    fn set_strained(&mut self, now: Instant, strained: bool) {
        self.feedback.set_strained(now, strained);
        self.strained = strained;
    }

    fn poll(&mut self) -> Option<Output<Ask, Event>> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        Some(match self.proxy.poll()? {
            Output::Transmit(mut transmit) => {
                // A response to a neighbour who announced it says how much to keep back.
                self.feedback.stamp(self.now, &mut transmit.bytes);
                Output::Transmit(transmit)
            }
            Output::Resolve { ticket, query } => Output::Resolve { ticket, query },
            Output::Close(flow) => Output::Close(flow),
            Output::Journal(entry) => Output::Journal(entry),
            Output::Ask { ask, .. } => match ask {},
            Output::Deliver(event) => match event {},
        })
    }

    fn deadline(&self) -> Option<(Instant, Deadline)> {
        let hops = self.hops_deadline().map(|at| (at, Deadline::User));
        let events = self.presence.deadline().map(|at| (at, Deadline::Expiry));
        let calls = self.calls.deadline().map(|at| (at, Deadline::Expiry));
        let quiet = self.quiet_from.filter(|_| self.mode == Mode::Draining);
        let quiet = quiet.map(|from| (from, Deadline::User));
        [self.proxy.deadline(), hops, events, calls, quiet].into_iter().flatten().min_by_key(|(at, _)| *at)
    }
}

/// When to ask again after a refusal for lack of room: longer than a restart takes.
const RETRY_AFTER_SECS: &str = "5";

#[cfg(test)]
mod tests;
