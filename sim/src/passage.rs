//! How messages pass through the network: datagrams, streams, translation, errors.

use crate::host::{Effect, Stimulus};
use crate::network::{Happening, Network};
use crate::place::{HostId, NatId};
use crate::sight::{Seen, Sight};
use crate::stream::{ATTEMPTS_MAX, End, Segment, State, Stream};
use bytes::Bytes;
use ringback_sip::flow::{ConnectionId, Flow, FlowError, HandshakeFault, Transport};
use ringback_sip::node::Transmit;
use ringback_sip::time::Duration;
use ringback_sip::transport::{Stun, stun};
use std::net::{IpAddr, SocketAddr};

/// Who stands at an address.
enum Found {
    /// A machine listens there, under this address of its own.
    Socket(HostId, SocketAddr),
    /// The machine of that address has no such socket.
    Closed(HostId),
    /// Nobody has that address, or a translator drops the packet.
    Nobody,
}

impl Network {
    pub(crate) fn carry_out(&mut self, id: HostId, effect: Effect) {
        match effect {
            Effect::Transmit(Transmit { flow, bytes }) => {
                self.see(|_| Sight::Sent(id, flow, Seen::new(bytes.clone())));
                if flow.transport == Transport::Udp {
                    self.send_datagram(id, flow, &bytes);
                } else {
                    self.send_on_stream(id, flow, bytes);
                }
            }
            Effect::Resolve(ticket, query) => self.answer_name(id, ticket, query),
            Effect::Close(flow) => self.close(id, flow),
            Effect::Journal(entry) => self.see(|_| Sight::Journal(id, Box::new(entry))),
        }
    }

    fn send_datagram(&mut self, id: HostId, flow: Flow, bytes: &Bytes) {
        if !self.slots[id.0].sockets.contains(&(Transport::Udp, flow.local)) {
            return self.plan_failure(id, Duration::ZERO, flow, FlowError::NoSocket);
        }
        let (source, realm) = self.translate_outwards(id, flow.local, flow.remote);
        let copies = self.weather.copies(&mut self.dice);
        if copies == [None, None] || bytes.len() > self.weather.datagram_max {
            return self.see(|_| Sight::Lost(id, flow));
        }
        for delay in copies.into_iter().flatten() {
            self.plan(
                delay,
                Happening::Datagram { origin: id, sent: flow, source, realm, bytes: bytes.clone() },
            );
        }
    }

    pub(crate) fn datagram_arrives(
        &mut self,
        origin: HostId,
        sent: Flow,
        source: SocketAddr,
        realm: Option<NatId>,
        bytes: Bytes,
    ) {
        match self.find(Transport::Udp, sent.remote, source, realm) {
            Found::Socket(id, _) if self.is_cut(origin, id) => self.see(|_| Sight::Lost(origin, sent)),
            Found::Socket(id, local) if self.slots[id.0].host.is_up() => {
                let flow =
                    Flow { transport: Transport::Udp, local, remote: source, connection: None, peer: None };
                self.receive(id, flow, bytes);
            }
            Found::Socket(id, _) | Found::Closed(id) if self.weather.icmp && self.slots[id.0].powered => {
                if !self.is_cut(origin, id) {
                    let delay = self.dice.between(self.weather.delay_min, self.weather.delay_max);
                    self.plan_failure(origin, delay, sent, FlowError::Refused);
                }
            }
            _ => self.see(|_| Sight::Lost(origin, sent)),
        }
    }

    /// Gives a machine what came for it. Its sockets answer signs of life by themselves, as those of `io` do.
    fn receive(&mut self, id: HostId, flow: Flow, bytes: Bytes) {
        self.see(|_| Sight::Received(id, flow, Seen::new(bytes.clone())));
        let is_blank = bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
        let answer = match flow.transport {
            Transport::Udp if is_blank => return,
            Transport::Udp => match stun(&bytes, flow.remote) {
                Stun::Other | Stun::Answered => None,
                Stun::Silent => return,
                Stun::Answer(answer) => Some(answer.into()),
            },
            _ => (is_blank && bytes.len() == 4).then(|| Bytes::from_static(b"\r\n")),
        };
        match answer {
            Some(bytes) => self.carry_out(id, Effect::Transmit(Transmit { flow, bytes })),
            None => self.handle(id, Stimulus::Received(flow, &bytes)),
        }
    }

    fn send_on_stream(&mut self, id: HostId, flow: Flow, bytes: Bytes) {
        let life = self.slots[id.0].life;
        let usable = |s: &&Stream| {
            let same = s.side_of(id, life).and_then(|side| s.flow(side));
            s.state != State::Closing
                && same.is_some_and(|f| f.transport == flow.transport && f.remote == flow.remote)
        };
        let ours = |s: &&Stream| s.state != State::Closing && s.side_of(id, life).is_some();
        let named = flow.connection.and_then(|c| self.streams.get(&c)).filter(ours);
        if named.is_none() && flow.is_bound(&bytes) {
            return self.plan_failure(id, Duration::ZERO, flow, FlowError::Closed);
        }
        let found = named.or_else(|| self.streams.values().find(usable)).map(|s| s.id);
        let stream = found.unwrap_or_else(|| self.open(id, flow));
        let Some(side) = self.streams.get(&stream).and_then(|s| s.side_of(id, life)) else { return };
        if self.dice.happens(self.weather.breaks) {
            return self.break_stream(stream, FlowError::Reset);
        }
        self.enqueue(stream, side, Segment::Message(bytes));
    }

