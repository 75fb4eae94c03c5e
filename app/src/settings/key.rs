//! What a row of the configuration file's keys is.

use std::time::Duration;

/// A table of the file.
#[derive(Debug)]
pub(crate) struct Section {
    /// Its name; empty for the keys outside any table.
    pub(crate) name: &'static str,
    /// Whether it may be given several times, as `[[name]]`.
    pub(crate) repeats: bool,
    pub(crate) doc: &'static str,
    pub(crate) keys: &'static [Key],
}

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) default: Default,
    pub(crate) doc: &'static str,
}

/// What a key is when the file does not say.
#[derive(Debug)]
pub(crate) enum Default {
    /// This value, written as in the file.
    Value(&'static str),
    /// Something that depends on the machine.
    Described(&'static str),
    /// There is none: the key must be given.
    Required,
}

/// What values a key takes.
#[derive(Debug)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number from the first to the second, both included.
    Count(u64, u64),
    /// A length of time with its unit, from the first to the second, both included.
    Time(Duration, Duration),
    /// An IP address with a port.
    Address,
    /// A host name or IP address.
    Host,
    /// A place that takes HEP.
    HepPlace,
    /// A folder.
    Folder,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list, not empty and without doubles.
    List(&'static Kind),
    /// A list without doubles that may be empty.
    Set(&'static Kind),
    /// A name of letters, digits, `.`, `_` and `-`.
    Name,
    /// Text on one line.
    Text,
    /// A regular expression.
    Pattern,
    /// An IP address, or a network with its length.
    Network,
    /// A day of the week or a range of them: `mon`, `mon-fri`.
    Days,
    /// A part of the day: `09:00-17:30`.
    Hours,
    /// A time zone by its name.
    Zone,
    /// A sip or sips URI.
    SipUri,
    /// Any URI.
    Uri,
    /// Text with places such as `{user}`.
    Template,
    /// A list of tables with these keys.
    Tables(&'static [Key]),
}

impl Kind {
    /// What a value of this kind is, for a sentence.
    pub(crate) fn describe(&self) -> String {
        match self {
            Kind::Flag => "`true` or `false`".to_owned(),
            Kind::Count(min, max) => format!("a whole number from {min} to {max}"),
            Kind::Time(min, max) => {
                let (min, max) = (super::time::write_time(*min), super::time::write_time(*max));
                format!("a time with its unit from \"{min}\" to \"{max}\"")
            }
            Kind::Address => "an IP address with a port, in quotes".to_owned(),
            Kind::Host => "a host name or IP address, in quotes".to_owned(),
            Kind::HepPlace => {
                "a place such as `udp:homer.example.com:9060` or `tcp:192.0.2.7:9060`, in quotes".to_owned()
            }
            Kind::Folder => "a path, in quotes".to_owned(),
            Kind::Choice(words) => {
                let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
                format!("one of {}", quoted.join(", "))
            }
            Kind::List(of) => format!("a list, each {}", of.describe()),
            Kind::Set(of) => format!("a list, which may be empty (`[]`), each {}", of.describe()),
            Kind::Name => "a name of letters, digits, `.`, `_` and `-`, in quotes".to_owned(),
            Kind::Text => "text on one line, in quotes".to_owned(),
            Kind::Pattern => "a regular expression, in single quotes".to_owned(),
            Kind::Network => "an IP address or a network such as `192.0.2.0/24`, in quotes".to_owned(),
            Kind::Days => "a day or days, such as `\"sat\"` or `\"mon-fri\"`".to_owned(),
            Kind::Hours => "a part of the day, such as `\"09:00-17:30\"`".to_owned(),
            Kind::Zone => "a time zone, such as `\"Europe/Amsterdam\"`".to_owned(),
            Kind::SipUri => "a sip or sips URI, in quotes".to_owned(),
            Kind::Uri => "a URI, in quotes".to_owned(),
            Kind::Template => "text, in quotes".to_owned(),
            Kind::Tables(keys) => {
                let keys: Vec<String> = keys.iter().map(|key| format!("`{}`", key.name)).collect();
                format!("a list of tables with {}", keys.join(", "))
            }
        }
    }
}
