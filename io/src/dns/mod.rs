//! Names to addresses (RFC 3263), on a thread of its own, so that no worker ever waits for a name server.

mod srv;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::ResolverConfig;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData};
use ringback_sip::entropy::{Entropy, Seed};
use ringback_sip::flow::{Target, Transport};
use ringback_sip::node::{ResolveError, ResolveQuery, Ticket};
use ringback_sip::time::Duration;
use smallvec::SmallVec;
use srv::Service;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The addresses of a name in the order in which to try them.
pub(crate) type Answer = Result<SmallVec<[Target; 2]>, ResolveError>;

/// A resolver thread; ends when the last [`Resolver`] handle is dropped.
#[derive(Clone)]
pub struct Resolver {
    questions: mpsc::Sender<Question>,
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resolver")
    }
}

/// Where an answer goes.
pub(crate) trait ResolvedBox: Send + Sync {
    fn resolved(&self, ticket: Ticket, answer: Answer);
}

/// For which address families the asker has sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Families {
    pub(crate) v4: bool,
    pub(crate) v6: bool,
}

struct Question {
    ticket: Ticket,
    query: ResolveQuery,
    families: Families,
    asker: Arc<dyn ResolvedBox>,
}

impl Resolver {
    /// Starts a resolver that asks the system's name servers; without any, it knows only the hosts file.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(seed: Seed) -> io::Result<Resolver> {
        Self::start_with(None, seed)
    }

    /// Starts a resolver that asks the name server at `server`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start_with(server: Option<SocketAddr>, seed: Seed) -> io::Result<Resolver> {
        let (questions, inbox) = mpsc::channel(QUESTIONS_MAX);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new()
            .name("resolver".to_owned())
            .spawn(move || runtime.block_on(serve(inbox, server, seed)))?;
        Ok(Resolver { questions })
    }

    /// Asks; the answer comes to `asker`, now if the host is a number or too many questions are open.
    pub(crate) fn ask(
        &self,
        ticket: Ticket,
        query: ResolveQuery,
        families: Families,
        asker: &Arc<dyn ResolvedBox>,
    ) {
        if let Ok(ip) = IpAddr::from_str(query.host.trim_matches(['[', ']'])) {
            return asker.resolved(ticket, Ok(SmallVec::from_elem(target(ip, &query), 1)));
        }
        let question = Question { ticket, query, families, asker: Arc::clone(asker) };
        if let Err(refused) = self.questions.try_send(question) {
            let question = refused.into_inner();
            question.asker.resolved(question.ticket, Err(ResolveError::Unavailable));
        }
    }
}

async fn serve(mut inbox: mpsc::Receiver<Question>, server: Option<SocketAddr>, seed: Seed) {
    let resolver = build(server).map(Arc::new);
    let mut entropy = Entropy::new(seed.derive(b"srv"));
    let open = Arc::new(tokio::sync::Semaphore::new(QUESTIONS_MAX));
    while let Some(question) = inbox.recv().await {
        let Some(resolver) = resolver.clone() else {
            question.asker.resolved(question.ticket, Err(ResolveError::Unavailable));
            continue;
        };
        let Ok(permit) = Arc::clone(&open).try_acquire_owned() else {
            question.asker.resolved(question.ticket, Err(ResolveError::Unavailable));
            continue;
        };
        let entropy = Entropy::new(Seed::from_number(entropy.next_u64()));
        tokio::spawn(async move {
            let asked = resolve(&resolver, &question.query, question.families, entropy);
            let answer =
                tokio::time::timeout(ANSWER_TIMEOUT, asked).await.unwrap_or(Err(ResolveError::Timeout));
            question.asker.resolved(question.ticket, answer);
            drop(permit);
        });
    }
}

fn build(server: Option<SocketAddr>) -> Option<TokioResolver> {
    use hickory_resolver::config::{ConnectionConfig, NameServerConfig};
    let provider = TokioRuntimeProvider::default();
    let mut builder = match server {
        None => TokioResolver::builder_tokio().unwrap_or_else(|_| {
            TokioResolver::builder_with_config(ResolverConfig::from_parts(None, vec![], vec![]), provider)
        }),
        Some(address) => {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                connection.port = address.port();
                connection
            });
            let server = NameServerConfig::new(address.ip(), true, connections.to_vec());
            let config = ResolverConfig::from_parts(None, vec![], vec![server]);
            TokioResolver::builder_with_config(config, provider)
        }
    };
    let options = builder.options_mut();
    options.timeout = Duration::from_secs(2);
    options.attempts = 2;
    options.cache_size = CACHE_RECORDS_MAX;
    options.negative_max_ttl = Some(Duration::from_secs(60));
    builder.build().ok()
}

