//! What goes back to the caller: responses of branches, the best of them, CANCEL (RFC 3261 §16.7, §16.10).

use super::best::why_lost;
use super::context::{Context, End, Ends, Handle};
use super::room::{no_room, retry_after_secs};
use super::{Proxy, best_response};
use bytes::Bytes;
use ringback_sip::flow::Flow;
use ringback_sip::journal::{BranchEnd, Cause, Fact, Lost, Outvoted};
use ringback_sip::registry::{HeaderName, Method, StatusCode};
use ringback_sip::syntax::{Edit, Message, Response};
use ringback_sip::time::Instant;
use ringback_sip::transaction::{Received, Refusal, ServerId};

impl Proxy {
    /// A final response to a request of ours that breaks the grammar, so that it cannot be passed on: its sender, or
    /// who stands between, does not work, which is 502 for the caller (RFC 3261 §21.5.3).
    pub fn receive_unusable(&mut self, now: Instant, flow: Flow, message: &Message<'_>) {
        if message.status().is_none_or(|s| s.is_provisional()) || !self.transactions.awaits(message) {
            return;
        }
        let Received::Response(_, handle) = self.transactions.receive(now, flow, message) else { return };
        if !self.take_own(now, handle, BranchEnd::Unusable, None) {
            self.end_branch(now, handle, StatusCode::BAD_GATEWAY, BranchEnd::Unusable, None);
        }
        self.settle(now);
    }

    /// A response arrived on a branch.
    pub(super) fn handle_response(&mut self, now: Instant, handle: Handle, message: &Message<'_>) {
        let end = message.status().map(BranchEnd::Response);
        if end.is_some_and(|end| self.take_own(now, handle, end, Some(message))) {
            return;
        }
        let (Some(status), Some(context)) = (message.status(), self.contexts.find(handle)) else { return };
        if context.branches[usize::from(handle.branch)].server.is_some()
            && status != StatusCode::SERVICE_UNAVAILABLE
        {
            self.take_back(now, handle);
        }
        let Some(context) = self.contexts.find(handle) else { return };
        let branch = &mut context.branches[usize::from(handle.branch)];
        if status.is_provisional() {
            branch.provisional = true;
            if status != StatusCode::TRYING && !branch.ended {
                self.handle_provisional(now, handle, status, message);
            }
            return;
        }
        if status.is_success() {
            return self.handle_success(now, handle, status, message);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            // Without the header field it says no more than 500 does (RFC 3261 §21.5.4).
            if let Some(time) = message.retry_after() {
                self.put_last(now, handle, BranchEnd::Response(status), time);
            }
            if self.try_after_unavailable(now, handle) {
                return;
            }
            self.note_rest(handle, message);
        }
        let response = Some(Bytes::copy_from_slice(message.bytes()));
        if status.number() >= 600 {
            // Nobody else shall be disturbed; but what was sent must end before the answer goes up.
            let reason = format!("SIP;cause={status}");
            let cause = Cause::Best(status);
            self.give_up_others(now, handle, &cause, reason.as_bytes());
        }
        self.note_redirection(handle, status, message);
        self.end_early_dialogs(now, handle, status);
        self.end_branch(now, handle, status, BranchEnd::Response(status), response);
    }

    /// A next hop of the dial plan as a whole says for how long it cannot serve.
    fn note_rest(&mut self, handle: Handle, message: &Message<'_>) {
        let Some(context) = self.contexts.find(handle) else { return };
        let hop = context.branches[usize::from(handle.branch)].to.hop.clone();
        self.rests.extend(hop.zip(message.retry_after()));
    }

    fn handle_provisional(
        &mut self,
        now: Instant,
        handle: Handle,
        status: StatusCode,
        message: &Message<'_>,
    ) {
        self.restart_timer_c(now, handle);
        let Some(context) = self.contexts.find(handle) else { return };
        if context.answered.is_some() {
            return;
        }
        let server = context.server;
        let wants_199 = context.wants_199;
        let branch = &mut context.branches[usize::from(handle.branch)];
        if let Some(tag) = message.to().ok().and_then(|to| to.tag()).filter(|_| wants_199) {
            // Who sends a 199 itself has told of that dialog's end.
            branch.early.retain(|t| **t != *tag);
            if status != StatusCode::EARLY_DIALOG_TERMINATED && branch.early.len() < EARLY_DIALOGS_MAX {
                branch.early.push(tag.into());
            }
        }
        self.pass(now, handle, server, status, message);
    }

