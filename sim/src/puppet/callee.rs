//! The scripted peer as a server: it rings, answers and refuses as its script says.

use super::pace::{GIVE_UP, T1, T2};
use super::text::response;
use crate::glance::Glance;
use bytes::Bytes;
use ringback_sip::entropy::{Entropy, Seed};
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::node::Transmit;
use ringback_sip::time::{Duration, Instant};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// How an INVITE is answered.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// After how long which provisional response is sent.
    pub ring: Option<(Duration, u16)>,
    /// After how long which final response is sent; never without.
    pub end: Option<(Duration, u16)>,
    /// Header fields of the final response.
    pub headers: Vec<(String, String)>,
    /// The body of a 2xx.
    pub body: String,
    /// Whether a CANCEL is obeyed with 487.
    pub ignores_cancel: bool,
    /// Whether an ACK is as good as lost.
    pub ignores_ack: bool,
}

impl Answer {
    /// Rings at once and gives `status` after a while.
    pub fn after(delay: Duration, status: u16) -> Self {
        Answer { ring: Some((Duration::ZERO, 180)), end: Some((delay, status)), ..Answer::default() }
    }

    /// Gives `status` at once.
    pub fn at_once(status: u16) -> Self {
        Answer { end: Some((Duration::ZERO, status)), ..Answer::default() }
    }

    /// Rings for ever.
    pub fn ringing() -> Self {
        Answer { ring: Some((Duration::ZERO, 180)), ..Answer::default() }
    }

    /// Says nothing at all.
    pub fn silent() -> Self {
        Answer::default()
    }

    /// The answer with one more header field in its final response.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

#[derive(Debug)]
struct Ringing {
    request: Glance,
    flow: Flow,
    tag: String,
    ring: Option<(Instant, u16)>,
    end: Option<(Instant, u16)>,
    last: Option<Bytes>,
    /// The final response, when to send it again, and the interval after that.
    repeat: Option<(Instant, Duration)>,
    ended: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Callee {
    address: SocketAddr,
    transport: Transport,
    script: Answer,
    chance: Entropy,
    calls: BTreeMap<(String, String), Ringing>,
}

impl Callee {
    pub(super) fn new(address: SocketAddr, transport: Transport, script: Answer, seed: Seed) -> Self {
        let chance = Entropy::new(seed.derive(b"callee"));
        Callee { address, transport, script, chance, calls: BTreeMap::new() }
    }

    pub(super) fn receive(&mut self, now: Instant, flow: Flow, glance: &Glance) -> Vec<Transmit> {
        let key = glance.transaction();
        match glance.request.as_str() {
            "INVITE" => self.invite(now, flow, key, glance),
            "ACK" if self.script.ignores_ack => Vec::new(),
            "ACK" => {
                // The ACK to a 2xx has a branch of its own; the dialog names its call.
                let of_dialog = |c: &&mut Ringing| c.request.call_id() == glance.call_id();
                for call in self.calls.values_mut().filter(of_dialog).filter(|c| c.ended.is_some()) {
                    call.repeat = None;
                }
                Vec::new()
            }
            "CANCEL" => self.cancel(now, flow, &key, glance),
            _ => vec![Transmit { flow, bytes: response(glance, 200, "puppet", &[], "") }],
        }
    }

    fn invite(&mut self, now: Instant, flow: Flow, key: (String, String), glance: &Glance) -> Vec<Transmit> {
        if let Some(call) = self.calls.get(&key) {
            return call.last.iter().map(|b| Transmit { flow: call.flow, bytes: b.clone() }).collect();
        }
        let call = Ringing {
            request: glance.clone(),
            flow,
            tag: self.chance.token().to_string(),
            ring: self.script.ring.map(|(after, status)| (now + after, status)),
            end: self.script.end.map(|(after, status)| (now + after, status)),
            last: None,
            repeat: None,
            ended: None,
        };
        self.calls.insert(key, call);
        self.wake(now)
    }

    fn cancel(&mut self, now: Instant, flow: Flow, key: &(String, String), glance: &Glance) -> Vec<Transmit> {
        let Some(call) = self.calls.get_mut(key) else {
            return vec![Transmit { flow, bytes: response(glance, 481, "puppet", &[], "") }];
        };
        let mut sends = vec![Transmit { flow, bytes: response(glance, 200, &call.tag, &[], "") }];
        if call.ended.is_none() && !self.script.ignores_cancel {
            call.end = Some((now, 487));
            call.ring = None;
            sends.extend(self.wake(now));
        }
        sends
    }

    pub(super) fn wake(&mut self, now: Instant) -> Vec<Transmit> {
        let mut sends = Vec::new();
        let contact = format!("<sip:puppet@{};transport={}>", self.address, self.transport.uri_name());
        for call in self.calls.values_mut() {
            if let Some((_, status)) = call.ring.filter(|(at, _)| *at <= now) {
                call.ring = None;
                let headers = [("Contact".to_owned(), contact.clone())];
                sends.extend(call.say(status, &headers, ""));
            }
            if let Some((_, status)) = call.end.filter(|(at, _)| *at <= now) {
                call.end = None;
                call.ring = None;
                call.ended = Some(now);
                let mut headers = if status == 487 { Vec::new() } else { self.script.headers.clone() };
                if status < 300 && !headers.iter().any(|(name, _)| name == "Contact") {
                    headers.push(("Contact".to_owned(), contact.clone()));
                }
                sends.extend(call.say(status, &headers, if status < 300 { &self.script.body } else { "" }));
                // Over a stream the transport repairs loss of a failure; a 2xx is repeated over any (§13.3.1.4).
                let repeats = !call.flow.transport.is_reliable() || status < 300;
                call.repeat = repeats.then_some((now + T1, T1 * 2));
            }
            if let Some((at, interval)) = call.repeat.filter(|(at, _)| *at <= now) {
                let over = call.ended.is_some_and(|ended| now.since(ended) >= GIVE_UP);
                call.repeat = (!over).then_some((at + interval, (interval * 2).min(T2)));
                sends.extend(call.last.iter().map(|b| Transmit { flow: call.flow, bytes: b.clone() }));
            }
        }
        self.calls.retain(|_, c| c.ended.is_none_or(|ended| now.since(ended) < GIVE_UP));
        sends
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let of = |c: &Ringing| {
            let planned = c.ring.into_iter().chain(c.end).map(|(at, _)| at);
            planned.chain(c.repeat.map(|(at, _)| at)).chain(c.ended.map(|at| at + GIVE_UP)).min()
        };
        self.calls.values().filter_map(of).min()
    }
}

impl Ringing {
    fn say(&mut self, status: u16, headers: &[(String, String)], body: &str) -> Vec<Transmit> {
        let bytes = response(&self.request, status, &self.tag, headers, body);
        self.last = Some(bytes.clone());
        vec![Transmit { flow: self.flow, bytes }]
    }
}
