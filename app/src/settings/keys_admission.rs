//! The keys of who is served how often, and of bans.

use super::key::{Default, Key, Kind, Section};
use std::time::Duration;

/// How often.
pub(super) const RATES: Section = Section {
    name: "rates",
    repeats: false,
    doc: "How many requests a second are served, and refused with an answer; 0 is without limit. A few seconds' worth may \
          come at once. A source is an address (IPv6: a /64); datagrams, whose source may be forged, count apart from \
          connections.",
    keys: &[
        Key {
            name: "source",
            kind: Kind::Count(0, 1_000_000),
            default: Default::Value("1000"),
            doc: "Requests of one source; beyond it they are answered with 503. Raise it for a trunk or an office that \
                  sends more, or name it in `never`.",
        },
        Key {
            name: "user",
            kind: Kind::Count(0, 1_000_000),
            default: Default::Value("50"),
            doc: "Requests of one user whose password was right; beyond it they are answered with 503.",
        },
        Key {
            name: "refusals",
            kind: Kind::Count(0, 1_000_000),
            default: Default::Value("100"),
            doc: "Refusals and challenges to one source; beyond it nothing is answered.",
        },
        Key {
            name: "never",
            kind: Kind::Set(&Kind::Network),
            default: Default::Value(r#"["127.0.0.0/8", "::1"]"#),
            doc: "Who is neither limited nor banned: trunks, monitoring, and the machine itself. Take the machine out \
                  (`[]`) when a proxy on it hides where requests come from.",
        },
    ],
};

/// Bans.
pub(super) const BANS: Section = Section {
    name: "bans",
    repeats: false,
    doc: "Sources that go on doing wrong are not read for a while; `ringback bans` shows and lifts bans. Only what cannot \
          be forged counts: guesses that answer a challenge, and what comes over a connection.",
    keys: &[
        Key {
            name: "length",
            kind: Kind::Time(Duration::ZERO, Duration::from_secs(30 * 86_400)),
            default: Default::Value(r#""1h""#),
            doc: "How long a ban is; `\"0s\"`: nobody is banned but by `ringback bans add`.",
        },
        Key {
            name: "strikes",
            kind: Kind::Count(1, 1_000_000),
            default: Default::Value("60"),
            doc: "How many strikes a source has within `window`. A wrong password is one, one for a user who does not exist \
                  three.",
        },
        Key {
            name: "window",
            kind: Kind::Time(Duration::from_secs(1), Duration::from_secs(86_400)),
            default: Default::Value(r#""10m""#),
            doc: "In this time all strikes are forgotten, one after the other.",
        },
    ],
};
