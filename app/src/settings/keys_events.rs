//! Presence and other events.

use super::keys::{Default, Key, Kind, Section};
use std::time::Duration;

/// The notifier of our own users.
pub(super) const EVENTS: Section = Section {
    name: "events",
    repeats: false,
    doc: "Presence and other events (RFC 6665): the server takes what the phones of our users publish, and tells those \
          who watch. See [server](server.md).",
    keys: &[
        Key {
            name: "packages",
            kind: Kind::Set(&Kind::Choice(&[
                "presence",
                "presence.winfo",
                "message-summary",
                "dialog",
                "reg",
            ])),
            default: Default::Value(r#"["presence", "presence.winfo", "message-summary", "dialog", "reg"]"#),
            doc: "The event packages that the server itself speaks for our users. A subscription to another package goes on \
                  to the phones of its user; with an empty list all do.",
        },
        Key {
            name: "watchers",
            kind: Kind::Choice(&["allow", "ask", "deny"]),
            default: Default::Value(r#""allow""#),
            doc: "What other users of ours may about whom the one to be watched has decided nothing with `ringback \
                  watchers`: see the state, wait until it is decided, or be refused. A change holds for new \
                  subscriptions; those from before follow when they are decided about.",
        },
        Key {
            name: "expires_min",
            kind: Kind::Time(Duration::from_secs(1), Duration::from_secs(3600)),
            default: Default::Value(r#""60s""#),
            doc: "The shortest subscription or publication; a phone that asks for less is told so (423).",
        },
        Key {
            name: "expires_max",
            kind: Kind::Time(Duration::from_secs(60), Duration::from_secs(604_800)),
            default: Default::Value(r#""24h""#),
            doc: "The longest; more is shortened to this.",
        },
        Key {
            name: "pace",
            kind: Kind::Time(Duration::from_millis(100), Duration::from_secs(60)),
            default: Default::Value(r#""1s""#),
            doc: "The least time between two notifications of one subscription that only a change asks for.",
        },
    ],
};

/// One list.
pub(super) const LIST: Section = Section {
    name: "list",
    repeats: true,
    doc: "A list of users whose presence is watched by one subscription (RFC 4662); give one table for each. Any user of \
          ours may watch it; each member's rules about watchers hold as if the member were watched alone. See \
          [server](server.md).",
    keys: &[
        Key {
            name: "name",
            kind: Kind::Text,
            default: Default::Required,
            doc: "The address of the list: `\"friends@example.test\"`, or `\"friends\"` in the first domain. No user may \
                  have it.",
        },
        Key {
            name: "members",
            kind: Kind::List(&Kind::Text),
            default: Default::Required,
            doc: "The users, written as in `name`; at most 100.",
        },
        Key {
            name: "title",
            kind: Kind::Text,
            default: Default::Described("none"),
            doc: "What phones show as its name.",
        },
    ],
};

/// Messages for users who are not there.
pub(super) const MESSAGES: Section = Section {
    name: "messages",
    repeats: false,
    doc: "Messages (RFC 3428) between our users. See [server](server.md).",
    keys: &[Key {
        name: "keep",
        kind: Kind::Time(Duration::from_secs(60), Duration::from_secs(31_536_000)),
        default: Default::Described("not kept"),
        doc: "Keeps a message for a user who has no phone registered so long, answers 202, and sends it on when a phone \
              registers; `\"7d\"` is usual. Without it the sender is told that nobody is there (480).",
    }],
};
