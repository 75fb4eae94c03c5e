//! The scripted peer as a client: it repeats, acknowledges, cancels and hangs up as its script says.

use super::pace::{GIVE_UP, T1, T2};
use super::text::{RequestText, address_of, uri_of, values};
use crate::glance::Glance;
use bytes::Bytes;
use ringback_sip::entropy::{Entropy, Seed};
use ringback_sip::flow::{Flow, Transport};
use ringback_sip::node::Transmit;
use ringback_sip::time::{Duration, Instant};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// A request to send.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The Request-URI.
    pub uri: String,
    /// Where to send it.
    pub hop: SocketAddr,
    /// The URI of From.
    pub from: String,
    /// The URI of To; the Request-URI when empty.
    pub to: String,
    /// Max-Forwards.
    pub max_forwards: u32,
    /// Further header fields.
    pub headers: Vec<(String, String)>,
    /// The body, a session description.
    pub body: String,
    /// When to give up an INVITE; not before a provisional response came.
    pub cancel_after: Option<Duration>,
    /// How long after the 2xx to hang up.
    pub bye_after: Option<Duration>,
    /// How long after the first response that makes an early dialog to leave that one by BYE.
    pub early_bye_after: Option<Duration>,
    /// Whether a failure and a 2xx are acknowledged.
    pub acknowledges: bool,
}

impl Request {
    /// A request without frills.
    pub fn new(method: &str, uri: &str, hop: SocketAddr) -> Self {
        Request {
            method: method.to_owned(),
            uri: uri.to_owned(),
            hop,
            from: "sip:caller@elsewhere.test".to_owned(),
            to: String::new(),
            max_forwards: 70,
            headers: Vec::new(),
            body: String::new(),
            cancel_after: None,
            bye_after: None,
            early_bye_after: None,
            acknowledges: true,
        }
    }

    /// The request with one more header field.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

#[derive(Debug)]
struct Pending {
    request: Request,
    bytes: Bytes,
    flow: Flow,
    from: String,
    to: String,
    call_id: String,
    cseq: u32,
    /// When to send again, and the interval after that.
    repeat: Option<(Instant, Duration)>,
    /// When it is forgotten; never while it rings.
    give_up: Option<Instant>,
    /// When to cancel.
    cancel: Option<Instant>,
    provisional: bool,
    /// The ACK to the 2xx, sent again for each copy of it.
    ack: Option<Transmit>,
    /// The dialogs to leave, and when.
    hang_up: Vec<(Instant, Dialog)>,
    /// The dialog that was or will be left early.
    left: Option<String>,
}

/// A dialog that a response has made (RFC 3261 §12.1.2).
#[derive(Clone, Debug)]
struct Dialog {
    flow: Flow,
    target: String,
    to: String,
    routes: Vec<(String, String)>,
}

#[derive(Debug)]
pub(super) struct Caller {
    address: SocketAddr,
    transport: Transport,
    chance: Entropy,
    pending: BTreeMap<String, Pending>,
}

impl Caller {
    pub(super) fn new(address: SocketAddr, transport: Transport, seed: Seed) -> Self {
        Caller { address, transport, chance: Entropy::new(seed.derive(b"caller")), pending: BTreeMap::new() }
    }

    pub(super) fn start(&mut self, now: Instant, request: Request) -> Vec<Transmit> {
        let from = format!("<{}>;tag={}", request.from, self.chance.token());
        let to = format!("<{}>", if request.to.is_empty() { &request.uri } else { &request.to });
        let call_id = self.chance.token().to_string();
        let flow = Flow {
            transport: self.transport,
            local: self.address,
            remote: request.hop,
            connection: None,
            peer: None,
        };
        self.send(now, flow, request, from, to, call_id, 1)
    }

    #[expect(clippy::too_many_arguments, reason = "they are the parts of a dialog")]
    fn send(
        &mut self,
        now: Instant,
        flow: Flow,
        request: Request,
        from: String,
        to: String,
        call_id: String,
        cseq: u32,
    ) -> Vec<Transmit> {
        let branch = self.branch();
        let mut headers = request.headers.clone();
        if matches!(request.method.as_str(), "INVITE" | "SUBSCRIBE")
            && !headers.iter().any(|(n, _)| n == "Contact")
        {
            headers.push((
                "Contact".to_owned(),
                format!("<sip:puppet@{};transport={}>", self.address, self.transport.uri_name()),
            ));
        }
        let text = RequestText {
            method: &request.method,
            uri: &request.uri,
            transport: self.transport,
            sent_by: self.address,
            branch: &branch,
            from: &from,
            to: &to,
            call_id: &call_id,
            cseq,
            max_forwards: request.max_forwards,
            headers: &headers,
            body: &request.body,
        };
        let bytes = text.bytes();
        let repeats = !flow.transport.is_reliable() && request.method != "ACK";
        let pending = Pending {
            bytes: bytes.clone(),
            flow,
            from,
            to,
            call_id,
            cseq,
            repeat: repeats.then_some((now + T1, T1 * 2)),
            give_up: Some(now + GIVE_UP),
            cancel: request.cancel_after.map(|after| now + after),
            provisional: false,
            ack: None,
            hang_up: Vec::new(),
            left: None,
            request,
        };
        self.pending.insert(branch, pending);
        vec![Transmit { flow, bytes }]
    }

