//! The client transactions of a node.

use super::hop;
use super::invite_client::{self, InviteClient, State as InviteState};
use super::key::{Identity, Key, Keys, Table};
use super::machine::{Ended, Output, Outputs, Sent, rank};
use super::non_invite_client::{self, NonInviteClient, State as OtherState};
use super::remotes::Remotes;
use super::shared::{Event, Refusal, Shared, Timers, Whose};
use super::slab::{ClientId, Slab, SlotId};
use crate::flow::{Flow, FlowError};
use crate::journal::Fact;
use crate::registry::{Method, StatusClass, Timer, TimerValues};
use crate::syntax::{Malformed, Message};
use bytes::Bytes;

/// One client transaction: its machine and the bytes that it still needs.
#[derive(Debug)]
struct Client<U> {
    machine: Machine,
    key: Key,
    flow: Flow,
    /// What `holds` says.
    bytes: Bytes,
    holds: Holds,
    cancel: Cancel,
    /// The CANCEL of an INVITE: made by the layer, unseen by the user.
    own: bool,
    method: Option<Method>,
    timers: Timers,
    user: U,
}

#[derive(Debug)]
enum Machine {
    Invite(InviteClient),
    Other(NonInviteClient),
}

/// What the bytes of a transaction are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// The whole request.
    Request,
    /// What ACK and CANCEL are built from.
    Skeleton,
    /// The ACK.
    Ack,
    /// Nothing, since nothing will be sent any more.
    Nothing,
}

/// Whether the user wants an INVITE cancelled.
#[derive(Debug)]
enum Cancel {
    No,
    /// It waits for a provisional response, with the value of its Reason (RFC 3261 §9.1).
    Held(Bytes),
    Sent,
}

#[derive(Clone, Copy, Debug)]
enum Input {
    Response(StatusClass),
    Cancelled,
    Timer(Timer),
    TransportError,
}

/// The client transactions, and how they are found.
#[derive(Debug)]
pub(super) struct Clients<U> {
    slab: Slab<Client<U>>,
    table: Table<SlotId>,
    remotes: Remotes,
}

