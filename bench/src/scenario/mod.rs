//! What one operation is: the messages of both ends, without sockets or time.

mod call;
mod events;
mod register;
mod single;

pub(crate) use call::Call;
pub(crate) use events::Events;
pub(crate) use register::Register;
pub(crate) use single::Single;

use crate::outbox::Outbox;
use crate::wire::{Id, Wire};
use bytes::Bytes;
use std::net::SocketAddr;

/// How far a message brought its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It goes on.
    Ongoing,
    /// What its latency is measured to has come; it goes on.
    Answered,
    /// It ended as it should.
    Done,
    /// It ended with this status.
    Failed(u16),
}

/// Both ends of an operation.
pub(crate) trait Scenario {
    /// Sends the first request.
    fn begin(&mut self, id: Id, out: &mut Outbox);

    /// Takes a response to one of the caller's requests.
    fn response(&mut self, id: Id, status: u16, wire: &Wire<'_>, out: &mut Outbox) -> Progress;

    /// The operation that a request belongs to whose Call-ID names none in flight.
    fn owner(&self) -> Option<Id> {
        None
    }

    /// The operation that has taken too long, if the scenario says how long that is.
    fn overdue(&mut self, _out: &Outbox) -> Option<Id> {
        None
    }

    /// How many messages of operations that were overdue have not come.
    fn missed(&self) -> u64 {
        0
    }

    /// Takes a request that the server relayed to `local`.
    fn request(&mut self, id: Option<Id>, local: SocketAddr, wire: &Wire<'_>, out: &mut Outbox) -> Progress;
}

/// A response of the callee.
fn answer(wire: &Wire<'_>, status: &str, contact: Option<SocketAddr>) -> Bytes {
    let mut text = Vec::with_capacity(640);
    for part in ["SIP/2.0 ", status, "\r\n"] {
        text.extend_from_slice(part.as_bytes());
    }
    for via in &wire.vias {
        row(&mut text, "", via);
    }
    for route in &wire.record_routes {
        row(&mut text, "Record-Route: ", route);
    }
    row(&mut text, "From: ", wire.from);
    text.extend_from_slice(b"To: ");
    text.extend_from_slice(wire.to);
    if memchr::memmem::find(wire.to, b";tag=").is_none() {
        text.extend_from_slice(b";tag=callee");
    }
    row(&mut text, "\r\nCall-ID: ", wire.call_id);
    row(&mut text, "CSeq: ", wire.cseq);
    if let Some(contact) = contact {
        text.extend_from_slice(format!("Contact: <sip:callee@{contact}>\r\n").as_bytes());
    }
    text.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    text.into()
}

fn row(text: &mut Vec<u8>, name: &str, value: &[u8]) {
    text.extend_from_slice(name.as_bytes());
    text.extend_from_slice(value);
    text.extend_from_slice(b"\r\n");
}

/// The domain that the server under test serves; accounts are `u0`, `u1` …
pub(crate) const DOMAIN: &str = "bench.test";
/// The password of every account.
pub(crate) const PASSWORD: &str = "secret";