    fn handle_success(&mut self, now: Instant, handle: Handle, status: StatusCode, message: &Message<'_>) {
        let Some(context) = self.contexts.find(handle) else { return };
        let (server, is_invite) = (context.server, context.method == Some(Method::Invite));
        if context.answered.is_some() && !is_invite {
            return self.end_branch(now, handle, status, BranchEnd::Response(status), None);
        }
        context.answered = Some(now);
        self.pass(now, handle, server, status, message);
        let reason = b"SIP;cause=200;text=\"Call completed elsewhere\"";
        self.give_up_others(now, handle, &Cause::Best(status), reason);
        self.end_branch(now, handle, status, BranchEnd::Response(status), None);
    }

    /// A branch has decided: nobody else is tried, and who rings is told so, unless the caller wants it to ring on
    /// (RFC 3841 §9.1).
    fn give_up_others(&mut self, now: Instant, handle: Handle, cause: &Cause, reason: &[u8]) {
        match self.contexts.find(handle) {
            Some(context) if context.disposition.no_cancel => context.pending.clear(),
            _ => self.cancel_others(now, handle, Some(handle.branch), cause, reason),
        }
    }

    /// Sends a response on to the caller, without our Via.
    fn pass(
        &mut self,
        now: Instant,
        handle: Handle,
        server: ServerId,
        status: StatusCode,
        message: &Message<'_>,
    ) {
        let mut edit = Edit::new(message);
        edit.start_line(b"");
        edit.remove_first_values(HeaderName::VIA, 1);
        self.add_timer(handle, status, message, &mut edit);
        let method = message.cseq().ok().and_then(|c| c.method);
        let fact = Fact::Passed { method, status, branch: handle.branch.into() };
        if self.transactions.respond(now, server, status, edit.finish()) {
            self.hear(status, message);
            self.note(now, handle, fact);
        }
    }

    /// Tells the caller that early dialogs of a branch are over although the search goes on (RFC 6228 §6).
    fn end_early_dialogs(&mut self, now: Instant, handle: Handle, status: StatusCode) {
        let Some(context) = self.contexts.find(handle) else { return };
        let early = core::mem::take(&mut context.branches[usize::from(handle.branch)].early);
        let goes_on =
            context.branches.iter().enumerate().any(|(i, b)| i != usize::from(handle.branch) && !b.ended)
                || !context.pending.is_empty();
        if !goes_on || context.answered.is_some() {
            return;
        }
        for tag in early {
            let reason = format!("SIP;cause={status}");
            let ended = StatusCode::EARLY_DIALOG_TERMINATED;
            self.respond_locally(
                now,
                handle,
                ended,
                Cause::Best(status),
                Some(&tag),
                Some(reason.as_bytes()),
            );
        }
    }

    /// After the end of a branch: the next group, or the best answer.
    pub(super) fn advance(&mut self, now: Instant, handle: Handle) {
        let Some(context) = self.contexts.find(handle) else { return };
        let awaits = context.awaited > 0 && !context.cancelled;
        if context.answered.is_some() {
            return self.release(handle);
        }
        if awaits || !context.is_quiet() {
            return;
        }
        if context.pending.front().is_some_and(|next| next.hop.is_some()) {
            if context.could_not_serve() {
                // What the next one says counts, not that this one was silent.
                context.ends.pop();
            } else {
                // It has spoken; another one of its group would only be asked the same (RFC 3263 §4.3).
                context.pending.clear();
            }
        }
        if context.pending.is_empty() || context.cancelled {
            self.choose(now, handle);
            return self.release(handle);
        }
        self.start_group(now, handle, None);
    }

    /// Drops the context of a request that was answered and whose branches have ended: copies of the answer are the
    /// transaction's. Only after an INVITE more than one answer goes up (RFC 3261 §16.7 step 5).
    fn release(&mut self, handle: Handle) {
        let is_over =
            |c: &mut Context| c.answered.is_some() && c.method != Some(Method::Invite) && c.is_quiet();
        if self.contexts.find(handle).is_some_and(is_over) {
            self.forget(handle);
        }
    }

