//! What the server is told by its configuration file: typed values with documented defaults.
//!
//! `keys` holds one row for each key; `document` checks a file against the rows and notes every fault; here the checked
//! values become [`Settings`], and what only shows when values are seen together is judged.

mod admission;
mod bad_code;
mod console;
mod document;
mod fault;
mod hep;
mod insecure;
mod journal;
mod key;
mod keys;
mod keys_admission;
mod keys_console;
mod keys_events;
mod keys_hep;
mod keys_journal;
mod keys_reach;
mod keys_routing;
mod keys_secure;
mod lists;
mod reach;
mod routing;
mod secure;
mod time;
mod value;
mod words;

pub(crate) use console::Console;
pub(crate) use fault::Faults;
pub(crate) use journal::Journal;
pub(crate) use keys::reference;
pub(crate) use value::{parse_host, parse_time};

use document::{Document, Found, Value};
use fault::{Fault, FaultKind};
use ringback_io::dns::ResolverSettings;
use ringback_io::hep::HepSettings;
use ringback_roles::access::AdmissionSettings;
use ringback_roles::event::Permission;
use ringback_roles::presence::PresenceSettings;
use ringback_roles::routing::plan::Plan;
use ringback_sip::auth::Hash;
use ringback_sip::dialog::SessionPolicy;
use ringback_sip::flow::Transport;
use ringback_sip::registry::EventPackage;
use secure::Secure;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The settings of a server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// The domains that it is responsible for; `None`: `localhost` and the machine's own addresses.
    pub(crate) domains: Option<Vec<String>>,
    /// The folder of the store; `None`: the user's own data folder.
    pub(crate) data: Option<PathBuf>,
    /// Worker threads; `None`: one for each core.
    pub(crate) workers: Option<usize>,
    /// Where it listens; empty: loopback, port 5060.
    pub(crate) listeners: Vec<Listen>,
    /// Whether passwords are asked for.
    pub(crate) auth_required: bool,
    /// The digest algorithms asked for, the preferred one first.
    pub(crate) auth_algorithms: Vec<Hash>,
    /// The time zone of routes; `None`: the machine's own.
    pub(crate) timezone: Option<String>,
    /// Where requests go.
    pub(crate) plan: Arc<Plan>,
    /// Whether callers are told where users are, instead of being connected.
    pub(crate) redirect: bool,
    /// Registrations and the edge proxy.
    pub(crate) reach: reach::Reach,
    /// Whether a phone's 3xx is followed here.
    pub(crate) recurse: bool,
    /// What is wanted of session timers.
    pub(crate) session: Option<SessionPolicy>,
    /// For how long messages for users who are not there are kept; `None`: not at all.
    pub(crate) keep_messages: Option<Duration>,
    /// Presence and other events.
    pub(crate) events: PresenceSettings,
    /// Whether MD5 alone is offered to who gives up.
    pub(crate) auth_md5_fallback: bool,
    /// TLS and WebSocket.
    pub(crate) secure: Secure,
    /// Whether strangers learn which users there are.
    pub(crate) conceal_users: bool,
    /// Who is served how often, and bans.
    pub(crate) admission: AdmissionSettings,
    /// The timers of RFC 3261.
    pub(crate) timers: Timers,
    /// How names are found.
    pub(crate) dns: Dns,
    /// The endpoint for health and metrics.
    pub(crate) http: Option<Http>,
    /// The console and the API.
    pub(crate) console: Option<Console>,
    /// The journal on stderr.
    pub(crate) log: Log,
    /// The journal on disk; `None`: there is none.
    pub(crate) journal: Option<Journal>,
    /// Where messages go by HEP3.
    pub(crate) hep: Option<HepSettings>,
    /// What peers can make grow.
    pub(crate) limits: Limits,
}

/// An address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listen {
    pub(crate) address: SocketAddr,
    pub(crate) udp: bool,
    /// What its stream connections carry, if it takes any.
    pub(crate) stream: Option<Transport>,
    /// Whether a security agreement is demanded there.
    pub(crate) agreement: bool,
}

