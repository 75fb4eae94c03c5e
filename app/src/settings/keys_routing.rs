//! The keys of the dial plan: rules, next hops, states of users.

use super::key::{Default, Key, Kind, Section};
use std::time::Duration;

/// What the proxy does with calls for users.
pub(super) const PROXY: Section = Section {
    name: "proxy",
    repeats: false,
    doc: "How requests for users of the domains are served.",
    keys: &[
        Key {
            name: "redirect",
            kind: Kind::Flag,
            default: Default::Value("false"),
            doc: "Makes this a redirect server: callers are told where a user is registered (302, or 300 with several \
                  addresses) instead of being connected.",
        },
        Key {
            name: "recurse",
            kind: Kind::Flag,
            default: Default::Value("false"),
            doc: "Whether a phone's 300, 301 or 302 that names only users of the domains is followed here, instead of \
                  being passed to the caller.",
        },
    ],
};

/// The server's part in session timers.
pub(super) const SESSION: Section = Section {
    name: "session",
    repeats: false,
    doc: "Session timers (RFC 4028): calls are refreshed now and then by one of the phones, so that everybody on the way \
          learns of a call whose phone is gone. Without this table they are left to the phones.",
    keys: &[
        Key {
            name: "expires",
            kind: Kind::Time(SESSION_MIN, Duration::from_secs(86_400)),
            default: Default::Described("not asked for"),
            doc: "Asks for a timer in every call that has none, and shortens longer ones to this; `\"30m\"` is usual.",
        },
        Key {
            name: "min",
            kind: Kind::Time(SESSION_MIN, Duration::from_secs(86_400)),
            default: Default::Value(r#""90s""#),
            doc: "The shortest interval that may pass: a phone that asks for less is told so (422), and one that would \
                  not understand gets this.",
        },
    ],
};

/// No session interval is shorter (RFC 4028 §4).
const SESSION_MIN: Duration = Duration::from_secs(90);

/// One rule.
pub(super) const ROUTE: Section = Section {
    name: "route",
    repeats: true,
    doc: "A rule of the dial plan; give one table for each, the first that holds decides. It holds when everything \
          that it names agrees with the request; what it does not name may be anything. Without a rule that holds, a \
          request goes to whom it names. See [routing](routing.md).",
    keys: &[
        Key {
            name: "name",
            kind: Kind::Name,
            default: Default::Required,
            doc: "Its name, which journal and `ringback route` give.",
        },
        Key {
            name: "methods",
            kind: Kind::List(&Kind::Choice(METHODS)),
            default: ANY,
            doc: "The method is one of these.",
        },
        Key {
            name: "domains",
            kind: Kind::List(&Kind::Host),
            default: ANY,
            doc: "The domain of the target is one of these.",
        },
        Key {
            name: "users",
            kind: Kind::List(&Kind::Text),
            default: ANY,
            doc: "The user part of the target is one of these. Of `users`, `prefixes` and `patterns` one must agree.",
        },
        Key {
            name: "prefixes",
            kind: Kind::List(&Kind::Text),
            default: ANY,
            doc: "The user part of the target begins with one of these.",
        },
        Key {
            name: "patterns",
            kind: Kind::List(&Kind::Pattern),
            default: ANY,
            doc: "The whole user part of the target matches one of these.",
        },
        Key {
            name: "caller_domains",
            kind: Kind::List(&Kind::Host),
            default: ANY,
            doc: "The domain in From is one of these.",
        },
        Key {
            name: "caller_users",
            kind: Kind::List(&Kind::Text),
            default: ANY,
            doc: "The user part in From is one of these. Of the three `caller_` keys for it one must agree.",
        },
        Key {
            name: "caller_prefixes",
            kind: Kind::List(&Kind::Text),
            default: ANY,
            doc: "The user part in From begins with one of these.",
        },
        Key {
            name: "caller_patterns",
            kind: Kind::List(&Kind::Pattern),
            default: ANY,
            doc: "The whole user part in From matches one of these.",
        },
        Key {
            name: "sources",
            kind: Kind::List(&Kind::Network),
            default: ANY,
            doc: "The request came from one of these addresses or networks.",
        },
        Key {
            name: "transports",
            kind: Kind::List(&Kind::Choice(&["udp", "tcp", "tls", "ws", "wss"])),
            default: ANY,
            doc: "The request came over one of these.",
        },
        Key {
            name: "days",
            kind: Kind::List(&Kind::Days),
            default: ANY,
            doc: "It is one of these days, in the zone that `timezone` names.",
        },
        Key {
            name: "hours",
            kind: Kind::List(&Kind::Hours),
            default: ANY,
            doc: "It is one of these times of the day; the end no longer belongs to it. One that passes midnight \
                  belongs to the day on which it begins.",
        },
        Key {
            name: "open",
            kind: Kind::Flag,
            default: Default::Value("false"),
            doc: "Whether callers who did not prove to be users of the domains may use a rule that leads out of them. \
                  With `true` strangers can call at your cost: name their `sources` too.",
        },
        Key {
            name: "strip",
            kind: Kind::Count(1, 255),
            default: NOTHING,
            doc: "Takes so many characters off the front of the user part.",
        },
        Key {
            name: "replace",
            kind: Kind::Template,
            default: NOTHING,
            doc: "The user part becomes this; `{1}`, `{2}` or `{name}` stand for groups of the pattern, `{0}` for all \
                  of it, `{user}` and `{domain}` for what was there.",
        },
        Key {
            name: "prepend",
            kind: Kind::Text,
            default: NOTHING,
            doc: "Goes in front of the user part, after `strip` or `replace`.",
        },
        Key {
            name: "set_domain",
            kind: Kind::Host,
            default: NOTHING,
            doc: "The domain of the target becomes this.",
        },
        Key {
            name: "action",
            kind: Kind::Choice(&["forward", "hop", "redirect", "reject", "continue"]),
            default: Default::Required,
            doc: "`forward`: to whom the target then names, the phones of a user or another domain. `hop`: to a group of \
                  next hops. `redirect`: the caller is told where to try. `reject`: it is refused. `continue`: the next \
                  rules decide, about the target as it now is.",
        },
        Key { name: "hop", kind: Kind::Name, default: WITH_ITS_ACTION, doc: "For `hop`: the group." },
        Key {
            name: "code",
            kind: Kind::Count(300, 699),
            default: Default::Described("302 for `redirect`; must be given for `reject`"),
            doc: "For `redirect` 300, 301 or 302; for `reject` a code from 400 on that says nothing which a rule cannot \
                  know.",
        },
        Key {
            name: "contacts",
            kind: Kind::List(&Kind::Template),
            default: WITH_ITS_ACTION,
            doc: "For `redirect`: where to try, such as `\"sip:{user}@new.test\"` or `\"<sip:{user}@new.test>;q=0.5\"`, \
                  with the places of `replace`, about the target as rewritten.",
        },
        Key {
            name: "reason",
            kind: Kind::Text,
            default: Default::Described("the usual one"),
            doc: "For `reject`: the reason phrase.",
        },
        Key {
            name: "retry_after",
            kind: Kind::Time(Duration::from_secs(1), Duration::from_secs(30 * 86_400)),
            default: NOTHING,
            doc: "For `reject` with 404, 413, 480, 486, 500, 503, 600 or 603: when to try again.",
        },
        Key {
            name: "warning",
            kind: Kind::Text,
            default: NOTHING,
            doc: "For `reject`: the text of a Warning with code 399.",
        },
    ],
};

/// A group of next hops.
pub(super) const HOP: Section = Section {
    name: "hop",
    repeats: true,
    doc: "A group of next hops that lead to the same place: a carrier, another server. One that cannot be reached, does \
          not answer at all or says 503 gives way to the next.",
    keys: &[
        Key {
            name: "name",
            kind: Kind::Name,
            default: Default::Required,
            doc: "Its name, by which routes know it.",
        },
        Key {
            name: "targets",
            kind: Kind::Tables(&[
                Key {
                    name: "uri",
                    kind: Kind::SipUri,
                    default: Default::Required,
                    doc: "Where. With `;lr` the request goes there by a Route and its target stays as it is; without, \
                          the target gets this host.",
                },
                Key {
                    name: "weight",
                    kind: Kind::Count(0, 65_535),
                    default: Default::Value("1"),
                    doc: "Its share of the requests among those of the same priority; 0 is tried last among them.",
                },
                Key {
                    name: "priority",
                    kind: Kind::Count(0, 65_535),
                    default: Default::Value("10"),
                    doc: "Lower ones are tried first.",
                },
            ]),
            default: Default::Required,
            doc: "The next hops.",
        },
        Key {
            name: "probe",
            kind: Kind::Time(Duration::from_secs(1), Duration::from_secs(3600)),
            default: Default::Described("they are not asked"),
            doc: "How often each is asked with OPTIONS whether it lives. Any answer but 408, 503 and 504 is a good one.",
        },
        Key {
            name: "probe_failures",
            kind: Kind::Count(1, 100),
            default: Default::Value("3"),
            doc: "So many questions without a good answer in a row, and it is down: tried after all that are up.",
        },
        Key {
            name: "probe_successes",
            kind: Kind::Count(1, 100),
            default: Default::Value("2"),
            doc: "So many good answers in a row, and it is up again.",
        },
    ],
};

/// What is said of a user.
pub(super) const USER: Section = Section {
    name: "user",
    repeats: true,
    doc: "A user of whom callers shall be told something. It needs no account. Give one of `gone`, `moved`, `away`, \
          `instead` and `several`; rules of the dial plan go before it.",
    keys: &[
        Key {
            name: "name",
            kind: Kind::Text,
            default: Default::Required,
            doc: "The user: `\"dora@example.test\"`, or `\"dora\"` in the first domain.",
        },
        Key {
            name: "gone",
            kind: Kind::Flag,
            default: NOTHING,
            doc: "`true`: the user is gone for good, without another address (410).",
        },
        Key {
            name: "moved",
            kind: Kind::SipUri,
            default: NOTHING,
            doc: "The user has this address for good (301).",
        },
        Key {
            name: "away",
            kind: Kind::SipUri,
            default: NOTHING,
            doc: "The user is at this address for a while (302).",
        },
        Key {
            name: "away_for",
            kind: Kind::Time(Duration::from_secs(1), Duration::from_secs(30 * 86_400)),
            default: Default::Described("this call only"),
            doc: "With `away`: how long callers may remember it.",
        },
        Key {
            name: "instead",
            kind: Kind::List(&Kind::Uri),
            default: NOTHING,
            doc: "The user cannot be reached, and callers are told of these services (380).",
        },
        Key {
            name: "several",
            kind: Kind::List(&Kind::SipUri),
            default: NOTHING,
            doc: "The name may mean each of these users, so that a call to it reaches nobody (485).",
        },
        Key {
            name: "tell",
            kind: Kind::Flag,
            default: Default::Value("false"),
            doc: "With `several`: callers are told who they are.",
        },
    ],
};

const ANY: Default = Default::Described("any");
const NOTHING: Default = Default::Described("nothing");
const WITH_ITS_ACTION: Default = Default::Described("must be given with its action");

/// The methods that can be routed: ACK and CANCEL go where their request went.
const METHODS: &[&str] = &[
    "INVITE",
    "BYE",
    "REGISTER",
    "OPTIONS",
    "MESSAGE",
    "SUBSCRIBE",
    "NOTIFY",
    "PUBLISH",
    "REFER",
    "INFO",
    "UPDATE",
    "PRACK",
];