    /// Every branch has ended: the best answer goes up (RFC 3261 §16.7 steps 6 to 8).
    fn choose(&mut self, now: Instant, handle: Handle) {
        let Some(context) = self.contexts.find(handle) else { return };
        context.answered = Some(now);
        let (server, is_invite) = (context.server, context.method == Some(Method::Invite));
        let ends = core::mem::take(&mut context.ends);
        let cancelled = context.cancelled;
        // A 408 to another request would come too late for anyone (RFC 4320 §4.2).
        let is_late = |end: &End| !is_invite && end.status == StatusCode::REQUEST_TIMEOUT;
        let (late, ends): (Ends, Ends) = ends.into_iter().partition(is_late);
        let best = best_response(ends.iter().map(|end| end.status), cancelled);
        let Some(end) = best.and_then(|i| ends.get(i)) else {
            if is_invite {
                let status = StatusCode::REQUEST_TIMEOUT;
                let cause = Cause::Timer(ringback_sip::registry::Timer::B);
                self.respond_locally(now, handle, status, cause, None, None);
            }
            return;
        };
        self.note_choice(now, handle, end, &ends, &late, cancelled);
        let flow_gone =
            self.contexts.find(handle).and_then(|c| c.branches[usize::from(end.branch)].to.when_gone(end));
        let local = match (end.status, end.how) {
            _ if flow_gone.is_some() => Some(Cause::FlowGone),
            (StatusCode::SERVICE_UNAVAILABLE, BranchEnd::Response(_)) => Some(Cause::OnlyUnavailable),
            (_, BranchEnd::Response(_)) => None,
            (_, BranchEnd::KeptBack) => Some(Cause::Overload),
            (_, BranchEnd::NoRoom) => Some(no_room()),
            (_, BranchEnd::Unusable) => Some(Cause::Malformed { header: None, at: 0 }),
            (_, BranchEnd::Timeout(timer)) => Some(Cause::Timer(timer)),
            (_, BranchEnd::Transport(error)) => Some(Cause::Transport(error)),
            (_, BranchEnd::Dns(error)) => {
                let name = self.name_of(Handle { branch: end.branch, ..handle }).unwrap_or_default();
                Some(Cause::Dns { name, error })
            }
        };
        // 503 speaks of one server, not of all behind us.
        let status = match end.status {
            // What was kept back is our own 503, without Retry-After (RFC 7339 §5.10); so is what found no room.
            StatusCode::SERVICE_UNAVAILABLE
                if flow_gone.is_none() && !matches!(end.how, BranchEnd::KeptBack | BranchEnd::NoRoom) =>
            {
                StatusCode::SERVER_INTERNAL_ERROR
            }
            other => flow_gone.unwrap_or(other),
        };
        match (&end.response, local) {
            (Some(response), None) => {
                let merged = merge_challenges(response, end.status, &ends);
                if let Ok(message) = Message::parse(merged.as_ref().unwrap_or(response)) {
                    let handle = Handle { branch: end.branch, ..handle };
                    self.pass(now, handle, server, end.status, &message);
                }
            }
            (_, cause) => {
                let cause = cause.unwrap_or(Cause::Cancelled);
                self.respond_locally(now, handle, status, cause, None, None);
            }
        }
    }

    /// Notes which branch speaks for all, when there was a choice.
    fn note_choice(
        &mut self,
        now: Instant,
        handle: Handle,
        best: &End,
        ends: &[End],
        late: &[End],
        cancelled: bool,
    ) {
        let others = ends.iter().filter(|end| end.branch != best.branch);
        let others = others.map(|end| (end, why_lost(best.status, end.status, cancelled)));
        let outvoted: Box<[_]> = others
            .chain(late.iter().map(|end| (end, Lost::TooLate)))
            .map(|(end, why)| Outvoted { branch: end.branch.into(), status: end.status, why })
            .collect();
        if !outvoted.is_empty() {
            self.note(now, handle, Fact::Chose { branch: best.branch.into(), status: best.status, outvoted });
        }
    }

    /// Answers a context's request ourselves.
    fn respond_locally(
        &mut self,
        now: Instant,
        handle: Handle,
        status: StatusCode,
        cause: Cause,
        tag: Option<&[u8]>,
        reason: Option<&[u8]>,
    ) {
        let Some(server) = self.contexts.find(handle).map(|c| c.server) else { return };
        let (Some(flow), Some(request)) =
            (self.transactions.flow(server), self.transactions.request(server).cloned())
        else {
            return;
        };
        let Ok(message) = Message::parse(&request) else { return };
        let own = Response::tag(&message, &self.tags);
        let mut response = Response::to(&message, &flow, status, Some(tag.unwrap_or(own.as_bytes())));
        if let Some(reason) = reason {
            response = response.header(HeaderName::REASON, reason);
        }
        if cause == no_room() {
            let secs = retry_after_secs(self.tags, message.call_id().unwrap_or_default());
            response = response.number(HeaderName::RETRY_AFTER, secs);
        }
        let fact = Fact::Answered { method: message.method(), status, peer: flow.remote, cause };
        self.note(now, handle, fact);
        self.transactions.respond(now, server, status, response.finish());
        self.hear(status, &message);
    }

