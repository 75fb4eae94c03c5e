//! Sending requests (RFC 3261 §8.1): the next hop and its addresses, what to try when one fails, challenges.

use super::call::Call;
use super::command::RegId;
use super::draft::Draft;
use super::event::{Event, Outcome};
use super::exchange::{Exchange, ExchangeId, Owner, Purpose, Stage};
use super::state::{Agent, tag_of};
use crate::routing::QUARANTINE_DEFAULT;
use bytes::Bytes;
use ringback_sip::entropy::Seed;
use ringback_sip::flow::{Flow, FlowError, Target, Transport};
use ringback_sip::journal::{BranchEnd, Cause, Fact, Shown};
use ringback_sip::node::{Output, ResolveError, ResolveQuery, Ticket};
use ringback_sip::registry::{Method, StatusCode, Timer};
use ringback_sip::syntax::{Message, Scheme, Uri};
use ringback_sip::time::Duration;
use ringback_sip::transaction::ClientId;
use smallvec::SmallVec;

/// Longest request that goes out as a datagram when a stream can be had (RFC 3261 §18.1.1).
const DATAGRAM_REQUEST_MAX: usize = 1300;

impl Agent {
    /// A name for an exchange that will be sent.
    pub(super) fn new_exchange(&mut self) -> ExchangeId {
        ExchangeId(self.number())
    }

    /// Sends a request. Its end comes back to the part of the agent that `purpose` names, maybe before this returns.
    pub(super) fn send(&mut self, id: ExchangeId, mut draft: Draft, purpose: Purpose) {
        self.ask_agreement(&mut draft);
        let ticket = Ticket(self.number());
        let hop = next_hop(&draft.way.next_hop).map(|hop| hop.over(self.settings.transport));
        // The requests of one call or registration find the same server.
        let spread = Seed::from_number(0).hash(&draft.call_id);
        self.exchanges.insert(id, Exchange::new(draft, purpose, ticket, self.now));
        let Some(hop) = hop.filter(|h| h.transport.is_none_or(|t| self.speaks(t))) else {
            return self.finish(id, Outcome::Target, None);
        };
        let transport = hop.transport.unwrap_or(self.settings.transport);
        match hop.ip {
            Some(ip) => {
                let port = hop.port.unwrap_or(transport.default_port());
                let target = Target { transport, address: (ip, port).into(), peer: None };
                self.give_targets(id, [target].into_iter().collect());
            }
            None => {
                let query = ResolveQuery {
                    host: hop.host,
                    port: hop.port,
                    // UDP is what a domain without NAPTR records gets anyway.
                    transport: hop.transport.or(Some(transport).filter(|t| *t != Transport::Udp)),
                    secure: transport.is_secure(),
                    spread,
                };
                self.outputs.push_back(Output::Resolve { ticket, query });
            }
        }
    }

    /// The addresses of a next hop are known, or not.
    pub(super) fn resolved(&mut self, ticket: Ticket, answer: Result<SmallVec<[Target; 2]>, ResolveError>) {
        let waiting = |e: &Exchange| e.stage == Stage::Resolving(ticket);
        let Some(id) = self.exchanges.iter().find(|(_, e)| waiting(e)).map(|(id, _)| *id) else { return };
        match answer {
            Ok(targets) => self.give_targets(id, targets),
            Err(error) => {
                if let Some(exchange) = self.exchanges.get(&id) {
                    let cause = Cause::Dns { name: Shown::from(&*exchange.draft.way.next_hop), error };
                    let call_id = exchange.draft.call_id.clone();
                    self.note(&call_id, Fact::Call { state: "unresolved".into(), cause });
                }
                self.finish(id, Outcome::Dns(error), None);
            }
        }
    }

    fn give_targets(&mut self, id: ExchangeId, targets: SmallVec<[Target; 2]>) {
        if let Some(exchange) = self.exchanges.get_mut(&id) {
            let mut targets: Vec<Target> = targets.into_iter().collect();
            // Who failed lately is tried last (RFC 3263 §4.3).
            targets.sort_by_key(|target| self.quarantine.until(self.now, target).is_some());
            exchange.targets = targets.into();
        }
        self.advance(id, Outcome::Dns(ResolveError::NoAddress));
    }

