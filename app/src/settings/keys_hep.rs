//! The keys of HEP3.

use super::key::{Default, Key, Kind, Section};

pub(super) const HEP: Section = Section {
    name: "hep",
    repeats: false,
    doc: "Where a copy of each message that the server gets or sends goes by HEP3: Homer, or `ringback listen-hep`. See \
          docs/hep.md.",
    keys: &[
        Key {
            name: "to",
            kind: Kind::HepPlace,
            default: Default::Required,
            doc: "The collector. Messages never wait for it: what it does not take is counted (`ringback_hep_lost`).",
        },
        Key {
            name: "agent",
            kind: Kind::Count(0, u32::MAX as u64),
            default: Default::Value("2001"),
            doc: "The number by which the collector tells this server from others.",
        },
        Key {
            name: "key",
            kind: Kind::Text,
            default: Default::Described("none"),
            doc: "The key that the collector asks for. HEP is not encrypted: who listens on the way can read it.",
        },
        Key {
            name: "messages",
            kind: Kind::Choice(&["masked", "full"]),
            default: Default::Value(r#""masked""#),
            doc: "`masked` sends messages without passwords, keys and what people write to each other; `full` sends \
                  everything.",
        },
    ],
};
