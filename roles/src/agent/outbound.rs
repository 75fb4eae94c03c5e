//! Registrations over several flows, kept alive and replaced when they die (RFC 5626 §4).

use super::alarms::Alarm;
use super::command::{PLAIN, RegId, Registering};
use super::draft::{OurContact, loose};
use super::event::{Event, Outcome};
use super::lifetime::seconds;
use super::registered::Kept;
use super::settings::Local;
use super::state::Agent;
use bytes::Bytes;
use core::net::SocketAddr;
use ringback_sip::flow::{Flow, FlowError, Transport};
use ringback_sip::node::Output;
use ringback_sip::registry::HeaderName;
use ringback_sip::syntax::{Message, NameAddr, Uri, is_sips};
use ringback_sip::time::Duration;
use ringback_sip::transport::{stun_answer, stun_request};

/// Most flows of an agent (RFC 5626 §4.1).
pub const FLOWS_MAX: usize = 4;
/// How long a stream may take to answer a sign of life (§4.4.1).
const PONG_MAX: Duration = Duration::from_secs(10);
/// The longest silence on a stream, when the registrar names none (§4.4.1).
const STREAM_SILENCE: Duration = Duration::from_secs(120);
/// The longest silence on datagrams (§4.4.2).
const DATAGRAM_SILENCE: Duration = Duration::from_secs(29);
/// The wait for the answer to a STUN request; it doubles with each copy (RFC 8489 §6.2.1).
const STUN_WAIT: Duration = Duration::from_millis(500);
/// Most copies of a STUN request.
const STUN_TRIES_MAX: u32 = 7;
/// The pause before a new flow, in which all that failed with the old one comes to light.
const PAUSE: Duration = Duration::from_millis(50);
/// Longest wait before a flow is tried again (§4.5).
const WAIT_MAX: Duration = Duration::from_secs(1800);
/// What that wait is counted from: when no flow is left, and when one is.
const WAIT_BASES: [Duration; 2] = [Duration::from_secs(30), Duration::from_secs(90)];

impl Agent {
    /// Whether we register flows.
    pub(super) fn has_flows(&self) -> bool {
        self.settings.outbound.is_some() && !self.flows_refused
    }

    /// The registrations that an order is for.
    pub(super) fn registrations_for(&self, what: Registering) -> Vec<RegId> {
        let flows = self.settings.outbound.as_ref().map_or(0, |o| o.proxies.len().clamp(1, FLOWS_MAX));
        match what {
            Registering::Keep | Registering::Once | Registering::Remove if self.has_flows() => {
                (1..=flows as RegId).collect()
            }
            _ => vec![self.registrations.keys().next().copied().unwrap_or(PLAIN)],
        }
    }

    /// The proxy of a flow.
    pub(super) fn proxy_of(&self, id: RegId) -> Option<String> {
        let proxies = self.settings.outbound.as_ref().map_or(&[][..], |outbound| &outbound.proxies);
        let own = (id as usize).checked_sub(1).and_then(|place| proxies.get(place));
        own.or(proxies.first()).or(self.settings.proxy.as_ref()).cloned()
    }

    /// The Route that requests outside a dialog begin with: over a flow that lives, if there is one (RFC 5626 §4.3),
    /// and then as the registrar told for it (RFC 3608 §6.1).
    pub(super) fn first_hops(&self) -> Vec<String> {
        let living = self.registrations.iter().find(|(_, r)| r.kept.is_some());
        let Some((id, registration)) = living.or(self.registrations.iter().next()) else {
            return self.proxy_of(PLAIN).as_deref().map(loose).into_iter().collect();
        };
        let service = &registration.learned.service_route;
        let proxy = self
            .proxy_of(*id)
            .filter(|proxy| service.first().is_none_or(|first| !is_same_place(proxy, first)));
        proxy.as_deref().map(loose).into_iter().chain(service.iter().cloned()).collect()
    }

    /// What Contact says in a request in which the peer learns where we are. Unless we have a name that leads to our
    /// flow, one that sets up a dialog asks for the way back over the flow that it takes (RFC 5626 §4.3).
    pub(super) fn dialog_contact(&self, sets_up: bool) -> OurContact {
        match self.gruu() {
            Some(gruu) => OurContact::Named(gruu.to_owned()),
            None if sets_up && self.has_flows() => OurContact::OverFlow,
            None => OurContact::With(String::new()),
        }
    }