    /// Sends an exchange to its next address; without one it ends with `why`.
    pub(super) fn advance(&mut self, id: ExchangeId, mut why: Outcome) {
        let (user, supported) = (self.user(), self.supported());
        loop {
            let Some(exchange) = self.exchanges.get_mut(&id) else { return };
            let Some(target) = exchange.targets.pop_front() else {
                return self.finish(id, why, None);
            };
            let Some(local) = self.settings.local_for(&target) else {
                why = Outcome::Transport(FlowError::NoSocket);
                continue;
            };
            let branch = self.transactions.new_branch();
            let bytes = exchange.draft.write(local, branch.as_str(), &user, &supported);
            let stream = Target { transport: Transport::Tcp, ..target };
            if target.transport == Transport::Udp
                && bytes.len() > DATAGRAM_REQUEST_MAX
                && exchange.target != Some(stream)
                && self.settings.local_for(&stream).is_some()
            {
                exchange.target = Some(stream);
                exchange.targets.push_front(target);
                exchange.targets.push_front(stream);
                continue;
            }
            exchange.target = Some(target);
            exchange.heard = false;
            let flow = Flow::to(local.address, target);
            return match exchange.draft.method {
                Method::Ack => self.send_ack(id, flow, bytes),
                _ => self.start(id, flow, bytes),
            };
        }
    }

    fn start(&mut self, id: ExchangeId, flow: Flow, bytes: Bytes) {
        match self.transactions.start(self.now, bytes.clone(), flow, Owner::Exchange(id)) {
            Ok(client) => {
                if let Some(exchange) = self.exchanges.get_mut(&id) {
                    exchange.stage = Stage::Sent(client);
                    if exchange.draft.method == Method::Invite {
                        exchange.sent = bytes;
                        exchange.forks = Default::default();
                    }
                }
            }
            Err(_) => self.finish(id, Outcome::Limit, None),
        }
    }

    /// Sends an ACK, which has no transaction, and keeps it for further copies of its 2xx.
    fn send_ack(&mut self, id: ExchangeId, flow: Flow, bytes: Bytes) {
        let Some(exchange) = self.exchanges.remove(&id) else { return };
        if let Purpose::Ack(invite) = exchange.purpose
            && let Some(invite) = self.exchanges.get_mut(&invite)
        {
            invite.acks.insert(tag_of(&exchange.draft.to), (flow, bytes.clone()));
        }
        self.transmit(flow, bytes);
    }

    /// A response to a request of ours.
    pub(super) fn hear_response(&mut self, client: ClientId, id: ExchangeId, response: &Message<'_>) {
        let Some(exchange) = self.exchanges.get_mut(&id).filter(|e| e.client() == Some(client)) else {
            return;
        };
        let Some(status) = response.status() else { return };
        exchange.heard = true;
        let asked = response.retry_after().filter(|_| status == StatusCode::SERVICE_UNAVAILABLE);
        match (asked, exchange.target) {
            (Some(time), _) => self.put_last(id, BranchEnd::Response(status), time),
            (None, Some(target)) if status != StatusCode::SERVICE_UNAVAILABLE => {
                self.quarantine.release(&target);
            }
            _ => {}
        }
        let Some(exchange) = self.exchanges.get_mut(&id) else { return };
        let is_invite = exchange.draft.method == Method::Invite;
        let has_more = !exchange.targets.is_empty();
        match status {
            s if s.is_provisional() && is_invite => self.hear_progress(id, response),
            s if s.is_provisional() => {}
            s if s.is_success() && is_invite => self.hear_accepted(id, client, response),
            StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED
                if self.answer_challenge(id, response) =>
            {
                self.advance(id, Outcome::Status(status));
            }
            StatusCode::SECURITY_AGREEMENT_REQUIRED if self.agree(id, response) => {
                self.advance(id, Outcome::Status(status));
            }
            StatusCode::SESSION_INTERVAL_TOO_SMALL if self.raise_interval(id, response) => {
                self.advance(id, Outcome::Status(status));
            }
            // Another address of the same next hop may serve (RFC 3263 §4.3).
            StatusCode::SERVICE_UNAVAILABLE if has_more && !self.is_given_up(id) => {
                self.advance(id, Outcome::Status(status))
            }
            _ => self.finish(id, Outcome::Status(status), Some(response)),
        }
    }

    /// Prepares the request again with credentials (RFC 3261 §22.2, §22.3); whether that is possible.
    pub(super) fn answer_challenge(&mut self, id: ExchangeId, response: &Message<'_>) -> bool {
        let Some(secret) = &self.settings.password else { return false };
        if self.is_given_up(id) {
            return false;
        }
        let user = self.auth_user();
        let Some(exchange) = self.exchanges.get_mut(&id) else { return false };
        let Exchange { wallet, draft, .. } = exchange;
        if !wallet.answer(response, draft, &user, secret, &mut self.entropy) {
            return false;
        }
        self.prepare_again(id);
        true
    }