    fn open(&mut self, id: HostId, flow: Flow) -> ConnectionId {
        self.streams_made += 1;
        let stream = ConnectionId(self.streams_made);
        let local = SocketAddr::new(flow.local.ip(), self.ephemeral_port(id));
        let opener = End { host: id, life: self.slots[id.0].life, local, remote: flow.remote };
        self.streams.insert(stream, Stream::new(stream, flow.transport, opener));
        let delay = self.weather.segment_delay(&mut self.dice);
        self.plan(delay, Happening::Connect { stream });
        stream
    }

    pub(crate) fn connect_arrives(&mut self, stream: ConnectionId) {
        let Some(s) = self.streams.get(&stream).filter(|s| s.state == State::Connecting) else { return };
        let (Some(opener), transport) = (s.ends[0], s.transport) else { return };
        let (source, realm) = self.translate_outwards(opener.host, opener.local, opener.remote);
        let found = self.find(transport, opener.remote, source, realm);
        let delay = self.weather.segment_delay(&mut self.dice);
        match found {
            Found::Socket(id, _)
                if self.slots[id.0].host.is_up()
                    && !self.is_cut(opener.host, id)
                    && !self.lets_in(id, source.ip()) =>
            {
                self.fail_to_open(stream, delay, FlowError::Closed);
            }
            Found::Socket(id, _) if let Some(fault) = self.insecure(id, opener.host, transport) => {
                self.fail_to_open(stream, delay * 2, FlowError::Handshake(fault));
            }
            Found::Socket(id, local) if self.slots[id.0].host.is_up() && !self.is_cut(opener.host, id) => {
                let end = End { host: id, life: self.slots[id.0].life, local, remote: source };
                let Some(s) = self.streams.get_mut(&stream) else { return };
                s.ends[1] = Some(end);
                s.state = State::Open;
                let waiting = s.queues[0].len();
                self.plan_segments(stream, 0, delay, waiting);
            }
            Found::Socket(id, _) | Found::Closed(id)
                if self.slots[id.0].powered && !self.is_cut(opener.host, id) =>
            {
                self.fail_to_open(stream, delay, FlowError::Refused);
            }
            _ => self.fail_to_open(stream, CONNECT_TIMEOUT, FlowError::ConnectTimeout),
        }
    }

    /// What keeps a secure connection between the two from coming about.
    fn insecure(&self, id: HostId, opener: HostId, transport: Transport) -> Option<HandshakeFault> {
        let slot = &self.slots[id.0];
        slot.handshake.filter(|_| transport.is_secure() && slot.host.is_up() && !self.is_cut(opener, id))
    }

    fn lets_in(&mut self, id: HostId, source: IpAddr) -> bool {
        let moment = self.moment(id);
        self.slots[id.0].host.lets_in(moment, source)
    }

    fn fail_to_open(&mut self, stream: ConnectionId, after: Duration, error: FlowError) {
        let Some(s) = self.streams.remove(&stream) else { return };
        let Some(end) = s.ends[0] else { return };
        let flow = Flow {
            transport: s.transport,
            local: end.local,
            remote: end.remote,
            connection: None,
            peer: None,
        };
        self.plan_failure(end.host, after, flow, error);
    }

    fn enqueue(&mut self, stream: ConnectionId, side: usize, segment: Segment) {
        let Some(s) = self.streams.get_mut(&stream) else { return };
        s.queues[side].push_back(segment);
        if s.state == State::Open {
            self.plan_segments(stream, side, Duration::ZERO, 1);
        }
    }

    /// Plans the arrival of the last `count` segments of a queue, in order.
    fn plan_segments(&mut self, stream: ConnectionId, side: usize, after: Duration, count: usize) {
        for _ in 0..count {
            let delay = after + self.weather.segment_delay(&mut self.dice);
            let Some(s) = self.streams.get_mut(&stream) else { return };
            s.arrival[side] = s.arrival[side].max(self.now + delay);
            let delay = s.arrival[side].since(self.now);
            self.plan(delay, Happening::Segment { stream, side, is_retry: false });
        }
    }