/// The transports that can be had over streams.
const STREAMS: [Transport; 4] = [Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];

/// The word for a transport, where it is no parameter of a URI.
pub(crate) fn stream_word(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "udp",
        Transport::Tcp => "tcp",
        Transport::Tls => "tls",
        Transport::Ws => "ws",
        Transport::Wss => "wss",
    }
}

/// T1, T2, T4 and Timer C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timers {
    pub(crate) t1: Duration,
    pub(crate) t2: Duration,
    pub(crate) t4: Duration,
    pub(crate) c: Duration,
}

/// How names are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dns {
    /// The name servers; empty: those of the system.
    pub(crate) servers: Vec<SocketAddr>,
    pub(crate) timeout: Duration,
    pub(crate) quarantine: Duration,
}

impl Dns {
    /// The same for the resolver.
    pub(crate) fn resolver(&self) -> ResolverSettings {
        ResolverSettings {
            servers: self.servers.clone(),
            search_time_max: self.timeout,
            answer_time_max: self.timeout / 4,
            ..ResolverSettings::default()
        }
    }
}

/// The HTTP endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Http {
    pub(crate) address: SocketAddr,
    /// Whether the file names the address; then it must be had.
    pub(crate) named: bool,
}

/// The journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) json: bool,
    pub(crate) lines_per_second_max: u32,
}

/// Limits of what peers can make grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) connections_max: usize,
    pub(crate) connections_per_address_max: usize,
    pub(crate) connection_idle: Duration,
    /// Of each worker.
    pub(crate) transactions_max: usize,
}

/// Why there are no settings.
#[derive(Debug)]
pub(crate) enum LoadError {
    /// The file cannot be read.
    File(PathBuf, std::io::Error),
    /// It says something wrong.
    Faults(Faults),
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LoadError::File(file, error) => write!(f, "{}: {error}", file.display()),
            LoadError::Faults(faults) => f.write_str(faults.render(false, 100).trim_end()),
        }
    }
}

