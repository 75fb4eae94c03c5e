//! The keys of registrations and of the edge proxy.

use super::key::{Default, Key, Kind, Section};
use std::time::Duration;

/// The registrar.
pub(super) const REGISTRAR: Section = Section {
    name: "registrar",
    repeats: false,
    doc: "What phones are granted when they register.",
    keys: &[
        Key {
            name: "path",
            kind: Kind::Choice(&["refuse", "accept"]),
            default: Default::Value(r#""refuse""#),
            doc: "What becomes of a registration that came through a proxy which put itself into Path, when the phone \
                  does not list `path` in Supported: it is refused (420, and 421 where we are that proxy), or the Path \
                  is used all the same.",
        },
        Key {
            name: "service_route",
            kind: Kind::List(&Kind::SipUri),
            default: Default::Described("none"),
            doc: "The proxies that phones are told to send their own requests through (RFC 3608), the first one first, \
                  such as `[\"sip:proxy.example.test\"]`.",
        },
        Key {
            name: "keep_alive_stream",
            kind: Kind::Time(Duration::from_secs(10), Duration::from_secs(3600)),
            default: Default::Value(r#""2m""#),
            doc: "How often a phone that registers a flow (RFC 5626) is asked for a sign of life over a stream.",
        },
        Key {
            name: "keep_alive_datagram",
            kind: Kind::Time(Duration::from_secs(5), Duration::from_secs(3600)),
            default: Default::Value(r#""29s""#),
            doc: "The same over UDP. Many address translators forget a mapping after 30 seconds of silence.",
        },
        Key {
            name: "expires_min",
            kind: Kind::Time(Duration::from_secs(1), Duration::from_secs(3600)),
            default: Default::Value(r#""60s""#),
            doc: "The shortest registration; a phone that asks for less is told so (423). Only a restart changes it.",
        },
        Key {
            name: "expires_max",
            kind: Kind::Time(Duration::from_secs(60), Duration::from_secs(604_800)),
            default: Default::Value(r#""2h""#),
            doc: "The longest; more is shortened to this. Only a restart changes it.",
        },
        Key {
            name: "contacts_max",
            kind: Kind::Count(1, 100),
            default: Default::Value("16"),
            doc: "Most contacts of one user; one more is refused (403). Only a restart changes it.",
        },
    ],
};

/// Domains whose phones come by way of us.
pub(super) const EDGE: Section = Section {
    name: "edge",
    repeats: true,
    doc: "A domain of somebody else whose phones reach their home by way of this server, which keeps the flows to them \
          (RFC 5626 §5); give one table for each. Requests to that domain are passed on without a password: its own \
          server asks for it.",
    keys: &[
        Key {
            name: "home",
            kind: Kind::Host,
            default: Default::Required,
            doc: "The domain, such as `\"example.net\"`.",
        },
        Key {
            name: "next",
            kind: Kind::SipUri,
            default: Default::Described("as DNS has it"),
            doc: "The URI of its proxy, such as `\"sip:192.0.2.50\"`.",
        },
    ],
};
