//! Branches: starting them, their addresses, their timers, their ends (RFC 3261 §16.6, §16.8, RFC 3263 §4.3).

use super::context::{End, Handle};
use super::forward::{Forward, loop_mark, session_of, whole_branch};
use super::{Hop, Lookup, Proxy, ends, first_group, hop, local_for, way};
use crate::routing::Routed;
use core::net::SocketAddr;
use ringback_sip::flow::{FlowError, Target, Transport};
use ringback_sip::journal::{BranchEnd, Cause, Fact, Shown};
use ringback_sip::node::{Output, ResolveError};
use ringback_sip::registry::{Method, StatusCode, Timer};
use ringback_sip::syntax::{Message, Uri};
use ringback_sip::time::{Duration, Instant};
use ringback_sip::transaction::{Event, Identity, Rank, Refusal};
use smallvec::SmallVec;
use std::collections::VecDeque;

/// A longer request leaves over a transport with congestion control (RFC 3261 §18.1.1).
pub(super) const DATAGRAM_BYTES_MAX: usize = 1300;

/// By how many T1 a silent branch of a forked request other than INVITE is given up before Timer F, so that the
/// answer of another branch reaches the caller in time (RFC 4320 §4.2): the caller started before us, and its first
/// copies may have been lost.
const EARLIER_T1: u32 = 8;

impl Proxy {
    /// Starts a branch for each destination of the next group. `routed` is the request of the context, here and
    /// below, where somebody has just read it.
    pub(super) fn start_group(&mut self, now: Instant, handle: Handle, routed: Option<&Routed<'_>>) {
        let Some(context) = self.contexts.find(handle) else { return };
        let first = context.branches.len();
        context.branches.extend(first_group(&mut context.pending));
        if context.pending.is_empty() {
            // A context lives for half a minute; most have one group, and no use for its place.
            context.pending = VecDeque::new();
        }
        let last = context.branches.len();
        for branch in first..last {
            self.start_branch(now, Handle { branch: branch as u16, ..handle }, routed);
        }
    }

    fn start_branch(&mut self, now: Instant, handle: Handle, routed: Option<&Routed<'_>>) {
        let Some(routed) = routed else {
            let Some(request) = self.request(handle) else { return };
            let Ok(message) = Message::parse(&request) else { return };
            let Ok(routed) = Routed::read(&message, &self.place) else { return };
            return self.start_branch(now, handle, Some(&routed));
        };
        let Some(context) = self.contexts.find(handle) else { return };
        match hop(routed, &context.branches[usize::from(handle.branch)].to) {
            Hop::Address(target) => {
                let found = Ok(SmallVec::from_slice(&[target]));
                self.handle_addresses(now, handle, found, false, Some(routed));
            }
            Hop::Name(query) => {
                let query = self.spread(query, routed.message);
                let ticket = self.look_up(Lookup::Branch(handle, query.host.clone()));
                self.outputs.push_back(Output::Resolve { ticket, query });
            }
            Hop::Unsupported => self.end_unanswered(now, handle, BranchEnd::Transport(FlowError::NoSocket)),
        }
    }

    /// The addresses of a branch's next hop are known; `looked_up`: by name, so that there may be several.
    pub(super) fn handle_addresses(
        &mut self,
        now: Instant,
        handle: Handle,
        answer: Result<SmallVec<[Target; 2]>, ResolveError>,
        looked_up: bool,
        routed: Option<&Routed<'_>>,
    ) {
        let Some(context) = self.contexts.find(handle) else { return };
        let branch = &mut context.branches[usize::from(handle.branch)];
        if branch.ended {
            return;
        }
        match answer {
            Ok(targets) => {
                branch.rest = targets;
                branch.rest.reverse();
                branch.server = branch.rest.last().copied().filter(|_| looked_up);
                let before = without_way(&branch.rest);
                self.try_next(now, handle, before, routed);
            }
            Err(error) => self.end_unanswered(now, handle, BranchEnd::Dns(error)),
        }
    }

