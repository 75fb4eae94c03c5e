//! The stateful, forking proxy (RFC 3261 §16): response contexts over the transactions of a node.
//!
//! The server decides who may pass and where a request may go; the proxy forwards it, chooses among the answers
//! and cancels what is no longer wanted. A 2xx to INVITE ends the matter, 6xx stops the search, and the best of
//! all other answers goes upstream once every branch has ended.

mod back;
mod best;
mod branch;
mod context;
mod forward;
mod heard;
mod originate;
mod overload;
mod own;
mod probe;
mod recurse;
mod room;
mod session;
mod upstream;
mod ways;

pub use best::best_response;
pub use context::{BRANCHES_MAX, Destination};
pub use forward::{MAX_BREADTH_DEFAULT, MAX_FORWARDS_DEFAULT};
pub use heard::Heard;
pub use overload::{Feedback, RESTRAINED_MAX};
pub use own::{OwnEnd, OwnId};
pub use probe::Probed;
pub use recurse::{RECURSIONS_MAX, Redirected};
pub use room::{refused, retry_after_secs};

use crate::access::Seal;
use crate::routing::{
    Disposition, Ends, Hop, Place, QUARANTINE_DEFAULT, Quarantine, Routed, Way, is_private, is_translated,
};
use bytes::Bytes;
use context::{Branch, Context, Contexts, Handle};
use core::convert::Infallible;
use overload::Restraint;
use ringback_sip::dialog::SessionPolicy;
use ringback_sip::entropy::{Entropy, Seed, Token};
use ringback_sip::flow::{Flow, FlowError, ResolveError, Target, Transport};
use ringback_sip::journal::{Cause, Entry, Fact};
use ringback_sip::node::{Deadline, Output, ResolveQuery, Ticket, Transmit};
use ringback_sip::registry::{HeaderName, Method, StatusCode, Timer, TimerValues};
use ringback_sip::syntax::{Glimpse, Message, Response, Uri};
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transaction::{Limits, Received, ServerId, Transactions, Wheel};
use ringback_sip::transport::locate::Located;
use smallvec::SmallVec;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use ways::WaysBack;

/// Most names that are looked up at once before a request that has no transaction is dropped; the look-ups of
/// branches are bounded by their transactions.
pub const LOOKUPS_MAX: usize = 1 << 12;

/// What a proxy asks of the world.
pub type ProxyOutput = Output<Infallible, Infallible>;

/// What is left to decide after a message was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A new request: it is to be judged, and answered or forwarded.
    Request,
    /// An ACK that no transaction absorbs: to a 2xx. It goes on its way without a transaction.
    Ack,
    /// A CANCEL of a request that is not known here. It goes on its way without a transaction.
    Cancel,
    /// All was done.
    Done,
}

/// A name that is being looked up, and for what.
#[derive(Debug)]
enum Lookup {
    /// The next hop of a branch, by this name.
    Branch(Handle, Box<str>),
    /// Where else the client of a transaction may be, by the name in sent-by.
    WayBack(ServerId, Box<str>),
    /// A request that is forwarded without a transaction.
    Stateless(Box<Stateless>),
    /// The next hop of a request of our own.
    Own(Handle),
}

/// A request that goes on without a transaction.
#[derive(Debug)]
struct Stateless {
    flow: Flow,
    request: Bytes,
    to: Destination,
    host: Box<str>,
}