    /// Answers a request that is not forwarded in a transaction of its own, so that its copies get the same
    /// answer whatever has changed meanwhile (RFC 3261 §8.2.7).
    ///
    /// # Errors
    /// Why there is no such transaction; nothing was sent then.
    pub fn answer(
        &mut self,
        now: Instant,
        flow: Flow,
        message: &Message<'_>,
        status: StatusCode,
        bytes: Bytes,
    ) -> Result<(), Refusal> {
        let server = self.accept(now, flow, message)?;
        self.respond(now, server, status, bytes);
        Ok(())
    }

    /// Makes the transaction of a request that is answered here later, with [`Proxy::respond`]: its copies are taken
    /// care of from now on.
    ///
    /// # Errors
    /// Why there is no such transaction.
    pub fn accept(&mut self, now: Instant, flow: Flow, message: &Message<'_>) -> Result<ServerId, Refusal> {
        // Its transaction has a name that leads to no context.
        let nobody = Handle { index: u32::MAX, generation: 0, branch: 0 };
        self.transactions.accept(now, flow, message, nobody)
    }

    /// Answers a request that was accepted.
    pub fn respond(&mut self, now: Instant, server: ServerId, status: StatusCode, bytes: Bytes) -> bool {
        self.transactions.respond(now, server, status, bytes)
    }

    /// A CANCEL from the caller for a request that is known (RFC 3261 §16.10): answered here, and passed to every branch that still runs.
    pub(super) fn handle_cancel(&mut self, now: Instant, flow: Flow, message: &Message<'_>, handle: Handle) {
        let (status, cause) = (StatusCode::OK, Cause::Done);
        let tag = Response::tag(message, &self.tags);
        let bytes = Response::to(message, &flow, status, Some(tag.as_bytes())).finish();
        let fact = Fact::Answered { method: Some(Method::Cancel), status, peer: flow.remote, cause };
        if self.answer(now, flow, message, status, bytes).is_ok() {
            let call_id = message.call_id().unwrap_or_default();
            let entry = ringback_sip::journal::Entry::new(now, call_id, fact);
            self.outputs.push_back(super::Output::Journal(entry));
        }
        // An INVITE that was answered here without being forwarded has a transaction and no context.
        let Some(context) = self.contexts.find(handle) else { return };
        if context.method != Some(Method::Invite) || context.answered.is_some() {
            return;
        }
        context.cancelled = true;
        let reason = message.header(HeaderName::REASON).unwrap_or(b"SIP;cause=487");
        self.cancel_others(now, handle, None, &Cause::Cancelled, reason);
        self.advance(now, handle);
    }
}

/// A 401 or 407 with the challenges of all others, so that the caller can answer all at once (RFC 3261 §16.7
/// step 7). `None` when there is nothing to add.
fn merge_challenges(chosen: &Bytes, status: StatusCode, ends: &[End]) -> Option<Bytes> {
    const CHALLENGES: [StatusCode; 2] = [StatusCode::UNAUTHORIZED, StatusCode::PROXY_AUTHENTICATION_REQUIRED];
    if !CHALLENGES.contains(&status) {
        return None;
    }
    let message = Message::parse(chosen).ok()?;
    let mut edit = Edit::new(&message);
    let mut added = false;
    for end in ends.iter().filter(|e| CHALLENGES.contains(&e.status)) {
        let Some(other) = end.response.as_ref().filter(|r| r.as_ptr() != chosen.as_ptr()) else { continue };
        let Ok(other) = Message::parse(other) else { continue };
        for name in [HeaderName::WWW_AUTHENTICATE, HeaderName::PROXY_AUTHENTICATE] {
            for value in other.headers(name) {
                edit.append(name, value);
                added = true;
            }
        }
    }
    added.then(|| edit.finish())
}

/// Most early dialogs of one branch for which a 199 is sent.
const EARLY_DIALOGS_MAX: usize = 8;
