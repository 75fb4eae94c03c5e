//! One question to the name servers, through hickory, which follows aliases and remembers answers.

use super::ResolverSettings;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use ringback_sip::flow::ResolveError;
use ringback_sip::journal::RecordKind;
use ringback_sip::transport::locate::{ALIASES_MAX, Answer, Naptr, Question, Records, Srv};
use std::str::FromStr;

/// The name servers and what they said lately.
pub(super) struct Lookups(TokioResolver);

impl Lookups {
    /// `None` when the settings make no resolver.
    pub(super) fn new(settings: &ResolverSettings) -> Option<Self> {
        let provider = TokioRuntimeProvider::default();
        let with = |config| TokioResolver::builder_with_config(config, provider.clone());
        let mut builder = match settings.servers.as_slice() {
            [] => TokioResolver::builder_tokio()
                .unwrap_or_else(|_| with(ResolverConfig::from_parts(None, vec![], vec![]))),
            servers => {
                with(ResolverConfig::from_parts(None, vec![], servers.iter().map(name_server).collect()))
            }
        };
        let options = builder.options_mut();
        options.timeout = settings.answer_time_max;
        options.attempts = 2;
        options.cache_size = RECORDS_MAX;
        options.positive_min_ttl = Some(settings.remember_min);
        options.positive_max_ttl = Some(settings.remember_max);
        options.negative_min_ttl = Some(settings.remember_min);
        options.negative_max_ttl = Some(settings.remember_nothing_max);
        builder.build().ok().map(Lookups)
    }

    /// Asks.
    pub(super) async fn look_up(&self, question: &Question) -> Result<Answer, ResolveError> {
        let name = absolute(&question.name).ok_or(ResolveError::NoSuchName)?;
        let (kind, read): (_, fn(&Lookup) -> Records) = match question.kind {
            RecordKind::Naptr => (RecordType::NAPTR, |found| Records::Naptr(all(found, naptr))),
            RecordKind::Srv => (RecordType::SRV, |found| Records::Srv(all(found, srv))),
            RecordKind::Address => return self.look_up_addresses(&question.name, name).await,
        };
        let found = self.0.lookup(name, kind).await.map_err(|error| resolve_error(&error))?;
        Ok(Answer { aliases: aliases(&question.name, &found), records: read(&found) })
    }

    /// Both kinds of address at a time. An address of one kind is enough; without one, the answer that is not about the
    /// name, but about who should have told of it, is the reason.
    async fn look_up_addresses(&self, asked: &str, name: Name) -> Result<Answer, ResolveError> {
        let answers =
            tokio::join!(self.0.lookup(name.clone(), RecordType::A), self.0.lookup(name, RecordType::AAAA));
        let (mut ips, mut led, mut errors) = (Vec::new(), None, Vec::new());
        for answer in [answers.0, answers.1] {
            match answer {
                Ok(found) => {
                    ips.extend(all(&found, RData::ip_addr));
                    led.get_or_insert_with(|| aliases(asked, &found));
                }
                Err(error) => errors.push(resolve_error(&error)),
            }
        }
        let failure = errors.iter().find(|error| error.is_temporary()).filter(|_| ips.is_empty());
        match (failure, led) {
            (None, Some(aliases)) => Ok(Answer { aliases, records: Records::Address(ips) }),
            (failure, _) => Err(*failure.or(errors.first()).unwrap_or(&ResolveError::NoAddress)),
        }
    }
}

fn name_server(address: &std::net::SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.to_vec())
}

/// What `read` finds in the records of an answer.
fn all<T>(found: &Lookup, read: impl Fn(&RData) -> Option<T>) -> Vec<T> {
    found.answers().iter().filter_map(|record| read(&record.data)).collect()
}

fn naptr(data: &RData) -> Option<Naptr> {
    let RData::NAPTR(naptr) = data else { return None };
    Some(Naptr {
        order: naptr.order,
        preference: naptr.preference,
        flags: naptr.flags.clone(),
        services: naptr.services.clone(),
        expression: naptr.regexp.clone(),
        replacement: relative(&naptr.replacement),
    })
}

fn srv(data: &RData) -> Option<Srv> {
    let RData::SRV(srv) = data else { return None };
    Some(Srv { priority: srv.priority, weight: srv.weight, target: relative(&srv.target), port: srv.port })
}

/// The names that led from the one asked for to the records.
fn aliases(asked: &str, found: &Lookup) -> Vec<Box<str>> {
    let mut aliases: Vec<Box<str>> = Vec::new();
    let leads_on = |record: &Record, from: &str| match &record.data {
        RData::CNAME(to) if relative(&record.name).eq_ignore_ascii_case(from) => Some(relative(&to.0)),
        _ => None,
    };
    while aliases.len() < ALIASES_MAX {
        let from = aliases.last().map_or(asked, |name| name);
        let Some(to) = found.answers().iter().find_map(|record| leads_on(record, from)) else { break };
        aliases.push(to);
    }
    aliases
}

/// A name without its final dot; empty for the root.
fn relative(name: &Name) -> Box<str> {
    let text = name.to_ascii();
    text.strip_suffix('.').unwrap_or(&text).into()
}

fn absolute(host: &str) -> Option<Name> {
    let mut name = Name::from_str(host).ok()?;
    name.set_fqdn(true);
    Some(name)
}

fn resolve_error(error: &NetError) -> ResolveError {
    match error {
        NetError::Timeout => ResolveError::Timeout,
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => ResolveError::NoSuchName,
            ResponseCode::NoError => ResolveError::NoAddress,
            ResponseCode::Refused => ResolveError::Refused,
            _ => ResolveError::Failed,
        },
        NetError::Dns(DnsError::ResponseCode(ResponseCode::Refused)) => ResolveError::Refused,
        NetError::NoConnections => ResolveError::Unavailable,
        _ => ResolveError::Failed,
    }
}

/// Most answers that are remembered.
const RECORDS_MAX: u64 = 4096;