/// The proxy of one node.
#[derive(Debug)]
pub struct Proxy {
    place: Place,
    seal: Seal,
    values: TimerValues,
    transactions: Transactions<Handle>,
    contexts: Contexts,
    timers: Wheel<(Timer, Handle)>,
    lookups: BTreeMap<Ticket, Lookup>,
    quarantine: Quarantine,
    ways_back: WaysBack,
    quarantine_time: Duration,
    next_ticket: u64,
    key: Seed,
    /// The key of the tags of our own answers.
    tags: Seed,
    /// For requests of our own.
    entropy: Entropy,
    /// Requests of our own that owe an answer, by the generation of their handle.
    owns: HashMap<u32, own::Own, Seed>,
    owns_begun: u32,
    own_ends: VecDeque<OwnEnd>,
    /// Next hops that were asked and owe an answer.
    probes: BTreeMap<u32, Arc<str>>,
    probes_begun: u32,
    recurse: bool,
    /// What we want of session timers; `None`: they are not our business.
    session: Option<SessionPolicy>,
    redirected: VecDeque<Redirected>,
    /// Next hops that said 503 with Retry-After.
    rests: VecDeque<(Arc<str>, Duration)>,
    restraint: Restraint,
    /// The answers of calls, when somebody follows them.
    heard: Option<VecDeque<Heard>>,
    outputs: VecDeque<ProxyOutput>,
}

impl Proxy {
    /// A proxy at `place`. `seed` is this node's own; `shared` is the same for all workers and the next start,
    /// so that a loop is seen whichever worker a request comes back to.
    pub fn new(
        place: Place,
        seal: Seal,
        values: TimerValues,
        limits: Limits,
        seed: Seed,
        shared: Seed,
    ) -> Self {
        Proxy {
            place,
            seal,
            values,
            transactions: Transactions::new(values, limits, seed.derive(b"transactions")),
            contexts: Contexts::default(),
            timers: Wheel::new(),
            lookups: BTreeMap::new(),
            quarantine: Quarantine::default(),
            ways_back: WaysBack::default(),
            quarantine_time: QUARANTINE_DEFAULT,
            next_ticket: 0,
            key: shared.derive(b"loop"),
            tags: seed.derive(b"tags"),
            entropy: Entropy::new(seed.derive(b"proxy")),
            owns: HashMap::with_hasher(seed.derive(b"owns")),
            owns_begun: 0,
            own_ends: VecDeque::new(),
            probes: BTreeMap::new(),
            probes_begun: 0,
            recurse: false,
            session: None,
            redirected: VecDeque::new(),
            rests: VecDeque::new(),
            restraint: Restraint::default(),
            heard: None,
            outputs: VecDeque::new(),
        }
    }

    /// Takes over another place; what is under way goes on.
    pub fn reconfigure(&mut self, place: Place, seal: Seal) {
        self.place = place;
        self.seal = seal;
    }

    /// How long a server that could not be reached, or said nothing, is tried last.
    pub fn set_quarantine(&mut self, time: Duration) {
        self.quarantine_time = time;
    }

    /// Our addresses and domains.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// How many requests are under way: without a final answer upstream, or with a transaction that lives on.
    pub fn len(&self) -> usize {
        self.contexts.len()
    }

    /// Whether nothing is under way.
    pub fn is_empty(&self) -> bool {
        self.contexts.len() == 0 && self.lookups.is_empty()
    }

    /// From when on nobody waits for what comes through here: each request has its final answer, and the ACKs of the
    /// last ones had the time T4 that a message may be on its way (RFC 3261 §17.1.2.2). `None` while a request waits.
    pub fn quiet_from(&self) -> Option<Instant> {
        let from = |context: &Context| {
            let answered = context.answered?;
            let awaits_ack = context.method == Some(Method::Invite);
            Some(if awaits_ack { answered + self.values.t4 } else { answered })
        };
        self.contexts.iter().try_fold(Instant::EPOCH, |latest, context| Some(latest.max(from(context)?)))
    }

    /// How many transactions live.
    pub fn transactions(&self) -> usize {
        self.transactions.len()
    }

    /// How many there may be.
    pub fn limits(&self) -> Limits {
        self.transactions.limits()
    }

    /// Sorts a message that came over `flow`.
    pub fn receive(&mut self, now: Instant, flow: Flow, message: &Message<'_>) -> Taken {
        if ends_here(message) && !own::is_of_own(message) {
            self.drop_message(now, message, &flow, Cause::NoTransaction);
            return Taken::Done;
        }
        let taken = match self.transactions.receive(now, flow, message) {
            Received::Request => return Taken::Request,
            Received::Ack(_) => return Taken::Ack,
            Received::Response(_, handle) => {
                self.restraint.learn(now, flow.remote, message);
                self.handle_response(now, handle, message);
                Taken::Done
            }
            Received::Cancel(None) => return Taken::Cancel,
            Received::Cancel(Some((_, handle))) => {
                self.handle_cancel(now, flow, message, handle);
                Taken::Done
            }
            Received::Absorbed | Received::Stray => Taken::Done,
        };
        self.settle(now);
        taken
    }

