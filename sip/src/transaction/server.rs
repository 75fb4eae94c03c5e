//! The server transactions of a node.

use super::invite_server::{self, InviteServer, State as InviteState};
use super::key::{Key, Keys, Legacy, ServerKey, Table, tag_of};
use super::machine::{Ended, Output, Outputs, Sent, rank};
use super::non_invite_server::{self, NonInviteServer, State as OtherState};
use super::shared::{Event, Refusal, Shared, Timers, Whose};
use super::slab::{ServerId, Slab, SlotId};
use crate::flow::{Flow, FlowError};
use crate::journal::Fact;
use crate::registry::{Method, StatusClass, StatusCode, Timer, TimerValues};
use crate::syntax::{Malformed, Message, Response, Via};
use crate::transport::response_flow;
use bytes::Bytes;
use core::net::SocketAddr;
use smallvec::SmallVec;

/// One server transaction: its machine, the request until it is answered, and the answer while it is repeated.
#[derive(Debug)]
struct Server<U> {
    machine: Machine,
    key: Key,
    /// Where the request came from.
    flow: Flow,
    /// Where the responses go; all else is as in `flow`.
    reply_to: SocketAddr,
    method: Option<Method>,
    /// Empty once a final response was given.
    request: Bytes,
    /// Empty when a copy of the request brings no response.
    response: Bytes,
    /// For a request of an RFC 2543 peer.
    legacy: Option<Box<Old>>,
    timers: Timers,
    user: U,
}

#[derive(Debug)]
struct Old {
    key: Legacy,
    /// The tag that the last response carried in To.
    response_tag: Option<u64>,
}

#[derive(Debug)]
enum Machine {
    Invite(InviteServer),
    Other(NonInviteServer),
}

#[derive(Clone, Copy, Debug)]
enum Input {
    Request,
    Ack,
    Answer(StatusCode),
    Timer(Timer),
    TransportError,
}

/// The server transactions, and how they are found.
#[derive(Debug)]
pub(super) struct Servers<U> {
    slab: Slab<Server<U>>,
    table: Table<SlotId>,
    fresh: Fresh,
}

/// The request that belonged to no transaction last: most get one at once, by the same key.
#[derive(Debug, Default)]
struct Fresh {
    /// All that its key is made of.
    via: SmallVec<[u8; 128]>,
    method: Option<Method>,
    key: Option<Key>,
}

impl Fresh {
    fn note(&mut self, message: &Message<'_>, key: &ServerKey) {
        self.method = message.method();
        // Others are known by more than that.
        self.key = Some(key.key).filter(|_| key.legacy.is_none() && self.method.is_some());
        self.via.clear();
        self.via.extend_from_slice(message.top_via_value().unwrap_or_default());
    }