    /// A branch ends that nobody answered, with the code for which it counts.
    fn end_unanswered(&mut self, now: Instant, handle: Handle, how: BranchEnd) {
        let Some(context) = self.contexts.find(handle) else { return };
        let status = match how {
            BranchEnd::Timeout(_) => StatusCode::REQUEST_TIMEOUT,
            BranchEnd::Dns(ResolveError::Timeout | ResolveError::Unavailable) => StatusCode::SERVER_TIME_OUT,
            // A phone that cannot be reached is no failure of ours (RFC 3261 §21.4.18).
            BranchEnd::Transport(FlowError::NoSocket)
                if context.branches[usize::from(handle.branch)].to.is_binding() =>
            {
                StatusCode::TEMPORARILY_UNAVAILABLE
            }
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        self.end_branch(now, handle, status, how, None);
    }

    /// Sends the request to the next address that is left, or ends the branch as `before` says.
    fn try_next(&mut self, now: Instant, handle: Handle, mut before: BranchEnd, routed: Option<&Routed<'_>>) {
        loop {
            let Some(context) = self.contexts.find(handle) else { return };
            let Some(target) = context.branches[usize::from(handle.branch)].rest.pop() else {
                return self.end_unanswered(now, handle, before);
            };
            if !self.admits(now, handle, target.address, routed) {
                before = BranchEnd::KeptBack;
                continue;
            }
            match self.send_to(now, handle, target, routed) {
                Sent::Yes => return,
                Sent::NoRoom => return self.end_unanswered(now, handle, BranchEnd::NoRoom),
                Sent::NoWay | Sent::TooLong => {}
            }
        }
    }

    /// Whether a server that may be overloaded gets the request of a context (RFC 7339 §5.5).
    fn admits(
        &mut self,
        now: Instant,
        handle: Handle,
        server: SocketAddr,
        routed: Option<&Routed<'_>>,
    ) -> bool {
        if self.restraint.is_empty() {
            return true;
        }
        match routed {
            Some(routed) => self.restraint.admits(now, server, routed.message),
            None => {
                let Some(request) = self.request(handle) else { return true };
                Message::parse(&request).map_or(true, |message| self.restraint.admits(now, server, &message))
            }
        }
    }

    /// Sends the request to `target`; a long one over a stream, when there is a way. When nobody takes it there,
    /// the datagram is tried after all (RFC 3261 §18.1.1).
    fn send_to(&mut self, now: Instant, handle: Handle, target: Target, routed: Option<&Routed<'_>>) -> Sent {
        let Some(routed) = routed else {
            let Some(request) = self.request(handle) else { return Sent::NoWay };
            let Ok(message) = Message::parse(&request) else { return Sent::NoWay };
            let Ok(routed) = Routed::read(&message, &self.place) else { return Sent::NoWay };
            return self.send_to(now, handle, target, Some(&routed));
        };
        if let Some(context) = self.contexts.find(handle) {
            let server = &mut context.branches[usize::from(handle.branch)].server;
            *server = server.map(|_| target);
        }
        let (stream, datagram) = match target.transport {
            Transport::Udp => (Some(Target { transport: Transport::Tcp, ..target }), Some(target)),
            _ => (None, None),
        };
        match self.send(now, handle, target, routed, stream.is_some()) {
            Sent::TooLong => {
                if let Some(stream) = stream
                    && matches!(self.send(now, handle, stream, routed, false), Sent::Yes)
                {
                    if let Some(context) = self.contexts.find(handle) {
                        context.branches[usize::from(handle.branch)].datagram = datagram;
                    }
                    return Sent::Yes;
                }
                self.send(now, handle, target, routed, false)
            }
            sent => sent,
        }
    }

    /// Sends the request of a context on a branch to `target`, unless it is `bounded` and too long for a datagram.
    fn send(
        &mut self,
        now: Instant,
        handle: Handle,
        target: Target,
        routed: &Routed<'_>,
        bounded: bool,
    ) -> Sent {
        let message = routed.message;
        let Some(context) = self.contexts.find(handle) else { return Sent::NoWay };
        let (server, method, stays) = (context.server, context.method, context.stays);
        let number = context.next_number();
        let parallel = context.branches.iter().filter(|b| !b.ended).count() as u32;
        let breadth = (context.breadth / parallel.max(1)).max(1);
        let to = &context.branches[usize::from(handle.branch)].to;
        let Some(came_in) = self.transactions.flow(server) else { return Sent::NoWay };
        let call_id = message.call_id().unwrap_or_default();
        let unique = self.transactions.new_branch_for(server, number);
        let Some(local) = local_for(&self.place, to, &target, &came_in) else { return Sent::NoWay };
        let ends = if stays { ends(&self.seal, routed, &came_in, to, &target) } else { String::new() };
        let branch = whole_branch(unique, loop_mark(message, self.key));
        let sent_by = self.place.text_of(local);
        let forward = Forward {
            place: &self.place,
            came_in,
            transport: target.transport,
            local,
            sent_by: &sent_by,
            branch: &branch,
            target: to.uri.as_deref(),
            path: &to.path,
            mark: stays.then(|| self.seal.of(call_id, ends.as_bytes())),
            ends: &ends,
            announces: to.hop.is_some(),
            breadth,
            session: session_of(self.session, message).unwrap_or_default(),
        };
        let bytes = forward.write(routed);
        if bounded
            && bytes.len() > DATAGRAM_BYTES_MAX
            // Behind a translator nobody waits for a connection.
            && !to.is_translated(&target)
            && !is_datagram_asked_for(to, routed)
        {
            return Sent::TooLong;
        }
        let flow = way(to, &target, local);
        let Some(identity) = Identity::new(method, message.method_token(), &branch, &sent_by) else {
            return Sent::NoWay;
        };
        let started = self.transactions.start_as(now, (bytes, identity), flow, handle);
        let client = match started {
            Ok(client) => client,
            Err(refusal) => return Sent::from(refusal),
        };
        let uri = Shown::from(to.uri.as_deref().unwrap_or(routed.request_uri));
        self.note(now, handle, Fact::Branch { branch: handle.branch.into(), target: uri, peer: flow.remote });
        self.run(now, handle, client, method);
        Sent::Yes
    }

    /// Sends the request as a datagram after all.
    fn send_datagram(&mut self, now: Instant, handle: Handle, target: Target) -> bool {
        let Some(request) = self.request(handle) else { return false };
        let Ok(message) = Message::parse(&request) else { return false };
        let Ok(routed) = Routed::read(&message, &self.place) else { return false };
        matches!(self.send(now, handle, target, &routed, false), Sent::Yes)
    }

    /// The request of a context.
    fn request(&mut self, handle: Handle) -> Option<bytes::Bytes> {
        let server = self.contexts.find(handle)?.server;
        self.transactions.request(server).cloned()
    }

    /// The branch runs: Timer C starts for an INVITE (RFC 3261 §16.6 step 11). For another request that has several
    /// targets a clock of our own starts, shorter than Timer F, for after that the caller listens no more.
    fn run(
        &mut self,
        now: Instant,
        handle: Handle,
        client: ringback_sip::transaction::ClientId,
        method: Option<Method>,
    ) {
        let Some(context) = self.contexts.find(handle) else { return };
        let several = context.branches.len() > 1 || !context.pending.is_empty();
        let timer = match method {
            Some(Method::Invite) => Some((Timer::C, self.values.timer_c)),
            _ => several.then(|| (Timer::F, self.values.t1_64() - self.values.t1 * EARLIER_T1)),
        };
        let timer =
            timer.map(|(timer, wait)| self.timers.start(now, now + wait, Rank::First, (timer, handle)));
        let branch = &mut context.branches[usize::from(handle.branch)];
        (branch.client, branch.asked) = (Some(client), now);
        let before = core::mem::replace(&mut branch.timer, timer);
        if let Some(before) = before {
            self.timers.stop(before);
        }
    }

    /// A provisional response but 100 puts Timer C off (RFC 3261 §16.7 step 2).
    pub(super) fn restart_timer_c(&mut self, now: Instant, handle: Handle) {
        let at = now + self.values.timer_c;
        let Some(context) = self.contexts.find(handle) else { return };
        let branch = &mut context.branches[usize::from(handle.branch)];
        if let Some(timer) = branch.timer.take() {
            self.timers.stop(timer);
            branch.timer = Some(self.timers.start(now, at, Rank::First, (Timer::C, handle)));
        }
    }

    /// A timer of a branch ran out.
    pub(super) fn handle_timer(&mut self, now: Instant, timer: Timer, handle: Handle) {
        let Some(context) = self.contexts.find(handle) else { return };
        let branch = &mut context.branches[usize::from(handle.branch)];
        branch.timer = None;
        if branch.ended {
            return;
        }
        match timer {
            Timer::C => self.handle_timer_c(now, handle),
            // While there is nothing to say, a late answer may still be in time.
            _ if context.pending.is_empty()
                && context.ends.iter().all(|end| end.status == StatusCode::REQUEST_TIMEOUT) => {}
            _ => {
                let end = BranchEnd::Timeout(timer);
                self.end_branch(now, handle, StatusCode::REQUEST_TIMEOUT, end, None);
            }
        }
    }

    /// Timer C ran out: the branch is cancelled (RFC 3261 §16.8).
    fn handle_timer_c(&mut self, now: Instant, handle: Handle) {
        let Some(context) = self.contexts.find(handle) else { return };
        let branch = &mut context.branches[usize::from(handle.branch)];
        if branch.provisional {
            self.cancel_branch(now, handle, Cause::Timer(Timer::C), b"SIP;cause=408;text=\"Timer C\"");
        } else {
            let end = BranchEnd::Timeout(Timer::C);
            self.end_branch(now, handle, StatusCode::REQUEST_TIMEOUT, end, None);
        }
    }

    /// Gives up one branch: cancels what was sent; what was not sent ends at once.
    pub(super) fn cancel_branch(&mut self, now: Instant, handle: Handle, cause: Cause, reason: &[u8]) {
        let Some(context) = self.contexts.find(handle) else { return };
        let method = context.method;
        let branch = &mut context.branches[usize::from(handle.branch)];
        if branch.ended {
            return;
        }
        branch.rest.clear();
        match branch.client {
            Some(client) if method == Some(Method::Invite) => {
                if self.transactions.cancel(now, client, Some(reason)) {
                    let fact = Fact::Cancelling { branch: handle.branch.into(), cause };
                    self.note(now, handle, fact);
                }
            }
            // Only INVITE is worth a CANCEL (RFC 3261 §9.1).
            Some(_) => {}
            None => {
                let end = BranchEnd::Response(StatusCode::REQUEST_TERMINATED);
                self.end_branch(now, handle, StatusCode::REQUEST_TERMINATED, end, None);
            }
        }
    }

    /// Gives up every branch but `but` that has not ended.
    pub(super) fn cancel_others(
        &mut self,
        now: Instant,
        handle: Handle,
        but: Option<u16>,
        cause: &Cause,
        reason: &[u8],
    ) {
        let Some(context) = self.contexts.find(handle) else { return };
        context.pending.clear();
        for branch in 0..context.branches.len() as u16 {
            if Some(branch) != but {
                self.cancel_branch(now, Handle { branch, ..handle }, cause.clone(), reason);
            }
        }
    }

    /// A branch ends, with the code for which it counts.
    pub(super) fn end_branch(
        &mut self,
        now: Instant,
        handle: Handle,
        status: StatusCode,
        how: BranchEnd,
        response: Option<bytes::Bytes>,
    ) {
        let Some(context) = self.contexts.find(handle) else { return };
        let branch = &mut context.branches[usize::from(handle.branch)];
        if branch.ended {
            return;
        }
        branch.ended = true;
        let timer = branch.timer.take();
        let spare = context.take_spare(handle.branch, status, how);
        if spare.is_none() {
            context.ends.push(End { branch: handle.branch, status, how, response });
        }
        if let Some(timer) = timer {
            self.timers.stop(timer);
        }
        self.note(now, handle, Fact::BranchEnded { branch: handle.branch.into(), end: how });
        match spare {
            Some(branch) => self.start_branch(now, Handle { branch, ..handle }, None),
            None => self.advance(now, handle),
        }
    }

    /// Takes the news of the transactions.
    pub(super) fn settle(&mut self, now: Instant) {
        while let Some(event) = self.transactions.poll_event() {
            match event {
                Event::TimedOut(_, handle, timer) => self.handle_timeout(now, handle, timer),
                Event::TransportError(_, handle, error) => {
                    self.handle_no_answer(now, handle, BranchEnd::Transport(error));
                }
                Event::ServerEnded(server, handle)
                | Event::NoAck(server, handle)
                | Event::Unanswered(server, handle) => {
                    if matches!(event, Event::Unanswered(..)) {
                        self.end_silent(now, handle);
                    }
                    self.ways_back.forget(server);
                    self.forget(handle);
                }
                Event::Undelivered(server, ..) => self.try_other_way_back(now, server),
                Event::ClientEnded(..) => {}
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant, handle: Handle, timer: Timer) {
        self.handle_no_answer(now, handle, BranchEnd::Timeout(timer));
    }

    /// No answer came from an address: the next one is tried, unless a response had come (RFC 3263 §4.3).
    fn handle_no_answer(&mut self, now: Instant, handle: Handle, end: BranchEnd) {
        if self.take_own(now, handle, end, None) {
            return;
        }
        let Some(context) = self.contexts.find(handle) else { return };
        let branch = &mut context.branches[usize::from(handle.branch)];
        if branch.ended {
            return;
        }
        let datagram = branch.datagram.take();
        if branch.provisional {
            branch.rest.clear();
        } else if let (Some(target), BranchEnd::Transport(_)) = (datagram, end)
            && self.send_datagram(now, handle, target)
        {
            return;
        } else {
            self.put_last(now, handle, end, self.quarantine_time);
        }
        self.try_next(now, handle, end, None);
    }

    /// The caller of another request than INVITE listens no more (RFC 4320 §4.2). Its branches are over, just before Timer F
    /// would say so, and a server that said nothing in all that time is tried last for a while.
    fn end_silent(&mut self, now: Instant, handle: Handle) {
        let end = BranchEnd::Timeout(Timer::F);
        let enough = self.values.t1_64() - self.values.t1 * EARLIER_T1;
        for number in 0..self.contexts.find(handle).map_or(0, |context| context.branches.len() as u16) {
            let handle = Handle { branch: number, ..handle };
            let Some(context) = self.contexts.find(handle) else { return };
            let branch = &context.branches[usize::from(number)];
            if branch.ended || branch.client.is_none() {
                continue;
            }
            if !branch.provisional && now.since(branch.asked) >= enough {
                self.put_last(now, handle, end, self.quarantine_time);
            }
            self.note(now, handle, Fact::BranchEnded { branch: number.into(), end });
        }
    }

    /// The server of a branch failed: it is tried last for a while.
    pub(super) fn put_last(&mut self, now: Instant, handle: Handle, end: BranchEnd, time: Duration) {
        let Some(target) = self.server_of(handle).filter(|_| !time.is_zero()) else { return };
        let until = self.quarantine.put(now, target, time);
        self.note(now, handle, Fact::Quarantined { target, until, end });
    }

    /// The server of a branch answered, so it is there.
    pub(super) fn take_back(&mut self, now: Instant, handle: Handle) {
        if let Some(target) = self.server_of(handle)
            && self.quarantine.release(&target)
        {
            self.note(now, handle, Fact::Released { target });
        }
    }

    /// The name of a branch's next hop.
    pub(super) fn name_of(&mut self, handle: Handle) -> Option<Shown> {
        let context = self.contexts.find(handle)?;
        let to = &context.branches.get(usize::from(handle.branch))?.to;
        let message = Message::parse(self.transactions.request(context.server)?).ok()?;
        let routed = Routed::read(&message, &self.place).ok()?;
        match hop(&routed, to) {
            Hop::Name(query) => Some(Shown::from(&*query.host)),
            _ => None,
        }
    }

    fn server_of(&mut self, handle: Handle) -> Option<Target> {
        self.contexts.find(handle)?.branches[usize::from(handle.branch)].server
    }

    /// A server that says 503 speaks for itself: another address of the same name is tried, when there is one and
    /// the caller still wants an answer (RFC 3263 §4.3). Whether one was.
    pub(super) fn try_after_unavailable(&mut self, now: Instant, handle: Handle) -> bool {
        while let Some(context) = self.contexts.find(handle) {
            let gone = context.answered.is_some() || context.cancelled;
            let branch = &mut context.branches[usize::from(handle.branch)];
            if gone || branch.ended {
                return false;
            }
            let Some(target) = branch.rest.pop() else { return false };
            (branch.datagram, branch.provisional) = (None, false);
            match self.send_to(now, handle, target, None) {
                Sent::Yes => return true,
                Sent::NoRoom => return false,
                Sent::NoWay | Sent::TooLong => {}
            }
        }
        false
    }

    /// The request's transaction is over: so is its context.
    pub(super) fn forget(&mut self, handle: Handle) {
        let Some(context) = self.contexts.remove(handle) else { return };
        for timer in context.branches.iter().filter_map(|b| b.timer) {
            self.timers.stop(timer);
        }
    }
}

/// Whether a request was sent.
pub(super) enum Sent {
    Yes,
    /// None of our sockets leads there.
    NoWay,
    /// There is no room for its transaction.
    NoRoom,
    /// It is too long for a datagram.
    TooLong,
}

impl From<Refusal> for Sent {
    fn from(refusal: Refusal) -> Self {
        debug_assert_eq!(refusal, Refusal::TooMany, "we wrote the request, and its branch is new");
        Sent::NoRoom
    }
}

/// How a request ends that can be sent to none of these.
pub(super) fn without_way(targets: &[Target]) -> BranchEnd {
    match targets {
        [] => BranchEnd::Dns(ResolveError::NoAddress),
        _ => BranchEnd::Transport(FlowError::NoSocket),
    }
}

/// Whether the peer asked for datagrams in so many words.
fn is_datagram_asked_for(to: &super::Destination, routed: &Routed<'_>) -> bool {
    Uri::parse(to.next_hop(routed))
        .is_ok_and(|uri| uri.params.get(b"transport").is_some_and(|t| t.eq_ignore_ascii_case(b"udp")))
}