    /// Whether a request is a copy, or the ACK, of one that has a transaction.
    pub fn knows(&self, request: &Glimpse<'_>) -> bool {
        self.transactions.knows(request)
    }

    /// Whether the request's topmost Route of ours carries the mark of its dialog.
    pub fn is_sealed(&self, routed: &Routed<'_>) -> bool {
        let call_id = routed.message.call_id().unwrap_or_default();
        routed.mark.is_some_and(|mark| self.seal.is_genuine(call_id, routed.ends, mark))
    }

    /// The way to the other end of a request's dialog, when its address was translated as the dialog began.
    pub fn way_back(&self, routed: &Routed<'_>) -> Option<Flow> {
        let ends = Ends::read(routed.ends).filter(|_| self.is_sealed(routed))?;
        let tag = routed.message.from().ok().and_then(|from| from.tag()).unwrap_or_default();
        let Way { transport, address, connection } = ends.way(self.seal.of_tag(tag))?;
        // Who names an address that everybody can reach meanwhile is called there.
        let ip = Uri::parse(routed.request_uri).ok().and_then(|uri| uri.host.ip());
        let has_moved = ip.is_some_and(|ip| ip != address.ip() && !is_private(ip));
        let connection = connection.filter(|_| transport != Transport::Tcp || !has_moved);
        // Only the peer's side of it counts.
        Some(Flow { connection, ..Flow::to(address, Target { transport, address, peer: None }) })
    }

    /// Whether the request came back with nothing changed that decides its way.
    pub fn is_loop(&self, message: &Message<'_>) -> bool {
        forward::is_loop(message, &self.place, self.key)
    }

    /// Forwards a new request to `destinations`, in parallel where they are preferred equally and one group
    /// after the other where not. An INVITE is answered with 100 at once.
    ///
    /// # Errors
    /// The code to answer with, and why: no room for a transaction, more parallel branches than Max-Breadth allows, or
    /// too short a session interval. Nothing was forwarded then. `None` stands for no answer at all.
    pub fn forward(
        &mut self,
        now: Instant,
        flow: Flow,
        routed: &Routed<'_>,
        mut destinations: Vec<Destination>,
    ) -> Result<(), Option<(StatusCode, Cause)>> {
        let message = routed.message;
        destinations.truncate(BRANCHES_MAX);
        destinations.sort_by_key(|d| core::cmp::Reverse(d.q));
        let breadth = forward::breadth_of(message);
        let widest = destinations.chunk_by(|a, b| a.q == b.q).map(<[_]>::len).max().unwrap_or_default();
        if widest as u32 > breadth {
            return Err(Some((StatusCode::MAX_BREADTH_EXCEEDED, Cause::MaxBreadth)));
        }
        let wants_199 = message.method() == Some(Method::Invite)
            && message.lists(HeaderName::SUPPORTED, b"199")
            && !message.lists(HeaderName::REQUIRE, b"100rel");
        let owed = self.check_interval(message).map_err(Some)?;
        let (transactions, mut refusal) = (&mut self.transactions, None);
        let handle = self.contexts.insert(|handle| {
            let server =
                transactions.accept(now, flow, message, handle).map_err(|r| refusal = Some(r)).ok()?;
            Some(Context {
                server,
                method: message.method(),
                call_id: message.call_id().unwrap_or_default().into(),
                branches: SmallVec::new(),
                pending: destinations.into(),
                stays: forward::makes_dialog(message),
                cancelled: false,
                answered: None,
                wants_199,
                owed,
                breadth,
                ends: SmallVec::new(),
                awaited: 0,
                recursed: Vec::new(),
                disposition: Disposition::of(message),
                number: Context::first_number(now),
            })
        });
        let Some(handle) = handle else { return Err(refusal.and_then(refused)) };
        if let Some(server) = self.contexts.find(handle).map(|context| context.server) {
            self.note_way_back(server, &flow, message);
        }
        if message.method() == Some(Method::Invite) {
            let trying = Response::to(message, &flow, StatusCode::TRYING, None).finish();
            if let Some(context) = self.contexts.find(handle) {
                self.transactions.respond(now, context.server, StatusCode::TRYING, trying);
            }
        }
        self.start_group(now, handle, Some(routed));
        self.settle(now);
        Ok(())
    }

