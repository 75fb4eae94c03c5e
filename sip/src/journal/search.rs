//! How a next hop was found by its name, step by step, or why not (RFC 3263).

use super::Shown;
use crate::flow::{ResolveError, Target, Transport};
use crate::time::Instant;
use core::net::IpAddr;
use serde::{Deserialize, Serialize};

/// One search for the addresses of a next hop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Search {
    /// The host that was looked for.
    pub host: Shown,
    /// What was asked and what the answers meant, in order.
    pub steps: Box<[Step]>,
    /// The addresses in the order in which they are tried, or why there are none.
    pub found: Result<Box<[Target]>, ResolveError>,
}

/// One step of a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The host is an address: no name server is asked (§4.2).
    Numeric(IpAddr),
    /// A port is named: only addresses are asked for (§4.2).
    PortNamed(u16),
    /// The transport is named: NAPTR is not asked (§4.1).
    TransportNamed(Transport),
    /// Nothing says which transport, so it is this one (§4.1).
    TransportAssumed(Transport),
    /// A question to the name servers, and how many records came.
    Asked {
        /// The name.
        name: Shown,
        /// What was asked about it.
        kind: RecordKind,
        /// How many records the answer holds.
        answer: Result<u16, ResolveError>,
    },
    /// The name stands for another one (CNAME).
    Alias {
        /// The other one.
        to: Shown,
    },
    /// A record that says over which transport the domain is served.
    Naptr {
        /// Lower ones go first, and exclude the others.
        order: u16,
        /// Among those of one order, lower ones go first.
        preference: u16,
        /// The service, such as `SIP+D2T`.
        service: Shown,
        /// The name of the SRV records.
        replacement: Shown,
        /// What it meant.
        verdict: Verdict,
    },
    /// A record that names a server of the domain.
    Srv {
        /// Lower ones go first.
        priority: u16,
        /// The share among those of one priority.
        weight: u16,
        /// The server's port.
        port: u16,
        /// The server's name.
        target: Shown,
        /// What it meant.
        verdict: Verdict,
    },
    /// An address of a server.
    Address {
        /// The address.
        ip: IpAddr,
        /// What it meant.
        verdict: Verdict,
    },
    /// This server failed lately, so that it is tried last until then.
    Quarantined {
        /// The server.
        target: Target,
        /// Until when.
        until: Instant,
    },
    /// No record of the domain leads to a transport of ours, and none is guessed.
    NothingUsable,
    /// Whoever asked stopped waiting.
    GaveUp,
    /// A limit with this name was reached; the rest was not looked at.
    Limit(Box<str>),
}

/// What the name servers are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordKind {
    /// NAPTR records.
    Naptr,
    /// SRV records.
    Srv,
    /// A and AAAA records.
    Address,
}

impl RecordKind {
    /// The name as DNS spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            RecordKind::Naptr => "NAPTR",
            RecordKind::Srv => "SRV",
            RecordKind::Address => "A/AAAA",
        }
    }
}

/// What a record meant for a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is followed.
    Taken,
    /// It speaks of another service than SIP.
    OtherService,
    /// It leads to a transport that we have not.
    NoTransport,
    /// It is not secure, and the URI is `sips`.
    NotSecure,
    /// It holds a regular expression, which has no meaning here (RFC 3263 §4.1).
    Expression,
    /// Its flag does not say that SRV records follow.
    OtherFlag,
    /// A record of a lower order was taken (RFC 3403 §4.1).
    LaterOrder,
    /// It says that the service is not to be had here (RFC 2782).
    NotOffered,
    /// We have no socket for its address family.
    NoSocket,
    /// The same is on the list already.
    Known,
    /// A limit was reached before.
    OverLimit,
}

impl Verdict {
    /// The stable name.
    pub const fn id(self) -> &'static str {
        match self {
            Verdict::Taken => "taken",
            Verdict::OtherService => "other-service",
            Verdict::NoTransport => "no-transport",
            Verdict::NotSecure => "not-secure",
            Verdict::Expression => "expression",
            Verdict::OtherFlag => "other-flag",
            Verdict::LaterOrder => "later-order",
            Verdict::NotOffered => "not-offered",
            Verdict::NoSocket => "no-socket",
            Verdict::Known => "known",
            Verdict::OverLimit => "over-limit",
        }
    }
}
