//! The keys of the journal on disk.

use super::key::{Default, Key, Kind, Section};
use std::time::Duration;

pub(super) const JOURNAL: Section = Section {
    name: "journal",
    repeats: false,
    doc: "What the server keeps on disk for `ringback why`: facts and messages. See docs/why.md.",
    keys: &[
        Key {
            name: "enabled",
            kind: Kind::Flag,
            default: Default::Value("true"),
            doc: "Whether anything is kept.",
        },
        Key {
            name: "folder",
            kind: Kind::Folder,
            default: Default::Described("`journal` in the data folder"),
            doc: "Where. A relative path starts at the folder of the configuration file.",
        },
        Key {
            name: "megabytes_max",
            kind: Kind::Count(1, 1_000_000),
            default: Default::Value("256"),
            doc: "How much room it may take; then the oldest goes. Indexes take about a tenth more.",
        },
        Key {
            name: "keep",
            kind: Kind::Time(Duration::from_secs(60), Duration::from_secs(366 * 86_400)),
            default: Default::Value(r#""7d""#),
            doc: "How long it is kept at most.",
        },
        Key {
            name: "messages",
            kind: Kind::Choice(&["masked", "off", "full"]),
            default: Default::Value(r#""masked""#),
            doc: "`masked` keeps messages without passwords, keys and what people write to each other; `off` keeps \
                  facts only, so that a call is not found by its caller and callee; `full` keeps everything, \
                  and then the folder must be guarded like the conversations themselves.",
        },
        Key {
            name: "records_per_second_max",
            kind: Kind::Count(1, 1_000_000),
            default: Default::Value("5000"),
            doc: "Most that is kept in a second; what goes beyond is counted, and `ringback why` says where it is missing.",
        },
    ],
};