    /// Forwards a request without a transaction (RFC 3261 §16.11): an ACK to a 2xx, a CANCEL that names no
    /// request of ours.
    pub fn forward_stateless(&mut self, now: Instant, flow: Flow, routed: &Routed<'_>, to: Destination) {
        let message = routed.message;
        match hop(routed, &to) {
            Hop::Address(target) => self.send_stateless(now, flow, routed, &to, target),
            Hop::Name(_) if self.lookups.len() >= LOOKUPS_MAX => {
                self.drop_message(now, message, &flow, Cause::Limit("LOOKUPS_MAX".into()));
            }
            Hop::Name(query) => {
                let query = self.spread(query, message);
                let request = Bytes::copy_from_slice(message.bytes());
                let waiting = Stateless { flow, request, to, host: query.host.clone() };
                let ticket = self.look_up(Lookup::Stateless(Box::new(waiting)));
                self.outputs.push_back(Output::Resolve { ticket, query });
            }
            Hop::Unsupported => {
                let cause = Cause::Scheme(to.uri.as_deref().unwrap_or(routed.request_uri).into());
                self.drop_message(now, message, &flow, cause);
            }
        }
    }

    fn send_stateless(
        &mut self,
        now: Instant,
        flow: Flow,
        routed: &Routed<'_>,
        to: &Destination,
        target: Target,
    ) {
        let message = routed.message;
        let Some(local) = local_for(&self.place, to, &target, &flow) else {
            return self.drop_message(now, message, &flow, Cause::Transport(FlowError::NoSocket));
        };
        // The same request gets the same branch, whoever repeats it (RFC 3261 §16.11).
        let text =
            [message.top_via_value().unwrap_or_default(), message.call_id().unwrap_or_default()].concat();
        let token = Token::from_u64(self.key.hash(&text));
        let branch = forward::whole_branch(token, forward::loop_mark(message, self.key));
        let sent_by = self.place.text_of(local);
        let forward = forward::Forward {
            place: &self.place,
            came_in: flow,
            transport: target.transport,
            local,
            sent_by: &sent_by,
            branch: &branch,
            target: to.uri.as_deref(),
            path: &to.path,
            mark: None,
            ends: "",
            announces: false,
            breadth: forward::breadth_of(message),
            session: forward::session_of(self.session, message).unwrap_or_default(),
        };
        let bytes = forward.write(routed);
        let flow = way(to, &target, local);
        self.outputs.push_back(Output::Transmit(Transmit { flow, bytes }));
    }

    /// The requests of one call find one order of equal servers, also those that are forwarded without a
    /// transaction (RFC 3263 §4.4).
    fn spread(&self, query: ResolveQuery, message: &Message<'_>) -> ResolveQuery {
        ResolveQuery { spread: self.key.hash(message.call_id().unwrap_or_default()), ..query }
    }

    fn look_up(&mut self, lookup: Lookup) -> Ticket {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.lookups.insert(ticket, lookup);
        ticket
    }

