//! What a server is told.

use crate::access::AccessSettings;
use crate::location::Domains;
use crate::presence::PresenceSettings;
use crate::registrar::{PathPolicy, RegistrarSettings};
use crate::routing::QUARANTINE_DEFAULT;
use crate::routing::plan::Plan;
use core::net::SocketAddr;
use ringback_sip::dialog::SessionPolicy;
use ringback_sip::flow::Transport;
use ringback_sip::registry::TimerValues;
use ringback_sip::time::Duration;
use ringback_sip::transaction::Limits;
use std::sync::Arc;

/// A domain whose phones may come by way of us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeDomain {
    /// Its name.
    pub name: Box<str>,
    /// The URI of its proxy; `None`: as DNS has it.
    pub next: Option<Box<str>>,
}

/// What an edge proxy is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EdgeSettings {
    /// The domains.
    pub domains: Vec<EdgeDomain>,
    /// What becomes of a REGISTER whose user agent does not know Path.
    pub path: PathPolicy,
}

/// The settings of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// The domains that are ours.
    pub domains: Domains,
    /// Who must show a password.
    pub access: AccessSettings,
    /// What the registrar grants beside lifetimes.
    pub registrar: RegistrarSettings,
    /// The domains whose phones come by way of us.
    pub edge: EdgeSettings,
    /// T1, T2, T4 and Timer C.
    pub timers: TimerValues,
    /// Our addresses, each with its transport, in the order of preference.
    pub addresses: Vec<(Transport, SocketAddr)>,
    /// The name that our certificate proves and that leads to us; other servers reach us by it under TLS.
    pub tls_name: Option<Box<str>>,
    /// What the transactions of a node may grow to.
    pub limits: Limits,
    /// Where requests go.
    pub plan: Arc<Plan>,
    /// Whether callers are told where users are, instead of being connected (RFC 3261 §8.3).
    pub redirect: bool,
    /// How long a server that could not be reached, or said nothing, is tried after the others of its name.
    pub quarantine: Duration,
    /// Whether redirections by phones of our users are followed here (RFC 3261 §16.5).
    pub recurse: bool,
    /// What is wanted of session timers (RFC 4028 §8); `None`: they pass as they come.
    pub session: Option<SessionPolicy>,
    /// For how long messages for users who are not there are kept (RFC 3428 §7); `None`: not at all.
    pub keep_messages: Option<Duration>,
    /// Presence and other events.
    pub presence: PresenceSettings,
}

impl ServerSettings {
    /// A server of `domains` with the usual settings.
    pub fn new(domains: Domains) -> Self {
        ServerSettings {
            domains,
            access: AccessSettings::default(),
            registrar: RegistrarSettings::default(),
            edge: EdgeSettings::default(),
            timers: TimerValues::default(),
            addresses: Vec::new(),
            tls_name: None,
            limits: Limits::default(),
            plan: Arc::default(),
            redirect: false,
            quarantine: QUARANTINE_DEFAULT,
            recurse: false,
            session: None,
            keep_messages: None,
            presence: PresenceSettings::default(),
        }
    }
}
