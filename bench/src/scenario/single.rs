//! One request, one response: OPTIONS to the server, MESSAGE through it, and the echo that is the floor.

use super::{DOMAIN, Progress, Scenario, answer};
use crate::outbox::{End, Outbox};
use crate::wire::{Id, Wire};
use std::io::Write;
use std::net::SocketAddr;

/// A single request.
#[derive(Debug)]
pub(crate) struct Single {
    /// OPTIONS, else MESSAGE to a user.
    pub(crate) options: bool,
    /// Whether the request itself comes back, from a server that only echoes.
    pub(crate) echoed: bool,
    pub(crate) users: u64,
}

impl Scenario for Single {
    fn begin(&mut self, id: Id, out: &mut Outbox) {
        let user = id.serial % self.users;
        let from = out.caller(user);
        let Id { slot, serial } = id;
        let (run, via) = (&out.run, out.via());
        let (method, target, body) = if self.options {
            ("OPTIONS", DOMAIN.to_owned(), "")
        } else {
            ("MESSAGE", format!("u{user}@{DOMAIN}"), "Are you there?")
        };
        let kind = if body.is_empty() { "" } else { "Content-Type: text/plain\r\n" };
        let mut text = Vec::with_capacity(512);
        let _ = write!(
            text,
            "{method} sip:{target} SIP/2.0\r\nVia: SIP/2.0/{via} {from};rport;branch=z9hG4bK{run}-{slot}-{serial}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:c{user}@{DOMAIN}>;tag=caller{serial}\r\nTo: <sip:{target}>\r\n\
             Call-ID: {run}-{slot}-{serial}\r\nCSeq: 1 {method}\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        out.send_until_settled(End::Caller, slot, from, text.into());
    }

    fn response(&mut self, id: Id, status: u16, _: &Wire<'_>, out: &mut Outbox) -> Progress {
        match status {
            ..200 => Progress::Ongoing,
            200..300 => {
                out.settle(End::Caller, id.slot);
                Progress::Done
            }
            _ => Progress::Failed(status),
        }
    }

    fn request(&mut self, id: Option<Id>, local: SocketAddr, wire: &Wire<'_>, out: &mut Outbox) -> Progress {
        if let (true, Some(id)) = (self.echoed, id) {
            out.settle(End::Caller, id.slot);
            return Progress::Done;
        }
        out.send(local, answer(wire, "200 OK", None));
        Progress::Ongoing
    }
}