impl<U: Copy> Clients<U> {
    pub(super) fn new() -> Self {
        Clients { slab: Slab::new(), table: Table::default(), remotes: Remotes::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.slab.len()
    }

    pub(super) fn flow(&self, id: ClientId) -> Option<Flow> {
        self.slab.get(id.0).map(|c| c.flow)
    }

    /// Whether no final response has come.
    pub(super) fn is_pending(&self, id: ClientId) -> bool {
        self.slab.get(id.0).is_some_and(|c| match &c.machine {
            Machine::Invite(m) => matches!(m.state(), InviteState::Calling | InviteState::Proceeding),
            Machine::Other(m) => matches!(m.state(), OtherState::Trying | OtherState::Proceeding),
        })
    }

    /// Sends a request and waits for its responses.
    pub(super) fn start(
        &mut self,
        shared: &mut Shared<U>,
        (request, method, key): (Bytes, Option<Method>, Key),
        flow: Flow,
        user: U,
        own: bool,
    ) -> Result<ClientId, Refusal> {
        if method == Some(Method::Ack) {
            return Err(Refusal::Ack);
        }
        if self.table.contains_key(&key) {
            return Err(Refusal::Exists);
        }
        let (machine, outputs) = Machine::start(method, flow.transport.is_reliable(), &shared.values);
        let id = self.slab.insert(Client {
            machine,
            key,
            flow,
            bytes: request,
            holds: Holds::Request,
            cancel: Cancel::No,
            own,
            method,
            timers: [None; 2],
            user,
        });
        self.table.insert(key, id);
        self.remotes.link(remote_key(&shared.keys, &flow), id);
        self.apply(shared, id, outputs, None);
        Ok(ClientId(id))
    }

    /// Takes a response; `None` when it belongs to no transaction, else the transaction when its user must see
    /// the response.
    pub(super) fn receive(
        &mut self,
        shared: &mut Shared<U>,
        message: &Message<'_>,
    ) -> Option<Option<(ClientId, U)>> {
        let key = shared.keys.response(message.top_via().ok()?, &message.cseq().ok()?)?;
        let id = *self.table.get(&key)?;
        let (user, own) = self.slab.get(id).map(|c| (c.user, c.own))?;
        let input = Input::Response(message.status()?.class());
        let seen = self.step(shared, id, input, Some(message)) && !own;
        Some(seen.then_some((ClientId(id), user)))
    }

    /// Whether a response belongs to a transaction.
    pub(super) fn knows(&self, shared: &Shared<U>, message: &Message<'_>) -> bool {
        let (Ok(via), Ok(cseq)) = (message.top_via(), message.cseq()) else { return false };
        shared.keys.response(via, &cseq).is_some_and(|key| self.table.contains_key(&key))
    }

    /// A timer of a transaction fired.
    pub(super) fn fire(&mut self, shared: &mut Shared<U>, id: ClientId, timer: Timer) {
        let Some(client) = self.slab.get_mut(id.0) else { return };
        client.timers[rank(timer) as usize] = None;
        shared.counts.repeated += u64::from(matches!(timer, Timer::A | Timer::E));
        self.step(shared, id.0, Input::Timer(timer), None);
    }

    /// Sends the CANCEL of an INVITE, or holds it until a provisional response comes.
    pub(super) fn cancel(&mut self, shared: &mut Shared<U>, id: ClientId, reason: Option<&[u8]>) -> bool {
        let Some(client) = self.slab.get_mut(id.0) else { return false };
        let Machine::Invite(machine) = &client.machine else { return false };
        if !matches!(machine.state(), InviteState::Calling | InviteState::Proceeding) {
            return false;
        }
        if matches!(client.cancel, Cancel::No) {
            client.cancel = Cancel::Held(Bytes::copy_from_slice(reason.unwrap_or_default()));
            self.settle(shared, id.0);
        }
        true
    }

    /// Fails every transaction whose message cannot be sent on `flow`.
    pub(super) fn fail(&mut self, shared: &mut Shared<U>, flow: &Flow, error: FlowError) {
        for id in self.remotes.list(remote_key(&shared.keys, flow)) {
            let Some(client) = self.slab.get(id).filter(|c| c.uses(flow)) else { continue };
            let (user, own, bytes, failed) = (client.user, client.own, client.bytes.clone(), client.flow);
            self.step(shared, id, Input::TransportError, None);
            if self.slab.get(id).is_some() {
                continue;
            }
            shared.note(&bytes, Fact::FlowFailed { flow: failed, error });
            if !own {
                shared.events.push_back(Event::TransportError(ClientId(id), user, error));
            }
        }
    }

    /// Gives one input to a machine and does what it wants; whether the user must see the input.
    fn step(
        &mut self,
        shared: &mut Shared<U>,
        id: SlotId,
        input: Input,
        response: Option<&Message<'_>>,
    ) -> bool {
        let Some(client) = self.slab.get_mut(id) else { return false };
        let Some(outputs) = client.machine.handle(input, &shared.values) else { return false };
        let delivered = self.apply(shared, id, outputs, response);
        self.settle(shared, id);
        delivered
    }

    fn apply(
        &mut self,
        shared: &mut Shared<U>,
        id: SlotId,
        outputs: Outputs,
        response: Option<&Message<'_>>,
    ) -> bool {
        let (mut delivered, mut at_once) = (false, None);
        for &output in &outputs {
            let Some(client) = self.slab.get_mut(id) else { return delivered };
            match output {
                Output::Transmit(what) => {
                    if what == Sent::Ack {
                        client.hold_ack(response);
                    }
                    shared.transmit(client.flow, client.bytes.clone());
                }
                Output::SetTimer(timer, time) => {
                    let whose = Whose::Client(ClientId(id));
                    at_once = at_once.or(shared.start(whose, &mut client.timers, timer, time));
                }
                Output::StopTimer(timer) => shared.stop(&mut client.timers, timer),
                Output::Deliver => delivered = true,
                Output::Absorb => shared.counts.absorbed += 1,
                Output::Ignore => shared.counts.ignored += 1,
                Output::Undelivered => {}
                Output::End(why) => self.end(shared, id, why),
            }
        }
        if let Some(timer) = at_once {
            self.step(shared, id, Input::Timer(timer), None);
        }
        delivered
    }

    /// Lets go of what the state no longer needs, and sends the CANCEL that may now be sent.
    fn settle(&mut self, shared: &mut Shared<U>, id: SlotId) {
        let Some(client) = self.slab.get_mut(id) else { return };
        match &client.machine {
            Machine::Invite(machine) => match machine.state() {
                InviteState::Proceeding => {
                    client.shrink();
                    self.remotes.unlink(id);
                    self.send_cancel(shared, id);
                }
                InviteState::Completed => self.remotes.link(remote_key(&shared.keys, &client.flow), id),
                InviteState::Accepted => {
                    client.let_go();
                    self.remotes.unlink(id);
                }
                InviteState::Calling | InviteState::Terminated => {}
            },
            Machine::Other(machine) => {
                if machine.state() == OtherState::Completed {
                    client.let_go();
                    self.remotes.unlink(id);
                }
            }
        }
    }

    /// Sends the CANCEL that waits, as a transaction of its own, to where the INVITE went.
    fn send_cancel(&mut self, shared: &mut Shared<U>, id: SlotId) {
        let Some(client) = self.slab.get_mut(id) else { return };
        let Cancel::Held(reason) = &client.cancel else { return };
        let bytes = hop::cancel(&client.bytes, Some(reason));
        client.cancel = Cancel::Sent;
        let (flow, user) = (client.flow, client.user);
        let identified = bytes.and_then(|bytes| {
            let (method, key) = identify(&shared.keys, &bytes)?;
            Ok((bytes, method, key))
        });
        if identified.is_ok_and(|request| self.start(shared, request, flow, user, true).is_ok()) {
            self.step(shared, id, Input::Cancelled, None);
        }
    }

    fn end(&mut self, shared: &mut Shared<U>, id: SlotId, why: Ended) {
        self.remotes.unlink(id);
        let Some(client) = self.slab.remove(id) else { return };
        self.table.remove(&client.key);
        shared.stop_all(&client.timers);
        if let Ended::TimedOut(timer) = why {
            shared.note(&client.bytes, Fact::TimerFired { timer, method: client.method });
        }
        match why {
            _ if client.own => {}
            Ended::TimedOut(timer) => {
                shared.events.push_back(Event::TimedOut(ClientId(id), client.user, timer));
            }
            Ended::Normal => shared.events.push_back(Event::ClientEnded(ClientId(id), client.user)),
            Ended::TransportError | Ended::Unanswered => {}
        }
    }
}

impl<U> Client<U> {
    /// Whether its messages need `flow`: a failure without a connection concerns all that goes to the address.
    fn uses(&self, flow: &Flow) -> bool {
        self.flow.transport == flow.transport
            && self.flow.remote == flow.remote
            && match (self.flow.connection, flow.connection) {
                (Some(ours), Some(failed)) => ours == failed,
                _ => true,
            }
    }

