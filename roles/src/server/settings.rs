//! What a server is told.

use crate::access::AccessSettings;
use crate::location::Domains;
use crate::registrar::RegistrarSettings;
use crate::routing::QUARANTINE_DEFAULT;
use crate::routing::plan::Plan;
use core::net::SocketAddr;
use ringback_sip::flow::Transport;
use ringback_sip::registry::TimerValues;
use ringback_sip::time::Duration;
use ringback_sip::transaction::Limits;
use std::sync::Arc;

/// The settings of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// The domains that are ours.
    pub domains: Domains,
    /// Who must show a password.
    pub access: AccessSettings,
    /// What the registrar grants beside lifetimes.
    pub registrar: RegistrarSettings,
    /// T1, T2, T4 and Timer C.
    pub timers: TimerValues,
    /// Our addresses, each with its transport, in the order of preference.
    pub addresses: Vec<(Transport, SocketAddr)>,
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
}

impl ServerSettings {
    /// A server of `domains` with the usual settings.
    pub fn new(domains: Domains) -> Self {
        ServerSettings {
            domains,
            access: AccessSettings::default(),
            registrar: RegistrarSettings::default(),
            timers: TimerValues::default(),
            addresses: Vec::new(),
            limits: Limits::default(),
            plan: Arc::default(),
            redirect: false,
            quarantine: QUARANTINE_DEFAULT,
            recurse: false,
        }
    }
}