    pub(super) fn receive(&mut self, now: Instant, glance: &Glance) -> Vec<Transmit> {
        let (branch, _) = glance.transaction();
        let fresh = self.branch();
        let Some(pending) = self.pending.get_mut(&branch) else { return Vec::new() };
        if glance.method() != pending.request.method {
            return Vec::new();
        }
        let is_invite = pending.request.method == "INVITE";
        if glance.status < 200 {
            pending.provisional = true;
            if is_invite {
                (pending.repeat, pending.give_up) = (None, None);
                pending.rung(now, glance);
            }
            return Vec::new();
        }
        (pending.repeat, pending.give_up) = (None, Some(now + GIVE_UP));
        if !is_invite {
            self.pending.remove(&branch);
            return Vec::new();
        }
        pending.cancel = None;
        if !pending.request.acknowledges {
            return Vec::new();
        }
        if glance.status >= 300 {
            return vec![pending.ack_to_failure(glance, &branch, self.address)];
        }
        if pending.ack.is_none() {
            pending.answered(now, glance, &fresh, self.address);
        }
        pending.ack.clone().into_iter().collect()
    }

    pub(super) fn wake(&mut self, now: Instant) -> Vec<Transmit> {
        let mut sends = Vec::new();
        let (mut cancels, mut byes) = (Vec::new(), Vec::new());
        for (branch, pending) in &mut self.pending {
            if let Some((at, interval)) = pending.repeat.filter(|(at, _)| *at <= now) {
                let longest = if pending.request.method == "INVITE" { GIVE_UP } else { T2 };
                pending.repeat = Some((at + interval, (interval * 2).min(longest)));
                sends.push(Transmit { flow: pending.flow, bytes: pending.bytes.clone() });
            }
            match pending.cancel.filter(|at| *at <= now) {
                Some(_) if pending.provisional => {
                    pending.cancel = None;
                    cancels.push(pending.cancel(branch, self.address));
                }
                // A CANCEL waits for a provisional response (RFC 3261 §9.1).
                Some(_) => pending.cancel = Some(now + T1 / 10),
                None => {}
            }
            for (_, dialog) in pending.hang_up.extract_if(.., |(at, _)| *at <= now) {
                byes.push((pending.from.clone(), pending.call_id.clone(), pending.cseq + 1, dialog));
            }
        }
        self.pending.retain(|_, p| p.give_up.is_none_or(|at| at > now) || !p.hang_up.is_empty());
        sends.extend(cancels);
        for (from, call_id, cseq, Dialog { flow, target, to, routes }) in byes {
            let bye = Request { headers: routes, ..Request::new("BYE", &target, flow.remote) };
            sends.extend(self.send(now, flow, bye, from, to, call_id, cseq));
        }
        sends
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let of = |p: &Pending| {
            let planned = p.repeat.map(|(at, _)| at).into_iter().chain(p.cancel);
            planned.chain(p.hang_up.iter().map(|(at, _)| *at)).chain(p.give_up).min()
        };
        self.pending.values().filter_map(of).min()
    }

    fn branch(&mut self) -> String {
        format!("z9hG4bK{}", self.chance.token())
    }
}

impl Pending {
    fn ack_to_failure(&self, glance: &Glance, branch: &str, sent_by: SocketAddr) -> Transmit {
        let to = glance.header("to").unwrap_or_default();
        Transmit { flow: self.flow, bytes: self.text("ACK", &self.request.uri, branch, to, sent_by, &[]) }
    }

    fn cancel(&self, branch: &str, sent_by: SocketAddr) -> Transmit {
        Transmit {
            flow: self.flow,
            bytes: self.text("CANCEL", &self.request.uri, branch, &self.to, sent_by, &[]),
        }
    }

    /// A provisional response has come: the first dialog that one makes may be left.
    fn rung(&mut self, now: Instant, glance: &Glance) {
        let to = glance.header("to").unwrap_or_default();
        let Some(after) = self.request.early_bye_after.filter(|_| to.contains(";tag=")) else { return };
        if self.left.is_none() {
            self.left = Some(to.to_owned());
            self.hang_up.push((now + after, self.dialog(glance)));
        }
    }

    fn dialog(&self, glance: &Glance) -> Dialog {
        let to = glance.header("to").unwrap_or_default().to_owned();
        let target = uri_of(glance.header("contact").unwrap_or_default()).to_owned();
        let mut routes = values(glance, "record-route");
        routes.reverse();
        let hop = routes.first().map_or(target.as_str(), |r| uri_of(r));
        let flow = Flow { remote: address_of(hop).unwrap_or(self.flow.remote), ..self.flow };
        let routes = routes.iter().map(|r| ("Route".to_owned(), r.clone())).collect();
        Dialog { flow, target, to, routes }
    }

    /// Prepares the ACK and the BYE of the dialog that a 2xx makes (RFC 3261 §13.2.2.4).
    fn answered(&mut self, now: Instant, glance: &Glance, branch: &str, sent_by: SocketAddr) {
        let dialog = self.dialog(glance);
        let Dialog { flow, target, to, routes } = &dialog;
        self.ack =
            Some(Transmit { flow: *flow, bytes: self.text("ACK", target, branch, to, sent_by, routes) });
        if let Some(after) = self.request.bye_after.filter(|_| self.left.as_ref() != Some(to)) {
            self.hang_up.push((now + after, dialog));
        }
    }

    fn text(
        &self,
        method: &str,
        uri: &str,
        branch: &str,
        to: &str,
        sent_by: SocketAddr,
        headers: &[(String, String)],
    ) -> Bytes {
        let text = RequestText {
            method,
            uri,
            transport: self.flow.transport,
            sent_by,
            branch,
            from: &self.from,
            to,
            call_id: &self.call_id,
            cseq: self.cseq,
            max_forwards: 70,
            headers,
            body: "",
        };
        text.bytes()
    }
}