    fn hold_ack(&mut self, response: Option<&Message<'_>>) {
        if self.holds == Holds::Ack {
            return;
        }
        let ack = response.and_then(|response| hop::ack(&self.bytes, response).ok());
        (self.bytes, self.holds) = (ack.unwrap_or_default(), Holds::Ack);
    }

    fn shrink(&mut self) {
        if self.holds != Holds::Request {
            return;
        }
        (self.bytes, self.holds) = (hop::skeleton(&self.bytes), Holds::Skeleton);
    }

    fn let_go(&mut self) {
        (self.bytes, self.holds) = (Bytes::new(), Holds::Nothing);
    }
}

impl Machine {
    fn start(method: Option<Method>, reliable: bool, values: &TimerValues) -> (Self, Outputs) {
        if method == Some(Method::Invite) {
            let (machine, outputs) = InviteClient::start(reliable, values);
            return (Machine::Invite(machine), outputs);
        }
        let (machine, outputs) = NonInviteClient::start(reliable, values);
        (Machine::Other(machine), outputs)
    }

    /// `None`: the input does not exist for this kind of transaction.
    fn handle(&mut self, input: Input, values: &TimerValues) -> Option<Outputs> {
        match self {
            Machine::Invite(machine) => {
                use invite_client::Input as I;
                let input = match input {
                    Input::Response(StatusClass::Provisional) => I::Provisional,
                    Input::Response(StatusClass::Success) => I::Success,
                    Input::Response(_) => I::Failure,
                    Input::Cancelled => I::Cancelled,
                    Input::Timer(timer) => I::Timer(timer),
                    Input::TransportError => I::TransportError,
                };
                Some(machine.handle(input, values))
            }
            Machine::Other(machine) => {
                use non_invite_client::Input as I;
                let input = match input {
                    Input::Response(StatusClass::Provisional) => I::Provisional,
                    Input::Response(_) => I::Final,
                    Input::Cancelled => return None,
                    Input::Timer(timer) => I::Timer(timer),
                    Input::TransportError => I::TransportError,
                };
                Some(machine.handle(input, values))
            }
        }
    }
}

/// The method and the key of a request that is about to be sent.
pub(super) fn identify(keys: &Keys, request: &[u8]) -> Result<(Option<Method>, Key), Malformed> {
    let identity = Identity::read(request)?;
    Ok((identity.method(), keys.client(&identity)))
}

/// What a path is looked up by when it fails.
fn remote_key(keys: &Keys, flow: &Flow) -> Key {
    let mut text = [0; 19];
    match flow.remote {
        core::net::SocketAddr::V4(v4) => text[..4].copy_from_slice(&v4.ip().octets()),
        core::net::SocketAddr::V6(v6) => text[..16].copy_from_slice(&v6.ip().octets()),
    }
    text[16..18].copy_from_slice(&flow.remote.port().to_le_bytes());
    text[18] = flow.transport as u8;
    keys.hash(&text)
}

#[cfg(test)]
impl<U: Copy> Clients<U> {
    /// The bytes that all transactions take, messages included.
    pub(super) fn footprint(&self) -> usize {
        self.slab.iter().map(|c| size_of::<Client<U>>() + c.bytes.len()).sum()
    }
}
