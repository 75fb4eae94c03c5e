//! What can be wrong with a configuration file, and how a person is told.

use super::bad_code::BadCode;
use super::insecure::Insecure;
use super::keys::Kind;
use super::time::write_time;
use crate::faults::{self, Explained};
use ringback_io::hep::HepAddressFault;
use std::fmt;
use std::time::Duration;

/// One thing that is wrong with a configuration file, and where.
pub(crate) type Fault = faults::Fault<FaultKind>;
/// All that is wrong with a configuration file.
pub(crate) type Faults = faults::Faults<FaultKind>;

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    Syntax { message: String },
    NotUtf8 { byte: u8 },
    UnknownKey { name: String, section: &'static str, near: Option<String>, known: Vec<&'static str> },
    UnknownSection { name: String, near: Option<String>, known: Vec<&'static str> },
    MissingKey { name: &'static str, section: &'static str },
    NotRepeated { section: &'static str },
    NotATable { section: &'static str },
    WrongType { expected: String, found: &'static str },
    NotOneOf { text: String, expected: String, near: Option<&'static str> },
    EmptyList,
    Twice { text: String },
    CountOutside { min: u64, max: u64 },
    NotATime { text: String },
    TimeWithoutUnit { number: String },
    NegativeTime,
    TimeOutside { min: Duration, max: Duration },
    LessThan { name: &'static str, other: &'static str, least: Duration },
    NotAnAddress { text: String, suggestion: Option<String> },
    PortZero,
    NotOneHost { text: String, meant: String },
    NotAFolder { path: String },
    NotAHost { text: String, suggestion: Option<String> },
    NotAPlace { text: String, why: HepAddressFault },
    UndefinedReference { name: String },
    UnclosedReference,
    DuplicateListener { address: String },
    PortShared { name: &'static str, other: &'static str, address: String },
    OpenToOthers { address: String },
    Insecure(Insecure),
    NotInline { name: &'static str },
    BadPattern { message: String, at: Option<usize> },
    NotANetwork { text: String, meant: Option<String> },
    NotAZone { text: String, near: Option<String> },
    NotAUri { text: String, meant: Option<String> },
    BadTemplate { text: String },
    UnknownGroup { name: String },
    UnknownHop { name: String, known: Vec<String> },
    MissingForAction { name: &'static str, action: &'static str },
    Misplaced { name: &'static str, action: String, actions: &'static [&'static str] },
    Conflict { name: &'static str, other: &'static str },
    BadCode { code: u64, why: BadCode },
    NotAUser { text: String, domains: Vec<String> },
    NoState,
    Unreachable { by: String },
    TooMany { what: &'static str, most: usize },
}

impl Explained for FaultKind {
    fn code(&self) -> &'static str {
        match self {
            FaultKind::Syntax { .. } => "syntax",
            FaultKind::NotUtf8 { .. } => "not-utf-8",
            FaultKind::NotAFolder { .. } => "bad-folder",
            FaultKind::UnknownKey { .. } | FaultKind::UnknownSection { .. } => "unknown-key",
            FaultKind::MissingKey { .. } => "missing-key",
            FaultKind::NotRepeated { .. } | FaultKind::NotATable { .. } | FaultKind::WrongType { .. } => {
                "wrong-type"
            }
            FaultKind::NotOneOf { .. } => "unknown-word",
            FaultKind::EmptyList => "empty-list",
            FaultKind::Twice { .. } => "duplicate-value",
            FaultKind::CountOutside { .. } => "number-out-of-range",
            FaultKind::NotATime { .. } | FaultKind::TimeWithoutUnit { .. } => "bad-duration",
            FaultKind::NegativeTime => "negative-duration",
            FaultKind::TimeOutside { .. } | FaultKind::LessThan { .. } => "absurd-duration",
            FaultKind::NotAnAddress { .. }
            | FaultKind::NotAPlace { .. }
            | FaultKind::PortZero
            | FaultKind::NotOneHost { .. } => "bad-address",
            FaultKind::NotAHost { .. } => "bad-host",
            FaultKind::UndefinedReference { .. } | FaultKind::UnclosedReference => "undefined-reference",
            FaultKind::DuplicateListener { .. } | FaultKind::PortShared { .. } => "duplicate-listener",
            FaultKind::OpenToOthers { .. } => "open-to-others",
            FaultKind::Insecure(why) => why.code(),
            FaultKind::NotInline { .. } => "wrong-type",
            FaultKind::BadPattern { .. } => "bad-pattern",
            FaultKind::NotANetwork { .. } => "bad-network",
            FaultKind::NotAZone { .. } => "bad-timezone",
            FaultKind::NotAUri { .. } => "bad-uri",
            FaultKind::BadTemplate { .. } => "bad-template",
            FaultKind::UnknownGroup { .. } | FaultKind::UnknownHop { .. } => "undefined-reference",
            FaultKind::MissingForAction { .. } | FaultKind::NoState => "missing-key",
            FaultKind::Misplaced { .. } | FaultKind::Conflict { .. } => "misplaced-key",
            FaultKind::BadCode { .. } => "bad-code",
            FaultKind::NotAUser { .. } => "bad-user",
            FaultKind::Unreachable { .. } => "unreachable-rule",
            FaultKind::TooMany { .. } => "too-many",
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            FaultKind::UnknownKey { near: Some(near), .. } | FaultKind::UnknownSection { near: Some(near), .. } => {
                format!("did you mean `{near}`?")
            }
            FaultKind::UnknownKey { known, .. } => format!("known here: {}", list(known)),
            FaultKind::UnknownSection { known, .. } => format!("known tables: {}", list(known)),
            FaultKind::MissingKey { name, section } => format!("add `{name} = …` to the table `{section}`"),
            FaultKind::NotRepeated { section } => format!("write `[{section}]` once, with single brackets"),
            FaultKind::NotATable { section } => format!("write `[{section}]` on a line of its own, and the keys below"),
            FaultKind::WrongType { expected, .. } => format!("write {expected}"),
            FaultKind::NotOneOf { near: Some(near), .. } => format!("did you mean \"{near}\"?"),
            FaultKind::NotOneOf { expected, .. } => format!("write {expected}"),
            FaultKind::EmptyList => "name at least one, or leave the key out for its default".to_owned(),
            FaultKind::Twice { .. } => "leave one of them out".to_owned(),
            FaultKind::CountOutside { min, max } => format!("choose a number from {min} to {max}"),
            FaultKind::TimeWithoutUnit { number } => {
                format!("write the unit too: \"{number}ms\" or \"{number}s\"")
            }
            FaultKind::NotATime { .. } => "write a number with ms, s, m, h or d, such as \"500ms\" or \"1m30s\"".to_owned(),
            FaultKind::NegativeTime => "a time goes forward only; leave the minus out".to_owned(),
            FaultKind::TimeOutside { min, max } => {
                format!("choose a time from \"{}\" to \"{}\"", write_time(*min), write_time(*max))
            }
            FaultKind::LessThan { least, .. } => format!("choose at least \"{}\"", write_time(*least)),
            FaultKind::NotAnAddress { suggestion: Some(text), .. } => format!("did you mean \"{text}\"?"),
            FaultKind::NotAnAddress { .. } => {
                "write an IP address with a port: \"192.0.2.1:5060\" or \"[2001:db8::1]:5060\"".to_owned()
            }
            FaultKind::NotOneHost { meant, .. } => {
                format!("write an address of one machine, or \"{meant}\" for all addresses of this one")
            }
            FaultKind::NotAFolder { .. } => "name a folder; it is made if it does not exist".to_owned(),
            FaultKind::NotUtf8 { .. } => "save the file as UTF-8".to_owned(),
            FaultKind::PortZero => "phones must know the port; SIP's own is 5060".to_owned(),
            FaultKind::NotAHost { suggestion: Some(text), .. } => format!("did you mean \"{text}\"?"),
            FaultKind::NotAHost { .. } => "write a name such as \"example.test\" or an IP address".to_owned(),
            FaultKind::NotAPlace { .. } => "write \"udp:HOST:PORT\" or \"tcp:HOST:PORT\"; Homer's port is 9060".to_owned(),
            FaultKind::UndefinedReference { name } => format!("set the environment variable {name}, or write the value"),
            FaultKind::UnclosedReference => "close it: ${NAME}".to_owned(),
            FaultKind::DuplicateListener { .. } => "remove one, or join their transports in one table".to_owned(),
            FaultKind::PortShared { .. } => "choose another port for one of them".to_owned(),
            FaultKind::Insecure(why) => why.help().to_owned(),
            FaultKind::OpenToOthers { .. } => {
                "set `required = true`, or listen on 127.0.0.1 and [::1] only: without passwords anybody who reaches \
                 this address could call as anybody"
                    .to_owned()
            }
            FaultKind::Syntax { .. } => return None,
            other => return other.help_routing(),
        })
    }

    fn other_label(&self) -> &'static str {
        match self {
            FaultKind::OpenToOthers { .. } => "others can reach this",
            FaultKind::LessThan { .. } => "less than this",
            FaultKind::Unreachable { .. } => "this one takes all",
            FaultKind::Conflict { .. } => "or this",
            _ => "first here",
        }
    }

    fn label(&self) -> &'static str {
        match self {
            FaultKind::Syntax { .. } | FaultKind::NotUtf8 { .. } => "here",
            FaultKind::UnknownKey { .. } | FaultKind::UnknownSection { .. } => "unknown",
            FaultKind::MissingKey { .. } => "in this table",
            FaultKind::WrongType { .. } | FaultKind::NotATable { .. } | FaultKind::NotRepeated { .. } => {
                "wrong type"
            }
            FaultKind::Twice { .. } | FaultKind::DuplicateListener { .. } => "again here",
            FaultKind::PortShared { .. } => "and here",
            FaultKind::OpenToOthers { .. } => "no passwords",
            FaultKind::UndefinedReference { .. } => "not set",
            FaultKind::Unreachable { .. } => "never reached",
            FaultKind::UnknownHop { .. } | FaultKind::UnknownGroup { .. } => "not defined",
            FaultKind::MissingForAction { .. } | FaultKind::NoState => "in this table",
            FaultKind::Conflict { .. } => "this",
            _ => "not this",
        }
    }
}

impl FaultKind {
    /// What to do about a fault of the dial plan.
    fn help_routing(&self) -> Option<String> {
        Some(match self {
            FaultKind::NotInline { name } => format!("write `{name} = [{{ uri = \"sip:192.0.2.1\" }}]`"),
            FaultKind::BadPattern { .. } => {
                "write a regular expression in single quotes, such as '\\+31[1-9][0-9]{8}'".to_owned()
            }
            FaultKind::NotANetwork { meant: Some(text), .. }
            | FaultKind::NotAUri { meant: Some(text), .. } => {
                format!("did you mean \"{text}\"?")
            }
            FaultKind::NotANetwork { .. } => {
                "write an address or a network: \"192.0.2.0/24\", \"2001:db8::/32\"".to_owned()
            }
            FaultKind::NotAUri { .. } => "write a URI such as \"sip:bob@example.test\"".to_owned(),
            FaultKind::NotAZone { near: Some(near), .. } => format!("did you mean \"{near}\"?"),
            FaultKind::NotAZone { .. } => {
                "write a name of the time zone database, such as \"Europe/Amsterdam\"".to_owned()
            }
            FaultKind::BadTemplate { .. } => "close each brace: {user}, {domain}, {1}".to_owned(),
            FaultKind::UnknownGroup { name } => format!(
                "give each pattern of this route a group for it, and no `users` or `prefixes`: {}",
                if name.bytes().all(|b| b.is_ascii_digit()) {
                    "'0([0-9]+)'".to_owned()
                } else {
                    format!("'0(?<{name}>[0-9]+)'")
                }
            ),
            FaultKind::UnknownHop { name, known } => nearest_of(name, known),
            FaultKind::MissingForAction { name, .. } => format!("add `{name} = …` to this route"),
            FaultKind::Misplaced { name, actions, .. } => {
                let actions: Vec<String> = actions.iter().map(|action| format!("\"{action}\"")).collect();
                format!("leave `{name}` out; it belongs to action {}", actions.join(" and "))
            }
            FaultKind::Conflict { .. } => "choose one of them".to_owned(),
            FaultKind::BadCode { why, .. } => why.help().to_owned(),
            FaultKind::NotAUser { domains, .. } => {
                format!(
                    "write a name such as \"dora@{}\"",
                    domains.first().map_or("localhost", String::as_str)
                )
            }
            FaultKind::NoState => {
                "add `gone = true`, `moved = …`, `away = …`, `instead = […]` or `several = […]`".to_owned()
            }
            FaultKind::Unreachable { by } => {
                format!("put it before `{by}`, which takes every request that it could take, or leave it out")
            }
            FaultKind::TooMany { most, .. } => format!("the most is {most}"),
            _ => return None,
        })
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultKind::Syntax { message } => write!(f, "this is not TOML: {message}"),
            FaultKind::UnknownKey { name, section: "", .. } => write!(f, "unknown key `{name}`"),
            FaultKind::UnknownKey { name, section, .. } => write!(f, "unknown key `{name}` in `{section}`"),
            FaultKind::UnknownSection { name, .. } => write!(f, "unknown table `{name}`"),
            FaultKind::MissingKey { name, section } => write!(f, "`{section}` has no `{name}`"),
            FaultKind::NotRepeated { section } => write!(f, "`{section}` can stand in the file only once"),
            FaultKind::NotATable { section } => write!(f, "`{section}` is a table"),
            FaultKind::WrongType { found, .. } => write!(f, "{found} cannot stand here"),
            FaultKind::NotOneOf { text, .. } => write!(f, "\"{text}\" is not known here"),
            FaultKind::EmptyList => write!(f, "the list is empty"),
            FaultKind::Twice { text } => write!(f, "\"{text}\" stands in the list twice"),
            FaultKind::CountOutside { .. } => write!(f, "the number is out of range"),
            FaultKind::NotATime { text } => write!(f, "\"{text}\" is not a time"),
            FaultKind::TimeWithoutUnit { .. } => write!(f, "the time has no unit"),
            FaultKind::NegativeTime => write!(f, "the time is negative"),
            FaultKind::TimeOutside { .. } => write!(f, "the time is absurd here"),
            FaultKind::LessThan { name, other, .. } => write!(f, "`{name}` is less than `{other}`"),
            FaultKind::NotAnAddress { text, .. } => write!(f, "\"{text}\" is not an IP address with a port"),
            FaultKind::NotOneHost { text, .. } => write!(f, "\"{text}\" is multicast or broadcast"),
            FaultKind::NotAFolder { path } => write!(f, "{path} is a file, not a folder"),
            FaultKind::NotUtf8 { byte } => write!(f, "this is not UTF-8: a byte {byte:#04x}"),
            FaultKind::PortZero => write!(f, "port 0 is no port to listen on"),
            FaultKind::NotAHost { text, .. } => write!(f, "\"{text}\" is not a host"),
            FaultKind::NotAPlace { text, why } => write!(f, "HEP cannot be sent to \"{text}\": {why}"),
            FaultKind::UndefinedReference { name } => {
                write!(f, "the environment variable {name} is not set (undefined reference)")
            }
            FaultKind::UnclosedReference => write!(f, "a reference that began with ${{ has no end"),
            FaultKind::DuplicateListener { address } => write!(f, "a second listener on {address}"),
            FaultKind::PortShared { name, other, address } => {
                write!(f, "{name} and {other} both want {address}")
            }
            FaultKind::Insecure(why) => write!(f, "{why}"),
            FaultKind::OpenToOthers { address } => {
                write!(f, "a server without passwords must not listen on {address}")
            }
            FaultKind::NotInline { name } => write!(f, "`{name}` holds tables"),
            FaultKind::BadPattern { message, .. } => write!(f, "this is no regular expression: {message}"),
            FaultKind::NotANetwork { text, .. } => write!(f, "\"{text}\" is not a network"),
            FaultKind::NotAZone { text, .. } => write!(f, "\"{text}\" is not a time zone"),
            FaultKind::NotAUri { text, .. } => write!(f, "\"{text}\" is not a URI that can stand here"),
            FaultKind::BadTemplate { text } => {
                write!(f, "\"{text}\" has a brace too many or too few, or is empty")
            }
            FaultKind::UnknownGroup { name } => {
                write!(f, "{{{name}}} names no group of the pattern (undefined reference)")
            }
            FaultKind::UnknownHop { name, .. } => write!(f, "there is no hop `{name}` (undefined reference)"),
            FaultKind::MissingForAction { name, action } => write!(f, "action \"{action}\" needs `{name}`"),
            FaultKind::Misplaced { name, action, .. } => {
                write!(f, "`{name}` means nothing with action \"{action}\"")
            }
            FaultKind::Conflict { name, other } => write!(f, "`{name}` and `{other}` cannot both be given"),
            FaultKind::BadCode { code, why: BadCode::RetryAfter } => {
                write!(f, "Retry-After means nothing with {code}")
            }
            FaultKind::BadCode { code, .. } => write!(f, "a route cannot answer {code} here"),
            FaultKind::NotAUser { text, domains } => {
                write!(f, "\"{text}\" is not a user of {}", domains.join(", "))
            }
            FaultKind::NoState => write!(f, "nothing is said of this user"),
            FaultKind::Unreachable { by } => {
                write!(f, "this route is never reached: `{by}` stands before it")
            }
            FaultKind::TooMany { what, .. } => write!(f, "there are too many {what}"),
        }
    }
}

/// The name that somebody probably meant, or all that there are.
fn nearest_of(name: &str, known: &[String]) -> String {
    let near = known.iter().min_by_key(|other| strsim::damerau_levenshtein(name, other));
    match near {
        Some(near) if strsim::damerau_levenshtein(name, near) <= 2.max(name.len() / 3) => {
            format!("did you mean \"{near}\"?")
        }
        Some(_) => format!("known hops: {}", known.join(", ")),
        None => format!("add a table [[hop]] with name = \"{name}\""),
    }
}

fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// The type of a TOML value in words.
pub(crate) fn found_words(kind: &str) -> &'static str {
    match kind {
        "string" => "text",
        "integer" => "a number",
        "float" => "a broken number",
        "boolean" => "true or false",
        "datetime" => "a date",
        "array" => "a list",
        _ => "a table",
    }
}

/// A fault that a kind of value knows to expect.
pub(crate) fn wrong_type(expected: &Kind, found: &str) -> FaultKind {
    FaultKind::WrongType { expected: expected.describe(), found: found_words(found) }
}
