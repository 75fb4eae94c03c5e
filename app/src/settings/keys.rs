//! Every key of the configuration file, one row each: from the rows come the check, the defaults, `docs/configuration.md`
//! and the suggestions of `ringback check`.

pub(crate) use super::key::{Default, Key, Kind, Section};
use std::fmt::Write as _;
use std::time::Duration;

/// All tables of the file, in the order of the documentation.
pub(crate) const SECTIONS: &[Section] = &[
    Section {
        name: "",
        repeats: false,
        doc: "Keys outside any table stand at the top of the file.",
        keys: &[
            Key {
                name: "domains",
                kind: Kind::List(&Kind::Host),
                default: Default::Described("`localhost` and the machine's own addresses"),
                doc: "The domains that this server is responsible for. Phones register here as `sip:name@domain`; \
                      requests for other domains are not relayed for strangers. The first one is the realm of \
                      passwords.",
            },
            Key {
                name: "data",
                kind: Kind::Folder,
                default: Default::Described("`$XDG_DATA_HOME/ringback`, else `~/.local/share/ringback`"),
                doc: "The folder of the store: accounts and bindings. Made if it does not exist. A relative path \
                      starts at the folder of the configuration file.",
            },
            Key {
                name: "timezone",
                kind: Kind::Zone,
                default: Default::Described("the machine's own"),
                doc: "The time zone of `days` and `hours` in routes, such as `\"Europe/Amsterdam\"` or `\"UTC\"`.",
            },
            Key {
                name: "workers",
                kind: Kind::Count(1, 256),
                default: Default::Described("one for each core"),
                doc: "How many threads handle messages.",
            },
        ],
    },
    Section {
        name: "listen",
        repeats: true,
        doc: "An address to listen on; give one table for each address. Without any, the server listens on \
              port 5060 of loopback (`127.0.0.1`, and `::1` if the machine has it).",
        keys: &[
            Key {
                name: "address",
                kind: Kind::Address,
                default: Default::Required,
                doc: "IP address and port, such as `192.0.2.1:5060` or `[2001:db8::1]:5060`. `0.0.0.0` and `[::]` \
                      stand for all addresses of the machine.",
            },
            Key {
                name: "transports",
                kind: Kind::List(&Kind::Choice(&["udp", "tcp", "tls", "ws", "wss"])),
                default: Default::Value(r#"["udp", "tcp"]"#),
                doc: "What to accept there: `udp`, and one of `tcp`, `tls`, `ws` (WebSocket) and `wss`. SIP under TLS has \
                      port 5061 of its own. `tls` and `wss` need a `[[certificate]]`.",
            },
            Key {
                name: "security_agreement",
                kind: Kind::Flag,
                default: Default::Value("false"),
                doc: "Whether phones that come here unprotected must agree on TLS or digest first (RFC 3329), and are \
                      refused with 421 when they cannot. For an address of phones, not of trunks.",
            },
        ],
    },
    super::keys_secure::CERTIFICATE,
    super::keys_secure::TLS,
    super::keys_secure::WEBSOCKET,
    Section {
        name: "auth",
        repeats: false,
        doc: "Who must show a password.",
        keys: &[
            Key {
                name: "required",
                kind: Kind::Flag,
                default: Default::Value("true"),
                doc: "Whether REGISTER, and requests that claim to come from one of the domains, need a password. \
                      `false` makes a laboratory without passwords; it is refused when the server listens on an \
                      address that is not loopback.",
            },
            Key {
                name: "algorithms",
                kind: Kind::List(&Kind::Choice(&["SHA-256", "SHA-512-256", "MD5"])),
                default: Default::Value(r#"["SHA-256", "SHA-512-256", "MD5"]"#),
                doc: "The digest algorithms that are asked for, one challenge each, the preferred one first. MD5 is \
                      weak: leave it out when all phones know better.",
            },
            Key {
                name: "md5_fallback",
                kind: Kind::Flag,
                default: Default::Value("true"),
                doc: "Whether MD5 alone is offered to a phone that gives up when it is challenged with all \
                      algorithms, as baresip 1.0, SIPp 3.6 and sipsak do. A phone that answers goes on being \
                      offered the best. docs/server.md says how the server knows, and what an attacker can make \
                      of it.",
            },
            Key {
                name: "conceal_users",
                kind: Kind::Flag,
                default: Default::Value("true"),
                doc: "Whether callers from other domains get 480 for a user who does not exist, as for one without a \
                      phone. `false` gives them 404, as our own users get it; then scanners learn who has an account.",
            },
        ],
    },
    super::keys_admission::RATES,
    super::keys_admission::BANS,
    super::keys_routing::PROXY,
    super::keys_routing::SESSION,
    super::keys_events::EVENTS,
    super::keys_events::LIST,
    super::keys_events::MESSAGES,
    super::keys_routing::ROUTE,
    super::keys_routing::HOP,
    super::keys_routing::USER,
    Section {
        name: "timers",
        repeats: false,
        doc: "The timers of RFC 3261. Change them only for a network that is unlike the Internet.",
        keys: &[
            Key {
                name: "t1",
                kind: Kind::Time(Duration::from_millis(10), Duration::from_secs(10)),
                default: Default::Value(r#""500ms""#),
                doc: "T1, the estimated round trip. Transactions give up after 64 times T1.",
            },
            Key {
                name: "t2",
                kind: Kind::Time(Duration::from_millis(10), Duration::from_secs(60)),
                default: Default::Value(r#""4s""#),
                doc: "T2, the longest interval between retransmissions of what is not an INVITE; at least T1.",
            },
            Key {
                name: "t4",
                kind: Kind::Time(Duration::from_millis(10), Duration::from_secs(60)),
                default: Default::Value(r#""5s""#),
                doc: "T4, how long a message may stay in the network.",
            },
            Key {
                name: "c",
                kind: Kind::Time(Duration::from_secs(181), Duration::from_secs(3600)),
                default: Default::Value(r#""181s""#),
                doc: "Timer C, how long the proxy lets a call ring without news; more than 3 minutes.",
            },
        ],
    },
    Section {
        name: "dns",
        repeats: false,
        doc: "How servers are found by their names (RFC 3263). `ringback resolve` shows the steps for a URI.",
        keys: &[
            Key {
                name: "servers",
                kind: Kind::List(&Kind::Address),
                default: Default::Described("those of the system"),
                doc: "The name servers to ask, such as `[\"192.0.2.53:53\"]`.",
            },
            Key {
                name: "timeout",
                kind: Kind::Time(Duration::from_millis(100), Duration::from_secs(30)),
                default: Default::Value(r#""8s""#),
                doc: "How long a whole search may take; then the request is answered with 504. One name server gets a \
                      quarter of it for one question, twice.",
            },
            Key {
                name: "quarantine",
                kind: Kind::Time(Duration::ZERO, Duration::from_secs(3600)),
                default: Default::Value(r#""30s""#),
                doc: "How long a server that could not be reached, or said nothing, is tried after the others of its \
                      name. One that sends 503 with Retry-After says itself for how long.",
            },
        ],
    },
    super::keys_reach::REGISTRAR,
    super::keys_reach::EDGE,
    Section {
        name: "http",
        repeats: false,
        doc: "The endpoint for health (`/health`) and Prometheus (`/metrics`).",
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
                default: Default::Value(r#""127.0.0.1:9060""#),
                doc: "Where. It has no password: keep it on loopback or behind a firewall. If the key is not given \
                      and the port is taken, the server runs without the endpoint and says so.",
            },
        ],
    },
    Section {
        name: "log",
        repeats: false,
        doc: "The journal on stderr.",
        keys: &[
            Key {
                name: "format",
                kind: Kind::Choice(&["human", "json"]),
                default: Default::Value(r#""human""#),
                doc: "Lines for people, or one JSON object a line. `ringback serve --log` goes before this.",
            },
            Key {
                name: "lines_per_second_max",
                kind: Kind::Count(1, 100_000),
                default: Default::Value("2000"),
                doc: "Under load the journal is cut here; what was not written is counted and the count is written.",
            },
        ],
    },
    super::keys_console::CONSOLE,
    super::keys_journal::JOURNAL,
    super::keys_hep::HEP,
    Section {
        name: "limits",
        repeats: false,
        doc: "What peers can make grow.",
        keys: &[
            Key {
                name: "connections_max",
                kind: Kind::Count(1, 1_000_000),
                default: Default::Value("16384"),
                doc: "Most TCP connections at once. Each is an open file: the server raises its limit of those by itself, and \
                      says at its start when the hard limit (`LimitNOFILE=` of systemd) is too low.",
            },
            Key {
                name: "connections_per_address_max",
                kind: Kind::Count(1, 1_000_000),
                default: Default::Value("1024"),
                doc: "Most TCP connections of one peer address (IPv6: of one /64).",
            },
            Key {
                name: "connection_idle",
                kind: Kind::Time(Duration::from_secs(10), Duration::from_secs(7 * 86_400)),
                default: Default::Value(r#""61m""#),
                doc: "How long a TCP connection may be silent before it is closed. Phones behind it can then not be \
                      reached until they call again, so that it should outlast their registrations.",
            },
            Key {
                name: "transactions_max",
                kind: Kind::Count(1_000, 16_777_216),
                default: Default::Value("524288"),
                doc: "Most transactions of one worker. A call leaves three for 32 s each, so that this is enough for some \
                      4,500 calls a second and worker; from seven eighths on only what has begun goes on, and new \
                      requests get 503 (docs/server.md). A change needs a restart.",
            },
        ],
    },
];

/// The row of a key.
pub(crate) fn find(section: &str, name: &str) -> Option<&'static Key> {
    section_named(section)?.keys.iter().find(|key| key.name == name)
}

/// The table of that name.
pub(crate) fn section_named(name: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|section| section.name == name)
}

/// `docs/configuration.md`.
pub(crate) fn reference() -> String {
    let mut text = String::from(INTRODUCTION);
    for section in SECTIONS {
        let heading = match (section.name, section.repeats) {
            ("", _) => "Top of the file".to_owned(),
            (name, true) => format!("`[[{name}]]`"),
            (name, false) => format!("`[{name}]`"),
        };
        // Writing to a String cannot fail.
        let _ = write!(text, "\n## {heading}\n\n{}\n\n", section.doc);
        text.push_str("| Key | Value | Default | Meaning |\n| --- | --- | --- | --- |\n");
        write_rows(&mut text, section.keys, "");
    }
    text
}

fn write_rows(text: &mut String, keys: &[Key], before: &str) {
    for key in keys {
        let default = match key.default {
            Default::Value(value) => format!("`{value}`"),
            Default::Described(words) => words.to_owned(),
            Default::Required => "must be given".to_owned(),
        };
        // Writing to a String cannot fail.
        let _ =
            writeln!(text, "| `{before}{}` | {} | {default} | {} |", key.name, key.kind.describe(), key.doc);
        if let Kind::Tables(keys) = key.kind {
            write_rows(text, keys, &format!("{}.", key.name));
        }
    }
}

const INTRODUCTION: &str = "# The configuration file

<!-- Generated from app/src/settings/keys.rs; `RINGBACK_WRITE=1 cargo test -p ringback settings` writes it anew. -->

`ringback serve` runs without a file. `ringback serve --config FILE` reads one in TOML; every key may be left out, except
where the table says otherwise. `ringback check --config FILE` says what is wrong with a file, all of it at once, and ends
with exit code 2 if anything is. The server checks in the same way, at its start and when SIGHUP tells it to read the
file again; a file with a fault is refused and what runs stays as it is.

Times have a unit: `\"500ms\"`, `\"4s\"`, `\"1m30s\"`, `\"2h\"`, `\"7d\"`. Text may refer to variables of the environment as
`${NAME}`.

```toml
domains = [\"example.test\"]
data = \"/var/lib/ringback\"
[[listen]]
address = \"192.0.2.1:5060\"
transports = [\"udp\", \"tcp\"]
```
";