    /// The user name of our credentials.
    pub(super) fn auth_user(&self) -> String {
        match self.settings.auth_user.as_str() {
            "" => self.user(),
            user => user.to_owned(),
        }
    }

    /// A request is sent once more to where it went last, as a new transaction (RFC 3261 §8.1.3.5).
    pub(super) fn prepare_again(&mut self, id: ExchangeId) {
        let Some(exchange) = self.exchanges.get_mut(&id) else { return };
        if let Some(target) = exchange.target {
            exchange.targets.push_front(target);
        }
        self.take_cseq(id);
    }

    /// Gives a request that is sent again the next sequence number: of its dialog when it is inside a call.
    fn take_cseq(&mut self, id: ExchangeId) {
        let Some(Exchange { draft, purpose, .. }) = self.exchanges.get_mut(&id) else { return };
        draft.cseq += 1;
        if let Purpose::Register(id) = *purpose {
            if let Some(registration) = self.registrations.get_mut(&id) {
                registration.cseq = draft.cseq;
            }
            return;
        }
        if let Purpose::Subscribe(id, branch) = *purpose {
            if let Some(subscription) = self.subscriptions.get_mut(&id) {
                draft.cseq = subscription.take_cseq(branch, draft.cseq);
            }
            return;
        }
        let end = (draft.call_id.clone(), tag_of(&draft.from));
        let (peer, number) = (tag_of(&draft.to), draft.cseq);
        let dialog = match self.ends.get(&end).and_then(|call| self.calls.get_mut(call)) {
            Some(Call::Up(up)) => Some(&mut up.dialog),
            Some(Call::Calling(calling)) => {
                let invite = calling.exchange;
                self.exchanges.get_mut(&invite).and_then(|e| e.forks.get_mut(&peer))
            }
            Some(Call::Offered(_)) => None,
            None => self.ends.get(&end).and_then(|call| self.remains.get_mut(call)),
        };
        let Some(dialog) = dialog else { return };
        let number = number.max(dialog.local_cseq() + 1);
        dialog.used_cseq(number);
        if let Some(exchange) = self.exchanges.get_mut(&id) {
            exchange.draft.cseq = number;
        }
    }

    /// No response came, or no final one after CANCEL.
    pub(super) fn timed_out(&mut self, client: ClientId, id: ExchangeId, timer: Timer) {
        let Some(exchange) = self.exchanges.get(&id).filter(|e| e.client() == Some(client)) else { return };
        if !exchange.heard && timer != Timer::Cancel && !self.is_given_up(id) {
            self.put_last(id, BranchEnd::Timeout(timer), QUARANTINE_DEFAULT);
            return self.advance(id, Outcome::Timeout(timer));
        }
        self.finish(id, Outcome::Timeout(timer), None);
    }

    /// A request could not be sent.
    pub(super) fn failed_to_send(&mut self, client: ClientId, id: ExchangeId, error: FlowError) {
        if self.exchanges.get(&id).is_none_or(|e| e.client() != Some(client)) {
            return;
        }
        if self.is_given_up(id) {
            return self.finish(id, Outcome::Transport(error), None);
        }
        self.put_last(id, BranchEnd::Transport(error), QUARANTINE_DEFAULT);
        self.advance(id, Outcome::Transport(error));
    }

    /// The server of a request failed: it is tried last for a while.
    fn put_last(&mut self, id: ExchangeId, end: BranchEnd, time: Duration) {
        let Some(exchange) = self.exchanges.get(&id) else { return };
        let (Some(target), call_id) = (exchange.target, exchange.draft.call_id.clone()) else { return };
        let until = self.quarantine.put(self.now, target, time);
        self.note(&call_id, Fact::Quarantined { target, until, end });
    }

    /// Nothing more will come for a transaction.
    pub(super) fn client_ended(&mut self, client: ClientId, id: ExchangeId) {
        if self.exchanges.get(&id).is_some_and(|e| e.stage == Stage::Accepted(client)) {
            self.exchanges.remove(&id);
        }
    }

