//! What the agent remembers of its registrations.

use super::command::Registering;
use super::exchange::ExchangeId;
use super::lifetime::Lifetime;
use core::net::SocketAddr;
use ringback_sip::flow::Flow;
use ringback_sip::registry::HeaderName;
use ringback_sip::syntax::{Message, NameAddr, Uri};
use ringback_sip::time::Duration;

/// A flow over which we are registered.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) flow: Flow,
    /// The longest silence.
    pub(super) silence: Duration,
    /// The sign of life that waits for its answer, and how often it was given.
    pub(super) asked: Option<([u8; 12], u32)>,
    /// Whether one was answered.
    pub(super) proven: bool,
    /// Where we come from, as the server sees it.
    pub(super) seen_at: Option<SocketAddr>,
}

/// What the agent remembers of its registrations.
#[derive(Debug)]
pub(super) struct Registration {
    pub(super) call_id: Box<[u8]>,
    pub(super) tag: Box<[u8]>,
    pub(super) cseq: u32,
    /// The REGISTER under way.
    pub(super) pending: Option<(Registering, ExchangeId)>,
    /// What to ask next.
    pub(super) next: Option<Registering>,
    pub(super) expires: Lifetime,
    pub(super) failures: u32,
    /// The flow that is kept alive.
    pub(super) kept: Option<Kept>,
    pub(super) learned: Learned,
}

/// What the registrar told of how we reach others and others reach us.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// The way of our requests through our domain (RFC 3608 §6.1).
    pub(super) service_route: Vec<String>,
    /// The name of this device that is valid everywhere (RFC 5627 §4.2).
    pub(super) gruu: Option<String>,
}

impl Learned {
    /// Takes what a 2xx says; `contact` is its row of ours.
    pub(super) fn of(response: &Message<'_>, contact: Option<&NameAddr<'_>>) -> Self {
        let route = |value: &[u8]| {
            let address = NameAddr::parse(HeaderName::SERVICE_ROUTE, value).ok()?;
            Uri::parse(address.uri).ok().filter(Uri::is_sip)?;
            String::from_utf8(value.to_vec()).ok()
        };
        let routes = response.values(HeaderName::SERVICE_ROUTE).take(ROUTES_MAX);
        let gruu = contact.and_then(|contact| contact.param(b"pub-gruu"));
        let gruu = gruu.and_then(|gruu| gruu.strip_prefix(b"\"")?.strip_suffix(b"\""));
        let gruu = gruu.and_then(|gruu| String::from_utf8(gruu.to_vec()).ok());
        let is_good = |gruu: &String| {
            gruu.len() <= GRUU_BYTES_MAX
                && Uri::parse(gruu.as_bytes()).is_ok_and(|uri| uri.is_sip() && uri.params.has(b"gr"))
        };
        Learned { service_route: routes.filter_map(route).collect(), gruu: gruu.filter(is_good) }
    }
}

/// Most proxies of a Service-Route that we follow.
const ROUTES_MAX: usize = 8;
/// The longest name that we call ourselves by.
const GRUU_BYTES_MAX: usize = 256;
