//! Requests of our own: a question whether a next hop lives, a notification. They have a transaction and no response
//! context; the one answer that matters is the final one.

use super::branch::{DATAGRAM_BYTES_MAX, Sent, without_way};
use super::context::{Destination, Handle};
use super::own::{Own, OwnEnd, OwnId};
use super::{Lookup, Proxy, hop, local_for, way};
use crate::routing::{Hop, Routed};
use bytes::Bytes;
use ringback_sip::flow::{FlowError, Target, Transport};
use ringback_sip::journal::BranchEnd;
use ringback_sip::node::Output;
use ringback_sip::syntax::{Message, push_address};
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transport::locate::Located;
use smallvec::SmallVec;

/// The context of requests of our own: none.
const OWN: u32 = u32::MAX - 1;

impl Proxy {
    /// Sends a request of our own, which has all but a Via, to where it says or over the flow of `to`. How it ends
    /// is told by [`Proxy::poll_own`], exactly once.
    pub fn originate(&mut self, now: Instant, id: OwnId, request: Bytes, to: Destination) {
        self.owns_begun = self.owns_begun.wrapping_add(1);
        let handle = Handle { index: OWN, generation: self.owns_begun, branch: 0 };
        let next = match Message::parse(&request).ok().and_then(|m| self.next_hop(&m, &to)) {
            Some((next, query_of)) => (next, query_of),
            None => (Hop::Unsupported, 0),
        };
        let own = Own { id, request, to, rest: SmallVec::new(), datagram: None };
        self.owns.insert(handle.generation, own);
        match next.0 {
            Hop::Address(target) => {
                self.handle_own_addresses(now, handle, SmallVec::from_slice(&[target]));
            }
            Hop::Name(query) => {
                let ticket = self.look_up(Lookup::Own(handle));
                let query = ringback_sip::node::ResolveQuery { spread: next.1, ..query };
                self.outputs.push_back(Output::Resolve { ticket, query });
            }
            Hop::Unsupported => self.end_own(handle, BranchEnd::Transport(FlowError::NoSocket), None),
        }
        self.settle(now);
    }

    /// How a request of our own ended.
    pub fn poll_own(&mut self) -> Option<OwnEnd> {
        self.own_ends.pop_front()
    }

    fn next_hop(&self, message: &Message<'_>, to: &Destination) -> Option<(Hop, u64)> {
        let routed = Routed::read(message, &self.place).ok()?;
        Some((hop(&routed, to), self.key.hash(message.call_id().unwrap_or_default())))
    }

    /// The name of its next hop was looked up.
    pub(super) fn handle_own_located(&mut self, now: Instant, handle: Handle, located: Located) {
        match located.found {
            Ok(targets) => self.handle_own_addresses(now, handle, targets),
            Err(error) => self.end_own(handle, BranchEnd::Dns(error), None),
        }
    }

    fn handle_own_addresses(&mut self, now: Instant, handle: Handle, mut targets: SmallVec<[Target; 2]>) {
        targets.reverse();
        let before = without_way(&targets);
        if let Some(own) = self.owns.get_mut(&handle.generation) {
            own.rest = targets;
        }
        self.try_own(now, handle, before);
    }

    /// Sends to the next address that is left, or ends as `before` says.
    fn try_own(&mut self, now: Instant, handle: Handle, before: BranchEnd) {
        while let Some(target) = self.owns.get_mut(&handle.generation).and_then(|own| own.rest.pop()) {
            match self.send_own(now, handle, target) {
                Sent::Yes => return,
                Sent::NoRoom => return self.end_own(handle, BranchEnd::NoRoom, None),
                Sent::NoWay | Sent::TooLong => {}
            }
        }
        self.end_own(handle, before, None);
    }

    /// Sends to `target`; a long request over a stream, when there is a way (RFC 3261 §18.1.1).
    fn send_own(&mut self, now: Instant, handle: Handle, target: Target) -> Sent {
        let Some(own) = self.owns.get(&handle.generation) else { return Sent::NoWay };
        let is_long = own.request.len() + VIA_BYTES > DATAGRAM_BYTES_MAX;
        if is_long && target.transport == Transport::Udp && !own.to.is_translated(&target) {
            let stream = Target { transport: Transport::Tcp, ..target };
            if matches!(self.transmit_own(now, handle, stream), Sent::Yes) {
                if let Some(own) = self.owns.get_mut(&handle.generation) {
                    own.datagram = Some(target);
                }
                return Sent::Yes;
            }
        }
        self.transmit_own(now, handle, target)
    }

    fn transmit_own(&mut self, now: Instant, handle: Handle, target: Target) -> Sent {
        let Some(own) = self.owns.get(&handle.generation) else { return Sent::NoWay };
        let local = match &own.to.flow {
            Some(came_in) => local_for(&self.place, &own.to, &target, came_in),
            None => self.place.first_for(&target),
        };
        let Some(local) = local else { return Sent::NoWay };
        let branch = self.transactions.new_branch();
        let mut via = Vec::with_capacity(VIA_BYTES);
        via.extend_from_slice(b"\r\nVia: SIP/2.0/");
        via.extend_from_slice(target.transport.via_name().as_bytes());
        via.push(b' ');
        push_address(&mut via, local);
        via.extend_from_slice(b";branch=");
        via.extend_from_slice(branch.as_str().as_bytes());
        let line = own.request.iter().position(|&b| b == b'\r').unwrap_or_default();
        let bytes = [&own.request[..line], &via, &own.request[line..]].concat();
        let flow = way(&own.to, &target, local);
        self.transactions.start(now, bytes.into(), flow, handle).map_or_else(Sent::from, |_| Sent::Yes)
    }

    /// Whether a handle is that of a request of our own; then this is its answer, or the lack of one.
    pub(super) fn take_own(
        &mut self,
        now: Instant,
        handle: Handle,
        end: BranchEnd,
        response: Option<&Message<'_>>,
    ) -> bool {
        if handle.index != OWN {
            return false;
        }
        if matches!(end, BranchEnd::Response(status) if status.is_provisional()) {
            return true;
        }
        if matches!(end, BranchEnd::Response(_) | BranchEnd::Unusable) {
            self.end_own(handle, end, response.and_then(Message::retry_after));
            return true;
        }
        let datagram = self.owns.get_mut(&handle.generation).and_then(|own| own.datagram.take());
        match (datagram, end) {
            (Some(target), BranchEnd::Transport(_))
                if matches!(self.transmit_own(now, handle, target), Sent::Yes) => {}
            _ => self.try_own(now, handle, end),
        }
        true
    }

    fn end_own(&mut self, handle: Handle, end: BranchEnd, retry_after: Option<Duration>) {
        if let Some(own) = self.owns.remove(&handle.generation) {
            self.own_ends.push_back(OwnEnd { id: own.id, end, retry_after });
        }
    }
}

/// About as many bytes our Via takes.
const VIA_BYTES: usize = 96;