impl Settings {
    /// The settings of a server without a file.
    pub(crate) fn without_file() -> Settings {
        Settings::build(&Document::default(), Path::new(""))
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// When the file cannot be read, or with everything that is wrong in it.
    pub(crate) fn load(file: &Path) -> Result<Settings, LoadError> {
        let bytes = std::fs::read(file).map_err(|error| LoadError::File(file.to_owned(), error))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let (text, fault) = text_of(bytes);
        let settings = match fault {
            None => Settings::parse(&text, folder, &|name| std::env::var(name).ok()),
            Some(fault) => Err(vec![fault]),
        };
        settings
            .map_err(|faults| LoadError::Faults(Faults { file: file.display().to_string(), text, faults }))
    }

    /// Checks the text of a file that stands in `folder`.
    fn parse(
        text: &str,
        folder: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Settings, Vec<Fault>> {
        let (document, mut faults) = Document::read(text, variable);
        let mut settings = Settings::build(&document, folder);
        let domains = settings.domains.clone().unwrap_or_else(|| vec!["localhost".to_owned()]);
        settings.plan = Arc::new(routing::build(&document, text, &domains, &mut faults));
        settings.events.lists = lists::build(&document, &domains, &mut faults);
        settings.judge_folders(&document, &mut faults);
        settings.judge_listeners(&document, &mut faults);
        secure::judge(&settings.secure, &document, &mut faults);
        console::judge(settings.console.as_ref(), &document, &mut faults);
        settings.judge_timers(&document, &mut faults);
        if faults.is_empty() {
            return Ok(settings);
        }
        faults.sort_by_key(|fault| (fault.at.start, fault.at.end));
        Err(faults)
    }

    fn build(document: &Document, folder: &Path) -> Settings {
        let listeners = document.tables("listen").iter().filter_map(|table| {
            let Value::Address(address) = table.find("address")?.value else { return None };
            let transports = words(table.find("transports"), "listen", "transports");
            let has = |name: &str| transports.iter().any(|word| word == name);
            let stream = STREAMS.into_iter().find(|transport| has(stream_word(*transport)));
            let agreement = table.is_set("security_agreement");
            Some(Listen { address, udp: has("udp"), stream, agreement })
        });
        let text = |name: &str| match document.find("", name).map(|found| &found.value) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        // The words of a list that is empty unless it is named.
        let named = |table: &str, name: &str| match document.find(table, name) {
            None => Vec::new(),
            found => words(found, table, name),
        };
        let read = Read { document };
        Settings {
            domains: document.find("", "domains").map(|found| words(Some(found), "", "domains")),
            data: text("data").map(|path| folder.join(path)),
            workers: document.find("", "workers").map(|_| read.count("", "workers")),
            listeners: listeners.collect(),
            auth_required: read.flag("auth", "required"),
            auth_algorithms: words(document.find("auth", "algorithms"), "auth", "algorithms")
                .iter()
                .filter_map(|name| Hash::from_name(name.as_bytes()))
                .collect(),
            timezone: text("timezone"),
            plan: Arc::default(),
            redirect: read.flag("proxy", "redirect"),
            reach: reach::build(
                document,
                &read.text("registrar", "path"),
                named("registrar", "service_route"),
                ["keep_alive_stream", "keep_alive_datagram", "expires_min", "expires_max"]
                    .map(|name| read.time("registrar", name)),
                read.count("registrar", "contacts_max"),
            ),
            recurse: read.flag("proxy", "recurse"),
            session: read.session(),
            keep_messages: document.find("messages", "keep").map(|_| read.time("messages", "keep")),
            events: read.events(),
            auth_md5_fallback: read.flag("auth", "md5_fallback"),
            conceal_users: read.flag("auth", "conceal_users"),
            admission: admission::build(
                |section, name| read.count(section, name),
                |section, name| read.time(section, name),
                &words(document.find("rates", "never"), "rates", "never"),
            ),
            secure: secure::build(document, folder, named("websocket", "origins")),
            timers: read.timers(),
            dns: read.dns(),
            http: read.http(),
            console: read.console(named("console", "names")),
            log: Log {
                json: read.text("log", "format") == "json",
                lines_per_second_max: u32::try_from(read.count("log", "lines_per_second_max"))
                    .unwrap_or(u32::MAX),
            },
            journal: read.journal(folder),
            hep: hep::build(document, read.count("hep", "agent"), &read.text("hep", "messages")),
            limits: read.limits(),
        }
    }

    /// A store or a journal that would lie in a file.
    fn judge_folders(&self, document: &Document, faults: &mut Vec<Fault>) {
        let journal = self.journal.as_ref().and_then(|journal| journal.folder.as_deref());
        for (folder, table, key) in [(self.data.as_deref(), "", "data"), (journal, "journal", "folder")] {
            let (Some(folder), Some(found)) = (folder, document.find(table, key)) else { continue };
            let there = folder.ancestors().find(|path| path.exists());
            if let Some(file) = there.filter(|path| !path.is_dir()) {
                let kind = FaultKind::NotAFolder { path: file.display().to_string() };
                faults.push(Fault { kind, at: found.at.clone(), see: None });
            }
        }
    }

    /// Two listeners on one address, an HTTP endpoint on a listener's, an open server that others can reach.
    fn judge_listeners(&self, document: &Document, faults: &mut Vec<Fault>) {
        let mut seen: Vec<(Listen, &Found)> = Vec::new();
        let required = document.find("auth", "required");
        for table in document.tables("listen") {
            let Some(found) = table.find("address") else { continue };
            let Value::Address(address) = found.value else { continue };
            let Some(listen) = self.listeners.iter().find(|l| l.address == address).copied() else {
                continue;
            };
            if let Some((_, first)) = seen.iter().find(|(other, _)| other.address == address) {
                let kind = FaultKind::DuplicateListener { address: address.to_string() };
                faults.push(Fault { kind, at: found.at.clone(), see: Some(first.at.clone()) });
            }
            if let (false, Some(required)) = (self.auth_required, required)
                && !address.ip().is_loopback()
                && !seen.iter().any(|(other, _)| other.address == address)
            {
                let kind = FaultKind::OpenToOthers { address: address.to_string() };
                faults.push(Fault { kind, at: required.at.clone(), see: Some(found.at.clone()) });
            }
            seen.push((listen, found));
        }
        self.judge_ports(document, &seen, faults);
    }

    /// Two of the HTTP endpoint, the console and the stream listeners on one port.
    fn judge_ports(&self, document: &Document, listeners: &[(Listen, &Found)], faults: &mut Vec<Fault>) {
        let streams = listeners.iter().filter(|(listen, _)| listen.stream.is_some());
        let mut taken: Vec<_> =
            streams.map(|(listen, found)| ("a TCP listener", listen.address, *found)).collect();
        let http = self.http.map(|http| ("the HTTP endpoint", http.address, "http"));
        let console = self.console.as_ref().map(|console| ("the console", console.address, "console"));
        for (name, address, table) in http.into_iter().chain(console) {
            let Some(found) = document.find(table, "address") else { continue };
            let meets = |other: SocketAddr| {
                let any = other.ip().is_unspecified() || address.ip().is_unspecified();
                other.port() == address.port() && (any || other.ip() == address.ip())
            };
            if let Some((other, _, first)) = taken.iter().find(|(_, other, _)| meets(*other)) {
                let kind = FaultKind::PortShared { name, other, address: address.to_string() };
                faults.push(Fault { kind, at: found.at.clone(), see: Some(first.at.clone()) });
            }
            taken.push((name, address, found));
        }
    }

    fn judge_timers(&self, document: &Document, faults: &mut Vec<Fault>) {
        let Timers { t1, t2, .. } = self.timers;
        let session = self.session.and_then(|session| Some((session.expires?, session.min)));
        let (expires, min) = session.unwrap_or_default();
        let (granted, watched) = (&self.reach.policy, &self.events);
        for (table, (name, value), (other, least)) in [
            ("timers", ("t2", t2), ("t1", t1)),
            ("session", ("expires", expires), ("min", min)),
            ("registrar", ("expires_max", granted.expires_max), ("expires_min", granted.expires_min)),
            ("events", ("expires_max", watched.expires_max), ("expires_min", watched.expires_min)),
        ] {
            let at = |name| document.find(table, name).map(|found| found.at.clone());
            if value < least
                && let Some(place) = at(name).or_else(|| at(other))
            {
                let kind = FaultKind::LessThan { name, other, least };
                faults.push(Fault { kind, at: place, see: at(name).and_then(|_| at(other)) });
            }
        }
    }
}

/// The text of a file; where it is none, what of it can be shown, and the fault at its first byte that is wrong.
fn text_of(bytes: Vec<u8>) -> (String, Option<Fault>) {
    let error = match String::from_utf8(bytes) {
        Ok(text) => return (text, None),
        Err(error) => error,
    };
    let start = error.utf8_error().valid_up_to();
    let kind = FaultKind::NotUtf8 { byte: error.as_bytes()[start] };
    let at = start..start + char::REPLACEMENT_CHARACTER.len_utf8();
    (String::from_utf8_lossy(error.as_bytes()).into_owned(), Some(Fault { kind, at, see: None }))
}

/// Values of a document, or the defaults of their rows.
struct Read<'a> {
    document: &'a Document,
}

impl Read<'_> {
    /// The journal that a file in `folder` wants.
    fn journal(&self, folder: &Path) -> Option<Journal> {
        let counts = ["megabytes_max", "records_per_second_max"].map(|name| self.count("journal", name));
        let (messages, keep) = (self.text("journal", "messages"), self.time("journal", "keep"));
        let journal = journal::build(self.document, folder, &messages, counts, keep);
        self.flag("journal", "enabled").then_some(journal)
    }

