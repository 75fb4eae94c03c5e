//! A layer, its clock, and messages to give to it.

use super::super::*;
use crate::entropy::Seed;
use crate::flow::{ConnectionId, Flow, Transport};
use crate::journal::Entry;
use crate::registry::{HeaderName, StatusCode};
use crate::syntax::{Message, Response};
use crate::time::{Duration, Instant};
use bytes::Bytes;

pub(super) const START: Instant = Instant::from_unix_secs(1_790_000_000);

/// The layer of one node, with what came out of it so far.
pub(super) struct Layer {
    pub(super) transactions: Transactions<u32>,
    pub(super) now: u64,
    /// Each message sent: when, to where, its bytes.
    pub(super) sent: Vec<(u64, Flow, Bytes)>,
    pub(super) events: Vec<(u64, Event<u32>)>,
    pub(super) entries: Vec<Entry>,
}

impl Layer {
    pub(super) fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub(super) fn with_limits(limits: Limits) -> Self {
        Layer {
            transactions: Transactions::new(TimerValues::default(), limits, Seed::from_number(7)),
            now: 0,
            sent: Vec::new(),
            events: Vec::new(),
            entries: Vec::new(),
        }
    }

    pub(super) fn instant(&self) -> Instant {
        START + Duration::from_millis(self.now)
    }

    fn drain(&mut self) {
        while let Some(transmit) = self.transactions.poll_transmit() {
            self.sent.push((self.now, transmit.flow, transmit.bytes));
        }
        while let Some(event) = self.transactions.poll_event() {
            self.events.push((self.now, event));
        }
        while let Some(entry) = self.transactions.poll_entry() {
            self.entries.push(entry);
        }
    }

    /// Lets time pass up to `end`, included.
    pub(super) fn until(&mut self, end: u64) {
        while let Some((at, _)) = self.transactions.deadline() {
            let at = at.since(START).as_millis() as u64;
            if at > end {
                break;
            }
            self.now = at;
            self.transactions.handle_deadline(self.instant());
            self.drain();
        }
        self.now = end;
    }

    pub(super) fn receive(&mut self, flow: Flow, bytes: &[u8]) -> Received<u32> {
        let received = self.transactions.receive(self.instant(), flow, &Message::parse(bytes).unwrap());
        self.drain();
        received
    }

    pub(super) fn accept(&mut self, flow: Flow, bytes: &[u8]) -> ServerId {
        let id = self.transactions.accept(self.instant(), flow, &Message::parse(bytes).unwrap(), 5).unwrap();
        self.drain();
        id
    }

    /// Answers `request` in its transaction, with the To tag `srv`.
    pub(super) fn respond(&mut self, id: ServerId, flow: Flow, request: &[u8], status: u16) -> bool {
        let status = StatusCode::new(status).unwrap();
        let request = Message::parse(request).unwrap();
        let bytes = Response::to(&request, &flow, status, Some(b"srv")).finish();
        let taken = self.transactions.respond(self.instant(), id, status, bytes);
        self.drain();
        taken
    }

    pub(super) fn start(&mut self, request: &[u8], flow: Flow) -> ClientId {
        let id = self.transactions.start(self.instant(), Bytes::copy_from_slice(request), flow, 9).unwrap();
        self.drain();
        id
    }

    pub(super) fn cancel(&mut self, id: ClientId) -> bool {
        let taken = self.transactions.cancel(self.instant(), id, Some(b"SIP;cause=200"));
        self.drain();
        taken
    }

    pub(super) fn fail(&mut self, flow: Flow) {
        self.transactions.handle_flow_failure(self.instant(), &flow, crate::flow::FlowError::Refused);
        self.drain();
    }

    /// When messages that start so were sent.
    pub(super) fn times(&self, start: &str) -> Vec<u64> {
        let starts = |bytes: &Bytes| bytes.starts_with(start.as_bytes());
        self.sent.iter().filter(|(_, _, b)| starts(b)).map(|(at, _, _)| *at).collect()
    }

    /// The last message sent that starts so.
    pub(super) fn last(&self, start: &str) -> String {
        let starts = |bytes: &Bytes| bytes.starts_with(start.as_bytes());
        let last = self.sent.iter().rev().find(|(_, _, b)| starts(b));
        last.map(|(_, _, b)| String::from_utf8_lossy(b).into_owned()).unwrap_or_default()
    }
}

fn flow(transport: Transport) -> Flow {
    Flow {
        transport,
        local: "192.0.2.1:5060".parse().unwrap(),
        remote: "198.51.100.7:40001".parse().unwrap(),
        connection: transport.is_reliable().then_some(ConnectionId(1)),
        peer: None,
    }
}

pub(super) fn udp() -> Flow {
    flow(Transport::Udp)
}

pub(super) fn tcp() -> Flow {
    flow(Transport::Tcp)
}

/// A request with the branch `z9hG4bK` and `branch`.
pub(super) fn request(method: &str, branch: &str) -> Vec<u8> {
    request_via(method, &format!("SIP/2.0/UDP client.example:5070;rport;branch=z9hG4bK{branch}"), "")
}

pub(super) fn request_via(method: &str, via: &str, to_tag: &str) -> Vec<u8> {
    let number = if method == "PRACK" { 2 } else { 1 };
    format!(
        "{method} sip:bob@example.com SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\n\
         Route: <sip:next.example;lr>\r\nFrom: Alice <sip:alice@example.com>;tag=a1\r\n\
         To: Bob <sip:bob@example.com>{to_tag}\r\nCall-ID: call-1\r\nCSeq: {number} {method}\r\n\
         Content-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

/// A response to what we sent, as the peer would give it.
pub(super) fn response(request: &[u8], status: u16) -> Vec<u8> {
    response_tagged(request, status, "b2")
}

pub(super) fn response_tagged(request: &[u8], status: u16, tag: &str) -> Vec<u8> {
    let request = Message::parse(request).unwrap();
    let row = |name| String::from_utf8_lossy(request.header(name).unwrap()).into_owned();
    format!(
        "SIP/2.0 {status} Any\r\nVia: {}\r\nFrom: {}\r\nTo: {};tag={tag}\r\nCall-ID: {}\r\nCSeq: {}\r\n\r\n",
        row(HeaderName::VIA),
        row(HeaderName::FROM),
        row(HeaderName::TO),
        row(HeaderName::CALL_ID),
        row(HeaderName::CSEQ)
    )
    .into_bytes()
}