    /// Takes the answer to a look-up of ours.
    pub fn handle_resolved(&mut self, now: Instant, ticket: Ticket, mut located: Located) {
        self.quarantine.order(now, &mut located);
        match self.lookups.remove(&ticket) {
            Some(Lookup::Branch(handle, host)) => {
                self.note(now, handle, Fact::Located(Box::new(located.search(&host))));
                self.handle_addresses(now, handle, located.found, true, None);
            }
            Some(Lookup::Own(handle)) => self.handle_own_located(now, handle, located),
            Some(Lookup::WayBack(server, host)) => self.handle_way_back(now, server, &host, located),
            Some(Lookup::Stateless(waiting)) => self.send_located(now, *waiting, located),
            None => {}
        }
        self.settle(now);
    }

    /// The next hop of a request without a transaction is known, or not.
    fn send_located(&mut self, now: Instant, waiting: Stateless, located: Located) {
        let Stateless { flow, request, to, host } = waiting;
        // It was parsed when it came.
        let Ok(message) = Message::parse(&request) else { return };
        let fact = Fact::Located(Box::new(located.search(&host)));
        let call_id = message.call_id().unwrap_or_default();
        self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
        match located.found.map(|targets| targets.first().copied()) {
            Ok(Some(target)) => {
                let Ok(routed) = Routed::read(&message, &self.place) else { return };
                self.send_stateless(now, flow, &routed, &to, target);
            }
            failed => {
                let error = failed.err().unwrap_or(ResolveError::NoAddress);
                self.drop_message(now, &message, &flow, Cause::Dns { name: (&*host).into(), error });
            }
        }
    }

    /// A path failed.
    pub fn handle_flow_failure(&mut self, now: Instant, flow: &Flow, error: FlowError) {
        self.transactions.handle_flow_failure(now, flow, error);
        self.handle_undeliverable(now, flow, error);
        self.settle(now);
    }

    /// Fires what is due.
    pub fn handle_deadline(&mut self, now: Instant) {
        self.transactions.handle_deadline(now);
        self.settle(now);
        while let Some((_, (timer, handle))) = self.timers.fire(now) {
            self.handle_timer(now, timer, handle);
        }
        self.settle(now);
    }