    fn key_of(&self, message: &Message<'_>) -> Option<ServerKey> {
        let is_it = message.method() == self.method && message.top_via_value() == Some(&self.via[..]);
        self.key.filter(|_| is_it).map(|key| ServerKey { key, legacy: None })
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found<U> {
    /// It belongs to no transaction.
    Nothing,
    /// A transaction took care of it.
    Absorbed,
    /// Its transaction wants the user to see it.
    Delivered(ServerId, U),
}

impl<U: Copy> Servers<U> {
    pub(super) fn new() -> Self {
        Servers { slab: Slab::new(), table: Table::default(), fresh: Fresh::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.slab.len()
    }

    pub(super) fn flow(&self, id: ServerId) -> Option<Flow> {
        self.slab.get(id.0).map(|s| s.flow)
    }

    /// A name of a transaction under a secret of the node; zeros when it is over.
    pub(super) fn name(&self, id: ServerId) -> [u8; 24] {
        self.slab.get(id.0).map(|s| s.key.to_bytes()).unwrap_or_default()
    }

    pub(super) fn request(&self, id: ServerId) -> Option<&Bytes> {
        self.slab.get(id.0).map(|s| &s.request).filter(|r| !r.is_empty())
    }

    /// Whether no final response was given.
    pub(super) fn is_pending(&self, id: ServerId) -> bool {
        self.slab.get(id.0).is_some_and(|s| s.machine.is_pending())
    }

    /// Makes the transaction of a new request.
    pub(super) fn accept(
        &mut self,
        shared: &mut Shared<U>,
        flow: &Flow,
        message: &Message<'_>,
        user: U,
    ) -> Result<ServerId, Refusal> {
        let method = message.method();
        if method == Some(Method::Ack) {
            return Err(Refusal::Ack);
        }
        let via = message.top_via().map_err(Refusal::Malformed)?;
        let key = match self.fresh.key_of(message) {
            Some(key) => key,
            None => shared.keys.server(message, via).map_err(Refusal::Malformed)?,
        };
        if self.table.contains_key(&key.key) {
            return Err(Refusal::Exists);
        }
        let (machine, outputs) = Machine::start(method, flow.transport.is_reliable(), &shared.values);
        let id = self.slab.insert(Server {
            machine,
            key: key.key,
            flow: *flow,
            reply_to: response_flow(via, flow).remote,
            method,
            request: Bytes::copy_from_slice(message.bytes()),
            response: Bytes::new(),
            legacy: key.legacy.map(|key| Box::new(Old { key, response_tag: None })),
            timers: [None; 2],
            user,
        });
        self.table.insert(key.key, id);
        if let Some(legacy) = key.legacy.filter(|_| method == Some(Method::Invite)) {
            self.table.entry(legacy.ack).or_insert(id);
        }
        self.apply(shared, id, outputs, None);
        Ok(ServerId(id))
    }

    /// Takes a request other than ACK: a copy of one that is being served, or a new one.
    pub(super) fn receive(
        &mut self,
        shared: &mut Shared<U>,
        message: &Message<'_>,
    ) -> Result<Found<U>, Malformed> {
        let key = shared.keys.server(message, message.top_via()?)?;
        let Some(&id) = self.table.get(&key.key) else {
            self.fresh.note(message, &key);
            return Ok(Found::Nothing);
        };
        self.step(shared, id, Input::Request, None);
        Ok(Found::Absorbed)
    }

    /// Whether there is a transaction of a request with this topmost Via, which has the magic cookie.
    pub(super) fn knows(&self, keys: &Keys, via: &Via<'_>, method: Method) -> bool {
        keys.server_of(via, method).is_some_and(|key| self.table.contains_key(&key))
    }

    /// Takes an ACK.
    pub(super) fn receive_ack(
        &mut self,
        shared: &mut Shared<U>,
        message: &Message<'_>,
    ) -> Result<Found<U>, Malformed> {
        let key = shared.keys.server(message, message.top_via()?)?;
        let wanted = key.legacy.map_or(key.key.with_method(Method::Invite), |legacy| legacy.ack);
        let Some(&id) = self.table.get(&wanted) else { return Ok(Found::Nothing) };
        let Some(server) = self.slab.get(id) else { return Ok(Found::Nothing) };
        let answered = server.legacy.as_ref().map(|old| old.response_tag);
        if answered.is_some_and(|tag| key.legacy.is_some_and(|legacy| legacy.to_tag != tag)) {
            return Ok(Found::Nothing);
        }
        let user = server.user;
        let delivered = self.step(shared, id, Input::Ack, None);
        Ok(if delivered { Found::Delivered(ServerId(id), user) } else { Found::Absorbed })
    }

    /// The transaction that a CANCEL names: any but another CANCEL (RFC 3261 §9.2).
    pub(super) fn cancelled_by(&self, keys: &Keys, message: &Message<'_>) -> Option<(ServerId, U)> {
        let key = keys.server(message, message.top_via().ok()?).ok()?.key;
        let others = Method::ALL.iter().filter(|m| !matches!(m, Method::Cancel | Method::Ack));
        let mut found = core::iter::once(&Method::Invite)
            .chain(others)
            .filter_map(|method| self.table.get(&key.with_method(*method)));
        let id = *found.next()?;
        self.slab.get(id).map(|s| (ServerId(id), s.user))
    }

    /// Takes a response of the user; whether it was sent, or stands for what the transaction sends itself.
    pub(super) fn respond(
        &mut self,
        shared: &mut Shared<U>,
        id: ServerId,
        status: StatusCode,
        bytes: Bytes,
    ) -> bool {
        let Some(server) = self.slab.get_mut(id.0) else {
            shared.counts.ignored += 1;
            return false;
        };
        if server.machine.is_pending() {
            server.note_tag(&shared.keys, &bytes);
        }
        let ignored = shared.counts.ignored;
        self.step(shared, id.0, Input::Answer(status), Some(bytes));
        shared.counts.ignored == ignored
    }

    /// A timer of a transaction fired.
    pub(super) fn fire(&mut self, shared: &mut Shared<U>, id: ServerId, timer: Timer) {
        let Some(server) = self.slab.get_mut(id.0) else { return };
        server.timers[rank(timer) as usize] = None;
        self.step(shared, id.0, Input::Timer(timer), None);
    }

    /// A response of a transaction did not arrive.
    pub(super) fn fail(&mut self, shared: &mut Shared<U>, id: ServerId, error: FlowError) {
        let Some(server) = self.slab.get(id.0) else { return };
        let (user, flow) = (server.user, server.reply_flow());
        let bytes = if server.response.is_empty() { &server.request } else { &server.response }.clone();
        if self.step(shared, id.0, Input::TransportError, None) {
            shared.note(&bytes, Fact::FlowFailed { flow, error });
            shared.events.push_back(Event::Undelivered(id, user, error));
        }
    }

    /// Sends the responses of a transaction elsewhere, and the last one at once if it is kept.
    pub(super) fn reroute(&mut self, shared: &mut Shared<U>, id: ServerId, remote: SocketAddr) {
        let Some(server) = self.slab.get_mut(id.0) else { return };
        server.reply_to = remote;
        if !server.response.is_empty() {
            shared.transmit(server.reply_flow(), server.response.clone());
        }
    }

    /// Gives one input to a machine and does what it wants; whether the user must hear of it.
    fn step(&mut self, shared: &mut Shared<U>, id: SlotId, input: Input, answer: Option<Bytes>) -> bool {
        let Some(server) = self.slab.get_mut(id) else { return false };
        let Some(outputs) = server.machine.handle(input, &shared.values) else {
            shared.counts.ignored += 1;
            return false;
        };
        let delivered = self.apply(shared, id, outputs, answer);
        if let Some(server) = self.slab.get_mut(id) {
            server.let_go();
        }
        delivered
    }

    fn apply(
        &mut self,
        shared: &mut Shared<U>,
        id: SlotId,
        outputs: Outputs,
        mut answer: Option<Bytes>,
    ) -> bool {
        let (mut delivered, mut at_once) = (false, None);
        for &output in &outputs {
            let Some(server) = self.slab.get_mut(id) else { return delivered };
            match output {
                Output::Transmit(what) => {
                    match (what, answer.take()) {
                        (Sent::Trying, _) => server.response = server.trying(),
                        (_, Some(answer)) => server.response = answer,
                        (_, None) => shared.counts.repeated += u64::from(!server.response.is_empty()),
                    }
                    shared.transmit(server.reply_flow(), server.response.clone());
                }
                Output::SetTimer(timer, time) => {
                    let whose = Whose::Server(ServerId(id));
                    at_once = at_once.or(shared.start(whose, &mut server.timers, timer, time));
                }
                Output::StopTimer(timer) => shared.stop(&mut server.timers, timer),
                Output::Deliver | Output::Undelivered => delivered = true,
                Output::Absorb => shared.counts.absorbed += 1,
                Output::Ignore => shared.counts.ignored += 1,
                Output::End(why) => self.end(shared, id, why),
            }
        }
        if let Some(timer) = at_once {
            self.step(shared, id, Input::Timer(timer), None);
        }
        delivered
    }

    fn end(&mut self, shared: &mut Shared<U>, id: SlotId, why: Ended) {
        let Some(server) = self.slab.remove(id) else { return };
        self.table.remove(&server.key);
        if let Some(old) = &server.legacy
            && self.table.get(&old.key.ack) == Some(&id)
        {
            self.table.remove(&old.key.ack);
        }
        shared.stop_all(&server.timers);
        let (id, user, method) = (ServerId(id), server.user, server.method);
        let event = match why {
            Ended::TimedOut(timer) => {
                shared.note(&server.response, Fact::TimerFired { timer, method });
                Event::NoAck(id, user)
            }
            Ended::Unanswered => {
                shared.note(&server.request, Fact::TimerFired { timer: Timer::J, method });
                Event::Unanswered(id, user)
            }
            Ended::Normal | Ended::TransportError => Event::ServerEnded(id, user),
        };
        shared.events.push_back(event);
    }
}

impl<U> Server<U> {
    fn reply_flow(&self) -> Flow {
        Flow { remote: self.reply_to, ..self.flow }
    }

    /// A 100 of the transaction's own.
    fn trying(&self) -> Bytes {
        Message::parse(&self.request)
            .map(|request| Response::to(&request, &self.flow, StatusCode::TRYING, None).finish())
            .unwrap_or_default()
    }

    /// Remembers the To tag by which an RFC 2543 peer's ACK is known.
    fn note_tag(&mut self, keys: &Keys, response: &[u8]) {
        let Some(old) = &mut self.legacy else { return };
        if let Ok(response) = Message::parse(response) {
            old.response_tag = tag_of(&response).map(|tag| keys.tag(tag));
        }
    }

    /// Drops the bytes that the state no longer needs.
    fn let_go(&mut self) {
        if !self.machine.is_pending() {
            self.request = Bytes::new();
        }
        if !self.machine.repeats() {
            self.response = Bytes::new();
        }
    }
}

impl Machine {
    fn start(method: Option<Method>, reliable: bool, values: &TimerValues) -> (Self, Outputs) {
        if method == Some(Method::Invite) {
            let (machine, outputs) = InviteServer::start(reliable, values);
            return (Machine::Invite(machine), outputs);
        }
        let (machine, outputs) = NonInviteServer::start(reliable, values);
        (Machine::Other(machine), outputs)
    }

    fn is_pending(&self) -> bool {
        match self {
            Machine::Invite(machine) => machine.state() == InviteState::Proceeding,
            Machine::Other(machine) => {
                matches!(machine.state(), OtherState::Trying | OtherState::Proceeding)
            }
        }
    }

    /// Whether the last response can be sent again by the transaction itself.
    fn repeats(&self) -> bool {
        match self {
            Machine::Invite(machine) => {
                matches!(machine.state(), InviteState::Proceeding | InviteState::Completed)
            }
            Machine::Other(_) => true,
        }
    }

    /// `None`: the input does not exist for this kind of transaction.
    fn handle(&mut self, input: Input, values: &TimerValues) -> Option<Outputs> {
        match self {
            Machine::Invite(machine) => {
                use invite_server::Input as I;
                let input = match input {
                    Input::Request => I::Invite,
                    Input::Ack => I::Ack,
                    Input::Answer(status) => match status.class() {
                        StatusClass::Provisional => I::Provisional,
                        StatusClass::Success => I::Success,
                        _ => I::Failure,
                    },
                    Input::Timer(timer) => I::Timer(timer),
                    Input::TransportError => I::TransportError,
                };
                Some(machine.handle(input, values))
            }
            Machine::Other(machine) => {
                use non_invite_server::Input as I;
                let input = match input {
                    Input::Request => I::Request,
                    Input::Answer(StatusCode::TRYING) => I::Trying,
                    // A 408 says what the client knows, and no other 1xx exists (RFC 4320 §4.1, §4.2).
                    Input::Answer(StatusCode::REQUEST_TIMEOUT) | Input::Ack => return None,
                    Input::Answer(status) if status.is_provisional() => return None,
                    Input::Answer(_) => I::Final,
                    Input::Timer(timer) => I::Timer(timer),
                    Input::TransportError => I::TransportError,
                };
                Some(machine.handle(input, values))
            }
        }
    }
}

#[cfg(test)]
impl<U: Copy> Servers<U> {
    /// The bytes that all transactions take, messages included.
    pub(super) fn footprint(&self) -> usize {
        let held = |s: &Server<U>| size_of::<Server<U>>() + s.request.len() + s.response.len();
        self.slab.iter().map(held).sum()
    }
}