    /// The same in a response.
    pub(super) fn reply_contact(&self, flow: &Flow, request: &Message<'_>) -> String {
        let local = Local { transport: flow.transport, address: flow.local };
        self.dialog_contact(false).write(local, &self.user(), is_sips(request.request_uri()))
    }

    fn gruu(&self) -> Option<&str> {
        self.registrations.values().find_map(|registration| registration.learned.gruu.as_deref())
    }

    /// What the Contact of a REGISTER says of its flow (RFC 5626 §4.2).
    pub(super) fn flow_params(&self, id: RegId) -> String {
        let Some(outbound) = &self.settings.outbound else { return String::new() };
        let instance = format!(";+sip.instance=\"<{}>\"", outbound.instance);
        if self.has_flows() && id != PLAIN { format!(";reg-id={id}{instance}") } else { instance }
    }

    /// A flow is registered. Signs of life begin when the registrar knows flows, or says how often it wants them; one
    /// that does not know flows would take each for the same contact, so that one is kept.
    pub(super) fn flow_registered(&mut self, id: RegId, flow: Option<Flow>, response: &Message<'_>) {
        if id == PLAIN {
            return;
        }
        let timer = seconds(response.header(HeaderName::FLOW_TIMER)).filter(|timer| !timer.is_zero());
        let knows_flows = response.lists(HeaderName::REQUIRE, b"outbound");
        if !knows_flows {
            self.leave_flows(id);
        }
        let Some(flow) = flow else { return };
        let Some(registration) = self.registrations.get_mut(&id) else { return };
        if !knows_flows && timer.is_none() {
            return;
        }
        let default = if flow.transport == Transport::Udp { DATAGRAM_SILENCE } else { STREAM_SILENCE };
        let silence = timer.unwrap_or(default);
        // The registrar knows us at the address that this REGISTER came from.
        let seen_at = seen_at(response).filter(|_| flow.transport == Transport::Udp);
        match &mut registration.kept {
            Some(kept) if kept.flow == flow => (kept.silence, kept.seen_at) = (silence, seen_at),
            other => {
                let proven = has_own_signs(&flow);
                *other = Some(Kept { flow, silence, asked: None, proven, seen_at });
                self.rest(id);
            }
        }
    }

    /// Flows are not to be had: this registration goes on alone.
    pub(super) fn leave_flows(&mut self, id: RegId) {
        self.flows_refused = true;
        for other in self.registrations.keys().copied().filter(|other| *other != id) {
            self.alarms.stop(Alarm::Register(other));
            self.alarms.stop(Alarm::Sign(other));
        }
        self.registrations.retain(|other, _| *other == id);
    }

    /// The next sign of life is due between five sixths of the longest silence and all of it, each time another moment.
    fn rest(&mut self, id: RegId) {
        let kept = self.registrations.get(&id).and_then(|r| r.kept.as_ref());
        let Some(kept) = kept.filter(|kept| !has_own_signs(&kept.flow)) else { return };
        let longest = kept.silence.as_millis() as u64;
        let wait = longest - self.entropy.below(longest / 6 + 1);
        self.alarms.set(self.now + Duration::from_millis(wait), Alarm::Sign(id));
    }

    /// A sign of life is due, or its answer is.
    pub(super) fn give_sign(&mut self, id: RegId) {
        let fresh = self.entropy.next_u64().to_be_bytes();
        let more = self.entropy.next_u64().to_be_bytes();
        let Some(kept) = self.registrations.get_mut(&id).and_then(|r| r.kept.as_mut()) else { return };
        let is_stream = kept.flow.transport.is_reliable();
        let (name, tries) = match kept.asked {
            Some((_, tries)) if is_stream || tries >= STUN_TRIES_MAX => {
                return self.lose_flow(id, FlowError::Closed);
            }
            Some((name, tries)) => (name, tries + 1),
            None => {
                let mut name = [0; 12];
                name.iter_mut().zip(fresh.iter().chain(&more)).for_each(|(byte, random)| *byte = *random);
                (name, 1)
            }
        };
        kept.asked = Some((name, tries));
        let flow = kept.flow;
        let (bytes, wait) = match is_stream {
            true => (Bytes::from_static(b"\r\n\r\n"), PONG_MAX),
            false if tries == STUN_TRIES_MAX => (stun_request(name).into(), STUN_WAIT * 16),
            false => (stun_request(name).into(), STUN_WAIT * (1 << (tries - 1))),
        };
        self.alarms.set(self.now + wait, Alarm::Sign(id));
        self.transmit(flow, bytes);
    }