    pub(crate) fn segment_arrives(&mut self, stream: ConnectionId, side: usize, is_retry: bool) {
        let Some(s) = self.streams.get(&stream).filter(|s| s.state != State::Connecting) else { return };
        let (Some(from), Some(to)) = (s.ends[side], s.ends[1 - side]) else { return };
        if s.attempts[side] > 0 && !is_retry {
            return;
        }
        let (gone, dark) = (self.slots[to.host.0].life != to.life, !self.slots[to.host.0].powered);
        if dark || self.is_cut(from.host, to.host) {
            return self.retry_segment(stream, side);
        }
        if gone || !self.slots[to.host.0].host.is_up() {
            return self.break_stream(stream, FlowError::Reset);
        }
        let Some(s) = self.streams.get_mut(&stream) else { return };
        s.attempts[side] = 0;
        let segment = s.queues[side].pop_front();
        let (flow, left) = (s.flow(1 - side), s.queues[side].len());
        if is_retry {
            self.plan_segments(stream, side, Duration::ZERO, left);
        }
        match (segment, flow) {
            (Some(Segment::Message(bytes)), Some(flow)) => {
                self.receive(to.host, flow, bytes);
            }
            (Some(Segment::Fin), Some(flow)) => {
                self.streams.remove(&stream);
                self.plan_failure(to.host, Duration::ZERO, flow, FlowError::Closed);
            }
            _ => {}
        }
    }

    fn retry_segment(&mut self, stream: ConnectionId, side: usize) {
        let Some(s) = self.streams.get_mut(&stream) else { return };
        s.attempts[side] += 1;
        if s.attempts[side] > ATTEMPTS_MAX {
            return self.break_stream(stream, FlowError::Unreachable);
        }
        self.plan(RETRY, Happening::Segment { stream, side, is_retry: true });
    }

    fn close(&mut self, id: HostId, flow: Flow) {
        let life = self.slots[id.0].life;
        let Some(stream) = flow.connection else { return };
        let Some(s) = self.streams.get(&stream) else { return };
        match (s.side_of(id, life), s.state) {
            (Some(_), State::Connecting) => drop(self.streams.remove(&stream)),
            (Some(side), State::Open) => {
                self.enqueue(stream, side, Segment::Fin);
                if let Some(s) = self.streams.get_mut(&stream) {
                    s.state = State::Closing;
                }
            }
            _ => {}
        }
    }

    /// Breaks every stream of a machine; the other ends are told.
    pub(crate) fn break_streams(&mut self, id: HostId, error: FlowError) {
        let of_host = |s: &&Stream| s.ends.iter().flatten().any(|e| e.host == id);
        let streams: Vec<ConnectionId> = self.streams.values().filter(of_host).map(|s| s.id).collect();
        for stream in streams {
            self.break_stream(stream, error);
        }
    }

    fn break_stream(&mut self, stream: ConnectionId, error: FlowError) {
        let Some(s) = self.streams.remove(&stream) else { return };
        let told = [0, 1].map(|side| s.ends[side].zip(s.flow(side)));
        for (end, flow) in told.into_iter().flatten() {
            let delay = self.weather.segment_delay(&mut self.dice);
            self.plan(delay, Happening::Failed { host: end.host, life: end.life, flow, error });
        }
    }

    fn plan_failure(&mut self, host: HostId, after: Duration, flow: Flow, error: FlowError) {
        let life = self.slots[host.0].life;
        self.plan(after, Happening::Failed { host, life, flow, error });
    }

    pub(crate) fn tell_failure(&mut self, host: HostId, life: u32, flow: Flow, error: FlowError) {
        let slot = &self.slots[host.0];
        if slot.life == life && slot.host.is_up() {
            self.see(|_| Sight::FlowFailed(host, flow, error));
            self.handle(host, Stimulus::FlowFailed(flow, error));
        }
    }

    /// The source that the peer will see, and the realm in which its address is looked up.
    fn translate_outwards(
        &mut self,
        id: HostId,
        local: SocketAddr,
        peer: SocketAddr,
    ) -> (SocketAddr, Option<NatId>) {
        let Some(realm) = self.slots[id.0].realm else { return (local, None) };
        let is_neighbour = self
            .slots
            .iter()
            .any(|s| s.realm == Some(realm) && s.sockets.iter().any(|(_, a)| a.ip() == peer.ip()));
        if is_neighbour {
            return (local, Some(realm));
        }
        (self.nats[realm.0].outwards(self.now, local, peer), None)
    }

    fn find(
        &mut self,
        transport: Transport,
        to: SocketAddr,
        from: SocketAddr,
        realm: Option<NatId>,
    ) -> Found {
        let translator = self.nats.iter().position(|n| realm.is_none() && n.public == to.ip());
        let (to, realm) = match translator {
            None => (to, realm),
            Some(n) => match self.nats[n].inwards(self.now, to.port(), from) {
                Some(inner) => (inner, Some(NatId(n))),
                None => return Found::Nobody,
            },
        };
        for (n, slot) in self.slots.iter().enumerate().filter(|(_, s)| s.realm == realm) {
            if slot.sockets.contains(&(transport, to)) {
                return Found::Socket(HostId(n), to);
            }
            if slot.sockets.iter().any(|(_, a)| a.ip() == to.ip()) {
                return Found::Closed(HostId(n));
            }
        }
        Found::Nobody
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_secs(1);