    fn http(&self) -> Option<Http> {
        let named = self.document.find("http", "address").is_some();
        self.flag("http", "enabled").then(|| Http { address: self.address("http", "address"), named })
    }

    fn console(&self, names: Vec<String>) -> Option<Console> {
        let named = self.document.find("console", "address").is_some();
        let behind_proxy = self.flag("console", "behind_proxy");
        let address = self.address("console", "address");
        self.flag("console", "enabled").then_some(Console { address, named, behind_proxy, names })
    }

    fn value(&self, section: &str, name: &str) -> Option<Value> {
        match self.document.find(section, name) {
            Some(found) => Some(found.value.clone()),
            None => keys::find(section, name).and_then(document::check_default),
        }
    }

    fn flag(&self, section: &str, name: &str) -> bool {
        matches!(self.value(section, name), Some(Value::Flag(true)))
    }

    fn count(&self, section: &str, name: &str) -> usize {
        match self.value(section, name) {
            Some(Value::Count(count)) => usize::try_from(count).unwrap_or(usize::MAX),
            _ => 0,
        }
    }

    fn time(&self, section: &str, name: &str) -> Duration {
        match self.value(section, name) {
            Some(Value::Time(time)) => time,
            _ => Duration::ZERO,
        }
    }

    /// What is wanted of session timers, when the file speaks of them.
    fn session(&self) -> Option<SessionPolicy> {
        let [expires, min] = ["expires", "min"].map(|name| self.document.find("session", name).is_some());
        let wanted = expires.then(|| self.time("session", "expires"));
        (expires || min).then(|| SessionPolicy { expires: wanted, min: self.time("session", "min") })
    }

