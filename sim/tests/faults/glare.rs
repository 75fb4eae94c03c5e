//! Two sides that change a call at the same moment (RFC 3261 §14.1).

use crate::Fault;
use crate::agents::{Mood, Pair};
use crate::street::Street;
use crate::who::{BOB, HAND, written};
use ringback_sim::HostId;
use ringback_sip::sdp::Codec;

pub(crate) const FAULTS: &[Fault] = &[(
    "both sides change the call at once, and neither tries again",
    "success, INVITE 491 passed",
    "D41-unrepeated",
    || {
        let mut talk = Talk::new();
        talk.collide(2);
        talk.street.then(60)
    },
)];

/// Two agents that put each other on hold at the same moment; both try again, each in its time.
pub(crate) fn harmless() -> Street {
    Pair::new(|_| {}, |_| {}, Mood::Holds).call(&Codec::ALL).then(80)
}

// -----------------------------------------------------------------------------------------------------------------

/// Where bob is, who is written by hand as alice is.
const OTHER: &str = "198.51.100.78:5060";

/// A call between alice and bob through the server.
struct Talk {
    street: Street,
    alice: HostId,
    bob: HostId,
    /// The INVITE as bob heard it, and the answer as alice did.
    invite: String,
    answer: String,
}

impl Talk {
    fn new() -> Self {
        let mut street = Street::new().bind("bob", &format!("<sip:bob@{OTHER}>"));
        let (alice, bob) = (street.hand(HAND), street.hand(OTHER));
        street.write(alice, HAND, &written("INVITE", BOB, 1, ""));
        let invite = street.heard(bob, "INVITE ");
        street.write(bob, OTHER, &answered(&invite, "200 OK"));
        let answer = street.heard(alice, "SIP/2.0 200");
        let mut talk = Talk { street, alice, bob, invite, answer };
        let ack = talk.text("ACK", HAND, 1);
        talk.street.write(alice, HAND, &ack);
        talk
    }

    /// Both change the call before they hear of each other, and refuse.
    fn collide(&mut self, cseq: u32) {
        let (alice, bob) = (self.alice, self.bob);
        let changes = [self.text("INVITE", HAND, cseq), self.text("INVITE", OTHER, cseq)];
        self.street.write(alice, HAND, &changes[0]);
        self.street.write(bob, OTHER, &changes[1]);
        let at_bob = self.street.heard(bob, "INVITE ");
        let at_alice = self.street.heard(alice, "INVITE ");
        self.street.write(alice, HAND, &answered(&at_alice, "491 Request Pending"));
        self.street.write(bob, OTHER, &answered(&at_bob, "491 Request Pending"));
        for (hand, from, change) in [(alice, HAND, &changes[0]), (bob, OTHER, &changes[1])] {
            let refusal = self.street.heard(hand, "SIP/2.0 491");
            let ack = change.replace("INVITE sip", "ACK sip").replace(" INVITE\r\n", " ACK\r\n");
            self.street.write(hand, from, &ack.replace(&row(change, "To:"), &row(&refusal, "To:")));
        }
    }

    /// A request inside the call.
    fn text(&self, method: &str, from: &str, cseq: u32) -> String {
        let Talk { invite, answer, .. } = self;
        let (caller, callee) = (row(invite, "From:"), row(answer, "To:"));
        let (own, other, uri) = match from {
            HAND => (caller, callee, format!("sip:bob@{OTHER}")),
            _ => {
                (callee.replace("To:", "From:"), caller.replace("From:", "To:"), format!("sip:alice@{HAND}"))
            }
        };
        let route = row(invite, "Record-Route:").replace("Record-Route:", "Route:");
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{method}{cseq};rport\r\nMax-Forwards: 70\r\n\
             {route}{own}{other}Call-ID: written-by-hand\r\nCSeq: {cseq} {method}\r\nContact: <sip:it@{from}>\r\n\
             Content-Length: 0\r\n\r\n"
        )
    }
}

/// What whoever heard `request` answers.
fn answered(request: &str, status: &str) -> String {
    let rows: String =
        ["Via:", "Record-Route:", "From:", "Call-ID:", "CSeq:"].map(|name| row(request, name)).concat();
    let to = row(request, "To:");
    let to = if to.contains(";tag=") { to } else { to.replace("\r\n", ";tag=bob\r\n") };
    format!("SIP/2.0 {status}\r\n{rows}{to}Contact: <sip:bob@{OTHER}>\r\nContent-Length: 0\r\n\r\n")
}

/// The rows with this name.
fn row(text: &str, name: &str) -> String {
    text.lines().filter(|line| line.starts_with(name)).map(|line| format!("{line}\r\n")).collect()
}
