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
        let asked = match question.kind {
            RecordKind::Naptr => self.0.lookup(name, RecordType::NAPTR).await,
            RecordKind::Srv => self.0.lookup(name, RecordType::SRV).await,
            RecordKind::Address => self.0.lookup_ip(name).await.map(|found| found.as_lookup().clone()),
        };
        let found = asked.map_err(|error| resolve_error(&error))?;
        let records = found.answers().iter().map(|record| &record.data);
        let records = match question.kind {
            RecordKind::Naptr => Records::Naptr(records.filter_map(naptr).collect()),
            RecordKind::Srv => Records::Srv(records.filter_map(srv).collect()),
            RecordKind::Address => Records::Address(records.filter_map(RData::ip_addr).collect()),
        };
        Ok(Answer { aliases: aliases(&question.name, &found), records })
    }
}

fn name_server(address: &std::net::SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.to_vec())
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
            _ => ResolveError::Failed,
        },
        NetError::NoConnections => ResolveError::Unavailable,
        _ => ResolveError::Failed,
    }
}

/// Most answers that are remembered.
const RECORDS_MAX: u64 = 4096;
