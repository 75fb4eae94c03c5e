//! Faults of TLS between the server and its next hop. A capture holds the alert, as TLS 1.2 has it.

use crate::Fault;
use crate::ends::trunk;
use crate::street::{Street, phone};
use crate::who::to;
use ringback_sim::{Answer, House, Trouble};
use ringback_sip::flow::{HandshakeFault, Transport};
use ringback_sip::time::Duration;

pub(crate) const FAULTS: &[Fault] = &[
    ("the certificate of the next hop has another name", "transport", "D04-certificate", || {
        behind(HandshakeFault::WrongName)
    }),
    ("nobody trusts who signed the certificate of the next hop", "transport", "D04-certificate", || {
        behind(HandshakeFault::UnknownAuthority)
    }),
    ("the certificate of the next hop is over", "transport", "D04-expired", || {
        behind(HandshakeFault::Expired)
    }),
    ("the next hop wants a certificate of us", "transport", "D04-asked", || behind(HandshakeFault::Refused)),
    ("the next hop speaks no version of TLS that we know", "transport", "D04-common", || {
        behind(HandshakeFault::Protocol)
    }),
];

// -----------------------------------------------------------------------------------------------------------------

/// Alice calls a number behind a next hop, with which no secure connection comes about.
fn behind(fault: HandshakeFault) -> Street {
    let street = Street::with(|settings| {
        settings.plan = trunk("sip:198.51.100.1:5060;transport=tls").into();
        settings.addresses.push((Transport::Tls, House::address()));
    });
    street
        .and("carol", Transport::Tls, Answer::ringing())
        .trouble(Duration::ZERO, Trouble::Handshake(phone(1), fault))
        .asks(60, to("INVITE", "sip:0201234@example.test"))
}
