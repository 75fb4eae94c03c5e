//! The keys of the console and the API.

use super::key::{Default, Key, Kind, Section};

pub(super) const CONSOLE: Section = Section {
    name: "console",
    repeats: false,
    doc: "The console and the API (docs/api.md): calls and why they failed, registrations, bans, routes, by HTTP.",
    keys: &[
        Key {
            name: "enabled",
            kind: Kind::Flag,
            default: Default::Value("true"),
            doc: "Whether there is one.",
        },
        Key {
            name: "address",
            kind: Kind::Address,
            default: Default::Value(r#""127.0.0.1:7080""#),
            doc: "Where. Other machines reach it only by a proxy of yours that does TLS: see `behind_proxy`. If the key \
                  is not given and the port is taken, the server runs without console and says so.",
        },
        Key {
            name: "behind_proxy",
            kind: Kind::Flag,
            default: Default::Value("false"),
            doc: "Whether a proxy that does TLS stands before it. Then the address may be another than loopback's, `names` \
                  must say how browsers call it, and cookies go over https only.",
        },
        Key {
            name: "names",
            kind: Kind::List(&Kind::Host),
            default: Default::Described("`localhost` and the address"),
            doc: "The host names under which browsers reach it; requests for other names are refused, so that a page of \
                  somebody else cannot reach it by a name that leads to this machine.",
        },
    ],
};