    /// Whether an INVITE is wanted no more: it is cancelled, or its call has ended.
    pub(super) fn is_given_up(&self, id: ExchangeId) -> bool {
        match self.exchanges.get(&id).map(|e| e.purpose) {
            Some(Purpose::Invite(call)) => match self.calls.get(&call) {
                Some(Call::Calling(calling)) => calling.cancelled,
                _ => true,
            },
            Some(Purpose::Reinvite(call)) => !matches!(self.calls.get(&call), Some(Call::Up(_))),
            _ => false,
        }
    }

    /// Takes back an INVITE: with CANCEL once it has left, which says why (RFC 3326). Whether its final response is
    /// still to come.
    pub(super) fn give_up(&mut self, id: ExchangeId, why: &'static str) -> bool {
        let Some(exchange) = self.exchanges.get(&id) else { return false };
        match exchange.stage {
            // Only INVITE can be cancelled (RFC 3261 §9.1).
            Stage::Sent(_) if exchange.draft.method != Method::Invite => false,
            Stage::Sent(client) => self.transactions.cancel(self.now, client, Some(why.as_bytes())),
            Stage::Resolving(_) => {
                self.exchanges.remove(&id);
                false
            }
            Stage::Accepted(_) => false,
        }
    }

    /// A request of ours has ended without a 2xx to an INVITE.
    pub(super) fn finish(&mut self, id: ExchangeId, outcome: Outcome, response: Option<&Message<'_>>) {
        let Some(exchange) = self.exchanges.remove(&id) else { return };
        match exchange.purpose {
            Purpose::Register(id) => self.registration_ended(id, exchange, outcome, response),
            Purpose::Ask(request) => self.asked(request, &exchange, outcome, response),
            Purpose::Subscribe(id, branch) => self.subscribe_ended(id, branch, outcome, response),
            Purpose::Publish(id) => self.publish_ended(id, outcome, response),
            Purpose::Digit(call) => self.digit_ended(call, &exchange, outcome, response),
            Purpose::Invite(call) => self.invite_failed(call, exchange, outcome, response),
            Purpose::Reinvite(call) => self.reinvite_failed(call, id, outcome, response),
            Purpose::Prack(call) => self.prack_ended(call, id, &exchange),
            Purpose::Update(call) => self.update_ended(call, id, &exchange, outcome, response),
            Purpose::Refer(call) => self.refer_ended(call, &exchange, outcome, response),
            Purpose::Notify(call) => self.notify_ended(call, id, outcome),
            Purpose::Bye(Some(call)) => self.tell(Event::HungUp { call, outcome }),
            Purpose::Bye(None) | Purpose::Ack(_) => {}
        }
    }

    /// Sends what waited until the registration under way was answered.
    pub(super) fn register_next(&mut self, id: RegId) {
        let next = self.registrations.get_mut(&id).and_then(|r| r.next.take());
        if let Some(next) = next {
            self.register_over(id, next);
        }
    }
}

/// A next hop (RFC 3263 §4).
struct Hop {
    host: Box<str>,
    ip: Option<core::net::IpAddr>,
    port: Option<u16>,
    transport: Option<Transport>,
}

impl Hop {
    /// As whoever uses `own` reaches it: `transport=ws` names WebSocket with and without TLS alike (RFC 7118 §5.2, and the
    /// Route of its example), and a phone that came over TLS does not go on without.
    fn over(self, own: Transport) -> Self {
        let is_either = self.transport == Some(Transport::Ws) && own == Transport::Wss;
        Hop { transport: if is_either { Some(own) } else { self.transport }, ..self }
    }
}

fn next_hop(uri: &[u8]) -> Option<Hop> {
    let uri = Uri::parse(uri).ok().filter(Uri::is_sip)?;
    let named = match uri.params.get(b"transport") {
        Some(name) => Some(Transport::from_name(name)?),
        None => None,
    };
    let transport = match (uri.scheme, named) {
        (Scheme::Sips, None | Some(Transport::Tcp | Transport::Tls)) => Some(Transport::Tls),
        (Scheme::Sips, Some(Transport::Ws | Transport::Wss)) => Some(Transport::Wss),
        (Scheme::Sips, Some(Transport::Udp)) => return None,
        (_, named) => named,
    };
    let host = uri.params.get(b"maddr").filter(|m| !m.is_empty()).unwrap_or(uri.host.0);
    let text = core::str::from_utf8(host).ok()?.trim_end_matches('.');
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    Some(Hop { host: text.into(), ip: bare.parse().ok(), port: uri.port, transport })
}
