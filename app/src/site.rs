//! What the settings mean on this machine: addresses, domains and folders, with every default in its place.

use crate::settings::{Journal, Listen, Settings};
use ringback_io::record;
use ringback_roles::location::{Aor, Domains};
use ringback_sip::flow::Transport;
use ringback_sip::syntax::Uri;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;

/// A server's place on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// Where it listens.
    pub(crate) listeners: Vec<Listen>,
    /// The domains that are ours, with the names that mean the same.
    pub(crate) domains: Domains,
    /// The main names of the domains.
    pub(crate) names: Vec<String>,
    /// The folder of the store.
    pub(crate) data: PathBuf,
    /// Worker threads.
    pub(crate) workers: usize,
}

impl Site {
    /// Puts the defaults of this machine where the settings say nothing.
    ///
    /// # Errors
    /// When no folder is named and the user has no home.
    pub(crate) fn of(settings: &Settings) -> io::Result<Site> {
        let listeners = match settings.listeners.as_slice() {
            [] => default_listeners(),
            named => named.to_vec(),
        };
        let names = settings.domains.clone().unwrap_or_else(|| vec!["localhost".to_owned()]);
        let domains = domains(&names, &listeners);
        let data = match &settings.data {
            Some(folder) => folder.clone(),
            None => default_folder()?,
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = settings.workers.unwrap_or(cores).clamp(1, ringback_io::driver::WORKERS_MAX);
        Ok(Site { listeners, domains, names, data, workers })
    }

    /// The folder of the journal on disk.
    pub(crate) fn journal(&self, journal: &Journal) -> PathBuf {
        journal.folder.clone().unwrap_or_else(|| self.data.join(record::FOLDER))
    }

    /// The account that `text` names: `alice@example.test`, or `alice` in the first domain.
    pub(crate) fn account(&self, text: &str) -> Result<Aor, AccountFault> {
        let bare = text.strip_prefix("sip:").unwrap_or(text);
        let full = match bare.rsplit_once('@') {
            Some(_) => bare.to_owned(),
            None => format!("{bare}@{}", self.names.first().map_or("localhost", String::as_str)),
        };
        let uri = format!("sip:{full}");
        let uri = Uri::parse(uri.as_bytes()).map_err(|_| AccountFault::NotAName(text.to_owned()))?;
        if uri.user.is_empty() || bare.contains(':') {
            return Err(AccountFault::NotAName(text.to_owned()));
        }
        self.domains.aor_of(&uri).ok_or_else(|| AccountFault::Stranger {
            domain: full.rsplit('@').next().unwrap_or_default().to_owned(),
            ours: self.names.clone(),
        })
    }
}

/// Why a text names no account.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AccountFault {
    /// It is not a user's name.
    NotAName(String),
    /// Its domain is not ours.
    Stranger { domain: String, ours: Vec<String> },
}

impl std::fmt::Display for AccountFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AccountFault::NotAName(text) => write!(f, "{text:?} is not a name such as alice@example.test"),
            AccountFault::Stranger { domain, ours } => {
                write!(f, "{domain} is not a domain of this server, which has {}", ours.join(", "))
            }
        }
    }
}

/// Loopback, port 5060; IPv6 if the machine has it.
fn default_listeners() -> Vec<Listen> {
    let both = |address| Listen { address, udp: true, stream: Some(Transport::Tcp), agreement: false };
    let mut listeners = vec![both(SocketAddr::from(([127, 0, 0, 1], 5060)))];
    if UdpSocket::bind("[::1]:0").is_ok() && TcpListener::bind("[::1]:0").is_ok() {
        listeners.push(both(SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 5060))));
    }
    listeners
}

/// The domains; the first one also goes by the addresses that the server listens on.
fn domains(names: &[String], listeners: &[Listen]) -> Domains {
    let mut domains = Domains::new();
    for (i, name) in names.iter().enumerate() {
        domains = domains.with(&uri_host(name));
        if i == 0 {
            for ip in own_addresses(listeners) {
                let host = uri_host(&ip.to_string());
                if !names.iter().any(|name| uri_host(name) == host) {
                    domains = domains.with_alias(&host);
                }
            }
        }
    }
    domains
}

/// A host as a URI writes it: IPv6 addresses in brackets.
fn uri_host(name: &str) -> String {
    match name.parse() {
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        _ => name.to_owned(),
    }
}

/// The addresses of this machine at which the listeners are reached.
pub(crate) fn own_addresses(listeners: &[Listen]) -> Vec<IpAddr> {
    let mut all = Vec::new();
    for listener in listeners {
        let ip = listener.address.ip();
        if ip.is_unspecified() {
            all.extend(
                ringback_io::driver::machine_addresses().into_iter().filter(|a| a.is_ipv4() == ip.is_ipv4()),
            );
        } else {
            all.push(ip);
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// `$XDG_DATA_HOME/ringback`, else `~/.local/share/ringback`.
fn default_folder() -> io::Result<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let base = base.or_else(|| variable("HOME").map(|home| home.join(".local/share")));
    base.map(|base| base.join("ringback")).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "no folder for the data: set `data` in a configuration file, or HOME",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_belong_to_the_domains_of_the_server() {
        let names = ["example.test".to_owned(), "other.test".to_owned()];
        let listeners = [Listen {
            address: "192.0.2.1:5060".parse().unwrap(),
            udp: true,
            stream: Some(Transport::Tcp),
            agreement: false,
        }];
        let site = Site {
            listeners: listeners.to_vec(),
            domains: domains(&names, &listeners),
            names: names.to_vec(),
            data: PathBuf::new(),
            workers: 1,
        };
        for (text, account) in [
            ("alice@example.test", "alice@example.test"),
            ("alice", "alice@example.test"),
            ("sip:alice@OTHER.test", "alice@other.test"),
            ("alice@192.0.2.1", "alice@example.test"),
        ] {
            assert_eq!(site.account(text).unwrap().to_string(), account);
        }
        assert!(matches!(site.account("alice@elsewhere.test"), Err(AccountFault::Stranger { .. })));
        for text in ["", "@example.test", "alice:x@example.test", "a b@example.test"] {
            assert!(matches!(site.account(text), Err(AccountFault::NotAName(_))), "{text}");
        }
    }
}