/// RFC 3263 §4.2 without NAPTR: SRV when no port is named, else the addresses of the host itself.
async fn resolve(
    resolver: &TokioResolver,
    query: &ResolveQuery,
    families: Families,
    mut entropy: Entropy,
) -> Answer {
    let mut targets = SmallVec::new();
    if query.port.is_none() {
        for transport in services(query) {
            for service in find_services(resolver, query, transport).await?.order(&mut entropy) {
                if let Ok(ips) = addresses(resolver, &service.host, families).await {
                    targets.extend(ips.into_iter().map(|ip| Target {
                        transport,
                        address: (ip, service.port).into(),
                        peer: None,
                    }));
                }
                if targets.len() >= TARGETS_MAX {
                    targets.truncate(TARGETS_MAX);
                    return Ok(targets);
                }
            }
        }
        if !targets.is_empty() {
            return Ok(targets);
        }
    }
    let host = absolute(&query.host).ok_or(ResolveError::NoSuchName)?;
    let ips = addresses(resolver, &host, families).await?;
    targets.extend(ips.into_iter().take(TARGETS_MAX).map(|ip| target(ip, query)));
    if targets.is_empty() { Err(ResolveError::NoAddress) } else { Ok(targets) }
}

/// The transports whose SRV records count, the preferred first.
fn services(query: &ResolveQuery) -> SmallVec<[Transport; 2]> {
    match (query.transport, query.secure) {
        (Some(transport), _) => SmallVec::from_slice(&[transport]),
        (None, true) => SmallVec::from_slice(&[Transport::Tls]),
        (None, false) => SmallVec::from_slice(&[Transport::Udp, Transport::Tcp]),
    }
}

async fn find_services(
    resolver: &TokioResolver,
    query: &ResolveQuery,
    transport: Transport,
) -> Result<srv::Services, ResolveError> {
    let prefix = match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
        // WebSocket has no SRV records (RFC 7118 §6).
        Transport::Ws | Transport::Wss => return Ok(srv::Services::default()),
    };
    let Some(name) = absolute(&format!("{prefix}.{}", query.host)) else {
        return Ok(srv::Services::default());
    };
    match resolver.srv_lookup(name).await {
        Ok(lookup) => {
            let records = lookup.answers().iter().filter_map(|record| match &record.data {
                RData::SRV(srv) => Some(srv),
                _ => None,
            });
            let services = records.take(SERVICES_MAX).map(|srv| Service {
                priority: srv.priority,
                weight: srv.weight,
                host: srv.target.clone(),
                port: srv.port,
            });
            Ok(srv::Services(services.collect()))
        }
        // No SRV record is the common case; the host's own addresses are tried next.
        Err(error) => match resolve_error(&error) {
            ResolveError::Timeout => Err(ResolveError::Timeout),
            _ => Ok(srv::Services::default()),
        },
    }
}

async fn addresses(
    resolver: &TokioResolver,
    host: &Name,
    families: Families,
) -> Result<Vec<IpAddr>, ResolveError> {
    let found = resolver.lookup_ip(host.clone()).await.map_err(|error| resolve_error(&error))?;
    let mut ips: Vec<IpAddr> =
        found.iter().filter(|ip| if ip.is_ipv4() { families.v4 } else { families.v6 }).collect();
    ips.sort_by_key(IpAddr::is_ipv6);
    ips.dedup();
    if ips.is_empty() { Err(ResolveError::NoAddress) } else { Ok(ips) }
}

fn absolute(host: &str) -> Option<Name> {
    let mut name = Name::from_str(host).ok()?;
    name.set_fqdn(true);
    Some(name)
}

fn target(ip: IpAddr, query: &ResolveQuery) -> Target {
    let transport = query.transport.unwrap_or(if query.secure { Transport::Tls } else { Transport::Udp });
    let port = query.port.unwrap_or(transport.default_port());
    Target { transport, address: SocketAddr::new(ip, port), peer: None }
}

fn resolve_error(error: &NetError) -> ResolveError {
    match error {
        NetError::Timeout => ResolveError::Timeout,
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => ResolveError::NoSuchName,
            ResponseCode::NoError => ResolveError::NoAddress,
            _ => ResolveError::Failed,
        },
        NetError::NoConnections => ResolveError::Unavailable,
        _ => ResolveError::Failed,
    }
}

/// Most questions that are open at once.
const QUESTIONS_MAX: usize = 256;
/// Most SRV records of one answer that are looked at.
const SERVICES_MAX: usize = 16;
/// Most addresses of one answer.
const TARGETS_MAX: usize = 16;
/// Most records that are remembered.
const CACHE_RECORDS_MAX: u64 = 4096;
/// The longest time one question may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests;