    fn dns(&self) -> Dns {
        let [timeout, quarantine] = ["timeout", "quarantine"].map(|name| self.time("dns", name));
        Dns { servers: addresses(self.document.find("dns", "servers")), timeout, quarantine }
    }

    /// Presence and other events.
    fn events(&self) -> PresenceSettings {
        let named = words(self.document.find("events", "packages"), "events", "packages");
        let packages = named.iter().filter_map(|name| EventPackage::from_bytes(name.as_bytes())).collect();
        let [expires_min, expires_max, pace] =
            ["expires_min", "expires_max", "pace"].map(|name| self.time("events", name));
        let watchers = Permission::from_name(&self.text("events", "watchers")).unwrap_or(Permission::Ask);
        PresenceSettings { packages, watchers, expires_min, expires_max, pace, ..PresenceSettings::default() }
    }

    fn timers(&self) -> Timers {
        let [t1, t2, t4, c] = ["t1", "t2", "t4", "c"].map(|name| self.time("timers", name));
        Timers { t1, t2, t4, c }
    }

    fn limits(&self) -> Limits {
        let [connections_max, connections_per_address_max, transactions_max] =
            ["connections_max", "connections_per_address_max", "transactions_max"]
                .map(|name| self.count("limits", name));
        let connection_idle = self.time("limits", "connection_idle");
        Limits { connections_max, connections_per_address_max, connection_idle, transactions_max }
    }

    fn address(&self, section: &str, name: &str) -> SocketAddr {
        match self.value(section, name) {
            Some(Value::Address(address)) => address,
            _ => ([127, 0, 0, 1], 0).into(),
        }
    }

    fn text(&self, section: &str, name: &str) -> String {
        match self.value(section, name) {
            Some(Value::Text(text)) => text,
            _ => String::new(),
        }
    }
}

/// The words of a list, or of its row's default.
fn words(found: Option<&Found>, section: &str, name: &str) -> Vec<String> {
    let value = match found {
        Some(found) => Some(found.value.clone()),
        None => keys::find(section, name).and_then(document::check_default),
    };
    match value {
        Some(Value::List(list)) => list
            .into_iter()
            .filter_map(|item| match item.value {
                Value::Text(text) => Some(text),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The addresses of a list.
fn addresses(found: Option<&Found>) -> Vec<SocketAddr> {
    let Some(Value::List(list)) = found.map(|found| &found.value) else { return Vec::new() };
    let address = |value: &Value| match value {
        Value::Address(address) => Some(*address),
        _ => None,
    };
    list.iter().filter_map(|item| address(&item.value)).collect()
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_routing;