    /// The next moment at which something is due.
    pub fn deadline(&self) -> Option<(Instant, Deadline)> {
        let own = self.timers.deadline().map(|(at, (timer, _))| (at, Deadline::Timer(timer)));
        [self.transactions.deadline(), own].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// The next thing that the world must do.
    pub fn poll(&mut self) -> Option<ProxyOutput> {
        if let Some(transmit) = self.transactions.poll_transmit() {
            return Some(Output::Transmit(transmit));
        }
        self.outputs.pop_front().or_else(|| self.transactions.poll_entry().map(Output::Journal))
    }

    /// Notes a fact about the request of a context.
    fn note(&mut self, now: Instant, handle: Handle, fact: Fact) {
        let call_id = self.contexts.find(handle).map(|c| c.call_id.clone()).unwrap_or_default();
        self.outputs.push_back(Output::Journal(Entry { at: now, call_id, fact }));
    }

    fn drop_message(&mut self, now: Instant, message: &Message<'_>, flow: &Flow, cause: Cause) {
        let call_id = message.call_id().unwrap_or_default();
        let fact = Fact::Dropped { peer: flow.remote, cause };
        self.outputs.push_back(Output::Journal(Entry::new(now, call_id, fact)));
    }
}

/// Whether a response has no Via below ours, so that nobody waits for it behind us: it may not be forwarded
/// (RFC 3261 §16.7 step 3), and its branch goes on waiting for another. Only our own CANCEL
/// and our own questions are answered so.
fn ends_here(message: &Message<'_>) -> bool {
    message.status().is_some()
        && !message.has_second_via()
        && message.cseq().is_ok_and(|cseq| cseq.method != Some(Method::Cancel))
}

/// The address of ours from which to send to `target`: that of the flow over which it registered, for an address
/// translator lets no other one through.
fn local_for(
    place: &Place,
    to: &Destination,
    target: &Target,
    came_in: &Flow,
) -> Option<core::net::SocketAddr> {
    let fits = |f: &Flow| (f.transport, f.remote) == (target.transport, target.address);
    // Of the way back within a dialog only the peer's side is known.
    let known = to.flow.filter(|flow| fits(flow) && flow.local != flow.remote);
    known.map(|flow| flow.local).or_else(|| place.local_for(target, came_in))
}

/// The next hop of a request on its way to `to`.
fn hop(routed: &Routed<'_>, to: &Destination) -> Hop {
    if let Some(flow) = to.only_flow() {
        return Hop::Address(Target { transport: flow.transport, address: flow.remote, peer: flow.peer });
    }
    let hop = Uri::parse(to.next_hop(routed)).map_or(Hop::Unsupported, |uri| Hop::of(&uri));
    let bound = to.flow.filter(|_| to.path.is_empty() && routed.next_route.is_none());
    let Some(flow) = bound else { return hop };
    let of_flow = |transport: Transport| {
        transport == flow.transport || (transport.is_web_socket() && flow.transport.is_web_socket())
    };
    // A stream's peer is reached over the stream that it opened, and one that speaks WebSocket in no other way
    // (RFC 7118 §5); so is a peer whose address was translated on the way, since its Contact names an address that
    // only its own network knows. A Contact that everybody can reach is believed: another may have registered it.
    let has_stream = flow.connection.is_some();
    let over_flow = match &hop {
        Hop::Address(target) => {
            let ip = target.address.ip();
            // Who speaks TLS or WebSocket at a mere address can be called on its own connection only.
            let is_called_back = flow.transport.is_secure() || flow.transport.is_web_socket();
            let is_hidden = ip != flow.remote_ip() && is_private(ip);
            // The way back within a dialog is that of its first request, whatever the Contact says.
            (of_flow(target.transport) || to.uri.is_none()) && (has_stream || is_called_back || is_hidden)
        }
        Hop::Name(query) => has_stream && query.transport.is_some_and(of_flow),
        Hop::Unsupported => false,
    };
    if !over_flow {
        return hop;
    }
    Hop::Address(Target { transport: flow.transport, address: flow.remote, peer: None })
}

/// What our Record-Route must say of a dialog's ends that cannot be reached at their Contacts: the caller, when no
/// other proxy stands between, and the callee, when the way to its binding is not that to its Contact.
fn ends(seal: &Seal, routed: &Routed<'_>, came_in: &Flow, to: &Destination, target: &Target) -> String {
    let message = routed.message;
    let is_next = !message.has_second_via();
    let contact = message.contacts().next().filter(|_| is_next).and_then(Result::ok);
    let contact = contact.and_then(|contact| Uri::parse(contact.uri).ok());
    let says_so = |uri: &Uri<'_>| uri.params.has(b"ob") || is_translated(uri, came_in);
    let caller = contact.filter(says_so);
    let called = || Uri::parse(to.next_hop(routed)).ok();
    let bound = to
        .flow
        .filter(|flow| flow.remote == target.address && to.path.is_empty() && routed.next_route.is_none());
    let callee = bound.filter(|flow| to.flow_only || called().is_some_and(|uri| is_translated(&uri, flow)));
    if caller.is_none() && callee.is_none() {
        return String::new();
    }
    let tag = message.from().ok().and_then(|from| from.tag()).unwrap_or_default();
    Ends {
        caller: caller.map(|_| came_in.into()),
        callee: callee.as_ref().map(Way::from),
        tag: seal.of_tag(tag),
    }
    .write()
}

/// The way to `target`: over the connection that the binding was made on, when it is a stream to the same peer.
fn way(to: &Destination, target: &Target, local: core::net::SocketAddr) -> Flow {
    if let Some(flow) = to.only_flow() {
        return flow;
    }
    let connection = to.flow.filter(|f| f.transport == target.transport).and_then(|f| f.connection);
    Flow { connection, ..Flow::to(local, *target) }
}

/// A branch for each destination of the first group.
fn first_group(pending: &mut VecDeque<Destination>) -> impl Iterator<Item = Branch> + '_ {
    let q = pending.front().map(|d| d.q);
    core::iter::from_fn(move || {
        if pending.front().map(|d| d.q) == q { pending.pop_front().map(Branch::new) } else { None }
    })
}