    /// Takes what is no message but an answer to a sign of life of ours; whether it was.
    pub(super) fn hear_sign(&mut self, flow: &Flow, bytes: &[u8]) -> bool {
        let is_pong = bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
        if !is_pong && bytes.first().is_none_or(|first| *first > 1) {
            return false;
        }
        let is_it = |kept: &Kept| is_same(&kept.flow, flow) && kept.flow.transport.is_reliable() == is_pong;
        let found = self.registrations.iter_mut().find_map(|(id, registration)| {
            let kept = registration.kept.as_mut().filter(|kept| is_it(kept))?;
            kept.asked.map(|(name, _)| (*id, &mut registration.failures, kept, name))
        });
        let Some((id, failures, kept, name)) = found else { return true };
        let mut seen_at = None;
        if !is_pong {
            seen_at = stun_answer(bytes, name);
            if seen_at.is_none() {
                return true;
            }
        }
        // A translator that forgot us has given us another address, which nobody knows (§4.4.2).
        if kept.seen_at.is_some() && kept.seen_at != seen_at {
            self.lose_flow(id, FlowError::Closed);
            return true;
        }
        (kept.asked, kept.proven, kept.seen_at, *failures) = (None, true, seen_at, 0);
        self.rest(id);
        true
    }

    /// The world tells that a flow is gone.
    pub(super) fn flow_failed(&mut self, flow: &Flow, error: FlowError) {
        let is_it = |kept: &Kept| is_same(&kept.flow, flow);
        let lost: Vec<RegId> = self
            .registrations
            .iter()
            .filter(|(_, r)| r.kept.as_ref().is_some_and(is_it))
            .map(|(id, _)| *id)
            .collect();
        lost.into_iter().for_each(|id| self.lose_flow(id, error));
    }

    /// A flow has died: another one takes its place, at once when this one had proven itself (§4.5).
    fn lose_flow(&mut self, id: RegId, error: FlowError) {
        let Some(registration) = self.registrations.get_mut(&id) else { return };
        let Some(kept) = registration.kept.take() else { return };
        self.alarms.stop(Alarm::Sign(id));
        if kept.flow.transport.is_reliable() {
            self.outputs.push_back(Output::Close(kept.flow));
        }
        let mut retry = Duration::ZERO;
        if !kept.proven {
            registration.failures += 1;
            retry = self.flow_wait(id);
        }
        self.tell(Event::FlowLost { flow: id, outcome: Outcome::Transport(error), retry: Some(retry) });
        self.alarms.set(self.now + retry.max(PAUSE), Alarm::Register(id));
    }

    /// A flow over which a registration failed carries nothing any more.
    pub(super) fn forget_flow(&mut self, id: RegId) {
        self.alarms.stop(Alarm::Sign(id));
        if let Some(registration) = self.registrations.get_mut(&id) {
            registration.kept = None;
        }
    }

    /// How long to wait before a flow is tried again: a random time up to twice as long with each failure (§4.5).
    pub(super) fn flow_wait(&mut self, id: RegId) -> Duration {
        let has_other = self.registrations.values().any(|r| r.kept.is_some());
        let failures = self.registrations.get(&id).map_or(0, |r| r.failures);
        let longest = (WAIT_BASES[usize::from(has_other)] * (1 << failures.min(6))).min(WAIT_MAX);
        let half = longest.as_millis() as u64 / 2;
        Duration::from_millis(half + self.entropy.below(half + 1))
    }
}

/// Whether signs of life are the connection's business: a WebSocket has pings, and no line breaks (RFC 7118 §6).
fn has_own_signs(flow: &Flow) -> bool {
    flow.transport.is_web_socket()
}

/// From where a request of ours came, as its response tells (RFC 3581 §4).
fn seen_at(response: &Message<'_>) -> Option<SocketAddr> {
    let via = response.top_via().ok()?;
    Some(SocketAddr::new(via.received()?, via.rport()??))
}

fn is_same_place(proxy: &str, route: &str) -> bool {
    let Ok(route) = NameAddr::parse(HeaderName::SERVICE_ROUTE, route.as_bytes()) else { return false };
    match (Uri::parse(proxy.as_bytes()), Uri::parse(route.uri)) {
        (Ok(a), Ok(b)) => a.host.equals(&b.host) && a.port == b.port,
        _ => false,
    }
}

/// Whether two flows are one: by its connection, where both know that.
fn is_same(ours: &Flow, other: &Flow) -> bool {
    let ends = |flow: &Flow| (flow.transport, flow.remote);
    ends(ours) == ends(other)
        && (ours.connection.is_none() || other.connection.is_none() || ours.connection == other.connection)
}
