//! A call of seven messages at each end, through a proxy that stays in the path; or one that only rings.

use super::{DOMAIN, Progress, Scenario, answer};
use crate::outbox::{End, Outbox};
use crate::wire::{BRANCH, Id, Wire};
use bytes::Bytes;
use std::io::Write;
use std::net::SocketAddr;

/// INVITE 100 180 200 ACK BYE 200; with `hold` it ends at the 180 and rings on.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) hold: bool,
    pub(crate) users: u64,
    legs: Vec<Leg>,
}

/// What a call has come to.
#[derive(Clone, Debug, Default)]
struct Leg {
    /// Sent again when the callee's 200 comes again.
    ack: Option<Bytes>,
    /// The ACK arrived at the callee.
    acknowledged: bool,
    /// The 200 to BYE arrived at the caller.
    hung_up: bool,
    /// The callee rang at the caller's.
    ringing: bool,
}

impl Call {
    pub(crate) fn new(hold: bool, users: u64, slots: usize) -> Self {
        Call { hold, users, legs: vec![Leg::default(); slots] }
    }

    fn from(&self, id: Id, out: &Outbox) -> SocketAddr {
        out.caller(id.serial % self.users)
    }

    fn answered(&mut self, id: Id, wire: &Wire<'_>, out: &mut Outbox) -> Progress {
        let from = self.from(id, out);
        if let Some(ack) = &self.legs[id.slot].ack {
            out.send(from, ack.clone());
            return Progress::Ongoing;
        }
        let Some(target) = wire.contact_uri() else { return Progress::Failed(NO_CONTACT) };
        let ack = within("ACK", 1, target, id, from, wire, out);
        let bye = within("BYE", 2, target, id, from, wire, out);
        self.legs[id.slot].ack = Some(ack.clone());
        out.send(from, ack);
        out.send_until_settled(End::Caller, id.slot, from, bye);
        Progress::Answered
    }

    fn progress(&self, slot: usize) -> Progress {
        let leg = &self.legs[slot];
        if leg.acknowledged && leg.hung_up { Progress::Done } else { Progress::Ongoing }
    }
}

impl Scenario for Call {
    fn begin(&mut self, id: Id, out: &mut Outbox) {
        let user = id.serial % self.users;
        let from = self.from(id, out);
        self.legs[id.slot] = Leg::default();
        let Id { slot, serial } = id;
        let (run, announced) = (&out.run, out.announced);
        let mut text = Vec::with_capacity(768);
        let _ = write!(
            text,
            "INVITE sip:u{user}@{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {from};rport;branch=z9hG4bK{run}-{slot}-{serial}-1{announced}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:c{user}@{DOMAIN}>;tag=caller{serial}\r\nTo: <sip:u{user}@{DOMAIN}>\r\n\
             Call-ID: {run}-{slot}-{serial}\r\nCSeq: 1 INVITE\r\nContact: <sip:c{user}@{from}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}",
            SDP.len()
        );
        out.send_until_settled(End::Caller, slot, from, text.into());
    }

    fn response(&mut self, id: Id, status: u16, wire: &Wire<'_>, out: &mut Outbox) -> Progress {
        match (wire.method(), status) {
            (b"INVITE", ..200) => {
                if self.legs[id.slot].ack.is_none() {
                    out.settle(End::Caller, id.slot);
                }
                let first =
                    status == 180 && !std::mem::replace(&mut self.legs[id.slot].ringing, status == 180);
                if self.hold && first { Progress::Done } else { Progress::Ongoing }
            }
            (b"INVITE", 200..300) => self.answered(id, wire, out),
            (b"BYE", 200..300) => {
                out.settle(End::Caller, id.slot);
                self.legs[id.slot].hung_up = true;
                self.progress(id.slot)
            }
            (b"INVITE", _) => {
                let from = self.from(id, out);
                out.send(from, ack_to_failure(id.serial % self.users, wire));
                Progress::Failed(status)
            }
            _ => Progress::Failed(status),
        }
    }

    fn request(&mut self, id: Option<Id>, local: SocketAddr, wire: &Wire<'_>, out: &mut Outbox) -> Progress {
        match wire.method() {
            b"INVITE" => {
                out.send(local, answer(wire, "180 Ringing", Some(local)));
                if let (false, Some(id)) = (self.hold, id) {
                    let ok = answer(wire, "200 OK", Some(local));
                    out.send_until_settled(End::Callee, id.slot, local, ok);
                }
            }
            b"ACK" => {
                let Some(id) = id else { return Progress::Ongoing };
                out.settle(End::Callee, id.slot);
                self.legs[id.slot].acknowledged = true;
                return self.progress(id.slot);
            }
            _ => out.send(local, answer(wire, "200 OK", None)),
        }
        Progress::Ongoing
    }
}

/// A request inside the dialog that the 200 made (RFC 3261 §12.2.1.1).
fn within(
    method: &str,
    cseq: u32,
    target: &[u8],
    id: Id,
    from: SocketAddr,
    wire: &Wire<'_>,
    out: &Outbox,
) -> Bytes {
    let mut text = Vec::with_capacity(512);
    text.extend_from_slice(method.as_bytes());
    text.extend_from_slice(b" ");
    text.extend_from_slice(target);
    let (Id { slot, serial }, run, announced) = (id, &out.run, out.announced);
    let _ = write!(
        text,
        " SIP/2.0\r\nVia: SIP/2.0/UDP {from};rport;branch=z9hG4bK{run}-{slot}-{serial}-{method}{announced}\r\n\
         Max-Forwards: 70\r\n"
    );
    for route in wire.record_routes.iter().rev() {
        super::row(&mut text, "Route: ", route);
    }
    super::row(&mut text, "From: ", wire.from);
    super::row(&mut text, "To: ", wire.to);
    super::row(&mut text, "Call-ID: ", wire.call_id);
    let _ = write!(text, "CSeq: {cseq} {method}\r\nContent-Length: 0\r\n\r\n");
    text.into()
}

/// The ACK of the INVITE's own transaction (RFC 3261 §17.1.1.3).
fn ack_to_failure(user: u64, wire: &Wire<'_>) -> Bytes {
    let mut text = Vec::with_capacity(384);
    let _ = write!(text, "ACK sip:u{user}@{DOMAIN} SIP/2.0\r\n");
    if let Some(via) = wire.vias.first() {
        super::row(&mut text, "", via);
    }
    super::row(&mut text, "Max-Forwards: 70\r\nFrom: ", wire.from);
    super::row(&mut text, "To: ", wire.to);
    super::row(&mut text, "Call-ID: ", wire.call_id);
    text.extend_from_slice(b"CSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n");
    debug_assert!(memchr::memmem::find(&text, BRANCH).is_some());
    text.into()
}

/// Stands for a status in the counts: the 200 had no Contact.
const NO_CONTACT: u16 = 0;
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                   m=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n";
